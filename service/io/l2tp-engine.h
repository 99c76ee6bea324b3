/* SPDX-License-Identifier: GPL-2.0-or-later */
/* SPDX-FileCopyrightText: The l2tp-client authors */

/* An engine as a connection wants it. */

#pragma once

#include "service/base/l2tp-config.h"
#include "service/proto/l2tp-tunnel.h"

G_BEGIN_DECLS

/* l2tp_engine_new:
 * @state: (nullable): from l2tp_tunnel_export(), or from anybody
 *
 * Returns a new engine, or the one of @state; NULL when @state is none of this version. */
L2tpTunnel *l2tp_engine_new (L2tpConfig *config, GVariant *state);

/* l2tp_engine_get_schedule: when its messages are repeated, and when the LNS is given up. */
L2tpSchedule l2tp_engine_get_schedule (L2tpConfig *config);

/* l2tp_engine_random_id: never 0. */
guint16 l2tp_engine_random_id (void);

G_END_DECLS
