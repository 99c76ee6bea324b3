/* SPDX-License-Identifier: GPL-2.0-or-later */
/* SPDX-FileCopyrightText: The l2tp-client authors */

/* What the files of a call share: its state, and the steps that more than one of them takes. */

#pragma once

#include "l2tp-call.h"
#include "l2tp-dial.h"
#include "l2tp-liveness.h"

G_BEGIN_DECLS

struct _L2tpCall
{
  GObject parent_instance;

  L2tpConfig *config;
  char *tag;
  L2tpStandby *standby;
  L2tpNetwork *network;
  GCancellable *configuring; /* IP, by the network */
  gboolean configured;       /* IPv4 is, since this pppd has said that it is up */
  L2tpPorts *ports;

  L2tpCallState state;
  L2tpStage stage;
  guint stage_timer;
  gint64 up_since;

  L2tpSecure *secure;     /* or NULL */
  L2tpIdentity *identity; /* or NULL */
  GCancellable *reading;  /* of it */
  L2tpDial *dial;
  L2tpDriver *driver;
  guint16 session_id, peer_session_id;
  int session_fd;
  gboolean ended_by_lns; /* a tunnel that was up, by its StopCCN: it may be dialled again */
  char *other;           /* the LNS that it names instead, or NULL (TUN-30) */
  L2tpPpp *ppp;
  gboolean adopting;      /* this pppd got the unit of a dead one */
  gboolean lacks_secrets; /* those that were typed for the service before us */
  guint repairs;
  guint path_timer; /* from the first time that it is up */

  L2tpLiveness *liveness; /* from the first time that it is up */
  gboolean moving;        /* to another session, as soon as pppd is gone */
  L2tpDriver *successor;  /* the tunnel to move to; NULL: the same */

  L2tpStage redial_stage; /* of redial_error */
  GError *redial_error;   /* why the session is to be dialled anew, once the LNS answers */

  guint hangup_timer;
  L2tpStage lost_stage; /* of lost_error */
  GError *lost_error;   /* the LNS ended session or tunnel, pppd is still to follow */

  guint finish_source;
  L2tpDriver *closing_driver; /* whose end we wait for */
  gint64 end_by;              /* monotonic; the end of the stop */
  L2tpFarewell farewell;
  GError *error; /* why it ends */
};

/* l2tp-call.c */
void l2tp_call_set_state (L2tpCall *self, L2tpCallState state, const char *reason);
void l2tp_call_enter_stage (L2tpCall *self, L2tpStage stage);
void l2tp_call_changed (L2tpCall *self);
void l2tp_call_dial (L2tpCall *self); /* what is asked of this host is there */
void l2tp_call_emit_ended (L2tpCall *self);
void l2tp_call_on_ppp_up (L2tpPpp *ppp, L2tpCall *self);

/* l2tp_call_tell_trouble: emits "trouble". @error: (transfer full) */
void l2tp_call_tell_trouble (L2tpCall *self, L2tpStage stage, GError *error);

/* l2tp_call_stop_configuring: the PPP that IP was being configured for is no more. */
void l2tp_call_stop_configuring (L2tpCall *self);

/* Both fail the call when they return FALSE. */
gboolean l2tp_call_start_pppd (L2tpCall *self);
gboolean l2tp_call_attach_pppd (L2tpCall *self, guint listen_time);

/* l2tp_call_take_driver: makes it the call's and hears its signals. */
void l2tp_call_take_driver (L2tpCall *self, L2tpDriver *driver);

/* l2tp-call-end.c; these take @error. */
void l2tp_call_begin_stop (L2tpCall *self, const L2tpFarewell *farewell, GError *error);
void l2tp_call_fail (L2tpCall *self, L2tpStage stage, const L2tpFarewell *farewell, GError *error);
gboolean l2tp_call_finish (gpointer call); /* a GSourceFunc; pppd is gone */
void l2tp_call_release_driver (L2tpCall *self);
void l2tp_call_clear_timers (L2tpCall *self);

/* l2tp-call-identity.c; l2tp_call_dial() goes on when it is there. */
void l2tp_call_read_identity (L2tpCall *self);
void l2tp_call_reread_identity (L2tpCall *self); /* of a call that is up */
void l2tp_call_stop_reading (L2tpCall *self);

/* l2tp-call-secure.c */
void l2tp_call_watch_secure (L2tpCall *self);  /* with IPsec only */
void l2tp_call_tell_overhead (L2tpCall *self); /* to the network, which makes the MTU */

/* l2tp_call_adopt_secure: @ipsec: (nullable): as in L2tpHandover. Fails the call. */
void l2tp_call_adopt_secure (L2tpCall *self, GVariant *ipsec);

/* l2tp-call-path.c; from now on, until l2tp_call_unwatch(). */
void l2tp_call_watch_path (L2tpCall *self);

/* l2tp-call-repair.c */
void l2tp_call_on_ppp_exited (L2tpPpp *ppp, const L2tpPppdExit *status, L2tpCall *self);

/* l2tp_call_redial:
 * The session is lost: a new one in the tunnel, but never in one that may be dead, or in a new
 * tunnel to an LNS that has ended the old one. Takes @error, the reason, with which the call fails
 * when that is not possible. */
void l2tp_call_redial (L2tpCall *self, L2tpStage stage, GError *error);

/* l2tp_call_renew_session:
 * Ends the session with a CDN, and asks for another one in the same tunnel; FALSE: it is down. */
gboolean l2tp_call_renew_session (L2tpCall *self, guint16 cdn_result, guint16 cdn_error);

/* l2tp_call_count_repair:
 * FALSE when there were too many in a row, or when a new login would lack a secret. */
gboolean l2tp_call_count_repair (L2tpCall *self);

/* l2tp_call_hang_up:
 * The LNS ended session or tunnel. pppd must be gone before anything new starts; while it is busy
 * with PPP it may have a better reason. Takes @error. */
void l2tp_call_hang_up (L2tpCall *self, L2tpStage stage, GError *error);

/* l2tp-call-move.c */
void l2tp_call_watch (L2tpCall *self); /* session and tunnel, from now on */
void l2tp_call_unwatch (L2tpCall *self);
void l2tp_call_close_session_fd (L2tpCall *self);

/* l2tp_call_leave_tunnel: lets go of the driver; @successor (nullable): the tunnel that follows. */
void l2tp_call_leave_tunnel (L2tpCall *self, L2tpDriver *successor);

/* l2tp_call_complete_move: the rest of it, when pppd is gone. */
void l2tp_call_complete_move (L2tpCall *self);

G_END_DECLS
