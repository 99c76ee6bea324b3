/* SPDX-License-Identifier: GPL-2.0-or-later */
/* SPDX-FileCopyrightText: The l2tp-client authors */

/* Bus access. Hides the service's activation, the object manager and the order of objects. Every
 * call is asynchronous on the default main context and shares one cancellable, which the first
 * SIGINT, SIGTERM or SIGHUP cancels; the second one kills as usual. */

#include "client.h"
#include "output.h"
#include "polkit.h"

#include <signal.h>
#include <string.h>
#include <unistd.h>

#include <glib-unix.h>
#include <glib/gi18n.h>

#define START_TIMEOUT_MS 25000

static gboolean
on_signal (CliClient *client, guint index, int signal_number)
{
  client->signal = signal_number;
  client->sources[index] = 0;
  g_cancellable_cancel (client->cancellable);
  return G_SOURCE_REMOVE;
}

static gboolean
on_sigint (gpointer client)
{
  return on_signal (client, 0, SIGINT);
}

static gboolean
on_sigterm (gpointer client)
{
  return on_signal (client, 1, SIGTERM);
}

static gboolean
on_sighup (gpointer client)
{
  return on_signal (client, 2, SIGHUP);
}

void
cli_client_ready (GObject *source, GAsyncResult *result, gpointer pending)
{
  *(GAsyncResult **) pending = g_object_ref (result);
}

GAsyncResult *
cli_client_await (GAsyncResult **pending)
{
  while (*pending == NULL)
    g_main_context_iteration (NULL, TRUE);
  return *pending;
}

static gboolean
open_bus (CliClient *client, GError **error)
{
  g_autoptr (GAsyncResult) result = NULL;

  g_bus_get (G_BUS_TYPE_SYSTEM, client->cancellable, cli_client_ready, &result);
  client->bus = g_bus_get_finish (cli_client_await (&result), error);
  if (client->bus == NULL)
    return FALSE;
  g_dbus_connection_set_exit_on_close (client->bus, FALSE);
  return TRUE;
}

static GVariant *
call_bus (CliClient *client, const char *method, GVariant *args, GError **error)
{
  g_autoptr (GAsyncResult) result = NULL;

  g_dbus_connection_call (client->bus, "org.freedesktop.DBus", "/org/freedesktop/DBus",
                          "org.freedesktop.DBus", method, args, NULL, G_DBUS_CALL_FLAGS_NONE,
                          START_TIMEOUT_MS, client->cancellable, cli_client_ready, &result);
  return g_dbus_connection_call_finish (client->bus, cli_client_await (&result), error);
}

/* An explicit start tells "not installed" from "did not start", which the object manager's own
 * silently takes for an empty list. The daemon refuses to start what runs but is not activatable.
 */
static gboolean
start_service (CliClient *client, GError **error)
{
  g_autoptr (GVariant) owner =
      call_bus (client, "GetNameOwner", g_variant_new ("(s)", L2TP_BUS_NAME), NULL);
  g_autoptr (GVariant) reply = NULL;

  if (owner != NULL)
    return TRUE;
  reply = call_bus (client, "StartServiceByName", g_variant_new ("(su)", L2TP_BUS_NAME, 0), error);
  return reply != NULL;
}

static gboolean
read_objects (CliClient *client, GError **error)
{
  g_autoptr (GAsyncResult) result = NULL;

  l2tp_dbus_object_manager_client_new (
      client->bus, G_DBUS_OBJECT_MANAGER_CLIENT_FLAGS_DO_NOT_AUTO_START, L2TP_BUS_NAME,
      L2TP_OBJECT_ROOT, client->cancellable, cli_client_ready, &result);
  client->objects = l2tp_dbus_object_manager_client_new_finish (cli_client_await (&result), error);
  return client->objects != NULL;
}

static int
report_no_bus (const CliClient *client, const GError *error)
{
  g_autofree char *clean = cli_output_clean (error->message);

  if (client->signal != 0)
    return CLI_EXIT_SIGNAL + client->signal;
  cli_output_error (_ ("the system bus cannot be reached: %s"), clean);
  if (g_getenv ("DBUS_SYSTEM_BUS_ADDRESS") != NULL)
    cli_output_hint (_ ("DBUS_SYSTEM_BUS_ADDRESS says where it is: set it right, or unset it"));
  else
    cli_output_hint (_ ("systemctl status dbus.socket"));
  return CLI_EXIT_NO_SERVICE;
}

static int
report_no_service (const CliClient *client, GError *error)
{
  g_autofree char *clean = NULL;

  if (client->signal != 0)
    return CLI_EXIT_SIGNAL + client->signal;
  g_dbus_error_strip_remote_error (error);
  clean = cli_output_clean (error->message);
  cli_output_error (_ ("the service is not running: %s"), clean);
  cli_output_hint (_ ("systemctl status l2tp-client.service; journalctl -u l2tp-client.service"));
  return CLI_EXIT_NO_SERVICE;
}

int
cli_client_open (CliClientMode mode, CliClient **ret_client)
{
  g_autoptr (CliClient) client = g_new0 (CliClient, 1);
  g_autoptr (GError) error = NULL;

  client->cancellable = g_cancellable_new ();
  client->sources[0] = g_unix_signal_add (SIGINT, on_sigint, client);
  client->sources[1] = g_unix_signal_add (SIGTERM, on_sigterm, client);
  client->sources[2] = g_unix_signal_add (SIGHUP, on_sighup, client);

  if (!open_bus (client, &error))
    return report_no_bus (client, error);
  if (mode == CLI_CLIENT_START && !start_service (client, &error))
    return report_no_service (client, error);
  if (!read_objects (client, &error))
    return cli_client_report (client, error);
  *ret_client = g_steal_pointer (&client);
  return CLI_EXIT_OK;
}

void
cli_client_free (CliClient *client)
{
  if (client == NULL)
    return;
  for (guint i = 0; i < G_N_ELEMENTS (client->sources); i++)
    g_clear_handle_id (&client->sources[i], g_source_remove);
  g_clear_object (&client->objects);
  g_clear_object (&client->bus);
  g_clear_object (&client->cancellable);
  g_free (client);
}

gboolean
cli_client_is_running (CliClient *client)
{
  g_autofree char *owner =
      g_dbus_object_manager_client_get_name_owner (G_DBUS_OBJECT_MANAGER_CLIENT (client->objects));

  return owner != NULL;
}

L2tpDBusManager *
cli_client_get_manager (CliClient *client)
{
  g_autoptr (GDBusInterface) interface = g_dbus_object_manager_get_interface (
      client->objects, L2TP_OBJECT_MANAGER, L2TP_INTERFACE_MANAGER);

  return L2TP_DBUS_IS_MANAGER (interface) ? L2TP_DBUS_MANAGER (g_steal_pointer (&interface)) : NULL;
}

static GVariant *
call_once (CliClient *client,
           GDBusProxy *proxy,
           const char *method,
           GVariant *args,
           gboolean interactive,
           GError **error)
{
  g_autoptr (GAsyncResult) result = NULL;
  GDBusCallFlags flags = G_DBUS_CALL_FLAGS_NO_AUTO_START;

  if (interactive)
    flags |= G_DBUS_CALL_FLAGS_ALLOW_INTERACTIVE_AUTHORIZATION;
  /* A person who types has all the time that polkit gives them. */
  g_dbus_proxy_call (proxy, method, args, flags, interactive ? G_MAXINT : CLI_CALL_TIMEOUT_MS,
                     client->cancellable, cli_client_ready, &result);
  return g_dbus_proxy_call_finish (proxy, cli_client_await (&result), error);
}

GVariant *
cli_client_call (CliClient *client,
                 gpointer proxy,
                 const char *method,
                 GVariant *args,
                 GError **error)
{
  g_autoptr (GVariant) kept = g_variant_ref_sink (args);
  g_autoptr (CliPolkit) polkit = NULL;
  g_autoptr (GError) refusal = NULL;
  GVariant *reply;

  if (proxy == NULL)
    {
      g_set_error (error, G_DBUS_ERROR, G_DBUS_ERROR_UNKNOWN_OBJECT, "%s", method);
      return NULL;
    }
  reply = call_once (client, proxy, method, kept, FALSE, &refusal);
  if (reply != NULL)
    return reply;
  if (client->never_asks || !cli_client_needs_authorization (refusal))
    {
      g_propagate_error (error, g_steal_pointer (&refusal));
      return NULL;
    }
  polkit = cli_polkit_start (client);
  return call_once (client, proxy, method, kept, TRUE, error);
}

static GVariant *
build_origin (const CliOptions *options)
{
  g_auto (GVariantDict) dict = G_VARIANT_DICT_INIT (NULL);

  if (options->is_private || options->is_shared)
    g_variant_dict_insert (&dict, "private", "b", options->is_private);
  if (options->is_temporary)
    g_variant_dict_insert (&dict, "persist", "s", "memory");
  return g_variant_dict_end (&dict);
}

/* The service chose name and UUID in the end: a proxy of the new object knows them. */
L2tpDBusConnection *
cli_client_add (CliClient *client,
                const CliOptions *options,
                GVariant *settings,
                GVariant *secrets,
                GError **error)
{
  g_autoptr (L2tpDBusManager) manager = cli_client_get_manager (client);
  g_autoptr (GAsyncResult) opened = NULL;
  g_autoptr (GVariant) reply = NULL;
  const char *path;

  reply = cli_client_call (
      client, manager, "AddConnection",
      g_variant_new ("(@a{sv}@a{sv}@a{sv})", settings, secrets, build_origin (options)), error);
  if (reply == NULL)
    return NULL;
  g_variant_get (reply, "(&o)", &path);
  l2tp_dbus_connection_proxy_new (client->bus, G_DBUS_PROXY_FLAGS_DO_NOT_AUTO_START, L2TP_BUS_NAME,
                                  path, client->cancellable, cli_client_ready, &opened);
  return l2tp_dbus_connection_proxy_new_finish (cli_client_await (&opened), error);
}

/* Paths end in a counter, so that 10 comes after 9: shorter first, then by octets. */
static int
compare_paths (gconstpointer a, gconstpointer b)
{
  const char *path_a = g_dbus_object_get_object_path (*(GDBusObject **) a);
  const char *path_b = g_dbus_object_get_object_path (*(GDBusObject **) b);
  gsize len_a = strlen (path_a), len_b = strlen (path_b);

  if (len_a != len_b)
    return len_a < len_b ? -1 : 1;
  return strcmp (path_a, path_b);
}

GPtrArray *
cli_client_list (CliClient *client)
{
  GPtrArray *connections = g_ptr_array_new_with_free_func (g_object_unref);
  GList *objects = g_dbus_object_manager_get_objects (client->objects);

  for (GList *l = objects; l != NULL; l = l->next)
    if (l2tp_dbus_object_peek_connection (l->data) != NULL)
      g_ptr_array_add (connections, g_object_ref (l->data));
  g_list_free_full (objects, g_object_unref);
  g_ptr_array_sort (connections, compare_paths);
  return connections;
}

/* How well something fits; more counts more. */
typedef enum
{
  MATCH_NONE = 0,
  MATCH_PREFIX = 1 << 0,
  MATCH_WHOLE = 1 << 1,
  MATCH_OWN = 1 << 2, /* and MATCH_WHOLE: who calls means this one of several; root's are shared */
  MATCH_VISIBLE = 1 << 3, /* not another user's */
} Match;

static guint
match (const char *what, const char *text)
{
  if (text == NULL || !g_str_has_prefix (text, what))
    return MATCH_NONE;
  return strlen (text) == strlen (what) ? MATCH_WHOLE : MATCH_PREFIX;
}

/* Two users may call their own connections alike. A whole name wins over the longer ones that begin
 * with it. */
static guint
match_connection (const char *what, L2tpDBusConnection *c)
{
  guint by_name = match (what, l2tp_dbus_connection_get_name (c));
  guint by_uuid = match (what, l2tp_dbus_connection_get_uuid (c));
  guint owner = l2tp_dbus_connection_get_owner (c), m = MAX (by_name, by_uuid);
  gboolean is_root = getuid () == 0;

  if (m == MATCH_NONE)
    return m;
  if (m == MATCH_WHOLE && owner == (is_root ? L2TP_OWNER_ALL : getuid ()))
    m |= MATCH_OWN;
  if (is_root || owner == getuid () || owner == L2TP_OWNER_ALL)
    m |= MATCH_VISIBLE;
  return m;
}

static GPtrArray *
find_candidates (CliClient *client, const char *what)
{
  g_autoptr (GPtrArray) connections = cli_client_list (client);
  GPtrArray *candidates = g_ptr_array_new_with_free_func (g_object_unref);
  guint best = MATCH_PREFIX;

  for (guint i = 0; i < connections->len; i++)
    {
      guint m = match_connection (what, l2tp_dbus_object_peek_connection (connections->pdata[i]));

      if (m < best)
        continue;
      if (m > best)
        g_ptr_array_set_size (candidates, 0);
      best = m;
      g_ptr_array_add (candidates, g_object_ref (connections->pdata[i]));
    }
  return candidates;
}

static void
report_candidates (const char *what, GPtrArray *candidates)
{
  cli_output_error (_ ("“%s” could be any of %u connections:"), what, candidates->len);
  for (guint i = 0; i < candidates->len; i++)
    {
      L2tpDBusConnection *c = l2tp_dbus_object_peek_connection (candidates->pdata[i]);
      g_autofree char *name = cli_output_clean (l2tp_dbus_connection_get_name (c));
      g_autofree char *uuid = cli_output_clean (l2tp_dbus_connection_get_uuid (c));

      cli_output_note ("  %s  %s", uuid, name);
    }
  cli_output_hint (_ ("give the whole name or more of it, or the UUID"));
}

int
cli_client_find (CliClient *client, const char *what, L2tpDBusObject **ret_object)
{
  g_autoptr (GPtrArray) candidates = find_candidates (client, what);
  g_autofree char *shown = cli_output_clean (what);

  if (candidates->len == 0 || *what == '\0')
    {
      cli_output_error (_ ("there is no connection “%s”"), shown);
      cli_output_hint (_ ("l2tp-client list shows the connections there are"));
      return CLI_EXIT_NOT_FOUND;
    }
  if (candidates->len > 1)
    {
      report_candidates (shown, candidates);
      return CLI_EXIT_FAILURE;
    }
  *ret_object = g_object_ref (candidates->pdata[0]);
  return CLI_EXIT_OK;
}

gboolean
cli_client_refresh (CliClient *client, L2tpDBusConnection *connection, GError **error)
{
  GDBusProxy *proxy = G_DBUS_PROXY (connection);
  g_autoptr (GAsyncResult) result = NULL;
  g_autoptr (GVariant) reply = NULL;
  g_autoptr (GVariantIter) iter = NULL;
  const char *name;
  GVariant *value;

  g_dbus_connection_call (client->bus, g_dbus_proxy_get_name (proxy),
                          g_dbus_proxy_get_object_path (proxy), "org.freedesktop.DBus.Properties",
                          "GetAll", g_variant_new ("(s)", L2TP_INTERFACE_CONNECTION),
                          G_VARIANT_TYPE ("(a{sv})"), G_DBUS_CALL_FLAGS_NO_AUTO_START,
                          CLI_CALL_TIMEOUT_MS, client->cancellable, cli_client_ready, &result);
  reply = g_dbus_connection_call_finish (client->bus, cli_client_await (&result), error);
  if (reply == NULL)
    return FALSE;
  g_variant_get (reply, "(a{sv})", &iter);
  while (g_variant_iter_loop (iter, "{&sv}", &name, &value))
    g_dbus_proxy_set_cached_property (proxy, name, value);
  return TRUE;
}
