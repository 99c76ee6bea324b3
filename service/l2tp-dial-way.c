/* SPDX-License-Identifier: GPL-2.0-or-later */
/* SPDX-FileCopyrightText: The l2tp-client authors */

/* A dial that goes on where it would end, or begins anew: the LNS was there a moment ago and may be
 * back in the next, or there is another way to it. Part of l2tp-dial.c. Design section 6. */

#include "l2tp-dial-private.h"

#include <errno.h>

#include "l2tp-call-error.h"
#include "l2tp-retry.h"
#include "service/base/l2tp-log.h"

#define WAY_AFTER 500 /* ms that a way to the LNS may take to be another one */

gboolean
l2tp_dial_may_ask (L2tpDial *self)
{
  return l2tp_retry_may_ask (self->lost_at, g_get_monotonic_time ());
}

guint
l2tp_dial_get_ask_delay (L2tpDial *self)
{
  return (guint) (l2tp_retry_get_ask_delay (self->refusals, g_random_double ()) / 1000);
}

gboolean
l2tp_dial_ask_again (L2tpDial *self)
{
  if (self->secure != NULL || !l2tp_dial_may_ask (self))
    return FALSE;
  self->refusals++;
  l2tp_dial_drop_driver (self, 1);
  g_clear_handle_id (&self->next_source, g_source_remove);
  self->next = self->first;
  l2tp_dial_try_next_in (self, l2tp_dial_get_ask_delay (self));
  return TRUE;
}

static gboolean
on_no_way (gpointer data)
{
  L2tpDial *self = L2TP_DIAL (data);
  guint port = l2tp_config_get_uint (self->config, L2TP_OPTION_PORT);

  self->lost_source = 0;
  l2tp_dial_try_next (self, l2tp_call_error_from_icmp (self->lost_errno, port));
  return G_SOURCE_REMOVE;
}

gboolean
l2tp_dial_wait_for_way (L2tpDial *self, int saved_errno)
{
  if (self->network == NULL || (saved_errno != ENETUNREACH && saved_errno != EINVAL))
    return FALSE;
  self->lost_errno = saved_errno;
  if (self->lost_source == 0 && self->moved_source == 0)
    self->lost_source = g_timeout_add (WAY_AFTER, on_no_way, self);
  return TRUE;
}

void
l2tp_dial_begin_anew (L2tpDial *self)
{
  l2tp_debug (self->tag, "dialling anew, by another way");
  if (self->stage == L2TP_STAGE_IPSEC)
    l2tp_driver_abandon (self->driver); /* its port is to be had again */
  self->next = self->first;
  l2tp_dial_try_next (self, NULL);
}

/* An SCCRQ is as good as before if it comes from where it came from. IKE says nothing before its
 * own timer is over, and earlier addresses were tried by a way that may have been none. */
static void
on_held_anew (GObject *source, GAsyncResult *result, gpointer data)
{
  g_autoptr (L2tpDial) self = data;
  g_autoptr (GError) error = NULL;

  if (!l2tp_network_hold_finish (L2TP_NETWORK (source), result, &error))
    l2tp_debug (self->tag, "%s", error->message);
  if (g_cancellable_is_cancelled (self->cancellable) || self->driver == NULL)
    return;
  if (self->stage == L2TP_STAGE_IPSEC)
    g_cancellable_cancel (self->securing);
  else if (self->next > self->first + 1 || l2tp_network_has_left (self->network, self->driver))
    l2tp_dial_begin_anew (self);
  else
    l2tp_driver_insist (self->driver);
}

static gboolean
on_moved (gpointer data)
{
  L2tpDial *self = L2TP_DIAL (data);

  self->moved_source = 0;
  self->moved_at = g_get_monotonic_time ();
  if (self->driver != NULL)
    l2tp_network_hold_async (self->network, NULL, self->cancellable, on_held_anew,
                             g_object_ref (self));
  return G_SOURCE_REMOVE;
}

void
l2tp_dial_moved (L2tpDial *dial)
{
  gint64 delay = l2tp_retry_get_delay_after_move (dial->moved_at, g_get_monotonic_time ());

  g_clear_handle_id (&dial->lost_source, g_source_remove);
  if (dial->moved_source == 0 && !g_cancellable_is_cancelled (dial->cancellable))
    dial->moved_source = g_timeout_add ((guint) (delay / G_TIME_SPAN_MILLISECOND), on_moved, dial);
}
