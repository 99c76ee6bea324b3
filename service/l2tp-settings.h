/* SPDX-License-Identifier: GPL-2.0-or-later */
/* SPDX-FileCopyrightText: The l2tp-client authors */

/* The settings of the service itself; see l2tp-client.conf(5). */

#pragma once

#include <gio/gio.h>

G_BEGIN_DECLS

/* Never changed once it is made. */
typedef struct
{
  gboolean debug;    /* [service] log-level */
  char *vici_socket; /* [ipsec] vici-socket; NULL: look for it */
  char **warnings;   /* what was wrong: one line each, with file and line; often none */
} L2tpSettings;

/* Where the service looks, for the calls below; NULL-terminated. */
extern const char *const l2tp_settings_directories[];

/* l2tp_settings_read:
 * @directories: NULL-terminated; what is in an earlier one counts more
 *
 * Reads l2tp-client.conf of the first directory that has one, then the drop-ins
 * l2tp-client.conf.d/NAME.conf of all of them, by name, each NAME from the first directory that has
 * it; the last value of a key counts. What is wrong is left out with a warning, the rest holds.
 * Blocks: for the start, before there is a main loop, and for threads. Never fails. */
L2tpSettings *l2tp_settings_read (const char *const *directories);
void l2tp_settings_free (L2tpSettings *settings);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (L2tpSettings, l2tp_settings_free)

/* l2tp_settings_read_async: the same from the main loop. Errors: only that of @cancellable. */
void l2tp_settings_read_async (const char *const *directories,
                               GCancellable *cancellable,
                               GAsyncReadyCallback callback,
                               gpointer user_data);
L2tpSettings *l2tp_settings_read_finish (GAsyncResult *result, GError **error);

G_END_DECLS
