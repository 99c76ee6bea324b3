/* SPDX-License-Identifier: GPL-2.0-or-later */
/* SPDX-FileCopyrightText: The l2tp-client authors */

/* Questions for secrets on a bus of their own, with agents that answer, refuse, lie, vanish or hold
 * the question. Each agent is a connection to the bus, so that it can vanish by itself. */

#include "service/l2tp-agents.h"

#include <string.h>

#include "service/base/l2tp-error.h"

#define DEADLINE (20 * G_USEC_PER_SEC)
#define ALICE    1000
#define BOB      1001
#define PATH     "/agent"
#define WORK     "/org/l2tp/connections/1"
#define HOME     "/org/l2tp/connections/2"
#define SECRET   "s3cret-of-a-liar"
#define GOOD     "{'password': <'right'>}"

typedef struct
{
  GDBusConnection *bus;
  guint32 uid;
  const char *answer;          /* text of the dictionary, or the name of an error; NULL: hold */
  GDBusMethodInvocation *held; /* the question that it holds */
  GVariant *parameters;        /* of the last question */
  guint n_asked, n_cancels, n_releases;
  guint object;
} Agent;

typedef struct
{
  GTestDBus *daemon;
  GDBusConnection *service;
  L2tpAgents *agents;
  GPtrArray *made; /* of Agent */
} Fixture;

typedef struct
{
  gboolean done;
  GVariant *secrets;
  GError *error;
} Answer;

static GString *logged;
static guint n_warnings;

static GLogWriterOutput
write_log (GLogLevelFlags level, const GLogField *fields, gsize n_fields, gpointer data)
{
  n_warnings += level == G_LOG_LEVEL_WARNING;
  for (gsize i = 0; i < n_fields; i++)
    if (g_str_equal (fields[i].key, "MESSAGE"))
      g_string_append_printf (logged, "%s\n", (const char *) fields[i].value);
  return G_LOG_WRITER_HANDLED;
}

static gboolean
tick (gpointer data)
{
  return G_SOURCE_CONTINUE;
}

#define wait_for(condition)                                                                        \
  G_STMT_START                                                                                     \
  {                                                                                                \
    gint64 end = g_get_monotonic_time () + DEADLINE;                                               \
    guint ticks = g_timeout_add (500, tick, NULL);                                                 \
                                                                                                   \
    while (!(condition))                                                                           \
      {                                                                                            \
        if (g_get_monotonic_time () > end)                                                         \
          g_error ("waited in vain for " #condition);                                              \
        g_main_context_iteration (NULL, TRUE);                                                     \
      }                                                                                            \
    g_source_remove (ticks);                                                                       \
  }                                                                                                \
  G_STMT_END

static GDBusConnection *
connect_to (GTestDBus *daemon)
{
  g_autoptr (GError) error = NULL;
  GDBusConnection *bus =
      g_dbus_connection_new_for_address_sync (g_test_dbus_get_bus_address (daemon),
                                              G_DBUS_CONNECTION_FLAGS_AUTHENTICATION_CLIENT |
                                                  G_DBUS_CONNECTION_FLAGS_MESSAGE_BUS_CONNECTION,
                                              NULL, NULL, &error);

  g_assert_no_error (error);
  return bus;
}

/* The agent's side. */

static void
reply (Agent *agent, GDBusMethodInvocation *invocation)
{
  g_autoptr (GVariant) answer = NULL;

  if (agent->answer == NULL)
    {
      g_set_object (&agent->held, invocation);
      g_object_unref (invocation);
      return;
    }
  if (*agent->answer != '{' && *agent->answer != '\'')
    {
      g_dbus_method_invocation_return_dbus_error (invocation, agent->answer, SECRET);
      return;
    }
  answer = g_variant_parse (NULL, agent->answer, NULL, NULL, NULL);
  if (answer == NULL) /* an empty dictionary has no type of its own */
    answer = g_variant_parse (G_VARIANT_TYPE_VARDICT, agent->answer, NULL, NULL, NULL);
  g_assert_nonnull (answer);
  g_dbus_method_invocation_return_value (invocation, g_variant_new_tuple (&answer, 1));
}

static void
on_call (GDBusConnection *bus,
         const char *sender,
         const char *path,
         const char *interface,
         const char *method,
         GVariant *parameters,
         GDBusMethodInvocation *invocation,
         gpointer data)
{
  Agent *agent = data;
  const char *connection;

  if (g_str_equal (method, "RequestSecrets"))
    {
      agent->n_asked++;
      g_clear_pointer (&agent->parameters, g_variant_unref);
      agent->parameters = g_variant_ref (parameters);
      reply (agent, invocation);
      return;
    }
  if (g_str_equal (method, "Cancel"))
    {
      g_variant_get (parameters, "(&o)", &connection);
      g_assert_cmpstr (connection, ==, WORK);
      agent->n_cancels++;
    }
  else
    agent->n_releases++;
  g_dbus_method_invocation_return_value (invocation, NULL);
}

static void
export_agent (Agent *agent, const char *type)
{
  static const GDBusInterfaceVTable vtable = { .method_call = on_call };
  g_autofree char *xml = g_strdup_printf ("<node><interface name='org.l2tp.Agent'>"
                                          "<method name='RequestSecrets'>"
                                          "<arg type='o'/><arg type='as'/><arg type='a{sv}'/>"
                                          "<arg type='%s' direction='out'/></method>"
                                          "<method name='Cancel'><arg type='o'/></method>"
                                          "<method name='Release'/></interface></node>",
                                          type);
  g_autoptr (GError) error = NULL;
  g_autoptr (GDBusNodeInfo) info = g_dbus_node_info_new_for_xml (xml, &error);

  g_assert_no_error (error);
  agent->object = g_dbus_connection_register_object (agent->bus, PATH, info->interfaces[0], &vtable,
                                                     agent, NULL, &error);
  g_assert_no_error (error);
}

static const char *
name_of (const Agent *agent)
{
  return g_dbus_connection_get_unique_name (agent->bus);
}

/* @answer: see Agent; @type: what it says it answers */
static Agent *
make_typed_agent (Fixture *f, guint32 uid, const char *answer, const char *type)
{
  Agent *agent = g_new0 (Agent, 1);
  g_autoptr (GError) error = NULL;

  agent->bus = connect_to (f->daemon);
  agent->uid = uid;
  agent->answer = answer;
  export_agent (agent, type);
  g_ptr_array_add (f->made, agent);
  l2tp_agents_register (f->agents, name_of (agent), uid, PATH, &error);
  g_assert_no_error (error);
  return agent;
}

static Agent *
make_agent (Fixture *f, guint32 uid, const char *answer)
{
  return make_typed_agent (f, uid, answer, "a{sv}");
}

static void
vanish (Agent *agent)
{
  g_dbus_connection_close_sync (agent->bus, NULL, NULL);
}

static void
agent_free (gpointer data)
{
  Agent *agent = data;

  g_dbus_connection_unregister_object (agent->bus, agent->object); /* calls may be on their way */
  g_clear_object (&agent->held);
  g_clear_pointer (&agent->parameters, g_variant_unref);
  g_dbus_connection_close_sync (agent->bus, NULL, NULL);
  g_object_unref (agent->bus);
  g_free (agent);
}

static void
set_up (Fixture *f, gconstpointer data)
{
  g_string_truncate (logged, 0);
  n_warnings = 0;
  f->daemon = g_test_dbus_new (G_TEST_DBUS_NONE);
  g_test_dbus_up (f->daemon);
  f->service = connect_to (f->daemon);
  f->agents = l2tp_agents_new (f->service);
  f->made = g_ptr_array_new_with_free_func (agent_free);
}

static void
tear_down (Fixture *f, gconstpointer data)
{
  g_assert_null (strstr (logged->str, SECRET));
  if (f->agents != NULL)
    {
      /* Calls that were given up come back once more. */
      wait_for (G_OBJECT (f->agents)->ref_count == 1);
      g_assert_finalize_object (f->agents);
    }
  g_ptr_array_unref (f->made);
  g_dbus_connection_close_sync (f->service, NULL, NULL);
  g_object_unref (f->service);
  g_test_dbus_down (f->daemon);
  g_object_unref (f->daemon);
}

/* The service's side. */

static const char *const password[] = { "password", NULL };
static const char *const both[] = { "password", "ipsec-psk", NULL };

static const L2tpQuestion of_alice = {
  .connection = WORK,
  .names = password,
  .owner = ALICE,
  .asker_uid = L2TP_OWNER_ALL,
};

static void
on_done (GObject *source, GAsyncResult *result, gpointer data)
{
  Answer *answer = data;

  g_assert_false (answer->done);
  answer->done = TRUE;
  answer->secrets = l2tp_agents_ask_finish (L2TP_AGENTS (source), result, &answer->error);
  g_assert_true ((answer->secrets == NULL) == (answer->error != NULL));
}

static void
answer_clear (Answer *answer)
{
  g_clear_pointer (&answer->secrets, g_variant_unref);
  g_clear_error (&answer->error);
  answer->done = FALSE;
}

G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (Answer, answer_clear)

static void
ask (Fixture *f, const L2tpQuestion *question, GCancellable *cancellable, Answer *answer)
{
  answer_clear (answer);
  l2tp_agents_ask_async (f->agents, question, cancellable, on_done, answer);
}

static void
assert_password (const Answer *answer, const char *wanted)
{
  const char *value = NULL;

  g_assert_no_error (answer->error);
  g_assert_true (g_variant_is_of_type (answer->secrets, G_VARIANT_TYPE_VARDICT));
  g_assert_true (g_variant_lookup (answer->secrets, "password", "&s", &value));
  g_assert_cmpstr (value, ==, wanted);
}

static void
assert_no_secrets (const Answer *answer, const char *cause)
{
  g_auto (GStrv) lines = NULL;

  g_assert_error (answer->error, L2TP_ERROR, L2TP_ERROR_NO_SECRETS);
  lines = g_strsplit (answer->error->message, "\n", -1);
  g_assert_cmpuint (g_strv_length (lines), ==, 2);
  g_assert_nonnull (strstr (lines[0], "password"));
  g_assert_nonnull (strstr (lines[0], cause));
  g_assert_nonnull (strstr (lines[1], "password"));
}

/* Tests. */

static void
count (L2tpAgents *agents, guint uid, guint *uids)
{
  *uids += uid;
}

static void
test_register (Fixture *f, gconstpointer data)
{
  Agent *agent = make_agent (f, ALICE, GOOD);
  guint uids = 0;

  g_signal_connect (f->agents, "available", G_CALLBACK (count), &uids);
  for (guint n = 1; n < L2TP_AGENTS_MAX; n++)
    {
      guint32 uid = ALICE + n / L2TP_AGENTS_MAX_PER_USER;
      g_autofree char *path = g_strdup_printf ("/agent/%u", n);
      g_autoptr (GError) error = NULL;

      g_assert_true (l2tp_agents_register (f->agents, name_of (agent), uid, path, NULL));
      g_assert_cmpuint (uids, ==, uid);
      uids = 0;
      g_assert_false (l2tp_agents_register (f->agents, name_of (agent), uid, path, &error));
      g_assert_error (error, L2TP_ERROR, L2TP_ERROR_IN_PROGRESS);
      g_clear_error (&error);
      if (n == L2TP_AGENTS_MAX_PER_USER - 1)
        {
          g_assert_false (l2tp_agents_register (f->agents, name_of (agent), uid, "/more", &error));
          g_assert_error (error, L2TP_ERROR, L2TP_ERROR_BUSY);
        }
      g_assert_cmpuint (uids, ==, 0);
    }
  g_assert_false (l2tp_agents_register (f->agents, name_of (agent), 0, "/more", NULL));
  g_assert_true (l2tp_agents_unregister (f->agents, name_of (agent), "/agent/63", NULL));
  g_assert_true (l2tp_agents_register (f->agents, name_of (agent), 0, "/more", NULL));
}

static void
test_unregister (Fixture *f, gconstpointer data)
{
  Agent *agent = make_agent (f, ALICE, GOOD);
  g_auto (Answer) answer = { 0 };
  g_autoptr (GError) error = NULL;

  g_assert_false (l2tp_agents_unregister (f->agents, ":9.9", PATH, NULL));
  g_assert_false (l2tp_agents_unregister (f->agents, name_of (agent), "/other", &error));
  g_assert_error (error, L2TP_ERROR, L2TP_ERROR_NOT_FOUND);
  g_assert_true (l2tp_agents_unregister (f->agents, name_of (agent), PATH, NULL));
  g_assert_false (l2tp_agents_unregister (f->agents, name_of (agent), PATH, NULL));
  ask (f, &of_alice, NULL, &answer);
  wait_for (answer.done);
  assert_no_secrets (&answer, "nobody can be asked");
  g_assert_cmpuint (agent->n_asked, ==, 0);
}

/* A sender that left makes room for others. */
static void
test_vanished_is_forgotten (Fixture *f, gconstpointer data)
{
  Agent *agent = make_agent (f, ALICE, GOOD);
  Agent *other;

  for (guint n = 1; n < L2TP_AGENTS_MAX_PER_USER; n++)
    {
      g_autofree char *path = g_strdup_printf ("/agent/%u", n);

      g_assert_true (l2tp_agents_register (f->agents, name_of (agent), ALICE, path, NULL));
    }
  other = make_agent (f, BOB, GOOD);
  g_assert_false (l2tp_agents_register (f->agents, name_of (other), ALICE, "/one", NULL));
  vanish (agent);
  wait_for (l2tp_agents_register (f->agents, name_of (other), ALICE, "/one", NULL));
}

static void
test_answer (Fixture *f, gconstpointer data)
{
  Agent *agent = make_agent (f, ALICE, GOOD);
  g_auto (Answer) answer = { 0 };

  ask (f, &of_alice, NULL, &answer);
  wait_for (answer.done);
  assert_password (&answer, "right");
  g_assert_cmpuint (g_variant_n_children (answer.secrets), ==, 1);
  g_assert_cmpuint (agent->n_asked, ==, 1);
  g_assert_cmpuint (agent->n_cancels, ==, 0);
}

static void
test_hints (Fixture *f, gconstpointer data)
{
  Agent *agent = make_agent (f, ALICE, "{'password': <'a'>, 'ipsec-psk': <'b'>}");
  const L2tpQuestion question = {
    .connection = WORK,
    .names = both,
    .name = "Work",
    .user = "alice",
    .message = "Access \xff denied",
    .retry = TRUE,
    .owner = ALICE,
    .asker_uid = L2TP_OWNER_ALL,
  };
  g_auto (Answer) answer = { 0 };
  g_autoptr (GVariant) wanted = g_variant_parse (
      NULL,
      "(objectpath '" WORK "', ['password', 'ipsec-psk'], {'connection': <'Work'>, 'user': "
      "<'alice'>, 'message': <'Access \xef\xbf\xbd denied'>, 'retry': <true>})",
      NULL, NULL, NULL);

  ask (f, &question, NULL, &answer);
  wait_for (answer.done);
  assert_password (&answer, "a");
  g_assert_cmpvariant (agent->parameters, wanted);
}

/* The asker's own comes first though it is the oldest, then the newest. */
static void
test_order (Fixture *f, gconstpointer data)
{
  Agent *asker = make_agent (f, ALICE, "org.l2tp.Error.NoSecrets");
  Agent *older = make_agent (f, ALICE, GOOD);
  Agent *newer = make_agent (f, ALICE, NULL);
  L2tpQuestion question = of_alice;
  g_auto (Answer) answer = { 0 };

  question.asker = name_of (asker);
  question.asker_uid = ALICE;
  ask (f, &question, NULL, &answer);
  wait_for (newer->n_asked == 1);
  g_assert_cmpuint (asker->n_asked, ==, 1);
  g_assert_cmpuint (older->n_asked, ==, 0);
  g_dbus_method_invocation_return_dbus_error (g_steal_pointer (&newer->held),
                                              "org.l2tp.Error.NoSecrets", "");
  wait_for (answer.done);
  assert_password (&answer, "right");
  g_assert_cmpuint (older->n_asked, ==, 1);
  g_assert_cmpuint (asker->n_asked, ==, 1);
  g_assert_cmpuint (n_warnings, ==, 0);
}

/* Who registers anew each time it is asked, is not asked for ever. */
static void
test_newcomers_wait (Fixture *f, gconstpointer data)
{
  Agent *agent = make_agent (f, ALICE, NULL);
  g_auto (Answer) answer = { 0 };

  ask (f, &of_alice, NULL, &answer);
  wait_for (agent->n_asked == 1);
  g_assert_true (l2tp_agents_unregister (f->agents, name_of (agent), PATH, NULL));
  g_assert_true (l2tp_agents_register (f->agents, name_of (agent), ALICE, PATH, NULL));
  wait_for (answer.done);
  assert_no_secrets (&answer, "nobody who was asked");
  g_assert_cmpuint (agent->n_asked, ==, 1);
}

static void
test_nobody_knows (Fixture *f, gconstpointer data)
{
  Agent *one = make_agent (f, ALICE, "org.l2tp.Error.NoSecrets");
  Agent *two = make_agent (f, ALICE, "{}");
  Agent *three = make_agent (f, ALICE, "org.freedesktop.DBus.Error.UnknownMethod");
  Agent *not_hers = make_agent (f, BOB, GOOD);
  Agent *root = make_agent (f, 0, GOOD);
  g_auto (Answer) answer = { 0 };

  ask (f, &of_alice, NULL, &answer);
  wait_for (answer.done);
  assert_no_secrets (&answer, "nobody who was asked");
  g_assert_cmpuint (one->n_asked + two->n_asked + three->n_asked, ==, 3);
  g_assert_cmpuint (not_hers->n_asked + root->n_asked, ==, 0);
  g_assert_cmpuint (n_warnings, ==, 0);
}

static void
test_declined (Fixture *f, gconstpointer data)
{
  Agent *next = make_agent (f, ALICE, GOOD);
  Agent *agent = make_agent (f, ALICE, "org.l2tp.Error.AgentCanceled");
  g_auto (Answer) answer = { 0 };

  ask (f, &of_alice, NULL, &answer);
  wait_for (answer.done);
  g_assert_error (answer.error, L2TP_ERROR, L2TP_ERROR_AGENT_CANCELED);
  g_assert_cmpuint (agent->n_asked, ==, 1);
  g_assert_cmpuint (next->n_asked, ==, 0);
}

static void
test_vanishes (Fixture *f, gconstpointer data)
{
  Agent *next = make_agent (f, ALICE, GOOD);
  Agent *agent = make_agent (f, ALICE, NULL);
  g_auto (Answer) answer = { 0 };

  ask (f, &of_alice, NULL, &answer);
  wait_for (agent->n_asked == 1);
  vanish (agent);
  wait_for (answer.done);
  assert_password (&answer, "right");
  g_assert_cmpuint (next->n_asked, ==, 1);
}

static void
test_last_vanishes (Fixture *f, gconstpointer data)
{
  Agent *agent = make_agent (f, ALICE, NULL);
  g_auto (Answer) answer = { 0 };

  ask (f, &of_alice, NULL, &answer);
  wait_for (agent->n_asked == 1);
  vanish (agent);
  wait_for (answer.done);
  assert_no_secrets (&answer, "nobody who was asked");
}

static void
test_unregisters_while_asked (Fixture *f, gconstpointer data)
{
  Agent *next = make_agent (f, ALICE, GOOD);
  Agent *agent = make_agent (f, ALICE, NULL);
  g_auto (Answer) answer = { 0 };

  ask (f, &of_alice, NULL, &answer);
  wait_for (agent->n_asked == 1);
  g_assert_true (l2tp_agents_unregister (f->agents, name_of (agent), PATH, NULL));
  wait_for (answer.done && agent->n_cancels == 1);
  assert_password (&answer, "right");
  g_assert_cmpuint (next->n_asked, ==, 1);
}

/* The answer that comes after all does nothing, and the connection can be asked for again. */
static void
test_cancel (Fixture *f, gconstpointer data)
{
  Agent *agent = make_agent (f, ALICE, NULL);
  g_autoptr (GCancellable) cancellable = g_cancellable_new ();
  g_auto (Answer) answer = { 0 };
  g_auto (Answer) again = { 0 };

  ask (f, &of_alice, cancellable, &answer);
  wait_for (agent->n_asked == 1);
  g_cancellable_cancel (cancellable);
  wait_for (answer.done && agent->n_cancels == 1);
  g_assert_error (answer.error, G_IO_ERROR, G_IO_ERROR_CANCELLED);

  ask (f, &of_alice, cancellable, &again);
  wait_for (again.done);
  g_assert_error (again.error, G_IO_ERROR, G_IO_ERROR_CANCELLED);
  g_assert_cmpuint (agent->n_asked, ==, 1);

  g_dbus_method_invocation_return_value (g_steal_pointer (&agent->held),
                                         g_variant_new_parsed ("({'password': <'late'>},)"));
  agent->answer = GOOD;
  ask (f, &of_alice, NULL, &again);
  wait_for (again.done);
  assert_password (&again, "right");
  g_assert_error (answer.error, G_IO_ERROR, G_IO_ERROR_CANCELLED);
}

static void
test_deadline (Fixture *f, gconstpointer data)
{
  Agent *agent = make_agent (f, ALICE, NULL);
  g_auto (Answer) answer = { 0 };

  l2tp_agents_set_timeout (f->agents, 300);
  ask (f, &of_alice, NULL, &answer);
  wait_for (answer.done && agent->n_cancels == 1);
  assert_no_secrets (&answer, "in time");
  g_assert_cmpuint (agent->n_asked, ==, 1);
}

static void
assert_goes_on (Fixture *f, const char *bad, const char *type, guint warnings)
{
  Agent *next = make_agent (f, ALICE, GOOD);
  Agent *liar = make_typed_agent (f, ALICE, bad, type);
  g_auto (Answer) answer = { 0 };

  g_test_message ("%.80s", bad);
  n_warnings = 0;
  ask (f, &of_alice, NULL, &answer);
  wait_for (answer.done);
  assert_password (&answer, "right");
  g_assert_cmpuint (liar->n_asked, ==, 1);
  g_assert_cmpuint (n_warnings, ==, warnings);
  l2tp_agents_unregister (f->agents, name_of (next), PATH, NULL);
  l2tp_agents_unregister (f->agents, name_of (liar), PATH, NULL);
}

static void
test_liars (Fixture *f, gconstpointer data)
{
  static const char *const bad[] = {
    "{'password': <7>}",
    "{'password': <['" SECRET "']>}",
    "{'password': <''>}",
    "{'password': <'" SECRET "\\n'>}",
    "{'user': <'" SECRET "'>}",
    "{'" SECRET "': <'x'>}",
    "{'password': <'" SECRET "'>, 'ipsec-psk': <'x'>}",
    "{'password': <'" SECRET "'>, 'password': <'x'>}",
  };
  g_autofree char *tail = g_strnfill (4 * 1024 * 1024, 'x');
  g_autofree char *huge = g_strdup_printf ("{'password': <'" SECRET "%s'>}", tail);
  g_autofree char *longer = g_strdup_printf ("{'password': <'" SECRET "%.*s'>}", 240, tail);

  for (guint i = 0; i < G_N_ELEMENTS (bad); i++)
    assert_goes_on (f, bad[i], "a{sv}", 1);
  assert_goes_on (f, longer, "a{sv}", 1);
  assert_goes_on (f, huge, "a{sv}", 1);
  assert_goes_on (f, "'" SECRET "'", "s", 1);
  assert_goes_on (f, "{'password': '" SECRET "'}", "a{ss}", 1);
  /* GDBus takes this one for G_IO_ERROR_CANCELLED. */
  assert_goes_on (f, "org.gtk.GDBus.UnmappedGError.Quark._g_2dio_2derror_2dquark.Code19", "a{sv}",
                  0);
}

/* Half an answer is none: two were asked for. */
static void
test_half_an_answer (Fixture *f, gconstpointer data)
{
  Agent *agent = make_agent (f, ALICE, "{'password': <'" SECRET "'>}");
  L2tpQuestion question = of_alice;
  g_auto (Answer) answer = { 0 };

  question.names = both;
  ask (f, &question, NULL, &answer);
  wait_for (answer.done);
  assert_no_secrets (&answer, "password, ipsec-psk");
  g_assert_cmpuint (agent->n_asked, ==, 1);
  g_assert_nonnull (strstr (logged->str, "ipsec-psk: is missing"));
}

static void
test_one_question_a_connection (Fixture *f, gconstpointer data)
{
  Agent *agent = make_agent (f, ALICE, NULL);
  L2tpQuestion home = of_alice;
  g_autoptr (GDBusMethodInvocation) work_held = NULL;
  g_auto (Answer) first = { 0 };
  g_auto (Answer) second = { 0 };
  g_auto (Answer) other = { 0 };

  home.connection = HOME;
  ask (f, &of_alice, NULL, &first);
  wait_for (agent->n_asked == 1);
  work_held = g_steal_pointer (&agent->held);
  ask (f, &of_alice, NULL, &second);
  wait_for (second.done);
  g_assert_error (second.error, L2TP_ERROR, L2TP_ERROR_IN_PROGRESS);
  ask (f, &home, NULL, &other);
  wait_for (agent->n_asked == 2);
  g_assert_false (first.done || other.done);
  g_dbus_method_invocation_return_value (g_steal_pointer (&agent->held),
                                         g_variant_new_parsed ("({'password': <'of home'>},)"));
  wait_for (other.done);
  assert_password (&other, "of home");
  g_assert_false (first.done);
  g_dbus_method_invocation_return_value (g_steal_pointer (&work_held),
                                         g_variant_new_parsed ("({'password': <'of work'>},)"));
  wait_for (first.done);
  assert_password (&first, "of work");
}

/* Two questions are with one agent when it leaves. */
static void
test_vanishes_with_two (Fixture *f, gconstpointer data)
{
  Agent *next = make_agent (f, ALICE, GOOD);
  Agent *agent = make_agent (f, ALICE, NULL);
  L2tpQuestion home = of_alice;
  g_auto (Answer) first = { 0 };
  g_auto (Answer) other = { 0 };

  home.connection = HOME;
  ask (f, &of_alice, NULL, &first);
  ask (f, &home, NULL, &other);
  wait_for (agent->n_asked == 2);
  vanish (agent);
  wait_for (first.done && other.done);
  assert_password (&first, "right");
  assert_password (&other, "right");
  g_assert_cmpuint (next->n_asked, ==, 2);
}

static void
test_release (Fixture *f, gconstpointer data)
{
  Agent *one = make_agent (f, ALICE, GOOD);
  Agent *two = make_agent (f, 0, GOOD);

  g_assert_finalize_object (g_steal_pointer (&f->agents));
  wait_for (one->n_releases == 1 && two->n_releases == 1);
}

/* Who may be asked. */
static void
test_may_ask (void)
{
  static const guint32 all = L2TP_OWNER_ALL;
  static const struct
  {
    guint32 owner, asker, uid;
    gboolean wanted;
  } cases[] = {
    { ALICE, all, ALICE, TRUE }, { ALICE, all, BOB, FALSE },  { ALICE, all, 0, FALSE },
    { ALICE, BOB, ALICE, TRUE }, { ALICE, BOB, BOB, TRUE },   { ALICE, BOB, 0, FALSE },
    { ALICE, 0, 0, TRUE },       { all, ALICE, ALICE, TRUE }, { all, ALICE, BOB, FALSE },
    { all, ALICE, 0, TRUE },     { all, all, 0, TRUE },       { all, all, ALICE, FALSE },
    { all, all, all, FALSE },    { 0, all, 0, TRUE },         { 0, all, ALICE, FALSE },
  };

  for (guint i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      const L2tpQuestion question = { .owner = cases[i].owner, .asker_uid = cases[i].asker };

      g_test_message ("%u %u %u", cases[i].owner, cases[i].asker, cases[i].uid);
      g_assert_cmpint (l2tp_question_may_ask (&question, cases[i].uid), ==, cases[i].wanted);
    }
}

#define add(path, function) g_test_add (path, Fixture, NULL, set_up, function, tear_down)

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  logged = g_string_new (NULL);
  g_log_set_writer_func (write_log, NULL, NULL);
  add ("/agents/register", test_register);
  add ("/agents/unregister", test_unregister);
  add ("/agents/vanished-is-forgotten", test_vanished_is_forgotten);
  add ("/agents/answer", test_answer);
  add ("/agents/hints", test_hints);
  add ("/agents/order", test_order);
  add ("/agents/newcomers-wait", test_newcomers_wait);
  add ("/agents/nobody-knows", test_nobody_knows);
  add ("/agents/declined", test_declined);
  add ("/agents/vanishes", test_vanishes);
  add ("/agents/last-vanishes", test_last_vanishes);
  add ("/agents/unregisters-while-asked", test_unregisters_while_asked);
  add ("/agents/cancel", test_cancel);
  add ("/agents/deadline", test_deadline);
  add ("/agents/liars", test_liars);
  add ("/agents/half-an-answer", test_half_an_answer);
  add ("/agents/one-question-a-connection", test_one_question_a_connection);
  add ("/agents/vanishes-with-two", test_vanishes_with_two);
  add ("/agents/release", test_release);
  g_test_add_func ("/agents/may-ask", test_may_ask);
  return g_test_run ();
}
