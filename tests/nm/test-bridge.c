/* SPDX-License-Identifier: GPL-2.0-or-later */
/* SPDX-FileCopyrightText: The l2tp-client authors */

/* The pure halves of the service: from a profile to settings, and from what the service tells to
 * what NetworkManager reads. */

#include "nm-test-profile.h"

#include "nm-plugin/service/nm-l2tp-ip.h"
#include "nm-plugin/service/nm-l2tp-settings.h"

#include <arpa/inet.h>

static NmL2tpSettings *
settings_of (const char *lines)
{
  g_autoptr (NMConnection) connection = nm_test_profile_new (lines);
  g_autoptr (GError) error = NULL;
  NmL2tpSettings *settings = nm_l2tp_settings_new (connection, &error);

  g_assert_no_error (error);
  return settings;
}

static void
assert_text (GVariant *dict, const char *key, const char *expected)
{
  g_autofree char *text = NULL;

  g_variant_lookup (dict, key, "s", &text);
  g_assert_cmpstr (text, ==, expected);
}

static void
assert_refused (const char *lines, const char *said)
{
  g_autoptr (NMConnection) connection = nm_test_profile_new (lines);
  g_autoptr (GError) error = NULL;

  g_assert_null (nm_l2tp_settings_new (connection, &error));
  g_assert_error (error, NM_VPN_PLUGIN_ERROR, NM_VPN_PLUGIN_ERROR_BAD_ARGUMENTS);
  g_test_message ("%s", error->message);
  g_assert_true (g_str_has_prefix (error->message, said));
}

static void
test_older_names (void)
{
  g_autoptr (NmL2tpSettings) settings = settings_of (
      "gateway=a.example\nname=other\nunit=3\nxl2tpd-max-retries=7\nipsec-gateway-id=@gate\n"
      "ipsec-remote-id=@other\nipsec-psk=0sc2VzYW1l\nuse-cert=1\ncert-ca=/c/ca.pem\n"
      "user-ca=\n+password=secret\n+no-secret=true\ntunnel-secret-flags=1\n");

  assert_text (settings->settings, "name", "Test");
  assert_text (settings->settings, "max-retries", "7");
  assert_text (settings->settings, "ipsec-remote-id", "@gate");
  assert_text (settings->settings, "machine-auth-type", "tls");
  assert_text (settings->settings, "machine-ca", "/c/ca.pem");
  assert_text (settings->settings, "ip-config", "external");
  assert_text (settings->settings, "ipsec-psk", NULL);
  assert_text (settings->settings, "user-ca", NULL);
  assert_text (settings->secrets, "ipsec-psk", "0sc2VzYW1l");
  assert_text (settings->secrets, "password", "secret");
  assert_text (settings->secrets, "no-secret", NULL);
  g_assert_null (settings->owner);
}

static void
test_beyond_the_vpn_setting (void)
{
  g_autoptr (NMConnection) connection = nm_test_profile_new ("gateway=a.example\n");
  g_autoptr (NmL2tpSettings) settings = NULL;
  g_autofree char *name = g_strnfill (200, 'n');

  g_object_set (nm_connection_get_setting_connection (connection), NM_SETTING_CONNECTION_ID, name,
                NULL);
  g_object_set (nm_connection_get_setting_vpn (connection), NM_SETTING_VPN_USER_NAME, "desktop",
                NM_SETTING_VPN_PERSISTENT, TRUE, NULL);
  nm_setting_connection_add_permission (nm_connection_get_setting_connection (connection), "user",
                                        "alice", NULL);
  settings = nm_l2tp_settings_new (connection, NULL);
  name[128] = '\0';
  assert_text (settings->settings, "name", name);
  assert_text (settings->settings, "user", "desktop");
  assert_text (settings->settings, "reconnect-limit", NULL);
  g_assert_cmpstr (settings->owner, ==, "alice");
}

/* Whose rights would the file be read with? */
static void
test_several_users (void)
{
  g_autoptr (NMConnection) connection =
      nm_test_profile_new ("gateway=a.example\nuser-cert=/c/u.pem\n");
  NMSettingConnection *setting = nm_connection_get_setting_connection (connection);
  g_autoptr (NmL2tpSettings) settings = NULL;
  g_autoptr (GError) error = NULL;

  nm_setting_connection_add_permission (setting, "user", "alice", NULL);
  nm_setting_connection_add_permission (setting, "user", "bob", NULL);
  g_assert_null (nm_l2tp_settings_new (connection, &error));
  g_assert_nonnull (strstr (error->message, "several users"));
  nm_setting_vpn_remove_data_item (nm_connection_get_setting_vpn (connection), "user-cert");
  settings = nm_l2tp_settings_new (connection, NULL);
  g_assert_null (settings->owner);
}

static void
test_refused (void)
{
  assert_refused ("user=alice\n", "gateway: is missing");
  assert_refused ("gateway=a.example\nx-colour=blue\n", "x-colour: there is no such key");
  assert_refused ("gateway=a.example\nmtu=abc\n", "mtu: ");
  assert_refused ("gateway=a.example\nrefuse-pap=true\n", "refuse-pap: ");
  assert_refused ("gateway=a.example\nuser=a\tb\n", "user: ");
  assert_refused ("gateway=a.example\ndns=9.9.9.9\n", "dns: NetworkManager decides that");
  assert_refused ("gateway=a.example\n+password=a\tb\n", "password");
}

/* Whatever the editors and nmcli write is understood, but for two profiles that are meant not to
 * be. */
static void
check_profile (const char *path)
{
  g_autoptr (NMConnection) connection = nm_test_profile_read (path);
  g_autoptr (GError) error = NULL;
  g_autoptr (NmL2tpSettings) settings = nm_l2tp_settings_new (connection, &error);
  g_autofree char *gateway = NULL;

  if (g_str_has_suffix (path, "nmcli-unknown-keys.nmconnection"))
    {
      g_assert_nonnull (error);
      return;
    }
  if (error != NULL)
    g_error ("%s: %s", path, error->message);
  g_assert_true (g_variant_lookup (settings->settings, "gateway", "s", &gateway));
}

static void
test_corpus (void)
{
  nm_test_each_profile (check_profile);
}

/* Root's eyes are not the owner's. */
static void
test_foreign_key_is_not_read (void)
{
  g_autofree char *path = g_build_filename (g_get_tmp_dir (), "nm-l2tp-XXXXXX.pem", NULL);
  int fd = g_mkstemp (path);
  g_autofree char *lines =
      g_strdup_printf ("gateway=a.example\nuser-auth-type=tls\nuser-key=%s\n", path);
  g_autoptr (NMConnection) connection = nm_test_profile_new (lines);
  const char *key =
      "-----BEGIN ENCRYPTED PRIVATE KEY-----\nMIIC\n-----END ENCRYPTED PRIVATE KEY-----\n";

  g_assert_true (g_file_set_contents (path, key, -1, NULL));
  g_assert_true (nm_l2tp_settings_need_secrets (connection));
  nm_setting_connection_add_permission (nm_connection_get_setting_connection (connection), "user",
                                        "alice", NULL);
  g_assert_false (nm_l2tp_settings_need_secrets (connection));
  g_assert_cmpint (unlink (path), ==, 0);
  close (fd);
}

/* --- Addresses ------------------------------------------------------------------------------ */

static NmL2tpIp *
ip_of (const char *gateway, const char *ip4, const char *ip6, const NmL2tpIp *previous)
{
  g_autoptr (GVariant) v4 =
      g_variant_ref_sink (g_variant_new_parsed (ip4)); /* literals of this file */
  g_autoptr (GVariant) v6 = g_variant_ref_sink (g_variant_new_parsed (ip6));
  const NmL2tpIpSource source = { "ppp0", gateway, v4, v6 };

  return nm_l2tp_ip_new (&source, previous);
}

#define NONE "@a{sv} {}"

static gboolean
has (GVariant *dict, const char *key)
{
  g_autoptr (GVariant) value = g_variant_lookup_value (dict, key, NULL);

  return value != NULL;
}

/* The LNS's inner address is its outer one: no route to it through itself. */
static void
test_no_loop (void)
{
  g_autoptr (NmL2tpIp) same =
      ip_of ("192.0.2.1", "{'address': <'10.0.0.2'>, 'peer': <'192.0.2.1'>}", NONE, NULL);
  g_autoptr (NmL2tpIp) other =
      ip_of ("192.0.2.1", "{'address': <'10.0.0.2'>, 'peer': <'10.0.0.1'>}", NONE, NULL);

  g_assert_false (has (same->ip4, "ptp"));
  g_assert_true (has (other->ip4, "ptp"));
}

static void
test_ip4 (void)
{
  g_autoptr (NmL2tpIp) ip =
      ip_of ("2001:db8::1",
             "{'address': <'10.0.0.2'>, 'dns': <['9.9.9.9', 'x', 'fd00::1']>, "
             "'wins': <['10.0.0.5']>, 'domains': <['corp.example']>, 'mtu': <uint32 "
             "1400>}",
             NONE, NULL);
  g_autofree char *text = g_variant_print (ip->ip4, FALSE);
  g_autoptr (GVariant) dns = NULL;
  guint mss = 0;
  guint32 address = 0;

  g_test_message ("%s", text);
  g_variant_lookup (ip->ip4, "address", "u", &address);
  g_assert_cmpuint (ntohl (address), ==, 0x0a000002);
  g_variant_lookup (ip->ip4, "mss", "u", &mss);
  g_assert_cmpuint (mss, ==, 1360);
  g_assert_nonnull (strstr (text, "['corp.example']"));
  g_assert_true (has (ip->ip4, "nbns"));
  /* Only the one that is an address, and of this family. */
  dns = g_variant_lookup_value (ip->ip4, "dns", NULL);
  g_assert_cmpuint (g_variant_n_children (dns), ==, 1);
  g_assert_null (ip->ip6);
  /* An LNS that is reached by IPv6. */
  g_assert_true (g_variant_lookup (ip->config, "gateway", "ay", NULL));
}

/* What NetworkManager waits for, comes: an empty one if need be. */
static void
test_lost_family (void)
{
  const char *v4 = "{'address': <'10.0.0.2'>}";
  g_autoptr (NmL2tpIp) both = ip_of ("192.0.2.1", v4, "{'address': <'fe80::1'>}", NULL);
  g_autoptr (NmL2tpIp) one = ip_of ("192.0.2.1", v4, NONE, both);

  g_assert_true (has (both->ip6, "address"));
  g_assert_cmpuint (g_variant_n_children (one->ip6), ==, 0);
  g_assert_true (nm_l2tp_ip_equal (one, one));
  g_assert_false (nm_l2tp_ip_equal (one, both));
}

/* NetworkManager sees a difference, and nothing is lost by it. */
static void
test_mark (void)
{
  g_autoptr (NmL2tpIp) ip =
      ip_of ("192.0.2.1", "{'address': <'10.0.0.2'>, 'wins': <['10.0.0.5']>}", NONE, NULL);
  g_autoptr (GVariant) marked = nm_l2tp_ip_get_marked_ip4 (ip);

  g_assert_false (g_variant_equal (marked, ip->ip4));
  g_assert_cmpuint (g_variant_n_children (marked), ==, g_variant_n_children (ip->ip4) + 1);
  g_assert_true (g_variant_lookup (marked, "routes", "aau", NULL));
}

static void
test_no_interface (void)
{
  const NmL2tpIpSource no_interface = { "", "192.0.2.1", NULL, NULL };
  const NmL2tpIpSource no_gateway = { "ppp0", NULL, NULL, NULL };
  const NmL2tpIpSource bad_gateway = { "ppp0", "lns.example", NULL, NULL };

  g_assert_null (nm_l2tp_ip_new (&no_interface, NULL));
  g_assert_null (nm_l2tp_ip_new (&no_gateway, NULL));
  g_assert_null (nm_l2tp_ip_new (&bad_gateway, NULL));
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/nm/bridge/settings/older-names", test_older_names);
  g_test_add_func ("/nm/bridge/settings/beyond-the-vpn-setting", test_beyond_the_vpn_setting);
  g_test_add_func ("/nm/bridge/settings/several-users", test_several_users);
  g_test_add_func ("/nm/bridge/settings/refused", test_refused);
  g_test_add_func ("/nm/bridge/settings/corpus", test_corpus);
  g_test_add_func ("/nm/bridge/settings/foreign-key-is-not-read", test_foreign_key_is_not_read);
  g_test_add_func ("/nm/bridge/ip/no-loop", test_no_loop);
  g_test_add_func ("/nm/bridge/ip/ip4", test_ip4);
  g_test_add_func ("/nm/bridge/ip/lost-family", test_lost_family);
  g_test_add_func ("/nm/bridge/ip/mark", test_mark);
  g_test_add_func ("/nm/bridge/ip/no-interface", test_no_interface);
  return g_test_run ();
}
