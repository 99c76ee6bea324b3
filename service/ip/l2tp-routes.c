/* SPDX-License-Identifier: GPL-2.0-or-later */
/* SPDX-FileCopyrightText: The l2tp-client authors */

/* Brings the kernel's routes into line with those that are wanted. What is there is asked of the
 * kernel each time, not remembered: links take their routes along without a word. Hides metrics
 * that somebody else has: the next one is tried, nothing is replaced. Owned by L2tpIpConfig.
 * Sources: rtnetlink(7), design section 9. */

#include "l2tp-routes.h"

#include <errno.h>
#include <libmnl/libmnl.h>
#include <string.h>

#include "service/base/l2tp-error.h"

#define ADOPTED_MAX 1200 /* two of each network of two options */
#define ENTRY_TYPE  "(yyyyuuuayay)"

struct _L2tpRoutes
{
  GObject parent_instance;

  L2tpNetlink *netlink;
  GArray *applied; /* of L2tpRoute, with the metrics that they got */
};

/* One l2tp_routes_apply_async() or _clean_async(). */
typedef struct
{
  L2tpRoutes *routes;
  GArray *wanted;
  GArray *present; /* of L2tpRoute: ours, of all connections */
  GArray *kept;    /* of L2tpRoute: of all connections that go on; NULL: nothing is cleaned */
  guint next;      /* in @wanted */
  guint tries;
} Job;

G_DEFINE_FINAL_TYPE (L2tpRoutes, l2tp_routes, G_TYPE_OBJECT)

static void add_next (GTask *task);
static void remove_next (GTask *task);

static void
job_free (gpointer data)
{
  Job *job = data;

  g_object_unref (job->routes);
  g_array_unref (job->wanted);
  g_array_unref (job->present);
  g_clear_pointer (&job->kept, g_array_unref);
  g_free (job);
}

/* --- Comparing ----------------------------------------------------------------------------- */

/* The same but for the metric. The kernel gives those that reject a link of their own. */
static gboolean
leads_the_same_way (const L2tpRoute *a, const L2tpRoute *b)
{
  return a->prefix == b->prefix && a->type == b->type && l2tp_ip_equal (&a->dst, &b->dst) &&
         (l2tp_route_is_reject (a) ||
          (a->ifindex == b->ifindex && l2tp_ip_equal (&a->gateway, &b->gateway)));
}

static gboolean
is_wanted (const L2tpRoute *route, const L2tpRoute *wanted)
{
  return leads_the_same_way (route, wanted) && route->metric >= wanted->metric &&
         route->metric < wanted->metric + L2TP_IP_METRICS;
}

static gboolean
has_wanted (GArray *routes, const L2tpRoute *wanted)
{
  for (guint i = 0; i < routes->len; i++)
    if (is_wanted (&g_array_index (routes, L2tpRoute, i), wanted))
      return TRUE;
  return FALSE;
}

static gboolean
has_exactly (GArray *routes, const L2tpRoute *route)
{
  for (guint i = 0; i < routes->len; i++)
    {
      const L2tpRoute *other = &g_array_index (routes, L2tpRoute, i);

      if (other->metric == route->metric && leads_the_same_way (other, route))
        return TRUE;
    }
  return FALSE;
}

static gboolean
is_still_wanted (GArray *wanted, const L2tpRoute *route)
{
  for (guint i = 0; i < wanted->len; i++)
    if (is_wanted (route, &g_array_index (wanted, L2tpWantedRoute, i).route))
      return TRUE;
  return FALSE;
}

static void
forget_what_is_gone (Job *job)
{
  GArray *applied = job->routes->applied;

  for (guint i = applied->len; i-- > 0;)
    if (!has_exactly (job->present, &g_array_index (applied, L2tpRoute, i)))
      g_array_remove_index (applied, i);
}

/* --- Adding -------------------------------------------------------------------------------- */

static void
fail_to_add (GTask *task, const L2tpRoute *route, const char *key, const GError *reason)
{
  g_autofree char *text = l2tp_route_to_string (route);

  g_task_return_new_error (task, L2TP_ERROR, L2TP_ERROR_IP_CONFIG_FAILED,
                           "%s: the kernel refuses the route %s: %s\n"
                           "Compare with “ip route” and “ip -6 route”, and correct %s.",
                           key, text, reason->message, key);
  g_object_unref (task);
}

static L2tpRoute
get_candidate (const Job *job)
{
  L2tpRoute route = g_array_index (job->wanted, L2tpWantedRoute, job->next).route;

  route.metric += job->tries;
  return route;
}

static void
on_added (GObject *source, GAsyncResult *result, gpointer data)
{
  GTask *task = data;
  Job *job = g_task_get_task_data (task);
  g_autoptr (GError) error = NULL;
  g_autoptr (GPtrArray) answers =
      l2tp_netlink_request_finish (L2TP_NETLINK (source), result, &error);
  L2tpRoute route = get_candidate (job);

  if (g_error_matches (error, L2TP_NETLINK_ERROR, EEXIST) && job->tries + 1 < L2TP_IP_METRICS)
    job->tries++;
  else if (g_error_matches (error, G_IO_ERROR, G_IO_ERROR_CANCELLED))
    {
      /* It may have been made: then it is ours to remove, and if not, there is no harm. */
      g_array_append_val (job->routes->applied, route);
      g_task_return_error (task, g_steal_pointer (&error));
      g_object_unref (task);
      return;
    }
  else if (error != NULL)
    {
      fail_to_add (task, &route, g_array_index (job->wanted, L2tpWantedRoute, job->next).key,
                   error);
      return;
    }
  else
    {
      g_array_append_val (job->routes->applied, route);
      job->next++;
      job->tries = 0;
    }
  add_next (task);
}

static void
add_next (GTask *task)
{
  Job *job = g_task_get_task_data (task);
  L2tpRouteMessage message;
  L2tpRoute route;

  while (job->next < job->wanted->len &&
         has_wanted (job->routes->applied,
                     &g_array_index (job->wanted, L2tpWantedRoute, job->next).route))
    job->next++;
  if (job->next == job->wanted->len)
    {
      remove_next (task);
      return;
    }
  route = get_candidate (job);
  l2tp_route_build (&route, RTM_NEWROUTE, NLM_F_CREATE | NLM_F_EXCL, &message);
  l2tp_netlink_request_async (job->routes->netlink, &message.header, g_task_get_cancellable (task),
                              on_added, task);
}

/* --- Removing ------------------------------------------------------------------------------ */

/* It went by itself, or its link did. */
static gboolean
is_gone_anyway (const GError *error)
{
  return error->domain == L2TP_NETLINK_ERROR && (error->code == ESRCH || error->code == ENODEV ||
                                                 error->code == ENETDOWN || error->code == ENOENT);
}

static void
on_removed (GObject *source, GAsyncResult *result, gpointer data)
{
  GTask *task = data;
  Job *job = g_task_get_task_data (task);
  GArray *applied = job->routes->applied;
  g_autoptr (GError) error = NULL;
  g_autoptr (GPtrArray) answers =
      l2tp_netlink_request_finish (L2TP_NETLINK (source), result, &error);

  if (error == NULL || is_gone_anyway (error))
    {
      g_array_remove_index (applied, job->next);
      remove_next (task);
      return;
    }
  if (g_error_matches (error, G_IO_ERROR, G_IO_ERROR_CANCELLED))
    g_task_return_error (task, g_steal_pointer (&error));
  else
    g_task_return_new_error (task, L2TP_ERROR, L2TP_ERROR_IP_CONFIG_FAILED,
                             "routes: one of ours cannot be removed: %s\n"
                             "Remove what “ip route show proto %d” lists by hand.",
                             error->message, L2TP_ROUTE_PROTOCOL);
  g_object_unref (task);
}

static void
remove_next (GTask *task)
{
  Job *job = g_task_get_task_data (task);
  GArray *applied = job->routes->applied;
  L2tpRouteMessage message;

  /* The youngest first: the way to the LNS goes last. */
  for (guint i = applied->len; i-- > 0;)
    {
      const L2tpRoute *route = &g_array_index (applied, L2tpRoute, i);

      if (is_still_wanted (job->wanted, route))
        continue;
      job->next = i;
      l2tp_route_build (route, RTM_DELROUTE, 0, &message);
      l2tp_netlink_request_async (job->routes->netlink, &message.header,
                                  g_task_get_cancellable (task), on_removed, task);
      return;
    }
  g_task_return_boolean (task, TRUE);
  g_object_unref (task);
}

/* --- What is there ------------------------------------------------------------------------- */

static void
take_present (Job *job, GPtrArray *answers)
{
  L2tpRoute route;

  for (guint i = 0; i < answers->len; i++)
    if (l2tp_route_parse (g_bytes_get_data (g_ptr_array_index (answers, i), NULL), &route) &&
        route.protocol == L2TP_ROUTE_PROTOCOL && route.table == RT_TABLE_MAIN)
      g_array_append_val (job->present, route);
}

/* Returns FALSE when the task is over. */
static gboolean
take_dump (GTask *task, GObject *source, GAsyncResult *result)
{
  Job *job = g_task_get_task_data (task);
  GError *error = NULL;
  g_autoptr (GPtrArray) answers =
      l2tp_netlink_request_finish (L2TP_NETLINK (source), result, &error);

  if (answers != NULL)
    {
      take_present (job, answers);
      return TRUE;
    }
  /* A kernel without IPv6 has none of its routes. */
  if (error->domain == L2TP_NETLINK_ERROR && error->code != ETIMEDOUT && error->code != ENOBUFS)
    {
      g_error_free (error);
      return TRUE;
    }
  if (error->domain != G_IO_ERROR)
    {
      error->domain = L2TP_ERROR;
      error->code = L2TP_ERROR_IP_CONFIG_FAILED;
      g_prefix_error (&error, "routes: the kernel does not tell them: ");
    }
  g_task_return_error (task, error);
  g_object_unref (task);
  return FALSE;
}

static void
ask_for_ours (GTask *task, guint8 family, GAsyncReadyCallback callback)
{
  Job *job = g_task_get_task_data (task);
  L2tpRouteMessage message;

  l2tp_route_build_dump (family, RT_TABLE_MAIN, L2TP_ROUTE_PROTOCOL, &message);
  l2tp_netlink_request_async (job->routes->netlink, &message.header, g_task_get_cancellable (task),
                              callback, task);
}

static void
on_ipv6_known (GObject *source, GAsyncResult *result, gpointer data)
{
  GTask *task = data;
  Job *job = g_task_get_task_data (task);

  if (!take_dump (task, source, result))
    return;
  forget_what_is_gone (job);
  add_next (task);
}

static void
on_ipv4_known (GObject *source, GAsyncResult *result, gpointer data)
{
  GTask *task = data;

  if (take_dump (task, source, result))
    ask_for_ours (task, AF_INET6, on_ipv6_known);
}

static GTask *
start_job (L2tpRoutes *routes,
           GArray *wanted,
           GCancellable *cancellable,
           GAsyncReadyCallback callback,
           gpointer data)
{
  GTask *task = g_task_new (routes, cancellable, callback, data);
  Job *job = g_new0 (Job, 1);

  job->routes = g_object_ref (routes);
  job->wanted = g_array_ref (wanted);
  job->present = g_array_new (FALSE, FALSE, sizeof (L2tpRoute));
  g_task_set_task_data (task, job, job_free);
  g_task_set_check_cancellable (task, FALSE);
  return task;
}

void
l2tp_routes_apply_async (L2tpRoutes *routes,
                         GArray *wanted,
                         GCancellable *cancellable,
                         GAsyncReadyCallback callback,
                         gpointer data)
{
  GTask *task = start_job (routes, wanted, cancellable, callback, data);

  ask_for_ours (task, AF_INET, on_ipv4_known);
}

gboolean
l2tp_routes_apply_finish (L2tpRoutes *routes, GAsyncResult *result, GError **error)
{
  return g_task_propagate_boolean (G_TASK (result), error);
}

/* --- What a dead process has left ---------------------------------------------------------- */

/* All that has our number and is nobody's becomes this job's own, and is then not wanted. */
static void
on_strays_known (GObject *source, GAsyncResult *result, gpointer data)
{
  GTask *task = data;
  Job *job = g_task_get_task_data (task);

  if (!take_dump (task, source, result))
    return;
  for (guint i = 0; i < job->present->len; i++)
    if (!has_exactly (job->kept, &g_array_index (job->present, L2tpRoute, i)))
      g_array_append_val (job->routes->applied, g_array_index (job->present, L2tpRoute, i));
  remove_next (task);
}

static void
on_ipv4_strays_known (GObject *source, GAsyncResult *result, gpointer data)
{
  GTask *task = data;

  if (take_dump (task, source, result))
    ask_for_ours (task, AF_INET6, on_strays_known);
}

void
l2tp_routes_clean_async (L2tpNetlink *netlink,
                         GPtrArray *keep,
                         GCancellable *cancellable,
                         GAsyncReadyCallback callback,
                         gpointer data)
{
  g_autoptr (L2tpRoutes) strays = l2tp_routes_new (netlink);
  g_autoptr (GArray) none = g_array_new (FALSE, FALSE, sizeof (L2tpWantedRoute));
  GTask *task = start_job (strays, none, cancellable, callback, data);
  Job *job = g_task_get_task_data (task);

  job->kept = g_array_new (FALSE, FALSE, sizeof (L2tpRoute));
  for (guint i = 0; i < keep->len; i++)
    {
      GArray *applied = L2TP_ROUTES (g_ptr_array_index (keep, i))->applied;

      g_array_append_vals (job->kept, applied->data, applied->len);
    }
  ask_for_ours (task, AF_INET, on_ipv4_strays_known);
}

gboolean
l2tp_routes_clean_finish (GAsyncResult *result, GError **error)
{
  return g_task_propagate_boolean (G_TASK (result), error);
}

/* --- For the next process ------------------------------------------------------------------ */

static GVariant *
ip_to_variant (const L2tpIp *ip)
{
  return g_variant_new_fixed_array (G_VARIANT_TYPE_BYTE, ip->octets, l2tp_ip_get_bits (ip) / 8, 1);
}

GVariant *
l2tp_routes_to_variant (L2tpRoutes *routes)
{
  g_auto (GVariantBuilder) builder = G_VARIANT_BUILDER_INIT (G_VARIANT_TYPE ("a" ENTRY_TYPE));

  for (guint i = 0; i < routes->applied->len; i++)
    {
      const L2tpRoute *route = &g_array_index (routes->applied, L2tpRoute, i);

      g_variant_builder_add (&builder, "(yyyyuuu@ay@ay)", route->dst.family, route->prefix,
                             route->type, route->scope, route->flags, route->metric, route->ifindex,
                             ip_to_variant (&route->dst), ip_to_variant (&route->gateway));
    }
  return g_variant_ref_sink (g_variant_builder_end (&builder));
}

static gboolean
ip_from_variant (GVariant *variant, L2tpIp *ret_ip)
{
  gsize size;
  const guint8 *octets = g_variant_get_fixed_array (variant, &size, 1);

  memset (ret_ip, 0, sizeof *ret_ip);
  if (size == 0)
    return TRUE;
  if (size != 4 && size != 16)
    return FALSE;
  ret_ip->family = size == 4 ? AF_INET : AF_INET6;
  memcpy (ret_ip->octets, octets, size);
  return TRUE;
}

static gboolean
route_from_variant (GVariant *entry, L2tpRoute *ret_route)
{
  g_autoptr (GVariant) dst = NULL;
  g_autoptr (GVariant) gateway = NULL;
  L2tpRoute route = { .protocol = L2TP_ROUTE_PROTOCOL, .table = RT_TABLE_MAIN };
  guint8 family;

  g_variant_get (entry, "(yyyyuuu@ay@ay)", &family, &route.prefix, &route.type, &route.scope,
                 &route.flags, &route.metric, &route.ifindex, &dst, &gateway);
  if (!ip_from_variant (dst, &route.dst) || !ip_from_variant (gateway, &route.gateway) ||
      route.dst.family == 0 || route.dst.family != family ||
      route.prefix > l2tp_ip_get_bits (&route.dst) ||
      (route.type != RTN_UNICAST && route.type != RTN_UNREACHABLE))
    return FALSE;
  *ret_route = route;
  return TRUE;
}

gboolean
l2tp_routes_adopt (L2tpRoutes *routes, GVariant *variant)
{
  g_autoptr (GArray) adopted = g_array_new (FALSE, FALSE, sizeof (L2tpRoute));

  if (!g_variant_is_of_type (variant, G_VARIANT_TYPE ("a" ENTRY_TYPE)) ||
      g_variant_n_children (variant) > ADOPTED_MAX)
    return FALSE;
  for (gsize i = 0; i < g_variant_n_children (variant); i++)
    {
      g_autoptr (GVariant) entry = g_variant_get_child_value (variant, i);
      L2tpRoute route;

      if (!route_from_variant (entry, &route))
        return FALSE;
      g_array_append_val (adopted, route);
    }
  g_array_set_size (routes->applied, 0);
  g_array_append_vals (routes->applied, adopted->data, adopted->len);
  return TRUE;
}

L2tpRoutes *
l2tp_routes_new (L2tpNetlink *netlink)
{
  L2tpRoutes *self = g_object_new (L2TP_TYPE_ROUTES, NULL);

  self->netlink = g_object_ref (netlink);
  return self;
}

static void
l2tp_routes_finalize (GObject *object)
{
  L2tpRoutes *self = L2TP_ROUTES (object);

  g_array_unref (self->applied);
  g_object_unref (self->netlink);
  G_OBJECT_CLASS (l2tp_routes_parent_class)->finalize (object);
}

static void
l2tp_routes_class_init (L2tpRoutesClass *klass)
{
  G_OBJECT_CLASS (klass)->finalize = l2tp_routes_finalize;
}

static void
l2tp_routes_init (L2tpRoutes *self)
{
  self->applied = g_array_new (FALSE, FALSE, sizeof (L2tpRoute));
}
