/* SPDX-License-Identifier: GPL-2.0-or-later */
/* SPDX-FileCopyrightText: The l2tp-client authors */

/* The catalogue of attributes, RFC 2661 section 4.4 and RFC 3145 section 2.
 *
 * One row an AVP; row n carries the ID AVP-n. What is not here is unknown (HDR-24): 20 was never
 * assigned, 40-45 and everything from 47 on mean nothing to this client. */

#include "l2tp-avp.h"

#define ANY L2TP_AVP_MAX_VALUE

/* clang-format off */
static const L2tpAvpInfo catalogue[L2TP_AVP_END] = {
  /*                                    name                      kind                  min  max  M      H      nonzero */
  [L2TP_AVP_MESSAGE_TYPE]           = { "Message Type",           L2TP_AVP_KIND_U16,      2,   2, TRUE,  FALSE, FALSE },
  [L2TP_AVP_RESULT_CODE]            = { "Result Code",            L2TP_AVP_KIND_RESULT,   2, ANY, TRUE,  FALSE, FALSE },
  [L2TP_AVP_PROTOCOL_VERSION]       = { "Protocol Version",       L2TP_AVP_KIND_U16,      2,   2, TRUE,  FALSE, FALSE },
  [L2TP_AVP_FRAMING_CAPABILITIES]   = { "Framing Capabilities",   L2TP_AVP_KIND_U32,      4,   4, TRUE,  TRUE,  FALSE },
  [L2TP_AVP_BEARER_CAPABILITIES]    = { "Bearer Capabilities",    L2TP_AVP_KIND_U32,      4,   4, TRUE,  TRUE,  FALSE },
  [L2TP_AVP_TIE_BREAKER]            = { "Tie Breaker",            L2TP_AVP_KIND_OCTETS,   8,   8, FALSE, FALSE, FALSE },
  [L2TP_AVP_FIRMWARE_REVISION]      = { "Firmware Revision",      L2TP_AVP_KIND_U16,      2,   2, FALSE, TRUE,  FALSE },
  [L2TP_AVP_HOST_NAME]              = { "Host Name",              L2TP_AVP_KIND_OCTETS,   1, ANY, TRUE,  FALSE, FALSE },
  [L2TP_AVP_VENDOR_NAME]            = { "Vendor Name",            L2TP_AVP_KIND_OCTETS,   0, ANY, FALSE, TRUE,  FALSE },
  [L2TP_AVP_ASSIGNED_TUNNEL_ID]     = { "Assigned Tunnel ID",     L2TP_AVP_KIND_U16,      2,   2, TRUE,  TRUE,  TRUE  },
  [L2TP_AVP_RECEIVE_WINDOW_SIZE]    = { "Receive Window Size",    L2TP_AVP_KIND_U16,      2,   2, TRUE,  FALSE, TRUE  },
  [L2TP_AVP_CHALLENGE]              = { "Challenge",              L2TP_AVP_KIND_OCTETS,   1, ANY, TRUE,  TRUE,  FALSE },
  [L2TP_AVP_Q931_CAUSE]             = { "Q.931 Cause Code",       L2TP_AVP_KIND_OCTETS,   3, ANY, TRUE,  FALSE, FALSE },
  [L2TP_AVP_CHALLENGE_RESPONSE]     = { "Challenge Response",     L2TP_AVP_KIND_OCTETS,  16,  16, TRUE,  TRUE,  FALSE },
  [L2TP_AVP_ASSIGNED_SESSION_ID]    = { "Assigned Session ID",    L2TP_AVP_KIND_U16,      2,   2, TRUE,  TRUE,  TRUE  },
  [L2TP_AVP_CALL_SERIAL_NUMBER]     = { "Call Serial Number",     L2TP_AVP_KIND_U32,      4,   4, TRUE,  TRUE,  FALSE },
  [L2TP_AVP_MINIMUM_BPS]            = { "Minimum BPS",            L2TP_AVP_KIND_U32,      4,   4, TRUE,  TRUE,  FALSE },
  [L2TP_AVP_MAXIMUM_BPS]            = { "Maximum BPS",            L2TP_AVP_KIND_U32,      4,   4, TRUE,  TRUE,  FALSE },
  [L2TP_AVP_BEARER_TYPE]            = { "Bearer Type",            L2TP_AVP_KIND_U32,      4,   4, TRUE,  TRUE,  FALSE },
  [L2TP_AVP_FRAMING_TYPE]           = { "Framing Type",           L2TP_AVP_KIND_U32,      4,   4, TRUE,  TRUE,  FALSE },
  [L2TP_AVP_CALLED_NUMBER]          = { "Called Number",          L2TP_AVP_KIND_OCTETS,   0, ANY, TRUE,  TRUE,  FALSE },
  [L2TP_AVP_CALLING_NUMBER]         = { "Calling Number",         L2TP_AVP_KIND_OCTETS,   0, ANY, TRUE,  TRUE,  FALSE },
  [L2TP_AVP_SUB_ADDRESS]            = { "Sub-Address",            L2TP_AVP_KIND_OCTETS,   0, ANY, TRUE,  TRUE,  FALSE },
  [L2TP_AVP_TX_CONNECT_SPEED]       = { "Tx Connect Speed",       L2TP_AVP_KIND_U32,      4,   4, TRUE,  TRUE,  FALSE },
  [L2TP_AVP_PHYSICAL_CHANNEL_ID]    = { "Physical Channel ID",    L2TP_AVP_KIND_U32,      4,   4, FALSE, TRUE,  FALSE },
  [L2TP_AVP_INITIAL_RCVD_CONFREQ]   = { "Initial Rcvd CONFREQ",   L2TP_AVP_KIND_OCTETS,   0, ANY, FALSE, TRUE,  FALSE },
  [L2TP_AVP_LAST_SENT_CONFREQ]      = { "Last Sent CONFREQ",      L2TP_AVP_KIND_OCTETS,   0, ANY, FALSE, TRUE,  FALSE },
  [L2TP_AVP_LAST_RCVD_CONFREQ]      = { "Last Rcvd CONFREQ",      L2TP_AVP_KIND_OCTETS,   0, ANY, FALSE, TRUE,  FALSE },
  [L2TP_AVP_PROXY_AUTHEN_TYPE]      = { "Proxy Authen Type",      L2TP_AVP_KIND_U16,      2,   2, FALSE, TRUE,  FALSE },
  [L2TP_AVP_PROXY_AUTHEN_NAME]      = { "Proxy Authen Name",      L2TP_AVP_KIND_OCTETS,   0, ANY, FALSE, TRUE,  FALSE },
  [L2TP_AVP_PROXY_AUTHEN_CHALLENGE] = { "Proxy Authen Challenge", L2TP_AVP_KIND_OCTETS,   1, ANY, FALSE, TRUE,  FALSE },
  [L2TP_AVP_PROXY_AUTHEN_ID]        = { "Proxy Authen ID",        L2TP_AVP_KIND_U16,      2,   2, FALSE, TRUE,  FALSE },
  [L2TP_AVP_PROXY_AUTHEN_RESPONSE]  = { "Proxy Authen Response",  L2TP_AVP_KIND_OCTETS,   0, ANY, FALSE, TRUE,  FALSE },
  [L2TP_AVP_CALL_ERRORS]            = { "Call Errors",            L2TP_AVP_KIND_OCTETS,  26,  26, TRUE,  TRUE,  FALSE },
  [L2TP_AVP_ACCM]                   = { "ACCM",                   L2TP_AVP_KIND_OCTETS,  10,  10, TRUE,  TRUE,  FALSE },
  [L2TP_AVP_RANDOM_VECTOR]          = { "Random Vector",          L2TP_AVP_KIND_OCTETS,   0, ANY, TRUE,  FALSE, FALSE },
  [L2TP_AVP_PRIVATE_GROUP_ID]       = { "Private Group ID",       L2TP_AVP_KIND_OCTETS,   0, ANY, FALSE, TRUE,  FALSE },
  [L2TP_AVP_RX_CONNECT_SPEED]       = { "Rx Connect Speed",       L2TP_AVP_KIND_U32,      4,   4, FALSE, TRUE,  FALSE },
  [L2TP_AVP_SEQUENCING_REQUIRED]    = { "Sequencing Required",    L2TP_AVP_KIND_FLAG,     0,   0, TRUE,  FALSE, FALSE },
  [L2TP_AVP_PPP_DISCONNECT_CAUSE]   = { "PPP Disconnect Cause",   L2TP_AVP_KIND_CAUSE,    5, ANY, FALSE, TRUE,  FALSE },
};
/* clang-format on */

const L2tpAvpInfo *
l2tp_avp_lookup (guint16 vendor, guint16 type)
{
  if (vendor != 0 || type >= L2TP_AVP_END || catalogue[type].name == NULL)
    return NULL;
  return &catalogue[type];
}
