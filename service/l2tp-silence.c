/* SPDX-License-Identifier: GPL-2.0-or-later */
/* SPDX-FileCopyrightText: The l2tp-client authors */

/* When silence means death. Data that arrives ends every doubt; traffic that is not answered is no
 * proof of anything, because some never is, and only asks for a Hello, soon where answers came
 * before. What decides against a tunnel is an LNS that answers a new tunnel and still not the old
 * one's Hello. An LNS that answers neither is left to the Hello's 31 s: whichever it answers first
 * is the truth. Where there can be no trial, a few Hellos have to do. Design section 6; XPRT-22. */

#include "l2tp-silence.h"

#define UNANSWERED_FOR (4500 * G_TIME_SPAN_MILLISECOND) /* 5 s, in looks a second apart */
#define PAUSED_FOR     (200 * G_TIME_SPAN_MILLISECOND)  /* + 2 RTT; as above, after answers */
#define OWED_FOR       (2 * G_TIME_SPAN_SECOND)         /* by the control channel alone */
#define TRIAL_AFTER    (100 * G_TIME_SPAN_MILLISECOND)  /* + 2 RTT; a Hello's answer ends it */
#define SILENT_AFTER   (5 * G_TIME_SPAN_SECOND)
#define MUTE_FOR       (8 * G_TIME_SPAN_SECOND)        /* four Hellos, where there is no trial */
#define CONFIRM        (200 * G_TIME_SPAN_MILLISECOND) /* + 2 RTT; ten Hellos beside the trial */
#define CONFIRM_TOLD   (100 * G_TIME_SPAN_MILLISECOND) /* + 2 RTT; where there is another reason */
#define SESSION_FOR    (15 * G_TIME_SPAN_SECOND)       /* of LCP echoes that nobody answers */

const char *
l2tp_silence_verdict_to_string (L2tpSilenceVerdict verdict)
{
  static const char *const names[] = {
    [L2TP_SILENCE_NONE] = "none",
    [L2TP_SILENCE_UNANSWERED] = "unanswered",
    [L2TP_SILENCE_SESSION] = "session in doubt",
    [L2TP_SILENCE_SUSPECTED] = "suspected",
    [L2TP_SILENCE_TRIAL] = "trial",
    [L2TP_SILENCE_SILENT] = "silent",
    [L2TP_SILENCE_SESSION_GONE] = "session gone",
    [L2TP_SILENCE_TUNNEL_GONE] = "tunnel gone",
  };

  g_return_val_if_fail (verdict < G_N_ELEMENTS (names), NULL);
  return names[verdict];
}

void
l2tp_silence_init (L2tpSilence *silence)
{
  *silence = (L2tpSilence){ .unanswered_since = -1, .suspected_since = -1, .answered_since = -1 };
}

void
l2tp_silence_ask (L2tpSilence *silence)
{
  silence->asked = TRUE;
}

static gboolean
has_lasted (gint64 since, gint64 duration, gint64 now)
{
  return since >= 0 && now - since >= duration;
}

/* Since when a Hello is out and nothing at all has come. */
static gint64
get_owed_since (const L2tpSilence *self, const L2tpSilenceSample *sample)
{
  return sample->owed_since < 0 ? -1 : MAX (sample->owed_since, self->heard_at);
}

/* What cannot leave this machine is evidence at once; a queue that is full for a moment is not,
 * when data comes. */
static void
take_counters (L2tpSilence *self, const L2tpSilenceSample *sample)
{
  gboolean sent = self->begun && sample->tx != self->tx;
  gboolean came = self->begun && sample->rx != self->rx;
  gboolean failed = self->begun && sample->failed != self->failed;

  self->begun = TRUE;
  self->tx = sample->tx;
  self->rx = sample->rx;
  self->failed = sample->failed;
  if (came)
    {
      self->heard_at = sample->now;
      self->two_way = self->suspected_since < 0; /* else it may be an echo's answer */
    }
  else if (sent && self->unanswered_since < 0)
    self->unanswered_since = sample->now;
  self->asked |= failed && !came;
}

static L2tpSilenceVerdict
acquit (L2tpSilence *self)
{
  self->unanswered_since = -1;
  self->suspected_since = -1;
  self->answered_since = -1;
  return L2TP_SILENCE_NONE;
}

static gboolean
is_suspicious (const L2tpSilence *self, const L2tpSilenceSample *sample)
{
  gint64 patience = self->two_way ? PAUSED_FOR + 2 * sample->rtt : UNANSWERED_FOR;

  return self->asked || has_lasted (self->unanswered_since, patience, sample->now) ||
         has_lasted (get_owed_since (self, sample), OWED_FOR, sample->now);
}

/* The Hello was answered. */
static L2tpSilenceVerdict
judge_session (L2tpSilence *self, const L2tpSilenceSample *sample)
{
  self->two_way = FALSE;
  if (!sample->echoes || self->unanswered_since < 0)
    return acquit (self);
  if (self->answered_since < 0)
    self->answered_since = sample->now;
  return has_lasted (self->answered_since, SESSION_FOR, sample->now) ? L2TP_SILENCE_SESSION_GONE
                                                                     : L2TP_SILENCE_SESSION;
}

/* It was not, although the LNS answers. */
static gboolean
is_tunnel_gone (const L2tpSilenceSample *sample)
{
  gint64 confirm = sample->trial_tells ? CONFIRM_TOLD : CONFIRM;

  return sample->trial_proves ||
         has_lasted (sample->trial_since, confirm + 2 * sample->rtt, sample->now);
}

L2tpSilenceVerdict
l2tp_silence_judge (L2tpSilence *silence, const L2tpSilenceSample *sample)
{
  gint64 owed_since;

  take_counters (silence, sample);
  if (silence->heard_at == sample->now)
    acquit (silence);
  if (silence->suspected_since < 0)
    {
      if (!is_suspicious (silence, sample))
        return silence->unanswered_since < 0 ? L2TP_SILENCE_NONE : L2TP_SILENCE_UNANSWERED;
      silence->asked = FALSE;
      silence->suspected_since = sample->now;
      return L2TP_SILENCE_SUSPECTED;
    }
  silence->asked = FALSE; /* it is being looked into */
  owed_since = get_owed_since (silence, sample);
  if (owed_since < 0)
    return judge_session (silence, sample);
  silence->answered_since = -1;
  if (is_tunnel_gone (sample) ||
      (sample->no_trial && has_lasted (owed_since, MUTE_FOR, sample->now)))
    return L2TP_SILENCE_TUNNEL_GONE;
  if (has_lasted (owed_since, SILENT_AFTER, sample->now))
    return L2TP_SILENCE_SILENT;
  return has_lasted (owed_since, TRIAL_AFTER + 2 * sample->rtt, sample->now)
             ? L2TP_SILENCE_TRIAL
             : L2TP_SILENCE_SUSPECTED;
}
