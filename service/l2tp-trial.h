/* SPDX-License-Identifier: GPL-2.0-or-later */
/* SPDX-FileCopyrightText: The l2tp-client authors */

/* A tunnel without a session, beside one that may be dead: does the LNS answer at all? */

#pragma once

#include <gio/gio.h>

#include "service/base/l2tp-config.h"
#include "service/io/l2tp-driver.h"
#include "l2tp-network.h"

G_BEGIN_DECLS

#define L2TP_TYPE_TRIAL (l2tp_trial_get_type ())
G_DECLARE_FINAL_TYPE (L2tpTrial, l2tp_trial, L2TP, TRIAL, GObject)

/* Signals:
 *  "up" ()     the tunnel is established, from the main loop; if it ends, the trial goes on */

/* l2tp_trial_new:
 * @network: (nullable): has the first address; told of each other one before a packet goes there
 * @targets: (element-type GInetSocketAddress): the LNS's addresses, to be tried in turn, the first
 *   one first; a reference is kept */
L2tpTrial *l2tp_trial_new (L2tpConfig *config,
                           const char *tag,
                           L2tpPorts *ports,
                           L2tpNetwork *network,
                           GPtrArray *targets);

/* l2tp_trial_start:
 * @patience: µs for an address to answer, before the next one's turn, or the same one's anew
 *
 * From any port, because the old tunnel may have the one that the user wants. Harmless when it is
 * under way. Goes on until it is stopped or its driver is taken. */
void l2tp_trial_start (L2tpTrial *trial, gint64 patience);

/* l2tp_trial_stop: the LNS is told when it has answered. Harmless when nothing is under way. */
void l2tp_trial_stop (L2tpTrial *trial);

/* l2tp_trial_get_driver: (transfer none): with an established tunnel, else NULL. */
L2tpDriver *l2tp_trial_get_driver (L2tpTrial *trial);

/* l2tp_trial_was_refused: whether the first address's port was seen closed (XPRT-22). */
gboolean l2tp_trial_was_refused (L2tpTrial *trial);

/* l2tp_trial_steal_driver:
 * Returns (transfer full) what l2tp_trial_get_driver() would; the trial is over. The address that
 * answered is the next trial's first, and the caller tells the network so. */
L2tpDriver *l2tp_trial_steal_driver (L2tpTrial *trial);

G_END_DECLS
