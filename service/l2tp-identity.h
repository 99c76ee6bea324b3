/* SPDX-License-Identifier: GPL-2.0-or-later */
/* SPDX-FileCopyrightText: The l2tp-client authors */

/* The certificate that a user has for EAP-TLS, in the form that pppd takes. */

#pragma once

#include <gio/gio.h>

#include "service/base/l2tp-config.h"

G_BEGIN_DECLS

#define L2TP_TYPE_IDENTITY (l2tp_identity_get_type ())
G_DECLARE_FINAL_TYPE (L2tpIdentity, l2tp_identity, L2TP, IDENTITY, GObject)

/* l2tp_identity_new:
 * @config: with user-auth-type=tls
 * @owner: the connection's; uid, or L2TP_OWNER_ALL */
L2tpIdentity *l2tp_identity_new (L2tpConfig *config, guint32 owner);

/* l2tp_identity_read_async:
 * Once. Reads the files with the rights of the owner, and unlocks what is in them, in threads.
 * Errors: L2TP_ERROR_INVALID_SETTINGS (names the key), L2TP_ERROR_NO_SECRETS for a passphrase that
 * is missing or wrong, G_IO_ERROR_CANCELLED. */
void l2tp_identity_read_async (L2tpIdentity *identity,
                               GCancellable *cancellable,
                               GAsyncReadyCallback callback,
                               gpointer data);
gboolean l2tp_identity_read_finish (L2tpIdentity *identity, GAsyncResult *result, GError **error);

/* l2tp_identity_get_fds:
 * Returns sealed files in PEM, in the order of l2tp_ppp_attach()'s @identity_fds; @identity's.
 * Errors: why they could not be read, or that they have not been yet. */
const int *l2tp_identity_get_fds (L2tpIdentity *identity, GError **error);

G_END_DECLS
