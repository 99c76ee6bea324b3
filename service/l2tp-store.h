/* SPDX-License-Identifier: GPL-2.0-or-later */
/* SPDX-FileCopyrightText: The l2tp-client authors */

/* The profiles on disk: the administrator's directory, which is only read, and our own. */

#pragma once

#include <gio/gio.h>

#include "l2tp-profile.h"

G_BEGIN_DECLS

#define L2TP_TYPE_STORE (l2tp_store_get_type ())
G_DECLARE_FINAL_TYPE (L2tpStore, l2tp_store, L2TP, STORE, GObject)

/* Signals:
 *  "changed" (const char *path, L2tpProfile *profile)
 *                a profile that is new or has other content. When the profile of a UUID is in
 *                another file than before (renamed, or a file that comes first in its place),
 *                this comes for the new path and no "gone" for the old one: know them by UUID
 *  "gone" (const char *path)
 *                the profile that came from there is no more
 *  "refused" (const char *path, GError *error)
 *                a file, or a directory, that cannot be used; already logged. What its earlier
 *                content made stays as it is. Said once, and again after a reload
 *
 * One UUID, and one name of one owner, are one file's: the administrator's directory comes first,
 * then the order of file names; a later one is refused, and comes in when the first goes. What we
 * save and remove ourselves makes no signal for its own path. */

/* l2tp_store_new:
 * @admin_directory, @own_directory: made with mode 0700 by the load where they are missing and the
 *   file system lets us. Only files of our own user are read. */
L2tpStore *l2tp_store_new (const char *admin_directory, const char *own_directory);

/* l2tp_store_load_async:
 * Reads everything and watches both directories from now on. The signals come before the end.
 * Errors: only that of @cancellable; a file that is refused is none. */
void l2tp_store_load_async (L2tpStore *store,
                            GCancellable *cancellable,
                            GAsyncReadyCallback callback,
                            gpointer user_data);
gboolean l2tp_store_load_finish (L2tpStore *store, GAsyncResult *result, GError **error);

/* l2tp_store_reload_async:
 * Reads everything again, now, and says again what is refused. As l2tp_store_load_async() for the
 * rest. */
void l2tp_store_reload_async (L2tpStore *store,
                              GCancellable *cancellable,
                              GAsyncReadyCallback callback,
                              gpointer user_data);
gboolean l2tp_store_reload_finish (L2tpStore *store, GAsyncResult *result, GError **error);

/* l2tp_store_save_async:
 * @uuid: that of @config, or what it is to have when it has none
 * @config: what is set is written; of its secrets those that are kept, see l2tp_profile_format()
 * @owner: a user's id, or L2TP_OWNER_ALL
 *
 * Writes the whole file or nothing: to where the profile came from, else to UUID.conf in our own
 * directory. Several are written in the order of the calls. Cancelling helps until it is the call's
 * turn.
 *
 * Finish returns (transfer full) the path. Errors: L2TP_ERROR_FAILED (the disk, or a file of the
 * administrator's), L2TP_ERROR_INVALID_SETTINGS (too large). */
void l2tp_store_save_async (L2tpStore *store,
                            const char *uuid,
                            L2tpConfig *config,
                            guint32 owner,
                            GCancellable *cancellable,
                            GAsyncReadyCallback callback,
                            gpointer user_data);
char *l2tp_store_save_finish (L2tpStore *store, GAsyncResult *result, GError **error);

/* l2tp_store_remove_async:
 * Removes a file of our own directory; one that is gone already is no error. Errors:
 * L2TP_ERROR_FAILED (the disk, or a file of the administrator's). */
void l2tp_store_remove_async (L2tpStore *store,
                              const char *path,
                              GCancellable *cancellable,
                              GAsyncReadyCallback callback,
                              gpointer user_data);
gboolean l2tp_store_remove_finish (L2tpStore *store, GAsyncResult *result, GError **error);

G_END_DECLS
