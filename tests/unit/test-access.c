/* SPDX-License-Identifier: GPL-2.0-or-later */
/* SPDX-FileCopyrightText: The l2tp-client authors */

/* Who may call what: the table against the interfaces as they are compiled in, and the verdicts. */

#include "service/l2tp-access.h"

#include "dbus/l2tp-dbus.h"

#define ALICE 1000
#define BOB   1001

static gboolean
is_documented (const L2tpAccessRow *row, GDBusInterfaceInfo *info)
{
  return g_str_equal (row->interface, info->name) &&
         g_dbus_interface_info_lookup_method (info, row->method) != NULL;
}

static void
test_table_is_the_contract (void)
{
  GDBusInterfaceInfo *const infos[] = {
    l2tp_dbus_manager_interface_info (),
    l2tp_dbus_connection_interface_info (),
    l2tp_dbus_tunnel_interface_info (),
    l2tp_dbus_session_interface_info (),
  };
  guint n = 0, documented = 0;
  const L2tpAccessRow *rows = l2tp_access_get_rows (&n);

  for (guint i = 0; i < G_N_ELEMENTS (infos); i++)
    for (GDBusMethodInfo **method = infos[i]->methods; method != NULL && *method != NULL; method++)
      {
        const char *action = NULL;

        g_test_message ("%s.%s", infos[i]->name, (*method)->name);
        g_assert_cmpint (
            l2tp_access_judge (infos[i]->name, (*method)->name, L2TP_OWNER_ALL, ALICE, &action), !=,
            L2TP_ACCESS_DENY);
        documented++;
      }
  g_assert_cmpuint (documented, ==, n);
  for (guint i = 0; i < n; i++)
    {
      gboolean found = FALSE;

      for (guint j = 0; j < G_N_ELEMENTS (infos); j++)
        found |= is_documented (&rows[i], infos[j]);
      g_test_message ("%s.%s", rows[i].interface, rows[i].method);
      g_assert_true (found);
    }
}

/* What Alice needs for her own connection, for one that is for all, for Bob's. NULL: nothing. */
static void
test_verdicts (void)
{
#define M   L2TP_INTERFACE_MANAGER
#define C   L2TP_INTERFACE_CONNECTION
#define CON L2TP_ACTION_CONNECT
#define OWN L2TP_ACTION_MODIFY_OWN
#define SYS L2TP_ACTION_MODIFY_SYSTEM
#define MAN L2TP_ACTION_MANAGE
  static const struct
  {
    const char *interface, *method, *own, *shared, *bobs;
  } cases[] = {
    { M, "ListConnections", NULL, NULL, NULL }, { M, "GetConnectionByUuid", NULL, NULL, NULL },
    { M, "FindByName", NULL, NULL, NULL },      { M, "RegisterAgent", NULL, NULL, NULL },
    { M, "UnregisterAgent", NULL, NULL, NULL }, { M, "AddConnection", OWN, SYS, SYS },
    { M, "ConnectTransient", CON, CON, SYS },   { M, "Reload", MAN, MAN, MAN },
    { M, "SetLogLevel", MAN, MAN, MAN },        { C, "Connect", CON, CON, SYS },
    { C, "Disconnect", CON, CON, SYS },         { C, "GetSettings", NULL, NULL, SYS },
    { C, "GetStatistics", NULL, NULL, SYS },    { C, "Update", OWN, SYS, SYS },
    { C, "SetSecrets", OWN, SYS, SYS },         { C, "Delete", OWN, SYS, SYS },
  };
#undef M
#undef C
#undef CON
#undef OWN
#undef SYS
#undef MAN
  const guint32 owners[] = { ALICE, L2TP_OWNER_ALL, BOB };
  guint n = 0;

  l2tp_access_get_rows (&n);
  g_assert_cmpuint (n, ==, G_N_ELEMENTS (cases));
  for (guint i = 0; i < G_N_ELEMENTS (cases); i++)
    for (guint j = 0; j < G_N_ELEMENTS (owners); j++)
      {
        const char *const wanted[] = { cases[i].own, cases[i].shared, cases[i].bobs };
        const char *action = NULL;
        L2tpAccessVerdict verdict =
            l2tp_access_judge (cases[i].interface, cases[i].method, owners[j], ALICE, &action);

        g_test_message ("%s, owner %u", cases[i].method, owners[j]);
        g_assert_cmpstr (action, ==, wanted[j]);
        g_assert_cmpint (verdict, ==, wanted[j] != NULL ? L2TP_ACCESS_ASK : L2TP_ACCESS_ALLOW);
      }
}

static void
test_root (void)
{
  guint n = 0;
  const L2tpAccessRow *rows = l2tp_access_get_rows (&n);
  const guint32 owners[] = { 0, L2TP_OWNER_ALL, BOB };
  const char *action = "untouched";

  for (guint i = 0; i < n; i++)
    for (guint j = 0; j < G_N_ELEMENTS (owners); j++)
      g_assert_cmpint (l2tp_access_judge (rows[i].interface, rows[i].method, owners[j], 0, &action),
                       ==, L2TP_ACCESS_ALLOW);
  g_assert_cmpstr (action, ==, "untouched");
}

static void
test_unknown (void)
{
  static const char *const cases[][2] = {
    { L2TP_INTERFACE_CONNECTION, "Explode" }, { L2TP_INTERFACE_CONNECTION, "Reload" },
    { L2TP_INTERFACE_MANAGER, "Connect" },    { L2TP_INTERFACE_MANAGER, "" },
    { "org.l2tp.Managerial", "Reload" },      { NULL, "Reload" },
    { L2TP_INTERFACE_MANAGER, NULL },
  };
  const char *action = "untouched";

  for (guint i = 0; i < G_N_ELEMENTS (cases); i++)
    for (guint32 caller = 0; caller <= ALICE; caller += ALICE)
      g_assert_cmpint (l2tp_access_judge (cases[i][0], cases[i][1], ALICE, caller, &action), ==,
                       L2TP_ACCESS_DENY);
  g_assert_cmpstr (action, ==, "untouched");
}

/* The number that stands for nobody in particular is not a user who owns what is for all. */
static void
test_nobody_in_particular (void)
{
  const char *action = NULL;

  g_assert_cmpint (l2tp_access_judge (L2TP_INTERFACE_CONNECTION, "Delete", L2TP_OWNER_ALL,
                                      L2TP_OWNER_ALL, &action),
                   ==, L2TP_ACCESS_ASK);
  g_assert_cmpstr (action, ==, L2TP_ACTION_MODIFY_SYSTEM);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/access/table-is-the-contract", test_table_is_the_contract);
  g_test_add_func ("/access/verdicts", test_verdicts);
  g_test_add_func ("/access/root", test_root);
  g_test_add_func ("/access/unknown", test_unknown);
  g_test_add_func ("/access/nobody-in-particular", test_nobody_in_particular);
  return g_test_run ();
}
