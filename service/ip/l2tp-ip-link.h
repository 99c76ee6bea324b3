/* SPDX-License-Identifier: GPL-2.0-or-later */
/* SPDX-FileCopyrightText: The l2tp-client authors */

/* What is set on the VPN's interface itself. For l2tp-ip-config.c. */

#pragma once

#include "service/io/l2tp-netlink.h"
#include "service/io/l2tp-route.h"

G_BEGIN_DECLS

/* l2tp_ip_link_set_mtu_async: errors of the kernel, L2TP_NETLINK_ERROR. */
void l2tp_ip_link_set_mtu_async (L2tpNetlink *netlink,
                                 guint ifindex,
                                 guint mtu,
                                 GCancellable *cancellable,
                                 GAsyncReadyCallback callback,
                                 gpointer data);

/* l2tp_ip_link_cut_loop_async:
 * Removes the route that the kernel makes to @lns through the interface when the LNS's inner
 * address is its outer one, too; answers ESRCH when there is none. */
void l2tp_ip_link_cut_loop_async (L2tpNetlink *netlink,
                                  guint ifindex,
                                  const L2tpIp *lns,
                                  GCancellable *cancellable,
                                  GAsyncReadyCallback callback,
                                  gpointer data);

/* l2tp_ip_link_accept_ra:
 * Lets the interface take addresses and networks from router advertisements, on a machine that
 * forwards as well, but no default route: that one is the option default-route's. There is no way
 * back: the interface goes with the VPN, and its name may be another one's by then.
 *
 * Errors: L2TP_ERROR_IP_CONFIG_FAILED naming ipv6. */
gboolean l2tp_ip_link_accept_ra (const char *ifname, GError **error);

/* l2tp_ip_link_host_has_ipv6: whether IPv6 is on in this network namespace. */
gboolean l2tp_ip_link_host_has_ipv6 (void);

G_END_DECLS
