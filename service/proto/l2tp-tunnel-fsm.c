/* SPDX-License-Identifier: GPL-2.0-or-later */
/* SPDX-FileCopyrightText: The l2tp-client authors */

/* The state machine of a control connection, RFC 2661 section 7.2.1, initiator's side.
 *
 * One table; what has no row is acknowledged and ignored: HELLO everywhere, messages of sessions
 * before the tunnel is up (TUN-10), an SCCRQ that collides with ours (TUN-7, TUN-23), everything
 * but a StopCCN once we are closing. */

#include "l2tp-tunnel-private.h"

#include <string.h>

#include "l2tp-auth.h"

/* Returns FALSE when the action chose another next state than the row's, and entered it. */
typedef gboolean (*Action) (L2tpTunnel *self, const L2tpInputData *data);

typedef struct
{
  L2tpTunnelState state;
  L2tpTunnelInput input;
  Action action;
  L2tpTunnelState next;
} Row;

#define BIT(STATE) (1u << L2TP_TUNNEL_STATE_##STATE)

/* Where each state may lead. */
static const guint whitelist[] = {
  [L2TP_TUNNEL_STATE_IDLE] = BIT (WAIT_CTL_REPLY) | BIT (DEAD),
  [L2TP_TUNNEL_STATE_WAIT_CTL_REPLY] =
      BIT (ESTABLISHED) | BIT (CLOSING) | BIT (LINGER) | BIT (DEAD),
  [L2TP_TUNNEL_STATE_ESTABLISHED] = BIT (CLOSING) | BIT (LINGER) | BIT (DEAD),
  [L2TP_TUNNEL_STATE_CLOSING] = BIT (LINGER) | BIT (DEAD),
  [L2TP_TUNNEL_STATE_LINGER] = BIT (DEAD),
  [L2TP_TUNNEL_STATE_DEAD] = 0,
};

static const char *const input_names[] = {
  [L2TP_TUNNEL_INPUT_OPEN] = "open",
  [L2TP_TUNNEL_INPUT_CLOSE] = "close",
  [L2TP_TUNNEL_INPUT_SCCRQ] = "sccrq",
  [L2TP_TUNNEL_INPUT_SCCRP] = "sccrp",
  [L2TP_TUNNEL_INPUT_SCCCN] = "scccn",
  [L2TP_TUNNEL_INPUT_STOPCCN] = "stopccn",
  [L2TP_TUNNEL_INPUT_MALFORMED] = "malformed",
  [L2TP_TUNNEL_INPUT_ALL_ACKNOWLEDGED] = "all-acknowledged",
  [L2TP_TUNNEL_INPUT_GIVE_UP] = "give-up",
  [L2TP_TUNNEL_INPUT_GUARD] = "guard",
  [L2TP_TUNNEL_INPUT_NO_SESSIONS] = "no-sessions",
  [L2TP_TUNNEL_INPUT_LINGER_OVER] = "linger-over",
};

static void
set_state (L2tpTunnel *self, L2tpTunnelState next, const char *reason)
{
  if (next == self->state)
    return;

  g_return_if_fail ((whitelist[self->state] & (1u << next)) != 0);

  l2tp_tunnel_push_trace (self, NULL, l2tp_tunnel_state_to_string (self->state),
                          l2tp_tunnel_state_to_string (next), reason);
  self->state = next;
  if (next == L2TP_TUNNEL_STATE_DEAD)
    {
      l2tp_channel_forget (self->channel);
      l2tp_tunnel_push_event (self, L2TP_EVENT_DEAD, NULL, NULL);
    }
}

/* The sessions first, silently (TUN-27), then the tunnel. */
static void
report_down (L2tpTunnel *self, gint64 now, const L2tpResult *result)
{
  L2tpInputData data = { .now = now, .result = result };

  self->guard_at = -1;
  while (self->sessions->len > 0)
    l2tp_session_run (g_ptr_array_index (self->sessions, 0), L2TP_SESSION_INPUT_TUNNEL_DOWN, &data);
  self->no_sessions_at = -1;
  l2tp_tunnel_push_event (self, L2TP_EVENT_TUNNEL_DOWN, NULL, result);
}

/* @result: its numbers and text are what is sent */
static void
shut_down (L2tpTunnel *self, gint64 now, const L2tpResult *result)
{
  L2tpMessage message = { .type = L2TP_MESSAGE_STOPCCN };

  message.present =
      L2TP_AVP_BIT (L2TP_AVP_ASSIGNED_TUNNEL_ID) | L2TP_AVP_BIT (L2TP_AVP_RESULT_CODE);
  message.stop.tunnel_id = self->entropy.tunnel_id;
  message.stop.result = l2tp_result_code_from (result);
  l2tp_channel_send_last (self->channel, l2tp_message_build (&message, 0));
  report_down (self, now, result);
}

static gboolean
send_sccrq (L2tpTunnel *self, const L2tpInputData *data)
{
  L2tpMessage message = { .type = L2TP_MESSAGE_SCCRQ };
  L2tpStartControl *start = &message.start;

  message.present = /* MSG-20 */
      L2TP_AVP_BIT (L2TP_AVP_PROTOCOL_VERSION) | L2TP_AVP_BIT (L2TP_AVP_FRAMING_CAPABILITIES) |
      L2TP_AVP_BIT (L2TP_AVP_BEARER_CAPABILITIES) | L2TP_AVP_BIT (L2TP_AVP_FIRMWARE_REVISION) |
      L2TP_AVP_BIT (L2TP_AVP_HOST_NAME) | L2TP_AVP_BIT (L2TP_AVP_ASSIGNED_TUNNEL_ID) |
      L2TP_AVP_BIT (L2TP_AVP_RECEIVE_WINDOW_SIZE);
  start->protocol_version = L2TP_PROTOCOL_VERSION;
  start->framing_capabilities = L2TP_FRAMING_SYNC | L2TP_FRAMING_ASYNC;
  start->firmware = self->firmware;
  start->host_name.data = (const guint8 *) self->host_name;
  start->host_name.len = strlen (self->host_name);
  if (self->vendor_name[0] != '\0')
    message.present |= L2TP_AVP_BIT (L2TP_AVP_VENDOR_NAME);
  start->vendor_name.data = (const guint8 *) self->vendor_name;
  start->vendor_name.len = strlen (self->vendor_name);
  start->tunnel_id = self->entropy.tunnel_id;
  start->receive_window = self->receive_window;
  if (self->secret.data != NULL) /* TUN-32 */
    {
      message.present |= L2TP_AVP_BIT (L2TP_AVP_CHALLENGE);
      start->challenge.data = self->entropy.challenge;
      start->challenge.len = sizeof self->entropy.challenge;
    }

  l2tp_tunnel_send (self, &message, 0);
  self->heard_at = data->now;
  self->guard_at = data->now + L2TP_GUARD_TIME;
  return TRUE;
}

/* AUTH-3; AUTH-4: without a secret nothing was asked, and a response means nothing. */
static gboolean
has_proved_secret (const L2tpTunnel *self, const L2tpMessage *sccrp)
{
  guint8 expected[L2TP_RESPONSE_SIZE];
  L2tpOctets challenge = { self->entropy.challenge, sizeof self->entropy.challenge };
  L2tpOctets octets = { expected, sizeof expected };

  if (self->secret.data == NULL)
    return TRUE;
  if (!l2tp_message_has (sccrp, L2TP_AVP_CHALLENGE_RESPONSE))
    return FALSE;

  l2tp_auth_respond (L2TP_MESSAGE_SCCRP, self->secret, challenge, expected);
  return l2tp_auth_equal (octets, sccrp->start.response);
}

static void
send_scccn (L2tpTunnel *self, const L2tpMessage *sccrp)
{
  L2tpMessage message = { .type = L2TP_MESSAGE_SCCCN };
  guint8 response[L2TP_RESPONSE_SIZE];

  if (l2tp_message_has (sccrp, L2TP_AVP_CHALLENGE))
    {
      l2tp_auth_respond (L2TP_MESSAGE_SCCCN, self->secret, sccrp->start.challenge, response);
      message.present = L2TP_AVP_BIT (L2TP_AVP_CHALLENGE_RESPONSE);
      message.connect_response.data = response;
      message.connect_response.len = sizeof response;
      self->answered = TRUE;
    }
  l2tp_tunnel_send (self, &message, 0);
}

static void
learn_peer (L2tpTunnel *self, const L2tpStartControl *start, gboolean has_window)
{
  self->peer_id = start->tunnel_id;
  self->peer_framing = start->framing_capabilities;
  g_free (self->peer_host_name);
  g_free (self->peer_vendor);
  self->peer_host_name = l2tp_text_sanitise (start->host_name.data, start->host_name.len);
  self->peer_vendor = l2tp_text_sanitise (start->vendor_name.data, start->vendor_name.len);
  if (has_window) /* TUN-31: else the default stays */
    l2tp_channel_set_peer_window (self->channel, start->receive_window);
}

static gboolean
refuse_sccrp (L2tpTunnel *self, const L2tpInputData *data, L2tpResultKind kind, const char *text)
{
  g_auto (L2tpResult) result = {
    .kind = kind,
    .result = L2TP_STOPCCN_NOT_AUTHORISED,
    .text = g_strdup (text),
  };

  shut_down (self, data->now, &result);
  set_state (self, L2TP_TUNNEL_STATE_CLOSING, l2tp_result_kind_to_string (kind));
  return FALSE;
}

static gboolean
accept_sccrp (L2tpTunnel *self, const L2tpInputData *data)
{
  const L2tpMessage *sccrp = data->message;
  L2tpInputData up = { .now = data->now };

  l2tp_channel_set_peer_tunnel_id (self->channel, sccrp->start.tunnel_id);
  if (!has_proved_secret (self, sccrp))
    return refuse_sccrp (self, data, L2TP_RESULT_AUTH_MISMATCH, "wrong Challenge Response");
  if (l2tp_message_has (sccrp, L2TP_AVP_CHALLENGE) && self->secret.data == NULL) /* TUN-29 */
    return refuse_sccrp (self, data, L2TP_RESULT_SECRET_MISSING, "no shared secret configured");

  learn_peer (self, &sccrp->start, l2tp_message_has (sccrp, L2TP_AVP_RECEIVE_WINDOW_SIZE));
  self->guard_at = -1;
  send_scccn (self, sccrp);
  l2tp_tunnel_push_event (self, L2TP_EVENT_TUNNEL_UP, NULL, NULL);
  set_state (self, L2TP_TUNNEL_STATE_ESTABLISHED, input_names[L2TP_TUNNEL_INPUT_SCCRP]);

  /* XPRT-24: ICRQ right behind SCCCN. No session can go away here. */
  for (guint i = 0; i < self->sessions->len; i++)
    l2tp_session_run (g_ptr_array_index (self->sessions, i), L2TP_SESSION_INPUT_TUNNEL_OPEN, &up);
  l2tp_tunnel_check_empty (self, data->now);
  return TRUE;
}

/* So that the acknowledgement of the SCCRP reaches the right tunnel; the StopCCN is out already. */
static gboolean
note_peer_id (L2tpTunnel *self, const L2tpInputData *data)
{
  l2tp_channel_set_peer_tunnel_id (self->channel, data->message->start.tunnel_id);
  return TRUE;
}

/* TUN-33: a secret can only have been rejected as long as nothing proved the contrary. */
static gboolean
is_secret_rejection (const L2tpTunnel *self, const L2tpResult *result)
{
  g_autofree char *text = NULL;

  if (!self->answered || self->secret_accepted)
    return FALSE;
  if (result->result == L2TP_STOPCCN_NOT_AUTHORISED)
    return TRUE;
  if (result->result != L2TP_GENERAL_ERROR || result->error != L2TP_ERROR_CODE_SPECIFIC ||
      result->text == NULL)
    return FALSE;

  text = g_ascii_strdown (result->text, -1);
  return strstr (text, "challenge") != NULL || strstr (text, "authentication") != NULL;
}

/* The peer lingers as we do: it answers our StopCCN, if one is out, or has crossed it. */
static gboolean
start_linger (L2tpTunnel *self, const L2tpInputData *data)
{
  l2tp_channel_forget (self->channel);
  self->linger_until = data->now + L2TP_LINGER_TIME;
  return TRUE;
}

static gboolean
take_stopccn (L2tpTunnel *self, const L2tpInputData *data)
{
  const L2tpMessage *message = data->message;
  g_auto (L2tpResult) result = l2tp_result_from_peer (L2TP_RESULT_STOPCCN, &message->stop.result);

  if (is_secret_rejection (self, &result))
    result.kind = L2TP_RESULT_SECRET_REJECTED;
  if (self->peer_id == 0 && l2tp_message_has (message, L2TP_AVP_ASSIGNED_TUNNEL_ID))
    l2tp_channel_set_peer_tunnel_id (self->channel, message->stop.tunnel_id);
  report_down (self, data->now, &result);
  return start_linger (self, data);
}

static gboolean
close_locally (L2tpTunnel *self, const L2tpInputData *data)
{
  shut_down (self, data->now, data->result);
  return TRUE;
}

static gboolean
close_unopened (L2tpTunnel *self, const L2tpInputData *data)
{
  report_down (self, data->now, data->result);
  return TRUE;
}

static gboolean
refuse_malformed (L2tpTunnel *self, const L2tpInputData *data)
{
  g_auto (L2tpResult) result = {
    .kind = l2tp_fault_get_kind (data->fault),
    .result = data->fault->result,
    .error = data->fault->error,
    .text = g_strdup (data->fault->text),
  };

  if (self->peer_id == 0 && data->fault->peer_id != 0) /* so that the LNS knows which one */
    l2tp_channel_set_peer_tunnel_id (self->channel, data->fault->peer_id);
  shut_down (self, data->now, &result);
  return TRUE;
}

static gboolean
refuse_message (L2tpTunnel *self, const L2tpInputData *data)
{
  g_auto (L2tpResult) result = {
    .kind = L2TP_RESULT_FSM,
    .result = L2TP_STOPCCN_FSM,
    .text = g_strdup_printf ("%s out of turn", l2tp_message_type_to_string (data->message->type)),
  };

  shut_down (self, data->now, &result);
  return TRUE;
}

static gboolean
report_unanswered (L2tpTunnel *self, const L2tpInputData *data)
{
  L2tpResult result = { .kind = L2TP_RESULT_NO_ANSWER };

  report_down (self, data->now, &result);
  return TRUE;
}

static gboolean
report_lost (L2tpTunnel *self, const L2tpInputData *data)
{
  L2tpResult result = { .kind = L2TP_RESULT_PEER_LOST };

  report_down (self, data->now, &result);
  return TRUE;
}

static gboolean
close_guard (L2tpTunnel *self, const L2tpInputData *data)
{
  L2tpResult result = { .kind = L2TP_RESULT_GUARD, .result = L2TP_STOPCCN_CLEAR };

  shut_down (self, data->now, &result);
  return TRUE;
}

static gboolean
close_empty (L2tpTunnel *self, const L2tpInputData *data)
{
  L2tpResult result = { .kind = L2TP_RESULT_NO_SESSIONS, .result = L2TP_STOPCCN_CLEAR };

  shut_down (self, data->now, &result);
  return TRUE;
}

static gboolean
nothing (L2tpTunnel *self, const L2tpInputData *data)
{
  return TRUE;
}

#define IDLE           L2TP_TUNNEL_STATE_IDLE
#define WAIT_CTL_REPLY L2TP_TUNNEL_STATE_WAIT_CTL_REPLY
#define ESTABLISHED    L2TP_TUNNEL_STATE_ESTABLISHED
#define CLOSING        L2TP_TUNNEL_STATE_CLOSING
#define LINGER         L2TP_TUNNEL_STATE_LINGER
#define DEAD           L2TP_TUNNEL_STATE_DEAD
#define ON(INPUT)      L2TP_TUNNEL_INPUT_##INPUT

/* clang-format off */
static const Row rows[] = {
  /* state          event                  action             next state */
  { IDLE,           ON (OPEN),             send_sccrq,        WAIT_CTL_REPLY }, /* TUN-1 */
  { IDLE,           ON (CLOSE),            close_unopened,    DEAD },

  { WAIT_CTL_REPLY, ON (SCCRP),            accept_sccrp,      ESTABLISHED },    /* TUN-5, TUN-6 */
  { WAIT_CTL_REPLY, ON (MALFORMED),        refuse_malformed,  CLOSING },        /* TUN-6 */
  { WAIT_CTL_REPLY, ON (SCCCN),            refuse_message,    CLOSING },        /* TUN-8 */
  { WAIT_CTL_REPLY, ON (STOPCCN),          take_stopccn,      LINGER },         /* TUN-9 */
  { WAIT_CTL_REPLY, ON (CLOSE),            close_locally,     CLOSING },        /* TUN-11 */
  { WAIT_CTL_REPLY, ON (GIVE_UP),          report_unanswered, DEAD },           /* TUN-12 */
  { WAIT_CTL_REPLY, ON (GUARD),            close_guard,       CLOSING },        /* ERR-35 */

  { ESTABLISHED,    ON (CLOSE),            close_locally,     CLOSING },        /* TUN-15 */
  { ESTABLISHED,    ON (SCCRQ),            refuse_message,    CLOSING },        /* TUN-16 */
  { ESTABLISHED,    ON (SCCRP),            refuse_message,    CLOSING },        /* TUN-16 */
  { ESTABLISHED,    ON (SCCCN),            refuse_message,    CLOSING },        /* TUN-16 */
  { ESTABLISHED,    ON (MALFORMED),        refuse_malformed,  CLOSING },        /* HDR-21, HDR-25 */
  { ESTABLISHED,    ON (STOPCCN),          take_stopccn,      LINGER },         /* TUN-17 */
  { ESTABLISHED,    ON (GIVE_UP),          report_lost,       DEAD },           /* TUN-18, XPRT-15 */
  { ESTABLISHED,    ON (NO_SESSIONS),      close_empty,       CLOSING },        /* TUN-19 */

  { CLOSING,        ON (SCCRP),            note_peer_id,      CLOSING },
  { CLOSING,        ON (STOPCCN),          start_linger,      LINGER },         /* TUN-26 */
  { CLOSING,        ON (ALL_ACKNOWLEDGED), start_linger,      LINGER },         /* XPRT-13 */
  { CLOSING,        ON (GIVE_UP),          nothing,           DEAD },           /* XPRT-13 */

  { LINGER,         ON (LINGER_OVER),      nothing,           DEAD },           /* XPRT-14 */
};
/* clang-format on */

void
l2tp_tunnel_run (L2tpTunnel *self, L2tpTunnelInput input, const L2tpInputData *data)
{
  for (guint i = 0; i < G_N_ELEMENTS (rows); i++)
    if (rows[i].state == self->state && rows[i].input == input)
      {
        if (rows[i].action (self, data))
          set_state (self, rows[i].next, input_names[input]);
        return;
      }
}
