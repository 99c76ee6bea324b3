/* SPDX-License-Identifier: GPL-2.0-or-later */
/* SPDX-FileCopyrightText: The l2tp-client authors */

/* What every verb gets, and how every verb ends. */

#pragma once

#include <glib.h>

#include "dbus/l2tp-options.h"

G_BEGIN_DECLS

/* Exit statuses; l2tp-client(1) documents them. A run ended by signal N exits with 128 + N. */
typedef enum
{
  CLI_EXIT_OK = 0,
  CLI_EXIT_FAILURE = 1,
  CLI_EXIT_USAGE = 2,
  CLI_EXIT_TIMEOUT = 3,
  CLI_EXIT_CONNECT_FAILED = 4,
  CLI_EXIT_AUTH_FAILED = 5,
  CLI_EXIT_NOT_FOUND = 6,
  CLI_EXIT_NOT_AUTHORIZED = 7,
  CLI_EXIT_NO_SERVICE = 8,
  CLI_EXIT_SIGNAL = 128,
} CliExit;

typedef struct
{
  gboolean json;
  gboolean quiet;
  gboolean terse;
  gboolean no_legend;
  gboolean ask, never_asks; /* neither: as the verb thinks best */
  gboolean is_private, is_shared, is_temporary;
  gboolean follow;
  int lines;                          /* of the log, or -1 */
  int wait;                           /* seconds, or -1 */
  char *fields;                       /* as typed, or NULL */
  char *secret_files[L2TP_N_OPTIONS]; /* of the rows that are secrets: a path, or "-" */
  gboolean dry_run, force;
  char *format, *name, *output, *chap_secrets; /* of import and export, as typed, or NULL */
} CliOptions;

/* A verb: @args are what follows it on the command line, options taken out, NULL-terminated, never
 * NULL, and of a number that the verb table allows. Returns the exit status. */
typedef int (*CliVerb) (const CliOptions *options, char **args);

int cli_cmd_list (const CliOptions *options, char **args);
int cli_cmd_status (const CliOptions *options, char **args);
int cli_cmd_show (const CliOptions *options, char **args);
int cli_cmd_add (const CliOptions *options, char **args);
int cli_cmd_edit (const CliOptions *options, char **args);
int cli_cmd_up (const CliOptions *options, char **args);
int cli_cmd_down (const CliOptions *options, char **args);
int cli_cmd_delete (const CliOptions *options, char **args);
int cli_cmd_import (const CliOptions *options, char **args);
int cli_cmd_export (const CliOptions *options, char **args);
int cli_cmd_monitor (const CliOptions *options, char **args);
int cli_cmd_log (const CliOptions *options, char **args);
int cli_cmd_agent (const CliOptions *options, char **args);
int cli_cmd_complete (const CliOptions *options, char **args);

/* cli_describe_options:
 * Returns the option table as help text, for "add --help". */
char *cli_describe_options (void);

/* cli_describe_option:
 * Returns one line about @option: what it is for, and what else there is to know. */
char *cli_describe_option (const L2tpOption *option);

/* cli_describe_values: returns what values @option takes, in a few characters. */
char *cli_describe_values (const L2tpOption *option);

/* cli_describe_value: returns @value as the user would type it: yes and no for booleans. */
char *cli_describe_value (GVariant *value);

/* cli_show_get_fields: returns (transfer full) the fields of show. */
char **cli_show_get_fields (void);

G_END_DECLS
