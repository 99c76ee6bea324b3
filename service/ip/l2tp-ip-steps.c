/* SPDX-License-Identifier: GPL-2.0-or-later */
/* SPDX-FileCopyrightText: The l2tp-client authors */

/* What each step of an operation does to the host: one thing, with the peer, the uplink and the
 * mode of the moment. Hides what of it is asynchronous, and which refusal is told by which key.
 * Part of l2tp-ip-config.c, which knows their order. Design section 9. */

#include "l2tp-ip-config-private.h"

#include <errno.h>

#include "service/base/l2tp-error.h"
#include "service/base/l2tp-log.h"
#include "l2tp-ip-link.h"
#include "l2tp-ip-plan.h"
#include "l2tp-mtu.h"

static gboolean
wants_ipv6 (L2tpIpConfig *self)
{
  return l2tp_ip_config_is_ours (self) && l2tp_config_get_boolean (self->config, L2TP_OPTION_IPV6);
}

/* Takes @error, and returns what the user is told: a refusal of the kernel names the key. */
static GError *
name_key (GError *error, const char *key, const char *what, const char *remedy)
{
  GError *named;

  if (error->domain != L2TP_NETLINK_ERROR)
    return error;
  named = g_error_new (L2TP_ERROR, L2TP_ERROR_IP_CONFIG_FAILED, "%s: %s: %s\n%s", key, what,
                       error->message, remedy);
  g_error_free (error);
  return named;
}

static void
on_looked (GObject *source, GAsyncResult *result, gpointer data)
{
  g_autoptr (L2tpIpConfig) self = data;
  GError *error = NULL;

  l2tp_uplink_check_finish (L2TP_UPLINK (source), result, &error);
  l2tp_ip_config_end_step (self, error);
}

static void
look (L2tpIpConfig *self, L2tpUplink *uplink)
{
  if (uplink != NULL)
    l2tp_uplink_check_async (uplink, l2tp_ip_config_get_cancellable (self), on_looked,
                             g_object_ref (self));
  else
    l2tp_ip_config_end_step (self, NULL);
}

static void
on_cut (GObject *source, GAsyncResult *result, gpointer data)
{
  g_autoptr (L2tpIpConfig) self = data;
  g_autoptr (GError) error = NULL;
  g_autoptr (GPtrArray) answers =
      l2tp_netlink_request_finish (L2TP_NETLINK (source), result, &error);

  if (answers != NULL)
    l2tp_info (self->tag, "cut a loop: the LNS has the same address inside and outside");
  else if (g_error_matches (error, L2TP_NETLINK_ERROR, ESRCH) ||
           g_error_matches (error, L2TP_NETLINK_ERROR, ENODEV))
    g_clear_error (&error);
  l2tp_ip_config_end_step (
      self, error == NULL ? NULL
                          : name_key (g_steal_pointer (&error), "gateway",
                                      "the route to the LNS through the VPN cannot be removed",
                                      "Remove it by hand, see “ip route”."));
}

static void
cut (L2tpIpConfig *self)
{
  L2tpIp lns;

  /* The interface outlives a pppd, and its routes with it: while the VPN is held, too. */
  if (self->uplink == NULL || self->peer.ifindex == 0)
    {
      l2tp_ip_config_end_step (self, NULL);
      return;
    }
  l2tp_ip_set (&lns, l2tp_uplink_get_address (self->uplink));
  /* Inside there are only link-local addresses of IPv6. */
  if (lns.family != AF_INET)
    l2tp_ip_config_end_step (self, NULL);
  else
    l2tp_ip_link_cut_loop_async (self->netlink, self->peer.ifindex, &lns,
                                 l2tp_ip_config_get_cancellable (self), on_cut,
                                 g_object_ref (self));
}

static void
on_routed (GObject *source, GAsyncResult *result, gpointer data)
{
  g_autoptr (L2tpIpConfig) self = data;
  GError *error = NULL;

  l2tp_routes_apply_finish (L2TP_ROUTES (source), result, &error);
  l2tp_ip_config_end_step (self, error);
}

static void
add_beside (L2tpIpConfig *self, GArray *wanted)
{
  L2tpIpSituation now = { .ifindex = self->peer.ifindex, .lns_only = TRUE };
  g_autoptr (GArray) more = NULL;
  L2tpUplinkPath path;

  l2tp_ip_set (&now.lns, l2tp_uplink_get_address (self->beside));
  if (l2tp_uplink_get_path (self->beside, &path))
    now.path = &path;
  more = l2tp_ip_plan_routes (self->config, &now);
  g_array_append_vals (wanted, more->data, more->len);
}

static GArray *
plan (L2tpIpConfig *self)
{
  L2tpIpSituation now = { 0 };
  L2tpUplinkPath path;
  GArray *wanted;

  if (self->mode == L2TP_IP_MODE_DOWN)
    return g_array_new (FALSE, FALSE, sizeof (L2tpWantedRoute));
  if (self->mode == L2TP_IP_MODE_UP)
    {
      now.ifindex = self->peer.ifindex;
      now.ipv4 = self->peer.ipv4;
      now.ipv6 = self->peer.ipv6 && wants_ipv6 (self);
    }
  now.lns_only = !l2tp_ip_config_is_ours (self);
  now.host_ipv6 = l2tp_ip_link_host_has_ipv6 ();
  if (self->uplink != NULL)
    {
      l2tp_ip_set (&now.lns, l2tp_uplink_get_address (self->uplink));
      if (l2tp_uplink_get_path (self->uplink, &path))
        now.path = &path;
    }
  wanted = l2tp_ip_plan_routes (self->config, &now);
  if (self->beside != NULL)
    add_beside (self, wanted);
  return wanted;
}

static void
route (L2tpIpConfig *self)
{
  g_autoptr (GArray) wanted = plan (self);

  l2tp_routes_apply_async (self->routes, wanted, l2tp_ip_config_get_cancellable (self), on_routed,
                           g_object_ref (self));
}

static void
on_mtu_set (GObject *source, GAsyncResult *result, gpointer data)
{
  g_autoptr (L2tpIpConfig) self = data;
  GError *error = NULL;
  g_autoptr (GPtrArray) answers =
      l2tp_netlink_request_finish (L2TP_NETLINK (source), result, &error);

  if (error != NULL)
    {
      self->mtu = 0;
      error = name_key (error, "mtu", "the kernel refuses it", "Set mtu to another number.");
    }
  l2tp_ip_config_end_step (self, error);
}

static guint
choose_mtu (L2tpIpConfig *self, guint path_mtu)
{
  return l2tp_mtu_choose (l2tp_config_get_uint (self->config, L2TP_OPTION_MTU),
                          l2tp_config_is_set (self->config, L2TP_OPTION_MTU), path_mtu,
                          self->peer.overhead, self->peer.mtu, self->peer.ipv6);
}

static void
tell_mtu (L2tpIpConfig *self)
{
  L2tpUplinkPath path = { 0 };

  l2tp_uplink_get_path (self->uplink, &path);
  /* What the path has room for is not known while there is none: as it was. */
  if (path.mtu != 0 || self->mtu == 0)
    self->mtu = choose_mtu (self, path.mtu);
  l2tp_ip_config_end_step (self, NULL);
}

/* @follow: what the interface has is what was set here, not what pppd has set */
static void
set_mtu (L2tpIpConfig *self, gboolean follow)
{
  L2tpUplinkPath path = { 0 };
  guint mtu;

  l2tp_uplink_get_path (self->uplink, &path);
  mtu = choose_mtu (self, path.mtu);
  if (follow && (mtu == self->mtu || path.mtu == 0))
    {
      l2tp_ip_config_end_step (self, NULL);
      return;
    }
  self->mtu = mtu;
  l2tp_ip_link_set_mtu_async (self->netlink, self->peer.ifindex, mtu,
                              l2tp_ip_config_get_cancellable (self), on_mtu_set,
                              g_object_ref (self));
}

/* What the user has not asked for: without a keeper of name servers, the LNS's are left alone. */
static gboolean
is_dispensable (L2tpIpConfig *self, const GError *error)
{
  return g_error_matches (error, L2TP_ERROR, L2TP_ERROR_MISSING_DEPENDENCY) &&
         !l2tp_config_is_set (self->config, L2TP_OPTION_DNS) &&
         !l2tp_config_is_set (self->config, L2TP_OPTION_DNS_DOMAINS);
}

static void
on_dns_set (GObject *source, GAsyncResult *result, gpointer data)
{
  g_autoptr (L2tpIpConfig) self = data;
  GError *error = NULL;

  l2tp_dns_set_finish (L2TP_DNS (source), result, &error);
  if (is_dispensable (self, error))
    {
      l2tp_info (self->tag, "%s", error->message);
      g_clear_error (&error);
    }
  l2tp_ip_config_end_step (self, error);
}

static void
on_dns_reverted (GObject *source, GAsyncResult *result, gpointer data)
{
  g_autoptr (L2tpIpConfig) self = data;
  GError *error = NULL;

  l2tp_dns_revert_finish (L2TP_DNS (source), result, &error);
  l2tp_ip_config_end_step (self, error);
}

static void
revert_dns (L2tpIpConfig *self)
{
  l2tp_dns_revert_async (self->dns, l2tp_ip_config_get_cancellable (self), on_dns_reverted,
                         g_object_ref (self));
}

static void
set_dns (L2tpIpConfig *self)
{
  g_autoptr (L2tpDnsSettings) settings = l2tp_dns_settings_new (self->config, self->peer.dns);

  if (settings == NULL)
    revert_dns (self);
  else
    l2tp_dns_set_async (self->dns, self->peer.ifindex, self->peer.ifname, settings,
                        l2tp_ip_config_get_cancellable (self), on_dns_set, g_object_ref (self));
}

static void
accept_ra (L2tpIpConfig *self)
{
  GError *error = NULL;

  if (self->peer.ipv6)
    l2tp_ip_config_prepare (self, self->peer.ifname, &error);
  l2tp_ip_config_end_step (self, error);
}

void
l2tp_ip_step_start (L2tpIpConfig *self, L2tpIpStep step)
{
  switch (step)
    {
    case L2TP_IP_STEP_LOOK:
      look (self, self->uplink);
      return;
    case L2TP_IP_STEP_LOOK_BESIDE:
      look (self, self->beside);
      return;
    case L2TP_IP_STEP_CUT:
      cut (self);
      return;
    case L2TP_IP_STEP_ROUTES:
      route (self);
      return;
    case L2TP_IP_STEP_MTU:
    case L2TP_IP_STEP_MTU_FOLLOW:
      set_mtu (self, step == L2TP_IP_STEP_MTU_FOLLOW);
      return;
    case L2TP_IP_STEP_MTU_TELL:
      tell_mtu (self);
      return;
    case L2TP_IP_STEP_DNS:
      set_dns (self);
      return;
    case L2TP_IP_STEP_DNS_REVERT:
      revert_dns (self);
      return;
    case L2TP_IP_STEP_RA:
      accept_ra (self);
      return;
    case L2TP_IP_STEP_END: /* which is none */
      return;
    }
}

gboolean
l2tp_ip_config_prepare (L2tpIpConfig *ip, const char *ifname, GError **error)
{
  return !wants_ipv6 (ip) || l2tp_ip_link_accept_ra (ifname, error);
}

guint
l2tp_ip_config_get_widest_mtu (L2tpIpConfig *ip)
{
  L2tpUplinkPath path;

  if (ip->mode != L2TP_IP_MODE_UP || ip->uplink == NULL ||
      !l2tp_uplink_get_path (ip->uplink, &path) || path.local ||
      (l2tp_config_is_set (ip->config, L2TP_OPTION_MTU) &&
       l2tp_config_get_uint (ip->config, L2TP_OPTION_MTU) != 0))
    return 0;
  return choose_mtu (ip, path.link_mtu);
}
