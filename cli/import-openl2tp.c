/* SPDX-License-Identifier: GPL-2.0-or-later */
/* SPDX-FileCopyrightText: The l2tp-client authors */

/* openl2tpd.conf, which is also what l2tpconfig saves: statements “OBJECT OPERATION key=value…”
 * that a backslash continues. Each session becomes a connection with its tunnel, and so does a
 * tunnel without one. Hides how profiles are inherited: named, of the peer, “default”. */

#include "import.h"

#include <gio/gio.h>
#include <string.h>

#include <glib/gi18n.h>

typedef enum
{
  TUNNEL,
  SESSION,
  PPP_PROFILE,
  TUNNEL_PROFILE,
  SESSION_PROFILE,
  PEER_PROFILE,
  N_OBJECTS,
} Object;

static const char *const object_names[N_OBJECTS] = {
  [TUNNEL] = "tunnel",
  [SESSION] = "session",
  [PPP_PROFILE] = "ppp profile",
  [TUNNEL_PROFILE] = "tunnel profile",
  [SESSION_PROFILE] = "session profile",
  [PEER_PROFILE] = "peer profile",
};

typedef struct
{
  GPtrArray *objects[N_OBJECTS]; /* (element-type GHashTable): parameter → value, wiped */
  GPtrArray *notes;
} File;

typedef enum
{
  VALUE,
  YES,        /* if it is true */
  YES_IF_NOT, /* key=yes if it is false */
  NOTHING,    /* makes no difference here, or is looked at elsewhere */
  LOST,
  LOST_IF_TRUE,
  LOST_IF_NOT,
} Fate;

typedef struct
{
  const char *key;
  Fate fate;
  L2tpOptionId id;
  const char *why;
} Row;

#define TUNING N_ ("the service sees to that itself")
#define SERVER N_ ("it is of use to servers only")
#define ENDING N_ ("a connection stays until somebody ends it")

static const Row tunnel_rows[] = {
  { "dest_ipaddr", VALUE, L2TP_OPTION_GATEWAY },
  { "src_ipaddr", VALUE, L2TP_OPTION_LOCAL_ADDRESS },
  { "udp_port", VALUE, L2TP_OPTION_PORT },
  { "peer_udp_port", VALUE, L2TP_OPTION_PORT },
  { "our_udp_port", VALUE, L2TP_OPTION_LOCAL_PORT },
  { "host_name", VALUE, L2TP_OPTION_HOSTNAME },
  { "secret", VALUE, L2TP_OPTION_TUNNEL_SECRET },
  { "hide_avps", YES, L2TP_OPTION_HIDE_AVPS },
  { "hello_timeout", VALUE, L2TP_OPTION_HELLO_INTERVAL },
  { "max_retries", VALUE, L2TP_OPTION_MAX_RETRIES },
  { "retry_timeout", VALUE, L2TP_OPTION_RETRY_TIMEOUT },
  { "rx_window_size", VALUE, L2TP_OPTION_RECEIVE_WINDOW },
  { "idle_timeout", VALUE, L2TP_OPTION_NO_SESSIONS_TIMEOUT },
  { "persist", YES, L2TP_OPTION_PERSIST },
  { "mtu", LOST, .why = N_ ("mtu is that of the interface here") },
  { "use_udp_checksums", LOST_IF_NOT, .why = N_ ("they are always there") },
  { "use_tiebreaker", LOST_IF_TRUE },
  { "allow_ppp_proxy", LOST_IF_TRUE, .why = SERVER },
  { "auth_mode", NOTHING }, /* follows from the secret */
  { "tunnel_name", NOTHING },
  { "profile_name", NOTHING },
  { "tunnel_id", NOTHING },
  { "config_id", NOTHING },
  { "trace_flags", NOTHING },
  { "interface_name", NOTHING },
  { "peer_profile_name", NOTHING },
  { "session_profile_name", NOTHING },
  { "ppp_profile_name", NOTHING },
};

static const Row session_rows[] = {
  { "user_name", VALUE, L2TP_OPTION_USER },
  { "user_password", VALUE, L2TP_OPTION_PASSWORD },
  { "interface_name", VALUE, L2TP_OPTION_INTERFACE_NAME },
  { "sequencing_required", YES, L2TP_OPTION_SEQUENCING },
  { "use_sequence_numbers", YES, L2TP_OPTION_SEQUENCING },
  { "no_ppp", LOST_IF_TRUE },
  { "session_name", NOTHING },
  { "session_id", NOTHING },
  { "session_type", NOTHING },
  { "tunnel_name", NOTHING },
  { "tunnel_id", NOTHING },
  { "profile_name", NOTHING },
  { "ppp_profile_name", NOTHING },
  { "trace_flags", NOTHING },
};

static const Row ppp_rows[] = {
  { "mtu", VALUE, L2TP_OPTION_MTU },
  { "mru", VALUE, L2TP_OPTION_MRU },
  { "auth_pap", YES_IF_NOT, L2TP_OPTION_REFUSE_PAP },
  { "auth_chap", YES_IF_NOT, L2TP_OPTION_REFUSE_CHAP },
  { "auth_mschapv1", YES_IF_NOT, L2TP_OPTION_REFUSE_MSCHAP },
  { "auth_mschapv2", YES_IF_NOT, L2TP_OPTION_REFUSE_MSCHAPV2 },
  { "auth_eap", YES_IF_NOT, L2TP_OPTION_REFUSE_EAP },
  { "lcp_echo_interval", VALUE, L2TP_OPTION_LCP_ECHO_INTERVAL },
  { "lcp_echo_fail_count", VALUE, L2TP_OPTION_LCP_ECHO_FAILURE },
  { "lcp_echo_failure_count", VALUE, L2TP_OPTION_LCP_ECHO_FAILURE },
  { "default_route", YES, L2TP_OPTION_DEFAULT_ROUTE },
  { "remote_ipaddr", VALUE, L2TP_OPTION_IPCP_PEER_IP },
  { "local_ipaddr", LOST, .why = N_ ("the LNS says which address is ours") },
  { "multilink", NOTHING },
  { "auth_peer", LOST_IF_TRUE, .why = N_ ("the LNS is not asked to authenticate itself") },
  { "proxy_arp", LOST_IF_TRUE, .why = SERVER },
  { "use_radius", LOST_IF_TRUE, .why = SERVER },
  { "idle_timeout", LOST, .why = ENDING },
  { "max_connect_time", LOST, .why = ENDING },
  { "lcp_restart_interval", LOST, .why = TUNING },
  { "auth_none", NOTHING },
  { "auth_noauth", NOTHING },
  { "profile_name", NOTHING },
  { "trace_flags", NOTHING },
  { "asyncmap", NOTHING },
  { "sync_mode", NOTHING },
  { "local_name", NOTHING },
  { "remote_name", NOTHING },
  { "optionsfile", NOTHING },
};

static const char *
get (GHashTable *object, const char *key)
{
  return object != NULL ? g_hash_table_lookup (object, key) : NULL;
}

static void
file_clear (File *file)
{
  for (guint i = 0; i < N_OBJECTS; i++)
    g_ptr_array_unref (file->objects[i]);
  g_ptr_array_unref (file->notes);
}
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (File, file_clear)

static void
unref_object (gpointer object)
{
  g_hash_table_unref (object);
}

static GHashTable *
object_new (void)
{
  return g_hash_table_new_full (g_str_hash, g_str_equal, g_free, cli_import_wipe);
}

static GHashTable *
find_object (const File *file, Object kind, const char *key, const char *value)
{
  GPtrArray *objects = file->objects[kind];

  for (guint i = 0; value != NULL && i < objects->len; i++)
    if (g_strcmp0 (get (objects->pdata[i], key), value) == 0)
      return objects->pdata[i];
  return NULL;
}

/* “modify” changes the one of that name; so does a second “create”. */
static void
add_statement (File *file, Object kind, GHashTable *parameters)
{
  const char *naming = kind == TUNNEL    ? "tunnel_name"
                       : kind == SESSION ? "session_name"
                                         : "profile_name";
  GHashTable *old = find_object (file, kind, naming, get (parameters, naming));
  GHashTableIter iter;
  gpointer key, value;

  /* Session names are their tunnel's own affair. */
  if (old == NULL || (kind == SESSION &&
                      g_strcmp0 (get (old, "tunnel_name"), get (parameters, "tunnel_name")) != 0))
    {
      g_ptr_array_add (file->objects[kind], g_hash_table_ref (parameters));
      return;
    }
  g_hash_table_iter_init (&iter, parameters);
  while (g_hash_table_iter_next (&iter, &key, &value))
    g_hash_table_replace (old, g_strdup (key), g_strdup (value));
}

static Object
find_kind (const char *words)
{
  Object kind = 0;

  while (kind < N_OBJECTS && !g_str_equal (object_names[kind], words))
    kind++;
  return kind;
}

/* What is no connection's: settings of the daemon, which has no counterpart here. */
static void
finish_statement (File *file, GString *words, GHashTable *parameters)
{
  char *operation = strrchr (words->str, ' ');
  Object kind = N_OBJECTS;

  if (words->len == 0 || g_str_equal (words->str, "quit") || g_str_equal (words->str, "exit"))
    return;
  if (operation != NULL &&
      (g_str_equal (operation, " create") || g_str_equal (operation, " modify")))
    {
      *operation = '\0';
      kind = find_kind (words->str);
    }
  if (kind < N_OBJECTS)
    add_statement (file, kind, parameters);
  else
    g_ptr_array_add (file->notes,
                     g_strdup_printf (_ ("%.64s …: not carried over: it is not about a "
                                         "tunnel, a session or a profile"),
                                      words->str));
}

static void
read_file (File *file, const char *text)
{
  g_autoptr (GString) words = g_string_new (NULL);
  g_autoptr (GHashTable) parameters = object_new ();
  gboolean new_line = FALSE;
  char *word;

  while ((word = cli_import_next_word (&text, &new_line)) != NULL)
    {
      char *value = strchr (word, '=');

      if (new_line)
        {
          finish_statement (file, words, parameters);
          g_string_truncate (words, 0);
          g_hash_table_unref (parameters);
          parameters = object_new ();
          new_line = FALSE;
        }
      if (value != NULL)
        {
          g_autofree char *key = g_strndup (word, (gsize) (value - word));
          g_hash_table_replace (parameters, g_ascii_strdown (key, -1), g_strdup (value + 1));
        }
      else if (words->len < 64 && g_hash_table_size (parameters) == 0)
        g_string_append_printf (words, "%s%s", words->len > 0 ? " " : "", word);
      cli_import_wipe (word);
    }
  finish_statement (file, words, parameters);
}

static void
overlay (GHashTable *onto, GHashTable *object)
{
  GHashTableIter iter;
  gpointer key, value;

  if (object == NULL)
    return;
  g_hash_table_iter_init (&iter, object);
  while (g_hash_table_iter_next (&iter, &key, &value))
    g_hash_table_replace (onto, g_strdup (key), g_strdup (value));
}

static gboolean
is_in_network (const char *address, const char *network, const char *netmask)
{
  g_autoptr (GInetAddress) a = g_inet_address_new_from_string (address);
  g_autoptr (GInetAddress) n = g_inet_address_new_from_string (network);
  g_autoptr (GInetAddress) m =
      g_inet_address_new_from_string (netmask != NULL ? netmask : "255.255.255.255");

  if (a == NULL || g_inet_address_get_family (a) != G_SOCKET_FAMILY_IPV4 || n == NULL ||
      g_inet_address_get_family (n) != G_SOCKET_FAMILY_IPV4 || m == NULL ||
      g_inet_address_get_family (m) != G_SOCKET_FAMILY_IPV4)
    return FALSE;
  for (guint i = 0; i < 4; i++)
    if (((g_inet_address_to_bytes (a)[i] ^ g_inet_address_to_bytes (n)[i]) &
         g_inet_address_to_bytes (m)[i]) != 0)
      return FALSE;
  return TRUE;
}

/* The profile of a peer is chosen by name, else by the LNS's address. */
static GHashTable *
find_peer (const File *file, GHashTable *tunnel)
{
  GPtrArray *peers = file->objects[PEER_PROFILE];
  const char *address = get (tunnel, "dest_ipaddr");
  GHashTable *peer =
      find_object (file, PEER_PROFILE, "profile_name", get (tunnel, "peer_profile_name"));

  for (guint i = 0; peer == NULL && address != NULL && i < peers->len; i++)
    {
      const char *network = get (peers->pdata[i], "peer_ipaddr");

      if (network != NULL && is_in_network (address, network, get (peers->pdata[i], "netmask")))
        peer = peers->pdata[i];
    }
  if (peer == NULL)
    peer = find_object (file, PEER_PROFILE, "profile_name", "default");
  return peer;
}

/* Returns (transfer full) what holds for an object: of the profile “default”, of
 * those in @names, which go from far to near and may be NULL, and of itself. */
static GHashTable *
resolve (const File *file, Object profiles, const char *const names[3], GHashTable *object)
{
  GHashTable *resolved = object_new ();

  overlay (resolved, find_object (file, profiles, "profile_name", "default"));
  for (guint i = 0; i < 3; i++)
    if (names[i] != NULL && !g_str_equal (names[i], "default"))
      overlay (resolved, find_object (file, profiles, "profile_name", names[i]));
  overlay (resolved, object);
  return resolved;
}

static gboolean
is_true (const char *value)
{
  gboolean yes = FALSE;

  return cli_import_parse_bool (value, &yes) && yes;
}

static gboolean
is_false (const char *value)
{
  gboolean yes = TRUE;

  return cli_import_parse_bool (value, &yes) && !yes;
}

static void
take_row (CliImport *import, const Row *row, const char *value)
{
  switch (row->fate)
    {
    case VALUE:
      cli_import_set (import, row->id, value, row->key);
      break;
    case YES:
      if (is_true (value))
        cli_import_set (import, row->id, "yes", row->key);
      break;
    case YES_IF_NOT:
      if (is_false (value))
        cli_import_set (import, row->id, "yes", row->key);
      break;
    case LOST:
      cli_import_lost (import, row->key, row->why);
      break;
    case LOST_IF_TRUE:
      if (is_true (value))
        cli_import_lost (import, row->key, row->why);
      break;
    case LOST_IF_NOT:
      if (is_false (value))
        cli_import_lost (import, row->key, row->why);
      break;
    case NOTHING:
      break;
    }
}

static void
take_object (CliImport *import, GHashTable *object, const Row *rows, guint n_rows)
{
  g_autoptr (GList) keys = g_hash_table_get_keys (object);

  keys = g_list_sort (keys, (GCompareFunc) strcmp);
  for (GList *key = keys; key != NULL; key = key->next)
    {
      guint n = 0;

      while (n < n_rows && !g_str_equal (rows[n].key, key->data))
        n++;
      if (n < n_rows)
        take_row (import, &rows[n], get (object, key->data));
      else
        cli_import_lost (import, key->data, N_ ("there is nothing like it here"));
    }
}

static const char *
find_name (GHashTable *tunnel, GHashTable *session, const CliImportSource *source)
{
  const char *candidates[] = { get (session, "session_name"), get (tunnel, "tunnel_name"),
                               get (tunnel, "dest_ipaddr") };

  for (guint i = 0; i < G_N_ELEMENTS (candidates); i++)
    if (candidates[i] != NULL && *candidates[i] != '\0')
      return candidates[i];
  return source->name;
}

/* openl2tpd calls at its own start and, with persist, for ever. */
static void
take_persist (CliImport *import, GHashTable *tunnel)
{
  const char *persist = get (tunnel, "persist");

  if (persist != NULL && is_true (persist))
    cli_import_set (import, L2TP_OPTION_AUTOSTART, "yes", "persist");
  else
    cli_import_note (import, _ ("autostart: openl2tpd connects when it starts; here autostart=yes "
                                "asks for that"));
}

static void
add_import (const File *file,
            GHashTable *tunnel,
            GHashTable *session,
            const CliImportSource *source,
            GPtrArray *imports)
{
  GHashTable *peer = find_peer (file, tunnel);
  CliImport *import = cli_import_new (find_name (tunnel, session, source));
  g_autoptr (GHashTable) tunnel_all =
      resolve (file, TUNNEL_PROFILE,
               (const char *const[]){ get (peer, "tunnel_profile_name"),
                                      get (tunnel, "profile_name"), NULL },
               tunnel);
  g_autoptr (GHashTable) session_all =
      resolve (file, SESSION_PROFILE,
               (const char *const[]){ get (peer, "session_profile_name"),
                                      get (tunnel_all, "session_profile_name"),
                                      get (session, "profile_name") },
               session);
  g_autoptr (GHashTable) ppp = resolve (
      file, PPP_PROFILE,
      (const char *const[]){ get (peer, "ppp_profile_name"), get (tunnel_all, "ppp_profile_name"),
                             get (session_all, "ppp_profile_name") },
      NULL);

  if (get (ppp, "optionsfile") != NULL)
    cli_import_pppd_file (import, get (ppp, "optionsfile"), source);
  if (get (peer, "peer_port") != NULL)
    cli_import_set (import, L2TP_OPTION_PORT, get (peer, "peer_port"), "peer_port");
  take_object (import, tunnel_all, tunnel_rows, G_N_ELEMENTS (tunnel_rows));
  take_object (import, session_all, session_rows, G_N_ELEMENTS (session_rows));
  take_object (import, ppp, ppp_rows, G_N_ELEMENTS (ppp_rows));
  take_persist (import, tunnel_all);
  import->wants_multilink |= get (ppp, "multilink") != NULL && is_true (get (ppp, "multilink"));
  if (session == NULL)
    cli_import_note (import, _ ("there is no session in this tunnel, so there is no user"));
  g_ptr_array_add (imports, import);
}

static GHashTable *
find_tunnel (const File *file, GHashTable *session)
{
  GHashTable *tunnel = find_object (file, TUNNEL, "tunnel_name", get (session, "tunnel_name"));

  return tunnel != NULL ? tunnel
                        : find_object (file, TUNNEL, "tunnel_id", get (session, "tunnel_id"));
}

/* Returns why @session, of @tunnel, is no connection, or NULL. */
static const char *
refuse (GHashTable *tunnel, GHashTable *session)
{
  const char *type = get (session, "session_type");

  if (tunnel == NULL)
    return _ ("its tunnel is not in the file");
  if (type != NULL && g_ascii_strncasecmp (type, "lns", 3) == 0)
    return _ ("this service is no server");
  return NULL;
}

static void
add_imports (File *file, const CliImportSource *source, GPtrArray *imports)
{
  g_autoptr (GHashTable) used = g_hash_table_new (NULL, NULL);
  GPtrArray *sessions = file->objects[SESSION], *tunnels = file->objects[TUNNEL];

  for (guint i = 0; i < sessions->len; i++)
    {
      GHashTable *tunnel = find_tunnel (file, sessions->pdata[i]);
      const char *name = get (sessions->pdata[i], "session_name");
      const char *why = refuse (tunnel, sessions->pdata[i]);
      gboolean first = tunnel == NULL || g_hash_table_add (used, tunnel);

      if (why != NULL)
        g_ptr_array_add (file->notes, g_strdup_printf (_ ("session %.64s: not carried over: %s"),
                                                       name != NULL ? name : "", why));
      else
        add_import (file, tunnel, sessions->pdata[i], source, imports);
      if (why == NULL && !first)
        g_ptr_array_add (file->notes,
                         g_strdup_printf (_ ("session %.64s: gets a tunnel of its own"),
                                          name != NULL ? name : ""));
    }
  for (guint i = 0; i < tunnels->len; i++)
    if (!g_hash_table_contains (used, tunnels->pdata[i]))
      add_import (file, tunnels->pdata[i], NULL, source, imports);
}

gboolean
cli_import_openl2tp (const char *text,
                     const CliImportSource *source,
                     GPtrArray *imports,
                     char **ret_fault)
{
  g_auto (File) file = { .notes = g_ptr_array_new_with_free_func (g_free) };

  for (guint i = 0; i < N_OBJECTS; i++)
    file.objects[i] = g_ptr_array_new_with_free_func (unref_object);
  read_file (&file, text);
  add_imports (&file, source, imports);
  if (imports->len == 0)
    {
      *ret_fault = g_strdup (_ ("has no “tunnel create”, so no VPN that openl2tpd would connect"));
      return FALSE;
    }
  for (guint i = 0; i < file.notes->len; i++)
    cli_import_note (imports->pdata[0], "%s", (const char *) file.notes->pdata[i]);
  return TRUE;
}
