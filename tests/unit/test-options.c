/* SPDX-License-Identifier: GPL-2.0-or-later */
/* SPDX-FileCopyrightText: The l2tp-client authors */

/* The option table: every default is valid, every type takes what it must and nothing else. */

#include "dbus/l2tp-options.h"

#include <glib.h>
#include <string.h>

static L2tpOptionId
id_of (const char *key)
{
  L2tpOptionId id = 0;

  if (!l2tp_option_find (key, &id))
    g_error ("no option %s", key);
  return id;
}

static void
test_defaults (void)
{
  for (guint i = 0; i < L2TP_N_OPTIONS; i++)
    {
      const L2tpOption *option = l2tp_option_get (i);
      g_autofree char *message = NULL;

      g_assert_cmpuint (id_of (option->key), ==, i);
      g_assert_cmpstr (option->help, !=, "");
      if (option->fallback != NULL)
        g_assert_true (l2tp_option_validate (i, option->fallback, NULL, &message));
    }
}

static void
test_accepted (void)
{
  static const struct
  {
    const char *key;
    const char *text;
    guint value;
  } cases[] = {
    { "gateway", "vpn.example.org", 0 },
    { "gateway", "vpn.example.org.", 0 },
    { "gateway", "10.9.0.2", 0 },
    { "gateway", "2001:db8::1", 0 },
    { "gateway", "[2001:db8::1]", 0 },
    { "port", "1701", 1701 },
    { "local-port", "auto", 0 },
    { "local-port", "0", 0 },
    { "local-port", "1701", 1701 },
    { "local-port", "65535", 65535 },
    { "mtu", "576", 576 },
    { "mtu", "1500", 1500 },
    { "refuse-eap", "yes", 1 },
    { "refuse-eap", "no", 0 },
    { "interface-name", "vpn0", 0 },
    { "user", "alice@example.org", 0 },
    { "name", "Büro", 0 },
    { "uuid", "7f4a6e52-58d5-4d2c-9c3d-0c6e3d1f5a11", 0 },
  };

  for (guint i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      g_autofree char *message = NULL;
      guint value = 0;

      g_test_message ("%s=%s", cases[i].key, cases[i].text);
      g_assert_true (l2tp_option_validate (id_of (cases[i].key), cases[i].text, &value, &message));
      g_assert_cmpuint (value, ==, cases[i].value);
    }
}

static void
test_refused (void)
{
  static const char *const cases[][2] = {
    { "gateway", "" },
    { "gateway", "vpn example" },
    { "gateway", "-vpn.example" },
    { "gateway", "vpn..example" },
    { "gateway", "1.2.3.256" },
    { "gateway", "10.9.0" },
    { "gateway", "[10.9.0.2]" },
    { "gateway", "vpn.example;reboot" },
    { "gateway", "vpn.example\n" },
    { "port", "0" },
    { "port", "65536" },
    { "port", "99999999999999999999" },
    { "port", "1701 " },
    { "port", " 1701" },
    { "port", "+1701" },
    { "port", "-1" },
    { "port", "0x6a5" },
    { "port", "" },
    { "port", "auto" },
    { "local-port", "65536" },
    { "local-port", "Auto" },
    { "local-port", "auto " },
    { "local-port", "-1" },
    { "local-port", "" },
    { "mtu", "1400 foo" },
    { "mtu", "575" },
    { "refuse-eap", "Yes" },
    { "refuse-eap", "true" },
    { "refuse-eap", "" },
    { "interface-name", "a/b" },
    { "interface-name", "0123456789abcdef" },
    { "interface-name", ".." },
    { "interface-name", "a b" },
    { "user", "al\nice" },
    { "user", "al\x1b[31mice" },
    { "user", "\xff\xfe" },
    { "user", "" },
    { "uuid", "7f4a6e52" },
  };

  for (guint i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      g_autofree char *message = NULL;
      guint value = 42;

      g_assert_false (l2tp_option_validate (id_of (cases[i][0]), cases[i][1], &value, &message));
      g_test_message ("%s", message);
      g_assert_cmpuint (value, ==, 42);
      g_assert_true (g_str_has_prefix (message, cases[i][0]));
      g_assert_true (g_utf8_validate (message, -1, NULL));
      g_assert_null (strpbrk (message, "\n\x1b"));
    }
}

static void
test_secret_is_not_quoted (void)
{
  g_autofree char *message = NULL;

  g_assert_false (l2tp_option_validate (id_of ("password"), "hunter2\n", NULL, &message));
  g_assert_null (strstr (message, "hunter2"));
}

static void
test_unknown (void)
{
  L2tpOptionId id = 7;

  g_assert_false (l2tp_option_find ("gatewax", &id));
  g_assert_cmpuint (id, ==, 7);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/options/defaults", test_defaults);
  g_test_add_func ("/options/accepted", test_accepted);
  g_test_add_func ("/options/refused", test_refused);
  g_test_add_func ("/options/secret-is-not-quoted", test_secret_is_not_quoted);
  g_test_add_func ("/options/unknown", test_unknown);
  return g_test_run ();
}
