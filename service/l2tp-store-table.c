/* SPDX-License-Identifier: GPL-2.0-or-later */
/* SPDX-FileCopyrightText: The l2tp-client authors */

/* Decides which profiles count, of those that the disk has: one UUID, and one name of one owner,
 * are one file's, what was good stays when a file breaks, and another file comes in when the first
 * goes. Pure. Hides the difference between what files say and what others know of them. Owned by
 * the store. */

#include "l2tp-store-table.h"

#include <string.h>

#include "service/base/l2tp-error.h"

typedef struct
{
  char *path;
  guint rank;
  L2tpProfile *found; /* what it says */
  GError *fault;      /* why it is refused */
  L2tpProfile *used;  /* what others know of it */
  L2tpProfile *next;  /* what they are to know, while it is settled */
  char *told;         /* what was last said of it */
  gboolean noted;
} File;

struct _L2tpStoreTable
{
  GHashTable *files; /* of File, by path */
};

/* What is taken already: files by lower-case UUID, and by owner and name. */
typedef struct
{
  GHashTable *uuids;
  GHashTable *names;
} Taken;

static void
file_free (gpointer data)
{
  File *file = data;

  g_free (file->path);
  l2tp_profile_unref (file->found);
  g_clear_error (&file->fault);
  l2tp_profile_unref (file->used);
  l2tp_profile_unref (file->next);
  g_free (file->told);
  g_free (file);
}

static void
news_free (gpointer data)
{
  L2tpStoreNews *news = data;

  g_free (news->path);
  l2tp_profile_unref (news->profile);
  g_clear_error (&news->error);
  g_free (news->text);
  g_free (news);
}

L2tpStoreTable *
l2tp_store_table_new (void)
{
  L2tpStoreTable *table = g_new0 (L2tpStoreTable, 1);

  table->files = g_hash_table_new_full (g_str_hash, g_str_equal, NULL, file_free);
  return table;
}

void
l2tp_store_table_free (L2tpStoreTable *table)
{
  if (table == NULL)
    return;
  g_hash_table_unref (table->files);
  g_free (table);
}

static char *
uuid_of (L2tpProfile *profile)
{
  return g_ascii_strdown (l2tp_config_get_string (profile->config, L2TP_OPTION_UUID), -1);
}

static const char *
name_of (L2tpProfile *profile)
{
  return l2tp_config_get_string (profile->config, L2TP_OPTION_NAME);
}

/* Two users may call their own profiles alike. */
static char *
owner_and_name_of (L2tpProfile *profile)
{
  return g_strdup_printf ("%u %s", profile->owner, name_of (profile));
}

/* Noting */

void
l2tp_store_table_note (L2tpStoreTable *table,
                       const char *path,
                       guint rank,
                       L2tpProfile *profile,
                       GError *fault)
{
  File *file = g_hash_table_lookup (table->files, path);

  if (file == NULL)
    {
      file = g_new0 (File, 1);
      file->path = g_strdup (path);
      file->rank = rank;
      g_hash_table_insert (table->files, file->path, file);
    }
  l2tp_profile_unref (file->found);
  g_clear_error (&file->fault);
  file->found = profile;
  file->fault = fault;
  file->noted = TRUE;
}

void
l2tp_store_table_note_others_gone (L2tpStoreTable *table, guint rank)
{
  GHashTableIter iter;
  gpointer value;

  g_hash_table_iter_init (&iter, table->files);
  while (g_hash_table_iter_next (&iter, NULL, &value))
    {
      File *file = value;

      if (file->rank == rank && !file->noted)
        {
          g_clear_pointer (&file->found, l2tp_profile_unref);
          g_clear_error (&file->fault);
        }
      if (file->rank == rank)
        file->noted = FALSE;
    }
}

/* Settling */

static int
compare_files (gconstpointer a, gconstpointer b)
{
  const File *one = a;
  const File *other = b;

  if (one->rank != other->rank)
    return one->rank < other->rank ? -1 : 1;
  return strcmp (one->path, other->path);
}

static L2tpStoreNews *
add_news (GPtrArray *list, const File *file)
{
  L2tpStoreNews *news = g_new0 (L2tpStoreNews, 1);

  news->path = g_strdup (file->path);
  g_ptr_array_add (list, news);
  return news;
}

/* Says once what is wrong with a file. */
static void
add_words (GPtrArray *list, File *file, const GError *clash)
{
  const GError *error = file->fault != NULL ? file->fault : clash;
  g_autofree char *text = NULL;
  L2tpStoreNews *news;

  if (error != NULL && file->next != NULL)
    text = g_strdup_printf ("%s\nUntil then its earlier content is used.", error->message);
  else if (error != NULL)
    text = g_strdup (error->message);
  else if (file->next->warnings[0] != NULL)
    text = g_strjoinv ("\n", file->next->warnings);

  if (g_strcmp0 (text, file->told) == 0)
    return;
  g_free (file->told);
  file->told = g_strdup (text);
  if (text == NULL)
    return;
  news = add_news (list, file);
  news->text = g_steal_pointer (&text);
  news->error = error != NULL ? g_error_copy (error) : NULL;
}

static void
take (Taken *taken, File *file, L2tpProfile *profile)
{
  file->next = l2tp_profile_ref (profile);
  g_hash_table_insert (taken->uuids, uuid_of (profile), file);
  g_hash_table_insert (taken->names, owner_and_name_of (profile), file);
}

/* Returns FALSE and the reason when an earlier file has the UUID or the name of @profile. */
static gboolean
check_free (Taken *taken, const File *file, L2tpProfile *profile, GError **error)
{
  g_autofree char *uuid = uuid_of (profile);
  g_autofree char *name = owner_and_name_of (profile);
  const File *first = g_hash_table_lookup (taken->uuids, uuid);
  gboolean same_uuid = first != NULL;

  if (first == NULL)
    first = g_hash_table_lookup (taken->names, name);
  if (first == NULL)
    return TRUE;
  g_set_error (error, L2TP_ERROR, L2TP_ERROR_INVALID_SETTINGS,
               "%s: %s: “%s” is taken by %s\nGive one of them another.", file->path,
               same_uuid ? "uuid" : "name", same_uuid ? uuid : name_of (profile), first->path);
  return FALSE;
}

/* Finds what others are to know of @file: what it says, or else what it said before. */
static void
choose (Taken *taken, File *file, GError **ret_clash)
{
  if (file->found != NULL && check_free (taken, file, file->found, ret_clash))
    take (taken, file, file->found);
  else if (file->used != NULL && check_free (taken, file, file->used, NULL))
    take (taken, file, file->used);
}

/* A profile whose UUID is in another file now has not gone. */
static void
add_gone (GPtrArray *list, const Taken *taken, const File *file)
{
  g_autofree char *uuid = file->used != NULL ? uuid_of (file->used) : NULL;

  if (uuid != NULL && !g_hash_table_contains (taken->uuids, uuid))
    add_news (list, file)->gone = TRUE;
}

static void
add_changed (GPtrArray *list, File *file)
{
  g_autoptr (L2tpProfile) before = g_steal_pointer (&file->used);

  file->used = g_steal_pointer (&file->next);
  if (file->used != NULL && (before == NULL || !l2tp_profile_equal (before, file->used)))
    add_news (list, file)->profile = l2tp_profile_ref (file->used);
}

static gboolean
has_gone (gpointer key, gpointer value, gpointer data)
{
  const File *file = value;

  return file->found == NULL && file->fault == NULL;
}

GPtrArray *
l2tp_store_table_settle (L2tpStoreTable *table)
{
  GPtrArray *list = g_ptr_array_new_with_free_func (news_free);
  g_autoptr (GList) files = g_list_sort (g_hash_table_get_values (table->files), compare_files);
  g_autoptr (GHashTable) uuids = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, NULL);
  g_autoptr (GHashTable) names = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, NULL);
  Taken taken = { uuids, names };

  for (GList *l = files; l != NULL; l = l->next)
    {
      g_autoptr (GError) clash = NULL;

      if (has_gone (NULL, l->data, NULL))
        continue;
      choose (&taken, l->data, &clash);
      add_words (list, l->data, clash);
    }
  for (GList *l = files; l != NULL; l = l->next)
    add_gone (list, &taken, l->data);
  for (GList *l = files; l != NULL; l = l->next)
    add_changed (list, l->data);
  g_hash_table_foreach_remove (table->files, has_gone, NULL);
  return list;
}

void
l2tp_store_table_say_again (L2tpStoreTable *table)
{
  GHashTableIter iter;
  gpointer value;

  g_hash_table_iter_init (&iter, table->files);
  while (g_hash_table_iter_next (&iter, NULL, &value))
    g_clear_pointer (&((File *) value)->told, g_free);
}

/* Asking */

const char *
l2tp_store_table_find (L2tpStoreTable *table, const char *uuid)
{
  GHashTableIter iter;
  gpointer value;

  g_hash_table_iter_init (&iter, table->files);
  while (g_hash_table_iter_next (&iter, NULL, &value))
    {
      const File *file = value;
      g_autofree char *used = file->used != NULL ? uuid_of (file->used) : NULL;

      if (used != NULL && g_ascii_strcasecmp (used, uuid) == 0)
        return file->path;
    }
  return NULL;
}

L2tpProfile *
l2tp_store_table_get (L2tpStoreTable *table, const char *path)
{
  const File *file = g_hash_table_lookup (table->files, path);

  return file != NULL ? file->used : NULL;
}
