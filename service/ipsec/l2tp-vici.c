/* SPDX-License-Identifier: GPL-2.0-or-later */
/* SPDX-FileCopyrightText: The l2tp-client authors */

/* A VICI connection: a queue of requests, of which one is under way, and a loop that reads packets.
 * The protocol numbers nothing, so an answer belongs to the oldest request, even to one that nobody
 * waits for any more. Hides streams. */

#include "l2tp-vici.h"

#include <gio/gunixsocketaddress.h>
#include <string.h>

#include "service/base/l2tp-error.h"
#include "service/base/l2tp-source.h"

#define MAX_QUEUE 64

typedef struct
{
  L2tpViciRequest *request; /* NULL once it is sent */
  GTask *task;              /* NULL when nobody waits any more */
  GSource *cancelled;
} Pending;

struct _L2tpVici
{
  GObject parent;
  GSocketConnection *connection;
  GCancellable *io;
  GQueue queue; /* of Pending, the one under way first */
  gboolean sending;
  gboolean closed;
  guint8 header[L2TP_VICI_HEADER];
  guint8 *body;
};

G_DEFINE_FINAL_TYPE (L2tpVici, l2tp_vici, G_TYPE_OBJECT)

enum
{
  EVENT,
  CLOSED,
  N_SIGNALS,
};

static guint signals[N_SIGNALS];

static void read_header (L2tpVici *vici);
static void send_next (L2tpVici *vici);

static void
pending_free (Pending *pending)
{
  l2tp_clear_source (&pending->cancelled);
  l2tp_vici_request_free (pending->request);
  g_clear_object (&pending->task);
  g_free (pending);
}

static void
pending_fail (Pending *pending, const GError *error)
{
  g_autoptr (GTask) task = g_steal_pointer (&pending->task);

  if (task != NULL)
    g_task_return_error (task, g_error_copy (error));
}

static void
shut_down (L2tpVici *vici, const GError *error)
{
  GQueue queue = vici->queue;
  Pending *pending;

  vici->closed = TRUE;
  g_queue_init (&vici->queue);
  g_cancellable_cancel (vici->io);
  if (vici->connection != NULL)
    g_socket_close (g_socket_connection_get_socket (vici->connection), NULL);
  while ((pending = g_queue_pop_head (&queue)) != NULL)
    {
      pending_fail (pending, error);
      pending_free (pending);
    }
}

static void
fail (L2tpVici *vici, GError *error)
{
  g_autoptr (GError) owned = error;

  if (vici->closed)
    return;
  shut_down (vici, owned);
  g_signal_emit (vici, signals[CLOSED], 0, owned);
}

void
l2tp_vici_close (L2tpVici *vici)
{
  g_autoptr (GError) error =
      g_error_new_literal (G_IO_ERROR, G_IO_ERROR_CLOSED, "the connection was closed");

  if (!vici->closed)
    shut_down (vici, error);
}

void
l2tp_vici_give_up (L2tpVici *vici)
{
  g_autoptr (GError) error =
      g_error_new_literal (G_IO_ERROR, G_IO_ERROR_TIMED_OUT, "its control socket is silent");

  if (!vici->closed)
    shut_down (vici, error);
}

gboolean
l2tp_vici_is_open (L2tpVici *vici)
{
  return !vici->closed;
}

static GError *
error_garbage (void)
{
  return g_error_new_literal (G_IO_ERROR, G_IO_ERROR_INVALID_DATA,
                              "the IKE daemon's socket speaks no VICI");
}

static GError *
answer_to_error (const L2tpViciPacket *packet)
{
  g_autofree char *text = NULL;
  L2tpViciItem item;

  if (packet->type == L2TP_VICI_COMMAND_UNKNOWN || packet->type == L2TP_VICI_EVENT_UNKNOWN)
    return g_error_new_literal (G_IO_ERROR, G_IO_ERROR_NOT_SUPPORTED,
                                "the IKE daemon is too old for that");
  if (!l2tp_vici_section_find (&packet->message, "success", &item) ||
      l2tp_vici_section_is_yes (&packet->message, "success"))
    return NULL;
  text = l2tp_vici_section_dup_text (&packet->message, "errmsg");
  return g_error_new_literal (L2TP_ERROR, L2TP_ERROR_FAILED,
                              text != NULL ? text : "no reason given");
}

static void
take_answer (L2tpVici *vici, GBytes *bytes, const L2tpViciPacket *packet)
{
  Pending *pending = g_queue_peek_head (&vici->queue);
  g_autoptr (GTask) task = NULL;
  GError *error;

  if (pending == NULL || pending->request != NULL)
    {
      fail (vici, error_garbage ());
      return;
    }
  g_queue_pop_head (&vici->queue);
  task = g_steal_pointer (&pending->task);
  pending_free (pending);
  error = answer_to_error (packet);
  if (task != NULL && error != NULL)
    g_task_return_error (task, g_steal_pointer (&error));
  else if (task != NULL)
    g_task_return_pointer (task, g_bytes_ref (bytes), (GDestroyNotify) g_bytes_unref);
  g_clear_error (&error);
  send_next (vici);
}

static void
take_packet (L2tpVici *vici, GBytes *bytes)
{
  gsize len;
  const guint8 *data = g_bytes_get_data (bytes, &len);
  L2tpViciPacket packet;

  if (!l2tp_vici_packet_parse (data, len, &packet))
    {
      fail (vici, error_garbage ());
      return;
    }
  switch (packet.type)
    {
    case L2TP_VICI_EVENT:
      g_signal_emit (vici, signals[EVENT], 0, packet.name, &packet.message);
      break;
    case L2TP_VICI_RESPONSE:
    case L2TP_VICI_COMMAND_UNKNOWN:
    case L2TP_VICI_CONFIRM:
    case L2TP_VICI_EVENT_UNKNOWN:
      take_answer (vici, bytes, &packet);
      break;
    case L2TP_VICI_COMMAND:
    case L2TP_VICI_REGISTER:
    case L2TP_VICI_UNREGISTER:
      fail (vici, error_garbage ());
      break;
    }
}

/* Returns FALSE when the connection is over. */
static gboolean
finish_read (L2tpVici *vici, GObject *stream, GAsyncResult *result, gsize wanted)
{
  GError *error = NULL;
  gsize len = 0;

  if (g_input_stream_read_all_finish (G_INPUT_STREAM (stream), result, &len, &error) &&
      len == wanted)
    return !vici->closed;
  if (error == NULL)
    error =
        g_error_new_literal (G_IO_ERROR, G_IO_ERROR_CONNECTION_CLOSED, "the IKE daemon has ended");
  fail (vici, error);
  return FALSE;
}

static gsize
body_size (L2tpVici *vici)
{
  guint32 size;

  memcpy (&size, vici->header, sizeof size);
  return GUINT32_FROM_BE (size);
}

static void
on_body (GObject *stream, GAsyncResult *result, gpointer user_data)
{
  g_autoptr (L2tpVici) vici = user_data;
  g_autoptr (GBytes) bytes = NULL;

  if (!finish_read (vici, stream, result, body_size (vici)))
    return;
  bytes = g_bytes_new_take (g_steal_pointer (&vici->body), body_size (vici));
  take_packet (vici, bytes);
  if (!vici->closed)
    read_header (vici);
}

static void
on_header (GObject *stream, GAsyncResult *result, gpointer user_data)
{
  g_autoptr (L2tpVici) vici = user_data;
  gsize size;

  if (!finish_read (vici, stream, result, sizeof vici->header))
    return;
  size = body_size (vici);
  if (size == 0 || size > L2TP_VICI_MAX_PACKET)
    {
      fail (vici, error_garbage ());
      return;
    }
  vici->body = g_malloc (size);
  g_input_stream_read_all_async (G_INPUT_STREAM (stream), vici->body, size, G_PRIORITY_DEFAULT,
                                 vici->io, on_body, g_object_ref (vici));
}

static void
read_header (L2tpVici *vici)
{
  GInputStream *stream = g_io_stream_get_input_stream (G_IO_STREAM (vici->connection));

  g_input_stream_read_all_async (stream, vici->header, sizeof vici->header, G_PRIORITY_DEFAULT,
                                 vici->io, on_header, g_object_ref (vici));
}

typedef struct
{
  L2tpVici *vici;
  L2tpViciRequest *request; /* what is being written */
} Write;

static void
on_written (GObject *stream, GAsyncResult *result, gpointer user_data)
{
  Write *write = user_data;
  g_autoptr (L2tpVici) vici = write->vici;
  GError *error = NULL;

  l2tp_vici_request_free (write->request);
  g_free (write);
  vici->sending = FALSE;
  if (!g_output_stream_write_all_finish (G_OUTPUT_STREAM (stream), result, NULL, &error))
    fail (vici, error);
  else
    send_next (vici); /* the answer may have come first */
}

static void
send_next (L2tpVici *vici)
{
  Pending *pending = g_queue_peek_head (&vici->queue);
  const guint8 *data;
  Write *write;
  gsize len;

  /* What nobody waits for any more need not be asked. */
  while (pending != NULL && pending->request != NULL && pending->task == NULL)
    {
      pending_free (g_queue_pop_head (&vici->queue));
      pending = g_queue_peek_head (&vici->queue);
    }
  if (pending == NULL || pending->request == NULL || vici->sending || vici->closed)
    return;
  data = l2tp_vici_request_encode (pending->request, &len);
  g_assert (data != NULL);
  write = g_new (Write, 1);
  *write = (Write){ g_object_ref (vici), g_steal_pointer (&pending->request) };
  vici->sending = TRUE;
  g_output_stream_write_all_async (g_io_stream_get_output_stream (G_IO_STREAM (vici->connection)),
                                   data, len, G_PRIORITY_DEFAULT, vici->io, on_written, write);
}

static gboolean
on_cancelled (GCancellable *cancellable, gpointer user_data)
{
  Pending *pending = user_data;
  g_autoptr (GTask) task = g_steal_pointer (&pending->task);

  if (task != NULL)
    g_task_return_error_if_cancelled (task);
  return G_SOURCE_REMOVE;
}

static void
watch_cancellable (Pending *pending, GCancellable *cancellable)
{
  if (cancellable == NULL)
    return;
  pending->cancelled = g_cancellable_source_new (cancellable);
  g_source_set_callback (pending->cancelled, G_SOURCE_FUNC (on_cancelled), pending, NULL);
  g_source_attach (pending->cancelled, g_main_context_get_thread_default ());
}

void
l2tp_vici_command_async (L2tpVici *vici,
                         L2tpViciRequest *request,
                         GCancellable *cancellable,
                         GAsyncReadyCallback callback,
                         gpointer user_data)
{
  g_autoptr (GTask) task = g_task_new (vici, cancellable, callback, user_data);
  g_autoptr (L2tpViciRequest) owned = request;
  Pending *pending;
  gsize len;

  g_task_set_source_tag (task, l2tp_vici_command_async);
  g_task_set_check_cancellable (task, FALSE);
  if (g_task_return_error_if_cancelled (task))
    return;
  if (vici->closed)
    g_task_return_new_error (task, G_IO_ERROR, G_IO_ERROR_CLOSED, "the connection was closed");
  else if (l2tp_vici_request_encode (owned, &len) == NULL)
    g_task_return_new_error (task, G_IO_ERROR, G_IO_ERROR_INVALID_ARGUMENT,
                             "too much for the IKE daemon's control protocol");
  else if (vici->queue.length >= MAX_QUEUE)
    g_task_return_new_error (task, G_IO_ERROR, G_IO_ERROR_BUSY, "the IKE daemon does not answer");
  else
    {
      pending = g_new0 (Pending, 1);
      pending->request = g_steal_pointer (&owned);
      pending->task = g_steal_pointer (&task);
      watch_cancellable (pending, cancellable);
      g_queue_push_tail (&vici->queue, pending);
      if (vici->queue.length == 1)
        send_next (vici);
    }
}

GBytes *
l2tp_vici_command_finish (L2tpVici *vici,
                          GAsyncResult *result,
                          L2tpViciSection *ret_message,
                          GError **error)
{
  GBytes *bytes = g_task_propagate_pointer (G_TASK (result), error);
  L2tpViciPacket packet;
  gsize len;
  const guint8 *data;

  if (bytes == NULL || ret_message == NULL)
    return bytes;
  data = g_bytes_get_data (bytes, &len);
  *ret_message = (L2tpViciSection){ 0 };
  if (l2tp_vici_packet_parse (data, len, &packet))
    *ret_message = packet.message;
  return bytes;
}

static void
on_connected (GObject *source, GAsyncResult *result, gpointer user_data)
{
  g_autoptr (GTask) task = user_data;
  g_autoptr (L2tpVici) vici = NULL;
  GError *error = NULL;
  GSocketConnection *connection =
      g_socket_client_connect_finish (G_SOCKET_CLIENT (source), result, &error);

  if (connection == NULL)
    {
      g_task_return_error (task, error);
      return;
    }
  vici = g_object_new (L2TP_TYPE_VICI, NULL);
  vici->connection = connection;
  read_header (vici);
  g_task_return_pointer (task, g_steal_pointer (&vici), g_object_unref);
}

void
l2tp_vici_connect_async (const char *path,
                         GCancellable *cancellable,
                         GAsyncReadyCallback callback,
                         gpointer user_data)
{
  g_autoptr (GSocketClient) client = g_socket_client_new ();
  g_autoptr (GSocketAddress) address = g_unix_socket_address_new (path);
  GTask *task = g_task_new (NULL, cancellable, callback, user_data);

  g_task_set_source_tag (task, l2tp_vici_connect_async);
  g_socket_client_set_enable_proxy (client, FALSE);
  g_socket_client_connect_async (client, G_SOCKET_CONNECTABLE (address), cancellable, on_connected,
                                 task);
}

L2tpVici *
l2tp_vici_connect_finish (GAsyncResult *result, GError **error)
{
  return g_task_propagate_pointer (G_TASK (result), error);
}

static void
l2tp_vici_finalize (GObject *object)
{
  L2tpVici *vici = L2TP_VICI (object);

  g_assert (g_queue_is_empty (&vici->queue));
  g_clear_object (&vici->connection);
  g_clear_object (&vici->io);
  g_free (vici->body);
  G_OBJECT_CLASS (l2tp_vici_parent_class)->finalize (object);
}

static void
l2tp_vici_class_init (L2tpViciClass *klass)
{
  G_OBJECT_CLASS (klass)->finalize = l2tp_vici_finalize;
  signals[EVENT] =
      g_signal_new ("event", L2TP_TYPE_VICI, G_SIGNAL_RUN_LAST, 0, NULL, NULL, NULL, G_TYPE_NONE, 2,
                    G_TYPE_STRING | G_SIGNAL_TYPE_STATIC_SCOPE, G_TYPE_POINTER);
  signals[CLOSED] = g_signal_new ("closed", L2TP_TYPE_VICI, G_SIGNAL_RUN_LAST, 0, NULL, NULL, NULL,
                                  G_TYPE_NONE, 1, G_TYPE_ERROR);
}

static void
l2tp_vici_init (L2tpVici *vici)
{
  vici->io = g_cancellable_new ();
}
