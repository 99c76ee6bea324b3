/* SPDX-License-Identifier: GPL-2.0-or-later */
/* SPDX-FileCopyrightText: The l2tp-client authors */

/* One connection to a strongSwan daemon. Commands are answered in order and one at a time, so that
 * what waits, like initiate, needs a connection of its own. */

#pragma once

#include <gio/gio.h>

#include "l2tp-vici-message.h"

G_BEGIN_DECLS

#define L2TP_TYPE_VICI (l2tp_vici_get_type ())
G_DECLARE_FINAL_TYPE (L2tpVici, l2tp_vici, L2TP, VICI, GObject)

/* Signals:
 *  "event" (const char *name, L2tpViciSection *message)
 *  "closed" (GError *)  the daemon has gone, or speaks something else; not after
 *                       l2tp_vici_close(). What was under way fails with the same error */

/* l2tp_vici_connect_async:
 * @path: the daemon's socket
 *
 * The connection is alive until l2tp_vici_close() or "closed". Errors: GIO's; G_IO_ERROR_NOT_FOUND
 * and G_IO_ERROR_CONNECTION_REFUSED mean that no daemon listens there. */
void l2tp_vici_connect_async (const char *path,
                              GCancellable *cancellable,
                              GAsyncReadyCallback callback,
                              gpointer user_data);
L2tpVici *l2tp_vici_connect_finish (GAsyncResult *result, GError **error);

/* l2tp_vici_close: at once; what is under way fails with G_IO_ERROR_CLOSED. */
void l2tp_vici_close (L2tpVici *vici);

/* l2tp_vici_give_up: the same, with G_IO_ERROR_TIMED_OUT. */
void l2tp_vici_give_up (L2tpVici *vici);

gboolean l2tp_vici_is_open (L2tpVici *vici);

/* l2tp_vici_command_async:
 * @request: (transfer full): wiped once it is sent
 *
 * @cancellable: gives up waiting; the daemon is not told, and goes on with the command. */
void l2tp_vici_command_async (L2tpVici *vici,
                              L2tpViciRequest *request,
                              GCancellable *cancellable,
                              GAsyncReadyCallback callback,
                              gpointer user_data);

/* l2tp_vici_command_finish:
 * @ret_message: (optional): the answer, which lives as long as what is returned
 *
 * Also for an event's registration. Errors: L2TP_ERROR_FAILED with the daemon's words;
 * G_IO_ERROR_NOT_SUPPORTED: it knows no such command or event; G_IO_ERROR_CANCELLED; those of a
 * connection that broke. */
GBytes *l2tp_vici_command_finish (L2tpVici *vici,
                                  GAsyncResult *result,
                                  L2tpViciSection *ret_message,
                                  GError **error);

G_END_DECLS
