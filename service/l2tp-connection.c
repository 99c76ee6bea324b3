/* SPDX-License-Identifier: GPL-2.0-or-later */
/* SPDX-FileCopyrightText: The l2tp-client authors */

/* A connection. Owns the profile, the stand-by pppd and at most one call; turns what the call does
 * into the states that the bus shows. It alone decides whether there is to be a call. Hides the
 * call's inner states. Design sections 6 and 7. */

#include "l2tp-connection.h"

#include "service/base/l2tp-error.h"
#include "service/base/l2tp-log.h"

/* When a stage ended. */
typedef struct
{
  const char *name;
  gint64 elapsed; /* µs since Connect */
} Mark;

struct _L2tpConnection
{
  GObject parent_instance;

  char *uuid;
  L2tpConfig *config;
  L2tpStandby *standby;
  L2tpPorts *ports;
  L2tpCall *call;

  L2tpConnectionState state;
  L2tpStateReason reason;
  L2tpStateReason stop_reason; /* what to say when the call that we are stopping has ended */
  gint64 since;
  guint retry_count;
  GError *error;
  gint64 started;
  L2tpStage stage;  /* the last one that was seen */
  GArray *timeline; /* of Mark, of the last bring-up */
};

enum
{
  CHANGED,
  STATE_CHANGED,
  N_SIGNALS,
};

static guint signals[N_SIGNALS];

G_DEFINE_FINAL_TYPE (L2tpConnection, l2tp_connection, G_TYPE_OBJECT)

static const char *const state_names[] = {
  [L2TP_CONNECTION_STATE_UNKNOWN] = "unknown",
  [L2TP_CONNECTION_STATE_DISCONNECTED] = "disconnected",
  [L2TP_CONNECTION_STATE_CONNECTING] = "connecting",
  [L2TP_CONNECTION_STATE_NEED_SECRETS] = "need-secrets",
  [L2TP_CONNECTION_STATE_CONNECTED] = "connected",
  [L2TP_CONNECTION_STATE_RECONNECTING] = "reconnecting",
  [L2TP_CONNECTION_STATE_DISCONNECTING] = "disconnecting",
  [L2TP_CONNECTION_STATE_FAILED] = "failed",
};

static gboolean
may_enter (L2tpConnectionState from, L2tpConnectionState to)
{
  switch (to)
    {
    case L2TP_CONNECTION_STATE_UNKNOWN:
    case L2TP_CONNECTION_STATE_NEED_SECRETS:
      return FALSE;
    case L2TP_CONNECTION_STATE_CONNECTING:
      return from == L2TP_CONNECTION_STATE_DISCONNECTED || from == L2TP_CONNECTION_STATE_FAILED;
    case L2TP_CONNECTION_STATE_CONNECTED:
      return from == L2TP_CONNECTION_STATE_CONNECTING || from == L2TP_CONNECTION_STATE_RECONNECTING;
    case L2TP_CONNECTION_STATE_RECONNECTING:
      return from == L2TP_CONNECTION_STATE_CONNECTED;
    case L2TP_CONNECTION_STATE_DISCONNECTING:
      return from == L2TP_CONNECTION_STATE_CONNECTING || from == L2TP_CONNECTION_STATE_CONNECTED ||
             from == L2TP_CONNECTION_STATE_RECONNECTING;
    case L2TP_CONNECTION_STATE_DISCONNECTED:
    case L2TP_CONNECTION_STATE_FAILED:
      return from == L2TP_CONNECTION_STATE_DISCONNECTING;
    }
  g_return_val_if_reached (FALSE);
}

static void
set_state (L2tpConnection *self, L2tpConnectionState state, L2tpStateReason reason)
{
  L2tpConnectionState old = self->state;

  if (state == old)
    {
      g_signal_emit (self, signals[CHANGED], 0);
      return;
    }
  g_return_if_fail (may_enter (old, state));
  self->state = state;
  self->reason = reason;
  self->since = g_get_real_time ();
  l2tp_info (self->uuid, "%s: %s → %s", l2tp_config_get_string (self->config, L2TP_OPTION_NAME),
             state_names[old], state_names[state]);
  g_signal_emit (self, signals[CHANGED], 0);
  g_signal_emit (self, signals[STATE_CHANGED], 0, state, old, reason);
}

static void
mark (L2tpConnection *self, const char *name)
{
  Mark entry = { name, g_get_monotonic_time () - self->started };

  g_array_append_val (self->timeline, entry);
  l2tp_debug (self->uuid, "%s %" G_GINT64_FORMAT ".%03d ms", name, entry.elapsed / 1000,
              (int) (entry.elapsed % 1000));
}

static void
mark_progress (L2tpConnection *self)
{
  L2tpStage stage = l2tp_call_get_stage (self->call);
  gboolean is_up = l2tp_call_get_state (self->call) == L2TP_CALL_STATE_UP;

  if (self->state != L2TP_CONNECTION_STATE_CONNECTING)
    return;
  if (stage > self->stage || is_up)
    mark (self, l2tp_stage_to_string (self->stage));
  if (is_up)
    mark (self, "connected");
  self->stage = stage;
}

static void
on_call_changed (L2tpCall *call, L2tpConnection *self)
{
  mark_progress (self);
  switch (l2tp_call_get_state (call))
    {
    case L2TP_CALL_STATE_UP:
      self->retry_count = 0;
      set_state (self, L2TP_CONNECTION_STATE_CONNECTED, L2TP_STATE_REASON_CONNECTED);
      return;
    case L2TP_CALL_STATE_REPAIRING:
      set_state (self, L2TP_CONNECTION_STATE_RECONNECTING, L2TP_STATE_REASON_LOST);
      return;
    case L2TP_CALL_STATE_STOPPING:
      set_state (self, L2TP_CONNECTION_STATE_DISCONNECTING, self->stop_reason);
      return;
    case L2TP_CALL_STATE_IDLE:
    case L2TP_CALL_STATE_DIALING:
    case L2TP_CALL_STATE_ENDED:
      g_signal_emit (self, signals[CHANGED], 0);
      return;
    }
}

static void
on_call_ended (L2tpCall *call, const GError *error, L2tpConnection *self)
{
  g_autoptr (L2tpCall) ended = g_steal_pointer (&self->call);

  g_signal_handlers_disconnect_by_data (ended, self);
  l2tp_standby_refill (self->standby);
  if (error == NULL)
    {
      set_state (self, L2TP_CONNECTION_STATE_DISCONNECTED, self->stop_reason);
      return;
    }
  self->error = g_error_copy (error);
  l2tp_warning (self->uuid, "%s", error->message);
  set_state (self, L2TP_CONNECTION_STATE_FAILED, L2TP_STATE_REASON_FAILED);
}

L2tpConnection *
l2tp_connection_new (L2tpConfig *config, L2tpPorts *ports)
{
  L2tpConnection *self = g_object_new (L2TP_TYPE_CONNECTION, NULL);
  const char *uuid = l2tp_config_get_string (config, L2TP_OPTION_UUID);

  self->config = l2tp_config_ref (config);
  self->uuid = uuid != NULL ? g_strdup (uuid) : g_uuid_string_random ();
  self->ports = l2tp_ports_ref (ports);
  self->standby = l2tp_standby_new (self->config, self->uuid);
  l2tp_standby_set_warm (self->standby, l2tp_config_get_boolean (config, L2TP_OPTION_PERSIST));
  return self;
}

gboolean
l2tp_connection_connect (L2tpConnection *connection, GError **error)
{
  if (connection->state == L2TP_CONNECTION_STATE_CONNECTED)
    {
      g_set_error_literal (error, L2TP_ERROR, L2TP_ERROR_ALREADY_CONNECTED,
                           "The connection is up already");
      return FALSE;
    }
  if (connection->call != NULL)
    {
      g_set_error (error, L2TP_ERROR, L2TP_ERROR_IN_PROGRESS, "The connection is %s",
                   state_names[connection->state]);
      return FALSE;
    }

  g_clear_error (&connection->error);
  g_array_set_size (connection->timeline, 0);
  connection->started = g_get_monotonic_time ();
  connection->stage = L2TP_STAGE_RESOLVE;
  connection->retry_count = 0;
  connection->stop_reason = L2TP_STATE_REASON_FAILED;
  connection->call =
      l2tp_call_new (connection->config, connection->uuid, connection->standby, connection->ports);
  g_signal_connect (connection->call, "changed", G_CALLBACK (on_call_changed), connection);
  g_signal_connect (connection->call, "ended", G_CALLBACK (on_call_ended), connection);
  set_state (connection, L2TP_CONNECTION_STATE_CONNECTING, L2TP_STATE_REASON_USER_REQUEST);
  l2tp_call_start (connection->call);
  return TRUE;
}

gboolean
l2tp_connection_disconnect (L2tpConnection *connection, L2tpStateReason reason, GError **error)
{
  if (connection->call == NULL)
    {
      g_set_error_literal (error, L2TP_ERROR, L2TP_ERROR_NOT_CONNECTED, "The connection is not up");
      return FALSE;
    }
  connection->stop_reason = reason;
  l2tp_call_stop (connection->call, reason == L2TP_STATE_REASON_SERVICE_STOPPING
                                        ? L2TP_CALL_STOP_SERVICE
                                        : L2TP_CALL_STOP_USER);
  return TRUE;
}

gboolean
l2tp_connection_set_secrets (L2tpConnection *connection, GVariant *secrets, GError **error)
{
  L2tpConfig *config = l2tp_config_new_with_secrets (connection->config, secrets, error);

  if (config == NULL)
    return FALSE;
  l2tp_config_unref (connection->config);
  connection->config = config;
  return TRUE;
}

const char *
l2tp_connection_get_uuid (L2tpConnection *connection)
{
  return connection->uuid;
}

L2tpConfig *
l2tp_connection_get_config (L2tpConnection *connection)
{
  return connection->config;
}

L2tpConnectionState
l2tp_connection_get_state (L2tpConnection *connection)
{
  return connection->state;
}

L2tpStateReason
l2tp_connection_get_reason (L2tpConnection *connection)
{
  return connection->reason;
}

gint64
l2tp_connection_get_since (L2tpConnection *connection)
{
  return connection->since;
}

guint
l2tp_connection_get_retry_count (L2tpConnection *connection)
{
  return connection->retry_count;
}

const GError *
l2tp_connection_get_error (L2tpConnection *connection)
{
  return connection->error;
}

const char *
l2tp_connection_get_phase (L2tpConnection *connection)
{
  if (connection->state != L2TP_CONNECTION_STATE_CONNECTING &&
      connection->state != L2TP_CONNECTION_STATE_RECONNECTING)
    return "";
  return l2tp_stage_to_string (l2tp_call_get_stage (connection->call));
}

L2tpCall *
l2tp_connection_get_call (L2tpConnection *connection)
{
  return connection->call;
}

GVariant *
l2tp_connection_get_timeline (L2tpConnection *connection)
{
  GVariantBuilder builder;

  g_variant_builder_init (&builder, G_VARIANT_TYPE ("a(st)"));
  for (guint i = 0; i < connection->timeline->len; i++)
    {
      const Mark *entry = &g_array_index (connection->timeline, Mark, i);

      g_variant_builder_add (&builder, "(st)", entry->name, (guint64) entry->elapsed);
    }
  return g_variant_builder_end (&builder);
}

gboolean
l2tp_connection_is_active (L2tpConnection *connection)
{
  return connection->call != NULL;
}

static void
l2tp_connection_dispose (GObject *object)
{
  L2tpConnection *self = L2TP_CONNECTION (object);

  if (self->call != NULL)
    g_signal_handlers_disconnect_by_data (self->call, self);
  g_clear_object (&self->call);
  g_clear_object (&self->standby);
  G_OBJECT_CLASS (l2tp_connection_parent_class)->dispose (object);
}

static void
l2tp_connection_finalize (GObject *object)
{
  L2tpConnection *self = L2TP_CONNECTION (object);

  l2tp_ports_unref (self->ports);
  l2tp_config_unref (self->config);
  g_clear_error (&self->error);
  g_array_unref (self->timeline);
  g_free (self->uuid);
  G_OBJECT_CLASS (l2tp_connection_parent_class)->finalize (object);
}

static void
l2tp_connection_class_init (L2tpConnectionClass *klass)
{
  GObjectClass *object_class = G_OBJECT_CLASS (klass);

  object_class->dispose = l2tp_connection_dispose;
  object_class->finalize = l2tp_connection_finalize;

  signals[CHANGED] = g_signal_new ("changed", L2TP_TYPE_CONNECTION, G_SIGNAL_RUN_LAST, 0, NULL,
                                   NULL, NULL, G_TYPE_NONE, 0);
  signals[STATE_CHANGED] =
      g_signal_new ("state-changed", L2TP_TYPE_CONNECTION, G_SIGNAL_RUN_LAST, 0, NULL, NULL, NULL,
                    G_TYPE_NONE, 3, G_TYPE_UINT, G_TYPE_UINT, G_TYPE_UINT);
}

static void
l2tp_connection_init (L2tpConnection *self)
{
  self->state = L2TP_CONNECTION_STATE_DISCONNECTED;
  self->since = g_get_real_time ();
  self->timeline = g_array_new (FALSE, FALSE, sizeof (Mark));
}
