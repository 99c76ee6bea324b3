/* SPDX-License-Identifier: GPL-2.0-or-later */
/* SPDX-FileCopyrightText: The l2tp-client authors */

/* Keeps the state files in step with the connections, and makes connections of those that a service
 * before this one has left. */

#pragma once

#include "l2tp-manager.h"

G_BEGIN_DECLS

#define L2TP_TYPE_KEEPER (l2tp_keeper_get_type ())
G_DECLARE_FINAL_TYPE (L2tpKeeper, l2tp_keeper, L2TP, KEEPER, GObject)

/* l2tp_keeper_new:
 * @directory: of the state files; made if need be, for root alone */
L2tpKeeper *l2tp_keeper_new (L2tpManager *manager, L2tpNetlink *netlink, const char *directory);

/* l2tp_keeper_adopt:
 * Once, when all profiles are there. What was up goes on; what cannot be trusted is cleaned up and,
 * if it was wanted, connected again. */
void l2tp_keeper_adopt (L2tpKeeper *keeper);

G_END_DECLS
