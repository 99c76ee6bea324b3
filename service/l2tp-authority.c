/* SPDX-License-Identifier: GPL-2.0-or-later */
/* SPDX-FileCopyrightText: The l2tp-client authors */

/* Asks polkit, without ever waiting for it in the main loop. Hides PolkitAuthority, of which there
 * is one in a process and which must not be asked for twice at a time, and the many ways in which
 * an answer may not come. The bus gate owns it. Source: platform reference, section 3. */

#include "l2tp-authority.h"

#include <polkit/polkit.h>

#include "service/base/l2tp-error.h"
#include "service/base/l2tp-log.h"
#include "service/base/l2tp-source.h"

#define DETAIL_CHARS 128

struct _L2tpAuthority
{
  GObject parent_instance;

  GDBusConnection *bus;
  guint deadline_ms;
  PolkitAuthority *polkit; /* NULL until the first check */
  GQueue waiting;          /* of GTask: for @polkit */
};

G_DEFINE_QUARK (l2tp - authority - error - quark, l2tp_authority_error)
G_DEFINE_FINAL_TYPE (L2tpAuthority, l2tp_authority, G_TYPE_OBJECT)

/* One check; the data of its task. The task holds itself until it is answered. */
typedef struct
{
  char *caller;
  char *action;
  PolkitDetails *details;
  gboolean interactive;
  gboolean again;         /* asked for the second time */
  gboolean answered;      /* what still comes is too late */
  GCancellable *question; /* cancelled: polkit takes its question away */
  GSource *cancelled;
  GSource *deadline;
  guint watch;
} Check;

static void ask (GTask *task);

static void
check_free (Check *check)
{
  g_free (check->caller);
  g_free (check->action);
  g_object_unref (check->details);
  g_object_unref (check->question);
  g_free (check);
}

/* Ends the check, with @error (transfer full) or authorised. The first answer counts. */
static void
answer (GTask *task, GError *error)
{
  Check *check = g_task_get_task_data (task);
  g_autoptr (GError) owned = error;

  if (check->answered)
    return;
  check->answered = TRUE;
  l2tp_clear_source (&check->cancelled);
  l2tp_clear_source (&check->deadline);
  g_bus_unwatch_name (check->watch);
  g_cancellable_cancel (check->question);
  if (owned == NULL)
    g_task_return_boolean (task, TRUE);
  else
    g_task_return_error (task, g_steal_pointer (&owned));
  g_object_unref (task);
}

static GError *not_authorized (const char *format, ...) G_GNUC_PRINTF (1, 2);

static GError *
not_authorized (const char *format, ...)
{
  GError *error;
  va_list args;

  va_start (args, format);
  error = g_error_new_valist (L2TP_ERROR, L2TP_ERROR_NOT_AUTHORIZED, format, args);
  va_end (args);
  return error;
}

/* --- polkit's answer ----------------------------------------------------------------------- */

static gboolean
is_absent (const GError *error)
{
  return g_error_matches (error, G_DBUS_ERROR, G_DBUS_ERROR_SERVICE_UNKNOWN) ||
         g_error_matches (error, G_DBUS_ERROR, G_DBUS_ERROR_NAME_HAS_NO_OWNER) ||
         g_error_matches (error, G_DBUS_ERROR, G_DBUS_ERROR_NO_REPLY);
}

static GError *
from_failure (const Check *check, GError *failure)
{
  g_dbus_error_strip_remote_error (failure);
  l2tp_warning (NULL, "polkit was asked for %s in vain: %s", check->action, failure->message);
  if (is_absent (failure))
    return not_authorized ("%s: polkit does not run, and without it only root may\nInstall and "
                           "start polkit, or call as root.",
                           check->action);
  return not_authorized ("%s: polkit cannot decide: %s\nInstall org.l2tp.policy where polkit finds "
                         "it, restart polkit, or call as root.",
                         check->action, failure->message);
}

/* Returns NULL when @result authorises. */
static GError *
from_result (const Check *check, PolkitAuthorizationResult *result)
{
  if (polkit_authorization_result_get_is_authorized (result))
    return NULL;
  if (polkit_authorization_result_get_dismissed (result))
    return not_authorized ("%s: the question for a password was cancelled\nCall again, and answer "
                           "it.",
                           check->action);
  /* After a question, polkit does not tell a wrong password from a rule. */
  if (!polkit_authorization_result_get_is_challenge (result))
    return not_authorized ("%s: the policy does not allow it to this user here%s\nAsk the "
                           "administrator for a polkit rule, or call as root.",
                           check->action, check->interactive ? ", or the password was wrong" : "");
  if (check->interactive)
    return not_authorized ("%s: needs a password, and no polkit agent is there to ask for it\n"
                           "Start an agent, pkttyagent on a terminal, or call as root.",
                           check->action);
  return g_error_new (L2TP_AUTHORITY_ERROR, L2TP_AUTHORITY_ERROR_INTERACTION_NEEDED,
                      "%s: needs a password\nCall again with interactive authorisation allowed, or "
                      "as root.",
                      check->action);
}

static void
on_checked (GObject *source, GAsyncResult *result, gpointer data)
{
  g_autoptr (GTask) task = data;
  Check *check = g_task_get_task_data (task);
  g_autoptr (GError) error = NULL;
  g_autoptr (PolkitAuthorizationResult) verdict =
      polkit_authority_check_authorization_finish (POLKIT_AUTHORITY (source), result, &error);

  if (check->answered)
    return;
  if (verdict != NULL)
    answer (task, from_result (check, verdict));
  else if (is_absent (error) && !check->again)
    {
      /* It has just gone: the bus starts it anew for the next question. */
      check->again = TRUE;
      ask (task);
    }
  else
    answer (task, from_failure (check, error));
}

static void
ask (GTask *task)
{
  L2tpAuthority *self = g_task_get_source_object (task);
  Check *check = g_task_get_task_data (task);
  g_autoptr (PolkitSubject) subject = NULL;

  if (check->answered)
    return;
  subject = polkit_system_bus_name_new (check->caller);
  polkit_authority_check_authorization (
      self->polkit, subject, check->action, check->details,
      check->interactive ? POLKIT_CHECK_AUTHORIZATION_FLAGS_ALLOW_USER_INTERACTION
                         : POLKIT_CHECK_AUTHORIZATION_FLAGS_NONE,
      check->question, on_checked, g_object_ref (task));
}

/* --- The one PolkitAuthority ---------------------------------------------------------------- */

static void
on_polkit (GObject *source, GAsyncResult *result, gpointer data)
{
  g_autoptr (L2tpAuthority) self = data;
  g_autoptr (GError) error = NULL;
  GQueue waiting = self->waiting;
  GTask *task;

  g_queue_init (&self->waiting);
  self->polkit = polkit_authority_get_finish (result, &error);
  while ((task = g_queue_pop_head (&waiting)) != NULL)
    {
      if (self->polkit != NULL)
        ask (task);
      else
        answer (task, from_failure (g_task_get_task_data (task), error));
      g_object_unref (task);
    }
}

static void
ask_when_possible (L2tpAuthority *self, GTask *task)
{
  if (self->polkit != NULL)
    {
      ask (task);
      return;
    }
  g_queue_push_tail (&self->waiting, g_object_ref (task));
  if (g_queue_get_length (&self->waiting) == 1)
    polkit_authority_get_async (NULL, on_polkit, g_object_ref (self));
}

/* --- A check ------------------------------------------------------------------------------- */

static void
on_caller_left (GDBusConnection *bus, const char *name, gpointer data)
{
  GTask *task = data;
  Check *check = g_task_get_task_data (task);

  l2tp_debug (NULL, "%s has left while polkit was asked for %s", check->caller, check->action);
  answer (task, not_authorized ("%s: the caller has left\nCall again.", check->action));
}

static gboolean
on_deadline (gpointer data)
{
  GTask *task = data;
  Check *check = g_task_get_task_data (task);

  l2tp_warning (NULL, "polkit does not answer for %s", check->action);
  answer (task, not_authorized ("%s: polkit does not answer\nRestart polkit, or call as root.",
                                check->action));
  return G_SOURCE_REMOVE;
}

static gboolean
on_cancelled (GCancellable *cancellable, gpointer data)
{
  answer (data, g_error_new_literal (G_IO_ERROR, G_IO_ERROR_CANCELLED, "Cancelled"));
  return G_SOURCE_REMOVE;
}

static GSource *
attach (GSource *source, GSourceFunc function, GTask *task)
{
  g_source_set_callback (source, function, task, NULL);
  g_source_attach (source, g_task_get_context (task));
  return source;
}

/* What a person reads in the question comes from a stranger: one short line of it without anything
 * invisible, or a mark that stands for none. */
static void
add_detail (PolkitDetails *details, const char *key, const char *text)
{
  g_autofree char *valid = g_utf8_make_valid (text != NULL ? text : "", -1);
  g_autoptr (GString) line = g_string_new (NULL);
  guint chars = 0;

  for (const char *c = valid; *c != '\0' && chars < DETAIL_CHARS; c = g_utf8_next_char (c), chars++)
    g_string_append_unichar (line,
                             g_unichar_isprint (g_utf8_get_char (c)) ? g_utf8_get_char (c) : '?');
  polkit_details_insert (details, key, line->len > 0 ? line->str : "?");
}

void
l2tp_authority_check_async (L2tpAuthority *self,
                            const char *caller,
                            const char *action,
                            const char *name,
                            const char *gateway,
                            gboolean interactive,
                            GCancellable *cancellable,
                            GAsyncReadyCallback callback,
                            gpointer data)
{
  GTask *task = g_task_new (self, cancellable, callback, data);
  Check *check = g_new0 (Check, 1);

  check->caller = g_strdup (caller);
  check->action = g_strdup (action);
  check->interactive = interactive;
  check->question = g_cancellable_new ();
  check->details = polkit_details_new ();
  add_detail (check->details, "name", name);
  add_detail (check->details, "server", gateway);
  g_task_set_task_data (task, check, (GDestroyNotify) check_free);

  if (cancellable != NULL)
    check->cancelled =
        attach (g_cancellable_source_new (cancellable), G_SOURCE_FUNC (on_cancelled), task);
  if (!interactive)
    check->deadline = attach (g_timeout_source_new (self->deadline_ms), on_deadline, task);
  check->watch = g_bus_watch_name_on_connection (self->bus, caller, G_BUS_NAME_WATCHER_FLAGS_NONE,
                                                 NULL, on_caller_left, task, NULL);
  ask_when_possible (self, task);
}

gboolean
l2tp_authority_check_finish (L2tpAuthority *self, GAsyncResult *result, GError **error)
{
  return g_task_propagate_boolean (G_TASK (result), error);
}

/* --- Life ---------------------------------------------------------------------------------- */

L2tpAuthority *
l2tp_authority_new (GDBusConnection *bus, guint deadline_ms)
{
  L2tpAuthority *self = g_object_new (L2TP_TYPE_AUTHORITY, NULL);

  self->bus = g_object_ref (bus);
  self->deadline_ms = deadline_ms;
  return self;
}

static void
l2tp_authority_finalize (GObject *object)
{
  L2tpAuthority *self = L2TP_AUTHORITY (object);

  g_clear_object (&self->polkit);
  g_clear_object (&self->bus);
  G_OBJECT_CLASS (l2tp_authority_parent_class)->finalize (object);
}

static void
l2tp_authority_class_init (L2tpAuthorityClass *klass)
{
  G_OBJECT_CLASS (klass)->finalize = l2tp_authority_finalize;
}

static void
l2tp_authority_init (L2tpAuthority *self)
{
  g_queue_init (&self->waiting);
}
