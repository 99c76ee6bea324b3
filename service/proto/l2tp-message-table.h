/* SPDX-License-Identifier: GPL-2.0-or-later */
/* SPDX-FileCopyrightText: The l2tp-client authors */

/* Which AVPs a message consists of; private to the message parser and builder. */

#pragma once

#include "l2tp-message.h"

G_BEGIN_DECLS

typedef struct
{
  L2tpAvpType avp;
  gboolean required;
  gsize offset; /* of the value in L2tpMessage, see L2tpAvpKind */
} L2tpField;

typedef struct
{
  const char *name;
  gboolean session;        /* belongs to a session, not to the tunnel */
  gboolean unfailing;      /* says goodbye: works whatever is wrong with it (TUN-26) */
  const L2tpField *fields; /* in the order they are sent */
  guint n_fields;
} L2tpMessageSpec;

/* l2tp_message_lookup:
 * Returns NULL for a type RFC 2661 does not define (MSG-17, MSG-18). */
const L2tpMessageSpec *l2tp_message_lookup (guint type);

/* l2tp_message_lookup_field:
 * Returns NULL when @avp has no meaning in this message (HDR-30). */
const L2tpField *l2tp_message_lookup_field (const L2tpMessageSpec *spec, guint avp);

G_END_DECLS
