/* SPDX-License-Identifier: GPL-2.0-or-later */
/* SPDX-FileCopyrightText: The l2tp-client authors */

#pragma once

#include "nm-l2tp-question.h"

G_BEGIN_DECLS

/* nm_l2tp_window_ask:
 * Shows a window and runs a main loop until the user has answered, or standard input has said
 * QUIT. Puts the answers into @question.
 * Returns FALSE if nothing was answered: it was cancelled, or there is no display. */
gboolean nm_l2tp_window_ask (NmL2tpQuestion *question);

G_END_DECLS
