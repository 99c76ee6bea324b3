/* SPDX-License-Identifier: GPL-2.0-or-later */
/* SPDX-FileCopyrightText: The l2tp-client authors */

/* One call. Owns what a VPN is made of: the driver with its tunnel, the kernel session, PPP on
 * them, and decides which of them a failure costs: a pppd that crashed is
 * replaced under session and interface (PPP-29), a session that ended is dialled anew in the
 * tunnel, without a tunnel the call ends. Hides that order. Design sections 4 and 6; SES-1…28,
 * KRN-21, PPP-24…30. */

#include "l2tp-call.h"

#include <string.h>

#include "l2tp-call-error.h"
#include "l2tp-dial.h"
#include "service/base/l2tp-error.h"
#include "service/base/l2tp-fd.h"
#include "service/base/l2tp-log.h"
#include "service/io/l2tp-kernel.h"

#define PPPD_GRACE      (2500 * G_TIME_SPAN_MILLISECOND) /* SES-28: 3 s for the whole */
#define HANGUP_GRACE    700 /* ms for pppd to say itself why it ends (SES-27) */
#define LOST_GRACE      (200 * G_TIME_SPAN_MILLISECOND) /* its LCP has nobody to talk to */
#define LISTEN_TIME_MIN 100                             /* ms, PPP-26 */
#define MAX_REPAIRS     3 /* in a row, before the call counts as lost */
#define STABLE_AFTER    (10 * G_TIME_SPAN_SECOND)

struct _L2tpCall
{
  GObject parent_instance;

  L2tpConfig *config;
  char *tag;
  L2tpStandby *standby;

  L2tpCallState state;
  L2tpStage stage;
  guint stage_timer;
  gint64 up_since;

  L2tpDial *dial;
  L2tpDriver *driver;
  guint16 session_id, peer_session_id;
  int session_fd;
  L2tpPpp *ppp;
  gboolean adopting; /* this pppd got the unit of a dead one */
  guint repairs;

  guint hangup_timer;
  L2tpStage lost_stage; /* of lost_error */
  GError *lost_error;   /* the LNS ended session or tunnel, pppd is still to follow */

  guint finish_source;
  L2tpDriver *closing_driver; /* whose end we wait for */
  L2tpFarewell farewell;
  GError *error; /* why it ends */
};

enum
{
  CHANGED,
  ENDED,
  N_SIGNALS,
};

static guint signals[N_SIGNALS];

G_DEFINE_FINAL_TYPE (L2tpCall, l2tp_call, G_TYPE_OBJECT)

static void redial_session (L2tpCall *self, L2tpStage stage, GError *error);

static void
set_state (L2tpCall *self, L2tpCallState state, const char *reason)
{
  if (self->state == state)
    return;
  g_return_if_fail (l2tp_call_state_may_follow (self->state, state));
  l2tp_debug (self->tag, "call: %s → %s (%s)", l2tp_call_state_to_string (self->state),
              l2tp_call_state_to_string (state), reason);
  self->state = state;
}

static void
changed (L2tpCall *self)
{
  g_signal_emit (self, signals[CHANGED], 0);
}

/* --- The end ------------------------------------------------------------------------------- */

static void
release_driver (L2tpCall *self)
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

static gboolean
end (gpointer data)
{
  g_autoptr (L2tpCall) self = g_object_ref (L2TP_CALL (data));

  g_clear_handle_id (&self->finish_source, g_source_remove);
  if (self->closing_driver != NULL)
    g_signal_handlers_disconnect_by_data (self->closing_driver, self);
  g_clear_object (&self->closing_driver);
  set_state (self, L2TP_CALL_STATE_ENDED, "all is released");
  g_signal_emit (self, signals[ENDED], 0, self->error);
  return G_SOURCE_REMOVE;
}

static void
on_driver_closed (L2tpDriver *driver, L2tpCall *self)
{
  end (self);
}

static gboolean
finish (gpointer data)
{
  L2tpCall *self = L2TP_CALL (data);

  self->finish_source = 0;
  l2tp_clear_fd (&self->session_fd);
  l2tp_ppp_drop_unit (self->ppp);
  /* A user sees the end at once, and the driver goes on by itself; a service that stops gives the
   * LNS a moment to hear of it (XPRT-13). */
  if (self->driver != NULL && self->farewell.wait > 0)
    self->closing_driver = g_object_ref (self->driver);
  release_driver (self);
  self->session_id = self->peer_session_id = 0;
  if (self->closing_driver == NULL || l2tp_tunnel_get_state (l2tp_driver_get_tunnel (
                                          self->closing_driver)) != L2TP_TUNNEL_STATE_CLOSING)
    return end (self);
  g_signal_connect (self->closing_driver, "closed", G_CALLBACK (on_driver_closed), self);
  self->finish_source = g_timeout_add (self->farewell.wait, end, self);
  return G_SOURCE_REMOVE;
}

static void
clear_timers (L2tpCall *self)
{
  g_clear_handle_id (&self->stage_timer, g_source_remove);
  g_clear_handle_id (&self->hangup_timer, g_source_remove);
}

static void
begin_stop (L2tpCall *self, const L2tpFarewell *farewell, GError *error)
{
  if (self->state >= L2TP_CALL_STATE_STOPPING)
    {
      g_clear_error (&error);
      return;
    }
  self->farewell = *farewell;
  self->error = error;
  clear_timers (self);
  if (self->dial != NULL)
    l2tp_dial_cancel (self->dial, farewell->stopccn_result);
  set_state (self, L2TP_CALL_STATE_STOPPING, error != NULL ? "failed" : "asked to");

  if (l2tp_ppp_is_running (self->ppp))
    l2tp_ppp_terminate (self->ppp, PPPD_GRACE);
  else
    self->finish_source = g_idle_add (finish, self);
  changed (self);
}

/* Takes @error. */
static void
fail (L2tpCall *self, L2tpStage stage, const L2tpFarewell *farewell, GError *error)
{
  l2tp_stage_prefix_error (stage, &error);
  begin_stop (self, farewell, error);
}

/* --- Stages -------------------------------------------------------------------------------- */

static gboolean
on_stage_timeout (gpointer data)
{
  L2tpCall *self = L2TP_CALL (data);

  self->stage_timer = 0;
  fail (self, self->stage, &l2tp_farewell_timeout, l2tp_stage_error_timeout (self->stage));
  return G_SOURCE_REMOVE;
}

static void
enter_stage (L2tpCall *self, L2tpStage stage)
{
  self->stage = stage;
  g_clear_handle_id (&self->stage_timer, g_source_remove);
  self->stage_timer =
      g_timeout_add_seconds (l2tp_stage_get_timeout (stage), on_stage_timeout, self);
  changed (self);
}

/* --- pppd ---------------------------------------------------------------------------------- */

static guint
listen_time (L2tpCall *self)
{
  gint64 rtt = l2tp_tunnel_get_rtt (l2tp_driver_get_tunnel (self->driver));

  return MAX (LISTEN_TIME_MIN, 2 * rtt / 1000);
}

static gboolean
start_pppd (L2tpCall *self)
{
  g_autoptr (GError) error = NULL;

  if (l2tp_ppp_start (self->ppp, &error))
    return TRUE;
  fail (self, L2TP_STAGE_PPP, &l2tp_farewell_no_means, g_steal_pointer (&error));
  return FALSE;
}

static gboolean
attach_pppd (L2tpCall *self)
{
  g_autoptr (GError) error = NULL;

  if (l2tp_ppp_attach (self->ppp, self->session_fd, l2tp_driver_get_tunnel_fd (self->driver),
                       l2tp_driver_get_udp_fd (self->driver), listen_time (self), &error))
    return TRUE;
  fail (self, L2TP_STAGE_PPP, &l2tp_farewell_no_means, g_steal_pointer (&error));
  return FALSE;
}

static void
on_ppp_network (L2tpPpp *ppp, L2tpCall *self)
{
  if (self->stage == L2TP_STAGE_PPP &&
      (self->state == L2TP_CALL_STATE_DIALING || self->state == L2TP_CALL_STATE_REPAIRING))
    enter_stage (self, L2TP_STAGE_IP);
}

static void
on_ppp_up (L2tpPpp *ppp, L2tpCall *self)
{
  /* Too late, when the LNS has hung up already. */
  if (self->state >= L2TP_CALL_STATE_STOPPING || self->lost_error != NULL)
    return;
  clear_timers (self);
  self->adopting = FALSE;
  self->up_since = g_get_monotonic_time ();
  set_state (self, L2TP_CALL_STATE_UP, "IPCP is up");
  changed (self);
  l2tp_standby_refill (self->standby);
}

/* PPP negotiates anew, or ends: "exited" tells which. */
static void
on_ppp_down (L2tpPpp *ppp, L2tpCall *self)
{
  if (self->state != L2TP_CALL_STATE_UP)
    return;
  set_state (self, L2TP_CALL_STATE_REPAIRING, "IPCP is down");
  enter_stage (self, L2TP_STAGE_PPP);
}

/* Counts a repair; FALSE when there were too many in a row. */
static gboolean
count_repair (L2tpCall *self)
{
  if (self->up_since != 0 && g_get_monotonic_time () - self->up_since >= STABLE_AFTER)
    self->repairs = 0;
  self->up_since = 0;
  return ++self->repairs <= MAX_REPAIRS;
}

/* Of an error's lines, the cause. */
static char *
first_line (const GError *error)
{
  return g_strndup (error->message, strcspn (error->message, "\n"));
}

/* --- Repairs ------------------------------------------------------------------------------- */

/* pppd crashed: session, unit and interface are ours, the next pppd takes them over (PPP-29). */
static void
replace_pppd (L2tpCall *self, GError *reason)
{
  g_autofree char *why = first_line (reason);
  g_autoptr (GError) error = NULL;

  if (!count_repair (self))
    {
      fail (self, L2TP_STAGE_PPP, &l2tp_farewell_no_means, reason);
      return;
    }
  if (!l2tp_kernel_release_channel (self->session_fd, &error))
    {
      l2tp_warning (self->tag, "%s", error->message);
      redial_session (self, L2TP_STAGE_PPP, reason);
      return;
    }
  l2tp_info (self->tag, "%s; another one takes over", why);
  g_clear_error (&reason);
  if (self->state == L2TP_CALL_STATE_UP)
    set_state (self, L2TP_CALL_STATE_REPAIRING, "pppd died");
  self->adopting = l2tp_ppp_has_unit (self->ppp);
  if (start_pppd (self) && attach_pppd (self))
    enter_stage (self, L2TP_STAGE_PPP);
}

/* The session is lost, the tunnel is not: a new session in it. Takes @error, the reason, with which
 * the call fails when that is not possible. */
static void
redial_session (L2tpCall *self, L2tpStage stage, GError *error)
{
  static const L2tpDisconnectCause none = { 0 };
  g_autofree char *why = first_line (error);
  guint16 old_session_id;

  if (self->state == L2TP_CALL_STATE_DIALING || !count_repair (self))
    {
      fail (self, stage, &l2tp_farewell_user, error);
      return;
    }
  /* Our own CDN must not come back as a session that we lost. */
  old_session_id = self->session_id;
  self->session_id = 0;
  if (old_session_id != 0)
    l2tp_driver_close_session (self->driver, old_session_id, 2, 6, &none); /* ERR-38 */
  l2tp_clear_fd (&self->session_fd);
  l2tp_ppp_drop_unit (self->ppp);
  self->adopting = FALSE;
  self->peer_session_id = 0;
  self->session_id = l2tp_driver_open_session (self->driver);
  if (self->session_id == 0)
    {
      fail (self, stage, &l2tp_farewell_user, error);
      return;
    }
  l2tp_info (self->tag, "session lost (%s); dialling a new one", why);
  g_clear_error (&error);
  if (self->state == L2TP_CALL_STATE_UP)
    set_state (self, L2TP_CALL_STATE_REPAIRING, "session lost");
  if (start_pppd (self))
    enter_stage (self, L2TP_STAGE_SESSION);
}

/* pppd has ended, and no crash: what does it cost? */
static void
on_pppd_ended (L2tpCall *self, const L2tpPppdExit *status)
{
  g_autoptr (GError) lost = g_steal_pointer (&self->lost_error);
  L2tpPppdVerdict verdict;
  g_autoptr (GError) error = l2tp_ppp_judge_exit (self->ppp, status, &verdict);
  gboolean may_retry =
      verdict.retry == L2TP_PPPD_RETRY_YES || verdict.retry == L2TP_PPPD_RETRY_BACKOFF;

  if (lost != NULL && self->lost_stage != L2TP_STAGE_SESSION)
    {
      if (!l2tp_pppd_exit_follows (status))
        fail (self, L2TP_STAGE_PPP, &l2tp_farewell_user, g_steal_pointer (&error));
      else
        fail (self, self->lost_stage, &l2tp_farewell_user, g_steal_pointer (&lost));
    }
  else if (lost != NULL && l2tp_pppd_exit_follows (status))
    redial_session (self, L2TP_STAGE_SESSION, g_steal_pointer (&lost));
  else if (self->adopting || may_retry)
    redial_session (self, L2TP_STAGE_PPP, g_steal_pointer (&error));
  else
    {
      L2tpFarewell farewell = { verdict.result, verdict.error, verdict.cause, 1 };

      fail (self, L2TP_STAGE_PPP, &farewell, g_steal_pointer (&error));
    }
}

static void
on_ppp_exited (L2tpPpp *ppp, const L2tpPppdExit *status, L2tpCall *self)
{
  g_clear_handle_id (&self->hangup_timer, g_source_remove);
  if (self->state >= L2TP_CALL_STATE_STOPPING)
    self->finish_source = g_idle_add (finish, self);
  else if (status->signaled && self->session_fd >= 0 && self->lost_error == NULL)
    replace_pppd (self, l2tp_ppp_judge_exit (ppp, status, NULL));
  else
    on_pppd_ended (self, status);
}

/* --- L2TP ---------------------------------------------------------------------------------- */

static gboolean
on_hangup_timeout (gpointer data)
{
  L2tpCall *self = L2TP_CALL (data);

  self->hangup_timer = 0;
  l2tp_ppp_terminate (self->ppp, LOST_GRACE);
  return G_SOURCE_REMOVE;
}

/* The LNS ended session or tunnel. pppd is about to end as well, perhaps with a better reason, and
 * must be gone before anything new starts. Takes @error. */
static void
hang_up (L2tpCall *self, L2tpStage stage, GError *error)
{
  if (self->lost_error != NULL && self->lost_stage != L2TP_STAGE_SESSION)
    {
      g_error_free (error);
      return;
    }
  g_clear_error (&self->lost_error);
  if (self->session_fd < 0 || !l2tp_ppp_is_running (self->ppp))
    {
      fail (self, stage, &l2tp_farewell_user, error);
      return;
    }
  self->lost_stage = stage;
  self->lost_error = error;
  if (self->hangup_timer == 0)
    self->hangup_timer = g_timeout_add (HANGUP_GRACE, on_hangup_timeout, self);
}

static void
on_session_replied (L2tpCall *self, const L2tpEvent *event)
{
  g_autoptr (GError) error = NULL;

  self->peer_session_id = event->peer_session_id;
  self->session_fd =
      l2tp_driver_open_data_path (self->driver, event->session_id, event->peer_session_id, &error);
  if (self->session_fd < 0)
    fail (self, L2TP_STAGE_SESSION, &l2tp_farewell_no_means, g_steal_pointer (&error));
  else if (attach_pppd (self))
    enter_stage (self, L2TP_STAGE_PPP);
}

static void
on_session_down (L2tpCall *self, const L2tpEvent *event)
{
  self->session_id = 0;
  /* All sessions go with their tunnel, and TUNNEL_DOWN, which is next, knows better why. */
  if (l2tp_tunnel_get_state (l2tp_driver_get_tunnel (self->driver)) > L2TP_TUNNEL_STATE_ESTABLISHED)
    return;
  hang_up (self, L2TP_STAGE_SESSION, l2tp_call_error_from_session (&event->result));
}

/* An LNS that falls silent in a bring-up is told by what it did not answer. */
static L2tpStage
stage_of_end (L2tpCall *self, const L2tpResult *result)
{
  if (result->kind == L2TP_RESULT_PEER_LOST && self->state == L2TP_CALL_STATE_DIALING)
    return self->stage;
  return L2TP_STAGE_TUNNEL;
}

static void
on_driver_event (L2tpDriver *driver, const L2tpEvent *event, L2tpCall *self)
{
  gboolean ours = event->session_id != 0 && event->session_id == self->session_id;

  if (self->state >= L2TP_CALL_STATE_STOPPING)
    return;
  switch (event->type)
    {
    case L2TP_EVENT_SESSION_REPLIED:
      if (ours)
        on_session_replied (self, event);
      return;
    case L2TP_EVENT_SESSION_DOWN:
      if (ours)
        on_session_down (self, event);
      return;
    case L2TP_EVENT_TUNNEL_DOWN:
      self->session_id = 0;
      hang_up (self, stage_of_end (self, &event->result),
               l2tp_call_error_from_tunnel (&event->result));
      return;
    case L2TP_EVENT_TUNNEL_UP:
    case L2TP_EVENT_SESSION_UP:
    case L2TP_EVENT_DEAD:
      return;
    }
}

/* Evidence, no proof: only a Hello that stays unanswered ends the tunnel (XPRT-22). */
static void
on_icmp_error (L2tpDriver *driver, int saved_errno, L2tpCall *self)
{
  l2tp_driver_probe (driver);
}

/* Also for the second and every further address of the LNS. */
static void
on_dial_trying (L2tpDial *dial, L2tpCall *self)
{
  enter_stage (self, L2TP_STAGE_TUNNEL);
}

static void
on_dial_up (L2tpDial *dial, L2tpDriver *driver, guint session_id, L2tpCall *self)
{
  self->driver = g_object_ref (driver);
  self->session_id = session_id;
  g_signal_connect (driver, "event", G_CALLBACK (on_driver_event), self);
  g_signal_connect (driver, "icmp-error", G_CALLBACK (on_icmp_error), self);
  enter_stage (self, L2TP_STAGE_SESSION);
}

static void
on_dial_failed (L2tpDial *dial, guint stage, GError *error, L2tpCall *self)
{
  fail (self, stage, &l2tp_farewell_user, g_error_copy (error));
}

/* --- The interface ------------------------------------------------------------------------- */

L2tpCall *
l2tp_call_new (L2tpConfig *config, const char *tag, L2tpStandby *standby, L2tpPorts *ports)
{
  L2tpCall *self = g_object_new (L2TP_TYPE_CALL, NULL);

  self->config = l2tp_config_ref (config);
  self->tag = g_strdup (tag);
  self->standby = g_object_ref (standby);
  self->ppp = l2tp_ppp_new (config, standby);
  g_signal_connect (self->ppp, "network", G_CALLBACK (on_ppp_network), self);
  g_signal_connect (self->ppp, "up", G_CALLBACK (on_ppp_up), self);
  g_signal_connect (self->ppp, "down", G_CALLBACK (on_ppp_down), self);
  g_signal_connect (self->ppp, "exited", G_CALLBACK (on_ppp_exited), self);
  self->dial = l2tp_dial_new (config, tag, ports);
  g_signal_connect (self->dial, "trying", G_CALLBACK (on_dial_trying), self);
  g_signal_connect (self->dial, "up", G_CALLBACK (on_dial_up), self);
  g_signal_connect (self->dial, "failed", G_CALLBACK (on_dial_failed), self);
  return self;
}

void
l2tp_call_start (L2tpCall *call)
{
  g_autoptr (GError) error = NULL;

  g_return_if_fail (call->state == L2TP_CALL_STATE_IDLE);
  set_state (call, L2TP_CALL_STATE_DIALING, "asked to");
  /* No stage is to blame. */
  if (!l2tp_config_check_supported (call->config, &error))
    {
      begin_stop (call, &l2tp_farewell_no_means, g_steal_pointer (&error));
      return;
    }
  if (!l2tp_kernel_check_support (&error))
    {
      fail (call, L2TP_STAGE_TUNNEL, &l2tp_farewell_no_means, g_steal_pointer (&error));
      return;
    }
  /* The name first: its thread works while we start pppd. */
  l2tp_dial_start (call->dial);
  if (start_pppd (call))
    enter_stage (call, L2TP_STAGE_RESOLVE);
}

void
l2tp_call_stop (L2tpCall *call, L2tpCallStop why)
{
  begin_stop (call, why == L2TP_CALL_STOP_USER ? &l2tp_farewell_user : &l2tp_farewell_service,
              NULL);
}

L2tpCallState
l2tp_call_get_state (L2tpCall *call)
{
  return call->state;
}

L2tpStage
l2tp_call_get_stage (L2tpCall *call)
{
  return call->stage;
}

L2tpDriver *
l2tp_call_get_driver (L2tpCall *call)
{
  return call->driver;
}

guint16
l2tp_call_get_session_id (L2tpCall *call)
{
  return call->session_id;
}

guint16
l2tp_call_get_peer_session_id (L2tpCall *call)
{
  return call->peer_session_id;
}

int
l2tp_call_get_session_fd (L2tpCall *call)
{
  return call->session_fd;
}

L2tpPpp *
l2tp_call_get_ppp (L2tpCall *call)
{
  return call->ppp;
}

static void
l2tp_call_dispose (GObject *object)
{
  L2tpCall *self = L2TP_CALL (object);

  clear_timers (self);
  g_clear_handle_id (&self->finish_source, g_source_remove);
  if (self->ppp != NULL)
    g_signal_handlers_disconnect_by_data (self->ppp, self);
  g_clear_object (&self->ppp);
  if (self->dial != NULL)
    {
      g_signal_handlers_disconnect_by_data (self->dial, self);
      l2tp_dial_cancel (self->dial, 1);
    }
  g_clear_object (&self->dial);
  if (self->closing_driver != NULL)
    g_signal_handlers_disconnect_by_data (self->closing_driver, self);
  g_clear_object (&self->closing_driver);
  release_driver (self);
  G_OBJECT_CLASS (l2tp_call_parent_class)->dispose (object);
}

static void
l2tp_call_finalize (GObject *object)
{
  L2tpCall *self = L2TP_CALL (object);

  l2tp_clear_fd (&self->session_fd);
  g_clear_error (&self->lost_error);
  g_clear_error (&self->error);
  g_object_unref (self->standby);
  l2tp_config_unref (self->config);
  g_free (self->tag);
  G_OBJECT_CLASS (l2tp_call_parent_class)->finalize (object);
}

static void
l2tp_call_class_init (L2tpCallClass *klass)
{
  GObjectClass *object_class = G_OBJECT_CLASS (klass);

  object_class->dispose = l2tp_call_dispose;
  object_class->finalize = l2tp_call_finalize;

  signals[CHANGED] = g_signal_new ("changed", L2TP_TYPE_CALL, G_SIGNAL_RUN_LAST, 0, NULL, NULL,
                                   NULL, G_TYPE_NONE, 0);
  signals[ENDED] = g_signal_new ("ended", L2TP_TYPE_CALL, G_SIGNAL_RUN_LAST, 0, NULL, NULL, NULL,
                                 G_TYPE_NONE, 1, G_TYPE_ERROR);
}

static void
l2tp_call_init (L2tpCall *self)
{
  self->session_fd = -1;
  self->farewell = l2tp_farewell_user;
}
