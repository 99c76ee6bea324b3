/* SPDX-License-Identifier: GPL-2.0-or-later */
/* SPDX-FileCopyrightText: The l2tp-client authors */

#include "l2tp-bus-error.h"

#include "service/base/l2tp-error.h"

void
l2tp_bus_error_register (void)
{
  for (guint i = 0; i < L2TP_N_ERRORS; i++)
    g_dbus_error_register_error (L2TP_ERROR, i, l2tp_error_to_dbus_name (i));
}

void
l2tp_bus_return_error (GDBusMethodInvocation *invocation, GError *error)
{
  g_autoptr (GError) owned = error;

  if (owned->domain == L2TP_ERROR)
    g_dbus_method_invocation_return_gerror (invocation, owned);
  else
    g_dbus_method_invocation_return_error_literal (invocation, L2TP_ERROR, L2TP_ERROR_FAILED,
                                                   owned->message);
}
