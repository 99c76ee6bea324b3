/* SPDX-License-Identifier: GPL-2.0-or-later */
/* SPDX-FileCopyrightText: The l2tp-client authors */

/* What fits through a tunnel: the numbers of the protocol reference. */

#include "service/ip/l2tp-mtu.h"

#define V4 G_SOCKET_FAMILY_IPV4
#define V6 G_SOCKET_FAMILY_IPV6

/* DATA-8 */
static void
test_overhead (void)
{
  static const struct
  {
    L2tpMtuPath path;
    guint overhead;
  } rows[] = {
    { { V4, FALSE, 0 }, 38 }, { { V4, TRUE, 0 }, 42 },   { { V6, FALSE, 0 }, 58 },
    { { V6, TRUE, 0 }, 62 },  { { V4, FALSE, 46 }, 84 },
  };

  for (gsize i = 0; i < G_N_ELEMENTS (rows); i++)
    g_assert_cmpuint (l2tp_mtu_get_overhead (&rows[i].path), ==, rows[i].overhead);
}

/* DATA-8: what the user gave, what the path has, what comes of it. */
static void
test_choice (void)
{
  static const struct
  {
    guint wanted, is_set, path, overhead, negotiated, ipv6, mtu;
  } rows[] = {
    /* Nothing given: 1400, or less on a narrow path. */
    { 1400, FALSE, 1500, 38, 0, FALSE, 1400 },
    { 1400, FALSE, 0, 38, 0, FALSE, 1400 },
    { 1400, FALSE, 1400, 38, 0, FALSE, 1362 },
    { 1400, FALSE, 1438, 38, 0, FALSE, 1400 },
    { 1400, FALSE, 1437, 38, 0, FALSE, 1399 },
    /* Automatic: what the path has room for. */
    { 0, TRUE, 1500, 38, 0, FALSE, 1462 },
    { 0, TRUE, 1500, 42, 0, FALSE, 1458 },
    { 0, TRUE, 1500, 58, 0, FALSE, 1442 },
    { 0, TRUE, 1492, 38, 0, FALSE, 1454 },
    { 0, TRUE, 1500, 84, 0, FALSE, 1416 },
    { 0, TRUE, 0, 38, 0, FALSE, 1400 },
    /* A number is a number, up to what the LNS takes. */
    { 1450, TRUE, 1400, 38, 0, FALSE, 1450 },
    { 1450, TRUE, 1500, 38, 1420, FALSE, 1420 },
    { 0, TRUE, 1500, 38, 1400, FALSE, 1400 },
    /* Never less than what the inner protocol needs. */
    { 1400, FALSE, 500, 38, 0, FALSE, 576 },
    { 1400, FALSE, 30, 38, 0, FALSE, 1400 },
    { 1400, FALSE, 1300, 38, 0, TRUE, 1280 },
    { 600, TRUE, 1500, 38, 0, TRUE, 1280 },
  };

  for (gsize i = 0; i < G_N_ELEMENTS (rows); i++)
    g_assert_cmpuint (l2tp_mtu_choose (rows[i].wanted, rows[i].is_set != 0, rows[i].path,
                                       rows[i].overhead, rows[i].negotiated, rows[i].ipv6 != 0),
                      ==, rows[i].mtu);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/mtu/overhead", test_overhead);
  g_test_add_func ("/mtu/choice", test_choice);
  return g_test_run ();
}
