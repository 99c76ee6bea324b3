/* SPDX-License-Identifier: GPL-2.0-or-later */
/* SPDX-FileCopyrightText: The l2tp-client authors */

/* The way to the service: the bus, its objects, finding a connection by what the user typed, and
 * what an error from there means for the exit status. */

#pragma once

#include "cli.h"

#include "dbus/l2tp-dbus.h"
#include "dbus/l2tp-names.h"

G_BEGIN_DECLS

#define CLI_CALL_TIMEOUT_MS 30000 /* the service answers at once, but for disks and for polkit */

typedef struct
{
  GDBusConnection *bus;
  GDBusObjectManager *objects;
  GCancellable *cancellable; /* of every call; cancelled by SIGINT, SIGTERM and SIGHUP */
  int signal;                /* the one that came, or 0 */
  guint sources[3];
  gboolean never_asks; /* FALSE until the verb says otherwise */
} CliClient;

/* The service's errors: CLI_ERROR_NOT_FOUND and so on. */
typedef enum
{
#define X(CODE, NAME) CLI_ERROR_##CODE,
  L2TP_ERROR_LIST (X)
#undef X
      CLI_N_ERRORS
} CliError;

typedef enum
{
  CLI_CLIENT_START,       /* start the service if it is not running */
  CLI_CLIENT_ONLY_RUNNING /* for completion, which must not have side effects */
} CliClientMode;

/* cli_client_open:
 * Connects to the system bus and reads the service's objects. Returns CLI_EXIT_OK, or reports the
 * error and returns its exit status. */
int cli_client_open (CliClientMode mode, CliClient **ret_client);
void cli_client_free (CliClient *client);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (CliClient, cli_client_free)

/* Asynchronous calls, written in line: pass cli_client_ready and the address of a NULL result as
 * callback and data, then await it. Other events are dispatched meanwhile. */
void cli_client_ready (GObject *source, GAsyncResult *result, gpointer pending);
GAsyncResult *cli_client_await (GAsyncResult **pending);

/* cli_client_call:
 * @proxy: (nullable): of the service; NULL stands for an object that is not there
 * @args: (transfer floating)
 *
 * Calls a method and waits for the answer, in which a person may have to prove to polkit who they
 * are: if the service says so, the call is made again with somebody there to ask. Returns NULL and
 * sets @error, not stripped. */
GVariant *cli_client_call (CliClient *client,
                           gpointer proxy,
                           const char *method,
                           GVariant *args,
                           GError **error);

/* cli_client_get_manager: returns (nullable) (transfer full) the org.l2tp.Manager. */
L2tpDBusManager *cli_client_get_manager (CliClient *client);

/* cli_client_add:
 * @options: whose it is to be, and whether it is kept
 * @settings, @secrets: a{sv}, (transfer floating)
 *
 * Calls AddConnection. Returns (transfer full) the new connection, or NULL and sets @error, not
 * stripped. */
L2tpDBusConnection *cli_client_add (CliClient *client,
                                    const CliOptions *options,
                                    GVariant *settings,
                                    GVariant *secrets,
                                    GError **error);

/* cli_client_is_running: whether the service is there at the moment. */
gboolean cli_client_is_running (CliClient *client);

/* cli_client_list:
 * Returns (element-type L2tpDBusObject) (transfer full) the connections, oldest first. */
GPtrArray *cli_client_list (CliClient *client);

/* cli_client_find:
 * @what: a name, a UUID, or a prefix of either that fits only one connection
 *
 * Returns CLI_EXIT_OK, or reports the error, with the candidates if there are several, and
 * returns its exit status. */
int cli_client_find (CliClient *client, const char *what, L2tpDBusObject **ret_object);

/* cli_client_refresh:
 * Reads the properties of @connection again: those that never announce a change, too. */
gboolean cli_client_refresh (CliClient *client, L2tpDBusConnection *connection, GError **error);

/* cli_client_is_error:
 * Returns whether @error, not stripped, is the service's @code. */
gboolean cli_client_is_error (const GError *error, CliError code);

const char *cli_client_error_name (CliError code);
gboolean cli_client_is_error_name (const char *error_name, CliError code);

/* cli_client_get_remedy:
 * Returns (nullable) what helps where the service has nothing of its own to say. */
const char *cli_client_get_remedy (const char *error_name);

/* cli_client_explain:
 * Prints cause and remedy, both clean. @remedy: (nullable): the service's; else one that is known
 * for @error_name is printed, if any. */
void cli_client_explain (const char *error_name, const char *cause, const char *remedy);

/* cli_client_needs_authorization:
 * Returns whether @error, not stripped, asks for the call again, with a person there. */
gboolean cli_client_needs_authorization (const GError *error);

/* cli_client_report:
 * Prints a failed call's cause and remedy, nothing when a signal cancelled it. Returns the exit
 * status. */
int cli_client_report (const CliClient *client, const GError *error);

/* cli_client_exit_of:
 * Returns the exit status for a LastError with the D-Bus name @error_name. */
int cli_client_exit_of (const char *error_name);

G_END_DECLS
