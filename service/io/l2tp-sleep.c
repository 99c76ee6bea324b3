/* SPDX-License-Identifier: GPL-2.0-or-later */
/* SPDX-FileCopyrightText: The l2tp-client authors */

/* logind's PrepareForSleep with a delay inhibitor. Hides when the inhibitor is held: always but
 * between "ready" and the wake-up, and anew when logind has restarted. One for the whole service,
 * owned by its manager. Source: org.freedesktop.login1(5). */

#include "l2tp-sleep.h"

#include <gio/gunixfdlist.h>

#include "service/base/l2tp-fd.h"
#include "service/base/l2tp-log.h"

#define LOGIND_NAME      "org.freedesktop.login1"
#define LOGIND_PATH      "/org/freedesktop/login1"
#define LOGIND_INTERFACE "org.freedesktop.login1.Manager"

#define READY_WITHIN 3 /* s; logind itself waits 5 */
#define CALL_TIMEOUT 5000

struct _L2tpSleep
{
  GObject parent_instance;

  GDBusConnection *bus;
  guint watch;
  guint subscription;
  guint ready_source;
  GCancellable *cancellable; /* of the request for an inhibitor */
  gboolean asleep;           /* from "prepare" to "resumed" */
  int inhibitor;             /* -1: none */
};

enum
{
  PREPARE,
  RESUMED,
  N_SIGNALS,
};

static guint signals[N_SIGNALS];

G_DEFINE_FINAL_TYPE (L2tpSleep, l2tp_sleep, G_TYPE_OBJECT)

static void
stop_asking (L2tpSleep *self)
{
  g_cancellable_cancel (self->cancellable);
  g_clear_object (&self->cancellable);
}

static void
on_inhibited (GObject *source, GAsyncResult *result, gpointer data)
{
  g_autoptr (L2tpSleep) self = data;
  g_autoptr (GUnixFDList) fds = NULL;
  g_autoptr (GError) error = NULL;
  g_autoptr (GVariant) answer = g_dbus_connection_call_with_unix_fd_list_finish (
      G_DBUS_CONNECTION (source), &fds, result, &error);
  int handle = -1;

  if (g_error_matches (error, G_IO_ERROR, G_IO_ERROR_CANCELLED))
    return; /* a descriptor that came nevertheless goes with its list */
  g_clear_object (&self->cancellable);
  if (answer != NULL)
    g_variant_get (answer, "(h)", &handle);
  l2tp_clear_fd (&self->inhibitor);
  if (fds != NULL && handle >= 0)
    self->inhibitor = g_unix_fd_list_get (fds, handle, &error);
  if (self->inhibitor < 0)
    l2tp_debug (NULL, "logind will not wait for us before it sleeps: %s",
                error != NULL ? error->message : "it gave no descriptor");
}

static void
inhibit (L2tpSleep *self)
{
  stop_asking (self);
  self->cancellable = g_cancellable_new ();
  g_dbus_connection_call_with_unix_fd_list (
      self->bus, LOGIND_NAME, LOGIND_PATH, LOGIND_INTERFACE, "Inhibit",
      g_variant_new ("(ssss)", "sleep", "l2tp-client", "VPN connections are closed first", "delay"),
      G_VARIANT_TYPE ("(h)"), G_DBUS_CALL_FLAGS_NO_AUTO_START, CALL_TIMEOUT, NULL,
      self->cancellable, on_inhibited, g_object_ref (self));
}

static gboolean
on_late (gpointer data)
{
  L2tpSleep *self = L2TP_SLEEP (data);

  self->ready_source = 0;
  l2tp_warning (NULL, "not ready to sleep after %d s", READY_WITHIN);
  l2tp_sleep_ready (self);
  return G_SOURCE_REMOVE;
}

static void
fall_asleep (L2tpSleep *self)
{
  self->asleep = TRUE;
  self->ready_source = g_timeout_add_seconds (READY_WITHIN, on_late, self);
  g_signal_emit (self, signals[PREPARE], 0);
}

static void
wake (L2tpSleep *self)
{
  self->asleep = FALSE;
  g_clear_handle_id (&self->ready_source, g_source_remove);
  if (self->inhibitor < 0)
    inhibit (self);
  g_signal_emit (self, signals[RESUMED], 0);
}

static void
on_prepare_for_sleep (GDBusConnection *bus,
                      const char *sender,
                      const char *path,
                      const char *interface,
                      const char *signal,
                      GVariant *parameters,
                      gpointer data)
{
  g_autoptr (L2tpSleep) self = g_object_ref (L2TP_SLEEP (data));
  gboolean start;

  if (!g_variant_is_of_type (parameters, G_VARIANT_TYPE ("(b)")))
    return;
  g_variant_get (parameters, "(b)", &start);
  if (start && !self->asleep)
    fall_asleep (self);
  else if (!start && self->asleep)
    wake (self);
}

static void
on_appeared (GDBusConnection *bus, const char *name, const char *owner, gpointer data)
{
  inhibit (L2TP_SLEEP (data));
}

static void
on_vanished (GDBusConnection *bus, const char *name, gpointer data)
{
  L2tpSleep *self = L2TP_SLEEP (data);

  stop_asking (self);
  l2tp_clear_fd (&self->inhibitor);
  /* Nobody would tell of the end. */
  if (self->asleep)
    wake (self);
}

L2tpSleep *
l2tp_sleep_new (GDBusConnection *bus)
{
  L2tpSleep *self = g_object_new (L2TP_TYPE_SLEEP, NULL);

  if (bus == NULL)
    return self;
  self->bus = g_object_ref (bus);
  self->subscription = g_dbus_connection_signal_subscribe (
      bus, LOGIND_NAME, LOGIND_INTERFACE, "PrepareForSleep", LOGIND_PATH, NULL,
      G_DBUS_SIGNAL_FLAGS_NONE, on_prepare_for_sleep, self, NULL);
  self->watch = g_bus_watch_name_on_connection (bus, LOGIND_NAME, G_BUS_NAME_WATCHER_FLAGS_NONE,
                                                on_appeared, on_vanished, self, NULL);
  return self;
}

void
l2tp_sleep_ready (L2tpSleep *sleep)
{
  g_clear_handle_id (&sleep->ready_source, g_source_remove);
  if (!sleep->asleep)
    return;
  stop_asking (sleep);
  l2tp_clear_fd (&sleep->inhibitor);
}

gboolean
l2tp_sleep_is_holding (L2tpSleep *sleep)
{
  return sleep->inhibitor >= 0;
}

static void
l2tp_sleep_dispose (GObject *object)
{
  L2tpSleep *self = L2TP_SLEEP (object);

  g_clear_handle_id (&self->watch, g_bus_unwatch_name);
  if (self->subscription != 0)
    g_dbus_connection_signal_unsubscribe (self->bus, self->subscription);
  self->subscription = 0;
  g_clear_handle_id (&self->ready_source, g_source_remove);
  stop_asking (self);
  l2tp_clear_fd (&self->inhibitor);
  g_clear_object (&self->bus);
  G_OBJECT_CLASS (l2tp_sleep_parent_class)->dispose (object);
}

static void
l2tp_sleep_class_init (L2tpSleepClass *klass)
{
  G_OBJECT_CLASS (klass)->dispose = l2tp_sleep_dispose;

  signals[PREPARE] = g_signal_new ("prepare", L2TP_TYPE_SLEEP, G_SIGNAL_RUN_LAST, 0, NULL, NULL,
                                   NULL, G_TYPE_NONE, 0);
  signals[RESUMED] = g_signal_new ("resumed", L2TP_TYPE_SLEEP, G_SIGNAL_RUN_LAST, 0, NULL, NULL,
                                   NULL, G_TYPE_NONE, 0);
}

static void
l2tp_sleep_init (L2tpSleep *self)
{
  self->inhibitor = -1;
}
