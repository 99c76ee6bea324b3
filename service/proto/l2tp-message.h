/* SPDX-License-Identifier: GPL-2.0-or-later */
/* SPDX-FileCopyrightText: The l2tp-client authors */

/* Control messages as typed structs (RFC 2661 section 6). Parsing validates everything and acts on
 * nothing. */

#pragma once

#include <glib.h>

#include "l2tp-avp.h"
#include "l2tp-random.h"
#include "l2tp-result.h"
#include "l2tp-wire.h"

G_BEGIN_DECLS

typedef enum
{
  L2TP_MESSAGE_SCCRQ = 1,
  L2TP_MESSAGE_SCCRP = 2,
  L2TP_MESSAGE_SCCCN = 3,
  L2TP_MESSAGE_STOPCCN = 4,
  L2TP_MESSAGE_HELLO = 6,
  L2TP_MESSAGE_OCRQ = 7,
  L2TP_MESSAGE_OCRP = 8,
  L2TP_MESSAGE_OCCN = 9,
  L2TP_MESSAGE_ICRQ = 10,
  L2TP_MESSAGE_ICRP = 11,
  L2TP_MESSAGE_ICCN = 12,
  L2TP_MESSAGE_CDN = 14,
  L2TP_MESSAGE_WEN = 15,
  L2TP_MESSAGE_SLI = 16,
} L2tpMessageType;

/* Result Codes we send (ERR-1 … ERR-8), and Error Codes (ERR-9). */
#define L2TP_GENERAL_ERROR          2 /* in StopCCN and CDN */
#define L2TP_STOPCCN_CLEAR          1
#define L2TP_STOPCCN_NOT_AUTHORISED 4
#define L2TP_STOPCCN_VERSION        5
#define L2TP_STOPCCN_FSM            7
#define L2TP_CDN_NO_FACILITIES      5
#define L2TP_CDN_TIMEOUT            10

#define L2TP_ERROR_CODE_LENGTH      2
#define L2TP_ERROR_CODE_RANGE       3
#define L2TP_ERROR_CODE_SPECIFIC    6
#define L2TP_ERROR_CODE_TRY_ANOTHER 7
#define L2TP_ERROR_CODE_UNKNOWN     8

#define L2TP_PROTOCOL_VERSION  0x0100 /* version 1, revision 0 (AVP-2) */
#define L2TP_FRAMING_SYNC      1
#define L2TP_FRAMING_ASYNC     2
#define L2TP_PROXY_AUTHEN_NONE 4

typedef struct
{
  guint16 result;
  guint16 error;
  L2tpOctets text;
} L2tpResultCode;

/* SCCRQ and SCCRP. */
typedef struct
{
  guint16 protocol_version;
  guint32 framing_capabilities;
  guint32 bearer_capabilities;
  L2tpOctets tie_breaker; /* SCCRQ only */
  guint16 firmware;
  L2tpOctets host_name;
  L2tpOctets vendor_name;
  guint16 tunnel_id;
  guint16 receive_window;
  L2tpOctets challenge;
  L2tpOctets response; /* SCCRP only */
} L2tpStartControl;

/* ICRQ, ICRP, OCRQ and OCRP. */
typedef struct
{
  guint16 session_id;
  guint32 call_serial;
  guint32 minimum_bps;
  guint32 maximum_bps;
  guint32 bearer_type;
  guint32 framing_type;
  L2tpOctets called_number;
  L2tpOctets calling_number;
  L2tpOctets sub_address;
  guint32 physical_channel;
} L2tpCall;

/* ICCN and OCCN. */
typedef struct
{
  guint32 tx_speed;
  guint32 rx_speed;
  guint32 framing_type;
  L2tpOctets initial_rcvd_confreq;
  L2tpOctets last_sent_confreq;
  L2tpOctets last_rcvd_confreq;
  guint16 proxy_type;
  L2tpOctets proxy_name;
  L2tpOctets proxy_challenge;
  guint16 proxy_id;
  L2tpOctets proxy_response;
  L2tpOctets private_group;
} L2tpCallConnected;

/* Octets are borrowed, from the datagram or from @clear. */
typedef struct
{
  L2tpMessageType type;
  guint64 present; /* L2TP_AVP_BIT() of each AVP that came, or is to be built */
  union
  {
    L2tpStartControl start;      /* SCCRQ, SCCRP */
    L2tpOctets connect_response; /* SCCCN */
    struct
    {
      guint16 tunnel_id;
      L2tpResultCode result;
    } stop;                      /* StopCCN */
    L2tpCall call;               /* ICRQ, ICRP, OCRQ, OCRP */
    L2tpCallConnected connected; /* ICCN, OCCN */
    struct
    {
      guint16 session_id;
      L2tpResultCode result;
      L2tpOctets q931_cause;
      L2tpDisconnectCause cause;
      L2tpOctets cause_text; /* of the cause's AVP */
    } disconnect;            /* CDN */
    L2tpOctets call_errors;  /* WEN */
    L2tpOctets accm;         /* SLI */
  };
  GByteArray *clear; /* values that came hidden, or NULL */
} L2tpMessage;

#define L2TP_AVP_BIT(TYPE) (G_GUINT64_CONSTANT (1) << (TYPE))

static inline gboolean
l2tp_message_has (const L2tpMessage *message, L2tpAvpType type)
{
  return (message->present & L2TP_AVP_BIT (type)) != 0;
}

void l2tp_message_clear (L2tpMessage *message);
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (L2tpMessage, l2tp_message_clear)

typedef enum
{
  L2TP_VERDICT_OK,
  L2TP_VERDICT_IGNORE,    /* unknown, and not mandatory: acknowledge and forget (HDR-29) */
  L2TP_VERDICT_MALFORMED, /* clear the session or the tunnel */
} L2tpVerdict;

/* What a malformed message earns. The numbers mean the same in StopCCN and CDN, except that a
 * result other than 2 occurs for a tunnel only. */
typedef struct
{
  gboolean session; /* it is a session's message: the tunnel survives (HDR-24) */
  guint16
      peer_id; /* what an SCCRP, ICRQ or OCRQ assigns, if it was read before the fault, else 0 */
  guint16 result;
  guint16 error;
  char text[96]; /* UTF-8, our own words */
} L2tpFault;

/* l2tp_fault_get_kind:
 * Returns what to call it: most are MALFORMED; an unsupported version is VERSION (TUN-25), a hidden
 * AVP without a secret to uncover it, which alone earns 2/6, SECRET_MISSING (HIDE-5). */
L2tpResultKind l2tp_fault_get_kind (const L2tpFault *fault);

/* l2tp_message_parse:
 * @payload: what follows the header, at least one octet
 * @secret: of the tunnel, to uncover hidden AVPs; no data: none
 * @ret_message: written when OK
 * @ret_fault: written when MALFORMED */
L2tpVerdict l2tp_message_parse (L2tpOctets payload,
                                L2tpOctets secret,
                                L2tpMessage *ret_message,
                                L2tpFault *ret_fault);

/* l2tp_message_build:
 * @session_id: of the header: the receiver's, 0 if not known or a tunnel's message
 * Returns (transfer full) the packet with the AVPs of @message->present, not yet sealed. */
GByteArray *l2tp_message_build (const L2tpMessage *message, guint16 session_id);

/* l2tp_message_build_hidden:
 * As l2tp_message_build(), with the values of all AVPs that can be hidden by @secret, under a new
 * Random Vector (HIDE-7). */
GByteArray *l2tp_message_build_hidden (const L2tpMessage *message,
                                       guint16 session_id,
                                       L2tpOctets secret,
                                       L2tpRandom *random);

/* l2tp_message_type_to_string:
 * Returns NULL for a type RFC 2661 does not define. */
const char *l2tp_message_type_to_string (guint type);

G_END_DECLS
