/* SPDX-License-Identifier: GPL-2.0-or-later */
/* SPDX-FileCopyrightText: The l2tp-client authors */

/* Keeps one pppd waiting. Hides when it is started and started again. Owned by the connection; owns
 * the pppd until it is taken. Design section 4, point 2. */

#include "l2tp-standby.h"

#include "service/base/l2tp-log.h"
#include "service/ppp/l2tp-pppd-exit.h"

#define DEATHS_MAX    3 /* within … */
#define DEATHS_WINDOW (60 * G_USEC_PER_SEC)
#define SPAWN_DELAY   1000 /* ms */

struct _L2tpStandby
{
  GObject parent;

  L2tpConfig *config;
  char *ipparam;
  gboolean warm;
  L2tpPppd *waiting;
  gulong exited_handler;
  guint spawn_source;
  guint deaths; /* of a waiting pppd since … */
  gint64 window_start;
};

G_DEFINE_FINAL_TYPE (L2tpStandby, l2tp_standby, G_TYPE_OBJECT)

static const char *
tag_of (L2tpStandby *self)
{
  const char *uuid = l2tp_config_get_string (self->config, L2TP_OPTION_UUID);

  return uuid != NULL ? uuid : self->ipparam;
}

static L2tpPppd *
let_go (L2tpStandby *self)
{
  if (self->waiting != NULL)
    g_clear_signal_handler (&self->exited_handler, self->waiting);
  return g_steal_pointer (&self->waiting);
}

/* Ends the waiting pppd: without a reference the process goes too. */
static void
drop (L2tpStandby *self)
{
  g_autoptr (L2tpPppd) pppd = let_go (self);

  g_clear_handle_id (&self->spawn_source, g_source_remove);
}

static void on_exited (L2tpPppd *pppd, const L2tpPppdExit *how, gpointer data);

static void
spawn_waiting (L2tpStandby *self)
{
  g_autoptr (GError) error = NULL;

  if (!self->warm || self->waiting != NULL || self->spawn_source != 0 || self->deaths > DEATHS_MAX)
    return;
  self->waiting = l2tp_pppd_spawn (self->config, self->ipparam, &error);
  if (self->waiting == NULL)
    l2tp_warning (tag_of (self), "no pppd to wait: %s", g_strdelimit (error->message, "\n", ' '));
  else
    self->exited_handler = g_signal_connect (self->waiting, "exited", G_CALLBACK (on_exited), self);
}

static gboolean
on_spawn (gpointer data)
{
  L2tpStandby *self = data;

  self->spawn_source = 0;
  spawn_waiting (self);
  return G_SOURCE_REMOVE;
}

static void
spawn_later (L2tpStandby *self)
{
  if (self->warm && self->waiting == NULL && self->spawn_source == 0)
    self->spawn_source = g_timeout_add (SPAWN_DELAY, on_spawn, self);
}

static gboolean
may_respawn (L2tpStandby *self)
{
  gint64 now = g_get_monotonic_time ();

  if (self->deaths == 0 || now - self->window_start > DEATHS_WINDOW)
    {
      self->window_start = now;
      self->deaths = 0;
    }
  return ++self->deaths <= DEATHS_MAX;
}

static void
on_exited (L2tpPppd *pppd, const L2tpPppdExit *how, gpointer data)
{
  L2tpStandby *self = data;
  const L2tpPppdContext context = { 0 };
  g_autoptr (GError) reason = l2tp_pppd_exit_to_error (how, &context);

  g_strdelimit (reason->message, "\n", ' ');
  g_object_unref (let_go (self));
  if (may_respawn (self))
    {
      l2tp_debug (tag_of (self), "the waiting pppd died: %s", reason->message);
      spawn_later (self);
    }
  else
    l2tp_warning (tag_of (self), "the waiting pppd dies again and again, keeping none: %s",
                  reason->message);
}

static void
l2tp_standby_init (L2tpStandby *self)
{
}

static void
l2tp_standby_dispose (GObject *object)
{
  L2tpStandby *self = L2TP_STANDBY (object);

  self->warm = FALSE;
  drop (self);
  G_OBJECT_CLASS (l2tp_standby_parent_class)->dispose (object);
}

static void
l2tp_standby_finalize (GObject *object)
{
  L2tpStandby *self = L2TP_STANDBY (object);

  l2tp_config_unref (self->config);
  g_free (self->ipparam);
  G_OBJECT_CLASS (l2tp_standby_parent_class)->finalize (object);
}

static void
l2tp_standby_class_init (L2tpStandbyClass *klass)
{
  G_OBJECT_CLASS (klass)->dispose = l2tp_standby_dispose;
  G_OBJECT_CLASS (klass)->finalize = l2tp_standby_finalize;
}

L2tpStandby *
l2tp_standby_new (L2tpConfig *config, const char *ipparam)
{
  L2tpStandby *self = g_object_new (L2TP_TYPE_STANDBY, NULL);

  self->config = l2tp_config_ref (config);
  self->ipparam = g_strdup (ipparam);
  return self;
}

void
l2tp_standby_set_warm (L2tpStandby *self, gboolean warm)
{
  gboolean was_warm = self->warm;

  self->warm = warm;
  if (!warm)
    drop (self);
  else if (was_warm)
    l2tp_standby_refill (self);
  else
    {
      self->deaths = 0;
      spawn_waiting (self);
    }
}

L2tpPppd *
l2tp_standby_take (L2tpStandby *self, GError **error)
{
  L2tpPppd *pppd = let_go (self);

  g_clear_handle_id (&self->spawn_source, g_source_remove);
  return pppd != NULL ? pppd : l2tp_pppd_spawn (self->config, self->ipparam, error);
}

void
l2tp_standby_refill (L2tpStandby *self)
{
  self->deaths = 0; /* a pppd has just worked, or the user wants to know anew */
  spawn_later (self);
}
