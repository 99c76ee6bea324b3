/* SPDX-License-Identifier: GPL-2.0-or-later */
/* SPDX-FileCopyrightText: The l2tp-client authors */

/* What ICMP says about an LNS's IKE port, which IKE daemons do not listen to. */

#pragma once

#include <gio/gio.h>

G_BEGIN_DECLS

typedef struct _L2tpIkeProbe L2tpIkeProbe;

/* saved_errno: of an ICMP error or of the route; evidence, no proof: anybody may have sent it. */
typedef void (*L2tpIkeProbeFunc) (int saved_errno, gpointer user_data);

/* l2tp_ike_probe_new:
 * Sends one empty datagram to UDP port 500 and listens to what comes of it. @func is called once,
 * or never, from the main loop. */
L2tpIkeProbe *
l2tp_ike_probe_new (GInetSocketAddress *peer, L2tpIkeProbeFunc func, gpointer user_data);
L2tpIkeProbe *l2tp_ike_probe_free (L2tpIkeProbe *probe);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (L2tpIkeProbe, l2tp_ike_probe_free)

/* l2tp_ike_probe_get_errno: 0 when nothing was said. */
int l2tp_ike_probe_get_errno (const L2tpIkeProbe *probe);

G_END_DECLS
