/* SPDX-License-Identifier: GPL-2.0-or-later */
/* SPDX-FileCopyrightText: The l2tp-client authors */

/* Joins the uplink, which knows how the LNS is reached, and the IP configuration, which makes the
 * routes. Owned by a connection, from Connect until the end, across calls. Hides that the LNS's
 * address is not known from the beginning and may change. Design sections 6 and 9. */

#include "l2tp-network.h"

#include <net/if.h>

#include "service/base/l2tp-log.h"
#include "service/io/l2tp-uplink.h"
#include "service/ip/l2tp-ip-config.h"
#include "service/ip/l2tp-mtu.h"

/* RFC 5737: nobody's address, which is reached the way that anything far away is. Nothing is sent
 * there. */
#define SOMEWHERE "192.0.2.1"

struct _L2tpNetwork
{
  GObject parent_instance;

  L2tpConfig *config;
  char *tag;
  L2tpNetlink *netlink;
  GDBusConnection *bus; /* (nullable) */
  L2tpIpConfig *ip;
  L2tpUplink *uplink;  /* of the LNS; NULL until its address is known */
  L2tpUplink *watched; /* that one, or the one of somewhere */
  L2tpUplinkPath path; /* the last one */
  gboolean has_path;
  gboolean looked;   /* since it is watched */
  guint own_ifindex; /* of PPP's interface, 0 before it is there */
  guint overhead;    /* IPsec's */
  guint mtu;         /* that has been told */
};

enum
{
  MOVED,
  SAVE,
  MTU_CHANGED,
  N_SIGNALS,
};

static guint signals[N_SIGNALS];

G_DEFINE_FINAL_TYPE (L2tpNetwork, l2tp_network, G_TYPE_OBJECT)

/* --- The way to the LNS -------------------------------------------------------------------- */

static gboolean
path_equal (const L2tpUplinkPath *a, const L2tpUplinkPath *b)
{
  return a->ifindex == b->ifindex && l2tp_ip_equal (&a->gateway, &b->gateway) &&
         l2tp_ip_equal (&a->source, &b->source);
}

/* Returns whether it is another way than at the last look, if there was one. */
static gboolean
look (L2tpNetwork *self)
{
  L2tpUplinkPath path = { 0 };
  gboolean has_path = l2tp_uplink_get_path (self->watched, &path);
  gboolean moved = self->looked && (has_path != self->has_path || !path_equal (&path, &self->path));

  self->looked = TRUE;
  self->has_path = has_path;
  self->path = path;
  return moved;
}

static void
on_followed (GObject *source, GAsyncResult *result, gpointer data)
{
  g_autoptr (L2tpNetwork) self = data;
  g_autoptr (GError) error = NULL;

  if (!l2tp_ip_config_finish (L2TP_IP_CONFIG (source), result, &error))
    l2tp_warning (self->tag, "%s", error->message);
  g_signal_emit (self, signals[SAVE], 0);
  if (l2tp_network_get_mtu (self) == self->mtu)
    return;
  self->mtu = l2tp_network_get_mtu (self);
  g_signal_emit (self, signals[MTU_CHANGED], 0);
}

static void
on_uplink_changed (L2tpUplink *uplink, L2tpNetwork *self)
{
  gboolean moved = look (self);

  if (self->uplink != NULL)
    l2tp_ip_config_uplink_changed_async (self->ip, NULL, on_followed, g_object_ref (self));
  if (!moved)
    return;
  l2tp_info (self->tag, self->has_path ? "the way to the LNS has changed"
                                       : "there is no way to the LNS for now");
  g_signal_emit (self, signals[MOVED], 0);
}

static void
unwatch (L2tpNetwork *self)
{
  if (self->watched != NULL)
    g_signal_handlers_disconnect_by_data (self->watched, self);
  g_clear_object (&self->watched);
  g_clear_object (&self->uplink);
}

static L2tpUplink *
uplink_new (L2tpNetwork *self, GInetAddress *address)
{
  g_autoptr (GInetAddress) source = l2tp_config_dup_local_address (self->config);
  const char *interface = l2tp_config_get_string (self->config, L2TP_OPTION_INTERFACE);
  L2tpUplink *uplink = l2tp_uplink_new (self->netlink, address, interface, source);

  l2tp_uplink_set_own_interface (uplink, self->own_ifindex);
  return uplink;
}

static void
watch (L2tpNetwork *self, GInetAddress *address)
{
  unwatch (self);
  self->watched = uplink_new (self, address);
  self->has_path = self->looked = FALSE;
  g_signal_connect (self->watched, "changed", G_CALLBACK (on_uplink_changed), self);
}

void
l2tp_network_set_lns (L2tpNetwork *network, GInetAddress *lns)
{
  if (lns == NULL || (network->uplink != NULL &&
                      g_inet_address_equal (l2tp_uplink_get_address (network->uplink), lns)))
    return;
  watch (network, lns);
  g_set_object (&network->uplink, network->watched);
}

static void
on_looked (GObject *source, GAsyncResult *result, gpointer data)
{
  g_autoptr (GTask) task = data;
  L2tpNetwork *self = g_task_get_source_object (task);

  l2tp_uplink_check_finish (L2TP_UPLINK (source), result, NULL);
  if (source == G_OBJECT (self->watched))
    look (self);
  g_task_return_boolean (task, self->has_path);
}

void
l2tp_network_check_async (L2tpNetwork *network, GAsyncReadyCallback callback, gpointer user_data)
{
  GTask *task = g_task_new (network, NULL, callback, user_data);

  g_task_set_source_tag (task, l2tp_network_check_async);
  if (network->watched == NULL)
    {
      g_autoptr (GInetAddress) somewhere = g_inet_address_new_from_string (SOMEWHERE);

      watch (network, somewhere);
    }
  l2tp_uplink_check_async (network->watched, NULL, on_looked, task);
}

gboolean
l2tp_network_check_finish (L2tpNetwork *network, GAsyncResult *result)
{
  g_return_val_if_fail (g_task_is_valid (result, network), FALSE);
  return g_task_propagate_boolean (G_TASK (result), NULL);
}

gboolean
l2tp_network_has_path (L2tpNetwork *network)
{
  return network->has_path;
}

gboolean
l2tp_network_has_left (L2tpNetwork *network, L2tpDriver *driver)
{
  g_autoptr (GInetSocketAddress) local = l2tp_driver_get_local (driver);
  GInetAddress *before = local != NULL ? g_inet_socket_address_get_address (local) : NULL;
  g_autoptr (GInetAddress) now = NULL;

  if (network->uplink == NULL || !network->has_path || before == NULL ||
      g_inet_address_get_is_any (before))
    return FALSE;
  now = l2tp_ip_to_address (&network->path.source);
  return now != NULL && !g_inet_address_equal (now, before);
}

/* --- Routes -------------------------------------------------------------------------------- */

static void
on_done (GObject *source, GAsyncResult *result, gpointer data)
{
  g_autoptr (GTask) task = data;
  GError *error = NULL;

  g_signal_emit (g_task_get_source_object (task), signals[SAVE], 0);
  if (l2tp_ip_config_finish (L2TP_IP_CONFIG (source), result, &error))
    g_task_return_boolean (task, TRUE);
  else
    g_task_return_error (task, error);
}

static void
on_held (GObject *source, GAsyncResult *result, gpointer data)
{
  L2tpNetwork *self = g_task_get_source_object (data);

  if (self->watched != NULL)
    look (self);
  on_done (source, result, data);
}

void
l2tp_network_hold_async (L2tpNetwork *network,
                         GInetAddress *lns,
                         GCancellable *cancellable,
                         GAsyncReadyCallback callback,
                         gpointer user_data)
{
  GTask *task = g_task_new (network, cancellable, callback, user_data);

  g_task_set_source_tag (task, l2tp_network_hold_async);
  l2tp_network_set_lns (network, lns);
  l2tp_ip_config_hold_async (network->ip, network->uplink, cancellable, on_held, task);
}

gboolean
l2tp_network_hold_finish (L2tpNetwork *network, GAsyncResult *result, GError **error)
{
  g_return_val_if_fail (g_task_is_valid (result, network), FALSE);
  return g_task_propagate_boolean (G_TASK (result), error);
}

void
l2tp_network_reach_async (L2tpNetwork *network,
                          GInetAddress *lns,
                          GCancellable *cancellable,
                          GAsyncReadyCallback callback,
                          gpointer user_data)
{
  GTask *task = g_task_new (network, cancellable, callback, user_data);
  g_autoptr (L2tpUplink) uplink = lns != NULL ? uplink_new (network, lns) : NULL;

  g_task_set_source_tag (task, l2tp_network_reach_async);
  l2tp_ip_config_beside_async (network->ip, uplink, cancellable, on_done, task);
}

gboolean
l2tp_network_reach_finish (L2tpNetwork *network, GAsyncResult *result, GError **error)
{
  g_return_val_if_fail (g_task_is_valid (result, network), FALSE);
  return g_task_propagate_boolean (G_TASK (result), error);
}

void
l2tp_network_follow (L2tpNetwork *network, GInetAddress *lns)
{
  l2tp_network_set_lns (network, lns);
  l2tp_ip_config_move_async (network->ip, network->uplink, NULL, on_followed,
                             g_object_ref (network));
}

/* Before the interface has addresses: the LNS's own may be among them. */
static void
set_own_interface (L2tpNetwork *self, const char *interface)
{
  self->own_ifindex = if_nametoindex (interface);
  if (self->watched != NULL)
    l2tp_uplink_set_own_interface (self->watched, self->own_ifindex);
}

void
l2tp_network_prepare (L2tpNetwork *network, L2tpPpp *ppp)
{
  g_autofree char *interface = l2tp_ppp_dup_unit_name (ppp);
  g_autoptr (GError) error = NULL;

  if (interface == NULL)
    return;
  set_own_interface (network, interface);
  if (!l2tp_ip_config_prepare (network->ip, interface, &error))
    l2tp_warning (network->tag, "%s", error->message);
}

static GPtrArray *
dns_of (L2tpPpp *ppp)
{
  GPtrArray *dns = g_ptr_array_new_with_free_func (g_object_unref);

  for (guint i = 0; i < 2; i++)
    if (l2tp_ppp_get_dns (ppp, i) != NULL)
      g_ptr_array_add (dns, g_object_ref (l2tp_ppp_get_dns (ppp, i)));
  return dns;
}

static void
on_up (GObject *source, GAsyncResult *result, gpointer data)
{
  L2tpNetwork *self = g_task_get_source_object (data);

  self->mtu = l2tp_network_get_mtu (self);
  on_done (source, result, data);
}

static guint
get_overhead (L2tpNetwork *self)
{
  const L2tpMtuPath path = {
    .family = g_inet_address_get_family (l2tp_uplink_get_address (self->uplink)),
    .sequencing = l2tp_config_get_boolean (self->config, L2TP_OPTION_SEQUENCING),
    .ipsec = self->overhead,
  };

  return l2tp_mtu_get_overhead (&path);
}

void
l2tp_network_set_overhead (L2tpNetwork *network, guint overhead)
{
  if (overhead == network->overhead)
    return;
  network->overhead = overhead;
  if (l2tp_network_get_mtu (network) != 0 && network->uplink != NULL)
    l2tp_ip_config_overhead_changed_async (network->ip, get_overhead (network), NULL, on_followed,
                                           g_object_ref (network));
}

void
l2tp_network_up_async (L2tpNetwork *network,
                       L2tpPpp *ppp,
                       gboolean ipv6_alone,
                       GCancellable *cancellable,
                       GAsyncReadyCallback callback,
                       gpointer user_data)
{
  GTask *task = g_task_new (network, cancellable, callback, user_data);
  g_autoptr (GPtrArray) dns = dns_of (ppp);
  L2tpIpPeer peer = {
    .ifname = l2tp_ppp_get_interface (ppp),
    .ipv4 = TRUE,
    .ipv6 = l2tp_ppp_get_address6 (ppp) != NULL,
    .dns = dns,
    .overhead = get_overhead (network),
    .mtu = l2tp_ppp_get_mtu (ppp),
    .ipv6_alone = ipv6_alone,
  };

  g_task_set_source_tag (task, l2tp_network_up_async);
  set_own_interface (network, peer.ifname);
  peer.ifindex = network->own_ifindex;
  l2tp_ip_config_up_async (network->ip, &peer, network->uplink, cancellable, on_up, task);
}

gboolean
l2tp_network_up_finish (L2tpNetwork *network, GAsyncResult *result, GError **error)
{
  g_return_val_if_fail (g_task_is_valid (result, network), FALSE);
  return g_task_propagate_boolean (G_TASK (result), error);
}

static void
on_down (GObject *source, GAsyncResult *result, gpointer data)
{
  g_autoptr (GTask) task = data;
  L2tpNetwork *self = g_task_get_source_object (task);
  g_autoptr (GError) error = NULL;

  if (!l2tp_ip_config_finish (L2TP_IP_CONFIG (source), result, &error))
    l2tp_warning (self->tag, "%s", error->message);
  g_task_return_boolean (task, TRUE);
}

gboolean
l2tp_network_has_kill_switch (L2tpNetwork *network)
{
  return l2tp_ip_config_has_kill_switch (network->ip);
}

void
l2tp_network_down_async (L2tpNetwork *network,
                         gboolean kill_switch,
                         GAsyncReadyCallback callback,
                         gpointer user_data)
{
  GTask *task = g_task_new (network, NULL, callback, user_data);

  g_task_set_source_tag (task, l2tp_network_down_async);
  unwatch (network);
  if (kill_switch)
    l2tp_ip_config_hold_async (network->ip, NULL, NULL, on_down, task);
  else
    l2tp_ip_config_down_async (network->ip, NULL, on_down, task);
}

void
l2tp_network_down_finish (L2tpNetwork *network, GAsyncResult *result)
{
  g_return_if_fail (g_task_is_valid (result, network));
  g_task_propagate_boolean (G_TASK (result), NULL);
}

guint
l2tp_network_get_mtu (L2tpNetwork *network)
{
  return l2tp_ip_config_get_mtu (network->ip);
}

guint
l2tp_network_get_widest_mtu (L2tpNetwork *network)
{
  return l2tp_ip_config_get_widest_mtu (network->ip);
}

guint
l2tp_network_get_path_expiry (L2tpNetwork *network)
{
  return network->has_path ? network->path.expires : 0;
}

/* --- From one process to the next ---------------------------------------------------------- */

GVariant *
l2tp_network_export (L2tpNetwork *network)
{
  return l2tp_ip_config_to_variant (network->ip);
}

void
l2tp_network_adopt (L2tpNetwork *network, GVariant *state)
{
  g_autoptr (GError) error = NULL;
  L2tpIpConfig *ip;

  if (state == NULL)
    return;
  ip = l2tp_ip_config_new_from_variant (network->config, network->tag, network->netlink,
                                        network->bus, state, &error);
  if (ip == NULL)
    {
      l2tp_warning (network->tag, "%s", error->message);
      return;
    }
  g_object_unref (network->ip);
  network->ip = ip;
}

void
l2tp_network_clean_async (L2tpNetlink *netlink,
                          GPtrArray *networks,
                          GAsyncReadyCallback callback,
                          gpointer user_data)
{
  g_autoptr (GPtrArray) keep = g_ptr_array_new ();

  for (guint i = 0; i < networks->len; i++)
    g_ptr_array_add (keep, L2TP_NETWORK (networks->pdata[i])->ip);
  l2tp_ip_config_clean_async (netlink, keep, NULL, callback, user_data);
}

void
l2tp_network_clean_finish (GAsyncResult *result)
{
  g_autoptr (GError) error = NULL;

  if (!l2tp_ip_config_clean_finish (result, &error))
    l2tp_warning (NULL, "%s", error->message);
}

/* --- Life ---------------------------------------------------------------------------------- */

L2tpNetwork *
l2tp_network_new (L2tpConfig *config, const char *tag, L2tpNetlink *netlink, GDBusConnection *bus)
{
  L2tpNetwork *self = g_object_new (L2TP_TYPE_NETWORK, NULL);

  self->config = l2tp_config_ref (config);
  self->tag = g_strdup (tag);
  self->netlink = g_object_ref (netlink);
  self->bus = bus != NULL ? g_object_ref (bus) : NULL;
  self->ip = l2tp_ip_config_new (config, tag, netlink, bus);
  return self;
}

static void
l2tp_network_finalize (GObject *object)
{
  L2tpNetwork *self = L2TP_NETWORK (object);

  unwatch (self);
  g_object_unref (self->ip);
  g_object_unref (self->netlink);
  g_clear_object (&self->bus);
  l2tp_config_unref (self->config);
  g_free (self->tag);
  G_OBJECT_CLASS (l2tp_network_parent_class)->finalize (object);
}

static void
l2tp_network_class_init (L2tpNetworkClass *klass)
{
  G_OBJECT_CLASS (klass)->finalize = l2tp_network_finalize;

  signals[MOVED] = g_signal_new ("moved", L2TP_TYPE_NETWORK, G_SIGNAL_RUN_LAST, 0, NULL, NULL, NULL,
                                 G_TYPE_NONE, 0);
  signals[SAVE] = g_signal_new ("save", L2TP_TYPE_NETWORK, G_SIGNAL_RUN_LAST, 0, NULL, NULL, NULL,
                                G_TYPE_NONE, 0);
  signals[MTU_CHANGED] = g_signal_new ("mtu-changed", L2TP_TYPE_NETWORK, G_SIGNAL_RUN_LAST, 0, NULL,
                                       NULL, NULL, G_TYPE_NONE, 0);
}

static void
l2tp_network_init (L2tpNetwork *self)
{
}
