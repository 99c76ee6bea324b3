/* SPDX-License-Identifier: GPL-2.0-or-later */
/* SPDX-FileCopyrightText: The l2tp-client authors */

/* The local UDP ports that users chose, and which socket of ours has each towards which LNS. */

#pragma once

#include <gio/gio.h>

#include "l2tp-udp.h"

G_BEGIN_DECLS

L2tpPorts *l2tp_ports_new (void);
L2tpPorts *l2tp_ports_ref (L2tpPorts *ports);
void l2tp_ports_unref (L2tpPorts *ports);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (L2tpPorts, l2tp_ports_unref)

/* l2tp_ports_add: @holder, not owned, has @port towards @lns until l2tp_ports_remove(). */
void l2tp_ports_add (L2tpPorts *ports, guint16 port, GInetSocketAddress *lns, L2tpUdp *holder);
void l2tp_ports_remove (L2tpPorts *ports, L2tpUdp *holder);

/* l2tp_ports_find: returns who has @port towards @lns, or NULL. */
L2tpUdp *l2tp_ports_find (L2tpPorts *ports, guint16 port, GInetSocketAddress *lns);

/* l2tp_ports_is_ours: whether any socket of ours of this address family has @port. */
gboolean l2tp_ports_is_ours (L2tpPorts *ports, guint16 port, GSocketFamily family);

G_END_DECLS
