/* SPDX-License-Identifier: GPL-2.0-or-later */
/* SPDX-FileCopyrightText: The l2tp-client authors */

/* Whom a trial tunnel asks, how often, and what it says when nobody answers; on the loopback
 * interface. */

#include "service/l2tp-trial.h"
#include "test-wait.h"

#include <glib-unix.h>
#include <netinet/in.h>
#include <string.h>
#include <unistd.h>

#define PATIENCE      (100 * G_TIME_SPAN_MILLISECOND)
#define MESSAGE_TYPE  18 /* octets into a message whose first AVP it is (HDR-28) */
#define SCCRQ         1
#define MAX_DATAGRAMS 8

/* An LNS that hears and says nothing. */
typedef struct
{
  int fd;
  guint source;
  guint heard;
  guint16 senders[MAX_DATAGRAMS];
} Lns;

typedef struct
{
  L2tpPorts *ports;
  L2tpConfig *config;
  GPtrArray *targets;
  L2tpNetwork *network;
  L2tpTrial *trial;
  Lns lns[2];
} Fixture;

/* In the place of the service's: remembers who is to be reached, and whom it was told to forget. */
struct _L2tpNetwork
{
  GObject parent_instance;

  GTask *reaching; /* until the test lets it go on */
  char *reached;
  guint forgotten;
};

G_DEFINE_FINAL_TYPE (L2tpNetwork, l2tp_network, G_TYPE_OBJECT)

static void
l2tp_network_class_init (L2tpNetworkClass *klass)
{
}

static void
l2tp_network_init (L2tpNetwork *self)
{
}

void
l2tp_network_reach_async (L2tpNetwork *network,
                          GInetAddress *lns,
                          GCancellable *cancellable,
                          GAsyncReadyCallback callback,
                          gpointer user_data)
{
  g_autoptr (GTask) task = g_task_new (network, cancellable, callback, user_data);

  g_clear_pointer (&network->reached, g_free);
  if (lns == NULL)
    {
      network->forgotten++;
      g_task_return_boolean (task, TRUE);
      return;
    }
  network->reached = g_inet_address_to_string (lns);
  network->reaching = g_steal_pointer (&task);
}

gboolean
l2tp_network_reach_finish (L2tpNetwork *network, GAsyncResult *result, GError **error)
{
  return g_task_propagate_boolean (G_TASK (result), error);
}

static void
let_go_on (L2tpNetwork *network)
{
  g_autoptr (GTask) reaching = g_steal_pointer (&network->reaching);

  g_task_return_boolean (reaching, TRUE);
}

static gboolean
on_datagram (int fd, GIOCondition condition, gpointer data)
{
  Lns *lns = data;
  struct sockaddr_in from;
  socklen_t len = sizeof from;
  guint8 datagram[1500];
  gssize size = recvfrom (fd, datagram, sizeof datagram, 0, (struct sockaddr *) &from, &len);

  g_assert_cmpint (size, >, MESSAGE_TYPE + 2);
  g_assert_cmpuint (datagram[MESSAGE_TYPE] << 8 | datagram[MESSAGE_TYPE + 1], ==, SCCRQ);
  if (lns->heard < MAX_DATAGRAMS)
    lns->senders[lns->heard] = from.sin_port;
  lns->heard++;
  return G_SOURCE_CONTINUE;
}

/* 127.0.0.1, 127.0.0.2 … with one port. */
static void
lns_open (Lns *self, guint index, guint16 *port)
{
  struct sockaddr_in address = { .sin_family = AF_INET,
                                 .sin_port = htons (*port),
                                 .sin_addr.s_addr = htonl (INADDR_LOOPBACK + index) };
  socklen_t len = sizeof address;

  self->fd = socket (AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
  g_assert_cmpint (bind (self->fd, (struct sockaddr *) &address, sizeof address), ==, 0);
  g_assert_cmpint (getsockname (self->fd, (struct sockaddr *) &address, &len), ==, 0);
  *port = ntohs (address.sin_port);
  self->source = g_unix_fd_add (self->fd, G_IO_IN, on_datagram, self);
}

static void
lns_close (Lns *self)
{
  g_clear_handle_id (&self->source, g_source_remove);
  close (self->fd);
}

static void
set_up (Fixture *fixture, gconstpointer data)
{
  g_auto (GVariantDict) dict = G_VARIANT_DICT_INIT (NULL);
  g_autoptr (GVariant) settings = NULL;
  guint16 port = 0;

  g_variant_dict_insert (&dict, "name", "s", "work");
  g_variant_dict_insert (&dict, "gateway", "s", "127.0.0.1");
  settings = g_variant_ref_sink (g_variant_dict_end (&dict));
  fixture->config = l2tp_config_new (settings, NULL, NULL);
  fixture->ports = l2tp_ports_new ();
  fixture->targets = g_ptr_array_new_with_free_func (g_object_unref);
  for (guint i = 0; i < G_N_ELEMENTS (fixture->lns); i++)
    {
      g_autofree char *address = g_strdup_printf ("127.0.0.%u", i + 1);

      lns_open (&fixture->lns[i], i, &port);
      g_ptr_array_add (fixture->targets, g_inet_socket_address_new_from_string (address, port));
    }
  fixture->trial = l2tp_trial_new (fixture->config, "work", fixture->ports, NULL, fixture->targets);
  fixture->network = g_object_new (L2TP_TYPE_NETWORK, NULL);
}

static void
tear_down (Fixture *fixture, gconstpointer data)
{
  g_clear_object (&fixture->trial);
  while (g_main_context_iteration (NULL, FALSE))
    continue;
  for (guint i = 0; i < G_N_ELEMENTS (fixture->lns); i++)
    if (fixture->lns[i].source != 0)
      lns_close (&fixture->lns[i]);
  g_free (fixture->network->reached);
  g_object_unref (fixture->network);
  g_ptr_array_unref (fixture->targets);
  l2tp_ports_unref (fixture->ports);
  l2tp_config_unref (fixture->config);
}

/* Each address in turn, from a fresh socket every time, and no StopCCN to who never answered. */
static void
test_silent (Fixture *fixture, gconstpointer data)
{
  l2tp_trial_start (fixture->trial, PATIENCE);
  l2tp_trial_start (fixture->trial, PATIENCE); /* it is under way */
  test_wait_for (fixture->lns[0].heard >= 1);
  g_assert_cmpuint (fixture->lns[1].heard, ==, 0);
  test_wait_for (fixture->lns[1].heard >= 1);
  test_wait_for (fixture->lns[0].heard >= 2);
  g_assert_cmpuint (fixture->lns[1].heard, ==, 1);
  g_assert_null (l2tp_trial_get_driver (fixture->trial));
  g_assert_false (l2tp_trial_was_refused (fixture->trial));
  l2tp_trial_stop (fixture->trial);
  while (g_main_context_iteration (NULL, FALSE))
    continue;
  g_assert_cmpuint (fixture->lns[0].heard + fixture->lns[1].heard, ==, 3);
}

/* XPRT-22: the first address's port is closed, which tells; another one's would not. */
static void
test_refused (Fixture *fixture, gconstpointer data)
{
  guint closed = GPOINTER_TO_UINT (data);

  lns_close (&fixture->lns[closed]);
  l2tp_trial_start (fixture->trial, PATIENCE);
  test_wait_for (fixture->lns[1 - closed].heard >= 2);
  g_assert_cmpint (l2tp_trial_was_refused (fixture->trial), ==, closed == 0);
}

/* Stopped and started anew it begins with the first address, from which nobody has moved. */
static void
test_again (Fixture *fixture, gconstpointer data)
{
  l2tp_trial_start (fixture->trial, PATIENCE);
  test_wait_for (fixture->lns[1].heard >= 1);
  l2tp_trial_stop (fixture->trial);
  l2tp_trial_start (fixture->trial, PATIENCE);
  test_wait_for (fixture->lns[0].heard >= 2);
  g_assert_cmpuint (fixture->lns[1].heard, ==, 1);
  g_assert_cmpuint (fixture->lns[0].senders[0], !=, fixture->lns[0].senders[1]);
}

/* Nothing goes to another address than the first before the network has a way there, nor when the
 * trial was dropped meanwhile; the way is given up with the trial. */
static void
test_reached (Fixture *fixture, gconstpointer data)
{
  g_object_unref (fixture->trial);
  fixture->trial =
      l2tp_trial_new (fixture->config, "work", fixture->ports, fixture->network, fixture->targets);
  l2tp_trial_start (fixture->trial, PATIENCE);
  test_wait_for (fixture->network->reaching != NULL);
  g_assert_cmpuint (fixture->lns[0].heard, ==, 1);
  g_assert_cmpstr (fixture->network->reached, ==, "127.0.0.2");
  l2tp_trial_stop (fixture->trial);
  g_assert_cmpuint (fixture->network->forgotten, ==, 1);
  let_go_on (fixture->network);
  while (g_main_context_iteration (NULL, FALSE))
    continue;
  g_assert_cmpuint (fixture->lns[1].heard, ==, 0);

  l2tp_trial_start (fixture->trial, PATIENCE);
  test_wait_for (fixture->network->reaching != NULL);
  g_assert_cmpuint (fixture->lns[1].heard, ==, 0);
  let_go_on (fixture->network);
  test_wait_for (fixture->lns[1].heard == 1);
  test_wait_for (fixture->lns[0].heard == 3);
  l2tp_trial_stop (fixture->trial);
  g_assert_cmpuint (fixture->network->forgotten, ==, 2);
  g_assert_null (fixture->network->reached);
}

#define TEST(NAME, DATA, FUNCTION)                                                                 \
  g_test_add ("/trial/" NAME, Fixture, DATA, set_up, FUNCTION, tear_down)

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);

  TEST ("silent", NULL, test_silent);
  TEST ("refused", GUINT_TO_POINTER (0), test_refused);
  TEST ("other-refused", GUINT_TO_POINTER (1), test_refused);
  TEST ("again", NULL, test_again);
  TEST ("reached", NULL, test_reached);

  return g_test_run ();
}
