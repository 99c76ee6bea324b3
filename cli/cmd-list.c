/* SPDX-License-Identifier: GPL-2.0-or-later */
/* SPDX-FileCopyrightText: The l2tp-client authors */

/* list and status: what there is and how it does. */

#include "connection.h"

#include <stdio.h>

#include <glib/gi18n.h>

static JsonNode *
list_to_json (CliClient *client, GPtrArray *objects)
{
  JsonArray *array = json_array_new ();
  JsonNode *node;

  for (guint i = 0; i < objects->len; i++)
    json_array_add_element (array, cli_connection_to_json (client, objects->pdata[i]));
  node = json_node_init_array (json_node_alloc (), array);
  json_array_unref (array);
  return node;
}

static void
add_state (CliTable *table, L2tpDBusConnection *c)
{
  guint state = l2tp_dbus_connection_get_state (c);
  const char *word = cli_state_to_string (state);
  const char *phase = l2tp_dbus_connection_get_phase (c);
  g_autofree char *both = NULL;

  if (phase != NULL && *phase != '\0')
    both = g_strdup_printf ("%s (%s)", word, phase);
  cli_table_cell (table, cli_state_to_color (state), both != NULL ? both : word);
}

static void
add_row (CliTable *table, L2tpDBusConnection *c)
{
  g_autofree char *address = cli_connection_dup_address (c, FALSE);
  guint64 since = l2tp_dbus_connection_get_since (c);
  g_autofree char *span = NULL;

  if (since != 0)
    span = cli_output_duration ((g_get_real_time () - (gint64) since) / G_USEC_PER_SEC);
  cli_table_cell (table, CLI_COLOR_NONE, l2tp_dbus_connection_get_name (c));
  add_state (table, c);
  cli_table_cell (table, CLI_COLOR_NONE, l2tp_dbus_connection_get_interface (c));
  cli_table_cell (table, CLI_COLOR_NONE, address);
  cli_table_cell (table, CLI_COLOR_NONE, l2tp_dbus_connection_get_gateway (c));
  cli_table_cell (table, CLI_COLOR_NONE, span);
}

static void
print_table (GPtrArray *objects)
{
  const char *const headings[] = { _ ("NAME"),    _ ("STATE"),   _ ("INTERFACE"),
                                   _ ("ADDRESS"), _ ("GATEWAY"), _ ("FOR"),
                                   NULL };
  g_autoptr (CliTable) table = cli_table_new (headings);

  for (guint i = 0; i < objects->len; i++)
    add_row (table, l2tp_dbus_object_peek_connection (objects->pdata[i]));
  cli_table_print (table);
}

static void
note_empty (const CliOptions *options)
{
  if (options->quiet)
    return;
  cli_output_note (_ ("There are no connections."));
  cli_output_hint (
      _ ("l2tp-client add NAME gateway=HOST user=USER --password-file FILE makes one"));
}

int
cli_cmd_list (const CliOptions *options, char **args)
{
  g_autoptr (CliClient) client = NULL;
  g_autoptr (GPtrArray) objects = NULL;
  int status = cli_client_open (CLI_CLIENT_START, &client);

  if (status != CLI_EXIT_OK)
    return status;
  objects = cli_client_list (client);
  if (options->json)
    cli_output_json (list_to_json (client, objects));
  else if (objects->len == 0)
    note_empty (options);
  else
    print_table (objects);
  return CLI_EXIT_OK;
}

static void
print_blocks (CliClient *client, GPtrArray *objects)
{
  for (guint i = 0; i < objects->len; i++)
    {
      if (i > 0)
        putchar ('\n');
      cli_connection_print (client, objects->pdata[i]);
    }
}

static int
status_of_all (const CliOptions *options, CliClient *client)
{
  g_autoptr (GPtrArray) objects = cli_client_list (client);

  if (options->json)
    cli_output_json (list_to_json (client, objects));
  else if (objects->len == 0)
    note_empty (options);
  else
    print_blocks (client, objects);
  return CLI_EXIT_OK;
}

int
cli_cmd_status (const CliOptions *options, char **args)
{
  g_autoptr (CliClient) client = NULL;
  g_autoptr (L2tpDBusObject) object = NULL;
  int status = cli_client_open (CLI_CLIENT_START, &client);

  if (status != CLI_EXIT_OK)
    return status;
  if (args[0] == NULL)
    return status_of_all (options, client);

  status = cli_client_find (client, args[0], &object);
  if (status != CLI_EXIT_OK)
    return status;
  if (options->json)
    cli_output_json (cli_connection_to_json (client, object));
  else
    cli_connection_print (client, object);
  return CLI_EXIT_OK;
}
