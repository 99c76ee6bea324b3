/* SPDX-License-Identifier: GPL-2.0-or-later */
/* SPDX-FileCopyrightText: The l2tp-client authors */

/* The UDP socket of one tunnel. Unconnected until the LNS's first valid answer has told the port
 * that it really uses, connected from then on (RFC 2661 section 8.1, HDR-12, KRN-7). */

#pragma once

#include <gio/gio.h>

G_BEGIN_DECLS

typedef struct _L2tpUdp L2tpUdp;
typedef struct _L2tpPorts L2tpPorts; /* l2tp-ports.h */

/* Where a socket is bound. */
typedef struct
{
  GInetAddress *address; /* (nullable) */
  const char *interface; /* (nullable) */
  guint16 port;       /* 0: any free one; another one is shared with tunnels to other LNSs, so that
                       * the socket is connected at once and sees no answer from a floated port */
  gboolean connected; /* at once, whatever the port: nothing but what an IPsec policy speaks of is
                       * sent or heard */
} L2tpUdpLocal;

/* l2tp_udp_new:
 * @ports: the ports that sockets of this service have
 * @lns: where the SCCRQ goes
 *
 * Errors: L2TP_ERROR_UNREACHABLE without a route, or when there is no such address or interface;
 * L2TP_ERROR_INVALID_SETTINGS for an address of another family than @lns; L2TP_ERROR_BUSY when
 * another program has the port, or a socket of ours towards the same LNS that has not yielded;
 * L2TP_ERROR_FAILED. */
L2tpUdp *
l2tp_udp_new (L2tpPorts *ports, GInetSocketAddress *lns, const L2tpUdpLocal *local, GError **error);

/* l2tp_udp_adopt:
 * @fd: another process's socket, connected to the LNS; taken over, on failure, too
 * @local: where it was bound
 *
 * Errors: L2TP_ERROR_FAILED when it is no such socket. */
L2tpUdp *l2tp_udp_adopt (L2tpPorts *ports, int fd, const L2tpUdpLocal *local, GError **error);

L2tpUdp *l2tp_udp_free (L2tpUdp *udp);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (L2tpUdp, l2tp_udp_free)

int l2tp_udp_get_fd (L2tpUdp *udp);

/* l2tp_udp_lock:
 * Connects to the sender of the datagram that l2tp_udp_receive() returned last: from now on nobody
 * else is heard (HDR-14). */
gboolean l2tp_udp_lock (L2tpUdp *udp, GError **error);

/* l2tp_udp_renew:
 * Replaces the socket by one with the same addresses: the kernel's tunnel lives as long as the
 * socket that it was made on (KRN-12). On failure there is no socket any more. */
gboolean l2tp_udp_renew (L2tpUdp *udp, GError **error);

/* l2tp_udp_close: nothing is sent and nothing is heard any more. */
void l2tp_udp_close (L2tpUdp *udp);

/* l2tp_udp_yield:
 * The tunnel is ending: whoever wants its local port towards this LNS may have it, and the rest of
 * the farewell leaves from another port, or inside IPsec not at all. */
void l2tp_udp_yield (L2tpUdp *udp);

/* l2tp_udp_receive:
 * Returns the size of the next datagram from the LNS, datagrams of others having been dropped
 * (HDR-14); -1 when there is none. ICMP errors that were waiting are taken on the way and the last
 * one, or why nothing could be sent, is left in @ret_errno, or 0. Never blocks. */
gssize l2tp_udp_receive (L2tpUdp *udp, guint8 *buffer, gsize size, int *ret_errno);

/* l2tp_udp_send:
 * Sends, or drops when the kernel will not take it: the channel above retransmits. */
void l2tp_udp_send (L2tpUdp *udp, GBytes *packet);

/* l2tp_udp_send_whole:
 * Once, with DF, whatever the kernel knows of the path. Nothing before the socket is connected. */
void l2tp_udp_send_whole (L2tpUdp *udp, const guint8 *data, gsize len);

/* l2tp_udp_has_error:
 * Whether there was no way to the LNS; the next l2tp_udp_receive() tells why, and forgets. */
gboolean l2tp_udp_has_error (L2tpUdp *udp);

/* l2tp_udp_get_local: (transfer full); l2tp_udp_get_peer: (transfer none) */
GInetSocketAddress *l2tp_udp_get_local (L2tpUdp *udp);
GInetSocketAddress *l2tp_udp_get_peer (L2tpUdp *udp);

G_END_DECLS
