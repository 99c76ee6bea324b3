/* SPDX-License-Identifier: GPL-2.0-or-later */
/* SPDX-FileCopyrightText: The l2tp-client authors */

/* The eyes and hands of l2tp-silence.c: takes its samples, sends the Hello and the LCP echoes, runs
 * the trial tunnel. Hides when it looks: nothing but a look can tell that packets were sent in
 * vain, so it is one every 4 s while nothing is sent, every second while there is traffic, often
 * only while that is answered, too, and under suspicion. Owned by the call. Design section 6;
 * XPRT-16, XPRT-22, KRN-14. */

#include "l2tp-liveness.h"

#include "l2tp-silence.h"
#include "l2tp-trial.h"
#include "service/base/l2tp-log.h"
#include "service/io/l2tp-kernel.h"

#define LOOK_IDLE     4  /* s; whole ones, so that it wakes together with others */
#define LOOK_BUSY     1  /* s */
#define IDLE_AFTER    10 /* looks: traffic that begins is soon noticed where there was some before */
#define LOOK_TWO_WAY  100 /* ms */
#define LOOK_SOON     25  /* ms, for the moments until there is a suspicion, and a trial */
#define LOOK_DOUBTFUL 200 /* ms, from then on */
#define LOOK_TRIAL    20  /* ms, once the trial is up */
#define ECHO_INTERVAL G_TIME_SPAN_SECOND
#define INSIST_AFTER  (20 * G_TIME_SPAN_MILLISECOND) /* Hellos get lost as well as SCCCNs */
#define PATIENCE      (2 * G_TIME_SPAN_SECOND)

struct _L2tpLiveness
{
  GObject parent_instance;

  L2tpConfig *config;
  char *tag;
  L2tpTrial *trial;

  L2tpDriver *driver;
  int session_fd; /* the call's */
  guint look_source;
  L2tpSilence silence;
  L2tpSilenceVerdict verdict;
  gint64 trial_since; /* see L2tpSilenceSample */
  guint64 tx;         /* and what failed, at the last look */
  guint idle_looks;   /* in a row, at which nothing had been sent */
  gint64 echoed_at, insisted_at;
  guint8 echo_id;
  gboolean silent; /* and that was told */
};

enum
{
  SILENT,
  ANSWERED,
  SESSION_GONE,
  TUNNEL_GONE,
  N_SIGNALS,
};

static guint signals[N_SIGNALS];

G_DEFINE_FINAL_TYPE (L2tpLiveness, l2tp_liveness, G_TYPE_OBJECT)

static gboolean look (gpointer data);

/* In ms; the source is new, whatever there was. */
static void
look_in (L2tpLiveness *self, guint ms)
{
  g_clear_handle_id (&self->look_source, g_source_remove);
  if (ms >= 1000)
    self->look_source = g_timeout_add_seconds (ms / 1000, look, self);
  else
    self->look_source = g_timeout_add (ms, look, self);
}

/* --- Samples ------------------------------------------------------------------------------- */

static gboolean
wants_echoes (L2tpLiveness *self)
{
  return self->session_fd >= 0 &&
         l2tp_config_get_uint (self->config, L2TP_OPTION_LCP_ECHO_INTERVAL) > 0 &&
         l2tp_config_get_uint (self->config, L2TP_OPTION_LCP_ECHO_FAILURE) > 0;
}

static gboolean
same_address (GInetSocketAddress *a, GInetSocketAddress *b)
{
  return a != NULL && b != NULL &&
         g_inet_address_equal (g_inet_socket_address_get_address (a),
                               g_inet_socket_address_get_address (b));
}

/* An id that the LNS gives anew is free there. */
static gboolean
has_our_id (L2tpLiveness *self, L2tpDriver *trial)
{
  return same_address (l2tp_driver_get_peer (trial), l2tp_driver_get_peer (self->driver)) &&
         l2tp_tunnel_get_peer_id (l2tp_driver_get_tunnel (trial)) ==
             l2tp_tunnel_get_peer_id (l2tp_driver_get_tunnel (self->driver));
}

/* Few LNSs would know our tunnel at another address of ours. */
static gboolean
have_moved (L2tpLiveness *self, L2tpDriver *trial)
{
  g_autoptr (GInetSocketAddress) now = l2tp_driver_get_local (trial);
  g_autoptr (GInetSocketAddress) before = l2tp_driver_get_local (self->driver);

  return !same_address (now, before);
}

static void
take_sample (L2tpLiveness *self, L2tpSilenceSample *ret_sample)
{
  L2tpTunnel *tunnel = l2tp_driver_get_tunnel (self->driver);
  L2tpDriver *trial = l2tp_trial_get_driver (self->trial);
  L2tpKernelStatistics statistics = { 0 };

  if (self->session_fd >= 0)
    l2tp_kernel_get_statistics (self->session_fd, &statistics);
  *ret_sample = (L2tpSilenceSample){
    .now = g_get_monotonic_time (),
    .tx = statistics.tx_packets,
    .failed = statistics.tx_errors,
    .rx = statistics.rx_packets,
    .owed_since = l2tp_tunnel_get_owed_since (tunnel),
    .rtt = l2tp_tunnel_get_rtt (tunnel),
    .trial_since = -1,
    .no_trial = l2tp_config_get_boolean (self->config, L2TP_OPTION_IPSEC_ENABLED),
    .echoes = wants_echoes (self),
  };
  if (trial == NULL)
    {
      self->trial_since = -1;
      return;
    }
  if (self->trial_since < 0 && l2tp_tunnel_get_owed_since (l2tp_driver_get_tunnel (trial)) < 0)
    self->trial_since = ret_sample->now;
  ret_sample->trial_since = self->trial_since;
  ret_sample->rtt = MAX (ret_sample->rtt, l2tp_tunnel_get_rtt (l2tp_driver_get_tunnel (trial)));
  ret_sample->trial_proves = has_our_id (self, trial);
  ret_sample->trial_tells = l2tp_trial_was_refused (self->trial) || have_moved (self, trial);
}

/* --- Acts ---------------------------------------------------------------------------------- */

static void
send_echo (L2tpLiveness *self, const L2tpSilenceSample *sample)
{
  if (!sample->echoes || sample->now - self->echoed_at < ECHO_INTERVAL)
    return;
  self->echoed_at = sample->now;
  l2tp_kernel_send_echo (self->session_fd, ++self->echo_id);
}

/* An LNS that answers the trial gets its chances to answer the Hello as well. */
static void
insist (L2tpLiveness *self, const L2tpSilenceSample *sample)
{
  if (l2tp_trial_get_driver (self->trial) == NULL || sample->now - self->insisted_at < INSIST_AFTER)
    return;
  self->insisted_at = sample->now;
  l2tp_driver_insist (self->driver);
}

/* From another port than the old tunnel's; so not inside IPsec, where the port is what decides
 * whether a packet is protected. */
static void
start_trial (L2tpLiveness *self, const L2tpSilenceSample *sample)
{
  if (!sample->no_trial)
    l2tp_trial_start (self->trial, MAX (PATIENCE, 3 * sample->rtt));
}

/* By a Hello, or by data: then the Hello is still to be answered, before it counts against it. */
static void
tell_answered (L2tpLiveness *self)
{
  l2tp_trial_stop (self->trial);
  l2tp_driver_insist (self->driver);
  self->silent = FALSE;
  g_signal_emit (self, signals[ANSWERED], 0);
}

static void
tell_silent (L2tpLiveness *self)
{
  if (self->silent)
    return;
  self->silent = TRUE;
  g_signal_emit (self, signals[SILENT], 0);
}

static void
tell_tunnel_gone (L2tpLiveness *self)
{
  g_autoptr (L2tpDriver) successor = l2tp_trial_steal_driver (self->trial);

  l2tp_liveness_stop (self);
  g_signal_emit (self, signals[TUNNEL_GONE], 0, successor);
}

static void
tell_session_gone (L2tpLiveness *self)
{
  l2tp_liveness_stop (self);
  g_signal_emit (self, signals[SESSION_GONE], 0);
}

/* The last thing that look() does: whoever is told may stop it. */
static void
act (L2tpLiveness *self, const L2tpSilenceSample *sample, L2tpSilenceVerdict before)
{
  switch (self->verdict)
    {
    case L2TP_SILENCE_NONE:
    case L2TP_SILENCE_UNANSWERED:
      if (before >= L2TP_SILENCE_SUSPECTED)
        tell_answered (self);
      return;
    case L2TP_SILENCE_SESSION:
      send_echo (self, sample);
      if (before >= L2TP_SILENCE_SUSPECTED)
        tell_answered (self);
      return;
    case L2TP_SILENCE_SUSPECTED:
      send_echo (self, sample);
      if (before < L2TP_SILENCE_SUSPECTED)
        l2tp_driver_probe (self->driver);
      insist (self, sample);
      return;
    case L2TP_SILENCE_TRIAL:
    case L2TP_SILENCE_SILENT:
      send_echo (self, sample);
      start_trial (self, sample);
      insist (self, sample);
      if (self->verdict == L2TP_SILENCE_SILENT)
        tell_silent (self);
      return;
    case L2TP_SILENCE_SESSION_GONE:
      tell_session_gone (self);
      return;
    case L2TP_SILENCE_TUNNEL_GONE:
      tell_tunnel_gone (self);
      return;
    }
}

static guint
get_interval (L2tpLiveness *self, const L2tpSilenceSample *sample)
{
  if (l2tp_trial_get_driver (self->trial) != NULL)
    return LOOK_TRIAL;
  if (self->verdict > L2TP_SILENCE_SUSPECTED)
    return LOOK_DOUBTFUL;
  if (self->verdict == L2TP_SILENCE_SUSPECTED ||
      (self->verdict == L2TP_SILENCE_UNANSWERED && self->silence.two_way))
    return LOOK_SOON;
  if (self->verdict != L2TP_SILENCE_NONE || sample->tx + sample->failed != self->tx)
    {
      self->idle_looks = 0;
      return self->silence.two_way ? LOOK_TWO_WAY : LOOK_BUSY * 1000;
    }
  return (++self->idle_looks < IDLE_AFTER ? LOOK_BUSY : LOOK_IDLE) * 1000;
}

static gboolean
look (gpointer data)
{
  g_autoptr (L2tpLiveness) self = g_object_ref (L2TP_LIVENESS (data));
  L2tpSilenceVerdict before = self->verdict;
  L2tpSilenceSample sample;

  self->look_source = 0;
  take_sample (self, &sample);
  self->verdict = l2tp_silence_judge (&self->silence, &sample);
  if (self->verdict != before)
    l2tp_debug (self->tag, "liveness: %s → %s", l2tp_silence_verdict_to_string (before),
                l2tp_silence_verdict_to_string (self->verdict));
  look_in (self, get_interval (self, &sample));
  self->tx = sample.tx + sample.failed;
  act (self, &sample, before);
  return G_SOURCE_REMOVE;
}

static void
on_trial_up (L2tpTrial *trial, L2tpLiveness *self)
{
  look_in (self, 0);
}

/* --- The interface ------------------------------------------------------------------------- */

L2tpLiveness *
l2tp_liveness_new (L2tpConfig *config,
                   const char *tag,
                   L2tpPorts *ports,
                   L2tpNetwork *network,
                   GPtrArray *targets)
{
  L2tpLiveness *self = g_object_new (L2TP_TYPE_LIVENESS, NULL);

  self->config = l2tp_config_ref (config);
  self->tag = g_strdup (tag);
  self->trial = l2tp_trial_new (config, tag, ports, network, targets);
  g_signal_connect (self->trial, "up", G_CALLBACK (on_trial_up), self);
  return self;
}

void
l2tp_liveness_watch (L2tpLiveness *liveness, L2tpDriver *driver, int session_fd)
{
  if (driver != liveness->driver)
    l2tp_liveness_stop (liveness);
  g_set_object (&liveness->driver, driver);
  liveness->session_fd = session_fd;
  liveness->silence.begun = FALSE; /* other counters */
  liveness->silence.unanswered_since = -1;
  liveness->idle_looks = 0;
  if (liveness->verdict < L2TP_SILENCE_SUSPECTED)
    look_in (liveness, LOOK_BUSY * 1000);
}

void
l2tp_liveness_stop (L2tpLiveness *liveness)
{
  g_clear_handle_id (&liveness->look_source, g_source_remove);
  l2tp_trial_stop (liveness->trial);
  g_clear_object (&liveness->driver);
  liveness->session_fd = -1;
  l2tp_silence_init (&liveness->silence);
  liveness->verdict = L2TP_SILENCE_NONE;
  liveness->silent = FALSE;
}

void
l2tp_liveness_probe (L2tpLiveness *liveness)
{
  if (liveness->driver == NULL || l2tp_liveness_is_doubtful (liveness))
    return;
  l2tp_silence_ask (&liveness->silence);
  look_in (liveness, 0);
}

gboolean
l2tp_liveness_is_doubtful (L2tpLiveness *liveness)
{
  return liveness->silence.asked || liveness->verdict >= L2TP_SILENCE_SUSPECTED;
}

static void
l2tp_liveness_dispose (GObject *object)
{
  L2tpLiveness *self = L2TP_LIVENESS (object);

  if (self->trial != NULL)
    {
      g_signal_handlers_disconnect_by_data (self->trial, self);
      l2tp_liveness_stop (self);
    }
  g_clear_object (&self->trial);
  G_OBJECT_CLASS (l2tp_liveness_parent_class)->dispose (object);
}

static void
l2tp_liveness_finalize (GObject *object)
{
  L2tpLiveness *self = L2TP_LIVENESS (object);

  l2tp_config_unref (self->config);
  g_free (self->tag);
  G_OBJECT_CLASS (l2tp_liveness_parent_class)->finalize (object);
}

static void
l2tp_liveness_class_init (L2tpLivenessClass *klass)
{
  GObjectClass *object_class = G_OBJECT_CLASS (klass);

  object_class->dispose = l2tp_liveness_dispose;
  object_class->finalize = l2tp_liveness_finalize;

  signals[SILENT] = g_signal_new ("silent", L2TP_TYPE_LIVENESS, G_SIGNAL_RUN_LAST, 0, NULL, NULL,
                                  NULL, G_TYPE_NONE, 0);
  signals[ANSWERED] = g_signal_new ("answered", L2TP_TYPE_LIVENESS, G_SIGNAL_RUN_LAST, 0, NULL,
                                    NULL, NULL, G_TYPE_NONE, 0);
  signals[SESSION_GONE] = g_signal_new ("session-gone", L2TP_TYPE_LIVENESS, G_SIGNAL_RUN_LAST, 0,
                                        NULL, NULL, NULL, G_TYPE_NONE, 0);
  signals[TUNNEL_GONE] = g_signal_new ("tunnel-gone", L2TP_TYPE_LIVENESS, G_SIGNAL_RUN_LAST, 0,
                                       NULL, NULL, NULL, G_TYPE_NONE, 1, L2TP_TYPE_DRIVER);
}

static void
l2tp_liveness_init (L2tpLiveness *self)
{
  self->session_fd = -1;
  self->trial_since = -1;
  l2tp_silence_init (&self->silence);
}
