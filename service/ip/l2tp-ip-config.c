/* SPDX-License-Identifier: GPL-2.0-or-later */
/* SPDX-FileCopyrightText: The l2tp-client authors */

/* The one object of this directory that a connection uses. Each operation is a list of steps, run
 * one after another by run_step(); operations wait for each other. Hides which step failed where,
 * but for the key. Owned by the connection. Design section 9. */

#include "l2tp-ip-config-private.h"

#include <errno.h>
#include <string.h>

#include "service/base/l2tp-error.h"
#include "service/base/l2tp-log.h"
#include "l2tp-ip-link.h"
#include "l2tp-ip-plan.h"
#include "l2tp-mtu.h"

typedef enum
{
  STEP_END,
  STEP_LOOK,   /* how the LNS is reached */
  STEP_CUT,    /* the kernel's route to the LNS through the VPN */
  STEP_ROUTES, /* as the mode wants them */
  STEP_MTU,
  STEP_MTU_TELL, /* to whoever sets it */
  STEP_DNS,
  STEP_DNS_REVERT,
  STEP_RA,
  STEP_RA_RESTORE,
} Step;

static const Step up_steps[] = {
  STEP_RA, STEP_LOOK, STEP_CUT, STEP_ROUTES, STEP_MTU, STEP_DNS, STEP_END,
};
static const Step ipv6_steps[] = { STEP_RA, STEP_ROUTES, STEP_MTU, STEP_END };
static const Step hold_steps[] = { STEP_LOOK, STEP_CUT, STEP_ROUTES, STEP_DNS_REVERT, STEP_END };
static const Step follow_steps[] = { STEP_CUT, STEP_ROUTES, STEP_MTU, STEP_END };
static const Step down_steps[] = { STEP_DNS_REVERT, STEP_ROUTES, STEP_RA_RESTORE, STEP_END };
/* With ip-config=external. */
static const Step lns_up_steps[] = {
  STEP_LOOK, STEP_CUT, STEP_ROUTES, STEP_MTU_TELL, STEP_END,
};
static const Step lns_ipv6_steps[] = { STEP_MTU_TELL, STEP_END };
static const Step lns_steps[] = { STEP_LOOK, STEP_CUT, STEP_ROUTES, STEP_END };
static const Step no_steps[] = { STEP_END };

typedef struct _L2tpIpOperation
{
  GTask *task;
  const Step *step;
  L2tpIpMode mode;
  L2tpIpPeerCopy peer; /* of L2TP_IP_MODE_UP */
  L2tpUplink *uplink;  /* (nullable) */
} Operation;

G_DEFINE_FINAL_TYPE (L2tpIpConfig, l2tp_ip_config, G_TYPE_OBJECT)

static void run_next (L2tpIpConfig *self);
static void run_step (L2tpIpConfig *self);

static gboolean
is_ours (L2tpIpConfig *self)
{
  return g_str_equal (l2tp_config_get_string (self->config, L2TP_OPTION_IP_CONFIG), "service");
}

static gboolean
wants_ipv6 (L2tpIpConfig *self)
{
  return is_ours (self) && l2tp_config_get_boolean (self->config, L2TP_OPTION_IPV6);
}

static void
peer_clear (L2tpIpPeerCopy *peer)
{
  g_free (peer->ifname);
  g_clear_pointer (&peer->dns, g_ptr_array_unref);
  memset (peer, 0, sizeof *peer);
}

static void
operation_free (Operation *operation)
{
  peer_clear (&operation->peer);
  g_clear_object (&operation->uplink);
  g_object_unref (operation->task);
  g_free (operation);
}

/* --- Steps --------------------------------------------------------------------------------- */

/* Takes @error. */
static void
end_operation (L2tpIpConfig *self, GError *error)
{
  Operation *operation = g_steal_pointer (&self->current);

  if (error != NULL)
    g_task_return_error (operation->task, error);
  else
    g_task_return_boolean (operation->task, TRUE);
  operation_free (operation);
  run_next (self);
}

/* Takes @error. */
static void
end_step (L2tpIpConfig *self, GError *error)
{
  if (error != NULL)
    {
      end_operation (self, error);
      return;
    }
  self->current->step++;
  run_step (self);
}

static GCancellable *
get_cancellable (L2tpIpConfig *self)
{
  return g_task_get_cancellable (self->current->task);
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
  end_step (self, error);
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
  end_step (self, error == NULL
                      ? NULL
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
      end_step (self, NULL);
      return;
    }
  l2tp_ip_set (&lns, l2tp_uplink_get_address (self->uplink));
  /* Inside there are only link-local addresses of IPv6. */
  if (lns.family != AF_INET)
    end_step (self, NULL);
  else
    l2tp_ip_link_cut_loop_async (self->netlink, self->peer.ifindex, &lns, get_cancellable (self),
                                 on_cut, g_object_ref (self));
}

static void
on_routed (GObject *source, GAsyncResult *result, gpointer data)
{
  g_autoptr (L2tpIpConfig) self = data;
  GError *error = NULL;

  l2tp_routes_apply_finish (L2TP_ROUTES (source), result, &error);
  end_step (self, error);
}

static GArray *
plan (L2tpIpConfig *self)
{
  L2tpIpSituation now = { 0 };
  L2tpUplinkPath path;

  if (self->mode == L2TP_IP_MODE_DOWN)
    return g_array_new (FALSE, FALSE, sizeof (L2tpWantedRoute));
  if (self->mode == L2TP_IP_MODE_UP)
    {
      now.ifindex = self->peer.ifindex;
      now.ipv4 = self->peer.ipv4;
      now.ipv6 = self->peer.ipv6 && wants_ipv6 (self);
    }
  now.lns_only = !is_ours (self);
  now.host_ipv6 = l2tp_ip_link_host_has_ipv6 ();
  if (self->uplink != NULL)
    {
      l2tp_ip_set (&now.lns, l2tp_uplink_get_address (self->uplink));
      if (l2tp_uplink_get_path (self->uplink, &path))
        now.path = &path;
    }
  return l2tp_ip_plan_routes (self->config, &now);
}

static void
route (L2tpIpConfig *self)
{
  g_autoptr (GArray) wanted = plan (self);

  l2tp_routes_apply_async (self->routes, wanted, get_cancellable (self), on_routed,
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
  end_step (self, error);
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
  self->mtu = choose_mtu (self, path.mtu);
  end_step (self, NULL);
}

static void
set_mtu (L2tpIpConfig *self)
{
  L2tpUplinkPath path = { 0 };
  guint mtu;

  l2tp_uplink_get_path (self->uplink, &path);
  mtu = choose_mtu (self, path.mtu);
  /* What the path has room for is not known while there is none: as it was. What pppd has set is
   * not what may be. */
  if (self->current->mode == L2TP_IP_MODE_SAME && (mtu == self->mtu || path.mtu == 0))
    {
      end_step (self, NULL);
      return;
    }
  self->mtu = mtu;
  l2tp_ip_link_set_mtu_async (self->netlink, self->peer.ifindex, mtu, get_cancellable (self),
                              on_mtu_set, g_object_ref (self));
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
  end_step (self, error);
}

static void
on_dns_reverted (GObject *source, GAsyncResult *result, gpointer data)
{
  g_autoptr (L2tpIpConfig) self = data;
  GError *error = NULL;

  l2tp_dns_revert_finish (L2TP_DNS (source), result, &error);
  end_step (self, error);
}

static void
revert_dns (L2tpIpConfig *self)
{
  l2tp_dns_revert_async (self->dns, get_cancellable (self), on_dns_reverted, g_object_ref (self));
}

static void
set_dns (L2tpIpConfig *self)
{
  g_autoptr (L2tpDnsSettings) settings = l2tp_dns_settings_new (self->config, self->peer.dns);

  if (settings == NULL)
    revert_dns (self);
  else
    l2tp_dns_set_async (self->dns, self->peer.ifindex, self->peer.ifname, settings,
                        get_cancellable (self), on_dns_set, g_object_ref (self));
}

static void
restore_ra (L2tpIpConfig *self)
{
  if (self->ra_previous != NULL)
    l2tp_ip_link_restore_ra (self->ra_ifname, self->ra_previous);
  g_clear_pointer (&self->ra_previous, g_free);
  g_clear_pointer (&self->ra_ifname, g_free);
}

static void
accept_ra (L2tpIpConfig *self)
{
  GError *error = NULL;

  if (self->peer.ipv6)
    l2tp_ip_config_prepare (self, self->peer.ifname, &error);
  end_step (self, error);
}

static void
run_step (L2tpIpConfig *self)
{
  switch (*self->current->step)
    {
    case STEP_LOOK:
      if (self->uplink != NULL)
        l2tp_uplink_check_async (self->uplink, get_cancellable (self), on_looked,
                                 g_object_ref (self));
      else
        end_step (self, NULL);
      return;
    case STEP_CUT:
      cut (self);
      return;
    case STEP_ROUTES:
      route (self);
      return;
    case STEP_MTU:
      set_mtu (self);
      return;
    case STEP_MTU_TELL:
      tell_mtu (self);
      return;
    case STEP_DNS:
      set_dns (self);
      return;
    case STEP_DNS_REVERT:
      revert_dns (self);
      return;
    case STEP_RA:
      accept_ra (self);
      return;
    case STEP_RA_RESTORE:
      restore_ra (self);
      end_step (self, NULL);
      return;
    case STEP_END:
      end_operation (self, NULL);
      return;
    }
}

/* --- Operations ---------------------------------------------------------------------------- */

static void
take_uplink (L2tpIpConfig *self, L2tpUplink *uplink)
{
  g_set_object (&self->uplink, uplink);
  if (uplink != NULL && self->peer.ifindex != 0)
    l2tp_uplink_set_own_interface (uplink, self->peer.ifindex);
}

static const Step *
get_steps (L2tpIpConfig *self, L2tpIpMode mode)
{
  if (!is_ours (self) && mode != L2TP_IP_MODE_DOWN)
    return mode == L2TP_IP_MODE_UP ? lns_up_steps : lns_steps;
  switch (mode)
    {
    case L2TP_IP_MODE_UP:
      return up_steps;
    case L2TP_IP_MODE_HELD:
      return hold_steps;
    case L2TP_IP_MODE_DOWN:
    case L2TP_IP_MODE_SAME:
      return down_steps;
    }
  g_return_val_if_reached (no_steps);
}

/* What is the same as far as the mode goes, but on another uplink. */
static const Step *
get_follow_steps (L2tpIpConfig *self)
{
  if (self->mode == L2TP_IP_MODE_DOWN || self->uplink == NULL)
    return no_steps;
  if (!is_ours (self))
    return &lns_steps[1];
  return self->mode == L2TP_IP_MODE_UP ? follow_steps : &hold_steps[1];
}

static void
enter_ipv6 (L2tpIpConfig *self, Operation *operation)
{
  self->peer.ipv6 = operation->peer.ipv6;
  operation->mode = L2TP_IP_MODE_SAME;
  operation->step = is_ours (self) ? ipv6_steps : lns_ipv6_steps;
}

static void
enter_mode (L2tpIpConfig *self, Operation *operation)
{
  if (self->mode == L2TP_IP_MODE_UP && operation->peer.ipv6_alone)
    {
      enter_ipv6 (self, operation);
      return;
    }
  if (operation->mode == L2TP_IP_MODE_SAME)
    {
      operation->step = get_follow_steps (self);
      return;
    }
  self->mode = operation->mode;
  operation->step = get_steps (self, operation->mode);
  if (operation->mode == L2TP_IP_MODE_UP)
    {
      peer_clear (&self->peer);
      self->peer = operation->peer;
      memset (&operation->peer, 0, sizeof operation->peer);
      self->mtu = self->peer.mtu;
    }
  else
    self->mtu = 0;
  take_uplink (self, operation->uplink);
}

static void
run_next (L2tpIpConfig *self)
{
  if (self->current != NULL || g_queue_is_empty (&self->waiting))
    return;
  self->current = g_queue_pop_head (&self->waiting);
  if (g_cancellable_is_cancelled (get_cancellable (self)))
    {
      end_operation (self, g_error_new_literal (G_IO_ERROR, G_IO_ERROR_CANCELLED, "cancelled"));
      return;
    }
  enter_mode (self, self->current);
  run_step (self);
}

static void
start (L2tpIpConfig *self, L2tpIpMode mode, const L2tpIpPeer *peer, L2tpUplink *uplink, GTask *task)
{
  Operation *operation = g_new0 (Operation, 1);

  g_task_set_check_cancellable (task, FALSE);
  operation->task = task;
  operation->mode = mode;
  operation->uplink = uplink != NULL ? g_object_ref (uplink) : NULL;
  if (peer != NULL)
    {
      operation->peer.ifindex = peer->ifindex;
      operation->peer.ifname = g_strdup (peer->ifname);
      operation->peer.dns = peer->dns != NULL ? g_ptr_array_ref (peer->dns) : NULL;
      operation->peer.overhead = peer->overhead;
      operation->peer.mtu = peer->mtu;
      operation->peer.ipv4 = peer->ipv4;
      operation->peer.ipv6 = peer->ipv6;
      operation->peer.ipv6_alone = peer->ipv6_alone;
    }
  g_queue_push_tail (&self->waiting, operation);
  run_next (self);
}

void
l2tp_ip_config_up_async (L2tpIpConfig *ip,
                         const L2tpIpPeer *peer,
                         L2tpUplink *uplink,
                         GCancellable *cancellable,
                         GAsyncReadyCallback callback,
                         gpointer data)
{
  start (ip, L2TP_IP_MODE_UP, peer, uplink, g_task_new (ip, cancellable, callback, data));
}

void
l2tp_ip_config_hold_async (L2tpIpConfig *ip,
                           L2tpUplink *uplink,
                           GCancellable *cancellable,
                           GAsyncReadyCallback callback,
                           gpointer data)
{
  start (ip, L2TP_IP_MODE_HELD, NULL, uplink, g_task_new (ip, cancellable, callback, data));
}

void
l2tp_ip_config_uplink_changed_async (L2tpIpConfig *ip,
                                     GCancellable *cancellable,
                                     GAsyncReadyCallback callback,
                                     gpointer data)
{
  start (ip, L2TP_IP_MODE_SAME, NULL, NULL, g_task_new (ip, cancellable, callback, data));
}

void
l2tp_ip_config_down_async (L2tpIpConfig *ip,
                           GCancellable *cancellable,
                           GAsyncReadyCallback callback,
                           gpointer data)
{
  start (ip, L2TP_IP_MODE_DOWN, NULL, NULL, g_task_new (ip, cancellable, callback, data));
}

gboolean
l2tp_ip_config_up_finish (L2tpIpConfig *ip, GAsyncResult *result, GError **error)
{
  return g_task_propagate_boolean (G_TASK (result), error);
}

gboolean
l2tp_ip_config_hold_finish (L2tpIpConfig *ip, GAsyncResult *result, GError **error)
{
  return g_task_propagate_boolean (G_TASK (result), error);
}

gboolean
l2tp_ip_config_uplink_changed_finish (L2tpIpConfig *ip, GAsyncResult *result, GError **error)
{
  return g_task_propagate_boolean (G_TASK (result), error);
}

gboolean
l2tp_ip_config_down_finish (L2tpIpConfig *ip, GAsyncResult *result, GError **error)
{
  return g_task_propagate_boolean (G_TASK (result), error);
}

gboolean
l2tp_ip_config_prepare (L2tpIpConfig *ip, const char *ifname, GError **error)
{
  if (!wants_ipv6 (ip))
    return TRUE;
  /* Of that name, but perhaps another interface. */
  if (g_strcmp0 (ip->ra_ifname, ifname) == 0)
    return l2tp_ip_link_accept_ra (ifname, NULL, error);
  restore_ra (ip);
  if (!l2tp_ip_link_accept_ra (ifname, &ip->ra_previous, error))
    return FALSE;
  ip->ra_ifname = g_strdup (ifname);
  return TRUE;
}

guint
l2tp_ip_config_get_mtu (L2tpIpConfig *ip)
{
  return ip->mtu;
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

L2tpIpConfig *
l2tp_ip_config_new (L2tpConfig *config, const char *tag, L2tpNetlink *netlink, GDBusConnection *bus)
{
  L2tpIpConfig *self = g_object_new (L2TP_TYPE_IP_CONFIG, NULL);

  self->config = l2tp_config_ref (config);
  self->tag = g_strdup (tag);
  self->netlink = g_object_ref (netlink);
  self->routes = l2tp_routes_new (netlink);
  self->dns = l2tp_dns_new (bus);
  return self;
}

static void
l2tp_ip_config_finalize (GObject *object)
{
  L2tpIpConfig *self = L2TP_IP_CONFIG (object);

  /* Each operation holds a reference: there is none. */
  peer_clear (&self->peer);
  g_clear_object (&self->uplink);
  g_object_unref (self->dns);
  g_object_unref (self->routes);
  g_object_unref (self->netlink);
  l2tp_config_unref (self->config);
  g_free (self->ra_previous);
  g_free (self->ra_ifname);
  g_free (self->tag);
  G_OBJECT_CLASS (l2tp_ip_config_parent_class)->finalize (object);
}

static void
l2tp_ip_config_class_init (L2tpIpConfigClass *klass)
{
  G_OBJECT_CLASS (klass)->finalize = l2tp_ip_config_finalize;
}

static void
l2tp_ip_config_init (L2tpIpConfig *self)
{
  self->mode = L2TP_IP_MODE_DOWN;
  g_queue_init (&self->waiting);
}
