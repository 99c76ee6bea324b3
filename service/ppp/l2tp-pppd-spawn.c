/* SPDX-License-Identifier: GPL-2.0-or-later */
/* SPDX-FileCopyrightText: The l2tp-client authors */

/* Starts pppd and reaps it. Hides descriptors, environment and pidfds. pidfd_open(2), waitid(2);
 * PPP-12, PPP-26. */

#include "l2tp-pppd-spawn.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <string.h>
#include <sys/pidfd.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include <glib-unix.h>

#include "service/base/l2tp-error.h"
#include "service/base/l2tp-fd.h"
#include "service/ppp/l2tp-pppd-args.h"

#define LINK_FD 3 /* the link's number in pppd */

static gboolean
check_installed (GError **error)
{
  if (access (L2TP_PPPD_PATH, X_OK) < 0)
    {
      g_set_error (error, L2TP_ERROR, L2TP_ERROR_MISSING_DEPENDENCY,
                   "pppd is missing: %s: %s\nInstall the package “ppp”.", L2TP_PPPD_PATH,
                   g_strerror (errno));
      return FALSE;
    }
  if (access (L2TP_PPPD_PLUGIN_PATH, R_OK) < 0)
    {
      g_set_error (
          error, L2TP_ERROR, L2TP_ERROR_MISSING_DEPENDENCY,
          "our plugin for pppd is missing: %s: %s\n"
          "Reinstall the package “l2tp-client”; it must be the one for this version of pppd.",
          L2TP_PPPD_PLUGIN_PATH, g_strerror (errno));
      return FALSE;
    }
  return TRUE;
}

/* The service hides the host's directory at its start (PPP-30); there may have been none then. */
static gboolean
check_etc_ppp (GError **error)
{
  g_autoptr (GDir) dir = g_dir_open ("/etc/ppp", 0, NULL);

  if (dir == NULL || g_dir_read_name (dir) == NULL)
    return TRUE;
  g_set_error_literal (error, L2TP_ERROR, L2TP_ERROR_PPP_FAILED,
                       "pppd would read the host's /etc/ppp\n"
                       "Restart the service: systemctl restart l2tp-client");
  return FALSE;
}

static gboolean
fail_errno (GError **error, const char *what)
{
  g_set_error (error, L2TP_ERROR, L2TP_ERROR_PPP_FAILED,
               "%s: %s\nCheck the limits on memory, processes and open files.", what,
               g_strerror (errno));
  return FALSE;
}

static gboolean
open_channels (int *ret_link, int *ret_output, GError **error)
{
  int output[2];

  if (socketpair (AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, ret_link) < 0)
    return fail_errno (error, "cannot make the link to pppd");
  /* Not blocking at either end: pppd is not to wait for a service that hangs or is dead. */
  if (pipe2 (output, O_CLOEXEC | O_NONBLOCK) < 0)
    {
      close (ret_link[0]);
      close (ret_link[1]);
      return fail_errno (error, "cannot make a pipe for pppd");
    }
  memcpy (ret_output, output, sizeof output);
  return TRUE;
}

static gboolean
run (char **argv, int link_fd, int output_fd, GPid *ret_pid, GError **error)
{
  static const char *const environment[] = { "PATH=/usr/sbin:/usr/bin:/sbin:/bin", NULL };
  const int target = LINK_FD;
  g_autoptr (GError) failure = NULL;

  if (g_spawn_async_with_pipes_and_fds (NULL, (const char *const *) argv, environment,
                                        G_SPAWN_DO_NOT_REAP_CHILD | G_SPAWN_LEAVE_DESCRIPTORS_OPEN,
                                        NULL, NULL, -1, output_fd, output_fd, &link_fd, &target, 1,
                                        ret_pid, NULL, NULL, NULL, &failure))
    return TRUE;
  g_set_error (error, L2TP_ERROR, L2TP_ERROR_PPP_FAILED,
               "cannot start pppd: %s\nCheck the limits on memory, processes and open files.",
               failure->message);
  return FALSE;
}

static void
reap_now (GPid pid)
{
  siginfo_t info;

  kill (pid, SIGKILL);
  waitid (P_PID, (id_t) pid, &info, WEXITED);
}

/* proc(5): fields 4 and 22 of stat; the name before them may hold anything. */
gboolean
l2tp_pppd_process_look (GPid pid, GPid *ret_parent, guint64 *ret_start_time)
{
  g_autofree char *path = g_strdup_printf ("/proc/%d/stat", (int) pid);
  g_autofree char *text = NULL;
  g_auto (GStrv) fields = NULL;
  const char *rest;

  if (!g_file_get_contents (path, &text, NULL, NULL) || (rest = strrchr (text, ')')) == NULL)
    return FALSE;
  fields = g_strsplit (rest, " ", -1);
  if (g_strv_length (fields) <= 20)
    return FALSE;
  *ret_parent = (GPid) g_ascii_strtoll (fields[2], NULL, 10);
  *ret_start_time = g_ascii_strtoull (fields[20], NULL, 10);
  return TRUE;
}

int
l2tp_pppd_process_open (GPid pid, guint64 start_time)
{
  int pidfd = pidfd_open (pid, 0);
  guint64 found = 0;
  GPid parent;

  if (pidfd < 0)
    return -1;
  if (l2tp_pppd_process_look (pid, &parent, &found) && found == start_time &&
      pidfd_send_signal (pidfd, 0, NULL, 0) == 0) /* the pid was its own all the time */
    return pidfd;
  close (pidfd);
  return -1;
}

gboolean
l2tp_pppd_process_spawn (L2tpConfig *config,
                         const char *ipparam,
                         L2tpPppdProcess *ret_process,
                         GError **error)
{
  g_auto (GStrv) argv =
      l2tp_pppd_args_build (L2TP_PPPD_PATH, L2TP_PPPD_PLUGIN_PATH, LINK_FD, ipparam, config);
  L2tpPppdProcess process = { .pidfd = -1 };
  int link[2], output[2];
  GPid parent;
  gboolean ok;

  if (!check_installed (error) || !check_etc_ppp (error) || !open_channels (link, output, error))
    return FALSE;
  ok = run (argv, link[1], output[1], &process.pid, error);
  close (link[1]);
  close (output[1]);
  if (ok)
    {
      process.pidfd = pidfd_open (process.pid, 0);
      if (process.pidfd < 0 || !l2tp_pppd_process_look (process.pid, &parent, &process.start_time))
        {
          ok = fail_errno (error, "cannot watch pppd");
          reap_now (process.pid);
          l2tp_clear_fd (&process.pidfd);
        }
    }
  if (!ok)
    {
      close (link[0]);
      close (output[0]);
      return FALSE;
    }
  process.link_fd = link[0];
  process.output_fd = output[0];
  *ret_process = process;
  return TRUE;
}

gboolean
l2tp_pppd_process_reap (int pidfd, L2tpPppdExit *ret_exit)
{
  siginfo_t info = { 0 };

  if (waitid (P_PIDFD, (id_t) pidfd, &info, WEXITED | WNOHANG) < 0)
    {
      /* Somebody else reaped our child: it is gone, and how we shall not know. */
      *ret_exit = (L2tpPppdExit){ .signaled = TRUE, .status = SIGKILL };
      return errno == ECHILD;
    }
  if (info.si_pid == 0)
    return FALSE;
  ret_exit->signaled = info.si_code != CLD_EXITED;
  ret_exit->status = info.si_status;
  return TRUE;
}

static gboolean
on_orphan_ended (int pidfd, GIOCondition condition, gpointer data)
{
  L2tpPppdExit ignored;

  if (!l2tp_pppd_process_reap (pidfd, &ignored))
    return G_SOURCE_CONTINUE;
  close (pidfd);
  return G_SOURCE_REMOVE;
}

void
l2tp_pppd_process_kill_and_reap (int pidfd)
{
  pidfd_send_signal (pidfd, SIGKILL, NULL, 0);
  g_unix_fd_add (pidfd, G_IO_IN, on_orphan_ended, NULL);
}
