/* SPDX-License-Identifier: GPL-2.0-or-later */
/* SPDX-FileCopyrightText: The l2tp-client authors */

/* Reads a secret. The octets live in one buffer that is wiped when the GVariant around it goes; no
 * stdio and no GString, which leave copies behind. GDBus makes one of its own to send it, so the
 * process also renounces core dumps. */

#include "secret.h"
#include "output.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <termios.h>
#include <unistd.h>

#include <glib/gi18n.h>

#define CTRL_C '\003'
#define SIZE   1024 /* no secret of the table may be as long */

typedef struct
{
  char text[SIZE];
  gsize len;
} Secret;

static void
secret_free (gpointer secret)
{
  explicit_bzero (secret, sizeof (Secret));
  g_free (secret);
}
G_DEFINE_AUTOPTR_CLEANUP_FUNC (Secret, secret_free)

/* One octet at a time: what follows the newline belongs to whoever reads standard input next. */
static gboolean
read_text (int fd, gboolean one_line, Secret *secret)
{
  while (secret->len + 1 < SIZE)
    {
      char *next = &secret->text[secret->len];
      ssize_t n = TEMP_FAILURE_RETRY (read (fd, next, 1));

      if (n < 0)
        return FALSE;
      if (n == 0 || (one_line && *next == '\n'))
        {
          *next = '\0';
          return TRUE;
        }
      secret->len++;
      if (one_line && *next == CTRL_C)
        return TRUE;
    }
  errno = EFBIG;
  return FALSE;
}

static gboolean
ask (L2tpOptionId id, Secret *secret)
{
  struct termios usual, hidden;
  gboolean read;

  if (tcgetattr (STDIN_FILENO, &usual) < 0)
    return FALSE;
  hidden = usual;
  hidden.c_lflag &= ~(tcflag_t) (ECHO | ISIG); /* Ctrl-C must not leave the echo off */
  hidden.c_lflag |= ICANON | ECHONL;
  hidden.c_cc[VEOL] = CTRL_C; /* a line of its own: it ends the asking */
  if (tcsetattr (STDIN_FILENO, TCSAFLUSH, &hidden) < 0)
    return FALSE;
  cli_output_prompt ("%s: ", l2tp_option_get (id)->key);
  read = read_text (STDIN_FILENO, TRUE, secret);
  tcsetattr (STDIN_FILENO, TCSAFLUSH, &usual);
  if (read && secret->len > 0 && secret->text[secret->len - 1] == CTRL_C)
    {
      errno = ECANCELED;
      return FALSE;
    }
  return read;
}

static gboolean
read_file (const char *path, Secret *secret)
{
  int fd = open (path, O_RDONLY | O_CLOEXEC | O_NOCTTY);
  struct stat st;
  gboolean read;

  if (fd < 0)
    return FALSE;
  if (fstat (fd, &st) == 0 && S_ISREG (st.st_mode) && (st.st_mode & (S_IRWXG | S_IRWXO)) != 0)
    {
      g_autofree char *clean = cli_output_clean (path);
      cli_output_warning (_ ("%s can be read by others: chmod 600"), clean);
    }
  read = read_text (fd, FALSE, secret);
  close (fd);
  if (read && secret->len > 0 && secret->text[secret->len - 1] == '\n')
    secret->text[--secret->len] = '\0';
  return read;
}

static int
check (L2tpOptionId id, const char *path, const Secret *secret)
{
  const char *key = l2tp_option_get (id)->key;
  g_autofree char *fault = NULL;

  if (secret->len == 0)
    {
      g_autofree char *clean = cli_output_clean (path);
      cli_output_error (_ ("%s: %s is empty"), key,
                        g_str_equal (path, "-") ? _ ("standard input") : clean);
    }
  else if (strlen (secret->text) != secret->len)
    cli_output_error (_ ("%s: contains a NUL octet"), key);
  else if (!l2tp_option_validate (id, secret->text, NULL, &fault))
    cli_output_error ("%s", fault);
  else
    return CLI_EXIT_OK;
  return CLI_EXIT_USAGE;
}

int
cli_secret_read (L2tpOptionId id, const char *path, GVariant **ret_secret)
{
  g_autoptr (Secret) secret = g_new0 (Secret, 1);
  g_autoptr (GBytes) bytes = NULL;
  gboolean read;
  int status;

  prctl (PR_SET_DUMPABLE, 0);
  if (!g_str_equal (path, "-"))
    read = read_file (path, secret);
  else if (isatty (STDIN_FILENO))
    read = ask (id, secret);
  else
    read = read_text (STDIN_FILENO, TRUE, secret);
  if (!read && errno == ECANCELED)
    return CLI_EXIT_SIGNAL + SIGINT;
  if (!read)
    {
      g_autofree char *clean = cli_output_clean (path);
      cli_output_error ("%s: %s", clean, g_strerror (errno));
      return CLI_EXIT_FAILURE;
    }

  status = check (id, path, secret);
  if (status != CLI_EXIT_OK)
    return status;
  bytes = g_bytes_new_with_free_func (secret->text, secret->len + 1, secret_free, secret);
  (void) g_steal_pointer (&secret);
  *ret_secret = g_variant_ref_sink (g_variant_new_from_bytes (G_VARIANT_TYPE_STRING, bytes, TRUE));
  return CLI_EXIT_OK;
}
