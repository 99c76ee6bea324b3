/* SPDX-License-Identifier: GPL-2.0-or-later */
/* SPDX-FileCopyrightText: The l2tp-client authors */

/* The settings of the service: which files count, and what a wrong line costs. */

#include "service/l2tp-settings.h"
#include "test-files.h"
#include "test-wait.h"

#include <glib/gstdio.h>
#include <string.h>

typedef struct
{
  char *top;
  char *directories[3]; /* etc, usr, NULL */
} Fixture;

static void
write_text (const char *directory, const char *name, const char *text)
{
  g_autofree char *path = g_build_filename (directory, name, NULL);
  g_autofree char *parent = g_path_get_dirname (path);

  g_assert_cmpint (g_mkdir_with_parents (parent, 0700), ==, 0);
  g_assert_true (g_file_set_contents (path, text, -1, NULL));
}

static L2tpSettings *
read_all (Fixture *f)
{
  L2tpSettings *settings = l2tp_settings_read ((const char *const *) f->directories);

  for (guint i = 0; settings->warnings[i] != NULL; i++)
    g_test_message ("%s", settings->warnings[i]);
  return settings;
}

static void
setup (Fixture *f, gconstpointer data)
{
  f->top = g_dir_make_tmp ("l2tp-settings-XXXXXX", NULL);
  f->directories[0] = g_build_filename (f->top, "etc", NULL);
  f->directories[1] = g_build_filename (f->top, "usr", NULL);
  f->directories[2] = NULL;
}

static void
teardown (Fixture *f, gconstpointer data)
{
  test_remove_tree (f->top);
  g_free (f->top);
  g_free (f->directories[0]);
  g_free (f->directories[1]);
}

static void
test_nothing (Fixture *f, gconstpointer data)
{
  g_autoptr (L2tpSettings) settings = read_all (f);

  g_assert_false (settings->debug);
  g_assert_null (settings->vici_socket);
  g_assert_cmpuint (g_strv_length (settings->warnings), ==, 0);
}

static void
test_values (Fixture *f, gconstpointer data)
{
  write_text (f->directories[0], "l2tp-client.conf",
              "# ours\n[service]\nlog-level = debug\n\n[ipsec]\nvici-socket=/run/a b.vici\n");
  g_autoptr (L2tpSettings) settings = read_all (f);

  g_assert_true (settings->debug);
  g_assert_cmpstr (settings->vici_socket, ==, "/run/a b.vici");
  g_assert_cmpuint (g_strv_length (settings->warnings), ==, 0);
}

/* The last drop-in by name, whatever its directory; of two with one name /etc's. */
static void
test_order (Fixture *f, gconstpointer data)
{
  write_text (f->directories[1], "l2tp-client.conf", "[ipsec]\nvici-socket=/usr\n");
  g_autoptr (L2tpSettings) vendor = read_all (f);
  g_assert_cmpstr (vendor->vici_socket, ==, "/usr");

  write_text (f->directories[0], "l2tp-client.conf",
              "[service]\nlog-level=debug\n[ipsec]\nvici-socket=/etc\n");
  g_autoptr (L2tpSettings) main_file = read_all (f);
  g_assert_cmpstr (main_file->vici_socket, ==, "/etc");
  g_assert_true (main_file->debug);

  write_text (f->directories[0], "l2tp-client.conf.d/10-a.conf", "[ipsec]\nvici-socket=/etc10\n");
  write_text (f->directories[1], "l2tp-client.conf.d/20-b.conf", "[ipsec]\nvici-socket=/usr20\n");
  write_text (f->directories[0], "l2tp-client.conf.d/90-x.conf~", "[ipsec]\nvici-socket=/no\n");
  write_text (f->directories[0], "l2tp-client.conf.d/.90.conf", "[ipsec]\nvici-socket=/no\n");
  g_autoptr (L2tpSettings) drop_in = read_all (f);
  g_assert_cmpstr (drop_in->vici_socket, ==, "/usr20");
  g_assert_true (drop_in->debug);

  write_text (f->directories[0], "l2tp-client.conf.d/20-b.conf", "[service]\nlog-level=info\n");
  g_autoptr (L2tpSettings) hidden = read_all (f);
  g_assert_cmpstr (hidden->vici_socket, ==, "/etc10");
  g_assert_false (hidden->debug);
}

static void
test_wrong_lines (Fixture *f, gconstpointer data)
{
  static const char *const expected[] = {
    ":1: the line stands before the first [group]",
    ":3: log-level: must be info or debug",
    ":4: colour: unknown key in [service]",
    ":5: the line is neither a comment, nor a [group], nor KEY=VALUE",
    ":7: [other]: unknown group",
    ":10: vici-socket: must be the path of a socket, from / on",
    ":12: the line is neither a comment, nor a [group], nor KEY=VALUE",
  };
  g_autofree char *path = g_build_filename (f->directories[0], "l2tp-client.conf", NULL);

  write_text (f->directories[0], "l2tp-client.conf",
              "log-level=info\n[service]\nlog-level=loud\ncolour=red\nx\nlog-level=debug\n"
              "[other]\nlog-level=info\n[ipsec]\nvici-socket=run\nvici-socket=/run/v\n"
              "[service\nlog-level=info\n");
  write_text (f->directories[0], "l2tp-client.conf.d/a.conf", "\xff");
  g_autoptr (L2tpSettings) settings = read_all (f);

  g_assert_true (settings->debug);
  g_assert_cmpstr (settings->vici_socket, ==, "/run/v");
  g_assert_cmpuint (g_strv_length (settings->warnings), ==, G_N_ELEMENTS (expected) + 1);
  for (guint i = 0; i < G_N_ELEMENTS (expected); i++)
    {
      g_autofree char *warning = g_strconcat (path, expected[i], NULL);

      g_assert_cmpstr (settings->warnings[i], ==, warning);
    }
  g_assert_true (
      g_str_has_suffix (settings->warnings[G_N_ELEMENTS (expected)], "is not valid UTF-8"));
}

static void
on_result (GObject *source, GAsyncResult *result, gpointer data)
{
  *(GAsyncResult **) data = g_object_ref (result);
}

static void
test_async (Fixture *f, gconstpointer data)
{
  g_autoptr (GAsyncResult) result = NULL;

  write_text (f->directories[0], "l2tp-client.conf", "[service]\nlog-level=debug\n");
  l2tp_settings_read_async ((const char *const *) f->directories, NULL, on_result, &result);
  test_wait_for (result != NULL);
  g_autoptr (L2tpSettings) settings = l2tp_settings_read_finish (result, NULL);
  g_assert_true (settings->debug);
}

#define ADD(NAME, FUNCTION) g_test_add ("/settings/" NAME, Fixture, NULL, setup, FUNCTION, teardown)

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  ADD ("nothing", test_nothing);
  ADD ("values", test_values);
  ADD ("order", test_order);
  ADD ("wrong-lines", test_wrong_lines);
  ADD ("async", test_async);
  return g_test_run ();
}
