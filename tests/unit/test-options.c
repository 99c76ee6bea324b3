/* SPDX-License-Identifier: GPL-2.0-or-later */
/* SPDX-FileCopyrightText: The l2tp-client authors */

/* The option table: every default is valid, every type takes what it must and nothing else. */

#include "dbus/l2tp-options.h"

#include <glib.h>
#include <string.h>

static L2tpOptionId
id_of (const char *key)
{
  L2tpOptionId id = 0;

  if (!l2tp_option_find (key, &id))
    g_error ("no option %s", key);
  return id;
}

static void
test_defaults (void)
{
  for (guint i = 0; i < L2TP_N_OPTIONS; i++)
    {
      const L2tpOption *option = l2tp_option_get (i);
      g_autofree char *message = NULL;

      g_assert_cmpuint (id_of (option->key), ==, i);
      g_assert_cmpstr (option->help, !=, "");
      if (option->fallback != NULL)
        g_assert_true (l2tp_option_validate (i, option->fallback, NULL, &message));
      g_assert_cmpint (option->type == L2TP_OPTION_TYPE_ENUM, ==, option->words != NULL);
    }
}

/* What is not there yet says what it is; an older name has the type of the new one. */
static void
test_status (void)
{
  for (guint i = 0; i < L2TP_N_OPTIONS; i++)
    {
      const L2tpOption *option = l2tp_option_get (i);
      const L2tpOption *target = l2tp_option_get (option->alias_of);

      g_test_message ("%s", option->key);
      g_assert_cmpint (option->status == L2TP_OPTION_STATUS_LATER, ==, option->missing != NULL);
      if (option->status != L2TP_OPTION_STATUS_BUILT)
        g_assert_null (option->pppd);
      if (option->status != L2TP_OPTION_STATUS_ALIAS)
        continue;
      g_assert_cmpint (option->type, ==, target->type);
      g_assert_cmpint (option->min, ==, target->min);
      g_assert_cmpint (option->max, ==, target->max);
      g_assert_cmpint (option->flags, ==, L2TP_OPTION_LEGACY);
      g_assert_null (option->fallback);
      g_assert_cmpint (target->status, !=, L2TP_OPTION_STATUS_ALIAS);
    }
}

/* All data keys and secrets of NetworkManager-l2tp, the older ones included. */
static void
test_networkmanager (void)
{
  static const char settings[] =
      "gateway user-auth-type user domain user-ca user-cert user-key ephemeral-port mtu mru mrru "
      "refuse-eap refuse-pap refuse-chap refuse-mschap refuse-mschapv2 require-mppe "
      "require-mppe-40 require-mppe-128 mppe-stateful nobsdcomp nodeflate no-vj-comp nopcomp "
      "noaccomp lcp-echo-failure lcp-echo-interval xl2tpd-max-retries unit ipcp-peer-ip "
      "ipsec-enabled machine-auth-type machine-ca machine-cert machine-key ipsec-remote-id "
      "ipsec-gateway-id ipsec-group-name ipsec-ike ipsec-esp ipsec-ikelifetime ipsec-salifetime "
      "ipsec-forceencaps ipsec-ipcomp ipsec-ikev2 ipsec-pfs password-flags user-certpass-flags "
      "ipsec-psk-flags machine-certpass-flags use-cert cert-pub cert-ca cert-key";
  static const char secrets[] = "password user-certpass ipsec-psk machine-certpass no-secret";
  g_auto (GStrv) open = g_strsplit (settings, " ", -1);
  g_auto (GStrv) closed = g_strsplit (secrets, " ", -1);

  for (char **key = open; *key != NULL; key++)
    g_assert_false (l2tp_option_get (id_of (*key))->flags & L2TP_OPTION_SECRET);
  for (char **key = closed; *key != NULL; key++)
    g_assert_true (l2tp_option_get (id_of (*key))->flags & L2TP_OPTION_SECRET);
}

static void
test_accepted (void)
{
  static const struct
  {
    const char *key;
    const char *text;
    guint value;
  } cases[] = {
    { "gateway", "vpn.example.org", 0 },
    { "gateway", "vpn.example.org.", 0 },
    { "gateway", "10.9.0.2", 0 },
    { "gateway", "2001:db8::1", 0 },
    { "gateway", "[2001:db8::1]", 0 },
    { "port", "1701", 1701 },
    { "local-port", "auto", 0 },
    { "local-port", "0", 0 },
    { "local-port", "1701", 1701 },
    { "local-port", "65535", 65535 },
    { "mtu", "576", 576 },
    { "mtu", "1500", 1500 },
    { "mtu", "auto", 0 },
    { "refuse-eap", "yes", 1 },
    { "refuse-eap", "no", 0 },
    { "interface-name", "vpn0", 0 },
    { "user", "alice@example.org", 0 },
    { "name", "Büro", 0 },
    { "uuid", "7f4a6e52-58d5-4d2c-9c3d-0c6e3d1f5a11", 0 },
    { "user-auth-type", "tls", 0 },
    { "machine-auth-type", "psk", 0 },
    { "user-cert", "/etc/ssl/my cert.pem", 0 },
    { "mrru", "4500", 4500 },
    { "password-flags", "7", 7 },
    { "use-cert", "1", 1 },
    { "local-address", "2001:db8::1", 0 },
    { "ipcp-peer-ip", "10.0.0.1", 0 },
    { "dns", "10.0.0.1", 0 },
    { "dns", "10.0.0.1,2001:db8::1", 0 },
    { "routes", "0.0.0.0/0", 0 },
    { "routes", "10.0.0.0/8,192.168.1.0/24,2001:db8::/32,10.9.0.2/32", 0 },
    { "dns-domains", "corp.example,~internal.example,~.", 0 },
  };

  for (guint i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      g_autofree char *message = NULL;
      guint value = 0;

      g_test_message ("%s=%s", cases[i].key, cases[i].text);
      g_assert_true (l2tp_option_validate (id_of (cases[i].key), cases[i].text, &value, &message));
      g_assert_cmpuint (value, ==, cases[i].value);
    }
}

static void
test_refused (void)
{
  static const char *const cases[][2] = {
    { "gateway", "" },
    { "gateway", "vpn example" },
    { "gateway", "-vpn.example" },
    { "gateway", "vpn..example" },
    { "gateway", "1.2.3.256" },
    { "gateway", "10.9.0" },
    { "gateway", "[10.9.0.2]" },
    { "gateway", "vpn.example;reboot" },
    { "gateway", "vpn.example\n" },
    { "port", "0" },
    { "port", "65536" },
    { "port", "99999999999999999999" },
    { "port", "1701 " },
    { "port", " 1701" },
    { "port", "+1701" },
    { "port", "-1" },
    { "port", "0x6a5" },
    { "port", "" },
    { "port", "auto" },
    { "local-port", "65536" },
    { "local-port", "Auto" },
    { "local-port", "auto " },
    { "local-port", "-1" },
    { "local-port", "" },
    { "mtu", "1400 foo" },
    { "mtu", "575" },
    { "mtu", "0" },
    { "refuse-eap", "Yes" },
    { "refuse-eap", "true" },
    { "refuse-eap", "" },
    { "interface-name", "a/b" },
    { "interface-name", "0123456789abcdef" },
    { "interface-name", ".." },
    { "interface-name", "a b" },
    { "user", "al\nice" },
    { "user", "al\x1b[31mice" },
    { "user", "al\u202eice" },
    { "user", "\xff\xfe" },
    { "user", "" },
    { "uuid", "7f4a6e52" },
    { "user-auth-type", "" },
    { "user-auth-type", "TLS" },
    { "user-auth-type", "password|tls" },
    { "machine-auth-type", "password" },
    { "user-cert", "" },
    { "user-cert", "/" },
    { "user-cert", "cert.pem" },
    { "user-cert", "~/cert.pem" },
    { "user-cert", "/etc/ssl/" },
    { "user-cert", "/etc/ssl/a\nb" },
    { "mrru", "1499" },
    { "password-flags", "8" },
    { "local-address", "vpn.example" },
    { "local-address", "[2001:db8::1]" },
    { "ipcp-peer-ip", "2001:db8::1" },
    { "ipcp-peer-ip", "10.0.0" },
    { "dns", "" },
    { "dns", "10.0.0.1," },
    { "dns", ",10.0.0.1" },
    { "dns", "10.0.0.1, 10.0.0.2" },
    { "dns", "10.0.0.1;10.0.0.2" },
    { "dns", "1.1.1.1,1.1.1.1,1.1.1.1,1.1.1.1,1.1.1.1,1.1.1.1,1.1.1.1,1.1.1.1,1.1.1.1" },
    { "routes", "" },
    { "routes", "10.0.0.0" },
    { "routes", "10.0.0.0/" },
    { "routes", "10.0.0.1/8" },
    { "routes", "10.0.0.0/33" },
    { "routes", "10.0.0.0/+8" },
    { "routes", "10.0.0.0/ 8" },
    { "routes", "10.0.0.0/8x" },
    { "routes", "10.0.0.0/8/8" },
    { "routes", "default" },
    { "dns-domains", "." },
    { "dns-domains", "~" },
    { "dns-domains", "~~a.example" },
    { "dns-domains", "a b" },
  };

  for (guint i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      g_autofree char *message = NULL;
      guint value = 42;

      g_assert_false (l2tp_option_validate (id_of (cases[i][0]), cases[i][1], &value, &message));
      g_test_message ("%s", message);
      g_assert_cmpuint (value, ==, 42);
      g_assert_true (g_str_has_prefix (message, cases[i][0]));
      g_assert_true (g_utf8_validate (message, -1, NULL));
      g_assert_null (strpbrk (message, "\n\x1b"));
    }
}

static void
test_secret_is_not_quoted (void)
{
  g_autofree char *message = NULL;

  g_assert_false (l2tp_option_validate (id_of ("password"), "hunter2\n", NULL, &message));
  g_assert_null (strstr (message, "hunter2"));
}

/* Each option is below one heading. */
static void
test_sections (void)
{
  g_assert_cmpstr (l2tp_option_get_section (0), !=, NULL);
  g_assert_null (l2tp_option_get_section (id_of ("port")));
  g_assert_cmpstr (l2tp_option_get_section (id_of ("ipsec-enabled")), ==, "IPsec");
}

static void
test_unknown (void)
{
  L2tpOptionId id = 7;

  g_assert_false (l2tp_option_find ("gatewax", &id));
  g_assert_cmpuint (id, ==, 7);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/options/defaults", test_defaults);
  g_test_add_func ("/options/status", test_status);
  g_test_add_func ("/options/networkmanager", test_networkmanager);
  g_test_add_func ("/options/accepted", test_accepted);
  g_test_add_func ("/options/refused", test_refused);
  g_test_add_func ("/options/secret-is-not-quoted", test_secret_is_not_quoted);
  g_test_add_func ("/options/sections", test_sections);
  g_test_add_func ("/options/unknown", test_unknown);
  return g_test_run ();
}
