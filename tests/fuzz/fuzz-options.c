/* SPDX-License-Identifier: GPL-2.0-or-later */
/* SPDX-FileCopyrightText: The l2tp-client authors */

/* Options of a connection. Input: lines of KEY=VALUE; a line without a '=' is tried as the value of
 * each option in turn.
 *
 * What is accepted is what one can read back, and is accepted again. */

#include "fuzz-input.h"

#include "service/base/l2tp-config.h"

#define MAX_LINES 32

static void
check_values (guint id, const char *text)
{
  g_autofree char *message = NULL;
  guint value = 0xdead;

  if (l2tp_option_validate ((L2tpOptionId) id, text, &value, &message))
    {
      g_assert_null (message);
      g_assert_true (g_utf8_validate (text, -1, NULL));
      return;
    }
  g_assert_cmpuint (value, ==, 0xdead);
  g_assert_true (g_str_has_prefix (message, l2tp_option_get ((L2tpOptionId) id)->key));
  g_assert_true (g_utf8_validate (message, -1, NULL));
}

static void
take_line (char *line, guint n, GVariantDict *settings, GVariantDict *secrets)
{
  char *value = strchr (line, '=');
  L2tpOptionId id;
  gboolean secret;

  if (value == NULL)
    {
      check_values (n % L2TP_N_OPTIONS, line);
      return;
    }
  *value++ = '\0';
  if (!g_utf8_validate (line, -1, NULL) || !g_utf8_validate (value, -1, NULL))
    return;
  secret = l2tp_option_find (line, &id) && (l2tp_option_get (id)->flags & L2TP_OPTION_SECRET) != 0;
  g_variant_dict_insert (secret ? secrets : settings, line, "s", value);
}

static void
check_config (GVariant *settings, GVariant *secrets)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (L2tpConfig) config = l2tp_config_new (settings, secrets, &error);
  g_autoptr (L2tpConfig) again = NULL;
  g_autoptr (GVariant) set = NULL;
  g_autoptr (GVariant) set_again = NULL;

  if (config == NULL)
    {
      g_assert_nonnull (error);
      g_assert_true (g_utf8_validate (error->message, -1, NULL));
      return;
    }
  set = l2tp_config_to_variant (config);
  again = l2tp_config_new (set, secrets, &error);
  g_assert_no_error (error);
  set_again = l2tp_config_to_variant (again);
  g_assert_true (g_variant_equal (set, set_again));
}

int
LLVMFuzzerTestOneInput (const guint8 *data, gsize size)
{
  g_autofree char *text = g_strndup ((const char *) data, size);
  g_auto (GStrv) lines = g_strsplit (text, "\n", MAX_LINES);
  g_auto (GVariantDict) settings = G_VARIANT_DICT_INIT (NULL);
  g_auto (GVariantDict) secrets = G_VARIANT_DICT_INIT (NULL);
  g_autoptr (GVariant) a = NULL;
  g_autoptr (GVariant) b = NULL;

  for (guint i = 0; lines[i] != NULL; i++)
    take_line (lines[i], size > 0 ? data[0] + i : i, &settings, &secrets);
  a = g_variant_ref_sink (g_variant_dict_end (&settings));
  b = g_variant_ref_sink (g_variant_dict_end (&secrets));
  check_config (a, b);
  return 0;
}
