/* SPDX-License-Identifier: GPL-2.0-or-later */
/* SPDX-FileCopyrightText: The l2tp-client authors */

/* The adaptor between a connection and the bus. Copies what the connection tells into properties,
 * whole, at every change: the skeletons send only what differs. Contains no policy: each method
 * passes the gate, checks its arguments and calls one function. */

#include "l2tp-bus-connection.h"

#include "l2tp-bus-error.h"
#include "l2tp-bus-method.h"
#include "service/base/l2tp-error.h"
#include "service/io/l2tp-kernel.h"

#include <net/if.h>

struct _L2tpBusConnection
{
  L2tpDBusObjectSkeleton parent_instance;

  GDBusConnection *bus;
  L2tpBusGate *gate;
  L2tpService *service; /* not owned: outlives us */
  L2tpConnection *connection;
  L2tpConfig *shown; /* whose values are in the properties; configs never change */
  guint bound;       /* watches who connected it, whose end is the call's */
  guint maker;       /* watches who made it, whose end is ours */
  L2tpDBusConnection *skeleton;
  L2tpDBusTunnel *tunnel;   /* exported only while there is one */
  L2tpDBusSession *session; /* the same */
};

G_DEFINE_FINAL_TYPE (L2tpBusConnection, l2tp_bus_connection, L2TP_DBUS_TYPE_OBJECT_SKELETON)

/* --- Properties ---------------------------------------------------------------------------- */

static const char *
string_or_empty (L2tpConfig *config, L2tpOptionId id)
{
  const char *value = l2tp_config_get_string (config, id);

  return value != NULL ? value : "";
}

static void
update_profile (L2tpBusConnection *self)
{
  L2tpConfig *config = l2tp_connection_get_config (self->connection);
  const char *filename = l2tp_connection_get_filename (self->connection);

  l2tp_dbus_connection_set_owner (self->skeleton, l2tp_connection_get_owner (self->connection));
  l2tp_dbus_connection_set_filename (self->skeleton, filename != NULL ? filename : "");
  if (config == self->shown)
    return;
  l2tp_config_unref (self->shown);
  self->shown = l2tp_config_ref (config);
  l2tp_dbus_connection_set_uuid (self->skeleton, l2tp_connection_get_uuid (self->connection));
  l2tp_dbus_connection_set_name (self->skeleton, string_or_empty (config, L2TP_OPTION_NAME));
  l2tp_dbus_connection_set_gateway (self->skeleton, string_or_empty (config, L2TP_OPTION_GATEWAY));
  l2tp_dbus_connection_set_user_name (self->skeleton, string_or_empty (config, L2TP_OPTION_USER));
  l2tp_dbus_connection_set_autostart (self->skeleton,
                                      l2tp_config_get_boolean (config, L2TP_OPTION_AUTOSTART));
  l2tp_dbus_connection_set_source (
      self->skeleton, l2tp_source_to_string (l2tp_connection_get_source (self->connection)));
}

static void
update_state (L2tpBusConnection *self)
{
  const GError *error = l2tp_connection_get_error (self->connection);

  l2tp_dbus_connection_set_state (self->skeleton, l2tp_connection_get_state (self->connection));
  l2tp_dbus_connection_set_state_reason (self->skeleton,
                                         l2tp_connection_get_reason (self->connection));
  l2tp_dbus_connection_set_since (self->skeleton, l2tp_connection_get_since (self->connection));
  l2tp_dbus_connection_set_phase (self->skeleton, l2tp_connection_get_phase (self->connection));
  l2tp_dbus_connection_set_retry_count (self->skeleton,
                                        l2tp_connection_get_retry_count (self->connection));
  l2tp_dbus_connection_set_next_retry (self->skeleton,
                                       l2tp_connection_get_next_retry (self->connection));
  l2tp_dbus_connection_set_last_error (
      self->skeleton,
      g_variant_new ("(ss)",
                     error == NULL                 ? ""
                     : error->domain == L2TP_ERROR ? l2tp_error_to_dbus_name (error->code)
                                                   : l2tp_error_to_dbus_name (L2TP_ERROR_FAILED),
                     error == NULL ? "" : error->message));
  l2tp_dbus_connection_set_timeline (self->skeleton,
                                     l2tp_connection_get_timeline (self->connection));
}

static void
insert_address (GVariantDict *dict, const char *key, GInetAddress *address)
{
  g_autofree char *text = address != NULL ? g_inet_address_to_string (address) : NULL;

  if (text != NULL)
    g_variant_dict_insert (dict, key, "s", text);
}

static GVariant *
ip4_config (L2tpPpp *ppp, guint mtu)
{
  g_auto (GVariantDict) dict = G_VARIANT_DICT_INIT (NULL);
  GVariantBuilder dns;

  if (ppp == NULL || l2tp_ppp_get_address (ppp) == NULL)
    return g_variant_dict_end (&dict);

  insert_address (&dict, "address", l2tp_ppp_get_address (ppp));
  insert_address (&dict, "peer", l2tp_ppp_get_peer_address (ppp));
  g_variant_dict_insert (&dict, "prefix", "u", 32);
  g_variant_dict_insert (&dict, "mtu", "u", mtu);
  g_variant_builder_init (&dns, G_VARIANT_TYPE_STRING_ARRAY);
  for (guint i = 0; i < 2; i++)
    if (l2tp_ppp_get_dns (ppp, i) != NULL)
      {
        g_autofree char *text = g_inet_address_to_string (l2tp_ppp_get_dns (ppp, i));
        g_variant_builder_add (&dns, "s", text);
      }
  g_variant_dict_insert_value (&dict, "dns", g_variant_builder_end (&dns));
  return g_variant_dict_end (&dict);
}

static GVariant *
ip6_config (L2tpPpp *ppp, guint mtu)
{
  g_auto (GVariantDict) dict = G_VARIANT_DICT_INIT (NULL);

  if (ppp == NULL || l2tp_ppp_get_address6 (ppp) == NULL)
    return g_variant_dict_end (&dict);

  insert_address (&dict, "address", l2tp_ppp_get_address6 (ppp));
  insert_address (&dict, "peer", l2tp_ppp_get_peer_address6 (ppp));
  g_variant_dict_insert (&dict, "prefix", "u", 128);
  g_variant_dict_insert (&dict, "mtu", "u", mtu);
  return g_variant_dict_end (&dict);
}

static void
update_ip (L2tpBusConnection *self, L2tpCall *call)
{
  L2tpPpp *ppp = call != NULL ? l2tp_call_get_ppp (call) : NULL;
  guint mtu = call != NULL ? l2tp_call_get_mtu (call) : 0;
  const char *interface = ppp != NULL ? l2tp_ppp_get_interface (ppp) : "";

  l2tp_dbus_connection_set_interface (self->skeleton, interface);
  l2tp_dbus_connection_set_if_index (self->skeleton,
                                     *interface != '\0' ? if_nametoindex (interface) : 0);
  l2tp_dbus_connection_set_ip4_config (self->skeleton, ip4_config (ppp, mtu));
  l2tp_dbus_connection_set_ip6_config (self->skeleton, ip6_config (ppp, mtu));
}

static void
set_exported (L2tpBusConnection *self, GDBusInterfaceSkeleton *interface, gboolean exported)
{
  GDBusObjectSkeleton *object = G_DBUS_OBJECT_SKELETON (self);
  const char *name = g_dbus_interface_skeleton_get_info (interface)->name;
  g_autoptr (GDBusInterface) present = g_dbus_object_get_interface (G_DBUS_OBJECT (self), name);

  if (exported && present == NULL)
    g_dbus_object_skeleton_add_interface (object, interface);
  else if (!exported && present != NULL)
    g_dbus_object_skeleton_remove_interface (object, interface);
}

/* In whole seconds: two clocks that are read one after the other never agree. */
static guint64
real_time_of (gint64 monotonic)
{
  gint64 time = g_get_real_time () + monotonic - g_get_monotonic_time ();

  return monotonic < 0 ? 0 : (time + G_USEC_PER_SEC / 2) / G_USEC_PER_SEC * G_USEC_PER_SEC;
}

static void
update_security (L2tpBusConnection *self, L2tpSecure *secure)
{
  g_auto (L2tpIpsecStatus) status = { .rekey_time = -1 };

  if (secure != NULL)
    l2tp_secure_get_status (secure, &status);
  l2tp_dbus_tunnel_set_secured (self->tunnel, status.is_up);
  l2tp_dbus_tunnel_set_encap (self->tunnel, !status.is_up  ? ""
                                            : status.encap ? "esp-in-udp"
                                                           : "esp");
  l2tp_dbus_tunnel_set_cipher (self->tunnel, status.esp != NULL ? status.esp : "");
  l2tp_dbus_tunnel_set_rekey_at (self->tunnel, real_time_of (status.rekey_time));
}

static void
update_tunnel (L2tpBusConnection *self, L2tpCall *call)
{
  L2tpDriver *driver = call != NULL ? l2tp_call_get_driver (call) : NULL;

  if (driver != NULL)
    {
      L2tpTunnel *tunnel = l2tp_driver_get_tunnel (driver);
      g_autoptr (GInetSocketAddress) local = l2tp_driver_get_local (driver);
      GInetSocketAddress *peer = l2tp_driver_get_peer (driver);
      g_autofree char *local_text =
          g_inet_address_to_string (g_inet_socket_address_get_address (local));
      g_autofree char *peer_text =
          g_inet_address_to_string (g_inet_socket_address_get_address (peer));

      l2tp_dbus_tunnel_set_local_address (self->tunnel, local_text);
      l2tp_dbus_tunnel_set_local_port (self->tunnel, g_inet_socket_address_get_port (local));
      l2tp_dbus_tunnel_set_peer_address (self->tunnel, peer_text);
      l2tp_dbus_tunnel_set_peer_port (self->tunnel, g_inet_socket_address_get_port (peer));
      l2tp_dbus_tunnel_set_tunnel_id (self->tunnel, l2tp_tunnel_get_id (tunnel));
      l2tp_dbus_tunnel_set_peer_tunnel_id (self->tunnel, l2tp_tunnel_get_peer_id (tunnel));
      l2tp_dbus_tunnel_set_peer_host_name (self->tunnel, l2tp_tunnel_get_peer_host_name (tunnel));
      l2tp_dbus_tunnel_set_peer_vendor (self->tunnel, l2tp_tunnel_get_peer_vendor (tunnel));
      update_security (self, l2tp_call_get_secure (call));
      l2tp_dbus_tunnel_set_rtt_ms (self->tunnel, l2tp_tunnel_get_rtt (tunnel) / 1000);
    }
  set_exported (self, G_DBUS_INTERFACE_SKELETON (self->tunnel), driver != NULL);
}

static void
update_session (L2tpBusConnection *self, L2tpCall *call)
{
  gboolean exists = call != NULL && l2tp_call_get_peer_session_id (call) != 0;

  if (exists)
    {
      L2tpPpp *ppp = l2tp_call_get_ppp (call);

      l2tp_dbus_session_set_session_id (self->session, l2tp_call_get_session_id (call));
      l2tp_dbus_session_set_peer_session_id (self->session, l2tp_call_get_peer_session_id (call));
      l2tp_dbus_session_set_interface (self->session, l2tp_ppp_get_interface (ppp));
      l2tp_dbus_session_set_ppp_pid (self->session, l2tp_ppp_get_pid (ppp));
      l2tp_dbus_session_set_auth (self->session, l2tp_ppp_get_auth (ppp));
      l2tp_dbus_session_set_mtu (self->session, l2tp_call_get_mtu (call));
      l2tp_dbus_session_set_mru (
          self->session, l2tp_config_get_uint (l2tp_call_get_config (call), L2TP_OPTION_MRU));
    }
  set_exported (self, G_DBUS_INTERFACE_SKELETON (self->session), exists);
}

static void
on_changed (L2tpConnection *connection, L2tpBusConnection *self)
{
  L2tpCall *call = l2tp_connection_get_call (connection);

  update_profile (self);
  update_ip (self, call);
  update_tunnel (self, call);
  update_session (self, call);
  update_state (self);
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
  g_object_unref (self->skeleton);
  g_object_unref (self->tunnel);
  g_object_unref (self->session);
  l2tp_config_unref (self->shown);
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
  self->skeleton = l2tp_dbus_connection_skeleton_new ();
  self->tunnel = l2tp_dbus_tunnel_skeleton_new ();
  self->session = l2tp_dbus_session_skeleton_new ();
  l2tp_bus_method_connect (self->skeleton, G_CALLBACK (on_method), self);
}
