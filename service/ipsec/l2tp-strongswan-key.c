/* SPDX-License-Identifier: GPL-2.0-or-later */
/* SPDX-FileCopyrightText: The l2tp-client authors */

/* A pre-shared key in strongSwan: its turn, and how long it stays. IKEv2 needs it once, as it
 * renews its SAs with what it has agreed: as anybody's key it goes at once, else when another
 * connection's needs its place. IKEv1 authenticates anew with every IKE SA. Part of
 * l2tp-ipsec-strongswan.c. */

#include "l2tp-strongswan-private.h"

void
l2tp_strongswan_release_key (L2tpIpsecStrongswan *self)
{
  self->place = l2tp_ipsec_place_leave (self->place);
}

static void
on_removed (GObject *source, GAsyncResult *result, gpointer user_data)
{
  g_autoptr (L2tpIpsec) ipsec = user_data;
  L2tpIpsecStrongswan *self = user_data;
  g_autoptr (GBytes) bytes = l2tp_vici_command_finish (L2TP_VICI (source), result, NULL, NULL);

  self->loaded.shared = FALSE; /* a load that was under way may have put it in first */
  l2tp_strongswan_release_key (self);
}

static void
remove_key (L2tpIpsecStrongswan *self)
{
  self->loaded.shared = FALSE;
  self->plan.without_key = TRUE;
  l2tp_vici_command_async (
      self->link.control,
      l2tp_strongswan_make_simple ("unload-shared", "id", self->name, NULL, NULL), NULL, on_removed,
      g_object_ref (self));
}

/* In any other state the key is on its way out, or has an SA that is being adopted. The check has
 * what a successor is told say that it is gone. */
static void
on_evicted (gpointer user_data)
{
  L2tpIpsecStrongswan *self = user_data;

  if (self->state != L2TP_STRONGSWAN_UP)
    return;
  remove_key (self);
  l2tp_strongswan_check (self);
}

void
l2tp_strongswan_make_way (L2tpIpsecStrongswan *self)
{
  if (self->place != NULL && l2tp_ipsec_place_is_evicted (self->place))
    remove_key (self);
}

typedef struct
{
  L2tpIpsecClaim claim;
  char **owners, **lookups;
} Claim;

static void
claim_clear (Claim *claim)
{
  g_strfreev (claim->owners);
  g_strfreev (claim->lookups);
}

G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (Claim, claim_clear)

static Claim
make_claim (L2tpIpsecStrongswan *self, L2tpSecret *key)
{
  L2tpConfig *config = l2tp_ipsec_get_config (&self->parent);
  GInetSocketAddress *peer = l2tp_ipsec_get_peer (&self->parent);
  gboolean ikev2 = l2tp_config_get_boolean (config, L2TP_OPTION_IPSEC_IKEV2);
  Claim claim = { .owners = l2tp_strongswan_make_owners (config, peer),
                  .lookups = l2tp_strongswan_make_lookups (config, peer) };

  claim.claim = (L2tpIpsecClaim){
    .tag = l2tp_ipsec_get_tag (&self->parent),
    .connection = l2tp_config_get_string (config, L2TP_OPTION_NAME),
    .key = key,
    .owners = (const char *const *) claim.owners,
    .lookups = (const char *const *) claim.lookups,
    .evict = ikev2 ? on_evicted : NULL,
    .evict_data = self,
  };
  return claim;
}

void
l2tp_strongswan_claim_key (L2tpIpsecStrongswan *self, GAsyncReadyCallback callback)
{
  g_auto (Claim) claim = make_claim (self, self->credentials->psk);

  l2tp_ipsec_daemon_claim_async (l2tp_ipsec_get_daemon (&self->parent), &claim.claim,
                                 self->initiating, callback, g_object_ref (self));
}

/* Where the secret is not stored nobody knows it before it is asked for. */
void
l2tp_strongswan_find_key (L2tpIpsecStrongswan *self)
{
  L2tpConfig *config = l2tp_ipsec_get_config (&self->parent);
  L2tpSecret *psk = l2tp_config_get_secret (config, L2TP_OPTION_IPSEC_PSK);
  g_autoptr (L2tpIpsecCredentials) credentials = NULL;
  g_auto (Claim) claim = { 0 };

  if (psk == NULL || !self->loaded.shared || l2tp_ipsec_get_peer (&self->parent) == NULL)
    return;
  credentials = l2tp_ipsec_credentials_new_psk (psk, NULL);
  if (credentials == NULL)
    return;
  claim = make_claim (self, credentials->psk);
  self->place = l2tp_ipsec_daemon_claim_found (l2tp_ipsec_get_daemon (&self->parent), &claim.claim);
}

void
l2tp_strongswan_settle_key (L2tpIpsecStrongswan *self)
{
  if (self->place == NULL)
    return;
  if (l2tp_strongswan_needs_any_owner (l2tp_ipsec_get_config (&self->parent)))
    remove_key (self);
  else
    l2tp_ipsec_place_settle (self->place);
}
