/* SPDX-License-Identifier: GPL-2.0-or-later */
/* SPDX-FileCopyrightText: The l2tp-client authors */

/* One run of resolvconf, with its input and its deadline, and what it has been given. Hides the
 * process, and that there are several programs of that name. Source: resolvconf(8). */

#include "l2tp-resolvconf.h"

#include <errno.h>
#include <string.h>
#include <unistd.h>

#include "service/base/l2tp-error.h"

#define RESOLV_CONF_DIR "/etc"
#define RESOLV_CONF     RESOLV_CONF_DIR "/resolv.conf"

#define DEADLINE   8   /* s; it runs the hooks of others */
#define OUTPUT_MAX 200 /* characters of what it complains of */
#define FOUND_MAX  64  /* entries; more cannot all be ours */

/* Entries are files there. No option lists them in all: that of Debian, openresolv, and newer. */
static const char *const directories[] = {
  "/run/resolvconf/interface",
  "/run/resolvconf/interfaces",
  "/run/resolvconf/keys",
};

typedef struct
{
  GSubprocess *process;
  guint deadline_source;
} Run;

static void
run_free (gpointer data)
{
  Run *run = data;

  g_clear_handle_id (&run->deadline_source, g_source_remove);
  g_clear_object (&run->process);
  g_free (run);
}

static gboolean
on_deadline (gpointer data)
{
  Run *run = data;

  run->deadline_source = 0;
  g_subprocess_force_exit (run->process);
  return G_SOURCE_REMOVE;
}

static char *
make_printable (GBytes *output)
{
  gsize size;
  const char *octets = g_bytes_get_data (output, &size);
  g_autofree char *valid = g_utf8_make_valid (octets != NULL ? octets : "", (gssize) size);
  char *text = g_utf8_substring (valid, 0, MIN (g_utf8_strlen (valid, -1), OUTPUT_MAX));

  for (char *p = text; *p != '\0'; p++)
    if (g_ascii_iscntrl (*p))
      *p = ' ';
  return g_strstrip (text);
}

static void
fail (GTask *task, const char *cause)
{
  g_task_return_new_error (task, L2TP_ERROR, L2TP_ERROR_IP_CONFIG_FAILED,
                           "dns: resolvconf failed: %s\n"
                           "Try “resolvconf -l”, or use systemd-resolved.",
                           cause);
}

static void
on_done (GObject *source, GAsyncResult *result, gpointer data)
{
  g_autoptr (GTask) task = data;
  GSubprocess *process = G_SUBPROCESS (source);
  g_autoptr (GBytes) output = NULL;
  g_autofree char *shown = NULL;
  g_autoptr (GError) error = NULL;

  if (!g_subprocess_communicate_finish (process, result, &output, NULL, &error))
    {
      g_subprocess_force_exit (process);
      if (g_error_matches (error, G_IO_ERROR, G_IO_ERROR_CANCELLED))
        g_task_return_error (task, g_steal_pointer (&error));
      else
        fail (task, error->message);
      return;
    }
  if (g_subprocess_get_if_exited (process) && g_subprocess_get_exit_status (process) == 0)
    {
      g_task_return_boolean (task, TRUE);
      return;
    }
  shown = make_printable (output);
  fail (task, *shown != '\0' ? shown : "it says nothing, or took too long");
}

/* A name server on this machine, which resolvconf tells by a file of its own. */
static gboolean
has_local_server (void)
{
  g_autofree char *text = NULL;

  return g_file_get_contents (RESOLV_CONF, &text, NULL, NULL) &&
         g_regex_match_simple ("^nameserver\\s+(127\\.|::1\\s*$)", text, G_REGEX_MULTILINE, 0);
}

/* openresolv writes there itself, and ends with success where it cannot, as in our unit's sandbox.
 * Debian's has a link to /run there. */
static gboolean
is_in_vain (void)
{
  gboolean is_there = g_file_test (RESOLV_CONF, G_FILE_TEST_EXISTS | G_FILE_TEST_IS_SYMLINK);

  return access (is_there ? RESOLV_CONF : RESOLV_CONF_DIR, W_OK) < 0 && errno == EROFS &&
         !has_local_server ();
}

/* Whether it is of use to run it. */
static gboolean
check_program (const char *program, gboolean adds, GError **error)
{
  if (program == NULL)
    g_set_error_literal (error, L2TP_ERROR, L2TP_ERROR_MISSING_DEPENDENCY,
                         "dns: neither systemd-resolved runs nor is there a resolvconf\n"
                         "Install systemd-resolved or resolvconf, or set ip-config=external "
                         "and configure name servers yourself.");
  else if (adds && is_in_vain ())
    g_set_error_literal (error, L2TP_ERROR, L2TP_ERROR_MISSING_DEPENDENCY,
                         "dns: resolvconf would not change " RESOLV_CONF
                         ", which is read-only for the service\n"
                         "Use systemd-resolved; or “systemctl edit l2tp-client”, add “[Service]” "
                         "and “ReadWritePaths=" RESOLV_CONF_DIR "”, and restart it.");
  else
    return TRUE;
  return FALSE;
}

void
l2tp_resolvconf_run_async (const char *record,
                           const char *text,
                           GCancellable *cancellable,
                           GAsyncReadyCallback callback,
                           gpointer data)
{
  g_autoptr (GTask) task = g_task_new (NULL, cancellable, callback, data);
  g_autofree char *program = g_find_program_in_path ("resolvconf");
  g_autoptr (GBytes) input = text != NULL ? g_bytes_new (text, strlen (text)) : NULL;
  g_autoptr (GError) error = NULL;
  Run *run;

  if (!check_program (program, text != NULL, &error))
    {
      g_task_return_error (task, g_steal_pointer (&error));
      return;
    }
  run = g_new0 (Run, 1);
  g_task_set_task_data (task, run, run_free);
  run->process =
      g_subprocess_new ((text != NULL ? G_SUBPROCESS_FLAGS_STDIN_PIPE : G_SUBPROCESS_FLAGS_NONE) |
                            G_SUBPROCESS_FLAGS_STDOUT_PIPE | G_SUBPROCESS_FLAGS_STDERR_MERGE,
                        &error, program, text != NULL ? "-a" : "-d", record, NULL);
  if (run->process == NULL)
    {
      fail (task, error->message);
      return;
    }
  run->deadline_source = g_timeout_add_seconds (DEADLINE, on_deadline, run);
  g_subprocess_communicate_async (run->process, input, cancellable, on_done,
                                  g_steal_pointer (&task));
}

gboolean
l2tp_resolvconf_run_finish (GAsyncResult *result, GError **error)
{
  return g_task_propagate_boolean (G_TASK (result), error);
}

static void
find_in (const char *directory, const char *suffix, GPtrArray *found)
{
  g_autoptr (GDir) dir = g_dir_open (directory, 0, NULL);
  const char *name;

  while (dir != NULL && found->len < FOUND_MAX && (name = g_dir_read_name (dir)) != NULL)
    if (g_str_has_suffix (name, suffix) && *name != '-' && g_utf8_validate (name, -1, NULL))
      g_ptr_array_add (found, g_strdup (name));
}

GPtrArray *
l2tp_resolvconf_find (const char *suffix)
{
  GPtrArray *found = g_ptr_array_new_with_free_func (g_free);

  for (guint i = 0; i < G_N_ELEMENTS (directories); i++)
    find_in (directories[i], suffix, found);
  return found;
}
