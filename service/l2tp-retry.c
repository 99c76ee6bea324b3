/* SPDX-License-Identifier: GPL-2.0-or-later */
/* SPDX-FileCopyrightText: The l2tp-client authors */

/* The one place that knows which endings are tried again, and how soon. Nothing else counts
 * attempts or sets a timer for one but the connection, which asks here. */

#include "l2tp-retry.h"

#define FEW         3
#define AT_ONCE     (100 * G_TIME_SPAN_MILLISECOND) /* a fleet loses its LNS in one moment */
#define FIRST_PAUSE (1 * G_TIME_SPAN_SECOND)
#define LATER_PAUSE (8 * G_TIME_SPAN_SECOND)
#define LAST_PAUSE  (60 * G_TIME_SPAN_SECOND)
#define LEAST_PAUSE (100 * G_TIME_SPAN_MILLISECOND)
#define STABLE      (10 * G_TIME_SPAN_SECOND)
#define MOVE_PAUSE  (1 * G_TIME_SPAN_SECOND)
#define ASK_FIRST   (100 * G_TIME_SPAN_MILLISECOND)
#define ASK_LAST    (500 * G_TIME_SPAN_MILLISECOND)
#define ASK_FOR     (10 * G_TIME_SPAN_SECOND)

static L2tpRetry
retry_from_code (const GError *error)
{
  if (error->domain != L2TP_ERROR)
    return L2TP_RETRY_FEW;
  switch ((L2tpError) error->code)
    {
    case L2TP_ERROR_RESOLVE_FAILED:
    case L2TP_ERROR_UNREACHABLE:
    case L2TP_ERROR_TIMEOUT:
    case L2TP_ERROR_IKE_FAILED:
    case L2TP_ERROR_TUNNEL_REFUSED:
    case L2TP_ERROR_SESSION_REFUSED:
    case L2TP_ERROR_BUSY:
      return L2TP_RETRY_BACKOFF;
    case L2TP_ERROR_PPP_FAILED:
    case L2TP_ERROR_IP_CONFIG_FAILED:
    case L2TP_ERROR_FAILED:
      return L2TP_RETRY_FEW;
    case L2TP_ERROR_NOT_AUTHORIZED:
    case L2TP_ERROR_NOT_FOUND:
    case L2TP_ERROR_INVALID_ARGUMENT:
    case L2TP_ERROR_INVALID_SETTINGS:
    case L2TP_ERROR_ALREADY_CONNECTED:
    case L2TP_ERROR_NOT_CONNECTED:
    case L2TP_ERROR_IN_PROGRESS:
    case L2TP_ERROR_AUTH_FAILED:
    case L2TP_ERROR_NO_SECRETS:
    case L2TP_ERROR_AGENT_CANCELED:
    case L2TP_ERROR_MISSING_KERNEL_SUPPORT:
    case L2TP_ERROR_MISSING_DEPENDENCY:
    case L2TP_N_ERRORS:
      return L2TP_RETRY_NEVER;
    }
  g_return_val_if_reached (L2TP_RETRY_NEVER);
}

L2tpRetry
l2tp_retry_from_error (const GError *error)
{
  L2tpRetry retry = l2tp_error_get_retry (error);

  return retry != L2TP_RETRY_BY_CODE ? retry : retry_from_code (error);
}

/* ERR-1…8, left column. */
static L2tpRetry
retry_from_stopccn (const L2tpResult *result)
{
  switch (result->result)
    {
    case 2:
      return result->error == 4 ? L2TP_RETRY_LATER : L2TP_RETRY_BACKOFF;
    case 4: /* not authorised */
    case 5: /* another protocol version */
      return L2TP_RETRY_NEVER;
    case 7: /* state machine error */
      return L2TP_RETRY_FEW;
    default:
      return L2TP_RETRY_BACKOFF;
    }
}

/* ERR-1…8, right column. */
static L2tpRetry
retry_from_cdn (const L2tpResult *result)
{
  switch (result->result)
    {
    case 2:
      return result->error == 4 ? L2TP_RETRY_LATER : L2TP_RETRY_BACKOFF;
    case 4: /* no facilities for now */
    case 8: /* busy */
      return L2TP_RETRY_LATER;
    case 5: /* no facilities at all */
      return L2TP_RETRY_FEW;
    case 6: /* invalid destination */
      return L2TP_RETRY_NEVER;
    default:
      return L2TP_RETRY_BACKOFF;
    }
}

L2tpRetry
l2tp_retry_from_result (const L2tpResult *result)
{
  switch (result->kind)
    {
    case L2TP_RESULT_STOPCCN:
      return retry_from_stopccn (result);
    case L2TP_RESULT_CDN:
      return retry_from_cdn (result);
    case L2TP_RESULT_NONE:
    case L2TP_RESULT_LOCAL:
    case L2TP_RESULT_NO_ANSWER:
    case L2TP_RESULT_PEER_LOST:
    case L2TP_RESULT_GUARD:
    case L2TP_RESULT_NO_SESSIONS:
      return L2TP_RETRY_BACKOFF;
    case L2TP_RESULT_MALFORMED:
    case L2TP_RESULT_FSM:
      return L2TP_RETRY_FEW;
    case L2TP_RESULT_AUTH_MISMATCH:
    case L2TP_RESULT_SECRET_REJECTED:
    case L2TP_RESULT_SECRET_MISSING:
    case L2TP_RESULT_VERSION:
      return L2TP_RETRY_NEVER;
    }
  g_return_val_if_reached (L2TP_RETRY_NEVER);
}

/* Uniform up to @first, doubled @doublings times. */
static gint64
pause_of (gint64 first, guint doublings, double random)
{
  gint64 most = MIN (first << MIN (doublings, 6), LAST_PAUSE);

  return MAX (LEAST_PAUSE, (gint64) (most * random));
}

gint64
l2tp_retry_get_delay (L2tpRetry retry, guint failures, double random)
{
  g_return_val_if_fail (failures > 0, -1);

  switch (retry)
    {
    case L2TP_RETRY_BY_CODE:
    case L2TP_RETRY_NEVER:
      return -1;
    case L2TP_RETRY_FEW:
      if (failures > FEW)
        return -1;
      G_GNUC_FALLTHROUGH;
    case L2TP_RETRY_BACKOFF:
      if (failures == 1)
        return (gint64) (AT_ONCE * random);
      return pause_of (FIRST_PAUSE, failures - 2, random);
    case L2TP_RETRY_LATER:
      return pause_of (LATER_PAUSE, failures - 1, random);
    }
  g_return_val_if_reached (-1);
}

gboolean
l2tp_retry_is_at_once (L2tpRetry retry)
{
  return retry == L2TP_RETRY_FEW || retry == L2TP_RETRY_BACKOFF;
}

gboolean
l2tp_retry_was_stable (gint64 up_since, gint64 now)
{
  return up_since != 0 && now - up_since >= STABLE;
}

gint64
l2tp_retry_get_delay_after_move (gint64 attempted_at, gint64 now)
{
  return CLAMP (attempted_at + MOVE_PAUSE - now, 0, MOVE_PAUSE);
}

gint64
l2tp_retry_get_ask_delay (guint refusals, double random)
{
  gint64 most;

  g_return_val_if_fail (refusals > 0, ASK_LAST);

  most = MIN (ASK_FIRST << MIN (refusals - 1, 3), ASK_LAST);
  return most / 2 + (gint64) (most / 2 * random);
}

gboolean
l2tp_retry_may_ask (gint64 lost_at, gint64 now)
{
  return lost_at != 0 && now - lost_at < ASK_FOR;
}
