/* SPDX-License-Identifier: GPL-2.0-or-later */
/* SPDX-FileCopyrightText: The l2tp-client authors */

/* Runs pkttyagent(1) as long as one call needs it. Hides when it makes sense, how it says that it
 * is registered (it closes a pipe), and that it may leave the terminal without echo when it is
 * interrupted. */

#include "polkit.h"

#include <signal.h>
#include <termios.h>
#include <unistd.h>

#include <glib-unix.h>

#define READY_TIMEOUT_MS 5000
#define NOTIFY_FD        3

struct _CliPolkit
{
  GSubprocess *agent;
  gboolean has_modes;
  struct termios modes;
};

static gboolean
on_over (gpointer over)
{
  *(gboolean *) over = TRUE;
  return G_SOURCE_CONTINUE;
}

static gboolean
on_closed (int fd, GIOCondition condition, gpointer over)
{
  return on_over (over);
}

/* The pipe ends when the agent is registered, or dead: then the call just fails again. */
static void
wait_until_ready (CliClient *client, int fd)
{
  gboolean over = FALSE;
  guint pipe = g_unix_fd_add (fd, G_IO_IN | G_IO_HUP | G_IO_ERR, on_closed, &over);
  guint timer = g_timeout_add (READY_TIMEOUT_MS, on_over, &over);

  while (!over && client->signal == 0)
    g_main_context_iteration (NULL, TRUE);
  g_source_remove (pipe);
  g_source_remove (timer);
}

static GSubprocess *
spawn (int notify)
{
  g_autoptr (GSubprocessLauncher) launcher =
      g_subprocess_launcher_new (G_SUBPROCESS_FLAGS_STDIN_INHERIT);
  g_autofree char *pid = g_strdup_printf ("%d", (int) getpid ());
  g_autofree char *fd = g_strdup_printf ("%d", NOTIFY_FD);
  /* The desktop's agent comes first, but polkit looks for one only where there is a session, and
   * without one it does not fall back either. */
  const char *fallback = g_getenv ("XDG_SESSION_ID") != NULL ? "--fallback" : NULL;

  g_subprocess_launcher_take_fd (launcher, notify, NOTIFY_FD);
  return g_subprocess_launcher_spawn (launcher, NULL, "pkttyagent", "--process", pid, "--notify-fd",
                                      fd, fallback, NULL);
}

CliPolkit *
cli_polkit_start (CliClient *client)
{
  g_autoptr (CliPolkit) polkit = g_new0 (CliPolkit, 1);
  int fds[2];

  if (geteuid () == 0 || !isatty (STDIN_FILENO) || !g_unix_open_pipe (fds, FD_CLOEXEC, NULL))
    return NULL;
  polkit->has_modes = tcgetattr (STDIN_FILENO, &polkit->modes) == 0;
  polkit->agent = spawn (fds[1]);
  if (polkit->agent != NULL)
    wait_until_ready (client, fds[0]);
  close (fds[0]);
  return polkit->agent != NULL ? g_steal_pointer (&polkit) : NULL;
}

void
cli_polkit_stop (CliPolkit *polkit)
{
  g_autoptr (GAsyncResult) result = NULL;

  if (polkit == NULL)
    return;
  if (polkit->agent != NULL)
    {
      g_subprocess_send_signal (polkit->agent, SIGTERM);
      g_subprocess_wait_async (polkit->agent, NULL, cli_client_ready, &result);
      cli_client_await (&result);
      if (polkit->has_modes)
        tcsetattr (STDIN_FILENO, TCSADRAIN, &polkit->modes);
    }
  g_clear_object (&polkit->agent);
  g_free (polkit);
}
