/* SPDX-License-Identifier: GPL-2.0-or-later */
/* SPDX-FileCopyrightText: The l2tp-client authors */

#include "l2tp-connection-state.h"

static const char *const state_names[] = {
  [L2TP_CONNECTION_STATE_UNKNOWN] = "unknown",
  [L2TP_CONNECTION_STATE_DISCONNECTED] = "disconnected",
  [L2TP_CONNECTION_STATE_CONNECTING] = "connecting",
  [L2TP_CONNECTION_STATE_NEED_SECRETS] = "need-secrets",
  [L2TP_CONNECTION_STATE_CONNECTED] = "connected",
  [L2TP_CONNECTION_STATE_RECONNECTING] = "reconnecting",
  [L2TP_CONNECTION_STATE_DISCONNECTING] = "disconnecting",
  [L2TP_CONNECTION_STATE_FAILED] = "failed",
};

const char *
l2tp_connection_state_to_string (L2tpConnectionState state)
{
  g_return_val_if_fail (state < G_N_ELEMENTS (state_names), NULL);
  return state_names[state];
}

/* One bit for each state from which @to may be entered. */
static guint
may_come_from (L2tpConnectionState to)
{
#define FROM(STATE) (1u << L2TP_CONNECTION_STATE_##STATE)
  switch (to)
    {
    case L2TP_CONNECTION_STATE_UNKNOWN:
      return 0;
    case L2TP_CONNECTION_STATE_NEED_SECRETS:
      return FROM (DISCONNECTED) | FROM (FAILED) | FROM (CONNECTING) | FROM (RECONNECTING);
    case L2TP_CONNECTION_STATE_CONNECTING:
      return FROM (DISCONNECTED) | FROM (FAILED) | FROM (NEED_SECRETS);
    case L2TP_CONNECTION_STATE_CONNECTED:
      return FROM (CONNECTING) | FROM (RECONNECTING);
    case L2TP_CONNECTION_STATE_RECONNECTING:
      return FROM (CONNECTED) | FROM (NEED_SECRETS);
    case L2TP_CONNECTION_STATE_DISCONNECTING:
      return FROM (CONNECTING) | FROM (CONNECTED) | FROM (RECONNECTING) | FROM (FAILED);
    case L2TP_CONNECTION_STATE_DISCONNECTED:
      return FROM (DISCONNECTING) | FROM (NEED_SECRETS) | FROM (CONNECTING) | FROM (RECONNECTING);
    case L2TP_CONNECTION_STATE_FAILED:
      return FROM (CONNECTING) | FROM (RECONNECTING) | FROM (NEED_SECRETS);
    }
#undef FROM
  g_return_val_if_reached (0);
}

gboolean
l2tp_connection_state_may_follow (L2tpConnectionState from, L2tpConnectionState to)
{
  return (may_come_from (to) & (1u << from)) != 0;
}
