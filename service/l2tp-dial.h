/* SPDX-License-Identifier: GPL-2.0-or-later */
/* SPDX-FileCopyrightText: The l2tp-client authors */

/* From a configured gateway to an open tunnel: resolves the name and tries each address. */

#pragma once

#include <gio/gio.h>

#include "service/base/l2tp-config.h"
#include "service/io/l2tp-driver.h"
#include "l2tp-network.h"
#include "l2tp-secure.h"
#include "l2tp-stage.h"

G_BEGIN_DECLS

#define L2TP_TYPE_DIAL (l2tp_dial_get_type ())
G_DECLARE_FINAL_TYPE (L2tpDial, l2tp_dial, L2TP, DIAL, GObject)

/* Signals:
 *  "trying" (guint stage)              one more address is being tried, first by IPsec
 *  "up" (L2tpDriver *, guint)          the tunnel is up, and the id of its first session; the
 *                                      dial is over and forgets the driver
 *  "refused" (GError *)                after l2tp_dial_again(), once: nobody listens, and it goes
 * on "failed" (guint stage, GError *)    no address worked; the error is the last one's */

/* l2tp_dial_new:
 * @network: (nullable): told of each address before the first packet goes there
 * @secure: (nullable): IPsec, the call's; without, there is none */
L2tpDial *l2tp_dial_new (L2tpConfig *config,
                         const char *tag,
                         L2tpPorts *ports,
                         L2tpNetwork *network,
                         L2tpSecure *secure);

/* l2tp_dial_remember:
 * @lns: who carried the last call that the name stood for
 * @is_first: FALSE: it was of no use since
 *
 * Before l2tp_dial_start(): if the name is not resolved soon, or not at all, @lns is dialled, and
 * then whatever the name turns out to stand for. If it is, @lns comes first where it is among the
 * name's addresses, and else is not dialled. */
void l2tp_dial_remember (L2tpDial *dial, GInetAddress *lns, gboolean is_first);

/* l2tp_dial_start: once. Signals come from the main loop, never from within. */
void l2tp_dial_start (L2tpDial *dial);

/* l2tp_dial_know:
 * Instead of l2tp_dial_start(): another process has dialled @lns, and that is the address that
 * worked. The port is the connection's: an LNS may have answered from another one (HDR-12). */
void l2tp_dial_know (L2tpDial *dial, GInetAddress *lns);

/* l2tp_dial_again:
 * @lns: who was dialled, and has ended the tunnel
 * @other: (nullable): the address that it names instead (TUN-30)
 * @delay: µs
 *
 * After "up": dials @other, where l2tp_dial_start() would follow it too, or @lns once more, and
 * then the addresses after it; all over again while none of them listens, for as long as
 * l2tp_retry_may_ask() says. The name is not resolved again. */
void l2tp_dial_again (L2tpDial *dial, GInetSocketAddress *lns, const char *other, gint64 delay);

/* l2tp_dial_moved:
 * With a network, as often as it says "moved": what is under way begins anew if it has begun by
 * another way, or is asked again; once a second at most. */
void l2tp_dial_moved (L2tpDial *dial);

/* l2tp_dial_get_targets:
 * Returns (transfer container) (element-type GInetSocketAddress) what the name stood for, the
 * address that worked first, and those that follow it next; empty before that was known. */
GPtrArray *l2tp_dial_get_targets (L2tpDial *dial);

/* l2tp_dial_cancel: no more signals; a tunnel under way is closed with StopCCN @result. */
void l2tp_dial_cancel (L2tpDial *dial, guint16 result);

G_END_DECLS
