/* SPDX-License-Identifier: GPL-2.0-or-later */
/* SPDX-FileCopyrightText: The l2tp-client authors */

/* What the files of a call share: its state, and the steps that more than one of them takes. */

#pragma once

#include "l2tp-call.h"
#include "l2tp-dial.h"

G_BEGIN_DECLS

struct _L2tpCall
{
  GObject parent_instance;

  L2tpConfig *config;
  char *tag;
  L2tpStandby *standby;
  L2tpNetwork *network;
  GCancellable *configuring; /* IP, by the network */

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

/* l2tp-call.c */
void l2tp_call_set_state (L2tpCall *self, L2tpCallState state, const char *reason);
void l2tp_call_enter_stage (L2tpCall *self, L2tpStage stage);
void l2tp_call_changed (L2tpCall *self);
void l2tp_call_emit_ended (L2tpCall *self);

/* Both fail the call when they return FALSE. */
gboolean l2tp_call_start_pppd (L2tpCall *self);
gboolean l2tp_call_attach_pppd (L2tpCall *self);

/* l2tp-call-end.c; these take @error. */
void l2tp_call_begin_stop (L2tpCall *self, const L2tpFarewell *farewell, GError *error);
void l2tp_call_fail (L2tpCall *self, L2tpStage stage, const L2tpFarewell *farewell, GError *error);
gboolean l2tp_call_finish (gpointer call); /* a GSourceFunc; pppd is gone */
void l2tp_call_release_driver (L2tpCall *self);
void l2tp_call_clear_timers (L2tpCall *self);

/* l2tp-call-repair.c */
void l2tp_call_on_ppp_exited (L2tpPpp *ppp, const L2tpPppdExit *status, L2tpCall *self);

/* l2tp_call_hang_up:
 * The LNS ended session or tunnel. pppd is about to end as well, perhaps with a better reason, and
 * must be gone before anything new starts. Takes @error. */
void l2tp_call_hang_up (L2tpCall *self, L2tpStage stage, GError *error);

G_END_DECLS
