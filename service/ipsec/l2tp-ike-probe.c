/* SPDX-License-Identifier: GPL-2.0-or-later */
/* SPDX-FileCopyrightText: The l2tp-client authors */

/* An empty datagram to port 500, on a socket that hears ICMP errors. IKE implementations drop it:
 * it is shorter than any header. */

#include "l2tp-ike-probe.h"

#include <errno.h>
#include <glib-unix.h>
#include <netinet/in.h>
#include <sys/socket.h>

#include "service/base/l2tp-fd.h"
#include "service/base/l2tp-source.h"

#define IKE_PORT 500

struct _L2tpIkeProbe
{
  int fd;
  int saved_errno;
  GSource *source;
  L2tpIkeProbeFunc func;
  gpointer user_data;
};

static gboolean
tell (L2tpIkeProbe *probe)
{
  g_source_destroy (probe->source);
  probe->func (probe->saved_errno, probe->user_data);
  return G_SOURCE_REMOVE;
}

static gboolean
on_error (int fd, GIOCondition condition, gpointer user_data)
{
  L2tpIkeProbe *probe = user_data;
  socklen_t len = sizeof probe->saved_errno;

  getsockopt (fd, SOL_SOCKET, SO_ERROR, &probe->saved_errno, &len);
  return probe->saved_errno != 0 ? tell (probe) : G_SOURCE_CONTINUE;
}

static gboolean
on_sent (gpointer user_data)
{
  return tell (user_data);
}

static gboolean
send_to (L2tpIkeProbe *probe, GInetSocketAddress *peer)
{
  static const int on = 1;
  g_autoptr (GSocketAddress) ike =
      g_inet_socket_address_new (g_inet_socket_address_get_address (peer), IKE_PORT);
  gboolean is_ipv6 = g_socket_address_get_family (ike) == G_SOCKET_FAMILY_IPV6;
  union
  {
    struct sockaddr any;
    struct sockaddr_in6 in6;
  } address = { 0 };
  socklen_t len = (socklen_t) g_socket_address_get_native_size (ike);

  errno = EAFNOSUPPORT;
  if (!g_socket_address_to_native (ike, &address, sizeof address, NULL))
    return FALSE;
  if (is_ipv6)
    address.in6.sin6_scope_id = g_inet_socket_address_get_scope_id (peer);
  probe->fd = socket (address.any.sa_family, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
  if (probe->fd < 0)
    return FALSE;
  if (is_ipv6)
    setsockopt (probe->fd, IPPROTO_IPV6, IPV6_RECVERR, &on, sizeof on);
  else
    setsockopt (probe->fd, IPPROTO_IP, IP_RECVERR, &on, sizeof on);
  return connect (probe->fd, &address.any, len) == 0 && send (probe->fd, "", 0, MSG_NOSIGNAL) == 0;
}

L2tpIkeProbe *
l2tp_ike_probe_new (GInetSocketAddress *peer, L2tpIkeProbeFunc func, gpointer user_data)
{
  L2tpIkeProbe *probe = g_new0 (L2tpIkeProbe, 1);

  probe->fd = -1;
  probe->func = func;
  probe->user_data = user_data;
  if (send_to (probe, peer))
    {
      probe->source = g_unix_fd_source_new (probe->fd, G_IO_ERR);
      g_source_set_callback (probe->source, G_SOURCE_FUNC (on_error), probe, NULL);
    }
  else
    {
      probe->saved_errno = errno;
      probe->source = g_idle_source_new ();
      g_source_set_callback (probe->source, on_sent, probe, NULL);
    }
  g_source_attach (probe->source, g_main_context_get_thread_default ());
  return probe;
}

L2tpIkeProbe *
l2tp_ike_probe_free (L2tpIkeProbe *probe)
{
  if (probe == NULL)
    return NULL;
  l2tp_clear_source (&probe->source);
  l2tp_clear_fd (&probe->fd);
  g_free (probe);
  return NULL;
}

int
l2tp_ike_probe_get_errno (const L2tpIkeProbe *probe)
{
  return probe->saved_errno;
}
