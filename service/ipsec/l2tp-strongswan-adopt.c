/* SPDX-License-Identifier: GPL-2.0-or-later */
/* SPDX-FileCopyrightText: The l2tp-client authors */

/* An SA from one service to the next. It is strongSwan's, under the connection's name, and so are
 * connection and key: what has to be told is what of it is ours to take out, how it would be loaded
 * again, and what it left in the kernel should strongSwan be gone. Whether it is still there is the
 * question that l2tp-strongswan-watch.c asks all the time. Design section 6. */

#include "l2tp-strongswan-private.h"

#define AUTHORITIES_MAX 64

static void
put_text (GVariantDict *dict, const char *key, const char *value)
{
  if (value != NULL)
    g_variant_dict_insert (dict, key, "s", value);
}

void
l2tp_strongswan_export (L2tpIpsec *ipsec, GVariantDict *dict)
{
  const L2tpIpsecStrongswan *self = (const L2tpIpsecStrongswan *) ipsec;

  g_variant_dict_insert (dict, "pfs", "b", self->attempt.pfs);
  g_variant_dict_insert (dict, "pins-address", "b", self->pins_address);
  g_variant_dict_insert (dict, "without-key", "b", self->plan.without_key);
  g_variant_dict_insert (dict, "shared", "b", self->loaded.shared);
  g_variant_dict_insert (dict, "authorities", "u", self->loaded.n_authorities);
  put_text (dict, "key-id", self->loaded.key_id);
  g_variant_dict_insert (dict, "key-is-foreign", "b", self->loaded.key_is_foreign);
  put_text (dict, "local-host", self->sa.local_host);
  g_variant_dict_insert (dict, "spi-in", "u", self->sa.spi_in);
  g_variant_dict_insert (dict, "spi-out", "u", self->sa.spi_out);
}

/* What was being loaded when nothing was told is taken out as well: a name that is not there is no
 * error. */
static void
import (L2tpIpsecStrongswan *self, GVariantDict *dict)
{
  L2tpStrongswanLoaded *loaded = &self->loaded;

  l2tp_strongswan_attempt_begin (&self->attempt, l2tp_ipsec_get_config (&self->parent));
  g_variant_dict_lookup (dict, "compatible", "b", &self->attempt.compatible);
  g_variant_dict_lookup (dict, "pfs", "b", &self->attempt.pfs);
  g_variant_dict_lookup (dict, "pins-address", "b", &self->pins_address);
  g_variant_dict_lookup (dict, "without-key", "b", &self->plan.without_key);
  loaded->conn = loaded->shared = TRUE;
  g_variant_dict_lookup (dict, "shared", "b", &loaded->shared);
  g_variant_dict_lookup (dict, "authorities", "u", &loaded->n_authorities);
  loaded->n_authorities = MIN (loaded->n_authorities, AUTHORITIES_MAX);
  g_variant_dict_lookup (dict, "key-id", "s", &loaded->key_id);
  g_variant_dict_lookup (dict, "key-is-foreign", "b", &loaded->key_is_foreign);
  g_variant_dict_lookup (dict, "local-host", "s", &self->sa.local_host);
  g_variant_dict_lookup (dict, "spi-in", "u", &self->sa.spi_in);
  g_variant_dict_lookup (dict, "spi-out", "u", &self->sa.spi_out);
}

static void
on_opened (GObject *source, GAsyncResult *result, gpointer user_data)
{
  g_autoptr (L2tpIpsec) ipsec = user_data;
  L2tpIpsecStrongswan *self = user_data;
  L2tpIpsecFailure failure;
  g_autoptr (GError) error = NULL;

  g_clear_object (&self->opening);
  if (l2tp_strongswan_link_open_finish (result, &self->link, &failure, &error))
    l2tp_strongswan_listen (self);
  if (self->aborting)
    l2tp_strongswan_undo (self);
  else if (error != NULL)
    l2tp_strongswan_lose_daemon (self, error->message);
  else
    {
      l2tp_strongswan_link_follow (&self->link);
      l2tp_strongswan_set_state (self, L2TP_STRONGSWAN_UP);
      l2tp_strongswan_watch (self);
      l2tp_strongswan_make_way (self);
      l2tp_strongswan_check (self);
    }
}

void
l2tp_strongswan_adopt (L2tpIpsec *ipsec, GVariantDict *dict)
{
  L2tpIpsecStrongswan *self = (L2tpIpsecStrongswan *) ipsec;

  g_return_if_fail (self->state == L2TP_STRONGSWAN_IDLE && self->link.control == NULL);
  l2tp_strongswan_ensure_name (self);
  import (self, dict);
  l2tp_strongswan_find_key (self);
  self->adopting = TRUE;
  l2tp_strongswan_set_state (self, L2TP_STRONGSWAN_OPENING);
  self->opening = g_cancellable_new ();
  l2tp_strongswan_link_open_async (l2tp_ipsec_daemon_get_socket (l2tp_ipsec_get_daemon (ipsec)),
                                   self->opening, on_opened, g_object_ref (self));
}
