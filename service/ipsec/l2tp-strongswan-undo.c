/* SPDX-License-Identifier: GPL-2.0-or-later */
/* SPDX-FileCopyrightText: The l2tp-client authors */

/* The way back, from wherever it begins: a failure, a cancel, a down, an SA that was lost. What is
 * under way is stopped where it can be stopped; all that is ours is taken out of the daemon; then
 * who waits is answered. A daemon that hangs loses its clients: no way back takes longer than
 * patience lasts. Part of l2tp-ipsec-strongswan.c. */

#include "l2tp-strongswan-private.h"

#include "service/base/l2tp-error.h"
#include "service/base/l2tp-log.h"
#include "service/base/l2tp-source.h"

void
l2tp_strongswan_fail_with (L2tpIpsecStrongswan *self, L2tpIpsecFailure failure, GError *error)
{
  l2tp_ipsec_set_failure (&self->parent, failure);
  g_clear_error (&self->error);
  self->error = error;
  l2tp_strongswan_undo (self);
}

void
l2tp_strongswan_fail (L2tpIpsecStrongswan *self, L2tpIpsecFailure failure, const char *detail)
{
  l2tp_strongswan_fail_with (self, failure, l2tp_strongswan_make_error (self, failure, detail));
}

/* Something of the connection to the daemon went wrong. */
void
l2tp_strongswan_fail_link (L2tpIpsecStrongswan *self, const GError *error)
{
  gboolean is_ours = error->domain == L2TP_ERROR;

  if (is_ours)
    l2tp_strongswan_fail_with (self, L2TP_IPSEC_FAILURE_SETTINGS, g_error_copy (error));
  else
    l2tp_strongswan_fail (self, l2tp_strongswan_link_failure (error), error->message);
}

/* Everything that was ours has been taken out, or the daemon has gone. */
static void
finish_undo (L2tpIpsecStrongswan *self)
{
  g_autoptr (GTask) up = g_steal_pointer (&self->up);
  g_autoptr (GTask) down = g_steal_pointer (&self->down);
  g_autoptr (L2tpIpsec) alive = g_object_ref (&self->parent);

  g_clear_handle_id (&self->patience, g_source_remove);
  l2tp_clear_source (&self->cancelled);
  l2tp_strongswan_release_key (self);
  l2tp_strongswan_loaded_clear (&self->loaded);
  if (!l2tp_strongswan_link_is_open (&self->link))
    l2tp_strongswan_link_clear (&self->link);
  self->aborting = self->adopting = FALSE;
  l2tp_strongswan_set_state (self, L2TP_STRONGSWAN_IDLE);
  if (down != NULL)
    {
      l2tp_strongswan_link_clear (&self->link);
      g_clear_pointer (&self->credentials, l2tp_ipsec_credentials_free);
    }
  if (up != NULL)
    g_task_return_error (up, g_steal_pointer (&self->error));
  g_clear_error (&self->error);
  if (down != NULL)
    g_task_return_boolean (down, TRUE);
  if (self->state == L2TP_STRONGSWAN_IDLE && self->next_up != NULL && self->down == NULL)
    l2tp_strongswan_begin_up (self);
}

static void
on_unloaded (GObject *source, GAsyncResult *result, gpointer user_data)
{
  g_autoptr (L2tpIpsec) ipsec = user_data;
  L2tpIpsecStrongswan *self = user_data;

  l2tp_strongswan_unload_finish (result);
  if (self->state == L2TP_STRONGSWAN_UNDOING)
    finish_undo (self);
}

/* The daemon does not answer: it loses its clients, and all commands fail. */
static gboolean
on_impatient (gpointer user_data)
{
  L2tpIpsecStrongswan *self = user_data;
  g_autoptr (L2tpIpsec) alive = g_object_ref (&self->parent);

  self->patience = 0;
  if (self->opening != NULL)
    g_cancellable_cancel (self->opening);
  if (self->state == L2TP_STRONGSWAN_UNDOING)
    l2tp_strongswan_clean_kernel (self);
  l2tp_warning (l2tp_ipsec_get_tag (&self->parent), "strongSwan does not answer");
  l2tp_strongswan_link_give_up (&self->link);
  return G_SOURCE_REMOVE;
}

void
l2tp_strongswan_be_patient (L2tpIpsecStrongswan *self, guint ms)
{
  g_clear_handle_id (&self->patience, g_source_remove);
  self->patience = g_timeout_add (ms, on_impatient, self);
}

void
l2tp_strongswan_undo (L2tpIpsecStrongswan *self)
{
  g_clear_handle_id (&self->verify_timer, g_source_remove);
  l2tp_strongswan_set_state (self, L2TP_STRONGSWAN_UNDOING);
  l2tp_strongswan_be_patient (self, l2tp_ipsec_get_patience (&self->parent));
  if (self->checking) /* comes back here when it is done */
    return;
  if (self->link.control == NULL || !l2tp_vici_is_open (self->link.control))
    {
      l2tp_strongswan_link_clear (&self->link);
      finish_undo (self);
      return;
    }
  l2tp_strongswan_unload_async (self->link.control, self->name, &self->loaded, on_unloaded,
                                g_object_ref (self));
}

/* Stops what is under way where it can be stopped, and undoes what it had done. */
void
l2tp_strongswan_abort (L2tpIpsecStrongswan *self)
{
  switch (self->state)
    {
    case L2TP_STRONGSWAN_IDLE:
    case L2TP_STRONGSWAN_UP:
      l2tp_strongswan_undo (self);
      break;
    case L2TP_STRONGSWAN_OPENING:
      self->aborting = TRUE;
      if (self->adopting)
        l2tp_strongswan_be_patient (self, l2tp_ipsec_get_patience (&self->parent));
      else
        g_cancellable_cancel (self->opening);
      break;
    case L2TP_STRONGSWAN_CLAIMING:
      self->aborting = TRUE;
      l2tp_ipsec_daemon_cancel_claim (l2tp_ipsec_get_daemon (&self->parent), self->initiating);
      break;
    case L2TP_STRONGSWAN_INITIATING:
      self->aborting = TRUE;
      g_cancellable_cancel (self->initiating);
      break;
    case L2TP_STRONGSWAN_LOADING:
    case L2TP_STRONGSWAN_ASKING:
      self->aborting = TRUE;
      l2tp_strongswan_be_patient (self, l2tp_ipsec_get_patience (&self->parent));
      break;
    case L2TP_STRONGSWAN_UNDOING:
      l2tp_strongswan_be_patient (self, l2tp_ipsec_get_patience (&self->parent));
      break;
    }
}

void
l2tp_strongswan_down (L2tpIpsec *ipsec, GTask *task)
{
  L2tpIpsecStrongswan *self = (L2tpIpsecStrongswan *) ipsec;
  g_autoptr (GTask) next_up = g_steal_pointer (&self->next_up);
  g_autoptr (GTask) up = g_steal_pointer (&self->up);

  g_return_if_fail (self->down == NULL);
  self->down = task;
  l2tp_strongswan_ensure_name (self);
  l2tp_clear_source (&self->cancelled);
  l2tp_strongswan_abort (self);
  if (next_up != NULL)
    g_task_return_new_error (next_up, G_IO_ERROR, G_IO_ERROR_CANCELLED, "taken down");
  if (up != NULL)
    g_task_return_new_error (up, G_IO_ERROR, G_IO_ERROR_CANCELLED, "taken down");
}
