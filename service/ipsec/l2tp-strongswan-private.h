/* SPDX-License-Identifier: GPL-2.0-or-later */
/* SPDX-FileCopyrightText: The l2tp-client authors */

/* Shared by l2tp-ipsec-strongswan.c, which goes up, l2tp-strongswan-undo.c, which goes back,
 * l2tp-strongswan-watch.c and l2tp-strongswan-adopt.c. */

#pragma once

#include "l2tp-ipsec-private.h"
#include "l2tp-strongswan-attempt.h"
#include "l2tp-strongswan-link.h"
#include "l2tp-strongswan-load.h"

G_BEGIN_DECLS

typedef enum
{
  L2TP_STRONGSWAN_IDLE,
  L2TP_STRONGSWAN_OPENING,
  L2TP_STRONGSWAN_CLAIMING,
  L2TP_STRONGSWAN_LOADING,
  L2TP_STRONGSWAN_INITIATING,
  L2TP_STRONGSWAN_ASKING,
  L2TP_STRONGSWAN_UP,
  L2TP_STRONGSWAN_UNDOING,
} L2tpStrongswanState;

typedef struct
{
  L2tpIpsec parent;
  L2tpStrongswanState state;
  char *name; /* in the daemon */
  L2tpStrongswanLink link;
  L2tpIpsecCredentials *credentials;
  L2tpStrongswanAttempt attempt;
  L2tpStrongswanPlan plan;
  L2tpStrongswanLoaded loaded;
  L2tpStrongswanSa sa, heard; /* ours; what list-sas tells right now */
  gboolean pins_address;      /* see choose_key() */
  L2tpIpsecPlace *place;      /* of a pre-shared key, while it is in the daemon */
  gboolean aborting;
  gboolean adopting;    /* an SA that nobody has asked the daemon for yet */
  gboolean checking;    /* verify, and load again, is under way on an SA that is up */
  gboolean check_again; /* something happened meanwhile */
  guint verify_timer, patience;
  GTask *prepare, *up, *down, *next_up;
  GError *error; /* what up will fail with */
  GCancellable *opening, *initiating;
  GSource *cancelled, *prepare_cancelled;
} L2tpIpsecStrongswan;

void l2tp_strongswan_begin_up (L2tpIpsecStrongswan *self); /* next_up, in state IDLE or OPENING */

/* l2tp-strongswan-undo.c */

/* l2tp_strongswan_undo: takes everything that is ours out of the daemon, then answers who waits. */
void l2tp_strongswan_undo (L2tpIpsecStrongswan *self);

/* l2tp_strongswan_abort: stops what is under way where that can be, and then undoes. */
void l2tp_strongswan_abort (L2tpIpsecStrongswan *self);
void l2tp_strongswan_down (L2tpIpsec *ipsec, GTask *task); /* the method */

/* l2tp_strongswan_fail_with: undoes; @error: (transfer full): what up fails with then */
void l2tp_strongswan_fail_with (L2tpIpsecStrongswan *self, L2tpIpsecFailure failure, GError *error);
void l2tp_strongswan_fail (L2tpIpsecStrongswan *self, L2tpIpsecFailure failure, const char *detail);

/* l2tp_strongswan_fail_link: because of @error of a command. */
void l2tp_strongswan_fail_link (L2tpIpsecStrongswan *self, const GError *error);

/* l2tp_strongswan_be_patient: has the daemon lose its clients after @ms. */
void l2tp_strongswan_be_patient (L2tpIpsecStrongswan *self, guint ms);

/* l2tp_strongswan_make_error: (transfer full): of what is under way, in words. */
GError *l2tp_strongswan_make_error (L2tpIpsecStrongswan *self,
                                    L2tpIpsecFailure failure,
                                    const char *detail);

void l2tp_strongswan_set_state (L2tpIpsecStrongswan *self, L2tpStrongswanState state);
void l2tp_strongswan_ensure_name (L2tpIpsecStrongswan *self);

/* l2tp_strongswan_make_plan: see l2tp-ipsec-credentials.h and l2tp-ipsec-proposals.h for errors. */
gboolean l2tp_strongswan_make_plan (L2tpIpsecStrongswan *self, GError **error);

/* l2tp-strongswan-key.c */

/* l2tp_strongswan_claim_key: @callback with a reference; see l2tp_ipsec_daemon_claim_async(). */
void l2tp_strongswan_claim_key (L2tpIpsecStrongswan *self, GAsyncReadyCallback callback);

/* l2tp_strongswan_find_key: that of an SA which was adopted. */
void l2tp_strongswan_find_key (L2tpIpsecStrongswan *self);
void l2tp_strongswan_make_way (L2tpIpsecStrongswan *self);   /* if it was asked for meanwhile */
void l2tp_strongswan_settle_key (L2tpIpsecStrongswan *self); /* the SA is up */
void l2tp_strongswan_release_key (L2tpIpsecStrongswan *self);

/* l2tp-strongswan-adopt.c: the methods. */
void l2tp_strongswan_export (L2tpIpsec *ipsec, GVariantDict *dict);
void l2tp_strongswan_adopt (L2tpIpsec *ipsec, GVariantDict *dict);

/* l2tp_strongswan_listen: to the link's events and its end. */
void l2tp_strongswan_listen (L2tpIpsecStrongswan *self);

/* l2tp_strongswan_watch: from now on the SA is looked after. */
void l2tp_strongswan_watch (L2tpIpsecStrongswan *self);

/* l2tp_strongswan_check: asks now whether it is still there. */
void l2tp_strongswan_check (L2tpIpsecStrongswan *self);

/* l2tp_strongswan_lose_daemon: it has gone, with @detail, and what it has left in the kernel goes.
 */
void l2tp_strongswan_lose_daemon (L2tpIpsecStrongswan *self, const char *detail);

/* l2tp_strongswan_clean_kernel: of an SA that the daemon does not end any more. */
void l2tp_strongswan_clean_kernel (L2tpIpsecStrongswan *self);

/* l2tp_strongswan_ask_for_sa: fills in heard; @callback with the command and a reference. */
void l2tp_strongswan_ask_for_sa (L2tpIpsecStrongswan *self, GAsyncReadyCallback callback);

/* l2tp_strongswan_take_status: what was heard is the SA's status. */
void l2tp_strongswan_take_status (L2tpIpsecStrongswan *self);

G_END_DECLS
