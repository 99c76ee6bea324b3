/* SPDX-License-Identifier: GPL-2.0-or-later */
/* SPDX-FileCopyrightText: The l2tp-client authors */

/* The gate that every method of the bus passes: caller, rule, polkit, and only then the method.
 *
 * An adaptor's handler is two lines; what it did before is its method:
 *
 *   static gboolean
 *   handle_connect (L2tpDBusConnection *skeleton, GDBusMethodInvocation *invocation,
 *                   GVariant *options, L2tpBusConnection *self)
 *   {
 *     pass (self, invocation, do_connect);
 *     return G_DBUS_METHOD_INVOCATION_HANDLED;
 *   }
 *
 * pass() fills in the subject and calls l2tp_bus_gate_run(). The method takes its arguments from
 * g_dbus_method_invocation_get_parameters(), and looks at the state of its object then, not
 * earlier: minutes may lie between. Arguments are parsed only by who may. */

#pragma once

#include <gio/gio.h>

#include "l2tp-authority.h"
#include "l2tp-caller.h"

G_BEGIN_DECLS

#define L2TP_TYPE_BUS_GATE (l2tp_bus_gate_get_type ())
G_DECLARE_FINAL_TYPE (L2tpBusGate, l2tp_bus_gate, L2TP, BUS_GATE, GObject)

/* The connection that a method is about, or that it is to add. */
typedef struct
{
  guint32 owner;        /* uid or L2TP_OWNER_ALL */
  gboolean callers_own; /* in the place of @owner: whoever calls */
  const char *name;     /* (nullable): for polkit's question; any text */
  const char *gateway;  /* (nullable): the same */
  /* (nullable): whose it is by now: it may change hands while polkit asks somebody */
  guint32 (*owner_now) (gpointer self);
} L2tpBusSubject;

/* L2tpBusMethod:
 * Does what was asked, and answers @invocation (transfer full), now or later. @caller is the gate's
 * and ends with the call. */
typedef void (*L2tpBusMethod) (gpointer self,
                               GDBusMethodInvocation *invocation,
                               const L2tpCaller *caller);

L2tpBusGate *l2tp_bus_gate_new (GDBusConnection *bus, L2tpAuthority *authority);

/* l2tp_bus_gate_run:
 * @invocation: (transfer full)
 * @subject: (nullable): copied; NULL for a method that is about no connection
 * @self: who has the method; not kept alive: if it has gone by then, the answer is NotFound;
 *   if it is another owner's by then, NotAuthorized
 *
 * Calls @method (@self, …) if the caller may, else answers @invocation with the error. A person is
 * asked only if the message allows interactive authorisation. Never calls @method before it
 * returns.
 *
 * Calls that need polkit and calls that do not may overtake each other, because nobody shall wait
 * for an open question; those of root, and those of one caller that need none, keep their order.
 * Of those that may pass, one runs in a turn of the main loop, of each caller in turn.
 * One caller may have 64 calls at the gate; a further one is answered with Busy.
 *
 * Errors: L2TP_ERROR_NOT_AUTHORIZED, L2TP_ERROR_NOT_FOUND, L2TP_ERROR_BUSY,
 * org.freedesktop.DBus.Error.InteractiveAuthorizationRequired. */
void l2tp_bus_gate_run (L2tpBusGate *gate,
                        GDBusMethodInvocation *invocation,
                        const L2tpBusSubject *subject,
                        GObject *self,
                        L2tpBusMethod method);

G_END_DECLS
