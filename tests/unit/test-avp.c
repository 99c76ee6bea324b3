/* SPDX-License-Identifier: GPL-2.0-or-later */
/* SPDX-FileCopyrightText: The l2tp-client authors */

/* Attributes one by one, by whole messages through the parser: HDR-23 … HDR-27, HDR-30 … HDR-32. */

#include <string.h>

#include "service/proto/l2tp-message.h"

static const L2tpOctets no_secret = { NULL, 0 };

static void
append (GByteArray *payload,
        gboolean mandatory,
        guint vendor,
        guint type,
        gconstpointer value,
        gsize len)
{
  L2tpAvp avp = { .mandatory = mandatory,
                  .vendor = (guint16) vendor,
                  .type = (guint16) type,
                  .value = { value, len } };

  l2tp_packet_append_avp (payload, &avp);
}

/* A message without its header. */
static GByteArray *
begin (L2tpMessageType type)
{
  GByteArray *payload = g_byte_array_new ();
  guint8 value[2] = { 0, (guint8) type };

  append (payload, TRUE, 0, L2TP_AVP_MESSAGE_TYPE, value, sizeof value);
  return payload;
}

static L2tpVerdict
parse (const GByteArray *payload, L2tpMessage *ret_message, L2tpFault *ret_fault)
{
  return l2tp_message_parse ((L2tpOctets){ payload->data, payload->len }, no_secret, ret_message,
                             ret_fault);
}

static void
expect_ok (const GByteArray *payload)
{
  g_auto (L2tpMessage) message = { 0 };
  L2tpFault fault = { 0 };
  L2tpVerdict verdict = parse (payload, &message, &fault);

  g_assert_cmpstr (fault.text, ==, "");
  g_assert_cmpint (verdict, ==, L2TP_VERDICT_OK);
}

static void
expect_fault (const GByteArray *payload, gboolean session, guint16 error, const char *word)
{
  L2tpMessage message;
  L2tpFault fault = { 0 };

  g_assert_cmpint (parse (payload, &message, &fault), ==, L2TP_VERDICT_MALFORMED);
  g_assert_cmpint (fault.session, ==, session);
  g_assert_cmpuint (fault.result, ==, 2);
  g_assert_cmpuint (fault.error, ==, error);
  g_assert_nonnull (strstr (fault.text, word));
}

/* HDR-24: an attribute we do not know, in a HELLO and in an SLI. */
static void
check_unknown (guint vendor, guint type)
{
  guint8 value[10] = { 0 };
  g_autofree char *words = g_strdup_printf ("vendor %u, attribute %u", vendor, type);

  for (gsize len = 0; len <= sizeof value; len += 5)
    {
      g_autoptr (GByteArray) optional = begin (L2TP_MESSAGE_HELLO);
      g_autoptr (GByteArray) mandatory = begin (L2TP_MESSAGE_HELLO);
      g_autoptr (GByteArray) in_session = begin (L2TP_MESSAGE_SLI);

      append (optional, FALSE, vendor, type, value, len);
      expect_ok (optional);
      append (mandatory, TRUE, vendor, type, value, len);
      expect_fault (mandatory, FALSE, 8, words);
      append (in_session, TRUE, 0, L2TP_AVP_ACCM, value, sizeof value);
      append (in_session, TRUE, vendor, type, value, len);
      expect_fault (in_session, TRUE, 8, words);
    }
}

/* AVP-20, AVP-40 … AVP-45, AVP-47 … AVP-98, AVP-F; vendors' own, and numbers of ours under a
 * vendor. */
static void
test_unknown (void)
{
  static const struct
  {
    guint vendor, type;
  } foreign[] = { { 9, 100 }, { 311, 1 }, { 43, 46 },      { 9, 0 },
                  { 9, 9 },   { 9, 36 },  { 65535, 65535 } };

  check_unknown (0, 20);
  for (guint type = 40; type <= 45; type++)
    check_unknown (0, type);
  for (guint type = 47; type <= 110; type++)
    check_unknown (0, type);
  check_unknown (0, 65535);
  for (guint i = 0; i < G_N_ELEMENTS (foreign); i++)
    check_unknown (foreign[i].vendor, foreign[i].type);
}

/* HDR-30: every attribute we know, in a message where it means nothing, whatever its value. */
static void
test_out_of_place (void)
{
  guint8 value[3] = { 0 };

  for (guint type = 0; type < L2TP_AVP_END; type++)
    {
      g_autoptr (GByteArray) payload = begin (L2TP_MESSAGE_HELLO);

      if (l2tp_avp_lookup (0, (guint16) type) == NULL)
        continue;
      append (payload, TRUE, 0, type, value, sizeof value);
      expect_ok (payload);
    }
}

/* HDR-23: reserved bits make any attribute an unknown one. */
static void
test_reserved_bits (void)
{
  g_autoptr (GByteArray) mandatory = begin (L2TP_MESSAGE_HELLO);
  g_autoptr (GByteArray) optional = begin (L2TP_MESSAGE_HELLO);
  static const guint8 avps[2][8] = { { 0x84, 8, 0, 0, 0, 10, 0, 4 },
                                     { 0x20, 8, 0, 0, 0, 10, 0, 4 } };

  g_byte_array_append (mandatory, avps[0], sizeof avps[0]);
  expect_fault (mandatory, FALSE, 8, "attribute 10");
  g_byte_array_append (optional, avps[1], sizeof avps[1]);
  expect_ok (optional);
}

/* A message of which the value of @type is @len octets; the other required ones are in order. */
static GByteArray *
make_message (L2tpMessageType message, L2tpAvpType type, gboolean mandatory, gsize len)
{
  static const guint8 zeros[L2TP_AVP_MAX_VALUE] = { 0 };
  guint8 value[L2TP_AVP_MAX_VALUE];
  GByteArray *payload = begin (message);

  memset (value, 1, sizeof value);
  append (payload, mandatory, 0, type, value, len);
  if (message == L2TP_MESSAGE_ICCN && type != L2TP_AVP_TX_CONNECT_SPEED)
    append (payload, TRUE, 0, L2TP_AVP_TX_CONNECT_SPEED, zeros, 4);
  if (message == L2TP_MESSAGE_ICCN && type != L2TP_AVP_FRAMING_TYPE)
    append (payload, TRUE, 0, L2TP_AVP_FRAMING_TYPE, zeros, 4);
  return payload;
}

/* HDR-25, HDR-26, HDR-32: the lengths of ICCN's attributes, with either M bit. */
static void
test_lengths (void)
{
  static const struct
  {
    L2tpAvpType type;
    guint min, max;
  } cases[] = {
    { L2TP_AVP_INITIAL_RCVD_CONFREQ, 0, 1017 }, { L2TP_AVP_LAST_SENT_CONFREQ, 0, 1017 },
    { L2TP_AVP_LAST_RCVD_CONFREQ, 0, 1017 },    { L2TP_AVP_PROXY_AUTHEN_TYPE, 2, 2 },
    { L2TP_AVP_PROXY_AUTHEN_NAME, 0, 1017 },    { L2TP_AVP_PROXY_AUTHEN_CHALLENGE, 1, 1017 },
    { L2TP_AVP_PROXY_AUTHEN_ID, 2, 2 },         { L2TP_AVP_PROXY_AUTHEN_RESPONSE, 0, 1017 },
    { L2TP_AVP_PRIVATE_GROUP_ID, 0, 1017 },     { L2TP_AVP_RX_CONNECT_SPEED, 4, 4 },
    { L2TP_AVP_SEQUENCING_REQUIRED, 0, 0 },
  };
  static const guint lengths[] = { 0, 1, 2, 3, 4, 5, 9, 1017 };

  for (guint i = 0; i < G_N_ELEMENTS (cases); i++)
    for (guint n = 0; n < G_N_ELEMENTS (lengths); n++)
      {
        gsize len = lengths[n];
        gboolean good = len >= cases[i].min && len <= cases[i].max;
        g_autoptr (GByteArray) mandatory =
            make_message (L2TP_MESSAGE_ICCN, cases[i].type, TRUE, len);
        g_autoptr (GByteArray) optional =
            make_message (L2TP_MESSAGE_ICCN, cases[i].type, FALSE, len);

        expect_ok (optional);
        if (good)
          expect_ok (mandatory);
        else
          expect_fault (mandatory, TRUE, 2, "octets");
      }
}

/* HDR-25 and section 3: a required attribute that had to be ignored is missing. */
static void
test_required_but_ignored (void)
{
  g_autoptr (GByteArray) payload =
      make_message (L2TP_MESSAGE_ICCN, L2TP_AVP_TX_CONNECT_SPEED, FALSE, 3);

  expect_fault (payload, TRUE, 3, "Tx Connect Speed");
}

/* HDR-31: the first one counts, also when the second is wrong. */
static void
test_twice (void)
{
  g_autoptr (GByteArray) payload = begin (L2TP_MESSAGE_ICRP);
  g_auto (L2tpMessage) message = { 0 };
  L2tpFault fault;

  append (payload, TRUE, 0, L2TP_AVP_ASSIGNED_SESSION_ID, "\1\2", 2);
  append (payload, TRUE, 0, L2TP_AVP_ASSIGNED_SESSION_ID, "\3\4\5", 3);
  g_assert_cmpint (parse (payload, &message, &fault), ==, L2TP_VERDICT_OK);
  g_assert_cmpuint (message.call.session_id, ==, 0x0102);
}

/* AVP-1, AVP-46, ERR-24: how much of a CDN's reasons is there. */
static void
test_reasons (void)
{
  static const struct
  {
    const char *code;
    gsize code_len;
    const char *cause;
    gsize cause_len;
    guint16 result, error, cause_code;
    gsize text_len, cause_text_len;
  } cases[] = {
    { "\0\1", 2, "", 0, 1, 0, 0, 0, 0 },
    { "\0\1\7", 3, "", 0, 1, 0, 0, 0, 0 }, /* odd: the result counts */
    { "\0\2\0\6", 4, "\0\20\302\43", 4, 2, 6, 0, 0, 0 },
    { "\0\2\0\6text", 8, "\0\20\302\43\2", 5, 2, 6, 16, 4, 0 },
    { "\0\3\0\0", 4, "\0\20\302\43\2wrong", 10, 3, 0, 16, 0, 5 },
    { "\0", 1, "", 0, 0, 0, 0, 0, 0 }, /* FZ-71: a farewell works whatever is in it */
  };

  for (guint i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      g_autoptr (GByteArray) payload = begin (L2TP_MESSAGE_CDN);
      g_auto (L2tpMessage) message = { 0 };
      L2tpFault fault;

      append (payload, TRUE, 0, L2TP_AVP_RESULT_CODE, cases[i].code, cases[i].code_len);
      append (payload, FALSE, 0, L2TP_AVP_PPP_DISCONNECT_CAUSE, cases[i].cause, cases[i].cause_len);
      g_assert_cmpint (parse (payload, &message, &fault), ==, L2TP_VERDICT_OK);
      g_assert_cmpuint (message.disconnect.result.result, ==, cases[i].result);
      g_assert_cmpuint (message.disconnect.result.error, ==, cases[i].error);
      g_assert_cmpuint (message.disconnect.result.text.len, ==, cases[i].text_len);
      g_assert_cmpuint (message.disconnect.cause.code, ==, cases[i].cause_code);
      g_assert_cmpuint (message.disconnect.cause_text.len, ==, cases[i].cause_text_len);
    }
}

/* HDR-27: the M bits we send, and HIDE-5: what may be hidden, as in section 2 of the reference. */
static void
test_catalogue (void)
{
  static const guint8 optional[] = { 5, 6, 8, 25, 26, 27, 28, 29, 30, 31, 32, 33, 37, 38, 46 };
  static const guint8 in_clear[] = { 0, 1, 2, 5, 7, 10, 12, 36, 39 };

  for (guint type = 0; type < L2TP_AVP_END; type++)
    {
      const L2tpAvpInfo *info = l2tp_avp_lookup (0, (guint16) type);

      g_assert_cmpint (info != NULL, ==, type != 20 && (type < 40 || type == 46));
      if (info == NULL)
        continue;
      g_assert_cmpint (info->mandatory, ==, memchr (optional, (int) type, sizeof optional) == NULL);
      g_assert_cmpint (info->hidable, ==, memchr (in_clear, (int) type, sizeof in_clear) == NULL);
    }
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/avp/unknown", test_unknown);
  g_test_add_func ("/avp/out-of-place", test_out_of_place);
  g_test_add_func ("/avp/reserved-bits", test_reserved_bits);
  g_test_add_func ("/avp/lengths", test_lengths);
  g_test_add_func ("/avp/required-but-ignored", test_required_but_ignored);
  g_test_add_func ("/avp/twice", test_twice);
  g_test_add_func ("/avp/reasons", test_reasons);
  g_test_add_func ("/avp/catalogue", test_catalogue);
  return g_test_run ();
}
