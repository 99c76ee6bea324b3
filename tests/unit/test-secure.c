/* SPDX-License-Identifier: GPL-2.0-or-later */
/* SPDX-FileCopyrightText: The l2tp-client authors */

/* Which local ports a tunnel inside IPsec comes from. */

#include "service/l2tp-secure.h"

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
  l2tp_secure_down_async (secure, on_down, &is_down);
  while (!is_down)
    g_main_context_iteration (NULL, TRUE);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/secure/ports", test_ports);
  g_test_add_func ("/secure/down-at-once", test_down_at_once);
  return g_test_run ();
}
