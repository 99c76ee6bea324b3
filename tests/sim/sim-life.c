/* SPDX-License-Identifier: GPL-2.0-or-later */
/* SPDX-FileCopyrightText: The l2tp-client authors */

/* What can happen in the life of a tunnel, drawn from a seed, and what must be true at its end. */

#include "sim-run.h"

#define SECOND G_TIME_SPAN_SECOND
#define MS     G_TIME_SPAN_MILLISECOND

#define MAX_LIFE (1500 * SECOND)
#define GIVE_UP  (31 * SECOND)
#define GUARD    (60 * SECOND)
#define SLACK    (10 * SECOND)

static void
close_any_session (Sim *self, guint16 unused)
{
  if (self->last_session > 0)
    watch_close_session (&self->watch, self->now,
                         (guint16) sim_random_range (&self->random, 1, self->last_session));
}

static void
probe (Sim *self, guint16 unused)
{
  self->watch.n_calls++;
  l2tp_tunnel_probe (self->tunnel, self->now);
}

static void
insist (Sim *self, guint16 unused)
{
  self->watch.n_calls++;
  l2tp_tunnel_insist (self->tunnel, self->now);
}

static void
note_data (Sim *self, guint16 unused)
{
  if (self->vanished_at < 0)
    l2tp_tunnel_note_data (self->tunnel, self->now);
}

static void
lns_hello (Sim *self, guint16 unused)
{
  sim_lns_hello (&self->lns);
}

static void
lns_set_link_info (Sim *self, guint16 unused)
{
  sim_lns_set_link_info (&self->lns);
}

static void
lns_call (Sim *self, guint16 unused)
{
  sim_lns_call (&self->lns);
}

static void
lns_disconnect (Sim *self, guint16 unused)
{
  sim_lns_disconnect (&self->lns);
}

static void
open_tunnel (Sim *self, guint16 unused)
{
  l2tp_tunnel_open (self->tunnel, self->now);
}

static void
close_tunnel (Sim *self, guint16 unused)
{
  l2tp_tunnel_close (self->tunnel, self->now, 1, 0);
}

/* The end that the seed wants. */
static void
end (Sim *self, guint16 unused)
{
  switch (self->fate)
    {
    case SIM_FATE_CLIENT_CLOSES:
      close_tunnel (self, 0);
      break;
    case SIM_FATE_CLIENT_HANGS_UP:
      for (guint16 id = 1; id <= self->last_session; id++)
        watch_close_session (&self->watch, self->now, id);
      break;
    case SIM_FATE_LNS_STOPS:
      sim_lns_stop (&self->lns);
      break;
    case SIM_FATE_LNS_HANGS_UP:
      for (guint i = 0; i < SIM_LNS_SESSIONS; i++)
        sim_lns_disconnect (&self->lns);
      break;
    case SIM_FATE_VANISHES:
      sim_net_cut (&self->net);
      self->vanished_at = self->now;
      break;
    case SIM_FATE_SILENT:
    case SIM_FATE_MUTE:
    case SIM_FATE_WRONG_SECRET:
    case SIM_N_FATES:
      break;
    }
}

static SimPath
draw_path (SimRandom *random, guint max_loss)
{
  SimPath path = {
    .loss = (guint) sim_random_range (random, 0, max_loss),
    .duplicate = (guint) sim_random_range (random, 0, 20),
    .min_delay = sim_random_range (random, 0, 50 * MS),
  };

  path.max_delay =
      path.min_delay + (sim_random_chance (random, 10) ? sim_random_range (random, 0, 3 * SECOND)
                                                       : sim_random_range (random, 0, 200 * MS));
  return path;
}

static void
draw_agenda (Sim *self)
{
  static const SimAction actions[] = {
    sim_open_session,  close_any_session, probe,    insist,   note_data, note_data,      lns_hello,
    lns_set_link_info, lns_call,          lns_call, lns_call, lns_call,  lns_disconnect,
  };
  gint64 life =
      sim_random_range (&self->random, 0, sim_random_chance (&self->random, 10) ? 3 : 200);
  gint64 end_at = self->now + life * SECOND + sim_random_range (&self->random, 0, SECOND);

  for (gint64 n = sim_random_range (&self->random, 1, 2); n > 0; n--)
    sim_at (self, self->now + sim_random_range (&self->random, 0, 1) * 50 * MS, sim_open_session,
            0);
  sim_at (self, self->now, open_tunnel, 0);
  for (gint64 n = sim_random_range (&self->random, 0, 16); n > 0; n--)
    {
      SimAction action = actions[sim_random_range (&self->random, 0, G_N_ELEMENTS (actions) - 1)];

      sim_at (self, sim_random_range (&self->random, self->now, end_at), action, 0);
    }
  sim_at (self, end_at, end, 0);
  /* For an end that found nothing to end. */
  if (self->fate <= SIM_FATE_LNS_HANGS_UP)
    sim_at (self, end_at + 100 * SECOND, close_tunnel, 0);
}

static void
draw_lns (Sim *self, L2tpOctets secret)
{
  static const guint16 windows[] = { 0, 1, 1, 2, 4, 8 };
  SimLns *lns = &self->lns;

  lns->window = windows[sim_random_range (&self->random, 0, G_N_ELEMENTS (windows) - 1)];
  lns->channel.reorders = sim_random_chance (&self->random, 50);
  lns->hello_interval = sim_random_range (&self->random, 10, 60) * SECOND;
  lns->mute = self->fate == SIM_FATE_MUTE;
  lns->secret = secret;
  lns->delivered = g_ptr_array_new_with_free_func ((GDestroyNotify) g_bytes_unref);
  self->watch.sent = g_ptr_array_new_with_free_func ((GDestroyNotify) g_bytes_unref);
}

/* What the engine said is what the LNS heard, each message once and in order. */
static void
check_delivery (const Sim *self)
{
  const GPtrArray *delivered = self->lns.delivered;

  g_assert_cmpuint (delivered->len, <=, self->watch.sent->len);
  for (guint i = 0; i < delivered->len; i++)
    g_assert_true (g_bytes_equal (delivered->pdata[i], self->watch.sent->pdata[i]));
}

static void
check_verdict (const Sim *self, gboolean lossless)
{
  L2tpResultKind kind = self->watch.down_kind;
  gboolean given_up = kind == L2TP_RESULT_NO_ANSWER || kind == L2TP_RESULT_PEER_LOST;

  switch (self->fate)
    {
    case SIM_FATE_SILENT:
      g_assert_cmpint (kind, ==, L2TP_RESULT_NO_ANSWER);
      g_assert_cmpint (self->watch.down_at, <=, SECOND + GIVE_UP + SLACK);
      break;
    case SIM_FATE_MUTE:
      g_assert_true (kind == L2TP_RESULT_GUARD || kind == L2TP_RESULT_NO_ANSWER);
      g_assert_cmpint (self->watch.down_at, <=, SECOND + GUARD + SLACK);
      break;
    case SIM_FATE_WRONG_SECRET:
      g_assert_true (kind == L2TP_RESULT_AUTH_MISMATCH || (!lossless && given_up) ||
                     (!lossless && kind == L2TP_RESULT_GUARD));
      break;
    case SIM_FATE_VANISHES:
      if (self->vanished_at >= 0)
        g_assert_cmpint (self->watch.down_at - self->vanished_at, <=,
                         MAX (self->config.hello_interval + GIVE_UP, GUARD) + SLACK);
      break;
    case SIM_FATE_CLIENT_CLOSES:
    case SIM_FATE_CLIENT_HANGS_UP:
    case SIM_FATE_LNS_STOPS:
    case SIM_FATE_LNS_HANGS_UP:
    case SIM_N_FATES:
      g_assert_false (lossless && given_up);
      g_assert_true (kind == L2TP_RESULT_LOCAL || kind == L2TP_RESULT_STOPCCN ||
                     kind == L2TP_RESULT_NO_SESSIONS || kind == L2TP_RESULT_GUARD || given_up);
      break;
    }
}

static void
check_end (const Sim *self, gboolean lossless)
{
  g_assert_true (self->watch.dead);
  g_assert_true (self->watch.down);
  g_assert_true (self->lns.state == SIM_LNS_DEAD || self->lns.state == SIM_LNS_IDLE);
  g_assert_false (lossless && self->lns.given_up && self->fate <= SIM_FATE_LNS_HANGS_UP);
  check_delivery (self);
  check_verdict (self, lossless);
}

gboolean
sim_live (guint64 seed, gboolean trace)
{
  static const guint losses[] = { 0, 0, 5, 15, 30, 30, 30 };
  const L2tpOctets secret = { (const guint8 *) "hello", 5 };
  SimRandom random = { seed ^ G_GUINT64_CONSTANT (0x5eed) };
  SimFate fate = sim_random_chance (&random, 80)
                     ? (SimFate) sim_random_range (&random, 0, SIM_FATE_VANISHES)
                     : (SimFate) sim_random_range (&random, 0, SIM_N_FATES - 1);
  gboolean with_secret = fate == SIM_FATE_WRONG_SECRET || sim_random_chance (&random, 50);
  guint max_loss = losses[sim_random_range (&random, 0, G_N_ELEMENTS (losses) - 1)];
  L2tpTunnelConfig config = {
    .host_name = "client",
    .receive_window = (guint16) sim_random_range (&random, 1, 8),
    .secret = with_secret ? secret.data : NULL,
    .secret_len = with_secret ? secret.len : 0,
    .hide_avps = with_secret && sim_random_range (&random, 0, 2) == 0,
    .hello_interval = sim_random_range (&random, 10, 60) * SECOND,
    .no_sessions_timeout = 15 * SECOND,
  };
  gboolean came_up;
  Sim sim;

  sim_init (&sim, seed, &config);
  sim.trace = trace;
  sim.fate = fate;
  sim.net.up = draw_path (&sim.random, max_loss);
  sim.net.down = draw_path (&sim.random, max_loss);
  if (fate == SIM_FATE_SILENT)
    sim_net_cut (&sim.net);
  draw_lns (&sim, fate == SIM_FATE_WRONG_SECRET ? (L2tpOctets){ (const guint8 *) "other", 5 }
                  : with_secret                 ? secret
                                                : (L2tpOctets){ 0 });
  draw_agenda (&sim);
  sim.swaps = seed % 2 == 0 ? 0 : 20;
  sim_run (&sim, MAX_LIFE);
  check_end (&sim, max_loss == 0);
  came_up = sim.watch.n_sessions_up > 0;
  sim_clear (&sim);
  return came_up;
}
