/* SPDX-License-Identifier: GPL-2.0-or-later */
/* SPDX-FileCopyrightText: The l2tp-client authors */

/* A caller's user and process by GetConnectionCredentials of the bus. Hides that call and its
 * answer. The bus gate owns what comes of it. Source: D-Bus specification, "Message Bus Messages".
 */

#include "l2tp-caller.h"

#include "dbus/l2tp-names.h"
#include "service/base/l2tp-error.h"

#define DEADLINE_MS 5000

L2tpCaller *
l2tp_caller_copy (const L2tpCaller *caller)
{
  L2tpCaller *copy = g_memdup2 (caller, sizeof *caller);

  copy->name = g_strdup (caller->name);
  return copy;
}

void
l2tp_caller_free (L2tpCaller *caller)
{
  if (caller == NULL)
    return;
  g_free (caller->name);
  g_free (caller);
}

static void
return_unknown (GTask *task, const char *cause)
{
  g_task_return_new_error (task, L2TP_ERROR, L2TP_ERROR_NOT_AUTHORIZED,
                           "The bus does not say who calls: %s\nCall again, by the system bus.",
                           cause);
}

static void
on_credentials (GObject *source, GAsyncResult *result, gpointer data)
{
  g_autoptr (GTask) task = data;
  g_autoptr (GError) error = NULL;
  g_autoptr (GVariant) reply =
      g_dbus_connection_call_finish (G_DBUS_CONNECTION (source), result, &error);
  g_autoptr (GVariant) credentials = NULL;
  g_autoptr (L2tpCaller) caller = NULL;

  if (g_task_return_error_if_cancelled (task))
    return;
  if (reply == NULL)
    {
      g_dbus_error_strip_remote_error (error);
      return_unknown (task, error->message);
      return;
    }
  caller = g_new0 (L2tpCaller, 1);
  caller->name = g_strdup (g_task_get_task_data (task));
  credentials = g_variant_get_child_value (reply, 0);
  if (!g_variant_lookup (credentials, "UnixUserID", "u", &caller->uid) ||
      caller->uid == L2TP_OWNER_ALL)
    {
      return_unknown (task, "it has no user");
      return;
    }
  g_variant_lookup (credentials, "ProcessID", "u", &caller->pid);
  g_task_return_pointer (task, g_steal_pointer (&caller), (GDestroyNotify) l2tp_caller_free);
}

void
l2tp_caller_lookup_async (GDBusConnection *bus,
                          const char *unique_name,
                          GCancellable *cancellable,
                          GAsyncReadyCallback callback,
                          gpointer data)
{
  g_autoptr (GTask) task = g_task_new (bus, cancellable, callback, data);

  if (unique_name == NULL)
    {
      return_unknown (task, "no message bus has carried the call");
      return;
    }
  g_task_set_task_data (task, g_strdup (unique_name), g_free);
  g_dbus_connection_call (
      bus, "org.freedesktop.DBus", "/org/freedesktop/DBus", "org.freedesktop.DBus",
      "GetConnectionCredentials", g_variant_new ("(s)", unique_name), G_VARIANT_TYPE ("(a{sv})"),
      G_DBUS_CALL_FLAGS_NONE, DEADLINE_MS, cancellable, on_credentials, g_object_ref (task));
}

L2tpCaller *
l2tp_caller_lookup_finish (GAsyncResult *result, GError **error)
{
  return g_task_propagate_pointer (G_TASK (result), error);
}
