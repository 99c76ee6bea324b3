/* SPDX-License-Identifier: GPL-2.0-or-later */
/* SPDX-FileCopyrightText: The l2tp-client authors */

/* The UDP socket of a tunnel, against sockets on the loopback interface: whom it hears, which local
 * port it gets, and what becomes of a port that somebody else has. */

#include "service/io/l2tp-udp.h"

#include <errno.h>
#include <fcntl.h>
#include <net/if.h>
#include <netinet/in.h>
#include <poll.h>
#include <string.h>
#include <unistd.h>

#include "service/base/l2tp-error.h"
#include "service/io/l2tp-ports.h"

#define HOST       0x7f000001 /* 127.0.0.1, an LNS */
#define OTHER_HOST 0x7f000002
#define PATIENCE   5000 /* ms */

/* --- The other side ------------------------------------------------------------------------ */

static int
peer_new (guint32 host, guint16 port, gboolean sharing)
{
  struct sockaddr_in address = { .sin_family = AF_INET,
                                 .sin_port = htons (port),
                                 .sin_addr.s_addr = htonl (host) };
  int fd = socket (AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
  int flag = sharing;

  g_assert_cmpint (fd, >=, 0);
  g_assert_cmpint (setsockopt (fd, SOL_SOCKET, SO_REUSEADDR, &flag, sizeof flag), ==, 0);
  g_assert_cmpint (bind (fd, (struct sockaddr *) &address, sizeof address), ==, 0);
  return fd;
}

static guint16
port_of (int fd)
{
  struct sockaddr_in address;
  socklen_t len = sizeof address;

  g_assert_cmpint (getsockname (fd, (struct sockaddr *) &address, &len), ==, 0);
  return ntohs (address.sin_port);
}

static guint16
free_port (void)
{
  int fd = peer_new (INADDR_ANY, 0, FALSE);
  guint16 port = port_of (fd);

  close (fd);
  return port;
}

static void
wait_readable (int fd)
{
  struct pollfd poll_fd = { .fd = fd, .events = POLLIN };

  g_assert_cmpint (poll (&poll_fd, 1, PATIENCE), ==, 1);
}

/* Takes one datagram, which must be @text; returns the port it came from. */
static guint16
peer_expect (int fd, const char *text)
{
  struct sockaddr_in from;
  socklen_t from_len = sizeof from;
  char buffer[64];
  gssize len;

  wait_readable (fd);
  len = recvfrom (fd, buffer, sizeof buffer, 0, (struct sockaddr *) &from, &from_len);
  g_assert_cmpmem (buffer, len, text, strlen (text));
  return ntohs (from.sin_port);
}

static void
peer_send (int fd, guint16 port, const char *text)
{
  struct sockaddr_in to = { .sin_family = AF_INET,
                            .sin_port = htons (port),
                            .sin_addr.s_addr = htonl (HOST) };

  g_assert_cmpint (sendto (fd, text, strlen (text), 0, (struct sockaddr *) &to, sizeof to), ==,
                   strlen (text));
}

/* --- Ours ---------------------------------------------------------------------------------- */

static L2tpUdp *
udp_new_at (L2tpPorts *ports, guint32 host, guint16 port, const L2tpUdpLocal *local, GError **error)
{
  guint32 network_order = htonl (host);
  g_autoptr (GInetAddress) address =
      g_inet_address_new_from_bytes ((guint8 *) &network_order, G_SOCKET_FAMILY_IPV4);
  g_autoptr (GSocketAddress) lns = g_inet_socket_address_new (address, port);

  return l2tp_udp_new (ports, G_INET_SOCKET_ADDRESS (lns), local, error);
}

static L2tpUdp *
udp_new (L2tpPorts *ports, guint32 host, guint16 port, guint16 local_port, GError **error)
{
  return udp_new_at (ports, host, port, &(L2tpUdpLocal){ .port = local_port }, error);
}

static void
assert_local_address (L2tpUdp *udp, const char *expected)
{
  g_autoptr (GInetSocketAddress) local = l2tp_udp_get_local (udp);
  g_autofree char *text = g_inet_address_to_string (g_inet_socket_address_get_address (local));

  g_assert_cmpstr (text, ==, expected);
}

static guint16
local_port_of (L2tpUdp *udp)
{
  g_autoptr (GInetSocketAddress) local = l2tp_udp_get_local (udp);

  return g_inet_socket_address_get_port (local);
}

static void
udp_send (L2tpUdp *udp, const char *text)
{
  g_autoptr (GBytes) packet = g_bytes_new_static (text, strlen (text));

  l2tp_udp_send (udp, packet);
}

static void
udp_expect (L2tpUdp *udp, const char *text)
{
  guint8 buffer[64];
  int saved_errno = -1;
  gssize len;

  wait_readable (l2tp_udp_get_fd (udp));
  len = l2tp_udp_receive (udp, buffer, sizeof buffer, &saved_errno);
  g_assert_cmpint (saved_errno, ==, 0);
  g_assert_cmpmem (buffer, len, text, strlen (text));
}

/* --- Tests --------------------------------------------------------------------------------- */

/* HDR-12, HDR-14: any port of the LNS until the lock, then only that one. */
static void
test_lock (void)
{
  g_autoptr (L2tpPorts) ports = l2tp_ports_new ();
  int asked = peer_new (HOST, 0, FALSE), answering = peer_new (HOST, 0, FALSE);
  g_autoptr (L2tpUdp) udp = udp_new (ports, HOST, port_of (asked), 0, NULL);
  guint16 port;

  udp_send (udp, "SCCRQ");
  port = peer_expect (asked, "SCCRQ");
  g_assert_cmpuint (port, ==, local_port_of (udp));
  peer_send (answering, port, "SCCRP");
  udp_expect (udp, "SCCRP");
  g_assert_true (l2tp_udp_lock (udp, NULL));
  g_assert_cmpuint (g_inet_socket_address_get_port (l2tp_udp_get_peer (udp)), ==,
                    port_of (answering));

  peer_send (asked, port, "stray");
  peer_send (answering, port, "ICRP");
  udp_expect (udp, "ICRP");
  udp_send (udp, "ICCN");
  g_assert_cmpuint (peer_expect (answering, "ICCN"), ==, port);
  close (asked);
  close (answering);
}

static void
test_stranger (void)
{
  g_autoptr (L2tpPorts) ports = l2tp_ports_new ();
  int lns = peer_new (HOST, 0, FALSE), stranger = peer_new (OTHER_HOST, 0, FALSE);
  g_autoptr (L2tpUdp) udp = udp_new (ports, HOST, port_of (lns), 0, NULL);

  peer_send (stranger, local_port_of (udp), "SCCRP");
  peer_send (lns, local_port_of (udp), "from the LNS");
  udp_expect (udp, "from the LNS");
  close (lns);
  close (stranger);
}

/* XPRT-22 */
static void
test_icmp (void)
{
  g_autoptr (L2tpPorts) ports = l2tp_ports_new ();
  g_autoptr (L2tpUdp) udp = udp_new (ports, HOST, free_port (), 0, NULL);
  struct pollfd poll_fd = { .fd = l2tp_udp_get_fd (udp), .events = POLLIN };
  guint8 buffer[64];
  int saved_errno = 0;

  udp_send (udp, "SCCRQ");
  g_assert_cmpint (poll (&poll_fd, 1, PATIENCE), ==, 1);
  g_assert_cmpint (l2tp_udp_receive (udp, buffer, sizeof buffer, &saved_errno), <, 0);
  g_assert_cmpint (saved_errno, ==, ECONNREFUSED);
  g_assert_cmpint (poll (&poll_fd, 1, 0), ==, 0); /* or the main loop would spin */
}

/* What the kernel refuses to send is told, once. No kernel sends to port 0. */
static void
test_no_way (void)
{
  g_autoptr (L2tpPorts) ports = l2tp_ports_new ();
  g_autoptr (L2tpUdp) udp = udp_new (ports, HOST, 0, 0, NULL);
  guint8 buffer[64];
  int saved_errno = 0;

  udp_send (udp, "SCCRQ");
  g_assert_true (l2tp_udp_has_error (udp));
  g_assert_cmpint (l2tp_udp_receive (udp, buffer, sizeof buffer, &saved_errno), <, 0);
  g_assert_cmpint (saved_errno, ==, EINVAL);
  g_assert_false (l2tp_udp_has_error (udp));
}

/* KRN-7: from one port to two LNSs; not twice to one. */
static void
test_shared_port (void)
{
  g_autoptr (L2tpPorts) ports = l2tp_ports_new ();
  int lns = peer_new (HOST, 0, FALSE);
  int other = peer_new (OTHER_HOST, port_of (lns), FALSE);
  guint16 port = free_port ();
  g_autoptr (L2tpUdp) first = udp_new (ports, HOST, port_of (lns), port, NULL);
  g_autoptr (L2tpUdp) second = udp_new (ports, OTHER_HOST, port_of (lns), port, NULL);
  g_autoptr (L2tpUdp) third = NULL;
  g_autoptr (GError) error = NULL;

  g_assert_nonnull (first);
  g_assert_nonnull (second);
  g_assert_null (udp_new (ports, HOST, port_of (lns), port, &error));
  g_assert_error (error, L2TP_ERROR, L2TP_ERROR_BUSY);
  g_assert_nonnull (strstr (error->message, "another connection"));

  peer_send (lns, port, "one");
  peer_send (other, port, "two");
  udp_expect (first, "one");
  udp_expect (second, "two");

  g_clear_pointer (&first, l2tp_udp_free);
  third = udp_new (ports, HOST, port_of (lns), port, NULL);
  g_assert_nonnull (third);
  close (lns);
  close (other);
}

static void
test_yield (void)
{
  g_autoptr (L2tpPorts) ports = l2tp_ports_new ();
  int lns = peer_new (HOST, 0, FALSE);
  guint16 port = free_port ();
  g_autoptr (L2tpUdp) ending = udp_new (ports, HOST, port_of (lns), port, NULL);
  g_autoptr (L2tpUdp) next = NULL;
  int fd = l2tp_udp_get_fd (ending);

  l2tp_udp_yield (ending);
  g_assert_cmpuint (local_port_of (ending), ==, port);
  next = udp_new (ports, HOST, port_of (lns), port, NULL);
  g_assert_nonnull (next);
  g_assert_cmpint (l2tp_udp_get_fd (ending), ==, fd);
  udp_send (ending, "StopCCN");
  g_assert_cmpuint (peer_expect (lns, "StopCCN"), !=, port);
  udp_send (next, "SCCRQ");
  g_assert_cmpuint (peer_expect (lns, "SCCRQ"), ==, port);
  g_clear_pointer (&ending, l2tp_udp_free);
  g_assert_null (udp_new (ports, HOST, port_of (lns), port, NULL));
  close (lns);
}

/* KRN-12: the port survives the kernel's tunnel. */
static void
test_renew (void)
{
  g_autoptr (L2tpPorts) ports = l2tp_ports_new ();
  int lns = peer_new (HOST, 0, FALSE);
  guint16 port = free_port ();
  g_autoptr (L2tpUdp) udp = udp_new (ports, HOST, port_of (lns), port, NULL);

  g_assert_true (l2tp_udp_renew (udp, NULL));
  udp_send (udp, "StopCCN");
  g_assert_cmpuint (peer_expect (lns, "StopCCN"), ==, port);
  g_assert_null (udp_new (ports, HOST, port_of (lns), port, NULL));
  close (lns);
}

/* What an IPsec policy speaks of is two addresses and two ports: a socket that comes from another
 * one, because the way to the LNS has changed or its port is wanted, would be in clear. */
static void
test_ipsec (void)
{
  g_autoptr (L2tpPorts) ports = l2tp_ports_new ();
  g_autoptr (GInetAddress) address = g_inet_address_new_from_string ("127.0.0.9");
  int lns = peer_new (HOST, 0, FALSE);
  L2tpUdpLocal asked = { .address = address, .port = free_port (), .connected = TRUE };
  L2tpUdpLocal found = { .connected = TRUE };
  g_autoptr (L2tpUdp) before = udp_new_at (ports, HOST, port_of (lns), &asked, NULL);
  g_autoptr (L2tpPorts) later = l2tp_ports_new ();
  g_autoptr (L2tpUdp) udp = NULL;
  g_autoptr (L2tpUdp) next = NULL;
  g_autoptr (GError) error = NULL;

  udp = l2tp_udp_adopt (later, fcntl (l2tp_udp_get_fd (before), F_DUPFD_CLOEXEC, 0), &found, NULL);
  g_clear_pointer (&before, l2tp_udp_free);
  g_assert_true (l2tp_udp_renew (udp, NULL));
  assert_local_address (udp, "127.0.0.9"); /* where connect() alone would choose 127.0.0.1 */
  g_assert_cmpuint (local_port_of (udp), ==, asked.port);

  g_assert_null (udp_new_at (later, HOST, port_of (lns), &asked, &error));
  g_assert_nonnull (strstr (error->message, "another connection"));
  l2tp_udp_yield (udp);
  next = udp_new_at (later, HOST, port_of (lns), &asked, NULL);
  g_assert_nonnull (next);
  udp_send (udp, "StopCCN");
  udp_send (next, "SCCRQ");
  g_assert_cmpuint (peer_expect (lns, "SCCRQ"), ==, asked.port);
  close (lns);
}

/* Whether it shares its port, as xl2tpd does, or not. */
static void
test_other_program (void)
{
  g_autoptr (L2tpPorts) ports = l2tp_ports_new ();

  for (int sharing = 0; sharing <= 1; sharing++)
    {
      g_autoptr (GError) error = NULL;
      int program = peer_new (INADDR_ANY, 0, sharing);

      g_assert_null (udp_new (ports, HOST, 1701, port_of (program), &error));
      g_assert_error (error, L2TP_ERROR, L2TP_ERROR_BUSY);
      g_assert_nonnull (strstr (error->message, "another program"));
      g_assert_true (g_str_has_prefix (error->message, "local-port "));
      close (program);
    }
}

/* Before and after the kernel's tunnel, and from the port of the farewell. */
static void
test_local_address (void)
{
  g_autoptr (L2tpPorts) ports = l2tp_ports_new ();
  g_autoptr (GInetAddress) address = g_inet_address_new_from_string ("127.0.0.9");
  int lns = peer_new (HOST, 0, FALSE);
  L2tpUdpLocal any_port = { .address = address, .interface = "lo" };
  L2tpUdpLocal fixed = { .address = address, .interface = "lo", .port = free_port () };
  g_autoptr (L2tpUdp) any = udp_new_at (ports, HOST, port_of (lns), &any_port, NULL);
  g_autoptr (L2tpUdp) udp = udp_new_at (ports, HOST, port_of (lns), &fixed, NULL);
  g_autoptr (L2tpUdp) next = NULL;

  assert_local_address (any, "127.0.0.9");
  g_assert_true (l2tp_udp_renew (any, NULL));
  assert_local_address (any, "127.0.0.9");

  assert_local_address (udp, "127.0.0.9");
  g_assert_cmpuint (local_port_of (udp), ==, fixed.port);
  g_assert_true (l2tp_udp_renew (udp, NULL));
  assert_local_address (udp, "127.0.0.9");
  l2tp_udp_yield (udp);
  next = udp_new_at (ports, HOST, port_of (lns), &fixed, NULL);
  g_assert_nonnull (next);
  assert_local_address (udp, "127.0.0.9");
  g_assert_cmpuint (local_port_of (udp), !=, fixed.port);
  udp_send (udp, "StopCCN");
  g_assert_cmpuint (peer_expect (lns, "StopCCN"), ==, local_port_of (udp));
  close (lns);
}

static void
assert_interface (L2tpUdp *udp, const char *expected)
{
  char name[IFNAMSIZ] = "";
  socklen_t len = sizeof name;

  g_assert_cmpint (getsockopt (l2tp_udp_get_fd (udp), SOL_SOCKET, SO_BINDTODEVICE, name, &len), ==,
                   0);
  g_assert_cmpstr (name, ==, expected);
}

static void
test_interface (void)
{
  g_autoptr (L2tpPorts) ports = l2tp_ports_new ();
  L2tpUdpLocal local = { .interface = "lo", .port = free_port () };
  g_autoptr (L2tpUdp) udp = udp_new_at (ports, HOST, 1701, &local, NULL);
  g_autoptr (L2tpUdp) next = NULL;

  assert_interface (udp, "lo");
  g_assert_true (l2tp_udp_renew (udp, NULL));
  assert_interface (udp, "lo");
  l2tp_udp_yield (udp);
  next = udp_new_at (ports, HOST, 1701, &local, NULL);
  g_assert_nonnull (next);
  assert_interface (udp, "lo");
}

static void
test_local_faults (void)
{
  static const struct
  {
    const char *address;
    const char *interface;
    int code;
    const char *words;
  } cases[] = {
    { "192.0.2.9", NULL, L2TP_ERROR_UNREACHABLE, "local-address: this machine does not have" },
    { "::1", NULL, L2TP_ERROR_INVALID_SETTINGS, "local-address: the LNS has no address of this" },
    { NULL, "none-such", L2TP_ERROR_UNREACHABLE, "interface none-such: " },
  };
  g_autoptr (L2tpPorts) ports = l2tp_ports_new ();

  for (guint i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      g_autoptr (GInetAddress) address =
          cases[i].address != NULL ? g_inet_address_new_from_string (cases[i].address) : NULL;
      L2tpUdpLocal local = { .address = address, .interface = cases[i].interface };
      g_autoptr (GError) error = NULL;

      g_assert_null (udp_new_at (ports, HOST, 1701, &local, &error));
      g_assert_error (error, L2TP_ERROR, cases[i].code);
      g_assert_true (g_str_has_prefix (error->message, cases[i].words));
    }
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/udp/lock", test_lock);
  g_test_add_func ("/udp/stranger", test_stranger);
  g_test_add_func ("/udp/icmp", test_icmp);
  g_test_add_func ("/udp/no-way", test_no_way);
  g_test_add_func ("/udp/shared-port", test_shared_port);
  g_test_add_func ("/udp/yield", test_yield);
  g_test_add_func ("/udp/renew", test_renew);
  g_test_add_func ("/udp/ipsec", test_ipsec);
  g_test_add_func ("/udp/other-program", test_other_program);
  g_test_add_func ("/udp/local-address", test_local_address);
  g_test_add_func ("/udp/interface", test_interface);
  g_test_add_func ("/udp/local-faults", test_local_faults);
  return g_test_run ();
}
