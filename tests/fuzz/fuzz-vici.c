/* SPDX-License-Identifier: GPL-2.0-or-later */
/* SPDX-FileCopyrightText: The l2tp-client authors */

/* A packet of VICI, as the other end of the socket would send it.
 *
 * What is taken and written again is the same octets. */

#include "fuzz-input.h"

#include "service/ipsec/l2tp-vici-message.h"

static void
check_text (const L2tpViciSection *section, const char *name)
{
  g_autofree char *text = l2tp_vici_section_dup_text (section, name);

  g_assert_true (text == NULL || g_utf8_validate (text, -1, NULL));
  l2tp_vici_section_get_uint (section, name, 16, 0);
  l2tp_vici_section_is_yes (section, name);
  l2tp_vici_section_has_entry (section, name, "");
}

static void
write_again (L2tpViciRequest *copy, L2tpViciSection rest)
{
  L2tpViciSection whole = rest;
  L2tpViciItem item;

  while (l2tp_vici_section_next (&rest, &item))
    {
      g_autofree char *name = g_strndup (item.name, item.name_len);
      L2tpViciItem found;

      /* A name with a NUL in it cannot be written. */
      if (item.name != NULL && strlen (name) == item.name_len)
        {
          g_assert_true (l2tp_vici_section_find (&whole, name, &found));
          check_text (&whole, name);
        }
      switch (item.type)
        {
        case L2TP_VICI_ITEM_SECTION:
          l2tp_vici_request_begin (copy, name);
          write_again (copy, item.section);
          l2tp_vici_request_end (copy);
          break;
        case L2TP_VICI_ITEM_VALUE:
          l2tp_vici_request_put_data (copy, name, item.value.data, item.value.len);
          break;
        case L2TP_VICI_ITEM_LIST:
          l2tp_vici_request_begin_list (copy, name);
          write_again (copy, item.section);
          l2tp_vici_request_end_list (copy);
          break;
        case L2TP_VICI_ITEM_ENTRY:
          l2tp_vici_request_put_item (copy, item.value.data, item.value.len);
          break;
        }
    }
  g_assert_cmpuint (rest.len, ==, 0);
}

int
LLVMFuzzerTestOneInput (const guint8 *data, gsize size)
{
  g_autoptr (L2tpViciRequest) copy = l2tp_vici_request_new (L2TP_VICI_EVENT, "");
  L2tpViciSection first;
  L2tpViciPacket packet;
  const guint8 *octets;
  gsize head = L2TP_VICI_HEADER + 2;
  gsize len;

  if (!l2tp_vici_packet_parse (data, size, &packet))
    return 0;
  g_assert_cmpuint (packet.type, ==, data[0]);
  l2tp_vici_section_first_section (&packet.message, &first, NULL);
  write_again (copy, packet.message);
  octets = l2tp_vici_request_encode (copy, &len);
  g_assert_nonnull (octets);
  /* With a NUL in a name the copy is another message. */
  if (len - head == packet.message.len && memchr (data, 0, size) == NULL)
    g_assert_cmpmem (octets + head, len - head, packet.message.data, packet.message.len);
  return 0;
}
