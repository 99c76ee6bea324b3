/* SPDX-License-Identifier: GPL-2.0-or-later */
/* SPDX-FileCopyrightText: The l2tp-client authors */

/* gate-toy DEADLINE-MS OWNER: objects with the service's interfaces and name, and its gate, but
 * nothing behind it. A method that is let through writes "METHOD UID" to the output, and answers
 * with nothing in it. /org/l2tp/connections/1 is for all users, /2 is private to OWNER; Delete
 * makes one vanish. For test-gate.py, and for tests/bed. */

#include <stdio.h>
#include <stdlib.h>

#include "dbus/l2tp-dbus.h"
#include "dbus/l2tp-names.h"
#include "service/base/l2tp-log.h"
#include "service/l2tp-bus-error.h"
#include "service/l2tp-bus-gate.h"

#define TOY_TYPE (toy_get_type ())
G_DECLARE_FINAL_TYPE (Toy, toy, TOY, TOY, GObject)

struct _Toy
{
  GObject parent_instance;

  L2tpBusGate *gate;
  L2tpBusSubject subject;
  GDBusInterfaceInfo *info;
  guint registration;
};

G_DEFINE_FINAL_TYPE (Toy, toy, G_TYPE_OBJECT)

static void
toy_class_init (ToyClass *klass)
{
}

static void
toy_init (Toy *self)
{
}

/* The results of a method, with nothing in them. */
static GVariant *
empty_reply (const GDBusMethodInfo *info)
{
  GVariantBuilder builder;

  g_variant_builder_init (&builder, G_VARIANT_TYPE_TUPLE);
  for (GDBusArgInfo **arg = info->out_args; arg != NULL && *arg != NULL; arg++)
    if (*(*arg)->signature == 'a')
      g_variant_builder_add_value (
          &builder, g_variant_new_array (G_VARIANT_TYPE ((*arg)->signature + 1), NULL, 0));
    else
      g_variant_builder_add_value (&builder, g_variant_new_object_path (L2TP_OBJECT_MANAGER));
  return g_variant_builder_end (&builder);
}

static void
act (gpointer self, GDBusMethodInvocation *invocation, const L2tpCaller *caller)
{
  Toy *toy = self;
  const char *method = g_dbus_method_invocation_get_method_name (invocation);

  printf ("%s %u\n", method, caller->uid);
  fflush (stdout);
  if (g_str_equal (method, "Delete"))
    g_dbus_connection_unregister_object (g_dbus_method_invocation_get_connection (invocation),
                                         toy->registration);
  g_dbus_method_invocation_return_value (
      invocation, empty_reply (g_dbus_method_invocation_get_method_info (invocation)));
}

/* As the service has to: what is known of a connection that is to be added comes with the call. */
static void
on_call (GDBusConnection *bus,
         const char *sender,
         const char *path,
         const char *interface,
         const char *method,
         GVariant *parameters,
         GDBusMethodInvocation *invocation,
         gpointer data)
{
  Toy *toy = data;
  L2tpBusSubject subject = toy->subject;

  if (g_variant_is_of_type (parameters, G_VARIANT_TYPE ("(a{sv}a{sv}a{sv})")))
    {
      g_autoptr (GVariant) settings = g_variant_get_child_value (parameters, 0);
      g_autoptr (GVariant) options = g_variant_get_child_value (parameters, 2);

      subject.callers_own = TRUE;
      g_variant_lookup (options, "private", "b", &subject.callers_own);
      g_variant_lookup (settings, "name", "&s", &subject.name);
      g_variant_lookup (settings, "gateway", "&s", &subject.gateway);
      l2tp_bus_gate_run (toy->gate, invocation, &subject, G_OBJECT (toy), act);
      return;
    }
  l2tp_bus_gate_run (toy->gate, invocation, &subject, G_OBJECT (toy), act);
}

/* Properties pass no gate: nothing in them, either. */
static GVariant *
on_get (GDBusConnection *bus,
        const char *sender,
        const char *path,
        const char *interface,
        const char *name,
        GError **error,
        gpointer data)
{
  Toy *toy = data;
  const GDBusPropertyInfo *info = g_dbus_interface_info_lookup_property (toy->info, name);
  g_autoptr (GVariant) nothing = g_variant_ref_sink (
      g_variant_new_from_data (G_VARIANT_TYPE (info->signature), "", 0, FALSE, NULL, NULL));

  return g_variant_get_normal_form (nothing);
}

static void
export_toy (GDBusConnection *bus,
            L2tpBusGate *gate,
            const char *path,
            GDBusInterfaceInfo *info,
            L2tpBusSubject subject)
{
  static const GDBusInterfaceVTable vtable = { .method_call = on_call, .get_property = on_get };
  Toy *toy = g_object_new (TOY_TYPE, NULL);

  toy->gate = gate;
  toy->subject = subject;
  toy->info = info;
  toy->registration =
      g_dbus_connection_register_object (bus, path, info, &vtable, toy, g_object_unref, NULL);
}

static void
on_name_acquired (GDBusConnection *bus, const char *name, gpointer data)
{
  puts ("READY");
  fflush (stdout);
}

static void
on_name_lost (GDBusConnection *bus, const char *name, gpointer data)
{
  exit (1);
}

int
main (int argc, char **argv)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (GDBusConnection) bus = g_bus_get_sync (G_BUS_TYPE_SYSTEM, NULL, &error);
  g_autoptr (L2tpAuthority) authority = NULL;
  g_autoptr (L2tpBusGate) gate = NULL;

  if (argc != 3 || bus == NULL)
    {
      fprintf (stderr, "%s\n", error != NULL ? error->message : "gate-toy DEADLINE-MS OWNER");
      return 2;
    }
  l2tp_log_init ();
  l2tp_log_set_level ("debug");
  l2tp_bus_error_register ();
  authority = l2tp_authority_new (bus, strtoul (argv[1], NULL, 10));
  gate = l2tp_bus_gate_new (bus, authority);
  export_toy (bus, gate, L2TP_OBJECT_MANAGER, l2tp_dbus_manager_interface_info (),
              (L2tpBusSubject){ .owner = L2TP_OWNER_ALL });
  export_toy (
      bus, gate, L2TP_OBJECT_CONNECTIONS "/1", l2tp_dbus_connection_interface_info (),
      (L2tpBusSubject){ .owner = L2TP_OWNER_ALL, .name = "work", .gateway = "vpn.example.org" });
  export_toy (bus, gate, L2TP_OBJECT_CONNECTIONS "/2", l2tp_dbus_connection_interface_info (),
              (L2tpBusSubject){ .owner = strtoul (argv[2], NULL, 10), .name = "home" });
  g_bus_own_name_on_connection (bus, L2TP_BUS_NAME, G_BUS_NAME_OWNER_FLAGS_DO_NOT_QUEUE,
                                on_name_acquired, on_name_lost, NULL, NULL);
  g_main_loop_run (g_main_loop_new (NULL, FALSE));
  return 0;
}
