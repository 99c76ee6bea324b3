/* SPDX-License-Identifier: GPL-2.0-or-later */
/* SPDX-FileCopyrightText: The l2tp-client authors */

/* Finding strongSwan. Its socket's file outlives it, so connect() tells, not stat(). It is started
 * at most, as an administrator would: never stopped, restarted or configured. */

#include "l2tp-strongswan-daemon.h"

#include <gio/gio.h>

#include "service/base/l2tp-error.h"
#include "service/base/l2tp-log.h"

#define START_TIMEOUT  15  /* seconds, of the first start after boot */
#define RETRY_INTERVAL 100 /* ms; only while it starts */

static const char *const usual_sockets[] = {
  "/run/charon.vici",
  "/run/strongswan/charon.vici",
  "/var/run/charon.vici",
  "/var/run/strongswan/charon.vici",
};

static const char *const units[] = { "strongswan.service", "strongswan-starter.service",
                                     "strongswan-swanctl.service" };
static const char *const init_scripts[] = { "/etc/init.d/strongswan",
                                            "/etc/init.d/strongswan-starter", "/etc/init.d/ipsec" };
/* The last script may be Libreswan's. */
static const char *const programs[] = { "/usr/sbin/charon-systemd", "/usr/lib/ipsec/charon",
                                        "/usr/libexec/ipsec/charon",
                                        "/usr/libexec/strongswan/charon" };

typedef struct
{
  char *socket;
  guint next_socket, next_unit;
  gboolean started;
  gint64 deadline;
  GDBusConnection *bus;
  char *job;     /* systemd's */
  GError *error; /* the last one */
  L2tpIpsecFailure failure;
} Search;

static void try_socket (GTask *task);
static void try_unit (GTask *task);

static void
search_free (gpointer data)
{
  Search *search = data;

  g_free (search->socket);
  g_clear_object (&search->bus);
  g_free (search->job);
  g_clear_error (&search->error);
  g_free (search);
}

static const char *
current_socket (const Search *search)
{
  if (search->socket != NULL)
    return search->next_socket == 0 ? search->socket : NULL;
  return search->next_socket < G_N_ELEMENTS (usual_sockets) ? usual_sockets[search->next_socket]
                                                            : NULL;
}

static void
fail (GTask *task, L2tpIpsecFailure failure, const char *detail)
{
  static const L2tpIpsecAttempt attempt;
  Search *search = g_task_get_task_data (task);

  search->failure = failure;
  g_task_return_error (task, l2tp_ipsec_failure_to_error (failure, &attempt, detail));
  g_object_unref (task);
}

static void
fail_start (GTask *task, const char *detail)
{
  Search *search = g_task_get_task_data (task);

  search->failure = L2TP_IPSEC_FAILURE_NO_DAEMON;
  g_task_return_new_error (task, L2TP_ERROR, L2TP_ERROR_MISSING_DEPENDENCY,
                           "no IKE daemon: strongSwan is installed, but cannot be reached (%s)\n"
                           "Install its plugin vici (on Debian and Ubuntu: strongswan-swanctl), "
                           "and see: systemctl status strongswan.",
                           detail);
  g_object_unref (task);
}

static gboolean
is_installed (void)
{
  for (gsize i = 0; i < G_N_ELEMENTS (programs); i++)
    if (g_file_test (programs[i], G_FILE_TEST_IS_EXECUTABLE))
      return TRUE;
  return FALSE;
}

static gboolean
on_retry (gpointer user_data)
{
  try_socket (user_data);
  return G_SOURCE_REMOVE;
}

static void
retry_after (GTask *task, GSourceFunc func)
{
  g_autoptr (GSource) timer = g_timeout_source_new (RETRY_INTERVAL);

  g_task_attach_source (task, timer, func);
}

static void
await_start (GTask *task)
{
  Search *search = g_task_get_task_data (task);

  search->started = TRUE;
  if (search->deadline == 0)
    search->deadline = g_get_monotonic_time () + START_TIMEOUT * G_USEC_PER_SEC;
  search->next_socket = 0;
  try_socket (task);
}

static gboolean ask_for_job (gpointer user_data);

static void
on_job (GObject *source, GAsyncResult *result, gpointer user_data)
{
  GTask *task = user_data;
  Search *search = g_task_get_task_data (task);
  g_autoptr (GVariant) reply =
      g_dbus_connection_call_finish (G_DBUS_CONNECTION (source), result, NULL);

  if (g_task_return_error_if_cancelled (task))
    g_object_unref (task);
  else if (reply != NULL && g_get_monotonic_time () < search->deadline)
    retry_after (task, ask_for_job);
  else
    await_start (task);
}

/* A job that has been done is gone. The start of strongSwan ends with its "swanctl --load-all",
 * which would remove what we had loaded before. */
static gboolean
ask_for_job (gpointer user_data)
{
  GTask *task = user_data;
  Search *search = g_task_get_task_data (task);

  g_dbus_connection_call (search->bus, "org.freedesktop.systemd1", search->job,
                          "org.freedesktop.DBus.Properties", "Get",
                          g_variant_new ("(ss)", "org.freedesktop.systemd1.Job", "State"), NULL,
                          G_DBUS_CALL_FLAGS_NONE, -1, g_task_get_cancellable (task), on_job, task);
  return G_SOURCE_REMOVE;
}

static void
on_unit_started (GObject *source, GAsyncResult *result, gpointer user_data)
{
  GTask *task = user_data;
  Search *search = g_task_get_task_data (task);
  g_autoptr (GError) error = NULL;
  g_autoptr (GVariant) reply =
      g_dbus_connection_call_finish (G_DBUS_CONNECTION (source), result, &error);
  g_autofree char *name = NULL;

  if (reply != NULL)
    {
      l2tp_info (NULL, "starting %s", units[search->next_unit]);
      search->bus = g_object_ref (G_DBUS_CONNECTION (source));
      search->deadline = g_get_monotonic_time () + START_TIMEOUT * G_USEC_PER_SEC;
      g_variant_get (reply, "(o)", &search->job);
      ask_for_job (task);
      return;
    }
  if (g_task_return_error_if_cancelled (task))
    {
      g_object_unref (task);
      return;
    }
  name = g_dbus_error_get_remote_error (error);
  if (g_strcmp0 (name, "org.freedesktop.systemd1.NoSuchUnit") != 0 && search->error == NULL)
    {
      g_dbus_error_strip_remote_error (error);
      search->error = g_steal_pointer (&error);
    }
  search->next_unit++;
  try_unit (task);
}

static void
on_bus (GObject *source, GAsyncResult *result, gpointer user_data)
{
  GTask *task = user_data;
  Search *search = g_task_get_task_data (task);
  g_autoptr (GError) error = NULL;
  g_autoptr (GDBusConnection) bus = g_bus_get_finish (result, &error);

  if (bus == NULL)
    {
      fail_start (task, error->message);
      return;
    }
  g_dbus_connection_call (bus, "org.freedesktop.systemd1", "/org/freedesktop/systemd1",
                          "org.freedesktop.systemd1.Manager", "StartUnit",
                          g_variant_new ("(ss)", units[search->next_unit], "replace"),
                          G_VARIANT_TYPE ("(o)"), G_DBUS_CALL_FLAGS_NONE, -1,
                          g_task_get_cancellable (task), on_unit_started, task);
}

static void
try_unit (GTask *task)
{
  Search *search = g_task_get_task_data (task);

  if (search->next_unit < G_N_ELEMENTS (units))
    g_bus_get (G_BUS_TYPE_SYSTEM, g_task_get_cancellable (task), on_bus, task);
  else if (search->error != NULL)
    fail_start (task, search->error->message);
  else
    fail (task, L2TP_IPSEC_FAILURE_NO_DAEMON, NULL);
}

static void
on_script_done (GObject *source, GAsyncResult *result, gpointer user_data)
{
  GTask *task = user_data;
  g_autoptr (GError) error = NULL;

  if (g_subprocess_wait_check_finish (G_SUBPROCESS (source), result, &error))
    await_start (task);
  else if (g_task_return_error_if_cancelled (task))
    g_object_unref (task);
  else
    fail_start (task, error->message);
}

static void
try_init_script (GTask *task)
{
  for (gsize i = 0; i < G_N_ELEMENTS (init_scripts); i++)
    {
      g_autoptr (GSubprocess) process = NULL;
      g_autoptr (GError) error = NULL;

      if (!g_file_test (init_scripts[i], G_FILE_TEST_IS_EXECUTABLE))
        continue;
      process =
          g_subprocess_new (G_SUBPROCESS_FLAGS_STDOUT_SILENCE | G_SUBPROCESS_FLAGS_STDERR_SILENCE,
                            &error, init_scripts[i], "start", NULL);
      if (process == NULL)
        {
          fail_start (task, error->message);
          return;
        }
      l2tp_info (NULL, "%s start", init_scripts[i]);
      g_subprocess_wait_check_async (process, g_task_get_cancellable (task), on_script_done, task);
      return;
    }
  fail_start (task, "it does not run, and there is neither systemd nor an init script for it");
}

/* Nobody listens in any of the usual places. */
static void
on_not_found (GTask *task)
{
  Search *search = g_task_get_task_data (task);

  if (search->started && g_get_monotonic_time () < search->deadline)
    {
      search->next_socket = 0;
      retry_after (task, on_retry);
    }
  else if (search->started || search->socket != NULL)
    fail_start (task, search->error->message);
  else if (!is_installed ())
    fail (task, L2TP_IPSEC_FAILURE_NO_DAEMON, NULL);
  else
    {
      g_clear_error (&search->error);
      if (g_file_test ("/run/systemd/system", G_FILE_TEST_IS_DIR))
        try_unit (task);
      else
        try_init_script (task);
    }
}

static void
on_connected (GObject *source, GAsyncResult *result, gpointer user_data)
{
  GTask *task = user_data;
  Search *search = g_task_get_task_data (task);
  GError *error = NULL;
  L2tpVici *vici = l2tp_vici_connect_finish (result, &error);

  if (vici != NULL)
    {
      if (g_cancellable_is_cancelled (g_task_get_cancellable (task)))
        l2tp_vici_close (vici);
      g_task_return_pointer (task, vici, g_object_unref);
      g_object_unref (task);
      return;
    }
  g_clear_error (&search->error);
  search->error = error;
  if (g_error_matches (error, G_IO_ERROR, G_IO_ERROR_CANCELLED))
    {
      g_task_return_error (task, g_steal_pointer (&search->error));
      g_object_unref (task);
    }
  else if (g_error_matches (error, G_IO_ERROR, G_IO_ERROR_PERMISSION_DENIED))
    fail (task, L2TP_IPSEC_FAILURE_DENIED, error->message);
  else
    {
      search->next_socket++;
      try_socket (task);
    }
}

static void
try_socket (GTask *task)
{
  const char *path = current_socket (g_task_get_task_data (task));

  if (path != NULL)
    l2tp_vici_connect_async (path, g_task_get_cancellable (task), on_connected, task);
  else
    on_not_found (task);
}

void
l2tp_strongswan_connect_async (const char *socket,
                               GCancellable *cancellable,
                               GAsyncReadyCallback callback,
                               gpointer user_data)
{
  GTask *task = g_task_new (NULL, cancellable, callback, user_data);
  Search *search = g_new0 (Search, 1);

  g_task_set_source_tag (task, l2tp_strongswan_connect_async);
  search->socket = g_strdup (socket);
  g_task_set_task_data (task, search, search_free);
  try_socket (task);
}

L2tpVici *
l2tp_strongswan_connect_finish (GAsyncResult *result, L2tpIpsecFailure *ret_failure, GError **error)
{
  const Search *search = g_task_get_task_data (G_TASK (result));
  L2tpIpsecFailure failure = search->failure;
  L2tpVici *vici = g_task_propagate_pointer (G_TASK (result), error);

  if (vici == NULL)
    *ret_failure = failure;
  return vici;
}
