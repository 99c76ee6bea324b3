/* SPDX-License-Identifier: GPL-2.0-or-later */
/* SPDX-FileCopyrightText: The l2tp-client authors */

/* What the options of a connection mean to the engine, and its randomness: the engine itself has
 * neither. Owned by the driver. Design section 3; HIDE-7. */

#include "l2tp-engine.h"

#include <string.h>
#include <sys/random.h>

#include "service/base/l2tp-secret.h"

static void
fill_random (void *buffer, gsize len)
{
  if (getrandom (buffer, len, 0) != (gssize) len)
    g_error ("getrandom: the kernel has no randomness");
}

guint16
l2tp_engine_random_id (void)
{
  guint16 id = 0;

  while (id == 0)
    fill_random (&id, sizeof id);
  return id;
}

L2tpSchedule
l2tp_engine_get_schedule (L2tpConfig *config)
{
  return l2tp_schedule_make (l2tp_config_get_uint (config, L2TP_OPTION_RETRY_TIMEOUT) *
                                 G_TIME_SPAN_SECOND,
                             l2tp_config_get_uint (config, L2TP_OPTION_MAX_RETRIES));
}

L2tpTunnel *
l2tp_engine_new (L2tpConfig *config, GVariant *state)
{
  L2tpSecret *secret = l2tp_config_get_secret (config, L2TP_OPTION_TUNNEL_SECRET);
  const char *host_name = l2tp_config_get_string (config, L2TP_OPTION_HOSTNAME);
  L2tpTunnelConfig tunnel_config = {
    .host_name = host_name != NULL ? host_name : "l2tp-client", /* MSG-26 */
    .vendor_name = "l2tp-client",
    .firmware = 0x0001,
    .receive_window = l2tp_config_get_uint (config, L2TP_OPTION_RECEIVE_WINDOW),
    .hide_avps = l2tp_config_get_boolean (config, L2TP_OPTION_HIDE_AVPS),
    .hello_interval =
        l2tp_config_get_uint (config, L2TP_OPTION_HELLO_INTERVAL) * G_TIME_SPAN_SECOND,
    .no_sessions_timeout =
        l2tp_config_get_uint (config, L2TP_OPTION_NO_SESSIONS_TIMEOUT) * G_TIME_SPAN_SECOND,
    .schedule = l2tp_engine_get_schedule (config),
  };
  L2tpTunnelEntropy entropy;
  L2tpTunnel *tunnel;

  if (secret != NULL)
    tunnel_config.secret = (const guint8 *) l2tp_secret_peek (secret, &tunnel_config.secret_len);
  fill_random (&entropy, sizeof entropy);
  entropy.tunnel_id = l2tp_engine_random_id ();
  tunnel = state == NULL
               ? l2tp_tunnel_new (&tunnel_config, &entropy)
               : l2tp_tunnel_import (&tunnel_config, &entropy, state, g_get_monotonic_time ());
  explicit_bzero (&entropy, sizeof entropy);
  return tunnel;
}
