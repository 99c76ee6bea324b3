/* SPDX-License-Identifier: GPL-2.0-or-later */
/* SPDX-FileCopyrightText: The l2tp-client authors */

/* All connections of the service. */

#pragma once

#include <gio/gio.h>

#include "l2tp-connection.h"

G_BEGIN_DECLS

#define L2TP_TYPE_MANAGER (l2tp_manager_get_type ())
G_DECLARE_FINAL_TYPE (L2tpManager, l2tp_manager, L2TP, MANAGER, GObject)

/* Signals:
 *  "added" (L2tpConnection *)
 *  "removed" (L2tpConnection *)
 *  "changed" ()                  the aggregate state or the set of active connections may have */

/* l2tp_manager_new: @means is copied; what is in it outlives the manager. */
L2tpManager *l2tp_manager_new (const L2tpMeans *means);

/* l2tp_manager_check:
 * @owner: a user's id, or L2TP_OWNER_ALL
 * @except: (nullable): the connection that @config is to update
 *
 * Whether @config may be a connection here. Errors: L2TP_ERROR_INVALID_SETTINGS for a name that
 * the same owner has used, unless it is NetworkManager's, a UUID that is taken, or autostart of a
 * private one; L2TP_ERROR_BUSY for too many private ones. */
gboolean l2tp_manager_check (L2tpManager *manager,
                             L2tpConfig *config,
                             guint32 owner,
                             L2tpSource source,
                             L2tpConnection *except,
                             GError **error);

/* l2tp_manager_add:
 * Returns (transfer none) the new connection. Errors: as of l2tp_manager_check(). */
L2tpConnection *l2tp_manager_add (L2tpManager *manager,
                                  L2tpConfig *config,
                                  guint32 owner,
                                  L2tpSource source,
                                  GError **error);

/* l2tp_manager_remove_async:
 * Disconnects if need be, then removes. Errors: L2TP_ERROR_IN_PROGRESS. */
void l2tp_manager_remove_async (L2tpManager *manager,
                                L2tpConnection *connection,
                                GCancellable *cancellable,
                                GAsyncReadyCallback callback,
                                gpointer user_data);
gboolean l2tp_manager_remove_finish (L2tpManager *manager, GAsyncResult *result, GError **error);

/* l2tp_manager_stop_async:
 * Ends every call in order, and no connection begins any more; takes 3 s at most. Never fails. */
void l2tp_manager_stop_async (L2tpManager *manager,
                              GCancellable *cancellable,
                              GAsyncReadyCallback callback,
                              gpointer user_data);
void l2tp_manager_stop_finish (L2tpManager *manager, GAsyncResult *result);

/* l2tp_manager_get_connections: (transfer none), oldest first. */
GPtrArray *l2tp_manager_get_connections (L2tpManager *manager);

/* l2tp_manager_has: whether @connection is one of them, rather than removed. */
gboolean l2tp_manager_has (L2tpManager *manager, L2tpConnection *connection);

/* l2tp_manager_find_by_uuid: (transfer none) (nullable) */
L2tpConnection *l2tp_manager_find_by_uuid (L2tpManager *manager, const char *uuid);

L2tpManagerState l2tp_manager_get_state (L2tpManager *manager);

G_END_DECLS
