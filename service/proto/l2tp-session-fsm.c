/* SPDX-License-Identifier: GPL-2.0-or-later */
/* SPDX-FileCopyrightText: The l2tp-client authors */

/* The state machine of a session, RFC 2661 section 7.4.1: incoming call, LAC's side.
 *
 * One table; what has no row is acknowledged and ignored, SLI and WEN among it (SES-14, SES-15).
 * REPLIED is the RFC's step between ICRP and ICCN: the owner makes the data path ready in it.
 * A session that enters IDLE again is reported and freed. */

#include "l2tp-tunnel-private.h"

#include <string.h>

typedef void (*Action) (L2tpSession *self, const L2tpInputData *data);

typedef struct
{
  L2tpSessionState state;
  L2tpSessionInput input;
  Action action;
  L2tpSessionState next;
} Row;

#define BIT(STATE) (1u << L2TP_SESSION_STATE_##STATE)

/* Where each state may lead. */
static const guint whitelist[] = {
  [L2TP_SESSION_STATE_IDLE] = BIT (WAIT_TUNNEL),
  [L2TP_SESSION_STATE_WAIT_TUNNEL] = BIT (WAIT_REPLY) | BIT (IDLE),
  [L2TP_SESSION_STATE_WAIT_REPLY] = BIT (REPLIED) | BIT (IDLE),
  [L2TP_SESSION_STATE_REPLIED] = BIT (ESTABLISHED) | BIT (IDLE),
  [L2TP_SESSION_STATE_ESTABLISHED] = BIT (IDLE),
};

static const char *const input_names[] = {
  [L2TP_SESSION_INPUT_REQUEST] = "request",
  [L2TP_SESSION_INPUT_TUNNEL_OPEN] = "tunnel-open",
  [L2TP_SESSION_INPUT_TUNNEL_DOWN] = "tunnel-down",
  [L2TP_SESSION_INPUT_CONNECT] = "connect",
  [L2TP_SESSION_INPUT_CLOSE] = "close",
  [L2TP_SESSION_INPUT_ICRQ] = "icrq",
  [L2TP_SESSION_INPUT_ICRP] = "icrp",
  [L2TP_SESSION_INPUT_ICCN] = "iccn",
  [L2TP_SESSION_INPUT_OUTGOING] = "outgoing-call",
  [L2TP_SESSION_INPUT_CDN] = "cdn",
  [L2TP_SESSION_INPUT_MALFORMED] = "malformed",
  [L2TP_SESSION_INPUT_ICCN_ACKNOWLEDGED] = "iccn-acknowledged",
  [L2TP_SESSION_INPUT_GUARD] = "guard",
};

static void
set_state (L2tpSession *self, gint64 now, L2tpSessionState next, const char *reason)
{
  L2tpTunnel *tunnel = self->tunnel;

  if (next == self->state)
    return;

  g_return_if_fail ((whitelist[self->state] & (1u << next)) != 0);

  l2tp_tunnel_push_trace (tunnel, self, l2tp_session_state_to_string (self->state),
                          l2tp_session_state_to_string (next), reason);
  self->state = next;
  self->guard_at = next == L2TP_SESSION_STATE_WAIT_REPLY || next == L2TP_SESSION_STATE_REPLIED
                       ? now + L2TP_GUARD_TIME
                       : -1;
  if (next == L2TP_SESSION_STATE_IDLE)
    {
      l2tp_tunnel_push_event (tunnel, L2TP_EVENT_SESSION_DOWN, self, &self->result);
      g_ptr_array_remove (tunnel->sessions, self);
      l2tp_tunnel_check_empty (tunnel, now);
    }
}

static void
nothing (L2tpSession *self, const L2tpInputData *data)
{
}

static void
add_number (L2tpMessage *message, L2tpAvpType type, L2tpOctets *field, const char *number)
{
  if (number == NULL)
    return;
  message->present |= L2TP_AVP_BIT (type);
  *field = (L2tpOctets){ (const guint8 *) number, strlen (number) };
}

static void
send_icrq (L2tpSession *self, const L2tpInputData *data)
{
  L2tpMessage message = { .type = L2TP_MESSAGE_ICRQ };

  message.present = L2TP_AVP_BIT (L2TP_AVP_ASSIGNED_SESSION_ID) | /* MSG-21 */
                    L2TP_AVP_BIT (L2TP_AVP_CALL_SERIAL_NUMBER) |
                    L2TP_AVP_BIT (L2TP_AVP_BEARER_TYPE);
  message.call.session_id = self->config.session_id;
  message.call.call_serial = self->config.call_serial;
  add_number (&message, L2TP_AVP_CALLING_NUMBER, &message.call.calling_number,
              self->config.calling_number);
  add_number (&message, L2TP_AVP_CALLED_NUMBER, &message.call.called_number,
              self->config.called_number);
  l2tp_tunnel_send (self->tunnel, &message, 0);
}

/* SES-5: the owner's turn. Its ICCN can carry the acknowledgement. */
static void
accept_icrp (L2tpSession *self, const L2tpInputData *data)
{
  self->peer_id = data->message->call.session_id;
  self->tunnel->secret_accepted = TRUE;
  l2tp_tunnel_push_event (self->tunnel, L2TP_EVENT_SESSION_REPLIED, self, NULL);
  l2tp_channel_delay_acknowledgement (self->tunnel->channel, data->now);
}

static void
send_iccn (L2tpSession *self, const L2tpInputData *data)
{
  L2tpMessage message = { .type = L2TP_MESSAGE_ICCN };
  gboolean sync = (self->tunnel->peer_framing & L2TP_FRAMING_SYNC) != 0;

  message.present = L2TP_AVP_BIT (L2TP_AVP_TX_CONNECT_SPEED) | /* MSG-21 */
                    L2TP_AVP_BIT (L2TP_AVP_FRAMING_TYPE) |
                    L2TP_AVP_BIT (L2TP_AVP_PROXY_AUTHEN_TYPE);
  if (self->config.rx_connect_speed != 0)
    message.present |= L2TP_AVP_BIT (L2TP_AVP_RX_CONNECT_SPEED);
  if (self->config.sequencing) /* DATA-3 */
    message.present |= L2TP_AVP_BIT (L2TP_AVP_SEQUENCING_REQUIRED);
  message.connected.tx_speed = self->config.tx_connect_speed;
  message.connected.rx_speed = self->config.rx_connect_speed;
  message.connected.framing_type = sync ? L2TP_FRAMING_SYNC : L2TP_FRAMING_ASYNC; /* MSG-22 */
  message.connected.proxy_type = L2TP_PROXY_AUTHEN_NONE;
  self->iccn_ns = l2tp_tunnel_send (self->tunnel, &message, self->peer_id);
  self->iccn_out = TRUE;
}

static void
report_up (L2tpSession *self, const L2tpInputData *data)
{
  self->iccn_out = FALSE;
  l2tp_tunnel_push_event (self->tunnel, L2TP_EVENT_SESSION_UP, self, NULL);
}

/* MSG-24: header id 0 as long as the peer's is not known. */
static void
send_cdn (L2tpSession *self)
{
  L2tpMessage message = { .type = L2TP_MESSAGE_CDN };

  message.present =
      L2TP_AVP_BIT (L2TP_AVP_RESULT_CODE) | L2TP_AVP_BIT (L2TP_AVP_ASSIGNED_SESSION_ID);
  message.disconnect.session_id = self->config.session_id;
  message.disconnect.result = l2tp_result_code_from (&self->result);
  if (self->result.cause.code != 0)
    {
      message.present |= L2TP_AVP_BIT (L2TP_AVP_PPP_DISCONNECT_CAUSE);
      message.disconnect.cause = self->result.cause;
    }
  l2tp_tunnel_send (self->tunnel, &message, self->peer_id);
}

static void
close_locally (L2tpSession *self, const L2tpInputData *data)
{
  l2tp_result_copy (data->result, &self->result);
  send_cdn (self);
}

/* SES-4, SES-13 */
static void
clean (L2tpSession *self, const L2tpInputData *data)
{
  l2tp_result_copy (data->result, &self->result);
}

/* SES-8, SES-10; the cause is for people only (ERR-24), its text if there is no better one. */
static void
take_cdn (L2tpSession *self, const L2tpInputData *data)
{
  const L2tpMessage *cdn = data->message;
  L2tpOctets text = cdn->disconnect.cause_text;

  self->result = l2tp_result_from_peer (L2TP_RESULT_CDN, &cdn->disconnect.result);
  if (!l2tp_message_has (cdn, L2TP_AVP_PPP_DISCONNECT_CAUSE))
    return;
  self->result.cause = cdn->disconnect.cause;
  if (self->result.text == NULL && text.len > 0)
    self->result.text = l2tp_text_sanitise (text.data, text.len);
}

static void
note_violation (L2tpSession *self, const L2tpInputData *data)
{
  self->result.kind = L2TP_RESULT_FSM;
  self->result.result = L2TP_GENERAL_ERROR;
  self->result.error = L2TP_ERROR_CODE_SPECIFIC;
  self->result.text =
      g_strdup_printf ("%s out of turn", l2tp_message_type_to_string (data->message->type));
}

/* ERR-33 */
static void
refuse_message (L2tpSession *self, const L2tpInputData *data)
{
  note_violation (self, data);
  send_cdn (self);
}

static void
refuse_malformed (L2tpSession *self, const L2tpInputData *data)
{
  self->result.kind = l2tp_fault_get_kind (data->fault);
  self->result.result = data->fault->result;
  self->result.error = data->fault->error;
  self->result.text = g_strdup (data->fault->text);
  send_cdn (self);
}

static void
close_guard (L2tpSession *self, const L2tpInputData *data)
{
  self->result.kind = L2TP_RESULT_GUARD;
  self->result.result = L2TP_CDN_TIMEOUT;
  send_cdn (self);
}

/* The peer answered; it is our owner who never made a data path. */
static void
close_unready (L2tpSession *self, const L2tpInputData *data)
{
  self->result.kind = L2TP_RESULT_LOCAL;
  self->result.result = L2TP_CDN_TIMEOUT;
  send_cdn (self);
}

#define IDLE        L2TP_SESSION_STATE_IDLE
#define WAIT_TUNNEL L2TP_SESSION_STATE_WAIT_TUNNEL
#define WAIT_REPLY  L2TP_SESSION_STATE_WAIT_REPLY
#define REPLIED     L2TP_SESSION_STATE_REPLIED
#define ESTABLISHED L2TP_SESSION_STATE_ESTABLISHED
#define ON(INPUT)   L2TP_SESSION_INPUT_##INPUT

/* clang-format off */
static const Row rows[] = {
  /* state       event                   action            next state */
  { IDLE,        ON (REQUEST),           nothing,          WAIT_TUNNEL }, /* SES-1 */

  { WAIT_TUNNEL, ON (TUNNEL_OPEN),       send_icrq,        WAIT_REPLY },  /* SES-3 */
  { WAIT_TUNNEL, ON (CLOSE),             clean,            IDLE },        /* SES-4 */
  { WAIT_TUNNEL, ON (TUNNEL_DOWN),       clean,            IDLE },        /* SES-13 */

  { WAIT_REPLY,  ON (ICRP),              accept_icrp,      REPLIED },     /* SES-5 */
  { WAIT_REPLY,  ON (MALFORMED),         refuse_malformed, IDLE },        /* SES-6 */
  { WAIT_REPLY,  ON (ICRQ),              refuse_message,   IDLE },        /* SES-7 */
  { WAIT_REPLY,  ON (OUTGOING),          refuse_message,   IDLE },        /* ERR-33 */
  { WAIT_REPLY,  ON (CDN),               take_cdn,         IDLE },        /* SES-8 */
  { WAIT_REPLY,  ON (ICCN),              note_violation,   IDLE },        /* SES-8 */
  { WAIT_REPLY,  ON (CLOSE),             close_locally,    IDLE },        /* SES-9 */
  { WAIT_REPLY,  ON (GUARD),             close_guard,      IDLE },        /* SES-25 */
  { WAIT_REPLY,  ON (TUNNEL_DOWN),       clean,            IDLE },        /* SES-13 */

  { REPLIED,     ON (CONNECT),           send_iccn,        ESTABLISHED }, /* SES-5 */
  { REPLIED,     ON (CDN),               take_cdn,         IDLE },        /* SES-10 */
  { REPLIED,     ON (ICRQ),              refuse_message,   IDLE },        /* SES-11 */
  { REPLIED,     ON (ICRP),              refuse_message,   IDLE },        /* SES-11 */
  { REPLIED,     ON (ICCN),              refuse_message,   IDLE },        /* SES-11 */
  { REPLIED,     ON (OUTGOING),          refuse_message,   IDLE },        /* ERR-33 */
  { REPLIED,     ON (MALFORMED),         refuse_malformed, IDLE },        /* HDR-24, HDR-25 */
  { REPLIED,     ON (CLOSE),             close_locally,    IDLE },        /* SES-12 */
  { REPLIED,     ON (GUARD),             close_unready,    IDLE },        /* SES-25 */
  { REPLIED,     ON (TUNNEL_DOWN),       clean,            IDLE },        /* SES-13 */

  { ESTABLISHED, ON (ICCN_ACKNOWLEDGED), report_up,        ESTABLISHED },
  { ESTABLISHED, ON (CDN),               take_cdn,         IDLE },        /* SES-10 */
  { ESTABLISHED, ON (ICRQ),              refuse_message,   IDLE },        /* SES-11 */
  { ESTABLISHED, ON (ICRP),              refuse_message,   IDLE },        /* SES-11 */
  { ESTABLISHED, ON (ICCN),              refuse_message,   IDLE },        /* SES-11 */
  { ESTABLISHED, ON (OUTGOING),          refuse_message,   IDLE },        /* ERR-33 */
  { ESTABLISHED, ON (MALFORMED),         refuse_malformed, IDLE },        /* HDR-24, HDR-25 */
  { ESTABLISHED, ON (CLOSE),             close_locally,    IDLE },        /* SES-12 */
  { ESTABLISHED, ON (TUNNEL_DOWN),       clean,            IDLE },        /* SES-13 */
};
/* clang-format on */

void
l2tp_session_run (L2tpSession *self, L2tpSessionInput input, const L2tpInputData *data)
{
  for (guint i = 0; i < G_N_ELEMENTS (rows); i++)
    if (rows[i].state == self->state && rows[i].input == input)
      {
        rows[i].action (self, data);
        set_state (self, data->now, rows[i].next, input_names[input]);
        return;
      }
}

L2tpSession *
l2tp_session_new (L2tpTunnel *tunnel, const L2tpSessionConfig *config)
{
  L2tpSession *self = g_new0 (L2tpSession, 1);

  self->tunnel = tunnel;
  self->config = *config;
  self->config.calling_number = g_strdup (config->calling_number);
  self->config.called_number = g_strdup (config->called_number);
  self->guard_at = -1;
  return self;
}

void
l2tp_session_free (L2tpSession *self)
{
  l2tp_result_clear (&self->result);
  g_free ((gpointer) self->config.calling_number);
  g_free ((gpointer) self->config.called_number);
  g_free (self);
}

L2tpSession *
l2tp_session_find (const L2tpTunnel *tunnel, guint16 session_id)
{
  for (guint i = 0; i < tunnel->sessions->len; i++)
    {
      L2tpSession *session = g_ptr_array_index (tunnel->sessions, i);

      if (session->config.session_id == session_id)
        return session;
    }
  return NULL;
}

/* SES-23: whom a message means. */
static L2tpSession *
find_addressee (const L2tpTunnel *tunnel, guint16 session_id, const L2tpMessage *message)
{
  guint16 peer_id = message->type == L2TP_MESSAGE_CDN ? message->disconnect.session_id : 0;

  if (session_id != 0)
    return l2tp_session_find (tunnel, session_id);
  if (peer_id == 0)
    return NULL;

  for (guint i = 0; i < tunnel->sessions->len; i++)
    {
      L2tpSession *session = g_ptr_array_index (tunnel->sessions, i);

      if (session->peer_id == peer_id)
        return session;
    }
  return NULL;
}

/* SES-20, SES-21: a client takes no calls. The tunnel is not touched. */
static void
refuse_call (L2tpTunnel *tunnel, guint16 call_id, const L2tpResult *result)
{
  L2tpMessage message = { .type = L2TP_MESSAGE_CDN };

  if (l2tp_channel_get_backlog (tunnel->channel) >= L2TP_MAX_REFUSALS)
    return;

  do
    tunnel->refused_id++;
  while (tunnel->refused_id == 0 || l2tp_session_find (tunnel, tunnel->refused_id) != NULL);

  message.present =
      L2TP_AVP_BIT (L2TP_AVP_RESULT_CODE) | L2TP_AVP_BIT (L2TP_AVP_ASSIGNED_SESSION_ID);
  message.disconnect.session_id = tunnel->refused_id;
  message.disconnect.result = l2tp_result_code_from (result);
  l2tp_tunnel_send (tunnel, &message, call_id);
}

static gboolean
input_from_message (L2tpMessageType type, L2tpSessionInput *ret_input)
{
  static const struct
  {
    L2tpMessageType type;
    L2tpSessionInput input;
  } inputs[] = {
    { L2TP_MESSAGE_ICRQ, ON (ICRQ) },     { L2TP_MESSAGE_ICRP, ON (ICRP) },
    { L2TP_MESSAGE_ICCN, ON (ICCN) },     { L2TP_MESSAGE_CDN, ON (CDN) },
    { L2TP_MESSAGE_OCRP, ON (OUTGOING) }, { L2TP_MESSAGE_OCCN, ON (OUTGOING) },
    { L2TP_MESSAGE_OCRQ, ON (OUTGOING) },
  };

  for (guint i = 0; i < G_N_ELEMENTS (inputs); i++)
    if (inputs[i].type == type)
      {
        *ret_input = inputs[i].input;
        return TRUE;
      }
  return FALSE;
}

void
l2tp_session_dispatch (L2tpTunnel *tunnel,
                       gint64 now,
                       guint16 session_id,
                       const L2tpMessage *message)
{
  static const L2tpResult no_facilities = { .result = L2TP_CDN_NO_FACILITIES };
  static const L2tpResult no_lns = { .result = L2TP_GENERAL_ERROR,
                                     .error = L2TP_ERROR_CODE_SPECIFIC,
                                     .text = (char *) "no calls to this end" };
  L2tpSession *session = find_addressee (tunnel, session_id, message);
  L2tpInputData data = { .now = now, .message = message };
  L2tpSessionInput input;

  if (session != NULL && input_from_message (message->type, &input))
    l2tp_session_run (session, input, &data);
  else if (session_id == 0 && message->type == L2TP_MESSAGE_OCRQ)
    refuse_call (tunnel, message->call.session_id, &no_facilities);
  else if (session_id == 0 && message->type == L2TP_MESSAGE_ICRQ)
    refuse_call (tunnel, message->call.session_id, &no_lns);
}

void
l2tp_session_dispatch_fault (L2tpTunnel *tunnel,
                             gint64 now,
                             guint16 session_id,
                             const L2tpFault *fault)
{
  L2tpSession *session = session_id != 0 ? l2tp_session_find (tunnel, session_id) : NULL;
  L2tpInputData data = { .now = now, .fault = fault };
  L2tpResult result = { .result = fault->result,
                        .error = fault->error,
                        .text = (char *) fault->text };

  if (session != NULL)
    l2tp_session_run (session, L2TP_SESSION_INPUT_MALFORMED, &data);
  else if (session_id == 0 && fault->peer_id != 0)
    refuse_call (tunnel, fault->peer_id, &result);
}
