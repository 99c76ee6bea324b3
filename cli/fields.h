/* SPDX-License-Identifier: GPL-2.0-or-later */
/* SPDX-FileCopyrightText: The l2tp-client authors */

/* What -f and -t choose and print. A field is a member of the JSON object that --json would print,
 * so there is one set of names. */

#pragma once

#include "cli.h"
#include "output.h"

G_BEGIN_DECLS

/* cli_fields_parse:
 * @chosen: what follows -f: names with commas, or "all"
 * @known: NULL-terminated
 *
 * Returns CLI_EXIT_OK and the names, or reports the one that is unknown and returns its exit
 * status. */
int cli_fields_parse (const char *chosen, const char *const *known, GStrv *ret_fields);

/* cli_fields_format:
 * Returns a member as text: "" for null, list entries with commas. */
char *cli_fields_format (JsonObject *json, const char *field);

/* cli_fields_terse:
 * Returns the fields with : between them; a : or a \ in a value has a \ before it. */
char *cli_fields_terse (JsonObject *json, const char *const *fields);

/* cli_fields_pick: returns (transfer full) an object with these members only. */
JsonNode *cli_fields_pick (JsonObject *json, const char *const *fields);

/* cli_fields_print_rows:
 * @nodes: (element-type JsonNode): objects
 *
 * Prints a line for each, as the options want it. */
void cli_fields_print_rows (const CliOptions *options, GPtrArray *nodes, const char *const *fields);

/* cli_fields_print_block: prints a line for each field, as the options want it. */
void
cli_fields_print_block (const CliOptions *options, JsonObject *json, const char *const *fields);

G_END_DECLS
