/* SPDX-License-Identifier: GPL-2.0-or-later */
/* SPDX-FileCopyrightText: The l2tp-client authors */

/* The org.l2tp.Agent of this program. Hides the queue of questions: the terminal has room for one,
 * and within it for one secret. What a peer said is cleaned before a person sees it. */

#include "agent.h"
#include "output.h"
#include "prompt.h"

#include <string.h>

#include <glib/gi18n.h>

#define AGENT_PATH    L2TP_OBJECT_ROOT "/Agent"
#define MAX_QUESTIONS 16

typedef struct
{
  GDBusMethodInvocation *invocation; /* gone with its answer, which every question gets */
  char *connection;                  /* the object path */
  char *who;                         /* clean: "work (ann)" */
  char *message;                     /* clean; what to say before it is asked, or NULL */
  GStrv names;
  guint next; /* of the names */
  GVariantDict secrets;
} Question;

struct _CliAgent
{
  CliClient *client;
  L2tpDBusAgent *skeleton;
  CliAgentFunc notify;
  gpointer data;
  GQueue questions; /* of Question; the first one is being asked */
  CliPrompt *prompt;
  L2tpOptionId id; /* what the prompt asks for */
  gboolean registered, canceled;
};

static void
question_free (Question *question)
{
  g_free (question->connection);
  g_free (question->who);
  g_free (question->message);
  g_strfreev (question->names);
  g_variant_dict_clear (&question->secrets);
  g_free (question);
}

static char *
lookup_text (GVariant *hints, const char *key)
{
  const char *text;

  return cli_output_clean (g_variant_lookup (hints, key, "&s", &text) ? text : NULL);
}

/* Takes @invocation. */
static Question *
question_new (GDBusMethodInvocation *invocation,
              const char *connection,
              const char *const *names,
              GVariant *hints)
{
  Question *question = g_new0 (Question, 1);
  g_autofree char *name = lookup_text (hints, "connection");
  g_autofree char *user = lookup_text (hints, "user");
  g_autofree char *message = lookup_text (hints, "message");
  gboolean retry = FALSE;

  g_variant_lookup (hints, "retry", "b", &retry);
  question->invocation = invocation;
  question->connection = g_strdup (connection);
  question->names = g_strdupv ((char **) names);
  question->who =
      *user != '\0' ? g_strdup_printf ("%s (%s)", name, user) : g_strdup_printf ("%s", name);
  if (*message != '\0')
    question->message = g_strdup_printf (_ ("%s: the LNS says: %s"), name, message);
  else if (retry)
    question->message = g_strdup_printf (_ ("%s: the LNS did not accept that"), name);
  g_variant_dict_init (&question->secrets, NULL);
  return question;
}

static void ask_next (CliAgent *agent);

/* Takes the first question away with an answer or, with @error, without. */
static void
end_question (CliAgent *agent, gboolean answered, CliError error, const char *text)
{
  Question *question = g_queue_pop_head (&agent->questions);

  g_clear_pointer (&agent->prompt, cli_prompt_free);
  if (answered)
    l2tp_dbus_agent_complete_request_secrets (agent->skeleton, question->invocation,
                                              g_variant_dict_end (&question->secrets));
  else
    g_dbus_method_invocation_return_dbus_error (question->invocation, cli_client_error_name (error),
                                                text);
  question_free (question);
  if (g_queue_is_empty (&agent->questions))
    agent->notify (FALSE, agent->data);
}

static void
on_answer (GVariant *secret, gpointer data)
{
  CliAgent *agent = data;
  Question *question = g_queue_peek_head (&agent->questions);

  if (secret == NULL)
    {
      agent->canceled = TRUE;
      end_question (agent, FALSE, CLI_ERROR_AGENT_CANCELED, "The user did not answer");
    }
  else
    {
      g_variant_dict_insert_value (&question->secrets, l2tp_option_get (agent->id)->key, secret);
      g_clear_pointer (&agent->prompt, cli_prompt_free);
      question->next++;
    }
  ask_next (agent);
}

/* Of the help, what comes before the details. */
static char *
label_for (const Question *question, L2tpOptionId id)
{
  g_auto (GStrv) parts = g_strsplit (_ (l2tp_option_get (id)->help), ";", 2);

  return g_strdup_printf ("%s: %s", question->who, parts[0]);
}

/* Returns FALSE when the first question has ended without an answer. */
static gboolean
ask (CliAgent *agent, Question *question)
{
  g_autofree char *label = NULL;
  g_autoptr (GError) error = NULL;

  if (!l2tp_option_find (question->names[question->next], &agent->id) ||
      (l2tp_option_get (agent->id)->flags & L2TP_OPTION_SECRET) == 0)
    {
      end_question (agent, FALSE, CLI_ERROR_NO_SECRETS, "This secret is not known here");
      return FALSE;
    }
  if (question->message != NULL)
    cli_output_note ("%s", question->message);
  g_clear_pointer (&question->message, g_free);
  label = label_for (question, agent->id);
  agent->prompt = cli_prompt_new (agent->id, label, on_answer, agent, &error);
  if (agent->prompt == NULL)
    end_question (agent, FALSE, CLI_ERROR_NO_SECRETS, error->message);
  return agent->prompt != NULL;
}

static void
ask_next (CliAgent *agent)
{
  while (agent->prompt == NULL && !g_queue_is_empty (&agent->questions))
    {
      Question *question = g_queue_peek_head (&agent->questions);

      if (question->names[question->next] == NULL)
        end_question (agent, TRUE, CLI_N_ERRORS, NULL);
      else if (ask (agent, question))
        return;
    }
}

static gboolean
is_from_service (CliAgent *agent, GDBusMethodInvocation *invocation)
{
  g_autofree char *owner = g_dbus_object_manager_client_get_name_owner (
      G_DBUS_OBJECT_MANAGER_CLIENT (agent->client->objects));

  if (owner != NULL && g_strcmp0 (owner, g_dbus_method_invocation_get_sender (invocation)) == 0)
    return TRUE;
  g_dbus_method_invocation_return_error_literal (
      invocation, G_DBUS_ERROR, G_DBUS_ERROR_ACCESS_DENIED, "Only the service may ask");
  return FALSE;
}

static gboolean
on_request (L2tpDBusAgent *skeleton,
            GDBusMethodInvocation *invocation,
            const char *connection,
            const char *const *names,
            GVariant *hints,
            CliAgent *agent)
{
  if (!is_from_service (agent, invocation))
    return TRUE;
  if (g_queue_get_length (&agent->questions) >= MAX_QUESTIONS ||
      g_strv_length ((char **) names) > L2TP_N_OPTIONS)
    {
      g_dbus_method_invocation_return_dbus_error (
          invocation, cli_client_error_name (CLI_ERROR_NO_SECRETS), "Too many questions");
      return TRUE;
    }
  if (g_queue_is_empty (&agent->questions))
    agent->notify (TRUE, agent->data);
  g_queue_push_tail (&agent->questions, question_new (invocation, connection, names, hints));
  ask_next (agent);
  return TRUE;
}

static void
drop_question (CliAgent *agent, GList *link)
{
  Question *question = link->data;

  if (link == agent->questions.head)
    {
      end_question (agent, FALSE, CLI_ERROR_NO_SECRETS, "The question was taken back");
      return;
    }
  g_dbus_method_invocation_return_dbus_error (question->invocation,
                                              cli_client_error_name (CLI_ERROR_NO_SECRETS),
                                              "The question was taken back");
  g_queue_delete_link (&agent->questions, link);
  question_free (question);
}

static void
drop_questions (CliAgent *agent, const char *connection)
{
  GList *next;

  for (GList *l = agent->questions.head; l != NULL; l = next)
    {
      const Question *question = l->data;

      next = l->next;
      if (connection == NULL || g_str_equal (question->connection, connection))
        drop_question (agent, l);
    }
}

static gboolean
on_cancel (L2tpDBusAgent *skeleton,
           GDBusMethodInvocation *invocation,
           const char *connection,
           CliAgent *agent)
{
  if (!is_from_service (agent, invocation))
    return TRUE;
  drop_questions (agent, connection);
  ask_next (agent);
  l2tp_dbus_agent_complete_cancel (skeleton, invocation);
  return TRUE;
}

static gboolean
on_release (L2tpDBusAgent *skeleton, GDBusMethodInvocation *invocation, CliAgent *agent)
{
  if (!is_from_service (agent, invocation))
    return TRUE;
  agent->registered = FALSE;
  drop_questions (agent, NULL);
  l2tp_dbus_agent_complete_release (skeleton, invocation);
  return TRUE;
}

/* With the service its questions are gone. */
static void
on_name_owner (CliAgent *agent)
{
  if (cli_client_is_running (agent->client))
    return;
  agent->registered = FALSE;
  drop_questions (agent, NULL);
}

CliAgent *
cli_agent_new (CliClient *client, CliAgentFunc notify, gpointer data)
{
  CliAgent *agent = g_new0 (CliAgent, 1);

  agent->client = client;
  agent->notify = notify;
  agent->data = data;
  g_queue_init (&agent->questions);
  agent->skeleton = l2tp_dbus_agent_skeleton_new ();
  g_signal_connect (agent->skeleton, "handle-request-secrets", G_CALLBACK (on_request), agent);
  g_signal_connect (agent->skeleton, "handle-cancel", G_CALLBACK (on_cancel), agent);
  g_signal_connect (agent->skeleton, "handle-release", G_CALLBACK (on_release), agent);
  g_signal_connect_swapped (client->objects, "notify::name-owner", G_CALLBACK (on_name_owner),
                            agent);
  /* The path is this connection's own, so that nothing can be in the way. */
  g_dbus_interface_skeleton_export (G_DBUS_INTERFACE_SKELETON (agent->skeleton), client->bus,
                                    AGENT_PATH, NULL);
  return agent;
}

static void
unregister (CliAgent *agent)
{
  g_autoptr (L2tpDBusManager) manager = cli_client_get_manager (agent->client);

  if (manager != NULL && agent->registered)
    l2tp_dbus_manager_call_unregister_agent (manager, AGENT_PATH, g_variant_new ("a{sv}", NULL),
                                             G_DBUS_CALL_FLAGS_NO_AUTO_START, CLI_CALL_TIMEOUT_MS,
                                             NULL, NULL, NULL);
}

void
cli_agent_free (CliAgent *agent)
{
  if (agent == NULL)
    return;
  drop_questions (agent, NULL);
  unregister (agent);
  g_signal_handlers_disconnect_by_data (agent->client->objects, agent);
  g_signal_handlers_disconnect_by_data (agent->skeleton, agent);
  g_dbus_interface_skeleton_unexport (G_DBUS_INTERFACE_SKELETON (agent->skeleton));
  g_object_unref (agent->skeleton);
  g_free (agent);
}

gboolean
cli_agent_register (CliAgent *agent, GError **error)
{
  g_autoptr (L2tpDBusManager) manager = cli_client_get_manager (agent->client);
  g_autoptr (GVariant) reply = NULL;

  reply = cli_client_call (agent->client, manager, "RegisterAgent",
                           g_variant_new ("(oa{sv})", AGENT_PATH, NULL), error);
  agent->registered = reply != NULL;
  return agent->registered;
}

gboolean
cli_agent_was_canceled (const CliAgent *agent)
{
  return agent->canceled;
}
