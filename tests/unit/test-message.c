/* SPDX-License-Identifier: GPL-2.0-or-later */
/* SPDX-FileCopyrightText: The l2tp-client authors */

/* Typed messages against vectors: VER-1, VER-3, MSG-17, MSG-18, MSG-21, HDR-29, HIDE-3, HIDE-4. */

#include "service/proto/l2tp-message.h"

#include <string.h>

#include "test-vectors.h"

static const L2tpOctets hello = { (const guint8 *) "hello", 5 };
static const L2tpOctets no_secret = { NULL, 0 };

static L2tpVerdict
parse (GBytes *packet, L2tpOctets secret, L2tpMessage *ret_message, L2tpFault *ret_fault)
{
  L2tpOctets octets = l2tp_test_octets (packet);
  L2tpHeader header;

  g_assert_true (l2tp_header_parse (octets.data, octets.len, &header));
  return l2tp_message_parse (header.payload, secret, ret_message, ret_fault);
}

/* What is built from a parsed message parses to the same AVPs, whatever their order was. */
static void
check_round_trip (const L2tpMessage *message)
{
  g_autoptr (GByteArray) first = l2tp_message_build (message, 0);
  g_autoptr (GByteArray) second = NULL;
  g_auto (L2tpMessage) again = { 0 };
  L2tpFault fault;
  L2tpOctets payload = { first->data + L2TP_CONTROL_HEADER_SIZE,
                         first->len - L2TP_CONTROL_HEADER_SIZE };

  g_assert_cmpint (l2tp_message_parse (payload, no_secret, &again, &fault), ==, L2TP_VERDICT_OK);
  g_assert_cmpuint (again.type, ==, message->type);
  g_assert_true (again.present == message->present);
  second = l2tp_message_build (&again, 0);
  g_assert_cmpmem (first->data, first->len, second->data, second->len);
}

static void
check_message (JsonArray *array, guint i, JsonNode *node, gpointer data)
{
  JsonObject *vector = json_node_get_object (node);
  const char *name =
      json_object_get_string_member (json_object_get_object_member (vector, "decoded"), "message");
  g_autoptr (GBytes) packet = l2tp_test_get_hex (vector, "hex");
  g_auto (L2tpMessage) message = { 0 };
  L2tpFault fault;

  g_test_message ("%s", json_object_get_string_member (vector, "name"));
  if (g_str_equal (name, "ZLB") || g_str_equal (name, "unknown") || g_str_equal (name, "FSQ"))
    return;
  g_assert_cmpint (parse (packet, hello, &message, &fault), ==, L2TP_VERDICT_OK);
  g_assert_cmpstr (l2tp_message_type_to_string (message.type), ==, name);
  check_round_trip (&message);
}

/* VER-1, VER-3 */
static void
test_vectors (void)
{
  l2tp_test_foreach_message (check_message);
}

/* MSG-17, MSG-18, HDR-29 */
static void
test_unknown_types (void)
{
  g_autoptr (JsonObject) root = l2tp_test_load_vectors ("messages");
  static const struct
  {
    const char *name;
    L2tpVerdict verdict;
  } cases[] = {
    { "unknown message type 99, M=0: ack and ignore", L2TP_VERDICT_IGNORE },
    { "unknown message type 99, M=1: tear tunnel down", L2TP_VERDICT_MALFORMED },
    { "FSQ (type 21, M=0) to a client without failover support", L2TP_VERDICT_IGNORE },
  };

  for (guint i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      g_autoptr (GBytes) packet =
          l2tp_test_get_hex (l2tp_test_find_vector (root, "vectors", "name", cases[i].name), "hex");
      L2tpMessage message;
      L2tpFault fault;

      g_assert_cmpint (parse (packet, no_secret, &message, &fault), ==, cases[i].verdict);
      if (cases[i].verdict == L2TP_VERDICT_MALFORMED)
        g_assert_cmpuint (fault.error, ==, 8);
    }
}

static void
test_values (void)
{
  g_autoptr (GBytes) packet =
      l2tp_test_unhex ("c802002612340bad00020004800800000000000e80080000000e0c0d"
                       "800a00000001000200060000"); /* Length leaves the last two octets out */
  g_auto (L2tpMessage) message = { 0 };
  L2tpFault fault;

  g_assert_cmpint (parse (packet, no_secret, &message, &fault), ==, L2TP_VERDICT_OK);
  g_assert_cmpint (message.type, ==, L2TP_MESSAGE_CDN);
  g_assert_cmpuint (message.disconnect.session_id, ==, 0x0c0d);
  g_assert_cmpuint (message.disconnect.result.result, ==, 2);
  g_assert_cmpuint (message.disconnect.result.error, ==, 6);
  g_assert_false (l2tp_message_has (&message, L2TP_AVP_PPP_DISCONNECT_CAUSE));
}

/* MSG-21: octet for octet what xl2tpd and l2tpns accepted. */
static void
test_build (void)
{
  g_autoptr (GByteArray) packet = NULL;
  g_autoptr (GBytes) expected =
      l2tp_test_unhex ("c8020030000000000000000080080000"
                       "0000000a80080000000e0bad800a0000000f00000001800a0000001200000000");
  L2tpMessage message = { .type = L2TP_MESSAGE_ICRQ };
  L2tpOctets octets;

  message.present = L2TP_AVP_BIT (L2TP_AVP_ASSIGNED_SESSION_ID) |
                    L2TP_AVP_BIT (L2TP_AVP_CALL_SERIAL_NUMBER) |
                    L2TP_AVP_BIT (L2TP_AVP_BEARER_TYPE);
  message.call.session_id = 0x0bad;
  message.call.call_serial = 1;
  packet = l2tp_message_build (&message, 0);
  l2tp_packet_seal (packet, 0, 0, 0);
  octets.data = packet->data;
  octets.len = packet->len;
  l2tp_test_assert_equal (octets, expected);
}

/* FZ-H: hidden values that are wrong; M=0 is forgiven. */
static void
check_hidden_negative (JsonArray *array, guint i, JsonNode *node, gpointer data)
{
  JsonObject *vector = json_node_get_object (node);
  const char *expect = json_object_get_string_member (vector, "expect");
  g_autoptr (GBytes) packet = l2tp_test_get_hex (vector, "hex");
  gboolean with_secret =
      strstr (json_object_get_string_member (vector, "name"), "no shared secret") == NULL;
  g_auto (L2tpMessage) message = { 0 };
  L2tpFault fault;
  L2tpVerdict verdict;

  g_test_message ("%s", json_object_get_string_member (vector, "name"));
  verdict = parse (packet, with_secret ? hello : no_secret, &message, &fault);
  if (g_str_has_prefix (expect, "accept"))
    g_assert_cmpint (verdict, ==, L2TP_VERDICT_OK);
  else if (!g_str_has_prefix (expect, "either"))
    g_assert_cmpint (verdict, ==, L2TP_VERDICT_MALFORMED);
}

static void
test_hidden_negative (void)
{
  g_autoptr (JsonObject) root = l2tp_test_load_vectors ("hidden_avps");

  json_array_foreach_element (json_object_get_array_member (root, "negative"),
                              check_hidden_negative, NULL);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/message/vectors", test_vectors);
  g_test_add_func ("/message/unknown-types", test_unknown_types);
  g_test_add_func ("/message/values", test_values);
  g_test_add_func ("/message/build", test_build);
  g_test_add_func ("/message/hidden-negative", test_hidden_negative);
  return g_test_run ();
}
