/* SPDX-License-Identifier: GPL-2.0-or-later */
/* SPDX-FileCopyrightText: The l2tp-client authors */

/* For backends. A backend's up and down are called one at a time; its task is the backend's, has no
 * check for the cancellable after it has returned, and an up must return as soon as it is
 * cancelled. */

#pragma once

#include "l2tp-ipsec.h"

G_BEGIN_DECLS

const char *l2tp_ipsec_daemon_get_socket (L2tpIpsecDaemon *daemon); /* or NULL */

/* l2tp_ipsec_daemon_lock_async:
 * One at a time: while a daemon may take one connection's pre-shared key for another's. */
void l2tp_ipsec_daemon_lock_async (L2tpIpsecDaemon *daemon,
                                   GCancellable *cancellable,
                                   GAsyncReadyCallback callback,
                                   gpointer user_data);
gboolean l2tp_ipsec_daemon_lock_finish (GAsyncResult *result, GError **error);
void l2tp_ipsec_daemon_unlock (L2tpIpsecDaemon *daemon);

/* l2tp_ipsec_daemon_cancel_lock: cancels @cancellable, and has its waiting request fail at once. */
void l2tp_ipsec_daemon_cancel_lock (L2tpIpsecDaemon *daemon, GCancellable *cancellable);

L2tpIpsecDaemon *l2tp_ipsec_get_daemon (L2tpIpsec *ipsec);
L2tpConfig *l2tp_ipsec_get_config (L2tpIpsec *ipsec);
const char *l2tp_ipsec_get_tag (L2tpIpsec *ipsec);
const L2tpIpsecFiles *l2tp_ipsec_get_files (L2tpIpsec *ipsec);
GInetSocketAddress *l2tp_ipsec_get_local (L2tpIpsec *ipsec);
GInetSocketAddress *l2tp_ipsec_get_peer (L2tpIpsec *ipsec);

/* l2tp_ipsec_get_patience: ms that a daemon is given to undo what is ours. */
guint l2tp_ipsec_get_patience (L2tpIpsec *ipsec);

void l2tp_ipsec_progress (L2tpIpsec *ipsec, const char *step);
void l2tp_ipsec_warn (L2tpIpsec *ipsec, const char *text);

/* l2tp_ipsec_set_status: (transfer full): what @status points to; emits "changed" when up. */
void l2tp_ipsec_set_status (L2tpIpsec *ipsec, L2tpIpsecStatus *status);
void l2tp_ipsec_set_failure (L2tpIpsec *ipsec, L2tpIpsecFailure failure);

/* l2tp_ipsec_lose: emits "lost" if it was up. @error: (transfer full) */
void l2tp_ipsec_lose (L2tpIpsec *ipsec, L2tpIpsecFailure failure, GError *error);

GType l2tp_ipsec_none_get_type (void);
GType l2tp_ipsec_strongswan_get_type (void);

G_END_DECLS
