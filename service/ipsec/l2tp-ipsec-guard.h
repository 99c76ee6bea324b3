/* SPDX-License-Identifier: GPL-2.0-or-later */
/* SPDX-FileCopyrightText: The l2tp-client authors */

/* Never in clear: while a guard is there, the kernel drops the packets of one L2TP flow, in both
 * directions, that no IPsec SA protects, whatever becomes of the IKE daemon and of us. To be made
 * before the first L2TP packet and freed after the last one. Works with any IKE daemon whose
 * policies come before L2TP_XFRM_PRIORITY_GUARD; that of l2tp-ipsec.h sees to it.
 *
 * What is dropped on the way out is EPERM to the socket that sends. */

#pragma once

#include <gio/gio.h>

G_BEGIN_DECLS

typedef struct _L2tpIpsecGuard L2tpIpsecGuard;

/* l2tp_ipsec_guard_new:
 * @local: our address and port of the flow; either may be any (0)
 * @peer: the LNS's address and port
 * @id: 0, or that of a guard of an earlier life of the service, which this one takes over
 *
 * Installs the guard; does not wait. Errors: L2TP_ERROR_MISSING_KERNEL_SUPPORT, L2TP_ERROR_FAILED;
 * then nothing is installed, and nothing may be sent. */
L2tpIpsecGuard *l2tp_ipsec_guard_new (GInetSocketAddress *local,
                                      GInetSocketAddress *peer,
                                      guint32 id,
                                      GError **error);

/* l2tp_ipsec_guard_free: removes the guard, and returns NULL. */
L2tpIpsecGuard *l2tp_ipsec_guard_free (L2tpIpsecGuard *guard);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (L2tpIpsecGuard, l2tp_ipsec_guard_free)

/* l2tp_ipsec_guard_get_id: never 0; what tells guards of one flow apart, and a successor needs. */
guint32 l2tp_ipsec_guard_get_id (const L2tpIpsecGuard *guard);

/* l2tp_ipsec_guard_renew: installs it again, should somebody have flushed the kernel's table. */
gboolean l2tp_ipsec_guard_renew (L2tpIpsecGuard *guard, GError **error);

/* l2tp_ipsec_guard_sweep:
 * @keep: ids of guards to leave alone
 *
 * Removes the guards that a service which crashed has left behind. Returns how many policies that
 * were, or -1. */
int l2tp_ipsec_guard_sweep (const guint32 *keep, gsize n_keep, GError **error);

G_END_DECLS
