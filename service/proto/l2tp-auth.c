/* SPDX-License-Identifier: GPL-2.0-or-later */
/* SPDX-FileCopyrightText: The l2tp-client authors */

/* Tunnel authentication, RFC 2661 section 4.2.
 *
 * MD5 comes from GLib, which carries its own: a library restricted to FIPS algorithms does not
 * matter here (AUTH-7). Secrets are octet strings and may hold a NUL (AUTH-6). */

#include "l2tp-auth.h"

void
l2tp_auth_respond (guint8 message_type,
                   L2tpOctets secret,
                   L2tpOctets challenge,
                   guint8 ret_response[L2TP_RESPONSE_SIZE])
{
  g_autoptr (GChecksum) checksum = g_checksum_new (G_CHECKSUM_MD5);
  gsize len = L2TP_RESPONSE_SIZE;

  g_checksum_update (checksum, &message_type, 1);
  g_checksum_update (checksum, secret.data, (gssize) secret.len);
  g_checksum_update (checksum, challenge.data, (gssize) challenge.len);
  g_checksum_get_digest (checksum, ret_response, &len);
}

gboolean
l2tp_auth_equal (L2tpOctets a, L2tpOctets b)
{
  guint8 difference = 0;

  if (a.len != b.len)
    return FALSE;

  for (gsize i = 0; i < a.len; i++)
    difference |= a.data[i] ^ b.data[i];
  return difference == 0;
}
