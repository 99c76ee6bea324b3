/* SPDX-License-Identifier: GPL-2.0-or-later */
/* SPDX-FileCopyrightText: The l2tp-client authors */

/* Finds our pppds without a record of them: by what they were started with. Hides /proc. Owned by
 * nobody. Design section 6; proc(5), namespaces(7). */

#include "l2tp-pppd-stray.h"

#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "service/ppp/l2tp-pppd-spawn.h"

/* Returns whether @octets, words that end with NUL each, are an argument vector of
 * l2tp_pppd_args_build(). */
static gboolean
is_our_command (const char *octets, gsize len)
{
  const char *before = "", *end = octets + len;

  if (len == 0 || octets[len - 1] != '\0' || strcmp (octets, L2TP_PPPD_PATH) != 0)
    return FALSE;
  for (const char *word = octets; word < end; word += strlen (word) + 1)
    {
      if (strcmp (before, "plugin") == 0 && strcmp (word, L2TP_PPPD_PLUGIN_PATH) == 0)
        return TRUE;
      before = word;
    }
  return FALSE;
}

/* All that is asked of other processes: a command line is read from a process's own memory, and
 * that may take for ever. */
static gboolean
is_a_pppd (const char *pid)
{
  g_autofree char *path = g_build_filename ("/proc", pid, "comm", NULL);
  g_autofree char *comm = NULL;

  return g_file_get_contents (path, &comm, NULL, NULL) && g_str_equal (comm, "pppd\n");
}

static gboolean
has_our_command (const char *pid)
{
  g_autofree char *path = g_build_filename ("/proc", pid, "cmdline", NULL);
  g_autofree char *octets = NULL;
  gsize len;

  return g_file_get_contents (path, &octets, &len, NULL) && is_our_command (octets, len);
}

/* Another container's pppd may be seen from here, and is none of our business. */
static gboolean
is_in_our_network (const char *pid)
{
  g_autofree char *path = g_build_filename ("/proc", pid, "ns", "net", NULL);
  struct stat theirs, ours;

  return stat (path, &theirs) == 0 && stat ("/proc/self/ns/net", &ours) == 0 &&
         theirs.st_dev == ours.st_dev && theirs.st_ino == ours.st_ino;
}

static gboolean
is_kept (GArray *keep, GPid pid)
{
  for (guint i = 0; i < keep->len; i++)
    if (g_array_index (keep, GPid, i) == pid)
      return TRUE;
  return FALSE;
}

/* Between the look and the pidfd the number may have become another's. */
static gboolean
end_if_stray (const char *name, GPid pid)
{
  guint64 start_time;
  GPid parent;
  int pidfd;

  if (!l2tp_pppd_process_look (pid, &parent, &start_time) || parent == getpid () ||
      !is_a_pppd (name) || !has_our_command (name) || !is_in_our_network (name))
    return FALSE;
  pidfd = l2tp_pppd_process_open (pid, start_time);
  if (pidfd < 0)
    return FALSE;
  l2tp_pppd_process_kill_and_reap (pidfd);
  return TRUE;
}

guint
l2tp_pppd_stray_end (GArray *keep)
{
  g_autoptr (GDir) proc = g_dir_open ("/proc", 0, NULL);
  const char *name;
  guint n_ended = 0;

  while (proc != NULL && (name = g_dir_read_name (proc)) != NULL)
    {
      guint64 pid;

      if (g_ascii_string_to_unsigned (name, 10, 2, G_MAXINT32, &pid, NULL) &&
          !is_kept (keep, (GPid) pid) && end_if_stray (name, (GPid) pid))
        n_ended++;
    }
  return n_ended;
}
