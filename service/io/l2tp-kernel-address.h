/* SPDX-License-Identifier: GPL-2.0-or-later */
/* SPDX-FileCopyrightText: The l2tp-client authors */

/* Addresses of PPPoL2TP sockets (KRN-2…4); private to l2tp-kernel.c and its test. */

#pragma once

#include <netinet/in.h>
#include <sys/socket.h>

#include <linux/if_pppox.h>

#include <glib.h>

G_BEGIN_DECLS

typedef struct
{
  int udp_fd;
  guint16 tunnel_id, peer_tunnel_id;
  guint16 session_id, peer_session_id; /* both 0: the tunnel's management socket (KRN-5) */
} L2tpKernelIds;

/* Their length tells the kernel which of the two it gets: connect() with sizeof (KRN-4). */
struct sockaddr_pppol2tp l2tp_kernel_make_address4 (const L2tpKernelIds *ids,
                                                    const struct sockaddr_in *peer);
struct sockaddr_pppol2tpin6 l2tp_kernel_make_address6 (const L2tpKernelIds *ids,
                                                       const struct sockaddr_in6 *peer);

G_END_DECLS
