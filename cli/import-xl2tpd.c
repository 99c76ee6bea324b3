/* SPDX-License-Identifier: GPL-2.0-or-later */
/* SPDX-FileCopyrightText: The l2tp-client authors */

/* xl2tpd.conf: each [lac NAME] becomes a connection, with what [global] and [lac default] say, and
 * with the options file of pppd that it names. Sections for servers do not. */

#include "import.h"

#include <string.h>

#include <glib/gi18n.h>

typedef struct
{
  char *name;         /* "" of a section without one */
  GHashTable *fields; /* lower case → value */
  guint n_lns;        /* of its own; xl2tpd dials only the first */
} Section;

typedef struct
{
  Section *global, *fallback;
  GPtrArray *lacs; /* (element-type Section) */
  GPtrArray *notes;
} File;

typedef enum
{
  VALUE,
  YES,     /* if it is true */
  NOTHING, /* makes no difference here */
  LOST,
  LOST_IF_TRUE,
  BY_HAND, /* by take_section() itself */
} Fate;

#define PEER   N_ ("it makes the LNS authenticate itself, which is not asked for here")
#define TUNING N_ ("the service sees to that itself")
#define SERVER N_ ("it is of use to servers only")
#define ABSENT N_ ("there is nothing like it here")

static const struct
{
  const char *key;
  Fate fate;
  L2tpOptionId id;
  const char *why;
} rows[] = {
  { "lns", BY_HAND },
  { "name", BY_HAND },
  { "pppoptfile", BY_HAND },
  { "local ip", BY_HAND },
  { "challenge", BY_HAND },
  { "listen-addr", BY_HAND },
  { "auth file", BY_HAND },
  { "port", VALUE, L2TP_OPTION_LOCAL_PORT },
  { "max retries", VALUE, L2TP_OPTION_MAX_RETRIES },
  { "hostname", VALUE, L2TP_OPTION_HOSTNAME },
  { "tunnel rws", VALUE, L2TP_OPTION_RECEIVE_WINDOW },
  { "remote ip", VALUE, L2TP_OPTION_IPCP_PEER_IP },
  { "autodial", YES, L2TP_OPTION_AUTOSTART },
  { "defaultroute", YES, L2TP_OPTION_DEFAULT_ROUTE },
  { "hidden bit", YES, L2TP_OPTION_HIDE_AVPS },
  { "flow bit", YES, L2TP_OPTION_SEQUENCING },
  { "flow bits", YES, L2TP_OPTION_SEQUENCING },
  { "refuse pap", YES, L2TP_OPTION_REFUSE_PAP },
  { "refuse chap", YES, L2TP_OPTION_REFUSE_CHAP },
  { "require pap", LOST_IF_TRUE, .why = PEER },
  { "require chap", LOST_IF_TRUE, .why = PEER },
  { "require authentication", LOST_IF_TRUE, .why = PEER },
  { "require auth", LOST_IF_TRUE, .why = PEER },
  { "refuse authentication", NOTHING },
  { "refuse auth", NOTHING },
  { "redial", NOTHING }, /* what keeping a VPN up is about */
  { "redial timeout", LOST, .why = TUNING },
  { "max redials", LOST, .why = TUNING },
  { "ppp debug", NOTHING },
  { "pass peer", NOTHING },
  { "length bit", NOTHING },
  { "call rws", NOTHING },
  { "exclusive", NOTHING },
  { "debug avp", NOTHING },
  { "debug network", NOTHING },
  { "debug packet", NOTHING },
  { "debug state", NOTHING },
  { "debug tunnel", NOTHING },
  { "force userspace", NOTHING },
  { "rand source", NOTHING },
  { "saref refinfo", NOTHING },
  { "access control", LOST_IF_TRUE, .why = SERVER },
  { "unix authentication", LOST_IF_TRUE, .why = SERVER },
  { "unix auth", LOST_IF_TRUE, .why = SERVER },
  { "ipsec saref", LOST_IF_TRUE, .why = ABSENT },
  { "tx bps", LOST, .why = ABSENT },
  { "rx bps", LOST, .why = ABSENT },
  { "bps", LOST, .why = ABSENT },
  { "cap backoff", LOST, .why = TUNING },
};

static void
section_free (gpointer data)
{
  Section *section = data;

  if (section == NULL)
    return;
  g_free (section->name);
  g_hash_table_unref (section->fields);
  g_free (section);
}
G_DEFINE_AUTOPTR_CLEANUP_FUNC (Section, section_free)

static Section *
section_new (const char *name, const Section *like)
{
  Section *section = g_new0 (Section, 1);
  GHashTableIter iter;
  gpointer key, value;

  section->name = g_strdup (name);
  section->fields = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, g_free);
  if (like == NULL)
    return section;
  g_hash_table_iter_init (&iter, like->fields);
  while (g_hash_table_iter_next (&iter, &key, &value))
    g_hash_table_insert (section->fields, g_strdup (key), g_strdup (value));
  return section;
}

static void
file_clear (File *file)
{
  section_free (file->global);
  section_free (file->fallback);
  g_ptr_array_unref (file->lacs);
  g_ptr_array_unref (file->notes);
}
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (File, file_clear)

static Section *
open_lac (File *file, const char *name)
{
  Section *section;

  if (g_ascii_strcasecmp (name, "default") == 0)
    return file->fallback;
  for (guint i = 0; i < file->lacs->len; i++)
    {
      section = file->lacs->pdata[i];
      if (*name != '\0' && g_ascii_strcasecmp (section->name, name) == 0)
        return section;
    }
  section = section_new (name, file->fallback);
  g_ptr_array_add (file->lacs, section);
  return section;
}

/* Returns what the lines after @line belong to, or NULL: to nothing that is imported. */
static Section *
open_section (File *file, char *line)
{
  char *end = strchr (line, ']');
  char *name;

  if (end != NULL)
    *end = '\0';
  name = line + 1 + strcspn (line + 1, " \t");
  if (*name != '\0')
    *name++ = '\0';
  name = g_strstrip (name);
  if (g_ascii_strcasecmp (line + 1, "global") == 0)
    return file->global;
  if (g_ascii_strcasecmp (line + 1, "lac") == 0)
    return open_lac (file, name);
  g_ptr_array_add (file->notes, g_strdup_printf (_ ("[%.64s]: not carried over: this service is no "
                                                    "server"),
                                                 line + 1));
  return NULL;
}

static void
take_line (File *file, Section *section, char *line, guint number)
{
  char *value = strchr (line, '=');
  g_autofree char *key = NULL;

  if (value == NULL)
    {
      g_ptr_array_add (file->notes,
                       g_strdup_printf (_ ("line %u: not carried over: it has no “=”"), number));
      return;
    }
  *value++ = '\0';
  key = g_ascii_strdown (g_strstrip (line), -1);
  if (!g_str_equal (key, "lns") || section->n_lns++ == 0)
    g_hash_table_replace (section->fields, g_steal_pointer (&key), g_strdup (g_strstrip (value)));
}

static void
read_file (File *file, const char *text)
{
  g_auto (GStrv) lines = g_strsplit (text, "\n", -1);
  Section *section = NULL;

  for (guint i = 0; lines[i] != NULL; i++)
    {
      char *line = lines[i];

      line[strcspn (line, ";")] = '\0';
      line = g_strstrip (line);
      if (*line == '\0' || *line == '#')
        continue;
      if (*line == '[')
        section = open_section (file, line);
      else if (section != NULL)
        take_line (file, section, line, i + 1);
    }
}

static gboolean
is_true (const char *value)
{
  gboolean yes = FALSE;

  return cli_import_parse_bool (value, &yes) && yes;
}

static void
take_field (CliImport *import, const char *key, const char *value)
{
  for (guint i = 0; i < G_N_ELEMENTS (rows); i++)
    {
      if (!g_str_equal (rows[i].key, key))
        continue;
      if (rows[i].fate == VALUE)
        cli_import_set (import, rows[i].id, value, key);
      else if (rows[i].fate == YES && is_true (value))
        cli_import_set (import, rows[i].id, "yes", key);
      else if (rows[i].fate == LOST || (rows[i].fate == LOST_IF_TRUE && is_true (value)))
        cli_import_lost (import, key, rows[i].why);
      return;
    }
  cli_import_lost (import, key, N_ ("not known as a setting of a LAC"));
}

/* Sorted, so that the notes always come in the same order. */
static void
take_fields (CliImport *import, const Section *section)
{
  g_autoptr (GList) keys = g_hash_table_get_keys (section->fields);

  keys = g_list_sort (keys, (GCompareFunc) strcmp);
  for (GList *key = keys; key != NULL; key = key->next)
    take_field (import, key->data, g_hash_table_lookup (section->fields, key->data));
}

/* “HOST” or “HOST:PORT”: xl2tpd knows no IPv6. */
static void
take_lns (CliImport *import, const Section *section)
{
  const char *lns = g_hash_table_lookup (section->fields, "lns");
  g_auto (GStrv) parts = g_strsplit (lns != NULL ? lns : "", ":", 2);

  if (lns == NULL || *lns == '\0')
    return;
  cli_import_set (import, L2TP_OPTION_GATEWAY, parts[0], "lns");
  if (parts[1] != NULL)
    cli_import_set (import, L2TP_OPTION_PORT, parts[1], "lns");
  if (section->n_lns > 1)
    cli_import_note (import, _ ("lns: only the first was carried over; xl2tpd dials no other "
                                "either"));
}

static void
take_challenge (CliImport *import,
                const Section *section,
                const Section *global,
                const CliImportSource *source)
{
  const char *challenge = g_hash_table_lookup (section->fields, "challenge");
  const char *path = g_hash_table_lookup (global->fields, "auth file");
  const char *us = cli_import_get (import, L2TP_OPTION_HOSTNAME);
  g_autofree char *fault = NULL;
  char *text = NULL, *secret = NULL;

  if (path != NULL && source->load != NULL)
    text = source->load (path, source->load_data, &fault);
  if (text != NULL)
    secret = cli_import_find_secret (text, us, NULL);
  if (secret != NULL)
    cli_import_set (import, L2TP_OPTION_TUNNEL_SECRET, secret, "auth file");
  else if (fault != NULL)
    cli_import_note (import, _ ("%.200s: not read: %s"), path, fault);
  if (challenge != NULL && is_true (challenge) && secret == NULL &&
      (source->secret_files == NULL || source->secret_files[L2TP_OPTION_TUNNEL_SECRET] == NULL))
    cli_import_note (import, _ ("challenge: needs the secret of l2tp-secrets: give it with "
                                "--tunnel-secret-file"));
  cli_import_wipe (secret);
  cli_import_wipe (text);
}

static void
take_addresses (CliImport *import, const Section *section, const Section *global)
{
  const char *ours = g_hash_table_lookup (section->fields, "local ip");
  const char *listen = g_hash_table_lookup (global->fields, "listen-addr");

  if (ours != NULL)
    cli_import_lost (import, "local ip", N_ ("the LNS says which address is ours"));
  if (listen != NULL && !g_str_equal (listen, "0.0.0.0"))
    cli_import_set (import, L2TP_OPTION_LOCAL_ADDRESS, listen, "listen-addr");
}

static void
note_password (CliImport *import, const CliImportSource *source)
{
  if (cli_import_get (import, L2TP_OPTION_PASSWORD) == NULL && source->chap_secrets == NULL &&
      cli_import_get (import, L2TP_OPTION_USER_AUTH_TYPE) == NULL &&
      (source->secret_files == NULL || source->secret_files[L2TP_OPTION_PASSWORD] == NULL))
    cli_import_note (import,
                     _ ("password: pppd looked it up in /etc/ppp/chap-secrets: give it with "
                        "--chap-secrets or --password-file"));
}

/* The options file comes first: pppd obeys it rather than the name that xl2tpd hands over. */
static CliImport *
take_section (const File *file, const Section *section, const CliImportSource *source)
{
  const char *lns = g_hash_table_lookup (section->fields, "lns");
  const char *options = g_hash_table_lookup (section->fields, "pppoptfile");
  const char *name = g_hash_table_lookup (section->fields, "name");
  const char *fallback = lns != NULL && *lns != '\0' ? lns : source->name;
  CliImport *import = cli_import_new (*section->name != '\0' ? section->name : fallback);

  take_fields (import, file->global);
  take_fields (import, section);
  take_lns (import, section);
  take_addresses (import, section, file->global);
  if (options != NULL)
    cli_import_pppd_file (import, options, source);
  if (name != NULL && cli_import_get (import, L2TP_OPTION_USER) == NULL)
    cli_import_set (import, L2TP_OPTION_USER, name, "name");
  take_challenge (import, section, file->global, source);
  note_password (import, source);
  return import;
}

gboolean
cli_import_xl2tpd (const char *text,
                   const CliImportSource *source,
                   GPtrArray *imports,
                   char **ret_fault)
{
  g_auto (File) file = { .global = section_new ("", NULL),
                         .fallback = section_new ("", NULL),
                         .lacs = g_ptr_array_new_with_free_func (section_free),
                         .notes = g_ptr_array_new_with_free_func (g_free) };

  read_file (&file, text);
  if (file.lacs->len == 0)
    {
      *ret_fault = g_strdup (_ ("has no section [lac NAME], so no VPN that xl2tpd would dial"));
      return FALSE;
    }
  for (guint i = 0; i < file.lacs->len; i++)
    g_ptr_array_add (imports, take_section (&file, file.lacs->pdata[i], source));
  for (guint i = 0; i < file.notes->len; i++)
    cli_import_note (imports->pdata[0], "%s", (const char *) file.notes->pdata[i]);
  return TRUE;
}
