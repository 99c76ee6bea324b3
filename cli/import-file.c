/* SPDX-License-Identifier: GPL-2.0-or-later */
/* SPDX-FileCopyrightText: The l2tp-client authors */

/* Files for the import: reading them into memory that can be wiped, and a look at /etc/ppp, whose
 * options and scripts worked behind the back of every VPN and which the service's pppd does not
 * see (PPP-28). */

#include "import.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <glib/gi18n.h>

#define MAX_SCRIPTS 5 /* named in a note */

static gboolean
read_text (int fd, char *text, gsize size, gsize *ret_len)
{
  gsize len = 0;

  while (len < size)
    {
      ssize_t n = TEMP_FAILURE_RETRY (read (fd, text + len, size - len));

      if (n < 0)
        return FALSE;
      if (n == 0)
        {
          *ret_len = len;
          return TRUE;
        }
      len += (gsize) n;
    }
  errno = EFBIG;
  return FALSE;
}

char *
cli_import_read_file (const char *path, char **ret_fault)
{
  gboolean is_stdin = g_str_equal (path, "-");
  int fd = is_stdin ? STDIN_FILENO : open (path, O_RDONLY | O_CLOEXEC | O_NOCTTY);
  g_autofree char *text = g_malloc0 (CLI_IMPORT_MAX_OCTETS + 1);
  gsize len = 0;
  gboolean read = fd >= 0 && read_text (fd, text, CLI_IMPORT_MAX_OCTETS, &len);
  int error = errno;

  if (fd >= 0 && !is_stdin)
    close (fd);
  if (read && strlen (text) == len)
    return g_steal_pointer (&text);
  if (text != NULL) /* a sanitizer's compiler wants to know */
    explicit_bzero (text, CLI_IMPORT_MAX_OCTETS);
  *ret_fault = g_strdup (read ? _ ("is no text: it contains a NUL octet") : g_strerror (error));
  return NULL;
}

static void
note_options (const char *directory, GPtrArray *notes)
{
  const CliImportSource nowhere = { .name = "options" };
  g_autofree char *path = g_build_filename (directory, "options", NULL);
  g_autofree char *fault = NULL;
  g_autoptr (CliImport) import = cli_import_new (nowhere.name);
  g_autoptr (GString) keys = g_string_new (NULL);
  gboolean new_line = FALSE;
  const char *cursor;
  char *text = cli_import_read_file (path, &fault);
  char *word;

  if (text == NULL)
    return;
  cursor = text;
  word = cli_import_next_word (&cursor, &new_line);
  cli_import_pppd (import, text, &nowhere);
  for (guint i = 0; i < L2TP_N_OPTIONS; i++)
    {
      const char *key = l2tp_option_get (i)->key;
      gboolean secret = g_hash_table_contains (import->secrets, key);

      if (secret || g_hash_table_contains (import->settings, key))
        g_string_append_printf (
            keys, "%s%s=%s", keys->len > 0 ? " " : "", key,
            secret ? _ ("(a secret)") : (const char *) g_hash_table_lookup (import->settings, key));
    }
  if (word != NULL && keys->len > 0)
    g_ptr_array_add (notes, g_strdup_printf (_ ("%s: pppd of this service does not read it; where "
                                                "it mattered, add: %s"),
                                             path, keys->str));
  else if (word != NULL)
    g_ptr_array_add (notes, g_strdup_printf (_ ("%s: pppd of this service does not read it; there "
                                                "is nothing in it for a key of ours"),
                                             path));
  cli_import_wipe (word);
  cli_import_wipe (text);
}

static int
compare_names (gconstpointer a, gconstpointer b)
{
  return strcmp (*(const char *const *) a, *(const char *const *) b);
}

static gboolean
is_program (const char *path)
{
  struct stat st;

  return stat (path, &st) == 0 && S_ISREG (st.st_mode) && st.st_size > 0 &&
         (st.st_mode & S_IXUSR) != 0;
}

static void
note_scripts (const char *directory, const char *name, GPtrArray *notes)
{
  g_autofree char *path = g_build_filename (directory, name, NULL);
  g_autoptr (GDir) dir = g_dir_open (path, 0, NULL);
  g_autoptr (GPtrArray) scripts = g_ptr_array_new_with_free_func (g_free);
  g_autofree char *list = NULL;
  const char *entry;

  while (dir != NULL && (entry = g_dir_read_name (dir)) != NULL)
    {
      g_autofree char *script = g_build_filename (path, entry, NULL);

      if (is_program (script))
        g_ptr_array_add (scripts, g_strdup (entry));
    }
  if (scripts->len == 0)
    return;
  g_ptr_array_sort (scripts, compare_names);
  if (scripts->len > MAX_SCRIPTS)
    {
      g_ptr_array_set_size (scripts, MAX_SCRIPTS);
      g_ptr_array_add (scripts, g_strdup ("…"));
    }
  g_ptr_array_add (scripts, NULL);
  list = g_strjoinv (", ", (char **) scripts->pdata);
  g_ptr_array_add (notes,
                   g_strdup_printf (_ ("%s: pppd of this service runs none of these: %s; the "
                                       "signals of org.l2tp(5) tell when a VPN comes and "
                                       "goes"),
                                    path, list));
}

void
cli_import_note_host (const char *ppp_directory, GPtrArray *notes)
{
  note_options (ppp_directory, notes);
  note_scripts (ppp_directory, "ip-up.d", notes);
  note_scripts (ppp_directory, "ip-down.d", notes);
}
