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
  g_autoptr (L2tpConfig) config = parse ("{'name': <'w'>, 'gateway': <'g'>, 'mru': <'1300'>}",
                                         "{'password': <'s3cret'>}", NULL);
  g_autoptr (GVariant) variant = l2tp_config_to_variant (config);
  g_autofree char *text = g_variant_print (variant, TRUE);
  g_autoptr (GVariant) mru = g_variant_lookup_value (variant, "mru", G_VARIANT_TYPE_UINT32);

  g_assert_null (strstr (text, "s3cret"));
  g_assert_null (strstr (text, "password"));
  g_assert_cmpuint (g_variant_get_uint32 (mru), ==, 1300);
  g_assert_cmpuint (g_variant_n_children (variant), ==, 4);
  /* with the UUID */ /* with the UUID that was made */
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

static L2tpConfig *
parse_more (const char *more)
{
  g_autofree char *settings = g_strdup_printf ("{'name': <'w'>, 'gateway': <'g'>%s}", more);
  g_autoptr (GError) error = NULL;
  L2tpConfig *config = parse (settings, "{'ipsec-psk': <'s'>, 'no-secret': <'true'>}", &error);

  g_test_message ("%s", more);
  g_assert_no_error (error);
  return config;
}

static void
test_ephemeral_port (void)
{
  g_autoptr (L2tpConfig) yes = parse_more (", 'local-port': <'1701'>, 'ephemeral-port': <'yes'>");
  g_autoptr (L2tpConfig) no = parse_more (", 'local-port': <'1701'>, 'ephemeral-port': <false>");
  g_autoptr (L2tpConfig) none = parse_more (", 'ephemeral-port': <false>");

  g_assert_cmpuint (l2tp_config_get_local_port (yes), ==, 0);
  g_assert_cmpuint (l2tp_config_get_local_port (no), ==, 1701);
  g_assert_cmpuint (l2tp_config_get_local_port (none), ==, 0);
}

/* An older name overrides, and is what one reads back. */
static void
test_alias (void)
{
  g_autoptr (L2tpConfig) both =
      parse_more (", 'ipsec-remote-id': <'new'>, 'ipsec-gateway-id': <'old'>");
  g_autoptr (L2tpConfig) one = parse_more (", 'xl2tpd-max-retries': <uint32 9>");
  g_autoptr (L2tpConfig) none = parse_more ("");
  g_autoptr (GVariant) variant = l2tp_config_to_variant (one);

  g_assert_cmpstr (l2tp_config_get_string (both, L2TP_OPTION_IPSEC_REMOTE_ID), ==, "old");
  g_assert_cmpuint (l2tp_config_get_uint (one, L2TP_OPTION_MAX_RETRIES), ==, 9);
  g_assert_true (l2tp_config_is_set (one, L2TP_OPTION_MAX_RETRIES));
  g_assert_cmpuint (l2tp_config_get_uint (none, L2TP_OPTION_MAX_RETRIES), ==, 5);
  g_assert_false (l2tp_config_is_set (none, L2TP_OPTION_MAX_RETRIES));
  g_assert_true (g_variant_lookup (variant, "xl2tpd-max-retries", "u", NULL));
  g_assert_false (g_variant_lookup (variant, "max-retries", "u", NULL));
}

/* Each secret goes by flags of its own; one that has none may be stored; a setting is no secret. */
static void
test_may_store_secret (void)
{
  static const L2tpOptionId ids[] = { L2TP_OPTION_PASSWORD, L2TP_OPTION_IPSEC_PSK,
                                      L2TP_OPTION_USER_CERTPASS, L2TP_OPTION_MACHINE_CERTPASS };

  for (guint flags = 0; flags <= 7; flags++)
    for (guint i = 0; i < G_N_ELEMENTS (ids); i++)
      {
        g_autofree char *more =
            g_strdup_printf (", '%s-flags': <uint32 %u>", l2tp_option_get (ids[i])->key, flags);
        g_autoptr (L2tpConfig) config = parse_more (more);

        g_assert_cmpuint (l2tp_config_get_secret_flags (config, ids[i]), ==, flags);
        for (guint k = 0; k < G_N_ELEMENTS (ids); k++)
          g_assert_cmpint (l2tp_config_may_store_secret (config, ids[k]), ==,
                           k != i || flags == 0 || flags == 4);
        g_assert_true (l2tp_config_may_store_secret (config, L2TP_OPTION_TUNNEL_SECRET));
        g_assert_false (l2tp_config_may_store_secret (config, L2TP_OPTION_USER));
      }
}

static void
test_supported (void)
{
  static const char *const cases[][2] = {
    { "", NULL },
    { ", 'ipsec-enabled': <false>", NULL },
    { ", 'ipsec-ike': <'aes256-sha1-modp2048'>, 'ipsec-ikev2': <true>, 'ipsec-pfs': <'no'>", NULL },
    { ", 'machine-auth-type': <'tls'>, 'machine-cert': <'/a'>, 'use-cert': <'1'>", NULL },
    { ", 'cert-pub': <'/a'>, 'ipsec-gateway-id': <'@a'>, 'unit': <'3'>", NULL },
    { ", 'user-cert': <'/a'>, 'password-flags': <uint32 1>", NULL },
    { ", 'user-auth-type': <'password'>, 'kill-switch': <'no'>, 'ip-config': <'external'>", NULL },
    { ", 'max-retries': <'05'>, 'xl2tpd-max-retries': <uint32 5>", NULL },
    { ", 'ipsec-enabled': <true>", NULL },
    { ", 'user-auth-type': <'tls'>", NULL },
    { ", 'kill-switch': <true>", NULL },
    { ", 'autostart': <true>", NULL },
    { ", 'default-route': <true>", NULL },
    { ", 'ip-config': <'service'>", NULL },
    { ", 'mrru': <uint32 1600>", "mrru: multilink PPP is not built yet\nRemove mrru to" },
    { ", 'local-address': <'10.9.0.1'>, 'interface': <'eth0'>", NULL },
    { ", 'ipcp-peer-ip': <'10.0.0.1'>, 'trace': <true>", NULL },
    { ", 'calling-number': <'1'>, 'called-number': <'2'>", NULL },
    { ", 'routes': <'10.0.0.0/8'>", NULL },
    { ", 'dns': <'10.0.0.1'>", NULL },
    { ", 'retry-timeout': <uint32 2>, 'max-retries': <uint32 9>", NULL },
    { ", 'xl2tpd-max-retries': <uint32 9>", NULL },
  };

  for (guint i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      g_autoptr (L2tpConfig) config = parse_more (cases[i][0]);
      g_autoptr (GError) error = NULL;

      g_assert_cmpint (l2tp_config_check_supported (config, &error), ==, cases[i][1] == NULL);
      if (cases[i][1] == NULL)
        {
          g_assert_no_error (error);
          continue;
        }
      g_assert_error (error, L2TP_ERROR, L2TP_ERROR_INVALID_SETTINGS);
      g_assert_true (g_str_has_prefix (error->message, cases[i][1]));
    }
}

/* What is not built yet is kept and read back. */
static void
test_stored (void)
{
  g_autoptr (L2tpConfig) config =
      parse_more (", 'ipsec-enabled': <'yes'>, 'routes': <'10.0.0.0/8'>, 'ip-config': <'service'>,"
                  " 'user-cert': <'/a'>, 'dns': <'::1'>, 'ipcp-peer-ip': <'10.0.0.1'>");
  g_autoptr (GVariant) variant = l2tp_config_to_variant (config);
  g_autofree char *text = g_variant_print (variant, TRUE);
  g_autoptr (L2tpConfig) again = l2tp_config_new (variant, NULL, NULL);
  g_autoptr (GVariant) variant_again = l2tp_config_to_variant (again);

  g_assert_true (g_variant_equal (variant, variant_again));
  g_assert_nonnull (strstr (text, "'ipsec-enabled': <true>"));
  g_assert_nonnull (strstr (text, "'routes': <'10.0.0.0/8'>"));
  g_assert_null (strstr (text, "psk"));
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

static const char *
password_of (L2tpConfig *config)
{
  L2tpSecret *secret = l2tp_config_get_secret (config, L2TP_OPTION_PASSWORD);

  return secret != NULL ? l2tp_secret_peek (secret, NULL) : NULL;
}

static GVariant *
dict (const char *text)
{
  return g_variant_parse (G_VARIANT_TYPE_VARDICT, text, NULL, NULL, NULL);
}

/* All settings are replaced, secrets stay, the UUID does not change. */
static void
test_update (void)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (L2tpConfig) old = parse ("{'name': <'w'>, 'gateway': <'g'>, 'mtu': <uint32 1300>}",
                                      "{'password': <'a'>, 'tunnel-secret': <'t'>}", NULL);
  g_autoptr (GVariant) settings = dict ("{'name': <'v'>, 'gateway': <'h'>}");
  g_autoptr (GVariant) secrets = dict ("{'tunnel-secret': <''>}");
  g_autoptr (GVariant) other =
      dict ("{'name': <'v'>, 'gateway': <'h'>, 'uuid': <'00000000-0000-4000-8000-000000000000'>}");
  g_autoptr (L2tpConfig) config = l2tp_config_new_update (old, settings, secrets, &error);

  g_assert_no_error (error);
  g_assert_cmpstr (l2tp_config_get_string (config, L2TP_OPTION_NAME), ==, "v");
  g_assert_false (l2tp_config_is_set (config, L2TP_OPTION_MTU));
  g_assert_cmpstr (password_of (config), ==, "a");
  g_assert_null (l2tp_config_get_secret (config, L2TP_OPTION_TUNNEL_SECRET));
  g_assert_cmpstr (l2tp_config_get_string (config, L2TP_OPTION_UUID), ==,
                   l2tp_config_get_string (old, L2TP_OPTION_UUID));

  g_assert_null (l2tp_config_new_update (old, other, secrets, &error));
  g_assert_error (error, L2TP_ERROR, L2TP_ERROR_INVALID_SETTINGS);
  g_assert_true (g_str_has_prefix (error->message, "uuid: "));
}

/* A secret that was stored and no longer may be does not live on in memory; one that was given for
 * this service's life does. */
static void
test_update_flags (void)
{
  g_autoptr (L2tpConfig) stored =
      parse ("{'name': <'w'>, 'gateway': <'g'>}", "{'password': <'a'>}", NULL);

  for (guint flags = 0; flags < 8; flags++)
    {
      g_autofree char *text = g_strdup_printf (
          "{'name': <'w'>, 'gateway': <'g'>, 'password-flags': <uint32 %u>}", flags);
      g_autoptr (GVariant) settings = dict (text);
      g_autoptr (GVariant) none = dict ("{}");
      g_autoptr (GVariant) given = dict ("{'password': <'b'>}");
      g_autoptr (L2tpConfig) without = l2tp_config_new_update (stored, settings, none, NULL);
      g_autoptr (L2tpConfig) with = l2tp_config_new_update (without, settings, given, NULL);
      g_autoptr (L2tpConfig) again = l2tp_config_new_update (with, settings, none, NULL);

      g_assert_cmpstr (password_of (without), ==, (flags & 3) == 0 ? "a" : NULL);
      g_assert_cmpstr (password_of (again), ==, "b");
    }
}

/* What was typed is kept where the profile allows it. */
static void
test_learned (void)
{
  g_autoptr (GVariant) answer = dict ("{'password': <'new'>}");
  g_autoptr (L2tpConfig) kept =
      parse ("{'name': <'w'>, 'gateway': <'g'>}", "{'password': <'old'>}", NULL);
  g_autoptr (L2tpConfig) asked =
      parse ("{'name': <'w'>, 'gateway': <'g'>, 'password-flags': <uint32 2>}", "{}", NULL);
  g_autoptr (L2tpConfig) kept_proven = l2tp_config_new_with_secrets (kept, answer, NULL);
  g_autoptr (L2tpConfig) asked_proven = l2tp_config_new_with_secrets (asked, answer, NULL);
  g_autoptr (L2tpConfig) learned = l2tp_config_new_learned (kept, kept, kept_proven);

  g_assert_cmpstr (password_of (learned), ==, "new");
  g_assert_null (l2tp_config_new_learned (kept, kept, kept));
  g_assert_null (l2tp_config_new_learned (asked, asked, asked_proven));
}

/* The profile was changed while somebody typed. */
static void
test_learned_meanwhile (void)
{
  static const struct
  {
    const char *settings, *secrets, *password; /* NULL: nothing is learned */
  } cases[] = {
    { "'user': <'u'>, 'mtu': <uint32 1300>", "{}", "new" },
    { "'user': <'u'>, 'mtu': <uint32 1300>", "{'password': <'newer'>}", NULL },
    { "'user': <'u'>", "{'password': <''>}", NULL },
    { "'user': <'v'>", "{}", NULL },
    { "'user': <'u'>, 'domain': <'d'>", "{}", NULL },
    { "'user': <'u'>, 'password-flags': <uint32 1>", "{}", NULL },
  };
  g_autoptr (GVariant) answer = dict ("{'password': <'new'>}");
  g_autoptr (L2tpConfig) base =
      parse ("{'name': <'w'>, 'gateway': <'g'>, 'user': <'u'>}", "{'password': <'old'>}", NULL);
  g_autoptr (L2tpConfig) proven = l2tp_config_new_with_secrets (base, answer, NULL);

  for (guint i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      g_autofree char *text =
          g_strdup_printf ("{'name': <'w'>, 'gateway': <'g'>, %s}", cases[i].settings);
      g_autoptr (GVariant) settings = dict (text);
      g_autoptr (GVariant) secrets = dict (cases[i].secrets);
      g_autoptr (L2tpConfig) config = l2tp_config_new_update (base, settings, secrets, NULL);
      g_autoptr (L2tpConfig) learned = NULL;

      g_assert_nonnull (config);
      learned = l2tp_config_new_learned (config, base, proven);
      g_assert_cmpint (learned != NULL, ==, cases[i].password != NULL);
      if (learned == NULL)
        continue;
      g_assert_cmpstr (password_of (learned), ==, cases[i].password);
      g_assert_cmpuint (l2tp_config_get_uint (learned, L2TP_OPTION_MTU), ==, 1300);
    }
}

/* A file that is read again says nothing of the secrets that it may not hold. */
static void
test_reread (void)
{
  static const char asked[] = "{'name': <'w'>, 'gateway': <'g'>, 'password-flags': <uint32 2>,"
                              " 'uuid': <'00000000-0000-4000-8000-000000000000'>}";
  static const char kept[] = "{'name': <'w'>, 'gateway': <'g'>,"
                             " 'uuid': <'00000000-0000-4000-8000-000000000000'>}";
  g_autoptr (L2tpConfig) present = parse (asked, "{'password': <'a'>}", NULL);
  g_autoptr (L2tpConfig) same_file = parse (asked, "{}", NULL);
  g_autoptr (L2tpConfig) other_file = parse (kept, "{}", NULL);
  g_autoptr (L2tpConfig) same = l2tp_config_new_reread (present, same_file);
  g_autoptr (L2tpConfig) other = l2tp_config_new_reread (present, other_file);

  g_assert_true (l2tp_config_equal (same, present));
  g_assert_false (l2tp_config_equal (other, present));
  g_assert_null (password_of (other));
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/config/values", test_values);
  g_test_add_func ("/config/errors-name-the-key", test_errors_name_the_key);
  g_test_add_func ("/config/variant-has-no-secret", test_variant_has_no_secret);
  g_test_add_func ("/config/local-port", test_local_port);
  g_test_add_func ("/config/ephemeral-port", test_ephemeral_port);
  g_test_add_func ("/config/alias", test_alias);
  g_test_add_func ("/config/supported", test_supported);
  g_test_add_func ("/config/may-store-secret", test_may_store_secret);
  g_test_add_func ("/config/stored", test_stored);
  g_test_add_func ("/config/update", test_update);
  g_test_add_func ("/config/update-flags", test_update_flags);
  g_test_add_func ("/config/learned", test_learned);
  g_test_add_func ("/config/learned-meanwhile", test_learned_meanwhile);
  g_test_add_func ("/config/reread", test_reread);
  g_test_add_func ("/config/replace-secret", test_replace_secret);
  return g_test_run ();
}
