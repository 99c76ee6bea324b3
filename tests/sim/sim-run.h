/* SPDX-License-Identifier: GPL-2.0-or-later */
/* SPDX-FileCopyrightText: The l2tp-client authors */

/* One life of a tunnel: the engine, an LNS, the network between them and an owner who acts at
 * random, in virtual time. Everything follows from the seed. */

#pragma once

#include <glib.h>

#include "sim-lns.h"
#include "sim-net.h"
#include "sim-watch.h"

G_BEGIN_DECLS

typedef enum
{
  SIM_FATE_CLIENT_CLOSES,
  SIM_FATE_CLIENT_HANGS_UP, /* its last session: the tunnel follows (TUN-19) */
  SIM_FATE_LNS_STOPS,
  SIM_FATE_LNS_HANGS_UP,
  SIM_FATE_VANISHES, /* the network, and with it the LNS, in the middle */
  SIM_FATE_SILENT,   /* there never was an LNS */
  SIM_FATE_MUTE,     /* acknowledges, answers nothing */
  SIM_FATE_WRONG_SECRET,
  SIM_N_FATES,
} SimFate;

typedef struct
{
  SimRandom random;
  gboolean trace; /* every step to standard error */
  gint64 now;
  SimNet net;
  SimLns lns;
  L2tpTunnel *tunnel;
  Watch watch;
  SimFate fate;
  L2tpTunnelConfig config;
  guint swaps;           /* percent of the steps after which another engine goes on */
  SimRandom swap_random; /* its own, so that a life is the same with and without */
  guint n_swaps;

  GArray *agenda;  /* of SimAppointment */
  gboolean prompt; /* the owner's data path is always ready at once */
  gint64 vanished_at;
  guint16 last_session;
  guint n_steps;
} Sim;

typedef void (*SimAction) (Sim *self, guint16 argument);

/* A world without loss, delay, sessions or intentions; @self->net and @self->lns can be changed
 * before sim_run(). */
void sim_init (Sim *self, guint64 seed, const L2tpTunnelConfig *config);
void sim_clear (Sim *self);

void sim_at (Sim *self, gint64 at, SimAction action, guint16 argument);

/* Until the engine is dead and the LNS too, or @until, absolute. */
void sim_run (Sim *self, gint64 until);

/* A random life, from birth to death, checked. Returns whether a session came up. */
gboolean sim_live (guint64 seed, gboolean trace);

/* For the agenda. */
void sim_open_session (Sim *self, guint16 unused);

G_END_DECLS
