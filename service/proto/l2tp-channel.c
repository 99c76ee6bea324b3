/* SPDX-License-Identifier: GPL-2.0-or-later */
/* SPDX-FileCopyrightText: The l2tp-client authors */

/* The reliable channel, RFC 2661 section 5.8 and appendices A and B.
 *
 * Hides sequence numbers, windows, the retransmission timer and the reorder queue. The send queue
 * holds everything from the oldest unacknowledged message on; @cursor is the next to go out. A
 * timeout rewinds the cursor, so that what was lost along with the oldest follows at the pace of
 * the window instead of waiting for a timeout each.
 *
 * Acknowledgements ride on whatever leaves in the same drain, else a ZLB ends the drain (XPRT-7).
 */

#include "l2tp-channel.h"

#include <string.h>

#include "l2tp-deadline.h"
#include "l2tp-sequence.h"
#include "l2tp-window.h"

/* Long enough for the owner to make a data path, far below any peer's retransmission interval. */
#define ACK_DELAY (10 * G_TIME_SPAN_MILLISECOND)

/* Each slot may hold a datagram of 64 KiB; what does not fit is dropped (XPRT-5). */
#define MAX_REORDER 32

#define MAX_IMPORT_QUEUE 4096 /* far more than a call ever has waiting */
#define MAX_BACKOFF      256  /* and more than any schedule repeats */

typedef struct
{
  GByteArray *packet;
  gint64 sent_at; /* for the first time */
  guint transmissions;
} Outgoing;

struct _L2tpChannel
{
  L2tpSchedule schedule;
  guint16 peer_tunnel_id;

  GPtrArray *queue; /* of Outgoing; the first one has Ns @una */
  guint16 una;
  guint cursor;         /* index of the next to transmit */
  guint n_sent;         /* transmitted at least once: those below this index */
  gboolean last;        /* the queue ends with a StopCCN */
  guint backoff;        /* how often the interval has doubled */
  gint64 timer;         /* of the next repetition, -1: nothing is out */
  gint64 waiting_since; /* for the oldest one that is out */
  L2tpWindow window;

  GBytes *reorder[MAX_REORDER]; /* slot 0 is the one expected */
  guint n_reorder;
  guint16 expected;
  gint64 ack_at; /* when a ZLB is due, -1: none owed */

  gint64 rtt;       /* smoothed, 0: not measured yet */
  gint64 variation; /* of the round trip, smoothed */
  gint64 held;      /* at least this interval, until something is measured again, 0: none */
  L2tpChannelStatistics statistics;
};

static void
outgoing_free (gpointer data)
{
  Outgoing *self = data;

  g_byte_array_unref (self->packet);
  g_free (self);
}

L2tpChannel *
l2tp_channel_new (const L2tpSchedule *schedule, guint16 receive_window)
{
  L2tpChannel *self = g_new0 (L2tpChannel, 1);

  self->schedule = *schedule;
  self->queue = g_ptr_array_new_with_free_func (outgoing_free);
  self->timer = -1;
  self->ack_at = -1;
  self->n_reorder = CLAMP (receive_window, 1, MAX_REORDER);
  /* XPRT-11: until SCCRP only SCCRQ, and perhaps a StopCCN after it, can be out. */
  l2tp_window_init (&self->window, L2TP_WINDOW_DEFAULT);
  return self;
}

L2tpChannel *
l2tp_channel_free (L2tpChannel *self)
{
  if (self == NULL)
    return NULL;

  for (guint i = 0; i < self->n_reorder; i++)
    g_bytes_unref (self->reorder[i]);
  g_ptr_array_unref (self->queue);
  g_free (self);
  return NULL;
}

void
l2tp_channel_set_peer_tunnel_id (L2tpChannel *self, guint16 tunnel_id)
{
  self->peer_tunnel_id = tunnel_id;
}

void
l2tp_channel_set_peer_window (L2tpChannel *self, guint16 window)
{
  l2tp_window_set_peer (&self->window, window);
}

/* The Ns of the next message that was never sent, and of every ZLB (XPRT-2). */
static guint16
next_ns (const L2tpChannel *self)
{
  return (guint16) (self->una + self->n_sent);
}

guint16
l2tp_channel_send (L2tpChannel *self, GByteArray *packet)
{
  Outgoing *outgoing = g_new0 (Outgoing, 1);

  outgoing->packet = packet;
  g_ptr_array_add (self->queue, outgoing);
  return (guint16) (self->una + self->queue->len - 1);
}

void
l2tp_channel_send_last (L2tpChannel *self, GByteArray *packet)
{
  guint keep = MAX (self->n_sent, self->window.rws - 1);

  if (self->queue->len > keep)
    g_ptr_array_set_size (self->queue, (gint) keep);
  l2tp_channel_send (self, packet);
  self->last = TRUE;
  /* What was about to be repeated behind the oldest would hold it up: the next timeout's matter. */
  if (self->cursor > 0)
    self->cursor = self->n_sent;
}

void
l2tp_channel_forget (L2tpChannel *self)
{
  self->una = next_ns (self);
  self->n_sent = 0;
  self->cursor = 0;
  self->timer = -1;
  g_ptr_array_set_size (self->queue, 0);
}

/* XPRT-8, XPRT-9 */
static gint64
get_interval (const L2tpChannel *self)
{
  gint64 cap = self->schedule.cap > 0 ? self->schedule.cap : G_MAXINT64 / 2;
  gint64 interval = self->schedule.initial;

  if (self->rtt > 0)
    interval = MAX (self->rtt + 4 * self->variation, self->schedule.floor);
  interval = MAX (interval, self->held);
  for (guint i = 0; i < self->backoff && interval < cap; i++)
    interval *= 2;
  return MIN (interval, cap);
}

/* When the peer has had its time, -1: nothing is out. It begins anew with every progress, because
 * only the oldest message is repeated (XPRT-10): the next one's repetitions begin where its own
 * end. */
static gint64
get_give_up (const L2tpChannel *self)
{
  return self->n_sent > 0 ? self->waiting_since + self->schedule.give_up : -1;
}

/* Smoothed as TCP's (RFC 6298 section 2). */
static void
measure (L2tpChannel *self, gint64 sample)
{
  if (sample <= 0)
    return;

  if (self->rtt == 0)
    {
      self->rtt = sample;
      self->variation = sample / 2;
    }
  else
    {
      self->variation = (3 * self->variation + ABS (self->rtt - sample)) / 4;
      self->rtt = (7 * self->rtt + sample) / 8;
    }
  self->backoff = 0;
}

/* Karn's rule: what was repeated, or had to wait for something repeated before it, tells nothing
 * about the round trip. So that a path that has become slower is measured at all, the doubled
 * interval is held until then; but not beyond the first second that is always good (XPRT-10),
 * because on a path that loses much every doubling is a chance less before giving up. A path that
 * has become slower than that is never measured, which costs a repetition of each message and
 * nothing else. */
static void
learn (L2tpChannel *self, gint64 now, guint count)
{
  const Outgoing *newest = g_ptr_array_index (self->queue, count - 1);
  gboolean repeated = FALSE;

  for (guint i = 0; i < count; i++)
    {
      const Outgoing *outgoing = g_ptr_array_index (self->queue, i);

      repeated |= outgoing->transmissions > 1;
    }
  if (!repeated)
    measure (self, now - newest->sent_at);
  self->held = repeated ? MIN (get_interval (self), self->schedule.initial) : 0;
  self->backoff = 0;
}

static void
acknowledge (L2tpChannel *self, gint64 now, guint16 nr)
{
  guint count;

  if (!l2tp_sequence_acknowledges (self->una, next_ns (self), nr, &count) || count == 0)
    return;

  learn (self, now, count);
  g_ptr_array_remove_range (self->queue, 0, count);
  self->una = nr;
  self->n_sent -= count;
  self->cursor -= MIN (count, self->cursor);
  self->waiting_since = now;
  l2tp_window_acknowledge (&self->window);
  self->timer = self->cursor > 0 ? now + get_interval (self) : -1; /* XPRT-10 */
}

gboolean
l2tp_channel_receive (L2tpChannel *self,
                      gint64 now,
                      const L2tpHeader *header,
                      const guint8 *data,
                      gsize len)
{
  guint distance;

  acknowledge (self, now, header->nr); /* XPRT-6 */
  if (header->payload.len == 0)        /* XPRT-2: a ZLB is never acknowledged, whatever its Ns */
    return TRUE;

  if (l2tp_sequence_compare (self->expected, header->ns, &distance) == L2TP_SEQUENCE_DUPLICATE)
    {
      self->ack_at = now; /* XPRT-4 */
      return TRUE;
    }
  if (distance >= self->n_reorder) /* XPRT-5 */
    return FALSE;

  if (self->reorder[distance] == NULL)
    self->reorder[distance] = g_bytes_new (data, len);
  self->ack_at = now;
  return TRUE;
}

GBytes *
l2tp_channel_next_message (L2tpChannel *self)
{
  GBytes *message = self->reorder[0];

  if (message == NULL)
    return NULL;

  for (guint i = 1; i < self->n_reorder; i++)
    self->reorder[i - 1] = self->reorder[i];
  self->reorder[self->n_reorder - 1] = NULL;
  self->expected++;
  return message;
}

void
l2tp_channel_delay_acknowledgement (L2tpChannel *self, gint64 now)
{
  if (self->ack_at >= 0)
    self->ack_at = now + ACK_DELAY;
}

static gboolean
may_transmit (const L2tpChannel *self)
{
  gboolean farewell = self->last && self->cursor >= self->n_sent; /* never sent before */

  if (self->cursor >= self->queue->len || self->cursor >= self->window.rws)
    return FALSE;
  return farewell || self->cursor < self->window.cwnd;
}

static GBytes *
transmit (L2tpChannel *self, gint64 now)
{
  Outgoing *outgoing = g_ptr_array_index (self->queue, self->cursor);
  guint16 tunnel_id = self->peer_tunnel_id;

  if (outgoing->transmissions > 0) /* XPRT-8: only Nr is refreshed */
    {
      tunnel_id = l2tp_read_u16 (outgoing->packet->data + 4);
      self->statistics.retransmitted++;
    }
  else
    outgoing->sent_at = now;
  l2tp_packet_seal (outgoing->packet, tunnel_id, (guint16) (self->una + self->cursor),
                    self->expected);
  outgoing->transmissions++;
  if (self->n_sent == 0)
    self->waiting_since = now;
  if (self->cursor == 0)
    self->timer = now + get_interval (self);
  self->cursor++;
  self->n_sent = MAX (self->n_sent, self->cursor);
  if (self->last && self->cursor == 1) /* a StopCCN does not wait for repetitions */
    self->cursor = self->n_sent;
  return g_bytes_new (outgoing->packet->data, outgoing->packet->len);
}

static GBytes *
make_zlb (const L2tpChannel *self)
{
  GByteArray *packet = l2tp_packet_new (0);

  l2tp_packet_seal (packet, self->peer_tunnel_id, next_ns (self), self->expected);
  return g_byte_array_free_to_bytes (packet);
}

GBytes *
l2tp_channel_next_packet (L2tpChannel *self, gint64 now)
{
  GBytes *packet = NULL;

  if (may_transmit (self))
    packet = transmit (self, now);
  else if (l2tp_deadline_is_due (self->ack_at, now))
    packet = make_zlb (self);
  if (packet == NULL)
    return NULL;

  self->ack_at = -1;
  self->statistics.sent++;
  return packet;
}

gint64
l2tp_channel_get_deadline (const L2tpChannel *self)
{
  return l2tp_deadline_earlier (l2tp_deadline_earlier (self->timer, get_give_up (self)),
                                self->ack_at);
}

gboolean
l2tp_channel_handle_timeout (L2tpChannel *self, gint64 now)
{
  if (l2tp_deadline_is_due (get_give_up (self), now))
    return FALSE;
  if (!l2tp_deadline_is_due (self->timer, now))
    return TRUE;

  self->backoff++;
  self->cursor = 0;
  self->timer = -1; /* started again when the oldest leaves */
  l2tp_window_retransmit (&self->window);
  return TRUE;
}

gboolean
l2tp_channel_is_acknowledged (const L2tpChannel *self, guint16 ns)
{
  return l2tp_sequence_compare (self->una, ns, NULL) == L2TP_SEQUENCE_DUPLICATE;
}

void
l2tp_channel_repeat (L2tpChannel *self, gint64 now)
{
  if (self->n_sent == 0)
    return;
  self->backoff = 0;
  self->cursor = 0;
  self->timer = now + get_interval (self);
}

gint64
l2tp_channel_get_owed_since (const L2tpChannel *self)
{
  return self->n_sent > 0 ? self->waiting_since : -1;
}

guint
l2tp_channel_get_backlog (const L2tpChannel *self)
{
  return self->queue->len;
}

gint64
l2tp_channel_get_rtt (const L2tpChannel *self)
{
  return self->rtt;
}

void
l2tp_channel_get_statistics (const L2tpChannel *self, L2tpChannelStatistics *ret_statistics)
{
  *ret_statistics = self->statistics;
}

/* --- From one process to the next ---------------------------------------------------------- */

#define OUTGOING_TYPE "(xuay)"
#define REORDER_TYPE  "(uay)"

static GVariant *
export_octets (const guint8 *data, gsize len)
{
  return g_variant_new_fixed_array (G_VARIANT_TYPE_BYTE, data, len, 1);
}

GVariant *
l2tp_channel_export (const L2tpChannel *self)
{
  GVariantBuilder queue, reorder;

  g_return_val_if_fail (!self->last, NULL);

  g_variant_builder_init (&queue, G_VARIANT_TYPE ("a" OUTGOING_TYPE));
  for (guint i = 0; i < self->queue->len; i++)
    {
      const Outgoing *outgoing = g_ptr_array_index (self->queue, i);

      g_variant_builder_add (&queue, "(xu@ay)", outgoing->sent_at, outgoing->transmissions,
                             export_octets (outgoing->packet->data, outgoing->packet->len));
    }
  g_variant_builder_init (&reorder, G_VARIANT_TYPE ("a" REORDER_TYPE));
  for (guint i = 0; i < self->n_reorder; i++)
    if (self->reorder[i] != NULL)
      g_variant_builder_add (
          &reorder, "(u@ay)", i,
          g_variant_new_from_bytes (G_VARIANT_TYPE_BYTESTRING, self->reorder[i], TRUE));
  return g_variant_new (L2TP_CHANNEL_STATE_TYPE, self->peer_tunnel_id, self->una, self->expected,
                        self->cursor, self->n_sent, self->backoff, self->n_reorder, self->timer,
                        self->waiting_since, self->ack_at, self->rtt, self->variation, self->held,
                        self->window.rws, self->window.cwnd, self->window.ssthresh,
                        self->window.acked, self->statistics.sent, self->statistics.retransmitted,
                        &queue, &reorder);
}

/* Whether @data may stand for a control message, as it was sent or received. */
static gboolean
is_message (const guint8 *data, gsize len)
{
  L2tpHeader header;
  guint8 head[L2TP_CONTROL_HEADER_SIZE];

  if (len <= sizeof head || len > G_MAXUINT16)
    return FALSE;
  memcpy (head, data, sizeof head);
  l2tp_write_u16 (head + 2, sizeof head); /* what has not been sent has no length yet */
  return l2tp_header_parse (head, sizeof head, &header) && header.control;
}

static gboolean
import_queue (L2tpChannel *self, GVariant *queue, gint64 now)
{
  gsize n = g_variant_n_children (queue);

  if (n > MAX_IMPORT_QUEUE || self->n_sent > n || self->cursor > self->n_sent)
    return FALSE;
  for (guint i = 0; i < n; i++)
    {
      g_autoptr (GVariant) octets = NULL;
      Outgoing *outgoing = g_new0 (Outgoing, 1);
      gconstpointer data;
      gsize len;

      g_variant_get_child (queue, i, "(xu@ay)", &outgoing->sent_at, &outgoing->transmissions,
                           &octets);
      data = g_variant_get_fixed_array (octets, &len, 1);
      outgoing->packet = g_byte_array_append (g_byte_array_new (), data, (guint) len);
      g_ptr_array_add (self->queue, outgoing);
      if (!is_message (data, len) || (outgoing->transmissions > 0) != (i < self->n_sent) ||
          outgoing->sent_at < 0 || outgoing->sent_at > now)
        return FALSE;
    }
  return TRUE;
}

static gboolean
import_reorder (L2tpChannel *self, GVariant *reorder)
{
  for (gsize i = 0; i < g_variant_n_children (reorder); i++)
    {
      g_autoptr (GVariant) octets = NULL;
      L2tpHeader header;
      gconstpointer data;
      guint distance;
      gsize len;

      g_variant_get_child (reorder, i, "(u@ay)", &distance, &octets);
      data = g_variant_get_fixed_array (octets, &len, 1);
      /* What is expected would have been delivered. */
      if (distance == 0 || distance >= self->n_reorder || self->reorder[distance] != NULL ||
          !l2tp_header_parse (data, len, &header) || !header.control || header.payload.len == 0 ||
          header.ns != (guint16) (self->expected + distance))
        return FALSE;
      self->reorder[distance] = g_bytes_new (data, len);
    }
  return TRUE;
}

static gboolean
is_sane (const L2tpChannel *self, gint64 now)
{
  const L2tpWindow *window = &self->window;

  return self->n_reorder >= 1 && self->n_reorder <= MAX_REORDER && self->backoff <= MAX_BACKOFF &&
         l2tp_deadline_is_sane (self->timer, now) && l2tp_deadline_is_sane (self->ack_at, now) &&
         self->waiting_since >= 0 && self->waiting_since <= now && self->rtt >= 0 &&
         self->rtt <= L2TP_DEADLINE_FAR && self->variation >= 0 &&
         self->variation <= L2TP_DEADLINE_FAR && self->held >= 0 &&
         self->held <= L2TP_DEADLINE_FAR && window->rws >= 1 && window->rws <= G_MAXUINT16 &&
         window->cwnd >= 1 && window->cwnd <= window->rws && window->ssthresh >= 1 &&
         window->ssthresh <= G_MAXUINT16 && window->acked <= G_MAXUINT16;
}

L2tpChannel *
l2tp_channel_import (const L2tpSchedule *schedule, GVariant *state, gint64 now)
{
  g_autoptr (L2tpChannel) self = l2tp_channel_new (schedule, 1);
  g_autoptr (GVariant) queue = NULL;
  g_autoptr (GVariant) reorder = NULL;
  guint n_reorder;

  g_variant_get (state, "(qqquuuuxxxxxxuuuutt@a" OUTGOING_TYPE "@a" REORDER_TYPE ")",
                 &self->peer_tunnel_id, &self->una, &self->expected, &self->cursor, &self->n_sent,
                 &self->backoff, &n_reorder, &self->timer, &self->waiting_since, &self->ack_at,
                 &self->rtt, &self->variation, &self->held, &self->window.rws, &self->window.cwnd,
                 &self->window.ssthresh, &self->window.acked, &self->statistics.sent,
                 &self->statistics.retransmitted, &queue, &reorder);
  self->n_reorder = MIN (n_reorder, MAX_REORDER);
  if (n_reorder > MAX_REORDER || !is_sane (self, now) || !import_queue (self, queue, now) ||
      !import_reorder (self, reorder))
    return NULL;
  return g_steal_pointer (&self);
}
