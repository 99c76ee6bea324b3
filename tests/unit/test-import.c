/* SPDX-License-Identifier: GPL-2.0-or-later */
/* SPDX-FileCopyrightText: The l2tp-client authors */

/* Other programs' files, in ../vectors/import, against the result beside each: settings, secrets,
 * notes, in the form that describe() writes. And the way out and back of our own. */

#include "cli/export.h"
#include "cli/import.h"

#include <string.h>

#include <glib/gstdio.h>

static char *
read_vector (const char *name)
{
  g_autofree char *path =
      g_test_build_filename (G_TEST_DIST, "..", "vectors", "import", name, NULL);
  char *text = NULL;

  g_file_get_contents (path, &text, NULL, NULL);
  return text;
}

/* What a file names from the root is looked for among the vectors instead. */
static char *
load (const char *path, gpointer data, char **ret_fault)
{
  g_autofree char *base = g_path_get_basename (path);
  g_autofree char *name = g_build_filename ("files", base, NULL);
  char *text = read_vector (name);

  if (text == NULL)
    *ret_fault = g_strdup ("there is no such file");
  return text;
}

static void
describe_import (GString *text, const CliImport *import)
{
  g_string_append_printf (text, "[%s]%s\n", import->name, import->is_private ? " private" : "");
  for (guint i = 0; i < L2TP_N_OPTIONS; i++)
    {
      const char *key = l2tp_option_get (i)->key;
      const char *value = g_hash_table_lookup (import->settings, key);
      const char *secret = g_hash_table_lookup (import->secrets, key);

      if (value != NULL)
        g_string_append_printf (text, "%s=%s\n", key, value);
      if (secret != NULL)
        g_string_append_printf (text, "secret %s=%s\n", key, secret);
    }
  for (guint i = 0; i < import->notes->len; i++)
    g_string_append_printf (text, "note: %s\n", (const char *) import->notes->pdata[i]);
}

static char *
describe (const char *text, CliImportFormat format, const CliImportSource *source)
{
  g_autoptr (GPtrArray) imports = NULL;
  g_autofree char *fault = NULL;
  GString *description = g_string_new (NULL);

  if (!cli_import_parse (text, format, source, &imports, &fault))
    {
      g_assert_null (imports);
      g_string_append_printf (description, "fault: %s\n", fault);
      return g_string_free (description, FALSE);
    }
  g_assert_null (fault);
  g_assert_cmpuint (imports->len, >, 0);
  for (guint i = 0; i < imports->len; i++)
    describe_import (description, imports->pdata[i]);
  return g_string_free (description, FALSE);
}

static char *
describe_vector (const char *name, const char *chap_secrets)
{
  const CliImportSource source = { .name = "unnamed", .load = load, .chap_secrets = chap_secrets };
  g_autofree char *text = read_vector (name);

  g_assert_nonnull (text);
  return describe (text, CLI_IMPORT_N_FORMATS, &source);
}

static void
test_vector (gconstpointer data)
{
  const char *name = data;
  g_autofree char *beside = g_strconcat (name, ".expected", NULL);
  g_autofree char *expected = read_vector (beside);
  g_autofree char *found = describe_vector (name, NULL);

  g_assert_cmpstr (found, ==, expected);
}

/* The password of the line that fits user and LNS best, and of none without such a line. */
static void
test_chap_secrets (void)
{
  g_autofree char *secrets = read_vector ("files/chap-secrets");
  g_autofree char *several = describe_vector ("xl2tpd-several.conf", secrets);
  g_autofree char *vendor = describe_vector ("xl2tpd-nested.conf", secrets);

  g_assert_nonnull (strstr (several, "secret password=right one\n"));
  g_assert_nonnull (strstr (vendor, "note: password: chap-secrets has none for this user\n"));
}

static void
test_find_secret (void)
{
  static const struct
  {
    const char *us, *them, *secret;
  } cases[] = {
    { "ann", "lns", "both" },     { "ann", "other", "ann only" }, { "ann", NULL, "ann only" },
    { "bob", "lns", "lns only" }, { "bob", "other", "any" },      { "dave", "lns", "lns only" },
  };
  const char *text =
      "* * any\n* lns \"lns only\" *\nann * 'ann only'\nann lns both 10.0.0.1 10.0.0.2\n"
      "dave lns\nann lns @/etc/secret\n";

  for (guint i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      char *secret = cli_import_find_secret (text, cases[i].us, cases[i].them);

      g_assert_cmpstr (secret, ==, cases[i].secret);
      cli_import_wipe (secret);
    }
  g_assert_null (cli_import_find_secret ("ann lns x\n", "bob", "lns"));
  g_assert_null (cli_import_find_secret ("", "bob", NULL));
}

/* A secret that comes from elsewhere makes notes about it needless. */
static void
test_given_secret (void)
{
  const char *files[L2TP_N_OPTIONS] = { [L2TP_OPTION_PASSWORD] = "-" };
  const CliImportSource source = { .name = "unnamed", .load = load, .secret_files = files };
  const char *nm = "[vpn]\ngateway=a.example\nuser=ann\npassword-flags=1\nipsec-psk-flags=1\n";
  const char *xl2tpd = "[lac a]\nlns = a.example\nname = ann\n";
  g_autofree char *a = describe (nm, CLI_IMPORT_N_FORMATS, &source);
  g_autofree char *b = describe (xl2tpd, CLI_IMPORT_N_FORMATS, &source);

  g_assert_null (strstr (a, "password"));
  g_assert_nonnull (strstr (a, "note: ipsec-psk: "));
  g_assert_null (strstr (b, "password"));
}

static void
test_formats (void)
{
  static const char *const words[] = { "nm", "xl2tpd", "openl2tp" };
  const CliImportSource source = { .name = "unnamed" };
  const char *text = "[lac a]\nlns=192.0.2.1\n[vpn]\ngateway=a.example\n";
  CliImportFormat format = CLI_IMPORT_N_FORMATS;

  for (guint i = 0; i < G_N_ELEMENTS (words); i++)
    {
      g_assert_true (cli_import_format_from_string (words[i], &format));
      g_assert_cmpuint (format, ==, i);
    }
  g_assert_false (cli_import_format_from_string ("XL2TPD", &format));

  g_autofree char *xl2tpd = describe (text, CLI_IMPORT_FORMAT_XL2TPD, &source);
  g_autofree char *nm = describe (text, CLI_IMPORT_FORMAT_NM, &source);
  g_autofree char *openl2tp = describe (text, CLI_IMPORT_FORMAT_OPENL2TP, &source);
  g_assert_nonnull (strstr (xl2tpd, "gateway=192.0.2.1\n"));
  g_assert_nonnull (strstr (nm, "gateway=a.example\n"));
  g_assert_true (g_str_has_prefix (openl2tp, "fault: "));
}

static char *
sample (const L2tpOption *option)
{
  switch (option->type)
    {
    case L2TP_OPTION_TYPE_STRING:
      return g_strdup (" a\\b \"c\" #d;e=é'f ");
    case L2TP_OPTION_TYPE_HOST:
      return g_strdup ("[2001:db8::1]");
    case L2TP_OPTION_TYPE_ADDRESS:
    case L2TP_OPTION_TYPE_ADDRESS4:
      return g_strdup ("192.0.2.1");
    case L2TP_OPTION_TYPE_IFNAME:
      return g_strdup ("vpn=0;");
    case L2TP_OPTION_TYPE_UUID:
      return g_strdup ("0c9b9a0e-6d1f-4f0c-9a6e-3a6f1a0a8f10");
    case L2TP_OPTION_TYPE_UINT:
    case L2TP_OPTION_TYPE_AUTO:
      return g_strdup_printf ("%u", option->max);
    case L2TP_OPTION_TYPE_BOOL:
      return g_strdup (g_strcmp0 (option->fallback, "yes") == 0 ? "no" : "yes");
    case L2TP_OPTION_TYPE_ENUM:
      return g_strdup (strrchr (option->words, '|') + 1);
    case L2TP_OPTION_TYPE_PATH:
      return g_strdup ("/etc/a file;b\\c");
    case L2TP_OPTION_TYPE_ADDRESSES:
      return g_strdup ("192.0.2.1,192.0.2.2,2001:db8::1");
    case L2TP_OPTION_TYPE_NETWORKS:
      return g_strdup ("10.0.0.0/8,0.0.0.0/0,2001:db8::/32");
    case L2TP_OPTION_TYPE_DOMAINS:
      return g_strdup ("a.example,~b.example,~.");
    }
  g_assert_not_reached ();
}

/* Returns what the export of @settings imports as. */
static char *
round_trip (GVariant *settings, GPtrArray *notes)
{
  const CliImportSource source = { .name = "unnamed" };
  g_autofree char *text = cli_export_nm (settings, notes);

  g_assert_true (g_str_has_prefix (text, "#org.freedesktop.NetworkManager.l2tp\n"));
  return describe (text, CLI_IMPORT_N_FORMATS, &source);
}

/* Every option that is no other name of one. */
static void
test_round_trip (void)
{
  g_auto (GVariantDict) dict = G_VARIANT_DICT_INIT (NULL);
  g_autoptr (GString) expected = g_string_new ("[ a\\b \"c\" #d;e=é'f ]\n");
  g_autoptr (GPtrArray) notes = g_ptr_array_new_with_free_func (g_free);

  for (guint i = 0; i < L2TP_N_OPTIONS; i++)
    {
      const L2tpOption *option = l2tp_option_get (i);
      g_autofree char *value = sample (option);
      guint number = 0;

      if ((option->flags & L2TP_OPTION_SECRET) != 0 || i == L2TP_OPTION_USE_CERT ||
          option->status == L2TP_OPTION_STATUS_ALIAS)
        continue;
      g_assert_true (l2tp_option_validate (i, value, &number, NULL));
      if (option->type == L2TP_OPTION_TYPE_BOOL)
        g_variant_dict_insert (&dict, option->key, "b", number != 0);
      else if (option->type == L2TP_OPTION_TYPE_UINT)
        g_variant_dict_insert (&dict, option->key, "u", number);
      else
        g_variant_dict_insert (&dict, option->key, "s", value);
      if (i != L2TP_OPTION_NAME)
        g_string_append_printf (expected, "%s=%s\n", option->key, value);
    }

  g_autoptr (GVariant) settings = g_variant_ref_sink (g_variant_dict_end (&dict));
  g_autofree char *found = round_trip (settings, notes);
  char *first_note = strstr (found, "\nnote: ");

  if (first_note != NULL)
    first_note[1] = '\0';
  g_assert_cmpstr (found, ==, expected->str);
  g_assert_cmpuint (notes->len, >, 5);
}

/* What NetworkManager-l2tp knows comes without a word; the rest is named. */
static void
test_export_notes (void)
{
  g_autoptr (GVariant) theirs = g_variant_ref_sink (
      g_variant_new_parsed ("{'name': <'a'>, 'gateway': <'b'>, 'max-retries': <uint32 7>, "
                            "'default-route': <true>, 'ip-config': <'service'>, "
                            "'refuse-pap': <true>, 'dns': <'10.0.0.1'>}"));
  g_autoptr (GVariant) ours = g_variant_ref_sink (
      g_variant_new_parsed ("{'name': <'a'>, 'gateway': <'b'>, 'port': <uint32 1702>, "
                            "'ipsec-pfs': <false>, 'ip-config': <'external'>, 'future': <1>}"));
  g_autoptr (GPtrArray) notes = g_ptr_array_new_with_free_func (g_free);
  g_autofree char *text = cli_export_nm (theirs, notes);
  g_autofree char *all = NULL;

  g_assert_cmpuint (notes->len, ==, 0);
  g_assert_nonnull (strstr (text, "\nxl2tpd-max-retries=7\n"));
  g_assert_nonnull (strstr (text, "\nrefuse-pap=true\n"));
  g_assert_nonnull (strstr (text, "\nnever-default=false\n"));
  g_assert_nonnull (strstr (text, "\nignore-auto-dns=true\n"));
  g_assert_null (strstr (text, "ip-config"));
  g_free (cli_export_nm (ours, notes));
  g_ptr_array_add (notes, NULL);
  all = g_strjoinv ("\n", (char **) notes->pdata);
  g_assert_cmpstr (all, ==,
                   "port: NetworkManager-l2tp has no such key\n"
                   "ipsec-pfs=no: the import of NetworkManager-l2tp loses it\n"
                   "ip-config: NetworkManager-l2tp has no such key\n"
                   "future: not written: this version of l2tp-client does not know it");
}

/* Without a word about routes, ip-config stays as it was. */
static void
test_export_ip_config (void)
{
  g_autoptr (GPtrArray) notes = g_ptr_array_new_with_free_func (g_free);
  g_autoptr (GVariant) bare =
      g_variant_ref_sink (g_variant_new_parsed ("{'name': <'a'>, 'gateway': <'b'>}"));
  g_autoptr (GVariant) external = g_variant_ref_sink (g_variant_new_parsed (
      "{'name': <'a'>, 'gateway': <'b'>, 'default-route': <true>, 'ip-config': <'external'>}"));
  g_autofree char *a = round_trip (bare, notes);
  g_autofree char *b = round_trip (external, notes);

  g_assert_null (strstr (a, "ip-config"));
  g_assert_nonnull (strstr (a, "default-route=no\n"));
  g_assert_nonnull (strstr (b, "ip-config=external\n"));
  g_assert_nonnull (strstr (b, "default-route=yes\n"));
}

static void
write_file (const char *directory, const char *name, const char *text, int mode)
{
  g_autofree char *path = g_build_filename (directory, name, NULL);

  g_assert_true (g_file_set_contents_full (path, text, -1, G_FILE_SET_CONTENTS_NONE, mode, NULL));
  g_assert_cmpint (g_chmod (path, mode), ==, 0);
}

static void
test_host (void)
{
  g_autofree char *directory = g_dir_make_tmp (NULL, NULL);
  g_autofree char *up = g_build_filename (directory, "ip-up.d", NULL);
  g_autofree char *down = g_build_filename (directory, "ip-down.d", NULL);
  g_autofree char *clean = g_strdup_printf ("rm -r %s", directory);
  g_autoptr (GPtrArray) notes = g_ptr_array_new_with_free_func (g_free);

  cli_import_note_host (directory, notes);
  g_assert_cmpuint (notes->len, ==, 0);

  g_assert_cmpint (g_mkdir (up, 0700), ==, 0);
  g_assert_cmpint (g_mkdir (down, 0700), ==, 0);
  write_file (directory, "options", "# nothing\n\n", 0600);
  write_file (up, "empty", "", 0700);
  write_file (up, "no-program", "text", 0600);
  cli_import_note_host (directory, notes);
  g_assert_cmpuint (notes->len, ==, 0);

  write_file (directory, "options", "auth\nlcp-echo-interval 30\npassword hunter2\n", 0600);
  write_file (up, "routes", "#!/bin/sh\n", 0700);
  write_file (up, "mail", "#!/bin/sh\n", 0700);
  cli_import_note_host (directory, notes);
  g_assert_cmpuint (notes->len, ==, 2);
  g_assert_nonnull (strstr (notes->pdata[0], "lcp-echo-interval=30"));
  g_assert_null (strstr (notes->pdata[0], "hunter2"));
  g_assert_nonnull (strstr (notes->pdata[1], ": mail, routes;"));

  write_file (directory, "options", "crtscts\n", 0600);
  write_file (down, "x", "#!/bin/sh\n", 0700);
  g_ptr_array_set_size (notes, 0);
  cli_import_note_host (directory, notes);
  g_assert_cmpuint (notes->len, ==, 3);
  g_assert_true (g_spawn_command_line_sync (clean, NULL, NULL, NULL, NULL));
}

static void
add_vectors (GPtrArray *names)
{
  g_autofree char *path = g_test_build_filename (G_TEST_DIST, "..", "vectors", "import", NULL);
  g_autoptr (GDir) dir = g_dir_open (path, 0, NULL);
  const char *entry;

  g_assert_nonnull (dir);
  while ((entry = g_dir_read_name (dir)) != NULL)
    {
      g_autofree char *test = g_strconcat ("/import/vector/", entry, NULL);

      if (!g_str_has_suffix (entry, ".conf") && !g_str_has_suffix (entry, ".nmconnection"))
        continue;
      g_ptr_array_add (names, g_strdup (entry));
      g_test_add_data_func (test, names->pdata[names->len - 1], test_vector);
    }
  g_assert_cmpuint (names->len, >=, 25);
}

int
main (int argc, char **argv)
{
  g_autoptr (GPtrArray) names = g_ptr_array_new_with_free_func (g_free);

  g_test_init (&argc, &argv, NULL);
  add_vectors (names);
  g_test_add_func ("/import/chap-secrets", test_chap_secrets);
  g_test_add_func ("/import/find-secret", test_find_secret);
  g_test_add_func ("/import/given-secret", test_given_secret);
  g_test_add_func ("/import/formats", test_formats);
  g_test_add_func ("/import/host", test_host);
  g_test_add_func ("/export/round-trip", test_round_trip);
  g_test_add_func ("/export/notes", test_export_notes);
  g_test_add_func ("/export/ip-config", test_export_ip_config);
  return g_test_run ();
}
