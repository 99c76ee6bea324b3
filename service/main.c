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
#include "service/l2tp-manager.h"
#include "service/l2tp-sandbox.h"

typedef struct
{
  GMainLoop *loop;
  L2tpManager *manager;
  GDBusConnection *connection;
  L2tpBus *bus;
  gboolean stopping;
  int exit_status;
} Service;

static void
on_flushed (GObject *source, GAsyncResult *result, gpointer data)
{
  Service *service = data;

  g_dbus_connection_flush_finish (G_DBUS_CONNECTION (source), result, NULL);
  g_main_loop_quit (service->loop);
}

/* The last signals are still on their way out. */
static void
on_stopped (GObject *source, GAsyncResult *result, gpointer data)
{
  Service *service = data;

  l2tp_manager_stop_finish (L2TP_MANAGER (source), result);
  if (service->bus != NULL && !g_dbus_connection_is_closed (service->connection))
    g_dbus_connection_flush (service->connection, NULL, on_flushed, service);
  else
    g_main_loop_quit (service->loop);
}

static void
stop (Service *service, int exit_status)
{
  if (service->stopping)
    return;
  service->stopping = TRUE;
  service->exit_status = exit_status;
  sd_notify (0, "STOPPING=1");
  l2tp_manager_stop_async (service->manager, NULL, on_stopped, service);
}

static gboolean
on_signal (gpointer data)
{
  stop (data, 0);
  return G_SOURCE_CONTINUE;
}

static void
on_bus_acquired (GDBusConnection *bus, const char *name, gpointer data)
{
  Service *service = data;

  service->connection = g_object_ref (bus);
  service->bus = l2tp_bus_new (bus, service->manager);
}

static void
on_name_acquired (GDBusConnection *bus, const char *name, gpointer data)
{
  l2tp_debug (NULL, "ready on the bus as %s", name);
  sd_notify (0, "READY=1");
}

static void
on_name_lost (GDBusConnection *bus, const char *name, gpointer data)
{
  l2tp_warning (NULL, bus == NULL ? "the system bus cannot be reached"
                                  : "the name " L2TP_BUS_NAME " is taken or not allowed: does "
                                    "another l2tp-clientd run, are we root?");
  stop (data, 1);
}

static int
run (void)
{
  Service service = { 0 };
  guint name;

  service.loop = g_main_loop_new (NULL, FALSE);
  service.manager = l2tp_manager_new ();
  l2tp_bus_error_register ();
  g_unix_signal_add (SIGTERM, on_signal, &service);
  g_unix_signal_add (SIGINT, on_signal, &service);
  name = g_bus_own_name (G_BUS_TYPE_SYSTEM, L2TP_BUS_NAME, G_BUS_NAME_OWNER_FLAGS_DO_NOT_QUEUE,
                         on_bus_acquired, on_name_acquired, on_name_lost, &service, NULL);

  g_main_loop_run (service.loop);

  g_bus_unown_name (name);
  g_clear_object (&service.bus);
  g_clear_object (&service.manager);
  g_clear_object (&service.connection);
  g_main_loop_unref (service.loop);
  return service.exit_status;
}

int
main (int argc, char **argv)
{
  gboolean debug = FALSE, version = FALSE;
  const GOptionEntry entries[] = {
    { "debug", 0, 0, G_OPTION_ARG_NONE, &debug, "Log more", NULL },
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
  if (chdir ("/") < 0)
    l2tp_warning (NULL, "the working directory stays busy: %s", g_strerror (errno));
  if (!l2tp_sandbox_enter (&error))
    {
      l2tp_warning (NULL, "%s", error->message);
      return 1;
    }
  return run ();
}
