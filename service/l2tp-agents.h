/* SPDX-License-Identifier: GPL-2.0-or-later */
/* SPDX-FileCopyrightText: The l2tp-client authors */

/* The programs that can ask a person: who is registered, and questions to them, one agent after
 * another. The contract is org.l2tp.Agent.xml. */

#pragma once

#include <gio/gio.h>

#include "service/l2tp-question.h"

G_BEGIN_DECLS

#define L2TP_AGENTS_MAX          64
#define L2TP_AGENTS_MAX_PER_USER 8

#define L2TP_TYPE_AGENTS (l2tp_agents_get_type ())
G_DECLARE_FINAL_TYPE (L2tpAgents, l2tp_agents, L2TP, AGENTS, GObject)

/* Signals:
 *  "available" (guint)   an agent of that uid is there, who may be able to answer what nobody could
 *
 * A question that is open holds a reference; with the last one goes l2tp_agents_release(). */

L2tpAgents *l2tp_agents_new (GDBusConnection *bus);

/* l2tp_agents_register:
 * @sender: unique name of the caller
 * @uid: the caller's, as the bus tells it
 * @path: of its org.l2tp.Agent object
 *
 * Until l2tp_agents_unregister(), or until @sender leaves the bus. Errors: L2TP_ERROR_IN_PROGRESS
 * when the same is registered, L2TP_ERROR_BUSY when there are too many. */
gboolean l2tp_agents_register (L2tpAgents *agents,
                               const char *sender,
                               guint32 uid,
                               const char *path,
                               GError **error);

/* l2tp_agents_unregister:
 * A question that is open with that agent goes on to the next. Errors: L2TP_ERROR_NOT_FOUND. */
gboolean
l2tp_agents_unregister (L2tpAgents *agents, const char *sender, const char *path, GError **error);

/* l2tp_agents_release: tells every agent that it is no longer wanted, and forgets it. */
void l2tp_agents_release (L2tpAgents *agents);

/* l2tp_agents_has_any: whether there is an agent whom l2tp_question_may_ask() allows. */
gboolean l2tp_agents_has_any (L2tpAgents *agents, const L2tpQuestion *question);

/* l2tp_agents_ask_async:
 * @question: copied
 *
 * Asks the agents that l2tp_question_may_ask() allows: the asker's own first, then the newest, each
 * until one knows; those that register meanwhile are not asked. One question a connection at a
 * time. @cancellable takes the question back from the agent that has it. */
void l2tp_agents_ask_async (L2tpAgents *agents,
                            const L2tpQuestion *question,
                            GCancellable *cancellable,
                            GAsyncReadyCallback callback,
                            gpointer data);

/* l2tp_agents_ask_finish:
 * Returns (transfer full) an a{sv} with a valid string for each name that was asked for. It cannot
 * be wiped: make it an L2tpConfig at once and let it go. Errors: L2TP_ERROR_AGENT_CANCELED,
 * L2TP_ERROR_NO_SECRETS (nobody knows, or five minutes are over), L2TP_ERROR_IN_PROGRESS,
 * G_IO_ERROR_CANCELLED. */
GVariant *l2tp_agents_ask_finish (L2tpAgents *agents, GAsyncResult *result, GError **error);

/* l2tp_agents_set_timeout: in ms, in the place of the five minutes; for tests. */
void l2tp_agents_set_timeout (L2tpAgents *agents, guint timeout);

G_END_DECLS
