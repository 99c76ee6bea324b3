/* SPDX-License-Identifier: GPL-2.0-or-later */
/* SPDX-FileCopyrightText: The l2tp-client authors */

/* NetworkManager's side of the bridge: its VPN plugin class, one VPN to a process. Turns the states
 * of the service's connection into NetworkManager's, and its errors into reasons and lines of the
 * log. Hides what libnm does with a failure. Every method returns at once. NetworkManager
 * reference, sections 1 to 7. */

#include "nm-l2tp-service.h"

#include "dbus/l2tp-names.h"
#include "nm-l2tp-client.h"
#include "nm-l2tp-ip.h"
#include "nm-l2tp-message.h"
#include "nm-l2tp-settings.h"

#define ERROR_NAME(NAME) L2TP_ERROR_PREFIX NAME

struct _NmL2tpService
{
  NMVpnServicePlugin parent_instance;

  GDBusConnection *bus;
  NMConnection *connection; /* the profile with its secrets, while it is wanted */
  gboolean interactive;
  NmL2tpClient *client; /* while it is wanted */
  NmL2tpIp *ip;         /* what NetworkManager was told last */
  gboolean marked;      /* and how: see on_connected() */
  gboolean up;
  gboolean revived; /* the service has died since it was up */
  char *phase;      /* as logged last */
};

G_DEFINE_FINAL_TYPE (NmL2tpService, nm_l2tp_service, NM_TYPE_VPN_SERVICE_PLUGIN)

static void begin (NmL2tpService *self, const NmL2tpSettings *settings);

static const char *
id_of (NmL2tpService *self)
{
  const char *id = self->connection != NULL ? nm_connection_get_id (self->connection) : NULL;

  return id != NULL ? id : "VPN";
}

static void
set_state (NmL2tpService *self, NMVpnServiceState state)
{
  g_object_set (self, NM_VPN_SERVICE_PLUGIN_STATE, state, NULL);
}

/* --- Its end --------------------------------------------------------------------------------- */

static void
drop (NmL2tpService *self)
{
  if (self->client != NULL)
    {
      g_signal_handlers_disconnect_by_data (self->client, self);
      nm_l2tp_client_stop (self->client);
    }
  g_clear_object (&self->client);
  g_clear_object (&self->connection);
  g_clear_pointer (&self->ip, nm_l2tp_ip_free);
  g_clear_pointer (&self->phase, g_free);
  self->up = FALSE;
  self->revived = FALSE;
}

/* Not nm_vpn_service_plugin_failure() alone: libnm would say afterwards that the connect failed,
 * and NetworkManager believes what it hears last. */
static void
fail (NmL2tpService *self, NMVpnPluginFailure reason, const char *text)
{
  const char *uuid = self->client != NULL ? nm_l2tp_client_get_string (self->client, "Uuid") : "";

  g_warning ("%s: %s", id_of (self), text);
  if (*uuid != '\0')
    g_message ("%s: more is in “journalctl L2TP_CONNECTION=%s”", id_of (self), uuid);
  set_state (self, NM_VPN_SERVICE_STATE_STOPPING);
  nm_vpn_service_plugin_failure (NM_VPN_SERVICE_PLUGIN (self), reason);
  drop (self);
  set_state (self, NM_VPN_SERVICE_STATE_STOPPED);
}

static NMVpnPluginFailure
reason_of (const char *error)
{
  static const char *const login[] = { ERROR_NAME ("AuthFailed"), ERROR_NAME ("NoSecrets"),
                                       ERROR_NAME ("AgentCanceled"), NULL };

  if (g_strv_contains (login, error))
    return NM_VPN_PLUGIN_FAILURE_LOGIN_FAILED;
  if (g_str_equal (error, ERROR_NAME ("IpConfigFailed")))
    return NM_VPN_PLUGIN_FAILURE_BAD_IP_CONFIG;
  return NM_VPN_PLUGIN_FAILURE_CONNECT_FAILED;
}

static void
get_last_error (NmL2tpService *self, const char **ret_name, const char **ret_text)
{
  GVariant *error = nm_l2tp_client_get (self->client, "LastError", "(ss)");

  *ret_name = *ret_text = "";
  if (error != NULL)
    g_variant_get (error, "(&s&s)", ret_name, ret_text);
}

static void
on_failed (NmL2tpService *self)
{
  const char *name, *text;

  get_last_error (self, &name, &text);
  fail (self, reason_of (name), *text != '\0' ? text : "the connection has failed");
}

/* Not by us: somebody has used the service's own interface, or stops it. */
static void
on_disconnected (NmL2tpService *self)
{
  guint reason = nm_l2tp_client_get_uint (self->client, "StateReason");

  if (!self->up && reason == L2TP_STATE_REASON_NONE)
    fail (self, NM_VPN_PLUGIN_FAILURE_LOGIN_FAILED,
          "a secret is missing, and there is nobody to ask\nStore it, or connect with an agent.");
  else if (reason == L2TP_STATE_REASON_SERVICE_STOPPING)
    fail (self, NM_VPN_PLUGIN_FAILURE_CONNECT_FAILED,
          "the service was stopped\nStart it with “systemctl start l2tp-client”.");
  else
    fail (self, NM_VPN_PLUGIN_FAILURE_CONNECT_FAILED, "the connection was ended in the service");
}

/* --- Up, and up again ------------------------------------------------------------------------ */

static void
start_again (NmL2tpService *self, const char *why)
{
  if (!self->up)
    return;
  self->up = FALSE;
  g_message ("%s: reconnecting: %s", id_of (self), why);
  set_state (self, NM_VPN_SERVICE_STATE_STARTING);
}

static void
on_lost (NmL2tpService *self)
{
  const char *name, *text;

  get_last_error (self, &name, &text);
  start_again (self, *text != '\0' ? text : "the connection is lost");
}

static NmL2tpIp *
read_ip (NmL2tpService *self)
{
  const NmL2tpIpSource source = {
    .interface = nm_l2tp_client_get_string (self->client, "Interface"),
    .gateway = nm_l2tp_client_get_gateway (self->client),
    .ip4 = nm_l2tp_client_get (self->client, "Ip4Config", "a{sv}"),
    .ip6 = nm_l2tp_client_get (self->client, "Ip6Config", "a{sv}"),
  };

  return nm_l2tp_ip_new (&source, self->ip);
}

static void
tell_ip (NmL2tpService *self)
{
  NMVpnServicePlugin *plugin = NM_VPN_SERVICE_PLUGIN (self);

  self->up = TRUE;
  self->revived = FALSE;
  g_message ("%s: connected", id_of (self));
  nm_vpn_service_plugin_set_config (plugin, self->ip->config);
  if (self->ip->ip4 != NULL)
    {
      g_autoptr (GVariant) ip4 =
          self->marked ? nm_l2tp_ip_get_marked_ip4 (self->ip) : g_variant_ref (self->ip->ip4);
      nm_vpn_service_plugin_set_ip4_config (plugin, ip4);
    }
  if (self->ip->ip6 != NULL)
    nm_vpn_service_plugin_set_ip6_config (plugin, self->ip->ip6);
}

/* What comes back just as it was would leave NetworkManager, from 1.36 on, waiting for a change to
 * apply: there must be one. */
static void
on_connected (NmL2tpService *self)
{
  g_autoptr (NmL2tpIp) ip = read_ip (self);
  gboolean same;

  if (ip == NULL) /* another change is on its way */
    return;
  same = nm_l2tp_ip_equal (ip, self->ip);
  if (self->up && same)
    return;
  start_again (self, "its addresses have changed");
  self->marked = same && !self->marked;
  g_clear_pointer (&self->ip, nm_l2tp_ip_free);
  self->ip = g_steal_pointer (&ip);
  tell_ip (self);
}

static void
log_phase (NmL2tpService *self)
{
  const char *phase = nm_l2tp_client_get_string (self->client, "Phase");

  if (g_strcmp0 (phase, self->phase) == 0)
    return;
  g_free (self->phase);
  self->phase = g_strdup (phase);
  if (*phase != '\0')
    g_debug ("%s: %s", id_of (self), phase);
}

static void
on_changed (NmL2tpClient *client, NmL2tpService *self)
{
  g_autoptr (NmL2tpService) alive = g_object_ref (self);

  log_phase (self);
  switch ((L2tpConnectionState) nm_l2tp_client_get_uint (client, "State"))
    {
    case L2TP_CONNECTION_STATE_CONNECTED:
      on_connected (self);
      break;
    case L2TP_CONNECTION_STATE_CONNECTING:
    case L2TP_CONNECTION_STATE_NEED_SECRETS:
    case L2TP_CONNECTION_STATE_RECONNECTING:
      on_lost (self);
      break;
    case L2TP_CONNECTION_STATE_FAILED:
      on_failed (self);
      break;
    case L2TP_CONNECTION_STATE_DISCONNECTED:
      on_disconnected (self);
      break;
    case L2TP_CONNECTION_STATE_DISCONNECTING:
    case L2TP_CONNECTION_STATE_UNKNOWN:
      break;
    }
}

/* The service has refused, or died. Once up, it is worth another try: the bus starts it anew. */
static void
on_gone (NmL2tpClient *client, const GError *error, NmL2tpService *self)
{
  g_autoptr (NmL2tpService) alive = g_object_ref (self);
  g_autoptr (NmL2tpSettings) settings = NULL;
  g_autoptr (GError) copy = g_error_copy (error);
  g_autofree char *name = g_dbus_error_get_remote_error (copy);

  g_dbus_error_strip_remote_error (copy);
  if (self->ip != NULL && !self->revived)
    settings = nm_l2tp_settings_new (self->connection, NULL);
  if (settings == NULL)
    {
      fail (self, reason_of (name != NULL ? name : ""), copy->message);
      return;
    }
  start_again (self, copy->message);
  self->revived = TRUE;
  begin (self, settings);
}

static void
on_asked (NmL2tpClient *client, const char *const *names, GVariant *hints, NmL2tpService *self)
{
  g_autofree char *message = nm_l2tp_message_new (names, hints);

  start_again (self, message);
  g_message ("%s: %s", id_of (self), message);
  nm_vpn_service_plugin_secrets_required (NM_VPN_SERVICE_PLUGIN (self), message,
                                          (const char **) names);
}

static void
begin (NmL2tpService *self, const NmL2tpSettings *settings)
{
  g_clear_object (&self->client);
  self->client = nm_l2tp_client_new (self->bus);
  g_signal_connect_object (self->client, "changed", G_CALLBACK (on_changed), self, 0);
  g_signal_connect_object (self->client, "gone", G_CALLBACK (on_gone), self, 0);
  g_signal_connect_object (self->client, "asked", G_CALLBACK (on_asked), self, 0);
  nm_l2tp_client_start (self->client, settings, self->interactive);
}

/* --- What NetworkManager asks ---------------------------------------------------------------- */

static gboolean
start (NMVpnServicePlugin *plugin, NMConnection *connection, gboolean interactive, GError **error)
{
  NmL2tpService *self = NM_L2TP_SERVICE (plugin);
  g_autoptr (GError) cause = NULL;
  g_autoptr (NmL2tpSettings) settings = nm_l2tp_settings_new (connection, &cause);

  if (settings == NULL)
    {
      g_warning ("%s: %s", nm_connection_get_id (connection), cause->message);
      g_propagate_error (error, g_steal_pointer (&cause));
      return FALSE;
    }
  drop (self);
  self->connection = g_object_ref (connection);
  self->interactive = interactive;
  begin (self, settings);
  return TRUE;
}

static gboolean
nm_l2tp_service_connect (NMVpnServicePlugin *plugin, NMConnection *connection, GError **error)
{
  return start (plugin, connection, FALSE, error);
}

static gboolean
nm_l2tp_service_connect_interactive (NMVpnServicePlugin *plugin,
                                     NMConnection *connection,
                                     GVariant *details,
                                     GError **error)
{
  return start (plugin, connection, TRUE, error);
}

static gboolean
nm_l2tp_service_need_secrets (NMVpnServicePlugin *plugin,
                              NMConnection *connection,
                              const char **setting_name,
                              GError **error)
{
  if (!nm_l2tp_settings_need_secrets (connection))
    return FALSE;
  *setting_name = NM_SETTING_VPN_SETTING_NAME;
  return TRUE;
}

static gboolean
nm_l2tp_service_new_secrets (NMVpnServicePlugin *plugin, NMConnection *connection, GError **error)
{
  NmL2tpService *self = NM_L2TP_SERVICE (plugin);
  const char *const *asked = self->client != NULL ? nm_l2tp_client_get_asked (self->client) : NULL;

  if (asked == NULL)
    {
      g_set_error_literal (error, NM_VPN_PLUGIN_ERROR, NM_VPN_PLUGIN_ERROR_WRONG_STATE,
                           "Nobody has asked for secrets\nConnect again.");
      return FALSE;
    }
  g_set_object (&self->connection, connection);
  nm_l2tp_client_answer (self->client, nm_l2tp_settings_get_secrets (connection, asked));
  return TRUE;
}

static gboolean
nm_l2tp_service_disconnect (NMVpnServicePlugin *plugin, GError **error)
{
  drop (NM_L2TP_SERVICE (plugin));
  return TRUE;
}

/* --- Life ------------------------------------------------------------------------------------ */

NmL2tpService *
nm_l2tp_service_new (GDBusConnection *bus, const char *name, gboolean alone, GError **error)
{
  NmL2tpService *self =
      g_initable_new (NM_L2TP_TYPE_SERVICE, NULL, error, NM_VPN_SERVICE_PLUGIN_DBUS_SERVICE_NAME,
                      name, NM_VPN_SERVICE_PLUGIN_DBUS_WATCH_PEER, alone, NULL);

  if (self != NULL)
    self->bus = g_object_ref (bus);
  return self;
}

static void
nm_l2tp_service_dispose (GObject *object)
{
  NmL2tpService *self = NM_L2TP_SERVICE (object);

  drop (self);
  g_clear_object (&self->bus);
  G_OBJECT_CLASS (nm_l2tp_service_parent_class)->dispose (object);
}

static void
nm_l2tp_service_class_init (NmL2tpServiceClass *klass)
{
  NMVpnServicePluginClass *plugin_class = NM_VPN_SERVICE_PLUGIN_CLASS (klass);

  G_OBJECT_CLASS (klass)->dispose = nm_l2tp_service_dispose;
  plugin_class->connect = nm_l2tp_service_connect;
  plugin_class->connect_interactive = nm_l2tp_service_connect_interactive;
  plugin_class->need_secrets = nm_l2tp_service_need_secrets;
  plugin_class->new_secrets = nm_l2tp_service_new_secrets;
  plugin_class->disconnect = nm_l2tp_service_disconnect;
}

static void
nm_l2tp_service_init (NmL2tpService *self)
{
}
