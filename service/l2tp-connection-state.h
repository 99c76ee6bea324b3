/* SPDX-License-Identifier: GPL-2.0-or-later */
/* SPDX-FileCopyrightText: The l2tp-client authors */

/* The states of a connection, and which may follow which. */

#pragma once

#include <glib.h>

#include "dbus/l2tp-names.h"

G_BEGIN_DECLS

const char *l2tp_connection_state_to_string (L2tpConnectionState state);

/* l2tp_connection_state_may_follow: the whitelist of changes. */
gboolean l2tp_connection_state_may_follow (L2tpConnectionState from, L2tpConnectionState to);

G_END_DECLS
