/* SPDX-License-Identifier: GPL-2.0-or-later */
/* SPDX-FileCopyrightText: The l2tp-client authors */

/* The adaptor between the service and the bus: the object manager, and the methods of
 * org.l2tp.Manager. */

#include "l2tp-bus.h"

#include "dbus/l2tp-dbus.h"
#include "dbus/l2tp-names.h"
#include "l2tp-bus-connection.h"
#include "l2tp-bus-error.h"
#include "l2tp-bus-gate.h"
#include "l2tp-bus-method.h"
#include "service/base/l2tp-error.h"
#include "service/base/l2tp-log.h"

struct _L2tpBus
{
  GObject parent_instance;

  GDBusConnection *bus;
  L2tpService *service;
  L2tpManager *manager; /* the service's */
  L2tpBusGate *gate;
  GDBusObjectManagerServer *server;
  L2tpDBusManager *skeleton;
  guint network_manager; /* watches its name */
};

G_DEFINE_FINAL_TYPE (L2tpBus, l2tp_bus, G_TYPE_OBJECT)

/* Returns (transfer container) the paths of the connections that @wanted accepts. */
static GPtrArray *
list_paths (L2tpBus *self, gboolean (*wanted) (L2tpConnection *, gconstpointer), gconstpointer data)
{
  GPtrArray *connections = l2tp_manager_get_connections (self->manager);
  GPtrArray *paths = g_ptr_array_new ();

  for (guint i = 0; i < connections->len; i++)
    {
      L2tpConnection *connection = g_ptr_array_index (connections, i);

      if (wanted (connection, data))
        g_ptr_array_add (paths, (gpointer) l2tp_connection_get_path (connection));
    }
  g_ptr_array_add (paths, NULL);
  return paths;
}

static gboolean
is_active (L2tpConnection *connection, gconstpointer data)
{
  return l2tp_connection_is_active (connection);
}

static gboolean
is_visible (L2tpConnection *connection, gconstpointer data)
{
  const L2tpCaller *caller = data;
  guint32 owner = l2tp_connection_get_owner (connection);

  return caller->uid == 0 || owner == L2TP_OWNER_ALL || owner == caller->uid;
}

/* What FindByName looks for. */
typedef struct
{
  const char *name;
  const L2tpCaller *caller;
} Search;

static gboolean
is_found (L2tpConnection *connection, gconstpointer data)
{
  const Search *search = data;

  return is_visible (connection, search->caller) &&
         g_str_equal (l2tp_connection_get_name (connection), search->name);
}

/* --- What the manager tells ---------------------------------------------------------------- */

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
  g_autoptr (L2tpBusConnection) object =
      l2tp_bus_connection_new (self->bus, self->gate, self->service, connection);

  g_dbus_object_manager_server_export (self->server, G_DBUS_OBJECT_SKELETON (object));
}

static void
on_removed (L2tpManager *manager, L2tpConnection *connection, L2tpBus *self)
{
  g_dbus_object_manager_server_unexport (self->server, l2tp_connection_get_path (connection));
}

static void
on_network_manager_appeared (GDBusConnection *bus,
                             const char *name,
                             const char *owner,
                             gpointer data)
{
  l2tp_dbus_manager_set_network_manager_present (L2TP_BUS (data)->skeleton, TRUE);
}

static void
on_network_manager_vanished (GDBusConnection *bus, const char *name, gpointer data)
{
  l2tp_dbus_manager_set_network_manager_present (L2TP_BUS (data)->skeleton, FALSE);
}

/* --- Methods ------------------------------------------------------------------------------- */

static GVariant *
arguments_of (GDBusMethodInvocation *invocation)
{
  return g_dbus_method_invocation_get_parameters (invocation);
}

static void
list_connections (gpointer data, GDBusMethodInvocation *invocation, const L2tpCaller *caller)
{
  L2tpBus *self = L2TP_BUS (data);
  g_autoptr (GPtrArray) paths = list_paths (self, is_visible, caller);

  if (l2tp_bus_method_has_no_options (invocation))
    l2tp_dbus_manager_complete_list_connections (self->skeleton, invocation,
                                                 (const char *const *) paths->pdata);
}

static void
get_connection_by_uuid (gpointer data, GDBusMethodInvocation *invocation, const L2tpCaller *caller)
{
  L2tpBus *self = L2TP_BUS (data);
  L2tpConnection *connection;
  const char *uuid;

  if (!l2tp_bus_method_has_no_options (invocation))
    return;
  g_variant_get (arguments_of (invocation), "(&sa{sv})", &uuid, NULL);
  connection = l2tp_manager_find_by_uuid (self->manager, uuid);
  if (connection != NULL && is_visible (connection, caller))
    l2tp_dbus_manager_complete_get_connection_by_uuid (self->skeleton, invocation,
                                                       l2tp_connection_get_path (connection));
  else
    g_dbus_method_invocation_return_error_literal (invocation, L2TP_ERROR, L2TP_ERROR_NOT_FOUND,
                                                   "uuid: no connection has it");
}

static void
find_by_name (gpointer data, GDBusMethodInvocation *invocation, const L2tpCaller *caller)
{
  L2tpBus *self = L2TP_BUS (data);
  Search search = { .caller = caller };
  g_autoptr (GPtrArray) paths = NULL;

  if (!l2tp_bus_method_has_no_options (invocation))
    return;
  g_variant_get (arguments_of (invocation), "(&sa{sv})", &search.name, NULL);
  paths = list_paths (self, is_found, &search);
  l2tp_dbus_manager_complete_find_by_name (self->skeleton, invocation,
                                           (const char *const *) paths->pdata);
}

/* A connection that is being added, and by whom. */
typedef struct
{
  L2tpBus *self;
  GDBusMethodInvocation *invocation;
  L2tpCaller *caller;
  gboolean connect;
  gboolean bind;
} Addition;

static void
addition_free (Addition *addition)
{
  l2tp_caller_free (addition->caller);
  g_object_unref (addition->self);
  g_free (addition);
}

G_DEFINE_AUTOPTR_CLEANUP_FUNC (Addition, addition_free)

static void
bind_to_caller (Addition *addition, L2tpConnection *connection)
{
  g_autoptr (GDBusObject) object = g_dbus_object_manager_get_object (
      G_DBUS_OBJECT_MANAGER (addition->self->server), l2tp_connection_get_path (connection));

  l2tp_bus_connection_bind (L2TP_BUS_CONNECTION (object), addition->caller->name, TRUE);
}

static void
on_connection_added (GObject *source, GAsyncResult *result, gpointer data)
{
  g_autoptr (Addition) addition = data;
  const L2tpAsker asker = { .name = addition->caller->name, .uid = addition->caller->uid };
  GError *error = NULL;
  g_autoptr (L2tpConnection) connection =
      l2tp_profiles_add_finish (L2TP_PROFILES (source), result, &error);

  /* One that was only to connect is of no use without. */
  if (connection != NULL && addition->connect &&
      !l2tp_connection_connect (connection, &asker, &error))
    l2tp_profiles_remove_async (L2TP_PROFILES (source), connection, NULL, NULL, NULL);
  if (error != NULL)
    {
      l2tp_bus_return_error (addition->invocation, error);
      return;
    }
  if (addition->bind)
    bind_to_caller (addition, connection);
  g_dbus_method_invocation_return_value (
      addition->invocation, g_variant_new ("(o)", l2tp_connection_get_path (connection)));
}

/* Takes @addition. */
static void
add (Addition *addition, guint32 owner, L2tpSource source)
{
  g_autoptr (GVariant) settings = NULL;
  g_autoptr (GVariant) secrets = NULL;
  g_autoptr (L2tpConfig) config = NULL;
  GError *error = NULL;

  g_variant_get (arguments_of (addition->invocation), "(@a{sv}@a{sv}a{sv})", &settings, &secrets,
                 NULL);
  config = l2tp_config_new (settings, secrets, &error);
  if (config == NULL)
    {
      l2tp_bus_return_error (addition->invocation, error);
      addition_free (addition);
      return;
    }
  l2tp_profiles_add_async (l2tp_service_get_profiles (addition->self->service), config, owner,
                           source, NULL, on_connection_added, addition);
}

static Addition *
addition_new (L2tpBus *self, GDBusMethodInvocation *invocation, const L2tpCaller *caller)
{
  Addition *addition = g_new0 (Addition, 1);

  addition->self = g_object_ref (self);
  addition->invocation = invocation;
  addition->caller = l2tp_caller_copy (caller);
  return addition;
}

/* Answers @invocation and returns FALSE if @text, of the option @key, is none of @words. */
static gboolean
check_word (GDBusMethodInvocation *invocation,
            const char *key,
            const char *text,
            const char *const *words)
{
  if (g_strv_contains (words, text))
    return TRUE;
  g_dbus_method_invocation_return_error (invocation, L2TP_ERROR, L2TP_ERROR_INVALID_ARGUMENT,
                                         "options: %s must be “%s” or “%s”", key, words[0],
                                         words[1]);
  return FALSE;
}

static void
add_connection (gpointer data, GDBusMethodInvocation *invocation, const L2tpCaller *caller)
{
  static const L2tpBusOption known[] = { { "persist", G_VARIANT_TYPE_STRING },
                                         { "private", G_VARIANT_TYPE_BOOLEAN } };
  static const char *const words[] = { "disk", "memory", NULL };
  g_autoptr (GVariant) options =
      l2tp_bus_method_get_options (invocation, known, G_N_ELEMENTS (known));
  const char *persist = "disk";
  gboolean is_private = caller->uid != 0;

  if (options == NULL)
    return;
  g_variant_lookup (options, "persist", "&s", &persist);
  g_variant_lookup (options, "private", "b", &is_private);
  if (check_word (invocation, "persist", persist, words))
    add (addition_new (L2TP_BUS (data), invocation, caller),
         is_private ? caller->uid : L2TP_OWNER_ALL,
         g_str_equal (persist, "disk") ? L2TP_SOURCE_DISK : L2TP_SOURCE_MEMORY);
}

static void
connect_transient (gpointer data, GDBusMethodInvocation *invocation, const L2tpCaller *caller)
{
  static const L2tpBusOption known[] = { { "bind", G_VARIANT_TYPE_BOOLEAN },
                                         { "source", G_VARIANT_TYPE_STRING },
                                         { "owner", G_VARIANT_TYPE_UINT32 } };
  static const char *const words[] = { "memory", "networkmanager", NULL };
  g_autoptr (GVariant) options =
      l2tp_bus_method_get_options (invocation, known, G_N_ELEMENTS (known));
  const char *source = "memory";
  guint32 owner = caller->uid;
  gboolean is_memory;
  Addition *addition;

  if (options == NULL)
    return;
  g_variant_lookup (options, "source", "&s", &source);
  is_memory = g_str_equal (source, "memory");
  if (caller->uid != 0 && (!is_memory || g_variant_lookup (options, "owner", "u", NULL)))
    {
      g_dbus_method_invocation_return_error (invocation, L2TP_ERROR, L2TP_ERROR_NOT_AUTHORIZED,
                                             "options: %s is for root only",
                                             is_memory ? "owner" : "source");
      return;
    }
  if (!check_word (invocation, "source", source, words))
    return;
  addition = addition_new (L2TP_BUS (data), invocation, caller);
  addition->connect = TRUE;
  g_variant_lookup (options, "bind", "b", &addition->bind);
  g_variant_lookup (options, "owner", "u", &owner);
  add (addition, owner, is_memory ? L2TP_SOURCE_MEMORY : L2TP_SOURCE_NETWORKMANAGER);
}

/* Answers a method without results; takes @error. */
static void
answer (GDBusMethodInvocation *invocation, GError *error)
{
  if (error == NULL)
    g_dbus_method_invocation_return_value (invocation, NULL);
  else
    l2tp_bus_return_error (invocation, error);
}

static void
register_agent (gpointer data, GDBusMethodInvocation *invocation, const L2tpCaller *caller)
{
  GError *error = NULL;
  const char *path;

  if (!l2tp_bus_method_has_no_options (invocation))
    return;
  g_variant_get (arguments_of (invocation), "(&oa{sv})", &path, NULL);
  l2tp_agents_register (l2tp_service_get_agents (L2TP_BUS (data)->service), caller->name,
                        caller->uid, path, &error);
  answer (invocation, error);
}

static void
unregister_agent (gpointer data, GDBusMethodInvocation *invocation, const L2tpCaller *caller)
{
  GError *error = NULL;
  const char *path;

  if (!l2tp_bus_method_has_no_options (invocation))
    return;
  g_variant_get (arguments_of (invocation), "(&oa{sv})", &path, NULL);
  l2tp_agents_unregister (l2tp_service_get_agents (L2TP_BUS (data)->service), caller->name, path,
                          &error);
  answer (invocation, error);
}

static void
on_reloaded (GObject *source, GAsyncResult *result, gpointer data)
{
  GError *error = NULL;

  l2tp_service_load_finish (L2TP_SERVICE (source), result, &error);
  answer (data, error);
}

static void
reload (gpointer data, GDBusMethodInvocation *invocation, const L2tpCaller *caller)
{
  if (l2tp_bus_method_has_no_options (invocation))
    l2tp_service_load_async (L2TP_BUS (data)->service, NULL, on_reloaded, invocation);
}

static void
set_log_level (gpointer data, GDBusMethodInvocation *invocation, const L2tpCaller *caller)
{
  const char *level;

  if (!l2tp_bus_method_has_no_options (invocation))
    return;
  g_variant_get (arguments_of (invocation), "(&sa{sv})", &level, NULL);
  if (l2tp_log_set_level (level))
    g_dbus_method_invocation_return_value (invocation, NULL);
  else
    g_dbus_method_invocation_return_error_literal (
        invocation, L2TP_ERROR, L2TP_ERROR_INVALID_ARGUMENT, "level: must be “info” or “debug”");
}

static gboolean
adds (GDBusMethodInvocation *invocation)
{
  const char *method = g_dbus_method_invocation_get_method_name (invocation);

  return g_str_equal (method, "AddConnection") || g_str_equal (method, "ConnectTransient");
}

/* The connection that @invocation is to add, for the gate: whose it would be, and what polkit may
 * say of it. Both texts (transfer full) stay NULL when it adds none. */
static gboolean
is_callers_own (GDBusMethodInvocation *invocation, char **ret_name, char **ret_gateway)
{
  g_autoptr (GVariant) settings = NULL, options = NULL;
  gboolean is_private = TRUE;

  if (!adds (invocation))
    return TRUE;
  g_variant_get (arguments_of (invocation), "(@a{sv}a{sv}@a{sv})", &settings, NULL, &options);
  g_variant_lookup (settings, l2tp_option_get (L2TP_OPTION_NAME)->key, "s", ret_name);
  g_variant_lookup (settings, l2tp_option_get (L2TP_OPTION_GATEWAY)->key, "s", ret_gateway);
  g_variant_lookup (options, "private", "b", &is_private);
  return is_private;
}

/* Every method goes this way, and only this one. */
static gboolean
on_method (L2tpBus *self, GDBusMethodInvocation *invocation)
{
  static const L2tpBusMethodRow methods[] = {
    { "ListConnections", list_connections },
    { "GetConnectionByUuid", get_connection_by_uuid },
    { "FindByName", find_by_name },
    { "AddConnection", add_connection },
    { "ConnectTransient", connect_transient },
    { "RegisterAgent", register_agent },
    { "UnregisterAgent", unregister_agent },
    { "Reload", reload },
    { "SetLogLevel", set_log_level },
  };
  L2tpBusMethod run = l2tp_bus_method_find (methods, G_N_ELEMENTS (methods), invocation);
  g_autofree char *name = NULL, *gateway = NULL;
  L2tpBusSubject subject = { .owner = L2TP_OWNER_ALL };

  if (run == NULL)
    return G_DBUS_METHOD_INVOCATION_UNHANDLED;
  subject.callers_own = is_callers_own (invocation, &name, &gateway);
  subject.name = name;
  subject.gateway = gateway;
  l2tp_bus_gate_run (self->gate, invocation, &subject, G_OBJECT (self), run);
  return G_DBUS_METHOD_INVOCATION_HANDLED;
}

/* --- Life ---------------------------------------------------------------------------------- */

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
l2tp_bus_new (GDBusConnection *bus, L2tpService *service)
{
  L2tpBus *self = g_object_new (L2TP_TYPE_BUS, NULL);
  g_autoptr (L2tpAuthority) authority = l2tp_authority_new (bus, L2TP_AUTHORITY_DEADLINE_MS);
  GPtrArray *connections;

  self->bus = g_object_ref (bus);
  self->service = g_object_ref (service);
  self->manager = l2tp_service_get_manager (service);
  self->gate = l2tp_bus_gate_new (bus, authority);
  connections = l2tp_manager_get_connections (self->manager);
  for (guint i = 0; i < connections->len; i++)
    on_added (self->manager, g_ptr_array_index (connections, i), self);
  g_signal_connect (self->manager, "added", G_CALLBACK (on_added), self);
  g_signal_connect (self->manager, "removed", G_CALLBACK (on_removed), self);
  g_signal_connect (self->manager, "changed", G_CALLBACK (on_changed), self);
  export_manager (self);
  g_dbus_object_manager_server_set_connection (self->server, bus);
  self->network_manager = g_bus_watch_name_on_connection (
      bus, "org.freedesktop.NetworkManager", G_BUS_NAME_WATCHER_FLAGS_NONE,
      on_network_manager_appeared, on_network_manager_vanished, self, NULL);
  return self;
}

static void
l2tp_bus_finalize (GObject *object)
{
  L2tpBus *self = L2TP_BUS (object);

  g_bus_unwatch_name (self->network_manager);
  g_signal_handlers_disconnect_by_data (self->manager, self);
  g_signal_handlers_disconnect_by_data (self->skeleton, self);
  g_object_unref (self->server);
  g_object_unref (self->skeleton);
  g_object_unref (self->gate);
  g_object_unref (self->service);
  g_object_unref (self->bus);
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
  self->server = g_dbus_object_manager_server_new (L2TP_OBJECT_ROOT);
  self->skeleton = l2tp_dbus_manager_skeleton_new ();
  l2tp_bus_method_connect (self->skeleton, G_CALLBACK (on_method), self);
}
