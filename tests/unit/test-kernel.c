/* SPDX-License-Identifier: GPL-2.0-or-later */
/* SPDX-FileCopyrightText: The l2tp-client authors */

/* What the kernel is told about a tunnel or a session, octet for octet: KRN-1 … KRN-5, KRN-11,
 * KRN-14, VER-7. */

#include "service/io/l2tp-kernel-address.h"

#include <arpa/inet.h>
#include <string.h>
#include <sys/ioctl.h>

#include <linux/l2tp.h>
#include <linux/ppp-ioctl.h>

#include "test-vectors.h"

static guint
get_int (JsonObject *object, const char *member)
{
  return json_object_has_member (object, member)
             ? (guint) json_object_get_int_member (object, member)
             : 0;
}

static L2tpKernelIds
get_ids (JsonObject *fields)
{
  L2tpKernelIds ids = {
    .udp_fd = (int) get_int (fields, "fd"),
    .tunnel_id = (guint16) get_int (fields, "s_tunnel"),
    .session_id = (guint16) get_int (fields, "s_session"),
    .peer_tunnel_id = (guint16) get_int (fields, "d_tunnel"),
    .peer_session_id = (guint16) get_int (fields, "d_session"),
  };

  return ids;
}

/* KRN-2, KRN-3 */
static void
check_address (JsonArray *array, guint i, JsonNode *node, gpointer data)
{
  JsonObject *vector = json_node_get_object (node);
  JsonObject *fields = json_object_get_object_member (vector, "fields");
  const char *peer = json_object_get_string_member (fields, "peer");
  L2tpKernelIds ids = get_ids (fields);
  g_autoptr (GBytes) expected = l2tp_test_get_hex (vector, "hex");
  struct sockaddr_in in = { .sin_family = AF_INET, .sin_port = htons (1701) };
  struct sockaddr_in6 in6 = { .sin6_family = AF_INET6, .sin6_port = htons (1701) };

  g_test_message ("%s", json_object_get_string_member (vector, "name"));
  if (g_str_equal (peer, "[2001:db8::1]:1701"))
    {
      struct sockaddr_pppol2tpin6 address;

      g_assert_cmpint (inet_pton (AF_INET6, "2001:db8::1", &in6.sin6_addr), ==, 1);
      address = l2tp_kernel_make_address6 (&ids, &in6);
      l2tp_test_assert_equal ((L2tpOctets){ (const guint8 *) &address, sizeof address }, expected);
    }
  else
    {
      struct sockaddr_pppol2tp address;

      g_assert_cmpstr (peer, ==, "192.0.2.1:1701");
      g_assert_cmpint (inet_pton (AF_INET, "192.0.2.1", &in.sin_addr), ==, 1);
      address = l2tp_kernel_make_address4 (&ids, &in);
      l2tp_test_assert_equal ((L2tpOctets){ (const guint8 *) &address, sizeof address }, expected);
    }
}

static void
test_addresses (void)
{
  g_autoptr (JsonObject) root = l2tp_test_load_vectors ("kernel_structs");

  if (G_BYTE_ORDER != G_LITTLE_ENDIAN)
    {
      g_test_skip ("the vectors are little-endian");
      return;
    }
  json_array_foreach_element (json_object_get_array_member (root, "vectors"), check_address, NULL);
}

/* KRN-1, KRN-4, KRN-14: the headers we were built with agree. */
static void
test_sizes (void)
{
  g_autoptr (JsonObject) root = l2tp_test_load_vectors ("kernel_structs");
  JsonObject *sizes = json_object_get_object_member (root, "sizes");
  JsonObject *constants = json_object_get_object_member (root, "constants");
  const char *ioctl_number = json_object_get_string_member (constants, "PPPIOCGL2TPSTATS");

  g_assert_cmpuint (sizeof (struct sockaddr_pppol2tp), ==, get_int (sizes, "sockaddr_pppol2tp"));
  g_assert_cmpuint (sizeof (struct sockaddr_pppol2tpin6), ==,
                    get_int (sizes, "sockaddr_pppol2tpin6"));
  g_assert_cmpuint (sizeof (struct pppol2tp_ioc_stats), ==, get_int (sizes, "pppol2tp_ioc_stats"));
  g_assert_cmpuint (AF_PPPOX, ==, get_int (constants, "AF_PPPOX"));
  g_assert_cmpuint (PX_PROTO_OL2TP, ==, get_int (constants, "PX_PROTO_OL2TP"));
  g_assert_cmpuint (PPPIOCGL2TPSTATS, ==, g_ascii_strtoull (ioctl_number, NULL, 16));
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/kernel/addresses", test_addresses);
  g_test_add_func ("/kernel/sizes", test_sizes);
  return g_test_run ();
}
