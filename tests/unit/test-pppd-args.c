/* SPDX-License-Identifier: GPL-2.0-or-later */
/* SPDX-FileCopyrightText: The l2tp-client authors */

/* pppd's argument vector: everything that we rely on is in it, nothing secret is. */

#include "service/ppp/l2tp-pppd-args.h"

#include <string.h>

static char **
build (const char *settings)
{
  g_autofree char *text =
      g_strdup_printf ("{'name': <'n'>, 'gateway': <'10.9.0.2'>, %s}", settings);
  g_autoptr (GVariant) values = g_variant_parse (G_VARIANT_TYPE_VARDICT, text, NULL, NULL, NULL);
  g_autoptr (GVariant) secrets =
      g_variant_parse (G_VARIANT_TYPE_VARDICT,
                       "{'password': <'hunter2'>, 'tunnel-secret': <'hunter3'>}", NULL, NULL, NULL);
  g_autoptr (GError) error = NULL;
  g_autoptr (L2tpConfig) config = l2tp_config_new (values, secrets, &error);

  g_assert_no_error (error);
  return l2tp_pppd_args_build ("/usr/sbin/pppd", "/x/l2tp-client.so", 3, "param", config);
}

static int
index_of (char **argv, const char *word)
{
  for (int i = 0; argv[i] != NULL; i++)
    if (g_str_equal (argv[i], word))
      return i;
  return -1;
}

static gboolean
has (char **argv, const char *word)
{
  return index_of (argv, word) >= 0;
}

static const char *
value_of (char **argv, const char *flag)
{
  int i = index_of (argv, flag);

  g_test_message ("%s", flag);
  g_assert_cmpint (i, >, 0);
  return argv[i + 1];
}

/* PPP-4, PPP-6 */
static void
test_always (void)
{
  static const char *const wanted[] = {
    "nodetach",       "nolock", "noauth", "noipdefault", "ipcp-accept-local", "ipcp-accept-remote",
    "nodefaultroute", "noipv6", "novj",   "nodeflate",   "nobsdcomp",         "noccp",
  };
  static const char *const unwanted[] = {
    "usepeerdns", "replacedefaultroute", "debug", "password", "lock", "silent", "refuse-eap",
  };
  g_auto (GStrv) argv = build ("'user': <'alice'>");

  g_assert_cmpstr (argv[0], ==, "/usr/sbin/pppd");
  for (gsize i = 0; i < G_N_ELEMENTS (wanted); i++)
    g_assert_true (has (argv, wanted[i]));
  for (gsize i = 0; i < G_N_ELEMENTS (unwanted); i++)
    g_assert_false (has (argv, unwanted[i]));
  g_assert_cmpstr (value_of (argv, "lcp-restart"), ==, "1");
  g_assert_cmpstr (value_of (argv, "lcp-max-terminate"), ==, "2");
  g_assert_cmpstr (value_of (argv, "lcp-echo-interval"), ==, "20");
  g_assert_cmpstr (value_of (argv, "lcp-echo-failure"), ==, "4");
  g_assert_cmpstr (value_of (argv, "mtu"), ==, "1400");
  g_assert_cmpstr (value_of (argv, "mru"), ==, "1400");
  g_assert_cmpstr (value_of (argv, "user"), ==, "alice");
  g_assert_cmpstr (value_of (argv, "ipparam"), ==, "param");
  g_assert_false (has (argv, "ifname"));
}

/* KRN-18: the plugin's own option exists only after it. */
static void
test_plugin_before_link (void)
{
  g_auto (GStrv) argv = build ("'user': <'alice'>");

  g_assert_cmpstr (value_of (argv, "plugin"), ==, "/x/l2tp-client.so");
  g_assert_cmpstr (value_of (argv, "l2tp-client-link"), ==, "3");
  g_assert_cmpint (index_of (argv, "plugin"), <, index_of (argv, "l2tp-client-link"));
}

static void
test_table (void)
{
  g_auto (GStrv) argv = build ("'refuse-eap': <true>, 'refuse-mschapv2': <true>, 'nopcomp': <true>,"
                               "'lcp-echo-interval': <uint32 0>");

  g_assert_true (has (argv, "refuse-eap"));
  g_assert_true (has (argv, "refuse-mschap-v2"));
  g_assert_true (has (argv, "nopcomp"));
  g_assert_false (has (argv, "refuse-pap"));
  g_assert_cmpstr (value_of (argv, "lcp-echo-interval"), ==, "0");
}

/* Nothing but EAP, whatever is refused otherwise; no file and no passphrase. */
static void
test_tls (void)
{
  static const char *const wanted[] = {
    "need-peer-eap", "refuse-pap", "refuse-chap", "refuse-mschap", "refuse-mschap-v2",
  };
  g_auto (GStrv) argv =
      build ("'user-auth-type': <'tls'>, 'user': <'alice'>, 'refuse-eap': <true>,"
             "'refuse-pap': <true>, 'user-ca': <'/ca'>, 'user-cert': <'/c'>, 'user-key': <'/k'>");

  for (gsize i = 0; i < G_N_ELEMENTS (wanted); i++)
    g_assert_true (has (argv, wanted[i]));
  g_assert_false (has (argv, "refuse-eap"));
  g_assert_cmpstr (value_of (argv, "user"), ==, "alice");
  for (int i = 0; argv[i] != NULL; i++)
    g_assert_false (g_strv_contains ((const char *const[]){ "/ca", "/c", "/k", NULL }, argv[i]));
}

static void
test_mppe (void)
{
  static const char *const keys[] = { "require-mppe", "require-mppe-40", "require-mppe-128" };

  for (gsize i = 0; i < G_N_ELEMENTS (keys); i++)
    {
      g_autofree char *settings = g_strdup_printf ("'%s': <true>", keys[i]);
      g_auto (GStrv) argv = build (settings);

      g_assert_true (has (argv, keys[i]));
      g_assert_false (has (argv, "noccp"));
    }
}

static void
test_user (void)
{
  g_auto (GStrv) with_domain = build ("'user': <'alice'>, 'domain': <'CORP'>");
  g_auto (GStrv) without = build ("'mtu': <uint32 1300>");
  g_auto (GStrv) odd = build ("'user': <'-x plugin \"a\" \\\\ #'>");

  g_assert_cmpstr (value_of (with_domain, "user"), ==, "CORP\\alice");
  g_assert_cmpstr (value_of (without, "user"), ==, ""); /* not the host's name */
  g_assert_cmpstr (value_of (without, "mtu"), ==, "1300");
  g_assert_cmpstr (value_of (odd, "user"), ==, "-x plugin \"a\" \\ #");
}

/* PPP-7 */
static void
test_ipv6 (void)
{
  g_auto (GStrv) argv = build ("'ipv6': <true>");

  g_assert_true (has (argv, "+ipv6"));
  g_assert_false (has (argv, "noipv6"));
}

/* What the way to the LNS has room for is known later; the LNS may have more. */
static void
test_mtu_auto (void)
{
  g_auto (GStrv) argv = build ("'mtu': <'auto'>");

  g_assert_cmpstr (value_of (argv, "mtu"), ==, "1500");
}

static void
test_peer_ip (void)
{
  g_auto (GStrv) argv = build ("'ipcp-peer-ip': <'10.0.0.1'>");
  g_auto (GStrv) without = build ("'mtu': <uint32 1300>");

  g_assert_true (has (argv, ":10.0.0.1"));
  g_assert_true (has (argv, "ipcp-accept-remote"));
  for (int i = 0; without[i] != NULL; i++)
    g_assert_false (without[i][0] == ':');
}

static void
test_interface_name (void)
{
  g_auto (GStrv) argv = build ("'interface-name': <'vpn0'>");

  g_assert_cmpstr (value_of (argv, "ifname"), ==, "vpn0");
}

static void
test_nothing_secret_nothing_twice (void)
{
  g_auto (GStrv) argv = build ("'user': <'alice'>, 'no-vj-comp': <true>, 'nodeflate': <true>");

  for (int i = 0; argv[i] != NULL; i++)
    {
      g_assert_null (strstr (argv[i], "hunter"));
      if (g_ascii_isalpha (argv[i][0]))
        g_assert_cmpint (index_of (argv, argv[i]), ==, i);
    }
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/pppd-args/always", test_always);
  g_test_add_func ("/pppd-args/plugin-before-link", test_plugin_before_link);
  g_test_add_func ("/pppd-args/table", test_table);
  g_test_add_func ("/pppd-args/tls", test_tls);
  g_test_add_func ("/pppd-args/mppe", test_mppe);
  g_test_add_func ("/pppd-args/user", test_user);
  g_test_add_func ("/pppd-args/ipv6", test_ipv6);
  g_test_add_func ("/pppd-args/mtu-auto", test_mtu_auto);
  g_test_add_func ("/pppd-args/interface-name", test_interface_name);
  g_test_add_func ("/pppd-args/peer-ip", test_peer_ip);
  g_test_add_func ("/pppd-args/nothing-secret-nothing-twice", test_nothing_secret_nothing_twice);
  return g_test_run ();
}
