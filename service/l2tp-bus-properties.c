/* SPDX-License-Identifier: GPL-2.0-or-later */
/* SPDX-FileCopyrightText: The l2tp-client authors */

/* What a connection tells, as properties. Hides where in connection, call, PPP and tunnel each of
 * them comes from, and when the tunnel's and the session's interfaces come and go. Copied whole at
 * every change: the skeletons send only what differs. Owned by its l2tp-bus-connection.c. */

#include "l2tp-bus-properties.h"

#include "service/base/l2tp-error.h"

#include <net/if.h>
#include <string.h>

struct _L2tpBusProperties
{
  GDBusObjectSkeleton *object; /* not owned: owns us */
  L2tpConfig *shown;           /* whose values are in the properties; configs never change */
  L2tpDBusConnection *skeleton;
  L2tpDBusTunnel *tunnel;   /* exported only while there is one */
  L2tpDBusSession *session; /* the same */
};

static const char *
string_or_empty (L2tpConfig *config, L2tpOptionId id)
{
  const char *value = l2tp_config_get_string (config, id);

  return value != NULL ? value : "";
}

static void
update_profile (L2tpBusProperties *self, L2tpConnection *connection)
{
  L2tpConfig *config = l2tp_connection_get_config (connection);
  const char *filename = l2tp_connection_get_filename (connection);

  l2tp_dbus_connection_set_owner (self->skeleton, l2tp_connection_get_owner (connection));
  l2tp_dbus_connection_set_filename (self->skeleton, filename != NULL ? filename : "");
  if (config == self->shown)
    return;
  l2tp_config_unref (self->shown);
  self->shown = l2tp_config_ref (config);
  l2tp_dbus_connection_set_uuid (self->skeleton, l2tp_connection_get_uuid (connection));
  l2tp_dbus_connection_set_name (self->skeleton, string_or_empty (config, L2TP_OPTION_NAME));
  l2tp_dbus_connection_set_gateway (self->skeleton, string_or_empty (config, L2TP_OPTION_GATEWAY));
  l2tp_dbus_connection_set_user_name (self->skeleton, string_or_empty (config, L2TP_OPTION_USER));
  l2tp_dbus_connection_set_autostart (self->skeleton,
                                      l2tp_config_get_boolean (config, L2TP_OPTION_AUTOSTART));
  l2tp_dbus_connection_set_source (self->skeleton,
                                   l2tp_source_to_string (l2tp_connection_get_source (connection)));
}

/* Returns (transfer full); with what else the user is to know as long as it is so. */
static char *
dup_error_text (L2tpConnection *connection)
{
  const GError *error = l2tp_connection_get_error (connection);
  g_autofree char *name = NULL;

  if (error == NULL)
    return g_strdup ("");
  if (l2tp_connection_get_state (connection) != L2TP_CONNECTION_STATE_FAILED ||
      !l2tp_connection_is_guarding (connection))
    return g_strdup (error->message);
  name = g_shell_quote (l2tp_connection_get_name (connection));
  return g_strdup_printf ("%s%sWhat is meant for the VPN is still dropped: “l2tp-client down %s” "
                          "ends the kill switch.",
                          error->message, strchr (error->message, '\n') != NULL ? " " : "\n", name);
}

static void
update_state (L2tpBusProperties *self, L2tpConnection *connection)
{
  const GError *error = l2tp_connection_get_error (connection);
  g_autofree char *text = dup_error_text (connection);

  l2tp_dbus_connection_set_state (self->skeleton, l2tp_connection_get_state (connection));
  l2tp_dbus_connection_set_state_reason (self->skeleton, l2tp_connection_get_reason (connection));
  l2tp_dbus_connection_set_since (self->skeleton, l2tp_connection_get_since (connection));
  l2tp_dbus_connection_set_phase (self->skeleton, l2tp_connection_get_phase (connection));
  l2tp_dbus_connection_set_retry_count (self->skeleton,
                                        l2tp_connection_get_retry_count (connection));
  l2tp_dbus_connection_set_next_retry (self->skeleton, l2tp_connection_get_next_retry (connection));
  l2tp_dbus_connection_set_last_error (
      self->skeleton,
      g_variant_new ("(ss)",
                     error == NULL                 ? ""
                     : error->domain == L2TP_ERROR ? l2tp_error_to_dbus_name (error->code)
                                                   : l2tp_error_to_dbus_name (L2TP_ERROR_FAILED),
                     text));
  l2tp_dbus_connection_set_timeline (self->skeleton, l2tp_connection_get_timeline (connection));
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
update_ip (L2tpBusProperties *self, L2tpCall *call)
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
set_exported (L2tpBusProperties *self, GDBusInterfaceSkeleton *interface, gboolean exported)
{
  const char *name = g_dbus_interface_skeleton_get_info (interface)->name;
  g_autoptr (GDBusInterface) present =
      g_dbus_object_get_interface (G_DBUS_OBJECT (self->object), name);

  if (exported && present == NULL)
    g_dbus_object_skeleton_add_interface (self->object, interface);
  else if (!exported && present != NULL)
    g_dbus_object_skeleton_remove_interface (self->object, interface);
}

/* In whole seconds: two clocks that are read one after the other never agree. */
static guint64
real_time_of (gint64 monotonic)
{
  gint64 time = g_get_real_time () + monotonic - g_get_monotonic_time ();

  return monotonic < 0 ? 0 : (time + G_USEC_PER_SEC / 2) / G_USEC_PER_SEC * G_USEC_PER_SEC;
}

static void
update_security (L2tpBusProperties *self, L2tpSecure *secure)
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
update_tunnel (L2tpBusProperties *self, L2tpCall *call)
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
update_session (L2tpBusProperties *self, L2tpCall *call)
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

L2tpBusProperties *
l2tp_bus_properties_new (GDBusObjectSkeleton *object)
{
  L2tpBusProperties *self = g_new0 (L2tpBusProperties, 1);

  self->object = object;
  self->skeleton = l2tp_dbus_connection_skeleton_new ();
  self->tunnel = l2tp_dbus_tunnel_skeleton_new ();
  self->session = l2tp_dbus_session_skeleton_new ();
  return self;
}

void
l2tp_bus_properties_free (L2tpBusProperties *properties)
{
  g_object_unref (properties->skeleton);
  g_object_unref (properties->tunnel);
  g_object_unref (properties->session);
  l2tp_config_unref (properties->shown);
  g_free (properties);
}

L2tpDBusConnection *
l2tp_bus_properties_get_skeleton (L2tpBusProperties *properties)
{
  return properties->skeleton;
}

void
l2tp_bus_properties_update (L2tpBusProperties *properties, L2tpConnection *connection)
{
  L2tpCall *call = l2tp_connection_get_call (connection);

  update_profile (properties, connection);
  update_ip (properties, call);
  update_tunnel (properties, call);
  update_session (properties, call);
  update_state (properties, connection);
}
