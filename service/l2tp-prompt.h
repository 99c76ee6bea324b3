/* SPDX-License-Identifier: GPL-2.0-or-later */
/* SPDX-FileCopyrightText: The l2tp-client authors */

/* The secrets of a connection while it is wanted: those of its profile, and what people answer. */

#pragma once

#include <gio/gio.h>

#include "l2tp-agents.h"
#include "l2tp-stage.h"
#include "service/base/l2tp-config.h"

G_BEGIN_DECLS

/* Who wants a connection to be up. */
typedef struct
{
  const char *name;  /* on the bus; NULL: the service itself */
  guint32 uid;       /* of that program; L2TP_OWNER_ALL: nobody's */
  gboolean no_agent; /* do not ask anybody for secrets */
} L2tpAsker;

/* How the LNS refused the last ones. */
typedef struct
{
  const GError *error;
  L2tpStage stage;
  guint mschap_error;  /* or 0 */
  const char *message; /* (nullable): its own words */
} L2tpRefusal;

#define L2TP_TYPE_PROMPT (l2tp_prompt_get_type ())
G_DECLARE_FINAL_TYPE (L2tpPrompt, l2tp_prompt, L2TP, PROMPT, GObject)

/* Signal:
 *  "answered" (GError * or NULL)   what was asked for is there, or is not to be had */

/* l2tp_prompt_new:
 * @config: the profile as it is now
 * @path: of the connection's object
 * @owner: a user's id, or L2TP_OWNER_ALL */
L2tpPrompt *l2tp_prompt_new (L2tpAgents *agents,
                             L2tpConfig *config,
                             const char *path,
                             guint32 owner,
                             const L2tpAsker *asker);

/* l2tp_prompt_is_complete: whether nothing is missing that was not asked for. */
gboolean l2tp_prompt_is_complete (L2tpPrompt *prompt);

/* l2tp_prompt_ask:
 * Asks for what is missing, which must be something. Errors: L2TP_ERROR_NO_SECRETS, at once, when
 * there is nobody to ask. */
gboolean l2tp_prompt_ask (L2tpPrompt *prompt, GError **error);

/* l2tp_prompt_ask_again:
 * Asks for better ones than those that were refused. Returns FALSE when that would not help, when
 * there is nobody to ask, or at the third refusal: LNSs lock accounts. */
gboolean l2tp_prompt_ask_again (L2tpPrompt *prompt, const L2tpRefusal *refusal);

/* l2tp_prompt_accept: the LNS has let us in; refusals are counted anew. */
void l2tp_prompt_accept (L2tpPrompt *prompt);

/* l2tp_prompt_cancel: no more signals. */
void l2tp_prompt_cancel (L2tpPrompt *prompt);

/* l2tp_prompt_get_config: (transfer none): the profile with what was answered. */
L2tpConfig *l2tp_prompt_get_config (L2tpPrompt *prompt);

/* l2tp_prompt_learn:
 * Returns (transfer full) (nullable) @config, the profile, with what was answered and may be
 * stored; NULL when there is nothing new, or when the profile has changed since. */
L2tpConfig *l2tp_prompt_learn (L2tpPrompt *prompt, L2tpConfig *config);

G_END_DECLS
