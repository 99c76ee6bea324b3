/* SPDX-License-Identifier: GPL-2.0-or-later */
/* SPDX-FileCopyrightText: The l2tp-client authors */

/* Slow start and congestion avoidance (RFC 2661 appendix A). */

#pragma once

#include <glib.h>

G_BEGIN_DECLS

#define L2TP_WINDOW_DEFAULT 4 /* of a peer that names none (AVP-10) */

typedef struct
{
  guint rws; /* the peer's Receive Window Size */
  guint cwnd;
  guint ssthresh;
  guint acked; /* acknowledgements since cwnd last grew */
} L2tpWindow;

void l2tp_window_init (L2tpWindow *window, guint16 rws);

/* l2tp_window_set_peer:
 * The peer has told its window; what was gained so far is kept as far as it fits. */
void l2tp_window_set_peer (L2tpWindow *window, guint16 rws);

/* l2tp_window_acknowledge:
 * For an acknowledgement that released something, once, however much it released (XPRT-12). */
void l2tp_window_acknowledge (L2tpWindow *window);
void l2tp_window_retransmit (L2tpWindow *window);

G_END_DECLS
