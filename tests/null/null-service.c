/* SPDX-License-Identifier: GPL-2.0-or-later */
/* SPDX-FileCopyrightText: The l2tp-client authors */

/* What else the service must not touch in a test: no mount namespace, and profiles and states in
 * a directory of the test's. Measures how long the main loop is busy at a time, by a source that
 * sees each turn begin and end and never has anything to do; SIGUSR2 writes it down. See README.md.
 */

#include <signal.h>
#include <time.h>

#include <glib-unix.h>

#include "service/l2tp-clean-up.h"
#include "service/l2tp-keeper.h"
#include "service/l2tp-sandbox.h"
#include "service/l2tp-state.h"
#include "service/l2tp-store.h"

typedef struct
{
  GSource source;
  gint64 woke, woke_cpu;       /* ns */
  gint64 longest, longest_cpu; /* ns, of one turn */
  guint64 turns, late;         /* late: longer than 5 ms */
} Watch;

/* The linker calls these in the place of those below (--wrap). */
L2tpStore *__wrap_l2tp_store_new (const char *admin_directory, const char *own_directory);
L2tpStore *__real_l2tp_store_new (const char *admin_directory, const char *own_directory);

L2tpStore *
__wrap_l2tp_store_new (const char *admin_directory, const char *own_directory)
{
  const char *directory = g_getenv ("L2TP_NULL_DIRECTORY");
  g_autofree char *admin = g_build_filename (directory, "etc", NULL);
  g_autofree char *own = g_build_filename (directory, "var", NULL);

  return __real_l2tp_store_new (admin, own);
}

L2tpKeeper *
__wrap_l2tp_keeper_new (L2tpManager *manager, L2tpNetlink *netlink, const char *directory);
L2tpKeeper *
__real_l2tp_keeper_new (L2tpManager *manager, L2tpNetlink *netlink, const char *directory);

L2tpKeeper *
__wrap_l2tp_keeper_new (L2tpManager *manager, L2tpNetlink *netlink, const char *directory)
{
  g_autofree char *own = g_build_filename (g_getenv ("L2TP_NULL_DIRECTORY"), "run", NULL);

  return __real_l2tp_keeper_new (manager, netlink, own);
}

int __wrap_l2tp_state_claim (const char *directory, GError **error);
int __real_l2tp_state_claim (const char *directory, GError **error);

int
__wrap_l2tp_state_claim (const char *directory, GError **error)
{
  g_autofree char *own = g_build_filename (g_getenv ("L2TP_NULL_DIRECTORY"), "run", NULL);

  return __real_l2tp_state_claim (own, error);
}

void __wrap_l2tp_clean_up_run (const char *directory);
void __real_l2tp_clean_up_run (const char *directory);

void
__wrap_l2tp_clean_up_run (const char *directory)
{
  g_autofree char *own = g_build_filename (g_getenv ("L2TP_NULL_DIRECTORY"), "run", NULL);

  __real_l2tp_clean_up_run (own);
}

static gint64
read_clock (clockid_t clock)
{
  struct timespec now;

  clock_gettime (clock, &now);
  return now.tv_sec * G_GINT64_CONSTANT (1000000000) + now.tv_nsec;
}

/* Before the loop goes to sleep. */
static gboolean
prepare (GSource *source, int *timeout)
{
  Watch *watch = (Watch *) source;
  gint64 took = read_clock (CLOCK_MONOTONIC) - watch->woke;
  gint64 took_cpu = read_clock (CLOCK_THREAD_CPUTIME_ID) - watch->woke_cpu;

  *timeout = -1;
  if (watch->woke == 0)
    return FALSE;
  watch->longest = MAX (watch->longest, took);
  watch->longest_cpu = MAX (watch->longest_cpu, took_cpu);
  watch->late += took > 5000000;
  watch->turns++;
  watch->woke = 0;
  return FALSE;
}

/* After it has woken up. */
static gboolean
check (GSource *source)
{
  Watch *watch = (Watch *) source;

  watch->woke = read_clock (CLOCK_MONOTONIC);
  watch->woke_cpu = read_clock (CLOCK_THREAD_CPUTIME_ID);
  return FALSE;
}

static gboolean
dispatch (GSource *source, GSourceFunc callback, gpointer data)
{
  return G_SOURCE_CONTINUE;
}

static gboolean
on_question (gpointer data)
{
  Watch *watch = data;
  g_autofree char *path = g_build_filename (g_getenv ("L2TP_NULL_DIRECTORY"), "stalls", NULL);
  g_autofree char *text = g_strdup_printf (
      "%" G_GINT64_FORMAT " %" G_GINT64_FORMAT " %" G_GUINT64_FORMAT " %" G_GUINT64_FORMAT "\n",
      watch->longest, watch->longest_cpu, watch->turns, watch->late);

  g_file_set_contents (path, text, -1, NULL);
  watch->longest = watch->longest_cpu = 0;
  watch->turns = watch->late = 0;
  watch->woke = 0; /* writing it down does not count */
  return G_SOURCE_CONTINUE;
}

gboolean
l2tp_sandbox_enter (GError **error)
{
  static GSourceFuncs funcs = { prepare, check, dispatch };
  GSource *source = g_source_new (&funcs, sizeof (Watch));

  g_source_set_priority (source, G_PRIORITY_HIGH - 1);
  g_source_attach (source, NULL);
  g_unix_signal_add (SIGUSR2, on_question, source);
  g_source_unref (source);
  return TRUE;
}
