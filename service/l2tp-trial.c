/* SPDX-License-Identifier: GPL-2.0-or-later */
/* SPDX-FileCopyrightText: The l2tp-client authors */

/* A trial tunnel. Asks one address after the other, each from a fresh socket with a fresh tunnel
 * id, until one answers or somebody stops it: at a closed port soon again, at a silent one when its
 * patience is over. A question that nobody answered is dropped without a word, because its StopCCN
 * would be repeated for half a minute along with it. Owned by L2tpLiveness. Design section 6;
 * XPRT-22, MSG-23. */

#include "l2tp-trial.h"

#include <errno.h>

#include "l2tp-retry.h"
#include "service/base/l2tp-log.h"

#define REPEAT 600 /* ms; an LNS that is back shall not have to wait for it */

struct _L2tpTrial
{
  GObject parent_instance;

  L2tpConfig *config;
  char *tag;
  L2tpPorts *ports;
  L2tpNetwork *network; /* or NULL */
  GPtrArray *targets;
  guint current, first; /* the one being asked, and the one asked first */
  gint64 patience;
  GCancellable *reaching; /* or NULL: another than the first, by the network */

  L2tpDriver *driver;
  guint next_source, repeat_source;
  gboolean up;
  gboolean running;
  gboolean refused;
  guint refusals; /* in a row, by anybody */
};

enum
{
  UP,
  N_SIGNALS,
};

static guint signals[N_SIGNALS];

G_DEFINE_FINAL_TYPE (L2tpTrial, l2tp_trial, G_TYPE_OBJECT)

static void ask (L2tpTrial *self);

static void
drop_driver (L2tpTrial *self)
{
  g_autoptr (L2tpDriver) driver = g_steal_pointer (&self->driver);

  g_clear_handle_id (&self->repeat_source, g_source_remove);
  self->up = FALSE;
  if (driver == NULL)
    return;
  g_signal_handlers_disconnect_by_data (driver, self);
  if (l2tp_tunnel_get_state (l2tp_driver_get_tunnel (driver)) > L2TP_TUNNEL_STATE_WAIT_CTL_REPLY)
    l2tp_driver_close (driver, 1, 0);
}

static gboolean
on_next (gpointer data)
{
  L2tpTrial *self = L2TP_TRIAL (data);

  self->next_source = 0;
  drop_driver (self);
  self->current = (self->current + 1) % self->targets->len;
  ask (self);
  return G_SOURCE_REMOVE;
}

/* The same question, which costs the LNS nothing if it has heard it. */
static gboolean
on_repeat (gpointer data)
{
  l2tp_driver_insist (L2TP_TRIAL (data)->driver);
  return G_SOURCE_CONTINUE;
}

static void
ask_again_in (L2tpTrial *self, guint ms)
{
  g_clear_handle_id (&self->next_source, g_source_remove);
  self->next_source = g_timeout_add (ms, on_next, self);
}

static void
ask_again_after_refusal (L2tpTrial *self)
{
  gint64 delay = l2tp_retry_get_ask_delay (++self->refusals, g_random_double ());

  ask_again_in (self, (guint) (delay / G_TIME_SPAN_MILLISECOND));
}

static void
on_driver_event (L2tpDriver *driver, const L2tpEvent *event, L2tpTrial *self)
{
  switch (event->type)
    {
    case L2TP_EVENT_TUNNEL_UP:
      g_clear_handle_id (&self->next_source, g_source_remove);
      g_clear_handle_id (&self->repeat_source, g_source_remove);
      self->up = TRUE;
      g_signal_emit (self, signals[UP], 0);
      return;
    case L2TP_EVENT_TUNNEL_DOWN:
      self->up = FALSE;
      ask_again_in (self, (guint) (self->patience / 1000));
      return;
    case L2TP_EVENT_SESSION_REPLIED:
    case L2TP_EVENT_SESSION_UP:
    case L2TP_EVENT_SESSION_DOWN:
    case L2TP_EVENT_DEAD:
      return;
    }
}

static void
on_icmp_error (L2tpDriver *driver, int saved_errno, L2tpTrial *self)
{
  if (self->up)
    return;
  g_clear_handle_id (&self->repeat_source, g_source_remove);
  self->refused |= saved_errno == ECONNREFUSED && self->current == self->first;
  ask_again_after_refusal (self);
}

static void
open_tunnel (L2tpTrial *self)
{
  g_autoptr (GError) error = NULL;

  self->driver = l2tp_driver_new_from (self->config, self->tag, self->ports,
                                       g_ptr_array_index (self->targets, self->current), 0, &error);
  if (self->driver == NULL)
    {
      l2tp_debug (self->tag, "trial: %s", error->message);
      ask_again_after_refusal (self);
      return;
    }
  g_signal_connect (self->driver, "event", G_CALLBACK (on_driver_event), self);
  g_signal_connect (self->driver, "icmp-error", G_CALLBACK (on_icmp_error), self);
  ask_again_in (self, (guint) (self->patience / 1000));
  self->repeat_source = g_timeout_add (REPEAT, on_repeat, self);
  l2tp_driver_open_tunnel (self->driver);
}

static void
on_reached (GObject *source, GAsyncResult *result, gpointer data)
{
  g_autoptr (L2tpTrial) self = data;
  g_autoptr (GError) error = NULL;

  if (l2tp_network_reach_finish (L2TP_NETWORK (source), result, &error))
    {
      open_tunnel (self);
      return;
    }
  if (g_error_matches (error, G_IO_ERROR, G_IO_ERROR_CANCELLED))
    return;
  l2tp_debug (self->tag, "trial: %s", error->message);
  ask_again_after_refusal (self);
}

/* What may be dead takes along whatever is routed into it, and so would the question. */
static void
ask (L2tpTrial *self)
{
  GInetSocketAddress *target = g_ptr_array_index (self->targets, self->current);

  if (self->network == NULL || self->current == self->first)
    {
      open_tunnel (self);
      return;
    }
  g_cancellable_cancel (self->reaching); /* the one before */
  g_clear_object (&self->reaching);
  self->reaching = g_cancellable_new ();
  l2tp_network_reach_async (self->network, g_inet_socket_address_get_address (target),
                            self->reaching, on_reached, g_object_ref (self));
}

static void
stop_reaching (L2tpTrial *self)
{
  if (self->reaching == NULL)
    return;
  g_cancellable_cancel (self->reaching);
  g_clear_object (&self->reaching);
  l2tp_network_reach_async (self->network, NULL, NULL, NULL, NULL);
}

L2tpTrial *
l2tp_trial_new (L2tpConfig *config,
                const char *tag,
                L2tpPorts *ports,
                L2tpNetwork *network,
                GPtrArray *targets)
{
  L2tpTrial *self = g_object_new (L2TP_TYPE_TRIAL, NULL);

  g_return_val_if_fail (targets->len > 0, self);
  self->config = l2tp_config_ref (config);
  self->tag = g_strdup (tag);
  self->ports = l2tp_ports_ref (ports);
  g_set_object (&self->network, network);
  self->targets = g_ptr_array_ref (targets);
  return self;
}

void
l2tp_trial_start (L2tpTrial *trial, gint64 patience)
{
  if (trial->running)
    return;
  l2tp_debug (trial->tag, "trial: does the LNS answer a new tunnel?");
  trial->running = TRUE;
  trial->refused = FALSE;
  trial->refusals = 0;
  trial->patience = patience;
  ask (trial);
}

void
l2tp_trial_stop (L2tpTrial *trial)
{
  g_clear_handle_id (&trial->next_source, g_source_remove);
  drop_driver (trial);
  stop_reaching (trial);
  trial->current = trial->first;
  trial->running = FALSE;
}

L2tpDriver *
l2tp_trial_get_driver (L2tpTrial *trial)
{
  return trial->up ? trial->driver : NULL;
}

gboolean
l2tp_trial_was_refused (L2tpTrial *trial)
{
  return trial->refused;
}

L2tpDriver *
l2tp_trial_steal_driver (L2tpTrial *trial)
{
  L2tpDriver *driver = trial->up ? g_steal_pointer (&trial->driver) : NULL;

  if (driver != NULL)
    {
      g_signal_handlers_disconnect_by_data (driver, trial);
      if (trial->current != trial->first)
        g_clear_object (&trial->reaching);
      trial->first = trial->current;
    }
  l2tp_trial_stop (trial);
  return driver;
}

static void
l2tp_trial_dispose (GObject *object)
{
  l2tp_trial_stop (L2TP_TRIAL (object));
  G_OBJECT_CLASS (l2tp_trial_parent_class)->dispose (object);
}

static void
l2tp_trial_finalize (GObject *object)
{
  L2tpTrial *self = L2TP_TRIAL (object);

  g_clear_object (&self->network);
  g_ptr_array_unref (self->targets);
  l2tp_ports_unref (self->ports);
  l2tp_config_unref (self->config);
  g_free (self->tag);
  G_OBJECT_CLASS (l2tp_trial_parent_class)->finalize (object);
}

static void
l2tp_trial_class_init (L2tpTrialClass *klass)
{
  GObjectClass *object_class = G_OBJECT_CLASS (klass);

  object_class->dispose = l2tp_trial_dispose;
  object_class->finalize = l2tp_trial_finalize;

  signals[UP] =
      g_signal_new ("up", L2TP_TYPE_TRIAL, G_SIGNAL_RUN_LAST, 0, NULL, NULL, NULL, G_TYPE_NONE, 0);
}

static void
l2tp_trial_init (L2tpTrial *self)
{
}
