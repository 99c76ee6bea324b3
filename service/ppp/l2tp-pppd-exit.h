/* SPDX-License-Identifier: GPL-2.0-or-later */
/* SPDX-FileCopyrightText: The l2tp-client authors */

/* What the end of a pppd means: for the user, for the LNS, and for the next attempt. Pure. */

#pragma once

#include <glib.h>

#include "l2tp-pppd.h"
#include "service/proto/l2tp-result.h"

G_BEGIN_DECLS

/* Whether to try again, as far as pppd's end alone tells. */
typedef enum
{
  L2TP_PPPD_RETRY_NO,      /* it would end the same way */
  L2TP_PPPD_RETRY_SECRETS, /* not without new secrets */
  L2TP_PPPD_RETRY_USER,    /* as the user has set for an end on purpose */
  L2TP_PPPD_RETRY_TWICE,   /* once or twice */
  L2TP_PPPD_RETRY_BACKOFF, /* later */
  L2TP_PPPD_RETRY_YES,     /* at once */
} L2tpPppdRetry;

const char *l2tp_pppd_retry_to_string (L2tpPppdRetry retry);

/* What else is known of that pppd. */
typedef struct
{
  guint phase;              /* the furthest phase up to RUNNING that it reported (PPP-13) */
  gboolean mppe;            /* MPPE was required */
  gboolean tls;             /* EAP-TLS was required */
  const char *peer_message; /* (nullable): the last one */
} L2tpPppdContext;

typedef struct
{
  guint16 result; /* of the CDN */
  guint16 error;
  const char *text; /* of the CDN, where ERR-11 wants one, or NULL */
  L2tpDisconnectCause cause;
  L2tpPppdRetry retry;
} L2tpPppdVerdict;

/* l2tp_pppd_exit_read_message:
 * @message: (nullable): what the LNS said, as L2tpPppd's "peer-message" has it
 * @ret_text: (optional): what of it is for people, within @message, or NULL
 *
 * Returns the number behind E= in an MS-CHAP failure (PPP-9), or 0. */
guint l2tp_pppd_exit_read_message (const char *message, const char **ret_text);

/* l2tp_pppd_exit_get_mschap_retry:
 * Returns what a rejection with that number, 0 for none, leaves to do: L2TP_PPPD_RETRY_SECRETS, or
 * _NO when it was the user who was refused, not the password. */
L2tpPppdRetry l2tp_pppd_exit_get_mschap_retry (guint number);

void l2tp_pppd_exit_get_verdict (const L2tpPppdExit *exit,
                                 const L2tpPppdContext *context,
                                 L2tpPppdVerdict *ret_verdict);

/* l2tp_pppd_exit_follows:
 * Returns whether pppd only followed somebody else, the LNS or us, who knows better why it ended
 * (SES-27). */
gboolean l2tp_pppd_exit_follows (const L2tpPppdExit *exit);

/* l2tp_pppd_exit_to_error:
 * Returns (transfer full) an error in L2TP_ERROR, which says what the verdict does about another
 * attempt. Its message is a line with the cause and a line with the remedy, and names no stage. */
GError *l2tp_pppd_exit_to_error (const L2tpPppdExit *exit, const L2tpPppdContext *context);

G_END_DECLS
