/* SPDX-License-Identifier: GPL-2.0-or-later */
/* SPDX-FileCopyrightText: The l2tp-client authors */

/* The private link to pppd. Input: one octet that says how many descriptors ride along, then a
 * packet as a faulty other end would send it.
 *
 * What is taken is checked as the service does; no descriptor stays open. */

#include "fuzz-input.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/socket.h>
#include <unistd.h>

#include "service/ppp/l2tp-link.h"
#include "service/ppp/l2tp-pppd-message.h"

#define MAX_FDS 8

static int ends[2] = { -1, -1 };
static int spare;

static void
set_up (void)
{
  if (ends[0] >= 0)
    return;
  g_assert_cmpint (socketpair (AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, ends), ==, 0);
  spare = open ("/dev/null", O_RDWR | O_CLOEXEC);
  g_assert_cmpint (spare, >=, 0);
}

/* The lowest descriptor that is free. */
static int
lowest_free (void)
{
  int fd = fcntl (spare, F_DUPFD_CLOEXEC, 0);

  close (fd);
  return fd;
}

static void
send_raw (L2tpOctets packet, gsize n_fds)
{
  union
  {
    struct cmsghdr align;
    char data[CMSG_SPACE (MAX_FDS * sizeof (int))];
  } control = { 0 };
  struct iovec part = { (void *) packet.data, packet.len };
  struct msghdr message = { .msg_iov = &part, .msg_iovlen = 1 };

  if (n_fds > 0)
    {
      message.msg_control = &control;
      message.msg_controllen = CMSG_SPACE (n_fds * sizeof (int));
      control.align.cmsg_level = SOL_SOCKET;
      control.align.cmsg_type = SCM_RIGHTS;
      control.align.cmsg_len = CMSG_LEN (n_fds * sizeof (int));
      for (gsize i = 0; i < n_fds; i++)
        memcpy (CMSG_DATA (&control.align) + i * sizeof (int), &spare, sizeof (int));
    }
  g_assert_cmpint (sendmsg (ends[0], &message, 0), ==, (gssize) packet.len);
}

static void
check_message (int type, const L2tpLinkBody *body, const int *fds, gsize n_fds)
{
  g_auto (L2tpPppdIp) ip = { 0 };
  g_autofree char *text = NULL;
  guint phase = 0;

  if (type == L2TP_LINK_IP_UP && l2tp_pppd_message_get_ip (&body->ip_up, &ip))
    {
      g_assert_nonnull (ip.local);
      g_assert_true (ip.ifname[0] != '\0' && strchr (ip.ifname, '/') == NULL);
    }
  else if (type == L2TP_LINK_PEER_MESSAGE && l2tp_pppd_message_get_text (&body->text, &text))
    g_assert_true (g_utf8_validate (text, -1, NULL));
  else if (type == L2TP_LINK_PHASE && l2tp_pppd_message_get_phase (&body->phase, &phase))
    g_assert_cmpuint (phase, <=, 12);
  else if (type == L2TP_LINK_UNIT)
    {
      g_assert_cmpuint (n_fds, ==, 1);
      g_assert_false (l2tp_pppd_message_check_unit (&body->unit, fds[0]));
    }
}

int
LLVMFuzzerTestOneInput (const guint8 *data, gsize size)
{
  L2tpOctets input = { data, size };
  gsize n_sent = fuzz_take_octet (&input) % (MAX_FDS + 1);
  int fds[L2TP_LINK_FDS_MAX];
  gsize n_fds = 0;
  L2tpLinkBody body;
  int lowest;
  int type;

  set_up ();
  if (input.len == 0)
    return 0;
  lowest = lowest_free ();
  send_raw (input, n_sent);
  type = l2tp_link_receive (ends[1], &body, fds, &n_fds);
  g_assert_cmpint (type, !=, 0);
  if (type > 0)
    {
      g_assert_cmpint (type, ==, input.data[0]);
      g_assert_cmpuint (n_fds, ==, n_sent);
      g_assert_cmpint ((gssize) input.len, ==, 1 + l2tp_link_body_size ((guint8) type));
      check_message (type, &body, fds, n_fds);
      for (gsize i = 0; i < n_fds; i++)
        close (fds[i]);
    }
  else
    g_assert_cmpint (errno, ==, EBADMSG);
  g_assert_cmpint (lowest_free (), ==, lowest);
  return 0;
}
