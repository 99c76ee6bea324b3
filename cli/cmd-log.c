/* SPDX-License-Identifier: GPL-2.0-or-later */
/* SPDX-FileCopyrightText: The l2tp-client authors */

/* log: hands over to journalctl(1) with the field by which the service marks the lines of a
 * connection. A UUID is taken as it is, so that the log of a connection that is gone, or that made
 * the service fall, can be read, too. */

#include "connection.h"

#include <errno.h>
#include <glob.h>
#include <unistd.h>

#include <glib/gi18n.h>

#define FIELD_CONNECTION "L2TP_CONNECTION="

static int
find_uuid (const char *what, char **ret_uuid)
{
  g_autoptr (CliClient) client = NULL;
  g_autoptr (L2tpDBusObject) object = NULL;
  g_autoptr (L2tpDBusConnection) c = NULL;
  int status = CLI_EXIT_OK;

  if (g_uuid_string_is_valid (what))
    {
      *ret_uuid = g_ascii_strdown (what, -1);
      return CLI_EXIT_OK;
    }
  status = cli_client_open (CLI_CLIENT_START, &client);
  if (status == CLI_EXIT_OK)
    status = cli_client_find (client, what, &object);
  if (status != CLI_EXIT_OK)
    return status;
  c = l2tp_dbus_object_get_connection (object);
  *ret_uuid = cli_output_clean (l2tp_dbus_connection_get_uuid (c));
  return CLI_EXIT_OK;
}

/* journalctl shows a user without rights an empty log and calls that success. */
static gboolean
is_readable (void)
{
  static const char *const patterns[] = { "/var/log/journal/*/system.journal",
                                          "/run/log/journal/*/system.journal" };
  gboolean exists = FALSE, readable = FALSE;

  for (guint i = 0; i < G_N_ELEMENTS (patterns); i++)
    {
      glob_t found;

      if (glob (patterns[i], 0, NULL, &found) != 0)
        continue;
      exists = TRUE;
      for (gsize j = 0; j < found.gl_pathc; j++)
        readable |= access (found.gl_pathv[j], R_OK) == 0;
      globfree (&found);
    }
  return readable || !exists;
}

static int
report_exec (void)
{
  if (errno == ENOENT)
    {
      cli_output_error (_ ("journalctl is not installed"));
      cli_output_hint (_ ("without systemd the service's log is where its standard error goes"));
    }
  else
    cli_output_error ("journalctl: %s", g_strerror (errno));
  return CLI_EXIT_FAILURE;
}

static void
run_journalctl (const CliOptions *options, const char *uuid)
{
  g_autofree char *lines = g_strdup_printf ("--lines=%d", options->lines);
  g_autofree char *match = uuid != NULL ? g_strconcat (FIELD_CONNECTION, uuid, NULL)
                                        : g_strdup ("--unit=l2tp-client.service");
  const char *argv[7] = { "journalctl", "--no-hostname", "--output=short-precise", match };
  guint n = 4;

  if (options->follow)
    argv[n++] = "--follow";
  if (options->lines >= 0)
    argv[n++] = lines;
  execvp (argv[0], (char *const *) argv);
}

int
cli_cmd_log (const CliOptions *options, char **args)
{
  g_autofree char *uuid = NULL;
  int status = args[0] != NULL ? find_uuid (args[0], &uuid) : CLI_EXIT_OK;

  if (status != CLI_EXIT_OK)
    return status;
  if (!is_readable ())
    {
      cli_output_error (_ ("you may not read the journal"));
      cli_output_hint (_ ("run it with sudo, or join the group systemd-journal"));
      return CLI_EXIT_NOT_AUTHORIZED;
    }
  run_journalctl (options, uuid);
  return report_exec ();
}
