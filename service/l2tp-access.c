/* SPDX-License-Identifier: GPL-2.0-or-later */
/* SPDX-FileCopyrightText: The l2tp-client authors */

/* The table of methods and their rules, and what a rule means for a caller. Pure: asks nobody,
 * knows no object. The bus gate calls it. Source: dbus/org.l2tp.*.xml. */

#include "l2tp-access.h"

#define ROOT 0

static const L2tpAccessRow rows[] = {
  { L2TP_INTERFACE_MANAGER, "ListConnections", L2TP_ACCESS_RULE_FREE },
  { L2TP_INTERFACE_MANAGER, "GetConnectionByUuid", L2TP_ACCESS_RULE_FREE },
  { L2TP_INTERFACE_MANAGER, "FindByName", L2TP_ACCESS_RULE_FREE },
  { L2TP_INTERFACE_MANAGER, "RegisterAgent", L2TP_ACCESS_RULE_FREE },
  { L2TP_INTERFACE_MANAGER, "UnregisterAgent", L2TP_ACCESS_RULE_FREE },
  { L2TP_INTERFACE_MANAGER, "AddConnection", L2TP_ACCESS_RULE_CHANGE },
  { L2TP_INTERFACE_MANAGER, "ConnectTransient", L2TP_ACCESS_RULE_USE },
  { L2TP_INTERFACE_MANAGER, "Reload", L2TP_ACCESS_RULE_MANAGE },
  { L2TP_INTERFACE_MANAGER, "SetLogLevel", L2TP_ACCESS_RULE_MANAGE },
  { L2TP_INTERFACE_CONNECTION, "GetSettings", L2TP_ACCESS_RULE_READ },
  { L2TP_INTERFACE_CONNECTION, "GetStatistics", L2TP_ACCESS_RULE_READ },
  { L2TP_INTERFACE_CONNECTION, "Connect", L2TP_ACCESS_RULE_USE },
  { L2TP_INTERFACE_CONNECTION, "Disconnect", L2TP_ACCESS_RULE_USE },
  { L2TP_INTERFACE_CONNECTION, "Update", L2TP_ACCESS_RULE_CHANGE },
  { L2TP_INTERFACE_CONNECTION, "SetSecrets", L2TP_ACCESS_RULE_CHANGE },
  { L2TP_INTERFACE_CONNECTION, "Delete", L2TP_ACCESS_RULE_CHANGE },
};

const L2tpAccessRow *
l2tp_access_get_rows (guint *ret_n)
{
  *ret_n = G_N_ELEMENTS (rows);
  return rows;
}

static const L2tpAccessRow *
find_row (const char *interface, const char *method)
{
  for (guint i = 0; i < G_N_ELEMENTS (rows); i++)
    if (g_strcmp0 (rows[i].interface, interface) == 0 && g_strcmp0 (rows[i].method, method) == 0)
      return &rows[i];
  return NULL;
}

/* Returns the action that is needed, or NULL when none is. */
static const char *
action_of (L2tpAccessRule rule, gboolean own, gboolean shared)
{
  switch (rule)
    {
    case L2TP_ACCESS_RULE_FREE:
      return NULL;
    case L2TP_ACCESS_RULE_READ:
      return own || shared ? NULL : L2TP_ACTION_MODIFY_SYSTEM;
    case L2TP_ACCESS_RULE_USE:
      return own || shared ? L2TP_ACTION_CONNECT : L2TP_ACTION_MODIFY_SYSTEM;
    case L2TP_ACCESS_RULE_CHANGE:
      return own ? L2TP_ACTION_MODIFY_OWN : L2TP_ACTION_MODIFY_SYSTEM;
    case L2TP_ACCESS_RULE_MANAGE:
      return L2TP_ACTION_MANAGE;
    }
  g_return_val_if_reached (L2TP_ACTION_MANAGE);
}

L2tpAccessVerdict
l2tp_access_judge (const char *interface,
                   const char *method,
                   guint32 owner,
                   guint32 caller,
                   const char **ret_action)
{
  const L2tpAccessRow *row = find_row (interface, method);
  gboolean shared = owner == L2TP_OWNER_ALL;
  const char *action;

  if (row == NULL)
    return L2TP_ACCESS_DENY;
  if (caller == ROOT)
    return L2TP_ACCESS_ALLOW;
  action = action_of (row->rule, owner == caller && !shared, shared);
  if (action == NULL)
    return L2TP_ACCESS_ALLOW;
  *ret_action = action;
  return L2TP_ACCESS_ASK;
}
