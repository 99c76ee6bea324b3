/* SPDX-License-Identifier: GPL-2.0-or-later */
/* SPDX-FileCopyrightText: The l2tp-client authors */

/* The host's IKE daemon as all connections share it: where it is, and whose pre-shared key is in
 * it. It looks a key up by identities, and takes the first that matches: while a connection's SA
 * comes up there must be no other key that it could be given. So keys take turns; the same key
 * twice is none of that. An IKEv1 key stays as long as its SA, and so does its place. */

#include <string.h>

#include "l2tp-ipsec-private.h"
#include "service/base/l2tp-error.h"
#include "service/base/l2tp-log.h"

#define ANYBODY  "%any"
#define WAIT_MAX 30 /* s; what an attempt takes then still fits into the stage's time */

struct _L2tpIpsecPlace
{
  L2tpIpsecDaemon *daemon;
  char *tag, *connection;
  L2tpSecret *key; /* NULL: not known */
  char **owners, **lookups;
  L2tpIpsecEvictFunc evict;
  gpointer evict_data;
  gboolean is_settled, is_evicted;
  guint timer; /* while it waits */
};

struct _L2tpIpsecDaemon
{
  gatomicrefcount refs;
  char *socket;
  GPtrArray *places; /* of L2tpIpsecPlace, whose keys are in the daemon or on their way there */
  GQueue waiting;    /* of GTask, whose data is a place */
};

L2tpIpsecDaemon *
l2tp_ipsec_daemon_new (const char *socket)
{
  L2tpIpsecDaemon *daemon = g_new0 (L2tpIpsecDaemon, 1);

  g_atomic_ref_count_init (&daemon->refs);
  daemon->socket = g_strdup (socket);
  daemon->places = g_ptr_array_new ();
  return daemon;
}

void
l2tp_ipsec_daemon_set_socket (L2tpIpsecDaemon *daemon, const char *socket)
{
  g_free (daemon->socket);
  daemon->socket = g_strdup (socket);
}

L2tpIpsecDaemon *
l2tp_ipsec_daemon_ref (L2tpIpsecDaemon *daemon)
{
  g_atomic_ref_count_inc (&daemon->refs);
  return daemon;
}

void
l2tp_ipsec_daemon_unref (L2tpIpsecDaemon *daemon)
{
  if (daemon == NULL || !g_atomic_ref_count_dec (&daemon->refs))
    return;
  g_free (daemon->socket);
  g_ptr_array_unref (daemon->places);
  g_free (daemon);
}

const char *
l2tp_ipsec_daemon_get_socket (L2tpIpsecDaemon *daemon)
{
  return daemon->socket;
}

static L2tpIpsecPlace *
place_new (L2tpIpsecDaemon *daemon, const L2tpIpsecClaim *claim)
{
  L2tpIpsecPlace *place = g_rc_box_new0 (L2tpIpsecPlace);

  place->daemon = l2tp_ipsec_daemon_ref (daemon);
  place->tag = g_strdup (claim->tag);
  place->connection = g_strdup (claim->connection);
  place->key = claim->key != NULL ? l2tp_secret_ref (claim->key) : NULL;
  place->owners = g_strdupv ((char **) claim->owners);
  place->lookups = g_strdupv ((char **) claim->lookups);
  place->evict = claim->evict;
  place->evict_data = claim->evict_data;
  return place;
}

static void
place_clear (gpointer data)
{
  L2tpIpsecPlace *place = data;

  l2tp_ipsec_daemon_unref (place->daemon);
  g_free (place->tag);
  g_free (place->connection);
  l2tp_secret_unref (place->key);
  g_strfreev (place->owners);
  g_strfreev (place->lookups);
}

static void
place_unref (gpointer data)
{
  g_rc_box_release_full (data, place_clear);
}

gboolean
l2tp_ipsec_place_is_evicted (const L2tpIpsecPlace *place)
{
  return place->is_evicted;
}

/* Whether the daemon could take @key's key for what @place looks up. */
static gboolean
finds (const L2tpIpsecPlace *place, const L2tpIpsecPlace *key)
{
  const char *const *owners = (const char *const *) key->owners;

  if (g_strv_contains (owners, ANYBODY))
    return TRUE;
  for (char **lookup = place->lookups; *lookup != NULL; lookup++)
    if (g_strv_contains (owners, *lookup))
      return TRUE;
  return FALSE;
}

static gboolean
is_in_the_way (const L2tpIpsecPlace *other, const L2tpIpsecPlace *place)
{
  if (other->key == NULL || place->key == NULL || l2tp_secret_equal (other->key, place->key) ||
      g_str_equal (other->tag, place->tag))
    return FALSE;
  return finds (place, other) || (!other->is_settled && finds (other, place));
}

static const char *
looked_for (const L2tpIpsecPlace *place)
{
  return place->lookups[g_strv_length (place->lookups) - 1];
}

static void
refuse (GTask *task, const L2tpIpsecPlace *place, const L2tpIpsecPlace *other)
{
  g_task_return_new_error (task, L2TP_ERROR, L2TP_ERROR_BUSY,
                           "ipsec-psk: the connection “%s” is up with another key to %s\n"
                           "Disconnect it first, or give both the same key: the IKE daemon tells "
                           "keys apart by the LNS's address or identity.",
                           other->connection, looked_for (place));
}

static L2tpIpsecPlace *
find_in_the_way (const L2tpIpsecPlace *place)
{
  GPtrArray *places = place->daemon->places;

  for (guint i = 0; i < places->len; i++)
    if (is_in_the_way (g_ptr_array_index (places, i), place))
      return g_ptr_array_index (places, i);
  return NULL;
}

static gboolean
on_waited (gpointer user_data)
{
  g_autoptr (GTask) task = user_data;
  L2tpIpsecPlace *place = g_task_get_task_data (task);
  const L2tpIpsecPlace *other = find_in_the_way (place);

  place->timer = 0;
  g_queue_remove (&place->daemon->waiting, task);
  g_task_return_new_error (task, L2TP_ERROR, L2TP_ERROR_BUSY,
                           "ipsec-psk: the connection “%s” has been in the way for %d s with "
                           "another key to %s\n"
                           "Try again when it is up or disconnected, or give both the same key.",
                           other != NULL ? other->connection : "?", WAIT_MAX, looked_for (place));
  return G_SOURCE_REMOVE;
}

static gboolean
has_to_wait (GTask *task)
{
  L2tpIpsecPlace *place = g_task_get_task_data (task);
  L2tpIpsecPlace *other = find_in_the_way (place);

  if (other == NULL || (other->is_settled && other->evict == NULL) ||
      g_cancellable_is_cancelled (g_task_get_cancellable (task)))
    return FALSE;
  if (place->timer == 0)
    {
      l2tp_info (place->tag, "ipsec: waits for the key of the connection “%s”", other->connection);
      place->timer = g_timeout_add_seconds (WAIT_MAX, on_waited, task);
    }
  if (other->is_settled && !other->is_evicted)
    {
      other->is_evicted = TRUE;
      other->evict (other->evict_data);
    }
  return TRUE;
}

static void
answer (GTask *task)
{
  L2tpIpsecPlace *place = g_task_get_task_data (task);
  const L2tpIpsecPlace *other = find_in_the_way (place);

  g_clear_handle_id (&place->timer, g_source_remove);
  if (g_task_return_error_if_cancelled (task))
    return;
  if (other != NULL)
    {
      refuse (task, place, other);
      return;
    }
  g_task_set_check_cancellable (task, FALSE);
  g_ptr_array_add (place->daemon->places, place);
  g_task_return_pointer (task, g_rc_box_acquire (place), place_unref);
}

/* In their order, but nobody waits for one with whom there is no trouble. An answer may lead back
 * here: who gets it waits no more by then, and the rest is looked at anew. */
static void
serve_waiting (L2tpIpsecDaemon *owned)
{
  g_autoptr (L2tpIpsecDaemon) daemon = l2tp_ipsec_daemon_ref (owned);
  GList *l = daemon->waiting.head;

  while (l != NULL)
    {
      g_autoptr (GTask) task = NULL;

      if (has_to_wait (l->data))
        {
          l = l->next;
          continue;
        }
      task = l->data;
      g_queue_delete_link (&daemon->waiting, l);
      answer (task);
      l = daemon->waiting.head;
    }
}

void
l2tp_ipsec_daemon_claim_async (L2tpIpsecDaemon *daemon,
                               const L2tpIpsecClaim *claim,
                               GCancellable *cancellable,
                               GAsyncReadyCallback callback,
                               gpointer user_data)
{
  GTask *task = g_task_new (NULL, cancellable, callback, user_data);

  g_task_set_source_tag (task, l2tp_ipsec_daemon_claim_async);
  g_task_set_task_data (task, place_new (daemon, claim), place_unref);
  g_queue_push_tail (&daemon->waiting, task);
  serve_waiting (daemon);
}

L2tpIpsecPlace *
l2tp_ipsec_daemon_claim_finish (GAsyncResult *result, GError **error)
{
  return g_task_propagate_pointer (G_TASK (result), error);
}

void
l2tp_ipsec_daemon_cancel_claim (L2tpIpsecDaemon *daemon, GCancellable *cancellable)
{
  g_cancellable_cancel (cancellable);
  serve_waiting (daemon);
}

L2tpIpsecPlace *
l2tp_ipsec_daemon_claim_found (L2tpIpsecDaemon *daemon, const L2tpIpsecClaim *claim)
{
  L2tpIpsecPlace *place = place_new (daemon, claim);

  place->is_settled = TRUE;
  g_ptr_array_add (daemon->places, place);
  return place;
}

void
l2tp_ipsec_place_settle (L2tpIpsecPlace *place)
{
  place->is_settled = TRUE;
  serve_waiting (place->daemon);
}

L2tpIpsecPlace *
l2tp_ipsec_place_leave (L2tpIpsecPlace *place)
{
  g_autoptr (L2tpIpsecDaemon) daemon = NULL;

  if (place == NULL)
    return NULL;
  daemon = l2tp_ipsec_daemon_ref (place->daemon);
  g_ptr_array_remove (daemon->places, place);
  place_unref (place);
  serve_waiting (daemon);
  return NULL;
}
