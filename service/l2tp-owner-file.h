/* SPDX-License-Identifier: GPL-2.0-or-later */
/* SPDX-FileCopyrightText: The l2tp-client authors */

/* Files that a connection names (certificates, keys), read with the rights of the connection's
 * owner: nobody gets at another one's files by way of the service. */

#pragma once

#include <gio/gio.h>

#include "service/base/l2tp-config.h"

G_BEGIN_DECLS

/* More than any file of certificates. */
#define L2TP_OWNER_FILE_MAX (1024 * 1024)

/* l2tp_owner_file_load_async:
 * @path: from the root
 * @owner: uid, or L2TP_OWNER_ALL: as the service itself
 * @max_size: in octets
 *
 * Reads a regular file that has something in it, in a thread; 10 seconds at most. Symbolic links
 * are followed as far as the owner may. The octets are wiped when the last reference goes. Errors:
 * L2TP_ERROR_INVALID_SETTINGS (the message begins with the path), G_IO_ERROR_CANCELLED. */
void l2tp_owner_file_load_async (const char *path,
                                 guint32 owner,
                                 gsize max_size,
                                 GCancellable *cancellable,
                                 GAsyncReadyCallback callback,
                                 gpointer data);
GBytes *l2tp_owner_file_load_finish (GAsyncResult *result, GError **error);

/* l2tp_owner_file_load_options_async:
 * @ids: of type L2TP_OPTION_TYPE_PATH
 *
 * The same for the files that these options name, each with L2TP_OWNER_FILE_MAX, in one thread.
 * Returns (transfer full) an array of GBytes as long as @ids, NULL where an option is not set.
 * Errors: as above; the message begins with the key. */
void l2tp_owner_file_load_options_async (L2tpConfig *config,
                                         const L2tpOptionId *ids,
                                         guint n_ids,
                                         guint32 owner,
                                         GCancellable *cancellable,
                                         GAsyncReadyCallback callback,
                                         gpointer data);
GPtrArray *l2tp_owner_file_load_options_finish (GAsyncResult *result, GError **error);

/* l2tp_owner_file_check_async:
 * Whether all files that @config names can be loaded so, with L2TP_OWNER_FILE_MAX; 10 seconds at
 * most. What is in them is not looked at.
 * Errors: as above; the message begins with the key. */
void l2tp_owner_file_check_async (L2tpConfig *config,
                                  guint32 owner,
                                  GCancellable *cancellable,
                                  GAsyncReadyCallback callback,
                                  gpointer data);
gboolean l2tp_owner_file_check_finish (GAsyncResult *result, GError **error);

G_END_DECLS
