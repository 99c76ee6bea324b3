/* SPDX-License-Identifier: GPL-2.0-or-later */
/* SPDX-FileCopyrightText: The l2tp-client authors */

/* list and status: what there is and how it does. */

#include "connection.h"
#include "fields.h"

#include <stdio.h>

#include <glib/gi18n.h>

/* What -t prints without -f. */
#define TERSE_FIELDS "name,uuid,state,interface,addresses,gateway"

static void
add_state (CliTable *table, L2tpDBusConnection *c)
{
  guint state = l2tp_dbus_connection_get_state (c);
  const char *word = cli_state_to_string (state);
  const char *phase = l2tp_dbus_connection_get_phase (c);
  guint64 next = l2tp_dbus_connection_get_next_retry (c);
  g_autofree char *both = NULL;

  if (next != 0)
    {
      gint64 wait = MAX ((gint64) next - g_get_real_time () + G_USEC_PER_SEC - 1, 0);
      g_autofree char *span = cli_output_duration (wait / G_USEC_PER_SEC);

      both = g_strdup_printf (_ ("%s (again in %s)"), word, span);
    }
  else if (phase != NULL && *phase != '\0')
    both = g_strdup_printf ("%s (%s)", word, phase);
  cli_table_cell (table, cli_state_to_color (state), both != NULL ? both : word);
}

typedef enum
{
  HAS_OWNER = 1 << 0,
  HAS_AUTOSTART = 1 << 1,
} Columns;

/* Columns that would be empty in most lists are left out where they are. */
static Columns
find_columns (GPtrArray *objects)
{
  Columns columns = 0;

  for (guint i = 0; i < objects->len; i++)
    {
      L2tpDBusConnection *c = l2tp_dbus_object_peek_connection (objects->pdata[i]);

      if (l2tp_dbus_connection_get_owner (c) != L2TP_OWNER_ALL)
        columns |= HAS_OWNER;
      if (l2tp_dbus_connection_get_autostart (c))
        columns |= HAS_AUTOSTART;
    }
  return columns;
}

static void
add_row (CliTable *table, L2tpDBusConnection *c, Columns columns)
{
  g_autofree char *address = cli_connection_dup_address (c, FALSE);
  g_autofree char *address6 = cli_connection_dup_address6 (c, FALSE);
  g_autofree char *owner = cli_connection_dup_owner (c);
  guint64 since = l2tp_dbus_connection_get_since (c);
  g_autofree char *span = NULL;

  if (since != 0)
    span = cli_output_duration ((g_get_real_time () - (gint64) since) / G_USEC_PER_SEC);
  cli_table_cell (table, CLI_COLOR_NONE, l2tp_dbus_connection_get_name (c));
  add_state (table, c);
  cli_table_cell (table, CLI_COLOR_NONE, l2tp_dbus_connection_get_interface (c));
  cli_table_cell (table, CLI_COLOR_NONE, address != NULL ? address : address6);
  cli_table_cell (table, CLI_COLOR_NONE, l2tp_dbus_connection_get_gateway (c));
  cli_table_cell (table, CLI_COLOR_NONE, span);
  if ((columns & HAS_OWNER) != 0)
    cli_table_cell (table, CLI_COLOR_NONE, owner);
  if ((columns & HAS_AUTOSTART) != 0)
    cli_table_cell (table, CLI_COLOR_NONE,
                    l2tp_dbus_connection_get_autostart (c) ? _ ("yes") : NULL);
}

static void
print_table (const CliOptions *options, GPtrArray *objects)
{
  Columns columns = find_columns (objects);
  const char *headings[9] = { _ ("NAME"),    _ ("STATE"),   _ ("INTERFACE"),
                              _ ("ADDRESS"), _ ("GATEWAY"), _ ("FOR") };
  g_autoptr (CliTable) table = NULL;
  guint n = 6;

  if ((columns & HAS_OWNER) != 0)
    headings[n++] = _ ("OWNER");
  if ((columns & HAS_AUTOSTART) != 0)
    headings[n++] = _ ("AUTOSTART");
  table = cli_table_new (headings);
  for (guint i = 0; i < objects->len; i++)
    add_row (table, l2tp_dbus_object_peek_connection (objects->pdata[i]), columns);
  cli_table_print (table, !options->no_legend);
}

static void
note_empty (const CliOptions *options)
{
  if (options->quiet || options->terse || options->no_legend)
    return;
  cli_output_note (_ ("There are no connections."));
  cli_output_hint (
      _ ("l2tp-client add NAME gateway=HOST user=USER --password-file FILE makes one"));
}

/* Returns (element-type JsonNode) the connections, with the members that were asked for. */
static GPtrArray *
collect_nodes (CliClient *client, GPtrArray *objects, const char *const *fields)
{
  GPtrArray *nodes = g_ptr_array_new_with_free_func ((GDestroyNotify) json_node_unref);

  for (guint i = 0; i < objects->len; i++)
    {
      g_autoptr (JsonNode) whole = cli_connection_to_json (client, objects->pdata[i]);

      g_ptr_array_add (nodes, cli_fields_pick (json_node_get_object (whole), fields));
    }
  return nodes;
}

static void
print_json (GPtrArray *nodes)
{
  JsonArray *array = json_array_new ();
  JsonNode *node;

  for (guint i = 0; i < nodes->len; i++)
    json_array_add_element (array, json_node_copy (nodes->pdata[i]));
  node = json_node_init_array (json_node_alloc (), array);
  json_array_unref (array);
  cli_output_json (node);
}

/* Returns CLI_EXIT_OK and the fields that were asked for; @otherwise stands for -f. */
static int
parse_fields (const CliOptions *options, const char *otherwise, GStrv *ret_fields)
{
  return cli_fields_parse (options->fields != NULL ? options->fields : otherwise,
                           cli_connection_get_fields (), ret_fields);
}

int
cli_cmd_list (const CliOptions *options, char **args)
{
  g_autoptr (CliClient) client = NULL;
  g_autoptr (GPtrArray) objects = NULL, nodes = NULL;
  g_auto (GStrv) fields = NULL;
  int status = parse_fields (options, options->json ? "all" : TERSE_FIELDS, &fields);

  if (status == CLI_EXIT_OK)
    status = cli_client_open (CLI_CLIENT_START, &client);
  if (status != CLI_EXIT_OK)
    return status;
  objects = cli_client_list (client);
  if (objects->len == 0 && !options->json)
    {
      note_empty (options);
      return CLI_EXIT_OK;
    }
  if (!options->json && !options->terse && options->fields == NULL)
    {
      print_table (options, objects);
      return CLI_EXIT_OK;
    }
  nodes = collect_nodes (client, objects, (const char *const *) fields);
  if (options->json)
    print_json (nodes);
  else
    cli_fields_print_rows (options, nodes, (const char *const *) fields);
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

static void
print_fields (const CliOptions *options, GPtrArray *nodes, GStrv fields)
{
  for (guint i = 0; i < nodes->len; i++)
    {
      if (i > 0)
        putchar ('\n');
      cli_fields_print_block (options, json_node_get_object (nodes->pdata[i]),
                              (const char *const *) fields);
    }
}

/* @is_one: one was asked for, which matters to the shape of the JSON */
static void
print_status (const CliOptions *options,
              CliClient *client,
              GPtrArray *objects,
              gboolean is_one,
              GStrv fields)
{
  g_autoptr (GPtrArray) nodes = NULL;

  if (!options->json && !options->terse && options->fields == NULL)
    {
      print_blocks (client, objects);
      return;
    }
  nodes = collect_nodes (client, objects, (const char *const *) fields);
  if (!options->json)
    print_fields (options, nodes, fields);
  else if (is_one)
    cli_output_json (json_node_copy (nodes->pdata[0]));
  else
    print_json (nodes);
}

int
cli_cmd_status (const CliOptions *options, char **args)
{
  g_autoptr (CliClient) client = NULL;
  g_autoptr (GPtrArray) objects = NULL;
  g_auto (GStrv) fields = NULL;
  gboolean is_one = args[0] != NULL;
  L2tpDBusObject *object;
  int status = parse_fields (options, "all", &fields);

  if (status == CLI_EXIT_OK)
    status = cli_client_open (CLI_CLIENT_START, &client);
  if (status == CLI_EXIT_OK && is_one)
    status = cli_client_find (client, args[0], &object);
  if (status != CLI_EXIT_OK)
    return status;
  if (is_one)
    {
      objects = g_ptr_array_new_with_free_func (g_object_unref);
      g_ptr_array_add (objects, object);
    }
  else
    objects = cli_client_list (client);
  if (objects->len == 0 && !options->json)
    note_empty (options);
  else
    print_status (options, client, objects, is_one, fields);
  return CLI_EXIT_OK;
}
