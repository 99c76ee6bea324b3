/* SPDX-License-Identifier: GPL-2.0-or-later */
/* SPDX-FileCopyrightText: The l2tp-client authors */

/* What monitor says: a line for people, an object for programs. */

#pragma once

#include "connection.h"

G_BEGIN_DECLS

/* What -t prints without -f. */
#define CLI_MONITOR_TERSE_FIELDS "name,state,interface,addresses"

/* cli_monitor_get_fields: returns the members of cli_monitor_line_to_json(), NULL-terminated. */
const char *const *cli_monitor_get_fields (void);

/* cli_monitor_line_to_json:
 * @event: what it is about
 * @connection: (nullable): which one it is about
 * @shown, @all: (element-type L2tpDBusObject): what "text", "class", "tooltip" and "alt", and what
 *   "aggregate", are about
 *
 * Returns (transfer full) an object without the time. */
JsonNode *cli_monitor_line_to_json (const char *event,
                                    L2tpDBusConnection *connection,
                                    GPtrArray *shown,
                                    GPtrArray *all);

/* cli_monitor_line_stamp: sets the time, where there is such a member. */
void cli_monitor_line_stamp (JsonObject *json);

/* cli_monitor_print_time: prints the time of day and a blank. */
void cli_monitor_print_time (void);

/* cli_monitor_line_to_text: returns a line about the state of a connection. */
char *cli_monitor_line_to_text (L2tpDBusConnection *connection);

/* cli_monitor_line_removed: returns a line about the end of a connection. */
char *cli_monitor_line_removed (L2tpDBusConnection *connection);

G_END_DECLS
