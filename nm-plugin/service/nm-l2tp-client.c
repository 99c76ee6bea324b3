/* SPDX-License-Identifier: GPL-2.0-or-later */
/* SPDX-FileCopyrightText: The l2tp-client authors */

/* The service's side of the bridge: ConnectTransient, what the connection tells afterwards, and an
 * agent that is asked for its secrets. Hides the order of replies and signals, and that the LNS's
 * address is on another interface. The connection is bound to our life: whatever happens to this
 * process, it ends. Owned by the plugin. Contract: dbus/org.l2tp.*.xml. */

#include "nm-l2tp-client.h"

#include <pwd.h>

#include "dbus/l2tp-dbus.h"
#include "dbus/l2tp-names.h"

#define AGENT_PATH  L2TP_OBJECT_ROOT "/agent"
#define PROPERTIES  "org.freedesktop.DBus.Properties"
#define NO_SECRETS  L2TP_ERROR_PREFIX "NoSecrets"
#define NOT_ALLOWED L2TP_ERROR_PREFIX "NotAuthorized"

struct _NmL2tpClient
{
  GObject parent_instance;

  GDBusConnection *bus;
  GCancellable *cancellable; /* of everything that is under way */
  guint watch;               /* of the service's name, also when stopped: see on_made() */
  char *service;             /* its unique name, or NULL */

  GVariant *arguments; /* of ConnectTransient, without owner */
  char *path;          /* of the connection, once there is one */
  guint subscription;
  GHashTable *properties; /* name → GVariant; NULL until all are known */
  char *gateway;
  GCancellable *gateway_call;
  gboolean gateway_ahead; /* asked for, or known, before the connection was up */

  L2tpDBusAgent *agent;              /* while we are one */
  GDBusMethodInvocation *invocation; /* the question that is open */
  GStrv asked;
};

enum
{
  CHANGED,
  ASKED,
  GONE,
  N_SIGNALS,
};

static guint signals[N_SIGNALS];

G_DEFINE_FINAL_TYPE (NmL2tpClient, nm_l2tp_client, G_TYPE_OBJECT)

static void
tell_gone (NmL2tpClient *self, const GError *error)
{
  g_autoptr (NmL2tpClient) alive = g_object_ref (self);

  nm_l2tp_client_stop (self);
  g_signal_emit (self, signals[GONE], 0, error);
}

static void
call (NmL2tpClient *self,
      const char *path,
      const char *interface,
      const char *method,
      GVariant *parameters,
      GCancellable *cancellable,
      GAsyncReadyCallback callback)
{
  g_dbus_connection_call (self->bus, L2TP_BUS_NAME, path, interface, method, parameters, NULL,
                          G_DBUS_CALL_FLAGS_NONE, -1, cancellable, callback,
                          callback != NULL ? g_object_ref (self) : NULL);
}

static gboolean
is_stopped (NmL2tpClient *self)
{
  return g_cancellable_is_cancelled (self->cancellable);
}

/* To this very service: a new one would be started, and knows nothing. */
static void
tell (NmL2tpClient *self,
      const char *path,
      const char *interface,
      const char *method,
      GVariant *parameters)
{
  g_dbus_connection_call (self->bus, self->service, path, interface, method, parameters, NULL,
                          G_DBUS_CALL_FLAGS_NO_AUTO_START, -1, NULL, NULL, NULL);
}

static void
remove_connection (NmL2tpClient *self)
{
  if (self->service != NULL && self->path != NULL)
    tell (self, self->path, L2TP_INTERFACE_CONNECTION, "Delete", g_variant_new ("(a{sv})", NULL));
  g_clear_pointer (&self->path, g_free);
}

/* --- What it tells ------------------------------------------------------------------------- */

static gboolean
is_connected (NmL2tpClient *self)
{
  return nm_l2tp_client_get_uint (self, "State") == L2TP_CONNECTION_STATE_CONNECTED;
}

static void
on_gateway (GObject *source, GAsyncResult *result, gpointer data)
{
  g_autoptr (NmL2tpClient) self = data;
  g_autoptr (GError) error = NULL;
  g_autoptr (GVariant) reply =
      g_dbus_connection_call_finish (G_DBUS_CONNECTION (source), result, &error);
  g_autoptr (GVariant) value = NULL;

  if (g_error_matches (error, G_IO_ERROR, G_IO_ERROR_CANCELLED))
    return;
  g_clear_object (&self->gateway_call);
  g_clear_pointer (&self->gateway, g_free);
  if (reply != NULL && g_variant_is_of_type (reply, G_VARIANT_TYPE ("(v)")))
    g_variant_get (reply, "(v)", &value);
  if (value != NULL && g_variant_is_of_type (value, G_VARIANT_TYPE_STRING))
    self->gateway = g_variant_dup_string (value, NULL);
  if (is_connected (self))
    g_signal_emit (self, signals[CHANGED], 0);
}

static void
forget_gateway_call (NmL2tpClient *self)
{
  g_cancellable_cancel (self->gateway_call);
  g_clear_object (&self->gateway_call);
}

static void
ask_gateway (NmL2tpClient *self)
{
  forget_gateway_call (self);
  self->gateway_call = g_cancellable_new ();
  call (self, self->path, PROPERTIES, "Get",
        g_variant_new ("(ss)", L2TP_INTERFACE_TUNNEL, "PeerAddress"), self->gateway_call,
        on_gateway);
}

/* From these stages on the tunnel stays the one that it is. */
static gboolean
has_tunnel (NmL2tpClient *self)
{
  static const char *const phases[] = { "session", "ppp", "ip", NULL };

  return g_strv_contains (phases, nm_l2tp_client_get_string (self, "Phase"));
}

/* A connection that is up is told of together with the way it took, which is asked for while PPP
 * is still busy: nobody has to wait for it then. */
static void
tell_changed (NmL2tpClient *self)
{
  if (!is_connected (self))
    {
      if (!has_tunnel (self))
        forget_gateway_call (self);
      else if (!self->gateway_ahead)
        ask_gateway (self);
      self->gateway_ahead = has_tunnel (self);
      g_signal_emit (self, signals[CHANGED], 0);
      return;
    }
  if (!self->gateway_ahead || (self->gateway_call == NULL && self->gateway == NULL))
    ask_gateway (self);
  self->gateway_ahead = FALSE;
  if (self->gateway_call == NULL)
    g_signal_emit (self, signals[CHANGED], 0);
}

static void
merge (NmL2tpClient *self, GVariant *values)
{
  GVariantIter iter;
  char *name;
  GVariant *value;

  g_variant_iter_init (&iter, values);
  while (g_variant_iter_next (&iter, "{sv}", &name, &value))
    g_hash_table_replace (self->properties, name, value);
}

static void
on_signal (GDBusConnection *bus,
           const char *sender,
           const char *path,
           const char *interface,
           const char *signal,
           GVariant *parameters,
           gpointer data)
{
  NmL2tpClient *self = data;
  g_autoptr (GVariant) values = NULL;

  /* Older than what is on its way to us. */
  if (self->properties == NULL || !g_variant_is_of_type (parameters, G_VARIANT_TYPE ("(sa{sv}as)")))
    return;
  g_variant_get (parameters, "(&s@a{sv}as)", NULL, &values, NULL);
  merge (self, values);
  tell_changed (self);
}

static void
on_properties (GObject *source, GAsyncResult *result, gpointer data)
{
  g_autoptr (NmL2tpClient) self = data;
  g_autoptr (GError) error = NULL;
  g_autoptr (GVariant) reply =
      g_dbus_connection_call_finish (G_DBUS_CONNECTION (source), result, &error);
  g_autoptr (GVariant) values = NULL;

  if (g_error_matches (error, G_IO_ERROR, G_IO_ERROR_CANCELLED))
    return;
  if (reply == NULL)
    {
      tell_gone (self, error);
      return;
    }
  if (!g_variant_is_of_type (reply, G_VARIANT_TYPE ("(a{sv})")))
    return;
  g_variant_get (reply, "(@a{sv})", &values);
  self->properties =
      g_hash_table_new_full (g_str_hash, g_str_equal, g_free, (GDestroyNotify) g_variant_unref);
  merge (self, values);
  tell_changed (self);
}

/* --- Its beginning --------------------------------------------------------------------------- */

static void
on_made (GObject *source, GAsyncResult *result, gpointer data)
{
  g_autoptr (NmL2tpClient) self = data;
  g_autoptr (GError) error = NULL;
  g_autoptr (GVariant) reply =
      g_dbus_connection_call_finish (G_DBUS_CONNECTION (source), result, &error);

  if (reply == NULL)
    {
      if (!is_stopped (self))
        tell_gone (self, error);
      return;
    }
  if (!g_variant_is_of_type (reply, G_VARIANT_TYPE ("(o)")))
    return;
  g_variant_get (reply, "(o)", &self->path);
  if (is_stopped (self)) /* in the meantime */
    {
      remove_connection (self);
      return;
    }
  self->subscription = g_dbus_connection_signal_subscribe (
      self->bus, L2TP_BUS_NAME, PROPERTIES, "PropertiesChanged", self->path,
      L2TP_INTERFACE_CONNECTION, G_DBUS_SIGNAL_FLAGS_NONE, on_signal, self, NULL);
  call (self, self->path, PROPERTIES, "GetAll", g_variant_new ("(s)", L2TP_INTERFACE_CONNECTION),
        self->cancellable, on_properties);
}

/* @owner: (nullable): a uid */
static void
make (NmL2tpClient *self, const guint32 *owner)
{
  g_auto (GVariantDict) options = G_VARIANT_DICT_INIT (NULL);
  g_autoptr (GVariant) settings = g_variant_get_child_value (self->arguments, 0);
  g_autoptr (GVariant) secrets = g_variant_get_child_value (self->arguments, 1);

  g_clear_pointer (&self->arguments, g_variant_unref);
  g_variant_dict_insert (&options, "bind", "b", TRUE);
  g_variant_dict_insert (&options, "source", "s", "networkmanager");
  if (owner != NULL)
    g_variant_dict_insert (&options, "owner", "u", *owner);
  if (self->agent != NULL)
    call (self, L2TP_OBJECT_MANAGER, L2TP_INTERFACE_MANAGER, "RegisterAgent",
          g_variant_new ("(oa{sv})", AGENT_PATH, NULL), NULL, NULL);
  call (self, L2TP_OBJECT_MANAGER, L2TP_INTERFACE_MANAGER, "ConnectTransient",
        g_variant_new ("(@a{sv}@a{sv}@a{sv})", settings, secrets, g_variant_dict_end (&options)),
        NULL, on_made);
}

/* The user may be in a directory that is slow to answer. */
static void
look_up_user (GTask *task, gpointer source, gpointer data, GCancellable *cancellable)
{
  char buffer[16384];
  struct passwd passwd, *found = NULL;

  getpwnam_r (data, &passwd, buffer, sizeof buffer, &found);
  g_task_return_int (task, found != NULL ? (gssize) passwd.pw_uid : -1);
}

static void
on_user (GObject *source, GAsyncResult *result, gpointer data)
{
  NmL2tpClient *self = NM_L2TP_CLIENT (source);
  g_autoptr (GError) error = NULL;
  gssize uid = g_task_propagate_int (G_TASK (result), &error);

  if (g_error_matches (error, G_IO_ERROR, G_IO_ERROR_CANCELLED))
    return;
  if (uid < 0)
    {
      g_set_error (&error, NM_VPN_PLUGIN_ERROR, NM_VPN_PLUGIN_ERROR_BAD_ARGUMENTS,
                   "connection.permissions: there is no user “%s”\nName one who exists.",
                   (const char *) g_task_get_task_data (G_TASK (result)));
      tell_gone (self, error);
      return;
    }
  make (self, &(guint32){ (guint32) uid });
}

static void
on_service_appeared (GDBusConnection *bus, const char *name, const char *owner, gpointer data)
{
  NmL2tpClient *self = data;

  g_free (self->service);
  self->service = g_strdup (owner);
}

static void
on_service_vanished (GDBusConnection *bus, const char *name, gpointer data)
{
  NmL2tpClient *self = data;
  g_autoptr (GError) error = NULL;

  g_clear_pointer (&self->service, g_free);
  if (self->path == NULL) /* not started yet; else the call fails */
    return;
  g_set_error_literal (&error, G_DBUS_ERROR, G_DBUS_ERROR_NO_REPLY,
                       "the service has ended\nLook at “systemctl status l2tp-client”.");
  tell_gone (self, error);
}

/* --- Its questions --------------------------------------------------------------------------- */

static void
forget_question (NmL2tpClient *self)
{
  g_clear_object (&self->invocation);
  g_clear_pointer (&self->asked, g_strfreev);
}

/* Any other program of root's could ask, too. */
static gboolean
is_ours (NmL2tpClient *self, GDBusMethodInvocation *invocation, const char *path)
{
  return g_strcmp0 (g_dbus_method_invocation_get_sender (invocation), self->service) == 0 &&
         (self->path == NULL || path == NULL || g_str_equal (self->path, path));
}

static gboolean
on_request (NmL2tpClient *self,
            GDBusMethodInvocation *invocation,
            const char *path,
            const char *const *names,
            GVariant *hints)
{
  if (!is_ours (self, invocation, path))
    {
      g_dbus_method_invocation_return_dbus_error (invocation, NOT_ALLOWED, "not yours to ask");
      return G_DBUS_METHOD_INVOCATION_HANDLED;
    }
  nm_l2tp_client_answer (self, NULL);
  self->invocation = invocation;
  self->asked = g_strdupv ((char **) names);
  g_signal_emit (self, signals[ASKED], 0, self->asked, hints);
  return G_DBUS_METHOD_INVOCATION_HANDLED;
}

static gboolean
on_cancel (NmL2tpClient *self, GDBusMethodInvocation *invocation, const char *path)
{
  if (is_ours (self, invocation, path))
    nm_l2tp_client_answer (self, NULL);
  l2tp_dbus_agent_complete_cancel (self->agent, invocation);
  return G_DBUS_METHOD_INVOCATION_HANDLED;
}

static gboolean
on_release (NmL2tpClient *self, GDBusMethodInvocation *invocation)
{
  if (is_ours (self, invocation, NULL))
    nm_l2tp_client_answer (self, NULL);
  l2tp_dbus_agent_complete_release (self->agent, invocation);
  return G_DBUS_METHOD_INVOCATION_HANDLED;
}

static void
become_agent (NmL2tpClient *self)
{
  g_autoptr (L2tpDBusAgent) agent = l2tp_dbus_agent_skeleton_new ();
  g_autoptr (GError) error = NULL;

  g_signal_connect_swapped (agent, "handle-request-secrets", G_CALLBACK (on_request), self);
  g_signal_connect_swapped (agent, "handle-cancel", G_CALLBACK (on_cancel), self);
  g_signal_connect_swapped (agent, "handle-release", G_CALLBACK (on_release), self);
  if (g_dbus_interface_skeleton_export (G_DBUS_INTERFACE_SKELETON (agent), self->bus, AGENT_PATH,
                                        &error))
    self->agent = g_steal_pointer (&agent);
  else
    g_warning ("nobody can be asked for secrets: %s", error->message);
}

static void
stop_being_agent (NmL2tpClient *self)
{
  if (self->agent == NULL)
    return;
  nm_l2tp_client_answer (self, NULL);
  if (self->service != NULL)
    tell (self, L2TP_OBJECT_MANAGER, L2TP_INTERFACE_MANAGER, "UnregisterAgent",
          g_variant_new ("(oa{sv})", AGENT_PATH, NULL));
  g_dbus_interface_skeleton_unexport (G_DBUS_INTERFACE_SKELETON (self->agent));
  g_signal_handlers_disconnect_by_data (self->agent, self);
  g_clear_object (&self->agent);
}

const char *const *
nm_l2tp_client_get_asked (NmL2tpClient *client)
{
  return (const char *const *) client->asked;
}

gboolean
nm_l2tp_client_answer (NmL2tpClient *client, GVariant *secrets)
{
  g_autoptr (GVariant) owned = secrets != NULL ? g_variant_ref_sink (secrets) : NULL;

  if (client->invocation == NULL)
    return FALSE;
  if (owned != NULL)
    l2tp_dbus_agent_complete_request_secrets (client->agent, g_steal_pointer (&client->invocation),
                                              owned);
  else
    g_dbus_method_invocation_return_dbus_error (g_steal_pointer (&client->invocation), NO_SECRETS,
                                                "NetworkManager has none");
  forget_question (client);
  return TRUE;
}

/* --- What is asked of it --------------------------------------------------------------------- */

void
nm_l2tp_client_start (NmL2tpClient *client, const NmL2tpSettings *settings, gboolean interactive)
{
  g_return_if_fail (client->watch == 0);

  client->arguments =
      g_variant_ref_sink (g_variant_new ("(@a{sv}@a{sv})", settings->settings, settings->secrets));
  client->watch =
      g_bus_watch_name_on_connection (client->bus, L2TP_BUS_NAME, G_BUS_NAME_WATCHER_FLAGS_NONE,
                                      on_service_appeared, on_service_vanished, client, NULL);
  if (interactive)
    become_agent (client);
  if (settings->owner == NULL)
    {
      make (client, NULL);
      return;
    }

  g_autoptr (GTask) task = g_task_new (client, client->cancellable, on_user, NULL);
  g_task_set_task_data (task, g_strdup (settings->owner), g_free);
  g_task_run_in_thread (task, look_up_user);
}

void
nm_l2tp_client_stop (NmL2tpClient *client)
{
  g_cancellable_cancel (client->cancellable);
  forget_gateway_call (client);
  if (client->subscription != 0)
    g_dbus_connection_signal_unsubscribe (client->bus, client->subscription);
  client->subscription = 0;
  stop_being_agent (client);
  remove_connection (client);
}

GVariant *
nm_l2tp_client_get (NmL2tpClient *client, const char *property, const char *type)
{
  GVariant *value =
      client->properties != NULL ? g_hash_table_lookup (client->properties, property) : NULL;

  if (value == NULL || !g_variant_is_of_type (value, G_VARIANT_TYPE (type)))
    return NULL;
  return value;
}

const char *
nm_l2tp_client_get_string (NmL2tpClient *client, const char *property)
{
  GVariant *value = nm_l2tp_client_get (client, property, "s");

  return value != NULL ? g_variant_get_string (value, NULL) : "";
}

guint
nm_l2tp_client_get_uint (NmL2tpClient *client, const char *property)
{
  GVariant *value = nm_l2tp_client_get (client, property, "u");

  return value != NULL ? g_variant_get_uint32 (value) : 0;
}

const char *
nm_l2tp_client_get_gateway (NmL2tpClient *client)
{
  return client->gateway;
}

/* --- Life ------------------------------------------------------------------------------------ */

NmL2tpClient *
nm_l2tp_client_new (GDBusConnection *bus)
{
  NmL2tpClient *self = g_object_new (NM_L2TP_TYPE_CLIENT, NULL);

  self->bus = g_object_ref (bus);
  return self;
}

static void
nm_l2tp_client_dispose (GObject *object)
{
  nm_l2tp_client_stop (NM_L2TP_CLIENT (object));
  G_OBJECT_CLASS (nm_l2tp_client_parent_class)->dispose (object);
}

static void
nm_l2tp_client_finalize (GObject *object)
{
  NmL2tpClient *self = NM_L2TP_CLIENT (object);

  g_clear_handle_id (&self->watch, g_bus_unwatch_name);
  g_clear_pointer (&self->arguments, g_variant_unref);
  g_clear_pointer (&self->properties, g_hash_table_unref);
  g_object_unref (self->cancellable);
  g_clear_object (&self->bus);
  g_free (self->service);
  g_free (self->gateway);
  G_OBJECT_CLASS (nm_l2tp_client_parent_class)->finalize (object);
}

static void
nm_l2tp_client_class_init (NmL2tpClientClass *klass)
{
  G_OBJECT_CLASS (klass)->dispose = nm_l2tp_client_dispose;
  G_OBJECT_CLASS (klass)->finalize = nm_l2tp_client_finalize;

  signals[CHANGED] = g_signal_new ("changed", NM_L2TP_TYPE_CLIENT, G_SIGNAL_RUN_LAST, 0, NULL, NULL,
                                   NULL, G_TYPE_NONE, 0);
  signals[ASKED] = g_signal_new ("asked", NM_L2TP_TYPE_CLIENT, G_SIGNAL_RUN_LAST, 0, NULL, NULL,
                                 NULL, G_TYPE_NONE, 2, G_TYPE_STRV, G_TYPE_VARIANT);
  signals[GONE] = g_signal_new ("gone", NM_L2TP_TYPE_CLIENT, G_SIGNAL_RUN_LAST, 0, NULL, NULL, NULL,
                                G_TYPE_NONE, 1, G_TYPE_ERROR);
}

static void
nm_l2tp_client_init (NmL2tpClient *self)
{
  self->cancellable = g_cancellable_new ();
}
