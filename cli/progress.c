/* SPDX-License-Identifier: GPL-2.0-or-later */
/* SPDX-FileCopyrightText: The l2tp-client authors */

/* Progress on stdout. Hides the terminal's line control, and that the times come from the
 * service's own clock: a fast bring-up is over before its signals are read here. */

#include "progress.h"
#include "output.h"

#include <stdio.h>

#include <glib/gi18n.h>

#define NAME_WIDTH 8

struct _CliProgress
{
  gboolean silent;
  gboolean live;
  gint64 started;
  guint n_printed;
  guint64 last; /* µs, when the stage before ended */
  gboolean has_line;
  guint frame;
};

CliProgress *
cli_progress_new (gboolean silent)
{
  CliProgress *progress = g_new0 (CliProgress, 1);

  progress->silent = silent;
  progress->live = !silent && cli_output_is_live ();
  progress->started = g_get_monotonic_time ();
  return progress;
}

void
cli_progress_free (CliProgress *progress)
{
  g_free (progress);
}

gboolean
cli_progress_is_live (const CliProgress *progress)
{
  return progress->live;
}

static void
erase_line (CliProgress *progress)
{
  if (progress->has_line)
    fputs ("\r\033[K", stdout);
  progress->has_line = FALSE;
}

static void
print_mark (CliColor color, const char *mark, const char *ascii)
{
  g_autofree char *painted = cli_output_paint (color, cli_output_is_utf8 () ? mark : ascii);

  printf ("  %s ", painted);
}

static void
print_stage (CliProgress *progress, const char *stage, guint64 time)
{
  double seconds = time / (double) G_USEC_PER_SEC;
  guint64 step = time > progress->last ? time - progress->last : 0;
  g_autofree char *delta = g_strdup_printf ("+%.3f", step / (double) G_USEC_PER_SEC);
  g_autofree char *dim = cli_output_paint (CLI_COLOR_DIM, delta);

  progress->last = time;
  if (!progress->live)
    {
      printf (_ ("%s %.3f s\n"), stage, seconds);
      return;
    }
  erase_line (progress);
  print_mark (CLI_COLOR_GREEN, "✓", "+");
  printf (_ ("%-*s %7.3f s  %s\n"), NAME_WIDTH, stage, seconds, dim);
}

void
cli_progress_stages (CliProgress *progress, GVariant *timeline)
{
  gsize n = timeline != NULL ? g_variant_n_children (timeline) : 0;

  /* Shorter than before: the service has begun anew. */
  if (n < progress->n_printed)
    progress->n_printed = progress->last = 0;
  for (; progress->n_printed < n; progress->n_printed++)
    {
      g_autofree char *stage = NULL;
      const char *name;
      guint64 time;

      g_variant_get_child (timeline, progress->n_printed, "(&st)", &name, &time);
      stage = cli_output_clean (name);
      /* The last entry is not a stage but the result, which the caller words. */
      if (!progress->silent && !g_str_equal (stage, "connected"))
        print_stage (progress, stage, time);
    }
  fflush (stdout);
}

void
cli_progress_tick (CliProgress *progress, const char *phase)
{
  static const char *const frames[] = { "⠋", "⠙", "⠹", "⠸", "⠼", "⠴", "⠦", "⠧", "⠇", "⠏" };
  static const char *const ascii[] = { "-", "\\", "|", "/" };
  g_autofree char *clean = cli_output_clean (phase);

  if (!progress->live || *clean == '\0')
    return;
  erase_line (progress);
  print_mark (CLI_COLOR_YELLOW, frames[progress->frame % G_N_ELEMENTS (frames)],
              ascii[progress->frame % G_N_ELEMENTS (ascii)]);
  printf (_ ("%-*s %5.1f s"), NAME_WIDTH, clean, cli_progress_get_elapsed (progress));
  fflush (stdout);
  progress->frame++;
  progress->has_line = TRUE;
}

void
cli_progress_end (CliProgress *progress, const char *failed)
{
  g_autofree char *clean = cli_output_clean (failed);

  erase_line (progress);
  if (progress->live && *clean != '\0')
    {
      print_mark (CLI_COLOR_RED, "✗", "x");
      printf (_ ("%-*s %7.3f s\n"), NAME_WIDTH, clean, cli_progress_get_elapsed (progress));
    }
  fflush (stdout);
}

double
cli_progress_get_elapsed (const CliProgress *progress)
{
  return (g_get_monotonic_time () - progress->started) / (double) G_USEC_PER_SEC;
}
