/* SPDX-License-Identifier: GPL-2.0-or-later */
/* SPDX-FileCopyrightText: The l2tp-client authors */

/* The seed of a simulated run, for whoever wants to see it again. */

#include "sim-seed.h"

#include <signal.h>
#include <stdio.h>
#include <unistd.h>

guint64 sim_seed;

static void
on_end (int number)
{
  dprintf (STDERR_FILENO, "# to see it again: L2TP_SIM_SEED=%llu\n", (unsigned long long) sim_seed);
  signal (number, SIG_DFL);
  raise (number);
}

void
sim_seed_tell (void)
{
  signal (SIGABRT, on_end);
  signal (SIGSEGV, on_end);
  signal (SIGTRAP, on_end);
}

guint64
sim_get_environment (const char *name, guint64 fallback)
{
  const char *text = g_getenv (name);

  return text != NULL ? g_ascii_strtoull (text, NULL, 10) : fallback;
}
