/* SPDX-License-Identifier: GPL-2.0-or-later */
/* SPDX-FileCopyrightText: The l2tp-client authors */

/* A connection's options as one frozen value. The table says what is right; this file only stores.
 * Hides the difference between a value that was given and a default. */

#include "l2tp-config.h"

#include <string.h>

#include "l2tp-error.h"

typedef struct
{
  gboolean set;
  char *text;         /* everything but secrets */
  guint number;       /* UINT, PORT and BOOL */
  L2tpSecret *secret; /* secrets */
} Value;

struct _L2tpConfig
{
  gatomicrefcount refs;
  gboolean has_older_names; /* perhaps; else nothing overrides anything */
  Value values[L2TP_N_OPTIONS];
};

static gboolean
set_value (L2tpConfig *config, L2tpOptionId id, const char *text, GError **error)
{
  Value *value = &config->values[id];
  g_autofree char *message = NULL;
  guint number = 0;

  if (!l2tp_option_validate (id, text, &number, &message))
    {
      g_set_error_literal (error, L2TP_ERROR, L2TP_ERROR_INVALID_SETTINGS, message);
      return FALSE;
    }
  value->set = TRUE;
  value->number = number;
  config->has_older_names |= l2tp_option_get (id)->status == L2TP_OPTION_STATUS_ALIAS;
  if ((l2tp_option_get (id)->flags & L2TP_OPTION_SECRET) != 0)
    {
      g_clear_pointer (&value->secret, l2tp_secret_unref);
      value->secret = l2tp_secret_new (text, strlen (text));
    }
  else
    {
      /* One number, one text. */
      gboolean is_number =
          g_ascii_isdigit (*text) && l2tp_option_get (id)->type == L2TP_OPTION_TYPE_AUTO;

      g_free (value->text);
      value->text = is_number ? g_strdup_printf ("%u", number) : g_strdup (text);
    }
  return TRUE;
}

static gboolean
is_number (const L2tpOption *option)
{
  return option->type == L2TP_OPTION_TYPE_UINT || option->type == L2TP_OPTION_TYPE_AUTO;
}

/* Returns what the user would have typed for @value, or NULL when its type does not fit. */
static char *
variant_to_text (const L2tpOption *option, GVariant *value)
{
  if (g_variant_is_of_type (value, G_VARIANT_TYPE_STRING))
    return g_variant_dup_string (value, NULL);
  if (option->type == L2TP_OPTION_TYPE_BOOL && g_variant_is_of_type (value, G_VARIANT_TYPE_BOOLEAN))
    return g_strdup (g_variant_get_boolean (value) ? "yes" : "no");
  if (is_number (option) && g_variant_is_of_type (value, G_VARIANT_TYPE_UINT32))
    return g_strdup_printf ("%u", g_variant_get_uint32 (value));
  return NULL;
}

static gboolean
find_option (const char *key, gboolean secret, L2tpOptionId *ret_id, GError **error)
{
  L2tpOptionId id;

  if (!l2tp_option_find (key, &id))
    {
      g_autofree char *shown = g_strescape (key, NULL);
      g_set_error (error, L2TP_ERROR, L2TP_ERROR_INVALID_SETTINGS, "%.64s: unknown option", shown);
      return FALSE;
    }
  if (((l2tp_option_get (id)->flags & L2TP_OPTION_SECRET) != 0) != secret)
    {
      g_set_error (error, L2TP_ERROR, L2TP_ERROR_INVALID_SETTINGS, "%s: %s", key,
                   secret ? "is a setting, not a secret" : "is a secret, not a setting");
      return FALSE;
    }
  *ret_id = id;
  return TRUE;
}

static gboolean
add_settings (L2tpConfig *config, GVariant *settings, GError **error)
{
  GVariantIter iter;
  const char *key;
  GVariant *value;

  g_variant_iter_init (&iter, settings);
  while (g_variant_iter_next (&iter, "{&sv}", &key, &value))
    {
      g_autoptr (GVariant) owned = value;
      g_autofree char *text = NULL;
      L2tpOptionId id;

      if (!find_option (key, FALSE, &id, error))
        return FALSE;
      text = variant_to_text (l2tp_option_get (id), owned);
      if (text == NULL)
        {
          g_set_error (error, L2TP_ERROR, L2TP_ERROR_INVALID_SETTINGS,
                       "%s: D-Bus type %s does not fit, give a string", key,
                       g_variant_get_type_string (owned));
          return FALSE;
        }
      if (!set_value (config, id, text, error))
        return FALSE;
    }
  return TRUE;
}

static gboolean
add_secrets (L2tpConfig *config, GVariant *secrets, GError **error)
{
  GVariantIter iter;
  const char *key;
  GVariant *value;

  g_variant_iter_init (&iter, secrets);
  while (g_variant_iter_next (&iter, "{&sv}", &key, &value))
    {
      g_autoptr (GVariant) owned = value;
      L2tpOptionId id;

      if (!find_option (key, TRUE, &id, error))
        return FALSE;
      if (!g_variant_is_of_type (owned, G_VARIANT_TYPE_STRING))
        {
          g_set_error (error, L2TP_ERROR, L2TP_ERROR_INVALID_SETTINGS, "%s: must be a string", key);
          return FALSE;
        }
      if (*g_variant_get_string (owned, NULL) == '\0')
        {
          g_clear_pointer (&config->values[id].secret, l2tp_secret_unref);
          config->values[id].set = FALSE;
        }
      else if (!set_value (config, id, g_variant_get_string (owned, NULL), error))
        return FALSE;
    }
  return TRUE;
}

static gboolean
check_required (L2tpConfig *config, GError **error)
{
  for (guint i = 0; i < L2TP_N_OPTIONS; i++)
    {
      const L2tpOption *option = l2tp_option_get (i);

      if ((option->flags & L2TP_OPTION_REQUIRED) != 0 && !config->values[i].set)
        {
          g_set_error (error, L2TP_ERROR, L2TP_ERROR_INVALID_SETTINGS, "%s: is required",
                       option->key);
          return FALSE;
        }
    }
  return TRUE;
}

static L2tpConfig *
config_alloc (void)
{
  L2tpConfig *config = g_new0 (L2tpConfig, 1);

  g_atomic_ref_count_init (&config->refs);
  for (guint i = 0; i < L2TP_N_OPTIONS; i++)
    {
      const char *fallback = l2tp_option_get (i)->fallback;

      if (fallback == NULL)
        continue;
      if (!set_value (config, i, fallback, NULL))
        g_error ("option %s: its default is not valid", l2tp_option_get (i)->key);
      config->values[i].set = FALSE;
    }
  return config;
}

static void
ensure_uuid (L2tpConfig *config)
{
  g_autofree char *uuid = NULL;

  if (config->values[L2TP_OPTION_UUID].set)
    return;
  uuid = g_uuid_string_random ();
  set_value (config, L2TP_OPTION_UUID, uuid, NULL);
}

static void
copy_value (L2tpConfig *to, L2tpConfig *from, L2tpOptionId id)
{
  Value *value = &to->values[id];

  to->has_older_names |= from->has_older_names;
  g_free (value->text);
  l2tp_secret_unref (value->secret);
  *value = from->values[id];
  value->text = g_strdup (value->text);
  if (value->secret != NULL)
    l2tp_secret_ref (value->secret);
}

static gboolean
is_secret (L2tpOptionId id)
{
  return (l2tp_option_get (id)->flags & L2TP_OPTION_SECRET) != 0;
}

L2tpConfig *
l2tp_config_new (GVariant *settings, GVariant *secrets, GError **error)
{
  g_autoptr (L2tpConfig) config = config_alloc ();

  if (!add_settings (config, settings, error))
    return NULL;
  if (secrets != NULL && !add_secrets (config, secrets, error))
    return NULL;
  if (!check_required (config, error))
    return NULL;
  ensure_uuid (config);
  return g_steal_pointer (&config);
}

static gboolean
keep_uuid (L2tpConfig *config, L2tpConfig *old, GError **error)
{
  const char *uuid = l2tp_config_get_string (old, L2TP_OPTION_UUID);

  if (!config->values[L2TP_OPTION_UUID].set)
    copy_value (config, old, L2TP_OPTION_UUID);
  if (g_ascii_strcasecmp (l2tp_config_get_string (config, L2TP_OPTION_UUID), uuid) == 0)
    return TRUE;
  g_set_error (error, L2TP_ERROR, L2TP_ERROR_INVALID_SETTINGS,
               "uuid: may not change\nThe connection's is %s.", uuid);
  return FALSE;
}

/* What was stored and no longer may be is forgotten at once, not only by the next service. */
static void
keep_secrets (L2tpConfig *config, L2tpConfig *old)
{
  for (guint i = 0; i < L2TP_N_OPTIONS; i++)
    if (is_secret (i) &&
        (l2tp_config_may_store_secret (config, i) || !l2tp_config_may_store_secret (old, i)))
      copy_value (config, old, i);
}

L2tpConfig *
l2tp_config_new_update (L2tpConfig *old, GVariant *settings, GVariant *secrets, GError **error)
{
  g_autoptr (L2tpConfig) config = config_alloc ();

  if (!add_settings (config, settings, error))
    return NULL;
  keep_secrets (config, old);
  if (!add_secrets (config, secrets, error) || !check_required (config, error) ||
      !keep_uuid (config, old, error))
    return NULL;
  return g_steal_pointer (&config);
}

static L2tpConfig *
config_copy (L2tpConfig *config)
{
  L2tpConfig *copy = config_alloc ();

  for (guint i = 0; i < L2TP_N_OPTIONS; i++)
    copy_value (copy, config, i);
  return copy;
}

L2tpConfig *
l2tp_config_new_from_texts (const char *const texts[L2TP_N_OPTIONS], GError **error)
{
  g_autoptr (L2tpConfig) config = config_alloc ();

  for (guint i = 0; i < L2TP_N_OPTIONS; i++)
    if (texts[i] != NULL && !set_value (config, i, texts[i], error))
      return NULL;
  if (!check_required (config, error))
    return NULL;
  return g_steal_pointer (&config);
}

L2tpConfig *
l2tp_config_new_with_secrets (L2tpConfig *config, GVariant *secrets, GError **error)
{
  g_autoptr (L2tpConfig) copy = config_copy (config);

  if (!add_secrets (copy, secrets, error))
    return NULL;
  return g_steal_pointer (&copy);
}

static gboolean
value_equal (const Value *value, const Value *other)
{
  return value->set == other->set && g_strcmp0 (value->text, other->text) == 0 &&
         l2tp_secret_equal (value->secret, other->secret);
}

static gboolean
is_of_same_user (L2tpConfig *config, L2tpConfig *other)
{
  static const L2tpOptionId ids[] = { L2TP_OPTION_GATEWAY, L2TP_OPTION_USER, L2TP_OPTION_DOMAIN };

  for (guint i = 0; i < G_N_ELEMENTS (ids); i++)
    if (!value_equal (&config->values[ids[i]], &other->values[ids[i]]))
      return FALSE;
  return TRUE;
}

L2tpConfig *
l2tp_config_new_learned (L2tpConfig *config, L2tpConfig *base, L2tpConfig *proven)
{
  g_autoptr (L2tpConfig) copy = NULL;
  gboolean learned = FALSE;

  if (!is_of_same_user (config, base))
    return NULL;
  copy = config_copy (config);
  for (guint i = 0; i < L2TP_N_OPTIONS; i++)
    if (l2tp_config_may_store_secret (config, i) && proven->values[i].set &&
        proven->values[i].secret != config->values[i].secret &&
        value_equal (&config->values[i], &base->values[i]))
      {
        copy_value (copy, proven, i);
        learned = TRUE;
      }
  return learned ? g_steal_pointer (&copy) : NULL;
}

L2tpConfig *
l2tp_config_new_reread (L2tpConfig *config, L2tpConfig *stored)
{
  L2tpConfig *copy = config_copy (stored);

  for (guint i = 0; i < L2TP_N_OPTIONS; i++)
    if (is_secret (i) && !copy->values[i].set && !l2tp_config_may_store_secret (stored, i))
      copy_value (copy, config, i);
  return copy;
}

gboolean
l2tp_config_equal (L2tpConfig *config, L2tpConfig *other)
{
  for (guint i = 0; i < L2TP_N_OPTIONS; i++)
    if (!value_equal (&config->values[i], &other->values[i]))
      return FALSE;
  return TRUE;
}

L2tpConfig *
l2tp_config_ref (L2tpConfig *config)
{
  g_atomic_ref_count_inc (&config->refs);
  return config;
}

void
l2tp_config_unref (L2tpConfig *config)
{
  if (config == NULL || !g_atomic_ref_count_dec (&config->refs))
    return;
  for (guint i = 0; i < L2TP_N_OPTIONS; i++)
    {
      g_free (config->values[i].text);
      l2tp_secret_unref (config->values[i].secret);
    }
  g_free (config);
}

/* What is set under an older name overrides. This runs for every connection's every change. */
static const Value *
find_value (L2tpConfig *config, L2tpOptionId id)
{
  for (guint i = 0; config->has_older_names && i < L2TP_N_OPTIONS; i++)
    {
      const L2tpOption *option = l2tp_option_get (i);

      if (option->status == L2TP_OPTION_STATUS_ALIAS && option->alias_of == id &&
          config->values[i].set)
        return &config->values[i];
    }
  return &config->values[id];
}

const char *
l2tp_config_get_string (L2tpConfig *config, L2tpOptionId id)
{
  return find_value (config, id)->text;
}

guint
l2tp_config_get_uint (L2tpConfig *config, L2tpOptionId id)
{
  g_return_val_if_fail (is_number (l2tp_option_get (id)), 0);
  return find_value (config, id)->number;
}

gboolean
l2tp_config_get_boolean (L2tpConfig *config, L2tpOptionId id)
{
  g_return_val_if_fail (l2tp_option_get (id)->type == L2TP_OPTION_TYPE_BOOL, FALSE);
  return find_value (config, id)->number != 0;
}

L2tpSecret *
l2tp_config_get_secret (L2tpConfig *config, L2tpOptionId id)
{
  return config->values[id].secret;
}

L2tpSecretFlags
l2tp_config_get_secret_flags (L2tpConfig *config, L2tpOptionId id)
{
  L2tpOptionId flags;

  return l2tp_option_find_flags (id, &flags) ? l2tp_config_get_uint (config, flags) : 0;
}

gboolean
l2tp_config_may_store_secret (L2tpConfig *config, L2tpOptionId id)
{
  if ((l2tp_option_get (id)->flags & L2TP_OPTION_SECRET) == 0)
    return FALSE;
  return (l2tp_config_get_secret_flags (config, id) &
          (L2TP_SECRET_AGENT_OWNED | L2TP_SECRET_NOT_SAVED)) == 0;
}

guint
l2tp_config_get_local_port (L2tpConfig *config)
{
  if (l2tp_config_get_boolean (config, L2TP_OPTION_EPHEMERAL_PORT))
    return 0;
  return l2tp_config_get_uint (config, L2TP_OPTION_LOCAL_PORT);
}

guint
l2tp_config_get_max_mtu (L2tpConfig *config)
{
  guint mtu = l2tp_config_get_uint (config, L2TP_OPTION_MTU);

  return mtu != 0 ? mtu : l2tp_option_get (L2TP_OPTION_MTU)->max; /* 0: auto */
}

GInetAddress *
l2tp_config_dup_local_address (L2tpConfig *config)
{
  const char *text = l2tp_config_get_string (config, L2TP_OPTION_LOCAL_ADDRESS);

  return text != NULL ? g_inet_address_new_from_string (text) : NULL;
}

gboolean
l2tp_config_is_set (L2tpConfig *config, L2tpOptionId id)
{
  return find_value (config, id)->set;
}

/* Whether @value, of an option with the type and the default of @option, is another one than what
 * happens anyway. */
static gboolean
asks_for_something (const L2tpOption *option, const Value *value)
{
  if (!value->set)
    return FALSE;
  if (option->fallback == NULL || value->text == NULL)
    return TRUE;
  if (option->type == L2TP_OPTION_TYPE_UINT)
    return value->number != g_ascii_strtoull (option->fallback, NULL, 10);
  return !g_str_equal (value->text, option->fallback);
}

gboolean
l2tp_config_check_supported (L2tpConfig *config, GError **error)
{
  for (guint i = 0; i < L2TP_N_OPTIONS; i++)
    {
      const char *key = l2tp_option_get (i)->key;
      const L2tpOption *option = l2tp_option_get (i);

      if (option->status == L2TP_OPTION_STATUS_ALIAS)
        option = l2tp_option_get (option->alias_of);
      if (option->status != L2TP_OPTION_STATUS_LATER ||
          !asks_for_something (option, &config->values[i]))
        continue;
      if (option->fallback != NULL)
        g_set_error (error, L2TP_ERROR, L2TP_ERROR_INVALID_SETTINGS,
                     "%s: %s is not built yet\nSet %s=%s to connect without it.", key,
                     option->missing, key, option->fallback);
      else
        g_set_error (error, L2TP_ERROR, L2TP_ERROR_INVALID_SETTINGS,
                     "%s: %s is not built yet\nRemove %s to connect without it.", key,
                     option->missing, key);
      return FALSE;
    }
  return TRUE;
}

static GVariant *
value_to_variant (const L2tpOption *option, const Value *value)
{
  switch (option->type)
    {
    case L2TP_OPTION_TYPE_UINT:
      return g_variant_new_uint32 (value->number);
    case L2TP_OPTION_TYPE_BOOL:
      return g_variant_new_boolean (value->number != 0);
    case L2TP_OPTION_TYPE_STRING:
    case L2TP_OPTION_TYPE_HOST:
    case L2TP_OPTION_TYPE_ADDRESS:
    case L2TP_OPTION_TYPE_ADDRESS4:
    case L2TP_OPTION_TYPE_ADDRESSES:
    case L2TP_OPTION_TYPE_NETWORKS:
    case L2TP_OPTION_TYPE_DOMAINS:
    case L2TP_OPTION_TYPE_ENUM:
    case L2TP_OPTION_TYPE_PATH:
    case L2TP_OPTION_TYPE_IFNAME:
    case L2TP_OPTION_TYPE_UUID:
    case L2TP_OPTION_TYPE_AUTO: /* "auto" is not a number, and one key has one type */
      return g_variant_new_string (value->text);
    }
  g_return_val_if_reached (NULL);
}

GVariant *
l2tp_config_to_variant (L2tpConfig *config)
{
  g_auto (GVariantDict) dict = G_VARIANT_DICT_INIT (NULL);

  for (guint i = 0; i < L2TP_N_OPTIONS; i++)
    {
      const L2tpOption *option = l2tp_option_get (i);
      const Value *value = &config->values[i];

      if (value->set && (option->flags & L2TP_OPTION_SECRET) == 0)
        g_variant_dict_insert_value (&dict, option->key, value_to_variant (option, value));
    }
  return g_variant_ref_sink (g_variant_dict_end (&dict));
}
