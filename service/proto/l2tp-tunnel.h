/* SPDX-License-Identifier: GPL-2.0-or-later */
/* SPDX-FileCopyrightText: The l2tp-client authors */

/* The protocol engine of one control connection and its sessions, as LAC and initiator (RFC 2661).
 *
 * Sans-I/O: time, randomness and octets are arguments; packets and events are drained, never called
 * back. After every call that takes @now, drain l2tp_tunnel_next_event(), then
 * l2tp_tunnel_next_packet(), and arm a timer for l2tp_tunnel_get_deadline(). In this order: the
 * event TUNNEL_UP must be acted on (the socket connected to the peer) before the packets that
 * follow it leave.
 *
 * Times are monotonic, in microseconds. The caller checks source addresses (HDR-14). */

#pragma once

#include <glib.h>

#include "l2tp-random.h"
#include "l2tp-result.h"
#include "l2tp-schedule.h"

G_BEGIN_DECLS

typedef struct _L2tpTunnel L2tpTunnel;

#define L2TP_CHALLENGE_SIZE 16

/* All strings are copied. */
typedef struct
{
  const char *host_name;   /* AVP 7, at least one octet */
  const char *vendor_name; /* AVP 8 */
  guint16 firmware;        /* AVP 6 */
  guint16 receive_window;  /* AVP 10, at least 1 */
  const guint8 *secret;    /* shared secret of the tunnel authentication, or NULL (TUN-32) */
  gsize secret_len;
  gint64 hello_interval;      /* µs of silence before a Hello, 0 never (XPRT-16) */
  gint64 no_sessions_timeout; /* µs an empty tunnel is kept (TUN-19) */
  L2tpSchedule schedule;      /* of repetitions; zero: l2tp_schedule_default */
  gboolean hide_avps;         /* hide what can be hidden once the LNS has proved the secret; some
                               * peers hang up on it (HIDE-6) */
} L2tpTunnelConfig;

/* Randomness of one tunnel, new for every attempt (MSG-23, AUTH-5). */
typedef struct
{
  guint16 tunnel_id; /* not 0 */
  guint8 challenge[L2TP_CHALLENGE_SIZE];
  guint8 seed[L2TP_SEED_SIZE]; /* of Random Vectors and padding (HIDE-7) */
} L2tpTunnelEntropy;

/* What one session asks for. Strings are copied. */
typedef struct
{
  guint16 session_id;         /* ours: random, not 0, not in use in this tunnel */
  guint32 call_serial;        /* AVP 15 */
  guint32 tx_connect_speed;   /* AVP 24, bit/s */
  guint32 rx_connect_speed;   /* AVP 38, bit/s, 0: not sent */
  gboolean sequencing;        /* AVP 39: data must carry sequence numbers, both ways (DATA-3) */
  const char *calling_number; /* AVP 22, or NULL */
  const char *called_number;  /* AVP 21, or NULL */
} L2tpSessionConfig;

typedef enum
{
  L2TP_TUNNEL_STATE_IDLE,
  L2TP_TUNNEL_STATE_WAIT_CTL_REPLY,
  L2TP_TUNNEL_STATE_ESTABLISHED,
  L2TP_TUNNEL_STATE_CLOSING, /* StopCCN sent, waiting for its acknowledgement (XPRT-13) */
  L2TP_TUNNEL_STATE_LINGER,  /* only re-acknowledges (XPRT-13, XPRT-14) */
  L2TP_TUNNEL_STATE_DEAD,    /* nothing left to do: free it */
} L2tpTunnelState;

typedef enum
{
  L2TP_SESSION_STATE_IDLE,
  L2TP_SESSION_STATE_WAIT_TUNNEL,
  L2TP_SESSION_STATE_WAIT_REPLY,
  L2TP_SESSION_STATE_REPLIED, /* ICRP came; the owner makes the data path ready (SES-5, KRN-22) */
  L2TP_SESSION_STATE_ESTABLISHED,
} L2tpSessionState;

typedef enum
{
  L2TP_EVENT_TUNNEL_UP,   /* valid SCCRP: lock the peer's address and port (HDR-12) */
  L2TP_EVENT_TUNNEL_DOWN, /* it and all its sessions are gone; exactly once, also after close() */
  L2TP_EVENT_SESSION_REPLIED, /* make the data path ready, then l2tp_tunnel_connect_session() */
  L2TP_EVENT_SESSION_UP,      /* our ICCN was acknowledged */
  L2TP_EVENT_SESSION_DOWN,    /* ended by the peer, a fault, or close_session(); once a session */
  L2TP_EVENT_DEAD,            /* state DEAD was reached: the tunnel can be freed */
} L2tpEventType;

typedef struct
{
  L2tpEventType type;
  guint16 session_id;      /* SESSION_*: ours */
  guint16 peer_session_id; /* SESSION_REPLIED and later */
  L2tpResult result;       /* *_DOWN: why; owned by the event, l2tp_event_clear() frees it */
} L2tpEvent;

/* l2tp_event_clear:
 * Frees what @event owns and zeroes it. Accepts a zeroed event. */
void l2tp_event_clear (L2tpEvent *event);
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (L2tpEvent, l2tp_event_clear)

L2tpTunnel *l2tp_tunnel_new (const L2tpTunnelConfig *config, const L2tpTunnelEntropy *entropy);
L2tpTunnel *l2tp_tunnel_free (L2tpTunnel *tunnel);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (L2tpTunnel, l2tp_tunnel_free)

/* l2tp_tunnel_export:
 * Returns (transfer floating) the whole state of an established tunnel but its secret, or NULL in
 * any other state. Events that were not taken are not in it. For another process of the same boot:
 * it goes on where this one was when the packets drained so far had left. */
GVariant *l2tp_tunnel_export (const L2tpTunnel *tunnel);

/* l2tp_tunnel_import:
 * @config: what it was made with, apart from the receive window
 * @entropy: new; its tunnel id is not used
 * @state: from l2tp_tunnel_export(), or from anybody
 *
 * Returns an established tunnel, or NULL when @state is not what an export of this version and this
 * clock gives. */
L2tpTunnel *l2tp_tunnel_import (const L2tpTunnelConfig *config,
                                const L2tpTunnelEntropy *entropy,
                                GVariant *state,
                                gint64 now);

/* l2tp_tunnel_open:
 * TUN-1: sends SCCRQ. Once, in state IDLE. */
void l2tp_tunnel_open (L2tpTunnel *tunnel, gint64 now);

/* l2tp_tunnel_close:
 * TUN-11, TUN-15: sends StopCCN with @result (StopCCN's numbers, RFC 2661 section 4.4.2); sessions
 * end without a CDN (TUN-27). TUNNEL_DOWN and SESSION_DOWN events follow at once, DEAD when the
 * StopCCN was acknowledged and the linger is over. No effect once the tunnel is down. */
void l2tp_tunnel_close (L2tpTunnel *tunnel, gint64 now, guint16 result, guint16 error);

/* l2tp_tunnel_open_session:
 * SES-1: a call; waits for the tunnel when it is not up yet. Returns FALSE when the tunnel is down
 * or the session id is 0 or taken. */
gboolean l2tp_tunnel_open_session (L2tpTunnel *tunnel, gint64 now, const L2tpSessionConfig *config);

/* l2tp_tunnel_connect_session:
 * SES-5: sends ICCN. The answer to SESSION_REPLIED; no effect in any other state. */
void l2tp_tunnel_connect_session (L2tpTunnel *tunnel, gint64 now, guint16 session_id);

/* l2tp_tunnel_close_session:
 * SES-9, SES-12: sends CDN with @result and @error (section 4.4.2) and, when @cause is not 0, the
 * PPP Disconnect Cause (RFC 3145). SESSION_DOWN follows at once. No effect on an unknown id. */
void l2tp_tunnel_close_session (L2tpTunnel *tunnel,
                                gint64 now,
                                guint16 session_id,
                                guint16 result,
                                guint16 error,
                                const L2tpDisconnectCause *cause);

/* l2tp_tunnel_handle_packet:
 * @data: one UDP payload, any octets */
void l2tp_tunnel_handle_packet (L2tpTunnel *tunnel, gint64 now, const guint8 *data, gsize len);

/* l2tp_tunnel_handle_timeout:
 * To be called when the deadline has passed; harmless before. */
void l2tp_tunnel_handle_timeout (L2tpTunnel *tunnel, gint64 now);

/* l2tp_tunnel_get_deadline:
 * Returns when handle_timeout() wants to be called, -1 never: g_source_set_ready_time()'s
 * contract. */
gint64 l2tp_tunnel_get_deadline (const L2tpTunnel *tunnel);

/* l2tp_tunnel_next_packet:
 * Returns (transfer full) the next UDP payload to send, or NULL. */
GBytes *l2tp_tunnel_next_packet (L2tpTunnel *tunnel, gint64 now);

/* l2tp_tunnel_next_event:
 * Takes the next event; the caller clears it. Returns FALSE when there is none. */
gboolean l2tp_tunnel_next_event (L2tpTunnel *tunnel, L2tpEvent *ret_event);

/* A state that has changed. The strings are static. */
typedef struct
{
  guint16 session_id; /* ours; 0: it is the tunnel's state */
  const char *from;
  const char *to;
  const char *reason; /* what happened, such as "sccrp" or "give-up"; or the kind of a result */
} L2tpTrace;

/* l2tp_tunnel_next_trace:
 * Takes the oldest change of a state that was not taken yet, for a log; to be ignored by who has
 * none. Only the last L2TP_TRACE_SIZE are kept. Returns FALSE when there is none. */
#define L2TP_TRACE_SIZE 16
gboolean l2tp_tunnel_next_trace (L2tpTunnel *tunnel, L2tpTrace *ret_trace);

/* l2tp_tunnel_probe:
 * Sends a Hello now, unless one is out already (XPRT-21, XPRT-22). */
void l2tp_tunnel_probe (L2tpTunnel *tunnel, gint64 now);

/* l2tp_tunnel_insist:
 * Repeats at once what the peer has not acknowledged, instead of waiting for its interval: there is
 * reason to believe that it hears again, or it is to be found out soon. Nothing is out: no effect.
 * When the peer is given up stays as it was. */
void l2tp_tunnel_insist (L2tpTunnel *tunnel, gint64 now);

/* l2tp_tunnel_get_owed_since:
 * Returns since when the peer of an established tunnel has acknowledged nothing of what is out, -1
 * when it owes nothing. */
gint64 l2tp_tunnel_get_owed_since (const L2tpTunnel *tunnel);

/* l2tp_tunnel_note_data:
 * Data arrived for one of the sessions: the peer is alive (XPRT-16). */
void l2tp_tunnel_note_data (L2tpTunnel *tunnel, gint64 now);

L2tpTunnelState l2tp_tunnel_get_state (const L2tpTunnel *tunnel);
L2tpSessionState l2tp_tunnel_get_session_state (const L2tpTunnel *tunnel, guint16 session_id);
guint16 l2tp_tunnel_get_id (const L2tpTunnel *tunnel);
guint16 l2tp_tunnel_get_peer_id (const L2tpTunnel *tunnel); /* 0 before TUNNEL_UP */

/* l2tp_tunnel_get_backlog: how many of our messages are unacknowledged or unsent. */
guint l2tp_tunnel_get_backlog (const L2tpTunnel *tunnel);

/* The peer's words, valid UTF-8 without control characters (ERR-10); "" if it sent none. */
const char *l2tp_tunnel_get_peer_host_name (const L2tpTunnel *tunnel);
const char *l2tp_tunnel_get_peer_vendor (const L2tpTunnel *tunnel);

/* l2tp_tunnel_get_rtt:
 * Returns the smoothed round trip in µs, 0 before the first measurement (Karn's rule: from messages
 * that were sent once). */
gint64 l2tp_tunnel_get_rtt (const L2tpTunnel *tunnel);

typedef struct
{
  guint64 rx; /* control messages accepted, ZLBs included */
  guint64 tx; /* control messages sent, ZLBs and retransmissions included */
  guint64 retransmits;
  guint64 dropped; /* datagrams without effect */
} L2tpTunnelStatistics;

void l2tp_tunnel_get_statistics (const L2tpTunnel *tunnel, L2tpTunnelStatistics *ret_statistics);

const char *l2tp_tunnel_state_to_string (L2tpTunnelState state);
const char *l2tp_session_state_to_string (L2tpSessionState state);

G_END_DECLS
