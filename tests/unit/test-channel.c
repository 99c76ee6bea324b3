/* SPDX-License-Identifier: GPL-2.0-or-later */
/* SPDX-FileCopyrightText: The l2tp-client authors */

/* Reliable delivery with a virtual clock: XPRT-1 … XPRT-12, VER-4, FZ-81, FZ-83, FZ-84. */

#include "service/proto/l2tp-channel.h"
#include "service/proto/l2tp-sequence.h"
#include "service/proto/l2tp-window.h"

#include <string.h>

#include "test-vectors.h"

#define SECOND G_TIME_SPAN_SECOND
#define MS     G_TIME_SPAN_MILLISECOND

static guint
get_int (JsonObject *object, const char *member)
{
  return (guint) json_object_get_int_member (object, member);
}

/* XPRT-3 */
static void
check_class (JsonArray *array, guint i, JsonNode *node, gpointer data)
{
  static const char *const names[] = {
    [L2TP_SEQUENCE_IN_ORDER] = "in-order",
    [L2TP_SEQUENCE_FUTURE] = "future",
    [L2TP_SEQUENCE_DUPLICATE] = "duplicate",
  };
  JsonObject *vector = json_node_get_object (node);
  L2tpSequenceClass class = l2tp_sequence_compare ((guint16) get_int (vector, "expected"),
                                                   (guint16) get_int (vector, "ns"), NULL);

  g_assert_cmpstr (names[class], ==, json_object_get_string_member (vector, "class"));
}

/* XPRT-6 */
static void
check_acknowledges (JsonArray *array, guint i, JsonNode *node, gpointer data)
{
  JsonObject *vector = json_node_get_object (node);
  guint count = 0;
  gboolean valid = l2tp_sequence_acknowledges ((guint16) get_int (vector, "snd_una"),
                                               (guint16) get_int (vector, "snd_next"),
                                               (guint16) get_int (vector, "nr"), &count);

  g_assert_cmpint (valid, ==, json_object_get_boolean_member (vector, "valid"));
  g_assert_cmpuint (count, ==, get_int (vector, "acked"));
}

static void
test_sequence (void)
{
  g_autoptr (JsonObject) root = l2tp_test_load_vectors ("transport");

  json_array_foreach_element (json_object_get_array_member (root, "receive_compare"), check_class,
                              NULL);
  json_array_foreach_element (json_object_get_array_member (root, "ack_validity"),
                              check_acknowledges, NULL);
}

static void
check_window_step (JsonArray *array, guint i, JsonNode *node, gpointer data)
{
  JsonObject *step = json_node_get_object (node);
  L2tpWindow *window = data;

  if (g_str_equal (json_object_get_string_member (step, "event"), "ack"))
    l2tp_window_acknowledge (window);
  else
    l2tp_window_retransmit (window);
  g_assert_cmpuint (window->cwnd, ==, get_int (step, "cwnd"));
  g_assert_cmpuint (window->ssthresh, ==, get_int (step, "ssthresh"));
}

/* XPRT-12 */
static void
check_window (JsonArray *array, guint i, JsonNode *node, gpointer data)
{
  JsonObject *vector = json_node_get_object (node);
  L2tpWindow window;

  l2tp_window_init (&window, (guint16) get_int (vector, "rws"));
  json_array_foreach_element (json_object_get_array_member (vector, "trace"), check_window_step,
                              &window);
}

static void
test_window (void)
{
  g_autoptr (JsonObject) root = l2tp_test_load_vectors ("transport");

  json_array_foreach_element (json_object_get_array_member (root, "slow_start"), check_window,
                              NULL);
}

/* A packet whose payload is one octet: enough for the channel. */
static GByteArray *
make_packet (guint8 content)
{
  return g_byte_array_append (l2tp_packet_new (0), &content, 1);
}

/* Returns whether it was taken. */
static gboolean
offer (L2tpChannel *channel, gint64 now, guint16 ns, guint16 nr, int content)
{
  g_autoptr (GByteArray) packet =
      content < 0 ? l2tp_packet_new (0) : make_packet ((guint8) content);
  L2tpHeader header;

  l2tp_packet_seal (packet, 1, ns, nr);
  g_assert_true (l2tp_header_parse (packet->data, packet->len, &header));
  return l2tp_channel_receive (channel, now, &header, packet->data, packet->len);
}

static void
receive (L2tpChannel *channel, gint64 now, guint16 ns, guint16 nr, int content)
{
  g_assert_true (offer (channel, now, ns, nr, content));
}

static void
expect_nothing (L2tpChannel *channel, gint64 now)
{
  g_assert_null (l2tp_channel_next_packet (channel, now));
}

/* @content -1: a ZLB */
static void
expect (L2tpChannel *channel, gint64 now, guint16 ns, guint16 nr, int content)
{
  g_autoptr (GBytes) packet = l2tp_channel_next_packet (channel, now);
  L2tpOctets octets;
  L2tpHeader header;

  g_assert_nonnull (packet);
  octets = l2tp_test_octets (packet);
  g_assert_true (l2tp_header_parse (octets.data, octets.len, &header));
  g_assert_cmpuint (header.ns, ==, ns);
  g_assert_cmpuint (header.nr, ==, nr);
  g_assert_cmpint (header.payload.len, ==, content < 0 ? 0 : 1);
  if (content >= 0)
    g_assert_cmpuint (header.payload.data[0], ==, content);
}

static void
expect_message (L2tpChannel *channel, guint8 content)
{
  g_autoptr (GBytes) message = l2tp_channel_next_message (channel);
  L2tpOctets octets;

  g_assert_nonnull (message);
  octets = l2tp_test_octets (message);
  g_assert_cmpuint (octets.data[L2TP_CONTROL_HEADER_SIZE], ==, content);
}

static L2tpChannel *
make_channel (void)
{
  return l2tp_channel_new (&l2tp_schedule_default, 4);
}

/* XPRT-8, XPRT-9: the peer never answers, and no round trip was measured. */
static void
check_schedule (JsonArray *array, guint i, JsonNode *node, gpointer data)
{
  JsonObject *vector = json_node_get_object (node);
  JsonArray *times = json_object_get_array_member (vector, "send_times_s");
  L2tpSchedule schedule = {
    .initial = get_int (vector, "initial_s") * SECOND,
    .cap = get_int (vector, "cap_s") * SECOND,
    .give_up = get_int (vector, "give_up_s") * SECOND,
  };
  g_autoptr (L2tpChannel) channel = l2tp_channel_new (&schedule, 4);
  gint64 now = 0;

  l2tp_channel_send (channel, make_packet (7));
  for (guint n = 0; n < json_array_get_length (times); n++)
    {
      g_assert_cmpint (now, ==, json_array_get_int_element (times, n) * SECOND);
      expect (channel, now, 0, 0, 7);
      expect_nothing (channel, now);
      now = l2tp_channel_get_deadline (channel);
      g_assert_true (l2tp_channel_handle_timeout (channel, now - 1));
      if (n + 1 < json_array_get_length (times))
        g_assert_true (l2tp_channel_handle_timeout (channel, now));
    }
  g_assert_cmpint (now, ==, get_int (vector, "give_up_s") * SECOND);
  g_assert_false (l2tp_channel_handle_timeout (channel, now));
}

/* XPRT-8: the pace that the user wants is the pace of SCCRQ, which the last second of waiting is a
 * part of. */
static void
test_wanted_schedules (void)
{
  static const struct
  {
    guint initial, repetitions;
    gint64 sent[9], give_up; /* s */
  } cases[] = {
    { 1, 5, { 0, 1, 3, 7, 15, 23 }, 31 },
    { 1, 1, { 0, 1 }, 3 },
    { 2, 3, { 0, 2, 6, 14 }, 22 },
    { 3, 4, { 0, 3, 9, 17, 25 }, 33 },
    { 8, 8, { 0, 8, 16, 24, 32, 40, 48, 56, 64 }, 72 },
  };

  for (guint i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      L2tpSchedule schedule = l2tp_schedule_make (cases[i].initial * SECOND, cases[i].repetitions);
      g_autoptr (L2tpChannel) channel = l2tp_channel_new (&schedule, 4);
      gint64 now = 0;

      l2tp_channel_send (channel, make_packet (7));
      for (guint n = 0; n <= cases[i].repetitions; n++)
        {
          g_assert_cmpint (now, ==, cases[i].sent[n] * SECOND);
          expect (channel, now, 0, 0, 7);
          now = l2tp_channel_get_deadline (channel);
          g_assert_true (l2tp_channel_handle_timeout (channel, now) == (n < cases[i].repetitions));
        }
      g_assert_cmpint (now, ==, cases[i].give_up * SECOND);
    }
}

/* XPRT-9: what is wanted by default is the default. */
static void
test_default_schedule (void)
{
  L2tpSchedule schedule = l2tp_schedule_make (SECOND, 5);

  g_assert_cmpmem (&schedule, sizeof schedule, &l2tp_schedule_default, sizeof schedule);
}

static void
test_schedules (void)
{
  g_autoptr (JsonObject) root = l2tp_test_load_vectors ("transport");

  json_array_foreach_element (json_object_get_array_member (root, "retransmit_schedules"),
                              check_schedule, NULL);
}

/* One message there and its acknowledgement back, which takes @rtt. Returns the time then. */
static gint64
make_round_trip (L2tpChannel *channel, gint64 now, guint16 ns, gint64 rtt)
{
  l2tp_channel_send (channel, make_packet (1));
  expect (channel, now, ns, 0, 1);
  receive (channel, now + rtt, 0, (guint16) (ns + 1), -1);
  return now + rtt;
}

/* The message with @ns is repeated after these intervals, in ms, up to and including giving up. */
static void
check_intervals (L2tpChannel *channel, gint64 now, guint16 ns, const guint *intervals, guint n)
{
  l2tp_channel_send (channel, make_packet (7));
  for (guint i = 0; i < n; i++)
    {
      expect (channel, now, ns, 0, 7);
      g_assert_cmpint (l2tp_channel_get_deadline (channel) - now, ==, intervals[i] * MS);
      now += intervals[i] * MS;
      g_assert_true (l2tp_channel_handle_timeout (channel, now - 1));
      g_assert_true (l2tp_channel_handle_timeout (channel, now) == (i + 1 < n));
    }
}

/* XPRT-8, XPRT-9: with a measured round trip the first interval is srtt + 4 var between 0.3 and 8
 * s; giving up stays a matter of time, 31 s, however many repetitions that makes. */
static void
test_measured_schedules (void)
{
  static const guint near[] = { 300, 600, 1200, 2400, 4800, 8000, 8000, 5700 };
  static const guint far[] = { 1500, 3000, 6000, 8000, 8000, 4500 };
  static const guint farthest[] = { 8000, 8000, 8000, 7000 };
  static const struct
  {
    gint64 rtt;
    const guint *intervals;
    guint n;
  } cases[] = {
    { 10 * MS, near, G_N_ELEMENTS (near) },
    { 500 * MS, far, G_N_ELEMENTS (far) }, /* var is rtt/2 after the first measurement */
    { 20 * SECOND, farthest, G_N_ELEMENTS (farthest) },
  };

  for (guint i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      g_autoptr (L2tpChannel) channel = make_channel ();
      gint64 now = make_round_trip (channel, 0, 0, cases[i].rtt);

      check_intervals (channel, now, 1, cases[i].intervals, cases[i].n);
    }
}

/* XPRT-8, XPRT-10: the 31 s begin anew when something was acknowledged, because what waited behind
 * it has not been repeated yet; what is sent after it does not count. */
static void
test_give_up (void)
{
  g_autoptr (L2tpChannel) channel = make_channel ();

  make_round_trip (channel, 0, 0, 0);
  l2tp_channel_send (channel, make_packet (1));
  expect (channel, 10 * SECOND, 1, 0, 1);
  l2tp_channel_send (channel, make_packet (2));
  expect (channel, 12 * SECOND, 2, 0, 2);
  g_assert_true (l2tp_channel_handle_timeout (channel, 40 * SECOND));
  receive (channel, 40 * SECOND, 0, 2, -1);
  expect (channel, 40 * SECOND, 2, 0, 2);
  g_assert_true (l2tp_channel_handle_timeout (channel, 71 * SECOND - 1));
  g_assert_false (l2tp_channel_handle_timeout (channel, 71 * SECOND));
}

/* Karn: a doubled interval stays until something was measured; then it is forgotten. A path that
 * has become slower than the interval is learnt that way. */
static void
test_slower_path (void)
{
  g_autoptr (L2tpChannel) channel = make_channel ();
  gint64 now = make_round_trip (channel, 0, 0, 10 * MS);

  l2tp_channel_send (channel, make_packet (1));
  expect (channel, now, 1, 0, 1);
  now += 300 * MS;
  g_assert_true (l2tp_channel_handle_timeout (channel, now));
  expect (channel, now, 1, 0, 1); /* in vain: the path takes 500 ms now */
  now += 200 * MS;
  receive (channel, now, 0, 2, -1);
  g_assert_cmpint (l2tp_channel_get_rtt (channel), ==, 10 * MS);

  l2tp_channel_send (channel, make_packet (2));
  expect (channel, now, 2, 0, 2);
  g_assert_cmpint (l2tp_channel_get_deadline (channel) - now, ==, 600 * MS);
  now += 500 * MS;
  receive (channel, now, 0, 3, -1);
  g_assert_cmpint (l2tp_channel_get_rtt (channel), >, 60 * MS);

  l2tp_channel_send (channel, make_packet (3));
  expect (channel, now, 3, 0, 3);
  g_assert_cmpint (l2tp_channel_get_deadline (channel) - now, ==, 576250); /* nothing is doubled */
}

/* Sends message @ns over a path that takes @rtt; returns how often it was repeated. */
static guint
send_over (L2tpChannel *channel, gint64 *now, guint16 ns, gint64 rtt)
{
  gint64 sent = *now;
  guint repeated = 0;

  l2tp_channel_send (channel, make_packet (ns));
  expect (channel, sent, ns, 0, ns);
  for (; l2tp_channel_get_deadline (channel) < sent + rtt; repeated++)
    {
      *now = l2tp_channel_get_deadline (channel);
      g_assert_true (l2tp_channel_handle_timeout (channel, *now));
      expect (channel, *now, ns, 0, ns);
    }
  *now = sent + rtt;
  receive (channel, *now, 0, ns + 1, -1);
  return repeated;
}

/* A path that took 50 ms and takes 700 ms now is learnt within a few messages. */
static void
test_much_slower_path (void)
{
  g_autoptr (L2tpChannel) channel = make_channel ();
  gint64 now = make_round_trip (channel, 0, 0, 50 * MS);

  g_assert_cmpuint (send_over (channel, &now, 1, 700 * MS), >, 0);
  send_over (channel, &now, 2, 700 * MS);
  g_assert_cmpuint (send_over (channel, &now, 3, 700 * MS), ==, 0);
  g_assert_cmpint (l2tp_channel_get_rtt (channel), >, 100 * MS);
  g_assert_cmpuint (send_over (channel, &now, 4, 700 * MS), ==, 0);
}

/* XPRT-10: a message that took many repetitions does not make the next one wait for long, and the
 * one after a measurement not at all. */
static void
test_loss_is_forgotten (void)
{
  g_autoptr (L2tpChannel) channel = make_channel ();
  gint64 now = make_round_trip (channel, 0, 0, 10 * MS);

  l2tp_channel_send (channel, make_packet (1));
  for (guint i = 0; i < 5; i++)
    {
      expect (channel, now, 1, 0, 1);
      now = l2tp_channel_get_deadline (channel);
      g_assert_true (l2tp_channel_handle_timeout (channel, now));
    }
  expect (channel, now, 1, 0, 1);
  receive (channel, now, 0, 2, -1);
  l2tp_channel_send (channel, make_packet (2));
  expect (channel, now, 2, 0, 2);
  g_assert_cmpint (l2tp_channel_get_deadline (channel) - now, ==, 1000 * MS);
  now += 10 * MS;
  receive (channel, now, 0, 3, -1);
  l2tp_channel_send (channel, make_packet (3));
  expect (channel, now, 3, 0, 3);
  g_assert_cmpint (l2tp_channel_get_deadline (channel) - now, ==, 300 * MS);
}

/* Karn: a message that waited behind a lost one is no measure either. */
static void
test_no_measure_behind_a_loss (void)
{
  g_autoptr (L2tpChannel) channel = make_channel ();

  make_round_trip (channel, 0, 0, 0);
  l2tp_channel_send (channel, make_packet (1));
  l2tp_channel_send (channel, make_packet (2));
  expect (channel, 0, 1, 0, 1);
  expect (channel, 0, 2, 0, 2);
  g_assert_true (l2tp_channel_handle_timeout (channel, 1 * SECOND));
  expect (channel, 1 * SECOND, 1, 0, 1);
  receive (channel, 1 * SECOND + 5 * MS, 0, 3, -1); /* the second was only waiting */
  g_assert_cmpint (l2tp_channel_get_rtt (channel), ==, 0);
}

/* XPRT-10, XPRT-11, XPRT-12: three lost at once come again at the pace of the window, with one
 * timeout, not three. */
static void
test_burst_loss (void)
{
  g_autoptr (L2tpChannel) channel = make_channel ();

  l2tp_channel_send (channel, make_packet (0));
  expect (channel, 0, 0, 0, 0);
  receive (channel, 0, 0, 1, -1);
  l2tp_channel_send (channel, make_packet (1));
  l2tp_channel_send (channel, make_packet (2));
  l2tp_channel_send (channel, make_packet (3));
  expect (channel, 0, 1, 0, 1); /* cwnd is 2 */
  expect (channel, 0, 2, 0, 2);
  expect_nothing (channel, 0);

  g_assert_cmpint (l2tp_channel_get_deadline (channel), ==, 1 * SECOND);
  g_assert_true (l2tp_channel_handle_timeout (channel, 1 * SECOND));
  expect (channel, 1 * SECOND, 1, 0, 1); /* cwnd is 1 */
  expect_nothing (channel, 1 * SECOND);
  receive (channel, 1 * SECOND, 0, 2, -1);
  expect (channel, 1 * SECOND, 2, 0, 2);
  receive (channel, 1 * SECOND, 0, 3, -1);
  expect (channel, 1 * SECOND, 3, 0, 3);
  receive (channel, 1 * SECOND, 0, 4, -1);
  g_assert_cmpuint (l2tp_channel_get_backlog (channel), ==, 0);
  g_assert_cmpint (l2tp_channel_get_deadline (channel), ==, -1);
}

/* XPRT-6, XPRT-10: what is still out after an acknowledgement is not repeated, and gets a full
 * interval. */
static void
test_partial_acknowledgement (void)
{
  g_autoptr (L2tpChannel) channel = make_channel ();

  make_round_trip (channel, 0, 0, 0);
  l2tp_channel_send (channel, make_packet (1));
  l2tp_channel_send (channel, make_packet (2));
  expect (channel, 0, 1, 0, 1);
  expect (channel, 0, 2, 0, 2);
  receive (channel, 0, 0, 1, -1); /* old news */
  receive (channel, 900 * MS, 0, 2, -1);
  expect_nothing (channel, 900 * MS);
  g_assert_cmpuint (l2tp_channel_get_backlog (channel), ==, 1);
  g_assert_cmpint (l2tp_channel_get_deadline (channel), >=, 1900 * MS);
}

/* XPRT-8: a repetition goes to the tunnel id it first went to, new messages to the one learnt. */
static void
test_tunnel_id (void)
{
  g_autoptr (L2tpChannel) channel = make_channel ();
  static const guint16 tunnel_ids[] = { 0, 0, 5 };

  l2tp_channel_send (channel, make_packet (0));
  for (guint i = 0; i < G_N_ELEMENTS (tunnel_ids); i++)
    {
      g_autoptr (GBytes) packet = l2tp_channel_next_packet (channel, i * SECOND);
      const guint8 *data = g_bytes_get_data (packet, NULL);

      g_assert_cmpuint (l2tp_read_u16 (data + 4), ==, tunnel_ids[i]);
      l2tp_channel_set_peer_tunnel_id (channel, 5);
      if (i == 1)
        receive (channel, 1 * SECOND, 0, 1, -1);
      l2tp_channel_send (channel, make_packet (1));
      l2tp_channel_handle_timeout (channel, (i + 1) * SECOND);
    }
}

/* XPRT-11: also a StopCCN stays in a window of one. */
static void
test_farewell_in_a_window_of_one (void)
{
  g_autoptr (L2tpChannel) channel = make_channel ();

  make_round_trip (channel, 0, 0, 0);
  l2tp_channel_set_peer_window (channel, 1);
  l2tp_channel_send (channel, make_packet (1));
  expect (channel, 0, 1, 0, 1);
  l2tp_channel_send_last (channel, make_packet (99));
  expect_nothing (channel, 0);
  receive (channel, 0, 0, 2, -1);
  expect (channel, 0, 2, 0, 99);
}

/* XPRT-11, XPRT-13: a StopCCN does not wait for repetitions, but stays within the peer's window. */
static void
test_farewell (void)
{
  g_autoptr (L2tpChannel) channel = make_channel ();

  l2tp_channel_send (channel, make_packet (0));
  expect (channel, 0, 0, 0, 0);
  receive (channel, 0, 0, 1, -1);
  for (guint8 i = 1; i <= 9; i++)
    l2tp_channel_send (channel, make_packet (i));
  expect (channel, 0, 1, 0, 1);
  expect (channel, 0, 2, 0, 2);
  l2tp_channel_handle_timeout (channel, 1 * SECOND);
  expect (channel, 1 * SECOND, 1, 0, 1);
  expect_nothing (channel, 1 * SECOND);

  l2tp_channel_send_last (channel, make_packet (99));
  expect (channel, 1 * SECOND, 3, 0, 3);
  expect (channel, 1 * SECOND, 4, 0, 99);
  expect_nothing (channel, 1 * SECOND);
  g_assert_cmpint (l2tp_channel_get_deadline (channel), ==, 3 * SECOND);
}

/* XPRT-6: a cumulative acknowledgement also stops what was about to be repeated. */
static void
test_late_acknowledgement (void)
{
  g_autoptr (L2tpChannel) channel = make_channel ();

  l2tp_channel_send (channel, make_packet (0));
  expect (channel, 0, 0, 0, 0);
  receive (channel, 0, 0, 1, -1);
  l2tp_channel_send (channel, make_packet (1));
  l2tp_channel_send (channel, make_packet (2));
  expect (channel, 0, 1, 0, 1);
  expect (channel, 0, 2, 0, 2);
  l2tp_channel_handle_timeout (channel, 1 * SECOND);
  receive (channel, 1 * SECOND, 0, 3, -1);
  expect_nothing (channel, 1 * SECOND);
  g_assert_cmpint (l2tp_channel_get_deadline (channel), ==, -1);
}

/* XPRT-2, XPRT-4, XPRT-7 */
static void
test_acknowledgements (void)
{
  g_autoptr (L2tpChannel) channel = make_channel ();

  receive (channel, 0, 0, 0, 10);
  expect_message (channel, 10);
  expect (channel, 0, 0, 1, -1);
  expect_nothing (channel, 0);

  receive (channel, 0, 0, 0, 10); /* a duplicate, each time */
  g_assert_null (l2tp_channel_next_message (channel));
  expect (channel, 0, 0, 1, -1);
  receive (channel, 0, 0, 0, 10);
  expect (channel, 0, 0, 1, -1);

  receive (channel, 0, 1, 0, 11); /* piggybacked */
  expect_message (channel, 11);
  l2tp_channel_send (channel, make_packet (20));
  expect (channel, 0, 0, 2, 20);
  expect_nothing (channel, 0);

  receive (channel, 0, 77, 1, -1); /* FZ-84: a ZLB with a wrong Ns: Nr counts, no answer */
  g_assert_cmpuint (l2tp_channel_get_backlog (channel), ==, 0);
  expect_nothing (channel, 0);
}

/* XPRT-7: held back for a message that is about to come, 10 ms and no longer. */
static void
test_delayed_acknowledgement (void)
{
  g_autoptr (L2tpChannel) channel = make_channel ();

  receive (channel, 0, 0, 0, 10);
  l2tp_channel_delay_acknowledgement (channel, 0);
  expect_nothing (channel, 9 * MS);
  g_assert_cmpint (l2tp_channel_get_deadline (channel), ==, 10 * MS);
  expect_message (channel, 10);
  expect (channel, 10 * MS, 0, 1, -1);

  receive (channel, 20 * MS, 1, 0, 11);
  l2tp_channel_delay_acknowledgement (channel, 20 * MS);
  receive (channel, 21 * MS, 1, 0, 11); /* the peer repeats: at once */
  expect_message (channel, 11);
  expect (channel, 21 * MS, 0, 2, -1);
}

/* XPRT-5, FZ-81 */
static void
test_reordering (void)
{
  g_autoptr (L2tpChannel) channel = make_channel ();

  receive (channel, 0, 2, 0, 12);
  receive (channel, 0, 1, 0, 11);
  receive (channel, 0, 2, 0, 99);                /* the first one counts */
  g_assert_false (offer (channel, 0, 4, 0, 14)); /* beyond the window of 4 */
  g_assert_false (offer (channel, 0, 20000, 0, 99));
  g_assert_false (offer (channel, 0, 32767, 0, 99));
  g_assert_null (l2tp_channel_next_message (channel));
  expect (channel, 0, 0, 0, -1); /* never past the hole */

  receive (channel, 0, 0, 0, 10);
  expect_message (channel, 10);
  expect_message (channel, 11);
  expect_message (channel, 12);
  g_assert_null (l2tp_channel_next_message (channel));
  expect (channel, 0, 0, 3, -1);
  expect_nothing (channel, 0);
}

/* XPRT-1, XPRT-3, XPRT-6: twice around, both ways. */
static void
test_wrap (void)
{
  g_autoptr (L2tpChannel) channel = make_channel ();

  for (guint i = 0; i < 2 * 65536 + 10; i++)
    {
      guint16 n = (guint16) i;

      l2tp_channel_send (channel, make_packet ((guint8) i));
      receive (channel, i, n, n, (guint8) i);
      expect_message (channel, (guint8) i);
      expect (channel, i, n, (guint16) (n + 1), (guint8) i);
      receive (channel, i, n, (guint16) (n + 1), (guint8) i); /* once more */
      g_assert_null (l2tp_channel_next_message (channel));
      expect (channel, i, (guint16) (n + 1), (guint16) (n + 1), -1);
      g_assert_cmpuint (l2tp_channel_get_backlog (channel), ==, 0);
      g_assert_true (l2tp_channel_is_acknowledged (channel, n));
    }
}

/* FZ-83 */
static void
test_impossible_nr (void)
{
  g_autoptr (L2tpChannel) channel = make_channel ();

  l2tp_channel_send (channel, make_packet (0));
  expect (channel, 0, 0, 0, 0);
  receive (channel, 0, 0, 500, -1);
  receive (channel, 0, 0, 65535, -1);
  g_assert_cmpuint (l2tp_channel_get_backlog (channel), ==, 1);
}

/* XPRT-11 */
static void
test_window_of_one (void)
{
  g_autoptr (L2tpChannel) channel = make_channel ();

  L2tpWindow window;

  l2tp_window_init (&window, 4);
  l2tp_window_acknowledge (&window);
  l2tp_window_set_peer (&window, 1);
  g_assert_cmpuint (window.cwnd, ==, 1);

  l2tp_channel_set_peer_window (channel, 1);
  l2tp_channel_send (channel, make_packet (0));
  l2tp_channel_send (channel, make_packet (1));
  expect (channel, 0, 0, 0, 0);
  expect_nothing (channel, 0);
  receive (channel, 0, 0, 1, -1);
  expect (channel, 0, 1, 0, 1);
}

/* Karn: only what was sent once is measured. */
static void
test_rtt (void)
{
  g_autoptr (L2tpChannel) channel = make_channel ();

  l2tp_channel_send (channel, make_packet (0));
  expect (channel, 0, 0, 0, 0);
  l2tp_channel_handle_timeout (channel, 1 * SECOND);
  expect (channel, 1 * SECOND, 0, 0, 0);
  receive (channel, 1 * SECOND + 5 * MS, 0, 1, -1);
  g_assert_cmpint (l2tp_channel_get_rtt (channel), ==, 0);

  l2tp_channel_send (channel, make_packet (1));
  expect (channel, 2 * SECOND, 1, 0, 1);
  receive (channel, 2 * SECOND + 8 * MS, 0, 2, -1);
  g_assert_cmpint (l2tp_channel_get_rtt (channel), ==, 8 * MS);

  l2tp_channel_send (channel, make_packet (2));
  expect (channel, 3 * SECOND, 2, 0, 2);
  receive (channel, 3 * SECOND + 16 * MS, 0, 3, -1);
  g_assert_cmpint (l2tp_channel_get_rtt (channel), ==, 9 * MS);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/channel/sequence", test_sequence);
  g_test_add_func ("/channel/window", test_window);
  g_test_add_func ("/channel/schedules", test_schedules);
  g_test_add_func ("/channel/wanted-schedules", test_wanted_schedules);
  g_test_add_func ("/channel/default-schedule", test_default_schedule);
  g_test_add_func ("/channel/measured-schedules", test_measured_schedules);
  g_test_add_func ("/channel/give-up", test_give_up);
  g_test_add_func ("/channel/slower-path", test_slower_path);
  g_test_add_func ("/channel/much-slower-path", test_much_slower_path);
  g_test_add_func ("/channel/loss-is-forgotten", test_loss_is_forgotten);
  g_test_add_func ("/channel/no-measure-behind-a-loss", test_no_measure_behind_a_loss);
  g_test_add_func ("/channel/burst-loss", test_burst_loss);
  g_test_add_func ("/channel/partial-acknowledgement", test_partial_acknowledgement);
  g_test_add_func ("/channel/tunnel-id", test_tunnel_id);
  g_test_add_func ("/channel/farewell", test_farewell);
  g_test_add_func ("/channel/farewell-in-a-window-of-one", test_farewell_in_a_window_of_one);
  g_test_add_func ("/channel/late-acknowledgement", test_late_acknowledgement);
  g_test_add_func ("/channel/acknowledgements", test_acknowledgements);
  g_test_add_func ("/channel/delayed-acknowledgement", test_delayed_acknowledgement);
  g_test_add_func ("/channel/reordering", test_reordering);
  g_test_add_func ("/channel/wrap", test_wrap);
  g_test_add_func ("/channel/impossible-nr", test_impossible_nr);
  g_test_add_func ("/channel/window-of-one", test_window_of_one);
  g_test_add_func ("/channel/rtt", test_rtt);
  return g_test_run ();
}
