/* SPDX-License-Identifier: GPL-2.0-or-later */
/* SPDX-FileCopyrightText: The l2tp-client authors */

/* How wide the way to the LNS is beyond its first link. The kernel sends data without DF, so that
 * routers cut it in pieces and tell nobody (DATA-7): now and then one packet that may not be cut
 * goes out, and what the kernel has learnt by it is looked at soon after. What it has learnt it
 * forgets in time; the question is repeated before, so that a narrow way stays narrow and a wide
 * one becomes wide again. Part of l2tp-call.c. Design section 9; RFC 1191. */

#include "l2tp-call-private.h"

#define ANSWER_AFTER 1   /* s: for an ICMP error on its way back */
#define USUALLY      300 /* s: half of the time for which Linux believes a router */
#define SOONEST      4   /* s */

static gboolean probe (gpointer data);

static void
on_looked (GObject *source, GAsyncResult *result, gpointer data)
{
  g_autoptr (L2tpCall) self = data;
  guint expires, interval;

  l2tp_network_check_finish (L2TP_NETWORK (source), result);
  expires = l2tp_network_get_path_expiry (self->network);
  interval = expires != 0 ? CLAMP (expires / 2, SOONEST, USUALLY) : USUALLY;
  if (self->state < L2TP_CALL_STATE_STOPPING && self->path_timer == 0)
    self->path_timer = g_timeout_add_seconds (interval, probe, self);
}

static gboolean
look (gpointer data)
{
  L2tpCall *self = L2TP_CALL (data);

  self->path_timer = 0;
  l2tp_network_check_async (self->network, on_looked, g_object_ref (self));
  return G_SOURCE_REMOVE;
}

static gboolean
probe (gpointer data)
{
  L2tpCall *self = L2TP_CALL (data);
  guint size = l2tp_network_get_widest_mtu (self->network);

  if (size != 0 && self->state == L2TP_CALL_STATE_UP)
    l2tp_driver_probe_path (self->driver, self->peer_session_id, size);
  self->path_timer = g_timeout_add_seconds (ANSWER_AFTER, look, self);
  return G_SOURCE_REMOVE;
}

void
l2tp_call_watch_path (L2tpCall *self)
{
  g_clear_handle_id (&self->path_timer, g_source_remove);
  probe (self);
}
