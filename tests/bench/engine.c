/* SPDX-License-Identifier: GPL-2.0-or-later */
/* SPDX-FileCopyrightText: The l2tp-client authors */

/* What the protocol engine costs, without sockets: messages per second, octets per connection, and
 * CPU and wakeups of many idle tunnels in virtual time. See README.md. */

#include <malloc.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/resource.h>

#include "tests/sim/sim-lns.h"

#include "service/proto/l2tp-tunnel.h"

#define SECOND G_TIME_SPAN_SECOND
#define MINUTE (60 * SECOND)

#define N_MESSAGES 1000000
#define N_TUNNELS  10000
#define N_MINUTES  10

typedef struct
{
  L2tpTunnel *tunnel;
  SimLns lns;
  gint64 deadline;
} Connection;

typedef struct
{
  guint64 wakeups;
  guint64 idle; /* wakeups that led to nothing */
  guint64 packets;
} Counters;

static double
cpu_seconds (void)
{
  struct rusage usage;

  getrusage (RUSAGE_SELF, &usage);
  return (double) (usage.ru_utime.tv_sec + usage.ru_stime.tv_sec) +
         (double) (usage.ru_utime.tv_usec + usage.ru_stime.tv_usec) / 1e6;
}

static L2tpMessage
make_sccrp (void)
{
  static const guint8 octets[16] = { 1 };
  L2tpMessage message = { .type = L2TP_MESSAGE_SCCRP };

  message.present =
      L2TP_AVP_BIT (L2TP_AVP_PROTOCOL_VERSION) | L2TP_AVP_BIT (L2TP_AVP_FRAMING_CAPABILITIES) |
      L2TP_AVP_BIT (L2TP_AVP_HOST_NAME) | L2TP_AVP_BIT (L2TP_AVP_VENDOR_NAME) |
      L2TP_AVP_BIT (L2TP_AVP_ASSIGNED_TUNNEL_ID) | L2TP_AVP_BIT (L2TP_AVP_RECEIVE_WINDOW_SIZE) |
      L2TP_AVP_BIT (L2TP_AVP_CHALLENGE) | L2TP_AVP_BIT (L2TP_AVP_CHALLENGE_RESPONSE);
  message.start.protocol_version = L2TP_PROTOCOL_VERSION;
  message.start.framing_capabilities = 3;
  message.start.host_name = (L2tpOctets){ (const guint8 *) "lns.example.com", 15 };
  message.start.vendor_name = (L2tpOctets){ (const guint8 *) "xelerance.com", 13 };
  message.start.tunnel_id = 1;
  message.start.receive_window = 4;
  message.start.challenge = (L2tpOctets){ octets, sizeof octets };
  message.start.response = (L2tpOctets){ octets, sizeof octets };
  return message;
}

static void
measure_message (const char *name, const L2tpMessage *message)
{
  g_autoptr (GByteArray) packet = l2tp_message_build (message, 1);
  double began = cpu_seconds ();
  double built;
  double parsed;

  for (guint i = 0; i < N_MESSAGES; i++)
    {
      g_byte_array_unref (packet);
      packet = l2tp_message_build (message, 1);
      l2tp_packet_seal (packet, 1, 2, 3);
    }
  built = cpu_seconds ();
  for (guint i = 0; i < N_MESSAGES; i++)
    {
      g_auto (L2tpMessage) result = { 0 };
      L2tpHeader header;
      L2tpFault fault;

      if (!l2tp_header_parse (packet->data, packet->len, &header) ||
          l2tp_message_parse (header.payload, (L2tpOctets){ 0 }, &result, &fault) !=
              L2TP_VERDICT_OK)
        g_error ("%s cannot be parsed", name);
    }
  parsed = cpu_seconds ();
  printf ("%-6s %4u octets: %8.0f built, %8.0f parsed per CPU second\n", name, packet->len,
          N_MESSAGES / (built - began), N_MESSAGES / (parsed - built));
}

/* Both ends, until neither has anything to say. */
static guint
exchange (Connection *self, gint64 now)
{
  guint n = 0;
  guint before;

  do
    {
      L2tpEvent event;
      GBytes *packet;
      gsize len;

      before = n;
      while (l2tp_tunnel_next_event (self->tunnel, &event))
        {
          n++;
          if (event.type == L2TP_EVENT_SESSION_REPLIED)
            l2tp_tunnel_connect_session (self->tunnel, now, event.session_id);
          l2tp_event_clear (&event);
        }
      while ((packet = l2tp_tunnel_next_packet (self->tunnel, now)) != NULL)
        {
          const guint8 *data = g_bytes_get_data (packet, &len);

          n++;
          sim_lns_handle_packet (&self->lns, now, data, len);
          g_bytes_unref (packet);
        }
      while ((packet = sim_lns_next_packet (&self->lns, now)) != NULL)
        {
          const guint8 *data = g_bytes_get_data (packet, &len);

          l2tp_tunnel_handle_packet (self->tunnel, now, data, len);
          g_bytes_unref (packet);
        }
    }
  while (n != before);
  return n;
}

static void
connect_one (Connection *self, guint n, gint64 now)
{
  L2tpTunnelConfig config = {
    .host_name = "client.example.com",
    .vendor_name = "l2tp-client",
    .receive_window = 8,
    .secret = (const guint8 *) "a-secret",
    .secret_len = 8,
    .hello_interval = MINUTE,
    .no_sessions_timeout = 15 * SECOND,
  };
  L2tpTunnelEntropy entropy = { .tunnel_id = (guint16) (n + 1) };
  L2tpSessionConfig session = { (guint16) (n + 1), n, 100000000 };

  self->tunnel = l2tp_tunnel_new (&config, &entropy);
  sim_lns_init (&self->lns);
  self->lns.window = 4;
  self->lns.secret = (L2tpOctets){ config.secret, config.secret_len };
  l2tp_tunnel_open (self->tunnel, now);
  l2tp_tunnel_open_session (self->tunnel, now, &session);
  exchange (self, now);
  if (l2tp_tunnel_get_session_state (self->tunnel, session.session_id) !=
      L2TP_SESSION_STATE_ESTABLISHED)
    g_error ("tunnel %u did not come up", n);
}

/* The LNS's ends are made first and go away before the second look. */
static void
measure_memory (void)
{
  g_autofree Connection *connections = g_new0 (Connection, N_TUNNELS);
  gsize before = mallinfo2 ().uordblks;
  gsize after;

  for (guint i = 0; i < N_TUNNELS; i++)
    {
      connect_one (&connections[i], i, SECOND);
      sim_lns_clear (&connections[i].lns);
    }
  after = mallinfo2 ().uordblks;
  printf ("%zu octets of heap for a tunnel with a session (goal: at most 8192)\n",
          (after - before) / N_TUNNELS);
  for (guint i = 0; i < N_TUNNELS; i++)
    l2tp_tunnel_free (connections[i].tunnel);
}

/* Down to its place in the heap of deadlines. */
static void
sift (Connection **heap, guint n, guint i)
{
  for (;;)
    {
      guint child = 2 * i + 1;
      Connection *swap;

      if (child < n && child + 1 < n && heap[child + 1]->deadline < heap[child]->deadline)
        child++;
      if (child >= n || heap[i]->deadline <= heap[child]->deadline)
        return;
      swap = heap[i];
      heap[i] = heap[child];
      heap[child] = swap;
      i = child;
    }
}

static void
keep_alive (Connection **heap, guint n, gint64 until, Counters *counters)
{
  while (heap[0]->deadline <= until)
    {
      Connection *first = heap[0];
      gint64 now = first->deadline;
      guint done;

      counters->wakeups++;
      l2tp_tunnel_handle_timeout (first->tunnel, now);
      done = exchange (first, now);
      counters->packets += done;
      counters->idle += done == 0;
      first->deadline = l2tp_tunnel_get_deadline (first->tunnel);
      sift (heap, n, 0);
    }
}

static void
measure_idle_tunnels (void)
{
  g_autofree Connection *connections = g_new0 (Connection, N_TUNNELS);
  g_autofree Connection **heap = g_new0 (Connection *, N_TUNNELS);
  Counters counters = { 0 };
  double began = cpu_seconds ();
  double up;
  double kept;

  for (guint i = 0; i < N_TUNNELS; i++)
    {
      heap[i] = &connections[i];
      connect_one (heap[i], i, SECOND + i * (MINUTE / N_TUNNELS));
      heap[i]->deadline = l2tp_tunnel_get_deadline (heap[i]->tunnel);
    }
  up = cpu_seconds ();
  keep_alive (heap, N_TUNNELS, SECOND + N_MINUTES * MINUTE, &counters);
  kept = cpu_seconds ();
  printf ("%u tunnels set up in %.2f s of CPU, both ends\n", N_TUNNELS, up - began);
  printf (
      "kept for %u virtual minutes in %.2f s of CPU, both ends: %.1f µs per tunnel and minute\n",
      N_MINUTES, kept - up, (kept - up) * 1e6 / N_TUNNELS / N_MINUTES);
  printf ("%.3f wakeups per tunnel and minute, %" G_GUINT64_FORMAT " of %" G_GUINT64_FORMAT
          " without cause\n",
          (double) counters.wakeups / N_TUNNELS / N_MINUTES, counters.idle, counters.wakeups);
  for (guint i = 0; i < N_TUNNELS; i++)
    {
      l2tp_tunnel_free (connections[i].tunnel);
      sim_lns_clear (&connections[i].lns);
    }
}

int
main (void)
{
  L2tpMessage hello = { .type = L2TP_MESSAGE_HELLO };
  L2tpMessage icrp = { .type = L2TP_MESSAGE_ICRP };
  L2tpMessage sccrp = make_sccrp ();

  icrp.present = L2TP_AVP_BIT (L2TP_AVP_ASSIGNED_SESSION_ID);
  icrp.call.session_id = 1;
  measure_message ("HELLO", &hello);
  measure_message ("ICRP", &icrp);
  measure_message ("SCCRP", &sccrp);
  measure_memory ();
  measure_idle_tunnels ();
  return EXIT_SUCCESS;
}
