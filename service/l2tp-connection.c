/* SPDX-License-Identifier: GPL-2.0-or-later */
/* SPDX-FileCopyrightText: The l2tp-client authors */

/* A connection. Owns the profile, the stand-by pppd and at most one call; turns what the call does
 * into the states that the bus shows. It alone decides whether there is to be a call; when there is
 * to be the next one, is in l2tp-connection-pause.c. Hides the call's inner states. Design sections
 * 6 and 7. */

#include "l2tp-connection-private.h"

#include "l2tp-connection-state.h"
#include "l2tp-retry.h"
#include "service/base/l2tp-error.h"
#include "service/base/l2tp-log.h"
#include "service/ppp/l2tp-pppd-args.h"

enum
{
  CHANGED,
  STATE_CHANGED,
  LEARNED,
  N_SIGNALS,
};

static guint signals[N_SIGNALS];

G_DEFINE_FINAL_TYPE (L2tpConnection, l2tp_connection, G_TYPE_OBJECT)

void
l2tp_connection_changed (L2tpConnection *self)
{
  g_signal_emit (self, signals[CHANGED], 0);
}

/* --- States -------------------------------------------------------------------------------- */

static void
set_state (L2tpConnection *self, L2tpConnectionState state, L2tpStateReason reason)
{
  L2tpConnectionState old = self->state;

  if (state == old)
    {
      l2tp_connection_changed (self);
      return;
    }
  g_return_if_fail (l2tp_connection_state_may_follow (old, state));
  self->state = state;
  self->reason = reason;
  self->since = g_get_real_time ();
  l2tp_info (l2tp_connection_get_uuid (self), "%s: %s → %s", l2tp_connection_get_name (self),
             l2tp_connection_state_to_string (old), l2tp_connection_state_to_string (state));
  l2tp_connection_changed (self);
  g_signal_emit (self, signals[STATE_CHANGED], 0, state, old, reason);
}

/* Who may only make connections, and not connect them, has no pppd started by that. */
static void
update_warm (L2tpConnection *self, gboolean is_up)
{
  gboolean is_users = self->owner != L2TP_OWNER_ALL && self->owner != 0;

  l2tp_standby_set_warm (self->standby,
                         (is_up || !is_users) &&
                             l2tp_config_get_boolean (self->config, L2TP_OPTION_PERSIST));
}

void
l2tp_connection_take_error (L2tpConnection *self, const GError *error)
{
  g_clear_error (&self->error);
  self->error = g_error_copy (error);
  l2tp_warning (l2tp_connection_get_uuid (self), "%s", error->message);
}

static void
drop_prompt_and_network (L2tpConnection *self)
{
  if (self->prompt != NULL)
    g_signal_handlers_disconnect_by_data (self->prompt, self);
  g_signal_handlers_disconnect_by_data (self->network, self);
  g_clear_object (&self->prompt);
  if (!self->guarding)
    g_clear_object (&self->network);
}

static void
on_left (GObject *source, GAsyncResult *result, gpointer data)
{
  g_autoptr (L2tpConnection) self = data;

  l2tp_network_down_finish (L2TP_NETWORK (source), result);
  if (self->guarding && !l2tp_connection_is_guarding (self)) /* any more */
    {
      self->guarding = FALSE;
      l2tp_network_down_async (self->network, FALSE, on_left, g_object_ref (self));
      return;
    }
  drop_prompt_and_network (self);
  self->finishing = FALSE;
  update_warm (self, FALSE);
  if (self->stop_reason == L2TP_STATE_REASON_FAILED)
    set_state (self, L2TP_CONNECTION_STATE_FAILED, L2TP_STATE_REASON_FAILED);
  else
    set_state (self, L2TP_CONNECTION_STATE_DISCONNECTED, self->stop_reason);
}

/* Whoever was protected believes to be so until he says otherwise. What was never up, and has not
 * failed so before, had nothing to protect. */
static gboolean
keeps_kill_switch (L2tpConnection *self)
{
  return (self->was_up || self->guarding) && l2tp_network_has_kill_switch (self->network) &&
         l2tp_config_get_boolean (self->config, L2TP_OPTION_KILL_SWITCH);
}

void
l2tp_connection_finish (L2tpConnection *self, const GError *error)
{
  if (error != NULL)
    l2tp_connection_take_error (self, error);
  self->waiting = FALSE;
  self->finishing = TRUE;
  self->guarding = error != NULL && keeps_kill_switch (self);
  l2tp_network_down_async (self->network, self->guarding, on_left, g_object_ref (self));
  l2tp_connection_changed (self);
}

/* --- The call ------------------------------------------------------------------------------ */

/* What was typed has proved right: it may be kept where the profile says so. */
static void
learn (L2tpConnection *self)
{
  L2tpConfig *learned;

  l2tp_prompt_accept (self->prompt);
  learned = l2tp_prompt_learn (self->prompt, self->config);
  if (learned == NULL)
    return;
  l2tp_config_unref (self->config);
  self->config = learned;
  g_signal_emit (self, signals[LEARNED], 0);
}

void
l2tp_connection_remember_lns (L2tpConnection *self)
{
  L2tpConfig *config = l2tp_call_get_config (self->call);
  GInetSocketAddress *peer = l2tp_driver_get_peer (l2tp_call_get_driver (self->call));

  g_set_object (&self->lns, g_inet_socket_address_get_address (peer));
  g_free (self->lns_name);
  self->lns_name = g_strdup (l2tp_config_get_string (config, L2TP_OPTION_GATEWAY));
  self->lns_failed = FALSE;
}

static void
on_call_up (L2tpConnection *self)
{
  self->was_up = TRUE;
  l2tp_connection_remember_lns (self);
  if (self->state != L2TP_CONNECTION_STATE_CONNECTED)
    self->up_since = g_get_monotonic_time ();
  learn (self);
  set_state (self, L2TP_CONNECTION_STATE_CONNECTED, L2TP_STATE_REASON_CONNECTED);
  update_warm (self, TRUE);
}

/* Here, because it may take the call long to see that it is over. */
static void
on_call_lost (L2tpConnection *self)
{
  if (l2tp_retry_was_stable (self->up_since, g_get_monotonic_time ()))
    self->failures = 0;
  set_state (self, L2TP_CONNECTION_STATE_RECONNECTING,
             self->means->asleep ? L2TP_STATE_REASON_SLEEP : L2TP_STATE_REASON_LOST);
}

static void
on_call_trouble (L2tpCall *call, const GError *error, L2tpConnection *self)
{
  l2tp_connection_take_error (self, error);
  l2tp_connection_changed (self);
}

static void
on_call_changed (L2tpCall *call, L2tpConnection *self)
{
  L2tpCallState state = l2tp_call_get_state (call);

  if (self->up_since == 0)
    l2tp_timeline_advance (self->timeline, l2tp_connection_get_uuid (self),
                           l2tp_call_get_stage (call), state == L2TP_CALL_STATE_UP);
  if (state == L2TP_CALL_STATE_UP)
    on_call_up (self);
  else if (self->state == L2TP_CONNECTION_STATE_CONNECTED)
    on_call_lost (self);
  else
    l2tp_connection_changed (self);
}

/* Returns whether somebody is asked for better secrets than those that were refused. */
static gboolean
ask_again (L2tpConnection *self, L2tpCall *ended, const GError *error)
{
  L2tpPpp *ppp = l2tp_call_get_ppp (ended);
  const L2tpRefusal refusal = {
    .error = error,
    .stage = l2tp_call_get_stage (ended),
    .mschap_error = l2tp_ppp_get_mschap_error (ppp),
    .message = l2tp_ppp_get_peer_message (ppp),
  };

  if (!l2tp_prompt_ask_again (self->prompt, &refusal))
    return FALSE;
  set_state (self, L2TP_CONNECTION_STATE_NEED_SECRETS, L2TP_STATE_REASON_SECRETS);
  return TRUE;
}

static void
on_call_ended (L2tpCall *call, const GError *error, L2tpConnection *self)
{
  g_autoptr (L2tpCall) ended = g_steal_pointer (&self->call);

  g_signal_handlers_disconnect_by_data (ended, self);
  l2tp_standby_refill (self->standby);
  if (l2tp_call_has_redialled (ended))
    self->failures = MAX (self->failures, 1);
  self->lns_failed |=
      error != NULL && self->up_since == 0 && l2tp_call_get_stage (ended) > L2TP_STAGE_TUNNEL;
  self->up_since = 0;
  if (self->stop_reason != L2TP_STATE_REASON_FAILED)
    l2tp_connection_finish (self, NULL);
  else if (error == NULL)
    l2tp_connection_rest (self);
  else if (!ask_again (self, ended, error) && !l2tp_connection_retry (self, error))
    l2tp_connection_finish (self, error);
}

void
l2tp_connection_make_call (L2tpConnection *self)
{
  L2tpConfig *config = l2tp_prompt_get_config (self->prompt);
  const char *uuid = l2tp_connection_get_uuid (self);
  g_autoptr (L2tpSecure) secure = NULL;
  g_autoptr (L2tpIdentity) identity = NULL;

  if (l2tp_config_get_boolean (config, L2TP_OPTION_IPSEC_ENABLED))
    secure = l2tp_secure_new (self->means->ike, config, uuid, self->owner, self->failures);
  if (l2tp_pppd_args_want_tls (config))
    identity = l2tp_identity_new (config, self->owner);
  self->call = l2tp_call_new (config, uuid, self->standby, self->means->ports, self->network,
                              secure, identity);
  if (self->lns != NULL &&
      g_str_equal (self->lns_name, l2tp_config_get_string (config, L2TP_OPTION_GATEWAY)))
    l2tp_call_remember (self->call, self->lns, !self->lns_failed);
  g_signal_connect (self->call, "changed", G_CALLBACK (on_call_changed), self);
  g_signal_connect (self->call, "trouble", G_CALLBACK (on_call_trouble), self);
  g_signal_connect (self->call, "ended", G_CALLBACK (on_call_ended), self);
}

/* Now, whatever was waited for, unless the machine sleeps. */
static void
start_call (L2tpConnection *self)
{
  self->attempted_at = g_get_monotonic_time ();
  l2tp_connection_clear_pause (self);
  self->waiting = self->means->asleep;
  if (!self->waiting)
    l2tp_connection_make_call (self);
  l2tp_timeline_start (self->timeline);
  if (self->was_up)
    set_state (self, L2TP_CONNECTION_STATE_RECONNECTING, L2TP_STATE_REASON_LOST);
  else
    set_state (self, L2TP_CONNECTION_STATE_CONNECTING, L2TP_STATE_REASON_USER_REQUEST);
  if (self->call != NULL)
    l2tp_call_start (self->call);
}

static void
on_answered (L2tpPrompt *prompt, const GError *error, L2tpConnection *self)
{
  if (error == NULL)
    start_call (self);
  else
    l2tp_connection_finish (self, error);
}

/* --- What is asked of it ------------------------------------------------------------------- */

/* With the profile as it is now; a kill switch that has stayed passes over without a gap. */
static void
renew_network (L2tpConnection *self)
{
  g_autoptr (L2tpNetwork) old = g_steal_pointer (&self->network);
  g_autoptr (GVariant) left = old != NULL ? l2tp_network_export (old) : NULL;

  self->network = l2tp_network_new (self->config, l2tp_connection_get_uuid (self),
                                    self->means->netlink, self->means->bus);
  l2tp_network_adopt (self->network, left);
  g_signal_connect (self->network, "moved", G_CALLBACK (l2tp_connection_on_network_moved), self);
  g_signal_connect_swapped (self->network, "mtu-changed", G_CALLBACK (l2tp_connection_changed),
                            self);
}

void
l2tp_connection_prepare (L2tpConnection *self, const L2tpAsker *asker)
{
  self->was_up = FALSE;
  self->failures = 0;
  self->stop_reason = L2TP_STATE_REASON_FAILED;
  g_clear_error (&self->error);
  l2tp_timeline_start (self->timeline); /* what was is over, also while somebody is asked */
  renew_network (self);
  self->prompt =
      l2tp_prompt_new (self->means->agents, self->config, self->path, self->owner, asker);
  g_signal_connect (self->prompt, "answered", G_CALLBACK (on_answered), self);
}

/* Errors: L2TP_ERROR_NO_SECRETS, when there is nobody to ask. */
static gboolean
call_or_ask (L2tpConnection *self, GError **error)
{
  /* Nobody is bothered for what cannot work; the call says why. */
  if (l2tp_prompt_is_complete (self->prompt) || !l2tp_config_check_supported (self->config, NULL))
    {
      start_call (self);
      return TRUE;
    }
  l2tp_connection_clear_pause (self);
  if (!l2tp_prompt_ask (self->prompt, error))
    return FALSE;
  set_state (self, L2TP_CONNECTION_STATE_NEED_SECRETS, L2TP_STATE_REASON_SECRETS);
  return TRUE;
}

void
l2tp_connection_next_call (L2tpConnection *self)
{
  g_autoptr (GError) error = NULL;

  if (self->means->asleep)
    start_call (self);
  else if (!call_or_ask (self, &error))
    l2tp_connection_finish (self, error);
}

static gboolean
begin (L2tpConnection *self, GError **error)
{
  g_autoptr (GError) reason = NULL;

  if (call_or_ask (self, &reason))
    return TRUE;
  if (self->guarding) /* it has failed as before, but for another reason */
    l2tp_connection_take_error (self, reason);
  drop_prompt_and_network (self);
  l2tp_connection_changed (self); /* the last error is no more */
  g_propagate_error (error, g_steal_pointer (&reason));
  return FALSE;
}

gboolean
l2tp_connection_connect (L2tpConnection *connection, const L2tpAsker *asker, GError **error)
{
  if (connection->means->stopping)
    {
      g_set_error_literal (error, L2TP_ERROR, L2TP_ERROR_BUSY,
                           "The service stops\nTry again when it has started anew.");
      return FALSE;
    }
  if (connection->state == L2TP_CONNECTION_STATE_CONNECTED)
    {
      g_set_error_literal (error, L2TP_ERROR, L2TP_ERROR_ALREADY_CONNECTED,
                           "The connection is up already");
      return FALSE;
    }
  if (l2tp_connection_cut_pause (connection))
    return TRUE;
  if (l2tp_connection_is_active (connection))
    {
      g_set_error (error, L2TP_ERROR, L2TP_ERROR_IN_PROGRESS, "The connection is %s",
                   l2tp_connection_state_to_string (connection->state));
      return FALSE;
    }

  l2tp_connection_prepare (connection, asker);
  return begin (connection, error);
}

gboolean
l2tp_connection_disconnect (L2tpConnection *connection, L2tpStateReason reason, GError **error)
{
  if (!l2tp_connection_needs_end (connection))
    {
      g_set_error_literal (error, L2TP_ERROR, L2TP_ERROR_NOT_CONNECTED, "The connection is not up");
      return FALSE;
    }
  if (connection->finishing && !connection->guarding)
    return TRUE;
  connection->stop_reason = reason;
  if (connection->finishing) /* then on_left() goes on */
    return TRUE;
  if (connection->call == NULL)
    {
      l2tp_connection_clear_pause (connection);
      if (connection->prompt != NULL)
        l2tp_prompt_cancel (connection->prompt);
      else
        set_state (connection, L2TP_CONNECTION_STATE_DISCONNECTING, reason);
      l2tp_connection_finish (connection, NULL);
      return TRUE;
    }
  set_state (connection, L2TP_CONNECTION_STATE_DISCONNECTING, reason);
  l2tp_call_stop (connection->call, reason == L2TP_STATE_REASON_SERVICE_STOPPING
                                        ? L2TP_CALL_STOP_SERVICE
                                        : L2TP_CALL_STOP_USER);
  return TRUE;
}

/* A call that is up keeps the old one, with its own settings, but needs no second pppd to wait. */
static void
renew_standby (L2tpConnection *self)
{
  if (self->standby != NULL)
    l2tp_standby_set_warm (self->standby, FALSE);
  g_clear_object (&self->standby);
  self->standby = l2tp_standby_new (self->config, l2tp_connection_get_uuid (self));
  update_warm (self, self->up_since != 0);
}

void
l2tp_connection_set_config (L2tpConnection *connection, L2tpConfig *config)
{
  g_return_if_fail (g_ascii_strcasecmp (l2tp_config_get_string (config, L2TP_OPTION_UUID),
                                        l2tp_connection_get_uuid (connection)) == 0);

  l2tp_config_ref (config);
  l2tp_config_unref (connection->config);
  connection->config = config;
  if (l2tp_connection_is_guarding (connection) && !l2tp_connection_is_wanted (connection) &&
      !keeps_kill_switch (connection))
    l2tp_connection_disconnect (connection, L2TP_STATE_REASON_USER_REQUEST, NULL);
  renew_standby (connection);
  l2tp_connection_changed (connection);
}

/* --- Life ---------------------------------------------------------------------------------- */

L2tpConnection *
l2tp_connection_new (guint id,
                     L2tpConfig *config,
                     guint32 owner,
                     L2tpSource source,
                     const L2tpMeans *means)
{
  L2tpConnection *self = g_object_new (L2TP_TYPE_CONNECTION, NULL);

  self->path = g_strdup_printf (L2TP_OBJECT_CONNECTIONS "/%u", id);
  self->config = l2tp_config_ref (config);
  self->owner = owner;
  self->source = source;
  self->means = means;
  renew_standby (self);
  return self;
}

static void
l2tp_connection_dispose (GObject *object)
{
  L2tpConnection *self = L2TP_CONNECTION (object);

  l2tp_connection_clear_pause (self);
  if (self->prompt != NULL)
    {
      g_signal_handlers_disconnect_by_data (self->prompt, self);
      l2tp_prompt_cancel (self->prompt);
    }
  g_clear_object (&self->prompt);
  if (self->network != NULL)
    g_signal_handlers_disconnect_by_data (self->network, self);
  g_clear_object (&self->network);
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

  l2tp_config_unref (self->config);
  g_clear_object (&self->lns);
  g_free (self->lns_name);
  g_clear_error (&self->error);
  l2tp_timeline_free (self->timeline);
  g_free (self->filename);
  g_free (self->bound);
  g_free (self->maker);
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
