/* SPDX-License-Identifier: GPL-2.0-or-later */
/* SPDX-FileCopyrightText: The l2tp-client authors */

/* A connection as a file that NetworkManager-l2tp imports, and so does “l2tp-client import”. */

#pragma once

#include "dbus/l2tp-options.h"

G_BEGIN_DECLS

/* cli_export_nm:
 * @settings: a{sv} of GetSettings; it has no secrets
 * @notes: (element-type utf8): gets a line for everything that NetworkManager-l2tp loses; our own
 *         import loses nothing
 *
 * Returns the text of a keyfile. */
char *cli_export_nm (GVariant *settings, GPtrArray *notes);

G_END_DECLS
