/* SPDX-License-Identifier: GPL-2.0-or-later */
/* SPDX-FileCopyrightText: The l2tp-client authors */

/* What a call is made of, from one service to the next. */

#pragma once

#include "service/io/l2tp-driver.h"
#include "service/ppp/l2tp-ppp.h"

G_BEGIN_DECLS

/* The last member is for what others have to hand over, by key. */
#define L2TP_HANDOVER_TYPE "(qqx" L2TP_DESCRIPTORS_TYPE L2TP_PPP_STATE_TYPE "mva{sv})"

typedef struct
{
  L2tpDriver *driver; /* NULL: there is no tunnel */
  guint16 session_id, peer_session_id;
  int session_fd;
  gint64 up_since; /* monotonic */
} L2tpHandover;

/* l2tp_handover_export:
 * Returns (transfer floating) all that a successor needs, of L2TP_HANDOVER_TYPE: to go on when the
 * call is up, to clean up when it is not. */
GVariant *l2tp_handover_export (const L2tpHandover *handover, L2tpPpp *ppp);

/* l2tp_handover_adopt:
 * @ppp: new
 * @state: from anybody
 * @ret_handover: owned by the caller
 *
 * Goes on with that call; the driver is still to be resumed. Nothing is trusted that the kernel
 * does not confirm. On failure nothing is left: its pppd is killed, and the LNS told as far as that
 * is possible. Errors: L2TP_ERROR_FAILED. */
gboolean l2tp_handover_adopt (L2tpConfig *config,
                              const char *tag,
                              L2tpPorts *ports,
                              L2tpPpp *ppp,
                              GVariant *state,
                              L2tpHandover *ret_handover,
                              GError **error);

G_END_DECLS
