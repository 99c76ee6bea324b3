/* SPDX-License-Identifier: GPL-2.0-or-later */
/* SPDX-FileCopyrightText: The l2tp-client authors */

/* add: makes a connection. */

#include "connection.h"
#include "settings.h"

#include <stdio.h>

#include <glib/gi18n.h>

static int
parse_settings (CliSettings *settings, char **args)
{
  g_autofree char *fault = NULL;
  gboolean right =
      cli_settings_put (settings, l2tp_option_get (L2TP_OPTION_NAME)->key, args[0], &fault);

  for (char **arg = args + 1; *arg != NULL && right; arg++)
    right = cli_settings_assign (settings, *arg, &fault);
  if (!right || !cli_settings_check (settings, &fault))
    return cli_settings_report (fault);
  return CLI_EXIT_OK;
}

static void
print_added (const CliOptions *options, L2tpDBusConnection *connection)
{
  g_autofree char *name = cli_output_clean (l2tp_dbus_connection_get_name (connection));
  g_autofree char *uuid = cli_output_clean (l2tp_dbus_connection_get_uuid (connection));

  if (options->json)
    cli_output_json_name (name, uuid);
  else if (!options->quiet)
    printf ("%s: %s, %s\n", _ ("added"), name, uuid);
}

static int
add (const CliOptions *options, GVariant *settings, GVariant *secrets)
{
  g_autoptr (CliClient) client = NULL;
  g_autoptr (L2tpDBusConnection) connection = NULL;
  g_autoptr (GError) error = NULL;
  int status = cli_client_open (CLI_CLIENT_START, &client);

  if (status != CLI_EXIT_OK)
    return status;
  client->never_asks = options->never_asks;
  connection = cli_client_add (client, options, settings, secrets, &error);
  if (connection == NULL)
    return cli_client_report (client, error);
  print_added (options, connection);
  return CLI_EXIT_OK;
}

int
cli_cmd_add (const CliOptions *options, char **args)
{
  g_autoptr (CliSettings) settings = cli_settings_new (NULL);
  g_autoptr (GVariant) values = NULL, secrets = NULL;
  int status;

  status = parse_settings (settings, args);
  if (status == CLI_EXIT_OK)
    status = cli_settings_read_secrets (settings, options);
  if (status == CLI_EXIT_OK && options->ask)
    status = cli_settings_ask (settings);
  if (status != CLI_EXIT_OK)
    return status;
  cli_settings_end (settings, &values, &secrets);
  return add (options, values, secrets);
}
