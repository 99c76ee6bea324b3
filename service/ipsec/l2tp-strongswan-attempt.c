/* SPDX-License-Identifier: GPL-2.0-or-later */
/* SPDX-FileCopyrightText: The l2tp-client authors */

/* The order of offers. PFS cannot be left open in IKEv1: a group in a phase 2 proposal makes the
 * daemon send a key exchange, which an LNS without PFS refuses, and one with PFS refuses its
 * absence. */

#include "l2tp-strongswan-attempt.h"

#include "l2tp-ipsec-proposals.h"

#define DEFAULT_GROUP "modp2048"

void
l2tp_strongswan_attempt_clear (L2tpStrongswanAttempt *attempt)
{
  g_strfreev (attempt->ike);
  g_strfreev (attempt->esp);
  *attempt = (L2tpStrongswanAttempt){ 0 };
}

static const char *
custom_text (L2tpConfig *config, L2tpOptionId id)
{
  const char *profile = l2tp_config_get_string (config, L2TP_OPTION_IPSEC_PROFILE);

  if (profile != NULL && !g_str_equal (profile, "custom"))
    return NULL;
  return l2tp_config_get_string (config, id);
}

static gboolean
is_automatic (L2tpConfig *config)
{
  const char *profile = l2tp_config_get_string (config, L2TP_OPTION_IPSEC_PROFILE);

  return profile == NULL || g_str_equal (profile, "custom");
}

static guint
bit_of (gboolean compatible, gboolean pfs)
{
  return 1u << ((compatible ? 2 : 0) + (pfs ? 1 : 0));
}

static void
choose (L2tpStrongswanAttempt *attempt, gboolean compatible, gboolean pfs)
{
  attempt->compatible = compatible;
  attempt->pfs = pfs;
  attempt->tried |= bit_of (compatible, pfs);
}

static gboolean
starts_with_pfs (L2tpConfig *config)
{
  const char *esp = custom_text (config, L2TP_OPTION_IPSEC_ESP);

  if (l2tp_config_is_set (config, L2TP_OPTION_IPSEC_PFS))
    return l2tp_config_get_boolean (config, L2TP_OPTION_IPSEC_PFS);
  return esp != NULL && l2tp_ipsec_proposals_names_group (esp);
}

void
l2tp_strongswan_attempt_begin (L2tpStrongswanAttempt *attempt, L2tpConfig *config)
{
  const char *profile = l2tp_config_get_string (config, L2TP_OPTION_IPSEC_PROFILE);

  l2tp_strongswan_attempt_clear (attempt);
  attempt->pfs_group = DEFAULT_GROUP;
  choose (attempt, g_strcmp0 (profile, "compatible") == 0, starts_with_pfs (config));
}

/* IKEv2 can leave it open: the first SA is without in any case, and both kinds stand in the offer
 * for its successor. */
static char **
add_pfs (char **without, const char *custom, L2tpStrongswanAttempt *attempt, GHashTable *algorithms)
{
  g_auto (GStrv) with = l2tp_ipsec_proposals_make_esp (custom, attempt->compatible,
                                                       attempt->pfs_group, algorithms, NULL);
  g_autoptr (GStrvBuilder) builder = NULL;

  if (with == NULL)
    return without;
  builder = g_strv_builder_new ();
  g_strv_builder_addv (builder, (const char **) with);
  g_strv_builder_addv (builder, (const char **) without);
  g_strfreev (without);
  return g_strv_builder_end (builder);
}

gboolean
l2tp_strongswan_attempt_make_proposals (L2tpStrongswanAttempt *attempt,
                                        L2tpConfig *config,
                                        GHashTable *algorithms,
                                        GError **error)
{
  const char *custom_ike = custom_text (config, L2TP_OPTION_IPSEC_IKE);
  const char *custom_esp = custom_text (config, L2TP_OPTION_IPSEC_ESP);
  gboolean ikev2 = l2tp_config_get_boolean (config, L2TP_OPTION_IPSEC_IKEV2);

  g_clear_pointer (&attempt->ike, g_strfreev);
  g_clear_pointer (&attempt->esp, g_strfreev);
  attempt->ike = l2tp_ipsec_proposals_make_ike (custom_ike, attempt->compatible, algorithms, error);
  if (attempt->ike == NULL)
    return FALSE;
  attempt->esp = l2tp_ipsec_proposals_make_esp (
      custom_esp, attempt->compatible, attempt->pfs ? attempt->pfs_group : NULL, algorithms, error);
  if (attempt->esp == NULL)
    return FALSE;
  if (ikev2 && !attempt->pfs && !l2tp_config_is_set (config, L2TP_OPTION_IPSEC_PFS))
    attempt->esp = add_pfs (attempt->esp, custom_esp, attempt, algorithms);
  return TRUE;
}

gboolean
l2tp_strongswan_attempt_next (L2tpStrongswanAttempt *attempt,
                              L2tpConfig *config,
                              L2tpIpsecFailure failure,
                              const char *dh_group)
{
  gboolean is_esp = failure == L2TP_IPSEC_FAILURE_ESP_PROPOSAL;
  /* Who asks for PFS does not get a connection without. */
  gboolean may_flip = is_esp && !l2tp_config_get_boolean (config, L2TP_OPTION_IPSEC_IKEV2) &&
                      !l2tp_config_get_boolean (config, L2TP_OPTION_IPSEC_PFS);
  const char *group = l2tp_ipsec_proposals_group_from_name (dh_group);
  const char *key_text =
      custom_text (config, is_esp ? L2TP_OPTION_IPSEC_ESP : L2TP_OPTION_IPSEC_IKE);

  if (!is_esp && failure != L2TP_IPSEC_FAILURE_IKE_PROPOSAL)
    return FALSE;
  if (group != NULL)
    attempt->pfs_group = group;
  if (may_flip && !(attempt->tried & bit_of (attempt->compatible, !attempt->pfs)))
    {
      choose (attempt, attempt->compatible, !attempt->pfs);
      return TRUE;
    }
  if (attempt->compatible || !is_automatic (config) || key_text != NULL)
    return FALSE;
  choose (attempt, TRUE, starts_with_pfs (config));
  return TRUE;
}
