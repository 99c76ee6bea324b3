/* SPDX-License-Identifier: GPL-2.0-or-later */
/* SPDX-FileCopyrightText: The l2tp-client authors */

/* The service on the bus: the object manager, org.l2tp.Manager, and an object per connection. */

#pragma once

#include <gio/gio.h>

#include "l2tp-service.h"

G_BEGIN_DECLS

#define L2TP_TYPE_BUS (l2tp_bus_get_type ())
G_DECLARE_FINAL_TYPE (L2tpBus, l2tp_bus, L2TP, BUS, GObject)

/* l2tp_bus_new:
 * Exports @service on @bus; owning the name is the caller's business. */
L2tpBus *l2tp_bus_new (GDBusConnection *bus, L2tpService *service);

G_END_DECLS
