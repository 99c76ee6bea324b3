/* SPDX-License-Identifier: GPL-2.0-or-later */
/* SPDX-FileCopyrightText: The l2tp-client authors */

#include "l2tp-call-state.h"

const L2tpFarewell l2tp_farewell_user = { 3, 0, { 3, 0, 2 }, 1 };
const L2tpFarewell l2tp_farewell_sleep = { 3, 0, { 3, 0, 2 }, 1, 400 };
const L2tpFarewell l2tp_farewell_service = { 0, 0, { 0, 0, 0 }, 6, 400 };
const L2tpFarewell l2tp_farewell_moved = { 0, 0, { 0, 0, 0 }, 6, .in_vain = TRUE };
const L2tpFarewell l2tp_farewell_no_means = { 4, 4, { 0, 0, 0 }, 1 };
const L2tpFarewell l2tp_farewell_timeout = { 10, 0, { 0, 0, 0 }, 1 };

static const char *const state_names[] = {
  [L2TP_CALL_STATE_IDLE] = "idle",
  [L2TP_CALL_STATE_DIALING] = "dialing",
  [L2TP_CALL_STATE_UP] = "up",
  [L2TP_CALL_STATE_REPAIRING] = "repairing",
  [L2TP_CALL_STATE_STOPPING] = "stopping",
  [L2TP_CALL_STATE_ENDED] = "ended",
};

const char *
l2tp_call_state_to_string (L2tpCallState state)
{
  g_return_val_if_fail (state < G_N_ELEMENTS (state_names), NULL);
  return state_names[state];
}

gboolean
l2tp_call_state_may_follow (L2tpCallState from, L2tpCallState to)
{
  switch (to)
    {
    case L2TP_CALL_STATE_IDLE:
      return FALSE;
    case L2TP_CALL_STATE_DIALING:
      return from == L2TP_CALL_STATE_IDLE;
    case L2TP_CALL_STATE_UP:
      return from == L2TP_CALL_STATE_IDLE || from == L2TP_CALL_STATE_DIALING ||
             from == L2TP_CALL_STATE_REPAIRING;
    case L2TP_CALL_STATE_REPAIRING:
      return from == L2TP_CALL_STATE_UP;
    case L2TP_CALL_STATE_STOPPING:
      return from < L2TP_CALL_STATE_STOPPING;
    case L2TP_CALL_STATE_ENDED:
      return from == L2TP_CALL_STATE_STOPPING;
    }
  g_return_val_if_reached (FALSE);
}
