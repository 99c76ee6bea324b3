/* SPDX-License-Identifier: GPL-2.0-or-later */
/* SPDX-FileCopyrightText: The l2tp-client authors */

/* PPPoL2TP sockets and PPP channels. Hides sockaddr_pppol2tp and its IPv6 twin, whose exact length
 * is what tells the kernel which one it got (KRN-2…4), and the ioctls of /dev/ppp. Linux
 * Documentation/networking/l2tp.rst; KRN-1…22. */

#include "l2tp-kernel.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <unistd.h>

#include <linux/ppp-ioctl.h>

#include "service/base/l2tp-error.h"
#include "l2tp-kernel-address.h"

struct sockaddr_pppol2tp
l2tp_kernel_make_address4 (const L2tpKernelIds *ids, const struct sockaddr_in *peer)
{
  struct sockaddr_pppol2tp address = {
    .sa_family = AF_PPPOX,
    .sa_protocol = PX_PROTO_OL2TP,
    .pppol2tp = {
      .fd = ids->udp_fd,
      .addr = *peer,
      .s_tunnel = ids->tunnel_id,
      .s_session = ids->session_id,
      .d_tunnel = ids->peer_tunnel_id,
      .d_session = ids->peer_session_id,
    },
  };

  return address;
}

struct sockaddr_pppol2tpin6
l2tp_kernel_make_address6 (const L2tpKernelIds *ids, const struct sockaddr_in6 *peer)
{
  struct sockaddr_pppol2tpin6 address = {
    .sa_family = AF_PPPOX,
    .sa_protocol = PX_PROTO_OL2TP,
    .pppol2tp = {
      .fd = ids->udp_fd,
      .s_tunnel = ids->tunnel_id,
      .s_session = ids->session_id,
      .d_tunnel = ids->peer_tunnel_id,
      .d_session = ids->peer_session_id,
      .addr = *peer,
    },
  };

  return address;
}

static int
connect_pppox (int fd, const L2tpKernelIds *ids)
{
  union
  {
    struct sockaddr any;
    struct sockaddr_in in;
    struct sockaddr_in6 in6;
  } peer;
  socklen_t len = sizeof peer;
  struct sockaddr_pppol2tp address4;
  struct sockaddr_pppol2tpin6 address6;

  if (getpeername (ids->udp_fd, &peer.any, &len) < 0)
    return -1;
  if (peer.any.sa_family == AF_INET6)
    {
      address6 = l2tp_kernel_make_address6 (ids, &peer.in6);
      return connect (fd, (struct sockaddr *) &address6, sizeof address6);
    }
  address4 = l2tp_kernel_make_address4 (ids, &peer.in);
  return connect (fd, (struct sockaddr *) &address4, sizeof address4);
}

/* Returns a connected socket, or -1 with @error. */
static int
open_pppox (const L2tpKernelIds *ids, const char *what, GError **error)
{
  int fd = socket (AF_PPPOX, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, PX_PROTO_OL2TP);

  if (fd < 0 || connect_pppox (fd, ids) < 0)
    {
      g_set_error (error, L2TP_ERROR, L2TP_ERROR_FAILED, "the kernel refused the L2TP %s: %s", what,
                   g_strerror (errno));
      if (fd >= 0)
        close (fd);
      return -1;
    }
  return fd;
}

int
l2tp_kernel_open_tunnel (int udp_fd, guint16 tunnel_id, guint16 peer_tunnel_id, GError **error)
{
  L2tpKernelIds ids = { .udp_fd = udp_fd,
                        .tunnel_id = tunnel_id,
                        .peer_tunnel_id = peer_tunnel_id };

  return open_pppox (&ids, "tunnel", error);
}

static gboolean
get_channel (int session_fd, int *ret_channel, GError **error)
{
  int channel;

  if (ioctl (session_fd, PPPIOCGCHAN, &channel) < 0)
    {
      g_set_error (error, L2TP_ERROR, L2TP_ERROR_FAILED, "the session has no PPP channel: %s",
                   g_strerror (errno));
      return FALSE;
    }
  *ret_channel = channel;
  return TRUE;
}

gboolean
l2tp_kernel_has_channel (int session_fd)
{
  int channel;

  return get_channel (session_fd, &channel, NULL);
}

int
l2tp_kernel_open_session (int udp_fd,
                          guint16 tunnel_id,
                          guint16 peer_tunnel_id,
                          guint16 session_id,
                          guint16 peer_session_id,
                          GError **error)
{
  L2tpKernelIds ids = {
    .udp_fd = udp_fd,
    .tunnel_id = tunnel_id,
    .peer_tunnel_id = peer_tunnel_id,
    .session_id = session_id,
    .peer_session_id = peer_session_id,
  };
  int fd = open_pppox (&ids, "session", error);
  int channel;

  if (fd < 0)
    return -1;
  /* Only asking for the channel makes the kernel queue frames on it (KRN-13, KRN-22). */
  if (!get_channel (fd, &channel, error))
    {
      close (fd);
      return -1;
    }
  return fd;
}

gboolean
l2tp_kernel_set_sequencing (int session_fd, GError **error)
{
  static const int on = 1;

  if (setsockopt (session_fd, SOL_PPPOL2TP, PPPOL2TP_SO_SENDSEQ, &on, sizeof on) == 0)
    return TRUE;
  g_set_error (error, L2TP_ERROR, L2TP_ERROR_FAILED, "sequencing: the kernel refused it: %s",
               g_strerror (errno));
  return FALSE;
}

gboolean
l2tp_kernel_release_channel (int session_fd, GError **error)
{
  int channel, fd;
  gboolean released;

  if (!get_channel (session_fd, &channel, error))
    return FALSE;
  fd = open ("/dev/ppp", O_RDWR | O_CLOEXEC);
  released = fd >= 0 && ioctl (fd, PPPIOCATTCHAN, &channel) == 0 &&
             (ioctl (fd, PPPIOCDISCONN) == 0 || errno == EINVAL); /* EINVAL: it is free */
  if (!released)
    g_set_error (error, L2TP_ERROR, L2TP_ERROR_FAILED, "PPP channel %d cannot be freed: %s",
                 channel, g_strerror (errno));
  if (fd >= 0)
    close (fd);
  return released;
}

void
l2tp_kernel_send_echo (int session_fd, guint8 id)
{
  const guint8 frame[] = { 0xc0, 0x21, /* LCP; the kernel puts FF03 before it */
                           9,    id,   0, 8, 0, 0, 0, 0 };

  /* A probe that is lost here is no other than one that is lost on the way. */
  send (session_fd, frame, sizeof frame, MSG_DONTWAIT | MSG_NOSIGNAL);
}

static L2tpKernelIds
get_ids4 (const struct sockaddr_pppol2tp *address)
{
  return (L2tpKernelIds){
    .tunnel_id = address->pppol2tp.s_tunnel,
    .peer_tunnel_id = address->pppol2tp.d_tunnel,
    .session_id = address->pppol2tp.s_session,
    .peer_session_id = address->pppol2tp.d_session,
  };
}

static L2tpKernelIds
get_ids6 (const struct sockaddr_pppol2tpin6 *address)
{
  return (L2tpKernelIds){
    .tunnel_id = address->pppol2tp.s_tunnel,
    .peer_tunnel_id = address->pppol2tp.d_tunnel,
    .session_id = address->pppol2tp.s_session,
    .peer_session_id = address->pppol2tp.d_session,
  };
}

gboolean
l2tp_kernel_is_socket_of (int fd,
                          guint16 tunnel_id,
                          guint16 peer_tunnel_id,
                          guint16 session_id,
                          guint16 peer_session_id)
{
  union
  {
    struct sockaddr any;
    struct sockaddr_pppol2tp in;
    struct sockaddr_pppol2tpin6 in6;
  } name = { 0 };
  socklen_t len = sizeof name;
  L2tpKernelIds ids;

  if (getpeername (fd, &name.any, &len) < 0 || name.any.sa_family != AF_PPPOX ||
      (len != sizeof name.in && len != sizeof name.in6))
    return FALSE;
  ids = len == sizeof name.in ? get_ids4 (&name.in) : get_ids6 (&name.in6);
  return ids.tunnel_id == tunnel_id && ids.peer_tunnel_id == peer_tunnel_id &&
         ids.session_id == session_id && ids.peer_session_id == peer_session_id;
}

gboolean
l2tp_kernel_get_statistics (int fd, L2tpKernelStatistics *ret_statistics)
{
  struct pppol2tp_ioc_stats stats = { 0 };

  if (ioctl (fd, PPPIOCGL2TPSTATS, &stats) < 0)
    return FALSE;
  *ret_statistics = (L2tpKernelStatistics){
    .tx_packets = stats.tx_packets,
    .tx_bytes = stats.tx_bytes,
    .tx_errors = stats.tx_errors,
    .rx_packets = stats.rx_packets,
    .rx_bytes = stats.rx_bytes,
    .rx_errors = stats.rx_errors,
  };
  return TRUE;
}
