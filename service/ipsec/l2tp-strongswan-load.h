/* SPDX-License-Identifier: GPL-2.0-or-later */
/* SPDX-FileCopyrightText: The l2tp-client authors */

/* What is ours in strongSwan: put in, looked after, taken out. */

#pragma once

#include "l2tp-strongswan-messages.h"
#include "l2tp-vici.h"

G_BEGIN_DECLS

typedef struct
{
  gboolean conn;
  gboolean shared;
  char *key_id;            /* as strongSwan names a private key */
  gboolean key_is_foreign; /* it had been there before: not ours to take out */
  guint n_authorities;
} L2tpStrongswanLoaded;

void l2tp_strongswan_loaded_clear (L2tpStrongswanLoaded *loaded);

/* l2tp_strongswan_load_async:
 * @other: where SAs that a service which crashed has left are ended meanwhile
 * @plan, @loaded: live until it is done; @loaded is also right when it fails halfway
 *
 * Replaces what is there of an earlier load. Errors: L2TP_ERROR_INVALID_SETTINGS with strongSwan's
 * words, and those of a connection that broke. */
void l2tp_strongswan_load_async (L2tpVici *vici,
                                 L2tpVici *other,
                                 const L2tpStrongswanPlan *plan,
                                 L2tpStrongswanLoaded *loaded,
                                 GAsyncReadyCallback callback,
                                 gpointer user_data);
gboolean l2tp_strongswan_load_finish (GAsyncResult *result, GError **error);

/* l2tp_strongswan_unload_async:
 * Ends the connection's SAs, half-open ones included, and takes all that is ours out. What is not
 * there any more is no error. */
void l2tp_strongswan_unload_async (L2tpVici *vici,
                                   const char *name,
                                   L2tpStrongswanLoaded *loaded,
                                   GAsyncReadyCallback callback,
                                   gpointer user_data);
void l2tp_strongswan_unload_finish (GAsyncResult *result);

/* l2tp_strongswan_verify_async: whether all that is loaded is still there. */
void l2tp_strongswan_verify_async (L2tpVici *vici,
                                   const char *name,
                                   const L2tpStrongswanLoaded *loaded,
                                   GAsyncReadyCallback callback,
                                   gpointer user_data);
gboolean l2tp_strongswan_verify_finish (GAsyncResult *result, GError **error);

G_END_DECLS
