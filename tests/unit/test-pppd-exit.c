/* SPDX-License-Identifier: GPL-2.0-or-later */
/* SPDX-FileCopyrightText: The l2tp-client authors */

/* What the end of a pppd means: ERR-38, ERR-40 … ERR-61. And pppd's output as lines. */

#include "service/ppp/l2tp-pppd-exit.h"

#include <string.h>

#include "service/base/l2tp-error.h"
#include "service/ppp/l2tp-pppd-lines.h"

static const L2tpPppdContext nothing_known = { 0 };

static GError *
error_of (int status, guint phase, const char *message)
{
  const L2tpPppdExit exit = { .status = status };
  const L2tpPppdContext context = { .phase = phase, .peer_message = message };

  return l2tp_pppd_exit_to_error (&exit, &context);
}

/* CDN, AVP 46 and retry, as the reference's table has them:
 * ERR-40/41/42/43/44/45/46/47/48/49/50/51/52/53/54/55/56/57/58/59/60/61. */
static void
test_table (void)
{
  static const struct
  {
    int status;
    guint16 result;
    guint16 error;
    L2tpDisconnectCause cause;
    L2tpRetry retry;
  } cases[] = {
    { 0, 3, 0, { 3, 0, 1 }, L2TP_RETRY_BACKOFF },
    { 1, 2, 6, { 0 }, L2TP_RETRY_BACKOFF },
    { 2, 2, 6, { 0 }, L2TP_RETRY_NEVER },
    { 3, 2, 6, { 0 }, L2TP_RETRY_NEVER },
    { 4, 4, 4, { 0 }, L2TP_RETRY_NEVER },
    { 5, 3, 0, { 3, 0, 2 }, L2TP_RETRY_BACKOFF }, /* not by us */
    { 6, 2, 4, { 0 }, L2TP_RETRY_BACKOFF },
    { 7, 2, 4, { 0 }, L2TP_RETRY_BACKOFF },
    { 8, 2, 6, { 0 }, L2TP_RETRY_BACKOFF },
    { 9, 2, 6, { 0 }, L2TP_RETRY_NEVER },
    { 10, 2, 6, { 5, 0xc021, 0 }, L2TP_RETRY_FEW },
    { 11, 3, 0, { 16, 0xc223, 1 }, L2TP_RETRY_NEVER },
    { 12, 3, 0, { 3, 0, 2 }, L2TP_RETRY_NEVER },
    { 13, 3, 0, { 3, 0, 2 }, L2TP_RETRY_NEVER },
    { 14, 2, 6, { 12, 0xc021, 0 }, L2TP_RETRY_NEVER },
    { 15, 1, 0, { 8, 0xc021, 0 }, L2TP_RETRY_BACKOFF },
    { 16, 1, 0, { 0 }, L2TP_RETRY_BACKOFF },
    { 17, 2, 6, { 7, 0xc021, 0 }, L2TP_RETRY_NEVER },
    { 18, 2, 6, { 0 }, L2TP_RETRY_NEVER },
    { 19, 3, 0, { 16, 0xc223, 2 }, L2TP_RETRY_NEVER },
    { 20, 3, 0, { 1, 0, 2 }, L2TP_RETRY_NEVER },
    { 21, 3, 0, { 1, 0, 2 }, L2TP_RETRY_NEVER },
    { 77, 2, 6, { 0 }, L2TP_RETRY_BACKOFF },
  };

  for (gsize i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      const L2tpPppdExit exit = { .status = cases[i].status };
      L2tpPppdVerdict verdict;

      l2tp_pppd_exit_get_verdict (&exit, &nothing_known, &verdict);
      g_test_message ("ERR-%d", 40 + cases[i].status);
      g_assert_cmpuint (verdict.result, ==, cases[i].result);
      g_assert_cmpuint (verdict.error, ==, cases[i].error);
      g_assert_cmpuint (verdict.cause.code, ==, cases[i].cause.code);
      g_assert_cmpuint (verdict.cause.protocol, ==, cases[i].cause.protocol);
      g_assert_cmpuint (verdict.cause.direction, ==, cases[i].cause.direction);
      g_assert_cmpint (verdict.retry, ==, cases[i].retry);
      if (verdict.error == 6) /* ERR-11 */
        g_assert_nonnull (verdict.text);
    }
}

/* One line of cause, one of remedy. */
static void
test_form (void)
{
  for (int status = 0; status < 256; status++)
    {
      g_autoptr (GError) error = error_of (status, 0, NULL);
      g_auto (GStrv) lines = g_strsplit (error->message, "\n", -1);

      g_assert_true (error->domain == L2TP_ERROR);
      g_assert_cmpuint (g_strv_length (lines), ==, 2);
      g_assert_cmpuint (strlen (lines[0]), >, 10);
      g_assert_cmpuint (strlen (lines[1]), >, 10);
    }
}

static void
test_codes (void)
{
  g_autoptr (GError) rejected = error_of (19, 5, NULL);
  g_autoptr (GError) kernel = error_of (4, 0, NULL);
  g_autoptr (GError) dead = error_of (15, 8, NULL);
  g_autoptr (GError) hangup = error_of (16, 8, NULL);
  g_autoptr (GError) lcp = error_of (10, 4, NULL);
  g_autoptr (GError) ncp = error_of (10, 7, NULL);

  g_assert_error (rejected, L2TP_ERROR, L2TP_ERROR_AUTH_FAILED);
  g_assert_error (kernel, L2TP_ERROR, L2TP_ERROR_MISSING_KERNEL_SUPPORT);
  g_assert_nonnull (strstr (kernel->message, "ppp_generic"));
  g_assert_error (dead, L2TP_ERROR, L2TP_ERROR_UNREACHABLE);
  g_assert_error (hangup, L2TP_ERROR, L2TP_ERROR_PPP_FAILED);
  g_assert_error (lcp, L2TP_ERROR, L2TP_ERROR_TIMEOUT);
  g_assert_error (ncp, L2TP_ERROR, L2TP_ERROR_PPP_FAILED);
}

/* ERR-50, PPP-3 */
static void
test_negotiation (void)
{
  const L2tpPppdExit exit = { .status = 10 };
  const L2tpPppdContext auth = { .phase = 5 };
  const L2tpPppdContext ncp = { .phase = 7 };
  const L2tpPppdContext mppe = { .phase = 7, .mppe = TRUE };
  L2tpPppdVerdict verdict;

  l2tp_pppd_exit_get_verdict (&exit, &auth, &verdict);
  g_assert_cmpuint (verdict.cause.code, ==, 13);
  l2tp_pppd_exit_get_verdict (&exit, &ncp, &verdict);
  g_assert_cmpuint (verdict.cause.code, ==, 18);
  g_assert_cmphex (verdict.cause.protocol, ==, 0x8021);
  l2tp_pppd_exit_get_verdict (&exit, &mppe, &verdict);
  g_assert_cmpuint (verdict.cause.code, ==, 4);
}

/* PPP-9 */
static void
test_peer_message (void)
{
  g_autoptr (GError) bad = error_of (19, 5, "E=691 R=1 C=00 V=3 M=Access denied");
  g_autoptr (GError) expired = error_of (19, 5, "E=648 R=0 V=3");
  const L2tpPppdExit exit = { .status = 19 };
  const L2tpPppdContext disabled = { .phase = 5, .peer_message = "E=647 R=0" };
  L2tpPppdVerdict verdict;

  g_assert_nonnull (strstr (bad->message, "“Access denied”"));
  g_assert_nonnull (strstr (bad->message, "rejected"));
  g_assert_nonnull (strstr (expired->message, "expired"));
  l2tp_pppd_exit_get_verdict (&exit, &disabled, &verdict);
  g_assert_cmpint (verdict.retry, ==, L2TP_RETRY_NEVER);
}

/* PPP-9: the number, and what of the LNS's words is for people. */
/* No password is to blame, and no passphrase. */
static void
test_tls (void)
{
  static const struct
  {
    int status;
    const char *message;
    const char *text;
  } cases[] = {
    { 19, NULL, "the LNS rejected the user's certificate\n" },
    { 19, "unknown CA", "the LNS rejected the user's certificate: “unknown CA”\n" },
    { 11, "unknown CA", "the LNS's certificate is refused: “unknown CA”\n" },
    { 11, NULL, "the LNS did not prove by EAP-TLS who it is\n" },
  };

  for (gsize i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      const L2tpPppdExit exit = { .status = cases[i].status };
      const L2tpPppdContext context = { .phase = 5, .tls = TRUE, .peer_message = cases[i].message };
      g_autoptr (GError) error = l2tp_pppd_exit_to_error (&exit, &context);
      L2tpPppdVerdict verdict;

      g_assert_error (error, L2TP_ERROR, L2TP_ERROR_AUTH_FAILED);
      g_assert_true (g_str_has_prefix (error->message, cases[i].text));
      l2tp_pppd_exit_get_verdict (&exit, &context, &verdict);
      g_assert_cmpint (verdict.retry, ==, L2TP_RETRY_NEVER);
    }
}

static void
test_read_message (void)
{
  static const struct
  {
    const char *message;
    guint number;
    const char *text;
  } cases[] = {
    { NULL, 0, NULL },
    { "", 0, NULL },
    { "Login incorrect", 0, "Login incorrect" },
    { "E=691 R=1 C=00 V=3 M=Access denied", 691, "Access denied" },
    { "E=648 R=0 V=3 M=", 648, NULL },
    { "E=648 R=0 V=3", 648, NULL },
    { "E=", 0, "E=" },
    { "E=-648 M=x", 0, "E=-648 M=x" },
    { "see E=648", 0, "see E=648" },
    { "E=99999999999999999999 M=x", G_MAXUINT, "x" },
  };

  for (gsize i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      const char *text = "untouched";

      g_test_message ("%s", cases[i].message);
      g_assert_cmpuint (l2tp_pppd_exit_read_message (cases[i].message, &text), ==, cases[i].number);
      g_assert_cmpstr (text, ==, cases[i].text);
    }
}

/* PPP-9: what each number says to the user, and whether other secrets would help. */
static void
test_mschap_errors (void)
{
  static const struct
  {
    const char *message;
    const char *cause;
    const char *remedy;
    gboolean about_password;
  } cases[] = {
    { "E=646 R=0 V=3 M=x", "at this hour: “x”", "later", FALSE },
    { "E=647 R=0 V=3 M=x", "disabled: “x”", "enable", FALSE },
    { "E=648 R=0 V=3 M=x", "password has expired: “x”", "set the new one", TRUE },
    { "E=648 R=0", "password has expired (MS-CHAP error 648)", "Change", TRUE },
    { "E=649 R=0 V=3 M=x", "no permission to dial in: “x”", "operator", FALSE },
    { "E=691 R=1 V=3 M=x", "rejected the user name or the password: “x”", "Check", TRUE },
    { "E=709 R=0 V=3 M=x", "change of the password: “x”", "new one", FALSE },
    { "E=999 R=0", "rejected the user name or the password (MS-CHAP error 999)", "Check", TRUE },
    { "mail E=647", "rejected the user name or the password: “mail E=647”", "Check", TRUE },
  };

  for (gsize i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      const L2tpPppdExit exit = { .status = 19 };
      const L2tpPppdContext context = { .phase = 5, .peer_message = cases[i].message };
      g_autoptr (GError) error = l2tp_pppd_exit_to_error (&exit, &context);
      g_auto (GStrv) lines = g_strsplit (error->message, "\n", -1);
      L2tpPppdVerdict verdict;

      l2tp_pppd_exit_get_verdict (&exit, &context, &verdict);
      g_test_message ("%s", error->message);
      g_assert_error (error, L2TP_ERROR, L2TP_ERROR_AUTH_FAILED);
      g_assert_true (g_str_has_suffix (lines[0], cases[i].cause));
      g_assert_nonnull (strstr (lines[1], cases[i].remedy));
      g_assert_cmpint (verdict.retry, ==, L2TP_RETRY_NEVER);
      g_assert_cmpint (
          l2tp_pppd_exit_is_about_password (l2tp_pppd_exit_read_message (cases[i].message, NULL)),
          ==, cases[i].about_password);
    }
}

/* ERR-38 */
static void
test_killed (void)
{
  const L2tpPppdExit exit = { .signaled = TRUE, .status = 9 };
  g_autoptr (GError) error = l2tp_pppd_exit_to_error (&exit, &nothing_known);
  L2tpPppdVerdict verdict;

  l2tp_pppd_exit_get_verdict (&exit, &nothing_known, &verdict);
  g_assert_cmpuint (verdict.result, ==, 2);
  g_assert_cmpuint (verdict.error, ==, 6);
  g_assert_cmpstr (verdict.text, ==, "PPP process failed");
  g_assert_error (error, L2TP_ERROR, L2TP_ERROR_PPP_FAILED);
  g_assert_nonnull (strstr (error->message, "signal 9"));
}

static void
assert_next (L2tpPppdLines *lines, gboolean flush, const char *wanted)
{
  g_autofree char *line = l2tp_pppd_lines_next (lines, flush);

  g_assert_cmpstr (line, ==, wanted);
}

static void
test_lines (void)
{
  g_autoptr (L2tpPppdLines) lines = l2tp_pppd_lines_new ();
  g_autofree char *endless = g_strnfill (10000, 'x');
  g_autofree char *line = NULL;

  l2tp_pppd_lines_push (lines, "one\ntw", 6);
  assert_next (lines, FALSE, "one");
  assert_next (lines, FALSE, NULL);
  l2tp_pppd_lines_push (lines, "o\x1b[31m\n\xff\n", 9);
  assert_next (lines, FALSE, "two[31m");
  assert_next (lines, FALSE, "\xef\xbf\xbd");
  l2tp_pppd_lines_push (lines, "rest", 4);
  assert_next (lines, FALSE, NULL);
  assert_next (lines, TRUE, "rest");
  assert_next (lines, TRUE, NULL);
  l2tp_pppd_lines_push (lines, endless, 10000);
  line = l2tp_pppd_lines_next (lines, FALSE);
  g_assert_cmpuint (strlen (line), <=, 200);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/pppd-exit/table", test_table);
  g_test_add_func ("/pppd-exit/form", test_form);
  g_test_add_func ("/pppd-exit/codes", test_codes);
  g_test_add_func ("/pppd-exit/negotiation", test_negotiation);
  g_test_add_func ("/pppd-exit/peer-message", test_peer_message);
  g_test_add_func ("/pppd-exit/tls", test_tls);
  g_test_add_func ("/pppd-exit/read-message", test_read_message);
  g_test_add_func ("/pppd-exit/mschap-errors", test_mschap_errors);
  g_test_add_func ("/pppd-exit/killed", test_killed);
  g_test_add_func ("/pppd-exit/lines", test_lines);
  return g_test_run ();
}
