/* SPDX-License-Identifier: GPL-2.0-or-later */
/* SPDX-FileCopyrightText: The l2tp-client authors */

/* Waiting, as a queue of events that is pulled. Hides the signals of GDBus, which come in several
 * kinds for one change and not all of which come when two changes cancel each other out. */

#include "watch.h"
#include "output.h"

#include <glib/gi18n.h>

#define TICK_MS 100

struct _CliWatch
{
  CliClient *client;
  L2tpDBusObject *object;
  L2tpDBusConnection *connection;
  guint64 since;
  gboolean moved, changed, removed, lost, expired, ticked, paused;
  guint seconds, deadline, tick;
};

static void
on_changed (CliWatch *watch)
{
  watch->changed = TRUE;
  if (l2tp_dbus_connection_get_since (watch->connection) != watch->since)
    watch->moved = TRUE;
}

static void
on_state_changed (CliWatch *watch)
{
  watch->moved = TRUE;
  watch->changed = TRUE;
}

static void
on_object_removed (CliWatch *watch, GDBusObject *object)
{
  if (object == G_DBUS_OBJECT (watch->object))
    watch->removed = TRUE;
}

static void
on_name_owner (CliWatch *watch)
{
  g_autofree char *owner = g_dbus_object_manager_client_get_name_owner (
      G_DBUS_OBJECT_MANAGER_CLIENT (watch->client->objects));

  /* A new owner is another process: what we waited for is not there any more. */
  if (owner == NULL)
    watch->lost = TRUE;
}

static void
on_closed (CliWatch *watch)
{
  watch->lost = TRUE;
}

static gboolean
on_deadline (gpointer data)
{
  CliWatch *watch = data;

  watch->expired = TRUE;
  watch->deadline = 0;
  return G_SOURCE_REMOVE;
}

static gboolean
on_tick (gpointer data)
{
  CliWatch *watch = data;

  watch->ticked = !watch->paused;
  return G_SOURCE_CONTINUE;
}

static void
start_deadline (CliWatch *watch)
{
  watch->deadline =
      g_timeout_add (MIN (watch->seconds, G_MAXUINT / 1000) * 1000, on_deadline, watch);
}

CliWatch *
cli_watch_new (CliClient *client, L2tpDBusObject *object, guint seconds, gboolean tick)
{
  CliWatch *watch = g_new0 (CliWatch, 1);
  L2tpDBusConnection *connection = l2tp_dbus_object_get_connection (object);

  watch->client = client;
  watch->object = g_object_ref (object);
  watch->connection = connection;
  watch->since = l2tp_dbus_connection_get_since (connection);
  g_signal_connect_swapped (connection, "g-properties-changed", G_CALLBACK (on_changed), watch);
  g_signal_connect_swapped (connection, "state-changed", G_CALLBACK (on_state_changed), watch);
  g_signal_connect_swapped (client->objects, "object-removed", G_CALLBACK (on_object_removed),
                            watch);
  g_signal_connect_swapped (client->objects, "notify::name-owner", G_CALLBACK (on_name_owner),
                            watch);
  g_signal_connect_swapped (client->bus, "closed", G_CALLBACK (on_closed), watch);
  watch->seconds = seconds;
  start_deadline (watch);
  if (tick)
    watch->tick = g_timeout_add (TICK_MS, on_tick, watch);
  return watch;
}

void
cli_watch_free (CliWatch *watch)
{
  if (watch == NULL)
    return;
  g_signal_handlers_disconnect_by_data (watch->connection, watch);
  g_signal_handlers_disconnect_by_data (watch->client->objects, watch);
  g_signal_handlers_disconnect_by_data (watch->client->bus, watch);
  g_clear_handle_id (&watch->deadline, g_source_remove);
  g_clear_handle_id (&watch->tick, g_source_remove);
  g_object_unref (watch->connection);
  g_object_unref (watch->object);
  g_free (watch);
}

static gboolean
take (gboolean *flag)
{
  gboolean was = *flag;

  *flag = FALSE;
  return was;
}

CliEvent
cli_watch_next (CliWatch *watch)
{
  for (;;)
    {
      /* What has arrived already comes before the deadline that passed meanwhile. */
      while (g_main_context_iteration (NULL, FALSE))
        ;
      if (watch->client->signal != 0)
        return CLI_EVENT_SIGNAL;
      if (watch->lost)
        return CLI_EVENT_SERVICE_LOST;
      if (watch->removed)
        return CLI_EVENT_REMOVED;
      if (take (&watch->changed))
        return CLI_EVENT_CHANGED;
      if (watch->expired)
        return CLI_EVENT_TIMEOUT;
      if (take (&watch->ticked))
        return CLI_EVENT_TICK;
      g_main_context_iteration (NULL, TRUE);
    }
}

void
cli_watch_set_paused (CliWatch *watch, gboolean paused)
{
  watch->paused = paused;
  watch->ticked = watch->expired = FALSE;
  g_clear_handle_id (&watch->deadline, g_source_remove);
  if (!paused)
    start_deadline (watch);
}

gboolean
cli_watch_has_moved (const CliWatch *watch)
{
  return watch->moved;
}

int
cli_watch_report (CliEvent event)
{
  if (event == CLI_EVENT_REMOVED)
    {
      cli_output_error (_ ("the connection was deleted meanwhile"));
      return CLI_EXIT_NOT_FOUND;
    }
  cli_output_error (_ ("the service has gone away"));
  cli_output_hint (_ ("journalctl -u l2tp-client.service tells why"));
  return CLI_EXIT_NO_SERVICE;
}
