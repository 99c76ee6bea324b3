/* SPDX-License-Identifier: GPL-2.0-or-later */
/* SPDX-FileCopyrightText: The l2tp-client authors */

/* A profile's file. Input: the file.
 *
 * What is accepted is written so that it reads the same again, and GKeyFile reads it the same. What
 * is not is refused with the file's name in front. */

#include "fuzz-input.h"

#include "service/l2tp-profile.h"

static gboolean
find_user (const char *name, guint32 *ret_uid)
{
  *ret_uid = 1;
  return name[0] == 'a';
}

static void
check_secret (GKeyFile *file, L2tpConfig *config, L2tpOptionId id)
{
  g_autofree char *text = g_key_file_get_string (file, "secrets", l2tp_option_get (id)->key, NULL);
  L2tpSecret *secret = l2tp_config_get_secret (config, id);

  if (secret != NULL)
    g_assert_cmpstr (l2tp_secret_peek (secret, NULL), ==, text);
  else
    g_assert_true (text == NULL || !l2tp_config_may_store_secret (config, id));
}

static void
check_setting (GKeyFile *file, GVariant *settings, L2tpOptionId id)
{
  const char *key = l2tp_option_get (id)->key;
  g_autofree char *text = g_key_file_get_string (file, "connection", key, NULL);
  g_autoptr (GVariant) value = g_variant_lookup_value (settings, key, NULL);

  if (text == NULL) /* these two are made of the file's name */
    g_assert_true (value == NULL || id == L2TP_OPTION_UUID || id == L2TP_OPTION_NAME);
  else
    g_assert_nonnull (value);
  if (text != NULL && g_variant_is_of_type (value, G_VARIANT_TYPE_STRING))
    g_assert_cmpstr (g_variant_get_string (value, NULL), ==, text);
}

static void
check_profile (L2tpProfile *profile, const char *data, gsize size)
{
  g_autoptr (GKeyFile) file = g_key_file_new ();
  g_autoptr (GError) error = NULL;
  g_autoptr (GBytes) bytes = l2tp_profile_format (profile->config, NULL, profile->owner, &error);
  g_autoptr (GVariant) settings = l2tp_config_to_variant (profile->config);
  g_autoptr (L2tpProfile) again = NULL;

  g_assert_no_error (error);
  again = l2tp_profile_parse (g_bytes_get_data (bytes, NULL), g_bytes_get_size (bytes),
                              "other.conf", NULL, &error);
  g_assert_no_error (error);
  g_assert_true (l2tp_profile_equal (profile, again));
  g_assert_cmpuint (g_strv_length (again->warnings), ==, 0);

  g_assert_true (g_key_file_load_from_data (file, data, size, G_KEY_FILE_NONE, &error));
  for (guint i = 0; i < L2TP_N_OPTIONS; i++)
    if ((l2tp_option_get (i)->flags & L2TP_OPTION_SECRET) != 0)
      check_secret (file, profile->config, i);
    else
      check_setting (file, settings, i);
}

int
LLVMFuzzerTestOneInput (const guint8 *data, gsize size)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (L2tpProfile) profile =
      l2tp_profile_parse ((const char *) data, size, "x.conf", find_user, &error);

  if (profile != NULL)
    {
      g_assert_no_error (error);
      check_profile (profile, (const char *) data, size);
      return 0;
    }
  g_assert_nonnull (error);
  g_assert_true (g_str_has_prefix (error->message, "x.conf:"));
  g_assert_true (g_utf8_validate (error->message, -1, NULL));
  return 0;
}
