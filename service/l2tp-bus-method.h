/* SPDX-License-Identifier: GPL-2.0-or-later */
/* SPDX-FileCopyrightText: The l2tp-client authors */

/* What the methods of all interfaces have in common: the way from a skeleton to the function, and
 * the dictionary of options at the end. */

#pragma once

#include <gio/gio.h>

#include "l2tp-bus-gate.h"

G_BEGIN_DECLS

/* A method, as the XML names it, and what it does once the caller is past the gate. */
typedef struct
{
  const char *name;
  L2tpBusMethod run;
} L2tpBusMethodRow;

/* l2tp_bus_method_connect:
 * @handler: gboolean (*) (gpointer self, GDBusMethodInvocation *invocation)
 *
 * Sends every method of @skeleton's interface to @handler. */
void l2tp_bus_method_connect (gpointer skeleton, GCallback handler, gpointer self);

/* l2tp_bus_method_find: (nullable): the function in @rows for the method that was called. */
L2tpBusMethod l2tp_bus_method_find (const L2tpBusMethodRow *rows,
                                    gsize n_rows,
                                    GDBusMethodInvocation *invocation);

/* An option that a method takes. */
typedef struct
{
  const char *key;
  const GVariantType *type;
} L2tpBusOption;

/* l2tp_bus_method_get_options:
 * @known: (nullable) (array length=n_known): what options there are
 *
 * Returns (transfer full) the last argument of the method. An option that is unknown or of another
 * type would be ignored in silence: then answers @invocation with InvalidArgument, which names it,
 * and returns NULL. */
GVariant *l2tp_bus_method_get_options (GDBusMethodInvocation *invocation,
                                       const L2tpBusOption *known,
                                       gsize n_known);

/* l2tp_bus_method_has_no_options: the same for a method without any, as all that counts then. */
gboolean l2tp_bus_method_has_no_options (GDBusMethodInvocation *invocation);

G_END_DECLS
