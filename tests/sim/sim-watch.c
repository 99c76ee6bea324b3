/* SPDX-License-Identifier: GPL-2.0-or-later */
/* SPDX-FileCopyrightText: The l2tp-client authors */

/* The promises of l2tp-tunnel.h, checked at every step. Sequence numbers are counted here in 64
 * bits, so that a mistake at the wrap cannot hide behind the same mistake. */

#include "sim-watch.h"

#include "service/proto/l2tp-tunnel-private.h"

#define MAX_PACKET 1280 /* HDR-16 */
#define GIVE_UP    (31 * G_TIME_SPAN_SECOND)

/* What the peer alone can make the engine queue; calls of the owner come on top. */
#define MAX_PEER_BACKLOG (L2TP_MAX_REFUSALS + 8)

void
watch_init (Watch *self, L2tpTunnel *tunnel)
{
  *self = (Watch){ .tunnel = tunnel, .waiting_since = -1 };
}

void
watch_clear (Watch *self)
{
  g_clear_pointer (&self->sent, g_ptr_array_unref);
}

static WatchSession *
find_session (Watch *self, guint16 id)
{
  for (guint i = 0; i < WATCH_MAX_SESSIONS; i++)
    if (self->sessions[i].alive && self->sessions[i].id == id)
      return &self->sessions[i];
  return NULL;
}

gboolean
watch_open_session (Watch *self, gint64 now, guint16 id)
{
  L2tpSessionConfig config = { id, 1, 100000000 };
  gboolean taken = id == 0 || find_session (self, id) != NULL;
  WatchSession *session = self->sessions;

  while (session < self->sessions + WATCH_MAX_SESSIONS && session->alive)
    session++;
  if (session == self->sessions + WATCH_MAX_SESSIONS)
    return FALSE;

  self->n_calls++;
  if (!l2tp_tunnel_open_session (self->tunnel, now, &config))
    {
      g_assert_true (taken || self->down);
      return FALSE;
    }
  g_assert_false (taken);
  g_assert_false (self->down);
  *session = (WatchSession){ .id = id, .alive = TRUE };
  return TRUE;
}

void
watch_connect_session (Watch *self, gint64 now, guint16 id)
{
  WatchSession *session = find_session (self, id);

  self->n_calls++;
  if (session != NULL && session->replied)
    session->connected = TRUE;
  l2tp_tunnel_connect_session (self->tunnel, now, id);
}

void
watch_close_session (Watch *self, gint64 now, guint16 id)
{
  self->n_calls++;
  l2tp_tunnel_close_session (self->tunnel, now, id, 3, 0, NULL);
}

static guint64
unwrap (guint64 near, guint16 number)
{
  return near + (guint64) (gint64) (gint16) (number - (guint16) near);
}

void
watch_receive (Watch *self, gint64 now, const guint8 *data, gsize len)
{
  L2tpHeader header;
  guint64 nr;

  if (!l2tp_header_parse (data, len, &header))
    return;

  nr = unwrap (self->acknowledged, header.nr);
  if (nr <= self->acknowledged || nr > self->next_ns)
    return;
  self->acknowledged = nr;
  self->waiting_since = nr < self->next_ns ? now : -1;
}

static void
check_tunnel_down (Watch *self, gint64 now, const L2tpEvent *event)
{
  gboolean given_up =
      event->result.kind == L2TP_RESULT_NO_ANSWER || event->result.kind == L2TP_RESULT_PEER_LOST;

  g_assert_false (self->down);
  for (guint i = 0; i < WATCH_MAX_SESSIONS; i++)
    g_assert_false (self->sessions[i].alive);
  g_assert_cmpint (event->result.kind, !=, L2TP_RESULT_NONE);
  if (self->peer_window > 0 && given_up) /* XPRT-8, XPRT-9: never earlier */
    {
      g_assert_cmpint (self->waiting_since, >=, 0);
      g_assert_cmpint (now - self->waiting_since, >=, GIVE_UP);
    }
  self->down = TRUE;
  self->down_at = now;
  self->down_kind = event->result.kind;
}

static void
check_session_event (Watch *self, const L2tpEvent *event)
{
  WatchSession *session = find_session (self, event->session_id);

  g_assert_nonnull (session);
  g_assert_false (self->down);
  if (event->type == L2TP_EVENT_SESSION_REPLIED)
    {
      g_assert_true (self->up);
      g_assert_false (session->replied);
      g_assert_cmpuint (event->peer_session_id, !=, 0);
      session->replied = TRUE;
    }
  else if (event->type == L2TP_EVENT_SESSION_UP)
    {
      g_assert_true (session->connected);
      g_assert_false (session->up);
      session->up = TRUE;
      self->n_sessions_up++;
    }
  else
    session->alive = FALSE;
}

void
watch_event (Watch *self, gint64 now, const L2tpEvent *event)
{
  g_assert_false (self->dead);
  switch (event->type)
    {
    case L2TP_EVENT_TUNNEL_UP:
      g_assert_false (self->up);
      g_assert_false (self->down);
      self->up = TRUE;
      break;
    case L2TP_EVENT_TUNNEL_DOWN:
      check_tunnel_down (self, now, event);
      break;
    case L2TP_EVENT_SESSION_REPLIED:
    case L2TP_EVENT_SESSION_UP:
    case L2TP_EVENT_SESSION_DOWN:
      check_session_event (self, event);
      break;
    case L2TP_EVENT_DEAD:
      g_assert_true (self->down);
      self->dead = TRUE;
      break;
    }
}

/* A message for the first time, in turn, or once more, unchanged (XPRT-1, XPRT-8). */
static void
check_message (Watch *self, gint64 now, const L2tpHeader *header)
{
  guint64 ns = unwrap (self->next_ns, header->ns);
  g_autoptr (GBytes) avps = NULL;

  g_assert_cmpuint (ns, <=, self->next_ns);
  if (self->sent != NULL)
    avps = g_bytes_new (header->payload.data, header->payload.len);
  if (ns < self->next_ns)
    {
      g_assert_true (avps == NULL || ns < self->acknowledged ||
                     g_bytes_equal (avps, g_ptr_array_index (self->sent, ns)));
      return;
    }

  self->next_ns++;
  if (self->waiting_since < 0)
    self->waiting_since = now;
  if (avps != NULL)
    g_ptr_array_add (self->sent, g_steal_pointer (&avps));
  if (self->peer_window > 0) /* XPRT-11 */
    g_assert_cmpuint (self->next_ns - self->acknowledged, <=, self->peer_window);
}

void
watch_packet (Watch *self, gint64 now, const guint8 *data, gsize len)
{
  L2tpHeader header;
  guint64 nr;

  g_assert_false (self->dead);
  g_assert_cmpuint (len, <=, MAX_PACKET);
  g_assert_true (l2tp_header_parse (data, len, &header));
  g_assert_true (header.control);

  nr = unwrap (self->nr, header.nr);
  g_assert_cmpuint (nr, >=, self->nr);
  self->nr = nr;
  if (header.payload.len == 0) /* XPRT-2 */
    g_assert_cmpuint (header.ns, ==, (guint16) self->next_ns);
  else
    check_message (self, now, &header);
}

void
watch_rest (const Watch *self, gint64 now)
{
  gint64 deadline = l2tp_tunnel_get_deadline (self->tunnel);

  g_assert_true (deadline == -1 || deadline > now);
  g_assert_true (!self->dead || deadline == -1);
  g_assert_cmpuint (l2tp_channel_get_backlog (self->tunnel->channel), <=,
                    MAX_PEER_BACKLOG + self->n_calls);
}
