/* SPDX-License-Identifier: GPL-2.0-or-later */
/* SPDX-FileCopyrightText: The l2tp-client authors */

/* The state files: what is known of each connection that is not at rest, for a service that starts
 * after this one was killed. */

#pragma once

#include <gio/gio.h>

G_BEGIN_DECLS

#define L2TP_STATE_DIRECTORY "/run/l2tp-client"

typedef struct
{
  char *uuid;
  char *bound, *maker; /* (nullable): see l2tp_connection_set_bound() */
  GVariant *settings;  /* a{sv}: the profile without its secrets */
  guint32 owner;
  guint32 source;
  gboolean wanted;   /* nobody has asked it to end */
  gboolean was_up;   /* since it is wanted */
  gboolean guarding; /* see l2tp_connection_is_guarding() */
  gint64 since;      /* µs since the Unix epoch */
  guint failures;    /* attempts in a row */
  gint64 next_retry; /* µs since the Unix epoch, or 0 */
  GError *error;     /* (nullable): the last one */
  GInetAddress *lns; /* (nullable): see l2tp_connection_get_lns() */
  char *lns_name;    /* (nullable): likewise */
  GVariant *call;    /* (nullable): of L2TP_HANDOVER_TYPE; never from another boot */
  GVariant *ip;      /* (nullable): a{sv}, from l2tp_network_export(); never from another boot */
  gint32 pid;        /* of the call's pppd, also when another version has written @call; 0: none */
  guint64 start_time;
} L2tpState;

void l2tp_state_free (L2tpState *state);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (L2tpState, l2tp_state_free)

/* l2tp_state_write:
 * Replaces the state file, whole or not at all, unless the machine itself crashes. @directory is in
 * memory (tmpfs) as a rule, so this is a copy and waits for nothing. Errors: of G_FILE_ERROR. */
gboolean l2tp_state_write (const char *directory, const L2tpState *state, GError **error);

/* l2tp_state_remove: harmless when there is none. */
void l2tp_state_remove (const char *directory, const char *uuid);

/* l2tp_state_read_all:
 * Returns (transfer full) all states that are in @directory, and removes what is none: files that
 * others could have written or that were not finished. */
GPtrArray *l2tp_state_read_all (const char *directory);

/* l2tp_state_claim:
 * Makes @directory if need be, and it is the caller's until the process ends or closes what is
 * returned: a descriptor, or -1 and L2TP_ERROR_BUSY when it is another's. flock(2). */
int l2tp_state_claim (const char *directory, GError **error);

G_END_DECLS
