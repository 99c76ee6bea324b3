/* SPDX-License-Identifier: GPL-2.0-or-later */
/* SPDX-FileCopyrightText: The l2tp-client authors */

/* The flows of transport.json, step by step with their Ns and Nr, against the engine: XPRT-1,
 * XPRT-2, XPRT-7, XPRT-8, VER-4; RFC 2661 appendix B. */

#include <string.h>

#include "test-peer.h"
#include "test-vectors.h"

static int
type_from_name (const char *name)
{
  for (guint type = 1; type <= L2TP_MESSAGE_SLI; type++)
    if (g_strcmp0 (l2tp_message_type_to_string (type), name) == 0)
      return (int) type;
  g_assert_cmpstr (name, ==, "ZLB");
  return ZLB;
}

static gboolean
has_message (JsonArray *steps, const char *name)
{
  for (guint i = 0; i < json_array_get_length (steps); i++)
    if (g_str_equal (json_array_get_string_element (json_array_get_array_element (steps, i), 1),
                     name))
      return TRUE;
  return FALSE;
}

/* What makes the client say it. */
static void
provoke (Peer *peer, JsonArray *steps, int type)
{
  if (type == L2TP_MESSAGE_SCCRQ)
    {
      l2tp_tunnel_open (peer->tunnel, peer->now);
      if (has_message (steps, "ICRQ"))
        open_session (peer, CLIENT_SESSION);
    }
  else if (type == L2TP_MESSAGE_ICCN)
    l2tp_tunnel_connect_session (peer->tunnel, peer->now, CLIENT_SESSION);
  else if (type == L2TP_MESSAGE_CDN)
    l2tp_tunnel_close_session (peer->tunnel, peer->now, CLIENT_SESSION, 1, 0, NULL);
}

static void
check_step (Peer *peer, JsonArray *steps, JsonArray *step)
{
  const char *direction = json_array_get_string_element (step, 0);
  int type = type_from_name (json_array_get_string_element (step, 1));
  guint16 ns = (guint16) json_array_get_int_element (step, 2);
  guint16 nr = (guint16) json_array_get_int_element (step, 3);

  if (strstr (direction, "LOST") != NULL)
    return;
  if (!g_str_has_prefix (direction, "I>") && !g_str_has_prefix (direction, "LAC>"))
    {
      peer->ns = ns;
      peer->nr = nr;
      reply (peer, type);
      return;
    }

  if (strstr (direction, "rexmit") != NULL)
    expect_timeout (peer, 1 * SECOND);
  else
    provoke (peer, steps, type);
  expect (peer, type);
  g_assert_cmpuint (peer->header.ns, ==, ns);
  g_assert_cmpuint (peer->header.nr, ==, nr);
}

static void
check_flow (JsonArray *array, guint i, JsonNode *node, gpointer data)
{
  JsonObject *flow = json_node_get_object (node);
  JsonArray *steps = json_object_get_array_member (flow, "steps");
  g_autoptr (Peer) peer = peer_new (NULL, NULL);

  g_test_message ("%s", json_object_get_string_member (flow, "name"));
  if (!has_message (steps, "SCCRQ"))
    {
      establish (peer);
      open_session (peer, CLIENT_SESSION);
    }
  for (guint n = 0; n < json_array_get_length (steps); n++)
    check_step (peer, steps, json_array_get_array_element (steps, n));
  expect_silence (peer);
}

static void
test_flows (void)
{
  g_autoptr (JsonObject) root = l2tp_test_load_vectors ("transport");
  JsonArray *flows = json_object_get_array_member (root, "flows_ns_nr");

  g_assert_cmpuint (json_array_get_length (flows), ==, 3);
  json_array_foreach_element (flows, check_flow, NULL);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/flows/ns-nr", test_flows);
  return g_test_run ();
}
