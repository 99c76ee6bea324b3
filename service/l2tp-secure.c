/* SPDX-License-Identifier: GPL-2.0-or-later */
/* SPDX-FileCopyrightText: The l2tp-client authors */

/* IPsec under one tunnel. The guard is there before the tunnel may send, and the driver is
 * abandoned before the guard goes: what the driver has left to say, such as a StopCCN that nobody
 * acknowledged, must not be said in clear. Renews an SA that was lost, under the tunnel as it is.
 * Hides the reading of certificates and the order of it all. Owned by the call. Design sections 4
 * and 6; IPS-1…11. */

#include "l2tp-secure.h"

#include "l2tp-owner-file.h"
#include "service/base/l2tp-error.h"
#include "service/base/l2tp-log.h"
#include "service/ipsec/l2tp-ipsec-guard.h"

#define L2TP_PORT   1701
#define AGAIN_AFTER 1                         /* s; the IKE daemon or the LNS may be back by then */
#define ASK_AGAIN   5                         /* s; an LNS that was started has read its keys */
#define PATIENCE    (30 * G_TIME_SPAN_SECOND) /* an LNS keeps a tunnel hardly any longer */

typedef enum
{
  FILE_CA,
  FILE_CERT,
  FILE_KEY,
  N_FILES,
} FileId;

static const L2tpOptionId file_options[N_FILES] = {
  [FILE_CA] = L2TP_OPTION_MACHINE_CA,
  [FILE_CERT] = L2TP_OPTION_MACHINE_CERT,
  [FILE_KEY] = L2TP_OPTION_MACHINE_KEY,
};

struct _L2tpSecure
{
  GObject parent_instance;

  L2tpConfig *config;
  char *tag;
  guint32 owner;
  guint attempt;
  L2tpIpsec *ipsec;
  L2tpIpsecGuard *guard;
  L2tpDriver *driver; /* whose flow the guard is for */
  GInetSocketAddress *local, *peer;
  GCancellable *cancellable; /* of what is under way, until down */

  GPtrArray *files; /* of GBytes, or NULL */
  gboolean loading;
  GError *files_error;

  GTask *up, *down;
  gboolean leaving; /* the SA is being ended */
  guint again_source;
  gint64 lost_at;
  gboolean was_refused; /* since then */
  gboolean closed;      /* down was called */
};

enum
{
  LOST,
  RENEWED,
  FAILED,
  CHANGED,
  N_SIGNALS,
};

static guint signals[N_SIGNALS];

G_DEFINE_FINAL_TYPE (L2tpSecure, l2tp_secure, G_TYPE_OBJECT)

/* --- Files --------------------------------------------------------------------------------- */

static void begin_up (L2tpSecure *self);

/* Its failure is found again, and told, by the up that follows. */
static void
on_prepared (GObject *source, GAsyncResult *result, gpointer data)
{
  g_autoptr (L2tpSecure) self = data;
  g_autoptr (GError) error = NULL;

  if (!l2tp_ipsec_prepare_finish (L2TP_IPSEC (source), result, &error))
    l2tp_debug (self->tag, "ipsec: %s", error->message);
}

static void
finish_files (L2tpSecure *self)
{
  if (self->files != NULL)
    {
      const L2tpIpsecFiles files = {
        .ca = g_ptr_array_index (self->files, FILE_CA),
        .cert = g_ptr_array_index (self->files, FILE_CERT),
        .key = g_ptr_array_index (self->files, FILE_KEY),
      };

      l2tp_ipsec_set_files (self->ipsec, &files);
    }
  if (self->up != NULL)
    begin_up (self);
  /* With a driver it is an adopted one, which has what it needs. */
  else if (self->files_error == NULL && !self->closed && self->driver == NULL)
    l2tp_ipsec_prepare_async (self->ipsec, self->cancellable, on_prepared, g_object_ref (self));
}

static void
on_files (GObject *source, GAsyncResult *result, gpointer data)
{
  g_autoptr (L2tpSecure) self = data;

  self->files = l2tp_owner_file_load_options_finish (result, &self->files_error);
  self->loading = FALSE;
  finish_files (self);
}

/* Returns FALSE when there are none. */
static gboolean
load_files (L2tpSecure *self)
{
  const char *type = l2tp_config_get_string (self->config, L2TP_OPTION_MACHINE_AUTH_TYPE);

  self->loading =
      g_str_equal (type, "tls") || l2tp_config_get_uint (self->config, L2TP_OPTION_USE_CERT) == 1;
  if (self->loading)
    l2tp_owner_file_load_options_async (self->config, file_options, N_FILES, self->owner,
                                        self->cancellable, on_files, g_object_ref (self));
  return self->loading;
}

void
l2tp_secure_prepare (L2tpSecure *secure)
{
  if (!load_files (secure))
    finish_files (secure);
}

/* --- Up ------------------------------------------------------------------------------------ */

guint
l2tp_secure_get_ports (L2tpSecure *secure, guint16 ret_ports[2])
{
  guint port = l2tp_config_get_local_port (secure->config);
  gboolean is_chosen = l2tp_config_is_set (secure->config, L2TP_OPTION_LOCAL_PORT) ||
                       l2tp_config_get_boolean (secure->config, L2TP_OPTION_EPHEMERAL_PORT);
  gboolean begins_with_any = port == 0 && (is_chosen || secure->attempt % 2 == 1);

  ret_ports[0] = port != 0 ? port : begins_with_any ? 0 : L2TP_PORT;
  ret_ports[1] = begins_with_any ? L2TP_PORT : 0;
  return port == 0 ? 2 : 1;
}

/* Not a packet of it may come when the guard has gone. */
static void
silence_driver (L2tpSecure *self)
{
  if (self->driver != NULL)
    l2tp_driver_abandon (self->driver);
  g_clear_object (&self->driver);
}

static void
fail_up (L2tpSecure *self, GError *error)
{
  g_autoptr (GTask) up = g_steal_pointer (&self->up);

  g_task_return_error (up, error);
}

static void
on_up (GObject *source, GAsyncResult *result, gpointer data)
{
  g_autoptr (L2tpSecure) self = data;
  g_autoptr (GTask) up = g_steal_pointer (&self->up);
  GError *error = NULL;

  if (l2tp_ipsec_up_finish (L2TP_IPSEC (source), result, &error))
    g_task_return_boolean (up, TRUE);
  else
    g_task_return_error (up, error);
}

static gboolean
take_addresses (L2tpSecure *self, guint32 guard_id, GError **error)
{
  g_clear_object (&self->local);
  self->local = l2tp_driver_get_local (self->driver);
  g_set_object (&self->peer, l2tp_driver_get_peer (self->driver));
  self->guard = l2tp_ipsec_guard_new (self->local, self->peer, guard_id, error);
  return self->guard != NULL;
}

static void
begin_up (L2tpSecure *self)
{
  GError *error = NULL;

  if (self->loading)
    return;
  if (self->files_error != NULL)
    fail_up (self, g_error_copy (self->files_error));
  else if (!take_addresses (self, 0, &error))
    fail_up (self, error);
  else
    l2tp_ipsec_up_async (self->ipsec, self->local, self->peer, g_task_get_cancellable (self->up),
                         on_up, g_object_ref (self));
}

/* The SA has gone, for an address that did not answer or for good. */
static void
on_left (GObject *source, GAsyncResult *result, gpointer data)
{
  g_autoptr (L2tpSecure) self = data;
  g_autoptr (GTask) down = g_steal_pointer (&self->down);

  l2tp_ipsec_down_finish (L2TP_IPSEC (source), result);
  self->leaving = FALSE;
  self->guard = l2tp_ipsec_guard_free (self->guard);
  if (self->up != NULL && down != NULL)
    fail_up (self, g_error_new_literal (G_IO_ERROR, G_IO_ERROR_CANCELLED, "taken down"));
  else if (self->up != NULL)
    begin_up (self);
  if (down != NULL)
    g_task_return_boolean (down, TRUE);
}

static void
leave (L2tpSecure *self)
{
  if (self->leaving)
    return;
  self->leaving = TRUE;
  l2tp_ipsec_down_async (self->ipsec, on_left, g_object_ref (self));
}

void
l2tp_secure_up_async (L2tpSecure *secure,
                      L2tpDriver *driver,
                      GCancellable *cancellable,
                      GAsyncReadyCallback callback,
                      gpointer user_data)
{
  g_return_if_fail (secure->up == NULL && !secure->closed);

  secure->up = g_task_new (secure, cancellable, callback, user_data);
  g_task_set_source_tag (secure->up, l2tp_secure_up_async);
  silence_driver (secure);
  secure->driver = g_object_ref (driver);
  if (secure->guard != NULL)
    leave (secure);
  else
    begin_up (secure);
}

gboolean
l2tp_secure_up_finish (L2tpSecure *secure, GAsyncResult *result, GError **error)
{
  g_return_val_if_fail (g_task_is_valid (result, secure), FALSE);
  return g_task_propagate_boolean (G_TASK (result), error);
}

GVariant *
l2tp_secure_export (L2tpSecure *secure)
{
  g_auto (GVariantDict) dict = G_VARIANT_DICT_INIT (NULL);

  if (secure->guard == NULL)
    return NULL;
  g_variant_dict_insert (&dict, "guard", "u", l2tp_ipsec_guard_get_id (secure->guard));
  g_variant_dict_insert_value (&dict, "sa", l2tp_ipsec_export (secure->ipsec));
  return g_variant_dict_end (&dict);
}

/* The files are for an SA that has to be asked for again. */
gboolean
l2tp_secure_adopt (L2tpSecure *secure, L2tpDriver *driver, GVariant *state, GError **error)
{
  g_autoptr (GVariant) sa = g_variant_lookup_value (state, "sa", G_VARIANT_TYPE_VARDICT);
  guint32 guard_id = 0;

  g_return_val_if_fail (secure->driver == NULL && secure->guard == NULL, FALSE);
  secure->driver = g_object_ref (driver);
  g_variant_lookup (state, "guard", "u", &guard_id);
  if (!take_addresses (secure, guard_id, error))
    return FALSE;
  load_files (secure);
  l2tp_ipsec_adopt (secure->ipsec, secure->local, secure->peer, sa);
  return TRUE;
}

void
l2tp_secure_end_found (L2tpIpsecDaemon *ike, L2tpConfig *config, const char *tag)
{
  g_autoptr (L2tpIpsec) ipsec = l2tp_ipsec_new (ike, config, tag);

  l2tp_ipsec_adopt (ipsec, NULL, NULL, NULL);
  l2tp_ipsec_down_async (ipsec, NULL, NULL);
}

guint32
l2tp_secure_get_guard_id (L2tpSecure *secure)
{
  return secure->guard != NULL ? l2tp_ipsec_guard_get_id (secure->guard) : 0;
}

gboolean
l2tp_secure_was_refused_port (L2tpSecure *secure)
{
  return l2tp_ipsec_get_failure (secure->ipsec) == L2TP_IPSEC_FAILURE_SELECTORS;
}

gboolean
l2tp_secure_is_up (L2tpSecure *secure)
{
  g_auto (L2tpIpsecStatus) status = { 0 };

  l2tp_ipsec_get_status (secure->ipsec, &status);
  return status.is_up;
}

void
l2tp_secure_get_status (L2tpSecure *secure, L2tpIpsecStatus *ret_status)
{
  l2tp_ipsec_get_status (secure->ipsec, ret_status);
}

/* --- Lost, and renewed --------------------------------------------------------------------- */

static void renew (L2tpSecure *self);

static gboolean
on_again (gpointer data)
{
  L2tpSecure *self = L2TP_SECURE (data);

  self->again_source = 0;
  renew (self);
  return G_SOURCE_REMOVE;
}

/* The daemon or the LNS is being started again. */
static gboolean
may_pass (L2tpSecure *self)
{
  L2tpIpsecFailure failure = l2tp_ipsec_get_failure (self->ipsec);

  if (g_get_monotonic_time () - self->lost_at > PATIENCE)
    return FALSE;
  return failure == L2TP_IPSEC_FAILURE_DAEMON_ENDED || failure == L2TP_IPSEC_FAILURE_HUNG ||
         failure == L2TP_IPSEC_FAILURE_NO_DAEMON || failure == L2TP_IPSEC_FAILURE_UNREACHABLE ||
         failure == L2TP_IPSEC_FAILURE_NO_IKE || failure == L2TP_IPSEC_FAILURE_NO_ANSWER ||
         failure == L2TP_IPSEC_FAILURE_STALLED || failure == L2TP_IPSEC_FAILURE_LOST;
}

/* Who had let us in with the same key, and does not now, has another one, and the end is final; or
 * he is being started and has not read it yet, or in IKEv1 a packet was lost, which looks the same.
 * So he is asked twice, and not more often: LNSs lock out who insists. */
static gboolean
may_be_mistaken (L2tpSecure *self)
{
  L2tpIpsecFailure failure = l2tp_ipsec_get_failure (self->ipsec);
  gboolean is_first = !self->was_refused;

  if (failure != L2TP_IPSEC_FAILURE_PSK && failure != L2TP_IPSEC_FAILURE_REJECTED)
    return FALSE;
  self->was_refused = TRUE;
  return is_first;
}

static void
try_again (L2tpSecure *self, guint seconds, const GError *error)
{
  l2tp_debug (self->tag, "ipsec: %s", error->message);
  self->again_source = g_timeout_add_seconds (seconds, on_again, self);
}

static void
on_renewed (GObject *source, GAsyncResult *result, gpointer data)
{
  g_autoptr (L2tpSecure) self = data;
  g_autoptr (GError) error = NULL;
  gboolean is_up = l2tp_ipsec_up_finish (L2TP_IPSEC (source), result, &error);

  if (self->closed)
    return;
  if (is_up)
    g_signal_emit (self, signals[RENEWED], 0);
  else if (may_pass (self))
    try_again (self, AGAIN_AFTER, error);
  else if (may_be_mistaken (self))
    try_again (self, ASK_AGAIN, error);
  else
    g_signal_emit (self, signals[FAILED], 0, error);
}

/* Whoever has ended the SA may have emptied the kernel's table as well. */
static void
renew (L2tpSecure *self)
{
  g_autoptr (GError) error = NULL;

  if (self->loading) /* of what was adopted */
    self->again_source = g_timeout_add_seconds (AGAIN_AFTER, on_again, self);
  else if (!l2tp_ipsec_guard_renew (self->guard, &error))
    g_signal_emit (self, signals[FAILED], 0, error);
  else
    l2tp_ipsec_up_async (self->ipsec, self->local, self->peer, self->cancellable, on_renewed,
                         g_object_ref (self));
}

static void
on_lost (L2tpIpsec *ipsec, GError *error, L2tpSecure *self)
{
  g_autoptr (L2tpSecure) alive = g_object_ref (self);

  if (self->closed)
    return;
  self->lost_at = g_get_monotonic_time ();
  self->was_refused = FALSE;
  l2tp_ipsec_guard_renew (self->guard, NULL);
  g_signal_emit (self, signals[LOST], 0, error);
  if (!self->closed)
    renew (self);
}

/* --- Down ---------------------------------------------------------------------------------- */

static void
close_all (L2tpSecure *self)
{
  self->closed = TRUE;
  g_cancellable_cancel (self->cancellable);
  g_clear_handle_id (&self->again_source, g_source_remove);
  silence_driver (self);
}

void
l2tp_secure_down_async (L2tpSecure *secure,
                        gint64 until,
                        GAsyncReadyCallback callback,
                        gpointer user_data)
{
  g_return_if_fail (!secure->closed);

  secure->down = g_task_new (secure, NULL, callback, user_data);
  g_task_set_source_tag (secure->down, l2tp_secure_down_async);
  close_all (secure);
  l2tp_ipsec_hurry (secure->ipsec, until);
  leave (secure);
}

void
l2tp_secure_down_finish (L2tpSecure *secure, GAsyncResult *result)
{
  g_return_if_fail (g_task_is_valid (result, secure));
  g_task_propagate_boolean (G_TASK (result), NULL);
}

/* --- Life ---------------------------------------------------------------------------------- */

static void
on_progress (L2tpIpsec *ipsec, const char *step, L2tpSecure *self)
{
  l2tp_debug (self->tag, "ipsec: %s", step);
}

static void
on_warning (L2tpIpsec *ipsec, const char *text, L2tpSecure *self)
{
  l2tp_warning (self->tag, "ipsec: %s", text);
}

static void
on_changed (L2tpIpsec *ipsec, L2tpSecure *self)
{
  g_signal_emit (self, signals[CHANGED], 0);
}

L2tpSecure *
l2tp_secure_new (L2tpIpsecDaemon *ike,
                 L2tpConfig *config,
                 const char *tag,
                 guint32 owner,
                 guint attempt)
{
  L2tpSecure *self = g_object_new (L2TP_TYPE_SECURE, NULL);

  self->config = l2tp_config_ref (config);
  self->tag = g_strdup (tag);
  self->owner = owner;
  self->attempt = attempt;
  self->ipsec = l2tp_ipsec_new (ike, config, tag);
  g_signal_connect (self->ipsec, "progress", G_CALLBACK (on_progress), self);
  g_signal_connect (self->ipsec, "warning", G_CALLBACK (on_warning), self);
  g_signal_connect (self->ipsec, "changed", G_CALLBACK (on_changed), self);
  g_signal_connect (self->ipsec, "lost", G_CALLBACK (on_lost), self);
  return self;
}

/* Without a down the SA is ended all the same, by the object that is told to, when we are gone. */
static void
l2tp_secure_dispose (GObject *object)
{
  L2tpSecure *self = L2TP_SECURE (object);

  if (self->ipsec != NULL)
    g_signal_handlers_disconnect_by_data (self->ipsec, self);
  if (self->ipsec != NULL && !self->closed)
    {
      close_all (self);
      l2tp_ipsec_down_async (self->ipsec, NULL, NULL);
    }
  g_clear_object (&self->ipsec);
  self->guard = l2tp_ipsec_guard_free (self->guard);
  G_OBJECT_CLASS (l2tp_secure_parent_class)->dispose (object);
}

static void
l2tp_secure_finalize (GObject *object)
{
  L2tpSecure *self = L2TP_SECURE (object);

  g_clear_pointer (&self->files, g_ptr_array_unref);
  g_clear_error (&self->files_error);
  g_clear_object (&self->local);
  g_clear_object (&self->peer);
  g_object_unref (self->cancellable);
  l2tp_config_unref (self->config);
  g_free (self->tag);
  G_OBJECT_CLASS (l2tp_secure_parent_class)->finalize (object);
}

static void
l2tp_secure_class_init (L2tpSecureClass *klass)
{
  GObjectClass *object_class = G_OBJECT_CLASS (klass);

  object_class->dispose = l2tp_secure_dispose;
  object_class->finalize = l2tp_secure_finalize;

#define SIGNAL(NAME, ...)                                                                          \
  g_signal_new (NAME, L2TP_TYPE_SECURE, G_SIGNAL_RUN_LAST, 0, NULL, NULL, NULL, G_TYPE_NONE,       \
                __VA_ARGS__)
  signals[LOST] = SIGNAL ("lost", 1, G_TYPE_ERROR);
  signals[RENEWED] = SIGNAL ("renewed", 0);
  signals[FAILED] = SIGNAL ("failed", 1, G_TYPE_ERROR);
  signals[CHANGED] = SIGNAL ("changed", 0);
#undef SIGNAL
}

static void
l2tp_secure_init (L2tpSecure *self)
{
  self->cancellable = g_cancellable_new ();
}
