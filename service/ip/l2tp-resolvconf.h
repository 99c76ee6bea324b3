/* SPDX-License-Identifier: GPL-2.0-or-later */
/* SPDX-FileCopyrightText: The l2tp-client authors */

/* The program resolvconf: Debian's, openresolv, or systemd's stand-in. For l2tp-dns.c. */

#pragma once

#include <gio/gio.h>

G_BEGIN_DECLS

/* l2tp_resolvconf_run_async:
 * @record: what the entry is filed under
 * @text: (nullable): resolv.conf(5) lines to file; NULL takes the entry away
 *
 * Errors: L2TP_ERROR_MISSING_DEPENDENCY without the program, or where it cannot write what programs
 * read, L2TP_ERROR_IP_CONFIG_FAILED naming
 * dns, G_IO_ERROR_CANCELLED. */
void l2tp_resolvconf_run_async (const char *record,
                                const char *text,
                                GCancellable *cancellable,
                                GAsyncReadyCallback callback,
                                gpointer data);
gboolean l2tp_resolvconf_run_finish (GAsyncResult *result, GError **error);

/* l2tp_resolvconf_find:
 * Returns (transfer full) (element-type utf8) the entries whose names end with @suffix, whichever
 * resolvconf it is. */
GPtrArray *l2tp_resolvconf_find (const char *suffix);

G_END_DECLS
