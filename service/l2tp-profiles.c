/* SPDX-License-Identifier: GPL-2.0-or-later */
/* SPDX-FileCopyrightText: The l2tp-client authors */

/* Between the manager, which knows connections, and the store, which knows files. What the bus
 * changes goes to the file first; what an administrator changes in a file comes from there. Hides
 * which connection has a file. Design section 2. */

#include "l2tp-profiles.h"

#include "l2tp-owner-file.h"
#include "service/base/l2tp-error.h"
#include "service/base/l2tp-log.h"

struct _L2tpProfiles
{
  GObject parent_instance;

  L2tpManager *manager;
  L2tpStore *store;
  GHashTable *changing; /* L2tpConnection → L2tpConfig that it is to get, or NULL: it is to go */
  GHashTable *late;     /* file's name → L2tpProfile, which waits for the end of a connection */
  guint late_source;
};

G_DEFINE_FINAL_TYPE (L2tpProfiles, l2tp_profiles, G_TYPE_OBJECT)

/* --- One change of a connection at a time --------------------------------------------------- */

typedef struct
{
  L2tpConnection *connection; /* NULL until it is added */
  L2tpConfig *config;
  guint32 owner;     /* whose it is, when the change begins */
  L2tpSource source; /* the same */
} Change;

static void
change_free (Change *change)
{
  l2tp_config_unref (change->config);
  g_clear_object (&change->connection);
  g_free (change);
}

static GTask *
change_new (L2tpProfiles *self,
            L2tpConnection *connection,
            L2tpConfig *config,
            GCancellable *cancellable,
            GAsyncReadyCallback callback,
            gpointer user_data)
{
  GTask *task = g_task_new (self, cancellable, callback, user_data);
  Change *change = g_new0 (Change, 1);

  g_set_object (&change->connection, connection);
  change->config = config != NULL ? l2tp_config_ref (config) : NULL;
  g_task_set_task_data (task, change, (GDestroyNotify) change_free);
  return task;
}

/* Until end_change(). What is being deleted must not be written once more: its file would be back.
 */
static gboolean
begin_change (L2tpProfiles *self, GTask *task, GError **error)
{
  Change *change = g_task_get_task_data (task);
  gpointer wanted = NULL;

  if (!l2tp_manager_has (self->manager, change->connection))
    g_set_error_literal (error, L2TP_ERROR, L2TP_ERROR_NOT_FOUND,
                         "The connection has gone in the meantime");
  else if (!g_hash_table_lookup_extended (self->changing, change->connection, NULL, &wanted))
    return g_hash_table_insert (self->changing, change->connection, change->config);
  else if (wanted == NULL)
    g_set_error_literal (error, L2TP_ERROR, L2TP_ERROR_IN_PROGRESS,
                         "The connection is being deleted");
  else
    g_set_error_literal (error, L2TP_ERROR, L2TP_ERROR_BUSY,
                         "Another change of this connection is being written\nTry again.");
  return FALSE;
}

static void take_late_soon (L2tpProfiles *self);

static void
end_change (L2tpProfiles *self, GTask *task)
{
  Change *change = g_task_get_task_data (task);

  g_hash_table_remove (self->changing, change->connection);
  if (change->config != NULL) /* else the manager tells */
    take_late_soon (self);
}

/* Names of connections as they are, and as they are about to be. */
static gboolean
check (L2tpProfiles *self,
       L2tpConfig *config,
       guint32 owner,
       L2tpSource source,
       L2tpConnection *except,
       GError **error)
{
  const char *name = l2tp_config_get_string (config, L2TP_OPTION_NAME);
  GHashTableIter iter;
  gpointer other, wanted;

  g_hash_table_iter_init (&iter, self->changing);
  while (g_hash_table_iter_next (&iter, &other, &wanted))
    {
      if (other == except || wanted == NULL || l2tp_connection_get_owner (other) != owner ||
          !g_str_equal (l2tp_config_get_string (wanted, L2TP_OPTION_NAME), name))
        continue;
      g_set_error (error, L2TP_ERROR, L2TP_ERROR_INVALID_SETTINGS, "name: “%s” is taken", name);
      return FALSE;
    }
  return l2tp_manager_check (self->manager, config, owner, source, except, error);
}

/* --- From the files ------------------------------------------------------------------------ */

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

  end_change (g_task_get_source_object (task), task);
}

/* A change from the bus that is under way has the last word. */
static void
remove_without_file (L2tpProfiles *self, L2tpConnection *connection)
{
  g_autoptr (GTask) task = change_new (self, connection, NULL, NULL, NULL, NULL);

  if (begin_change (self, task, NULL))
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

static void
take_late_soon (L2tpProfiles *self)
{
  if (self->late_source == 0 && g_hash_table_size (self->late) > 0)
    self->late_source = g_idle_add (take_late, self);
}

static void
on_connection_removed (L2tpManager *manager, L2tpConnection *connection, L2tpProfiles *self)
{
  take_late_soon (self);
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
l2tp_profiles_autostart (L2tpProfiles *profiles)
{
  const L2tpAsker nobody = { .uid = L2TP_OWNER_ALL };
  GPtrArray *connections = l2tp_manager_get_connections (profiles->manager);

  for (guint i = 0; i < connections->len; i++)
    {
      L2tpConnection *connection = g_ptr_array_index (connections, i);
      L2tpConfig *config = l2tp_connection_get_config (connection);

      g_autoptr (GError) error = NULL;

      if (l2tp_config_get_boolean (config, L2TP_OPTION_AUTOSTART) &&
          !l2tp_connection_connect (connection, &nobody, &error))
        l2tp_warning (l2tp_connection_get_uuid (connection), "%s", error->message);
    }
}

/* --- From the bus -------------------------------------------------------------------------- */

static void
save (L2tpProfiles *self,
      L2tpConnection *connection,
      L2tpConfig *config,
      GAsyncReadyCallback callback,
      GTask *task)
{
  l2tp_store_save_async (self->store, l2tp_connection_get_uuid (connection), config,
                         l2tp_connection_get_owner (connection), g_task_get_cancellable (task),
                         callback, task);
}

static void
on_added_saved (GObject *source, GAsyncResult *result, gpointer data)
{
  g_autoptr (GTask) task = data;
  L2tpProfiles *self = g_task_get_source_object (task);
  Change *change = g_task_get_task_data (task);
  g_autofree char *filename = NULL;
  GError *error = NULL;

  end_change (self, task);
  filename = l2tp_store_save_finish (L2TP_STORE (source), result, &error);
  if (filename == NULL)
    {
      l2tp_manager_remove_async (self->manager, change->connection, NULL, NULL, NULL);
      g_task_return_error (task, error);
      return;
    }
  l2tp_connection_set_filename (change->connection, filename);
  g_task_return_pointer (task, g_object_ref (change->connection), g_object_unref);
}

static void
on_add_checked (GObject *source, GAsyncResult *result, gpointer data)
{
  g_autoptr (GTask) task = data;
  L2tpProfiles *self = g_task_get_source_object (task);
  Change *change = g_task_get_task_data (task);
  GError *error = NULL;

  if (l2tp_owner_file_check_finish (result, &error) &&
      check (self, change->config, change->owner, change->source, NULL, &error))
    change->connection =
        l2tp_manager_add (self->manager, change->config, change->owner, change->source, &error);
  if (error != NULL)
    {
      g_task_return_error (task, error);
      return;
    }
  g_object_ref (change->connection);
  if (change->source != L2TP_SOURCE_DISK)
    {
      g_task_return_pointer (task, g_object_ref (change->connection), g_object_unref);
      return;
    }
  g_hash_table_insert (self->changing, change->connection, change->config);
  save (self, change->connection, change->config, on_added_saved, g_steal_pointer (&task));
}

void
l2tp_profiles_add_async (L2tpProfiles *profiles,
                         L2tpConfig *config,
                         guint32 owner,
                         L2tpSource source,
                         GCancellable *cancellable,
                         GAsyncReadyCallback callback,
                         gpointer user_data)
{
  g_autoptr (GTask) task = change_new (profiles, NULL, config, cancellable, callback, user_data);
  Change *change = g_task_get_task_data (task);
  GError *error = NULL;

  g_task_set_source_tag (task, l2tp_profiles_add_async);
  change->owner = owner;
  change->source = source;
  if (!check (profiles, config, owner, source, NULL, &error))
    g_task_return_error (task, error);
  else
    l2tp_owner_file_check_async (config, owner, cancellable, on_add_checked,
                                 g_steal_pointer (&task));
}

L2tpConnection *
l2tp_profiles_add_finish (L2tpProfiles *profiles, GAsyncResult *result, GError **error)
{
  g_return_val_if_fail (g_task_is_valid (result, profiles), NULL);
  return g_task_propagate_pointer (G_TASK (result), error);
}

static void
on_update_saved (GObject *source, GAsyncResult *result, gpointer data)
{
  g_autoptr (GTask) task = data;
  L2tpProfiles *self = g_task_get_source_object (task);
  Change *change = g_task_get_task_data (task);
  g_autofree char *filename = NULL;
  GError *error = NULL;

  end_change (self, task);
  filename = l2tp_store_save_finish (L2TP_STORE (source), result, &error);
  if (filename == NULL)
    {
      g_task_return_error (task, error);
      return;
    }
  l2tp_connection_set_config (change->connection, change->config);
  g_task_return_boolean (task, TRUE);
}

/* Secrets that no file holds may change without one. */
static gboolean
is_same_file (L2tpConnection *connection, L2tpConfig *config)
{
  L2tpProfile present = { l2tp_connection_get_config (connection) };
  L2tpProfile wanted = { config };

  return l2tp_profile_equal (&present, &wanted);
}

static void
on_update_checked (GObject *source, GAsyncResult *result, gpointer data)
{
  g_autoptr (GTask) task = data;
  L2tpProfiles *self = g_task_get_source_object (task);
  Change *change = g_task_get_task_data (task);
  GError *error = NULL;

  if (l2tp_owner_file_check_finish (result, &error) &&
      l2tp_connection_get_owner (change->connection) != change->owner)
    g_set_error_literal (&error, L2TP_ERROR, L2TP_ERROR_BUSY,
                         "The connection has got another owner meanwhile\nTry again.");
  if (error != NULL)
    {
      end_change (self, task);
      g_task_return_error (task, error);
      return;
    }
  if (l2tp_connection_get_source (change->connection) == L2TP_SOURCE_DISK &&
      !is_same_file (change->connection, change->config))
    {
      save (self, change->connection, change->config, on_update_saved, g_steal_pointer (&task));
      return;
    }
  end_change (self, task);
  l2tp_connection_set_config (change->connection, change->config);
  g_task_return_boolean (task, TRUE);
}

void
l2tp_profiles_update_async (L2tpProfiles *profiles,
                            L2tpConnection *connection,
                            L2tpConfig *config,
                            GCancellable *cancellable,
                            GAsyncReadyCallback callback,
                            gpointer user_data)
{
  g_autoptr (GTask) task =
      change_new (profiles, connection, config, cancellable, callback, user_data);
  guint32 owner = l2tp_connection_get_owner (connection);
  GError *error = NULL;

  ((Change *) g_task_get_task_data (task))->owner = owner;
  g_task_set_source_tag (task, l2tp_profiles_update_async);
  if (!check (profiles, config, owner, l2tp_connection_get_source (connection), connection,
              &error) ||
      !begin_change (profiles, task, &error))
    g_task_return_error (task, error);
  else
    l2tp_owner_file_check_async (config, owner, cancellable, on_update_checked,
                                 g_steal_pointer (&task));
}

gboolean
l2tp_profiles_update_finish (L2tpProfiles *profiles, GAsyncResult *result, GError **error)
{
  g_return_val_if_fail (g_task_is_valid (result, profiles), FALSE);
  return g_task_propagate_boolean (G_TASK (result), error);
}

static void
on_removed (GObject *source, GAsyncResult *result, gpointer data)
{
  g_autoptr (GTask) task = data;
  GError *error = NULL;

  end_change (g_task_get_source_object (task), task);
  if (l2tp_manager_remove_finish (L2TP_MANAGER (source), result, &error))
    g_task_return_boolean (task, TRUE);
  else
    g_task_return_error (task, error);
}

static void
on_file_removed (GObject *source, GAsyncResult *result, gpointer data)
{
  g_autoptr (GTask) task = data;
  L2tpProfiles *self = g_task_get_source_object (task);
  Change *change = g_task_get_task_data (task);
  GError *error = NULL;

  if (!l2tp_store_remove_finish (L2TP_STORE (source), result, &error))
    {
      end_change (self, task);
      g_task_return_error (task, error);
    }
  else
    l2tp_manager_remove_async (self->manager, change->connection, NULL, on_removed,
                               g_steal_pointer (&task));
}

void
l2tp_profiles_remove_async (L2tpProfiles *profiles,
                            L2tpConnection *connection,
                            GCancellable *cancellable,
                            GAsyncReadyCallback callback,
                            gpointer user_data)
{
  g_autoptr (GTask) task =
      change_new (profiles, connection, NULL, cancellable, callback, user_data);
  const char *filename = l2tp_connection_get_filename (connection);
  GError *error = NULL;

  g_task_set_source_tag (task, l2tp_profiles_remove_async);
  if (!begin_change (profiles, task, &error))
    g_task_return_error (task, error);
  else if (filename != NULL)
    l2tp_store_remove_async (profiles->store, filename, cancellable, on_file_removed,
                             g_steal_pointer (&task));
  else
    l2tp_manager_remove_async (profiles->manager, connection, NULL, on_removed,
                               g_steal_pointer (&task));
}

gboolean
l2tp_profiles_remove_finish (L2tpProfiles *profiles, GAsyncResult *result, GError **error)
{
  g_return_val_if_fail (g_task_is_valid (result, profiles), FALSE);
  return g_task_propagate_boolean (G_TASK (result), error);
}

/* --- What was learned ---------------------------------------------------------------------- */

static void
on_learned_saved (GObject *source, GAsyncResult *result, gpointer data)
{
  g_autoptr (GTask) task = data;
  L2tpProfiles *self = g_task_get_source_object (task);
  Change *change = g_task_get_task_data (task);
  g_autoptr (GError) error = NULL;
  g_autofree char *filename = l2tp_store_save_finish (L2TP_STORE (source), result, &error);

  end_change (self, task);
  if (filename == NULL)
    l2tp_warning (l2tp_connection_get_uuid (change->connection),
                  "the secrets that were typed are not kept: %s", error->message);
}

static void
on_learned (L2tpConnection *connection, L2tpProfiles *self)
{
  L2tpConfig *config = l2tp_connection_get_config (connection);
  g_autoptr (GTask) task = NULL;

  if (l2tp_connection_get_filename (connection) == NULL)
    return;
  task = change_new (self, connection, config, NULL, NULL, NULL);
  if (begin_change (self, task, NULL))
    save (self, connection, config, on_learned_saved, g_steal_pointer (&task));
}

static void
on_connection_added (L2tpManager *manager, L2tpConnection *connection, L2tpProfiles *self)
{
  g_signal_connect_object (connection, "learned", G_CALLBACK (on_learned), self, 0);
}

/* --- Life ---------------------------------------------------------------------------------- */

L2tpProfiles *
l2tp_profiles_new (L2tpManager *manager, L2tpStore *store)
{
  L2tpProfiles *self = g_object_new (L2TP_TYPE_PROFILES, NULL);

  self->manager = g_object_ref (manager);
  self->store = g_object_ref (store);
  g_signal_connect (manager, "added", G_CALLBACK (on_connection_added), self);
  g_signal_connect (manager, "removed", G_CALLBACK (on_connection_removed), self);
  g_signal_connect (store, "changed", G_CALLBACK (on_file_changed), self);
  g_signal_connect (store, "gone", G_CALLBACK (on_file_gone), self);
  return self;
}

static void
l2tp_profiles_finalize (GObject *object)
{
  L2tpProfiles *self = L2TP_PROFILES (object);

  g_clear_handle_id (&self->late_source, g_source_remove);
  g_signal_handlers_disconnect_by_data (self->manager, self);
  g_signal_handlers_disconnect_by_data (self->store, self);
  g_object_unref (self->manager);
  g_object_unref (self->store);
  g_hash_table_unref (self->changing);
  g_hash_table_unref (self->late);
  G_OBJECT_CLASS (l2tp_profiles_parent_class)->finalize (object);
}

static void
l2tp_profiles_class_init (L2tpProfilesClass *klass)
{
  G_OBJECT_CLASS (klass)->finalize = l2tp_profiles_finalize;
}

static void
l2tp_profiles_init (L2tpProfiles *self)
{
  self->changing = g_hash_table_new (NULL, NULL);
  self->late = late_new ();
}
