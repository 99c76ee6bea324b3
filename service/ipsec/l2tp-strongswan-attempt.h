/* SPDX-License-Identifier: GPL-2.0-or-later */
/* SPDX-FileCopyrightText: The l2tp-client authors */

/* What is offered to the LNS, and what next when it refuses: strong proposals, then compatible
 * ones; phase 2 with or without PFS, then the other way. Pure. */

#pragma once

#include "service/base/l2tp-config.h"
#include "l2tp-ipsec-hints.h"

G_BEGIN_DECLS

typedef struct
{
  gboolean compatible;
  gboolean pfs;
  guint tried; /* a bit for each combination of the two */
  const char *pfs_group;
  char **ike, **esp;
} L2tpStrongswanAttempt;

void l2tp_strongswan_attempt_clear (L2tpStrongswanAttempt *attempt);

/* l2tp_strongswan_attempt_begin: decides on the first offer. */
void l2tp_strongswan_attempt_begin (L2tpStrongswanAttempt *attempt, L2tpConfig *config);

/* l2tp_strongswan_attempt_make_proposals:
 * Errors: see l2tp-ipsec-proposals.h. */
gboolean l2tp_strongswan_attempt_make_proposals (L2tpStrongswanAttempt *attempt,
                                                 L2tpConfig *config,
                                                 GHashTable *algorithms,
                                                 GError **error);

/* l2tp_strongswan_attempt_next:
 * @dh_group: (nullable): phase 1's, by its name: what the LNS has for PFS, too
 *
 * Returns whether there is another offer to make after @failure, which is then decided on. */
gboolean l2tp_strongswan_attempt_next (L2tpStrongswanAttempt *attempt,
                                       L2tpConfig *config,
                                       L2tpIpsecFailure failure,
                                       const char *dh_group);

G_END_DECLS
