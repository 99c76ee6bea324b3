/* SPDX-License-Identifier: GPL-2.0-or-later */
/* SPDX-FileCopyrightText: The l2tp-client authors */

/* Settings as a text for an editor. */

#pragma once

#include "settings.h"

G_BEGIN_DECLS

/* cli_edit_text_new:
 * @settings: an a{sv}
 *
 * Returns lines of key=value, and a comment for each key, those that are not set included. */
char *cli_edit_text_new (GVariant *settings);

/* cli_edit_text_with_fault:
 * Returns @text with @fault as a comment at its head, in the place of an earlier one. */
char *cli_edit_text_with_fault (const char *text, const char *fault);

/* cli_edit_text_parse:
 * Puts the lines of @text into @settings. A fault names the key or quotes the line. */
gboolean cli_edit_text_parse (const char *text, CliSettings *settings, char **ret_fault);

G_END_DECLS
