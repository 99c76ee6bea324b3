/* SPDX-License-Identifier: GPL-2.0-or-later */
/* SPDX-FileCopyrightText: The l2tp-client authors */

/* complete: what the shell completion asks for, one word a line. Not meant for people, so it is in
 * no help text, prints no errors and never starts the service. */

#include "connection.h"
#include "monitor-line.h"

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

/* What may be the value of @key, as far as it is known. */
static void
print_values (const char *key)
{
  g_auto (GStrv) words = NULL;
  L2tpOptionId id;

  if (!l2tp_option_find (key, &id))
    return;
  if (l2tp_option_get (id)->type == L2TP_OPTION_TYPE_BOOL)
    words = g_strsplit ("yes|no", "|", -1);
  else if (l2tp_option_get (id)->type == L2TP_OPTION_TYPE_ENUM)
    words = g_strsplit (l2tp_option_get (id)->words, "|", -1);
  else if (l2tp_option_get (id)->type == L2TP_OPTION_TYPE_AUTO)
    words = g_strsplit ("auto", "|", -1);
  for (guint i = 0; words != NULL && words[i] != NULL; i++)
    puts (words[i]);
}

static void
print_fields (const char *verb)
{
  g_auto (GStrv) show = cli_show_get_fields ();
  const char *const *fields = cli_connection_get_fields ();

  if (g_strcmp0 (verb, "show") == 0)
    fields = (const char *const *) show;
  else if (g_strcmp0 (verb, "monitor") == 0)
    fields = cli_monitor_get_fields ();
  for (guint i = 0; fields[i] != NULL; i++)
    puts (fields[i]);
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
  else if (g_str_equal (args[0], "values") && args[1] != NULL)
    print_values (args[1]);
  else if (g_str_equal (args[0], "fields"))
    print_fields (args[1]);
  else if (g_str_equal (args[0], "names"))
    {
      close (STDERR_FILENO);
      return print_names ();
    }
  else
    return CLI_EXIT_USAGE;
  return CLI_EXIT_OK;
}
