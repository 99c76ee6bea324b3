/* SPDX-License-Identifier: GPL-2.0-or-later */
/* SPDX-FileCopyrightText: The l2tp-client authors */

/* XFRM netlink. Each request has a socket of its own, which is cheaper than to match answers: there
 * are a handful of requests in the life of a connection. Hides netlink. */

#include "l2tp-xfrm.h"

#include <errno.h>
#include <linux/netlink.h>
#include <netinet/in.h>
#include <string.h>
#include <sys/socket.h>

#include "service/base/l2tp-error.h"
#include "service/base/l2tp-fd.h"

#define MAX_POLICIES 65536 /* a dump that does not end is not believed */

typedef struct
{
  struct nlmsghdr header;
  union
  {
    struct xfrm_userpolicy_info policy;
    struct xfrm_userpolicy_id policy_id;
    struct xfrm_usersa_id sa_id;
  } body;
} Request;

typedef union
{
  struct nlmsghdr header;
  guint8 octets[32768];
} Answer;

static gboolean
fail (GError **error, int saved_errno, const char *what)
{
  if (saved_errno == EPROTONOSUPPORT || saved_errno == EAFNOSUPPORT)
    g_set_error_literal (error, L2TP_ERROR, L2TP_ERROR_MISSING_KERNEL_SUPPORT,
                         "this kernel has no IPsec (XFRM)\n"
                         "Load the module xfrm_user, or boot a kernel that has it.");
  else if (saved_errno == EPERM)
    g_set_error (error, L2TP_ERROR, L2TP_ERROR_FAILED,
                 "%s: not permitted\nThe service needs CAP_NET_ADMIN.", what);
  else
    g_set_error (error, L2TP_ERROR, L2TP_ERROR_FAILED, "%s: %s", what, g_strerror (saved_errno));
  return FALSE;
}

static int
open_socket (void)
{
  return socket (AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC | SOCK_NONBLOCK, NETLINK_XFRM);
}

static gboolean
send_request (int fd, Request *request, gsize body_len)
{
  static const struct sockaddr_nl kernel = { .nl_family = AF_NETLINK };

  request->header.nlmsg_len = (guint32) NLMSG_LENGTH (body_len);
  return sendto (fd, request, request->header.nlmsg_len, 0, (const struct sockaddr *) &kernel,
                 sizeof kernel) >= 0;
}

/* Returns the errno with which the kernel acknowledged, 0 for success. */
static int
receive_acknowledgement (int fd)
{
  Answer answer;
  gssize len = recv (fd, &answer, sizeof answer, 0);
  const struct nlmsgerr *ack = NLMSG_DATA (&answer.header);

  if (len < 0)
    return errno;
  if (!NLMSG_OK (&answer.header, (gsize) len) || answer.header.nlmsg_type != NLMSG_ERROR ||
      answer.header.nlmsg_len < NLMSG_LENGTH (sizeof *ack))
    return EBADMSG;
  return -ack->error;
}

static int
transact (Request *request, gsize body_len)
{
  int fd = open_socket ();
  int result;

  if (fd < 0)
    return errno;
  request->header.nlmsg_flags |= NLM_F_REQUEST | NLM_F_ACK;
  result = send_request (fd, request, body_len) ? receive_acknowledgement (fd) : errno;
  l2tp_clear_fd (&fd);
  return result;
}

static guint8
put_address (GInetSocketAddress *address, xfrm_address_t *ret_address)
{
  GInetAddress *ip = g_inet_socket_address_get_address (address);

  if (g_inet_address_get_is_any (ip))
    return 0;
  memcpy (ret_address, g_inet_address_to_bytes (ip), g_inet_address_get_native_size (ip));
  return (guint8) (8 * g_inet_address_get_native_size (ip));
}

gboolean
l2tp_xfrm_make_selector (GInetSocketAddress *from,
                         GInetSocketAddress *to,
                         struct xfrm_selector *ret_selector)
{
  GSocketFamily family = g_socket_address_get_family (G_SOCKET_ADDRESS (from));
  struct xfrm_selector selector = { .family = (guint16) family, .proto = IPPROTO_UDP };

  if (family != g_socket_address_get_family (G_SOCKET_ADDRESS (to)) ||
      (family != G_SOCKET_FAMILY_IPV4 && family != G_SOCKET_FAMILY_IPV6))
    return FALSE;
  selector.prefixlen_s = put_address (from, &selector.saddr);
  selector.prefixlen_d = put_address (to, &selector.daddr);
  selector.sport = htons (g_inet_socket_address_get_port (from));
  selector.sport_mask = selector.sport != 0 ? 0xffff : 0;
  selector.dport = htons (g_inet_socket_address_get_port (to));
  selector.dport_mask = selector.dport != 0 ? 0xffff : 0;
  *ret_selector = selector;
  return TRUE;
}

gboolean
l2tp_xfrm_put_policy (const struct xfrm_userpolicy_info *policy, GError **error)
{
  Request request = { .header.nlmsg_type = XFRM_MSG_UPDPOLICY, .body.policy = *policy };
  int result = transact (&request, sizeof request.body.policy);

  return result == 0 || fail (error, result, "IPsec policy");
}

gboolean
l2tp_xfrm_remove_policy (const struct xfrm_selector *selector, guint8 dir, GError **error)
{
  Request request = { .header.nlmsg_type = XFRM_MSG_DELPOLICY,
                      .body.policy_id = { .sel = *selector, .dir = dir } };
  int result = transact (&request, sizeof request.body.policy_id);

  return result == 0 || result == ENOENT || fail (error, result, "IPsec policy");
}

gboolean
l2tp_xfrm_remove_sa (GInetAddress *destination, guint32 spi, GError **error)
{
  Request request = { .header.nlmsg_type = XFRM_MSG_DELSA,
                      .body.sa_id = {
                          .spi = htonl (spi),
                          .family = (guint16) g_inet_address_get_family (destination),
                          .proto = IPPROTO_ESP,
                      } };
  int result;

  memcpy (&request.body.sa_id.daddr, g_inet_address_to_bytes (destination),
          g_inet_address_get_native_size (destination));
  result = transact (&request, sizeof request.body.sa_id);
  return result == 0 || result == ESRCH || fail (error, result, "IPsec SA");
}

/* Returns FALSE at the end of the dump, with its errno or 0. */
static gboolean
take_policies (const Answer *answer, gsize len, GArray *policies, int *ret_errno)
{
  const struct nlmsghdr *message = &answer->header;

  *ret_errno = 0;
  for (; NLMSG_OK (message, len); message = NLMSG_NEXT (message, len))
    {
      if (message->nlmsg_type == NLMSG_DONE)
        return FALSE;
      if (message->nlmsg_type == NLMSG_ERROR)
        {
          if (message->nlmsg_len >= NLMSG_LENGTH (sizeof (struct nlmsgerr)))
            *ret_errno = -((const struct nlmsgerr *) NLMSG_DATA (message))->error;
          return FALSE;
        }
      if (message->nlmsg_type == XFRM_MSG_NEWPOLICY &&
          message->nlmsg_len >= NLMSG_LENGTH (sizeof (struct xfrm_userpolicy_info)))
        g_array_append_vals (policies, NLMSG_DATA (message), 1);
    }
  return policies->len < MAX_POLICIES;
}

GArray *
l2tp_xfrm_list_policies (GError **error)
{
  g_autoptr (GArray) policies = g_array_new (FALSE, FALSE, sizeof (struct xfrm_userpolicy_info));
  Request request = { .header = { .nlmsg_type = XFRM_MSG_GETPOLICY,
                                  .nlmsg_flags = NLM_F_REQUEST | NLM_F_DUMP } };
  int fd = open_socket ();
  int result = 0;
  gssize len = 0;
  Answer answer;

  if (fd < 0 || !send_request (fd, &request, sizeof request.body.policy_id))
    result = errno;
  /* The kernel fills in the next part of a dump when the last one is read. */
  while (result == 0)
    {
      len = recv (fd, &answer, sizeof answer, 0);
      if (len < 0)
        result = errno;
      else if (!take_policies (&answer, (gsize) len, policies, &result))
        break;
    }
  l2tp_clear_fd (&fd);
  if (result == 0)
    return g_steal_pointer (&policies);
  fail (error, result, "IPsec policies");
  return NULL;
}
