/* SPDX-License-Identifier: GPL-2.0-or-later */
/* SPDX-FileCopyrightText: The l2tp-client authors */

/* agent: stays and asks here for what the user's connections need, also when they come back by
 * themselves. Registers again with a service that was started anew. */

#include "agent.h"
#include "output.h"

#include <glib/gi18n.h>

typedef struct
{
  const CliOptions *options;
  CliClient *client;
  CliAgent *agent;
  gboolean changed; /* the service came or went */
  gboolean closed;  /* the bus went */
} Run;

static void
on_asking (gboolean asking, gpointer data)
{
}

static void
on_name_owner (Run *run)
{
  run->changed = TRUE;
}

static void
on_closed (Run *run)
{
  run->closed = TRUE;
}

static void
note (Run *run, const char *text)
{
  if (!run->options->quiet)
    cli_output_note ("%s", text);
}

static int
do_register (Run *run)
{
  g_autoptr (GError) error = NULL;

  if (!cli_agent_register (run->agent, &error))
    {
      /* It went again meanwhile, and will be noticed when it is back. */
      if (run->client->signal == 0 && !cli_client_is_running (run->client))
        return CLI_EXIT_OK;
      return cli_client_report (run->client, error);
    }
  note (run, _ ("Passwords that connections need are asked for here; Ctrl-C ends it."));
  return CLI_EXIT_OK;
}

static int
serve (Run *run)
{
  int status = do_register (run);

  while (status == CLI_EXIT_OK)
    {
      g_main_context_iteration (NULL, TRUE);
      if (run->client->signal != 0)
        return CLI_EXIT_SIGNAL + run->client->signal;
      if (run->closed)
        {
          cli_output_error (_ ("the system bus has gone away"));
          return CLI_EXIT_NO_SERVICE;
        }
      if (!run->changed)
        continue;
      run->changed = FALSE;
      if (cli_client_is_running (run->client))
        status = do_register (run);
      else
        note (run, _ ("The service has stopped; waiting until it is back."));
    }
  return status;
}

int
cli_cmd_agent (const CliOptions *options, char **args)
{
  g_autoptr (CliClient) client = NULL;
  g_autoptr (CliAgent) agent = NULL;
  Run run = { .options = options };
  int status;

  if (options->never_asks)
    {
      cli_output_error (_ ("--no-ask: an agent that does not ask is of no use"));
      return CLI_EXIT_USAGE;
    }
  status = cli_client_open (CLI_CLIENT_START, &client);
  if (status != CLI_EXIT_OK)
    return status;
  agent = cli_agent_new (client, on_asking, NULL);
  run.client = client;
  run.agent = agent;
  g_signal_connect_swapped (client->objects, "notify::name-owner", G_CALLBACK (on_name_owner),
                            &run);
  g_signal_connect_swapped (client->bus, "closed", G_CALLBACK (on_closed), &run);
  status = serve (&run);
  g_signal_handlers_disconnect_by_data (client->objects, &run);
  g_signal_handlers_disconnect_by_data (client->bus, &run);
  return status;
}
