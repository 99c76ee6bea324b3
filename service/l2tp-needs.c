/* SPDX-License-Identifier: GPL-2.0-or-later */
/* SPDX-FileCopyrightText: The l2tp-client authors */

/* Which secrets to ask for. Pure: a configuration and an error in, keys out. A secret that must be
 * there is asked for before the bring-up; one that only may be needed (a passphrase, a password
 * without a user) not before the LNS or a key says so. PPP-9, PPP-20; AUTH-1. */

#include "l2tp-needs.h"

#include "service/base/l2tp-error.h"
#include "service/ppp/l2tp-pppd-exit.h"

static gboolean
uses_tls_machine (L2tpConfig *config)
{
  return l2tp_config_get_uint (config, L2TP_OPTION_USE_CERT) == 1 ||
         g_str_equal (l2tp_config_get_string (config, L2TP_OPTION_MACHINE_AUTH_TYPE), "tls");
}

static gboolean
uses_tls_user (L2tpConfig *config)
{
  return g_str_equal (l2tp_config_get_string (config, L2TP_OPTION_USER_AUTH_TYPE), "tls");
}

/* Whether a bring-up is bound to want the secret. Without a user there may be no authentication at
 * all. */
static gboolean
is_wanted (L2tpConfig *config, L2tpOptionId id)
{
  if (id == L2TP_OPTION_PASSWORD)
    return l2tp_config_is_set (config, L2TP_OPTION_USER) && !uses_tls_user (config);
  if (id == L2TP_OPTION_IPSEC_PSK)
    return l2tp_config_get_boolean (config, L2TP_OPTION_IPSEC_ENABLED) &&
           !uses_tls_machine (config);
  return FALSE;
}

static gboolean
is_needed (L2tpConfig *config, L2tpOptionId id)
{
  return is_wanted (config, id) &&
         (l2tp_config_get_secret_flags (config, id) & L2TP_SECRET_NOT_REQUIRED) == 0 &&
         l2tp_config_get_secret (config, id) == NULL;
}

static void
add (GStrvBuilder *builder, L2tpOptionId id)
{
  g_strv_builder_add (builder, l2tp_option_get (id)->key);
}

GStrv
l2tp_needs_before (L2tpConfig *config)
{
  g_autoptr (GStrvBuilder) builder = g_strv_builder_new ();

  for (guint i = 0; i < L2TP_N_OPTIONS; i++)
    if (is_needed (config, i))
      add (builder, i);
  return g_strv_builder_end (builder);
}

/* A certificate that the LNS refuses is not made better by the passphrase of its key. */
static L2tpOptionId
find_refused_by_ipsec (L2tpConfig *config, gboolean rejected)
{
  if (!l2tp_config_get_boolean (config, L2TP_OPTION_IPSEC_ENABLED))
    return L2TP_N_OPTIONS;
  if (!uses_tls_machine (config))
    return L2TP_OPTION_IPSEC_PSK;
  return rejected ? L2TP_N_OPTIONS : L2TP_OPTION_MACHINE_CERTPASS;
}

static L2tpOptionId
find_refused_by_ppp (L2tpConfig *config, gboolean rejected, guint mschap_error)
{
  if (rejected && !l2tp_pppd_exit_is_about_password (mschap_error))
    return L2TP_N_OPTIONS;
  if (!uses_tls_user (config))
    return L2TP_OPTION_PASSWORD;
  return rejected ? L2TP_N_OPTIONS : L2TP_OPTION_USER_CERTPASS;
}

/* Returns L2TP_N_OPTIONS when no secret would help. What comes before the tunnel and authenticates
 * is IPsec; nothing does between the tunnel and PPP. */
static L2tpOptionId
find_refused (L2tpConfig *config, const GError *error, L2tpStage stage, guint mschap_error)
{
  gboolean rejected = g_error_matches (error, L2TP_ERROR, L2TP_ERROR_AUTH_FAILED);

  if (!rejected && !g_error_matches (error, L2TP_ERROR, L2TP_ERROR_NO_SECRETS))
    return L2TP_N_OPTIONS;
  if (stage < L2TP_STAGE_TUNNEL)
    return find_refused_by_ipsec (config, rejected);
  if (stage == L2TP_STAGE_TUNNEL)
    return L2TP_OPTION_TUNNEL_SECRET;
  if (stage < L2TP_STAGE_PPP)
    return L2TP_N_OPTIONS;
  return find_refused_by_ppp (config, rejected, mschap_error);
}

GStrv
l2tp_needs_after (L2tpConfig *config, const GError *error, L2tpStage stage, guint mschap_error)
{
  g_autoptr (GStrvBuilder) builder = g_strv_builder_new ();
  L2tpOptionId id = find_refused (config, error, stage, mschap_error);

  if (id != L2TP_N_OPTIONS)
    add (builder, id);
  return g_strv_builder_end (builder);
}
