/* SPDX-License-Identifier: GPL-2.0-or-later */
/* SPDX-FileCopyrightText: The l2tp-client authors */

/* A control connection against a scripted LNS, as ladder diagrams. Each test names its rules. */

#include "test-peer.h"

#include <string.h>

/* TUN-12, XPRT-9, XPRT-15, ERR-37: nothing more is said to who does not hear. */
static void
test_no_answer (void)
{
  static const guint intervals[] = { 1, 2, 4, 8, 8, 8 };
  g_autoptr (Peer) peer = peer_new (NULL, NULL);
  L2tpTunnelStatistics statistics;

  l2tp_tunnel_open (peer->tunnel, peer->now);
  open_session (peer, CLIENT_SESSION);
  for (guint i = 0; i < G_N_ELEMENTS (intervals); i++)
    {
      expect (peer, L2TP_MESSAGE_SCCRQ);
      g_assert_cmpuint (peer->header.ns, ==, 0);
      expect_silence (peer);
      expect_timeout (peer, intervals[i] * SECOND);
    }
  expect_session_down (peer, L2TP_RESULT_NO_ANSWER, 0);
  expect_tunnel_down (peer, L2TP_RESULT_NO_ANSWER, 0);
  expect_plain_event (peer, L2TP_EVENT_DEAD);
  expect_no_event (peer);
  expect_silence (peer);
  g_assert_cmpint (l2tp_tunnel_get_deadline (peer->tunnel), ==, -1);
  l2tp_tunnel_get_statistics (peer->tunnel, &statistics);
  g_assert_cmpuint (statistics.tx, ==, 6);
  g_assert_cmpuint (statistics.retransmits, ==, 5);
}

/* TUN-18, XPRT-15, XPRT-17: a Hello that nobody acknowledges. */
static void
test_peer_lost (void)
{
  static const guint intervals[] = { 1, 2, 4, 8, 8, 8 };
  g_autoptr (Peer) peer = peer_new (NULL, NULL);

  establish_session (peer);
  l2tp_tunnel_probe (peer->tunnel, peer->now);
  for (guint i = 0; i < G_N_ELEMENTS (intervals); i++)
    {
      expect (peer, L2TP_MESSAGE_HELLO);
      expect_timeout (peer, intervals[i] * SECOND);
    }
  expect_session_down (peer, L2TP_RESULT_PEER_LOST, 0);
  expect_tunnel_down (peer, L2TP_RESULT_PEER_LOST, 0);
  expect_plain_event (peer, L2TP_EVENT_DEAD);
  expect_silence (peer);
}

/* ERR-35, SES-13: SCCRQ is acknowledged and then forgotten, as xl2tpd does with a tunnel id it
 * knows. */
static void
test_acknowledged_never_answered (void)
{
  g_autoptr (Peer) peer = peer_new (NULL, NULL);

  l2tp_tunnel_open (peer->tunnel, peer->now);
  expect (peer, L2TP_MESSAGE_SCCRQ);
  reply (peer, ZLB);
  expect_timeout (peer, 60 * SECOND);
  expect_tunnel_down (peer, L2TP_RESULT_GUARD, 1);
  expect_stopccn (peer, 1, 0);
  g_assert_cmpuint (peer->header.tunnel_id, ==, 0); /* MSG-24 */
}

/* AUTH-3, TUN-6, FZ-45, ERR-32 */
static void
test_missing_response (void)
{
  g_autoptr (Peer) peer = peer_new ("hello", NULL);

  l2tp_tunnel_open (peer->tunnel, peer->now);
  open_session (peer, CLIENT_SESSION);
  expect (peer, L2TP_MESSAGE_SCCRQ);
  reply (peer, L2TP_MESSAGE_SCCRP);
  expect_session_down (peer, L2TP_RESULT_AUTH_MISMATCH, 4);
  expect_tunnel_down (peer, L2TP_RESULT_AUTH_MISMATCH, 4);
  expect_stopccn (peer, 4, 0);
  g_assert_cmpuint (peer->header.tunnel_id, ==, LNS_TUNNEL);
  expect_silence (peer);
}

/* AUTH-3, FZ-46 */
static void
test_wrong_response (void)
{
  g_autoptr (Peer) peer = peer_new ("hello", "other");

  l2tp_tunnel_open (peer->tunnel, peer->now);
  expect (peer, L2TP_MESSAGE_SCCRQ);
  reply (peer, L2TP_MESSAGE_SCCRP);
  expect_tunnel_down (peer, L2TP_RESULT_AUTH_MISMATCH, 4);
  expect_stopccn (peer, 4, 0);
}

/* TUN-29, FZ-49 */
static void
test_secret_missing (void)
{
  g_autoptr (Peer) peer = peer_new (NULL, "hello");

  l2tp_tunnel_open (peer->tunnel, peer->now);
  expect (peer, L2TP_MESSAGE_SCCRQ);
  reply (peer, L2TP_MESSAGE_SCCRP);
  expect_tunnel_down (peer, L2TP_RESULT_SECRET_MISSING, 4);
  expect_stopccn (peer, 4, 0);
  g_assert_cmpuint (peer->message.stop.result.text.len, >, 0);
}

static void
reply_stopccn (Peer *peer, guint16 result, guint16 error, const char *text)
{
  L2tpMessage message = { .type = L2TP_MESSAGE_STOPCCN };

  message.present =
      L2TP_AVP_BIT (L2TP_AVP_ASSIGNED_TUNNEL_ID) | L2TP_AVP_BIT (L2TP_AVP_RESULT_CODE);
  message.stop.tunnel_id = LNS_TUNNEL;
  message.stop.result.result = result;
  message.stop.result.error = error;
  message.stop.result.text.data = (const guint8 *) text;
  message.stop.result.text.len = text != NULL ? strlen (text) : 0;
  reply_message (peer, &message, 0);
}

/* TUN-33: both ways of saying that our answer is wrong; and not when nothing was answered, or when
 * the answer had been taken before. */
static void
test_secret_rejected (void)
{
  static const struct
  {
    guint16 result, error;
    const char *text;
    const char *secret;
    L2tpResultKind kind;
  } cases[] = {
    { 4, 0, NULL, "hello", L2TP_RESULT_SECRET_REJECTED },
    { 2, 6, "Invalid challenge authentication", "hello", L2TP_RESULT_SECRET_REJECTED },
    { 2, 6, NULL, "hello", L2TP_RESULT_STOPCCN },
    { 1, 0, NULL, "hello", L2TP_RESULT_STOPCCN },
    { 4, 0, NULL, NULL, L2TP_RESULT_STOPCCN },
  };

  for (guint i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      g_autoptr (Peer) peer = peer_new (cases[i].secret, cases[i].secret);

      establish (peer);
      reply_stopccn (peer, cases[i].result, cases[i].error, cases[i].text);
      expect_tunnel_down (peer, cases[i].kind, cases[i].result);
    }
}

/* TUN-33: once a call was answered, the secret cannot be at fault. */
static void
test_secret_not_rejected_later (void)
{
  g_autoptr (Peer) peer = peer_new ("hello", "hello");

  establish_session (peer);
  reply_stopccn (peer, 4, 0, NULL);
  expect_session_down (peer, L2TP_RESULT_STOPCCN, 4);
  expect_tunnel_down (peer, L2TP_RESULT_STOPCCN, 4);
}

/* TUN-25, FZ-43, ERR-32 */
static void
test_version (void)
{
  g_autoptr (Peer) peer = peer_new (NULL, NULL);

  l2tp_tunnel_open (peer->tunnel, peer->now);
  expect (peer, L2TP_MESSAGE_SCCRQ);
  reply_hex (peer, "c8020035123400000000000180080000000000028008000000020200800a000000030000"
                   "00038007000000076c800800000009abcd");
  expect_tunnel_down (peer, L2TP_RESULT_VERSION, 5);
  expect_stopccn (peer, 5, 0x0100);
}

/* TUN-15, TUN-27, XPRT-13, ERR-31 */
static void
test_close (void)
{
  g_autoptr (Peer) peer = peer_new (NULL, NULL);

  establish_session (peer);
  l2tp_tunnel_close (peer->tunnel, peer->now, 6, 0);
  expect_session_down (peer, L2TP_RESULT_LOCAL, 6);
  expect_tunnel_down (peer, L2TP_RESULT_LOCAL, 6);
  expect_no_event (peer);
  expect_stopccn (peer, 6, 0);
  assert_state (peer, L2TP_TUNNEL_STATE_CLOSING);
  l2tp_tunnel_close (peer->tunnel, peer->now, 1, 0); /* no effect */
  expect_timeout (peer, 1 * SECOND);
  expect_stopccn (peer, 6, 0);

  reply (peer, ZLB);
  assert_state (peer, L2TP_TUNNEL_STATE_LINGER);
  expect_silence (peer);
  reply (peer, L2TP_MESSAGE_HELLO); /* crossed our StopCCN */
  peer->ns--;
  expect (peer, ZLB);
  reply (peer, L2TP_MESSAGE_HELLO); /* a duplicate */
  expect (peer, ZLB);
  expect_timeout (peer, 31 * SECOND);
  expect_plain_event (peer, L2TP_EVENT_DEAD);
  expect_no_event (peer);
}

/* XPRT-13: nobody acknowledges the StopCCN. */
static void
test_close_unacknowledged (void)
{
  static const guint intervals[] = { 1, 2, 4, 8, 8, 8 };
  g_autoptr (Peer) peer = peer_new (NULL, NULL);

  establish (peer);
  l2tp_tunnel_close (peer->tunnel, peer->now, 1, 0);
  expect_tunnel_down (peer, L2TP_RESULT_LOCAL, 1);
  for (guint i = 0; i < G_N_ELEMENTS (intervals); i++)
    {
      expect_stopccn (peer, 1, 0);
      expect_timeout (peer, intervals[i] * SECOND);
    }
  expect_plain_event (peer, L2TP_EVENT_DEAD);
  expect_silence (peer);
}

/* TUN-11, MSG-24: does not wait for an answer to SCCRQ. */
static void
test_close_while_waiting (void)
{
  g_autoptr (Peer) peer = peer_new (NULL, NULL);

  l2tp_tunnel_open (peer->tunnel, peer->now);
  open_session (peer, CLIENT_SESSION);
  expect (peer, L2TP_MESSAGE_SCCRQ);
  l2tp_tunnel_close (peer->tunnel, peer->now, 1, 0);
  expect_session_down (peer, L2TP_RESULT_LOCAL, 1);
  expect_tunnel_down (peer, L2TP_RESULT_LOCAL, 1);
  expect_stopccn (peer, 1, 0);
  g_assert_cmpuint (peer->header.tunnel_id, ==, 0);
  g_assert_cmpuint (peer->header.ns, ==, 1);
  expect_silence (peer);
  reply (peer, L2TP_MESSAGE_SCCRP); /* crossed it, and acknowledges both */
  expect_no_event (peer);
  expect (peer, ZLB);
  g_assert_cmpuint (peer->header.tunnel_id, ==, 0);
}

/* TUN-15 before TUN-1: nothing is said to anybody. */
static void
test_close_unopened (void)
{
  g_autoptr (Peer) peer = peer_new (NULL, NULL);

  open_session (peer, CLIENT_SESSION);
  l2tp_tunnel_close (peer->tunnel, peer->now, 1, 0);
  expect_session_down (peer, L2TP_RESULT_LOCAL, 1);
  expect_tunnel_down (peer, L2TP_RESULT_LOCAL, 1);
  expect_plain_event (peer, L2TP_EVENT_DEAD);
  expect_silence (peer);
}

/* TUN-9 */
static void
test_stopccn_while_waiting (void)
{
  g_autoptr (Peer) peer = peer_new ("hello", "hello");

  l2tp_tunnel_open (peer->tunnel, peer->now);
  open_session (peer, CLIENT_SESSION);
  expect (peer, L2TP_MESSAGE_SCCRQ);
  reply_stopccn (peer, 2, 7, "192.0.2.7");
  expect_session_down (peer, L2TP_RESULT_STOPCCN, 2);
  {
    g_auto (L2tpEvent) event = expect_event (peer, L2TP_EVENT_TUNNEL_DOWN);

    g_assert_cmpint (event.result.kind, ==, L2TP_RESULT_STOPCCN);
    g_assert_cmpuint (event.result.error, ==, 7);
    g_assert_cmpstr (event.result.text, ==, "192.0.2.7"); /* TUN-30 */
  }
  expect (peer, ZLB);
  g_assert_cmpuint (peer->header.tunnel_id, ==, LNS_TUNNEL);
  assert_state (peer, L2TP_TUNNEL_STATE_LINGER);
}

/* TUN-30: an address is offered, in either family; a name or nonsense is not, nor what another
 * result says. */
static void
test_try_another (void)
{
  static const struct
  {
    guint16 result, error;
    const char *text;
    const char *other;
  } cases[] = {
    { 2, 7, "192.0.2.7", "192.0.2.7" },
    { 2, 7, " 2001:db8::7\n", "2001:db8::7" },
    { 2, 7, "lns.example.net", NULL },
    { 2, 7, "192.0.2.7; rm -rf /", NULL },
    { 2, 7, "fe80::1%eth0", NULL },
    { 2, 7, "192.0.2", NULL },
    { 2, 7, NULL, NULL },
    { 2, 6, "192.0.2.7", NULL },
    { 1, 7, "192.0.2.7", NULL },
  };

  for (guint i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      g_autoptr (Peer) peer = peer_new (NULL, NULL);
      g_auto (L2tpEvent) event = { 0 };

      establish (peer);
      reply_stopccn (peer, cases[i].result, cases[i].error, cases[i].text);
      event = expect_event (peer, L2TP_EVENT_TUNNEL_DOWN);
      g_assert_cmpstr (event.result.other, ==, cases[i].other);
    }
}

/* HDR-15, TUN-26: from an LNS that could not read our id. */
static void
test_anonymous_stopccn (void)
{
  static const char hex[] =
      "c802002400000000000000018008000000000004800800000009abcd8008000000010001";
  g_autoptr (Peer) waiting = peer_new (NULL, NULL);
  g_autoptr (Peer) established = peer_new (NULL, NULL);

  l2tp_tunnel_open (waiting->tunnel, waiting->now);
  expect (waiting, L2TP_MESSAGE_SCCRQ);
  reply_hex (waiting, hex);
  expect_tunnel_down (waiting, L2TP_RESULT_STOPCCN, 1);

  establish (established);
  reply_hex (established, "c802002400000000000100028008000000000004"
                          "8008000000094444"
                          "8008000000010001"); /* another tunnel's */
  expect_no_event (established);
  reply_hex (established, "c802002400000000000100028008000000000004"
                          "800800000009abcd"
                          "8008000000010001");
  expect_tunnel_down (established, L2TP_RESULT_STOPCCN, 1);
}

/* TUN-17, TUN-27, XPRT-14 */
static void
test_stopccn (void)
{
  g_autoptr (Peer) peer = peer_new (NULL, NULL);

  establish_session (peer);
  reply (peer, L2TP_MESSAGE_STOPCCN);
  expect_session_down (peer, L2TP_RESULT_STOPCCN, 1);
  expect_tunnel_down (peer, L2TP_RESULT_STOPCCN, 1);
  expect (peer, ZLB);
  expect_silence (peer);

  peer->ns--;
  reply (peer, L2TP_MESSAGE_STOPCCN); /* our ZLB was lost */
  expect (peer, ZLB);
  expect_no_event (peer);
  expect_timeout (peer, 31 * SECOND);
  expect_plain_event (peer, L2TP_EVENT_DEAD);
}

/* TUN-26: both ends say goodbye at once. */
static void
test_stopccn_crossing (void)
{
  g_autoptr (Peer) peer = peer_new (NULL, NULL);

  establish (peer);
  l2tp_tunnel_close (peer->tunnel, peer->now, 1, 0);
  expect_tunnel_down (peer, L2TP_RESULT_LOCAL, 1);
  expect (peer, L2TP_MESSAGE_STOPCCN);
  peer->nr--;
  reply (peer, L2TP_MESSAGE_STOPCCN);
  expect_no_event (peer);
  assert_state (peer, L2TP_TUNNEL_STATE_LINGER);
  expect (peer, ZLB);
  expect_silence (peer);
  expect_timeout (peer, 31 * SECOND); /* ours is not repeated */
  expect_plain_event (peer, L2TP_EVENT_DEAD);
}

/* TUN-7, TUN-10: what is no business of a tunnel that waits for its reply. */
static void
test_ignored_while_waiting (void)
{
  static const int types[] = { L2TP_MESSAGE_SCCRQ, L2TP_MESSAGE_HELLO, L2TP_MESSAGE_ICRP,
                               L2TP_MESSAGE_CDN };
  g_autoptr (Peer) peer = peer_new (NULL, NULL);

  l2tp_tunnel_open (peer->tunnel, peer->now);
  expect (peer, L2TP_MESSAGE_SCCRQ);
  for (guint i = 0; i < G_N_ELEMENTS (types); i++)
    {
      reply (peer, types[i]);
      expect (peer, ZLB);
      expect_no_event (peer);
      assert_state (peer, L2TP_TUNNEL_STATE_WAIT_CTL_REPLY);
    }
}

/* TUN-8, TUN-16 */
static void
test_violations (void)
{
  static const int types[] = { L2TP_MESSAGE_SCCRQ, L2TP_MESSAGE_SCCRP, L2TP_MESSAGE_SCCCN };

  for (guint i = 0; i < G_N_ELEMENTS (types); i++)
    {
      g_autoptr (Peer) peer = peer_new (NULL, NULL);

      establish (peer);
      reply (peer, types[i]);
      expect_tunnel_down (peer, L2TP_RESULT_FSM, 7);
      expect_stopccn (peer, 7, 0);
    }
}

/* XPRT-4: a repeated SCCRP is a duplicate, not a violation. */
static void
test_duplicate_sccrp (void)
{
  g_autoptr (Peer) peer = peer_new (NULL, NULL);

  establish (peer);
  peer->ns = 0;
  reply (peer, L2TP_MESSAGE_SCCRP);
  expect (peer, ZLB);
  expect_no_event (peer);
  assert_state (peer, L2TP_TUNNEL_STATE_ESTABLISHED);
}

/* XPRT-5: ICRP overtakes SCCRP's follower, a Hello. */
static void
test_reordered (void)
{
  g_autoptr (Peer) peer = peer_new (NULL, NULL);

  establish (peer);
  open_session (peer, CLIENT_SESSION);
  expect (peer, L2TP_MESSAGE_ICRQ);
  peer->ns = 2;
  reply (peer, L2TP_MESSAGE_ICRP);
  expect_no_event (peer);
  expect (peer, ZLB);
  g_assert_cmpuint (peer->header.nr, ==, 1);
  peer->ns = 1;
  reply (peer, L2TP_MESSAGE_HELLO);
  expect_plain_event (peer, L2TP_EVENT_SESSION_REPLIED);
}

/* XPRT-16: silence is what counts. */
static void
test_hello (void)
{
  g_autoptr (Peer) peer = peer_new (NULL, NULL);

  establish_session (peer);
  wait_for (peer, 50 * SECOND);
  l2tp_tunnel_note_data (peer->tunnel, peer->now);
  wait_for (peer, 50 * SECOND);
  reply (peer, L2TP_MESSAGE_HELLO);
  expect (peer, ZLB);
  expect_timeout (peer, 60 * SECOND);
  expect (peer, L2TP_MESSAGE_HELLO);
  g_assert_cmpuint (peer->header.session_id, ==, 0);
  l2tp_tunnel_probe (peer->tunnel, peer->now); /* one is out already */
  expect_silence (peer);
  wait_for (peer, 5 * MS);
  reply (peer, ZLB);
  expect_no_event (peer);
  expect_timeout (peer, 60 * SECOND);
  expect (peer, L2TP_MESSAGE_HELLO);
}

/* HDR-16 */
static void
test_long_names (void)
{
  g_autofree char *name = g_strnfill (5000, 'x');
  L2tpTunnelConfig config = { .host_name = name, .vendor_name = name, .receive_window = 4 };
  L2tpTunnelEntropy entropy = { .tunnel_id = 1 };
  g_autoptr (L2tpTunnel) tunnel = l2tp_tunnel_new (&config, &entropy);
  g_autoptr (GBytes) packet = NULL;

  l2tp_tunnel_open (tunnel, 0);
  packet = l2tp_tunnel_next_packet (tunnel, 0);
  g_assert_cmpuint (g_bytes_get_size (packet), <, 1280);
  g_assert_cmpuint (l2tp_tunnel_get_id (tunnel), ==, 1);
}

#define TEST(NAME, FUNCTION) g_test_add_func ("/tunnel/" NAME, FUNCTION)

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  TEST ("no-answer", test_no_answer);
  TEST ("peer-lost", test_peer_lost);
  TEST ("acknowledged-never-answered", test_acknowledged_never_answered);
  TEST ("missing-response", test_missing_response);
  TEST ("wrong-response", test_wrong_response);
  TEST ("secret-missing", test_secret_missing);
  TEST ("secret-rejected", test_secret_rejected);
  TEST ("secret-not-rejected-later", test_secret_not_rejected_later);
  TEST ("version", test_version);
  TEST ("try-another", test_try_another);
  TEST ("close", test_close);
  TEST ("close-unacknowledged", test_close_unacknowledged);
  TEST ("close-while-waiting", test_close_while_waiting);
  TEST ("close-unopened", test_close_unopened);
  TEST ("stopccn-while-waiting", test_stopccn_while_waiting);
  TEST ("anonymous-stopccn", test_anonymous_stopccn);
  TEST ("stopccn", test_stopccn);
  TEST ("stopccn-crossing", test_stopccn_crossing);
  TEST ("ignored-while-waiting", test_ignored_while_waiting);
  TEST ("violations", test_violations);
  TEST ("duplicate-sccrp", test_duplicate_sccrp);
  TEST ("reordered", test_reordered);
  TEST ("hello", test_hello);
  TEST ("long-names", test_long_names);
  return g_test_run ();
}
