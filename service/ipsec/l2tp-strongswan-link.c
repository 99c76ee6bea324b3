/* SPDX-License-Identifier: GPL-2.0-or-later */
/* SPDX-FileCopyrightText: The l2tp-client authors */

/* Opening both connections: connect, connect, register what is to be heard, ask for the algorithms.
 */

#include "l2tp-strongswan-link.h"

#include "l2tp-strongswan-daemon.h"

static const struct
{
  gboolean on_work;
  L2tpViciPacketType type;
  const char *name;
} requests[] = {
  { FALSE, L2TP_VICI_REGISTER, "ike-updown" },   { FALSE, L2TP_VICI_REGISTER, "child-updown" },
  { FALSE, L2TP_VICI_REGISTER, "ike-rekey" },    { FALSE, L2TP_VICI_REGISTER, "child-rekey" },
  { FALSE, L2TP_VICI_REGISTER, "list-sa" },      { TRUE, L2TP_VICI_REGISTER, "control-log" },
  { TRUE, L2TP_VICI_COMMAND, "get-algorithms" },
};

typedef struct
{
  char *socket;
  L2tpStrongswanLink link;
  guint n_asked;
  L2tpIpsecFailure failure;
} Opening;

static void connect_next (GTask *task);
static void ask_next (GTask *task);

static void
close_one (L2tpVici **vici)
{
  g_autoptr (L2tpVici) owned = g_steal_pointer (vici); /* closing it may lead back here */

  if (owned != NULL)
    l2tp_vici_close (owned);
}

void
l2tp_strongswan_link_clear (L2tpStrongswanLink *link)
{
  close_one (&link->control);
  close_one (&link->work);
  g_clear_pointer (&link->algorithms, g_hash_table_unref);
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
on_answer (GObject *source, GAsyncResult *result, gpointer user_data)
{
  GTask *task = user_data;
  Opening *opening = g_task_get_task_data (task);
  g_autoptr (GError) error = NULL;
  L2tpViciSection message;
  g_autoptr (GBytes) bytes =
      l2tp_vici_command_finish (L2TP_VICI (source), result, &message, &error);

  if (bytes == NULL && !g_error_matches (error, G_IO_ERROR, G_IO_ERROR_NOT_SUPPORTED))
    {
      opening->failure = L2TP_IPSEC_FAILURE_DAEMON_ENDED;
      g_task_return_error (task, g_steal_pointer (&error));
      g_object_unref (task);
      return;
    }
  if (bytes != NULL && requests[opening->n_asked].type == L2TP_VICI_COMMAND)
    opening->link.algorithms = collect_algorithms (&message);
  opening->n_asked++;
  ask_next (task);
}

static void
ask_next (GTask *task)
{
  Opening *opening = g_task_get_task_data (task);
  guint i = opening->n_asked;

  if (i < G_N_ELEMENTS (requests))
    {
      l2tp_vici_command_async (requests[i].on_work ? opening->link.work : opening->link.control,
                               l2tp_vici_request_new (requests[i].type, requests[i].name),
                               g_task_get_cancellable (task), on_answer, task);
      return;
    }
  g_task_return_boolean (task, TRUE);
  g_object_unref (task);
}

static void
on_connected (GObject *source, GAsyncResult *result, gpointer user_data)
{
  GTask *task = user_data;
  Opening *opening = g_task_get_task_data (task);
  GError *error = NULL;
  L2tpVici *vici = l2tp_strongswan_connect_finish (result, &opening->failure, &error);

  if (vici == NULL)
    {
      g_task_return_error (task, error);
      g_object_unref (task);
      return;
    }
  if (opening->link.control == NULL)
    opening->link.control = vici;
  else
    opening->link.work = vici;
  connect_next (task);
}

static void
connect_next (GTask *task)
{
  Opening *opening = g_task_get_task_data (task);

  if (opening->link.work != NULL)
    ask_next (task);
  else
    l2tp_strongswan_connect_async (opening->socket, g_task_get_cancellable (task), on_connected,
                                   task);
}

void
l2tp_strongswan_link_open_async (const char *socket,
                                 GCancellable *cancellable,
                                 GAsyncReadyCallback callback,
                                 gpointer user_data)
{
  GTask *task = g_task_new (NULL, cancellable, callback, user_data);
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
