/* SPDX-License-Identifier: GPL-2.0-or-later */
/* SPDX-FileCopyrightText: The l2tp-client authors */

/* The process side of a pppd: starting and reaping. For l2tp-pppd.c. */

#pragma once

#include <glib.h>

#include "l2tp-pppd.h"

G_BEGIN_DECLS

typedef struct
{
  GPid pid;
  guint64 start_time; /* with the pid, its identity in this boot */
  int pidfd;
  int link_fd;   /* our end of the private link */
  int output_fd; /* pppd's stdout and stderr, not blocking */
} L2tpPppdProcess;

/* l2tp_pppd_process_spawn:
 * pppd gets /dev/null, the output pipe, its end of the link, a PATH, and nothing else. Errors: see
 * l2tp_pppd_spawn(). */
gboolean l2tp_pppd_process_spawn (L2tpConfig *config,
                                  const char *ipparam,
                                  L2tpPppdProcess *ret_process,
                                  GError **error);

/* l2tp_pppd_process_look:
 * @ret_start_time: in clock ticks since the boot
 *
 * Returns FALSE if there is no such process. */
gboolean l2tp_pppd_process_look (GPid pid, GPid *ret_parent, guint64 *ret_start_time);

/* l2tp_pppd_process_open:
 * Returns a pidfd of the process @pid if it is the one that started at @start_time, or -1: a number
 * alone may have become somebody else's. */
int l2tp_pppd_process_open (GPid pid, guint64 start_time);

/* l2tp_pppd_process_reap:
 * Never blocks. Returns FALSE if the process still runs. */
gboolean l2tp_pppd_process_reap (int pidfd, L2tpPppdExit *ret_exit);

/* l2tp_pppd_process_kill_and_reap:
 * Kills the process; the main loop reaps it some time and closes @pidfd, which is taken over. */
void l2tp_pppd_process_kill_and_reap (int pidfd);

G_END_DECLS
