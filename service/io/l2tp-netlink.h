/* SPDX-License-Identifier: GPL-2.0-or-later */
/* SPDX-FileCopyrightText: The l2tp-client authors */

/* rtnetlink on the main loop: requests that are answered later, and what the kernel tells by itself
 * of links, addresses, routes and rules. Of the network namespace in which it is made. */

#pragma once

#include <gio/gio.h>
#include <linux/netlink.h>

G_BEGIN_DECLS

/* The kernel's refusals: the code is its errno, the message its own words where it has some. */
#define L2TP_NETLINK_ERROR (l2tp_netlink_error_quark ())
GQuark l2tp_netlink_error_quark (void);

#define L2TP_TYPE_NETLINK (l2tp_netlink_get_type ())
G_DECLARE_FINAL_TYPE (L2tpNetlink, l2tp_netlink, L2TP, NETLINK, GObject)

/* Signals:
 *  "event" (const struct nlmsghdr *)   RTM_NEW… or RTM_DEL… of a link, an address, a route or a
 *                                      rule; as long as the handler runs
 *  "overrun" ()                        events were lost: whoever keeps a picture of the kernel asks
 *                                      anew */

/* l2tp_netlink_new: for the thread's main loop. Errors: L2TP_ERROR_FAILED. */
L2tpNetlink *l2tp_netlink_new (GError **error);

/* l2tp_netlink_request_async:
 * @message: copied; its sequence number and the flags for an answer are put in here
 *
 * Requests are made one after another, each within 5 s. One that is cancelled before its turn is
 * never made; of one that is cancelled later nobody knows whether it was. */
void l2tp_netlink_request_async (L2tpNetlink *netlink,
                                 const struct nlmsghdr *message,
                                 GCancellable *cancellable,
                                 GAsyncReadyCallback callback,
                                 gpointer data);

/* l2tp_netlink_request_finish:
 * Returns (transfer full) (element-type GBytes): the answers, each one whole message whose header
 * and length are right; none to a change; NULL on failure. Errors: L2TP_NETLINK_ERROR, ETIMEDOUT
 * among them; G_IO_ERROR_CANCELLED. */
GPtrArray *l2tp_netlink_request_finish (L2tpNetlink *netlink, GAsyncResult *result, GError **error);

G_END_DECLS
