/* SPDX-License-Identifier: GPL-2.0-or-later */
/* SPDX-FileCopyrightText: The l2tp-client authors */

/* A network with two directions that loses, duplicates, delays and so reorders. */

#pragma once

#include <glib.h>

#include "sim-random.h"

G_BEGIN_DECLS

/* One direction. */
typedef struct
{
  guint loss;       /* percent */
  guint duplicate;  /* percent */
  gint64 min_delay; /* µs */
  gint64 max_delay;
} SimPath;

typedef struct
{
  SimRandom *random;
  SimPath up;      /* to the LNS */
  SimPath down;    /* to the client */
  GArray *flights; /* of SimFlight */
} SimNet;

typedef struct
{
  gint64 at;
  gboolean up;
  GBytes *packet;
} SimFlight;

void sim_net_init (SimNet *self, SimRandom *random);
void sim_net_clear (SimNet *self);

void sim_net_send (SimNet *self, gint64 now, gboolean up, GBytes *packet);

/* When the next packet arrives, -1 never; and the packet, if it does by @now. */
gint64 sim_net_get_deadline (const SimNet *self);
gboolean sim_net_receive (SimNet *self, gint64 now, SimFlight *ret_flight);

/* Everything under way is lost, and everything later. */
void sim_net_cut (SimNet *self);

G_END_DECLS
