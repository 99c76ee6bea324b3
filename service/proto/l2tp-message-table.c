/* SPDX-License-Identifier: GPL-2.0-or-later */
/* SPDX-FileCopyrightText: The l2tp-client authors */

/* Which AVPs a message consists of, RFC 2661 section 6: the table behind parsing and building.
 *
 * The order of a table is the order on the wire of what we send (MSG-20, MSG-21). On receipt any
 * order is good (HDR-28). */

#include "l2tp-message-table.h"

#define AT(MEMBER) G_STRUCT_OFFSET (L2tpMessage, MEMBER)

#define MUST TRUE
#define MAY  FALSE

/* MSG-1 */
static const L2tpField sccrq[] = {
  { L2TP_AVP_PROTOCOL_VERSION, MUST, AT (start.protocol_version) },
  { L2TP_AVP_FRAMING_CAPABILITIES, MUST, AT (start.framing_capabilities) },
  { L2TP_AVP_BEARER_CAPABILITIES, MAY, AT (start.bearer_capabilities) },
  { L2TP_AVP_TIE_BREAKER, MAY, AT (start.tie_breaker) },
  { L2TP_AVP_FIRMWARE_REVISION, MAY, AT (start.firmware) },
  { L2TP_AVP_HOST_NAME, MUST, AT (start.host_name) },
  { L2TP_AVP_VENDOR_NAME, MAY, AT (start.vendor_name) },
  { L2TP_AVP_ASSIGNED_TUNNEL_ID, MUST, AT (start.tunnel_id) },
  { L2TP_AVP_RECEIVE_WINDOW_SIZE, MAY, AT (start.receive_window) },
  { L2TP_AVP_CHALLENGE, MAY, AT (start.challenge) },
};

/* MSG-2; whether AVP 13 must be there depends on what we asked: the state machine's matter. */
static const L2tpField sccrp[] = {
  { L2TP_AVP_PROTOCOL_VERSION, MUST, AT (start.protocol_version) },
  { L2TP_AVP_FRAMING_CAPABILITIES, MUST, AT (start.framing_capabilities) },
  { L2TP_AVP_BEARER_CAPABILITIES, MAY, AT (start.bearer_capabilities) },
  { L2TP_AVP_FIRMWARE_REVISION, MAY, AT (start.firmware) },
  { L2TP_AVP_HOST_NAME, MUST, AT (start.host_name) },
  { L2TP_AVP_VENDOR_NAME, MAY, AT (start.vendor_name) },
  { L2TP_AVP_ASSIGNED_TUNNEL_ID, MUST, AT (start.tunnel_id) },
  { L2TP_AVP_RECEIVE_WINDOW_SIZE, MAY, AT (start.receive_window) },
  { L2TP_AVP_CHALLENGE, MAY, AT (start.challenge) },
  { L2TP_AVP_CHALLENGE_RESPONSE, MAY, AT (start.response) },
};

/* MSG-3 */
static const L2tpField scccn[] = {
  { L2TP_AVP_CHALLENGE_RESPONSE, MAY, AT (connect_response) },
};

/* MSG-4 */
static const L2tpField stopccn[] = {
  { L2TP_AVP_ASSIGNED_TUNNEL_ID, MUST, AT (stop.tunnel_id) },
  { L2TP_AVP_RESULT_CODE, MUST, AT (stop.result) },
};

/* MSG-7 */
static const L2tpField ocrq[] = {
  { L2TP_AVP_ASSIGNED_SESSION_ID, MUST, AT (call.session_id) },
  { L2TP_AVP_CALL_SERIAL_NUMBER, MUST, AT (call.call_serial) },
  { L2TP_AVP_MINIMUM_BPS, MUST, AT (call.minimum_bps) },
  { L2TP_AVP_MAXIMUM_BPS, MUST, AT (call.maximum_bps) },
  { L2TP_AVP_BEARER_TYPE, MUST, AT (call.bearer_type) },
  { L2TP_AVP_FRAMING_TYPE, MUST, AT (call.framing_type) },
  { L2TP_AVP_CALLED_NUMBER, MUST, AT (call.called_number) },
  { L2TP_AVP_SUB_ADDRESS, MAY, AT (call.sub_address) },
};

/* MSG-8 */
static const L2tpField ocrp[] = {
  { L2TP_AVP_ASSIGNED_SESSION_ID, MUST, AT (call.session_id) },
  { L2TP_AVP_PHYSICAL_CHANNEL_ID, MAY, AT (call.physical_channel) },
};

/* MSG-9 */
static const L2tpField occn[] = {
  { L2TP_AVP_TX_CONNECT_SPEED, MUST, AT (connected.tx_speed) },
  { L2TP_AVP_FRAMING_TYPE, MUST, AT (connected.framing_type) },
  { L2TP_AVP_RX_CONNECT_SPEED, MAY, AT (connected.rx_speed) },
  { L2TP_AVP_SEQUENCING_REQUIRED, MAY, 0 },
};

/* MSG-10 */
static const L2tpField icrq[] = {
  { L2TP_AVP_ASSIGNED_SESSION_ID, MUST, AT (call.session_id) },
  { L2TP_AVP_CALL_SERIAL_NUMBER, MUST, AT (call.call_serial) },
  { L2TP_AVP_BEARER_TYPE, MAY, AT (call.bearer_type) },
  { L2TP_AVP_PHYSICAL_CHANNEL_ID, MAY, AT (call.physical_channel) },
  { L2TP_AVP_CALLING_NUMBER, MAY, AT (call.calling_number) },
  { L2TP_AVP_CALLED_NUMBER, MAY, AT (call.called_number) },
  { L2TP_AVP_SUB_ADDRESS, MAY, AT (call.sub_address) },
};

/* MSG-11 */
static const L2tpField icrp[] = {
  { L2TP_AVP_ASSIGNED_SESSION_ID, MUST, AT (call.session_id) },
};

/* MSG-12 */
static const L2tpField iccn[] = {
  { L2TP_AVP_TX_CONNECT_SPEED, MUST, AT (connected.tx_speed) },
  { L2TP_AVP_FRAMING_TYPE, MUST, AT (connected.framing_type) },
  { L2TP_AVP_RX_CONNECT_SPEED, MAY, AT (connected.rx_speed) },
  { L2TP_AVP_INITIAL_RCVD_CONFREQ, MAY, AT (connected.initial_rcvd_confreq) },
  { L2TP_AVP_LAST_SENT_CONFREQ, MAY, AT (connected.last_sent_confreq) },
  { L2TP_AVP_LAST_RCVD_CONFREQ, MAY, AT (connected.last_rcvd_confreq) },
  { L2TP_AVP_PROXY_AUTHEN_TYPE, MAY, AT (connected.proxy_type) },
  { L2TP_AVP_PROXY_AUTHEN_NAME, MAY, AT (connected.proxy_name) },
  { L2TP_AVP_PROXY_AUTHEN_CHALLENGE, MAY, AT (connected.proxy_challenge) },
  { L2TP_AVP_PROXY_AUTHEN_ID, MAY, AT (connected.proxy_id) },
  { L2TP_AVP_PROXY_AUTHEN_RESPONSE, MAY, AT (connected.proxy_response) },
  { L2TP_AVP_PRIVATE_GROUP_ID, MAY, AT (connected.private_group) },
  { L2TP_AVP_SEQUENCING_REQUIRED, MAY, 0 },
};

/* MSG-14 */
static const L2tpField cdn[] = {
  { L2TP_AVP_RESULT_CODE, MUST, AT (disconnect.result) },
  { L2TP_AVP_ASSIGNED_SESSION_ID, MUST, AT (disconnect.session_id) },
  { L2TP_AVP_Q931_CAUSE, MAY, AT (disconnect.q931_cause) },
  { L2TP_AVP_PPP_DISCONNECT_CAUSE, MAY, AT (disconnect.cause) },
};

/* MSG-15 */
static const L2tpField wen[] = {
  { L2TP_AVP_CALL_ERRORS, MUST, AT (call_errors) },
};

/* MSG-16 */
static const L2tpField sli[] = {
  { L2TP_AVP_ACCM, MUST, AT (accm) },
};

#define FIELDS(TABLE) TABLE, G_N_ELEMENTS (TABLE)

static const L2tpMessageSpec specs[] = {
  [L2TP_MESSAGE_SCCRQ] = { "SCCRQ", FALSE, FALSE, FIELDS (sccrq) },
  [L2TP_MESSAGE_SCCRP] = { "SCCRP", FALSE, FALSE, FIELDS (sccrp) },
  [L2TP_MESSAGE_SCCCN] = { "SCCCN", FALSE, FALSE, FIELDS (scccn) },
  [L2TP_MESSAGE_STOPCCN] = { "StopCCN", FALSE, TRUE, FIELDS (stopccn) },
  [L2TP_MESSAGE_HELLO] = { "HELLO", FALSE, FALSE, NULL, 0 }, /* MSG-6 */
  [L2TP_MESSAGE_OCRQ] = { "OCRQ", TRUE, FALSE, FIELDS (ocrq) },
  [L2TP_MESSAGE_OCRP] = { "OCRP", TRUE, FALSE, FIELDS (ocrp) },
  [L2TP_MESSAGE_OCCN] = { "OCCN", TRUE, FALSE, FIELDS (occn) },
  [L2TP_MESSAGE_ICRQ] = { "ICRQ", TRUE, FALSE, FIELDS (icrq) },
  [L2TP_MESSAGE_ICRP] = { "ICRP", TRUE, FALSE, FIELDS (icrp) },
  [L2TP_MESSAGE_ICCN] = { "ICCN", TRUE, FALSE, FIELDS (iccn) },
  [L2TP_MESSAGE_CDN] = { "CDN", TRUE, TRUE, FIELDS (cdn) },
  [L2TP_MESSAGE_WEN] = { "WEN", TRUE, FALSE, FIELDS (wen) },
  [L2TP_MESSAGE_SLI] = { "SLI", TRUE, FALSE, FIELDS (sli) },
};

const L2tpMessageSpec *
l2tp_message_lookup (guint type)
{
  if (type >= G_N_ELEMENTS (specs) || specs[type].name == NULL)
    return NULL;
  return &specs[type];
}

const L2tpField *
l2tp_message_lookup_field (const L2tpMessageSpec *spec, guint avp)
{
  for (guint i = 0; i < spec->n_fields; i++)
    if (spec->fields[i].avp == avp)
      return &spec->fields[i];
  return NULL;
}

const char *
l2tp_message_type_to_string (guint type)
{
  const L2tpMessageSpec *spec = l2tp_message_lookup (type);

  return spec != NULL ? spec->name : NULL;
}
