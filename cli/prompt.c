/* SPDX-License-Identifier: GPL-2.0-or-later */
/* SPDX-FileCopyrightText: The l2tp-client authors */

/* Asks on the terminal, with the main loop running, so that a question can be taken back while a
 * person thinks. Hides the terminal's modes: echo is off and Ctrl-C is a character as long as the
 * question stands, so that no signal can leave the terminal without echo. */

#include "prompt.h"
#include "output.h"
#include "secret.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <termios.h>
#include <unistd.h>

#include <glib-unix.h>
#include <glib/gi18n.h>

#define CTRL_C '\003'

struct _CliPrompt
{
  L2tpOptionId id;
  char *label;
  CliPromptFunc done;
  gpointer data;
  int fd;
  struct termios usual;
  CliSecret *secret;
  guint source;
};

/* The terminal itself, so that neither a pipe nor a file in the place of a stream is in the way. */
static int
open_terminal (void)
{
  int fd = open ("/dev/tty", O_RDWR | O_CLOEXEC | O_NOCTTY);

  if (fd < 0 && isatty (STDIN_FILENO))
    fd = fcntl (STDIN_FILENO, F_DUPFD_CLOEXEC, 3);
  return fd;
}

static void
show (CliPrompt *prompt, const char *text, const char *end)
{
  g_autofree char *whole = g_strconcat (text, end, NULL);

  fflush (stdout);
  fflush (stderr);
  /* A terminal that is gone is noticed by the read. */
  if (write (prompt->fd, whole, strlen (whole)) < 0)
    return;
}

static gboolean
hide_echo (CliPrompt *prompt)
{
  struct termios hidden;

  if (tcgetattr (prompt->fd, &prompt->usual) < 0)
    return FALSE;
  hidden = prompt->usual;
  hidden.c_lflag &= ~(tcflag_t) (ECHO | ISIG);
  hidden.c_lflag |= ICANON | ECHONL;
  hidden.c_cc[VEOL] = CTRL_C; /* a line of its own: it ends the asking */
  return tcsetattr (prompt->fd, TCSAFLUSH, &hidden) == 0;
}

static void
finish (CliPrompt *prompt, gboolean answered)
{
  GVariant *secret = NULL;

  prompt->source = 0;
  tcsetattr (prompt->fd, TCSAFLUSH, &prompt->usual);
  if (answered)
    secret = cli_secret_end (g_steal_pointer (&prompt->secret));
  else
    show (prompt, "", "\n");
  prompt->done (secret, prompt->data);
  g_clear_pointer (&secret, g_variant_unref);
}

/* Returns whether the question still stands. */
static gboolean
take_line (CliPrompt *prompt)
{
  CliSecret *secret = prompt->secret;
  g_autofree char *fault = NULL;

  secret->text[--secret->len] = '\0';
  fault = cli_secret_check (prompt->id, secret);
  if (fault == NULL)
    {
      finish (prompt, TRUE);
      return G_SOURCE_REMOVE;
    }
  explicit_bzero (secret, sizeof *secret);
  show (prompt, fault, "\n");
  show (prompt, prompt->label, ": ");
  return G_SOURCE_CONTINUE;
}

static gboolean
on_readable (int fd, GIOCondition condition, gpointer data)
{
  CliPrompt *prompt = data;
  CliSecret *secret = prompt->secret;
  /* The terminal hands over one line at most. */
  ssize_t n = read (fd, secret->text + secret->len, CLI_SECRET_SIZE - secret->len);

  if (n < 0 && (errno == EINTR || errno == EAGAIN))
    return G_SOURCE_CONTINUE;
  if (n > 0)
    secret->len += n;
  if (n <= 0 || secret->text[secret->len - 1] == CTRL_C)
    {
      finish (prompt, FALSE);
      return G_SOURCE_REMOVE;
    }
  if (secret->text[secret->len - 1] == '\n')
    return take_line (prompt);
  /* Longer than any secret: keep what makes the check fail, until the line ends. */
  secret->len = MIN (secret->len, CLI_SECRET_SIZE - 1);
  return G_SOURCE_CONTINUE;
}

CliPrompt *
cli_prompt_new (L2tpOptionId id,
                const char *label,
                CliPromptFunc done,
                gpointer data,
                GError **error)
{
  g_autoptr (CliPrompt) prompt = g_new0 (CliPrompt, 1);
  CliPrompt *ready;

  prompt->id = id;
  prompt->label = g_strdup (label);
  prompt->done = done;
  prompt->data = data;
  prompt->secret = cli_secret_new ();
  prompt->fd = open_terminal ();
  if (prompt->fd < 0 || !hide_echo (prompt))
    {
      g_set_error_literal (error, G_IO_ERROR, G_IO_ERROR_NOT_FOUND,
                           _ ("there is no terminal to ask on"));
      return NULL;
    }
  ready = g_steal_pointer (&prompt);
  ready->source = g_unix_fd_add (ready->fd, G_IO_IN | G_IO_HUP | G_IO_ERR, on_readable, ready);
  show (ready, label, ": ");
  return ready;
}

void
cli_prompt_free (CliPrompt *prompt)
{
  if (prompt == NULL)
    return;
  if (prompt->source != 0)
    {
      g_source_remove (prompt->source);
      tcsetattr (prompt->fd, TCSAFLUSH, &prompt->usual);
      show (prompt, "", "\n");
    }
  if (prompt->fd >= 0)
    close (prompt->fd);
  cli_secret_free (prompt->secret);
  g_free (prompt->label);
  g_free (prompt);
}

typedef struct
{
  gboolean over;
  GVariant *secret;
} Answer;

static void
on_answer (GVariant *secret, gpointer data)
{
  Answer *answer = data;

  answer->over = TRUE;
  answer->secret = secret != NULL ? g_variant_ref (secret) : NULL;
}

int
cli_prompt_run (L2tpOptionId id, const char *label, GVariant **ret_secret)
{
  g_autoptr (GError) error = NULL;
  Answer answer = { FALSE, NULL };
  g_autoptr (CliPrompt) prompt = cli_prompt_new (id, label, on_answer, &answer, &error);

  if (prompt == NULL)
    {
      cli_output_error ("%s: %s", l2tp_option_get (id)->key, error->message);
      cli_output_hint (_ ("--%s-file gives it without asking"), l2tp_option_get (id)->key);
      return CLI_EXIT_USAGE;
    }
  while (!answer.over)
    g_main_context_iteration (NULL, TRUE);
  if (answer.secret == NULL)
    return CLI_EXIT_SIGNAL + SIGINT;
  *ret_secret = answer.secret;
  return CLI_EXIT_OK;
}
