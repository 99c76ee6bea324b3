/* SPDX-License-Identifier: GPL-2.0-or-later */
/* SPDX-FileCopyrightText: The l2tp-client authors */

/* The MTU from headers. Pure; owned by nobody. Sources: RFC 2661 section 3.1, DATA-6, DATA-8,
 * IPS-8, design section 9. */

#include "l2tp-mtu.h"

#define IPV4_HEADER 20
#define IPV6_HEADER 40
#define UDP_HEADER  8
#define L2TP_HEADER 6 /* flags, tunnel id, session id */
#define L2TP_NS_NR  4
#define PPP_HEADER  4 /* FF03 and the protocol */

static guint
get_ip_header (GSocketFamily family)
{
  return family == G_SOCKET_FAMILY_IPV6 ? IPV6_HEADER : IPV4_HEADER;
}

guint
l2tp_mtu_get_overhead (const L2tpMtuPath *path)
{
  return get_ip_header (path->family) + path->ipsec + UDP_HEADER + L2TP_HEADER +
         (path->sequencing ? L2TP_NS_NR : 0) + PPP_HEADER;
}

guint
l2tp_mtu_choose (guint wanted,
                 gboolean is_set,
                 guint path,
                 guint overhead,
                 guint negotiated,
                 gboolean ipv6)
{
  guint floor = ipv6 ? L2TP_MTU_MIN6 : L2TP_MTU_MIN;
  guint room = path > overhead ? path - overhead : 0;
  guint mtu;

  if (is_set && wanted != 0)
    mtu = wanted;
  else if (room == 0)
    mtu = L2TP_MTU_DEFAULT;
  else if (is_set)
    mtu = room;
  else
    mtu = MIN (L2TP_MTU_DEFAULT, room);
  if (negotiated != 0)
    mtu = MIN (mtu, negotiated);
  return MAX (mtu, floor);
}
