/* SPDX-License-Identifier: GPL-2.0-or-later */
/* SPDX-FileCopyrightText: The l2tp-client authors */

#pragma once

#include <glib.h>

G_BEGIN_DECLS

typedef struct _NmL2tpInput NmL2tpInput;

/* nm_l2tp_input_watch:
 * @over: called once, from the main loop, when standard input has said QUIT or has just ended
 *
 * Returns (transfer full) never NULL. */
NmL2tpInput *nm_l2tp_input_watch (void (*over) (gboolean quit, gpointer user_data),
                                  gpointer user_data);

void nm_l2tp_input_free (NmL2tpInput *self);

G_END_DECLS
