/* SPDX-License-Identifier: GPL-2.0-or-later */
/* SPDX-FileCopyrightText: The l2tp-client authors */

/* pppd's exit status as text, CDN, disconnect cause and retry class: one table, one row each, the
 * rows of protocol reference section 8. Where status 10 or 19 says too little, the phase that was
 * reached and the LNS's own words refine it. ERR-10, ERR-20 … ERR-24, ERR-38, ERR-40 … ERR-61. */

#include "l2tp-pppd-exit.h"

#include <signal.h>
#include <stdlib.h>
#include <string.h>

#include "service/base/l2tp-error.h"

#define LCP    0xc021
#define CHAP   0xc223
#define IPCP   0x8021
#define GLOBAL 0
#define PEER   1
#define LOCAL  2

#define PHASE_ESTABLISH    4
#define PHASE_AUTHENTICATE 5
#define PHASE_NETWORK      7

#define STATUS_NEGOTIATION_FAILED 10
#define STATUS_PEER_AUTH_FAILED   11
#define STATUS_AUTH_REJECTED      19

#define CRASHED "PPP process failed" /* ERR-38 */

typedef struct
{
  int status;
  L2tpError code;
  L2tpPppdVerdict verdict;
  const char *cause;
  const char *remedy;
} Row;

#define RETRY(x) L2TP_RETRY_##x
#define CODE(x)  L2TP_ERROR_##x

#define SEE_LOG "See pppd's lines in the log: journalctl -u l2tp-client."

static const Row rows[] = {
  /* ERR-40 */
  { 0,
    CODE (PPP_FAILED),
    { 3, 0, NULL, { 3, 0, PEER }, RETRY (BACKOFF) },
    "the LNS ended the PPP session",
    "If this repeats, ask its operator about limits on idle or connect time." },
  /* ERR-41 */
  { 1,
    CODE (PPP_FAILED),
    { 2, 6, CRASHED, { 0 }, RETRY (BACKOFF) },
    "pppd had a fatal error",
    SEE_LOG },
  /* ERR-42 */
  { 2,
    CODE (PPP_FAILED),
    { 2, 6, "PPP option error", { 0 }, RETRY (NEVER) },
    "pppd does not accept its options",
    "The profile or this version of pppd is the cause; the log names the option." },
  /* ERR-43 */
  { 3,
    CODE (PPP_FAILED),
    { 2, 6, "PPP process not privileged", { 0 }, RETRY (NEVER) },
    "pppd does not run as root",
    "Check user and capabilities in l2tp-client.service and its drop-ins." },
  /* ERR-44 */
  { 4,
    CODE (MISSING_KERNEL_SUPPORT),
    { 4, 4, NULL, { 0 }, RETRY (NEVER) },
    "the kernel has no PPP",
    "Load the module ppp_generic: modprobe ppp_generic. If there is none, install the kernel's "
    "package of extra modules; if it is refused, look for a “blacklist” line in /etc/modprobe.d." },
  /* ERR-45; when the request is ours, nobody asks here */
  { 5,
    CODE (PPP_FAILED),
    { 3, 0, NULL, { 3, 0, LOCAL }, RETRY (BACKOFF) },
    "pppd was told to end, and not by us",
    "To end the connection for good, disconnect it." },
  /* ERR-46 */
  { 6,
    CODE (PPP_FAILED),
    { 2, 4, NULL, { 0 }, RETRY (BACKOFF) },
    "pppd could not lock its device",
    SEE_LOG },
  /* ERR-47 */
  { 7,
    CODE (PPP_FAILED),
    { 2, 4, NULL, { 0 }, RETRY (BACKOFF) },
    "pppd could not open its device",
    "Check that /dev/ppp exists and may be opened by root." },
  /* ERR-48 */
  { 8,
    CODE (PPP_FAILED),
    { 2, 6, CRASHED, { 0 }, RETRY (BACKOFF) },
    "pppd ended before it got a session",
    SEE_LOG },
  /* ERR-49 */
  { 9,
    CODE (PPP_FAILED),
    { 2, 6, CRASHED, { 0 }, RETRY (NEVER) },
    "pppd could not run its command",
    SEE_LOG },
  /* ERR-50; see refine_negotiation() */
  { 10,
    CODE (PPP_FAILED),
    { 2, 6, "PPP negotiation failed", { 18, IPCP, GLOBAL }, RETRY (FEW) },
    "PPP negotiation with the LNS failed",
    "Ask the LNS's operator which PPP options it wants, and compare the profile." },
  /* ERR-51 */
  { 11,
    CODE (AUTH_FAILED),
    { 3, 0, NULL, { 16, CHAP, PEER }, RETRY (NEVER) },
    "the LNS did not prove who it is",
    "Check that the gateway is the right one." },
  /* ERR-52 */
  { 12,
    CODE (PPP_FAILED),
    { 3, 0, NULL, { 3, 0, LOCAL }, RETRY (NEVER) },
    "the session was idle for too long",
    "Connect again when you need it." },
  /* ERR-53 */
  { 13,
    CODE (PPP_FAILED),
    { 3, 0, NULL, { 3, 0, LOCAL }, RETRY (NEVER) },
    "the session's time is over",
    "Connect again when you need it." },
  /* ERR-54 */
  { 14,
    CODE (PPP_FAILED),
    { 2, 6, "callback not supported", { 12, LCP, GLOBAL }, RETRY (NEVER) },
    "the LNS wants to call back, which L2TP cannot do",
    "Ask its operator to turn callback off for this user." },
  /* ERR-55 */
  { 15,
    CODE (UNREACHABLE),
    { 1, 0, NULL, { 8, LCP, GLOBAL }, RETRY (BACKOFF) },
    "the LNS stopped answering LCP echo requests",
    "Check the network; if the LNS does not answer echo requests at all, set "
    "lcp-echo-interval=0." },
  /* ERR-56 */
  { 16,
    CODE (PPP_FAILED),
    { 1, 0, NULL, { 0 }, RETRY (BACKOFF) },
    "the L2TP session under PPP went away",
    "If this repeats, look at the LNS's log." },
  /* ERR-57 */
  { 17,
    CODE (PPP_FAILED),
    { 2, 6, "PPP loopback", { 7, LCP, GLOBAL }, RETRY (NEVER) },
    "the LNS sends back what we send",
    "Check that the gateway is an LNS and not ourselves." },
  /* ERR-58 */
  { 18,
    CODE (PPP_FAILED),
    { 2, 6, CRASHED, { 0 }, RETRY (NEVER) },
    "pppd could not initialise",
    SEE_LOG },
  /* ERR-59; see refine_rejection() */
  { 19,
    CODE (AUTH_FAILED),
    { 3, 0, NULL, { 16, CHAP, LOCAL }, RETRY (NEVER) },
    "the LNS rejected the user name or the password",
    "Check user, domain and password; some LNSs want DOMAIN\\USER or user@domain." },
  /* ERR-60 */
  { 20,
    CODE (PPP_FAILED),
    { 3, 0, NULL, { 1, 0, LOCAL }, RETRY (NEVER) },
    "the session's traffic limit is reached",
    "Connect again when you need it." },
  /* ERR-61 */
  { 21,
    CODE (AUTH_FAILED),
    { 3, 0, NULL, { 1, 0, LOCAL }, RETRY (NEVER) },
    "the number of the call is not allowed",
    "Ask the LNS's operator." },
};

static const Row unknown = {
  -1,
  CODE (PPP_FAILED),
  { 2, 6, CRASHED, { 0 }, RETRY (BACKOFF) },
  "pppd ended with a status that we do not know",
  SEE_LOG,
};

/* ERR-38 */
static const Row killed = {
  -1,
  CODE (PPP_FAILED),
  { 2, 6, CRASHED, { 0 }, RETRY (BACKOFF) },
  "pppd was killed",
  "If nobody killed it on purpose, report a bug with its lines in the log.",
};

/* What MS-CHAP's E= says (PPP-9). */
static const struct
{
  guint number;
  gboolean about_password; /* a new one would do */
  const char *cause;
  const char *remedy;
} mschap_errors[] = {
  { 646, FALSE, "the LNS does not allow this user to connect at this hour",
    "Try again later, or ask its operator." },
  { 647, FALSE, "the user's account is disabled", "Ask the LNS's operator to enable it." },
  { 648, TRUE, "the user's password has expired",
    "Change it by the way that the LNS's operator offers, then set the new one here." },
  { 649, FALSE, "the user has no permission to dial in", "Ask the LNS's operator for it." },
  { 709, FALSE, "the LNS did not accept the change of the password",
    "Ask its operator for a new one." },
};

static const Row *
find_row (const L2tpPppdExit *exit)
{
  if (exit->signaled)
    return &killed;
  for (gsize i = 0; i < G_N_ELEMENTS (rows); i++)
    if (rows[i].status == exit->status)
      return &rows[i];
  return &unknown;
}

/* ERR-50: which protocol did not get there (ERR-20 … ERR-23, PPP-3). */
static void
refine_negotiation (Row *row, const L2tpPppdContext *context)
{
  if (context->phase <= PHASE_ESTABLISH)
    {
      row->code = CODE (TIMEOUT);
      row->verdict.cause = (L2tpDisconnectCause){ 5, LCP, GLOBAL };
      row->cause = "the LNS did not agree on the PPP link (LCP)";
      row->remedy =
          "If it sent nothing, data packets do not come through: check firewalls and NAT. "
          "Else compare the refuse-* options with what the LNS wants.";
    }
  else if (context->phase < PHASE_NETWORK)
    {
      row->code = CODE (TIMEOUT);
      row->verdict.cause = (L2tpDisconnectCause){ 13, CHAP, GLOBAL };
      row->cause = "the LNS did not finish the authentication";
      row->remedy = "The LNS may wait for a RADIUS server; try again, or ask its operator.";
    }
  else if (context->mppe)
    {
      row->verdict.cause = (L2tpDisconnectCause){ 4, 0, PEER };
      row->cause = "the LNS refused MPPE, which the profile requires";
      row->remedy = "With IPsec MPPE is not needed: turn require-mppe off. Else use MS-CHAPv2 and "
                    "load the module ppp_mppe.";
    }
}

/* Of MS-CHAP's fields only the one after M= is for people; MS-CHAPv1 has none. */
guint
l2tp_pppd_exit_read_message (const char *message, const char **ret_text)
{
  const char *text = message;
  guint number = 0;

  if (message != NULL && g_str_has_prefix (message, "E=") && g_ascii_isdigit (message[2]))
    {
      number = (guint) MIN (g_ascii_strtoull (message + 2, NULL, 10), G_MAXUINT);
      text = strstr (message, " M=");
      text = text != NULL ? text + 3 : NULL;
    }
  if (ret_text != NULL)
    *ret_text = text != NULL && *text != '\0' ? text : NULL;
  return number;
}

gboolean
l2tp_pppd_exit_is_about_password (guint number)
{
  for (gsize i = 0; i < G_N_ELEMENTS (mschap_errors); i++)
    if (mschap_errors[i].number == number)
      return mschap_errors[i].about_password;
  return TRUE;
}

static void
refine_rejection (Row *row, const char *message)
{
  guint error = l2tp_pppd_exit_read_message (message, NULL);

  for (gsize i = 0; i < G_N_ELEMENTS (mschap_errors); i++)
    if (mschap_errors[i].number == error)
      {
        row->cause = mschap_errors[i].cause;
        row->remedy = mschap_errors[i].remedy;
      }
}

/* With EAP-TLS a passphrase that is wrong has not got as far as pppd. */
static void
refine_tls (Row *row, const L2tpPppdContext *context)
{
  if (row->status == STATUS_PEER_AUTH_FAILED && context->peer_message != NULL)
    {
      row->cause = "the LNS's certificate is refused";
      row->remedy = "Check that the gateway is the right one and that user-ca has the authority "
                    "that signed its certificate, and check this machine's clock.";
    }
  else if (row->status == STATUS_PEER_AUTH_FAILED)
    {
      row->cause = "the LNS did not prove by EAP-TLS who it is";
      row->remedy = "Check that the gateway is the right one; if it is, ask its operator for "
                    "EAP-TLS, or set user-auth-type=password.";
    }
  else if (row->status == STATUS_AUTH_REJECTED)
    {
      row->verdict.retry = RETRY (NEVER);
      row->cause = "the LNS rejected the user's certificate";
      row->remedy = "Check user-cert, and that user is the name that the LNS knows it by; ask its "
                    "operator which authority the LNS trusts.";
    }
}

static Row
look_up (const L2tpPppdExit *exit, const L2tpPppdContext *context)
{
  Row row = *find_row (exit);

  if (row.status == STATUS_NEGOTIATION_FAILED)
    refine_negotiation (&row, context);
  else if (row.status == STATUS_AUTH_REJECTED)
    refine_rejection (&row, context->peer_message);
  if (context->tls)
    refine_tls (&row, context);
  return row;
}

void
l2tp_pppd_exit_get_verdict (const L2tpPppdExit *exit,
                            const L2tpPppdContext *context,
                            L2tpPppdVerdict *ret_verdict)
{
  *ret_verdict = look_up (exit, context).verdict;
}

GError *
l2tp_pppd_exit_to_error (const L2tpPppdExit *exit, const L2tpPppdContext *context)
{
  const Row row = look_up (exit, context);
  g_autoptr (GString) text = g_string_new (row.cause);
  const char *words;
  guint number = l2tp_pppd_exit_read_message (context->peer_message, &words);
  GError *error;

  if (exit->signaled)
    g_string_append_printf (text, " by signal %d (%s)", exit->status, g_strsignal (exit->status));
  else if (row.status < 0)
    g_string_append_printf (text, " (%d)", exit->status);
  if (words != NULL)
    g_string_append_printf (text, ": “%s”", words);
  else if (number != 0)
    g_string_append_printf (text, " (MS-CHAP error %u)", number);
  g_string_append_printf (text, "\n%s", row.remedy);
  error = g_error_new_literal (L2TP_ERROR, (int) row.code, text->str);
  l2tp_error_set_retry (error, row.verdict.retry);
  return error;
}

gboolean
l2tp_pppd_exit_follows (const L2tpPppdExit *exit)
{
  static const int followers[] = { 0, 5, 8, 16 }; /* ERR-40, ERR-45, ERR-48, ERR-56 */

  for (guint i = 0; i < G_N_ELEMENTS (followers); i++)
    if (exit->status == followers[i])
      return TRUE;
  return exit->signaled;
}
