/* SPDX-License-Identifier: GPL-2.0-or-later */
/* SPDX-FileCopyrightText: The l2tp-client authors */

/* The state files: what is written is read, and nothing else is believed. */

#include "service/l2tp-state.h"

#include <fcntl.h>
#include <signal.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <glib/gstdio.h>

#include "service/base/l2tp-error.h"
#include "service/l2tp-handover.h"

#define UUID "d3b07384-d113-4ec6-a3b1-000000000000"

typedef struct
{
  char *directory;
  char *path;
  L2tpState *state;
} Fixture;

static GVariant *
make_call (void)
{
  const int fds[L2TP_N_DESCRIPTORS] = { -1, -1, -1, -1, -1, -1 };

  return g_variant_ref_sink (g_variant_new (
      "(qqx@" L2TP_DESCRIPTORS_TYPE L2TP_PPP_STATE_TYPE "mv@a{sv})", 1, 2, (gint64) 3,
      l2tp_descriptors_export (fds), 2, 4711, (guint64) 5, 8, "ppp0", "10.0.0.2", "10.0.0.1", "",
      "", "", 1400, "", "", NULL, g_variant_new_array (G_VARIANT_TYPE ("{sv}"), NULL, 0)));
}

static void
set_up (Fixture *f, gconstpointer unused)
{
  GVariantDict settings;

  f->directory = g_dir_make_tmp ("l2tp-state-XXXXXX", NULL);
  f->path = g_build_filename (f->directory, UUID ".state", NULL);
  f->state = g_new0 (L2tpState, 1);
  g_variant_dict_init (&settings, NULL);
  g_variant_dict_insert (&settings, "gateway", "s", "vpn.example.org");
  f->state->uuid = g_strdup (UUID);
  f->state->settings = g_variant_ref_sink (g_variant_dict_end (&settings));
  f->state->bound = g_strdup (":1.23");
  f->state->owner = 1000;
  f->state->source = 1;
  f->state->wanted = f->state->was_up = f->state->guarding = TRUE;
  f->state->since = 1234567;
  f->state->failures = 3;
  f->state->next_retry = 7654321;
  f->state->error = g_error_new_literal (L2TP_ERROR, L2TP_ERROR_AUTH_FAILED, "no\nway");
  f->state->lns = g_inet_address_new_from_string ("2001:db8::2");
  f->state->lns_name = g_strdup ("vpn.example.org");
  f->state->call = make_call ();
  l2tp_handover_get_pppd (f->state->call, &f->state->pid, &f->state->start_time);
  f->state->ip = g_variant_ref (f->state->settings); /* any dictionary */
  g_assert_true (l2tp_state_write (f->directory, f->state, NULL));
}

static void
tear_down (Fixture *f, gconstpointer unused)
{
  l2tp_state_remove (f->directory, UUID);
  g_assert_cmpint (g_rmdir (f->directory), ==, 0);
  l2tp_state_free (f->state);
  g_free (f->path);
  g_free (f->directory);
}

/* The only state, or NULL. */
static L2tpState *
read_one (Fixture *f)
{
  g_autoptr (GPtrArray) states = l2tp_state_read_all (f->directory);

  g_assert_cmpuint (states->len, <=, 1);
  return states->len == 1 ? g_ptr_array_steal_index (states, 0) : NULL;
}

static void
test_round_trip (Fixture *f, gconstpointer unused)
{
  g_autoptr (L2tpState) state = read_one (f);
  struct stat info;

  g_assert_nonnull (state);
  g_assert_cmpstr (state->uuid, ==, UUID);
  g_assert_true (g_variant_equal (state->settings, f->state->settings));
  g_assert_cmpstr (state->bound, ==, ":1.23");
  g_assert_null (state->maker);
  g_assert_cmpuint (state->owner, ==, 1000);
  g_assert_cmpuint (state->source, ==, 1);
  g_assert_true (state->wanted && state->was_up && state->guarding);
  g_assert_true (g_variant_equal (state->ip, f->state->ip));
  g_assert_cmpint (state->since, ==, 1234567);
  g_assert_cmpuint (state->failures, ==, 3);
  g_assert_cmpint (state->next_retry, ==, 7654321);
  g_assert_error (state->error, L2TP_ERROR, L2TP_ERROR_AUTH_FAILED);
  g_assert_cmpstr (state->error->message, ==, "no\nway");
  g_assert_true (g_inet_address_equal (state->lns, f->state->lns));
  g_assert_cmpstr (state->lns_name, ==, "vpn.example.org");
  g_assert_true (g_variant_equal (state->call, f->state->call));
  g_assert_cmpint (state->pid, ==, 4711);
  g_assert_cmpuint (state->start_time, ==, 5);
  g_assert_cmpint (g_stat (f->path, &info), ==, 0);
  g_assert_cmpint (info.st_mode & 0777, ==, 0600);
}

/* What cannot be written leaves the old one, and nothing beside it. */
static void
test_replaced (Fixture *f, gconstpointer unused)
{
  g_autofree char *in_the_way = g_strconcat (f->path, ".new", NULL);
  g_autoptr (GError) error = NULL;
  g_autoptr (L2tpState) old = NULL, new = NULL;

  f->state->failures = 4;
  g_assert_cmpint (g_mkdir (in_the_way, 0700), ==, 0);
  g_assert_false (l2tp_state_write (f->directory, f->state, &error));
  g_assert_nonnull (error);
  g_assert_cmpint (g_rmdir (in_the_way), ==, 0);
  old = read_one (f);
  g_assert_cmpuint (old->failures, ==, 3);

  g_assert_true (l2tp_state_write (f->directory, f->state, NULL));
  new = read_one (f);
  g_assert_cmpuint (new->failures, ==, 4);
  g_assert_false (g_file_test (in_the_way, G_FILE_TEST_EXISTS));
}

static void
change (Fixture *f, const char *old, const char *new)
{
  g_autofree char *data = NULL;
  gsize len;
  char *at;

  g_assert_true (g_file_get_contents (f->path, &data, &len, NULL));
  at = memmem (data, len, old, strlen (old));
  g_assert_nonnull (at);
  memcpy (at, new, strlen (new));
  g_assert_true (g_file_set_contents_full (f->path, data, (gssize) len,
                                           G_FILE_SET_CONTENTS_CONSISTENT, 0600, NULL));
}

/* Pids and inodes of another boot are somebody else's; the wish is still the user's. */
static void
test_another_boot (Fixture *f, gconstpointer unused)
{
  g_autofree char *id = NULL;
  g_autoptr (L2tpState) state = NULL;

  g_assert_true (g_file_get_contents ("/proc/sys/kernel/random/boot_id", &id, NULL, NULL));
  change (f, g_strstrip (id), id[0] == '0' ? "1" : "0");
  state = read_one (f);
  g_assert_nonnull (state);
  g_assert_null (state->call);
  g_assert_null (state->ip);
  g_assert_cmpint (state->pid, ==, 0);
  g_assert_true (state->wanted);
}

/* A version that describes calls in another way leaves one that cannot be adopted, but ended. */
static void
test_another_version (Fixture *f, gconstpointer unused)
{
  g_autoptr (L2tpState) state = NULL;

  g_clear_pointer (&f->state->call, g_variant_unref);
  f->state->call = g_variant_ref_sink (g_variant_new ("(qu)", 1, 2));
  g_assert_true (l2tp_state_write (f->directory, f->state, NULL));
  state = read_one (f);
  g_assert_nonnull (state);
  g_assert_null (state->call);
  g_assert_cmpint (state->pid, ==, 4711);
}

/* Of a service with another layout: what is promised is enough to clean up and to connect again. */
static void
test_another_layout (Fixture *f, gconstpointer unused)
{
  g_autoptr (L2tpState) state = NULL;
  g_autofree char *data = NULL;
  gsize len;

  change (f, "was-up", "is-not"); /* at which this version would stop */
  g_assert_true (g_file_get_contents (f->path, &data, &len, NULL));
  data[0]++;
  g_assert_true (g_file_set_contents_full (f->path, data, (gssize) len,
                                           G_FILE_SET_CONTENTS_CONSISTENT, 0600, NULL));
  state = read_one (f);
  g_assert_nonnull (state);
  g_assert_cmpstr (state->uuid, ==, UUID);
  g_assert_true (state->wanted);
  g_assert_cmpint (state->pid, ==, 4711);
  g_assert_cmpuint (state->start_time, ==, 5);
  g_assert_null (state->call);
  g_assert_null (state->ip);
}

/* Whatever could be from somebody else, or is not whole, is removed. */
static void
test_refused (Fixture *f, gconstpointer unused)
{
  g_autofree char *half = g_strconcat (f->path, ".ABCDEF", NULL);

  g_assert_cmpint (g_chmod (f->path, 0640), ==, 0);
  g_assert_null (read_one (f));
  g_assert_false (g_file_test (f->path, G_FILE_TEST_EXISTS));

  g_assert_true (l2tp_state_write (f->directory, f->state, NULL));
  change (f, UUID, "../");
  g_assert_null (read_one (f));

  g_assert_true (l2tp_state_write (f->directory, f->state, NULL));
  change (f, ":1.23", "1.2.3");
  g_assert_null (read_one (f));

  g_assert_true (l2tp_state_write (f->directory, f->state, NULL));
  change (f, "owner", "other");
  g_assert_null (read_one (f));

  g_assert_true (l2tp_state_write (f->directory, f->state, NULL));
  g_assert_cmpint (truncate (f->path, 100), ==, 0);
  g_assert_null (read_one (f));

  g_assert_true (g_file_set_contents (half, "x", 1, NULL));
  g_assert_null (read_one (f));
  g_assert_false (g_file_test (half, G_FILE_TEST_EXISTS));
}

/* One connection has one state, however its UUID is spelled. */
static void
test_upper_case (Fixture *f, gconstpointer unused)
{
  g_autofree char *upper = g_ascii_strup (UUID, -1);
  g_autoptr (L2tpState) state = NULL;

  g_free (f->state->uuid);
  f->state->uuid = g_strdup (upper);
  g_assert_true (l2tp_state_write (f->directory, f->state, NULL));
  state = read_one (f);
  g_assert_nonnull (state);
  g_assert_cmpstr (state->uuid, ==, upper);
  l2tp_state_remove (f->directory, upper);
  g_assert_null (read_one (f));
}

static GPid
fork_sleeper (guint64 *ret_start_time)
{
  GPid pid = fork ();
  g_autofree char *path = g_strdup_printf ("/proc/%d/stat", (int) pid);
  g_autofree char *text = NULL;
  g_auto (GStrv) fields = NULL;

  if (pid == 0)
    while (TRUE)
      pause ();
  g_assert_true (g_file_get_contents (path, &text, NULL, NULL));
  fields = g_strsplit (strrchr (text, ')'), " ", -1);
  *ret_start_time = g_ascii_strtoull (fields[20], NULL, 10);
  return pid;
}

/* A call that no connection goes on with leaves no pppd; and nobody else is hit. */
static void
test_end (Fixture *f, gconstpointer unused)
{
  guint64 start_time;
  GPid pid = fork_sleeper (&start_time);

  l2tp_handover_end (pid, start_time + 1);
  while (g_main_context_iteration (NULL, FALSE))
    continue;
  g_assert_cmpint (kill (pid, 0), ==, 0);
  l2tp_handover_end (pid, start_time);
  while (kill (pid, 0) == 0) /* until it was reaped */
    g_main_context_iteration (NULL, TRUE);
}

/* What it costs for each change; no assertion, machines differ. */
static void
test_cost (Fixture *f, gconstpointer unused)
{
  gint64 began = g_get_monotonic_time ();

  for (guint i = 0; i < 200; i++)
    g_assert_true (l2tp_state_write (f->directory, f->state, NULL));
  g_test_message ("%.1f µs", (double) (g_get_monotonic_time () - began) / 200);
}

/* It is one process's, whoever asks, and nobody's after that. */
static void
test_claim (Fixture *f, gconstpointer unused)
{
  g_autoptr (GError) error = NULL;
  g_autofree char *below = g_build_filename (f->path, "x", NULL);
  int fd = l2tp_state_claim (f->directory, &error);

  g_assert_no_error (error);
  g_assert_cmpint (fcntl (fd, F_GETFD), ==, FD_CLOEXEC);
  g_assert_cmpint (l2tp_state_claim (f->directory, &error), ==, -1);
  g_assert_error (error, L2TP_ERROR, L2TP_ERROR_BUSY);
  g_clear_error (&error);
  close (fd);
  fd = l2tp_state_claim (f->directory, &error);
  g_assert_no_error (error);
  close (fd);

  g_assert_cmpint (l2tp_state_claim (below, &error), ==, -1); /* its parent is a file */
  g_assert_error (error, L2TP_ERROR, L2TP_ERROR_FAILED);
}

static void
add (const char *name, void (*function) (Fixture *, gconstpointer))
{
  g_test_add (name, Fixture, NULL, set_up, function, tear_down);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_log_set_always_fatal (G_LOG_FATAL_MASK); /* a refused file is worth a warning */
  add ("/state/round-trip", test_round_trip);
  add ("/state/replaced", test_replaced);
  add ("/state/another-boot", test_another_boot);
  add ("/state/another-version", test_another_version);
  add ("/state/another-layout", test_another_layout);
  add ("/state/refused", test_refused);
  add ("/state/upper-case", test_upper_case);
  add ("/state/claim", test_claim);
  add ("/state/end", test_end);
  add ("/state/cost", test_cost);
  return g_test_run ();
}
