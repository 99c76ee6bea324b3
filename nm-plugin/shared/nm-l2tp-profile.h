/* SPDX-License-Identifier: GPL-2.0-or-later */
/* SPDX-FileCopyrightText: The l2tp-client authors */

#pragma once

#include <NetworkManager.h>

#include "dbus/l2tp-options.h"

G_BEGIN_DECLS

/* nm_l2tp_profile_get:
 * @setting: the profile's VPN setting
 *
 * What @setting says about an option, whatever it calls it: an older name of the option overrides
 * the option's own. An empty value counts as none, and a secret is looked for among the secrets
 * first. Returns the text as it is in @setting, unchecked, or NULL. Owned by @setting. */
const char *nm_l2tp_profile_get (NMSettingVpn *setting, L2tpOptionId id);

/* nm_l2tp_profile_get_yes:
 * Returns TRUE if the BOOL @id is "yes", which is the only spelling of it. */
gboolean nm_l2tp_profile_get_yes (NMSettingVpn *setting, L2tpOptionId id);

/* nm_l2tp_profile_set:
 * @text: (nullable): the new value; NULL or "" removes the key
 *
 * Writes the option under its own name and removes its older ones, so that every reader of the
 * profile sees the new value. Touches no other key. */
void nm_l2tp_profile_set (NMSettingVpn *setting, L2tpOptionId id, const char *text);

/* nm_l2tp_profile_get_flags:
 * @id: a secret
 * @fallback: the answer where the profile has no flags, or none that are numbers */
NMSettingSecretFlags
nm_l2tp_profile_get_flags (NMSettingVpn *setting, L2tpOptionId id, NMSettingSecretFlags fallback);

/* nm_l2tp_profile_set_flags:
 * @id: a secret */
void nm_l2tp_profile_set_flags (NMSettingVpn *setting, L2tpOptionId id, NMSettingSecretFlags flags);

/* nm_l2tp_profile_is_flags:
 * Returns TRUE if @key is that of the flags of a secret. Every secret may have them, whether the
 * option table says so or not: NetworkManager reads them. */
gboolean nm_l2tp_profile_is_flags (const char *key);

/* nm_l2tp_profile_user_is_tls:
 * Returns TRUE if the user is authenticated by EAP-TLS. */
gboolean nm_l2tp_profile_user_is_tls (NMSettingVpn *setting);

/* nm_l2tp_profile_machine_is_tls:
 * Returns TRUE if IPsec authenticates this machine by certificate, were IPsec enabled. */
gboolean nm_l2tp_profile_machine_is_tls (NMSettingVpn *setting);

G_END_DECLS
