/* SPDX-License-Identifier: GPL-2.0-or-later */
/* SPDX-FileCopyrightText: The l2tp-client authors */

/* A tunnel's state that somebody has changed. Input: one octet of flags, which say what the tunnel
 * was doing, then patches of three octets: where (two of them, big-endian), and the octet to put
 * there. What is imported all the same must be a tunnel that works. */

#include "fuzz-input.h"

#include "service/proto/l2tp-message.h"
#include "service/proto/l2tp-tunnel.h"

#define NOW           (1000 * G_TIME_SPAN_SECOND)
#define CLIENT_TUNNEL 0x1234
#define MAX_PATCHES   64
#define MAX_STEPS     32
#define MAX_DRAIN     5000

static const L2tpTunnelConfig config = {
  .host_name = "client",
  .receive_window = 4,
  .hello_interval = 60 * G_TIME_SPAN_SECOND,
  .no_sessions_timeout = 15 * G_TIME_SPAN_SECOND,
};

static const L2tpTunnelEntropy entropy = { .tunnel_id = CLIENT_TUNNEL };

static void
drain (L2tpTunnel *tunnel, gint64 now)
{
  L2tpEvent event;
  GBytes *packet;
  guint n = 0;

  while (l2tp_tunnel_next_event (tunnel, &event))
    l2tp_event_clear (&event);
  while ((packet = l2tp_tunnel_next_packet (tunnel, now)) != NULL)
    {
      L2tpHeader header;
      gsize len;
      const guint8 *data = g_bytes_get_data (packet, &len);

      g_assert_cmpuint (++n, <, MAX_DRAIN);
      g_assert_true (l2tp_header_parse (data, len, &header) && header.control);
      g_bytes_unref (packet);
    }
}

static void
deliver (L2tpTunnel *tunnel, L2tpMessage *message, guint16 ns, guint16 nr)
{
  g_autoptr (GByteArray) packet = l2tp_message_build (message, 0);

  l2tp_packet_seal (packet, CLIENT_TUNNEL, ns, nr);
  l2tp_tunnel_handle_packet (tunnel, NOW, packet->data, packet->len);
}

static GVariant *
make_state (guint8 flags)
{
  static const L2tpSessionConfig session = { .session_id = 7 };
  g_autoptr (L2tpTunnel) tunnel = l2tp_tunnel_new (&config, &entropy);
  L2tpMessage sccrp = {
    .type = L2TP_MESSAGE_SCCRP,
    .present = L2TP_AVP_BIT (L2TP_AVP_PROTOCOL_VERSION) |
               L2TP_AVP_BIT (L2TP_AVP_FRAMING_CAPABILITIES) | L2TP_AVP_BIT (L2TP_AVP_HOST_NAME) |
               L2TP_AVP_BIT (L2TP_AVP_ASSIGNED_TUNNEL_ID),
    .start = { .protocol_version = L2TP_PROTOCOL_VERSION, .tunnel_id = 9 },
  };
  L2tpMessage hello = { .type = L2TP_MESSAGE_HELLO };

  sccrp.start.host_name = (L2tpOctets){ (const guint8 *) "lns", 3 };
  l2tp_tunnel_open (tunnel, NOW);
  if ((flags & 1) != 0)
    l2tp_tunnel_open_session (tunnel, NOW, &session);
  drain (tunnel, NOW);
  deliver (tunnel, &sccrp, 0, 1);
  if ((flags & 2) != 0)
    drain (tunnel, NOW);
  if ((flags & 4) != 0)
    deliver (tunnel, &hello, 2, 1); /* ahead of its time */
  if ((flags & 8) != 0)
    l2tp_tunnel_probe (tunnel, NOW);
  return g_variant_ref_sink (l2tp_tunnel_export (tunnel));
}

static GVariant *
patch (GVariant *state, L2tpOctets *input)
{
  gsize size = g_variant_get_size (state);
  guint8 *octets = g_memdup2 (g_variant_get_data (state), size);
  g_autoptr (GBytes) bytes = NULL;

  for (guint i = 0; i < MAX_PATCHES && input->len > 0; i++)
    {
      guint16 at = fuzz_take_u16 (input);

      octets[at % size] = fuzz_take_octet (input);
    }
  bytes = g_bytes_new_take (octets, size);
  return g_variant_ref_sink (g_variant_new_from_bytes (g_variant_get_type (state), bytes, FALSE));
}

/* To its end, whatever it believes. */
static void
live (L2tpTunnel *tunnel)
{
  L2tpMessage hello = { .type = L2TP_MESSAGE_HELLO };
  gint64 now = NOW;

  drain (tunnel, now);
  for (guint16 ns = 0; ns < 4; ns++)
    deliver (tunnel, &hello, ns, ns);
  drain (tunnel, now);
  l2tp_tunnel_close_session (tunnel, now, 7, 2, 6, NULL);
  for (guint i = 0; i < MAX_STEPS; i++)
    {
      gint64 deadline = l2tp_tunnel_get_deadline (tunnel);

      if (deadline < 0)
        break;
      now = MAX (now, deadline);
      l2tp_tunnel_handle_timeout (tunnel, now);
      drain (tunnel, now);
    }
  l2tp_tunnel_close (tunnel, now, 1, 0);
  drain (tunnel, now);
}

int
LLVMFuzzerTestOneInput (const guint8 *data, gsize size)
{
  L2tpOctets input = { data, size };
  g_autoptr (GVariant) state = make_state (fuzz_take_octet (&input));
  gboolean is_whole = input.len == 0;
  g_autoptr (GVariant) patched = patch (state, &input);
  g_autoptr (L2tpTunnel) tunnel = l2tp_tunnel_import (&config, &entropy, patched, NOW);
  g_autoptr (L2tpTunnel) second = NULL;
  g_autoptr (GVariant) again = NULL;

  g_assert_true (tunnel != NULL || !is_whole);
  if (tunnel == NULL)
    return 0;
  again = g_variant_ref_sink (l2tp_tunnel_export (tunnel));
  second = l2tp_tunnel_import (&config, &entropy, again, NOW);
  g_assert_nonnull (second);
  live (tunnel);
  return 0;
}
