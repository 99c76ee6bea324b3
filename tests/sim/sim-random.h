/* SPDX-License-Identifier: GPL-2.0-or-later */
/* SPDX-FileCopyrightText: The l2tp-client authors */

/* Reproducible randomness: splitmix64. One seed makes one run. */

#pragma once

#include <glib.h>

G_BEGIN_DECLS

typedef struct
{
  guint64 state;
} SimRandom;

static inline guint64
sim_random_next (SimRandom *self)
{
  guint64 z = self->state += G_GUINT64_CONSTANT (0x9e3779b97f4a7c15);

  z = (z ^ (z >> 30)) * G_GUINT64_CONSTANT (0xbf58476d1ce4e5b9);
  z = (z ^ (z >> 27)) * G_GUINT64_CONSTANT (0x94d049bb133111eb);
  return z ^ (z >> 31);
}

/* From @low to @high, both included. */
static inline gint64
sim_random_range (SimRandom *self, gint64 low, gint64 high)
{
  return low + (gint64) (sim_random_next (self) % (guint64) (high - low + 1));
}

static inline gboolean
sim_random_chance (SimRandom *self, guint percent)
{
  return sim_random_range (self, 0, 99) < percent;
}

G_END_DECLS
