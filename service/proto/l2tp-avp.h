/* SPDX-License-Identifier: GPL-2.0-or-later */
/* SPDX-FileCopyrightText: The l2tp-client authors */

/* The catalogue of attributes: what is known of each AVP apart from the message it stands in
 * (RFC 2661 section 4.4, RFC 3145). */

#pragma once

#include <glib.h>

#include "l2tp-wire.h"

G_BEGIN_DECLS

typedef enum
{
  L2TP_AVP_MESSAGE_TYPE = 0,
  L2TP_AVP_RESULT_CODE = 1,
  L2TP_AVP_PROTOCOL_VERSION = 2,
  L2TP_AVP_FRAMING_CAPABILITIES = 3,
  L2TP_AVP_BEARER_CAPABILITIES = 4,
  L2TP_AVP_TIE_BREAKER = 5,
  L2TP_AVP_FIRMWARE_REVISION = 6,
  L2TP_AVP_HOST_NAME = 7,
  L2TP_AVP_VENDOR_NAME = 8,
  L2TP_AVP_ASSIGNED_TUNNEL_ID = 9,
  L2TP_AVP_RECEIVE_WINDOW_SIZE = 10,
  L2TP_AVP_CHALLENGE = 11,
  L2TP_AVP_Q931_CAUSE = 12,
  L2TP_AVP_CHALLENGE_RESPONSE = 13,
  L2TP_AVP_ASSIGNED_SESSION_ID = 14,
  L2TP_AVP_CALL_SERIAL_NUMBER = 15,
  L2TP_AVP_MINIMUM_BPS = 16,
  L2TP_AVP_MAXIMUM_BPS = 17,
  L2TP_AVP_BEARER_TYPE = 18,
  L2TP_AVP_FRAMING_TYPE = 19,
  L2TP_AVP_CALLED_NUMBER = 21,
  L2TP_AVP_CALLING_NUMBER = 22,
  L2TP_AVP_SUB_ADDRESS = 23,
  L2TP_AVP_TX_CONNECT_SPEED = 24,
  L2TP_AVP_PHYSICAL_CHANNEL_ID = 25,
  L2TP_AVP_INITIAL_RCVD_CONFREQ = 26,
  L2TP_AVP_LAST_SENT_CONFREQ = 27,
  L2TP_AVP_LAST_RCVD_CONFREQ = 28,
  L2TP_AVP_PROXY_AUTHEN_TYPE = 29,
  L2TP_AVP_PROXY_AUTHEN_NAME = 30,
  L2TP_AVP_PROXY_AUTHEN_CHALLENGE = 31,
  L2TP_AVP_PROXY_AUTHEN_ID = 32,
  L2TP_AVP_PROXY_AUTHEN_RESPONSE = 33,
  L2TP_AVP_CALL_ERRORS = 34,
  L2TP_AVP_ACCM = 35,
  L2TP_AVP_RANDOM_VECTOR = 36,
  L2TP_AVP_PRIVATE_GROUP_ID = 37,
  L2TP_AVP_RX_CONNECT_SPEED = 38,
  L2TP_AVP_SEQUENCING_REQUIRED = 39,
  L2TP_AVP_PPP_DISCONNECT_CAUSE = 46,
  L2TP_AVP_END = 47,
} L2tpAvpType;

/* How a value is stored in a message. */
typedef enum
{
  L2TP_AVP_KIND_FLAG,   /* no value: it is there or not */
  L2TP_AVP_KIND_U16,    /* guint16 */
  L2TP_AVP_KIND_U32,    /* guint32 */
  L2TP_AVP_KIND_OCTETS, /* L2tpOctets */
  L2TP_AVP_KIND_RESULT, /* L2tpResultCode */
  L2TP_AVP_KIND_CAUSE,  /* L2tpDisconnectCause */
} L2tpAvpKind;

typedef struct
{
  const char *name;
  L2tpAvpKind kind;
  guint16 min_len; /* of the value in clear */
  guint16 max_len;
  gboolean mandatory; /* the M bit we send; never enforced on receipt (HDR-26, HDR-27) */
  gboolean hidable;   /* HIDE-5 */
  gboolean nonzero;   /* the number 0 is out of range */
} L2tpAvpInfo;

/* l2tp_avp_lookup:
 * Returns NULL for an attribute that is unknown (HDR-24). */
const L2tpAvpInfo *l2tp_avp_lookup (guint16 vendor, guint16 type);

G_END_DECLS
