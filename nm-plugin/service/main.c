/* SPDX-License-Identifier: GPL-2.0-or-later */
/* SPDX-FileCopyrightText: The l2tp-client authors */

/* nm-l2tp-service: NetworkManager starts one for each L2TP VPN that goes up. It ends with the VPN,
 * or with NetworkManager, and not before everything it said is on the bus. */

#include "nm-l2tp-service.h"

#include "nm-plugin/shared/nm-l2tp-names.h"

#include <glib-unix.h>
#include <glib/gi18n-lib.h>
#include <locale.h>

#define LOG_DEBUG_LEVEL 7 /* syslog's */

typedef struct
{
  char *bus_name;
  gboolean persist;
  gboolean debug;

  GMainLoop *loop;
  GDBusConnection *bus;
  NmL2tpService *service;
  int status;
} Program;

static gboolean
parse (Program *program, int *argc, char ***argv, GError **error)
{
  const GOptionEntry entries[] = {
    { "bus-name", 0, 0, G_OPTION_ARG_STRING, &program->bus_name, N_ ("Name to take on the bus"),
      "NAME" },
    { "persist", 0, 0, G_OPTION_ARG_NONE, &program->persist,
      N_ ("Stay when the VPN and NetworkManager have ended"), NULL },
    { "debug", 0, 0, G_OPTION_ARG_NONE, &program->debug, N_ ("Say more in the log"), NULL },
    { NULL },
  };
  g_autoptr (GOptionContext) context =
      g_option_context_new (_ ("— an L2TP connection of NetworkManager"));

  g_option_context_add_main_entries (context, entries, GETTEXT_PACKAGE);
  if (!g_option_context_parse (context, argc, argv, error))
    return FALSE;
  if (program->bus_name == NULL)
    program->bus_name = g_strdup (NM_L2TP_SERVICE);
  if (g_dbus_is_name (program->bus_name) && !g_dbus_is_unique_name (program->bus_name))
    return TRUE;
  g_set_error (error, G_OPTION_ERROR, G_OPTION_ERROR_BAD_VALUE,
               _ ("--bus-name: “%s” is not a bus name\nLet NetworkManager start this program."),
               program->bus_name);
  return FALSE;
}

static gboolean
wants_debug (const Program *program)
{
  const char *level = g_getenv ("NM_VPN_LOG_LEVEL");

  return program->debug || (level != NULL && g_ascii_strtoull (level, NULL, 10) >= LOG_DEBUG_LEVEL);
}

static void
on_flushed (GObject *source, GAsyncResult *result, gpointer data)
{
  Program *program = data;

  g_dbus_connection_flush_finish (G_DBUS_CONNECTION (source), result, NULL);
  g_main_loop_quit (program->loop);
}

static void
flush (gpointer data)
{
  Program *program = data;

  g_dbus_connection_flush (program->bus, NULL, on_flushed, program);
}

/* What is still queued would be lost, and NetworkManager would miss the reason. Not at once: libnm
 * has yet to answer the call that led here. */
static void
quit (Program *program)
{
  g_idle_add_once (flush, program);
}

static void
on_quit (NmL2tpService *service, Program *program)
{
  if (!program->persist)
    quit (program);
}

static gboolean
on_signal (gpointer data)
{
  Program *program = data;

  if (program->service != NULL)
    nm_vpn_service_plugin_shutdown (NM_VPN_SERVICE_PLUGIN (program->service));
  quit (program);
  return G_SOURCE_CONTINUE;
}

static void
on_bus (GObject *source, GAsyncResult *result, gpointer data)
{
  Program *program = data;
  g_autoptr (GError) error = NULL;

  program->bus = g_bus_get_finish (result, &error);
  if (program->bus != NULL)
    program->service =
        nm_l2tp_service_new (program->bus, program->bus_name, !program->persist, &error);
  if (program->service == NULL)
    {
      g_printerr ("nm-l2tp-service: %s\n", error->message);
      program->status = 1;
      g_main_loop_quit (program->loop);
      return;
    }
  g_signal_connect (program->service, "quit", G_CALLBACK (on_quit), program);
  g_unix_signal_add (SIGTERM, on_signal, program);
  g_unix_signal_add (SIGINT, on_signal, program);
}

int
main (int argc, char **argv)
{
  Program program = { 0 };
  g_autoptr (GError) error = NULL;

  setlocale (LC_ALL, "");
  bindtextdomain (GETTEXT_PACKAGE, LOCALEDIR);
  bind_textdomain_codeset (GETTEXT_PACKAGE, "UTF-8");
  if (!parse (&program, &argc, &argv, &error))
    {
      g_printerr ("nm-l2tp-service: %s\n", error->message);
      g_free (program.bus_name);
      return 2;
    }

  g_log_set_debug_enabled (wants_debug (&program));
  program.loop = g_main_loop_new (NULL, FALSE);
  g_bus_get (G_BUS_TYPE_SYSTEM, NULL, on_bus, &program);
  g_main_loop_run (program.loop);

  g_clear_object (&program.service);
  g_clear_object (&program.bus);
  g_main_loop_unref (program.loop);
  g_free (program.bus_name);
  return program.status;
}
