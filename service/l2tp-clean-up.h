/* SPDX-License-Identifier: GPL-2.0-or-later */
/* SPDX-FileCopyrightText: The l2tp-client authors */

/* l2tp-clientd --clean-up: ends what a service has left that could not do so itself. */

#pragma once

#include <glib.h>

G_BEGIN_DECLS

/* l2tp_clean_up_is_wanted:
 * @result: (nullable): systemd's $SERVICE_RESULT
 *
 * Whether nobody will come for what is left. FALSE when the service has ended by itself, in order
 * or by handing over, and when it has crashed: then it is started again. */
gboolean l2tp_clean_up_is_wanted (const char *result);

/* l2tp_clean_up_run:
 * @directory: of the state files, which stay: a service that is started again knows what was up
 *
 * Ends every call in order, in 3 s at most. Runs a main loop of its own. */
void l2tp_clean_up_run (const char *directory);

G_END_DECLS
