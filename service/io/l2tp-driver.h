/* SPDX-License-Identifier: GPL-2.0-or-later */
/* SPDX-FileCopyrightText: The l2tp-client authors */

/* Runs one protocol engine on the main loop: its UDP socket, its timer, its kernel tunnel. */

#pragma once

#include <gio/gio.h>

#include "service/base/l2tp-config.h"
#include "service/proto/l2tp-tunnel.h"
#include "l2tp-ports.h"

G_BEGIN_DECLS

#define L2TP_TYPE_DRIVER (l2tp_driver_get_type ())
G_DECLARE_FINAL_TYPE (L2tpDriver, l2tp_driver, L2TP, DRIVER, GObject)

/* Signals:
 *  "event" (L2tpEvent *)  from the engine, see l2tp-tunnel.h
 *  "icmp-error" (int)     errno of an ICMP error, or of a datagram that could not be sent:
 *                         evidence, no proof (XPRT-22)
 *  "save" ()              what l2tp_driver_export() tells has changed; before the packets that
 *                         show it leave
 *  "closed" ()            the StopCCN was acknowledged, or the peer's was; once, before DEAD */

/* l2tp_driver_new:
 * @config: a connection's options
 * @tag: what log lines are about
 * @ports: the local ports that this service has, one table for all drivers
 * @lns: the LNS
 *
 * Opens the socket; nothing is sent before l2tp_driver_open(). Errors: those of l2tp_udp_new(). */
L2tpDriver *l2tp_driver_new (L2tpConfig *config,
                             const char *tag,
                             L2tpPorts *ports,
                             GInetSocketAddress *lns,
                             GError **error);

/* l2tp_driver_new_from:
 * As l2tp_driver_new(), from @local_port in the place of the one that was configured; 0: any. */
L2tpDriver *l2tp_driver_new_from (L2tpConfig *config,
                                  const char *tag,
                                  L2tpPorts *ports,
                                  GInetSocketAddress *lns,
                                  guint16 local_port,
                                  GError **error);

/* l2tp_driver_open_tunnel: opens the tunnel alone. */
void l2tp_driver_open_tunnel (L2tpDriver *driver);

/* l2tp_driver_export:
 * Returns (transfer floating) the engine of an open tunnel for another process, or NULL. What that
 * also needs are the UDP socket and the tunnel's. */
GVariant *l2tp_driver_export (L2tpDriver *driver);

/* l2tp_driver_adopt:
 * @udp_fd, @tunnel_fd: of the process before; taken over, on failure, too
 * @engine: from l2tp_driver_export(), or from anybody
 *
 * Goes on where another driver was; nothing happens before l2tp_driver_resume(). Without its kernel
 * tunnel it can still be closed. Errors: L2TP_ERROR_FAILED when it is no socket to an LNS, or no
 * engine of this version. */
L2tpDriver *l2tp_driver_adopt (L2tpConfig *config,
                               const char *tag,
                               L2tpPorts *ports,
                               int udp_fd,
                               int tunnel_fd,
                               GVariant *engine,
                               GError **error);
void l2tp_driver_resume (L2tpDriver *driver);

/* l2tp_driver_has_session:
 * Whether the session is up, in engine and kernel, and @session_fd is its socket. */
gboolean l2tp_driver_has_session (L2tpDriver *driver,
                                  guint16 session_id,
                                  guint16 peer_session_id,
                                  int session_fd);

/* l2tp_driver_open:
 * Opens the tunnel and, without waiting for it, a first session (XPRT-24). Returns the session's
 * id. */
guint16 l2tp_driver_open (L2tpDriver *driver);

/* l2tp_driver_open_session:
 * Opens one more session; returns its id, or 0 when the tunnel is down. */
guint16 l2tp_driver_open_session (L2tpDriver *driver);

/* l2tp_driver_open_data_path:
 * @session_id: a session in state REPLIED
 *
 * Makes the kernel session, and the kernel tunnel with the first one, and then lets ICCN go: the
 * PPP channel is ready before the LNS can speak (SES-5, KRN-22). Returns the session's socket, the
 * caller's, or -1. */
int l2tp_driver_open_data_path (L2tpDriver *driver,
                                guint16 session_id,
                                guint16 peer_session_id,
                                GError **error);

void l2tp_driver_close_session (L2tpDriver *driver,
                                guint16 session_id,
                                guint16 result,
                                guint16 error,
                                const L2tpDisconnectCause *cause);

/* l2tp_driver_close_data_path:
 * Removes the kernel tunnel; the control connection goes on. To be called when nobody else has its
 * descriptors any more. */
void l2tp_driver_close_data_path (L2tpDriver *driver);

/* l2tp_driver_close:
 * Closes the data path, and the engine with StopCCN @result/@error. Keeps the driver alive until
 * the engine is dead, to acknowledge what the LNS repeats (XPRT-13): the caller drops its
 * reference. A local port of the user's choice goes to the next tunnel that wants it. */
void l2tp_driver_close (L2tpDriver *driver, guint16 result, guint16 error);

/* l2tp_driver_abandon:
 * Closes the socket: not one packet more, whatever the LNS still waits for. For a tunnel whose
 * IPsec is about to go. */
void l2tp_driver_abandon (L2tpDriver *driver);

/* l2tp_driver_probe: asks the LNS for a sign of life, now (XPRT-22). */
void l2tp_driver_probe (L2tpDriver *driver);

/* l2tp_driver_insist: see l2tp_tunnel_insist(). */
void l2tp_driver_insist (L2tpDriver *driver);

/* l2tp_driver_probe_path:
 * @peer_session_id: of a session that is up
 * @size: octets of a packet inside
 *
 * Asks the routers on the way whether such a packet passes in one piece, by an LCP Discard-Request
 * of that size (RFC 1661 section 5.9) that must not be fragmented, unlike all that the kernel sends
 * by the session. One that it is too large for says so, and the kernel remembers: see L2tpUplink.
 * Nobody says that it has passed. */
void l2tp_driver_probe_path (L2tpDriver *driver, guint16 peer_session_id, guint size);

L2tpTunnel *l2tp_driver_get_tunnel (L2tpDriver *driver); /* to ask, not to command */
int l2tp_driver_get_udp_fd (L2tpDriver *driver);
int l2tp_driver_get_tunnel_fd (L2tpDriver *driver);             /* -1: no kernel tunnel */
GInetSocketAddress *l2tp_driver_get_local (L2tpDriver *driver); /* (transfer full) */
GInetSocketAddress *l2tp_driver_get_peer (L2tpDriver *driver);  /* (transfer none) */

G_END_DECLS
