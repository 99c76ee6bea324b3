/* SPDX-License-Identifier: GPL-2.0-or-later */
/* SPDX-FileCopyrightText: The l2tp-client authors */

#include "nm-test-profile.h"

#include "nm-plugin/shared/nm-l2tp-names.h"

#define MIN_PROFILES 30

NMVpnEditorPlugin *
nm_test_load_plugin (void)
{
  g_autoptr (GError) error = NULL;
  NMVpnEditorPlugin *plugin =
      nm_vpn_editor_plugin_load (g_getenv ("NM_L2TP_PLUGIN"), NM_L2TP_SERVICE, &error);

  g_assert_no_error (error);
  g_assert_nonnull (plugin);
  return plugin;
}

NMConnection *
nm_test_profile_new (const char *lines)
{
  NMConnection *connection = nm_simple_connection_new ();
  NMSetting *setting = nm_setting_connection_new ();
  NMSettingVpn *vpn = NM_SETTING_VPN (nm_setting_vpn_new ());
  g_auto (GStrv) parts = g_strsplit (lines, "\n", -1);
  g_autofree char *uuid = nm_utils_uuid_generate ();

  g_object_set (setting, NM_SETTING_CONNECTION_ID, "Test", NM_SETTING_CONNECTION_TYPE, "vpn",
                NM_SETTING_CONNECTION_UUID, uuid, NULL);
  nm_connection_add_setting (connection, setting);
  g_object_set (vpn, NM_SETTING_VPN_SERVICE_TYPE, NM_L2TP_SERVICE, NULL);
  nm_connection_add_setting (connection, NM_SETTING (vpn));
  for (char **part = parts; *part != NULL && **part != '\0'; part++)
    {
      g_auto (GStrv) pair = g_strsplit (*part, "=", 2);

      if (*pair[0] == '+')
        nm_setting_vpn_add_secret (vpn, pair[0] + 1, pair[1]);
      else
        nm_setting_vpn_add_data_item (vpn, pair[0], pair[1]);
    }
  return connection;
}

NMConnection *
nm_test_profile_read (const char *path)
{
  g_autoptr (GKeyFile) file = g_key_file_new ();
  g_autoptr (GError) error = NULL;
  NMConnection *connection;

  g_key_file_load_from_file (file, path, G_KEY_FILE_NONE, &error);
  g_assert_no_error (error);
  connection = nm_keyfile_read (file, "/", NM_KEYFILE_HANDLER_FLAGS_NONE, NULL, NULL, &error);
  g_assert_no_error (error);
  g_assert_true (nm_connection_normalize (connection, NULL, NULL, &error));
  g_assert_no_error (error);
  return connection;
}

static int
compare_lines (gconstpointer a, gconstpointer b)
{
  return g_strcmp0 (*(char *const *) a, *(char *const *) b);
}

static void
add_data (const char *key, const char *value, gpointer lines)
{
  g_ptr_array_add (lines, g_strdup_printf ("%s=%s\n", key, value));
}

static void
add_secret (const char *key, const char *value, gpointer lines)
{
  g_ptr_array_add (lines, g_strdup_printf ("+%s=%s\n", key, value));
}

char *
nm_test_profile_to_lines (NMConnection *connection)
{
  g_autoptr (GPtrArray) lines = g_ptr_array_new_with_free_func (g_free);
  NMSettingVpn *vpn = nm_connection_get_setting_vpn (connection);

  nm_setting_vpn_foreach_data_item (vpn, add_data, lines);
  nm_setting_vpn_foreach_secret (vpn, add_secret, lines);
  g_ptr_array_sort (lines, compare_lines);
  g_ptr_array_add (lines, NULL);
  return g_strjoinv ("", (char **) lines->pdata);
}

void
nm_test_each_profile (void (*check) (const char *path))
{
  g_autofree char *dir = g_test_build_filename (G_TEST_DIST, "profiles", NULL);
  g_autoptr (GError) error = NULL;
  g_autoptr (GDir) names = g_dir_open (dir, 0, &error);
  const char *name;
  guint n = 0;

  g_assert_no_error (error);
  while ((name = g_dir_read_name (names)) != NULL)
    {
      g_autofree char *path = g_build_filename (dir, name, NULL);

      g_test_message ("%s", name);
      check (path);
      n++;
    }
  g_assert_cmpuint (n, >=, MIN_PROFILES);
}
