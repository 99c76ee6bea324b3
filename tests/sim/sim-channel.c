/* SPDX-License-Identifier: GPL-2.0-or-later */
/* SPDX-FileCopyrightText: The l2tp-client authors */

/* A second opinion on RFC 2661 section 5.8. The transmit position is kept apart from the queue:
 * after a timeout it goes back to the oldest, and everything follows once more. */

#include "sim-channel.h"

#include "service/proto/l2tp-wire.h"

#define MAX_TRIES 6

void
sim_channel_init (SimChannel *self)
{
  *self = (SimChannel){ .window = 4, .own_window = 4, .timer = -1 };
  self->out = g_ptr_array_new_with_free_func ((GDestroyNotify) g_byte_array_unref);
}

void
sim_channel_clear (SimChannel *self)
{
  for (guint i = 0; i < SIM_CHANNEL_WINDOW; i++)
    g_clear_pointer (&self->early[i], g_bytes_unref);
  g_clear_pointer (&self->out, g_ptr_array_unref);
}

void
sim_channel_send (SimChannel *self, GByteArray *packet)
{
  g_ptr_array_add (self->out, packet);
}

static gint64
interval (guint tries)
{
  return MIN (8, 1 << (tries - 1)) * G_TIME_SPAN_SECOND;
}

static void
take_acknowledgement (SimChannel *self, gint64 now, guint16 number)
{
  guint64 nr = sim_channel_unwrap (self->una, number);

  g_assert_cmpuint (nr, <=, self->next); /* nobody acknowledges what was never sent */
  if (nr <= self->una)
    return;
  g_ptr_array_remove_range (self->out, 0, (guint) (nr - self->una));
  self->position -= MIN (self->position, (guint) (nr - self->una));
  self->una = nr;
  self->tries = 1;
  self->timer = self->next > nr ? now + interval (1) : -1;
}

void
sim_channel_receive (SimChannel *self, gint64 now, const guint8 *data, gsize len)
{
  L2tpHeader header;
  guint64 ns;

  g_assert_true (l2tp_header_parse (data, len, &header));
  take_acknowledgement (self, now, header.nr);
  if (header.payload.len == 0)
    return;

  self->acknowledge = TRUE;
  ns = sim_channel_unwrap (self->expected, header.ns);
  if (ns < self->expected)
    return;
  g_assert_cmpuint (ns - self->expected, <, self->own_window); /* XPRT-11 */
  if (ns > self->expected && !self->reorders)
    return;
  if (self->early[ns - self->expected] == NULL)
    self->early[ns - self->expected] = g_bytes_new (data, len);
}

GBytes *
sim_channel_next_message (SimChannel *self)
{
  GBytes *message = self->early[0];

  if (message == NULL)
    return NULL;
  for (guint i = 1; i < SIM_CHANNEL_WINDOW; i++)
    self->early[i - 1] = self->early[i];
  self->early[SIM_CHANNEL_WINDOW - 1] = NULL;
  self->expected++;
  self->n_delivered++;
  return message;
}

static GBytes *
seal (SimChannel *self, GByteArray *packet, guint64 ns)
{
  l2tp_packet_seal (packet, self->peer_id, (guint16) ns, (guint16) self->expected);
  self->acknowledge = FALSE;
  return g_bytes_new (packet->data, packet->len);
}

GBytes *
sim_channel_next_packet (SimChannel *self, gint64 now)
{
  g_autoptr (GByteArray) zlb = NULL;

  if (self->position < self->out->len && self->position < self->window)
    {
      guint64 ns = self->una + self->position;

      if (self->timer < 0)
        {
          self->tries = 1;
          self->timer = now + interval (1);
        }
      self->next = MAX (self->next, ns + 1);
      return seal (self, g_ptr_array_index (self->out, self->position++), ns);
    }
  if (!self->acknowledge)
    return NULL;
  zlb = l2tp_packet_new (0);
  return seal (self, zlb, self->next);
}

gboolean
sim_channel_handle_timeout (SimChannel *self, gint64 now)
{
  if (self->timer < 0 || now < self->timer)
    return TRUE;
  if (self->tries >= MAX_TRIES)
    return FALSE;
  self->tries++;
  self->timer = now + interval (self->tries);
  self->position = 0;
  return TRUE;
}

void
sim_channel_forget (SimChannel *self)
{
  g_ptr_array_set_size (self->out, 0);
  self->una = self->next;
  self->position = 0;
  self->timer = -1;
}
