/* SPDX-License-Identifier: GPL-2.0-or-later */
/* SPDX-FileCopyrightText: The l2tp-client authors */

/* What the engine's own files share: the tunnel and its sessions from the inside. */

#pragma once

#include "l2tp-channel.h"
#include "l2tp-message.h"
#include "l2tp-tunnel.h"

G_BEGIN_DECLS

#define L2TP_GUARD_TIME  (60 * G_TIME_SPAN_SECOND) /* SES-25 */
#define L2TP_LINGER_TIME (31 * G_TIME_SPAN_SECOND) /* XPRT-13, XPRT-14 */

/* The peer may make us send this many messages without acknowledging one. */
#define L2TP_MAX_REFUSALS 16

typedef struct
{
  L2tpTunnel *tunnel;
  L2tpSessionConfig config;
  L2tpSessionState state;
  guint16 peer_id;
  gint64 guard_at; /* an answer must have come by then, -1: none is awaited */
  guint16 iccn_ns;
  gboolean iccn_out; /* sent and not yet acknowledged */
  L2tpResult result; /* why it ends */
} L2tpSession;

struct _L2tpTunnel
{
  /* Frozen. */
  char *host_name;
  char *vendor_name;
  guint16 firmware;
  guint16 receive_window;
  L2tpOctets secret; /* no data: none */
  gint64 hello_interval;
  gint64 no_sessions_timeout;
  gboolean hide_avps; /* and there is a secret (HIDE-5) */
  L2tpTunnelEntropy entropy;

  L2tpTunnelState state;
  L2tpChannel *channel;
  GPtrArray *sessions;              /* of L2tpSession */
  GQueue events;                    /* of L2tpEvent */
  L2tpTrace trace[L2TP_TRACE_SIZE]; /* a ring */
  guint first_trace;
  guint n_traces;

  guint16 peer_id;
  guint32 peer_framing;
  char *peer_host_name;
  char *peer_vendor;
  gboolean answered;        /* we sent a Challenge Response */
  gboolean secret_accepted; /* the peer went on after it */

  gint64 heard_at;
  gint64 guard_at;       /* SCCRP must have come by then */
  gint64 no_sessions_at; /* TUN-19 */
  gint64 linger_until;
  guint16 hello_ns;
  gboolean hello_out;
  guint16 refused_id; /* Session ID last used to refuse a call */

  L2tpRandom random;
  guint64 n_received;
  guint64 n_dropped;
};

/* What happens to a tunnel. */
typedef enum
{
  L2TP_TUNNEL_INPUT_OPEN,
  L2TP_TUNNEL_INPUT_CLOSE,
  L2TP_TUNNEL_INPUT_SCCRQ,
  L2TP_TUNNEL_INPUT_SCCRP,
  L2TP_TUNNEL_INPUT_SCCCN,
  L2TP_TUNNEL_INPUT_STOPCCN,
  L2TP_TUNNEL_INPUT_MALFORMED,
  L2TP_TUNNEL_INPUT_ALL_ACKNOWLEDGED,
  L2TP_TUNNEL_INPUT_GIVE_UP,
  L2TP_TUNNEL_INPUT_GUARD,
  L2TP_TUNNEL_INPUT_NO_SESSIONS,
  L2TP_TUNNEL_INPUT_LINGER_OVER,
} L2tpTunnelInput;

/* What happens to a session. */
typedef enum
{
  L2TP_SESSION_INPUT_REQUEST,
  L2TP_SESSION_INPUT_TUNNEL_OPEN,
  L2TP_SESSION_INPUT_TUNNEL_DOWN,
  L2TP_SESSION_INPUT_CONNECT,
  L2TP_SESSION_INPUT_CLOSE,
  L2TP_SESSION_INPUT_ICRQ,
  L2TP_SESSION_INPUT_ICRP,
  L2TP_SESSION_INPUT_ICCN,
  L2TP_SESSION_INPUT_OUTGOING, /* OCRP, OCCN */
  L2TP_SESSION_INPUT_CDN,
  L2TP_SESSION_INPUT_MALFORMED,
  L2TP_SESSION_INPUT_ICCN_ACKNOWLEDGED,
  L2TP_SESSION_INPUT_GUARD,
} L2tpSessionInput;

/* What an input brings along; the rest is zero. */
typedef struct
{
  gint64 now;
  const L2tpMessage *message; /* a message */
  const L2tpFault *fault;     /* MALFORMED */
  const L2tpResult *result;   /* CLOSE: what to send; session's TUNNEL_DOWN: why */
} L2tpInputData;

void l2tp_tunnel_run (L2tpTunnel *self, L2tpTunnelInput input, const L2tpInputData *data);
void l2tp_tunnel_push_event (L2tpTunnel *self,
                             L2tpEventType type,
                             const L2tpSession *session,
                             const L2tpResult *result);

/* l2tp_tunnel_push_trace:
 * @session: NULL for the tunnel; the strings are static */
void l2tp_tunnel_push_trace (L2tpTunnel *self,
                             const L2tpSession *session,
                             const char *from,
                             const char *to,
                             const char *reason);

/* l2tp_tunnel_send:
 * Returns the message's Ns. */
guint16 l2tp_tunnel_send (L2tpTunnel *self, const L2tpMessage *message, guint16 session_id);

/* l2tp_tunnel_check_empty:
 * Starts the no-sessions-left timer when no session is left (TUN-19). */
void l2tp_tunnel_check_empty (L2tpTunnel *self, gint64 now);

/* l2tp_session_run:
 * May free @self. */
void l2tp_session_run (L2tpSession *self, L2tpSessionInput input, const L2tpInputData *data);
L2tpSession *l2tp_session_find (const L2tpTunnel *tunnel, guint16 session_id);
L2tpSession *l2tp_session_new (L2tpTunnel *tunnel, const L2tpSessionConfig *config);
void l2tp_session_free (L2tpSession *self);

/* l2tp_session_dispatch:
 * A session's message that arrived in an established tunnel. */
void l2tp_session_dispatch (L2tpTunnel *tunnel,
                            gint64 now,
                            guint16 session_id,
                            const L2tpMessage *message);

/* l2tp_session_dispatch_fault:
 * The same for one that could not be parsed. */
void l2tp_session_dispatch_fault (L2tpTunnel *tunnel,
                                  gint64 now,
                                  guint16 session_id,
                                  const L2tpFault *fault);

/* l2tp_result_code_from:
 * What @result says, as an AVP; an error code that needs a text gets one (ERR-11). */
L2tpResultCode l2tp_result_code_from (const L2tpResult *result);

/* l2tp_result_from_peer:
 * What the peer's Result Code says; to be cleared. */
L2tpResult l2tp_result_from_peer (L2tpResultKind kind, const L2tpResultCode *code);

G_END_DECLS
