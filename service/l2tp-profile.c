/* SPDX-License-Identifier: GPL-2.0-or-later */
/* SPDX-FileCopyrightText: The l2tp-client authors */

/* From a profile's file to options and back. Pure: no file is opened here. Hides the form of the
 * file, and that no secret stays behind in memory. Secret flags mean what they mean to
 * NetworkManager. UUIDs made of names: RFC 9562 section 5.5. */

#include "l2tp-profile.h"

#include <string.h>

#include "service/base/l2tp-error.h"
#include "service/base/l2tp-keyfile.h"

#define GROUP_CONNECTION  "connection"
#define GROUP_SECRETS     "secrets"
#define GROUP_PERMISSIONS "permissions"
#define KEY_USER          "user"

#define HEAD                                                                                       \
  "# Written by l2tp-clientd, see l2tp-connection(5). Changes are read at once; comments are "     \
  "lost\n"                                                                                         \
  "# when the connection is changed by a program.\n"

/* What is known of a file while it is read. */
typedef struct
{
  const char *filename;
  const char *shown; /* the same for messages */
  L2tpProfileFindUser find_user;
  const char *texts[L2TP_N_OPTIONS];
  guint lines[L2TP_N_OPTIONS]; /* where they stand; 0: not there */
  guint owner_line;
  guint32 owner;
  GPtrArray *warnings;
} Reading;

static void
profile_clear (gpointer data)
{
  L2tpProfile *profile = data;

  l2tp_config_unref (profile->config);
  g_strfreev (profile->warnings);
}

L2tpProfile *
l2tp_profile_ref (L2tpProfile *profile)
{
  return g_atomic_rc_box_acquire (profile);
}

void
l2tp_profile_unref (L2tpProfile *profile)
{
  if (profile != NULL)
    g_atomic_rc_box_release_full (profile, profile_clear);
}

G_DEFINE_BOXED_TYPE (L2tpProfile, l2tp_profile, l2tp_profile_ref, l2tp_profile_unref)

static void set_error (GError **error, const Reading *reading, guint line, const char *format, ...)
    G_GNUC_PRINTF (4, 5);

static void
set_error (GError **error, const Reading *reading, guint line, const char *format, ...)
{
  g_autofree char *reason = NULL;
  va_list args;

  va_start (args, format);
  reason = g_strdup_vprintf (format, args);
  va_end (args);
  if (line > 0)
    g_set_error (error, L2TP_ERROR, L2TP_ERROR_INVALID_SETTINGS, "%s:%u: %s", reading->shown, line,
                 reason);
  else
    g_set_error (error, L2TP_ERROR, L2TP_ERROR_INVALID_SETTINGS, "%s: %s", reading->shown, reason);
}

/* What is not ours may be anything. */
static char *
show (const char *text)
{
  g_autofree char *escaped = g_strescape (text, NULL);

  return g_strdup_printf ("%.64s", escaped);
}

static gboolean
is_secret (L2tpOptionId id)
{
  return (l2tp_option_get (id)->flags & L2TP_OPTION_SECRET) != 0;
}

/* Reading */

static gboolean
take_group (Reading *reading, const L2tpKeyfile *file, GError **error)
{
  static const char *const groups[] = { GROUP_CONNECTION, GROUP_SECRETS, GROUP_PERMISSIONS, NULL };

  if (!g_strv_contains (groups, file->group))
    {
      g_autofree char *shown = show (file->group);

      set_error (error, reading, file->line,
                 "[%s]: unknown group\nThere are [" GROUP_CONNECTION "], [" GROUP_SECRETS
                 "] and [" GROUP_PERMISSIONS "].",
                 shown);
      return FALSE;
    }
  return TRUE;
}

static gboolean
parse_uid (const char *text, guint32 *ret_uid)
{
  guint64 number;

  if (!g_ascii_isdigit (*text) ||
      !g_ascii_string_to_unsigned (text, 10, 0, L2TP_OWNER_ALL - 1, &number, NULL))
    return FALSE;
  *ret_uid = (guint32) number;
  return TRUE;
}

static gboolean
take_permission (Reading *reading, const L2tpKeyfile *file, GError **error)
{
  g_autofree char *shown = NULL;

  if (!g_str_equal (file->key, KEY_USER))
    {
      shown = show (file->key);
      set_error (error, reading, file->line,
                 "%s: unknown key\nIn [" GROUP_PERMISSIONS "] there is only " KEY_USER ".", shown);
      return FALSE;
    }
  if (reading->owner_line > 0)
    {
      set_error (error, reading, file->line, "%s: stands in line %u already\nRemove one.", KEY_USER,
                 reading->owner_line);
      return FALSE;
    }
  reading->owner_line = file->line;
  if (parse_uid (file->value, &reading->owner) ||
      (reading->find_user != NULL && reading->find_user (file->value, &reading->owner)))
    return TRUE;
  shown = show (file->value);
  set_error (error, reading, file->line,
             "%s: there is no user “%s”\nGive one user's name or number, or remove the line: then "
             "the connection is for all users.",
             KEY_USER, shown);
  return FALSE;
}

static gboolean
take_option (Reading *reading, const L2tpKeyfile *file, GError **error)
{
  gboolean in_secrets = g_str_equal (file->group, GROUP_SECRETS);
  g_autofree char *fault = NULL;
  L2tpOptionId id;

  if (!l2tp_option_find (file->key, &id))
    {
      g_autofree char *shown = show (file->key);

      set_error (error, reading, file->line,
                 "%s: unknown option\nl2tp-options(5) lists those that there are.", shown);
      return FALSE;
    }
  if (is_secret (id) != in_secrets)
    {
      set_error (error, reading, file->line, "%s: is a %s\nMove it to [%s].", file->key,
                 in_secrets ? "setting, not a secret" : "secret, not a setting",
                 in_secrets ? GROUP_CONNECTION : GROUP_SECRETS);
      return FALSE;
    }
  if (reading->texts[id] != NULL)
    {
      set_error (error, reading, file->line, "%s: stands in line %u already\nRemove one.",
                 file->key, reading->lines[id]);
      return FALSE;
    }
  if (!l2tp_option_validate (id, file->value, NULL, &fault))
    {
      set_error (error, reading, file->line, "%s", fault);
      return FALSE;
    }
  reading->texts[id] = file->value;
  reading->lines[id] = file->line;
  return TRUE;
}

static gboolean
take_lines (Reading *reading, char *text, GError **error)
{
  L2tpKeyfile file;

  l2tp_keyfile_init (&file, text);
  while (l2tp_keyfile_next (&file))
    {
      gboolean right;

      if (file.fault != NULL)
        {
          g_autofree char *shown = file.key != NULL ? show (file.key) : NULL;

          set_error (error, reading, file.line, "%s%s%s", shown != NULL ? shown : "the line",
                     shown != NULL ? ": " : " ", file.fault);
          return FALSE;
        }
      if (file.key == NULL)
        right = take_group (reading, &file, error);
      else if (g_str_equal (file.group, GROUP_PERMISSIONS))
        right = take_permission (reading, &file, error);
      else
        right = take_option (reading, &file, error);
      if (!right)
        return FALSE;
    }
  return TRUE;
}

/* As NetworkManager does: the flags are right, the secret is what was forgotten. */
static void
drop_secrets_kept_elsewhere (Reading *reading)
{
  for (guint i = 0; i < L2TP_N_OPTIONS; i++)
    {
      const char *key = l2tp_option_get (i)->key;
      L2tpOptionId flags;
      guint value;

      if (reading->texts[i] == NULL || !is_secret (i) || !l2tp_option_find_flags (i, &flags) ||
          reading->texts[flags] == NULL)
        continue;
      value = (guint) g_ascii_strtoull (reading->texts[flags], NULL, 10);
      if ((value & (L2TP_SECRET_AGENT_OWNED | L2TP_SECRET_NOT_SAVED)) == 0)
        continue;
      reading->texts[i] = NULL;
      g_ptr_array_add (reading->warnings,
                       g_strdup_printf ("%s:%u: %s: not used, %s-flags=%u says that it is not kept "
                                        "here; remove one of them",
                                        reading->shown, reading->lines[i], key, key, value));
    }
}

/* RFC 9562 section 5.5, in the name space of URLs. */
static char *
make_uuid (const char *base)
{
  static const guint8 url_space[16] = { 0x6b, 0xa7, 0xb8, 0x11, 0x9d, 0xad, 0x11, 0xd1,
                                        0x80, 0xb4, 0x00, 0xc0, 0x4f, 0xd4, 0x30, 0xc8 };
  g_autoptr (GChecksum) sha1 = g_checksum_new (G_CHECKSUM_SHA1);
  g_autofree char *name = g_strconcat ("l2tp-client:", base, NULL);
  GString *uuid = g_string_sized_new (36);
  guint8 octets[20];
  gsize len = sizeof octets;

  g_checksum_update (sha1, url_space, sizeof url_space);
  g_checksum_update (sha1, (const guchar *) name, -1);
  g_checksum_get_digest (sha1, octets, &len);
  octets[6] = (octets[6] & 0x0f) | 0x50;
  octets[8] = (octets[8] & 0x3f) | 0x80;
  for (guint i = 0; i < 16; i++)
    g_string_append_printf (uuid, "%s%02x", i == 4 || i == 6 || i == 8 || i == 10 ? "-" : "",
                            octets[i]);
  return g_string_free (uuid, FALSE);
}

/* What everything else of the file is fit for. */
static L2tpConfig *
make_config (Reading *reading, GError **error)
{
  g_autofree char *base = g_path_get_basename (reading->filename);
  g_autofree char *uuid = make_uuid (base);
  g_autoptr (GError) fault = NULL;
  L2tpConfig *config;
  char *suffix = strrchr (base, '.');

  if (suffix != NULL && suffix != base)
    *suffix = '\0';
  if (reading->texts[L2TP_OPTION_UUID] == NULL)
    reading->texts[L2TP_OPTION_UUID] = uuid;
  if (reading->texts[L2TP_OPTION_NAME] == NULL)
    reading->texts[L2TP_OPTION_NAME] = base;

  config = l2tp_config_new_from_texts (reading->texts, &fault);
  if (config == NULL)
    set_error (error, reading, 0, "%s", fault->message);
  return config;
}

static L2tpProfile *
read_text (Reading *reading, char *text, GError **error)
{
  g_autoptr (L2tpConfig) config = NULL;
  L2tpProfile *profile;

  if (!take_lines (reading, text, error))
    return NULL;
  drop_secrets_kept_elsewhere (reading);
  config = make_config (reading, error);
  if (config == NULL)
    return NULL;

  profile = g_atomic_rc_box_new0 (L2tpProfile);
  profile->config = g_steal_pointer (&config);
  profile->owner = reading->owner;
  g_ptr_array_add (reading->warnings, NULL);
  profile->warnings = (char **) g_ptr_array_steal (reading->warnings, NULL);
  return profile;
}

L2tpProfile *
l2tp_profile_parse (const char *data,
                    gsize len,
                    const char *filename,
                    L2tpProfileFindUser find_user,
                    GError **error)
{
  g_autoptr (GPtrArray) warnings = g_ptr_array_new_with_free_func (g_free);
  g_autofree char *shown = g_filename_display_name (filename);
  Reading reading = {
    .filename = filename,
    .shown = shown,
    .find_user = find_user,
    .owner = L2TP_OWNER_ALL,
    .warnings = warnings,
  };
  const char *fault = l2tp_keyfile_check (data, len);
  L2tpProfile *profile;
  char *text;

  if (fault != NULL)
    {
      set_error (error, &reading, 0, "%s", fault);
      return NULL;
    }
  text = g_malloc (len + 1);
  if (len > 0)
    memcpy (text, data, len);
  text[len] = '\0';
  profile = read_text (&reading, text, error);
  explicit_bzero (text, len);
  g_free (text);
  return profile;
}

/* Writing: into a buffer that never moves, so that nothing of it stays behind. */

/* The table's limits, doubled by escapes, stay far below. */
#define BUFFER_SIZE (4 * L2TP_KEYFILE_MAX_SIZE)

typedef struct
{
  char *data; /* of BUFFER_SIZE octets */
  gsize len;
  gboolean full;
} Buffer;

static void
append (Buffer *buffer, const char *text)
{
  gsize len = strlen (text);

  if (buffer->full || len >= BUFFER_SIZE - buffer->len)
    {
      buffer->full = TRUE;
      return;
    }
  memcpy (buffer->data + buffer->len, text, len);
  buffer->len += len;
}

static void
append_value (Buffer *buffer, const char *key, const char *value)
{
  append (buffer, key);
  append (buffer, "=");
  if (buffer->full || 2 * strlen (value) >= BUFFER_SIZE - buffer->len)
    buffer->full = TRUE;
  else
    buffer->len += l2tp_keyfile_escape (value, buffer->data + buffer->len);
  append (buffer, "\n");
}

static char *
variant_to_text (GVariant *value)
{
  if (g_variant_is_of_type (value, G_VARIANT_TYPE_BOOLEAN))
    return g_strdup (g_variant_get_boolean (value) ? "yes" : "no");
  if (g_variant_is_of_type (value, G_VARIANT_TYPE_UINT32))
    return g_strdup_printf ("%u", g_variant_get_uint32 (value));
  return g_variant_dup_string (value, NULL);
}

static void
append_settings (Buffer *buffer, L2tpConfig *config, const char *uuid)
{
  g_autoptr (GVariant) settings = l2tp_config_to_variant (config);

  append (buffer, "\n[" GROUP_CONNECTION "]\n");
  for (guint i = 0; i < L2TP_N_OPTIONS; i++)
    {
      const char *key = l2tp_option_get (i)->key;
      g_autoptr (GVariant) value = g_variant_lookup_value (settings, key, NULL);
      g_autofree char *text = value != NULL ? variant_to_text (value) : NULL;

      if (text != NULL)
        append_value (buffer, key, text);
      else if (i == L2TP_OPTION_UUID && uuid != NULL)
        append_value (buffer, key, uuid);
    }
}

static void
append_secrets (Buffer *buffer, L2tpConfig *config)
{
  gboolean any = FALSE;

  for (guint i = 0; i < L2TP_N_OPTIONS; i++)
    {
      L2tpSecret *secret = l2tp_config_get_secret (config, i);

      if (secret == NULL || !l2tp_config_may_store_secret (config, i))
        continue;
      if (!any)
        append (buffer, "\n[" GROUP_SECRETS "]\n");
      any = TRUE;
      append_value (buffer, l2tp_option_get (i)->key, l2tp_secret_peek (secret, NULL));
    }
}

static void
wipe (gpointer data)
{
  explicit_bzero (data, BUFFER_SIZE);
  g_free (data);
}

/* Returns NULL when it does not fit. */
static GBytes *
format (L2tpConfig *config, const char *uuid, guint32 owner)
{
  Buffer buffer = { .data = g_malloc (BUFFER_SIZE) };

  append (&buffer, HEAD);
  append_settings (&buffer, config, uuid);
  append_secrets (&buffer, config);
  if (owner != L2TP_OWNER_ALL)
    {
      g_autofree char *uid = g_strdup_printf ("%u", owner);

      append (&buffer, "\n[" GROUP_PERMISSIONS "]\n");
      append_value (&buffer, KEY_USER, uid);
    }
  if (!buffer.full)
    return g_bytes_new_with_free_func (buffer.data, buffer.len, wipe, buffer.data);
  wipe (buffer.data);
  return NULL;
}

GBytes *
l2tp_profile_format (L2tpConfig *config, const char *uuid, guint32 owner, GError **error)
{
  g_autoptr (GBytes) file = format (config, uuid, owner);

  if (file != NULL && g_bytes_get_size (file) <= L2TP_KEYFILE_MAX_SIZE)
    return g_steal_pointer (&file);
  g_set_error (error, L2TP_ERROR, L2TP_ERROR_INVALID_SETTINGS,
               "The connection would need a file of more than 64 KiB\nShorten its lists.");
  return NULL;
}

gboolean
l2tp_profile_equal (L2tpProfile *a, L2tpProfile *b)
{
  g_autoptr (GBytes) one = format (a->config, NULL, a->owner);
  g_autoptr (GBytes) other = format (b->config, NULL, b->owner);

  return one != NULL && other != NULL && g_bytes_equal (one, other);
}
