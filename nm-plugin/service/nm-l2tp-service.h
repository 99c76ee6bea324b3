/* SPDX-License-Identifier: GPL-2.0-or-later */
/* SPDX-FileCopyrightText: The l2tp-client authors */

#pragma once

#include <NetworkManager.h>

G_BEGIN_DECLS

#define NM_L2TP_TYPE_SERVICE (nm_l2tp_service_get_type ())
G_DECLARE_FINAL_TYPE (NmL2tpService, nm_l2tp_service, NM_L2TP, SERVICE, NMVpnServicePlugin)

/* nm_l2tp_service_new:
 * @bus: the system bus
 * @name: the bus name to take
 * @alone: end with NetworkManager, and with the VPN
 *
 * One VPN of NetworkManager's. The signal "quit" tells that it is over. Errors: G_DBUS_ERROR. */
NmL2tpService *
nm_l2tp_service_new (GDBusConnection *bus, const char *name, gboolean alone, GError **error);

G_END_DECLS
