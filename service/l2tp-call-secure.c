/* SPDX-License-Identifier: GPL-2.0-or-later */
/* SPDX-FileCopyrightText: The l2tp-client authors */

/* What IPsec means to a call: an SA that is lost blocks the tunnel, and does not end it as long as
 * another one may come; whether the LNS has kept session and tunnel meanwhile, a Hello tells. Part
 * of l2tp-call.c. Design section 6. */

#include "l2tp-call-private.h"

#include "l2tp-call-error.h"
#include "service/base/l2tp-error.h"
#include "service/base/l2tp-log.h"

#define PATIENCE 6 /* s: three Hellos for an LNS that has just answered IKE */

static void
on_lost (L2tpSecure *secure, GError *error, L2tpCall *self)
{
  g_autoptr (L2tpCall) alive = g_object_ref (self);

  if (self->state >= L2TP_CALL_STATE_STOPPING)
    return;
  /* A bring-up, and a repair of something else, is begun anew with an SA. */
  if (self->state != L2TP_CALL_STATE_UP)
    {
      l2tp_call_fail (self, L2TP_STAGE_IPSEC, &l2tp_farewell_user, g_error_copy (error));
      return;
    }
  /* An LNS that takes each SA away again, for another client's sake, is not asked without end. */
  if (!l2tp_call_count_repair (self))
    {
      l2tp_call_fail (self, L2TP_STAGE_IPSEC, &l2tp_farewell_user, g_error_copy (error));
      return;
    }
  l2tp_warning (self->tag, "%s", error->message);
  if (self->liveness != NULL)
    l2tp_liveness_stop (self->liveness); /* the silence that follows is none of the LNS's */
  l2tp_call_set_state (self, L2TP_CALL_STATE_REPAIRING, "the SA is lost");
  l2tp_call_enter_stage (self, L2TP_STAGE_IPSEC);
}

void
l2tp_call_tell_overhead (L2tpCall *self)
{
  g_auto (L2tpIpsecStatus) status = { 0 };

  if (self->secure == NULL)
    return;
  l2tp_secure_get_status (self->secure, &status);
  l2tp_network_set_overhead (self->network, status.overhead);
}

static gboolean
on_unanswered (gpointer data)
{
  L2tpCall *self = L2TP_CALL (data);
  L2tpResult result = { .kind = L2TP_RESULT_PEER_LOST };

  self->stage_timer = 0;
  l2tp_call_fail (self, L2TP_STAGE_TUNNEL, &l2tp_farewell_user,
                  l2tp_call_error_from_tunnel (&result));
  return G_SOURCE_REMOVE;
}

/* "answered" is what ends the repair. An LNS that was started anew drops the Hello of a tunnel that
 * it does not know. */
static void
on_renewed (L2tpSecure *secure, L2tpCall *self)
{
  l2tp_info (self->tag, "IPsec protects the tunnel again");
  l2tp_call_tell_overhead (self);
  if (self->state != L2TP_CALL_STATE_REPAIRING || self->stage != L2TP_STAGE_IPSEC)
    return;
  l2tp_call_enter_stage (self, L2TP_STAGE_TUNNEL);
  g_clear_handle_id (&self->stage_timer, g_source_remove);
  self->stage_timer = g_timeout_add_seconds (PATIENCE, on_unanswered, self);
  l2tp_call_watch (self);
  l2tp_call_probe (self);
  /* A Hello that was asked for while nothing got through is repeated ever later. */
  l2tp_driver_insist (self->driver);
}

static void
on_failed (L2tpSecure *secure, GError *error, L2tpCall *self)
{
  g_autoptr (L2tpCall) alive = g_object_ref (self);

  l2tp_call_fail (self, L2TP_STAGE_IPSEC, &l2tp_farewell_user, g_error_copy (error));
}

static void
on_changed (L2tpSecure *secure, L2tpCall *self)
{
  l2tp_call_tell_overhead (self);
  l2tp_call_changed (self);
}

void
l2tp_call_watch_secure (L2tpCall *self)
{
  g_signal_connect (self->secure, "lost", G_CALLBACK (on_lost), self);
  g_signal_connect (self->secure, "renewed", G_CALLBACK (on_renewed), self);
  g_signal_connect (self->secure, "failed", G_CALLBACK (on_failed), self);
  g_signal_connect (self->secure, "changed", G_CALLBACK (on_changed), self);
}

void
l2tp_call_adopt_secure (L2tpCall *self, GVariant *ipsec)
{
  GError *error = NULL;

  if (self->secure != NULL && !l2tp_secure_adopt (self->secure, self->driver, ipsec, &error))
    l2tp_call_fail (self, L2TP_STAGE_IPSEC, &l2tp_farewell_service, error);
}
