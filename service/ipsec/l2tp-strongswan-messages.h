/* SPDX-License-Identifier: GPL-2.0-or-later */
/* SPDX-FileCopyrightText: The l2tp-client authors */

/* What strongSwan is told, and what it tells about an SA. Pure; for l2tp-ipsec-strongswan.c. */

#pragma once

#include "l2tp-ipsec.h"
#include "l2tp-vici-message.h"

G_BEGIN_DECLS

#define L2TP_STRONGSWAN_CHILD "l2tp" /* the CHILD_SA's name in our connection */

typedef struct
{
  const char *name; /* of the connection, and of what belongs to it */
  L2tpConfig *config;
  GInetSocketAddress *local, *peer;
  const L2tpIpsecCredentials *credentials;
  const char *const *ike, *const *esp;
  gboolean without_key;  /* it has been used, and may not stay */
  gboolean pins_address; /* the LNS's identity must be its address, where none is given */
} L2tpStrongswanPlan;

L2tpViciRequest *l2tp_strongswan_make_conn (const L2tpStrongswanPlan *plan);

/* l2tp_strongswan_make_shared: holds the key. */
L2tpViciRequest *l2tp_strongswan_make_shared (const L2tpStrongswanPlan *plan);

/* l2tp_strongswan_needs_any_owner:
 * Whether the key can be found only as anybody's: IKEv2 looks it up before it knows who answers.
 * Then it may not stay in the daemon, nor be there at a time with another such. */
gboolean l2tp_strongswan_needs_any_owner (L2tpConfig *config);

/* l2tp_strongswan_make_owners: whose the key is, in strongSwan. */
char **l2tp_strongswan_make_owners (L2tpConfig *config, GInetSocketAddress *peer);

/* l2tp_strongswan_make_lookups:
 * Returns whose key strongSwan looks for: IKEv1's by the LNS's address if there is none by its
 * identity. */
char **l2tp_strongswan_make_lookups (L2tpConfig *config, GInetSocketAddress *peer);

/* l2tp_strongswan_make_key: holds the key. */
L2tpViciRequest *l2tp_strongswan_make_key (const L2tpStrongswanPlan *plan);
L2tpViciRequest *l2tp_strongswan_make_authority (const L2tpStrongswanPlan *plan, guint index);
char *l2tp_strongswan_make_authority_name (const char *name, guint index);

/* l2tp_strongswan_make_simple: a command with up to two arguments, each may be NULL. */
L2tpViciRequest *l2tp_strongswan_make_simple (const char *command,
                                              const char *key1,
                                              const char *value1,
                                              const char *key2,
                                              const char *value2);

/* l2tp_strongswan_make_terminate: takes the half-open SA, too, and waits for at most 0.6 s. */
L2tpViciRequest *l2tp_strongswan_make_terminate (const char *name);
L2tpViciRequest *l2tp_strongswan_make_initiate (const char *name, guint timeout_ms);

typedef struct
{
  L2tpIpsecStatus status; /* is_up: whether a CHILD_SA protects the flow */
  guint32 spi_in, spi_out;
  char *local_host;
  char *dh_group; /* phase 1's, by its name */
  gboolean is_weak;
} L2tpStrongswanSa;

void l2tp_strongswan_sa_clear (L2tpStrongswanSa *sa);
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (L2tpStrongswanSa, l2tp_strongswan_sa_clear)

/* l2tp_strongswan_parse_sa:
 * @ike: what list-sa has under the connection's name
 * @now: monotonic µs */
void l2tp_strongswan_parse_sa (const L2tpViciSection *ike, gint64 now, L2tpStrongswanSa *ret_sa);

/* l2tp_strongswan_overhead:
 * Returns what ESP in transport mode adds to a packet at most; the names are the daemon's. */
guint l2tp_strongswan_overhead (const char *cipher, const char *integrity, gboolean encap);

G_END_DECLS
