/* SPDX-License-Identifier: GPL-2.0-or-later */
/* SPDX-FileCopyrightText: The l2tp-client authors */

/* Header and AVP framing against vectors: HDR-1 … HDR-4, HDR-7, HDR-8, HDR-10, HDR-21, HDR-22,
 * DATA-2. */

#include "service/proto/l2tp-wire.h"

#include "test-vectors.h"

static guint
get_int (JsonObject *object, const char *member)
{
  return (guint) json_object_get_int_member (object, member);
}

static void
check_header (const L2tpHeader *header, JsonObject *decoded)
{
  g_assert_cmpuint (header->control, ==, get_int (decoded, "T"));
  g_assert_cmpuint (header->tunnel_id, ==, get_int (decoded, "tunnel_id"));
  g_assert_cmpuint (header->session_id, ==, get_int (decoded, "session_id"));
  g_assert_cmpuint (header->sequenced, ==, get_int (decoded, "S"));
  if (header->sequenced)
    {
      g_assert_cmpuint (header->ns, ==, get_int (decoded, "ns"));
      g_assert_cmpuint (header->nr, ==, get_int (decoded, "nr"));
    }
}

static void
check_avp (const L2tpAvp *avp, JsonObject *expected)
{
  const char *member = avp->hidden ? "hidden_value" : "value";
  g_autoptr (GBytes) value = l2tp_test_get_hex (expected, member);

  g_assert_cmpuint (avp->type, ==, get_int (expected, "type"));
  g_assert_cmpuint (avp->vendor, ==, get_int (expected, "vendor"));
  g_assert_cmpuint (avp->mandatory, ==, get_int (expected, "M"));
  g_assert_cmpuint (avp->hidden, ==, get_int (expected, "H"));
  g_assert_false (avp->reserved);
  l2tp_test_assert_equal (avp->value, value);
}

/* VER-1: decoded as described, and built again octet for octet. */
static void
check_message (JsonArray *array, guint i, JsonNode *node, gpointer data)
{
  JsonObject *vector = json_node_get_object (node);
  JsonObject *decoded = json_object_get_object_member (vector, "decoded");
  JsonArray *avps = json_object_get_array_member (decoded, "avps");
  g_autoptr (GBytes) bytes = l2tp_test_get_hex (vector, "hex");
  L2tpOctets octets = l2tp_test_octets (bytes);
  g_autoptr (GByteArray) rebuilt = NULL;
  L2tpHeader header;
  L2tpAvpIter iter;
  L2tpAvp avp;
  guint n_avps = 0;

  g_test_message ("%s", json_object_get_string_member (vector, "name"));
  g_assert_true (l2tp_header_parse (octets.data, octets.len, &header));
  check_header (&header, decoded);

  rebuilt = l2tp_packet_new (header.session_id);
  l2tp_avp_iter_init (&iter, header.payload);
  while (l2tp_avp_iter_next (&iter, &avp))
    {
      check_avp (&avp, json_array_get_object_element (avps, n_avps++));
      l2tp_packet_append_avp (rebuilt, &avp);
    }
  g_assert_false (iter.broken);
  g_assert_cmpuint (n_avps, ==, json_array_get_length (avps));

  l2tp_packet_seal (rebuilt, header.tunnel_id, header.ns, header.nr);
  octets.data = rebuilt->data;
  octets.len = rebuilt->len;
  l2tp_test_assert_equal (octets, bytes);
}

static void
test_messages (void)
{
  l2tp_test_foreach_message (check_message);
}

/* HDR-4: what the log of the capture cut off is a datagram shorter than its Length. */
static void
check_cut (JsonArray *array, guint i, JsonNode *node, gpointer data)
{
  JsonObject *vector = json_node_get_object (node);
  g_autoptr (GBytes) bytes = l2tp_test_get_hex (vector, "hex_prefix");
  L2tpOctets octets = l2tp_test_octets (bytes);
  L2tpHeader header;

  g_assert_cmpuint (l2tp_read_u16 (octets.data + 2), ==, get_int (vector, "declared_length"));
  g_assert_false (l2tp_header_parse (octets.data, octets.len, &header));
}

static void
test_cut (void)
{
  g_autoptr (JsonObject) root = l2tp_test_load_vectors ("cisco_capture");

  json_array_foreach_element (json_object_get_array_member (root, "truncated"), check_cut, NULL);
}

/* HDR-2, HDR-10, VER-5 */
static void
check_data (JsonArray *array, guint i, JsonNode *node, gpointer data)
{
  JsonObject *vector = json_node_get_object (node);
  JsonObject *decoded = json_object_get_object_member (vector, "decoded");
  g_autoptr (GBytes) bytes = l2tp_test_get_hex (vector, "hex");
  g_autoptr (GBytes) payload = l2tp_test_get_hex (decoded, "payload");
  L2tpOctets octets = l2tp_test_octets (bytes);
  L2tpHeader header;

  g_test_message ("%s", json_object_get_string_member (vector, "name"));
  g_assert_true (l2tp_header_parse (octets.data, octets.len, &header));
  check_header (&header, decoded);
  l2tp_test_assert_equal (header.payload, payload);
}

/* FZ-D; that a tunnel or session is unknown cannot be seen here. */
static void
check_bad_data (JsonArray *array, guint i, JsonNode *node, gpointer data)
{
  JsonObject *vector = json_node_get_object (node);
  const char *name = json_object_get_string_member (vector, "name");
  g_autoptr (GBytes) bytes = l2tp_test_get_hex (vector, "hex");
  L2tpOctets octets = l2tp_test_octets (bytes);
  L2tpHeader header;

  g_test_message ("%s", name);
  if (!g_str_has_prefix (name, "unknown"))
    g_assert_false (l2tp_header_parse (octets.data, octets.len, &header));
}

static void
test_data (void)
{
  g_autoptr (JsonObject) root = l2tp_test_load_vectors ("data");

  json_array_foreach_element (json_object_get_array_member (root, "vectors"), check_data, NULL);
  json_array_foreach_element (json_object_get_array_member (root, "negative"), check_bad_data,
                              NULL);
}

/* HDR-7, HDR-8: every prefix of a good message is a bad one. */
/* What we send as data ourselves, octet by octet, and as a peer would read it. */
static void
test_new_data (void)
{
  static const guint8 expected[] = { 0x00, 0x02, 0x12, 0x34, 0x56, 0x78, 0xff,
                                     0x03, 0xc0, 0x21, 0,    0,    0 };
  g_autoptr (GByteArray) packet = l2tp_packet_new_data (0x1234, 0x5678, 0xc021, 3);
  L2tpHeader header;

  g_assert_cmpmem (packet->data, packet->len, expected, sizeof expected);
  g_assert_true (l2tp_header_parse (packet->data, packet->len, &header));
  g_assert_false (header.control);
  g_assert_false (header.sequenced);
  g_assert_cmpuint (header.tunnel_id, ==, 0x1234);
  g_assert_cmpuint (header.session_id, ==, 0x5678);
  g_assert_cmpuint (header.payload.len, ==, 7);
}

static void
test_truncated (void)
{
  g_autoptr (GBytes) bytes = l2tp_test_unhex ("c802001412340000000100038008000000000006");
  L2tpOctets octets = l2tp_test_octets (bytes);
  L2tpHeader header;

  for (gsize len = 0; len < octets.len; len++)
    {
      g_autofree guint8 *copy = g_memdup2 (octets.data, len); /* so that a sanitizer sees the end */

      g_assert_false (l2tp_header_parse (copy, len, &header));
    }
  g_assert_true (l2tp_header_parse (octets.data, octets.len, &header));
}

/* HDR-21, HDR-22 */
static void
test_broken_avps (void)
{
  static const char *const payloads[] = {
    "80", "8008000000", "800000000000", "800500000000", "800700000000", "83ff0000000000",
  };

  for (guint i = 0; i < G_N_ELEMENTS (payloads); i++)
    {
      g_autoptr (GBytes) bytes = l2tp_test_unhex (payloads[i]);
      L2tpAvpIter iter;
      L2tpAvp avp;

      l2tp_avp_iter_init (&iter, l2tp_test_octets (bytes));
      g_assert_false (l2tp_avp_iter_next (&iter, &avp));
      g_assert_true (iter.broken);
      g_assert_false (l2tp_avp_iter_next (&iter, &avp));
    }
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/wire/messages", test_messages);
  g_test_add_func ("/wire/cut", test_cut);
  g_test_add_func ("/wire/data", test_data);
  g_test_add_func ("/wire/new-data", test_new_data);
  g_test_add_func ("/wire/truncated", test_truncated);
  g_test_add_func ("/wire/broken-avps", test_broken_avps);
  return g_test_run ();
}
