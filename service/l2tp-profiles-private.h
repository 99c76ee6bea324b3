/* SPDX-License-Identifier: GPL-2.0-or-later */
/* SPDX-FileCopyrightText: The l2tp-client authors */

/* Between l2tp-profiles.c, which is told what to change by the bus, and l2tp-profiles-files.c,
 * which is told by the files. */

#pragma once

#include "l2tp-profiles.h"

G_BEGIN_DECLS

struct _L2tpProfiles
{
  GObject parent_instance;

  L2tpManager *manager;
  L2tpStore *store;
  GHashTable *changing; /* L2tpConnection → L2tpChange, of its task */

  /* l2tp-profiles-files.c's own. */
  GHashTable *late; /* file's name → L2tpProfile, which waits for the end of a connection */
  guint late_source;
};

typedef struct
{
  L2tpConnection *connection; /* NULL until it is added */
  L2tpConfig *config;         /* that it is to get, or NULL: it is to go */
  L2tpConfig *base;           /* that it has when the change begins */
  gboolean learned;           /* it has got secrets since */
  guint32 owner;              /* whose it is, when the change begins */
  L2tpSource source;          /* the same */
} L2tpChange;

/* l2tp_change_new:
 * Returns a task whose data is an L2tpChange. */
GTask *l2tp_change_new (L2tpProfiles *profiles,
                        L2tpConnection *connection,
                        L2tpConfig *config,
                        GCancellable *cancellable,
                        GAsyncReadyCallback callback,
                        gpointer user_data);

/* l2tp_change_begin:
 * One change of a connection at a time, until l2tp_change_end(). What is being deleted must not be
 * written once more: its file would be back. Errors: L2TP_ERROR_NOT_FOUND, L2TP_ERROR_IN_PROGRESS,
 * L2TP_ERROR_BUSY. */
gboolean l2tp_change_begin (L2tpProfiles *profiles, GTask *task, GError **error);
void l2tp_change_end (L2tpProfiles *profiles, GTask *task);

/* l2tp_profiles_init_files, l2tp_profiles_watch_files, l2tp_profiles_clear_files:
 * In the object's life, in this order. */
void l2tp_profiles_init_files (L2tpProfiles *profiles);
void l2tp_profiles_watch_files (L2tpProfiles *profiles);
void l2tp_profiles_clear_files (L2tpProfiles *profiles);

/* l2tp_profiles_take_late_soon:
 * A change is over, which a file may have waited for. */
void l2tp_profiles_take_late_soon (L2tpProfiles *profiles);

G_END_DECLS
