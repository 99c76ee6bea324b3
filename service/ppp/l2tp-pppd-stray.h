/* SPDX-License-Identifier: GPL-2.0-or-later */
/* SPDX-FileCopyrightText: The l2tp-client authors */

/* pppds of an earlier service that nothing tells of any more. */

#pragma once

#include <glib.h>

G_BEGIN_DECLS

/* l2tp_pppd_stray_end:
 * @keep: (element-type GPid): those that were adopted
 *
 * Kills every pppd that has our plugin, is in our network and no child of ours, but for @keep; its
 * tunnel and interface go with it. Returns how many. Reads all of /proc: once, at the start. */
guint l2tp_pppd_stray_end (GArray *keep);

G_END_DECLS
