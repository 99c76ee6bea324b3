/* SPDX-License-Identifier: GPL-2.0-or-later */
/* SPDX-FileCopyrightText: The l2tp-client authors */

/* The option table in words: for help, and for the text that edit gives to an editor. */

#include "cli.h"

#include <glib/gi18n.h>

char *
cli_describe_values (const L2tpOption *option)
{
  if (option->type == L2TP_OPTION_TYPE_UINT)
    return g_strdup_printf ("%u-%u", option->min, option->max);
  if (option->type == L2TP_OPTION_TYPE_ENUM)
    return g_strdup (option->words);
  return g_strdup (l2tp_option_type_to_string (option->type));
}

char *
cli_describe_option (const L2tpOption *option)
{
  const char *help = _ (option->help);

  if ((option->flags & L2TP_OPTION_REQUIRED) != 0)
    return g_strdup_printf (_ ("%s (required)"), help);
  if (option->fallback != NULL && option->missing != NULL)
    return g_strdup_printf (_ ("%s (default %s; not built yet)"), help, option->fallback);
  if (option->fallback != NULL)
    return g_strdup_printf (_ ("%s (default %s)"), help, option->fallback);
  if (option->missing != NULL)
    return g_strdup_printf (_ ("%s (not built yet)"), help);
  return g_strdup (help);
}

char *
cli_describe_value (GVariant *value)
{
  if (g_variant_is_of_type (value, G_VARIANT_TYPE_STRING))
    return g_variant_dup_string (value, NULL);
  if (g_variant_is_of_type (value, G_VARIANT_TYPE_BOOLEAN))
    return g_strdup (g_variant_get_boolean (value) ? "yes" : "no");
  return g_variant_print (value, FALSE);
}

char *
cli_describe_options (void)
{
  const int hidden = L2TP_OPTION_SECRET | L2TP_OPTION_LEGACY;
  GString *text = g_string_new (_ ("Options of a connection, as key=value:\n"));

  for (guint i = 0; i < L2TP_N_OPTIONS; i++)
    {
      const L2tpOption *option = l2tp_option_get (i);
      const char *section = l2tp_option_get_section (i);
      g_autofree char *values = cli_describe_values (option);
      g_autofree char *help = cli_describe_option (option);
      int pad = 16 - (int) g_utf8_strlen (values, -1);

      if (section != NULL && (option->flags & L2TP_OPTION_LEGACY) == 0)
        g_string_append_printf (text, "\n %s:\n", _ (section));
      if (i != L2TP_OPTION_NAME && (option->flags & hidden) == 0)
        g_string_append_printf (text, "  %-22s %s%*s  %s\n", option->key, values, MAX (pad, 0), "",
                                help);
    }
  g_string_append (text, _ ("\nMore in l2tp-options(5)."));
  return g_string_free (text, FALSE);
}
