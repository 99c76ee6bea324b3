/* SPDX-License-Identifier: GPL-2.0-or-later */
/* SPDX-FileCopyrightText: The l2tp-client authors */

/* Opening both connections: connect; ask for the algorithms on one, register what is told of an SA
 * that comes up on the other, which has that in order with the answer to "initiate". Only the
 * former's answer is waited for: whatever is asked next on a connection is answered later. */

#include "l2tp-strongswan-link.h"

#include "l2tp-strongswan-daemon.h"

#define ANSWER_TIMEOUT 3 /* s; a daemon that takes connections and is not alive */

static const char *const of_rise[] = { "control-log", "ike-updown", "child-updown" };
static const char *const of_life[] = { "list-sa", "ike-rekey", "child-rekey" };

typedef struct
{
  char *socket;
  L2tpStrongswanLink link;
  gboolean is_answered, is_done;
  guint deadline;
  L2tpIpsecFailure failure;
} Opening;

static void connect_next (GTask *task);

static void
end_one (L2tpVici **vici, void (*end) (L2tpVici *))
{
  g_autoptr (L2tpVici) owned = g_steal_pointer (vici); /* ending it may lead back here */

  if (owned != NULL)
    end (owned);
}

void
l2tp_strongswan_link_clear (L2tpStrongswanLink *link)
{
  end_one (&link->control, l2tp_vici_close);
  end_one (&link->work, l2tp_vici_close);
  g_clear_pointer (&link->algorithms, g_hash_table_unref);
  link->is_following = FALSE;
}

void
l2tp_strongswan_link_give_up (L2tpStrongswanLink *link)
{
  end_one (&link->control, l2tp_vici_give_up);
  end_one (&link->work, l2tp_vici_give_up);
  l2tp_strongswan_link_clear (link);
}

L2tpIpsecFailure
l2tp_strongswan_link_failure (const GError *error)
{
  return g_error_matches (error, G_IO_ERROR, G_IO_ERROR_TIMED_OUT)
             ? L2TP_IPSEC_FAILURE_HUNG
             : L2TP_IPSEC_FAILURE_DAEMON_ENDED;
}

gboolean
l2tp_strongswan_link_is_open (const L2tpStrongswanLink *link)
{
  return link->control != NULL && link->work != NULL && l2tp_vici_is_open (link->control) &&
         l2tp_vici_is_open (link->work);
}

static void
opening_free (gpointer data)
{
  Opening *opening = data;

  g_clear_handle_id (&opening->deadline, g_source_remove);
  g_free (opening->socket);
  l2tp_strongswan_link_clear (&opening->link);
  g_free (opening);
}

static GHashTable *
collect_algorithms (const L2tpViciSection *message)
{
  GHashTable *names = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, NULL);
  L2tpViciSection rest = *message;
  L2tpViciItem kind, algorithm;

  while (l2tp_vici_section_next (&rest, &kind))
    while (kind.type == L2TP_VICI_ITEM_SECTION &&
           l2tp_vici_section_next (&kind.section, &algorithm))
      if (algorithm.name != NULL)
        g_hash_table_add (names, g_strndup (algorithm.name, algorithm.name_len));
  return names;
}

static void
finish (GTask *task, L2tpIpsecFailure failure, GError *error)
{
  Opening *opening = g_task_get_task_data (task);

  opening->is_done = TRUE;
  opening->failure = failure;
  g_clear_handle_id (&opening->deadline, g_source_remove);
  if (error == NULL)
    {
      g_task_return_boolean (task, TRUE);
      return;
    }
  l2tp_strongswan_link_clear (&opening->link);
  g_task_return_error (task, error);
}

static void
on_answer (GObject *source, GAsyncResult *result, gpointer user_data)
{
  g_autoptr (GTask) task = user_data;
  Opening *opening = g_task_get_task_data (task);
  GError *error = NULL;
  L2tpViciSection message;
  g_autoptr (GBytes) bytes =
      l2tp_vici_command_finish (L2TP_VICI (source), result, &message, &error);

  if (g_error_matches (error, G_IO_ERROR, G_IO_ERROR_NOT_SUPPORTED))
    g_clear_error (&error);
  if (opening->is_done)
    g_clear_error (&error);
  else if (error != NULL)
    finish (task, l2tp_strongswan_link_failure (error), error);
  else
    {
      if (bytes != NULL)
        opening->link.algorithms = collect_algorithms (&message);
      opening->is_answered = TRUE;
      if (opening->link.work != NULL)
        finish (task, L2TP_IPSEC_FAILURE_NONE, NULL);
    }
}

static void
register_all (L2tpVici *vici, const char *const *events, gsize n)
{
  for (gsize i = 0; i < n; i++)
    l2tp_vici_command_async (vici, l2tp_vici_request_new (L2TP_VICI_REGISTER, events[i]), NULL,
                             NULL, NULL);
}

void
l2tp_strongswan_link_follow (L2tpStrongswanLink *link)
{
  if (!link->is_following)
    register_all (link->control, of_life, G_N_ELEMENTS (of_life));
  link->is_following = TRUE;
}

static gboolean
on_deadline (gpointer user_data)
{
  g_autoptr (GTask) task = g_object_ref (user_data);
  Opening *opening = g_task_get_task_data (task);

  opening->deadline = 0;
  l2tp_strongswan_link_give_up (&opening->link);
  if (!opening->is_done)
    finish (task, L2TP_IPSEC_FAILURE_HUNG,
            g_error_new_literal (G_IO_ERROR, G_IO_ERROR_TIMED_OUT, "it answers no more"));
  return G_SOURCE_REMOVE;
}

static void
on_connected (GObject *source, GAsyncResult *result, gpointer user_data)
{
  g_autoptr (GTask) task = user_data;
  Opening *opening = g_task_get_task_data (task);
  L2tpIpsecFailure failure = L2TP_IPSEC_FAILURE_NONE;
  g_autoptr (GError) error = NULL;
  g_autoptr (L2tpVici) vici = l2tp_strongswan_connect_finish (result, &failure, &error);

  if (opening->is_done && vici != NULL)
    l2tp_vici_close (vici);
  else if (opening->is_done)
    return;
  else if (vici == NULL)
    finish (task, failure, g_steal_pointer (&error));
  else if (opening->link.control == NULL)
    {
      opening->link.control = g_steal_pointer (&vici);
      opening->deadline = g_timeout_add_seconds (ANSWER_TIMEOUT, on_deadline, task);
      l2tp_vici_command_async (opening->link.control,
                               l2tp_vici_request_new (L2TP_VICI_COMMAND, "get-algorithms"),
                               g_task_get_cancellable (task), on_answer, g_object_ref (task));
      connect_next (task);
    }
  else
    {
      opening->link.work = g_steal_pointer (&vici);
      register_all (opening->link.work, of_rise, G_N_ELEMENTS (of_rise));
      if (opening->is_answered)
        finish (task, L2TP_IPSEC_FAILURE_NONE, NULL);
    }
}

static void
connect_next (GTask *task)
{
  Opening *opening = g_task_get_task_data (task);

  l2tp_strongswan_connect_async (opening->socket, g_task_get_cancellable (task), on_connected,
                                 g_object_ref (task));
}

void
l2tp_strongswan_link_open_async (const char *socket,
                                 GCancellable *cancellable,
                                 GAsyncReadyCallback callback,
                                 gpointer user_data)
{
  g_autoptr (GTask) task = g_task_new (NULL, cancellable, callback, user_data);
  Opening *opening = g_new0 (Opening, 1);

  g_task_set_source_tag (task, l2tp_strongswan_link_open_async);
  opening->socket = g_strdup (socket);
  g_task_set_task_data (task, opening, opening_free);
  connect_next (task);
}

gboolean
l2tp_strongswan_link_open_finish (GAsyncResult *result,
                                  L2tpStrongswanLink *ret_link,
                                  L2tpIpsecFailure *ret_failure,
                                  GError **error)
{
  Opening *opening = g_task_get_task_data (G_TASK (result));

  if (!g_task_propagate_boolean (G_TASK (result), error))
    {
      *ret_failure = opening->failure;
      return FALSE;
    }
  *ret_link = opening->link;
  opening->link = (L2tpStrongswanLink){ 0 };
  return TRUE;
}
