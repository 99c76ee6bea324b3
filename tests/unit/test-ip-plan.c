/* SPDX-License-Identifier: GPL-2.0-or-later */
/* SPDX-FileCopyrightText: The l2tp-client authors */

/* Which routes and which name servers a connection wants. */

#include "service/ip/l2tp-dns.h"
#include "service/ip/l2tp-ip-plan.h"

static L2tpConfig *
config_new (const char *options)
{
  g_auto (GVariantDict) dict = G_VARIANT_DICT_INIT (NULL);
  g_auto (GStrv) words = g_strsplit (options, " ", -1);
  g_autoptr (GVariant) settings = NULL;
  g_autoptr (GError) error = NULL;
  L2tpConfig *config;

  g_variant_dict_insert (&dict, "name", "s", "work");
  g_variant_dict_insert (&dict, "gateway", "s", "lns.test");
  for (char **word = words; *word != NULL && **word != '\0'; word++)
    {
      g_auto (GStrv) halves = g_strsplit (*word, "=", 2);

      g_variant_dict_insert (&dict, halves[0], "s", halves[1]);
    }
  settings = g_variant_ref_sink (g_variant_dict_end (&dict));
  config = l2tp_config_new (settings, NULL, &error);
  g_assert_no_error (error);
  return config;
}

static L2tpIp
ip (const char *text)
{
  g_autoptr (GInetAddress) address = g_inet_address_new_from_string (text);
  L2tpIp result;

  l2tp_ip_set (&result, address);
  return result;
}

/* --- Routes -------------------------------------------------------------------------------- */

#define UP .ifindex = 9999, .ipv4 = TRUE, .host_ipv6 = TRUE
#define KILL                                                                                       \
  "unreachable 0.0.0.0/1 metric 75 kill-switch\nunreachable 128.0.0.0/1 metric 75 kill-switch\n"
#define KILL6 "unreachable ::/1 metric 75 kill-switch\nunreachable 8000::/1 metric 75 kill-switch\n"
#define LNS   "192.0.2.1/32 via 10.9.0.2 metric 50 gateway\n"

static void
assert_plan (const char *options, L2tpIpSituation now, gboolean has_uplink, const char *expected)
{
  g_autoptr (L2tpConfig) config = config_new (options);
  L2tpUplinkPath path = { .ifindex = 9998, .gateway = ip ("10.9.0.2") };
  g_autoptr (GArray) wanted = NULL;
  g_autoptr (GString) text = g_string_new (NULL);

  now.lns = ip ("192.0.2.1");
  now.path = has_uplink ? &path : NULL;
  wanted = l2tp_ip_plan_routes (config, &now);
  for (guint i = 0; i < wanted->len; i++)
    {
      const L2tpWantedRoute *entry = &g_array_index (wanted, L2tpWantedRoute, i);
      g_autofree char *line = l2tp_route_to_string (&entry->route);

      g_assert_cmpuint (entry->route.protocol, ==, L2TP_ROUTE_PROTOCOL);
      g_assert_cmpuint (entry->route.table, ==, RT_TABLE_MAIN);
      if (entry->route.type == RTN_UNREACHABLE)
        g_assert_cmpuint (entry->route.ifindex, ==, 0);
      else
        g_assert_cmpuint (entry->route.ifindex, ==, entry->route.gateway.family ? 9998 : 9999);
      g_string_append_printf (text, "%s %s\n", line, entry->key);
    }
  g_assert_cmpstr (text->str, ==, expected);
}

static void
test_up (void)
{
  assert_plan ("", (L2tpIpSituation){ UP }, TRUE, LNS);
  assert_plan ("default-route=yes", (L2tpIpSituation){ UP }, TRUE,
               LNS "0.0.0.0/1 metric 50 default-route\n128.0.0.0/1 metric 50 default-route\n");
  assert_plan ("default-route=yes", (L2tpIpSituation){ UP, .ipv6 = TRUE }, TRUE,
               LNS "0.0.0.0/1 metric 50 default-route\n128.0.0.0/1 metric 50 default-route\n"
                   "::/1 metric 50 default-route\n8000::/1 metric 50 default-route\n");
  assert_plan ("routes=10.0.0.0/8,fd00::/8", (L2tpIpSituation){ UP }, TRUE,
               LNS "10.0.0.0/8 metric 50 routes\n");
  assert_plan ("routes=10.0.0.0/8,fd00::/8", (L2tpIpSituation){ UP, .ipv6 = TRUE }, TRUE,
               LNS "10.0.0.0/8 metric 50 routes\nfd00::/8 metric 50 routes\n");
}

/* Somebody else has the rest, and may have a default route into the VPN. */
static void
test_lns_only (void)
{
  const char *all = "default-route=yes kill-switch=yes routes=10.0.0.0/8";

  assert_plan (all, (L2tpIpSituation){ UP, .lns_only = TRUE }, TRUE, LNS);
  assert_plan (all, (L2tpIpSituation){ UP, .lns_only = TRUE }, FALSE,
               "unreachable 192.0.2.1/32 metric 50 gateway\n");
}

/* What is said twice is wanted once; 0.0.0.0/0 must not meet anybody's default route. */
static void
test_repeats (void)
{
  assert_plan ("default-route=yes routes=0.0.0.0/0,10.0.0.0/8,10.0.0.0/8", (L2tpIpSituation){ UP },
               TRUE,
               LNS "0.0.0.0/1 metric 50 default-route\n128.0.0.0/1 metric 50 default-route\n"
                   "10.0.0.0/8 metric 50 routes\n");
}

static void
test_no_uplink (void)
{
  assert_plan ("routes=10.0.0.0/8", (L2tpIpSituation){ UP }, FALSE,
               "unreachable 192.0.2.1/32 metric 50 gateway\n10.0.0.0/8 metric 50 routes\n");
}

static void
test_kill_switch (void)
{
  assert_plan ("default-route=yes", (L2tpIpSituation){ .host_ipv6 = TRUE }, TRUE, LNS);
  assert_plan ("default-route=yes", (L2tpIpSituation){ .host_ipv6 = TRUE }, FALSE, "");
  assert_plan ("default-route=yes kill-switch=yes", (L2tpIpSituation){ .host_ipv6 = TRUE }, TRUE,
               LNS KILL KILL6);
  assert_plan ("default-route=yes kill-switch=yes", (L2tpIpSituation){ .host_ipv6 = FALSE }, TRUE,
               LNS KILL);
  /* IPv6 that cannot go through the VPN goes nowhere. */
  assert_plan ("default-route=yes kill-switch=yes", (L2tpIpSituation){ UP }, TRUE,
               LNS "0.0.0.0/1 metric 50 default-route\n"
                   "unreachable 0.0.0.0/1 metric 75 kill-switch\n"
                   "128.0.0.0/1 metric 50 default-route\n"
                   "unreachable 128.0.0.0/1 metric 75 kill-switch\n" KILL6);
  assert_plan ("routes=10.0.0.0/8 kill-switch=yes", (L2tpIpSituation){ .host_ipv6 = TRUE }, FALSE,
               "unreachable 192.0.2.1/32 metric 50 gateway\n"
               "unreachable 10.0.0.0/8 metric 75 kill-switch\n");
  assert_plan ("routes=10.0.0.0/8 kill-switch=yes", (L2tpIpSituation){ .host_ipv6 = TRUE }, TRUE,
               LNS "unreachable 10.0.0.0/8 metric 75 kill-switch\n");
}

/* --- Name servers -------------------------------------------------------------------------- */

static void
assert_dns (const char *options, const char *given, const char *expected)
{
  g_autoptr (L2tpConfig) config = config_new (options);
  g_autoptr (GPtrArray) servers = g_ptr_array_new_with_free_func (g_object_unref);
  g_autoptr (L2tpDnsSettings) settings = NULL;
  g_autofree char *text = NULL;
  g_autofree char *routing = NULL;
  g_autofree char *whole = NULL;

  if (given != NULL)
    g_ptr_array_add (servers, g_inet_address_new_from_string (given));
  settings = l2tp_dns_settings_new (config, servers);
  if (settings == NULL)
    {
      g_assert_null (expected);
      return;
    }
  text = l2tp_dns_settings_to_resolv_conf (settings);
  routing = g_strjoinv (" ", settings->routing);
  whole = g_strdup_printf ("%s~%s%s", text, routing, settings->default_route ? " default" : "");
  g_assert_cmpstr (whole, ==, expected);
}

static void
test_dns (void)
{
  assert_dns ("", NULL, NULL);
  assert_dns ("dns-domains=corp.test", NULL, NULL);
  assert_dns ("", "10.0.0.1", "nameserver 10.0.0.1\n~");
  assert_dns ("dns=10.0.0.2,fd00::1", "10.0.0.1",
              "nameserver 10.0.0.2\nnameserver fd00::1\n~ default");
  assert_dns ("default-route=yes", "10.0.0.1", "nameserver 10.0.0.1\n~. default");
  assert_dns ("dns=10.0.0.2 dns-domains=corp.test,~lab.test,~.", NULL,
              "nameserver 10.0.0.2\nsearch corp.test\n~lab.test .");
  assert_dns ("default-route=yes dns-domains=corp.test,b.test", "10.0.0.1",
              "nameserver 10.0.0.1\nsearch corp.test b.test\n~ default");
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/ip-plan/up", test_up);
  g_test_add_func ("/ip-plan/lns-only", test_lns_only);
  g_test_add_func ("/ip-plan/repeats", test_repeats);
  g_test_add_func ("/ip-plan/no-uplink", test_no_uplink);
  g_test_add_func ("/ip-plan/kill-switch", test_kill_switch);
  g_test_add_func ("/ip-plan/dns", test_dns);
  return g_test_run ();
}
