/* SPDX-License-Identifier: GPL-2.0-or-later */
/* SPDX-FileCopyrightText: The l2tp-client authors */

/* From the service's properties to NetworkManager's Config, Ip4Config and Ip6Config. Pure. Hides
 * that NetworkManager has IPv4 addresses as numbers and IPv6 addresses as octets. NetworkManager
 * reference, section 3. */

#include "nm-l2tp-ip.h"

#include <NetworkManager.h>

#define HEADERS_IP4 40 /* octets of IP and TCP */
#define HEADERS_IP6 60

/* Returns (transfer full) an address of the family, or NULL. */
static GInetAddress *
parse (const char *text, GSocketFamily family)
{
  g_autoptr (GInetAddress) address = text != NULL ? g_inet_address_new_from_string (text) : NULL;

  if (address == NULL || g_inet_address_get_family (address) != family)
    return NULL;
  return g_steal_pointer (&address);
}

/* Returns (transfer floating) the address as NetworkManager has it. */
static GVariant *
pack (GInetAddress *address)
{
  gsize size = g_inet_address_get_native_size (address);
  guint32 number;

  if (g_inet_address_get_family (address) == G_SOCKET_FAMILY_IPV6)
    return g_variant_new_fixed_array (G_VARIANT_TYPE_BYTE, g_inet_address_to_bytes (address), size,
                                      1);
  memcpy (&number, g_inet_address_to_bytes (address), sizeof number);
  return g_variant_new_uint32 (number);
}

static GInetAddress *
lookup (GVariant *dict, const char *key, GSocketFamily family)
{
  g_autofree char *text = NULL;

  g_variant_lookup (dict, key, "s", &text);
  return parse (text, family);
}

static void
add_list (GVariantDict *to,
          const char *to_key,
          GVariant *from,
          const char *key,
          GSocketFamily family)
{
  g_autofree const char **texts = NULL;
  gboolean is_ip6 = family == G_SOCKET_FAMILY_IPV6;
  GVariantBuilder builder;

  if (!g_variant_lookup (from, key, "^a&s", &texts))
    return;
  g_variant_builder_init (&builder, G_VARIANT_TYPE (is_ip6 ? "aay" : "au"));
  for (guint i = 0; texts[i] != NULL; i++)
    {
      g_autoptr (GInetAddress) address = parse (texts[i], family);

      if (address != NULL)
        g_variant_builder_add_value (&builder, pack (address));
    }
  g_variant_dict_insert_value (to, to_key, g_variant_builder_end (&builder));
}

static void
add_mss (GVariantDict *to, GVariant *from, guint headers)
{
  guint mtu;

  if (g_variant_lookup (from, "mtu", "u", &mtu) && mtu > headers)
    g_variant_dict_insert (to, NM_VPN_PLUGIN_IP4_CONFIG_MSS, "u", mtu - headers);
}

/* The keys of both families have the same names. Returns NULL without an address. */
static GVariant *
build_family (GVariant *from, GSocketFamily family, GInetAddress *gateway)
{
  gboolean is_ip6 = family == G_SOCKET_FAMILY_IPV6;
  g_auto (GVariantDict) to = G_VARIANT_DICT_INIT (NULL);
  g_autoptr (GInetAddress) address = NULL;
  g_autoptr (GInetAddress) peer = NULL;
  g_autoptr (GVariant) domains = NULL;
  guint prefix = is_ip6 ? 128 : 32;

  if (from != NULL)
    address = lookup (from, "address", family);
  if (address == NULL)
    return NULL;
  g_variant_lookup (from, "prefix", "u", &prefix);
  g_variant_dict_insert_value (&to, NM_VPN_PLUGIN_IP4_CONFIG_ADDRESS, pack (address));
  g_variant_dict_insert (&to, NM_VPN_PLUGIN_IP4_CONFIG_PREFIX, "u", prefix);

  /* A route to the LNS through itself would be a tunnel in the tunnel. */
  peer = lookup (from, "peer", family);
  if (peer != NULL && !g_inet_address_equal (peer, gateway))
    g_variant_dict_insert_value (&to, NM_VPN_PLUGIN_IP4_CONFIG_PTP, pack (peer));

  add_list (&to, NM_VPN_PLUGIN_IP4_CONFIG_DNS, from, "dns", family);
  if (!is_ip6)
    add_list (&to, NM_VPN_PLUGIN_IP4_CONFIG_NBNS, from, "wins", family);
  domains = g_variant_lookup_value (from, "domains", G_VARIANT_TYPE_STRING_ARRAY);
  if (domains != NULL)
    g_variant_dict_insert_value (&to, NM_VPN_PLUGIN_IP4_CONFIG_DOMAINS, domains);
  add_mss (&to, from, is_ip6 ? HEADERS_IP6 : HEADERS_IP4);
  return g_variant_ref_sink (g_variant_dict_end (&to));
}

static GVariant *
build_config (const NmL2tpIpSource *source, GInetAddress *gateway, const NmL2tpIp *ip)
{
  g_auto (GVariantDict) to = G_VARIANT_DICT_INIT (NULL);
  guint mtu;

  g_variant_dict_insert (&to, NM_VPN_PLUGIN_CONFIG_TUNDEV, "s", source->interface);
  g_variant_dict_insert_value (&to, NM_VPN_PLUGIN_CONFIG_EXT_GATEWAY, pack (gateway));
  if ((source->ip4 != NULL && g_variant_lookup (source->ip4, "mtu", "u", &mtu)) ||
      (source->ip6 != NULL && g_variant_lookup (source->ip6, "mtu", "u", &mtu)))
    g_variant_dict_insert (&to, NM_VPN_PLUGIN_CONFIG_MTU, "u", mtu);
  g_variant_dict_insert (&to, NM_VPN_PLUGIN_CONFIG_HAS_IP4, "b", ip->ip4 != NULL);
  g_variant_dict_insert (&to, NM_VPN_PLUGIN_CONFIG_HAS_IP6, "b", ip->ip6 != NULL);
  g_variant_dict_insert (&to, NM_VPN_PLUGIN_CAN_PERSIST, "b", TRUE);
  return g_variant_ref_sink (g_variant_dict_end (&to));
}

static GVariant *
empty (void)
{
  return g_variant_ref_sink (g_variant_new_array (G_VARIANT_TYPE ("{sv}"), NULL, 0));
}

NmL2tpIp *
nm_l2tp_ip_new (const NmL2tpIpSource *source, const NmL2tpIp *previous)
{
  g_autoptr (GInetAddress) gateway =
      source->gateway != NULL ? g_inet_address_new_from_string (source->gateway) : NULL;
  NmL2tpIp *ip;

  if (gateway == NULL || source->interface == NULL || *source->interface == '\0')
    return NULL;
  ip = g_new0 (NmL2tpIp, 1);
  ip->ip4 = build_family (source->ip4, G_SOCKET_FAMILY_IPV4, gateway);
  ip->ip6 = build_family (source->ip6, G_SOCKET_FAMILY_IPV6, gateway);
  if (ip->ip4 == NULL && previous != NULL && previous->ip4 != NULL)
    ip->ip4 = empty ();
  if (ip->ip6 == NULL && previous != NULL && previous->ip6 != NULL)
    ip->ip6 = empty ();
  ip->config = build_config (source, gateway, ip);
  return ip;
}

void
nm_l2tp_ip_free (NmL2tpIp *ip)
{
  if (ip == NULL)
    return;
  g_variant_unref (ip->config);
  g_clear_pointer (&ip->ip4, g_variant_unref);
  g_clear_pointer (&ip->ip6, g_variant_unref);
  g_free (ip);
}

static gboolean
same (GVariant *one, GVariant *other)
{
  return one == other || (one != NULL && other != NULL && g_variant_equal (one, other));
}

gboolean
nm_l2tp_ip_equal (const NmL2tpIp *ip, const NmL2tpIp *other)
{
  return other != NULL && same (ip->config, other->config) && same (ip->ip4, other->ip4) &&
         same (ip->ip6, other->ip6);
}

GVariant *
nm_l2tp_ip_get_marked_ip4 (const NmL2tpIp *ip)
{
  g_auto (GVariantDict) dict = G_VARIANT_DICT_INIT (ip->ip4);
  guint32 address;

  if (g_variant_lookup (ip->ip4, NM_VPN_PLUGIN_IP4_CONFIG_ADDRESS, "u", &address))
    {
      const guint32 route[] = { address, 32, 0, 0 }; /* to, prefix, by way of, metric */
      GVariant *routes[] = { g_variant_new_fixed_array (G_VARIANT_TYPE_UINT32, route,
                                                        G_N_ELEMENTS (route), sizeof route[0]) };

      g_variant_dict_insert_value (&dict, NM_VPN_PLUGIN_IP4_CONFIG_ROUTES,
                                   g_variant_new_array (NULL, routes, G_N_ELEMENTS (routes)));
    }
  return g_variant_ref_sink (g_variant_dict_end (&dict));
}
