/* SPDX-License-Identifier: GPL-2.0-or-later */
/* SPDX-FileCopyrightText: The l2tp-client authors */

/* Which local ports a tunnel inside IPsec comes from, and what happens before there is an SA; in a
 * network of its own, where there may be policies. */

#include <net/if.h>
#include <netinet/in.h>
#include <netinet/udp.h>
#include <sched.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <unistd.h>

#include <gio/gunixsocketaddress.h>
#include <glib/gstdio.h>

#include "service/l2tp-dial.h"
#include "service/l2tp-secure.h"

#define LOCAL_PORT 40000

static L2tpSecure *
secure_new (const char *options, guint attempt)
{
  g_autofree char *text = g_strdup_printf (
      "{'name': <'work'>, 'gateway': <'lns'>, 'ipsec-enabled': <'yes'>%s}", options);
  g_autoptr (GVariant) settings = g_variant_parse (G_VARIANT_TYPE_VARDICT, text, NULL, NULL, NULL);
  g_autoptr (L2tpConfig) config = l2tp_config_new (settings, NULL, NULL);
  g_autoptr (L2tpIpsecDaemon) ike = l2tp_ipsec_daemon_new ("/nowhere");

  return l2tp_secure_new (ike, config, "work", 0, attempt);
}

static void
test_ports (void)
{
  static const struct
  {
    const char *options;
    guint attempt, n, first, second;
  } cases[] = {
    { "", 0, 2, 1701, 0 },
    { "", 1, 2, 0, 1701 },
    { "", 2, 2, 1701, 0 },
    { ", 'local-port': <'auto'>", 0, 2, 0, 1701 },
    { ", 'local-port': <'auto'>", 1, 2, 0, 1701 },
    { ", 'ephemeral-port': <'yes'>", 0, 2, 0, 1701 },
    { ", 'ephemeral-port': <'no'>", 0, 2, 1701, 0 },
    { ", 'local-port': <'1701'>", 1, 1, 1701, 0 },
    { ", 'local-port': <'5000'>", 0, 1, 5000, 0 },
  };

  for (guint i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      g_autoptr (L2tpSecure) secure = secure_new (cases[i].options, cases[i].attempt);
      guint16 ports[2];

      g_test_message ("%s %u", cases[i].options, cases[i].attempt);
      g_assert_cmpuint (l2tp_secure_get_ports (secure, ports), ==, cases[i].n);
      g_assert_cmpuint (ports[0], ==, cases[i].first);
      if (cases[i].n == 2)
        g_assert_cmpuint (ports[1], ==, cases[i].second);
    }
}

static void
on_down (GObject *source, GAsyncResult *result, gpointer data)
{
  l2tp_secure_down_finish (L2TP_SECURE (source), result);
  *(gboolean *) data = TRUE;
}

/* A call may end before anything has been asked of it. */
static void
test_down_at_once (void)
{
  g_autoptr (L2tpSecure) secure = secure_new ("", 0);
  gboolean is_down = FALSE;

  l2tp_secure_prepare (secure);
  l2tp_secure_down_async (secure, 0, on_down, &is_down);
  while (!is_down)
    g_main_context_iteration (NULL, TRUE);
}

/* An IKE daemon that hears, and says nothing. */
static GSocket *
silent_daemon (const char *path)
{
  g_autoptr (GSocketAddress) address = g_unix_socket_address_new (path);
  GSocket *socket = g_socket_new (G_SOCKET_FAMILY_UNIX, G_SOCKET_TYPE_STREAM, 0, NULL);

  g_assert_true (g_socket_bind (socket, address, TRUE, NULL));
  g_assert_true (g_socket_listen (socket, NULL));
  return socket;
}

/* As if from @LOCAL_PORT, to a port where nobody is: the answer is ICMP's. */
static void
forge_refusal (guint16 port)
{
  struct sockaddr_in to = { .sin_family = AF_INET, .sin_addr.s_addr = htonl (INADDR_LOOPBACK) };
  struct udphdr header = { .source = htons (LOCAL_PORT),
                           .dest = htons (port),
                           .len = htons (sizeof header) };
  int fd = socket (AF_INET, SOCK_RAW | SOCK_CLOEXEC, IPPROTO_UDP);

  g_assert_cmpint (sendto (fd, &header, sizeof header, 0, (struct sockaddr *) &to, sizeof to), ==,
                   sizeof header);
  close (fd);
}

static void
on_trying (L2tpDial *dial, guint stage, guint *stages)
{
  *stages |= 1u << stage;
}

static void
on_failed (L2tpDial *dial, guint stage, GError *error, gpointer data)
{
  g_error ("failed: %s", error->message);
}

/* Nothing has been sent to the LNS: no ICMP error is its answer, and none ends the dialling, or
 * moves it to where the guard does not stand. */
static void
test_icmp (gconstpointer is_alone)
{
  g_autofree char *directory = g_dir_make_tmp ("l2tp-XXXXXX", NULL);
  g_autofree char *path = g_build_filename (directory, "vici", NULL);
  g_autoptr (GVariant) settings = g_variant_new_parsed (
      "{'name': <'work'>, 'gateway': <'127.0.0.1'>, 'port': <'40001'>, 'local-port': <'40000'>,"
      " 'ipsec-enabled': <'yes'>}");
  g_autoptr (GVariant) secrets = g_variant_new_parsed ("{'ipsec-psk': <'secret'>}");
  g_autoptr (L2tpConfig) config = l2tp_config_new (settings, secrets, NULL);
  g_autoptr (L2tpIpsecDaemon) ike = l2tp_ipsec_daemon_new (path);
  g_autoptr (L2tpSecure) secure = l2tp_secure_new (ike, config, "work", 0, 0);
  L2tpPorts *ports = l2tp_ports_new ();
  g_autoptr (L2tpDial) dial = l2tp_dial_new (config, "work", ports, NULL, secure);
  g_autoptr (GSocket) daemon = NULL;
  gboolean is_down = FALSE;
  guint stages = 0;

  if (is_alone == NULL)
    {
      g_test_skip ("no network of our own");
      return;
    }
  daemon = silent_daemon (path);
  g_signal_connect (dial, "trying", G_CALLBACK (on_trying), &stages);
  g_signal_connect (dial, "failed", G_CALLBACK (on_failed), NULL);
  l2tp_dial_start (dial);
  while (stages == 0)
    g_main_context_iteration (NULL, TRUE);
  g_assert_cmpuint (stages, ==, 1u << L2TP_STAGE_IPSEC);
  forge_refusal (40001);
  while (g_main_context_iteration (NULL, FALSE))
    continue;
  g_assert_cmpuint (stages, ==, 1u << L2TP_STAGE_IPSEC);

  l2tp_dial_cancel (dial, 1);
  l2tp_secure_down_async (secure, 0, on_down, &is_down);
  while (!is_down)
    g_main_context_iteration (NULL, TRUE);
  l2tp_ports_unref (ports);
  g_unlink (path);
  g_rmdir (directory);
}

/* Returns whether this process is in a network of its own, which has its loopback interface. */
static gboolean
is_alone (void)
{
  struct ifreq request = { .ifr_name = "lo", .ifr_flags = IFF_UP };
  gboolean is_up;
  int fd;

  if (unshare (CLONE_NEWNET) < 0 && unshare (CLONE_NEWUSER | CLONE_NEWNET) < 0)
    return FALSE;
  fd = socket (AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
  is_up = ioctl (fd, SIOCSIFFLAGS, &request) == 0;
  close (fd);
  return is_up;
}

int
main (int argc, char **argv)
{
  gboolean alone = is_alone (); /* before there is another thread */

  g_test_init (&argc, &argv, NULL);
  g_test_add_data_func ("/secure/icmp", GINT_TO_POINTER (alone), test_icmp);
  g_test_add_func ("/secure/ports", test_ports);
  g_test_add_func ("/secure/down-at-once", test_down_at_once);
  return g_test_run ();
}
