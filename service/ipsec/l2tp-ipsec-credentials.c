/* SPDX-License-Identifier: GPL-2.0-or-later */
/* SPDX-FileCopyrightText: The l2tp-client authors */

/* Pre-shared keys and certificates. GnuTLS opens what is locked: VICI takes neither PKCS#12 nor a
 * key with a passphrase. Everything that it hands out is wiped here. */

#include "l2tp-ipsec-credentials.h"

#include <gnutls/gnutls.h>
#include <gnutls/pkcs12.h>
#include <gnutls/x509.h>
#include <string.h>
#include <time.h>

#include "service/base/l2tp-error.h"

typedef gnutls_x509_crt_t Certificate;

static void
certificates_free (Certificate *certificates, guint n)
{
  for (guint i = 0; i < n; i++)
    gnutls_x509_crt_deinit (certificates[i]);
  gnutls_free (certificates);
}

static void
datum_wipe (gnutls_datum_t *datum)
{
  if (datum->data != NULL)
    explicit_bzero (datum->data, datum->size);
  gnutls_free (datum->data);
  *datum = (gnutls_datum_t){ 0 };
}

static GBytes *
bytes_from_datum (gnutls_datum_t *datum)
{
  GBytes *bytes = g_bytes_new (datum->data, datum->size);

  gnutls_free (datum->data);
  return bytes;
}

static gnutls_datum_t
datum_from_bytes (GBytes *bytes)
{
  gsize len;
  gconstpointer data = g_bytes_get_data (bytes, &len);

  return (gnutls_datum_t){ (void *) data, (guint) MIN (len, G_MAXUINT32) };
}

static L2tpIpsecCredentials *
credentials_new (void)
{
  L2tpIpsecCredentials *credentials = g_new0 (L2tpIpsecCredentials, 1);

  credentials->chain = g_ptr_array_new_with_free_func ((GDestroyNotify) g_bytes_unref);
  credentials->ca = g_ptr_array_new_with_free_func ((GDestroyNotify) g_bytes_unref);
  credentials->ca_subject = g_ptr_array_new_with_free_func ((GDestroyNotify) g_bytes_unref);
  return credentials;
}

void
l2tp_ipsec_credentials_free (L2tpIpsecCredentials *credentials)
{
  if (credentials == NULL)
    return;
  g_clear_pointer (&credentials->psk, l2tp_secret_unref);
  g_clear_pointer (&credentials->key, l2tp_secret_unref);
  g_clear_pointer (&credentials->cert, g_bytes_unref);
  g_ptr_array_unref (credentials->chain);
  g_ptr_array_unref (credentials->ca);
  g_ptr_array_unref (credentials->ca_subject);
  g_free (credentials);
}

/* GLib's decoder skips what is not Base64; a key with a slip in it must not become another key. */
static gboolean
is_base64 (const char *text)
{
  gsize len = strlen (text);
  gsize n_digits =
      strspn (text, "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/");
  gsize n_padding = strspn (text + n_digits, "=");

  return len > 0 && len % 4 == 0 && n_digits + n_padding == len && n_padding <= 2;
}

static L2tpSecret *
decode_base64 (const char *text)
{
  gsize len = 0;
  guchar *octets = g_base64_decode (text, &len);
  L2tpSecret *secret = l2tp_secret_new ((const char *) octets, len);

  explicit_bzero (octets, len);
  g_free (octets);
  return secret;
}

L2tpIpsecCredentials *
l2tp_ipsec_credentials_new_psk (L2tpSecret *psk, GError **error)
{
  const char *text = l2tp_secret_peek (psk, NULL);
  g_autoptr (L2tpIpsecCredentials) credentials = credentials_new ();

  if (!g_str_has_prefix (text, "0s"))
    credentials->psk = l2tp_secret_ref (psk);
  else if (is_base64 (text + 2))
    credentials->psk = decode_base64 (text + 2);
  else
    {
      g_set_error_literal (error, L2TP_ERROR, L2TP_ERROR_INVALID_SETTINGS,
                           "ipsec-psk: what follows 0s is not Base64\n"
                           "Correct it; a key that begins with 0s is written in Base64 itself.");
      return NULL;
    }
  return g_steal_pointer (&credentials);
}

static gboolean
is_pem (GBytes *bytes)
{
  gsize len;
  const char *data = g_bytes_get_data (bytes, &len);

  return g_strstr_len (data, (gssize) len, "-----BEGIN ") != NULL;
}

static gnutls_x509_crt_fmt_t
format_of (GBytes *bytes)
{
  return is_pem (bytes) ? GNUTLS_X509_FMT_PEM : GNUTLS_X509_FMT_DER;
}

/* @key: without whose it is, which comes last. */
static gboolean
fail (GError **error, const char *key, const char *cause, const char *remedy)
{
  g_set_error (error, L2TP_ERROR, L2TP_ERROR_INVALID_SETTINGS, "%s: %s\n%s", key, cause, remedy);
  return FALSE;
}

static const char *
whose (const L2tpIpsecFiles *files)
{
  return files->whose != NULL ? files->whose : "machine";
}

static gboolean
fail_passphrase (GError **error, const L2tpIpsecFiles *files, const char *key, gboolean given)
{
  g_set_error (error, L2TP_ERROR, L2TP_ERROR_NO_SECRETS,
               "%s: the passphrase is %s\nGive it as %s-certpass.", key,
               given ? "wrong" : "missing", whose (files));
  return FALSE;
}

static GBytes *
export_certificate (Certificate certificate)
{
  gnutls_datum_t der = { 0 };

  if (gnutls_x509_crt_export2 (certificate, GNUTLS_X509_FMT_DER, &der) < 0)
    return NULL;
  return bytes_from_datum (&der);
}

static void
add_ca (L2tpIpsecCredentials *credentials, Certificate certificate)
{
  gnutls_datum_t subject = { 0 };
  GBytes *der = export_certificate (certificate);

  if (der == NULL || gnutls_x509_crt_get_raw_dn (certificate, &subject) < 0)
    {
      g_clear_pointer (&der, g_bytes_unref);
      return;
    }
  g_ptr_array_add (credentials->ca, der);
  g_ptr_array_add (credentials->ca_subject, bytes_from_datum (&subject));
}

static gboolean
take_ca (L2tpIpsecCredentials *credentials, GBytes *ca, GError **error)
{
  gnutls_datum_t datum = datum_from_bytes (ca);
  Certificate *certificates = NULL;
  guint n = 0;

  if (gnutls_x509_crt_list_import2 (&certificates, &n, &datum, format_of (ca), 0) < 0)
    return fail (error, "ca", "no certificates in this file",
                 "Give the authority's certificate as PEM or DER.");
  for (guint i = 0; i < n; i++)
    add_ca (credentials, certificates[i]);
  certificates_free (certificates, n);
  return TRUE;
}

static gboolean
check_time (Certificate certificate, GError **error)
{
  time_t now = time (NULL);
  time_t from = gnutls_x509_crt_get_activation_time (certificate);
  time_t to = gnutls_x509_crt_get_expiration_time (certificate);
  g_autoptr (GDateTime) when = g_date_time_new_from_unix_utc (now < from ? from : to);
  g_autofree char *text = when != NULL ? g_date_time_format (when, "%F %T UTC") : NULL;
  g_autofree char *cause = NULL;

  if (from <= now && now <= to)
    return TRUE;
  cause = g_strdup_printf ("the certificate %s %s",
                           now < from ? "is not valid before" : "has expired on",
                           text != NULL ? text : "?");
  return fail (error, "cert", cause, "Have it renewed, and check this machine's clock.");
}

static const char *
key_type_of (gnutls_x509_privkey_t key)
{
  switch (gnutls_x509_privkey_get_pk_algorithm (key))
    {
    case GNUTLS_PK_RSA:
      return "rsa";
    case GNUTLS_PK_ECDSA:
      return "ecdsa";
    default: /* of GnuTLS's many */
      return "any";
    }
}

/* The ID tells whether two keys are one. */
static gboolean
belongs_to (gnutls_x509_privkey_t key, Certificate certificate)
{
  guint8 a[64], b[64];
  size_t a_len = sizeof a, b_len = sizeof b;

  return gnutls_x509_privkey_get_key_id (key, 0, a, &a_len) == 0 &&
         gnutls_x509_crt_get_key_id (certificate, 0, b, &b_len) == 0 && a_len == b_len &&
         memcmp (a, b, a_len) == 0;
}

static gboolean
take_pair (L2tpIpsecCredentials *credentials,
           gnutls_x509_privkey_t key,
           Certificate *certificates,
           guint n,
           GError **error)
{
  gnutls_datum_t der = { 0 };

  if (n == 0)
    return fail (error, "cert", "no certificate in this file",
                 "Give the certificate as PEM, DER or PKCS#12.");
  if (!belongs_to (key, certificates[0]))
    return fail (error, "key", "is not the key of the certificate",
                 "Give the private key of that certificate.");
  if (!check_time (certificates[0], error))
    return FALSE;
  if (gnutls_x509_privkey_export2_pkcs8 (key, GNUTLS_X509_FMT_DER, NULL, GNUTLS_PKCS_PLAIN, &der) <
      0)
    return fail (error, "key", "not a key that can be used", "Give an RSA or ECDSA key.");
  credentials->key = l2tp_secret_new ((const char *) der.data, der.size);
  credentials->key_type = key_type_of (key);
  datum_wipe (&der);
  credentials->cert = export_certificate (certificates[0]);
  for (guint i = 1; i < n; i++)
    {
      GBytes *other = export_certificate (certificates[i]);

      if (other != NULL)
        g_ptr_array_add (credentials->chain, other);
    }
  return TRUE;
}

static gboolean
is_passphrase_error (int result)
{
  return result == GNUTLS_E_DECRYPTION_FAILED || result == GNUTLS_E_MAC_VERIFY_FAILED ||
         result == GNUTLS_E_PKCS1_WRONG_PAD || result == GNUTLS_E_INVALID_PASSWORD;
}

/* Returns FALSE without an error when it is no PKCS#12. */
static gboolean
take_pkcs12 (L2tpIpsecCredentials *credentials,
             const L2tpIpsecFiles *files,
             const char *passphrase,
             GError **error)
{
  gnutls_datum_t datum = datum_from_bytes (files->cert);
  gnutls_x509_privkey_t key = NULL;
  Certificate *chain = NULL, *extra = NULL;
  guint n_chain = 0, n_extra = 0;
  gnutls_pkcs12_t container;
  gboolean taken = FALSE;
  int result;

  gnutls_pkcs12_init (&container);
  if (gnutls_pkcs12_import (container, &datum, GNUTLS_X509_FMT_DER, 0) < 0)
    {
      gnutls_pkcs12_deinit (container);
      return FALSE;
    }
  result = gnutls_pkcs12_simple_parse (container, passphrase != NULL ? passphrase : "", &key,
                                       &chain, &n_chain, &extra, &n_extra, NULL, 0);
  gnutls_pkcs12_deinit (container);
  if (result >= 0 && key != NULL)
    taken = take_pair (credentials, key, chain, n_chain, error);
  else if (is_passphrase_error (result))
    fail_passphrase (error, files, "cert", passphrase != NULL);
  else
    fail (error, "cert", "this PKCS#12 file has no certificate with its key",
          "Export it again, with its private key.");
  for (guint i = 0; taken && files->ca == NULL && i < n_extra; i++)
    add_ca (credentials, extra[i]);
  /* The end of the chain is an authority, too. */
  if (taken && files->ca == NULL && n_chain > 1)
    add_ca (credentials, chain[n_chain - 1]);
  gnutls_x509_privkey_deinit (key);
  certificates_free (chain, n_chain);
  certificates_free (extra, n_extra);
  return taken;
}

static gboolean
import_key (gnutls_x509_privkey_t key,
            const L2tpIpsecFiles *files,
            const char *passphrase,
            GError **error)
{
  gnutls_datum_t datum = datum_from_bytes (files->key);
  int result = gnutls_x509_privkey_import2 (key, &datum, format_of (files->key), passphrase, 0);

  if (result >= 0)
    return TRUE;
  if (is_passphrase_error (result) ||
      (passphrase == NULL && result == GNUTLS_E_UNKNOWN_PK_ALGORITHM))
    return fail_passphrase (error, files, "key", passphrase != NULL);
  return fail (error, "key", "no private key in this file",
               "Give the private key as PEM or DER, PKCS#8 or older.");
}

static gboolean
take_files (L2tpIpsecCredentials *credentials,
            const L2tpIpsecFiles *files,
            const char *passphrase,
            GError **error)
{
  gnutls_datum_t datum = datum_from_bytes (files->cert);
  gnutls_x509_privkey_t key;
  Certificate *certificates = NULL;
  guint n = 0;
  gboolean taken;

  if (files->key == NULL)
    return fail (error, "key", "missing", "Give the private key of the certificate.");
  if (gnutls_x509_crt_list_import2 (&certificates, &n, &datum, format_of (files->cert), 0) < 0)
    return fail (error, "cert", "no certificate in this file",
                 "Give the certificate as PEM, DER or PKCS#12.");
  gnutls_x509_privkey_init (&key);
  taken = import_key (key, files, passphrase, error) &&
          take_pair (credentials, key, certificates, n, error);
  gnutls_x509_privkey_deinit (key);
  certificates_free (certificates, n);
  return taken;
}

L2tpIpsecCredentials *
l2tp_ipsec_credentials_new_certificate (const L2tpIpsecFiles *files,
                                        L2tpSecret *passphrase,
                                        GError **error)
{
  g_autoptr (L2tpIpsecCredentials) credentials = credentials_new ();
  const char *phrase = passphrase != NULL ? l2tp_secret_peek (passphrase, NULL) : NULL;
  GError *local_error = NULL;

  if (files->cert == NULL)
    fail (&local_error, "cert", "missing", "Give the certificate.");
  else if (files->ca != NULL)
    take_ca (credentials, files->ca, &local_error);
  if (local_error == NULL && !take_pkcs12 (credentials, files, phrase, &local_error) &&
      local_error == NULL)
    take_files (credentials, files, phrase, &local_error);
  if (local_error == NULL && credentials->ca->len == 0)
    fail (&local_error, "ca", "missing",
          "Give the certificate of the authority that signed the LNS's.");
  if (local_error == NULL)
    return g_steal_pointer (&credentials);
  g_propagate_prefixed_error (error, local_error, "%s-", whose (files));
  return NULL;
}
