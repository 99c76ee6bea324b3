/* SPDX-License-Identifier: GPL-2.0-or-later */
/* SPDX-FileCopyrightText: The l2tp-client authors */

/* The user's keyring. nm-applet stores a VPN's secrets there and leaves it to the VPN's dialog to
 * find them; others look before they call the dialog. The names are libnma's. No state. */

#include "nm-l2tp-keyring.h"

#include <libsecret/secret.h>

/* Items of old versions carry another schema name. */
static const SecretSchema schema = {
  "org.freedesktop.NetworkManager.Connection",
  SECRET_SCHEMA_DONT_MATCH_NAME,
  {
      { "connection-uuid", SECRET_SCHEMA_ATTRIBUTE_STRING },
      { "setting-name", SECRET_SCHEMA_ATTRIBUTE_STRING },
      { "setting-key", SECRET_SCHEMA_ATTRIBUTE_STRING },
      { NULL, 0 },
  },
};

char *
nm_l2tp_keyring_lookup (const char *uuid, const char *key)
{
  char *kept = secret_password_lookup_sync (&schema, NULL, NULL, "connection-uuid", uuid,
                                            "setting-name", "vpn", "setting-key", key, NULL);
  char *copy = g_strdup (kept);

  secret_password_free (kept);
  return copy;
}
