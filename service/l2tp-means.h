/* SPDX-License-Identifier: GPL-2.0-or-later */
/* SPDX-FileCopyrightText: The l2tp-client authors */

/* What all connections of a service share. */

#pragma once

#include "l2tp-agents.h"
#include "service/io/l2tp-netlink.h"
#include "service/io/l2tp-ports.h"

/* Each outlives every connection. */
typedef struct
{
  GDBusConnection *bus;
  L2tpAgents *agents;
  L2tpNetlink *netlink;
  L2tpPorts *ports;
} L2tpMeans;
