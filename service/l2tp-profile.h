/* SPDX-License-Identifier: GPL-2.0-or-later */
/* SPDX-FileCopyrightText: The l2tp-client authors */

/* A profile: a connection's options and whose it is, and its form as a file; see
 * l2tp-connection(5). */

#pragma once

#include <glib-object.h>

#include "dbus/l2tp-names.h"
#include "service/base/l2tp-config.h"

G_BEGIN_DECLS

/* Never changed once it is made. */
typedef struct
{
  L2tpConfig *config; /* has a UUID */
  guint32 owner;      /* a user's id, or L2TP_OWNER_ALL */
  char **warnings;    /* what was read over: one line each, with file and line; often none */
} L2tpProfile;

#define L2TP_TYPE_PROFILE (l2tp_profile_get_type ())
GType l2tp_profile_get_type (void);

L2tpProfile *l2tp_profile_ref (L2tpProfile *profile);
void l2tp_profile_unref (L2tpProfile *profile);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (L2tpProfile, l2tp_profile_unref)

/* Finds the id of a user by name; may block. Returns FALSE when there is none. */
typedef gboolean (*L2tpProfileFindUser) (const char *name, guint32 *ret_uid);

/* l2tp_profile_parse:
 * @data: the file's octets; one copy is made, and wiped
 * @filename: with or without directories; begins the errors as it stands. Of its last part come the
 *   UUID and the name when the file has none: the same each time
 * @find_user: (nullable): for an owner who is given by name; NULL refuses names
 *
 * Takes all or nothing, but for a secret whose "-flags" say that it is kept elsewhere: that one is
 * left out with a warning. Errors: L2TP_ERROR_INVALID_SETTINGS, "FILE:LINE: KEY: reason" and,
 * mostly, a line of remedy. */
L2tpProfile *l2tp_profile_parse (const char *data,
                                 gsize len,
                                 const char *filename,
                                 L2tpProfileFindUser find_user,
                                 GError **error);

/* l2tp_profile_format:
 * @uuid: (nullable): for a @config that has none
 *
 * Returns (transfer full) the file of @config for @owner, who stands there as a number; secrets
 * that are not kept are not in it. The octets are wiped when they are freed. Errors:
 * L2TP_ERROR_INVALID_SETTINGS, when it is larger than what is read. */
GBytes *l2tp_profile_format (L2tpConfig *config, const char *uuid, guint32 owner, GError **error);

/* l2tp_profile_equal: whether both would be the same file. */
gboolean l2tp_profile_equal (L2tpProfile *a, L2tpProfile *b);

G_END_DECLS
