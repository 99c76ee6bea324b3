/* SPDX-License-Identifier: GPL-2.0-or-later */
/* SPDX-FileCopyrightText: The l2tp-client authors */

/* A connection: a profile, and the call that it has while it is wanted. What the user sees. */

#pragma once

#include <gio/gio.h>

#include "dbus/l2tp-names.h"
#include "service/base/l2tp-config.h"
#include "l2tp-call.h"

G_BEGIN_DECLS

#define L2TP_TYPE_CONNECTION (l2tp_connection_get_type ())
G_DECLARE_FINAL_TYPE (L2tpConnection, l2tp_connection, L2TP, CONNECTION, GObject)

/* Signals:
 *  "changed" ()                                 something that the getters tell
 *  "state-changed" (guint new, old, reason)     after "changed" */

/* l2tp_connection_new:
 * @config: with or without a UUID; one is made if there is none
 * @ports: the local ports in use, by all connections */
L2tpConnection *l2tp_connection_new (L2tpConfig *config, L2tpPorts *ports);

/* l2tp_connection_connect:
 * Starts the bring-up and returns. Errors: L2TP_ERROR_ALREADY_CONNECTED, L2TP_ERROR_IN_PROGRESS. */
gboolean l2tp_connection_connect (L2tpConnection *connection, GError **error);

/* l2tp_connection_disconnect:
 * Starts the end and returns. Errors: L2TP_ERROR_NOT_CONNECTED. */
gboolean
l2tp_connection_disconnect (L2tpConnection *connection, L2tpStateReason reason, GError **error);

/* l2tp_connection_set_secrets:
 * @secrets: a{sv}; takes effect with the next Connect. Errors: L2TP_ERROR_INVALID_SETTINGS. */
gboolean
l2tp_connection_set_secrets (L2tpConnection *connection, GVariant *secrets, GError **error);

const char *l2tp_connection_get_uuid (L2tpConnection *connection);
L2tpConfig *l2tp_connection_get_config (L2tpConnection *connection);
L2tpConnectionState l2tp_connection_get_state (L2tpConnection *connection);
L2tpStateReason l2tp_connection_get_reason (L2tpConnection *connection);
gint64 l2tp_connection_get_since (L2tpConnection *connection); /* µs since the Unix epoch */
guint l2tp_connection_get_retry_count (L2tpConnection *connection);

/* l2tp_connection_get_error: (nullable): the last failure since the last Connect. */
const GError *l2tp_connection_get_error (L2tpConnection *connection);

/* l2tp_connection_get_phase: the stage's name, "" when there is none. */
const char *l2tp_connection_get_phase (L2tpConnection *connection);

/* l2tp_connection_get_call: (nullable): the call under way, or NULL. */
L2tpCall *l2tp_connection_get_call (L2tpConnection *connection);

/* l2tp_connection_get_timeline:
 * Returns (transfer floating) an a(st): when each stage of the last bring-up ended, µs since
 * Connect. */
GVariant *l2tp_connection_get_timeline (L2tpConnection *connection);

/* l2tp_connection_is_active: neither disconnected nor failed. */
gboolean l2tp_connection_is_active (L2tpConnection *connection);

G_END_DECLS
