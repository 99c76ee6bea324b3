/* SPDX-License-Identifier: GPL-2.0-or-later */
/* SPDX-FileCopyrightText: The l2tp-client authors */

/* One connection of the service's, from ConnectTransient to its end. */

#pragma once

#include <gio/gio.h>

#include "nm-l2tp-settings.h"

G_BEGIN_DECLS

#define NM_L2TP_TYPE_CLIENT (nm_l2tp_client_get_type ())
G_DECLARE_FINAL_TYPE (NmL2tpClient, nm_l2tp_client, NM_L2TP, CLIENT, GObject)

/* Signals:
 *  "changed" ()                 the properties may have
 *  "asked" (GStrv, GVariant *)  the service wants these secrets; hints as in org.l2tp.Agent.xml
 *  "gone" (const GError *)      there is no connection (any more): the service did not make it, or
 *                               has ended; L2TP errors by their D-Bus name */

NmL2tpClient *nm_l2tp_client_new (GDBusConnection *bus);

/* nm_l2tp_client_start:
 * @interactive: be an agent for it
 *
 * Asks the service for the connection; starts the service if need be. Returns at once. Once only.
 */
void
nm_l2tp_client_start (NmL2tpClient *client, const NmL2tpSettings *settings, gboolean interactive);

/* nm_l2tp_client_stop:
 * Ends the connection, at whatever stage it is. No signal follows. Idempotent. */
void nm_l2tp_client_stop (NmL2tpClient *client);

/* nm_l2tp_client_get:
 * @type: what the value must be
 *
 * Returns (transfer none) (nullable) the last known value of a property of org.l2tp.Connection. */
GVariant *nm_l2tp_client_get (NmL2tpClient *client, const char *property, const char *type);

/* The same of an "s" and of a "u"; "" and 0 when not known. */
const char *nm_l2tp_client_get_string (NmL2tpClient *client, const char *property);
guint nm_l2tp_client_get_uint (NmL2tpClient *client, const char *property);

/* nm_l2tp_client_get_gateway:
 * Returns (nullable) the LNS's address; known whenever "changed" tells of State connected. */
const char *nm_l2tp_client_get_gateway (NmL2tpClient *client);

/* nm_l2tp_client_answer:
 * @secrets: (nullable): a{sv}, consumed if floating; NULL: there are none
 *
 * Answers "asked". Returns FALSE if nothing is asked. */
gboolean nm_l2tp_client_answer (NmL2tpClient *client, GVariant *secrets);

/* nm_l2tp_client_get_asked:
 * Returns (transfer none) (nullable) the keys that are asked for now. */
const char *const *nm_l2tp_client_get_asked (NmL2tpClient *client);

G_END_DECLS
