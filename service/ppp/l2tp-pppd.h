/* SPDX-License-Identifier: GPL-2.0-or-later */
/* SPDX-FileCopyrightText: The l2tp-client authors */

/* One pppd process: started before there is a session, given one over the private link, watched
 * through a pidfd. */

#pragma once

#include <gio/gio.h>

#include "service/base/l2tp-config.h"

G_BEGIN_DECLS

#define L2TP_TYPE_PPPD (l2tp_pppd_get_type ())
G_DECLARE_FINAL_TYPE (L2tpPppd, l2tp_pppd, L2TP, PPPD, GObject)

/* What pppd gets to work on. The descriptors stay the caller's; pppd gets duplicates. */
typedef struct
{
  int session_fd; /* connected PPPoL2TP session socket */
  int tunnel_fd;  /* PPPoL2TP tunnel socket */
  int udp_fd;
  int unit_fd;       /* the unit to adopt, or -1 */
  int unit;          /* its number, or -1 */
  guint mtu;         /* octets */
  guint mru;         /* octets */
  guint listen_time; /* ms, PPP-26; 0 on a session that had a pppd: its LNS says nothing first */
  const int *identity_fds; /* L2TP_LINK_N_IDENTITY_FDS of them, or NULL: no EAP-TLS */
  guint restart_time;      /* s, until a request of ours that has no answer goes again (PPP-1) */
} L2tpPppdSession;

/* How a pppd ended. */
typedef struct
{
  gboolean signaled; /* killed by signal @status; else exited with @status (ERR-40…) */
  int status;
} L2tpPppdExit;

/* What IPCP agreed on. */
typedef struct
{
  GInetAddress *local;
  GInetAddress *peer;
  GInetAddress *dns[2]; /* NULL: none */
  guint mtu;
  char *ifname;
} L2tpPppdIp;

/* What IPv6CP agreed on. */
typedef struct
{
  GInetAddress *local; /* link-local */
  GInetAddress *peer;  /* NULL: none */
} L2tpPppdIp6;

/* Signals:
 *  "phase" (guint)                 PPP-13
 *  "unit" ()                       l2tp_pppd_steal_unit() has it now
 *  "secret-wanted" ()              answer with l2tp_pppd_give_secret(), at once or later
 *  "peer-message" (const char *)   what the LNS said about the authentication; sanitised
 *  "auth" (const char *)           it is over: "PAP", "CHAP-MD5", "MS-CHAP", "MS-CHAPv2", "EAP",
 *                                 "EAP-TLS", ""
 *  "ip-up" (L2tpPppdIp *)
 *  "ip-down" ()
 *  "ipv6-up" (L2tpPppdIp6 *)
 *  "ipv6-down" ()
 *  "exited" (L2tpPppdExit *)       the last signal, exactly once; after the process was reaped */

/* l2tp_pppd_spawn:
 * @config: the connection's options
 * @ipparam: see l2tp_pppd_args_build()
 *
 * Starts a pppd that waits for l2tp_pppd_give_session(). Errors: L2TP_ERROR_MISSING_DEPENDENCY when
 * pppd or the plugin is not there (the message names the path), L2TP_ERROR_PPP_FAILED. */
L2tpPppd *l2tp_pppd_spawn (L2tpConfig *config, const char *ipparam, GError **error);

/* l2tp_pppd_adopt:
 * @pid, @start_time: see l2tp_pppd_process_open()
 * @pidfd, @link_fd, @output_fd: of a pppd that has its session and whose service is gone; taken
 * over
 *
 * Goes on where another service was, and tells pppd so. As it is no child of ours, "exited" knows
 * what pppd said of its exit, or else that it was killed. */
L2tpPppd *l2tp_pppd_adopt (const char *tag,
                           GPid pid,
                           guint64 start_time,
                           int pidfd,
                           int link_fd,
                           int output_fd);

/* l2tp_pppd_give_session:
 * Once, and at any time after the spawn: a pppd that has not started yet finds the session waiting.
 * pppd keeps duplicates of all descriptors, so closing them does not end it (KRN-12). */
gboolean l2tp_pppd_give_session (L2tpPppd *pppd, const L2tpPppdSession *session, GError **error);

/* l2tp_pppd_give_secret:
 * @secret: (nullable): NULL makes the authentication fail */
void l2tp_pppd_give_secret (L2tpPppd *pppd, L2tpSecret *secret);

/* l2tp_pppd_steal_unit:
 * Returns the unit's descriptor, the caller's from now on, and its number; -1 if there is none. */
int l2tp_pppd_steal_unit (L2tpPppd *pppd, int *ret_unit);

/* l2tp_pppd_terminate:
 * Asks pppd to end PPP and exit (SIGTERM; PPP-22); kills it when @grace µs have passed. "exited"
 * tells the end. Harmless when it is over. */
void l2tp_pppd_terminate (L2tpPppd *pppd, gint64 grace);

GPid l2tp_pppd_get_pid (L2tpPppd *pppd);           /* 0 once it was reaped */
guint64 l2tp_pppd_get_start_time (L2tpPppd *pppd); /* with the pid, its identity */
int l2tp_pppd_get_link_fd (L2tpPppd *pppd);        /* our end; -1: closed */
int l2tp_pppd_get_output_fd (L2tpPppd *pppd);      /* -1: closed */

G_END_DECLS
