/* SPDX-License-Identifier: GPL-2.0-or-later */
/* SPDX-FileCopyrightText: The l2tp-client authors */

/* What an error from the bus or the service means: its exit status and what the user is told. The
 * only place of the CLI that knows error names. */

#include "client.h"
#include "output.h"

#include <glib/gi18n.h>

static const char *const names[CLI_N_ERRORS] = {
#define X(CODE, NAME) [CLI_ERROR_##CODE] = L2TP_ERROR_PREFIX NAME,
  L2TP_ERROR_LIST (X)
#undef X
};

static CliError
find_code (const char *error_name)
{
  for (guint i = 0; i < CLI_N_ERRORS; i++)
    if (g_strcmp0 (names[i], error_name) == 0)
      return i;
  return CLI_N_ERRORS;
}

/* Returns the exit status of a service error, or @otherwise for those that say nothing of their
 * own about the outcome. */
static int
exit_of_code (CliError code, int otherwise)
{
  switch (code)
    {
    case CLI_ERROR_NOT_AUTHORIZED:
      return CLI_EXIT_NOT_AUTHORIZED;
    case CLI_ERROR_NOT_FOUND:
      return CLI_EXIT_NOT_FOUND;
    case CLI_ERROR_AUTH_FAILED:
    case CLI_ERROR_NO_SECRETS:
      return CLI_EXIT_AUTH_FAILED;
    case CLI_ERROR_AGENT_CANCELED:
    case CLI_ERROR_RESOLVE_FAILED:
    case CLI_ERROR_UNREACHABLE:
    case CLI_ERROR_TIMEOUT:
    case CLI_ERROR_IKE_FAILED:
    case CLI_ERROR_TUNNEL_REFUSED:
    case CLI_ERROR_SESSION_REFUSED:
    case CLI_ERROR_PPP_FAILED:
    case CLI_ERROR_IP_CONFIG_FAILED:
    case CLI_ERROR_MISSING_KERNEL_SUPPORT:
    case CLI_ERROR_MISSING_DEPENDENCY:
      return CLI_EXIT_CONNECT_FAILED;
    case CLI_ERROR_INVALID_ARGUMENT:
    case CLI_ERROR_INVALID_SETTINGS:
    case CLI_ERROR_ALREADY_CONNECTED:
    case CLI_ERROR_NOT_CONNECTED:
    case CLI_ERROR_IN_PROGRESS:
    case CLI_ERROR_BUSY:
    case CLI_ERROR_FAILED:
    case CLI_N_ERRORS:
      return otherwise;
    }
  g_return_val_if_reached (otherwise);
}

int
cli_client_exit_of (const char *error_name)
{
  /* Why a bring-up failed is never a matter of this program's own NAME or rights. */
  int status = exit_of_code (find_code (error_name), CLI_EXIT_CONNECT_FAILED);

  return status == CLI_EXIT_AUTH_FAILED ? status : CLI_EXIT_CONNECT_FAILED;
}

const char *
cli_client_error_name (CliError code)
{
  return names[code];
}

gboolean
cli_client_is_error_name (const char *error_name, CliError code)
{
  return g_strcmp0 (error_name, names[code]) == 0;
}

gboolean
cli_client_is_error (const GError *error, CliError code)
{
  g_autofree char *remote = g_dbus_error_get_remote_error (error);

  return cli_client_is_error_name (remote, code);
}

gboolean
cli_client_needs_authorization (const GError *error)
{
  g_autofree char *remote = g_dbus_error_get_remote_error (error);

  return g_strcmp0 (remote, "org.freedesktop.DBus.Error.InteractiveAuthorizationRequired") == 0;
}

static gboolean
is_denied (const GError *error)
{
  return g_error_matches (error, G_DBUS_ERROR, G_DBUS_ERROR_ACCESS_DENIED) ||
         g_error_matches (error, G_DBUS_ERROR, G_DBUS_ERROR_AUTH_FAILED);
}

static gboolean
is_gone (const GError *error)
{
  return g_error_matches (error, G_DBUS_ERROR, G_DBUS_ERROR_SERVICE_UNKNOWN) ||
         g_error_matches (error, G_DBUS_ERROR, G_DBUS_ERROR_NAME_HAS_NO_OWNER) ||
         g_error_matches (error, G_DBUS_ERROR, G_DBUS_ERROR_NO_REPLY) ||
         g_error_matches (error, G_DBUS_ERROR, G_DBUS_ERROR_DISCONNECTED) ||
         g_error_matches (error, G_IO_ERROR, G_IO_ERROR_CLOSED);
}

static int
report_bus_error (const GError *error)
{
  g_autoptr (GError) plain = g_error_copy (error);
  g_autofree char *clean = NULL;

  if (cli_client_needs_authorization (error))
    {
      cli_output_error (_ ("you may do this only after typing a password"));
      cli_output_hint (_ ("leave out --no-ask, or run l2tp-client as root, for example with sudo"));
      return CLI_EXIT_NOT_AUTHORIZED;
    }
  if (is_denied (error))
    {
      cli_output_error (_ ("you are not authorised to do this"));
      cli_output_hint (_ ("run l2tp-client as root, for example with sudo"));
      return CLI_EXIT_NOT_AUTHORIZED;
    }
  if (is_gone (error))
    {
      cli_output_error (_ ("the service has gone away"));
      cli_output_hint (_ ("journalctl -u l2tp-client.service tells why"));
      return CLI_EXIT_NO_SERVICE;
    }
  if (g_error_matches (error, G_IO_ERROR, G_IO_ERROR_TIMED_OUT))
    {
      cli_output_error (_ ("the service does not answer"));
      cli_output_hint (_ ("journalctl -u l2tp-client.service may tell why"));
      return CLI_EXIT_TIMEOUT;
    }
  if (g_error_matches (error, G_DBUS_ERROR, G_DBUS_ERROR_UNKNOWN_OBJECT))
    {
      cli_output_error (_ ("the connection no longer exists"));
      cli_output_hint (_ ("l2tp-client list shows the connections there are"));
      return CLI_EXIT_NOT_FOUND;
    }
  g_dbus_error_strip_remote_error (plain);
  clean = cli_output_clean (plain->message);
  cli_output_error ("%s", clean);
  return CLI_EXIT_FAILURE;
}

/* What helps where the service has nothing of its own to say. */
static const char *
remedy_of_code (CliError code)
{
  switch (code)
    {
    case CLI_ERROR_NOT_AUTHORIZED:
      return _ ("run l2tp-client as root, for example with sudo, or ask who administers this "
                "machine");
    case CLI_ERROR_NOT_FOUND:
      return _ ("l2tp-client list shows the connections there are");
    case CLI_ERROR_NO_SECRETS:
      return _ ("“l2tp-client up --ask NAME” asks for it, “l2tp-client edit NAME --password-file "
                "FILE” keeps it");
    case CLI_ERROR_AGENT_CANCELED:
      return _ ("try again, and answer the question");
    case CLI_ERROR_AUTH_FAILED:
      return _ ("check user name and password; “l2tp-client edit NAME --password-file FILE” "
                "changes it");
    case CLI_ERROR_BUSY:
    case CLI_ERROR_IN_PROGRESS:
      return _ ("try again in a moment");
    case CLI_ERROR_INVALID_ARGUMENT:
    case CLI_ERROR_INVALID_SETTINGS:
    case CLI_ERROR_ALREADY_CONNECTED:
    case CLI_ERROR_NOT_CONNECTED:
    case CLI_ERROR_RESOLVE_FAILED:
    case CLI_ERROR_UNREACHABLE:
    case CLI_ERROR_TIMEOUT:
    case CLI_ERROR_IKE_FAILED:
    case CLI_ERROR_TUNNEL_REFUSED:
    case CLI_ERROR_SESSION_REFUSED:
    case CLI_ERROR_PPP_FAILED:
    case CLI_ERROR_IP_CONFIG_FAILED:
    case CLI_ERROR_MISSING_KERNEL_SUPPORT:
    case CLI_ERROR_MISSING_DEPENDENCY:
    case CLI_ERROR_FAILED:
    case CLI_N_ERRORS:
      return NULL;
    }
  g_return_val_if_reached (NULL);
}

const char *
cli_client_get_remedy (const char *error_name)
{
  return remedy_of_code (find_code (error_name));
}

void
cli_client_explain (const char *error_name, const char *cause, const char *remedy)
{
  const char *known = cli_client_get_remedy (error_name);

  cli_output_error ("%s", *cause != '\0' ? cause : error_name);
  if (remedy != NULL || known != NULL)
    cli_output_hint ("%s", remedy != NULL ? remedy : known);
}

int
cli_client_report (const CliClient *client, const GError *error)
{
  g_autofree char *remote = g_dbus_error_get_remote_error (error);
  g_autoptr (GError) plain = g_error_copy (error);
  g_autofree char *cause = NULL, *remedy = NULL;
  CliError code = find_code (remote);

  if (client->signal != 0)
    return CLI_EXIT_SIGNAL + client->signal;

  if (code == CLI_N_ERRORS)
    return report_bus_error (error);

  g_dbus_error_strip_remote_error (plain);
  cli_output_split (plain->message, &cause, &remedy);
  cli_client_explain (remote, cause, remedy);
  return exit_of_code (code, CLI_EXIT_FAILURE);
}
