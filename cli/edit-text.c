/* SPDX-License-Identifier: GPL-2.0-or-later */
/* SPDX-FileCopyrightText: The l2tp-client authors */

/* The text is written for a person: sections, help, defaults. Reading it is strict: a comment, an
 * empty line, or key=value, whose value is everything behind the = unless there are blanks before
 * it. */

#include "edit-text.h"
#include "output.h"

#include <string.h>

#include <glib/gi18n.h>

#define FAULT_MARK "#! "

static void
append_option (GString *text, L2tpOptionId id, GVariant *settings)
{
  const L2tpOption *option = l2tp_option_get (id);
  g_autoptr (GVariant) value = g_variant_lookup_value (settings, option->key, NULL);
  g_autofree char *help = cli_describe_option (option);
  g_autofree char *values = cli_describe_values (option);
  g_autofree char *typed = value != NULL ? cli_describe_value (value) : NULL;

  g_string_append_printf (text, "# %s [%s]\n", help, values);
  if (typed != NULL)
    g_string_append_printf (text, "%s=%s\n", option->key, typed);
  else
    g_string_append_printf (text, "#%s=%s\n", option->key,
                            option->fallback != NULL ? option->fallback : "");
}

char *
cli_edit_text_new (GVariant *settings)
{
  GString *text = g_string_new (_ (
      "# Lines of key=value. What is commented out has its default. Secrets are not here:\n"
      "# “l2tp-client edit CONN --password-file FILE” changes them. More in l2tp-options(5).\n"));

  for (guint i = 0; i < L2TP_N_OPTIONS; i++)
    {
      const L2tpOption *option = l2tp_option_get (i);
      const char *section = l2tp_option_get_section (i);
      g_autoptr (GVariant) value = g_variant_lookup_value (settings, option->key, NULL);
      gboolean legacy = (option->flags & L2TP_OPTION_LEGACY) != 0;

      if (section != NULL && !legacy)
        g_string_append_printf (text, "\n## %s\n", _ (section));
      if (i == L2TP_OPTION_UUID || (option->flags & L2TP_OPTION_SECRET) != 0)
        continue;
      if (!legacy || value != NULL)
        append_option (text, i, settings);
    }
  return g_string_free (text, FALSE);
}

static const char *
skip_fault (const char *text)
{
  while (g_str_has_prefix (text, FAULT_MARK))
    {
      const char *end = strchr (text, '\n');

      if (end == NULL)
        return text + strlen (text);
      text = end + 1;
    }
  return text;
}

char *
cli_edit_text_with_fault (const char *text, const char *fault)
{
  g_autofree char *cause = NULL, *remedy = NULL;

  cli_output_split (fault, &cause, &remedy);
  return g_strdup_printf (FAULT_MARK "%s\n%s%s%s" FAULT_MARK "%s\n%s", cause,
                          remedy != NULL ? FAULT_MARK : "", remedy != NULL ? remedy : "",
                          remedy != NULL ? "\n" : "", _ ("Leave this as it is to give up."),
                          skip_fault (text));
}

static gboolean
parse_line (char *line, CliSettings *settings, char **ret_fault)
{
  gsize len = strlen (line);
  char *equals, *value;

  if (len > 0 && line[len - 1] == '\r')
    line[len - 1] = '\0';
  g_strchug (line);
  if (*line == '\0' || *line == '#')
    return TRUE;
  equals = strchr (line, '=');
  if (equals == NULL)
    {
      g_autofree char *clean = cli_output_clean (line);
      *ret_fault = g_strdup_printf (_ ("“%s” is not of the form key=value"), clean);
      return FALSE;
    }
  value = equals + 1;
  *equals = '\0';
  if (equals > line && g_ascii_isspace (equals[-1]))
    {
      g_strchomp (line);
      g_strstrip (value);
    }
  return cli_settings_put (settings, line, value, ret_fault);
}

gboolean
cli_edit_text_parse (const char *text, CliSettings *settings, char **ret_fault)
{
  g_auto (GStrv) lines = g_strsplit (text, "\n", -1);

  for (guint i = 0; lines[i] != NULL; i++)
    if (!parse_line (lines[i], settings, ret_fault))
      return FALSE;
  return TRUE;
}
