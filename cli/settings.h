/* SPDX-License-Identifier: GPL-2.0-or-later */
/* SPDX-FileCopyrightText: The l2tp-client authors */

/* The settings of a connection as the user gives them: key by key, checked against the option
 * table. A fault is one line of cause and, behind a newline, perhaps one of remedy. */

#pragma once

#include "cli.h"

#include <gio/gio.h>

G_BEGIN_DECLS

typedef struct _CliSettings CliSettings;

/* cli_settings_new:
 * @present: (nullable): an a{sv} to be changed, as of GetSettings; with it an empty value takes a
 *           key back to its default, or removes a secret */
CliSettings *cli_settings_new (GVariant *present);
void cli_settings_free (CliSettings *settings);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (CliSettings, cli_settings_free)

/* cli_settings_put:
 * Checks and sets one key. No key may be given twice. */
gboolean
cli_settings_put (CliSettings *settings, const char *key, const char *text, char **ret_fault);

/* cli_settings_assign:
 * @argument: "key=value"; wiped when it turns out to hold a secret, which is a fault */
gboolean cli_settings_assign (CliSettings *settings, char *argument, char **ret_fault);

/* cli_settings_check: whether every key that is required is there. */
gboolean cli_settings_check (CliSettings *settings, char **ret_fault);

/* cli_settings_has_files: whether there is a --KEY-file. */
gboolean cli_settings_has_files (const CliOptions *options);

/* cli_settings_read_secrets:
 * Reads the secrets of --KEY-file. Returns CLI_EXIT_OK, or reports the error and returns its exit
 * status. */
int cli_settings_read_secrets (CliSettings *settings, const CliOptions *options);

/* cli_settings_ask:
 * Asks on the terminal for the secrets that the settings need and do not have. Returns as
 * cli_settings_read_secrets(). */
int cli_settings_ask (CliSettings *settings);

/* cli_settings_end:
 * Returns (transfer full) settings and secrets as the bus wants them, once. */
void cli_settings_end (CliSettings *settings, GVariant **ret_settings, GVariant **ret_secrets);

/* cli_settings_report: prints a fault; returns CLI_EXIT_USAGE. */
int cli_settings_report (const char *fault);

G_END_DECLS
