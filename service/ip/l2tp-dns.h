/* SPDX-License-Identifier: GPL-2.0-or-later */
/* SPDX-FileCopyrightText: The l2tp-client authors */

/* Name servers of one connection: given to systemd-resolved where it runs, else to resolvconf. */

#pragma once

#include <gio/gio.h>

#include "service/base/l2tp-config.h"

G_BEGIN_DECLS

/* What is to be asked of whom. */
typedef struct
{
  GPtrArray *servers;     /* of GInetAddress */
  char **search;          /* domains, also appended to short names */
  char **routing;         /* domains without their ~, "." for all names */
  gboolean default_route; /* names that nobody else's domains cover */
} L2tpDnsSettings;

/* l2tp_dns_settings_new:
 * @given: (nullable) (element-type GInetAddress): what the LNS gave
 *
 * Returns (transfer full) (nullable): NULL when no name server is to be used. dns comes before
 * @given. Without dns-domains: all names with default-route=yes, and of the user's own dns=; what
 * an LNS gives for a few networks is not asked for all names. */
L2tpDnsSettings *l2tp_dns_settings_new (L2tpConfig *config, GPtrArray *given);
L2tpDnsSettings *l2tp_dns_settings_free (L2tpDnsSettings *settings);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (L2tpDnsSettings, l2tp_dns_settings_free)

/* l2tp_dns_settings_to_resolv_conf: (transfer full): as resolv.conf(5) has it; routing is not to be
 * had there. */
char *l2tp_dns_settings_to_resolv_conf (const L2tpDnsSettings *settings);

#define L2TP_TYPE_DNS (l2tp_dns_get_type ())
G_DECLARE_FINAL_TYPE (L2tpDns, l2tp_dns, L2TP, DNS, GObject)

/* l2tp_dns_new: @bus: (nullable): the system bus */
L2tpDns *l2tp_dns_new (GDBusConnection *bus);

/* l2tp_dns_set_async:
 * @settings: copied
 *
 * Errors: L2TP_ERROR_IP_CONFIG_FAILED naming dns, L2TP_ERROR_MISSING_DEPENDENCY,
 * G_IO_ERROR_CANCELLED; what has been set until then is l2tp_dns_revert_async()'s to undo. */
void l2tp_dns_set_async (L2tpDns *dns,
                         guint ifindex,
                         const char *ifname,
                         const L2tpDnsSettings *settings,
                         GCancellable *cancellable,
                         GAsyncReadyCallback callback,
                         gpointer data);
gboolean l2tp_dns_set_finish (L2tpDns *dns, GAsyncResult *result, GError **error);

/* l2tp_dns_revert_async: as it was before. Harmless when nothing was set, or the interface is gone.
 * Errors: G_IO_ERROR_CANCELLED alone. */
void l2tp_dns_revert_async (L2tpDns *dns,
                            GCancellable *cancellable,
                            GAsyncReadyCallback callback,
                            gpointer data);
gboolean l2tp_dns_revert_finish (L2tpDns *dns, GAsyncResult *result, GError **error);

/* l2tp_dns_to_variant: (transfer full): what was set where, as (yus), for l2tp_dns_adopt() of a
 * later process, which returns FALSE, and adopts nothing, unless it can be so. */
GVariant *l2tp_dns_to_variant (L2tpDns *dns);
gboolean l2tp_dns_adopt (L2tpDns *dns, GVariant *variant);

/* l2tp_dns_clean:
 * @keep: (element-type L2tpDns): those that have been adopted
 *
 * Begins to take away what a dead process has told resolvconf, and nobody goes on with. What
 * systemd-resolved was told ends with the link. Failures are in the log. */
void l2tp_dns_clean (GPtrArray *keep);

G_END_DECLS
