/* SPDX-License-Identifier: GPL-2.0-or-later */
/* SPDX-FileCopyrightText: The l2tp-client authors */

/* What a connection tells of itself, and the marks that others put on it: owner, file, the programs
 * that it is bound to. Hides where each is kept; nothing here changes what the connection does.
 * Part of l2tp-connection.c. Design section 7. */

#include "l2tp-connection-private.h"

#include "l2tp-connection-state.h"

/* --- Marks --------------------------------------------------------------------------------- */

void
l2tp_connection_set_owner (L2tpConnection *connection, guint32 owner)
{
  if (connection->owner == owner)
    return;
  connection->owner = owner;
  l2tp_connection_changed (connection);
}

void
l2tp_connection_set_bound (L2tpConnection *connection, const char *name, gboolean remove)
{
  char **bound = remove ? &connection->maker : &connection->bound;

  if (g_strcmp0 (*bound, name) == 0)
    return;
  g_free (*bound);
  *bound = g_strdup (name);
  l2tp_connection_changed (connection);
}

void
l2tp_connection_set_filename (L2tpConnection *connection, const char *filename)
{
  if (g_strcmp0 (connection->filename, filename) == 0)
    return;
  g_free (connection->filename);
  connection->filename = g_strdup (filename);
  l2tp_connection_changed (connection);
}

/* --- What it tells ------------------------------------------------------------------------- */

const char *
l2tp_source_to_string (L2tpSource source)
{
  switch (source)
    {
    case L2TP_SOURCE_DISK:
      return "disk";
    case L2TP_SOURCE_MEMORY:
      return "memory";
    case L2TP_SOURCE_NETWORKMANAGER:
      return "networkmanager";
    }
  g_return_val_if_reached (NULL);
}

const char *
l2tp_connection_get_path (L2tpConnection *connection)
{
  return connection->path;
}

const char *
l2tp_connection_get_uuid (L2tpConnection *connection)
{
  return l2tp_config_get_string (connection->config, L2TP_OPTION_UUID);
}

const char *
l2tp_connection_get_name (L2tpConnection *connection)
{
  return l2tp_config_get_string (connection->config, L2TP_OPTION_NAME);
}

guint32
l2tp_connection_get_owner (L2tpConnection *connection)
{
  return connection->owner;
}

L2tpSource
l2tp_connection_get_source (L2tpConnection *connection)
{
  return connection->source;
}

const char *
l2tp_connection_get_bound (L2tpConnection *connection, gboolean remove)
{
  return remove ? connection->maker : connection->bound;
}

const char *
l2tp_connection_get_filename (L2tpConnection *connection)
{
  return connection->filename;
}

L2tpConfig *
l2tp_connection_get_config (L2tpConnection *connection)
{
  return connection->config;
}

L2tpConnectionState
l2tp_connection_get_state (L2tpConnection *connection)
{
  return connection->state;
}

L2tpStateReason
l2tp_connection_get_reason (L2tpConnection *connection)
{
  return connection->reason;
}

gint64
l2tp_connection_get_since (L2tpConnection *connection)
{
  return connection->since;
}

guint
l2tp_connection_get_retry_count (L2tpConnection *connection)
{
  return connection->up_since != 0 ? 0 : connection->failures;
}

gint64
l2tp_connection_get_next_retry (L2tpConnection *connection)
{
  return connection->next_retry;
}

const GError *
l2tp_connection_get_error (L2tpConnection *connection)
{
  return connection->error;
}

const char *
l2tp_connection_get_phase (L2tpConnection *connection)
{
  if (connection->state != L2TP_CONNECTION_STATE_CONNECTING &&
      connection->state != L2TP_CONNECTION_STATE_RECONNECTING)
    return "";
  if (connection->means->asleep)
    return "sleep";
  if (connection->waiting)
    return "network";
  if (connection->call == NULL)
    return "";
  return l2tp_stage_to_string (l2tp_call_get_stage (connection->call));
}

L2tpCall *
l2tp_connection_get_call (L2tpConnection *connection)
{
  return connection->call;
}

L2tpNetwork *
l2tp_connection_get_network (L2tpConnection *connection)
{
  return connection->network;
}

GInetAddress *
l2tp_connection_get_lns (L2tpConnection *connection, const char **ret_name)
{
  *ret_name = connection->lns_name;
  return connection->lns;
}

gboolean
l2tp_connection_was_up (L2tpConnection *connection)
{
  return connection->was_up;
}

gboolean
l2tp_connection_is_wanted (L2tpConnection *connection)
{
  return connection->prompt != NULL && !connection->finishing &&
         connection->stop_reason == L2TP_STATE_REASON_FAILED;
}

GVariant *
l2tp_connection_get_timeline (L2tpConnection *connection)
{
  return l2tp_timeline_to_variant (connection->timeline);
}

gboolean
l2tp_connection_is_active (L2tpConnection *connection)
{
  return connection->prompt != NULL || connection->finishing;
}

gboolean
l2tp_connection_is_guarding (L2tpConnection *connection)
{
  return connection->guarding && connection->stop_reason == L2TP_STATE_REASON_FAILED;
}

gboolean
l2tp_connection_needs_end (L2tpConnection *connection)
{
  return connection->network != NULL;
}
