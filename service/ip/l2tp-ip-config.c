/* SPDX-License-Identifier: GPL-2.0-or-later */
/* SPDX-FileCopyrightText: The l2tp-client authors */

/* The one object of this directory that a connection uses. Each operation is a list of steps, run
 * one after another by run_step(); operations wait for each other. Hides that order; what a step
 * does is in l2tp-ip-steps.c. Owned by the connection. Design section 9. */

#include "l2tp-ip-config-private.h"

#include <string.h>

static const L2tpIpStep up_steps[] = {
  L2TP_IP_STEP_RA,  L2TP_IP_STEP_LOOK, L2TP_IP_STEP_CUT, L2TP_IP_STEP_ROUTES,
  L2TP_IP_STEP_MTU, L2TP_IP_STEP_DNS,  L2TP_IP_STEP_END,
};
static const L2tpIpStep ipv6_steps[] = { L2TP_IP_STEP_RA, L2TP_IP_STEP_ROUTES,
                                         L2TP_IP_STEP_MTU_FOLLOW, L2TP_IP_STEP_END };
static const L2tpIpStep hold_steps[] = { L2TP_IP_STEP_LOOK, L2TP_IP_STEP_CUT, L2TP_IP_STEP_ROUTES,
                                         L2TP_IP_STEP_DNS_REVERT, L2TP_IP_STEP_END };
static const L2tpIpStep move_steps[] = { L2TP_IP_STEP_LOOK, L2TP_IP_STEP_CUT, L2TP_IP_STEP_ROUTES,
                                         L2TP_IP_STEP_MTU_FOLLOW, L2TP_IP_STEP_END };
static const L2tpIpStep beside_steps[] = { L2TP_IP_STEP_LOOK_BESIDE, L2TP_IP_STEP_ROUTES,
                                           L2TP_IP_STEP_END };
static const L2tpIpStep down_steps[] = { L2TP_IP_STEP_DNS_REVERT, L2TP_IP_STEP_ROUTES,
                                         L2TP_IP_STEP_END };
/* With ip-config=external. */
static const L2tpIpStep lns_up_steps[] = {
  L2TP_IP_STEP_LOOK, L2TP_IP_STEP_CUT, L2TP_IP_STEP_ROUTES, L2TP_IP_STEP_MTU_TELL, L2TP_IP_STEP_END,
};
static const L2tpIpStep lns_ipv6_steps[] = { L2TP_IP_STEP_MTU_TELL, L2TP_IP_STEP_END };
static const L2tpIpStep lns_steps[] = { L2TP_IP_STEP_LOOK, L2TP_IP_STEP_CUT, L2TP_IP_STEP_ROUTES,
                                        L2TP_IP_STEP_END };
static const L2tpIpStep no_steps[] = { L2TP_IP_STEP_END };

typedef struct _L2tpIpOperation
{
  GTask *task;
  const L2tpIpStep *step;
  L2tpIpMode mode;
  L2tpIpPeerCopy peer; /* of L2TP_IP_MODE_UP */
  L2tpUplink *uplink;  /* (nullable) */
} Operation;

G_DEFINE_FINAL_TYPE (L2tpIpConfig, l2tp_ip_config, G_TYPE_OBJECT)

static void run_next (L2tpIpConfig *self);

gboolean
l2tp_ip_config_is_ours (L2tpIpConfig *self)
{
  return g_str_equal (l2tp_config_get_string (self->config, L2TP_OPTION_IP_CONFIG), "service");
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

/* --- From step to step --------------------------------------------------------------------- */

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

static void
run_step (L2tpIpConfig *self)
{
  if (*self->current->step == L2TP_IP_STEP_END)
    end_operation (self, NULL);
  else
    l2tp_ip_step_start (self, *self->current->step);
}

void
l2tp_ip_config_end_step (L2tpIpConfig *self, GError *error)
{
  if (error != NULL)
    {
      end_operation (self, error);
      return;
    }
  self->current->step++;
  run_step (self);
}

GCancellable *
l2tp_ip_config_get_cancellable (L2tpIpConfig *self)
{
  return g_task_get_cancellable (self->current->task);
}

/* --- Operations ---------------------------------------------------------------------------- */

static void
take_uplink (L2tpIpConfig *self, L2tpUplink *uplink)
{
  g_set_object (&self->uplink, uplink);
  if (uplink != NULL && self->peer.ifindex != 0)
    l2tp_uplink_set_own_interface (uplink, self->peer.ifindex);
}

static const L2tpIpStep *
get_steps (L2tpIpConfig *self, L2tpIpMode mode)
{
  if (!l2tp_ip_config_is_ours (self) && mode != L2TP_IP_MODE_DOWN)
    return mode == L2TP_IP_MODE_UP ? lns_up_steps : lns_steps;
  switch (mode)
    {
    case L2TP_IP_MODE_UP:
      return up_steps;
    case L2TP_IP_MODE_HELD:
      return hold_steps;
    case L2TP_IP_MODE_DOWN:
    case L2TP_IP_MODE_SAME:
    case L2TP_IP_MODE_BESIDE:
      return down_steps;
    }
  g_return_val_if_reached (no_steps);
}

/* What is the same as far as the mode goes, but on another uplink. All begin with a look. */
static const L2tpIpStep *
get_move_steps (L2tpIpConfig *self)
{
  if (!l2tp_ip_config_is_ours (self))
    return self->mode == L2TP_IP_MODE_UP ? lns_up_steps : lns_steps;
  return self->mode == L2TP_IP_MODE_UP ? move_steps : hold_steps;
}

static void
enter_ipv6 (L2tpIpConfig *self, Operation *operation)
{
  self->peer.ipv6 = operation->peer.ipv6;
  operation->mode = L2TP_IP_MODE_SAME;
  operation->step = l2tp_ip_config_is_ours (self) ? ipv6_steps : lns_ipv6_steps;
}

static void
enter_same (L2tpIpConfig *self, Operation *operation)
{
  gboolean has_moved = operation->uplink != NULL;

  if (operation->peer.overhead != 0)
    self->peer.overhead = operation->peer.overhead;
  if (has_moved)
    {
      take_uplink (self, operation->uplink);
      g_clear_object (&self->beside);
    }
  if (self->mode == L2TP_IP_MODE_DOWN || self->uplink == NULL)
    operation->step = no_steps;
  else
    operation->step = get_move_steps (self) + (has_moved ? 0 : 1);
}

static void
enter_beside (L2tpIpConfig *self, Operation *operation)
{
  operation->step = self->mode == L2TP_IP_MODE_UP ? beside_steps : no_steps;
  if (self->mode == L2TP_IP_MODE_UP)
    g_set_object (&self->beside, operation->uplink);
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
      enter_same (self, operation);
      return;
    }
  if (operation->mode == L2TP_IP_MODE_BESIDE)
    {
      enter_beside (self, operation);
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
    {
      self->mtu = 0;
      g_clear_object (&self->beside);
    }
  take_uplink (self, operation->uplink);
}

static void
run_next (L2tpIpConfig *self)
{
  if (self->current != NULL || g_queue_is_empty (&self->waiting))
    return;
  self->current = g_queue_pop_head (&self->waiting);
  if (g_cancellable_is_cancelled (l2tp_ip_config_get_cancellable (self)))
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
l2tp_ip_config_move_async (L2tpIpConfig *ip,
                           L2tpUplink *uplink,
                           GCancellable *cancellable,
                           GAsyncReadyCallback callback,
                           gpointer data)
{
  start (ip, L2TP_IP_MODE_SAME, NULL, uplink, g_task_new (ip, cancellable, callback, data));
}

void
l2tp_ip_config_beside_async (L2tpIpConfig *ip,
                             L2tpUplink *uplink,
                             GCancellable *cancellable,
                             GAsyncReadyCallback callback,
                             gpointer data)
{
  start (ip, L2TP_IP_MODE_BESIDE, NULL, uplink, g_task_new (ip, cancellable, callback, data));
}

void
l2tp_ip_config_overhead_changed_async (L2tpIpConfig *ip,
                                       guint overhead,
                                       GCancellable *cancellable,
                                       GAsyncReadyCallback callback,
                                       gpointer data)
{
  const L2tpIpPeer peer = { .overhead = overhead };

  start (ip, L2TP_IP_MODE_SAME, &peer, NULL, g_task_new (ip, cancellable, callback, data));
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
l2tp_ip_config_has_kill_switch (L2tpIpConfig *ip)
{
  return l2tp_ip_config_is_ours (ip) &&
         l2tp_config_get_boolean (ip->config, L2TP_OPTION_KILL_SWITCH) &&
         (l2tp_config_get_boolean (ip->config, L2TP_OPTION_DEFAULT_ROUTE) ||
          l2tp_config_is_set (ip->config, L2TP_OPTION_ROUTES));
}

gboolean
l2tp_ip_config_finish (L2tpIpConfig *ip, GAsyncResult *result, GError **error)
{
  return g_task_propagate_boolean (G_TASK (result), error);
}

guint
l2tp_ip_config_get_mtu (L2tpIpConfig *ip)
{
  return ip->mtu;
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
  g_clear_object (&self->beside);
  g_object_unref (self->dns);
  g_object_unref (self->routes);
  g_object_unref (self->netlink);
  l2tp_config_unref (self->config);
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
