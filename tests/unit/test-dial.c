/* SPDX-License-Identifier: GPL-2.0-or-later */
/* SPDX-FileCopyrightText: The l2tp-client authors */

/* From a gateway to an open tunnel, and why it does not come to that; on the loopback interface. */

#include "service/l2tp-dial.h"

#include <glib-unix.h>
#include <netinet/in.h>
#include <unistd.h>

#include "service/base/l2tp-error.h"

#define PATIENCE 5 /* s */

typedef struct
{
  L2tpPorts *ports;
  L2tpDial *dial;
  guint tried;
  guint failed;
  guint stage;
  GError *error;
} Fixture;

/* A bound socket that nobody answers from. */
static int
silent_lns (guint16 *ret_port)
{
  struct sockaddr_in address = { .sin_family = AF_INET,
                                 .sin_addr.s_addr = htonl (INADDR_LOOPBACK) };
  socklen_t len = sizeof address;
  int fd = socket (AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);

  g_assert_cmpint (bind (fd, (struct sockaddr *) &address, sizeof address), ==, 0);
  g_assert_cmpint (getsockname (fd, (struct sockaddr *) &address, &len), ==, 0);
  *ret_port = ntohs (address.sin_port);
  return fd;
}

static void
on_trying (L2tpDial *dial, Fixture *fixture)
{
  fixture->tried++;
}

static void
on_failed (L2tpDial *dial, guint stage, GError *error, Fixture *fixture)
{
  fixture->failed++;
  fixture->stage = stage;
  fixture->error = g_error_copy (error);
}

static void
dial (Fixture *fixture, const char *gateway, guint16 port, guint16 local_port)
{
  g_auto (GVariantDict) dict = G_VARIANT_DICT_INIT (NULL);
  g_autoptr (GVariant) settings = NULL;
  g_autoptr (L2tpConfig) config = NULL;

  g_variant_dict_insert (&dict, "name", "s", "work");
  g_variant_dict_insert (&dict, "gateway", "s", gateway);
  g_variant_dict_insert (&dict, "port", "u", port);
  g_variant_dict_insert (&dict, "local-port", "u", local_port);
  settings = g_variant_ref_sink (g_variant_dict_end (&dict));
  config = l2tp_config_new (settings, NULL, NULL);
  fixture->dial = l2tp_dial_new (config, "work", fixture->ports, NULL);
  g_signal_connect (fixture->dial, "trying", G_CALLBACK (on_trying), fixture);
  g_signal_connect (fixture->dial, "failed", G_CALLBACK (on_failed), fixture);
  l2tp_dial_start (fixture->dial);
}

static gboolean
give_up (gpointer data)
{
  g_error ("not within %d s", PATIENCE);
  return G_SOURCE_REMOVE;
}

static void
wait_for (const guint *count)
{
  guint timeout = g_timeout_add_seconds (PATIENCE, give_up, NULL);

  while (*count == 0)
    g_main_context_iteration (NULL, TRUE);
  g_source_remove (timeout);
}

static void
set_up (Fixture *fixture, gconstpointer data)
{
  fixture->ports = l2tp_ports_new ();
}

static void
tear_down (Fixture *fixture, gconstpointer data)
{
  g_clear_object (&fixture->dial);
  g_clear_error (&fixture->error);
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
  wait_for (&fixture->failed);
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
  wait_for (&fixture->failed);
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
  wait_for (&datagrams);
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

#define TEST(path, function) g_test_add (path, Fixture, NULL, set_up, function, tear_down)

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  TEST ("/dial/refused", test_refused);
  TEST ("/dial/port-taken", test_port_taken);
  TEST ("/dial/cancel", test_cancel);
  TEST ("/dial/cancel-at-once", test_cancel_at_once);
  return g_test_run ();
}
