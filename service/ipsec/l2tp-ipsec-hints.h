/* SPDX-License-Identifier: GPL-2.0-or-later */
/* SPDX-FileCopyrightText: The l2tp-client authors */

/* From what strongSwan logs while it connects to why it did not. Its answer to "initiate" is always
 * the same; its log lines are no interface, so they are matched loosely, and the line that told is
 * part of the error. Pure. */

#pragma once

#include <glib.h>

G_BEGIN_DECLS

/* What went wrong, finer than the code of the GError. */
typedef enum
{
  L2TP_IPSEC_FAILURE_NONE,
  L2TP_IPSEC_FAILURE_SETTINGS,     /* an option's value: INVALID_SETTINGS, NO_SECRETS, BUSY */
  L2TP_IPSEC_FAILURE_NO_DAEMON,    /* not installed, not to be started: MISSING_DEPENDENCY */
  L2TP_IPSEC_FAILURE_DENIED,       /* AppArmor, SELinux or no root: MISSING_DEPENDENCY */
  L2TP_IPSEC_FAILURE_NO_IKEV1,     /* the daemon was built without: MISSING_DEPENDENCY */
  L2TP_IPSEC_FAILURE_KERNEL,       /* cannot do what was agreed: MISSING_KERNEL_SUPPORT */
  L2TP_IPSEC_FAILURE_UNREACHABLE,  /* no way to the LNS: UNREACHABLE */
  L2TP_IPSEC_FAILURE_NO_IKE,       /* the LNS's host refuses IKE: UNREACHABLE */
  L2TP_IPSEC_FAILURE_NO_ANSWER,    /* nothing came: TIMEOUT */
  L2TP_IPSEC_FAILURE_STALLED,      /* it answered, and no more: TIMEOUT */
  L2TP_IPSEC_FAILURE_VERSION,      /* the LNS has not this IKE version: IKE_FAILED */
  L2TP_IPSEC_FAILURE_IKE_PROPOSAL, /* nothing in common in phase 1: IKE_FAILED */
  L2TP_IPSEC_FAILURE_ESP_PROPOSAL, /* nothing in common in phase 2: IKE_FAILED */
  L2TP_IPSEC_FAILURE_SELECTORS,    /* not for these addresses and ports: IKE_FAILED */
  L2TP_IPSEC_FAILURE_PSK,          /* wrong pre-shared key: AUTH_FAILED */
  L2TP_IPSEC_FAILURE_REJECTED,     /* the LNS refuses our certificate or identity: AUTH_FAILED */
  L2TP_IPSEC_FAILURE_PEER_ID,      /* the LNS has another identity: IKE_FAILED */
  L2TP_IPSEC_FAILURE_UNTRUSTED,    /* no trust in the LNS's certificate: IKE_FAILED */
  L2TP_IPSEC_FAILURE_EXPIRED,      /* a certificate is not valid now: IKE_FAILED */
  L2TP_IPSEC_FAILURE_DAEMON_ENDED, /* the IKE daemon ended: IKE_FAILED */
  L2TP_IPSEC_FAILURE_HUNG,         /* the IKE daemon does not answer: IKE_FAILED */
  L2TP_IPSEC_FAILURE_LOST,         /* the SA has gone: IKE_FAILED */
  L2TP_IPSEC_FAILURE_OTHER,        /* IKE_FAILED, FAILED */
} L2tpIpsecFailure;

const char *l2tp_ipsec_failure_to_string (L2tpIpsecFailure failure);

typedef struct
{
  gboolean ikev2, psk; /* set by the caller; all else is told by the lines */

  gboolean initiating;      /* the daemon has started */
  gboolean is_established;  /* phase 1 is done */
  gboolean suspects_psk;    /* IKEv1's silent kind of a wrong key, or a packet that was lost */
  gboolean is_psk_wrong;    /* all but certain: what came cannot be decrypted */
  gboolean took_our_key;    /* IKEv1: no key of anybody's came before ours */
  guint n_received;         /* packets */
  L2tpIpsecFailure failure; /* the first that is certain */
  char *cause;              /* the line that told it */
  char *last;               /* the last line */
} L2tpIpsecHints;

void l2tp_ipsec_hints_take (L2tpIpsecHints *hints, const char *line);
void l2tp_ipsec_hints_clear (L2tpIpsecHints *hints);
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (L2tpIpsecHints, l2tp_ipsec_hints_clear)

/* l2tp_ipsec_hints_conclude:
 * @probe_errno: what ICMP said about the LNS's IKE port, 0 if nothing
 *
 * What to believe once "initiate" has failed, or its time is over. */
L2tpIpsecFailure l2tp_ipsec_hints_conclude (const L2tpIpsecHints *hints, int probe_errno);

/* What is known about an attempt, for the words of its error. */
typedef struct
{
  const char *peer; /* the LNS's address */
  gboolean ikev2;
  const char *const *ike, *const *esp; /* what was offered */
  gboolean custom, compatible;         /* which lists these are */
  const char *remote_id;               /* or NULL */
} L2tpIpsecAttempt;

/* l2tp_ipsec_failure_to_error:
 * @detail: (nullable): the daemon's own words
 *
 * Returns (transfer full): cause, newline, remedy. */
GError *l2tp_ipsec_failure_to_error (L2tpIpsecFailure failure,
                                     const L2tpIpsecAttempt *attempt,
                                     const char *detail);

G_END_DECLS
