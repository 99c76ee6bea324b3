/* SPDX-License-Identifier: GPL-2.0-or-later */
/* SPDX-FileCopyrightText: The l2tp-client authors */

/* Control messages. Input: one octet of flags, then a datagram.
 *
 * What can be parsed can be built, and comes out the same a second time. */

#include "fuzz-input.h"

#include "service/proto/l2tp-message.h"

#define FLAG_SECRET  1
#define FLAG_PAYLOAD 2 /* the rest is AVPs without a header */

static void
check_round_trip (const L2tpMessage *message)
{
  g_autoptr (GByteArray) once = l2tp_message_build (message, 7);
  g_autoptr (GByteArray) twice = NULL;
  g_auto (L2tpMessage) again = { 0 };
  L2tpHeader header;
  L2tpFault fault;

  l2tp_packet_seal (once, 1, 2, 3);
  g_assert_true (l2tp_header_parse (once->data, once->len, &header));
  g_assert_cmpint (l2tp_message_parse (header.payload, (L2tpOctets){ 0 }, &again, &fault), ==,
                   L2TP_VERDICT_OK);
  g_assert_cmpint (again.type, ==, message->type);
  g_assert_cmpuint (again.present, ==, message->present);

  twice = l2tp_message_build (&again, 7);
  l2tp_packet_seal (twice, 1, 2, 3);
  g_assert_cmpmem (once->data, once->len, twice->data, twice->len);
}

int
LLVMFuzzerTestOneInput (const guint8 *data, gsize size)
{
  L2tpOctets input = { data, size };
  guint8 flags = fuzz_take_octet (&input);
  L2tpOctets secret = { (flags & FLAG_SECRET) != 0 ? (const guint8 *) "hello" : NULL, 5 };
  L2tpHeader header = { .control = TRUE, .payload = input };
  g_auto (L2tpMessage) message = { 0 };
  L2tpFault fault = { 0 };

  if ((flags & FLAG_PAYLOAD) == 0 && !l2tp_header_parse (input.data, input.len, &header))
    return 0;
  if (!header.control || header.payload.len == 0)
    return 0;

  switch (l2tp_message_parse (header.payload, secret, &message, &fault))
    {
    case L2TP_VERDICT_OK:
      check_round_trip (&message);
      break;
    case L2TP_VERDICT_MALFORMED:
      g_assert_cmpuint (fault.result, !=, 0);
      g_assert_cmpint (fault.text[0], !=, '\0');
      break;
    case L2TP_VERDICT_IGNORE:
      break;
    }
  return 0;
}
