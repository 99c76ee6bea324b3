/* SPDX-License-Identifier: GPL-2.0-or-later */
/* SPDX-FileCopyrightText: The l2tp-client authors */

/* The option table and the only validator of option values. Values come from users, scripts and
 * profile files: every check is strict, every message names the key. Hides how a type is checked.
 * Host names: RFC 1123 section 2.1. */

#include "l2tp-options.h"

#include <gio/gio.h>
#include <string.h>

static const L2tpOption options[L2TP_N_OPTIONS] = {
#define X(ID, KEY, TYPE, DEFAULT, MIN, MAX, FLAGS, PPPD, HELP)                                     \
  [L2TP_OPTION_##ID] = { KEY, L2TP_OPTION_TYPE_##TYPE, DEFAULT, MIN, MAX, FLAGS, PPPD, HELP },
#define N_(s) s
#include "l2tp-options.def"
#undef N_
#undef X
};

const L2tpOption *
l2tp_option_get (L2tpOptionId id)
{
  g_assert (id < L2TP_N_OPTIONS);
  return &options[id];
}

gboolean
l2tp_option_find (const char *key, L2tpOptionId *ret_id)
{
  for (guint i = 0; i < L2TP_N_OPTIONS; i++)
    if (g_str_equal (options[i].key, key))
      {
        *ret_id = i;
        return TRUE;
      }
  return FALSE;
}

const char *
l2tp_option_type_to_string (L2tpOptionType type)
{
  switch (type)
    {
    case L2TP_OPTION_TYPE_STRING:
      return "text";
    case L2TP_OPTION_TYPE_HOST:
      return "host";
    case L2TP_OPTION_TYPE_ADDRESS:
      return "address";
    case L2TP_OPTION_TYPE_IFNAME:
      return "interface";
    case L2TP_OPTION_TYPE_UUID:
      return "UUID";
    case L2TP_OPTION_TYPE_UINT:
      return "number";
    case L2TP_OPTION_TYPE_PORT:
      return "auto|port";
    case L2TP_OPTION_TYPE_BOOL:
      return "yes|no";
    }
  g_return_val_if_reached (NULL);
}

static gboolean
has_control_characters (const char *text)
{
  for (const char *p = text; *p != '\0'; p = g_utf8_next_char (p))
    if (g_unichar_iscntrl (g_utf8_get_char (p)))
      return TRUE;
  return FALSE;
}

static gboolean
is_host_name (const char *text)
{
  g_autofree char *bare = g_strdup (text);
  gsize len = strlen (bare);
  gboolean has_letter = FALSE;

  if (len > 0 && bare[len - 1] == '.')
    bare[--len] = '\0';
  if (len == 0 || len > 253)
    return FALSE;

  g_auto (GStrv) labels = g_strsplit (bare, ".", -1);
  for (char **label = labels; *label != NULL; label++)
    {
      gsize n = strlen (*label);

      if (n == 0 || n > 63 || (*label)[0] == '-' || (*label)[n - 1] == '-')
        return FALSE;
      for (const char *p = *label; *p != '\0'; p++)
        {
          if (!g_ascii_isalnum (*p) && *p != '-' && *p != '_')
            return FALSE;
          has_letter |= !g_ascii_isdigit (*p);
        }
    }
  /* "10.9.0" or "1.2.3.256" is a mistyped address, not a name. */
  return has_letter;
}

static gboolean
is_host (const char *text)
{
  gsize len = strlen (text);

  if (len > 2 && text[0] == '[' && text[len - 1] == ']')
    {
      g_autofree char *inner = g_strndup (text + 1, len - 2);
      return strchr (inner, ':') != NULL && g_hostname_is_ip_address (inner);
    }
  return g_hostname_is_ip_address (text) || is_host_name (text);
}

static gboolean
is_interface_name (const char *text)
{
  gsize len = strlen (text);

  if (len < 1 || len > 15 || g_str_equal (text, ".") || g_str_equal (text, ".."))
    return FALSE;
  for (const char *p = text; *p != '\0'; p++)
    if (!g_ascii_isgraph (*p) || strchr ("/:%", *p) != NULL)
      return FALSE;
  return TRUE;
}

static gboolean
parse_number (const L2tpOption *option, const char *text, guint *ret_value)
{
  guint64 number;

  /* GLib would take blanks and a sign. */
  if (!g_ascii_isdigit (text[0]) ||
      !g_ascii_string_to_unsigned (text, 10, option->min, option->max, &number, NULL))
    return FALSE;
  *ret_value = number;
  return TRUE;
}

/* Returns what a right value looks like, or NULL if @text is one. */
static char *
find_fault (const L2tpOption *option, const char *text, guint *value)
{
  gsize len = strlen (text);

  switch (option->type)
    {
    case L2TP_OPTION_TYPE_STRING:
      if (len < option->min || len > option->max)
        return g_strdup_printf ("must have %u to %u octets", option->min, option->max);
      return NULL;
    case L2TP_OPTION_TYPE_HOST:
      return is_host (text) ? NULL : g_strdup ("must be a host name or an IP address");
    case L2TP_OPTION_TYPE_ADDRESS:
      return g_hostname_is_ip_address (text) ? NULL : g_strdup ("must be an IP address");
    case L2TP_OPTION_TYPE_IFNAME:
      if (is_interface_name (text))
        return NULL;
      return g_strdup ("must be an interface name of 1 to 15 characters, without /, : and %");
    case L2TP_OPTION_TYPE_UUID:
      return g_uuid_string_is_valid (text) ? NULL : g_strdup ("must be a UUID");
    case L2TP_OPTION_TYPE_UINT:
      if (parse_number (option, text, value))
        return NULL;
      return g_strdup_printf ("must be a number from %u to %u", option->min, option->max);
    case L2TP_OPTION_TYPE_PORT:
      if (g_str_equal (text, "auto") || parse_number (option, text, value))
        return NULL;
      return g_strdup_printf ("must be auto or a number from %u to %u", option->min, option->max);
    case L2TP_OPTION_TYPE_BOOL:
      *value = g_str_equal (text, "yes");
      if (*value || g_str_equal (text, "no"))
        return NULL;
      return g_strdup ("must be yes or no");
    }
  g_return_val_if_reached (NULL);
}

gboolean
l2tp_option_validate (L2tpOptionId id, const char *text, guint *ret_uint, char **ret_message)
{
  const L2tpOption *option = l2tp_option_get (id);
  g_autofree char *fault = NULL;
  guint value = 0;

  if (!g_utf8_validate (text, -1, NULL))
    fault = g_strdup ("is not valid UTF-8");
  else if (has_control_characters (text))
    fault = g_strdup ("contains a control character");
  else
    fault = find_fault (option, text, &value);

  if (fault == NULL)
    {
      if (ret_uint != NULL)
        *ret_uint = value;
      return TRUE;
    }

  if ((option->flags & L2TP_OPTION_SECRET) != 0 || !g_utf8_validate (text, -1, NULL))
    *ret_message = g_strdup_printf ("%s: %s", option->key, fault);
  else
    {
      g_autofree char *quoted = g_utf8_substring (text, 0, MIN (g_utf8_strlen (text, -1), 64));
      g_autofree char *shown =
          has_control_characters (quoted) ? g_strescape (quoted, NULL) : g_strdup (quoted);
      *ret_message = g_strdup_printf ("%s: “%s” %s", option->key, shown, fault);
    }
  return FALSE;
}
