/* SPDX-License-Identifier: GPL-2.0-or-later */
/* SPDX-FileCopyrightText: The l2tp-client authors */

/* What the service is compared with: a program that is nothing but GDBus's object manager and N
 * objects, each with the interface of a connection and values in its properties. */

#include <stdlib.h>

#include "dbus/l2tp-dbus.h"
#include "dbus/l2tp-names.h"

static void
export_connection (GDBusObjectManagerServer *server, guint number)
{
  g_autofree char *path = g_strdup_printf (L2TP_OBJECT_CONNECTIONS "/%u", number);
  g_autofree char *name = g_strdup_printf ("bench-%u", number);
  g_autoptr (L2tpDBusObjectSkeleton) object = l2tp_dbus_object_skeleton_new (path);
  g_autoptr (L2tpDBusConnection) skeleton = l2tp_dbus_connection_skeleton_new ();

  l2tp_dbus_connection_set_uuid (skeleton, "8ec94ba1-7f0e-4d3f-a0f5-3f7c79d5d2ae");
  l2tp_dbus_connection_set_name (skeleton, name);
  l2tp_dbus_connection_set_gateway (skeleton, "127.0.0.1");
  l2tp_dbus_connection_set_user_name (skeleton, "alice");
  l2tp_dbus_connection_set_source (skeleton, "memory");
  l2tp_dbus_connection_set_filename (skeleton, "");
  l2tp_dbus_connection_set_phase (skeleton, "");
  l2tp_dbus_connection_set_interface (skeleton, "");
  l2tp_dbus_connection_set_last_error (skeleton, g_variant_new ("(ss)", "", ""));
  l2tp_dbus_connection_set_ip4_config (skeleton, g_variant_new ("a{sv}", NULL));
  l2tp_dbus_connection_set_ip6_config (skeleton, g_variant_new ("a{sv}", NULL));
  l2tp_dbus_connection_set_timeline (skeleton, g_variant_new ("a(st)", NULL));
  l2tp_dbus_object_skeleton_set_connection (object, skeleton);
  g_dbus_object_manager_server_export (server, G_DBUS_OBJECT_SKELETON (object));
}

int
main (int argc, char **argv)
{
  g_autoptr (GDBusConnection) bus = g_bus_get_sync (G_BUS_TYPE_SYSTEM, NULL, NULL);
  g_autoptr (GDBusObjectManagerServer) server = g_dbus_object_manager_server_new (L2TP_OBJECT_ROOT);

  if (bus == NULL || argc != 2)
    return 1;
  for (guint i = 1; i <= strtoul (argv[1], NULL, 10); i++)
    export_connection (server, i);
  g_dbus_object_manager_server_set_connection (server, bus);
  g_bus_own_name_on_connection (bus, "org.l2tp.Peer", G_BUS_NAME_OWNER_FLAGS_NONE, NULL, NULL, NULL,
                                NULL);
  g_main_loop_run (g_main_loop_new (NULL, FALSE));
  return 0;
}
