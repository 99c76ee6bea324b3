/* SPDX-License-Identifier: GPL-2.0-or-later */
/* SPDX-FileCopyrightText: The l2tp-client authors */

/* The pump between one protocol engine and the world: a GSource that wakes for a datagram or for
 * the engine's deadline, nothing else. It gives the engine time, locks the socket to the LNS before
 * the engine's next packet leaves, and owns the kernel tunnel. Hides re-entrance: whoever calls in
 * from an "event" handler is served by the loop that emitted it. */

#include "l2tp-driver.h"

#include <unistd.h>

#include "service/base/l2tp-error.h"
#include "service/base/l2tp-fd.h"
#include "service/base/l2tp-log.h"
#include "service/base/l2tp-source.h"
#include "service/proto/l2tp-describe.h"
#include "service/proto/l2tp-wire.h"
#include "l2tp-engine.h"
#include "l2tp-kernel.h"
#include "l2tp-udp.h"

#define CONNECT_SPEED    100000000 /* bit/s, AVP 24: informational */
#define PPP_LCP          0xC021
#define LCP_DISCARD      11
#define LCP_DISCARD_SIZE 8 /* what follows is padding */

struct _L2tpDriver
{
  GObject parent_instance;

  L2tpConfig *config;
  char *tag;
  L2tpTunnel *tunnel;
  L2tpUdp *udp;
  GSource *source;
  gpointer source_tag; /* of the socket in the source */
  int tunnel_fd;
  guint64 rx_packets; /* of the kernel tunnel, when last looked at */
  guint backlog;      /* of the engine, when "save" was last emitted */
  guint32 call_serial;
  gboolean pumping;
  gboolean closing;
  gboolean closed_emitted;
};

enum
{
  EVENT,
  ICMP_ERROR,
  SAVE,
  CLOSED,
  N_SIGNALS,
};

static guint signals[N_SIGNALS];

G_DEFINE_FINAL_TYPE (L2tpDriver, l2tp_driver, G_TYPE_OBJECT)

typedef struct
{
  GSource source;
  L2tpDriver *driver; /* not owned: the driver destroys the source */
} DriverSource;

static void
emit_closed_once (L2tpDriver *self)
{
  L2tpTunnelState state = l2tp_tunnel_get_state (self->tunnel);

  if (self->closed_emitted ||
      (state != L2TP_TUNNEL_STATE_LINGER && state != L2TP_TUNNEL_STATE_DEAD))
    return;
  self->closed_emitted = TRUE;
  g_signal_emit (self, signals[CLOSED], 0);
}

static void
lock_peer (L2tpDriver *self)
{
  g_autoptr (GError) error = NULL;

  if (l2tp_udp_lock (self->udp, &error))
    return;
  l2tp_warning (self->tag, "%s", error->message);
  l2tp_tunnel_close (self->tunnel, g_get_monotonic_time (), 2, 4); /* ERR-34 */
}

/* "tunnel 4660: wait-ctl-reply -> established (sccrp)": a form that scripts may rely on. */
static void
log_state_changes (L2tpDriver *self)
{
  L2tpTrace trace;

  while (l2tp_tunnel_next_trace (self->tunnel, &trace))
    l2tp_debug (self->tag, "%s %u: %s -> %s (%s)", trace.session_id != 0 ? "session" : "tunnel",
                trace.session_id != 0 ? trace.session_id : l2tp_tunnel_get_id (self->tunnel),
                trace.from, trace.to, trace.reason);
}

/* trace=yes is what the user asks for: it does not need the level debug. */
static void
trace_packet (L2tpDriver *self, const char *what, const guint8 *data, gsize len)
{
  g_autofree char *line = NULL;

  if (!l2tp_config_get_boolean (self->config, L2TP_OPTION_TRACE))
    return;
  line = l2tp_describe_packet (data, len);
  if (line != NULL)
    l2tp_trace (self->tag, "%s %s", what, line);
}

static gboolean
drain_events (L2tpDriver *self)
{
  gboolean dead = FALSE;

  while (TRUE)
    {
      g_auto (L2tpEvent) event = { 0 };

      if (!l2tp_tunnel_next_event (self->tunnel, &event))
        return dead;
      if (event.type == L2TP_EVENT_TUNNEL_UP)
        lock_peer (self);
      dead |= event.type == L2TP_EVENT_DEAD;
      g_signal_emit (self, signals[EVENT], 0, &event);
    }
}

/* What is about to leave is to be known to a successor first: it must not use an Ns again, nor deny
 * what was acknowledged. */
static void
drain_packets (L2tpDriver *self)
{
  g_autoptr (GPtrArray) packets = g_ptr_array_new_with_free_func ((GDestroyNotify) g_bytes_unref);
  GBytes *packet;
  guint backlog;

  while ((packet = l2tp_tunnel_next_packet (self->tunnel, g_get_monotonic_time ())) != NULL)
    g_ptr_array_add (packets, packet);
  backlog = l2tp_tunnel_get_backlog (self->tunnel);
  if (packets->len > 0 || backlog != self->backlog)
    g_signal_emit (self, signals[SAVE], 0);
  self->backlog = backlog;
  for (guint i = 0; i < packets->len; i++)
    {
      packet = g_ptr_array_index (packets, i);
      trace_packet (self, "sent", g_bytes_get_data (packet, NULL), g_bytes_get_size (packet));
      l2tp_udp_send (self->udp, packet);
    }
}

/* Errors are told by dispatch(), at once, but never from within a caller's call. */
static void
arm (L2tpDriver *self)
{
  gint64 deadline = l2tp_tunnel_get_deadline (self->tunnel);

  g_source_set_ready_time (self->source, l2tp_udp_has_error (self->udp) ? 0 : deadline);
}

/* Drops the reference that l2tp_driver_close() took. */
static void
die (L2tpDriver *self)
{
  if (!self->closing)
    return;
  self->closing = FALSE;
  g_source_destroy (self->source);
  g_object_unref (self);
}

/* Does all that the engine wants done. */
static void
pump (L2tpDriver *self)
{
  g_autoptr (L2tpDriver) alive = g_object_ref (self);
  gboolean dead;

  if (self->pumping)
    return;
  self->pumping = TRUE;
  log_state_changes (self);
  dead = drain_events (self);
  drain_packets (self);
  log_state_changes (self); /* what the event's handlers did */
  emit_closed_once (self);
  self->pumping = FALSE;
  arm (self);

  if (dead)
    die (self);
}

/* The kernel hides data packets: look whether any came before the engine thinks of a Hello
 * (XPRT-16). */
static void
note_data (L2tpDriver *self, gint64 now)
{
  L2tpKernelStatistics statistics;

  if (self->tunnel_fd < 0 || !l2tp_kernel_get_statistics (self->tunnel_fd, &statistics) ||
      statistics.rx_packets == self->rx_packets)
    return;
  self->rx_packets = statistics.rx_packets;
  l2tp_tunnel_note_data (self->tunnel, now);
}

static void
receive_all (L2tpDriver *self)
{
  guint8 buffer[65536]; /* HDR-16 */
  int icmp_error = 0;
  gssize len;

  for (guint i = 0; i < 64; i++)
    {
      len = l2tp_udp_receive (self->udp, buffer, sizeof buffer, &icmp_error);
      if (icmp_error != 0)
        {
          l2tp_debug (self->tag, "ICMP: %s", g_strerror (icmp_error));
          g_signal_emit (self, signals[ICMP_ERROR], 0, icmp_error);
        }
      if (len < 0)
        return;
      trace_packet (self, "received", buffer, len);
      l2tp_tunnel_handle_packet (self->tunnel, g_get_monotonic_time (), buffer, len);
      pump (self);
    }
}

static gboolean
dispatch (GSource *source, GSourceFunc callback, gpointer data)
{
  g_autoptr (L2tpDriver) self = g_object_ref (((DriverSource *) source)->driver);
  gint64 deadline;

  receive_all (self);
  deadline = l2tp_tunnel_get_deadline (self->tunnel);
  if (deadline >= 0 && deadline <= g_get_monotonic_time ())
    {
      note_data (self, g_get_monotonic_time ());
      l2tp_tunnel_handle_timeout (self->tunnel, g_get_monotonic_time ());
    }
  if (!g_source_is_destroyed (source))
    pump (self);
  return G_SOURCE_CONTINUE;
}

static GSource *
driver_source_new (L2tpDriver *self)
{
  static GSourceFuncs funcs = { .dispatch = dispatch };
  GSource *source = g_source_new (&funcs, sizeof (DriverSource));

  ((DriverSource *) source)->driver = self;
  g_source_set_static_name (source, "l2tp-driver");
  self->source_tag = g_source_add_unix_fd (source, l2tp_udp_get_fd (self->udp), G_IO_IN | G_IO_ERR);
  g_source_attach (source, g_main_context_get_thread_default ());
  return source;
}

/* Takes @udp and @engine. */
static L2tpDriver *
driver_new (L2tpConfig *config, const char *tag, L2tpUdp *udp, L2tpTunnel *engine)
{
  L2tpDriver *self = g_object_new (L2TP_TYPE_DRIVER, NULL);

  self->config = l2tp_config_ref (config);
  self->tag = g_strdup (tag);
  self->udp = udp;
  self->tunnel = engine;
  self->source = driver_source_new (self);
  return self;
}

/* @address: outlives what is returned */
static L2tpUdpLocal
get_local (L2tpConfig *config, GInetAddress *address, guint16 port)
{
  return (L2tpUdpLocal){
    .address = address,
    .interface = l2tp_config_get_string (config, L2TP_OPTION_INTERFACE),
    .port = port,
    .connected = l2tp_config_get_boolean (config, L2TP_OPTION_IPSEC_ENABLED),
  };
}

L2tpDriver *
l2tp_driver_new (L2tpConfig *config,
                 const char *tag,
                 L2tpPorts *ports,
                 GInetSocketAddress *lns,
                 GError **error)
{
  guint16 local_port = l2tp_config_get_local_port (config);

  return l2tp_driver_new_from (config, tag, ports, lns, local_port, error);
}

L2tpDriver *
l2tp_driver_new_from (L2tpConfig *config,
                      const char *tag,
                      L2tpPorts *ports,
                      GInetSocketAddress *lns,
                      guint16 local_port,
                      GError **error)
{
  g_autoptr (GInetAddress) address = l2tp_config_dup_local_address (config);
  const L2tpUdpLocal local = get_local (config, address, local_port);
  L2tpUdp *udp = l2tp_udp_new (ports, lns, &local, error);

  return udp != NULL ? driver_new (config, tag, udp, l2tp_engine_new (config, NULL)) : NULL;
}

GVariant *
l2tp_driver_export (L2tpDriver *driver)
{
  return l2tp_tunnel_export (driver->tunnel);
}

L2tpDriver *
l2tp_driver_adopt (L2tpConfig *config,
                   const char *tag,
                   L2tpPorts *ports,
                   int udp_fd,
                   int tunnel_fd,
                   GVariant *engine,
                   GError **error)
{
  g_autoptr (GInetAddress) address = l2tp_config_dup_local_address (config);
  const L2tpUdpLocal local = get_local (config, address, l2tp_config_get_local_port (config));
  g_autoptr (L2tpUdp) udp = l2tp_udp_adopt (ports, udp_fd, &local, error);
  L2tpTunnel *tunnel = udp != NULL ? l2tp_engine_new (config, engine) : NULL;
  L2tpKernelStatistics statistics = { 0 };
  L2tpDriver *self;

  if (tunnel == NULL)
    {
      close (tunnel_fd);
      if (udp != NULL)
        g_set_error_literal (error, L2TP_ERROR, L2TP_ERROR_FAILED,
                             "the tunnel's state is not one of this version");
      return NULL;
    }
  self = driver_new (config, tag, g_steal_pointer (&udp), tunnel);
  self->tunnel_fd = tunnel_fd;
  if (!l2tp_kernel_is_socket_of (tunnel_fd, l2tp_tunnel_get_id (tunnel),
                                 l2tp_tunnel_get_peer_id (tunnel), 0, 0) ||
      !l2tp_kernel_get_statistics (tunnel_fd, &statistics))
    l2tp_clear_fd (&self->tunnel_fd);
  self->rx_packets = statistics.rx_packets;
  self->backlog = l2tp_tunnel_get_backlog (tunnel);
  return self;
}

void
l2tp_driver_resume (L2tpDriver *driver)
{
  pump (driver);
}

gboolean
l2tp_driver_has_session (L2tpDriver *driver,
                         guint16 session_id,
                         guint16 peer_session_id,
                         int session_fd)
{
  L2tpSessionState state = l2tp_tunnel_get_session_state (driver->tunnel, session_id);

  return driver->tunnel_fd >= 0 && state == L2TP_SESSION_STATE_ESTABLISHED &&
         l2tp_kernel_is_socket_of (session_fd, l2tp_tunnel_get_id (driver->tunnel),
                                   l2tp_tunnel_get_peer_id (driver->tunnel), session_id,
                                   peer_session_id) &&
         l2tp_kernel_has_channel (session_fd);
}

static guint16
add_session (L2tpDriver *self)
{
  L2tpSessionConfig session = {
    .tx_connect_speed = CONNECT_SPEED,
    .sequencing = l2tp_config_get_boolean (self->config, L2TP_OPTION_SEQUENCING),
    .calling_number = l2tp_config_get_string (self->config, L2TP_OPTION_CALLING_NUMBER),
    .called_number = l2tp_config_get_string (self->config, L2TP_OPTION_CALLED_NUMBER),
  };

  if (l2tp_tunnel_get_state (self->tunnel) > L2TP_TUNNEL_STATE_ESTABLISHED)
    return 0;
  session.call_serial = ++self->call_serial;
  for (guint i = 0; i < 16; i++) /* an id may be taken */
    {
      session.session_id = l2tp_engine_random_id ();
      if (l2tp_tunnel_open_session (self->tunnel, g_get_monotonic_time (), &session))
        return session.session_id;
    }
  return 0;
}

void
l2tp_driver_open_tunnel (L2tpDriver *driver)
{
  l2tp_tunnel_open (driver->tunnel, g_get_monotonic_time ());
  pump (driver);
}

guint16
l2tp_driver_open (L2tpDriver *driver)
{
  guint16 session_id;

  l2tp_tunnel_open (driver->tunnel, g_get_monotonic_time ());
  session_id = add_session (driver);
  pump (driver);
  return session_id;
}

guint16
l2tp_driver_open_session (L2tpDriver *driver)
{
  guint16 session_id = add_session (driver);

  pump (driver);
  return session_id;
}

static gboolean
ensure_kernel_tunnel (L2tpDriver *self, GError **error)
{
  if (self->tunnel_fd < 0)
    self->tunnel_fd =
        l2tp_kernel_open_tunnel (l2tp_udp_get_fd (self->udp), l2tp_tunnel_get_id (self->tunnel),
                                 l2tp_tunnel_get_peer_id (self->tunnel), error);
  return self->tunnel_fd >= 0;
}

int
l2tp_driver_open_data_path (L2tpDriver *driver,
                            guint16 session_id,
                            guint16 peer_session_id,
                            GError **error)
{
  int fd;

  if (!ensure_kernel_tunnel (driver, error))
    return -1;
  fd = l2tp_kernel_open_session (l2tp_udp_get_fd (driver->udp), l2tp_tunnel_get_id (driver->tunnel),
                                 l2tp_tunnel_get_peer_id (driver->tunnel), session_id,
                                 peer_session_id, error);
  if (fd < 0)
    return -1;
  if (l2tp_config_get_boolean (driver->config, L2TP_OPTION_SEQUENCING) &&
      !l2tp_kernel_set_sequencing (fd, error))
    {
      close (fd);
      return -1;
    }
  l2tp_tunnel_connect_session (driver->tunnel, g_get_monotonic_time (), session_id);
  pump (driver);
  return fd;
}

void
l2tp_driver_close_session (L2tpDriver *driver,
                           guint16 session_id,
                           guint16 result,
                           guint16 error,
                           const L2tpDisconnectCause *cause)
{
  l2tp_tunnel_close_session (driver->tunnel, g_get_monotonic_time (), session_id, result, error,
                             cause);
  pump (driver);
}

void
l2tp_driver_close_data_path (L2tpDriver *driver)
{
  g_autoptr (GError) error = NULL;

  if (driver->tunnel_fd < 0)
    return;
  l2tp_clear_fd (&driver->tunnel_fd);
  g_source_remove_unix_fd (driver->source, driver->source_tag);
  driver->source_tag = NULL;
  if (l2tp_udp_renew (driver->udp, &error))
    driver->source_tag =
        g_source_add_unix_fd (driver->source, l2tp_udp_get_fd (driver->udp), G_IO_IN | G_IO_ERR);
  else
    l2tp_warning (driver->tag, "the LNS will not hear the end: %s", error->message);
}

void
l2tp_driver_close (L2tpDriver *driver, guint16 result, guint16 error)
{
  g_return_if_fail (!driver->closing);

  l2tp_driver_close_data_path (driver);
  if (l2tp_tunnel_get_state (driver->tunnel) == L2TP_TUNNEL_STATE_IDLE ||
      l2tp_tunnel_get_state (driver->tunnel) == L2TP_TUNNEL_STATE_DEAD)
    return;
  driver->closing = TRUE;
  l2tp_udp_yield (driver->udp);
  g_object_ref (driver);
  l2tp_tunnel_close (driver->tunnel, g_get_monotonic_time (), result, error);
  pump (driver);
}

void
l2tp_driver_abandon (L2tpDriver *driver)
{
  g_source_destroy (driver->source);
  driver->source_tag = NULL;
  l2tp_clear_fd (&driver->tunnel_fd);
  l2tp_udp_close (driver->udp);
  die (driver);
}

void
l2tp_driver_probe (L2tpDriver *driver)
{
  l2tp_tunnel_probe (driver->tunnel, g_get_monotonic_time ());
  pump (driver);
}

void
l2tp_driver_insist (L2tpDriver *driver)
{
  l2tp_tunnel_insist (driver->tunnel, g_get_monotonic_time ());
  pump (driver);
}

void
l2tp_driver_probe_path (L2tpDriver *driver, guint16 peer_session_id, guint size)
{
  guint16 peer_tunnel_id = l2tp_tunnel_get_peer_id (driver->tunnel);
  g_autoptr (GByteArray) packet =
      l2tp_packet_new_data (peer_tunnel_id, peer_session_id, PPP_LCP, MAX (size, LCP_DISCARD_SIZE));

  packet->data[L2TP_DATA_HEADER_SIZE] = LCP_DISCARD;
  l2tp_write_u16 (packet->data + L2TP_DATA_HEADER_SIZE + 2, LCP_DISCARD_SIZE);
  l2tp_udp_send_whole (driver->udp, packet->data, packet->len);
}

L2tpTunnel *
l2tp_driver_get_tunnel (L2tpDriver *driver)
{
  return driver->tunnel;
}

int
l2tp_driver_get_udp_fd (L2tpDriver *driver)
{
  return l2tp_udp_get_fd (driver->udp);
}

int
l2tp_driver_get_tunnel_fd (L2tpDriver *driver)
{
  return driver->tunnel_fd;
}

GInetSocketAddress *
l2tp_driver_get_local (L2tpDriver *driver)
{
  return l2tp_udp_get_local (driver->udp);
}

GInetSocketAddress *
l2tp_driver_get_peer (L2tpDriver *driver)
{
  return l2tp_udp_get_peer (driver->udp);
}

static void
l2tp_driver_finalize (GObject *object)
{
  L2tpDriver *self = L2TP_DRIVER (object);

  l2tp_clear_source (&self->source);
  l2tp_clear_fd (&self->tunnel_fd);
  l2tp_tunnel_free (self->tunnel);
  l2tp_udp_free (self->udp);
  g_free (self->tag);
  l2tp_config_unref (self->config);
  G_OBJECT_CLASS (l2tp_driver_parent_class)->finalize (object);
}

static void
l2tp_driver_class_init (L2tpDriverClass *klass)
{
  G_OBJECT_CLASS (klass)->finalize = l2tp_driver_finalize;

  signals[EVENT] = g_signal_new ("event", L2TP_TYPE_DRIVER, G_SIGNAL_RUN_LAST, 0, NULL, NULL, NULL,
                                 G_TYPE_NONE, 1, G_TYPE_POINTER);
  signals[ICMP_ERROR] = g_signal_new ("icmp-error", L2TP_TYPE_DRIVER, G_SIGNAL_RUN_LAST, 0, NULL,
                                      NULL, NULL, G_TYPE_NONE, 1, G_TYPE_INT);
  signals[SAVE] = g_signal_new ("save", L2TP_TYPE_DRIVER, G_SIGNAL_RUN_LAST, 0, NULL, NULL, NULL,
                                G_TYPE_NONE, 0);
  signals[CLOSED] = g_signal_new ("closed", L2TP_TYPE_DRIVER, G_SIGNAL_RUN_LAST, 0, NULL, NULL,
                                  NULL, G_TYPE_NONE, 0);
}

static void
l2tp_driver_init (L2tpDriver *self)
{
  self->tunnel_fd = -1;
}
