/* SPDX-License-Identifier: GPL-2.0-or-later */
/* SPDX-FileCopyrightText: The l2tp-client authors */

/* The two connections to strongSwan that one tunnel needs: "work" is blocked while an SA comes up,
 * and hears of that; "control" can end it meanwhile. */

#pragma once

#include "l2tp-ipsec-hints.h"
#include "l2tp-vici.h"

G_BEGIN_DECLS

typedef struct
{
  L2tpVici *control, *work; /* both open, or both NULL */
  GHashTable *algorithms;   /* a set of names; NULL: not known */
  gboolean is_following;
} L2tpStrongswanLink;

/* l2tp_strongswan_link_clear: closes both. */
void l2tp_strongswan_link_clear (L2tpStrongswanLink *link);

/* l2tp_strongswan_link_give_up: the same, because the daemon hangs; see l2tp_vici_give_up(). */
void l2tp_strongswan_link_give_up (L2tpStrongswanLink *link);

/* l2tp_strongswan_link_failure: HUNG or DAEMON_ENDED, after @error of a command. */
L2tpIpsecFailure l2tp_strongswan_link_failure (const GError *error);
gboolean l2tp_strongswan_link_is_open (const L2tpStrongswanLink *link);

/* l2tp_strongswan_link_open_async:
 * @socket: see l2tp_strongswan_connect_async()
 *
 * Registers work for control-log, ike-updown and child-updown. A daemon that listens has 3 s to
 * answer. */
void l2tp_strongswan_link_open_async (const char *socket,
                                      GCancellable *cancellable,
                                      GAsyncReadyCallback callback,
                                      gpointer user_data);

/* l2tp_strongswan_link_follow: registers control for list-sa, ike-rekey and child-rekey, too. */
void l2tp_strongswan_link_follow (L2tpStrongswanLink *link);

/* l2tp_strongswan_link_open_finish:
 * @ret_failure: why it failed, unless it was cancelled */
gboolean l2tp_strongswan_link_open_finish (GAsyncResult *result,
                                           L2tpStrongswanLink *ret_link,
                                           L2tpIpsecFailure *ret_failure,
                                           GError **error);

G_END_DECLS
