/* SPDX-License-Identifier: GPL-2.0-or-later */
/* SPDX-FileCopyrightText: The l2tp-client authors */

/* Everything that reaches the user: colours, messages, tables, JSON. Data goes to stdout, messages
 * to stderr. */

#pragma once

#include <json-glib/json-glib.h>

G_BEGIN_DECLS

typedef enum
{
  CLI_COLOR_NONE,
  CLI_COLOR_DIM,
  CLI_COLOR_BOLD,
  CLI_COLOR_GREEN,
  CLI_COLOR_YELLOW,
  CLI_COLOR_RED,
} CliColor;

/* cli_output_set_color:
 * @when: "auto", "always" or "never"
 *
 * Returns FALSE for any other word. "auto", which also is the state before the first call, means on
 * a terminal, unless NO_COLOR is set or TERM is "dumb". */
gboolean cli_output_set_color (const char *when);

/* cli_output_set_json:
 * @style: (nullable): "pretty", which is the default, or "short": one line
 *
 * Returns FALSE for any other word. */
gboolean cli_output_set_json (const char *style);

/* cli_output_is_live: whether stdout is a terminal whose last line can be rewritten. */
gboolean cli_output_is_live (void);

/* cli_output_is_utf8: whether the locale can show more than ASCII. */
gboolean cli_output_is_utf8 (void);

/* cli_output_paint:
 * Returns @text between the escape sequences of @color, or a copy of it when stdout has none. */
char *cli_output_paint (CliColor color, const char *text);

/* cli_output_clean:
 * Returns @text as valid UTF-8 without control characters and without characters that change the
 * direction of writing: what a peer sent must not drive the user's terminal. Line ends and tabs
 * become spaces. NULL gives "". */
char *cli_output_clean (const char *text);

/* cli_output_split:
 * Cuts the service's error text, "cause LF remedy", in two clean lines. @ret_remedy: NULL when
 * there is none. */
void cli_output_split (const char *text, char **ret_cause, char **ret_remedy);

/* Messages of one line to stderr. Arguments that come from outside must be clean. */
void cli_output_error (const char *format, ...) G_GNUC_PRINTF (1, 2);
void cli_output_warning (const char *format, ...) G_GNUC_PRINTF (1, 2);
void cli_output_hint (const char *format, ...) G_GNUC_PRINTF (1, 2);
void cli_output_note (const char *format, ...) G_GNUC_PRINTF (1, 2);

/* cli_output_json:
 * Prints @node (transfer full) to stdout, as cli_output_set_json() said, with a newline. */
void cli_output_json (JsonNode *node);

/* cli_output_json_name: which connection it was that something was done to. */
void cli_output_json_name (const char *name, const char *uuid);

/* cli_output_json_line: the same on one line, and nothing of it stays in a buffer. */
void cli_output_json_line (JsonNode *node);

/* cli_output_duration:
 * Returns a span of time as people say it: "5 s", "3 min", "2 h 5 min", "3 d 4 h". */
char *cli_output_duration (gint64 seconds);

/* cli_output_utc:
 * Returns a time in microseconds since the Unix epoch as "2026-01-31T12:00:00.000000Z", or NULL for
 * 0. */
char *cli_output_utc (guint64 us);

typedef struct _CliTable CliTable;

/* cli_table_new:
 * @headings: NULL-terminated, translated; must live as long as the table */
CliTable *cli_table_new (const char *const *headings);
void cli_table_free (CliTable *table);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (CliTable, cli_table_free)

/* cli_table_cell:
 * Fills the next cell from left to right, a new row after the last column. Empty text is shown as
 * a dash. @text is cleaned here. */
void cli_table_cell (CliTable *table, CliColor color, const char *text);

/* cli_table_print:
 * Prints headings, if wanted, and rows to stdout. On a terminal that is too narrow the widest
 * column is cut; elsewhere nothing is. */
void cli_table_print (const CliTable *table, gboolean has_headings);

G_END_DECLS
