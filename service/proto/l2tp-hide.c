/* SPDX-License-Identifier: GPL-2.0-or-later */
/* SPDX-FileCopyrightText: The l2tp-client authors */

/* Hidden AVP values, RFC 2661 section 4.3: an MD5 key stream over length, value and padding.
 *
 * Obfuscation, not protection (HIDE-7). The received octets are never changed: the clear value goes
 * to a buffer of the caller. */

#include "l2tp-hide.h"

#define BLOCK       16
#define LENGTH_SIZE 2

/* HIDE-2: the key of the first block. The Vendor ID has no part in it (HIDE-3). */
static void
first_key (guint16 type, L2tpOctets secret, L2tpOctets random_vector, guint8 ret_key[BLOCK])
{
  g_autoptr (GChecksum) checksum = g_checksum_new (G_CHECKSUM_MD5);
  guint8 attribute[2];
  gsize len = BLOCK;

  l2tp_write_u16 (attribute, type);
  g_checksum_update (checksum, attribute, sizeof attribute);
  g_checksum_update (checksum, secret.data, (gssize) secret.len);
  g_checksum_update (checksum, random_vector.data, (gssize) random_vector.len);
  g_checksum_get_digest (checksum, ret_key, &len);
}

/* HIDE-2: the key of the block after the hidden one at @cipher. */
static void
next_key (L2tpOctets secret, const guint8 *cipher, guint8 ret_key[BLOCK])
{
  g_autoptr (GChecksum) checksum = g_checksum_new (G_CHECKSUM_MD5);
  gsize len = BLOCK;

  g_checksum_update (checksum, secret.data, (gssize) secret.len);
  g_checksum_update (checksum, cipher, BLOCK);
  g_checksum_get_digest (checksum, ret_key, &len);
}

/* The key stream runs on hidden octets, whichever direction is computed: @cipher is @in when
 * revealing and @ret_out when concealing. */
static void
apply (guint16 type,
       L2tpOctets secret,
       L2tpOctets random_vector,
       L2tpOctets in,
       const guint8 *cipher,
       guint8 *ret_out)
{
  guint8 key[BLOCK];

  first_key (type, secret, random_vector, key);
  for (gsize i = 0; i < in.len; i++)
    {
      if (i > 0 && i % BLOCK == 0)
        next_key (secret, cipher + i - BLOCK, key);
      ret_out[i] = in.data[i] ^ key[i % BLOCK];
    }
}

gboolean
l2tp_hide_reveal (guint16 type,
                  L2tpOctets secret,
                  L2tpOctets random_vector,
                  L2tpOctets hidden,
                  GByteArray *clear)
{
  guint8 plain[L2TP_AVP_MAX_VALUE];
  guint16 len;

  if (hidden.len < LENGTH_SIZE || hidden.len > sizeof plain)
    return FALSE;

  apply (type, secret, random_vector, hidden, hidden.data, plain);
  len = l2tp_read_u16 (plain);
  if (len > hidden.len - LENGTH_SIZE)
    return FALSE;

  g_byte_array_append (clear, plain + LENGTH_SIZE, len);
  return TRUE;
}

GByteArray *
l2tp_hide_conceal (guint16 type,
                   L2tpOctets secret,
                   L2tpOctets random_vector,
                   L2tpOctets value,
                   L2tpOctets padding)
{
  g_autoptr (GByteArray) plain = g_byte_array_new ();
  GByteArray *hidden = g_byte_array_new ();
  guint8 length[LENGTH_SIZE];
  L2tpOctets in;

  l2tp_write_u16 (length, (guint16) value.len);
  g_byte_array_append (plain, length, sizeof length);
  g_byte_array_append (plain, value.data, (guint) value.len);
  g_byte_array_append (plain, padding.data, (guint) padding.len);

  g_byte_array_set_size (hidden, plain->len);
  in.data = plain->data;
  in.len = plain->len;
  apply (type, secret, random_vector, in, hidden->data, hidden->data);
  return hidden;
}
