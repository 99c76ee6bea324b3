/* SPDX-License-Identifier: GPL-2.0-or-later */
/* SPDX-FileCopyrightText: The l2tp-client authors */

/* From NetworkManager's profile to the service's settings. Pure but for a look at a private key.
 * Hides older names of keys, which keys are NetworkManager's business, and that KDE writes empty
 * values. What a key means is the service's to know: here it only has to be in the option table.
 * NetworkManager reference, sections 10 and 11. */

#include "nm-l2tp-settings.h"

#include "nm-plugin/shared/nm-l2tp-profile.h"
#include "nm-plugin/shared/nm-l2tp-secrets.h"

#include <string.h>

#define MAX_NAME 128 /* octets, as in the option table */
/* Enough for a router that starts anew; a VPN that is to persist never gives up. */
#define RECONNECT_LIMIT "6"
/* Where no key can be: what is nobody's business but the owner's. */
#define NOT_LOOKED_AT "/dev/null/key"

/* Options that have their own place in a profile of NetworkManager's, and where that is. */
static const struct
{
  L2tpOptionId id;
  const char *instead;
} foreign[] = {
  { L2TP_OPTION_UUID, "connection.uuid" },
  { L2TP_OPTION_AUTOSTART, "connection.secondaries of the connection below the VPN" },
  { L2TP_OPTION_PERSIST, "vpn.persistent" },
  { L2TP_OPTION_IP_CONFIG, "the ipv4 and ipv6 settings" },
  { L2TP_OPTION_DEFAULT_ROUTE, "ipv4.never-default" },
  { L2TP_OPTION_ROUTES, "ipv4.routes" },
  { L2TP_OPTION_DNS, "ipv4.dns" },
  { L2TP_OPTION_DNS_DOMAINS, "ipv4.dns-search" },
  { L2TP_OPTION_IPV6, "ipv6.method" },
};

void
nm_l2tp_settings_free (NmL2tpSettings *settings)
{
  g_clear_pointer (&settings->settings, g_variant_unref);
  g_clear_pointer (&settings->secrets, g_variant_unref);
  g_free (settings->owner);
  g_free (settings);
}

/* --- What may be there --------------------------------------------------------------------- */

static gboolean
refuse (GError **error, const char *message)
{
  g_set_error_literal (error, NM_VPN_PLUGIN_ERROR, NM_VPN_PLUGIN_ERROR_BAD_ARGUMENTS, message);
  return FALSE;
}

static gboolean
check_not_foreign (L2tpOptionId id, GError **error)
{
  for (guint i = 0; i < G_N_ELEMENTS (foreign); i++)
    if (foreign[i].id == id)
      {
        g_autofree char *message = g_strdup_printf (
            "%s: NetworkManager decides that\nRemove it from vpn.data; see %s of the profile.",
            l2tp_option_get (id)->key, foreign[i].instead);
        return refuse (error, message);
      }
  return TRUE;
}

static gboolean
check_item (const char *key, const char *value, GError **error)
{
  g_autofree char *message = NULL;
  L2tpOptionId id;

  if (!l2tp_option_find (key, &id))
    {
      g_autofree char *shown = NULL;

      if (nm_l2tp_profile_is_flags (key))
        return TRUE;
      shown = g_strescape (key, NULL);
      message =
          g_strdup_printf ("%.64s: there is no such key\nRemove it from vpn.data; the keys are "
                           "in l2tp-options(5).",
                           shown);
      return refuse (error, message);
    }
  /* KDE writes empty ones. The name is another one's, and tolerated. */
  if (value == NULL || *value == '\0' || id == L2TP_OPTION_NAME)
    return TRUE;
  if (!check_not_foreign (id, error))
    return FALSE;
  return l2tp_option_validate (id, value, NULL, &message) || refuse (error, message);
}

static gboolean
check_data (NMSettingVpn *setting, GError **error)
{
  guint n;
  g_autofree const char **keys = nm_setting_vpn_get_data_keys (setting, &n);

  for (guint i = 0; i < n; i++)
    if (!check_item (keys[i], nm_setting_vpn_get_data_item (setting, keys[i]), error))
      return FALSE;
  if (nm_l2tp_profile_get (setting, L2TP_OPTION_GATEWAY) == NULL)
    return refuse (error, "gateway: is missing\nSet it to the name or the address of the LNS.");
  return TRUE;
}

static gboolean
check_secrets (NMSettingVpn *setting, GError **error)
{
  for (guint i = 0; i < L2TP_N_OPTIONS; i++)
    {
      const L2tpOption *option = l2tp_option_get (i);
      const char *value;

      if ((option->flags & L2TP_OPTION_SECRET) == 0)
        continue;
      value = nm_setting_vpn_get_secret (setting, option->key);
      if (value != NULL && !check_item (option->key, value, error))
        return FALSE;
    }
  return TRUE;
}

/* --- The profile beyond the VPN setting ------------------------------------------------------ */

/* A name that NetworkManager allows, cut to what the service does. */
static char *
name_of (NMConnection *connection)
{
  g_autofree char *name = g_utf8_make_valid (nm_connection_get_id (connection), -1);
  gsize size = strlen (name);

  if (size > MAX_NAME)
    *g_utf8_find_prev_char (name, name + MAX_NAME + 1) = '\0';
  for (char *c = name; *c != '\0'; c = g_utf8_next_char (c))
    if (g_unichar_iscntrl (g_utf8_get_char (c)))
      memset (c, ' ', g_utf8_next_char (c) - c);
  return g_strdup (*name != '\0' ? name : "VPN");
}

static gboolean
has_file (NMSettingVpn *setting)
{
  for (guint i = 0; i < L2TP_N_OPTIONS; i++)
    if (l2tp_option_get (i)->type == L2TP_OPTION_TYPE_PATH &&
        nm_l2tp_profile_get (setting, i) != NULL)
      return TRUE;
  return FALSE;
}

static gboolean
is_private (NMConnection *connection)
{
  return nm_setting_connection_get_num_permissions (
             nm_connection_get_setting_connection (connection)) > 0;
}

/* The rights with which files are read are one user's or root's. */
static gboolean
get_owner (NMConnection *connection, char **ret_owner, GError **error)
{
  NMSettingConnection *setting = nm_connection_get_setting_connection (connection);
  guint n = nm_setting_connection_get_num_permissions (setting);
  const char *type, *user;

  if (n == 0)
    return TRUE;
  if (n > 1 && has_file (nm_connection_get_setting_vpn (connection)))
    return refuse (error, "connection.permissions: the profile names files, and belongs to several "
                          "users\nLet it be one user's, whose rights the files are read with.");
  if (n > 1)
    return TRUE;
  if (!nm_setting_connection_get_permission (setting, 0, &type, &user, NULL) ||
      g_strcmp0 (type, "user") != 0)
    return refuse (error, "connection.permissions: is not understood\nUse user:NAME.");
  *ret_owner = g_strdup (user);
  return TRUE;
}

static gboolean
is_built (L2tpOptionId id)
{
  return l2tp_option_get (id)->status == L2TP_OPTION_STATUS_BUILT;
}

static gboolean
has_method (NMSettingIPConfig *ip, const char *method)
{
  return ip != NULL && g_strcmp0 (nm_setting_ip_config_get_method (ip), method) == 0;
}

/* An address for the LNS is asked for only where we have one of our own. */
static const char *
get_peer_ip (NMConnection *connection, NMSettingVpn *setting)
{
  NMSettingIPConfig *ip4 = nm_connection_get_setting_ip4_config (connection);
  const char *peer;

  if (!has_method (ip4, NM_SETTING_IP4_CONFIG_METHOD_MANUAL))
    return NULL;
  peer = nm_l2tp_profile_get (setting, L2TP_OPTION_IPCP_PEER_IP);
  if (peer == NULL && is_built (L2TP_OPTION_IPCP_PEER_IP))
    peer = nm_setting_ip_config_get_gateway (ip4);
  return peer;
}

static const char *
get_value (NMConnection *connection, NMSettingVpn *setting, L2tpOptionId id)
{
  const char *value = nm_l2tp_profile_get (setting, id);
  NMSettingIPConfig *ip6 = nm_connection_get_setting_ip6_config (connection);

  if (id == L2TP_OPTION_IP_CONFIG)
    return "external";
  if (id == L2TP_OPTION_USER && value == NULL)
    return nm_setting_vpn_get_user_name (setting);
  if (id == L2TP_OPTION_IPCP_PEER_IP)
    return get_peer_ip (connection, setting);
  if (id == L2TP_OPTION_IPV6 && is_built (id) &&
      has_method (ip6, NM_SETTING_IP6_CONFIG_METHOD_AUTO))
    return "yes";
  if (id == L2TP_OPTION_RECONNECT_LIMIT && value == NULL &&
      !nm_setting_vpn_get_persistent (setting))
    return RECONNECT_LIMIT;
  return value;
}

/* --- Both together --------------------------------------------------------------------------- */

static void
add (GVariantDict *dict, L2tpOptionId id, const char *value)
{
  if (value != NULL)
    g_variant_dict_insert (dict, l2tp_option_get (id)->key, "s", value);
}

static void
fill (NmL2tpSettings *settings, NMConnection *connection)
{
  NMSettingVpn *setting = nm_connection_get_setting_vpn (connection);
  g_auto (GVariantDict) plain = G_VARIANT_DICT_INIT (NULL);
  g_auto (GVariantDict) secret = G_VARIANT_DICT_INIT (NULL);
  g_autofree char *name = name_of (connection);

  for (guint i = 0; i < L2TP_N_OPTIONS; i++)
    {
      const L2tpOption *option = l2tp_option_get (i);

      /* What an older name says comes with the option itself. */
      if ((option->flags & L2TP_OPTION_LEGACY) != 0)
        continue;
      add ((option->flags & L2TP_OPTION_SECRET) != 0 ? &secret : &plain, i,
           get_value (connection, setting, i));
    }
  add (&plain, L2TP_OPTION_NAME, name);
  settings->settings = g_variant_ref_sink (g_variant_dict_end (&plain));
  settings->secrets = g_variant_ref_sink (g_variant_dict_end (&secret));
}

NmL2tpSettings *
nm_l2tp_settings_new (NMConnection *connection, GError **error)
{
  NMSettingVpn *setting = nm_connection_get_setting_vpn (connection);
  g_autoptr (NmL2tpSettings) settings = g_new0 (NmL2tpSettings, 1);

  if (setting == NULL || !check_data (setting, error) || !check_secrets (setting, error) ||
      !get_owner (connection, &settings->owner, error))
    return NULL;
  fill (settings, connection);
  return g_steal_pointer (&settings);
}

GVariant *
nm_l2tp_settings_get_secrets (NMConnection *connection, const char *const *names)
{
  NMSettingVpn *setting = nm_connection_get_setting_vpn (connection);
  GVariantBuilder builder;
  L2tpOptionId id;

  g_variant_builder_init (&builder, G_VARIANT_TYPE_VARDICT);
  for (; setting != NULL && *names != NULL; names++)
    if (l2tp_option_find (*names, &id) && nm_l2tp_profile_get (setting, id) != NULL)
      g_variant_builder_add (&builder, "{sv}", *names,
                             g_variant_new_string (nm_l2tp_profile_get (setting, id)));
  return g_variant_builder_end (&builder);
}

gboolean
nm_l2tp_settings_need_secrets (NMConnection *connection)
{
  g_autoptr (NMConnection) copy = nm_simple_connection_new_clone (connection);
  NMSettingVpn *setting = nm_connection_get_setting_vpn (copy);

  if (setting == NULL)
    return FALSE;
  /* We read with root's rights, which are not those of the profile's owner. */
  if (is_private (connection))
    {
      if (nm_l2tp_profile_get (setting, L2TP_OPTION_USER_KEY) != NULL)
        nm_l2tp_profile_set (setting, L2TP_OPTION_USER_KEY, NOT_LOOKED_AT);
      if (nm_l2tp_profile_get (setting, L2TP_OPTION_MACHINE_KEY) != NULL)
        nm_l2tp_profile_set (setting, L2TP_OPTION_MACHINE_KEY, NOT_LOOKED_AT);
    }
  for (guint i = 0; i < NM_L2TP_N_SECRETS; i++)
    if (nm_l2tp_secret_is_missing (setting, nm_l2tp_secret_get (i)->id))
      return TRUE;
  return FALSE;
}
