/* SPDX-License-Identifier: GPL-2.0-or-later */
/* SPDX-FileCopyrightText: The l2tp-client authors */

/* Verdicts over a scripted LNS: one sample a tick, as often as the watcher would look. */

#include "service/l2tp-silence.h"

#define MS     G_TIME_SPAN_MILLISECOND
#define SECOND G_TIME_SPAN_SECOND
#define TICK   (50 * MS)

/* An LNS, what we send it, and the watcher that acts as l2tp-liveness.c does. */
typedef struct
{
  L2tpSilence silence;
  L2tpSilenceSample sample;
  L2tpSilenceVerdict verdict;
  gint64 sends_every;                                /* data; 0: nothing */
  gint64 answers_data, answers_hello, answers_trial; /* after that time; -1: never */
  gint64 sent_at, data_due, hello_due, trial_due;
  guint hellos, trials;
} World;

static void
world_init (World *self)
{
  *self = (World){ .sends_every = 100 * MS, .data_due = -1, .hello_due = -1, .trial_due = -1 };
  l2tp_silence_init (&self->silence);
  self->sample.owed_since = -1;
  self->sample.trial_since = -1;
  self->sample.echoes = TRUE;
}

static gboolean
is_due (gint64 *due, gint64 now)
{
  if (*due < 0 || *due > now)
    return FALSE;
  *due = -1;
  return TRUE;
}

static gint64
due_after (gint64 now, gint64 delay)
{
  return delay < 0 ? -1 : now + delay;
}

static void
lns_and_traffic (World *self)
{
  L2tpSilenceSample *s = &self->sample;

  if (self->sends_every > 0 && s->now - self->sent_at >= self->sends_every)
    {
      self->sent_at = s->now;
      s->tx++;
      if (self->data_due < 0)
        self->data_due = due_after (s->now, self->answers_data);
    }
  if (is_due (&self->data_due, s->now))
    s->rx++;
  if (is_due (&self->hello_due, s->now))
    s->owed_since = -1;
  if (is_due (&self->trial_due, s->now))
    s->trial_since = s->now;
}

static void
send_hello (World *self)
{
  if (self->sample.owed_since >= 0)
    return;
  self->hellos++;
  self->sample.owed_since = self->sample.now;
  self->hello_due = due_after (self->sample.now, self->answers_hello);
}

static void
act (World *self, L2tpSilenceVerdict before)
{
  switch (self->verdict)
    {
    case L2TP_SILENCE_NONE:
    case L2TP_SILENCE_UNANSWERED:
    case L2TP_SILENCE_SESSION:
      self->trial_due = self->sample.trial_since = -1;
      return;
    case L2TP_SILENCE_SUSPECTED:
      if (before < L2TP_SILENCE_SUSPECTED)
        send_hello (self);
      return;
    case L2TP_SILENCE_TRIAL:
    case L2TP_SILENCE_SILENT:
      if (before < L2TP_SILENCE_TRIAL)
        {
          self->trials++;
          self->trial_due = due_after (self->sample.now, self->answers_trial);
        }
      return;
    case L2TP_SILENCE_SESSION_GONE:
    case L2TP_SILENCE_TUNNEL_GONE:
      return;
    }
}

/* Lets time pass, or until a verdict that is a last one. Returns how long. */
static gint64
pass (World *self, gint64 duration)
{
  gint64 start = self->sample.now;

  while (self->sample.now - start < duration && self->verdict < L2TP_SILENCE_SESSION_GONE)
    {
      L2tpSilenceVerdict before = self->verdict;

      self->sample.now += TICK;
      lns_and_traffic (self);
      self->verdict = l2tp_silence_judge (&self->silence, &self->sample);
      act (self, before);
    }
  return self->sample.now - start;
}

/* The time until @verdict, at most @limit. */
static gint64
pass_until (World *self, L2tpSilenceVerdict verdict, gint64 limit)
{
  gint64 start = self->sample.now;

  while (self->verdict != verdict)
    {
      g_assert_cmpint (self->sample.now - start, <, limit);
      g_assert_cmpint (self->verdict, <, L2TP_SILENCE_SESSION_GONE);
      pass (self, TICK);
    }
  return self->sample.now - start;
}

static void
die (World *self, gint64 answers_trial)
{
  self->answers_data = self->answers_hello = -1;
  self->data_due = self->hello_due = -1;
  self->answers_trial = answers_trial;
}

static void
test_healthy (void)
{
  World world;

  world_init (&world);
  pass (&world, 600 * SECOND);
  g_assert_cmpuint (world.hellos + world.trials, ==, 0);
  world.sends_every = 0;
  pass (&world, 600 * SECOND);
  g_assert_cmpuint (world.hellos + world.trials, ==, 0);
}

/* LAC-12: mute, for good. The user knows in time; the end is the Hello's business. */
static void
test_mute (void)
{
  World world;

  world_init (&world);
  pass (&world, 10 * SECOND);
  die (&world, -1);
  g_assert_cmpint (pass_until (&world, L2TP_SILENCE_SUSPECTED, 1 * SECOND), >=, 200 * MS);
  pass_until (&world, L2TP_SILENCE_TRIAL, 1 * SECOND);
  g_assert_cmpint (pass_until (&world, L2TP_SILENCE_SILENT, 5 * SECOND), >=, 4 * SECOND);
  pass (&world, 60 * SECOND);
  g_assert_cmpint (world.verdict, ==, L2TP_SILENCE_SILENT);
  g_assert_cmpuint (world.hellos, ==, 1);
}

/* Restarted without memory: only a new tunnel is answered. */
static void
test_forgetful (void)
{
  World world;
  gint64 took;

  world_init (&world);
  pass (&world, 10 * SECOND);
  die (&world, 20 * MS);
  took = pass_until (&world, L2TP_SILENCE_TUNNEL_GONE, 15 * SECOND);
  g_assert_cmpint (took, >=, 500 * MS);
  g_assert_cmpint (took, <, 800 * MS); /* which leaves a fifth of a second to dial */
  /* the Hello had its chances */
  g_assert_cmpint (world.sample.now - world.sample.trial_since, >=, 200 * MS);

  /* And where nothing was ever answered. */
  world_init (&world);
  world.sample.echoes = FALSE;
  world.answers_hello = 0;
  world.answers_data = -1;
  pass (&world, 20 * SECOND);
  pass_until (&world, L2TP_SILENCE_UNANSWERED, 20 * SECOND);
  die (&world, 20 * MS);
  took = pass_until (&world, L2TP_SILENCE_TUNNEL_GONE, 15 * SECOND);
  g_assert_cmpint (took, >, 3 * SECOND);
  g_assert_cmpint (took, <, 6 * SECOND);
}

/* What tells more than silence does is believed sooner, but not at once; a proof is. */
static void
test_evidence (void)
{
  World world;
  gint64 plain, tells, proves;

  world_init (&world);
  die (&world, 0);
  plain = pass_until (&world, L2TP_SILENCE_TUNNEL_GONE, 15 * SECOND);
  world_init (&world);
  die (&world, 0);
  world.sample.trial_tells = TRUE;
  tells = pass_until (&world, L2TP_SILENCE_TUNNEL_GONE, 15 * SECOND);
  g_assert_cmpint (world.sample.now - world.sample.trial_since, >=, 100 * MS);
  world_init (&world);
  die (&world, 0);
  world.sample.trial_proves = TRUE;
  proves = pass_until (&world, L2TP_SILENCE_TUNNEL_GONE, 15 * SECOND);
  g_assert_cmpint (proves, <, tells);
  g_assert_cmpint (tells - proves, >=, 100 * MS);
  g_assert_cmpint (plain - tells, >=, 100 * MS);
}

/* Answers that pause: a Hello soon, but one only, until data comes again. */
static void
test_pause (void)
{
  World world;

  world_init (&world);
  world.sample.echoes = FALSE;
  world.answers_hello = 30 * MS;
  pass (&world, 10 * SECOND);
  g_assert_cmpuint (world.hellos, ==, 0);
  world.answers_data = -1;
  pass (&world, 2 * SECOND);
  g_assert_cmpuint (world.hellos, ==, 1);
  pass (&world, 2 * SECOND); /* the next is the one that all unanswered traffic asks for */
  g_assert_cmpuint (world.hellos, ==, 1);
  world.answers_data = 0;
  pass (&world, 1 * SECOND);
  world.answers_data = -1;
  pass (&world, 2 * SECOND);
  g_assert_cmpuint (world.hellos, ==, 2);
  g_assert_cmpuint (world.trials, ==, 0);

  /* A long round trip is no pause. */
  world_init (&world);
  world.sample.rtt = 1 * SECOND;
  world.sends_every = 4 * SECOND;
  world.answers_data = 1 * SECOND;
  pass (&world, 60 * SECOND);
  g_assert_cmpuint (world.hellos, ==, 0);
}

/* It comes back after a while that was long enough to try, and answers both: the old tunnel stays,
 * however long it takes to acknowledge, because it takes as long for the trial. */
static void
test_returns_with_memory (void)
{
  for (gint64 slow = 0; slow <= 2 * SECOND; slow += 100 * MS)
    {
      World world;

      world_init (&world);
      die (&world, -1);
      pass (&world, 20 * SECOND);
      g_assert_cmpint (world.verdict, ==, L2TP_SILENCE_SILENT);
      world.trial_due = world.sample.now + slow;
      world.hello_due = world.sample.now + slow;
      world.answers_hello = slow;
      pass (&world, 3 * SECOND);
      g_assert_cmpint (world.verdict, <, L2TP_SILENCE_SUSPECTED);
      g_assert_cmpint (world.sample.trial_since, ==, -1);
    }
}

/* A round trip is waited for, whatever its length. */
static void
test_far_away (void)
{
  World world;

  world_init (&world);
  world.sample.rtt = 2 * SECOND;
  world.answers_data = -1;
  world.answers_hello = 2 * SECOND + 100 * MS;
  pass (&world, 120 * SECOND);
  g_assert_cmpuint (world.hellos, >, 0);
  g_assert_cmpuint (world.trials, ==, 0);

  world_init (&world);
  world.sample.rtt = 2 * SECOND;
  die (&world, 2 * SECOND);
  g_assert_cmpint (pass_until (&world, L2TP_SILENCE_TUNNEL_GONE, 20 * SECOND), >, 12 * SECOND);
}

/* Traffic that nobody ever answers. With LCP echoes one answer is enough; without, a Hello's is. */
static void
test_one_way (void)
{
  World world;

  world_init (&world);
  world.sample.echoes = FALSE;
  world.answers_data = -1;
  world.answers_hello = 30 * MS;
  pass (&world, 600 * SECOND);
  g_assert_cmpuint (world.trials, ==, 0);
  g_assert_cmpuint (world.hellos, >, 100);
  g_assert_cmpuint (world.hellos, <, 150); /* no more than one in 4 s */
}

/* LAC-6: the tunnel answers and the session never does. */
static void
test_session (void)
{
  World world;
  gint64 took;

  world_init (&world);
  world.answers_data = -1;
  world.answers_hello = 30 * MS;
  took = pass_until (&world, L2TP_SILENCE_SESSION_GONE, 30 * SECOND);
  g_assert_cmpint (took, >, 19 * SECOND);
  g_assert_cmpuint (world.trials, ==, 0);

  world_init (&world);
  world.answers_data = -1;
  world.answers_hello = 30 * MS;
  pass (&world, took - 1 * SECOND);
  world.data_due = world.sample.now; /* one echo in time */
  pass (&world, 2 * SECOND);
  g_assert_cmpint (world.verdict, ==, L2TP_SILENCE_UNANSWERED);
}

/* The session has its whole time from when the tunnel answers, not from the suspicion. */
static void
test_session_after_silence (void)
{
  World world;

  world_init (&world);
  die (&world, -1);
  pass (&world, 25 * SECOND);
  world.hello_due = world.sample.now;
  world.answers_hello = 0;
  pass (&world, 14 * SECOND);
  g_assert_cmpint (world.verdict, ==, L2TP_SILENCE_SESSION);
  pass (&world, 2 * SECOND);
  g_assert_cmpint (world.verdict, ==, L2TP_SILENCE_SESSION_GONE);
}

/* A tunnel that has stopped answering meanwhile says nothing against the session. */
static void
test_session_interrupted (void)
{
  World world;

  world_init (&world);
  world.answers_data = -1;
  world.answers_hello = 30 * MS;
  pass_until (&world, L2TP_SILENCE_SESSION, 10 * SECOND);
  pass (&world, 10 * SECOND);
  die (&world, -1);
  send_hello (&world);
  pass (&world, 2 * SECOND);
  g_assert_cmpint (world.verdict, >=, L2TP_SILENCE_SUSPECTED);
  world.hello_due = world.sample.now;
  world.answers_hello = 30 * MS;
  pass (&world, 14 * SECOND);
  g_assert_cmpint (world.verdict, ==, L2TP_SILENCE_SESSION);
}

/* XPRT-22: evidence makes it ask, and no more; nor does it make an idle session a suspect. */
static void
test_asked (void)
{
  World world;

  world_init (&world);
  world.sends_every = 0;
  world.answers_hello = 30 * MS;
  pass (&world, 1 * SECOND);
  l2tp_silence_ask (&world.silence);
  pass (&world, TICK);
  g_assert_cmpint (world.verdict, ==, L2TP_SILENCE_SUSPECTED);
  pass (&world, 1 * SECOND);
  g_assert_cmpint (world.verdict, ==, L2TP_SILENCE_NONE);
  g_assert_cmpuint (world.hellos, ==, 1);
  pass (&world, 60 * SECOND);
  g_assert_cmpuint (world.hellos, ==, 1);
}

/* No way out of this machine any more, but not a queue that overflows. */
static void
test_failed (void)
{
  World world;

  world_init (&world);
  world.sends_every = 50 * MS;
  pass (&world, 1 * SECOND);
  for (guint i = 0; i < 20; i++)
    {
      world.sample.failed++;
      world.data_due = world.sample.now;
      pass (&world, TICK);
    }
  g_assert_cmpuint (world.hellos, ==, 0);
  world.sends_every = 0;
  world.data_due = -1;
  pass (&world, 1 * SECOND);
  world.sample.failed++;
  world.answers_hello = 200 * MS;
  pass (&world, TICK);
  g_assert_cmpuint (world.hellos, ==, 1);
  world.sample.failed++; /* no more evidence than there was */
  pass (&world, 4 * SECOND);
  g_assert_cmpuint (world.hellos, ==, 1);
}

/* XPRT-17: an idle tunnel, whose own Hello is not answered. */
static void
test_idle (void)
{
  World world;

  world_init (&world);
  world.sends_every = 0;
  pass (&world, 60 * SECOND);
  die (&world, 0);
  world.sample.owed_since = world.sample.now;
  g_assert_cmpint (pass_until (&world, L2TP_SILENCE_TUNNEL_GONE, 15 * SECOND), >=, 2200 * MS);
}

/* Inside IPsec: the Hellos alone, in the same time; and one answer in it is enough. */
static void
test_without_trial (void)
{
  World world;

  world_init (&world);
  world.sample.no_trial = TRUE;
  die (&world, -1);
  g_assert_cmpint (pass_until (&world, L2TP_SILENCE_TUNNEL_GONE, 15 * SECOND), >=, 8 * SECOND);

  world_init (&world);
  world.sample.no_trial = TRUE;
  die (&world, -1);
  pass_until (&world, L2TP_SILENCE_SILENT, 12 * SECOND);
  world.sample.owed_since = -1;
  pass (&world, 10 * SECOND);
  g_assert_cmpint (world.verdict, <, L2TP_SILENCE_SUSPECTED);
}

/* A path that is open again: data comes, the Hello's answer is still to follow. */
static void
test_data_before_hello (void)
{
  World world;

  world_init (&world);
  die (&world, 0);
  world.trial_due = -1;
  world.answers_trial = -1;
  pass (&world, 20 * SECOND);
  g_assert_cmpint (world.verdict, ==, L2TP_SILENCE_SILENT);
  world.sample.trial_since = world.sample.now;
  world.sample.trial_tells = TRUE;
  world.answers_data = 10 * MS; /* one in 100 ms, more seldom than the looks are */
  world.data_due = world.sample.now;
  pass (&world, 20 * SECOND);
  g_assert_cmpint (world.verdict, <, L2TP_SILENCE_SUSPECTED);
}

/* Data is the best of proofs, even with a Hello out. */
static void
test_data_acquits (void)
{
  World world;

  world_init (&world);
  die (&world, 0);
  pass_until (&world, L2TP_SILENCE_TRIAL, 10 * SECOND);
  world.sample.rx++;
  pass (&world, TICK);
  g_assert_cmpint (world.verdict, ==, L2TP_SILENCE_NONE);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);

  g_test_add_func ("/silence/healthy", test_healthy);
  g_test_add_func ("/silence/mute", test_mute);
  g_test_add_func ("/silence/forgetful", test_forgetful);
  g_test_add_func ("/silence/evidence", test_evidence);
  g_test_add_func ("/silence/pause", test_pause);
  g_test_add_func ("/silence/returns-with-memory", test_returns_with_memory);
  g_test_add_func ("/silence/far-away", test_far_away);
  g_test_add_func ("/silence/one-way", test_one_way);
  g_test_add_func ("/silence/session", test_session);
  g_test_add_func ("/silence/session-after-silence", test_session_after_silence);
  g_test_add_func ("/silence/session-interrupted", test_session_interrupted);
  g_test_add_func ("/silence/asked", test_asked);
  g_test_add_func ("/silence/failed", test_failed);
  g_test_add_func ("/silence/idle", test_idle);
  g_test_add_func ("/silence/without-trial", test_without_trial);
  g_test_add_func ("/silence/data-before-hello", test_data_before_hello);
  g_test_add_func ("/silence/data-acquits", test_data_acquits);

  return g_test_run ();
}
