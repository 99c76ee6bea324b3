/* SPDX-License-Identifier: GPL-2.0-or-later */
/* SPDX-FileCopyrightText: The l2tp-client authors */

/* The kernel's IPsec tables over netlink, as little of it as the guard and a dead IKE daemon need.
 * The kernel answers within the system call that asks: nothing here waits. Needs CAP_NET_ADMIN.
 *
 * Errors: L2TP_ERROR_MISSING_KERNEL_SUPPORT without XFRM, else L2TP_ERROR_FAILED. */

#pragma once

#include <linux/xfrm.h>

#include <gio/gio.h>

G_BEGIN_DECLS

/* The precedence of our policies, the smaller number first. IKE daemons calculate theirs well above
 * (strongSwan from 100000 on), those that let traffic pass included, so nothing comes between our
 * SA and the guard behind it. */
#define L2TP_XFRM_PRIORITY_SA    0x4c32
#define L2TP_XFRM_PRIORITY_GUARD 0x4c33

/* l2tp_xfrm_make_selector:
 * @from, @to: the addresses of UDP packets in direction @direction; a port of 0 and an unspecified
 *   address in @from or @to mean any
 *
 * @ret_selector is untouched on failure: of two families, or no IP at all. */
gboolean l2tp_xfrm_make_selector (GInetSocketAddress *from,
                                  GInetSocketAddress *to,
                                  struct xfrm_selector *ret_selector);

/* l2tp_xfrm_put_policy: installs @policy, in the place of one with the same selector. */
gboolean l2tp_xfrm_put_policy (const struct xfrm_userpolicy_info *policy, GError **error);

/* l2tp_xfrm_remove_policy: one that is not there is no error. */
gboolean l2tp_xfrm_remove_policy (const struct xfrm_selector *selector, guint8 dir, GError **error);

/* l2tp_xfrm_remove_sa:
 * Removes the ESP SA towards @destination with the SPI in host order, if it is there. */
gboolean l2tp_xfrm_remove_sa (GInetAddress *destination, guint32 spi, GError **error);

/* l2tp_xfrm_list_policies:
 * Returns (transfer full): all policies, an array of struct xfrm_userpolicy_info. */
GArray *l2tp_xfrm_list_policies (GError **error);

G_END_DECLS
