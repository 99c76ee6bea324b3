/* SPDX-License-Identifier: GPL-2.0-or-later */
/* SPDX-FileCopyrightText: The l2tp-client authors */

/* What a gateway stands for: the name to resolve, and the addresses to dial in their order. Hides
 * how a gateway is spelled, and what an address lacks to be dialled. Owned by a dial. */

#include "l2tp-targets.h"

#include <net/if.h>
#include <string.h>

char *
l2tp_targets_dup_name (L2tpConfig *config)
{
  const char *gateway = l2tp_config_get_string (config, L2TP_OPTION_GATEWAY);

  if (gateway[0] == '[')
    return g_strndup (gateway + 1, strlen (gateway) - 2);
  return g_strdup (gateway);
}

/* The interface that the gateway names, fe80::1%eth0: GInetAddress has no place for it. */
static guint
get_scope_id (L2tpConfig *config)
{
  const char *gateway = l2tp_config_get_string (config, L2TP_OPTION_GATEWAY);
  const char *percent = strchr (gateway, '%');
  g_autofree char *interface = NULL;

  if (percent == NULL)
    return 0;
  interface = g_strndup (percent + 1, strcspn (percent + 1, "]"));
  return if_nametoindex (interface);
}

GInetSocketAddress *
l2tp_target_new (L2tpConfig *config, GInetAddress *address)
{
  guint port = l2tp_config_get_uint (config, L2TP_OPTION_PORT);
  gboolean link_local = g_inet_address_get_is_link_local (address);

  return g_object_new (G_TYPE_INET_SOCKET_ADDRESS, "address", address, "port", port, "scope-id",
                       link_local ? get_scope_id (config) : 0, NULL);
}

guint
l2tp_targets_find (GPtrArray *targets, GInetAddress *address)
{
  guint i = 0;

  while (i < targets->len &&
         !g_inet_address_equal (g_inet_socket_address_get_address (g_ptr_array_index (targets, i)),
                                address))
    i++;
  return i;
}

void
l2tp_targets_add (GPtrArray *targets, L2tpConfig *config, GList *addresses)
{
  g_autoptr (GInetAddress) local = l2tp_config_dup_local_address (config);

  for (GList *each = addresses; each != NULL; each = each->next)
    if ((local == NULL ||
         g_inet_address_get_family (each->data) == g_inet_address_get_family (local)) &&
        l2tp_targets_find (targets, each->data) == targets->len)
      g_ptr_array_add (targets, l2tp_target_new (config, each->data));
  if (targets->len == 0)
    g_ptr_array_add (targets, l2tp_target_new (config, addresses->data));
}
