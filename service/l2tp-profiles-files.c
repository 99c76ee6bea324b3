/* SPDX-License-Identifier: GPL-2.0-or-later */
/* SPDX-FileCopyrightText: The l2tp-client authors */

/* What the files say becomes what the manager has: at the start, at a reload, and whenever an
 * administrator changes one. Hides which connection a file belongs to, and the wait for one that is
 * in its way. A part of L2tpProfiles. Design section 2. */

#include "l2tp-profiles-private.h"

#include "service/base/l2tp-log.h"

static L2tpConnection *
find_by_filename (L2tpProfiles *self, const char *filename)
{
  GPtrArray *connections = l2tp_manager_get_connections (self->manager);

  for (guint i = 0; i < connections->len; i++)
    {
      L2tpConnection *connection = g_ptr_array_index (connections, i);

      if (g_strcmp0 (l2tp_connection_get_filename (connection), filename) == 0)
        return connection;
    }
  return NULL;
}

static void
add_from_file (L2tpProfiles *self, const char *filename, L2tpProfile *profile)
{
  g_autoptr (GError) error = NULL;
  L2tpConnection *connection =
      l2tp_manager_add (self->manager, profile->config, profile->owner, L2TP_SOURCE_DISK, &error);

  if (connection != NULL)
    l2tp_connection_set_filename (connection, filename);
  else
    l2tp_warning (NULL, "%s: %s", filename, error->message);
}

static void
update_from_file (L2tpConnection *connection, const char *filename, L2tpProfile *profile)
{
  L2tpConfig *present = l2tp_connection_get_config (connection);
  gboolean handed_over = l2tp_connection_get_owner (connection) != profile->owner;
  /* The secrets in memory are the former owner's. */
  g_autoptr (L2tpConfig) config = handed_over ? l2tp_config_ref (profile->config)
                                              : l2tp_config_new_reread (present, profile->config);

  l2tp_connection_set_filename (connection, filename);
  l2tp_connection_set_owner (connection, profile->owner);
  if (!l2tp_config_equal (config, present))
    l2tp_connection_set_config (connection, config);
}

static void
on_gone (GObject *source, GAsyncResult *result, gpointer data)
{
  g_autoptr (GTask) task = data;

  l2tp_change_end (g_task_get_source_object (task), task);
}

/* A change from the bus that is under way has the last word. */
static void
remove_without_file (L2tpProfiles *self, L2tpConnection *connection)
{
  g_autoptr (GTask) task = l2tp_change_new (self, connection, NULL, NULL, NULL, NULL);

  if (l2tp_change_begin (self, task, NULL))
    l2tp_manager_remove_async (self->manager, connection, NULL, on_gone, g_steal_pointer (&task));
}

static GHashTable *
late_new (void)
{
  return g_hash_table_new_full (g_str_hash, g_str_equal, g_free,
                                (GDestroyNotify) l2tp_profile_unref);
}

/* The connection is not the one of @filename, though it has its UUID: UUIDs are public, and whoever
 * has taken one must neither be shown as that file's connection nor end it with his own. */
static gboolean
is_anothers (L2tpConnection *connection, const char *filename, L2tpProfile *profile)
{
  if (l2tp_connection_get_source (connection) != L2TP_SOURCE_DISK)
    return TRUE;
  return l2tp_connection_get_owner (connection) != profile->owner &&
         g_strcmp0 (l2tp_connection_get_filename (connection), filename) != 0;
}

/* Returns whether what is in the way of the file has gone. */
static gboolean
make_way (L2tpProfiles *self, const char *filename, L2tpProfile *profile)
{
  const char *uuid = l2tp_config_get_string (profile->config, L2TP_OPTION_UUID);
  g_autoptr (GPtrArray) others = g_ptr_array_new_with_free_func (g_object_unref);
  L2tpConnection *known = find_by_filename (self, filename);
  L2tpConnection *same = l2tp_manager_find_by_uuid (self->manager, uuid);
  gboolean free = TRUE;

  if (known != NULL && known != same)
    g_ptr_array_add (others, g_object_ref (known));
  if (same != NULL && is_anothers (same, filename, profile))
    g_ptr_array_add (others, g_object_ref (same));
  for (guint i = 0; i < others->len; i++)
    {
      remove_without_file (self, g_ptr_array_index (others, i));
      free = free && !l2tp_manager_has (self->manager, g_ptr_array_index (others, i));
    }
  return free;
}

static void
on_file_changed (L2tpStore *store, const char *filename, L2tpProfile *profile, L2tpProfiles *self)
{
  const char *uuid = l2tp_config_get_string (profile->config, L2TP_OPTION_UUID);
  L2tpConnection *same;

  g_hash_table_remove (self->late, filename);
  if (!make_way (self, filename, profile))
    {
      g_hash_table_insert (self->late, g_strdup (filename), l2tp_profile_ref (profile));
      return;
    }
  same = l2tp_manager_find_by_uuid (self->manager, uuid);
  if (same != NULL)
    update_from_file (same, filename, profile);
  else
    add_from_file (self, filename, profile);
}

static void
on_file_gone (L2tpStore *store, const char *filename, L2tpProfiles *self)
{
  L2tpConnection *connection = find_by_filename (self, filename);

  g_hash_table_remove (self->late, filename);
  if (connection != NULL)
    remove_without_file (self, connection);
}

static gboolean
take_late (gpointer data)
{
  L2tpProfiles *self = L2TP_PROFILES (data);
  g_autoptr (GHashTable) late = g_steal_pointer (&self->late);
  GHashTableIter iter;
  gpointer filename, profile;

  self->late_source = 0;
  self->late = late_new ();
  g_hash_table_iter_init (&iter, late);
  while (g_hash_table_iter_next (&iter, &filename, &profile))
    on_file_changed (self->store, filename, profile, self);
  return G_SOURCE_REMOVE;
}

void
l2tp_profiles_take_late_soon (L2tpProfiles *self)
{
  if (self->late_source == 0 && g_hash_table_size (self->late) > 0)
    self->late_source = g_idle_add (take_late, self);
}

static void
on_connection_removed (L2tpManager *manager, L2tpConnection *connection, L2tpProfiles *self)
{
  l2tp_profiles_take_late_soon (self);
}

static void
on_loaded (GObject *source, GAsyncResult *result, gpointer data)
{
  g_autoptr (GTask) task = data;
  GError *error = NULL;

  if (l2tp_store_load_finish (L2TP_STORE (source), result, &error))
    g_task_return_boolean (task, TRUE);
  else
    g_task_return_error (task, error);
}

static void
on_reloaded (GObject *source, GAsyncResult *result, gpointer data)
{
  g_autoptr (GTask) task = data;
  GError *error = NULL;

  if (l2tp_store_reload_finish (L2TP_STORE (source), result, &error))
    g_task_return_boolean (task, TRUE);
  else
    g_task_return_error (task, error);
}

void
l2tp_profiles_load_async (L2tpProfiles *profiles,
                          gboolean again,
                          GCancellable *cancellable,
                          GAsyncReadyCallback callback,
                          gpointer user_data)
{
  GTask *task = g_task_new (profiles, cancellable, callback, user_data);

  g_task_set_source_tag (task, l2tp_profiles_load_async);
  if (again)
    l2tp_store_reload_async (profiles->store, cancellable, on_reloaded, task);
  else
    l2tp_store_load_async (profiles->store, cancellable, on_loaded, task);
}

gboolean
l2tp_profiles_load_finish (L2tpProfiles *profiles, GAsyncResult *result, GError **error)
{
  g_return_val_if_fail (g_task_is_valid (result, profiles), FALSE);
  return g_task_propagate_boolean (G_TASK (result), error);
}

void
l2tp_profiles_init_files (L2tpProfiles *profiles)
{
  profiles->late = late_new ();
}

void
l2tp_profiles_watch_files (L2tpProfiles *profiles)
{
  g_signal_connect (profiles->manager, "removed", G_CALLBACK (on_connection_removed), profiles);
  g_signal_connect (profiles->store, "changed", G_CALLBACK (on_file_changed), profiles);
  g_signal_connect (profiles->store, "gone", G_CALLBACK (on_file_gone), profiles);
}

void
l2tp_profiles_clear_files (L2tpProfiles *profiles)
{
  g_clear_handle_id (&profiles->late_source, g_source_remove);
  g_signal_handlers_disconnect_by_data (profiles->store, profiles);
  g_hash_table_unref (profiles->late);
}
