/* SPDX-License-Identifier: GPL-2.0-or-later */
/* SPDX-FileCopyrightText: The l2tp-client authors */

/* The stages of a bring-up, in order. Each has a name that every error begins with, and a deadline.
 */

#pragma once

#include "service/base/l2tp-config.h"

G_BEGIN_DECLS

typedef enum
{
  L2TP_STAGE_RESOLVE, /* the LNS's name */
  L2TP_STAGE_IPSEC,   /* IKE, up to the SA */
  L2TP_STAGE_TUNNEL,  /* SCCRQ … SCCRP */
  L2TP_STAGE_SESSION, /* ICRQ … ICRP */
  L2TP_STAGE_PPP,     /* LCP and authentication */
  L2TP_STAGE_IP,      /* IPCP */
  L2TP_N_STAGES,
} L2tpStage;

const char *l2tp_stage_to_string (L2tpStage stage);

/* l2tp_stage_get_timeout: in seconds, for a connection with @config. */
guint l2tp_stage_get_timeout (L2tpStage stage, L2tpConfig *config);

/* l2tp_stage_error_timeout:
 * Returns (transfer full) the error of a stage whose deadline has passed. */
GError *l2tp_stage_error_timeout (L2tpStage stage);

/* l2tp_stage_prefix_error:
 * Puts the stage's name in front of @error's message, once. */
void l2tp_stage_prefix_error (L2tpStage stage, GError **error);

G_END_DECLS
