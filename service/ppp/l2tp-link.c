/* SPDX-License-Identifier: GPL-2.0-or-later */
/* SPDX-FileCopyrightText: The l2tp-client authors */

/* Framing of the private link. Hides sendmsg(), recvmsg() and control messages. Compiled into the
 * service and into the plugin, so no GLib here. unix(7), cmsg(3). */

#include "l2tp-link.h"

#include <errno.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/uio.h>
#include <unistd.h>

typedef struct
{
  ptrdiff_t body;
  size_t fds_min;
  size_t fds_max;
} Shape;

static Shape
shape_of (uint8_t type)
{
  switch (type)
    {
    case L2TP_LINK_SESSION:
      return (Shape){ sizeof (L2tpLinkSession), 5, 6 };
    case L2TP_LINK_SECRET:
      return (Shape){ sizeof (L2tpLinkSecret), 0, 0 };
    case L2TP_LINK_ADOPTED:
      return (Shape){ 0, 1, 1 };
    case L2TP_LINK_IDENTITY:
      return (Shape){ 0, L2TP_LINK_N_IDENTITY_FDS, L2TP_LINK_N_IDENTITY_FDS };
    case L2TP_LINK_HELLO:
      return (Shape){ sizeof (L2tpLinkHello), 0, 0 };
    case L2TP_LINK_PHASE:
      return (Shape){ sizeof (L2tpLinkPhase), 0, 0 };
    case L2TP_LINK_AUTH:
      return (Shape){ sizeof (L2tpLinkAuth), 0, 0 };
    case L2TP_LINK_UNIT:
      return (Shape){ sizeof (L2tpLinkUnit), 1, 1 };
    case L2TP_LINK_PEER_MESSAGE:
      return (Shape){ sizeof (L2tpLinkText), 0, 0 };
    case L2TP_LINK_IP_UP:
      return (Shape){ sizeof (L2tpLinkIpUp), 0, 0 };
    case L2TP_LINK_IPV6_UP:
      return (Shape){ sizeof (L2tpLinkIpv6Up), 0, 0 };
    case L2TP_LINK_EXIT:
      return (Shape){ sizeof (L2tpLinkExit), 0, 0 };
    case L2TP_LINK_SECRET_WANTED:
    case L2TP_LINK_IP_DOWN:
    case L2TP_LINK_IPV6_DOWN:
      return (Shape){ 0, 0, 0 };
    default: /* any octet can arrive */
      return (Shape){ -1, 0, 0 };
    }
}

ptrdiff_t
l2tp_link_body_size (uint8_t type)
{
  return shape_of (type).body;
}

int
l2tp_link_send (int fd, uint8_t type, const void *body, const int *fds, size_t n_fds)
{
  Shape shape = shape_of (type);
  union
  {
    struct cmsghdr align;
    char data[CMSG_SPACE (L2TP_LINK_FDS_MAX * sizeof (int))];
  } control = { 0 };
  struct iovec parts[2];
  struct msghdr message = { .msg_iov = parts, .msg_iovlen = 2 };

  if (shape.body < 0 || n_fds < shape.fds_min || n_fds > shape.fds_max)
    {
      errno = EINVAL;
      return -1;
    }
  parts[0] = (struct iovec){ &type, 1 };
  parts[1] = (struct iovec){ (void *) body, (size_t) shape.body };
  if (n_fds > 0)
    {
      struct cmsghdr *cmsg = &control.align;

      message.msg_control = &control;
      message.msg_controllen = CMSG_SPACE (n_fds * sizeof (int));
      cmsg->cmsg_level = SOL_SOCKET;
      cmsg->cmsg_type = SCM_RIGHTS;
      cmsg->cmsg_len = CMSG_LEN (n_fds * sizeof (int));
      memcpy (CMSG_DATA (cmsg), fds, n_fds * sizeof (int));
    }
  return sendmsg (fd, &message, MSG_NOSIGNAL | MSG_DONTWAIT) < 0 ? -1 : 0;
}

/* Takes the descriptors out of @message into @fds and returns how many came. Alignment leaves room
 * for one more than we want: that one is closed, but counts. */
static size_t
take_fds (struct msghdr *message, int *fds)
{
  size_t n = 0;

  for (struct cmsghdr *c = CMSG_FIRSTHDR (message); c != NULL; c = CMSG_NXTHDR (message, c))
    {
      size_t count;

      if (c->cmsg_level != SOL_SOCKET || c->cmsg_type != SCM_RIGHTS)
        continue;
      count = (c->cmsg_len - CMSG_LEN (0)) / sizeof (int);
      for (size_t i = 0; i < count; i++, n++)
        {
          int fd;

          memcpy (&fd, CMSG_DATA (c) + i * sizeof (int), sizeof (int));
          if (n < L2TP_LINK_FDS_MAX)
            fds[n] = fd;
          else
            close (fd);
        }
    }
  return n;
}

static int
is_well_formed (const struct msghdr *message, ssize_t len, uint8_t type, size_t n_fds)
{
  Shape shape = shape_of (type);

  return (message->msg_flags & (MSG_TRUNC | MSG_CTRUNC)) == 0 && shape.body >= 0 &&
         len == 1 + shape.body && n_fds >= shape.fds_min && n_fds <= shape.fds_max;
}

int
l2tp_link_receive (int fd, void *body, int *ret_fds, size_t *ret_n_fds)
{
  uint8_t type = 0;
  int fds[L2TP_LINK_FDS_MAX];
  size_t n_fds;
  union
  {
    struct cmsghdr align;
    char data[CMSG_SPACE (L2TP_LINK_FDS_MAX * sizeof (int))];
  } control;
  struct iovec parts[2] = { { &type, 1 }, { body, L2TP_LINK_BODY_MAX } };
  struct msghdr message = {
    .msg_iov = parts,
    .msg_iovlen = 2,
    .msg_control = &control,
    .msg_controllen = sizeof (control),
  };
  ssize_t len = recvmsg (fd, &message, MSG_CMSG_CLOEXEC | MSG_DONTWAIT);

  if (len < 0)
    return -1;
  n_fds = take_fds (&message, fds);
  if (len > 0 && is_well_formed (&message, len, type, n_fds))
    {
      memcpy (ret_fds, fds, n_fds * sizeof (int));
      *ret_n_fds = n_fds;
      return type;
    }
  for (size_t i = 0; i < n_fds && i < L2TP_LINK_FDS_MAX; i++)
    close (fds[i]);
  if (len == 0)
    return 0;
  errno = EBADMSG;
  return -1;
}
