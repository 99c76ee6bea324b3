/* SPDX-License-Identifier: GPL-2.0-or-later */
/* SPDX-FileCopyrightText: The l2tp-client authors */

/* What a connection knows while it is wanted. Made at Connect and dropped at the end, and with it
 * every secret that no profile may keep. Hides agents and the counting of refusals. */

#include "l2tp-prompt.h"

#include "l2tp-needs.h"
#include "service/base/l2tp-error.h"

#define MAX_REFUSALS 3 /* secrets that are tried after one Connect: LNSs lock accounts */

struct _L2tpPrompt
{
  GObject parent_instance;

  L2tpAgents *agents;
  L2tpConfig *base;   /* the profile */
  L2tpConfig *config; /* with the answers */
  char *path;
  guint32 owner;
  char *asker_name;
  guint32 asker_uid;
  gboolean no_agent;
  guint refusals;
  gboolean answered;      /* what is missing now is left out on purpose */
  GCancellable *question; /* while one is open */
};

enum
{
  ANSWERED,
  N_SIGNALS,
};

static guint signals[N_SIGNALS];

G_DEFINE_FINAL_TYPE (L2tpPrompt, l2tp_prompt, G_TYPE_OBJECT)

L2tpPrompt *
l2tp_prompt_new (L2tpAgents *agents,
                 L2tpConfig *config,
                 const char *path,
                 guint32 owner,
                 const L2tpAsker *asker)
{
  L2tpPrompt *self = g_object_new (L2TP_TYPE_PROMPT, NULL);

  self->agents = g_object_ref (agents);
  self->base = l2tp_config_ref (config);
  self->config = l2tp_config_ref (config);
  self->path = g_strdup (path);
  self->owner = owner;
  self->asker_name = g_strdup (asker->name);
  self->asker_uid = asker->uid;
  self->no_agent = asker->no_agent;
  return self;
}

static void
on_answered (GObject *source, GAsyncResult *result, gpointer data)
{
  g_autoptr (L2tpPrompt) self = data;
  g_autoptr (GVariant) answer = NULL;
  g_autoptr (GError) error = NULL;
  L2tpConfig *config = NULL;

  answer = l2tp_agents_ask_finish (L2TP_AGENTS (source), result, &error);
  if (g_error_matches (error, G_IO_ERROR, G_IO_ERROR_CANCELLED))
    return;
  g_clear_object (&self->question);
  if (answer != NULL)
    config = l2tp_config_new_with_secrets (self->config, answer, &error);
  if (config != NULL)
    {
      l2tp_config_unref (self->config);
      self->config = config;
      self->answered = TRUE;
    }
  g_signal_emit (self, signals[ANSWERED], 0, error);
}

static gboolean
ask (L2tpPrompt *self, GStrv names, const char *message)
{
  const L2tpQuestion question = {
    .connection = self->path,
    .uuid = l2tp_config_get_string (self->config, L2TP_OPTION_UUID),
    .names = (const char *const *) names,
    .name = l2tp_config_get_string (self->config, L2TP_OPTION_NAME),
    .user = l2tp_config_get_string (self->config, L2TP_OPTION_USER),
    .gateway = l2tp_config_get_string (self->config, L2TP_OPTION_GATEWAY),
    .message = message,
    .retry = self->refusals > 0,
    .owner = self->owner,
    .asker = self->asker_name,
    .asker_uid = self->asker_uid,
  };

  if (self->no_agent || !l2tp_agents_has_any (self->agents, &question))
    return FALSE;
  self->question = g_cancellable_new ();
  l2tp_agents_ask_async (self->agents, &question, self->question, on_answered, g_object_ref (self));
  return TRUE;
}

gboolean
l2tp_prompt_is_complete (L2tpPrompt *prompt)
{
  g_auto (GStrv) names = l2tp_needs_before (prompt->config);

  return *names == NULL || prompt->answered;
}

gboolean
l2tp_prompt_ask (L2tpPrompt *prompt, GError **error)
{
  g_auto (GStrv) names = l2tp_needs_before (prompt->config);

  g_return_val_if_fail (prompt->question == NULL && *names != NULL, FALSE);
  if (ask (prompt, names, NULL))
    return TRUE;
  g_set_error (error, L2TP_ERROR, L2TP_ERROR_NO_SECRETS,
               "%s: is missing, and there is nobody to ask\n"
               "Store it, or connect with an agent: “l2tp-client up --ask”.",
               names[0]);
  return FALSE;
}

gboolean
l2tp_prompt_ask_again (L2tpPrompt *prompt, const L2tpRefusal *refusal)
{
  g_auto (GStrv) names = NULL;

  g_return_val_if_fail (prompt->question == NULL, FALSE);
  names = l2tp_needs_after (prompt->config, refusal->error, refusal->stage, refusal->mschap_error);
  if (*names == NULL || ++prompt->refusals == MAX_REFUSALS)
    return FALSE;
  return ask (prompt, names, refusal->message);
}

void
l2tp_prompt_accept (L2tpPrompt *prompt)
{
  prompt->refusals = 0;
}

void
l2tp_prompt_cancel (L2tpPrompt *prompt)
{
  g_cancellable_cancel (prompt->question);
  g_clear_object (&prompt->question);
}

L2tpConfig *
l2tp_prompt_get_config (L2tpPrompt *prompt)
{
  return prompt->config;
}

/* For a user who may only connect, what is everybody's is not changed. Where nobody called Connect,
 * who answered is the owner or root. */
static gboolean
asker_may_change (L2tpPrompt *self)
{
  return self->asker_uid == 0 || self->asker_uid == self->owner ||
         self->asker_uid == L2TP_OWNER_ALL;
}

L2tpConfig *
l2tp_prompt_learn (L2tpPrompt *prompt, L2tpConfig *config)
{
  L2tpConfig *learned;

  if (config != prompt->base || !asker_may_change (prompt))
    return NULL;
  learned = l2tp_config_new_learned (config, config, prompt->config);
  if (learned == NULL)
    return NULL;
  l2tp_config_unref (prompt->base);
  prompt->base = l2tp_config_ref (learned);
  return learned;
}

static void
l2tp_prompt_finalize (GObject *object)
{
  L2tpPrompt *self = L2TP_PROMPT (object);

  g_clear_object (&self->question);
  g_object_unref (self->agents);
  l2tp_config_unref (self->base);
  l2tp_config_unref (self->config);
  g_free (self->asker_name);
  g_free (self->path);
  G_OBJECT_CLASS (l2tp_prompt_parent_class)->finalize (object);
}

static void
l2tp_prompt_class_init (L2tpPromptClass *klass)
{
  G_OBJECT_CLASS (klass)->finalize = l2tp_prompt_finalize;

  signals[ANSWERED] = g_signal_new ("answered", L2TP_TYPE_PROMPT, G_SIGNAL_RUN_LAST, 0, NULL, NULL,
                                    NULL, G_TYPE_NONE, 1, G_TYPE_ERROR);
}

static void
l2tp_prompt_init (L2tpPrompt *self)
{
}
