/* SPDX-License-Identifier: GPL-2.0-or-later */
/* SPDX-FileCopyrightText: The l2tp-client authors */

/* Takes values off the front of a fuzzer's input; when it is used up, zeros. */

#pragma once

#include <glib.h>
#include <string.h>

#include "service/proto/l2tp-wire.h"

int LLVMFuzzerTestOneInput (const guint8 *data, gsize size);

static inline guint8
fuzz_take_octet (L2tpOctets *input)
{
  guint8 octet;

  if (input->len == 0)
    return 0;
  octet = *input->data++;
  input->len--;
  return octet;
}

static inline guint16
fuzz_take_u16 (L2tpOctets *input)
{
  guint8 high = fuzz_take_octet (input);

  return (guint16) (high << 8 | fuzz_take_octet (input));
}

/* Fewer when there are no more. */
static inline L2tpOctets
fuzz_take_octets (L2tpOctets *input, gsize len)
{
  L2tpOctets octets = { input->data, MIN (len, input->len) };

  input->data += octets.len;
  input->len -= octets.len;
  return octets;
}
