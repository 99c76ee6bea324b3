/* SPDX-License-Identifier: GPL-2.0-or-later */
/* SPDX-FileCopyrightText: The l2tp-client authors */

/* The one error domain. Each code has a D-Bus name (dbus/l2tp-names.h); the bus edge maps the
 * domain. */

#pragma once

#include <glib.h>

#include "dbus/l2tp-names.h"

G_BEGIN_DECLS

#define L2TP_ERROR (l2tp_error_quark ())
GQuark l2tp_error_quark (void);

typedef enum
{
#define X(CODE, NAME) L2TP_ERROR_##CODE,
  L2TP_ERROR_LIST (X)
#undef X
      L2TP_N_ERRORS,
} L2tpError;

/* l2tp_error_to_dbus_name:
 * Returns the whole D-Bus name, for example "org.l2tp.Error.Timeout". */
const char *l2tp_error_to_dbus_name (L2tpError code);

/* What an error says about another attempt. */
typedef enum
{
  L2TP_RETRY_BY_CODE, /* nothing but its code */
  L2TP_RETRY_NEVER,   /* it would end the same way until somebody changes something */
  L2TP_RETRY_FEW,     /* at once, then a few times */
  L2TP_RETRY_BACKOFF, /* at once, then with growing pauses */
  L2TP_RETRY_LATER,   /* the LNS is out of means: not at once */
} L2tpRetry;

/* l2tp_error_set_retry:
 * @error: of L2TP_ERROR
 *
 * Lets whoever makes an error say more than its code does; copies keep it. */
void l2tp_error_set_retry (GError *error, L2tpRetry retry);

/* l2tp_error_get_retry: L2TP_RETRY_BY_CODE when nobody has said, or for another domain. */
L2tpRetry l2tp_error_get_retry (const GError *error);

G_END_DECLS
