/* SPDX-License-Identifier: GPL-2.0-or-later */
/* SPDX-FileCopyrightText: The l2tp-client authors */

/* Which algorithms are offered to the LNS. Pure. Takes the spelling of strongSwan
 * ("aes256-sha256-modp2048!") and of Libreswan ("aes256-sha2_256;dh14"), returns strongSwan's, one
 * combination each, strong ones first. */

#pragma once

#include <glib.h>

G_BEGIN_DECLS

/* l2tp_ipsec_proposals_make_ike:
 * @custom: (nullable): the option ipsec-ike; else one of our lists is taken
 * @compatible: whether our list goes on to what only old LNSs need
 * @loaded: (nullable) (element-type utf8): a set of the algorithms that the daemon has, in the
 * names of its get-algorithms; NULL if that is not known
 *
 * Returns (transfer full) the proposals. Errors: L2TP_ERROR_INVALID_SETTINGS, names the key;
 * L2TP_ERROR_MISSING_DEPENDENCY when the daemon can do none of them. */
char **l2tp_ipsec_proposals_make_ike (const char *custom,
                                      gboolean compatible,
                                      GHashTable *loaded,
                                      GError **error);

/* l2tp_ipsec_proposals_make_esp:
 * @custom: (nullable): the option ipsec-esp; its groups, if it has any, are those for PFS
 * @pfs_group: NULL for no PFS, else the group for it where @custom names none, of which IKEv1
 *   takes one only
 *
 * Like l2tp_ipsec_proposals_make_ike(). ESP itself is the kernel's, so @loaded is for the group. */
char **l2tp_ipsec_proposals_make_esp (const char *custom,
                                      gboolean compatible,
                                      const char *pfs_group,
                                      GHashTable *loaded,
                                      GError **error);

/* l2tp_ipsec_proposals_names_group: whether the option ipsec-esp asks for PFS, by a group. */
gboolean l2tp_ipsec_proposals_names_group (const char *custom);

/* l2tp_ipsec_proposals_group_from_name:
 * Returns the word for a group as the daemon tells what was agreed ("MODP_2048"), or NULL. */
const char *l2tp_ipsec_proposals_group_from_name (const char *name);

/* l2tp_ipsec_proposals_is_weak: whether an algorithm that was agreed, by its name in the daemon, is
 * one that nobody should need any more. */
gboolean l2tp_ipsec_proposals_is_weak (const char *name);

G_END_DECLS
