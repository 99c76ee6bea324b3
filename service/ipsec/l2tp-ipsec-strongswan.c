/* SPDX-License-Identifier: GPL-2.0-or-later */
/* SPDX-FileCopyrightText: The l2tp-client authors */

/* strongSwan as the IKE daemon: one tunnel's way from nothing to an SA. The caller's task is
 * answered at once when it is cancelled; what the daemon then still holds is taken out before
 * anything else begins. The way back is l2tp-strongswan-undo.c's. Hides VICI. */

#include "l2tp-strongswan-private.h"

#include "service/base/l2tp-error.h"
#include "service/base/l2tp-log.h"
#include "service/base/l2tp-source.h"
#include "l2tp-strongswan-initiate.h"

#define ANSWER_TIMEOUT 3000 /* ms that the daemon has to answer */

typedef struct
{
  L2tpIpsecClass parent;
} L2tpIpsecStrongswanClass;

G_DEFINE_FINAL_TYPE (L2tpIpsecStrongswan, l2tp_ipsec_strongswan, L2TP_TYPE_IPSEC)

static void begin_load (L2tpIpsecStrongswan *self);
static void begin_initiate (L2tpIpsecStrongswan *self);

static const char *
state_to_string (L2tpStrongswanState state)
{
  static const char *const names[] = { "idle",       "opening", "claiming", "loading",
                                       "initiating", "asking",  "up",       "undoing" };

  return names[state];
}

void
l2tp_strongswan_set_state (L2tpIpsecStrongswan *self, L2tpStrongswanState state)
{
  if (self->state == state)
    return;
  l2tp_debug (l2tp_ipsec_get_tag (&self->parent), "ipsec: %s -> %s", state_to_string (self->state),
              state_to_string (state));
  self->state = state;
}

static gboolean
is_tls (L2tpConfig *config)
{
  const char *type = l2tp_config_get_string (config, L2TP_OPTION_MACHINE_AUTH_TYPE);

  return g_strcmp0 (type, "tls") == 0 || l2tp_config_get_uint (config, L2TP_OPTION_USE_CERT) == 1;
}

/* The way up. */

static void
warn_if_weak (L2tpIpsecStrongswan *self)
{
  g_auto (L2tpIpsecStatus) status = { 0 };
  g_autofree char *text = NULL;

  if (!self->sa.is_weak)
    return;
  l2tp_ipsec_get_status (&self->parent, &status);
  text = g_strdup_printf ("the LNS takes only weak IPsec algorithms (IKE %s, ESP %s); its "
                          "administrator should renew it",
                          status.ike, status.esp);
  l2tp_ipsec_warn (&self->parent, text);
}

static void
finish_up (L2tpIpsecStrongswan *self)
{
  g_autoptr (GTask) up = g_steal_pointer (&self->up);
  L2tpConfig *config = l2tp_ipsec_get_config (&self->parent);

  l2tp_clear_source (&self->cancelled);
  l2tp_strongswan_set_state (self, L2TP_STRONGSWAN_UP);
  l2tp_strongswan_watch (self);
  l2tp_strongswan_take_status (self);
  l2tp_strongswan_settle_key (self);
  l2tp_ipsec_progress (&self->parent, "up");
  warn_if_weak (self);
  if (is_tls (config) && l2tp_config_get_string (config, L2TP_OPTION_IPSEC_REMOTE_ID) == NULL)
    l2tp_ipsec_warn (&self->parent, "any certificate of the authority in machine-ca counts as the "
                                    "LNS's; set ipsec-remote-id to its name");
  g_task_set_check_cancellable (up, FALSE);
  g_task_return_boolean (up, TRUE);
}

static void
on_asked (GObject *source, GAsyncResult *result, gpointer user_data)
{
  g_autoptr (L2tpIpsec) ipsec = user_data;
  L2tpIpsecStrongswan *self = user_data;
  g_autoptr (GError) error = NULL;
  g_autoptr (GBytes) bytes = l2tp_vici_command_finish (L2TP_VICI (source), result, NULL, &error);

  g_clear_handle_id (&self->patience, g_source_remove);
  if (self->aborting)
    l2tp_strongswan_undo (self);
  else if (bytes == NULL)
    l2tp_strongswan_fail_link (self, error);
  else if (!self->heard.status.is_up)
    l2tp_strongswan_fail (self, L2TP_IPSEC_FAILURE_LOST, NULL);
  else
    finish_up (self);
}

/* Phase 1 may stand when phase 2 was refused; the next offer begins anew. */
static void
on_terminated (GObject *source, GAsyncResult *result, gpointer user_data)
{
  g_autoptr (L2tpIpsec) ipsec = user_data;
  L2tpIpsecStrongswan *self = user_data;
  g_autoptr (GError) error = NULL;
  g_autoptr (GBytes) bytes = l2tp_vici_command_finish (L2TP_VICI (source), result, NULL, &error);

  if (self->aborting)
    l2tp_strongswan_undo (self);
  else if (!l2tp_vici_is_open (L2TP_VICI (source)))
    l2tp_strongswan_fail_link (self, error);
  else
    begin_load (self);
}

static void
retry (L2tpIpsecStrongswan *self)
{
  l2tp_strongswan_set_state (self, L2TP_STRONGSWAN_LOADING);
  l2tp_strongswan_be_patient (self, ANSWER_TIMEOUT);
  l2tp_ipsec_progress (&self->parent, "retrying");
  l2tp_vici_command_async (self->link.control, l2tp_strongswan_make_terminate (self->name), NULL,
                           on_terminated, g_object_ref (self));
}

/* IKEv1 looks for a key for anybody first, if the LNS may have any identity, and so may have found
 * somebody else's. It finds ours when the identity must be the address, which it is not always. */
static gboolean
choose_key (L2tpIpsecStrongswan *self, const L2tpStrongswanOutcome *outcome)
{
  L2tpConfig *config = l2tp_ipsec_get_config (&self->parent);

  if (self->pins_address || !outcome->was_others_key ||
      l2tp_config_get_string (config, L2TP_OPTION_IPSEC_REMOTE_ID) != NULL)
    return FALSE;
  self->pins_address = TRUE;
  return TRUE;
}

static void
on_initiated (GObject *source, GAsyncResult *result, gpointer user_data)
{
  g_autoptr (L2tpIpsec) ipsec = user_data;
  L2tpIpsecStrongswan *self = user_data;
  g_auto (L2tpStrongswanOutcome) outcome = { 0 };
  g_autoptr (GError) error = NULL;
  gboolean initiated = l2tp_strongswan_initiate_finish (result, &outcome, &error);

  if (self->aborting)
    l2tp_strongswan_undo (self);
  else if (error != NULL)
    l2tp_strongswan_fail_link (self, error);
  else if (initiated && self->heard.status.is_up)
    finish_up (self);
  else if (initiated)
    {
      l2tp_strongswan_set_state (self, L2TP_STRONGSWAN_ASKING);
      l2tp_strongswan_be_patient (self, ANSWER_TIMEOUT);
      l2tp_strongswan_ask_for_sa (self, on_asked);
    }
  else if (l2tp_strongswan_attempt_next (&self->attempt, l2tp_ipsec_get_config (ipsec),
                                         outcome.failure, outcome.dh_group) ||
           choose_key (self, &outcome))
    retry (self);
  else
    l2tp_strongswan_fail (self, outcome.failure, outcome.detail);
}

static void
begin_initiate (L2tpIpsecStrongswan *self)
{
  L2tpConfig *config = l2tp_ipsec_get_config (&self->parent);

  l2tp_strongswan_sa_clear (&self->heard);
  l2tp_strongswan_set_state (self, L2TP_STRONGSWAN_INITIATING);
  l2tp_ipsec_progress (&self->parent, "initiating");
  l2tp_strongswan_initiate_async (&self->parent, &self->link, self->name, !is_tls (config),
                                  self->initiating, on_initiated, g_object_ref (self));
  l2tp_strongswan_link_follow (&self->link);
}

static void
on_loaded (GObject *source, GAsyncResult *result, gpointer user_data)
{
  g_autoptr (L2tpIpsec) ipsec = user_data;
  L2tpIpsecStrongswan *self = user_data;
  g_autoptr (GError) error = NULL;
  gboolean loaded = l2tp_strongswan_load_finish (result, &error);

  g_clear_handle_id (&self->patience, g_source_remove);
  if (self->aborting)
    l2tp_strongswan_undo (self);
  else if (!loaded)
    l2tp_strongswan_fail_link (self, error);
  else
    begin_initiate (self);
}

static gboolean
make_credentials (L2tpIpsecStrongswan *self, GError **error)
{
  L2tpConfig *config = l2tp_ipsec_get_config (&self->parent);
  L2tpSecret *psk = l2tp_config_get_secret (config, L2TP_OPTION_IPSEC_PSK);

  if (self->credentials != NULL)
    return TRUE;
  if (is_tls (config))
    self->credentials = l2tp_ipsec_credentials_new_certificate (
        l2tp_ipsec_get_files (&self->parent),
        l2tp_config_get_secret (config, L2TP_OPTION_MACHINE_CERTPASS), error);
  else if (psk != NULL)
    self->credentials = l2tp_ipsec_credentials_new_psk (psk, error);
  else
    g_set_error_literal (error, L2TP_ERROR, L2TP_ERROR_NO_SECRETS,
                         "ipsec-psk: the pre-shared key is missing\n"
                         "Give it, or set machine-auth-type=tls and a certificate.");
  return self->credentials != NULL;
}

gboolean
l2tp_strongswan_make_plan (L2tpIpsecStrongswan *self, GError **error)
{
  L2tpConfig *config = l2tp_ipsec_get_config (&self->parent);

  if (!make_credentials (self, error) || !l2tp_strongswan_attempt_make_proposals (
                                             &self->attempt, config, self->link.algorithms, error))
    return FALSE;
  self->plan = (L2tpStrongswanPlan){
    .name = self->name,
    .config = config,
    .local = l2tp_ipsec_get_local (&self->parent),
    .peer = l2tp_ipsec_get_peer (&self->parent),
    .credentials = self->credentials,
    .ike = (const char *const *) self->attempt.ike,
    .esp = (const char *const *) self->attempt.esp,
    .pins_address = self->pins_address,
  };
  return TRUE;
}

static void
begin_load (L2tpIpsecStrongswan *self)
{
  GError *error = NULL;

  if (!l2tp_strongswan_make_plan (self, &error))
    {
      l2tp_strongswan_fail_with (self, L2TP_IPSEC_FAILURE_SETTINGS, error);
      return;
    }
  l2tp_strongswan_set_state (self, L2TP_STRONGSWAN_LOADING);
  l2tp_strongswan_be_patient (self, ANSWER_TIMEOUT);
  l2tp_strongswan_load_async (self->link.control, self->link.work, &self->plan, &self->loaded,
                              on_loaded, g_object_ref (self));
}

static void
on_claimed (GObject *source, GAsyncResult *result, gpointer user_data)
{
  g_autoptr (L2tpIpsec) ipsec = user_data;
  L2tpIpsecStrongswan *self = user_data;
  GError *error = NULL;

  self->place = l2tp_ipsec_daemon_claim_finish (result, &error);
  if (self->aborting)
    {
      g_clear_error (&error);
      l2tp_strongswan_undo (self);
    }
  else if (!l2tp_strongswan_link_is_open (&self->link))
    {
      g_clear_error (&error);
      l2tp_strongswan_fail (self, L2TP_IPSEC_FAILURE_DAEMON_ENDED, "the IKE daemon has ended");
    }
  else if (error != NULL)
    l2tp_strongswan_fail_with (self, L2TP_IPSEC_FAILURE_SETTINGS, error);
  else
    begin_load (self);
}

static void
begin_claim (L2tpIpsecStrongswan *self)
{
  if (self->credentials->psk == NULL)
    {
      begin_load (self);
      return;
    }
  l2tp_strongswan_set_state (self, L2TP_STRONGSWAN_CLAIMING);
  l2tp_strongswan_claim_key (self, on_claimed);
}

static void
finish_prepare (L2tpIpsecStrongswan *self, const GError *error)
{
  g_autoptr (GTask) prepare = g_steal_pointer (&self->prepare);

  l2tp_clear_source (&self->prepare_cancelled);
  if (prepare == NULL)
    return;
  if (error != NULL)
    g_task_return_error (prepare, g_error_copy (error));
  else
    g_task_return_boolean (prepare, TRUE);
}

static void
on_opened (GObject *source, GAsyncResult *result, gpointer user_data)
{
  g_autoptr (L2tpIpsec) ipsec = user_data;
  L2tpIpsecStrongswan *self = user_data;
  L2tpIpsecFailure failure = L2TP_IPSEC_FAILURE_NONE;
  g_autoptr (GError) error = NULL;

  g_clear_object (&self->opening);
  l2tp_strongswan_set_state (self, L2TP_STRONGSWAN_IDLE);
  if (l2tp_strongswan_link_open_finish (result, &self->link, &failure, &error))
    l2tp_strongswan_listen (self);
  finish_prepare (self, error);
  if (self->aborting)
    l2tp_strongswan_undo (self);
  else if (self->up != NULL && error == NULL)
    begin_claim (self);
  else if (self->up != NULL && error->domain == L2TP_ERROR)
    l2tp_strongswan_fail_with (self, failure, g_steal_pointer (&error));
  else if (self->up != NULL)
    l2tp_strongswan_fail (self, failure, error->message);
}

static void
begin_open (L2tpIpsecStrongswan *self)
{
  l2tp_strongswan_set_state (self, L2TP_STRONGSWAN_OPENING);
  self->opening = g_cancellable_new ();
  l2tp_strongswan_link_open_async (
      l2tp_ipsec_daemon_get_socket (l2tp_ipsec_get_daemon (&self->parent)), self->opening,
      on_opened, g_object_ref (self));
}

static gboolean
on_cancelled (GCancellable *cancellable, gpointer user_data)
{
  L2tpIpsecStrongswan *self = user_data;
  g_autoptr (L2tpIpsec) alive = g_object_ref (&self->parent);
  g_autoptr (GTask) up = g_steal_pointer (&self->up);

  l2tp_clear_source (&self->cancelled);
  if (self->state != L2TP_STRONGSWAN_IDLE)
    l2tp_strongswan_abort (self);
  if (up != NULL)
    g_task_return_error_if_cancelled (up);
  return G_SOURCE_REMOVE;
}

/* An up that has begun meanwhile goes on with what prepare had begun. */
static gboolean
on_prepare_cancelled (GCancellable *cancellable, gpointer user_data)
{
  L2tpIpsecStrongswan *self = user_data;
  g_autoptr (GTask) prepare = g_steal_pointer (&self->prepare);

  l2tp_clear_source (&self->prepare_cancelled);
  if (self->up == NULL && self->opening != NULL)
    {
      g_cancellable_cancel (self->opening);
      self->aborting = TRUE;
    }
  g_task_return_error_if_cancelled (prepare);
  return G_SOURCE_REMOVE;
}

static void
watch_cancellable (GCancellable *cancellable,
                   GSource **source,
                   GCancellableSourceFunc func,
                   L2tpIpsecStrongswan *self)
{
  if (cancellable == NULL)
    return;
  *source = g_cancellable_source_new (cancellable);
  g_source_set_callback (*source, G_SOURCE_FUNC (func), self, NULL);
  g_source_attach (*source, g_main_context_get_thread_default ());
}

void
l2tp_strongswan_ensure_name (L2tpIpsecStrongswan *self)
{
  if (self->name == NULL)
    self->name = g_strdup_printf ("l2tp-client-%s", l2tp_ipsec_get_tag (&self->parent));
}

void
l2tp_strongswan_begin_up (L2tpIpsecStrongswan *self)
{
  L2tpIpsec *ipsec = &self->parent;
  GError *error = NULL;

  self->up = g_steal_pointer (&self->next_up);
  g_clear_object (&self->initiating);
  self->initiating = g_cancellable_new ();
  watch_cancellable (g_task_get_cancellable (self->up), &self->cancelled, on_cancelled, self);
  l2tp_strongswan_ensure_name (self);
  self->pins_address = FALSE;
  l2tp_strongswan_attempt_begin (&self->attempt, l2tp_ipsec_get_config (ipsec));
  if (!make_credentials (self, &error))
    l2tp_strongswan_fail_with (self, L2TP_IPSEC_FAILURE_SETTINGS, error);
  else if (self->state == L2TP_STRONGSWAN_OPENING)
    l2tp_ipsec_progress (ipsec, "connecting"); /* prepare() is at it */
  else if (self->link.control != NULL)
    begin_claim (self);
  else
    {
      l2tp_ipsec_progress (ipsec, "connecting");
      begin_open (self);
    }
}

static void
strongswan_up (L2tpIpsec *ipsec, GTask *task)
{
  L2tpIpsecStrongswan *self = (L2tpIpsecStrongswan *) ipsec;

  g_return_if_fail (self->up == NULL && self->next_up == NULL && self->state != L2TP_STRONGSWAN_UP);
  self->next_up = task;
  if (self->state == L2TP_STRONGSWAN_IDLE ||
      (self->state == L2TP_STRONGSWAN_OPENING && !self->aborting))
    l2tp_strongswan_begin_up (self);
}

static void
strongswan_prepare (L2tpIpsec *ipsec, GTask *task)
{
  L2tpIpsecStrongswan *self = (L2tpIpsecStrongswan *) ipsec;
  GError *error = NULL;

  g_return_if_fail (self->prepare == NULL);
  self->prepare = task;
  if (!make_credentials (self, &error))
    {
      finish_prepare (self, error);
      g_clear_error (&error);
    }
  else if (self->state != L2TP_STRONGSWAN_IDLE || self->link.control != NULL)
    finish_prepare (self, NULL);
  else
    {
      watch_cancellable (g_task_get_cancellable (task), &self->prepare_cancelled,
                         on_prepare_cancelled, self);
      begin_open (self);
    }
}

static void
l2tp_ipsec_strongswan_finalize (GObject *object)
{
  L2tpIpsecStrongswan *self = (L2tpIpsecStrongswan *) object;

  g_clear_handle_id (&self->verify_timer, g_source_remove);
  g_clear_handle_id (&self->patience, g_source_remove);
  l2tp_clear_source (&self->cancelled);
  l2tp_clear_source (&self->prepare_cancelled);
  if (self->link.control != NULL)
    {
      g_signal_handlers_disconnect_by_data (self->link.control, self);
      g_signal_handlers_disconnect_by_data (self->link.work, self);
    }
  l2tp_strongswan_link_clear (&self->link);
  l2tp_ipsec_credentials_free (self->credentials);
  l2tp_strongswan_attempt_clear (&self->attempt);
  l2tp_strongswan_loaded_clear (&self->loaded);
  l2tp_strongswan_sa_clear (&self->sa);
  l2tp_strongswan_sa_clear (&self->heard);
  g_clear_object (&self->opening);
  g_clear_object (&self->initiating);
  g_clear_error (&self->error);
  l2tp_strongswan_release_key (self);
  g_free (self->name);
  G_OBJECT_CLASS (l2tp_ipsec_strongswan_parent_class)->finalize (object);
}

static void
l2tp_ipsec_strongswan_class_init (L2tpIpsecStrongswanClass *klass)
{
  G_OBJECT_CLASS (klass)->finalize = l2tp_ipsec_strongswan_finalize;
  klass->parent.prepare = strongswan_prepare;
  klass->parent.up = strongswan_up;
  klass->parent.down = l2tp_strongswan_down;
  klass->parent.export = l2tp_strongswan_export;
  klass->parent.adopt = l2tp_strongswan_adopt;
}

static void
l2tp_ipsec_strongswan_init (L2tpIpsecStrongswan *self)
{
}
