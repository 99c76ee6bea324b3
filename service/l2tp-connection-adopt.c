/* SPDX-License-Identifier: GPL-2.0-or-later */
/* SPDX-FileCopyrightText: The l2tp-client authors */

/* A connection of another service: goes on with its call or, where that is gone or cannot be
 * trusted, with the pause that it was in. Part of l2tp-connection.c. Design section 6. */

#include "l2tp-connection-private.h"

#include "service/base/l2tp-error.h"
#include "service/base/l2tp-log.h"

#define SETTLE_TIME (100 * G_TIME_SPAN_MILLISECOND) /* what a pppd had is free after that */
#define AGENT_TIME  G_TIME_SPAN_SECOND              /* agents come as soon as they see our name */
#define MAX_PAUSE   G_TIME_SPAN_MINUTE              /* l2tp-retry.c makes none that is longer */

static void
leave (L2tpConnection *self)
{
  self->state = L2TP_CONNECTION_STATE_DISCONNECTING;
  self->stop_reason = L2TP_STATE_REASON_USER_REQUEST;
  l2tp_connection_finish (self, NULL);
}

/* It has failed, and its kill switch stays, unless the profile is another one now. */
static void
stay_failed (L2tpConnection *self)
{
  g_autoptr (GError) error = g_steal_pointer (&self->error);

  if (error == NULL)
    error = g_error_new_literal (L2TP_ERROR, L2TP_ERROR_FAILED,
                                 "the service has been started anew\nConnect again.");
  self->state = L2TP_CONNECTION_STATE_RECONNECTING;
  l2tp_connection_finish (self, error);
}

/* That of a call which is dialled anew is replaced. */
static void
end_sa (L2tpConnection *self, const L2tpState *state)
{
  g_autoptr (L2tpConfig) before = l2tp_config_new (state->settings, NULL, NULL);

  if (before == NULL || !l2tp_config_get_boolean (before, L2TP_OPTION_IPSEC_ENABLED))
    return;
  if (!state->wanted || !l2tp_config_get_boolean (self->config, L2TP_OPTION_IPSEC_ENABLED))
    l2tp_secure_end_found (self->means->ike, before, state->uuid);
}

static void
go_on_without_call (L2tpConnection *self, const L2tpState *state)
{
  gint64 left = state->next_retry - g_get_real_time ();
  gint64 least = l2tp_prompt_is_complete (self->prompt) ? SETTLE_TIME : AGENT_TIME;

  end_sa (self, state);
  if (!state->wanted && !self->guarding)
    {
      leave (self);
      return;
    }
  /* What starts with the service is another attempt. */
  if (!state->wanted && !l2tp_config_get_boolean (self->config, L2TP_OPTION_AUTOSTART))
    {
      stay_failed (self);
      return;
    }
  self->state =
      self->was_up ? L2TP_CONNECTION_STATE_RECONNECTING : L2TP_CONNECTION_STATE_CONNECTING;
  self->reason = self->was_up ? L2TP_STATE_REASON_LOST : L2TP_STATE_REASON_USER_REQUEST;
  l2tp_connection_pause (self, CLAMP (left, least, MAX_PAUSE));
}

/* Errors: that there is none, or as of l2tp_call_adopt(). */
static gboolean
adopt_call (L2tpConnection *self, GVariant *state, GError **error)
{
  if (state == NULL)
    {
      g_set_error_literal (error, L2TP_ERROR, L2TP_ERROR_FAILED,
                           "it had no call, or is from another boot");
      return FALSE;
    }
  l2tp_connection_make_call (self);
  if (l2tp_call_adopt (self->call, state, error))
    return TRUE;
  g_signal_handlers_disconnect_by_data (self->call, self);
  g_clear_object (&self->call);
  return FALSE;
}

void
l2tp_connection_adopt (L2tpConnection *connection, const L2tpState *state)
{
  const L2tpAsker nobody = { .uid = L2TP_OWNER_ALL };
  g_autoptr (GError) error = NULL;

  g_return_if_fail (!l2tp_connection_is_active (connection));
  l2tp_connection_prepare (connection, &nobody);
  connection->bound = g_strdup (state->bound);
  connection->maker = g_strdup (state->maker);
  connection->was_up = state->was_up;
  connection->guarding = state->guarding;
  connection->failures = state->failures;
  connection->lns = state->lns != NULL ? g_object_ref (state->lns) : NULL;
  connection->lns_name = g_strdup (state->lns_name);
  connection->error = state->error != NULL ? g_error_copy (state->error) : NULL;
  l2tp_network_adopt (connection->network, state->ip);
  connection->state = L2TP_CONNECTION_STATE_CONNECTED;
  connection->reason = L2TP_STATE_REASON_CONNECTED;
  connection->since = state->since;
  if (!adopt_call (connection, state->call, &error))
    {
      l2tp_info (l2tp_connection_get_uuid (connection), "not adopted: %s", error->message);
      go_on_without_call (connection, state);
      return;
    }
  connection->was_up = TRUE;
  l2tp_connection_remember_lns (connection);
  connection->up_since = g_get_monotonic_time ();
  l2tp_info (l2tp_connection_get_uuid (connection), "%s: adopted",
             l2tp_connection_get_name (connection));
  l2tp_connection_changed (connection);
  if (!state->wanted)
    l2tp_connection_disconnect (connection, L2TP_STATE_REASON_USER_REQUEST, NULL);
}
