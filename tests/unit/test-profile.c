/* SPDX-License-Identifier: GPL-2.0-or-later */
/* SPDX-FileCopyrightText: The l2tp-client authors */

/* Profile files: what is read, what is refused and with which words, what is written; that GKeyFile
 * reads the same; that no secret stays behind in memory. */

#include "service/l2tp-profile.h"

#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "service/base/l2tp-error.h"
#include "service/base/l2tp-keyfile.h"

#define ROUNDS 2000

static gboolean
find_user (const char *name, guint32 *ret_uid)
{
  if (!g_str_equal (name, "alice"))
    return FALSE;
  *ret_uid = 1007;
  return TRUE;
}

static L2tpProfile *
parse (const char *text, GError **error)
{
  return l2tp_profile_parse (text, strlen (text), "work.conf", find_user, error);
}

static L2tpProfile *
parse_right (const char *text)
{
  g_autoptr (GError) error = NULL;
  L2tpProfile *profile = parse (text, &error);

  g_assert_no_error (error);
  g_assert_nonnull (profile);
  return profile;
}

static const char *
secret_of (L2tpConfig *config, L2tpOptionId id)
{
  L2tpSecret *secret = l2tp_config_get_secret (config, id);

  return secret != NULL ? l2tp_secret_peek (secret, NULL) : NULL;
}

static void
test_values (void)
{
  g_autoptr (L2tpProfile) profile = parse_right ("# ours\n"
                                                 "\n"
                                                 "[connection]\r\n"
                                                 "  name = office\n"
                                                 "gateway=vpn.example.org\n"
                                                 "user=ann;#=[x]\n"
                                                 "domain=\\sa\\\\b\\s\n"
                                                 "mtu=1300\r\n"
                                                 "[secrets] \n"
                                                 "password= s3 cret\n"
                                                 "[permissions]\n"
                                                 "user=alice");
  L2tpConfig *config = profile->config;

  g_assert_cmpstr (l2tp_config_get_string (config, L2TP_OPTION_NAME), ==, "office");
  g_assert_cmpstr (l2tp_config_get_string (config, L2TP_OPTION_USER), ==, "ann;#=[x]");
  g_assert_cmpstr (l2tp_config_get_string (config, L2TP_OPTION_DOMAIN), ==, " a\\b ");
  g_assert_cmpuint (l2tp_config_get_uint (config, L2TP_OPTION_MTU), ==, 1300);
  g_assert_cmpstr (secret_of (config, L2TP_OPTION_PASSWORD), ==, "s3 cret");
  g_assert_cmpuint (profile->owner, ==, 1007);
  g_assert_cmpuint (g_strv_length (profile->warnings), ==, 0);
}

/* The UUID is the one that Python's uuid5 (NAMESPACE_URL, "l2tp-client:work.conf") makes. */
static void
test_made_of_the_file_name (void)
{
  const char *text = "[connection]\ngateway=g\n";
  g_autoptr (L2tpProfile) here = parse_right (text);
  g_autoptr (L2tpProfile) there =
      l2tp_profile_parse (text, strlen (text), "/etc/x/work.conf", NULL, NULL);
  g_autoptr (L2tpProfile) other = l2tp_profile_parse (text, strlen (text), "a.b.conf", NULL, NULL);
  const char *uuid = l2tp_config_get_string (here->config, L2TP_OPTION_UUID);

  g_assert_cmpstr (uuid, ==, "ade02aae-dd91-5a01-b7c8-6f9e96d6f9e1");
  g_assert_cmpstr (l2tp_config_get_string (there->config, L2TP_OPTION_UUID), ==, uuid);
  g_assert_cmpstr (l2tp_config_get_string (other->config, L2TP_OPTION_UUID), !=, uuid);
  g_assert_true (g_uuid_string_is_valid (uuid));
  g_assert_cmpstr (l2tp_config_get_string (here->config, L2TP_OPTION_NAME), ==, "work");
  g_assert_cmpstr (l2tp_config_get_string (other->config, L2TP_OPTION_NAME), ==, "a.b");
  g_assert_cmpuint (here->owner, ==, L2TP_OWNER_ALL);
}

static void
test_refused (void)
{
  static const char *const cases[][2] = {
    { "", "work.conf: gateway: is required" },
    { "[connection]\nname=w\n", "work.conf: gateway: is required" },
    { "[connection]\ngateway=g\nmtu=99\n", "work.conf:3: mtu: “99” must be auto or a number from 576" },
    { "[connection]\n\n#\ngateway=g\n\nmtu=1400 x\n", "work.conf:6: mtu: " },
    { "[connection]\ngateway=g\nmtu=1300\nmtu=1300\n",
      "work.conf:4: mtu: stands in line 3 already" },
    { "[connection]\ngateway=g\n[secrets]\npassword=a\n[connection]\n[secrets]\npassword=b\n",
      "work.conf:7: password: stands in line 4 already" },
    { "[connection]\ngateway=g\ncolor=red\n", "work.conf:3: color: unknown option" },
    { "[connection]\ngateway=g\ngateway[de]=h\n", "work.conf:3: gateway[de]: unknown option" },
    { "[connection]\ngateway=g\npassword=s3cret\n",
      "work.conf:3: password: is a secret, not a setting\nMove it to [secrets]." },
    { "[connection]\ngateway=g\n[secrets]\nmtu=1300\n",
      "work.conf:4: mtu: is a setting, not a secret\nMove it to [connection]." },
    { "[connection]\ngateway=g\n[secrets]\npassword=\n", "work.conf:4: password: must have 1 to" },
    { "[connection]\ngateway=g\n[vpn]\n", "work.conf:3: [vpn]: unknown group" },
    { "[permissions]\nowner=a\n", "work.conf:2: owner: unknown key" },
    { "[permissions]\nuser=alice\nuser=alice\n", "work.conf:3: user: stands in line 2 already" },
    { "[permissions]\nuser=mallory\n", "work.conf:2: user: there is no user “mallory”" },
    { "[permissions]\nuser=4294967295\n", "work.conf:2: user: there is no user" },
    { "[permissions]\nuser=-1\n", "work.conf:2: user: there is no user" },
    { "gateway=g\n", "work.conf:1: gateway: stands before the first [group]" },
    { "[connection]\ngateway\n", "work.conf:2: the line is neither" },
    { "[connection]\n=g\n", "work.conf:2: the line is neither" },
    { "[connection\n", "work.conf:1: the line is neither" },
    { "[]\n", "work.conf:1: the line is neither" },
    { "[connection]x\n", "work.conf:1: the line is neither" },
    { "[connection]\nuser=a \n", "work.conf:2: user: ends with a blank\n" },
    { "[connection]\nuser=a\\n\n", "work.conf:2: user: has a backslash" },
    { "[connection]\nuser=a\\\n", "work.conf:2: user: has a backslash" },
    { "[connection]\nuser=a\tb\n", "work.conf:2: user: “a\\tb” contains a control character" },
    { "[connection]\nuser=a\rb\n", "work.conf:2: user: " },
    { "[connection]\nuser=\xff\n", "work.conf: is not valid UTF-8" },
    { "[connection]\n\033[1m=g\n", "work.conf:2: \\033[1m: unknown option" },
    { "[connection]\ngateway=g\nuuid=x\n", "work.conf:3: uuid: " },
  };

  for (guint i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      g_autoptr (GError) error = NULL;

      g_assert_null (parse (cases[i][0], &error));
      g_test_message ("%s", error->message);
      g_assert_error (error, L2TP_ERROR, L2TP_ERROR_INVALID_SETTINGS);
      g_assert_true (g_str_has_prefix (error->message, cases[i][1]));
      g_assert_null (strstr (error->message, "s3cret"));
    }
}

static void
test_size_and_nul (void)
{
  static const char nul[] = "[connection]\ngateway=g\0\n";
  g_autofree char *large = g_strnfill (L2TP_KEYFILE_MAX_SIZE + 1, '\n');
  const char *fit = "[connection]\ngateway=g\n";
  g_autoptr (GError) error = NULL;

  g_assert_null (l2tp_profile_parse (nul, sizeof nul - 1, "work.conf", NULL, &error));
  g_assert_cmpstr (error->message, ==, "work.conf: contains a NUL");
  g_clear_error (&error);
  g_assert_null (l2tp_profile_parse (large, L2TP_KEYFILE_MAX_SIZE + 1, "work.conf", NULL, &error));
  g_assert_cmpstr (error->message, ==, "work.conf: is larger than 64 KiB");
  g_clear_error (&error);
  memcpy (large, fit, strlen (fit));
  g_autoptr (L2tpProfile) profile =
      l2tp_profile_parse (large, L2TP_KEYFILE_MAX_SIZE, "work.conf", NULL, &error);
  g_assert_no_error (error);
}

/* Without somebody who knows users, a name is nobody's. */
static void
test_owner (void)
{
  const char *named = "[connection]\ngateway=g\n[permissions]\nuser=alice\n";
  g_autoptr (L2tpProfile) root = parse_right ("[connection]\ngateway=g\n[permissions]\nuser=0\n");
  g_autoptr (GBytes) file = l2tp_profile_format (root->config, NULL, root->owner, NULL);
  g_autoptr (L2tpProfile) again = l2tp_profile_parse (
      g_bytes_get_data (file, NULL), g_bytes_get_size (file), "other.conf", NULL, NULL);

  g_assert_null (l2tp_profile_parse (named, strlen (named), "work.conf", NULL, NULL));
  g_assert_cmpuint (root->owner, ==, 0);
  g_assert_cmpuint (again->owner, ==, 0);
  g_assert_true (l2tp_profile_equal (root, again));
}

/* What the flags say is kept elsewhere is neither read nor written; the other bits do not matter.
 */
static void
test_flags (void)
{
  static const char form[] = "[secrets]\npassword=s3cret\ntunnel-secret=t\nipsec-psk=p\n"
                             "[connection]\ngateway=g\npassword-flags=%u\nuser-certpass-flags=2\n";

  for (guint flags = 0; flags <= 7; flags++)
    {
      g_autofree char *text = g_strdup_printf (form, flags);
      g_autoptr (L2tpProfile) profile = parse_right (text);
      gboolean kept = flags == 0 || flags == 4;
      g_autoptr (GVariant) secrets = g_variant_ref_sink (
          g_variant_new_parsed ("{'password': <'s3cret'>, 'user-certpass': <'c3rt'>}"));
      g_autoptr (L2tpConfig) config = l2tp_config_new_with_secrets (profile->config, secrets, NULL);
      g_autoptr (GBytes) file = l2tp_profile_format (config, NULL, L2TP_OWNER_ALL, NULL);
      g_autofree char *out = g_strndup (g_bytes_get_data (file, NULL), g_bytes_get_size (file));

      g_assert_cmpstr (secret_of (profile->config, L2TP_OPTION_PASSWORD), ==,
                       kept ? "s3cret" : NULL);
      g_assert_cmpstr (secret_of (profile->config, L2TP_OPTION_TUNNEL_SECRET), ==, "t");
      g_assert_cmpstr (secret_of (profile->config, L2TP_OPTION_IPSEC_PSK), ==, "p");
      g_assert_cmpuint (g_strv_length (profile->warnings), ==, kept ? 0 : 1);
      if (!kept)
        g_assert_true (g_str_has_prefix (profile->warnings[0], "work.conf:2: password: not used"));
      g_assert_cmpint (l2tp_config_may_store_secret (config, L2TP_OPTION_PASSWORD), ==, kept);
      g_assert_cmpint (strstr (out, "password=s3cret\n") != NULL, ==, kept);
      g_assert_null (strstr (out, "c3rt"));
      g_assert_nonnull (strstr (out, "tunnel-secret=t\n"));
    }
}

/* Random settings */

static char *
random_text (guint min, guint max)
{
  static const char *const pieces[] = { " ", "\\", "#", ";", "=", "[", "]",  "s", "n",
                                        "ß", "€",  ",", "a", "0", "'", "\"", "%", "\\s" };
  GString *text = g_string_new (NULL);
  guint target = (guint) g_test_rand_int_range ((gint32) min, (gint32) MIN (max, 40) + 1);

  while (text->len < target)
    {
      const char *piece = pieces[g_test_rand_int_range (0, G_N_ELEMENTS (pieces))];

      g_string_append (text, text->len + strlen (piece) > target ? "x" : piece);
    }
  return g_string_free (text, FALSE);
}

static char *
random_value (const L2tpOption *option)
{
  g_auto (GStrv) words = NULL;
  g_autofree char *text = NULL;

  switch (option->type)
    {
    case L2TP_OPTION_TYPE_STRING:
      return random_text (option->min, option->max);
    case L2TP_OPTION_TYPE_HOST:
    case L2TP_OPTION_TYPE_ADDRESSES:
      return g_strdup (g_test_rand_bit () ? "2001:db8::1" : "10.9.0.2");
    case L2TP_OPTION_TYPE_ADDRESS:
    case L2TP_OPTION_TYPE_ADDRESS4:
      return g_strdup ("10.9.0.2");
    case L2TP_OPTION_TYPE_IFNAME:
      return g_strdup (g_test_rand_bit () ? "a\\b" : "[#;]=");
    case L2TP_OPTION_TYPE_UUID:
      return g_uuid_string_random ();
    case L2TP_OPTION_TYPE_UINT:
    case L2TP_OPTION_TYPE_AUTO:
      return g_strdup_printf (
          "%d", g_test_rand_int_range ((gint32) option->min, (gint32) option->max + 1));
    case L2TP_OPTION_TYPE_BOOL:
      return g_strdup (g_test_rand_bit () ? "yes" : "no");
    case L2TP_OPTION_TYPE_ENUM:
      words = g_strsplit (option->words, "|", -1);
      return g_strdup (words[g_test_rand_bit ()]);
    case L2TP_OPTION_TYPE_PATH:
      text = random_text (1, 40);
      return g_strconcat ("/", text, NULL);
    case L2TP_OPTION_TYPE_NETWORKS:
      return g_strdup ("10.0.0.0/8,fd00::/64");
    case L2TP_OPTION_TYPE_DOMAINS:
      return g_strdup ("~.,example.org");
    }
  g_assert_not_reached ();
}

static L2tpConfig *
random_config (char *texts[L2TP_N_OPTIONS])
{
  g_autoptr (GError) error = NULL;
  L2tpConfig *config;

  for (guint i = 0; i < L2TP_N_OPTIONS; i++)
    {
      const L2tpOption *option = l2tp_option_get (i);
      gboolean flags = g_str_has_suffix (option->key, "-flags");
      gboolean needed = i == L2TP_OPTION_UUID || (option->flags & L2TP_OPTION_REQUIRED) != 0;

      texts[i] = !flags && (needed || g_test_rand_bit ()) ? random_value (option) : NULL;
    }
  config = l2tp_config_new_from_texts ((const char *const *) texts, &error);
  g_assert_no_error (error);
  return config;
}

static void
assert_key_file_agrees (const char *data, gsize len, char *texts[L2TP_N_OPTIONS])
{
  g_autoptr (GKeyFile) file = g_key_file_new ();
  g_autoptr (GError) error = NULL;

  g_assert_true (g_key_file_load_from_data (file, data, len, G_KEY_FILE_NONE, &error));
  for (guint i = 0; i < L2TP_N_OPTIONS; i++)
    {
      const L2tpOption *option = l2tp_option_get (i);
      gboolean secret = (option->flags & L2TP_OPTION_SECRET) != 0;
      g_autofree char *text =
          g_key_file_get_string (file, secret ? "secrets" : "connection", option->key, NULL);

      g_assert_cmpstr (text, ==, texts[i]);
    }
}

static void
test_round_trip (void)
{
  for (guint round = 0; round < ROUNDS; round++)
    {
      char *texts[L2TP_N_OPTIONS];
      g_autoptr (L2tpConfig) config = random_config (texts);
      guint32 owner = g_test_rand_bit () ? L2TP_OWNER_ALL : (guint32) round;
      g_autoptr (GBytes) file = l2tp_profile_format (config, NULL, owner, NULL);
      gsize len;
      const char *data = g_bytes_get_data (file, &len);
      g_autoptr (GError) error = NULL;
      g_autoptr (L2tpProfile) profile = l2tp_profile_parse (data, len, "x.conf", NULL, &error);

      g_assert_no_error (error);
      g_assert_cmpuint (profile->owner, ==, owner);
      for (guint i = 0; i < L2TP_N_OPTIONS; i++)
        g_assert_cmpstr (secret_of (profile->config, i), ==, secret_of (config, i));
      g_autoptr (GVariant) before = l2tp_config_to_variant (config);
      g_autoptr (GVariant) after = l2tp_config_to_variant (profile->config);
      g_assert_true (g_variant_equal (before, after));
      assert_key_file_agrees (data, len, texts);
      for (guint i = 0; i < L2TP_N_OPTIONS; i++)
        g_free (texts[i]);
    }
}

/* What a person writes, rather than we. */
static void
test_key_file_agrees (void)
{
  static const char *const lines[] = {
    "user=a",       "user = a",     "  user=a", "\tuser\t=\ta", "user=a\r", "user=a;b#c",
    "user=\\sa\\s", "user=a\\\\sb", "user==a",  "user=[a]",     "user=a=b", "user=\"a\"",
  };

  for (guint i = 0; i < G_N_ELEMENTS (lines); i++)
    {
      g_autofree char *text =
          g_strdup_printf ("# a\n\n[connection]\n \t\n%s\ngateway=g\n#b", lines[i]);
      g_autoptr (L2tpProfile) profile = parse_right (text);
      g_autoptr (GKeyFile) file = g_key_file_new ();
      g_autofree char *user = NULL;

      g_assert_true (g_key_file_load_from_data (file, text, (gsize) -1, G_KEY_FILE_NONE, NULL));
      user = g_key_file_get_string (file, "connection", "user", NULL);
      g_test_message ("%s", lines[i]);
      g_assert_nonnull (user);
      g_assert_cmpstr (l2tp_config_get_string (profile->config, L2TP_OPTION_USER), ==, user);
    }
}

static void
test_equal (void)
{
  g_autoptr (L2tpProfile) a = parse_right ("[connection]\ngateway=g\nmtu=1300\n");
  g_autoptr (L2tpProfile) b = parse_right ("#\n[connection]\nmtu=01300\nname=work\ngateway=g\n");
  g_autoptr (L2tpProfile) c = parse_right ("[connection]\ngateway=g\nmtu=1301\n");
  g_autoptr (L2tpProfile) d =
      parse_right ("[connection]\ngateway=g\nmtu=1300\n[permissions]\nuser=1\n");
  g_autoptr (L2tpProfile) e =
      parse_right ("[connection]\ngateway=g\nmtu=1300\n[secrets]\npassword=p\n");

  g_assert_true (l2tp_profile_equal (a, b));
  g_assert_false (l2tp_profile_equal (a, c));
  g_assert_false (l2tp_profile_equal (a, d));
  g_assert_false (l2tp_profile_equal (a, e));
}

/* Paths of backslashes, which take two octets each: more than what would be read again. */
static void
test_too_large (void)
{
  g_autofree char *tail = g_strnfill (4000, '\\');
  g_autofree char *path = g_strconcat ("/", tail, NULL);
  const char *texts[L2TP_N_OPTIONS] = { NULL };
  g_autoptr (GError) error = NULL;

  for (guint i = 0; i < L2TP_N_OPTIONS; i++)
    if (l2tp_option_get (i)->type == L2TP_OPTION_TYPE_PATH)
      texts[i] = path;
  texts[L2TP_OPTION_NAME] = texts[L2TP_OPTION_GATEWAY] = "g";
  g_autoptr (L2tpConfig) config = l2tp_config_new_from_texts (texts, &error);
  g_assert_no_error (error);
  g_assert_null (l2tp_profile_format (config, NULL, 0, &error));
  g_assert_error (error, L2TP_ERROR, L2TP_ERROR_INVALID_SETTINGS);
}

/* Memory */

#define MARK_LEN 24

/* The mark is nowhere in the program but where this writes it. */
static void
write_mark (char *to)
{
  for (guint i = 0; i < MARK_LEN; i++)
    to[i] = (char) ('a' + (i * 7 + 3) % 26);
}

/* Whether the mark is in the memory from @begin to @end; reads it through a window of its own. */
static guint
count_marks (int memory, guint64 begin, guint64 end, char *window, gsize size)
{
  guint n = 0;

  for (guint64 at = begin; at < end; at += size - MARK_LEN)
    {
      gssize got = pread (memory, window, MIN (size, end - at), (off_t) at);

      for (gssize i = 0; i + MARK_LEN <= got; i++)
        {
          guint same = 0;

          while (same < MARK_LEN && window[i + same] == (char) ('a' + (same * 7 + 3) % 26))
            same++;
          n += same == MARK_LEN;
        }
    }
  explicit_bzero (window, size);
  return n;
}

/* Returns how often the mark is in what this process can write to. */
static guint
count_marks_in_memory (void)
{
  g_autofree char *maps = NULL;
  g_auto (GStrv) lines = NULL;
  static char window[65536];
  int memory = open ("/proc/self/mem", O_RDONLY | O_CLOEXEC);
  guint n = 0;

  g_assert_cmpint (memory, >=, 0);
  g_assert_true (g_file_get_contents ("/proc/self/maps", &maps, NULL, NULL));
  lines = g_strsplit (maps, "\n", -1);
  for (guint i = 0; lines[i] != NULL; i++)
    {
      unsigned long begin, end;
      char mode[5];

      /* What is larger is reserved, not used. */
      if (sscanf (lines[i], "%lx-%lx %4s", &begin, &end, mode) == 3 && mode[1] == 'w' &&
          end - begin < 64 << 20)
        n += count_marks (memory, begin, end, window, sizeof window);
    }
  close (memory);
  return n;
}

static void
test_no_copy_stays (void)
{
  /* Long, so that what is freed of it is not used for something else at once. */
  static const char tail[] = "\n[connection]\ngateway=g\n[secrets]\nipsec-psk=";
  const gsize comment = 50000;
  gsize len = comment + sizeof tail - 1 + MARK_LEN;
  char *text = g_malloc (len);
  L2tpProfile *profile;
  GBytes *file;

  memset (text, '#', comment);
  memcpy (text + comment, tail, sizeof tail - 1);
  write_mark (text + len - MARK_LEN);
  profile = l2tp_profile_parse (text, len, "work.conf", NULL, NULL);
  explicit_bzero (text, len);
  g_free (text);
  g_assert_cmpuint (count_marks_in_memory (), ==, 1);

  file = l2tp_profile_format (profile->config, NULL, 0, NULL);
  g_assert_cmpuint (count_marks_in_memory (), ==, 2);
  g_bytes_unref (file);
  g_assert_cmpuint (count_marks_in_memory (), ==, 1);
  l2tp_profile_unref (profile);
  g_assert_cmpuint (count_marks_in_memory (), ==, 0);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/profile/values", test_values);
  g_test_add_func ("/profile/made-of-the-file-name", test_made_of_the_file_name);
  g_test_add_func ("/profile/refused", test_refused);
  g_test_add_func ("/profile/size-and-nul", test_size_and_nul);
  g_test_add_func ("/profile/owner", test_owner);
  g_test_add_func ("/profile/flags", test_flags);
  g_test_add_func ("/profile/round-trip", test_round_trip);
  g_test_add_func ("/profile/key-file-agrees", test_key_file_agrees);
  g_test_add_func ("/profile/equal", test_equal);
  g_test_add_func ("/profile/too-large", test_too_large);
#ifdef __SANITIZE_ADDRESS__ /* its heap is in mappings that nobody can read through */
  (void) test_no_copy_stays;
#else
  g_test_add_func ("/profile/no-copy-stays", test_no_copy_stays);
#endif
  return g_test_run ();
}
