/* SPDX-License-Identifier: GPL-2.0-or-later */
/* SPDX-FileCopyrightText: The l2tp-client authors */

/* IPsec in transport mode under one tunnel, whatever the IKE daemon. The caller's part:
 *
 *   guard = l2tp_ipsec_guard_new (local, peer, …)       before anything else is sent
 *   ipsec = l2tp_ipsec_new (daemon, config, tag)
 *   l2tp_ipsec_set_files (ipsec, …)                     with machine-auth-type=tls
 *   l2tp_ipsec_prepare_async (ipsec, …)                 optional: while the name is being resolved
 *   l2tp_ipsec_up_async (ipsec, local, peer, …)         L2TP may start when it has succeeded
 *   … "lost": the SA has gone; the guard still holds; end the tunnel, or up_async() again
 *   l2tp_ipsec_down_async (ipsec, …)                    after the last L2TP packet
 *   guard = l2tp_ipsec_guard_free (guard)
 *
 * While there is a guard and no SA, the kernel refuses with EPERM what goes to the LNS, and so does
 * connect() of a UDP socket: connect before the guard is made, or after up.
 *
 * Nothing is written into /etc, and nothing of the daemon is touched but a connection and keys
 * named l2tp-client-TAG, which go away with down. */

#pragma once

#include <gio/gio.h>

#include "service/base/l2tp-config.h"
#include "l2tp-ipsec-credentials.h"
#include "l2tp-ipsec-hints.h"

G_BEGIN_DECLS

/* The host's IKE daemon, one object for all connections of the service. */
typedef struct _L2tpIpsecDaemon L2tpIpsecDaemon;

/* l2tp_ipsec_daemon_new:
 * @socket: (nullable): strongSwan's control socket; NULL: its usual places are tried, and it is
 *   started by the host's init if it is installed and does not run */
L2tpIpsecDaemon *l2tp_ipsec_daemon_new (const char *socket);
void l2tp_ipsec_daemon_set_socket (L2tpIpsecDaemon *daemon, const char *socket); /* from now on */
L2tpIpsecDaemon *l2tp_ipsec_daemon_ref (L2tpIpsecDaemon *daemon);
void l2tp_ipsec_daemon_unref (L2tpIpsecDaemon *daemon);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (L2tpIpsecDaemon, l2tp_ipsec_daemon_unref)

typedef struct
{
  gboolean is_up;
  gboolean ikev2;
  gboolean encap;      /* ESP in UDP, port 4500 */
  gboolean nat_local;  /* this machine is behind a NAT */
  gboolean nat_remote; /* the LNS is */
  gboolean compatible; /* it took the compatible proposals */
  gboolean pfs;
  char *ike; /* what was agreed, for people: "AES_CBC-256/HMAC_SHA1_96/MODP_2048" */
  char *esp;
  char *local_id, *remote_id;
  gint64 rekey_time; /* monotonic µs when the SA is replaced; -1 unknown */
  guint overhead;    /* octets that ESP adds to an IP packet at most, UDP and padding included */
} L2tpIpsecStatus;

void l2tp_ipsec_status_clear (L2tpIpsecStatus *status);
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (L2tpIpsecStatus, l2tp_ipsec_status_clear)

#define L2TP_TYPE_IPSEC (l2tp_ipsec_get_type ())
G_DECLARE_DERIVABLE_TYPE (L2tpIpsec, l2tp_ipsec, L2TP, IPSEC, GObject)

/* Signals, from the main loop only:
 *  "progress" (const char *step)   for the log: connecting, initiating, phase-1, retrying, up
 *  "warning" (const char *text)    for the user, one line: weak proposals that the LNS insisted on
 *  "changed" ()                    the SA was replaced, or its status is another; not lost
 *  "lost" (GError *)               once after each up that succeeded: no SA protects the flow any
 *                                  more. Not after down. l2tp_ipsec_get_failure() says which kind
 */

struct _L2tpIpsecClass
{
  GObjectClass parent;

  void (*prepare) (L2tpIpsec *ipsec, GTask *task);
  void (*up) (L2tpIpsec *ipsec, GTask *task);
  void (*down) (L2tpIpsec *ipsec, GTask *task);
  void (*export) (L2tpIpsec *ipsec, GVariantDict *dict);
  void (*adopt) (L2tpIpsec *ipsec, GVariantDict *dict);
};

/* l2tp_ipsec_new:
 * @daemon: where the backend finds the host's IKE daemon
 * @tag: (utf8): the connection's UUID: names what is ours in the daemon, and log lines
 *
 * Returns strongSwan's, the only one yet. */
L2tpIpsec *l2tp_ipsec_new (L2tpIpsecDaemon *daemon, L2tpConfig *config, const char *tag);

/* l2tp_ipsec_set_files:
 * What machine-ca, machine-cert and machine-key name, already read; each may be NULL. The
 * passphrase is machine-certpass of the config. */
void l2tp_ipsec_set_files (L2tpIpsec *ipsec, const L2tpIpsecFiles *files);

/* l2tp_ipsec_prepare_async:
 * Finds, if need be starts, and asks the daemon, which up_async() does too when it is not done.
 * Errors: L2TP_ERROR_MISSING_DEPENDENCY, L2TP_ERROR_INVALID_SETTINGS, L2TP_ERROR_NO_SECRETS. */
void l2tp_ipsec_prepare_async (L2tpIpsec *ipsec,
                               GCancellable *cancellable,
                               GAsyncReadyCallback callback,
                               gpointer user_data);
gboolean l2tp_ipsec_prepare_finish (L2tpIpsec *ipsec, GAsyncResult *result, GError **error);

/* l2tp_ipsec_up_async:
 * @local: our address towards the LNS and L2TP's local port, as the socket has it: an ephemeral
 * port is asked for in the SA, which some LNSs refuse with L2TP_IPSEC_FAILURE_SELECTORS (try 1701
 *   then), while from 1701 a second client behind one NAT silences the first. Port 0: any
 * @peer: the LNS's address and L2TP port
 *
 * One at a time. May be called again after it failed, after "lost" and after down.
 *
 * Errors: one, of L2TP_ERROR, cause and remedy; l2tp_ipsec_get_failure() has it finer.
 * G_IO_ERROR_CANCELLED at once when cancelled; what is half done is undone in the background, and
 * down_async() or the next up_async() waits for that. */
void l2tp_ipsec_up_async (L2tpIpsec *ipsec,
                          GInetSocketAddress *local,
                          GInetSocketAddress *peer,
                          GCancellable *cancellable,
                          GAsyncReadyCallback callback,
                          gpointer user_data);
gboolean l2tp_ipsec_up_finish (L2tpIpsec *ipsec, GAsyncResult *result, GError **error);

/* l2tp_ipsec_export:
 * Returns (transfer floating) what another process needs for l2tp_ipsec_adopt(), an a{sv} with
 * nothing secret in it. */
GVariant *l2tp_ipsec_export (L2tpIpsec *ipsec);

/* l2tp_ipsec_adopt:
 * @local, @peer: see l2tp_ipsec_up_async(); (nullable) if all that follows is a down
 * @state: an a{sv} of l2tp_ipsec_export(), from anybody
 *
 * Instead of an up that succeeded: takes an SA for up that another process has left in the daemon.
 * "lost" follows if it is not there. */
void l2tp_ipsec_adopt (L2tpIpsec *ipsec,
                       GInetSocketAddress *local,
                       GInetSocketAddress *peer,
                       GVariant *state);

/* l2tp_ipsec_hurry:
 * @until: monotonic µs: when the down that follows is to be done, if the daemon hangs */
void l2tp_ipsec_hurry (L2tpIpsec *ipsec, gint64 until);

/* l2tp_ipsec_down_async:
 * Ends the SA with a word to the LNS and takes all that is ours from the daemon. Always succeeds,
 * within 3 s; what cannot be undone then, is with a daemon that has ended. Not to be forgotten: an
 * object that is dropped without it leaves the SA to the daemon. Cancels an up_async(). */
void l2tp_ipsec_down_async (L2tpIpsec *ipsec, GAsyncReadyCallback callback, gpointer user_data);
void l2tp_ipsec_down_finish (L2tpIpsec *ipsec, GAsyncResult *result);

/* l2tp_ipsec_get_status: @ret_status is the caller's to clear. */
void l2tp_ipsec_get_status (L2tpIpsec *ipsec, L2tpIpsecStatus *ret_status);

/* l2tp_ipsec_get_failure: of the last up that failed, or of "lost". */
L2tpIpsecFailure l2tp_ipsec_get_failure (L2tpIpsec *ipsec);

G_END_DECLS
