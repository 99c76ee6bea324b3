/* SPDX-License-Identifier: GPL-2.0-or-later */
/* SPDX-FileCopyrightText: The l2tp-client authors */

/* Tunnel authentication and hidden AVPs against vectors: AUTH-1, AUTH-6, HIDE-1 … HIDE-4, HIDE-9.
 */

#include "service/proto/l2tp-auth.h"

#include "service/proto/l2tp-hide.h"

#include "test-vectors.h"

/* AUTH-1, AUTH-7, VER-2, SEED-3, SEED-4, SEED-5 */
static void
check_response (JsonArray *array, guint i, JsonNode *node, gpointer data)
{
  JsonObject *vector = json_node_get_object (node);
  g_autoptr (GBytes) secret = l2tp_test_get_hex (vector, "secret_hex");
  g_autoptr (GBytes) challenge = l2tp_test_get_hex (vector, "challenge_hex");
  g_autoptr (GBytes) expected = l2tp_test_get_hex (vector, "response_hex");
  guint8 response[L2TP_RESPONSE_SIZE];
  L2tpOctets octets = { response, sizeof response };
  /* CHAP's formula is the same with its identifier in the place of the type. */
  const char *octet =
      json_object_has_member (vector, "message_type_octet") ? "message_type_octet" : "chap_id";

  g_test_message ("%s", json_object_get_string_member (vector, "name"));
  l2tp_auth_respond ((guint8) json_object_get_int_member (vector, octet), l2tp_test_octets (secret),
                     l2tp_test_octets (challenge), response);
  l2tp_test_assert_equal (octets, expected);
  (*(guint *) data)++;
}

static void
test_responses (void)
{
  g_autoptr (JsonObject) root = l2tp_test_load_vectors ("auth");
  guint n_checked = 0;

  json_array_foreach_element (json_object_get_array_member (root, "vectors"), check_response,
                              &n_checked);
  g_assert_cmpuint (n_checked, ==, 10);
}

/* AUTH-1, AUTH-3, AUTH-6: the usual mistakes make other responses, which do not pass for the right
 * one. */
static void
check_wrong_response (JsonArray *array, guint i, JsonNode *node, gpointer data)
{
  JsonObject *vector = json_node_get_object (node);
  JsonObject *right = data;
  g_autoptr (GBytes) challenge = l2tp_test_get_hex (right, "challenge_hex");
  g_autoptr (GBytes) expected = l2tp_test_get_hex (vector, "response_hex");
  g_autoptr (GBytes) forbidden = l2tp_test_get_hex (vector, "must_not_equal");
  static const struct
  {
    guint8 octet;
    L2tpOctets secret;
  } mistakes[] = {
    { 1, { (const guint8 *) "hello", 5 } },
    { 3, { (const guint8 *) "hello", 5 } },
    { 2, { (const guint8 *) "hello\n", 6 } },
  };
  guint8 response[L2TP_RESPONSE_SIZE];
  L2tpOctets octets = { response, sizeof response };

  g_test_message ("%s", json_object_get_string_member (vector, "name"));
  l2tp_auth_respond (mistakes[i].octet, mistakes[i].secret, l2tp_test_octets (challenge), response);
  l2tp_test_assert_equal (octets, expected);
  g_assert_false (l2tp_auth_equal (octets, l2tp_test_octets (forbidden)));
}

static void
test_wrong_responses (void)
{
  g_autoptr (JsonObject) root = l2tp_test_load_vectors ("auth");
  JsonArray *negative = json_object_get_array_member (root, "negative");

  g_assert_cmpuint (json_array_get_length (negative), ==, 3);
  json_array_foreach_element (
      negative, check_wrong_response,
      l2tp_test_find_vector (root, "vectors", "name", "capture: SCCRP response to LAC challenge"));
}

/* AUTH-3 */
static void
test_equal (void)
{
  guint8 a[] = { 1, 2, 3 }, b[] = { 1, 2, 3 };
  L2tpOctets x = { a, sizeof a }, y = { b, sizeof b };

  g_assert_true (l2tp_auth_equal (x, y));
  b[2] = 4;
  g_assert_false (l2tp_auth_equal (x, y));
  b[2] = 3;
  b[0] = 0;
  g_assert_false (l2tp_auth_equal (x, y));
  b[0] = 1;
  y.len = 2;
  g_assert_false (l2tp_auth_equal (x, y));
}

/* HIDE-1, HIDE-2, HIDE-9, VER-3 */
static void
check_hidden (JsonArray *array, guint i, JsonNode *node, gpointer data)
{
  JsonObject *vector = json_node_get_object (node);
  guint16 type = (guint16) json_object_get_int_member (vector, "attribute");
  g_autoptr (GBytes) secret = l2tp_test_get_hex (vector, "secret_hex");
  g_autoptr (GBytes) random = l2tp_test_get_hex (vector, "random_vector_hex");
  g_autoptr (GBytes) value = l2tp_test_get_hex (vector, "cleartext_value_hex");
  g_autoptr (GBytes) padding = l2tp_test_get_hex (vector, "padding_hex");
  g_autoptr (GBytes) expected = l2tp_test_get_hex (vector, "hidden_value_hex");
  g_autoptr (GByteArray) clear = g_byte_array_new ();
  g_autoptr (GByteArray) hidden =
      l2tp_hide_conceal (type, l2tp_test_octets (secret), l2tp_test_octets (random),
                         l2tp_test_octets (value), l2tp_test_octets (padding));
  L2tpOctets octets = { hidden->data, hidden->len };

  g_test_message ("%s", json_object_get_string_member (vector, "name"));
  l2tp_test_assert_equal (octets, expected);
  g_assert_true (
      l2tp_hide_reveal (type, l2tp_test_octets (secret), l2tp_test_octets (random), octets, clear));
  octets.data = clear->data;
  octets.len = clear->len;
  l2tp_test_assert_equal (octets, value);
}

static void
test_hidden (void)
{
  g_autoptr (JsonObject) root = l2tp_test_load_vectors ("hidden_avps");

  json_array_foreach_element (json_object_get_array_member (root, "vectors"), check_hidden, NULL);
}

/* HIDE-4: the length is checked before anything is copied. */
static void
test_hidden_garbage (void)
{
  static const guint8 octets[16] = { 0 };
  L2tpOctets secret = { (const guint8 *) "hello", 5 }, random = { octets, 16 };
  g_autoptr (GByteArray) clear = g_byte_array_new ();

  for (gsize len = 0; len <= sizeof octets; len++)
    {
      L2tpOctets hidden = { octets, len };

      g_assert_false (l2tp_hide_reveal (9, secret, random, hidden, clear));
      g_assert_cmpuint (clear->len, ==, 0);
    }
}

/* HIDE-4: an original length that is one, or two, too large for what is there. */
static void
test_hidden_length (void)
{
  static const guint8 octets[16] = { 0 };
  L2tpOctets secret = { (const guint8 *) "hello", 5 }, random = { octets, 16 };
  L2tpOctets value = { octets, 4 }, none = { octets, 0 };

  for (guint excess = 0; excess <= 2; excess++)
    {
      g_autoptr (GByteArray) hidden = l2tp_hide_conceal (9, secret, random, value, none);
      g_autoptr (GByteArray) clear = g_byte_array_new ();

      hidden->data[1] ^= (guint8) (4 ^ (4 + excess)); /* the cipher is an exclusive or */
      g_assert_true (l2tp_hide_reveal (9, secret, random, (L2tpOctets){ hidden->data, hidden->len },
                                       clear) == (excess == 0));
      g_assert_cmpuint (clear->len, ==, excess == 0 ? 4 : 0);
    }
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/auth/responses", test_responses);
  g_test_add_func ("/auth/wrong-responses", test_wrong_responses);
  g_test_add_func ("/auth/equal", test_equal);
  g_test_add_func ("/hide/vectors", test_hidden);
  g_test_add_func ("/hide/garbage", test_hidden_garbage);
  g_test_add_func ("/hide/length", test_hidden_length);
  return g_test_run ();
}
