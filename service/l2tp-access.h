/* SPDX-License-Identifier: GPL-2.0-or-later */
/* SPDX-FileCopyrightText: The l2tp-client authors */

/* Who may call what: one row for each method of the bus. */

#pragma once

#include <glib.h>

#include "dbus/l2tp-names.h"

G_BEGIN_DECLS

typedef enum
{
  L2TP_ACCESS_ALLOW,
  L2TP_ACCESS_ASK, /* polkit decides */
  L2TP_ACCESS_DENY,
} L2tpAccessVerdict;

typedef enum
{
  L2TP_ACCESS_RULE_FREE, /* everybody; about no connection, or about the caller's own view of all */
  L2TP_ACCESS_RULE_READ, /* everybody who may see the connection */
  L2TP_ACCESS_RULE_USE,  /* org.l2tp.connect */
  L2TP_ACCESS_RULE_CHANGE, /* org.l2tp.modify-own for the caller's own, else modify-system */
  L2TP_ACCESS_RULE_MANAGE, /* org.l2tp.manage */
} L2tpAccessRule;

typedef struct
{
  const char *interface;
  const char *method;
  L2tpAccessRule rule;
} L2tpAccessRow;

/* l2tp_access_get_rows: returns the table, of *@ret_n rows. */
const L2tpAccessRow *l2tp_access_get_rows (guint *ret_n);

/* l2tp_access_judge:
 * @owner: uid, or L2TP_OWNER_ALL, of the connection that @method is about, or of the one that it is
 *   to add; without meaning for the rules FREE and MANAGE
 * @caller: uid
 * @ret_action: (out): with L2TP_ACCESS_ASK the polkit action; else untouched
 *
 * Root may call every method that there is: polkit would say the same, and need not be there. A
 * private connection of another user needs modify-system, whatever is done with it. A method
 * without a row is denied to all. */
L2tpAccessVerdict l2tp_access_judge (const char *interface,
                                     const char *method,
                                     guint32 owner,
                                     guint32 caller,
                                     const char **ret_action);

G_END_DECLS
