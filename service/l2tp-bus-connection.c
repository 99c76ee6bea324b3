/* SPDX-License-Identifier: GPL-2.0-or-later */
/* SPDX-FileCopyrightText: The l2tp-client authors */

/* The adaptor between a connection and the bus. Contains no policy: each method passes the gate,
 * checks its arguments and calls one function. */

#include "l2tp-bus-connection.h"

#include "l2tp-bus-error.h"
#include "l2tp-bus-method.h"
#include "l2tp-bus-properties.h"
#include "service/base/l2tp-error.h"
#include "service/io/l2tp-kernel.h"

struct _L2tpBusConnection
{
  L2tpDBusObjectSkeleton parent_instance;

  GDBusConnection *bus;
  L2tpBusGate *gate;
  L2tpService *service; /* not owned: outlives us */
  L2tpConnection *connection;
  guint bound; /* watches who connected it, whose end is the call's */
  guint maker; /* watches who made it, whose end is ours */
  L2tpBusProperties *properties;
  L2tpDBusConnection *skeleton; /* theirs */
};

G_DEFINE_FINAL_TYPE (L2tpBusConnection, l2tp_bus_connection, L2TP_DBUS_TYPE_OBJECT_SKELETON)

static void
on_changed (L2tpConnection *connection, L2tpBusConnection *self)
{
  l2tp_bus_properties_update (self->properties, connection);
}

/* --- A program that it is bound to ---------------------------------------------------------- */

static void
on_bound_vanished (GDBusConnection *bus, const char *name, gpointer data)
{
  L2tpBusConnection *self = L2TP_BUS_CONNECTION (data);

  g_clear_handle_id (&self->bound, g_bus_unwatch_name);
  l2tp_connection_disconnect (self->connection, L2TP_STATE_REASON_UNBOUND, NULL);
}

/* It has no file, so no change of it that is under way can be in the way. */
static void
on_maker_vanished (GDBusConnection *bus, const char *name, gpointer data)
{
  L2tpBusConnection *self = L2TP_BUS_CONNECTION (data);
  g_autoptr (L2tpConnection) connection = g_object_ref (self->connection);
  L2tpManager *manager = l2tp_service_get_manager (self->service);

  g_clear_handle_id (&self->maker, g_bus_unwatch_name);
  l2tp_connection_disconnect (connection, L2TP_STATE_REASON_UNBOUND, NULL);
  if (l2tp_manager_has (manager, connection))
    l2tp_manager_remove_async (manager, connection, NULL, NULL, NULL);
}

void
l2tp_bus_connection_bind (L2tpBusConnection *object, const char *name, gboolean remove)
{
  guint *watch = remove ? &object->maker : &object->bound;

  g_clear_handle_id (watch, g_bus_unwatch_name);
  l2tp_connection_set_bound (object->connection, name, remove);
  *watch =
      g_bus_watch_name_on_connection (object->bus, name, G_BUS_NAME_WATCHER_FLAGS_NONE, NULL,
                                      remove ? on_maker_vanished : on_bound_vanished, object, NULL);
}

static void
on_state_changed (L2tpConnection *connection,
                  guint new_state,
                  guint old_state,
                  guint reason,
                  L2tpBusConnection *self)
{
  if (!l2tp_connection_is_active (connection))
    {
      g_clear_handle_id (&self->bound, g_bus_unwatch_name);
      l2tp_connection_set_bound (connection, NULL, FALSE);
    }
  g_dbus_interface_skeleton_flush (G_DBUS_INTERFACE_SKELETON (self->skeleton));
  l2tp_dbus_connection_emit_state_changed (self->skeleton, new_state, old_state, reason);
}

/* --- Methods ------------------------------------------------------------------------------- */

/* Answers a method without results; takes @error. What it changed is told first. */
static void
answer (L2tpBusConnection *self, GDBusMethodInvocation *invocation, GError *error)
{
  if (error != NULL)
    {
      l2tp_bus_return_error (invocation, error);
      return;
    }
  g_dbus_interface_skeleton_flush (G_DBUS_INTERFACE_SKELETON (self->skeleton));
  g_dbus_method_invocation_return_value (invocation, NULL);
}

static void
get_settings (gpointer data, GDBusMethodInvocation *invocation, const L2tpCaller *caller)
{
  L2tpBusConnection *self = L2TP_BUS_CONNECTION (data);
  g_autoptr (GVariant) settings =
      l2tp_config_to_variant (l2tp_connection_get_config (self->connection));

  if (l2tp_bus_method_has_no_options (invocation))
    l2tp_dbus_connection_complete_get_settings (self->skeleton, invocation, settings);
}

/* A method that ends later, and who has it. */
typedef struct
{
  L2tpBusConnection *self;
  GDBusMethodInvocation *invocation;
} Pending;

static Pending *
pending_new (L2tpBusConnection *self, GDBusMethodInvocation *invocation)
{
  Pending *pending = g_new (Pending, 1);

  pending->self = g_object_ref (self);
  pending->invocation = invocation;
  return pending;
}

static void
pending_answer (Pending *pending, GError *error)
{
  answer (pending->self, pending->invocation, error);
  g_object_unref (pending->self);
  g_free (pending);
}

static void
on_updated (GObject *source, GAsyncResult *result, gpointer data)
{
  GError *error = NULL;

  l2tp_profiles_update_finish (L2TP_PROFILES (source), result, &error);
  pending_answer (data, error);
}

static void
set_config (L2tpBusConnection *self, GDBusMethodInvocation *invocation, L2tpConfig *config)
{
  l2tp_profiles_update_async (l2tp_service_get_profiles (self->service), self->connection, config,
                              NULL, on_updated, pending_new (self, invocation));
}

static void
update (gpointer data, GDBusMethodInvocation *invocation, const L2tpCaller *caller)
{
  L2tpBusConnection *self = L2TP_BUS_CONNECTION (data);
  g_autoptr (GVariant) settings = NULL;
  g_autoptr (GVariant) secrets = NULL;
  g_autoptr (L2tpConfig) config = NULL;
  GError *error = NULL;

  if (!l2tp_bus_method_has_no_options (invocation))
    return;
  g_variant_get (g_dbus_method_invocation_get_parameters (invocation), "(@a{sv}@a{sv}a{sv})",
                 &settings, &secrets, NULL);
  config = l2tp_config_new_update (l2tp_connection_get_config (self->connection), settings, secrets,
                                   &error);
  if (config != NULL)
    set_config (self, invocation, config);
  else
    answer (self, invocation, error);
}

static void
set_secrets (gpointer data, GDBusMethodInvocation *invocation, const L2tpCaller *caller)
{
  L2tpBusConnection *self = L2TP_BUS_CONNECTION (data);
  g_autoptr (GVariant) secrets = NULL;
  g_autoptr (L2tpConfig) config = NULL;
  GError *error = NULL;

  if (!l2tp_bus_method_has_no_options (invocation))
    return;
  g_variant_get (g_dbus_method_invocation_get_parameters (invocation), "(@a{sv}a{sv})", &secrets,
                 NULL);
  config =
      l2tp_config_new_with_secrets (l2tp_connection_get_config (self->connection), secrets, &error);
  if (config != NULL)
    set_config (self, invocation, config);
  else
    answer (self, invocation, error);
}

static void
start (gpointer data, GDBusMethodInvocation *invocation, const L2tpCaller *caller)
{
  static const L2tpBusOption known[] = { { "bind", G_VARIANT_TYPE_BOOLEAN },
                                         { "no-agent", G_VARIANT_TYPE_BOOLEAN } };
  L2tpBusConnection *self = L2TP_BUS_CONNECTION (data);
  g_autoptr (GVariant) options =
      l2tp_bus_method_get_options (invocation, known, G_N_ELEMENTS (known));
  L2tpAsker asker = { .name = caller->name, .uid = caller->uid };
  gboolean bind = FALSE;
  GError *error = NULL;

  if (options == NULL)
    return;
  g_variant_lookup (options, "bind", "b", &bind);
  g_variant_lookup (options, "no-agent", "b", &asker.no_agent);
  if (!l2tp_manager_has (l2tp_service_get_manager (self->service), self->connection))
    {
      g_dbus_method_invocation_return_error_literal (invocation, L2TP_ERROR, L2TP_ERROR_NOT_FOUND,
                                                     "The connection has gone in the meantime");
      return;
    }
  if (l2tp_connection_connect (self->connection, &asker, &error) && bind)
    l2tp_bus_connection_bind (self, caller->name, FALSE);
  answer (self, invocation, error);
}

static void
stop (gpointer data, GDBusMethodInvocation *invocation, const L2tpCaller *caller)
{
  L2tpBusConnection *self = L2TP_BUS_CONNECTION (data);
  GError *error = NULL;

  if (!l2tp_bus_method_has_no_options (invocation))
    return;
  l2tp_connection_disconnect (self->connection, L2TP_STATE_REASON_USER_REQUEST, &error);
  answer (self, invocation, error);
}

static void
on_removed (GObject *source, GAsyncResult *result, gpointer data)
{
  GError *error = NULL;

  l2tp_profiles_remove_finish (L2TP_PROFILES (source), result, &error);
  pending_answer (data, error);
}

static void
remove_connection (gpointer data, GDBusMethodInvocation *invocation, const L2tpCaller *caller)
{
  L2tpBusConnection *self = L2TP_BUS_CONNECTION (data);

  if (l2tp_bus_method_has_no_options (invocation))
    l2tp_profiles_remove_async (l2tp_service_get_profiles (self->service), self->connection, NULL,
                                on_removed, pending_new (self, invocation));
}

static void
add_kernel_statistics (GVariantBuilder *builder, int session_fd)
{
  L2tpKernelStatistics kernel;

  if (session_fd < 0 || !l2tp_kernel_get_statistics (session_fd, &kernel))
    return;
  g_variant_builder_add (builder, "{st}", "rx-bytes", kernel.rx_bytes);
  g_variant_builder_add (builder, "{st}", "tx-bytes", kernel.tx_bytes);
  g_variant_builder_add (builder, "{st}", "rx-packets", kernel.rx_packets);
  g_variant_builder_add (builder, "{st}", "tx-packets", kernel.tx_packets);
  g_variant_builder_add (builder, "{st}", "rx-errors", kernel.rx_errors);
  g_variant_builder_add (builder, "{st}", "tx-errors", kernel.tx_errors);
}

static void
get_statistics (gpointer data, GDBusMethodInvocation *invocation, const L2tpCaller *caller)
{
  L2tpBusConnection *self = L2TP_BUS_CONNECTION (data);
  L2tpCall *call = l2tp_connection_get_call (self->connection);
  L2tpDriver *driver = call != NULL ? l2tp_call_get_driver (call) : NULL;
  L2tpTunnelStatistics control;
  GVariantBuilder builder;

  if (!l2tp_bus_method_has_no_options (invocation))
    return;
  if (driver == NULL)
    {
      g_dbus_method_invocation_return_error_literal (
          invocation, L2TP_ERROR, L2TP_ERROR_NOT_CONNECTED, "The connection has no tunnel");
      return;
    }

  g_variant_builder_init (&builder, G_VARIANT_TYPE ("a{st}"));
  add_kernel_statistics (&builder, l2tp_call_get_session_fd (call));
  l2tp_tunnel_get_statistics (l2tp_driver_get_tunnel (driver), &control);
  g_variant_builder_add (&builder, "{st}", "control-rx", control.rx);
  g_variant_builder_add (&builder, "{st}", "control-tx", control.tx);
  g_variant_builder_add (&builder, "{st}", "control-retransmits", control.retransmits);
  l2tp_dbus_connection_complete_get_statistics (self->skeleton, invocation,
                                                g_variant_builder_end (&builder));
}

static guint32
owner_now (gpointer self)
{
  return l2tp_connection_get_owner (L2TP_BUS_CONNECTION (self)->connection);
}

/* Every method goes this way, and only this one. */
static gboolean
on_method (L2tpBusConnection *self, GDBusMethodInvocation *invocation)
{
  static const L2tpBusMethodRow methods[] = {
    { "GetSettings", get_settings },
    { "Update", update },
    { "SetSecrets", set_secrets },
    { "Connect", start },
    { "Disconnect", stop },
    { "Delete", remove_connection },
    { "GetStatistics", get_statistics },
  };
  L2tpBusMethod run = l2tp_bus_method_find (methods, G_N_ELEMENTS (methods), invocation);
  L2tpConfig *config = l2tp_connection_get_config (self->connection);
  const L2tpBusSubject subject = {
    .owner = l2tp_connection_get_owner (self->connection),
    .name = l2tp_connection_get_name (self->connection),
    .gateway = l2tp_config_get_string (config, L2TP_OPTION_GATEWAY),
    .owner_now = owner_now,
  };

  if (run == NULL)
    return G_DBUS_METHOD_INVOCATION_UNHANDLED;
  l2tp_bus_gate_run (self->gate, invocation, &subject, G_OBJECT (self), run);
  return G_DBUS_METHOD_INVOCATION_HANDLED;
}

/* --- Life ---------------------------------------------------------------------------------- */

/* To whom a service before this one had bound it. */
static void
bind_again (L2tpBusConnection *self)
{
  for (gboolean remove = FALSE; remove <= TRUE; remove++)
    {
      g_autofree char *name = g_strdup (l2tp_connection_get_bound (self->connection, remove));

      if (name != NULL)
        l2tp_bus_connection_bind (self, name, remove);
    }
}

L2tpBusConnection *
l2tp_bus_connection_new (GDBusConnection *bus,
                         L2tpBusGate *gate,
                         L2tpService *service,
                         L2tpConnection *connection)
{
  L2tpBusConnection *self = g_object_new (L2TP_TYPE_BUS_CONNECTION, "g-object-path",
                                          l2tp_connection_get_path (connection), NULL);

  self->bus = g_object_ref (bus);
  self->gate = g_object_ref (gate);
  self->service = service;
  self->connection = g_object_ref (connection);
  g_signal_connect_object (connection, "changed", G_CALLBACK (on_changed), self, 0);
  g_signal_connect_object (connection, "state-changed", G_CALLBACK (on_state_changed), self, 0);
  on_changed (connection, self);
  bind_again (self);
  g_dbus_object_skeleton_add_interface (G_DBUS_OBJECT_SKELETON (self),
                                        G_DBUS_INTERFACE_SKELETON (self->skeleton));
  return self;
}

static void
l2tp_bus_connection_finalize (GObject *object)
{
  L2tpBusConnection *self = L2TP_BUS_CONNECTION (object);

  g_clear_handle_id (&self->bound, g_bus_unwatch_name);
  g_clear_handle_id (&self->maker, g_bus_unwatch_name);
  g_signal_handlers_disconnect_by_data (self->skeleton, self);
  l2tp_bus_properties_free (self->properties);
  g_clear_object (&self->connection);
  g_clear_object (&self->gate);
  g_clear_object (&self->bus);
  G_OBJECT_CLASS (l2tp_bus_connection_parent_class)->finalize (object);
}

static void
l2tp_bus_connection_class_init (L2tpBusConnectionClass *klass)
{
  G_OBJECT_CLASS (klass)->finalize = l2tp_bus_connection_finalize;
}

static void
l2tp_bus_connection_init (L2tpBusConnection *self)
{
  self->properties = l2tp_bus_properties_new (G_DBUS_OBJECT_SKELETON (self));
  self->skeleton = l2tp_bus_properties_get_skeleton (self->properties);
  l2tp_bus_method_connect (self->skeleton, G_CALLBACK (on_method), self);
}
