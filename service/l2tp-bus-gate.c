/* SPDX-License-Identifier: GPL-2.0-or-later */
/* SPDX-FileCopyrightText: The l2tp-client authors */

/* Joins who calls (l2tp-caller), what that means (l2tp-access) and what polkit says
 * (l2tp-authority), so that no adaptor has a way around them. Hides the calls that wait, and whose
 * turn it is: a program that calls a lot costs the others nothing but its turn. The bus owns it; a
 * call that waits keeps it alive, and nothing else. Source: platform reference, section 3. */

#include "l2tp-bus-gate.h"

#include "l2tp-access.h"
#include "l2tp-bus-error.h"
#include "service/base/l2tp-error.h"
#include "service/base/l2tp-log.h"

/* The bus bounds the calls that want an answer, but not those that want none. */
#define CALLS_PER_CALLER 64

#define INTERACTION_NEEDED "org.freedesktop.DBus.Error.InteractiveAuthorizationRequired"

struct _L2tpBusGate
{
  GObject parent_instance;

  GDBusConnection *bus;
  L2tpAuthority *authority;
  GHashTable *calls; /* unique name → number of its calls at the gate */
  GQueue lanes;      /* of Lane, the next one first: callers with calls that may pass */
  guint pass_source; /* while there are any */
};

G_DEFINE_FINAL_TYPE (L2tpBusGate, l2tp_bus_gate, G_TYPE_OBJECT)

/* A call at the gate. */
typedef struct
{
  L2tpBusGate *gate;
  GDBusMethodInvocation *invocation;
  L2tpCaller *caller; /* NULL until the bus has told */
  guint32 owner;
  gboolean callers_own;
  guint32 (*owner_now) (gpointer self);
  char *name;
  char *gateway;
  GWeakRef self;
  L2tpBusMethod method;
} Call;

/* What one caller has to get done, in its order. */
typedef struct
{
  const char *sender; /* of each of them */
  GQueue calls;       /* never empty */
} Lane;

/* --- The calls of each caller --------------------------------------------------------------- */

static guint
count_of (L2tpBusGate *gate, const char *sender)
{
  return GPOINTER_TO_UINT (g_hash_table_lookup (gate->calls, sender));
}

static void
set_count (L2tpBusGate *gate, const char *sender, guint count)
{
  if (count > 0)
    g_hash_table_insert (gate->calls, g_strdup (sender), GUINT_TO_POINTER (count));
  else
    g_hash_table_remove (gate->calls, sender);
}

static const char *
sender_of (GDBusMethodInvocation *invocation)
{
  const char *sender = g_dbus_method_invocation_get_sender (invocation);

  return sender != NULL ? sender : "";
}

static Call *
call_new (L2tpBusGate *gate,
          GDBusMethodInvocation *invocation,
          const L2tpBusSubject *subject,
          GObject *self,
          L2tpBusMethod method)
{
  Call *call = g_new0 (Call, 1);

  call->gate = g_object_ref (gate);
  call->invocation = g_object_ref (invocation);
  call->owner = subject != NULL ? subject->owner : L2TP_OWNER_ALL;
  call->callers_own = subject != NULL && subject->callers_own;
  call->owner_now = subject != NULL ? subject->owner_now : NULL;
  call->name = g_strdup (subject != NULL ? subject->name : NULL);
  call->gateway = g_strdup (subject != NULL ? subject->gateway : NULL);
  call->method = method;
  g_weak_ref_init (&call->self, self);
  set_count (gate, sender_of (invocation), count_of (gate, sender_of (invocation)) + 1);
  return call;
}

static void
call_free (Call *call)
{
  const char *sender = sender_of (call->invocation);

  set_count (call->gate, sender, count_of (call->gate, sender) - 1);
  g_weak_ref_clear (&call->self);
  g_clear_pointer (&call->caller, l2tp_caller_free);
  g_free (call->name);
  g_free (call->gateway);
  g_object_unref (call->invocation);
  g_object_unref (call->gate);
  g_free (call);
}

/* --- Its ways out -------------------------------------------------------------------------- */

/* Takes @invocation and @error. */
static void
refuse (GDBusMethodInvocation *invocation, GError *error)
{
  l2tp_debug (NULL, "%s is refused %s: %s", sender_of (invocation),
              g_dbus_method_invocation_get_method_name (invocation), error->message);
  if (error->domain == L2TP_AUTHORITY_ERROR)
    {
      g_dbus_method_invocation_return_dbus_error (invocation, INTERACTION_NEEDED, error->message);
      g_error_free (error);
    }
  else
    l2tp_bus_return_error (invocation, error);
}

static void
call_refuse (Call *call, GError *error)
{
  refuse (g_object_ref (call->invocation), error);
  call_free (call);
}

static void
call_run (Call *call)
{
  g_autoptr (GObject) self = g_weak_ref_get (&call->self);

  if (self == NULL)
    {
      call_refuse (call, g_error_new_literal (L2TP_ERROR, L2TP_ERROR_NOT_FOUND,
                                              "The object has gone in the meantime\nLook at what "
                                              "there is now."));
      return;
    }
  if (call->owner_now != NULL && call->owner_now (self) != call->owner)
    {
      call_refuse (call, g_error_new_literal (L2TP_ERROR, L2TP_ERROR_NOT_AUTHORIZED,
                                              "The connection has got another owner in the "
                                              "meantime\nCall again."));
      return;
    }
  call->method (self, g_object_ref (call->invocation), call->caller);
  call_free (call);
}

/* One call in a turn of the main loop, of each caller in turn: between them the tunnels have
 * theirs.
 */
static gboolean
pass_next (gpointer data)
{
  g_autoptr (L2tpBusGate) gate = g_object_ref (L2TP_BUS_GATE (data));
  Lane *lane = g_queue_pop_head (&gate->lanes);
  Call *call = g_queue_pop_head (&lane->calls);
  gboolean more;

  if (g_queue_is_empty (&lane->calls))
    g_free (lane);
  else
    {
      lane->sender = sender_of (((Call *) g_queue_peek_head (&lane->calls))->invocation);
      g_queue_push_tail (&gate->lanes, lane);
    }
  more = !g_queue_is_empty (&gate->lanes);
  if (!more)
    gate->pass_source = 0;
  call_run (call);
  return more ? G_SOURCE_CONTINUE : G_SOURCE_REMOVE;
}

static void
call_pass (Call *call)
{
  L2tpBusGate *gate = call->gate;
  const char *sender = sender_of (call->invocation);
  Lane *lane = NULL;

  for (GList *each = gate->lanes.head; each != NULL && lane == NULL; each = each->next)
    if (g_str_equal (((Lane *) each->data)->sender, sender))
      lane = each->data;
  if (lane == NULL)
    {
      lane = g_new0 (Lane, 1);
      lane->sender = sender;
      g_queue_push_tail (&gate->lanes, lane);
    }
  g_queue_push_tail (&lane->calls, call);
  if (gate->pass_source == 0)
    gate->pass_source = g_idle_add_full (G_PRIORITY_DEFAULT, pass_next, gate, NULL);
}

/* --- Its way through ----------------------------------------------------------------------- */

static void
on_checked (GObject *source, GAsyncResult *result, gpointer data)
{
  Call *call = data;
  GError *error = NULL;

  if (l2tp_authority_check_finish (L2TP_AUTHORITY (source), result, &error))
    call_pass (call);
  else
    call_refuse (call, error);
}

static void
call_ask (Call *call, const char *action)
{
  GDBusMessage *message = g_dbus_method_invocation_get_message (call->invocation);
  gboolean interactive = (g_dbus_message_get_flags (message) &
                          G_DBUS_MESSAGE_FLAGS_ALLOW_INTERACTIVE_AUTHORIZATION) != 0;

  l2tp_authority_check_async (call->gate->authority, call->caller->name, action, call->name,
                              call->gateway, interactive, NULL, on_checked, call);
}

static void
call_judge (Call *call)
{
  const char *interface = g_dbus_method_invocation_get_interface_name (call->invocation);
  const char *method = g_dbus_method_invocation_get_method_name (call->invocation);
  guint32 owner = call->callers_own ? call->caller->uid : call->owner;
  const char *action = NULL;

  switch (l2tp_access_judge (interface, method, owner, call->caller->uid, &action))
    {
    case L2TP_ACCESS_ALLOW:
      call_pass (call);
      return;
    case L2TP_ACCESS_ASK:
      call_ask (call, action);
      return;
    case L2TP_ACCESS_DENY:
      call_refuse (call, g_error_new (L2TP_ERROR, L2TP_ERROR_NOT_AUTHORIZED,
                                      "%s.%s: nobody may call it\nSee org.l2tp(5) for what there "
                                      "is.",
                                      interface, method));
      return;
    }
}

static void
on_caller (GObject *source, GAsyncResult *result, gpointer data)
{
  Call *call = data;
  GError *error = NULL;

  call->caller = l2tp_caller_lookup_finish (result, &error);
  if (call->caller != NULL)
    call_judge (call);
  else
    call_refuse (call, error);
}

void
l2tp_bus_gate_run (L2tpBusGate *gate,
                   GDBusMethodInvocation *invocation,
                   const L2tpBusSubject *subject,
                   GObject *self,
                   L2tpBusMethod method)
{
  g_autoptr (GDBusMethodInvocation) owned = invocation;

  if (count_of (gate, sender_of (invocation)) >= CALLS_PER_CALLER)
    {
      refuse (g_steal_pointer (&owned),
              g_error_new (L2TP_ERROR, L2TP_ERROR_BUSY,
                           "This program has %u calls waiting already\nCall again when they are "
                           "answered.",
                           CALLS_PER_CALLER));
      return;
    }
  l2tp_caller_lookup_async (gate->bus, g_dbus_method_invocation_get_sender (invocation), NULL,
                            on_caller, call_new (gate, invocation, subject, self, method));
}

/* --- Life ---------------------------------------------------------------------------------- */

L2tpBusGate *
l2tp_bus_gate_new (GDBusConnection *bus, L2tpAuthority *authority)
{
  L2tpBusGate *self = g_object_new (L2TP_TYPE_BUS_GATE, NULL);

  self->bus = g_object_ref (bus);
  self->authority = g_object_ref (authority);
  return self;
}

static void
l2tp_bus_gate_finalize (GObject *object)
{
  L2tpBusGate *self = L2TP_BUS_GATE (object);

  g_clear_object (&self->bus);
  g_clear_object (&self->authority);
  g_hash_table_unref (self->calls);
  G_OBJECT_CLASS (l2tp_bus_gate_parent_class)->finalize (object);
}

static void
l2tp_bus_gate_class_init (L2tpBusGateClass *klass)
{
  G_OBJECT_CLASS (klass)->finalize = l2tp_bus_gate_finalize;
}

static void
l2tp_bus_gate_init (L2tpBusGate *self)
{
  self->calls = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, NULL);
}
