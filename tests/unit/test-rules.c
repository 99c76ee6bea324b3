/* SPDX-License-Identifier: GPL-2.0-or-later */
/* SPDX-FileCopyrightText: The l2tp-client authors */

/* Rows of the protocol reference that no ladder of the other files shows by itself: headers,
 * required AVPs, what a client does not take part in. */

#include <string.h>

#include "service/proto/l2tp-auth.h"
#include "test-peer.h"

static const L2tpOctets hello = { (const guint8 *) "hello", 5 };

/* MSG-1 … MSG-16, one row each: what section 3 demands, what it allows. */
static const struct
{
  L2tpMessageType type;
  gboolean session;
  guint8 required[8]; /* 0 ends it */
  guint8 optional[13];
} messages[] = {
  { 1, FALSE, { 2, 3, 7, 9 }, { 4, 5, 6, 8, 10, 11 } },                     /* MSG-1 */
  { 2, FALSE, { 2, 3, 7, 9 }, { 4, 6, 8, 10, 11, 13 } },                    /* MSG-2 */
  { 3, FALSE, { 0 }, { 13 } },                                              /* MSG-3 */
  { 6, FALSE, { 0 }, { 0 } },                                               /* MSG-6 */
  { 7, TRUE, { 14, 15, 16, 17, 18, 19, 21 }, { 23 } },                      /* MSG-7 */
  { 8, TRUE, { 14 }, { 25 } },                                              /* MSG-8 */
  { 9, TRUE, { 19, 24 }, { 38, 39 } },                                      /* MSG-9 */
  { 10, TRUE, { 14, 15 }, { 18, 21, 22, 23, 25 } },                         /* MSG-10 */
  { 11, TRUE, { 14 }, { 0 } },                                              /* MSG-11 */
  { 12, TRUE, { 19, 24 }, { 26, 27, 28, 29, 30, 31, 32, 33, 37, 38, 39 } }, /* MSG-12 */
  { 15, TRUE, { 34 }, { 0 } },                                              /* MSG-15 */
  { 16, TRUE, { 35 }, { 0 } },                                              /* MSG-16 */
};

static void
append (GByteArray *payload, guint type)
{
  static const guint8 lengths[L2TP_AVP_END] = {
    2, 4, 2, 4, 4, 8, 2, 1, 1, 2, 2, 1, 3, 16, 2,  4,  4, 4, 4, 4,
    0, 1, 1, 1, 4, 4, 1, 1, 1, 2, 1, 1, 2, 1,  26, 10, 1, 1, 4, 0,
  };
  static const guint8 value[26] = { 1, 0 };
  L2tpAvp avp = { .mandatory = TRUE, .type = (guint16) type, .value = { value, lengths[type] } };

  l2tp_packet_append_avp (payload, &avp);
}

/* @without: an AVP to be left out, 0 for none */
static void
check_message (guint row, guint without, L2tpVerdict expected)
{
  g_autoptr (GByteArray) payload = g_byte_array_new ();
  guint8 type[2] = { 0, (guint8) messages[row].type };
  L2tpAvp first = { .mandatory = TRUE, .type = L2TP_AVP_MESSAGE_TYPE, .value = { type, 2 } };
  g_auto (L2tpMessage) message = { 0 };
  L2tpFault fault = { 0 };
  guint64 present = 0;

  l2tp_packet_append_avp (payload, &first);
  for (guint i = 0; i < 13; i++) /* optional ones first: any order is good (HDR-28) */
    if (messages[row].optional[i] != 0 && messages[row].optional[i] != without)
      {
        append (payload, messages[row].optional[i]);
        present |= L2TP_AVP_BIT (messages[row].optional[i]);
      }
  for (guint i = 0; i < 8; i++)
    if (messages[row].required[i] != 0 && messages[row].required[i] != without)
      {
        append (payload, messages[row].required[i]);
        present |= L2TP_AVP_BIT (messages[row].required[i]);
      }

  g_assert_cmpint (
      l2tp_message_parse ((L2tpOctets){ payload->data, payload->len }, hello, &message, &fault), ==,
      expected);
  if (expected == L2TP_VERDICT_OK)
    g_assert_true (message.present == present);
  else
    {
      g_assert_cmpint (fault.session, ==, messages[row].session);
      g_assert_cmpuint (fault.result, ==, 2);
      g_assert_cmpuint (fault.error, ==, 3);
    }
}

static void
test_messages (void)
{
  for (guint row = 0; row < G_N_ELEMENTS (messages); row++)
    {
      check_message (row, 0, L2TP_VERDICT_OK);
      for (guint i = 0; i < 8 && messages[row].required[i] != 0; i++)
        check_message (row, messages[row].required[i], L2TP_VERDICT_MALFORMED);
      for (guint i = 0; i < 13 && messages[row].optional[i] != 0; i++)
        check_message (row, messages[row].optional[i], L2TP_VERDICT_OK);
    }
}

/* MSG-4, MSG-14: a farewell needs nothing. */
static void
test_bare_farewells (void)
{
  g_autoptr (Peer) peer = peer_new (NULL, NULL);

  establish_session (peer);
  reply_avps (peer, CLIENT_SESSION, "800800000000000e");
  expect_session_down (peer, L2TP_RESULT_CDN, 0);
  expect (peer, ZLB);
  reply_avps (peer, 0, "8008000000000004");
  expect_tunnel_down (peer, L2TP_RESULT_STOPCCN, 0);
  expect (peer, ZLB);
}

/* HDR-1, HDR-3: of everything we send. */
static void
assert_header (Peer *peer)
{
  gsize len;
  const guint8 *data = g_bytes_get_data (peer->packet, &len);

  g_assert_cmpuint (l2tp_read_u16 (data), ==, 0xC802);
  g_assert_cmpuint (l2tp_read_u16 (data + 2), ==, len);
  g_assert_true (peer->header.payload.data == data + 12);
}

static void
test_headers (void)
{
  g_autoptr (Peer) peer = peer_new ("hello", "hello");

  l2tp_tunnel_open (peer->tunnel, peer->now);
  open_session (peer, CLIENT_SESSION);
  expect (peer, L2TP_MESSAGE_SCCRQ);
  assert_header (peer);
  reply (peer, L2TP_MESSAGE_SCCRP);
  expect_plain_event (peer, L2TP_EVENT_TUNNEL_UP);
  expect (peer, L2TP_MESSAGE_SCCCN);
  assert_header (peer);
  expect (peer, L2TP_MESSAGE_ICRQ);
  assert_header (peer);
  reply (peer, L2TP_MESSAGE_HELLO);
  expect (peer, ZLB);
  assert_header (peer);
  l2tp_tunnel_close (peer->tunnel, peer->now, 6, 0);
  expect_session_down (peer, L2TP_RESULT_LOCAL, 6);
  expect_tunnel_down (peer, L2TP_RESULT_LOCAL, 6);
  expect_stopccn (peer, 6, 0); /* ERR-31: and no CDN */
  assert_header (peer);
  expect_silence (peer);
}

/* HDR-12: the event by which the owner locks address and port is there before what must go to them;
 * AUTH-5: the challenge is the one of this attempt. */
static void
test_lock_comes_first (void)
{
  g_autoptr (Peer) peer = peer_new ("hello", "hello");

  l2tp_tunnel_open (peer->tunnel, peer->now);
  expect (peer, L2TP_MESSAGE_SCCRQ);
  g_assert_cmpmem (peer->message.start.challenge.data, peer->message.start.challenge.len,
                   "0123456789abcde", 16);
  reply (peer, L2TP_MESSAGE_SCCRP);
  expect_plain_event (peer, L2TP_EVENT_TUNNEL_UP);
  expect_no_event (peer);
  expect (peer, L2TP_MESSAGE_SCCCN);
}

/* HDR-20: the longest AVP there is. */
static void
test_longest_avp (void)
{
  g_autoptr (GByteArray) packet = l2tp_packet_new (0);
  guint8 value[L2TP_AVP_MAX_VALUE] = { 0 };
  L2tpAvp avp = { .type = 8, .value = { value, sizeof value } }, again;
  L2tpAvpIter iter;

  l2tp_packet_append_avp (packet, &avp);
  g_assert_cmpuint (l2tp_read_u16 (packet->data + 12), ==, 1023);
  l2tp_avp_iter_init (&iter, (L2tpOctets){ packet->data + 12, packet->len - 12 });
  g_assert_true (l2tp_avp_iter_next (&iter, &again));
  g_assert_cmpuint (again.value.len, ==, 1017);
}

static guint64
count_dropped (Peer *peer)
{
  L2tpTunnelStatistics statistics;

  l2tp_tunnel_get_statistics (peer->tunnel, &statistics);
  return statistics.dropped;
}

/* TUN-2, TUN-3, TUN-4, HDR-6, HDR-9, HDR-15, SES-24, KRN-8: not for us, not for this floor, not our
 * version: dropped without a word, whatever it says of Nr. */
static void
test_dropped (void)
{
  static const char *const datagrams[] = {
    "c802001400000000000000018008000000000001", /* SCCRQ to tunnel 0 */
    "c802001499990000000100018008000000000002", /* SCCRP to another's */
    "c802001499990000000100018008000000000003",
    "c802001499990000000100018008000000000004",
    "c802001400000000000100018008000000000006",
    "c803001412340000000100018008000000000006", /* version 3 */
    "c801001412340000000100018008000000000006",
    "000212340badff03c021",         /* data */
    "080212340bad00000005ff03c021", /* data with Ns, and an Nr that means nothing */
  };
  g_autoptr (Peer) peer = peer_new (NULL, NULL);

  establish_session (peer);
  for (guint i = 0; i < G_N_ELEMENTS (datagrams); i++)
    {
      reply_hex (peer, datagrams[i]);
      expect_silence (peer);
      expect_no_event (peer);
      g_assert_cmpuint (count_dropped (peer), ==, i + 1);
    }
  assert_session_state (peer, L2TP_SESSION_STATE_ESTABLISHED);
}

/* TUN-20 … TUN-24: we send no tie breaker, so a collision cannot be lost: whatever the other SCCRQ
 * breaks ties with, ours goes on. TUN-7, TUN-23 */
static void
test_collision (void)
{
  static const char *const tie_breakers[] = { "", "000e000000050000000000000000",
                                              "000e00000005ffffffffffffffff" };

  for (guint i = 0; i < G_N_ELEMENTS (tie_breakers); i++)
    {
      g_autoptr (Peer) peer = peer_new (NULL, NULL);
      g_autofree char *avps = g_strconcat ("8008000000000001"
                                           "8008000000020100"
                                           "800a0000000300000003"
                                           "8007000000076c"
                                           "8008000000094444",
                                           tie_breakers[i], NULL);

      l2tp_tunnel_open (peer->tunnel, peer->now);
      expect (peer, L2TP_MESSAGE_SCCRQ);
      g_assert_false (l2tp_message_has (&peer->message, L2TP_AVP_TIE_BREAKER));
      reply_avps (peer, 0, avps);
      expect (peer, ZLB);
      reply (peer, L2TP_MESSAGE_SCCRP);
      expect_plain_event (peer, L2TP_EVENT_TUNNEL_UP);
      expect (peer, L2TP_MESSAGE_SCCCN);
      g_assert_cmpuint (peer->header.tunnel_id, ==, LNS_TUNNEL);
    }
}

/* TUN-28, HDR-5: tunnels are told apart by our id alone; the LNS may assign the same number. */
static void
test_same_ids (void)
{
  g_autoptr (Peer) peer = peer_new (NULL, NULL);

  l2tp_tunnel_open (peer->tunnel, peer->now);
  open_session (peer, CLIENT_SESSION);
  expect (peer, L2TP_MESSAGE_SCCRQ);
  reply_avps (peer, 0,
              "8008000000000002"
              "8008000000020100"
              "800a0000000300000003"
              "8007000000076c"
              "8008000000091234");
  expect_plain_event (peer, L2TP_EVENT_TUNNEL_UP);
  expect (peer, L2TP_MESSAGE_SCCCN);
  g_assert_cmpuint (peer->header.tunnel_id, ==, CLIENT_TUNNEL);
  expect (peer, L2TP_MESSAGE_ICRQ);
  reply_avps (peer, CLIENT_SESSION, "800800000000000b80080000000e0bad");
  expect_plain_event (peer, L2TP_EVENT_SESSION_REPLIED);
}

/* TUN-14, MSG-25: more calls than one in a tunnel; what is said to one does not reach the other. */
static void
test_two_sessions (void)
{
  g_autoptr (Peer) peer = peer_new (NULL, NULL);

  establish_session (peer);
  open_session (peer, 2);
  expect (peer, L2TP_MESSAGE_ICRQ);
  reply_avps (peer, 2, "800800000000000b80080000000e0022");
  expect_plain_event (peer, L2TP_EVENT_SESSION_REPLIED);
  l2tp_tunnel_connect_session (peer->tunnel, peer->now, 2);
  expect (peer, L2TP_MESSAGE_ICCN);
  g_assert_cmpuint (peer->header.session_id, ==, 0x22);
  reply (peer, L2TP_MESSAGE_CDN);
  expect_plain_event (peer, L2TP_EVENT_SESSION_UP);
  expect_session_down (peer, L2TP_RESULT_CDN, 3);
  g_assert_cmpint (l2tp_tunnel_get_session_state (peer->tunnel, 2), ==,
                   L2TP_SESSION_STATE_ESTABLISHED);
  expect (peer, ZLB);
  l2tp_tunnel_close (peer->tunnel, peer->now, 1, 0); /* SES-13 */
  expect_session_down (peer, L2TP_RESULT_LOCAL, 1);
}

/* SES-6: an ICRP without a session id, or with 0, or in a form that cannot be. */
static void
test_bad_icrp (void)
{
  static const struct
  {
    const char *avps;
    guint16 error;
  } cases[] = {
    { "800800000000000b", 3 },
    { "800800000000000b80080000000e0000", 3 },
    { "800800000000000b800a0000000e00000001", 2 },
  };

  for (guint i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      g_autoptr (Peer) peer = peer_new (NULL, NULL);

      establish (peer);
      open_session (peer, CLIENT_SESSION);
      expect (peer, L2TP_MESSAGE_ICRQ);
      reply_avps (peer, CLIENT_SESSION, cases[i].avps);
      expect_session_down (peer, L2TP_RESULT_MALFORMED, 2);
      expect_cdn (peer, 0, 2, cases[i].error);
      assert_state (peer, L2TP_TUNNEL_STATE_ESTABLISHED);
    }
}

/* SES-21, SES-22: an outgoing call is never ours, in whichever state its messages come. */
static void
test_outgoing_calls (void)
{
  static const char *const avps[] = {
    "800800000000000880080000000e0009",
    "8008000000000009800a0000001800000001800a0000001300000001",
  };

  for (guint i = 0; i < G_N_ELEMENTS (avps); i++)
    {
      g_autoptr (Peer) peer = peer_new (NULL, NULL);

      establish_session (peer);
      reply_avps (peer, 0, avps[i]); /* nobody's */
      expect (peer, ZLB);
      expect_no_event (peer);
      reply_avps (peer, CLIENT_SESSION, avps[i]); /* ERR-33 */
      expect_session_down (peer, L2TP_RESULT_FSM, 2);
      expect_cdn (peer, LNS_SESSION, 2, 6);
    }
}

/* SES-21, HDR-5: however many calls are refused, 0 and the id of our call are never used. */
static void
test_refused_ids (void)
{
  g_autoptr (Peer) peer = peer_new (NULL, NULL);

  establish_session (peer);
  for (guint i = 0; i < 65536 + 10; i++)
    {
      reply_in_session (peer, L2TP_MESSAGE_ICRQ, 0);
      expect (peer, L2TP_MESSAGE_CDN);
      g_assert_cmpuint (peer->message.disconnect.session_id, !=, 0);
      g_assert_cmpuint (peer->message.disconnect.session_id, !=, CLIENT_SESSION);
      reply (peer, ZLB);
    }
}

/* XPRT-18: no Hello when there is to be none, and no deadline either. */
static void
test_no_hellos (void)
{
  L2tpTunnelConfig config = { .host_name = "client", .receive_window = 4 };
  L2tpTunnelEntropy entropy = { .tunnel_id = CLIENT_TUNNEL };
  g_autoptr (Peer) peer = peer_new (NULL, NULL);

  l2tp_tunnel_free (peer->tunnel);
  config.no_sessions_timeout = 15 * SECOND;
  peer->tunnel = l2tp_tunnel_new (&config, &entropy);
  establish_session (peer);
  g_assert_cmpint (l2tp_tunnel_get_deadline (peer->tunnel), ==, -1);
  wait_for (peer, 24 * 3600 * SECOND);
  expect_silence (peer);
  l2tp_tunnel_probe (peer->tunnel, peer->now); /* XPRT-21: asked for all the same */
  expect (peer, L2TP_MESSAGE_HELLO);
}

/* XPRT-20: a session id in a ZLB or in a tunnel's message means nothing. */
static void
test_session_id_ignored (void)
{
  g_autoptr (Peer) peer = peer_new (NULL, NULL);
  g_autofree char *zlb = NULL;

  establish_session (peer);
  l2tp_tunnel_probe (peer->tunnel, peer->now);
  expect (peer, L2TP_MESSAGE_HELLO);
  zlb = g_strdup_printf ("c802000c%04x%04x%04x%04x", CLIENT_TUNNEL, CLIENT_SESSION, peer->ns,
                         peer->nr);
  reply_hex (peer, zlb);
  expect_timeout (peer, 60 * SECOND); /* of the next Hello: this one was acknowledged */
  expect (peer, L2TP_MESSAGE_HELLO);
  reply_avps (peer, 0x7777, "8008000000000006");
  expect (peer, ZLB);
  reply_avps (peer, 0x7777, "8008000000000004800800000009abcd8008000000010001");
  expect_session_down (peer, L2TP_RESULT_STOPCCN, 1);
}

/* XPRT-23: what cannot be parsed was received nevertheless: its Ns is used up and acknowledged, and
 * the next message is the next. */
static void
test_malformed_is_acknowledged (void)
{
  g_autoptr (Peer) peer = peer_new (NULL, NULL);

  establish_session (peer);
  reply_avps (peer, CLIENT_SESSION, "80080000000000108007000000230000"); /* SLI, cut */
  expect_session_down (peer, L2TP_RESULT_MALFORMED, 2);
  expect_cdn (peer, LNS_SESSION, 2, 2);
  g_assert_cmpuint (peer->header.nr, ==, peer->ns);
  reply (peer, L2TP_MESSAGE_HELLO);
  expect (peer, ZLB);
  g_assert_cmpuint (peer->header.nr, ==, peer->ns);
}

/* HIDE-8: what must not be hidden is refused when mandatory, and never uncovered twice. */
static void
test_hidden_where_it_must_not_be (void)
{
  static const char *const avps[] = {
    "c008000000000006", /* Message Type */
    "8008000000000006c00a00000024"
    "01020304", /* Random Vector */
  };

  for (guint i = 0; i < G_N_ELEMENTS (avps); i++)
    {
      g_autoptr (Peer) peer = peer_new ("hello", "hello");

      establish (peer);
      reply_avps (peer, 0, avps[i]);
      expect_tunnel_down (peer, L2TP_RESULT_MALFORMED, 2);
      expect_stopccn (peer, 2, 3);
    }
}

/* AUTH-2, HIDE-5: an LNS that hides its response and its id, as soon as it can. */
static void
test_hidden_sccrp (void)
{
  g_autoptr (Peer) peer = peer_new ("hello", "hello");
  L2tpRandom random = { { 7 }, 0 };
  L2tpMessage sccrp = { .type = L2TP_MESSAGE_SCCRP };
  guint8 response[L2TP_RESPONSE_SIZE];
  g_autoptr (GByteArray) packet = NULL;

  l2tp_tunnel_open (peer->tunnel, peer->now);
  expect (peer, L2TP_MESSAGE_SCCRQ);
  l2tp_auth_respond (L2TP_MESSAGE_SCCRP, hello, peer->message.start.challenge, response);
  sccrp.present = L2TP_AVP_BIT (L2TP_AVP_PROTOCOL_VERSION) |
                  L2TP_AVP_BIT (L2TP_AVP_FRAMING_CAPABILITIES) | L2TP_AVP_BIT (L2TP_AVP_HOST_NAME) |
                  L2TP_AVP_BIT (L2TP_AVP_ASSIGNED_TUNNEL_ID) |
                  L2TP_AVP_BIT (L2TP_AVP_CHALLENGE_RESPONSE);
  sccrp.start.protocol_version = L2TP_PROTOCOL_VERSION;
  sccrp.start.host_name = hello;
  sccrp.start.tunnel_id = LNS_TUNNEL;
  sccrp.start.response = (L2tpOctets){ response, sizeof response };
  packet = l2tp_message_build_hidden (&sccrp, 0, hello, &random);
  l2tp_packet_seal (packet, CLIENT_TUNNEL, peer->ns++, peer->nr);
  l2tp_tunnel_handle_packet (peer->tunnel, peer->now, packet->data, packet->len);
  expect_plain_event (peer, L2TP_EVENT_TUNNEL_UP);
  expect (peer, L2TP_MESSAGE_SCCCN);
  g_assert_cmpuint (peer->header.tunnel_id, ==, LNS_TUNNEL);
}

/* TUN-6, MSG-24: a bad SCCRP is refused under the id it assigned, if it got as far; else under 0.
 */
static void
test_bad_sccrp (void)
{
  static const struct
  {
    const char *avps;
    guint16 tunnel_id, error;
  } cases[] = {
    { "800800000009abcd80080000000a0000", LNS_TUNNEL, 3 },
    { "800800000009abcd8006000000c8", LNS_TUNNEL, 8 },
    { "800800000009abcd8005", LNS_TUNNEL, 2 },
    { "80080000000a0000800800000009abcd", 0, 3 },
    { "8008000000090000", 0, 3 },
  };

  for (guint i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      g_autoptr (Peer) peer = peer_new (NULL, NULL);
      g_autofree char *avps = g_strconcat ("8008000000000002"
                                           "8008000000020100"
                                           "800a0000000300000003"
                                           "8007000000076c",
                                           cases[i].avps, NULL);

      l2tp_tunnel_open (peer->tunnel, peer->now);
      expect (peer, L2TP_MESSAGE_SCCRQ);
      reply_avps (peer, 0, avps);
      expect_tunnel_down (peer, L2TP_RESULT_MALFORMED, 2);
      expect_stopccn (peer, 2, cases[i].error);
      g_assert_cmpuint (peer->header.tunnel_id, ==, cases[i].tunnel_id);
    }
}

#define TEST(NAME, FUNCTION) g_test_add_func ("/rules/" NAME, FUNCTION)

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  TEST ("messages", test_messages);
  TEST ("bare-farewells", test_bare_farewells);
  TEST ("headers", test_headers);
  TEST ("lock-comes-first", test_lock_comes_first);
  TEST ("longest-avp", test_longest_avp);
  TEST ("dropped", test_dropped);
  TEST ("collision", test_collision);
  TEST ("same-ids", test_same_ids);
  TEST ("two-sessions", test_two_sessions);
  TEST ("bad-icrp", test_bad_icrp);
  TEST ("outgoing-calls", test_outgoing_calls);
  TEST ("refused-ids", test_refused_ids);
  TEST ("no-hellos", test_no_hellos);
  TEST ("session-id-ignored", test_session_id_ignored);
  TEST ("malformed-is-acknowledged", test_malformed_is_acknowledged);
  TEST ("hidden-where-it-must-not-be", test_hidden_where_it_must_not_be);
  TEST ("bad-sccrp", test_bad_sccrp);
  TEST ("hidden-sccrp", test_hidden_sccrp);
  return g_test_run ();
}
