/* SPDX-License-Identifier: GPL-2.0-or-later */
/* SPDX-FileCopyrightText: The l2tp-client authors */

/* One seed makes one run, and whatever stops the test tells it. */

#pragma once

#include <glib.h>

G_BEGIN_DECLS

/* Of the run that is under way. */
extern guint64 sim_seed;

/* sim_seed_tell: at an assertion, a critical, a fault. */
void sim_seed_tell (void);

/* sim_get_environment: the number that a variable says, else @fallback. */
guint64 sim_get_environment (const char *name, guint64 fallback);

G_END_DECLS
