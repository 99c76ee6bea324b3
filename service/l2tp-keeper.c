/* SPDX-License-Identifier: GPL-2.0-or-later */
/* SPDX-FileCopyrightText: The l2tp-client authors */

/* Writes each connection's state whenever it changes, so that a service that is killed has nothing
 * left to do: handing over is dying without cleaning up. Hides when a file is written and removed,
 * and what a state is worth when it is found. Owned by the service. Design section 6. */

#include "l2tp-keeper.h"

#include "l2tp-handover.h"
#include "l2tp-state.h"
#include "service/base/l2tp-log.h"
#include "service/ipsec/l2tp-ipsec-guard.h"
#include "service/ppp/l2tp-pppd-stray.h"

#define SETTLE_TIME 100 /* ms */

struct _L2tpKeeper
{
  GObject parent_instance;

  L2tpManager *manager;
  L2tpNetlink *netlink;
  char *directory;
  guint sweep;
};

G_DEFINE_FINAL_TYPE (L2tpKeeper, l2tp_keeper, G_TYPE_OBJECT)

/* --- Writing ------------------------------------------------------------------------------- */

static void
save (L2tpKeeper *self, L2tpConnection *connection)
{
  const char *uuid = l2tp_connection_get_uuid (connection);
  L2tpCall *call = l2tp_connection_get_call (connection);
  g_autoptr (GVariant) settings = l2tp_config_to_variant (l2tp_connection_get_config (connection));
  g_autoptr (GVariant) exported =
      call != NULL ? g_variant_ref_sink (l2tp_call_export (call)) : NULL;
  L2tpNetwork *network = l2tp_connection_get_network (connection);
  g_autoptr (GVariant) ip = network != NULL ? l2tp_network_export (network) : NULL;
  const char *lns_name;
  GInetAddress *lns = l2tp_connection_get_lns (connection, &lns_name);
  g_autoptr (GError) error = NULL;
  L2tpState state = {
    .uuid = (char *) uuid,
    .bound = (char *) l2tp_connection_get_bound (connection, FALSE),
    .maker = (char *) l2tp_connection_get_bound (connection, TRUE),
    .settings = settings,
    .owner = l2tp_connection_get_owner (connection),
    .source = l2tp_connection_get_source (connection),
    .wanted = l2tp_connection_is_wanted (connection),
    .was_up = l2tp_connection_was_up (connection),
    .guarding = l2tp_connection_is_guarding (connection),
    .since = l2tp_connection_get_since (connection),
    .failures = l2tp_connection_get_retry_count (connection),
    .next_retry = l2tp_connection_get_next_retry (connection),
    .error = (GError *) l2tp_connection_get_error (connection),
    .lns = lns,
    .lns_name = (char *) lns_name,
    .call = exported,
    .ip = ip,
  };

  if (exported != NULL)
    l2tp_handover_get_pppd (exported, &state.pid, &state.start_time);
  if (!l2tp_state_write (self->directory, &state, &error))
    l2tp_warning (uuid, "a restart of the service will end the connection: %s", error->message);
}

static void
on_save (gpointer source, L2tpKeeper *self)
{
  GPtrArray *connections = l2tp_manager_get_connections (self->manager);

  for (guint i = 0; i < connections->len; i++)
    {
      L2tpConnection *connection = g_ptr_array_index (connections, i);

      if ((gpointer) l2tp_connection_get_call (connection) == source ||
          (gpointer) l2tp_connection_get_network (connection) == source)
        save (self, connection);
    }
}

/* @source: (nullable): a part of a connection, which emits "save" */
static void
watch (L2tpKeeper *self, gpointer source)
{
  if (source != NULL && g_signal_handler_find (source, G_SIGNAL_MATCH_FUNC | G_SIGNAL_MATCH_DATA, 0,
                                               0, NULL, on_save, self) == 0)
    g_signal_connect_object (source, "save", G_CALLBACK (on_save), self, 0);
}

/* What starts by itself, and the user has put down, is not started by the next service. */
static gboolean
is_held_down (L2tpConnection *connection)
{
  return l2tp_connection_get_source (connection) == L2TP_SOURCE_DISK &&
         l2tp_connection_get_state (connection) == L2TP_CONNECTION_STATE_DISCONNECTED &&
         l2tp_connection_get_reason (connection) == L2TP_STATE_REASON_USER_REQUEST &&
         l2tp_config_get_boolean (l2tp_connection_get_config (connection), L2TP_OPTION_AUTOSTART);
}

static void
on_changed (L2tpConnection *connection, L2tpKeeper *self)
{
  watch (self, l2tp_connection_get_call (connection));
  watch (self, l2tp_connection_get_network (connection));
  if (l2tp_connection_needs_end (connection) || is_held_down (connection))
    save (self, connection);
  else
    l2tp_state_remove (self->directory, l2tp_connection_get_uuid (connection));
}

static void
on_added (L2tpManager *manager, L2tpConnection *connection, L2tpKeeper *self)
{
  g_signal_connect_object (connection, "changed", G_CALLBACK (on_changed), self, 0);
}

static void
on_removed (L2tpManager *manager, L2tpConnection *connection, L2tpKeeper *self)
{
  l2tp_state_remove (self->directory, l2tp_connection_get_uuid (connection));
}

/* --- Adopting ------------------------------------------------------------------------------ */

/* A connection in memory is known from its state alone. So are those that are to go: one whose
 * profile was deleted while no service ran, and NetworkManager's, which was told that it is gone.
 * The former passes for one of the latter: its name may be another connection's by now. */
static L2tpConnection *
find_connection (L2tpKeeper *self, const L2tpState *state, gboolean *ret_deleted, GError **error)
{
  L2tpConnection *connection = l2tp_manager_find_by_uuid (self->manager, state->uuid);
  g_autoptr (L2tpConfig) config = NULL;

  *ret_deleted = FALSE;
  if (connection != NULL && l2tp_connection_get_source (connection) == state->source)
    return connection;
  *ret_deleted = state->source != L2TP_SOURCE_MEMORY;
  config = l2tp_config_new (state->settings, NULL, error);
  if (config == NULL)
    return NULL;
  return l2tp_manager_add (self->manager, config, state->owner,
                           *ret_deleted ? L2TP_SOURCE_NETWORKMANAGER : L2TP_SOURCE_MEMORY, error);
}

static void
adopt (L2tpKeeper *self, L2tpState *state)
{
  g_autoptr (GError) error = NULL;
  gboolean deleted;
  L2tpConnection *connection = find_connection (self, state, &deleted, &error);

  if (connection == NULL)
    {
      l2tp_warning (state->uuid, "not adopted: %s", error->message);
      l2tp_handover_end (state->pid, state->start_time);
      l2tp_state_remove (self->directory, state->uuid);
      return;
    }
  if (state->call == NULL) /* or another version's */
    l2tp_handover_end (state->pid, state->start_time);
  state->wanted &= !deleted;
  l2tp_connection_adopt (connection, state);
  if (deleted)
    l2tp_manager_remove_async (self->manager, connection, NULL, NULL, NULL);
}

/* Nothing tells of them: the file was torn, or somebody has removed it. */
static void
end_strays (L2tpKeeper *self)
{
  GPtrArray *connections = l2tp_manager_get_connections (self->manager);
  g_autoptr (GArray) keep = g_array_new (FALSE, FALSE, sizeof (GPid));
  guint n_ended;

  for (guint i = 0; i < connections->len; i++)
    {
      L2tpCall *call = l2tp_connection_get_call (g_ptr_array_index (connections, i));
      GPid pid = call != NULL ? l2tp_ppp_get_pid (l2tp_call_get_ppp (call)) : 0;

      if (pid != 0)
        g_array_append_val (keep, pid);
    }
  n_ended = l2tp_pppd_stray_end (keep);
  if (n_ended > 0)
    l2tp_info (NULL, "ended %u pppd of an earlier service that nothing tells of", n_ended);
}

static void
on_cleaned (GObject *source, GAsyncResult *result, gpointer data)
{
  l2tp_network_clean_finish (result);
}

/* What nobody has adopted. */
static void
clean_networks (L2tpKeeper *self)
{
  GPtrArray *connections = l2tp_manager_get_connections (self->manager);
  g_autoptr (GPtrArray) networks = g_ptr_array_new ();

  for (guint i = 0; i < connections->len; i++)
    {
      L2tpNetwork *network = l2tp_connection_get_network (g_ptr_array_index (connections, i));

      if (network != NULL)
        g_ptr_array_add (networks, network);
    }
  l2tp_network_clean_async (self->netlink, networks, on_cleaned, NULL);
}

/* Guards of the service before us, but not before those that are adopted have one of ours, nor
 * before the pppds that are not have died, and with them what would go out in the clear. */
static gboolean
sweep_guards (gpointer data)
{
  L2tpKeeper *self = L2TP_KEEPER (data);
  GPtrArray *connections = l2tp_manager_get_connections (self->manager);
  g_autoptr (GArray) ids = g_array_new (FALSE, FALSE, sizeof (guint32));
  g_autoptr (GError) error = NULL;
  int n_swept;

  for (guint i = 0; i < connections->len; i++)
    {
      L2tpCall *call = l2tp_connection_get_call (g_ptr_array_index (connections, i));
      L2tpSecure *secure = call != NULL ? l2tp_call_get_secure (call) : NULL;
      guint32 id = secure != NULL ? l2tp_secure_get_guard_id (secure) : 0;

      if (id != 0)
        g_array_append_val (ids, id);
    }
  n_swept = l2tp_ipsec_guard_sweep ((const guint32 *) ids->data, ids->len, &error);
  if (n_swept < 0)
    l2tp_debug (NULL, "%s", error->message);
  else if (n_swept > 0)
    l2tp_info (NULL, "removed %d IPsec policies of an earlier service", n_swept);
  self->sweep = 0;
  return G_SOURCE_REMOVE;
}

void
l2tp_keeper_adopt (L2tpKeeper *keeper)
{
  g_autoptr (GPtrArray) states = l2tp_state_read_all (keeper->directory);
  GPtrArray *connections = l2tp_manager_get_connections (keeper->manager);

  /* Not before: a connection that is at rest has no state file. */
  for (guint i = 0; i < connections->len; i++)
    on_added (keeper->manager, g_ptr_array_index (connections, i), keeper);
  g_signal_connect_object (keeper->manager, "added", G_CALLBACK (on_added), keeper, 0);
  g_signal_connect_object (keeper->manager, "removed", G_CALLBACK (on_removed), keeper, 0);
  for (guint i = 0; i < states->len; i++)
    adopt (keeper, g_ptr_array_index (states, i));
  end_strays (keeper);
  clean_networks (keeper);
  keeper->sweep = g_timeout_add (SETTLE_TIME, sweep_guards, keeper);
}

/* --- Life ---------------------------------------------------------------------------------- */

L2tpKeeper *
l2tp_keeper_new (L2tpManager *manager, L2tpNetlink *netlink, const char *directory)
{
  L2tpKeeper *self = g_object_new (L2TP_TYPE_KEEPER, NULL);

  self->manager = g_object_ref (manager);
  self->netlink = g_object_ref (netlink);
  self->directory = g_strdup (directory);
  g_mkdir_with_parents (directory, 0700);
  return self;
}

static void
l2tp_keeper_finalize (GObject *object)
{
  L2tpKeeper *self = L2TP_KEEPER (object);

  g_clear_handle_id (&self->sweep, g_source_remove);
  g_object_unref (self->manager);
  g_object_unref (self->netlink);
  g_free (self->directory);
  G_OBJECT_CLASS (l2tp_keeper_parent_class)->finalize (object);
}

static void
l2tp_keeper_class_init (L2tpKeeperClass *klass)
{
  G_OBJECT_CLASS (klass)->finalize = l2tp_keeper_finalize;
}

static void
l2tp_keeper_init (L2tpKeeper *self)
{
}
