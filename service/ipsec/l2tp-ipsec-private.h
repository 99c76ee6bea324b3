/* SPDX-License-Identifier: GPL-2.0-or-later */
/* SPDX-FileCopyrightText: The l2tp-client authors */

/* For backends. A backend's up and down are called one at a time; its task is the backend's, has no
 * check for the cancellable after it has returned, and an up must return as soon as it is
 * cancelled. */

#pragma once

#include "l2tp-ipsec.h"

G_BEGIN_DECLS

const char *l2tp_ipsec_daemon_get_socket (L2tpIpsecDaemon *daemon); /* or NULL */

/* A pre-shared key's place in the daemon. */
typedef struct _L2tpIpsecPlace L2tpIpsecPlace;

/* Takes the key out of the daemon, and leaves the place when that is done, not at once. */
typedef void (*L2tpIpsecEvictFunc) (gpointer data);

typedef struct
{
  const char *tag;
  const char *connection;     /* its name, for people */
  L2tpSecret *key;            /* NULL: not known, and in nobody's way */
  const char *const *owners;  /* identities that the key is for; "%any": all */
  const char *const *lookups; /* identities that the daemon looks a key of ours up by */
  L2tpIpsecEvictFunc evict;   /* NULL: the key is needed as long as the SA */
  gpointer evict_data;        /* lives as long as the place */
} L2tpIpsecClaim;

/* l2tp_ipsec_daemon_claim_async:
 * @claim: is copied
 *
 * Waits while another key is being used that the daemon may take for this one, or this one for
 * that. Errors: L2TP_ERROR_BUSY, names the connection whose SA is up by such a key, or which has
 * not made way for 30 s. */
void l2tp_ipsec_daemon_claim_async (L2tpIpsecDaemon *daemon,
                                    const L2tpIpsecClaim *claim,
                                    GCancellable *cancellable,
                                    GAsyncReadyCallback callback,
                                    gpointer user_data);
L2tpIpsecPlace *l2tp_ipsec_daemon_claim_finish (GAsyncResult *result, GError **error);

/* l2tp_ipsec_daemon_cancel_claim: cancels @cancellable, and has its waiting claim fail at once. */
void l2tp_ipsec_daemon_cancel_claim (L2tpIpsecDaemon *daemon, GCancellable *cancellable);

/* l2tp_ipsec_daemon_claim_found: of an SA that is up. */
L2tpIpsecPlace *l2tp_ipsec_daemon_claim_found (L2tpIpsecDaemon *daemon,
                                               const L2tpIpsecClaim *claim);

/* l2tp_ipsec_place_settle: the SA is up: nobody has to wait for it any more. */
void l2tp_ipsec_place_settle (L2tpIpsecPlace *place);

/* l2tp_ipsec_place_is_evicted: whether the evict function was called. */
gboolean l2tp_ipsec_place_is_evicted (const L2tpIpsecPlace *place);

/* l2tp_ipsec_place_leave: @place: (transfer full) (nullable); returns NULL. */
L2tpIpsecPlace *l2tp_ipsec_place_leave (L2tpIpsecPlace *place);

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

GType l2tp_ipsec_strongswan_get_type (void);

G_END_DECLS
