/* SPDX-License-Identifier: GPL-2.0-or-later */
/* SPDX-FileCopyrightText: The l2tp-client authors */

/* A scripted LNS with a virtual clock. It acknowledges what it took and nothing else. */

#include "test-peer.h"

#include <string.h>

#include "service/proto/l2tp-auth.h"

static const guint8 lns_challenge[] = { 9, 8, 7, 6, 5, 4, 3, 2, 1, 0, 1, 2, 3, 4, 5, 6 };

static Peer *
make_peer (const char *secret, const char *lns_secret, gboolean hide_avps)
{
  Peer *self = g_new0 (Peer, 1);
  L2tpTunnelConfig config = {
    .host_name = "client",
    .vendor_name = "test",
    .firmware = 0x0100,
    .receive_window = 8,
    .secret = (const guint8 *) secret,
    .secret_len = secret != NULL ? strlen (secret) : 0,
    .hello_interval = 60 * SECOND,
    .no_sessions_timeout = 15 * SECOND,
    .hide_avps = hide_avps,
  };
  L2tpTunnelEntropy entropy = { CLIENT_TUNNEL, "0123456789abcde" };

  self->tunnel = l2tp_tunnel_new (&config, &entropy);
  self->now = 1000 * SECOND;
  self->framing = L2TP_FRAMING_SYNC;
  self->receive_window = 4;
  self->secret.data = (const guint8 *) lns_secret;
  self->secret.len = lns_secret != NULL ? strlen (lns_secret) : 0;
  return self;
}

Peer *
peer_new (const char *secret, const char *lns_secret)
{
  return make_peer (secret, lns_secret, FALSE);
}

Peer *
peer_new_hiding (const char *secret)
{
  return make_peer (secret, secret, TRUE);
}

static void
forget_packet (Peer *self)
{
  l2tp_message_clear (&self->message);
  g_clear_pointer (&self->packet, g_bytes_unref);
}

void
peer_free (Peer *self)
{
  forget_packet (self);
  l2tp_tunnel_free (self->tunnel);
  g_free (self);
}

void
expect (Peer *self, int type)
{
  const guint8 *data;
  gsize len;
  L2tpFault fault = { 0 };
  L2tpVerdict verdict;

  forget_packet (self);
  self->packet = l2tp_tunnel_next_packet (self->tunnel, self->now);
  g_assert_nonnull (self->packet);
  data = g_bytes_get_data (self->packet, &len);
  g_assert_true (l2tp_header_parse (data, len, &self->header));
  if (self->header.payload.len == 0)
    {
      g_assert_cmpint (type, ==, ZLB);
      return;
    }

  verdict = l2tp_message_parse (self->header.payload, self->secret, &self->message, &fault);
  g_assert_cmpstr (fault.text, ==, "");
  g_assert_cmpint (verdict, ==, L2TP_VERDICT_OK);
  g_assert_cmpint (self->message.type, ==, type);
  self->nr = (guint16) (self->header.ns + 1);
}

void
expect_silence (Peer *self)
{
  g_assert_null (l2tp_tunnel_next_packet (self->tunnel, self->now));
}

L2tpEvent
expect_event (Peer *self, L2tpEventType type)
{
  L2tpEvent event;

  g_assert_true (l2tp_tunnel_next_event (self->tunnel, &event));
  g_assert_cmpint (event.type, ==, type);
  return event;
}

void
expect_no_event (Peer *self)
{
  L2tpEvent event;

  g_assert_false (l2tp_tunnel_next_event (self->tunnel, &event));
}

static void
deliver (Peer *self, GByteArray *packet)
{
  /* A block of its own size, so that a sanitizer sees the end. */
  g_autofree guint8 *copy = g_memdup2 (packet->data, packet->len);

  l2tp_tunnel_handle_packet (self->tunnel, self->now, copy, packet->len);
}

void
reply_message (Peer *self, const L2tpMessage *message, guint16 header_session_id)
{
  g_autoptr (GByteArray) packet = l2tp_message_build (message, header_session_id);

  l2tp_packet_seal (packet, CLIENT_TUNNEL, self->ns++, self->nr);
  deliver (self, packet);
}

static void
fill_start (Peer *self, L2tpMessage *message, guint8 *response)
{
  L2tpStartControl *start = &message->start;
  L2tpOctets challenge = { (const guint8 *) "0123456789abcde", 16 };

  message->present = L2TP_AVP_BIT (L2TP_AVP_PROTOCOL_VERSION) |
                     L2TP_AVP_BIT (L2TP_AVP_FRAMING_CAPABILITIES) |
                     L2TP_AVP_BIT (L2TP_AVP_HOST_NAME) | L2TP_AVP_BIT (L2TP_AVP_VENDOR_NAME) |
                     L2TP_AVP_BIT (L2TP_AVP_ASSIGNED_TUNNEL_ID);
  start->protocol_version = L2TP_PROTOCOL_VERSION;
  start->framing_capabilities = self->framing;
  start->host_name = (L2tpOctets){ (const guint8 *) "lns", 3 };
  start->vendor_name = (L2tpOctets){ (const guint8 *) "ven\ndor", 7 };
  start->tunnel_id = LNS_TUNNEL;
  if (self->receive_window > 0)
    {
      message->present |= L2TP_AVP_BIT (L2TP_AVP_RECEIVE_WINDOW_SIZE);
      start->receive_window = self->receive_window;
    }
  if (self->secret.data != NULL)
    {
      message->present |=
          L2TP_AVP_BIT (L2TP_AVP_CHALLENGE) | L2TP_AVP_BIT (L2TP_AVP_CHALLENGE_RESPONSE);
      start->challenge = (L2tpOctets){ lns_challenge, sizeof lns_challenge };
      l2tp_auth_respond (L2TP_MESSAGE_SCCRP, self->secret, challenge, response);
      start->response = (L2tpOctets){ response, L2TP_RESPONSE_SIZE };
    }
}

void
reply_in_session (Peer *self, int type, guint16 header_session_id)
{
  L2tpMessage message = { .type = (L2tpMessageType) type };
  guint8 response[L2TP_RESPONSE_SIZE];

  if (type == L2TP_MESSAGE_SCCRP || type == L2TP_MESSAGE_SCCRQ)
    fill_start (self, &message, response);
  else if (type == L2TP_MESSAGE_STOPCCN)
    {
      message.present =
          L2TP_AVP_BIT (L2TP_AVP_ASSIGNED_TUNNEL_ID) | L2TP_AVP_BIT (L2TP_AVP_RESULT_CODE);
      message.stop.tunnel_id = LNS_TUNNEL;
      message.stop.result.result = 1;
    }
  else if (type == L2TP_MESSAGE_CDN)
    {
      message.present =
          L2TP_AVP_BIT (L2TP_AVP_RESULT_CODE) | L2TP_AVP_BIT (L2TP_AVP_ASSIGNED_SESSION_ID);
      message.disconnect.session_id = LNS_SESSION;
      message.disconnect.result.result = 3;
    }
  else if (type == L2TP_MESSAGE_ICRP || type == L2TP_MESSAGE_ICRQ)
    {
      message.present =
          L2TP_AVP_BIT (L2TP_AVP_ASSIGNED_SESSION_ID) | L2TP_AVP_BIT (L2TP_AVP_CALL_SERIAL_NUMBER);
      message.call.session_id = LNS_SESSION;
    }
  else if (type == L2TP_MESSAGE_ICCN)
    message.present =
        L2TP_AVP_BIT (L2TP_AVP_TX_CONNECT_SPEED) | L2TP_AVP_BIT (L2TP_AVP_FRAMING_TYPE);
  reply_message (self, &message, header_session_id);
}

void
reply (Peer *self, int type)
{
  g_autoptr (GByteArray) zlb = NULL;

  if (type != ZLB)
    {
      reply_in_session (self, type,
                        type == L2TP_MESSAGE_ICRP || type == L2TP_MESSAGE_CDN ? CLIENT_SESSION : 0);
      return;
    }
  zlb = l2tp_packet_new (0);
  l2tp_packet_seal (zlb, CLIENT_TUNNEL, self->ns, self->nr);
  deliver (self, zlb);
}

static void
append_hex (GByteArray *packet, const char *hex)
{
  for (; hex[0] != '\0'; hex += 2)
    {
      guint8 octet = (guint8) (g_ascii_xdigit_value (hex[0]) << 4 | g_ascii_xdigit_value (hex[1]));

      g_byte_array_append (packet, &octet, 1);
    }
}

void
reply_hex (Peer *self, const char *hex)
{
  g_autoptr (GByteArray) packet = g_byte_array_new ();

  append_hex (packet, hex);
  deliver (self, packet);
}

void
reply_avps (Peer *self, guint16 header_session_id, const char *hex)
{
  g_autoptr (GByteArray) packet = l2tp_packet_new (header_session_id);

  append_hex (packet, hex);
  l2tp_packet_seal (packet, CLIENT_TUNNEL, self->ns++, self->nr);
  deliver (self, packet);
}

void
expect_timeout (Peer *self, gint64 duration)
{
  g_assert_cmpint (l2tp_tunnel_get_deadline (self->tunnel) - self->now, ==, duration);
  self->now += duration;
  l2tp_tunnel_handle_timeout (self->tunnel, self->now);
}

void
wait_for (Peer *self, gint64 duration)
{
  gint64 deadline = l2tp_tunnel_get_deadline (self->tunnel);

  self->now += duration;
  g_assert_true (deadline < 0 || deadline > self->now);
  l2tp_tunnel_handle_timeout (self->tunnel, self->now); /* early: harmless */
}

void
establish (Peer *self)
{
  L2tpEvent event;

  l2tp_tunnel_open (self->tunnel, self->now);
  expect (self, L2TP_MESSAGE_SCCRQ);
  reply (self, L2TP_MESSAGE_SCCRP);
  event = expect_event (self, L2TP_EVENT_TUNNEL_UP);
  l2tp_event_clear (&event);
  expect (self, L2TP_MESSAGE_SCCCN);
  reply (self, ZLB);
}

void
open_session (Peer *self, guint16 session_id)
{
  L2tpSessionConfig config = { session_id, 1, 100000000 };

  g_assert_true (l2tp_tunnel_open_session (self->tunnel, self->now, &config));
}

void
establish_session (Peer *self)
{
  L2tpEvent event;

  establish (self);
  open_session (self, CLIENT_SESSION);
  expect (self, L2TP_MESSAGE_ICRQ);
  reply (self, L2TP_MESSAGE_ICRP);
  event = expect_event (self, L2TP_EVENT_SESSION_REPLIED);
  l2tp_event_clear (&event);
  l2tp_tunnel_connect_session (self->tunnel, self->now, CLIENT_SESSION);
  expect (self, L2TP_MESSAGE_ICCN);
  reply (self, ZLB);
  event = expect_event (self, L2TP_EVENT_SESSION_UP);
  l2tp_event_clear (&event);
}

void
expect_tunnel_down (Peer *self, L2tpResultKind kind, guint16 result)
{
  g_auto (L2tpEvent) event = expect_event (self, L2TP_EVENT_TUNNEL_DOWN);

  g_assert_cmpint (event.result.kind, ==, kind);
  g_assert_cmpuint (event.result.result, ==, result);
}

void
expect_session_down (Peer *self, L2tpResultKind kind, guint16 result)
{
  g_auto (L2tpEvent) event = expect_event (self, L2TP_EVENT_SESSION_DOWN);

  g_assert_cmpint (event.result.kind, ==, kind);
  g_assert_cmpuint (event.result.result, ==, result);
}

void
expect_plain_event (Peer *self, L2tpEventType type)
{
  g_auto (L2tpEvent) event = expect_event (self, type);

  g_assert_cmpint (event.result.kind, ==, L2TP_RESULT_NONE);
}

void
assert_state (Peer *self, L2tpTunnelState state)
{
  g_assert_cmpstr (l2tp_tunnel_state_to_string (l2tp_tunnel_get_state (self->tunnel)), ==,
                   l2tp_tunnel_state_to_string (state));
}

void
assert_session_state (Peer *self, L2tpSessionState state)
{
  g_assert_cmpstr (
      l2tp_session_state_to_string (l2tp_tunnel_get_session_state (self->tunnel, CLIENT_SESSION)),
      ==, l2tp_session_state_to_string (state));
}

void
expect_stopccn (Peer *self, guint16 result, guint16 error)
{
  expect (self, L2TP_MESSAGE_STOPCCN);
  g_assert_cmpuint (self->message.stop.tunnel_id, ==, CLIENT_TUNNEL);
  g_assert_cmpuint (self->message.stop.result.result, ==, result);
  g_assert_cmpuint (self->message.stop.result.error, ==, error);
}

void
expect_cdn (Peer *self, guint16 header_session_id, guint16 result, guint16 error)
{
  expect (self, L2TP_MESSAGE_CDN);
  g_assert_cmpuint (self->header.session_id, ==, header_session_id);
  g_assert_cmpuint (self->message.disconnect.result.result, ==, result);
  g_assert_cmpuint (self->message.disconnect.result.error, ==, error);
}
