/* SPDX-License-Identifier: GPL-2.0-or-later */
/* SPDX-FileCopyrightText: The l2tp-client authors */

/* What the protocol says, turned into what a person can act on: one line of cause, one of remedy.
 */

#pragma once

#include <glib.h>

#include "service/proto/l2tp-result.h"

G_BEGIN_DECLS

/* Each returns (transfer full) an error of L2TP_ERROR without a stage. */
GError *l2tp_call_error_from_tunnel (const L2tpResult *result);
GError *l2tp_call_error_from_session (const L2tpResult *result);

/* l2tp_call_error_from_icmp:
 * @saved_errno: ECONNREFUSED, EHOSTUNREACH, … */
GError *l2tp_call_error_from_icmp (int saved_errno, guint port);

G_END_DECLS
