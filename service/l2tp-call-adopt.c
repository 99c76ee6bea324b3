/* SPDX-License-Identifier: GPL-2.0-or-later */
/* SPDX-FileCopyrightText: The l2tp-client authors */

/* A call from one process to the next: what is told of it while it goes on, and a call that begins
 * with what it was told. Part of l2tp-call.c. Design section 6. */

#include "l2tp-call-private.h"

#include "l2tp-handover.h"
#include "l2tp-needs.h"

GVariant *
l2tp_call_export (L2tpCall *call)
{
  const L2tpHandover handover = {
    .driver = call->driver,
    .session_id = call->session_id,
    .peer_session_id = call->peer_session_id,
    .session_fd = call->session_fd,
    .up_since = call->up_since,
    .ipsec = call->secure != NULL ? l2tp_secure_export (call->secure) : NULL,
  };

  return l2tp_handover_export (&handover, call->ppp);
}

gboolean
l2tp_call_adopt (L2tpCall *call, GVariant *state, GError **error)
{
  g_auto (GStrv) names = l2tp_needs_before (call->config);
  g_autoptr (L2tpDriver) driver = NULL;
  g_autoptr (GVariant) ipsec = NULL;
  L2tpHandover handover;
  GInetAddress *lns;

  g_return_val_if_fail (call->state == L2TP_CALL_STATE_IDLE, FALSE);
  if (!l2tp_handover_adopt (call->config, call->tag, call->ports, call->ppp, state, &handover,
                            error))
    return FALSE;
  driver = handover.driver;
  ipsec = handover.ipsec;
  call->session_id = handover.session_id;
  call->peer_session_id = handover.peer_session_id;
  call->session_fd = handover.session_fd;
  call->up_since = handover.up_since;
  call->stage = L2TP_STAGE_IP;
  call->lacks_secrets = *names != NULL;
  l2tp_call_set_state (call, L2TP_CALL_STATE_UP, "another service left it");
  l2tp_call_take_driver (call, driver);
  lns = g_inet_socket_address_get_address (l2tp_driver_get_peer (driver));
  l2tp_dial_know (call->dial, lns);
  l2tp_network_set_lns (call->network, lns);
  l2tp_call_reread_identity (call);
  l2tp_call_adopt_secure (call, ipsec); /* before anything can leave */
  l2tp_call_on_ppp_up (call->ppp, call);
  l2tp_driver_resume (call->driver);
  return TRUE;
}
