/* SPDX-License-Identifier: GPL-2.0-or-later */
/* SPDX-FileCopyrightText: The l2tp-client authors */

/* Ten thousand clients of one LNS that lose it together: they must not come back together, and they
 * must come back soon. Pure: the clients are the policy of service/l2tp-retry.c and a seed; the LNS
 * refuses by ICMP until it is back, and then takes everybody. Design section 6. */

#include "service/l2tp-retry.h"

#include "sim-random.h"

#define SECOND       G_TIME_SPAN_SECOND
#define MS           G_TIME_SPAN_MILLISECOND
#define N_CLIENTS    10000
#define LAST_PAUSE   60 /* s: the longest pause */
#define HELLO        60 /* s: the usual hello-interval */
#define GIVE_UP      31 /* s: XPRT-9 */
#define LONGEST      900
#define BINS_IN_LINE 20

typedef struct
{
  const char *name;
  gboolean silent; /* else a StopCCN tells all at the same moment */
  int back_after;  /* s */
  double share;    /* of all clients, that come in one second once the LNS is back */
  guint attempts;  /* the most of anybody, the one that succeeds included */
} Scenario;

typedef struct
{
  guint refused[LONGEST]; /* attempts in each second since the loss */
  guint arrived[LONGEST]; /* clients that came up in each second since the LNS is back */
  guint most_attempts;
  guint n_back_in_time; /* within twice the longest pause */
} Result;

/* The shares, in clients, by the pause's upper end P, which doubles from 1 s to 60 s. Pauses are
 * uniform, so that one ends in a given second with a chance of at most 1/P.
 *
 * StopCCN: the first attempt asks for 10 s, every half second at the latest, so that after 5 s all
 * come within one; see run_asking() for how they come in it. All pauses with upper ends up to P
 * together last less than 2 P, so that after T s of failing everybody is in a pause with P > T / 2:
 * 32 and 60 s. While P doubles, a client is in
 * each P once, and 1/P + 1/2P + … < 2/P. Where it doubles no more, a client comes once in P/2 on
 * average, again 2/P.
 *
 * Silence: what is noticed at a random moment of a Hello interval makes each attempt of a client
 * fall in a given second with a chance of at most 1/60: one attempt after 5 s, when nobody has
 * noticed yet; one at once and one for each P from 1 to 32 s after 60 s, when nobody has failed for
 * more than 29 s; and 2/P after 600 s.
 *
 * Attempts: the mean is two, and one for each P below the end, and one every 30 s; what is above
 * the mean is five deviations. */
static const Scenario scenarios[] = {
  { "stopccn/5", FALSE, 5, 1, 1 },
  { "stopccn/60", FALSE, 60, 2.0 / 32, 18 },
  { "stopccn/600", FALSE, 600, 2.0 / 60, 42 },
  { "silence/5", TRUE, 5, 1.0 / HELLO, 1 },
  { "silence/60", TRUE, 60, 7.0 / HELLO, 16 },
  { "silence/600", TRUE, 600, 2.0 / 60, 42 },
};

static double
draw (SimRandom *random)
{
  return (double) (sim_random_next (random) >> 11) / (double) (G_GUINT64_CONSTANT (1) << 53);
}

static L2tpRetry
why_lost (gboolean silent)
{
  const L2tpResult result = { .kind = silent ? L2TP_RESULT_PEER_LOST : L2TP_RESULT_STOPCCN,
                              .result = silent ? 0 : 6 };

  return l2tp_retry_from_result (&result);
}

static gint64
when_noticed (const Scenario *scenario, SimRandom *random)
{
  if (!scenario->silent)
    return sim_random_range (random, 0, 100 * MS);
  return GIVE_UP * SECOND + sim_random_range (random, 0, HELLO * SECOND - 1);
}

static void
count (guint *bins, gint64 time)
{
  g_assert_cmpint (time, <, LONGEST * SECOND);
  bins[time / SECOND]++;
}

/* The first attempt after a StopCCN, which goes on for a while. Returns when its last SCCRQ went.
 */
static gint64
ask (SimRandom *random, gint64 now, gint64 back_at, gboolean jitter, Result *result)
{
  gint64 lost_at = 1; /* 0 is never */

  for (guint refusals = 1; now < back_at && l2tp_retry_may_ask (lost_at, now); refusals++)
    {
      count (result->refused, now);
      now += l2tp_retry_get_ask_delay (refusals, jitter ? draw (random) : 1.0);
    }
  return now;
}

/* One client from the loss to its next tunnel. */
static void
live (const Scenario *scenario, SimRandom *random, gboolean jitter, Result *result)
{
  g_autoptr (GError) refused =
      g_error_new_literal (L2TP_ERROR, L2TP_ERROR_UNREACHABLE, "The LNS refused");
  gint64 back_at = scenario->back_after * SECOND;
  gint64 now = when_noticed (scenario, random);
  L2tpRetry why = why_lost (scenario->silent);
  guint attempts = 0;

  for (;;)
    {
      gint64 delay = l2tp_retry_get_delay (why, attempts + 1, jitter ? draw (random) : 1.0);

      g_assert_cmpint (delay, >=, 0);
      now += delay;
      attempts++;
      if (!scenario->silent && attempts == 1)
        now = ask (random, now, back_at, jitter, result);
      if (now >= back_at)
        break;
      count (result->refused, now);
      now += sim_random_range (random, 5 * MS, 100 * MS);
      why = l2tp_retry_from_error (refused);
    }
  count (result->arrived, now - back_at);
  result->most_attempts = MAX (result->most_attempts, attempts);
  result->n_back_in_time += now - back_at <= 2 * LAST_PAUSE * SECOND;
}

static void
run_fleet (const Scenario *scenario, gboolean jitter, Result *ret_result)
{
  SimRandom random = { .state = 1701 + (guint64) scenario->back_after };

  for (guint i = 0; i < N_CLIENTS; i++)
    live (scenario, &random, jitter, ret_result);
}

static guint
get_most (const guint *bins)
{
  guint most = 0;

  for (guint i = 0; i < LONGEST; i++)
    most = MAX (most, bins[i]);
  return most;
}

static void
show_histogram (const guint *bins)
{
  guint end = LONGEST;

  while (end > 0 && bins[end - 1] == 0)
    end--;
  for (guint from = 0; from < end; from += BINS_IN_LINE)
    {
      g_autoptr (GString) line = g_string_new (NULL);

      for (guint i = from; i < MIN (end, from + BINS_IN_LINE); i++)
        g_string_append_printf (line, " %4u", bins[i]);
      g_test_message ("  from %3u s:%s", from, line->str);
    }
}

/* Rounded up, and with five deviations of chance. */
static guint
most_allowed (double share)
{
  double mean = share * N_CLIENTS, root = mean / 2;

  for (guint i = 0; i < 40; i++)
    root = (root + mean / root) / 2;
  return (guint) (mean + 5 * root) + 1;
}

static void
test_fleet (gconstpointer data)
{
  const Scenario *scenario = data;
  Result result = { 0 };
  guint busiest;

  run_fleet (scenario, TRUE, &result);
  busiest = get_most (result.arrived);
  g_test_message (
      "%s: the busiest second after the return has %u of %u clients (at most %u), before "
      "it %u attempts; nobody made more than %u (at most %u)",
      scenario->name, busiest, N_CLIENTS, most_allowed (scenario->share), get_most (result.refused),
      result.most_attempts, scenario->attempts);
  g_test_message ("arrivals in each second after the return:");
  show_histogram (result.arrived);
  g_assert_cmpuint (busiest, <=, most_allowed (scenario->share));
  g_assert_cmpuint (result.n_back_in_time, >=, N_CLIENTS * 99 / 100);
  g_assert_cmpuint (result.most_attempts, <=, scenario->attempts);
}

/* What the jitter is for, and that the test would notice if it was missing: the same fleet with the
 * pauses' upper ends comes as one. */
static void
test_without_jitter (void)
{
  Result result = { 0 };

  run_fleet (&scenarios[1], FALSE, &result);
  g_test_message ("without jitter the busiest second has %u of %u clients",
                  get_most (result.arrived), N_CLIENTS);
  g_assert_cmpuint (get_most (result.arrived), >, N_CLIENTS * 9 / 10);
}

/* An LNS that dies under everybody's traffic, or says that it goes: all notice it within a look of
 * each other, and what all ask is refused until it is back. A pause of 250 to 500 ms has a given
 * moment in it, and ends within the 100 ms after that, with a chance of at most 100/375. Returns
 * the most clients that come in 100 ms. */
static guint
run_asking (int back_after_ms, gboolean jitter)
{
  SimRandom random = { .state = 1701 + (guint64) back_after_ms };
  gint64 back_at = back_after_ms * MS;
  guint bins[5] = { 0 };
  g_autoptr (GString) line = g_string_new (NULL);

  for (guint i = 0; i < N_CLIENTS; i++)
    {
      gint64 now = 500 * MS + sim_random_range (&random, 0, 50 * MS);

      for (guint refusals = 1; now < back_at; refusals++)
        now += l2tp_retry_get_ask_delay (refusals, jitter ? draw (&random) : 1.0);
      g_assert_cmpint (now - back_at, <, 500 * MS);
      bins[(now - back_at) / (100 * MS)]++;
    }
  for (guint i = 0; i < G_N_ELEMENTS (bins); i++)
    g_string_append_printf (line, " %4u", bins[i]);
  g_test_message ("back after %d ms, arrivals in each 100 ms:%s", back_after_ms, line->str);
  return MAX (MAX (bins[0], bins[1]), MAX (MAX (bins[2], bins[3]), bins[4]));
}

static void
test_asking (void)
{
  static const int absences[] = { 5000, 10000, 30000 }; /* ms */

  for (guint i = 0; i < G_N_ELEMENTS (absences); i++)
    {
      g_assert_cmpuint (run_asking (absences[i], TRUE), <=, most_allowed (100.0 / 375));
      g_assert_cmpuint (run_asking (absences[i], FALSE), >, N_CLIENTS / 2);
    }
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  for (guint i = 0; i < G_N_ELEMENTS (scenarios); i++)
    {
      g_autofree char *path = g_strconcat ("/fleet/", scenarios[i].name, NULL);

      g_test_add_data_func (path, &scenarios[i], test_fleet);
    }
  g_test_add_func ("/fleet/without-jitter", test_without_jitter);
  g_test_add_func ("/fleet/asking", test_asking);
  return g_test_run ();
}
