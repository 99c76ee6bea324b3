/* SPDX-License-Identifier: GPL-2.0-or-later */
/* SPDX-FileCopyrightText: The l2tp-client authors */

/* Tunnel authentication (RFC 2661 sections 4.2 and 5.1.1). */

#pragma once

#include <glib.h>

#include "l2tp-wire.h"

G_BEGIN_DECLS

#define L2TP_RESPONSE_SIZE 16

/* l2tp_auth_respond:
 * @message_type: type of the message that will carry the response: 2 or 3 (AUTH-1) */
void l2tp_auth_respond (guint8 message_type,
                        L2tpOctets secret,
                        L2tpOctets challenge,
                        guint8 ret_response[L2TP_RESPONSE_SIZE]);

/* l2tp_auth_equal:
 * Takes the same time wherever the octets differ (AUTH-3). */
gboolean l2tp_auth_equal (L2tpOctets a, L2tpOctets b);

G_END_DECLS
