/* SPDX-License-Identifier: GPL-2.0-or-later */
/* SPDX-FileCopyrightText: The l2tp-client authors */

/* When each stage of a bring-up ended. */

#pragma once

#include <glib.h>

#include "l2tp-stage.h"

G_BEGIN_DECLS

typedef struct _L2tpTimeline L2tpTimeline;

L2tpTimeline *l2tp_timeline_new (void);
void l2tp_timeline_free (L2tpTimeline *timeline);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (L2tpTimeline, l2tp_timeline_free)

/* l2tp_timeline_start: forgets what was and begins with the first stage, now. */
void l2tp_timeline_start (L2tpTimeline *timeline);

/* l2tp_timeline_advance:
 * @tag: the connection, for the log
 * @stage: the stage under way
 * @is_up: all stages are over
 *
 * Notes the end of the stage that was under way, if it is over. */
void
l2tp_timeline_advance (L2tpTimeline *timeline, const char *tag, L2tpStage stage, gboolean is_up);

/* l2tp_timeline_to_variant:
 * Returns (transfer floating) an a(st): stage, and µs since the start. */
GVariant *l2tp_timeline_to_variant (L2tpTimeline *timeline);

G_END_DECLS
