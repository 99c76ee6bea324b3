/* SPDX-License-Identifier: GPL-2.0-or-later */
/* SPDX-FileCopyrightText: The l2tp-client authors */

/* Waits for a connection to change: its properties, the passing of time, the user, the service. */

#pragma once

#include "client.h"

G_BEGIN_DECLS

typedef enum
{
  CLI_EVENT_SIGNAL,       /* SIGINT or SIGTERM */
  CLI_EVENT_SERVICE_LOST, /* the service or the bus went away */
  CLI_EVENT_REMOVED,      /* the connection was deleted */
  CLI_EVENT_CHANGED,      /* a property or StateChanged */
  CLI_EVENT_TIMEOUT,
  CLI_EVENT_TICK,
} CliEvent;

typedef struct _CliWatch CliWatch;

/* cli_watch_new:
 * @seconds: until CLI_EVENT_TIMEOUT, from now on
 * @tick: whether to report CLI_EVENT_TICK ten times a second */
CliWatch *cli_watch_new (CliClient *client, L2tpDBusObject *object, guint seconds, gboolean tick);
void cli_watch_free (CliWatch *watch);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (CliWatch, cli_watch_free)

/* cli_watch_next:
 * Returns what happened since the last call, at once or when something does; of several things the
 * one that comes first in CliEvent. */
CliEvent cli_watch_next (CliWatch *watch);

/* cli_watch_set_paused:
 * While a person is asked, no time passes: no CLI_EVENT_TIMEOUT and no CLI_EVENT_TICK; afterwards
 * the whole of it begins anew. */
void cli_watch_set_paused (CliWatch *watch, gboolean paused);

/* cli_watch_has_moved:
 * Returns whether the connection has been in another state since cli_watch_new(), even if it is
 * back in the same one. */
gboolean cli_watch_has_moved (const CliWatch *watch);

/* cli_watch_report:
 * Tells the user about an event that ends the waiting, CLI_EVENT_TIMEOUT and CLI_EVENT_SIGNAL
 * excepted, and returns the exit status. */
int cli_watch_report (CliEvent event);

G_END_DECLS
