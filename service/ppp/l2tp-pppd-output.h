/* SPDX-License-Identifier: GPL-2.0-or-later */
/* SPDX-FileCopyrightText: The l2tp-client authors */

/* What one pppd prints: into the log for --debug, and the last of it for who asks why it failed. */

#pragma once

#include <glib.h>

G_BEGIN_DECLS

typedef struct _L2tpPppdOutput L2tpPppdOutput;

/* l2tp_pppd_output_new:
 * @tag: of the log lines
 * @fd: our end of the pipe, not blocking; taken over */
L2tpPppdOutput *l2tp_pppd_output_new (const char *tag, int fd);
void l2tp_pppd_output_free (L2tpPppdOutput *output); /* logs what it has; NULL is harmless */

/* l2tp_pppd_output_end:
 * Reads what is in the pipe and closes it. A grandchild may keep the pipe open for ever, so there
 * is no waiting for its end, and a limit to what is read. */
void l2tp_pppd_output_end (L2tpPppdOutput *output);

/* l2tp_pppd_output_warn:
 * Has the last lines in the log for everybody. */
void l2tp_pppd_output_warn (L2tpPppdOutput *output);

int l2tp_pppd_output_get_fd (L2tpPppdOutput *output); /* -1: closed */

G_END_DECLS
