/* SPDX-License-Identifier: GPL-2.0-or-later */
/* SPDX-FileCopyrightText: The l2tp-client authors */

/* add: makes a connection. Keys and values are checked here against the option table for an answer
 * at once and in the user's words; the service checks again and has the last word. */

#include "connection.h"
#include "secret.h"

#include <stdio.h>
#include <string.h>

#include <glib/gi18n.h>

#define ADD_TIMEOUT_MS 25000

/* Edit distance, to guess what a mistyped key was meant to be. */
static guint
distance (const char *a, const char *b)
{
  gsize n = strlen (b);
  g_autofree guint *row = g_new (guint, n + 1);

  for (gsize j = 0; j <= n; j++)
    row[j] = j;
  for (; *a != '\0'; a++)
    {
      guint diagonal = row[0]++;

      for (gsize j = 1; j <= n; j++)
        {
          guint above = row[j];

          row[j] = MIN (MIN (row[j - 1], above) + 1, diagonal + (*a != b[j - 1]));
          diagonal = above;
        }
    }
  return row[n];
}

static int
report_unknown_key (const char *key)
{
  g_autofree char *clean = cli_output_clean (key);
  const char *best = NULL;
  guint best_distance = 4;

  for (guint i = 0; i < L2TP_N_OPTIONS && strlen (key) < 64; i++)
    {
      const char *candidate = l2tp_option_get (i)->key;
      guint d = distance (key, candidate);

      if (d >= best_distance)
        continue;
      best_distance = d;
      best = candidate;
    }
  cli_output_error (_ ("%s: there is no such option"), clean);
  if (best != NULL)
    cli_output_hint (_ ("did you mean %s? “l2tp-client add --help” lists them all"), best);
  else
    cli_output_hint (_ ("“l2tp-client add --help” lists them all"));
  return CLI_EXIT_USAGE;
}

static GVariant *
to_variant (const L2tpOption *option, const char *text, guint value)
{
  if (option->type == L2TP_OPTION_TYPE_UINT)
    return g_variant_new_uint32 (value);
  if (option->type == L2TP_OPTION_TYPE_BOOL)
    return g_variant_new_boolean (value != 0);
  return g_variant_new_string (text);
}

static int
add_value (GVariantDict *settings, L2tpOptionId id, const char *text)
{
  const L2tpOption *option = l2tp_option_get (id);
  g_autofree char *fault = NULL;
  guint value = 0;

  if (g_variant_dict_contains (settings, option->key))
    {
      cli_output_error (_ ("%s: given twice"), option->key);
      return CLI_EXIT_USAGE;
    }
  if (!l2tp_option_validate (id, text, &value, &fault))
    {
      cli_output_error ("%s", fault);
      return CLI_EXIT_USAGE;
    }
  g_variant_dict_insert_value (settings, option->key, to_variant (option, text, value));
  return CLI_EXIT_OK;
}

static int
add_argument (GVariantDict *settings, char *argument)
{
  g_auto (GStrv) parts = g_strsplit (argument, "=", 2);
  L2tpOptionId id;

  if (g_strv_length (parts) != 2)
    {
      g_autofree char *clean = cli_output_clean (argument);
      cli_output_error (_ ("“%s” is not of the form key=value"), clean);
      return CLI_EXIT_USAGE;
    }
  if (!l2tp_option_find (parts[0], &id))
    return report_unknown_key (parts[0]);
  if ((l2tp_option_get (id)->flags & L2TP_OPTION_SECRET) != 0)
    {
      explicit_bzero (argument, strlen (argument));
      cli_output_error (_ ("%s: give it with --%s-file, never on the command line"), parts[0],
                        parts[0]);
      return CLI_EXIT_USAGE;
    }
  return add_value (settings, id, parts[1]);
}

static int
check_required (GVariantDict *settings)
{
  for (guint i = 0; i < L2TP_N_OPTIONS; i++)
    {
      const L2tpOption *option = l2tp_option_get (i);

      if ((option->flags & L2TP_OPTION_REQUIRED) == 0 ||
          g_variant_dict_contains (settings, option->key))
        continue;
      cli_output_error (_ ("%s: is required"), option->key);
      cli_output_hint (_ ("add %s=%s"), option->key, l2tp_option_type_to_string (option->type));
      return CLI_EXIT_USAGE;
    }
  return CLI_EXIT_OK;
}

static int
parse_settings (char **args, GVariant **ret_settings)
{
  g_auto (GVariantDict) settings = G_VARIANT_DICT_INIT (NULL);
  int status = add_value (&settings, L2TP_OPTION_NAME, args[0]);

  for (char **arg = args + 1; *arg != NULL && status == CLI_EXIT_OK; arg++)
    status = add_argument (&settings, *arg);
  if (status == CLI_EXIT_OK)
    status = check_required (&settings);
  if (status == CLI_EXIT_OK)
    *ret_settings = g_variant_ref_sink (g_variant_dict_end (&settings));
  return status;
}

static int
read_secrets (const CliOptions *options, GVariant **ret_secrets)
{
  g_auto (GVariantDict) secrets = G_VARIANT_DICT_INIT (NULL);
  gboolean has_stdin = FALSE;

  for (guint i = 0; i < L2TP_N_OPTIONS; i++)
    {
      const char *path = options->secret_files[i];
      g_autoptr (GVariant) secret = NULL;
      int status;

      if (path == NULL)
        continue;
      if (g_str_equal (path, "-") && has_stdin)
        {
          cli_output_error (_ ("only one secret can come from standard input"));
          return CLI_EXIT_USAGE;
        }
      has_stdin |= g_str_equal (path, "-");
      status = cli_secret_read (i, path, &secret);
      if (status != CLI_EXIT_OK)
        return status;
      g_variant_dict_insert_value (&secrets, l2tp_option_get (i)->key, secret);
    }
  *ret_secrets = g_variant_ref_sink (g_variant_dict_end (&secrets));
  return CLI_EXIT_OK;
}

static L2tpDBusManager *
get_manager (CliClient *client)
{
  g_autoptr (GDBusInterface) interface = g_dbus_object_manager_get_interface (
      client->objects, L2TP_OBJECT_MANAGER, L2TP_INTERFACE_MANAGER);

  return L2TP_DBUS_IS_MANAGER (interface) ? L2TP_DBUS_MANAGER (g_steal_pointer (&interface)) : NULL;
}

static char *
call_add (CliClient *client, GVariant *settings, GVariant *secrets, GError **error)
{
  g_autoptr (L2tpDBusManager) manager = get_manager (client);
  g_autoptr (GAsyncResult) result = NULL;
  char *path = NULL;

  if (manager == NULL)
    {
      g_set_error (error, G_DBUS_ERROR, G_DBUS_ERROR_UNKNOWN_OBJECT, "%s", L2TP_OBJECT_MANAGER);
      return NULL;
    }
  l2tp_dbus_manager_call_add_connection (manager, settings, secrets, g_variant_new ("a{sv}", NULL),
                                         G_DBUS_CALL_FLAGS_NO_AUTO_START, ADD_TIMEOUT_MS,
                                         client->cancellable, cli_client_ready, &result);
  if (!l2tp_dbus_manager_call_add_connection_finish (manager, &path, cli_client_await (&result),
                                                     error))
    return NULL;
  return path;
}

/* The service chose the UUID: ask the new object for it. */
static L2tpDBusConnection *
open_connection (CliClient *client, const char *path, GError **error)
{
  g_autoptr (GAsyncResult) result = NULL;

  l2tp_dbus_connection_proxy_new (client->bus, G_DBUS_PROXY_FLAGS_DO_NOT_AUTO_START, L2TP_BUS_NAME,
                                  path, client->cancellable, cli_client_ready, &result);
  return l2tp_dbus_connection_proxy_new_finish (cli_client_await (&result), error);
}

static void
print_added (const CliOptions *options, L2tpDBusConnection *connection)
{
  g_autofree char *name = cli_output_clean (l2tp_dbus_connection_get_name (connection));
  g_autofree char *uuid = cli_output_clean (l2tp_dbus_connection_get_uuid (connection));

  if (options->json)
    {
      JsonObject *json = json_object_new ();
      JsonNode *node = json_node_init_object (json_node_alloc (), json);

      json_object_set_string_member (json, "name", name);
      json_object_set_string_member (json, "uuid", uuid);
      cli_output_json (node);
      json_object_unref (json);
    }
  else if (!options->quiet)
    printf ("%s: %s, %s\n", _ ("added"), name, uuid);
}

int
cli_cmd_add (const CliOptions *options, char **args)
{
  g_autoptr (CliClient) client = NULL;
  g_autoptr (GVariant) settings = NULL, secrets = NULL;
  g_autoptr (L2tpDBusConnection) connection = NULL;
  g_autoptr (GError) error = NULL;
  g_autofree char *path = NULL;
  int status = parse_settings (args, &settings);

  if (status == CLI_EXIT_OK)
    status = read_secrets (options, &secrets);
  if (status == CLI_EXIT_OK)
    status = cli_client_open (CLI_CLIENT_START, &client);
  if (status != CLI_EXIT_OK)
    return status;

  path = call_add (client, settings, secrets, &error);
  if (path != NULL)
    connection = open_connection (client, path, &error);
  if (connection == NULL)
    return cli_client_report (client, error);
  print_added (options, connection);
  return CLI_EXIT_OK;
}

static char *
describe_type (const L2tpOption *option)
{
  if (option->type == L2TP_OPTION_TYPE_UINT)
    return g_strdup_printf ("%u-%u", option->min, option->max);
  if (option->type == L2TP_OPTION_TYPE_ENUM)
    return g_strdup (option->words);
  return g_strdup (l2tp_option_type_to_string (option->type));
}

static void
describe_option (GString *text, const L2tpOption *option)
{
  g_autofree char *type = describe_type (option);
  int pad = 16 - (int) g_utf8_strlen (type, -1);

  g_string_append_printf (text, "  %-22s %s%*s  %s", option->key, type, MAX (pad, 0), "",
                          _ (option->help));
  if ((option->flags & L2TP_OPTION_REQUIRED) != 0)
    g_string_append (text, _ (" (required)"));
  else if (option->fallback != NULL && option->missing != NULL)
    g_string_append_printf (text, _ (" (default %s; not built yet)"), option->fallback);
  else if (option->fallback != NULL)
    g_string_append_printf (text, _ (" (default %s)"), option->fallback);
  else if (option->missing != NULL)
    g_string_append (text, _ (" (not built yet)"));
  g_string_append_c (text, '\n');
}

char *
cli_cmd_add_describe (void)
{
  const int hidden = L2TP_OPTION_SECRET | L2TP_OPTION_LEGACY;
  GString *text = g_string_new (_ ("Options of a connection, as key=value:\n"));

  for (guint i = 0; i < L2TP_N_OPTIONS; i++)
    {
      const L2tpOption *option = l2tp_option_get (i);
      const char *section = l2tp_option_get_section (i);

      if (section != NULL && (option->flags & L2TP_OPTION_LEGACY) == 0)
        g_string_append_printf (text, "\n %s:\n", _ (section));
      if (i != L2TP_OPTION_NAME && (option->flags & hidden) == 0)
        describe_option (text, option);
    }
  g_string_append (text, _ ("\nMore in l2tp-options(5)."));
  return g_string_free (text, FALSE);
}
