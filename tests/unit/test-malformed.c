/* SPDX-License-Identifier: GPL-2.0-or-later */
/* SPDX-FileCopyrightText: The l2tp-client authors */

/* Hostile input: FZ-1 … FZ-90 in their states, and random mutations of good messages into a live
 * engine (VER-6). FZ-85, FZ-86 and FZ-88 are the business of whoever owns the socket. */

#include <string.h>

#include "test-peer.h"
#include "test-vectors.h"

#define N_MUTATIONS 100000
#define MAX_PACKET  65507

typedef enum
{
  DROP,         /* not a word, nothing changes */
  QUIET,        /* taken, but there is nothing to say */
  IGNORE,       /* acknowledged, nothing changes */
  ACCEPT,       /* a good SCCRP after all */
  PROCEED,      /* a good ICRP after all */
  STOPCCN,      /* the tunnel is torn down with these codes */
  CDN,          /* the session is, and the tunnel stays */
  REFUSE,       /* a CDN for a call of the peer's; ours is not touched */
  TUNNEL_DOWN,  /* acknowledged, the tunnel is gone */
  SESSION_DOWN, /* acknowledged, the session is gone, the tunnel stays */
} Reaction;

static const struct
{
  guint id;
  Reaction reaction;
  guint16 result;
  guint16 error;
} reactions[] = {
  { 1, DROP },           { 2, DROP },           { 3, DROP },
  { 4, DROP },           { 5, DROP },           { 6, DROP },
  { 7, ACCEPT }, /* HDR-7: P is ignored like the reserved bits */
  { 8, ACCEPT },         { 9, DROP },           { 10, DROP },
  { 11, DROP },          { 12, DROP },          { 13, DROP },
  { 14, DROP },          { 15, DROP },          { 16, ACCEPT },
  { 17, STOPCCN, 2, 2 }, { 18, STOPCCN, 2, 2 }, { 19, STOPCCN, 2, 2 },
  { 20, STOPCCN, 2, 2 }, { 21, STOPCCN, 2, 2 }, { 22, STOPCCN, 2, 2 },
  { 23, STOPCCN, 2, 2 }, { 24, STOPCCN, 2, 8 }, { 25, ACCEPT },
  { 26, STOPCCN, 2, 8 }, { 27, ACCEPT },        { 28, CDN, 2, 8 },
  { 29, PROCEED },       { 30, STOPCCN, 2, 3 }, { 31, STOPCCN, 2, 2 },
  { 32, STOPCCN, 2, 2 }, { 33, ACCEPT }, /* HDR-31 */
  { 34, STOPCCN, 2, 3 }, { 35, STOPCCN, 2, 8 }, { 36, STOPCCN, 2, 3 },
  { 37, STOPCCN, 2, 3 }, { 38, STOPCCN, 2, 3 }, { 39, STOPCCN, 2, 2 },
  { 40, STOPCCN, 2, 3 }, /* strict */
  { 41, STOPCCN, 2, 2 }, { 42, STOPCCN, 2, 3 }, { 43, STOPCCN, 5, 0x0100 },
  { 44, STOPCCN, 2, 3 }, { 45, STOPCCN, 4, 0 }, { 46, STOPCCN, 4, 0 },
  { 47, STOPCCN, 2, 2 }, { 48, STOPCCN, 2, 2 }, { 49, STOPCCN, 4, 0 },
  { 50, ACCEPT }, /* AUTH-4 */
  { 51, ACCEPT }, /* HDR-31 */
  { 52, DROP },          { 53, DROP },          { 54, IGNORE },
  { 55, IGNORE },        { 56, IGNORE },        { 57, CDN, 2, 3 },
  { 58, CDN, 2, 3 },     { 59, CDN, 2, 6 },     { 60, REFUSE, 2, 6 },
  { 61, REFUSE, 5, 0 },  { 62, STOPCCN, 7, 0 }, { 63, STOPCCN, 7, 0 },
  { 64, STOPCCN, 7, 0 }, { 65, IGNORE },                             /* TUN-10 */
  { 66, TUNNEL_DOWN },   { 67, TUNNEL_DOWN },   { 68, TUNNEL_DOWN }, /* the header's id decides */
  { 69, TUNNEL_DOWN },   { 70, TUNNEL_DOWN },   { 71, TUNNEL_DOWN },
  { 72, TUNNEL_DOWN },   { 73, IGNORE },        { 74, SESSION_DOWN }, /* SES-23 */
  { 75, SESSION_DOWN },  { 76, SESSION_DOWN },  { 77, SESSION_DOWN },
  { 78, CDN, 2, 2 },     { 79, CDN, 2, 3 },     { 80, IGNORE },
  { 81, DROP },          { 82, IGNORE },        { 83, QUIET },
  { 84, QUIET },         { 87, ACCEPT },        { 89, ACCEPT },
  { 90, IGNORE },
};

static void
drain_events (Peer *peer)
{
  L2tpEvent event;

  while (l2tp_tunnel_next_event (peer->tunnel, &event))
    {
      g_assert_true (event.result.text == NULL || g_utf8_validate (event.result.text, -1, NULL));
      l2tp_event_clear (&event);
    }
}

/* Brings a tunnel into the state of the vector; ids, Ns and Nr come out as the vectors have them.
 */
static Peer *
make_peer (const char *state)
{
  gboolean challenged = strstr (state, "client sent Challenge") != NULL;
  Peer *peer = peer_new (challenged ? "hello" : NULL, NULL);

  if (g_str_has_prefix (state, "wait-ctl-reply"))
    {
      l2tp_tunnel_open (peer->tunnel, peer->now);
      expect (peer, L2TP_MESSAGE_SCCRQ);
    }
  else if (g_str_has_prefix (state, "session established"))
    establish_session (peer);
  else
    {
      establish (peer);
      open_session (peer, CLIENT_SESSION);
      expect (peer, L2TP_MESSAGE_ICRQ);
    }
  expect_silence (peer);
  drain_events (peer);
  return peer;
}

typedef struct
{
  L2tpTunnelState tunnel;
  L2tpSessionState session;
  guint64 dropped;
} Snapshot;

static Snapshot
take_snapshot (Peer *peer)
{
  Snapshot snapshot;
  L2tpTunnelStatistics statistics;

  l2tp_tunnel_get_statistics (peer->tunnel, &statistics);
  snapshot.tunnel = l2tp_tunnel_get_state (peer->tunnel);
  snapshot.session = l2tp_tunnel_get_session_state (peer->tunnel, CLIENT_SESSION);
  snapshot.dropped = statistics.dropped;
  return snapshot;
}

static void
expect_codes (const L2tpResultCode *code, guint row)
{
  g_assert_cmpuint (code->result, ==, reactions[row].result);
  g_assert_cmpuint (code->error, ==, reactions[row].error);
}

static void
expect_packet (Peer *peer, guint row)
{
  switch (reactions[row].reaction)
    {
    case DROP:
    case QUIET:
      break;
    case IGNORE:
    case TUNNEL_DOWN:
    case SESSION_DOWN:
      expect (peer, ZLB);
      break;
    case ACCEPT:
      expect (peer, L2TP_MESSAGE_SCCCN);
      break;
    case PROCEED: /* ICCN will carry the acknowledgement */
      break;
    case STOPCCN:
      expect (peer, L2TP_MESSAGE_STOPCCN);
      expect_codes (&peer->message.stop.result, row);
      break;
    case CDN:
    case REFUSE:
      expect (peer, L2TP_MESSAGE_CDN);
      expect_codes (&peer->message.disconnect.result, row);
      break;
    }
  expect_silence (peer);
}

static void
expect_state (const Snapshot *before, const Snapshot *after, Reaction reaction)
{
  L2tpTunnelState tunnel = before->tunnel;
  L2tpSessionState session = before->session;

  if (reaction == ACCEPT)
    tunnel = L2TP_TUNNEL_STATE_ESTABLISHED;
  else if (reaction == PROCEED)
    session = L2TP_SESSION_STATE_REPLIED;
  else if (reaction == STOPCCN)
    tunnel = L2TP_TUNNEL_STATE_CLOSING;
  else if (reaction == TUNNEL_DOWN)
    tunnel = L2TP_TUNNEL_STATE_LINGER;
  if (reaction == CDN || reaction == SESSION_DOWN || tunnel > L2TP_TUNNEL_STATE_ESTABLISHED)
    session = L2TP_SESSION_STATE_IDLE;

  g_assert_cmpstr (l2tp_tunnel_state_to_string (after->tunnel), ==,
                   l2tp_tunnel_state_to_string (tunnel));
  g_assert_cmpstr (l2tp_session_state_to_string (after->session), ==,
                   l2tp_session_state_to_string (session));
  g_assert_cmpuint (after->dropped - before->dropped, ==, reaction == DROP ? 1 : 0);
}

static void
check_case (JsonObject *root, guint row)
{
  g_autofree char *id = g_strdup_printf ("FZ-%u", reactions[row].id);
  JsonObject *vector = l2tp_test_find_vector (root, "vectors", "id", id);
  g_autoptr (Peer) peer = make_peer (json_object_get_string_member (vector, "state"));
  GString *hex = g_string_new (json_object_get_string_member (vector, "hex"));
  Snapshot before = take_snapshot (peer), after;

  g_test_message ("%s %s", id, json_object_get_string_member (vector, "name"));
  while (reactions[row].id == 89 && hex->len < 2 * MAX_PACKET)
    g_string_append (hex, "00");
  reply_hex (peer, hex->str);
  after = take_snapshot (peer);
  expect_state (&before, &after, reactions[row].reaction);
  expect_packet (peer, row);
  drain_events (peer);
  g_string_free (hex, TRUE);
}

static void
test_cases (void)
{
  g_autoptr (JsonObject) root = l2tp_test_load_vectors ("malformed");

  for (guint row = 0; row < G_N_ELEMENTS (reactions); row++)
    check_case (root, row);
}

/* FZ-72 */
static void
test_text_is_harmless (void)
{
  g_autoptr (JsonObject) root = l2tp_test_load_vectors ("malformed");
  g_autoptr (Peer) peer = make_peer ("established");
  g_auto (L2tpEvent) session = { 0 };
  g_auto (L2tpEvent) event = { 0 };

  reply_hex (peer, json_object_get_string_member (
                       l2tp_test_find_vector (root, "vectors", "id", "FZ-72"), "hex"));
  session = expect_event (peer, L2TP_EVENT_SESSION_DOWN);
  event = expect_event (peer, L2TP_EVENT_TUNNEL_DOWN);
  for (const char *p = event.result.text; *p != '\0'; p++)
    g_assert_true ((guchar) *p >= ' ');
}

/* A tunnel in a random state of its life. */
static Peer *
make_random_peer (GRand *rand)
{
  static const char *const states[] = { "wait-ctl-reply", "wait-ctl-reply, client sent Challenge",
                                        "established", "session established" };
  guint i = (guint) g_rand_int_range (rand, 0, G_N_ELEMENTS (states) + 1);
  Peer *peer;

  if (i < G_N_ELEMENTS (states))
    return make_peer (states[i]);
  peer = peer_new ("hello", "hello");
  establish_session (peer);
  return peer;
}

static void
mutate (GRand *rand, GByteArray *packet)
{
  guint n = (guint) g_rand_int_range (rand, 0, 6);

  for (guint i = 0; i < n && packet->len > 0; i++)
    {
      guint at = (guint) g_rand_int_range (rand, 0, (gint32) packet->len);
      guint8 piece[20];

      switch (g_rand_int_range (rand, 0, 6))
        {
        case 0:
          packet->data[at] ^= (guint8) (1 << g_rand_int_range (rand, 0, 8));
          break;
        case 1:
          packet->data[at] = (guint8) g_rand_int (rand);
          break;
        case 2:
          packet->data[at] = g_rand_boolean (rand) ? 0 : 255;
          break;
        case 3:
          g_byte_array_set_size (packet, at);
          break;
        case 4:
          memcpy (piece, packet->data + at, MIN (packet->len - at, sizeof piece));
          g_byte_array_append (packet, piece, MIN (packet->len - at, sizeof piece));
          break;
        default:
          g_byte_array_remove_range (packet, at, MIN (packet->len - at, 7));
          break;
        }
    }
}

/* So that most mutants get past the header and into the state machines. */
static void
repair (Peer *peer, GRand *rand, GByteArray *packet)
{
  if (packet->len < L2TP_CONTROL_HEADER_SIZE || g_rand_int_range (rand, 0, 8) == 0)
    return;
  l2tp_write_u16 (packet->data, 0xC802);
  if (g_rand_int_range (rand, 0, 4) != 0)
    l2tp_write_u16 (packet->data + 6, CLIENT_SESSION);
  l2tp_packet_seal (packet, CLIENT_TUNNEL, (guint16) (peer->ns + g_rand_int_range (rand, -1, 3)),
                    peer->nr);
}

static void
drain_packets (Peer *peer)
{
  GBytes *packet;
  guint n_packets = 0;

  while ((packet = l2tp_tunnel_next_packet (peer->tunnel, peer->now)) != NULL)
    {
      L2tpOctets octets = l2tp_test_octets (packet);
      L2tpHeader header;

      g_assert_true (l2tp_header_parse (octets.data, octets.len, &header));
      if (header.payload.len > 0)
        peer->nr = (guint16) (header.ns + 1);
      peer->ns = header.nr;
      g_bytes_unref (packet);
      g_assert_cmpuint (++n_packets, <, 64);
    }
}

static void
act (Peer *peer, GRand *rand)
{
  L2tpSessionConfig config = { (guint16) g_rand_int_range (rand, 1, 5), 1, 1 };

  peer->now += g_rand_int_range (rand, 0, 3 * SECOND);
  l2tp_tunnel_handle_timeout (peer->tunnel, peer->now);
  switch (g_rand_int_range (rand, 0, 12))
    {
    case 0:
      l2tp_tunnel_open_session (peer->tunnel, peer->now, &config);
      break;
    case 1:
      l2tp_tunnel_close_session (peer->tunnel, peer->now, config.session_id, 2, 6, NULL);
      break;
    case 2:
      l2tp_tunnel_probe (peer->tunnel, peer->now);
      break;
    default:
      l2tp_tunnel_connect_session (peer->tunnel, peer->now, CLIENT_SESSION);
      break;
    }
}

/* VER-6 */
static void
test_mutations (void)
{
  g_autoptr (JsonObject) root = l2tp_test_load_vectors ("messages");
  JsonArray *vectors = json_object_get_array_member (root, "vectors");
  gint32 n_vectors = (gint32) json_array_get_length (vectors);
  g_autoptr (GRand) rand = g_rand_new_with_seed (2661);
  Peer *peer = make_random_peer (rand);
  guint n_tunnels = 1;

  for (guint i = 0; i < N_MUTATIONS; i++)
    {
      JsonObject *vector =
          json_array_get_object_element (vectors, (guint) g_rand_int_range (rand, 0, n_vectors));
      g_autoptr (GBytes) bytes = l2tp_test_get_hex (vector, "hex");
      g_autoptr (GByteArray) packet = g_bytes_unref_to_array (g_steal_pointer (&bytes));
      g_autofree guint8 *copy = NULL;

      mutate (rand, packet);
      repair (peer, rand, packet);
      copy = g_memdup2 (packet->data, packet->len); /* so that a sanitizer sees the end */
      l2tp_tunnel_handle_packet (peer->tunnel, peer->now, copy, packet->len);
      drain_events (peer);
      drain_packets (peer);
      act (peer, rand);
      drain_events (peer);
      drain_packets (peer);
      if (l2tp_tunnel_get_state (peer->tunnel) > L2TP_TUNNEL_STATE_ESTABLISHED &&
          g_rand_int_range (rand, 0, 4) == 0)
        {
          peer_free (peer);
          peer = make_random_peer (rand);
          n_tunnels++;
        }
    }
  g_test_message ("%u mutations, %u tunnels", N_MUTATIONS, n_tunnels);
  peer_free (peer);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/malformed/cases", test_cases);
  g_test_add_func ("/malformed/text-is-harmless", test_text_is_harmless);
  g_test_add_func ("/malformed/mutations", test_mutations);
  return g_test_run ();
}
