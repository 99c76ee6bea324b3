/* SPDX-License-Identifier: GPL-2.0-or-later */
/* SPDX-FileCopyrightText: The l2tp-client authors */

/* The walk over the LNS's addresses, with IPsec, and its local ports, for each. An address is given
 * up when the tunnel there ends before it was up, or at once when ICMP says that nobody listens
 * (XPRT-22). Hides how many addresses were tried. Design section 6. */

#include "l2tp-dial-private.h"

#include <errno.h>
#include <string.h>

#include "l2tp-call-error.h"
#include "l2tp-retry.h"
#include "l2tp-targets.h"
#include "service/base/l2tp-error.h"
#include "service/base/l2tp-log.h"

#define HOPS_MAX     3   /* TUN-30 */
#define REPEAT_FIRST 50  /* ms, inside IPsec */
#define REPEAT_LAST  400 /* ms */

/* s of silence, four SCCRQs: only the last address gets all 31 s, if it is no substitute */
#define NEXT_ADDRESS_AFTER 8

enum
{
  TRYING,
  UP,
  REFUSED,
  FAILED,
  N_SIGNALS,
};

static guint signals[N_SIGNALS];

G_DEFINE_FINAL_TYPE (L2tpDial, l2tp_dial, G_TYPE_OBJECT)

static gboolean
report_failure (gpointer data)
{
  g_autoptr (L2tpDial) self = g_object_ref (L2TP_DIAL (data));

  self->failure_source = 0;
  g_signal_emit (self, signals[FAILED], 0, self->failure_stage, self->failure);
  return G_SOURCE_REMOVE;
}

void
l2tp_dial_fail (L2tpDial *self, L2tpStage stage, GError *error)
{
  self->failure_stage = stage;
  g_clear_error (&self->failure);
  self->failure = error;
  if (self->failure_source == 0)
    self->failure_source = g_idle_add (report_failure, self);
}

void
l2tp_dial_drop_driver (L2tpDial *self, guint16 result)
{
  g_clear_handle_id (&self->repeat_source, g_source_remove);
  g_clear_handle_id (&self->lost_source, g_source_remove);
  if (self->driver == NULL)
    return;
  g_signal_handlers_disconnect_by_data (self->driver, self);
  l2tp_driver_close (self->driver, result, 0);
  g_clear_object (&self->driver);
}

/* Replaces the remedy, which is the second line. */
static void
set_remedy (GError *error, const char *remedy)
{
  g_autofree char *message = g_steal_pointer (&error->message);

  error->message = g_strdup_printf ("%.*s\n%s", (int) strcspn (message, "\n"), message, remedy);
}

static GError *
describe_end (L2tpDial *self, const L2tpResult *result)
{
  GError *error = l2tp_call_error_from_tunnel (result);
  g_autofree char *more = NULL;

  if (result->kind != L2TP_RESULT_NO_ANSWER)
    return error;
  if (self->secure != NULL)
    set_remedy (error,
                "IPsec is up, so the LNS is there: its L2TP service may be down, or may want "
                "another local-port.");
  /* A socket that is connected from the start does not see an answer from another port (HDR-12). */
  else if (l2tp_config_get_uint (self->config, L2TP_OPTION_LOCAL_PORT) != 0)
    {
      more = g_strconcat (strchr (error->message, '\n') + 1,
                          " With local-port=auto it may also answer from another port.", NULL);
      set_remedy (error, more);
    }
  return error;
}

/* An LNS that says who it is, by IPsec, may send us to another one, which then has to say so as
 * well; outside of it anybody could (TUN-30). */
static void
follow (L2tpDial *self, const char *other)
{
  g_autoptr (GInetAddress) address = NULL;

  if (other == NULL || self->hops == HOPS_MAX ||
      !l2tp_config_get_boolean (self->config, L2TP_OPTION_IPSEC_ENABLED))
    return;
  self->hops++;
  address = g_inet_address_new_from_string (other);
  l2tp_info (self->tag, "the LNS sends us to %s", other);
  g_ptr_array_insert (self->targets, (int) self->next, l2tp_target_new (self->config, address));
}

static void
on_driver_event (L2tpDriver *driver, const L2tpEvent *event, L2tpDial *self)
{
  switch (event->type)
    {
    case L2TP_EVENT_TUNNEL_UP:
      {
        g_autoptr (L2tpDriver) up = g_steal_pointer (&self->driver);

        g_signal_handlers_disconnect_by_data (up, self);
        g_clear_handle_id (&self->next_source, g_source_remove);
        g_clear_handle_id (&self->repeat_source, g_source_remove);
        g_clear_handle_id (&self->lost_source, g_source_remove);
        g_signal_emit (self, signals[UP], 0, up, self->session_id);
        return;
      }
    case L2TP_EVENT_TUNNEL_DOWN:
      follow (self, event->result.other);
      l2tp_dial_try_next (self, describe_end (self, &event->result));
      return;
    case L2TP_EVENT_SESSION_REPLIED:
    case L2TP_EVENT_SESSION_UP:
    case L2TP_EVENT_SESSION_DOWN:
    case L2TP_EVENT_DEAD:
      return;
    }
}

/* The one that is remembered has failed, and may be back sooner than any other. */
static gboolean
is_second_choice (L2tpDial *self)
{
  return self->remembered != NULL &&
         l2tp_targets_find (self->targets, self->remembered) + 1 < self->next;
}

static gboolean
on_next_address (gpointer data)
{
  static const L2tpResult no_answer = { .kind = L2TP_RESULT_NO_ANSWER };
  L2tpDial *self = L2TP_DIAL (data);
  gboolean is_last = self->next == self->targets->len;

  if (is_last && self->resolving)
    return G_SOURCE_CONTINUE;
  self->next_source = 0;
  if (!is_last)
    l2tp_dial_try_next (self, NULL);
  else if (is_second_choice (self) && !l2tp_dial_ask_again (self))
    l2tp_dial_try_next (self, describe_end (self, &no_answer));
  return G_SOURCE_REMOVE;
}

void
l2tp_dial_try_next_in (L2tpDial *self, guint ms)
{
  self->next_source = g_timeout_add (ms, on_next_address, self);
}

static void
on_icmp_error (L2tpDriver *driver, int saved_errno, L2tpDial *self)
{
  guint port = l2tp_config_get_uint (self->config, L2TP_OPTION_PORT);
  g_autoptr (GError) error = l2tp_call_error_from_icmp (saved_errno, port);

  /* Nothing has been sent yet that it could be about. */
  if (self->stage == L2TP_STAGE_IPSEC)
    return;
  if (self->next == self->targets->len && saved_errno == ECONNREFUSED && l2tp_dial_ask_again (self))
    {
      if (self->refusals == 1)
        g_signal_emit (self, signals[REFUSED], 0, error);
      return;
    }
  if (self->next == self->targets->len && l2tp_dial_wait_for_way (self, saved_errno))
    return;
  /* An ICMP error can be forged, or pass: it moves on to another address, but only a closed port or
   * the lack of a route of our own ends the last one. */
  if (self->next < self->targets->len || saved_errno != EHOSTUNREACH)
    l2tp_dial_try_next (self, g_steal_pointer (&error));
}

static gboolean
open_driver (L2tpDial *self, GInetSocketAddress *lns, GError **error)
{
  g_autofree char *text = g_inet_address_to_string (g_inet_socket_address_get_address (lns));

  l2tp_debug (self->tag, "trying %s port %u", text, g_inet_socket_address_get_port (lns));
  self->driver = l2tp_driver_new_from (self->config, self->tag, self->ports, lns,
                                       self->local_ports[self->port], error);
  if (self->driver == NULL)
    return FALSE;
  g_signal_connect (self->driver, "event", G_CALLBACK (on_driver_event), self);
  g_signal_connect (self->driver, "icmp-error", G_CALLBACK (on_icmp_error), self);
  return TRUE;
}

static void
enter (L2tpDial *self, L2tpStage stage)
{
  self->stage = stage;
  g_signal_emit (self, signals[TRYING], 0, stage);
}

static gboolean on_repeat (gpointer data);

/* An SCCRQ inside IPsec may overtake what gives the LNS its end of the SA, and is dropped there. A
 * kernel that has refused some tells of few others (icmp(7), icmp_ratelimit). */
static void
repeat_soon (L2tpDial *self)
{
  if (self->refusals > 0 && l2tp_dial_may_ask (self))
    self->repeat_source = g_timeout_add (l2tp_dial_get_ask_delay (self), on_repeat, self);
  else if (self->secure != NULL && self->repeat_after <= REPEAT_LAST)
    self->repeat_source = g_timeout_add (self->repeat_after, on_repeat, self);
}

static gboolean
on_repeat (gpointer data)
{
  L2tpDial *self = L2TP_DIAL (data);

  self->repeat_source = 0;
  l2tp_driver_insist (self->driver);
  self->repeat_after *= 2;
  repeat_soon (self);
  return G_SOURCE_REMOVE;
}

static void
open_tunnel (L2tpDial *self)
{
  self->session_id = l2tp_driver_open (self->driver);
  self->repeat_after = REPEAT_FIRST;
  repeat_soon (self);
  if (self->next < self->targets->len || self->resolving || is_second_choice (self))
    self->next_source = g_timeout_add_seconds (NEXT_ADDRESS_AFTER, on_next_address, self);
  enter (self, L2TP_STAGE_TUNNEL);
}

static void try_target (L2tpDial *self);

/* Returns whether the same address is being tried from another port. */
static gboolean
try_next_port (L2tpDial *self)
{
  if (self->port + 1 == self->n_ports)
    return FALSE;
  l2tp_dial_drop_driver (self, 1);
  self->port++;
  try_target (self);
  return TRUE;
}

static const char *
describe_port (L2tpDial *self, guint index)
{
  return self->local_ports[index] == 0 ? "any port" : "port 1701";
}

/* Another address helps only against what is wrong with this one: a key that was refused is not
 * shown around. */
static void
on_insecure (L2tpDial *self, GError *error)
{
  if (l2tp_secure_was_refused_port (self->secure) && self->port + 1 < self->n_ports)
    {
      l2tp_info (self->tag, "ipsec: the LNS takes no L2TP from %s; trying %s",
                 describe_port (self, self->port), describe_port (self, self->port + 1));
      g_error_free (error);
      try_next_port (self);
      return;
    }
  if (l2tp_secure_was_refused_port (self->secure) && self->n_ports > 1)
    set_remedy (error,
                "Neither port 1701 nor any other will do; ask the administrator of the LNS.");
  if (!g_error_matches (error, L2TP_ERROR, L2TP_ERROR_TIMEOUT) &&
      !g_error_matches (error, L2TP_ERROR, L2TP_ERROR_UNREACHABLE))
    {
      self->next = self->targets->len;
      self->resolving = FALSE;
    }
  l2tp_dial_try_next (self, error);
}

static void
on_secured (GObject *source, GAsyncResult *result, gpointer data)
{
  g_autoptr (L2tpDial) self = data;
  GError *error = NULL;
  gboolean is_secure = l2tp_secure_up_finish (L2TP_SECURE (source), result, &error);

  if (g_cancellable_is_cancelled (self->cancellable))
    g_clear_error (&error);
  else if (g_cancellable_is_cancelled (self->securing))
    {
      g_clear_error (&error);
      l2tp_dial_begin_anew (self);
    }
  else if (is_secure)
    open_tunnel (self);
  else
    on_insecure (self, error);
}

static void
try_target (L2tpDial *self)
{
  g_autoptr (GError) error = NULL;

  if (!open_driver (self, self->target, &error))
    {
      if (!g_error_matches (error, L2TP_ERROR, L2TP_ERROR_BUSY) || !try_next_port (self))
        l2tp_dial_try_next (self, g_steal_pointer (&error));
      return;
    }
  if (self->secure == NULL)
    {
      open_tunnel (self);
      return;
    }
  enter (self, L2TP_STAGE_IPSEC);
  g_clear_object (&self->securing);
  self->securing = g_cancellable_new ();
  l2tp_secure_up_async (self->secure, self->driver, self->securing, on_secured,
                        g_object_ref (self));
}

static void
on_held (GObject *source, GAsyncResult *result, gpointer data)
{
  g_autoptr (L2tpDial) self = data;
  g_autoptr (GError) error = NULL;

  if (l2tp_network_hold_finish (L2TP_NETWORK (source), result, &error))
    {
      g_set_object (&self->held, self->target);
      try_target (self);
    }
  else if (!g_cancellable_is_cancelled (self->cancellable))
    l2tp_dial_try_next (self, g_steal_pointer (&error));
}

/* Takes @reason, why no address did that is known yet. */
static void
wait_for_name (L2tpDial *self, GError *reason)
{
  self->failure_stage = self->stage;
  g_clear_error (&self->failure);
  self->failure = reason;
  enter (self, L2TP_STAGE_RESOLVE);
}

void
l2tp_dial_try_next (L2tpDial *self, GError *reason)
{
  g_autoptr (GError) error = reason;

  l2tp_dial_drop_driver (self, 1);
  g_clear_handle_id (&self->next_source, g_source_remove);
  if (self->next == self->targets->len)
    {
      if (self->resolving)
        wait_for_name (self, g_steal_pointer (&error));
      else
        l2tp_dial_fail (self, self->stage, g_steal_pointer (&error));
      return;
    }
  self->target = g_ptr_array_index (self->targets, self->next++);
  self->port = 0;
  self->stage = L2TP_STAGE_TUNNEL;
  if (self->network != NULL && self->held != self->target)
    l2tp_network_hold_async (self->network, g_inet_socket_address_get_address (self->target),
                             self->cancellable, on_held, g_object_ref (self));
  else
    try_target (self);
}

L2tpDial *
l2tp_dial_new (L2tpConfig *config,
               const char *tag,
               L2tpPorts *ports,
               L2tpNetwork *network,
               L2tpSecure *secure)
{
  L2tpDial *self = g_object_new (L2TP_TYPE_DIAL, NULL);

  self->config = l2tp_config_ref (config);
  self->tag = g_strdup (tag);
  self->ports = l2tp_ports_ref (ports);
  g_set_object (&self->network, network);
  g_set_object (&self->secure, secure);
  self->n_ports = 1;
  if (secure != NULL)
    self->n_ports = l2tp_secure_get_ports (secure, self->local_ports);
  else
    self->local_ports[0] = l2tp_config_get_local_port (config);
  return self;
}

void
l2tp_dial_know (L2tpDial *dial, GInetAddress *lns)
{
  g_ptr_array_add (dial->targets, l2tp_target_new (dial->config, lns));
  dial->next = dial->targets->len;
}

void
l2tp_dial_again (L2tpDial *dial, GInetSocketAddress *lns, const char *other, gint64 delay)
{
  guint target = l2tp_targets_find (dial->targets, g_inet_socket_address_get_address (lns));

  if (target == dial->targets->len)
    l2tp_dial_know (dial, g_inet_socket_address_get_address (lns));
  dial->next = dial->first = target;
  dial->lost_at = g_get_monotonic_time ();
  dial->refusals = 0;
  g_set_object (&dial->remembered, g_inet_socket_address_get_address (lns));
  follow (dial, other);
  l2tp_dial_try_next_in (dial, (guint) (delay / 1000));
}

GPtrArray *
l2tp_dial_get_targets (L2tpDial *dial)
{
  GPtrArray *targets = g_ptr_array_new_with_free_func (g_object_unref);
  guint n = dial->targets->len;

  for (guint i = 0; i < n; i++)
    g_ptr_array_add (
        targets, g_object_ref (g_ptr_array_index (dial->targets, (dial->next + n - 1 + i) % n)));
  return targets;
}

void
l2tp_dial_cancel (L2tpDial *dial, guint16 result)
{
  g_cancellable_cancel (dial->cancellable);
  g_cancellable_cancel (dial->securing);
  g_clear_handle_id (&dial->moved_source, g_source_remove);
  g_clear_handle_id (&dial->failure_source, g_source_remove);
  g_clear_handle_id (&dial->next_source, g_source_remove);
  l2tp_dial_drop_driver (dial, result);
}

static void
l2tp_dial_dispose (GObject *object)
{
  L2tpDial *self = L2TP_DIAL (object);

  l2tp_dial_cancel (self, 1);
  G_OBJECT_CLASS (l2tp_dial_parent_class)->dispose (object);
}

static void
l2tp_dial_finalize (GObject *object)
{
  L2tpDial *self = L2TP_DIAL (object);

  g_ptr_array_unref (self->targets);
  g_clear_error (&self->failure);
  g_object_unref (self->cancellable);
  g_clear_object (&self->securing);
  g_clear_object (&self->held);
  g_clear_object (&self->remembered);
  g_clear_object (&self->network);
  g_clear_object (&self->secure);
  l2tp_ports_unref (self->ports);
  l2tp_config_unref (self->config);
  g_free (self->tag);
  G_OBJECT_CLASS (l2tp_dial_parent_class)->finalize (object);
}

static void
l2tp_dial_class_init (L2tpDialClass *klass)
{
  GObjectClass *object_class = G_OBJECT_CLASS (klass);

  object_class->dispose = l2tp_dial_dispose;
  object_class->finalize = l2tp_dial_finalize;

  signals[TRYING] = g_signal_new ("trying", L2TP_TYPE_DIAL, G_SIGNAL_RUN_LAST, 0, NULL, NULL, NULL,
                                  G_TYPE_NONE, 1, G_TYPE_UINT);
  signals[UP] = g_signal_new ("up", L2TP_TYPE_DIAL, G_SIGNAL_RUN_LAST, 0, NULL, NULL, NULL,
                              G_TYPE_NONE, 2, L2TP_TYPE_DRIVER, G_TYPE_UINT);
  signals[REFUSED] = g_signal_new ("refused", L2TP_TYPE_DIAL, G_SIGNAL_RUN_LAST, 0, NULL, NULL,
                                   NULL, G_TYPE_NONE, 1, G_TYPE_ERROR);
  signals[FAILED] = g_signal_new ("failed", L2TP_TYPE_DIAL, G_SIGNAL_RUN_LAST, 0, NULL, NULL, NULL,
                                  G_TYPE_NONE, 2, G_TYPE_UINT, G_TYPE_ERROR);
}

static void
l2tp_dial_init (L2tpDial *self)
{
  self->cancellable = g_cancellable_new ();
  self->targets = g_ptr_array_new_with_free_func (g_object_unref);
}
