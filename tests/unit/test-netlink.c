/* SPDX-License-Identifier: GPL-2.0-or-later */
/* SPDX-FileCopyrightText: The l2tp-client authors */

/* Requests to the kernel that need no privileges: answers, refusals, order and cancellation. */

#include "service/io/l2tp-netlink.h"

#include <errno.h>
#include <libmnl/libmnl.h>
#include <linux/rtnetlink.h>

#define NO_LINK 0x7fffffff
#define MANY    200

typedef struct
{
  GMainLoop *loop;
  guint expected;
  guint done;
  guint cancelled;
  GPtrArray *answers; /* of the last one */
  GError *error;
} Fixture;

static void
on_answer (GObject *source, GAsyncResult *result, gpointer data)
{
  Fixture *fixture = data;

  g_clear_pointer (&fixture->answers, g_ptr_array_unref);
  g_clear_error (&fixture->error);
  fixture->answers = l2tp_netlink_request_finish (L2TP_NETLINK (source), result, &fixture->error);
  if (g_error_matches (fixture->error, G_IO_ERROR, G_IO_ERROR_CANCELLED))
    fixture->cancelled++;
  if (++fixture->done == fixture->expected)
    g_main_loop_quit (fixture->loop);
}

static void
ask (L2tpNetlink *netlink, Fixture *fixture, guint16 flags, int ifindex, GCancellable *cancellable)
{
  union
  {
    struct nlmsghdr header;
    char octets[64];
  } message = { 0 };
  struct nlmsghdr *header = mnl_nlmsg_put_header (&message);
  struct ifinfomsg *link = mnl_nlmsg_put_extra_header (header, sizeof *link);

  header->nlmsg_type = RTM_GETLINK;
  header->nlmsg_flags = flags;
  link->ifi_index = ifindex;
  fixture->expected++;
  l2tp_netlink_request_async (netlink, header, cancellable, on_answer, fixture);
}

static void
fixture_set_up (Fixture *fixture, gconstpointer data)
{
  fixture->loop = g_main_loop_new (NULL, FALSE);
}

static void
fixture_tear_down (Fixture *fixture, gconstpointer data)
{
  g_clear_pointer (&fixture->answers, g_ptr_array_unref);
  g_clear_error (&fixture->error);
  g_main_loop_unref (fixture->loop);
}

static void
assert_link (GBytes *answer, int ifindex)
{
  const struct nlmsghdr *header = g_bytes_get_data (answer, NULL);
  const struct ifinfomsg *link = mnl_nlmsg_get_payload (header);

  g_assert_cmpuint (header->nlmsg_type, ==, RTM_NEWLINK);
  g_assert_cmpuint (header->nlmsg_len, <=, g_bytes_get_size (answer));
  if (ifindex != 0)
    g_assert_cmpint (link->ifi_index, ==, ifindex);
}

/* The loopback interface is the first everywhere. */
static void
test_answers (Fixture *fixture, gconstpointer data)
{
  g_autoptr (L2tpNetlink) netlink = l2tp_netlink_new (NULL);

  ask (netlink, fixture, 0, 1, NULL);
  g_main_loop_run (fixture->loop);
  g_assert_no_error (fixture->error);
  g_assert_cmpuint (fixture->answers->len, ==, 1);
  assert_link (fixture->answers->pdata[0], 1);

  ask (netlink, fixture, NLM_F_DUMP, 0, NULL);
  g_main_loop_run (fixture->loop);
  g_assert_no_error (fixture->error);
  g_assert_cmpuint (fixture->answers->len, >=, 1);
  for (guint i = 0; i < fixture->answers->len; i++)
    assert_link (fixture->answers->pdata[i], i == 0 ? 1 : 0);
}

static void
test_refusal (Fixture *fixture, gconstpointer data)
{
  g_autoptr (L2tpNetlink) netlink = l2tp_netlink_new (NULL);

  ask (netlink, fixture, 0, NO_LINK, NULL);
  g_main_loop_run (fixture->loop);
  g_assert_error (fixture->error, L2TP_NETLINK_ERROR, ENODEV);
  g_assert_null (fixture->answers);
}

static void
test_many (Fixture *fixture, gconstpointer data)
{
  g_autoptr (L2tpNetlink) netlink = l2tp_netlink_new (NULL);

  for (guint i = 0; i < MANY; i++)
    ask (netlink, fixture, i % 3 == 0 ? NLM_F_DUMP : 0, 1, NULL);
  ask (netlink, fixture, 0, NO_LINK, NULL);
  g_main_loop_run (fixture->loop);
  g_assert_cmpuint (fixture->done, ==, MANY + 1);
  g_assert_error (fixture->error, L2TP_NETLINK_ERROR, ENODEV);
}

/* Those that wait, and one that was cancelled before it was made; the kernel may have answered the
 * first by then, and if not, its answers belong to nobody. */
static void
test_cancelled (Fixture *fixture, gconstpointer data)
{
  g_autoptr (L2tpNetlink) netlink = l2tp_netlink_new (NULL);
  g_autoptr (GCancellable) cancellable = g_cancellable_new ();

  for (guint i = 0; i < 3; i++)
    ask (netlink, fixture, NLM_F_DUMP, 0, cancellable);
  g_cancellable_cancel (cancellable);
  ask (netlink, fixture, 0, 1, cancellable);
  g_main_loop_run (fixture->loop);
  g_assert_cmpuint (fixture->cancelled, >=, 3);
  ask (netlink, fixture, 0, 1, NULL);
  g_main_loop_run (fixture->loop);
  g_assert_no_error (fixture->error);
  g_assert_cmpuint (fixture->answers->len, ==, 1);
  assert_link (fixture->answers->pdata[0], 1);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
#define ADD(NAME, FUNCTION)                                                                        \
  g_test_add (NAME, Fixture, NULL, fixture_set_up, FUNCTION, fixture_tear_down)
  ADD ("/netlink/answers", test_answers);
  ADD ("/netlink/refusal", test_refusal);
  ADD ("/netlink/many", test_many);
  ADD ("/netlink/cancelled", test_cancelled);
#undef ADD
  return g_test_run ();
}
