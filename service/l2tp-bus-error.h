/* SPDX-License-Identifier: GPL-2.0-or-later */
/* SPDX-FileCopyrightText: The l2tp-client authors */

/* The bus edge for errors: what a caller may see. */

#pragma once

#include <gio/gio.h>

G_BEGIN_DECLS

/* l2tp_bus_error_register: maps L2TP_ERROR to its D-Bus names. Once, before the bus is used. */
void l2tp_bus_error_register (void);

/* l2tp_bus_return_error:
 * Answers @invocation with @error (transfer full). What is not of L2TP_ERROR becomes Failed. */
void l2tp_bus_return_error (GDBusMethodInvocation *invocation, GError *error);

G_END_DECLS
