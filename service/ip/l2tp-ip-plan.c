/* SPDX-License-Identifier: GPL-2.0-or-later */
/* SPDX-FileCopyrightText: The l2tp-client authors */

/* From options to routes. Pure; for l2tp-ip-config.c. The default route is two halves, as openvpn's
 * "def1": they win by their prefix over every default route, whatever its metric, and nobody's
 * default route has to be changed or put back. Design section 9. */

#include "l2tp-ip-plan.h"

#include <string.h>

typedef struct
{
  L2tpConfig *config;
  const L2tpIpSituation *situation;
  GArray *wanted;
} Plan;

static const char *
key_of (L2tpOptionId id)
{
  return l2tp_option_get (id)->key;
}

static L2tpRoute
new_route (const L2tpIp *dst, guint prefix, guint8 type, guint32 metric)
{
  L2tpRoute route = {
    .dst = *dst,
    .prefix = (guint8) prefix,
    .type = type,
    .protocol = L2TP_ROUTE_PROTOCOL,
    .scope = RT_SCOPE_UNIVERSE,
    .table = RT_TABLE_MAIN,
    .metric = metric,
  };

  return route;
}

static void
add (Plan *plan, const L2tpRoute *route, L2tpOptionId id)
{
  L2tpWantedRoute wanted = { *route, key_of (id) };

  g_array_append_val (plan->wanted, wanted);
}

/* What is meant for the VPN: a way into it while it is up, and none besides with a kill switch. */
static void
add_network (Plan *plan, const L2tpIp *dst, guint prefix, L2tpOptionId id)
{
  const L2tpIpSituation *now = plan->situation;
  gboolean is_ipv6 = dst->family == AF_INET6;
  gboolean guarded = l2tp_config_get_boolean (plan->config, L2TP_OPTION_KILL_SWITCH);
  L2tpRoute route;

  if (now->ifindex != 0 && (is_ipv6 ? now->ipv6 : now->ipv4))
    {
      route = new_route (dst, prefix, RTN_UNICAST, L2TP_IP_METRIC);
      route.ifindex = now->ifindex;
      /* There are no neighbours on a PPP link. */
      if (!is_ipv6)
        route.scope = RT_SCOPE_LINK;
      add (plan, &route, id);
    }
  if (guarded && (!is_ipv6 || now->host_ipv6))
    {
      route = new_route (dst, prefix, RTN_UNREACHABLE, L2TP_IP_METRIC_GUARD);
      add (plan, &route, L2TP_OPTION_KILL_SWITCH);
    }
}

static void
add_halves (Plan *plan, guint8 family)
{
  L2tpIp half = { .family = family };

  add_network (plan, &half, 1, L2TP_OPTION_DEFAULT_ROUTE);
  half.octets[0] = 0x80;
  add_network (plan, &half, 1, L2TP_OPTION_DEFAULT_ROUTE);
}

static void
add_networks (Plan *plan)
{
  const char *text = l2tp_config_get_string (plan->config, L2TP_OPTION_ROUTES);
  g_auto (GStrv) networks = g_strsplit (text != NULL ? text : "", ",", -1);

  for (char **network = networks; *network != NULL; network++)
    {
      g_autoptr (GInetAddressMask) mask = g_inet_address_mask_new_from_string (*network, NULL);
      L2tpIp dst;

      if (mask == NULL)
        continue;
      l2tp_ip_set (&dst, g_inet_address_mask_get_address (mask));
      /* A default route, in so many words: other default routes must not be in its way. */
      if (g_inet_address_mask_get_length (mask) == 0)
        add_halves (plan, dst.family);
      else
        add_network (plan, &dst, g_inet_address_mask_get_length (mask), L2TP_OPTION_ROUTES);
    }
}

/* The LNS itself, whatever the networks above say, and those of other connections: that is why it
 * has its way before it is dialled. Without an uplink it is better not reached at all than by the
 * VPN that it carries. */
static void
add_lns (Plan *plan)
{
  const L2tpIpSituation *now = plan->situation;
  gboolean covered =
      now->ifindex != 0 || l2tp_config_get_boolean (plan->config, L2TP_OPTION_KILL_SWITCH);
  L2tpRoute route;

  if (now->lns.family == 0 || (now->path != NULL ? now->path->local : !covered))
    return;
  route = new_route (&now->lns, l2tp_ip_get_bits (&now->lns),
                     now->path != NULL ? RTN_UNICAST : RTN_UNREACHABLE, L2TP_IP_METRIC);
  if (now->path != NULL)
    {
      route.ifindex = now->path->ifindex;
      route.gateway = now->path->gateway;
      route.flags = now->path->onlink ? RTNH_F_ONLINK : 0;
      if (route.gateway.family == 0 && now->lns.family == AF_INET)
        route.scope = RT_SCOPE_LINK;
    }
  add (plan, &route, L2TP_OPTION_GATEWAY);
}

static gboolean
is_same (const L2tpWantedRoute *a, const L2tpWantedRoute *b)
{
  return a->route.prefix == b->route.prefix && a->route.type == b->route.type &&
         l2tp_ip_equal (&a->route.dst, &b->route.dst);
}

/* A network that is given twice, or the halves of default-route and of 0.0.0.0/0. */
static void
drop_repeats (GArray *wanted)
{
  for (guint i = 0; i < wanted->len; i++)
    for (guint j = wanted->len - 1; j > i; j--)
      if (is_same (&g_array_index (wanted, L2tpWantedRoute, i),
                   &g_array_index (wanted, L2tpWantedRoute, j)))
        g_array_remove_index (wanted, j);
}

GArray *
l2tp_ip_plan_routes (L2tpConfig *config, const L2tpIpSituation *situation)
{
  Plan plan = { config, situation, g_array_new (FALSE, FALSE, sizeof (L2tpWantedRoute)) };

  /* First, so that the LNS is never without a way. */
  add_lns (&plan);
  if (situation->lns_only)
    return plan.wanted;
  if (l2tp_config_get_boolean (config, L2TP_OPTION_DEFAULT_ROUTE))
    {
      add_halves (&plan, AF_INET);
      add_halves (&plan, AF_INET6);
    }
  add_networks (&plan);
  drop_repeats (plan.wanted);
  return plan.wanted;
}
