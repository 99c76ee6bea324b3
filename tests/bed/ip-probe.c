/* SPDX-License-Identifier: GPL-2.0-or-later */
/* SPDX-FileCopyrightText: The l2tp-client authors */

/* service/ip and the monitors of service/io by hand, for the tests: a command a line on standard
 * input, an answer or an event a line on standard output. See commands[] at the end. */

#include <gio/gio.h>
#include <glib-unix.h>
#include <net/if.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "service/io/l2tp-sleep.h"
#include "service/ip/l2tp-dns.h"
#include "service/ip/l2tp-ip-config.h"

typedef struct
{
  GMainLoop *loop;
  GDBusConnection *bus;
  L2tpNetlink *netlink;
  L2tpConfig *config;
  L2tpUplink *uplink;
  L2tpIpConfig *ip;
  L2tpDns *dns;
  L2tpSleep *sleep;
  GCancellable *cancellable;
  gboolean following;
} Probe;

static void G_GNUC_PRINTF (1, 2) say (const char *format, ...)
{
  va_list args;
  g_autofree char *line = NULL;

  va_start (args, format);
  line = g_strdup_vprintf (format, args);
  va_end (args);
  g_strdelimit (line, "\n", '|');
  puts (line);
  fflush (stdout);
}

static void
say_result (const char *what, gboolean done, const GError *error)
{
  if (done)
    say ("%s done", what);
  else
    say ("%s failed: %s", what, error->message);
}

/* --- The uplink ---------------------------------------------------------------------------- */

static void
say_uplink (const char *event, L2tpUplink *uplink)
{
  const char *looped = l2tp_uplink_is_looped (uplink) ? " looped" : "";
  g_autofree char *gateway_text = NULL;
  g_autofree char *source_text = NULL;
  g_autoptr (GInetAddress) gateway = NULL;
  g_autoptr (GInetAddress) source = NULL;
  char name[IF_NAMESIZE] = "?";
  L2tpUplinkPath path;

  if (!l2tp_uplink_get_path (uplink, &path))
    {
      say ("%s none%s", event, looped);
      return;
    }
  gateway = l2tp_ip_to_address (&path.gateway);
  source = l2tp_ip_to_address (&path.source);
  if (gateway != NULL)
    gateway_text = g_inet_address_to_string (gateway);
  if (source != NULL)
    source_text = g_inet_address_to_string (source);
  if_indextoname (path.ifindex, name);
  say ("%s dev %s via %s src %s mtu %u%s%s", event, name, gateway_text != NULL ? gateway_text : "-",
       source_text != NULL ? source_text : "-", path.mtu, path.local ? " local" : "", looped);
}

static void
on_followed (GObject *source, GAsyncResult *result, gpointer data)
{
  g_autoptr (GError) error = NULL;
  gboolean done = l2tp_ip_config_finish (L2TP_IP_CONFIG (source), result, &error);

  say_result ("follow", done, error);
}

static void
on_changed (L2tpUplink *uplink, Probe *probe)
{
  say_uplink ("changed", uplink);
  if (probe->following && probe->ip != NULL)
    l2tp_ip_config_uplink_changed_async (probe->ip, NULL, on_followed, NULL);
}

static void
on_checked (GObject *source, GAsyncResult *result, gpointer data)
{
  say_uplink (data, L2TP_UPLINK (source));
}

/* uplink ADDRESS [INTERFACE [SOURCE]] */
static void
do_uplink (Probe *probe, char **words)
{
  gboolean has_interface = words[1] != NULL, has_source = has_interface && words[2] != NULL;
  g_autoptr (GInetAddress) address = g_inet_address_new_from_string (words[0]);
  g_autoptr (GInetAddress) source = has_source ? g_inet_address_new_from_string (words[2]) : NULL;

  g_clear_object (&probe->uplink);
  probe->uplink =
      l2tp_uplink_new (probe->netlink, address, has_interface ? words[1] : NULL, source);
  g_signal_connect (probe->uplink, "changed", G_CALLBACK (on_changed), probe);
  l2tp_uplink_check_async (probe->uplink, NULL, on_checked, (gpointer) "uplink");
}

static void
do_check (Probe *probe, char **words)
{
  l2tp_uplink_check_async (probe->uplink, NULL, on_checked, (gpointer) "check");
}

static void
do_own (Probe *probe, char **words)
{
  l2tp_uplink_set_own_interface (probe->uplink, if_nametoindex (words[0]));
}

static void
do_follow (Probe *probe, char **words)
{
  probe->following = TRUE;
}

static void
do_overrun (Probe *probe, char **words)
{
  g_signal_emit_by_name (probe->netlink, "overrun");
}

/* --- IP configuration ---------------------------------------------------------------------- */

/* config KEY=VALUE… */
static void
do_config (Probe *probe, char **words)
{
  g_auto (GVariantDict) dict = G_VARIANT_DICT_INIT (NULL);
  g_autoptr (GVariant) settings = NULL;
  g_autoptr (GError) error = NULL;

  g_variant_dict_insert (&dict, "name", "s", "probe");
  g_variant_dict_insert (&dict, "gateway", "s", "lns.test");
  for (char **word = words; *word != NULL; word++)
    {
      char *value = strchr (*word, '=');

      *value = '\0';
      g_variant_dict_insert (&dict, *word, "s", value + 1);
    }
  settings = g_variant_ref_sink (g_variant_dict_end (&dict));
  g_clear_pointer (&probe->config, l2tp_config_unref);
  probe->config = l2tp_config_new (settings, NULL, &error);
  g_clear_object (&probe->ip);
  if (probe->config != NULL)
    probe->ip = l2tp_ip_config_new (probe->config, "probe", probe->netlink, probe->bus);
  say_result ("config", probe->config != NULL, error);
}

static void
take_peer_word (L2tpIpPeer *peer, const char *word)
{
  if (g_str_equal (word, "ipv6"))
    peer->ipv6 = TRUE;
  else if (g_str_equal (word, "ipv6-alone"))
    peer->ipv6_alone = TRUE;
  else if (g_str_has_prefix (word, "overhead="))
    peer->overhead = (guint) g_ascii_strtoull (word + 9, NULL, 10);
  else if (g_str_has_prefix (word, "mtu="))
    peer->mtu = (guint) g_ascii_strtoull (word + 4, NULL, 10);
  else if (g_str_has_prefix (word, "dns="))
    g_ptr_array_add (peer->dns, g_inet_address_new_from_string (word + 4));
}

static void
on_up (GObject *source, GAsyncResult *result, gpointer data)
{
  g_autoptr (GError) error = NULL;
  gboolean done = l2tp_ip_config_finish (L2TP_IP_CONFIG (source), result, &error);

  say_result ("up", done, error);
}

/* up INTERFACE [ipv6] [ipv6-alone] [overhead=N] [mtu=N] [dns=ADDRESS…] */
static void
do_up (Probe *probe, char **words)
{
  L2tpIpPeer peer = { .ifname = words[0], .ipv4 = TRUE, .overhead = 38, .mtu = 1500 };
  g_autoptr (GError) error = NULL;

  peer.ifindex = if_nametoindex (words[0]);
  peer.dns = g_ptr_array_new_with_free_func (g_object_unref);
  for (char **word = words + 1; *word != NULL; word++)
    take_peer_word (&peer, *word);
  l2tp_ip_config_up_async (probe->ip, &peer, probe->uplink, probe->cancellable, on_up, NULL);
  g_ptr_array_unref (peer.dns);
}

static void
on_held (GObject *source, GAsyncResult *result, gpointer data)
{
  g_autoptr (GError) error = NULL;
  gboolean done = l2tp_ip_config_finish (L2TP_IP_CONFIG (source), result, &error);

  say_result ("hold", done, error);
}

static void
do_hold (Probe *probe, char **words)
{
  l2tp_ip_config_hold_async (probe->ip, probe->uplink, NULL, on_held, NULL);
}

static void
on_down (GObject *source, GAsyncResult *result, gpointer data)
{
  g_autoptr (GError) error = NULL;
  gboolean done = l2tp_ip_config_finish (L2TP_IP_CONFIG (source), result, &error);

  say_result ("down", done, error);
}

static void
do_down (Probe *probe, char **words)
{
  l2tp_ip_config_down_async (probe->ip, NULL, on_down, NULL);
}

/* Cancels every up until now. */
static void
do_cancel (Probe *probe, char **words)
{
  g_cancellable_cancel (probe->cancellable);
  g_clear_object (&probe->cancellable);
  probe->cancellable = g_cancellable_new ();
}

static void
do_state (Probe *probe, char **words)
{
  g_autoptr (GVariant) state = l2tp_ip_config_to_variant (probe->ip);
  g_autofree char *text = g_variant_print (state, TRUE);

  say ("state %s", text);
}

/* adopt STATE: in the place of the connection of config */
static void
do_adopt (Probe *probe, char **words)
{
  g_autofree char *text = g_strjoinv (" ", words);
  g_autoptr (GVariant) state = g_variant_parse (NULL, text, NULL, NULL, NULL);
  g_autoptr (GError) error = NULL;

  g_assert_nonnull (state);
  g_clear_object (&probe->ip);
  probe->ip = l2tp_ip_config_new_from_variant (probe->config, "probe", probe->netlink, probe->bus,
                                               state, &error);
  say_result ("adopt", probe->ip != NULL, error);
}

static void
on_cleaned (GObject *source, GAsyncResult *result, gpointer data)
{
  g_autoptr (GError) error = NULL;
  gboolean done = l2tp_ip_config_clean_finish (result, &error);

  say_result ("clean", done, error);
}

/* clean [keep]: with keep all but this connection's */
static void
do_clean (Probe *probe, char **words)
{
  g_autoptr (GPtrArray) keep = g_ptr_array_new ();

  if (words[0] != NULL)
    g_ptr_array_add (keep, probe->ip);
  l2tp_ip_config_clean_async (probe->netlink, keep, NULL, on_cleaned, NULL);
}

/* --- DNS alone, which needs no privileges ------------------------------------------------------
 */

static void
on_dns_set (GObject *source, GAsyncResult *result, gpointer data)
{
  g_autoptr (GError) error = NULL;
  gboolean done = l2tp_dns_set_finish (L2TP_DNS (source), result, &error);

  say_result ("dns", done, error);
}

/* dns INTERFACE ADDRESS…: as if the LNS had given them, with the options of config */
static void
do_dns (Probe *probe, char **words)
{
  g_autoptr (GPtrArray) servers = g_ptr_array_new_with_free_func (g_object_unref);
  g_autoptr (L2tpDnsSettings) settings = NULL;

  for (char **word = words + 1; *word != NULL; word++)
    g_ptr_array_add (servers, g_inet_address_new_from_string (*word));
  settings = l2tp_dns_settings_new (probe->config, servers);
  if (probe->dns == NULL)
    probe->dns = l2tp_dns_new (probe->bus);
  l2tp_dns_set_async (probe->dns, if_nametoindex (words[0]), words[0], settings, probe->cancellable,
                      on_dns_set, NULL);
}

static void
on_dns_reverted (GObject *source, GAsyncResult *result, gpointer data)
{
  g_autoptr (GError) error = NULL;
  gboolean done = l2tp_dns_revert_finish (L2TP_DNS (source), result, &error);

  say_result ("revert", done, error);
}

static void
do_revert (Probe *probe, char **words)
{
  l2tp_dns_revert_async (probe->dns, NULL, on_dns_reverted, NULL);
}

/* inherit [alone]: the next process, perhaps without a bus: all that it knows is what this one has
 * written down. */
static void
do_inherit (Probe *probe, char **words)
{
  g_autoptr (GVariant) state = l2tp_dns_to_variant (probe->dns);

  g_object_unref (probe->dns);
  probe->dns = l2tp_dns_new (g_strcmp0 (words[0], "alone") == 0 ? NULL : probe->bus);
  say_result ("inherit", l2tp_dns_adopt (probe->dns, state), NULL);
}

/* --- Sleep --------------------------------------------------------------------------------- */

static void
on_prepare (L2tpSleep *sleep, gpointer data)
{
  say ("sleep prepare");
}

static void
on_resumed (L2tpSleep *sleep, gpointer data)
{
  say ("sleep resumed");
}

static void
do_sleep (Probe *probe, char **words)
{
  probe->sleep = l2tp_sleep_new (probe->bus);
  g_signal_connect (probe->sleep, "prepare", G_CALLBACK (on_prepare), NULL);
  g_signal_connect (probe->sleep, "resumed", G_CALLBACK (on_resumed), NULL);
  say ("sleep done");
}

static void
do_ready (Probe *probe, char **words)
{
  l2tp_sleep_ready (probe->sleep);
  say ("ready done");
}

static void
do_holding (Probe *probe, char **words)
{
  say ("holding %s", l2tp_sleep_is_holding (probe->sleep) ? "yes" : "no");
}

/* --- Commands ------------------------------------------------------------------------------ */

static const struct
{
  const char *name;
  void (*run) (Probe *probe, char **words);
} commands[] = {
  { "uplink", do_uplink },   { "check", do_check },     { "own", do_own },
  { "follow", do_follow },   { "overrun", do_overrun }, { "config", do_config },
  { "up", do_up },           { "hold", do_hold },       { "down", do_down },
  { "cancel", do_cancel },   { "state", do_state },     { "adopt", do_adopt },
  { "clean", do_clean },     { "dns", do_dns },         { "revert", do_revert },
  { "inherit", do_inherit }, { "sleep", do_sleep },     { "ready", do_ready },
  { "holding", do_holding },
};

static void
run_command (Probe *probe, const char *line)
{
  g_auto (GStrv) words = g_strsplit (line, " ", -1);

  for (gsize i = 0; i < G_N_ELEMENTS (commands); i++)
    if (g_str_equal (commands[i].name, words[0]))
      {
        commands[i].run (probe, words + 1);
        return;
      }
  say ("what is “%s”?", words[0]);
}

static gboolean
on_input (GIOChannel *channel, GIOCondition condition, gpointer data)
{
  Probe *probe = data;
  g_autofree char *line = NULL;
  gsize end;

  if (g_io_channel_read_line (channel, &line, NULL, &end, NULL) != G_IO_STATUS_NORMAL)
    {
      g_main_loop_quit (probe->loop);
      return G_SOURCE_REMOVE;
    }
  line[end] = '\0';
  run_command (probe, g_strstrip (line));
  return G_SOURCE_CONTINUE;
}

int
main (void)
{
  Probe probe = { .loop = g_main_loop_new (NULL, FALSE) };
  g_autoptr (GIOChannel) input = g_io_channel_unix_new (STDIN_FILENO);
  g_autoptr (GError) error = NULL;

  probe.cancellable = g_cancellable_new ();
  probe.bus = g_bus_get_sync (G_BUS_TYPE_SYSTEM, NULL, NULL);
  probe.netlink = l2tp_netlink_new (&error);
  if (probe.netlink == NULL)
    g_error ("%s", error->message);
  g_io_add_watch (input, G_IO_IN | G_IO_HUP, on_input, &probe);
  say ("ready");
  g_main_loop_run (probe.loop);

  g_clear_object (&probe.sleep);
  g_clear_object (&probe.ip);
  g_clear_object (&probe.uplink);
  g_clear_object (&probe.dns);
  g_clear_pointer (&probe.config, l2tp_config_unref);
  g_object_unref (probe.netlink);
  g_clear_object (&probe.bus);
  g_object_unref (probe.cancellable);
  g_main_loop_unref (probe.loop);
  return 0;
}
