/* SPDX-License-Identifier: GPL-2.0-or-later */
/* SPDX-FileCopyrightText: The l2tp-client authors */

/* The way to an LNS. The kernel is asked first, with rules and all; when its answer is one of the
 * VPN's own routes, the table in which it was found is read and the next best is chosen. Hides
 * those questions, and gathers bursts of events. Owned by the connection. Design sections 6 and 9;
 * sources: rtnetlink(7), RTM_F_FIB_MATCH. */

#include "l2tp-uplink.h"

#include <errno.h>
#include <libmnl/libmnl.h>
#include <linux/if_addr.h>
#include <linux/if_link.h>
#include <net/if.h>
#include <string.h>

#define GATHER 50 /* ms that events are waited for */

struct _L2tpUplink
{
  GObject parent_instance;

  L2tpNetlink *netlink;
  GInetAddress *address;
  char *interface;
  L2tpIp ip;
  L2tpIp source;
  guint own_ifindex;

  gboolean known; /* something has been found out */
  gboolean found;
  gboolean looped;
  L2tpUplinkPath path;
  gboolean disturbed; /* routes may be gone although the answer is what it was */

  guint gather_source;
  gboolean looking;
  gboolean look_again;
  GQueue checks; /* of GTask, waiting for a look to end */

  /* Of the look under way. */
  gboolean next_looped;
  gboolean next_found;
  gboolean next_refused; /* by the kernel: a route of ours says so, or somebody else does */
  guint32 next_table;
  L2tpUplinkPath next;
};

enum
{
  CHANGED,
  N_SIGNALS,
};

static guint signals[N_SIGNALS];

G_DEFINE_FINAL_TYPE (L2tpUplink, l2tp_uplink, G_TYPE_OBJECT)

static void start_look (L2tpUplink *self);

/* --- The end of a look --------------------------------------------------------------------- */

static gboolean
same_path (const L2tpUplinkPath *a, const L2tpUplinkPath *b)
{
  return a->ifindex == b->ifindex && l2tp_ip_equal (&a->gateway, &b->gateway) &&
         l2tp_ip_equal (&a->source, &b->source) && a->mtu == b->mtu && a->link_mtu == b->link_mtu &&
         a->local == b->local && a->onlink == b->onlink;
}

static gboolean
is_news (L2tpUplink *self)
{
  if (!self->known || self->disturbed || self->next_found != self->found ||
      self->next_looped != self->looped)
    return TRUE;
  return self->found && !same_path (&self->next, &self->path);
}

static void
finish_checks (L2tpUplink *self)
{
  GQueue checks = self->checks;

  g_queue_init (&self->checks);
  for (GTask *task = g_queue_pop_head (&checks); task != NULL; task = g_queue_pop_head (&checks))
    {
      g_task_return_boolean (task, TRUE);
      g_object_unref (task);
    }
}

static void
end_look (L2tpUplink *self)
{
  gboolean news = is_news (self);

  self->looking = FALSE;
  if (self->look_again)
    {
      start_look (self);
      return;
    }
  self->known = TRUE;
  self->found = self->next_found;
  self->looped = self->next_looped;
  self->path = self->next;
  self->disturbed = FALSE;
  if (news)
    g_signal_emit (self, signals[CHANGED], 0);
  /* A handler may have asked for another look, which then has the checks. */
  if (!self->looking)
    finish_checks (self);
}

/* --- A look: match, table, details, link --------------------------------------------------- */

static void
ask (L2tpUplink *self, const struct nlmsghdr *message, GAsyncReadyCallback callback)
{
  l2tp_netlink_request_async (self->netlink, message, NULL, callback, g_object_ref (self));
}

static gboolean
parse_first (GPtrArray *answers, L2tpRoute *ret_route)
{
  return answers != NULL && answers->len > 0 &&
         l2tp_route_parse (g_bytes_get_data (g_ptr_array_index (answers, 0), NULL), ret_route);
}

static gboolean
is_link_up (const struct nlmsghdr *message, guint *ret_mtu)
{
  const struct ifinfomsg *link = mnl_nlmsg_get_payload (message);
  const struct nlattr *attr;

  if (message->nlmsg_type != RTM_NEWLINK || mnl_nlmsg_get_payload_len (message) < sizeof *link)
    return FALSE;
  mnl_attr_for_each (attr, message, sizeof *link)
  {
    if (mnl_attr_get_type (attr) == IFLA_MTU && mnl_attr_validate (attr, MNL_TYPE_U32) >= 0)
      *ret_mtu = mnl_attr_get_u32 (attr);
  }
  return (link->ifi_flags & IFF_UP) != 0;
}

static void
on_link (GObject *source, GAsyncResult *result, gpointer data)
{
  g_autoptr (L2tpUplink) self = data;
  g_autoptr (GPtrArray) answers = l2tp_netlink_request_finish (L2TP_NETLINK (source), result, NULL);
  guint mtu = 0;

  self->next_found = answers != NULL && answers->len > 0 &&
                     is_link_up (g_bytes_get_data (g_ptr_array_index (answers, 0), NULL), &mtu);
  self->next.link_mtu = mtu;
  self->next.mtu = self->next.mtu != 0 ? MIN (self->next.mtu, mtu) : mtu;
  end_look (self);
}

static void
ask_link (L2tpUplink *self)
{
  L2tpRouteMessage message = { 0 };
  struct nlmsghdr *header = mnl_nlmsg_put_header (&message);
  struct ifinfomsg *link = mnl_nlmsg_put_extra_header (header, sizeof *link);

  header->nlmsg_type = RTM_GETLINK;
  link->ifi_family = AF_UNSPEC;
  link->ifi_index = (int) self->next.ifindex;
  ask (self, header, on_link);
}

static void
on_details (GObject *source, GAsyncResult *result, gpointer data)
{
  g_autoptr (L2tpUplink) self = data;
  g_autoptr (GPtrArray) answers = l2tp_netlink_request_finish (L2TP_NETLINK (source), result, NULL);
  L2tpRoute route;

  if (parse_first (answers, &route))
    {
      if (self->next.source.family == 0)
        self->next.source = route.source;
      if (route.mtu != 0)
        self->next.mtu = self->next.mtu != 0 ? MIN (self->next.mtu, route.mtu) : route.mtu;
      self->next.expires = route.expires;
    }
  ask_link (self);
}

/* The path is @route: what address we have there, and how narrow it is, tells a second question. */
static void
take_route (L2tpUplink *self, const L2tpRoute *route)
{
  L2tpRouteMessage message;

  self->next.ifindex = route->ifindex;
  self->next.gateway = route->gateway;
  self->next.source = self->source.family != 0 ? self->source : route->source;
  self->next.mtu = route->mtu;
  self->next.local = route->type == RTN_LOCAL;
  self->next.onlink = (route->flags & RTNH_F_ONLINK) != 0;
  l2tp_route_build_get (&self->ip, &self->source, self->next.local ? 0 : route->ifindex, 0,
                        &message);
  ask (self, &message.header, on_details);
}

/* Routes that are there only because this VPN is, or wants to be. Those of other VPNs of ours count
 * as long as they lead to some networks: two that route everything would lead into each other. */
static gboolean
is_own (const L2tpRoute *route, gpointer data)
{
  L2tpUplink *self = data;

  if (self->own_ifindex != 0 && route->ifindex == self->own_ifindex)
    return TRUE;
  return route->protocol == L2TP_ROUTE_PROTOCOL &&
         (route->type != RTN_UNICAST || route->prefix <= 1 ||
          (route->prefix == l2tp_ip_get_bits (&self->ip) &&
           l2tp_ip_equal (&route->dst, &self->ip)));
}

/* What the look is not to take, besides: routes by another interface than the user wants. */
static gboolean
is_of_no_use (const L2tpRoute *route, gpointer data)
{
  L2tpUplink *self = data;

  if (is_own (route, self))
    return TRUE;
  return self->interface != NULL && !l2tp_route_is_reject (route) &&
         route->ifindex != if_nametoindex (self->interface);
}

static void
on_table (GObject *source, GAsyncResult *result, gpointer data)
{
  g_autoptr (L2tpUplink) self = data;
  g_autoptr (GPtrArray) answers = l2tp_netlink_request_finish (L2TP_NETLINK (source), result, NULL);
  g_autoptr (GArray) routes = g_array_new (FALSE, FALSE, sizeof (L2tpRoute));
  gboolean masked = FALSE;
  const L2tpRoute *best;
  L2tpRoute route;

  for (guint i = 0; answers != NULL && i < answers->len; i++)
    if (l2tp_route_parse (g_bytes_get_data (g_ptr_array_index (answers, i), NULL), &route) &&
        route.table == self->next_table)
      {
        masked = masked || (l2tp_ip_is_in (&self->ip, &route) && is_own (&route, self));
        g_array_append_val (routes, route);
      }
  best = l2tp_route_choose (routes, &self->ip, is_of_no_use, self);
  if (self->next_refused && !masked)
    best = NULL;
  if (best != NULL && best->type == RTN_UNICAST && best->ifindex != 0)
    take_route (self, best);
  else
    end_look (self);
}

static void
ask_table (L2tpUplink *self, guint32 table)
{
  L2tpRouteMessage message;

  self->next_table = table;
  l2tp_route_build_dump (self->ip.family, table, 0, &message);
  ask (self, &message.header, on_table);
}

static gboolean
is_trustworthy (L2tpUplink *self, const L2tpRoute *route)
{
  return (route->type == RTN_UNICAST || route->type == RTN_LOCAL) && route->ifindex != 0 &&
         (route->flags & (RTNH_F_DEAD | RTNH_F_LINKDOWN)) == 0 && !is_own (route, self);
}

static void
on_match (GObject *source, GAsyncResult *result, gpointer data)
{
  g_autoptr (L2tpUplink) self = data;
  g_autoptr (GError) error = NULL;
  g_autoptr (GPtrArray) answers =
      l2tp_netlink_request_finish (L2TP_NETLINK (source), result, &error);
  L2tpRoute route;

  if (!parse_first (answers, &route))
    {
      self->next_refused = TRUE;
      /* EINVAL is a source that we do not have. */
      if (g_error_matches (error, L2TP_NETLINK_ERROR, EINVAL))
        end_look (self);
      else
        ask_table (self, RT_TABLE_MAIN);
      return;
    }
  self->next_looped = self->own_ifindex != 0 && route.ifindex == self->own_ifindex;
  if (is_trustworthy (self, &route))
    take_route (self, &route);
  else
    ask_table (self, route.table);
}

static void
start_look (L2tpUplink *self)
{
  L2tpRouteMessage message;
  guint ifindex = self->interface != NULL ? if_nametoindex (self->interface) : 0;

  g_clear_handle_id (&self->gather_source, g_source_remove);
  if (self->looking)
    {
      self->look_again = TRUE;
      return;
    }
  self->looking = TRUE;
  self->look_again = FALSE;
  self->next_looped = FALSE;
  self->next_found = FALSE;
  self->next_refused = FALSE;
  memset (&self->next, 0, sizeof self->next);
  if (self->interface != NULL && ifindex == 0)
    {
      end_look (self);
      return;
    }
  l2tp_route_build_get (&self->ip, &self->source, ifindex, RTM_F_FIB_MATCH, &message);
  ask (self, &message.header, on_match);
}

/* --- Events -------------------------------------------------------------------------------- */

static gboolean
on_gathered (gpointer data)
{
  L2tpUplink *self = L2TP_UPLINK (data);

  self->gather_source = 0;
  start_look (self);
  return G_SOURCE_REMOVE;
}

static void
look_soon (L2tpUplink *self)
{
  if (self->gather_source == 0)
    self->gather_source = g_timeout_add (GATHER, on_gathered, self);
}

/* Whether a route's coming or going can matter. Our own come and go at our own will; but one that
 * others remove has to come back. */
static gboolean
is_route_news (L2tpUplink *self, const struct nlmsghdr *event)
{
  L2tpRoute route;

  if (!l2tp_route_parse (event, &route) || !l2tp_ip_is_in (&self->ip, &route))
    return FALSE;
  if (route.protocol != L2TP_ROUTE_PROTOCOL)
    return TRUE;
  if (event->nlmsg_type == RTM_DELROUTE)
    self->disturbed = TRUE;
  return event->nlmsg_type == RTM_DELROUTE;
}

static gboolean
is_link_news (L2tpUplink *self, const struct nlmsghdr *event)
{
  const struct ifinfomsg *link = mnl_nlmsg_get_payload (event);

  if (mnl_nlmsg_get_payload_len (event) < sizeof *link)
    return FALSE;
  /* The kernel takes IPv4 routes of a link along without a word. */
  if (self->found && link->ifi_index == (int) self->path.ifindex &&
      (event->nlmsg_type == RTM_DELLINK || (link->ifi_flags & IFF_UP) == 0))
    self->disturbed = TRUE;
  return TRUE;
}

static gboolean
is_address_news (L2tpUplink *self, const struct nlmsghdr *event)
{
  const struct ifaddrmsg *address = mnl_nlmsg_get_payload (event);

  if (mnl_nlmsg_get_payload_len (event) < sizeof *address || address->ifa_family != self->ip.family)
    return FALSE;
  if (event->nlmsg_type == RTM_DELADDR && self->found && address->ifa_index == self->path.ifindex)
    self->disturbed = TRUE;
  return TRUE;
}

static void
on_event (L2tpNetlink *netlink, const struct nlmsghdr *event, L2tpUplink *self)
{
  gboolean news;

  switch (event->nlmsg_type)
    {
    case RTM_NEWROUTE:
    case RTM_DELROUTE:
      news = is_route_news (self, event);
      break;
    case RTM_NEWLINK:
    case RTM_DELLINK:
      news = is_link_news (self, event);
      break;
    case RTM_NEWADDR:
    case RTM_DELADDR:
      news = is_address_news (self, event);
      break;
    default:
      news = event->nlmsg_type == RTM_NEWRULE || event->nlmsg_type == RTM_DELRULE;
      break;
    }
  if (news)
    look_soon (self);
}

static void
on_overrun (L2tpNetlink *netlink, L2tpUplink *self)
{
  self->disturbed = TRUE;
  look_soon (self);
}

/* --- Public -------------------------------------------------------------------------------- */

L2tpUplink *
l2tp_uplink_new (L2tpNetlink *netlink,
                 GInetAddress *address,
                 const char *interface,
                 GInetAddress *source)
{
  L2tpUplink *self = g_object_new (L2TP_TYPE_UPLINK, NULL);

  self->netlink = g_object_ref (netlink);
  self->address = g_object_ref (address);
  self->interface = g_strdup (interface);
  l2tp_ip_set (&self->ip, address);
  l2tp_ip_set (&self->source, source);
  if (self->source.family != self->ip.family)
    l2tp_ip_set (&self->source, NULL);
  g_signal_connect_object (netlink, "event", G_CALLBACK (on_event), self, 0);
  g_signal_connect_object (netlink, "overrun", G_CALLBACK (on_overrun), self, 0);
  look_soon (self);
  return self;
}

void
l2tp_uplink_set_own_interface (L2tpUplink *uplink, guint ifindex)
{
  if (uplink->own_ifindex == ifindex)
    return;
  uplink->own_ifindex = ifindex;
  if (uplink->looking)
    uplink->look_again = TRUE;
  else
    look_soon (uplink);
}

void
l2tp_uplink_check_async (L2tpUplink *uplink,
                         GCancellable *cancellable,
                         GAsyncReadyCallback callback,
                         gpointer data)
{
  /* A cancelled one gets its answer with the others, within milliseconds. */
  g_queue_push_tail (&uplink->checks, g_task_new (uplink, cancellable, callback, data));
  start_look (uplink);
}

gboolean
l2tp_uplink_check_finish (L2tpUplink *uplink, GAsyncResult *result, GError **error)
{
  return g_task_propagate_boolean (G_TASK (result), error);
}

gboolean
l2tp_uplink_get_path (L2tpUplink *uplink, L2tpUplinkPath *ret_path)
{
  if (uplink->found && ret_path != NULL)
    *ret_path = uplink->path;
  return uplink->found;
}

gboolean
l2tp_uplink_is_looped (L2tpUplink *uplink)
{
  return uplink->looped;
}

GInetAddress *
l2tp_uplink_get_address (L2tpUplink *uplink)
{
  return uplink->address;
}

static void
l2tp_uplink_finalize (GObject *object)
{
  L2tpUplink *self = L2TP_UPLINK (object);

  g_clear_handle_id (&self->gather_source, g_source_remove);
  g_object_unref (self->netlink);
  g_object_unref (self->address);
  g_free (self->interface);
  G_OBJECT_CLASS (l2tp_uplink_parent_class)->finalize (object);
}

static void
l2tp_uplink_class_init (L2tpUplinkClass *klass)
{
  G_OBJECT_CLASS (klass)->finalize = l2tp_uplink_finalize;

  signals[CHANGED] = g_signal_new ("changed", L2TP_TYPE_UPLINK, G_SIGNAL_RUN_LAST, 0, NULL, NULL,
                                   NULL, G_TYPE_NONE, 0);
}

static void
l2tp_uplink_init (L2tpUplink *self)
{
  g_queue_init (&self->checks);
}
