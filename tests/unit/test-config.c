/* SPDX-License-Identifier: GPL-2.0-or-later */
/* SPDX-FileCopyrightText: The l2tp-client authors */

/* A connection's options: all or nothing, secrets apart, defaults told from values. */

#include "service/base/l2tp-config.h"
#include "service/base/l2tp-error.h"

#include <string.h>

static L2tpConfig *
parse (const char *settings, const char *secrets, GError **error)
{
  g_autoptr (GVariant) a = g_variant_parse (G_VARIANT_TYPE_VARDICT, settings, NULL, NULL, NULL);
  g_autoptr (GVariant) b = g_variant_parse (G_VARIANT_TYPE_VARDICT, secrets, NULL, NULL, NULL);

  g_assert_nonnull (a);
  g_assert_nonnull (b);
  return l2tp_config_new (a, b, error);
}

static void
test_values (void)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (L2tpConfig) config =
      parse ("{'name': <'work'>, 'gateway': <'10.9.0.2'>, 'mtu': <uint32 1300>, 'mru': <'1200'>,"
             " 'refuse-pap': <true>}",
             "{'password': <'s3cret'>}", &error);
  gsize len = 0;

  g_assert_no_error (error);
  g_assert_cmpstr (l2tp_config_get_string (config, L2TP_OPTION_NAME), ==, "work");
  g_assert_cmpuint (l2tp_config_get_uint (config, L2TP_OPTION_MTU), ==, 1300);
  g_assert_cmpuint (l2tp_config_get_uint (config, L2TP_OPTION_MRU), ==, 1200);
  g_assert_true (l2tp_config_get_boolean (config, L2TP_OPTION_REFUSE_PAP));
  g_assert_cmpuint (l2tp_config_get_uint (config, L2TP_OPTION_PORT), ==, 1701);
  g_assert_false (l2tp_config_is_set (config, L2TP_OPTION_PORT));
  g_assert_null (l2tp_config_get_secret (config, L2TP_OPTION_TUNNEL_SECRET));
  g_assert_cmpstr (l2tp_secret_peek (l2tp_config_get_secret (config, L2TP_OPTION_PASSWORD), &len),
                   ==, "s3cret");
  g_assert_cmpuint (len, ==, 6);
}

static void
test_errors_name_the_key (void)
{
  static const char *const cases[][3] = {
    { "{'gateway': <'10.9.0.2'>}", "{}", "name: is required" },
    { "{'name': <'w'>}", "{}", "gateway: is required" },
    { "{'name': <'w'>, 'gateway': <'g'>, 'color': <'red'>}", "{}", "color: unknown option" },
    { "{'name': <'w'>, 'gateway': <'g'>, 'mtu': <1400>}", "{}", "mtu: D-Bus type i" },
    { "{'name': <'w'>, 'gateway': <'g'>, 'mtu': <uint32 9>}", "{}", "mtu: " },
    { "{'name': <'w'>, 'gateway': <'g'>, 'password': <'x'>}", "{}", "password: is a secret" },
    { "{'name': <'w'>, 'gateway': <'g'>}", "{'user': <'x'>}", "user: is a setting" },
    { "{'name': <'w'>, 'gateway': <'g'>}", "{'password': <1>}", "password: must be a string" },
    { "{'name': <'w'>, 'gateway': <'g'>}", "{'password': <'a\\u0007b'>}", "password: " },
    { "{'name': <'w'>, 'gateway': <'g'>, 'x\\u001b': <''>}", "{}", "x\\033: unknown option" },
  };

  for (guint i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      g_autoptr (GError) error = NULL;

      g_assert_null (parse (cases[i][0], cases[i][1], &error));
      g_test_message ("%s", error->message);
      g_assert_error (error, L2TP_ERROR, L2TP_ERROR_INVALID_SETTINGS);
      g_assert_true (g_str_has_prefix (error->message, cases[i][2]));
    }
}

static void
test_variant_has_no_secret (void)
{
  g_autoptr (L2tpConfig) config = parse ("{'name': <'w'>, 'gateway': <'g'>, 'mtu': <'1300'>}",
                                         "{'password': <'s3cret'>}", NULL);
  g_autoptr (GVariant) variant = l2tp_config_to_variant (config);
  g_autofree char *text = g_variant_print (variant, TRUE);
  g_autoptr (GVariant) mtu = g_variant_lookup_value (variant, "mtu", G_VARIANT_TYPE_UINT32);

  g_assert_null (strstr (text, "s3cret"));
  g_assert_null (strstr (text, "password"));
  g_assert_cmpuint (g_variant_get_uint32 (mtu), ==, 1300);
  g_assert_cmpuint (g_variant_n_children (variant), ==, 3);
}

/* A profile may say auto; a number may come as one. Both read back as text. */
static void
test_local_port (void)
{
  static const struct
  {
    const char *value;
    guint port;
    const char *text;
  } cases[] = {
    { "<'auto'>", 0, "auto" },
    { "<'0'>", 0, "0" },
    { "<'1701'>", 1701, "1701" },
    { "<uint32 1701>", 1701, "1701" },
  };

  for (guint i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      g_autofree char *settings =
          g_strdup_printf ("{'name': <'w'>, 'gateway': <'g'>, 'local-port': %s}", cases[i].value);
      g_autoptr (L2tpConfig) config = parse (settings, "{}", NULL);
      g_autoptr (GVariant) variant = l2tp_config_to_variant (config);
      const char *text = NULL;

      g_assert_cmpuint (l2tp_config_get_uint (config, L2TP_OPTION_LOCAL_PORT), ==, cases[i].port);
      g_assert_true (g_variant_lookup (variant, "local-port", "&s", &text));
      g_assert_cmpstr (text, ==, cases[i].text);
    }
}

static void
test_replace_secret (void)
{
  g_autoptr (L2tpConfig) old =
      parse ("{'name': <'w'>, 'gateway': <'g'>}", "{'password': <'old'>}", NULL);
  g_autoptr (GVariant) secrets = g_variant_parse (
      G_VARIANT_TYPE_VARDICT, "{'password': <''>, 'tunnel-secret': <'t'>}", NULL, NULL, NULL);
  g_autoptr (L2tpConfig) config = l2tp_config_new_with_secrets (old, secrets, NULL);

  g_assert_nonnull (config);
  g_assert_null (l2tp_config_get_secret (config, L2TP_OPTION_PASSWORD));
  g_assert_nonnull (l2tp_config_get_secret (config, L2TP_OPTION_TUNNEL_SECRET));
  g_assert_cmpstr (l2tp_config_get_string (config, L2TP_OPTION_NAME), ==, "w");
  g_assert_nonnull (l2tp_config_get_secret (old, L2TP_OPTION_PASSWORD));
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/config/values", test_values);
  g_test_add_func ("/config/errors-name-the-key", test_errors_name_the_key);
  g_test_add_func ("/config/variant-has-no-secret", test_variant_has_no_secret);
  g_test_add_func ("/config/local-port", test_local_port);
  g_test_add_func ("/config/replace-secret", test_replace_secret);
  return g_test_run ();
}
