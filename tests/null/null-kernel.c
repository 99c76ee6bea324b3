/* SPDX-License-Identifier: GPL-2.0-or-later */
/* SPDX-FileCopyrightText: The l2tp-client authors */

/* The kernel's side of a tunnel without the kernel's: descriptors that do nothing, in the place of
 * service/io/l2tp-kernel.c and l2tp-kernel-support.c. */

#include "service/io/l2tp-kernel.h"

#include <sys/eventfd.h>

gboolean
l2tp_kernel_check_support (GError **error)
{
  return TRUE;
}

int
l2tp_kernel_open_tunnel (int udp_fd, guint16 tunnel_id, guint16 peer_tunnel_id, GError **error)
{
  return eventfd (0, EFD_CLOEXEC);
}

int
l2tp_kernel_open_session (int udp_fd,
                          guint16 tunnel_id,
                          guint16 peer_tunnel_id,
                          guint16 session_id,
                          guint16 peer_session_id,
                          GError **error)
{
  return eventfd (0, EFD_CLOEXEC);
}

gboolean
l2tp_kernel_set_sequencing (int session_fd, GError **error)
{
  return TRUE;
}

gboolean
l2tp_kernel_release_channel (int session_fd, GError **error)
{
  return TRUE;
}

void
l2tp_kernel_send_echo (int session_fd, guint8 id)
{
}

gboolean
l2tp_kernel_get_statistics (int fd, L2tpKernelStatistics *ret_statistics)
{
  *ret_statistics = (L2tpKernelStatistics){ 0 };
  return TRUE;
}

/* Nothing here outlives its process. */
gboolean
l2tp_kernel_is_socket_of (int fd,
                          guint16 tunnel_id,
                          guint16 peer_tunnel_id,
                          guint16 session_id,
                          guint16 peer_session_id)
{
  return FALSE;
}

gboolean
l2tp_kernel_has_channel (int session_fd)
{
  return FALSE;
}
