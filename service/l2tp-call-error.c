/* SPDX-License-Identifier: GPL-2.0-or-later */
/* SPDX-FileCopyrightText: The l2tp-client authors */

/* One table from the endings of tunnels and sessions to error codes and remedies. Hides nothing:
 * the cause is the protocol's own text. RFC 2661 section 4.4.2, ERR-1…8. */

#include "l2tp-call-error.h"

#include <errno.h>

#include "l2tp-retry.h"
#include "service/base/l2tp-error.h"

#define ASK_ADMIN "Ask the administrator of the LNS; its log says why."

static const struct
{
  L2tpResultKind kind;
  L2tpError code;
  const char *remedy;
} remedies[] = {
  { L2TP_RESULT_NO_ANSWER, L2TP_ERROR_TIMEOUT,
    "Check the gateway, and whether a firewall blocks UDP port 1701. Most LNSs answer only inside "
    "IPsec." },
  { L2TP_RESULT_PEER_LOST, L2TP_ERROR_TIMEOUT,
    "Check the network connection; the LNS may have been restarted." },
  { L2TP_RESULT_GUARD, L2TP_ERROR_TIMEOUT, ASK_ADMIN },
  { L2TP_RESULT_AUTH_MISMATCH, L2TP_ERROR_AUTH_FAILED,
    "Check tunnel-secret: the LNS could not prove that it knows the same one." },
  { L2TP_RESULT_SECRET_REJECTED, L2TP_ERROR_AUTH_FAILED,
    "Check tunnel-secret: the LNS did not accept ours." },
  { L2TP_RESULT_SECRET_MISSING, L2TP_ERROR_NO_SECRETS, "Set tunnel-secret." },
  { L2TP_RESULT_VERSION, L2TP_ERROR_TUNNEL_REFUSED,
    "The LNS must speak L2TP version 2 (RFC 2661)." },
  { L2TP_RESULT_MALFORMED, L2TP_ERROR_TUNNEL_REFUSED,
    "The LNS breaks the protocol; report it with a packet capture of UDP port 1701." },
  { L2TP_RESULT_FSM, L2TP_ERROR_TUNNEL_REFUSED,
    "The LNS breaks the protocol; report it with a packet capture of UDP port 1701." },
};

static GError *
error_from_result (const L2tpResult *result, L2tpError fallback)
{
  g_autofree char *cause = l2tp_result_to_string (result);
  L2tpError code = fallback;
  const char *remedy = ASK_ADMIN;
  GError *error;

  if (result->other != NULL)
    remedy =
        "An address that an LNS names is followed inside IPsec alone, and three times at most. "
        "If its administrator confirms it, set gateway to it.";
  for (guint i = 0; i < G_N_ELEMENTS (remedies); i++)
    if (remedies[i].kind == result->kind)
      {
        code = remedies[i].code;
        remedy = remedies[i].remedy;
      }
  error = g_error_new (L2TP_ERROR, code, "%s\n%s", cause, remedy);
  l2tp_error_set_retry (error, l2tp_retry_from_result (result));
  return error;
}

GError *
l2tp_call_error_from_tunnel (const L2tpResult *result)
{
  return error_from_result (result, L2TP_ERROR_TUNNEL_REFUSED);
}

GError *
l2tp_call_error_from_session (const L2tpResult *result)
{
  return error_from_result (result, L2TP_ERROR_SESSION_REFUSED);
}

GError *
l2tp_call_error_from_icmp (int saved_errno, guint port)
{
  if (saved_errno == ECONNREFUSED)
    return g_error_new (L2TP_ERROR, L2TP_ERROR_UNREACHABLE,
                        "nothing listens on UDP port %u of the LNS\n"
                        "Check the gateway and port; the L2TP service there may be down.",
                        port);
  return g_error_new (L2TP_ERROR, L2TP_ERROR_UNREACHABLE,
                      "the LNS cannot be reached: %s\n"
                      "Check the gateway and the network connection of this machine.",
                      g_strerror (saved_errno));
}
