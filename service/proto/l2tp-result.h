/* SPDX-License-Identifier: GPL-2.0-or-later */
/* SPDX-FileCopyrightText: The l2tp-client authors */

/* Why a tunnel or a session ended, in numbers and in words (RFC 2661 section 4.4.2, RFC 3145). */

#pragma once

#include <glib.h>

G_BEGIN_DECLS

/* Who ended it, and how. */
typedef enum
{
  L2TP_RESULT_NONE,
  L2TP_RESULT_LOCAL,           /* we closed it: result and error are what we sent */
  L2TP_RESULT_STOPCCN,         /* the peer's StopCCN */
  L2TP_RESULT_CDN,             /* the peer's CDN */
  L2TP_RESULT_NO_ANSWER,       /* not one answer to our SCCRQ (TUN-12) */
  L2TP_RESULT_PEER_LOST,       /* the peer stopped acknowledging (TUN-18) */
  L2TP_RESULT_GUARD,           /* acknowledged but never answered (SES-25) */
  L2TP_RESULT_AUTH_MISMATCH,   /* the LNS's Challenge Response is wrong or missing (AUTH-3) */
  L2TP_RESULT_SECRET_REJECTED, /* the LNS does not take ours (TUN-33) */
  L2TP_RESULT_SECRET_MISSING,  /* the LNS challenges and we have none (TUN-29) */
  L2TP_RESULT_VERSION,         /* the LNS speaks another protocol version (TUN-25) */
  L2TP_RESULT_MALFORMED,       /* a message that cannot be accepted; result and error as sent */
  L2TP_RESULT_FSM,             /* a message that has no business in this state (TUN-16, SES-11) */
  L2TP_RESULT_NO_SESSIONS,     /* the no-sessions-left timer (TUN-19) */
} L2tpResultKind;

/* RFC 3145; code 0: absent. */
typedef struct
{
  guint16 code;
  guint16 protocol;
  guint8 direction;
} L2tpDisconnectCause;

typedef struct
{
  L2tpResultKind kind;
  guint16 result; /* Result Code AVP, 0 if there was none */
  guint16 error;  /* its error code, 0 if none */
  char *text;     /* the peer's message, made safe (ERR-10), or NULL */
  L2tpDisconnectCause cause;
  char *other; /* STOPCCN 2/7 with a numeric address: the LNS to try instead, or NULL (TUN-30) */
} L2tpResult;

void l2tp_result_clear (L2tpResult *result);
void l2tp_result_copy (const L2tpResult *source, L2tpResult *ret_result);
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (L2tpResult, l2tp_result_clear)

/* l2tp_result_to_string:
 * Returns (transfer full) one line for a person, without a stage and without a remedy, for example
 * "the LNS closed the call: administrative (3), “no free address”". */
char *l2tp_result_to_string (const L2tpResult *result);

/* l2tp_result_error_to_string:
 * Returns the meaning of an error code (ERR-9), or NULL when it has none here. */
const char *l2tp_result_error_to_string (guint16 error);

const char *l2tp_result_kind_to_string (L2tpResultKind kind);

/* l2tp_text_sanitise:
 * Returns (transfer full) @len octets of a peer as valid UTF-8 without control characters, line
 * breaks as blanks, blanks at both ends cut, at most 200 characters (ERR-10). */
char *l2tp_text_sanitise (const guint8 *data, gsize len);

G_END_DECLS
