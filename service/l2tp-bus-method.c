/* SPDX-License-Identifier: GPL-2.0-or-later */
/* SPDX-FileCopyrightText: The l2tp-client authors */

/* Methods by name: one handler for all of an interface, so that none gets past the gate. Hides how
 * generated code names its signals. */

#include "l2tp-bus-method.h"

#include "service/base/l2tp-error.h"

/* "GetSettings" is the signal "handle-get-settings". */
static char *
signal_of (const char *method)
{
  GString *signal = g_string_new ("handle");

  for (const char *c = method; *c != '\0'; c++)
    {
      if (g_ascii_isupper (*c))
        g_string_append_c (signal, '-');
      g_string_append_c (signal, g_ascii_tolower (*c));
    }
  return g_string_free (signal, FALSE);
}

void
l2tp_bus_method_connect (gpointer skeleton, GCallback handler, gpointer self)
{
  GDBusMethodInfo **methods = g_dbus_interface_skeleton_get_info (skeleton)->methods;

  for (guint i = 0; methods[i] != NULL; i++)
    {
      g_autofree char *signal = signal_of (methods[i]->name);

      g_signal_connect_swapped (skeleton, signal, handler, self);
    }
}

L2tpBusMethod
l2tp_bus_method_find (const L2tpBusMethodRow *rows, gsize n_rows, GDBusMethodInvocation *invocation)
{
  const char *name = g_dbus_method_invocation_get_method_name (invocation);

  for (gsize i = 0; i < n_rows; i++)
    if (g_str_equal (rows[i].name, name))
      return rows[i].run;
  return NULL;
}

static const L2tpBusOption *
find_option (const L2tpBusOption *known, gsize n_known, const char *key)
{
  for (gsize i = 0; i < n_known; i++)
    if (g_str_equal (known[i].key, key))
      return &known[i];
  return NULL;
}

/* Returns (transfer full) what is wrong with an option, or NULL. */
static char *
check_option (const L2tpBusOption *known, gsize n_known, const char *key, GVariant *value)
{
  const L2tpBusOption *option = find_option (known, n_known, key);
  g_autofree char *shown = NULL;

  if (option == NULL)
    {
      shown = g_strescape (key, NULL);
      return g_strdup_printf ("options: unknown key “%.64s”", shown);
    }
  if (g_variant_is_of_type (value, option->type))
    return NULL;
  return g_strdup_printf ("options: %s must be of D-Bus type %.*s", key,
                          (int) g_variant_type_get_string_length (option->type),
                          g_variant_type_peek_string (option->type));
}

GVariant *
l2tp_bus_method_get_options (GDBusMethodInvocation *invocation,
                             const L2tpBusOption *known,
                             gsize n_known)
{
  GVariant *parameters = g_dbus_method_invocation_get_parameters (invocation);
  g_autoptr (GVariant) options =
      g_variant_get_child_value (parameters, g_variant_n_children (parameters) - 1);
  GVariantIter iter;
  const char *key;
  GVariant *value;

  g_variant_iter_init (&iter, options);
  while (g_variant_iter_next (&iter, "{&sv}", &key, &value))
    {
      g_autoptr (GVariant) owned = value;
      g_autofree char *fault = check_option (known, n_known, key, owned);

      if (fault == NULL)
        continue;
      g_dbus_method_invocation_return_error_literal (invocation, L2TP_ERROR,
                                                     L2TP_ERROR_INVALID_ARGUMENT, fault);
      return NULL;
    }
  return g_steal_pointer (&options);
}

gboolean
l2tp_bus_method_has_no_options (GDBusMethodInvocation *invocation)
{
  g_autoptr (GVariant) options = l2tp_bus_method_get_options (invocation, NULL, 0);

  return options != NULL;
}
