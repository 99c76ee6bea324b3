/* SPDX-License-Identifier: GPL-2.0-or-later */
/* SPDX-FileCopyrightText: The l2tp-client authors */

/* Profiles on a real file system, in a temporary directory: what is read, refused, watched, written
 * and removed. */

#include "service/l2tp-store.h"

#include <fcntl.h>
#include <glib/gstdio.h>
#include <signal.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#include "service/base/l2tp-error.h"
#include "service/base/l2tp-keyfile.h"
#include "test-files.h"
#include "test-wait.h"

#define UUID_A "d3b07384-d113-4ec6-a3b1-00000000000a"
#define UUID_B "d3b07384-d113-4ec6-a3b1-00000000000b"

typedef struct
{
  char *top;
  char *admin;
  char *own;
  L2tpStore *store;
  GString *heard;       /* "+NAME", "-NAME" or "!NAME" with a blank before it, by the last part */
  GPtrArray *errors;    /* messages of what was refused */
  L2tpProfile *profile; /* the last one */
} Fixture;

static void
hear (Fixture *f, char sign, const char *path)
{
  g_autofree char *base = g_path_get_basename (path);
  char *dot = strchr (base, '.');

  if (dot != NULL)
    *dot = '\0';
  g_string_append_printf (f->heard, " %c%s%s", sign, g_str_has_prefix (path, f->own) ? "own/" : "",
                          base);
  g_test_message ("heard:%s", f->heard->str);
}

static void
on_changed (L2tpStore *store, const char *path, L2tpProfile *profile, Fixture *f)
{
  g_clear_pointer (&f->profile, l2tp_profile_unref);
  f->profile = l2tp_profile_ref (profile);
  hear (f, '+', path);
}

static void
on_gone (L2tpStore *store, const char *path, Fixture *f)
{
  hear (f, '-', path);
}

static void
on_refused (L2tpStore *store, const char *path, GError *error, Fixture *f)
{
  g_test_message ("%s", error->message);
  g_ptr_array_add (f->errors, g_strdup (error->message));
  hear (f, '!', path);
}

static const char *
last_error (Fixture *f)
{
  return f->errors->len > 0 ? g_ptr_array_index (f->errors, f->errors->len - 1) : "";
}

/* What was heard since the last time is exactly @text, sooner or later. */
#define expect(f, text)                                                                            \
  G_STMT_START                                                                                     \
  {                                                                                                \
    test_wait_for (strlen ((f)->heard->str) >= strlen (text));                                     \
    g_assert_cmpstr ((f)->heard->str, ==, text);                                                   \
    g_string_truncate ((f)->heard, 0);                                                             \
  }                                                                                                \
  G_STMT_END

static void
on_result (GObject *source, GAsyncResult *result, gpointer data)
{
  *(GAsyncResult **) data = g_object_ref (result);
}

static void
reload (Fixture *f)
{
  g_autoptr (GAsyncResult) result = NULL;
  g_autoptr (GError) error = NULL;

  l2tp_store_reload_async (f->store, NULL, on_result, &result);
  test_wait_for (result != NULL);
  g_assert_true (l2tp_store_reload_finish (f->store, result, &error));
  g_assert_no_error (error);
}

static void
load (Fixture *f)
{
  g_autoptr (GAsyncResult) result = NULL;
  g_autoptr (GError) error = NULL;

  l2tp_store_load_async (f->store, NULL, on_result, &result);
  test_wait_for (result != NULL);
  g_assert_true (l2tp_store_load_finish (f->store, result, &error));
  g_assert_no_error (error);
}

static void
write_text (const char *directory, const char *base, const char *text)
{
  g_autofree char *path = g_build_filename (directory, base, NULL);
  g_autoptr (GError) error = NULL;

  g_file_set_contents_full (path, text, -1, G_FILE_SET_CONTENTS_CONSISTENT, 0600, &error);
  g_assert_no_error (error);
}

static void
write_profile (const char *directory, const char *base, const char *uuid, const char *name)
{
  g_autofree char *text =
      g_strdup_printf ("[connection]\nuuid=%s\nname=%s\ngateway=10.9.0.2\n", uuid, name);

  write_text (directory, base, text);
}

static void
remove_file (const char *directory, const char *base)
{
  g_autofree char *path = g_build_filename (directory, base, NULL);

  g_assert_cmpint (g_unlink (path), ==, 0);
}

static L2tpConfig *
make_config (const char *name, const char *uuid)
{
  const char *texts[L2TP_N_OPTIONS] = { NULL };

  texts[L2TP_OPTION_NAME] = name;
  texts[L2TP_OPTION_UUID] = uuid;
  texts[L2TP_OPTION_GATEWAY] = "10.9.0.2";
  texts[L2TP_OPTION_PASSWORD] = "s3cret";
  return l2tp_config_new_from_texts (texts, NULL);
}

static char *
save (Fixture *f, const char *uuid, L2tpConfig *config, GError **error)
{
  g_autoptr (GAsyncResult) result = NULL;

  l2tp_store_save_async (f->store, uuid, config, 1007, NULL, on_result, &result);
  test_wait_for (result != NULL);
  return l2tp_store_save_finish (f->store, result, error);
}

static gboolean
remove_path (Fixture *f, const char *path, GError **error)
{
  g_autoptr (GAsyncResult) result = NULL;

  l2tp_store_remove_async (f->store, path, NULL, on_result, &result);
  test_wait_for (result != NULL);
  return l2tp_store_remove_finish (f->store, result, error);
}

static guint
count_files (const char *directory)
{
  g_autoptr (GDir) dir = g_dir_open (directory, 0, NULL);
  guint n = 0;

  while (g_dir_read_name (dir) != NULL)
    n++;
  return n;
}

static void
setup (Fixture *f, gconstpointer data)
{
  f->top = g_dir_make_tmp ("l2tp-store-XXXXXX", NULL);
  f->admin = g_build_filename (f->top, "etc", "connections", NULL);
  f->own = g_build_filename (f->top, "data", "lib", "connections", NULL); /* sorts first */
  g_assert_cmpint (g_mkdir_with_parents (f->admin, 0700), ==, 0);
  g_assert_cmpint (g_mkdir_with_parents (f->own, 0700), ==, 0);
  f->heard = g_string_new (NULL);
  f->errors = g_ptr_array_new_with_free_func (g_free);
  f->store = l2tp_store_new (f->admin, f->own);
  g_signal_connect (f->store, "changed", G_CALLBACK (on_changed), f);
  g_signal_connect (f->store, "gone", G_CALLBACK (on_gone), f);
  g_signal_connect (f->store, "refused", G_CALLBACK (on_refused), f);
}

static void
teardown (Fixture *f, gconstpointer data)
{
  g_assert_finalize_object (f->store);
  test_remove_tree (f->top);
  g_string_free (f->heard, TRUE);
  g_ptr_array_unref (f->errors);
  l2tp_profile_unref (f->profile);
  g_free (f->top);
  g_free (f->admin);
  g_free (f->own);
}

static void
test_load (Fixture *f, gconstpointer data)
{
  write_profile (f->own, "b.conf", UUID_B, "b");
  write_profile (f->admin, "a.conf", UUID_A, "a");
  write_text (f->admin, ".hidden.conf", "x");
  write_text (f->admin, "a.conf~", "x");
  write_text (f->admin, "README", "x");
  write_text (f->own, "." UUID_A ".conf.tmp", "cut short");
  load (f);
  expect (f, " +a +own/b");
  g_assert_cmpuint (f->errors->len, ==, 0);
  g_assert_cmpuint (count_files (f->own), ==, 1);
  reload (f);
  expect (f, "");
}

static void
test_broken_does_not_disturb (Fixture *f, gconstpointer data)
{
  g_autofree char *prefix = g_build_filename (f->admin, "b.conf:3: mtu: ", NULL);

  write_profile (f->admin, "a.conf", UUID_A, "a");
  write_text (f->admin, "b.conf", "[connection]\ngateway=g\nmtu=x\n");
  write_profile (f->admin, "c.conf", UUID_B, "c");
  load (f);
  expect (f, " !b +a +c");
  g_assert_true (g_str_has_prefix (last_error (f), prefix));

  reload (f); /* says it again */
  expect (f, " !b");
  write_text (f->admin, "b.conf", "[connection]\ngateway=g\n");
  expect (f, " +b");
}

/* What is in use stays when its file breaks, and goes with the file. */
static void
test_earlier_content_stays (Fixture *f, gconstpointer data)
{
  write_profile (f->admin, "a.conf", UUID_A, "a");
  load (f);
  expect (f, " +a");
  write_text (f->admin, "a.conf", "[connection]\n");
  expect (f, " !a");
  write_profile (f->admin, "a.conf", UUID_A, "a"); /* as before */
  write_profile (f->admin, "b.conf", UUID_B, "b");
  expect (f, " +b");
  write_text (f->admin, "a.conf", "[connection]\n");
  expect (f, " !a");
  remove_file (f->admin, "a.conf");
  expect (f, " -a");
}

static void
test_untrusted_files (Fixture *f, gconstpointer data)
{
  static const guint modes[] = { 0640, 0604, 0644, 0660, 0666, 0610, 0601 };
  g_autofree char *path = g_build_filename (f->admin, "a.conf", NULL);
  g_autofree char *target = g_build_filename (f->top, "target.conf", NULL);
  g_autofree char *large = g_strnfill (L2TP_KEYFILE_MAX_SIZE + 1, '\n');

  load (f);
  for (guint i = 0; i < G_N_ELEMENTS (modes); i++)
    {
      write_profile (f->admin, "a.conf", UUID_A, "a");
      g_assert_cmpint (g_chmod (path, (int) modes[i]), ==, 0);
      reload (f);
      g_assert_nonnull (strstr (last_error (f), "is open to other users"));
      g_assert_nonnull (strstr (last_error (f), "chmod 600"));
      g_assert_null (f->profile);
      g_unlink (path);
    }
  write_profile (f->top, "target.conf", UUID_A, "a");
  g_assert_cmpint (symlink (target, path), ==, 0);
  reload (f);
  g_assert_nonnull (strstr (last_error (f), "symbolic link"));
  g_unlink (path);
  g_assert_cmpint (mkfifo (path, 0600), ==, 0);
  reload (f);
  g_assert_nonnull (strstr (last_error (f), "not a regular file"));
  g_unlink (path);
  g_assert_cmpint (g_mkdir (path, 0700), ==, 0);
  reload (f);
  g_assert_nonnull (strstr (last_error (f), "not a regular file"));
  g_rmdir (path);
  write_text (f->admin, "a.conf", large);
  reload (f);
  g_assert_nonnull (strstr (last_error (f), "larger than 64 KiB"));
  g_assert_null (f->profile);
}

static void
test_untrusted_owner (Fixture *f, gconstpointer data)
{
  g_autofree char *path = g_build_filename (f->admin, "a.conf", NULL);

  if (geteuid () != 0)
    {
      g_test_skip ("only root can give files away");
      return;
    }
  write_profile (f->admin, "a.conf", UUID_A, "a");
  g_assert_cmpint (chown (path, 65534, 65534), ==, 0);
  load (f);
  expect (f, " !a");
  g_assert_nonnull (strstr (last_error (f), "belongs to the user 65534"));
  g_assert_cmpint (chown (path, 0, 0), ==, 0);
  expect (f, " +a");
}

/* Of a directory that others write to nothing is believed, not even that files have gone. */
static void
test_untrusted_directory (Fixture *f, gconstpointer data)
{
  write_profile (f->admin, "a.conf", UUID_A, "a");
  load (f);
  expect (f, " +a");
  g_assert_cmpint (g_chmod (f->admin, 0770), ==, 0);
  remove_file (f->admin, "a.conf");
  reload (f);
  expect (f, " !connections");
  g_assert_nonnull (strstr (last_error (f), "other users may write there"));
  g_assert_cmpint (g_chmod (f->admin, 0700), ==, 0);
  expect (f, " -a");
}

static void
test_watched (Fixture *f, gconstpointer data)
{
  g_autofree char *a = g_build_filename (f->admin, "a.conf", NULL);
  g_autofree char *b = g_build_filename (f->admin, "b.conf", NULL);

  load (f);
  write_profile (f->admin, "a.conf", UUID_A, "a");
  expect (f, " +a");
  g_assert_cmpuint (f->profile->owner, ==, L2TP_OWNER_ALL);
  write_text (f->admin, "a.conf",
              "[connection]\nuuid=" UUID_A "\nname=a\ngateway=g\n[permissions]\nuser=root\n");
  expect (f, " +a");
  g_assert_cmpuint (f->profile->owner, ==, 0);
  g_assert_cmpint (g_rename (a, b), ==, 0); /* the same profile: not gone */
  expect (f, " +b");
  g_assert_cmpint (g_chmod (b, 0644), ==, 0);
  expect (f, " !b");
  write_profile (f->admin, "b.conf", UUID_B, "a"); /* another one in its place */
  expect (f, " -b +b");
  remove_file (f->admin, "b.conf");
  expect (f, " -b");
}

static void
test_missing_directory (Fixture *f, gconstpointer data)
{
  g_autofree char *etc = g_path_get_dirname (f->admin);
  struct stat st;

  /* A file in the way: it cannot even be made. */
  g_rmdir (f->admin);
  g_rmdir (etc);
  write_text (f->top, "etc", "");
  g_rmdir (f->own);
  load (f);
  expect (f, " !connections");
  g_assert_cmpint (stat (f->own, &st), ==, 0);
  g_assert_cmpuint (st.st_mode & 07777, ==, 0700);

  g_unlink (etc);
  g_assert_cmpint (g_mkdir_with_parents (f->admin, 0700), ==, 0);
  write_profile (f->admin, "a.conf", UUID_A, "a");
  expect (f, " +a");
  write_profile (f->admin, "b.conf", UUID_B, "b");
  expect (f, " +b");
}

/* Removed and made again. */
static void
test_new_directory (Fixture *f, gconstpointer data)
{
  write_profile (f->admin, "a.conf", UUID_A, "a");
  load (f);
  expect (f, " +a");
  test_remove_tree (f->admin);
  expect (f, " -a");
  g_assert_cmpint (g_mkdir (f->admin, 0700), ==, 0);
  write_profile (f->admin, "b.conf", UUID_B, "b");
  expect (f, " +b");
}

static void
test_precedence (Fixture *f, gconstpointer data)
{
  g_autofree char *winner = g_build_filename (f->admin, "a.conf", NULL);

  write_profile (f->admin, "a.conf", UUID_A, "a");
  write_profile (f->admin, "b.conf", UUID_A, "b");
  write_profile (f->own, "c.conf", UUID_B, "a");
  load (f);
  expect (f, " !b !own/c +a");
  g_assert_nonnull (strstr (g_ptr_array_index (f->errors, 0), "uuid: “" UUID_A "” is taken by"));
  g_assert_nonnull (strstr (g_ptr_array_index (f->errors, 0), winner));
  g_assert_nonnull (strstr (g_ptr_array_index (f->errors, 1), "name: “a” is taken by"));
  g_assert_nonnull (strstr (g_ptr_array_index (f->errors, 1), winner));

  remove_file (f->admin, "a.conf"); /* the UUID moves to b, the name to c */
  expect (f, " +b +own/c");
  write_profile (f->admin, "a.conf", UUID_A, "a"); /* and back */
  expect (f, " !b !own/c -own/c +a");
}

/* A file that takes another's name keeps what it was. */
static void
test_clash_keeps_earlier_content (Fixture *f, gconstpointer data)
{
  write_profile (f->admin, "a.conf", UUID_A, "a");
  write_profile (f->admin, "b.conf", UUID_B, "b");
  load (f);
  expect (f, " +a +b");
  write_profile (f->admin, "b.conf", UUID_B, "a");
  expect (f, " !b");
  remove_file (f->admin, "a.conf");
  expect (f, " -a +b");
}

static void
test_save (Fixture *f, gconstpointer data)
{
  g_autoptr (L2tpConfig) config = make_config ("a", NULL);
  g_autoptr (L2tpConfig) renamed = make_config ("b", UUID_A);
  g_autoptr (GError) error = NULL;
  g_autofree char *text = NULL;
  struct stat st;

  load (f);
  g_autofree char *path = save (f, UUID_A, config, &error);
  g_autofree char *expected = g_build_filename (f->own, UUID_A ".conf", NULL);
  g_assert_no_error (error);
  g_assert_cmpstr (path, ==, expected);
  g_assert_cmpint (lstat (path, &st), ==, 0);
  g_assert_cmpuint (st.st_mode, ==, S_IFREG | 0600);
  g_assert_true (g_file_get_contents (path, &text, NULL, NULL));
  g_assert_nonnull (strstr (text, "\nuuid=" UUID_A "\n"));
  g_assert_nonnull (strstr (text, "\npassword=s3cret\n"));
  g_assert_nonnull (strstr (text, "\nuser=1007\n"));

  /* The events of our own writing say nothing; what comes after them is heard. */
  g_autofree char *again = save (f, UUID_A, renamed, &error);
  g_assert_cmpstr (again, ==, path);
  g_assert_cmpuint (count_files (f->own), ==, 1);
  write_profile (f->own, "z.conf", UUID_B, "z");
  expect (f, " +own/z");

  g_assert_true (remove_path (f, path, &error));
  g_assert_false (g_file_test (path, G_FILE_TEST_EXISTS));
  g_assert_true (remove_path (f, path, &error));
  remove_file (f->own, "z.conf");
  expect (f, " -own/z");
}

/* A profile is saved to the file that it came from. */
static void
test_save_to_its_file (Fixture *f, gconstpointer data)
{
  g_autoptr (L2tpConfig) config = make_config ("a", UUID_A);
  g_autofree char *expected = g_build_filename (f->own, "work.conf", NULL);

  write_profile (f->own, "work.conf", UUID_A, "a");
  load (f);
  expect (f, " +own/work");
  g_autofree char *path = save (f, UUID_A, config, NULL);
  g_assert_cmpstr (path, ==, expected);
  reload (f);
  expect (f, "");
}

static void
test_administrators_file (Fixture *f, gconstpointer data)
{
  g_autoptr (L2tpConfig) config = make_config ("a", UUID_A);
  g_autofree char *path = g_build_filename (f->admin, "a.conf", NULL);
  g_autoptr (GError) error = NULL;

  write_profile (f->admin, "a.conf", UUID_A, "a");
  load (f);
  expect (f, " +a");
  g_assert_null (save (f, UUID_A, config, &error));
  g_assert_error (error, L2TP_ERROR, L2TP_ERROR_FAILED);
  g_assert_true (g_str_has_prefix (error->message, path));
  g_clear_error (&error);
  g_assert_false (remove_path (f, path, &error));
  g_assert_error (error, L2TP_ERROR, L2TP_ERROR_FAILED);
  g_assert_true (g_str_has_prefix (error->message, path));
  g_assert_nonnull (strchr (error->message, '\n'));
  g_assert_true (g_file_test (path, G_FILE_TEST_EXISTS));
  g_assert_cmpuint (count_files (f->own), ==, 0);
}

/* The last one that was asked for is what is there, whoever reads in between. */
static void
test_saves_in_order (Fixture *f, gconstpointer data)
{
  GAsyncResult *results[20] = { NULL };
  g_autoptr (GAsyncResult) removed = NULL;
  g_autofree char *path = g_build_filename (f->own, UUID_A ".conf", NULL);
  g_autofree char *text = NULL;

  load (f);
  l2tp_store_remove_async (f->store, path, NULL, on_result, &removed);
  for (guint i = 0; i < G_N_ELEMENTS (results); i++)
    {
      g_autofree char *name = g_strdup_printf ("n%u", i);
      g_autoptr (L2tpConfig) config = make_config (name, UUID_A);

      l2tp_store_save_async (f->store, UUID_A, config, 0, NULL, on_result, &results[i]);
      g_main_context_iteration (NULL, FALSE);
    }
  test_wait_for (results[G_N_ELEMENTS (results) - 1] != NULL);
  for (guint i = 0; i < G_N_ELEMENTS (results); i++)
    {
      g_autoptr (GAsyncResult) result = results[i];
      g_autofree char *saved = l2tp_store_save_finish (f->store, result, NULL);

      g_assert_cmpstr (saved, ==, path);
    }
  g_assert_true (g_file_get_contents (path, &text, NULL, NULL));
  g_assert_nonnull (strstr (text, "\nname=n19\n"));
  reload (f);
  expect (f, "");
}

static void
test_cancelled (Fixture *f, gconstpointer data)
{
  g_autoptr (L2tpConfig) config = make_config ("a", UUID_A);
  g_autoptr (GCancellable) cancellable = g_cancellable_new ();
  g_autoptr (GAsyncResult) loaded = NULL;
  g_autoptr (GAsyncResult) result = NULL;
  g_autoptr (GError) error = NULL;

  l2tp_store_load_async (f->store, NULL, on_result, &loaded);
  l2tp_store_save_async (f->store, UUID_A, config, 0, cancellable, on_result, &result);
  g_cancellable_cancel (cancellable);
  test_wait_for (result != NULL);
  g_assert_nonnull (loaded);
  g_assert_null (l2tp_store_save_finish (f->store, result, &error));
  g_assert_error (error, G_IO_ERROR, G_IO_ERROR_CANCELLED);
  g_assert_cmpuint (count_files (f->own), ==, 0);
}

/* A limit on file sizes stands in for a full disk: the write stops in the middle. */
static void
test_full_disk (Fixture *f, gconstpointer data)
{
  g_autoptr (L2tpConfig) config = make_config ("a", UUID_A);
  g_autoptr (L2tpConfig) renamed = make_config ("b", UUID_A);
  struct rlimit before, small;
  g_autofree char *text = NULL;
  g_autofree char *text_after = NULL;
  g_autoptr (GError) error = NULL;

  load (f);
  g_autofree char *path = save (f, UUID_A, config, NULL);
  g_assert_true (g_file_get_contents (path, &text, NULL, NULL));

  signal (SIGXFSZ, SIG_IGN);
  g_assert_cmpint (getrlimit (RLIMIT_FSIZE, &before), ==, 0);
  small = before;
  small.rlim_cur = 20;
  g_assert_cmpint (setrlimit (RLIMIT_FSIZE, &small), ==, 0);
  g_assert_null (save (f, UUID_A, renamed, &error));
  g_assert_cmpint (setrlimit (RLIMIT_FSIZE, &before), ==, 0);

  g_test_message ("%s", error->message);
  g_assert_error (error, L2TP_ERROR, L2TP_ERROR_FAILED);
  g_assert_true (g_str_has_prefix (error->message, path));
  g_assert_nonnull (strstr (error->message, "\nMake room"));
  g_assert_true (g_file_get_contents (path, &text_after, NULL, NULL));
  g_assert_cmpstr (text, ==, text_after);
  g_assert_cmpuint (count_files (f->own), ==, 1);
  reload (f);
  expect (f, "");
}

static void
test_no_directory_to_write (Fixture *f, gconstpointer data)
{
  g_autoptr (L2tpConfig) config = make_config ("a", UUID_A);
  g_autoptr (GError) error = NULL;

  load (f);
  g_rmdir (f->own);
  g_autofree char *path = save (f, UUID_A, config, &error); /* it is made again */
  g_assert_no_error (error);
  test_remove_tree (f->own);
  g_autofree char *lib = g_path_get_dirname (f->own);
  write_text (lib, "connections", "in the way");
  g_assert_null (save (f, UUID_A, config, &error));
  g_assert_error (error, L2TP_ERROR, L2TP_ERROR_FAILED);
  g_assert_true (g_str_has_prefix (error->message, path));
}

#define ADD(NAME, FUNCTION) g_test_add ("/store/" NAME, Fixture, NULL, setup, FUNCTION, teardown)

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  /* Refused files are warned of, and meant to be. */
  g_log_set_always_fatal ((GLogLevelFlags) (G_LOG_LEVEL_CRITICAL | G_LOG_FATAL_MASK));
  ADD ("load", test_load);
  ADD ("broken-does-not-disturb", test_broken_does_not_disturb);
  ADD ("earlier-content-stays", test_earlier_content_stays);
  ADD ("untrusted-files", test_untrusted_files);
  ADD ("untrusted-owner", test_untrusted_owner);
  ADD ("untrusted-directory", test_untrusted_directory);
  ADD ("watched", test_watched);
  ADD ("missing-directory", test_missing_directory);
  ADD ("new-directory", test_new_directory);
  ADD ("precedence", test_precedence);
  ADD ("clash-keeps-earlier-content", test_clash_keeps_earlier_content);
  ADD ("save", test_save);
  ADD ("save-to-its-file", test_save_to_its_file);
  ADD ("administrators-file", test_administrators_file);
  ADD ("saves-in-order", test_saves_in_order);
  ADD ("cancelled", test_cancelled);
  ADD ("full-disk", test_full_disk);
  ADD ("no-directory-to-write", test_no_directory_to_write);
  return g_test_run ();
}
