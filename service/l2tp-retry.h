/* SPDX-License-Identifier: GPL-2.0-or-later */
/* SPDX-FileCopyrightText: The l2tp-client authors */

/* When to try again. Pure: a function of why, how often and a random number. Design section 6. */

#pragma once

#include <glib.h>

#include "service/base/l2tp-error.h"
#include "service/proto/l2tp-result.h"

G_BEGIN_DECLS

/* l2tp_retry_from_error: what @error says itself, or else what its code does. */
L2tpRetry l2tp_retry_from_error (const GError *error);

/* l2tp_retry_from_result: what the LNS said by its result code (ERR-1…9). */
L2tpRetry l2tp_retry_from_result (const L2tpResult *result);

/* l2tp_retry_get_delay:
 * @failures: attempts that have failed in a row, this one included, at least 1
 * @random: uniform in [0, 1): clients of one LNS must not come back together
 *
 * Returns the pause before the next attempt in µs, or -1: no more attempts. The first one follows
 * within 0.1 s; then pauses double from 1 s to 60 s, with full jitter. */
gint64 l2tp_retry_get_delay (L2tpRetry retry, guint failures, double random);

/* l2tp_retry_is_at_once: whether the first attempt of l2tp_retry_get_delay() follows at once. */
gboolean l2tp_retry_is_at_once (L2tpRetry retry);

/* l2tp_retry_was_stable:
 * @up_since: µs; 0: not up
 *
 * Returns whether what was up until @now was so for long enough that failures count anew. */
gboolean l2tp_retry_was_stable (gint64 up_since, gint64 now);

/* l2tp_retry_get_delay_after_move:
 * @attempted_at: when the last attempt began
 *
 * Returns the pause, in µs, before the attempt that another way to the LNS is worth: none, but the
 * way may come and go. */
gint64 l2tp_retry_get_delay_after_move (gint64 attempted_at, gint64 now);

/* l2tp_retry_get_ask_delay:
 * @refusals: SCCRQs that ICMP has refused, in a row, at least 1
 * @random: uniform, 0 ≤ @random < 1
 *
 * Returns the pause, in µs, before an LNS that was there a moment ago and listens no more is asked
 * again: short at first, because one that is only restarted is back soon, and never above half a
 * second; half of it is chance, because a fleet sees the same refusals. A trial ends with the old
 * tunnel's Hello, a dial with l2tp_retry_may_ask(). */
gint64 l2tp_retry_get_ask_delay (guint refusals, double random);

/* l2tp_retry_may_ask:
 * @lost_at: µs; 0: it was not there
 *
 * Returns whether the LNS may still be one that is only restarted, and so the attempt goes on. */
gboolean l2tp_retry_may_ask (gint64 lost_at, gint64 now);

G_END_DECLS
