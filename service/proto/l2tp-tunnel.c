/* SPDX-License-Identifier: GPL-2.0-or-later */
/* SPDX-FileCopyrightText: The l2tp-client authors */

/* The engine of one control connection: life, datagrams in and out, events, timers.
 *
 * What a message means is decided in l2tp-tunnel-fsm.c and l2tp-session-fsm.c; how it travels, in
 * l2tp-channel.c. Here they are put together in the order of XPRT-23: header, tunnel, Nr, Ns, AVPs,
 * state machine, acknowledgement. */

#include "l2tp-tunnel.h"

#include <string.h>

#include "l2tp-deadline.h"
#include "l2tp-tunnel-private.h"

/* Keeps SCCRQ below 1280 octets (HDR-16). */
#define MAX_NAME 255

static void
wipe (gpointer data, gsize len)
{
  volatile guint8 *octets = data;

  for (gsize i = 0; i < len; i++)
    octets[i] = 0;
}

L2tpTunnel *
l2tp_tunnel_new (const L2tpTunnelConfig *config, const L2tpTunnelEntropy *entropy)
{
  L2tpTunnel *self;

  g_return_val_if_fail (config->host_name != NULL && config->host_name[0] != '\0', NULL);
  g_return_val_if_fail (config->receive_window > 0, NULL);
  g_return_val_if_fail (entropy->tunnel_id != 0, NULL);

  self = g_new0 (L2tpTunnel, 1);
  self->host_name = g_strndup (config->host_name, MAX_NAME);
  self->vendor_name = g_strndup (config->vendor_name != NULL ? config->vendor_name : "", MAX_NAME);
  self->firmware = config->firmware;
  self->receive_window = config->receive_window;
  if (config->secret != NULL && config->secret_len > 0)
    {
      self->secret.data = g_memdup2 (config->secret, config->secret_len);
      self->secret.len = config->secret_len;
    }
  self->hello_interval = config->hello_interval;
  self->no_sessions_timeout = config->no_sessions_timeout;
  self->hide_avps = config->hide_avps && self->secret.data != NULL;
  self->entropy = *entropy;
  memcpy (self->random.seed, entropy->seed, sizeof self->random.seed);

  self->channel =
      l2tp_channel_new (config->schedule.initial > 0 ? &config->schedule : &l2tp_schedule_default,
                        config->receive_window);
  self->sessions = g_ptr_array_new_with_free_func ((GDestroyNotify) l2tp_session_free);
  g_queue_init (&self->events);
  self->peer_host_name = g_strdup ("");
  self->peer_vendor = g_strdup ("");
  self->guard_at = -1;
  self->no_sessions_at = -1;
  self->linger_until = -1;
  return self;
}

static void
event_free (gpointer data)
{
  L2tpEvent *event = data;

  l2tp_event_clear (event);
  g_free (event);
}

L2tpTunnel *
l2tp_tunnel_free (L2tpTunnel *self)
{
  if (self == NULL)
    return NULL;

  g_ptr_array_unref (self->sessions);
  l2tp_channel_free (self->channel);
  g_queue_clear_full (&self->events, event_free);
  if (self->secret.data != NULL)
    wipe ((gpointer) self->secret.data, self->secret.len);
  wipe (self->entropy.seed, sizeof self->entropy.seed);
  wipe (self->random.seed, sizeof self->random.seed);
  g_free ((gpointer) self->secret.data);
  g_free (self->host_name);
  g_free (self->vendor_name);
  g_free (self->peer_host_name);
  g_free (self->peer_vendor);
  g_free (self);
  return NULL;
}

void
l2tp_event_clear (L2tpEvent *event)
{
  l2tp_result_clear (&event->result);
  memset (event, 0, sizeof *event);
}

void
l2tp_tunnel_push_event (L2tpTunnel *self,
                        L2tpEventType type,
                        const L2tpSession *session,
                        const L2tpResult *result)
{
  L2tpEvent *event = g_new0 (L2tpEvent, 1);

  event->type = type;
  if (session != NULL)
    {
      event->session_id = session->config.session_id;
      event->peer_session_id = session->peer_id;
    }
  if (result != NULL)
    l2tp_result_copy (result, &event->result);
  g_queue_push_tail (&self->events, event);
}

gboolean
l2tp_tunnel_next_event (L2tpTunnel *self, L2tpEvent *ret_event)
{
  L2tpEvent *event = g_queue_pop_head (&self->events);

  if (event == NULL)
    return FALSE;

  *ret_event = *event;
  g_free (event);
  return TRUE;
}

void
l2tp_tunnel_push_trace (L2tpTunnel *self,
                        const L2tpSession *session,
                        const char *from,
                        const char *to,
                        const char *reason)
{
  L2tpTrace *trace = &self->trace[(self->first_trace + self->n_traces) % L2TP_TRACE_SIZE];

  if (self->n_traces == L2TP_TRACE_SIZE)
    self->first_trace = (self->first_trace + 1) % L2TP_TRACE_SIZE;
  else
    self->n_traces++;
  trace->session_id = session != NULL ? session->config.session_id : 0;
  trace->from = from;
  trace->to = to;
  trace->reason = reason;
}

gboolean
l2tp_tunnel_next_trace (L2tpTunnel *self, L2tpTrace *ret_trace)
{
  if (self->n_traces == 0)
    return FALSE;

  *ret_trace = self->trace[self->first_trace];
  self->first_trace = (self->first_trace + 1) % L2TP_TRACE_SIZE;
  self->n_traces--;
  return TRUE;
}

guint16
l2tp_tunnel_send (L2tpTunnel *self, const L2tpMessage *message, guint16 session_id)
{
  GByteArray *packet;

  /* HIDE-6: only in the messages of sessions, when both ends have proved the secret. A HELLO, which
   * has nothing to hide, stays as it is. */
  if (self->hide_avps && self->state == L2TP_TUNNEL_STATE_ESTABLISHED && message->present != 0)
    packet = l2tp_message_build_hidden (message, session_id, self->secret, &self->random);
  else
    packet = l2tp_message_build (message, session_id);
  return l2tp_channel_send (self->channel, packet);
}

GBytes *
l2tp_tunnel_next_packet (L2tpTunnel *self, gint64 now)
{
  if (self->state == L2TP_TUNNEL_STATE_IDLE || self->state == L2TP_TUNNEL_STATE_DEAD)
    return NULL;
  return l2tp_channel_next_packet (self->channel, now);
}

void
l2tp_tunnel_open (L2tpTunnel *self, gint64 now)
{
  L2tpInputData data = { .now = now };

  l2tp_tunnel_run (self, L2TP_TUNNEL_INPUT_OPEN, &data);
}

void
l2tp_tunnel_close (L2tpTunnel *self, gint64 now, guint16 result, guint16 error)
{
  L2tpResult why = { .kind = L2TP_RESULT_LOCAL, .result = result, .error = error };
  L2tpInputData data = { .now = now, .result = &why };

  l2tp_tunnel_run (self, L2TP_TUNNEL_INPUT_CLOSE, &data);
}

gboolean
l2tp_tunnel_open_session (L2tpTunnel *self, gint64 now, const L2tpSessionConfig *config)
{
  L2tpInputData data = { .now = now };
  L2tpSession *session;

  if (self->state > L2TP_TUNNEL_STATE_ESTABLISHED || config->session_id == 0 ||
      l2tp_session_find (self, config->session_id) != NULL)
    return FALSE;

  session = l2tp_session_new (self, config);
  g_ptr_array_add (self->sessions, session);
  self->no_sessions_at = -1;
  l2tp_session_run (session, L2TP_SESSION_INPUT_REQUEST, &data);
  if (self->state == L2TP_TUNNEL_STATE_ESTABLISHED)
    l2tp_session_run (session, L2TP_SESSION_INPUT_TUNNEL_OPEN, &data);
  return TRUE;
}

void
l2tp_tunnel_connect_session (L2tpTunnel *self, gint64 now, guint16 session_id)
{
  L2tpSession *session = l2tp_session_find (self, session_id);
  L2tpInputData data = { .now = now };

  if (session != NULL)
    l2tp_session_run (session, L2TP_SESSION_INPUT_CONNECT, &data);
}

void
l2tp_tunnel_close_session (L2tpTunnel *self,
                           gint64 now,
                           guint16 session_id,
                           guint16 result,
                           guint16 error,
                           const L2tpDisconnectCause *cause)
{
  L2tpSession *session = l2tp_session_find (self, session_id);
  L2tpResult why = { .kind = L2TP_RESULT_LOCAL, .result = result, .error = error };
  L2tpInputData data = { .now = now, .result = &why };

  if (cause != NULL)
    why.cause = *cause;
  if (session != NULL)
    l2tp_session_run (session, L2TP_SESSION_INPUT_CLOSE, &data);
}

void
l2tp_tunnel_check_empty (L2tpTunnel *self, gint64 now)
{
  if (self->state == L2TP_TUNNEL_STATE_ESTABLISHED && self->sessions->len == 0)
    self->no_sessions_at = now + self->no_sessions_timeout;
}

static gboolean
tunnel_input_from_message (L2tpMessageType type, L2tpTunnelInput *ret_input)
{
  static const struct
  {
    L2tpMessageType type;
    L2tpTunnelInput input;
  } inputs[] = {
    { L2TP_MESSAGE_SCCRQ, L2TP_TUNNEL_INPUT_SCCRQ },
    { L2TP_MESSAGE_SCCRP, L2TP_TUNNEL_INPUT_SCCRP },
    { L2TP_MESSAGE_SCCCN, L2TP_TUNNEL_INPUT_SCCCN },
    { L2TP_MESSAGE_STOPCCN, L2TP_TUNNEL_INPUT_STOPCCN },
  };

  for (guint i = 0; i < G_N_ELEMENTS (inputs); i++)
    if (inputs[i].type == type)
      {
        *ret_input = inputs[i].input;
        return TRUE;
      }
  return FALSE;
}

static void
handle_message (L2tpTunnel *self, gint64 now, const L2tpHeader *header)
{
  g_auto (L2tpMessage) message = { 0 };
  L2tpFault fault;
  L2tpInputData data = { .now = now };
  L2tpTunnelInput input;
  L2tpVerdict verdict = l2tp_message_parse (header->payload, self->secret, &message, &fault);

  if (verdict == L2TP_VERDICT_IGNORE)
    return;

  if (verdict == L2TP_VERDICT_OK && tunnel_input_from_message (message.type, &input))
    {
      data.message = &message;
      l2tp_tunnel_run (self, input, &data);
    }
  else if (verdict == L2TP_VERDICT_MALFORMED && !fault.session)
    {
      data.fault = &fault;
      l2tp_tunnel_run (self, L2TP_TUNNEL_INPUT_MALFORMED, &data);
    }
  else if (self->state != L2TP_TUNNEL_STATE_ESTABLISHED) /* TUN-10 */
    return;
  else if (verdict == L2TP_VERDICT_OK)
    l2tp_session_dispatch (self, now, header->session_id, &message);
  else
    l2tp_session_dispatch_fault (self, now, header->session_id, &fault);
}

/* HDR-15, TUN-26: a peer that does not know our id may still say goodbye. Looked at without the
 * secret: anybody can send this, and hidden values cost a digest each. */
static gboolean
is_anonymous_stopccn (const L2tpTunnel *self, const L2tpHeader *header)
{
  const L2tpOctets no_secret = { NULL, 0 };
  g_auto (L2tpMessage) message = { 0 };
  L2tpFault fault;

  if (header->tunnel_id != 0 || header->payload.len == 0 ||
      l2tp_message_parse (header->payload, no_secret, &message, &fault) != L2TP_VERDICT_OK ||
      message.type != L2TP_MESSAGE_STOPCCN)
    return FALSE;
  return self->peer_id == 0 || message.stop.tunnel_id == self->peer_id;
}

static gboolean
is_for_us (const L2tpTunnel *self, const L2tpHeader *header)
{
  return header->tunnel_id == self->entropy.tunnel_id || is_anonymous_stopccn (self, header);
}

/* What the acknowledgements that came in mean to the state machines. */
static void
note_acknowledged (L2tpTunnel *self, gint64 now)
{
  L2tpInputData data = { .now = now };

  if (self->hello_out && l2tp_channel_is_acknowledged (self->channel, self->hello_ns))
    self->hello_out = FALSE;

  for (guint i = 0; i < self->sessions->len; i++)
    {
      L2tpSession *session = g_ptr_array_index (self->sessions, i);

      if (session->iccn_out && l2tp_channel_is_acknowledged (self->channel, session->iccn_ns))
        l2tp_session_run (session, L2TP_SESSION_INPUT_ICCN_ACKNOWLEDGED, &data);
    }

  if (l2tp_channel_get_backlog (self->channel) == 0)
    l2tp_tunnel_run (self, L2TP_TUNNEL_INPUT_ALL_ACKNOWLEDGED, &data);
}

void
l2tp_tunnel_handle_packet (L2tpTunnel *self, gint64 now, const guint8 *data, gsize len)
{
  L2tpHeader header;
  GBytes *next;

  if (self->state == L2TP_TUNNEL_STATE_IDLE || self->state == L2TP_TUNNEL_STATE_DEAD ||
      !l2tp_header_parse (data, len, &header) || !header.control || !is_for_us (self, &header))
    {
      self->n_dropped++;
      return;
    }

  self->heard_at = now;
  if (l2tp_channel_receive (self->channel, now, &header, data, len))
    self->n_received++;
  else
    self->n_dropped++;
  note_acknowledged (self, now);
  while ((next = l2tp_channel_next_message (self->channel)) != NULL)
    {
      gsize size;
      const guint8 *octets = g_bytes_get_data (next, &size);

      if (l2tp_header_parse (octets, size, &header))
        handle_message (self, now, &header);
      g_bytes_unref (next);
    }
}

/* XPRT-16: silence counts while nothing of ours is out; what is out probes the peer by itself. */
static gint64
get_hello_deadline (const L2tpTunnel *self)
{
  if (self->state != L2TP_TUNNEL_STATE_ESTABLISHED || self->hello_interval <= 0 ||
      l2tp_channel_get_backlog (self->channel) > 0)
    return -1;
  return self->heard_at + self->hello_interval;
}

gint64
l2tp_tunnel_get_deadline (const L2tpTunnel *self)
{
  gint64 deadline;

  if (self->state == L2TP_TUNNEL_STATE_IDLE || self->state == L2TP_TUNNEL_STATE_DEAD)
    return -1;

  deadline = l2tp_channel_get_deadline (self->channel);
  deadline = l2tp_deadline_earlier (deadline, self->guard_at);
  deadline = l2tp_deadline_earlier (deadline, self->no_sessions_at);
  deadline = l2tp_deadline_earlier (deadline, self->linger_until);
  deadline = l2tp_deadline_earlier (deadline, get_hello_deadline (self));
  for (guint i = 0; i < self->sessions->len; i++)
    {
      const L2tpSession *session = g_ptr_array_index (self->sessions, i);

      deadline = l2tp_deadline_earlier (deadline, session->guard_at);
    }
  return deadline;
}

static void
send_hello (L2tpTunnel *self)
{
  L2tpMessage message = { .type = L2TP_MESSAGE_HELLO };

  self->hello_ns = l2tp_tunnel_send (self, &message, 0);
  self->hello_out = TRUE;
}

static void
handle_session_guards (L2tpTunnel *self, gint64 now)
{
  L2tpInputData data = { .now = now };

  /* Backwards: a session whose time is up leaves the array. */
  for (guint i = self->sessions->len; i > 0; i--)
    {
      L2tpSession *session = g_ptr_array_index (self->sessions, i - 1);

      if (l2tp_deadline_is_due (session->guard_at, now))
        l2tp_session_run (session, L2TP_SESSION_INPUT_GUARD, &data);
    }
}

void
l2tp_tunnel_handle_timeout (L2tpTunnel *self, gint64 now)
{
  L2tpInputData data = { .now = now };

  if (!l2tp_channel_handle_timeout (self->channel, now))
    l2tp_tunnel_run (self, L2TP_TUNNEL_INPUT_GIVE_UP, &data);
  handle_session_guards (self, now);
  if (l2tp_deadline_is_due (self->guard_at, now))
    l2tp_tunnel_run (self, L2TP_TUNNEL_INPUT_GUARD, &data);
  if (l2tp_deadline_is_due (self->no_sessions_at, now))
    l2tp_tunnel_run (self, L2TP_TUNNEL_INPUT_NO_SESSIONS, &data);
  if (l2tp_deadline_is_due (self->linger_until, now))
    l2tp_tunnel_run (self, L2TP_TUNNEL_INPUT_LINGER_OVER, &data);
  if (l2tp_deadline_is_due (get_hello_deadline (self), now))
    send_hello (self);
}

void
l2tp_tunnel_probe (L2tpTunnel *self, gint64 now)
{
  if (self->state == L2TP_TUNNEL_STATE_ESTABLISHED && !self->hello_out)
    send_hello (self);
}

void
l2tp_tunnel_insist (L2tpTunnel *self, gint64 now)
{
  if (self->state == L2TP_TUNNEL_STATE_WAIT_CTL_REPLY ||
      self->state == L2TP_TUNNEL_STATE_ESTABLISHED)
    l2tp_channel_repeat (self->channel, now);
}

gint64
l2tp_tunnel_get_owed_since (const L2tpTunnel *self)
{
  if (self->state != L2TP_TUNNEL_STATE_ESTABLISHED)
    return -1;
  return l2tp_channel_get_owed_since (self->channel);
}

void
l2tp_tunnel_note_data (L2tpTunnel *self, gint64 now)
{
  self->heard_at = now;
}

L2tpTunnelState
l2tp_tunnel_get_state (const L2tpTunnel *self)
{
  return self->state;
}

L2tpSessionState
l2tp_tunnel_get_session_state (const L2tpTunnel *self, guint16 session_id)
{
  const L2tpSession *session = l2tp_session_find (self, session_id);

  return session != NULL ? session->state : L2TP_SESSION_STATE_IDLE;
}

guint16
l2tp_tunnel_get_id (const L2tpTunnel *self)
{
  return self->entropy.tunnel_id;
}

guint16
l2tp_tunnel_get_peer_id (const L2tpTunnel *self)
{
  return self->peer_id;
}

guint
l2tp_tunnel_get_backlog (const L2tpTunnel *self)
{
  return l2tp_channel_get_backlog (self->channel);
}

const char *
l2tp_tunnel_get_peer_host_name (const L2tpTunnel *self)
{
  return self->peer_host_name;
}

const char *
l2tp_tunnel_get_peer_vendor (const L2tpTunnel *self)
{
  return self->peer_vendor;
}

gint64
l2tp_tunnel_get_rtt (const L2tpTunnel *self)
{
  return l2tp_channel_get_rtt (self->channel);
}

void
l2tp_tunnel_get_statistics (const L2tpTunnel *self, L2tpTunnelStatistics *ret_statistics)
{
  L2tpChannelStatistics channel;

  l2tp_channel_get_statistics (self->channel, &channel);
  ret_statistics->rx = self->n_received;
  ret_statistics->tx = channel.sent;
  ret_statistics->retransmits = channel.retransmitted;
  ret_statistics->dropped = self->n_dropped;
}

const char *
l2tp_tunnel_state_to_string (L2tpTunnelState state)
{
  static const char *const names[] = {
    [L2TP_TUNNEL_STATE_IDLE] = "idle",
    [L2TP_TUNNEL_STATE_WAIT_CTL_REPLY] = "wait-ctl-reply",
    [L2TP_TUNNEL_STATE_ESTABLISHED] = "established",
    [L2TP_TUNNEL_STATE_CLOSING] = "closing",
    [L2TP_TUNNEL_STATE_LINGER] = "linger",
    [L2TP_TUNNEL_STATE_DEAD] = "dead",
  };

  g_return_val_if_fail (state < G_N_ELEMENTS (names), "unknown");
  return names[state];
}

const char *
l2tp_session_state_to_string (L2tpSessionState state)
{
  static const char *const names[] = {
    [L2TP_SESSION_STATE_IDLE] = "idle",
    [L2TP_SESSION_STATE_WAIT_TUNNEL] = "wait-tunnel",
    [L2TP_SESSION_STATE_WAIT_REPLY] = "wait-reply",
    [L2TP_SESSION_STATE_REPLIED] = "replied",
    [L2TP_SESSION_STATE_ESTABLISHED] = "established",
  };

  g_return_val_if_fail (state < G_N_ELEMENTS (names), "unknown");
  return names[state];
}
