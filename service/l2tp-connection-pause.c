/* SPDX-License-Identifier: GPL-2.0-or-later */
/* SPDX-FileCopyrightText: The l2tp-client authors */

/* Between the calls of a connection: the pause until the next attempt, waiting for a network where
 * there is none, the machine's sleep, and what another way to the LNS changes. Hides the timer.
 * Part of l2tp-connection.c; how long a pause is says l2tp-retry.c. Design section 6. */

#include "l2tp-connection-private.h"

#include "l2tp-retry.h"
#include "service/base/l2tp-error.h"
#include "service/base/l2tp-log.h"

void
l2tp_connection_clear_pause (L2tpConnection *self)
{
  g_clear_handle_id (&self->pause, g_source_remove);
  self->next_retry = 0;
  self->waiting = FALSE;
}

gboolean
l2tp_connection_cut_pause (L2tpConnection *self)
{
  if (self->pause == 0 && !self->waiting)
    return FALSE;
  l2tp_connection_next_call (self);
  return TRUE;
}

/* --- The next attempt ---------------------------------------------------------------------- */

/* Without a network there are no attempts to count. */
static void
on_network_checked (GObject *source, GAsyncResult *result, gpointer data)
{
  g_autoptr (L2tpConnection) self = data;
  gboolean has_path = l2tp_network_check_finish (L2TP_NETWORK (source), result);

  if (has_path || self->pause == 0 || source != G_OBJECT (self->network))
    return;
  l2tp_connection_clear_pause (self);
  self->failures = MAX (self->failures, 1) - 1;
  self->waiting = TRUE;
  l2tp_info (l2tp_connection_get_uuid (self), "waits for a network");
  l2tp_connection_changed (self);
}

static void
on_held (GObject *source, GAsyncResult *result, gpointer data)
{
  g_autoptr (L2tpConnection) self = data;
  g_autoptr (GError) error = NULL;

  if (!l2tp_network_hold_finish (L2TP_NETWORK (source), result, &error))
    l2tp_warning (l2tp_connection_get_uuid (self), "%s", error->message);
}

static gboolean
on_pause_over (gpointer data)
{
  L2tpConnection *self = L2TP_CONNECTION (data);

  self->pause = 0;
  l2tp_connection_next_call (self);
  return G_SOURCE_REMOVE;
}

void
l2tp_connection_pause (L2tpConnection *self, gint64 delay)
{
  l2tp_connection_clear_pause (self);
  self->next_retry = g_get_real_time () + delay;
  self->pause = g_timeout_add (delay / G_TIME_SPAN_MILLISECOND, on_pause_over, self);
  l2tp_network_hold_async (self->network, NULL, NULL, on_held, g_object_ref (self));
  l2tp_connection_changed (self);
}

/* A first attempt that fails is told at once, unless nobody is there to hear it, or it was left for
 * another way to the LNS. */
static gboolean
may_retry (L2tpConnection *self, guint failures)
{
  L2tpConfig *config = l2tp_prompt_get_config (self->prompt);
  guint limit = l2tp_config_get_uint (config, L2TP_OPTION_RECONNECT_LIMIT);

  return (self->was_up || self->moved_at > self->attempted_at ||
          l2tp_config_get_boolean (config, L2TP_OPTION_PERSIST) ||
          l2tp_config_get_boolean (config, L2TP_OPTION_AUTOSTART)) &&
         (limit == 0 || failures <= limit);
}

gboolean
l2tp_connection_retry (L2tpConnection *self, const GError *error)
{
  guint failures = self->failures + 1;
  gint64 delay = l2tp_retry_get_delay (l2tp_retry_from_error (error), failures, g_random_double ());

  if (delay < 0 || !may_retry (self, failures))
    return FALSE;
  self->failures = failures;
  l2tp_connection_take_error (self, error);
  l2tp_info (l2tp_connection_get_uuid (self), "attempt %u in %.1f s", self->failures,
             (double) delay / G_TIME_SPAN_SECOND);
  l2tp_connection_pause (self, delay);
  l2tp_network_check_async (self->network, on_network_checked, g_object_ref (self));
  return TRUE;
}

/* --- Sleep --------------------------------------------------------------------------------- */

void
l2tp_connection_suspend (L2tpConnection *connection)
{
  if (connection->pause != 0)
    l2tp_connection_cut_pause (connection);
  else if (connection->call != NULL && connection->stop_reason == L2TP_STATE_REASON_FAILED)
    l2tp_call_stop (connection->call, L2TP_CALL_STOP_SLEEP);
}

void
l2tp_connection_rest (L2tpConnection *self)
{
  self->waiting = TRUE;
  l2tp_network_hold_async (self->network, NULL, NULL, on_held, g_object_ref (self));
  l2tp_connection_changed (self);
  /* It has taken longer than the machine has waited. */
  if (!self->means->asleep)
    l2tp_connection_resume (self);
}

static void
on_woken (GObject *source, GAsyncResult *result, gpointer data)
{
  g_autoptr (L2tpConnection) self = data;
  gboolean has_path = l2tp_network_check_finish (L2TP_NETWORK (source), result);

  if (source != G_OBJECT (self->network) || !self->waiting)
    return;
  if (has_path)
    l2tp_connection_next_call (self);
  else
    l2tp_connection_changed (self);
}

void
l2tp_connection_resume (L2tpConnection *connection)
{
  if (!connection->waiting)
    return;
  connection->failures = 0;
  l2tp_network_check_async (connection->network, on_woken, g_object_ref (connection));
}

gboolean
l2tp_connection_is_resting (L2tpConnection *connection)
{
  return connection->call == NULL && !connection->finishing;
}

/* --- Another way to the LNS ---------------------------------------------------------------- */

/* A tunnel that is up, that is: a dial sees to itself. */
static gboolean
has_lost_address (L2tpConnection *self)
{
  L2tpDriver *driver = l2tp_call_get_driver (self->call);

  return driver != NULL && l2tp_network_has_left (self->network, driver);
}

void
l2tp_connection_on_network_moved (L2tpNetwork *network, L2tpConnection *self)
{
  gint64 now = g_get_monotonic_time ();
  gboolean again = l2tp_retry_get_delay_after_move (self->moved_at, now) > 0;

  if (self->finishing || !l2tp_network_has_path (network) || self->means->asleep)
    return;
  if (self->call != NULL && !has_lost_address (self))
    {
      l2tp_call_probe (self->call);
      return;
    }
  /* They were made by another way; but one that comes and goes is no reason to hurry. */
  if (self->call == NULL || !again)
    self->failures = 0;
  self->moved_at = now;
  if (self->pause != 0 || self->waiting)
    l2tp_connection_pause (self, l2tp_retry_get_delay_after_move (self->attempted_at, now));
  else if (self->call != NULL)
    l2tp_call_abandon (self->call,
                       g_error_new_literal (L2TP_ERROR, L2TP_ERROR_UNREACHABLE,
                                            "the way to the LNS has changed\n"
                                            "Nothing is to be done; it is dialled anew."));
}
