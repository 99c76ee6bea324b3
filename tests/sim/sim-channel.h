/* SPDX-License-Identifier: GPL-2.0-or-later */
/* SPDX-FileCopyrightText: The l2tp-client authors */

/* The reliable channel of the simulated LNS, written from RFC 2661 section 5.8 and not from the
 * engine: 64-bit numbers inside, a fixed window, all that is out sent again after a timeout. */

#pragma once

#include <glib.h>

G_BEGIN_DECLS

#define SIM_CHANNEL_WINDOW 8 /* largest Receive Window Size it works with */

typedef struct
{
  guint window;      /* what we may have out: the peer's AVP 10 */
  guint own_window;  /* what we told the peer */
  gboolean reorders; /* keeps what comes ahead of its turn, else drops it */
  guint16 peer_id;   /* Tunnel ID for headers */

  GPtrArray *out; /* of GByteArray: the first one is number @una */
  guint64 una;
  guint64 next;   /* the first number never sent */
  guint position; /* in @out: what is sent next, for the first time or again */
  gint64 timer;   /* -1: nothing is out */
  guint tries;

  guint64 expected;
  GBytes *early[SIM_CHANNEL_WINDOW]; /* [i] is number @expected + i */
  gboolean acknowledge;
  guint64 n_delivered;
} SimChannel;

void sim_channel_init (SimChannel *self);
void sim_channel_clear (SimChannel *self);

/* @packet: (transfer full): from l2tp_message_build() */
void sim_channel_send (SimChannel *self, GByteArray *packet);

/* Takes one datagram in; what is then in turn comes out of sim_channel_next_message(). */
void sim_channel_receive (SimChannel *self, gint64 now, const guint8 *data, gsize len);
GBytes *sim_channel_next_message (SimChannel *self);

/* What leaves now, or NULL. */
GBytes *sim_channel_next_packet (SimChannel *self, gint64 now);

/* Returns FALSE when the peer is to be given up. */
gboolean sim_channel_handle_timeout (SimChannel *self, gint64 now);

/* The peer is gone: only acknowledgements leave. */
void sim_channel_forget (SimChannel *self);

static inline gboolean
sim_channel_is_idle (const SimChannel *self)
{
  return self->out->len == 0;
}

/* A number near @near of which only 16 bits came over the wire. */
static inline guint64
sim_channel_unwrap (guint64 near, guint16 number)
{
  gint16 difference = (gint16) (guint16) (number - (guint16) (near & 0xffff));

  return near + (guint64) (gint64) difference;
}

G_END_DECLS
