/* SPDX-License-Identifier: GPL-2.0-or-later */
/* SPDX-FileCopyrightText: The l2tp-client authors */

/* The adaptor between the manager and the bus. Hides object paths: a counter, never used again. */

#include "l2tp-bus.h"

#include "dbus/l2tp-dbus.h"
#include "dbus/l2tp-names.h"
#include "l2tp-bus-connection.h"
#include "l2tp-bus-error.h"
#include "service/base/l2tp-error.h"

struct _L2tpBus
{
  GObject parent_instance;

  L2tpManager *manager;
  GDBusObjectManagerServer *server;
  L2tpDBusManager *skeleton;
  GHashTable *paths; /* L2tpConnection → object path */
  guint counter;
};

G_DEFINE_FINAL_TYPE (L2tpBus, l2tp_bus, G_TYPE_OBJECT)

static const char *
path_of (L2tpBus *self, L2tpConnection *connection)
{
  return g_hash_table_lookup (self->paths, connection);
}

/* Returns (transfer container) the paths of the connections that @wanted accepts. */
static GPtrArray *
list_paths (L2tpBus *self, gboolean (*wanted) (L2tpConnection *, const char *), const char *name)
{
  GPtrArray *connections = l2tp_manager_get_connections (self->manager);
  GPtrArray *paths = g_ptr_array_new ();

  for (guint i = 0; i < connections->len; i++)
    {
      L2tpConnection *connection = g_ptr_array_index (connections, i);

      if (wanted (connection, name))
        g_ptr_array_add (paths, (gpointer) path_of (self, connection));
    }
  g_ptr_array_add (paths, NULL);
  return paths;
}

static gboolean
is_any (L2tpConnection *connection, const char *name)
{
  return TRUE;
}

static gboolean
is_active (L2tpConnection *connection, const char *name)
{
  return l2tp_connection_is_active (connection);
}

static gboolean
has_name (L2tpConnection *connection, const char *name)
{
  L2tpConfig *config = l2tp_connection_get_config (connection);

  return g_str_equal (l2tp_config_get_string (config, L2TP_OPTION_NAME), name);
}

static void
on_changed (L2tpManager *manager, L2tpBus *self)
{
  g_autoptr (GPtrArray) active = list_paths (self, is_active, NULL);

  l2tp_dbus_manager_set_state (self->skeleton, l2tp_manager_get_state (manager));
  l2tp_dbus_manager_set_active_connections (self->skeleton, (const char *const *) active->pdata);
}

static void
on_added (L2tpManager *manager, L2tpConnection *connection, L2tpBus *self)
{
  char *path = g_strdup_printf (L2TP_OBJECT_CONNECTIONS "/%u", ++self->counter);
  g_autoptr (L2tpBusConnection) object = l2tp_bus_connection_new (manager, connection, path);

  g_hash_table_insert (self->paths, connection, path);
  g_dbus_object_manager_server_export (self->server, G_DBUS_OBJECT_SKELETON (object));
}

static void
on_removed (L2tpManager *manager, L2tpConnection *connection, L2tpBus *self)
{
  g_dbus_object_manager_server_unexport (self->server, path_of (self, connection));
  g_hash_table_remove (self->paths, connection);
}

static gboolean
handle_list_connections (L2tpDBusManager *skeleton,
                         GDBusMethodInvocation *invocation,
                         GVariant *options,
                         L2tpBus *self)
{
  g_autoptr (GPtrArray) paths = list_paths (self, is_any, NULL);

  if (l2tp_bus_check_options (invocation, options))
    l2tp_dbus_manager_complete_list_connections (skeleton, invocation,
                                                 (const char *const *) paths->pdata);
  return G_DBUS_METHOD_INVOCATION_HANDLED;
}

static gboolean
handle_get_connection_by_uuid (L2tpDBusManager *skeleton,
                               GDBusMethodInvocation *invocation,
                               const char *uuid,
                               GVariant *options,
                               L2tpBus *self)
{
  L2tpConnection *connection = l2tp_manager_find_by_uuid (self->manager, uuid);

  if (!l2tp_bus_check_options (invocation, options))
    return G_DBUS_METHOD_INVOCATION_HANDLED;
  if (connection != NULL)
    l2tp_dbus_manager_complete_get_connection_by_uuid (skeleton, invocation,
                                                       path_of (self, connection));
  else
    g_dbus_method_invocation_return_error_literal (invocation, L2TP_ERROR, L2TP_ERROR_NOT_FOUND,
                                                   "uuid: no connection has it");
  return G_DBUS_METHOD_INVOCATION_HANDLED;
}

static gboolean
handle_find_by_name (L2tpDBusManager *skeleton,
                     GDBusMethodInvocation *invocation,
                     const char *name,
                     GVariant *options,
                     L2tpBus *self)
{
  g_autoptr (GPtrArray) paths = list_paths (self, has_name, name);

  if (l2tp_bus_check_options (invocation, options))
    l2tp_dbus_manager_complete_find_by_name (skeleton, invocation,
                                             (const char *const *) paths->pdata);
  return G_DBUS_METHOD_INVOCATION_HANDLED;
}

static gboolean
handle_add_connection (L2tpDBusManager *skeleton,
                       GDBusMethodInvocation *invocation,
                       GVariant *settings,
                       GVariant *secrets,
                       GVariant *options,
                       L2tpBus *self)
{
  GError *error = NULL;
  L2tpConnection *connection;

  if (!l2tp_bus_check_options (invocation, options))
    return G_DBUS_METHOD_INVOCATION_HANDLED;
  connection = l2tp_manager_add (self->manager, settings, secrets, &error);
  if (connection != NULL)
    l2tp_dbus_manager_complete_add_connection (skeleton, invocation, path_of (self, connection));
  else
    l2tp_bus_return_error (invocation, error);
  return G_DBUS_METHOD_INVOCATION_HANDLED;
}

static void
export_manager (L2tpBus *self)
{
  static const char *const features[] = { NULL };
  g_autoptr (L2tpDBusObjectSkeleton) object = l2tp_dbus_object_skeleton_new (L2TP_OBJECT_MANAGER);

  l2tp_dbus_manager_set_version (self->skeleton, L2TP_VERSION);
  l2tp_dbus_manager_set_features (self->skeleton, features);
  l2tp_dbus_object_skeleton_set_manager (object, self->skeleton);
  on_changed (self->manager, self);
  g_dbus_object_manager_server_export (self->server, G_DBUS_OBJECT_SKELETON (object));
}

L2tpBus *
l2tp_bus_new (GDBusConnection *bus, L2tpManager *manager)
{
  L2tpBus *self = g_object_new (L2TP_TYPE_BUS, NULL);

  self->manager = g_object_ref (manager);
  g_signal_connect (manager, "added", G_CALLBACK (on_added), self);
  g_signal_connect (manager, "removed", G_CALLBACK (on_removed), self);
  g_signal_connect (manager, "changed", G_CALLBACK (on_changed), self);
  export_manager (self);
  g_dbus_object_manager_server_set_connection (self->server, bus);
  return self;
}

static void
l2tp_bus_finalize (GObject *object)
{
  L2tpBus *self = L2TP_BUS (object);

  g_signal_handlers_disconnect_by_data (self->manager, self);
  g_signal_handlers_disconnect_by_data (self->skeleton, self);
  g_object_unref (self->server);
  g_object_unref (self->skeleton);
  g_object_unref (self->manager);
  g_hash_table_unref (self->paths);
  G_OBJECT_CLASS (l2tp_bus_parent_class)->finalize (object);
}

static void
l2tp_bus_class_init (L2tpBusClass *klass)
{
  G_OBJECT_CLASS (klass)->finalize = l2tp_bus_finalize;
}

static void
l2tp_bus_init (L2tpBus *self)
{
  static const struct
  {
    const char *signal;
    GCallback handler;
  } methods[] = {
    { "handle-list-connections", G_CALLBACK (handle_list_connections) },
    { "handle-get-connection-by-uuid", G_CALLBACK (handle_get_connection_by_uuid) },
    { "handle-find-by-name", G_CALLBACK (handle_find_by_name) },
    { "handle-add-connection", G_CALLBACK (handle_add_connection) },
  };

  self->paths = g_hash_table_new_full (NULL, NULL, NULL, g_free);
  self->server = g_dbus_object_manager_server_new (L2TP_OBJECT_ROOT);
  self->skeleton = l2tp_dbus_manager_skeleton_new ();
  for (guint i = 0; i < G_N_ELEMENTS (methods); i++)
    g_signal_connect (self->skeleton, methods[i].signal, methods[i].handler, self);
}
