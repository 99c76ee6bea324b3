/* SPDX-License-Identifier: GPL-2.0-or-later */
/* SPDX-FileCopyrightText: The l2tp-client authors */

/* The profiles on disk, for whoever wants to know and to write. Hides the threads that read and
 * write, and that directories are watched. Everything that touches the disk goes through one queue,
 * so that what is read is never older than what was written before. Which files count is decided in
 * l2tp-store-table.c, what the disk is asked in l2tp-store-disk.c. Owned by the manager. */

#include "l2tp-store.h"

#include "l2tp-store-disk.h"
#include "l2tp-store-table.h"
#include "service/base/l2tp-error.h"
#include "service/base/l2tp-log.h"

#define QUIET_TIME 100 /* ms without an event: whoever writes there has finished */

/* Directories in the order in which they count. */
enum
{
  ADMIN,
  OWN,
  N_DIRECTORIES,
};

typedef enum
{
  OP_MAKE,
  OP_READ,
  OP_SAVE,
  OP_REMOVE,
} OpKind;

/* Something to do on the disk, and its result. */
typedef struct
{
  OpKind kind;
  L2tpStore *store; /* not the thread's: its end is not to come there */
  GTask *task;      /* who waits for it, or NULL */
  char *directories[N_DIRECTORIES];

  char *uuid;
  L2tpConfig *config;
  guint32 owner;
  char *path;
  GBytes *data;

  GPtrArray *files[N_DIRECTORIES];
  L2tpProfile *profile;
  GError *errors[N_DIRECTORIES];
} Op;

struct _L2tpStore
{
  GObject parent_instance;

  char *directories[N_DIRECTORIES];
  GFileMonitor *monitors[N_DIRECTORIES];
  char *told[N_DIRECTORIES]; /* why they cannot be read */
  L2tpStoreTable *table;
  GQueue ops;
  gboolean busy;
  guint quiet_source;
};

enum
{
  CHANGED,
  GONE,
  REFUSED,
  N_SIGNALS,
};

static guint signals[N_SIGNALS];

G_DEFINE_FINAL_TYPE (L2tpStore, l2tp_store, G_TYPE_OBJECT)

static void
op_free (Op *op)
{
  for (guint i = 0; i < N_DIRECTORIES; i++)
    {
      g_free (op->directories[i]);
      g_clear_pointer (&op->files[i], g_ptr_array_unref);
      g_clear_error (&op->errors[i]);
    }
  g_clear_object (&op->task);
  g_free (op->uuid);
  l2tp_config_unref (op->config);
  g_free (op->path);
  g_clear_pointer (&op->data, g_bytes_unref);
  l2tp_profile_unref (op->profile);
  g_free (op);
}

/* What was read and written */

/* Tells everybody; what is in @quiet the caller knows already. */
static void
settle (L2tpStore *self, const char *quiet)
{
  g_autoptr (GPtrArray) list = l2tp_store_table_settle (self->table);

  for (guint i = 0; i < list->len; i++)
    {
      const L2tpStoreNews *news = g_ptr_array_index (list, i);
      gboolean known = g_strcmp0 (news->path, quiet) == 0;

      if (news->text != NULL)
        l2tp_warning (NULL, "%s", news->text);
      if (news->error != NULL)
        g_signal_emit (self, signals[REFUSED], 0, news->path, news->error);
      else if (news->gone && !known)
        g_signal_emit (self, signals[GONE], 0, news->path);
      else if (news->profile != NULL && !known)
        g_signal_emit (self, signals[CHANGED], 0, news->path, news->profile);
    }
}

/* Of a directory that cannot be read nothing is known, so all stays as it is. */
static void
note_error (L2tpStore *self, guint rank, const GError *error)
{
  if (g_strcmp0 (self->told[rank], error != NULL ? error->message : NULL) == 0)
    return;
  g_free (self->told[rank]);
  self->told[rank] = error != NULL ? g_strdup (error->message) : NULL;
  if (error == NULL)
    return;
  l2tp_warning (NULL, "%s", error->message);
  g_signal_emit (self, signals[REFUSED], 0, self->directories[rank], error);
}

static void
note_read (L2tpStore *self, Op *op)
{
  for (guint rank = 0; rank < N_DIRECTORIES; rank++)
    {
      note_error (self, rank, op->errors[rank]);
      if (op->files[rank] == NULL)
        continue;
      for (guint i = 0; i < op->files[rank]->len; i++)
        {
          L2tpStoreFile *file = g_ptr_array_index (op->files[rank], i);

          l2tp_store_table_note (self->table, file->path, rank, g_steal_pointer (&file->profile),
                                 g_steal_pointer (&file->error));
        }
      l2tp_store_table_note_others_gone (self->table, rank);
    }
  settle (self, NULL);
}

/* With no @profile: the file was removed. */
static void
note_done (L2tpStore *self, Op *op)
{
  l2tp_store_table_note (self->table, op->path, OWN, g_steal_pointer (&op->profile), NULL);
  settle (self, op->path);
}

/* The queue */

static void start_next (L2tpStore *self);

static void
do_op (GTask *work, gpointer source, gpointer data, GCancellable *cancellable)
{
  Op *op = data;

  switch (op->kind)
    {
    case OP_MAKE:
      for (guint i = 0; i < N_DIRECTORIES; i++)
        l2tp_store_disk_make (op->directories[i]);
      break;
    case OP_READ:
      for (guint i = 0; i < N_DIRECTORIES; i++)
        op->files[i] = l2tp_store_disk_read (op->directories[i], &op->errors[i]);
      break;
    case OP_SAVE:
      if (l2tp_store_disk_write (op->path, op->data, &op->errors[OWN]))
        op->profile = l2tp_store_disk_parse (op->path, g_bytes_get_data (op->data, NULL),
                                             g_bytes_get_size (op->data), &op->errors[OWN]);
      break;
    case OP_REMOVE:
      l2tp_store_disk_remove (op->path, &op->errors[OWN]);
      break;
    }
  g_task_return_boolean (work, TRUE);
}

static gboolean
on_quiet (gpointer data)
{
  L2tpStore *self = L2TP_STORE (data);
  Op *op = g_queue_peek_tail (&self->ops);

  self->quiet_source = 0;
  if (op != NULL && op->kind == OP_READ) /* that one will see it */
    return G_SOURCE_REMOVE;
  op = g_new0 (Op, 1);
  op->kind = OP_READ;
  g_queue_push_tail (&self->ops, op);
  start_next (self);
  return G_SOURCE_REMOVE;
}

static void
on_event (GFileMonitor *monitor,
          GFile *file,
          GFile *other,
          GFileMonitorEvent event,
          L2tpStore *self)
{
  g_clear_handle_id (&self->quiet_source, g_source_remove);
  self->quiet_source = g_timeout_add (QUIET_TIME, on_quiet, self);
}

/* A directory that is missing is watched for, too. */
static void
watch (L2tpStore *self)
{
  for (guint i = 0; i < N_DIRECTORIES; i++)
    {
      g_autoptr (GFile) directory = g_file_new_for_path (self->directories[i]);
      g_autoptr (GError) error = NULL;

      if (self->monitors[i] != NULL)
        continue;
      self->monitors[i] =
          g_file_monitor_directory (directory, G_FILE_MONITOR_WATCH_MOVES, NULL, &error);
      if (self->monitors[i] == NULL)
        l2tp_warning (NULL, "%s: is not watched: %s; changes are seen with a reload",
                      self->directories[i], error->message);
      else
        g_signal_connect (self->monitors[i], "changed", G_CALLBACK (on_event), self);
    }
}

static void
return_result (Op *op)
{
  if (op->task == NULL)
    return;
  if (op->kind == OP_READ)
    g_task_return_boolean (op->task, TRUE);
  else if (op->errors[OWN] != NULL)
    g_task_return_error (op->task, g_steal_pointer (&op->errors[OWN]));
  else if (op->kind == OP_SAVE)
    g_task_return_pointer (op->task, g_strdup (op->path), g_free);
  else
    g_task_return_boolean (op->task, TRUE);
}

static void
on_op_done (GObject *source, GAsyncResult *result, gpointer data)
{
  Op *op = data;
  g_autoptr (L2tpStore) self = g_steal_pointer (&op->store);
  gboolean failed = op->errors[OWN] != NULL;

  /* Who saved or removed hears of that first, who reads hears of the profiles first. */
  if (op->kind == OP_READ)
    note_read (self, op);
  return_result (op);
  if (op->kind == OP_MAKE)
    watch (self);
  else if (op->kind != OP_READ && !failed)
    note_done (self, op);

  op_free (op);
  self->busy = FALSE;
  start_next (self);
}

static gboolean
check_own (L2tpStore *self, const char *path, GError **error)
{
  g_autofree char *directory = g_path_get_dirname (path);

  if (g_str_equal (directory, self->directories[OWN]))
    return TRUE;
  g_set_error (error, L2TP_ERROR, L2TP_ERROR_FAILED,
               "%s: is the administrator's, the service does not change it\nEdit or remove that "
               "file itself, as root.",
               path);
  return FALSE;
}

/* Where to, and what: decided when it is the call's turn, with what all before it have done. */
static gboolean
prepare_save (L2tpStore *self, Op *op, GError **error)
{
  const char *known = l2tp_store_table_find (self->table, op->uuid);
  g_autofree char *base = g_strconcat (op->uuid, ".conf", NULL);

  op->path =
      known != NULL ? g_strdup (known) : g_build_filename (self->directories[OWN], base, NULL);
  if (!check_own (self, op->path, error))
    return FALSE;
  if (known == NULL && l2tp_store_table_get (self->table, op->path) != NULL)
    {
      g_set_error (error, L2TP_ERROR, L2TP_ERROR_FAILED,
                   "%s: is the file of another connection\nGive that file another name.", op->path);
      return FALSE;
    }
  op->data = l2tp_profile_format (op->config, op->uuid, op->owner, error);
  return op->data != NULL;
}

static gboolean
prepare (L2tpStore *self, Op *op)
{
  g_autoptr (GError) error = NULL;

  if (op->task != NULL && g_task_return_error_if_cancelled (op->task))
    return FALSE;
  if ((op->kind != OP_SAVE || prepare_save (self, op, &error)) &&
      (op->kind != OP_REMOVE || check_own (self, op->path, &error)))
    return TRUE;
  g_task_return_error (op->task, g_steal_pointer (&error));
  return FALSE;
}

static void
start_next (L2tpStore *self)
{
  Op *op;

  while (!self->busy && (op = g_queue_pop_head (&self->ops)) != NULL)
    {
      g_autoptr (GTask) work = NULL;

      self->busy = TRUE;
      if (!prepare (self, op))
        {
          op_free (op);
          self->busy = FALSE;
          continue;
        }
      for (guint i = 0; i < N_DIRECTORIES; i++)
        op->directories[i] = g_strdup (self->directories[i]);
      op->store = g_object_ref (self);
      work = g_task_new (NULL, NULL, on_op_done, op);
      g_task_set_task_data (work, op, NULL);
      g_task_run_in_thread (work, do_op);
    }
}

static Op *
add_op (L2tpStore *self,
        OpKind kind,
        gpointer tag,
        GCancellable *cancellable,
        GAsyncReadyCallback callback,
        gpointer user_data)
{
  Op *op = g_new0 (Op, 1);

  op->kind = kind;
  op->task = g_task_new (self, cancellable, callback, user_data);
  g_task_set_source_tag (op->task, tag);
  /* What is done is done: no cancelling after the fact. */
  g_task_set_check_cancellable (op->task, FALSE);
  g_queue_push_tail (&self->ops, op);
  return op;
}

/* Calls */

L2tpStore *
l2tp_store_new (const char *admin_directory, const char *own_directory)
{
  L2tpStore *self = g_object_new (L2TP_TYPE_STORE, NULL);

  self->directories[ADMIN] = g_canonicalize_filename (admin_directory, "/");
  self->directories[OWN] = g_canonicalize_filename (own_directory, "/");
  return self;
}

void
l2tp_store_load_async (L2tpStore *store,
                       GCancellable *cancellable,
                       GAsyncReadyCallback callback,
                       gpointer user_data)
{
  Op *make = g_new0 (Op, 1);

  make->kind = OP_MAKE;
  g_queue_push_tail (&store->ops, make);
  add_op (store, OP_READ, l2tp_store_load_async, cancellable, callback, user_data);
  start_next (store);
}

gboolean
l2tp_store_load_finish (L2tpStore *store, GAsyncResult *result, GError **error)
{
  g_return_val_if_fail (g_task_is_valid (result, store), FALSE);
  return g_task_propagate_boolean (G_TASK (result), error);
}

void
l2tp_store_reload_async (L2tpStore *store,
                         GCancellable *cancellable,
                         GAsyncReadyCallback callback,
                         gpointer user_data)
{
  l2tp_store_table_say_again (store->table);
  for (guint i = 0; i < N_DIRECTORIES; i++)
    g_clear_pointer (&store->told[i], g_free);
  add_op (store, OP_READ, l2tp_store_reload_async, cancellable, callback, user_data);
  start_next (store);
}

gboolean
l2tp_store_reload_finish (L2tpStore *store, GAsyncResult *result, GError **error)
{
  g_return_val_if_fail (g_task_is_valid (result, store), FALSE);
  return g_task_propagate_boolean (G_TASK (result), error);
}

void
l2tp_store_save_async (L2tpStore *store,
                       const char *uuid,
                       L2tpConfig *config,
                       guint32 owner,
                       GCancellable *cancellable,
                       GAsyncReadyCallback callback,
                       gpointer user_data)
{
  Op *op;

  g_return_if_fail (g_uuid_string_is_valid (uuid));
  op = add_op (store, OP_SAVE, l2tp_store_save_async, cancellable, callback, user_data);
  op->uuid = g_ascii_strdown (uuid, -1);
  op->config = l2tp_config_ref (config);
  op->owner = owner;
  start_next (store);
}

char *
l2tp_store_save_finish (L2tpStore *store, GAsyncResult *result, GError **error)
{
  g_return_val_if_fail (g_task_is_valid (result, store), NULL);
  return g_task_propagate_pointer (G_TASK (result), error);
}

void
l2tp_store_remove_async (L2tpStore *store,
                         const char *path,
                         GCancellable *cancellable,
                         GAsyncReadyCallback callback,
                         gpointer user_data)
{
  Op *op = add_op (store, OP_REMOVE, l2tp_store_remove_async, cancellable, callback, user_data);

  op->path = g_strdup (path);
  start_next (store);
}

gboolean
l2tp_store_remove_finish (L2tpStore *store, GAsyncResult *result, GError **error)
{
  g_return_val_if_fail (g_task_is_valid (result, store), FALSE);
  return g_task_propagate_boolean (G_TASK (result), error);
}

static void
l2tp_store_dispose (GObject *object)
{
  L2tpStore *self = L2TP_STORE (object);

  g_clear_handle_id (&self->quiet_source, g_source_remove);
  for (guint i = 0; i < N_DIRECTORIES; i++)
    if (self->monitors[i] != NULL)
      {
        g_signal_handlers_disconnect_by_data (self->monitors[i], self);
        g_file_monitor_cancel (self->monitors[i]);
        g_clear_object (&self->monitors[i]);
      }
  G_OBJECT_CLASS (l2tp_store_parent_class)->dispose (object);
}

static void
l2tp_store_finalize (GObject *object)
{
  L2tpStore *self = L2TP_STORE (object);

  for (guint i = 0; i < N_DIRECTORIES; i++)
    {
      g_free (self->directories[i]);
      g_free (self->told[i]);
    }
  l2tp_store_table_free (self->table);
  G_OBJECT_CLASS (l2tp_store_parent_class)->finalize (object);
}

static void
l2tp_store_class_init (L2tpStoreClass *klass)
{
  GObjectClass *object_class = G_OBJECT_CLASS (klass);

  object_class->dispose = l2tp_store_dispose;
  object_class->finalize = l2tp_store_finalize;

  signals[CHANGED] = g_signal_new ("changed", L2TP_TYPE_STORE, G_SIGNAL_RUN_LAST, 0, NULL, NULL,
                                   NULL, G_TYPE_NONE, 2, G_TYPE_STRING, L2TP_TYPE_PROFILE);
  signals[GONE] = g_signal_new ("gone", L2TP_TYPE_STORE, G_SIGNAL_RUN_LAST, 0, NULL, NULL, NULL,
                                G_TYPE_NONE, 1, G_TYPE_STRING);
  signals[REFUSED] = g_signal_new ("refused", L2TP_TYPE_STORE, G_SIGNAL_RUN_LAST, 0, NULL, NULL,
                                   NULL, G_TYPE_NONE, 2, G_TYPE_STRING, G_TYPE_ERROR);
}

static void
l2tp_store_init (L2tpStore *self)
{
  self->table = l2tp_store_table_new ();
  g_queue_init (&self->ops);
}
