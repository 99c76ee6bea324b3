/* SPDX-License-Identifier: GPL-2.0-or-later */
/* SPDX-FileCopyrightText: The l2tp-client authors */

/* How a dial begins: with what the gateway's name stands for, and with the address that is
 * remembered. That is dialled although the name servers are slow or not to be reached: our own kill
 * switch may keep them from us. But where they answer, the name decides who the LNS is. Part of
 * l2tp-dial.c. Design section 6. */

#include "l2tp-dial-private.h"

#include "l2tp-targets.h"
#include "service/base/l2tp-error.h"
#include "service/base/l2tp-log.h"

/* ms that the name has where an address is remembered, and where that is in doubt */
#define HEAD_START         200
#define HEAD_START_DOUBTED 3000

static gboolean
contains (GList *addresses, GInetAddress *address)
{
  while (addresses != NULL && !g_inet_address_equal (addresses->data, address))
    addresses = addresses->next;
  return addresses != NULL;
}

/* Of what is remembered, and was not tried yet, the name decides. */
static void
take_addresses (L2tpDial *self, GList *addresses)
{
  gboolean is_untried = self->stage == L2TP_STAGE_RESOLVE && self->next == 0;

  if (is_untried && !(self->is_first && contains (addresses, self->remembered)))
    g_ptr_array_set_size (self->targets, 0);
  l2tp_targets_add (self->targets, self->config, addresses);
}

/* There is nobody else to dial. @error: why the name was not resolved: told only where nothing was
 * tried, because the LNS that does not answer is what the user can do something about. */
static void
give_up (L2tpDial *self, const GError *error)
{
  if (self->failure != NULL)
    l2tp_dial_fail (self, self->failure_stage, g_steal_pointer (&self->failure));
  else
    l2tp_dial_fail (
        self, L2TP_STAGE_RESOLVE,
        g_error_new (L2TP_ERROR, L2TP_ERROR_RESOLVE_FAILED,
                     "%s\nCheck the spelling of gateway, and the name servers of this machine.",
                     error->message));
}

static void
on_resolved (GObject *source, GAsyncResult *result, gpointer data)
{
  g_autoptr (L2tpDial) self = data;
  g_autoptr (GError) error = NULL;
  g_autolist (GInetAddress) addresses =
      g_resolver_lookup_by_name_finish (G_RESOLVER (source), result, &error);

  if (g_cancellable_is_cancelled (self->cancellable) || !self->resolving)
    return;
  self->resolving = FALSE;
  if (addresses != NULL)
    take_addresses (self, addresses);
  else if (self->next < self->targets->len)
    l2tp_info (self->tag, "%s; dialling the address of the last call", error->message);
  if (self->stage != L2TP_STAGE_RESOLVE)
    return; /* what is remembered is being tried, or has worked */
  if (self->next < self->targets->len)
    l2tp_dial_try_next (self, NULL);
  else
    give_up (self, error);
}

void
l2tp_dial_remember (L2tpDial *dial, GInetAddress *lns, gboolean is_first)
{
  g_set_object (&dial->remembered, lns);
  dial->is_first = is_first;
}

void
l2tp_dial_start (L2tpDial *dial)
{
  g_autoptr (GResolver) resolver = g_resolver_get_default ();
  g_autofree char *gateway = l2tp_targets_dup_name (dial->config);

  if (dial->remembered != NULL)
    {
      g_ptr_array_add (dial->targets, l2tp_target_new (dial->config, dial->remembered));
      l2tp_dial_try_next_in (dial, dial->is_first ? HEAD_START : HEAD_START_DOUBTED);
    }
  dial->resolving = TRUE;
  g_resolver_lookup_by_name_async (resolver, gateway, dial->cancellable, on_resolved,
                                   g_object_ref (dial));
}
