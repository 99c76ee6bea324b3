/* SPDX-License-Identifier: GPL-2.0-or-later */
/* SPDX-FileCopyrightText: The l2tp-client authors */

/* Drives service/ipsec for the tests of the bed. Standard input: options as KEY=VALUE, local, peer
 * (ADDRESS PORT), socket and guard among them, then an empty line, then commands: prepare, up,
 * cancel, down, status, quit. Every answer and signal is one line on standard output. */

#include <gio/gio.h>
#include <gio/gunixinputstream.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "service/base/l2tp-error.h"
#include "service/base/l2tp-log.h"
#include "service/ipsec/l2tp-ipsec-guard.h"
#include "service/ipsec/l2tp-ipsec.h"

typedef struct
{
  GMainLoop *loop;
  GDataInputStream *input;
  GHashTable *settings;
  L2tpIpsecDaemon *daemon;
  L2tpIpsec *ipsec;
  L2tpIpsecGuard *guard;
  GInetSocketAddress *local, *peer;
  GCancellable *cancellable;
} Probe;

static void read_line (Probe *probe);

static void G_GNUC_PRINTF (1, 2) say (const char *format, ...)
{
  g_autofree char *text = NULL;
  va_list args;

  va_start (args, format);
  text = g_strdup_vprintf (format, args);
  va_end (args);
  g_strdelimit (text, "\n", '|');
  printf ("%s\n", text);
  fflush (stdout);
}

static void
say_error (Probe *probe, const char *what, const GError *error)
{
  L2tpIpsecFailure failure = l2tp_ipsec_get_failure (probe->ipsec);

  say ("%s %s %s %s", what, l2tp_ipsec_failure_to_string (failure),
       error->domain == L2TP_ERROR ? l2tp_error_to_dbus_name (error->code) + 15
                                   : g_quark_to_string (error->domain),
       error->message);
}

static void
on_progress (L2tpIpsec *ipsec, const char *step, Probe *probe)
{
  say ("progress %s", step);
}

static void
on_warning (L2tpIpsec *ipsec, const char *text, Probe *probe)
{
  say ("warning %s", text);
}

static void
on_lost (L2tpIpsec *ipsec, GError *error, Probe *probe)
{
  say_error (probe, "lost", error);
}

static void
say_status (Probe *probe, const char *what)
{
  g_auto (L2tpIpsecStatus) status = { 0 };

  l2tp_ipsec_get_status (probe->ipsec, &status);
  say (
      "%s up=%d ikev2=%d encap=%d nat=%d%d compatible=%d pfs=%d overhead=%u rekey=%d ike=%s esp=%s "
      "remote=%s",
      what, status.is_up, status.ikev2, status.encap, status.nat_local, status.nat_remote,
      status.compatible, status.pfs, status.overhead,
      status.rekey_time < 0 ? -1 : (int) ((status.rekey_time - g_get_monotonic_time ()) / 1000000),
      status.ike, status.esp, status.remote_id);
}

static void
on_changed (L2tpIpsec *ipsec, Probe *probe)
{
  say_status (probe, "changed");
}

static GInetSocketAddress *
take_address (Probe *probe, const char *key, const char *fallback)
{
  const char *text = g_hash_table_lookup (probe->settings, key);
  g_auto (GStrv) parts = g_strsplit (text != NULL ? text : fallback, " ", 2);
  guint port = (guint) g_ascii_strtoull (parts[1], NULL, 10);
  GSocketAddress *address = g_inet_socket_address_new_from_string (parts[0], port);

  g_hash_table_remove (probe->settings, key);
  return G_INET_SOCKET_ADDRESS (address);
}

static GBytes *
read_file (Probe *probe, const char *key)
{
  const char *path = g_hash_table_lookup (probe->settings, key);
  char *data;
  gsize len;

  if (path == NULL || !g_file_get_contents (path, &data, &len, NULL))
    return NULL;
  return g_bytes_new_take (data, len);
}

static L2tpConfig *
make_config (Probe *probe)
{
  GVariantBuilder plain, secrets;
  g_autoptr (GError) error = NULL;
  GHashTableIter iter;
  const char *key, *value;
  L2tpConfig *config;

  g_variant_builder_init (&plain, G_VARIANT_TYPE_VARDICT);
  g_variant_builder_init (&secrets, G_VARIANT_TYPE_VARDICT);
  g_variant_builder_add (&plain, "{sv}", "name", g_variant_new_string ("probe"));
  g_variant_builder_add (&plain, "{sv}", "gateway", g_variant_new_string ("lns.example"));
  g_hash_table_iter_init (&iter, probe->settings);
  while (g_hash_table_iter_next (&iter, (gpointer *) &key, (gpointer *) &value))
    {
      gboolean is_secret = g_str_equal (key, "ipsec-psk") || g_str_equal (key, "machine-certpass");

      g_variant_builder_add (is_secret ? &secrets : &plain, "{sv}", key,
                             g_variant_new_string (value));
    }
  config =
      l2tp_config_new (g_variant_builder_end (&plain), g_variant_builder_end (&secrets), &error);
  if (config == NULL)
    g_error ("%s", error->message);
  return config;
}

static void
begin (Probe *probe)
{
  g_autoptr (L2tpConfig) config = NULL;
  g_autofree char *socket = g_strdup (g_hash_table_lookup (probe->settings, "socket"));
  g_autofree char *tag = g_strdup (g_hash_table_lookup (probe->settings, "tag"));
  gboolean guarded = g_hash_table_remove (probe->settings, "guard");
  g_autoptr (GError) error = NULL;
  L2tpIpsecFiles files;

  g_hash_table_remove (probe->settings, "socket");
  g_hash_table_remove (probe->settings, "tag");
  probe->local = take_address (probe, "local", "10.9.0.1 1701");
  probe->peer = take_address (probe, "peer", "10.9.0.2 1701");
  files = (L2tpIpsecFiles){ read_file (probe, "machine-ca"), read_file (probe, "machine-cert"),
                            read_file (probe, "machine-key") };
  config = make_config (probe);
  probe->daemon = l2tp_ipsec_daemon_new (socket);
  probe->ipsec = l2tp_ipsec_new (probe->daemon, config, tag != NULL ? tag : "probe");
  l2tp_ipsec_set_files (probe->ipsec, &files);
  g_clear_pointer (&files.ca, g_bytes_unref);
  g_clear_pointer (&files.cert, g_bytes_unref);
  g_clear_pointer (&files.key, g_bytes_unref);
  g_signal_connect (probe->ipsec, "progress", G_CALLBACK (on_progress), probe);
  g_signal_connect (probe->ipsec, "warning", G_CALLBACK (on_warning), probe);
  g_signal_connect (probe->ipsec, "changed", G_CALLBACK (on_changed), probe);
  g_signal_connect (probe->ipsec, "lost", G_CALLBACK (on_lost), probe);
  if (guarded)
    probe->guard = l2tp_ipsec_guard_new (probe->local, probe->peer, 0, &error);
  if (guarded)
    say ("guard %s", error != NULL ? error->message : "installed");
  say ("ready");
}

static void
on_prepared (GObject *source, GAsyncResult *result, gpointer user_data)
{
  g_autoptr (GError) error = NULL;

  if (l2tp_ipsec_prepare_finish (L2TP_IPSEC (source), result, &error))
    say ("prepared");
  else
    say_error (user_data, "failed", error);
}

static void
on_up (GObject *source, GAsyncResult *result, gpointer user_data)
{
  g_autoptr (GError) error = NULL;

  if (l2tp_ipsec_up_finish (L2TP_IPSEC (source), result, &error))
    say_status (user_data, "up");
  else
    say_error (user_data, "failed", error);
}

static void
on_down (GObject *source, GAsyncResult *result, gpointer user_data)
{
  l2tp_ipsec_down_finish (L2TP_IPSEC (source), result);
  say ("down");
}

static void
obey (Probe *probe, const char *command)
{
  if (g_str_equal (command, "prepare"))
    l2tp_ipsec_prepare_async (probe->ipsec, NULL, on_prepared, probe);
  else if (g_str_equal (command, "up"))
    {
      g_clear_object (&probe->cancellable);
      probe->cancellable = g_cancellable_new ();
      l2tp_ipsec_up_async (probe->ipsec, probe->local, probe->peer, probe->cancellable, on_up,
                           probe);
    }
  else if (g_str_equal (command, "cancel"))
    g_cancellable_cancel (probe->cancellable);
  else if (g_str_equal (command, "down"))
    l2tp_ipsec_down_async (probe->ipsec, on_down, probe);
  else if (g_str_equal (command, "status"))
    say_status (probe, "status");
  else if (g_str_equal (command, "sweep"))
    say ("swept %d", l2tp_ipsec_guard_sweep (NULL, 0, NULL));
  else if (g_str_equal (command, "quit"))
    g_main_loop_quit (probe->loop);
  else
    say ("unknown %s", command);
}

static void
take_line (Probe *probe, char *line)
{
  char *equals = strchr (line, '=');

  if (probe->ipsec != NULL)
    obey (probe, line);
  else if (*line == '\0')
    begin (probe);
  else if (equals != NULL)
    {
      *equals = '\0';
      g_hash_table_insert (probe->settings, g_strdup (line), g_strdup (equals + 1));
    }
}

static void
on_line (GObject *source, GAsyncResult *result, gpointer user_data)
{
  Probe *probe = user_data;
  g_autofree char *line = g_data_input_stream_read_line_finish (probe->input, result, NULL, NULL);

  if (line == NULL)
    {
      g_main_loop_quit (probe->loop);
      return;
    }
  take_line (probe, line);
  read_line (probe);
}

static void
read_line (Probe *probe)
{
  g_data_input_stream_read_line_async (probe->input, G_PRIORITY_DEFAULT, NULL, on_line, probe);
}

int
main (int argc, char **argv)
{
  g_autoptr (GInputStream) stdin_stream = g_unix_input_stream_new (STDIN_FILENO, FALSE);
  Probe probe = { 0 };

  l2tp_log_init ();
  l2tp_log_set_level ("debug");
  probe.loop = g_main_loop_new (NULL, FALSE);
  probe.input = g_data_input_stream_new (stdin_stream);
  probe.settings = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, g_free);
  read_line (&probe);
  g_main_loop_run (probe.loop);

  l2tp_ipsec_guard_free (probe.guard);
  g_clear_object (&probe.ipsec);
  g_clear_pointer (&probe.daemon, l2tp_ipsec_daemon_unref);
  g_clear_object (&probe.local);
  g_clear_object (&probe.peer);
  g_clear_object (&probe.cancellable);
  g_object_unref (probe.input);
  g_hash_table_unref (probe.settings);
  g_main_loop_unref (probe.loop);
  return 0;
}
