/* SPDX-License-Identifier: GPL-2.0-or-later */
/* SPDX-FileCopyrightText: The l2tp-client authors */

/* Answers the service's questions for secrets by asking on the terminal. */

#pragma once

#include "client.h"

G_BEGIN_DECLS

typedef struct _CliAgent CliAgent;

/* CliAgentFunc:
 * @asking: whether the terminal belongs to a question from now on, or does no longer */
typedef void (*CliAgentFunc) (gboolean asking, gpointer data);

/* cli_agent_new:
 * Exports the agent on the client's bus connection. Only the service may call it. Questions are
 * asked one after the other. */
CliAgent *cli_agent_new (CliClient *client, CliAgentFunc notify, gpointer data);

/* cli_agent_free: takes open questions back, without an answer. */
void cli_agent_free (CliAgent *agent);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (CliAgent, cli_agent_free)

/* cli_agent_register: tells the service. Returns FALSE and sets @error, not stripped. */
gboolean cli_agent_register (CliAgent *agent, GError **error);

/* cli_agent_was_canceled: whether the person at the terminal did not want to answer. */
gboolean cli_agent_was_canceled (const CliAgent *agent);

G_END_DECLS
