/* SPDX-License-Identifier: GPL-2.0-or-later */
/* SPDX-FileCopyrightText: The l2tp-client authors */

/* One route of the kernel as a plain value: to and from rtnetlink messages, and to text. */

#pragma once

#include <gio/gio.h>
#include <linux/rtnetlink.h>
#include <sys/socket.h>

G_BEGIN_DECLS

/* The rtm_protocol of every route that this project makes, so that a later process knows them from
 * others; 'L'. Not in the kernel's or iproute2's list of names. */
#define L2TP_ROUTE_PROTOCOL 76

typedef struct
{
  guint8 family; /* AF_INET, AF_INET6; 0: no address */
  guint8 octets[16];
} L2tpIp;

typedef struct
{
  L2tpIp dst; /* its family is the route's */
  guint8 prefix;
  guint8 type;     /* RTN_… */
  guint8 protocol; /* RTPROT_… */
  guint8 scope;    /* RT_SCOPE_… */
  guint8 src_prefix;
  guint32 flags; /* RTNH_F_… of the next hop */
  guint32 table;
  guint32 metric;
  guint32 ifindex; /* 0: none */
  guint32 mtu;     /* octets; 0: none of its own */
  guint32
      expires;    /* s from now, rounded up: when the kernel forgets what it has learnt; 0: never */
  L2tpIp gateway; /* may be of the other family */
  L2tpIp source;  /* that the kernel prefers */
} L2tpRoute;

/* Room for any request that is made here. */
typedef union
{
  struct nlmsghdr header;
  char octets[512];
} L2tpRouteMessage;

/* l2tp_ip_set: from an object; none of NULL. */
void l2tp_ip_set (L2tpIp *ret_ip, GInetAddress *address);
gboolean l2tp_ip_equal (const L2tpIp *a, const L2tpIp *b);
guint l2tp_ip_get_bits (const L2tpIp *ip); /* 32 or 128 */

/* l2tp_ip_to_address: (transfer full) (nullable): NULL of none. */
GInetAddress *l2tp_ip_to_address (const L2tpIp *ip);

/* l2tp_ip_is_in: whether @ip is in the network of @route. */
gboolean l2tp_ip_is_in (const L2tpIp *ip, const L2tpRoute *route);

/* l2tp_route_is_reject: unreachable, blackhole or prohibit: what matches goes nowhere. */
gboolean l2tp_route_is_reject (const L2tpRoute *route);

/* l2tp_route_parse:
 * Returns FALSE, and leaves @ret_route alone, unless @message is a whole RTM_NEWROUTE or
 * RTM_DELROUTE of IPv4 or IPv6. Of several next hops the first that works is taken. */
gboolean l2tp_route_parse (const struct nlmsghdr *message, L2tpRoute *ret_route);

/* l2tp_route_build:
 * @type: RTM_NEWROUTE or RTM_DELROUTE
 * @flags: NLM_F_… beyond those that every request has */
void l2tp_route_build (const L2tpRoute *route, guint16 type, guint16 flags, L2tpRouteMessage *ret);

/* l2tp_route_build_get: the question how @ip is reached, from @source if it has a family, by
 * @ifindex unless that is 0. @flags: RTM_F_… */
void l2tp_route_build_get (const L2tpIp *ip,
                           const L2tpIp *source,
                           guint ifindex,
                           guint32 flags,
                           L2tpRouteMessage *ret);

/* l2tp_route_build_dump: all routes of @family; of @table and @protocol unless these are 0, where
 * the kernel can choose: what comes must be looked at. */
void l2tp_route_build_dump (guint8 family, guint32 table, guint8 protocol, L2tpRouteMessage *ret);

/* l2tp_route_choose:
 * @routes: (element-type L2tpRoute)
 * @skip: (nullable): whether a route is to be overlooked
 *
 * The kernel's own rule, longest prefix and then lowest metric, over those of @routes whose link
 * works. Returns (nullable): one of @routes. */
const L2tpRoute *l2tp_route_choose (GArray *routes,
                                    const L2tpIp *ip,
                                    gboolean (*skip) (const L2tpRoute *route, gpointer data),
                                    gpointer data);

/* l2tp_route_to_string: (transfer full): "10.0.0.0/8 via 10.9.0.2 dev eth0 metric 50" */
char *l2tp_route_to_string (const L2tpRoute *route);

G_END_DECLS
