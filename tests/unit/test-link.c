/* SPDX-License-Identifier: GPL-2.0-or-later */
/* SPDX-FileCopyrightText: The l2tp-client authors */

/* The private link's framing: what goes in comes out, and nothing else does. */

#include "service/ppp/l2tp-link.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include <glib.h>

typedef struct
{
  int a;
  int b;
} Pair;

static void
pair_open (Pair *pair)
{
  int fds[2];

  g_assert_cmpint (socketpair (AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, fds), ==, 0);
  pair->a = fds[0];
  pair->b = fds[1];
}

static void
pair_close (Pair *pair)
{
  close (pair->a);
  close (pair->b);
}

static guint
count_fds (void)
{
  g_autoptr (GDir) dir = g_dir_open ("/proc/self/fd", 0, NULL);
  guint n = 0;

  while (g_dir_read_name (dir) != NULL)
    n++;
  return n;
}

/* As a faulty other end would send it. */
static void
send_raw (int fd, const void *data, gsize len, const int *fds, gsize n_fds)
{
  union
  {
    struct cmsghdr align;
    char data[CMSG_SPACE (16 * sizeof (int))];
  } control = { 0 };
  struct iovec part = { (void *) data, len };
  struct msghdr message = { .msg_iov = &part, .msg_iovlen = 1 };

  if (n_fds > 0)
    {
      message.msg_control = &control;
      message.msg_controllen = CMSG_SPACE (n_fds * sizeof (int));
      control.align.cmsg_level = SOL_SOCKET;
      control.align.cmsg_type = SCM_RIGHTS;
      control.align.cmsg_len = CMSG_LEN (n_fds * sizeof (int));
      memcpy (CMSG_DATA (&control.align), fds, n_fds * sizeof (int));
    }
  g_assert_cmpint (sendmsg (fd, &message, 0), >=, 0);
}

static void
assert_refused (const void *data, gsize len, gsize n_fds)
{
  const int fds[16] = { 0 };
  L2tpLinkBody body;
  int got[L2TP_LINK_FDS_MAX] = { -7 };
  gsize n_got = 99;
  guint before;
  Pair pair;

  pair_open (&pair);
  send_raw (pair.a, data, len, fds, n_fds);
  before = count_fds ();
  errno = 0;
  g_assert_cmpint (l2tp_link_receive (pair.b, &body, got, &n_got), ==, -1);
  g_assert_cmpint (errno, ==, EBADMSG);
  g_assert_cmpint (got[0], ==, -7);
  g_assert_cmpuint (n_got, ==, 99);
  g_assert_cmpuint (count_fds (), ==, before);
  pair_close (&pair);
}

static void
test_round_trip (void)
{
  const L2tpLinkExit sent = { .status = 19 };
  L2tpLinkBody body;
  int fds[L2TP_LINK_FDS_MAX];
  gsize n_fds = 99;
  Pair pair;

  pair_open (&pair);
  g_assert_cmpint (l2tp_link_receive (pair.b, &body, fds, &n_fds), ==, -1);
  g_assert_cmpint (errno, ==, EAGAIN);
  g_assert_cmpint (l2tp_link_send (pair.a, L2TP_LINK_EXIT, &sent, NULL, 0), ==, 0);
  g_assert_cmpint (l2tp_link_send (pair.a, L2TP_LINK_IP_DOWN, NULL, NULL, 0), ==, 0);
  g_assert_cmpint (l2tp_link_receive (pair.b, &body, fds, &n_fds), ==, L2TP_LINK_EXIT);
  g_assert_cmpint (body.exit.status, ==, 19);
  g_assert_cmpuint (n_fds, ==, 0);
  g_assert_cmpint (l2tp_link_receive (pair.b, &body, fds, &n_fds), ==, L2TP_LINK_IP_DOWN);
  close (pair.a);
  g_assert_cmpint (l2tp_link_receive (pair.b, &body, fds, &n_fds), ==, 0);
  close (pair.b);
}

static void
test_descriptors (void)
{
  const L2tpLinkSession sent = {
    .unit = 3, .mtu = 1400, .mru = 1400, .listen_time = 100, .restart_time = 1
  };
  const int given[5] = { 0, 1, 2, 0, 1 };
  L2tpLinkBody body;
  int fds[L2TP_LINK_FDS_MAX];
  gsize n_fds = 0;
  Pair pair;

  pair_open (&pair);
  g_assert_cmpint (l2tp_link_send (pair.a, L2TP_LINK_SESSION, &sent, given, 5), ==, 0);
  g_assert_cmpint (l2tp_link_receive (pair.b, &body, fds, &n_fds), ==, L2TP_LINK_SESSION);
  g_assert_cmpuint (n_fds, ==, 5);
  g_assert_cmpmem (&body.session, sizeof body.session, &sent, sizeof sent);
  for (gsize i = 0; i < n_fds; i++)
    {
      g_assert_cmpint (fcntl (fds[i], F_GETFD) & FD_CLOEXEC, ==, FD_CLOEXEC);
      close (fds[i]);
    }
  pair_close (&pair);
}

static void
test_send_refuses (void)
{
  const L2tpLinkSession session = { 0 };
  const int fds[7] = { 0 };
  Pair pair;

  pair_open (&pair);
  g_assert_cmpint (l2tp_link_send (pair.a, L2TP_LINK_SESSION, &session, fds, 4), ==, -1);
  g_assert_cmpint (errno, ==, EINVAL);
  g_assert_cmpint (l2tp_link_send (pair.a, L2TP_LINK_SESSION, &session, fds, 7), ==, -1);
  g_assert_cmpint (l2tp_link_send (pair.a, 99, &session, NULL, 0), ==, -1);
  close (pair.b);
  g_assert_cmpint (l2tp_link_send (pair.a, L2TP_LINK_IP_DOWN, NULL, NULL, 0), ==, -1);
  g_assert_cmpint (errno, ==, EPIPE);
  close (pair.a);
}

/* A full queue must not hold up either main loop. */
static void
test_never_blocks (void)
{
  const L2tpLinkText text = { .text = "x" };
  guint sent = 0;
  Pair pair;

  pair_open (&pair);
  while (l2tp_link_send (pair.a, L2TP_LINK_PEER_MESSAGE, &text, NULL, 0) == 0)
    g_assert_cmpuint (++sent, <, 100000);
  g_assert_cmpint (errno, ==, EAGAIN);
  pair_close (&pair);
}

static void
test_malformed (void)
{
  guint8 data[2000] = { 0 };

  for (guint type = 0; type < 256; type++)
    {
      gssize size = l2tp_link_body_size ((guint8) type);

      data[0] = (guint8) type;
      g_assert_cmpint (size, <=, L2TP_LINK_BODY_MAX);
      assert_refused (data, (gsize) MAX (size, 0) + 2, 0);
      assert_refused (data, sizeof data, 0);
      if (size > 0)
        assert_refused (data, (gsize) size, 0);
      if (size < 0)
        assert_refused (data, 1, 0);
    }
}

static void
test_wrong_descriptors (void)
{
  guint8 data[1 + L2TP_LINK_BODY_MAX] = { 0 };

  data[0] = L2TP_LINK_SESSION;
  for (gsize n = 0; n <= 16; n++)
    if (n < 5 || n > 6)
      assert_refused (data, 1 + sizeof (L2tpLinkSession), n);
  data[0] = L2TP_LINK_IDENTITY;
  assert_refused (data, 1, L2TP_LINK_N_IDENTITY_FDS - 1);
  assert_refused (data, 1, L2TP_LINK_N_IDENTITY_FDS + 1);
  data[0] = L2TP_LINK_UNIT;
  assert_refused (data, 1 + sizeof (L2tpLinkUnit), 0);
  assert_refused (data, 1 + sizeof (L2tpLinkUnit), 2);
  data[0] = L2TP_LINK_HELLO;
  assert_refused (data, 1 + sizeof (L2tpLinkHello), 1);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/link/round-trip", test_round_trip);
  g_test_add_func ("/link/descriptors", test_descriptors);
  g_test_add_func ("/link/send-refuses", test_send_refuses);
  g_test_add_func ("/link/never-blocks", test_never_blocks);
  g_test_add_func ("/link/malformed", test_malformed);
  g_test_add_func ("/link/wrong-descriptors", test_wrong_descriptors);
  return g_test_run ();
}
