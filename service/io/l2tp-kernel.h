/* SPDX-License-Identifier: GPL-2.0-or-later */
/* SPDX-FileCopyrightText: The l2tp-client authors */

/* The kernel's side of a tunnel: PPPoL2TP sockets and PPP channels (KRN-1…22). Every descriptor
 * returned is close-on-exec and the caller's. */

#pragma once

#include <gio/gio.h>

G_BEGIN_DECLS

/* l2tp_kernel_check_support:
 * Returns whether PPPoL2TP sockets and /dev/ppp are to be had, which loads the modules if need be.
 * Errors: L2TP_ERROR_MISSING_KERNEL_SUPPORT; the message names what would cure it. */
gboolean l2tp_kernel_check_support (GError **error);

/* l2tp_kernel_open_tunnel:
 * @udp_fd: bound and connected (KRN-7)
 *
 * Returns the tunnel's management socket, or -1 (KRN-5). */
int l2tp_kernel_open_tunnel (int udp_fd, guint16 tunnel_id, guint16 peer_tunnel_id, GError **error);

/* l2tp_kernel_open_session:
 * Returns the session's socket, with its PPP channel ready: from now on the kernel keeps what the
 * LNS says until pppd reads it (KRN-22). -1 on failure. */
int l2tp_kernel_open_session (int udp_fd,
                              guint16 tunnel_id,
                              guint16 peer_tunnel_id,
                              guint16 session_id,
                              guint16 peer_session_id,
                              GError **error);

/* l2tp_kernel_set_sequencing:
 * Numbers what is sent, after a Sequencing Required AVP of ours (KRN-11, DATA-3). Not told to
 * insist on numbers in what comes: xl2tpd takes the AVP and numbers nothing, and the kernel would
 * drop all that it sends. It follows the LNS instead. */
gboolean l2tp_kernel_set_sequencing (int session_fd, GError **error);

/* l2tp_kernel_release_channel:
 * Frees a session's channel from the unit of a pppd that died, so that the next one can attach
 * (KRN-21). Harmless when it is free. */
gboolean l2tp_kernel_release_channel (int session_fd, GError **error);

/* l2tp_kernel_send_echo:
 * Sends an LCP Echo-Request past pppd (RFC 1661 section 5.8). Its answer shows in the counters, and
 * to pppd, which takes any for its own. Without a magic number, which pppd alone knows. */
void l2tp_kernel_send_echo (int session_fd, guint8 id);

/* l2tp_kernel_has_channel: whether the session's socket has a PPP channel (KRN-13). */
gboolean l2tp_kernel_has_channel (int session_fd);

/* l2tp_kernel_is_socket_of:
 * @fd: any descriptor
 * @session_id, @peer_session_id: 0 for a tunnel's management socket
 *
 * Whether @fd is the socket of that tunnel or session, which still exists (KRN-5). */
gboolean l2tp_kernel_is_socket_of (int fd,
                                   guint16 tunnel_id,
                                   guint16 peer_tunnel_id,
                                   guint16 session_id,
                                   guint16 peer_session_id);

typedef struct
{
  guint64 tx_packets, tx_bytes, tx_errors;
  guint64 rx_packets, rx_bytes, rx_errors;
} L2tpKernelStatistics;

/* l2tp_kernel_get_statistics:
 * @fd: a session's socket, or a tunnel's for the sum of its sessions (KRN-14) */
gboolean l2tp_kernel_get_statistics (int fd, L2tpKernelStatistics *ret_statistics);

G_END_DECLS
