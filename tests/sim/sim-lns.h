/* SPDX-License-Identifier: GPL-2.0-or-later */
/* SPDX-FileCopyrightText: The l2tp-client authors */

/* A small correct LNS: one control connection, incoming calls (RFC 2661 sections 7.2 and 7.4, the
 * LNS's side). It stops the test when the client does what no client may. */

#pragma once

#include <glib.h>

#include "service/proto/l2tp-message.h"
#include "sim-channel.h"

G_BEGIN_DECLS

#define SIM_LNS_TUNNEL    0xabcd
#define SIM_LNS_SESSIONS  64
#define SIM_LNS_MAX_CALLS 4 /* of its own that await the client's refusal */

typedef enum
{
  SIM_LNS_IDLE,
  SIM_LNS_WAIT_CTL_CONN,
  SIM_LNS_ESTABLISHED,
  SIM_LNS_STOPPING, /* StopCCN sent */
  SIM_LNS_LINGER,   /* StopCCN received: acknowledges, and nothing else */
  SIM_LNS_DEAD,
} SimLnsState;

typedef struct
{
  guint16 peer_id; /* the client's */
  guint16 id;
  gboolean up;
  gboolean closed; /* by us; the client may not know yet */
} SimLnsSession;

typedef struct
{
  /* Set before the first packet. */
  guint16 window;    /* AVP 10, 0: none, which means 4 */
  L2tpOctets secret; /* no data: neither challenges nor answers */
  gboolean mute;     /* acknowledges and never answers */
  gint64 hello_interval;

  SimLnsState state;
  SimChannel channel;
  gint64 heard_at;
  gint64 linger_until;
  gboolean given_up;     /* it, not the client, lost patience */
  gboolean secret_wrong; /* of the client */

  SimLnsSession sessions[SIM_LNS_SESSIONS];
  guint n_sessions;
  guint n_up;           /* ICCNs */
  guint n_calls;        /* of its own */
  guint n_refused;      /* of these, by the client */
  GPtrArray *delivered; /* of GBytes: the AVPs of every message, in order; NULL: not recorded */
} SimLns;

void sim_lns_init (SimLns *self);
void sim_lns_clear (SimLns *self);

void sim_lns_handle_packet (SimLns *self, gint64 now, const guint8 *data, gsize len);
void sim_lns_handle_timeout (SimLns *self, gint64 now);
gint64 sim_lns_get_deadline (const SimLns *self);
GBytes *sim_lns_next_packet (SimLns *self, gint64 now);

/* What it may do by itself; no effect unless established. */
void sim_lns_hello (SimLns *self);
void sim_lns_set_link_info (SimLns *self); /* SLI */
void sim_lns_call (SimLns *self);          /* an ICRQ, for the client to refuse (SES-20) */
void sim_lns_disconnect (SimLns *self);    /* CDN for one of its sessions */
void sim_lns_stop (SimLns *self);

G_END_DECLS
