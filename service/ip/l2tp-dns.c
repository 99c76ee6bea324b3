/* SPDX-License-Identifier: GPL-2.0-or-later */
/* SPDX-FileCopyrightText: The l2tp-client authors */

/* DNS for one interface. Hides who keeps the machine's name servers, and the order of calls to it.
 * Owned by L2tpIpConfig. Sources: org.freedesktop.resolve1(5), resolvconf(8), design section 9. */

#include "l2tp-dns.h"

#include <string.h>

#include "service/base/l2tp-error.h"
#include "service/base/l2tp-log.h"
#include "l2tp-resolvconf.h"

#define RESOLVED_NAME      "org.freedesktop.resolve1"
#define RESOLVED_PATH      "/org/freedesktop/resolve1"
#define RESOLVED_INTERFACE "org.freedesktop.resolve1.Manager"

#define CALL_TIMEOUT  5000 /* ms */
#define RECORD_SUFFIX ".l2tp"

typedef enum
{
  KEEPER_NONE,
  KEEPER_RESOLVED,
  KEEPER_RESOLVCONF,
} Keeper;

struct _L2tpDns
{
  GObject parent_instance;

  GDBusConnection *bus;
  Keeper keeper; /* of what is set now */
  guint ifindex;
  char *ifname;
};

G_DEFINE_FINAL_TYPE (L2tpDns, l2tp_dns, G_TYPE_OBJECT)

/* --- Settings ------------------------------------------------------------------------------ */

static gboolean
split_domains (const char *text, L2tpDnsSettings *settings)
{
  g_autoptr (GPtrArray) search = g_ptr_array_new ();
  g_autoptr (GPtrArray) routing = g_ptr_array_new ();
  g_auto (GStrv) domains = g_strsplit (text != NULL ? text : "", ",", -1);

  for (char **domain = domains; *domain != NULL; domain++)
    {
      if (**domain == '~')
        g_ptr_array_add (routing, g_strdup (*domain + 1));
      else
        g_ptr_array_add (search, g_strdup (*domain));
    }
  g_ptr_array_add (search, NULL);
  g_ptr_array_add (routing, NULL);
  settings->search = (char **) g_ptr_array_steal (search, NULL);
  settings->routing = (char **) g_ptr_array_steal (routing, NULL);
  return domains[0] != NULL;
}

static void
add_servers (L2tpDnsSettings *settings, const char *text)
{
  g_auto (GStrv) addresses = g_strsplit (text, ",", -1);

  for (char **address = addresses; *address != NULL; address++)
    {
      GInetAddress *server = g_inet_address_new_from_string (*address);

      if (server != NULL)
        g_ptr_array_add (settings->servers, server);
    }
}

L2tpDnsSettings *
l2tp_dns_settings_new (L2tpConfig *config, GPtrArray *given)
{
  g_autoptr (L2tpDnsSettings) settings = g_new0 (L2tpDnsSettings, 1);
  const char *own = l2tp_config_get_string (config, L2TP_OPTION_DNS);
  gboolean everything = l2tp_config_get_boolean (config, L2TP_OPTION_DEFAULT_ROUTE);
  gboolean has_domains;

  settings->servers = g_ptr_array_new_with_free_func (g_object_unref);
  if (own != NULL)
    add_servers (settings, own);
  else
    for (guint i = 0; given != NULL && i < given->len; i++)
      g_ptr_array_add (settings->servers, g_object_ref (g_ptr_array_index (given, i)));
  if (settings->servers->len == 0)
    return NULL;

  has_domains = split_domains (l2tp_config_get_string (config, L2TP_OPTION_DNS_DOMAINS), settings);
  settings->default_route = everything || (!has_domains && own != NULL);
  /* Not only those that nobody else claims: all. */
  if (everything && !has_domains)
    {
      g_strfreev (settings->routing);
      settings->routing = g_strsplit (".", ",", -1);
    }
  return g_steal_pointer (&settings);
}

static L2tpDnsSettings *
copy_settings (const L2tpDnsSettings *settings)
{
  L2tpDnsSettings *copy = g_new0 (L2tpDnsSettings, 1);

  copy->servers = g_ptr_array_ref (settings->servers);
  copy->search = g_strdupv (settings->search);
  copy->routing = g_strdupv (settings->routing);
  copy->default_route = settings->default_route;
  return copy;
}

L2tpDnsSettings *
l2tp_dns_settings_free (L2tpDnsSettings *settings)
{
  if (settings == NULL)
    return NULL;
  g_ptr_array_unref (settings->servers);
  g_strfreev (settings->search);
  g_strfreev (settings->routing);
  g_free (settings);
  return NULL;
}

char *
l2tp_dns_settings_to_resolv_conf (const L2tpDnsSettings *settings)
{
  GString *text = g_string_new (NULL);

  for (guint i = 0; i < settings->servers->len; i++)
    {
      g_autofree char *server = g_inet_address_to_string (settings->servers->pdata[i]);
      g_string_append_printf (text, "nameserver %s\n", server);
    }
  if (settings->search[0] != NULL)
    {
      g_autofree char *domains = g_strjoinv (" ", settings->search);
      g_string_append_printf (text, "search %s\n", domains);
    }
  return g_string_free (text, FALSE);
}

/* --- systemd-resolved ---------------------------------------------------------------------- */

static GVariant *
build_servers (guint ifindex, const L2tpDnsSettings *settings)
{
  GVariantBuilder builder = G_VARIANT_BUILDER_INIT (G_VARIANT_TYPE ("a(iay)"));

  for (guint i = 0; i < settings->servers->len; i++)
    {
      GInetAddress *server = settings->servers->pdata[i];

      g_variant_builder_add (
          &builder, "(i@ay)", (int) g_inet_address_get_family (server),
          g_variant_new_fixed_array (G_VARIANT_TYPE_BYTE, g_inet_address_to_bytes (server),
                                     g_inet_address_get_native_size (server), 1));
    }
  return g_variant_new ("(ia(iay))", (int) ifindex, &builder);
}

static GVariant *
build_domains (guint ifindex, const L2tpDnsSettings *settings)
{
  GVariantBuilder builder = G_VARIANT_BUILDER_INIT (G_VARIANT_TYPE ("a(sb)"));

  for (char **domain = settings->search; *domain != NULL; domain++)
    g_variant_builder_add (&builder, "(sb)", *domain, FALSE);
  for (char **domain = settings->routing; *domain != NULL; domain++)
    g_variant_builder_add (&builder, "(sb)", *domain, TRUE);
  return g_variant_new ("(ia(sb))", (int) ifindex, &builder);
}

static void
call_resolved (L2tpDns *self,
               const char *method,
               GVariant *arguments,
               GCancellable *cancellable,
               GAsyncReadyCallback callback,
               gpointer data)
{
  /* One that does not run does not keep this machine's name servers, installed or not. */
  g_dbus_connection_call (self->bus, RESOLVED_NAME, RESOLVED_PATH, RESOLVED_INTERFACE, method,
                          arguments, NULL, G_DBUS_CALL_FLAGS_NO_AUTO_START, CALL_TIMEOUT,
                          cancellable, callback, data);
}

static gboolean
is_absent (const GError *error)
{
  return g_error_matches (error, G_DBUS_ERROR, G_DBUS_ERROR_NAME_HAS_NO_OWNER) ||
         g_error_matches (error, G_DBUS_ERROR, G_DBUS_ERROR_SERVICE_UNKNOWN);
}

/* Of a set under way, in the order of calls. */
static const char *const set_calls[] = { "SetLinkDNS", "SetLinkDomains", "SetLinkDefaultRoute" };

typedef struct
{
  L2tpDnsSettings *settings;
  guint ifindex;
  char *record;
  guint call;
} Set;

static void
set_free (gpointer data)
{
  Set *set = data;

  l2tp_dns_settings_free (set->settings);
  g_free (set->record);
  g_free (set);
}

static void
on_resolvconf_set (GObject *source, GAsyncResult *result, gpointer data)
{
  g_autoptr (GTask) task = data;
  GError *error = NULL;

  if (l2tp_resolvconf_run_finish (result, &error))
    g_task_return_boolean (task, TRUE);
  else
    g_task_return_error (task, error);
}

static void
set_by_resolvconf (GTask *task)
{
  L2tpDns *self = g_task_get_source_object (task);
  Set *set = g_task_get_task_data (task);
  g_autofree char *text = l2tp_dns_settings_to_resolv_conf (set->settings);

  self->keeper = KEEPER_RESOLVCONF;
  l2tp_resolvconf_run_async (set->record, text, g_task_get_cancellable (task), on_resolvconf_set,
                             task);
}

static void call_next (GTask *task);

static void
on_resolved_answer (GObject *source, GAsyncResult *result, gpointer data)
{
  GTask *task = data;
  Set *set = g_task_get_task_data (task);
  g_autoptr (GError) error = NULL;
  g_autoptr (GVariant) answer =
      g_dbus_connection_call_finish (G_DBUS_CONNECTION (source), result, &error);

  if (answer != NULL)
    {
      set->call++;
      call_next (task);
      return;
    }
  if (is_absent (error) && set->call == 0)
    {
      set_by_resolvconf (task);
      return;
    }
  if (g_error_matches (error, G_IO_ERROR, G_IO_ERROR_CANCELLED))
    g_task_return_error (task, g_steal_pointer (&error));
  else
    {
      g_dbus_error_strip_remote_error (error);
      g_task_return_new_error (task, L2TP_ERROR, L2TP_ERROR_IP_CONFIG_FAILED,
                               "%s: systemd-resolved, %s: %s\n"
                               "See “resolvectl status” and the journal of systemd-resolved.",
                               set->call == 1 ? "dns-domains" : "dns", set_calls[set->call],
                               error->message);
    }
  g_object_unref (task);
}

static void
call_next (GTask *task)
{
  L2tpDns *self = g_task_get_source_object (task);
  Set *set = g_task_get_task_data (task);
  GVariant *arguments;

  if (set->call == G_N_ELEMENTS (set_calls))
    {
      g_task_return_boolean (task, TRUE);
      g_object_unref (task);
      return;
    }
  if (set->call == 0)
    arguments = build_servers (set->ifindex, set->settings);
  else if (set->call == 1)
    arguments = build_domains (set->ifindex, set->settings);
  else
    arguments = g_variant_new ("(ib)", (int) set->ifindex, set->settings->default_route);
  self->keeper = KEEPER_RESOLVED;
  call_resolved (self, set_calls[set->call], arguments, g_task_get_cancellable (task),
                 on_resolved_answer, task);
}

void
l2tp_dns_set_async (L2tpDns *dns,
                    guint ifindex,
                    const char *ifname,
                    const L2tpDnsSettings *settings,
                    GCancellable *cancellable,
                    GAsyncReadyCallback callback,
                    gpointer data)
{
  GTask *task = g_task_new (dns, cancellable, callback, data);
  Set *set = g_new0 (Set, 1);

  set->settings = copy_settings (settings);
  set->ifindex = ifindex;
  set->record = g_strconcat (ifname, RECORD_SUFFIX, NULL);
  g_task_set_task_data (task, set, set_free);
  dns->ifindex = ifindex;
  g_free (dns->ifname);
  dns->ifname = g_strdup (ifname);
  if (dns->bus != NULL)
    call_next (task);
  else
    set_by_resolvconf (task);
}

gboolean
l2tp_dns_set_finish (L2tpDns *dns, GAsyncResult *result, GError **error)
{
  return g_task_propagate_boolean (G_TASK (result), error);
}

/* --- The way back -------------------------------------------------------------------------- */

/* What fails here is gone already: the link, or who kept its servers. */
static void
finish_revert (GTask *task, const GError *error)
{
  L2tpDns *self = g_task_get_source_object (task);

  if (g_error_matches (error, G_IO_ERROR, G_IO_ERROR_CANCELLED))
    g_task_return_error (task, g_error_copy (error));
  else
    {
      self->keeper = KEEPER_NONE;
      g_task_return_boolean (task, TRUE);
    }
}

static void
on_resolved_reverted (GObject *source, GAsyncResult *result, gpointer data)
{
  g_autoptr (GTask) task = data;
  g_autoptr (GError) error = NULL;
  g_autoptr (GVariant) answer =
      g_dbus_connection_call_finish (G_DBUS_CONNECTION (source), result, &error);

  finish_revert (task, error);
}

static void
on_resolvconf_reverted (GObject *source, GAsyncResult *result, gpointer data)
{
  g_autoptr (GTask) task = data;
  g_autoptr (GError) error = NULL;

  l2tp_resolvconf_run_finish (result, &error);
  finish_revert (task, error);
}

void
l2tp_dns_revert_async (L2tpDns *dns,
                       GCancellable *cancellable,
                       GAsyncReadyCallback callback,
                       gpointer data)
{
  GTask *task = g_task_new (dns, cancellable, callback, data);
  g_autofree char *record = NULL;

  switch (dns->keeper)
    {
    case KEEPER_NONE:
      finish_revert (task, NULL);
      g_object_unref (task);
      return;
    case KEEPER_RESOLVED:
      call_resolved (dns, "RevertLink", g_variant_new ("(i)", (int) dns->ifindex), cancellable,
                     on_resolved_reverted, task);
      return;
    case KEEPER_RESOLVCONF:
      record = g_strconcat (dns->ifname, RECORD_SUFFIX, NULL);
      l2tp_resolvconf_run_async (record, NULL, cancellable, on_resolvconf_reverted, task);
      return;
    }
}

gboolean
l2tp_dns_revert_finish (L2tpDns *dns, GAsyncResult *result, GError **error)
{
  return g_task_propagate_boolean (G_TASK (result), error);
}

GVariant *
l2tp_dns_to_variant (L2tpDns *dns)
{
  return g_variant_ref_sink (g_variant_new ("(yus)", (guint8) dns->keeper, dns->ifindex,
                                            dns->ifname != NULL ? dns->ifname : ""));
}

gboolean
l2tp_dns_adopt (L2tpDns *dns, GVariant *variant)
{
  g_autofree char *ifname = NULL;
  guint32 ifindex;
  guint8 keeper;

  if (!g_variant_is_of_type (variant, G_VARIANT_TYPE ("(yus)")))
    return FALSE;
  g_variant_get (variant, "(yus)", &keeper, &ifindex, &ifname);
  if (keeper > KEEPER_RESOLVCONF || *ifname == '-' || strchr (ifname, '/') != NULL ||
      strlen (ifname) > 15 || (keeper != KEEPER_NONE && (ifindex == 0 || *ifname == '\0')))
    return FALSE;
  /* It forgets a link's servers with the link. */
  dns->keeper = keeper == KEEPER_RESOLVED && dns->bus == NULL ? KEEPER_NONE : keeper;
  dns->ifindex = ifindex;
  g_free (dns->ifname);
  dns->ifname = g_steal_pointer (&ifname);
  return TRUE;
}

/* --- What a dead process has left ---------------------------------------------------------- */

static gboolean
is_kept (GPtrArray *keep, const char *record)
{
  for (guint i = 0; i < keep->len; i++)
    {
      L2tpDns *dns = L2TP_DNS (keep->pdata[i]);
      g_autofree char *own =
          g_strconcat (dns->ifname != NULL ? dns->ifname : "", RECORD_SUFFIX, NULL);

      if (dns->keeper == KEEPER_RESOLVCONF && g_str_equal (own, record))
        return TRUE;
    }
  return FALSE;
}

static void
on_cleaned (GObject *source, GAsyncResult *result, gpointer data)
{
  g_autoptr (GError) error = NULL;

  if (!l2tp_resolvconf_run_finish (result, &error))
    l2tp_warning (NULL, "%s", error->message);
}

void
l2tp_dns_clean (GPtrArray *keep)
{
  g_autoptr (GPtrArray) records = l2tp_resolvconf_find (RECORD_SUFFIX);

  for (guint i = 0; i < records->len; i++)
    {
      const char *record = g_ptr_array_index (records, i);

      if (is_kept (keep, record))
        continue;
      l2tp_info (NULL, "takes the name servers %s of an earlier service away", record);
      l2tp_resolvconf_run_async (record, NULL, NULL, on_cleaned, NULL);
    }
}

/* --- Life ---------------------------------------------------------------------------------- */

L2tpDns *
l2tp_dns_new (GDBusConnection *bus)
{
  L2tpDns *self = g_object_new (L2TP_TYPE_DNS, NULL);

  self->bus = bus != NULL ? g_object_ref (bus) : NULL;
  return self;
}

static void
l2tp_dns_finalize (GObject *object)
{
  L2tpDns *self = L2TP_DNS (object);

  g_clear_object (&self->bus);
  g_free (self->ifname);
  G_OBJECT_CLASS (l2tp_dns_parent_class)->finalize (object);
}

static void
l2tp_dns_class_init (L2tpDnsClass *klass)
{
  G_OBJECT_CLASS (klass)->finalize = l2tp_dns_finalize;
}

static void
l2tp_dns_init (L2tpDns *self)
{
}
