/* SPDX-License-Identifier: GPL-2.0-or-later */
/* SPDX-FileCopyrightText: The l2tp-client authors */

/* When a control message is repeated, and when the peer is given up (RFC 2661 section 5.8). */

#pragma once

#include <glib.h>

G_BEGIN_DECLS

/* Times in µs. The interval doubles with every repetition. */
typedef struct
{
  gint64 initial; /* first interval as long as no round trip was measured */
  gint64 floor;   /* least interval afterwards */
  gint64 cap;     /* 0: the interval doubles for ever */
  gint64 give_up; /* after the first transmission of the oldest that is unacknowledged */
} L2tpSchedule;

/* Sends at 0, 1, 3, 7, 15 and 23 s and gives up at 31 s (XPRT-9); with a measured round trip it
 * starts with srtt + 4 var, at least 0.3 s, and still gives up at 31 s. */
extern const L2tpSchedule l2tp_schedule_default;

/* l2tp_schedule_make:
 * @initial: at least 1
 *
 * Returns the schedule that has another pace, and gives up when @repetitions at that pace are over.
 * Of 1 s and 5 it is the default. */
L2tpSchedule l2tp_schedule_make (gint64 initial, guint repetitions);

G_END_DECLS
