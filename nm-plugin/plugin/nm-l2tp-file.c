/* SPDX-License-Identifier: GPL-2.0-or-later */
/* SPDX-FileCopyrightText: The l2tp-client authors */

/* Profiles in files. NetworkManager-l2tp's form is nearly that of NetworkManager's own keyfiles, so
 * libnm reads and writes, and this translates between the two. Hides the differences: booleans are
 * true and false, routes are one key, 1.20 says [ip4] where 1.52 says [ipv4]; we read either and
 * write both. What NetworkManager-l2tp does not know in such a file it ignores, so nothing is lost
 * between two of ours. Owned by nobody: no state. */

#include "nm-l2tp-file.h"

#include "nm-plugin/shared/nm-l2tp-names.h"

#include "dbus/l2tp-options.h"

#include <glib/gi18n-lib.h>
#include <string.h>

#define GROUP_CONNECTION  "connection"
#define GROUP_VPN         "vpn"
#define GROUP_VPN_SECRETS "vpn-secrets"
#define GROUP_IP4         "ipv4"
#define GROUP_IP4_OLD     "ip4"
#define GROUP_IP6         "ipv6"
#define KEY_ROUTES        "routes"
#define KEY_SERVICE       "service-type"
#define MAX_SIZE          (1024 * 1024)

G_DEFINE_QUARK (nm - l2tp - file - error - quark, nm_l2tp_file_error)

static gboolean
is_of_type (const char *key, L2tpOptionType type)
{
  L2tpOptionId id;

  return l2tp_option_find (key, &id) && l2tp_option_get (id)->type == type;
}

static gboolean
is_secret (const char *key)
{
  L2tpOptionId id;

  return l2tp_option_find (key, &id) && (l2tp_option_get (id)->flags & L2TP_OPTION_SECRET) != 0;
}

/* Reading */

static gboolean
refuse (GError **error, const char *group, const char *key, const char *why)
{
  g_set_error (error, NM_L2TP_FILE_ERROR, NM_L2TP_FILE_ERROR_INVALID,
               _ ("[%s] %s: %s\nCorrect the file and import it again"), group, key, why);
  return FALSE;
}

static gboolean
not_ours (GError **error)
{
  g_set_error_literal (error, NM_L2TP_FILE_ERROR, NM_L2TP_FILE_ERROR_NOT_VPN,
                       _ ("This is not an L2TP profile\nChoose a file that was exported from an "
                          "L2TP connection"));
  return FALSE;
}

static GKeyFile *
load (const char *path, GError **error)
{
  g_autoptr (GKeyFile) file = g_key_file_new ();
  g_autofree char *text = NULL;
  gsize size;

  if (!g_file_get_contents (path, &text, &size, error))
    return NULL;
  if (size > MAX_SIZE ||
      !g_key_file_load_from_data (file, text, size, G_KEY_FILE_KEEP_COMMENTS, NULL))
    {
      not_ours (error);
      return NULL;
    }
  return g_steal_pointer (&file);
}

/* Returns FALSE with an error if the file is another's. A file of NetworkManager's own names the
 * service, one of NetworkManager-l2tp's has a gateway and no service. */
static gboolean
find_form (GKeyFile *file, gboolean *ret_is_keyfile, GError **error)
{
  g_autofree char *service = g_key_file_get_string (file, GROUP_VPN, KEY_SERVICE, NULL);

  if (service != NULL ? !g_str_equal (service, NM_L2TP_SERVICE)
                      : !g_key_file_has_key (file, GROUP_VPN, "gateway", NULL))
    return not_ours (error);
  *ret_is_keyfile = service != NULL;
  return TRUE;
}

static gboolean
import_bool (GKeyFile *file, const char *key, GError **error)
{
  g_autofree char *text = g_key_file_get_string (file, GROUP_VPN, key, NULL);
  const char *const yes[] = { "true", "yes", "1", NULL };
  const char *const no[] = { "false", "no", "0", NULL };

  if (text == NULL)
    return refuse (error, GROUP_VPN, key, _ ("must be true or false"));
  g_strstrip (text);
  if (g_strv_contains (yes, text))
    g_key_file_set_string (file, GROUP_VPN, key, "yes");
  else if (g_strv_contains (no, text))
    g_key_file_set_string (file, GROUP_VPN, key, "no");
  else
    return refuse (error, GROUP_VPN, key, _ ("must be true or false"));
  return TRUE;
}

/* Secrets that somebody wrote among the other keys go where NetworkManager keeps secrets. */
static gboolean
import_vpn (GKeyFile *file, GError **error)
{
  g_auto (GStrv) keys = g_key_file_get_keys (file, GROUP_VPN, NULL, NULL);

  for (char **key = keys; *key != NULL; key++)
    if (is_of_type (*key, L2TP_OPTION_TYPE_BOOL))
      {
        if (!import_bool (file, *key, error))
          return FALSE;
      }
    else if (is_secret (*key))
      {
        g_autofree char *text = g_key_file_get_string (file, GROUP_VPN, *key, NULL);

        if (text != NULL)
          g_key_file_set_string (file, GROUP_VPN_SECRETS, *key, text);
        g_key_file_remove_key (file, GROUP_VPN, *key, NULL);
      }
  g_key_file_set_string (file, GROUP_VPN, KEY_SERVICE, NM_L2TP_SERVICE);
  return TRUE;
}

/* "NET/LEN [via GATEWAY] [metric N]" as NetworkManager's "NET/LEN[,GATEWAY[,N]]", or NULL. */
static char *
route_to_keyfile (const char *text)
{
  g_autoptr (GRegex) form = g_regex_new ("^\\s*([0-9A-Fa-f.:]+/[0-9]+)(?:\\s+via\\s+([0-9A-Fa-f.:]"
                                         "+))?(?:\\s+metric\\s+([0-9]+))?\\s*$",
                                         0, 0, NULL);
  g_autoptr (GMatchInfo) match = NULL;

  if (!g_regex_match (form, text, 0, &match))
    return NULL;

  g_autofree char *net = g_match_info_fetch (match, 1);
  g_autofree char *gateway = g_match_info_fetch (match, 2);
  g_autofree char *metric = g_match_info_fetch (match, 3);

  if (metric != NULL && *metric != '\0')
    return g_strdup_printf ("%s,%s,%s", net,
                            gateway != NULL && *gateway != '\0' ? gateway
                            : strchr (net, ':') != NULL         ? "::"
                                                                : "0.0.0.0",
                            metric);
  if (gateway != NULL && *gateway != '\0')
    return g_strdup_printf ("%s,%s", net, gateway);
  return g_steal_pointer (&net);
}

static gboolean
import_routes (GKeyFile *file, const char *group, GError **error)
{
  g_autofree char *text = g_key_file_get_string (file, group, KEY_ROUTES, NULL);
  guint n = 0;

  g_key_file_remove_key (file, group, KEY_ROUTES, NULL);
  /* A file of ours has the routes also in the form that loses nothing. */
  if (text == NULL || g_key_file_has_key (file, group, "route1", NULL))
    return TRUE;

  g_auto (GStrv) routes = g_strsplit_set (text, ";,", -1);
  for (char **route = routes; *route != NULL; route++)
    {
      g_autofree char *key = NULL;
      g_autofree char *value = NULL;

      if (*g_strstrip (*route) == '\0')
        continue;
      value = route_to_keyfile (*route);
      if (value == NULL)
        return refuse (error, group, KEY_ROUTES,
                       _ ("must be like “10.0.0.0/8 via 10.1.1.1 metric 5”"));
      key = g_strdup_printf ("route%u", ++n);
      g_key_file_set_string (file, group, key, value);
    }
  return TRUE;
}

static void
copy_group (GKeyFile *file, const char *from, const char *to)
{
  g_auto (GStrv) keys = g_key_file_get_keys (file, from, NULL, NULL);

  for (char **key = keys; keys != NULL && *key != NULL; key++)
    {
      g_autofree char *value = g_key_file_get_value (file, from, *key, NULL);
      g_key_file_set_value (file, to, *key, value);
    }
}

/* Lists are written with semicolons, and by hand with commas. */
static void
import_lists (GKeyFile *file, const char *group)
{
  const char *const keys[] = { "dns", "dns-search" };

  for (guint i = 0; i < G_N_ELEMENTS (keys); i++)
    {
      g_autofree char *text = g_key_file_get_value (file, group, keys[i], NULL);

      if (text != NULL)
        g_key_file_set_value (file, group, keys[i], g_strdelimit (text, ",", ';'));
    }
}

static gboolean
translate (GKeyFile *file, GError **error)
{
  if (!g_key_file_has_group (file, GROUP_IP4))
    copy_group (file, GROUP_IP4_OLD, GROUP_IP4);
  g_key_file_remove_group (file, GROUP_IP4_OLD, NULL);
  import_lists (file, GROUP_IP4);
  import_lists (file, GROUP_IP6);
  g_key_file_set_string (file, GROUP_CONNECTION, "type", "vpn");
  return import_vpn (file, error) && import_routes (file, GROUP_IP4, error) &&
         import_routes (file, GROUP_IP6, error);
}

/* What libnm would overlook in a file on disk is a fault in one that is being imported. */
static gboolean
on_warning (GKeyFile *file,
            NMConnection *connection,
            NMKeyfileHandlerType type,
            NMKeyfileHandlerData *data,
            gpointer user_data)
{
  NMKeyfileWarnSeverity severity;
  const char *message, *group, *key;

  if (type != NM_KEYFILE_HANDLER_TYPE_WARN)
    return FALSE;
  nm_keyfile_handler_data_warn_get (data, &message, &severity);
  if (severity < NM_KEYFILE_WARN_SEVERITY_WARN)
    return TRUE;

  nm_keyfile_handler_data_get_context (data, &group, &key, NULL, NULL);
  g_autoptr (GError) error = NULL;
  refuse (&error, group != NULL ? group : "?", key != NULL ? key : "?", message);
  nm_keyfile_handler_data_fail_with_error (data, g_steal_pointer (&error));
  return TRUE;
}

static gboolean
check_values (NMSettingVpn *setting, GError **error)
{
  g_autofree const char **keys = nm_setting_vpn_get_data_keys (setting, NULL);

  for (guint i = 0; keys != NULL && keys[i] != NULL; i++)
    {
      const char *text = nm_setting_vpn_get_data_item (setting, keys[i]);

      if (!g_utf8_validate (text, -1, NULL))
        return refuse (error, GROUP_VPN, keys[i], _ ("is not valid UTF-8"));
      for (const char *p = text; *p != '\0'; p = g_utf8_next_char (p))
        if (g_unichar_iscntrl (g_utf8_get_char (p)))
          return refuse (error, GROUP_VPN, keys[i], _ ("contains a control character"));
    }
  return TRUE;
}

static void
name_after_file (GKeyFile *file, const char *path)
{
  g_autofree char *id = g_key_file_get_string (file, GROUP_CONNECTION, "id", NULL);
  g_autofree char *name = NULL;
  char *dot;

  if (id != NULL && *id != '\0')
    return;
  name = g_filename_display_basename (path);
  dot = strrchr (name, '.');
  if (dot != NULL && dot != name)
    *dot = '\0';
  g_key_file_set_string (file, GROUP_CONNECTION, "id", name);
}

NMConnection *
nm_l2tp_file_import (const char *path, GError **error)
{
  g_autoptr (GKeyFile) file = load (path, error);
  g_autofree char *absolute = g_canonicalize_filename (path, NULL);
  g_autofree char *dir = g_path_get_dirname (absolute);
  g_autoptr (NMConnection) connection = NULL;
  gboolean is_keyfile;

  if (file == NULL || !find_form (file, &is_keyfile, error))
    return NULL;
  if (!is_keyfile && !translate (file, error))
    return NULL;
  name_after_file (file, path);
  /* An import is a new profile. */
  g_key_file_remove_key (file, GROUP_CONNECTION, "uuid", NULL);
  g_key_file_remove_key (file, GROUP_CONNECTION, "timestamp", NULL);

  connection = nm_keyfile_read (file, dir, NM_KEYFILE_HANDLER_FLAGS_NONE, on_warning, NULL, error);
  if (connection == NULL || !check_values (nm_connection_get_setting_vpn (connection), error))
    return NULL;
  return g_steal_pointer (&connection);
}

/* Writing */

static NMConnection *
without_secrets (NMConnection *connection)
{
  NMConnection *copy = nm_simple_connection_new_clone (connection);
  NMSettingVpn *setting = nm_connection_get_setting_vpn (copy);

  nm_connection_clear_secrets (copy);
  for (guint i = 0; i < L2TP_N_OPTIONS; i++)
    if (is_secret (l2tp_option_get (i)->key))
      nm_setting_vpn_remove_data_item (setting, l2tp_option_get (i)->key);
  return copy;
}

static void
export_vpn (GKeyFile *file)
{
  g_auto (GStrv) keys = g_key_file_get_keys (file, GROUP_VPN, NULL, NULL);

  for (char **key = keys; keys != NULL && *key != NULL; key++)
    {
      g_autofree char *text = g_key_file_get_string (file, GROUP_VPN, *key, NULL);

      if (is_of_type (*key, L2TP_OPTION_TYPE_BOOL))
        g_key_file_set_boolean (file, GROUP_VPN, *key, g_strcmp0 (text, "yes") == 0);
    }
  g_key_file_remove_key (file, GROUP_VPN, KEY_SERVICE, NULL);
}

static void
export_routes (GKeyFile *file, const char *group, NMSettingIPConfig *setting)
{
  g_autoptr (GPtrArray) routes = g_ptr_array_new_with_free_func (g_free);

  for (guint i = 0; i < nm_setting_ip_config_get_num_routes (setting); i++)
    {
      NMIPRoute *route = nm_setting_ip_config_get_route (setting, i);
      const char *gateway = nm_ip_route_get_next_hop (route);
      gint64 metric = nm_ip_route_get_metric (route);
      GString *text = g_string_new (NULL);

      g_string_printf (text, "%s/%u", nm_ip_route_get_dest (route), nm_ip_route_get_prefix (route));
      if (gateway != NULL)
        g_string_append_printf (text, " via %s", gateway);
      if (metric >= 0)
        g_string_append_printf (text, " metric %" G_GINT64_FORMAT, metric);
      g_ptr_array_add (routes, g_string_free (text, FALSE));
    }
  if (routes->len > 0)
    g_key_file_set_string_list (file, group, KEY_ROUTES, (const char *const *) routes->pdata,
                                routes->len);
}

static void
export_ip (GKeyFile *file, const char *group, NMSettingIPConfig *setting)
{
  const char *method = setting != NULL ? nm_setting_ip_config_get_method (setting) : NULL;

  if (setting != NULL)
    export_routes (file, group, setting);
  /* NetworkManager-l2tp does not read a file without it. */
  g_key_file_set_string (file, group, "method", method != NULL ? method : "auto");
}

static void
to_exchange_form (GKeyFile *file, NMConnection *connection)
{
  g_auto (GStrv) keys = g_key_file_get_keys (file, GROUP_CONNECTION, NULL, NULL);

  for (char **key = keys; keys != NULL && *key != NULL; key++)
    if (!g_str_equal (*key, "id"))
      g_key_file_remove_key (file, GROUP_CONNECTION, *key, NULL);
  export_vpn (file);
  export_ip (file, GROUP_IP4, nm_connection_get_setting_ip4_config (connection));
  export_ip (file, GROUP_IP6, nm_connection_get_setting_ip6_config (connection));
  copy_group (file, GROUP_IP4, GROUP_IP4_OLD);
  g_key_file_set_comment (file, NULL, NULL, NM_L2TP_SERVICE, NULL);
}

gboolean
nm_l2tp_file_export (NMConnection *connection, const char *path, GError **error)
{
  NMSettingVpn *setting = nm_connection_get_setting_vpn (connection);
  g_autoptr (NMConnection) copy = NULL;
  g_autoptr (GKeyFile) file = NULL;
  g_autofree char *text = NULL;
  gsize size;

  if (setting == NULL || nm_connection_get_id (connection) == NULL ||
      nm_setting_vpn_get_data_item (setting, "gateway") == NULL)
    {
      g_set_error_literal (error, NM_L2TP_FILE_ERROR, NM_L2TP_FILE_ERROR_NOT_WRITTEN,
                           _ ("The profile has no name or no gateway\nComplete it and export it "
                              "again"));
      return FALSE;
    }

  copy = without_secrets (connection);
  file = nm_keyfile_write (copy, NM_KEYFILE_HANDLER_FLAGS_NONE, NULL, NULL, error);
  if (file == NULL)
    return FALSE;
  if (!g_str_has_suffix (path, ".nmconnection"))
    to_exchange_form (file, copy);
  text = g_key_file_to_data (file, &size, NULL);
  return g_file_set_contents_full (path, text, size, G_FILE_SET_CONTENTS_CONSISTENT, 0600, error);
}

char *
nm_l2tp_file_suggest_name (NMConnection *connection)
{
  const char *id = nm_connection_get_id (connection);
  char *name;

  if (id == NULL)
    return NULL;
  name = g_strdup_printf ("%s (l2tp).conf", id);
  return g_strdelimit (name, "/", '_');
}
