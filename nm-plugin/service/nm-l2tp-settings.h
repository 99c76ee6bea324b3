/* SPDX-License-Identifier: GPL-2.0-or-later */
/* SPDX-FileCopyrightText: The l2tp-client authors */

#pragma once

#include <NetworkManager.h>

G_BEGIN_DECLS

/* What org.l2tp.Manager.ConnectTransient is told of a profile. */
typedef struct
{
  GVariant *settings; /* a{sv}, of strings */
  GVariant *secrets;  /* a{sv}, of strings */
  char *owner;        /* name of the one user whose profile it is, or NULL */
} NmL2tpSettings;

/* nm_l2tp_settings_new:
 * @connection: the whole profile, with the secrets that there are
 *
 * Returns (transfer full) the settings, or NULL if the profile has a key that is unknown, has no
 * valid value, or is somebody else's to decide. Errors: NM_VPN_PLUGIN_ERROR_BAD_ARGUMENTS; the
 * message begins with the key. */
NmL2tpSettings *nm_l2tp_settings_new (NMConnection *connection, GError **error);
void nm_l2tp_settings_free (NmL2tpSettings *settings);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (NmL2tpSettings, nm_l2tp_settings_free)

/* nm_l2tp_settings_get_secrets:
 * @names: keys of secrets
 *
 * Returns (transfer floating) an a{sv} of those of @names that the profile has. */
GVariant *nm_l2tp_settings_get_secrets (NMConnection *connection, const char *const *names);

/* nm_l2tp_settings_need_secrets:
 * Returns TRUE if the profile lacks a secret. Looks into a private key, as far as that is root's.
 */
gboolean nm_l2tp_settings_need_secrets (NMConnection *connection);

G_END_DECLS
