/* SPDX-License-Identifier: GPL-2.0-or-later */
/* SPDX-FileCopyrightText: The l2tp-client authors */

/* Profiles of NetworkManager: the exports of NetworkManager-l2tp (1.20 writes [ip4], 1.52 [ipv4]
 * and [ipv6]) and NetworkManager's own keyfiles, with the habits of GNOME's, KDE's and nmcli's
 * editing. The keys of [vpn] are those of the option table. Hides the two ways to write a route. */

#include "import.h"

#include <gio/gio.h>
#include <string.h>

#include <glib/gi18n.h>

#define SERVICE_TYPE "org.freedesktop.NetworkManager.l2tp"

typedef struct
{
  GKeyFile *file;
  CliImport *import;
  GPtrArray *routes, *dns, *domains;
  gboolean ignores_auto_dns;
  gboolean never_default;
} Profile;

static void
profile_clear (Profile *profile)
{
  g_key_file_unref (profile->file);
  cli_import_free (profile->import);
  g_ptr_array_unref (profile->routes);
  g_ptr_array_unref (profile->dns);
  g_ptr_array_unref (profile->domains);
}
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (Profile, profile_clear)

static gboolean
is_one_of (const char *key, const char *words)
{
  g_auto (GStrv) list = g_strsplit (words, " ", -1);

  return g_strv_contains ((const char *const *) list, key);
}

/* Returns the value, free it with cli_import_wipe(), or NULL: empty, as KDE has it. */
static char *
get_value (const Profile *profile, const char *group, const char *key)
{
  char *value = g_key_file_get_string (profile->file, group, key, NULL);

  if (value == NULL)
    cli_import_lost (profile->import, key, N_ ("its value is no text"));
  if (value != NULL && *value != '\0')
    return value;
  g_free (value);
  return NULL;
}

/* Profiles have booleans as yes and no, exports as true and false. */
static void
set_option (const Profile *profile, L2tpOptionId id, const char *value, const char *where)
{
  gboolean yes;

  if (l2tp_option_get (id)->type == L2TP_OPTION_TYPE_BOOL && cli_import_parse_bool (value, &yes))
    value = yes ? "yes" : "no";
  cli_import_set (profile->import, id, value, where);
}

/* 1 is what machine-auth-type=tls is today; older versions of KDE wrote it. */
static void
take_use_cert (const Profile *profile, const char *value)
{
  if (g_str_equal (value, "1") &&
      cli_import_get (profile->import, L2TP_OPTION_MACHINE_AUTH_TYPE) == NULL)
    cli_import_set (profile->import, L2TP_OPTION_MACHINE_AUTH_TYPE, "tls", "use-cert");
  else if (!g_str_equal (value, "0") && !g_str_equal (value, "1"))
    cli_import_lost (profile->import, "use-cert", NULL);
}

static void
take_option (const Profile *profile, L2tpOptionId id, const char *value, const char *key)
{
  const L2tpOption *option = l2tp_option_get (id);

  if (id == L2TP_OPTION_USE_CERT)
    {
      take_use_cert (profile, value);
      return;
    }
  if (option->status == L2TP_OPTION_STATUS_ALIAS)
    {
      const char *replaced = cli_import_get (profile->import, option->alias_of);

      if (replaced != NULL && !g_str_equal (replaced, value))
        cli_import_note (profile->import, _ ("%s: %s overrides it"),
                         l2tp_option_get (option->alias_of)->key, key);
    }
  set_option (profile, id, value, key);
}

/* What NetworkManager itself reads of [vpn]. */
static gboolean
take_property (const Profile *profile, const char *key, const char *value)
{
  if (g_str_equal (key, "user-name"))
    {
      if (!g_key_file_has_key (profile->file, "vpn", "user", NULL))
        cli_import_set (profile->import, L2TP_OPTION_USER, value, "user-name");
    }
  else if (g_str_equal (key, "persistent"))
    cli_import_lost (profile->import, "vpn.persistent", N_ ("persist=yes comes next to it"));
  else if (g_str_equal (key, "timeout"))
    cli_import_lost (profile->import, "vpn.timeout", N_ ("“l2tp-client up --wait” has one"));
  else
    return is_one_of (key, "service-type name");
  return TRUE;
}

/* Older names come last, because they win. */
static void
take_vpn (const Profile *profile, gboolean older_names)
{
  g_auto (GStrv) keys = g_key_file_get_keys (profile->file, "vpn", NULL, NULL);

  for (guint i = 0; keys != NULL && keys[i] != NULL; i++)
    {
      char *value = get_value (profile, "vpn", keys[i]);
      L2tpOptionId id;
      gboolean known = l2tp_option_find (keys[i], &id) && id != L2TP_OPTION_NAME;
      gboolean older = known && (l2tp_option_get (id)->flags & L2TP_OPTION_LEGACY) != 0;

      if (value == NULL || older != older_names)
        ;
      else if (known)
        take_option (profile, id, value, keys[i]);
      else if (!take_property (profile, keys[i], value))
        cli_import_lost (profile->import, keys[i], N_ ("there is no such option"));
      cli_import_wipe (value);
    }
}

static void
take_secrets (const Profile *profile)
{
  g_auto (GStrv) keys = g_key_file_get_keys (profile->file, "vpn-secrets", NULL, NULL);

  for (guint i = 0; keys != NULL && keys[i] != NULL; i++)
    {
      char *value = get_value (profile, "vpn-secrets", keys[i]);
      L2tpOptionId id;

      if (value == NULL || g_str_equal (keys[i], "no-secret")) /* a dummy of its dialog */
        ;
      else if (l2tp_option_find (keys[i], &id) &&
               (l2tp_option_get (id)->flags & L2TP_OPTION_SECRET) != 0)
        cli_import_set (profile->import, id, value, keys[i]);
      else
        cli_import_lost (profile->import, keys[i], N_ ("there is no such secret"));
      cli_import_wipe (value);
    }
}

/* “user:ann:;user:bob:;” */
static void
take_permissions (const Profile *profile, const char *value)
{
  g_auto (GStrv) parts = g_strsplit_set (value, ":;", -1);
  g_autoptr (GString) users = g_string_new (NULL);

  for (guint i = 0; parts[i] != NULL; i++)
    if (*parts[i] != '\0' && !g_str_equal (parts[i], "user"))
      g_string_append_printf (users, "%s%s", users->len > 0 ? ", " : "", parts[i]);
  profile->import->is_private = TRUE;
  cli_import_note (profile->import,
                   _ ("connection.permissions: NetworkManager has it for %.64s; here it becomes "
                      "private to you, or with --shared one for all users"),
                   users->str);
}

static void
take_connection (const Profile *profile)
{
  g_auto (GStrv) keys = g_key_file_get_keys (profile->file, "connection", NULL, NULL);
  gboolean is_export = !g_key_file_has_key (profile->file, "connection", "type", NULL);

  for (guint i = 0; keys != NULL && keys[i] != NULL; i++)
    {
      g_autofree char *value = get_value (profile, "connection", keys[i]);
      g_autofree char *where = g_strconcat ("connection.", keys[i], NULL);

      if (value == NULL ||
          is_one_of (keys[i], "id type timestamp autoconnect autoconnect-priority read-only"))
        continue;
      if (g_str_equal (keys[i], "uuid") && is_export)
        cli_import_set (profile->import, L2TP_OPTION_UUID, value, where);
      else if (g_str_equal (keys[i], "uuid"))
        cli_import_lost (profile->import, where, N_ ("it stays with NetworkManager's profile"));
      else if (g_str_equal (keys[i], "permissions"))
        take_permissions (profile, value);
      else
        cli_import_lost (profile->import, where, N_ ("there is nothing like it here"));
    }
}

/* Zeroes the bits behind the prefix, as NetworkManager does. */
static char *
normalise_network (const char *text)
{
  g_auto (GStrv) parts = g_strsplit (text, "/", 2);
  g_autoptr (GInetAddress) address = NULL;
  g_autoptr (GInetAddress) network = NULL;
  g_autofree guint8 *octets = NULL;
  g_autofree char *shown = NULL;
  guint64 prefix;
  gsize size;

  if (g_strv_length (parts) == 0 || (address = g_inet_address_new_from_string (parts[0])) == NULL)
    return g_strdup (text);
  size = g_inet_address_get_native_size (address);
  if (parts[1] == NULL)
    prefix = size * 8;
  else if (!g_ascii_string_to_unsigned (parts[1], 10, 0, size * 8, &prefix, NULL))
    return g_strdup (text);
  octets = g_memdup2 (g_inet_address_to_bytes (address), size);
  for (guint bit = (guint) prefix; bit < size * 8; bit++)
    octets[bit / 8] &= (guint8) ~(0x80 >> bit % 8);
  network = g_inet_address_new_from_bytes (octets, g_inet_address_get_family (address));
  shown = g_inet_address_to_string (network);
  return g_strdup_printf ("%s/%u", shown, (guint) prefix);
}

static void
add_entry (const Profile *profile, GPtrArray *list, L2tpOptionId id, const char *entry)
{
  g_autofree char *fault = NULL;

  if (list->len >= l2tp_option_get (id)->max)
    cli_import_note (profile->import, _ ("%s: there can be %u; not carried over: %.64s"),
                     l2tp_option_get (id)->key, l2tp_option_get (id)->max, entry);
  else if (l2tp_option_validate (id, entry, NULL, &fault))
    g_ptr_array_add (list, g_strdup (entry));
  else
    cli_import_note (profile->import, _ ("not carried over: %s"), fault);
}

/* “10.0.0.0/8 via 10.1.1.1 metric 5” in exports, “10.0.0.0/8,10.1.1.1,5” in keyfiles. */
static void
add_route (const Profile *profile, const char *text)
{
  g_auto (GStrv) words = g_strsplit_set (text, " ,;\t", -1);
  g_autofree char *network = NULL;
  g_autofree char *rest = NULL;
  gboolean plain = TRUE;

  if (words[0] == NULL)
    return;
  network = normalise_network (words[0]);
  add_entry (profile, profile->routes, L2TP_OPTION_ROUTES, network);
  for (guint i = 1; words[i] != NULL; i++)
    plain &= *words[i] == '\0' || is_one_of (words[i], "via metric 0 0.0.0.0 ::");
  if (plain)
    return;
  rest = g_strjoinv (" ", words + 1);
  cli_import_note (profile->import,
                   _ ("route %.64s: its gateway and metric are not carried over: "
                      "%.64s"),
                   network, rest);
}

static void
add_entries (const Profile *profile, GPtrArray *list, L2tpOptionId id, const char *text)
{
  g_auto (GStrv) entries = g_strsplit_set (text, ",;", -1);

  for (guint i = 0; entries[i] != NULL; i++)
    {
      const char *entry = g_strstrip (entries[i]);

      if (*entry == '\0')
        continue;
      if (id == L2TP_OPTION_ROUTES)
        add_route (profile, entry);
      else
        add_entry (profile, list, id, entry);
    }
}

/* IPv6 inside NetworkManager-l2tp's VPNs is link-local only: nothing to carry over in its methods.
 */
static void
take_method (const Profile *profile, const char *value, gboolean is_ip4, const char *where)
{
  g_autofree char *text = g_strconcat (where, "=", value, NULL);

  if (is_ip4 ? g_str_equal (value, "auto")
             : is_one_of (value, "auto ignore disabled link-local shared"))
    return;
  cli_import_lost (profile->import, text,
                   g_str_equal (value, "manual") ? N_ ("the LNS says which address is ours")
                                                 : N_ ("there is nothing like it here"));
}

static void
take_ip_key (Profile *profile,
             const char *key,
             const char *value,
             gboolean is_ip4,
             const char *where)
{
  gboolean is_route = g_regex_match_simple ("^routes?[0-9]+$", key, 0, 0);
  gboolean yes = FALSE;

  cli_import_parse_bool (value, &yes);
  if (g_str_equal (key, "method"))
    take_method (profile, value, is_ip4, where);
  else if (g_str_equal (key, "never-default"))
    profile->never_default |= yes && is_ip4;
  else if (g_str_equal (key, "ignore-auto-dns"))
    profile->ignores_auto_dns |= yes && is_ip4;
  else if (g_str_equal (key, "dns"))
    add_entries (profile, profile->dns, L2TP_OPTION_DNS, value);
  else if (g_str_equal (key, "dns-search"))
    add_entries (profile, profile->domains, L2TP_OPTION_DNS_DOMAINS, value);
  else if (g_str_equal (key, "routes"))
    add_entries (profile, profile->routes, L2TP_OPTION_ROUTES, value);
  else if (is_route)
    add_route (profile, value);
  else if (!is_one_of (key, "ignore-auto-routes may-fail dhcp-send-hostname dhcp-timeout "
                            "addr-gen-mode ip6-privacy"))
    cli_import_lost (profile->import, where, N_ ("there is nothing like it here"));
}

static void
take_ip (Profile *profile, const char *group, gboolean is_ip4)
{
  g_auto (GStrv) keys = g_key_file_get_keys (profile->file, group, NULL, NULL);

  for (guint i = 0; keys != NULL && keys[i] != NULL; i++)
    {
      g_autofree char *value = get_value (profile, group, keys[i]);
      g_autofree char *where = g_strconcat (group, ".", keys[i], NULL);

      if (value != NULL)
        take_ip_key (profile, keys[i], value, is_ip4, where);
    }
}

static void
set_list (const Profile *profile, L2tpOptionId id, GPtrArray *list)
{
  g_autofree char *text = NULL;

  if (list->len == 0)
    return;
  g_ptr_array_add (list, NULL);
  text = g_strjoinv (",", (char **) list->pdata);
  cli_import_set (profile->import, id, text, l2tp_option_get (id)->key);
}

static void
settle_ip (const Profile *profile)
{
  CliImport *import = profile->import;

  if (profile->dns->len > 0 && !profile->ignores_auto_dns)
    cli_import_note (import, _ ("dns: takes the place of the LNS's name servers; NetworkManager "
                                "has these and those"));
  if (profile->dns->len == 0 && profile->ignores_auto_dns)
    cli_import_lost (import, "ignore-auto-dns",
                     N_ ("the LNS's name servers are used unless dns "
                         "names others"));
  set_list (profile, L2TP_OPTION_ROUTES, profile->routes);
  set_list (profile, L2TP_OPTION_DNS, profile->dns);
  set_list (profile, L2TP_OPTION_DNS_DOMAINS, profile->domains);
  if (cli_import_get (import, L2TP_OPTION_DEFAULT_ROUTE) == NULL)
    cli_import_set (import, L2TP_OPTION_DEFAULT_ROUTE, profile->never_default ? "no" : "yes",
                    "never-default");
}

static void
note_other_groups (const Profile *profile)
{
  g_auto (GStrv) groups = g_key_file_get_groups (profile->file, NULL);

  for (guint i = 0; groups[i] != NULL; i++)
    {
      g_auto (GStrv) keys = g_key_file_get_keys (profile->file, groups[i], NULL, NULL);
      g_autofree char *where = g_strdup_printf ("[%s]", groups[i]);

      if (keys != NULL && keys[0] != NULL &&
          !is_one_of (groups[i], "connection vpn vpn-secrets ip4 ipv4 ip6 ipv6"))
        cli_import_lost (profile->import, where, NULL);
    }
}

/* NetworkManager-l2tp gave the LNS the name of the desktop's user then. */
static void
note_user (const Profile *profile)
{
  if (cli_import_get (profile->import, L2TP_OPTION_USER) == NULL &&
      g_strcmp0 (cli_import_get (profile->import, L2TP_OPTION_USER_AUTH_TYPE), "tls") != 0)
    cli_import_note (profile->import, _ ("user: none in the file; NetworkManager-l2tp takes the "
                                         "name of who is logged in"));
}

/* A profile of another plugin, or of no VPN at all. */
static gboolean
check_kind (GKeyFile *file, char **ret_fault)
{
  g_autofree char *type = g_key_file_get_string (file, "connection", "type", NULL);
  g_autofree char *service = g_key_file_get_string (file, "vpn", "service-type", NULL);

  if (type != NULL && !g_str_equal (type, "vpn"))
    *ret_fault = g_strdup_printf (_ ("is no VPN but of the type %.64s"), type);
  else if (service != NULL && !g_str_equal (service, SERVICE_TYPE) &&
           !g_str_equal (service, "l2tp"))
    *ret_fault = g_strdup_printf (_ ("is no L2TP VPN but of the type %.64s"), service);
  else if (!g_key_file_has_group (file, "vpn"))
    *ret_fault = g_strdup (_ ("has no group [vpn]"));
  else
    return TRUE;
  return FALSE;
}

gboolean
cli_import_nm (const char *text,
               const CliImportSource *source,
               GPtrArray *imports,
               char **ret_fault)
{
  g_auto (Profile) profile = { .file = g_key_file_new (),
                               .routes = g_ptr_array_new_with_free_func (g_free),
                               .dns = g_ptr_array_new_with_free_func (g_free),
                               .domains = g_ptr_array_new_with_free_func (g_free) };
  g_autofree char *id = NULL;

  if (!g_key_file_load_from_data (profile.file, text, strlen (text), G_KEY_FILE_NONE, NULL))
    {
      *ret_fault = g_strdup (_ ("is not of the form of a keyfile: groups, and lines of key=value"));
      return FALSE;
    }
  if (!check_kind (profile.file, ret_fault))
    return FALSE;
  id = g_key_file_get_string (profile.file, "connection", "id", NULL);
  profile.import = cli_import_new (id != NULL && *id != '\0' ? id : source->name);
  take_connection (&profile);
  take_vpn (&profile, FALSE);
  take_vpn (&profile, TRUE);
  take_secrets (&profile);
  take_ip (&profile, "ip4", TRUE);
  take_ip (&profile, "ipv4", TRUE);
  take_ip (&profile, "ip6", FALSE);
  take_ip (&profile, "ipv6", FALSE);
  settle_ip (&profile);
  note_other_groups (&profile);
  note_user (&profile);
  g_ptr_array_add (imports, g_steal_pointer (&profile.import));
  return TRUE;
}
