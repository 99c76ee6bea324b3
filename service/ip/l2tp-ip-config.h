/* SPDX-License-Identifier: GPL-2.0-or-later */
/* SPDX-FileCopyrightText: The l2tp-client authors */

/* IP configuration of one connection: routes, DNS, MTU, router advertisements and the kill switch
 * with ip-config=service; with ip-config=external nothing but the way to the LNS, outside of the
 * VPN. */

#pragma once

#include <gio/gio.h>

#include "service/base/l2tp-config.h"
#include "service/io/l2tp-netlink.h"
#include "service/io/l2tp-uplink.h"

G_BEGIN_DECLS

/* What PPP has agreed on. */
typedef struct
{
  guint ifindex; /* never 0 */
  const char *ifname;
  gboolean ipv4, ipv6; /* IPCP, IPv6CP is up */
  GPtrArray *dns;      /* (nullable) (element-type GInetAddress): from the LNS */
  guint overhead;      /* octets around an inner packet: l2tp_mtu_get_overhead() */
  guint mtu;           /* octets: the upper bound of the interface's */
  gboolean ipv6_alone; /* all but ipv6 is as in the last up, which has succeeded */
} L2tpIpPeer;

#define L2TP_TYPE_IP_CONFIG (l2tp_ip_config_get_type ())
G_DECLARE_FINAL_TYPE (L2tpIpConfig, l2tp_ip_config, L2TP, IP_CONFIG, GObject)

/* l2tp_ip_config_new:
 * @tag: what log lines are about
 * @bus: (nullable): the system bus, on which systemd-resolved may be
 *
 * Does nothing yet. The last reference to go leaves everything as it is: down first. */
L2tpIpConfig *l2tp_ip_config_new (L2tpConfig *config,
                                  const char *tag,
                                  L2tpNetlink *netlink,
                                  GDBusConnection *bus);

/* The operations below are done one after another, in the order of the calls. A cancelled one ends
 * with G_IO_ERROR_CANCELLED, and a failed one, with what it had done until then in place: another
 * up, hold or down takes it from there. Errors: L2TP_ERROR_IP_CONFIG_FAILED, and without any keeper
 * of name servers L2TP_ERROR_MISSING_DEPENDENCY, if the user gave some or their domains; the
 * message begins with the key that asked for what failed. */

/* l2tp_ip_config_prepare:
 * To be called when the interface is there and before IPv6CP is up: only then does the kernel
 * solicit a router by itself. Harmless without ipv6=yes. Errors: as above. */
gboolean l2tp_ip_config_prepare (L2tpIpConfig *ip, const char *ifname, GError **error);

/* l2tp_ip_config_up_async:
 * @peer: copied
 * @uplink: of the LNS that the tunnel goes to
 *
 * PPP is up, or up again, or has agreed on something else. What is already in place stays as it is:
 * after an adoption this is what makes it good. Where IPv6 alone has come or gone, nothing else is
 * touched. */
void l2tp_ip_config_up_async (L2tpIpConfig *ip,
                              const L2tpIpPeer *peer,
                              L2tpUplink *uplink,
                              GCancellable *cancellable,
                              GAsyncReadyCallback callback,
                              gpointer data);

/* l2tp_ip_config_hold_async:
 * @uplink: (nullable): of the LNS that is going to be dialled, if it is known by now
 *
 * The connection is wanted, but PPP is not up: before each dial, and when it is down for longer
 * than a pppd takes to come back. The LNS is reached by the uplink, whatever other connections of
 * ours route; with kill-switch=yes what else is meant for the VPN is unreachable. */
void l2tp_ip_config_hold_async (L2tpIpConfig *ip,
                                L2tpUplink *uplink,
                                GCancellable *cancellable,
                                GAsyncReadyCallback callback,
                                gpointer data);

/* l2tp_ip_config_uplink_changed_async:
 * On L2tpUplink's "changed": the way to the LNS follows, a loop is cut, and so is the MTU. */
void l2tp_ip_config_uplink_changed_async (L2tpIpConfig *ip,
                                          GCancellable *cancellable,
                                          GAsyncReadyCallback callback,
                                          gpointer data);

/* l2tp_ip_config_overhead_changed_async: as L2tpIpPeer has it; the MTU follows. */
void l2tp_ip_config_overhead_changed_async (L2tpIpConfig *ip,
                                            guint overhead,
                                            GCancellable *cancellable,
                                            GAsyncReadyCallback callback,
                                            gpointer data);

/* l2tp_ip_config_move_async:
 * @uplink: of the LNS that the tunnel goes to from now on; PPP's interface stays
 *
 * As with l2tp_ip_config_uplink_changed_async(); the LNS before, and the one beside, lose their
 * ways. */
void l2tp_ip_config_move_async (L2tpIpConfig *ip,
                                L2tpUplink *uplink,
                                GCancellable *cancellable,
                                GAsyncReadyCallback callback,
                                gpointer data);

/* l2tp_ip_config_beside_async:
 * @uplink: (nullable): of another LNS, which may follow; NULL: of none any more
 *
 * While up: that one is reached by its uplink as well, until a move, hold or down. */
void l2tp_ip_config_beside_async (L2tpIpConfig *ip,
                                  L2tpUplink *uplink,
                                  GCancellable *cancellable,
                                  GAsyncReadyCallback callback,
                                  gpointer data);

/* l2tp_ip_config_down_async: nothing of ours is left, the kill switch included. */
void l2tp_ip_config_down_async (L2tpIpConfig *ip,
                                GCancellable *cancellable,
                                GAsyncReadyCallback callback,
                                gpointer data);

/* l2tp_ip_config_finish: of all of them. */
gboolean l2tp_ip_config_finish (L2tpIpConfig *ip, GAsyncResult *result, GError **error);

/* l2tp_ip_config_has_kill_switch: whether the options ask for one, and for something that it drops.
 */
gboolean l2tp_ip_config_has_kill_switch (L2tpIpConfig *ip);

/* l2tp_ip_config_get_mtu: of the interface, octets; 0: not up. */
guint l2tp_ip_config_get_mtu (L2tpIpConfig *ip);

/* l2tp_ip_config_get_widest_mtu: that it would have if the way to the LNS was everywhere as wide as
 * its first link, octets; 0: not up, or the way does not matter. */
guint l2tp_ip_config_get_widest_mtu (L2tpIpConfig *ip);

/* l2tp_ip_config_to_variant:
 * Returns (transfer full) an a{sv} of what is in place, without secrets, to be written after each
 * operation. */
GVariant *l2tp_ip_config_to_variant (L2tpIpConfig *ip);

/* l2tp_ip_config_new_from_variant:
 * Takes over what another process has put in place: up, hold or down comes next.
 * Errors: L2TP_ERROR_INVALID_ARGUMENT unless all of @state is as it must be. */
L2tpIpConfig *l2tp_ip_config_new_from_variant (L2tpConfig *config,
                                               const char *tag,
                                               L2tpNetlink *netlink,
                                               GDBusConnection *bus,
                                               GVariant *state,
                                               GError **error);

/* l2tp_ip_config_clean_async:
 * @keep: (element-type L2tpIpConfig): those that have been adopted
 *
 * At the start of the service, after the adoptions: removes the routes, and begins to take away the
 * name servers, that nobody owns any more. Errors: as above, of the routes. */
void l2tp_ip_config_clean_async (L2tpNetlink *netlink,
                                 GPtrArray *keep,
                                 GCancellable *cancellable,
                                 GAsyncReadyCallback callback,
                                 gpointer data);
gboolean l2tp_ip_config_clean_finish (GAsyncResult *result, GError **error);

G_END_DECLS
