/* SPDX-License-Identifier: GPL-2.0-or-later */
/* SPDX-FileCopyrightText: The l2tp-client authors */

/* What the files of a connection share: its state, and the steps that more than one of them takes.
 */

#pragma once

#include "l2tp-connection.h"
#include "l2tp-timeline.h"

G_BEGIN_DECLS

struct _L2tpConnection
{
  GObject parent_instance;

  char *path, *filename;
  char *bound, *maker; /* (nullable): programs on the bus */
  guint32 owner;
  L2tpSource source;
  L2tpConfig *config; /* the profile */
  L2tpStandby *standby;
  const L2tpMeans *means;

  /* While it is wanted, and NULL or 0 else: secrets and networks, and one of question, call, pause
   * and waiting for a network or for the machine to wake. */
  L2tpPrompt *prompt;
  L2tpNetwork *network;
  L2tpCall *call;
  guint pause; /* until the next attempt */
  gboolean waiting;
  gboolean finishing; /* the networks are still to be left */
  gboolean guarding;  /* it has failed after it was up, and the network stays for its kill switch */

  gboolean was_up;     /* since Connect */
  gint64 up_since;     /* monotonic; 0: not yet, or not any more */
  guint failures;      /* attempts in a row */
  gint64 attempted_at; /* monotonic */
  gint64 moved_at;     /* monotonic: the last change of the way that asked for another call */
  gint64 next_retry;

  /* Also while it is at rest. */
  GInetAddress *lns;   /* that carried the last call, or NULL */
  char *lns_name;      /* the gateway of that call */
  gboolean lns_failed; /* since then: it took the tunnel, but came to nothing */

  L2tpConnectionState state;
  L2tpStateReason reason;
  L2tpStateReason stop_reason; /* FAILED as long as nobody has asked for the end */
  gint64 since;
  GError *error;
  L2tpTimeline *timeline;
};

/* l2tp-connection.c */
void l2tp_connection_changed (L2tpConnection *self);
void l2tp_connection_take_error (L2tpConnection *self, const GError *error);

/* l2tp_connection_prepare: nothing has happened yet, and from now on it is wanted. */
void l2tp_connection_prepare (L2tpConnection *self, const L2tpAsker *asker);

/* l2tp_connection_make_call: one that has not started. */
void l2tp_connection_make_call (L2tpConnection *self);

/* l2tp_connection_remember_lns: the call is up. */
void l2tp_connection_remember_lns (L2tpConnection *self);

/* l2tp_connection_next_call: likewise, but what was typed for a service before us is asked for. */
void l2tp_connection_next_call (L2tpConnection *self);

/* l2tp_connection_finish: it is not wanted any more; @error says why if it failed. What was up once
 * and fails keeps its kill switch. */
void l2tp_connection_finish (L2tpConnection *self, const GError *error);

/* l2tp-connection-pause.c */

/* l2tp_connection_retry: an attempt has failed; returns whether there will be another one. */
gboolean l2tp_connection_retry (L2tpConnection *self, const GError *error);

/* l2tp_connection_pause: @delay: µs until the next attempt. */
void l2tp_connection_pause (L2tpConnection *self, gint64 delay);

/* l2tp_connection_cut_pause:
 * Somebody does not want to wait: the next attempt is now. FALSE: nothing was waited for. */
gboolean l2tp_connection_cut_pause (L2tpConnection *self);

/* l2tp_connection_clear_pause: there is no next attempt. */
void l2tp_connection_clear_pause (L2tpConnection *self);

/* l2tp_connection_rest: the call has ended because the machine is to sleep. */
void l2tp_connection_rest (L2tpConnection *self);

void l2tp_connection_on_network_moved (L2tpNetwork *network, L2tpConnection *self);

G_END_DECLS
