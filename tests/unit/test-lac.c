/* SPDX-License-Identifier: GPL-2.0-or-later */
/* SPDX-FileCopyrightText: The l2tp-client authors */

/* What a good LAC does where others fail, as ladder diagrams: LAC-1 … LAC-21. LAC-16, a service
 * that is killed, is not the engine's. Where the answer is a new attempt, the engine's part is to
 * say at once that it is over, and to be ready. */

#include "test-peer.h"

#define RTT (20 * MS)

#define TYPE(HEX) "80080000000000" HEX /* a Message Type AVP */

static void
connect_session (Peer *peer)
{
  expect_plain_event (peer, L2TP_EVENT_SESSION_REPLIED);
  l2tp_tunnel_connect_session (peer->tunnel, peer->now, CLIENT_SESSION);
}

/* Nothing of the call was touched. */
static void
assert_unharmed (Peer *peer)
{
  expect_no_event (peer);
  assert_state (peer, L2TP_TUNNEL_STATE_ESTABLISHED);
  assert_session_state (peer, L2TP_SESSION_STATE_ESTABLISHED);
}

/* LAC-1: SCCRQ to ICCN in two round trips and in no time besides. */
static void
test_set_up (void)
{
  g_autoptr (Peer) peer = peer_new ("hello", "hello");
  gint64 start = peer->now;

  l2tp_tunnel_open (peer->tunnel, peer->now);
  open_session (peer, CLIENT_SESSION);
  expect (peer, L2TP_MESSAGE_SCCRQ);
  wait_for (peer, RTT);
  reply (peer, L2TP_MESSAGE_SCCRP);
  expect_plain_event (peer, L2TP_EVENT_TUNNEL_UP);
  expect (peer, L2TP_MESSAGE_SCCCN);
  expect (peer, L2TP_MESSAGE_ICRQ);
  expect_silence (peer);
  wait_for (peer, RTT);
  reply (peer, L2TP_MESSAGE_ICRP);
  connect_session (peer);
  expect (peer, L2TP_MESSAGE_ICCN);
  expect_silence (peer);
  g_assert_cmpint (peer->now - start, ==, 2 * RTT);
}

/* LAC-2: an LNS that holds its acknowledgements back delays nothing: neither ICRQ, nor ICCN. Ours
 * ride on the messages; where there is none to ride on they leave after 10 ms (XPRT-7). */
static void
test_delayed_acknowledgements (void)
{
  g_autoptr (Peer) peer = peer_new (NULL, NULL);
  gint64 start = peer->now;

  l2tp_tunnel_open (peer->tunnel, peer->now);
  open_session (peer, CLIENT_SESSION);
  expect (peer, L2TP_MESSAGE_SCCRQ);
  reply (peer, L2TP_MESSAGE_SCCRP);
  expect_plain_event (peer, L2TP_EVENT_TUNNEL_UP);
  expect (peer, L2TP_MESSAGE_SCCCN); /* its acknowledgement comes 500 ms later */
  g_assert_cmpuint (peer->header.nr, ==, 1);
  expect (peer, L2TP_MESSAGE_ICRQ);
  reply (peer, L2TP_MESSAGE_ICRP);
  expect_silence (peer); /* no ZLB of its own */
  connect_session (peer);
  expect (peer, L2TP_MESSAGE_ICCN);
  g_assert_cmpuint (peer->header.nr, ==, 2);
  assert_session_state (peer, L2TP_SESSION_STATE_ESTABLISHED);
  g_assert_cmpint (peer->now, ==, start);
  wait_for (peer, 500 * MS);
  reply (peer, ZLB);
  expect_plain_event (peer, L2TP_EVENT_SESSION_UP);

  reply (peer, L2TP_MESSAGE_HELLO);
  expect (peer, ZLB); /* nothing to ride on, nothing coming: at once */
}

/* LAC-3: six tries in 31 s, then the word that never one answer came. */
static void
test_silent_lns (void)
{
  g_autoptr (Peer) peer = peer_new (NULL, NULL);
  gint64 start = peer->now;
  guint n_tries = 0;

  l2tp_tunnel_open (peer->tunnel, peer->now);
  while (l2tp_tunnel_get_state (peer->tunnel) == L2TP_TUNNEL_STATE_WAIT_CTL_REPLY)
    {
      expect (peer, L2TP_MESSAGE_SCCRQ);
      n_tries++;
      peer->now = l2tp_tunnel_get_deadline (peer->tunnel);
      l2tp_tunnel_handle_timeout (peer->tunnel, peer->now);
    }
  g_assert_cmpuint (n_tries, ==, 6);
  g_assert_cmpint (peer->now - start, ==, 31 * SECOND);
  expect_tunnel_down (peer, L2TP_RESULT_NO_ANSWER, 0);
}

/* LAC-4: both events come with the StopCCN, before anything is sent: pppd can be stopped now. */
static void
test_stopccn (void)
{
  g_autoptr (Peer) peer = peer_new (NULL, NULL);

  establish_session (peer);
  wait_for (peer, 2 * SECOND);
  reply (peer, L2TP_MESSAGE_STOPCCN);
  expect_session_down (peer, L2TP_RESULT_STOPCCN, 1);
  expect_tunnel_down (peer, L2TP_RESULT_STOPCCN, 1);
  expect (peer, ZLB);
  expect_silence (peer); /* no zombie: it only lingers */
  assert_state (peer, L2TP_TUNNEL_STATE_LINGER);
}

/* LAC-5 */
static void
test_cdn (void)
{
  g_autoptr (Peer) peer = peer_new (NULL, NULL);

  establish_session (peer);
  wait_for (peer, 2 * SECOND);
  reply (peer, L2TP_MESSAGE_CDN);
  expect_session_down (peer, L2TP_RESULT_CDN, 3);
  open_session (peer, CLIENT_SESSION + 1);
  expect (peer, L2TP_MESSAGE_ICRQ);
  g_assert_cmpuint (peer->header.tunnel_id, ==, LNS_TUNNEL);
}

/* LAC-6, LAC-7: pppd is gone, and whatever session id the acknowledgement of our CDN has, the next
 * call goes out. */
static void
test_pppd_exits (void)
{
  static const guint16 session_ids[] = { 0, CLIENT_SESSION, 0x7777 };

  for (guint i = 0; i < G_N_ELEMENTS (session_ids); i++)
    {
      g_autoptr (Peer) peer = peer_new (NULL, NULL);
      g_autofree char *zlb = NULL;

      establish_session (peer);
      l2tp_tunnel_close_session (peer->tunnel, peer->now, CLIENT_SESSION, 1, 0, NULL);
      expect_session_down (peer, L2TP_RESULT_LOCAL, 1);
      expect_cdn (peer, LNS_SESSION, 1, 0);
      zlb = g_strdup_printf ("c802000c%04x%04x%04x%04x", CLIENT_TUNNEL, session_ids[i], peer->ns,
                             peer->nr);
      reply_hex (peer, zlb);
      open_session (peer, CLIENT_SESSION + 1);
      expect (peer, L2TP_MESSAGE_ICRQ);
      expect_silence (peer);
    }
}

/* LAC-8: a Hello overtakes another: both count, and one acknowledgement covers both. */
static void
test_reordered_hello (void)
{
  g_autoptr (Peer) peer = peer_new (NULL, NULL);
  guint16 ns;

  establish_session (peer);
  ns = peer->ns++;
  reply (peer, L2TP_MESSAGE_HELLO);
  expect (peer, ZLB);
  g_assert_cmpuint (peer->header.nr, ==, ns);
  peer->ns = ns;
  reply (peer, L2TP_MESSAGE_HELLO);
  expect (peer, ZLB);
  g_assert_cmpuint (peer->header.nr, ==, ns + 2);
  expect_silence (peer);
  assert_unharmed (peer);
}

/* What is acknowledged, and changes nothing. */
static void
check_ignored (guint16 session_id, const char *avps)
{
  g_autoptr (Peer) peer = peer_new (NULL, NULL);

  establish_session (peer);
  reply_avps (peer, session_id, avps);
  expect (peer, ZLB);
  expect_silence (peer);
  assert_unharmed (peer);
}

/* LAC-9, SES-14; and SES-15, MSG-15, MSG-16. */
static void
test_sli_and_wen (void)
{
  check_ignored (CLIENT_SESSION, TYPE ("10") "80100000002300000001000200030004");
  check_ignored (CLIENT_SESSION, TYPE ("0f") "802000000022"
                                             "0000" /* reserved */
                                             "00000001000000020000000300000004"
                                             "0000000500000006");
  check_ignored (0x7777, TYPE ("10") "80100000002300000001000200030004"); /* nobody's */
}

/* LAC-10, HDR-24: what a foreign vendor adds to a Hello is skipped, whatever its length. */
static void
test_foreign_vendor (void)
{
  check_ignored (0, TYPE ("06") "000a0009006401020304");
  check_ignored (0, TYPE ("06") "000600090064");
  check_ignored (0, TYPE ("06") "000b0137000102030405ff");
}

/* LAC-11: nothing overtakes a window of 1. */
static void
test_window_of_one (void)
{
  g_autoptr (Peer) peer = peer_new (NULL, NULL);

  peer->receive_window = 1;
  l2tp_tunnel_open (peer->tunnel, peer->now);
  open_session (peer, CLIENT_SESSION);
  expect (peer, L2TP_MESSAGE_SCCRQ);
  reply (peer, L2TP_MESSAGE_SCCRP);
  expect_plain_event (peer, L2TP_EVENT_TUNNEL_UP);
  expect (peer, L2TP_MESSAGE_SCCCN);
  expect_silence (peer);
  expect_timeout (peer, 1 * SECOND);
  expect (peer, L2TP_MESSAGE_SCCCN);
  expect_silence (peer);
  reply (peer, ZLB);
  expect (peer, L2TP_MESSAGE_ICRQ);
  expect_silence (peer);
  reply (peer, L2TP_MESSAGE_ICRP);
  connect_session (peer);
  expect (peer, L2TP_MESSAGE_ICCN);
}

/* LAC-12: a mute LNS is found out by the Hello, 60 s and 31 s at most, and reported as lost. */
static void
test_mute_lns (void)
{
  g_autoptr (Peer) peer = peer_new (NULL, NULL);
  gint64 start;

  establish_session (peer);
  start = peer->now;
  while (l2tp_tunnel_get_state (peer->tunnel) == L2TP_TUNNEL_STATE_ESTABLISHED)
    {
      peer->now = l2tp_tunnel_get_deadline (peer->tunnel);
      l2tp_tunnel_handle_timeout (peer->tunnel, peer->now);
      if (l2tp_tunnel_get_state (peer->tunnel) == L2TP_TUNNEL_STATE_ESTABLISHED)
        expect (peer, L2TP_MESSAGE_HELLO);
    }
  g_assert_cmpint (peer->now - start, ==, 91 * SECOND);
  expect_session_down (peer, L2TP_RESULT_PEER_LOST, 0);
  expect_tunnel_down (peer, L2TP_RESULT_PEER_LOST, 0);
}

/* LAC-13: an hour of Hellos that the LNS acknowledges, and does nothing else. */
static void
test_hellos (void)
{
  g_autoptr (Peer) peer = peer_new (NULL, NULL);

  establish_session (peer);
  for (guint i = 0; i < 60; i++)
    {
      expect_timeout (peer, 60 * SECOND);
      expect (peer, L2TP_MESSAGE_HELLO);
      expect_silence (peer);
      wait_for (peer, RTT);
      reply (peer, ZLB);
    }
  assert_unharmed (peer);
}

/* LAC-14: ICRQ is acknowledged and never answered. The tunnel stays for the next call. */
static void
test_no_icrp (void)
{
  g_autoptr (Peer) peer = peer_new (NULL, NULL);

  establish (peer);
  open_session (peer, CLIENT_SESSION);
  expect (peer, L2TP_MESSAGE_ICRQ);
  reply (peer, ZLB);
  expect_timeout (peer, 60 * SECOND);
  expect_session_down (peer, L2TP_RESULT_GUARD, 10);
  expect_cdn (peer, 0, 10, 0);
  reply (peer, ZLB);
  open_session (peer, CLIENT_SESSION + 1);
  expect (peer, L2TP_MESSAGE_ICRQ);
}

/* LAC-15: CDN and StopCCN leave together; the linger is bounded though nobody acknowledges. */
static void
test_leave (void)
{
  g_autoptr (Peer) peer = peer_new (NULL, NULL);
  gint64 start;

  establish_session (peer);
  start = peer->now;
  l2tp_tunnel_close_session (peer->tunnel, peer->now, CLIENT_SESSION, 3, 0, NULL);
  l2tp_tunnel_close (peer->tunnel, peer->now, 6, 0);
  expect_session_down (peer, L2TP_RESULT_LOCAL, 3);
  expect_tunnel_down (peer, L2TP_RESULT_LOCAL, 6);
  expect_cdn (peer, LNS_SESSION, 3, 0);
  expect_stopccn (peer, 6, 0);
  expect_silence (peer);
  while (l2tp_tunnel_get_state (peer->tunnel) != L2TP_TUNNEL_STATE_DEAD)
    {
      g_autoptr (GBytes) packet = NULL;

      peer->now = l2tp_tunnel_get_deadline (peer->tunnel);
      l2tp_tunnel_handle_timeout (peer->tunnel, peer->now);
      packet = l2tp_tunnel_next_packet (peer->tunnel, peer->now);
    }
  g_assert_cmpint (peer->now - start, ==, 31 * SECOND);
}

/* LAC-17, XPRT-22: an ICMP error makes its owner probe. An answer ends the matter; only silence
 * ends the tunnel. */
static void
test_probe (void)
{
  g_autoptr (Peer) peer = peer_new (NULL, NULL);

  establish_session (peer);
  l2tp_tunnel_probe (peer->tunnel, peer->now);
  expect (peer, L2TP_MESSAGE_HELLO); /* at once */
  wait_for (peer, RTT);
  reply (peer, ZLB);
  assert_unharmed (peer);

  l2tp_tunnel_probe (peer->tunnel, peer->now);
  expect (peer, L2TP_MESSAGE_HELLO);
  expect_timeout (peer, 300 * MS); /* the round trip is known: the next tries follow fast */
  expect (peer, L2TP_MESSAGE_HELLO);
  expect_timeout (peer, 600 * MS);
  assert_unharmed (peer);
}

/* A peer that was silent and is there again: its next chance is now, not when the doubled interval
 * is over; but insisting does not buy it time. */
static void
test_insist (void)
{
  g_autoptr (Peer) peer = peer_new (NULL, NULL);
  gint64 since;

  l2tp_tunnel_insist (peer->tunnel, peer->now); /* of nothing yet */
  establish_session (peer);
  l2tp_tunnel_probe (peer->tunnel, peer->now);
  expect (peer, L2TP_MESSAGE_HELLO);
  wait_for (peer, RTT);
  reply (peer, ZLB); /* the round trip is known */
  g_assert_cmpint (l2tp_tunnel_get_owed_since (peer->tunnel), ==, -1);
  l2tp_tunnel_insist (peer->tunnel, peer->now);
  expect_silence (peer); /* nothing is out */
  l2tp_tunnel_probe (peer->tunnel, peer->now);
  since = peer->now;
  expect (peer, L2TP_MESSAGE_HELLO);
  for (gint64 interval = 300 * MS; interval < 4 * SECOND; interval *= 2)
    {
      expect_timeout (peer, interval);
      expect (peer, L2TP_MESSAGE_HELLO);
    }
  wait_for (peer, 100 * MS);
  l2tp_tunnel_insist (peer->tunnel, peer->now);
  expect (peer, L2TP_MESSAGE_HELLO);
  expect_silence (peer);
  g_assert_cmpint (l2tp_tunnel_get_owed_since (peer->tunnel), ==, since);
  expect_timeout (peer, 300 * MS);
  expect (peer, L2TP_MESSAGE_HELLO);
  while (l2tp_tunnel_get_state (peer->tunnel) == L2TP_TUNNEL_STATE_ESTABLISHED)
    {
      g_autoptr (GBytes) packet = NULL;

      peer->now = l2tp_tunnel_get_deadline (peer->tunnel);
      l2tp_tunnel_handle_timeout (peer->tunnel, peer->now);
      packet = l2tp_tunnel_next_packet (peer->tunnel, peer->now);
    }
  g_assert_cmpint (peer->now - since, ==, 31 * SECOND);
  l2tp_tunnel_insist (peer->tunnel, peer->now);
  expect_silence (peer);
}

static void
test_insist_on_sccrq (void)
{
  g_autoptr (Peer) peer = peer_new (NULL, NULL);

  l2tp_tunnel_open (peer->tunnel, peer->now);
  expect (peer, L2TP_MESSAGE_SCCRQ);
  for (guint i = 0; i < 3; i++)
    {
      wait_for (peer, 600 * MS);
      l2tp_tunnel_insist (peer->tunnel, peer->now);
      expect (peer, L2TP_MESSAGE_SCCRQ);
      g_assert_cmpuint (peer->header.ns, ==, 0);
    }
  expect_timeout (peer, 1 * SECOND);
  expect (peer, L2TP_MESSAGE_SCCRQ);
}

/* LAC-18, HDR-29, MSG-18: messages of later RFCs, M=0: CSURQ, CSUN, FSQ, and one of nobody's. */
static void
test_unknown_messages (void)
{
  check_ignored (CLIENT_SESSION, "000800000000001d"
                                 "000a00000061000186a0");
  check_ignored (CLIENT_SESSION, "000800000000001c");
  check_ignored (0, "0008000000000015"
                    "80100000004f00000000000000000000");
  check_ignored (0, "0008000000000063"
                    "800700000001ff"); /* what it is made of does not matter */
}

/* HDR-29 with M=1: the other way. */
static void
test_unknown_mandatory_message (void)
{
  g_autoptr (Peer) peer = peer_new (NULL, NULL);

  establish_session (peer);
  reply_avps (peer, 0, "800800000000001d");
  expect_session_down (peer, L2TP_RESULT_MALFORMED, 2);
  expect_tunnel_down (peer, L2TP_RESULT_MALFORMED, 2);
  expect_stopccn (peer, 2, 8);
}

#define SCCRP                                                                                      \
  TYPE ("02")                                                                                      \
  "8008000000020100"                                                                               \
  "800a0000000300000003"                                                                           \
  "80090000"                                                                                       \
  "00076c6e73"                                                                                     \
  "800800000009abcd"

/* LAC-19 */
static void
test_foreign_vendor_in_sccrp (void)
{
  g_autoptr (Peer) peer = peer_new (NULL, NULL);

  l2tp_tunnel_open (peer->tunnel, peer->now);
  expect (peer, L2TP_MESSAGE_SCCRQ);
  reply_avps (peer, 0, SCCRP "000a00090001deadbeef");
  expect_plain_event (peer, L2TP_EVENT_TUNNEL_UP);
  expect (peer, L2TP_MESSAGE_SCCCN);
}

#define OCRQ_BUT_SPEEDS                                                                            \
  TYPE ("07")                                                                                      \
  "80080000000e0009"                                                                               \
  "800a0000000f00000001"                                                                           \
  "800a0000001200000001"                                                                           \
  "800a0000001300000001"                                                                           \
  "800700000015"                                                                                   \
  "31"
#define SPEEDS                                                                                     \
  "800a0000001000002580"                                                                           \
  "800a000000110000ffff"

/* LAC-20, SES-20, SES-21: refused for that call only, and also when the request is not in order
 * (HDR-24, HDR-25). */
static void
test_calls_from_the_lns (void)
{
  static const struct
  {
    const char *avps;
    guint16 call_id, result, error;
  } cases[] = {
    { OCRQ_BUT_SPEEDS SPEEDS, 9, 5, 0 },
    { OCRQ_BUT_SPEEDS, 9, 2, 3 },
    { OCRQ_BUT_SPEEDS SPEEDS "8006000000c8", 9, 2, 8 },
    { TYPE ("0a") "80080000000e0007800a0000000f00000001", 7, 2, 6 },
    { TYPE ("0a") "80080000000e0007", 7, 2, 3 },
  };

  for (guint i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      g_autoptr (Peer) peer = peer_new (NULL, NULL);

      establish_session (peer);
      reply_avps (peer, 0, cases[i].avps);
      expect_cdn (peer, cases[i].call_id, cases[i].result, cases[i].error);
      g_assert_cmpuint (peer->message.disconnect.session_id, !=, CLIENT_SESSION);
      if (cases[i].result == 2) /* ERR-11 */
        g_assert_cmpuint (peer->message.disconnect.result.text.len, >, 0);
      expect_silence (peer);
      assert_unharmed (peer);
    }
}

/* LAC-21, HDR-21: an AVP shorter than its own header ends the tunnel in order, not the process. */
static void
test_short_avp (void)
{
  for (guint length = 0; length < 6; length++)
    {
      g_autoptr (Peer) peer = peer_new (NULL, NULL);
      g_autofree char *avps = g_strdup_printf (TYPE ("06") "80%02x00000007ffff", length);

      establish (peer);
      reply_avps (peer, 0, avps);
      expect_tunnel_down (peer, L2TP_RESULT_MALFORMED, 2);
      expect_stopccn (peer, 2, 2);
    }
}

#define TEST(NAME, FUNCTION) g_test_add_func ("/lac/" NAME, FUNCTION)

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  TEST ("set-up", test_set_up);
  TEST ("delayed-acknowledgements", test_delayed_acknowledgements);
  TEST ("silent-lns", test_silent_lns);
  TEST ("stopccn", test_stopccn);
  TEST ("cdn", test_cdn);
  TEST ("pppd-exits", test_pppd_exits);
  TEST ("reordered-hello", test_reordered_hello);
  TEST ("sli-and-wen", test_sli_and_wen);
  TEST ("foreign-vendor", test_foreign_vendor);
  TEST ("window-of-one", test_window_of_one);
  TEST ("mute-lns", test_mute_lns);
  TEST ("hellos", test_hellos);
  TEST ("no-icrp", test_no_icrp);
  TEST ("leave", test_leave);
  TEST ("probe", test_probe);
  TEST ("insist", test_insist);
  TEST ("insist-on-sccrq", test_insist_on_sccrq);
  TEST ("unknown-messages", test_unknown_messages);
  TEST ("unknown-mandatory-message", test_unknown_mandatory_message);
  TEST ("foreign-vendor-in-sccrp", test_foreign_vendor_in_sccrp);
  TEST ("calls-from-the-lns", test_calls_from_the_lns);
  TEST ("short-avp", test_short_avp);
  return g_test_run ();
}
