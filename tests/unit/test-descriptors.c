/* SPDX-License-Identifier: GPL-2.0-or-later */
/* SPDX-FileCopyrightText: The l2tp-client authors */

/* What another process keeps is found again, by what it is and not by its number (KRN-20). */

#include "service/ppp/l2tp-descriptors.h"

#include <signal.h>
#include <sys/pidfd.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include "service/ppp/l2tp-pppd-spawn.h"

/* Forks a process that does nothing but keep what we have. */
static GPid
fork_keeper (void)
{
  GPid pid = fork ();

  g_assert_cmpint (pid, >=, 0);
  if (pid == 0)
    {
      prctl (PR_SET_PDEATHSIG, SIGKILL);
      pause ();
      _exit (0);
    }
  return pid;
}

static void
end_keeper (GPid pid)
{
  kill (pid, SIGKILL);
  g_assert_cmpint (waitpid (pid, NULL, 0), ==, pid);
}

static void
open_all (int *fds)
{
  int pair[2], output[2];

  for (guint i = 0; i < L2TP_N_DESCRIPTORS; i++)
    fds[i] = -1;
  g_assert_cmpint (socketpair (AF_UNIX, SOCK_SEQPACKET, 0, pair), ==, 0);
  g_assert_cmpint (pipe (output), ==, 0);
  fds[L2TP_DESCRIPTOR_UDP] = socket (AF_INET, SOCK_DGRAM, 0);
  fds[L2TP_DESCRIPTOR_LINK] = pair[0];
  fds[L2TP_DESCRIPTOR_OUTPUT] = output[0];
}

static void
test_fetch (void)
{
  g_auto (L2tpDescriptors) found = { 0 };
  g_autoptr (GVariant) names = NULL;
  int fds[L2TP_N_DESCRIPTORS];
  GPid pid;
  int pidfd;

  open_all (fds);
  names = g_variant_ref_sink (l2tp_descriptors_export (fds));
  g_assert_true (g_variant_is_of_type (names, G_VARIANT_TYPE (L2TP_DESCRIPTORS_TYPE)));
  pid = fork_keeper ();
  pidfd = pidfd_open (pid, 0);
  for (guint i = 0; i < L2TP_N_DESCRIPTORS; i++)
    if (fds[i] >= 0)
      close (fds[i]);

  l2tp_descriptors_import (&found, names);
  l2tp_descriptors_fetch (&found, pidfd);
  for (guint i = 0; i < L2TP_N_DESCRIPTORS; i++)
    {
      g_assert_cmpint (found.fds[i] >= 0, ==, fds[i] >= 0);
      g_assert_cmpuint (l2tp_descriptors_name (found.fds[i]), ==, found.names[i]);
    }
  end_keeper (pid);
  close (pidfd);
}

/* The numbers are used again, by something else. */
static void
test_only_what_is_wanted (void)
{
  g_auto (L2tpDescriptors) found = { 0 };
  g_autoptr (GVariant) names = NULL;
  int fds[L2TP_N_DESCRIPTORS], others[L2TP_N_DESCRIPTORS];
  GPid pid;
  int pidfd;

  open_all (fds);
  open_all (others);
  names = g_variant_ref_sink (l2tp_descriptors_export (fds));
  for (guint i = 0; i < L2TP_N_DESCRIPTORS; i++)
    if (fds[i] >= 0)
      g_assert_cmpint (dup2 (others[i], fds[i]), ==, fds[i]);
  pid = fork_keeper ();
  pidfd = pidfd_open (pid, 0);
  l2tp_descriptors_import (&found, names);
  l2tp_descriptors_fetch (&found, pidfd);
  for (guint i = 0; i < L2TP_N_DESCRIPTORS; i++)
    g_assert_cmpint (found.fds[i], ==, -1);
  end_keeper (pid);
  close (pidfd);
}

static void
test_import_few (void)
{
  g_auto (L2tpDescriptors) found = { 0 };
  const guint64 names[] = { 1, 2 };
  g_autoptr (GVariant) few = g_variant_ref_sink (
      g_variant_new_fixed_array (G_VARIANT_TYPE_UINT64, names, 2, sizeof names[0]));

  l2tp_descriptors_import (&found, few);
  for (guint i = 0; i < L2TP_N_DESCRIPTORS; i++)
    {
      g_assert_cmpint (found.fds[i], ==, -1);
      g_assert_cmpuint (found.names[i], ==, i < 2 ? names[i] : 0);
    }
}

/* A pid alone is nobody's name. */
static void
test_identity (void)
{
  GPid pid = fork_keeper ();
  g_autofree char *path = g_strdup_printf ("/proc/%d/stat", (int) pid);
  g_autofree char *text = NULL;
  g_auto (GStrv) fields = NULL;
  guint64 start_time;
  int pidfd;

  g_assert_true (g_file_get_contents (path, &text, NULL, NULL));
  fields = g_strsplit (strrchr (text, ')'), " ", -1);
  start_time = g_ascii_strtoull (fields[20], NULL, 10);
  pidfd = l2tp_pppd_process_open (pid, start_time);
  g_assert_cmpint (pidfd, >=, 0);
  close (pidfd);
  g_assert_cmpint (l2tp_pppd_process_open (pid, start_time + 1), ==, -1);
  end_keeper (pid);
  g_assert_cmpint (l2tp_pppd_process_open (pid, start_time), ==, -1);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/descriptors/fetch", test_fetch);
  g_test_add_func ("/descriptors/only-what-is-wanted", test_only_what_is_wanted);
  g_test_add_func ("/descriptors/import-few", test_import_few);
  g_test_add_func ("/descriptors/identity", test_identity);
  return g_test_run ();
}
