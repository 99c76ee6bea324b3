/* SPDX-License-Identifier: GPL-2.0-or-later */
/* SPDX-FileCopyrightText: The l2tp-client authors */

/* Reads what the bus knows of a connection. Hides the shapes of the properties; everything that
 * leaves here as text is clean. */

#include "connection.h"

gboolean
cli_state_is_settled (guint state)
{
  return state == L2TP_CONNECTION_STATE_DISCONNECTED || state == L2TP_CONNECTION_STATE_CONNECTED ||
         state == L2TP_CONNECTION_STATE_FAILED;
}

const char *
cli_state_to_string (guint state)
{
  switch ((L2tpConnectionState) state)
    {
    case L2TP_CONNECTION_STATE_UNKNOWN:
      return "unknown";
    case L2TP_CONNECTION_STATE_DISCONNECTED:
      return "disconnected";
    case L2TP_CONNECTION_STATE_CONNECTING:
      return "connecting";
    case L2TP_CONNECTION_STATE_NEED_SECRETS:
      return "need-secrets";
    case L2TP_CONNECTION_STATE_CONNECTED:
      return "connected";
    case L2TP_CONNECTION_STATE_RECONNECTING:
      return "reconnecting";
    case L2TP_CONNECTION_STATE_DISCONNECTING:
      return "disconnecting";
    case L2TP_CONNECTION_STATE_FAILED:
      return "failed";
    }
  /* A newer service may know more states. */
  return "unknown";
}

CliColor
cli_state_to_color (guint state)
{
  switch ((L2tpConnectionState) state)
    {
    case L2TP_CONNECTION_STATE_CONNECTED:
      return CLI_COLOR_GREEN;
    case L2TP_CONNECTION_STATE_CONNECTING:
    case L2TP_CONNECTION_STATE_NEED_SECRETS:
    case L2TP_CONNECTION_STATE_RECONNECTING:
    case L2TP_CONNECTION_STATE_DISCONNECTING:
      return CLI_COLOR_YELLOW;
    case L2TP_CONNECTION_STATE_FAILED:
      return CLI_COLOR_RED;
    case L2TP_CONNECTION_STATE_UNKNOWN:
    case L2TP_CONNECTION_STATE_DISCONNECTED:
      return CLI_COLOR_DIM;
    }
  return CLI_COLOR_NONE;
}

char *
cli_connection_dup_address (L2tpDBusConnection *connection, gboolean peer)
{
  GVariant *config = l2tp_dbus_connection_get_ip4_config (connection);
  const char *address;

  if (config == NULL || !g_variant_lookup (config, peer ? "peer" : "address", "&s", &address) ||
      *address == '\0')
    return NULL;
  return cli_output_clean (address);
}

GStrv
cli_connection_dup_dns (L2tpDBusConnection *connection)
{
  GVariant *config = l2tp_dbus_connection_get_ip4_config (connection);
  GStrvBuilder *builder = g_strv_builder_new ();
  g_autofree const char **servers = NULL;
  GStrv clean;

  if (config != NULL && g_variant_lookup (config, "dns", "^a&s", &servers))
    for (guint i = 0; servers[i] != NULL; i++)
      {
        g_autofree char *server = cli_output_clean (servers[i]);
        g_strv_builder_add (builder, server);
      }
  clean = g_strv_builder_end (builder);
  g_strv_builder_unref (builder);
  return clean;
}

gboolean
cli_connection_get_error (L2tpDBusConnection *connection,
                          char **ret_name,
                          char **ret_cause,
                          char **ret_remedy)
{
  GVariant *last = l2tp_dbus_connection_get_last_error (connection);
  const char *name, *text;

  if (last == NULL)
    return FALSE;
  g_variant_get (last, "(&s&s)", &name, &text);
  if (*name == '\0')
    return FALSE;
  *ret_name = cli_output_clean (name);
  cli_output_split (text, ret_cause, ret_remedy);
  return TRUE;
}

GVariant *
cli_connection_dup_statistics (CliClient *client, L2tpDBusObject *object)
{
  L2tpDBusConnection *connection = l2tp_dbus_object_peek_connection (object);
  g_autoptr (GAsyncResult) result = NULL;
  GVariant *statistics = NULL;

  if (l2tp_dbus_object_peek_session (object) == NULL)
    return NULL;
  l2tp_dbus_connection_call_get_statistics (connection, g_variant_new ("a{sv}", NULL),
                                            G_DBUS_CALL_FLAGS_NO_AUTO_START, CLI_CALL_TIMEOUT_MS,
                                            client->cancellable, cli_client_ready, &result);
  /* Between the look above and the call the session may have ended: no counters, no error. */
  if (!l2tp_dbus_connection_call_get_statistics_finish (connection, &statistics,
                                                        cli_client_await (&result), NULL))
    return NULL;
  return statistics;
}
