/* SPDX-License-Identifier: GPL-2.0-or-later */
/* SPDX-FileCopyrightText: The l2tp-client authors */

/* IPsec under the tunnel of one call: guard and SA, and that not one packet leaves in clear. */

#pragma once

#include <gio/gio.h>

#include "service/base/l2tp-config.h"
#include "service/io/l2tp-driver.h"
#include "service/ipsec/l2tp-ipsec.h"

G_BEGIN_DECLS

#define L2TP_TYPE_SECURE (l2tp_secure_get_type ())
G_DECLARE_FINAL_TYPE (L2tpSecure, l2tp_secure, L2TP, SECURE, GObject)

/* Signals:
 *  "lost" (GError *)    the SA has gone; the guard holds, and another SA is being asked for
 *  "renewed" ()         after "lost": there is one again
 *  "failed" (GError *)  after "lost": there will be none
 *  "changed" ()         what l2tp_secure_get_status() tells */

/* l2tp_secure_new:
 * @ike: where the IKE daemon is
 * @config: has ipsec-enabled=yes
 * @tag: the connection's UUID
 * @owner: whose rights its certificate files are read with; a user's id, or L2TP_OWNER_ALL
 * @attempt: how many attempts in a row have failed */
L2tpSecure *l2tp_secure_new (L2tpIpsecDaemon *ike,
                             L2tpConfig *config,
                             const char *tag,
                             guint32 owner,
                             guint attempt);

/* l2tp_secure_get_ports:
 * Returns how many local ports there are to try, in order; 0 is any free one. LNSs expect 1701, and
 * a few take no other. But xl2tpd hears nothing new from a port as long as it believes in an older
 * tunnel from there, so that every second attempt begins with another one. */
guint l2tp_secure_get_ports (L2tpSecure *secure, guint16 ret_ports[2]);

/* l2tp_secure_prepare: once; reads files and finds the IKE daemon while the name is resolved. */
void l2tp_secure_prepare (L2tpSecure *secure);

/* l2tp_secure_up_async:
 * @driver: of the tunnel, with its socket and nothing sent yet
 *
 * Makes the guard, then the SA; the tunnel may be opened when it has succeeded. May be called again
 * for another driver: the one before is abandoned first. Errors: those of l2tp_ipsec_guard_new(),
 * l2tp_ipsec_up_async() and l2tp_owner_file_load_async(). */
void l2tp_secure_up_async (L2tpSecure *secure,
                           L2tpDriver *driver,
                           GCancellable *cancellable,
                           GAsyncReadyCallback callback,
                           gpointer user_data);
gboolean l2tp_secure_up_finish (L2tpSecure *secure, GAsyncResult *result, GError **error);

/* l2tp_secure_export:
 * Returns (transfer floating) (nullable), an a{sv}, what a successor needs; NULL: there is no guard
 * yet. */
GVariant *l2tp_secure_export (L2tpSecure *secure);

/* l2tp_secure_adopt:
 * @driver: of a tunnel that another service left
 * @state: of l2tp_secure_export(), from anybody
 *
 * Takes over that service's guard, which is never gone, and its SA; "lost" follows when that is not
 * there. Errors: those of l2tp_ipsec_guard_new(). */
gboolean
l2tp_secure_adopt (L2tpSecure *secure, L2tpDriver *driver, GVariant *state, GError **error);

/* l2tp_secure_end_found:
 * Ends, in the background, the SA that a service left for a connection which is not to have one.
 * The arguments are those of l2tp_secure_new(). */
void l2tp_secure_end_found (L2tpIpsecDaemon *ike, L2tpConfig *config, const char *tag);

/* l2tp_secure_get_guard_id: 0: there is none now. */
guint32 l2tp_secure_get_guard_id (L2tpSecure *secure);

/* l2tp_secure_was_refused_port: whether the last up failed for the sake of addresses and ports. */
gboolean l2tp_secure_was_refused_port (L2tpSecure *secure);

/* l2tp_secure_down_async:
 * @until: monotonic µs: when to be done with an IKE daemon that hangs; 0: in 3 s
 *
 * Abandons the driver, ends the SA, and removes the guard last. Once; always succeeds. */
void l2tp_secure_down_async (L2tpSecure *secure,
                             gint64 until,
                             GAsyncReadyCallback callback,
                             gpointer user_data);
void l2tp_secure_down_finish (L2tpSecure *secure, GAsyncResult *result);

/* l2tp_secure_is_up: whether anything gets through. */
gboolean l2tp_secure_is_up (L2tpSecure *secure);

/* l2tp_secure_get_status: @ret_status is the caller's to clear. */
void l2tp_secure_get_status (L2tpSecure *secure, L2tpIpsecStatus *ret_status);

G_END_DECLS
