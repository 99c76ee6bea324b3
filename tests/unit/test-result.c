/* SPDX-License-Identifier: GPL-2.0-or-later */
/* SPDX-FileCopyrightText: The l2tp-client authors */

/* Reasons in words. Each test names its rules. */

#include "service/proto/l2tp-result.h"

#include <string.h>

/* ERR-10, FZ-69 */
static void
test_to_string (void)
{
  static const struct
  {
    L2tpResult result;
    const char *expected;
  } cases[] = {
    { { L2TP_RESULT_CDN, 3, 0, (char *) "no free address" },
      "the LNS closed the call: administrative (3), “no free address”" },
    { { L2TP_RESULT_CDN, 2, 4 },
      "the LNS closed the call: general error (2), out of resources (4)" },
    { { L2TP_RESULT_CDN, 3, 0, NULL, { 16, 0xC223, 2 } },
      "the LNS closed the call: administrative (3); PPP: PPP authentication failed (16)"
      " (at the LNS)" },
    { { L2TP_RESULT_STOPCCN, 0, 0 }, "the LNS closed the tunnel: no reason given" },
    { { L2TP_RESULT_STOPCCN, 99, 77 }, "the LNS closed the tunnel: unknown reason 99, error 77" },
    { { L2TP_RESULT_STOPCCN, 5, 0x0100 },
      "the LNS closed the tunnel: protocol version not supported (5), it speaks 1.0" },
    { { L2TP_RESULT_NO_ANSWER }, "the LNS does not answer" },
    { { L2TP_RESULT_SECRET_REJECTED, 4, 0 }, "the LNS rejected the tunnel secret" },
  };

  for (guint i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      g_autofree char *text = l2tp_result_to_string (&cases[i].result);

      g_assert_cmpstr (text, ==, cases[i].expected);
    }
}

/* ERR-1/2/3/4/5/6/7/8/9, ERR-20/21/22/23 */
static void
test_every_number_has_a_text (void)
{
  for (guint kind = L2TP_RESULT_NONE; kind <= L2TP_RESULT_NO_SESSIONS; kind++)
    {
      g_assert_cmpstr (l2tp_result_kind_to_string ((L2tpResultKind) kind), !=, "unknown");
      for (guint16 n = 0; n < 30; n++)
        {
          L2tpResult result = { (L2tpResultKind) kind, n, n, NULL, { n, 0, (guint8) n } };
          g_autofree char *text = l2tp_result_to_string (&result);

          g_assert_cmpuint (strlen (text), >, 0);
        }
    }
}

/* A number of each table, and a word that its row of the reference has. */
typedef struct
{
  guint16 number;
  const char *word;
} Word;

static void
check_words (const L2tpResult *shown, guint16 *number, const Word *words)
{
  for (; words->word != NULL; words++)
    {
      g_autofree char *text = NULL;

      *number = words->number;
      text = l2tp_result_to_string (shown);
      g_test_message ("%s", text);
      g_assert_nonnull (strstr (text, words->word));
    }
}

/* ERR-1 … ERR-8: the two columns; ERR-9: the error codes; ERR-20 … ERR-23: the causes. */
static void
test_words (void)
{
  static const Word stopccn[] = { { 1, "clear" },   { 2, "general error" },
                                  { 3, "exists" },  { 4, "authorised" },
                                  { 5, "version" }, { 6, "shutting down" },
                                  { 7, "state" },   { 8, "DSCP" },
                                  { 9, "9" },       { 0, NULL } };
  static const Word cdn[] = { { 1, "carrier" },
                              { 2, "general error" },
                              { 3, "administrative" },
                              { 4, "temporarily" },
                              { 5, "permanently" },
                              { 6, "destination" },
                              { 7, "carrier" },
                              { 8, "busy" },
                              { 9, "dial tone" },
                              { 10, "timeout" },
                              { 11, "framing" },
                              { 12, "DSCP" },
                              { 13, "13" },
                              { 0, NULL } };
  static const Word errors[] = { { 1, "control connection" },
                                 { 2, "length" },
                                 { 3, "range" },
                                 { 4, "resources" },
                                 { 5, "session id" },
                                 { 6, "vendor" },
                                 { 7, "try another" },
                                 { 8, "mandatory" },
                                 { 9, "directed" },
                                 { 10, "unreachable" },
                                 { 11, "busy" },
                                 { 12, "busy" },
                                 { 13, "13" },
                                 { 0, NULL } };
  static const Word causes[] = { { 1, "administrative" },
                                 { 2, "proxy LCP" },
                                 { 3, "normal" },
                                 { 4, "encryption" },
                                 { 5, "LCP timed out" },
                                 { 6, "no LCP" },
                                 { 7, "looped" },
                                 { 8, "echo" },
                                 { 9, "discriminator" },
                                 { 10, "MRRU" },
                                 { 11, "short" },
                                 { 12, "call back" },
                                 { 13, "timed out" },
                                 { 14, "name" },
                                 { 15, "not acceptable" },
                                 { 16, "failed" },
                                 { 17, "timed out" },
                                 { 18, "no network protocol" },
                                 { 19, "converge" },
                                 { 20, "not permitted" },
                                 { 21, "21" },
                                 { 0, NULL } };
  L2tpResult result = { L2TP_RESULT_STOPCCN };

  check_words (&result, &result.result, stopccn);
  result.kind = L2TP_RESULT_CDN;
  check_words (&result, &result.result, cdn);
  result.result = 2;
  check_words (&result, &result.error, errors);
  result.error = 0;
  check_words (&result, &result.cause.code, causes);
}

/* ERR-10 */
static void
test_sanitise (void)
{
  static const struct
  {
    const char *data;
    gsize len;
    const char *expected;
  } cases[] = {
    { "", 0, "" },
    { "no free address", 15, "no free address" },
    { "a\nb\x1b[31mc\x7f", 10, "a b[31mc" },
    { "\n a\r\n", 5, "a" },
    { "a\0b", 3, "a\357\277\275b" },
    { "\xff\xfe", 2, "\357\277\275\357\277\275" },
    { "a\xe2\x80\xae"
      "b",
      5, "ab" }, /* right-to-left override */
    { "gr\xc3\xbc\xc3\x9f", 6, "grüß" },
  };

  for (guint i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      g_autofree char *text = l2tp_text_sanitise ((const guint8 *) cases[i].data, cases[i].len);

      g_assert_true (g_utf8_validate (text, -1, NULL));
      g_assert_cmpstr (text, ==, cases[i].expected);
    }
}

static void
test_sanitise_is_bounded (void)
{
  guint8 data[1017];
  g_autofree char *text = NULL;

  memset (data, 'x', sizeof data);
  text = l2tp_text_sanitise (data, sizeof data);
  g_assert_cmpuint (strlen (text), ==, 200);
}

static void
test_copy (void)
{
  L2tpResult source = { L2TP_RESULT_CDN, 1, 2, (char *) "text", { 3, 4, 5 }, (char *) "192.0.2.7" };
  g_auto (L2tpResult) copy = { 0 };

  l2tp_result_copy (&source, &copy);
  g_assert_cmpstr (copy.text, ==, "text");
  g_assert_true (copy.text != source.text);
  g_assert_cmpstr (copy.other, ==, "192.0.2.7");
  l2tp_result_clear (&copy);
  g_assert_null (copy.text);
  g_assert_null (copy.other);
  l2tp_result_clear (&copy);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/result/to-string", test_to_string);
  g_test_add_func ("/result/every-number-has-a-text", test_every_number_has_a_text);
  g_test_add_func ("/result/words", test_words);
  g_test_add_func ("/result/sanitise", test_sanitise);
  g_test_add_func ("/result/sanitise-is-bounded", test_sanitise_is_bounded);
  g_test_add_func ("/result/copy", test_copy);
  return g_test_run ();
}
