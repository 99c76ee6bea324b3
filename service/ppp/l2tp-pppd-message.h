/* SPDX-License-Identifier: GPL-2.0-or-later */
/* SPDX-FileCopyrightText: The l2tp-client authors */

/* Checks what the plugin sends, and turns it into what the service works with. Pure, but for the
 * one question to the kernel about a unit. For l2tp-pppd.c. */

#pragma once

#include "l2tp-link.h"
#include "l2tp-pppd.h"

G_BEGIN_DECLS

void l2tp_pppd_ip_clear (L2tpPppdIp *ip);
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (L2tpPppdIp, l2tp_pppd_ip_clear)

void l2tp_pppd_ip6_clear (L2tpPppdIp6 *ip);
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (L2tpPppdIp6, l2tp_pppd_ip6_clear)

/* Each returns FALSE, and leaves its output alone, when the message is not as it must be. */
gboolean l2tp_pppd_message_get_ip (const L2tpLinkIpUp *message, L2tpPppdIp *ret_ip);
gboolean l2tp_pppd_message_get_ip6 (const L2tpLinkIpv6Up *message, L2tpPppdIp6 *ret_ip);
gboolean l2tp_pppd_message_get_text (const L2tpLinkText *message, char **ret_text);
gboolean l2tp_pppd_message_get_auth (const L2tpLinkAuth *message, const char **ret_method);
gboolean l2tp_pppd_message_get_phase (const L2tpLinkPhase *message, guint *ret_phase);
gboolean l2tp_pppd_message_check_unit (const L2tpLinkUnit *message, int fd);

G_END_DECLS
