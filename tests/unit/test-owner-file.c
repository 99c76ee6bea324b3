/* SPDX-License-Identifier: GPL-2.0-or-later */
/* SPDX-FileCopyrightText: The l2tp-client authors */

/* Files read as their owner would. Root is a user among others here: what it reads as nobody is
 * what nobody may read, and it is still root afterwards. Who is not root can only be themselves. */

#include "service/l2tp-owner-file.h"

#include <grp.h>
#include <pwd.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "dbus/l2tp-names.h"
#include "service/base/l2tp-error.h"

#define OTHER_USER "nobody"
#define TEXT       "-----BEGIN PRIVATE KEY-----\n"

typedef struct
{
  char *dir;
  guint32 self;  /* who we are */
  guint32 other; /* somebody else, or ourselves when we cannot be anybody else */
  GAsyncResult *result;
} Fixture;

static void
set_up (Fixture *f, gconstpointer data)
{
  struct passwd *other = getpwnam (OTHER_USER);

  g_assert_nonnull (other);
  f->dir = g_dir_make_tmp ("l2tp-owner-file-XXXXXX", NULL);
  g_assert_nonnull (f->dir);
  g_assert_cmpint (chmod (f->dir, 0755), ==, 0);
  f->self = geteuid ();
  f->other = f->self == 0 ? other->pw_uid : f->self;
}

static void
tear_down (Fixture *f, gconstpointer data)
{
  const char *argv[] = { "rm", "-rf", f->dir, NULL };

  g_assert_true (g_spawn_sync (NULL, (char **) argv, NULL, G_SPAWN_SEARCH_PATH, NULL, NULL, NULL,
                               NULL, NULL, NULL));
  g_free (f->dir);
}

/* Makes a file, of ours, and returns its path. */
static char *
make_file (Fixture *f, const char *name, const char *text, mode_t mode)
{
  char *path = g_build_filename (f->dir, name, NULL);

  g_assert_true (g_file_set_contents (path, text, -1, NULL));
  g_assert_cmpint (chmod (path, mode), ==, 0);
  return path;
}

static void
on_result (GObject *source, GAsyncResult *result, gpointer data)
{
  Fixture *f = data;

  f->result = g_object_ref (result);
}

/* That a thread was somebody else must not be seen here. */
static void
assert_still_ourselves (Fixture *f)
{
  g_autofree char *status = NULL;
  g_autofree char *wanted =
      g_strdup_printf ("Uid:\t%u\t%u\t%u\t%u\n", f->self, f->self, f->self, f->self);

  g_assert_true (g_file_get_contents ("/proc/thread-self/status", &status, NULL, NULL));
  g_assert_nonnull (strstr (status, wanted));
}

static GAsyncResult *
wait_for_result (Fixture *f)
{
  while (f->result == NULL)
    g_main_context_iteration (NULL, TRUE);
  assert_still_ourselves (f);
  return g_steal_pointer (&f->result);
}

static GBytes *
load (Fixture *f, const char *path, guint32 owner, gsize max_size, GError **error)
{
  g_autoptr (GAsyncResult) result = NULL;

  l2tp_owner_file_load_async (path, owner, max_size, NULL, on_result, f);
  result = wait_for_result (f);
  return l2tp_owner_file_load_finish (result, error);
}

static void
assert_loads (Fixture *f, const char *path, guint32 owner)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (GBytes) bytes = load (f, path, owner, 4096, &error);

  g_assert_no_error (error);
  g_assert_cmpmem (g_bytes_get_data (bytes, NULL), g_bytes_get_size (bytes), TEXT, strlen (TEXT));
}

static void
assert_refused (Fixture *f, const char *path, guint32 owner, const char *cause)
{
  g_autoptr (GError) error = NULL;
  g_autofree char *wanted = g_strdup_printf ("%s: %s", path, cause);

  g_assert_null (load (f, path, owner, 4096, &error));
  g_assert_error (error, L2TP_ERROR, L2TP_ERROR_INVALID_SETTINGS);
  g_test_message ("%s", error->message);
  g_assert_true (g_str_has_prefix (error->message, wanted));
  g_assert_nonnull (strchr (error->message, '\n'));
}

static void
test_own (Fixture *f, gconstpointer data)
{
  g_autofree char *path = make_file (f, "key", TEXT, 0600);

  assert_loads (f, path, f->self);
  assert_loads (f, path, L2TP_OWNER_ALL);
}

/* An option that is not set has no file; any other that cannot be read is named. */
static void
test_options (Fixture *f, gconstpointer data)
{
  static const L2tpOptionId ids[] = { L2TP_OPTION_USER_CA, L2TP_OPTION_USER_CERT,
                                      L2TP_OPTION_USER_KEY };
  g_autofree char *path = make_file (f, "cert", TEXT, 0644);
  g_autofree char *text = g_strdup_printf (
      "{'name': <'n'>, 'gateway': <'g.example'>, 'user-cert': <'%s'>, 'user-key': <'%s'>}", path,
      path);
  g_autoptr (GVariant) settings = g_variant_new_parsed (text);
  g_autoptr (L2tpConfig) config = l2tp_config_new (settings, NULL, NULL);
  g_autoptr (GAsyncResult) result = NULL, again = NULL;
  g_autoptr (GPtrArray) files = NULL;
  g_autoptr (GError) error = NULL;

  l2tp_owner_file_load_options_async (config, ids, G_N_ELEMENTS (ids), f->self, NULL, on_result, f);
  result = wait_for_result (f);
  files = l2tp_owner_file_load_options_finish (result, &error);
  g_assert_no_error (error);
  g_assert_cmpuint (files->len, ==, 3);
  g_assert_null (files->pdata[0]);
  for (guint i = 1; i < files->len; i++)
    g_assert_cmpmem (g_bytes_get_data (files->pdata[i], NULL), g_bytes_get_size (files->pdata[i]),
                     TEXT, strlen (TEXT));

  g_assert_cmpint (unlink (path), ==, 0);
  l2tp_owner_file_load_options_async (config, ids, G_N_ELEMENTS (ids), f->self, NULL, on_result, f);
  again = wait_for_result (f);
  g_assert_null (l2tp_owner_file_load_options_finish (again, &error));
  g_assert_error (error, L2TP_ERROR, L2TP_ERROR_INVALID_SETTINGS);
  g_assert_true (g_str_has_prefix (error->message, "user-cert: "));
}

/* A key that only the service may read does not come to another user by way of it. */
static void
test_of_another (Fixture *f, gconstpointer data)
{
  g_autofree char *public = make_file (f, "public", TEXT, 0644);
  g_autofree char *closed = make_file (f, "closed", TEXT, 0600);
  g_autofree char *groups = make_file (f, "groups", TEXT, 0640);
  g_autofree char *link = g_build_filename (f->dir, "link", NULL);
  struct passwd *entry = getpwuid (f->other);

  g_assert_cmpint (symlink (closed, link), ==, 0);
  assert_loads (f, public, f->other);
  if (f->other == f->self)
    {
      /* Nor does one that this user has closed to themselves. */
      g_assert_cmpint (chmod (closed, 0000), ==, 0);
      assert_refused (f, closed, f->other, "may not be read by the connection's owner\n");
      return;
    }
  assert_refused (f, closed, f->other, "may not be read by the connection's owner\n");
  assert_refused (f, link, f->other, "may not be read by the connection's owner\n");
  assert_refused (f, groups, f->other, "may not be read by the connection's owner\n");
  g_assert_cmpint (chown (groups, -1, entry->pw_gid), ==, 0);
  assert_loads (f, groups, f->other);
  g_assert_cmpint (chown (closed, f->other, -1), ==, 0);
  assert_loads (f, closed, f->other);
  assert_loads (f, link, f->other);
  g_assert_cmpint (chmod (f->dir, 0700), ==, 0);
  assert_refused (f, public, f->other, "may not be read by the connection's owner\n");
  assert_loads (f, public, f->self);
}

/* Groups beyond the first: those of the user, and none of the service. */
static void
test_groups (Fixture *f, gconstpointer data)
{
  g_autofree char *path = make_file (f, "groups", TEXT, 0640);
  gid_t groups[] = { 4242 };

  g_assert_cmpint (chmod (path, 0040), ==, 0);
  if (f->other == f->self)
    {
      assert_refused (f, path, f->self, "may not be read");
      return;
    }
  g_assert_cmpint (setgroups (1, groups), ==, 0);
  g_assert_cmpint (chown (path, -1, groups[0]), ==, 0);
  assert_refused (f, path, f->other, "may not be read by the connection's owner\n");
}

static void
test_not_a_file (Fixture *f, gconstpointer data)
{
  g_autofree char *fifo = g_build_filename (f->dir, "fifo", NULL);
  g_autofree char *empty = make_file (f, "empty", "", 0644);
  g_autofree char *none = g_build_filename (f->dir, "none", NULL);
  g_autofree char *below = g_build_filename (empty, "none", NULL);

  g_assert_cmpint (mkfifo (fifo, 0644), ==, 0);
  assert_refused (f, fifo, f->other, "is not a regular file\n");
  assert_refused (f, f->dir, f->other, "is not a regular file\n");
  assert_refused (f, "/dev/null", f->other, "is not a regular file\n");
  assert_refused (f, empty, f->other, "is empty\n");
  assert_refused (f, "/proc/self/maps", f->self, "is empty\n");
  assert_refused (f, none, f->other, "there is no such file\n");
  assert_refused (f, below, f->other, "there is no such file\n");
}

/* What the service has open is no way past the folders that the owner may not enter. */
static void
test_magic_link (Fixture *f, gconstpointer data)
{
  g_autofree char *path = make_file (f, "public", TEXT, 0644);
  FILE *open = fopen (path, "re");
  g_autofree char *link = NULL;

  g_assert_nonnull (open);
  link = g_strdup_printf ("/proc/self/fd/%d", fileno (open));
  assert_refused (f, link, f->other, "is reached by a link that is not followed\n");
  fclose (open);
}

static void
test_size (Fixture *f, gconstpointer data)
{
  g_autofree char *path = make_file (f, "key", TEXT, 0644);
  g_autoptr (GError) error = NULL;
  g_autoptr (GBytes) exact = load (f, path, f->other, strlen (TEXT), &error);

  g_assert_no_error (error);
  g_assert_cmpuint (g_bytes_get_size (exact), ==, strlen (TEXT));
  g_assert_null (load (f, path, f->other, strlen (TEXT) - 1, &error));
  g_assert_error (error, L2TP_ERROR, L2TP_ERROR_INVALID_SETTINGS);
  g_assert_nonnull (strstr (error->message, "has more than"));
}

static void
test_no_such_user (Fixture *f, gconstpointer data)
{
  g_autofree char *path = make_file (f, "key", TEXT, 0644);

  assert_refused (f, path, 3999999999u, "there is no user 3999999999 any more\n");
}

static void
test_cancelled (Fixture *f, gconstpointer data)
{
  g_autofree char *path = make_file (f, "key", TEXT, 0644);
  g_autoptr (GCancellable) cancellable = g_cancellable_new ();
  g_autoptr (GAsyncResult) result = NULL;
  g_autoptr (GError) error = NULL;

  l2tp_owner_file_load_async (path, f->other, 4096, cancellable, on_result, f);
  g_cancellable_cancel (cancellable);
  result = wait_for_result (f);
  g_assert_null (l2tp_owner_file_load_finish (result, &error));
  g_assert_error (error, G_IO_ERROR, G_IO_ERROR_CANCELLED);
}

static gboolean
check (Fixture *f, const char *key, const char *path, GError **error)
{
  g_auto (GVariantDict) dict = G_VARIANT_DICT_INIT (NULL);
  g_autoptr (GVariant) settings = NULL;
  g_autoptr (L2tpConfig) config = NULL;
  g_autoptr (GAsyncResult) result = NULL;
  g_autofree char *good = make_file (f, "good", TEXT, 0644);

  g_variant_dict_insert (&dict, "name", "s", "work");
  g_variant_dict_insert (&dict, "gateway", "s", "vpn.example.org");
  g_variant_dict_insert (&dict, "machine-ca", "s", good);
  if (key != NULL)
    g_variant_dict_insert (&dict, key, "s", path);
  settings = g_variant_ref_sink (g_variant_dict_end (&dict));
  config = l2tp_config_new (settings, NULL, error);
  g_assert_no_error (*error);
  l2tp_owner_file_check_async (config, f->other, NULL, on_result, f);
  result = wait_for_result (f);
  return l2tp_owner_file_check_finish (result, error);
}

/* Every key that is a path, under its newest name or an older one. */
static void
test_check (Fixture *f, gconstpointer data)
{
  g_autoptr (GError) error = NULL;
  g_autofree char *none = g_build_filename (f->dir, "none", NULL);
  guint n = 0;

  g_assert_true (check (f, NULL, NULL, &error));
  g_assert_no_error (error);
  for (guint i = 0; i < L2TP_N_OPTIONS; i++)
    {
      const L2tpOption *option = l2tp_option_get (i);
      g_autofree char *wanted =
          g_strdup_printf ("%s: %s: there is no such file\n", option->key, none);

      if (option->type != L2TP_OPTION_TYPE_PATH)
        continue;
      n++;
      g_assert_false (check (f, option->key, none, &error));
      g_assert_error (error, L2TP_ERROR, L2TP_ERROR_INVALID_SETTINGS);
      g_assert_true (g_str_has_prefix (error->message, wanted));
      g_clear_error (&error);
    }
  g_assert_cmpuint (n, >=, 6);
}

static void
test_nothing_to_check (Fixture *f, gconstpointer data)
{
  g_autoptr (GVariant) settings =
      g_variant_ref_sink (g_variant_new_parsed ("{'name': <'w'>, 'gateway': <'g'>}"));
  g_autoptr (L2tpConfig) config = l2tp_config_new (settings, NULL, NULL);
  g_autoptr (GAsyncResult) result = NULL;

  l2tp_owner_file_check_async (config, 3999999999u, NULL, on_result, f);
  result = wait_for_result (f);
  g_assert_true (l2tp_owner_file_check_finish (result, NULL));
}

static void
add (const char *path, void (*test) (Fixture *, gconstpointer))
{
  g_test_add (path, Fixture, NULL, set_up, test, tear_down);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  add ("/owner-file/own", test_own);
  add ("/owner-file/options", test_options);
  add ("/owner-file/of-another", test_of_another);
  add ("/owner-file/groups", test_groups);
  add ("/owner-file/not-a-file", test_not_a_file);
  add ("/owner-file/magic-link", test_magic_link);
  add ("/owner-file/size", test_size);
  add ("/owner-file/no-such-user", test_no_such_user);
  add ("/owner-file/cancelled", test_cancelled);
  add ("/owner-file/check", test_check);
  add ("/owner-file/nothing-to-check", test_nothing_to_check);
  return g_test_run ();
}
