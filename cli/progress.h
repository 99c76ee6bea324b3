/* SPDX-License-Identifier: GPL-2.0-or-later */
/* SPDX-FileCopyrightText: The l2tp-client authors */

/* The stages of a bring-up as they happen: lines that stay for what is over, and on a terminal a
 * last line that moves for what is under way. */

#pragma once

#include <glib.h>

G_BEGIN_DECLS

typedef struct _CliProgress CliProgress;

/* cli_progress_new: @silent: print nothing at all */
CliProgress *cli_progress_new (gboolean silent);
void cli_progress_free (CliProgress *progress);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (CliProgress, cli_progress_free)

/* cli_progress_is_live: whether cli_progress_tick() would show anything. */
gboolean cli_progress_is_live (const CliProgress *progress);

/* cli_progress_stages:
 * @timeline: org.l2tp.Connection.Timeline
 *
 * Prints the stages that have ended since the last call. */
void cli_progress_stages (CliProgress *progress, GVariant *timeline);

/* cli_progress_tick: redraws the moving line; @phase is what is under way. */
void cli_progress_tick (CliProgress *progress, const char *phase);

/* cli_progress_end:
 * @failed: (nullable): the stage that failed
 *
 * Takes the moving line away. */
void cli_progress_end (CliProgress *progress, const char *failed);

/* cli_progress_get_elapsed: seconds since cli_progress_new(). */
double cli_progress_get_elapsed (const CliProgress *progress);

G_END_DECLS
