/* SPDX-License-Identifier: GPL-2.0-or-later */
/* SPDX-FileCopyrightText: The l2tp-client authors */

/* A connection: a profile, and the call that it has while it is wanted. What the user sees. */

#pragma once

#include <gio/gio.h>

#include "dbus/l2tp-names.h"
#include "service/base/l2tp-config.h"
#include "l2tp-call.h"
#include "l2tp-means.h"
#include "l2tp-prompt.h"
#include "l2tp-state.h"

G_BEGIN_DECLS

/* Where a connection comes from. */
typedef enum
{
  L2TP_SOURCE_DISK,
  L2TP_SOURCE_MEMORY,
  L2TP_SOURCE_NETWORKMANAGER,
} L2tpSource;

const char *l2tp_source_to_string (L2tpSource source);

#define L2TP_TYPE_CONNECTION (l2tp_connection_get_type ())
G_DECLARE_FINAL_TYPE (L2tpConnection, l2tp_connection, L2TP, CONNECTION, GObject)

/* Signals:
 *  "changed" ()                                 something that the getters tell
 *  "state-changed" (guint new, old, reason)     after "changed"
 *  "learned" ()                                 the profile has got secrets that may be stored */

/* l2tp_connection_new:
 * @id: unique among the connections of this service, ever
 * @owner: a user's id, or L2TP_OWNER_ALL
 * @means: outlives the connection */
L2tpConnection *l2tp_connection_new (guint id,
                                     L2tpConfig *config,
                                     guint32 owner,
                                     L2tpSource source,
                                     const L2tpMeans *means);

/* l2tp_connection_connect:
 * Starts the bring-up and returns; a pause before the next attempt is cut short. Errors:
 * L2TP_ERROR_ALREADY_CONNECTED, L2TP_ERROR_IN_PROGRESS, L2TP_ERROR_NO_SECRETS, L2TP_ERROR_BUSY when
 * the service stops. */
gboolean
l2tp_connection_connect (L2tpConnection *connection, const L2tpAsker *asker, GError **error);

/* l2tp_connection_adopt:
 * @state: of this connection, from another service
 *
 * Goes on where that service was: connected at once when its call is there and can be trusted, or
 * else in a pause before the next attempt, if it is wanted. Only before anything else. */
void l2tp_connection_adopt (L2tpConnection *connection, const L2tpState *state);

/* l2tp_connection_disconnect:
 * Starts the end, of the kill switch of what has failed as well, and returns. Errors:
 * L2TP_ERROR_NOT_CONNECTED. */
gboolean
l2tp_connection_disconnect (L2tpConnection *connection, L2tpStateReason reason, GError **error);

/* l2tp_connection_suspend:
 * The machine goes to sleep: a call ends in order, and nothing else changes. The connection stays
 * wanted. */
void l2tp_connection_suspend (L2tpConnection *connection);

/* l2tp_connection_resume: it is awake; what is wanted is dialled as soon as there is a network. */
void l2tp_connection_resume (L2tpConnection *connection);

/* l2tp_connection_is_resting: there is nothing of a call, not even one that ends. */
gboolean l2tp_connection_is_resting (L2tpConnection *connection);

/* l2tp_connection_set_config:
 * Replaces the profile by one with the same UUID. A call that is under way keeps its own. */
void l2tp_connection_set_config (L2tpConnection *connection, L2tpConfig *config);

/* l2tp_connection_set_owner: a user's id, or L2TP_OWNER_ALL. */
void l2tp_connection_set_owner (L2tpConnection *connection, guint32 owner);

/* l2tp_connection_set_bound:
 * @name: (nullable): a program on the bus with whose end the call ends, or, with @remove, the
 *   connection; kept for others, nothing is done about it here */
void l2tp_connection_set_bound (L2tpConnection *connection, const char *name, gboolean remove);
const char *l2tp_connection_get_bound (L2tpConnection *connection, gboolean remove);

/* l2tp_connection_set_filename: (nullable): where the profile is kept. */
void l2tp_connection_set_filename (L2tpConnection *connection, const char *filename);

const char *l2tp_connection_get_path (L2tpConnection *connection); /* on the bus */
const char *l2tp_connection_get_uuid (L2tpConnection *connection);
const char *l2tp_connection_get_name (L2tpConnection *connection);
guint32 l2tp_connection_get_owner (L2tpConnection *connection);
L2tpSource l2tp_connection_get_source (L2tpConnection *connection);
const char *l2tp_connection_get_filename (L2tpConnection *connection); /* NULL: in no file */
L2tpConfig *l2tp_connection_get_config (L2tpConnection *connection);
L2tpConnectionState l2tp_connection_get_state (L2tpConnection *connection);
L2tpStateReason l2tp_connection_get_reason (L2tpConnection *connection);
gint64 l2tp_connection_get_since (L2tpConnection *connection); /* µs since the Unix epoch */

/* l2tp_connection_get_retry_count: attempts that have failed in a row. */
guint l2tp_connection_get_retry_count (L2tpConnection *connection);

/* l2tp_connection_get_next_retry: µs since the Unix epoch, or 0: no attempt is waited for. */
gint64 l2tp_connection_get_next_retry (L2tpConnection *connection);

/* l2tp_connection_get_error: (nullable): the last failure since the last Connect. */
const GError *l2tp_connection_get_error (L2tpConnection *connection);

/* l2tp_connection_get_phase: the stage's name, "" when there is none. */
const char *l2tp_connection_get_phase (L2tpConnection *connection);

/* l2tp_connection_get_call: (nullable): the call under way, or NULL. */
L2tpCall *l2tp_connection_get_call (L2tpConnection *connection);

/* l2tp_connection_get_network: (nullable): its networks, while it is wanted or guarding. */
L2tpNetwork *l2tp_connection_get_network (L2tpConnection *connection);

/* l2tp_connection_get_lns:
 * (transfer none) (nullable): the address that carried the last call; @ret_name: the gateway of
 * that call. */
GInetAddress *l2tp_connection_get_lns (L2tpConnection *connection, const char **ret_name);

/* l2tp_connection_was_up: since Connect. */
gboolean l2tp_connection_was_up (L2tpConnection *connection);

/* l2tp_connection_is_wanted: nobody has asked for its end, nor has it come by itself. */
gboolean l2tp_connection_is_wanted (L2tpConnection *connection);

/* l2tp_connection_get_timeline: see l2tp_timeline_to_variant(). */
GVariant *l2tp_connection_get_timeline (L2tpConnection *connection);

/* l2tp_connection_is_active: neither disconnected nor failed. */
gboolean l2tp_connection_is_active (L2tpConnection *connection);

/* l2tp_connection_is_guarding: it has failed after it was up, and nobody has asked for its end: its
 * kill switch still drops what is meant for the VPN, and will when it is wanted again and fails. */
gboolean l2tp_connection_is_guarding (L2tpConnection *connection);

/* l2tp_connection_needs_end: active, or guarding. */
gboolean l2tp_connection_needs_end (L2tpConnection *connection);

G_END_DECLS
