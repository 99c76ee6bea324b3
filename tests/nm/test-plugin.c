/* SPDX-License-Identifier: GPL-2.0-or-later */
/* SPDX-FileCopyrightText: The l2tp-client authors */

/* The plugin as libnm loads it: what it says of itself, import, export, and that nothing is lost on
 * the way, whoever made the profile. */

#include "nm-test-profile.h"

#include "nm-plugin/shared/nm-l2tp-names.h"
#include "nm-plugin/shared/nm-l2tp-profile.h"

#include <glib/gstdio.h>
#include <gmodule.h>
#include <sys/stat.h>

static char *
test_file (const char *name)
{
  return g_test_build_filename (G_TEST_DIST, "files", name, NULL);
}

static NMConnection *
import (const char *name, GError **error)
{
  g_autoptr (NMVpnEditorPlugin) plugin = nm_test_load_plugin ();
  g_autofree char *path = test_file (name);

  return nm_vpn_editor_plugin_import (plugin, path, error);
}

static void
assert_ip_lines (NMSettingIPConfig *setting, const char *expected)
{
  g_autoptr (GString) lines = g_string_new (NULL);

  for (guint i = 0; i < nm_setting_ip_config_get_num_dns (setting); i++)
    g_string_append_printf (lines, "dns %s\n", nm_setting_ip_config_get_dns (setting, i));
  for (guint i = 0; i < nm_setting_ip_config_get_num_dns_searches (setting); i++)
    g_string_append_printf (lines, "search %s\n", nm_setting_ip_config_get_dns_search (setting, i));
  for (guint i = 0; i < nm_setting_ip_config_get_num_routes (setting); i++)
    {
      NMIPRoute *route = nm_setting_ip_config_get_route (setting, i);

      g_string_append_printf (lines, "route %s/%u %s %" G_GINT64_FORMAT "\n",
                              nm_ip_route_get_dest (route), nm_ip_route_get_prefix (route),
                              nm_ip_route_get_next_hop (route), nm_ip_route_get_metric (route));
    }
  g_assert_cmpstr (lines->str, ==, expected);
}

/* Tests */

static void
test_properties (void)
{
  g_autoptr (NMVpnEditorPlugin) plugin = nm_test_load_plugin ();
  g_autoptr (NMConnection) connection = nm_test_profile_new ("gateway=a.example\n");
  g_autofree char *name = NULL;
  g_autofree char *service = NULL;
  g_autofree char *file = NULL;

  g_object_get (plugin, NM_VPN_EDITOR_PLUGIN_NAME, &name, NM_VPN_EDITOR_PLUGIN_SERVICE, &service,
                NULL);
  g_assert_cmpstr (name, ==, "Layer 2 Tunneling Protocol (L2TP)");
  g_assert_cmpstr (service, ==, NM_L2TP_SERVICE);
  g_assert_cmpuint (nm_vpn_editor_plugin_get_capabilities (plugin) & ~NM_TEST_NO_EDITOR, ==,
                    NM_VPN_EDITOR_PLUGIN_CAPABILITY_IMPORT |
                        NM_VPN_EDITOR_PLUGIN_CAPABILITY_EXPORT |
                        NM_VPN_EDITOR_PLUGIN_CAPABILITY_IPV6);
  g_object_set (nm_connection_get_setting_connection (connection), NM_SETTING_CONNECTION_ID,
                "a/b c", NULL);
  file = nm_vpn_editor_plugin_get_suggested_filename (plugin, connection);
  g_assert_cmpstr (file, ==, "a_b c (l2tp).conf");
}

/* In a directory without the editors; by itself, for a plugin is loaded once. */
static void
test_alone (void)
{
  g_autofree char *dir = g_dir_make_tmp ("nm-l2tp-XXXXXX", NULL);
  g_autofree char *path = g_build_filename (dir, "plugin.so", NULL);
  g_autoptr (NMVpnEditorPlugin) plugin = NULL;
  g_autoptr (GError) error = NULL;
  g_autofree char *text = NULL;
  gsize size;

  if (!g_test_subprocess ())
    {
      g_test_trap_subprocess (NULL, 0, 0);
      g_test_trap_assert_passed ();
      g_assert_cmpint (g_rmdir (dir), ==, 0);
      return;
    }
  g_assert_true (g_file_get_contents (g_getenv ("NM_L2TP_PLUGIN"), &text, &size, &error));
  g_assert_true (g_file_set_contents (path, text, size, &error));
  plugin = nm_vpn_editor_plugin_load (path, NM_L2TP_SERVICE, &error);
  g_assert_no_error (error);
  g_assert_true (nm_vpn_editor_plugin_get_capabilities (plugin) & NM_TEST_NO_EDITOR);
  g_assert_cmpint (g_unlink (path), ==, 0);
  g_assert_cmpint (g_rmdir (dir), ==, 0);
}

/* Clients without a desktop load the plugin, too. */
static void
test_has_no_toolkit (void)
{
  GModule *module = g_module_open (g_getenv ("NM_L2TP_PLUGIN"), G_MODULE_BIND_LOCAL);
  gpointer symbol;

  g_assert_nonnull (module);
  g_assert_true (g_module_symbol (module, "nm_vpn_editor_plugin_factory", &symbol));
  g_assert_false (g_module_symbol (module, "l2tp_option_validate", &symbol));
  g_assert_false (g_module_symbol (module, "gtk_widget_show", &symbol));
  g_module_close (module);
}

static void
test_imports_1_20 (void)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (NMConnection) connection = import ("nm-l2tp-1.20.conf", &error);
  g_autofree char *lines = NULL;

  g_assert_no_error (error);
  lines = nm_test_profile_to_lines (connection);
  g_assert_cmpstr (nm_connection_get_id (connection), ==, "Old office");
  g_assert_null (nm_connection_get_uuid (connection));
  g_assert_cmpstr (lines, ==,
                   "domain=CORP\ngateway=vpn.example.org\nipsec-enabled=yes\n"
                   "ipsec-forceencaps=yes\nipsec-ike=aes256-sha1-modp1024!\nipsec-remote-id=@gate\n"
                   "lcp-echo-failure=5\nlcp-echo-interval=30\nmachine-ca=/etc/my certs/ca.pem\n"
                   "mtu=1300\nnoaccomp=no\nrefuse-eap=yes\nrefuse-pap=yes\nuser=alice\n");

  NMSettingIPConfig *ip4 = nm_connection_get_setting_ip4_config (connection);
  assert_ip_lines (ip4, "dns 10.8.0.53\ndns 9.9.9.9\nsearch corp.example\nsearch lab.example\n"
                        "route 10.0.0.0/8 10.1.1.1 5\nroute 10.9.0.0/16 (null) -1\n"
                        "route 192.0.2.7/32 (null) 9\n");
  g_assert_true (nm_setting_ip_config_get_never_default (ip4));
  g_assert_true (nm_setting_ip_config_get_ignore_auto_dns (ip4));
  g_assert_true (nm_setting_ip_config_get_ignore_auto_routes (ip4));
}

static void
test_imports_1_52 (void)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (NMConnection) connection = import ("nm-l2tp-1.52.conf", &error);
  g_autofree char *lines = NULL;

  g_assert_no_error (error);
  lines = nm_test_profile_to_lines (connection);
  g_assert_cmpstr (lines, ==,
                   "ephemeral-port=yes\ngateway=2001:db8::7\nipcp-peer-ip=10.9.0.1\n"
                   "ipsec-enabled=yes\nipsec-group-name=staff\nipsec-ikev2=yes\nipsec-pfs=no\n"
                   "machine-auth-type=psk\nuser-auth-type=tls\nuser-ca=/etc/ca.pem\n"
                   "user-cert=/etc/u.pem\nuser-key=/etc/u.key\nuser=alice\nxl2tpd-max-retries=3\n");
  assert_ip_lines (nm_connection_get_setting_ip4_config (connection),
                   "dns 9.9.9.9\ndns 149.112.112.112\nroute 10.0.0.0/8 10.1.1.1 -1\n"
                   "route 10.9.0.0/16 (null) 7\n");
  assert_ip_lines (nm_connection_get_setting_ip6_config (connection),
                   "dns 2620:fe::fe\nroute 2001:db8:9::/48 (null) 3\n");
}

/* Secrets in the wrong place are secrets all the same; a nameless profile is called like its file.
 */
static void
test_imports_by_hand (void)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (NMConnection) connection = import ("By hand.cnf", &error);
  g_autofree char *lines = NULL;

  g_assert_no_error (error);
  lines = nm_test_profile_to_lines (connection);
  g_assert_cmpstr (nm_connection_get_id (connection), ==, "By hand");
  g_assert_cmpstr (lines, ==,
                   "+ipsec-psk=0sc2VzYW1l\n+password=typed by hand\ngateway=a.example\n"
                   "user= blank at both ends \n");
}

static void
assert_import_fails (const char *name, const char *cause)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (NMConnection) connection = import (name, &error);

  g_assert_null (connection);
  g_assert_nonnull (error);
  g_test_message ("%s: %s", name, error->message);
  g_assert_nonnull (strstr (error->message, cause));
}

static void
test_refuses (void)
{
  assert_import_fails ("openvpn.conf", "not an L2TP profile");
  assert_import_fails ("pptp.nmconnection", "not an L2TP profile");
  assert_import_fails ("none.conf", "none.conf");
  assert_import_fails ("bad-boolean.conf", "[vpn] refuse-pap:");
  assert_import_fails ("bad-control-character.conf", "[vpn] user:");
  assert_import_fails ("bad-route.conf", "[ipv4] routes:");
  assert_import_fails ("bad-dns.conf", "[ipv4] dns");
}

static char *
lines_without_secrets (NMConnection *connection)
{
  g_autoptr (NMConnection) copy = nm_simple_connection_new_clone (connection);
  NMSettingVpn *setting = nm_connection_get_setting_vpn (copy);

  nm_connection_clear_secrets (copy);
  nm_setting_vpn_remove_data_item (setting, "ipsec-psk");
  return nm_test_profile_to_lines (copy);
}

static void
assert_same_ip (NMConnection *a, NMConnection *b)
{
  NMSetting *a4 = NM_SETTING (nm_connection_get_setting_ip4_config (a));
  NMSetting *a6 = NM_SETTING (nm_connection_get_setting_ip6_config (a));

  g_assert_true (nm_setting_compare (a4, NM_SETTING (nm_connection_get_setting_ip4_config (b)),
                                     NM_SETTING_COMPARE_FLAG_EXACT));
  g_assert_true (nm_setting_compare (a6, NM_SETTING (nm_connection_get_setting_ip6_config (b)),
                                     NM_SETTING_COMPARE_FLAG_EXACT));
}

static void
assert_no_secret_in (const char *path)
{
  const char *const words[] = { "wonderland", "sesame", "deep", "kept", "c2VzYW1l" };
  g_autofree char *text = NULL;
  GStatBuf status;

  g_assert_true (g_file_get_contents (path, &text, NULL, NULL));
  for (guint i = 0; i < G_N_ELEMENTS (words); i++)
    g_assert_null (strstr (text, words[i]));
  g_assert_cmpint (g_stat (path, &status), ==, 0);
  g_assert_cmpuint (status.st_mode & 0777, ==, 0600);
}

/* Returns what comes back when @connection goes through a file that ends in @suffix. */
static NMConnection *
through_file (NMConnection *connection, const char *suffix)
{
  g_autoptr (NMVpnEditorPlugin) plugin = nm_test_load_plugin ();
  g_autoptr (GError) error = NULL;
  g_autofree char *dir = g_dir_make_tmp ("nm-l2tp-XXXXXX", NULL);
  g_autofree char *name = g_strconcat ("profile", suffix, NULL);
  g_autofree char *path = g_build_filename (dir, name, NULL);
  NMConnection *back;

  g_assert_true (nm_vpn_editor_plugin_export (plugin, path, connection, &error));
  g_assert_no_error (error);
  assert_no_secret_in (path);
  back = nm_vpn_editor_plugin_import (plugin, path, &error);
  g_assert_no_error (error);
  g_unlink (path);
  g_rmdir (dir);
  return back;
}

static void
check_round_trip (const char *path)
{
  const char *const suffixes[] = { ".conf", ".nmconnection" };
  g_autoptr (NMConnection) connection = nm_test_profile_read (path);
  g_autofree char *before = lines_without_secrets (connection);

  for (guint i = 0; i < G_N_ELEMENTS (suffixes); i++)
    {
      g_autoptr (NMConnection) back = through_file (connection, suffixes[i]);
      g_autofree char *after = nm_test_profile_to_lines (back);
      g_autoptr (GError) error = NULL;

      g_assert_cmpstr (after, ==, before);
      g_assert_cmpstr (nm_connection_get_id (back), ==, nm_connection_get_id (connection));
      g_assert_true (nm_connection_normalize (back, NULL, NULL, &error) || error != NULL);
      assert_same_ip (connection, back);
      g_assert_cmpint (nm_setting_vpn_get_persistent (nm_connection_get_setting_vpn (back)), ==,
                       nm_setting_vpn_get_persistent (nm_connection_get_setting_vpn (connection)));
    }
}

static void
test_round_trip (void)
{
  nm_test_each_profile (check_round_trip);
}

/* What NetworkManager-l2tp 1.20 and 1.52 read of a file of ours. */
static void
test_exports_for_both (void)
{
  g_autoptr (NMVpnEditorPlugin) plugin = nm_test_load_plugin ();
  g_autoptr (NMConnection) connection =
      nm_test_profile_new ("gateway=a.example\nipsec-enabled=yes\nnopcomp=no\nx-colour=blue\n");
  g_autoptr (GKeyFile) file = g_key_file_new ();
  g_autofree char *path = NULL;
  NMSetting *ip4 = nm_setting_ip4_config_new ();
  int fd = g_file_open_tmp ("nm-l2tp-XXXXXX.conf", &path, NULL);
  const char *const groups[] = { "ip4", "ipv4" };

  g_close (fd, NULL);
  g_object_set (ip4, NM_SETTING_IP_CONFIG_METHOD, "auto", NULL);
  NMIPRoute *route = nm_ip_route_new (AF_INET, "10.0.0.0", 8, "10.1.1.1", 5, NULL);
  nm_setting_ip_config_add_route (NM_SETTING_IP_CONFIG (ip4), route);
  nm_ip_route_unref (route);
  nm_connection_add_setting (connection, ip4);
  g_assert_true (nm_vpn_editor_plugin_export (plugin, path, connection, NULL));

  g_autofree char *text = NULL;
  g_assert_true (g_file_get_contents (path, &text, NULL, NULL));
  g_assert_true (g_str_has_prefix (text, "#" NM_L2TP_SERVICE "\n"));
  g_assert_true (g_key_file_load_from_file (file, path, G_KEY_FILE_NONE, NULL));
  g_assert_true (g_key_file_get_boolean (file, "vpn", "ipsec-enabled", NULL));
  g_assert_true (g_key_file_has_key (file, "vpn", "nopcomp", NULL));
  g_assert_false (g_key_file_get_boolean (file, "vpn", "nopcomp", NULL));
  for (guint i = 0; i < G_N_ELEMENTS (groups); i++)
    {
      g_autofree char *method = g_key_file_get_string (file, groups[i], "method", NULL);
      g_autofree char *routes = g_key_file_get_string (file, groups[i], "routes", NULL);

      g_assert_cmpstr (method, ==, "auto");
      g_assert_cmpstr (routes, ==, "10.0.0.0/8 via 10.1.1.1 metric 5;");
    }
  g_assert_true (g_key_file_has_key (file, "ipv6", "method", NULL));
  g_unlink (path);
}

static void
test_does_not_export_half (void)
{
  g_autoptr (NMVpnEditorPlugin) plugin = nm_test_load_plugin ();
  g_autoptr (NMConnection) connection = nm_test_profile_new ("user=alice\n");
  g_autoptr (GError) error = NULL;

  g_assert_false (nm_vpn_editor_plugin_export (plugin, "/nonexistent/x", connection, &error));
  g_assert_nonnull (strstr (error->message, "gateway"));
}

/* The profile by option: older names override, empty is none, writing tidies up. */
static void
test_profile (void)
{
  g_autoptr (NMConnection) connection = nm_test_profile_new (
      "cert-key=/old\ngateway=\nipsec-gateway-id=@kde\nipsec-psk=data\nipsec-remote-id=@gnome\n"
      "machine-key=/new\nuse-cert=1\n");
  NMSettingVpn *setting = nm_connection_get_setting_vpn (connection);
  g_autofree char *lines = NULL;

  g_assert_null (nm_l2tp_profile_get (setting, L2TP_OPTION_GATEWAY));
  g_assert_cmpstr (nm_l2tp_profile_get (setting, L2TP_OPTION_IPSEC_REMOTE_ID), ==, "@kde");
  g_assert_cmpstr (nm_l2tp_profile_get (setting, L2TP_OPTION_MACHINE_KEY), ==, "/old");
  g_assert_cmpstr (nm_l2tp_profile_get (setting, L2TP_OPTION_IPSEC_PSK), ==, "data");
  g_assert_true (nm_l2tp_profile_machine_is_tls (setting));

  nm_l2tp_profile_set (setting, L2TP_OPTION_MACHINE_AUTH_TYPE, "psk");
  nm_l2tp_profile_set (setting, L2TP_OPTION_IPSEC_REMOTE_ID, "@x");
  nm_l2tp_profile_set (setting, L2TP_OPTION_MACHINE_KEY, NULL);
  nm_l2tp_profile_set (setting, L2TP_OPTION_IPSEC_PSK, "secret");
  nm_l2tp_profile_set_flags (setting, L2TP_OPTION_IPSEC_PSK, NM_SETTING_SECRET_FLAG_NOT_SAVED);
  lines = nm_test_profile_to_lines (connection);
  g_assert_cmpstr (lines, ==,
                   "+ipsec-psk=secret\ngateway=\nipsec-psk-flags=2\nipsec-remote-id=@x\n"
                   "machine-auth-type=psk\n");
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/nm/plugin/properties", test_properties);
  g_test_add_func ("/nm/plugin/alone", test_alone);
  g_test_add_func ("/nm/plugin/no-toolkit", test_has_no_toolkit);
  g_test_add_func ("/nm/plugin/import/1.20", test_imports_1_20);
  g_test_add_func ("/nm/plugin/import/1.52", test_imports_1_52);
  g_test_add_func ("/nm/plugin/import/by-hand", test_imports_by_hand);
  g_test_add_func ("/nm/plugin/import/refused", test_refuses);
  g_test_add_func ("/nm/plugin/round-trip", test_round_trip);
  g_test_add_func ("/nm/plugin/export/for-both", test_exports_for_both);
  g_test_add_func ("/nm/plugin/export/half", test_does_not_export_half);
  g_test_add_func ("/nm/plugin/profile", test_profile);
  return g_test_run ();
}
