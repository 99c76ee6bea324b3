/* SPDX-License-Identifier: GPL-2.0-or-later */
/* SPDX-FileCopyrightText: The l2tp-client authors */

#include "l2tp-error.h"

G_DEFINE_QUARK (l2tp - error - quark, l2tp_error)

static const char *const names[L2TP_N_ERRORS] = {
#define X(CODE, NAME) [L2TP_ERROR_##CODE] = L2TP_ERROR_PREFIX NAME,
  L2TP_ERROR_LIST (X)
#undef X
};

const char *
l2tp_error_to_dbus_name (L2tpError code)
{
  g_return_val_if_fail (code < L2TP_N_ERRORS, L2TP_ERROR_PREFIX "Failed");
  return names[code];
}
