/* SPDX-License-Identifier: GPL-2.0-or-later */
/* SPDX-FileCopyrightText: The l2tp-client authors */

/* Other programs' files. Input: an octet for the format, the text, and behind a NUL each the files
 * that it names, in turn, the first of which is a file of secrets, too.
 *
 * What comes out is valid, and our own export brings it back. */

#include "fuzz-input.h"

#include "cli/export.h"
#include "cli/import.h"

#include <gio/gio.h>

/* Up to the next NUL. */
static char *
take_text (L2tpOctets *input)
{
  const guint8 *end = input->len > 0 ? memchr (input->data, '\0', input->len) : NULL;
  gsize len = end != NULL ? (gsize) (end - input->data) : input->len;
  L2tpOctets octets = fuzz_take_octets (input, len);

  if (end != NULL)
    fuzz_take_octet (input);
  return g_strndup ((const char *) octets.data, octets.len);
}

static char *
load (const char *path, gpointer data, char **ret_fault)
{
  L2tpOctets *files = data;

  if (files->len > 0)
    return take_text (files);
  *ret_fault = g_strdup ("no more files");
  return NULL;
}

static void
check_values (GHashTable *values, gboolean secret)
{
  GHashTableIter iter;
  gpointer key, value;
  L2tpOptionId id = L2TP_N_OPTIONS;

  g_hash_table_iter_init (&iter, values);
  while (g_hash_table_iter_next (&iter, &key, &value))
    {
      g_assert_true (l2tp_option_find (key, &id));
      g_assert_true (l2tp_option_validate (id, value, NULL, NULL));
      g_assert_true (((l2tp_option_get (id)->flags & L2TP_OPTION_SECRET) != 0) == secret);
    }
}

/* Addresses of both families in one list come back by family. */
static void
check_again (const CliImport *import)
{
  const CliImportSource source = { .name = "again" };
  g_autoptr (GPtrArray) notes = g_ptr_array_new_with_free_func (g_free);
  g_autoptr (GPtrArray) imports = NULL;
  g_autoptr (GVariant) settings = g_variant_ref_sink (cli_import_build_settings (import));
  g_autofree char *text = cli_export_nm (settings, notes);
  g_autofree char *fault = NULL;
  GHashTableIter iter;
  gpointer key, value;
  const CliImport *again;

  g_assert_true (cli_import_parse (text, CLI_IMPORT_N_FORMATS, &source, &imports, &fault));
  g_assert_cmpuint (imports->len, ==, 1);
  again = imports->pdata[0];
  g_assert_cmpstr (again->name, ==, import->name);
  g_hash_table_iter_init (&iter, import->settings);
  while (g_hash_table_iter_next (&iter, &key, &value))
    if (strchr (value, ',') == NULL)
      g_assert_cmpstr (g_hash_table_lookup (again->settings, key), ==, value);
}

int
LLVMFuzzerTestOneInput (const guint8 *data, gsize size)
{
  L2tpOctets input = { data, size };
  CliImportFormat format = fuzz_take_octet (&input) % (CLI_IMPORT_N_FORMATS + 1);
  g_autofree char *text = take_text (&input);
  g_autofree char *secrets = g_strndup ((const char *) input.data, input.len);
  const CliImportSource source = {
    .name = "fuzz", .load = load, .load_data = &input, .chap_secrets = secrets
  };
  g_autoptr (GPtrArray) imports = NULL;
  g_autofree char *fault = NULL;

  if (!cli_import_parse (text, format, &source, &imports, &fault))
    {
      g_assert_nonnull (fault);
      return 0;
    }
  g_assert_cmpuint (imports->len, >, 0);
  for (guint i = 0; i < imports->len; i++)
    {
      const CliImport *import = imports->pdata[i];

      g_assert_true (l2tp_option_validate (L2TP_OPTION_NAME, import->name, NULL, NULL));
      check_values (import->settings, FALSE);
      check_values (import->secrets, TRUE);
      for (guint n = 0; n < import->notes->len; n++)
        g_assert_true (g_utf8_validate (import->notes->pdata[n], -1, NULL));
      if (i == 0 && cli_import_get (import, L2TP_OPTION_GATEWAY) != NULL)
        check_again (import);
    }
  return 0;
}
