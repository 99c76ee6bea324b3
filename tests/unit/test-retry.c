/* SPDX-License-Identifier: GPL-2.0-or-later */
/* SPDX-FileCopyrightText: The l2tp-client authors */

#include "service/base/l2tp-error.h"
#include "service/l2tp-retry.h"

#include <gio/gio.h>

#define SECOND G_TIME_SPAN_SECOND

/* The pauses of each policy, with the luckiest and the unluckiest draw. */
static void
test_pauses (void)
{
  static const struct
  {
    L2tpRetry retry;
    guint failures;
    double random;
    gint64 delay;
  } rows[] = {
    { L2TP_RETRY_NEVER, 1, 0.5, -1 },
    { L2TP_RETRY_FEW, 1, 0.5, SECOND / 20 },
    { L2TP_RETRY_FEW, 2, 0.5, SECOND / 2 },
    { L2TP_RETRY_FEW, 3, 0.5, SECOND },
    { L2TP_RETRY_FEW, 4, 0.5, -1 },
    { L2TP_RETRY_BACKOFF, 1, 0.0, 0 },
    { L2TP_RETRY_BACKOFF, 1, 0.5, SECOND / 20 },
    { L2TP_RETRY_BACKOFF, 2, 0.5, SECOND / 2 },
    { L2TP_RETRY_BACKOFF, 3, 0.5, SECOND },
    { L2TP_RETRY_BACKOFF, 4, 0.5, 2 * SECOND },
    { L2TP_RETRY_BACKOFF, 8, 0.5, 30 * SECOND }, /* 64 s, cut to 60 */
    { L2TP_RETRY_BACKOFF, 2, 0.0, SECOND / 10 },
    { L2TP_RETRY_BACKOFF, 1000, 0.0, SECOND / 10 },
    { L2TP_RETRY_BACKOFF, G_MAXUINT, 0.5, 30 * SECOND },
    { L2TP_RETRY_LATER, 1, 0.5, 4 * SECOND },
    { L2TP_RETRY_LATER, 2, 0.5, 8 * SECOND },
    { L2TP_RETRY_LATER, 9, 0.5, 30 * SECOND },
  };

  for (guint i = 0; i < G_N_ELEMENTS (rows); i++)
    {
      g_test_message ("row %u", i);
      g_assert_cmpint (l2tp_retry_get_delay (rows[i].retry, rows[i].failures, rows[i].random), ==,
                       rows[i].delay);
    }
}

/* What the first attempt does not wait for is at once. */
static void
test_at_once (void)
{
  g_assert_true (l2tp_retry_is_at_once (L2TP_RETRY_BACKOFF));
  g_assert_true (l2tp_retry_is_at_once (L2TP_RETRY_FEW));
  g_assert_false (l2tp_retry_is_at_once (L2TP_RETRY_LATER));
  g_assert_false (l2tp_retry_is_at_once (L2TP_RETRY_NEVER));
}

static void
test_stable (void)
{
  g_assert_false (l2tp_retry_was_stable (0, 1000 * SECOND));
  g_assert_false (l2tp_retry_was_stable (5 * SECOND, 15 * SECOND - 1));
  g_assert_true (l2tp_retry_was_stable (5 * SECOND, 15 * SECOND));
}

/* A way that comes and goes every 10 ms for a minute: not more than an attempt a second. */
static void
test_flapping (void)
{
  gint64 attempted_at = 5 * SECOND;
  guint attempts = 0;

  g_assert_cmpint (l2tp_retry_get_delay_after_move (attempted_at, 60 * SECOND), ==, 0);
  for (gint64 now = attempted_at; now <= 65 * SECOND; now += SECOND / 100)
    {
      gint64 delay = l2tp_retry_get_delay_after_move (attempted_at, now);

      g_assert_cmpint (delay, >=, 0);
      g_assert_cmpint (delay, <=, SECOND);
      if (delay == 0)
        {
          attempted_at = now;
          attempts++;
        }
    }
  g_assert_cmpuint (attempts, ==, 60);
}

/* An LNS that refuses: the luckiest and the unluckiest draw. */
static void
test_ask (void)
{
  static const struct
  {
    guint refusals;
    double random;
    gint64 delay; /* ms */
  } rows[] = {
    { 1, 0.0, 50 },  { 1, 1.0, 100 }, { 2, 0.0, 100 },  { 2, 1.0, 200 },       { 3, 1.0, 400 },
    { 4, 0.0, 250 }, { 4, 1.0, 500 }, { 50, 0.5, 375 }, { G_MAXUINT, 1, 500 },
  };

  for (guint i = 0; i < G_N_ELEMENTS (rows); i++)
    g_assert_cmpint (l2tp_retry_get_ask_delay (rows[i].refusals, rows[i].random), ==,
                     rows[i].delay * G_TIME_SPAN_MILLISECOND);
  g_assert_false (l2tp_retry_may_ask (0, SECOND));
  g_assert_true (l2tp_retry_may_ask (SECOND, 11 * SECOND - 1));
  g_assert_false (l2tp_retry_may_ask (SECOND, 11 * SECOND));
}

/* ERR-1…9: what the LNS said. */
static void
test_results (void)
{
  static const struct
  {
    L2tpResultKind kind;
    guint16 result, error;
    L2tpRetry retry;
  } rows[] = {
    { L2TP_RESULT_STOPCCN, 1, 0, L2TP_RETRY_BACKOFF },
    { L2TP_RESULT_STOPCCN, 2, 4, L2TP_RETRY_LATER },
    { L2TP_RESULT_STOPCCN, 2, 7, L2TP_RETRY_BACKOFF },
    { L2TP_RESULT_STOPCCN, 3, 0, L2TP_RETRY_BACKOFF },
    { L2TP_RESULT_STOPCCN, 4, 0, L2TP_RETRY_NEVER },
    { L2TP_RESULT_STOPCCN, 5, 0x0100, L2TP_RETRY_NEVER },
    { L2TP_RESULT_STOPCCN, 6, 0, L2TP_RETRY_BACKOFF },
    { L2TP_RESULT_STOPCCN, 7, 0, L2TP_RETRY_FEW },
    { L2TP_RESULT_STOPCCN, 4711, 0, L2TP_RETRY_BACKOFF },
    { L2TP_RESULT_CDN, 1, 0, L2TP_RETRY_BACKOFF },
    { L2TP_RESULT_CDN, 2, 4, L2TP_RETRY_LATER },
    { L2TP_RESULT_CDN, 3, 0, L2TP_RETRY_BACKOFF },
    { L2TP_RESULT_CDN, 4, 0, L2TP_RETRY_LATER },
    { L2TP_RESULT_CDN, 5, 0, L2TP_RETRY_FEW },
    { L2TP_RESULT_CDN, 6, 0, L2TP_RETRY_NEVER },
    { L2TP_RESULT_CDN, 8, 0, L2TP_RETRY_LATER },
    { L2TP_RESULT_PEER_LOST, 0, 0, L2TP_RETRY_BACKOFF },
    { L2TP_RESULT_NO_ANSWER, 0, 0, L2TP_RETRY_BACKOFF },
    { L2TP_RESULT_MALFORMED, 0, 0, L2TP_RETRY_FEW },
    { L2TP_RESULT_SECRET_MISSING, 0, 0, L2TP_RETRY_NEVER },
  };

  for (guint i = 0; i < G_N_ELEMENTS (rows); i++)
    {
      const L2tpResult result = { rows[i].kind, rows[i].result, rows[i].error };

      g_test_message ("%s %u/%u", l2tp_result_kind_to_string (rows[i].kind), rows[i].result,
                      rows[i].error);
      g_assert_cmpint (l2tp_retry_from_result (&result), ==, rows[i].retry);
    }
}

/* A password that was refused, or a profile that cannot work, is never tried again by itself. */
static void
test_errors (void)
{
  static const L2tpError never[] = { L2TP_ERROR_AUTH_FAILED,
                                     L2TP_ERROR_NO_SECRETS,
                                     L2TP_ERROR_AGENT_CANCELED,
                                     L2TP_ERROR_INVALID_SETTINGS,
                                     L2TP_ERROR_MISSING_KERNEL_SUPPORT,
                                     L2TP_ERROR_MISSING_DEPENDENCY };
  static const L2tpError again[] = { L2TP_ERROR_RESOLVE_FAILED, L2TP_ERROR_UNREACHABLE,
                                     L2TP_ERROR_TIMEOUT };

  for (guint i = 0; i < G_N_ELEMENTS (never); i++)
    {
      g_autoptr (GError) error = g_error_new_literal (L2TP_ERROR, never[i], "");
      g_assert_cmpint (l2tp_retry_from_error (error), ==, L2TP_RETRY_NEVER);
    }
  for (guint i = 0; i < G_N_ELEMENTS (again); i++)
    {
      g_autoptr (GError) error = g_error_new_literal (L2TP_ERROR, again[i], "");
      g_assert_cmpint (l2tp_retry_from_error (error), ==, L2TP_RETRY_BACKOFF);
    }
}

/* What an error says itself counts more than its code, and goes with a copy. */
static void
test_marked (void)
{
  g_autoptr (GError) error = g_error_new_literal (L2TP_ERROR, L2TP_ERROR_TUNNEL_REFUSED, "");
  g_autoptr (GError) copy = NULL;
  g_autoptr (GError) foreign = g_error_new_literal (G_IO_ERROR, G_IO_ERROR_FAILED, "");

  g_assert_cmpint (l2tp_retry_from_error (error), ==, L2TP_RETRY_BACKOFF);
  l2tp_error_set_retry (error, L2TP_RETRY_NEVER);
  copy = g_error_copy (error);
  g_prefix_error (&copy, "tunnel: ");
  g_assert_cmpint (l2tp_retry_from_error (copy), ==, L2TP_RETRY_NEVER);
  g_assert_cmpint (l2tp_retry_from_error (foreign), ==, L2TP_RETRY_FEW);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/retry/pauses", test_pauses);
  g_test_add_func ("/retry/at-once", test_at_once);
  g_test_add_func ("/retry/stable", test_stable);
  g_test_add_func ("/retry/flapping", test_flapping);
  g_test_add_func ("/retry/ask", test_ask);
  g_test_add_func ("/retry/results", test_results);
  g_test_add_func ("/retry/errors", test_errors);
  g_test_add_func ("/retry/marked", test_marked);
  return g_test_run ();
}
