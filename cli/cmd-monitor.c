/* SPDX-License-Identifier: GPL-2.0-or-later */
/* SPDX-FileCopyrightText: The l2tp-client authors */

/* monitor: a line for each connection as it is, then one for each change, until it is stopped. A
 * service that stops or starts is told and waited out. Lines are printed from the signals
 * themselves, so that no state is skipped, and only if they say something new. */

#include "monitor-line.h"
#include "fields.h"

#include <stdio.h>

#include <glib/gi18n.h>

typedef struct
{
  const CliOptions *options;
  CliClient *client;
  char *uuid; /* the only connection that is shown, or NULL */
  GStrv fields;
  GHashTable *last; /* path: what was printed of it */
  gboolean running, gone, closed;
} Monitor;

static void
monitor_clear (Monitor *monitor)
{
  if (monitor->client != NULL)
    {
      g_signal_handlers_disconnect_by_data (monitor->client->objects, monitor);
      g_signal_handlers_disconnect_by_data (monitor->client->bus, monitor);
    }
  g_clear_pointer (&monitor->client, cli_client_free);
  g_clear_pointer (&monitor->last, g_hash_table_unref);
  g_strfreev (monitor->fields);
  g_free (monitor->uuid);
}
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (Monitor, monitor_clear)

static gboolean
is_shown (Monitor *monitor, L2tpDBusConnection *c)
{
  return monitor->uuid == NULL || g_strcmp0 (monitor->uuid, l2tp_dbus_connection_get_uuid (c)) == 0;
}

/* Returns the connections that are shown, and in @ret_all all of them. */
static GPtrArray *
list_shown (Monitor *monitor, GPtrArray **ret_all)
{
  GPtrArray *shown = g_ptr_array_new_with_free_func (g_object_unref);

  *ret_all = cli_client_list (monitor->client);
  for (guint i = 0; i < (*ret_all)->len; i++)
    if (is_shown (monitor, l2tp_dbus_object_peek_connection ((*ret_all)->pdata[i])))
      g_ptr_array_add (shown, g_object_ref ((*ret_all)->pdata[i]));
  return shown;
}

static JsonNode *
build (Monitor *monitor, const char *event, L2tpDBusConnection *c)
{
  g_autoptr (GPtrArray) all = NULL;
  g_autoptr (GPtrArray) shown = list_shown (monitor, &all);
  g_autoptr (JsonNode) whole = cli_monitor_line_to_json (event, c, shown, all);

  if (monitor->fields == NULL)
    return g_steal_pointer (&whole);
  return cli_fields_pick (json_node_get_object (whole), (const char *const *) monitor->fields);
}

/* Returns what is to be printed, less the time. @text: what people read */
static char *
format (Monitor *monitor, JsonNode *node, const char *text)
{
  if (monitor->options->json)
    return json_to_string (node, FALSE);
  if (monitor->options->terse)
    return cli_fields_terse (json_node_get_object (node), (const char *const *) monitor->fields);
  return g_strdup (text);
}

/* Prints a line, unless it is what @path had already. @text: (transfer full) */
static void
print (Monitor *monitor, const char *path, const char *event, L2tpDBusConnection *c, char *text)
{
  g_autoptr (JsonNode) node = build (monitor, event, c);
  g_autofree char *own = text;
  g_autofree char *line = format (monitor, node, text);

  if (g_strcmp0 (g_hash_table_lookup (monitor->last, path), line) == 0)
    return;
  g_hash_table_insert (monitor->last, g_strdup (path), g_strdup (line));
  if (monitor->options->json)
    {
      cli_monitor_line_stamp (json_node_get_object (node));
      cli_output_json_line (g_steal_pointer (&node));
      return;
    }
  if (!monitor->options->terse)
    cli_monitor_print_time ();
  puts (line);
  fflush (stdout);
}

static void
print_connection (Monitor *monitor, GDBusObject *object)
{
  L2tpDBusConnection *c = l2tp_dbus_object_peek_connection (L2TP_DBUS_OBJECT (object));

  if (c != NULL && is_shown (monitor, c))
    print (monitor, g_dbus_object_get_object_path (object), "state", c,
           cli_monitor_line_to_text (c));
}

static void
print_service (Monitor *monitor)
{
  gboolean running = cli_client_is_running (monitor->client);

  if (running == monitor->running)
    return;
  monitor->running = running;
  g_hash_table_remove_all (monitor->last);
  print (monitor, "", running ? "service-started" : "service-stopped", NULL,
         g_strdup (running ? _ ("The service is back.") : _ ("The service has stopped.")));
}

static void
on_added (Monitor *monitor, GDBusObject *object)
{
  /* The objects of a new service come before the news that it is there. */
  print_service (monitor);
  print_connection (monitor, object);
}

static void
on_removed (Monitor *monitor, GDBusObject *object)
{
  L2tpDBusConnection *c = l2tp_dbus_object_peek_connection (L2TP_DBUS_OBJECT (object));
  const char *path = g_dbus_object_get_object_path (object);

  /* With a service that goes its objects go, too, but they may come back. */
  if (!cli_client_is_running (monitor->client) || c == NULL || !is_shown (monitor, c))
    return;
  print (monitor, path, "removed", c, cli_monitor_line_removed (c));
  g_hash_table_remove (monitor->last, path);
  monitor->gone = monitor->uuid != NULL;
}

static void
on_properties (Monitor *monitor, GDBusObjectProxy *object)
{
  print_connection (monitor, G_DBUS_OBJECT (object));
}

static void
on_name_owner (Monitor *monitor)
{
  print_service (monitor);
}

static void
on_closed (Monitor *monitor)
{
  monitor->closed = TRUE;
}

static void
listen (Monitor *monitor)
{
  GDBusObjectManager *objects = monitor->client->objects;

  g_signal_connect_swapped (objects, "object-added", G_CALLBACK (on_added), monitor);
  g_signal_connect_swapped (objects, "object-removed", G_CALLBACK (on_removed), monitor);
  g_signal_connect_swapped (objects, "interface-proxy-properties-changed",
                            G_CALLBACK (on_properties), monitor);
  g_signal_connect_swapped (objects, "notify::name-owner", G_CALLBACK (on_name_owner), monitor);
  g_signal_connect_swapped (monitor->client->bus, "closed", G_CALLBACK (on_closed), monitor);
}

static int
run (Monitor *monitor)
{
  g_autoptr (GPtrArray) objects = cli_client_list (monitor->client);

  for (guint i = 0; i < objects->len; i++)
    print_connection (monitor, objects->pdata[i]);
  if (g_hash_table_size (monitor->last) == 0 && (monitor->options->json || monitor->options->terse))
    print (monitor, "", "empty", NULL, NULL);
  while (monitor->client->signal == 0)
    {
      if (monitor->gone)
        return CLI_EXIT_OK;
      if (monitor->closed)
        {
          cli_output_error (_ ("the system bus has gone away"));
          return CLI_EXIT_NO_SERVICE;
        }
      /* Whoever reads has enough. */
      if (ferror (stdout))
        return CLI_EXIT_OK;
      g_main_context_iteration (NULL, TRUE);
    }
  return CLI_EXIT_SIGNAL + monitor->client->signal;
}

static int
choose_fields (Monitor *monitor)
{
  const char *chosen = monitor->options->fields;

  if (chosen == NULL && !monitor->options->terse)
    return CLI_EXIT_OK;
  if (!monitor->options->json && !monitor->options->terse)
    {
      cli_output_error (_ ("--fields: monitor has them with --terse and with --json"));
      return CLI_EXIT_USAGE;
    }
  return cli_fields_parse (chosen != NULL ? chosen : CLI_MONITOR_TERSE_FIELDS,
                           cli_monitor_get_fields (), &monitor->fields);
}

int
cli_cmd_monitor (const CliOptions *options, char **args)
{
  g_auto (Monitor) monitor = { .options = options, .running = TRUE };
  g_autoptr (L2tpDBusObject) object = NULL;
  int status = choose_fields (&monitor);

  if (status == CLI_EXIT_OK)
    status = cli_client_open (CLI_CLIENT_START, &monitor.client);
  if (status == CLI_EXIT_OK && args[0] != NULL)
    status = cli_client_find (monitor.client, args[0], &object);
  if (status != CLI_EXIT_OK)
    return status;
  if (object != NULL)
    monitor.uuid =
        g_strdup (l2tp_dbus_connection_get_uuid (l2tp_dbus_object_peek_connection (object)));
  monitor.last = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, g_free);
  listen (&monitor);
  return run (&monitor);
}
