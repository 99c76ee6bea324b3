/* SPDX-License-Identifier: GPL-2.0-or-later */
/* SPDX-FileCopyrightText: The l2tp-client authors */

/* What all connections of a service share. */

#pragma once

#include "l2tp-agents.h"
#include "service/io/l2tp-netlink.h"
#include "service/io/l2tp-ports.h"
#include "service/ipsec/l2tp-ipsec.h"

/* Each outlives every connection. The two that change are the manager's. */
typedef struct
{
  gboolean asleep;   /* the machine, or nearly so: no call begins for now */
  gboolean stopping; /* the service: no connection is wanted any more */
  GDBusConnection *bus;
  L2tpAgents *agents;
  L2tpNetlink *netlink;
  L2tpPorts *ports;
  L2tpIpsecDaemon *ike;
} L2tpMeans;
