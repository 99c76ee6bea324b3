/* SPDX-License-Identifier: GPL-2.0-or-later */
/* SPDX-FileCopyrightText: The l2tp-client authors */

/* Colours, messages and small formatting. Hides what the terminal can do and how text from outside
 * is made harmless. The choices of colour and of JSON's style are set once and read everywhere, so
 * they are kept here and not passed through every call. */

#include "output.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include <glib/gi18n.h>

typedef enum
{
  COLOR_AUTO,
  COLOR_ALWAYS,
  COLOR_NEVER,
} ColorMode;

static ColorMode color_mode = COLOR_AUTO;
static gboolean json_is_short = FALSE;

gboolean
cli_output_set_color (const char *when)
{
  static const char *const words[] = { "auto", "always", "never" };

  for (guint i = 0; i < G_N_ELEMENTS (words); i++)
    if (g_str_equal (when, words[i]))
      {
        color_mode = i;
        return TRUE;
      }
  return FALSE;
}

gboolean
cli_output_set_json (const char *style)
{
  json_is_short = g_strcmp0 (style, "short") == 0;
  return style == NULL || json_is_short || g_str_equal (style, "pretty");
}

static gboolean
is_dumb (void)
{
  return g_strcmp0 (g_getenv ("TERM"), "dumb") == 0 || g_getenv ("TERM") == NULL;
}

static gboolean
has_color (int fd)
{
  const char *no_color = g_getenv ("NO_COLOR");

  if (color_mode != COLOR_AUTO)
    return color_mode == COLOR_ALWAYS;
  return isatty (fd) && !is_dumb () && (no_color == NULL || *no_color == '\0');
}

gboolean
cli_output_is_live (void)
{
  return isatty (STDOUT_FILENO) && !is_dumb ();
}

gboolean
cli_output_is_utf8 (void)
{
  return g_get_charset (NULL);
}

static const char *
escape_sequence (CliColor color)
{
  switch (color)
    {
    case CLI_COLOR_NONE:
      return "";
    case CLI_COLOR_DIM:
      return "\033[2m";
    case CLI_COLOR_BOLD:
      return "\033[1m";
    case CLI_COLOR_GREEN:
      return "\033[32m";
    case CLI_COLOR_YELLOW:
      return "\033[33m";
    case CLI_COLOR_RED:
      return "\033[1;31m";
    }
  g_return_val_if_reached ("");
}

char *
cli_output_paint (CliColor color, const char *text)
{
  if (color == CLI_COLOR_NONE || !has_color (STDOUT_FILENO))
    return g_strdup (text);
  return g_strconcat (escape_sequence (color), text, "\033[0m", NULL);
}

static gboolean
is_harmless (gunichar c)
{
  /* Of the invisible format characters, those that reorder text can make a line lie. */
  gboolean reorders = c == 0x061c || c == 0x200e || c == 0x200f || (c >= 0x202a && c <= 0x202e) ||
                      (c >= 0x2066 && c <= 0x2069);

  return !g_unichar_iscntrl (c) && !reorders && c != 0x2028 && c != 0x2029;
}

char *
cli_output_clean (const char *text)
{
  g_autofree char *valid = g_utf8_make_valid (text != NULL ? text : "", -1);
  GString *clean = g_string_new (NULL);

  for (const char *p = valid; *p != '\0'; p = g_utf8_next_char (p))
    {
      gunichar c = g_utf8_get_char (p);

      if (c == '\n' || c == '\t')
        g_string_append_c (clean, ' ');
      else if (is_harmless (c))
        g_string_append_unichar (clean, c);
    }
  return g_string_free (clean, FALSE);
}

void
cli_output_split (const char *text, char **ret_cause, char **ret_remedy)
{
  g_auto (GStrv) lines = g_strsplit (text, "\n", 2);

  *ret_cause = cli_output_clean (lines[0]);
  *ret_remedy = NULL;
  if (lines[0] == NULL || lines[1] == NULL)
    return;
  *ret_remedy = g_strstrip (cli_output_clean (lines[1]));
  if (**ret_remedy == '\0')
    g_clear_pointer (ret_remedy, g_free);
}

static void G_GNUC_PRINTF (3, 0)
    message (CliColor color, const char *word, const char *format, va_list args)
{
  g_autofree char *text = g_strdup_vprintf (format, args);
  gboolean painted = *word != '\0' && has_color (STDERR_FILENO);

  /* The lines of one run stay in order where both streams go to one file. */
  fflush (stdout);
  fprintf (stderr, "%s%s%s%s%s\n", painted ? escape_sequence (color) : "", word,
           painted ? "\033[0m" : "", *word != '\0' ? " " : "", text);
}

void
cli_output_error (const char *format, ...)
{
  va_list args;

  va_start (args, format);
  message (CLI_COLOR_RED, _ ("error:"), format, args);
  va_end (args);
}

void
cli_output_warning (const char *format, ...)
{
  va_list args;

  va_start (args, format);
  message (CLI_COLOR_YELLOW, _ ("warning:"), format, args);
  va_end (args);
}

void
cli_output_hint (const char *format, ...)
{
  va_list args;

  va_start (args, format);
  message (CLI_COLOR_BOLD, _ ("hint:"), format, args);
  va_end (args);
}

void
cli_output_note (const char *format, ...)
{
  va_list args;

  va_start (args, format);
  message (CLI_COLOR_NONE, "", format, args);
  va_end (args);
}

static void
print_json (JsonNode *node, gboolean pretty)
{
  g_autoptr (JsonGenerator) generator = json_generator_new ();
  g_autofree char *text = NULL;

  json_generator_set_pretty (generator, pretty);
  json_generator_set_root (generator, node);
  text = json_generator_to_data (generator, NULL);
  puts (text);
  json_node_unref (node);
}

void
cli_output_json (JsonNode *node)
{
  print_json (node, !json_is_short);
}

void
cli_output_json_name (const char *name, const char *uuid)
{
  g_autoptr (JsonObject) json = json_object_new ();

  json_object_set_string_member (json, "name", name);
  json_object_set_string_member (json, "uuid", uuid);
  cli_output_json (json_node_init_object (json_node_alloc (), json));
}

void
cli_output_json_line (JsonNode *node)
{
  print_json (node, FALSE);
  fflush (stdout);
}

char *
cli_output_duration (gint64 seconds)
{
  int minutes = CLAMP (seconds, 0, G_MAXINT) / 60, hours = minutes / 60, days = hours / 24;

  if (minutes == 0)
    return g_strdup_printf (_ ("%d s"), (int) MAX (seconds, 0));
  if (hours == 0)
    return g_strdup_printf (_ ("%d min"), minutes);
  if (days == 0)
    return g_strdup_printf (_ ("%d h %d min"), hours, minutes % 60);
  return g_strdup_printf (_ ("%d d %d h"), days, hours % 24);
}

char *
cli_output_utc (guint64 us)
{
  g_autoptr (GDateTime) time = g_date_time_new_from_unix_utc (us / G_USEC_PER_SEC);
  g_autofree char *seconds = NULL;

  if (us == 0 || time == NULL)
    return NULL;
  seconds = g_date_time_format (time, "%Y-%m-%dT%H:%M:%S");
  return g_strdup_printf ("%s.%06uZ", seconds, (guint) (us % G_USEC_PER_SEC));
}
