/* SPDX-License-Identifier: GPL-2.0-or-later */
/* SPDX-FileCopyrightText: The l2tp-client authors */

/* Between the manager, which knows connections, and the store, which knows files. What the bus
 * changes, and what a connection has learned, goes to the file first. Hides which connection has a
 * file, and that a change takes time. What comes from the files is in l2tp-profiles-files.c. Design
 * section 2. */

#include "l2tp-profiles-private.h"

#include "l2tp-owner-file.h"
#include "service/base/l2tp-error.h"
#include "service/base/l2tp-log.h"

G_DEFINE_FINAL_TYPE (L2tpProfiles, l2tp_profiles, G_TYPE_OBJECT)

/* --- One change of a connection at a time --------------------------------------------------- */

static void
change_free (L2tpChange *change)
{
  l2tp_config_unref (change->config);
  l2tp_config_unref (change->base);
  g_clear_object (&change->connection);
  g_free (change);
}

GTask *
l2tp_change_new (L2tpProfiles *self,
                 L2tpConnection *connection,
                 L2tpConfig *config,
                 GCancellable *cancellable,
                 GAsyncReadyCallback callback,
                 gpointer user_data)
{
  GTask *task = g_task_new (self, cancellable, callback, user_data);
  L2tpChange *change = g_new0 (L2tpChange, 1);

  g_set_object (&change->connection, connection);
  change->config = config != NULL ? l2tp_config_ref (config) : NULL;
  g_task_set_task_data (task, change, (GDestroyNotify) change_free);
  return task;
}

gboolean
l2tp_change_begin (L2tpProfiles *self, GTask *task, GError **error)
{
  L2tpChange *change = g_task_get_task_data (task);
  L2tpChange *present;

  if (!l2tp_manager_has (self->manager, change->connection))
    g_set_error_literal (error, L2TP_ERROR, L2TP_ERROR_NOT_FOUND,
                         "The connection has gone in the meantime");
  else if ((present = g_hash_table_lookup (self->changing, change->connection)) == NULL)
    {
      change->base = l2tp_config_ref (l2tp_connection_get_config (change->connection));
      return g_hash_table_insert (self->changing, change->connection, change);
    }
  else if (present->config == NULL)
    g_set_error_literal (error, L2TP_ERROR, L2TP_ERROR_IN_PROGRESS,
                         "The connection is being deleted");
  else
    g_set_error_literal (error, L2TP_ERROR, L2TP_ERROR_BUSY,
                         "Another change of this connection is being written\nTry again.");
  return FALSE;
}

void
l2tp_change_end (L2tpProfiles *self, GTask *task)
{
  L2tpChange *change = g_task_get_task_data (task);

  g_hash_table_remove (self->changing, change->connection);
  if (change->config != NULL) /* else the manager tells */
    l2tp_profiles_take_late_soon (self);
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
  gpointer other, data;

  g_hash_table_iter_init (&iter, self->changing);
  while (g_hash_table_iter_next (&iter, &other, &data))
    {
      L2tpConfig *wanted = ((L2tpChange *) data)->config;

      if (other == except || wanted == NULL || l2tp_connection_get_owner (other) != owner ||
          !g_str_equal (l2tp_config_get_string (wanted, L2TP_OPTION_NAME), name))
        continue;
      g_set_error (error, L2TP_ERROR, L2TP_ERROR_INVALID_SETTINGS, "name: “%s” is taken", name);
      return FALSE;
    }
  return l2tp_manager_check (self->manager, config, owner, source, except, error);
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

static void save_if_learned (L2tpProfiles *self, L2tpChange *change);

/* @change is written, or need not be. Secrets that have proved right since it began are in it, too,
 * and are written next. */
static void
take_config (L2tpProfiles *self, L2tpChange *change)
{
  L2tpConfig *present = l2tp_connection_get_config (change->connection);
  g_autoptr (L2tpConfig) merged = NULL;

  if (change->learned)
    merged = l2tp_config_new_learned (change->config, change->base, present);
  l2tp_connection_set_config (change->connection, merged != NULL ? merged : change->config);
  if (merged != NULL)
    save_if_learned (self, change);
}

static void
on_added_saved (GObject *source, GAsyncResult *result, gpointer data)
{
  g_autoptr (GTask) task = data;
  L2tpProfiles *self = g_task_get_source_object (task);
  L2tpChange *change = g_task_get_task_data (task);
  g_autofree char *filename = NULL;
  GError *error = NULL;

  l2tp_change_end (self, task);
  filename = l2tp_store_save_finish (L2TP_STORE (source), result, &error);
  if (filename == NULL)
    {
      l2tp_manager_remove_async (self->manager, change->connection, NULL, NULL, NULL);
      g_task_return_error (task, error);
      return;
    }
  l2tp_connection_set_filename (change->connection, filename);
  save_if_learned (self, change);
  g_task_return_pointer (task, g_object_ref (change->connection), g_object_unref);
}

static void
on_add_checked (GObject *source, GAsyncResult *result, gpointer data)
{
  g_autoptr (GTask) task = data;
  L2tpProfiles *self = g_task_get_source_object (task);
  L2tpChange *change = g_task_get_task_data (task);
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
  g_hash_table_insert (self->changing, change->connection, change);
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
  g_autoptr (GTask) task =
      l2tp_change_new (profiles, NULL, config, cancellable, callback, user_data);
  L2tpChange *change = g_task_get_task_data (task);
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
  L2tpChange *change = g_task_get_task_data (task);
  g_autofree char *filename = NULL;
  GError *error = NULL;

  l2tp_change_end (self, task);
  filename = l2tp_store_save_finish (L2TP_STORE (source), result, &error);
  if (filename == NULL)
    {
      save_if_learned (self, change);
      g_task_return_error (task, error);
      return;
    }
  take_config (self, change);
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
  L2tpChange *change = g_task_get_task_data (task);
  GError *error = NULL;

  if (l2tp_owner_file_check_finish (result, &error) &&
      l2tp_connection_get_owner (change->connection) != change->owner)
    g_set_error_literal (&error, L2TP_ERROR, L2TP_ERROR_BUSY,
                         "The connection has got another owner meanwhile\nTry again.");
  if (error != NULL)
    {
      l2tp_change_end (self, task);
      save_if_learned (self, change);
      g_task_return_error (task, error);
      return;
    }
  if (l2tp_connection_get_source (change->connection) == L2TP_SOURCE_DISK &&
      !is_same_file (change->connection, change->config))
    {
      save (self, change->connection, change->config, on_update_saved, g_steal_pointer (&task));
      return;
    }
  l2tp_change_end (self, task);
  take_config (self, change);
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
      l2tp_change_new (profiles, connection, config, cancellable, callback, user_data);
  guint32 owner = l2tp_connection_get_owner (connection);
  GError *error = NULL;

  ((L2tpChange *) g_task_get_task_data (task))->owner = owner;
  g_task_set_source_tag (task, l2tp_profiles_update_async);
  if (!check (profiles, config, owner, l2tp_connection_get_source (connection), connection,
              &error) ||
      !l2tp_change_begin (profiles, task, &error))
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

  l2tp_change_end (g_task_get_source_object (task), task);
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
  L2tpChange *change = g_task_get_task_data (task);
  GError *error = NULL;

  if (!l2tp_store_remove_finish (L2TP_STORE (source), result, &error))
    {
      l2tp_change_end (self, task);
      save_if_learned (self, change);
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
      l2tp_change_new (profiles, connection, NULL, cancellable, callback, user_data);
  const char *filename = l2tp_connection_get_filename (connection);
  GError *error = NULL;

  g_task_set_source_tag (task, l2tp_profiles_remove_async);
  if (!l2tp_change_begin (profiles, task, &error))
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
  L2tpChange *change = g_task_get_task_data (task);
  g_autoptr (GError) error = NULL;
  g_autofree char *filename = l2tp_store_save_finish (L2TP_STORE (source), result, &error);

  l2tp_change_end (self, task);
  if (filename == NULL)
    l2tp_warning (l2tp_connection_get_uuid (change->connection),
                  "the secrets that were typed are not kept: %s", error->message);
  save_if_learned (self, change);
}

static void
on_learned (L2tpConnection *connection, L2tpProfiles *self)
{
  L2tpConfig *config = l2tp_connection_get_config (connection);
  L2tpChange *present = g_hash_table_lookup (self->changing, connection);
  g_autoptr (GTask) task = NULL;

  if (present != NULL)
    {
      present->learned = TRUE;
      return;
    }
  if (l2tp_connection_get_filename (connection) == NULL)
    return;
  task = l2tp_change_new (self, connection, config, NULL, NULL, NULL);
  if (l2tp_change_begin (self, task, NULL))
    save (self, connection, config, on_learned_saved, g_steal_pointer (&task));
}

/* @change is over: what was learned meanwhile had to wait for that. */
static void
save_if_learned (L2tpProfiles *self, L2tpChange *change)
{
  if (change->learned)
    on_learned (change->connection, self);
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
  l2tp_profiles_watch_files (self);
  return self;
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
          !l2tp_connection_is_active (connection) &&
          l2tp_connection_get_reason (connection) != L2TP_STATE_REASON_USER_REQUEST &&
          !l2tp_connection_connect (connection, &nobody, &error))
        l2tp_warning (l2tp_connection_get_uuid (connection), "%s", error->message);
    }
}

static void
l2tp_profiles_finalize (GObject *object)
{
  L2tpProfiles *self = L2TP_PROFILES (object);

  g_signal_handlers_disconnect_by_data (self->manager, self);
  l2tp_profiles_clear_files (self);
  g_object_unref (self->manager);
  g_object_unref (self->store);
  g_hash_table_unref (self->changing);
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
  l2tp_profiles_init_files (self);
}
