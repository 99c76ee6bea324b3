/* SPDX-License-Identifier: GPL-2.0-or-later */
/* SPDX-FileCopyrightText: The l2tp-client authors */

/* Hiding what we send, and that it is off unless asked for (HIDE-6). The hidden values themselves
 * are compared with vectors in test-auth.c. */

#include <string.h>

#include "service/proto/l2tp-hide.h"
#include "test-peer.h"

static const L2tpOctets hello = { (const guint8 *) "hello", 5 };

/* How many AVPs of a packet are hidden, and how many could be; and its Random Vector. */
typedef struct
{
  guint n_hidden;
  guint n_hidable;
  L2tpOctets random_vector;
} Count;

static Count
count_avps (L2tpOctets payload)
{
  Count count = { 0 };
  L2tpAvpIter iter;
  L2tpAvp avp;

  l2tp_avp_iter_init (&iter, payload);
  while (l2tp_avp_iter_next (&iter, &avp))
    {
      const L2tpAvpInfo *info = l2tp_avp_lookup (avp.vendor, avp.type);

      g_assert_nonnull (info);
      g_assert_cmpint (avp.mandatory, ==, info->mandatory); /* HDR-27: hidden or not */
      if (avp.type == L2TP_AVP_RANDOM_VECTOR)
        count.random_vector = avp.value;
      if (avp.hidden)
        g_assert_nonnull (count.random_vector.data); /* HIDE-3 */
      count.n_hidden += avp.hidden;
      count.n_hidable += info->hidable;
    }
  return count;
}

static void
assert_hidden (Peer *peer, gboolean hidden)
{
  Count count = count_avps (peer->header.payload);

  g_assert_cmpuint (count.n_hidden, ==, hidden ? count.n_hidable : 0);
  g_assert_cmpuint (count.random_vector.len, ==, hidden ? 16 : 0); /* HIDE-7 */
}

static void
check_call (Peer *peer, gboolean hidden)
{
  L2tpDisconnectCause cause = { 3, 0, 2 };

  l2tp_tunnel_open (peer->tunnel, peer->now);
  open_session (peer, CLIENT_SESSION);
  expect (peer, L2TP_MESSAGE_SCCRQ);
  assert_hidden (peer, FALSE);
  reply (peer, L2TP_MESSAGE_SCCRP);
  expect_plain_event (peer, L2TP_EVENT_TUNNEL_UP);
  expect (peer, L2TP_MESSAGE_SCCCN);
  assert_hidden (peer, FALSE);
  expect (peer, L2TP_MESSAGE_ICRQ);
  assert_hidden (peer, hidden);
  g_assert_cmpuint (peer->message.call.session_id, ==, CLIENT_SESSION);
  reply (peer, L2TP_MESSAGE_ICRP);
  expect_plain_event (peer, L2TP_EVENT_SESSION_REPLIED);
  l2tp_tunnel_connect_session (peer->tunnel, peer->now, CLIENT_SESSION);
  expect (peer, L2TP_MESSAGE_ICCN);
  assert_hidden (peer, hidden);
  g_assert_cmpuint (peer->message.connected.tx_speed, ==, 100000000);
  l2tp_tunnel_probe (peer->tunnel, peer->now);
  reply (peer, ZLB);
  expect_plain_event (peer, L2TP_EVENT_SESSION_UP);
  expect (peer, L2TP_MESSAGE_HELLO);
  assert_hidden (peer, FALSE);
  l2tp_tunnel_close_session (peer->tunnel, peer->now, CLIENT_SESSION, 3, 0, &cause);
  expect_session_down (peer, L2TP_RESULT_LOCAL, 3);
  expect_cdn (peer, LNS_SESSION, 3, 0);
  assert_hidden (peer, hidden);
  g_assert_cmpuint (peer->message.disconnect.cause.code, ==, 3);
  l2tp_tunnel_close (peer->tunnel, peer->now, 1, 0);
  expect_tunnel_down (peer, L2TP_RESULT_LOCAL, 1);
  expect_stopccn (peer, 1, 0);
  assert_hidden (peer, FALSE);
}

/* HIDE-5, HIDE-6: from ICRQ on, when both ends have proved the secret. */
static void
test_call (void)
{
  g_autoptr (Peer) hiding = peer_new_hiding ("hello");
  g_autoptr (Peer) open = peer_new ("hello", "hello");

  check_call (hiding, TRUE);
  check_call (open, FALSE);
}

/* HIDE-5: without a secret there is nothing to hide with. */
static void
test_no_secret (void)
{
  g_autoptr (Peer) peer = peer_new_hiding (NULL);

  check_call (peer, FALSE);
}

/* XPRT-8: a repetition is the same message, octet for octet but Nr. */
static void
test_repetition (void)
{
  g_autoptr (Peer) peer = peer_new_hiding ("hello");
  g_autoptr (GBytes) first = NULL;
  gsize len;
  const guint8 *a, *b;

  establish (peer);
  open_session (peer, CLIENT_SESSION);
  expect (peer, L2TP_MESSAGE_ICRQ);
  first = g_bytes_ref (peer->packet);
  expect_timeout (peer, 1 * SECOND);
  expect (peer, L2TP_MESSAGE_ICRQ);
  a = g_bytes_get_data (first, &len);
  b = g_bytes_get_data (peer->packet, NULL);
  g_assert_cmpuint (g_bytes_get_size (peer->packet), ==, len);
  g_assert_cmpmem (a + 12, len - 12, b + 12, len - 12);
}

static void
fill_iccn (L2tpMessage *message)
{
  static const guint8 octets[L2TP_AVP_MAX_VALUE] = { 1, 2, 3 };

  memset (message, 0, sizeof *message);
  message->type = L2TP_MESSAGE_ICCN;
  message->present =
      L2TP_AVP_BIT (L2TP_AVP_TX_CONNECT_SPEED) | L2TP_AVP_BIT (L2TP_AVP_FRAMING_TYPE) |
      L2TP_AVP_BIT (L2TP_AVP_LAST_SENT_CONFREQ) | L2TP_AVP_BIT (L2TP_AVP_PROXY_AUTHEN_NAME) |
      L2TP_AVP_BIT (L2TP_AVP_PRIVATE_GROUP_ID) | L2TP_AVP_BIT (L2TP_AVP_SEQUENCING_REQUIRED);
  message->connected.tx_speed = 0x01020304;
  message->connected.framing_type = 1;
  message->connected.last_sent_confreq = (L2tpOctets){ octets, 0 };
  message->connected.proxy_name = (L2tpOctets){ octets, sizeof octets - 2 }; /* just fits */
  message->connected.private_group = (L2tpOctets){ octets, sizeof octets };  /* does not */
}

/* HIDE-1, HIDE-4: what is hidden comes out again, from no value at all up to the largest; a value
 * too large to be hidden stays in clear. */
static void
test_round_trip (void)
{
  L2tpRandom random = { { 1 }, 0 };
  L2tpMessage message;
  g_autoptr (GByteArray) packet = NULL;
  L2tpOctets payload;
  g_auto (L2tpMessage) again = { 0 };
  L2tpFault fault;
  Count count;

  fill_iccn (&message);
  packet = l2tp_message_build_hidden (&message, 0, hello, &random);
  payload = (L2tpOctets){ packet->data + L2TP_CONTROL_HEADER_SIZE,
                          packet->len - L2TP_CONTROL_HEADER_SIZE };
  count = count_avps (payload);
  g_assert_cmpuint (count.n_hidden, ==, count.n_hidable - 1);
  g_assert_cmpint (l2tp_message_parse (payload, hello, &again, &fault), ==, L2TP_VERDICT_OK);
  g_assert_true (again.present == message.present);
  g_assert_cmpuint (again.connected.tx_speed, ==, message.connected.tx_speed);
  g_assert_cmpuint (again.connected.last_sent_confreq.len, ==, 0);
  g_assert_cmpmem (again.connected.proxy_name.data, again.connected.proxy_name.len,
                   message.connected.proxy_name.data, message.connected.proxy_name.len);
}

/* One hidden AVP in a message that has its Random Vector. */
static L2tpFault
parse_hidden (L2tpMessageType type, guint attribute, gsize len, L2tpOctets secret)
{
  static const guint8 octets[16] = { 1, 0 };
  g_autoptr (GByteArray) payload = g_byte_array_new ();
  g_autoptr (GByteArray) hidden =
      l2tp_hide_conceal ((guint16) attribute, hello, (L2tpOctets){ octets, 16 },
                         (L2tpOctets){ octets, len }, (L2tpOctets){ octets, 0 });
  guint8 number[2] = { 0, (guint8) type };
  L2tpAvp avps[] = {
    { .mandatory = TRUE, .type = L2TP_AVP_MESSAGE_TYPE, .value = { number, 2 } },
    { .mandatory = TRUE, .type = L2TP_AVP_RANDOM_VECTOR, .value = { octets, 16 } },
    { .mandatory = TRUE,
      .hidden = TRUE,
      .type = (guint16) attribute,
      .value = { hidden->data, hidden->len } },
  };
  L2tpMessage message;
  L2tpFault fault = { 0 };

  for (guint i = 0; i < G_N_ELEMENTS (avps); i++)
    l2tp_packet_append_avp (payload, &avps[i]);
  g_assert_cmpint (
      l2tp_message_parse ((L2tpOctets){ payload->data, payload->len }, secret, &message, &fault),
      ==, L2TP_VERDICT_MALFORMED);
  return fault;
}

/* HIDE-5: what must never be hidden is refused, though it could be uncovered; and what may be, when
 * there is no secret to do it with. */
static void
test_refused (void)
{
  static const struct
  {
    L2tpMessageType type;
    guint attribute;
    gsize len;
  } never[] = {
    { L2TP_MESSAGE_SCCRP, 2, 2 },  { L2TP_MESSAGE_SCCRQ, 5, 8 }, { L2TP_MESSAGE_SCCRP, 7, 3 },
    { L2TP_MESSAGE_SCCRP, 10, 2 }, { L2TP_MESSAGE_ICCN, 39, 0 },
  };
  L2tpFault fault;

  for (guint i = 0; i < G_N_ELEMENTS (never); i++)
    {
      fault = parse_hidden (never[i].type, never[i].attribute, never[i].len, hello);
      g_assert_cmpuint (fault.error, ==, 3);
      g_assert_nonnull (strstr (fault.text, "must not be hidden"));
    }
  fault = parse_hidden (L2TP_MESSAGE_ICRP, 14, 2, (L2tpOctets){ NULL, 0 });
  g_assert_cmpuint (fault.error, ==, 6);
  g_assert_nonnull (strstr (fault.text, "no shared secret"));
}

/* HIDE-7: a new Random Vector for each message, and lengths that tell nothing. */
static void
test_random_vectors (void)
{
  L2tpRandom random = { { 1 }, 0 };
  L2tpMessage message = { .type = L2TP_MESSAGE_ICRP };
  g_autoptr (GHashTable) seen =
      g_hash_table_new_full (g_bytes_hash, g_bytes_equal, (GDestroyNotify) g_bytes_unref, NULL);
  gsize shortest = G_MAXSIZE, longest = 0;

  message.present = L2TP_AVP_BIT (L2TP_AVP_ASSIGNED_SESSION_ID);
  message.call.session_id = 1;
  for (guint i = 0; i < 1000; i++)
    {
      g_autoptr (GByteArray) packet = l2tp_message_build_hidden (&message, 0, hello, &random);
      Count count = count_avps ((L2tpOctets){ packet->data + L2TP_CONTROL_HEADER_SIZE,
                                              packet->len - L2TP_CONTROL_HEADER_SIZE });

      g_hash_table_add (seen, g_bytes_new (count.random_vector.data, count.random_vector.len));
      shortest = MIN (shortest, packet->len);
      longest = MAX (longest, packet->len);
    }
  g_assert_cmpuint (g_hash_table_size (seen), ==, 1000);
  g_assert_cmpuint (longest - shortest, ==, 15);
}

/* The octets of a seed: the same again for the same seed, others for another, none twice. */
static void
test_random (void)
{
  L2tpRandom a = { { 1 }, 0 }, b = { { 1 }, 0 }, c = { { 2 }, 0 };
  guint8 x[100], y[100], z[100];

  l2tp_random_fill (&a, x, sizeof x);
  l2tp_random_fill (&b, y, sizeof y);
  l2tp_random_fill (&c, z, sizeof z);
  g_assert_cmpmem (x, sizeof x, y, sizeof y);
  g_assert_true (memcmp (x, z, 16) != 0);
  g_assert_true (memcmp (x, x + 32, 16) != 0);
  l2tp_random_fill (&a, y, sizeof y);
  for (gsize i = 0; i < 4; i++)
    g_assert_true (memcmp (x + i * 16, y, 16) != 0);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/hide/call", test_call);
  g_test_add_func ("/hide/no-secret", test_no_secret);
  g_test_add_func ("/hide/repetition", test_repetition);
  g_test_add_func ("/hide/round-trip", test_round_trip);
  g_test_add_func ("/hide/refused", test_refused);
  g_test_add_func ("/hide/random-vectors", test_random_vectors);
  g_test_add_func ("/hide/random", test_random);
  return g_test_run ();
}
