/* SPDX-License-Identifier: GPL-2.0-or-later */
/* SPDX-FileCopyrightText: The l2tp-client authors */

/* A connection. Owns the profile, the stand-by pppd and at most one call; turns what the call does
 * into the states that the bus shows, and asks for the secrets that are missing or were refused. It
 * alone decides whether there is to be a call. Hides the call's inner states. Design sections 6
 * and 7. */

#include "l2tp-connection.h"

#include "l2tp-needs.h"
#include "l2tp-timeline.h"
#include "service/base/l2tp-error.h"
#include "service/base/l2tp-log.h"

#define MAX_REFUSALS 3 /* passwords that are asked for after one Connect: LNSs lock accounts */

struct _L2tpConnection
{
  GObject parent_instance;

  char *path, *filename;
  guint32 owner;
  L2tpSource source;
  L2tpConfig *config; /* the profile */
  L2tpStandby *standby;
  L2tpPorts *ports;
  L2tpAgents *agents;

  L2tpConfig *base, *effective; /* the profile as it was at Connect; with what agents answered */
  char *asker_name;             /* who called Connect */
  guint32 asker_uid;
  gboolean no_agent;
  GCancellable *question; /* an agent is being asked */
  guint refusals;
  L2tpCall *call;

  L2tpConnectionState state;
  L2tpStateReason reason;
  L2tpStateReason stop_reason; /* what to say when the call that we are stopping has ended */
  gint64 since;
  guint retry_count;
  GError *error;
  L2tpTimeline *timeline;
};

enum
{
  CHANGED,
  STATE_CHANGED,
  LEARNED,
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

/* --- States -------------------------------------------------------------------------------- */

/* One bit for each state from which @to may be entered. */
static guint
may_come_from (L2tpConnectionState to)
{
#define FROM(STATE) (1u << L2TP_CONNECTION_STATE_##STATE)
  switch (to)
    {
    case L2TP_CONNECTION_STATE_UNKNOWN:
      return 0;
    case L2TP_CONNECTION_STATE_NEED_SECRETS:
      return FROM (DISCONNECTED) | FROM (FAILED) | FROM (DISCONNECTING);
    case L2TP_CONNECTION_STATE_CONNECTING:
      return FROM (DISCONNECTED) | FROM (FAILED) | FROM (NEED_SECRETS);
    case L2TP_CONNECTION_STATE_CONNECTED:
      return FROM (CONNECTING) | FROM (RECONNECTING);
    case L2TP_CONNECTION_STATE_RECONNECTING:
      return FROM (CONNECTED);
    case L2TP_CONNECTION_STATE_DISCONNECTING:
      return FROM (CONNECTING) | FROM (CONNECTED) | FROM (RECONNECTING);
    case L2TP_CONNECTION_STATE_DISCONNECTED:
    case L2TP_CONNECTION_STATE_FAILED:
      return FROM (DISCONNECTING) | FROM (NEED_SECRETS);
    }
#undef FROM
  g_return_val_if_reached (0);
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
  g_return_if_fail ((may_come_from (state) & (1u << old)) != 0);
  self->state = state;
  self->reason = reason;
  self->since = g_get_real_time ();
  l2tp_info (l2tp_connection_get_uuid (self), "%s: %s → %s", l2tp_connection_get_name (self),
             state_names[old], state_names[state]);
  g_signal_emit (self, signals[CHANGED], 0);
  g_signal_emit (self, signals[STATE_CHANGED], 0, state, old, reason);
}

static void
forget_attempt (L2tpConnection *self)
{
  g_clear_pointer (&self->base, l2tp_config_unref);
  g_clear_pointer (&self->effective, l2tp_config_unref);
}

/* Nothing is under way any more; @error (transfer full) says why if it failed. */
static void
finish (L2tpConnection *self, GError *error)
{
  forget_attempt (self);
  if (error == NULL)
    {
      set_state (self, L2TP_CONNECTION_STATE_DISCONNECTED, self->stop_reason);
      return;
    }
  g_clear_error (&self->error);
  self->error = error;
  l2tp_warning (l2tp_connection_get_uuid (self), "%s", error->message);
  set_state (self, L2TP_CONNECTION_STATE_FAILED, L2TP_STATE_REASON_FAILED);
}

/* --- The call ------------------------------------------------------------------------------ */

/* What was typed has proved right: it may be kept where the profile says so. */
static void
learn (L2tpConnection *self)
{
  L2tpConfig *learned;

  if (self->config != self->base) /* changed meanwhile */
    return;
  learned = l2tp_config_new_learned (self->config, self->effective);
  if (learned == NULL)
    return;
  l2tp_config_unref (self->config);
  self->config = learned;
  g_signal_emit (self, signals[LEARNED], 0);
}

static void
on_call_changed (L2tpCall *call, L2tpConnection *self)
{
  L2tpCallState state = l2tp_call_get_state (call);

  if (self->state == L2TP_CONNECTION_STATE_CONNECTING)
    l2tp_timeline_advance (self->timeline, l2tp_connection_get_uuid (self),
                           l2tp_call_get_stage (call), state == L2TP_CALL_STATE_UP);
  switch (state)
    {
    case L2TP_CALL_STATE_UP:
      self->retry_count = 0;
      self->refusals = 0;
      learn (self);
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

static gboolean ask (L2tpConnection *self, GStrv names, const char *message);

/* Returns whether somebody is asked for better secrets than those that were refused. */
static gboolean
ask_again (L2tpConnection *self, L2tpCall *ended, const GError *error)
{
  L2tpPpp *ppp = l2tp_call_get_ppp (ended);
  g_auto (GStrv) names = NULL;

  if (self->no_agent || self->stop_reason != L2TP_STATE_REASON_FAILED ||
      self->refusals == MAX_REFUSALS)
    return FALSE;
  names = l2tp_needs_after (self->effective, error, l2tp_call_get_stage (ended),
                            l2tp_ppp_get_mschap_error (ppp));
  if (*names == NULL)
    return FALSE;
  self->refusals++;
  return ask (self, names, l2tp_ppp_get_peer_message (ppp));
}

static void
on_call_ended (L2tpCall *call, const GError *error, L2tpConnection *self)
{
  g_autoptr (L2tpCall) ended = g_steal_pointer (&self->call);

  g_signal_handlers_disconnect_by_data (ended, self);
  l2tp_standby_refill (self->standby);
  if (error == NULL)
    finish (self, NULL);
  else if (!ask_again (self, ended, error))
    finish (self, g_error_copy (error));
}

static void
start_call (L2tpConnection *self)
{
  self->call =
      l2tp_call_new (self->effective, l2tp_connection_get_uuid (self), self->standby, self->ports);
  g_signal_connect (self->call, "changed", G_CALLBACK (on_call_changed), self);
  g_signal_connect (self->call, "ended", G_CALLBACK (on_call_ended), self);
  l2tp_timeline_start (self->timeline);
  set_state (self, L2TP_CONNECTION_STATE_CONNECTING, L2TP_STATE_REASON_USER_REQUEST);
  l2tp_call_start (self->call);
}

/* --- Secrets ------------------------------------------------------------------------------- */

static void
on_answered (GObject *source, GAsyncResult *result, gpointer data)
{
  g_autoptr (L2tpConnection) self = data;
  g_autoptr (GVariant) answer = NULL;
  GError *error = NULL;
  L2tpConfig *config = NULL;

  answer = l2tp_agents_ask_finish (L2TP_AGENTS (source), result, &error);
  if (g_error_matches (error, G_IO_ERROR, G_IO_ERROR_CANCELLED))
    {
      g_error_free (error);
      return;
    }
  g_clear_object (&self->question);
  if (answer != NULL)
    config = l2tp_config_new_with_secrets (self->effective, answer, &error);
  if (config == NULL)
    {
      finish (self, error);
      return;
    }
  l2tp_config_unref (self->effective);
  self->effective = config;
  start_call (self);
}

/* Returns FALSE when there is nobody. */
static gboolean
ask (L2tpConnection *self, GStrv names, const char *message)
{
  const L2tpQuestion question = {
    .connection = self->path,
    .uuid = l2tp_connection_get_uuid (self),
    .names = (const char *const *) names,
    .name = l2tp_connection_get_name (self),
    .user = l2tp_config_get_string (self->effective, L2TP_OPTION_USER),
    .gateway = l2tp_config_get_string (self->effective, L2TP_OPTION_GATEWAY),
    .message = message,
    .retry = self->refusals > 0,
    .owner = self->owner,
    .asker = self->asker_name,
    .asker_uid = self->asker_uid,
  };

  if (!l2tp_agents_has_any (self->agents, &question))
    return FALSE;
  self->question = g_cancellable_new ();
  set_state (self, L2TP_CONNECTION_STATE_NEED_SECRETS, L2TP_STATE_REASON_SECRETS);
  l2tp_agents_ask_async (self->agents, &question, self->question, on_answered, g_object_ref (self));
  return TRUE;
}

/* --- What is asked of it ------------------------------------------------------------------- */

/* Errors: L2TP_ERROR_NO_SECRETS, when there is nobody to ask. */
static gboolean
begin (L2tpConnection *self, GError **error)
{
  g_auto (GStrv) names = l2tp_needs_before (self->config, TRUE);

  self->base = l2tp_config_ref (self->config);
  self->effective = l2tp_config_ref (self->config);
  /* Nobody is bothered for what cannot work; the call says why. */
  if (*names == NULL || !l2tp_config_check_supported (self->config, NULL))
    {
      start_call (self);
      return TRUE;
    }
  if (!self->no_agent && ask (self, names, NULL))
    return TRUE;
  forget_attempt (self);
  g_set_error (error, L2TP_ERROR, L2TP_ERROR_NO_SECRETS,
               "%s: is missing, and there is nobody to ask\n"
               "Store it, or connect with an agent: “l2tp-client up --ask”.",
               names[0]);
  return FALSE;
}

gboolean
l2tp_connection_connect (L2tpConnection *connection, const L2tpAsker *asker, GError **error)
{
  if (connection->state == L2TP_CONNECTION_STATE_CONNECTED)
    {
      g_set_error_literal (error, L2TP_ERROR, L2TP_ERROR_ALREADY_CONNECTED,
                           "The connection is up already");
      return FALSE;
    }
  if (l2tp_connection_is_active (connection))
    {
      g_set_error (error, L2TP_ERROR, L2TP_ERROR_IN_PROGRESS, "The connection is %s",
                   state_names[connection->state]);
      return FALSE;
    }

  g_free (connection->asker_name);
  connection->asker_name = g_strdup (asker->name);
  connection->asker_uid = asker->uid;
  connection->no_agent = asker->no_agent;
  connection->refusals = 0;
  connection->retry_count = 0;
  connection->stop_reason = L2TP_STATE_REASON_FAILED;
  g_clear_error (&connection->error);
  return begin (connection, error);
}

gboolean
l2tp_connection_disconnect (L2tpConnection *connection, L2tpStateReason reason, GError **error)
{
  if (!l2tp_connection_is_active (connection))
    {
      g_set_error_literal (error, L2TP_ERROR, L2TP_ERROR_NOT_CONNECTED, "The connection is not up");
      return FALSE;
    }
  connection->stop_reason = reason;
  if (connection->call == NULL)
    {
      g_cancellable_cancel (connection->question);
      g_clear_object (&connection->question);
      finish (connection, NULL);
      return TRUE;
    }
  l2tp_call_stop (connection->call, reason == L2TP_STATE_REASON_SERVICE_STOPPING
                                        ? L2TP_CALL_STOP_SERVICE
                                        : L2TP_CALL_STOP_USER);
  return TRUE;
}

static void
renew_standby (L2tpConnection *self)
{
  g_clear_object (&self->standby);
  self->standby = l2tp_standby_new (self->config, l2tp_connection_get_uuid (self));
  l2tp_standby_set_warm (self->standby,
                         l2tp_config_get_boolean (self->config, L2TP_OPTION_PERSIST));
}

void
l2tp_connection_set_config (L2tpConnection *connection, L2tpConfig *config)
{
  g_return_if_fail (g_ascii_strcasecmp (l2tp_config_get_string (config, L2TP_OPTION_UUID),
                                        l2tp_connection_get_uuid (connection)) == 0);

  l2tp_config_ref (config);
  l2tp_config_unref (connection->config);
  connection->config = config;
  renew_standby (connection);
  g_signal_emit (connection, signals[CHANGED], 0);
}

void
l2tp_connection_set_owner (L2tpConnection *connection, guint32 owner)
{
  if (connection->owner == owner)
    return;
  connection->owner = owner;
  g_signal_emit (connection, signals[CHANGED], 0);
}

void
l2tp_connection_set_filename (L2tpConnection *connection, const char *filename)
{
  if (g_strcmp0 (connection->filename, filename) == 0)
    return;
  g_free (connection->filename);
  connection->filename = g_strdup (filename);
  g_signal_emit (connection, signals[CHANGED], 0);
}

/* --- What it tells ------------------------------------------------------------------------- */

const char *
l2tp_source_to_string (L2tpSource source)
{
  switch (source)
    {
    case L2TP_SOURCE_DISK:
      return "disk";
    case L2TP_SOURCE_MEMORY:
      return "memory";
    case L2TP_SOURCE_NETWORKMANAGER:
      return "networkmanager";
    }
  g_return_val_if_reached (NULL);
}

const char *
l2tp_connection_get_path (L2tpConnection *connection)
{
  return connection->path;
}

const char *
l2tp_connection_get_uuid (L2tpConnection *connection)
{
  return l2tp_config_get_string (connection->config, L2TP_OPTION_UUID);
}

const char *
l2tp_connection_get_name (L2tpConnection *connection)
{
  return l2tp_config_get_string (connection->config, L2TP_OPTION_NAME);
}

guint32
l2tp_connection_get_owner (L2tpConnection *connection)
{
  return connection->owner;
}

L2tpSource
l2tp_connection_get_source (L2tpConnection *connection)
{
  return connection->source;
}

const char *
l2tp_connection_get_filename (L2tpConnection *connection)
{
  return connection->filename;
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
  return l2tp_timeline_to_variant (connection->timeline);
}

gboolean
l2tp_connection_is_active (L2tpConnection *connection)
{
  return connection->call != NULL || connection->question != NULL;
}

/* --- Life ---------------------------------------------------------------------------------- */

L2tpConnection *
l2tp_connection_new (guint id,
                     L2tpConfig *config,
                     guint32 owner,
                     L2tpSource source,
                     L2tpPorts *ports,
                     L2tpAgents *agents)
{
  L2tpConnection *self = g_object_new (L2TP_TYPE_CONNECTION, NULL);

  self->path = g_strdup_printf (L2TP_OBJECT_CONNECTIONS "/%u", id);
  self->config = l2tp_config_ref (config);
  self->owner = owner;
  self->source = source;
  self->ports = l2tp_ports_ref (ports);
  self->agents = g_object_ref (agents);
  renew_standby (self);
  return self;
}

static void
l2tp_connection_dispose (GObject *object)
{
  L2tpConnection *self = L2TP_CONNECTION (object);

  g_cancellable_cancel (self->question);
  g_clear_object (&self->question);
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

  g_object_unref (self->agents);
  l2tp_ports_unref (self->ports);
  l2tp_config_unref (self->config);
  l2tp_config_unref (self->base);
  l2tp_config_unref (self->effective);
  g_clear_error (&self->error);
  l2tp_timeline_free (self->timeline);
  g_free (self->asker_name);
  g_free (self->filename);
  g_free (self->path);
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
  signals[LEARNED] = g_signal_new ("learned", L2TP_TYPE_CONNECTION, G_SIGNAL_RUN_LAST, 0, NULL,
                                   NULL, NULL, G_TYPE_NONE, 0);
}

static void
l2tp_connection_init (L2tpConnection *self)
{
  self->state = L2TP_CONNECTION_STATE_DISCONNECTED;
  self->since = g_get_real_time ();
  self->timeline = l2tp_timeline_new ();
}
