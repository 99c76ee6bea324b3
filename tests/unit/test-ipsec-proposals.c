/* SPDX-License-Identifier: GPL-2.0-or-later */
/* SPDX-FileCopyrightText: The l2tp-client authors */

#include "service/base/l2tp-error.h"
#include "service/ipsec/l2tp-ipsec-proposals.h"

static void
assert_list (char **proposals, const char *expected)
{
  g_auto (GStrv) owned = proposals;
  g_autofree char *text = NULL;

  g_assert_nonnull (owned);
  text = g_strjoinv (",", owned);
  g_assert_cmpstr (text, ==, expected);
}

static void
assert_ike (const char *custom, const char *expected)
{
  g_autoptr (GError) error = NULL;
  char **proposals = l2tp_ipsec_proposals_make_ike (custom, FALSE, NULL, &error);

  g_assert_no_error (error);
  assert_list (proposals, expected);
}

static void
assert_esp (const char *custom, const char *group, const char *expected)
{
  g_autoptr (GError) error = NULL;
  char **proposals = l2tp_ipsec_proposals_make_esp (custom, FALSE, group, NULL, &error);

  g_assert_no_error (error);
  assert_list (proposals, expected);
}

static void
test_lists (void)
{
  g_auto (GStrv) modern = l2tp_ipsec_proposals_make_ike (NULL, FALSE, NULL, NULL);
  g_auto (GStrv) compatible = l2tp_ipsec_proposals_make_ike (NULL, TRUE, NULL, NULL);

  g_assert_cmpuint (g_strv_length (modern), ==, 8);
  g_assert_cmpuint (g_strv_length (compatible), ==, 16);
  for (guint i = 0; i < 8; i++)
    g_assert_cmpstr (modern[i], ==, compatible[i]);
  g_assert_cmpstr (modern[0], ==, "aes256-sha256-ecp384");
  g_assert_cmpstr (compatible[15], ==, "3des-sha1-modp1024");
  assert_esp (NULL, NULL, "aes256gcm16,aes256-sha256,aes128-sha256,aes256-sha1,aes128-sha1");
  assert_list (l2tp_ipsec_proposals_make_esp (NULL, TRUE, "modp1024", NULL, NULL),
               "aes256gcm16-modp1024,aes256-sha256-modp1024,aes128-sha256-modp1024,"
               "aes256-sha1-modp1024,aes128-sha1-modp1024,3des-sha1-modp1024");
}

static void
test_strongswan (void)
{
  assert_ike ("aes256-sha256-modp2048!", "aes256-sha256-modp2048");
  assert_ike (" AES128-sha1-ecp256, 3des-sha1-modp1024 ! ",
              "aes128-sha1-ecp256,3des-sha1-modp1024");
  assert_ike ("aes256gcm16-prfsha384-ecp384", "aes256gcm16-prfsha384-ecp384");
  /* What IKEv1 would read as one combination is several. */
  assert_ike ("aes128-aes256-sha1-modp1024-modp2048",
              "aes128-sha1-modp1024,aes128-sha1-modp2048,aes256-sha1-modp1024,"
              "aes256-sha1-modp2048");
  assert_esp ("aes256-sha2_256-noesn", NULL, "aes256-sha256-noesn");
  assert_esp ("aes128gcm16!", NULL, "aes128gcm16");
}

static void
test_libreswan (void)
{
  assert_ike ("aes256-sha2_256-modp2048,aes128-sha1;modp1536",
              "aes256-sha256-modp2048,aes128-sha1-modp1536");
  assert_ike ("aes_cbc_256-hmac_sha1;dh19", "aes256-sha1-ecp256");
  assert_ike ("aes_gcm256-sha2_384;dh20", "aes256gcm16-prfsha384-ecp384");
  assert_ike ("3des-sha1;modp1024+modp1536", "3des-sha1-modp1024,3des-sha1-modp1536");
  assert_esp ("aes_gcm_c_256,aes128-sha1", NULL, "aes256gcm16,aes128-sha1");
}

static void
test_left_out (void)
{
  assert_ike ("aes128-sha1", "aes128-sha1-modp2048,aes128-sha1-modp1024");
  assert_ike ("aes128;modp2048", "aes128-sha256-modp2048,aes128-sha1-modp2048");
  assert_ike ("aes256gcm16-ecp256", "aes256gcm16-prfsha256-ecp256");
  assert_esp ("3des", NULL, "3des-sha256,3des-sha1");
}

static void
test_pfs (void)
{
  g_assert_true (l2tp_ipsec_proposals_names_group ("aes128-sha1,aes256-sha1;dh2"));
  g_assert_false (l2tp_ipsec_proposals_names_group ("aes128-sha1"));
  g_assert_false (l2tp_ipsec_proposals_names_group ("nonsense"));
  /* A group in the option goes before ours, and goes away without PFS. */
  assert_esp ("aes128-sha1;modp1024", "modp2048", "aes128-sha1-modp1024");
  assert_esp ("aes128-sha1;modp1024,aes128-sha1;modp1536", NULL, "aes128-sha1");
  g_assert_cmpstr (l2tp_ipsec_proposals_group_from_name ("MODP_1024"), ==, "modp1024");
  g_assert_null (l2tp_ipsec_proposals_group_from_name ("AES_CBC"));
  g_assert_null (l2tp_ipsec_proposals_group_from_name (NULL));
  g_assert_true (l2tp_ipsec_proposals_is_weak ("3DES_CBC"));
  g_assert_false (l2tp_ipsec_proposals_is_weak ("AES_CBC"));
  g_assert_false (l2tp_ipsec_proposals_is_weak (NULL));
}

static void
test_invalid (void)
{
  static const char *const texts[] = {
    "",
    "aes128-sha1-modp2048,",
    "sha1-modp1024",
    "aes128-rot13-modp1024",
    "aes128-aes256gcm16",
    "aes--",
    "aes128 sha1 modp1024",
  };

  for (gsize i = 0; i < G_N_ELEMENTS (texts); i++)
    {
      g_autoptr (GError) error = NULL;

      g_assert_null (l2tp_ipsec_proposals_make_ike (texts[i], FALSE, NULL, &error));
      g_assert_error (error, L2TP_ERROR, L2TP_ERROR_INVALID_SETTINGS);
      g_assert_true (g_str_has_prefix (error->message, "ipsec-ike: "));
    }
}

/* Hostile text costs no more than a list. */
static void
test_many (void)
{
  g_autoptr (GString) text = g_string_new ("aes128");
  g_auto (GStrv) proposals = NULL;

  for (guint i = 0; i < 40; i++)
    g_string_append (text, i % 2 != 0 ? "-sha1-modp1024-aes256" : "-md5-modp2048-3des");
  proposals = l2tp_ipsec_proposals_make_ike (text->str, FALSE, NULL, NULL);
  g_assert_cmpuint (g_strv_length (proposals), <=, 64);
}

static void
test_loaded (void)
{
  static const char *const names[] = { "AES_CBC",           "HMAC_SHA1_96",      "PRF_HMAC_SHA1",
                                       "HMAC_SHA2_256_128", "PRF_HMAC_SHA2_256", "MODP_2048" };
  g_autoptr (GHashTable) loaded = g_hash_table_new (g_str_hash, g_str_equal);
  g_autoptr (GError) error = NULL;

  for (gsize i = 0; i < G_N_ELEMENTS (names); i++)
    g_hash_table_add (loaded, (gpointer) names[i]);
  assert_list (l2tp_ipsec_proposals_make_ike (NULL, TRUE, loaded, NULL),
               "aes256-sha256-modp2048,aes128-sha256-modp2048,aes256-sha1-modp2048,"
               "aes128-sha1-modp2048");
  /* ESP's ciphers are the kernel's. */
  assert_list (l2tp_ipsec_proposals_make_esp ("3des-sha1;modp1024,aes128-sha1", FALSE, "modp2048",
                                              loaded, NULL),
               "aes128-sha1-modp2048");
  g_assert_null (l2tp_ipsec_proposals_make_ike ("3des-sha1-modp1024", FALSE, loaded, &error));
  g_assert_error (error, L2TP_ERROR, L2TP_ERROR_MISSING_DEPENDENCY);
  g_assert_nonnull (g_strstr_len (error->message, -1, "3des"));
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/ipsec-proposals/lists", test_lists);
  g_test_add_func ("/ipsec-proposals/strongswan", test_strongswan);
  g_test_add_func ("/ipsec-proposals/libreswan", test_libreswan);
  g_test_add_func ("/ipsec-proposals/left-out", test_left_out);
  g_test_add_func ("/ipsec-proposals/pfs", test_pfs);
  g_test_add_func ("/ipsec-proposals/invalid", test_invalid);
  g_test_add_func ("/ipsec-proposals/many", test_many);
  g_test_add_func ("/ipsec-proposals/loaded", test_loaded);
  return g_test_run ();
}
