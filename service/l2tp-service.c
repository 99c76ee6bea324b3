/* SPDX-License-Identifier: GPL-2.0-or-later */
/* SPDX-FileCopyrightText: The l2tp-client authors */

/* Puts the parts together, and reads what an administrator may have changed. Decides nothing. */

#include "l2tp-service.h"

#include "l2tp-settings.h"
#include "l2tp-state.h"
#include "service/base/l2tp-log.h"

#define ADMIN_DIRECTORY SYSCONFDIR "/l2tp-client"
#define OWN_DIRECTORY   LOCALSTATEDIR "/lib/l2tp-client"

struct _L2tpService
{
  GObject parent_instance;

  gboolean debug;
  gboolean loaded; /* once */
  L2tpMeans means;
  L2tpManager *manager;
  L2tpStore *store;
  L2tpProfiles *profiles;
  L2tpKeeper *keeper;
};

G_DEFINE_FINAL_TYPE (L2tpService, l2tp_service, G_TYPE_OBJECT)

L2tpService *
l2tp_service_new (GDBusConnection *bus, gboolean debug, GError **error)
{
  g_autoptr (L2tpNetlink) netlink = l2tp_netlink_new (error);
  L2tpService *self;

  if (netlink == NULL)
    return NULL;
  self = g_object_new (L2TP_TYPE_SERVICE, NULL);
  self->debug = debug;
  self->means.bus = g_object_ref (bus);
  self->means.agents = l2tp_agents_new (bus);
  self->means.netlink = g_steal_pointer (&netlink);
  self->means.ports = l2tp_ports_new ();
  self->means.ike = l2tp_ipsec_daemon_new (NULL);
  self->manager = l2tp_manager_new (&self->means);
  self->store = l2tp_store_new (ADMIN_DIRECTORY "/connections", OWN_DIRECTORY "/connections");
  self->profiles = l2tp_profiles_new (self->manager, self->store);
  self->keeper = l2tp_keeper_new (self->manager, self->means.netlink, L2TP_STATE_DIRECTORY);
  return self;
}

static void
apply_settings (L2tpService *self, const L2tpSettings *settings)
{
  for (guint i = 0; settings->warnings[i] != NULL; i++)
    l2tp_warning (NULL, "%s", settings->warnings[i]);
  l2tp_ipsec_daemon_set_socket (self->means.ike, settings->vici_socket);
  l2tp_log_set_level (self->debug || settings->debug ? "debug" : "info");
}

static void
on_profiles_loaded (GObject *source, GAsyncResult *result, gpointer data)
{
  g_autoptr (GTask) task = data;
  GError *error = NULL;

  if (l2tp_profiles_load_finish (L2TP_PROFILES (source), result, &error))
    g_task_return_boolean (task, TRUE);
  else
    g_task_return_error (task, error);
}

static void
on_settings_read (GObject *source, GAsyncResult *result, gpointer data)
{
  g_autoptr (GTask) task = data;
  GCancellable *cancellable = g_task_get_cancellable (task);
  L2tpService *self = g_task_get_source_object (task);
  gboolean again = self->loaded;
  GError *error = NULL;
  g_autoptr (L2tpSettings) settings = l2tp_settings_read_finish (result, &error);

  if (settings == NULL)
    {
      g_task_return_error (task, error);
      return;
    }
  apply_settings (self, settings);
  self->loaded = TRUE;
  l2tp_profiles_load_async (self->profiles, again, cancellable, on_profiles_loaded,
                            g_steal_pointer (&task));
}

void
l2tp_service_load_async (L2tpService *service,
                         GCancellable *cancellable,
                         GAsyncReadyCallback callback,
                         gpointer user_data)
{
  GTask *task = g_task_new (service, cancellable, callback, user_data);

  g_task_set_source_tag (task, l2tp_service_load_async);
  l2tp_settings_read_async (l2tp_settings_directories, cancellable, on_settings_read, task);
}

gboolean
l2tp_service_load_finish (L2tpService *service, GAsyncResult *result, GError **error)
{
  g_return_val_if_fail (g_task_is_valid (result, service), FALSE);
  return g_task_propagate_boolean (G_TASK (result), error);
}

L2tpManager *
l2tp_service_get_manager (L2tpService *service)
{
  return service->manager;
}

L2tpProfiles *
l2tp_service_get_profiles (L2tpService *service)
{
  return service->profiles;
}

L2tpKeeper *
l2tp_service_get_keeper (L2tpService *service)
{
  return service->keeper;
}

L2tpAgents *
l2tp_service_get_agents (L2tpService *service)
{
  return service->means.agents;
}

static void
l2tp_service_finalize (GObject *object)
{
  L2tpService *self = L2TP_SERVICE (object);

  g_object_unref (self->keeper);
  g_object_unref (self->profiles);
  g_object_unref (self->store);
  g_object_unref (self->manager);
  l2tp_ipsec_daemon_unref (self->means.ike);
  l2tp_ports_unref (self->means.ports);
  g_object_unref (self->means.netlink);
  g_object_unref (self->means.agents);
  g_object_unref (self->means.bus);
  G_OBJECT_CLASS (l2tp_service_parent_class)->finalize (object);
}

static void
l2tp_service_class_init (L2tpServiceClass *klass)
{
  G_OBJECT_CLASS (klass)->finalize = l2tp_service_finalize;
}

static void
l2tp_service_init (L2tpService *self)
{
}
