/* SPDX-License-Identifier: GPL-2.0-or-later */
/* SPDX-FileCopyrightText: The l2tp-client authors */

/* One connection as JSON. Keys are the properties' names in snake_case and independent of the
 * locale; a thing that does not exist at the moment is null, an empty list is an empty array. Keys
 * are only ever added. */

#include "connection.h"

static void
set_string (JsonObject *json, const char *key, const char *value)
{
  g_autofree char *clean = cli_output_clean (value);

  if (*clean == '\0')
    json_object_set_null_member (json, key);
  else
    json_object_set_string_member (json, key, clean);
}

/* Of everything that is counted, named or measured here, 0 means: there is none. */
static void
set_number (JsonObject *json, const char *key, guint64 value)
{
  if (value == 0)
    json_object_set_null_member (json, key);
  else
    json_object_set_int_member (json, key, value);
}

static void
set_strings (JsonObject *json, const char *key, const char *const *values)
{
  JsonArray *array = json_array_new ();

  for (guint i = 0; values[i] != NULL; i++)
    json_array_add_string_element (array, values[i]);
  json_object_set_array_member (json, key, array);
}

static void
set_time (JsonObject *json, const char *key, guint64 us)
{
  g_autofree char *text = cli_output_utc (us);

  set_string (json, key, text);
}

static void
set_error (JsonObject *json, L2tpDBusConnection *connection)
{
  g_autofree char *name = NULL, *cause = NULL, *remedy = NULL;
  JsonObject *last;

  if (!cli_connection_get_error (connection, &name, &cause, &remedy))
    {
      json_object_set_null_member (json, "last_error");
      return;
    }
  last = json_object_new ();
  set_string (last, "name", name);
  set_string (last, "message", cause);
  set_string (last, "remedy", remedy);
  json_object_set_object_member (json, "last_error", last);
}

static void
set_timeline (JsonObject *json, GVariant *timeline)
{
  JsonArray *array = json_array_new ();
  GVariantIter iter;
  const char *stage;
  guint64 time;

  if (timeline != NULL)
    {
      g_variant_iter_init (&iter, timeline);
      while (g_variant_iter_next (&iter, "(&st)", &stage, &time))
        {
          JsonObject *entry = json_object_new ();
          set_string (entry, "stage", stage);
          json_object_set_int_member (entry, "time_us", time);
          json_array_add_object_element (array, entry);
        }
    }
  json_object_set_array_member (json, "timeline", array);
}

static void
set_addresses (JsonObject *json, L2tpDBusConnection *connection)
{
  g_autofree char *address = cli_connection_dup_address (connection, FALSE);
  g_autofree char *peer = cli_connection_dup_address (connection, TRUE);
  g_autofree char *address6 = cli_connection_dup_address6 (connection, FALSE);
  g_autofree char *peer6 = cli_connection_dup_address6 (connection, TRUE);
  g_auto (GStrv) dns = cli_connection_dup_dns (connection);
  const char *first = address != NULL ? address : address6;

  set_strings (json, "addresses",
               (const char *const[]){ first, first != address6 ? address6 : NULL, NULL });
  set_string (json, "peer", peer);
  set_string (json, "peer6", peer6);
  set_strings (json, "dns", (const char *const *) dns);
}

static void
set_origin (JsonObject *json, L2tpDBusConnection *c)
{
  g_autofree char *owner = cli_connection_dup_owner (c);

  set_string (json, "owner", owner);
  json_object_set_boolean_member (json, "autostart", l2tp_dbus_connection_get_autostart (c));
  set_string (json, "source", l2tp_dbus_connection_get_source (c));
  set_string (json, "filename", l2tp_dbus_connection_get_filename (c));
}

static void
set_connection (JsonObject *json, L2tpDBusConnection *c)
{
  set_string (json, "name", l2tp_dbus_connection_get_name (c));
  set_string (json, "uuid", l2tp_dbus_connection_get_uuid (c));
  set_string (json, "gateway", l2tp_dbus_connection_get_gateway (c));
  set_string (json, "user_name", l2tp_dbus_connection_get_user_name (c));
  set_origin (json, c);
  set_string (json, "state", cli_state_to_string (l2tp_dbus_connection_get_state (c)));
  set_string (json, "phase", l2tp_dbus_connection_get_phase (c));
  set_string (json, "state_reason",
              cli_reason_to_string (l2tp_dbus_connection_get_state_reason (c)));
  set_time (json, "since", l2tp_dbus_connection_get_since (c));
  json_object_set_int_member (json, "retry_count", l2tp_dbus_connection_get_retry_count (c));
  set_time (json, "next_retry", l2tp_dbus_connection_get_next_retry (c));
  set_string (json, "interface", l2tp_dbus_connection_get_interface (c));
  set_number (json, "if_index", MAX (l2tp_dbus_connection_get_if_index (c), 0));
}

static void
set_tunnel (JsonObject *json, L2tpDBusTunnel *t)
{
  set_string (json, "local_address", t != NULL ? l2tp_dbus_tunnel_get_local_address (t) : NULL);
  set_number (json, "local_port", t != NULL ? l2tp_dbus_tunnel_get_local_port (t) : 0);
  set_string (json, "peer_address", t != NULL ? l2tp_dbus_tunnel_get_peer_address (t) : NULL);
  set_number (json, "peer_port", t != NULL ? l2tp_dbus_tunnel_get_peer_port (t) : 0);
  set_string (json, "peer_host_name", t != NULL ? l2tp_dbus_tunnel_get_peer_host_name (t) : NULL);
  set_string (json, "peer_vendor", t != NULL ? l2tp_dbus_tunnel_get_peer_vendor (t) : NULL);
  set_number (json, "tunnel_id", t != NULL ? l2tp_dbus_tunnel_get_tunnel_id (t) : 0);
  set_number (json, "peer_tunnel_id", t != NULL ? l2tp_dbus_tunnel_get_peer_tunnel_id (t) : 0);
}

static void
set_security (JsonObject *json, L2tpDBusTunnel *t)
{
  json_object_set_boolean_member (json, "secured", t != NULL && l2tp_dbus_tunnel_get_secured (t));
  set_string (json, "encap", t != NULL ? l2tp_dbus_tunnel_get_encap (t) : NULL);
  set_string (json, "cipher", t != NULL ? l2tp_dbus_tunnel_get_cipher (t) : NULL);
  set_time (json, "rekey_at", t != NULL ? l2tp_dbus_tunnel_get_rekey_at (t) : 0);
}

static void
set_session (JsonObject *json, L2tpDBusSession *s)
{
  set_number (json, "session_id", s != NULL ? l2tp_dbus_session_get_session_id (s) : 0);
  set_number (json, "peer_session_id", s != NULL ? l2tp_dbus_session_get_peer_session_id (s) : 0);
  set_number (json, "pppd_pid", s != NULL ? l2tp_dbus_session_get_ppp_pid (s) : 0);
  set_number (json, "mtu", s != NULL ? l2tp_dbus_session_get_mtu (s) : 0);
}

static void
set_statistics (JsonObject *json, GVariant *statistics)
{
  static const struct
  {
    const char *key, *counter;
  } counters[] = {
    { "rx_bytes", "rx-bytes" },
    { "tx_bytes", "tx-bytes" },
    { "rx_packets", "rx-packets" },
    { "tx_packets", "tx-packets" },
    { "rx_errors", "rx-errors" },
    { "tx_errors", "tx-errors" },
    { "control_rx", "control-rx" },
    { "control_tx", "control-tx" },
    { "control_retransmits", "control-retransmits" },
  };
  guint64 value;

  for (guint i = 0; i < G_N_ELEMENTS (counters); i++)
    if (statistics != NULL && g_variant_lookup (statistics, counters[i].counter, "t", &value))
      json_object_set_int_member (json, counters[i].key, value);
    else
      json_object_set_null_member (json, counters[i].key);
}

const char *const *
cli_connection_get_fields (void)
{
  static const char *const fields[] = {
    "name",
    "uuid",
    "gateway",
    "user_name",
    "owner",
    "autostart",
    "source",
    "filename",
    "state",
    "phase",
    "state_reason",
    "since",
    "retry_count",
    "next_retry",
    "interface",
    "if_index",
    "addresses",
    "peer",
    "peer6",
    "dns",
    "last_error",
    "local_address",
    "local_port",
    "peer_address",
    "peer_port",
    "peer_host_name",
    "peer_vendor",
    "tunnel_id",
    "peer_tunnel_id",
    "secured",
    "encap",
    "cipher",
    "rekey_at",
    "session_id",
    "peer_session_id",
    "pppd_pid",
    "mtu",
    "rx_bytes",
    "tx_bytes",
    "rx_packets",
    "tx_packets",
    "rx_errors",
    "tx_errors",
    "control_rx",
    "control_tx",
    "control_retransmits",
    "timeline",
    NULL,
  };

  return fields;
}

void
cli_connection_add_json (JsonObject *json, L2tpDBusConnection *connection)
{
  set_connection (json, connection);
  set_addresses (json, connection);
  set_error (json, connection);
}

JsonNode *
cli_connection_to_json (CliClient *client, L2tpDBusObject *object)
{
  g_autoptr (L2tpDBusConnection) connection = l2tp_dbus_object_get_connection (object);
  g_autoptr (GVariant) statistics = cli_connection_dup_statistics (client, object);
  JsonObject *json = json_object_new ();

  cli_connection_add_json (json, connection);
  set_tunnel (json, l2tp_dbus_object_peek_tunnel (object));
  set_security (json, l2tp_dbus_object_peek_tunnel (object));
  set_session (json, l2tp_dbus_object_peek_session (object));
  set_statistics (json, statistics);
  set_timeline (json, l2tp_dbus_connection_get_timeline (connection));
  JsonNode *node = json_node_init_object (json_node_alloc (), json);
  json_object_unref (json);
  return node;
}
