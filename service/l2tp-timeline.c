/* SPDX-License-Identifier: GPL-2.0-or-later */
/* SPDX-FileCopyrightText: The l2tp-client authors */

/* The times of a bring-up, as the property Timeline tells them. */

#include "l2tp-timeline.h"

#include "service/base/l2tp-log.h"

typedef struct
{
  const char *name;
  gint64 elapsed; /* µs since the start */
} Mark;

struct _L2tpTimeline
{
  gint64 started;
  L2tpStage stage; /* the last one that was seen */
  GArray *marks;
};

L2tpTimeline *
l2tp_timeline_new (void)
{
  L2tpTimeline *timeline = g_new0 (L2tpTimeline, 1);

  timeline->marks = g_array_new (FALSE, FALSE, sizeof (Mark));
  return timeline;
}

void
l2tp_timeline_free (L2tpTimeline *timeline)
{
  if (timeline == NULL)
    return;
  g_array_unref (timeline->marks);
  g_free (timeline);
}

void
l2tp_timeline_start (L2tpTimeline *timeline)
{
  g_array_set_size (timeline->marks, 0);
  timeline->started = g_get_monotonic_time ();
  timeline->stage = L2TP_STAGE_RESOLVE;
}

static void
mark (L2tpTimeline *timeline, const char *tag, const char *name)
{
  Mark entry = { name, g_get_monotonic_time () - timeline->started };

  g_array_append_val (timeline->marks, entry);
  l2tp_debug (tag, "%s %" G_GINT64_FORMAT ".%03d ms", name, entry.elapsed / 1000,
              (int) (entry.elapsed % 1000));
}

void
l2tp_timeline_advance (L2tpTimeline *timeline, const char *tag, L2tpStage stage, gboolean is_up)
{
  if (stage > timeline->stage || is_up)
    mark (timeline, tag, l2tp_stage_to_string (timeline->stage));
  if (is_up)
    mark (timeline, tag, "connected");
  timeline->stage = stage;
}

GVariant *
l2tp_timeline_to_variant (L2tpTimeline *timeline)
{
  GVariantBuilder builder;

  g_variant_builder_init (&builder, G_VARIANT_TYPE ("a(st)"));
  for (guint i = 0; i < timeline->marks->len; i++)
    {
      const Mark *entry = &g_array_index (timeline->marks, Mark, i);

      g_variant_builder_add (&builder, "(st)", entry->name, (guint64) entry->elapsed);
    }
  return g_variant_builder_end (&builder);
}
