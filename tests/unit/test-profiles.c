/* SPDX-License-Identifier: GPL-2.0-or-later */
/* SPDX-FileCopyrightText: The l2tp-client authors */

/* Connections and their files, when two things happen to one at the same time. */

#include "service/l2tp-profiles.h"

#include <glib/gstdio.h>
#include <string.h>

#include "service/base/l2tp-error.h"
#include "test-files.h"
#include "test-wait.h"

typedef struct
{
  char *top;
  L2tpManager *manager;
  L2tpStore *store;
  L2tpProfiles *profiles;
  L2tpConnection *connection;
  L2tpConfig *before;
  GError *error;
  gboolean done;
} Fixture;

static GVariant *
dict (const char *text)
{
  g_autoptr (GError) error = NULL;
  GVariant *value = g_variant_parse (G_VARIANT_TYPE_VARDICT, text, NULL, NULL, &error);

  g_assert_no_error (error);
  return value;
}

static void
on_loaded (GObject *source, GAsyncResult *result, gpointer data)
{
  Fixture *f = data;

  f->done = l2tp_profiles_load_finish (L2TP_PROFILES (source), result, NULL);
}

static void
on_added (GObject *source, GAsyncResult *result, gpointer data)
{
  Fixture *f = data;

  f->connection = l2tp_profiles_add_finish (L2TP_PROFILES (source), result, &f->error);
  g_assert_no_error (f->error);
}

static void
on_updated (GObject *source, GAsyncResult *result, gpointer data)
{
  Fixture *f = data;

  l2tp_profiles_update_finish (L2TP_PROFILES (source), result, &f->error);
  f->done = TRUE;
}

static void
set_up (Fixture *f, gconstpointer data)
{
  const L2tpMeans means = { 0 };
  g_autoptr (GVariant) settings = dict ("{'name': <'w'>, 'gateway': <'g'>, 'user': <'u'>}");
  g_autoptr (GVariant) secrets = dict ("{'password': <'old'>}");
  g_autoptr (L2tpConfig) config = l2tp_config_new (settings, secrets, &f->error);
  g_autofree char *admin = NULL;
  g_autofree char *own = NULL;

  f->top = g_dir_make_tmp ("l2tp-profiles-XXXXXX", NULL);
  admin = g_build_filename (f->top, "admin", NULL);
  own = g_build_filename (f->top, "own", NULL);
  f->manager = l2tp_manager_new (&means);
  f->store = l2tp_store_new (admin, own);
  f->profiles = l2tp_profiles_new (f->manager, f->store);
  l2tp_profiles_load_async (f->profiles, FALSE, NULL, on_loaded, f);
  test_wait_for (f->done);
  f->done = FALSE;
  l2tp_profiles_add_async (f->profiles, config, L2TP_OWNER_ALL, L2TP_SOURCE_DISK, NULL, on_added,
                           f);
  test_wait_for (f->connection != NULL);
  f->before = l2tp_config_ref (l2tp_connection_get_config (f->connection));
}

static void
tear_down (Fixture *f, gconstpointer data)
{
  l2tp_config_unref (f->before);
  g_object_unref (f->connection);
  g_object_unref (f->profiles);
  g_object_unref (f->store);
  g_object_unref (f->manager);
  g_clear_error (&f->error);
  test_remove_tree (f->top);
  g_free (f->top);
}

/* As the bus does: from what the connection has. */
static void
update (Fixture *f, const char *settings, const char *secrets)
{
  g_autoptr (GVariant) settings_dict = dict (settings);
  g_autoptr (GVariant) secrets_dict = dict (secrets);
  g_autoptr (L2tpConfig) config = l2tp_config_new_update (
      l2tp_connection_get_config (f->connection), settings_dict, secrets_dict, NULL);

  g_assert_nonnull (config);
  f->done = FALSE;
  l2tp_profiles_update_async (f->profiles, f->connection, config, NULL, on_updated, f);
}

/* As the connection does when a password has proved right. */
static void
learn (Fixture *f, const char *secrets)
{
  g_autoptr (GVariant) dictionary = dict (secrets);
  g_autoptr (L2tpConfig) config = l2tp_config_new_with_secrets (f->before, dictionary, NULL);

  l2tp_connection_set_config (f->connection, config);
  g_signal_emit_by_name (f->connection, "learned");
}

static gboolean
file_has (Fixture *f, const char *text)
{
  g_autofree char *content = NULL;

  g_assert_true (
      g_file_get_contents (l2tp_connection_get_filename (f->connection), &content, NULL, NULL));
  return strstr (content, text) != NULL;
}

static const char *
password (Fixture *f)
{
  return l2tp_secret_peek (
      l2tp_config_get_secret (l2tp_connection_get_config (f->connection), L2TP_OPTION_PASSWORD),
      NULL);
}

static guint
mtu (Fixture *f)
{
  return l2tp_config_get_uint (l2tp_connection_get_config (f->connection), L2TP_OPTION_MTU);
}

static void
test_learned (Fixture *f, gconstpointer data)
{
  learn (f, "{'password': <'typed'>}");
  test_wait_for (file_has (f, "password=typed\n"));
  g_assert_cmpstr (password (f), ==, "typed");
}

/* It is in the file after the change, too, and in memory. */
static void
test_learned_while_changed (Fixture *f, gconstpointer data)
{
  update (f, "{'name': <'w'>, 'gateway': <'g'>, 'user': <'u'>, 'mtu': <uint32 1300>}", "{}");
  learn (f, "{'password': <'typed'>}");
  test_wait_for (f->done);
  g_assert_no_error (f->error);
  g_assert_cmpstr (password (f), ==, "typed");
  g_assert_cmpuint (mtu (f), ==, 1300);
  test_wait_for (file_has (f, "password=typed\n"));
  g_assert_true (file_has (f, "mtu=1300\n"));
}

/* The change is about the same secret, or about somebody else: it has the last word. */
static void
test_change_wins (Fixture *f, gconstpointer data)
{
  update (f, "{'name': <'w'>, 'gateway': <'g'>, 'user': <'u'>}", "{'password': <'set'>}");
  learn (f, "{'password': <'typed'>}");
  test_wait_for (f->done);
  g_assert_cmpstr (password (f), ==, "set");
  g_assert_true (file_has (f, "password=set\n"));
  f->before =
      (l2tp_config_unref (f->before), l2tp_config_ref (l2tp_connection_get_config (f->connection)));
  update (f, "{'name': <'w'>, 'gateway': <'g'>, 'user': <'other'>}", "{}");
  learn (f, "{'password': <'typed'>}");
  test_wait_for (f->done);
  g_assert_cmpstr (password (f), ==, "set");
  g_assert_false (file_has (f, "typed"));
}

/* What is learned while the one before it is being written. */
static void
test_learned_twice (Fixture *f, gconstpointer data)
{
  learn (f, "{'password': <'typed'>}");
  learn (f, "{'password': <'typed'>, 'tunnel-secret': <'t'>}");
  test_wait_for (file_has (f, "tunnel-secret=t\n"));
  g_assert_true (file_has (f, "password=typed\n"));
}

/* A change that is refused takes nothing along. */
static void
test_learned_while_refused (Fixture *f, gconstpointer data)
{
  update (f,
          "{'name': <'w'>, 'gateway': <'g'>, 'user': <'u'>,"
          " 'user-cert': <'/nonexistent/certificate'>}",
          "{}");
  learn (f, "{'password': <'typed'>}");
  test_wait_for (f->done);
  g_assert_error (f->error, L2TP_ERROR, L2TP_ERROR_INVALID_SETTINGS);
  test_wait_for (file_has (f, "password=typed\n"));
  g_assert_false (file_has (f, "user-cert"));
}

#define ADD(NAME, TEST) g_test_add ("/profiles/" NAME, Fixture, NULL, set_up, TEST, tear_down)

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  ADD ("learned", test_learned);
  ADD ("learned-while-changed", test_learned_while_changed);
  ADD ("change-wins", test_change_wins);
  ADD ("learned-twice", test_learned_twice);
  ADD ("learned-while-refused", test_learned_while_refused);
  return g_test_run ();
}
