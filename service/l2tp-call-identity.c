/* SPDX-License-Identifier: GPL-2.0-or-later */
/* SPDX-FileCopyrightText: The l2tp-client authors */

/* The user's certificate and a call: it is read before the LNS hears of us, so that a wrong
 * passphrase or path costs no tunnel, and kept for every pppd of the call. Part of l2tp-call.c. */

#include "l2tp-call-private.h"

#include "service/base/l2tp-log.h"

static void
on_read (GObject *source, GAsyncResult *result, gpointer data)
{
  g_autoptr (L2tpCall) self = data;
  g_autoptr (GError) error = NULL;
  gboolean ok = l2tp_identity_read_finish (L2TP_IDENTITY (source), result, &error);

  if (self->state >= L2TP_CALL_STATE_STOPPING)
    return;
  if (ok)
    {
      l2tp_call_dial (self);
      return;
    }
  self->stage = L2TP_STAGE_PPP; /* whose secret is to be asked for */
  l2tp_call_fail (self, L2TP_STAGE_PPP, &l2tp_farewell_no_means, g_steal_pointer (&error));
}

/* Its failure is told when a pppd needs it. */
static void
on_read_again (GObject *source, GAsyncResult *result, gpointer data)
{
  g_autoptr (L2tpCall) self = data;
  g_autoptr (GError) error = NULL;

  if (!l2tp_identity_read_finish (L2TP_IDENTITY (source), result, &error))
    l2tp_debug (self->tag, "%s", error->message);
}

static void
begin (L2tpCall *self, GAsyncReadyCallback callback)
{
  self->reading = g_cancellable_new ();
  l2tp_identity_read_async (self->identity, self->reading, callback, g_object_ref (self));
}

void
l2tp_call_read_identity (L2tpCall *self)
{
  begin (self, on_read);
}

void
l2tp_call_reread_identity (L2tpCall *self)
{
  if (self->identity != NULL)
    begin (self, on_read_again);
}

void
l2tp_call_stop_reading (L2tpCall *self)
{
  g_cancellable_cancel (self->reading);
  g_clear_object (&self->reading);
}
