/* SPDX-License-Identifier: GPL-2.0-or-later */
/* SPDX-FileCopyrightText: The l2tp-client authors */

/* What is in place, from one process to the next: written as a GVariant, read back with suspicion.
 * Hides which objects keep it. Design section 6, "service restarted". */

#include "l2tp-ip-config-private.h"

#include "service/base/l2tp-error.h"

#define STATE_VERSION 1

GVariant *
l2tp_ip_config_to_variant (L2tpIpConfig *ip)
{
  g_auto (GVariantDict) dict = G_VARIANT_DICT_INIT (NULL);
  g_autoptr (GVariant) routes = l2tp_routes_to_variant (ip->routes);
  g_autoptr (GVariant) dns = l2tp_dns_to_variant (ip->dns);

  g_variant_dict_insert (&dict, "version", "u", STATE_VERSION);
  g_variant_dict_insert_value (&dict, "routes", routes);
  g_variant_dict_insert_value (&dict, "dns", dns);
  return g_variant_ref_sink (g_variant_dict_end (&dict));
}

static gboolean
adopt (L2tpIpConfig *self, GVariant *state)
{
  g_auto (GVariantDict) dict = G_VARIANT_DICT_INIT (NULL);
  g_autoptr (GVariant) routes = NULL;
  g_autoptr (GVariant) dns = NULL;
  guint32 version;

  if (!g_variant_is_of_type (state, G_VARIANT_TYPE_VARDICT) || !g_variant_is_normal_form (state))
    return FALSE;
  g_variant_dict_clear (&dict);
  g_variant_dict_init (&dict, state);
  routes = g_variant_dict_lookup_value (&dict, "routes", NULL);
  dns = g_variant_dict_lookup_value (&dict, "dns", NULL);
  return g_variant_dict_lookup (&dict, "version", "u", &version) && version == STATE_VERSION &&
         routes != NULL && dns != NULL && l2tp_routes_adopt (self->routes, routes) &&
         l2tp_dns_adopt (self->dns, dns);
}

L2tpIpConfig *
l2tp_ip_config_new_from_variant (L2tpConfig *config,
                                 const char *tag,
                                 L2tpNetlink *netlink,
                                 GDBusConnection *bus,
                                 GVariant *state,
                                 GError **error)
{
  g_autoptr (L2tpIpConfig) self = l2tp_ip_config_new (config, tag, netlink, bus);

  if (adopt (self, state))
    return g_steal_pointer (&self);
  g_set_error (error, L2TP_ERROR, L2TP_ERROR_INVALID_ARGUMENT,
               "the IP configuration of an earlier process is not as it must be\n"
               "It is cleaned up, and made anew.");
  return NULL;
}

void
l2tp_ip_config_clean_async (L2tpNetlink *netlink,
                            GPtrArray *keep,
                            GCancellable *cancellable,
                            GAsyncReadyCallback callback,
                            gpointer data)
{
  g_autoptr (GPtrArray) routes = g_ptr_array_new ();
  g_autoptr (GPtrArray) dns = g_ptr_array_new ();

  for (guint i = 0; i < keep->len; i++)
    {
      g_ptr_array_add (routes, L2TP_IP_CONFIG (keep->pdata[i])->routes);
      g_ptr_array_add (dns, L2TP_IP_CONFIG (keep->pdata[i])->dns);
    }
  l2tp_dns_clean (dns);
  l2tp_routes_clean_async (netlink, routes, cancellable, callback, data);
}

gboolean
l2tp_ip_config_clean_finish (GAsyncResult *result, GError **error)
{
  return l2tp_routes_clean_finish (result, error);
}
