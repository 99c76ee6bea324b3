/* SPDX-License-Identifier: GPL-2.0-or-later */
/* SPDX-FileCopyrightText: The l2tp-client authors */

#pragma once

#include <NetworkManager.h>

#include "dbus/l2tp-options.h"

G_BEGIN_DECLS

#define NM_L2TP_N_SECRETS 4

/* One of the secrets that a profile can have. */
typedef struct
{
  L2tpOptionId id;
  const char *label; /* untranslated, with a mnemonic */
} NmL2tpSecret;

/* nm_l2tp_secret_get:
 * @index: below NM_L2TP_N_SECRETS, in the order in which they are asked for */
const NmL2tpSecret *nm_l2tp_secret_get (guint index);

/* nm_l2tp_secret_is_used:
 * Returns TRUE if the secret @id belongs to the way in which the profile authenticates; that of a
 * private key needs a private key, too. */
gboolean nm_l2tp_secret_is_used (NMSettingVpn *setting, L2tpOptionId id);

/* nm_l2tp_secret_is_missing:
 * Returns TRUE if the secret @id is used, the profile does not call it unnecessary, and it is not
 * there. A private key whose file cannot be read counts as unencrypted, unless the profile says
 * that its passphrase is kept elsewhere: the root who will read it may need none. */
gboolean nm_l2tp_secret_is_missing (NMSettingVpn *setting, L2tpOptionId id);

/* nm_l2tp_secret_wipe:
 * @text: (nullable) (transfer full): a copy of a secret, overwritten and freed */
void nm_l2tp_secret_wipe (char *text);

G_END_DECLS
