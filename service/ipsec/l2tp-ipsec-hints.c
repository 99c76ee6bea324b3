/* SPDX-License-Identifier: GPL-2.0-or-later */
/* SPDX-FileCopyrightText: The l2tp-client authors */

/* The table of strongSwan's log lines, and the words of every IPsec failure. Seen with 5.9.8; what
 * a later version says otherwise ends in OTHER with the line as detail. */

#include "l2tp-ipsec-hints.h"

#include <errno.h>
#include <string.h>

#include "service/base/l2tp-error.h"

const char *
l2tp_ipsec_failure_to_string (L2tpIpsecFailure failure)
{
  static const char *const names[] = {
    "none",         "settings",     "no-daemon", "denied",   "no-ikev1", "kernel",
    "unreachable",  "no-ike",       "no-answer", "stalled",  "version",  "ike-proposal",
    "esp-proposal", "selectors",    "psk",       "rejected", "peer-id",  "untrusted",
    "expired",      "daemon-ended", "hung",      "lost",     "other",
  };

  G_STATIC_ASSERT (G_N_ELEMENTS (names) == L2TP_IPSEC_FAILURE_OTHER + 1);
  return names[failure];
}

/* Both parts must be in the line. The first row that fits counts. */
static const struct
{
  const char *text, *and_text;
  L2tpIpsecFailure failure;
} lines[] = {
  { "NO_PROPOSAL_CHOSEN", "no CHILD_SA built", L2TP_IPSEC_FAILURE_ESP_PROPOSAL },
  { "received NO_PROPOSAL_CHOSEN", NULL, L2TP_IPSEC_FAILURE_IKE_PROPOSAL },
  { "received ATTRIBUTES_NOT_SUPPORTED", NULL, L2TP_IPSEC_FAILURE_IKE_PROPOSAL },
  { "received INVALID_MAJOR_VERSION", NULL, L2TP_IPSEC_FAILURE_VERSION },
  { "received TS_UNACCEPTABLE", NULL, L2TP_IPSEC_FAILURE_SELECTORS },
  { "no acceptable traffic selectors", NULL, L2TP_IPSEC_FAILURE_SELECTORS },
  { "received INVALID_ID_INFORMATION", NULL, L2TP_IPSEC_FAILURE_SELECTORS },
  { "received AUTHENTICATION_FAILED", NULL, L2TP_IPSEC_FAILURE_REJECTED },
  { "received INVALID_CERT", NULL, L2TP_IPSEC_FAILURE_REJECTED },
  { "received CERTIFICATE_UNAVAILABLE", NULL, L2TP_IPSEC_FAILURE_REJECTED },
  { "tried 1 shared key", "MAC mismatched", L2TP_IPSEC_FAILURE_PSK },
  { "IDir", "does not match", L2TP_IPSEC_FAILURE_PEER_ID },
  { "constraint check failed: identity", NULL, L2TP_IPSEC_FAILURE_PEER_ID },
  { "certificate invalid", "valid from", L2TP_IPSEC_FAILURE_EXPIRED },
  { "constraint check failed", NULL, L2TP_IPSEC_FAILURE_UNTRUSTED },
  { "no issuer certificate found", NULL, L2TP_IPSEC_FAILURE_UNTRUSTED },
  { "self-signed certificate", "not trusted", L2TP_IPSEC_FAILURE_UNTRUSTED },
  { "certificate was revoked", NULL, L2TP_IPSEC_FAILURE_UNTRUSTED },
  { "public key found for", "no trusted", L2TP_IPSEC_FAILURE_UNTRUSTED },
  { "no private key found", NULL, L2TP_IPSEC_FAILURE_SETTINGS },
  { "unable to install", "in kernel", L2TP_IPSEC_FAILURE_KERNEL },
  { "not supported!", NULL, L2TP_IPSEC_FAILURE_KERNEL },
  { "IKE version", "not supported", L2TP_IPSEC_FAILURE_NO_IKEV1 },
  { "error writing to socket", "unreachable", L2TP_IPSEC_FAILURE_UNREACHABLE },
  { "no shared key found", NULL, L2TP_IPSEC_FAILURE_OTHER },
};

/* With the wrong key, neither side can read the other in main mode's third exchange (RFC 2409
 * section 5.4). An answer that comes again may also be due to a packet that was lost. */
static const struct
{
  const char *text;
  gboolean is_certain;
} psk_hints[] = {
  { "could not decrypt payloads", TRUE },
  { "received INVALID_HASH_INFORMATION", TRUE },
  { "received PAYLOAD_MALFORMED", TRUE },
  { "next request already sent", FALSE },
};

static void
suspect_psk (L2tpIpsecHints *hints, const char *line)
{
  if (!hints->psk || hints->ikev2 || hints->is_established)
    return;
  for (gsize i = 0; i < G_N_ELEMENTS (psk_hints); i++)
    if (strstr (line, psk_hints[i].text) != NULL)
      {
        hints->suspects_psk = TRUE;
        hints->is_psk_wrong |= psk_hints[i].is_certain;
      }
}

static L2tpIpsecFailure
classify (const L2tpIpsecHints *hints, const char *line)
{
  for (gsize i = 0; i < G_N_ELEMENTS (lines); i++)
    {
      L2tpIpsecFailure failure = lines[i].failure;

      if (strstr (line, lines[i].text) == NULL ||
          (lines[i].and_text != NULL && strstr (line, lines[i].and_text) == NULL))
        continue;
      /* IKEv1 looks for a key by identities and, when there is none, by addresses, as ours is. */
      if (!hints->ikev2 && strstr (line, "found for '") != NULL && hints->psk)
        return L2TP_IPSEC_FAILURE_NONE;
      if (failure == L2TP_IPSEC_FAILURE_IKE_PROPOSAL && hints->is_established)
        return L2TP_IPSEC_FAILURE_ESP_PROPOSAL;
      if (failure == L2TP_IPSEC_FAILURE_REJECTED && hints->psk)
        return L2TP_IPSEC_FAILURE_PSK;
      if (failure == L2TP_IPSEC_FAILURE_SELECTORS && !hints->is_established && !hints->ikev2)
        return L2TP_IPSEC_FAILURE_REJECTED;
      return failure;
    }
  return L2TP_IPSEC_FAILURE_NONE;
}

void
l2tp_ipsec_hints_take (L2tpIpsecHints *hints, const char *line)
{
  L2tpIpsecFailure failure = classify (hints, line);

  g_free (hints->last);
  hints->last = g_strdup (line);
  if (g_str_has_prefix (line, "initiating "))
    hints->initiating = TRUE;
  if (g_str_has_prefix (line, "received packet"))
    hints->n_received++;
  if (strstr (line, "established between") != NULL)
    hints->is_established = TRUE;
  if (g_str_has_prefix (line, "no shared key found for '"))
    hints->took_our_key = TRUE;
  suspect_psk (hints, line);
  if (failure == L2TP_IPSEC_FAILURE_NONE || hints->failure != L2TP_IPSEC_FAILURE_NONE)
    return;
  hints->failure = failure;
  hints->cause = g_strdup (line);
}

void
l2tp_ipsec_hints_clear (L2tpIpsecHints *hints)
{
  g_free (hints->cause);
  g_free (hints->last);
  *hints = (L2tpIpsecHints){ .ikev2 = hints->ikev2, .psk = hints->psk };
}

L2tpIpsecFailure
l2tp_ipsec_hints_conclude (const L2tpIpsecHints *hints, int probe_errno)
{
  if (hints->failure != L2TP_IPSEC_FAILURE_NONE)
    return hints->failure;
  if (hints->suspects_psk)
    return L2TP_IPSEC_FAILURE_PSK;
  if (!hints->initiating)
    return hints->ikev2 ? L2TP_IPSEC_FAILURE_OTHER : L2TP_IPSEC_FAILURE_NO_IKEV1;
  if (hints->n_received > 0)
    return L2TP_IPSEC_FAILURE_STALLED;
  switch (probe_errno)
    {
    case 0:
      return L2TP_IPSEC_FAILURE_NO_ANSWER;
    case ECONNREFUSED:
      return L2TP_IPSEC_FAILURE_NO_IKE;
    default:
      return L2TP_IPSEC_FAILURE_UNREACHABLE;
    }
}

static L2tpError
code_of (L2tpIpsecFailure failure)
{
  switch (failure)
    {
    case L2TP_IPSEC_FAILURE_SETTINGS:
      return L2TP_ERROR_INVALID_SETTINGS;
    case L2TP_IPSEC_FAILURE_NO_DAEMON:
    case L2TP_IPSEC_FAILURE_DENIED:
    case L2TP_IPSEC_FAILURE_NO_IKEV1:
      return L2TP_ERROR_MISSING_DEPENDENCY;
    case L2TP_IPSEC_FAILURE_KERNEL:
      return L2TP_ERROR_MISSING_KERNEL_SUPPORT;
    case L2TP_IPSEC_FAILURE_UNREACHABLE:
    case L2TP_IPSEC_FAILURE_NO_IKE:
      return L2TP_ERROR_UNREACHABLE;
    case L2TP_IPSEC_FAILURE_NO_ANSWER:
    case L2TP_IPSEC_FAILURE_STALLED:
      return L2TP_ERROR_TIMEOUT;
    case L2TP_IPSEC_FAILURE_PSK:
    case L2TP_IPSEC_FAILURE_REJECTED:
      return L2TP_ERROR_AUTH_FAILED;
    case L2TP_IPSEC_FAILURE_VERSION:
    case L2TP_IPSEC_FAILURE_IKE_PROPOSAL:
    case L2TP_IPSEC_FAILURE_ESP_PROPOSAL:
    case L2TP_IPSEC_FAILURE_SELECTORS:
    case L2TP_IPSEC_FAILURE_PEER_ID:
    case L2TP_IPSEC_FAILURE_UNTRUSTED:
    case L2TP_IPSEC_FAILURE_EXPIRED:
    case L2TP_IPSEC_FAILURE_DAEMON_ENDED:
    case L2TP_IPSEC_FAILURE_HUNG:
    case L2TP_IPSEC_FAILURE_LOST:
    case L2TP_IPSEC_FAILURE_OTHER:
    case L2TP_IPSEC_FAILURE_NONE:
      return L2TP_ERROR_IKE_FAILED;
    }
  return L2TP_ERROR_IKE_FAILED;
}

static char *
cause_of (L2tpIpsecFailure failure, const L2tpIpsecAttempt *attempt)
{
  switch (failure)
    {
    case L2TP_IPSEC_FAILURE_SETTINGS:
      return g_strdup ("machine-key does not belong to machine-cert");
    case L2TP_IPSEC_FAILURE_NO_DAEMON:
      return g_strdup ("no IKE daemon: strongSwan is not installed");
    case L2TP_IPSEC_FAILURE_DENIED:
      return g_strdup ("the IKE daemon's control socket may not be used");
    case L2TP_IPSEC_FAILURE_NO_IKEV1:
      return g_strdup ("this machine's IKE daemon has no IKEv1");
    case L2TP_IPSEC_FAILURE_KERNEL:
      return g_strdup ("this machine cannot do what was agreed with the LNS");
    case L2TP_IPSEC_FAILURE_UNREACHABLE:
      return g_strdup_printf ("no way to %s", attempt->peer);
    case L2TP_IPSEC_FAILURE_NO_IKE:
      return g_strdup_printf ("%s is there, but refuses IKE (UDP port 500)", attempt->peer);
    case L2TP_IPSEC_FAILURE_NO_ANSWER:
      return g_strdup_printf ("%s does not answer IKE (UDP port 500)", attempt->peer);
    case L2TP_IPSEC_FAILURE_STALLED:
      return g_strdup_printf ("%s answered IKE at first, and then no more", attempt->peer);
    case L2TP_IPSEC_FAILURE_VERSION:
      return g_strdup_printf ("the LNS does not speak IKEv%u", attempt->ikev2 ? 2 : 1);
    case L2TP_IPSEC_FAILURE_IKE_PROPOSAL:
    case L2TP_IPSEC_FAILURE_ESP_PROPOSAL:
      {
        gboolean is_ike = failure == L2TP_IPSEC_FAILURE_IKE_PROPOSAL;
        const char *const *offered = is_ike ? attempt->ike : attempt->esp;
        g_autofree char *list = offered != NULL ? g_strjoinv (", ", (char **) offered) : NULL;

        return g_strdup_printf ("the LNS takes none of our proposals for %s (%s)",
                                is_ike ? "phase 1, IKE" : "phase 2, ESP",
                                list != NULL ? list : "?");
      }
    case L2TP_IPSEC_FAILURE_SELECTORS:
      return g_strdup ("the LNS grants no IPsec for L2TP between these addresses and ports");
    case L2TP_IPSEC_FAILURE_PSK:
      return g_strdup ("the pre-shared key is not the LNS's");
    case L2TP_IPSEC_FAILURE_REJECTED:
      return g_strdup ("the LNS does not accept this machine's identity or certificate");
    case L2TP_IPSEC_FAILURE_PEER_ID:
      return g_strdup_printf ("the LNS has another identity than \"%s\"",
                              attempt->remote_id != NULL ? attempt->remote_id : "%any");
    case L2TP_IPSEC_FAILURE_UNTRUSTED:
      return g_strdup ("the LNS's certificate is not one to trust");
    case L2TP_IPSEC_FAILURE_EXPIRED:
      return g_strdup ("a certificate of the LNS is not valid now");
    case L2TP_IPSEC_FAILURE_DAEMON_ENDED:
      return g_strdup ("the IKE daemon has ended");
    case L2TP_IPSEC_FAILURE_HUNG:
      return g_strdup ("the IKE daemon does not answer");
    case L2TP_IPSEC_FAILURE_LOST:
      return g_strdup ("the IPsec SA has gone");
    case L2TP_IPSEC_FAILURE_NONE:
    case L2TP_IPSEC_FAILURE_OTHER:
      return g_strdup ("IPsec failed");
    }
  return NULL;
}

static const char *
remedy_of_proposal (gboolean is_ike, const L2tpIpsecAttempt *attempt)
{
  if (attempt->custom)
    return "Remove ipsec-ike and ipsec-esp, or ask the LNS's administrator for its proposals.";
  if (!attempt->compatible)
    return "Set ipsec-profile=compatible.";
  if (is_ike)
    return attempt->ikev2 ? "Set ipsec-ikev2=no, or ask the LNS's administrator for ipsec-ike."
                          : "Set ipsec-ikev2=yes if the LNS speaks only that, or ask its "
                            "administrator for ipsec-ike.";
  return "Set ipsec-pfs to the other value, or ask the LNS's administrator for ipsec-esp.";
}

static const char *
remedy_of (L2tpIpsecFailure failure, const L2tpIpsecAttempt *attempt)
{
  switch (failure)
    {
    case L2TP_IPSEC_FAILURE_SETTINGS:
      return "Give the private key of that certificate as machine-key.";
    case L2TP_IPSEC_FAILURE_NO_DAEMON:
      return "Install strongSwan (on Debian and Ubuntu: charon-systemd, strongswan-swanctl and "
             "libstrongswan-standard-plugins).";
    case L2TP_IPSEC_FAILURE_DENIED:
      return "Look for AppArmor's or SELinux's denial in the kernel log (journalctl -k).";
    case L2TP_IPSEC_FAILURE_NO_IKEV1:
      return "Set ipsec-ikev2=yes if the LNS speaks it, or install a strongSwan with IKEv1.";
    case L2TP_IPSEC_FAILURE_KERNEL:
      return "Load the kernel's IPsec modules (esp4, esp6, xfrm_user and its ciphers), or set "
             "ipsec-esp to something that it has.";
    case L2TP_IPSEC_FAILURE_UNREACHABLE:
      return "Check the network connection of this machine and the gateway's address.";
    case L2TP_IPSEC_FAILURE_NO_IKE:
      return "Check the gateway's address, and that its IPsec is running.";
    case L2TP_IPSEC_FAILURE_NO_ANSWER:
      return "Check that the gateway is on, and that no firewall drops UDP ports 500 and 4500.";
    case L2TP_IPSEC_FAILURE_STALLED:
      return "Check that no firewall drops UDP port 4500 or fragments, and the LNS's own log.";
    case L2TP_IPSEC_FAILURE_VERSION:
      return attempt->ikev2 ? "Set ipsec-ikev2=no." : "Set ipsec-ikev2=yes.";
    case L2TP_IPSEC_FAILURE_IKE_PROPOSAL:
    case L2TP_IPSEC_FAILURE_ESP_PROPOSAL:
      return remedy_of_proposal (failure == L2TP_IPSEC_FAILURE_IKE_PROPOSAL, attempt);
    case L2TP_IPSEC_FAILURE_SELECTORS:
      return "Set local-port=1701; some LNSs take no other port.";
    case L2TP_IPSEC_FAILURE_PSK:
      /* An LNS with IKEv2 refuses a wrong identity with the same words. */
      return attempt->remote_id != NULL
                 ? "Check ipsec-psk and ipsec-remote-id, and ipsec-group-name if the LNS wants one."
                 : "Check ipsec-psk, and ipsec-group-name if the LNS wants one.";
    case L2TP_IPSEC_FAILURE_REJECTED:
      return "Ask the LNS's administrator which certificates and identities it takes.";
    case L2TP_IPSEC_FAILURE_PEER_ID:
      return "Set ipsec-remote-id to the identity that the LNS has, if that is to be trusted.";
    case L2TP_IPSEC_FAILURE_UNTRUSTED:
      return "Give the certificate of the authority that signed the LNS's as machine-ca.";
    case L2TP_IPSEC_FAILURE_EXPIRED:
      return "Check this machine's clock, and have the LNS's administrator renew the certificate.";
    case L2TP_IPSEC_FAILURE_DAEMON_ENDED:
      return "Connect again; strongSwan's log tells why it ended.";
    case L2TP_IPSEC_FAILURE_HUNG:
      return "Restart it (systemctl restart strongswan) and connect again.";
    case L2TP_IPSEC_FAILURE_LOST:
      return "Connect again.";
    case L2TP_IPSEC_FAILURE_NONE:
    case L2TP_IPSEC_FAILURE_OTHER:
      return "strongSwan's log has more.";
    }
  return NULL;
}

GError *
l2tp_ipsec_failure_to_error (L2tpIpsecFailure failure,
                             const L2tpIpsecAttempt *attempt,
                             const char *detail)
{
  g_autofree char *cause = cause_of (failure, attempt);

  if (detail == NULL)
    return g_error_new (L2TP_ERROR, code_of (failure), "%s\n%s", cause,
                        remedy_of (failure, attempt));
  return g_error_new (L2TP_ERROR, code_of (failure), "%s (strongSwan: %s)\n%s", cause, detail,
                      remedy_of (failure, attempt));
}
