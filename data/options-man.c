/* SPDX-License-Identifier: GPL-2.0-or-later */
/* SPDX-FileCopyrightText: The l2tp-client authors */

/* Writes l2tp-options(5) at build time: the template with the option table, as the service reads
 * it, in the place of one line. Not installed. */

#include "dbus/l2tp-options.h"

#include <stdio.h>

#define PLACE "@OPTIONS@\n"

/* Returns @text with what troff would take for its own escaped. */
static char *
escape (const char *text)
{
  GString *escaped = g_string_new (text);

  g_string_replace (escaped, "\\", "\\e", 0);
  g_string_replace (escaped, "-", "\\-", 0);
  if (escaped->str[0] == '.' || escaped->str[0] == '\'')
    g_string_prepend (escaped, "\\&");
  return g_string_free (escaped, FALSE);
}

static char *
join_words (const char *words)
{
  g_auto (GStrv) list = g_strsplit (words, "|", -1);

  return g_strjoinv (" or ", list);
}

static char *
describe_value (const L2tpOption *option)
{
  if (option->type == L2TP_OPTION_TYPE_UINT)
    return g_strdup_printf ("a number from %u to %u", option->min, option->max);
  if (option->type == L2TP_OPTION_TYPE_AUTO)
    return g_strdup_printf ("auto or a number from %u to %u", option->min, option->max);
  if (option->type == L2TP_OPTION_TYPE_STRING)
    return g_strdup_printf ("text of %u to %u octets", option->min, option->max);
  if (option->type == L2TP_OPTION_TYPE_BOOL)
    return g_strdup ("yes or no");
  if (option->type == L2TP_OPTION_TYPE_ENUM)
    return join_words (option->words);
  if (option->type == L2TP_OPTION_TYPE_PATH)
    return g_strdup ("the path of a file, from / on");
  if (option->type == L2TP_OPTION_TYPE_ADDRESSES)
    return g_strdup_printf ("up to %u addresses, with commas", option->max);
  if (option->type == L2TP_OPTION_TYPE_NETWORKS)
    return g_strdup_printf ("up to %u networks such as 10.0.0.0/8, with commas", option->max);
  if (option->type == L2TP_OPTION_TYPE_DOMAINS)
    return g_strdup_printf ("up to %u domains, with commas", option->max);
  return g_strdup (l2tp_option_type_to_string (option->type));
}

static void
print_status (const L2tpOption *option)
{
  g_autofree char *missing = option->missing != NULL ? escape (option->missing) : NULL;

  if (option->status == L2TP_OPTION_STATUS_LATER)
    printf ("Not built yet (%s): a connection that asks for it is kept and does not connect.\n",
            missing);
}

static void
print_option (const L2tpOption *option)
{
  g_autofree char *key = escape (option->key);
  g_autofree char *value = describe_value (option);
  g_autofree char *help = escape (option->help);

  printf (".TP\n.B %s\n%s.\n", key, help);
  printf ("Value: %s", value);
  if ((option->flags & L2TP_OPTION_REQUIRED) != 0)
    printf ("; required");
  if ((option->flags & L2TP_OPTION_SECRET) != 0 && (option->flags & L2TP_OPTION_LEGACY) != 0)
    printf ("; a secret");
  else if ((option->flags & L2TP_OPTION_SECRET) != 0)
    printf ("; a secret: give it with\n.BR \\-\\-%s\\-file ;\nit is never shown", key);
  if (option->fallback != NULL)
    printf ("; default: %s", option->fallback);
  printf (".\n");
  print_status (option);
}

int
main (int argc, char **argv)
{
  g_autoptr (GError) error = NULL;
  g_autofree char *template = NULL;
  g_auto (GStrv) parts = NULL;

  if (argc != 2 || !g_file_get_contents (argv[1], &template, NULL, &error))
    {
      fprintf (stderr, "%s\n", error != NULL ? error->message : "usage: options-man TEMPLATE");
      return 1;
    }
  parts = g_strsplit (template, PLACE, 2);
  if (g_strv_length (parts) != 2)
    return 1;
  fputs (parts[0], stdout);
  for (guint i = 0; i < L2TP_N_OPTIONS; i++)
    {
      if (l2tp_option_get_section (i) != NULL)
        printf (".SS %s\n", l2tp_option_get_section (i));
      print_option (l2tp_option_get (i));
    }
  fputs (parts[1], stdout);
  return 0;
}
