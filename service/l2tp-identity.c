/* SPDX-License-Identifier: GPL-2.0-or-later */
/* SPDX-FileCopyrightText: The l2tp-client authors */

/* The user's certificate for EAP-TLS. pppd opens files, and those that the profile names are not
 * its to open: here they are read as their owner may, unlocked, and put into memory that has no
 * name, cannot be changed any more and goes with the last descriptor. So the passphrase never gets
 * as far as pppd, and PKCS#12 and DER do as well as PEM. Owned by the call. RFC 5216;
 * memfd_create(2). */

#include "l2tp-identity.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "l2tp-owner-file.h"
#include "service/base/l2tp-error.h"
#include "service/base/l2tp-fd.h"
#include "service/ipsec/l2tp-ipsec-credentials.h"
#include "service/ppp/l2tp-link.h"

#define SEALS (F_SEAL_SEAL | F_SEAL_SHRINK | F_SEAL_GROW | F_SEAL_WRITE)

static const L2tpOptionId file_options[L2TP_LINK_N_IDENTITY_FDS] = {
  [L2TP_LINK_IDENTITY_CA] = L2TP_OPTION_USER_CA,
  [L2TP_LINK_IDENTITY_CERT] = L2TP_OPTION_USER_CERT,
  [L2TP_LINK_IDENTITY_KEY] = L2TP_OPTION_USER_KEY,
};

struct _L2tpIdentity
{
  GObject parent_instance;

  L2tpConfig *config;
  guint32 owner;
  int fds[L2TP_LINK_N_IDENTITY_FDS];
  GError *error; /* of the reading, or that it is not over */
};

G_DEFINE_FINAL_TYPE (L2tpIdentity, l2tp_identity, G_TYPE_OBJECT)

/* What a thread works with: nothing of it is the object's. */
typedef struct
{
  GPtrArray *files; /* of GBytes */
  L2tpSecret *passphrase;
  int fds[L2TP_LINK_N_IDENTITY_FDS];
} Job;

static void
job_free (gpointer data)
{
  Job *job = data;

  for (guint i = 0; i < L2TP_LINK_N_IDENTITY_FDS; i++)
    l2tp_clear_fd (&job->fds[i]);
  g_ptr_array_unref (job->files);
  l2tp_secret_unref (job->passphrase);
  g_free (job);
}

/* RFC 7468. What was made of a key is wiped. */
static gboolean
write_pem (int fd, const char *label, gconstpointer der, gsize len)
{
  g_autofree char *begin = g_strdup_printf ("-----BEGIN %s-----\n", label);
  g_autofree char *end = g_strdup_printf ("-----END %s-----\n", label);
  gsize room = (len / 3 + 1) * 4 + 4;
  char *text;
  int state = 0, save = 0;
  gsize n;
  gboolean ok;

  room += room / 72 + 1;
  text = g_malloc (room);
  n = g_base64_encode_step (der, len, TRUE, text, &state, &save);
  n += g_base64_encode_close (TRUE, text + n, &state, &save);
  ok = l2tp_fd_write_all (fd, begin, strlen (begin)) && l2tp_fd_write_all (fd, text, n) &&
       l2tp_fd_write_all (fd, end, strlen (end));
  explicit_bzero (text, room);
  explicit_bzero (&save, sizeof save);
  g_free (text);
  return ok;
}

static gboolean
write_certificate (int fd, GBytes *der)
{
  gsize len;
  gconstpointer data = g_bytes_get_data (der, &len);

  return write_pem (fd, "CERTIFICATE", data, len);
}

static gboolean
write_certificates (int fd, GPtrArray *certificates)
{
  for (guint i = 0; i < certificates->len; i++)
    if (!write_certificate (fd, g_ptr_array_index (certificates, i)))
      return FALSE;
  return TRUE;
}

static gboolean
write_key (int fd, L2tpSecret *key)
{
  gsize len;
  const char *data = l2tp_secret_peek (key, &len);

  return write_pem (fd, "PRIVATE KEY", data, len);
}

static gboolean
write_files (const L2tpIpsecCredentials *credentials, const int *fds)
{
  return write_certificates (fds[L2TP_LINK_IDENTITY_CA], credentials->ca) &&
         write_certificate (fds[L2TP_LINK_IDENTITY_CERT], credentials->cert) &&
         write_certificates (fds[L2TP_LINK_IDENTITY_CERT], credentials->chain) &&
         write_key (fds[L2TP_LINK_IDENTITY_KEY], credentials->key);
}

static gboolean
make_files (const L2tpIpsecCredentials *credentials, int *fds, GError **error)
{
  gboolean ok = TRUE;

  for (guint i = 0; ok && i < L2TP_LINK_N_IDENTITY_FDS; i++)
    {
      fds[i] =
          memfd_create (l2tp_option_get (file_options[i])->key, MFD_CLOEXEC | MFD_ALLOW_SEALING);
      ok = fds[i] >= 0;
    }
  ok = ok && write_files (credentials, fds);
  for (guint i = 0; ok && i < L2TP_LINK_N_IDENTITY_FDS; i++)
    ok = fcntl (fds[i], F_ADD_SEALS, SEALS) == 0;
  if (!ok)
    g_set_error (error, L2TP_ERROR, L2TP_ERROR_PPP_FAILED,
                 "no memory for the user's certificate: %s\n"
                 "Check the limits on memory and open files.",
                 g_strerror (errno));
  return ok;
}

/* A container can ask for as much work as its maker liked: not in the main loop. */
static void
unlock (GTask *task, gpointer source, gpointer data, GCancellable *cancellable)
{
  Job *job = data;
  const L2tpIpsecFiles files = {
    .ca = g_ptr_array_index (job->files, L2TP_LINK_IDENTITY_CA),
    .cert = g_ptr_array_index (job->files, L2TP_LINK_IDENTITY_CERT),
    .key = g_ptr_array_index (job->files, L2TP_LINK_IDENTITY_KEY),
    .whose = "user",
  };
  GError *error = NULL;
  g_autoptr (L2tpIpsecCredentials) credentials =
      l2tp_ipsec_credentials_new_certificate (&files, job->passphrase, &error);

  if (credentials != NULL && make_files (credentials, job->fds, &error))
    g_task_return_boolean (task, TRUE);
  else
    g_task_return_error (task, error);
}

static void
end_reading (GTask *task, GError *error)
{
  L2tpIdentity *self = L2TP_IDENTITY (g_task_get_source_object (task));

  g_clear_error (&self->error);
  if (error == NULL)
    {
      g_task_return_boolean (task, TRUE);
      return;
    }
  self->error = g_error_copy (error);
  g_task_return_error (task, error);
}

static void
on_unlocked (GObject *source, GAsyncResult *result, gpointer data)
{
  L2tpIdentity *self = L2TP_IDENTITY (source);
  Job *job = g_task_get_task_data (G_TASK (result));
  g_autoptr (GTask) task = data;
  GError *error = NULL;

  if (g_task_propagate_boolean (G_TASK (result), &error))
    for (guint i = 0; i < L2TP_LINK_N_IDENTITY_FDS; i++)
      {
        self->fds[i] = job->fds[i];
        job->fds[i] = -1;
      }
  end_reading (task, error);
}

static void
on_loaded (GObject *source, GAsyncResult *result, gpointer data)
{
  g_autoptr (GTask) task = data;
  L2tpIdentity *self = L2TP_IDENTITY (g_task_get_source_object (task));
  g_autoptr (GTask) unlocking = NULL;
  GError *error = NULL;
  GPtrArray *files = l2tp_owner_file_load_options_finish (result, &error);
  L2tpSecret *passphrase;
  Job *job;

  if (files == NULL)
    {
      end_reading (task, error);
      return;
    }
  passphrase = l2tp_config_get_secret (self->config, L2TP_OPTION_USER_CERTPASS);
  job = g_new (Job, 1);
  job->files = files;
  job->passphrase = passphrase != NULL ? l2tp_secret_ref (passphrase) : NULL;
  for (guint i = 0; i < L2TP_LINK_N_IDENTITY_FDS; i++)
    job->fds[i] = -1;
  unlocking = g_task_new (self, g_task_get_cancellable (task), on_unlocked, g_object_ref (task));
  g_task_set_task_data (unlocking, job, job_free);
  g_task_set_return_on_cancel (unlocking, TRUE);
  g_task_run_in_thread (unlocking, unlock);
}

void
l2tp_identity_read_async (L2tpIdentity *identity,
                          GCancellable *cancellable,
                          GAsyncReadyCallback callback,
                          gpointer data)
{
  GTask *task = g_task_new (identity, cancellable, callback, data);

  g_task_set_source_tag (task, l2tp_identity_read_async);
  g_task_set_check_cancellable (task, FALSE); /* what is awaited sees to it */
  l2tp_owner_file_load_options_async (identity->config, file_options, L2TP_LINK_N_IDENTITY_FDS,
                                      identity->owner, cancellable, on_loaded, task);
}

gboolean
l2tp_identity_read_finish (L2tpIdentity *identity, GAsyncResult *result, GError **error)
{
  g_return_val_if_fail (g_task_is_valid (result, identity), FALSE);
  return g_task_propagate_boolean (G_TASK (result), error);
}

const int *
l2tp_identity_get_fds (L2tpIdentity *identity, GError **error)
{
  if (identity->error == NULL)
    return identity->fds;
  g_propagate_error (error, g_error_copy (identity->error));
  return NULL;
}

L2tpIdentity *
l2tp_identity_new (L2tpConfig *config, guint32 owner)
{
  L2tpIdentity *self = g_object_new (L2TP_TYPE_IDENTITY, NULL);

  self->config = l2tp_config_ref (config);
  self->owner = owner;
  return self;
}

static void
l2tp_identity_finalize (GObject *object)
{
  L2tpIdentity *self = L2TP_IDENTITY (object);

  for (guint i = 0; i < L2TP_LINK_N_IDENTITY_FDS; i++)
    l2tp_clear_fd (&self->fds[i]);
  g_clear_error (&self->error);
  l2tp_config_unref (self->config);
  G_OBJECT_CLASS (l2tp_identity_parent_class)->finalize (object);
}

static void
l2tp_identity_class_init (L2tpIdentityClass *klass)
{
  G_OBJECT_CLASS (klass)->finalize = l2tp_identity_finalize;
}

static void
l2tp_identity_init (L2tpIdentity *self)
{
  for (guint i = 0; i < L2TP_LINK_N_IDENTITY_FDS; i++)
    self->fds[i] = -1;
  self->error = g_error_new_literal (L2TP_ERROR, L2TP_ERROR_PPP_FAILED,
                                     "the user's certificate has not been read yet\n"
                                     "Connect again.");
}
