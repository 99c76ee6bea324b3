/* SPDX-License-Identifier: GPL-2.0-or-later */
/* SPDX-FileCopyrightText: The l2tp-client authors */

/* import: makes connections out of other programs' files and says what they had that a connection
 * does not. Nothing is made unless every file could be read. GKeyFile keeps copies of what it reads
 * that cannot be wiped, so the process renounces core dumps. */

#include "client.h"
#include "import.h"
#include "output.h"
#include "secret.h"
#include "settings.h"

#include <stdio.h>
#include <string.h>
#include <sys/prctl.h>

#include <glib/gi18n.h>

#define PPP_DIRECTORY "/etc/ppp"

typedef struct
{
  const CliOptions *options;
  CliImportFormat format;
  char *chap_secrets;
  GVariant *given[L2TP_N_OPTIONS]; /* secrets of --KEY-file, or NULL */
  GPtrArray *imports;
  JsonArray *report; /* (nullable) */
} Run;

static void
free_import (gpointer import)
{
  cli_import_free (import);
}

static void
run_clear (Run *run)
{
  cli_import_wipe (run->chap_secrets);
  for (guint i = 0; i < L2TP_N_OPTIONS; i++)
    g_clear_pointer (&run->given[i], g_variant_unref);
  g_ptr_array_unref (run->imports);
  g_clear_pointer (&run->report, json_array_unref);
}
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (Run, run_clear)

static void
warn (const CliOptions *options, const char *name, const char *text)
{
  g_autofree char *clean_name = name != NULL ? cli_output_clean (name) : NULL;
  g_autofree char *clean = cli_output_clean (text);

  if (options->quiet)
    return;
  if (clean_name != NULL)
    cli_output_warning ("%s: %s", clean_name, clean);
  else
    cli_output_warning ("%s", clean);
}

static int
report_file (const char *path, const char *fault)
{
  g_autofree char *clean_path =
      cli_output_clean (g_str_equal (path, "-") ? _ ("standard input") : path);
  g_autofree char *clean = cli_output_clean (fault);

  cli_output_error ("%s: %s", clean_path, clean);
  return CLI_EXIT_FAILURE;
}

/* Opening a device may do things; the user meant the file, not what it names. */
static char *
load_beside (const char *path, gpointer data, char **ret_fault)
{
  const char *file = data;
  g_autofree char *directory = g_path_get_dirname (file);
  g_autofree char *beside = g_path_is_absolute (path) || g_str_equal (file, "-")
                                ? g_strdup (path)
                                : g_build_filename (directory, path, NULL);

  if (g_file_test (beside, G_FILE_TEST_EXISTS) && !g_file_test (beside, G_FILE_TEST_IS_REGULAR))
    {
      *ret_fault = g_strdup (_ ("it is no regular file"));
      return NULL;
    }
  return cli_import_read_file (beside, ret_fault);
}

/* “office (l2tp).conf” is what NetworkManager-l2tp suggests for “office”. */
static char *
name_after (const char *path)
{
  static const char *const endings[] = { ".conf", ".cnf", ".nmconnection", " (l2tp)" };
  char *name = g_str_equal (path, "-") ? g_strdup ("imported") : g_path_get_basename (path);

  for (guint i = 0; i < G_N_ELEMENTS (endings); i++)
    if (g_str_has_suffix (name, endings[i]) && strlen (name) > strlen (endings[i]))
      name[strlen (name) - strlen (endings[i])] = '\0';
  return name;
}

static int
read_one (Run *run, char *path)
{
  g_autofree char *name = name_after (path);
  g_autofree char *fault = NULL;
  g_autoptr (GPtrArray) imports = NULL;
  const CliImportSource source = {
    .name = name,
    .load = load_beside,
    .load_data = path,
    .chap_secrets = run->chap_secrets,
    .secret_files = (const char *const *) run->options->secret_files,
  };
  char *text = cli_import_read_file (path, &fault);

  if (text == NULL)
    return report_file (path, fault);
  cli_import_parse (text, run->format, &source, &imports, &fault);
  cli_import_wipe (text);
  if (imports == NULL)
    return report_file (path, fault);
  g_ptr_array_extend_and_steal (run->imports, g_steal_pointer (&imports));
  return CLI_EXIT_OK;
}

static int
read_secrets (Run *run)
{
  int status = CLI_EXIT_OK;

  for (guint i = 0; i < L2TP_N_OPTIONS && status == CLI_EXIT_OK; i++)
    if (run->options->secret_files[i] != NULL)
      status = cli_secret_read (i, run->options->secret_files[i], &run->given[i]);
  return status;
}

static guint
count_stdin (const CliOptions *options, char **args)
{
  guint n = g_strcmp0 (options->chap_secrets, "-") == 0;

  for (guint i = 0; args[i] != NULL; i++)
    n += g_str_equal (args[i], "-");
  for (guint i = 0; i < L2TP_N_OPTIONS; i++)
    n += g_strcmp0 (options->secret_files[i], "-") == 0;
  return n;
}

static int
check_usage (Run *run, char **args)
{
  const CliOptions *options = run->options;
  g_autofree char *fault = NULL;

  if (options->format != NULL && !cli_import_format_from_string (options->format, &run->format))
    cli_output_error (_ ("--format: must be nm, xl2tpd or openl2tp"));
  else if (options->name != NULL &&
           !l2tp_option_validate (L2TP_OPTION_NAME, options->name, NULL, &fault))
    cli_output_error ("--%s", fault);
  else if (count_stdin (options, args) > 1)
    cli_output_error (_ ("only one thing can come from standard input"));
  else
    return CLI_EXIT_OK;
  return CLI_EXIT_USAGE;
}

/* --name and secrets from files are meant for one connection. */
static int
check_single (const Run *run)
{
  if (run->imports->len == 1 ||
      (run->options->name == NULL && !cli_settings_has_files (run->options)))
    return CLI_EXIT_OK;
  cli_output_error (_ ("these are %u connections, --name and --KEY-file are for one"),
                    run->imports->len);
  cli_output_hint (_ ("import one file at a time, or set them afterwards"));
  return CLI_EXIT_USAGE;
}

static int
read_all (Run *run, char **args)
{
  const CliOptions *options = run->options;
  g_autofree char *fault = NULL;
  int status = CLI_EXIT_OK;

  if (options->chap_secrets != NULL)
    run->chap_secrets = cli_import_read_file (options->chap_secrets, &fault);
  if (fault != NULL)
    return report_file (options->chap_secrets, fault);
  for (guint i = 0; args[i] != NULL && status == CLI_EXIT_OK; i++)
    status = read_one (run, args[i]);
  if (status == CLI_EXIT_OK)
    status = check_single (run);
  if (status == CLI_EXIT_OK)
    status = read_secrets (run);
  return status;
}

static gboolean
has_secret (const Run *run, const CliImport *import, L2tpOptionId id)
{
  return run->given[id] != NULL ||
         g_hash_table_contains (import->secrets, l2tp_option_get (id)->key);
}

static void
print_settings (const Run *run, const CliImport *import)
{
  g_autofree char *name = cli_output_clean (import->name);

  printf ("# %s\n", name);
  for (guint i = 0; i < L2TP_N_OPTIONS; i++)
    {
      const char *key = l2tp_option_get (i)->key;
      const char *value = g_hash_table_lookup (import->settings, key);

      if (has_secret (run, import, i))
        printf ("%s=%s\n", key, _ ("(a secret)"));
      else if (value != NULL)
        {
          g_autofree char *clean = cli_output_clean (value);
          printf ("%s=%s\n", key, clean);
        }
    }
}

static void
set_text (JsonObject *json, const char *key, const char *text)
{
  g_autofree char *clean = cli_output_clean (text);

  json_object_set_string_member (json, key, clean);
}

static JsonObject *
to_json (const Run *run, const CliImport *import)
{
  JsonObject *json = json_object_new (), *settings = json_object_new ();
  JsonArray *secrets = json_array_new (), *notes = json_array_new ();

  for (guint i = 0; i < L2TP_N_OPTIONS; i++)
    {
      const char *key = l2tp_option_get (i)->key;
      const char *value = g_hash_table_lookup (import->settings, key);

      if (has_secret (run, import, i))
        json_array_add_string_element (secrets, key);
      else if (value != NULL)
        set_text (settings, key, value);
    }
  for (guint i = 0; i < import->notes->len; i++)
    {
      g_autofree char *clean = cli_output_clean (import->notes->pdata[i]);
      json_array_add_string_element (notes, clean);
    }
  set_text (json, "name", import->name);
  json_object_set_null_member (json, "uuid");
  json_object_set_object_member (json, "settings", settings);
  json_object_set_array_member (json, "secrets", secrets);
  json_object_set_array_member (json, "notes", notes);
  return json;
}

/* A connection that asks for what is not built does not connect; better to know it now. */
static void
note_missing (CliImport *import)
{
  g_autoptr (GString) keys = g_string_new (NULL);

  for (guint i = 0; i < L2TP_N_OPTIONS; i++)
    {
      const L2tpOption *option = l2tp_option_get (i);
      const char *value = g_hash_table_lookup (import->settings, option->key);

      if (value != NULL && option->status == L2TP_OPTION_STATUS_LATER &&
          g_strcmp0 (value, option->fallback) != 0)
        g_string_append_printf (keys, "%s%s", keys->len > 0 ? ", " : "", option->key);
    }
  if (keys->len > 0)
    cli_import_note (import, _ ("not built yet, and what asks for it does not connect: %s"),
                     keys->str);
}

static gboolean
check_required (const CliImport *import)
{
  g_autofree char *name = cli_output_clean (import->name);

  if (cli_import_get (import, L2TP_OPTION_GATEWAY) != NULL)
    return TRUE;
  cli_output_error (_ ("%s: not added: %s is missing"), name,
                    l2tp_option_get (L2TP_OPTION_GATEWAY)->key);
  return FALSE;
}

/* Each secret in memory of its own that is wiped with the variant. */
static GVariant *
build_secrets (const Run *run, const CliImport *import)
{
  g_auto (GVariantDict) dict = G_VARIANT_DICT_INIT (NULL);

  for (guint i = 0; i < L2TP_N_OPTIONS; i++)
    {
      const char *key = l2tp_option_get (i)->key;
      const char *secret = g_hash_table_lookup (import->secrets, key);

      if (run->given[i] != NULL)
        g_variant_dict_insert_value (&dict, key, run->given[i]);
      else if (secret != NULL)
        {
          char *copy = g_strdup (secret);
          g_autoptr (GBytes) bytes =
              g_bytes_new_with_free_func (copy, strlen (copy) + 1, cli_import_wipe, copy);

          g_variant_dict_insert_value (
              &dict, key, g_variant_new_from_bytes (G_VARIANT_TYPE_STRING, bytes, TRUE));
        }
    }
  return g_variant_dict_end (&dict);
}

static int
add (Run *run, CliClient *client, const CliImport *import, JsonObject *json)
{
  CliOptions origin = *run->options;
  g_autoptr (L2tpDBusConnection) connection = NULL;
  g_autoptr (GError) error = NULL;
  g_autofree char *name = NULL, *uuid = NULL;

  origin.is_private |= import->is_private && !origin.is_shared;
  connection = cli_client_add (client, &origin, cli_import_build_settings (import),
                               build_secrets (run, import), &error);
  if (connection == NULL)
    return cli_client_report (client, error);
  name = cli_output_clean (l2tp_dbus_connection_get_name (connection));
  uuid = cli_output_clean (l2tp_dbus_connection_get_uuid (connection));
  if (json != NULL)
    json_object_set_string_member (json, "uuid", uuid);
  else if (!run->options->quiet)
    printf ("%s: %s, %s\n", _ ("added"), name, uuid);
  return CLI_EXIT_OK;
}

/* @client: (nullable): with --dry-run */
static int
finish_one (Run *run, CliClient *client, CliImport *import)
{
  gboolean quiet = run->options->quiet && !run->options->dry_run;
  JsonObject *json = NULL;

  note_missing (import);
  for (guint i = 0; i < import->notes->len; i++)
    warn (run->options, import->name, import->notes->pdata[i]);
  if (run->report != NULL)
    {
      json = to_json (run, import);
      json_array_add_object_element (run->report, json);
    }
  else if (!quiet)
    print_settings (run, import);
  if (!check_required (import))
    return CLI_EXIT_FAILURE;
  return client != NULL ? add (run, client, import, json) : CLI_EXIT_OK;
}

/* A connection that the service refuses does not keep the others back. */
static gboolean
goes_on (int status)
{
  return status == CLI_EXIT_OK || status == CLI_EXIT_FAILURE;
}

static int
finish (Run *run, CliClient *client)
{
  g_autoptr (GPtrArray) notes = g_ptr_array_new_with_free_func (g_free);
  int result = CLI_EXIT_OK;

  for (guint i = 0; i < run->imports->len && goes_on (result); i++)
    {
      int status = finish_one (run, client, run->imports->pdata[i]);

      if (status != CLI_EXIT_OK)
        result = status;
    }
  cli_import_note_host (PPP_DIRECTORY, notes);
  for (guint i = 0; i < notes->len; i++)
    warn (run->options, NULL, notes->pdata[i]);
  if (run->report != NULL)
    cli_output_json (json_node_init_array (json_node_alloc (), run->report));
  return result;
}

int
cli_cmd_import (const CliOptions *options, char **args)
{
  g_autoptr (CliClient) client = NULL;
  g_auto (Run) run = { .options = options,
                       .format = CLI_IMPORT_N_FORMATS,
                       .imports = g_ptr_array_new_with_free_func (free_import),
                       .report = options->json ? json_array_new () : NULL };
  int status = check_usage (&run, args);

  prctl (PR_SET_DUMPABLE, 0);
  if (status == CLI_EXIT_OK)
    status = read_all (&run, args);
  if (status == CLI_EXIT_OK && !options->dry_run)
    status = cli_client_open (CLI_CLIENT_START, &client);
  if (status != CLI_EXIT_OK)
    return status;
  if (client != NULL)
    client->never_asks = options->never_asks;
  if (options->name != NULL)
    {
      CliImport *only = run.imports->pdata[0];

      g_free (only->name);
      only->name = g_strdup (options->name);
    }
  return finish (&run, client);
}
