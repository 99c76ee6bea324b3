/* SPDX-License-Identifier: GPL-2.0-or-later */
/* SPDX-FileCopyrightText: The l2tp-client authors */

/* The options of one connection: validated when made, immutable afterwards. */

#pragma once

#include <gio/gio.h>

#include "dbus/l2tp-options.h"
#include "l2tp-secret.h"

G_BEGIN_DECLS

typedef struct _L2tpConfig L2tpConfig;

/* Bits of a secret's "-flags" option; NetworkManager's. None: the service keeps it. */
typedef enum
{
  L2TP_SECRET_AGENT_OWNED = 1 << 0,  /* the user's agent has it */
  L2TP_SECRET_NOT_SAVED = 1 << 1,    /* a person is asked each time */
  L2TP_SECRET_NOT_REQUIRED = 1 << 2, /* it goes without */
} L2tpSecretFlags;

/* l2tp_config_new:
 * @settings: a{sv} of keys that are no secrets; a value is of the option's type or a string
 * @secrets: (nullable): a{sv} of secret keys, strings
 *
 * Takes all or nothing, and makes a UUID when there is none. Errors: L2TP_ERROR_INVALID_SETTINGS;
 * the message names the key. */
L2tpConfig *l2tp_config_new (GVariant *settings, GVariant *secrets, GError **error);

/* l2tp_config_new_update:
 * Returns what @config becomes when all settings are replaced with @settings; a secret that is not
 * in @secrets is kept, unless its flags say only now that it is not stored, and so is the UUID.
 * Errors: as of l2tp_config_new(); another UUID. */
L2tpConfig *
l2tp_config_new_update (L2tpConfig *config, GVariant *settings, GVariant *secrets, GError **error);

/* l2tp_config_new_from_texts:
 * @texts: by option, what a user would type, or NULL; secrets too
 *
 * The same without a copy of a secret in between. Errors: L2TP_ERROR_INVALID_SETTINGS. */
L2tpConfig *l2tp_config_new_from_texts (const char *const texts[L2TP_N_OPTIONS], GError **error);

/* l2tp_config_new_with_secrets:
 * Returns @config with the secrets in @secrets replaced; an empty string removes one. */
L2tpConfig *l2tp_config_new_with_secrets (L2tpConfig *config, GVariant *secrets, GError **error);

/* l2tp_config_new_learned:
 * @base: what @config was when the secrets of @proven were tried; perhaps @config
 *
 * Returns @config with those secrets of @proven that differ and may be stored, or NULL when there
 * are none. A secret that has changed since @base stays as it is, and all do when it is another
 * user or another LNS by now. */
L2tpConfig *l2tp_config_new_learned (L2tpConfig *config, L2tpConfig *base, L2tpConfig *proven);

/* l2tp_config_new_reread:
 * Returns what was read from a file, @stored, with those secrets of @config that no file may hold.
 */
L2tpConfig *l2tp_config_new_reread (L2tpConfig *config, L2tpConfig *stored);

/* l2tp_config_equal: whether both hold the same values, secrets included. */
gboolean l2tp_config_equal (L2tpConfig *config, L2tpConfig *other);

L2tpConfig *l2tp_config_ref (L2tpConfig *config);
void l2tp_config_unref (L2tpConfig *config);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (L2tpConfig, l2tp_config_unref)

/* Values, or their defaults; what was given under an older name of the option comes first. A string
 * is NULL, a secret is NULL (transfer none) when there is none. */
const char *l2tp_config_get_string (L2tpConfig *config, L2tpOptionId id);
guint l2tp_config_get_uint (L2tpConfig *config, L2tpOptionId id);
gboolean l2tp_config_get_boolean (L2tpConfig *config, L2tpOptionId id);
L2tpSecret *l2tp_config_get_secret (L2tpConfig *config, L2tpOptionId id);

/* l2tp_config_get_secret_flags:
 * Returns the "-flags" of the secret @id; 0 for one that has no such option. */
L2tpSecretFlags l2tp_config_get_secret_flags (L2tpConfig *config, L2tpOptionId id);

/* l2tp_config_may_store_secret:
 * Whether the secret @id may be written to disk, rather than kept in memory only. The one rule for
 * the profile store and for what an agent answers. FALSE when @id is no secret. */
gboolean l2tp_config_may_store_secret (L2tpConfig *config, L2tpOptionId id);

/* l2tp_config_get_local_port:
 * Returns our UDP port, 0 for any free one: both options that speak of it in one answer. */
guint l2tp_config_get_local_port (L2tpConfig *config);

/* l2tp_config_get_max_mtu: octets, that the interface may have, whatever the way to the LNS is. */
guint l2tp_config_get_max_mtu (L2tpConfig *config);

/* l2tp_config_dup_local_address:
 * Returns (transfer full) our address towards the LNS, NULL for any. */
GInetAddress *l2tp_config_dup_local_address (L2tpConfig *config);

/* l2tp_config_is_set: whether the user gave a value, rather than the default. */
gboolean l2tp_config_is_set (L2tpConfig *config, L2tpOptionId id);

/* l2tp_config_check_supported:
 * Whether all that @config asks for is built. Errors: L2TP_ERROR_INVALID_SETTINGS; names the key.
 */
gboolean l2tp_config_check_supported (L2tpConfig *config, GError **error);

/* l2tp_config_to_variant:
 * Returns (transfer full) an a{sv} of what the user set, secrets excepted, in the options' types.
 */
GVariant *l2tp_config_to_variant (L2tpConfig *config);

G_END_DECLS
