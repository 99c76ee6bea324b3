/* SPDX-License-Identifier: GPL-2.0-or-later */
/* SPDX-FileCopyrightText: The l2tp-client authors */

/* Packets under way are few: they lie in an array, in the order they were sent. */

#include "sim-net.h"

#define MAX_FLIGHTS 1000

static void
flight_clear (gpointer data)
{
  SimFlight *flight = data;

  g_clear_pointer (&flight->packet, g_bytes_unref);
}

void
sim_net_init (SimNet *self, SimRandom *random)
{
  *self = (SimNet){ .random = random };
  self->flights = g_array_new (FALSE, FALSE, sizeof (SimFlight));
  g_array_set_clear_func (self->flights, flight_clear);
}

void
sim_net_clear (SimNet *self)
{
  g_clear_pointer (&self->flights, g_array_unref);
}

void
sim_net_send (SimNet *self, gint64 now, gboolean up, GBytes *packet)
{
  const SimPath *path = up ? &self->up : &self->down;
  guint n = sim_random_chance (self->random, path->duplicate) ? 2 : 1;

  g_assert_cmpuint (self->flights->len, <, MAX_FLIGHTS);
  for (guint i = 0; i < n; i++)
    {
      SimFlight flight = {
        .at = now + sim_random_range (self->random, path->min_delay, path->max_delay),
        .up = up,
      };

      if (sim_random_chance (self->random, path->loss))
        continue;
      flight.packet = g_bytes_ref (packet);
      g_array_append_val (self->flights, flight);
    }
}

static const SimFlight *
find_next (const SimNet *self, guint *ret_index)
{
  const SimFlight *next = NULL;

  for (guint i = 0; i < self->flights->len; i++)
    {
      const SimFlight *flight = &g_array_index (self->flights, SimFlight, i);

      if (next != NULL && next->at <= flight->at)
        continue;
      next = flight;
      *ret_index = i;
    }
  return next;
}

gint64
sim_net_get_deadline (const SimNet *self)
{
  guint index;
  const SimFlight *next = find_next (self, &index);

  return next != NULL ? next->at : -1;
}

gboolean
sim_net_receive (SimNet *self, gint64 now, SimFlight *ret_flight)
{
  guint index = 0;
  const SimFlight *next = find_next (self, &index);

  if (next == NULL || next->at > now)
    return FALSE;
  *ret_flight = *next;
  ret_flight->packet = g_bytes_ref (next->packet);
  g_array_remove_index (self->flights, index);
  return TRUE;
}

void
sim_net_cut (SimNet *self)
{
  g_array_set_size (self->flights, 0);
  self->up.loss = 100;
  self->down.loss = 100;
}
