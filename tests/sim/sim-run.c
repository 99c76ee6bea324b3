/* SPDX-License-Identifier: GPL-2.0-or-later */
/* SPDX-FileCopyrightText: The l2tp-client authors */

/* The world's clock: whatever is due next happens next. sim-life.c says what a life consists of. */

#include "sim-run.h"

#include <stdio.h>

#define MAX_STEPS 2000000
#define MAX_DRAIN 200

typedef struct
{
  gint64 at;
  SimAction action;
  guint16 argument;
} SimAppointment;

void
sim_init (Sim *self, guint64 seed, const L2tpTunnelConfig *config)
{
  L2tpTunnelEntropy entropy = { 0 };

  *self = (Sim){ .random = { seed }, .swap_random = { ~seed }, .vanished_at = -1 };
  entropy.tunnel_id = (guint16) sim_random_range (&self->random, 1, 65535);
  for (guint i = 0; i < sizeof entropy.challenge; i++)
    entropy.challenge[i] = (guint8) sim_random_next (&self->random);
  self->config = *config;
  self->tunnel = l2tp_tunnel_new (config, &entropy);
  self->agenda = g_array_new (FALSE, FALSE, sizeof (SimAppointment));
  sim_net_init (&self->net, &self->random);
  sim_lns_init (&self->lns);
  watch_init (&self->watch, self->tunnel);
  self->watch.peer_window = 4;
  self->now = G_TIME_SPAN_SECOND;
}

void
sim_clear (Sim *self)
{
  watch_clear (&self->watch);
  sim_lns_clear (&self->lns);
  sim_net_clear (&self->net);
  g_clear_pointer (&self->agenda, g_array_unref);
  g_clear_pointer (&self->tunnel, l2tp_tunnel_free);
}

void
sim_at (Sim *self, gint64 at, SimAction action, guint16 argument)
{
  SimAppointment appointment = { at, action, argument };

  g_array_append_val (self->agenda, appointment);
}

static void
trace_packet (const Sim *self, const char *arrow, GBytes *packet)
{
  gsize len;
  const guint8 *data = g_bytes_get_data (packet, &len);
  const char *name = len > 19 ? l2tp_message_type_to_string (data[19]) : "ZLB";

  if (self->trace)
    fprintf (stderr, "# %11.6f %s %s %u,%u\n", (double) self->now / G_TIME_SPAN_SECOND, arrow,
             name != NULL ? name : "?", l2tp_read_u16 (data + 8), l2tp_read_u16 (data + 10));
}

static void
connect_session (Sim *self, guint16 id)
{
  watch_connect_session (&self->watch, self->now, id);
}

static void
handle_event (Sim *self, const L2tpEvent *event)
{
  if (self->trace)
    fprintf (stderr, "# %11.6f event %d session %u\n", (double) self->now / G_TIME_SPAN_SECOND,
             event->type, event->session_id);
  watch_event (&self->watch, self->now, event);
  if (event->type == L2TP_EVENT_TUNNEL_UP)
    self->watch.peer_window = self->lns.window > 0 ? self->lns.window : 4;
  else if (event->type == L2TP_EVENT_SESSION_REPLIED &&
           (self->prompt || sim_random_chance (&self->random, 60)))
    connect_session (self, event->session_id);
  else if (event->type == L2TP_EVENT_SESSION_REPLIED && sim_random_chance (&self->random, 95))
    sim_at (self, self->now + sim_random_range (&self->random, 1, 300 * G_TIME_SPAN_MILLISECOND),
            connect_session, event->session_id);
}

/* Events first, then packets: the order that l2tp-tunnel.h asks for. */
static void
drain (Sim *self)
{
  L2tpEvent event;
  GBytes *packet;
  guint n = 0;

  while (l2tp_tunnel_next_event (self->tunnel, &event))
    {
      g_assert_cmpuint (++n, <, MAX_DRAIN);
      handle_event (self, &event);
      l2tp_event_clear (&event);
    }
  while ((packet = l2tp_tunnel_next_packet (self->tunnel, self->now)) != NULL)
    {
      gsize len;
      const guint8 *data = g_bytes_get_data (packet, &len);

      g_assert_cmpuint (++n, <, MAX_DRAIN);
      trace_packet (self, "->", packet);
      watch_packet (&self->watch, self->now, data, len);
      sim_net_send (&self->net, self->now, TRUE, packet);
      g_bytes_unref (packet);
    }
}

/* The process is killed; another one goes on with what was written before the packets left. */
static void
swap_engine (Sim *self)
{
  L2tpTunnelEntropy entropy = { .tunnel_id = 1 };
  g_autoptr (GVariant) state = l2tp_tunnel_export (self->tunnel);
  g_autoptr (GVariant) again = NULL;

  if (state == NULL)
    return;
  g_variant_ref_sink (state);
  l2tp_tunnel_free (self->tunnel);
  self->tunnel = l2tp_tunnel_import (&self->config, &entropy, state, self->now);
  g_assert_nonnull (self->tunnel);
  self->watch.tunnel = self->tunnel;
  again = g_variant_ref_sink (l2tp_tunnel_export (self->tunnel));
  g_assert_true (g_variant_equal (state, again));
  self->n_swaps++;
}

static void
drain_lns (Sim *self)
{
  GBytes *packet;

  while ((packet = sim_lns_next_packet (&self->lns, self->now)) != NULL)
    {
      trace_packet (self, "           <-", packet);
      sim_net_send (&self->net, self->now, FALSE, packet);
      g_bytes_unref (packet);
    }
}

static void
deliver (Sim *self, const SimFlight *flight)
{
  gsize len;
  const guint8 *data = g_bytes_get_data (flight->packet, &len);

  if (flight->up)
    {
      sim_lns_handle_packet (&self->lns, self->now, data, len);
      return;
    }
  watch_receive (&self->watch, self->now, data, len);
  l2tp_tunnel_handle_packet (self->tunnel, self->now, data, len);
}

static gboolean
is_due (gint64 deadline, gint64 now)
{
  return deadline >= 0 && deadline <= now;
}

static void
keep_appointments (Sim *self)
{
  for (guint i = 0; i < self->agenda->len; i++)
    {
      SimAppointment appointment = g_array_index (self->agenda, SimAppointment, i);

      if (appointment.at > self->now)
        continue;
      g_array_remove_index (self->agenda, i--);
      appointment.action (self, appointment.argument);
      drain (self);
    }
}

static void
step (Sim *self)
{
  SimFlight flight;

  keep_appointments (self);
  if (is_due (l2tp_tunnel_get_deadline (self->tunnel), self->now))
    {
      l2tp_tunnel_handle_timeout (self->tunnel, self->now);
      drain (self);
      watch_rest (&self->watch, self->now);
    }
  if (is_due (sim_lns_get_deadline (&self->lns), self->now))
    sim_lns_handle_timeout (&self->lns, self->now);
  drain_lns (self);
  while (sim_net_receive (&self->net, self->now, &flight))
    {
      deliver (self, &flight);
      g_bytes_unref (flight.packet);
      drain (self);
      drain_lns (self);
    }
}

static gint64
earlier (gint64 a, gint64 b)
{
  if (a < 0 || b < 0)
    return MAX (a, b);
  return MIN (a, b);
}

static gint64
get_deadline (const Sim *self)
{
  gint64 deadline = earlier (sim_net_get_deadline (&self->net), sim_lns_get_deadline (&self->lns));

  for (guint i = 0; i < self->agenda->len; i++)
    deadline = earlier (deadline, g_array_index (self->agenda, SimAppointment, i).at);
  return earlier (deadline, l2tp_tunnel_get_deadline (self->tunnel));
}

void
sim_run (Sim *self, gint64 until)
{
  while (!self->watch.dead || self->lns.state != SIM_LNS_DEAD)
    {
      gint64 deadline = get_deadline (self);

      if (deadline < 0 || deadline > until)
        {
          self->now = until;
          return;
        }
      self->now = MAX (self->now, deadline);
      g_assert_cmpuint (++self->n_steps, <, MAX_STEPS);
      step (self);
      if (self->swaps > 0 && sim_random_chance (&self->swap_random, self->swaps))
        swap_engine (self);
    }
}

void
sim_open_session (Sim *self, guint16 unused)
{
  watch_open_session (&self->watch, self->now, ++self->last_session);
}
