/* SPDX-License-Identifier: GPL-2.0-or-later */
/* SPDX-FileCopyrightText: The l2tp-client authors */

/* What polkit says: may a caller do what an action stands for? */

#pragma once

#include <gio/gio.h>

G_BEGIN_DECLS

/* For l2tp_authority_new(): polkitd answers in milliseconds, or a minute after its start. */
#define L2TP_AUTHORITY_DEADLINE_MS 10000

/* The one failure that is not of L2TP_ERROR: it has a D-Bus name of its own, for which GLib has no
 * code. */
#define L2TP_AUTHORITY_ERROR (l2tp_authority_error_quark ())
GQuark l2tp_authority_error_quark (void);

typedef enum
{
  L2TP_AUTHORITY_ERROR_INTERACTION_NEEDED,
} L2tpAuthorityError;

#define L2TP_TYPE_AUTHORITY (l2tp_authority_get_type ())
G_DECLARE_FINAL_TYPE (L2tpAuthority, l2tp_authority, L2TP, AUTHORITY, GObject)

/* l2tp_authority_new:
 * @bus: the system bus, on which callers are watched; polkit is found there by itself
 * @deadline_ms: how long a check without interaction may take */
L2tpAuthority *l2tp_authority_new (GDBusConnection *bus, guint deadline_ms);

/* l2tp_authority_check_async:
 * @caller: unique name
 * @action: one of L2TP_ACTION_…
 * @name: (nullable): the connection's name, for the question that a person reads; any text
 * @gateway: (nullable): its LNS, likewise
 * @interactive: whether a person may be asked for a password
 *
 * A check without interaction ends within the deadline; one with it when the person answers, when
 * polkit gives up or when the caller leaves the bus, which also takes the question away. A polkitd
 * that restarts is asked once more.
 *
 * Errors: L2TP_ERROR_NOT_AUTHORIZED (the message names the action and a remedy; also when polkit is
 * missing, so that only who needs no polkit may go on); without @interactive
 * L2TP_AUTHORITY_ERROR_INTERACTION_NEEDED; G_IO_ERROR_CANCELLED. */
void l2tp_authority_check_async (L2tpAuthority *self,
                                 const char *caller,
                                 const char *action,
                                 const char *name,
                                 const char *gateway,
                                 gboolean interactive,
                                 GCancellable *cancellable,
                                 GAsyncReadyCallback callback,
                                 gpointer data);
gboolean l2tp_authority_check_finish (L2tpAuthority *self, GAsyncResult *result, GError **error);

G_END_DECLS
