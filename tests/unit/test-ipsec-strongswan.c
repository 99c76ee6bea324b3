/* SPDX-License-Identifier: GPL-2.0-or-later */
/* SPDX-FileCopyrightText: The l2tp-client authors */

/* The strongSwan backend against a stand-in for the daemon, in this process, that dies, hangs or
 * refuses where it is told to. What the real one does is tests/bed/test_ipsec*.py's. */

#include <gio/gunixsocketaddress.h>
#include <glib/gstdio.h>
#include <string.h>

#include "service/base/l2tp-error.h"
#include "service/ipsec/l2tp-ipsec-private.h"
#include "service/ipsec/l2tp-vici-message.h"

typedef struct Fixture Fixture;

typedef struct
{
  Fixture *fixture;
  GSocketConnection *stream;
  guint8 head[4];
  guint8 *body;
  gboolean is_initiating;
} Client;

struct Fixture
{
  char *directory, *path;
  GSocketService *service;
  GPtrArray *clients;
  /* What the stand-in does. */
  int dies_at;          /* with the command of this number; -1 never */
  const char *hangs_at; /* answers this command, and all later ones, never */
  const char *mutes;    /* answers this command never, and all others */
  const char *refusal;  /* the log line of each initiate, which fails then; "" none */
  guint n_refusals;     /* after so many it succeeds */
  gboolean waits;       /* initiate ends by terminate only */
  gboolean has_sa, forgets, has_key;
  gboolean tells; /* of the SA before it answers initiate */
  /* What it was asked. */
  GString *asked;
  int n_asked;
  /* The client. */
  L2tpIpsecDaemon *daemon;
  L2tpIpsec *ipsec;
  GSocketAddress *local, *peer;
  guint n_up, n_down, n_lost;
  GError *error;
};

static void read_packet (Client *client);

static void
client_free (gpointer data)
{
  Client *client = data;

  g_io_stream_close (G_IO_STREAM (client->stream), NULL, NULL);
  g_object_unref (client->stream);
  g_free (client->body);
  g_free (client);
}

static void
send_packet (Client *client, L2tpViciRequest *owned, gboolean is_named)
{
  g_autoptr (L2tpViciRequest) request = owned;
  GOutputStream *out = g_io_stream_get_output_stream (G_IO_STREAM (client->stream));
  g_autofree guint8 *copy = NULL;
  const guint8 *data;
  gsize len;

  data = l2tp_vici_request_encode (request, &len);
  copy = g_memdup2 (data, len);
  if (!is_named) /* an empty name of one octet, that must go */
    {
      guint32 size = GUINT32_TO_BE ((guint32) (len - 5));

      memmove (copy + 5, copy + 6, len - 6);
      memcpy (copy, &size, 4);
      len--;
    }
  g_output_stream_write_all (out, copy, len, NULL, NULL, NULL);
}

static void
answer (Client *client, L2tpViciPacketType type, const char *success)
{
  L2tpViciRequest *packet = l2tp_vici_request_new (type, "");

  if (success != NULL)
    l2tp_vici_request_put (packet, "success", success);
  if (g_strcmp0 (success, "no") == 0)
    l2tp_vici_request_put (packet, "errmsg", "no");
  send_packet (client, packet, FALSE);
}

static void
tell_sa (Client *client, const char *event, gboolean installed)
{
  L2tpViciRequest *packet = l2tp_vici_request_new (L2TP_VICI_EVENT, event);

  l2tp_vici_request_put (packet, "up", installed ? "yes" : "no");
  l2tp_vici_request_begin (packet, "l2tp-client-x");
  l2tp_vici_request_put (packet, "version", "1");
  if (installed)
    {
      l2tp_vici_request_begin (packet, "child-sas");
      l2tp_vici_request_begin (packet, "l2tp-1");
      l2tp_vici_request_put (packet, "state", "INSTALLED");
      l2tp_vici_request_put (packet, "encr-alg", "AES_CBC");
      l2tp_vici_request_put (packet, "integ-alg", "HMAC_SHA1_96");
      l2tp_vici_request_end (packet);
      l2tp_vici_request_end (packet);
    }
  l2tp_vici_request_end (packet);
  send_packet (client, packet, TRUE);
}

static void
log_line (Client *client, const char *line)
{
  L2tpViciRequest *packet = l2tp_vici_request_new (L2TP_VICI_EVENT, "control-log");

  l2tp_vici_request_put (packet, "msg", line);
  send_packet (client, packet, TRUE);
}

static void
initiate (Client *client)
{
  Fixture *f = client->fixture;

  if (f->waits)
    {
      log_line (client, "initiating Main Mode IKE_SA l2tp-client-x[1] to 127.0.0.1");
      client->is_initiating = TRUE;
    }
  else if (f->n_refusals > 0)
    {
      f->n_refusals--;
      if (*f->refusal != '\0')
        {
          log_line (client, "initiating Main Mode IKE_SA l2tp-client-x[1] to 127.0.0.1");
          log_line (client, f->refusal);
        }
      answer (client, L2TP_VICI_RESPONSE, "no");
    }
  else
    {
      f->has_sa = TRUE;
      if (f->tells)
        tell_sa (client, "child-updown", TRUE);
      answer (client, L2TP_VICI_RESPONSE, "yes");
    }
}

static void
terminate (Client *client)
{
  Fixture *f = client->fixture;

  f->has_sa = FALSE;
  answer (client, L2TP_VICI_RESPONSE, "yes");
  for (guint i = 0; i < f->clients->len; i++)
    {
      Client *other = g_ptr_array_index (f->clients, i);

      if (other->is_initiating)
        answer (other, L2TP_VICI_RESPONSE, "no");
      other->is_initiating = FALSE;
    }
}

static void
tell_list (Client *client, const char *key)
{
  static const char *const ours[] = { "l2tp-client-x", NULL }, *const none[] = { NULL };
  L2tpViciRequest *packet = l2tp_vici_request_new (L2TP_VICI_RESPONSE, "");

  l2tp_vici_request_put_list (packet, key, client->fixture->forgets ? none : ours);
  send_packet (client, packet, FALSE);
}

static void
tell_keys (Client *client)
{
  static const char *const ours[] = { "0a1b", NULL }, *const none[] = { NULL };
  L2tpViciRequest *packet = l2tp_vici_request_new (L2TP_VICI_RESPONSE, "");

  l2tp_vici_request_put_list (packet, "keys", client->fixture->has_key ? ours : none);
  send_packet (client, packet, FALSE);
}

static void
take_key (Client *client)
{
  L2tpViciRequest *packet = l2tp_vici_request_new (L2TP_VICI_RESPONSE, "");

  client->fixture->has_key = TRUE;
  l2tp_vici_request_put (packet, "success", "yes");
  l2tp_vici_request_put (packet, "id", "0a1b");
  send_packet (client, packet, FALSE);
}

static void
serve (Client *client, const char *name)
{
  Fixture *f = client->fixture;

  if (g_str_equal (name, "get-algorithms"))
    answer (client, L2TP_VICI_COMMAND_UNKNOWN, NULL);
  else if (g_str_equal (name, "initiate"))
    initiate (client);
  else if (g_str_equal (name, "terminate"))
    terminate (client);
  else if (g_str_equal (name, "get-conns"))
    tell_list (client, "conns");
  else if (g_str_equal (name, "get-shared"))
    tell_list (client, "keys");
  else if (g_str_equal (name, "get-keys"))
    tell_keys (client);
  else if (g_str_equal (name, "load-key"))
    take_key (client);
  else
    {
      if (g_str_equal (name, "list-sas") && f->has_sa)
        tell_sa (client, "list-sa", TRUE);
      if (g_str_equal (name, "load-conn"))
        f->forgets = FALSE;
      answer (client, L2TP_VICI_RESPONSE, g_str_equal (name, "list-sas") ? NULL : "yes");
    }
}

static void
die (Fixture *f)
{
  for (guint i = 0; i < f->clients->len; i++)
    {
      Client *client = g_ptr_array_index (f->clients, i);

      g_socket_shutdown (g_socket_connection_get_socket (client->stream), TRUE, TRUE, NULL);
    }
  f->has_sa = FALSE;
}

static void
take_packet (Client *client, gsize len)
{
  Fixture *f = client->fixture;
  g_autofree char *name = g_strndup ((const char *) client->body + 2, client->body[1]);

  g_assert_cmpuint (len, >, 2);
  if (client->body[0] != L2TP_VICI_COMMAND)
    {
      answer (client, L2TP_VICI_CONFIRM, NULL);
      return;
    }
  g_string_append_printf (f->asked, "%s ", name);
  if (f->n_asked++ == f->dies_at)
    die (f);
  else if (g_strcmp0 (name, f->mutes) != 0 &&
           (f->hangs_at == NULL || strstr (f->asked->str, f->hangs_at) == NULL))
    serve (client, name);
}

static gsize
size_of (Client *client)
{
  guint32 size;

  memcpy (&size, client->head, 4);
  return GUINT32_FROM_BE (size);
}

static void
on_body (GObject *source, GAsyncResult *result, gpointer user_data)
{
  Client *client = user_data;
  gsize len = 0;

  if (!g_input_stream_read_all_finish (G_INPUT_STREAM (source), result, &len, NULL) ||
      len != size_of (client))
    return;
  take_packet (client, len);
  g_clear_pointer (&client->body, g_free);
  read_packet (client);
}

static void
on_head (GObject *source, GAsyncResult *result, gpointer user_data)
{
  Client *client = user_data;
  gsize len = 0;

  if (!g_input_stream_read_all_finish (G_INPUT_STREAM (source), result, &len, NULL) || len != 4)
    return;
  client->body = g_malloc (size_of (client));
  g_input_stream_read_all_async (G_INPUT_STREAM (source), client->body, size_of (client),
                                 G_PRIORITY_DEFAULT, NULL, on_body, client);
}

static void
read_packet (Client *client)
{
  g_input_stream_read_all_async (g_io_stream_get_input_stream (G_IO_STREAM (client->stream)),
                                 client->head, 4, G_PRIORITY_DEFAULT, NULL, on_head, client);
}

static gboolean
on_incoming (GSocketService *service, GSocketConnection *stream, GObject *source, Fixture *f)
{
  Client *client = g_new0 (Client, 1);

  client->fixture = f;
  client->stream = g_object_ref (stream);
  g_ptr_array_add (f->clients, client);
  read_packet (client);
  return TRUE;
}

static void
on_lost (L2tpIpsec *ipsec, GError *error, Fixture *f)
{
  f->n_lost++;
}

static L2tpConfig *
make_config (gboolean ikev2)
{
  const char *text = ikev2 ? "{'name': <'x'>, 'gateway': <'lns.example'>, 'ipsec-enabled': <true>,"
                             " 'ipsec-ikev2': <true>, 'ipsec-remote-id': <'lns'>}"
                           : "{'name': <'x'>, 'gateway': <'lns.example'>, 'ipsec-enabled': <true>}";
  g_autoptr (GVariant) plain = g_variant_ref_sink (g_variant_new_parsed (text));
  g_autoptr (GVariant) secrets = g_variant_ref_sink (g_variant_new_parsed ("{'ipsec-psk': <'p'>}"));

  return l2tp_config_new (plain, secrets, NULL);
}

static void
set_up (Fixture *f, gconstpointer data)
{
  g_autoptr (L2tpConfig) config = make_config (data != NULL);
  g_autoptr (GSocketAddress) address = NULL;
  g_autoptr (GError) error = NULL;

  f->directory = g_dir_make_tmp ("l2tp-charon-XXXXXX", NULL);
  f->path = g_build_filename (f->directory, "vici", NULL);
  f->clients = g_ptr_array_new_with_free_func (client_free);
  f->asked = g_string_new (NULL);
  f->dies_at = -1;
  f->service = g_socket_service_new ();
  address = g_unix_socket_address_new (f->path);
  g_socket_listener_add_address (G_SOCKET_LISTENER (f->service), address, G_SOCKET_TYPE_STREAM,
                                 G_SOCKET_PROTOCOL_DEFAULT, NULL, NULL, &error);
  g_assert_no_error (error);
  g_signal_connect (f->service, "incoming", G_CALLBACK (on_incoming), f);
  f->daemon = l2tp_ipsec_daemon_new (f->path);
  f->ipsec = l2tp_ipsec_new (f->daemon, config, "x");
  f->local = g_inet_socket_address_new_from_string ("127.0.0.1", 1701);
  f->peer = g_inet_socket_address_new_from_string ("127.0.0.1", 1701);
  g_signal_connect (f->ipsec, "lost", G_CALLBACK (on_lost), f);
}

static void
spin (void)
{
  while (g_main_context_iteration (NULL, FALSE))
    ;
}

static void
tear_down (Fixture *f, gconstpointer data)
{
  spin ();
  g_assert_finalize_object (f->ipsec);
  g_clear_pointer (&f->daemon, l2tp_ipsec_daemon_unref);
  die (f);
  spin ();
  g_ptr_array_unref (f->clients);
  g_socket_service_stop (f->service);
  g_object_unref (f->service);
  spin ();
  g_unlink (f->path);
  g_rmdir (f->directory);
  g_string_free (f->asked, TRUE);
  g_object_unref (f->local);
  g_object_unref (f->peer);
  g_clear_error (&f->error);
  g_free (f->path);
  g_free (f->directory);
}

static void
on_up (GObject *source, GAsyncResult *result, gpointer user_data)
{
  Fixture *f = user_data;

  g_clear_error (&f->error);
  l2tp_ipsec_up_finish (L2TP_IPSEC (source), result, &f->error);
  f->n_up++;
}

static void
on_prepared (GObject *source, GAsyncResult *result, gpointer user_data)
{
  Fixture *f = user_data;

  g_clear_error (&f->error);
  l2tp_ipsec_prepare_finish (L2TP_IPSEC (source), result, &f->error);
  f->n_up++;
}

static void
on_down (GObject *source, GAsyncResult *result, gpointer user_data)
{
  Fixture *f = user_data;

  l2tp_ipsec_down_finish (L2TP_IPSEC (source), result);
  f->n_down++;
}

static void
up_async (Fixture *f, GCancellable *cancellable)
{
  l2tp_ipsec_up_async (f->ipsec, G_INET_SOCKET_ADDRESS (f->local), G_INET_SOCKET_ADDRESS (f->peer),
                       cancellable, on_up, f);
}

static void
up (Fixture *f)
{
  guint n = f->n_up;

  up_async (f, NULL);
  while (f->n_up == n)
    g_main_context_iteration (NULL, TRUE);
}

static void
down (Fixture *f)
{
  guint n = f->n_down;

  l2tp_ipsec_down_async (f->ipsec, on_down, f);
  while (f->n_down == n)
    g_main_context_iteration (NULL, TRUE);
}

static void
wait_asked (Fixture *f, const char *command)
{
  while (strstr (f->asked->str, command) == NULL)
    g_main_context_iteration (NULL, TRUE);
}

static void
test_up_and_down (Fixture *f, gconstpointer data)
{
  g_auto (L2tpIpsecStatus) status = { 0 };

  up (f);
  g_assert_no_error (f->error);
  l2tp_ipsec_get_status (f->ipsec, &status);
  g_assert_true (status.is_up);
  g_assert_cmpuint (status.overhead, ==, 53);
  down (f);
  /* What is left of a service that crashed is ended on the other connection, before the new one. */
  g_assert_true (strstr (f->asked->str, "terminate") < strstr (f->asked->str, "initiate"));
  g_string_replace (f->asked, "terminate ", "", 1);
  g_assert_cmpstr (f->asked->str, ==,
                   "get-algorithms load-shared load-conn initiate list-sas "
                   "unload-conn terminate unload-shared ");
  g_assert_cmpuint (f->n_lost, ==, 0);
}

/* strongSwan tells what it has made, and is not asked. */
static void
test_told (Fixture *f, gconstpointer data)
{
  g_auto (L2tpIpsecStatus) status = { 0 };

  f->tells = TRUE;
  up (f);
  g_assert_no_error (f->error);
  g_assert_null (strstr (f->asked->str, "list-sas"));
  l2tp_ipsec_get_status (f->ipsec, &status);
  g_assert_true (status.is_up);
  g_assert_cmpuint (status.overhead, ==, 53);
  down (f);
}

static void
test_prepare (Fixture *f, gconstpointer data)
{
  g_autoptr (GCancellable) cancellable = g_cancellable_new ();

  l2tp_ipsec_prepare_async (f->ipsec, NULL, on_prepared, f);
  while (f->n_up == 0)
    g_main_context_iteration (NULL, TRUE);
  g_assert_no_error (f->error);
  down (f);

  l2tp_ipsec_prepare_async (f->ipsec, cancellable, on_prepared, f);
  g_cancellable_cancel (cancellable);
  while (f->n_up == 1)
    g_main_context_iteration (NULL, TRUE);
  g_assert_error (f->error, G_IO_ERROR, G_IO_ERROR_CANCELLED);

  /* An up goes on with what prepare has begun, and waits for what it has to end. */
  up (f);
  g_assert_no_error (f->error);
  down (f);
  l2tp_ipsec_prepare_async (f->ipsec, NULL, on_prepared, f);
  up_async (f, NULL);
  while (f->n_up < 5)
    g_main_context_iteration (NULL, TRUE);
  g_assert_no_error (f->error);
  down (f);
}

/* Wherever it dies, up ends, and down does. */
static void
test_dies (Fixture *f, gconstpointer data)
{
  for (int i = 0; i < 6; i++)
    {
      f->n_asked = 0;
      f->dies_at = i;
      up (f);
      g_assert_error (f->error, L2TP_ERROR, L2TP_ERROR_IKE_FAILED);
      g_assert_cmpint (l2tp_ipsec_get_failure (f->ipsec), ==, L2TP_IPSEC_FAILURE_DAEMON_ENDED);
    }
  f->dies_at = -1;
  up (f);
  g_assert_no_error (f->error);
  die (f);
  while (f->n_lost == 0)
    g_main_context_iteration (NULL, TRUE);
  g_assert_cmpint (l2tp_ipsec_get_failure (f->ipsec), ==, L2TP_IPSEC_FAILURE_DAEMON_ENDED);
  up (f);
  g_assert_no_error (f->error);
  f->n_asked = 0;
  f->dies_at = 1;
  down (f);
  g_assert_cmpuint (f->n_lost, ==, 1);
}

/* Wherever it hangs, down comes to an end. */
static void
test_hangs (Fixture *f, gconstpointer data)
{
  static const char *const commands[] = { "initiate", "unload-conn" };
  gint64 start;

  for (gsize i = 0; i < G_N_ELEMENTS (commands); i++)
    {
      guint n = f->n_up;

      g_string_truncate (f->asked, 0);
      f->hangs_at = commands[i];
      up_async (f, NULL);
      if (i == 0)
        wait_asked (f, commands[i]);
      while (i == 1 && f->n_up == n)
        g_main_context_iteration (NULL, TRUE);
      start = g_get_monotonic_time ();
      down (f);
      g_assert_cmpint (g_get_monotonic_time () - start, <, 8 * G_USEC_PER_SEC);
      g_assert_cmpuint (f->n_up, ==, n + 1);
    }
}

/* A daemon that takes connections, and is silent from some question on: up ends by itself. */
static void
test_silent (Fixture *f, gconstpointer data)
{
  static const char *const commands[] = { "get-algorithms", "load-conn", "list-sas" };

  for (gsize i = 0; i < G_N_ELEMENTS (commands); i++)
    {
      gint64 start = g_get_monotonic_time ();

      g_string_truncate (f->asked, 0);
      f->hangs_at = commands[i];
      up (f);
      g_assert_error (f->error, L2TP_ERROR, L2TP_ERROR_IKE_FAILED);
      g_assert_cmpint (l2tp_ipsec_get_failure (f->ipsec), ==, L2TP_IPSEC_FAILURE_HUNG);
      g_assert_cmpint (g_get_monotonic_time () - start, <, 5 * G_USEC_PER_SEC);
    }
  f->hangs_at = NULL;
  up (f);
  g_assert_no_error (f->error);
  down (f);
}

/* It takes all that is loaded, and is silent about what an earlier service has left. */
static void
test_silent_of_old (Fixture *f, gconstpointer data)
{
  f->mutes = "terminate";
  up (f);
  g_assert_error (f->error, L2TP_ERROR, L2TP_ERROR_IKE_FAILED);
  g_assert_cmpint (l2tp_ipsec_get_failure (f->ipsec), ==, L2TP_IPSEC_FAILURE_HUNG);
  g_assert_null (strstr (f->asked->str, "initiate"));
  f->mutes = NULL;
  up (f);
  g_assert_no_error (f->error);
  down (f);
}

static void
test_retries (Fixture *f, gconstpointer data)
{
  f->refusal = "received NO_PROPOSAL_CHOSEN error notify";
  f->n_refusals = 1;
  up (f);
  g_assert_no_error (f->error);
  down (f);
  f->n_refusals = 2;
  up (f);
  g_assert_error (f->error, L2TP_ERROR, L2TP_ERROR_IKE_FAILED);
  g_assert_cmpint (l2tp_ipsec_get_failure (f->ipsec), ==, L2TP_IPSEC_FAILURE_IKE_PROPOSAL);
  g_assert_true (g_str_has_suffix (f->asked->str, "unload-conn terminate unload-shared "));
  down (f);
}

static void
test_no_ikev1 (Fixture *f, gconstpointer data)
{
  f->refusal = "";
  f->n_refusals = 1;
  up (f);
  g_assert_error (f->error, L2TP_ERROR, L2TP_ERROR_MISSING_DEPENDENCY);
  g_assert_cmpint (l2tp_ipsec_get_failure (f->ipsec), ==, L2TP_IPSEC_FAILURE_NO_IKEV1);
  down (f);
}

/* Cancelled after each command, as many as there are; what was loaded is taken out. */
static void
test_cancel (Fixture *f, gconstpointer data)
{
  f->waits = TRUE;
  for (int i = 0; i < 5; i++)
    {
      g_autoptr (GCancellable) cancellable = g_cancellable_new ();
      guint n = f->n_up;

      f->n_asked = 0;
      up_async (f, cancellable);
      while (f->n_asked < i)
        g_main_context_iteration (NULL, TRUE);
      g_cancellable_cancel (cancellable);
      while (f->n_up == n)
        g_main_context_iteration (NULL, TRUE);
      g_assert_error (f->error, G_IO_ERROR, G_IO_ERROR_CANCELLED);
      down (f);
      g_assert_false (f->has_sa);
    }
}

static Client *
control_of (Fixture *f)
{
  return g_ptr_array_index (f->clients, f->clients->len - 2);
}

static void
test_lost (Fixture *f, gconstpointer data)
{
  up (f);
  /* An SA that ends beside another one is none of ours. */
  tell_sa (control_of (f), "ike-updown", FALSE);
  g_string_truncate (f->asked, 0);
  wait_asked (f, "get-shared");
  spin ();
  g_assert_cmpuint (f->n_lost, ==, 0);

  f->has_sa = FALSE;
  tell_sa (control_of (f), "child-updown", FALSE);
  while (f->n_lost == 0)
    g_main_context_iteration (NULL, TRUE);
  g_assert_cmpint (l2tp_ipsec_get_failure (f->ipsec), ==, L2TP_IPSEC_FAILURE_LOST);
  up (f);
  g_assert_no_error (f->error);
  down (f);
  g_assert_cmpuint (f->n_lost, ==, 1);
}

/* Both connections end, one after the other, while it is asked, and is to be asked again. */
static void
test_lost_while_asked (Fixture *f, gconstpointer data)
{
  Client *work;

  up (f);
  work = g_ptr_array_index (f->clients, f->clients->len - 1);
  g_string_truncate (f->asked, 0);
  f->hangs_at = "list-sas";
  tell_sa (control_of (f), "child-rekey", TRUE);
  wait_asked (f, "list-sas");
  tell_sa (control_of (f), "child-rekey", TRUE);
  spin ();
  g_socket_shutdown (g_socket_connection_get_socket (work->stream), TRUE, TRUE, NULL);
  while (f->n_lost == 0)
    g_main_context_iteration (NULL, TRUE);
  g_assert_cmpint (l2tp_ipsec_get_failure (f->ipsec), ==, L2TP_IPSEC_FAILURE_DAEMON_ENDED);
  down (f);
}

static void
test_loaded_again (Fixture *f, gconstpointer data)
{
  up (f);
  f->forgets = TRUE;
  g_string_truncate (f->asked, 0);
  tell_sa (control_of (f), "child-rekey", TRUE);
  wait_asked (f, "load-conn");
  g_assert_nonnull (strstr (f->asked->str, "load-shared"));
  g_assert_null (strstr (f->asked->str, "terminate"));
  down (f);
  g_assert_cmpuint (f->n_lost, ==, 0);
}

static GBytes *
read_file (const char *name)
{
  g_autofree char *path = g_test_build_filename (G_TEST_DIST, "credentials", name, NULL);
  char *text = NULL;
  gsize len = 0;

  g_assert_true (g_file_get_contents (path, &text, &len, NULL));
  return g_bytes_new_take (text, len);
}

/* Two connections of one certificate: the key is whose who has loaded it first, and goes away with
 * that one; who has to load it again takes it out. */
static void
test_shared_key (Fixture *f, gconstpointer data)
{
  g_autoptr (GVariant) plain = g_variant_ref_sink (
      g_variant_new_parsed ("{'name': <'x'>, 'gateway': <'lns.example'>, 'ipsec-enabled': <true>,"
                            " 'machine-auth-type': <'tls'>}"));
  g_autoptr (L2tpConfig) config = l2tp_config_new (plain, NULL, NULL);
  g_autoptr (GBytes) ca = read_file ("ca.pem");
  g_autoptr (GBytes) cert = read_file ("client.pem");
  g_autoptr (GBytes) key = read_file ("client.key");

  g_object_unref (f->ipsec);
  f->ipsec = l2tp_ipsec_new (f->daemon, config, "x");
  l2tp_ipsec_set_files (f->ipsec, &(L2tpIpsecFiles){ ca, cert, key });
  f->has_key = TRUE;
  up (f);
  g_assert_no_error (f->error);
  down (f);
  g_assert_null (strstr (f->asked->str, "unload-key"));

  up (f);
  g_assert_no_error (f->error);
  f->has_key = FALSE;
  g_string_truncate (f->asked, 0);
  tell_sa (control_of (f), "child-rekey", TRUE);
  wait_asked (f, "load-conn");
  g_assert_nonnull (strstr (f->asked->str, "load-key"));
  down (f);
  g_assert_nonnull (strstr (f->asked->str, "unload-key"));
}

/* Instead of the object that brought it up: what another process would make of its export. */
static void
succeed (Fixture *f, gboolean ikev2)
{
  g_autoptr (L2tpConfig) config = make_config (ikev2);
  g_autoptr (GVariant) state = g_variant_ref_sink (l2tp_ipsec_export (f->ipsec));

  g_object_unref (f->ipsec);
  g_string_truncate (f->asked, 0);
  f->ipsec = l2tp_ipsec_new (f->daemon, config, "x");
  g_signal_connect (f->ipsec, "lost", G_CALLBACK (on_lost), f);
  l2tp_ipsec_adopt (f->ipsec, G_INET_SOCKET_ADDRESS (f->local), G_INET_SOCKET_ADDRESS (f->peer),
                    state);
}

static void
test_adopted (Fixture *f, gconstpointer data)
{
  g_auto (L2tpIpsecStatus) status = { 0 };

  up (f);
  g_assert_no_error (f->error);
  succeed (f, FALSE);
  l2tp_ipsec_get_status (f->ipsec, &status);
  g_assert_true (status.is_up);
  g_assert_cmpuint (status.overhead, ==, 53);
  wait_asked (f, "get-shared");
  g_assert_cmpstr (f->asked->str, ==, "get-algorithms list-sas get-conns get-shared ");
  g_string_truncate (f->asked, 0);
  f->forgets = TRUE;
  tell_sa (control_of (f), "child-rekey", TRUE);
  wait_asked (f, "load-conn");
  g_assert_nonnull (strstr (f->asked->str, "load-shared"));
  down (f);
  g_assert_true (g_str_has_suffix (f->asked->str, "unload-conn terminate unload-shared "));
  g_assert_cmpuint (f->n_lost, ==, 0);
}

static void
test_adopted_in_vain (Fixture *f, gconstpointer data)
{
  up (f);
  f->has_sa = FALSE;
  succeed (f, FALSE);
  while (f->n_lost == 0)
    g_main_context_iteration (NULL, TRUE);
  g_assert_cmpint (l2tp_ipsec_get_failure (f->ipsec), ==, L2TP_IPSEC_FAILURE_LOST);
  up (f);
  g_assert_no_error (f->error);
  down (f);
}

/* Before the daemon has said a word: what is found there goes all the same. */
static void
test_adopted_and_down (Fixture *f, gconstpointer data)
{
  up (f);
  succeed (f, FALSE);
  down (f);
  g_assert_cmpstr (f->asked->str, ==, "get-algorithms unload-conn terminate unload-shared ");
  g_assert_cmpuint (f->n_lost, ==, 0);
}

/* A daemon that hangs costs what is left of the time, and no more. */
static void
test_hurry (Fixture *f, gconstpointer data)
{
  gint64 start;

  up (f);
  f->hangs_at = "unload-conn";
  start = g_get_monotonic_time ();
  l2tp_ipsec_hurry (f->ipsec, start + 600 * G_TIME_SPAN_MILLISECOND);
  down (f);
  g_assert_cmpint (g_get_monotonic_time () - start, >=, 500 * G_TIME_SPAN_MILLISECOND);
  g_assert_cmpint (g_get_monotonic_time () - start, <, 2 * G_TIME_SPAN_SECOND);
}

static void
on_claimed (GObject *source, GAsyncResult *result, gpointer user_data)
{
  *(L2tpIpsecPlace **) user_data = l2tp_ipsec_daemon_claim_finish (result, NULL);
}

/* Another connection, with another key to the same LNS. */
static void
claim_other (Fixture *f, L2tpIpsecPlace **ret_place)
{
  static const char *const identities[] = { "lns", NULL };
  g_autoptr (L2tpSecret) key = l2tp_secret_new ("q", 1);
  const L2tpIpsecClaim claim = {
    .tag = "y", .connection = "y", .key = key, .owners = identities, .lookups = identities
  };

  l2tp_ipsec_daemon_claim_async (f->daemon, &claim, NULL, on_claimed, ret_place);
}

/* What is told to a successor is told once more. */
static void
test_evicted (Fixture *f, gconstpointer data)
{
  L2tpIpsecPlace *place = NULL;

  up (f);
  g_assert_no_error (f->error);
  spin ();
  g_string_truncate (f->asked, 0);
  claim_other (f, &place);
  wait_asked (f, "get-conns");
  g_assert_cmpstr (f->asked->str, ==, "unload-shared list-sas get-conns ");
  g_assert_nonnull (place);
  place = l2tp_ipsec_place_leave (place);
  down (f);
}

static void
test_evicted_while_adopted (Fixture *f, gconstpointer data)
{
  L2tpIpsecPlace *place = NULL;

  up (f);
  g_assert_no_error (f->error);
  succeed (f, TRUE);
  claim_other (f, &place);
  while (place == NULL)
    g_main_context_iteration (NULL, TRUE);
  g_assert_nonnull (strstr (f->asked->str, "unload-shared"));
  place = l2tp_ipsec_place_leave (place);
  down (f);
  g_assert_cmpuint (f->n_lost, ==, 0);
}

static void
test_dies_in_the_queue (Fixture *f, gconstpointer data)
{
  L2tpIpsecPlace *place = NULL;

  claim_other (f, &place);
  spin ();
  g_assert_nonnull (place);
  up_async (f, NULL);
  wait_asked (f, "get-algorithms");
  while (f->clients->len < 2)
    g_main_context_iteration (NULL, TRUE);
  spin ();
  g_assert_cmpuint (f->n_up, ==, 0);
  die (f);
  while (f->n_up == 0)
    g_main_context_iteration (NULL, TRUE);
  g_assert_cmpint (l2tp_ipsec_get_failure (f->ipsec), ==, L2TP_IPSEC_FAILURE_DAEMON_ENDED);
  place = l2tp_ipsec_place_leave (place);
  up (f);
  g_assert_no_error (f->error);
  down (f);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_log_set_always_fatal (G_LOG_LEVEL_ERROR | G_LOG_LEVEL_CRITICAL); /* it warns of what hangs */
#define ADD(NAME, FUNCTION)                                                                        \
  g_test_add ("/ipsec-strongswan/" NAME, Fixture, NULL, set_up, FUNCTION, tear_down)
  ADD ("up-and-down", test_up_and_down);
  ADD ("told", test_told);
  ADD ("prepare", test_prepare);
  ADD ("dies", test_dies);
  ADD ("hangs", test_hangs);
  ADD ("silent", test_silent);
  ADD ("retries", test_retries);
  ADD ("no-ikev1", test_no_ikev1);
  ADD ("cancel", test_cancel);
  ADD ("lost", test_lost);
  ADD ("loaded-again", test_loaded_again);
  ADD ("shared-key", test_shared_key);
  ADD ("adopted", test_adopted);
  ADD ("adopted-in-vain", test_adopted_in_vain);
  ADD ("adopted-and-down", test_adopted_and_down);
  ADD ("hurry", test_hurry);
  ADD ("silent-of-old", test_silent_of_old);
  ADD ("lost-while-asked", test_lost_while_asked);
#define ADD_IKEV2(NAME, FUNCTION)                                                                  \
  g_test_add ("/ipsec-strongswan/" NAME, Fixture, "ikev2", set_up, FUNCTION, tear_down)
  ADD_IKEV2 ("dies-in-the-queue", test_dies_in_the_queue);
  ADD_IKEV2 ("evicted", test_evicted);
  ADD_IKEV2 ("evicted-while-adopted", test_evicted_while_adopted);
  return g_test_run ();
}
