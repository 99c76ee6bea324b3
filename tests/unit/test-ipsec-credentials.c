/* SPDX-License-Identifier: GPL-2.0-or-later */
/* SPDX-FileCopyrightText: The l2tp-client authors */

/* The files in credentials/ are openssl's; the passphrase is "passphrase". */

#include <string.h>

#include "service/base/l2tp-error.h"
#include "service/ipsec/l2tp-ipsec-credentials.h"

static GBytes *
load (const char *name)
{
  g_autofree char *path = NULL;
  g_autoptr (GError) error = NULL;
  char *data;
  gsize len;

  if (name == NULL)
    return NULL;
  path = g_test_build_filename (G_TEST_DIST, "credentials", name, NULL);
  g_file_get_contents (path, &data, &len, &error);
  g_assert_no_error (error);
  return g_bytes_new_take (data, len);
}

static L2tpIpsecCredentials *
make (const char *ca, const char *cert, const char *key, const char *passphrase, GError **error)
{
  g_autoptr (GBytes) ca_bytes = load (ca);
  g_autoptr (GBytes) cert_bytes = load (cert);
  g_autoptr (GBytes) key_bytes = load (key);
  L2tpIpsecFiles files = { ca_bytes, cert_bytes, key_bytes };
  g_autoptr (L2tpSecret) secret =
      passphrase != NULL ? l2tp_secret_new (passphrase, strlen (passphrase)) : NULL;

  return l2tp_ipsec_credentials_new_certificate (&files, secret, error);
}

typedef struct
{
  const char *ca, *cert, *key, *passphrase;
} Files;

/* However they come, the certificate and the key are the same in the end; only what else stands in
 * a key's file differs. */
static void
test_forms (void)
{
  static const Files forms[] = {
    { "ca.pem", "client.pem", "client.key", NULL },
    { "ca.pem", "client.der", "client-key.der", NULL },
    { "ca.pem", "client.pem", "client-encrypted.key", "passphrase" },
    { "ca.pem", "client.pem", "client-old.key", "passphrase" },
    { "ca.pem", "client.pem", "client.key", "for nothing" },
    { NULL, "client.p12", NULL, "passphrase" },
    { "ca.pem", "client.p12", "client.p12", "passphrase" },
    { "ca.pem", "client-alone.p12", NULL, NULL },
  };
  g_autoptr (GBytes) cert = load ("client.der");
  g_autoptr (GBytes) key = load ("client-key.der");
  const guint8 *scalar = (const guint8 *) g_bytes_get_data (key, NULL) + 36;

  for (gsize i = 0; i < G_N_ELEMENTS (forms); i++)
    {
      g_autoptr (GError) error = NULL;
      g_autoptr (L2tpIpsecCredentials) made =
          make (forms[i].ca, forms[i].cert, forms[i].key, forms[i].passphrase, &error);
      const char *octets;
      gsize len;

      g_assert_no_error (error);
      g_assert_true (g_bytes_equal (made->cert, cert));
      octets = l2tp_secret_peek (made->key, &len);
      g_assert_nonnull (memmem (octets, len, scalar, 32));
      g_assert_cmpstr (made->key_type, ==, "ecdsa");
      g_assert_cmpuint (made->ca->len, ==, 1);
      g_assert_cmpuint (made->ca_subject->len, ==, 1);
      g_assert_cmpuint (made->chain->len, ==, 0);
      g_assert_null (made->psk);
    }
}

static void
test_faults (void)
{
  static const struct
  {
    Files files;
    int code;
    const char *text;
  } cases[] = {
    { { "ca.pem", "client.pem", "client-encrypted.key", NULL }, L2TP_ERROR_NO_SECRETS, "missing" },
    { { "ca.pem", "client.pem", "client-encrypted.key", "pass" }, L2TP_ERROR_NO_SECRETS, "wrong" },
    { { "ca.pem", "client.pem", "client-old.key", "pass" }, L2TP_ERROR_NO_SECRETS, "wrong" },
    { { "ca.pem", "client.p12", NULL, "pass" }, L2TP_ERROR_NO_SECRETS, "wrong" },
    { { "ca.pem", "client.p12", NULL, NULL }, L2TP_ERROR_NO_SECRETS, "missing" },
    { { "ca.pem", "client.pem", "other.key", NULL }, L2TP_ERROR_INVALID_SETTINGS, "machine-key" },
    { { "ca.pem", "client.pem", NULL, NULL }, L2TP_ERROR_INVALID_SETTINGS, "machine-key" },
    { { "ca.pem", "client.pem", "ca.pem", NULL }, L2TP_ERROR_INVALID_SETTINGS, "machine-key" },
    { { "ca.pem", "expired.pem", "client.key", NULL },
      L2TP_ERROR_INVALID_SETTINGS,
      "expired on 2020-02-01" },
    { { "ca.pem", NULL, "client.key", NULL }, L2TP_ERROR_INVALID_SETTINGS, "machine-cert" },
    { { "ca.pem", "client.key", "client.key", NULL }, L2TP_ERROR_INVALID_SETTINGS, "machine-cert" },
    { { NULL, "client.pem", "client.key", NULL }, L2TP_ERROR_INVALID_SETTINGS, "machine-ca" },
    { { NULL, "client-alone.p12", NULL, NULL }, L2TP_ERROR_INVALID_SETTINGS, "machine-ca" },
    { { "client.key", "client.pem", "client.key", NULL },
      L2TP_ERROR_INVALID_SETTINGS,
      "machine-ca" },
  };

  for (gsize i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      const Files *files = &cases[i].files;
      g_autoptr (GError) error = NULL;

      g_assert_null (make (files->ca, files->cert, files->key, files->passphrase, &error));
      g_test_message ("%s", error->message);
      g_assert_error (error, L2TP_ERROR, cases[i].code);
      g_assert_nonnull (strstr (error->message, cases[i].text));
      g_assert_nonnull (strchr (error->message, '\n'));
    }
}

/* Half of a file, and a file with a slip in it. */
static void
test_damaged (void)
{
  static const char *const names[] = { "client.p12", "client.der", "client.pem" };

  for (gsize i = 0; i < G_N_ELEMENTS (names); i++)
    {
      g_autoptr (GBytes) whole = load (names[i]);
      g_autoptr (GBytes) ca = load ("ca.pem");
      g_autoptr (GBytes) key = load ("client.key");
      g_autoptr (L2tpSecret) secret = l2tp_secret_new ("passphrase", 10);
      gsize len = g_bytes_get_size (whole);

      for (gsize cut = 0; cut < len; cut += 37)
        {
          g_autoptr (GBytes) part = g_bytes_new_from_bytes (whole, 0, cut);
          L2tpIpsecFiles files = { ca, part, key };
          g_autoptr (GError) error = NULL;

          g_autoptr (L2tpIpsecCredentials) made =
              l2tp_ipsec_credentials_new_certificate (&files, secret, &error);

          /* PEM is whole before its last line is. */
          g_assert_true ((made == NULL) == (error != NULL));
          g_assert_true (made == NULL || g_str_has_suffix (names[i], ".pem"));
        }
    }
}

static void
assert_psk (const char *text, const char *octets, gsize octets_len)
{
  g_autoptr (L2tpSecret) option = l2tp_secret_new (text, strlen (text));
  g_autoptr (GError) error = NULL;
  g_autoptr (L2tpIpsecCredentials) made = l2tp_ipsec_credentials_new_psk (option, &error);
  const char *psk;
  gsize len;

  if (octets == NULL)
    {
      g_assert_null (made);
      g_assert_error (error, L2TP_ERROR, L2TP_ERROR_INVALID_SETTINGS);
      g_assert_true (text[2] == '\0' || strstr (error->message, text + 2) == NULL);
      return;
    }
  psk = l2tp_secret_peek (made->psk, &len);
  g_assert_cmpmem (psk, len, octets, octets_len);
}

static void
test_psk (void)
{
  assert_psk ("plain", "plain", 5);
  assert_psk ("0x414243", "0x414243", 8);
  assert_psk ("0", "0", 1);
  assert_psk ("0sczNjcmV0LXBzaw==", "s3cret-psk", 10);
  assert_psk ("0sAAEC", "\0\1\2", 3);
  assert_psk ("0s", NULL, 0);
  assert_psk ("0sAAE", NULL, 0);
  assert_psk ("0sAA*C", NULL, 0);
  assert_psk ("0s====", NULL, 0);
  assert_psk ("0sAA=C", NULL, 0);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/ipsec-credentials/forms", test_forms);
  g_test_add_func ("/ipsec-credentials/faults", test_faults);
  g_test_add_func ("/ipsec-credentials/damaged", test_damaged);
  g_test_add_func ("/ipsec-credentials/psk", test_psk);
  return g_test_run ();
}
