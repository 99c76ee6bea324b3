/* SPDX-License-Identifier: GPL-2.0-or-later */
/* SPDX-FileCopyrightText: The l2tp-client authors */

/* What a call does about a loss: a pppd that crashed is replaced under session and interface
 * (PPP-29), a session that ended is dialled anew in the tunnel, or in a new one if the LNS ended
 * that as well. One attempt, at once; what follows is l2tp-retry.c's. Hides who of pppd and the LNS
 * told of an end first. Part of l2tp-call.c. Design section 6; SES-10…13, SES-27, KRN-21. */

#include "l2tp-call-private.h"

#include <string.h>

#include "l2tp-retry.h"
#include "service/base/l2tp-error.h"
#include "service/base/l2tp-log.h"
#include "service/io/l2tp-kernel.h"

/* What is granted to pppd when the LNS has hung up: to say itself why it ends (SES-27); where all
 * was well with PPP, to answer the LNS's Terminate-Request, which may be on its way; to talk to
 * nobody. */
#define HANGUP_GRACE     700 /* ms */
#define GOODBYE_GRACE    50  /* ms */
#define LOST_GRACE       (200 * G_TIME_SPAN_MILLISECOND)
#define MAX_REPAIRS      3  /* in a row, before the call counts as lost */
#define STATUS_PEER_DEAD 15 /* ERR-55: no answer to LCP echoes */

gboolean
l2tp_call_count_repair (L2tpCall *self)
{
  if (l2tp_retry_was_stable (self->up_since, g_get_monotonic_time ()))
    self->repairs = 0;
  self->up_since = 0;
  return ++self->repairs <= MAX_REPAIRS && !self->lacks_secrets;
}

/* Of an error's lines, the cause. */
static char *
first_line (const GError *error)
{
  return g_strndup (error->message, strcspn (error->message, "\n"));
}

/* pppd crashed: session, unit and interface are ours, the next pppd takes them over (PPP-29). */
static void
replace_pppd (L2tpCall *self, GError *reason)
{
  g_autofree char *why = first_line (reason);
  g_autoptr (GError) error = NULL;

  if (!l2tp_kernel_release_channel (self->session_fd, &error))
    {
      l2tp_warning (self->tag, "%s", error->message);
      l2tp_call_redial (self, L2TP_STAGE_PPP, reason); /* which counts as the repair */
      return;
    }
  if (!l2tp_call_count_repair (self))
    {
      l2tp_call_fail (self, L2TP_STAGE_PPP, &l2tp_farewell_no_means, reason);
      return;
    }
  l2tp_info (self->tag, "%s; another one takes over", why);
  g_clear_error (&reason);
  if (self->state == L2TP_CALL_STATE_UP)
    l2tp_call_set_state (self, L2TP_CALL_STATE_REPAIRING, "pppd died");
  self->adopting = l2tp_ppp_has_unit (self->ppp);
  if (l2tp_call_start_pppd (self) && l2tp_call_attach_pppd (self, 0))
    l2tp_call_enter_stage (self, L2TP_STAGE_PPP);
}

/* Takes @error. "answered" or "tunnel-gone" is the end of it, or the end of the tunnel. */
static void
wait_for_lns (L2tpCall *self, L2tpStage stage, GError *error)
{
  g_clear_error (&self->redial_error);
  self->redial_error = error;
  self->redial_stage = stage;
  if (self->state == L2TP_CALL_STATE_UP)
    l2tp_call_set_state (self, L2TP_CALL_STATE_REPAIRING, "session lost");
  l2tp_call_enter_stage (self, L2TP_STAGE_TUNNEL);
}

gboolean
l2tp_call_renew_session (L2tpCall *self, guint16 cdn_result, guint16 cdn_error)
{
  static const L2tpDisconnectCause none = { 0 };
  guint16 old_session_id = self->session_id;

  l2tp_call_close_session_fd (self);
  self->session_id = self->peer_session_id = 0; /* our own CDN is no session that we lost */
  if (old_session_id != 0)
    l2tp_driver_close_session (self->driver, old_session_id, cdn_result, cdn_error, &none);
  self->session_id = l2tp_driver_open_session (self->driver);
  return self->session_id != 0;
}

/* A fleet loses its LNS in one moment, so that "at once" is l2tp-retry.c's. */
static void
redial_tunnel (L2tpCall *self)
{
  g_autoptr (GInetSocketAddress) lns = g_object_ref (l2tp_driver_get_peer (self->driver));
  gint64 delay = l2tp_retry_get_delay (L2TP_RETRY_BACKOFF, 1, g_random_double ());

  l2tp_info (self->tag, "attempt 1 in %.1f s", (double) delay / G_TIME_SPAN_SECOND);
  l2tp_call_leave_tunnel (self, NULL);
  l2tp_dial_again (self->dial, lns, self->other, delay);
  l2tp_call_enter_stage (self, L2TP_STAGE_TUNNEL);
}

/* Returns FALSE when there is no way to a new session. */
static gboolean
dial_session (L2tpCall *self)
{
  if (self->driver == NULL) /* it is being dialled, and what was lost is only a pppd that waits */
    return TRUE;
  if (self->ended_by_lns)
    redial_tunnel (self);
  else if (l2tp_call_renew_session (self, 2, 6)) /* ERR-38 */
    l2tp_call_enter_stage (self, L2TP_STAGE_SESSION);
  else
    return FALSE;
  return TRUE;
}

void
l2tp_call_redial (L2tpCall *self, L2tpStage stage, GError *error)
{
  g_autofree char *why = first_line (error);

  if (self->liveness != NULL && l2tp_liveness_is_doubtful (self->liveness))
    {
      wait_for_lns (self, stage, error);
      return;
    }
  if (self->state == L2TP_CALL_STATE_DIALING || !l2tp_call_count_repair (self))
    {
      l2tp_call_fail (self, stage, &l2tp_farewell_user, error);
      return;
    }
  if (self->adopting) /* what a pppd has not come up on may be the reason */
    l2tp_ppp_drop_unit (self->ppp);
  self->adopting = l2tp_ppp_has_unit (self->ppp);
  if (self->state == L2TP_CALL_STATE_UP)
    l2tp_call_set_state (self, L2TP_CALL_STATE_REPAIRING, "session lost");
  if (!dial_session (self))
    {
      l2tp_call_fail (self, stage, &l2tp_farewell_user, error);
      return;
    }
  l2tp_info (self->tag, "session lost (%s); dialling a new one", why);
  g_clear_error (&error);
  l2tp_call_start_pppd (self);
}

/* The unit that it took over is not to blame. */
static gboolean
is_about_secrets (const GError *error)
{
  return g_error_matches (error, L2TP_ERROR, L2TP_ERROR_AUTH_FAILED) ||
         g_error_matches (error, L2TP_ERROR, L2TP_ERROR_NO_SECRETS);
}

/* pppd has ended, and no crash: what does it cost? */
static void
on_pppd_ended (L2tpCall *self, const L2tpPppdExit *status)
{
  g_autoptr (GError) lost = g_steal_pointer (&self->lost_error);
  L2tpPppdVerdict verdict;
  g_autoptr (GError) error = l2tp_ppp_judge_exit (self->ppp, status, &verdict);
  const L2tpFarewell farewell = { verdict.result, verdict.error, verdict.cause, 1 };

  if (!status->signaled && status->status == STATUS_PEER_DEAD)
    l2tp_call_probe (self);
  if (lost != NULL && l2tp_pppd_exit_follows (status))
    {
      if (l2tp_retry_is_at_once (l2tp_retry_from_error (lost)))
        l2tp_call_redial (self, self->lost_stage, g_steal_pointer (&lost));
      else
        l2tp_call_fail (self, self->lost_stage, &l2tp_farewell_user, g_steal_pointer (&lost));
    }
  else if (verdict.retry == L2TP_RETRY_BACKOFF || (self->adopting && !is_about_secrets (error)))
    l2tp_call_redial (self, L2TP_STAGE_PPP, g_steal_pointer (&error));
  else
    l2tp_call_fail (self, L2TP_STAGE_PPP, &farewell, g_steal_pointer (&error));
}

void
l2tp_call_on_ppp_exited (L2tpPpp *ppp, const L2tpPppdExit *status, L2tpCall *self)
{
  l2tp_call_stop_configuring (self);
  g_clear_handle_id (&self->hangup_timer, g_source_remove);
  if (self->state >= L2TP_CALL_STATE_STOPPING)
    self->finish_source = g_idle_add (l2tp_call_finish, self);
  else if (self->moving)
    l2tp_call_complete_move (self);
  else if (status->signaled && self->session_fd >= 0 && self->lost_error == NULL)
    replace_pppd (self, l2tp_ppp_judge_exit (ppp, status, NULL));
  else
    on_pppd_ended (self, status);
}

static gboolean
on_hangup_timeout (gpointer data)
{
  L2tpCall *self = L2TP_CALL (data);

  self->hangup_timer = 0;
  l2tp_ppp_terminate (self->ppp, self->state == L2TP_CALL_STATE_UP ? 0 : LOST_GRACE);
  return G_SOURCE_REMOVE;
}

void
l2tp_call_hang_up (L2tpCall *self, L2tpStage stage, GError *error)
{
  if (self->lost_error != NULL && self->lost_stage != L2TP_STAGE_SESSION)
    {
      g_error_free (error);
      return;
    }
  if (self->redial_error != NULL && stage == L2TP_STAGE_SESSION &&
      l2tp_retry_is_at_once (l2tp_retry_from_error (error)))
    {
      g_error_free (error); /* of a session that is to be replaced as soon as the LNS answers */
      return;
    }
  g_clear_error (&self->lost_error);
  if (self->session_fd < 0 || !l2tp_ppp_is_running (self->ppp))
    {
      l2tp_call_fail (self, stage, &l2tp_farewell_user, error);
      return;
    }
  self->lost_stage = stage;
  self->lost_error = error;
  if (self->hangup_timer == 0)
    self->hangup_timer = g_timeout_add (
        self->state == L2TP_CALL_STATE_UP ? GOODBYE_GRACE : HANGUP_GRACE, on_hangup_timeout, self);
}
