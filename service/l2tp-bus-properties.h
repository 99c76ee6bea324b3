/* SPDX-License-Identifier: GPL-2.0-or-later */
/* SPDX-FileCopyrightText: The l2tp-client authors */

/* The properties of org.l2tp.Connection, org.l2tp.Tunnel and org.l2tp.Session of one object. */

#pragma once

#include "dbus/l2tp-dbus.h"
#include "l2tp-connection.h"

G_BEGIN_DECLS

typedef struct _L2tpBusProperties L2tpBusProperties;

/* l2tp_bus_properties_new:
 * @object: on which tunnel and session come and go; outlives the properties */
L2tpBusProperties *l2tp_bus_properties_new (GDBusObjectSkeleton *object);
void l2tp_bus_properties_free (L2tpBusProperties *properties);

/* Returns: (transfer none): the connection's own interface, which the caller exports */
L2tpDBusConnection *l2tp_bus_properties_get_skeleton (L2tpBusProperties *properties);

/* l2tp_bus_properties_update:
 * Makes them tell what @connection is now. */
void l2tp_bus_properties_update (L2tpBusProperties *properties, L2tpConnection *connection);

G_END_DECLS
