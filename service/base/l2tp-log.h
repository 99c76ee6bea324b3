/* SPDX-License-Identifier: GPL-2.0-or-later */
/* SPDX-FileCopyrightText: The l2tp-client authors */

/* Logging with an object on every line. Debug is free; trace is what a connection asks for; info is
 * one line per change that a user sees; warning is unexpected but going on; critical is our bug.
 * Not translated. */

#pragma once

#include <glib.h>

G_BEGIN_DECLS

/* l2tp_log:
 * @object: what the line is about: a connection's UUID, or NULL for the service itself
 *
 * The line goes to the journal with the field L2TP_CONNECTION, or to stderr with a prefix. */
void l2tp_log (GLogLevelFlags level, const char *object, const char *format, ...)
    G_GNUC_PRINTF (3, 4);

#define l2tp_debug(object, ...)   l2tp_log (G_LOG_LEVEL_DEBUG, object, __VA_ARGS__)
#define l2tp_trace(object, ...)   l2tp_log (G_LOG_LEVEL_INFO, object, __VA_ARGS__)
#define l2tp_info(object, ...)    l2tp_log (G_LOG_LEVEL_MESSAGE, object, __VA_ARGS__)
#define l2tp_warning(object, ...) l2tp_log (G_LOG_LEVEL_WARNING, object, __VA_ARGS__)

/* l2tp_log_init:
 * Installs the writer: the journal when stderr is connected to it, else stderr. The level is info.
 */
void l2tp_log_init (void);

/* l2tp_log_set_level:
 * @level: "info" or "debug"
 *
 * Returns FALSE, and changes nothing, if it is neither. */
gboolean l2tp_log_set_level (const char *level);

G_END_DECLS
