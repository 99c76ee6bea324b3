/* SPDX-License-Identifier: GPL-2.0-or-later */
/* SPDX-FileCopyrightText: The l2tp-client authors */

/* Who has called a method: what the bus itself says of it. */

#pragma once

#include <gio/gio.h>

G_BEGIN_DECLS

typedef struct
{
  char *name;  /* unique name on the bus, never used again once its owner has left */
  guint32 uid; /* 0 is root */
  guint32 pid; /* 0 when the bus does not know; for logs and for choosing, never for a decision */
} L2tpCaller;

L2tpCaller *l2tp_caller_copy (const L2tpCaller *caller);
void l2tp_caller_free (L2tpCaller *caller);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (L2tpCaller, l2tp_caller_free)

/* l2tp_caller_lookup_async:
 * @unique_name: (nullable): the sender of a message
 *
 * Asks the bus, which is one round trip; 5 seconds at most. Lookups that are begun in some order
 * end in that order. Nothing is kept: the trip costs less than what a cache would have to watch.
 * Errors: L2TP_ERROR_NOT_AUTHORIZED (has left, or the bus does not know), G_IO_ERROR_CANCELLED. */
void l2tp_caller_lookup_async (GDBusConnection *bus,
                               const char *unique_name,
                               GCancellable *cancellable,
                               GAsyncReadyCallback callback,
                               gpointer data);
L2tpCaller *l2tp_caller_lookup_finish (GAsyncResult *result, GError **error);

G_END_DECLS
