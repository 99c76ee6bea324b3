/* SPDX-License-Identifier: GPL-2.0-or-later */
/* SPDX-FileCopyrightText: The l2tp-client authors */

/* The end of a call, whoever wanted it: pppd first, because it has duplicates of every descriptor
 * (KRN-12), then the kernel session, then the LNS is told. Hides that order and its timers. Part of
 * l2tp-call.c. SES-28, XPRT-13. */

#include "l2tp-call-private.h"

#include "service/base/l2tp-fd.h"

/* SES-28: 3 s for the whole, of which the end of an SA may want one. */
#define PPPD_GRACE         (2500 * G_TIME_SPAN_MILLISECOND)
#define PPPD_GRACE_SECURE  (1500 * G_TIME_SPAN_MILLISECOND)
#define PPPD_GRACE_BLOCKED (200 * G_TIME_SPAN_MILLISECOND) /* its LCP has nobody to talk to */
#define END_SECURE         (2900 * G_TIME_SPAN_MILLISECOND)
#define SECURE_WAIT        400 /* ms for the LNS to acknowledge: afterwards it cannot be told */

static gint64
get_pppd_grace (L2tpCall *self)
{
  if (self->farewell.in_vain)
    return PPPD_GRACE_BLOCKED;
  if (self->secure == NULL)
    return PPPD_GRACE;
  return l2tp_secure_is_up (self->secure) ? PPPD_GRACE_SECURE : PPPD_GRACE_BLOCKED;
}

/* In ms. A user sees the end at once, and the driver goes on by itself; a service that stops gives
 * the LNS a moment to hear of it (XPRT-13), and so does an SA that is to end. */
static guint
get_wait (L2tpCall *self)
{
  if (self->secure == NULL || self->farewell.in_vain)
    return self->farewell.wait;
  return l2tp_secure_is_up (self->secure) ? SECURE_WAIT : 0;
}

void
l2tp_call_release_driver (L2tpCall *self)
{
  g_autoptr (L2tpDriver) driver = g_steal_pointer (&self->driver);
  const L2tpFarewell *farewell = &self->farewell;

  if (driver == NULL)
    return;
  g_signal_handlers_disconnect_by_data (driver, self);
  l2tp_driver_close_data_path (driver);
  if (self->session_id != 0 && farewell->cdn_result != 0)
    l2tp_driver_close_session (driver, self->session_id, farewell->cdn_result, farewell->cdn_error,
                               &farewell->cause);
  l2tp_driver_close (driver, farewell->stopccn_result, 0);
}

static void
tell_end (L2tpCall *self)
{
  l2tp_call_set_state (self, L2TP_CALL_STATE_ENDED, "all is released");
  l2tp_call_emit_ended (self);
}

static void
on_secure_down (GObject *source, GAsyncResult *result, gpointer data)
{
  g_autoptr (L2tpCall) self = data;

  l2tp_secure_down_finish (L2TP_SECURE (source), result);
  tell_end (self);
}

static gboolean
end (gpointer data)
{
  g_autoptr (L2tpCall) self = g_object_ref (L2TP_CALL (data));

  g_clear_handle_id (&self->finish_source, g_source_remove);
  if (self->closing_driver != NULL)
    g_signal_handlers_disconnect_by_data (self->closing_driver, self);
  g_clear_object (&self->closing_driver);
  if (self->secure != NULL)
    l2tp_secure_down_async (self->secure, self->end_by, on_secure_down, g_object_ref (self));
  else
    tell_end (self);
  return G_SOURCE_REMOVE;
}

static void
on_driver_closed (L2tpDriver *driver, L2tpCall *self)
{
  end (self);
}

gboolean
l2tp_call_finish (gpointer data)
{
  L2tpCall *self = L2TP_CALL (data);
  guint wait = get_wait (self);

  self->finish_source = 0;
  l2tp_clear_fd (&self->session_fd);
  l2tp_ppp_drop_unit (self->ppp);
  if (self->driver != NULL && wait > 0)
    self->closing_driver = g_object_ref (self->driver);
  l2tp_call_release_driver (self);
  self->session_id = self->peer_session_id = 0;
  if (self->closing_driver == NULL || l2tp_tunnel_get_state (l2tp_driver_get_tunnel (
                                          self->closing_driver)) != L2TP_TUNNEL_STATE_CLOSING)
    return end (self);
  g_signal_connect (self->closing_driver, "closed", G_CALLBACK (on_driver_closed), self);
  self->finish_source = g_timeout_add (wait, end, self);
  return G_SOURCE_REMOVE;
}

void
l2tp_call_clear_timers (L2tpCall *self)
{
  g_clear_handle_id (&self->stage_timer, g_source_remove);
  g_clear_handle_id (&self->hangup_timer, g_source_remove);
}

void
l2tp_call_begin_stop (L2tpCall *self, const L2tpFarewell *farewell, GError *error)
{
  if (self->state >= L2TP_CALL_STATE_STOPPING)
    {
      g_clear_error (&error);
      return;
    }
  self->farewell = *farewell;
  self->end_by = g_get_monotonic_time () + END_SECURE;
  self->error = error;
  l2tp_call_clear_timers (self);
  l2tp_call_stop_reading (self);
  l2tp_call_unwatch (self);
  if (self->dial != NULL)
    l2tp_dial_cancel (self->dial, farewell->stopccn_result);
  l2tp_call_set_state (self, L2TP_CALL_STATE_STOPPING, error != NULL ? "failed" : "asked to");

  if (l2tp_ppp_is_running (self->ppp))
    l2tp_ppp_terminate (self->ppp, get_pppd_grace (self));
  else
    self->finish_source = g_idle_add (l2tp_call_finish, self);
  l2tp_call_changed (self);
}

/* Takes @error. */
void
l2tp_call_fail (L2tpCall *self, L2tpStage stage, const L2tpFarewell *farewell, GError *error)
{
  l2tp_stage_prefix_error (stage, &error);
  l2tp_call_begin_stop (self, farewell, error);
}
