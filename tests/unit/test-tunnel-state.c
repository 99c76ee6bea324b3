/* SPDX-License-Identifier: GPL-2.0-or-later */
/* SPDX-FileCopyrightText: The l2tp-client authors */

/* A process is killed in the middle of everything and another one goes on: the LNS notices nothing.
 * And what is no state of ours is not taken. */

#include "test-peer.h"

#include <string.h>

static L2tpTunnel *
import (GVariant *state, gint64 now)
{
  L2tpTunnelConfig config = {
    .host_name = "client",
    .receive_window = 3, /* the profile was edited: what the LNS was told counts */
    .secret = (const guint8 *) "hello",
    .secret_len = 5,
    .hello_interval = 60 * SECOND,
    .no_sessions_timeout = 15 * SECOND,
    .hide_avps = TRUE,
  };
  L2tpTunnelEntropy entropy = { .tunnel_id = 1, .seed = "another one" };

  return l2tp_tunnel_import (&config, &entropy, state, now);
}

/* As octets, as a file would hold it. */
static GVariant *export(Peer *peer)
{
  g_autoptr (GVariant) state = g_variant_ref_sink (l2tp_tunnel_export (peer->tunnel));
  g_autoptr (GBytes) octets = g_variant_get_data_as_bytes (state);

  return g_variant_ref_sink (g_variant_new_from_bytes (g_variant_get_type (state), octets, FALSE));
}

static void
swap (Peer *peer)
{
  g_autoptr (GVariant) state = export(peer);

  l2tp_tunnel_free (peer->tunnel);
  peer->tunnel = import (state, peer->now);
  g_assert_nonnull (peer->tunnel);
}

/* XPRT-1, XPRT-7, XPRT-16, SES-5: before and after each message. */
static void
test_at_every_step (void)
{
  g_autoptr (Peer) peer = peer_new ("hello", "hello");

  establish (peer);
  swap (peer);
  assert_state (peer, L2TP_TUNNEL_STATE_ESTABLISHED);
  g_assert_cmpuint (l2tp_tunnel_get_id (peer->tunnel), ==, CLIENT_TUNNEL);
  g_assert_cmpuint (l2tp_tunnel_get_peer_id (peer->tunnel), ==, LNS_TUNNEL);
  g_assert_cmpstr (l2tp_tunnel_get_peer_host_name (peer->tunnel), ==, "lns");
  open_session (peer, CLIENT_SESSION);
  swap (peer); /* not sent yet */
  expect (peer, L2TP_MESSAGE_ICRQ);
  swap (peer);
  assert_session_state (peer, L2TP_SESSION_STATE_WAIT_REPLY);
  reply (peer, L2TP_MESSAGE_ICRP);
  expect_plain_event (peer, L2TP_EVENT_SESSION_REPLIED);
  swap (peer); /* the acknowledgement is still owed */
  l2tp_tunnel_connect_session (peer->tunnel, peer->now, CLIENT_SESSION);
  swap (peer);
  expect (peer, L2TP_MESSAGE_ICCN);
  g_assert_cmpuint (peer->header.session_id, ==, LNS_SESSION);
  g_assert_cmpuint (peer->header.ns, ==, 3);
  g_assert_cmpuint (peer->header.nr, ==, 2);
  swap (peer);
  reply (peer, ZLB);
  expect_plain_event (peer, L2TP_EVENT_SESSION_UP);
  swap (peer);
  expect_timeout (peer, 60 * SECOND);
  expect (peer, L2TP_MESSAGE_HELLO);
  g_assert_cmpuint (peer->header.ns, ==, 4);
  swap (peer);
  l2tp_tunnel_probe (peer->tunnel, peer->now); /* one is out already */
  expect_silence (peer);
  reply (peer, ZLB);
  reply (peer, L2TP_MESSAGE_HELLO);
  swap (peer);
  expect (peer, ZLB);
  g_assert_cmpuint (peer->header.ns, ==, 5);
  g_assert_cmpuint (peer->header.nr, ==, 3);
}

/* XPRT-8, XPRT-9: the schedule of what is out goes on, and so does the patience. */
static void
test_retransmission_goes_on (void)
{
  g_autoptr (Peer) peer = peer_new ("hello", "hello");

  establish_session (peer);
  l2tp_tunnel_probe (peer->tunnel, peer->now);
  expect (peer, L2TP_MESSAGE_HELLO);
  for (gint64 interval = 1; interval <= 8; interval *= 2)
    {
      swap (peer);
      expect_timeout (peer, interval * SECOND);
      expect (peer, L2TP_MESSAGE_HELLO);
      g_assert_cmpuint (peer->header.ns, ==, 4);
      swap (peer);
    }
  expect_timeout (peer, 8 * SECOND);
  expect (peer, L2TP_MESSAGE_HELLO);
  swap (peer);
  expect_timeout (peer, 8 * SECOND);
  expect_session_down (peer, L2TP_RESULT_PEER_LOST, 0);
  expect_tunnel_down (peer, L2TP_RESULT_PEER_LOST, 0);
}

/* XPRT-5: what was overtaken arrives at the next process. */
static void
test_reordering (void)
{
  g_autoptr (Peer) peer = peer_new (NULL, NULL);

  establish_session (peer);
  peer->ns++;
  reply (peer, L2TP_MESSAGE_HELLO);
  expect (peer, ZLB);
  g_assert_cmpuint (peer->header.nr, ==, 2);
  swap (peer);
  peer->ns -= 2;
  reply (peer, L2TP_MESSAGE_HELLO);
  expect (peer, ZLB);
  g_assert_cmpuint (peer->header.nr, ==, 4);
}

/* HIDE-7: the next process has randomness of its own. */
static void
test_hiding (void)
{
  g_autoptr (Peer) peer = peer_new_hiding ("hello");

  establish (peer);
  swap (peer);
  open_session (peer, CLIENT_SESSION);
  expect (peer, L2TP_MESSAGE_ICRQ);
  g_assert_cmpuint (peer->message.call.session_id, ==, CLIENT_SESSION);
}

/* TUN-19 */
static void
test_empty_tunnel (void)
{
  g_autoptr (Peer) peer = peer_new (NULL, NULL);

  establish (peer);
  wait_for (peer, 5 * SECOND);
  swap (peer);
  expect_timeout (peer, 10 * SECOND);
  expect_tunnel_down (peer, L2TP_RESULT_NO_SESSIONS, 1);
}

static void
test_only_established (void)
{
  g_autoptr (Peer) peer = peer_new (NULL, NULL);

  g_assert_null (l2tp_tunnel_export (peer->tunnel));
  establish (peer);
  l2tp_tunnel_close (peer->tunnel, peer->now, 1, 0);
  g_assert_null (l2tp_tunnel_export (peer->tunnel));
}

/* No secret, no challenge, no seed. */
static void
test_no_secret (void)
{
  g_autoptr (Peer) peer = peer_new_hiding ("a-secret-of-sorts");
  g_autoptr (GVariant) state = NULL;

  establish (peer);
  open_session (peer, CLIENT_SESSION);
  state = export(peer);
  g_assert_null (memmem (g_variant_get_data (state), g_variant_get_size (state), "of-sorts", 8));
}

/* Another clock, another version, another layout. */
static void
test_refused (void)
{
  g_autoptr (Peer) peer = peer_new (NULL, NULL);
  g_autoptr (GVariant) state = NULL;
  g_autoptr (GVariant) other = g_variant_ref_sink (g_variant_new ("(us)", 1, "x"));
  g_autofree guint8 *octets = NULL;
  gsize size;

  establish_session (peer);
  state = export(peer);
  g_assert_null (import (state, peer->now - SECOND));
  g_assert_null (import (other, peer->now));

  size = g_variant_get_size (state);
  octets = g_memdup2 (g_variant_get_data (state), size);
  octets[0]++; /* version */
  {
    g_autoptr (GBytes) bytes = g_bytes_new (octets, size);
    g_autoptr (GVariant) changed =
        g_variant_ref_sink (g_variant_new_from_bytes (g_variant_get_type (state), bytes, FALSE));

    g_assert_null (import (changed, peer->now));
  }
}

/* What it costs for each message; no assertion, machines differ. */
static void
test_cost (void)
{
  g_autoptr (Peer) peer = peer_new (NULL, NULL);
  gint64 began = g_get_monotonic_time ();
  gsize size = 0;

  establish_session (peer);
  for (guint i = 0; i < 1000; i++)
    {
      g_autoptr (GVariant) state = g_variant_ref_sink (l2tp_tunnel_export (peer->tunnel));

      size = g_variant_get_size (state);
      g_assert_nonnull (g_variant_get_data (state));
    }
  g_test_message ("%" G_GSIZE_FORMAT " octets, %.1f µs", size,
                  (double) (g_get_monotonic_time () - began) / 1000);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/tunnel-state/at-every-step", test_at_every_step);
  g_test_add_func ("/tunnel-state/retransmission", test_retransmission_goes_on);
  g_test_add_func ("/tunnel-state/reordering", test_reordering);
  g_test_add_func ("/tunnel-state/hiding", test_hiding);
  g_test_add_func ("/tunnel-state/empty-tunnel", test_empty_tunnel);
  g_test_add_func ("/tunnel-state/only-established", test_only_established);
  g_test_add_func ("/tunnel-state/no-secret", test_no_secret);
  g_test_add_func ("/tunnel-state/refused", test_refused);
  g_test_add_func ("/tunnel-state/cost", test_cost);
  return g_test_run ();
}
