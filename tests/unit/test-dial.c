/* SPDX-License-Identifier: GPL-2.0-or-later */
/* SPDX-FileCopyrightText: The l2tp-client authors */

/* From a gateway to an open tunnel, and why it does not come to that; on the loopback interface. */

#include "service/l2tp-dial.h"

#include <glib-unix.h>
#include <netinet/in.h>
#include <string.h>
#include <unistd.h>

#include "service/base/l2tp-error.h"
#include "test-wait.h"

/* Name servers that a test is: they answer when it says so. */
struct _TestResolver
{
  GResolver parent_instance;
  GTask *lookup;
};

#define TEST_TYPE_RESOLVER (test_resolver_get_type ())
G_DECLARE_FINAL_TYPE (TestResolver, test_resolver, TEST, RESOLVER, GResolver)
G_DEFINE_FINAL_TYPE (TestResolver, test_resolver, G_TYPE_RESOLVER)

static void
on_lookup (GResolver *resolver,
           const char *name,
           GCancellable *cancellable,
           GAsyncReadyCallback callback,
           gpointer data)
{
  g_clear_object (&TEST_RESOLVER (resolver)->lookup);
  TEST_RESOLVER (resolver)->lookup = g_task_new (resolver, cancellable, callback, data);
}

static GList *
on_lookup_finish (GResolver *resolver, GAsyncResult *result, GError **error)
{
  return g_task_propagate_pointer (G_TASK (result), error);
}

static void
test_resolver_class_init (TestResolverClass *klass)
{
  G_RESOLVER_CLASS (klass)->lookup_by_name_async = on_lookup;
  G_RESOLVER_CLASS (klass)->lookup_by_name_finish = on_lookup_finish;
}

static void
test_resolver_init (TestResolver *self)
{
}

typedef struct
{
  L2tpPorts *ports;
  GResolver *before; /* (nullable): who is asked as a rule */
  TestResolver *resolver;
  L2tpNetwork *network; /* or NULL */
  L2tpDial *dial;
  gboolean ipsec;
  guint tried;
  GString *order; /* of those: the end of the address, or r for the name */
  guint failed;
  guint stage;
  GError *error;
} Fixture;

/* In the place of the service's: there is a way to everybody, and a test says when it is another
 * one. */
struct _L2tpNetwork
{
  GObject parent_instance;

  gboolean has_moved;
  guint held;
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
l2tp_network_hold_async (L2tpNetwork *network,
                         GInetAddress *lns,
                         GCancellable *cancellable,
                         GAsyncReadyCallback callback,
                         gpointer user_data)
{
  g_autoptr (GTask) task = g_task_new (network, cancellable, callback, user_data);

  network->held++;
  g_task_return_boolean (task, TRUE);
}

gboolean
l2tp_network_hold_finish (L2tpNetwork *network, GAsyncResult *result, GError **error)
{
  return g_task_propagate_boolean (G_TASK (result), error);
}

gboolean
l2tp_network_has_left (L2tpNetwork *network, L2tpDriver *driver)
{
  return network->has_moved;
}

/* A bound socket that nobody answers from; 0 is any port. */
static int
lns_at (guint16 port)
{
  struct sockaddr_in address = { .sin_family = AF_INET,
                                 .sin_port = htons (port),
                                 .sin_addr.s_addr = htonl (INADDR_LOOPBACK) };
  int fd = socket (AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);

  g_assert_cmpint (bind (fd, (struct sockaddr *) &address, sizeof address), ==, 0);
  return fd;
}

static int
silent_lns (guint16 *ret_port)
{
  struct sockaddr_in address;
  socklen_t len = sizeof address;
  int fd = lns_at (0);

  g_assert_cmpint (getsockname (fd, (struct sockaddr *) &address, &len), ==, 0);
  *ret_port = ntohs (address.sin_port);
  return fd;
}

static void
on_trying (L2tpDial *dial, guint stage, Fixture *fixture)
{
  fixture->tried++;
  if (stage == L2TP_STAGE_RESOLVE)
    g_string_append_c (fixture->order, 'r');
  else
    {
      g_autoptr (GPtrArray) targets = l2tp_dial_get_targets (dial);
      g_autofree char *text = g_inet_address_to_string (
          g_inet_socket_address_get_address (g_ptr_array_index (targets, 0)));

      g_string_append_c (fixture->order, text[strlen (text) - 1]);
    }
}

static void
on_failed (L2tpDial *dial, guint stage, GError *error, Fixture *fixture)
{
  fixture->failed++;
  fixture->stage = stage;
  fixture->error = g_error_copy (error);
}

static void
prepare (Fixture *fixture, const char *gateway, guint16 port, guint16 local_port)
{
  g_auto (GVariantDict) dict = G_VARIANT_DICT_INIT (NULL);
  g_autoptr (GVariant) settings = NULL;
  g_autoptr (L2tpConfig) config = NULL;

  g_variant_dict_insert (&dict, "name", "s", "work");
  g_variant_dict_insert (&dict, "gateway", "s", gateway);
  g_variant_dict_insert (&dict, "port", "u", port);
  g_variant_dict_insert (&dict, "local-port", "u", local_port);
  g_variant_dict_insert (&dict, "ipsec-enabled", "b", fixture->ipsec);
  settings = g_variant_ref_sink (g_variant_dict_end (&dict));
  config = l2tp_config_new (settings, NULL, NULL);
  fixture->dial = l2tp_dial_new (config, "work", fixture->ports, fixture->network, NULL);
  g_signal_connect (fixture->dial, "trying", G_CALLBACK (on_trying), fixture);
  g_signal_connect (fixture->dial, "failed", G_CALLBACK (on_failed), fixture);
}

static void
dial (Fixture *fixture, const char *gateway, guint16 port, guint16 local_port)
{
  prepare (fixture, gateway, port, local_port);
  l2tp_dial_start (fixture->dial);
}

static void
set_up (Fixture *fixture, gconstpointer data)
{
  fixture->ports = l2tp_ports_new ();
  fixture->order = g_string_new (NULL);
}

static void
tear_down (Fixture *fixture, gconstpointer data)
{
  g_clear_object (&fixture->dial);
  if (fixture->resolver != NULL)
    {
      g_resolver_set_default (fixture->before);
      g_clear_object (&fixture->resolver->lookup);
    }
  g_clear_object (&fixture->resolver);
  g_clear_object (&fixture->before);
  g_clear_object (&fixture->network);
  g_clear_error (&fixture->error);
  g_string_free (fixture->order, TRUE);
  l2tp_ports_unref (fixture->ports);
  while (g_main_context_iteration (NULL, FALSE))
    continue;
}

/* XPRT-22: an ICMP error ends it, not a timeout. */
static void
test_refused (Fixture *fixture, gconstpointer data)
{
  guint16 port;

  close (silent_lns (&port));
  dial (fixture, "127.0.0.1", port, 0);
  test_wait_for (fixture->failed > 0);
  g_assert_cmpuint (fixture->tried, ==, 1);
  g_assert_cmpuint (fixture->stage, ==, L2TP_STAGE_TUNNEL);
  g_assert_error (fixture->error, L2TP_ERROR, L2TP_ERROR_UNREACHABLE);
}

static void
test_port_taken (Fixture *fixture, gconstpointer data)
{
  guint16 port;
  int program = silent_lns (&port);

  dial (fixture, "127.0.0.1", 1701, port);
  test_wait_for (fixture->failed > 0);
  g_assert_cmpuint (fixture->stage, ==, L2TP_STAGE_TUNNEL);
  g_assert_error (fixture->error, L2TP_ERROR, L2TP_ERROR_BUSY);
  close (program);
}

static gboolean
on_datagram (int fd, GIOCondition condition, gpointer data)
{
  guint *count = data;

  (*count)++;
  return G_SOURCE_REMOVE;
}

/* Cancelled while the LNS is silent: not a word more. */
static void
test_cancel (Fixture *fixture, gconstpointer data)
{
  guint16 port;
  guint datagrams = 0;
  int lns = silent_lns (&port);

  g_unix_fd_add (lns, G_IO_IN, on_datagram, &datagrams);
  dial (fixture, "127.0.0.1", port, 0);
  test_wait_for (datagrams > 0);
  l2tp_dial_cancel (fixture->dial, 1);
  g_clear_object (&fixture->dial);
  while (g_main_context_iteration (NULL, FALSE))
    continue;
  g_assert_cmpuint (fixture->failed, ==, 0);
  close (lns);
}

/* Cancelled before the resolver has answered. */
static void
test_cancel_at_once (Fixture *fixture, gconstpointer data)
{
  dial (fixture, "127.0.0.1", 1701, 0);
  l2tp_dial_cancel (fixture->dial, 1);
  g_clear_object (&fixture->dial);
  while (g_main_context_iteration (NULL, FALSE))
    continue;
  g_assert_cmpuint (fixture->tried + fixture->failed, ==, 0);
}

/* --- An LNS that sends everybody elsewhere ------------------------------------------------- */

#define N_LNSS 5 /* on 127.0.0.1 … 127.0.0.5 */

typedef struct
{
  int fd;
  guint number;
  guint asked; /* SCCRQs */
} Referrer;

/* StopCCN 2/7 that names the next one (TUN-30), as the answer to a SCCRQ. */
static gboolean
on_sccrq (int fd, GIOCondition condition, gpointer data)
{
  static const guint8 tunnel_id_avp[] = { 0x80, 0x08, 0x00, 0x00, 0x00, 0x09 };
  static const guint8 head[] = {
    0xc8, 0x02, 0x00, 0x31, 0, 0, 0, 0,  0,    0,    0, 1, /* to be patched */
    0x80, 0x08, 0,    0,    0, 0, 0, 4,                    /* StopCCN */
    0x80, 0x08, 0,    0,    0, 9, 0, 99, 0x80, 0x13, 0, 0, 0, 1, 0, 2, 0, 7
  };
  Referrer *self = data;
  guint8 packet[2048], answer[sizeof head + 9];
  struct sockaddr_in from;
  socklen_t from_len = sizeof from;
  gssize len = recvfrom (fd, packet, sizeof packet, 0, (struct sockaddr *) &from, &from_len);
  const guint8 *avp;

  avp = memmem (packet, (gsize) len, tunnel_id_avp, sizeof tunnel_id_avp);
  if (len <= 20 || packet[19] != 1) /* a ZLB, or anything but SCCRQ */
    return G_SOURCE_CONTINUE;
  g_assert_nonnull (avp);
  self->asked++;
  memcpy (answer, head, sizeof head);
  memcpy (answer + 4, avp + sizeof tunnel_id_avp, 2);
  memcpy (answer + sizeof head, "127.0.0.", 8);
  answer[sizeof head + 8] = (guint8) ('1' + self->number);
  answer[3] = sizeof answer;
  g_assert_cmpint (sendto (fd, answer, sizeof answer, 0, (struct sockaddr *) &from, from_len), ==,
                   sizeof answer);
  return G_SOURCE_CONTINUE;
}

static guint16
start_referrers (Referrer *referrers)
{
  guint16 port;

  close (silent_lns (&port));
  for (guint i = 0; i < N_LNSS; i++)
    {
      struct sockaddr_in address = { .sin_family = AF_INET,
                                     .sin_port = htons (port),
                                     .sin_addr.s_addr = htonl (INADDR_LOOPBACK + i) };

      referrers[i] = (Referrer){ .number = i + 1 };
      referrers[i].fd = socket (AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
      g_assert_cmpint (bind (referrers[i].fd, (struct sockaddr *) &address, sizeof address), ==, 0);
      g_unix_fd_add (referrers[i].fd, G_IO_IN, on_sccrq, &referrers[i]);
    }
  return port;
}

static void
stop_referrers (Referrer *referrers)
{
  for (guint i = 0; i < N_LNSS; i++)
    {
      g_source_remove_by_user_data (&referrers[i]);
      close (referrers[i].fd);
    }
}

/* TUN-30: inside IPsec three times, outside never; and what was not followed is told. */
static void
test_try_another (Fixture *fixture, gconstpointer data)
{
  Referrer referrers[N_LNSS];
  gboolean ipsec = GPOINTER_TO_INT (data);
  guint16 port = start_referrers (referrers);
  guint last = ipsec ? 4 : 1;
  g_autofree char *other = g_strdup_printf ("127.0.0.%u", last + 1);

  fixture->ipsec = ipsec;
  dial (fixture, "127.0.0.1", port, 0);
  test_wait_for (fixture->failed > 0);
  for (guint i = 0; i < N_LNSS; i++)
    g_assert_cmpuint (referrers[i].asked, ==, i < last ? 1 : 0);
  g_assert_cmpuint (fixture->tried, ==, last);
  g_assert_error (fixture->error, L2TP_ERROR, L2TP_ERROR_TUNNEL_REFUSED);
  g_assert_nonnull (strstr (fixture->error->message, other));
  g_assert_nonnull (strstr (fixture->error->message, "IPsec"));
  g_assert_nonnull (strstr (fixture->error->message, "set gateway"));
  stop_referrers (referrers);
}

/* After it was up: the same one, again and again, because it may only be restarting. */
static void
test_again (Fixture *fixture, gconstpointer data)
{
  g_autoptr (GInetAddress) address = g_inet_address_new_loopback (G_SOCKET_FAMILY_IPV4);
  g_autoptr (GSocketAddress) lns = NULL;
  guint16 port;
  guint datagrams = 0;
  int fd;

  close (silent_lns (&port));
  lns = g_inet_socket_address_new (address, port);
  dial (fixture, "127.0.0.1", port, 0);
  test_wait_for (fixture->failed > 0);
  l2tp_dial_again (fixture->dial, G_INET_SOCKET_ADDRESS (lns), NULL, 20 * G_TIME_SPAN_MILLISECOND);
  g_assert_cmpuint (fixture->tried, ==, 1);
  test_wait_for (fixture->tried == 4);
  fd = lns_at (port);
  g_unix_fd_add (fd, G_IO_IN, on_datagram, &datagrams);
  test_wait_for (datagrams > 0);
  g_assert_cmpuint (fixture->failed, ==, 1);
  close (fd);
}

/* HDR-12: an LNS that had answered from another port still listens at its first one, whoever
 * dialled it then. */
static void
test_know (Fixture *fixture, gconstpointer data)
{
  g_autoptr (GInetAddress) address = g_inet_address_new_loopback (G_SOCKET_FAMILY_IPV4);
  g_autoptr (GSocketAddress) lns = NULL;
  g_autoptr (GPtrArray) targets = NULL;
  guint16 port;
  guint datagrams = 0;
  int fd = silent_lns (&port);

  g_unix_fd_add (fd, G_IO_IN, on_datagram, &datagrams);
  lns = g_inet_socket_address_new (address, port ^ 1);
  prepare (fixture, "127.0.0.1", port, 0);
  l2tp_dial_know (fixture->dial, address);
  targets = l2tp_dial_get_targets (fixture->dial);
  g_assert_cmpuint (targets->len, ==, 1);
  g_assert_cmpuint (g_inet_socket_address_get_port (targets->pdata[0]), ==, port);
  l2tp_dial_again (fixture->dial, G_INET_SOCKET_ADDRESS (lns), NULL, 0);
  test_wait_for (datagrams > 0);
  g_assert_cmpuint (fixture->tried, ==, 1);
  close (fd);
}

/* --- An address that is remembered --------------------------------------------------------- */

static guint16
prepare_name (Fixture *fixture, guint remembered, gboolean is_first)
{
  g_autofree char *text = g_strdup_printf ("127.0.0.%u", remembered);
  g_autoptr (GInetAddress) address = g_inet_address_new_from_string (text);
  guint16 port;

  close (silent_lns (&port));
  prepare (fixture, "vpn.example", port, 0);
  l2tp_dial_remember (fixture->dial, address, is_first);
  fixture->before = g_resolver_get_default ();
  fixture->resolver = g_object_new (TEST_TYPE_RESOLVER, NULL);
  g_resolver_set_default (G_RESOLVER (fixture->resolver));
  return port;
}

/* @hosts: of 127.0.0.0; 0 is the end, and alone the end of the name */
static void
resolve (Fixture *fixture, guint first, guint second)
{
  g_autoptr (GTask) lookup = g_steal_pointer (&fixture->resolver->lookup);
  const guint hosts[] = { first, second };
  GList *addresses = NULL;

  for (guint i = 0; i < G_N_ELEMENTS (hosts) && hosts[i] != 0; i++)
    {
      g_autofree char *text = g_strdup_printf ("127.0.0.%u", hosts[i]);

      addresses = g_list_append (addresses, g_inet_address_new_from_string (text));
    }
  if (addresses == NULL)
    g_task_return_new_error (lookup, G_RESOLVER_ERROR, G_RESOLVER_ERROR_TEMPORARY_FAILURE,
                             "no name server");
  else
    g_task_return_pointer (lookup, addresses, (GDestroyNotify) g_resolver_free_addresses);
}

/* They all refuse. */
static void
assert_tried (Fixture *fixture, const char *order)
{
  test_wait_for (fixture->failed > 0);
  g_assert_cmpstr (fixture->order->str, ==, order);
  g_assert_cmpuint (fixture->stage, ==, L2TP_STAGE_TUNNEL);
  g_assert_error (fixture->error, L2TP_ERROR, L2TP_ERROR_UNREACHABLE);
}

typedef struct
{
  gboolean is_first;
  guint resolved[2];
  const char *tried; /* 2 is what is remembered */
} Order;

static const Order orders[] = {
  { TRUE, { 1, 2 }, "21" },  /* none of them twice */
  { TRUE, { 1, 3 }, "13" },  /* the name stands for others now */
  { FALSE, { 1, 2 }, "12" }, /* it was of no use, and has no preference */
  { TRUE, { 0 }, "2" },      /* name servers that a kill switch may keep from us */
  { FALSE, { 0 }, "2" },
};

/* Where the name servers answer at once, or not at all. */
static void
test_remembered_order (Fixture *fixture, gconstpointer data)
{
  const Order *order = data;

  prepare_name (fixture, 2, order->is_first);
  l2tp_dial_start (fixture->dial);
  g_assert_cmpuint (fixture->tried, ==, 0);
  resolve (fixture, order->resolved[0], order->resolved[1]);
  assert_tried (fixture, order->tried);
}

typedef struct
{
  guint resolved[2];
  const char *tried;
} Late;

static const Late late[] = {
  { { 2, 1 }, "2r1" },
  { { 1, 0 }, "2r1" },
  { { 2, 0 }, "2r" },
  { { 0 }, "2r" },
};

/* It is dialled while the name servers think. What they say then is tried in the same attempt, if
 * they say anything else. */
static void
test_remembered_slow (Fixture *fixture, gconstpointer data)
{
  const Late *answer = data;

  prepare_name (fixture, 2, TRUE);
  l2tp_dial_start (fixture->dial);
  test_wait_for (fixture->tried == 2);
  g_assert_cmpuint (fixture->failed, ==, 0);
  resolve (fixture, answer->resolved[0], answer->resolved[1]);
  assert_tried (fixture, answer->tried);
}

/* A name that is resolved meanwhile takes it nothing of its time. */
static void
test_remembered_silent (Fixture *fixture, gconstpointer data)
{
  guint16 port = prepare_name (fixture, 1, TRUE);
  guint datagrams = 0;
  int lns = lns_at (port);

  g_unix_fd_add (lns, G_IO_IN, on_datagram, &datagrams);
  l2tp_dial_start (fixture->dial);
  test_wait_for (datagrams > 0);
  resolve (fixture, 3, 1);
  while (g_main_context_iteration (NULL, FALSE))
    continue;
  g_assert_cmpuint (fixture->tried, ==, 1);
  close (lns); /* which the next SCCRQ finds out */
  assert_tried (fixture, "13");
}

/* Whoever is dialled instead is not waited for as the last one is: the LNS may be back. */
static void
test_remembered_substitute (Fixture *fixture, gconstpointer data)
{
  int substitute = lns_at (prepare_name (fixture, 2, TRUE));

  l2tp_dial_start (fixture->dial);
  resolve (fixture, 1, 2);
  test_wait_for (fixture->failed > 0);
  g_assert_cmpstr (fixture->order->str, ==, "21");
  g_assert_error (fixture->error, L2TP_ERROR, L2TP_ERROR_TIMEOUT);
  close (substitute);
}

typedef struct
{
  guint n;
  in_port_t from[8];
} Senders;

static gboolean
on_sender (int fd, GIOCondition condition, gpointer data)
{
  Senders *self = data;
  struct sockaddr_in from;
  socklen_t len = sizeof from;
  guint8 packet[2048];

  g_assert_cmpint (recvfrom (fd, packet, sizeof packet, 0, (struct sockaddr *) &from, &len), >, 20);
  if (packet[19] == 1 && self->n < G_N_ELEMENTS (self->from)) /* SCCRQ */
    self->from[self->n++] = from.sin_port;
  return G_SOURCE_CONTINUE;
}

/* The way to the LNS changes under an SCCRQ: the same one again, at once, if it can still be
 * answered, else one of another tunnel; and once a second, however often it changes. */
static void
test_moved (Fixture *fixture, gconstpointer data)
{
  Senders senders = { 0 };
  guint16 port;
  int lns = silent_lns (&port);
  guint source = g_unix_fd_add (lns, G_IO_IN, on_sender, &senders);
  gint64 asked_at;

  fixture->network = g_object_new (L2TP_TYPE_NETWORK, NULL);
  fixture->network->has_moved = GPOINTER_TO_INT (data);
  dial (fixture, "127.0.0.1", port, 0);
  test_wait_for (senders.n == 1);
  asked_at = g_get_monotonic_time ();
  g_assert_cmpuint (fixture->network->held, ==, 1);
  for (guint i = 0; i < 3; i++)
    l2tp_dial_moved (fixture->dial);
  test_wait_for (senders.n == 2);
  /* By itself it is repeated after a second. */
  g_assert_cmpint (g_get_monotonic_time () - asked_at, <, 900 * G_TIME_SPAN_MILLISECOND);
  g_assert_cmpint (senders.from[0] == senders.from[1], ==, !fixture->network->has_moved);
  g_assert_cmpuint (fixture->network->held, ==, 2);
  l2tp_dial_moved (fixture->dial);
  test_wait_for (fixture->network->held == 3);
  g_assert_cmpint (g_get_monotonic_time () - asked_at, >, 900 * G_TIME_SPAN_MILLISECOND);
  g_assert_cmpuint (fixture->failed, ==, 0);
  l2tp_dial_cancel (fixture->dial, 1);
  g_source_remove (source);
  close (lns);
}

#define TEST(path, function) g_test_add (path, Fixture, NULL, set_up, function, tear_down)

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  TEST ("/dial/refused", test_refused);
  TEST ("/dial/port-taken", test_port_taken);
  TEST ("/dial/cancel", test_cancel);
  TEST ("/dial/cancel-at-once", test_cancel_at_once);
  TEST ("/dial/again", test_again);
  TEST ("/dial/know", test_know);
  for (guint i = 0; i < G_N_ELEMENTS (orders); i++)
    {
      g_autofree char *path = g_strdup_printf ("/dial/remembered/order-%u", i);

      g_test_add (path, Fixture, &orders[i], set_up, test_remembered_order, tear_down);
    }
  TEST ("/dial/remembered/silent", test_remembered_silent);
  TEST ("/dial/remembered/substitute", test_remembered_substitute);
  for (guint i = 0; i < G_N_ELEMENTS (late); i++)
    {
      g_autofree char *path = g_strdup_printf ("/dial/remembered/slow-%u", i);

      g_test_add (path, Fixture, &late[i], set_up, test_remembered_slow, tear_down);
    }
  g_test_add ("/dial/try-another", Fixture, GINT_TO_POINTER (FALSE), set_up, test_try_another,
              tear_down);
  g_test_add ("/dial/try-another-ipsec", Fixture, GINT_TO_POINTER (TRUE), set_up, test_try_another,
              tear_down);
  g_test_add ("/dial/moved", Fixture, GINT_TO_POINTER (TRUE), set_up, test_moved, tear_down);
  g_test_add ("/dial/back", Fixture, GINT_TO_POINTER (FALSE), set_up, test_moved, tear_down);
  return g_test_run ();
}
