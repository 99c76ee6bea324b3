/* SPDX-License-Identifier: GPL-2.0-or-later */
/* SPDX-FileCopyrightText: The l2tp-client authors */

/* A call moves: out of a session that the LNS has lost, or out of a tunnel that it does not know
 * any more into the one that it answered. pppd is killed, not ended, so that the interface stays
 * for the next one (PPP-29), and is gone before the new session is asked for: there are never two.
 * Part of l2tp-call.c. Design section 6. */

#include "l2tp-call-private.h"

#include "l2tp-call-error.h"
#include "service/base/l2tp-fd.h"
#include "service/base/l2tp-log.h"

/* Takes @driver, which may be NULL: what nobody wants to move to any more. */
static void
reject (L2tpDriver *driver)
{
  if (driver == NULL)
    return;
  l2tp_driver_close (driver, 1, 0);
  g_object_unref (driver);
}

static GError *
lost_error (void)
{
  L2tpResult result = { .kind = L2TP_RESULT_PEER_LOST };

  return l2tp_call_error_from_tunnel (&result);
}

/* @successor: NULL for a new session in the same tunnel */
static void
begin_move (L2tpCall *self, L2tpDriver *successor, const char *why)
{
  g_clear_error (&self->redial_error);
  if (!l2tp_call_count_repair (self))
    {
      reject (successor != NULL ? g_object_ref (successor) : NULL);
      l2tp_call_fail (self, L2TP_STAGE_TUNNEL, &l2tp_farewell_user, lost_error ());
      return;
    }
  l2tp_info (self->tag, "%s; dialling a new session in %s", why,
             successor != NULL ? "a new tunnel" : "the tunnel");
  g_set_object (&self->successor, successor);
  self->moving = TRUE;
  if (self->state == L2TP_CALL_STATE_UP)
    l2tp_call_set_state (self, L2TP_CALL_STATE_REPAIRING, why);
  l2tp_call_clear_timers (self);
  g_clear_error (&self->lost_error);
  l2tp_call_enter_stage (self, L2TP_STAGE_SESSION);
  if (l2tp_ppp_is_running (self->ppp))
    l2tp_ppp_terminate (self->ppp, 0);
  else
    l2tp_call_complete_move (self);
}

/* A StopCCN all the same: an LNS that only we do not hear any more may let the user in but once.
 * But where it has the new tunnel by the old one's id, not a word more for the old one. */
void
l2tp_call_leave_tunnel (L2tpCall *self, L2tpDriver *successor)
{
  guint16 old_id = l2tp_tunnel_get_peer_id (l2tp_driver_get_tunnel (self->driver));

  if (self->liveness != NULL)
    l2tp_liveness_stop (self->liveness); /* the driver may have a port that the next one needs */
  l2tp_clear_fd (&self->session_fd);
  self->session_id = self->peer_session_id = 0;
  if (successor != NULL && old_id == l2tp_tunnel_get_peer_id (l2tp_driver_get_tunnel (successor)))
    {
      g_signal_handlers_disconnect_by_data (self->driver, self);
      g_clear_object (&self->driver);
    }
  else
    l2tp_call_release_driver (self);
}

/* The trial could not have the port that the user wants: the old tunnel had it. */
static gboolean
enter_tunnel_from_own_port (L2tpCall *self, L2tpDriver *successor, GError **error)
{
  g_autoptr (L2tpDriver) driver = l2tp_driver_new (self->config, self->tag, self->ports,
                                                   l2tp_driver_get_peer (successor), error);

  l2tp_driver_close (successor, 1, 0);
  if (driver == NULL)
    return FALSE;
  l2tp_call_take_driver (self, driver);
  self->session_id = l2tp_driver_open (driver);
  return TRUE;
}

static gboolean
enter_tunnel (L2tpCall *self, L2tpDriver *successor, GError **error)
{
  if (l2tp_config_get_local_port (self->config) != 0)
    return enter_tunnel_from_own_port (self, successor, error);
  l2tp_call_take_driver (self, successor);
  self->session_id = l2tp_driver_open_session (successor);
  return self->session_id != 0;
}

void
l2tp_call_complete_move (L2tpCall *self)
{
  g_autoptr (L2tpDriver) successor = g_steal_pointer (&self->successor);
  g_autoptr (GError) error = NULL;
  gboolean dialled;

  self->moving = FALSE;
  g_clear_error (&self->lost_error); /* of the session that is left */
  if (successor != NULL)
    {
      l2tp_call_leave_tunnel (self, successor);
      l2tp_network_follow (self->network,
                           g_inet_socket_address_get_address (l2tp_driver_get_peer (successor)));
      dialled = enter_tunnel (self, successor, &error);
    }
  else
    dialled = l2tp_call_renew_session (self, 1, 0); /* loss of carrier */
  if (!dialled)
    {
      l2tp_call_fail (self, L2TP_STAGE_TUNNEL, &l2tp_farewell_user,
                      error != NULL ? g_steal_pointer (&error) : lost_error ());
      return;
    }
  self->adopting = l2tp_ppp_has_unit (self->ppp);
  l2tp_call_watch (self);
  if (l2tp_call_start_pppd (self))
    l2tp_call_enter_stage (self, L2TP_STAGE_SESSION);
}

/* --- What is noticed ----------------------------------------------------------------------- */

static void
on_silent (L2tpLiveness *liveness, L2tpCall *self)
{
  l2tp_info (self->tag, "the LNS does not answer any more");
  if (self->state != L2TP_CALL_STATE_UP)
    return;
  l2tp_call_tell_trouble (self, L2TP_STAGE_TUNNEL, lost_error ());
  l2tp_call_set_state (self, L2TP_CALL_STATE_REPAIRING, "the LNS is silent");
  l2tp_call_enter_stage (self, L2TP_STAGE_TUNNEL);
}

static void
on_answered (L2tpLiveness *liveness, L2tpCall *self)
{
  if (self->redial_error != NULL)
    l2tp_call_redial (self, self->redial_stage, g_steal_pointer (&self->redial_error));
  else if (self->state == L2TP_CALL_STATE_REPAIRING && self->stage == L2TP_STAGE_TUNNEL &&
           self->lost_error == NULL) /* a CDN may be the first thing that it says */
    {
      l2tp_info (self->tag, "the LNS answers again");
      if (l2tp_ppp_get_address (self->ppp) == NULL)
        {
          l2tp_call_enter_stage (self, L2TP_STAGE_PPP);
          return;
        }
      l2tp_call_clear_timers (self);
      if (self->up_since == 0)
        self->up_since = g_get_monotonic_time ();
      l2tp_call_set_state (self, L2TP_CALL_STATE_UP, "the LNS answers");
      l2tp_call_changed (self);
    }
}

static void
on_session_gone (L2tpLiveness *liveness, L2tpCall *self)
{
  begin_move (self, NULL, "the LNS has lost the session");
}

static void
on_tunnel_gone (L2tpLiveness *liveness, L2tpDriver *successor, L2tpCall *self)
{
  if (successor != NULL)
    begin_move (self, successor, "the LNS has lost the tunnel");
  else
    l2tp_call_fail (self, L2TP_STAGE_TUNNEL, &l2tp_farewell_user, lost_error ());
}

static L2tpLiveness *
liveness_new (L2tpCall *self)
{
  g_autoptr (GPtrArray) targets = l2tp_dial_get_targets (self->dial);
  L2tpLiveness *liveness;

  liveness = l2tp_liveness_new (self->config, self->tag, self->ports, self->network, targets);
  g_signal_connect (liveness, "silent", G_CALLBACK (on_silent), self);
  g_signal_connect (liveness, "answered", G_CALLBACK (on_answered), self);
  g_signal_connect (liveness, "session-gone", G_CALLBACK (on_session_gone), self);
  g_signal_connect (liveness, "tunnel-gone", G_CALLBACK (on_tunnel_gone), self);
  return liveness;
}

void
l2tp_call_watch (L2tpCall *self)
{
  if (self->liveness == NULL)
    self->liveness = liveness_new (self);
  l2tp_liveness_watch (self->liveness, self->driver, self->session_fd);
}

void
l2tp_call_unwatch (L2tpCall *self)
{
  self->moving = FALSE;
  g_clear_handle_id (&self->path_timer, g_source_remove);
  reject (g_steal_pointer (&self->successor));
  g_clear_error (&self->redial_error);
  if (self->liveness != NULL)
    g_signal_handlers_disconnect_by_data (self->liveness, self);
  g_clear_object (&self->liveness);
}

void
l2tp_call_close_session_fd (L2tpCall *self)
{
  l2tp_clear_fd (&self->session_fd);
  if (self->liveness != NULL)
    l2tp_call_watch (self);
}
