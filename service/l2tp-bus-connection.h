/* SPDX-License-Identifier: GPL-2.0-or-later */
/* SPDX-FileCopyrightText: The l2tp-client authors */

/* One connection on the bus: org.l2tp.Connection, and org.l2tp.Tunnel and org.l2tp.Session while
 * they exist. */

#pragma once

#include <gio/gio.h>

#include "dbus/l2tp-dbus.h"
#include "l2tp-manager.h"

G_BEGIN_DECLS

#define L2TP_TYPE_BUS_CONNECTION (l2tp_bus_connection_get_type ())
G_DECLARE_FINAL_TYPE (L2tpBusConnection,
                      l2tp_bus_connection,
                      L2TP,
                      BUS_CONNECTION,
                      L2tpDBusObjectSkeleton)

L2tpBusConnection *
l2tp_bus_connection_new (L2tpManager *manager, L2tpConnection *connection, const char *path);

G_END_DECLS
