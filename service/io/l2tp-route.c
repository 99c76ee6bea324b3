/* SPDX-License-Identifier: GPL-2.0-or-later */
/* SPDX-FileCopyrightText: The l2tp-client authors */

/* Routes as values. Hides rtnetlink's attributes and several next hops. Asks and changes
 * nothing. Sources: rtnetlink(7), linux/rtnetlink.h. */

#include "l2tp-route.h"

#include <libmnl/libmnl.h>
#include <net/if.h>
#include <string.h>

#define NOT_WORKING     (RTNH_F_DEAD | RTNH_F_LINKDOWN)
#define TICKS_IN_SECOND 100 /* USER_HZ, everywhere but on Alpha */

static gsize
octets_of (guint8 family)
{
  switch (family)
    {
    case AF_INET:
      return 4;
    case AF_INET6:
      return 16;
    default:
      return 0;
    }
}

void
l2tp_ip_set (L2tpIp *ret_ip, GInetAddress *address)
{
  memset (ret_ip, 0, sizeof *ret_ip);
  if (address == NULL)
    return;
  ret_ip->family = (guint8) g_inet_address_get_family (address);
  memcpy (ret_ip->octets, g_inet_address_to_bytes (address),
          g_inet_address_get_native_size (address));
}

gboolean
l2tp_ip_equal (const L2tpIp *a, const L2tpIp *b)
{
  return a->family == b->family && memcmp (a->octets, b->octets, octets_of (a->family)) == 0;
}

guint
l2tp_ip_get_bits (const L2tpIp *ip)
{
  return (guint) octets_of (ip->family) * 8;
}

GInetAddress *
l2tp_ip_to_address (const L2tpIp *ip)
{
  if (ip->family == 0)
    return NULL;
  return g_inet_address_new_from_bytes (ip->octets, (GSocketFamily) ip->family);
}

gboolean
l2tp_ip_is_in (const L2tpIp *ip, const L2tpRoute *route)
{
  guint whole = route->prefix / 8, rest = route->prefix % 8;

  if (ip->family != route->dst.family || memcmp (ip->octets, route->dst.octets, whole) != 0)
    return FALSE;
  return rest == 0 || ((ip->octets[whole] ^ route->dst.octets[whole]) >> (8 - rest)) == 0;
}

gboolean
l2tp_route_is_reject (const L2tpRoute *route)
{
  return route->type == RTN_UNREACHABLE || route->type == RTN_BLACKHOLE ||
         route->type == RTN_PROHIBIT;
}

/* --- From the kernel ----------------------------------------------------------------------- */

static void
take_ip (const struct nlattr *attr, guint8 family, L2tpIp *ip)
{
  gsize size = octets_of (family);

  if (size == 0 || mnl_attr_get_payload_len (attr) != size)
    return;
  memset (ip, 0, sizeof *ip);
  ip->family = family;
  memcpy (ip->octets, mnl_attr_get_payload (attr), size);
}

/* RTA_VIA: a gateway of another family, IPv6 under an IPv4 route. */
static void
take_via (const struct nlattr *attr, L2tpIp *ip)
{
  const struct rtvia *via = mnl_attr_get_payload (attr);
  gsize size = mnl_attr_get_payload_len (attr);
  gsize wanted;

  if (size < sizeof *via)
    return;
  wanted = octets_of ((guint8) via->rtvia_family);
  if (wanted == 0 || size - sizeof *via != wanted)
    return;
  memset (ip, 0, sizeof *ip);
  ip->family = (guint8) via->rtvia_family;
  memcpy (ip->octets, via->rtvia_addr, wanted);
}

static guint32
get_u32 (const struct nlattr *attr)
{
  return mnl_attr_get_payload_len (attr) == sizeof (guint32) ? mnl_attr_get_u32 (attr) : 0;
}

static void
take_metrics (const struct nlattr *nest, L2tpRoute *route)
{
  const struct nlattr *attr;

  mnl_attr_for_each_nested (attr, nest)
  {
    if (mnl_attr_get_type (attr) == RTAX_MTU)
      route->mtu = get_u32 (attr);
  }
}

static void
take_cache_info (const struct nlattr *attr, L2tpRoute *route)
{
  struct rta_cacheinfo info;

  if (mnl_attr_get_payload_len (attr) < sizeof info)
    return;
  memcpy (&info, mnl_attr_get_payload (attr), sizeof info);
  if (info.rta_expires > 0)
    route->expires = ((guint32) info.rta_expires + TICKS_IN_SECOND - 1) / TICKS_IN_SECOND;
}

static void
take_next_hop (const struct rtnexthop *hop, L2tpRoute *route)
{
  const struct nlattr *attr;

  route->ifindex = (guint32) hop->rtnh_ifindex;
  route->flags = hop->rtnh_flags;
  mnl_attr_for_each_payload ((const void *) RTNH_DATA (hop), hop->rtnh_len - RTNH_LENGTH (0))
  {
    if (mnl_attr_get_type (attr) == RTA_GATEWAY)
      take_ip (attr, route->dst.family, &route->gateway);
    else if (mnl_attr_get_type (attr) == RTA_VIA)
      take_via (attr, &route->gateway);
  }
}

static void
take_next_hops (const struct nlattr *nest, L2tpRoute *route)
{
  const struct rtnexthop *hop = mnl_attr_get_payload (nest), *chosen = NULL;
  gsize left = mnl_attr_get_payload_len (nest);

  while (left >= sizeof *hop && hop->rtnh_len >= sizeof *hop && hop->rtnh_len <= left)
    {
      gsize step = RTNH_ALIGN (hop->rtnh_len);

      if (chosen == NULL ||
          ((chosen->rtnh_flags & NOT_WORKING) != 0 && (hop->rtnh_flags & NOT_WORKING) == 0))
        chosen = hop;
      if (step >= left)
        break;
      left -= step;
      hop = (const struct rtnexthop *) ((const char *) hop + step);
    }
  if (chosen != NULL)
    take_next_hop (chosen, route);
}

static void
take_attribute (const struct nlattr *attr, L2tpRoute *route)
{
  guint8 family = route->dst.family;

  switch (mnl_attr_get_type (attr))
    {
    case RTA_DST:
      take_ip (attr, family, &route->dst);
      return;
    case RTA_PREFSRC:
      take_ip (attr, family, &route->source);
      return;
    case RTA_GATEWAY:
      take_ip (attr, family, &route->gateway);
      return;
    case RTA_VIA:
      take_via (attr, &route->gateway);
      return;
    case RTA_OIF:
      route->ifindex = get_u32 (attr);
      return;
    case RTA_TABLE:
      route->table = get_u32 (attr);
      return;
    case RTA_PRIORITY:
      route->metric = get_u32 (attr);
      return;
    case RTA_METRICS:
      take_metrics (attr, route);
      return;
    case RTA_CACHEINFO:
      take_cache_info (attr, route);
      return;
    case RTA_MULTIPATH:
      take_next_hops (attr, route);
      return;
    default:
      return;
    }
}

gboolean
l2tp_route_parse (const struct nlmsghdr *message, L2tpRoute *ret_route)
{
  const struct rtmsg *rtm = mnl_nlmsg_get_payload (message);
  const struct nlattr *attr;
  L2tpRoute route = { 0 };

  if ((message->nlmsg_type != RTM_NEWROUTE && message->nlmsg_type != RTM_DELROUTE) ||
      mnl_nlmsg_get_payload_len (message) < sizeof *rtm)
    return FALSE;
  /* The kernel's are whole words, and libmnl reads up to the end of the last one. */
  if (message->nlmsg_len % NLMSG_ALIGNTO != 0)
    return FALSE;
  if (octets_of (rtm->rtm_family) == 0 || rtm->rtm_dst_len > octets_of (rtm->rtm_family) * 8)
    return FALSE;
  route.dst.family = rtm->rtm_family;
  route.prefix = rtm->rtm_dst_len;
  route.src_prefix = rtm->rtm_src_len;
  route.type = rtm->rtm_type;
  route.protocol = rtm->rtm_protocol;
  route.scope = rtm->rtm_scope;
  route.flags = rtm->rtm_flags;
  route.table = rtm->rtm_table;
  mnl_attr_for_each (attr, message, sizeof *rtm) take_attribute (attr, &route);
  *ret_route = route;
  return TRUE;
}

/* --- To the kernel ------------------------------------------------------------------------- */

static struct rtmsg *
start_message (guint16 type, guint16 flags, guint8 family, L2tpRouteMessage *ret)
{
  struct nlmsghdr *header;
  struct rtmsg *rtm;

  memset (ret, 0, sizeof *ret);
  header = mnl_nlmsg_put_header (ret);
  header->nlmsg_type = type;
  header->nlmsg_flags = NLM_F_REQUEST | flags;
  rtm = mnl_nlmsg_put_extra_header (header, sizeof *rtm);
  rtm->rtm_family = family;
  return rtm;
}

static void
put_ip (struct nlmsghdr *header, guint16 type, const L2tpIp *ip)
{
  if (ip->family != 0)
    mnl_attr_put (header, type, octets_of (ip->family), ip->octets);
}

static void
put_gateway (struct nlmsghdr *header, const L2tpRoute *route)
{
  struct
  {
    struct rtvia via;
    guint8 octets[16];
  } via = { .via.rtvia_family = route->gateway.family };

  if (route->gateway.family == route->dst.family)
    put_ip (header, RTA_GATEWAY, &route->gateway);
  else if (route->gateway.family != 0)
    {
      memcpy (via.via.rtvia_addr, route->gateway.octets, octets_of (route->gateway.family));
      mnl_attr_put (header, RTA_VIA, sizeof via.via + octets_of (route->gateway.family), &via);
    }
}

void
l2tp_route_build (const L2tpRoute *route, guint16 type, guint16 flags, L2tpRouteMessage *ret)
{
  struct rtmsg *rtm = start_message (type, flags, route->dst.family, ret);
  struct nlmsghdr *header = &ret->header;

  rtm->rtm_dst_len = route->prefix;
  rtm->rtm_protocol = route->protocol;
  rtm->rtm_scope = route->scope;
  rtm->rtm_type = route->type;
  rtm->rtm_flags = route->flags & RTNH_F_ONLINK;
  rtm->rtm_table = route->table < 256 ? (guint8) route->table : RT_TABLE_UNSPEC;
  mnl_attr_put_u32 (header, RTA_TABLE, route->table);
  if (route->prefix > 0)
    put_ip (header, RTA_DST, &route->dst);
  mnl_attr_put_u32 (header, RTA_PRIORITY, route->metric);
  if (route->ifindex != 0)
    mnl_attr_put_u32 (header, RTA_OIF, route->ifindex);
  put_gateway (header, route);
  put_ip (header, RTA_PREFSRC, &route->source);
}

void
l2tp_route_build_get (const L2tpIp *ip,
                      const L2tpIp *source,
                      guint ifindex,
                      guint32 flags,
                      L2tpRouteMessage *ret)
{
  struct rtmsg *rtm = start_message (RTM_GETROUTE, 0, ip->family, ret);

  rtm->rtm_dst_len = (guint8) l2tp_ip_get_bits (ip);
  rtm->rtm_flags = flags;
  put_ip (&ret->header, RTA_DST, ip);
  if (source != NULL && source->family == ip->family)
    {
      rtm->rtm_src_len = (guint8) l2tp_ip_get_bits (source);
      put_ip (&ret->header, RTA_SRC, source);
    }
  if (ifindex != 0)
    mnl_attr_put_u32 (&ret->header, RTA_OIF, ifindex);
}

void
l2tp_route_build_dump (guint8 family, guint32 table, guint8 protocol, L2tpRouteMessage *ret)
{
  struct rtmsg *rtm = start_message (RTM_GETROUTE, NLM_F_DUMP, family, ret);

  rtm->rtm_protocol = protocol;
  if (table != 0)
    mnl_attr_put_u32 (&ret->header, RTA_TABLE, table);
}

/* --- The rest ------------------------------------------------------------------------------ */

const L2tpRoute *
l2tp_route_choose (GArray *routes,
                   const L2tpIp *ip,
                   gboolean (*skip) (const L2tpRoute *route, gpointer data),
                   gpointer data)
{
  const L2tpRoute *best = NULL;

  for (guint i = 0; i < routes->len; i++)
    {
      const L2tpRoute *route = &g_array_index (routes, L2tpRoute, i);

      /* A route for some sources only may not be for us. */
      if (!l2tp_ip_is_in (ip, route) || route->src_prefix != 0 ||
          (route->flags & NOT_WORKING) != 0 || (skip != NULL && skip (route, data)))
        continue;
      if (best == NULL || route->prefix > best->prefix ||
          (route->prefix == best->prefix && route->metric < best->metric))
        best = route;
    }
  return best;
}

static const char *
type_to_string (guint8 type)
{
  switch (type)
    {
    case RTN_UNREACHABLE:
      return "unreachable ";
    case RTN_BLACKHOLE:
      return "blackhole ";
    case RTN_PROHIBIT:
      return "prohibit ";
    case RTN_LOCAL:
      return "local ";
    default:
      return "";
    }
}

char *
l2tp_route_to_string (const L2tpRoute *route)
{
  g_autoptr (GInetAddress) dst = l2tp_ip_to_address (&route->dst);
  g_autoptr (GInetAddress) gateway = l2tp_ip_to_address (&route->gateway);
  g_autofree char *dst_text = dst != NULL ? g_inet_address_to_string (dst) : g_strdup ("?");
  char name[IF_NAMESIZE];
  GString *text = g_string_new (type_to_string (route->type));

  g_string_append_printf (text, "%s/%u", dst_text, route->prefix);
  if (gateway != NULL)
    {
      g_autofree char *gateway_text = g_inet_address_to_string (gateway);
      g_string_append_printf (text, " via %s", gateway_text);
    }
  if (route->ifindex != 0 && if_indextoname (route->ifindex, name) != NULL)
    g_string_append_printf (text, " dev %s", name);
  g_string_append_printf (text, " metric %u", route->metric);
  return g_string_free (text, FALSE);
}
