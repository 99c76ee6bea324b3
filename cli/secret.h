/* SPDX-License-Identifier: GPL-2.0-or-later */
/* SPDX-FileCopyrightText: The l2tp-client authors */

/* Secrets from files and pipes, never from the command line. */

#pragma once

#include "cli.h"

G_BEGIN_DECLS

#define CLI_SECRET_SIZE 2048 /* no secret of the table may be as long */

/* The octets of a secret, in the one place where they are until they are sent. */
typedef struct
{
  char text[CLI_SECRET_SIZE];
  gsize len;
} CliSecret;

/* cli_secret_new: an empty one; the process no longer leaves core dumps. */
CliSecret *cli_secret_new (void);
void cli_secret_free (CliSecret *secret);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (CliSecret, cli_secret_free)

/* cli_secret_check:
 * Returns NULL, or (transfer full) what is wrong with @secret as a value of @id. */
char *cli_secret_check (L2tpOptionId id, const CliSecret *secret);

/* cli_secret_end:
 * Returns (transfer full) a string GVariant whose memory is wiped with it. Takes @secret. */
GVariant *cli_secret_end (CliSecret *secret);

/* cli_secret_read:
 * @path: a file, or "-" for standard input: up to the first newline there, or asked for if it is a
 *        terminal
 * @ret_secret: (transfer full): as of cli_secret_end()
 *
 * Returns CLI_EXIT_OK, or reports the error and returns its exit status. */
int cli_secret_read (L2tpOptionId id, const char *path, GVariant **ret_secret);

G_END_DECLS
