/* SPDX-License-Identifier: GPL-2.0-or-later */
/* SPDX-FileCopyrightText: The l2tp-client authors */

/* edit: changes settings, as they are given or in an editor. The whole of the settings goes back to
 * the service, so that what this program does not know stays. */

#include "connection.h"
#include "edit-text.h"
#include "editor.h"

#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include <glib/gi18n.h>

typedef struct
{
  const CliOptions *options;
  CliClient *client;
  L2tpDBusConnection *connection;
  GVariant *before; /* the settings as they are */
} Edit;

static void
edit_clear (Edit *edit)
{
  g_clear_object (&edit->connection);
  g_clear_pointer (&edit->before, g_variant_unref);
  g_clear_pointer (&edit->client, cli_client_free);
}
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (Edit, edit_clear)

static gboolean
update (Edit *edit, CliSettings *settings, GError **error)
{
  g_autoptr (GVariant) values = NULL, secrets = NULL, reply = NULL;

  cli_settings_end (settings, &values, &secrets);
  reply = cli_client_call (edit->client, edit->connection, "Update",
                           g_variant_new ("(@a{sv}@a{sv}a{sv})", values, secrets, NULL), error);
  return reply != NULL;
}

static int
report_done (Edit *edit)
{
  g_autofree char *name = cli_output_clean (l2tp_dbus_connection_get_name (edit->connection));
  guint state = l2tp_dbus_connection_get_state (edit->connection);

  if (edit->options->quiet)
    return CLI_EXIT_OK;
  printf (_ ("changed: %s\n"), name);
  if (state != L2TP_CONNECTION_STATE_DISCONNECTED && state != L2TP_CONNECTION_STATE_FAILED)
    cli_output_note (_ ("It is up with the settings that it had; the next “up” has the new ones."));
  return CLI_EXIT_OK;
}

static int
edit_arguments (Edit *edit, char **args)
{
  g_autoptr (CliSettings) settings = cli_settings_new (edit->before);
  g_autofree char *fault = NULL;
  g_autoptr (GError) error = NULL;
  int status;

  for (char **arg = args; *arg != NULL; arg++)
    if (!cli_settings_assign (settings, *arg, &fault))
      return cli_settings_report (fault);
  if (!cli_settings_check (settings, &fault))
    return cli_settings_report (fault);
  status = cli_settings_read_secrets (settings, edit->options);
  if (status != CLI_EXIT_OK)
    return status;
  if (!update (edit, settings, &error))
    return cli_client_report (edit->client, error);
  return report_done (edit);
}

/* What the service does not show here stays as it is. */
static GVariant *
start_from (Edit *edit)
{
  g_auto (GVariantDict) rest = G_VARIANT_DICT_INIT (edit->before);

  for (guint i = 0; i < L2TP_N_OPTIONS; i++)
    if (i != L2TP_OPTION_UUID)
      g_variant_dict_remove (&rest, l2tp_option_get (i)->key);
  return g_variant_ref_sink (g_variant_dict_end (&rest));
}

/* Returns whether the text was taken. If not, @ret_fault is what the user can put right, or else
 * NULL and @ret_status says how it ended. */
static gboolean
apply (Edit *edit, const char *text, char **ret_fault, int *ret_status)
{
  g_autoptr (GVariant) rest = start_from (edit);
  g_autoptr (CliSettings) settings = cli_settings_new (rest);
  g_autoptr (GError) error = NULL;

  if (!cli_edit_text_parse (text, settings, ret_fault) || !cli_settings_check (settings, ret_fault))
    return FALSE;
  if (update (edit, settings, &error))
    return TRUE;
  if (cli_client_is_error (error, CLI_ERROR_INVALID_SETTINGS))
    {
      g_dbus_error_strip_remote_error (error);
      *ret_fault = g_strdup (error->message);
    }
  else
    *ret_status = cli_client_report (edit->client, error);
  return FALSE;
}

static int
report_editor (Edit *edit, const GError *error)
{
  if (edit->client->signal != 0)
    return CLI_EXIT_SIGNAL + edit->client->signal;
  cli_settings_report (error->message);
  cli_output_hint (_ ("VISUAL or EDITOR names the editor; KEY=VALUE needs none"));
  return CLI_EXIT_FAILURE;
}

static int
edit_text (Edit *edit)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (CliEditor) editor = cli_editor_new (&error);
  g_autofree char *shown = cli_edit_text_new (edit->before), *fault = NULL;

  while (editor != NULL)
    {
      g_autofree char *text = cli_editor_run (editor, edit->client, shown, &error);
      int status = CLI_EXIT_OK;

      if (text == NULL)
        break;
      if (g_str_equal (text, shown))
        {
          if (fault != NULL)
            return cli_settings_report (fault);
          if (!edit->options->quiet)
            cli_output_note (_ ("Nothing is changed."));
          return CLI_EXIT_OK;
        }
      g_clear_pointer (&fault, g_free);
      if (apply (edit, text, &fault, &status))
        return report_done (edit);
      if (fault == NULL)
        return status;
      g_free (shown);
      shown = cli_edit_text_with_fault (text, fault);
    }
  return report_editor (edit, error);
}

static int
open_connection (Edit *edit, const char *what)
{
  g_autoptr (L2tpDBusObject) object = NULL;
  g_autoptr (GVariant) reply = NULL;
  g_autoptr (GError) error = NULL;
  int status = cli_client_open (CLI_CLIENT_START, &edit->client);

  if (status == CLI_EXIT_OK)
    status = cli_client_find (edit->client, what, &object);
  if (status != CLI_EXIT_OK)
    return status;
  edit->client->never_asks = edit->options->never_asks;
  edit->connection = l2tp_dbus_object_get_connection (object);
  reply = cli_client_call (edit->client, edit->connection, "GetSettings",
                           g_variant_new ("(a{sv})", NULL), &error);
  if (reply == NULL)
    return cli_client_report (edit->client, error);
  g_variant_get (reply, "(@a{sv})", &edit->before);
  return CLI_EXIT_OK;
}

/* Mistakes that need no look at the connection are told before the service is asked. */
static int
check_arguments (char **args)
{
  g_autoptr (GVariant) nothing = g_variant_ref_sink (g_variant_new ("a{sv}", NULL));
  g_autoptr (CliSettings) settings = cli_settings_new (nothing);
  g_autofree char *fault = NULL;

  for (char **arg = args; *arg != NULL; arg++)
    if (!cli_settings_assign (settings, *arg, &fault))
      return cli_settings_report (fault);
  return CLI_EXIT_OK;
}

int
cli_cmd_edit (const CliOptions *options, char **args)
{
  g_auto (Edit) edit = { .options = options };
  gboolean has_changes = args[1] != NULL || cli_settings_has_files (options);
  int status;

  if (!has_changes && !(isatty (STDIN_FILENO) && isatty (STDOUT_FILENO)))
    {
      cli_output_error (_ ("what is to be changed? KEY=VALUE is missing"));
      cli_output_hint (_ ("on a terminal an editor opens without it"));
      return CLI_EXIT_USAGE;
    }
  status = check_arguments (args + 1);
  if (status == CLI_EXIT_OK)
    status = open_connection (&edit, args[0]);
  if (status != CLI_EXIT_OK)
    return status;
  return has_changes ? edit_arguments (&edit, args + 1) : edit_text (&edit);
}
