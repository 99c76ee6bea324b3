/* SPDX-License-Identifier: GPL-2.0-or-later */
/* SPDX-FileCopyrightText: The l2tp-client authors */

/* One UDP socket towards one LNS. Hides the address families, the source check and the error queue:
 * IP_RECVERR is what shows ICMP errors on a socket that is not connected (XPRT-22). RFC 2661
 * section 8.1; HDR-12, HDR-14, KRN-7. */

#include "l2tp-udp.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/errqueue.h>
#include <netinet/in.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "service/base/l2tp-error.h"
#include "service/base/l2tp-fd.h"
#include "l2tp-ports.h"

typedef union
{
  struct sockaddr any;
  struct sockaddr_in in;
  struct sockaddr_in6 in6;
} Address;

struct _L2tpUdp
{
  int fd;
  int send_errno; /* of what could not be sent, until l2tp_udp_receive() tells it */
  L2tpPorts *ports;
  gboolean connected;
  gboolean connects_at_once; /* from any free port, too; an IPsec policy speaks of where it is */
  gboolean pinned;           /* local is where it was, not where it was asked to be */
  gboolean yielding;
  char *interface; /* or NULL */
  Address local;   /* of port 0; all zero but its family: any */
  Address peer;
  Address last_sender;
  GInetSocketAddress *peer_object; /* made when asked for */
};

static socklen_t
address_len (const Address *address)
{
  return address->any.sa_family == AF_INET6 ? sizeof address->in6 : sizeof address->in;
}

static gboolean
same_host (const Address *a, const Address *b)
{
  if (a->any.sa_family != b->any.sa_family)
    return FALSE;
  if (a->any.sa_family == AF_INET6)
    return memcmp (&a->in6.sin6_addr, &b->in6.sin6_addr, sizeof a->in6.sin6_addr) == 0;
  return a->in.sin_addr.s_addr == b->in.sin_addr.s_addr;
}

static in_port_t
port_of (const Address *address)
{
  return address->any.sa_family == AF_INET6 ? address->in6.sin6_port : address->in.sin_port;
}

static void
set_io_error (GError **error, int saved_errno, const char *what)
{
  switch (saved_errno)
    {
    case ENETUNREACH:
    case EHOSTUNREACH:
    case EADDRNOTAVAIL:
      g_set_error (error, L2TP_ERROR, L2TP_ERROR_UNREACHABLE,
                   "no route to the LNS (%s)\nCheck the network connection of this machine.",
                   g_strerror (saved_errno));
      return;
    case EADDRINUSE:
      g_set_error (error, L2TP_ERROR, L2TP_ERROR_BUSY,
                   "%s: another program uses this UDP port\n"
                   "Set local-port=auto, or stop that program (see: ss -ulnp).",
                   what);
      return;
    default:
      g_set_error (error, L2TP_ERROR, L2TP_ERROR_FAILED, "%s: %s", what, g_strerror (saved_errno));
    }
}

static gboolean
set_options (int fd, sa_family_t family)
{
  static const int on = 1;

  if (family == AF_INET6)
    return setsockopt (fd, IPPROTO_IPV6, IPV6_V6ONLY, &on, sizeof on) == 0 &&
           setsockopt (fd, IPPROTO_IPV6, IPV6_RECVERR, &on, sizeof on) == 0;
  return setsockopt (fd, IPPROTO_IP, IP_RECVERR, &on, sizeof on) == 0;
}

/* With SO_REUSEPORT only a process of our own user may join. SO_REUSEADDR asks for no user: anybody
 * could bind and connect as we do, and as the youngest get all that the LNS sends. */
static gboolean
allow_sharing (L2tpUdp *udp)
{
  static const int on = 1;

  return setsockopt (udp->fd, SOL_SOCKET, SO_REUSEPORT, &on, sizeof on) == 0;
}

/* Tunnels may share a port as long as their LNSs differ; each allows it to those that come later.
 * Whoever is the first does not, while it binds: it takes no port that another program has. */
static gboolean
bind_local (L2tpUdp *udp, guint16 port, gboolean is_first)
{
  Address local = udp->local;

  if (local.any.sa_family == AF_INET6)
    local.in6.sin6_port = htons (port);
  else
    local.in.sin_port = htons (port);
  if (port == 0)
    return bind (udp->fd, &local.any, address_len (&local)) == 0;
  if (is_first)
    return bind (udp->fd, &local.any, address_len (&local)) == 0 && allow_sharing (udp);
  return allow_sharing (udp) && bind (udp->fd, &local.any, address_len (&local)) == 0;
}

static gboolean
make_socket (L2tpUdp *udp, GError **error)
{
  udp->fd = socket (udp->peer.any.sa_family, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
  if (udp->fd < 0 || !set_options (udp->fd, udp->peer.any.sa_family))
    {
      set_io_error (error, errno, "UDP socket");
      return FALSE;
    }
  if (udp->interface == NULL || setsockopt (udp->fd, SOL_SOCKET, SO_BINDTODEVICE, udp->interface,
                                            (socklen_t) strlen (udp->interface)) == 0)
    return TRUE;
  g_set_error (error, L2TP_ERROR, L2TP_ERROR_UNREACHABLE,
               "interface %s: %s\nSet interface to one that is there (see: ip link), or remove it.",
               udp->interface, g_strerror (errno));
  return FALSE;
}

/* Only an address that was asked for can be missing. */
static void
set_bind_error (GError **error, int saved_errno, const char *what)
{
  if (saved_errno == EADDRNOTAVAIL)
    g_set_error_literal (error, L2TP_ERROR, L2TP_ERROR_UNREACHABLE,
                         "local-address: this machine does not have this address\n"
                         "Set local-address to one that it has (see: ip address), or remove it.");
  else
    set_io_error (error, saved_errno, what);
}

static gboolean
open_socket (L2tpUdp *udp, guint16 local_port, gboolean is_first, GError **error)
{
  g_autofree char *what = g_strdup_printf ("local-port %u", local_port);
  gboolean connects = local_port != 0 || udp->connects_at_once;

  if (!make_socket (udp, error))
    return FALSE;
  if (!bind_local (udp, local_port, is_first))
    {
      if (udp->pinned)
        set_io_error (error, errno, what);
      else
        set_bind_error (error, errno, what);
      return FALSE;
    }
  if (connects && connect (udp->fd, &udp->peer.any, address_len (&udp->peer)) < 0)
    {
      set_io_error (error, errno, what);
      return FALSE;
    }
  udp->connected = connects;
  return TRUE;
}

static gboolean
go_elsewhere (L2tpUdp *udp, const Address *peer)
{
  return bind_local (udp, 0, FALSE) && connect (udp->fd, &peer->any, address_len (peer)) == 0;
}

/* Puts a socket with another local port in the place of @udp's, under the same descriptor: the
 * driver polls that. Inside IPsec another port would be in clear: that one goes nowhere. */
static gboolean
move_away (L2tpUdp *udp, GError **error)
{
  L2tpUdp other = { .fd = -1, .interface = udp->interface, .local = udp->local, .peer = udp->peer };
  gboolean moved;

  if (udp->fd < 0) /* it could not be renewed */
    {
      l2tp_ports_remove (udp->ports, udp);
      return TRUE;
    }
  moved = make_socket (&other, error);

  if (moved && ((!udp->connects_at_once && !go_elsewhere (&other, &udp->peer)) ||
                dup3 (other.fd, udp->fd, O_CLOEXEC) < 0))
    {
      set_io_error (error, errno, "UDP socket");
      moved = FALSE;
    }
  if (other.fd >= 0)
    close (other.fd);
  if (moved)
    l2tp_ports_remove (udp->ports, udp);
  return moved;
}

/* Opens the socket on a port that the user chose, and enters it in the table. */
static gboolean
take_port (L2tpUdp *udp, GInetSocketAddress *lns, guint16 port, GError **error)
{
  GSocketFamily family = g_socket_address_get_family (G_SOCKET_ADDRESS (lns));
  L2tpUdp *holder = l2tp_ports_find (udp->ports, port, lns);
  /* Asked before the holder moves: a pppd that is just being executed may still have its socket. */
  gboolean is_ours = l2tp_ports_is_ours (udp->ports, port, family);

  if (holder != NULL && !holder->yielding)
    {
      g_set_error (error, L2TP_ERROR, L2TP_ERROR_BUSY,
                   "local-port %u: another connection uses this UDP port to the same LNS\n"
                   "Set local-port=auto in one of them, or disconnect the other one.",
                   port);
      return FALSE;
    }
  if (holder != NULL && !move_away (holder, error))
    return FALSE;
  if (!open_socket (udp, port, !is_ours, error))
    return FALSE;
  l2tp_ports_add (udp->ports, port, lns, udp);
  return TRUE;
}

gboolean
l2tp_udp_renew (L2tpUdp *udp, GError **error)
{
  Address local = { 0 };
  socklen_t len = sizeof local;
  gboolean connected = udp->connected;

  if (getsockname (udp->fd, &local.any, &len) < 0)
    {
      set_io_error (error, errno, "UDP socket");
      return FALSE;
    }
  /* A child that is about to be executed may hold it for a moment longer. */
  allow_sharing (udp);
  close (udp->fd);
  udp->fd = -1;
  udp->connected = FALSE;
  /* Where the way to the LNS has changed meanwhile, connect() would choose another address. */
  if (udp->connects_at_once)
    {
      udp->local = local;
      udp->pinned = TRUE;
    }
  /* A port that is given is connected at once. */
  if (open_socket (udp, connected ? ntohs (port_of (&local)) : 0, FALSE, error))
    return TRUE;
  l2tp_clear_fd (&udp->fd);
  l2tp_ports_remove (udp->ports, udp);
  return FALSE;
}

void
l2tp_udp_yield (L2tpUdp *udp)
{
  udp->yielding = TRUE;
}

static gboolean
set_local (L2tpUdp *udp, GInetAddress *address, GError **error)
{
  g_autoptr (GSocketAddress) local = NULL;

  udp->local.any.sa_family = udp->peer.any.sa_family;
  if (address == NULL)
    return TRUE;
  if (g_inet_address_get_family (address) != (GSocketFamily) udp->peer.any.sa_family)
    {
      g_set_error_literal (
          error, L2TP_ERROR, L2TP_ERROR_INVALID_SETTINGS,
          "local-address: the LNS has no address of this family\n"
          "Give an IPv4 local-address to an IPv4 LNS, an IPv6 one to an IPv6 LNS.");
      return FALSE;
    }
  local = g_inet_socket_address_new (address, 0);
  if (!g_socket_address_to_native (local, &udp->local, sizeof udp->local, error))
    return FALSE;
  if (g_inet_address_get_is_link_local (address) && udp->peer.any.sa_family == AF_INET6)
    udp->local.in6.sin6_scope_id = udp->peer.in6.sin6_scope_id;
  return TRUE;
}

L2tpUdp *
l2tp_udp_new (L2tpPorts *ports, GInetSocketAddress *lns, const L2tpUdpLocal *local, GError **error)
{
  g_autoptr (L2tpUdp) udp = g_new0 (L2tpUdp, 1);
  gboolean opened;

  udp->fd = -1;
  udp->ports = l2tp_ports_ref (ports);
  if (!g_socket_address_to_native (G_SOCKET_ADDRESS (lns), &udp->peer, sizeof udp->peer, error) ||
      !set_local (udp, local->address, error))
    return NULL;
  udp->interface = g_strdup (local->interface);
  udp->connects_at_once = local->connected;
  if (local->port != 0)
    opened = take_port (udp, lns, local->port, error);
  else
    opened = open_socket (udp, 0, FALSE, error);
  return opened ? g_steal_pointer (&udp) : NULL;
}

void
l2tp_udp_close (L2tpUdp *udp)
{
  l2tp_ports_remove (udp->ports, udp);
  l2tp_clear_fd (&udp->fd);
}

L2tpUdp *
l2tp_udp_adopt (L2tpPorts *ports, int fd, const L2tpUdpLocal *local, GError **error)
{
  g_autoptr (L2tpUdp) udp = g_new0 (L2tpUdp, 1);
  Address name = { 0 };
  socklen_t len = sizeof name, peer_len = sizeof udp->peer;

  udp->fd = fd;
  udp->ports = l2tp_ports_ref (ports);
  udp->connected = TRUE;
  udp->connects_at_once = local->connected;
  if (getsockname (fd, &name.any, &len) < 0 || getpeername (fd, &udp->peer.any, &peer_len) < 0 ||
      (udp->peer.any.sa_family != AF_INET && udp->peer.any.sa_family != AF_INET6))
    {
      g_set_error_literal (error, L2TP_ERROR, L2TP_ERROR_FAILED, "this is no socket to an LNS");
      return NULL;
    }
  if (!set_local (udp, local->address, error))
    return NULL;
  udp->interface = g_strdup (local->interface);
  if (local->port != 0 || local->connected) /* inside IPsec 1701 is tried, whatever was asked for */
    l2tp_ports_add (ports, ntohs (port_of (&name)), l2tp_udp_get_peer (udp), udp);
  return g_steal_pointer (&udp);
}

L2tpUdp *
l2tp_udp_free (L2tpUdp *udp)
{
  if (udp == NULL)
    return NULL;
  l2tp_udp_close (udp);
  l2tp_ports_unref (udp->ports);
  g_clear_object (&udp->peer_object);
  g_free (udp->interface);
  g_free (udp);
  return NULL;
}

int
l2tp_udp_get_fd (L2tpUdp *udp)
{
  return udp->fd;
}

gboolean
l2tp_udp_lock (L2tpUdp *udp, GError **error)
{
  if (udp->connected)
    return TRUE;

  udp->peer = udp->last_sender;
  g_clear_object (&udp->peer_object);
  if (connect (udp->fd, &udp->peer.any, address_len (&udp->peer)) < 0)
    {
      set_io_error (error, errno, "UDP socket");
      return FALSE;
    }
  udp->connected = TRUE;
  return TRUE;
}

/* Empties the error queue, or poll() would report POLLERR for ever. */
static int
take_errors (L2tpUdp *udp)
{
  int last = 0;

  for (guint i = 0; i < 16; i++)
    {
      union
      {
        struct cmsghdr align;
        char octets[512];
      } control;
      struct msghdr message = { .msg_control = &control, .msg_controllen = sizeof control };
      struct cmsghdr *cmsg;

      if (recvmsg (udp->fd, &message, MSG_ERRQUEUE | MSG_DONTWAIT) < 0)
        break;
      for (cmsg = CMSG_FIRSTHDR (&message); cmsg != NULL; cmsg = CMSG_NXTHDR (&message, cmsg))
        {
          struct sock_extended_err err;

          if ((cmsg->cmsg_level != SOL_IP || cmsg->cmsg_type != IP_RECVERR) &&
              (cmsg->cmsg_level != SOL_IPV6 || cmsg->cmsg_type != IPV6_RECVERR))
            continue;
          memcpy (&err, CMSG_DATA (cmsg), sizeof err);
          if (err.ee_errno != EMSGSIZE)
            last = err.ee_errno;
        }
    }
  return last;
}

static gboolean
is_from_lns (L2tpUdp *udp)
{
  return same_host (&udp->last_sender, &udp->peer) &&
         (!udp->connected || port_of (&udp->last_sender) == port_of (&udp->peer));
}

gssize
l2tp_udp_receive (L2tpUdp *udp, guint8 *buffer, gsize size, int *ret_errno)
{
  int saved_errno = 0;
  gssize len = -1;

  if (udp->fd < 0)
    {
      *ret_errno = 0;
      return -1;
    }

  /* The bound keeps a flood from strangers from holding the main loop. */
  for (guint i = 0; i < 64 && len < 0; i++)
    {
      socklen_t sender_len = sizeof udp->last_sender;

      len = recvfrom (udp->fd, buffer, size, MSG_DONTWAIT, &udp->last_sender.any, &sender_len);
      if (len < 0 && (errno == EAGAIN || errno == EWOULDBLOCK))
        break;
      if (len < 0)
        saved_errno = errno == EINTR || errno == EMSGSIZE ? saved_errno : errno;
      else if (!is_from_lns (udp))
        len = -1;
    }

  if (len < 0)
    {
      int queued = take_errors (udp);
      *ret_errno = queued != 0 ? queued : saved_errno;
    }
  else
    *ret_errno = saved_errno;
  if (*ret_errno == 0)
    *ret_errno = udp->send_errno;
  udp->send_errno = 0;
  return len;
}

/* No route, or a firewall: nobody else will tell. What is only for now is not worth telling. */
static gboolean
is_worth_telling (int saved_errno)
{
  return saved_errno == ENETUNREACH || saved_errno == EHOSTUNREACH || saved_errno == EPERM ||
         saved_errno == EACCES || saved_errno == EINVAL;
}

void
l2tp_udp_send (L2tpUdp *udp, GBytes *packet)
{
  gsize len;
  const guint8 *data = g_bytes_get_data (packet, &len);
  const struct sockaddr *to = udp->connected ? NULL : &udp->peer.any;
  socklen_t to_len = to != NULL ? address_len (&udp->peer) : 0;

  if (udp->fd < 0)
    return;

  /* A pending ICMP error is reported by, and cleared by, the next call: the second one sends. */
  for (guint i = 0; i < 2; i++)
    {
      if (sendto (udp->fd, data, len, MSG_DONTWAIT | MSG_NOSIGNAL, to, to_len) >= 0)
        return;
      if (errno != ECONNREFUSED && errno != EHOSTUNREACH)
        break;
    }
  if (is_worth_telling (errno))
    udp->send_errno = errno;
}

static void
set_path_discovery (L2tpUdp *udp, int mode)
{
  if (udp->peer.any.sa_family == AF_INET6)
    setsockopt (udp->fd, IPPROTO_IPV6, IPV6_MTU_DISCOVER, &mode, sizeof mode);
  else
    setsockopt (udp->fd, IPPROTO_IP, IP_MTU_DISCOVER, &mode, sizeof mode);
}

void
l2tp_udp_send_whole (L2tpUdp *udp, const guint8 *data, gsize len)
{
  if (udp->fd < 0 || !udp->connected)
    return;
  set_path_discovery (udp, IP_PMTUDISC_PROBE);
  /* What does not even fit the link is no news of the path. */
  send (udp->fd, data, len, MSG_DONTWAIT | MSG_NOSIGNAL);
  set_path_discovery (udp, IP_PMTUDISC_WANT);
}

gboolean
l2tp_udp_has_error (L2tpUdp *udp)
{
  return udp->send_errno != 0;
}

GInetSocketAddress *
l2tp_udp_get_local (L2tpUdp *udp)
{
  Address local = { 0 };
  socklen_t len = sizeof local;

  if (getsockname (udp->fd, &local.any, &len) < 0)
    return NULL;
  return G_INET_SOCKET_ADDRESS (g_socket_address_new_from_native (&local, len));
}

GInetSocketAddress *
l2tp_udp_get_peer (L2tpUdp *udp)
{
  if (udp->peer_object == NULL)
    udp->peer_object = G_INET_SOCKET_ADDRESS (
        g_socket_address_new_from_native (&udp->peer, address_len (&udp->peer)));
  return udp->peer_object;
}
