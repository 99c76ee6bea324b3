/* SPDX-License-Identifier: GPL-2.0-or-later */
/* SPDX-FileCopyrightText: The l2tp-client authors */

/* One connection on the bus: org.l2tp.Connection, and org.l2tp.Tunnel and org.l2tp.Session while
 * they exist. */

#pragma once

#include <gio/gio.h>

#include "dbus/l2tp-dbus.h"
#include "l2tp-bus-gate.h"
#include "l2tp-service.h"

G_BEGIN_DECLS

#define L2TP_TYPE_BUS_CONNECTION (l2tp_bus_connection_get_type ())
G_DECLARE_FINAL_TYPE (L2tpBusConnection,
                      l2tp_bus_connection,
                      L2TP,
                      BUS_CONNECTION,
                      L2tpDBusObjectSkeleton)

L2tpBusConnection *l2tp_bus_connection_new (GDBusConnection *bus,
                                            L2tpBusGate *gate,
                                            L2tpService *service,
                                            L2tpConnection *connection);

/* l2tp_bus_connection_bind:
 * @name: a caller's unique name
 * @remove: whether the connection goes, too
 *
 * Disconnects when @name leaves the bus. */
void l2tp_bus_connection_bind (L2tpBusConnection *object, const char *name, gboolean remove);

G_END_DECLS
