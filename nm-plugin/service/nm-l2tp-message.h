/* SPDX-License-Identifier: GPL-2.0-or-later */
/* SPDX-FileCopyrightText: The l2tp-client authors */

#pragma once

#include <gio/gio.h>

G_BEGIN_DECLS

/* nm_l2tp_message_new:
 * @names: keys of the secrets that are asked for
 * @hints: a{sv}, as of org.l2tp.Agent.RequestSecrets
 *
 * Returns (transfer full) what to tell a person who is asked: what was wrong, or what is needed. */
char *nm_l2tp_message_new (const char *const *names, GVariant *hints);

G_END_DECLS
