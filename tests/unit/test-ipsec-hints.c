/* SPDX-License-Identifier: GPL-2.0-or-later */
/* SPDX-FileCopyrightText: The l2tp-client authors */

/* Log lines of strongSwan 5.9.8, and what is concluded from them. */

#include <errno.h>
#include <string.h>

#include "service/base/l2tp-error.h"
#include "service/ipsec/l2tp-ipsec-hints.h"

#define START1 "initiating Main Mode IKE_SA l2tp-client-x[1] to 10.9.0.2"
#define START2 "initiating IKE_SA l2tp-client-x[1] to 10.9.0.2"
#define PACKET "received packet: from 10.9.0.2[500] to 10.9.0.1[500] (160 bytes)"
#define PHASE1 "IKE_SA l2tp-client-x[1] established between 10.9.0.1[10.9.0.1]...10.9.0.2[10.9.0.2]"
#define OURS   "no shared key found for '10.9.0.1'[10.9.0.1] - '%any'[10.9.0.2]"

typedef struct
{
  gboolean ikev2, psk;
  int probe_errno;
  L2tpIpsecFailure expected;
  const char *lines[8];
} Case;

static const Case cases[] = {
  { FALSE,
    TRUE,
    0,
    L2TP_IPSEC_FAILURE_IKE_PROPOSAL,
    { START1, PACKET, "parsed INFORMATIONAL_V1 request 0 [ N(NO_PROP) ]",
      "received NO_PROPOSAL_CHOSEN error notify" } },
  { FALSE,
    TRUE,
    0,
    L2TP_IPSEC_FAILURE_ESP_PROPOSAL,
    { START1, PACKET, PHASE1, PACKET, "received NO_PROPOSAL_CHOSEN error notify" } },
  { TRUE,
    TRUE,
    0,
    L2TP_IPSEC_FAILURE_IKE_PROPOSAL,
    { START2, PACKET, "received NO_PROPOSAL_CHOSEN notify error" } },
  { TRUE,
    TRUE,
    0,
    L2TP_IPSEC_FAILURE_ESP_PROPOSAL,
    { START2, PACKET, "received NO_PROPOSAL_CHOSEN notify, no CHILD_SA built" } },
  { TRUE,
    TRUE,
    0,
    L2TP_IPSEC_FAILURE_PSK,
    { START2, PACKET, "received AUTHENTICATION_FAILED notify error" } },
  { TRUE,
    FALSE,
    0,
    L2TP_IPSEC_FAILURE_REJECTED,
    { START2, PACKET, "received AUTHENTICATION_FAILED notify error" } },
  { FALSE,
    TRUE,
    0,
    L2TP_IPSEC_FAILURE_PSK,
    { START1, PACKET, OURS, PACKET, "invalid HASH_V1 payload length, decryption failed?",
      "could not decrypt payloads", "message parsing failed" } },
  { FALSE,
    TRUE,
    0,
    L2TP_IPSEC_FAILURE_PSK,
    { START1, PACKET, PACKET,
      "received retransmit of response with ID 0, but next request already sent" } },
  { FALSE,
    FALSE,
    0,
    L2TP_IPSEC_FAILURE_STALLED,
    { START1, PACKET, PACKET,
      "received retransmit of response with ID 0, but next request already sent" } },
  { FALSE,
    TRUE,
    0,
    L2TP_IPSEC_FAILURE_PEER_ID,
    { START1, PACKET, "IDir 'other' does not match to 'lns.example'",
      "received AUTHENTICATION_FAILED error notify" } },
  { TRUE,
    FALSE,
    0,
    L2TP_IPSEC_FAILURE_PEER_ID,
    { START2, PACKET, "constraint check failed: identity 'lns.example' required " } },
  { TRUE,
    FALSE,
    0,
    L2TP_IPSEC_FAILURE_UNTRUSTED,
    { START2, PACKET, "no issuer certificate found for \"CN=lns.example\"" } },
  { FALSE,
    FALSE,
    0,
    L2TP_IPSEC_FAILURE_EXPIRED,
    { START1, PACKET,
      "subject certificate invalid (valid from Jan 01 00:00:00 2020 to Feb 01 00:00:00 2020)",
      "no trusted RSA public key found for 'lns.example'" } },
  { TRUE,
    TRUE,
    0,
    L2TP_IPSEC_FAILURE_SELECTORS,
    { START2, PACKET, PHASE1, "received TS_UNACCEPTABLE notify, no CHILD_SA built" } },
  { FALSE,
    TRUE,
    0,
    L2TP_IPSEC_FAILURE_SELECTORS,
    { START1, PACKET, PHASE1, "received INVALID_ID_INFORMATION error notify" } },
  { FALSE,
    TRUE,
    0,
    L2TP_IPSEC_FAILURE_KERNEL,
    { START1, PACKET, PHASE1, "unable to install inbound and outbound IPsec SA (SAD) in kernel" } },
  { FALSE,
    TRUE,
    0,
    L2TP_IPSEC_FAILURE_VERSION,
    { START1, PACKET, "received INVALID_MAJOR_VERSION error notify" } },
  { FALSE, TRUE, 0, L2TP_IPSEC_FAILURE_NO_IKEV1, { "IKE version 1 not supported" } },
  { FALSE, TRUE, 0, L2TP_IPSEC_FAILURE_NO_IKEV1, { NULL } },
  { TRUE, TRUE, 0, L2TP_IPSEC_FAILURE_OTHER, { NULL } },
  { FALSE, TRUE, 0, L2TP_IPSEC_FAILURE_NO_ANSWER, { START1, "sending retransmit 1 of request" } },
  { FALSE, TRUE, ECONNREFUSED, L2TP_IPSEC_FAILURE_NO_IKE, { START1 } },
  { TRUE, TRUE, EHOSTUNREACH, L2TP_IPSEC_FAILURE_UNREACHABLE, { START2 } },
  { FALSE,
    TRUE,
    0,
    L2TP_IPSEC_FAILURE_UNREACHABLE,
    { START1, "error writing to socket: Network is unreachable" } },
  /* Who has answered is there, whatever ICMP says. */
  { FALSE, TRUE, ECONNREFUSED, L2TP_IPSEC_FAILURE_STALLED, { START1, PACKET } },
};

static void
test_cases (void)
{
  for (gsize i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      g_auto (L2tpIpsecHints) hints = { .ikev2 = cases[i].ikev2, .psk = cases[i].psk };
      L2tpIpsecFailure failure;

      for (const char *const *line = cases[i].lines; *line != NULL; line++)
        l2tp_ipsec_hints_take (&hints, *line);
      failure = l2tp_ipsec_hints_conclude (&hints, cases[i].probe_errno);
      g_test_message ("%" G_GSIZE_FORMAT, i);
      g_assert_cmpstr (l2tp_ipsec_failure_to_string (failure), ==,
                       l2tp_ipsec_failure_to_string (cases[i].expected));
    }
}

static void
test_psk (void)
{
  g_auto (L2tpIpsecHints) hints = { .psk = TRUE };

  l2tp_ipsec_hints_take (&hints, START1);
  l2tp_ipsec_hints_take (&hints, "received retransmit of response with ID 0, but next request "
                                 "already sent");
  g_assert_true (hints.suspects_psk && !hints.is_psk_wrong && !hints.took_our_key);
  l2tp_ipsec_hints_take (&hints, OURS);
  l2tp_ipsec_hints_take (&hints, "could not decrypt payloads");
  g_assert_true (hints.is_psk_wrong && hints.took_our_key);
  g_assert_cmpstr (hints.last, ==, "could not decrypt payloads");
  l2tp_ipsec_hints_clear (&hints);
  g_assert_true (hints.psk && !hints.suspects_psk && hints.last == NULL);
  /* After phase 1 the key is right. */
  l2tp_ipsec_hints_take (&hints, PHASE1);
  l2tp_ipsec_hints_take (&hints, "could not decrypt payloads");
  g_assert_false (hints.suspects_psk);
}

static void
test_words (void)
{
  static const char *const ike[] = { "aes256-sha256-modp2048", "3des-sha1-modp1024", NULL };
  L2tpIpsecAttempt attempt = { .peer = "10.9.0.2", .ike = ike, .esp = ike };

  for (L2tpIpsecFailure failure = 0; failure <= L2TP_IPSEC_FAILURE_OTHER; failure++)
    {
      g_autoptr (GError) error = l2tp_ipsec_failure_to_error (failure, &attempt, "a line");
      g_auto (GStrv) lines = g_strsplit (error->message, "\n", -1);

      g_assert_cmpuint (error->domain, ==, L2TP_ERROR);
      g_assert_cmpuint (g_strv_length (lines), ==, 2);
      g_assert_nonnull (strstr (lines[0], "(strongSwan: a line)"));
      g_assert_true (g_str_has_suffix (lines[1], ".") || g_str_has_suffix (lines[1], ")."));
    }
}

static void
test_proposal_words (void)
{
  static const char *const ike[] = { "aes256-sha256-modp2048", NULL };
  L2tpIpsecAttempt attempt = { .peer = "10.9.0.2", .ike = ike, .esp = ike };
  static const struct
  {
    gboolean custom, compatible, ikev2;
    const char *remedy;
  } remedies[] = {
    { FALSE, FALSE, FALSE, "ipsec-profile=compatible" },
    { FALSE, TRUE, FALSE, "ipsec-ikev2=yes" },
    { FALSE, TRUE, TRUE, "ipsec-ikev2=no" },
    { TRUE, TRUE, FALSE, "Remove ipsec-ike" },
  };

  for (gsize i = 0; i < G_N_ELEMENTS (remedies); i++)
    {
      g_autoptr (GError) error = NULL;

      attempt.custom = remedies[i].custom;
      attempt.compatible = remedies[i].compatible;
      attempt.ikev2 = remedies[i].ikev2;
      error = l2tp_ipsec_failure_to_error (L2TP_IPSEC_FAILURE_IKE_PROPOSAL, &attempt, NULL);
      g_assert_nonnull (strstr (error->message, "phase 1"));
      g_assert_nonnull (strstr (error->message, "aes256-sha256-modp2048"));
      g_assert_nonnull (strstr (error->message, remedies[i].remedy));
    }
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/ipsec-hints/cases", test_cases);
  g_test_add_func ("/ipsec-hints/psk", test_psk);
  g_test_add_func ("/ipsec-hints/words", test_words);
  g_test_add_func ("/ipsec-hints/proposal-words", test_proposal_words);
  return g_test_run ();
}
