/* SPDX-License-Identifier: GPL-2.0-or-later */
/* SPDX-FileCopyrightText: The l2tp-client authors */

/* Which routes a connection wants, from its options and from what is known of the network. Pure. */

#pragma once

#include "service/base/l2tp-config.h"
#include "service/io/l2tp-route.h"
#include "service/io/l2tp-uplink.h"

G_BEGIN_DECLS

/* Where metrics begin; who finds one taken tries the next. Routes into the VPN beat those that
 * NetworkManager gives to Ethernet (100) and Wi-Fi (600), and so do the kill switch's, which would
 * otherwise leave to them what was routed into the VPN. */
#define L2TP_IP_METRIC       50
#define L2TP_IP_METRIC_GUARD 75
#define L2TP_IP_METRICS      24 /* how many there are of each */

/* A route, and the key of the option that asks for it. */
typedef struct
{
  L2tpRoute route; /* its metric is the first of those that will do */
  const char *key; /* static */
} L2tpWantedRoute;

typedef struct
{
  guint ifindex;              /* of the VPN; 0: it is down */
  gboolean ipv4, ipv6;        /* work inside */
  gboolean host_ipv6;         /* this machine has IPv6 at all */
  gboolean lns_only;          /* the rest is somebody else's */
  L2tpIp lns;                 /* of none: not known */
  const L2tpUplinkPath *path; /* NULL: there is no uplink */
} L2tpIpSituation;

/* l2tp_ip_plan_routes:
 * Returns (transfer full) (element-type L2tpWantedRoute). While the VPN is down these are the host
 * route to the LNS and, with kill-switch, what keeps the rest from the uplink. */
GArray *l2tp_ip_plan_routes (L2tpConfig *config, const L2tpIpSituation *situation);

G_END_DECLS
