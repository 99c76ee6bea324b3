/* SPDX-License-Identifier: GPL-2.0-or-later */
/* SPDX-FileCopyrightText: The l2tp-client authors */

/* Routes as values: to a message and back, out of messages that are cut short, and which of several
 * the kernel would take. */

#include "service/io/l2tp-route.h"

#include <libmnl/libmnl.h>
#include <string.h>

static L2tpIp
ip (const char *text)
{
  g_autoptr (GInetAddress) address = g_inet_address_new_from_string (text);
  L2tpIp result;

  g_assert_nonnull (address);
  l2tp_ip_set (&result, address);
  return result;
}

static L2tpRoute
route (const char *dst, guint8 prefix, guint32 metric, guint32 ifindex)
{
  L2tpRoute result = {
    .dst = ip (dst),
    .prefix = prefix,
    .type = RTN_UNICAST,
    .protocol = L2TP_ROUTE_PROTOCOL,
    .table = RT_TABLE_MAIN,
    .metric = metric,
    .ifindex = ifindex,
  };

  return result;
}

static void
assert_equal (const L2tpRoute *a, const L2tpRoute *b)
{
  g_assert_true (l2tp_ip_equal (&a->dst, &b->dst));
  g_assert_true (l2tp_ip_equal (&a->gateway, &b->gateway));
  g_assert_true (l2tp_ip_equal (&a->source, &b->source));
  g_assert_cmpuint (a->prefix, ==, b->prefix);
  g_assert_cmpuint (a->type, ==, b->type);
  g_assert_cmpuint (a->protocol, ==, b->protocol);
  g_assert_cmpuint (a->scope, ==, b->scope);
  g_assert_cmpuint (a->flags, ==, b->flags);
  g_assert_cmpuint (a->table, ==, b->table);
  g_assert_cmpuint (a->metric, ==, b->metric);
  g_assert_cmpuint (a->ifindex, ==, b->ifindex);
}

static void
test_there_and_back (void)
{
  L2tpRoute routes[] = {
    route ("192.0.2.1", 32, 50, 3),   route ("2001:db8::", 32, 4294967295, 7),
    route ("0.0.0.0", 0, 0, 2),       route ("0.0.0.0", 1, 75, 0),
    route ("198.51.100.0", 24, 1, 2),
  };

  routes[0].gateway = ip ("10.9.0.2");
  routes[0].flags = RTNH_F_ONLINK;
  routes[1].gateway = ip ("fe80::1");
  routes[1].table = 10000;
  routes[2].gateway = ip ("fe80::2"); /* RTA_VIA */
  routes[3].type = RTN_UNREACHABLE;
  routes[4].source = ip ("10.9.0.1");
  routes[4].scope = RT_SCOPE_LINK;
  for (gsize i = 0; i < G_N_ELEMENTS (routes); i++)
    {
      L2tpRouteMessage message;
      L2tpRoute back;

      l2tp_route_build (&routes[i], RTM_NEWROUTE, NLM_F_CREATE, &message);
      g_assert_cmpuint (message.header.nlmsg_len, <=, sizeof message);
      g_assert_cmpuint (message.header.nlmsg_flags, ==, NLM_F_REQUEST | NLM_F_CREATE);
      g_assert_true (l2tp_route_parse (&message.header, &back));
      assert_equal (&back, &routes[i]);
    }
}

/* Whatever is missing at the end: it is refused, or it is read without what is missing. */
static void
test_cut_short (void)
{
  L2tpRoute whole = route ("2001:db8::", 32, 50, 7), back;
  L2tpRouteMessage message;

  whole.gateway = ip ("fe80::1");
  l2tp_route_build (&whole, RTM_DELROUTE, 0, &message);
  for (guint len = message.header.nlmsg_len; len >= MNL_NLMSG_HDRLEN; len--)
    {
      g_autofree struct nlmsghdr *copy = g_memdup2 (&message, len);

      copy->nlmsg_len = len;
      if (len % 4 != 0 || len < MNL_NLMSG_HDRLEN + sizeof (struct rtmsg))
        g_assert_false (l2tp_route_parse (copy, &back));
      else
        g_assert_true (l2tp_route_parse (copy, &back));
    }
  message.header.nlmsg_type = RTM_NEWLINK;
  g_assert_false (l2tp_route_parse (&message.header, &back));
}

static void
test_nonsense (void)
{
  L2tpRoute whole = route ("10.0.0.0", 8, 50, 7), back;
  L2tpRouteMessage message;
  struct rtmsg *rtm = mnl_nlmsg_get_payload (&message.header);

  l2tp_route_build (&whole, RTM_NEWROUTE, 0, &message);
  rtm->rtm_dst_len = 33;
  g_assert_false (l2tp_route_parse (&message.header, &back));
  rtm->rtm_dst_len = 8;
  rtm->rtm_family = AF_UNIX;
  g_assert_false (l2tp_route_parse (&message.header, &back));
  /* An address of four octets is none of IPv6. */
  rtm->rtm_family = AF_INET6;
  g_assert_true (l2tp_route_parse (&message.header, &back));
  g_assert_true (l2tp_ip_equal (&back.dst, &(L2tpIp){ .family = AF_INET6 }));
}

static void
put_hop (struct nlmsghdr *header, guint ifindex, guint8 flags, const char *gateway)
{
  struct rtnexthop *hop = mnl_nlmsg_get_payload_tail (header);
  L2tpIp address = ip (gateway);

  memset (hop, 0, sizeof *hop);
  hop->rtnh_ifindex = (int) ifindex;
  hop->rtnh_flags = flags;
  header->nlmsg_len += sizeof *hop;
  mnl_attr_put (header, RTA_GATEWAY, 4, address.octets);
  hop->rtnh_len = (unsigned short) ((char *) mnl_nlmsg_get_payload_tail (header) - (char *) hop);
}

static void
test_several_next_hops (void)
{
  L2tpRoute plain = route ("0.0.0.0", 0, 100, 0), back;
  L2tpIp gateway = ip ("10.9.0.3");
  L2tpRouteMessage message;
  struct nlattr *nest;

  l2tp_route_build (&plain, RTM_NEWROUTE, 0, &message);
  nest = mnl_attr_nest_start (&message.header, RTA_MULTIPATH);
  put_hop (&message.header, 2, RTNH_F_LINKDOWN, "10.9.0.2");
  put_hop (&message.header, 3, 0, "10.9.0.3");
  put_hop (&message.header, 4, 0, "10.9.0.4");
  mnl_attr_nest_end (&message.header, nest);
  g_assert_true (l2tp_route_parse (&message.header, &back));
  g_assert_cmpuint (back.ifindex, ==, 3);
  g_assert_true (l2tp_ip_equal (&back.gateway, &gateway));
  for (guint len = message.header.nlmsg_len; len >= MNL_NLMSG_HDRLEN; len--)
    {
      g_autofree struct nlmsghdr *copy = g_memdup2 (&message, len);

      copy->nlmsg_len = len;
      l2tp_route_parse (copy, &back);
    }
}

static gboolean
is_of_interface (const L2tpRoute *candidate, gpointer data)
{
  return candidate->ifindex == GPOINTER_TO_UINT (data);
}

static guint
choose (GArray *routes, const char *address, guint skipped)
{
  L2tpIp wanted = ip (address);
  const L2tpRoute *chosen =
      l2tp_route_choose (routes, &wanted, is_of_interface, GUINT_TO_POINTER (skipped));

  return chosen != NULL ? chosen->ifindex : 0;
}

/* Longest prefix, then metric; not what is down, not what is to be overlooked. */
static void
test_choice (void)
{
  L2tpRoute table[] = {
    route ("0.0.0.0", 0, 600, 1),   route ("0.0.0.0", 0, 100, 2), route ("10.0.0.0", 8, 9000, 3),
    route ("10.128.0.0", 9, 50, 4), route ("10.0.0.0", 8, 1, 5),  route ("2001:db8::", 33, 1, 6),
    route ("192.0.2.0", 23, 1, 7),
  };
  g_autoptr (GArray) routes = g_array_new (FALSE, FALSE, sizeof (L2tpRoute));

  table[4].flags = RTNH_F_DEAD;
  table[6].src_prefix = 8;
  g_array_append_vals (routes, table, G_N_ELEMENTS (table));
  g_assert_cmpuint (choose (routes, "192.0.2.1", 0), ==, 2);
  g_assert_cmpuint (choose (routes, "192.0.2.1", 2), ==, 1);
  g_assert_cmpuint (choose (routes, "10.1.2.3", 0), ==, 3);
  g_assert_cmpuint (choose (routes, "10.128.0.1", 0), ==, 4);
  g_assert_cmpuint (choose (routes, "10.127.255.255", 0), ==, 3);
  g_assert_cmpuint (choose (routes, "2001:db8:7fff::1", 0), ==, 6);
  g_assert_cmpuint (choose (routes, "2001:db8:8000::1", 0), ==, 0);
  g_assert_cmpuint (choose (routes, "fe80::1", 0), ==, 0);
}

static void
test_text (void)
{
  L2tpRoute plain = route ("10.0.0.0", 8, 50, 0);
  g_autofree char *first = NULL;
  g_autofree char *second = NULL;

  plain.gateway = ip ("10.9.0.2");
  first = l2tp_route_to_string (&plain);
  g_assert_cmpstr (first, ==, "10.0.0.0/8 via 10.9.0.2 metric 50");
  plain = route ("::", 1, 75, 0);
  plain.type = RTN_UNREACHABLE;
  second = l2tp_route_to_string (&plain);
  g_assert_cmpstr (second, ==, "unreachable ::/1 metric 75");
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/route/there-and-back", test_there_and_back);
  g_test_add_func ("/route/cut-short", test_cut_short);
  g_test_add_func ("/route/nonsense", test_nonsense);
  g_test_add_func ("/route/several-next-hops", test_several_next_hops);
  g_test_add_func ("/route/choice", test_choice);
  g_test_add_func ("/route/text", test_text);
  return g_test_run ();
}
