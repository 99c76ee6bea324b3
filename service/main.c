/* SPDX-License-Identifier: GPL-2.0-or-later */
/* SPDX-FileCopyrightText: The l2tp-client authors */

/* l2tp-clientd: the bus name, the signals, the main loop. All else is in the library. */

#include <errno.h>
#include <locale.h>
#include <signal.h>
#include <stdio.h>
#include <unistd.h>

#include <gio/gio.h>
#include <glib-unix.h>

#ifdef HAVE_SYSTEMD
#include <systemd/sd-daemon.h>
#else
#define sd_notify(unset, state) ((void) (state))
#endif

#include "dbus/l2tp-names.h"
#include "service/base/l2tp-log.h"
#include "service/l2tp-bus-error.h"
#include "service/l2tp-bus.h"
#include "service/l2tp-clean-up.h"
#include "service/l2tp-sandbox.h"
#include "service/l2tp-service.h"
#include "service/l2tp-state.h"

#define FLUSH_TIME 1000 /* ms that the bus has for our last words */

typedef struct
{
  GMainLoop *loop;
  gboolean debug;
  L2tpService *service; /* NULL until the bus is there */
  GDBusConnection *connection;
  L2tpBus *bus; /* NULL until the profiles are read */
  guint name;
  gboolean stopping;
  int exit_status;
} Main;

static void
on_flushed (GObject *source, GAsyncResult *result, gpointer data)
{
  Main *self = data;

  g_dbus_connection_flush_finish (G_DBUS_CONNECTION (source), result, NULL);
  g_main_loop_quit (self->loop);
}

/* The last signals and messages are still on their way out. */
static void
on_stopped (GObject *source, GAsyncResult *result, gpointer data)
{
  Main *self = data;

  l2tp_manager_stop_finish (L2TP_MANAGER (source), result);
  l2tp_agents_release (l2tp_service_get_agents (self->service));
  if (!g_dbus_connection_is_closed (self->connection))
    g_dbus_connection_flush (self->connection, NULL, on_flushed, self);
  else
    g_main_loop_quit (self->loop);
}

static void
stop (Main *self, int exit_status)
{
  if (self->stopping)
    return;
  self->stopping = TRUE;
  self->exit_status = exit_status;
  sd_notify (0, "STOPPING=1");
  if (self->service == NULL)
    g_main_loop_quit (self->loop);
  else
    l2tp_manager_stop_async (l2tp_service_get_manager (self->service), NULL, on_stopped, self);
}

static gboolean
on_stop_signal (gpointer data)
{
  stop (data, 0);
  return G_SOURCE_CONTINUE;
}

static gboolean
hand_over (gpointer data)
{
  Main *self = data;

  l2tp_info (NULL, "the connections wait for the next service");
  _exit (self->exit_status);
}

static void
on_handed_over (GObject *source, GAsyncResult *result, gpointer data)
{
  hand_over (data);
}

/* The next service adopts what this one has. All is written down already, so there is nothing to do
 * but to end without ending anything. */
static void
leave (Main *self, int exit_status)
{
  if (self->stopping)
    return;
  self->stopping = TRUE;
  self->exit_status = exit_status;
  sd_notify (0, "STOPPING=1");
  g_timeout_add (FLUSH_TIME, hand_over, self);
  if (self->connection == NULL || g_dbus_connection_is_closed (self->connection))
    hand_over (self);
  else
    g_dbus_connection_flush (self->connection, NULL, on_handed_over, self);
}

static gboolean
on_handover_signal (gpointer data)
{
  leave (data, 0);
  return G_SOURCE_CONTINUE;
}

/* Without a bus nobody could end a connection, nor be asked: the unit has us started again, until
 * there is one. */
static void
on_closed (GDBusConnection *bus, gboolean remote_peer_vanished, GError *error, gpointer data)
{
  l2tp_warning (NULL, "the system bus has gone: %s", error != NULL ? error->message : "closed");
  leave (data, 1);
}

static void
on_name_acquired (GDBusConnection *bus, const char *name, gpointer data)
{
  Main *self = data;

  l2tp_debug (NULL, "ready on the bus as %s", name);
  sd_notify (0, "READY=1");
  l2tp_profiles_autostart (l2tp_service_get_profiles (self->service));
}

static void
on_name_lost (GDBusConnection *bus, const char *name, gpointer data)
{
  l2tp_warning (NULL,
                "the bus does not give us the name " L2TP_BUS_NAME "\n"
                "See who has it, and whether the bus knows our policy " L2TP_BUS_NAME ".conf");
  leave (data, 1);
}

/* Whoever calls us by name finds every profile there, and what a service before us has left. */
static void
on_loaded (GObject *source, GAsyncResult *result, gpointer data)
{
  Main *self = data;

  if (!l2tp_service_load_finish (self->service, result, NULL) || self->stopping)
    return;
  l2tp_keeper_adopt (l2tp_service_get_keeper (self->service));
  self->bus = l2tp_bus_new (self->connection, self->service);
  self->name = g_bus_own_name_on_connection (self->connection, L2TP_BUS_NAME,
                                             G_BUS_NAME_OWNER_FLAGS_DO_NOT_QUEUE, on_name_acquired,
                                             on_name_lost, self, NULL);
}

static void
on_reloaded (GObject *source, GAsyncResult *result, gpointer data)
{
  if (l2tp_service_load_finish (L2TP_SERVICE (source), result, NULL))
    l2tp_info (NULL, "settings and profiles are read again");
}

static gboolean
on_hangup_signal (gpointer data)
{
  Main *self = data;

  if (self->bus != NULL)
    l2tp_service_load_async (self->service, NULL, on_reloaded, self);
  return G_SOURCE_CONTINUE;
}

static void
on_bus (GObject *source, GAsyncResult *result, gpointer data)
{
  Main *self = data;
  g_autoptr (GError) error = NULL;

  self->connection = g_bus_get_finish (result, &error);
  if (self->connection == NULL)
    {
      l2tp_warning (NULL, "the system bus cannot be reached: %s", error->message);
      stop (self, 1);
      return;
    }
  g_dbus_connection_set_exit_on_close (self->connection, FALSE);
  /* Before all others who watch it: to them, everybody on the bus is gone. */
  g_signal_connect (self->connection, "closed", G_CALLBACK (on_closed), self);
  self->service = l2tp_service_new (self->connection, self->debug, &error);
  if (self->service == NULL)
    {
      l2tp_warning (NULL, "%s", error->message);
      stop (self, 1);
      return;
    }
  l2tp_service_load_async (self->service, NULL, on_loaded, self);
}

static int
run (gboolean debug)
{
  Main self = { .debug = debug };

  self.loop = g_main_loop_new (NULL, FALSE);
  l2tp_bus_error_register ();
  g_unix_signal_add (SIGTERM, on_stop_signal, &self);
  g_unix_signal_add (SIGINT, on_stop_signal, &self);
  g_unix_signal_add (SIGUSR1, on_handover_signal, &self);
  g_unix_signal_add (SIGHUP, on_hangup_signal, &self);
  g_bus_get (G_BUS_TYPE_SYSTEM, NULL, on_bus, &self);

  g_main_loop_run (self.loop);

  g_clear_handle_id (&self.name, g_bus_unown_name);
  g_clear_object (&self.bus);
  g_clear_object (&self.service);
  g_clear_object (&self.connection);
  g_main_loop_unref (self.loop);
  return self.exit_status;
}

/* --- One at a time ------------------------------------------------------------------------- */

/* Until we end. Before anything is looked at, and with or without a bus. */
static gboolean
claim (void)
{
  g_autoptr (GError) error = NULL;

  if (l2tp_state_claim (L2TP_STATE_DIRECTORY, &error) >= 0)
    return TRUE;
  fprintf (stderr, "l2tp-clientd: %s\n", error->message);
  return FALSE;
}

/* Whom systemd calls, it calls after the end of the service. */
static int
clean_up (void)
{
  const char *result = g_getenv ("SERVICE_RESULT");

  if (!l2tp_clean_up_is_wanted (result))
    return 0;
  if (result == NULL && !claim ())
    return 1;
  l2tp_clean_up_run (L2TP_STATE_DIRECTORY);
  return 0;
}

int
main (int argc, char **argv)
{
  gboolean debug = FALSE, version = FALSE, ends = FALSE;
  const GOptionEntry entries[] = {
    { "debug", 0, 0, G_OPTION_ARG_NONE, &debug, "Log more", NULL },
    { "clean-up", 0, 0, G_OPTION_ARG_NONE, &ends,
      "End the connections of a service that hung, see $SERVICE_RESULT", NULL },
    { "version", 0, 0, G_OPTION_ARG_NONE, &version, "Print the version and exit", NULL },
    G_OPTION_ENTRY_NULL,
  };
  g_autoptr (GOptionContext) context = g_option_context_new ("- the L2TP client service");
  g_autoptr (GError) error = NULL;

  setlocale (LC_ALL, "");
  g_option_context_add_main_entries (context, entries, NULL);
  if (!g_option_context_parse (context, &argc, &argv, &error) || argc > 1)
    {
      fprintf (stderr, "l2tp-clientd: %s\n",
               error != NULL ? error->message : "unexpected argument");
      return 2;
    }
  if (version)
    {
      printf ("l2tp-clientd %s\n", L2TP_VERSION);
      return 0;
    }

  l2tp_log_init ();
  if (debug)
    l2tp_log_set_level ("debug");
  if (ends)
    return clean_up ();
  if (chdir ("/") < 0)
    l2tp_warning (NULL, "the working directory stays busy: %s", g_strerror (errno));
  if (!l2tp_sandbox_enter (&error))
    {
      l2tp_warning (NULL, "%s", error->message);
      return 1;
    }
  return claim () ? run (debug) : 1;
}
