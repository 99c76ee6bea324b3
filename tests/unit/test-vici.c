/* SPDX-License-Identifier: GPL-2.0-or-later */
/* SPDX-FileCopyrightText: The l2tp-client authors */

/* The VICI connection against a stand-in for the daemon, in this process: what the test lets it
 * answer, octet by octet. */

#include <gio/gio.h>
#include <gio/gunixsocketaddress.h>
#include <glib/gstdio.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "service/base/l2tp-error.h"
#include "service/ipsec/l2tp-vici.h"

typedef struct
{
  char *directory, *path;
  int listener, peer; /* of the stand-in */
  L2tpVici *vici;
  GBytes *answer;
  GError *error;
  GError *closed;
  guint n_done;
  GString *events;
} Fixture;

static void
on_connected (GObject *source, GAsyncResult *result, gpointer user_data)
{
  Fixture *f = user_data;

  f->vici = l2tp_vici_connect_finish (result, &f->error);
  f->n_done++;
}

static void
on_event (L2tpVici *vici, const char *name, L2tpViciSection *message, Fixture *f)
{
  g_autofree char *text = l2tp_vici_section_dup_text (message, "msg");

  g_string_append_printf (f->events, "%s=%s;", name, text);
}

static void
on_closed (L2tpVici *vici, GError *error, Fixture *f)
{
  g_assert_null (f->closed);
  f->closed = g_error_copy (error);
}

static void
set_up (Fixture *f, gconstpointer data)
{
  g_autoptr (GSocketAddress) address = NULL;
  union
  {
    struct sockaddr any;
    char octets[256];
  } native = { 0 };
  gsize len;

  f->directory = g_dir_make_tmp ("l2tp-vici-XXXXXX", NULL);
  f->path = g_build_filename (f->directory, "charon.vici", NULL);
  f->events = g_string_new (NULL);
  address = g_unix_socket_address_new (f->path);
  len = (gsize) g_socket_address_get_native_size (address);
  g_assert_true (g_socket_address_to_native (address, &native, sizeof native, NULL));
  f->listener = socket (AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
  g_assert_cmpint (bind (f->listener, &native.any, (socklen_t) len), ==, 0);
  g_assert_cmpint (listen (f->listener, 1), ==, 0);

  l2tp_vici_connect_async (f->path, NULL, on_connected, f);
  while (f->n_done == 0)
    g_main_context_iteration (NULL, TRUE);
  g_assert_no_error (f->error);
  f->peer = accept (f->listener, NULL, NULL);
  g_assert_cmpint (f->peer, >=, 0);
  g_signal_connect (f->vici, "event", G_CALLBACK (on_event), f);
  g_signal_connect (f->vici, "closed", G_CALLBACK (on_closed), f);
  f->n_done = 0;
}

static void
tear_down (Fixture *f, gconstpointer data)
{
  l2tp_vici_close (f->vici);
  while (g_main_context_iteration (NULL, FALSE))
    ;
  g_assert_finalize_object (f->vici);
  close (f->peer);
  close (f->listener);
  g_unlink (f->path);
  g_rmdir (f->directory);
  g_clear_error (&f->error);
  g_clear_error (&f->closed);
  g_clear_pointer (&f->answer, g_bytes_unref);
  g_string_free (f->events, TRUE);
  g_free (f->path);
  g_free (f->directory);
}

static void
on_done (GObject *source, GAsyncResult *result, gpointer user_data)
{
  Fixture *f = user_data;

  g_clear_error (&f->error);
  g_clear_pointer (&f->answer, g_bytes_unref);
  f->answer = l2tp_vici_command_finish (L2TP_VICI (source), result, NULL, &f->error);
  f->n_done++;
}

static void
ask (Fixture *f, const char *command, GCancellable *cancellable)
{
  l2tp_vici_command_async (f->vici, l2tp_vici_request_new (L2TP_VICI_COMMAND, command), cancellable,
                           on_done, f);
}

static void
wait_done (Fixture *f, guint n)
{
  while (f->n_done < n)
    g_main_context_iteration (NULL, TRUE);
}

/* What the stand-in hears: the name of a request. */
static char *
hear (Fixture *f)
{
  guint8 head[6];
  char *name;

  while (recv (f->peer, head, sizeof head, MSG_PEEK | MSG_DONTWAIT) != sizeof head)
    g_main_context_iteration (NULL, FALSE);
  g_assert_cmpint (read (f->peer, head, sizeof head), ==, sizeof head);
  name = g_malloc0 (head[5] + 1u);
  g_assert_cmpint (read (f->peer, name, head[5]), ==, head[5]);
  g_assert_cmpuint (head[3], ==, head[5] + 2u);
  return name;
}

static void
assert_heard (Fixture *f, const char *expected)
{
  g_autofree char *name = hear (f);

  g_assert_cmpstr (name, ==, expected);
}

static void
say_octets (Fixture *f, const void *data, gsize len)
{
  g_assert_cmpint (write (f->peer, data, len), ==, (gssize) len);
}

/* type, and for an event its name; then key and value pairs. */
static void
say (Fixture *f, L2tpViciPacketType type, const char *name, const char *key, const char *value)
{
  g_autoptr (L2tpViciRequest) packet = l2tp_vici_request_new (type, name);
  g_autofree guint8 *copy = NULL;
  const guint8 *data;
  gsize len;

  if (key != NULL)
    l2tp_vici_request_put (packet, key, value);
  data = l2tp_vici_request_encode (packet, &len);
  copy = g_memdup2 (data, len);
  if (type != L2TP_VICI_EVENT) /* has no name */
    {
      memmove (copy + 5, copy + 6, len - 6);
      len--;
      copy[3]--;
    }
  say_octets (f, copy, len);
}

static void
test_command (Fixture *f, gconstpointer data)
{
  L2tpViciPacket packet;
  g_autofree char *version = NULL;
  gsize len;
  const guint8 *octets;

  ask (f, "version", NULL);
  assert_heard (f, "version");
  say (f, L2TP_VICI_RESPONSE, "", "version", "5.9.8");
  wait_done (f, 1);
  g_assert_no_error (f->error);
  octets = g_bytes_get_data (f->answer, &len);
  g_assert_true (l2tp_vici_packet_parse (octets, len, &packet));
  version = l2tp_vici_section_dup_text (&packet.message, "version");
  g_assert_cmpstr (version, ==, "5.9.8");
}

/* One at a time, in order, and the second only after the answer to the first. */
static void
test_order (Fixture *f, gconstpointer data)
{
  char octet;

  ask (f, "one", NULL);
  ask (f, "two", NULL);
  assert_heard (f, "one");
  g_assert_cmpint (recv (f->peer, &octet, 1, MSG_DONTWAIT), <, 0);
  say (f, L2TP_VICI_RESPONSE, "", NULL, NULL);
  wait_done (f, 1);
  assert_heard (f, "two");
  say (f, L2TP_VICI_RESPONSE, "", NULL, NULL);
  wait_done (f, 2);
}

static void
test_errors (Fixture *f, gconstpointer data)
{
  ask (f, "load-conn", NULL);
  assert_heard (f, "load-conn");
  say (f, L2TP_VICI_RESPONSE, "", "success", "no");
  wait_done (f, 1);
  g_assert_error (f->error, L2TP_ERROR, L2TP_ERROR_FAILED);

  ask (f, "nonsense", NULL);
  assert_heard (f, "nonsense");
  say (f, L2TP_VICI_COMMAND_UNKNOWN, "", NULL, NULL);
  wait_done (f, 2);
  g_assert_error (f->error, G_IO_ERROR, G_IO_ERROR_NOT_SUPPORTED);

  l2tp_vici_command_async (f->vici, l2tp_vici_request_new (L2TP_VICI_REGISTER, "alert"), NULL,
                           on_done, f);
  assert_heard (f, "alert");
  say (f, L2TP_VICI_EVENT_UNKNOWN, "", NULL, NULL);
  wait_done (f, 3);
  g_assert_error (f->error, G_IO_ERROR, G_IO_ERROR_NOT_SUPPORTED);
  g_assert_true (l2tp_vici_is_open (f->vici));
}

static void
test_events (Fixture *f, gconstpointer data)
{
  ask (f, "initiate", NULL);
  assert_heard (f, "initiate");
  say (f, L2TP_VICI_EVENT, "control-log", "msg", "first");
  say (f, L2TP_VICI_EVENT, "control-log", "msg", "second");
  say (f, L2TP_VICI_RESPONSE, "", "success", "yes");
  wait_done (f, 1);
  g_assert_no_error (f->error);
  g_assert_cmpstr (f->events->str, ==, "control-log=first;control-log=second;");
}

/* A packet that comes octet by octet is one. */
static void
test_pieces (Fixture *f, gconstpointer data)
{
  static const guint8 answer[] = { 0, 0, 0, 6, 1, 3, 1, 'k', 0, 0 };

  ask (f, "slow", NULL);
  assert_heard (f, "slow");
  for (gsize i = 0; i < sizeof answer; i++)
    {
      g_assert_cmpuint (f->n_done, ==, 0);
      say_octets (f, answer + i, 1);
      for (guint n = 0; n < 5; n++)
        g_main_context_iteration (NULL, FALSE);
    }
  wait_done (f, 1);
  g_assert_no_error (f->error);
}

/* The answer to a command that nobody waits for any more is not taken for the next one's. */
static void
test_cancel (Fixture *f, gconstpointer data)
{
  g_autoptr (GCancellable) cancellable = g_cancellable_new ();

  ask (f, "initiate", cancellable);
  assert_heard (f, "initiate");
  ask (f, "never-sent", cancellable);
  g_cancellable_cancel (cancellable);
  wait_done (f, 2);
  g_assert_error (f->error, G_IO_ERROR, G_IO_ERROR_CANCELLED);

  ask (f, "version", NULL);
  say (f, L2TP_VICI_RESPONSE, "", "success", "no");
  assert_heard (f, "version");
  g_assert_cmpuint (f->n_done, ==, 2);
  say (f, L2TP_VICI_RESPONSE, "", "success", "yes");
  wait_done (f, 3);
  g_assert_no_error (f->error);

  ask (f, "too-late", cancellable);
  wait_done (f, 4);
  g_assert_error (f->error, G_IO_ERROR, G_IO_ERROR_CANCELLED);
}

static void
test_daemon_ends (Fixture *f, gconstpointer data)
{
  ask (f, "initiate", NULL);
  assert_heard (f, "initiate");
  shutdown (f->peer, SHUT_RDWR);
  wait_done (f, 1);
  g_assert_error (f->error, G_IO_ERROR, G_IO_ERROR_CONNECTION_CLOSED);
  g_assert_error (f->closed, G_IO_ERROR, G_IO_ERROR_CONNECTION_CLOSED);
  g_assert_false (l2tp_vici_is_open (f->vici));
  ask (f, "version", NULL);
  wait_done (f, 2);
  g_assert_error (f->error, G_IO_ERROR, G_IO_ERROR_CLOSED);
}

typedef struct
{
  const guint8 *data;
  gsize len;
} Octets;

static void
test_garbage (Fixture *f, gconstpointer data)
{
  const Octets *octets = data;

  ask (f, "version", NULL);
  assert_heard (f, "version");
  say_octets (f, octets->data, octets->len);
  wait_done (f, 1);
  g_assert_error (f->error, G_IO_ERROR, G_IO_ERROR_INVALID_DATA);
  g_assert_error (f->closed, G_IO_ERROR, G_IO_ERROR_INVALID_DATA);
}

static void
test_answer_to_nothing (Fixture *f, gconstpointer data)
{
  say (f, L2TP_VICI_RESPONSE, "", NULL, NULL);
  while (f->closed == NULL)
    g_main_context_iteration (NULL, TRUE);
  g_assert_error (f->closed, G_IO_ERROR, G_IO_ERROR_INVALID_DATA);
}

static void
test_too_large (Fixture *f, gconstpointer data)
{
  L2tpViciRequest *request = l2tp_vici_request_new (L2TP_VICI_COMMAND, "load-cert");
  g_autofree char *value = g_strnfill (65536, 'v');

  l2tp_vici_request_put (request, "data", value);
  l2tp_vici_command_async (f->vici, request, NULL, on_done, f);
  wait_done (f, 1);
  g_assert_error (f->error, G_IO_ERROR, G_IO_ERROR_INVALID_ARGUMENT);
}

static void
test_close (Fixture *f, gconstpointer data)
{
  ask (f, "initiate", NULL);
  l2tp_vici_close (f->vici);
  wait_done (f, 1);
  g_assert_error (f->error, G_IO_ERROR, G_IO_ERROR_CLOSED);
  g_assert_null (f->closed);
}

static void
test_nobody_there (void)
{
  Fixture f = { 0 };

  l2tp_vici_connect_async ("/nonexistent/charon.vici", NULL, on_connected, &f);
  wait_done (&f, 1);
  g_assert_error (f.error, G_IO_ERROR, G_IO_ERROR_NOT_FOUND);
  g_clear_error (&f.error);
}

int
main (int argc, char **argv)
{
  static const guint8 huge[] = { 0, 8, 0, 1, 1 }, empty[] = { 0, 0, 0, 0 },
                      type[] = { 0, 0, 0, 1, 9 }, request[] = { 0, 0, 0, 3, 0, 1, 'x' },
                      http[] = "HTTP/1.1 400 Bad Request\r\n\r\n";
  static const Octets garbage[] = { { huge, sizeof huge },
                                    { empty, sizeof empty },
                                    { type, sizeof type },
                                    { request, sizeof request },
                                    { http, sizeof http } };

  g_test_init (&argc, &argv, NULL);
#define ADD(PATH, FUNCTION, DATA)                                                                  \
  g_test_add ("/vici/" PATH, Fixture, DATA, set_up, FUNCTION, tear_down)
  ADD ("command", test_command, NULL);
  ADD ("order", test_order, NULL);
  ADD ("errors", test_errors, NULL);
  ADD ("events", test_events, NULL);
  ADD ("pieces", test_pieces, NULL);
  ADD ("cancel", test_cancel, NULL);
  ADD ("daemon-ends", test_daemon_ends, NULL);
  ADD ("garbage/huge", test_garbage, &garbage[0]);
  ADD ("garbage/empty", test_garbage, &garbage[1]);
  ADD ("garbage/type", test_garbage, &garbage[2]);
  ADD ("garbage/request", test_garbage, &garbage[3]);
  ADD ("garbage/http", test_garbage, &garbage[4]);
  ADD ("answer-to-nothing", test_answer_to_nothing, NULL);
  ADD ("too-large", test_too_large, NULL);
  ADD ("close", test_close, NULL);
  g_test_add_func ("/vici/nobody-there", test_nobody_there);
  return g_test_run ();
}
