/* SPDX-License-Identifier: GPL-2.0-or-later */
/* SPDX-FileCopyrightText: The l2tp-client authors */

/* The responder's state machines, straight from the tables of RFC 2661 section 7. Uses the engine's
 * codec for octets, and nothing else of it. */

#include "sim-lns.h"

#include <string.h>

#include "service/proto/l2tp-auth.h"

#define LINGER     (31 * G_TIME_SPAN_SECOND)
#define GUARD      (60 * G_TIME_SPAN_SECOND) /* SCCCN must have come by then */
#define FIRST_ID   0x0c00
#define FIRST_CALL 0x4000 /* session ids of its own calls */

static const guint8 lns_challenge[] = { 9, 8, 7, 6, 5, 4, 3, 2, 1, 0, 1, 2, 3, 4, 5, 6 };

void
sim_lns_init (SimLns *self)
{
  *self = (SimLns){ 0 };
  sim_channel_init (&self->channel);
  /* Until it has seen our SCCRP the client cannot know a smaller one: SCCRQ, StopCCN. */
  self->channel.own_window = SIM_CHANNEL_WINDOW;
}

void
sim_lns_clear (SimLns *self)
{
  sim_channel_clear (&self->channel);
  g_clear_pointer (&self->delivered, g_ptr_array_unref);
}

static void
send_message (SimLns *self, const L2tpMessage *message, guint16 session_id)
{
  sim_channel_send (&self->channel, l2tp_message_build (message, session_id));
}

static void
send_stopccn (SimLns *self, guint16 result)
{
  L2tpMessage message = { .type = L2TP_MESSAGE_STOPCCN };

  message.present =
      L2TP_AVP_BIT (L2TP_AVP_ASSIGNED_TUNNEL_ID) | L2TP_AVP_BIT (L2TP_AVP_RESULT_CODE);
  message.stop.tunnel_id = SIM_LNS_TUNNEL;
  message.stop.result.result = result;
  send_message (self, &message, 0);
  self->state = SIM_LNS_STOPPING;
}

static void
send_cdn (SimLns *self, const SimLnsSession *session)
{
  L2tpMessage message = { .type = L2TP_MESSAGE_CDN };

  message.present =
      L2TP_AVP_BIT (L2TP_AVP_RESULT_CODE) | L2TP_AVP_BIT (L2TP_AVP_ASSIGNED_SESSION_ID);
  message.disconnect.session_id = session->id;
  message.disconnect.result.result = 3;
  send_message (self, &message, session->peer_id);
}

static gboolean
knows_secret (const SimLns *self, const L2tpMessage *scccn)
{
  L2tpOctets challenge = { lns_challenge, sizeof lns_challenge };
  guint8 expected[L2TP_RESPONSE_SIZE];

  if (!l2tp_message_has (scccn, L2TP_AVP_CHALLENGE_RESPONSE))
    return FALSE;
  l2tp_auth_respond (L2TP_MESSAGE_SCCCN, self->secret, challenge, expected);
  return memcmp (scccn->connect_response.data, expected, sizeof expected) == 0;
}

static void
take_sccrq (SimLns *self, const L2tpMessage *sccrq)
{
  L2tpMessage message = { .type = L2TP_MESSAGE_SCCRP };
  L2tpStartControl *start = &message.start;
  guint8 response[L2TP_RESPONSE_SIZE];

  g_assert_cmpint (self->state, ==, SIM_LNS_IDLE);
  self->channel.peer_id = sccrq->start.tunnel_id;
  self->channel.window = l2tp_message_has (sccrq, L2TP_AVP_RECEIVE_WINDOW_SIZE)
                             ? MIN (sccrq->start.receive_window, SIM_CHANNEL_WINDOW)
                             : 4;
  if (self->mute)
    return;

  message.present = L2TP_AVP_BIT (L2TP_AVP_PROTOCOL_VERSION) |
                    L2TP_AVP_BIT (L2TP_AVP_FRAMING_CAPABILITIES) |
                    L2TP_AVP_BIT (L2TP_AVP_HOST_NAME) | L2TP_AVP_BIT (L2TP_AVP_ASSIGNED_TUNNEL_ID);
  start->protocol_version = L2TP_PROTOCOL_VERSION;
  start->framing_capabilities = L2TP_FRAMING_SYNC;
  start->host_name = (L2tpOctets){ (const guint8 *) "sim", 3 };
  start->tunnel_id = SIM_LNS_TUNNEL;
  if (self->window > 0)
    message.present |= L2TP_AVP_BIT (L2TP_AVP_RECEIVE_WINDOW_SIZE);
  start->receive_window = self->window;
  if (self->secret.data != NULL)
    {
      message.present |= L2TP_AVP_BIT (L2TP_AVP_CHALLENGE);
      start->challenge = (L2tpOctets){ lns_challenge, sizeof lns_challenge };
    }
  if (self->secret.data != NULL && l2tp_message_has (sccrq, L2TP_AVP_CHALLENGE))
    {
      message.present |= L2TP_AVP_BIT (L2TP_AVP_CHALLENGE_RESPONSE);
      l2tp_auth_respond (L2TP_MESSAGE_SCCRP, self->secret, sccrq->start.challenge, response);
      start->response = (L2tpOctets){ response, sizeof response };
    }
  send_message (self, &message, 0);
  self->state = SIM_LNS_WAIT_CTL_CONN;
}

static void
take_scccn (SimLns *self, const L2tpMessage *scccn)
{
  g_assert_cmpint (self->state, ==, SIM_LNS_WAIT_CTL_CONN);
  self->state = SIM_LNS_ESTABLISHED;
  self->channel.own_window = self->window > 0 ? self->window : 4;
  if (self->secret.data == NULL || knows_secret (self, scccn))
    return;
  self->secret_wrong = TRUE;
  send_stopccn (self, L2TP_STOPCCN_NOT_AUTHORISED);
}

/* Of a session the client knows the LNS's id of, or not yet (MSG-24). */
static SimLnsSession *
find_session (SimLns *self, guint16 id, guint16 peer_id)
{
  for (guint i = 0; i < self->n_sessions; i++)
    if (id != 0 ? self->sessions[i].id == id : self->sessions[i].peer_id == peer_id)
      return &self->sessions[i];
  return NULL;
}

static void
take_icrq (SimLns *self, const L2tpMessage *icrq)
{
  L2tpMessage message = { .type = L2TP_MESSAGE_ICRP };
  SimLnsSession *session;

  g_assert_cmpuint (self->n_sessions, <, SIM_LNS_SESSIONS);
  g_assert_null (find_session (self, 0, icrq->call.session_id));
  session = &self->sessions[self->n_sessions];
  session->peer_id = icrq->call.session_id;
  session->id = (guint16) (FIRST_ID + self->n_sessions++);
  message.present = L2TP_AVP_BIT (L2TP_AVP_ASSIGNED_SESSION_ID);
  message.call.session_id = session->id;
  send_message (self, &message, session->peer_id);
}

static void
take_iccn (SimLns *self, guint16 session_id)
{
  SimLnsSession *session = find_session (self, session_id, 0);

  g_assert_nonnull (session);
  g_assert_false (session->up);
  if (session->closed)
    return;
  session->up = TRUE;
  self->n_up++;
}

/* The refusals of its calls come in the order of the calls, each once: what it sent was delivered
 * so. */
static void
take_cdn (SimLns *self, const L2tpMessage *cdn, guint16 session_id)
{
  SimLnsSession *session;

  if (session_id >= FIRST_CALL)
    {
      g_assert_cmpuint (session_id, ==, FIRST_CALL + self->n_refused);
      g_assert_cmpuint (self->n_refused, <, self->n_calls);
      self->n_refused++;
      return;
    }
  session = find_session (self, session_id, cdn->disconnect.session_id);
  g_assert_nonnull (session);
  session->closed = TRUE;
  session->up = FALSE;
}

static void
take_message (SimLns *self, gint64 now, const L2tpMessage *message, const L2tpHeader *header)
{
  guint16 session_id = header->session_id;
  gboolean session_message = message->type >= L2TP_MESSAGE_OCRQ;

  if (message->type == L2TP_MESSAGE_STOPCCN)
    {
      self->state = SIM_LNS_LINGER;
      self->linger_until = now + LINGER;
    }
  else if (self->state == SIM_LNS_STOPPING || self->state == SIM_LNS_LINGER)
    return;
  else if (message->type == L2TP_MESSAGE_SCCRQ)
    take_sccrq (self, message);
  else if (message->type == L2TP_MESSAGE_SCCCN)
    take_scccn (self, message);
  else
    {
      g_assert_cmpint (self->state, ==, SIM_LNS_ESTABLISHED);
      g_assert_cmpuint (header->tunnel_id, ==, SIM_LNS_TUNNEL);
      g_assert_true (!session_message || session_id != 0 || message->type == L2TP_MESSAGE_ICRQ ||
                     message->type == L2TP_MESSAGE_CDN);
      if (message->type == L2TP_MESSAGE_ICRQ)
        take_icrq (self, message);
      else if (message->type == L2TP_MESSAGE_ICCN)
        take_iccn (self, session_id);
      else if (message->type == L2TP_MESSAGE_CDN)
        take_cdn (self, message, session_id);
      else
        g_assert_cmpint (message->type, ==, L2TP_MESSAGE_HELLO);
    }
}

void
sim_lns_handle_packet (SimLns *self, gint64 now, const guint8 *data, gsize len)
{
  GBytes *next;

  if (self->state == SIM_LNS_DEAD)
    return;
  self->heard_at = now;
  sim_channel_receive (&self->channel, now, data, len);
  if (self->state == SIM_LNS_LINGER)
    sim_channel_forget (&self->channel);
  while ((next = sim_channel_next_message (&self->channel)) != NULL)
    {
      g_auto (L2tpMessage) message = { 0 };
      gsize size;
      const guint8 *octets = g_bytes_get_data (next, &size);
      L2tpHeader header;
      L2tpFault fault;

      g_assert_true (l2tp_header_parse (octets, size, &header));
      g_assert_cmpint (l2tp_message_parse (header.payload, self->secret, &message, &fault), ==,
                       L2TP_VERDICT_OK);
      if (self->delivered != NULL)
        g_ptr_array_add (self->delivered, g_bytes_new (header.payload.data, header.payload.len));
      take_message (self, now, &message, &header);
      g_bytes_unref (next);
    }
  if (self->state == SIM_LNS_LINGER)
    sim_channel_forget (&self->channel);
  if (self->state == SIM_LNS_STOPPING && sim_channel_is_idle (&self->channel))
    self->state = SIM_LNS_DEAD;
}

void
sim_lns_handle_timeout (SimLns *self, gint64 now)
{
  if (!sim_channel_handle_timeout (&self->channel, now))
    {
      self->given_up = TRUE;
      self->state = SIM_LNS_DEAD;
    }
  else if (self->state == SIM_LNS_WAIT_CTL_CONN && now >= self->heard_at + GUARD)
    self->state = SIM_LNS_DEAD;
  else if (self->state == SIM_LNS_LINGER && now >= self->linger_until)
    self->state = SIM_LNS_DEAD;
  else if (self->state == SIM_LNS_ESTABLISHED && self->hello_interval > 0 &&
           sim_channel_is_idle (&self->channel) && now >= self->heard_at + self->hello_interval)
    sim_lns_hello (self);
}

gint64
sim_lns_get_deadline (const SimLns *self)
{
  gint64 deadline = self->channel.timer;

  if (self->state == SIM_LNS_DEAD)
    return -1;
  if (self->state == SIM_LNS_LINGER)
    return self->linger_until;
  if (self->state == SIM_LNS_WAIT_CTL_CONN && deadline < 0)
    return self->heard_at + GUARD;
  if (self->state == SIM_LNS_ESTABLISHED && self->hello_interval > 0 && deadline < 0)
    return self->heard_at + self->hello_interval;
  return deadline;
}

GBytes *
sim_lns_next_packet (SimLns *self, gint64 now)
{
  return self->state == SIM_LNS_DEAD ? NULL : sim_channel_next_packet (&self->channel, now);
}

void
sim_lns_hello (SimLns *self)
{
  L2tpMessage message = { .type = L2TP_MESSAGE_HELLO };

  if (self->state == SIM_LNS_ESTABLISHED)
    send_message (self, &message, 0);
}

static SimLnsSession *
find_up (SimLns *self)
{
  for (guint i = 0; i < self->n_sessions; i++)
    if (self->sessions[i].up)
      return &self->sessions[i];
  return NULL;
}

void
sim_lns_set_link_info (SimLns *self)
{
  static const guint8 accm[10] = { 0 };
  L2tpMessage message = { .type = L2TP_MESSAGE_SLI };
  SimLnsSession *session = find_up (self);

  if (self->state != SIM_LNS_ESTABLISHED || session == NULL)
    return;
  message.present = L2TP_AVP_BIT (L2TP_AVP_ACCM);
  message.accm = (L2tpOctets){ accm, sizeof accm };
  send_message (self, &message, session->peer_id);
}

void
sim_lns_call (SimLns *self)
{
  L2tpMessage message = { .type = L2TP_MESSAGE_ICRQ };

  if (self->state != SIM_LNS_ESTABLISHED || self->n_calls - self->n_refused >= SIM_LNS_MAX_CALLS)
    return;
  message.present =
      L2TP_AVP_BIT (L2TP_AVP_ASSIGNED_SESSION_ID) | L2TP_AVP_BIT (L2TP_AVP_CALL_SERIAL_NUMBER);
  message.call.session_id = (guint16) (FIRST_CALL + self->n_calls++);
  message.call.call_serial = self->n_calls;
  send_message (self, &message, 0);
}

void
sim_lns_disconnect (SimLns *self)
{
  SimLnsSession *session = find_up (self);

  if (self->state != SIM_LNS_ESTABLISHED || session == NULL)
    return;
  session->up = FALSE;
  session->closed = TRUE;
  send_cdn (self, session);
}

void
sim_lns_stop (SimLns *self)
{
  if (self->state == SIM_LNS_ESTABLISHED)
    send_stopccn (self, L2TP_STOPCCN_CLEAR);
}
