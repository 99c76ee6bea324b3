/* SPDX-License-Identifier: GPL-2.0-or-later */
/* SPDX-FileCopyrightText: The l2tp-client authors */

/* All that the plugin wants of pppd, in words that are the same for pppd 2.4.9 and 2.5. */

#pragma once

#include <stdbool.h>
#include <stdint.h>
#include <netinet/in.h>

#include "service/ppp/l2tp-link.h"

/* What pppd calls. */
typedef struct
{
  int (*connect) (void);            /* returns the session, or -1 */
  int (*establish) (int session);   /* returns pppd's channel descriptor, or -1 */
  int (*get_secret) (char *secret); /* room for L2TP_LINK_SECRET_MAX; returns 1, or -1 */
  void (*received) (const uint8_t *frame, int len); /* every frame, from its FF03 on */
  void (*sent) (const uint8_t *frame, int len);
  void (*phase) (void *data, int phase);
  void (*ip_up) (void *data, int unused);
  void (*ip_down) (void *data, int unused);
  void (*ipv6_up) (void *data, int unused);
  void (*ipv6_down) (void *data, int unused);
  void (*exit) (void *data, int status);
} L2tpCompatCallbacks;

/* l2tp_compat_init:
 * Makes the plugin pppd's channel and the source of its secrets. @link_fd is set when pppd comes
 * to the option L2TP_LINK_OPTION. */
void l2tp_compat_init (const L2tpCompatCallbacks *callbacks, int *link_fd);

/* l2tp_compat_get_signal: Returns the signal that asks pppd to end, or 0. */
int l2tp_compat_get_signal (void);
int l2tp_compat_get_status (void);
void l2tp_compat_set_status (int status);

/* l2tp_compat_configure: what is known only with the session. */
void l2tp_compat_configure (const L2tpLinkSession *session);

/* l2tp_compat_set_identity:
 * @ca, @cert, @key: paths of files that pppd opens, and perhaps again, when the LNS asks; kept
 *
 * Returns false when this pppd knows no EAP-TLS. */
bool l2tp_compat_set_identity (char *ca, char *cert, char *key);

/* l2tp_compat_establish: makes a unit for @session.
 * l2tp_compat_adopt: takes over @unit, whose descriptor becomes pppd's (PPP-29).
 * Both return pppd's channel descriptor, or -1. */
int l2tp_compat_establish (int session);
int l2tp_compat_adopt (int session, int unit_fd, int unit);

/* l2tp_compat_get_unit:
 * Returns the unit's descriptor, pppd's own, or -1 if there is none. */
int l2tp_compat_get_unit (int *ret_unit);

/* l2tp_compat_resend_lcp:
 * Sends our LCP Configure-Request again, if it is sent and has not been answered (PPP-27). Returns
 * whether it did. */
bool l2tp_compat_resend_lcp (void);

/* l2tp_compat_ack_termination: answers the LNS's LCP Terminate-Request @id. */
void l2tp_compat_ack_termination (uint8_t id);

/* l2tp_compat_begin_network:
 * The protocols of the network are about to be opened. pppd counts each as begun once, and as over
 * each time that the LNS ends it: IPv6CP that came and went twice would end the link, and IPv4 with
 * it. From here on its end counts once, too. */
void l2tp_compat_begin_network (void);

/* l2tp_compat_get_auth: how we proved who we are, as far as that has succeeded. */
L2tpLinkAuthMethod l2tp_compat_get_auth (void);

/* l2tp_compat_every: calls @function every @seconds. Once. */
void l2tp_compat_every (int seconds, void (*function) (void));

const char *l2tp_compat_get_ifname (void);
void l2tp_compat_get_ip (L2tpLinkIpUp *ret_ip);
void l2tp_compat_get_ipv6 (L2tpLinkIpv6Up *ret_ip);

/* l2tp_compat_log: to pppd's log. l2tp_compat_die: the same, and pppd exits with status 1. */
void l2tp_compat_log (const char *text);
void l2tp_compat_die (const char *text) __attribute__ ((noreturn));
