/* SPDX-License-Identifier: GPL-2.0-or-later */
/* SPDX-FileCopyrightText: The l2tp-client authors */

/* Chains of VICI commands, one after the other's answer. What a service that crashed has left is
 * ended meanwhile, on the other connection. An administrator's "swanctl --load-all"
 * removes all that is not in his files, hence verify. Our own certificate stays in the daemon:
 * there is no command to take it out; without its key it is of no use. */

#include "l2tp-strongswan-load.h"

#include <string.h>

#include "service/base/l2tp-error.h"

typedef struct
{
  L2tpVici *vici;
  const L2tpStrongswanPlan *plan;
  const char *name;
  L2tpStrongswanLoaded *loaded;
  const L2tpStrongswanLoaded *expected; /* of verify */
  char *keys_before;                    /* of load */
  gboolean is_ending_stale, is_loaded;  /* of load, which ends with both */
  guint step;
  gboolean is_missing;
} Chain;

static void load_next (GTask *task);
static void unload_next (GTask *task);
static void verify_next (GTask *task);

void
l2tp_strongswan_loaded_clear (L2tpStrongswanLoaded *loaded)
{
  g_free (loaded->key_id);
  *loaded = (L2tpStrongswanLoaded){ 0 };
}

static void
chain_free (gpointer data)
{
  Chain *chain = data;

  g_object_unref (chain->vici);
  g_free (chain->keys_before);
  g_free (chain);
}

static GTask *
chain_new (L2tpVici *vici, Chain fields, GAsyncReadyCallback callback, gpointer user_data)
{
  GTask *task = g_task_new (NULL, NULL, callback, user_data);
  Chain *chain = g_new (Chain, 1);

  *chain = fields;
  chain->vici = g_object_ref (vici);
  g_task_set_task_data (task, chain, chain_free);
  return task;
}

enum
{
  LOAD_SHARED,
  LOAD_GET_KEYS, /* which were there before ours */
  LOAD_KEY,
  LOAD_CONN,
  LOAD_AUTHORITY, /* as many as there are */
};

static L2tpViciRequest *
make_load (const Chain *chain)
{
  const L2tpIpsecCredentials *credentials = chain->plan->credentials;

  switch (chain->step)
    {
    case LOAD_SHARED:
      return credentials->psk != NULL && !chain->plan->without_key
                 ? l2tp_strongswan_make_shared (chain->plan)
                 : NULL;
    case LOAD_GET_KEYS:
      return credentials->key != NULL
                 ? l2tp_strongswan_make_simple ("get-keys", NULL, NULL, NULL, NULL)
                 : NULL;
    case LOAD_KEY:
      return credentials->key != NULL ? l2tp_strongswan_make_key (chain->plan) : NULL;
    case LOAD_CONN:
      return l2tp_strongswan_make_conn (chain->plan);
    default:
      return l2tp_strongswan_make_authority (chain->plan, chain->step - LOAD_AUTHORITY);
    }
}

/* Returns the keys that strongSwan has, in one text: an id is hexadecimal. */
static char *
join_keys (const L2tpViciSection *message)
{
  GString *text = g_string_new (NULL);
  L2tpViciItem list, entry;

  if (l2tp_vici_section_find (message, "keys", &list) && list.type == L2TP_VICI_ITEM_LIST)
    while (l2tp_vici_section_next (&list.section, &entry))
      {
        g_string_append_len (text, (const char *) entry.value.data, (gssize) entry.value.len);
        g_string_append_c (text, ' ');
      }
  return g_string_free (text, FALSE);
}

/* Whose the key was, if it was there: a key that had to be loaded again is ours from then on. */
static void
take_key (Chain *chain, const L2tpViciSection *message)
{
  L2tpStrongswanLoaded *loaded = chain->loaded;
  g_autofree char *id = l2tp_vici_section_dup_text (message, "id");
  gboolean was_there =
      id != NULL && chain->keys_before != NULL && strstr (chain->keys_before, id) != NULL;

  if (id == NULL)
    return;
  loaded->key_is_foreign = was_there && (loaded->key_id == NULL || loaded->key_is_foreign);
  g_free (loaded->key_id);
  loaded->key_id = g_steal_pointer (&id);
}

static void
take_load (Chain *chain, const L2tpViciSection *message)
{
  L2tpStrongswanLoaded *loaded = chain->loaded;

  switch (chain->step)
    {
    case LOAD_SHARED:
      loaded->shared = TRUE;
      break;
    case LOAD_GET_KEYS:
      chain->keys_before = join_keys (message);
      break;
    case LOAD_KEY:
      take_key (chain, message);
      break;
    case LOAD_CONN:
      loaded->conn = TRUE;
      break;
    default:
      loaded->n_authorities = MAX (loaded->n_authorities, chain->step - LOAD_AUTHORITY + 1);
    }
}

static void
on_load_answer (GObject *source, GAsyncResult *result, gpointer user_data)
{
  GTask *task = user_data;
  Chain *chain = g_task_get_task_data (task);
  g_autoptr (GError) error = NULL;
  L2tpViciSection message;
  g_autoptr (GBytes) bytes =
      l2tp_vici_command_finish (L2TP_VICI (source), result, &message, &error);

  if (bytes != NULL)
    {
      take_load (chain, &message);
      chain->step++;
      load_next (task);
      return;
    }
  if (g_error_matches (error, L2TP_ERROR, L2TP_ERROR_FAILED))
    g_task_return_new_error (task, L2TP_ERROR, L2TP_ERROR_INVALID_SETTINGS,
                             "strongSwan does not take the IPsec options: %s\n"
                             "Correct the option that it names.",
                             error->message);
  else
    g_task_return_error (task, g_steal_pointer (&error));
  g_object_unref (task);
}

static void
load_next (GTask *task)
{
  Chain *chain = g_task_get_task_data (task);
  guint end = LOAD_AUTHORITY + chain->plan->credentials->ca->len;

  for (; chain->step < end; chain->step++)
    {
      L2tpViciRequest *request = make_load (chain);

      if (request == NULL)
        continue;
      l2tp_vici_command_async (chain->vici, request, NULL, on_load_answer, task);
      return;
    }
  chain->is_loaded = TRUE;
  if (!chain->is_ending_stale)
    g_task_return_boolean (task, TRUE);
  g_object_unref (task);
}

/* That there is no such SA is the rule. When the link has gone, so has what was loaded. */
static void
on_stale_ended (GObject *source, GAsyncResult *result, gpointer user_data)
{
  g_autoptr (GTask) task = user_data;
  Chain *chain = g_task_get_task_data (task);
  g_autoptr (GError) error = NULL;
  g_autoptr (GBytes) bytes = l2tp_vici_command_finish (L2TP_VICI (source), result, NULL, &error);

  chain->is_ending_stale = FALSE;
  if (!chain->is_loaded)
    return;
  if (error != NULL && !l2tp_vici_is_open (L2TP_VICI (source)))
    g_task_return_error (task, g_steal_pointer (&error));
  else
    g_task_return_boolean (task, TRUE);
}

void
l2tp_strongswan_load_async (L2tpVici *vici,
                            L2tpVici *other,
                            const L2tpStrongswanPlan *plan,
                            L2tpStrongswanLoaded *loaded,
                            GAsyncReadyCallback callback,
                            gpointer user_data)
{
  Chain chain = { .plan = plan, .name = plan->name, .loaded = loaded };
  GTask *task;

  chain.is_ending_stale = !loaded->conn;
  task = chain_new (vici, chain, callback, user_data);
  if (chain.is_ending_stale)
    l2tp_vici_command_async (other, l2tp_strongswan_make_terminate (plan->name), NULL,
                             on_stale_ended, g_object_ref (task));
  load_next (task);
}

gboolean
l2tp_strongswan_load_finish (GAsyncResult *result, GError **error)
{
  return g_task_propagate_boolean (G_TASK (result), error);
}

enum
{
  UNLOAD_CONN, /* first: nothing may begin again */
  UNLOAD_SAS,
  UNLOAD_SHARED,
  UNLOAD_KEY,
  UNLOAD_AUTHORITY, /* as many as there are */
};

static L2tpViciRequest *
make_unload (const Chain *chain)
{
  const L2tpStrongswanLoaded *loaded = chain->loaded;
  g_autofree char *authority = NULL;

  switch (chain->step)
    {
    case UNLOAD_CONN:
      return loaded->conn
                 ? l2tp_strongswan_make_simple ("unload-conn", "name", chain->name, NULL, NULL)
                 : NULL;
    case UNLOAD_SAS:
      return l2tp_strongswan_make_terminate (chain->name);
    case UNLOAD_SHARED:
      return loaded->shared
                 ? l2tp_strongswan_make_simple ("unload-shared", "id", chain->name, NULL, NULL)
                 : NULL;
    case UNLOAD_KEY:
      return loaded->key_id != NULL && !loaded->key_is_foreign
                 ? l2tp_strongswan_make_simple ("unload-key", "id", loaded->key_id, NULL, NULL)
                 : NULL;
    default:
      authority = l2tp_strongswan_make_authority_name (chain->name, chain->step - UNLOAD_AUTHORITY);
      return l2tp_strongswan_make_simple ("unload-authority", "name", authority, NULL, NULL);
    }
}

static void
on_unload_answer (GObject *source, GAsyncResult *result, gpointer user_data)
{
  GTask *task = user_data;
  Chain *chain = g_task_get_task_data (task);
  GBytes *bytes = l2tp_vici_command_finish (L2TP_VICI (source), result, NULL, NULL);

  g_clear_pointer (&bytes, g_bytes_unref);
  chain->step++;
  unload_next (task);
}

static void
unload_next (GTask *task)
{
  Chain *chain = g_task_get_task_data (task);
  guint end = UNLOAD_AUTHORITY + chain->loaded->n_authorities;

  for (; chain->step < end; chain->step++)
    {
      L2tpViciRequest *request = make_unload (chain);

      if (request == NULL)
        continue;
      l2tp_vici_command_async (chain->vici, request, NULL, on_unload_answer, task);
      return;
    }
  l2tp_strongswan_loaded_clear (chain->loaded);
  g_task_return_boolean (task, TRUE);
  g_object_unref (task);
}

void
l2tp_strongswan_unload_async (L2tpVici *vici,
                              const char *name,
                              L2tpStrongswanLoaded *loaded,
                              GAsyncReadyCallback callback,
                              gpointer user_data)
{
  Chain chain = { .name = name, .loaded = loaded };

  unload_next (chain_new (vici, chain, callback, user_data));
}

void
l2tp_strongswan_unload_finish (GAsyncResult *result)
{
  g_task_propagate_boolean (G_TASK (result), NULL);
}

enum
{
  VERIFY_CONN,
  VERIFY_SHARED,
  VERIFY_KEY,
  VERIFY_AUTHORITIES,
  VERIFY_END,
};

static const char *
verify_command (const Chain *chain)
{
  const L2tpStrongswanLoaded *expected = chain->expected;

  switch (chain->step)
    {
    case VERIFY_CONN:
      return expected->conn ? "get-conns" : NULL;
    case VERIFY_SHARED:
      return expected->shared ? "get-shared" : NULL;
    case VERIFY_KEY:
      return expected->key_id != NULL ? "get-keys" : NULL;
    default:
      return expected->n_authorities > 0 ? "get-authorities" : NULL;
    }
}

static gboolean
has_ours (const Chain *chain, const L2tpViciSection *message)
{
  g_autofree char *authority = NULL;

  switch (chain->step)
    {
    case VERIFY_CONN:
      return l2tp_vici_section_has_entry (message, "conns", chain->name);
    case VERIFY_SHARED:
      return l2tp_vici_section_has_entry (message, "keys", chain->name);
    case VERIFY_KEY:
      return l2tp_vici_section_has_entry (message, "keys", chain->expected->key_id);
    default:
      authority = l2tp_strongswan_make_authority_name (chain->name, 0);
      return l2tp_vici_section_has_entry (message, "authorities", authority);
    }
}

static void
on_verify_answer (GObject *source, GAsyncResult *result, gpointer user_data)
{
  GTask *task = user_data;
  Chain *chain = g_task_get_task_data (task);
  g_autoptr (GError) error = NULL;
  L2tpViciSection message;
  g_autoptr (GBytes) bytes =
      l2tp_vici_command_finish (L2TP_VICI (source), result, &message, &error);

  if (bytes == NULL)
    {
      g_task_return_error (task, g_steal_pointer (&error));
      g_object_unref (task);
      return;
    }
  chain->is_missing |= !has_ours (chain, &message);
  chain->step++;
  verify_next (task);
}

static void
verify_next (GTask *task)
{
  Chain *chain = g_task_get_task_data (task);

  for (; chain->step < VERIFY_END && !chain->is_missing; chain->step++)
    {
      const char *command = verify_command (chain);

      if (command == NULL)
        continue;
      l2tp_vici_command_async (chain->vici,
                               l2tp_strongswan_make_simple (command, NULL, NULL, NULL, NULL), NULL,
                               on_verify_answer, task);
      return;
    }
  g_task_return_boolean (task, !chain->is_missing);
  g_object_unref (task);
}

void
l2tp_strongswan_verify_async (L2tpVici *vici,
                              const char *name,
                              const L2tpStrongswanLoaded *loaded,
                              GAsyncReadyCallback callback,
                              gpointer user_data)
{
  Chain chain = { .name = name, .expected = loaded };

  verify_next (chain_new (vici, chain, callback, user_data));
}

gboolean
l2tp_strongswan_verify_finish (GAsyncResult *result, GError **error)
{
  return g_task_propagate_boolean (G_TASK (result), error);
}
