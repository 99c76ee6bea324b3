/* SPDX-License-Identifier: GPL-2.0-or-later */
/* SPDX-FileCopyrightText: The l2tp-client authors */

/* The engine against an LNS that was written apart from it, over a network that loses, duplicates
 * and reorders: XPRT-1/2/3/4/5/6/7/8/10/11/13/14/16/17/24, HDR-16, LAC-3, LAC-8, LAC-13, LAC-14,
 * LAC-20.
 *
 * L2TP_SIM_RUNS: how many random lives (10000). L2TP_SIM_SEED: this one only, step by step. */

#include "sim-run.h"
#include "sim-seed.h"

#define SECOND G_TIME_SPAN_SECOND
#define MS     G_TIME_SPAN_MILLISECOND

static void
test_lives (void)
{
  guint64 n = sim_get_environment ("L2TP_SIM_RUNS", 10000);
  guint64 seed = sim_get_environment ("L2TP_SIM_SEED", 0);
  gint64 began = g_get_monotonic_time ();
  guint n_up = 0;

  if (seed != 0)
    {
      sim_seed = seed;
      sim_live (seed, TRUE);
      return;
    }
  for (sim_seed = 1; sim_seed <= n; sim_seed++)
    n_up += sim_live (sim_seed, FALSE);
  g_test_message ("%u of %u lives came up, all ended as they must; %.1f s", n_up, (guint) n,
                  (double) (g_get_monotonic_time () - began) / SECOND);
  /* The paths lose up to 30 %; with these seeds 87 % come up all the same. */
  g_assert_cmpuint (n_up * 100, >, n * 85);
}

static void
open_tunnel (Sim *sim, guint16 unused)
{
  l2tp_tunnel_open (sim->tunnel, sim->now);
}

static void
close_tunnel (Sim *sim, guint16 unused)
{
  l2tp_tunnel_close (sim->tunnel, sim->now, 1, 0);
}

/* XPRT-1, XPRT-3, XPRT-19: past 65,536 both ways by Hellos, over a bad line, one engine after the
 * other; the sequence numbers outside the engine do not wrap. */
static void
test_wrap (void)
{
  L2tpTunnelConfig config = {
    .host_name = "client",
    .receive_window = 4,
    .hello_interval = 1 * SECOND,
    .no_sessions_timeout = 15 * SECOND,
  };
  SimPath path = { .loss = 2, .duplicate = 5, .min_delay = 1 * MS, .max_delay = 40 * MS };
  Sim sim;

  sim_seed = 65536;
  sim_init (&sim, sim_seed, &config);
  sim.net.up = path;
  sim.net.down = path;
  sim.lns.window = 4;
  sim.lns.hello_interval = 1 * SECOND;
  sim.swaps = 5;
  sim_at (&sim, sim.now, sim_open_session, 0);
  sim_at (&sim, sim.now, open_tunnel, 0);
  while (sim.lns.channel.n_delivered < 70000 || sim.lns.channel.next < 70000)
    {
      g_assert_false (sim.watch.down);
      sim_run (&sim, sim.now + 1000 * SECOND);
      sim_lns_call (&sim.lns);
    }
  g_assert_cmpuint (sim.watch.n_sessions_up, ==, 1);
  g_assert_cmpuint (sim.lns.n_refused, >, 10);
  sim_at (&sim, sim.now, close_tunnel, 0);
  sim_run (&sim, sim.now + 100 * SECOND);
  g_assert_true (sim.watch.dead);
  g_assert_cmpint (sim.watch.down_kind, ==, L2TP_RESULT_LOCAL);
  g_assert_cmpuint (sim.n_swaps, >, 1000);
  g_test_message ("%u and %u messages, %u engines", (guint) sim.lns.channel.n_delivered,
                  (guint) sim.lns.channel.next, sim.n_swaps);
  sim_clear (&sim);
}

/* LAC-1, XPRT-7: on a good line no timer is on the path, whatever the window: two round trips, one
 * more with a window of 1 (LAC-11). */
static void
test_no_timer_on_the_path (void)
{
  static const guint16 windows[] = { 0, 1, 2, 8 };
  L2tpTunnelConfig config = { .host_name = "client", .receive_window = 4 };
  SimPath path = { .min_delay = 20 * MS, .max_delay = 20 * MS };

  for (guint i = 0; i < G_N_ELEMENTS (windows); i++)
    {
      gint64 wanted = windows[i] == 1 ? 160 * MS : 120 * MS;
      gint64 began;
      Sim sim;

      sim_seed = i;
      sim_init (&sim, 12, &config);
      sim.net.up = path;
      sim.net.down = path;
      sim.lns.window = windows[i];
      sim.prompt = TRUE;
      began = sim.now;
      sim_at (&sim, began, sim_open_session, 0);
      sim_at (&sim, began, open_tunnel, 0);
      while (sim.watch.n_sessions_up == 0 && sim.now < began + SECOND)
        sim_run (&sim, sim.now + 1 * MS);
      g_assert_cmpint (sim.now - began, ==, wanted);
      sim_clear (&sim);
    }
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  sim_seed_tell ();
  g_test_add_func ("/sim/no-timer-on-the-path", test_no_timer_on_the_path);
  g_test_add_func ("/sim/wrap", test_wrap);
  g_test_add_func ("/sim/lives", test_lives);
  return g_test_run ();
}
