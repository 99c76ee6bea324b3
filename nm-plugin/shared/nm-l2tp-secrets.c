/* SPDX-License-Identifier: GPL-2.0-or-later */
/* SPDX-FileCopyrightText: The l2tp-client authors */

/* Which of the four secrets a profile needs: a question that the dialog and the service must answer
 * alike, or NetworkManager asks for ever. Hides what makes a private key encrypted. */

#include "nm-l2tp-secrets.h"

#include "nm-l2tp-profile.h"

#include <glib/gi18n-lib.h>
#include <string.h>

static const NmL2tpSecret secrets[NM_L2TP_N_SECRETS] = {
  { L2TP_OPTION_PASSWORD, N_ ("_Password") },
  { L2TP_OPTION_USER_CERTPASS, N_ ("Passphrase of the _user’s private key") },
  { L2TP_OPTION_IPSEC_PSK, N_ ("Pre-shared _key") },
  { L2TP_OPTION_MACHINE_CERTPASS, N_ ("Passphrase of the _machine’s private key") },
};

typedef enum
{
  KEY_NONE,
  KEY_PLAIN,
  KEY_ENCRYPTED,
  KEY_UNREADABLE,
} KeyKind;

const NmL2tpSecret *
nm_l2tp_secret_get (guint index)
{
  g_assert (index < NM_L2TP_N_SECRETS);
  return &secrets[index];
}

static KeyKind
look_at_key (const char *path)
{
  gboolean encrypted = FALSE;

  if (path == NULL)
    return KEY_NONE;
  if (nm_utils_file_is_pkcs12 (path))
    return KEY_ENCRYPTED;
  if (nm_utils_file_is_private_key (path, &encrypted))
    return encrypted ? KEY_ENCRYPTED : KEY_PLAIN;
  return KEY_UNREADABLE;
}

/* The state of the private key that the passphrase @id opens. */
static KeyKind
key_of (NMSettingVpn *setting, L2tpOptionId id)
{
  gboolean of_user = id == L2TP_OPTION_USER_CERTPASS;
  gboolean used = of_user ? nm_l2tp_profile_user_is_tls (setting)
                          : nm_l2tp_profile_get_yes (setting, L2TP_OPTION_IPSEC_ENABLED) &&
                                nm_l2tp_profile_machine_is_tls (setting);

  if (!used)
    return KEY_NONE;
  return look_at_key (
      nm_l2tp_profile_get (setting, of_user ? L2TP_OPTION_USER_KEY : L2TP_OPTION_MACHINE_KEY));
}

static gboolean
is_passphrase (L2tpOptionId id)
{
  return id == L2TP_OPTION_USER_CERTPASS || id == L2TP_OPTION_MACHINE_CERTPASS;
}

gboolean
nm_l2tp_secret_is_used (NMSettingVpn *setting, L2tpOptionId id)
{
  if (is_passphrase (id))
    return key_of (setting, id) != KEY_NONE;
  if (id == L2TP_OPTION_IPSEC_PSK)
    return nm_l2tp_profile_get_yes (setting, L2TP_OPTION_IPSEC_ENABLED) &&
           !nm_l2tp_profile_machine_is_tls (setting);
  return id == L2TP_OPTION_PASSWORD && !nm_l2tp_profile_user_is_tls (setting);
}

gboolean
nm_l2tp_secret_is_missing (NMSettingVpn *setting, L2tpOptionId id)
{
  NMSettingSecretFlags flags = nm_l2tp_profile_get_flags (setting, id, NM_SETTING_SECRET_FLAG_NONE);

  if (!nm_l2tp_secret_is_used (setting, id) || nm_l2tp_profile_get (setting, id) != NULL)
    return FALSE;
  if ((flags & NM_SETTING_SECRET_FLAG_NOT_REQUIRED) != 0)
    return FALSE;
  if (!is_passphrase (id))
    return TRUE;

  KeyKind kind = key_of (setting, id);
  return kind == KEY_ENCRYPTED || (kind == KEY_UNREADABLE && flags != NM_SETTING_SECRET_FLAG_NONE);
}

void
nm_l2tp_secret_wipe (char *text)
{
  if (text != NULL)
    explicit_bzero (text, strlen (text));
  g_free (text);
}
