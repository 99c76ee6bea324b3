/* SPDX-License-Identifier: GPL-2.0-or-later */
/* SPDX-FileCopyrightText: The l2tp-client authors */

/* What the plugin sends is checked: whole, in range, and otherwise refused without a trace. */

#include "service/ppp/l2tp-pppd-message.h"

#include <arpa/inet.h>
#include <fcntl.h>
#include <string.h>
#include <unistd.h>

static L2tpLinkIpUp
good_ip (void)
{
  L2tpLinkIpUp ip = { .mtu = 1400, .ifname = "ppp0" };

  ip.local.s_addr = inet_addr ("10.77.0.10");
  ip.peer.s_addr = inet_addr ("10.77.0.1");
  ip.dns[1].s_addr = inet_addr ("10.77.0.53");
  return ip;
}

static void
assert_address (GInetAddress *address, const char *wanted)
{
  g_autofree char *text = address != NULL ? g_inet_address_to_string (address) : NULL;

  g_assert_cmpstr (text, ==, wanted);
}

static void
test_ip (void)
{
  const L2tpLinkIpUp message = good_ip ();
  g_auto (L2tpPppdIp) ip = { 0 };

  g_assert_true (l2tp_pppd_message_get_ip (&message, &ip));
  assert_address (ip.local, "10.77.0.10");
  assert_address (ip.peer, "10.77.0.1");
  assert_address (ip.dns[0], NULL);
  assert_address (ip.dns[1], "10.77.0.53");
  g_assert_cmpuint (ip.mtu, ==, 1400);
  g_assert_cmpstr (ip.ifname, ==, "ppp0");
}

static void
test_ip6 (void)
{
  L2tpLinkIpv6Up message = { { 0xa, 1, 2, 3, 4, 5, 6, 7 }, { 0, 0, 0, 0, 0, 0, 0, 1 } };
  g_auto (L2tpPppdIp6) ip = { 0 };
  g_auto (L2tpPppdIp6) alone = { 0 };

  g_assert_true (l2tp_pppd_message_get_ip6 (&message, &ip));
  assert_address (ip.local, "fe80::a01:203:405:607");
  assert_address (ip.peer, "fe80::1");
  memset (message.peer, 0, sizeof message.peer);
  g_assert_true (l2tp_pppd_message_get_ip6 (&message, &alone));
  g_assert_null (alone.peer);
  memset (message.local, 0, sizeof message.local);
  g_assert_false (l2tp_pppd_message_get_ip6 (&message, &ip));
}

static void
assert_ip_refused (const L2tpLinkIpUp *message)
{
  L2tpPppdIp ip = { .mtu = 7 };

  g_assert_false (l2tp_pppd_message_get_ip (message, &ip));
  g_assert_cmpuint (ip.mtu, ==, 7);
  g_assert_null (ip.local);
  g_assert_null (ip.ifname);
}

static void
test_ip_refused (void)
{
  static const char names[][16] = {
    "",
    "a/b",
    "a b",
    "a\nb",
    "a:b",
    "\xc3\xa4",
    { '0', '1', '2', '3', '4', '5', '6', '7', '8', '9', 'a', 'b', 'c', 'd', 'e', 'f' },
  };
  L2tpLinkIpUp ip = good_ip ();

  ip.local.s_addr = INADDR_ANY;
  assert_ip_refused (&ip);
  ip = good_ip ();
  ip.mtu = 67;
  assert_ip_refused (&ip);
  ip.mtu = 65536;
  assert_ip_refused (&ip);
  for (gsize i = 0; i < G_N_ELEMENTS (names); i++)
    {
      ip = good_ip ();
      memcpy (ip.ifname, names[i], sizeof ip.ifname);
      assert_ip_refused (&ip);
    }
}

static void
test_text (void)
{
  L2tpLinkText message = { .text = "  Login\nincorrect \x1b[1m\xff" };
  g_autofree char *text = NULL;
  char *untouched = NULL;

  g_assert_true (l2tp_pppd_message_get_text (&message, &text));
  g_assert_cmpstr (text, ==, "Login incorrect [1m\xef\xbf\xbd");
  memset (message.text, 'x', sizeof message.text);
  g_assert_false (l2tp_pppd_message_get_text (&message, &untouched));
  g_assert_null (untouched);
}

/* PPP-13 */
static void
test_phase (void)
{
  guint phase = 42;

  g_assert_false (l2tp_pppd_message_get_phase (&(L2tpLinkPhase){ 13 }, &phase));
  g_assert_cmpuint (phase, ==, 42);
  g_assert_true (l2tp_pppd_message_get_phase (&(L2tpLinkPhase){ 12 }, &phase));
  g_assert_cmpuint (phase, ==, 12);
}

static void
test_auth (void)
{
  static const char *const names[] = { "",          "PAP", "CHAP-MD5", "MS-CHAP",
                                       "MS-CHAPv2", "EAP", "EAP-TLS" };
  const char *method = "untouched";

  g_assert_false (l2tp_pppd_message_get_auth (&(L2tpLinkAuth){ L2TP_LINK_N_AUTHS }, &method));
  g_assert_false (l2tp_pppd_message_get_auth (&(L2tpLinkAuth){ G_MAXUINT32 }, &method));
  g_assert_cmpstr (method, ==, "untouched");
  for (guint i = 0; i < L2TP_LINK_N_AUTHS; i++)
    {
      g_assert_true (l2tp_pppd_message_get_auth (&(L2tpLinkAuth){ i }, &method));
      g_assert_cmpstr (method, ==, names[i]);
    }
}

/* Whatever is no unit of the kernel's PPP is none. */
static void
test_unit (void)
{
  int fd = open ("/dev/null", O_RDWR | O_CLOEXEC);

  g_assert_false (l2tp_pppd_message_check_unit (&(L2tpLinkUnit){ 0 }, fd));
  g_assert_false (l2tp_pppd_message_check_unit (&(L2tpLinkUnit){ -1 }, fd));
  close (fd);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/pppd-message/ip", test_ip);
  g_test_add_func ("/pppd-message/ip6", test_ip6);
  g_test_add_func ("/pppd-message/ip-refused", test_ip_refused);
  g_test_add_func ("/pppd-message/text", test_text);
  g_test_add_func ("/pppd-message/phase", test_phase);
  g_test_add_func ("/pppd-message/auth", test_auth);
  g_test_add_func ("/pppd-message/unit", test_unit);
  return g_test_run ();
}
