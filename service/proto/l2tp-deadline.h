/* SPDX-License-Identifier: GPL-2.0-or-later */
/* SPDX-FileCopyrightText: The l2tp-client authors */

/* Deadlines in µs, -1 being never. */

#pragma once

#include <glib.h>

G_BEGIN_DECLS

static inline gint64
l2tp_deadline_earlier (gint64 a, gint64 b)
{
  if (a < 0 || b < 0)
    return MAX (a, b);
  return MIN (a, b);
}

static inline gboolean
l2tp_deadline_is_due (gint64 deadline, gint64 now)
{
  return deadline >= 0 && now >= deadline;
}

#define L2TP_DEADLINE_FAR G_TIME_SPAN_DAY /* no deadline of ours is further away */

/* Whether somebody else's @deadline can be one of ours. */
static inline gboolean
l2tp_deadline_is_sane (gint64 deadline, gint64 now)
{
  return deadline >= -1 && deadline <= now + L2TP_DEADLINE_FAR;
}

G_END_DECLS
