/* SPDX-License-Identifier: GPL-2.0-or-later */
/* SPDX-FileCopyrightText: The l2tp-client authors */

/* Edges of the engine's parts, where one more or one less is the other answer, and what must be
 * tolerated. */

#include "service/proto/l2tp-auth.h"
#include "service/proto/l2tp-channel.h"
#include "service/proto/l2tp-hide.h"

#include <string.h>

#include "test-peer.h"
#include "test-vectors.h"

#define HELLO "8008000000000006"
#define ICRP                                                                                       \
  "800800000000000b"                                                                               \
  "80080000000e0c0d"
#define SCCRP                                                                                      \
  "8008000000000002"                                                                               \
  "8008000000020100"                                                                               \
  "800a00000003"                                                                                   \
  "00000003"                                                                                       \
  "8007000000076c"

static GByteArray *
octets_from (const char *hex)
{
  GByteArray *octets = g_byte_array_new ();

  for (; hex[0] != '\0'; hex += 2)
    {
      guint8 octet = (guint8) (g_ascii_xdigit_value (hex[0]) << 4 | g_ascii_xdigit_value (hex[1]));

      g_byte_array_append (octets, &octet, 1);
    }
  return octets;
}

static const L2tpOctets secret = { (const guint8 *) "hello", 5 };

static void
expect_fault (const char *hex, L2tpOctets with, guint16 result, guint16 error)
{
  g_autoptr (GByteArray) octets = octets_from (hex);
  g_auto (L2tpMessage) message = { 0 };
  L2tpFault fault = { 0 };

  g_test_message ("%s", hex);
  g_assert_cmpint (
      l2tp_message_parse ((L2tpOctets){ octets->data, octets->len }, with, &message, &fault), ==,
      L2TP_VERDICT_MALFORMED);
  g_assert_cmpuint (fault.result, ==, result);
  g_assert_cmpuint (fault.error, ==, error);
}

static guint64
expect_ok (const char *hex)
{
  g_autoptr (GByteArray) octets = octets_from (hex);
  g_auto (L2tpMessage) message = { 0 };
  L2tpFault fault = { 0 };

  g_test_message ("%s", hex);
  g_assert_cmpint (l2tp_message_parse ((L2tpOctets){ octets->data, octets->len }, (L2tpOctets){ 0 },
                                       &message, &fault),
                   ==, L2TP_VERDICT_OK);
  return message.present;
}

/* HDR-23, HDR-24, HDR-25: what M decides. */
static void
test_mandatory (void)
{
  expect_fault (HELLO "840800000009"
                      "1234",
                secret, 2, 8);
  expect_ok (HELLO "040800000009"
                   "1234");
  expect_fault (HELLO "800800090064"
                      "1234",
                secret, 2, 8);
  expect_ok (HELLO "000800090064"
                   "1234");
  expect_fault (SCCRP "800700000009"
                      "12",
                secret, 2, 2);
  expect_fault (SCCRP "800800000009"
                      "0000",
                secret, 2, 3);
  g_assert_cmpuint (expect_ok (SCCRP "800800000009"
                                     "abcd"
                                     "000700000006"
                                     "12") &
                        L2TP_AVP_BIT (L2TP_AVP_FIRMWARE_REVISION),
                    ==, 0);
}

/* HDR-26, HDR-30, HDR-31, HDR-32, AVP-20, AVP-33: M where it should not be, M missing, an AVP in
 * the wrong message even with a value that makes no sense, twice the same, empty. */
static void
test_tolerated (void)
{
  g_autoptr (GByteArray) twice = octets_from (SCCRP "800800000009"
                                                    "1111"
                                                    "800800000009"
                                                    "2222");
  g_auto (L2tpMessage) message = { 0 };
  L2tpFault fault;

  expect_ok ("800800000000000c"
             "800a00000018"
             "00000001"
             "800a00000013"
             "00000001"
             "800800000021"
             "7878");
  expect_ok (SCCRP "800800000009"
                   "abcd"
                   "000a00000004"
                   "00000000");
  expect_ok (ICRP "80080000000a"
                  "0008");
  expect_ok (HELLO "800700000009"
                   "12");
  expect_ok (ICRP "000800000014"
                  "0001"); /* the reserved number */
  expect_ok ("800800000000000c"
             "800a00000018"
             "00000001"
             "800a00000013"
             "00000001"
             "800600000027");

  g_assert_cmpint (
      l2tp_message_parse ((L2tpOctets){ twice->data, twice->len }, secret, &message, &fault), ==,
      L2TP_VERDICT_OK);
  g_assert_cmpuint (message.start.tunnel_id, ==, 0x1111);
}

/* HIDE-3, HIDE-5, HIDE-8, AVP-36: hidden without a vector before it, without a secret, and what
 * must never be. */
static void
test_hidden (void)
{
  expect_fault (SCCRP "c00a00000009"
                      "184d2857",
                secret, 2, 3);
  expect_fault (SCCRP "c00a00000009"
                      "184d2857"
                      "801600000024"
                      "101112131415161718191a1b1c1d1e1f",
                secret, 2, 3);
  expect_fault (SCCRP "801600000024"
                      "101112131415161718191a1b1c1d1e1f"
                      "c00a00000009"
                      "184d2857",
                (L2tpOctets){ 0 }, 2, 6);
  expect_fault ("c008000000000006", secret, 2, 3);
  expect_fault (HELLO "c01600000024"
                      "101112131415161718191a1b1c1d1e1f",
                secret, 2, 3);
}

/* HIDE-4: a length that fills the value is right, one more is not. */
static void
test_hidden_length (void)
{
  const L2tpOctets value = { (const guint8 *) "four", 4 };
  g_autoptr (GByteArray) hidden = l2tp_hide_conceal (9, secret, secret, value, (L2tpOctets){ 0 });
  g_autoptr (GByteArray) clear = g_byte_array_new ();

  g_assert_true (
      l2tp_hide_reveal (9, secret, secret, (L2tpOctets){ hidden->data, hidden->len }, clear));
  g_assert_cmpmem (clear->data, clear->len, value.data, value.len);
  for (guint8 len = 5; len <= 6; len++)
    {
      hidden->data[1] ^= 4 ^ len;
      g_assert_false (
          l2tp_hide_reveal (9, secret, secret, (L2tpOctets){ hidden->data, hidden->len }, clear));
      hidden->data[1] ^= 4 ^ len;
    }
  g_assert_cmpuint (clear->len, ==, value.len);
}

/* AUTH-3: one bit anywhere. */
static void
test_response (void)
{
  guint8 ours[L2TP_RESPONSE_SIZE];
  guint8 theirs[L2TP_RESPONSE_SIZE];
  const L2tpOctets a = { ours, sizeof ours };
  const L2tpOctets b = { theirs, sizeof theirs };

  l2tp_auth_respond (2, secret, secret, ours);
  memcpy (theirs, ours, sizeof ours);
  g_assert_true (l2tp_auth_equal (a, b));
  for (guint i = 0; i < 8 * sizeof ours; i++)
    {
      theirs[i / 8] ^= (guint8) (1 << i % 8);
      g_assert_false (l2tp_auth_equal (a, b));
      theirs[i / 8] ^= (guint8) (1 << i % 8);
    }
}

/* XPRT-5: the last number of the window is kept, the next one dropped. */
static void
test_reorder_window (void)
{
  g_autoptr (L2tpChannel) channel = l2tp_channel_new (&l2tp_schedule_default, 4);

  for (guint16 ns = 1; ns <= 5; ns++)
    {
      g_autoptr (GByteArray) packet = octets_from ("c80200000000000000000000" HELLO);
      L2tpHeader header;

      l2tp_packet_seal (packet, 1, ns, 0);
      g_assert_true (l2tp_header_parse (packet->data, packet->len, &header));
      g_assert_cmpint (l2tp_channel_receive (channel, 0, &header, packet->data, packet->len), ==,
                       ns <= 3);
    }
}

/* HDR-1, HDR-3, HDR-4, HDR-6, HDR-9, HDR-11: bits that do not matter, and those that do. */
static void
test_header (void)
{
  static const struct
  {
    const char *hex;
    gssize payload; /* -1: dropped */
  } cases[] = {
    { "c802000c0001000000000000", 0 },
    { "fcf2000c0001000000000000", 0 },
    { "c803000c0001000000000000", -1 },
    { "c801000c0001000000000000", -1 },
    { "c802000d0001000000000000", -1 },
    { "c802000b0001000000000000", -1 },
    { "c802000c0001000000000000ffff", 0 },
    { "000200010002ff", 1 },
    { "010200010002ff", 1 },
    { "080200010002123456789a", 1 },
    { "400200090001000200ffff", 1 },
  };

  for (guint i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      g_autoptr (GByteArray) octets = octets_from (cases[i].hex);
      L2tpHeader header;

      g_test_message ("%s", cases[i].hex);
      g_assert_cmpint (l2tp_header_parse (octets->data, octets->len, &header), ==,
                       cases[i].payload >= 0);
      if (cases[i].payload >= 0)
        g_assert_cmpint ((gssize) header.payload.len, ==, cases[i].payload);
    }
}

/* HDR-20: the largest AVP. */
static void
test_largest_avp (void)
{
  guint8 value[L2TP_AVP_MAX_VALUE] = { 0 };
  g_autoptr (GByteArray) packet = l2tp_packet_new (0);
  L2tpAvp avp = { .type = 7, .value = { value, sizeof value } };
  L2tpAvpIter iter;

  l2tp_packet_append_avp (packet, &avp);
  g_assert_cmphex (l2tp_read_u16 (packet->data + 12), ==, 1023);
  l2tp_avp_iter_init (&iter, (L2tpOctets){ packet->data + 12, packet->len - 12 });
  g_assert_true (l2tp_avp_iter_next (&iter, &avp));
  g_assert_cmpuint (avp.value.len, ==, sizeof value);
  g_assert_false (l2tp_avp_iter_next (&iter, &avp));
  g_assert_false (iter.broken);
}

/* HDR-27: the M bits of everything an SCCRQ, an ICRQ and an ICCN of ours hold. */
static void
test_m_bits_sent (void)
{
  static const gboolean mandatory[] = {
    [0] = TRUE,  [2] = TRUE,  [3] = TRUE,  [4] = TRUE,  [7] = TRUE,
    [9] = TRUE,  [10] = TRUE, [11] = TRUE, [13] = TRUE, [14] = TRUE,
    [15] = TRUE, [18] = TRUE, [19] = TRUE, [24] = TRUE, [29] = FALSE,
  };
  g_autoptr (Peer) peer = peer_new ("hello", "hello");
  static const int answers[] = { L2TP_MESSAGE_SCCRP, ZLB, L2TP_MESSAGE_ICRP, ZLB };
  static const int sent[] = { L2TP_MESSAGE_SCCRQ, L2TP_MESSAGE_SCCCN, L2TP_MESSAGE_ICRQ,
                              L2TP_MESSAGE_ICCN };

  l2tp_tunnel_open (peer->tunnel, peer->now);
  for (guint i = 0; i < G_N_ELEMENTS (sent); i++)
    {
      L2tpAvpIter iter;
      L2tpAvp avp;

      if (i == 2)
        open_session (peer, CLIENT_SESSION);
      if (i == 3)
        l2tp_tunnel_connect_session (peer->tunnel, peer->now, CLIENT_SESSION);
      expect (peer, sent[i]);
      l2tp_avp_iter_init (&iter, peer->header.payload);
      while (l2tp_avp_iter_next (&iter, &avp))
        {
          g_test_message ("message %d AVP %u", sent[i], avp.type);
          g_assert_cmpint (avp.mandatory, ==,
                           avp.type < G_N_ELEMENTS (mandatory) && mandatory[avp.type]);
          g_assert_false (avp.hidden); /* HIDE-6 */
        }
      reply (peer, answers[i]);
    }
}

/* LAC-9, LAC-10, LAC-18, SES-14, SES-15: acknowledged, and nothing else happens. XPRT-20: the id in
 * a ZLB's header means nothing. */
static void
test_acknowledged_and_ignored (void)
{
  static const char *const avps[] = {
    "8008000000000010"
    "801000000023"
    "00000000000000000000", /* SLI */
    "800800000000000f"
    "802000000022"
    "0000000000000000000000000000000000000000000000000000", /* WEN */
    HELLO "000900090064"
          "616263",     /* another vendor's */
    "000800000000001d", /* CSURQ */
    "0008000000000015", /* FSQ */
  };
  g_autoptr (Peer) peer = peer_new (NULL, NULL);

  establish_session (peer);
  for (guint i = 0; i < G_N_ELEMENTS (avps); i++)
    {
      g_autofree char *hex = g_strdup_printf (
          "c802%04x%04x%04x%04x%04x%s", (guint) (12 + strlen (avps[i]) / 2), CLIENT_TUNNEL,
          i < 2 ? CLIENT_SESSION : 0, peer->ns++, peer->nr, avps[i]);

      g_test_message ("%s", hex);
      reply_hex (peer, hex);
      expect (peer, ZLB);
      expect_no_event (peer);
      assert_session_state (peer, L2TP_SESSION_STATE_ESTABLISHED);
    }
}

/* LAC-5, SES-13, TUN-14: a new call in the tunnel that the last one left. */
static void
test_call_again (void)
{
  g_autoptr (Peer) peer = peer_new (NULL, NULL);

  establish_session (peer);
  reply (peer, L2TP_MESSAGE_CDN);
  expect_session_down (peer, L2TP_RESULT_CDN, 3);
  open_session (peer, CLIENT_SESSION + 1);
  expect (peer, L2TP_MESSAGE_ICRQ);
  assert_state (peer, L2TP_TUNNEL_STATE_ESTABLISHED);
  reply (peer, L2TP_MESSAGE_STOPCCN);
  expect_session_down (peer, L2TP_RESULT_STOPCCN, 1);
  expect_tunnel_down (peer, L2TP_RESULT_STOPCCN, 1);
  expect (peer, ZLB);
  expect_silence (peer);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/edges/mandatory", test_mandatory);
  g_test_add_func ("/edges/tolerated", test_tolerated);
  g_test_add_func ("/edges/hidden", test_hidden);
  g_test_add_func ("/edges/hidden-length", test_hidden_length);
  g_test_add_func ("/edges/response", test_response);
  g_test_add_func ("/edges/reorder-window", test_reorder_window);
  g_test_add_func ("/edges/header", test_header);
  g_test_add_func ("/edges/largest-avp", test_largest_avp);
  g_test_add_func ("/edges/m-bits-sent", test_m_bits_sent);
  g_test_add_func ("/edges/acknowledged-and-ignored", test_acknowledged_and_ignored);
  g_test_add_func ("/edges/call-again", test_call_again);
  return g_test_run ();
}
