/* SPDX-License-Identifier: GPL-2.0-or-later */
/* SPDX-FileCopyrightText: The l2tp-client authors */

/* Random octets for Random Vectors and padding: SHA-256 (seed, counter), block after block.
 *
 * Sound for this use: a Random Vector must not repeat under one secret (HIDE-7), and padding must
 * not be guessed. The seed is 256 bits from the kernel, new for each tunnel, and never leaves the
 * process; the hash is one-way, so the vectors that an observer sees tell neither the seed nor what
 * comes next; the counter makes every input different, so two vectors are as unlikely to be equal
 * as two from the kernel. Input and output have one length: nothing can be extended. */

#include "l2tp-random.h"

#include <string.h>

#include "l2tp-wire.h"

#define BLOCK 32

void
l2tp_random_fill (L2tpRandom *random, guint8 *ret_octets, gsize len)
{
  guint8 block[BLOCK], counter[4];
  gsize size = BLOCK;

  for (gsize done = 0; done < len; done += BLOCK)
    {
      g_autoptr (GChecksum) checksum = g_checksum_new (G_CHECKSUM_SHA256);

      l2tp_write_u32 (counter, random->counter++);
      g_checksum_update (checksum, random->seed, sizeof random->seed);
      g_checksum_update (checksum, counter, sizeof counter);
      g_checksum_get_digest (checksum, block, &size);
      memcpy (ret_octets + done, block, MIN (len - done, BLOCK));
    }
}
