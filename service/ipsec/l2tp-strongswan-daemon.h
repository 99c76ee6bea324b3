/* SPDX-License-Identifier: GPL-2.0-or-later */
/* SPDX-FileCopyrightText: The l2tp-client authors */

/* The host's strongSwan: where it listens, and how it is started when it does not. */

#pragma once

#include "l2tp-ipsec-hints.h"
#include "l2tp-vici.h"

G_BEGIN_DECLS

/* l2tp_strongswan_connect_async:
 * @socket: (nullable): NULL: its usual places; if nobody listens there, what is installed is
 *   started, by systemd or by its init script, and waited for
 *
 * Errors: L2TP_ERROR_MISSING_DEPENDENCY; @ret_failure is NO_DAEMON or DENIED. */
void l2tp_strongswan_connect_async (const char *socket,
                                    GCancellable *cancellable,
                                    GAsyncReadyCallback callback,
                                    gpointer user_data);
L2tpVici *l2tp_strongswan_connect_finish (GAsyncResult *result,
                                          L2tpIpsecFailure *ret_failure,
                                          GError **error);

G_END_DECLS
