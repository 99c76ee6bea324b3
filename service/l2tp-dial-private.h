/* SPDX-License-Identifier: GPL-2.0-or-later */
/* SPDX-FileCopyrightText: The l2tp-client authors */

/* What the files of a dial share: its state, and the steps that more than one of them takes. */

#pragma once

#include "l2tp-dial.h"

G_BEGIN_DECLS

struct _L2tpDial
{
  GObject parent_instance;

  L2tpConfig *config;
  char *tag;
  L2tpPorts *ports;
  L2tpNetwork *network; /* or NULL */
  L2tpSecure *secure;   /* or NULL */
  GCancellable *cancellable;
  GInetAddress *remembered; /* or NULL */
  gboolean is_first;        /* of those that the name stands for */
  gboolean resolving;
  GPtrArray *targets;         /* of GInetSocketAddress */
  guint next;                 /* the first that was not tried yet */
  guint first;                /* where a walk begins */
  gint64 lost_at;             /* when the tunnel was, µs, 0: there was none */
  guint refusals;             /* of a walk after it, in a row */
  guint hops;                 /* targets that an LNS named */
  GInetSocketAddress *held;   /* the target that the network knows */
  GInetSocketAddress *target; /* the one that is being tried */
  guint16 local_ports[2];     /* for each, in order */
  guint n_ports, port;
  L2tpStage stage; /* in which it is */
  L2tpDriver *driver;
  guint session_id;
  guint next_source; /* while there is another address, or may be */
  guint repeat_source, repeat_after;
  GCancellable *securing; /* or NULL: the last IPsec */
  guint moved_source;
  gint64 moved_at;   /* when it last did something about another way, µs */
  guint lost_source; /* the way has gone, and for lost_errno */
  int lost_errno;
  guint failure_source; /* reports from the main loop */
  L2tpStage failure_stage;
  GError *failure; /* to report, or of the last address, while the name is resolved */
};

/* l2tp_dial_fail: @error: (transfer full); "failed" comes from the main loop. */
void l2tp_dial_fail (L2tpDial *self, L2tpStage stage, GError *error);

/* l2tp_dial_drop_driver: with StopCCN @result; harmless without one. */
void l2tp_dial_drop_driver (L2tpDial *self, guint16 result);

/* l2tp_dial_try_next: @reason: (transfer full) (nullable): why the address before did not do */
void l2tp_dial_try_next (L2tpDial *self, GError *reason);

/* l2tp_dial_try_next_in: @ms */
void l2tp_dial_try_next_in (L2tpDial *self, guint ms);

/* l2tp-dial-way.c */

/* l2tp_dial_may_ask: whether an LNS that refuses may only be restarting. */
gboolean l2tp_dial_may_ask (L2tpDial *self);

/* l2tp_dial_get_ask_delay: ms */
guint l2tp_dial_get_ask_delay (L2tpDial *self);

/* l2tp_dial_ask_again:
 * An LNS that was there a moment ago and does not listen now may be about to start: then the walk
 * begins anew, and TRUE is returned. Not inside IPsec, where each would cost it an IKE exchange. */
gboolean l2tp_dial_ask_again (L2tpDial *self);

/* l2tp_dial_wait_for_way:
 * Returns whether there may be another way soon, of which l2tp_dial_moved() tells: what is sent
 * sees the old one go before. */
gboolean l2tp_dial_wait_for_way (L2tpDial *self, int saved_errno);

/* l2tp_dial_begin_anew: by another way */
void l2tp_dial_begin_anew (L2tpDial *self);

G_END_DECLS
