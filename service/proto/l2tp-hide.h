/* SPDX-License-Identifier: GPL-2.0-or-later */
/* SPDX-FileCopyrightText: The l2tp-client authors */

/* Hidden AVP values (RFC 2661 section 4.3). */

#pragma once

#include <glib.h>

#include "l2tp-wire.h"

G_BEGIN_DECLS

/* l2tp_hide_reveal:
 * @hidden: the value as it came
 * @clear: the clear value is appended; untouched on failure
 * Returns FALSE when the result cannot be a value (HIDE-4); a wrong secret is noticed only so. */
gboolean l2tp_hide_reveal (guint16 type,
                           L2tpOctets secret,
                           L2tpOctets random_vector,
                           L2tpOctets hidden,
                           GByteArray *clear);

/* l2tp_hide_conceal:
 * @padding: random octets that blur the length (HIDE-7), may be empty
 * Returns (transfer full) the value to send with the H bit. */
GByteArray *l2tp_hide_conceal (guint16 type,
                               L2tpOctets secret,
                               L2tpOctets random_vector,
                               L2tpOctets value,
                               L2tpOctets padding);

G_END_DECLS
