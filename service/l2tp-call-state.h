/* SPDX-License-Identifier: GPL-2.0-or-later */
/* SPDX-FileCopyrightText: The l2tp-client authors */

/* The states of a call, which may follow which, and what the LNS is told at the end. */

#pragma once

#include <glib.h>

#include "service/proto/l2tp-result.h"

G_BEGIN_DECLS

typedef enum
{
  L2TP_CALL_STATE_IDLE,
  L2TP_CALL_STATE_DIALING,   /* the first bring-up */
  L2TP_CALL_STATE_UP,        /* addresses are on the interface */
  L2TP_CALL_STATE_REPAIRING, /* was up; a new pppd or a new session is on its way */
  L2TP_CALL_STATE_STOPPING,
  L2TP_CALL_STATE_ENDED,
} L2tpCallState;

const char *l2tp_call_state_to_string (L2tpCallState state);

/* l2tp_call_state_may_follow: the whitelist of changes. */
gboolean l2tp_call_state_may_follow (L2tpCallState from, L2tpCallState to);

/* What the LNS is told when a call ends. */
typedef struct
{
  guint16 cdn_result; /* 0: no CDN */
  guint16 cdn_error;
  L2tpDisconnectCause cause;
  guint16 stopccn_result;
  guint wait;       /* ms that the call's end waits for the LNS to acknowledge it */
  gboolean in_vain; /* it hardly gets there: pppd need not try for long */
} L2tpFarewell;

extern const L2tpFarewell l2tp_farewell_user;     /* ERR-30 */
extern const L2tpFarewell l2tp_farewell_sleep;    /* ERR-30, and its answer is waited for */
extern const L2tpFarewell l2tp_farewell_service;  /* ERR-31 */
extern const L2tpFarewell l2tp_farewell_moved;    /* ERR-31, from an address that is gone */
extern const L2tpFarewell l2tp_farewell_no_means; /* ERR-34 */
extern const L2tpFarewell l2tp_farewell_timeout;  /* ERR-35 */

G_END_DECLS
