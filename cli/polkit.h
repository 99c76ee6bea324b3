/* SPDX-License-Identifier: GPL-2.0-or-later */
/* SPDX-FileCopyrightText: The l2tp-client authors */

/* Somebody who can ask for the password that polkit wants. */

#pragma once

#include "client.h"

G_BEGIN_DECLS

typedef struct _CliPolkit CliPolkit;

/* cli_polkit_start:
 * Starts polkit's agent for this process on the terminal and waits until it is ready. Returns NULL
 * where it makes no sense: for root, without a terminal, without polkit. */
CliPolkit *cli_polkit_start (CliClient *client);

/* cli_polkit_stop: ends it and puts the terminal right. */
void cli_polkit_stop (CliPolkit *polkit);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (CliPolkit, cli_polkit_stop)

G_END_DECLS
