/* SPDX-License-Identifier: GPL-2.0-or-later */
/* SPDX-FileCopyrightText: The l2tp-client authors */

#include <string.h>

#include "service/ipsec/l2tp-vici-message.h"

/* The example of strongSwan's vici/README.md, behind the head of a response. */
static const guint8 example[] = {
  1,                                                                   /* response */
  3,   4,  'k', 'e', 'y', '1', 0,   6,   'v', 'a', 'l', 'u', 'e', '1', /* key1 = value1 */
  1,   8,  's', 'e', 'c', 't', 'i', 'o', 'n', '1',                     /* section1 */
  1,   11, 's', 'u', 'b', '-', 's', 'e', 'c', 't', 'i', 'o', 'n',      /* sub-section */
  3,   4,  'k', 'e', 'y', '2', 0,   6,   'v', 'a', 'l', 'u', 'e', '2', /* key2 = value2 */
  2,                                                                   /* its end */
  4,   5,  'l', 'i', 's', 't', '1', 5,   0,   5,   'i', 't', 'e', 'm',
  '1', 5,  0,   5,   'i', 't', 'e', 'm', '2', 6,   2,
};

static void
test_encode (void)
{
  static const char *const list[] = { "item1", "item2", NULL };
  g_autoptr (L2tpViciRequest) request = l2tp_vici_request_new (L2TP_VICI_COMMAND, "x");
  const guint8 *data;
  gsize len;

  l2tp_vici_request_put (request, "key1", "value1");
  l2tp_vici_request_begin (request, "section1");
  l2tp_vici_request_begin (request, "sub-section");
  l2tp_vici_request_put (request, "key2", "value2");
  l2tp_vici_request_end (request);
  l2tp_vici_request_put_list (request, "list1", list);
  l2tp_vici_request_end (request);

  data = l2tp_vici_request_encode (request, &len);
  g_assert_cmpmem (data, 7, ((guint8[]){ 0, 0, 0, (guint8) (len - 4), 0, 1, 'x' }), 7);
  g_assert_cmpmem (data + 7, len - 7, example + 1, sizeof example - 1);
}

static void
test_decode (void)
{
  L2tpViciPacket packet;
  L2tpViciSection first, sub;
  g_autofree char *name = NULL;
  g_autofree char *value1 = NULL;
  g_autofree char *value2 = NULL;

  g_assert_true (l2tp_vici_packet_parse (example, sizeof example, &packet));
  g_assert_cmpuint (packet.type, ==, L2TP_VICI_RESPONSE);
  value1 = l2tp_vici_section_dup_text (&packet.message, "key1");
  g_assert_cmpstr (value1, ==, "value1");
  g_assert_true (l2tp_vici_section_first_section (&packet.message, &first, &name));
  g_assert_cmpstr (name, ==, "section1");
  sub = l2tp_vici_section_get_section (&first, "sub-section");
  value2 = l2tp_vici_section_dup_text (&sub, "key2");
  g_assert_cmpstr (value2, ==, "value2");
  g_assert_null (l2tp_vici_section_dup_text (&first, "key2"));
  g_assert_null (l2tp_vici_section_dup_text (&first, "sub-section"));
  g_assert_true (l2tp_vici_section_has_entry (&first, "list1", "item2"));
  g_assert_false (l2tp_vici_section_has_entry (&first, "list1", "item"));
  g_assert_false (l2tp_vici_section_has_entry (&first, "sub-section", "item1"));
  sub = l2tp_vici_section_get_section (&first, "list1");
  g_assert_cmpuint (sub.len, ==, 0);
}

/* No shorter part of a message is one, unless it ends between two elements of the root. */
static void
test_cut (void)
{
  L2tpViciPacket packet;

  for (gsize len = 0; len < sizeof example; len++)
    {
      guint8 *exact = g_memdup2 (example, len);

      g_assert_cmpint (l2tp_vici_packet_parse (exact, len, &packet), ==, len == 1 || len == 15);
      g_free (exact);
    }
}

static void
test_garbage (void)
{
  static const struct
  {
    const char *data;
    gsize len;
  } cases[] = {
    { "\10", 1 },              /* no such type */
    { "\1\7", 2 },             /* no such element */
    { "\1\0", 2 },             /* neither */
    { "\1\2", 2 },             /* an end without a start */
    { "\1\6", 2 },             /* of a list */
    { "\1\5\0\0", 4 },         /* an entry outside a list */
    { "\1\4\0\3\0\0\0\6", 8 }, /* a value in a list */
    { "\1\4\0\4\0\6\6", 7 },   /* a list in a list */
    { "\1\4\0\2", 4 },         /* a section's end in a list */
    { "\1\1\0", 3 },           /* no end */
    { "\7", 1 },               /* an event without a name */
    { "\7\2a", 3 },            /* whose name is cut */
    { "\7\1\n", 3 },           /* or not printable */
  };
  L2tpViciPacket packet;

  for (gsize i = 0; i < G_N_ELEMENTS (cases); i++)
    g_assert_false (l2tp_vici_packet_parse ((const guint8 *) cases[i].data, cases[i].len, &packet));
}

static void
test_depth (void)
{
  for (guint depth = 15; depth <= 18; depth++)
    {
      g_autoptr (L2tpViciRequest) request = l2tp_vici_request_new (L2TP_VICI_EVENT, "e");
      L2tpViciPacket packet;
      const guint8 *data;
      gsize len;

      for (guint i = 0; i < depth; i++)
        l2tp_vici_request_begin (request, "s");
      for (guint i = 0; i < depth; i++)
        l2tp_vici_request_end (request);
      data = l2tp_vici_request_encode (request, &len);
      g_assert_cmpint (l2tp_vici_packet_parse (data + 4, len - 4, &packet), ==, depth <= 16);
    }
}

static void
test_text (void)
{
  static const char hostile[] = "a\x1b[1m\n\xff ü";
  g_autoptr (L2tpViciRequest) request = l2tp_vici_request_new (L2TP_VICI_EVENT, "e");
  g_autofree char *text = NULL;
  g_autofree char *cut = NULL;
  char many[3000];
  L2tpViciPacket packet;
  const guint8 *data;
  gsize len;

  memset (many, 'x', sizeof many);
  l2tp_vici_request_put (request, "hostile", hostile);
  l2tp_vici_request_put_data (request, "many", many, sizeof many);
  l2tp_vici_request_put (request, "hex", "c0ffee");
  l2tp_vici_request_put (request, "no", "-1");
  data = l2tp_vici_request_encode (request, &len);
  g_assert_true (l2tp_vici_packet_parse (data + 4, len - 4, &packet));
  g_assert_cmpstr (packet.name, ==, "e");
  text = l2tp_vici_section_dup_text (&packet.message, "hostile");
  g_assert_cmpstr (text, ==, "a?[1m?\xef\xbf\xbd ü");
  cut = l2tp_vici_section_dup_text (&packet.message, "many");
  g_assert_cmpuint (strlen (cut), ==, 1000);
  g_assert_cmpuint (l2tp_vici_section_get_uint (&packet.message, "hex", 16, 0), ==, 0xc0ffee);
  g_assert_cmpuint (l2tp_vici_section_get_uint (&packet.message, "no", 10, 7), ==, 7);
  g_assert_cmpuint (l2tp_vici_section_get_uint (&packet.message, "absent", 10, 7), ==, 7);
}

static void
test_too_much (void)
{
  g_autofree char *name = g_strnfill (256, 'n');
  g_autofree char *value = g_strnfill (65536, 'v');
  gsize len;

  for (guint i = 0; i < 3; i++)
    {
      g_autoptr (L2tpViciRequest) request = l2tp_vici_request_new (L2TP_VICI_COMMAND, "x");

      if (i == 0)
        l2tp_vici_request_put (request, name, "v");
      else if (i == 1)
        l2tp_vici_request_put (request, "k", value);
      for (guint n = 0; i == 2 && n < 9; n++)
        l2tp_vici_request_put_data (request, "k", value, 65535);
      g_assert_null (l2tp_vici_request_encode (request, &len));
    }
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/vici-message/encode", test_encode);
  g_test_add_func ("/vici-message/decode", test_decode);
  g_test_add_func ("/vici-message/cut", test_cut);
  g_test_add_func ("/vici-message/garbage", test_garbage);
  g_test_add_func ("/vici-message/depth", test_depth);
  g_test_add_func ("/vici-message/text", test_text);
  g_test_add_func ("/vici-message/too-much", test_too_much);
  return g_test_run ();
}
