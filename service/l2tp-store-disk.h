/* SPDX-License-Identifier: GPL-2.0-or-later */
/* SPDX-FileCopyrightText: The l2tp-client authors */

/* What the store does on the disk. All of it blocks: for threads only. */

#pragma once

#include <gio/gio.h>

#include "l2tp-profile.h"

G_BEGIN_DECLS

/* A file as it was found: one of profile and error is NULL. */
typedef struct
{
  char *path;
  L2tpProfile *profile;
  GError *error;
} L2tpStoreFile;

/* l2tp_store_disk_make:
 * Makes @directory with mode 0700 where it is missing and can be made, and removes what a write
 * that was cut short has left in it. */
void l2tp_store_disk_make (const char *directory);

/* l2tp_store_disk_read:
 * Returns (transfer full) the profiles in @directory (L2tpStoreFile), by name; none when it is
 * missing. Errors: L2TP_ERROR_FAILED, nothing can be said of what is in there. */
GPtrArray *l2tp_store_disk_read (const char *directory, GError **error);

/* l2tp_store_disk_write:
 * Puts @data in the place of the file @path, or changes nothing. Makes the directory if need be.
 * Errors: L2TP_ERROR_FAILED. */
gboolean l2tp_store_disk_write (const char *path, GBytes *data, GError **error);

/* l2tp_store_disk_remove: the file @path; none is no error. Errors: L2TP_ERROR_FAILED. */
gboolean l2tp_store_disk_remove (const char *path, GError **error);

/* l2tp_store_disk_parse: the profile @data, as if it had been read from @path. */
L2tpProfile *l2tp_store_disk_parse (const char *path, const char *data, gsize len, GError **error);

G_END_DECLS
