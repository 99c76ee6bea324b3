/* SPDX-License-Identifier: GPL-2.0-or-later */
/* SPDX-FileCopyrightText: The l2tp-client authors */

/* The L2TP header and the AVP framing, RFC 2661 sections 3.1 and 4.1.
 *
 * Hides every bit position. Reading allocates nothing and returns pointers into the datagram; no
 * octet is read before its presence has been checked. */

#include "l2tp-wire.h"

#include <string.h>

#define BIT_T 0x8000
#define BIT_L 0x4000
#define BIT_S 0x0800
#define BIT_O 0x0200

#define VERSION_MASK   0x000F
#define VERSION        2
#define CONTROL_WORD   (BIT_T | BIT_L | BIT_S | VERSION) /* HDR-1 */
#define PPP_ADDRESS    0xFF03                            /* and control */
#define MAX_PACKET_LEN 65535

#define AVP_M        0x8000
#define AVP_H        0x4000
#define AVP_RESERVED 0x3C00
#define AVP_LENGTH   0x03FF

static gboolean
take_u16 (L2tpOctets *rest, guint16 *ret_value)
{
  if (rest->len < 2)
    return FALSE;

  *ret_value = l2tp_read_u16 (rest->data);
  rest->data += 2;
  rest->len -= 2;
  return TRUE;
}

/* HDR-4: the Length field may shorten the datagram, never lengthen it. */
static gboolean
apply_length (L2tpOctets *rest, gsize datagram_len)
{
  guint16 length;
  gsize consumed;

  if (!take_u16 (rest, &length) || length > datagram_len)
    return FALSE;

  consumed = datagram_len - rest->len;
  if (length < consumed)
    return FALSE;

  rest->len = length - consumed;
  return TRUE;
}

/* HDR-10 */
static gboolean
skip_offset (L2tpOctets *rest)
{
  guint16 offset;

  if (!take_u16 (rest, &offset) || offset > rest->len)
    return FALSE;

  rest->data += offset;
  rest->len -= offset;
  return TRUE;
}

gboolean
l2tp_header_parse (const guint8 *data, gsize len, L2tpHeader *ret_header)
{
  L2tpOctets rest = { data, len };
  L2tpHeader header = { 0 };
  guint16 word;

  if (!take_u16 (&rest, &word) || (word & VERSION_MASK) != VERSION) /* HDR-6 */
    return FALSE;

  header.control = (word & BIT_T) != 0;
  header.sequenced = (word & BIT_S) != 0;
  /* HDR-7; the P bit is ignored like the reserved ones (HDR-3). */
  if (header.control && (word & (BIT_L | BIT_S | BIT_O)) != (BIT_L | BIT_S))
    return FALSE;

  if ((word & BIT_L) != 0 && !apply_length (&rest, len))
    return FALSE;
  if (!take_u16 (&rest, &header.tunnel_id) || !take_u16 (&rest, &header.session_id))
    return FALSE;
  if (header.sequenced && (!take_u16 (&rest, &header.ns) || !take_u16 (&rest, &header.nr)))
    return FALSE;
  if ((word & BIT_O) != 0 && !skip_offset (&rest))
    return FALSE;
  if (!header.control && (rest.len == 0 || header.session_id == 0)) /* DATA-2 */
    return FALSE;

  header.payload = rest;
  *ret_header = header;
  return TRUE;
}

void
l2tp_avp_iter_init (L2tpAvpIter *iter, L2tpOctets payload)
{
  iter->rest = payload;
  iter->broken = FALSE;
}

gboolean
l2tp_avp_iter_next (L2tpAvpIter *iter, L2tpAvp *ret_avp)
{
  const guint8 *data = iter->rest.data;
  guint16 word;
  gsize len;

  if (iter->rest.len == 0 || iter->broken)
    return FALSE;

  iter->broken = iter->rest.len < L2TP_AVP_HEADER_SIZE; /* HDR-22 */
  if (iter->broken)
    return FALSE;

  word = l2tp_read_u16 (data);
  len = word & AVP_LENGTH;
  iter->broken = len < L2TP_AVP_HEADER_SIZE || len > iter->rest.len; /* HDR-21 */
  if (iter->broken)
    return FALSE;

  ret_avp->mandatory = (word & AVP_M) != 0;
  ret_avp->hidden = (word & AVP_H) != 0;
  ret_avp->reserved = (word & AVP_RESERVED) != 0;
  ret_avp->vendor = l2tp_read_u16 (data + 2);
  ret_avp->type = l2tp_read_u16 (data + 4);
  ret_avp->value.data = data + L2TP_AVP_HEADER_SIZE;
  ret_avp->value.len = len - L2TP_AVP_HEADER_SIZE;

  iter->rest.data += len;
  iter->rest.len -= len;
  return TRUE;
}

GByteArray *
l2tp_packet_new (guint16 session_id)
{
  guint8 header[L2TP_CONTROL_HEADER_SIZE] = { 0 };

  l2tp_write_u16 (header, CONTROL_WORD);
  l2tp_write_u16 (header + 6, session_id);
  return g_byte_array_append (g_byte_array_new (), header, sizeof header);
}

void
l2tp_packet_append_avp (GByteArray *packet, const L2tpAvp *avp)
{
  guint8 header[L2TP_AVP_HEADER_SIZE];
  guint16 flags = (avp->mandatory ? AVP_M : 0) | (avp->hidden ? AVP_H : 0);

  g_return_if_fail (avp->value.len <= L2TP_AVP_MAX_VALUE);
  g_return_if_fail (packet->len + sizeof header + avp->value.len <= MAX_PACKET_LEN);

  l2tp_write_u16 (header, (guint16) (flags | (sizeof header + avp->value.len)));
  l2tp_write_u16 (header + 2, avp->vendor);
  l2tp_write_u16 (header + 4, avp->type);
  g_byte_array_append (packet, header, sizeof header);
  if (avp->value.len > 0)
    g_byte_array_append (packet, avp->value.data, (guint) avp->value.len);
}

void
l2tp_packet_seal (GByteArray *packet, guint16 tunnel_id, guint16 ns, guint16 nr)
{
  l2tp_write_u16 (packet->data + 2, (guint16) packet->len);
  l2tp_write_u16 (packet->data + 4, tunnel_id);
  l2tp_write_u16 (packet->data + 8, ns);
  l2tp_write_u16 (packet->data + 10, nr);
}

GByteArray *
l2tp_packet_new_data (guint16 tunnel_id, guint16 session_id, guint16 protocol, guint size)
{
  GByteArray *packet = g_byte_array_new ();

  g_byte_array_set_size (packet, L2TP_DATA_HEADER_SIZE + size);
  memset (packet->data, 0, packet->len);
  l2tp_write_u16 (packet->data, VERSION);
  l2tp_write_u16 (packet->data + 2, tunnel_id);
  l2tp_write_u16 (packet->data + 4, session_id);
  l2tp_write_u16 (packet->data + 6, PPP_ADDRESS);
  l2tp_write_u16 (packet->data + 8, protocol);
  return packet;
}
