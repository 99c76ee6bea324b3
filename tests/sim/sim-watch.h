/* SPDX-License-Identifier: GPL-2.0-or-later */
/* SPDX-FileCopyrightText: The l2tp-client authors */

/* Watches one engine from the outside and stops the test at the first broken promise of
 * l2tp-tunnel.h: events in an order that makes sense and none twice, packets that can be sent, the
 * peer's window obeyed, sequence numbers without a gap, bounded queues, a deadline that lies ahead,
 * no giving up before its time. */

#pragma once

#include <glib.h>

#include "service/proto/l2tp-tunnel.h"

G_BEGIN_DECLS

#define WATCH_MAX_SESSIONS 64

typedef struct
{
  guint16 id;
  gboolean alive; /* opened, and no SESSION_DOWN yet */
  gboolean replied;
  gboolean connected; /* the owner's turn is over */
  gboolean up;
} WatchSession;

typedef struct
{
  L2tpTunnel *tunnel;
  guint16 peer_window; /* what may be out, 0: not watched */

  gboolean up;
  gboolean down;
  gboolean dead;
  L2tpResultKind down_kind;
  guint n_sessions_up;
  WatchSession sessions[WATCH_MAX_SESSIONS];
  guint n_calls; /* of the interface: each may cost a message */

  /* Absolute numbers, which never wrap. */
  guint64 next_ns;
  guint64 acknowledged; /* everything before it, as far as the engine can know */
  guint64 nr;
  gint64 waiting_since; /* for the acknowledgement of the oldest message out, -1: none is out */
  gint64 down_at;
  GPtrArray *sent; /* of GBytes, the AVPs of message i; NULL: not recorded */
} Watch;

void watch_init (Watch *self, L2tpTunnel *tunnel);
void watch_clear (Watch *self);

/* What is done to the engine. */
gboolean watch_open_session (Watch *self, gint64 now, guint16 id);
void watch_connect_session (Watch *self, gint64 now, guint16 id);
void watch_close_session (Watch *self, gint64 now, guint16 id);

/* A datagram of a well-behaved peer that is about to be handed in. */
void watch_receive (Watch *self, gint64 now, const guint8 *data, gsize len);

/* What comes out of it. */
void watch_event (Watch *self, gint64 now, const L2tpEvent *event);
void watch_packet (Watch *self, gint64 now, const guint8 *data, gsize len);

/* After handle_timeout() and a drain. */
void watch_rest (const Watch *self, gint64 now);

G_END_DECLS
