/* SPDX-License-Identifier: GPL-2.0-or-later */
/* SPDX-FileCopyrightText: The l2tp-client authors */

/* A profile's VPN setting, by option instead of by key. Hides that an option has had other names:
 * ipsec-gateway-id (still KDE's), cert-ca, cert-pub, cert-key, xl2tpd-max-retries, use-cert; that
 * the pre-shared key was once plain data; and that KDE writes empty values. Writing keeps every key
 * that is not the option's. Used by the plugin, the editors and the dialog. */

#include "nm-l2tp-profile.h"

#include <string.h>

#define FLAGS_SUFFIX "-flags"

static gboolean
is_secret (L2tpOptionId id)
{
  return (l2tp_option_get (id)->flags & L2TP_OPTION_SECRET) != 0;
}

static gboolean
is_older_name_of (L2tpOptionId id, L2tpOptionId current)
{
  const L2tpOption *option = l2tp_option_get (id);

  return option->status == L2TP_OPTION_STATUS_ALIAS && option->alias_of == current;
}

static const char *
none_if_empty (const char *text)
{
  return text != NULL && *text != '\0' ? text : NULL;
}

const char *
nm_l2tp_profile_get (NMSettingVpn *setting, L2tpOptionId id)
{
  const char *key = l2tp_option_get (id)->key;
  const char *text = NULL;

  if (is_secret (id))
    text = none_if_empty (nm_setting_vpn_get_secret (setting, key));
  for (guint i = 0; text == NULL && i < L2TP_N_OPTIONS; i++)
    if (is_older_name_of (i, id))
      text = none_if_empty (nm_setting_vpn_get_data_item (setting, l2tp_option_get (i)->key));
  if (text == NULL)
    text = none_if_empty (nm_setting_vpn_get_data_item (setting, key));

  if (text == NULL && id == L2TP_OPTION_MACHINE_AUTH_TYPE &&
      g_strcmp0 (nm_l2tp_profile_get (setting, L2TP_OPTION_USE_CERT), "1") == 0)
    text = "tls";
  return text;
}

gboolean
nm_l2tp_profile_get_yes (NMSettingVpn *setting, L2tpOptionId id)
{
  return g_strcmp0 (nm_l2tp_profile_get (setting, id), "yes") == 0;
}

void
nm_l2tp_profile_set (NMSettingVpn *setting, L2tpOptionId id, const char *text)
{
  const char *key = l2tp_option_get (id)->key;

  for (guint i = 0; i < L2TP_N_OPTIONS; i++)
    if (is_older_name_of (i, id))
      nm_setting_vpn_remove_data_item (setting, l2tp_option_get (i)->key);
  if (id == L2TP_OPTION_MACHINE_AUTH_TYPE)
    nm_l2tp_profile_set (setting, L2TP_OPTION_USE_CERT, NULL);

  nm_setting_vpn_remove_data_item (setting, key);
  if (is_secret (id))
    nm_setting_vpn_remove_secret (setting, key);

  if (none_if_empty (text) == NULL)
    return;
  if (is_secret (id))
    nm_setting_vpn_add_secret (setting, key, text);
  else
    nm_setting_vpn_add_data_item (setting, key, text);
}

static char *
flags_key (L2tpOptionId id)
{
  return g_strconcat (l2tp_option_get (id)->key, FLAGS_SUFFIX, NULL);
}

gboolean
nm_l2tp_profile_is_flags (const char *key)
{
  g_autofree char *stem = NULL;
  L2tpOptionId id;

  if (!g_str_has_suffix (key, FLAGS_SUFFIX))
    return FALSE;
  stem = g_strndup (key, strlen (key) - strlen (FLAGS_SUFFIX));
  return l2tp_option_find (stem, &id) && is_secret (id);
}

NMSettingSecretFlags
nm_l2tp_profile_get_flags (NMSettingVpn *setting, L2tpOptionId id, NMSettingSecretFlags fallback)
{
  g_autofree char *key = flags_key (id);
  const char *text = nm_setting_vpn_get_data_item (setting, key);
  guint64 flags;

  if (text == NULL || !g_ascii_string_to_unsigned (text, 10, 0, 7, &flags, NULL))
    return fallback;
  return (NMSettingSecretFlags) flags;
}

void
nm_l2tp_profile_set_flags (NMSettingVpn *setting, L2tpOptionId id, NMSettingSecretFlags flags)
{
  g_autofree char *key = flags_key (id);
  g_autofree char *text = g_strdup_printf ("%u", (guint) flags);

  nm_setting_vpn_add_data_item (setting, key, text);
}

gboolean
nm_l2tp_profile_user_is_tls (NMSettingVpn *setting)
{
  return g_strcmp0 (nm_l2tp_profile_get (setting, L2TP_OPTION_USER_AUTH_TYPE), "tls") == 0;
}

gboolean
nm_l2tp_profile_machine_is_tls (NMSettingVpn *setting)
{
  return g_strcmp0 (nm_l2tp_profile_get (setting, L2TP_OPTION_MACHINE_AUTH_TYPE), "tls") == 0;
}
