/* SPDX-License-Identifier: GPL-2.0-or-later */
/* SPDX-FileCopyrightText: The l2tp-client authors */

/* PPP on one session: the unit with its interface and addresses, and the pppd that runs them. The
 * unit outlives a pppd that dies, so that the next one finds interface, addresses and routes as
 * they were (PPP-29). */

#pragma once

#include <gio/gio.h>

#include "service/base/l2tp-config.h"
#include "l2tp-descriptors.h"
#include "l2tp-pppd-exit.h"
#include "l2tp-pppd.h"
#include "l2tp-standby.h"

G_BEGIN_DECLS

#define L2TP_TYPE_PPP (l2tp_ppp_get_type ())
G_DECLARE_FINAL_TYPE (L2tpPpp, l2tp_ppp, L2TP, PPP, GObject)

/* Signals:
 *  "unit" ()                   l2tp_ppp_dup_unit_name() has the interface
 *  "network" ()                authentication is over, IPCP begins
 *  "up" ()                     addresses are on the interface
 *  "ipv6" ()                   and those of IPv6 have come or gone meanwhile
 *  "down" ()                   they are gone, pppd negotiates anew or ends
 *  "exited" (L2tpPppdExit *)   pppd is gone; the unit is kept */

L2tpPpp *l2tp_ppp_new (L2tpConfig *config, L2tpStandby *standby);

/* l2tp_ppp_start:
 * Gets a pppd, warm or new, which waits for l2tp_ppp_attach(). Errors: l2tp_pppd_spawn()'s. */
gboolean l2tp_ppp_start (L2tpPpp *ppp, GError **error);

/* l2tp_ppp_attach:
 * @listen_time: ms that the LNS has to speak first (PPP-26)
 * @round_trip: ms to the LNS and back
 * @identity_fds: (nullable): L2TP_LINK_N_IDENTITY_FDS files, see l2tp-link.h: EAP-TLS
 *
 * Gives pppd its session, and the unit of the pppd before it if there is one. The descriptors stay
 * the caller's. */
gboolean l2tp_ppp_attach (L2tpPpp *ppp,
                          int session_fd,
                          int tunnel_fd,
                          int udp_fd,
                          guint listen_time,
                          guint round_trip,
                          const int *identity_fds,
                          GError **error);

#define L2TP_PPP_STATE_TYPE "(uitussssssuss)"

/* l2tp_ppp_export:
 * @fds: room for L2TP_N_DESCRIPTORS; PPP's own are entered
 *
 * Returns (transfer floating) which pppd there is, if one, and what it has agreed on; of type
 * L2TP_PPP_STATE_TYPE. */
GVariant *l2tp_ppp_export (L2tpPpp *ppp, int *fds);

/* l2tp_ppp_find:
 * @state: of type L2TP_PPP_STATE_TYPE, from anybody
 * @descriptors: gets what pppd has of it
 *
 * Returns the pidfd of the pppd that @state tells of, or -1 when it is gone. */
int l2tp_ppp_find (GVariant *state, L2tpDescriptors *descriptors);

/* l2tp_ppp_adopt:
 * @pidfd: from l2tp_ppp_find(); taken over, and on failure the process is killed
 * @descriptors: the link, the output and the unit are taken out
 *
 * Goes on with that pppd. Errors: L2TP_ERROR_FAILED when PPP was not up, or something is missing.
 */
gboolean l2tp_ppp_adopt (L2tpPpp *ppp,
                         GVariant *state,
                         int pidfd,
                         L2tpDescriptors *descriptors,
                         GError **error);

/* l2tp_ppp_terminate: see l2tp_pppd_terminate(). Harmless without a pppd. */
void l2tp_ppp_terminate (L2tpPpp *ppp, gint64 grace);

/* l2tp_ppp_drop_unit: gives the interface up. */
void l2tp_ppp_drop_unit (L2tpPpp *ppp);

/* l2tp_ppp_judge_exit:
 * @ret_verdict: (optional): what to tell the LNS, and whether to try again
 *
 * Returns (transfer full) the cause of an exit and a remedy, with what the LNS said about it. */
GError *
l2tp_ppp_judge_exit (L2tpPpp *ppp, const L2tpPppdExit *status, L2tpPppdVerdict *ret_verdict);

/* l2tp_ppp_get_peer_message:
 * Returns the LNS's own words on why it refused the authentication, safe to print, or NULL when it
 * had none or let us in. Kept until the next l2tp_ppp_start(). */
const char *l2tp_ppp_get_peer_message (L2tpPpp *ppp);

/* l2tp_ppp_get_mschap_error:
 * Returns the number in an MS-CHAP failure, for example 691 (wrong) or 648 (expired, PPP-9), or 0.
 */
guint l2tp_ppp_get_mschap_error (L2tpPpp *ppp);

/* l2tp_ppp_get_auth:
 * Returns how we proved who we are, as org.l2tp.Session.Auth has it, from "network" on; "" before
 * and when the LNS did not ask. */
const char *l2tp_ppp_get_auth (L2tpPpp *ppp);

gboolean l2tp_ppp_is_running (L2tpPpp *ppp);
gboolean l2tp_ppp_has_unit (L2tpPpp *ppp);
GPid l2tp_ppp_get_pid (L2tpPpp *ppp); /* 0: none */

/* l2tp_ppp_dup_unit_name:
 * Returns (transfer full) (nullable) what the unit's interface is called, or is to be called, from
 * "unit" on: also before IPCP is up. */
char *l2tp_ppp_dup_unit_name (L2tpPpp *ppp);

/* What IPCP agreed on; the interface "" and the addresses NULL while there is nothing. */
const char *l2tp_ppp_get_interface (L2tpPpp *ppp);
GInetAddress *l2tp_ppp_get_address (L2tpPpp *ppp);
GInetAddress *l2tp_ppp_get_peer_address (L2tpPpp *ppp);
GInetAddress *l2tp_ppp_get_dns (L2tpPpp *ppp, guint index); /* 0, 1 */
guint l2tp_ppp_get_mtu (L2tpPpp *ppp);                      /* octets */

/* What IPv6CP agreed on, link-local addresses; NULL while there is nothing. */
GInetAddress *l2tp_ppp_get_address6 (L2tpPpp *ppp);
GInetAddress *l2tp_ppp_get_peer_address6 (L2tpPpp *ppp);

G_END_DECLS
