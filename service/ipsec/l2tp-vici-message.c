/* SPDX-License-Identifier: GPL-2.0-or-later */
/* SPDX-FileCopyrightText: The l2tp-client authors */

/* VICI packets: a type, a name for some, and a message, which is a tree written as a sequence of
 * elements (strongSwan's vici/README.md). A packet is checked once, as a whole; what walks it
 * afterwards relies on that. Hides the element types. */

#include "l2tp-vici-message.h"

#include <string.h>

#define MAX_DEPTH 16
#define MAX_TEXT  1000

enum
{
  SECTION_START = 1,
  SECTION_END,
  KEY_VALUE,
  LIST_START,
  LIST_ITEM,
  LIST_END,
};

struct _L2tpViciRequest
{
  guint8 *data;
  gsize len, allocated;
  gboolean failed;
};

/* No realloc(): it would leave a copy of what may be secret behind. */
static gboolean
reserve (L2tpViciRequest *request, gsize more)
{
  gsize allocated = MAX (request->allocated, 256);
  guint8 *data;

  if (request->failed || more > L2TP_VICI_MAX_PACKET + L2TP_VICI_HEADER - request->len)
    {
      request->failed = TRUE;
      return FALSE;
    }
  while (allocated < request->len + more)
    allocated *= 2;
  if (allocated == request->allocated)
    return TRUE;
  data = g_malloc (allocated);
  if (request->len > 0)
    {
      memcpy (data, request->data, request->len);
      explicit_bzero (request->data, request->len);
    }
  g_free (request->data);
  request->data = data;
  request->allocated = allocated;
  return TRUE;
}

static void
append (L2tpViciRequest *request, const void *data, gsize len)
{
  if (!reserve (request, len) || len == 0)
    return;
  memcpy (request->data + request->len, data, len);
  request->len += len;
}

static void
append_octet (L2tpViciRequest *request, guint8 octet)
{
  append (request, &octet, 1);
}

static void
append_name (L2tpViciRequest *request, const char *name)
{
  gsize len = strlen (name);

  if (len > G_MAXUINT8)
    request->failed = TRUE;
  append_octet (request, (guint8) len);
  append (request, name, len);
}

static void
append_value (L2tpViciRequest *request, const void *data, gsize len)
{
  if (len > G_MAXUINT16)
    request->failed = TRUE;
  append_octet (request, (guint8) (len >> 8));
  append_octet (request, (guint8) len);
  append (request, data, len);
}

L2tpViciRequest *
l2tp_vici_request_new (L2tpViciPacketType type, const char *name)
{
  static const guint8 no_length[L2TP_VICI_HEADER];
  L2tpViciRequest *request = g_new0 (L2tpViciRequest, 1);

  append (request, no_length, sizeof no_length);
  append_octet (request, (guint8) type);
  append_name (request, name);
  return request;
}

void
l2tp_vici_request_free (L2tpViciRequest *request)
{
  if (request == NULL)
    return;
  explicit_bzero (request->data, request->len);
  g_free (request->data);
  g_free (request);
}

void
l2tp_vici_request_begin (L2tpViciRequest *request, const char *section)
{
  append_octet (request, SECTION_START);
  append_name (request, section);
}

void
l2tp_vici_request_end (L2tpViciRequest *request)
{
  append_octet (request, SECTION_END);
}

void
l2tp_vici_request_put (L2tpViciRequest *request, const char *key, const char *value)
{
  l2tp_vici_request_put_data (request, key, value, strlen (value));
}

void
l2tp_vici_request_put_uint (L2tpViciRequest *request, const char *key, guint value)
{
  char text[16];

  g_snprintf (text, sizeof text, "%u", value);
  l2tp_vici_request_put (request, key, text);
}

void
l2tp_vici_request_put_data (L2tpViciRequest *request, const char *key, const void *data, gsize len)
{
  append_octet (request, KEY_VALUE);
  append_name (request, key);
  append_value (request, data, len);
}

void
l2tp_vici_request_begin_list (L2tpViciRequest *request, const char *key)
{
  append_octet (request, LIST_START);
  append_name (request, key);
}

void
l2tp_vici_request_put_item (L2tpViciRequest *request, const void *data, gsize len)
{
  append_octet (request, LIST_ITEM);
  append_value (request, data, len);
}

void
l2tp_vici_request_end_list (L2tpViciRequest *request)
{
  append_octet (request, LIST_END);
}

void
l2tp_vici_request_put_list (L2tpViciRequest *request, const char *key, const char *const *values)
{
  l2tp_vici_request_begin_list (request, key);
  for (; *values != NULL; values++)
    l2tp_vici_request_put_item (request, *values, strlen (*values));
  l2tp_vici_request_end_list (request);
}

const guint8 *
l2tp_vici_request_encode (L2tpViciRequest *request, gsize *ret_len)
{
  guint32 length;

  if (request->failed)
    return NULL;
  length = GUINT32_TO_BE ((guint32) (request->len - L2TP_VICI_HEADER));
  memcpy (request->data, &length, sizeof length);
  *ret_len = request->len;
  return request->data;
}

/* One element off the front; type 0 when it does not fit. */
typedef struct
{
  guint8 type;
  L2tpViciSection name, value;
} Element;

static gboolean
take (L2tpViciSection *rest, gsize size_len, L2tpViciSection *ret_octets)
{
  gsize len = 0;

  if (rest->len < size_len)
    return FALSE;
  for (gsize i = 0; i < size_len; i++)
    len = len << 8 | rest->data[i];
  if (rest->len - size_len < len)
    return FALSE;
  *ret_octets = (L2tpViciSection){ rest->data + size_len, len };
  rest->data += size_len + len;
  rest->len -= size_len + len;
  return TRUE;
}

static Element
take_element (L2tpViciSection *rest)
{
  Element element = { 0 };
  gboolean fits;

  if (rest->len == 0)
    return element;
  element.type = *rest->data++;
  rest->len--;
  switch (element.type)
    {
    case SECTION_START:
    case LIST_START:
      fits = take (rest, 1, &element.name);
      break;
    case KEY_VALUE:
      fits = take (rest, 1, &element.name) && take (rest, 2, &element.value);
      break;
    case LIST_ITEM:
      fits = take (rest, 2, &element.value);
      break;
    case SECTION_END:
    case LIST_END:
      fits = TRUE;
      break;
    default:
      fits = FALSE;
    }
  if (!fits)
    element.type = 0;
  return element;
}

static gboolean
is_balanced (L2tpViciSection rest)
{
  guint depth = 0;
  gboolean in_list = FALSE;

  while (rest.len > 0)
    {
      Element element = take_element (&rest);
      gboolean is_of_list = element.type == LIST_ITEM || element.type == LIST_END;

      if (element.type == 0 || in_list != is_of_list)
        return FALSE;
      if (element.type == SECTION_START && ++depth > MAX_DEPTH)
        return FALSE;
      if (element.type == SECTION_END && depth-- == 0)
        return FALSE;
      if (element.type == LIST_START || element.type == LIST_END)
        in_list = element.type == LIST_START;
    }
  return depth == 0 && !in_list;
}

static gboolean
take_event_name (L2tpViciSection *rest, char *ret_name)
{
  L2tpViciSection name;

  if (!take (rest, 1, &name))
    return FALSE;
  for (gsize i = 0; i < name.len; i++)
    if (!g_ascii_isprint ((char) name.data[i]))
      return FALSE;
  memcpy (ret_name, name.data, name.len);
  ret_name[name.len] = '\0';
  return TRUE;
}

gboolean
l2tp_vici_packet_parse (const guint8 *data, gsize len, L2tpViciPacket *ret_packet)
{
  L2tpViciSection rest = { data, len };
  L2tpViciPacket packet = { 0 };

  if (len == 0 || len > L2TP_VICI_MAX_PACKET || data[0] > L2TP_VICI_EVENT)
    return FALSE;
  packet.type = data[0];
  rest.data++;
  rest.len--;
  if (packet.type == L2TP_VICI_EVENT && !take_event_name (&rest, packet.name))
    return FALSE;
  if (!is_balanced (rest))
    return FALSE;
  packet.message = rest;
  *ret_packet = packet;
  return TRUE;
}

/* The elements up to the end that belongs to the start which was just taken. */
static L2tpViciSection
take_contents (L2tpViciSection *rest)
{
  L2tpViciSection contents = { rest->data, 0 };
  guint depth = 1;

  while (rest->len > 0)
    {
      Element element;

      contents.len = (gsize) (rest->data - contents.data);
      element = take_element (rest);
      if (element.type == SECTION_START || element.type == LIST_START)
        depth++;
      else if ((element.type == SECTION_END || element.type == LIST_END) && --depth == 0)
        return contents;
    }
  return contents;
}

gboolean
l2tp_vici_section_next (L2tpViciSection *rest, L2tpViciItem *ret_item)
{
  Element element = take_element (rest);
  L2tpViciItem item = { .name = (const char *) element.name.data,
                        .name_len = element.name.len,
                        .value = element.value };

  switch (element.type)
    {
    case SECTION_START:
    case LIST_START:
      item.type = element.type == LIST_START ? L2TP_VICI_ITEM_LIST : L2TP_VICI_ITEM_SECTION;
      item.section = take_contents (rest);
      break;
    case KEY_VALUE:
      item.type = L2TP_VICI_ITEM_VALUE;
      break;
    case LIST_ITEM:
      item.type = L2TP_VICI_ITEM_ENTRY;
      break;
    default:
      return FALSE;
    }
  *ret_item = item;
  return TRUE;
}

gboolean
l2tp_vici_section_find (const L2tpViciSection *section, const char *name, L2tpViciItem *ret_item)
{
  L2tpViciSection rest = *section;
  gsize name_len = strlen (name);
  L2tpViciItem item;

  while (l2tp_vici_section_next (&rest, &item))
    if (item.name != NULL && item.name_len == name_len && memcmp (item.name, name, name_len) == 0)
      {
        *ret_item = item;
        return TRUE;
      }
  return FALSE;
}

L2tpViciSection
l2tp_vici_section_get_section (const L2tpViciSection *section, const char *name)
{
  L2tpViciItem item;

  if (l2tp_vici_section_find (section, name, &item) && item.type == L2TP_VICI_ITEM_SECTION)
    return item.section;
  return (L2tpViciSection){ 0 };
}

static char *
make_text (const void *data, gsize len)
{
  g_autofree char *text = g_utf8_make_valid (data, (gssize) MIN (len, MAX_TEXT));
  GString *printable = g_string_new (NULL);

  for (const char *p = text; *p != '\0'; p = g_utf8_next_char (p))
    {
      gunichar c = g_utf8_get_char (p);
      g_string_append_unichar (printable, g_unichar_isprint (c) ? c : '?');
    }
  return g_string_free (printable, FALSE);
}

gboolean
l2tp_vici_section_first_section (const L2tpViciSection *section,
                                 L2tpViciSection *ret_section,
                                 char **ret_name)
{
  L2tpViciSection rest = *section;
  L2tpViciItem item;

  while (l2tp_vici_section_next (&rest, &item))
    if (item.type == L2TP_VICI_ITEM_SECTION)
      {
        *ret_section = item.section;
        if (ret_name != NULL)
          *ret_name = make_text (item.name, item.name_len);
        return TRUE;
      }
  return FALSE;
}

char *
l2tp_vici_section_dup_text (const L2tpViciSection *section, const char *name)
{
  L2tpViciItem item;

  if (!l2tp_vici_section_find (section, name, &item) || item.type != L2TP_VICI_ITEM_VALUE)
    return NULL;
  return make_text (item.value.data, item.value.len);
}

guint64
l2tp_vici_section_get_uint (const L2tpViciSection *section,
                            const char *name,
                            guint base,
                            guint64 fallback)
{
  g_autofree char *text = l2tp_vici_section_dup_text (section, name);
  guint64 value;

  if (text == NULL || !g_ascii_string_to_unsigned (text, base, 0, G_MAXUINT64, &value, NULL))
    return fallback;
  return value;
}

static gboolean
is_text (const L2tpViciSection *value, const char *text)
{
  return value->len == strlen (text) && memcmp (value->data, text, value->len) == 0;
}

gboolean
l2tp_vici_section_is_yes (const L2tpViciSection *section, const char *name)
{
  L2tpViciItem item;

  return l2tp_vici_section_find (section, name, &item) && item.type == L2TP_VICI_ITEM_VALUE &&
         is_text (&item.value, "yes");
}

gboolean
l2tp_vici_section_has_entry (const L2tpViciSection *section, const char *list, const char *entry)
{
  L2tpViciItem item, each;

  if (!l2tp_vici_section_find (section, list, &item) || item.type != L2TP_VICI_ITEM_LIST)
    return FALSE;
  while (l2tp_vici_section_next (&item.section, &each))
    if (is_text (&each.value, entry))
      return TRUE;
  return FALSE;
}
