/* SPDX-License-Identifier: GPL-2.0-or-later */
/* SPDX-FileCopyrightText: The l2tp-client authors */

/* A pair of blocking XFRM policies right behind the SA's. The kernel compares whole selectors when
 * it looks for a policy to replace or remove, but does not match packets by their "user": with our
 * id there, a guard is never taken for the IKE daemon's policy of the same addresses and ports, nor
 * for another guard. A guard is recognised by action, protocol and priority. */

#include "l2tp-ipsec-guard.h"

#include <linux/in.h>

#include "l2tp-xfrm.h"

struct _L2tpIpsecGuard
{
  struct xfrm_selector out, in;
};

static gboolean
put (const struct xfrm_selector *selector, guint8 dir, GError **error)
{
  struct xfrm_userpolicy_info policy = {
    .sel = *selector,
    .lft = { XFRM_INF, XFRM_INF, XFRM_INF, XFRM_INF },
    .priority = L2TP_XFRM_PRIORITY_GUARD,
    .dir = dir,
    .action = XFRM_POLICY_BLOCK,
    .share = XFRM_SHARE_ANY,
  };

  return l2tp_xfrm_put_policy (&policy, error);
}

gboolean
l2tp_ipsec_guard_renew (L2tpIpsecGuard *guard, GError **error)
{
  return put (&guard->out, XFRM_POLICY_OUT, error) && put (&guard->in, XFRM_POLICY_IN, error);
}

L2tpIpsecGuard *
l2tp_ipsec_guard_new (GInetSocketAddress *local,
                      GInetSocketAddress *peer,
                      guint32 id,
                      GError **error)
{
  g_autoptr (L2tpIpsecGuard) guard = g_new0 (L2tpIpsecGuard, 1);

  if (!l2tp_xfrm_make_selector (local, peer, &guard->out) ||
      !l2tp_xfrm_make_selector (peer, local, &guard->in))
    {
      g_set_error_literal (error, G_IO_ERROR, G_IO_ERROR_INVALID_ARGUMENT,
                           "addresses of two families");
      g_free (g_steal_pointer (&guard));
      return NULL;
    }
  while (id == 0)
    id = g_random_int ();
  guard->out.user = guard->in.user = id;
  return l2tp_ipsec_guard_renew (guard, error) ? g_steal_pointer (&guard) : NULL;
}

L2tpIpsecGuard *
l2tp_ipsec_guard_free (L2tpIpsecGuard *guard)
{
  if (guard == NULL)
    return NULL;
  l2tp_xfrm_remove_policy (&guard->out, XFRM_POLICY_OUT, NULL);
  l2tp_xfrm_remove_policy (&guard->in, XFRM_POLICY_IN, NULL);
  g_free (guard);
  return NULL;
}

guint32
l2tp_ipsec_guard_get_id (const L2tpIpsecGuard *guard)
{
  return guard->out.user;
}

static gboolean
is_guard (const struct xfrm_userpolicy_info *policy)
{
  return policy->action == XFRM_POLICY_BLOCK && policy->priority == L2TP_XFRM_PRIORITY_GUARD &&
         policy->sel.proto == IPPROTO_UDP && policy->sel.user != 0;
}

int
l2tp_ipsec_guard_sweep (const guint32 *keep, gsize n_keep, GError **error)
{
  g_autoptr (GArray) policies = l2tp_xfrm_list_policies (error);
  int n_removed = 0;

  if (policies == NULL)
    return -1;
  for (guint i = 0; i < policies->len; i++)
    {
      const struct xfrm_userpolicy_info *policy =
          &g_array_index (policies, struct xfrm_userpolicy_info, i);
      gboolean is_kept = !is_guard (policy);

      for (gsize k = 0; k < n_keep && !is_kept; k++)
        is_kept = keep[k] == policy->sel.user;
      if (is_kept)
        continue;
      if (!l2tp_xfrm_remove_policy (&policy->sel, policy->dir, error))
        return -1;
      n_removed++;
    }
  return n_removed;
}
