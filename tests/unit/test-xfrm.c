/* SPDX-License-Identifier: GPL-2.0-or-later */
/* SPDX-FileCopyrightText: The l2tp-client authors */

/* The selectors of XFRM policies. What the kernel does with them is tests/bed/test_ipsec.py's. */

#include <netinet/in.h>
#include <string.h>

#include "service/ipsec/l2tp-xfrm.h"

static GInetSocketAddress *
address (const char *text, guint port)
{
  return G_INET_SOCKET_ADDRESS (g_inet_socket_address_new_from_string (text, port));
}

static void
test_ipv4 (void)
{
  g_autoptr (GInetSocketAddress) local = address ("10.9.0.1", 45702);
  g_autoptr (GInetSocketAddress) peer = address ("10.9.0.2", 1701);
  struct xfrm_selector selector;

  g_assert_true (l2tp_xfrm_make_selector (local, peer, &selector));
  g_assert_cmpuint (selector.family, ==, AF_INET);
  g_assert_cmpuint (selector.proto, ==, IPPROTO_UDP);
  g_assert_cmpuint (ntohl (selector.saddr.a4), ==, 0x0a090001);
  g_assert_cmpuint (ntohl (selector.daddr.a4), ==, 0x0a090002);
  g_assert_cmpuint (selector.prefixlen_s, ==, 32);
  g_assert_cmpuint (selector.prefixlen_d, ==, 32);
  g_assert_cmpuint (ntohs (selector.sport), ==, 45702);
  g_assert_cmpuint (selector.sport_mask, ==, 0xffff);
  g_assert_cmpuint (ntohs (selector.dport), ==, 1701);
  g_assert_cmpuint (selector.dport_mask, ==, 0xffff);
  g_assert_cmpuint (selector.user, ==, 0);
}

static void
test_any (void)
{
  g_autoptr (GInetSocketAddress) local = address ("::", 0);
  g_autoptr (GInetSocketAddress) peer = address ("fd09::2", 1701);
  struct xfrm_selector selector;

  g_assert_true (l2tp_xfrm_make_selector (peer, local, &selector));
  g_assert_cmpuint (selector.family, ==, AF_INET6);
  g_assert_cmpuint (selector.prefixlen_s, ==, 128);
  g_assert_cmpuint (selector.prefixlen_d, ==, 0);
  g_assert_cmpuint (selector.dport, ==, 0);
  g_assert_cmpuint (selector.dport_mask, ==, 0);
  g_assert_cmpmem (&selector.saddr, 16,
                   g_inet_address_to_bytes (g_inet_socket_address_get_address (peer)), 16);
}

static void
test_two_families (void)
{
  g_autoptr (GInetSocketAddress) local = address ("10.9.0.1", 1701);
  g_autoptr (GInetSocketAddress) peer = address ("fd09::2", 1701);
  struct xfrm_selector selector;

  memset (&selector, 0x5a, sizeof selector);
  g_assert_false (l2tp_xfrm_make_selector (local, peer, &selector));
  g_assert_cmpuint (selector.proto, ==, 0x5a);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/xfrm/ipv4", test_ipv4);
  g_test_add_func ("/xfrm/any", test_any);
  g_test_add_func ("/xfrm/two-families", test_two_families);
  return g_test_run ();
}
