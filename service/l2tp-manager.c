/* SPDX-License-Identifier: GPL-2.0-or-later */
/* SPDX-FileCopyrightText: The l2tp-client authors */

/* The set of connections: adds, finds, removes, and ends them all when the service stops. Hides how
 * a removal and the machine's sleep wait for the end of a call. */

#include "l2tp-manager.h"

#include "service/base/l2tp-error.h"
#include "service/base/l2tp-log.h"
#include "service/io/l2tp-sleep.h"

#define MAX_PRIVATE 256 /* connections of one user */

struct _L2tpManager
{
  GObject parent_instance;

  GPtrArray *connections; /* of L2tpConnection */
  GPtrArray *removals;    /* of GTask; each one's data is its connection */
  GTask *stop;
  L2tpSleep *sleep;
  L2tpMeans means;
  guint last_id;
};

enum
{
  ADDED,
  REMOVED,
  CHANGED,
  N_SIGNALS,
};

static guint signals[N_SIGNALS];

G_DEFINE_FINAL_TYPE (L2tpManager, l2tp_manager, G_TYPE_OBJECT)

L2tpConnection *
l2tp_manager_find_by_uuid (L2tpManager *manager, const char *uuid)
{
  for (guint i = 0; i < manager->connections->len; i++)
    {
      L2tpConnection *connection = g_ptr_array_index (manager->connections, i);

      if (g_ascii_strcasecmp (l2tp_connection_get_uuid (connection), uuid) == 0)
        return connection;
    }
  return NULL;
}

gboolean
l2tp_manager_has (L2tpManager *manager, L2tpConnection *connection)
{
  return g_ptr_array_find (manager->connections, connection, NULL);
}

static gboolean
does_any_need_end (L2tpManager *self)
{
  for (guint i = 0; i < self->connections->len; i++)
    if (l2tp_connection_needs_end (g_ptr_array_index (self->connections, i)))
      return TRUE;
  return FALSE;
}

static void
remove_connection (L2tpManager *self, L2tpConnection *connection)
{
  g_autoptr (L2tpConnection) gone = g_object_ref (connection);

  g_signal_handlers_disconnect_by_data (gone, self);
  g_ptr_array_remove (self->connections, gone);
  g_signal_emit (self, signals[REMOVED], 0, gone);
  g_signal_emit (self, signals[CHANGED], 0);
}

static void
finish_removals (L2tpManager *self)
{
  for (guint i = self->removals->len; i-- > 0;)
    {
      g_autoptr (GTask) task = g_object_ref (g_ptr_array_index (self->removals, i));
      L2tpConnection *connection = g_task_get_task_data (task);

      if (l2tp_connection_needs_end (connection))
        continue;
      g_ptr_array_remove_index (self->removals, i);
      remove_connection (self, connection);
      g_task_return_boolean (task, TRUE);
    }
}

static void
disconnect_all (L2tpManager *self)
{
  for (guint i = 0; i < self->connections->len; i++)
    l2tp_connection_disconnect (g_ptr_array_index (self->connections, i),
                                L2TP_STATE_REASON_SERVICE_STOPPING, NULL);
}

static void
on_state_changed (L2tpConnection *connection,
                  guint new_state,
                  guint old_state,
                  guint reason,
                  L2tpManager *self)
{
  g_autoptr (L2tpManager) alive = g_object_ref (self);

  g_signal_emit (self, signals[CHANGED], 0);
  finish_removals (self);
  if (self->stop != NULL && !does_any_need_end (self))
    {
      g_autoptr (GTask) stop = g_steal_pointer (&self->stop);

      g_task_return_boolean (stop, TRUE);
    }
}

/* --- Sleep --------------------------------------------------------------------------------- */

/* The machine sleeps when the last call has ended. */
static void
check_rest (L2tpManager *self)
{
  if (!self->means.asleep)
    return;
  for (guint i = 0; i < self->connections->len; i++)
    if (!l2tp_connection_is_resting (g_ptr_array_index (self->connections, i)))
      return;
  l2tp_sleep_ready (self->sleep);
}

static void
on_connection_changed (L2tpConnection *connection, L2tpManager *self)
{
  check_rest (self);
}

static void
on_prepare_sleep (L2tpSleep *sleep, L2tpManager *self)
{
  if (does_any_need_end (self))
    l2tp_info (NULL, "the machine goes to sleep");
  self->means.asleep = TRUE;
  for (guint i = 0; i < self->connections->len; i++)
    l2tp_connection_suspend (g_ptr_array_index (self->connections, i));
  check_rest (self);
}

static void
on_resumed (L2tpSleep *sleep, L2tpManager *self)
{
  if (does_any_need_end (self))
    l2tp_info (NULL, "the machine is awake");
  self->means.asleep = FALSE;
  for (guint i = 0; i < self->connections->len; i++)
    l2tp_connection_resume (g_ptr_array_index (self->connections, i));
}

/* --- What it holds ------------------------------------------------------------------------- */

/* Two users may call their own connections alike, and NetworkManager lets everybody do that with
 * any; besides, one that ends there may begin anew before it has ended here. */
static gboolean
check_name (L2tpManager *self,
            L2tpConfig *config,
            guint32 owner,
            L2tpConnection *except,
            GError **error)
{
  const char *name = l2tp_config_get_string (config, L2TP_OPTION_NAME);

  for (guint i = 0; i < self->connections->len; i++)
    {
      L2tpConnection *other = g_ptr_array_index (self->connections, i);

      if (other == except || l2tp_connection_get_owner (other) != owner ||
          l2tp_connection_get_source (other) == L2TP_SOURCE_NETWORKMANAGER ||
          !g_str_equal (l2tp_connection_get_name (other), name))
        continue;
      g_set_error (error, L2TP_ERROR, L2TP_ERROR_INVALID_SETTINGS,
                   "name: “%s” is taken\nGive another one.", name);
      return FALSE;
    }
  return TRUE;
}

/* Nobody fills the service up who may not administer it. */
static gboolean
check_number (L2tpManager *self, guint32 owner, GError **error)
{
  guint n = 0;

  if (owner == L2TP_OWNER_ALL)
    return TRUE;
  for (guint i = 0; i < self->connections->len; i++)
    n += l2tp_connection_get_owner (g_ptr_array_index (self->connections, i)) == owner;
  if (n < MAX_PRIVATE)
    return TRUE;
  g_set_error (error, L2TP_ERROR, L2TP_ERROR_BUSY,
               "User %u has %u connections already\nDelete one of them.", owner, n);
  return FALSE;
}

/* At the start of the service there is no session that org.l2tp.connect could be asked for. */
static gboolean
check_autostart (L2tpConfig *config, guint32 owner, GError **error)
{
  if (owner == L2TP_OWNER_ALL || owner == 0 ||
      !l2tp_config_get_boolean (config, L2TP_OPTION_AUTOSTART))
    return TRUE;
  g_set_error_literal (error, L2TP_ERROR, L2TP_ERROR_INVALID_SETTINGS,
                       "autostart: is not for one user's own connections\n"
                       "Leave it out, or add the connection for all users.");
  return FALSE;
}

gboolean
l2tp_manager_check (L2tpManager *manager,
                    L2tpConfig *config,
                    guint32 owner,
                    L2tpSource source,
                    L2tpConnection *except,
                    GError **error)
{
  const char *uuid = l2tp_config_get_string (config, L2TP_OPTION_UUID);

  if (except == NULL && l2tp_manager_find_by_uuid (manager, uuid) != NULL)
    {
      g_set_error (error, L2TP_ERROR, L2TP_ERROR_INVALID_SETTINGS,
                   "uuid: “%s” is taken\nLeave it out, and one is made.", uuid);
      return FALSE;
    }
  if (!check_autostart (config, owner, error))
    return FALSE;
  if (source != L2TP_SOURCE_NETWORKMANAGER && !check_name (manager, config, owner, except, error))
    return FALSE;
  return except != NULL || check_number (manager, owner, error);
}

L2tpManager *
l2tp_manager_new (const L2tpMeans *means)
{
  L2tpManager *self = g_object_new (L2TP_TYPE_MANAGER, NULL);

  self->means = *means;
  self->sleep = l2tp_sleep_new (means->bus);
  g_signal_connect (self->sleep, "prepare", G_CALLBACK (on_prepare_sleep), self);
  g_signal_connect (self->sleep, "resumed", G_CALLBACK (on_resumed), self);
  return self;
}

L2tpConnection *
l2tp_manager_add (L2tpManager *manager,
                  L2tpConfig *config,
                  guint32 owner,
                  L2tpSource source,
                  GError **error)
{
  L2tpConnection *connection;

  if (!l2tp_manager_check (manager, config, owner, source, NULL, error))
    return NULL;
  connection = l2tp_connection_new (++manager->last_id, config, owner, source, &manager->means);
  g_ptr_array_add (manager->connections, connection);
  g_signal_connect (connection, "state-changed", G_CALLBACK (on_state_changed), manager);
  g_signal_connect (connection, "changed", G_CALLBACK (on_connection_changed), manager);
  g_signal_emit (manager, signals[ADDED], 0, connection);
  return connection;
}

static gboolean
is_being_removed (L2tpManager *self, L2tpConnection *connection)
{
  for (guint i = 0; i < self->removals->len; i++)
    if (g_task_get_task_data (g_ptr_array_index (self->removals, i)) == connection)
      return TRUE;
  return FALSE;
}

void
l2tp_manager_remove_async (L2tpManager *manager,
                           L2tpConnection *connection,
                           GCancellable *cancellable,
                           GAsyncReadyCallback callback,
                           gpointer user_data)
{
  g_autoptr (GTask) task = g_task_new (manager, cancellable, callback, user_data);

  g_task_set_source_tag (task, l2tp_manager_remove_async);
  g_task_set_task_data (task, g_object_ref (connection), g_object_unref);
  if (is_being_removed (manager, connection))
    {
      g_task_return_new_error (task, L2TP_ERROR, L2TP_ERROR_IN_PROGRESS,
                               "The connection is being deleted already");
      return;
    }
  g_ptr_array_add (manager->removals, g_object_ref (task));
  if (l2tp_connection_needs_end (connection))
    l2tp_connection_disconnect (connection, L2TP_STATE_REASON_USER_REQUEST, NULL);
  else
    finish_removals (manager);
}

gboolean
l2tp_manager_remove_finish (L2tpManager *manager, GAsyncResult *result, GError **error)
{
  g_return_val_if_fail (g_task_is_valid (result, manager), FALSE);
  return g_task_propagate_boolean (G_TASK (result), error);
}

void
l2tp_manager_stop_async (L2tpManager *manager,
                         GCancellable *cancellable,
                         GAsyncReadyCallback callback,
                         gpointer user_data)
{
  g_return_if_fail (manager->stop == NULL);

  manager->stop = g_task_new (manager, cancellable, callback, user_data);
  g_task_set_source_tag (manager->stop, l2tp_manager_stop_async);
  manager->means.stopping = TRUE;
  disconnect_all (manager);
  if (!does_any_need_end (manager))
    {
      g_autoptr (GTask) stop = g_steal_pointer (&manager->stop);

      g_task_return_boolean (stop, TRUE);
    }
}

void
l2tp_manager_stop_finish (L2tpManager *manager, GAsyncResult *result)
{
  g_return_if_fail (g_task_is_valid (result, manager));
  g_task_propagate_boolean (G_TASK (result), NULL);
}

GPtrArray *
l2tp_manager_get_connections (L2tpManager *manager)
{
  return manager->connections;
}

static L2tpManagerState
state_of (L2tpConnection *connection)
{
  switch (l2tp_connection_get_state (connection))
    {
    case L2TP_CONNECTION_STATE_NEED_SECRETS:
    case L2TP_CONNECTION_STATE_FAILED:
      return L2TP_MANAGER_STATE_ATTENTION;
    case L2TP_CONNECTION_STATE_CONNECTED:
      return L2TP_MANAGER_STATE_CONNECTED;
    case L2TP_CONNECTION_STATE_CONNECTING:
    case L2TP_CONNECTION_STATE_RECONNECTING:
    case L2TP_CONNECTION_STATE_DISCONNECTING:
      return L2TP_MANAGER_STATE_CONNECTING;
    case L2TP_CONNECTION_STATE_UNKNOWN:
    case L2TP_CONNECTION_STATE_DISCONNECTED:
      return L2TP_MANAGER_STATE_NONE;
    }
  g_return_val_if_reached (L2TP_MANAGER_STATE_NONE);
}

/* Of several: what needs the user first, then what moves, then what is up. */
L2tpManagerState
l2tp_manager_get_state (L2tpManager *manager)
{
  static const L2tpManagerState order[] = { L2TP_MANAGER_STATE_ATTENTION,
                                            L2TP_MANAGER_STATE_CONNECTING,
                                            L2TP_MANAGER_STATE_CONNECTED };

  for (guint i = 0; i < G_N_ELEMENTS (order); i++)
    for (guint j = 0; j < manager->connections->len; j++)
      if (state_of (g_ptr_array_index (manager->connections, j)) == order[i])
        return order[i];
  return L2TP_MANAGER_STATE_NONE;
}

static void
l2tp_manager_dispose (GObject *object)
{
  L2tpManager *self = L2TP_MANAGER (object);

  if (self->sleep != NULL)
    g_signal_handlers_disconnect_by_data (self->sleep, self);
  g_clear_object (&self->sleep);
  for (guint i = 0; i < self->connections->len; i++)
    g_signal_handlers_disconnect_by_data (g_ptr_array_index (self->connections, i), self);
  g_ptr_array_set_size (self->connections, 0);
  G_OBJECT_CLASS (l2tp_manager_parent_class)->dispose (object);
}

static void
l2tp_manager_finalize (GObject *object)
{
  L2tpManager *self = L2TP_MANAGER (object);

  g_ptr_array_unref (self->connections);
  g_ptr_array_unref (self->removals);
  G_OBJECT_CLASS (l2tp_manager_parent_class)->finalize (object);
}

static void
l2tp_manager_class_init (L2tpManagerClass *klass)
{
  GObjectClass *object_class = G_OBJECT_CLASS (klass);

  object_class->dispose = l2tp_manager_dispose;
  object_class->finalize = l2tp_manager_finalize;

  signals[ADDED] = g_signal_new ("added", L2TP_TYPE_MANAGER, G_SIGNAL_RUN_LAST, 0, NULL, NULL, NULL,
                                 G_TYPE_NONE, 1, L2TP_TYPE_CONNECTION);
  signals[REMOVED] = g_signal_new ("removed", L2TP_TYPE_MANAGER, G_SIGNAL_RUN_LAST, 0, NULL, NULL,
                                   NULL, G_TYPE_NONE, 1, L2TP_TYPE_CONNECTION);
  signals[CHANGED] = g_signal_new ("changed", L2TP_TYPE_MANAGER, G_SIGNAL_RUN_LAST, 0, NULL, NULL,
                                   NULL, G_TYPE_NONE, 0);
}

static void
l2tp_manager_init (L2tpManager *self)
{
  self->connections = g_ptr_array_new_with_free_func (g_object_unref);
  self->removals = g_ptr_array_new_with_free_func (g_object_unref);
}
