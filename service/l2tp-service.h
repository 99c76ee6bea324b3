/* SPDX-License-Identifier: GPL-2.0-or-later */
/* SPDX-FileCopyrightText: The l2tp-client authors */

/* The service without its bus interface: connections, their files, whom to ask, what to log. */

#pragma once

#include <gio/gio.h>

#include "l2tp-agents.h"
#include "l2tp-manager.h"
#include "l2tp-keeper.h"
#include "l2tp-profiles.h"

G_BEGIN_DECLS

#define L2TP_TYPE_SERVICE (l2tp_service_get_type ())
G_DECLARE_FINAL_TYPE (L2tpService, l2tp_service, L2TP, SERVICE, GObject)

/* l2tp_service_new:
 * @bus: where agents are
 * @debug: log more, whatever the settings say
 *
 * Errors: as of l2tp_netlink_new(). */
L2tpService *l2tp_service_new (GDBusConnection *bus, gboolean debug, GError **error);

/* l2tp_service_load_async:
 * Reads settings and profiles, at the start and again when asked. Finishes once all is read; what
 * is refused is in the log. Fails only when it is cancelled. */
void l2tp_service_load_async (L2tpService *service,
                              GCancellable *cancellable,
                              GAsyncReadyCallback callback,
                              gpointer user_data);
gboolean l2tp_service_load_finish (L2tpService *service, GAsyncResult *result, GError **error);

/* (transfer none) */
L2tpManager *l2tp_service_get_manager (L2tpService *service);
L2tpProfiles *l2tp_service_get_profiles (L2tpService *service);
L2tpKeeper *l2tp_service_get_keeper (L2tpService *service);
L2tpAgents *l2tp_service_get_agents (L2tpService *service);

G_END_DECLS
