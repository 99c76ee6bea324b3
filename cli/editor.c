/* SPDX-License-Identifier: GPL-2.0-or-later */
/* SPDX-FileCopyrightText: The l2tp-client authors */

/* Runs an editor. The file is alone in a directory of its own, so that back-up and swap files are
 * as private and go with it. */

#include "editor.h"

#include <signal.h>
#include <string.h>
#include <stdio.h>

#include <glib/gi18n.h>
#include <glib/gstdio.h>

#define MAX_SIZE (256 * 1024)

struct _CliEditor
{
  char *directory;
  char *path;
};

CliEditor *
cli_editor_new (GError **error)
{
  g_autoptr (CliEditor) editor = g_new0 (CliEditor, 1);

  editor->directory = g_dir_make_tmp ("l2tp-client-XXXXXX", error);
  if (editor->directory == NULL)
    return NULL;
  editor->path = g_build_filename (editor->directory, "connection.conf", NULL);
  return g_steal_pointer (&editor);
}

void
cli_editor_free (CliEditor *editor)
{
  g_autoptr (GDir) dir = NULL;
  const char *name;

  if (editor == NULL)
    return;
  if (editor->directory != NULL)
    dir = g_dir_open (editor->directory, 0, NULL);
  while (dir != NULL && (name = g_dir_read_name (dir)) != NULL)
    {
      g_autofree char *path = g_build_filename (editor->directory, name, NULL);
      g_unlink (path);
    }
  if (editor->directory != NULL)
    g_rmdir (editor->directory);
  g_free (editor->directory);
  g_free (editor->path);
  g_free (editor);
}

static gboolean
parse_command (const char *command, GPtrArray *argv, GError **error)
{
  g_auto (GStrv) words = NULL;

  if (!g_shell_parse_argv (command, NULL, &words, error))
    return FALSE;
  for (guint i = 0; words[i] != NULL; i++)
    g_ptr_array_add (argv, g_strdup (words[i]));
  return TRUE;
}

/* $VISUAL, $EDITOR, or what there is. */
static gboolean
find_editor (GPtrArray *argv, GError **error)
{
  static const char *const usual[] = { "sensible-editor", "editor", "nano", "vi" };
  const char *chosen = g_getenv ("VISUAL");

  if (chosen == NULL || *chosen == '\0')
    chosen = g_getenv ("EDITOR");
  if (chosen != NULL && *chosen != '\0')
    return parse_command (chosen, argv, error);
  for (guint i = 0; i < G_N_ELEMENTS (usual); i++)
    {
      char *path = g_find_program_in_path (usual[i]);

      if (path == NULL)
        continue;
      g_ptr_array_add (argv, path);
      return TRUE;
    }
  g_set_error_literal (error, G_IO_ERROR, G_IO_ERROR_NOT_FOUND, _ ("there is no editor"));
  return FALSE;
}

/* An editor that a signal interrupts is not waited for: the file must go at once. */
static gboolean
wait_for_editor (GSubprocess *process, CliClient *client, GError **error)
{
  g_autoptr (GAsyncResult) result = NULL;

  g_subprocess_wait_check_async (process, client->cancellable, cli_client_ready, &result);
  if (g_subprocess_wait_check_finish (process, cli_client_await (&result), error))
    return TRUE;
  if (client->signal != 0)
    g_subprocess_send_signal (process, SIGTERM);
  else if (g_subprocess_get_if_signaled (process) && g_subprocess_get_term_sig (process) == SIGINT)
    client->signal = SIGINT; /* Ctrl-C, which it took before us */
  else
    g_prefix_error (error, "%s: ", _ ("the editor failed"));
  return FALSE;
}

static char *
read_back (const char *path, GError **error)
{
  g_autofree char *text = NULL;
  gsize size;

  if (!g_file_get_contents (path, &text, &size, error))
    return NULL;
  if (size > MAX_SIZE || strlen (text) != size || !g_utf8_validate (text, -1, NULL))
    {
      g_set_error_literal (error, G_IO_ERROR, G_IO_ERROR_INVALID_DATA,
                           _ ("what the editor wrote is too long or no UTF-8 text"));
      return NULL;
    }
  return g_steal_pointer (&text);
}

char *
cli_editor_run (CliEditor *editor, CliClient *client, const char *text, GError **error)
{
  g_autoptr (GPtrArray) argv = g_ptr_array_new_with_free_func (g_free);
  g_autoptr (GSubprocess) process = NULL;

  if (!find_editor (argv, error) ||
      !g_file_set_contents_full (editor->path, text, -1, G_FILE_SET_CONTENTS_NONE, 0600, error))
    return NULL;
  g_ptr_array_add (argv, g_strdup (editor->path));
  g_ptr_array_add (argv, NULL);
  fflush (stdout);
  process = g_subprocess_newv ((const char *const *) argv->pdata, G_SUBPROCESS_FLAGS_STDIN_INHERIT,
                               error);
  if (process == NULL || !wait_for_editor (process, client, error))
    return NULL;
  return read_back (editor->path, error);
}
