/* SPDX-License-Identifier: GPL-2.0-or-later */
/* SPDX-FileCopyrightText: The l2tp-client authors */

/* The files that there are, and which of them count. */

#pragma once

#include "l2tp-profile.h"

G_BEGIN_DECLS

typedef struct _L2tpStoreTable L2tpStoreTable;

/* Something that others are to know. */
typedef struct
{
  char *path;
  L2tpProfile *profile; /* what is there now; NULL when it is gone or when this is only words */
  gboolean gone;
  GError *error; /* why a file is refused */
  char *text;    /* what the log is to say of that, or of a file that is not refused */
} L2tpStoreNews;

L2tpStoreTable *l2tp_store_table_new (void);
void l2tp_store_table_free (L2tpStoreTable *table);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (L2tpStoreTable, l2tp_store_table_free)

/* l2tp_store_table_note:
 * @rank: of the file's directory; a lower one counts before a higher one
 * @profile: (transfer full) (nullable): what the file says
 * @fault: (transfer full) (nullable): why it is refused, when there is no @profile
 *
 * Notes what a file is found to be; neither of both: it has gone. */
void l2tp_store_table_note (L2tpStoreTable *table,
                            const char *path,
                            guint rank,
                            L2tpProfile *profile,
                            GError *fault);

/* l2tp_store_table_note_others_gone: of the files of @rank, those that were not noted since the
 * last call have gone. */
void l2tp_store_table_note_others_gone (L2tpStoreTable *table, guint rank);

/* l2tp_store_table_settle:
 * Returns (transfer full) what follows for others from all that was noted (L2tpStoreNews), in the
 * order in which they are to hear of it. */
GPtrArray *l2tp_store_table_settle (L2tpStoreTable *table);

/* l2tp_store_table_say_again: what is refused is news with the next settling. */
void l2tp_store_table_say_again (L2tpStoreTable *table);

/* l2tp_store_table_find: (transfer none) (nullable): the file that the profile of @uuid is from. */
const char *l2tp_store_table_find (L2tpStoreTable *table, const char *uuid);

/* l2tp_store_table_get: (transfer none) (nullable): the profile that others know from @path. */
L2tpProfile *l2tp_store_table_get (L2tpStoreTable *table, const char *path);

G_END_DECLS
