/* SPDX-License-Identifier: GPL-2.0-or-later */
/* SPDX-FileCopyrightText: The l2tp-client authors */

/* Tells when the machine goes to sleep and when it wakes, and makes it wait a moment before. */

#pragma once

#include <gio/gio.h>

G_BEGIN_DECLS

#define L2TP_TYPE_SLEEP (l2tp_sleep_get_type ())
G_DECLARE_FINAL_TYPE (L2tpSleep, l2tp_sleep, L2TP, SLEEP, GObject)

/* Signals:
 *  "prepare" ()   the machine wants to sleep, and waits for l2tp_sleep_ready(): 3 s at most
 *  "resumed" ()   it is awake again, or has not slept after all */

/* l2tp_sleep_new:
 * @bus: (nullable): the system bus; without one, or without logind, there are never any signals */
L2tpSleep *l2tp_sleep_new (GDBusConnection *bus);

/* l2tp_sleep_ready: what "prepare" asked for is done. Harmless at any time. */
void l2tp_sleep_ready (L2tpSleep *sleep);

/* l2tp_sleep_is_holding: whether the machine would wait for us now. */
gboolean l2tp_sleep_is_holding (L2tpSleep *sleep);

G_END_DECLS
