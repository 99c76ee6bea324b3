/* SPDX-License-Identifier: GPL-2.0-or-later */
/* SPDX-FileCopyrightText: The l2tp-client authors */

/* A control message in words: what is in it, and what must not be. */

#include <string.h>

#include "service/proto/l2tp-avp.h"
#include "service/proto/l2tp-describe.h"
#include "service/proto/l2tp-message.h"
#include "service/proto/l2tp-wire.h"

static void
add (GByteArray *packet,
     guint16 vendor,
     guint16 type,
     gboolean hidden,
     const char *value,
     gsize len)
{
  const L2tpAvp avp = {
    .mandatory = TRUE,
    .hidden = hidden,
    .vendor = vendor,
    .type = type,
    .value = { (const guint8 *) value, len },
  };

  l2tp_packet_append_avp (packet, &avp);
}

#define ADD(PACKET, TYPE, VALUE) add (PACKET, 0, TYPE, FALSE, VALUE, sizeof (VALUE) - 1)

static char *
describe (GByteArray *packet)
{
  l2tp_packet_seal (packet, 7, 3, 2);
  return l2tp_describe_packet (packet->data, packet->len);
}

static void
test_values (void)
{
  g_autoptr (GByteArray) packet = l2tp_packet_new (9);
  g_autofree char *line = NULL;

  ADD (packet, L2TP_AVP_MESSAGE_TYPE, "\0\12");
  ADD (packet, L2TP_AVP_ASSIGNED_SESSION_ID, "\1\2");
  ADD (packet, L2TP_AVP_CALL_SERIAL_NUMBER, "\0\0\1\0");
  ADD (packet, L2TP_AVP_CALLED_NUMBER, "5551234");
  ADD (packet, L2TP_AVP_SEQUENCING_REQUIRED, "");
  ADD (packet, L2TP_AVP_PPP_DISCONNECT_CAUSE, "\0\22\xc0\x23\2");
  add (packet, 9, 5, FALSE, "abc", 3);
  line = describe (packet);
  g_assert_cmpstr (line, ==,
                   "ICRQ to tunnel 7 session 9, Ns 3 Nr 2: Message Type 10, "
                   "Assigned Session ID 258, Call Serial Number 256, Called Number “5551234”, "
                   "Sequencing Required, PPP Disconnect Cause 18/c023/2, "
                   "AVP 5 of vendor 9 (3 octets)");
}

static void
test_results (void)
{
  static const struct
  {
    const char *value;
    gsize len;
    const char *shown;
  } cases[] = {
    { "\0\1", 2, "Result Code 1" },
    { "\0\2\0\6", 4, "Result Code 2/6" },
    { "\0\2\0\6no\nmore\x1b[2J\xff", 16, "Result Code 2/6 “no more[2J\xef\xbf\xbd”" },
    { "\0", 1, "Result Code (1 octets)" },
  };

  for (guint i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      g_autoptr (GByteArray) packet = l2tp_packet_new (0);
      g_autofree char *line = NULL;

      ADD (packet, L2TP_AVP_MESSAGE_TYPE, "\0\4");
      add (packet, 0, L2TP_AVP_RESULT_CODE, FALSE, cases[i].value, cases[i].len);
      line = describe (packet);
      g_assert_true (g_str_has_prefix (line, "StopCCN to tunnel 7 session 0"));
      g_assert_true (g_str_has_suffix (line, cases[i].shown));
    }
}

/* What would help to find a secret, and what the sender has hidden. */
static void
test_kept_back (void)
{
  static const guint16 types[] = {
    L2TP_AVP_CHALLENGE,
    L2TP_AVP_CHALLENGE_RESPONSE,
    L2TP_AVP_RANDOM_VECTOR,
    L2TP_AVP_PROXY_AUTHEN_NAME,
    L2TP_AVP_PROXY_AUTHEN_CHALLENGE,
    L2TP_AVP_LAST_SENT_CONFREQ,
    L2TP_AVP_LAST_RCVD_CONFREQ,
    L2TP_AVP_PROXY_AUTHEN_RESPONSE,
    L2TP_AVP_PRIVATE_GROUP_ID,
    L2TP_AVP_INITIAL_RCVD_CONFREQ,
  };

  for (guint i = 0; i < G_N_ELEMENTS (types); i++)
    {
      g_autoptr (GByteArray) packet = l2tp_packet_new (0);
      g_autofree char *line = NULL;

      ADD (packet, L2TP_AVP_MESSAGE_TYPE, "\0\1");
      ADD (packet, types[i], "sixteen octets..");
      line = describe (packet);
      g_assert_null (strstr (line, "sixteen"));
      g_assert_nonnull (strstr (line, " (16 octets)"));
    }
}

static void
test_hidden (void)
{
  g_autoptr (GByteArray) packet = l2tp_packet_new (0);
  g_autofree char *line = NULL;

  ADD (packet, L2TP_AVP_MESSAGE_TYPE, "\0\12");
  add (packet, 0, L2TP_AVP_CALLED_NUMBER, TRUE, "5551234", 7);
  line = describe (packet);
  g_assert_true (g_str_has_suffix (line, "Message Type 10, Called Number (hidden)"));
}

static void
test_odd_ones (void)
{
  static const guint8 data_packet[] = { 0x00, 0x02, 0, 1, 0, 1, 0xff, 0x03 };
  g_autoptr (GByteArray) zlb = l2tp_packet_new (0);
  g_autoptr (GByteArray) unknown = l2tp_packet_new (0);
  g_autoptr (GByteArray) broken = l2tp_packet_new (0);
  g_autofree char *zlb_line = describe (zlb);
  g_autofree char *unknown_line = NULL, *broken_line = NULL;

  g_assert_cmpstr (zlb_line, ==, "ZLB to tunnel 7 session 0, Ns 3 Nr 2");
  ADD (unknown, L2TP_AVP_MESSAGE_TYPE, "\0\x4d");
  unknown_line = describe (unknown);
  g_assert_true (g_str_has_prefix (unknown_line, "unknown message to tunnel 7"));
  ADD (broken, L2TP_AVP_MESSAGE_TYPE, "\0\6");
  g_byte_array_append (broken, (const guint8 *) "\x80\3xyz", 5);
  broken_line = describe (broken);
  g_assert_true (g_str_has_suffix (broken_line, "Message Type 6, and 5 octets"));
  g_assert_null (l2tp_describe_packet (data_packet, sizeof data_packet));
  g_assert_null (l2tp_describe_packet (data_packet, 0));
}

/* A peer that sends much does not fill the log with one message. */
static void
test_bounds (void)
{
  g_autoptr (GByteArray) packet = l2tp_packet_new (0);
  g_autofree char *line = NULL;
  g_autofree char *text = g_strnfill (1000, 'a');

  ADD (packet, L2TP_AVP_MESSAGE_TYPE, "\0\2");
  for (guint i = 0; i < 60; i++)
    add (packet, 0, L2TP_AVP_HOST_NAME, FALSE, text, 1000);
  line = describe (packet);
  g_assert_cmpuint (strlen (line), <, 2000);
  g_assert_nonnull (strstr (line, ", and "));
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/describe/values", test_values);
  g_test_add_func ("/describe/results", test_results);
  g_test_add_func ("/describe/kept-back", test_kept_back);
  g_test_add_func ("/describe/hidden", test_hidden);
  g_test_add_func ("/describe/odd-ones", test_odd_ones);
  g_test_add_func ("/describe/bounds", test_bounds);
  return g_test_run ();
}
