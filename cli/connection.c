/* SPDX-License-Identifier: GPL-2.0-or-later */
/* SPDX-FileCopyrightText: The l2tp-client authors */

/* Reads what the bus knows of a connection. Hides the shapes of the properties; everything that
 * leaves here as text is clean. */

#include "connection.h"

#include <pwd.h>
#include <string.h>

#include <glib/gi18n.h>

#define BUFFER_SIZE 4096 /* of one line of the user database */

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

const char *
cli_reason_to_string (guint reason)
{
  switch ((L2tpStateReason) reason)
    {
    case L2TP_STATE_REASON_NONE:
      return "none";
    case L2TP_STATE_REASON_USER_REQUEST:
      return "user-request";
    case L2TP_STATE_REASON_CONNECTED:
      return "connected";
    case L2TP_STATE_REASON_LOST:
      return "lost";
    case L2TP_STATE_REASON_FAILED:
      return "failed";
    case L2TP_STATE_REASON_SERVICE_STOPPING:
      return "service-stopping";
    case L2TP_STATE_REASON_SECRETS:
      return "secrets";
    case L2TP_STATE_REASON_UNBOUND:
      return "unbound";
    case L2TP_STATE_REASON_SLEEP:
      return "sleep";
    }
  return "unknown";
}

static char *
dup_address (GVariant *config, gboolean peer)
{
  const char *address;

  if (config == NULL || !g_variant_lookup (config, peer ? "peer" : "address", "&s", &address) ||
      *address == '\0')
    return NULL;
  return cli_output_clean (address);
}

char *
cli_connection_dup_address (L2tpDBusConnection *connection, gboolean peer)
{
  return dup_address (l2tp_dbus_connection_get_ip4_config (connection), peer);
}

char *
cli_connection_dup_address6 (L2tpDBusConnection *connection, gboolean peer)
{
  return dup_address (l2tp_dbus_connection_get_ip6_config (connection), peer);
}

static void
add_servers (GStrvBuilder *builder, GVariant *config)
{
  g_autofree const char **servers = NULL;

  if (config == NULL || !g_variant_lookup (config, "dns", "^a&s", &servers))
    return;
  for (guint i = 0; servers[i] != NULL; i++)
    {
      g_autofree char *server = cli_output_clean (servers[i]);
      g_strv_builder_add (builder, server);
    }
}

GStrv
cli_connection_dup_dns (L2tpDBusConnection *connection)
{
  g_autoptr (GStrvBuilder) builder = g_strv_builder_new ();

  add_servers (builder, l2tp_dbus_connection_get_ip4_config (connection));
  add_servers (builder, l2tp_dbus_connection_get_ip6_config (connection));
  return g_strv_builder_end (builder);
}

char *
cli_connection_dup_owner (L2tpDBusConnection *connection)
{
  guint owner = l2tp_dbus_connection_get_owner (connection);
  g_autofree char *buffer = g_malloc (BUFFER_SIZE);
  struct passwd entry, *found = NULL;

  if (owner == L2TP_OWNER_ALL)
    return NULL;
  if (getpwuid_r (owner, &entry, buffer, BUFFER_SIZE, &found) == 0 && found != NULL)
    return cli_output_clean (found->pw_name);
  return g_strdup_printf ("%u", owner);
}

char *
cli_connection_dup_next_attempt (L2tpDBusConnection *connection)
{
  guint64 next = l2tp_dbus_connection_get_next_retry (connection);
  gint64 wait = (gint64) next - g_get_real_time ();
  g_autofree char *span = NULL;

  if (next == 0)
    return NULL;
  span = cli_output_duration ((wait + G_USEC_PER_SEC - 1) / G_USEC_PER_SEC);
  return g_strdup_printf (_ ("next attempt in %s, attempt %u"), span,
                          l2tp_dbus_connection_get_retry_count (connection) + 1);
}

char *
cli_connection_dup_word (L2tpDBusConnection *connection)
{
  g_autofree char *name = cli_output_clean (l2tp_dbus_connection_get_name (connection));

  for (const char *p = name; *p != '\0'; p++)
    if (!g_ascii_isalnum (*p) && strchr ("-_.@:+", *p) == NULL)
      return g_shell_quote (name);
  return g_steal_pointer (&name);
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
