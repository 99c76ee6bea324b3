/* SPDX-License-Identifier: GPL-2.0-or-later */
/* SPDX-FileCopyrightText: The l2tp-client authors */

/* MTU, the peer's route and router advertisements of one interface. Hides rtnetlink's messages and
 * the files below /proc/sys, which do not block. Sources: rtnetlink(7), the kernel's ip-sysctl. */

#include "l2tp-ip-link.h"

#include <errno.h>
#include <fcntl.h>
#include <libmnl/libmnl.h>
#include <string.h>
#include <unistd.h>

#include "service/base/l2tp-error.h"

#define CONF6          "/proc/sys/net/ipv6/conf/"
#define RA_EVEN_ROUTER "2" /* accept_ra: although this machine forwards */

void
l2tp_ip_link_set_mtu_async (L2tpNetlink *netlink,
                            guint ifindex,
                            guint mtu,
                            GCancellable *cancellable,
                            GAsyncReadyCallback callback,
                            gpointer data)
{
  L2tpRouteMessage message = { 0 };
  struct nlmsghdr *header = mnl_nlmsg_put_header (&message);
  struct ifinfomsg *link = mnl_nlmsg_put_extra_header (header, sizeof *link);

  header->nlmsg_type = RTM_NEWLINK;
  link->ifi_family = AF_UNSPEC;
  link->ifi_index = (int) ifindex;
  mnl_attr_put_u32 (header, IFLA_MTU, mtu);
  l2tp_netlink_request_async (netlink, header, cancellable, callback, data);
}

void
l2tp_ip_link_cut_loop_async (L2tpNetlink *netlink,
                             guint ifindex,
                             const L2tpIp *lns,
                             GCancellable *cancellable,
                             GAsyncReadyCallback callback,
                             gpointer data)
{
  L2tpRouteMessage message;
  L2tpRoute loop = {
    .dst = *lns,
    .prefix = (guint8) l2tp_ip_get_bits (lns),
    .type = RTN_UNICAST,
    .protocol = RTPROT_KERNEL,
    .scope = RT_SCOPE_LINK,
    .table = RT_TABLE_MAIN,
    .ifindex = ifindex,
  };

  l2tp_route_build (&loop, RTM_DELROUTE, 0, &message);
  l2tp_netlink_request_async (netlink, &message.header, cancellable, callback, data);
}

static char *
get_conf_path (const char *ifname, const char *name)
{
  return g_strconcat (CONF6, ifname, "/", name, NULL);
}

static gboolean
write_conf (const char *ifname, const char *name, const char *value)
{
  g_autofree char *path = get_conf_path (ifname, name);
  int fd = open (path, O_WRONLY | O_CLOEXEC);
  gssize written;
  int saved_errno;

  if (fd < 0)
    return FALSE;
  written = write (fd, value, strlen (value));
  saved_errno = errno;
  close (fd);
  errno = saved_errno;
  return written == (gssize) strlen (value);
}

/* Returns (transfer full) (nullable). */
static char *
read_conf (const char *ifname, const char *name)
{
  g_autofree char *path = get_conf_path (ifname, name);
  char *value = NULL;

  if (!g_file_get_contents (path, &value, NULL, NULL))
    return NULL;
  return g_strstrip (value);
}

gboolean
l2tp_ip_link_accept_ra (const char *ifname, GError **error)
{
  if (write_conf (ifname, "accept_ra_defrtr", "0") &&
      write_conf (ifname, "accept_ra", RA_EVEN_ROUTER))
    return TRUE;
  g_set_error (error, L2TP_ERROR, L2TP_ERROR_IP_CONFIG_FAILED,
               "ipv6: router advertisements on %s: %s\n"
               "IPv6 must be on (%sall/disable_ipv6 0), or set ipv6=no.",
               ifname, g_strerror (errno), CONF6);
  return FALSE;
}

gboolean
l2tp_ip_link_host_has_ipv6 (void)
{
  g_autofree char *disabled = read_conf ("all", "disable_ipv6");

  return g_strcmp0 (disabled, "0") == 0;
}
