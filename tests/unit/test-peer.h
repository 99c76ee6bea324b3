/* SPDX-License-Identifier: GPL-2.0-or-later */
/* SPDX-FileCopyrightText: The l2tp-client authors */

/* A scripted LNS with a virtual clock, so that a test of the engine reads like a ladder diagram.
 * The ids are those of tests/vectors/. */

#pragma once

#include <glib.h>

#include "service/proto/l2tp-message.h"
#include "service/proto/l2tp-tunnel.h"

G_BEGIN_DECLS

#define CLIENT_TUNNEL  0x1234
#define CLIENT_SESSION 0x0bad
#define LNS_TUNNEL     0xabcd
#define LNS_SESSION    0x0c0d

#define SECOND G_TIME_SPAN_SECOND
#define MS     G_TIME_SPAN_MILLISECOND

#define ZLB 0 /* as a message type in expect() */

typedef struct
{
  L2tpTunnel *tunnel;
  gint64 now;

  /* Of the LNS, to be bent by a test. */
  L2tpOctets secret;      /* no data: it neither challenges nor answers */
  guint16 receive_window; /* 0: no AVP 10 */
  guint32 framing;
  guint16 ns; /* of the next message */
  guint16 nr;

  /* The last packet that expect() took. */
  GBytes *packet;
  L2tpHeader header;
  L2tpMessage message; /* octets point into @packet */
} Peer;

/* @secret, @lns_secret: NULL for none */
Peer *peer_new (const char *secret, const char *lns_secret);
Peer *peer_new_hiding (const char *secret); /* both ends have it, and the client hides AVPs */
void peer_free (Peer *self);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (Peer, peer_free)

/* The client sends exactly this next. */
void expect (Peer *self, int type);
void expect_silence (Peer *self);
L2tpEvent expect_event (Peer *self, L2tpEventType type);
void expect_no_event (Peer *self);

/* The next event, and nothing else about it; and why something ended. */
void expect_plain_event (Peer *self, L2tpEventType type);
void expect_tunnel_down (Peer *self, L2tpResultKind kind, guint16 result);
void expect_session_down (Peer *self, L2tpResultKind kind, guint16 result);

void expect_stopccn (Peer *self, guint16 result, guint16 error);
void expect_cdn (Peer *self, guint16 header_session_id, guint16 result, guint16 error);

void assert_state (Peer *self, L2tpTunnelState state);
void assert_session_state (Peer *self, L2tpSessionState state); /* of CLIENT_SESSION */

/* The LNS sends a plausible message of this type, or ZLB. */
void reply (Peer *self, int type);
void reply_in_session (Peer *self, int type, guint16 header_session_id);
void reply_message (Peer *self, const L2tpMessage *message, guint16 header_session_id);
void reply_hex (Peer *self, const char *hex);
void reply_avps (Peer *self, guint16 header_session_id, const char *hex); /* header added */

/* The clock moves on to the deadline, which must be @duration away, and the timer fires. */
void expect_timeout (Peer *self, gint64 duration);

/* The clock moves on; nothing fires. */
void wait_for (Peer *self, gint64 duration);

/* Ladders that many tests start with. */
void establish (Peer *self);
void open_session (Peer *self, guint16 session_id);
void establish_session (Peer *self);

G_END_DECLS
