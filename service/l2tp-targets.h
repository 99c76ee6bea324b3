/* SPDX-License-Identifier: GPL-2.0-or-later */
/* SPDX-FileCopyrightText: The l2tp-client authors */

/* The addresses at which an LNS is dialled. */

#pragma once

#include <gio/gio.h>

#include "service/base/l2tp-config.h"

G_BEGIN_DECLS

/* l2tp_targets_dup_name:
 * Returns (transfer full) the gateway without the brackets of an IPv6 address. */
char *l2tp_targets_dup_name (L2tpConfig *config);

/* l2tp_target_new:
 * Returns (transfer full) @address with the port and, where it needs one, the interface that are
 * the connection's. */
GInetSocketAddress *l2tp_target_new (L2tpConfig *config, GInetAddress *address);

/* l2tp_targets_find:
 * @targets: (element-type GInetSocketAddress)
 *
 * Returns the index of the one with @address, or the length of @targets. */
guint l2tp_targets_find (GPtrArray *targets, GInetAddress *address);

/* l2tp_targets_add:
 * @addresses: (element-type GInetAddress): at least one
 *
 * Appends those that local-address can reach and that are not there yet. Where that leaves none at
 * all, the first one is there: its error says so. */
void l2tp_targets_add (GPtrArray *targets, L2tpConfig *config, GList *addresses);

G_END_DECLS
