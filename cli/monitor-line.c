/* SPDX-License-Identifier: GPL-2.0-or-later */
/* SPDX-FileCopyrightText: The l2tp-client authors */

/* Words for what has happened, and what status bars want to know. A bar shows the last object only,
 * so its "text", "class", "tooltip" and "alt" are about everything that is watched; the two texts
 * are Pango markup, as waybar reads them. */

#include "monitor-line.h"

#include <stdio.h>

#include <glib/gi18n.h>

const char *const *
cli_monitor_get_fields (void)
{
  static const char *const fields[] = {
    "event",      "time",     "aggregate", "text",         "class", "tooltip",     "alt",
    "name",       "uuid",     "gateway",   "user_name",    "owner", "autostart",   "source",
    "filename",   "state",    "phase",     "state_reason", "since", "retry_count", "next_retry",
    "interface",  "if_index", "address",   "addresses",    "peer",  "peer6",       "dns",
    "last_error", "error",    NULL,
  };

  return fields;
}

/* Returns the one state of several connections, in the words of org.l2tp.Manager.State: what wants
 * a person comes first, then what moves. */
static const char *
summarize (GPtrArray *objects)
{
  gboolean connecting = FALSE, connected = FALSE;

  for (guint i = 0; i < objects->len; i++)
    {
      L2tpDBusConnection *c = l2tp_dbus_object_peek_connection (objects->pdata[i]);
      guint state = l2tp_dbus_connection_get_state (c);

      if (state == L2TP_CONNECTION_STATE_FAILED || state == L2TP_CONNECTION_STATE_NEED_SECRETS)
        return "attention";
      connecting |=
          state == L2TP_CONNECTION_STATE_CONNECTING || state == L2TP_CONNECTION_STATE_RECONNECTING;
      connected |= state == L2TP_CONNECTION_STATE_CONNECTED;
    }
  if (connecting)
    return "connecting";
  return connected ? "connected" : "none";
}

/* The names of those that are not just down. */
static char *
join_names (GPtrArray *objects)
{
  GString *text = g_string_new (NULL);

  for (guint i = 0; i < objects->len; i++)
    {
      L2tpDBusConnection *c = l2tp_dbus_object_peek_connection (objects->pdata[i]);
      g_autofree char *name = cli_output_clean (l2tp_dbus_connection_get_name (c));

      if (l2tp_dbus_connection_get_state (c) != L2TP_CONNECTION_STATE_DISCONNECTED)
        g_string_append_printf (text, "%s%s", text->len > 0 ? ", " : "", name);
    }
  return g_string_free (text, FALSE);
}

/* "work: connected, ppp0, 10.77.0.10" */
static char *
describe (L2tpDBusConnection *c, CliColor color)
{
  guint state = l2tp_dbus_connection_get_state (c);
  g_autofree char *name = cli_output_clean (l2tp_dbus_connection_get_name (c));
  g_autofree char *interface = cli_output_clean (l2tp_dbus_connection_get_interface (c));
  g_autofree char *address = cli_connection_dup_address (c, FALSE);
  g_autofree char *address6 = cli_connection_dup_address6 (c, FALSE);
  g_autofree char *next = cli_connection_dup_next_attempt (c);
  g_autofree char *error = NULL, *cause = NULL, *remedy = NULL;
  g_autofree char *word = cli_output_paint (color, cli_state_to_string (state));
  GString *text = g_string_new (NULL);

  g_string_append_printf (text, "%s: %s", name, word);
  if (state == L2TP_CONNECTION_STATE_CONNECTED && *interface != '\0')
    g_string_append_printf (text, ", %s", interface);
  if (state == L2TP_CONNECTION_STATE_CONNECTED && address != NULL)
    g_string_append_printf (text, ", %s", address);
  if (state == L2TP_CONNECTION_STATE_CONNECTED && address6 != NULL)
    g_string_append_printf (text, ", %s", address6);
  if (state != L2TP_CONNECTION_STATE_CONNECTED &&
      cli_connection_get_error (c, &error, &cause, &remedy))
    g_string_append_printf (text, ", %s", cause);
  if (next != NULL)
    g_string_append_printf (text, ", %s", next);
  return g_string_free (text, FALSE);
}

static char *
describe_all (GPtrArray *objects)
{
  GString *text = g_string_new (NULL);

  for (guint i = 0; i < objects->len; i++)
    {
      g_autofree char *line =
          describe (l2tp_dbus_object_peek_connection (objects->pdata[i]), CLI_COLOR_NONE);

      g_string_append_printf (text, "%s%s", text->len > 0 ? "\n" : "", line);
    }
  return g_string_free (text, FALSE);
}

static void
set_markup (JsonObject *json, const char *key, const char *text)
{
  g_autofree char *escaped = g_markup_escape_text (text, -1);

  json_object_set_string_member (json, key, escaped);
}

static void
add_bar (JsonObject *json, GPtrArray *shown, GPtrArray *all)
{
  g_autofree char *text = join_names (shown);
  g_autofree char *tooltip = describe_all (shown);

  json_object_set_string_member (json, "aggregate", summarize (all));
  set_markup (json, "text", text);
  json_object_set_string_member (json, "class", summarize (shown));
  set_markup (json, "tooltip", tooltip);
  json_object_set_string_member (json, "alt", summarize (shown));
}

/* The two that a script wants most often, without a look into others. */
static void
add_short_cuts (JsonObject *json, L2tpDBusConnection *c)
{
  JsonArray *addresses = json_object_get_array_member (json, "addresses");
  g_autofree char *error = NULL, *cause = NULL, *remedy = NULL;

  if (json_array_get_length (addresses) > 0)
    json_object_set_string_member (json, "address", json_array_get_string_element (addresses, 0));
  if (cli_connection_get_error (c, &error, &cause, &remedy))
    json_object_set_string_member (json, "error", cause);
}

JsonNode *
cli_monitor_line_to_json (const char *event,
                          L2tpDBusConnection *connection,
                          GPtrArray *shown,
                          GPtrArray *all)
{
  JsonObject *json = json_object_new ();
  JsonNode *node = json_node_init_object (json_node_alloc (), json);
  const char *const *fields = cli_monitor_get_fields ();

  /* Every member is always there, and in this order. */
  for (guint i = 0; fields[i] != NULL; i++)
    json_object_set_null_member (json, fields[i]);
  json_object_set_string_member (json, "event", event);
  add_bar (json, shown, all);
  if (connection != NULL)
    {
      cli_connection_add_json (json, connection);
      add_short_cuts (json, connection);
    }
  json_object_unref (json);
  return node;
}

void
cli_monitor_line_stamp (JsonObject *json)
{
  g_autofree char *time = cli_output_utc (g_get_real_time ());

  if (json_object_has_member (json, "time"))
    json_object_set_string_member (json, "time", time);
}

void
cli_monitor_print_time (void)
{
  g_autoptr (GDateTime) now = g_date_time_new_now_local ();
  g_autofree char *time = g_date_time_format (now, "%H:%M:%S");
  g_autofree char *dim = cli_output_paint (CLI_COLOR_DIM, time);

  printf ("%s ", dim);
}

char *
cli_monitor_line_to_text (L2tpDBusConnection *connection)
{
  return describe (connection, cli_state_to_color (l2tp_dbus_connection_get_state (connection)));
}

char *
cli_monitor_line_removed (L2tpDBusConnection *connection)
{
  g_autofree char *name = cli_output_clean (l2tp_dbus_connection_get_name (connection));

  return g_strdup_printf (_ ("%s: removed"), name);
}
