/* SPDX-License-Identifier: GPL-2.0-or-later */
/* SPDX-FileCopyrightText: The l2tp-client authors */

/* Options files of pppd(8), and its files of secrets. One table says for each option what becomes
 * of it. Hides how pppd cuts a file into words. Of an option that is not in the table, the rest of
 * the line is not looked at, for it may be a secret. */

#include "import.h"

#include <string.h>

#include <glib/gi18n.h>

#define MAX_WORD  1024 /* pppd's own limit */
#define MAX_FILES 16   /* that one connection names; they may name each other */

typedef enum
{
  VALUE,   /* the argument is the value */
  YES,     /* key=yes */
  NO,      /* key=no */
  NOTHING, /* makes no difference here */
  LOST,
  BY_HAND,
} Fate;

typedef struct
{
  CliImport *import;
  const CliImportSource *source;
} Reader;

typedef struct _Row Row;

struct _Row
{
  const char *name;
  guint args;
  Fate fate;
  L2tpOptionId id;
  const char *why;                                                           /* LOST */
  void (*take) (const Reader *reader, const Row *row, const char *argument); /* BY_HAND */
};

#define PEER   N_ ("it makes the LNS authenticate itself, which is not asked for here")
#define SCRIPT N_ ("pppd of this service runs no programs")
#define TUNING N_ ("the service sees to that itself")
#define SERVER N_ ("it is of use to servers only")
#define ENDING N_ ("a connection stays until somebody ends it")
#define ABSENT N_ ("there is nothing like it here")

static void take_text (const Reader *reader, const char *text);

static char
unescape (const char **cursor)
{
  char c = *(*cursor)++;
  int value = 0;

  switch (c)
    {
    case 'a':
      return '\a';
    case 'b':
      return '\b';
    case 'f':
      return '\f';
    case 'n':
      return '\n';
    case 'r':
      return '\r';
    case 's':
      return ' ';
    case 't':
      return '\t';
    default:
      break;
    }
  if (c < '0' || c > '7')
    return c;
  (*cursor)--;
  for (guint i = 0; i < 3 && **cursor >= '0' && **cursor <= '7'; i++)
    value = value * 8 + (*(*cursor)++ - '0');
  return (char) value;
}

/* Leaves *@cursor at the next word, or at the end. */
static void
skip_to_word (const char **cursor, gboolean *new_line)
{
  for (const char *p = *cursor;; p++)
    {
      if (*p == '#')
        p += strcspn (p, "\n");
      if (p[0] == '\\' && p[1] == '\n')
        p++;
      else if (*p == '\n')
        *new_line = TRUE;
      else if (*p == '\0' || !g_ascii_isspace (*p))
        {
          *cursor = p;
          return;
        }
    }
}

char *
cli_import_next_word (const char **cursor, gboolean *ret_new_line)
{
  char buffer[MAX_WORD + 1];
  char quote = '\0';
  gsize len = 0;
  const char *p;
  char *word;

  skip_to_word (cursor, ret_new_line);
  if (**cursor == '\0')
    return NULL;
  for (p = *cursor; *p != '\0' && (quote != '\0' || !g_ascii_isspace (*p));)
    {
      char c = *p++;

      if (c == '\\' && *p == '\n')
        {
          p++;
          continue;
        }
      if (c == quote || (quote == '\0' && (c == '"' || c == '\'')))
        {
          quote = quote != '\0' ? '\0' : c;
          continue;
        }
      if (c == '\\' && *p != '\0')
        c = unescape (&p);
      if (len < MAX_WORD && c != '\0')
        buffer[len++] = c;
    }
  buffer[len] = '\0';
  word = g_strdup (buffer);
  explicit_bzero (buffer, sizeof buffer);
  *cursor = p;
  return word;
}

/* One line of a file of secrets: its first three words; the others are addresses. */
static gboolean
next_line (const char **cursor, char *words[3])
{
  gboolean new_line = FALSE, next = FALSE;
  guint n = 0;
  char *word = cli_import_next_word (cursor, &new_line);

  while (word != NULL)
    {
      const char *ahead = *cursor;

      if (n < 3)
        words[n++] = word;
      else
        cli_import_wipe (word);
      skip_to_word (&ahead, &next);
      if (next)
        break;
      word = cli_import_next_word (cursor, &next);
    }
  return n > 0;
}

/* How well a name of a line fits: 0 not at all, 1 as “*”, 2 as itself. Where @name is not known,
 * it is the other way round. */
static guint
fit (const char *pattern, const char *name)
{
  if (pattern == NULL)
    return 0;
  if (name == NULL || g_str_equal (pattern, "*"))
    return name == NULL && g_str_equal (pattern, "*") ? 2 : 1;
  return g_str_equal (pattern, name) ? 2 : 0;
}

char *
cli_import_find_secret (const char *text, const char *us, const char *them)
{
  char *words[3] = { NULL };
  char *secret = NULL;
  guint best = 0;

  while (next_line (&text, words))
    {
      guint by_us = fit (words[0], us), by_them = fit (words[1], them);
      guint score = by_us > 0 && by_them > 0 && words[2] != NULL ? 2 * by_us + by_them : 0;

      if (score > best && *words[2] != '@') /* @FILE: the secret is in another file */
        {
          best = score;
          cli_import_wipe (secret);
          secret = g_steal_pointer (&words[2]);
        }
      for (guint i = 0; i < 3; i++)
        g_clear_pointer (&words[i], cli_import_wipe);
    }
  return secret;
}

static void
load (const Reader *reader, const char *path)
{
  const CliImportSource *source = reader->source;
  g_autofree char *fault = NULL;
  char *text = NULL;

  if (source->load == NULL)
    fault = g_strdup (_ ("it is not at hand"));
  else if (reader->import->n_files >= MAX_FILES)
    fault = g_strdup (_ ("these are too many files"));
  else
    text = source->load (path, source->load_data, &fault);
  reader->import->n_files++;
  if (text != NULL)
    take_text (reader, text);
  else
    cli_import_note (reader->import, _ ("%.200s: not read: %s"), path, fault);
  cli_import_wipe (text);
}

static void
take_file (const Reader *reader, const Row *row, const char *argument)
{
  load (reader, argument);
}

static void
take_call (const Reader *reader, const Row *row, const char *argument)
{
  g_autofree char *path = g_build_filename ("/etc/ppp/peers", argument, NULL);

  load (reader, path);
}

/* With “user”, it is only another name of this end. */
static void
take_name (const Reader *reader, const Row *row, const char *argument)
{
  if (cli_import_get (reader->import, L2TP_OPTION_USER) == NULL)
    cli_import_set (reader->import, L2TP_OPTION_USER, argument, row->name);
}

static void
take_peer_name (const Reader *reader, const Row *row, const char *argument)
{
  g_free (reader->import->peer_name);
  reader->import->peer_name = g_strdup (argument);
}

static void
take_unit (const Reader *reader, const Row *row, const char *argument)
{
  g_autofree char *name = g_strconcat ("ppp", argument, NULL);

  cli_import_set (reader->import, L2TP_OPTION_INTERFACE_NAME, name, row->name);
}

static void
take_peer_dns (const Reader *reader, const Row *row, const char *argument)
{
  cli_import_set (reader->import, L2TP_OPTION_IP_CONFIG, "service", row->name);
}

static void
take_ipv6 (const Reader *reader, const Row *row, const char *argument)
{
  cli_import_set (reader->import, L2TP_OPTION_IPV6, "yes", row->name);
  cli_import_lost (reader->import, argument, N_ ("interface identifiers are chosen anew"));
}

static void
take_tls (const Reader *reader, const Row *row, const char *argument)
{
  if (cli_import_set (reader->import, row->id, argument, row->name))
    cli_import_set (reader->import, L2TP_OPTION_USER_AUTH_TYPE, "tls", row->name);
}

static void
take_compression (const Reader *reader, const Row *row, const char *argument)
{
  if (g_str_equal (argument, "0") || g_str_equal (argument, "0,0"))
    cli_import_set (reader->import, row->id, "yes", row->name);
  else
    cli_import_lost (reader->import, row->name, N_ ("such compression is never used over L2TP"));
}

/* mrru may follow: cli_import_parse() looks at the end. */
static void
take_multilink (const Reader *reader, const Row *row, const char *argument)
{
  reader->import->wants_multilink = TRUE;
}

/* “LOCAL:REMOTE”; either may be missing. */
static gboolean
take_addresses (const Reader *reader, const char *word)
{
  g_auto (GStrv) ends = g_strsplit (word, ":", -1);

  if (g_strv_length (ends) != 2)
    return FALSE;
  for (guint i = 0; i < 2; i++)
    if (*ends[i] != '\0' && !g_hostname_is_ip_address (ends[i]))
      return FALSE;
  if (*ends[0] != '\0' && !g_str_equal (ends[0], "0.0.0.0"))
    cli_import_lost (reader->import, word, N_ ("the LNS says which address is ours"));
  if (*ends[1] != '\0' && !g_str_equal (ends[1], "0.0.0.0"))
    cli_import_set (reader->import, L2TP_OPTION_IPCP_PEER_IP, ends[1], word);
  return TRUE;
}

static const Row rows[] = {
  { "mtu", 1, VALUE, L2TP_OPTION_MTU },
  { "mru", 1, VALUE, L2TP_OPTION_MRU },
  { "mrru", 1, VALUE, L2TP_OPTION_MRRU },
  { "name", 1, BY_HAND, .take = take_name },
  { "user", 1, VALUE, L2TP_OPTION_USER },
  { "password", 1, VALUE, L2TP_OPTION_PASSWORD },
  { "remotename", 1, BY_HAND, .take = take_peer_name },
  { "refuse-eap", 0, YES, L2TP_OPTION_REFUSE_EAP },
  { "-eap", 0, YES, L2TP_OPTION_REFUSE_EAP },
  { "refuse-pap", 0, YES, L2TP_OPTION_REFUSE_PAP },
  { "-pap", 0, YES, L2TP_OPTION_REFUSE_PAP },
  { "refuse-chap", 0, YES, L2TP_OPTION_REFUSE_CHAP },
  { "-chap", 0, YES, L2TP_OPTION_REFUSE_CHAP },
  { "refuse-mschap", 0, YES, L2TP_OPTION_REFUSE_MSCHAP },
  { "-mschap", 0, YES, L2TP_OPTION_REFUSE_MSCHAP },
  { "refuse-mschap-v2", 0, YES, L2TP_OPTION_REFUSE_MSCHAPV2 },
  { "-mschap-v2", 0, YES, L2TP_OPTION_REFUSE_MSCHAPV2 },
  { "require-mppe", 0, YES, L2TP_OPTION_REQUIRE_MPPE },
  { "require-mppe-40", 0, YES, L2TP_OPTION_REQUIRE_MPPE_40 },
  { "require-mppe-128", 0, YES, L2TP_OPTION_REQUIRE_MPPE_128 },
  { "mppe-stateful", 0, YES, L2TP_OPTION_MPPE_STATEFUL },
  { "nomppe-stateful", 0, NO, L2TP_OPTION_MPPE_STATEFUL },
  { "nobsdcomp", 0, YES, L2TP_OPTION_NOBSDCOMP },
  { "-bsdcomp", 0, YES, L2TP_OPTION_NOBSDCOMP },
  { "nodeflate", 0, YES, L2TP_OPTION_NODEFLATE },
  { "-deflate", 0, YES, L2TP_OPTION_NODEFLATE },
  { "novj", 0, YES, L2TP_OPTION_NO_VJ_COMP },
  { "-vj", 0, YES, L2TP_OPTION_NO_VJ_COMP },
  { "nopcomp", 0, YES, L2TP_OPTION_NOPCOMP },
  { "-pc", 0, YES, L2TP_OPTION_NOPCOMP },
  { "noaccomp", 0, YES, L2TP_OPTION_NOACCOMP },
  { "-ac", 0, YES, L2TP_OPTION_NOACCOMP },
  { "lcp-echo-interval", 1, VALUE, L2TP_OPTION_LCP_ECHO_INTERVAL },
  { "lcp-echo-failure", 1, VALUE, L2TP_OPTION_LCP_ECHO_FAILURE },
  { "ifname", 1, VALUE, L2TP_OPTION_INTERFACE_NAME },
  { "unit", 1, BY_HAND, .take = take_unit },
  { "defaultroute", 0, YES, L2TP_OPTION_DEFAULT_ROUTE },
  { "replacedefaultroute", 0, YES, L2TP_OPTION_DEFAULT_ROUTE },
  { "nodefaultroute", 0, NO, L2TP_OPTION_DEFAULT_ROUTE },
  { "-defaultroute", 0, NO, L2TP_OPTION_DEFAULT_ROUTE },
  { "usepeerdns", 0, BY_HAND, .take = take_peer_dns },
  { "+ipv6", 0, YES, L2TP_OPTION_IPV6 },
  { "ipv6", 1, BY_HAND, .take = take_ipv6 },
  { "ca", 1, VALUE, L2TP_OPTION_USER_CA },
  { "cert", 1, BY_HAND, L2TP_OPTION_USER_CERT, .take = take_tls },
  { "key", 1, BY_HAND, L2TP_OPTION_USER_KEY, .take = take_tls },
  { "file", 1, BY_HAND, .take = take_file },
  { "call", 1, BY_HAND, .take = take_call },
  { "noauth", 0, NOTHING },
  { "nodetach", 0, NOTHING },
  { "-detach", 0, NOTHING },
  { "updetach", 0, NOTHING },
  { "debug", 0, NOTHING },
  { "-d", 0, NOTHING },
  { "nodebug", 0, NOTHING },
  { "dump", 0, NOTHING },
  { "kdebug", 1, NOTHING },
  { "logfile", 1, NOTHING },
  { "logfd", 1, NOTHING },
  { "nolog", 0, NOTHING },
  { "hide-password", 0, NOTHING },
  { "show-password", 0, NOTHING },
  { "lock", 0, NOTHING },
  { "nolock", 0, NOTHING },
  { "crtscts", 0, NOTHING },
  { "nocrtscts", 0, NOTHING },
  { "-crtscts", 0, NOTHING },
  { "xonxoff", 0, NOTHING },
  { "modem", 0, NOTHING },
  { "local", 0, NOTHING },
  { "sync", 0, NOTHING },
  { "silent", 0, NOTHING },
  { "passive", 0, NOTHING },
  { "connect-delay", 1, NOTHING },
  { "asyncmap", 1, NOTHING },
  { "default-asyncmap", 0, NOTHING },
  { "ktune", 0, NOTHING },
  { "noktune", 0, NOTHING },
  { "ipcp-accept-local", 0, NOTHING },
  { "ipcp-accept-remote", 0, NOTHING },
  { "noipdefault", 0, NOTHING },
  { "noccp", 0, NOTHING },
  { "nomppe", 0, NOTHING },
  { "nomppe-40", 0, NOTHING },
  { "nomppe-128", 0, NOTHING },
  { "nopredictor1", 0, NOTHING },
  { "novjccomp", 0, NOTHING },
  { "noipv6", 0, NOTHING },
  { "noipx", 0, NOTHING },
  { "nomultilink", 0, NOTHING },
  { "nomp", 0, NOTHING },
  { "noproxyarp", 0, NOTHING },
  { "nopersist", 0, NOTHING },
  { "noendpoint", 0, NOTHING },
  { "need-peer-eap", 0, NOTHING },
  { "linkname", 1, NOTHING },
  { "ipparam", 1, LOST, .why = SCRIPT },
  { "connect", 1, LOST, .why = SCRIPT },
  { "disconnect", 1, LOST, .why = SCRIPT },
  { "init", 1, LOST, .why = SCRIPT },
  { "pty", 1, LOST, .why = SCRIPT },
  { "welcome", 1, LOST, .why = SCRIPT },
  { "plugin", 1, LOST, .why = SCRIPT },
  { "auth", 0, LOST, .why = PEER },
  { "require-pap", 0, LOST, .why = PEER },
  { "+pap", 0, LOST, .why = PEER },
  { "require-chap", 0, LOST, .why = PEER },
  { "+chap", 0, LOST, .why = PEER },
  { "require-mschap", 0, LOST, .why = PEER },
  { "+mschap", 0, LOST, .why = PEER },
  { "require-mschap-v2", 0, LOST, .why = PEER },
  { "+mschap-v2", 0, LOST, .why = PEER },
  { "require-eap", 0, LOST, .why = PEER },
  { "login", 0, LOST, .why = SERVER },
  { "proxyarp", 0, LOST, .why = SERVER },
  { "ms-dns", 1, LOST, .why = SERVER },
  { "ms-wins", 1, LOST, .why = SERVER },
  { "idle", 1, LOST, .why = ENDING },
  { "maxconnect", 1, LOST, .why = ENDING },
  { "persist", 0, LOST, .why = TUNING },
  { "maxfail", 1, LOST, .why = TUNING },
  { "holdoff", 1, LOST, .why = TUNING },
  { "demand", 0, LOST, .why = ABSENT },
  { "lcp-echo-adaptive", 0, LOST, .why = ABSENT },
  { "lcp-max-configure", 1, LOST, .why = TUNING },
  { "lcp-max-failure", 1, LOST, .why = TUNING },
  { "lcp-max-terminate", 1, LOST, .why = TUNING },
  { "lcp-restart", 1, LOST, .why = TUNING },
  { "ipcp-max-configure", 1, LOST, .why = TUNING },
  { "ipcp-max-failure", 1, LOST, .why = TUNING },
  { "ipcp-max-terminate", 1, LOST, .why = TUNING },
  { "ipcp-restart", 1, LOST, .why = TUNING },
  { "chap-interval", 1, LOST, .why = SERVER },
  { "chap-max-challenge", 1, LOST, .why = SERVER },
  { "chap-restart", 1, LOST, .why = SERVER },
  { "pap-max-authreq", 1, LOST, .why = TUNING },
  { "pap-restart", 1, LOST, .why = TUNING },
  { "pap-timeout", 1, LOST, .why = TUNING },
  { "defaultroute-metric", 1, LOST, .why = ABSENT },
  { "defaultroute6", 0, LOST, .why = ABSENT },
  { "multilink", 0, BY_HAND, .take = take_multilink },
  { "mp", 0, BY_HAND, .take = take_multilink },
  { "bsdcomp", 1, BY_HAND, L2TP_OPTION_NOBSDCOMP, .take = take_compression },
  { "deflate", 1, BY_HAND, L2TP_OPTION_NODEFLATE, .take = take_compression },
  { "mppe", 1, LOST, .why = N_ ("it is of an older pppd; see require-mppe and mppe-stateful") },
  { "vj-max-slots", 1, LOST, .why = ABSENT },
  { "noip", 0, LOST, .why = ABSENT },
  { "nomagic", 0, LOST, .why = ABSENT },
  { "receive-all", 0, LOST, .why = ABSENT },
  { "domain", 1, LOST, .why = N_ ("it is not the domain of the user") },
  { "endpoint", 1, LOST, .why = ABSENT },
  { "crl", 1, LOST, .why = ABSENT },
  { "crl-dir", 1, LOST, .why = ABSENT },
  { "capath", 1, LOST, .why = ABSENT },
  { "pkcs12", 1, LOST, .why = N_ ("user-cert and user-key take such a file") },
  { "active-filter", 1, LOST, .why = ABSENT },
  { "pass-filter", 1, LOST, .why = ABSENT },
  { "record", 1, LOST, .why = ABSENT },
  { "ipx", 0, LOST, .why = ABSENT },
};

static const Row *
find_row (const char *name)
{
  for (guint i = 0; i < G_N_ELEMENTS (rows); i++)
    if (g_str_equal (rows[i].name, name))
      return &rows[i];
  return NULL;
}

static void
take_option (const Reader *reader, const Row *row, const char *argument)
{
  switch (row->fate)
    {
    case VALUE:
      cli_import_set (reader->import, row->id, argument, row->name);
      break;
    case YES:
      cli_import_set (reader->import, row->id, "yes", row->name);
      break;
    case NO:
      cli_import_set (reader->import, row->id, "no", row->name);
      break;
    case LOST:
      cli_import_lost (reader->import, row->name, row->why);
      break;
    case BY_HAND:
      row->take (reader, row, argument);
      break;
    case NOTHING:
      break;
    }
}

static void
skip_line (const char **cursor)
{
  gboolean new_line = FALSE;
  const char *ahead = *cursor;

  for (skip_to_word (&ahead, &new_line); !new_line && *ahead != '\0';
       skip_to_word (&ahead, &new_line))
    {
      cli_import_wipe (cli_import_next_word (cursor, &new_line));
      ahead = *cursor;
    }
}

static void
take_text (const Reader *reader, const char *text)
{
  gboolean new_line = FALSE;
  char *word;

  while ((word = cli_import_next_word (&text, &new_line)) != NULL)
    {
      const Row *row = find_row (word);
      char *argument = NULL;

      if (row != NULL && row->args > 0)
        argument = cli_import_next_word (&text, &new_line);
      if (row != NULL && row->args > 0 && argument == NULL)
        cli_import_lost (reader->import, word, N_ ("its value is missing"));
      else if (row != NULL)
        take_option (reader, row, argument);
      else if (!take_addresses (reader, word))
        {
          cli_import_lost (reader->import, word, N_ ("not known as an option of pppd"));
          skip_line (&text);
        }
      cli_import_wipe (argument);
      cli_import_wipe (word);
    }
}

void
cli_import_pppd (CliImport *import, const char *text, const CliImportSource *source)
{
  take_text (&(const Reader){ import, source }, text);
}

void
cli_import_pppd_file (CliImport *import, const char *path, const CliImportSource *source)
{
  load (&(const Reader){ import, source }, path);
}
