/* SPDX-License-Identifier: GPL-2.0-or-later */
/* SPDX-FileCopyrightText: The l2tp-client authors */

/* Calls against a scripted LNS, as ladder diagrams. Each test names its rules. */

#include "test-peer.h"

/* The whole call, two round trips: TUN-1, TUN-5, SES-1, SES-3, SES-5, AUTH-2, XPRT-7, XPRT-24,
 * MSG-20, MSG-21. */
static void
test_connect (void)
{
  g_autoptr (Peer) peer = peer_new ("hello", "hello");

  l2tp_tunnel_open (peer->tunnel, peer->now);
  open_session (peer, CLIENT_SESSION);
  assert_session_state (peer, L2TP_SESSION_STATE_WAIT_TUNNEL);

  expect (peer, L2TP_MESSAGE_SCCRQ);
  g_assert_cmpuint (peer->header.tunnel_id, ==, 0);
  g_assert_cmpuint (peer->message.start.tunnel_id, ==, CLIENT_TUNNEL);
  g_assert_true (l2tp_message_has (&peer->message, L2TP_AVP_CHALLENGE));
  g_assert_false (l2tp_message_has (&peer->message, L2TP_AVP_TIE_BREAKER)); /* TUN-23 */
  expect_silence (peer);
  wait_for (peer, 10 * MS);

  reply (peer, L2TP_MESSAGE_SCCRP);
  expect_plain_event (peer, L2TP_EVENT_TUNNEL_UP);
  g_assert_cmpuint (l2tp_tunnel_get_peer_id (peer->tunnel), ==, LNS_TUNNEL);
  g_assert_cmpstr (l2tp_tunnel_get_peer_host_name (peer->tunnel), ==, "lns");
  g_assert_cmpstr (l2tp_tunnel_get_peer_vendor (peer->tunnel), ==, "ven dor"); /* ERR-10 */
  g_assert_cmpint (l2tp_tunnel_get_rtt (peer->tunnel), ==, 10 * MS);

  expect (peer, L2TP_MESSAGE_SCCCN);
  g_assert_cmpuint (peer->header.tunnel_id, ==, LNS_TUNNEL);
  g_assert_cmpuint (peer->header.ns, ==, 1);
  g_assert_cmpuint (peer->header.nr, ==, 1);
  g_assert_true (l2tp_message_has (&peer->message, L2TP_AVP_CHALLENGE_RESPONSE));
  expect (peer, L2TP_MESSAGE_ICRQ);
  g_assert_cmpuint (peer->header.ns, ==, 2);
  g_assert_cmpuint (peer->message.call.session_id, ==, CLIENT_SESSION);
  expect_silence (peer);

  reply (peer, L2TP_MESSAGE_ICRP);
  expect_plain_event (peer, L2TP_EVENT_SESSION_REPLIED);
  assert_session_state (peer, L2TP_SESSION_STATE_REPLIED);
  expect_silence (peer); /* ICCN will carry the acknowledgement */
  wait_for (peer, 3 * MS);
  l2tp_tunnel_connect_session (peer->tunnel, peer->now, CLIENT_SESSION);
  expect (peer, L2TP_MESSAGE_ICCN);
  g_assert_cmpuint (peer->header.session_id, ==, LNS_SESSION);
  g_assert_cmpuint (peer->header.ns, ==, 3);
  g_assert_cmpuint (peer->header.nr, ==, 2);
  g_assert_cmpuint (peer->message.connected.framing_type, ==, L2TP_FRAMING_SYNC);
  g_assert_cmpuint (peer->message.connected.proxy_type, ==, L2TP_PROXY_AUTHEN_NONE);
  expect_no_event (peer);

  reply (peer, ZLB);
  expect_plain_event (peer, L2TP_EVENT_SESSION_UP);
  assert_session_state (peer, L2TP_SESSION_STATE_ESTABLISHED);
  expect_silence (peer);
}

/* XPRT-7: the data path takes its time; the ZLB does not wait for it. */
static void
test_slow_data_path (void)
{
  g_autoptr (Peer) peer = peer_new (NULL, NULL);

  establish (peer);
  open_session (peer, CLIENT_SESSION);
  expect (peer, L2TP_MESSAGE_ICRQ);
  reply (peer, L2TP_MESSAGE_ICRP);
  expect_plain_event (peer, L2TP_EVENT_SESSION_REPLIED);
  expect_timeout (peer, 10 * MS);
  expect (peer, ZLB);
  l2tp_tunnel_connect_session (peer->tunnel, peer->now, CLIENT_SESSION);
  expect (peer, L2TP_MESSAGE_ICCN);
}

/* MSG-22: asynchronous framing only for a peer that knows nothing else. */
static void
test_async_framing (void)
{
  g_autoptr (Peer) peer = peer_new (NULL, NULL);

  peer->framing = L2TP_FRAMING_ASYNC;
  establish (peer);
  open_session (peer, CLIENT_SESSION);
  expect (peer, L2TP_MESSAGE_ICRQ);
  reply (peer, L2TP_MESSAGE_ICRP);
  expect_plain_event (peer, L2TP_EVENT_SESSION_REPLIED);
  l2tp_tunnel_connect_session (peer->tunnel, peer->now, CLIENT_SESSION);
  expect (peer, L2TP_MESSAGE_ICCN);
  g_assert_cmpuint (peer->message.connected.framing_type, ==, L2TP_FRAMING_ASYNC);
}

/* XPRT-11, XPRT-24: ICRQ waits for the acknowledgement of SCCCN. */
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
  reply (peer, ZLB);
  expect (peer, L2TP_MESSAGE_ICRQ);
}

/* TUN-31: an LNS that names no window, and never challenges. */
static void
test_plain_lns (void)
{
  g_autoptr (Peer) peer = peer_new (NULL, NULL);

  peer->receive_window = 0;
  l2tp_tunnel_open (peer->tunnel, peer->now);
  open_session (peer, CLIENT_SESSION);
  expect (peer, L2TP_MESSAGE_SCCRQ);
  g_assert_false (l2tp_message_has (&peer->message, L2TP_AVP_CHALLENGE));
  reply (peer, L2TP_MESSAGE_SCCRP);
  expect_plain_event (peer, L2TP_EVENT_TUNNEL_UP);
  expect (peer, L2TP_MESSAGE_SCCCN);
  g_assert_false (l2tp_message_has (&peer->message, L2TP_AVP_CHALLENGE_RESPONSE));
  expect (peer, L2TP_MESSAGE_ICRQ);
}

/* SES-10, TUN-19: a second call in the same tunnel. */
static void
test_second_session (void)
{
  g_autoptr (Peer) peer = peer_new (NULL, NULL);

  establish_session (peer);
  reply (peer, L2TP_MESSAGE_CDN);
  expect_session_down (peer, L2TP_RESULT_CDN, 3);
  open_session (peer, CLIENT_SESSION + 1);
  expect (peer, L2TP_MESSAGE_ICRQ); /* carries the acknowledgement */
  g_assert_cmpuint (peer->header.nr, ==, peer->ns);
  expect_silence (peer);
  reply_in_session (peer, L2TP_MESSAGE_ICRP, CLIENT_SESSION + 1);
  expect_plain_event (peer, L2TP_EVENT_SESSION_REPLIED);
}

/* TUN-19 */
static void
test_no_sessions (void)
{
  g_autoptr (Peer) peer = peer_new (NULL, NULL);

  establish_session (peer);
  reply (peer, L2TP_MESSAGE_CDN);
  expect_session_down (peer, L2TP_RESULT_CDN, 3);
  expect (peer, ZLB);
  expect_timeout (peer, 15 * SECOND);
  expect_tunnel_down (peer, L2TP_RESULT_NO_SESSIONS, 1);
  expect_stopccn (peer, 1, 0);
}

/* SES-12, SES-26, ERR-30 */
static void
test_close_session (void)
{
  L2tpDisconnectCause cause = { 3, 0, 2 };
  g_autoptr (Peer) peer = peer_new (NULL, NULL);

  establish_session (peer);
  l2tp_tunnel_close_session (peer->tunnel, peer->now, CLIENT_SESSION, 3, 0, &cause);
  expect_session_down (peer, L2TP_RESULT_LOCAL, 3);
  expect_cdn (peer, LNS_SESSION, 3, 0);
  g_assert_cmpuint (peer->message.disconnect.session_id, ==, CLIENT_SESSION);
  g_assert_cmpuint (peer->message.disconnect.cause.code, ==, 3);
  g_assert_cmpuint (peer->message.disconnect.cause.direction, ==, 2);
  expect_timeout (peer, 1 * SECOND);
  expect_cdn (peer, LNS_SESSION, 3, 0); /* still delivered reliably */
  reply (peer, ZLB);
  l2tp_tunnel_close_session (peer->tunnel, peer->now, CLIENT_SESSION, 3, 0, NULL);
  expect_silence (peer);
  expect_no_event (peer);
}

/* SES-28, XPRT-11, XPRT-12: CDN and StopCCN leave together, however small the congestion window is.
 */
static void
test_disconnect (void)
{
  g_autoptr (Peer) peer = peer_new (NULL, NULL);

  establish_session (peer);
  l2tp_tunnel_probe (peer->tunnel, peer->now);
  expect (peer, L2TP_MESSAGE_HELLO);
  expect_timeout (peer, 1 * SECOND);
  expect (peer, L2TP_MESSAGE_HELLO); /* cwnd is 1 now */
  l2tp_tunnel_close_session (peer->tunnel, peer->now, CLIENT_SESSION, 3, 0, NULL);
  l2tp_tunnel_close (peer->tunnel, peer->now, 1, 0);
  expect_session_down (peer, L2TP_RESULT_LOCAL, 3);
  expect_tunnel_down (peer, L2TP_RESULT_LOCAL, 1);
  expect_cdn (peer, LNS_SESSION, 3, 0);
  expect_stopccn (peer, 1, 0);
  expect_silence (peer);
  expect_timeout (peer, 2 * SECOND);
  expect (peer, L2TP_MESSAGE_HELLO); /* again: the oldest, and one at a time */
  expect_silence (peer);
}

/* XPRT-8, XPRT-10: RFC 2661 appendix B.2, a lost ICRP. */
static void
test_lost_icrp (void)
{
  g_autoptr (Peer) peer = peer_new (NULL, NULL);

  establish (peer);
  open_session (peer, CLIENT_SESSION);
  expect (peer, L2TP_MESSAGE_ICRQ);
  expect_timeout (peer, 1 * SECOND);
  expect (peer, L2TP_MESSAGE_ICRQ);
  g_assert_cmpuint (peer->header.ns, ==, 2);
  g_assert_cmpuint (peer->header.nr, ==, 1);
  peer->ns = 2;
  reply (peer, ZLB);
  expect_silence (peer);
  peer->ns = 1;
  reply (peer, L2TP_MESSAGE_ICRP);
  expect_plain_event (peer, L2TP_EVENT_SESSION_REPLIED);
  l2tp_tunnel_connect_session (peer->tunnel, peer->now, CLIENT_SESSION);
  expect (peer, L2TP_MESSAGE_ICCN);
  g_assert_cmpuint (peer->header.ns, ==, 3);
  g_assert_cmpuint (peer->header.nr, ==, 2);
}

/* XPRT-6: an acknowledgement counts though its message is too far ahead to be kept. */
static void
test_acknowledged_by_dropped (void)
{
  g_autoptr (Peer) peer = peer_new (NULL, NULL);

  establish (peer);
  open_session (peer, CLIENT_SESSION);
  expect (peer, L2TP_MESSAGE_ICRQ);
  reply (peer, L2TP_MESSAGE_ICRP);
  expect_plain_event (peer, L2TP_EVENT_SESSION_REPLIED);
  l2tp_tunnel_connect_session (peer->tunnel, peer->now, CLIENT_SESSION);
  expect (peer, L2TP_MESSAGE_ICCN);
  peer->ns = 500;
  reply (peer, L2TP_MESSAGE_HELLO);
  expect_plain_event (peer, L2TP_EVENT_SESSION_UP);
  expect_silence (peer);
}

/* SES-4, SES-9, MSG-24 */
static void
test_close_session_early (void)
{
  g_autoptr (Peer) peer = peer_new (NULL, NULL);

  l2tp_tunnel_open (peer->tunnel, peer->now);
  open_session (peer, CLIENT_SESSION);
  l2tp_tunnel_close_session (peer->tunnel, peer->now, CLIENT_SESSION, 3, 0, NULL);
  expect_session_down (peer, L2TP_RESULT_LOCAL, 3);
  expect (peer, L2TP_MESSAGE_SCCRQ);
  expect_silence (peer);

  reply (peer, L2TP_MESSAGE_SCCRP);
  expect_plain_event (peer, L2TP_EVENT_TUNNEL_UP);
  expect (peer, L2TP_MESSAGE_SCCCN);
  open_session (peer, CLIENT_SESSION);
  expect (peer, L2TP_MESSAGE_ICRQ);
  l2tp_tunnel_close_session (peer->tunnel, peer->now, CLIENT_SESSION, 3, 0, NULL);
  expect_session_down (peer, L2TP_RESULT_LOCAL, 3);
  reply (peer, L2TP_MESSAGE_ICRP); /* too late: ignored (SES-2) */
  expect_cdn (peer, 0, 3, 0);
  g_assert_cmpuint (peer->message.disconnect.session_id, ==, CLIENT_SESSION);
  expect_no_event (peer);
}

/* SES-8 */
static void
test_cdn_while_waiting (void)
{
  g_autoptr (Peer) peer = peer_new (NULL, NULL);

  establish (peer);
  open_session (peer, CLIENT_SESSION);
  expect (peer, L2TP_MESSAGE_ICRQ);
  reply (peer, L2TP_MESSAGE_CDN);
  expect_session_down (peer, L2TP_RESULT_CDN, 3);
  expect (peer, ZLB);
  assert_state (peer, L2TP_TUNNEL_STATE_ESTABLISHED);
}

/* SES-23: no session in the header, but the peer's in AVP 14. */
static void
test_cdn_without_session (void)
{
  g_autoptr (Peer) peer = peer_new (NULL, NULL);

  establish_session (peer);
  reply_in_session (peer, L2TP_MESSAGE_CDN, 0);
  expect_session_down (peer, L2TP_RESULT_CDN, 3);
}

/* SES-25 */
static void
test_session_guard (void)
{
  g_autoptr (Peer) peer = peer_new (NULL, NULL);

  establish (peer);
  open_session (peer, CLIENT_SESSION);
  expect (peer, L2TP_MESSAGE_ICRQ);
  reply (peer, ZLB);
  expect_timeout (peer, 60 * SECOND);
  expect_session_down (peer, L2TP_RESULT_GUARD, 10);
  expect_cdn (peer, 0, 10, 0);
}

/* SES-25, in REPLIED. */
static void
test_data_path_guard (void)
{
  g_autoptr (Peer) peer = peer_new (NULL, NULL);

  establish (peer);
  open_session (peer, CLIENT_SESSION);
  expect (peer, L2TP_MESSAGE_ICRQ);
  wait_for (peer, 5 * MS);
  reply (peer, L2TP_MESSAGE_ICRP);
  expect_plain_event (peer, L2TP_EVENT_SESSION_REPLIED);
  expect_timeout (peer, 10 * MS);
  expect (peer, ZLB);
  expect_timeout (peer, 60 * SECOND - 10 * MS);
  expect_session_down (peer, L2TP_RESULT_LOCAL, 10);
  expect_cdn (peer, LNS_SESSION, 10, 0);
}

/* SES-7, SES-8, SES-11 */
static void
test_session_violations (void)
{
  static const int types[] = { L2TP_MESSAGE_ICRQ, L2TP_MESSAGE_ICRP, L2TP_MESSAGE_ICCN };

  for (guint i = 0; i < G_N_ELEMENTS (types); i++)
    {
      g_autoptr (Peer) peer = peer_new (NULL, NULL);

      establish_session (peer);
      reply_in_session (peer, types[i], CLIENT_SESSION);
      expect_session_down (peer, L2TP_RESULT_FSM, 2);
      expect_cdn (peer, LNS_SESSION, 2, 6);
      g_assert_cmpuint (peer->message.disconnect.result.text.len, >, 0); /* ERR-11 */
      assert_state (peer, L2TP_TUNNEL_STATE_ESTABLISHED);
    }
}

/* SES-20, SES-21, FZ-60, FZ-61; and a flood of calls does not pile up refusals. */
static void
test_calls_from_the_lns (void)
{
  g_autoptr (Peer) peer = peer_new (NULL, NULL);
  L2tpMessage ocrq = { .type = L2TP_MESSAGE_OCRQ };
  guint n_refused = 0;

  establish_session (peer);
  ocrq.present = L2TP_AVP_BIT (14) | L2TP_AVP_BIT (15) | L2TP_AVP_BIT (16) | L2TP_AVP_BIT (17) |
                 L2TP_AVP_BIT (18) | L2TP_AVP_BIT (19) | L2TP_AVP_BIT (21);
  ocrq.call.session_id = 9;
  reply_message (peer, &ocrq, 0);
  expect_cdn (peer, 9, 5, 0);
  g_assert_cmpuint (peer->message.disconnect.session_id, !=, 0);
  g_assert_cmpuint (peer->message.disconnect.session_id, !=, CLIENT_SESSION);

  reply_in_session (peer, L2TP_MESSAGE_ICRQ, 0);
  expect_cdn (peer, LNS_SESSION, 2, 6);
  expect_no_event (peer);
  assert_session_state (peer, L2TP_SESSION_STATE_ESTABLISHED);
  reply (peer, ZLB);

  for (guint i = 0; i < 1000; i++)
    reply_message (peer, &ocrq, 0);
  for (;;)
    {
      g_autoptr (GBytes) packet = l2tp_tunnel_next_packet (peer->tunnel, peer->now);

      if (packet == NULL)
        break;
      n_refused++;
      peer->nr++;
      reply (peer, ZLB);
    }
  g_assert_cmpuint (n_refused, <=, 17);
}

static void
expect_trace (Peer *peer, guint16 session_id, const char *from, const char *to, const char *reason)
{
  L2tpTrace trace;

  g_assert_true (l2tp_tunnel_next_trace (peer->tunnel, &trace));
  g_assert_cmpuint (trace.session_id, ==, session_id);
  g_assert_cmpstr (trace.from, ==, from);
  g_assert_cmpstr (trace.to, ==, to);
  g_assert_cmpstr (trace.reason, ==, reason);
}

/* Every change of a state can be seen: old, new and why. */
static void
test_trace (void)
{
  g_autoptr (Peer) peer = peer_new (NULL, NULL);
  L2tpTrace trace;

  establish_session (peer);
  reply (peer, L2TP_MESSAGE_CDN);
  l2tp_tunnel_close (peer->tunnel, peer->now, 1, 0);
  expect_trace (peer, 0, "idle", "wait-ctl-reply", "open");
  expect_trace (peer, 0, "wait-ctl-reply", "established", "sccrp");
  expect_trace (peer, CLIENT_SESSION, "idle", "wait-tunnel", "request");
  expect_trace (peer, CLIENT_SESSION, "wait-tunnel", "wait-reply", "tunnel-open");
  expect_trace (peer, CLIENT_SESSION, "wait-reply", "replied", "icrp");
  expect_trace (peer, CLIENT_SESSION, "replied", "established", "connect");
  expect_trace (peer, CLIENT_SESSION, "established", "idle", "cdn");
  expect_trace (peer, 0, "established", "closing", "close");
  g_assert_false (l2tp_tunnel_next_trace (peer->tunnel, &trace));
}

/* Nobody has to look: the oldest are forgotten. */
static void
test_trace_is_bounded (void)
{
  g_autoptr (Peer) peer = peer_new ("hello", "other");
  L2tpTrace trace, last = { 0 };
  guint n_traces = 0;

  l2tp_tunnel_open (peer->tunnel, peer->now);
  expect (peer, L2TP_MESSAGE_SCCRQ);
  for (guint i = 0; i < 1000; i++)
    {
      open_session (peer, CLIENT_SESSION);
      l2tp_tunnel_close_session (peer->tunnel, peer->now, CLIENT_SESSION, 3, 0, NULL);
    }
  reply (peer, L2TP_MESSAGE_SCCRP);
  while (l2tp_tunnel_next_trace (peer->tunnel, &trace))
    {
      n_traces++;
      last = trace;
    }
  g_assert_cmpuint (n_traces, ==, L2TP_TRACE_SIZE);
  g_assert_cmpstr (last.to, ==, "closing");
  g_assert_cmpstr (last.reason, ==, "auth-mismatch");
}

/* AVP-38, AVP-39, DATA-3: only for a session that asks for it. */
static void
test_sequencing (void)
{
  g_autoptr (Peer) peer = peer_new (NULL, NULL);
  L2tpSessionConfig config = {
    .session_id = CLIENT_SESSION,
    .tx_connect_speed = 1,
    .rx_connect_speed = 2,
    .sequencing = TRUE,
  };

  establish_session (peer);
  g_assert_false (l2tp_message_has (&peer->message, L2TP_AVP_SEQUENCING_REQUIRED));
  g_assert_false (l2tp_message_has (&peer->message, L2TP_AVP_RX_CONNECT_SPEED));
  reply (peer, L2TP_MESSAGE_CDN);
  expect_session_down (peer, L2TP_RESULT_CDN, 3);

  g_assert_true (l2tp_tunnel_open_session (peer->tunnel, peer->now, &config));
  expect (peer, L2TP_MESSAGE_ICRQ);
  reply (peer, L2TP_MESSAGE_ICRP);
  expect_plain_event (peer, L2TP_EVENT_SESSION_REPLIED);
  l2tp_tunnel_connect_session (peer->tunnel, peer->now, CLIENT_SESSION);
  expect (peer, L2TP_MESSAGE_ICCN);
  g_assert_true (l2tp_message_has (&peer->message, L2TP_AVP_SEQUENCING_REQUIRED));
  g_assert_cmpuint (peer->message.connected.tx_speed, ==, 1);
  g_assert_cmpuint (peer->message.connected.rx_speed, ==, 2);
}

/* AVP-21, AVP-22: the ICRQ that waits for the tunnel has copies. */
static void
test_numbers (void)
{
  g_autoptr (Peer) peer = peer_new (NULL, NULL);
  char calling[] = "+49 30 1234", called[] = "5678";
  L2tpSessionConfig config = {
    .session_id = CLIENT_SESSION,
    .calling_number = calling,
    .called_number = called,
  };
  L2tpCall *call = &peer->message.call;

  g_assert_true (l2tp_tunnel_open_session (peer->tunnel, peer->now, &config));
  calling[0] = called[0] = 'x';
  establish (peer);
  expect (peer, L2TP_MESSAGE_ICRQ);
  g_assert_cmpmem (call->calling_number.data, call->calling_number.len, "+49 30 1234", 11);
  g_assert_cmpmem (call->called_number.data, call->called_number.len, "5678", 4);

  config = (L2tpSessionConfig){ .session_id = CLIENT_SESSION + 1 };
  g_assert_true (l2tp_tunnel_open_session (peer->tunnel, peer->now, &config));
  reply (peer, ZLB);
  expect (peer, L2TP_MESSAGE_ICRQ);
  g_assert_false (l2tp_message_has (&peer->message, L2TP_AVP_CALLING_NUMBER));
  g_assert_false (l2tp_message_has (&peer->message, L2TP_AVP_CALLED_NUMBER));
}

/* AVP-46, ERR-22, ERR-24, SES-27: the LNS says why; it changes nothing else. */
static void
test_disconnect_cause (void)
{
  g_autoptr (Peer) peer = peer_new (NULL, NULL);
  g_auto (L2tpEvent) event = { 0 };

  establish_session (peer);
  reply_avps (peer, CLIENT_SESSION,
              "800800000000000e"
              "80080000000e0c0d"
              "8008000000010001"
              "00120000002e0010c22302"
              "6e6f0a70617373");
  event = expect_event (peer, L2TP_EVENT_SESSION_DOWN);
  g_assert_cmpuint (event.result.result, ==, 1);
  g_assert_cmpuint (event.result.cause.code, ==, 16);
  g_assert_cmpuint (event.result.cause.protocol, ==, 0xC223);
  g_assert_cmpuint (event.result.cause.direction, ==, 2);
  g_assert_cmpstr (event.result.text, ==, "no pass"); /* ERR-10 */
  assert_state (peer, L2TP_TUNNEL_STATE_ESTABLISHED);
}

/* HDR-5: 0 is no id; and none is used twice. */
static void
test_open_session_refused (void)
{
  g_autoptr (Peer) peer = peer_new (NULL, NULL);
  L2tpSessionConfig config = { .session_id = CLIENT_SESSION };

  open_session (peer, CLIENT_SESSION);
  g_assert_false (l2tp_tunnel_open_session (peer->tunnel, peer->now, &config));
  config.session_id = 0;
  g_assert_false (l2tp_tunnel_open_session (peer->tunnel, peer->now, &config));
  l2tp_tunnel_close (peer->tunnel, peer->now, 1, 0);
  config.session_id = 5;
  g_assert_false (l2tp_tunnel_open_session (peer->tunnel, peer->now, &config));
}

#define TEST(NAME, FUNCTION) g_test_add_func ("/session/" NAME, FUNCTION)

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  TEST ("connect", test_connect);
  TEST ("slow-data-path", test_slow_data_path);
  TEST ("async-framing", test_async_framing);
  TEST ("window-of-one", test_window_of_one);
  TEST ("plain-lns", test_plain_lns);
  TEST ("second-session", test_second_session);
  TEST ("no-sessions", test_no_sessions);
  TEST ("close-session", test_close_session);
  TEST ("disconnect", test_disconnect);
  TEST ("lost-icrp", test_lost_icrp);
  TEST ("acknowledged-by-dropped", test_acknowledged_by_dropped);
  TEST ("close-session-early", test_close_session_early);
  TEST ("cdn-while-waiting", test_cdn_while_waiting);
  TEST ("cdn-without-session", test_cdn_without_session);
  TEST ("session-guard", test_session_guard);
  TEST ("data-path-guard", test_data_path_guard);
  TEST ("session-violations", test_session_violations);
  TEST ("calls-from-the-lns", test_calls_from_the_lns);
  TEST ("sequencing", test_sequencing);
  TEST ("numbers", test_numbers);
  TEST ("disconnect-cause", test_disconnect_cause);
  TEST ("trace", test_trace);
  TEST ("trace-is-bounded", test_trace_is_bounded);
  TEST ("open-session-refused", test_open_session_refused);
  return g_test_run ();
}
