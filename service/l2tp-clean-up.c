/* SPDX-License-Identifier: GPL-2.0-or-later */
/* SPDX-FileCopyrightText: The l2tp-client authors */

/* Adopts every call, and ends it as the service would have. Without bus and profiles: the states
 * and the service's settings are enough. For ExecStopPost= of a service that hung. systemd.exec(5).
 */

#include "l2tp-clean-up.h"

#include "l2tp-call.h"
#include "l2tp-handover.h"
#include "l2tp-settings.h"
#include "l2tp-state.h"
#include "service/base/l2tp-log.h"
#include "service/ipsec/l2tp-ipsec-guard.h"
#include "service/ppp/l2tp-pppd-stray.h"

#define PATIENCE    3000 /* ms */
#define SETTLE_TIME 100  /* ms, for what is killed to be gone before its guard goes */
#define SWEEP_TIME  500  /* ms, for what no state tells of */

typedef struct
{
  GMainLoop *loop;
  L2tpNetlink *netlink;
  L2tpPorts *ports;
  L2tpIpsecDaemon *ike;
  guint n_left; /* of the connections, and the sweep */
} CleanUp;

typedef struct
{
  CleanUp *owner;
  L2tpNetwork *network;
  L2tpCall *call;
} Item;

gboolean
l2tp_clean_up_is_wanted (const char *result)
{
  return result == NULL || g_str_equal (result, "timeout") || g_str_equal (result, "watchdog");
}

static void
end_one (CleanUp *self)
{
  if (--self->n_left == 0)
    g_main_loop_quit (self->loop);
}

static void
on_left (GObject *source, GAsyncResult *result, gpointer data)
{
  Item *item = data;

  l2tp_network_down_finish (L2TP_NETWORK (source), result);
  end_one (item->owner);
  g_signal_handlers_disconnect_by_data (item->call, item);
  g_object_unref (item->call);
  g_object_unref (item->network);
  g_free (item);
}

static void
on_ended (L2tpCall *call, const GError *error, Item *item)
{
  l2tp_network_down_async (item->network, FALSE, on_left, item);
}

static gboolean
on_timeout (gpointer data)
{
  CleanUp *self = data;

  g_main_loop_quit (self->loop);
  return G_SOURCE_CONTINUE;
}

static void
end_connection (CleanUp *self, const L2tpState *state)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (L2tpConfig) config = l2tp_config_new (state->settings, NULL, &error);
  g_autoptr (L2tpStandby) standby = NULL;
  g_autoptr (L2tpSecure) secure = NULL;
  Item *item;

  if (config == NULL)
    {
      l2tp_warning (state->uuid, "%s", error->message);
      l2tp_handover_end (state->pid, state->start_time);
      return;
    }
  standby = l2tp_standby_new (config, state->uuid);
  if (l2tp_config_get_boolean (config, L2TP_OPTION_IPSEC_ENABLED))
    secure = l2tp_secure_new (self->ike, config, state->uuid, state->owner, 0);
  item = g_new0 (Item, 1);
  item->owner = self;
  item->network = l2tp_network_new (config, state->uuid, self->netlink, NULL);
  item->call =
      l2tp_call_new (config, state->uuid, standby, self->ports, item->network, secure, NULL);
  self->n_left++;
  l2tp_network_adopt (item->network, state->ip);
  g_signal_connect (item->call, "ended", G_CALLBACK (on_ended), item);
  if (state->call != NULL && l2tp_call_adopt (item->call, state->call, &error))
    l2tp_call_stop (item->call, L2TP_CALL_STOP_SERVICE);
  else
    l2tp_network_down_async (item->network, FALSE, on_left, item);
}

static void
run_for (CleanUp *self, guint ms)
{
  guint timer = g_timeout_add (ms, on_timeout, self);

  g_main_loop_run (self->loop);
  g_source_remove (timer);
}

static void
on_swept (GObject *source, GAsyncResult *result, gpointer data)
{
  l2tp_network_clean_finish (result);
  end_one (data);
}

/* Of states that are torn, or not to be believed. */
static void
sweep_networks (CleanUp *self)
{
  g_autoptr (GPtrArray) none = g_ptr_array_new ();

  self->n_left++;
  l2tp_network_clean_async (self->netlink, none, on_swept, self);
  run_for (self, SWEEP_TIME);
}

void
l2tp_clean_up_run (const char *directory)
{
  g_autoptr (GPtrArray) states = l2tp_state_read_all (directory);
  g_autoptr (L2tpNetlink) netlink = l2tp_netlink_new (NULL);
  g_autoptr (GArray) none = g_array_new (FALSE, FALSE, sizeof (GPid));
  CleanUp self = { .netlink = netlink };
  g_autoptr (L2tpSettings) settings = NULL;

  if (netlink == NULL)
    return;
  self.loop = g_main_loop_new (NULL, FALSE);
  self.ports = l2tp_ports_new ();
  settings = l2tp_settings_read (l2tp_settings_directories);
  self.ike = l2tp_ipsec_daemon_new (settings->vici_socket);
  for (guint i = 0; i < states->len; i++)
    end_connection (&self, g_ptr_array_index (states, i));
  if (self.n_left > 0)
    run_for (&self, PATIENCE);
  if (l2tp_pppd_stray_end (none) > 0)
    run_for (&self, SETTLE_TIME);
  sweep_networks (&self);
  l2tp_ipsec_guard_sweep (NULL, 0, NULL);
  l2tp_ipsec_daemon_unref (self.ike);
  l2tp_ports_unref (self.ports);
  g_main_loop_unref (self.loop);
}
