/* SPDX-License-Identifier: GPL-2.0-or-later */
/* SPDX-FileCopyrightText: The l2tp-client authors */

/* What pppd and the LNS say, made fit for a log: whole lines, bounded, without control characters.
 */

#pragma once

#include <glib.h>

G_BEGIN_DECLS

typedef struct _L2tpPppdLines L2tpPppdLines;

L2tpPppdLines *l2tp_pppd_lines_new (void);
void l2tp_pppd_lines_free (L2tpPppdLines *lines);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (L2tpPppdLines, l2tp_pppd_lines_free)

void l2tp_pppd_lines_push (L2tpPppdLines *lines, const char *data, gsize len);

/* l2tp_pppd_lines_next:
 * @flush: give out the rest although its newline is missing
 *
 * Returns (transfer full) the next line, or NULL. */
char *l2tp_pppd_lines_next (L2tpPppdLines *lines, gboolean flush);

G_END_DECLS
