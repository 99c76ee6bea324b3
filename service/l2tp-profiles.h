/* SPDX-License-Identifier: GPL-2.0-or-later */
/* SPDX-FileCopyrightText: The l2tp-client authors */

/* Keeps the connections of the manager and the files of the store in step. */

#pragma once

#include <gio/gio.h>

#include "l2tp-manager.h"
#include "l2tp-store.h"

G_BEGIN_DECLS

#define L2TP_TYPE_PROFILES (l2tp_profiles_get_type ())
G_DECLARE_FINAL_TYPE (L2tpProfiles, l2tp_profiles, L2TP, PROFILES, GObject)

L2tpProfiles *l2tp_profiles_new (L2tpManager *manager, L2tpStore *store);

/* l2tp_profiles_load_async:
 * @again: not for the first time
 *
 * Reads every file. Each becomes a connection, changes one or is refused in the log. Fails only
 * when it is cancelled. */
void l2tp_profiles_load_async (L2tpProfiles *profiles,
                               gboolean again,
                               GCancellable *cancellable,
                               GAsyncReadyCallback callback,
                               gpointer user_data);
gboolean l2tp_profiles_load_finish (L2tpProfiles *profiles, GAsyncResult *result, GError **error);

/* l2tp_profiles_autostart: connects what is to be up when the service starts. */
void l2tp_profiles_autostart (L2tpProfiles *profiles);

/* l2tp_profiles_add_async:
 * @owner: a user's id, who must be able to read what @config names, or L2TP_OWNER_ALL
 * @source: L2TP_SOURCE_DISK gets a file
 *
 * Adds a connection and its file: both or none. Finishes with (transfer full) the connection.
 * Errors: as of l2tp_manager_check(), l2tp_owner_file_check_async() and l2tp_store_save_async(). */
void l2tp_profiles_add_async (L2tpProfiles *profiles,
                              L2tpConfig *config,
                              guint32 owner,
                              L2tpSource source,
                              GCancellable *cancellable,
                              GAsyncReadyCallback callback,
                              gpointer user_data);
L2tpConnection *
l2tp_profiles_add_finish (L2tpProfiles *profiles, GAsyncResult *result, GError **error);

/* l2tp_profiles_update_async:
 * @config: with the UUID of @connection
 *
 * Replaces the profile, in its file first where it has one. Errors: as of
 * l2tp_profiles_add_async(); L2TP_ERROR_BUSY while another change of it is being written. */
void l2tp_profiles_update_async (L2tpProfiles *profiles,
                                 L2tpConnection *connection,
                                 L2tpConfig *config,
                                 GCancellable *cancellable,
                                 GAsyncReadyCallback callback,
                                 gpointer user_data);
gboolean l2tp_profiles_update_finish (L2tpProfiles *profiles, GAsyncResult *result, GError **error);

/* l2tp_profiles_remove_async:
 * Removes the file and then the connection, which is disconnected if need be. Errors: as of
 * l2tp_store_remove_async() and l2tp_manager_remove_async(). */
void l2tp_profiles_remove_async (L2tpProfiles *profiles,
                                 L2tpConnection *connection,
                                 GCancellable *cancellable,
                                 GAsyncReadyCallback callback,
                                 gpointer user_data);
gboolean l2tp_profiles_remove_finish (L2tpProfiles *profiles, GAsyncResult *result, GError **error);

G_END_DECLS
