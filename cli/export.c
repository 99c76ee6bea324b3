/* SPDX-License-Identifier: GPL-2.0-or-later */
/* SPDX-FileCopyrightText: The l2tp-client authors */

/* Writes a connection in the form of NetworkManager-l2tp's export. What NetworkManager keeps
 * outside [vpn] goes there: name, routes, name servers. NetworkManager-l2tp refuses a profile with
 * any key that is not in its list, below. Ours that are not: port, local-port, local-address,
 * interface, hostname, hello-interval, retry-timeout, receive-window, no-sessions-timeout,
 * hide-avps, sequencing, calling-number, called-number, trace, interface-name, persist, autostart,
 * kill-switch, ip-config, ipv6; and of the older names use-cert, cert-ca, cert-pub and cert-key.
 * They are written nevertheless, for our own import. */

#include "export.h"
#include "cli.h"

#include <gio/gio.h>
#include <string.h>

#include <glib/gi18n.h>

#define HEAD "#org.freedesktop.NetworkManager.l2tp\n"

static const char *const foreign_keys[] = { "gateway",
                                            "user-auth-type",
                                            "user",
                                            "domain",
                                            "user-ca",
                                            "user-cert",
                                            "user-key",
                                            "ephemeral-port",
                                            "mtu",
                                            "mru",
                                            "mrru",
                                            "refuse-eap",
                                            "refuse-pap",
                                            "refuse-chap",
                                            "refuse-mschap",
                                            "refuse-mschapv2",
                                            "require-mppe",
                                            "require-mppe-40",
                                            "require-mppe-128",
                                            "mppe-stateful",
                                            "nobsdcomp",
                                            "nodeflate",
                                            "no-vj-comp",
                                            "nopcomp",
                                            "noaccomp",
                                            "lcp-echo-failure",
                                            "lcp-echo-interval",
                                            "xl2tpd-max-retries",
                                            "unit",
                                            "ipcp-peer-ip",
                                            "ipsec-enabled",
                                            "machine-auth-type",
                                            "machine-ca",
                                            "machine-cert",
                                            "machine-key",
                                            "ipsec-remote-id",
                                            "ipsec-gateway-id",
                                            "ipsec-group-name",
                                            "ipsec-ike",
                                            "ipsec-esp",
                                            "ipsec-ikelifetime",
                                            "ipsec-salifetime",
                                            "ipsec-forceencaps",
                                            "ipsec-ipcomp",
                                            "ipsec-ikev2",
                                            "ipsec-pfs",
                                            "password-flags",
                                            "user-certpass-flags",
                                            "ipsec-psk-flags",
                                            "machine-certpass-flags",
                                            NULL };

static char *
get_text (GVariant *settings, L2tpOptionId id)
{
  g_autoptr (GVariant) value = g_variant_lookup_value (settings, l2tp_option_get (id)->key, NULL);

  return value != NULL ? cli_describe_value (value) : NULL;
}

/* Its import takes booleans as true and false only. */
static void
write_option (GKeyFile *file, L2tpOptionId id, const char *key, const char *text, GPtrArray *notes)
{
  gboolean is_bool = l2tp_option_get (id)->type == L2TP_OPTION_TYPE_BOOL;

  if (is_bool)
    g_key_file_set_boolean (file, "vpn", key, g_str_equal (text, "yes"));
  else
    g_key_file_set_string (file, "vpn", key, text);
  if (!g_strv_contains (foreign_keys, key))
    g_ptr_array_add (notes, g_strdup_printf (_ ("%s: NetworkManager-l2tp has no such key"), key));
  else if (id == L2TP_OPTION_MTU && g_str_equal (text, "auto"))
    g_ptr_array_add (notes, g_strdup (_ ("mtu=auto: NetworkManager-l2tp knows numbers only")));
  else if (id == L2TP_OPTION_IPSEC_PFS && g_str_equal (text, "no"))
    g_ptr_array_add (
        notes, g_strdup_printf (_ ("%s=no: the import of NetworkManager-l2tp loses it"), key));
}

/* What “import” gives ip-config when the file has none: see settle_ip_config() there. */
static gboolean
is_implied_service (GVariant *settings)
{
  static const L2tpOptionId lists[] = { L2TP_OPTION_ROUTES, L2TP_OPTION_DNS,
                                        L2TP_OPTION_DNS_DOMAINS };
  g_autofree char *default_route = get_text (settings, L2TP_OPTION_DEFAULT_ROUTE);

  for (guint i = 0; i < G_N_ELEMENTS (lists); i++)
    {
      g_autofree char *text = get_text (settings, lists[i]);

      if (text != NULL)
        return TRUE;
    }
  return g_strcmp0 (default_route, "yes") == 0;
}

static void
write_ip_config (GKeyFile *file, GVariant *settings, GPtrArray *notes)
{
  const L2tpOption *option = l2tp_option_get (L2TP_OPTION_IP_CONFIG);
  g_autofree char *text = get_text (settings, L2TP_OPTION_IP_CONFIG);
  gboolean implied = is_implied_service (settings);

  if (text == NULL && implied)
    text = g_strdup (option->fallback);
  if (text != NULL && !(implied && g_str_equal (text, "service")))
    write_option (file, L2TP_OPTION_IP_CONFIG, option->key, text, notes);
}

/* max-retries has another name there, unless that one is set besides. */
static void
write_retries (GKeyFile *file, GVariant *settings, const char *text, GPtrArray *notes)
{
  const char *key = l2tp_option_get (L2TP_OPTION_XL2TPD_MAX_RETRIES)->key;
  g_autofree char *older = get_text (settings, L2TP_OPTION_XL2TPD_MAX_RETRIES);

  if (older == NULL)
    write_option (file, L2TP_OPTION_XL2TPD_MAX_RETRIES, key, text, notes);
}

/* A list goes to the groups of its entries' families. */
static void
write_list (GKeyFile *file, const char *key, const char *text)
{
  g_auto (GStrv) entries = g_strsplit (text, ",", -1);

  for (guint i = 0; entries[i] != NULL; i++)
    {
      const char *group = strchr (entries[i], ':') != NULL ? "ipv6" : "ipv4";
      g_autofree char *before = g_key_file_get_string (file, group, key, NULL);
      g_autofree char *list = g_strjoin (",", before != NULL ? before : entries[i],
                                         before != NULL ? entries[i] : NULL, NULL);

      g_key_file_set_string (file, group, key, list);
      g_key_file_set_string (file, group, "method", "auto");
    }
}

static void
write_ip (GKeyFile *file, GVariant *settings)
{
  g_autofree char *default_route = get_text (settings, L2TP_OPTION_DEFAULT_ROUTE);
  g_autofree char *routes = get_text (settings, L2TP_OPTION_ROUTES);
  g_autofree char *dns = get_text (settings, L2TP_OPTION_DNS);
  g_autofree char *domains = get_text (settings, L2TP_OPTION_DNS_DOMAINS);

  g_key_file_set_string (file, "ipv4", "method", "auto");
  g_key_file_set_boolean (file, "ipv4", "never-default", g_strcmp0 (default_route, "yes") != 0);
  if (dns != NULL)
    {
      g_key_file_set_boolean (file, "ipv4", "ignore-auto-dns", TRUE);
      write_list (file, "dns", dns);
    }
  if (domains != NULL)
    g_key_file_set_string (file, "ipv4", "dns-search", domains);
  if (routes != NULL)
    write_list (file, "routes", routes);
}

static void
write_setting (GKeyFile *file,
               GVariant *settings,
               L2tpOptionId id,
               const char *text,
               GPtrArray *notes)
{
  const L2tpOption *option = l2tp_option_get (id);

  if (id == L2TP_OPTION_NAME)
    g_key_file_set_string (file, "connection", "id", text);
  else if (id == L2TP_OPTION_UUID)
    g_key_file_set_string (file, "connection", "uuid", text);
  else if (id == L2TP_OPTION_MAX_RETRIES)
    write_retries (file, settings, text, notes);
  else if (id != L2TP_OPTION_DEFAULT_ROUTE && id != L2TP_OPTION_ROUTES && id != L2TP_OPTION_DNS &&
           id != L2TP_OPTION_DNS_DOMAINS && id != L2TP_OPTION_IP_CONFIG)
    write_option (file, id, option->key, text, notes);
}

/* Keys that only a newer service knows. */
static void
note_unknown (GVariant *settings, GPtrArray *notes)
{
  GVariantIter iter;
  const char *key;
  L2tpOptionId id;

  g_variant_iter_init (&iter, settings);
  while (g_variant_iter_next (&iter, "{&sv}", &key, NULL))
    if (!l2tp_option_find (key, &id))
      g_ptr_array_add (notes,
                       g_strdup_printf (_ ("%s: not written: this version of l2tp-client does "
                                           "not know it"),
                                        key));
}

char *
cli_export_nm (GVariant *settings, GPtrArray *notes)
{
  g_autoptr (GKeyFile) file = g_key_file_new ();
  g_autofree char *text = NULL;

  for (guint i = 0; i < L2TP_N_OPTIONS; i++)
    {
      g_autofree char *value = get_text (settings, i);

      if (value != NULL && (l2tp_option_get (i)->flags & L2TP_OPTION_SECRET) == 0)
        write_setting (file, settings, i, value, notes);
    }
  write_ip_config (file, settings, notes);
  write_ip (file, settings);
  note_unknown (settings, notes);
  text = g_key_file_to_data (file, NULL, NULL);
  return g_strconcat (HEAD, text, NULL);
}
