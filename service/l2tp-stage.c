/* SPDX-License-Identifier: GPL-2.0-or-later */
/* SPDX-FileCopyrightText: The l2tp-client authors */

/* The stages of a bring-up as one table. The tunnel's and the session's own limits (31 s and 60 s,
 * XPRT-9 and SES-25) come first; the deadlines here are the net below them, and hang lower where
 * the user wants the LNS to be asked for longer. */

#include "l2tp-stage.h"

#include "service/base/l2tp-error.h"
#include "service/io/l2tp-engine.h"

static const struct
{
  const char *name;
  guint timeout; /* s */
  const char *on_timeout;
} stages[L2TP_N_STAGES] = {
  [L2TP_STAGE_RESOLVE] = { "resolve", 15,
                           "the name servers do not answer\n"
                           "Check the network connection, or give the gateway as an IP address." },
  [L2TP_STAGE_IPSEC] = { "ipsec", 60,
                         "the LNS does not finish the IKE negotiation\n"
                         "Check the gateway, and whether a firewall blocks UDP ports 500 and "
                         "4500." },
  [L2TP_STAGE_TUNNEL] = { "tunnel", 45,
                          "the LNS does not answer\n"
                          "Check the gateway, and whether a firewall blocks UDP port 1701." },
  [L2TP_STAGE_SESSION] = { "session", 75,
                           "the LNS does not take the call\n"
                           "Ask the administrator of the LNS whether it accepts calls." },
  [L2TP_STAGE_PPP] = { "ppp", 60,
                       "the LNS does not finish the PPP negotiation\n"
                       "Look at pppd's lines in the log; a refuse- or require- option may not suit "
                       "the LNS." },
  [L2TP_STAGE_IP] = { "ip", 30,
                      "the LNS gives no IP address\n"
                      "Ask the administrator of the LNS whether an address is free for this "
                      "user." },
};

const char *
l2tp_stage_to_string (L2tpStage stage)
{
  g_return_val_if_fail (stage < L2TP_N_STAGES, NULL);
  return stages[stage].name;
}

guint
l2tp_stage_get_timeout (L2tpStage stage, L2tpConfig *config)
{
  gint64 longer;

  g_return_val_if_fail (stage < L2TP_N_STAGES, 0);
  if (stage != L2TP_STAGE_TUNNEL && stage != L2TP_STAGE_SESSION)
    return stages[stage].timeout;
  longer = l2tp_engine_get_schedule (config).give_up - l2tp_schedule_default.give_up;
  return stages[stage].timeout + (guint) (MAX (longer, 0) / G_TIME_SPAN_SECOND);
}

GError *
l2tp_stage_error_timeout (L2tpStage stage)
{
  g_return_val_if_fail (stage < L2TP_N_STAGES, NULL);
  return g_error_new_literal (L2TP_ERROR, L2TP_ERROR_TIMEOUT, stages[stage].on_timeout);
}

void
l2tp_stage_prefix_error (L2tpStage stage, GError **error)
{
  g_return_if_fail (stage < L2TP_N_STAGES);
  g_prefix_error (error, "%s: ", stages[stage].name);
}
