/* SPDX-License-Identifier: GPL-2.0-or-later */
/* SPDX-FileCopyrightText: The l2tp-client authors */

#pragma once

#include <gio/gio.h>

G_BEGIN_DECLS

/* A connection that is up, as org.l2tp tells it. */
typedef struct
{
  const char *interface;
  const char *gateway; /* address of the LNS, outside the VPN */
  GVariant *ip4;       /* (nullable): a{sv}, Ip4Config */
  GVariant *ip6;       /* (nullable): a{sv}, Ip6Config */
} NmL2tpIpSource;

/* What NetworkManager is told: a{sv} each. */
typedef struct
{
  GVariant *config;
  GVariant *ip4; /* NULL: no such family */
  GVariant *ip6; /* NULL: no such family */
} NmL2tpIp;

/* nm_l2tp_ip_new:
 * @previous: (nullable): what NetworkManager was told last; a family that it was told of cannot be
 *   taken back, and gets an empty configuration
 *
 * Returns NULL if there is no interface or no valid address of the LNS: NetworkManager would end
 * the VPN. An address that is none is left out. */
NmL2tpIp *nm_l2tp_ip_new (const NmL2tpIpSource *source, const NmL2tpIp *previous);
void nm_l2tp_ip_free (NmL2tpIp *ip);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (NmL2tpIp, nm_l2tp_ip_free)

gboolean nm_l2tp_ip_equal (const NmL2tpIp *ip, const NmL2tpIp *other);

/* nm_l2tp_ip_get_marked_ip4:
 * Returns (transfer full) the Ip4Config of @ip with a difference that nothing notices: a route to
 * our own address, which the kernel delivers locally before it looks at routes. */
GVariant *nm_l2tp_ip_get_marked_ip4 (const NmL2tpIp *ip);

G_END_DECLS
