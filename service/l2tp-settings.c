/* SPDX-License-Identifier: GPL-2.0-or-later */
/* SPDX-FileCopyrightText: The l2tp-client authors */

/* The settings of the service, from a file and its drop-ins, in the way of systemd. One row a
 * setting. A line that is wrong costs itself alone: a service that does not start because of its
 * log level helps nobody. Hides where files are looked for. */

#include "l2tp-settings.h"

#include <string.h>

#include "service/base/l2tp-keyfile.h"

#define FILE_NAME "l2tp-client.conf"
#define DROP_INS  FILE_NAME ".d"
#define SUFFIX    ".conf"

const char *const l2tp_settings_directories[] = { SYSCONFDIR "/l2tp-client", "/usr/lib/l2tp-client",
                                                  NULL };

static gboolean
set_log_level (L2tpSettings *settings, const char *value)
{
  gboolean debug = g_str_equal (value, "debug");

  if (!debug && !g_str_equal (value, "info"))
    return FALSE;
  settings->debug = debug;
  return TRUE;
}

static gboolean
has_control_characters (const char *text)
{
  for (; *text != '\0'; text++)
    if (g_ascii_iscntrl (*text))
      return TRUE;
  return FALSE;
}

static gboolean
set_vici_socket (L2tpSettings *settings, const char *value)
{
  if (!g_path_is_absolute (value) || has_control_characters (value))
    return FALSE;
  g_free (settings->vici_socket);
  settings->vici_socket = g_strdup (value);
  return TRUE;
}

/* All that is understood; a setter changes nothing when it returns FALSE. */
static const struct
{
  const char *group;
  const char *key;
  gboolean (*set) (L2tpSettings *settings, const char *value);
  const char *right; /* what a right value is */
} rows[] = {
  { "service", "log-level", set_log_level, "info or debug" },
  { "ipsec", "vici-socket", set_vici_socket, "the path of a socket, from / on" },
};

static void warn (GPtrArray *warnings, const char *path, guint line, const char *format, ...)
    G_GNUC_PRINTF (4, 5);

static void
warn (GPtrArray *warnings, const char *path, guint line, const char *format, ...)
{
  g_autofree char *shown = g_filename_display_name (path);
  g_autofree char *reason = NULL;
  g_autofree char *place = line > 0 ? g_strdup_printf (":%u", line) : g_strdup ("");
  va_list args;

  va_start (args, format);
  reason = g_strdup_vprintf (format, args);
  va_end (args);
  g_strdelimit (reason, "\n", ' ');
  g_ptr_array_add (warnings, g_strdup_printf ("%s%s: %s", shown, place, reason));
}

static void
take_key (L2tpSettings *settings, GPtrArray *warnings, const char *path, const L2tpKeyfile *file)
{
  gboolean group_known = FALSE;
  g_autofree char *key = g_strescape (file->key, NULL);

  for (guint i = 0; i < G_N_ELEMENTS (rows); i++)
    {
      group_known |= g_str_equal (rows[i].group, file->group);
      if (!g_str_equal (rows[i].group, file->group) || !g_str_equal (rows[i].key, file->key))
        continue;
      if (!rows[i].set (settings, file->value))
        warn (warnings, path, file->line, "%s: must be %s", key, rows[i].right);
      return;
    }
  if (group_known) /* else the group's line was warned of */
    warn (warnings, path, file->line, "%.64s: unknown key in [%s]", key, file->group);
}

static void
take_group (GPtrArray *warnings, const char *path, const L2tpKeyfile *file)
{
  g_autofree char *shown = g_strescape (file->group, NULL);

  for (guint i = 0; i < G_N_ELEMENTS (rows); i++)
    if (g_str_equal (rows[i].group, file->group))
      return;
  warn (warnings, path, file->line, "[%.64s]: unknown group", shown);
}

static void
take_text (L2tpSettings *settings, GPtrArray *warnings, const char *path, char *text)
{
  L2tpKeyfile file;

  l2tp_keyfile_init (&file, text);
  while (l2tp_keyfile_next (&file))
    {
      if (file.fault != NULL)
        warn (warnings, path, file.line, "the line %s", file.fault);
      else if (file.key == NULL)
        take_group (warnings, path, &file);
      else
        take_key (settings, warnings, path, &file);
    }
}

/* Returns FALSE when there is no such file. */
static gboolean
take_file (L2tpSettings *settings, GPtrArray *warnings, const char *path)
{
  g_autoptr (GError) error = NULL;
  g_autofree char *text = NULL;
  const char *fault;
  gsize len;

  if (!g_file_get_contents (path, &text, &len, &error))
    {
      if (g_error_matches (error, G_FILE_ERROR, G_FILE_ERROR_NOENT))
        return FALSE;
      warn (warnings, path, 0, "cannot be read: %s", error->message);
      return TRUE;
    }
  fault = l2tp_keyfile_check (text, len);
  if (fault != NULL)
    warn (warnings, path, 0, "%s", fault);
  else
    take_text (settings, warnings, path, text);
  return TRUE;
}

/* Adds the drop-ins in @directory to @paths, by name, where an earlier directory has none. */
static void
find_drop_ins (const char *directory, GTree *paths)
{
  g_autofree char *drop_ins = g_build_filename (directory, DROP_INS, NULL);
  g_autoptr (GDir) dir = g_dir_open (drop_ins, 0, NULL);
  const char *name;

  while (dir != NULL && (name = g_dir_read_name (dir)) != NULL)
    if (name[0] != '.' && g_str_has_suffix (name, SUFFIX) && g_tree_lookup (paths, name) == NULL)
      g_tree_insert (paths, g_strdup (name), g_build_filename (drop_ins, name, NULL));
}

static int
compare_names (gconstpointer a, gconstpointer b, gpointer data)
{
  return strcmp (a, b);
}

L2tpSettings *
l2tp_settings_read (const char *const *directories)
{
  L2tpSettings *settings = g_new0 (L2tpSettings, 1);
  g_autoptr (GPtrArray) warnings = g_ptr_array_new_with_free_func (g_free);
  g_autoptr (GTree) paths = g_tree_new_full (compare_names, NULL, g_free, g_free);
  gboolean found = FALSE;

  for (guint i = 0; directories[i] != NULL; i++)
    {
      g_autofree char *path = g_build_filename (directories[i], FILE_NAME, NULL);

      found = found || take_file (settings, warnings, path);
      find_drop_ins (directories[i], paths);
    }
  for (GTreeNode *node = g_tree_node_first (paths); node != NULL; node = g_tree_node_next (node))
    take_file (settings, warnings, g_tree_node_value (node));

  g_ptr_array_add (warnings, NULL);
  settings->warnings = (char **) g_ptr_array_steal (warnings, NULL);
  return settings;
}

void
l2tp_settings_free (L2tpSettings *settings)
{
  if (settings == NULL)
    return;
  g_free (settings->vici_socket);
  g_strfreev (settings->warnings);
  g_free (settings);
}

static void
settings_free (gpointer data)
{
  l2tp_settings_free (data);
}

static void
read_in_thread (GTask *task, gpointer source, gpointer data, GCancellable *cancellable)
{
  g_task_return_pointer (task, l2tp_settings_read (data), settings_free);
}

static void
directories_free (gpointer data)
{
  g_strfreev (data);
}

void
l2tp_settings_read_async (const char *const *directories,
                          GCancellable *cancellable,
                          GAsyncReadyCallback callback,
                          gpointer user_data)
{
  g_autoptr (GTask) task = g_task_new (NULL, cancellable, callback, user_data);

  g_task_set_source_tag (task, l2tp_settings_read_async);
  g_task_set_task_data (task, g_strdupv ((char **) directories), directories_free);
  g_task_run_in_thread (task, read_in_thread);
}

L2tpSettings *
l2tp_settings_read_finish (GAsyncResult *result, GError **error)
{
  g_return_val_if_fail (g_task_is_valid (result, NULL), NULL);
  return g_task_propagate_pointer (G_TASK (result), error);
}
