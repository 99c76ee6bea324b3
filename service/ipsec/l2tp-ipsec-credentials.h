/* SPDX-License-Identifier: GPL-2.0-or-later */
/* SPDX-FileCopyrightText: The l2tp-client authors */

/* What authenticates this machine, in the form that an IKE daemon takes: keys unlocked, containers
 * opened. Reads no files and tells no daemon. */

#pragma once

#include "service/base/l2tp-secret.h"

G_BEGIN_DECLS

typedef struct
{
  GBytes *ca;   /* PEM or DER, one certificate or more; NULL: those in @cert, if it is PKCS#12 */
  GBytes *cert; /* PEM, DER or PKCS#12 */
  GBytes *key;  /* PEM or DER, PKCS#8 or older; NULL: the one in @cert, if it is PKCS#12 */
  const char *whose; /* "machine" or "user", with which the options' names begin; NULL: "machine" */
} L2tpIpsecFiles;

typedef struct
{
  L2tpSecret *psk;       /* octets, or NULL */
  L2tpSecret *key;       /* PKCS#8 DER without a passphrase, or NULL */
  const char *key_type;  /* "rsa", "ecdsa", … as VICI calls it */
  GBytes *cert;          /* DER; ours */
  GPtrArray *chain;      /* of GBytes, DER: intermediate certificates of ours */
  GPtrArray *ca;         /* of GBytes, DER */
  GPtrArray *ca_subject; /* of GBytes, DER: the names in @ca */
} L2tpIpsecCredentials;

/* l2tp_ipsec_credentials_new_psk:
 * @psk: the option: the key itself, or "0s" and Base64
 *
 * Errors: L2TP_ERROR_INVALID_SETTINGS. */
L2tpIpsecCredentials *l2tp_ipsec_credentials_new_psk (L2tpSecret *psk, GError **error);

/* l2tp_ipsec_credentials_new_certificate:
 * @passphrase: (nullable): of the key or of the PKCS#12 container
 *
 * Errors: L2TP_ERROR_INVALID_SETTINGS, names the key; L2TP_ERROR_NO_SECRETS for a passphrase that
 * is missing or wrong. A certificate of ours that is not valid now is an error, too. */
L2tpIpsecCredentials *l2tp_ipsec_credentials_new_certificate (const L2tpIpsecFiles *files,
                                                              L2tpSecret *passphrase,
                                                              GError **error);

void l2tp_ipsec_credentials_free (L2tpIpsecCredentials *credentials);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (L2tpIpsecCredentials, l2tp_ipsec_credentials_free)

G_END_DECLS
