/* SPDX-License-Identifier: GPL-2.0-or-later */
/* SPDX-FileCopyrightText: The l2tp-client authors */

/* The routes of one connection in the kernel: exactly those that are wanted, and none of others
 * touched. */

#pragma once

#include "service/io/l2tp-netlink.h"
#include "l2tp-ip-plan.h"

G_BEGIN_DECLS

#define L2TP_TYPE_ROUTES (l2tp_routes_get_type ())
G_DECLARE_FINAL_TYPE (L2tpRoutes, l2tp_routes, L2TP, ROUTES, GObject)

L2tpRoutes *l2tp_routes_new (L2tpNetlink *netlink);

/* l2tp_routes_apply_async:
 * @wanted: (element-type L2tpWantedRoute): all of them; an empty array removes everything
 *
 * Adds what is missing, in the array's order, and then removes what is no longer wanted: what moves
 * has its new way before the old one goes. What the kernel has dropped meanwhile is put back. One
 * at a time. Errors: L2TP_ERROR_IP_CONFIG_FAILED naming the key, G_IO_ERROR_CANCELLED; what has
 * been done until then stays, and is known. */
void l2tp_routes_apply_async (L2tpRoutes *routes,
                              GArray *wanted,
                              GCancellable *cancellable,
                              GAsyncReadyCallback callback,
                              gpointer data);
gboolean l2tp_routes_apply_finish (L2tpRoutes *routes, GAsyncResult *result, GError **error);

/* l2tp_routes_to_variant: (transfer full): what is in the kernel, as a(yyyyuuuayay), for
 * l2tp_routes_adopt() of a later process. */
GVariant *l2tp_routes_to_variant (L2tpRoutes *routes);

/* l2tp_routes_adopt: takes over what an earlier process has made. Returns FALSE, and takes nothing,
 * unless each entry can be a route of ours. */
gboolean l2tp_routes_adopt (L2tpRoutes *routes, GVariant *variant);

/* l2tp_routes_clean_async:
 * @keep: (element-type L2tpRoutes): those of all connections that go on
 *
 * Removes every route with our protocol number that is none of @keep's: what a dead process has
 * left. Errors: L2TP_ERROR_IP_CONFIG_FAILED, G_IO_ERROR_CANCELLED. */
void l2tp_routes_clean_async (L2tpNetlink *netlink,
                              GPtrArray *keep,
                              GCancellable *cancellable,
                              GAsyncReadyCallback callback,
                              gpointer data);
gboolean l2tp_routes_clean_finish (GAsyncResult *result, GError **error);

G_END_DECLS
