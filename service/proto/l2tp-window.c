/* SPDX-License-Identifier: GPL-2.0-or-later */
/* SPDX-FileCopyrightText: The l2tp-client authors */

/* How many messages may be out at once: slow start and congestion avoidance, RFC 2661 appendix A
 * (XPRT-11, XPRT-12). */

#include "l2tp-window.h"

void
l2tp_window_init (L2tpWindow *window, guint16 rws)
{
  window->rws = rws;
  window->cwnd = 1;
  window->ssthresh = rws;
  window->acked = 0;
}

void
l2tp_window_set_peer (L2tpWindow *window, guint16 rws)
{
  window->rws = rws;
  window->cwnd = MIN (window->cwnd, rws);
  window->ssthresh = rws;
}

void
l2tp_window_acknowledge (L2tpWindow *window)
{
  gboolean grow = window->cwnd < window->ssthresh;

  if (!grow)
    grow = ++window->acked >= window->cwnd;
  if (!grow)
    return;

  window->acked = 0;
  window->cwnd = MIN (window->cwnd + 1, window->rws);
}

void
l2tp_window_retransmit (L2tpWindow *window)
{
  window->ssthresh = MAX (1, window->cwnd / 2);
  window->cwnd = 1;
  window->acked = 0;
}
