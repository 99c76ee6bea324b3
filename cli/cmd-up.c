/* SPDX-License-Identifier: GPL-2.0-or-later */
/* SPDX-FileCopyrightText: The l2tp-client authors */

/* up: asks for the connection and reports until it stands or has failed. The bring-up belongs to
 * the service: a timeout or Ctrl-C ends the waiting, not the attempt. */

#include "agent.h"
#include "connection.h"
#include "progress.h"
#include "watch.h"

#include <signal.h>
#include <stdio.h>
#include <unistd.h>

#include <glib/gi18n.h>

#define DEFAULT_WAIT 90

typedef struct
{
  const CliOptions *options;
  CliClient *client;
  L2tpDBusObject *object;
  L2tpDBusConnection *connection;
  CliWatch *watch;
  CliAgent *agent; /* or NULL: nobody is asked here */
  CliProgress *progress;
  char *name;  /* clean */
  char *word;  /* the same as one word for the shell */
  char *phase; /* the last one that was not empty */
  guint retries;
  guint wait;
} Up;

static void
up_clear (Up *up)
{
  g_clear_pointer (&up->agent, cli_agent_free);
  g_clear_pointer (&up->watch, cli_watch_free);
  g_clear_pointer (&up->progress, cli_progress_free);
  g_clear_pointer (&up->client, cli_client_free);
  g_clear_object (&up->connection);
  g_clear_object (&up->object);
  g_free (up->name);
  g_free (up->word);
  g_free (up->phase);
}
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (Up, up_clear)

static int
finish (Up *up, int status)
{
  if (up->options->json && up->client->signal == 0)
    cli_output_json (cli_connection_to_json (up->client, up->object));
  return status;
}

/* "ppp0, 10.77.0.10 peer 10.77.0.1", as far as it is known. */
static char *
describe_link (Up *up)
{
  g_autofree char *interface =
      cli_output_clean (l2tp_dbus_connection_get_interface (up->connection));
  g_autofree char *address = cli_connection_dup_address (up->connection, FALSE);
  g_autofree char *peer = cli_connection_dup_address (up->connection, TRUE);

  if (address == NULL)
    return g_strdup (interface);
  if (peer == NULL)
    return g_strdup_printf ("%s, %s", interface, address);
  return g_strdup_printf (_ ("%s, %s peer %s"), interface, address, peer);
}

static double
time_to_connect (Up *up)
{
  GVariant *timeline = l2tp_dbus_connection_get_timeline (up->connection);
  gsize n = timeline != NULL ? g_variant_n_children (timeline) : 0;
  guint64 time = 0;

  if (n == 0)
    return cli_progress_get_elapsed (up->progress);
  g_variant_get_child (timeline, n - 1, "(&st)", NULL, &time);
  return time / (double) G_USEC_PER_SEC;
}

static int
report_connected (Up *up, gboolean already)
{
  g_autofree char *link = describe_link (up);
  g_autofree char *word = NULL;

  if (up->options->json || up->options->quiet)
    return finish (up, CLI_EXIT_OK);
  word = cli_output_paint (CLI_COLOR_GREEN, already ? _ ("already connected") : _ ("connected"));
  if (already)
    printf ("%s: %s\n", word, link);
  else
    printf (_ ("%s: %s, %.2f s\n"), word, link, time_to_connect (up));
  return CLI_EXIT_OK;
}

/* Whoever ended it here knows why. */
static gboolean
was_canceled (Up *up, const char *error)
{
  return up->agent != NULL && cli_agent_was_canceled (up->agent) &&
         cli_client_is_error_name (error, CLI_ERROR_AGENT_CANCELED);
}

static int
report_failed (Up *up)
{
  g_autofree char *error = NULL, *cause = NULL, *remedy = NULL;
  int status = CLI_EXIT_CONNECT_FAILED;

  if (cli_connection_get_error (up->connection, &error, &cause, &remedy))
    {
      status = cli_client_exit_of (error);
      if (was_canceled (up, error))
        {
          cli_output_note (_ ("Canceled: %s is not connected."), up->name);
          return finish (up, CLI_EXIT_SIGNAL + SIGINT);
        }
      cli_client_explain (error, cause, remedy);
    }
  else if (l2tp_dbus_connection_get_state (up->connection) == L2TP_CONNECTION_STATE_FAILED)
    cli_output_error (_ ("the connection failed and the service does not say why"));
  else
    cli_output_error (_ ("the connection was taken down while it came up"));
  return finish (up, status);
}

static int
report_timeout (Up *up)
{
  g_autofree char *phase = g_strdup (up->phase != NULL ? up->phase : "-");

  cli_output_error (_ ("not connected after %u s, stage: %s; the attempt goes on"), up->wait,
                    phase);
  cli_output_hint (_ ("“l2tp-client down %s” ends it, “l2tp-client status %s” shows it"), up->word,
                   up->word);
  return finish (up, CLI_EXIT_TIMEOUT);
}

static int
report_detached (Up *up)
{
  cli_progress_end (up->progress, NULL);
  cli_output_note (_ ("Detached: the attempt goes on. To end it: l2tp-client down %s"), up->word);
  return CLI_EXIT_SIGNAL + up->client->signal;
}

static void
on_asking (gboolean asking, gpointer data)
{
  Up *up = data;

  if (asking)
    cli_progress_end (up->progress, NULL);
  cli_watch_set_paused (up->watch, asking);
}

/* Without an agent of ours the service may still find another one, a desktop's say. */
static int
start_agent (Up *up)
{
  gboolean on_terminal = isatty (STDIN_FILENO) && isatty (STDOUT_FILENO);
  g_autoptr (GError) error = NULL;

  if (up->options->never_asks || up->wait == 0 || (!up->options->ask && !on_terminal))
    return CLI_EXIT_OK;
  up->agent = cli_agent_new (up->client, on_asking, up);
  if (cli_agent_register (up->agent, &error))
    return CLI_EXIT_OK;
  g_clear_pointer (&up->agent, cli_agent_free);
  return up->options->ask ? cli_client_report (up->client, error) : CLI_EXIT_OK;
}

static GVariant *
connect_args (Up *up)
{
  g_auto (GVariantDict) options = G_VARIANT_DICT_INIT (NULL);

  if (up->options->never_asks)
    g_variant_dict_insert (&options, "no-agent", "b", TRUE);
  return g_variant_new ("(@a{sv})", g_variant_dict_end (&options));
}

/* Returns whether a bring-up is under way, with CLI_EXIT_OK in @ret_status, or else the outcome. */
static gboolean
request (Up *up, int *ret_status)
{
  g_autoptr (GVariant) reply = NULL;
  g_autoptr (GError) error = NULL;

  *ret_status = start_agent (up);
  if (*ret_status != CLI_EXIT_OK)
    return FALSE;
  reply = cli_client_call (up->client, up->connection, "Connect", connect_args (up), &error);
  if (reply != NULL)
    return TRUE;
  if (cli_client_is_error (error, CLI_ERROR_IN_PROGRESS))
    {
      if (!up->options->quiet)
        cli_output_note (_ ("%s is being connected already"), up->name);
      return TRUE;
    }
  if (cli_client_is_error (error, CLI_ERROR_ALREADY_CONNECTED))
    *ret_status = report_connected (up, TRUE);
  else
    *ret_status = cli_client_report (up->client, error);
  return FALSE;
}

static void
note_phase (Up *up)
{
  g_autofree char *phase = cli_output_clean (l2tp_dbus_connection_get_phase (up->connection));

  if (*phase == '\0')
    return;
  g_free (up->phase);
  up->phase = g_steal_pointer (&phase);
}

/* The service comes back by itself: an attempt that failed is news, not the end. */
static void
note_retry (Up *up)
{
  guint retries = l2tp_dbus_connection_get_retry_count (up->connection);
  g_autofree char *error = NULL, *cause = NULL, *remedy = NULL;

  if (retries > up->retries && !up->options->quiet &&
      cli_connection_get_error (up->connection, &error, &cause, &remedy))
    {
      g_autofree char *next = cli_connection_dup_next_attempt (up->connection);

      cli_progress_end (up->progress, NULL);
      if (next != NULL)
        cli_output_note (_ ("attempt %u: %s; %s"), retries, cause, next);
      else
        cli_output_note (_ ("attempt %u: %s; trying again"), retries, cause);
    }
  up->retries = retries;
}

static gboolean
is_over (Up *up)
{
  return cli_watch_has_moved (up->watch) &&
         cli_state_is_settled (l2tp_dbus_connection_get_state (up->connection));
}

/* Reads everything anew, Timeline included, after a change. Returns FALSE and the exit status when
 * that fails. */
static gboolean
follow (Up *up, int *ret_status)
{
  g_autoptr (GError) error = NULL;

  if (!cli_client_refresh (up->client, up->connection, &error))
    {
      /* Gone, lost and interrupted have events of their own, which say more. */
      CliEvent event = cli_watch_next (up->watch);

      cli_progress_end (up->progress, NULL);
      if (event == CLI_EVENT_SIGNAL)
        *ret_status = report_detached (up);
      else if (event == CLI_EVENT_REMOVED || event == CLI_EVENT_SERVICE_LOST)
        *ret_status = cli_watch_report (event);
      else
        *ret_status = cli_client_report (up->client, error);
      return FALSE;
    }
  note_phase (up);
  note_retry (up);
  cli_progress_stages (up->progress, l2tp_dbus_connection_get_timeline (up->connection));
  return TRUE;
}

static int
conclude (Up *up)
{
  gboolean connected =
      l2tp_dbus_connection_get_state (up->connection) == L2TP_CONNECTION_STATE_CONNECTED;

  cli_progress_end (up->progress, connected ? NULL : up->phase);
  return connected ? report_connected (up, FALSE) : report_failed (up);
}

static int
wait_until_over (Up *up)
{
  int status = CLI_EXIT_OK;

  for (;;)
    {
      CliEvent event = cli_watch_next (up->watch);

      if (event == CLI_EVENT_TICK)
        cli_progress_tick (up->progress, up->phase);
      if (event == CLI_EVENT_TICK)
        continue;
      if (event == CLI_EVENT_CHANGED)
        {
          if (!follow (up, &status))
            return status;
          if (is_over (up))
            return conclude (up);
          continue;
        }
      cli_progress_end (up->progress, NULL);
      if (event == CLI_EVENT_SIGNAL)
        return report_detached (up);
      return event == CLI_EVENT_TIMEOUT ? report_timeout (up) : cli_watch_report (event);
    }
}

/* Returns FALSE and the exit status if the connection did not finish disconnecting. */
static gboolean
wait_while_disconnecting (Up *up, int *ret_status)
{
  while (l2tp_dbus_connection_get_state (up->connection) == L2TP_CONNECTION_STATE_DISCONNECTING)
    {
      CliEvent event = cli_watch_next (up->watch);

      if (event == CLI_EVENT_CHANGED || event == CLI_EVENT_TICK)
        continue;
      if (event == CLI_EVENT_SIGNAL)
        *ret_status = CLI_EXIT_SIGNAL + up->client->signal;
      else
        *ret_status = event == CLI_EVENT_TIMEOUT ? report_timeout (up) : cli_watch_report (event);
      return FALSE;
    }
  return TRUE;
}

static int
run (Up *up)
{
  int status;
  gboolean silent = up->options->quiet || up->options->json;

  if (l2tp_dbus_connection_get_state (up->connection) == L2TP_CONNECTION_STATE_CONNECTED)
    return report_connected (up, TRUE);

  up->progress = cli_progress_new (silent);
  up->watch = cli_watch_new (up->client, up->object, up->wait, cli_progress_is_live (up->progress));
  if (up->wait > 0 && !wait_while_disconnecting (up, &status))
    return status;
  /* What an earlier wait saw is not the answer to this request. */
  g_clear_pointer (&up->watch, cli_watch_free);
  up->watch = cli_watch_new (up->client, up->object, up->wait, cli_progress_is_live (up->progress));

  if (!request (up, &status))
    return status;
  if (up->wait > 0)
    return wait_until_over (up);
  if (!silent)
    printf (_ ("connecting: %s\n"), up->name);
  return finish (up, CLI_EXIT_OK);
}

int
cli_cmd_up (const CliOptions *options, char **args)
{
  g_auto (Up) up = { .options = options };
  int status = cli_client_open (CLI_CLIENT_START, &up.client);

  if (status == CLI_EXIT_OK)
    status = cli_client_find (up.client, args[0], &up.object);
  if (status != CLI_EXIT_OK)
    return status;
  up.client->never_asks = options->never_asks;
  up.connection = l2tp_dbus_object_get_connection (up.object);
  up.name = cli_output_clean (l2tp_dbus_connection_get_name (up.connection));
  up.word = cli_connection_dup_word (up.connection);
  up.wait = options->wait >= 0 ? options->wait : DEFAULT_WAIT;
  up.retries = l2tp_dbus_connection_get_retry_count (up.connection);
  return run (&up);
}
