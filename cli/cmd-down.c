/* SPDX-License-Identifier: GPL-2.0-or-later */
/* SPDX-FileCopyrightText: The l2tp-client authors */

/* down and delete: the ways to end a connection, for now and for good. */

#include "connection.h"
#include "watch.h"

#include <stdio.h>

#include <glib/gi18n.h>

#define DEFAULT_WAIT 30 /* seconds; an orderly end takes the service at most 3 */

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

/* All names are looked up before the first connection is touched. */
static int
find_all (CliClient *client, char **names, GPtrArray *objects)
{
  for (char **name = names; *name != NULL; name++)
    {
      L2tpDBusObject *object;
      int status = cli_client_find (client, *name, &object);

      if (status != CLI_EXIT_OK)
        return status;
      if (!g_ptr_array_find (objects, object, NULL))
        g_ptr_array_add (objects, object);
      else
        g_object_unref (object);
    }
  return CLI_EXIT_OK;
}

typedef int (*EndFunc) (const CliOptions *options, CliClient *client, L2tpDBusObject *object);

/* One that cannot be ended does not keep the others up; the first failure is the exit status. */
static int
end_all (const CliOptions *options, char **names, EndFunc end)
{
  g_autoptr (CliClient) client = NULL;
  g_autoptr (GPtrArray) objects = g_ptr_array_new_with_free_func (g_object_unref);
  int status = cli_client_open (CLI_CLIENT_START, &client);

  if (status == CLI_EXIT_OK)
    status = find_all (client, names, objects);
  if (status != CLI_EXIT_OK)
    return status;
  client->never_asks = options->never_asks;
  for (guint i = 0; i < objects->len && client->signal == 0; i++)
    {
      int ended = end (options, client, objects->pdata[i]);

      status = status != CLI_EXIT_OK ? status : ended;
    }
  return status;
}

static int
down (const CliOptions *options, CliClient *client, L2tpDBusObject *object)
{
  g_autoptr (L2tpDBusConnection) c = l2tp_dbus_object_get_connection (object);
  g_autoptr (GVariant) reply = NULL;
  g_autoptr (GError) error = NULL;

  reply = cli_client_call (client, c, "Disconnect", g_variant_new ("(a{sv})", NULL), &error);
  if (reply == NULL)
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

int
cli_cmd_down (const CliOptions *options, char **args)
{
  return end_all (options, args, down);
}

static void
print_deleted (const CliOptions *options, const char *name, const char *uuid)
{
  if (options->json)
    cli_output_json_name (name, uuid);
  else if (!options->quiet)
    printf (_ ("deleted: %s\n"), name);
}

static int delete (const CliOptions *options, CliClient *client, L2tpDBusObject *object)
{
  g_autoptr (L2tpDBusConnection) c = l2tp_dbus_object_get_connection (object);
  /* The object forgets its interfaces when it goes. */
  g_autofree char *name = cli_output_clean (l2tp_dbus_connection_get_name (c));
  g_autofree char *uuid = cli_output_clean (l2tp_dbus_connection_get_uuid (c));
  g_autoptr (GVariant) reply = NULL;
  g_autoptr (GError) error = NULL;

  reply = cli_client_call (client, c, "Delete", g_variant_new ("(a{sv})", NULL), &error);
  if (reply == NULL)
    return cli_client_report (client, error);
  print_deleted (options, name, uuid);
  return CLI_EXIT_OK;
}

int
cli_cmd_delete (const CliOptions *options, char **args)
{
  return end_all (options, args, delete);
}
