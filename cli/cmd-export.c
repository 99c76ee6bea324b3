/* SPDX-License-Identifier: GPL-2.0-or-later */
/* SPDX-FileCopyrightText: The l2tp-client authors */

/* export: a connection as a file, without its secrets. A file is there as a whole or not at all,
 * for its owner only, and never takes the place of another unless told to. */

#include "client.h"
#include "export.h"
#include "output.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <glib/gi18n.h>

static gboolean
write_text (int fd, const char *text)
{
  gsize len = strlen (text);

  while (len > 0)
    {
      ssize_t n = TEMP_FAILURE_RETRY (write (fd, text, len));

      if (n < 0)
        return FALSE;
      text += n;
      len -= (gsize) n;
    }
  return fsync (fd) == 0;
}

static gboolean
move (const char *from, const char *to, gboolean force)
{
  return force ? rename (from, to) == 0
               : renameat2 (AT_FDCWD, from, AT_FDCWD, to, RENAME_NOREPLACE) == 0;
}

static int
report_file (const char *path)
{
  g_autofree char *clean = cli_output_clean (path);

  if (errno == EEXIST)
    {
      cli_output_error (_ ("%s: there is such a file already"), clean);
      cli_output_hint (_ ("--force overwrites it"));
    }
  else
    cli_output_error ("%s: %s", clean, g_strerror (errno));
  return CLI_EXIT_FAILURE;
}

static int
write_file (const char *path, const char *text, gboolean force)
{
  g_autofree char *temporary = g_strconcat (path, ".XXXXXX", NULL);
  int fd = mkostemp (temporary, O_CLOEXEC); /* which makes it 0600 */
  gboolean written;
  int error;

  if (fd < 0)
    return report_file (path);
  written = write_text (fd, text);
  error = errno;
  close (fd);
  errno = error;
  if (written && move (temporary, path, force))
    return CLI_EXIT_OK;
  error = errno;
  unlink (temporary);
  errno = error;
  return report_file (path);
}

static int
put (const CliOptions *options, const char *text)
{
  if (options->output != NULL && !g_str_equal (options->output, "-"))
    return write_file (options->output, text, options->force);
  fputs (text, stdout);
  return CLI_EXIT_OK;
}

static void
print_notes (GPtrArray *notes)
{
  for (guint i = 0; i < notes->len; i++)
    {
      g_autofree char *clean = cli_output_clean (notes->pdata[i]);
      cli_output_warning ("%s", clean);
    }
}

int
cli_cmd_export (const CliOptions *options, char **args)
{
  g_autoptr (CliClient) client = NULL;
  g_autoptr (L2tpDBusObject) object = NULL;
  g_autoptr (GVariant) reply = NULL, settings = NULL;
  g_autoptr (GError) error = NULL;
  g_autoptr (GPtrArray) notes = g_ptr_array_new_with_free_func (g_free);
  g_autofree char *text = NULL;
  int status = cli_client_open (CLI_CLIENT_START, &client);

  if (status == CLI_EXIT_OK)
    status = cli_client_find (client, args[0], &object);
  if (status != CLI_EXIT_OK)
    return status;
  client->never_asks = options->never_asks;
  reply = cli_client_call (client, l2tp_dbus_object_peek_connection (object), "GetSettings",
                           g_variant_new ("(a{sv})", NULL), &error);
  if (reply == NULL)
    return cli_client_report (client, error);
  settings = g_variant_get_child_value (reply, 0);
  text = cli_export_nm (settings, notes);
  if (!options->quiet)
    print_notes (notes);
  return put (options, text);
}
