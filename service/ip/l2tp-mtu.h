/* SPDX-License-Identifier: GPL-2.0-or-later */
/* SPDX-FileCopyrightText: The l2tp-client authors */

/* What fits through the tunnel. Pure. All numbers are octets. */

#pragma once

#include <gio/gio.h>

G_BEGIN_DECLS

#define L2TP_MTU_DEFAULT 1400 /* what fits nearly everywhere, with IPsec and NAT-T too */
#define L2TP_MTU_MIN     576
#define L2TP_MTU_MIN6    1280 /* below it Linux takes IPv6 off an interface */

/* What is around an inner packet on its way. */
typedef struct
{
  GSocketFamily family; /* of the LNS's address */
  gboolean sequencing;  /* data messages with Ns and Nr */
  guint ipsec;          /* all that ESP adds at the worst, with padding and NAT-T's UDP; 0: none */
} L2tpMtuPath;

/* l2tp_mtu_get_overhead: IP, UDP, L2TP and PPP with FF03 and a protocol of two octets (DATA-8);
 * Linux sends no Length (DATA-6). */
guint l2tp_mtu_get_overhead (const L2tpMtuPath *path);

/* l2tp_mtu_choose:
 * @wanted: the option mtu; 0: automatic
 * @is_set: whether the user gave it
 * @path: MTU towards the LNS, 0: not known
 * @negotiated: what PPP agreed on, an upper bound; 0: none
 * @ipv6: whether there is IPv6 inside
 *
 * A number of the user's is taken as it is; without one it is L2TP_MTU_DEFAULT, or less on a narrow
 * path; automatic is what the path has room for. Returns the MTU of the interface. */
guint l2tp_mtu_choose (guint wanted,
                       gboolean is_set,
                       guint path,
                       guint overhead,
                       guint negotiated,
                       gboolean ipv6);

G_END_DECLS
