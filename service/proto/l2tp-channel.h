/* SPDX-License-Identifier: GPL-2.0-or-later */
/* SPDX-FileCopyrightText: The l2tp-client authors */

/* Reliable, ordered delivery of control messages (RFC 2661 section 5.8). Knows no message type. */

#pragma once

#include <glib.h>

#include "l2tp-schedule.h"
#include "l2tp-wire.h"

G_BEGIN_DECLS

typedef struct _L2tpChannel L2tpChannel;

/* l2tp_channel_new:
 * @receive_window: what we advertise, at least 1 */
L2tpChannel *l2tp_channel_new (const L2tpSchedule *schedule, guint16 receive_window);
L2tpChannel *l2tp_channel_free (L2tpChannel *channel);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (L2tpChannel, l2tp_channel_free)

/* l2tp_channel_set_peer_tunnel_id:
 * For the headers of what has not been sent yet, and of acknowledgements; 0 until then. */
void l2tp_channel_set_peer_tunnel_id (L2tpChannel *channel, guint16 tunnel_id);
void l2tp_channel_set_peer_window (L2tpChannel *channel, guint16 window);

/* l2tp_channel_send:
 * @packet: (transfer full): from l2tp_packet_new()
 * Returns its Ns, for l2tp_channel_is_acknowledged(). */
guint16 l2tp_channel_send (L2tpChannel *channel, GByteArray *packet);

/* l2tp_channel_send_last:
 * As l2tp_channel_send(), for a StopCCN, which must not wait: it and what is unsent before it (a
 * CDN) mind only the peer's window, not the congestion window, when they leave for the first time.
 * What would push it out of the peer's window is dropped. */
void l2tp_channel_send_last (L2tpChannel *channel, GByteArray *packet);

/* l2tp_channel_forget:
 * The peer is gone: nothing more is sent or repeated, except acknowledgements (XPRT-14). */
void l2tp_channel_forget (L2tpChannel *channel);

/* l2tp_channel_receive:
 * Takes in one accepted control packet: its acknowledgement, and the message if it is new.
 * Returns FALSE when the message fell outside the window and was dropped. */
gboolean l2tp_channel_receive (L2tpChannel *channel,
                               gint64 now,
                               const L2tpHeader *header,
                               const guint8 *data,
                               gsize len);

/* l2tp_channel_next_message:
 * Returns (transfer full) the next datagram in order, or NULL. */
GBytes *l2tp_channel_next_message (L2tpChannel *channel);

/* l2tp_channel_next_packet:
 * Returns (transfer full) what to send next, or NULL. */
GBytes *l2tp_channel_next_packet (L2tpChannel *channel, gint64 now);

/* l2tp_channel_delay_acknowledgement:
 * A message of ours will follow shortly and can carry the acknowledgement that is due (XPRT-7). */
void l2tp_channel_delay_acknowledgement (L2tpChannel *channel, gint64 now);

/* l2tp_channel_get_deadline:
 * Returns when l2tp_channel_handle_timeout() wants to be called, -1 never. */
gint64 l2tp_channel_get_deadline (const L2tpChannel *channel);

/* l2tp_channel_handle_timeout:
 * Returns FALSE when the peer is to be given up, because of the time and never of a count
 * (XPRT-8). */
gboolean l2tp_channel_handle_timeout (L2tpChannel *channel, gint64 now);

gboolean l2tp_channel_is_acknowledged (const L2tpChannel *channel, guint16 ns);

/* l2tp_channel_repeat:
 * Repeats the oldest that is out at once, and its interval begins anew: there is reason to believe
 * that the peer hears again. When it is given up stays as it was. */
void l2tp_channel_repeat (L2tpChannel *channel, gint64 now);

/* l2tp_channel_get_owed_since:
 * Returns since when the peer has acknowledged nothing of what is out, -1: nothing is out. */
gint64 l2tp_channel_get_owed_since (const L2tpChannel *channel);

/* l2tp_channel_get_backlog:
 * Returns how many messages are unacknowledged or unsent. */
guint l2tp_channel_get_backlog (const L2tpChannel *channel);

/* Smoothed round trip in µs, 0 before the first measurement. */
gint64 l2tp_channel_get_rtt (const L2tpChannel *channel);

typedef struct
{
  guint64 sent; /* retransmissions and acknowledgements included */
  guint64 retransmitted;
} L2tpChannelStatistics;

void l2tp_channel_get_statistics (const L2tpChannel *channel,
                                  L2tpChannelStatistics *ret_statistics);

#define L2TP_CHANNEL_STATE_TYPE "(qqquuuuxxxxxxuuuutta(xuay)a(uay))"

/* l2tp_channel_export:
 * Returns (transfer floating) all that another process needs to go on; of type
 * L2TP_CHANNEL_STATE_TYPE. Not after l2tp_channel_send_last(). */
GVariant *l2tp_channel_export (const L2tpChannel *channel);

/* l2tp_channel_import:
 * @state: of type L2TP_CHANNEL_STATE_TYPE, from anybody
 * Returns NULL when it is not what an export of this clock gives. */
L2tpChannel *l2tp_channel_import (const L2tpSchedule *schedule, GVariant *state, gint64 now);

G_END_DECLS
