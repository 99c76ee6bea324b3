/* SPDX-License-Identifier: GPL-2.0-or-later */
/* SPDX-FileCopyrightText: The l2tp-client authors */

/* A source of pppds: fresh ones, or, when kept warm, one that is already waiting. */

#pragma once

#include "l2tp-pppd.h"

G_BEGIN_DECLS

#define L2TP_TYPE_STANDBY (l2tp_standby_get_type ())
G_DECLARE_FINAL_TYPE (L2tpStandby, l2tp_standby, L2TP, STANDBY, GObject)

/* l2tp_standby_new: see l2tp_pppd_spawn(). Nothing is started yet. */
L2tpStandby *l2tp_standby_new (L2tpConfig *config, const char *ipparam);

/* l2tp_standby_set_warm:
 * Starts a pppd to wait, or ends the one that waits; warm already, it is refilled. It dies now and
 * then, for example when pppd is upgraded; it is started again at most three times a minute. */
void l2tp_standby_set_warm (L2tpStandby *standby, gboolean warm);

/* l2tp_standby_take:
 * Returns (transfer full) the waiting pppd, or a fresh one. Errors: l2tp_pppd_spawn()'s. */
L2tpPppd *l2tp_standby_take (L2tpStandby *standby, GError **error);

/* l2tp_standby_refill:
 * Starts the next one in a second, if it is to be warm and there is none. To be called when the
 * connection is up or has failed: by then it has been told, and whoever waited for it is done, so
 * that it does not compete with them for the processor. */
void l2tp_standby_refill (L2tpStandby *standby);

G_END_DECLS
