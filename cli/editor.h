/* SPDX-License-Identifier: GPL-2.0-or-later */
/* SPDX-FileCopyrightText: The l2tp-client authors */

/* The user's editor, on a file that nobody else can read and that does not stay. */

#pragma once

#include "client.h"

G_BEGIN_DECLS

typedef struct _CliEditor CliEditor;

/* cli_editor_new: makes a private directory with a private file. */
CliEditor *cli_editor_new (GError **error);

/* cli_editor_free: removes both, and whatever the editor left beside the file. */
void cli_editor_free (CliEditor *editor);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (CliEditor, cli_editor_free)

/* cli_editor_run:
 * Lets the user edit @text. Returns NULL and sets @error when there is no editor, when it failed,
 * when its text is too long or no UTF-8, or when a signal came, which it is told. */
char *cli_editor_run (CliEditor *editor, CliClient *client, const char *text, GError **error);

G_END_DECLS
