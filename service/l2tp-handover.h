/* SPDX-License-Identifier: GPL-2.0-or-later */
/* SPDX-FileCopyrightText: The l2tp-client authors */

/* What a call is made of, from one service to the next. */

#pragma once

#include "service/io/l2tp-driver.h"
#include "service/ppp/l2tp-ppp.h"

G_BEGIN_DECLS

/* The last member is for what others have to hand over, by key: "ipsec". */
#define L2TP_HANDOVER_TYPE "(qqx" L2TP_DESCRIPTORS_TYPE L2TP_PPP_STATE_TYPE "mva{sv})"

typedef struct
{
  L2tpDriver *driver; /* NULL: there is no tunnel */
  guint16 session_id, peer_session_id;
  int session_fd;
  gint64 up_since; /* monotonic */
  GVariant *ipsec; /* (nullable): of l2tp_secure_export() */
} L2tpHandover;

/* l2tp_handover_export:
 * Returns (transfer floating) all that a successor needs, of L2TP_HANDOVER_TYPE: to go on when the
 * call is up, to clean up when it is not. Takes a floating ipsec. */
GVariant *l2tp_handover_export (const L2tpHandover *handover, L2tpPpp *ppp);

/* l2tp_handover_adopt:
 * @ppp: new
 * @state: from anybody
 * @ret_handover: owned by the caller; ipsec is there if and only if @config wants it
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

/* l2tp_handover_get_pppd:
 * @state: of L2TP_HANDOVER_TYPE
 * @ret_pid, @ret_start_time: see l2tp_pppd_process_open(); 0: there is none */
void l2tp_handover_get_pppd (GVariant *state, gint32 *ret_pid, guint64 *ret_start_time);

/* l2tp_handover_end:
 * @pid, @start_time: from l2tp_handover_get_pppd(), or from anybody
 *
 * Of a call that nobody goes on with: kills its pppd, and with it the tunnel in the kernel. The LNS
 * is not told. */
void l2tp_handover_end (gint32 pid, guint64 start_time);

G_END_DECLS
