/* SPDX-License-Identifier: GPL-2.0-or-later */
/* SPDX-FileCopyrightText: The l2tp-client authors */

/* Watches the LNS of a call that is up: notices when it is dead, when it has lost its memory, and
 * when it has lost the session alone. */

#pragma once

#include <gio/gio.h>

#include "service/base/l2tp-config.h"
#include "service/io/l2tp-driver.h"
#include "l2tp-network.h"

G_BEGIN_DECLS

#define L2TP_TYPE_LIVENESS (l2tp_liveness_get_type ())
G_DECLARE_FINAL_TYPE (L2tpLiveness, l2tp_liveness, L2TP, LIVENESS, GObject)

/* Signals, all from the main loop:
 *  "silent" ()                     the LNS answers nothing, for a few seconds by now
 *  "answered" ()                   a doubt is over: the tunnel lives
 *  "session-gone" ()               it lives, and the session does not
 *  "tunnel-gone" (L2tpDriver *)    the LNS does not know the tunnel any more; the argument is a new
 *                                  one, established and without a session
 * After the last two nothing is watched until l2tp_liveness_watch(). */

/* l2tp_liveness_new:
 * @network, @targets: see l2tp_trial_new() */
L2tpLiveness *l2tp_liveness_new (L2tpConfig *config,
                                 const char *tag,
                                 L2tpPorts *ports,
                                 L2tpNetwork *network,
                                 GPtrArray *targets);

/* l2tp_liveness_watch:
 * @session_fd: the caller's, to stay open until the next call; -1: no data can come
 *
 * Watches these from now on. A doubt about the same driver goes on. */
void l2tp_liveness_watch (L2tpLiveness *liveness, L2tpDriver *driver, int session_fd);

/* l2tp_liveness_stop: nothing is watched any more. */
void l2tp_liveness_stop (L2tpLiveness *liveness);

/* l2tp_liveness_probe:
 * There is evidence that the LNS may be lost, such as an ICMP error or another path: asks it now.
 * "answered" tells when it lives. */
void l2tp_liveness_probe (L2tpLiveness *liveness);

/* l2tp_liveness_is_doubtful: whether it is not clear just now that the tunnel lives. */
gboolean l2tp_liveness_is_doubtful (L2tpLiveness *liveness);

G_END_DECLS
