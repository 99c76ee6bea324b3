/* SPDX-License-Identifier: GPL-2.0-or-later */
/* SPDX-FileCopyrightText: The l2tp-client authors */

/* Octets on the wire: the L2TP header and the AVP framing (RFC 2661 sections 3.1 and 4.1). Knows no
 * message and no attribute. */

#pragma once

#include <glib.h>

G_BEGIN_DECLS

#define L2TP_CONTROL_HEADER_SIZE 12
#define L2TP_DATA_HEADER_SIZE    10 /* with PPP's, DATA-1, DATA-6 */
#define L2TP_AVP_HEADER_SIZE     6
#define L2TP_AVP_MAX_VALUE       1017 /* HDR-20 */

/* Borrowed octets. */
typedef struct
{
  const guint8 *data;
  gsize len;
} L2tpOctets;

typedef struct
{
  gboolean control;
  gboolean sequenced; /* S bit; always set on a control message */
  guint16 tunnel_id;
  guint16 session_id;
  guint16 ns;
  guint16 nr;
  L2tpOctets payload; /* within the datagram */
} L2tpHeader;

/* l2tp_header_parse:
 * Returns FALSE when the datagram must be dropped without a word (HDR-8). */
gboolean l2tp_header_parse (const guint8 *data, gsize len, L2tpHeader *ret_header);

typedef struct
{
  gboolean mandatory;
  gboolean hidden;
  gboolean reserved; /* one of the reserved bits is set: unrecognisable (HDR-23) */
  guint16 vendor;
  guint16 type;
  L2tpOctets value;
} L2tpAvp;

typedef struct
{
  L2tpOctets rest;
  gboolean broken; /* framing lost: what is left is no AVP (HDR-21, HDR-22) */
} L2tpAvpIter;

void l2tp_avp_iter_init (L2tpAvpIter *iter, L2tpOctets payload);

/* l2tp_avp_iter_next:
 * Returns FALSE at the end and when the framing is lost. */
gboolean l2tp_avp_iter_next (L2tpAvpIter *iter, L2tpAvp *ret_avp);

/* A control message under construction: l2tp_packet_new(), AVPs, then l2tp_packet_seal() each time
 * it is sent. */
GByteArray *l2tp_packet_new (guint16 session_id);

/* l2tp_packet_append_avp:
 * @avp: the value at most L2TP_AVP_MAX_VALUE octets; reserved bits are never written */
void l2tp_packet_append_avp (GByteArray *packet, const L2tpAvp *avp);

/* l2tp_packet_seal:
 * Writes the fields of the header that are known only when the message leaves. */
void l2tp_packet_seal (GByteArray *packet, guint16 tunnel_id, guint16 ns, guint16 nr);

/* l2tp_packet_new_data:
 * @protocol: PPP's
 * @size: octets of the packet inside
 *
 * A data message without a sequence number; what is inside is zero. */
GByteArray *
l2tp_packet_new_data (guint16 tunnel_id, guint16 session_id, guint16 protocol, guint size);

static inline guint16
l2tp_read_u16 (const guint8 *data)
{
  return (guint16) (data[0] << 8 | data[1]);
}

static inline guint32
l2tp_read_u32 (const guint8 *data)
{
  return (guint32) l2tp_read_u16 (data) << 16 | l2tp_read_u16 (data + 2);
}

static inline void
l2tp_write_u16 (guint8 *ret_data, guint16 value)
{
  ret_data[0] = (guint8) (value >> 8);
  ret_data[1] = (guint8) value;
}

static inline void
l2tp_write_u32 (guint8 *ret_data, guint32 value)
{
  l2tp_write_u16 (ret_data, (guint16) (value >> 16));
  l2tp_write_u16 (ret_data + 2, (guint16) value);
}

G_END_DECLS
