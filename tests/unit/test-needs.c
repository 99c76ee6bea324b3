/* SPDX-License-Identifier: GPL-2.0-or-later */
/* SPDX-FileCopyrightText: The l2tp-client authors */

/* Which secrets are asked for: flags, presence, what the connection uses, and what was refused. */

#include "service/l2tp-needs.h"

#include <gio/gio.h>

#include "service/base/l2tp-error.h"

#define USER ", 'user': <'alice'>"
#define PSK  ", 'ipsec-enabled': <true>"
#define TLS  ", 'ipsec-enabled': <true>, 'machine-auth-type': <'tls'>"

static L2tpConfig *
parse (const char *more, const char *secrets)
{
  g_autofree char *text = g_strdup_printf ("{'name': <'w'>, 'gateway': <'g'>%s}", more);
  g_autoptr (GVariant) a = g_variant_parse (G_VARIANT_TYPE_VARDICT, text, NULL, NULL, NULL);
  g_autoptr (GVariant) b = g_variant_parse (G_VARIANT_TYPE_VARDICT, secrets, NULL, NULL, NULL);
  g_autoptr (GError) error = NULL;
  L2tpConfig *config = l2tp_config_new (a, b, &error);

  g_test_message ("%s %s", more, secrets);
  g_assert_no_error (error);
  return config;
}

static void
assert_keys (char **keys, const char *wanted)
{
  g_autofree char *text = g_strjoinv (" ", keys);

  g_assert_cmpstr (text, ==, wanted);
}

/* Every flag by presence, for each of the two secrets that are asked for first. */
static void
test_flags (void)
{
  static const struct
  {
    guint flags;
    gboolean absent; /* asked for when there is none */
  } cases[] = { { 0, TRUE },  { 1, TRUE },  { 2, TRUE },  { 3, TRUE },
                { 4, FALSE }, { 5, FALSE }, { 6, FALSE }, { 7, FALSE } };
  static const struct
  {
    const char *key;
    const char *settings;
  } secrets[] = { { "password", USER }, { "ipsec-psk", PSK } };

  for (guint i = 0; i < G_N_ELEMENTS (cases); i++)
    for (guint k = 0; k < G_N_ELEMENTS (secrets); k++)
      {
        g_autofree char *more = g_strdup_printf ("%s, '%s-flags': <uint32 %u>", secrets[k].settings,
                                                 secrets[k].key, cases[i].flags);
        g_autofree char *value = g_strdup_printf ("{'%s': <'x'>}", secrets[k].key);
        g_autoptr (L2tpConfig) without = parse (more, "{}");
        g_autoptr (L2tpConfig) with = parse (more, value);
        g_auto (GStrv) keys_without = l2tp_needs_before (without);
        g_auto (GStrv) keys_with = l2tp_needs_before (with);

        assert_keys (keys_without, cases[i].absent ? secrets[k].key : "");
        assert_keys (keys_with, "");
      }
}

/* What the connection uses decides which are wanted at all. */
static void
test_before (void)
{
  static const char *const cases[][3] = {
    { "", "{}", "" },
    { "", "{'password': <'x'>}", "" },
    { USER, "{}", "password" },
    { USER PSK, "{}", "password ipsec-psk" },
    { USER PSK, "{'password': <'x'>}", "ipsec-psk" },
    { USER PSK, "{'password': <'x'>, 'ipsec-psk': <'y'>}", "" },
    { PSK, "{}", "ipsec-psk" },
    { TLS, "{}", "" },
    { PSK ", 'use-cert': <uint32 1>", "{}", "" },
    { PSK ", 'use-cert': <uint32 0>", "{}", "ipsec-psk" },
    { ", 'ipsec-psk-flags': <uint32 2>", "{}", "" },
    { USER ", 'user-auth-type': <'tls'>, 'user-cert': <'/c'>", "{}", "" },
    { TLS ", 'machine-certpass-flags': <uint32 2>", "{}", "" },
    { USER, "{'tunnel-secret': <'x'>}", "password" },
  };

  for (guint i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      g_autoptr (L2tpConfig) config = parse (cases[i][0], cases[i][1]);
      g_auto (GStrv) keys = l2tp_needs_before (config);

      assert_keys (keys, cases[i][2]);
    }
}

#define E(x) L2TP_ERROR_##x
#define S(x) L2TP_STAGE_##x

static void
test_after (void)
{
  static const struct
  {
    const char *settings;
    L2tpStage stage;
    L2tpError code;
    guint mschap_error;
    const char *wanted;
  } cases[] = {
    { USER, S (PPP), E (AUTH_FAILED), 0, "password" },
    { USER, S (PPP), E (AUTH_FAILED), 691, "password" },
    { USER, S (PPP), E (AUTH_FAILED), 648, "password" },
    { USER, S (PPP), E (AUTH_FAILED), 646, "" },
    { USER, S (PPP), E (AUTH_FAILED), 647, "" },
    { USER, S (PPP), E (AUTH_FAILED), 649, "" },
    { USER, S (PPP), E (AUTH_FAILED), 709, "" },
    { USER, S (IP), E (AUTH_FAILED), 0, "password" },
    { USER, S (PPP), E (NO_SECRETS), 0, "password" },
    { "", S (PPP), E (NO_SECRETS), 0, "password" },
    { USER, S (PPP), E (PPP_FAILED), 691, "" },
    { USER, S (PPP), E (TIMEOUT), 0, "" },
    { USER, S (PPP), E (AGENT_CANCELED), 0, "" },
    { USER ", 'user-auth-type': <'tls'>", S (PPP), E (NO_SECRETS), 0, "user-certpass" },
    { USER ", 'user-auth-type': <'tls'>", S (PPP), E (AUTH_FAILED), 0, "" },
    { USER, S (TUNNEL), E (AUTH_FAILED), 0, "tunnel-secret" },
    { USER, S (TUNNEL), E (NO_SECRETS), 0, "tunnel-secret" },
    { USER, S (TUNNEL), E (TUNNEL_REFUSED), 0, "" },
    { USER, S (SESSION), E (AUTH_FAILED), 0, "" },
    { USER PSK, S (IPSEC), E (AUTH_FAILED), 0, "ipsec-psk" },
    { USER PSK, S (IPSEC), E (NO_SECRETS), 0, "ipsec-psk" },
    { USER PSK, S (IPSEC), E (IKE_FAILED), 0, "" },
    { USER TLS, S (IPSEC), E (NO_SECRETS), 0, "machine-certpass" },
    { USER TLS, S (IPSEC), E (AUTH_FAILED), 0, "" },
    { USER, S (RESOLVE), E (AUTH_FAILED), 0, "" },
  };

  for (guint i = 0; i < G_N_ELEMENTS (cases); i++)
    for (guint flags = 0; flags <= 7; flags++)
      {
        g_autofree char *more =
            g_strdup_printf ("%s, 'password-flags': <uint32 %u>, 'ipsec-psk-flags': <uint32 %u>",
                             cases[i].settings, flags, flags);
        g_autoptr (L2tpConfig) config =
            parse (more, flags % 2 == 0 ? "{}" : "{'password': <'x'>, 'ipsec-psk': <'y'>}");
        g_autoptr (GError) error = g_error_new_literal (L2TP_ERROR, (int) cases[i].code, "why");
        g_auto (GStrv) keys =
            l2tp_needs_after (config, error, cases[i].stage, cases[i].mschap_error);

        assert_keys (keys, cases[i].wanted);
      }
}

/* A code of another domain may have the same number. */
static void
test_other_domain (void)
{
  g_autoptr (L2tpConfig) config = parse (USER, "{}");
  g_autoptr (GError) error = g_error_new_literal (G_IO_ERROR, (int) E (AUTH_FAILED), "why");
  g_auto (GStrv) keys = l2tp_needs_after (config, error, S (PPP), 0);

  assert_keys (keys, "");
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/needs/flags", test_flags);
  g_test_add_func ("/needs/before", test_before);
  g_test_add_func ("/needs/after", test_after);
  g_test_add_func ("/needs/other-domain", test_other_domain);
  return g_test_run ();
}
