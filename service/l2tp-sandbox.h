/* SPDX-License-Identifier: GPL-2.0-or-later */
/* SPDX-FileCopyrightText: The l2tp-client authors */

/* What the process takes from itself before it does anything else. */

#pragma once

#include <glib.h>

G_BEGIN_DECLS

/* l2tp_sandbox_enter:
 * No core dumps, no ptrace by others, and an empty /etc/ppp for us and every pppd that we start:
 * neither Debian's options file nor its secrets, scripts or resolv.conf (PPP-28, PPP-30). Does
 * nothing where the service manager has done it. Errors: L2TP_ERROR_FAILED. */
gboolean l2tp_sandbox_enter (GError **error);

G_END_DECLS
