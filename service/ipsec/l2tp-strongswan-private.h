/* SPDX-License-Identifier: GPL-2.0-or-later */
/* SPDX-FileCopyrightText: The l2tp-client authors */

/* Shared by l2tp-ipsec-strongswan.c, which decides, and l2tp-strongswan-watch.c. */

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
  L2TP_STRONGSWAN_LOCKING,
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
  gboolean holds_lock;
  gboolean aborting;
  gboolean checking;    /* verify, and load again, is under way on an SA that is up */
  gboolean check_again; /* something happened meanwhile */
  guint verify_timer, patience;
  GTask *prepare, *up, *down, *next_up;
  GError *error; /* what up will fail with */
  GCancellable *opening, *initiating;
  GSource *cancelled, *prepare_cancelled;
} L2tpIpsecStrongswan;

/* l2tp_strongswan_undo: takes everything that is ours out of the daemon, then answers who waits. */
void l2tp_strongswan_undo (L2tpIpsecStrongswan *self);

/* l2tp_strongswan_make_error: (transfer full): of what is under way, in words. */
GError *l2tp_strongswan_make_error (L2tpIpsecStrongswan *self,
                                    L2tpIpsecFailure failure,
                                    const char *detail);

/* l2tp_strongswan_listen: to the link's events and its end. */
void l2tp_strongswan_listen (L2tpIpsecStrongswan *self);

/* l2tp_strongswan_watch: from now on the SA is looked after. */
void l2tp_strongswan_watch (L2tpIpsecStrongswan *self);

/* l2tp_strongswan_ask_for_sa: fills in heard; @callback with the command and a reference. */
void l2tp_strongswan_ask_for_sa (L2tpIpsecStrongswan *self, GAsyncReadyCallback callback);

/* l2tp_strongswan_take_status: what was heard is the SA's status. */
void l2tp_strongswan_take_status (L2tpIpsecStrongswan *self);

G_END_DECLS
