/* SPDX-License-Identifier: GPL-2.0-or-later */
/* SPDX-FileCopyrightText: The l2tp-client authors */

/* Is an LNS that says nothing dead? Pure: samples of a session that is up go in, verdicts come out.
 * Times are monotonic, in µs. */

#pragma once

#include <glib.h>

G_BEGIN_DECLS

typedef struct
{
  gint64 now;
  guint64 tx, rx;        /* data packets of the session */
  guint64 failed;        /* those that did not even leave */
  gint64 owed_since;     /* l2tp_tunnel_get_owed_since() */
  gint64 rtt;            /* round trip to the LNS, 0: not known */
  gint64 trial_since;    /* when the LNS had acknowledged all of the trial tunnel's messages, -1: it
                          * has not; a Hello sent beside them has had the same time */
  gboolean trial_proves; /* the LNS gave it the old tunnel's id: it has forgotten the old one */
  gboolean trial_tells;  /* there is reason why the old tunnel should be lost: the LNS's port was
                          * closed, or we have another address now */
  gboolean no_trial;     /* there can be none: the Hellos alone decide */
  gboolean echoes;       /* LCP echoes were sent, which a session that lives answers */
} L2tpSilenceSample;

/* In the order of the doubt. */
typedef enum
{
  L2TP_SILENCE_NONE,         /* all is well */
  L2TP_SILENCE_UNANSWERED,   /* something was sent and nothing came yet: look again soon */
  L2TP_SILENCE_SESSION,      /* the tunnel answers, does the session? */
  L2TP_SILENCE_SUSPECTED,    /* a Hello is to be out */
  L2TP_SILENCE_TRIAL,        /* and a trial tunnel under way */
  L2TP_SILENCE_SILENT,       /* for so long that the user is to know */
  L2TP_SILENCE_SESSION_GONE, /* the tunnel lives without it; the last verdict */
  L2TP_SILENCE_TUNNEL_GONE,  /* the LNS lives without it; the last verdict */
} L2tpSilenceVerdict;

const char *l2tp_silence_verdict_to_string (L2tpSilenceVerdict verdict);

typedef struct
{
  gboolean begun;
  gboolean asked;
  guint64 tx, rx, failed;
  gint64 heard_at;         /* when data came last, -1: not yet */
  gboolean two_way;        /* data came last without being asked for */
  gint64 unanswered_since; /* -1: nothing is unanswered */
  gint64 suspected_since;  /* -1: no suspicion */
  gint64 answered_since;   /* under suspicion: the tunnel answers, -1: it does not */
} L2tpSilence;

void l2tp_silence_init (L2tpSilence *silence);

/* l2tp_silence_ask: there is evidence that the LNS may be lost: the next verdict is a suspicion. */
void l2tp_silence_ask (L2tpSilence *silence);

/* l2tp_silence_judge:
 * When SUSPECTED follows a lesser verdict, a Hello must be out before the next sample is taken. */
L2tpSilenceVerdict l2tp_silence_judge (L2tpSilence *silence, const L2tpSilenceSample *sample);

G_END_DECLS
