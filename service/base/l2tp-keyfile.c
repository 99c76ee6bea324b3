/* SPDX-License-Identifier: GPL-2.0-or-later */
/* SPDX-FileCopyrightText: The l2tp-client authors */

/* The keyfile reader. Not GKeyFile: that one does not tell lines, takes the last of two equal keys,
 * and copies every value to where nobody can wipe it. This one works in the caller's buffer. What
 * it takes GKeyFile takes, too, and reads the same (tests/unit/test-profile.c). Source: Desktop
 * Entry Specification, section "Basic format of the file". */

#include "l2tp-keyfile.h"

#include <string.h>

#define FAULT_LINE  "is neither a comment, nor a [group], nor KEY=VALUE"
#define FAULT_FIRST "stands before the first [group]"
#define FAULT_ESCAPE                                                                               \
  "has a backslash with neither s nor a backslash behind it\n"                                     \
  "Write \\\\ for a backslash."
#define FAULT_BLANK "ends with a blank\nRemove it, or write it as \\s."

static gboolean
is_blank (char c)
{
  return c == ' ' || c == '\t';
}

static char *
skip_blanks (char *text)
{
  while (is_blank (*text))
    text++;
  return text;
}

static void
cut_blanks (char *begin, char *end)
{
  while (end > begin && is_blank (end[-1]))
    end--;
  *end = '\0';
}

const char *
l2tp_keyfile_check (const char *data, gsize len)
{
  if (len > L2TP_KEYFILE_MAX_SIZE)
    return "is larger than 64 KiB";
  if (len > 0 && memchr (data, '\0', len) != NULL)
    return "contains a NUL";
  if (!g_utf8_validate_len (data, len, NULL))
    return "is not valid UTF-8";
  return NULL;
}

void
l2tp_keyfile_init (L2tpKeyfile *file, char *text)
{
  *file = (L2tpKeyfile){ .rest = text };
}

/* Returns the next line, NUL-terminated, or NULL. */
static char *
take_line (L2tpKeyfile *file)
{
  char *line = file->rest;
  char *end;

  if (*line == '\0')
    return NULL;
  end = strchrnul (line, '\n');
  file->rest = *end == '\0' ? end : end + 1;
  if (*end == '\n' && end > line && end[-1] == '\r')
    end--;
  *end = '\0';
  file->line++;
  return line;
}

static const char *
take_group (L2tpKeyfile *file, char *line)
{
  char *end = strchr (line, ']');

  file->group = ""; /* what follows a broken one is not the former's */
  if (end == NULL || end == line + 1 || *skip_blanks (end + 1) != '\0')
    return FAULT_LINE;
  *end = '\0';
  file->group = line + 1;
  return NULL;
}

/* In place: an escape is longer than what it stands for. */
static const char *
unescape (char *value)
{
  char *to = value;

  for (const char *from = value; *from != '\0'; from++)
    {
      if (*from != '\\')
        *to++ = *from;
      else if (*++from == 's')
        *to++ = ' ';
      else if (*from == '\\')
        *to++ = '\\';
      else
        return FAULT_ESCAPE;
    }
  *to = '\0';
  return NULL;
}

static const char *
take_key (L2tpKeyfile *file, char *line)
{
  char *sign = strchr (line, '=');
  char *value;

  if (sign == NULL || sign == line)
    return FAULT_LINE;
  value = skip_blanks (sign + 1);
  cut_blanks (line, sign);
  file->key = line;
  file->value = value;
  if (file->group == NULL)
    return FAULT_FIRST;
  if (*value != '\0' && is_blank (value[strlen (value) - 1]))
    return FAULT_BLANK;
  return unescape (value);
}

gboolean
l2tp_keyfile_next (L2tpKeyfile *file)
{
  char *line;

  file->key = NULL;
  file->value = NULL;
  file->fault = NULL;
  while ((line = take_line (file)) != NULL)
    {
      line = skip_blanks (line);
      if (*line == '\0' || *line == '#')
        continue;
      file->fault = *line == '[' ? take_group (file, line) : take_key (file, line);
      return TRUE;
    }
  return FALSE;
}

gsize
l2tp_keyfile_escape (const char *value, char *ret_text)
{
  char *to = ret_text;

  for (const char *from = value; *from != '\0'; from++)
    {
      gboolean at_an_end = from == value || from[1] == '\0';

      if (*from == '\\' || (*from == ' ' && at_an_end))
        {
          *to++ = '\\';
          *to++ = *from == ' ' ? 's' : '\\';
        }
      else
        *to++ = *from;
    }
  *to = '\0';
  return (gsize) (to - ret_text);
}
