/* SPDX-License-Identifier: GPL-2.0-or-later */
/* SPDX-FileCopyrightText: The l2tp-client authors */

/* A secret: reference counted, kept out of core dumps and swap where the kernel lets us, wiped when
 * the last reference goes. There is no way to format one. */

#pragma once

#include <glib-object.h>

G_BEGIN_DECLS

typedef struct _L2tpSecret L2tpSecret;

/* l2tp_secret_new: copies @len octets of @data. */
L2tpSecret *l2tp_secret_new (const char *data, gsize len);
L2tpSecret *l2tp_secret_ref (L2tpSecret *secret);
void l2tp_secret_unref (L2tpSecret *secret);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (L2tpSecret, l2tp_secret_unref)

/* l2tp_secret_peek:
 * Returns the octets, NUL-terminated, owned by @secret. For the one place that must hand them on;
 * never keep, copy or print them. */
const char *l2tp_secret_peek (L2tpSecret *secret, gsize *ret_len);

/* l2tp_secret_equal: whether both (nullable) are the same octets. */
gboolean l2tp_secret_equal (L2tpSecret *secret, L2tpSecret *other);

G_END_DECLS
