/* SPDX-License-Identifier: GPL-2.0-or-later */
/* SPDX-FileCopyrightText: The l2tp-client authors */

/* The arithmetic of Ns and Nr (RFC 2661 sections 5.8 and 5.9), nowhere else compared. */

#pragma once

#include <glib.h>

G_BEGIN_DECLS

typedef enum
{
  L2TP_SEQUENCE_IN_ORDER,
  L2TP_SEQUENCE_FUTURE,
  L2TP_SEQUENCE_DUPLICATE,
} L2tpSequenceClass;

/* l2tp_sequence_compare:
 * XPRT-3: the one comparison of sequence numbers, modulo 65536.
 * @ret_distance: (optional) how many numbers @ns lies beyond @expected, modulo 65536 */
static inline L2tpSequenceClass
l2tp_sequence_compare (guint16 expected, guint16 ns, guint *ret_distance)
{
  guint distance = (guint16) (ns - expected);

  if (ret_distance != NULL)
    *ret_distance = distance;
  if (distance == 0)
    return L2TP_SEQUENCE_IN_ORDER;
  return distance < 32768 ? L2TP_SEQUENCE_FUTURE : L2TP_SEQUENCE_DUPLICATE;
}

/* l2tp_sequence_acknowledges:
 * XPRT-6. @una: the oldest unacknowledged number; @next: the first one never sent.
 * @ret_count: how many messages @nr releases
 * Returns FALSE when @nr acknowledges what was never sent, or is older than @una. */
static inline gboolean
l2tp_sequence_acknowledges (guint16 una, guint16 next, guint16 nr, guint *ret_count)
{
  guint outstanding;
  guint count;

  l2tp_sequence_compare (una, next, &outstanding);
  l2tp_sequence_compare (una, nr, &count);
  if (count > outstanding)
    return FALSE;
  *ret_count = count;
  return TRUE;
}

G_END_DECLS
