/* SPDX-License-Identifier: GPL-2.0-or-later */
/* SPDX-FileCopyrightText: The l2tp-client authors */

/* What the parsers of other programs' files have in common: one connection as it grows, which
 * format a text is, and what is known only when the whole text was read. Every value passes the
 * option table here, so that no parser can let one through. */

#include "import.h"

#include <string.h>

#include <glib/gi18n.h>

typedef struct
{
  const char *word;
  const char *pattern; /* a text of this format has it */
  gboolean (*parse) (const char *, const CliImportSource *, GPtrArray *, char **);
} Format;

/* In the order in which they are tried. */
static const Format formats[CLI_IMPORT_N_FORMATS] = {
  [CLI_IMPORT_FORMAT_NM] = { "nm", "^(#org\\.freedesktop\\.NetworkManager\\.l2tp|\\s*\\[vpn\\])",
                             cli_import_nm },
  [CLI_IMPORT_FORMAT_XL2TPD] = { "xl2tpd", "^\\s*\\[(global|lac|lns)\\b[^\\]]*\\]",
                                 cli_import_xl2tpd },
  [CLI_IMPORT_FORMAT_OPENL2TP] = { "openl2tp",
                                   "^\\s*(tunnel|session|ppp|peer|system)\\s+(profile\\s+)?"
                                   "(create|modify)\\b",
                                   cli_import_openl2tp },
};

void
cli_import_wipe (gpointer text)
{
  if (text != NULL)
    explicit_bzero (text, strlen (text));
  g_free (text);
}

CliImport *
cli_import_new (const char *name)
{
  CliImport *import = g_new0 (CliImport, 1);
  g_autofree char *fault = NULL;

  import->settings = g_hash_table_new_full (g_str_hash, g_str_equal, NULL, g_free);
  import->secrets = g_hash_table_new_full (g_str_hash, g_str_equal, NULL, cli_import_wipe);
  import->notes = g_ptr_array_new_with_free_func (g_free);
  if (name != NULL && l2tp_option_validate (L2TP_OPTION_NAME, name, NULL, &fault))
    import->name = g_strdup (name);
  else
    import->name = g_strdup ("imported");
  if (fault != NULL)
    cli_import_note (import, "%s", fault);
  return import;
}

void
cli_import_free (CliImport *import)
{
  if (import == NULL)
    return;
  g_free (import->name);
  g_free (import->peer_name);
  g_hash_table_unref (import->settings);
  g_hash_table_unref (import->secrets);
  g_ptr_array_unref (import->notes);
  g_free (import);
}

void
cli_import_note (CliImport *import, const char *format, ...)
{
  g_autofree char *note = NULL;
  va_list args;

  va_start (args, format);
  note = g_strdup_vprintf (format, args);
  va_end (args);
  g_ptr_array_add (import->notes, g_utf8_make_valid (note, -1));
}

void
cli_import_lost (CliImport *import, const char *where, const char *why)
{
  if (why != NULL)
    cli_import_note (import, _ ("%.64s: not carried over: %s"), where, _ (why));
  else
    cli_import_note (import, _ ("%.64s: not carried over"), where);
}

gboolean
cli_import_set (CliImport *import, L2tpOptionId id, const char *text, const char *where)
{
  const L2tpOption *option = l2tp_option_get (id);
  g_autofree char *fault = NULL;

  if (option->status == L2TP_OPTION_STATUS_ALIAS)
    return cli_import_set (import, option->alias_of, text, where);
  if (!l2tp_option_validate (id, text, NULL, &fault))
    {
      cli_import_note (import, _ ("%.64s: not carried over: %s"), where, fault);
      return FALSE;
    }
  if ((option->flags & L2TP_OPTION_SECRET) != 0)
    g_hash_table_replace (import->secrets, (gpointer) option->key, g_strdup (text));
  else
    g_hash_table_replace (import->settings, (gpointer) option->key, g_strdup (text));
  return TRUE;
}

const char *
cli_import_get (const CliImport *import, L2tpOptionId id)
{
  const L2tpOption *option = l2tp_option_get (id);

  return g_hash_table_lookup (
      (option->flags & L2TP_OPTION_SECRET) != 0 ? import->secrets : import->settings, option->key);
}

GVariant *
cli_import_build_settings (const CliImport *import)
{
  g_auto (GVariantDict) dict = G_VARIANT_DICT_INIT (NULL);
  GHashTableIter iter;
  gpointer key, value;

  g_variant_dict_insert (&dict, "name", "s", import->name);
  g_hash_table_iter_init (&iter, import->settings);
  while (g_hash_table_iter_next (&iter, &key, &value))
    g_variant_dict_insert (&dict, key, "s", value);
  return g_variant_dict_end (&dict);
}

gboolean
cli_import_parse_bool (const char *text, gboolean *ret_value)
{
  static const char *const yes[] = { "yes", "true", "on", "1", NULL };
  static const char *const no[] = { "no", "false", "off", "0", NULL };
  g_autofree char *lower = g_ascii_strdown (text, -1);

  if (!g_strv_contains (yes, lower) && !g_strv_contains (no, lower))
    return FALSE;
  *ret_value = g_strv_contains (yes, lower);
  return TRUE;
}

gboolean
cli_import_format_from_string (const char *word, CliImportFormat *ret_format)
{
  for (guint i = 0; i < CLI_IMPORT_N_FORMATS; i++)
    if (g_str_equal (formats[i].word, word))
      {
        *ret_format = i;
        return TRUE;
      }
  return FALSE;
}

static CliImportFormat
detect (const char *text)
{
  for (guint i = 0; i < CLI_IMPORT_N_FORMATS; i++)
    if (g_regex_match_simple (formats[i].pattern, text,
                              G_REGEX_CASELESS | G_REGEX_MULTILINE | G_REGEX_RAW, 0))
      return i;
  return CLI_IMPORT_N_FORMATS;
}

static gboolean
is_given (const CliImportSource *source, L2tpOptionId id)
{
  return source->secret_files != NULL && source->secret_files[id] != NULL;
}

/* What a secret's KEY-flags say: 1 with the user's agent, 2 asked for, 4 not needed. */
static void
settle_flags (CliImport *import, const CliImportSource *source)
{
  for (guint i = 0; i < L2TP_N_OPTIONS; i++)
    {
      const L2tpOption *option = l2tp_option_get (i);
      const char *key, *flags;
      L2tpOptionId id;

      if (!l2tp_option_find_flags (i, &id))
        continue;
      key = l2tp_option_get (id)->key;
      flags = g_hash_table_lookup (import->settings, key);
      if (flags == NULL || g_str_equal (flags, "0"))
        continue;
      if (is_given (source, i))
        g_hash_table_remove (import->settings, key);
      else if (g_str_equal (flags, "1") && cli_import_get (import, i) == NULL)
        cli_import_note (import,
                         _ ("%s: is in the desktop's keyring, not in the file; “up” asks for it, "
                            "unless it is given with --%s-file"),
                         option->key, option->key);
    }
}

static void
settle_password (CliImport *import, const CliImportSource *source)
{
  const char *user = cli_import_get (import, L2TP_OPTION_USER);
  char *password;

  if (source->chap_secrets == NULL || user == NULL || is_given (source, L2TP_OPTION_PASSWORD) ||
      cli_import_get (import, L2TP_OPTION_PASSWORD) != NULL)
    return;
  password = cli_import_find_secret (source->chap_secrets, user, import->peer_name);
  if (password != NULL)
    cli_import_set (import, L2TP_OPTION_PASSWORD, password, "chap-secrets");
  else
    cli_import_note (import, _ ("password: chap-secrets has none for this user"));
  cli_import_wipe (password);
}

/* Routes and name servers of other programs are theirs to set up: here it is the service. */
static void
settle_ip_config (CliImport *import)
{
  const char *default_route = cli_import_get (import, L2TP_OPTION_DEFAULT_ROUTE);

  if (cli_import_get (import, L2TP_OPTION_IP_CONFIG) != NULL)
    return;
  if (g_strcmp0 (default_route, "yes") == 0 ||
      cli_import_get (import, L2TP_OPTION_ROUTES) != NULL ||
      cli_import_get (import, L2TP_OPTION_DNS) != NULL ||
      cli_import_get (import, L2TP_OPTION_DNS_DOMAINS) != NULL)
    cli_import_set (import, L2TP_OPTION_IP_CONFIG, "service", "ip-config");
}

static void
settle_multilink (CliImport *import)
{
  if (import->wants_multilink && cli_import_get (import, L2TP_OPTION_MRRU) == NULL)
    cli_import_lost (import, "multilink", N_ ("mrru=NUMBER asks for multilink PPP"));
}

static void
free_import (gpointer import)
{
  cli_import_free (import);
}

gboolean
cli_import_parse (const char *text,
                  CliImportFormat format,
                  const CliImportSource *source,
                  GPtrArray **ret_imports,
                  char **ret_fault)
{
  g_autoptr (GPtrArray) imports = g_ptr_array_new_with_free_func (free_import);

  if (g_str_has_prefix (text, "\357\273\277")) /* a byte order mark */
    text += 3;
  if (format == CLI_IMPORT_N_FORMATS)
    format = detect (text);
  if (format == CLI_IMPORT_N_FORMATS)
    {
      *ret_fault =
          g_strdup (_ ("is none of these: a profile of NetworkManager ([vpn]), xl2tpd.conf "
                       "([lac …]), openl2tpd.conf (tunnel create …)"));
      return FALSE;
    }
  if (!formats[format].parse (text, source, imports, ret_fault))
    return FALSE;
  for (guint i = 0; i < imports->len; i++)
    {
      settle_password (imports->pdata[i], source);
      settle_flags (imports->pdata[i], source);
      settle_multilink (imports->pdata[i]);
      settle_ip_config (imports->pdata[i]);
    }
  *ret_imports = g_steal_pointer (&imports);
  return TRUE;
}
