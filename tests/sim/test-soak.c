/* SPDX-License-Identifier: GPL-2.0-or-later */
/* SPDX-FileCopyrightText: The l2tp-client authors */

/* A client that is to stay up, for virtual hours: one tunnel after the other to the simulated LNS,
 * which hangs up, stops, forgets and falls silent at random, over a line that changes. The client
 * is the engine, the policy of service/l2tp-retry.c, and an owner who wants one session. It is back
 * in time after everything, has never two sessions, and the heap is what it was. Design section 6.
 *
 * L2TP_SIM_SOAKS: how many seeds (20), three hours each. L2TP_SIM_SEED: this one only. */

#include <malloc.h>

#include "service/l2tp-retry.h"

#include "sim-run.h"
#include "sim-seed.h"

#define SECOND  G_TIME_SPAN_SECOND
#define MS      G_TIME_SPAN_MILLISECOND
#define HOURS   (3 * 3600 * SECOND)
#define TICK    (100 * MS)
#define HELLO   20
#define GIVE_UP 31 /* s: XPRT-9 */
#define PAUSE   60 /* s: the longest of l2tp-retry.c */
#define GUARD   60 /* s: a tunnel or a session that does not come up */
#define SLACK   10
#define GROWTH  (64 * 1024)
#define MAX_CALLS                                                                                  \
  (WATCH_MAX_SESSIONS / 2) /* then the user dials anew: the watch has seen enough                  \
                            */

typedef struct
{
  Sim sim;
  SimRandom random;
  gint64 clock;        /* of all lives; that of @sim while there is one */
  gint64 next_event;   /* absolute */
  gint64 good_since;   /* the line, and there is no session; -1: it is not */
  gint64 good_from;    /* absolute: when silence ends */
  gint64 forgotten_at; /* by the LNS, that is somebody else now; -1: it is not */
  gint64 dial_at;      /* the next session, -1: none is due */
  gint64 longest_away; /* since @good_since */
  guint failures;
  guint n_lives;
  guint n_events;
  SimPath line; /* of both directions */
  gboolean up;
} Soak;

static double
draw (SimRandom *random)
{
  return (double) (sim_random_next (random) >> 11) / (double) (G_GUINT64_CONSTANT (1) << 53);
}

static void
restore_line (Soak *self)
{
  self->sim.net.up = self->line;
  self->sim.net.down = self->line;
}

static void
draw_line (Soak *self)
{
  SimRandom *random = &self->random;

  self->line = (SimPath){
    .loss = (guint) sim_random_range (random, 0, 5),
    .duplicate = (guint) sim_random_range (random, 0, 10),
    .min_delay = sim_random_range (random, 0, 50 * MS),
  };
  self->line.max_delay = self->line.min_delay + sim_random_range (random, 0, 200 * MS);
  if (self->good_since >= 0)
    restore_line (self);
}

/* One direction or both, for up to two minutes. */
static void
cut_line (Soak *self)
{
  static const guint directions[] = { 1, 2, 3 };
  guint cut = directions[sim_random_range (&self->random, 0, G_N_ELEMENTS (directions) - 1)];

  if (cut & 1)
    self->sim.net.up.loss = 100;
  if (cut & 2)
    self->sim.net.down.loss = 100;
  self->good_since = -1;
  self->good_from = self->clock + sim_random_range (&self->random, 0, 120 * SECOND);
}

static gboolean
has_session (const Soak *self, gboolean up)
{
  guint n = 0;

  for (guint i = 0; i < WATCH_MAX_SESSIONS; i++)
    n += self->sim.watch.sessions[i].alive && (!up || self->sim.watch.sessions[i].up);
  g_assert_cmpuint (n, <=, 1);
  return n == 1;
}

static void
open_now (Sim *sim, guint16 unused)
{
  l2tp_tunnel_open (sim->tunnel, sim->now);
}

static void
close_now (Sim *sim, guint16 unused)
{
  l2tp_tunnel_close (sim->tunnel, sim->now, 1, 0);
}

/* The network says that something has changed. */
static void
probe_now (Sim *sim, guint16 insist)
{
  sim->watch.n_calls++;
  if (insist)
    l2tp_tunnel_insist (sim->tunnel, sim->now);
  else
    l2tp_tunnel_probe (sim->tunnel, sim->now);
}

static void
close_tunnel (Soak *self)
{
  sim_at (&self->sim, self->sim.now, close_now, 0);
}

/* Whatever happens to a VPN that is up. What finds nothing to hit does nothing. */
static void
happen (Soak *self)
{
  Sim *sim = &self->sim;

  self->n_events++;
  switch (sim_random_range (&self->random, 0, 8))
    {
    case 0:
      sim_lns_disconnect (&sim->lns);
      break;
    case 1:
      sim_lns_stop (&sim->lns);
      break;
    case 2:
      self->forgotten_at = self->clock;
      sim->lns.state = SIM_LNS_DEAD;
      break;
    case 3:
    case 4:
      cut_line (self);
      break;
    case 5:
      draw_line (self);
      break;
    case 6: /* the user */
      close_tunnel (self);
      break;
    case 7:
      sim_lns_call (&sim->lns);
      break;
    case 8:
      sim_at (sim, sim->now, probe_now, sim_random_chance (&self->random, 50));
      break;
    }
}

/* How long until a loss is noticed, and then without a session once all is well again. */
static void
check_away (Soak *self)
{
  if (self->forgotten_at >= 0 && !self->sim.watch.down)
    g_assert_cmpint (self->clock - self->forgotten_at, <=, (HELLO + GIVE_UP + SLACK) * SECOND);
  if (self->good_since < 0 || self->up)
    return;
  self->longest_away = MAX (self->longest_away, self->clock - self->good_since);
  g_assert_cmpint (self->clock - self->good_since, <=,
                   (HELLO + 2 * GIVE_UP + 2 * PAUSE + GUARD) * SECOND);
}

static void
pause_before_next (Soak *self, const L2tpResult *result)
{
  L2tpRetry retry = l2tp_retry_from_result (result);
  gint64 delay = l2tp_retry_get_delay (retry, ++self->failures, draw (&self->random));

  g_assert_cmpint (delay, >=, 0);
  self->dial_at = self->clock + delay;
}

/* The owner: one session as long as there is a tunnel. */
static void
keep_session (Soak *self)
{
  static const L2tpResult cdn = { .kind = L2TP_RESULT_CDN, .result = 3 };

  self->up = has_session (self, TRUE);
  if (self->up)
    {
      self->failures = 0;
      self->dial_at = -1;
      if (self->good_since >= 0)
        self->good_since = self->clock;
    }
  else if (self->sim.watch.down || has_session (self, FALSE))
    self->dial_at = -1;
  else if (self->sim.last_session >= MAX_CALLS)
    close_tunnel (self);
  else if (self->dial_at < 0)
    pause_before_next (self, &cdn);
  else if (self->clock >= self->dial_at)
    {
      sim_at (&self->sim, self->sim.now, sim_open_session, 0);
      self->dial_at = -1;
    }
}

static void
tick (Soak *self)
{
  self->clock += TICK;
  sim_run (&self->sim, self->clock);
  if (self->good_since < 0 && self->clock >= self->good_from)
    {
      restore_line (self);
      self->good_since = self->clock;
    }
  if (self->up && self->clock >= self->next_event)
    {
      happen (self);
      self->next_event = self->clock + sim_random_range (&self->random, 0, 90 * SECOND);
    }
}

static void
begin_life (Soak *self)
{
  L2tpTunnelConfig config = {
    .host_name = "client",
    .receive_window = 4,
    .hello_interval = HELLO * SECOND,
    .no_sessions_timeout = 15 * SECOND,
  };

  sim_init (&self->sim, sim_random_next (&self->random), &config);
  self->n_lives++;
  self->sim.now = self->clock;
  self->forgotten_at = -1;
  self->sim.prompt = TRUE;
  self->sim.lns.hello_interval = 60 * SECOND;
  restore_line (self);
  if (self->good_since < 0)
    sim_net_cut (&self->sim.net);
  sim_at (&self->sim, self->clock, sim_open_session, 0);
  sim_at (&self->sim, self->clock, open_now, 0);
  sim_run (&self->sim, self->clock);
}

/* The tunnel is down: it dies by itself while the next one lives. */
static void
end_life (Soak *self)
{
  const L2tpResult result = { .kind = self->sim.watch.down_kind, .result = 1 };

  sim_run (&self->sim, self->clock + 100 * SECOND);
  g_assert_true (self->sim.watch.dead);
  sim_clear (&self->sim);
  self->up = FALSE;
  pause_before_next (self, &result);
  while (self->clock < self->dial_at)
    {
      self->clock += TICK;
      if (self->good_since < 0 && self->clock >= self->good_from)
        self->good_since = self->clock;
    }
  self->dial_at = -1;
}

/* Returns the heap in use at the end, in octets. */
static gsize
soak (guint64 seed)
{
  Soak self = {
    .random = { seed }, .clock = SECOND, .good_since = SECOND, .forgotten_at = -1, .dial_at = -1
  };

  self.line.max_delay = 20 * MS;
  begin_life (&self);
  /* After the last event it has the time of check_away(), and then it is connected. */
  while (self.clock < HOURS || !self.up)
    {
      if (self.clock >= HOURS)
        self.next_event = G_MAXINT64;
      tick (&self);
      keep_session (&self);
      check_away (&self);
      if (!self.sim.watch.down)
        continue;
      end_life (&self);
      begin_life (&self);
    }
  close_tunnel (&self);
  sim_run (&self.sim, self.clock + 100 * SECOND);
  g_assert_true (self.sim.watch.dead);
  sim_clear (&self.sim);
  g_test_message ("seed %u: %u events, %u tunnels, away for at most %.1f s", (guint) seed,
                  self.n_events, self.n_lives, (double) self.longest_away / SECOND);
  g_assert_cmpuint (self.n_events, >, 50);
  return (gsize) mallinfo2 ().uordblks;
}

static void
test_soak (void)
{
  guint64 n = sim_get_environment ("L2TP_SIM_SOAKS", 20);
  guint64 seed = sim_get_environment ("L2TP_SIM_SEED", 0);
  gsize first, last = 0;

  sim_seed = seed != 0 ? seed : 1;
  first = soak (sim_seed);
  if (seed != 0)
    return;
  for (sim_seed = 2; sim_seed <= n; sim_seed++)
    last = MAX (last, soak (sim_seed));
  g_test_message ("heap: %u octets after the first, at most %u later", (guint) first, (guint) last);
  g_assert_cmpuint (last, <=, first + GROWTH);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  sim_seed_tell ();
  g_test_add_func ("/soak/hours", test_soak);
  return g_test_run ();
}
