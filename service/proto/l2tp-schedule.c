/* SPDX-License-Identifier: GPL-2.0-or-later */
/* SPDX-FileCopyrightText: The l2tp-client authors */

/* The pace of repetitions as numbers, XPRT-8 and XPRT-9; l2tp-channel.c keeps it. */

#include "l2tp-schedule.h"

#define CAP (8 * G_TIME_SPAN_SECOND) /* XPRT-8: not less */

const L2tpSchedule l2tp_schedule_default = {
  .initial = 1 * G_TIME_SPAN_SECOND,
  .floor = 300 * G_TIME_SPAN_MILLISECOND,
  .cap = CAP,
  .give_up = 31 * G_TIME_SPAN_SECOND,
};

L2tpSchedule
l2tp_schedule_make (gint64 initial, guint repetitions)
{
  L2tpSchedule schedule = { .initial = initial, .floor = 3 * initial / 10, .cap = CAP };
  gint64 interval = MIN (initial, CAP);

  for (guint i = 0; i <= repetitions; i++)
    {
      schedule.give_up += interval;
      interval = MIN (2 * interval, CAP);
    }
  return schedule;
}
