/* SPDX-License-Identifier: GPL-2.0-or-later */
/* SPDX-FileCopyrightText: The l2tp-client authors */

/* The networks of a connection while it is wanted: the way to its LNS, and what is routed into it.
 */

#pragma once

#include <gio/gio.h>

#include "service/base/l2tp-config.h"
#include "service/io/l2tp-driver.h"
#include "service/io/l2tp-netlink.h"
#include "service/ppp/l2tp-ppp.h"

G_BEGIN_DECLS

#define L2TP_TYPE_NETWORK (l2tp_network_get_type ())
G_DECLARE_FINAL_TYPE (L2tpNetwork, l2tp_network, L2TP, NETWORK, GObject)

/* Signals:
 *  "moved" ()         the way to the LNS is another one, is gone or is back
 *  "mtu-changed" ()   since the network is up
 *  "save" ()          what l2tp_network_export() tells has changed */

/* l2tp_network_new:
 * @tag: what log lines are about
 * @bus: (nullable): the system bus, on which systemd-resolved may be */
L2tpNetwork *
l2tp_network_new (L2tpConfig *config, const char *tag, L2tpNetlink *netlink, GDBusConnection *bus);

/* l2tp_network_export: (transfer full): an a{sv} of what is in place, for another process. */
GVariant *l2tp_network_export (L2tpNetwork *network);

/* l2tp_network_adopt:
 * @state: (nullable): from l2tp_network_export(), or from anybody
 *
 * Before anything else: takes over what another process has put in place. What cannot be believed
 * is in the log, and l2tp_network_clean_async() removes it. */
void l2tp_network_adopt (L2tpNetwork *network, GVariant *state);

/* l2tp_network_set_lns: as l2tp_network_hold_async() does. */
void l2tp_network_set_lns (L2tpNetwork *network, GInetAddress *lns);

/* l2tp_network_clean_async:
 * @networks: (element-type L2tpNetwork): all that there are
 *
 * Removes the routes and name servers of an earlier process that nobody has adopted; what cannot be
 * is in the log. */
void l2tp_network_clean_async (L2tpNetlink *netlink,
                               GPtrArray *networks,
                               GAsyncReadyCallback callback,
                               gpointer user_data);
void l2tp_network_clean_finish (GAsyncResult *result);

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

/* l2tp_network_reach_async:
 * @lns: (nullable): who may follow the LNS; NULL: nobody any more
 *
 * While PPP is up: @lns is reached by the uplink as well, until the next call or hold. Errors: as
 * of l2tp_ip_config_hold_async(). */
void l2tp_network_reach_async (L2tpNetwork *network,
                               GInetAddress *lns,
                               GCancellable *cancellable,
                               GAsyncReadyCallback callback,
                               gpointer user_data);
gboolean l2tp_network_reach_finish (L2tpNetwork *network, GAsyncResult *result, GError **error);

/* l2tp_network_follow:
 * While PPP's interface stays, the tunnel goes to @lns from now on: its way and the MTU follow, and
 * "moved" is about it. What fails is in the log. */
void l2tp_network_follow (L2tpNetwork *network, GInetAddress *lns);

/* l2tp_network_set_overhead: octets that IPsec adds to each packet; the MTU follows. */
void l2tp_network_set_overhead (L2tpNetwork *network, guint overhead);

/* l2tp_network_prepare: PPP's interface is there, and has no addresses yet. */
void l2tp_network_prepare (L2tpNetwork *network, L2tpPpp *ppp);

/* l2tp_network_up_async:
 * @ipv6_alone: as in L2tpIpPeer
 *
 * PPP is up, or up again. After a hold for the LNS. Errors: as of l2tp_ip_config_up_async(). */
void l2tp_network_up_async (L2tpNetwork *network,
                            L2tpPpp *ppp,
                            gboolean ipv6_alone,
                            GCancellable *cancellable,
                            GAsyncReadyCallback callback,
                            gpointer user_data);
gboolean l2tp_network_up_finish (L2tpNetwork *network, GAsyncResult *result, GError **error);

/* l2tp_network_has_kill_switch: see l2tp_ip_config_has_kill_switch() */
gboolean l2tp_network_has_kill_switch (L2tpNetwork *network);

/* l2tp_network_down_async:
 * @kill_switch: whether it stays
 *
 * Nothing else of ours is left. What cannot be undone is in the log. */
void l2tp_network_down_async (L2tpNetwork *network,
                              gboolean kill_switch,
                              GAsyncReadyCallback callback,
                              gpointer user_data);
void l2tp_network_down_finish (L2tpNetwork *network, GAsyncResult *result);

/* l2tp_network_check_async:
 * Whether there is a way to the LNS, or, as long as its address is not known, to anywhere. From now
 * on "moved" tells. */
void
l2tp_network_check_async (L2tpNetwork *network, GAsyncReadyCallback callback, gpointer user_data);
gboolean l2tp_network_check_finish (L2tpNetwork *network, GAsyncResult *result);

/* l2tp_network_has_path: what the last look found. */
gboolean l2tp_network_has_path (L2tpNetwork *network);

/* l2tp_network_has_left:
 * Whether what @driver is bound to is not ours any more, or not what we would have towards the LNS
 * now. */
gboolean l2tp_network_has_left (L2tpNetwork *network, L2tpDriver *driver);

/* l2tp_network_get_mtu: octets, of the interface; 0: not up. */
guint l2tp_network_get_mtu (L2tpNetwork *network);

/* l2tp_network_get_widest_mtu: see l2tp_ip_config_get_widest_mtu(). */
guint l2tp_network_get_widest_mtu (L2tpNetwork *network);

/* l2tp_network_get_path_expiry: for how long, in s since the last look, the kernel believes the
 * router that has told it how narrow the way is; 0: none has. */
guint l2tp_network_get_path_expiry (L2tpNetwork *network);

G_END_DECLS
