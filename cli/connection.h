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

/* cli_state_is_settled: whether nothing happens in @state until somebody asks for it. */
gboolean cli_state_is_settled (guint state);

CliColor cli_state_to_color (guint state);

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

/* cli_connection_dup_dns:
 * Returns the name servers that IPCP brought, clean, possibly none. */
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
