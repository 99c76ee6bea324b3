/* SPDX-License-Identifier: GPL-2.0-or-later */
/* SPDX-FileCopyrightText: The l2tp-client authors */

/* Hidden AVP values. Input: attribute type (2), lengths of secret, random vector and padding (1
 * each), these three, then a value.
 *
 * The value is revealed as if it were hidden, and hidden and revealed again. */

#include "fuzz-input.h"

#include "service/proto/l2tp-hide.h"

#define MAX_CLEAR (L2TP_AVP_MAX_VALUE - 2)

int
LLVMFuzzerTestOneInput (const guint8 *data, gsize size)
{
  L2tpOctets input = { data, size };
  guint16 type = fuzz_take_u16 (&input);
  guint8 secret_len = fuzz_take_octet (&input);
  guint8 vector_len = fuzz_take_octet (&input);
  guint8 padding_len = fuzz_take_octet (&input);
  L2tpOctets secret = fuzz_take_octets (&input, secret_len);
  L2tpOctets vector = fuzz_take_octets (&input, vector_len);
  L2tpOctets padding = fuzz_take_octets (&input, padding_len);
  g_autoptr (GByteArray) clear = g_byte_array_new ();
  g_autoptr (GByteArray) hidden = NULL;
  L2tpOctets octets;

  if (l2tp_hide_reveal (type, secret, vector, input, clear))
    g_assert_cmpuint (clear->len, <=, input.len - 2);
  else
    g_assert_cmpuint (clear->len, ==, 0);

  g_byte_array_set_size (clear, 0);
  input.len = MIN (input.len, MAX_CLEAR - padding.len);
  hidden = l2tp_hide_conceal (type, secret, vector, input, padding);
  octets = (L2tpOctets){ hidden->data, hidden->len };
  g_assert_true (l2tp_hide_reveal (type, secret, vector, octets, clear));
  g_assert_cmpmem (clear->data, clear->len, input.data, input.len);
  return 0;
}
