/* SPDX-License-Identifier: GPL-2.0-or-later */
/* SPDX-FileCopyrightText: The l2tp-client authors */

/* What the end of a pppd means: for the user, for the LNS, and for the next attempt. Pure. */

#pragma once

#include <glib.h>

#include "l2tp-pppd.h"
#include "service/base/l2tp-error.h"
#include "service/proto/l2tp-result.h"

G_BEGIN_DECLS

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
  L2tpRetry retry; /* as far as pppd's end alone tells */
} L2tpPppdVerdict;

/* l2tp_pppd_exit_read_message:
 * @message: (nullable): what the LNS said, as L2tpPppd's "peer-message" has it
 * @ret_text: (optional): what of it is for people, within @message, or NULL
 *
 * Returns the number behind E= in an MS-CHAP failure (PPP-9), or 0. */
guint l2tp_pppd_exit_read_message (const char *message, const char **ret_text);

/* l2tp_pppd_exit_is_about_password:
 * Returns whether a rejection with that number, 0 for none, is of the password, and not of the
 * user. */
gboolean l2tp_pppd_exit_is_about_password (guint number);

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
