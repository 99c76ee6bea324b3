/* SPDX-License-Identifier: GPL-2.0-or-later */
/* SPDX-FileCopyrightText: The l2tp-client authors */

/* Connections out of other programs' files. The parsers are pure, text in and connections out; what
 * a text names, such as xl2tpd's pppoptfile, they ask a loader for. Nothing of a file is lost
 * without a note, and no note has the value of a secret in it. */

#pragma once

#include <glib.h>

#include "dbus/l2tp-options.h"

G_BEGIN_DECLS

#define CLI_IMPORT_MAX_OCTETS 65536 /* of a file: no real one comes near */

typedef enum
{
  CLI_IMPORT_FORMAT_NM,       /* NetworkManager: an export of NetworkManager-l2tp, .nmconnection */
  CLI_IMPORT_FORMAT_XL2TPD,   /* xl2tpd.conf */
  CLI_IMPORT_FORMAT_OPENL2TP, /* openl2tpd.conf, what “l2tpconfig config save” writes */
  CLI_IMPORT_N_FORMATS,       /* not known: look at the text */
} CliImportFormat;

typedef struct
{
  char *name;               /* valid, never NULL */
  GHashTable *settings;     /* keys of the table, static; their values as typed, valid */
  GHashTable *secrets;      /* the same of the secrets; values are wiped when freed */
  GPtrArray *notes;         /* (element-type utf8): what was not carried over, what differs */
  char *peer_name;          /* (nullable): the LNS's name in files of secrets */
  gboolean wants_multilink; /* which mrru asks for here */
  gboolean is_private;      /* not meant for all users */
  guint n_files;            /* read for it so far */
} CliImport;

/* CliImportLoader:
 * @path: as the text names it, from the root or relative to the text's own file
 *
 * Returns (transfer full) the text of @path, which the parser wipes, or NULL and why not, in
 * @ret_fault. */
typedef char *(*CliImportLoader) (const char *path, gpointer data, char **ret_fault);

typedef struct
{
  const char *name;     /* of a connection that has none in the text */
  CliImportLoader load; /* (nullable): every file counts as missing */
  gpointer load_data;
  const char *chap_secrets;        /* (nullable): the text of pppd's file of secrets */
  const char *const *secret_files; /* (nullable): by L2tpOptionId, not NULL: comes from elsewhere */
} CliImportSource;

/* cli_import_parse:
 * @format: CLI_IMPORT_N_FORMATS finds it out
 * @ret_imports: (element-type CliImport): at least one; any may lack what is required
 *
 * Returns FALSE and why, in @ret_fault, when nothing in @text is a connection. */
gboolean cli_import_parse (const char *text,
                           CliImportFormat format,
                           const CliImportSource *source,
                           GPtrArray **ret_imports,
                           char **ret_fault);

/* cli_import_format_from_string:
 * Returns whether @word is a format: nm, xl2tpd or openl2tp. */
gboolean cli_import_format_from_string (const char *word, CliImportFormat *ret_format);

/* cli_import_read_file:
 * @path: a file, or "-" for standard input
 *
 * Returns the text, free it with cli_import_wipe(), or NULL and why. */
char *cli_import_read_file (const char *path, char **ret_fault);

/* cli_import_note_host:
 * @ppp_directory: "/etc/ppp"
 *
 * Adds to @notes what pppd used to read and run in @ppp_directory and the service's does not. */
void cli_import_note_host (const char *ppp_directory, GPtrArray *notes);

/* cli_import_wipe: frees @text, overwritten; NULL is allowed. */
void cli_import_wipe (gpointer text);

/* The rest is for the parsers. */

CliImport *cli_import_new (const char *name);
void cli_import_free (CliImport *import);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (CliImport, cli_import_free)

/* cli_import_note:
 * Adds a line for the user. Arguments may be any octets, but never a secret. */
void cli_import_note (CliImport *import, const char *format, ...) G_GNUC_PRINTF (2, 3);

/* cli_import_lost:
 * Notes that @where was not carried over; @why: untranslated, (nullable). */
void cli_import_lost (CliImport *import, const char *where, const char *why);

/* cli_import_set:
 * @where: what the text calls it
 *
 * Gives the option @id, or the one that it is another name of, the value @text; a value that the
 * table refuses becomes a note. Returns whether it did. */
gboolean cli_import_set (CliImport *import, L2tpOptionId id, const char *text, const char *where);

/* cli_import_get: the value, (nullable) (transfer none); of a secret, too. */
const char *cli_import_get (const CliImport *import, L2tpOptionId id);

/* cli_import_build_settings: (transfer floating): as AddConnection wants them, the name included.
 */
GVariant *cli_import_build_settings (const CliImport *import);

/* cli_import_parse_bool:
 * Returns whether @text is one of the words for yes and no that such files have. */
gboolean cli_import_parse_bool (const char *text, gboolean *ret_value);

/* cli_import_nm, cli_import_xl2tpd, cli_import_openl2tp:
 * The parsers: append CliImports to @imports. Return FALSE and why when there is none. */
gboolean cli_import_nm (const char *text,
                        const CliImportSource *source,
                        GPtrArray *imports,
                        char **ret_fault);
gboolean cli_import_xl2tpd (const char *text,
                            const CliImportSource *source,
                            GPtrArray *imports,
                            char **ret_fault);
gboolean cli_import_openl2tp (const char *text,
                              const CliImportSource *source,
                              GPtrArray *imports,
                              char **ret_fault);

/* cli_import_pppd:
 * Takes over what an options file of pppd, of the text @text, says. */
void cli_import_pppd (CliImport *import, const char *text, const CliImportSource *source);

/* cli_import_pppd_file: the same for a file that the source names. */
void cli_import_pppd_file (CliImport *import, const char *path, const CliImportSource *source);

/* cli_import_next_word:
 * Reads words as pppd does: blanks, quotes, backslashes, comments.
 *
 * Returns the next one, free it with cli_import_wipe(), or NULL at the end; in @ret_new_line
 * whether it is the first of its line. */
char *cli_import_next_word (const char **cursor, gboolean *ret_new_line);

/* cli_import_find_secret:
 * @text: a file of secrets: lines of “us them secret”, * being anybody
 *
 * Returns the secret of the line that fits best, free it with cli_import_wipe(), or NULL. */
char *cli_import_find_secret (const char *text, const char *us, const char *them);

G_END_DECLS
