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

G_END_DECLS
