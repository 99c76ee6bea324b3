/* SPDX-License-Identifier: GPL-2.0-or-later */
/* SPDX-FileCopyrightText: The l2tp-client authors */

/* sockets-lac ADDRESS TUNNELS HELLO-INTERVAL: so many drivers, each with its socket, a tunnel and a
 * session. There is no PPP: the engine is told at once that the data path is ready, so that no
 * kernel with L2TP is needed and nothing but the service's own work is measured. Says "ready",
 * reads the milliseconds between two openings from standard input (0: as fast as they come up),
 * says "up" at the end, and keeps the tunnels until it is killed. */

#include <stdio.h>
#include <stdlib.h>
#include <sys/resource.h>

#include "service/io/l2tp-driver.h"

#define AT_ONCE 32 /* bring-ups under way: more would only overflow the socket of the LNS */

typedef struct
{
  GMainLoop *loop;
  L2tpConfig *config;
  L2tpPorts *ports;
  GInetSocketAddress *lns;
  GPtrArray *drivers;
  guint wanted;
  guint up;
  guint interval; /* ms, or 0 */
} Bench;

static void open_more (Bench *bench);

static void
on_event (L2tpDriver *driver, const L2tpEvent *event, Bench *bench)
{
  switch (event->type)
    {
    case L2TP_EVENT_SESSION_REPLIED:
      l2tp_tunnel_connect_session (l2tp_driver_get_tunnel (driver), g_get_monotonic_time (),
                                   event->session_id);
      return;
    case L2TP_EVENT_SESSION_UP:
      bench->up++;
      if (bench->up == bench->wanted)
        puts ("up");
      open_more (bench);
      return;
    case L2TP_EVENT_TUNNEL_DOWN:
    case L2TP_EVENT_SESSION_DOWN:
      g_error ("a tunnel was lost: %s", l2tp_result_to_string (&event->result));
    case L2TP_EVENT_TUNNEL_UP:
    case L2TP_EVENT_DEAD:
      return;
    }
}

static void
open_one (Bench *bench)
{
  g_autoptr (GError) error = NULL;
  L2tpDriver *driver = l2tp_driver_new (bench->config, "bench", bench->ports, bench->lns, &error);

  if (driver == NULL)
    g_error ("tunnel %u: %s", bench->drivers->len, error->message);
  g_ptr_array_add (bench->drivers, driver);
  g_signal_connect (driver, "event", G_CALLBACK (on_event), bench);
  l2tp_driver_open (driver);
}

static void
open_more (Bench *bench)
{
  while (bench->interval == 0 && bench->drivers->len < bench->wanted &&
         bench->drivers->len < bench->up + AT_ONCE)
    open_one (bench);
}

static gboolean
on_interval (gpointer data)
{
  Bench *bench = data;

  open_one (bench);
  return bench->drivers->len < bench->wanted ? G_SOURCE_CONTINUE : G_SOURCE_REMOVE;
}

static L2tpConfig *
config_new (const char *address, const char *hello_interval)
{
  g_auto (GVariantDict) dict = G_VARIANT_DICT_INIT (NULL);
  g_autoptr (GVariant) settings = NULL;
  g_autoptr (GError) error = NULL;
  L2tpConfig *config;

  g_variant_dict_insert (&dict, "name", "s", "bench");
  g_variant_dict_insert (&dict, "gateway", "s", address);
  g_variant_dict_insert (&dict, "hello-interval", "s", hello_interval);
  settings = g_variant_ref_sink (g_variant_dict_end (&dict));
  config = l2tp_config_new (settings, NULL, &error);
  if (config == NULL)
    g_error ("%s", error->message);
  return config;
}

static void
raise_descriptor_limit (void)
{
  struct rlimit limit;

  getrlimit (RLIMIT_NOFILE, &limit);
  limit.rlim_cur = limit.rlim_max;
  setrlimit (RLIMIT_NOFILE, &limit);
}

int
main (int argc, char **argv)
{
  Bench bench = { 0 };

  if (argc != 4)
    return 2;
  setvbuf (stdout, NULL, _IOLBF, 0);
  raise_descriptor_limit ();
  bench.loop = g_main_loop_new (NULL, FALSE);
  bench.config = config_new (argv[1], argv[3]);
  bench.ports = l2tp_ports_new ();
  bench.lns = G_INET_SOCKET_ADDRESS (g_inet_socket_address_new_from_string (
      argv[1], l2tp_config_get_uint (bench.config, L2TP_OPTION_PORT)));
  bench.drivers = g_ptr_array_new ();
  bench.wanted = atoi (argv[2]);
  puts ("ready");
  if (scanf ("%u", &bench.interval) != 1)
    return 1;
  if (bench.interval > 0)
    g_timeout_add (bench.interval, on_interval, &bench);
  open_more (&bench);
  g_main_loop_run (bench.loop);
  return 0;
}
