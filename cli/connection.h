/* SPDX-License-Identifier: GPL-2.0-or-later */
/* SPDX-FileCopyrightText: The l2tp-client authors */

/* One connection as data for scripts and as text for people. */

#pragma once

#include "client.h"
#include "output.h"

G_BEGIN_DECLS

/* cli_state_to_string:
 * Returns the word for a value of org.l2tp.Connection.State: stable, untranslated. */
const char *cli_state_to_string (guint state);

/* cli_reason_to_string: the same for StateReason. */
const char *cli_reason_to_string (guint reason);

/* cli_state_is_settled: whether nothing happens in @state until somebody asks for it. */
gboolean cli_state_is_settled (guint state);

CliColor cli_state_to_color (guint state);

/* cli_connection_get_fields: returns the members of cli_connection_to_json(), NULL-terminated. */
const char *const *cli_connection_get_fields (void);

/* cli_connection_add_json:
 * Adds what the service announces by itself: everything but tunnel, session, counters, timeline. */
void cli_connection_add_json (JsonObject *json, L2tpDBusConnection *connection);

/* cli_connection_to_json:
 * Returns (transfer full) the object that l2tp-client(1) documents. Asks the service for the
 * counters; without an answer they are null. */
JsonNode *cli_connection_to_json (CliClient *client, L2tpDBusObject *object);

/* cli_connection_print:
 * Prints a block of text about one connection. */
void cli_connection_print (CliClient *client, L2tpDBusObject *object);

/* cli_connection_dup_address:
 * Returns (nullable) the clean PPP address; @peer: the LNS's end instead of ours. */
char *cli_connection_dup_address (L2tpDBusConnection *connection, gboolean peer);

/* cli_connection_dup_address6: the same for IPv6. */
char *cli_connection_dup_address6 (L2tpDBusConnection *connection, gboolean peer);

/* cli_connection_dup_owner:
 * Returns the name of the user whose private connection it is, their number if they have none, or
 * NULL when it is for all users. */
char *cli_connection_dup_owner (L2tpDBusConnection *connection);

/* cli_connection_dup_next_attempt:
 * Returns (nullable) when the service tries again, for people: "next attempt in 12 s, attempt 3".
 */
char *cli_connection_dup_next_attempt (L2tpDBusConnection *connection);

/* cli_connection_dup_word: returns its name, clean, as one word for the shell. */
char *cli_connection_dup_word (L2tpDBusConnection *connection);

/* cli_connection_dup_dns:
 * Returns the name servers that the LNS told, clean, possibly none. */
GStrv cli_connection_dup_dns (L2tpDBusConnection *connection);

/* cli_connection_get_error:
 * Returns whether there is a LastError, and its D-Bus name, cause and remedy, clean; the remedy may
 * be NULL. Free with g_free(). */
gboolean cli_connection_get_error (L2tpDBusConnection *connection,
                                   char **ret_name,
                                   char **ret_cause,
                                   char **ret_remedy);

/* cli_connection_dup_statistics:
 * Returns (nullable) the a{st} of GetStatistics, or NULL while there is no session. */
GVariant *cli_connection_dup_statistics (CliClient *client, L2tpDBusObject *object);

G_END_DECLS
