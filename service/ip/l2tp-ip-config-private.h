/* SPDX-License-Identifier: GPL-2.0-or-later */
/* SPDX-FileCopyrightText: The l2tp-client authors */

/* Private to l2tp-ip-config.c, which runs the operations, and l2tp-ip-state.c, which hands them to
 * another process. */

#pragma once

#include "l2tp-dns.h"
#include "l2tp-ip-config.h"
#include "l2tp-routes.h"

G_BEGIN_DECLS

typedef enum
{
  L2TP_IP_MODE_DOWN,
  L2TP_IP_MODE_HELD,
  L2TP_IP_MODE_UP,
  L2TP_IP_MODE_SAME, /* of an operation: as it is */
} L2tpIpMode;

typedef struct
{
  guint ifindex; /* 0: none */
  char *ifname;
  GPtrArray *dns;
  guint overhead;
  guint mtu;
  gboolean ipv4;
  gboolean ipv6;
  gboolean ipv6_alone;
} L2tpIpPeerCopy;

struct _L2tpIpConfig
{
  GObject parent_instance;

  L2tpConfig *config;
  char *tag;
  L2tpNetlink *netlink;
  L2tpRoutes *routes;
  L2tpDns *dns;

  L2tpIpMode mode;
  L2tpIpPeerCopy peer;
  L2tpUplink *uplink;
  char *ra_previous; /* of the interface ra_ifname, until it is put back */
  char *ra_ifname;
  guint mtu; /* that the interface has; 0: not known */

  GQueue waiting; /* of L2tpIpOperation */
  struct _L2tpIpOperation *current;
};

G_END_DECLS
