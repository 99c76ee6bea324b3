/* SPDX-License-Identifier: GPL-2.0-or-later */
/* SPDX-FileCopyrightText: The l2tp-client authors */

/* Fields of a JSON object as columns, lines and terse text. Hides how a value that is no text looks
 * as text, and the escaping, which is nmcli's. */

#include "fields.h"

#include <stdio.h>
#include <string.h>

#include <glib/gi18n.h>

static int
report_unknown (const char *field, const char *const *known)
{
  g_autofree char *clean = cli_output_clean (field);
  g_autofree char *list = g_strjoinv (", ", (char **) known);

  cli_output_error (_ ("--fields: there is no field “%s”"), clean);
  cli_output_hint (_ ("the fields are: all, %s"), list);
  return CLI_EXIT_USAGE;
}

int
cli_fields_parse (const char *chosen, const char *const *known, GStrv *ret_fields)
{
  g_auto (GStrv) fields = g_strsplit (chosen, ",", -1);

  if (g_str_equal (chosen, "all"))
    {
      *ret_fields = g_strdupv ((char **) known);
      return CLI_EXIT_OK;
    }
  for (guint i = 0; fields[i] != NULL; i++)
    if (!g_strv_contains (known, fields[i]))
      return report_unknown (fields[i], known);
  if (fields[0] == NULL)
    return report_unknown (chosen, known);
  *ret_fields = g_steal_pointer (&fields);
  return CLI_EXIT_OK;
}

static void append_node (GString *text, JsonNode *node);

static void
append_array (GString *text, JsonArray *array)
{
  for (guint i = 0; i < json_array_get_length (array); i++)
    {
      if (i > 0)
        g_string_append_c (text, ',');
      append_node (text, json_array_get_element (array, i));
    }
}

static void
append_object (GString *text, JsonObject *object)
{
  g_autoptr (GList) members = json_object_get_members (object);

  for (GList *l = members; l != NULL; l = l->next)
    {
      if (l != members)
        g_string_append_c (text, ' ');
      append_node (text, json_object_get_member (object, l->data));
    }
}

static void
append_node (GString *text, JsonNode *node)
{
  if (JSON_NODE_HOLDS_ARRAY (node))
    append_array (text, json_node_get_array (node));
  else if (JSON_NODE_HOLDS_OBJECT (node))
    append_object (text, json_node_get_object (node));
  else if (json_node_get_value_type (node) == G_TYPE_STRING)
    g_string_append (text, json_node_get_string (node));
  else if (json_node_get_value_type (node) == G_TYPE_BOOLEAN)
    g_string_append (text, json_node_get_boolean (node) ? "yes" : "no");
  else if (json_node_get_value_type (node) == G_TYPE_INT64)
    g_string_append_printf (text, "%" G_GINT64_FORMAT, json_node_get_int (node));
}

char *
cli_fields_format (JsonObject *json, const char *field)
{
  GString *text = g_string_new (NULL);
  JsonNode *node = json_object_get_member (json, field);

  if (node != NULL)
    append_node (text, node);
  return g_string_free (text, FALSE);
}

static void
append_escaped (GString *text, const char *value)
{
  for (const char *p = value; *p != '\0'; p++)
    {
      if (strchr (":\\", *p) != NULL)
        g_string_append_c (text, '\\');
      g_string_append_c (text, *p);
    }
}

char *
cli_fields_terse (JsonObject *json, const char *const *fields)
{
  GString *text = g_string_new (NULL);

  for (guint i = 0; fields[i] != NULL; i++)
    {
      g_autofree char *value = cli_fields_format (json, fields[i]);

      if (i > 0)
        g_string_append_c (text, ':');
      append_escaped (text, value);
    }
  return g_string_free (text, FALSE);
}

JsonNode *
cli_fields_pick (JsonObject *json, const char *const *fields)
{
  JsonObject *picked = json_object_new ();
  JsonNode *node = json_node_init_object (json_node_alloc (), picked);

  for (guint i = 0; fields[i] != NULL; i++)
    if (json_object_has_member (json, fields[i]))
      json_object_set_member (picked, fields[i],
                              json_node_copy (json_object_get_member (json, fields[i])));
  json_object_unref (picked);
  return node;
}

static void
print_table (gboolean has_legend, GPtrArray *nodes, const char *const *fields)
{
  g_autoptr (GPtrArray) headings = g_ptr_array_new_with_free_func (g_free);
  g_autoptr (CliTable) table = NULL;

  for (guint i = 0; fields[i] != NULL; i++)
    g_ptr_array_add (headings, g_ascii_strup (fields[i], -1));
  g_ptr_array_add (headings, NULL);
  table = cli_table_new ((const char *const *) headings->pdata);
  for (guint i = 0; i < nodes->len; i++)
    for (guint j = 0; fields[j] != NULL; j++)
      {
        g_autofree char *value =
            cli_fields_format (json_node_get_object (nodes->pdata[i]), fields[j]);
        cli_table_cell (table, CLI_COLOR_NONE, value);
      }
  cli_table_print (table, has_legend);
}

void
cli_fields_print_rows (const CliOptions *options, GPtrArray *nodes, const char *const *fields)
{
  if (!options->terse)
    {
      print_table (!options->no_legend, nodes, fields);
      return;
    }
  for (guint i = 0; i < nodes->len; i++)
    {
      g_autofree char *line = cli_fields_terse (json_node_get_object (nodes->pdata[i]), fields);
      puts (line);
    }
}

void
cli_fields_print_block (const CliOptions *options, JsonObject *json, const char *const *fields)
{
  gsize width = 0;

  for (guint i = 0; fields[i] != NULL; i++)
    width = MAX (width, strlen (fields[i]));
  for (guint i = 0; fields[i] != NULL; i++)
    {
      const char *const one[] = { fields[i], NULL };
      g_autofree char *terse = cli_fields_terse (json, one);
      g_autofree char *value = cli_fields_format (json, fields[i]);

      if (options->terse)
        printf ("%s:%s\n", fields[i], terse);
      else
        printf ("%-*s  %s\n", (int) width, fields[i], *value != '\0' ? value : "-");
    }
}
