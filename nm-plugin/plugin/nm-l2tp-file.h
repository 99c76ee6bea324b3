/* SPDX-License-Identifier: GPL-2.0-or-later */
/* SPDX-FileCopyrightText: The l2tp-client authors */

#pragma once

#include <NetworkManager.h>

G_BEGIN_DECLS

#define NM_L2TP_FILE_ERROR (nm_l2tp_file_error_quark ())

typedef enum
{
  NM_L2TP_FILE_ERROR_NOT_VPN,     /* not a file of ours: somebody else may try */
  NM_L2TP_FILE_ERROR_INVALID,     /* a file of ours, with a fault */
  NM_L2TP_FILE_ERROR_NOT_WRITTEN, /* the profile cannot be exported */
} NmL2tpFileError;

GQuark nm_l2tp_file_error_quark (void);

/* nm_l2tp_file_import:
 * @path: a file of NetworkManager-l2tp's form, which is also ours, or a .nmconnection; hostile
 *
 * Returns (transfer full) a connection without a UUID, with the secrets that the file has. A key
 * that the option table does not have is kept. Errors: NM_L2TP_FILE_ERROR, G_FILE_ERROR. */
NMConnection *nm_l2tp_file_import (const char *path, GError **error);

/* nm_l2tp_file_export:
 * @path: is replaced; ending in .nmconnection it gets NetworkManager's own form
 *
 * Writes everything but the secrets, readable by its owner only.
 * Errors: NM_L2TP_FILE_ERROR, G_FILE_ERROR. */
gboolean nm_l2tp_file_export (NMConnection *connection, const char *path, GError **error);

/* nm_l2tp_file_suggest_name:
 * Returns (transfer full) a file name without slashes, or NULL if @connection has no name. */
char *nm_l2tp_file_suggest_name (NMConnection *connection);

G_END_DECLS
