/* SPDX-License-Identifier: GPL-2.0-or-later */
/* SPDX-FileCopyrightText: The l2tp-client authors */

/* The option table and the only validator of option values. Values come from users, scripts and
 * profile files: every check is strict, every message names the key. Hides how a type is checked.
 * Host names: RFC 1123 section 2.1. */

#include "l2tp-options.h"

#include <gio/gio.h>
#include <limits.h>
#include <string.h>

#define N_(s) s

static const L2tpOption options[L2TP_N_OPTIONS] = {
#define ANY           .min = 0
#define RANGE(LO, HI) .min = LO, .max = HI
#define WORDS(TEXT)   .words = TEXT
#define BUILT         .status = L2TP_OPTION_STATUS_BUILT
#define IGNORED       .status = L2TP_OPTION_STATUS_IGNORED
#define LATER(WHAT)   .status = L2TP_OPTION_STATUS_LATER, .missing = WHAT
#define ALIAS(ID)     .status = L2TP_OPTION_STATUS_ALIAS, .alias_of = L2TP_OPTION_##ID
#define SECTION(ID, TITLE)
#define X(ID, KEY, TYPE, DEFAULT, VALUES, FLAGS, STATUS, PPPD, HELP)                               \
  [L2TP_OPTION_##ID] = { .key = KEY,                                                               \
                         .type = L2TP_OPTION_TYPE_##TYPE,                                          \
                         .fallback = DEFAULT,                                                      \
                         VALUES,                                                                   \
                         .flags = FLAGS,                                                           \
                         STATUS,                                                                   \
                         .pppd = PPPD,                                                             \
                         .help = HELP },
#include "l2tp-options.def"
#undef X
#undef SECTION
};

static const char *const sections[L2TP_N_OPTIONS] = {
#define SECTION(ID, TITLE) [L2TP_OPTION_##ID] = TITLE,
#define X(...)
#include "l2tp-options.def"
#undef X
#undef SECTION
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

gboolean
l2tp_option_find_flags (L2tpOptionId id, L2tpOptionId *ret_flags)
{
  g_autofree char *key = g_strconcat (l2tp_option_get (id)->key, "-flags", NULL);

  return l2tp_option_find (key, ret_flags);
}

const char *
l2tp_option_get_section (L2tpOptionId id)
{
  g_assert (id < L2TP_N_OPTIONS);
  return sections[id];
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
    case L2TP_OPTION_TYPE_ADDRESS4:
      return "IPv4 address";
    case L2TP_OPTION_TYPE_IFNAME:
      return "interface";
    case L2TP_OPTION_TYPE_UUID:
      return "UUID";
    case L2TP_OPTION_TYPE_UINT:
      return "number";
    case L2TP_OPTION_TYPE_AUTO:
      return "auto|number";
    case L2TP_OPTION_TYPE_BOOL:
      return "yes|no";
    case L2TP_OPTION_TYPE_ENUM:
      return "word";
    case L2TP_OPTION_TYPE_PATH:
      return "file";
    case L2TP_OPTION_TYPE_ADDRESSES:
      return "address,…";
    case L2TP_OPTION_TYPE_NETWORKS:
      return "network,…";
    case L2TP_OPTION_TYPE_DOMAINS:
      return "domain,…";
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

/* What makes a line of a log or a list read otherwise than it is: bidirectional controls. */
static gboolean
has_reordering_characters (const char *text)
{
  for (const char *p = text; *p != '\0'; p = g_utf8_next_char (p))
    {
      gunichar c = g_utf8_get_char (p);

      if (c == 0x061c || c == 0x200e || c == 0x200f || (c >= 0x202a && c <= 0x202e) ||
          (c >= 0x2066 && c <= 0x2069))
        return TRUE;
    }
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

static gboolean
is_address4 (const char *text)
{
  /* GLib's own parser is strict: four decimal numbers. */
  return g_hostname_is_ip_address (text) && strchr (text, ':') == NULL;
}

static gboolean
is_network (const char *text)
{
  g_autoptr (GInetAddressMask) mask = NULL;
  const char *slash = strchr (text, '/');

  /* GLib would take an address alone, and blanks and a sign before the number. */
  if (slash == NULL || !g_ascii_isdigit (slash[1]))
    return FALSE;
  mask = g_inet_address_mask_new_from_string (text, NULL);
  return mask != NULL;
}

static gboolean
is_domain (const char *text)
{
  return g_str_equal (text, "~.") || is_host_name (*text == '~' ? text + 1 : text);
}

/* The file itself is looked at by who opens it. */
static gboolean
is_path (const char *text)
{
  gsize len = strlen (text);

  return len > 1 && len < PATH_MAX && text[0] == '/' && text[len - 1] != '/';
}

static gboolean
is_word (const L2tpOption *option, const char *text)
{
  g_auto (GStrv) words = g_strsplit (option->words, "|", -1);

  return g_strv_contains ((const char *const *) words, text);
}

static gboolean
is_list (const L2tpOption *option, const char *text, gboolean (*is_entry) (const char *text))
{
  g_auto (GStrv) entries = g_strsplit (text, ",", (int) option->max + 1);
  guint n = g_strv_length (entries);

  if (n < option->min || n > option->max)
    return FALSE;
  for (guint i = 0; i < n; i++)
    if (!is_entry (entries[i]))
      return FALSE;
  return TRUE;
}

static char *
fault_unless (gboolean right, const char *fault)
{
  return right ? NULL : g_strdup (fault);
}

static char *
list_fault (const L2tpOption *option,
            const char *text,
            gboolean (*is_entry) (const char *text),
            const char *what)
{
  if (is_list (option, text, is_entry))
    return NULL;
  return g_strdup_printf ("must be %u to %u %s, with commas and no blanks between them",
                          option->min, option->max, what);
}

static char *
word_fault (const L2tpOption *option, const char *text)
{
  g_auto (GStrv) words = g_strsplit (option->words, "|", -1);
  g_autofree char *list = g_strjoinv (" or ", words);

  return is_word (option, text) ? NULL : g_strdup_printf ("must be %s", list);
}

static char *
number_fault (const L2tpOption *option, const char *text, guint *value)
{
  gboolean may_be_auto = option->type == L2TP_OPTION_TYPE_AUTO;

  if ((may_be_auto && g_str_equal (text, "auto")) || parse_number (option, text, value))
    return NULL;
  return g_strdup_printf ("must be %sa number from %u to %u", may_be_auto ? "auto or " : "",
                          option->min, option->max);
}

/* Returns what a right value looks like, or NULL if @text is one. */
static char *
find_fault (const L2tpOption *option, const char *text, guint *value)
{
  gsize len = strlen (text);

  switch (option->type)
    {
    case L2TP_OPTION_TYPE_STRING:
      if (len >= option->min && len <= option->max)
        return NULL;
      return g_strdup_printf ("must have %u to %u octets", option->min, option->max);
    case L2TP_OPTION_TYPE_HOST:
      return fault_unless (is_host (text), "must be a host name or an IP address");
    case L2TP_OPTION_TYPE_ADDRESS:
      return fault_unless (g_hostname_is_ip_address (text), "must be an IP address");
    case L2TP_OPTION_TYPE_ADDRESS4:
      return fault_unless (is_address4 (text), "must be an IPv4 address");
    case L2TP_OPTION_TYPE_IFNAME:
      return fault_unless (is_interface_name (text), "must be an interface name of 1 to 15 "
                                                     "characters, without /, : and %");
    case L2TP_OPTION_TYPE_UUID:
      return fault_unless (g_uuid_string_is_valid (text), "must be a UUID");
    case L2TP_OPTION_TYPE_UINT:
    case L2TP_OPTION_TYPE_AUTO:
      return number_fault (option, text, value);
    case L2TP_OPTION_TYPE_BOOL:
      *value = g_str_equal (text, "yes");
      return fault_unless (*value || g_str_equal (text, "no"), "must be yes or no");
    case L2TP_OPTION_TYPE_ENUM:
      return word_fault (option, text);
    case L2TP_OPTION_TYPE_PATH:
      return fault_unless (is_path (text), "must be the path of a file, from / on");
    case L2TP_OPTION_TYPE_ADDRESSES:
      return list_fault (option, text, g_hostname_is_ip_address, "IP addresses");
    case L2TP_OPTION_TYPE_NETWORKS:
      return list_fault (option, text, is_network, "networks such as 10.0.0.0/8");
    case L2TP_OPTION_TYPE_DOMAINS:
      return list_fault (option, text, is_domain, "domains");
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
  else if ((option->flags & L2TP_OPTION_SECRET) == 0 && has_reordering_characters (text))
    fault = g_strdup ("contains a character that turns text around");
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
      gboolean clean = !has_control_characters (quoted) && !has_reordering_characters (quoted);
      g_autofree char *shown = clean ? g_strdup (quoted) : g_strescape (quoted, NULL);
      *ret_message = g_strdup_printf ("%s: “%s” %s", option->key, shown, fault);
    }
  return FALSE;
}
