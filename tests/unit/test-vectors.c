/* SPDX-License-Identifier: GPL-2.0-or-later */
/* SPDX-FileCopyrightText: The l2tp-client authors */

/* Loads the vectors of tests/vectors/ for the unit tests. */

#include "test-vectors.h"

#include <string.h>

JsonObject *
l2tp_test_load_vectors (const char *name)
{
  g_autoptr (JsonParser) parser = json_parser_new ();
  g_autoptr (GError) error = NULL;
  g_autofree char *file = g_strconcat (name, ".json", NULL);
  g_autofree char *path =
      g_build_filename (g_test_get_dir (G_TEST_DIST), "..", "vectors", file, NULL);

  json_parser_load_from_file (parser, path, &error);
  g_assert_no_error (error);
  return json_object_ref (json_node_get_object (json_parser_get_root (parser)));
}

JsonObject *
l2tp_test_find_vector (JsonObject *root, const char *array, const char *member, const char *value)
{
  JsonArray *vectors = json_object_get_array_member (root, array);

  for (guint i = 0; i < json_array_get_length (vectors); i++)
    {
      JsonObject *vector = json_array_get_object_element (vectors, i);

      if (g_str_equal (json_object_get_string_member (vector, member), value))
        return vector;
    }
  g_error ("no vector with %s “%s”", member, value);
}

void
l2tp_test_foreach_message (JsonArrayForeach func)
{
  g_autoptr (JsonObject) messages = l2tp_test_load_vectors ("messages");
  g_autoptr (JsonObject) capture = l2tp_test_load_vectors ("cisco_capture");
  g_autoptr (JsonObject) hidden = l2tp_test_load_vectors ("hidden_avps");

  json_array_foreach_element (json_object_get_array_member (messages, "vectors"), func, NULL);
  json_array_foreach_element (json_object_get_array_member (capture, "complete"), func, NULL);
  json_array_foreach_element (json_object_get_array_member (capture, "reconstructed"), func, NULL);
  json_array_foreach_element (json_object_get_array_member (hidden, "messages"), func, NULL);
}

GBytes *
l2tp_test_unhex (const char *hex)
{
  gsize len = strlen (hex) / 2;
  guint8 *data = g_malloc (len + 1);

  for (gsize i = 0; i < len; i++)
    data[i] =
        (guint8) (g_ascii_xdigit_value (hex[2 * i]) << 4 | g_ascii_xdigit_value (hex[2 * i + 1]));
  return g_bytes_new_take (data, len);
}

GBytes *
l2tp_test_get_hex (JsonObject *object, const char *member)
{
  return l2tp_test_unhex (json_object_get_string_member (object, member));
}

L2tpOctets
l2tp_test_octets (GBytes *bytes)
{
  L2tpOctets octets;

  octets.data = g_bytes_get_data (bytes, &octets.len);
  return octets;
}

void
l2tp_test_assert_equal (L2tpOctets octets, GBytes *expected)
{
  L2tpOctets other = l2tp_test_octets (expected);

  g_assert_cmpmem (octets.data, octets.len, other.data, other.len);
}
