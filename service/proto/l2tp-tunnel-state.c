/* SPDX-License-Identifier: GPL-2.0-or-later */
/* SPDX-FileCopyrightText: The l2tp-client authors */

/* An established tunnel, from one process to the next of the same boot: monotonic times are good in
 * both. Hides the layout, which is a GVariant with a version in front. Holds no secret: those, and
 * new randomness, come from the importer, so that a Random Vector is never used again (HIDE-7).
 *
 * What is imported may come from anybody: it is taken only if an engine could have written it. */

#include "l2tp-tunnel.h"

#include <string.h>

#include "l2tp-deadline.h"
#include "l2tp-tunnel-private.h"

#define VERSION       1
#define SESSION_TYPE  "(quuubuqxqb)"
#define FRONT_TYPE    "(uqqquxxssbbqbqtt)"
#define STATE_TYPE    "(" FRONT_TYPE "a" SESSION_TYPE L2TP_CHANNEL_STATE_TYPE ")"
#define MAX_SESSIONS  256
#define MAX_HOST_NAME 1024

static GVariant *
export_sessions (const L2tpTunnel *self)
{
  GVariantBuilder builder;

  g_variant_builder_init (&builder, G_VARIANT_TYPE ("a" SESSION_TYPE));
  for (guint i = 0; i < self->sessions->len; i++)
    {
      const L2tpSession *session = g_ptr_array_index (self->sessions, i);
      const L2tpSessionConfig *config = &session->config;

      g_variant_builder_add (&builder, SESSION_TYPE, config->session_id, config->call_serial,
                             config->tx_connect_speed, config->rx_connect_speed, config->sequencing,
                             (guint) session->state, session->peer_id, session->guard_at,
                             session->iccn_ns, session->iccn_out);
    }
  return g_variant_builder_end (&builder);
}

GVariant *
l2tp_tunnel_export (const L2tpTunnel *self)
{
  GVariant *front;

  if (self->state != L2TP_TUNNEL_STATE_ESTABLISHED)
    return NULL;
  front = g_variant_new (FRONT_TYPE, VERSION, self->entropy.tunnel_id, self->peer_id,
                         self->receive_window, self->peer_framing, self->heard_at,
                         self->no_sessions_at, self->peer_host_name, self->peer_vendor,
                         self->answered, self->secret_accepted, self->hello_ns, self->hello_out,
                         self->refused_id, self->n_received, self->n_dropped);
  return g_variant_new ("(@" FRONT_TYPE "@a" SESSION_TYPE "@" L2TP_CHANNEL_STATE_TYPE ")", front,
                        export_sessions (self), l2tp_channel_export (self->channel));
}

static void
take_text (char **text, const char *from)
{
  g_free (*text);
  *text = l2tp_text_sanitise ((const guint8 *) from, strnlen (from, MAX_HOST_NAME));
}

static gboolean
import_front (L2tpTunnel *self, GVariant *front, gint64 now)
{
  const char *host_name, *vendor;
  guint version;

  g_variant_get (front, "(uqqquxx&s&sbbqbqtt)", &version, &self->entropy.tunnel_id, &self->peer_id,
                 &self->receive_window, &self->peer_framing, &self->heard_at, &self->no_sessions_at,
                 &host_name, &vendor, &self->answered, &self->secret_accepted, &self->hello_ns,
                 &self->hello_out, &self->refused_id, &self->n_received, &self->n_dropped);
  take_text (&self->peer_host_name, host_name);
  take_text (&self->peer_vendor, vendor);
  return version == VERSION && self->entropy.tunnel_id != 0 && self->peer_id != 0 &&
         self->receive_window != 0 && self->heard_at >= 0 && self->heard_at <= now &&
         l2tp_deadline_is_sane (self->no_sessions_at, now);
}

static gboolean
is_session_sane (const L2tpSession *session, gint64 now)
{
  gboolean has_peer = session->state >= L2TP_SESSION_STATE_REPLIED;
  gboolean is_guarded = session->state != L2TP_SESSION_STATE_ESTABLISHED;

  return session->state >= L2TP_SESSION_STATE_WAIT_REPLY &&
         session->state <= L2TP_SESSION_STATE_ESTABLISHED && session->config.session_id != 0 &&
         has_peer == (session->peer_id != 0) && is_guarded == (session->guard_at >= 0) &&
         l2tp_deadline_is_sane (session->guard_at, now) && !(session->iccn_out && is_guarded);
}

static gboolean
import_sessions (L2tpTunnel *self, GVariant *sessions, gint64 now)
{
  gsize n = g_variant_n_children (sessions);

  if (n > MAX_SESSIONS)
    return FALSE;
  for (gsize i = 0; i < n; i++)
    {
      L2tpSessionConfig config = { 0 };
      L2tpSession *session = l2tp_session_new (self, &config);
      L2tpSessionConfig *c = &session->config;
      gboolean is_new;
      guint state;

      g_variant_get_child (sessions, i, SESSION_TYPE, &c->session_id, &c->call_serial,
                           &c->tx_connect_speed, &c->rx_connect_speed, &c->sequencing, &state,
                           &session->peer_id, &session->guard_at, &session->iccn_ns,
                           &session->iccn_out);
      session->state = MIN (state, L2TP_SESSION_STATE_ESTABLISHED + 1u);
      is_new = l2tp_session_find (self, c->session_id) == NULL;
      g_ptr_array_add (self->sessions, session);
      if (!is_new || !is_session_sane (session, now))
        return FALSE;
    }
  return TRUE;
}

L2tpTunnel *
l2tp_tunnel_import (const L2tpTunnelConfig *config,
                    const L2tpTunnelEntropy *entropy,
                    GVariant *state,
                    gint64 now)
{
  const L2tpSchedule *schedule =
      config->schedule.initial > 0 ? &config->schedule : &l2tp_schedule_default;
  g_autoptr (L2tpTunnel) self = NULL;
  g_autoptr (GVariant) front = NULL;
  g_autoptr (GVariant) sessions = NULL;
  g_autoptr (GVariant) channel = NULL;

  if (!g_variant_is_of_type (state, G_VARIANT_TYPE (STATE_TYPE)) ||
      !g_variant_is_normal_form (state))
    return NULL;
  g_variant_get (state, "(@" FRONT_TYPE "@a" SESSION_TYPE "@" L2TP_CHANNEL_STATE_TYPE ")", &front,
                 &sessions, &channel);
  self = l2tp_tunnel_new (config, entropy);
  self->state = L2TP_TUNNEL_STATE_ESTABLISHED;
  self->channel = l2tp_channel_free (self->channel);
  self->channel = l2tp_channel_import (schedule, channel, now);
  if (self->channel == NULL || !import_front (self, front, now) ||
      !import_sessions (self, sessions, now))
    return NULL;
  if (self->no_sessions_at < 0 || self->sessions->len > 0)
    {
      self->no_sessions_at = -1;
      l2tp_tunnel_check_empty (self, now);
    }
  return g_steal_pointer (&self);
}
