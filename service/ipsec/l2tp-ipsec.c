/* SPDX-License-Identifier: GPL-2.0-or-later */
/* SPDX-FileCopyrightText: The l2tp-client authors */

/* What all IKE daemons have in common: the order of up and down, status, "lost" once. Hides
 * which daemon it is. */

#include "l2tp-ipsec-private.h"

typedef struct
{
  L2tpIpsecDaemon *daemon;
  L2tpConfig *config;
  char *tag;
  L2tpIpsecFiles files;
  GInetSocketAddress *local, *peer;
  L2tpIpsecStatus status;
  L2tpIpsecFailure failure;
  gint64 hurry; /* see l2tp_ipsec_hurry(); 0: none */
} L2tpIpsecPrivate;

/* ms that a daemon has to undo what is ours */
#define PATIENCE     3000
#define PATIENCE_MIN 500

G_DEFINE_TYPE_WITH_PRIVATE (L2tpIpsec, l2tp_ipsec, G_TYPE_OBJECT)

#define PRIVATE(ipsec) ((L2tpIpsecPrivate *) l2tp_ipsec_get_instance_private (ipsec))

enum
{
  PROGRESS,
  WARNING,
  CHANGED,
  LOST,
  N_SIGNALS,
};

static guint signals[N_SIGNALS];

void
l2tp_ipsec_status_clear (L2tpIpsecStatus *status)
{
  g_free (status->ike);
  g_free (status->esp);
  g_free (status->local_id);
  g_free (status->remote_id);
  *status = (L2tpIpsecStatus){ .rekey_time = -1 };
}

L2tpIpsecDaemon *
l2tp_ipsec_get_daemon (L2tpIpsec *ipsec)
{
  return PRIVATE (ipsec)->daemon;
}

L2tpConfig *
l2tp_ipsec_get_config (L2tpIpsec *ipsec)
{
  return PRIVATE (ipsec)->config;
}

const char *
l2tp_ipsec_get_tag (L2tpIpsec *ipsec)
{
  return PRIVATE (ipsec)->tag;
}

const L2tpIpsecFiles *
l2tp_ipsec_get_files (L2tpIpsec *ipsec)
{
  return &PRIVATE (ipsec)->files;
}

GInetSocketAddress *
l2tp_ipsec_get_local (L2tpIpsec *ipsec)
{
  return PRIVATE (ipsec)->local;
}

GInetSocketAddress *
l2tp_ipsec_get_peer (L2tpIpsec *ipsec)
{
  return PRIVATE (ipsec)->peer;
}

L2tpIpsecFailure
l2tp_ipsec_get_failure (L2tpIpsec *ipsec)
{
  return PRIVATE (ipsec)->failure;
}

void
l2tp_ipsec_set_failure (L2tpIpsec *ipsec, L2tpIpsecFailure failure)
{
  PRIVATE (ipsec)->failure = failure;
}

void
l2tp_ipsec_progress (L2tpIpsec *ipsec, const char *step)
{
  g_signal_emit (ipsec, signals[PROGRESS], 0, step);
}

void
l2tp_ipsec_warn (L2tpIpsec *ipsec, const char *text)
{
  g_signal_emit (ipsec, signals[WARNING], 0, text);
}

void
l2tp_ipsec_set_status (L2tpIpsec *ipsec, L2tpIpsecStatus *status)
{
  L2tpIpsecPrivate *self = PRIVATE (ipsec);
  gboolean was_up = self->status.is_up;

  l2tp_ipsec_status_clear (&self->status);
  self->status = *status;
  *status = (L2tpIpsecStatus){ 0 };
  if (was_up && self->status.is_up)
    g_signal_emit (ipsec, signals[CHANGED], 0);
}

void
l2tp_ipsec_lose (L2tpIpsec *ipsec, L2tpIpsecFailure failure, GError *error)
{
  g_autoptr (L2tpIpsec) alive = g_object_ref (ipsec);
  g_autoptr (GError) owned = error;
  L2tpIpsecPrivate *self = PRIVATE (ipsec);

  if (!self->status.is_up)
    return;
  l2tp_ipsec_status_clear (&self->status);
  self->failure = failure;
  g_signal_emit (ipsec, signals[LOST], 0, owned);
}

void
l2tp_ipsec_get_status (L2tpIpsec *ipsec, L2tpIpsecStatus *ret_status)
{
  const L2tpIpsecStatus *status = &PRIVATE (ipsec)->status;

  *ret_status = *status;
  ret_status->ike = g_strdup (status->ike);
  ret_status->esp = g_strdup (status->esp);
  ret_status->local_id = g_strdup (status->local_id);
  ret_status->remote_id = g_strdup (status->remote_id);
}

static void
files_clear (L2tpIpsecFiles *files)
{
  g_clear_pointer (&files->ca, g_bytes_unref);
  g_clear_pointer (&files->cert, g_bytes_unref);
  g_clear_pointer (&files->key, g_bytes_unref);
}

void
l2tp_ipsec_set_files (L2tpIpsec *ipsec, const L2tpIpsecFiles *files)
{
  L2tpIpsecFiles *ours = &PRIVATE (ipsec)->files;

  files_clear (ours);
  ours->ca = files->ca != NULL ? g_bytes_ref (files->ca) : NULL;
  ours->cert = files->cert != NULL ? g_bytes_ref (files->cert) : NULL;
  ours->key = files->key != NULL ? g_bytes_ref (files->key) : NULL;
}

void
l2tp_ipsec_prepare_async (L2tpIpsec *ipsec,
                          GCancellable *cancellable,
                          GAsyncReadyCallback callback,
                          gpointer user_data)
{
  GTask *task = g_task_new (ipsec, cancellable, callback, user_data);

  g_task_set_source_tag (task, l2tp_ipsec_prepare_async);
  L2TP_IPSEC_GET_CLASS (ipsec)->prepare (ipsec, task);
}

gboolean
l2tp_ipsec_prepare_finish (L2tpIpsec *ipsec, GAsyncResult *result, GError **error)
{
  return g_task_propagate_boolean (G_TASK (result), error);
}

void
l2tp_ipsec_up_async (L2tpIpsec *ipsec,
                     GInetSocketAddress *local,
                     GInetSocketAddress *peer,
                     GCancellable *cancellable,
                     GAsyncReadyCallback callback,
                     gpointer user_data)
{
  L2tpIpsecPrivate *self = PRIVATE (ipsec);
  GTask *task = g_task_new (ipsec, cancellable, callback, user_data);

  g_task_set_source_tag (task, l2tp_ipsec_up_async);
  g_set_object (&self->local, local);
  g_set_object (&self->peer, peer);
  self->failure = L2TP_IPSEC_FAILURE_NONE;
  l2tp_ipsec_status_clear (&self->status);
  L2TP_IPSEC_GET_CLASS (ipsec)->up (ipsec, task);
}

gboolean
l2tp_ipsec_up_finish (L2tpIpsec *ipsec, GAsyncResult *result, GError **error)
{
  return g_task_propagate_boolean (G_TASK (result), error);
}

GVariant *
l2tp_ipsec_export (L2tpIpsec *ipsec)
{
  L2tpIpsecPrivate *self = PRIVATE (ipsec);
  g_auto (GVariantDict) dict = G_VARIANT_DICT_INIT (NULL);

  g_variant_dict_insert (&dict, "compatible", "b", self->status.compatible);
  g_variant_dict_insert (&dict, "overhead", "u", self->status.overhead);
  L2TP_IPSEC_GET_CLASS (ipsec)->export(ipsec, &dict);
  return g_variant_dict_end (&dict);
}

void
l2tp_ipsec_adopt (L2tpIpsec *ipsec,
                  GInetSocketAddress *local,
                  GInetSocketAddress *peer,
                  GVariant *state)
{
  L2tpIpsecPrivate *self = PRIVATE (ipsec);
  g_auto (GVariantDict) dict = G_VARIANT_DICT_INIT (state);
  L2tpIpsecStatus status = { .is_up = TRUE, .rekey_time = -1 };

  g_set_object (&self->local, local);
  g_set_object (&self->peer, peer);
  g_variant_dict_lookup (&dict, "compatible", "b", &status.compatible);
  g_variant_dict_lookup (&dict, "overhead", "u", &status.overhead);
  l2tp_ipsec_set_status (ipsec, &status);
  L2TP_IPSEC_GET_CLASS (ipsec)->adopt (ipsec, &dict);
}

void
l2tp_ipsec_hurry (L2tpIpsec *ipsec, gint64 until)
{
  PRIVATE (ipsec)->hurry = until;
}

guint
l2tp_ipsec_get_patience (L2tpIpsec *ipsec)
{
  gint64 until = PRIVATE (ipsec)->hurry;
  gint64 left = (until - g_get_monotonic_time ()) / 1000;

  return until == 0 ? PATIENCE : (guint) CLAMP (left, PATIENCE_MIN, PATIENCE);
}

void
l2tp_ipsec_down_async (L2tpIpsec *ipsec, GAsyncReadyCallback callback, gpointer user_data)
{
  GTask *task = g_task_new (ipsec, NULL, callback, user_data);

  g_task_set_source_tag (task, l2tp_ipsec_down_async);
  l2tp_ipsec_status_clear (&PRIVATE (ipsec)->status);
  L2TP_IPSEC_GET_CLASS (ipsec)->down (ipsec, task);
}

void
l2tp_ipsec_down_finish (L2tpIpsec *ipsec, GAsyncResult *result)
{
  g_task_propagate_boolean (G_TASK (result), NULL);
}

static void
l2tp_ipsec_finalize (GObject *object)
{
  L2tpIpsecPrivate *self = PRIVATE (L2TP_IPSEC (object));

  l2tp_ipsec_daemon_unref (self->daemon);
  l2tp_config_unref (self->config);
  g_free (self->tag);
  files_clear (&self->files);
  g_clear_object (&self->local);
  g_clear_object (&self->peer);
  l2tp_ipsec_status_clear (&self->status);
  G_OBJECT_CLASS (l2tp_ipsec_parent_class)->finalize (object);
}

static void
l2tp_ipsec_class_init (L2tpIpsecClass *klass)
{
  G_OBJECT_CLASS (klass)->finalize = l2tp_ipsec_finalize;
#define SIGNAL(NAME, ...)                                                                          \
  g_signal_new (NAME, L2TP_TYPE_IPSEC, G_SIGNAL_RUN_LAST, 0, NULL, NULL, NULL, G_TYPE_NONE,        \
                __VA_ARGS__)
  signals[PROGRESS] = SIGNAL ("progress", 1, G_TYPE_STRING);
  signals[WARNING] = SIGNAL ("warning", 1, G_TYPE_STRING);
  signals[CHANGED] = SIGNAL ("changed", 0);
  signals[LOST] = SIGNAL ("lost", 1, G_TYPE_ERROR);
#undef SIGNAL
}

static void
l2tp_ipsec_init (L2tpIpsec *ipsec)
{
  PRIVATE (ipsec)->status.rekey_time = -1;
}

L2tpIpsec *
l2tp_ipsec_new (L2tpIpsecDaemon *daemon, L2tpConfig *config, const char *tag)
{
  L2tpIpsec *ipsec = g_object_new (l2tp_ipsec_strongswan_get_type (), NULL);
  L2tpIpsecPrivate *self = PRIVATE (ipsec);

  self->daemon = l2tp_ipsec_daemon_ref (daemon);
  self->config = l2tp_config_ref (config);
  self->tag = g_strdup (tag);
  return ipsec;
}
