/* SPDX-License-Identifier: GPL-2.0-or-later */
/* SPDX-FileCopyrightText: The l2tp-client authors */

/* One "initiate": its deadlines, and what its log lines and ICMP say when it fails. */

#pragma once

#include "l2tp-ipsec.h"
#include "l2tp-strongswan-link.h"

G_BEGIN_DECLS

typedef struct
{
  L2tpIpsecFailure failure;
  char *detail;            /* strongSwan's words, or NULL */
  char *dh_group;          /* phase 1's, if it came so far, or NULL */
  gboolean was_others_key; /* a wrong key, and perhaps not the one that we gave */
} L2tpStrongswanOutcome;

void l2tp_strongswan_outcome_clear (L2tpStrongswanOutcome *outcome);
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (L2tpStrongswanOutcome, l2tp_strongswan_outcome_clear)

/* l2tp_strongswan_initiate_async:
 * @ipsec: for its peer, its config and its signal "progress"
 * @link: stays open until it is done
 * @name: the connection's, which is loaded
 *
 * When it is cancelled it has the daemon stop, and is done when that has. */
void l2tp_strongswan_initiate_async (L2tpIpsec *ipsec,
                                     L2tpStrongswanLink *link,
                                     const char *name,
                                     gboolean psk,
                                     GCancellable *cancellable,
                                     GAsyncReadyCallback callback,
                                     gpointer user_data);

/* l2tp_strongswan_initiate_finish:
 * Returns whether there is an SA. If not, either @error is set, because the daemon broke off, or
 * @ret_outcome says why. */
gboolean l2tp_strongswan_initiate_finish (GAsyncResult *result,
                                          L2tpStrongswanOutcome *ret_outcome,
                                          GError **error);

G_END_DECLS
