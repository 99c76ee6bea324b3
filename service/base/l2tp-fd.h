/* SPDX-License-Identifier: GPL-2.0-or-later */
/* SPDX-FileCopyrightText: The l2tp-client authors */

/* What GLib has as g_clear_fd() and g_autofd from 2.76 on, and a write of everything. */

#pragma once

#include <glib.h>
#include <unistd.h>

/* l2tp_clear_fd: closes *@fd unless it is negative, and sets it to -1. */
static inline void
l2tp_clear_fd (int *fd)
{
  if (*fd >= 0)
    close (*fd);
  *fd = -1;
}

/* l2tp_fd_write_all: blocks; FALSE with errno when not all of @data is written. */
gboolean l2tp_fd_write_all (int fd, gconstpointer data, gsize len);
