/* SPDX-License-Identifier: GPL-2.0-or-later */
/* SPDX-FileCopyrightText: The l2tp-client authors */

/* show: the settings of a connection, as add and edit take them, and where they come from. Of
 * secrets there is only to say where they are. */

#include "connection.h"
#include "fields.h"
#include "settings.h"

#include <glib/gi18n.h>

static const char *const extra_fields[] = { "secrets", "owner", "source", "filename" };

static gboolean
is_setting (L2tpOptionId id)
{
  return (l2tp_option_get (id)->flags & (L2TP_OPTION_SECRET | L2TP_OPTION_LEGACY)) == 0;
}

GStrv
cli_show_get_fields (void)
{
  g_autoptr (GStrvBuilder) builder = g_strv_builder_new ();

  for (guint i = 0; i < L2TP_N_OPTIONS; i++)
    if (is_setting (i))
      g_strv_builder_add (builder, l2tp_option_get (i)->key);
  for (guint i = 0; i < G_N_ELEMENTS (extra_fields); i++)
    g_strv_builder_add (builder, extra_fields[i]);
  return g_strv_builder_end (builder);
}

/* NetworkManager's numbers; several of them at once make no sense. */
static const char *
describe_flags (guint flags)
{
  if ((flags & 4) != 0)
    return "not needed";
  if ((flags & 2) != 0)
    return "asked for";
  if ((flags & 1) != 0)
    return "with the agent";
  return "kept";
}

static void
set_secrets (JsonObject *json, GVariant *settings)
{
  JsonObject *secrets = json_object_new ();

  for (guint i = 0; i < L2TP_N_OPTIONS; i++)
    {
      const L2tpOption *option = l2tp_option_get (i);
      L2tpOptionId id;
      guint flags = 0;
      gboolean given = l2tp_option_find_flags (i, &id) &&
                       g_variant_lookup (settings, l2tp_option_get (id)->key, "u", &flags);

      if ((option->flags & L2TP_OPTION_SECRET) != 0 && (given || i == L2TP_OPTION_PASSWORD))
        json_object_set_string_member (secrets, option->key, describe_flags (flags));
    }
  json_object_set_object_member (json, "secrets", secrets);
}

static void
set_text (JsonObject *json, const char *key, const char *text)
{
  g_autofree char *clean = cli_output_clean (text);

  if (*clean == '\0')
    json_object_set_null_member (json, key);
  else
    json_object_set_string_member (json, key, clean);
}

static void
set_value (JsonObject *json, const char *key, GVariant *value)
{
  g_autofree char *text = NULL;

  if (g_variant_is_of_type (value, G_VARIANT_TYPE_UINT32))
    json_object_set_int_member (json, key, g_variant_get_uint32 (value));
  else if (g_variant_is_of_type (value, G_VARIANT_TYPE_BOOLEAN))
    json_object_set_boolean_member (json, key, g_variant_get_boolean (value));
  else
    {
      text = cli_describe_value (value);
      set_text (json, key, text);
    }
}

static JsonNode *
to_json (GVariant *settings, L2tpDBusConnection *c)
{
  JsonObject *json = json_object_new ();
  JsonNode *node = json_node_init_object (json_node_alloc (), json);
  g_autofree char *owner = cli_connection_dup_owner (c);

  for (guint i = 0; i < L2TP_N_OPTIONS; i++)
    {
      const char *key = l2tp_option_get (i)->key;
      g_autoptr (GVariant) value = g_variant_lookup_value (settings, key, NULL);

      /* A service that puts a secret here has a fault; it is not passed on. */
      if (value != NULL && (l2tp_option_get (i)->flags & L2TP_OPTION_SECRET) == 0)
        set_value (json, key, value);
      else if (i == L2TP_OPTION_UUID)
        set_text (json, key, l2tp_dbus_connection_get_uuid (c));
    }
  set_secrets (json, settings);
  set_text (json, "owner", owner);
  set_text (json, "source", l2tp_dbus_connection_get_source (c));
  set_text (json, "filename", l2tp_dbus_connection_get_filename (c));
  json_object_unref (json);
  return node;
}

/* Says in words what is only a missing value to a script. */
static char *
format_for_people (JsonObject *json, const char *field)
{
  g_autofree char *text = cli_fields_format (json, field);

  if (g_str_equal (field, "owner") && *text == '\0')
    return g_strdup (_ ("all users"));
  return g_steal_pointer (&text);
}

static void
print_secrets (CliTable *table, JsonObject *secrets)
{
  g_autoptr (GList) members = json_object_get_members (secrets);

  for (GList *l = members; l != NULL; l = l->next)
    {
      cli_table_cell (table, CLI_COLOR_NONE, l->data);
      cli_table_cell (table, CLI_COLOR_DIM, json_object_get_string_member (secrets, l->data));
    }
}

static void
print_table (const CliOptions *options, JsonObject *json)
{
  const char *const headings[] = { _ ("KEY"), _ ("VALUE"), NULL };
  g_autoptr (CliTable) table = cli_table_new (headings);
  g_autoptr (GList) members = json_object_get_members (json);

  for (GList *l = members; l != NULL; l = l->next)
    {
      g_autofree char *text = format_for_people (json, l->data);

      if (g_str_equal (l->data, "secrets"))
        print_secrets (table, json_object_get_object_member (json, l->data));
      else if (*text != '\0')
        {
          cli_table_cell (table, CLI_COLOR_NONE, l->data);
          cli_table_cell (table, CLI_COLOR_NONE, text);
        }
    }
  cli_table_print (table, !options->no_legend);
}

/* Values alone would not say which secret is where. */
static void
list_secrets (JsonObject *json)
{
  JsonObject *secrets = json_object_get_object_member (json, "secrets");
  g_autoptr (GList) members = json_object_get_members (secrets);
  JsonArray *list = json_array_new ();

  for (GList *l = members; l != NULL; l = l->next)
    {
      g_autofree char *text = g_strdup_printf ("%s=%s", (const char *) l->data,
                                               json_object_get_string_member (secrets, l->data));
      json_array_add_string_element (list, text);
    }
  json_object_set_array_member (json, "secrets", list);
}

static void
print (const CliOptions *options, JsonNode *node, const char *const *fields)
{
  JsonObject *json = json_node_get_object (node);
  g_autoptr (GList) members = json_object_get_members (json);
  g_autoptr (GPtrArray) present = g_ptr_array_new ();

  if (options->json)
    {
      cli_output_json (fields != NULL ? cli_fields_pick (json, fields) : json_node_copy (node));
      return;
    }
  if (fields == NULL && !options->terse)
    {
      print_table (options, json);
      return;
    }
  list_secrets (json);
  for (GList *l = members; l != NULL; l = l->next)
    g_ptr_array_add (present, l->data);
  g_ptr_array_add (present, NULL);
  cli_fields_print_block (options, json,
                          fields != NULL ? fields : (const char *const *) present->pdata);
}

int
cli_cmd_show (const CliOptions *options, char **args)
{
  g_autoptr (CliClient) client = NULL;
  g_autoptr (L2tpDBusObject) object = NULL;
  g_autoptr (L2tpDBusConnection) c = NULL;
  g_autoptr (GVariant) reply = NULL, settings = NULL;
  g_autoptr (GError) error = NULL;
  g_autoptr (JsonNode) node = NULL;
  g_auto (GStrv) known = cli_show_get_fields (), fields = NULL;
  int status = CLI_EXIT_OK;

  if (options->fields != NULL)
    status = cli_fields_parse (options->fields, (const char *const *) known, &fields);
  if (status == CLI_EXIT_OK)
    status = cli_client_open (CLI_CLIENT_START, &client);
  if (status == CLI_EXIT_OK)
    status = cli_client_find (client, args[0], &object);
  if (status != CLI_EXIT_OK)
    return status;
  client->never_asks = options->never_asks;
  c = l2tp_dbus_object_get_connection (object);
  reply = cli_client_call (client, c, "GetSettings", g_variant_new ("(a{sv})", NULL), &error);
  if (reply == NULL)
    return cli_client_report (client, error);
  g_variant_get (reply, "(@a{sv})", &settings);
  node = to_json (settings, c);
  print (options, node, (const char *const *) fields);
  return CLI_EXIT_OK;
}
