/* SPDX-License-Identifier: GPL-2.0-or-later */
/* SPDX-FileCopyrightText: The l2tp-client authors */

/* In the place of service/l2tp-network.c: a network that is always there, and on which nothing is
 * changed. */

#include "service/l2tp-network.h"

struct _L2tpNetwork
{
  GObject parent_instance;
};

G_DEFINE_FINAL_TYPE (L2tpNetwork, l2tp_network, G_TYPE_OBJECT)

L2tpNetwork *
l2tp_network_new (L2tpConfig *config, const char *tag, L2tpNetlink *netlink, GDBusConnection *bus)
{
  return g_object_new (L2TP_TYPE_NETWORK, NULL);
}

static void
succeed (L2tpNetwork *self,
         GCancellable *cancellable,
         GAsyncReadyCallback callback,
         gpointer user_data)
{
  g_autoptr (GTask) task = g_task_new (self, cancellable, callback, user_data);

  g_task_return_boolean (task, TRUE);
}

void
l2tp_network_hold_async (L2tpNetwork *network,
                         GInetAddress *lns,
                         GCancellable *cancellable,
                         GAsyncReadyCallback callback,
                         gpointer user_data)
{
  succeed (network, cancellable, callback, user_data);
}

gboolean
l2tp_network_hold_finish (L2tpNetwork *network, GAsyncResult *result, GError **error)
{
  return g_task_propagate_boolean (G_TASK (result), error);
}

void
l2tp_network_reach_async (L2tpNetwork *network,
                          GInetAddress *lns,
                          GCancellable *cancellable,
                          GAsyncReadyCallback callback,
                          gpointer user_data)
{
  l2tp_network_hold_async (network, lns, cancellable, callback, user_data);
}

gboolean
l2tp_network_reach_finish (L2tpNetwork *network, GAsyncResult *result, GError **error)
{
  return l2tp_network_hold_finish (network, result, error);
}

void
l2tp_network_follow (L2tpNetwork *network, GInetAddress *lns)
{
}

void
l2tp_network_set_overhead (L2tpNetwork *network, guint overhead)
{
}

void
l2tp_network_prepare (L2tpNetwork *network, L2tpPpp *ppp)
{
}

void
l2tp_network_up_async (L2tpNetwork *network,
                       L2tpPpp *ppp,
                       gboolean ipv6_alone,
                       GCancellable *cancellable,
                       GAsyncReadyCallback callback,
                       gpointer user_data)
{
  succeed (network, cancellable, callback, user_data);
}

gboolean
l2tp_network_up_finish (L2tpNetwork *network, GAsyncResult *result, GError **error)
{
  return g_task_propagate_boolean (G_TASK (result), error);
}

gboolean
l2tp_network_has_kill_switch (L2tpNetwork *network)
{
  return FALSE;
}

void
l2tp_network_down_async (L2tpNetwork *network,
                         gboolean kill_switch,
                         GAsyncReadyCallback callback,
                         gpointer user_data)
{
  succeed (network, NULL, callback, user_data);
}

void
l2tp_network_down_finish (L2tpNetwork *network, GAsyncResult *result)
{
  g_task_propagate_boolean (G_TASK (result), NULL);
}

void
l2tp_network_check_async (L2tpNetwork *network, GAsyncReadyCallback callback, gpointer user_data)
{
  succeed (network, NULL, callback, user_data);
}

gboolean
l2tp_network_check_finish (L2tpNetwork *network, GAsyncResult *result)
{
  return g_task_propagate_boolean (G_TASK (result), NULL);
}

gboolean
l2tp_network_has_path (L2tpNetwork *network)
{
  return TRUE;
}

gboolean
l2tp_network_has_left (L2tpNetwork *network, L2tpDriver *driver)
{
  return FALSE;
}

GVariant *
l2tp_network_export (L2tpNetwork *network)
{
  return g_variant_ref_sink (g_variant_new_array (G_VARIANT_TYPE ("{sv}"), NULL, 0));
}

void
l2tp_network_adopt (L2tpNetwork *network, GVariant *state)
{
}

void
l2tp_network_set_lns (L2tpNetwork *network, GInetAddress *lns)
{
}

void
l2tp_network_clean_async (L2tpNetlink *netlink,
                          GPtrArray *networks,
                          GAsyncReadyCallback callback,
                          gpointer user_data)
{
  succeed (NULL, NULL, callback, user_data);
}

void
l2tp_network_clean_finish (GAsyncResult *result)
{
  g_task_propagate_boolean (G_TASK (result), NULL);
}

guint
l2tp_network_get_mtu (L2tpNetwork *network)
{
  return 0;
}

guint
l2tp_network_get_widest_mtu (L2tpNetwork *network)
{
  return 0;
}

guint
l2tp_network_get_path_expiry (L2tpNetwork *network)
{
  return 0;
}

static void
l2tp_network_class_init (L2tpNetworkClass *klass)
{
  g_signal_new ("mtu-changed", L2TP_TYPE_NETWORK, G_SIGNAL_RUN_LAST, 0, NULL, NULL, NULL,
                G_TYPE_NONE, 0);
  g_signal_new ("moved", L2TP_TYPE_NETWORK, G_SIGNAL_RUN_LAST, 0, NULL, NULL, NULL, G_TYPE_NONE, 0);
  g_signal_new ("save", L2TP_TYPE_NETWORK, G_SIGNAL_RUN_LAST, 0, NULL, NULL, NULL, G_TYPE_NONE, 0);
}

static void
l2tp_network_init (L2tpNetwork *self)
{
}
