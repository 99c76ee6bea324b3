/* SPDX-License-Identifier: GPL-2.0-or-later */
/* SPDX-FileCopyrightText: The l2tp-client authors */

/* An rtnetlink client for the main loop. Hides the two sockets: one for requests, one at a time, so
 * that no answer can overrun it; one for events, which can be overrun, and then says so. One for
 * the whole service, owned by its manager. Sources: netlink(7), rtnetlink(7), libmnl. */

#include "l2tp-netlink.h"

#include <errno.h>
#include <glib-unix.h>
#include <libmnl/libmnl.h>
#include <linux/rtnetlink.h>
#include <sys/socket.h>

#include "service/base/l2tp-error.h"
#include "service/base/l2tp-log.h"
#include "service/base/l2tp-source.h"

#define DEADLINE       5         /* s */
#define RECEIVE_BUFFER 65536     /* octets; the kernel's largest part of an answer is 32 KiB */
#define EVENT_QUEUE    (1 << 20) /* octets that may wait in the kernel */
#define DATAGRAMS_MAX  64        /* before the rest of the main loop has its turn */
#define REPEATS_MAX    3         /* of a dump during which the table changed */

typedef struct
{
  GTask *task;
  struct nlmsghdr *message;
  GPtrArray *answers;
  GSource *cancelled;
  gboolean inconsistent; /* the table changed during the dump: an entry may be missing */
  guint repeats;
} Request;

struct _L2tpNetlink
{
  GObject parent_instance;

  struct mnl_socket *requests;
  struct mnl_socket *events;
  guint requests_source;
  guint events_source;
  guint deadline_source;
  guint32 sequence;
  GQueue waiting;   /* of Request */
  Request *current; /* the one that the kernel has */
  guint8 *buffer;
};

enum
{
  EVENT,
  OVERRUN,
  N_SIGNALS,
};

static guint signals[N_SIGNALS];

G_DEFINE_QUARK (l2tp - netlink - error - quark, l2tp_netlink_error)
G_DEFINE_FINAL_TYPE (L2tpNetlink, l2tp_netlink, G_TYPE_OBJECT)

static void send_next (L2tpNetlink *self);

static void
request_free (Request *request)
{
  l2tp_clear_source (&request->cancelled);
  g_ptr_array_unref (request->answers);
  g_object_unref (request->task);
  g_free (request->message);
  g_free (request);
}

/* Ends @request, which is no longer in the queue, with @error (transfer full) or with its answers.
 * The caller of the request may do anything now. */
static void
complete (Request *request, GError *error)
{
  if (error != NULL)
    g_task_return_error (request->task, error);
  else
    g_task_return_pointer (request->task, g_ptr_array_ref (request->answers),
                           (GDestroyNotify) g_ptr_array_unref);
  request_free (request);
}

static void
complete_current (L2tpNetlink *self, GError *error)
{
  Request *request = g_steal_pointer (&self->current);

  g_clear_handle_id (&self->deadline_source, g_source_remove);
  complete (request, error);
  send_next (self);
}

static GError *
error_from_errno (int code)
{
  return g_error_new_literal (L2TP_NETLINK_ERROR, code, g_strerror (code));
}

static GError *
error_from_cancel (void)
{
  return g_error_new_literal (G_IO_ERROR, G_IO_ERROR_CANCELLED, "cancelled");
}

static gboolean
on_deadline (gpointer data)
{
  g_autoptr (L2tpNetlink) self = g_object_ref (L2TP_NETLINK (data));

  self->deadline_source = 0;
  complete_current (self, error_from_errno (ETIMEDOUT));
  return G_SOURCE_REMOVE;
}

static gboolean
on_cancelled (GCancellable *cancellable, gpointer data)
{
  Request *request = data;
  g_autoptr (L2tpNetlink) self = g_object_ref (g_task_get_source_object (request->task));

  if (request == self->current)
    complete_current (self, error_from_cancel ());
  else
    {
      g_queue_remove (&self->waiting, request);
      complete (request, error_from_cancel ());
    }
  return G_SOURCE_REMOVE;
}

/* Returns 0 or an errno. */
static int
send_current (L2tpNetlink *self)
{
  struct nlmsghdr *message = self->current->message;

  message->nlmsg_seq = ++self->sequence;
  message->nlmsg_flags |= NLM_F_REQUEST;
  if ((message->nlmsg_flags & NLM_F_DUMP) != NLM_F_DUMP)
    message->nlmsg_flags |= NLM_F_ACK;
  g_ptr_array_set_size (self->current->answers, 0);
  self->current->inconsistent = FALSE;
  return mnl_socket_sendto (self->requests, message, message->nlmsg_len) < 0 ? errno : 0;
}

static void
send_next (L2tpNetlink *self)
{
  int code;

  if (self->current != NULL || g_queue_is_empty (&self->waiting))
    return;
  self->current = g_queue_pop_head (&self->waiting);
  if (g_cancellable_is_cancelled (g_task_get_cancellable (self->current->task)))
    {
      complete_current (self, error_from_cancel ());
      return;
    }
  self->deadline_source = g_timeout_add_seconds (DEADLINE, on_deadline, self);
  code = send_current (self);
  if (code != 0)
    complete_current (self, error_from_errno (code));
}

/* The kernel's own words, where it has some: "Nexthop has invalid gateway". */
static const char *
find_explanation (const struct nlmsghdr *answer)
{
  const struct nlmsgerr *refusal = mnl_nlmsg_get_payload (answer);
  const struct nlattr *attr;
  gsize offset = sizeof *refusal;

  if ((answer->nlmsg_flags & NLM_F_ACK_TLVS) == 0)
    return NULL;
  if ((answer->nlmsg_flags & NLM_F_CAPPED) == 0)
    offset += refusal->msg.nlmsg_len - MNL_NLMSG_HDRLEN;
  if (offset > mnl_nlmsg_get_payload_len (answer))
    return NULL;
  mnl_attr_for_each (attr, answer, offset)
  {
    if (mnl_attr_get_type (attr) == NLMSGERR_ATTR_MSG &&
        mnl_attr_validate (attr, MNL_TYPE_NUL_STRING) >= 0 &&
        g_utf8_validate (mnl_attr_get_str (attr), -1, NULL))
      return mnl_attr_get_str (attr);
  }
  return NULL;
}

static void
take_verdict (L2tpNetlink *self, const struct nlmsghdr *answer)
{
  const struct nlmsgerr *verdict = mnl_nlmsg_get_payload (answer);
  const char *explanation;

  if (mnl_nlmsg_get_payload_len (answer) < sizeof *verdict)
    complete_current (self, error_from_errno (EBADMSG));
  else if (verdict->error == 0)
    complete_current (self, NULL);
  else
    {
      explanation = find_explanation (answer);
      complete_current (
          self,
          g_error_new_literal (L2TP_NETLINK_ERROR, -verdict->error,
                               explanation != NULL ? explanation : g_strerror (-verdict->error)));
    }
}

static gboolean
repeat (L2tpNetlink *self)
{
  if (!self->current->inconsistent || self->current->repeats++ >= REPEATS_MAX)
    return FALSE;
  return send_current (self) == 0;
}

static void
take_answer (L2tpNetlink *self, const struct nlmsghdr *answer)
{
  if (self->current == NULL || answer->nlmsg_seq != self->current->message->nlmsg_seq)
    return; /* of a request that was cancelled */
  if ((answer->nlmsg_flags & NLM_F_DUMP_INTR) != 0)
    self->current->inconsistent = TRUE;
  if (answer->nlmsg_type == NLMSG_ERROR)
    take_verdict (self, answer);
  else if (answer->nlmsg_type == NLMSG_DONE)
    {
      if (!repeat (self))
        complete_current (self, NULL);
    }
  else
    g_ptr_array_add (self->current->answers, g_bytes_new (answer, NLMSG_ALIGN (answer->nlmsg_len)));
}

static void
take_event (L2tpNetlink *self, const struct nlmsghdr *event)
{
  g_signal_emit (self, signals[EVENT], 0, event);
}

/* Hands what has come to @take, message by message. Returns 0, or the errno of a socket that lost
 * something. */
static int
receive (L2tpNetlink *self,
         struct mnl_socket *from,
         void (*take) (L2tpNetlink *, const struct nlmsghdr *))
{
  for (guint i = 0; i < DATAGRAMS_MAX; i++)
    {
      struct sockaddr_nl sender = { 0 };
      socklen_t sender_len = sizeof sender;
      const struct nlmsghdr *message = (const struct nlmsghdr *) self->buffer;
      gssize got = recvfrom (mnl_socket_get_fd (from), self->buffer, RECEIVE_BUFFER, MSG_TRUNC,
                             (struct sockaddr *) &sender, &sender_len);
      int left = (int) got;

      if (got < 0)
        return errno == EAGAIN || errno == EINTR ? 0 : errno;
      if (sender.nl_pid != 0) /* another program, not the kernel */
        continue;
      if (got > RECEIVE_BUFFER)
        return ENOBUFS;
      for (; mnl_nlmsg_ok (message, left); message = mnl_nlmsg_next (message, &left))
        take (self, message);
    }
  return 0;
}

static gboolean
on_requests_readable (int fd, GIOCondition condition, gpointer data)
{
  g_autoptr (L2tpNetlink) self = g_object_ref (L2TP_NETLINK (data));
  int code = receive (self, self->requests, take_answer);

  if (code != 0 && self->current != NULL)
    complete_current (self, error_from_errno (code));
  return G_SOURCE_CONTINUE;
}

static gboolean
on_events_readable (int fd, GIOCondition condition, gpointer data)
{
  g_autoptr (L2tpNetlink) self = g_object_ref (L2TP_NETLINK (data));
  int code = receive (self, self->events, take_event);

  if (code != 0)
    {
      l2tp_debug (NULL, "network events were lost: %s", g_strerror (code));
      g_signal_emit (self, signals[OVERRUN], 0);
    }
  return G_SOURCE_CONTINUE;
}

static struct mnl_socket *
open_socket (GError **error)
{
  struct mnl_socket *socket = mnl_socket_open2 (NETLINK_ROUTE, SOCK_CLOEXEC | SOCK_NONBLOCK);
  int on = 1;

  if (socket == NULL || mnl_socket_bind (socket, 0, MNL_SOCKET_AUTOPID) < 0)
    {
      g_set_error (error, L2TP_ERROR, L2TP_ERROR_FAILED,
                   "rtnetlink: %s\nIts unit must allow AF_NETLINK to the service.",
                   g_strerror (errno));
      if (socket != NULL)
        mnl_socket_close (socket);
      return NULL;
    }
  /* Niceties, each of which an older kernel may lack. */
  mnl_socket_setsockopt (socket, NETLINK_EXT_ACK, &on, sizeof on);
  mnl_socket_setsockopt (socket, NETLINK_CAP_ACK, &on, sizeof on);
  mnl_socket_setsockopt (socket, NETLINK_GET_STRICT_CHK, &on, sizeof on);
  return socket;
}

static void
subscribe (L2tpNetlink *self)
{
  static const int groups[] = { RTNLGRP_LINK,       RTNLGRP_IPV4_IFADDR, RTNLGRP_IPV6_IFADDR,
                                RTNLGRP_IPV4_ROUTE, RTNLGRP_IPV6_ROUTE,  RTNLGRP_IPV4_RULE,
                                RTNLGRP_IPV6_RULE };
  int fd = mnl_socket_get_fd (self->events), size = EVENT_QUEUE;

  setsockopt (fd, SOL_SOCKET, SO_RCVBUFFORCE, &size, sizeof size);
  for (gsize i = 0; i < G_N_ELEMENTS (groups); i++)
    {
      int group = groups[i];

      mnl_socket_setsockopt (self->events, NETLINK_ADD_MEMBERSHIP, &group, sizeof group);
    }
}

L2tpNetlink *
l2tp_netlink_new (GError **error)
{
  g_autoptr (L2tpNetlink) self = g_object_new (L2TP_TYPE_NETLINK, NULL);

  self->requests = open_socket (error);
  if (self->requests == NULL)
    return NULL;
  self->events = open_socket (error);
  if (self->events == NULL)
    return NULL;
  subscribe (self);
  self->requests_source = g_unix_fd_add (mnl_socket_get_fd (self->requests), G_IO_IN | G_IO_ERR,
                                         on_requests_readable, self);
  self->events_source = g_unix_fd_add (mnl_socket_get_fd (self->events), G_IO_IN | G_IO_ERR,
                                       on_events_readable, self);
  return g_steal_pointer (&self);
}

void
l2tp_netlink_request_async (L2tpNetlink *netlink,
                            const struct nlmsghdr *message,
                            GCancellable *cancellable,
                            GAsyncReadyCallback callback,
                            gpointer data)
{
  Request *request = g_new0 (Request, 1);

  request->task = g_task_new (netlink, cancellable, callback, data);
  g_task_set_check_cancellable (request->task, FALSE);
  request->message = g_memdup2 (message, message->nlmsg_len);
  request->answers = g_ptr_array_new_with_free_func ((GDestroyNotify) g_bytes_unref);
  g_queue_push_tail (&netlink->waiting, request);
  if (cancellable != NULL)
    {
      request->cancelled = g_cancellable_source_new (cancellable);
      g_source_set_callback (request->cancelled, G_SOURCE_FUNC (on_cancelled), request, NULL);
      g_source_attach (request->cancelled, g_main_context_get_thread_default ());
    }
  send_next (netlink);
}

GPtrArray *
l2tp_netlink_request_finish (L2tpNetlink *netlink, GAsyncResult *result, GError **error)
{
  return g_task_propagate_pointer (G_TASK (result), error);
}

static void
l2tp_netlink_finalize (GObject *object)
{
  L2tpNetlink *self = L2TP_NETLINK (object);

  /* Each request holds a reference: there is none. */
  g_clear_handle_id (&self->requests_source, g_source_remove);
  g_clear_handle_id (&self->events_source, g_source_remove);
  if (self->requests != NULL)
    mnl_socket_close (self->requests);
  if (self->events != NULL)
    mnl_socket_close (self->events);
  g_free (self->buffer);
  G_OBJECT_CLASS (l2tp_netlink_parent_class)->finalize (object);
}

static void
l2tp_netlink_class_init (L2tpNetlinkClass *klass)
{
  G_OBJECT_CLASS (klass)->finalize = l2tp_netlink_finalize;

  signals[EVENT] = g_signal_new ("event", L2TP_TYPE_NETLINK, G_SIGNAL_RUN_LAST, 0, NULL, NULL, NULL,
                                 G_TYPE_NONE, 1, G_TYPE_POINTER);
  signals[OVERRUN] = g_signal_new ("overrun", L2TP_TYPE_NETLINK, G_SIGNAL_RUN_LAST, 0, NULL, NULL,
                                   NULL, G_TYPE_NONE, 0);
}

static void
l2tp_netlink_init (L2tpNetlink *self)
{
  g_queue_init (&self->waiting);
  self->buffer = g_malloc (RECEIVE_BUFFER);
}
