/* SPDX-License-Identifier: GPL-2.0-or-later */
/* SPDX-FileCopyrightText: The l2tp-client authors */

/* down and delete: the ways to end a connection, for now and for good. */

#include "connection.h"
#include "watch.h"

#include <stdio.h>

#include <glib/gi18n.h>

#define DEFAULT_WAIT      30 /* seconds; an orderly end takes the service at most 3 */
#define DELETE_TIMEOUT_MS 30000

static int
finish (const CliOptions *options, CliClient *client, L2tpDBusObject *object, const char *word)
{
  g_autoptr (L2tpDBusConnection) c = l2tp_dbus_object_get_connection (object);
  g_autofree char *name = cli_output_clean (l2tp_dbus_connection_get_name (c));

  if (options->json)
    cli_output_json (cli_connection_to_json (client, object));
  else if (!options->quiet)
    printf ("%s: %s\n", word, name);
  return CLI_EXIT_OK;
}

static gboolean
is_down (L2tpDBusConnection *c)
{
  guint state = l2tp_dbus_connection_get_state (c);

  return state == L2TP_CONNECTION_STATE_DISCONNECTED || state == L2TP_CONNECTION_STATE_FAILED;
}

static int
report_wait (CliClient *client, CliEvent event, guint seconds)
{
  if (event == CLI_EVENT_SIGNAL)
    {
      cli_output_note (_ ("Detached: the connection is being taken down."));
      return CLI_EXIT_SIGNAL + client->signal;
    }
  if (event == CLI_EVENT_TIMEOUT)
    {
      cli_output_error (_ ("still not disconnected after %u s; the service goes on trying"),
                        seconds);
      cli_output_hint (_ ("journalctl -u l2tp-client.service may tell why"));
      return CLI_EXIT_TIMEOUT;
    }
  return cli_watch_report (event);
}

static int
wait_until_down (const CliOptions *options,
                 CliClient *client,
                 L2tpDBusObject *object,
                 guint seconds)
{
  g_autoptr (L2tpDBusConnection) c = l2tp_dbus_object_get_connection (object);
  g_autoptr (CliWatch) watch = cli_watch_new (client, object, seconds, FALSE);

  while (!is_down (c))
    {
      CliEvent event = cli_watch_next (watch);

      if (event != CLI_EVENT_CHANGED)
        return report_wait (client, event, seconds);
    }
  return finish (options, client, object, _ ("disconnected"));
}

int
cli_cmd_down (const CliOptions *options, char **args)
{
  g_autoptr (CliClient) client = NULL;
  g_autoptr (L2tpDBusObject) object = NULL;
  g_autoptr (GAsyncResult) result = NULL;
  g_autoptr (GError) error = NULL;
  g_autoptr (L2tpDBusConnection) c = NULL;
  int status = cli_client_open (CLI_CLIENT_START, &client);

  if (status == CLI_EXIT_OK)
    status = cli_client_find (client, args[0], &object);
  if (status != CLI_EXIT_OK)
    return status;

  c = l2tp_dbus_object_get_connection (object);
  l2tp_dbus_connection_call_disconnect (c, g_variant_new ("a{sv}", NULL),
                                        G_DBUS_CALL_FLAGS_NO_AUTO_START, CLI_CALL_TIMEOUT_MS,
                                        client->cancellable, cli_client_ready, &result);
  if (!l2tp_dbus_connection_call_disconnect_finish (c, cli_client_await (&result), &error))
    {
      /* What was asked for is the case. */
      if (cli_client_is_error (error, CLI_ERROR_NOT_CONNECTED))
        return finish (options, client, object, _ ("not connected"));
      return cli_client_report (client, error);
    }
  if (options->wait == 0)
    return finish (options, client, object, _ ("disconnecting"));
  return wait_until_down (options, client, object,
                          options->wait > 0 ? options->wait : DEFAULT_WAIT);
}

static void
print_deleted (const CliOptions *options, const char *name, const char *uuid)
{
  if (options->json)
    {
      JsonObject *json = json_object_new ();
      JsonNode *node = json_node_init_object (json_node_alloc (), json);

      json_object_set_string_member (json, "name", name);
      json_object_set_string_member (json, "uuid", uuid);
      cli_output_json (node);
      json_object_unref (json);
    }
  else if (!options->quiet)
    printf (_ ("deleted: %s\n"), name);
}

int
cli_cmd_delete (const CliOptions *options, char **args)
{
  g_autoptr (CliClient) client = NULL;
  g_autoptr (L2tpDBusObject) object = NULL;
  g_autoptr (L2tpDBusConnection) c = NULL;
  g_autoptr (GAsyncResult) result = NULL;
  g_autoptr (GError) error = NULL;
  g_autofree char *name = NULL, *uuid = NULL;
  int status = cli_client_open (CLI_CLIENT_START, &client);

  if (status == CLI_EXIT_OK)
    status = cli_client_find (client, args[0], &object);
  if (status != CLI_EXIT_OK)
    return status;

  /* The object forgets its interfaces when it goes. */
  c = l2tp_dbus_object_get_connection (object);
  name = cli_output_clean (l2tp_dbus_connection_get_name (c));
  uuid = cli_output_clean (l2tp_dbus_connection_get_uuid (c));
  l2tp_dbus_connection_call_delete (c, g_variant_new ("a{sv}", NULL),
                                    G_DBUS_CALL_FLAGS_NO_AUTO_START, DELETE_TIMEOUT_MS,
                                    client->cancellable, cli_client_ready, &result);
  if (!l2tp_dbus_connection_call_delete_finish (c, cli_client_await (&result), &error))
    return cli_client_report (client, error);
  print_deleted (options, name, uuid);
  return CLI_EXIT_OK;
}
