/* SPDX-License-Identifier: GPL-2.0-or-later */
/* SPDX-FileCopyrightText: The l2tp-client authors */

/* Secrets from files, pipes and the keyboard, never from the command line. */

#pragma once

#include "cli.h"

G_BEGIN_DECLS

/* cli_secret_read:
 * @path: a file, or "-" for standard input: up to the first newline there, without echo if it is a
 *        terminal
 * @ret_secret: (transfer full): a string GVariant whose memory is wiped with it
 *
 * Returns CLI_EXIT_OK, or reports the error and returns its exit status. */
int cli_secret_read (L2tpOptionId id, const char *path, GVariant **ret_secret);

G_END_DECLS
