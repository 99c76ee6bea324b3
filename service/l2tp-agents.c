/* SPDX-License-Identifier: GPL-2.0-or-later */
/* SPDX-FileCopyrightText: The l2tp-client authors */

/* The registry of agents, and the questions that are open. Hides the order in which agents are
 * asked, and that any of them may vanish, lie or never answer. Owned by the manager.
 *
 * GDBus builds message bodies in memory that can neither be locked nor wiped, on both ways. What
 * can be done is done: an answer is never copied, printed or kept, and the caller gets the only
 * reference to it. */

#include "l2tp-agents.h"

#include "service/base/l2tp-error.h"
#include "service/base/l2tp-log.h"
#include "service/base/l2tp-source.h"

#define TIMEOUT      (5 * 60 * 1000) /* ms: a person may be typing, or away */
#define RANK_ASKER   ((guint64) 1 << 63)
#define RANK_HIGHEST G_MAXUINT64

typedef struct
{
  L2tpAgents *agents; /* whose it is */
  guint64 serial;     /* the newer, the higher */
  char *sender;
  char *path;
  guint32 uid;
  guint watch;
} Agent;

/* A question that is open; a GTask's data. */
typedef struct
{
  L2tpQuestion *question;
  guint64 rank;       /* of the agent that was asked last; the next one's is lower */
  Agent *agent;       /* (nullable): has the question now */
  GCancellable *call; /* of that agent's call; cancelled: nobody wants the answer any more */
  GSource *cancel_source;
  guint deadline;
} Ask;

/* One call to an agent. It may come back when the question is long over. */
typedef struct
{
  GTask *task;
  GCancellable *cancellable;
} Call;

struct _L2tpAgents
{
  GObject parent_instance;

  GDBusConnection *bus;
  GPtrArray *list;  /* of Agent */
  GHashTable *asks; /* connection to GTask */
  guint64 last_serial;
  guint timeout; /* ms */
};

enum
{
  AVAILABLE,
  N_SIGNALS,
};

static guint signals[N_SIGNALS];

G_DEFINE_FINAL_TYPE (L2tpAgents, l2tp_agents, G_TYPE_OBJECT)

static void ask_next (GTask *task);

static void
agent_free (gpointer data)
{
  Agent *agent = data;

  g_bus_unwatch_name (agent->watch);
  g_free (agent->sender);
  g_free (agent->path);
  g_free (agent);
}

static void
ask_free (gpointer data)
{
  Ask *ask = data;

  l2tp_question_free (ask->question);
  g_free (ask);
}

/* Without waiting for an answer. */
static void
tell (L2tpAgents *self, const Agent *agent, const char *method, GVariant *parameters)
{
  g_dbus_connection_call (self->bus, agent->sender, agent->path, L2TP_INTERFACE_AGENT, method,
                          parameters, NULL, G_DBUS_CALL_FLAGS_NO_AUTO_START, -1, NULL, NULL, NULL);
}

/* Takes the question back from the agent that has it. */
static void
withdraw (L2tpAgents *self, Ask *ask)
{
  if (ask->agent == NULL)
    return;
  tell (self, ask->agent, "Cancel", g_variant_new ("(o)", ask->question->connection));
  ask->agent = NULL;
  g_cancellable_cancel (ask->call);
  g_clear_object (&ask->call);
}

/* Ends the question, and returns (transfer full) its task to return from. */
static GTask *
end (GTask *task)
{
  L2tpAgents *self = g_task_get_source_object (task);
  Ask *ask = g_task_get_task_data (task);

  withdraw (self, ask);
  g_clear_handle_id (&ask->deadline, g_source_remove);
  l2tp_clear_source (&ask->cancel_source);
  g_hash_table_steal (self->asks, ask->question->connection);
  return task;
}

static void
end_with_no_secrets (GTask *task, const char *cause)
{
  Ask *ask = g_task_get_task_data (task);
  g_autofree char *names = g_strjoinv (", ", (char **) ask->question->names);
  g_autoptr (GTask) owned = end (task);

  g_task_return_new_error (owned, L2TP_ERROR, L2TP_ERROR_NO_SECRETS,
                           "%s is needed, and %s\n"
                           "Set %s in the connection, or connect again where a program can ask you "
                           "for it.",
                           names, cause, names);
}

static void
handle_answer (GTask *task, const Agent *agent, GVariant *reply)
{
  Ask *ask = g_task_get_task_data (task);
  g_autoptr (GVariant) secrets = g_variant_get_child_value (reply, 0);
  g_autoptr (GError) error = NULL;
  g_autoptr (GTask) owned = NULL;

  if (l2tp_question_check_answer (ask->question, secrets, &error))
    {
      owned = end (task);
      g_task_return_pointer (owned, g_steal_pointer (&secrets), (GDestroyNotify) g_variant_unref);
      return;
    }
  if (!g_error_matches (error, L2TP_ERROR, L2TP_ERROR_NO_SECRETS))
    l2tp_warning (ask->question->uuid, "agent %s of user %u: its answer does not count: %s",
                  agent->sender, agent->uid, error->message);
  ask_next (task);
}

/* @error's text is the agent's, and not for our log. */
static void
handle_refusal (GTask *task, const Agent *agent, const GError *error)
{
  Ask *ask = g_task_get_task_data (task);
  g_autofree char *name = g_dbus_error_get_remote_error (error);
  g_autoptr (GTask) owned = NULL;

  if (g_strcmp0 (name, l2tp_error_to_dbus_name (L2TP_ERROR_AGENT_CANCELED)) == 0)
    {
      owned = end (task);
      g_task_return_new_error (owned, L2TP_ERROR, L2TP_ERROR_AGENT_CANCELED,
                               "the question for secrets was declined\n"
                               "Connect again to be asked again.");
      return;
    }
  if (name == NULL)
    l2tp_warning (ask->question->uuid, "agent %s of user %u: it gives no valid answer",
                  agent->sender, agent->uid);
  else
    l2tp_debug (ask->question->uuid, "agent %s of user %u: %s", agent->sender, agent->uid, name);
  ask_next (task);
}

static void
on_answer (GObject *bus, GAsyncResult *result, gpointer data)
{
  Call *call = data;
  g_autoptr (GTask) task = call->task;
  g_autoptr (GCancellable) cancellable = call->cancellable;
  g_autoptr (GError) error = NULL;
  g_autoptr (GVariant) reply =
      g_dbus_connection_call_finish (G_DBUS_CONNECTION (bus), result, &error);
  Ask *ask = g_task_get_task_data (task);
  const Agent *agent;

  g_free (call);
  /* Not @error, which an agent can make look like a cancellation. */
  if (g_cancellable_is_cancelled (cancellable))
    return;
  agent = g_steal_pointer (&ask->agent);
  g_clear_object (&ask->call);
  if (reply != NULL)
    handle_answer (task, agent, reply);
  else
    handle_refusal (task, agent, error);
}

static guint64
get_rank (const Agent *agent, const L2tpQuestion *question)
{
  gboolean asker = g_strcmp0 (agent->sender, question->asker) == 0;

  return agent->serial | (asker ? RANK_ASKER : 0);
}

/* Returns the first of those that have not had their turn. */
static Agent *
find_next (L2tpAgents *self, const Ask *ask)
{
  Agent *best = NULL;

  for (guint i = 0; i < self->list->len; i++)
    {
      Agent *agent = g_ptr_array_index (self->list, i);
      guint64 rank = get_rank (agent, ask->question);

      if (rank < ask->rank && l2tp_question_may_ask (ask->question, agent->uid) &&
          (best == NULL || rank > get_rank (best, ask->question)))
        best = agent;
    }
  return best;
}

static void
ask_next (GTask *task)
{
  L2tpAgents *self = g_task_get_source_object (task);
  Ask *ask = g_task_get_task_data (task);
  Agent *agent = find_next (self, ask);
  Call *call;

  if (agent == NULL)
    {
      end_with_no_secrets (task, ask->rank == RANK_HIGHEST
                                     ? "nobody can be asked for it"
                                     : "nobody who was asked for it knows it");
      return;
    }
  ask->rank = get_rank (agent, ask->question);
  ask->agent = agent;
  ask->call = g_cancellable_new ();
  call = g_new (Call, 1);
  call->task = g_object_ref (task);
  call->cancellable = g_object_ref (ask->call);
  g_dbus_connection_call (self->bus, agent->sender, agent->path, L2TP_INTERFACE_AGENT,
                          "RequestSecrets", l2tp_question_to_parameters (ask->question),
                          G_VARIANT_TYPE ("(a{sv})"), G_DBUS_CALL_FLAGS_NO_AUTO_START, G_MAXINT,
                          ask->call, on_answer, call);
}

static gboolean
on_deadline (gpointer data)
{
  GTask *task = data;
  Ask *ask = g_task_get_task_data (task);

  ask->deadline = 0;
  end_with_no_secrets (task, "nobody answered in time");
  return G_SOURCE_REMOVE;
}

static gboolean
on_cancelled (GCancellable *cancellable, gpointer data)
{
  g_autoptr (GTask) owned = end (data);

  g_task_return_error_if_cancelled (owned);
  return G_SOURCE_REMOVE;
}

static void
watch_cancellable (GTask *task)
{
  Ask *ask = g_task_get_task_data (task);
  GCancellable *cancellable = g_task_get_cancellable (task);

  if (cancellable == NULL)
    return;
  ask->cancel_source = g_cancellable_source_new (cancellable);
  g_source_set_callback (ask->cancel_source, G_SOURCE_FUNC (on_cancelled), task, NULL);
  g_source_attach (ask->cancel_source, NULL);
}

gboolean
l2tp_agents_has_any (L2tpAgents *agents, const L2tpQuestion *question)
{
  for (guint i = 0; i < agents->list->len; i++)
    {
      const Agent *agent = g_ptr_array_index (agents->list, i);

      if (l2tp_question_may_ask (question, agent->uid))
        return TRUE;
    }
  return FALSE;
}

void
l2tp_agents_ask_async (L2tpAgents *agents,
                       const L2tpQuestion *question,
                       GCancellable *cancellable,
                       GAsyncReadyCallback callback,
                       gpointer data)
{
  g_autoptr (GTask) task = g_task_new (agents, cancellable, callback, data);
  Ask *ask = g_new0 (Ask, 1);

  g_task_set_source_tag (task, l2tp_agents_ask_async);
  ask->question = l2tp_question_copy (question);
  ask->rank = RANK_HIGHEST;
  g_task_set_task_data (task, ask, ask_free);
  if (g_task_return_error_if_cancelled (task))
    return;
  if (g_hash_table_contains (agents->asks, question->connection))
    {
      g_task_return_new_error (task, L2TP_ERROR, L2TP_ERROR_IN_PROGRESS,
                               "somebody is being asked for the secrets already\n"
                               "Answer that question first.");
      return;
    }
  ask->deadline = g_timeout_add (agents->timeout, on_deadline, task);
  watch_cancellable (task);
  g_hash_table_insert (agents->asks, (char *) ask->question->connection, task);
  ask_next (g_steal_pointer (&task));
}

GVariant *
l2tp_agents_ask_finish (L2tpAgents *agents, GAsyncResult *result, GError **error)
{
  g_return_val_if_fail (g_task_is_valid (result, agents), NULL);
  return g_task_propagate_pointer (G_TASK (result), error);
}

static Agent *
find_agent (L2tpAgents *self, const char *sender, const char *path)
{
  for (guint i = 0; i < self->list->len; i++)
    {
      Agent *agent = g_ptr_array_index (self->list, i);

      if (g_str_equal (agent->sender, sender) && g_str_equal (agent->path, path))
        return agent;
    }
  return NULL;
}

/* Its questions go on to the next, which may end them and call anybody. */
static void
remove_agent (L2tpAgents *self, Agent *agent)
{
  g_autoptr (L2tpAgents) alive = g_object_ref (self);
  g_autoptr (GPtrArray) tasks = g_ptr_array_new_with_free_func (g_object_unref);
  GHashTableIter iter;
  gpointer task;

  g_hash_table_iter_init (&iter, self->asks);
  while (g_hash_table_iter_next (&iter, NULL, &task))
    {
      Ask *ask = g_task_get_task_data (task);

      if (ask->agent != agent)
        continue;
      withdraw (self, ask);
      g_ptr_array_add (tasks, g_object_ref (task));
    }
  g_ptr_array_remove (self->list, agent);
  for (guint i = 0; i < tasks->len; i++)
    ask_next (g_ptr_array_index (tasks, i));
}

static void
on_vanished (GDBusConnection *bus, const char *sender, gpointer data)
{
  Agent *agent = data;

  remove_agent (agent->agents, agent);
}

static gboolean
has_room (L2tpAgents *self, guint32 uid)
{
  guint n_own = 0;

  for (guint i = 0; i < self->list->len; i++)
    n_own += ((Agent *) g_ptr_array_index (self->list, i))->uid == uid;
  return n_own < L2TP_AGENTS_MAX_PER_USER && self->list->len < L2TP_AGENTS_MAX;
}

gboolean
l2tp_agents_register (L2tpAgents *agents,
                      const char *sender,
                      guint32 uid,
                      const char *path,
                      GError **error)
{
  Agent *agent;

  if (find_agent (agents, sender, path) != NULL)
    {
      g_set_error_literal (error, L2TP_ERROR, L2TP_ERROR_IN_PROGRESS,
                           "this agent is registered already\n"
                           "Register each object once.");
      return FALSE;
    }
  if (!has_room (agents, uid))
    {
      g_set_error_literal (error, L2TP_ERROR, L2TP_ERROR_BUSY,
                           "there are too many agents\n"
                           "Unregister one, or end a program that has one.");
      return FALSE;
    }
  agent = g_new0 (Agent, 1);
  agent->agents = agents;
  agent->serial = ++agents->last_serial;
  agent->sender = g_strdup (sender);
  agent->path = g_strdup (path);
  agent->uid = uid;
  agent->watch = g_bus_watch_name_on_connection (agents->bus, sender, G_BUS_NAME_WATCHER_FLAGS_NONE,
                                                 NULL, on_vanished, agent, NULL);
  g_ptr_array_add (agents->list, agent);
  l2tp_debug (NULL, "agent %s of user %u registered", sender, uid);
  g_signal_emit (agents, signals[AVAILABLE], 0, uid);
  return TRUE;
}

gboolean
l2tp_agents_unregister (L2tpAgents *agents, const char *sender, const char *path, GError **error)
{
  Agent *agent = find_agent (agents, sender, path);

  if (agent == NULL)
    {
      g_set_error_literal (error, L2TP_ERROR, L2TP_ERROR_NOT_FOUND,
                           "no such agent is registered\n"
                           "Give the path that was registered, from the program that did it.");
      return FALSE;
    }
  remove_agent (agents, agent);
  return TRUE;
}

void
l2tp_agents_set_timeout (L2tpAgents *agents, guint timeout)
{
  agents->timeout = timeout;
}

L2tpAgents *
l2tp_agents_new (GDBusConnection *bus)
{
  L2tpAgents *self = g_object_new (L2TP_TYPE_AGENTS, NULL);

  self->bus = g_object_ref (bus);
  return self;
}

void
l2tp_agents_release (L2tpAgents *agents)
{
  while (agents->list->len > 0)
    {
      Agent *agent = g_ptr_array_index (agents->list, 0);

      tell (agents, agent, "Release", NULL);
      remove_agent (agents, agent);
    }
}

static void
l2tp_agents_dispose (GObject *object)
{
  l2tp_agents_release (L2TP_AGENTS (object));
  G_OBJECT_CLASS (l2tp_agents_parent_class)->dispose (object);
}

static void
l2tp_agents_finalize (GObject *object)
{
  L2tpAgents *self = L2TP_AGENTS (object);

  g_ptr_array_unref (self->list);
  g_hash_table_unref (self->asks);
  g_clear_object (&self->bus);
  G_OBJECT_CLASS (l2tp_agents_parent_class)->finalize (object);
}

static void
l2tp_agents_class_init (L2tpAgentsClass *klass)
{
  GObjectClass *object_class = G_OBJECT_CLASS (klass);

  object_class->dispose = l2tp_agents_dispose;
  object_class->finalize = l2tp_agents_finalize;
  signals[AVAILABLE] = g_signal_new ("available", L2TP_TYPE_AGENTS, G_SIGNAL_RUN_LAST, 0, NULL,
                                     NULL, NULL, G_TYPE_NONE, 1, G_TYPE_UINT);
}

static void
l2tp_agents_init (L2tpAgents *self)
{
  self->list = g_ptr_array_new_with_free_func (agent_free);
  self->asks = g_hash_table_new (g_str_hash, g_str_equal);
  self->timeout = TIMEOUT;
}
