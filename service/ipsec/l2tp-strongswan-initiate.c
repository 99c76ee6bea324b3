/* SPDX-License-Identifier: GPL-2.0-or-later */
/* SPDX-FileCopyrightText: The l2tp-client authors */

/* "initiate" blocks its connection and would wait for 165 s: the daemon sends again after 4 s, then
 * ever later, and its timers are those of all its connections. So deadlines are kept here, and a
 * "terminate" on the other connection ends it. */

#include "l2tp-strongswan-initiate.h"

#include "service/base/l2tp-error.h"
#include "service/base/l2tp-log.h"
#include "service/base/l2tp-source.h"
#include "l2tp-ike-probe.h"
#include "l2tp-ipsec-private.h"
#include "l2tp-strongswan-messages.h"

/* Seconds. */
#define ANSWER_TIMEOUT  10 /* since the LNS was heard last; the daemon sends twice in it */
#define CERTAIN_TIMEOUT 1  /* what is all but certain gets another chance */
#define TOTAL_TIMEOUT   25
#define STOP_TIMEOUT    2
#define STOP_INTERVAL   200 /* ms */

typedef struct
{
  L2tpIpsec *ipsec;
  L2tpVici *control, *work;
  char *name;
  L2tpIpsecHints hints;
  L2tpStrongswanOutcome outcome;
  L2tpIkeProbe *probe;
  GSource *cancelled;
  guint deadline, repeat;
  gint64 limit;
  gboolean stopping;
} Attempt;

void
l2tp_strongswan_outcome_clear (L2tpStrongswanOutcome *outcome)
{
  g_clear_pointer (&outcome->detail, g_free);
  g_clear_pointer (&outcome->dh_group, g_free);
}

static void
stop_deadline (Attempt *attempt)
{
  if (attempt->deadline != 0)
    g_source_remove (attempt->deadline);
  attempt->deadline = 0;
}

static void
attempt_free (gpointer data)
{
  Attempt *attempt = data;

  stop_deadline (attempt);
  if (attempt->repeat != 0)
    g_source_remove (attempt->repeat);
  l2tp_ike_probe_free (attempt->probe);
  l2tp_clear_source (&attempt->cancelled);
  g_signal_handlers_disconnect_by_data (attempt->work, attempt);
  g_object_unref (attempt->control);
  g_object_unref (attempt->work);
  g_object_unref (attempt->ipsec);
  l2tp_ipsec_hints_clear (&attempt->hints);
  l2tp_strongswan_outcome_clear (&attempt->outcome);
  g_free (attempt->name);
  g_free (attempt);
}

/* The daemon does not even answer "terminate": without it, then. */
static gboolean
on_stop_timeout (gpointer user_data)
{
  Attempt *attempt = user_data;

  attempt->deadline = 0;
  l2tp_warning (l2tp_ipsec_get_tag (attempt->ipsec), "strongSwan does not answer");
  l2tp_vici_give_up (attempt->control);
  l2tp_vici_give_up (attempt->work);
  return G_SOURCE_REMOVE;
}

static gboolean
send_terminate (gpointer user_data)
{
  Attempt *attempt = user_data;

  l2tp_vici_command_async (attempt->control, l2tp_strongswan_make_terminate (attempt->name), NULL,
                           NULL, NULL);
  return G_SOURCE_CONTINUE;
}

/* Again and again: the first may come before there is anything to terminate, because the daemon
 * reads its two connections in any order. */
static void
stop (Attempt *attempt)
{
  if (attempt->stopping)
    return;
  attempt->stopping = TRUE;
  stop_deadline (attempt);
  attempt->deadline = g_timeout_add_seconds (STOP_TIMEOUT, on_stop_timeout, attempt);
  send_terminate (attempt);
  attempt->repeat = g_timeout_add (STOP_INTERVAL, send_terminate, attempt);
}

static gboolean
on_deadline (gpointer user_data)
{
  Attempt *attempt = user_data;

  attempt->deadline = 0;
  stop (attempt);
  return G_SOURCE_REMOVE;
}

static void
set_deadline (Attempt *attempt, guint seconds)
{
  gint64 left = MAX (attempt->limit - g_get_monotonic_time (), 0) / 1000;

  if (attempt->stopping)
    return;
  stop_deadline (attempt);
  attempt->deadline = g_timeout_add ((guint) MIN (left, seconds * 1000), on_deadline, attempt);
}

static gboolean
on_cancelled (GCancellable *cancellable, gpointer user_data)
{
  stop (user_data);
  return G_SOURCE_REMOVE;
}

static void
on_probe (int saved_errno, gpointer user_data)
{
  Attempt *attempt = user_data;

  if (attempt->hints.n_received == 0)
    set_deadline (attempt, CERTAIN_TIMEOUT);
}

static void
on_log (L2tpVici *vici, const char *name, L2tpViciSection *message, gpointer user_data)
{
  Attempt *attempt = user_data;
  L2tpIpsecHints *hints = &attempt->hints;
  guint n_received = hints->n_received;
  g_autofree char *line = NULL;

  if (attempt->stopping || !g_str_equal (name, "control-log"))
    return;
  line = l2tp_vici_section_dup_text (message, "msg");
  if (line == NULL)
    return;
  l2tp_debug (l2tp_ipsec_get_tag (attempt->ipsec), "strongSwan: %s", line);
  l2tp_ipsec_hints_take (hints, line);
  if (hints->is_psk_wrong)
    set_deadline (attempt, CERTAIN_TIMEOUT);
  else if (hints->n_received > n_received && !hints->suspects_psk)
    set_deadline (attempt, ANSWER_TIMEOUT);
}

static void
on_event (L2tpVici *vici, const char *name, L2tpViciSection *message, gpointer user_data)
{
  Attempt *attempt = user_data;
  g_autofree char *conn = NULL;
  L2tpViciSection ike;

  if (!g_str_equal (name, "ike-updown") || !l2tp_vici_section_is_yes (message, "up") ||
      !l2tp_vici_section_first_section (message, &ike, &conn) || !g_str_equal (conn, attempt->name))
    return;
  g_free (attempt->outcome.dh_group);
  attempt->outcome.dh_group = l2tp_vici_section_dup_text (&ike, "dh-group");
  attempt->hints.is_established = TRUE;
  l2tp_ipsec_progress (attempt->ipsec, "phase-1");
}

static void
conclude (Attempt *attempt)
{
  const L2tpIpsecHints *hints = &attempt->hints;

  attempt->outcome.failure =
      l2tp_ipsec_hints_conclude (hints, l2tp_ike_probe_get_errno (attempt->probe));
  attempt->outcome.was_others_key =
      attempt->outcome.failure == L2TP_IPSEC_FAILURE_PSK && !hints->ikev2 && !hints->took_our_key;
  attempt->outcome.detail = g_strdup (hints->cause != NULL ? hints->cause : hints->last);
}

static void
on_initiated (GObject *source, GAsyncResult *result, gpointer user_data)
{
  g_autoptr (GTask) task = user_data;
  Attempt *attempt = g_task_get_task_data (task);
  GError *error = NULL;
  g_autoptr (GBytes) bytes = l2tp_vici_command_finish (L2TP_VICI (source), result, NULL, &error);

  stop_deadline (attempt);
  if (bytes != NULL)
    g_task_return_boolean (task, TRUE);
  else if (g_error_matches (error, L2TP_ERROR, L2TP_ERROR_FAILED))
    {
      conclude (attempt);
      g_clear_error (&error);
      g_task_return_boolean (task, FALSE);
    }
  else
    g_task_return_error (task, error);
}

void
l2tp_strongswan_initiate_async (L2tpIpsec *ipsec,
                                L2tpStrongswanLink *link,
                                const char *name,
                                gboolean psk,
                                GCancellable *cancellable,
                                GAsyncReadyCallback callback,
                                gpointer user_data)
{
  GTask *task = g_task_new (NULL, NULL, callback, user_data);
  Attempt *attempt = g_new0 (Attempt, 1);

  attempt->ipsec = g_object_ref (ipsec);
  attempt->control = g_object_ref (link->control);
  attempt->work = g_object_ref (link->work);
  attempt->name = g_strdup (name);
  attempt->hints.psk = psk;
  attempt->hints.ikev2 =
      l2tp_config_get_boolean (l2tp_ipsec_get_config (ipsec), L2TP_OPTION_IPSEC_IKEV2);
  g_task_set_task_data (task, attempt, attempt_free);
  g_signal_connect (attempt->work, "event", G_CALLBACK (on_event), attempt);
  g_signal_connect (attempt->work, "event", G_CALLBACK (on_log), attempt);
  attempt->probe = l2tp_ike_probe_new (l2tp_ipsec_get_peer (ipsec), on_probe, attempt);
  attempt->limit = g_get_monotonic_time () + TOTAL_TIMEOUT * G_USEC_PER_SEC;
  set_deadline (attempt, ANSWER_TIMEOUT);
  attempt->cancelled = g_cancellable_source_new (cancellable);
  g_source_set_callback (attempt->cancelled, G_SOURCE_FUNC (on_cancelled), attempt, NULL);
  g_source_attach (attempt->cancelled, g_main_context_get_thread_default ());
  l2tp_vici_command_async (attempt->work,
                           l2tp_strongswan_make_initiate (name, 2 * TOTAL_TIMEOUT * 1000), NULL,
                           on_initiated, task);
}

gboolean
l2tp_strongswan_initiate_finish (GAsyncResult *result,
                                 L2tpStrongswanOutcome *ret_outcome,
                                 GError **error)
{
  Attempt *attempt = g_task_get_task_data (G_TASK (result));
  gboolean initiated = g_task_propagate_boolean (G_TASK (result), error);

  if (initiated)
    return TRUE;
  *ret_outcome = attempt->outcome;
  attempt->outcome = (L2tpStrongswanOutcome){ 0 };
  return FALSE;
}
