/* SPDX-License-Identifier: GPL-2.0-or-later */
/* SPDX-FileCopyrightText: The l2tp-client authors */

/* A whole tunnel with time. Input: one octet of flags, then steps: one octet of what, and its
 * arguments.
 *
 * Packets come as they are, or with a header that fits the state of the channel, because a fuzzer
 * hardly finds sequence numbers by itself. After each step the tunnel is drained and watched. */

#include "fuzz-input.h"

#include "service/proto/l2tp-auth.h"
#include "service/proto/l2tp-message.h"
#include "tests/sim/sim-watch.h"

#define CLIENT_TUNNEL 0x1234
#define LNS_TUNNEL    0xabcd
#define MAX_STEPS     64
#define MAX_DRAIN     256

typedef struct
{
  Watch watch;
  gint64 now;
  guint16 ns; /* of the LNS's next message */
  guint16 nr; /* all of the tunnel's messages are acknowledged */
  gboolean has_secret;
} Fuzz;

typedef void (*Step) (Fuzz *self, L2tpOctets *input);

static void
drain (Fuzz *self)
{
  L2tpEvent event;
  GBytes *packet;
  guint n = 0;

  while (l2tp_tunnel_next_event (self->watch.tunnel, &event))
    {
      g_assert_cmpuint (++n, <, MAX_DRAIN);
      watch_event (&self->watch, self->now, &event);
      l2tp_event_clear (&event);
    }
  while ((packet = l2tp_tunnel_next_packet (self->watch.tunnel, self->now)) != NULL)
    {
      gsize len;
      const guint8 *data = g_bytes_get_data (packet, &len);

      g_assert_cmpuint (++n, <, MAX_DRAIN);
      watch_packet (&self->watch, self->now, data, len);
      self->nr = (guint16) self->watch.next_ns;
      g_bytes_unref (packet);
    }
}

static void
deliver (Fuzz *self, const guint8 *data, gsize len)
{
  /* A block of its own size, so that a sanitizer sees the end. */
  g_autofree guint8 *copy = g_memdup2 (data, len);

  l2tp_tunnel_handle_packet (self->watch.tunnel, self->now, copy, len);
}

static void
step_datagram (Fuzz *self, L2tpOctets *input)
{
  L2tpOctets data = fuzz_take_octets (input, fuzz_take_octet (input));

  deliver (self, data.data, data.len);
}

static void
step_avps (Fuzz *self, L2tpOctets *input)
{
  guint16 session_id = fuzz_take_octet (input);
  L2tpOctets data = fuzz_take_octets (input, fuzz_take_octet (input));
  g_autoptr (GByteArray) packet = l2tp_packet_new (session_id);

  g_byte_array_append (packet, data.data, (guint) data.len);
  l2tp_packet_seal (packet, CLIENT_TUNNEL, self->ns, self->nr);
  self->ns = (guint16) (self->ns + (data.len > 0));
  deliver (self, packet->data, packet->len);
}

/* Any Ns and Nr near those that are expected. */
static void
step_sequence (Fuzz *self, L2tpOctets *input)
{
  static const guint8 hello[] = { 0x80, 8, 0, 0, 0, 0, 0, L2TP_MESSAGE_HELLO };
  gint8 ns = (gint8) fuzz_take_octet (input);
  gint8 nr = (gint8) fuzz_take_octet (input);
  g_autoptr (GByteArray) packet = l2tp_packet_new (0);

  g_byte_array_append (packet, hello, sizeof hello);
  l2tp_packet_seal (packet, CLIENT_TUNNEL, (guint16) (self->ns + ns), (guint16) (self->nr + nr));
  self->ns = (guint16) (self->ns + (ns == 0));
  deliver (self, packet->data, packet->len);
}

static void
fill_sccrp (Fuzz *self, L2tpMessage *message, guint8 *response)
{
  L2tpOctets secret = { (const guint8 *) "hello", 5 };
  L2tpOctets challenge = { (const guint8 *) "0123456789abcde", L2TP_CHALLENGE_SIZE };

  message->present = L2TP_AVP_BIT (L2TP_AVP_PROTOCOL_VERSION) |
                     L2TP_AVP_BIT (L2TP_AVP_FRAMING_CAPABILITIES) |
                     L2TP_AVP_BIT (L2TP_AVP_HOST_NAME) | L2TP_AVP_BIT (L2TP_AVP_ASSIGNED_TUNNEL_ID);
  message->start.protocol_version = L2TP_PROTOCOL_VERSION;
  message->start.framing_capabilities = L2TP_FRAMING_SYNC;
  message->start.host_name = (L2tpOctets){ (const guint8 *) "lns", 3 };
  message->start.tunnel_id = LNS_TUNNEL;
  if (!self->has_secret)
    return;
  message->present |= L2TP_AVP_BIT (L2TP_AVP_CHALLENGE_RESPONSE);
  l2tp_auth_respond (L2TP_MESSAGE_SCCRP, secret, challenge, response);
  message->start.response = (L2tpOctets){ response, L2TP_RESPONSE_SIZE };
}

/* A message as it should be. */
static void
step_message (Fuzz *self, L2tpOctets *input)
{
  L2tpMessage message = { .type = (L2tpMessageType) (fuzz_take_octet (input) % 17) };
  guint16 session_id = fuzz_take_octet (input);
  guint8 response[L2TP_RESPONSE_SIZE];
  g_autoptr (GByteArray) packet = NULL;

  if (l2tp_message_type_to_string (message.type) == NULL)
    return;
  if (message.type == L2TP_MESSAGE_SCCRP || message.type == L2TP_MESSAGE_SCCRQ)
    fill_sccrp (self, &message, response);
  else if (message.type == L2TP_MESSAGE_STOPCCN || message.type == L2TP_MESSAGE_CDN)
    message.present = L2TP_AVP_BIT (L2TP_AVP_RESULT_CODE);
  else if (message.type >= L2TP_MESSAGE_OCRQ && message.type <= L2TP_MESSAGE_ICRP)
    {
      message.present =
          L2TP_AVP_BIT (L2TP_AVP_ASSIGNED_SESSION_ID) | L2TP_AVP_BIT (L2TP_AVP_CALL_SERIAL_NUMBER);
      message.call.session_id = 0x0c00 + session_id;
    }
  packet = l2tp_message_build (&message, session_id);
  l2tp_packet_seal (packet, CLIENT_TUNNEL, self->ns++, self->nr);
  deliver (self, packet->data, packet->len);
}

static void
step_timeout (Fuzz *self, L2tpOctets *input)
{
  gint64 deadline = l2tp_tunnel_get_deadline (self->watch.tunnel);

  if (deadline > self->now)
    self->now = deadline;
  l2tp_tunnel_handle_timeout (self->watch.tunnel, self->now);
  drain (self);
  watch_rest (&self->watch, self->now);
}

static void
step_wait (Fuzz *self, L2tpOctets *input)
{
  self->now += fuzz_take_u16 (input) * G_TIME_SPAN_MILLISECOND;
  l2tp_tunnel_handle_timeout (self->watch.tunnel, self->now);
  drain (self);
  watch_rest (&self->watch, self->now);
}

static void
step_open_session (Fuzz *self, L2tpOctets *input)
{
  watch_open_session (&self->watch, self->now, fuzz_take_octet (input));
}

static void
step_connect_session (Fuzz *self, L2tpOctets *input)
{
  watch_connect_session (&self->watch, self->now, fuzz_take_octet (input));
}

static void
step_close_session (Fuzz *self, L2tpOctets *input)
{
  watch_close_session (&self->watch, self->now, fuzz_take_octet (input));
}

static void
step_close (Fuzz *self, L2tpOctets *input)
{
  l2tp_tunnel_close (self->watch.tunnel, self->now, fuzz_take_octet (input) % 9, 0);
}

static void
step_probe (Fuzz *self, L2tpOctets *input)
{
  self->watch.n_calls++;
  l2tp_tunnel_probe (self->watch.tunnel, self->now);
}

static void
step_note_data (Fuzz *self, L2tpOctets *input)
{
  l2tp_tunnel_note_data (self->watch.tunnel, self->now);
}

static void
step_acknowledge (Fuzz *self, L2tpOctets *input)
{
  g_autoptr (GByteArray) zlb = l2tp_packet_new (0);

  l2tp_packet_seal (zlb, CLIENT_TUNNEL, self->ns, self->nr);
  deliver (self, zlb->data, zlb->len);
}

static void
run (Fuzz *self, L2tpOctets *input)
{
  static const Step steps[] = {
    step_datagram,      step_avps,        step_sequence,     step_message,
    step_timeout,       step_wait,        step_close,        step_probe,
    step_note_data,     step_acknowledge, step_open_session, step_connect_session,
    step_close_session,
  };

  for (guint n = 0; n < MAX_STEPS && input->len > 0; n++)
    {
      steps[fuzz_take_octet (input) % G_N_ELEMENTS (steps)](self, input);
      drain (self);
    }
}

int
LLVMFuzzerTestOneInput (const guint8 *data, gsize size)
{
  L2tpOctets input = { data, size };
  guint8 flags = fuzz_take_octet (&input);
  L2tpTunnelEntropy entropy = { CLIENT_TUNNEL, "0123456789abcde" };
  L2tpTunnelConfig config = {
    .host_name = "client",
    .receive_window = 1 + (flags & 3),
    .hello_interval = (flags & 4) != 0 ? 60 * G_TIME_SPAN_SECOND : 0,
    .no_sessions_timeout = 15 * G_TIME_SPAN_SECOND,
    .secret = (flags & 8) != 0 ? (const guint8 *) "hello" : NULL,
    .secret_len = (flags & 8) != 0 ? 5 : 0,
    .hide_avps = (flags & 32) != 0,
  };
  Fuzz self = { .now = G_TIME_SPAN_SECOND, .has_secret = config.secret != NULL };
  g_autoptr (L2tpTunnel) tunnel = l2tp_tunnel_new (&config, &entropy);

  watch_init (&self.watch, tunnel);
  if ((flags & 16) == 0)
    l2tp_tunnel_open (tunnel, self.now);
  drain (&self);
  run (&self, &input);
  watch_clear (&self.watch);
  return 0;
}
