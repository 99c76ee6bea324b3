/* SPDX-License-Identifier: GPL-2.0-or-later */
/* SPDX-FileCopyrightText: The l2tp-client authors */

/* Reads files as their owner would. A thread of its own takes the owner's identity and ends with
 * it: nothing has to be given back, and one that a file system keeps for ever holds up nobody else,
 * as it would in GLib's pool. Hides the raw system calls that change one thread alone, where those
 * of the C library change all. Sources: credentials(7), setfsuid(2), openat2(2). */

#include "l2tp-owner-file.h"

#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <pwd.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>
#include <linux/openat2.h>

#include "dbus/l2tp-names.h"
#include "service/base/l2tp-error.h"
#include "service/base/l2tp-fd.h"
#include "service/base/l2tp-source.h"

#define DEADLINE_S 10
#define GROUPS_MAX 65536 /* NGROUPS_MAX of the kernel */

/* Where identities once had 16 bits, the plain names still do. */
#ifdef SYS_setgroups32
#define CALL_SETGROUPS SYS_setgroups32
#define CALL_SETFSGID  SYS_setfsgid32
#define CALL_SETFSUID  SYS_setfsuid32
#else
#define CALL_SETGROUPS SYS_setgroups
#define CALL_SETFSGID  SYS_setfsgid
#define CALL_SETFSUID  SYS_setfsuid
#endif

/* Octets that are wiped. */
typedef struct
{
  gsize size;
  guint8 data[];
} Buffer;

/* What a thread is to do. The thread has it, then the main loop; @task is the main loop's alone. */
typedef struct
{
  GPtrArray *keys;   /* of the options, or NULL for one file that none names */
  GPtrArray *paths;  /* an element is NULL where there is no file */
  GPtrArray *loaded; /* of GBytes, as @paths; NULL: they are only looked at */
  guint32 owner;
  gsize max_size;

  GError *error;

  GMainContext *context;
  GTask *task; /* NULL once answered */
  GSource *cancelled;
  GSource *deadline;
} Job;

/* --- In the thread: who we are -------------------------------------------------------------- */

static gboolean fail (GError **error, const char *format, ...) G_GNUC_PRINTF (2, 3);

static gboolean
fail (GError **error, const char *format, ...)
{
  va_list args;

  va_start (args, format);
  g_clear_error (error);
  if (error != NULL)
    *error = g_error_new_valist (L2TP_ERROR, L2TP_ERROR_INVALID_SETTINGS, format, args);
  va_end (args);
  return FALSE;
}

/* Returns (transfer full) the groups of @owner, its own first, or NULL when there is no such user.
 */
static gid_t *
groups_of (guint32 owner, int *ret_n)
{
  g_autofree char *buffer = g_malloc (GROUPS_MAX);
  struct passwd entry, *found = NULL;
  int n = 64;

  if (getpwuid_r (owner, &entry, buffer, GROUPS_MAX, &found) != 0 || found == NULL)
    return NULL;
  for (;;)
    {
      g_autofree gid_t *groups = g_new (gid_t, n);
      int room = n;

      if (getgrouplist (entry.pw_name, entry.pw_gid, groups, &n) >= 0)
        {
          *ret_n = n;
          return g_steal_pointer (&groups);
        }
      if (n <= room || n > GROUPS_MAX)
        return NULL;
    }
}

/* Makes this thread, and no other, open files as @owner would. The kernel takes away the
 * capabilities for files together with the file system's root. */
static gboolean
become (guint32 owner, GError **error)
{
  g_autofree gid_t *groups = NULL;
  int n = 0;

  if (owner == L2TP_OWNER_ALL || owner == geteuid ())
    return TRUE;
  groups = groups_of (owner, &n);
  if (groups == NULL)
    return fail (error, "there is no user %u any more\nGive the connection to another user.",
                 owner);
  if (syscall (CALL_SETGROUPS, (size_t) n, groups) < 0)
    return fail (error, "the service may not act as user %u: %s\nStart it as root.", owner,
                 g_strerror (errno));
  /* These two tell no failure; what they return is the identity before. */
  syscall (CALL_SETFSGID, groups[0]);
  syscall (CALL_SETFSUID, owner);
  if ((gid_t) syscall (CALL_SETFSGID, -1) != groups[0] ||
      (guint32) syscall (CALL_SETFSUID, -1) != owner)
    return fail (error, "the service may not act as user %u\nStart it as root.", owner);
  return TRUE;
}

/* --- In the thread: a file ----------------------------------------------------------------- */

static gboolean
fail_to_open (int number, GError **error)
{
  switch (number)
    {
    case EACCES:
    case EPERM:
      return fail (error, "may not be read by the connection's owner\nGive that user the right to "
                          "read it, and to enter the folders above.");
    case ENOENT:
    case ENOTDIR:
      return fail (error, "there is no such file\nCorrect the path; /tmp is not the same for the "
                          "service.");
    case ELOOP:
      return fail (error, "is reached by a link that is not followed\nName the file itself.");
    default:
      return fail (error, "cannot be opened: %s\nName a file that can be read.",
                   g_strerror (number));
    }
}

/* Returns a descriptor of a regular file of 1 to @max_size octets, or -1. */
static int
open_file (const char *path, gsize max_size, gsize *ret_size, GError **error)
{
  /* Links in /proc lead to what the service has open, past every folder: not as the owner may.
   * O_NONBLOCK is for a FIFO that nobody writes to. */
  const struct open_how how = {
    .flags = O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY,
    .resolve = RESOLVE_NO_MAGICLINKS,
  };
  int fd = syscall (SYS_openat2, AT_FDCWD, path, &how, sizeof how);
  struct stat st;

  if (fd < 0)
    {
      fail_to_open (errno, error);
      return -1;
    }
  if (fstat (fd, &st) < 0 || !S_ISREG (st.st_mode))
    fail (error, "is not a regular file\nName the file itself.");
  else if (st.st_size <= 0)
    fail (error, "is empty\nName the file that was meant.");
  else if ((guint64) st.st_size > max_size)
    fail (error, "has more than %" G_GSIZE_FORMAT " octets\nName the file that was meant.",
          max_size);
  else
    {
      *ret_size = st.st_size;
      return fd;
    }
  close (fd);
  return -1;
}

static void
buffer_free (gpointer data)
{
  Buffer *buffer = data;

  explicit_bzero (buffer->data, buffer->size);
  g_free (buffer);
}

/* Reads what is there, up to @size octets: a file that changes meanwhile is its writer's fault. */
static GBytes *
read_file (int fd, gsize size, GError **error)
{
  Buffer *buffer = g_malloc0 (sizeof *buffer + size);
  gsize len = 0;

  buffer->size = size;
  while (len < size)
    {
      ssize_t n = read (fd, buffer->data + len, size - len);

      if (n < 0 && errno == EINTR)
        continue;
      if (n <= 0)
        {
          fail (error, "cannot be read: %s\nWrite it again, as a whole.",
                n < 0 ? g_strerror (errno) : "it has become shorter");
          buffer_free (buffer);
          return NULL;
        }
      len += n;
    }
  return g_bytes_new_with_free_func (buffer->data, size, buffer_free, buffer);
}

static gboolean
visit (Job *job, guint i, GError **error)
{
  const char *path = g_ptr_array_index (job->paths, i);
  gsize size = 0;
  int fd;

  if (path == NULL)
    return TRUE;
  fd = open_file (path, job->max_size, &size, error);
  if (fd >= 0 && job->loaded != NULL)
    g_ptr_array_index (job->loaded, i) = read_file (fd, size, error);
  l2tp_clear_fd (&fd);
  if (*error == NULL)
    return TRUE;
  g_prefix_error (error, "%s: ", path);
  if (job->keys != NULL)
    g_prefix_error (error, "%s: ", (const char *) g_ptr_array_index (job->keys, i));
  return FALSE;
}

/* --- Between thread and main loop ----------------------------------------------------------- */

static void
job_free (Job *job)
{
  g_clear_pointer (&job->keys, g_ptr_array_unref);
  g_ptr_array_unref (job->paths);
  g_clear_pointer (&job->loaded, g_ptr_array_unref);
  g_clear_error (&job->error);
  g_main_context_unref (job->context);
  g_free (job);
}

/* Returns (transfer full) the task, of which nothing is awaited any more, or NULL if it has its
 * answer. */
static GTask *
take_task (Job *job)
{
  l2tp_clear_source (&job->cancelled);
  l2tp_clear_source (&job->deadline);
  return g_steal_pointer (&job->task);
}

static void
return_result (GTask *task, Job *job)
{
  if (job->error != NULL)
    g_task_return_error (task, g_steal_pointer (&job->error));
  else if (job->loaded == NULL)
    g_task_return_boolean (task, TRUE);
  else
    g_task_return_pointer (task, g_steal_pointer (&job->loaded),
                           (GDestroyNotify) g_ptr_array_unref);
}

static gboolean
on_done (gpointer data)
{
  Job *job = data;
  g_autoptr (GTask) task = take_task (job);

  if (task != NULL)
    return_result (task, job);
  job_free (job);
  return G_SOURCE_REMOVE;
}

static GSource *
attach (GSource *source, GSourceFunc function, Job *job)
{
  g_autoptr (GMainContext) context = g_main_context_ref (job->context); /* the job may go first */

  g_source_set_callback (source, function, job, NULL);
  g_source_attach (source, context);
  return source;
}

/* The last that a thread does with the job. */
static void
hand_back (Job *job)
{
  g_source_unref (attach (g_idle_source_new (), on_done, job));
}

static const char *
first_name (Job *job)
{
  return g_ptr_array_index (job->keys != NULL ? job->keys : job->paths, 0);
}

static gpointer
run (gpointer data)
{
  Job *job = data;

  if (!become (job->owner, &job->error))
    g_prefix_error (&job->error, "%s: ", first_name (job));
  else
    for (guint i = 0; i < job->paths->len; i++)
      if (!visit (job, i, &job->error))
        break;
  hand_back (job);
  return NULL;
}

static gboolean
on_cancelled (GCancellable *cancellable, gpointer data)
{
  g_autoptr (GTask) task = take_task (data);

  g_task_return_error_if_cancelled (task);
  return G_SOURCE_REMOVE;
}

static gboolean
on_deadline (gpointer data)
{
  Job *job = data;
  g_autoptr (GTask) task = take_task (job);

  g_task_return_new_error (task, L2TP_ERROR, L2TP_ERROR_INVALID_SETTINGS,
                           "%s: does not come within %u seconds\nMove it to a local disk.",
                           first_name (job), DEADLINE_S);
  return G_SOURCE_REMOVE;
}

static void
bytes_clear (gpointer bytes)
{
  if (bytes != NULL)
    g_bytes_unref (bytes);
}

/* Takes @keys and @paths. */
static void
start (GTask *task, GPtrArray *keys, GPtrArray *paths, gboolean load, guint32 owner, gsize max_size)
{
  Job *job = g_new0 (Job, 1);
  GCancellable *cancellable = g_task_get_cancellable (task);
  GThread *thread;

  job->keys = keys;
  job->paths = paths;
  if (load)
    {
      job->loaded = g_ptr_array_new_with_free_func (bytes_clear);
      g_ptr_array_set_size (job->loaded, (int) paths->len);
    }
  job->owner = owner;
  job->max_size = max_size;
  job->context = g_main_context_ref (g_task_get_context (task));
  job->task = task;
  if (cancellable != NULL)
    job->cancelled =
        attach (g_cancellable_source_new (cancellable), G_SOURCE_FUNC (on_cancelled), job);
  job->deadline = attach (g_timeout_source_new_seconds (DEADLINE_S), on_deadline, job);

  thread = g_thread_try_new ("owner-file", run, job, NULL);
  if (thread != NULL)
    {
      g_thread_unref (thread);
      return;
    }
  fail (&job->error, "%s: the system has no thread left to read it\nConnect again later.",
        first_name (job));
  hand_back (job);
}

/* --- What is asked of us -------------------------------------------------------------------- */

void
l2tp_owner_file_load_async (const char *path,
                            guint32 owner,
                            gsize max_size,
                            GCancellable *cancellable,
                            GAsyncReadyCallback callback,
                            gpointer data)
{
  GPtrArray *paths = g_ptr_array_new_with_free_func (g_free);

  g_ptr_array_add (paths, g_strdup (path));
  start (g_task_new (NULL, cancellable, callback, data), NULL, paths, TRUE, owner, max_size);
}

GBytes *
l2tp_owner_file_load_finish (GAsyncResult *result, GError **error)
{
  g_autoptr (GPtrArray) loaded = g_task_propagate_pointer (G_TASK (result), error);

  return loaded != NULL ? g_bytes_ref (g_ptr_array_index (loaded, 0)) : NULL;
}

void
l2tp_owner_file_load_options_async (L2tpConfig *config,
                                    const L2tpOptionId *ids,
                                    guint n_ids,
                                    guint32 owner,
                                    GCancellable *cancellable,
                                    GAsyncReadyCallback callback,
                                    gpointer data)
{
  g_autoptr (GPtrArray) keys = g_ptr_array_new_with_free_func (g_free);
  g_autoptr (GPtrArray) paths = g_ptr_array_new_with_free_func (g_free);

  for (guint i = 0; i < n_ids; i++)
    {
      g_ptr_array_add (keys, g_strdup (l2tp_option_get (ids[i])->key));
      g_ptr_array_add (paths, g_strdup (l2tp_config_get_string (config, ids[i])));
    }
  start (g_task_new (NULL, cancellable, callback, data), g_steal_pointer (&keys),
         g_steal_pointer (&paths), TRUE, owner, L2TP_OWNER_FILE_MAX);
}

GPtrArray *
l2tp_owner_file_load_options_finish (GAsyncResult *result, GError **error)
{
  return g_task_propagate_pointer (G_TASK (result), error);
}

void
l2tp_owner_file_check_async (L2tpConfig *config,
                             guint32 owner,
                             GCancellable *cancellable,
                             GAsyncReadyCallback callback,
                             gpointer data)
{
  GTask *task = g_task_new (NULL, cancellable, callback, data);
  g_autoptr (GVariant) settings = l2tp_config_to_variant (config);
  g_autoptr (GPtrArray) keys = g_ptr_array_new_with_free_func (g_free);
  g_autoptr (GPtrArray) paths = g_ptr_array_new_with_free_func (g_free);

  /* By what the user wrote, so that the error names the key that is there. */
  for (guint i = 0; i < L2TP_N_OPTIONS; i++)
    {
      const L2tpOption *option = l2tp_option_get (i);
      const char *path;

      if (option->type != L2TP_OPTION_TYPE_PATH ||
          !g_variant_lookup (settings, option->key, "&s", &path))
        continue;
      g_ptr_array_add (keys, g_strdup (option->key));
      g_ptr_array_add (paths, g_strdup (path));
    }
  if (paths->len == 0)
    {
      g_task_return_boolean (task, TRUE);
      g_object_unref (task);
      return;
    }
  start (task, g_steal_pointer (&keys), g_steal_pointer (&paths), FALSE, owner,
         L2TP_OWNER_FILE_MAX);
}

gboolean
l2tp_owner_file_check_finish (GAsyncResult *result, GError **error)
{
  return g_task_propagate_boolean (G_TASK (result), error);
}
