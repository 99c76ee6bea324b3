/* SPDX-License-Identifier: GPL-2.0-or-later */
/* SPDX-FileCopyrightText: The l2tp-client authors */

/* One call. Owns what a VPN is made of: the driver with its tunnel, the kernel session, PPP on
 * them, and brings them up in order; what a loss costs is in l2tp-call-repair.c, its end in
 * l2tp-call-end.c. Hides that order. Design sections 4 and 6; SES-1…28, KRN-21, PPP-24…30. */

#include "l2tp-call-private.h"

#include "l2tp-call-error.h"
#include "service/base/l2tp-error.h"
#include "service/base/l2tp-fd.h"
#include "service/base/l2tp-log.h"
#include "service/io/l2tp-kernel.h"

#define LISTEN_TIME_MIN 100  /* ms, PPP-26 */
#define SLOW_ROUND_TRIP 2000 /* ms: of an LNS whose every answer came after a repetition */

enum
{
  CHANGED,
  TROUBLE,
  SAVE,
  ENDED,
  N_SIGNALS,
};

static guint signals[N_SIGNALS];

G_DEFINE_FINAL_TYPE (L2tpCall, l2tp_call, G_TYPE_OBJECT)

void
l2tp_call_set_state (L2tpCall *self, L2tpCallState state, const char *reason)
{
  if (self->state == state)
    return;
  g_return_if_fail (l2tp_call_state_may_follow (self->state, state));
  l2tp_debug (self->tag, "call: %s → %s (%s)", l2tp_call_state_to_string (self->state),
              l2tp_call_state_to_string (state), reason);
  self->state = state;
}

void
l2tp_call_changed (L2tpCall *self)
{
  g_signal_emit (self, signals[CHANGED], 0);
}

void
l2tp_call_emit_ended (L2tpCall *self)
{
  g_signal_emit (self, signals[ENDED], 0, self->error);
}

/* --- Stages -------------------------------------------------------------------------------- */

static gboolean
on_stage_timeout (gpointer data)
{
  L2tpCall *self = L2TP_CALL (data);

  self->stage_timer = 0;
  l2tp_call_fail (self, self->stage, &l2tp_farewell_timeout,
                  l2tp_stage_error_timeout (self->stage));
  return G_SOURCE_REMOVE;
}

void
l2tp_call_enter_stage (L2tpCall *self, L2tpStage stage)
{
  self->stage = stage;
  g_clear_handle_id (&self->stage_timer, g_source_remove);
  self->stage_timer =
      g_timeout_add_seconds (l2tp_stage_get_timeout (stage, self->config), on_stage_timeout, self);
  l2tp_call_changed (self);
}

/* --- pppd ---------------------------------------------------------------------------------- */

/* Returns ms; 0: not measured (XPRT-9). */
static guint
get_round_trip (L2tpCall *self)
{
  return (guint) (l2tp_tunnel_get_rtt (l2tp_driver_get_tunnel (self->driver)) / 1000);
}

static guint
listen_time (L2tpCall *self)
{
  return MAX (LISTEN_TIME_MIN, 2 * get_round_trip (self));
}

gboolean
l2tp_call_start_pppd (L2tpCall *self)
{
  g_autoptr (GError) error = NULL;

  if (l2tp_ppp_start (self->ppp, &error))
    return TRUE;
  l2tp_call_fail (self, L2TP_STAGE_PPP, &l2tp_farewell_no_means, g_steal_pointer (&error));
  return FALSE;
}

gboolean
l2tp_call_attach_pppd (L2tpCall *self, guint listen_time)
{
  guint round_trip = get_round_trip (self);
  g_autoptr (GError) error = NULL;
  const int *identity_fds =
      self->identity != NULL ? l2tp_identity_get_fds (self->identity, &error) : NULL;

  if (l2tp_tunnel_get_rtt (l2tp_driver_get_tunnel (self->driver)) == 0)
    round_trip = SLOW_ROUND_TRIP;
  if (error == NULL &&
      l2tp_ppp_attach (self->ppp, self->session_fd, l2tp_driver_get_tunnel_fd (self->driver),
                       l2tp_driver_get_udp_fd (self->driver), listen_time, round_trip, identity_fds,
                       &error))
    return TRUE;
  l2tp_call_fail (self, L2TP_STAGE_PPP, &l2tp_farewell_no_means, g_steal_pointer (&error));
  return FALSE;
}

/* For what the kernel does by itself as soon as there are addresses. */
static void
on_ppp_unit (L2tpPpp *ppp, L2tpCall *self)
{
  l2tp_network_prepare (self->network, ppp);
}

static void
on_ppp_network (L2tpPpp *ppp, L2tpCall *self)
{
  if (self->stage == L2TP_STAGE_PPP &&
      (self->state == L2TP_CALL_STATE_DIALING || self->state == L2TP_CALL_STATE_REPAIRING))
    l2tp_call_enter_stage (self, L2TP_STAGE_IP);
}

void
l2tp_call_stop_configuring (L2tpCall *self)
{
  g_cancellable_cancel (self->configuring);
  g_clear_object (&self->configuring);
}

/* Returns whether it was IPv4's; IPv6 may come and go without anybody else taking notice. */
static gboolean
take_configured (L2tpCall *self)
{
  gboolean again = self->configured && self->state == L2TP_CALL_STATE_UP;

  self->configured = TRUE;
  return !again;
}

static void
on_configured (GObject *source, GAsyncResult *result, gpointer data)
{
  g_autoptr (L2tpCall) self = data;
  g_autoptr (GError) error = NULL;
  gboolean configured = l2tp_network_up_finish (L2TP_NETWORK (source), result, &error);

  if (g_error_matches (error, G_IO_ERROR, G_IO_ERROR_CANCELLED))
    return;
  g_clear_object (&self->configuring);
  if (self->state >= L2TP_CALL_STATE_STOPPING || self->lost_error != NULL)
    return;
  if (!configured)
    {
      l2tp_call_fail (self, L2TP_STAGE_IP, &l2tp_farewell_user, g_steal_pointer (&error));
      return;
    }
  if (!take_configured (self))
    {
      l2tp_call_changed (self);
      return;
    }
  l2tp_call_clear_timers (self);
  self->adopting = FALSE;
  if (self->state != L2TP_CALL_STATE_UP || self->up_since == 0) /* and not adopted */
    self->up_since = g_get_monotonic_time ();
  l2tp_call_set_state (self, L2TP_CALL_STATE_UP, "IPCP is up");
  l2tp_call_watch (self);
  l2tp_call_watch_path (self);
  l2tp_call_changed (self);
  l2tp_standby_refill (self->standby);
}

static void
configure (L2tpCall *self)
{
  /* Too late, when the LNS has hung up already. */
  if (self->state >= L2TP_CALL_STATE_STOPPING || self->lost_error != NULL)
    return;
  l2tp_call_stop_configuring (self);
  l2tp_call_tell_overhead (self);
  self->configuring = g_cancellable_new ();
  l2tp_network_up_async (self->network, self->ppp, self->configured, self->configuring,
                         on_configured, g_object_ref (self));
}

void
l2tp_call_on_ppp_up (L2tpPpp *ppp, L2tpCall *self)
{
  self->configured = FALSE;
  configure (self);
}

static void
on_ppp_ipv6 (L2tpPpp *ppp, L2tpCall *self)
{
  configure (self);
}

/* PPP negotiates anew, or ends: "exited" tells which. */
static void
on_ppp_down (L2tpPpp *ppp, L2tpCall *self)
{
  l2tp_call_stop_configuring (self);
  if (self->state != L2TP_CALL_STATE_UP)
    return;
  l2tp_call_set_state (self, L2TP_CALL_STATE_REPAIRING, "IPCP is down");
  l2tp_call_enter_stage (self, L2TP_STAGE_PPP);
}

/* --- L2TP ---------------------------------------------------------------------------------- */

static void
on_session_replied (L2tpCall *self, const L2tpEvent *event)
{
  g_autoptr (GError) error = NULL;

  self->peer_session_id = event->peer_session_id;
  self->session_fd =
      l2tp_driver_open_data_path (self->driver, event->session_id, event->peer_session_id, &error);
  if (self->session_fd < 0)
    l2tp_call_fail (self, L2TP_STAGE_SESSION, &l2tp_farewell_no_means, g_steal_pointer (&error));
  else if (l2tp_call_attach_pppd (self, listen_time (self)))
    l2tp_call_enter_stage (self, L2TP_STAGE_PPP);
}

static void
on_session_down (L2tpCall *self, const L2tpEvent *event)
{
  self->session_id = 0;
  /* All sessions go with their tunnel, and TUNNEL_DOWN, which is next, knows better why. */
  if (l2tp_tunnel_get_state (l2tp_driver_get_tunnel (self->driver)) > L2TP_TUNNEL_STATE_ESTABLISHED)
    return;
  l2tp_call_hang_up (self, L2TP_STAGE_SESSION, l2tp_call_error_from_session (&event->result));
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
      l2tp_call_unwatch (self);
      self->session_id = 0;
      self->ended_by_lns =
          self->state == L2TP_CALL_STATE_UP && event->result.kind == L2TP_RESULT_STOPCCN;
      g_free (self->other);
      self->other = g_strdup (event->result.other);
      l2tp_call_hang_up (self, stage_of_end (self, &event->result),
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
  if (self->liveness != NULL)
    l2tp_liveness_probe (self->liveness);
  else
    l2tp_driver_probe (driver);
}

/* Also for the second and every further address of the LNS. */
static void
on_dial_trying (L2tpDial *dial, guint stage, L2tpCall *self)
{
  l2tp_call_enter_stage (self, stage);
}

static void
on_driver_save (L2tpDriver *driver, L2tpCall *self)
{
  g_signal_emit (self, signals[SAVE], 0);
}

void
l2tp_call_take_driver (L2tpCall *self, L2tpDriver *driver)
{
  self->driver = g_object_ref (driver);
  g_signal_connect (driver, "event", G_CALLBACK (on_driver_event), self);
  g_signal_connect (driver, "icmp-error", G_CALLBACK (on_icmp_error), self);
  g_signal_connect (driver, "save", G_CALLBACK (on_driver_save), self);
}

static void
on_dial_up (L2tpDial *dial, L2tpDriver *driver, guint session_id, L2tpCall *self)
{
  l2tp_call_take_driver (self, driver);
  self->session_id = session_id;
  self->ended_by_lns = FALSE;
  l2tp_call_enter_stage (self, L2TP_STAGE_SESSION);
}

void
l2tp_call_tell_trouble (L2tpCall *self, L2tpStage stage, GError *error)
{
  l2tp_stage_prefix_error (stage, &error);
  g_signal_emit (self, signals[TROUBLE], 0, error);
  g_error_free (error);
}

static void
on_dial_refused (L2tpDial *dial, GError *error, L2tpCall *self)
{
  l2tp_call_tell_trouble (self, L2TP_STAGE_TUNNEL, g_error_copy (error));
}

static void
on_dial_failed (L2tpDial *dial, guint stage, GError *error, L2tpCall *self)
{
  l2tp_call_fail (self, stage, &l2tp_farewell_user, g_error_copy (error));
}

/* --- The interface ------------------------------------------------------------------------- */

L2tpCall *
l2tp_call_new (L2tpConfig *config,
               const char *tag,
               L2tpStandby *standby,
               L2tpPorts *ports,
               L2tpNetwork *network,
               L2tpSecure *secure,
               L2tpIdentity *identity)
{
  L2tpCall *self = g_object_new (L2TP_TYPE_CALL, NULL);

  self->config = l2tp_config_ref (config);
  self->tag = g_strdup (tag);
  self->standby = g_object_ref (standby);
  self->network = g_object_ref (network);
  self->ports = l2tp_ports_ref (ports);
  self->ppp = l2tp_ppp_new (config, standby);
  g_signal_connect (self->ppp, "unit", G_CALLBACK (on_ppp_unit), self);
  g_signal_connect (self->ppp, "network", G_CALLBACK (on_ppp_network), self);
  g_signal_connect (self->ppp, "up", G_CALLBACK (l2tp_call_on_ppp_up), self);
  g_signal_connect (self->ppp, "ipv6", G_CALLBACK (on_ppp_ipv6), self);
  g_signal_connect (self->ppp, "down", G_CALLBACK (on_ppp_down), self);
  g_signal_connect (self->ppp, "exited", G_CALLBACK (l2tp_call_on_ppp_exited), self);
  if (g_set_object (&self->secure, secure))
    l2tp_call_watch_secure (self);
  g_set_object (&self->identity, identity);
  self->dial = l2tp_dial_new (config, tag, ports, network, secure);
  g_signal_connect (self->dial, "trying", G_CALLBACK (on_dial_trying), self);
  g_signal_connect (self->dial, "up", G_CALLBACK (on_dial_up), self);
  g_signal_connect (self->dial, "refused", G_CALLBACK (on_dial_refused), self);
  g_signal_connect (self->dial, "failed", G_CALLBACK (on_dial_failed), self);
  return self;
}

void
l2tp_call_remember (L2tpCall *call, GInetAddress *lns, gboolean is_first)
{
  l2tp_dial_remember (call->dial, lns, is_first);
}

void
l2tp_call_dial (L2tpCall *self)
{
  /* The name first: its thread works while we start pppd. */
  l2tp_dial_start (self->dial);
  if (self->secure != NULL)
    l2tp_secure_prepare (self->secure);
  if (l2tp_call_start_pppd (self))
    l2tp_call_enter_stage (self, L2TP_STAGE_RESOLVE);
}

void
l2tp_call_start (L2tpCall *call)
{
  g_autoptr (GError) error = NULL;

  g_return_if_fail (call->state == L2TP_CALL_STATE_IDLE);
  l2tp_call_set_state (call, L2TP_CALL_STATE_DIALING, "asked to");
  /* No stage is to blame. */
  if (!l2tp_config_check_supported (call->config, &error))
    {
      l2tp_call_begin_stop (call, &l2tp_farewell_no_means, g_steal_pointer (&error));
      return;
    }
  if (!l2tp_kernel_check_support (&error))
    {
      l2tp_call_fail (call, L2TP_STAGE_TUNNEL, &l2tp_farewell_no_means, g_steal_pointer (&error));
      return;
    }
  if (call->identity != NULL)
    l2tp_call_read_identity (call);
  else
    l2tp_call_dial (call);
}

void
l2tp_call_stop (L2tpCall *call, L2tpCallStop why)
{
  static const L2tpFarewell *const farewells[] = {
    [L2TP_CALL_STOP_USER] = &l2tp_farewell_user,
    [L2TP_CALL_STOP_SERVICE] = &l2tp_farewell_service,
    [L2TP_CALL_STOP_SLEEP] = &l2tp_farewell_sleep,
  };

  l2tp_call_begin_stop (call, farewells[why], NULL);
}

void
l2tp_call_abandon (L2tpCall *call, GError *error)
{
  l2tp_call_fail (call, L2TP_STAGE_TUNNEL, &l2tp_farewell_moved, error);
}

void
l2tp_call_probe (L2tpCall *call)
{
  if (call->state >= L2TP_CALL_STATE_STOPPING)
    return;
  if (call->liveness != NULL)
    l2tp_liveness_probe (call->liveness);
  else if (call->driver != NULL)
    l2tp_driver_insist (call->driver);
  else
    l2tp_dial_moved (call->dial);
}

gboolean
l2tp_call_has_redialled (L2tpCall *call)
{
  return call->repairs > 0 && call->up_since == 0;
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

L2tpConfig *
l2tp_call_get_config (L2tpCall *call)
{
  return call->config;
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

L2tpSecure *
l2tp_call_get_secure (L2tpCall *call)
{
  return call->secure;
}

guint
l2tp_call_get_mtu (L2tpCall *call)
{
  guint mtu = l2tp_network_get_mtu (call->network);

  return mtu != 0 ? mtu : l2tp_ppp_get_mtu (call->ppp);
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

  l2tp_call_stop_configuring (self);
  l2tp_call_stop_reading (self);
  l2tp_call_clear_timers (self);
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
  l2tp_call_unwatch (self);
  if (self->closing_driver != NULL)
    g_signal_handlers_disconnect_by_data (self->closing_driver, self);
  g_clear_object (&self->closing_driver);
  l2tp_call_release_driver (self);
  if (self->secure != NULL)
    g_signal_handlers_disconnect_by_data (self->secure, self);
  g_clear_object (&self->secure);
  g_clear_object (&self->identity);
  G_OBJECT_CLASS (l2tp_call_parent_class)->dispose (object);
}

static void
l2tp_call_finalize (GObject *object)
{
  L2tpCall *self = L2TP_CALL (object);

  l2tp_clear_fd (&self->session_fd);
  g_clear_error (&self->lost_error);
  g_clear_error (&self->error);
  g_clear_error (&self->redial_error);
  g_object_unref (self->standby);
  g_object_unref (self->network);
  l2tp_ports_unref (self->ports);
  l2tp_config_unref (self->config);
  g_free (self->other);
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
  signals[TROUBLE] = g_signal_new ("trouble", L2TP_TYPE_CALL, G_SIGNAL_RUN_LAST, 0, NULL, NULL,
                                   NULL, G_TYPE_NONE, 1, G_TYPE_ERROR);
  signals[SAVE] =
      g_signal_new ("save", L2TP_TYPE_CALL, G_SIGNAL_RUN_LAST, 0, NULL, NULL, NULL, G_TYPE_NONE, 0);
  signals[ENDED] = g_signal_new ("ended", L2TP_TYPE_CALL, G_SIGNAL_RUN_LAST, 0, NULL, NULL, NULL,
                                 G_TYPE_NONE, 1, G_TYPE_ERROR);
}

static void
l2tp_call_init (L2tpCall *self)
{
  self->session_fd = -1;
  self->farewell = l2tp_farewell_user;
}
