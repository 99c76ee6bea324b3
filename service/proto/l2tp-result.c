/* SPDX-License-Identifier: GPL-2.0-or-later */
/* SPDX-FileCopyrightText: The l2tp-client authors */

/* Why a tunnel or a session ended, in words: RFC 2661 section 4.4.2, RFC 3145 section 4.
 *
 * Hides the tables of numbers. A peer's text passes through here once and is harmless afterwards:
 * valid UTF-8, no control characters, bounded. */

#include "l2tp-result.h"

#include <string.h>

#include "l2tp-tunnel-private.h"

#define MAX_TEXT_CHARS 200 /* ERR-10 */

static const char *const kinds[] = {
  [L2TP_RESULT_NONE] = "none",
  [L2TP_RESULT_LOCAL] = "local",
  [L2TP_RESULT_STOPCCN] = "stopccn",
  [L2TP_RESULT_CDN] = "cdn",
  [L2TP_RESULT_NO_ANSWER] = "no-answer",
  [L2TP_RESULT_PEER_LOST] = "peer-lost",
  [L2TP_RESULT_GUARD] = "guard",
  [L2TP_RESULT_AUTH_MISMATCH] = "auth-mismatch",
  [L2TP_RESULT_SECRET_REJECTED] = "secret-rejected",
  [L2TP_RESULT_SECRET_MISSING] = "secret-missing",
  [L2TP_RESULT_VERSION] = "version",
  [L2TP_RESULT_MALFORMED] = "malformed",
  [L2TP_RESULT_FSM] = "fsm",
  [L2TP_RESULT_NO_SESSIONS] = "no-sessions",
};

/* ERR-1 … ERR-8; a number that is missing here is shown as a number. */
static const char *const stopccn_results[] = {
  [1] = "general request to clear",       [2] = "general error",
  [3] = "control channel already exists", [4] = "not authorised",
  [5] = "protocol version not supported", [6] = "shutting down",
  [7] = "finite state machine error",     [8] = "control DSCP not acceptable",
};

static const char *const cdn_results[] = {
  [1] = "loss of carrier",
  [2] = "general error",
  [3] = "administrative",
  [4] = "no facilities, temporarily",
  [5] = "no facilities, permanently",
  [6] = "invalid destination",
  [7] = "no carrier detected",
  [8] = "busy",
  [9] = "no dial tone",
  [10] = "timeout",
  [11] = "no appropriate framing",
  [12] = "session DSCP not acceptable",
};

/* ERR-9 */
static const char *const errors[] = {
  [1] = "no control connection yet",
  [2] = "wrong length",
  [3] = "value out of range",
  [4] = "out of resources",
  [5] = "invalid session id",
  [6] = "vendor specific error",
  [7] = "try another LNS",
  [8] = "unknown mandatory AVP",
  [9] = "try another LNS, directed",
  [10] = "next hop unreachable",
  [11] = "next hop busy",
  [12] = "address busy",
};

/* ERR-20 … ERR-23 */
static const char *const causes[] = {
  [1] = "administrative",
  [2] = "the LNS needs proxy LCP",
  [3] = "normal disconnection",
  [4] = "encryption refused",
  [5] = "LCP timed out",
  [6] = "no LCP packet seen",
  [7] = "line looped back",
  [8] = "LCP echo timed out",
  [9] = "endpoint discriminator mismatch",
  [10] = "LCP MRRU not valid",
  [11] = "LCP short sequence numbers not valid",
  [12] = "call back",
  [13] = "PPP authentication timed out",
  [14] = "multilink name differs",
  [15] = "authentication protocol not acceptable",
  [16] = "PPP authentication failed",
  [17] = "network protocol timed out",
  [18] = "no network protocol available",
  [19] = "addresses do not converge",
  [20] = "address not permitted",
};

/* RFC 3145: 0 global, 1 at the sender's peer (that is us), 2 at the sender. */
static const char *const directions[] = { "", " (at this end)", " (at the LNS)" };

#define LOOKUP(TABLE, NUMBER) lookup (TABLE, G_N_ELEMENTS (TABLE), NUMBER)

static const char *
lookup (const char *const *table, gsize len, guint number)
{
  return number < len ? table[number] : NULL;
}

const char *
l2tp_result_kind_to_string (L2tpResultKind kind)
{
  const char *name = LOOKUP (kinds, (guint) kind);

  return name != NULL ? name : "unknown";
}

const char *
l2tp_result_error_to_string (guint16 error)
{
  return LOOKUP (errors, error);
}

void
l2tp_result_clear (L2tpResult *result)
{
  g_free (result->text);
  g_free (result->other);
  memset (result, 0, sizeof *result);
}

void
l2tp_result_copy (const L2tpResult *source, L2tpResult *ret_result)
{
  *ret_result = *source;
  ret_result->text = g_strdup (source->text);
  ret_result->other = g_strdup (source->other);
}

static void
append_number (GString *line, const char *name, guint number)
{
  if (name != NULL)
    g_string_append_printf (line, "%s (%u)", name, number);
  else
    g_string_append_printf (line, "unknown reason %u", number);
}

static void
append_error (GString *line, const L2tpResult *self, gboolean session)
{
  const char *name = LOOKUP (errors, self->error);

  if (!session && self->result == 5) /* ERR-5: the field is the version that is spoken */
    g_string_append_printf (line, ", it speaks %u.%u", self->error >> 8, self->error & 0xFF);
  else if (name != NULL)
    g_string_append_printf (line, ", %s (%u)", name, self->error);
  else
    g_string_append_printf (line, ", error %u", self->error);
}

static void
append_codes (GString *line, const L2tpResult *self, gboolean session)
{
  if (self->result == 0)
    {
      g_string_append (line, ": no reason given");
      return;
    }
  g_string_append (line, ": ");
  append_number (
      line, session ? LOOKUP (cdn_results, self->result) : LOOKUP (stopccn_results, self->result),
      self->result);
  if (self->error != 0)
    append_error (line, self, session);
}

static void
append_cause (GString *line, const L2tpDisconnectCause *cause)
{
  const char *direction = LOOKUP (directions, cause->direction);

  if (cause->code == 0)
    return;
  g_string_append (line, "; PPP: ");
  append_number (line, LOOKUP (causes, cause->code), cause->code);
  g_string_append (line, direction != NULL ? direction : "");
}

static const char *
describe_kind (L2tpResultKind kind)
{
  switch (kind)
    {
    case L2TP_RESULT_NONE:
      return "no reason";
    case L2TP_RESULT_LOCAL:
      return "closed by this end";
    case L2TP_RESULT_STOPCCN:
      return "the LNS closed the tunnel";
    case L2TP_RESULT_CDN:
      return "the LNS closed the call";
    case L2TP_RESULT_NO_ANSWER:
      return "the LNS does not answer";
    case L2TP_RESULT_PEER_LOST:
      return "the LNS stopped answering";
    case L2TP_RESULT_GUARD:
      return "the LNS acknowledged the request but never answered it";
    case L2TP_RESULT_AUTH_MISMATCH:
      return "the LNS did not prove that it knows the tunnel secret";
    case L2TP_RESULT_SECRET_REJECTED:
      return "the LNS rejected the tunnel secret";
    case L2TP_RESULT_SECRET_MISSING:
      return "the LNS wants a tunnel secret";
    case L2TP_RESULT_VERSION:
      return "the LNS speaks another version of L2TP";
    case L2TP_RESULT_MALFORMED:
      return "the LNS sent a message that cannot be accepted";
    case L2TP_RESULT_FSM:
      return "the LNS sent a message out of turn";
    case L2TP_RESULT_NO_SESSIONS:
      return "the tunnel had no session left";
    }
  return "unknown";
}

char *
l2tp_result_to_string (const L2tpResult *result)
{
  GString *line = g_string_new (describe_kind (result->kind));

  if (result->kind == L2TP_RESULT_STOPCCN || result->kind == L2TP_RESULT_CDN)
    append_codes (line, result, result->kind == L2TP_RESULT_CDN);
  append_cause (line, &result->cause);
  if (result->text != NULL && result->text[0] != '\0')
    g_string_append_printf (line, ", “%s”", result->text);
  return g_string_free (line, FALSE);
}

/* Controls, and what can disguise a line of a log: bidirectional overrides, zero-width characters.
 */
static gboolean
is_harmless (gunichar c)
{
  const guint harmful = 1u << G_UNICODE_CONTROL | 1u << G_UNICODE_FORMAT |
                        1u << G_UNICODE_UNASSIGNED | 1u << G_UNICODE_PRIVATE_USE |
                        1u << G_UNICODE_SURROGATE | 1u << G_UNICODE_LINE_SEPARATOR |
                        1u << G_UNICODE_PARAGRAPH_SEPARATOR;

  return (harmful & 1u << g_unichar_type (c)) == 0;
}

char *
l2tp_text_sanitise (const guint8 *data, gsize len)
{
  g_autofree char *valid = NULL;
  GString *text = g_string_new (NULL);
  guint n_chars = 0;

  /* Four octets a character at most: the rest could not be shown anyway. */
  if (len > 0)
    valid = g_utf8_make_valid ((const char *) data, (gssize) MIN (len, 4 * MAX_TEXT_CHARS));

  for (const char *p = valid; p != NULL && *p != '\0' && n_chars < MAX_TEXT_CHARS;
       p = g_utf8_next_char (p))
    if (is_harmless (g_utf8_get_char (p)))
      {
        g_string_append_unichar (text, g_utf8_get_char (p));
        n_chars++;
      }
    else if (g_ascii_isspace (*p) && text->len > 0)
      {
        g_string_append_c (text, ' '); /* a line break still parts words */
        n_chars++;
      }
  g_strstrip (text->str);
  return g_string_free (text, FALSE);
}

L2tpResultCode
l2tp_result_code_from (const L2tpResult *result)
{
  L2tpResultCode code = { .result = result->result, .error = result->error };
  const char *text = result->text;

  if (text == NULL && result->result == L2TP_GENERAL_ERROR &&
      result->error >= L2TP_ERROR_CODE_SPECIFIC && result->error <= L2TP_ERROR_CODE_UNKNOWN)
    text = l2tp_result_error_to_string (result->error); /* ERR-11 */
  if (text != NULL)
    {
      code.text.data = (const guint8 *) text;
      code.text.len = strlen (text);
    }
  return code;
}

/* TUN-30: the text of "try another" is a numeric address; a name, or anything else, is no place to
 * go. Whether to go there is not decided here. */
static char *
parse_other (const L2tpResult *result)
{
  if (result->kind != L2TP_RESULT_STOPCCN || result->result != L2TP_GENERAL_ERROR ||
      result->error != L2TP_ERROR_CODE_TRY_ANOTHER || result->text == NULL ||
      !g_hostname_is_ip_address (result->text) || strchr (result->text, '%') != NULL)
    return NULL;
  return g_strdup (result->text);
}

L2tpResult
l2tp_result_from_peer (L2tpResultKind kind, const L2tpResultCode *code)
{
  L2tpResult result = {
    .kind = kind,
    .result = code->result,
    .error = code->error,
    .text = code->text.len > 0 ? l2tp_text_sanitise (code->text.data, code->text.len) : NULL,
  };

  result.other = parse_other (&result);
  return result;
}
