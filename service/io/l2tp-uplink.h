/* SPDX-License-Identifier: GPL-2.0-or-later */
/* SPDX-FileCopyrightText: The l2tp-client authors */

/* How one LNS is reached now, by the network below the VPN: what the kernel would do if the routes
 * of that VPN were not there. Watches links, addresses, routes and rules as long as it exists. */

#pragma once

#include <gio/gio.h>

#include "l2tp-netlink.h"
#include "l2tp-route.h"

G_BEGIN_DECLS

/* The way to the LNS. */
typedef struct
{
  guint ifindex;  /* never 0 */
  L2tpIp gateway; /* of none: the LNS is on the link */
  L2tpIp source;  /* the address that we would have there */
  guint mtu;      /* octets: of the link, or less where the path is known to be narrower */
  guint link_mtu; /* octets */
  guint expires;  /* s from the look: when the kernel forgets what a router has told; 0: never */
  gboolean local; /* the LNS is this machine */
  gboolean onlink;
} L2tpUplinkPath;

#define L2TP_TYPE_UPLINK (l2tp_uplink_get_type ())
G_DECLARE_FINAL_TYPE (L2tpUplink, l2tp_uplink, L2TP, UPLINK, GObject)

/* Signals:
 *  "changed" ()   the path is another one, is gone or has come, is looped or no longer, or is the
 *                 same again after an interruption that may have cost routes. From the main loop,
 *                 at most once in 50 ms. */

/* l2tp_uplink_new:
 * @address: of the LNS
 * @interface: (nullable): by which it must be reached; it may come later
 * @source: (nullable): our own address towards it
 *
 * Knows nothing yet: it looks by itself soon, or at once with l2tp_uplink_check_async(). */
L2tpUplink *l2tp_uplink_new (L2tpNetlink *netlink,
                             GInetAddress *address,
                             const char *interface,
                             GInetAddress *source);

/* l2tp_uplink_set_own_interface:
 * @ifindex: of the VPN's interface, 0: none
 *
 * Routes through it are no way to the LNS. Looks anew. */
void l2tp_uplink_set_own_interface (L2tpUplink *uplink, guint ifindex);

/* l2tp_uplink_check_async:
 * Looks now. "changed" comes before the callback when there is something to tell.
 * Errors: G_IO_ERROR_CANCELLED alone; a kernel that does not answer is no path. */
void l2tp_uplink_check_async (L2tpUplink *uplink,
                              GCancellable *cancellable,
                              GAsyncReadyCallback callback,
                              gpointer data);
gboolean l2tp_uplink_check_finish (L2tpUplink *uplink, GAsyncResult *result, GError **error);

/* l2tp_uplink_get_path:
 * Returns FALSE, and leaves @ret_path alone, when there is no uplink, or none known yet. */
gboolean l2tp_uplink_get_path (L2tpUplink *uplink, L2tpUplinkPath *ret_path);

/* l2tp_uplink_is_looped: whether the kernel would send what is meant for the LNS into the VPN
 * itself, as with an LNS whose inner address is its outer one. */
gboolean l2tp_uplink_is_looped (L2tpUplink *uplink);

GInetAddress *l2tp_uplink_get_address (L2tpUplink *uplink); /* (transfer none) */

G_END_DECLS
