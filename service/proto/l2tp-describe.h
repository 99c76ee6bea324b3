/* SPDX-License-Identifier: GPL-2.0-or-later */
/* SPDX-FileCopyrightText: The l2tp-client authors */

/* A control message in words, for a log. */

#pragma once

#include <glib.h>

G_BEGIN_DECLS

/* l2tp_describe_packet:
 * @data: one UDP payload, any octets
 *
 * Returns (transfer full) one line of at most some 2,000 octets, valid UTF-8 without control
 * characters, or NULL when it is no control message. Nothing that is hidden or belongs to an
 * authentication is in it but its length. */
char *l2tp_describe_packet (const guint8 *data, gsize len);

G_END_DECLS
