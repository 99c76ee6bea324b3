/* SPDX-License-Identifier: GPL-2.0-or-later */
/* SPDX-FileCopyrightText: The l2tp-client authors */

/* One connection as a block of text, in the manner of networkctl status: only lines that have
 * something to say. */

#include "connection.h"

#include <stdio.h>

#include <glib/gi18n.h>

#define LABEL_WIDTH 11

static void G_GNUC_PRINTF (2, 3) line (const char *label, const char *format, ...)
{
  g_autofree char *text = NULL;
  int pad = LABEL_WIDTH - (int) g_utf8_strlen (label, -1);
  va_list args;

  va_start (args, format);
  text = g_strdup_vprintf (format, args);
  va_end (args);
  printf ("%*s%s: %s\n", MAX (pad, 0), "", label, text);
}

static void
print_title (L2tpDBusConnection *c)
{
  g_autofree char *name = cli_output_clean (l2tp_dbus_connection_get_name (c));
  g_autofree char *bold = cli_output_paint (CLI_COLOR_BOLD, name);
  g_autofree char *dot = cli_output_paint (cli_state_to_color (l2tp_dbus_connection_get_state (c)),
                                           cli_output_is_utf8 () ? "●" : "*");

  printf ("%s %s\n", dot, bold);
}

static void
print_state (L2tpDBusConnection *c)
{
  guint state = l2tp_dbus_connection_get_state (c);
  guint64 since = l2tp_dbus_connection_get_since (c);
  g_autofree char *word =
      cli_output_paint (cli_state_to_color (state), cli_state_to_string (state));
  g_autofree char *phase = cli_output_clean (l2tp_dbus_connection_get_phase (c));
  g_autoptr (GString) text = g_string_new (word);
  g_autoptr (GDateTime) time = g_date_time_new_from_unix_local (since / G_USEC_PER_SEC);

  if (*phase != '\0')
    g_string_append_printf (text, " (%s)", phase);
  if (since != 0 && time != NULL)
    {
      gint64 span = (g_get_real_time () - (gint64) since) / G_USEC_PER_SEC;
      g_autofree char *when = g_date_time_format (time, "%Y-%m-%d %H:%M:%S");
      g_autofree char *duration = cli_output_duration (span);

      g_string_append_printf (text, _ (" since %s, %s ago"), when, duration);
    }
  line (_ ("State"), "%s", text->str);
}

static void
print_error (L2tpDBusConnection *c)
{
  g_autofree char *name = NULL, *cause = NULL, *remedy = NULL;
  guint retries = l2tp_dbus_connection_get_retry_count (c);
  const char *known;

  if (l2tp_dbus_connection_get_state (c) == L2TP_CONNECTION_STATE_CONNECTED ||
      !cli_connection_get_error (c, &name, &cause, &remedy))
    return;
  g_autofree char *painted = cli_output_paint (CLI_COLOR_RED, cause);
  line (_ ("Error"), "%s", painted);
  known = cli_client_get_remedy (name);
  if (remedy != NULL || known != NULL)
    line (_ ("Remedy"), "%s", remedy != NULL ? remedy : known);
  if (retries > 0)
    line (_ ("Retries"), "%u", retries);
}

/* What is waited for: the clock, or somebody's answer. */
static void
print_waiting (L2tpDBusConnection *c)
{
  g_autofree char *next = cli_connection_dup_next_attempt (c);
  g_autofree char *word = cli_connection_dup_word (c);

  if (next != NULL)
    line (_ ("Waiting"), "%s", next);
  if (l2tp_dbus_connection_get_state (c) != L2TP_CONNECTION_STATE_NEED_SECRETS)
    return;
  line (_ ("Waiting"), _ ("for somebody to type a password"));
  line (_ ("Remedy"), _ ("answer where you are asked, or “l2tp-client down %s” ends it"), word);
}

static void
print_origin (L2tpDBusConnection *c)
{
  g_autofree char *owner = cli_connection_dup_owner (c);
  g_autofree char *source = cli_output_clean (l2tp_dbus_connection_get_source (c));

  if (owner != NULL)
    line (_ ("Owner"), "%s", owner);
  if (g_str_equal (source, "memory"))
    line (_ ("Kept"), _ ("in memory, until the service ends"));
  else if (g_str_equal (source, "networkmanager"))
    line (_ ("Kept"), _ ("by NetworkManager"));
  if (l2tp_dbus_connection_get_autostart (c))
    line (_ ("Autostart"), _ ("yes"));
}

static void
print_ip (L2tpDBusConnection *c, L2tpDBusSession *session)
{
  g_autofree char *interface = cli_output_clean (l2tp_dbus_connection_get_interface (c));
  g_autofree char *address = cli_connection_dup_address (c, FALSE);
  g_autofree char *peer = cli_connection_dup_address (c, TRUE);
  g_autofree char *address6 = cli_connection_dup_address6 (c, FALSE);
  g_autofree char *peer6 = cli_connection_dup_address6 (c, TRUE);
  g_auto (GStrv) servers = cli_connection_dup_dns (c);
  guint mtu = session != NULL ? l2tp_dbus_session_get_mtu (session) : 0;

  if (*interface != '\0' && mtu != 0)
    line (_ ("Interface"), _ ("%s, MTU %u"), interface, mtu);
  else if (*interface != '\0')
    line (_ ("Interface"), "%s", interface);
  if (address != NULL && peer != NULL)
    line (_ ("Address"), _ ("%s peer %s"), address, peer);
  else if (address != NULL)
    line (_ ("Address"), "%s", address);
  if (address6 != NULL && peer6 != NULL)
    line (_ ("Address"), _ ("%s peer %s"), address6, peer6);
  else if (address6 != NULL)
    line (_ ("Address"), "%s", address6);
  if (*servers != NULL)
    {
      g_autofree char *list = g_strjoinv (", ", servers);
      line (_ ("DNS"), "%s", list);
    }
}

/* An IPv6 address needs brackets before its port. */
static char *
endpoint (const char *address, guint port)
{
  g_autofree char *clean = cli_output_clean (address);

  return g_strdup_printf (g_strrstr (clean, ":") != NULL ? "[%s]:%u" : "%s:%u", clean, port);
}

static void
print_tunnel (L2tpDBusTunnel *t)
{
  const char *arrow = cli_output_is_utf8 () ? "→" : "->";

  if (t == NULL)
    return;
  g_autofree char *local =
      endpoint (l2tp_dbus_tunnel_get_local_address (t), l2tp_dbus_tunnel_get_local_port (t));
  g_autofree char *peer =
      endpoint (l2tp_dbus_tunnel_get_peer_address (t), l2tp_dbus_tunnel_get_peer_port (t));
  g_autofree char *name = cli_output_clean (l2tp_dbus_tunnel_get_peer_host_name (t));
  g_autofree char *vendor = cli_output_clean (l2tp_dbus_tunnel_get_peer_vendor (t));

  line (_ ("Tunnel"), _ ("%s %s %s, id %u %s %u"), local, arrow, peer,
        l2tp_dbus_tunnel_get_tunnel_id (t), arrow, l2tp_dbus_tunnel_get_peer_tunnel_id (t));
  if (*name != '\0' && *vendor != '\0')
    line (_ ("Peer"), "%s (%s)", name, vendor);
  else if (*name != '\0' || *vendor != '\0')
    line (_ ("Peer"), "%s%s", name, vendor);
}

static void
print_security (L2tpDBusTunnel *t)
{
  guint64 rekey_at = t != NULL ? l2tp_dbus_tunnel_get_rekey_at (t) : 0;
  g_autofree char *cipher = NULL, *encap = NULL, *duration = NULL;

  if (t == NULL || !l2tp_dbus_tunnel_get_secured (t))
    return;
  cipher = cli_output_clean (l2tp_dbus_tunnel_get_cipher (t));
  encap = cli_output_clean (l2tp_dbus_tunnel_get_encap (t));
  duration = cli_output_duration (((gint64) rekey_at - g_get_real_time ()) / G_USEC_PER_SEC);
  if (rekey_at > (guint64) g_get_real_time ())
    line (_ ("IPsec"), _ ("%s, %s, new keys in %s"), encap, cipher, duration);
  else
    line (_ ("IPsec"), _ ("%s, %s"), encap, cipher);
}

static void
print_session (L2tpDBusSession *s)
{
  const char *arrow = cli_output_is_utf8 () ? "→" : "->";

  if (s == NULL)
    return;
  if (l2tp_dbus_session_get_ppp_pid (s) != 0)
    line (_ ("Session"), _ ("id %u %s %u, pppd %u"), l2tp_dbus_session_get_session_id (s), arrow,
          l2tp_dbus_session_get_peer_session_id (s), l2tp_dbus_session_get_ppp_pid (s));
  else
    line (_ ("Session"), _ ("id %u %s %u"), l2tp_dbus_session_get_session_id (s), arrow,
          l2tp_dbus_session_get_peer_session_id (s));
}

static void
print_traffic (GVariant *statistics)
{
  guint64 rx, tx;

  if (statistics == NULL || !g_variant_lookup (statistics, "rx-bytes", "t", &rx) ||
      !g_variant_lookup (statistics, "tx-bytes", "t", &tx))
    return;
  g_autofree char *received = g_format_size (rx);
  g_autofree char *sent = g_format_size (tx);
  line (_ ("Traffic"), _ ("%s received, %s sent"), received, sent);
}

static void
print_timeline (GVariant *timeline)
{
  g_autoptr (GString) text = g_string_new (NULL);
  GVariantIter iter;
  const char *stage;
  guint64 time;

  if (timeline == NULL || g_variant_n_children (timeline) == 0)
    return;
  g_variant_iter_init (&iter, timeline);
  while (g_variant_iter_next (&iter, "(&st)", &stage, &time))
    {
      g_autofree char *clean = cli_output_clean (stage);
      g_string_append_printf (text, "%s%s %.3f", text->len > 0 ? ", " : "", clean,
                              time / (double) G_USEC_PER_SEC);
    }
  line (_ ("Timeline"), _ ("%s s"), text->str);
}

void
cli_connection_print (CliClient *client, L2tpDBusObject *object)
{
  g_autoptr (L2tpDBusConnection) c = l2tp_dbus_object_get_connection (object);
  g_autoptr (GVariant) statistics = cli_connection_dup_statistics (client, object);
  g_autofree char *uuid = cli_output_clean (l2tp_dbus_connection_get_uuid (c));
  g_autofree char *gateway = cli_output_clean (l2tp_dbus_connection_get_gateway (c));
  g_autofree char *user = cli_output_clean (l2tp_dbus_connection_get_user_name (c));

  print_title (c);
  line (_ ("UUID"), "%s", uuid);
  if (*user != '\0')
    line (_ ("Gateway"), _ ("%s as %s"), gateway, user);
  else
    line (_ ("Gateway"), "%s", gateway);
  print_origin (c);
  print_state (c);
  print_waiting (c);
  print_error (c);
  print_ip (c, l2tp_dbus_object_peek_session (object));
  print_tunnel (l2tp_dbus_object_peek_tunnel (object));
  print_security (l2tp_dbus_object_peek_tunnel (object));
  print_session (l2tp_dbus_object_peek_session (object));
  print_traffic (statistics);
  print_timeline (l2tp_dbus_connection_get_timeline (c));
}
