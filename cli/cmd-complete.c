/* SPDX-License-Identifier: GPL-2.0-or-later */
/* SPDX-FileCopyrightText: The l2tp-client authors */

/* complete: what the shell completion asks for, one word a line. Not meant for people, so it is in
 * no help text, prints no errors and never starts the service. */

#include "connection.h"

#include <stdio.h>
#include <unistd.h>

static void
print_keys (void)
{
  const int not_for_keys = L2TP_OPTION_SECRET | L2TP_OPTION_LEGACY;

  for (guint i = 0; i < L2TP_N_OPTIONS; i++)
    if (i != L2TP_OPTION_NAME && (l2tp_option_get (i)->flags & not_for_keys) == 0)
      printf ("%s=\n", l2tp_option_get (i)->key);
}

static void
print_secret_files (void)
{
  const int both = L2TP_OPTION_SECRET | L2TP_OPTION_LEGACY;

  for (guint i = 0; i < L2TP_N_OPTIONS; i++)
    if ((l2tp_option_get (i)->flags & both) == L2TP_OPTION_SECRET)
      printf ("--%s-file\n", l2tp_option_get (i)->key);
}

static int
print_names (void)
{
  g_autoptr (CliClient) client = NULL;
  g_autoptr (GPtrArray) objects = NULL;
  int status = cli_client_open (CLI_CLIENT_ONLY_RUNNING, &client);

  if (status != CLI_EXIT_OK)
    return status;
  objects = cli_client_list (client);
  for (guint i = 0; i < objects->len; i++)
    {
      L2tpDBusConnection *c = l2tp_dbus_object_peek_connection (objects->pdata[i]);
      g_autofree char *name = cli_output_clean (l2tp_dbus_connection_get_name (c));

      puts (name);
    }
  return CLI_EXIT_OK;
}

int
cli_cmd_complete (const CliOptions *options, char **args)
{
  if (g_str_equal (args[0], "keys"))
    print_keys ();
  else if (g_str_equal (args[0], "secret-files"))
    print_secret_files ();
  else if (g_str_equal (args[0], "names"))
    {
      close (STDERR_FILENO);
      return print_names ();
    }
  else
    return CLI_EXIT_USAGE;
  return CLI_EXIT_OK;
}
