/* SPDX-License-Identifier: GPL-2.0-or-later */
/* SPDX-FileCopyrightText: The l2tp-client authors */

/* Secret strings. Each lives in pages of its own, so that madvise() and mlock() touch nothing else;
 * secrets are few and small. Hides the mapping. */

#include "l2tp-secret.h"

#include <string.h>
#include <sys/mman.h>

struct _L2tpSecret
{
  gatomicrefcount refs;
  gsize mapped; /* octets of the mapping, this struct included */
  gsize len;
  char data[];
};

L2tpSecret *
l2tp_secret_new (const char *data, gsize len)
{
  gsize mapped = sizeof (L2tpSecret) + len + 1;
  L2tpSecret *secret =
      mmap (NULL, mapped, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

  if (secret == MAP_FAILED)
    g_error ("out of memory for a secret");
  madvise (secret, mapped, MADV_DONTDUMP);
  madvise (secret, mapped, MADV_WIPEONFORK);
  mlock (secret, mapped);

  g_atomic_ref_count_init (&secret->refs);
  secret->mapped = mapped;
  secret->len = len;
  memcpy (secret->data, data, len);
  secret->data[len] = '\0';
  return secret;
}

L2tpSecret *
l2tp_secret_ref (L2tpSecret *secret)
{
  g_atomic_ref_count_inc (&secret->refs);
  return secret;
}

void
l2tp_secret_unref (L2tpSecret *secret)
{
  if (secret == NULL || !g_atomic_ref_count_dec (&secret->refs))
    return;
  explicit_bzero (secret->data, secret->len);
  munmap (secret, secret->mapped);
}

const char *
l2tp_secret_peek (L2tpSecret *secret, gsize *ret_len)
{
  if (ret_len != NULL)
    *ret_len = secret->len;
  return secret->data;
}

gboolean
l2tp_secret_equal (L2tpSecret *secret, L2tpSecret *other)
{
  if (secret == NULL || other == NULL)
    return secret == other;
  return secret->len == other->len && memcmp (secret->data, other->data, secret->len) == 0;
}
