/* SPDX-License-Identifier: GPL-2.0-or-later */
/* SPDX-FileCopyrightText: The l2tp-client authors */

#pragma once

#include <glib.h>

G_BEGIN_DECLS

/* nm_l2tp_keyring_lookup:
 * @uuid: of the connection
 * @key: of the secret in vpn.secrets
 *
 * Looks for a secret where NetworkManager's desktop clients keep those of the user's agent. May
 * wait for the user to unlock the keyring. Returns (transfer full) the secret, to be wiped, or NULL
 * where there is none or no keyring. */
char *nm_l2tp_keyring_lookup (const char *uuid, const char *key);

G_END_DECLS
