/* SPDX-License-Identifier: GPL-2.0-or-later */
/* SPDX-FileCopyrightText: The l2tp-client authors */

/* What xl2tpd and l2tpns said to a recording client is said again to the engine: it must send the
 * same messages with the same Ns (VER-8, XPRT-1, QRK-1, QRK-2). */

#include <string.h>

#include "service/proto/l2tp-message.h"
#include "service/proto/l2tp-tunnel.h"

#include "test-vectors.h"

typedef struct
{
  L2tpTunnel *tunnel;
  guint16 session_id;
  gint64 now;
  guint n_skipped;   /* messages of the recording that the engine has no reason to send */
  L2tpResult result; /* of TUNNEL_DOWN */
} Replay;

static void
parse (GBytes *packet, L2tpHeader *ret_header, L2tpMessage *ret_message)
{
  static const L2tpOctets hello = { (const guint8 *) "hello", 5 };
  L2tpOctets octets = l2tp_test_octets (packet);
  L2tpFault fault;

  g_assert_true (l2tp_header_parse (octets.data, octets.len, ret_header));
  memset (ret_message, 0, sizeof *ret_message);
  if (ret_header->payload.len > 0)
    g_assert_cmpint (l2tp_message_parse (ret_header->payload, hello, ret_message, &fault), ==,
                     L2TP_VERDICT_OK);
}

/* What the recording client sent to be refused, without the M bits that make us refuse it too. */
static GBytes *
make_harmless (GBytes *packet)
{
  g_autoptr (GBytes) copy =
      g_bytes_new (g_bytes_get_data (packet, NULL), g_bytes_get_size (packet));
  GByteArray *array = g_bytes_unref_to_array (g_steal_pointer (&copy));
  L2tpHeader header;
  L2tpAvpIter iter;
  L2tpAvp avp;

  g_assert_true (l2tp_header_parse (array->data, array->len, &header));
  l2tp_avp_iter_init (&iter, header.payload);
  while (l2tp_avp_iter_next (&iter, &avp))
    if (l2tp_avp_lookup (avp.vendor, avp.type) == NULL)
      array->data[avp.value.data - L2TP_AVP_HEADER_SIZE - array->data] &= 0x7F;
  return g_byte_array_free_to_bytes (array);
}

static void
open_tunnel (Replay *self, const L2tpMessage *sccrq, const char *secret)
{
  L2tpTunnelConfig config = {
    .host_name = "replay",
    .receive_window = 8,
    .secret = (const guint8 *) secret,
    .secret_len = strlen (secret),
    .no_sessions_timeout = 3600 * G_TIME_SPAN_SECOND,
  };
  L2tpTunnelEntropy entropy = { .tunnel_id = sccrq->start.tunnel_id };

  if (l2tp_message_has (sccrq, L2TP_AVP_CHALLENGE))
    memcpy (entropy.challenge, sccrq->start.challenge.data, sizeof entropy.challenge);
  self->tunnel = l2tp_tunnel_new (&config, &entropy);
  l2tp_tunnel_open (self->tunnel, self->now);
}

static void
drain_events (Replay *self)
{
  L2tpEvent event;

  while (l2tp_tunnel_next_event (self->tunnel, &event))
    {
      if (event.type == L2TP_EVENT_TUNNEL_DOWN)
        l2tp_result_copy (&event.result, &self->result);
      l2tp_event_clear (&event);
    }
}

/* The next real message of the engine; its own acknowledgements may differ from the recording's. */
static gboolean
next_message (Replay *self, L2tpHeader *ret_header, L2tpMessage *ret_message)
{
  for (;;)
    {
      g_autoptr (GBytes) packet = l2tp_tunnel_next_packet (self->tunnel, self->now);

      if (packet == NULL)
        return FALSE;
      parse (packet, ret_header, ret_message);
      if (ret_header->payload.len > 0)
        return TRUE;
    }
}

static void
provoke (Replay *self, const L2tpMessage *message, const char *secret)
{
  L2tpSessionConfig session = { 0 };

  if (message->type == L2TP_MESSAGE_SCCRQ)
    open_tunnel (self, message, secret);
  else if (message->type == L2TP_MESSAGE_ICRQ)
    {
      session.session_id = self->session_id = message->call.session_id;
      g_assert_true (l2tp_tunnel_open_session (self->tunnel, self->now, &session));
    }
  else if (message->type == L2TP_MESSAGE_ICCN)
    l2tp_tunnel_connect_session (self->tunnel, self->now, self->session_id);
  else if (message->type == L2TP_MESSAGE_HELLO)
    l2tp_tunnel_probe (self->tunnel, self->now);
  else if (message->type == L2TP_MESSAGE_CDN)
    l2tp_tunnel_close_session (self->tunnel, self->now, self->session_id, 3, 0, NULL);
  else if (message->type == L2TP_MESSAGE_STOPCCN)
    l2tp_tunnel_close (self->tunnel, self->now, 1, 0);
}

static void
replay_sent (Replay *self, GBytes *original, const char *secret)
{
  g_autoptr (GBytes) recorded = make_harmless (original);
  g_auto (L2tpMessage) theirs = { 0 };
  L2tpMessage ours;
  L2tpHeader their_header, our_header;

  parse (recorded, &their_header, &theirs);
  if (their_header.payload.len == 0)
    return;
  /* After the end of a call the recorder closes it once more; the engine has nothing to say. */
  if (theirs.type == L2TP_MESSAGE_CDN &&
      l2tp_tunnel_get_session_state (self->tunnel, self->session_id) == L2TP_SESSION_STATE_IDLE)
    {
      self->n_skipped++;
      return;
    }

  provoke (self, &theirs, secret);
  drain_events (self);
  g_assert_true (next_message (self, &our_header, &ours));
  g_assert_cmpint (ours.type, ==, theirs.type);
  g_assert_cmpuint (our_header.ns, ==, their_header.ns - self->n_skipped);
  g_assert_cmpuint (our_header.tunnel_id, ==, their_header.tunnel_id);
  g_assert_cmpuint (our_header.session_id, ==, their_header.session_id);
  l2tp_message_clear (&ours);
}

static void
replay_received (Replay *self, GBytes *recorded)
{
  L2tpOctets octets = l2tp_test_octets (recorded);

  if (self->tunnel == NULL)
    return;
  self->now += 1000;
  l2tp_tunnel_handle_packet (self->tunnel, self->now, octets.data, octets.len);
  drain_events (self);
}

/* The recording ends without an answer. */
static void
wait_in_vain (Replay *self)
{
  while (self->result.kind == 0)
    {
      L2tpMessage message;
      L2tpHeader header;

      self->now = l2tp_tunnel_get_deadline (self->tunnel);
      l2tp_tunnel_handle_timeout (self->tunnel, self->now);
      drain_events (self);
      if (next_message (self, &header, &message))
        l2tp_message_clear (&message);
    }
}

static void
replay (JsonObject *scenario, L2tpResult *ret_result)
{
  JsonArray *packets = json_object_get_array_member (scenario, "packets");
  const char *secret = json_object_get_string_member (scenario, "client_secret");
  Replay self = { .now = 1000 };

  g_test_message ("%s", json_object_get_string_member (scenario, "scenario"));
  for (guint i = 0; i < json_array_get_length (packets) && self.result.kind == 0; i++)
    {
      JsonObject *packet = json_array_get_object_element (packets, i);
      g_autoptr (GBytes) bytes = l2tp_test_get_hex (packet, "hex");

      if (g_str_equal (json_object_get_string_member (packet, "dir"), "sent"))
        replay_sent (&self, bytes, secret);
      else
        replay_received (&self, bytes);
    }
  if (self.result.kind == 0)
    wait_in_vain (&self);
  l2tp_tunnel_free (self.tunnel);
  *ret_result = self.result;
}

static void
check (const char *server, const char *scenario, L2tpResultKind kind)
{
  g_autoptr (JsonObject) root = l2tp_test_load_vectors (server);
  g_auto (L2tpResult) result = { 0 };

  replay (l2tp_test_find_vector (root, "scenarios", "scenario", scenario), &result);
  g_assert_cmpstr (l2tp_result_kind_to_string (result.kind), ==, l2tp_result_kind_to_string (kind));
}

static void
test_calls (void)
{
  static const char *const servers[] = { "live_xl2tpd", "live_l2tpns" };
  static const char *const scenarios[] = { "normal", "tie_breaker_sent",
                                           "unknown_optional_avp_sent", "hidden_session_id" };

  for (guint i = 0; i < G_N_ELEMENTS (servers); i++)
    for (guint j = 0; j < G_N_ELEMENTS (scenarios); j++)
      check (servers[i], scenarios[j], L2TP_RESULT_LOCAL);
}

/* AUTH-3, TUN-32 */
static void
test_secrets (void)
{
  check ("live_xl2tpd", "wrong_secret", L2TP_RESULT_AUTH_MISMATCH);
  check ("live_l2tpns", "wrong_secret", L2TP_RESULT_AUTH_MISMATCH);
  check ("live_xl2tpd", "no_challenge_from_client", L2TP_RESULT_AUTH_MISMATCH);
}

/* HDR-24, QRK-1, QRK-2: how an LNS refuses a mandatory AVP that it does not know: xl2tpd says 2/6,
 * l2tpns nothing at all. */
static void
test_refusals (void)
{
  check ("live_xl2tpd", "unknown_mandatory_avp_sent", L2TP_RESULT_STOPCCN);
  check ("live_l2tpns", "unknown_mandatory_avp_sent", L2TP_RESULT_NO_ANSWER);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/replay/calls", test_calls);
  g_test_add_func ("/replay/secrets", test_secrets);
  g_test_add_func ("/replay/refusals", test_refusals);
  return g_test_run ();
}
