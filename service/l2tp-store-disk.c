/* SPDX-License-Identifier: GPL-2.0-or-later */
/* SPDX-FileCopyrightText: The l2tp-client authors */

/* Reads a directory of profiles and changes single files in it. Decides which files can be trusted:
 * ours, regular, closed to everybody else. Hides descriptors, temporary names and when the disk has
 * really taken something: open(2), rename(2), fsync(2). Called by the store, in threads. */

#include "l2tp-store-disk.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <pwd.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "service/base/l2tp-error.h"
#include "service/base/l2tp-fd.h"
#include "service/base/l2tp-keyfile.h"
#include "service/base/l2tp-log.h"

#define SUFFIX           ".conf"
#define TEMPORARY_SUFFIX ".conf.tmp"
#define USER_BUFFER      65536

static void
file_free (gpointer data)
{
  L2tpStoreFile *file = data;

  g_free (file->path);
  l2tp_profile_unref (file->profile);
  g_clear_error (&file->error);
  g_free (file);
}

static int
open_directory (const char *path)
{
  return open (path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
}

static gboolean
is_temporary (const char *name)
{
  return name[0] == '.' && g_str_has_suffix (name, TEMPORARY_SUFFIX);
}

void
l2tp_store_disk_make (const char *directory)
{
  g_autoptr (GDir) dir = NULL;
  const char *name;

  if (g_mkdir_with_parents (directory, 0700) < 0)
    l2tp_debug (NULL, "%s cannot be made: %s", directory, g_strerror (errno));
  dir = g_dir_open (directory, 0, NULL);
  while (dir != NULL && (name = g_dir_read_name (dir)) != NULL)
    if (is_temporary (name))
      {
        g_autofree char *path = g_build_filename (directory, name, NULL);

        unlink (path);
      }
}

/* Reading */

static gboolean
find_user (const char *name, guint32 *ret_uid)
{
  g_autofree char *buffer = g_malloc (USER_BUFFER);
  struct passwd entry, *found = NULL;

  if (getpwnam_r (name, &entry, buffer, USER_BUFFER, &found) != 0 || found == NULL)
    return FALSE;
  *ret_uid = entry.pw_uid;
  return TRUE;
}

L2tpProfile *
l2tp_store_disk_parse (const char *path, const char *data, gsize len, GError **error)
{
  return l2tp_profile_parse (data, len, path, find_user, error);
}

static gboolean
check_stat (const char *path, const struct stat *st, GError **error)
{
  if (!S_ISREG (st->st_mode))
    g_set_error (error, L2TP_ERROR, L2TP_ERROR_INVALID_SETTINGS, "%s: is not a regular file", path);
  else if (st->st_uid != geteuid ())
    g_set_error (error, L2TP_ERROR, L2TP_ERROR_INVALID_SETTINGS,
                 "%s: belongs to the user %u, who could change it\nGive it to the service: "
                 "chown %u '%s'",
                 path, st->st_uid, geteuid (), path);
  else if ((st->st_mode & 077) != 0)
    g_set_error (error, L2TP_ERROR, L2TP_ERROR_INVALID_SETTINGS,
                 "%s: is open to other users, its mode is %04o\nClose it: chmod 600 '%s'", path,
                 st->st_mode & 07777, path);
  else if (st->st_size > L2TP_KEYFILE_MAX_SIZE)
    g_set_error (error, L2TP_ERROR, L2TP_ERROR_INVALID_SETTINGS, "%s: is larger than 64 KiB", path);
  else
    return TRUE;
  return FALSE;
}

/* Returns the number of octets, of at most @size, or -1. */
static gssize
read_all (int fd, char *data, gsize size)
{
  gsize len = 0;

  while (len < size)
    {
      gssize n = read (fd, data + len, size - len);

      if (n < 0 && errno == EINTR)
        continue;
      if (n < 0)
        return -1;
      if (n == 0)
        break;
      len += (gsize) n;
    }
  return (gssize) len;
}

static L2tpProfile *
read_open_file (int fd, const char *path, GError **error)
{
  const gsize size = L2TP_KEYFILE_MAX_SIZE + 1; /* it may have grown */
  L2tpProfile *profile = NULL;
  struct stat st;
  char *data;
  gssize len;

  if (fstat (fd, &st) < 0 || !check_stat (path, &st, error))
    return NULL;
  data = g_malloc (size);
  len = read_all (fd, data, size);
  if (len < 0)
    g_set_error (error, L2TP_ERROR, L2TP_ERROR_INVALID_SETTINGS, "%s: cannot be read: %s", path,
                 g_strerror (errno));
  else
    profile = l2tp_store_disk_parse (path, data, (gsize) len, error);
  explicit_bzero (data, size);
  g_free (data);
  return profile;
}

/* Returns NULL for a file that has gone. */
static L2tpStoreFile *
read_file (int dir_fd, const char *directory, const char *name)
{
  L2tpStoreFile *file;
  /* Not blocked by a FIFO. */
  int fd = openat (dir_fd, name, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_NOCTTY | O_CLOEXEC);
  int saved_errno = errno;

  if (fd < 0 && saved_errno == ENOENT)
    return NULL;
  file = g_new0 (L2tpStoreFile, 1);
  file->path = g_build_filename (directory, name, NULL);
  if (fd >= 0)
    file->profile = read_open_file (fd, file->path, &file->error);
  else if (saved_errno == ELOOP)
    g_set_error (&file->error, L2TP_ERROR, L2TP_ERROR_INVALID_SETTINGS,
                 "%s: is a symbolic link\nPut the file itself in its place.", file->path);
  else
    g_set_error (&file->error, L2TP_ERROR, L2TP_ERROR_INVALID_SETTINGS, "%s: cannot be read: %s",
                 file->path, g_strerror (saved_errno));
  l2tp_clear_fd (&fd);
  return file;
}

static int
compare_names (gconstpointer a, gconstpointer b)
{
  return strcmp (*(const char *const *) a, *(const char *const *) b);
}

/* Returns the names of the profiles, sorted. */
static GPtrArray *
list_names (int dir_fd)
{
  g_autoptr (GPtrArray) names = g_ptr_array_new_with_free_func (g_free);
  int fd = fcntl (dir_fd, F_DUPFD_CLOEXEC, 0);
  DIR *dir = fd >= 0 ? fdopendir (fd) : NULL;
  struct dirent *entry;

  if (dir == NULL)
    {
      l2tp_clear_fd (&fd);
      return NULL;
    }
  while (errno = 0, (entry = readdir (dir)) != NULL)
    if (entry->d_name[0] != '.' && g_str_has_suffix (entry->d_name, SUFFIX))
      g_ptr_array_add (names, g_strdup (entry->d_name));
  if (errno != 0)
    g_clear_pointer (&names, g_ptr_array_unref);
  closedir (dir);
  if (names != NULL)
    g_ptr_array_sort (names, compare_names);
  return g_steal_pointer (&names);
}

static gboolean
check_directory (int dir_fd, const char *directory, GError **error)
{
  struct stat st;

  if (fstat (dir_fd, &st) == 0 && st.st_uid == geteuid () && (st.st_mode & 022) == 0)
    return TRUE;
  g_set_error (error, L2TP_ERROR, L2TP_ERROR_FAILED,
               "%s: other users may write there\nClose it: chown %u '%s'; chmod 700 '%s'",
               directory, geteuid (), directory, directory);
  return FALSE;
}

static GPtrArray *
read_open_directory (int dir_fd, const char *directory, GError **error)
{
  g_autoptr (GPtrArray) files = g_ptr_array_new_with_free_func (file_free);
  g_autoptr (GPtrArray) names = NULL;

  if (!check_directory (dir_fd, directory, error))
    return NULL;
  names = list_names (dir_fd);
  if (names == NULL)
    {
      g_set_error (error, L2TP_ERROR, L2TP_ERROR_FAILED, "%s: cannot be read: %s", directory,
                   g_strerror (errno));
      return NULL;
    }
  for (guint i = 0; i < names->len; i++)
    {
      L2tpStoreFile *file = read_file (dir_fd, directory, g_ptr_array_index (names, i));

      if (file != NULL)
        g_ptr_array_add (files, file);
    }
  return g_steal_pointer (&files);
}

GPtrArray *
l2tp_store_disk_read (const char *directory, GError **error)
{
  int dir_fd = open_directory (directory);
  GPtrArray *files;

  if (dir_fd < 0 && errno == ENOENT)
    return g_ptr_array_new_with_free_func (file_free);
  if (dir_fd < 0)
    {
      g_set_error (error, L2TP_ERROR, L2TP_ERROR_FAILED, "%s: cannot be read: %s", directory,
                   g_strerror (errno));
      return NULL;
    }
  files = read_open_directory (dir_fd, directory, error);
  l2tp_clear_fd (&dir_fd);
  return files;
}

/* Writing */

static const char *
remedy_for (int code)
{
  switch (code)
    {
    case ENOSPC:
    case EDQUOT:
    case EFBIG:
      return "\nMake room on the disk and try again.";
    case EROFS:
    case EACCES:
    case EPERM:
      return "\nLet the service write there, or keep the connection in memory only.";
    default:
      return "";
    }
}

static void
set_disk_error (GError **error, const char *path, const char *what, int code)
{
  g_set_error (error, L2TP_ERROR, L2TP_ERROR_FAILED, "%s: cannot be %s: %s%s", path, what,
               g_strerror (code), remedy_for (code));
}

static gboolean
write_temporary (int dir_fd, const char *name, GBytes *data)
{
  gsize len;
  const char *octets = g_bytes_get_data (data, &len);
  gboolean written;
  int fd, saved_errno;

  unlinkat (dir_fd, name, 0);
  fd = openat (dir_fd, name, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600);
  if (fd < 0)
    return FALSE;
  written = l2tp_fd_write_all (fd, octets, len) && fsync (fd) == 0;
  saved_errno = errno;
  if (close (fd) < 0 && written)
    return FALSE;
  errno = saved_errno;
  return written;
}

/* The file is there when the directory is on the disk, too. */
static gboolean
replace (int dir_fd, const char *base, GBytes *data)
{
  g_autofree char *temporary = g_strconcat (".", base, ".tmp", NULL);
  int saved_errno;

  if (write_temporary (dir_fd, temporary, data) && renameat (dir_fd, temporary, dir_fd, base) == 0)
    return fsync (dir_fd) == 0;
  saved_errno = errno;
  unlinkat (dir_fd, temporary, 0);
  errno = saved_errno;
  return FALSE;
}

gboolean
l2tp_store_disk_write (const char *path, GBytes *data, GError **error)
{
  g_autofree char *directory = g_path_get_dirname (path);
  g_autofree char *base = g_path_get_basename (path);
  int dir_fd = g_mkdir_with_parents (directory, 0700) == 0 ? open_directory (directory) : -1;
  gboolean written = dir_fd >= 0 && replace (dir_fd, base, data);

  if (!written)
    set_disk_error (error, path, "written", errno);
  l2tp_clear_fd (&dir_fd);
  return written;
}

gboolean
l2tp_store_disk_remove (const char *path, GError **error)
{
  g_autofree char *directory = g_path_get_dirname (path);
  g_autofree char *base = g_path_get_basename (path);
  int dir_fd = open_directory (directory);
  gboolean removed = dir_fd >= 0 && unlinkat (dir_fd, base, 0) == 0 && fsync (dir_fd) == 0;

  removed = removed || errno == ENOENT;
  if (!removed)
    set_disk_error (error, path, "removed", errno);
  l2tp_clear_fd (&dir_fd);
  return removed;
}
