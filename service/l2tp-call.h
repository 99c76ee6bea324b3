/* SPDX-License-Identifier: GPL-2.0-or-later */
/* SPDX-FileCopyrightText: The l2tp-client authors */

/* One call: a tunnel, a session in it and PPP on top, from the first packet to the last. */

#pragma once

#include <gio/gio.h>

#include "service/base/l2tp-config.h"
#include "service/io/l2tp-driver.h"
#include "service/ppp/l2tp-ppp.h"
#include "l2tp-call-state.h"
#include "l2tp-identity.h"
#include "l2tp-network.h"
#include "l2tp-secure.h"
#include "l2tp-stage.h"

G_BEGIN_DECLS

/* Why we end a call (ERR-30, ERR-31). */
typedef enum
{
  L2TP_CALL_STOP_USER,
  L2TP_CALL_STOP_SERVICE,
  L2TP_CALL_STOP_SLEEP,
} L2tpCallStop;

#define L2TP_TYPE_CALL (l2tp_call_get_type ())
G_DECLARE_FINAL_TYPE (L2tpCall, l2tp_call, L2TP, CALL, GObject)

/* Signals:
 *  "changed" ()                      state, stage, ids or addresses did
 *  "trouble" (GError *)              why it is not up any more, or not again yet, where that may
 *                                    last; its state follows
 *  "save" ()                         what l2tp_call_export() tells did; before the LNS sees it
 *  "ended" (GError * or NULL)        the last signal, exactly once, from the main loop: pppd and
 *                                    kernel objects are gone; NULL when it was asked to stop */

/* l2tp_call_new:
 * @standby: where it gets its pppd from
 * @ports: the local ports in use
 * @network: the connection's; told of the LNS and of PPP
 * @secure: (nullable): this call's IPsec
 * @identity: (nullable): the user's certificate, not read yet */
L2tpCall *l2tp_call_new (L2tpConfig *config,
                         const char *tag,
                         L2tpStandby *standby,
                         L2tpPorts *ports,
                         L2tpNetwork *network,
                         L2tpSecure *secure,
                         L2tpIdentity *identity);

/* l2tp_call_remember: see l2tp_dial_remember(); before l2tp_call_start(). */
void l2tp_call_remember (L2tpCall *call, GInetAddress *lns, gboolean is_first);

/* l2tp_call_start: once. */
void l2tp_call_start (L2tpCall *call);

/* l2tp_call_export:
 * Returns (transfer floating) the call for another process, of L2TP_HANDOVER_TYPE. */
GVariant *l2tp_call_export (L2tpCall *call);

/* l2tp_call_adopt:
 * @state: of L2TP_HANDOVER_TYPE, from anybody
 *
 * Instead of l2tp_call_start(): goes on with a call that another process had, which is up at once;
 * the network makes good what it finds. On failure that call is over, and this one is good for
 * nothing. Errors: see l2tp_handover_adopt(). */
gboolean l2tp_call_adopt (L2tpCall *call, GVariant *state, GError **error);

/* l2tp_call_stop:
 * Ends it in order, at whatever stage it is: LCP, CDN, StopCCN, 3 s at most (SES-28). Harmless when
 * it is stopping or ended. */
void l2tp_call_stop (L2tpCall *call, L2tpCallStop why);

/* l2tp_call_abandon:
 * The address that it comes from is lost: ends it with @error (transfer full), without much ado.
 * Harmless when it is stopping or ended. */
void l2tp_call_abandon (L2tpCall *call, GError *error);

/* l2tp_call_probe:
 * The path to the LNS may have changed: looks now whether it still answers. If only a new tunnel
 * gets an answer, the call moves to one. While it is being made: what is not answered is asked
 * again, and a dial that has begun by another path begins anew. */
void l2tp_call_probe (L2tpCall *call);

/* l2tp_call_has_redialled: whether it made an attempt of its own since it was up last. */
gboolean l2tp_call_has_redialled (L2tpCall *call);

L2tpCallState l2tp_call_get_state (L2tpCall *call);
L2tpStage l2tp_call_get_stage (L2tpCall *call);
L2tpConfig *l2tp_call_get_config (L2tpCall *call); /* (transfer none): what it was started with */

/* l2tp_call_get_driver: (transfer none) (nullable): NULL while there is no tunnel. */
L2tpDriver *l2tp_call_get_driver (L2tpCall *call);

guint16 l2tp_call_get_session_id (L2tpCall *call);      /* 0: none */
guint16 l2tp_call_get_peer_session_id (L2tpCall *call); /* 0: none yet */
int l2tp_call_get_session_fd (L2tpCall *call);          /* the call's; -1: none */

/* l2tp_call_get_secure: (transfer none) (nullable): NULL without IPsec. */
L2tpSecure *l2tp_call_get_secure (L2tpCall *call);

/* l2tp_call_get_mtu: octets, of the interface; 0: there is none. */
guint l2tp_call_get_mtu (L2tpCall *call);

/* l2tp_call_get_ppp: (transfer none): to ask for pid, interface and addresses. */
L2tpPpp *l2tp_call_get_ppp (L2tpCall *call);

G_END_DECLS
