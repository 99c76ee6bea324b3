/* SPDX-License-Identifier: GPL-2.0-or-later */
/* SPDX-FileCopyrightText: The l2tp-client authors */

/* Settings that are being made or changed. Keys and values are checked here against the option
 * table for an answer at once and in the user's words; the service checks again and has the last
 * word. */

#include "settings.h"
#include "output.h"
#include "prompt.h"
#include "secret.h"

#include <string.h>

#include <glib/gi18n.h>

struct _CliSettings
{
  gboolean changes;    /* there were settings before */
  GVariantDict values; /* keys that this program does not know are passed on */
  GVariantDict secrets;
  GHashTable *given; /* keys of this run */
};

CliSettings *
cli_settings_new (GVariant *present)
{
  CliSettings *settings = g_new0 (CliSettings, 1);

  settings->changes = present != NULL;
  g_variant_dict_init (&settings->values, present);
  g_variant_dict_init (&settings->secrets, NULL);
  settings->given = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, NULL);
  return settings;
}

void
cli_settings_free (CliSettings *settings)
{
  if (settings == NULL)
    return;
  g_variant_dict_clear (&settings->values);
  g_variant_dict_clear (&settings->secrets);
  g_hash_table_unref (settings->given);
  g_free (settings);
}

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

static char *
fault_unknown_key (const char *key)
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
  if (best == NULL)
    return g_strdup_printf (
        _ ("%s: there is no such option\n“l2tp-client add --help” lists them all"), clean);
  return g_strdup_printf (_ ("%s: there is no such option\ndid you mean %s? “l2tp-client add "
                             "--help” lists them all"),
                          clean, best);
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

static gboolean
put_secret (CliSettings *settings, const char *key, const char *text, char **ret_fault)
{
  if (!settings->changes || *text != '\0')
    {
      *ret_fault =
          g_strdup_printf (_ ("%s: give it with --%s-file, never on the command line"), key, key);
      return FALSE;
    }
  g_variant_dict_insert (&settings->secrets, key, "s", "");
  return TRUE;
}

static gboolean
put_value (CliSettings *settings, L2tpOptionId id, const char *text, char **ret_fault)
{
  const L2tpOption *option = l2tp_option_get (id);
  guint value = 0;

  if (settings->changes && id == L2TP_OPTION_UUID)
    {
      *ret_fault = g_strdup_printf (_ ("%s: never changes"), option->key);
      return FALSE;
    }
  if (settings->changes && *text == '\0')
    {
      g_variant_dict_remove (&settings->values, option->key);
      return TRUE;
    }
  if (!l2tp_option_validate (id, text, &value, ret_fault))
    return FALSE;
  g_variant_dict_insert_value (&settings->values, option->key, to_variant (option, text, value));
  return TRUE;
}

gboolean
cli_settings_put (CliSettings *settings, const char *key, const char *text, char **ret_fault)
{
  L2tpOptionId id;

  if (!l2tp_option_find (key, &id))
    {
      *ret_fault = fault_unknown_key (key);
      return FALSE;
    }
  if (!g_hash_table_add (settings->given, g_strdup (key)))
    {
      *ret_fault = g_strdup_printf (_ ("%s: given twice"), key);
      return FALSE;
    }
  if ((l2tp_option_get (id)->flags & L2TP_OPTION_SECRET) != 0)
    return put_secret (settings, key, text, ret_fault);
  return put_value (settings, id, text, ret_fault);
}

gboolean
cli_settings_assign (CliSettings *settings, char *argument, char **ret_fault)
{
  g_autofree char *key = NULL;
  char *equals = strchr (argument, '=');
  L2tpOptionId id;

  if (equals == NULL)
    {
      g_autofree char *clean = cli_output_clean (argument);
      *ret_fault = g_strdup_printf (_ ("“%s” is not of the form key=value"), clean);
      return FALSE;
    }
  key = g_strndup (argument, equals - argument);
  if (cli_settings_put (settings, key, equals + 1, ret_fault))
    return TRUE;
  if (l2tp_option_find (key, &id) && (l2tp_option_get (id)->flags & L2TP_OPTION_SECRET) != 0)
    explicit_bzero (argument, strlen (argument));
  return FALSE;
}

static gboolean
has (CliSettings *settings, L2tpOptionId id)
{
  const char *key = l2tp_option_get (id)->key;

  return g_variant_dict_contains (&settings->values, key) ||
         g_variant_dict_contains (&settings->secrets, key);
}

static char *
get_text (CliSettings *settings, L2tpOptionId id)
{
  g_autoptr (GVariant) value =
      g_variant_dict_lookup_value (&settings->values, l2tp_option_get (id)->key, NULL);

  return value != NULL ? cli_describe_value (value) : NULL;
}

gboolean
cli_settings_check (CliSettings *settings, char **ret_fault)
{
  for (guint i = 0; i < L2TP_N_OPTIONS; i++)
    {
      const L2tpOption *option = l2tp_option_get (i);

      if ((option->flags & L2TP_OPTION_REQUIRED) == 0 || has (settings, i))
        continue;
      *ret_fault = g_strdup_printf (_ ("%s: is required\nadd %s=%s"), option->key, option->key,
                                    l2tp_option_type_to_string (option->type));
      return FALSE;
    }
  return TRUE;
}

gboolean
cli_settings_has_files (const CliOptions *options)
{
  for (guint i = 0; i < L2TP_N_OPTIONS; i++)
    if (options->secret_files[i] != NULL)
      return TRUE;
  return FALSE;
}

int
cli_settings_read_secrets (CliSettings *settings, const CliOptions *options)
{
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
      g_variant_dict_insert_value (&settings->secrets, l2tp_option_get (i)->key, secret);
    }
  return CLI_EXIT_OK;
}

static gboolean
is_text (CliSettings *settings, L2tpOptionId id, const char *text)
{
  g_autofree char *value = get_text (settings, id);

  return g_strcmp0 (value != NULL ? value : l2tp_option_get (id)->fallback, text) == 0;
}

static int
ask_if_kept (CliSettings *settings, L2tpOptionId id, L2tpOptionId flags)
{
  g_autoptr (GVariant) secret = NULL;
  int status;

  /* With other flags the answer would be thrown away, and asked for again when it is needed. */
  if (has (settings, id) || !is_text (settings, flags, "0"))
    return CLI_EXIT_OK;
  status = cli_prompt_run (id, _ (l2tp_option_get (id)->help), &secret);
  if (status == CLI_EXIT_OK)
    g_variant_dict_insert_value (&settings->secrets, l2tp_option_get (id)->key, secret);
  return status;
}

int
cli_settings_ask (CliSettings *settings)
{
  int status = CLI_EXIT_OK;

  if (has (settings, L2TP_OPTION_USER) &&
      is_text (settings, L2TP_OPTION_USER_AUTH_TYPE, "password"))
    status = ask_if_kept (settings, L2TP_OPTION_PASSWORD, L2TP_OPTION_PASSWORD_FLAGS);
  if (status == CLI_EXIT_OK && is_text (settings, L2TP_OPTION_IPSEC_ENABLED, "yes") &&
      is_text (settings, L2TP_OPTION_MACHINE_AUTH_TYPE, "psk"))
    status = ask_if_kept (settings, L2TP_OPTION_IPSEC_PSK, L2TP_OPTION_IPSEC_PSK_FLAGS);
  return status;
}

void
cli_settings_end (CliSettings *settings, GVariant **ret_settings, GVariant **ret_secrets)
{
  *ret_settings = g_variant_ref_sink (g_variant_dict_end (&settings->values));
  *ret_secrets = g_variant_ref_sink (g_variant_dict_end (&settings->secrets));
}

int
cli_settings_report (const char *fault)
{
  g_autofree char *cause = NULL, *remedy = NULL;

  cli_output_split (fault, &cause, &remedy);
  cli_output_error ("%s", cause);
  if (remedy != NULL)
    cli_output_hint ("%s", remedy);
  return CLI_EXIT_USAGE;
}
