/* SPDX-License-Identifier: GPL-2.0-or-later */
/* SPDX-FileCopyrightText: The l2tp-client authors */

/* Random octets out of a seed that the caller gave: the engine has no randomness of its own. */

#pragma once

#include <glib.h>

G_BEGIN_DECLS

#define L2TP_SEED_SIZE 32

typedef struct
{
  guint8 seed[L2TP_SEED_SIZE];
  guint32 counter; /* of the next block */
} L2tpRandom;

/* l2tp_random_fill:
 * Never gives the same octets twice for one seed. */
void l2tp_random_fill (L2tpRandom *random, guint8 *ret_octets, gsize len);

G_END_DECLS
