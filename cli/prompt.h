/* SPDX-License-Identifier: GPL-2.0-or-later */
/* SPDX-FileCopyrightText: The l2tp-client authors */

/* A question for one secret on the terminal. */

#pragma once

#include "cli.h"

#include <gio/gio.h>

G_BEGIN_DECLS

typedef struct _CliPrompt CliPrompt;

/* CliPromptFunc:
 * @secret: (nullable) (transfer none): the answer, a string GVariant that wipes itself, or NULL
 *          when there is none: Ctrl-C, Ctrl-D, or the terminal went away
 *
 * Called once, from the main loop; may free the prompt. */
typedef void (*CliPromptFunc) (GVariant *secret, gpointer data);

/* cli_prompt_new:
 * @label: clean text, shown before ": "
 *
 * Shows the question and turns the terminal's echo off until it is answered or freed. A wrong
 * answer is asked for again. Returns NULL and sets @error when there is no terminal. */
CliPrompt *cli_prompt_new (L2tpOptionId id,
                           const char *label,
                           CliPromptFunc done,
                           gpointer data,
                           GError **error);
void cli_prompt_free (CliPrompt *prompt);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (CliPrompt, cli_prompt_free)

/* cli_prompt_run:
 * Asks and waits for the answer. Returns CLI_EXIT_OK; or 128 + SIGINT without one; or reports the
 * error and returns its exit status. */
int cli_prompt_run (L2tpOptionId id, const char *label, GVariant **ret_secret);

G_END_DECLS
