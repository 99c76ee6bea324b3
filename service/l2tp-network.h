/* SPDX-License-Identifier: GPL-2.0-or-later */
/* SPDX-FileCopyrightText: The l2tp-client authors */

/* The networks of a connection while it is wanted: the way to its LNS, and what is routed into it.
 */

#pragma once

#include <gio/gio.h>

#include "service/base/l2tp-config.h"
#include "service/io/l2tp-netlink.h"
#include "service/ppp/l2tp-ppp.h"

G_BEGIN_DECLS

#define L2TP_TYPE_NETWORK (l2tp_network_get_type ())
G_DECLARE_FINAL_TYPE (L2tpNetwork, l2tp_network, L2TP, NETWORK, GObject)

/* Signal:
 *  "moved" ()   the way to the LNS is another one, is gone or is back */

/* l2tp_network_new:
 * @tag: what log lines are about
 * @bus: (nullable): the system bus, on which systemd-resolved may be */
L2tpNetwork *
l2tp_network_new (L2tpConfig *config, const char *tag, L2tpNetlink *netlink, GDBusConnection *bus);

/* l2tp_network_hold_async:
 * @lns: (nullable): who is about to be dialled; NULL: nobody for now
 *
 * Before the first packet to an LNS, and between two calls: the LNS is reached by the uplink, and
 * under a kill switch nothing else gets out. Errors: as of l2tp_ip_config_hold_async(). */
void l2tp_network_hold_async (L2tpNetwork *network,
                              GInetAddress *lns,
                              GCancellable *cancellable,
                              GAsyncReadyCallback callback,
                              gpointer user_data);
gboolean l2tp_network_hold_finish (L2tpNetwork *network, GAsyncResult *result, GError **error);

/* l2tp_network_up_async:
 * PPP is up, or up again. After a hold for the LNS. Errors: as of l2tp_ip_config_up_async(). */
void l2tp_network_up_async (L2tpNetwork *network,
                            L2tpPpp *ppp,
                            GCancellable *cancellable,
                            GAsyncReadyCallback callback,
                            gpointer user_data);
gboolean l2tp_network_up_finish (L2tpNetwork *network, GAsyncResult *result, GError **error);

/* l2tp_network_down_async:
 * Nothing of ours is left. What cannot be undone is in the log. */
void
l2tp_network_down_async (L2tpNetwork *network, GAsyncReadyCallback callback, gpointer user_data);
void l2tp_network_down_finish (L2tpNetwork *network, GAsyncResult *result);

/* l2tp_network_check_async:
 * Whether there is a way to the LNS, or, as long as its address is not known, to anywhere. From now
 * on "moved" tells. */
void
l2tp_network_check_async (L2tpNetwork *network, GAsyncReadyCallback callback, gpointer user_data);
gboolean l2tp_network_check_finish (L2tpNetwork *network, GAsyncResult *result);

/* l2tp_network_has_path: what the last look found. */
gboolean l2tp_network_has_path (L2tpNetwork *network);

/* l2tp_network_dup_source:
 * Returns (transfer full) (nullable) the address that we would have towards the LNS now. */
GInetAddress *l2tp_network_dup_source (L2tpNetwork *network);

/* l2tp_network_get_mtu: octets, of the interface; 0: not up. */
guint l2tp_network_get_mtu (L2tpNetwork *network);

G_END_DECLS
