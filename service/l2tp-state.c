/* SPDX-License-Identifier: GPL-2.0-or-later */
/* SPDX-FileCopyrightText: The l2tp-client authors */

/* Reads and writes the state files. Hides their layout: a GVariant with a version and the boot's id
 * in front, then a dictionary. Pids, inodes and monotonic times mean nothing after another boot, so
 * a call is then forgotten; that it was wanted is not. Every version keeps that type, and of the
 * keys uuid, wanted and pppd. Also whose the directory is. Owned by nobody: the keeper calls. */

#include "l2tp-state.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <glib/gstdio.h>

#include "service/base/l2tp-error.h"
#include "service/base/l2tp-log.h"
#include "service/l2tp-connection.h"
#include "service/l2tp-handover.h"

#define VERSION      1
#define TYPE         "(usa{sv})"
#define SUFFIX       ".state"
#define MAX_SIZE     (1024 * 1024)
#define MAX_FAILURES (1000 * 1000) /* two years of them */

void
l2tp_state_free (L2tpState *state)
{
  if (state == NULL)
    return;
  g_free (state->uuid);
  g_clear_error (&state->error);
  g_free (state->bound);
  g_free (state->maker);
  g_clear_object (&state->lns);
  g_free (state->lns_name);
  g_clear_pointer (&state->settings, g_variant_unref);
  g_clear_pointer (&state->call, g_variant_unref);
  g_clear_pointer (&state->ip, g_variant_unref);
  g_free (state);
}

/* "" when there is none: then nothing is believed to be of this boot. */
static char *
get_boot_id (void)
{
  char *id = NULL;

  if (!g_file_get_contents ("/proc/sys/kernel/random/boot_id", &id, NULL, NULL))
    return g_strdup ("");
  return g_strstrip (id);
}

/* A profile may spell its UUID in another way while the connection is up. */
static char *
make_path (const char *directory, const char *uuid)
{
  g_autofree char *lower = g_ascii_strdown (uuid, -1);
  g_autofree char *name = g_strconcat (lower, SUFFIX, NULL);

  return g_build_filename (directory, name, NULL);
}

/* No crash of the machine is to be outlived, and the main loop waits for this: not for a disk,
 * where
 * @path is on one. */
static gboolean
replace_file (const char *path, GVariant *data, GError **error)
{
  g_autofree char *next = g_strconcat (path, ".new", NULL);

  if (!g_file_set_contents_full (next, g_variant_get_data (data),
                                 (gssize) g_variant_get_size (data), G_FILE_SET_CONTENTS_NONE, 0600,
                                 error))
    return FALSE;
  if (g_rename (next, path) == 0)
    return TRUE;
  g_set_error (error, G_FILE_ERROR, (int) g_file_error_from_errno (errno), "%s: %s", path,
               g_strerror (errno));
  return FALSE;
}

gboolean
l2tp_state_write (const char *directory, const L2tpState *state, GError **error)
{
  g_autofree char *path = make_path (directory, state->uuid);
  g_autofree char *boot_id = get_boot_id ();
  g_autofree char *lns = state->lns != NULL ? g_inet_address_to_string (state->lns) : NULL;
  g_auto (GVariantDict) dict = G_VARIANT_DICT_INIT (NULL);
  g_autoptr (GVariant) all = NULL;

  g_variant_dict_insert (&dict, "uuid", "s", state->uuid);
  g_variant_dict_insert_value (&dict, "settings", state->settings);
  g_variant_dict_insert (&dict, "owner", "u", state->owner);
  g_variant_dict_insert (&dict, "source", "u", state->source);
  g_variant_dict_insert (&dict, "wanted", "b", state->wanted);
  g_variant_dict_insert (&dict, "was-up", "b", state->was_up);
  g_variant_dict_insert (&dict, "guarding", "b", state->guarding);
  g_variant_dict_insert (&dict, "since", "x", state->since);
  g_variant_dict_insert (&dict, "failures", "u", state->failures);
  g_variant_dict_insert (&dict, "next-retry", "x", state->next_retry);
  if (state->error != NULL && state->error->domain == L2TP_ERROR)
    g_variant_dict_insert (&dict, "error", "(is)", state->error->code, state->error->message);
  if (lns != NULL)
    g_variant_dict_insert (&dict, "lns", "(ss)", state->lns_name, lns);
  if (state->bound != NULL)
    g_variant_dict_insert (&dict, "bound", "s", state->bound);
  if (state->maker != NULL)
    g_variant_dict_insert (&dict, "maker", "s", state->maker);
  if (state->call != NULL)
    g_variant_dict_insert_value (&dict, "call", state->call);
  if (state->pid != 0)
    g_variant_dict_insert (&dict, "pppd", "(it)", state->pid, state->start_time);
  if (state->ip != NULL)
    g_variant_dict_insert_value (&dict, "ip", state->ip);
  all = g_variant_ref_sink (
      g_variant_new ("(us@a{sv})", VERSION, boot_id, g_variant_dict_end (&dict)));
  return replace_file (path, all, error);
}

void
l2tp_state_remove (const char *directory, const char *uuid)
{
  g_autofree char *path = make_path (directory, uuid);

  g_unlink (path);
}

/* Whether it is a file that only we can have written. */
static gboolean
is_ours (int fd)
{
  struct stat info;

  return fstat (fd, &info) == 0 && S_ISREG (info.st_mode) && info.st_uid == geteuid () &&
         (info.st_mode & (S_IRWXG | S_IRWXO)) == 0 && info.st_size <= MAX_SIZE;
}

static GBytes *
read_file (const char *path)
{
  int fd = open (path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK);
  g_autofree guint8 *data = NULL;
  gssize len = -1;

  if (fd >= 0 && is_ours (fd))
    {
      data = g_malloc (MAX_SIZE);
      len = read (fd, data, MAX_SIZE);
    }
  if (fd >= 0)
    close (fd);
  return len > 0 ? g_bytes_new (data, (gsize) len) : NULL;
}

static GError *
lookup_error (GVariant *values)
{
  const char *message;
  int code;

  if (!g_variant_lookup (values, "error", "(i&s)", &code, &message) || code < 0 ||
      code >= L2TP_N_ERRORS)
    return NULL;
  return g_error_new_literal (L2TP_ERROR, code, message);
}

/* Returns NULL when something is missing or of another type. */
static L2tpState *
from_dict (GVariant *values, gboolean is_this_boot)
{
  g_autoptr (L2tpState) state = g_new0 (L2tpState, 1);
  const char *lns;

  state->settings = g_variant_lookup_value (values, "settings", G_VARIANT_TYPE_VARDICT);
  if (!g_variant_lookup (values, "uuid", "s", &state->uuid) || state->settings == NULL ||
      !g_uuid_string_is_valid (state->uuid) ||
      !g_variant_lookup (values, "owner", "u", &state->owner) ||
      !g_variant_lookup (values, "source", "u", &state->source) ||
      !g_variant_lookup (values, "wanted", "b", &state->wanted) ||
      !g_variant_lookup (values, "was-up", "b", &state->was_up) ||
      !g_variant_lookup (values, "since", "x", &state->since) ||
      !g_variant_lookup (values, "failures", "u", &state->failures) ||
      !g_variant_lookup (values, "next-retry", "x", &state->next_retry) ||
      state->failures > MAX_FAILURES || state->next_retry < 0)
    return NULL;
  g_variant_lookup (values, "guarding", "b", &state->guarding);
  state->error = lookup_error (values);
  if (g_variant_lookup (values, "lns", "(s&s)", &state->lns_name, &lns))
    state->lns = g_inet_address_new_from_string (lns);
  g_variant_lookup (values, "bound", "s", &state->bound);
  g_variant_lookup (values, "maker", "s", &state->maker);
  if ((state->bound != NULL && !g_dbus_is_name (state->bound)) ||
      (state->maker != NULL && !g_dbus_is_name (state->maker)))
    return NULL;
  if (!is_this_boot)
    return g_steal_pointer (&state);
  state->call = g_variant_lookup_value (values, "call", G_VARIANT_TYPE (L2TP_HANDOVER_TYPE));
  g_variant_lookup (values, "pppd", "(it)", &state->pid, &state->start_time);
  state->ip = g_variant_lookup_value (values, "ip", G_VARIANT_TYPE_VARDICT);
  return g_steal_pointer (&state);
}

/* Of an older or newer service: enough to end what it has left, and to connect again. As if its
 * profile were on the disk: one that was not is gone. */
static L2tpState *
from_another_version (GVariant *values, gboolean is_this_boot)
{
  g_autoptr (L2tpState) state = g_new0 (L2tpState, 1);

  if (!g_variant_lookup (values, "uuid", "s", &state->uuid) ||
      !g_uuid_string_is_valid (state->uuid) ||
      !g_variant_lookup (values, "wanted", "b", &state->wanted))
    return NULL;
  state->settings = g_variant_ref_sink (g_variant_new_array (G_VARIANT_TYPE ("{sv}"), NULL, 0));
  state->source = L2TP_SOURCE_DISK;
  state->was_up = TRUE;
  state->since = g_get_real_time ();
  if (is_this_boot)
    g_variant_lookup (values, "pppd", "(it)", &state->pid, &state->start_time);
  return g_steal_pointer (&state);
}

static L2tpState *
parse (GBytes *bytes)
{
  g_autofree char *boot_id = get_boot_id ();
  g_autoptr (GVariant) all =
      g_variant_ref_sink (g_variant_new_from_bytes (G_VARIANT_TYPE (TYPE), bytes, FALSE));
  g_autoptr (GVariant) values = NULL;
  const char *written_in;
  gboolean is_this_boot;
  guint version;

  if (!g_variant_is_normal_form (all))
    return NULL;
  g_variant_get (all, "(u&s@a{sv})", &version, &written_in, &values);
  is_this_boot = *boot_id != '\0' && g_str_equal (boot_id, written_in);
  return version == VERSION ? from_dict (values, is_this_boot)
                            : from_another_version (values, is_this_boot);
}

GPtrArray *
l2tp_state_read_all (const char *directory)
{
  GPtrArray *states = g_ptr_array_new_with_free_func ((GDestroyNotify) l2tp_state_free);
  g_autoptr (GDir) dir = g_dir_open (directory, 0, NULL);
  const char *name;

  while (dir != NULL && (name = g_dir_read_name (dir)) != NULL)
    {
      g_autofree char *path = g_build_filename (directory, name, NULL);
      g_autoptr (GBytes) bytes = NULL;
      L2tpState *state;

      if (strstr (name, SUFFIX) == NULL)
        continue;
      bytes = g_str_has_suffix (name, SUFFIX) ? read_file (path) : NULL;
      state = bytes != NULL ? parse (bytes) : NULL;
      if (state != NULL)
        {
          g_ptr_array_add (states, state);
          continue;
        }
      l2tp_warning (NULL, "%s is no state, removing it", path);
      g_unlink (path);
    }
  return states;
}

/* The directory itself: a file in it would have to be told from the states. */
int
l2tp_state_claim (const char *directory, GError **error)
{
  int fd;

  g_mkdir_with_parents (directory, 0700);
  fd = open (directory, O_RDONLY | O_DIRECTORY | O_CLOEXEC | O_NOFOLLOW);
  if (fd >= 0 && flock (fd, LOCK_EX | LOCK_NB) == 0)
    return fd;
  if (errno == EWOULDBLOCK)
    g_set_error (error, L2TP_ERROR, L2TP_ERROR_BUSY,
                 "another l2tp-clientd runs and has %s\n"
                 "Stop it first: systemctl stop l2tp-client",
                 directory);
  else
    g_set_error (error, L2TP_ERROR, L2TP_ERROR_FAILED, "%s: %s\nStart it as root", directory,
                 g_strerror (errno));
  if (fd >= 0)
    close (fd);
  return -1;
}
