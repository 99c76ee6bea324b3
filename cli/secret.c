/* SPDX-License-Identifier: GPL-2.0-or-later */
/* SPDX-FileCopyrightText: The l2tp-client authors */

/* Reads a secret. The octets live in one buffer that is wiped when the GVariant around it goes; no
 * stdio and no GString, which leave copies behind. GDBus makes one of its own to send it, so the
 * process also renounces core dumps. */

#include "secret.h"
#include "output.h"
#include "prompt.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <glib/gi18n.h>

CliSecret *
cli_secret_new (void)
{
  prctl (PR_SET_DUMPABLE, 0);
  return g_new0 (CliSecret, 1);
}

void
cli_secret_free (CliSecret *secret)
{
  if (secret != NULL)
    explicit_bzero (secret, sizeof *secret);
  g_free (secret);
}

/* One octet at a time: what follows the newline belongs to whoever reads standard input next. */
static gboolean
read_text (int fd, gboolean one_line, CliSecret *secret)
{
  while (secret->len + 1 < CLI_SECRET_SIZE)
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
    }
  errno = EFBIG;
  return FALSE;
}

static gboolean
read_file (const char *path, CliSecret *secret)
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

char *
cli_secret_check (L2tpOptionId id, const CliSecret *secret)
{
  const char *key = l2tp_option_get (id)->key;
  char *fault = NULL;

  if (secret->len == 0)
    return g_strdup_printf (_ ("%s: is empty"), key);
  if (strlen (secret->text) != secret->len)
    return g_strdup_printf (_ ("%s: contains a NUL octet"), key);
  return l2tp_option_validate (id, secret->text, NULL, &fault) ? NULL : fault;
}

static void
free_secret (gpointer secret)
{
  cli_secret_free (secret);
}

GVariant *
cli_secret_end (CliSecret *secret)
{
  g_autoptr (GBytes) bytes =
      g_bytes_new_with_free_func (secret->text, secret->len + 1, free_secret, secret);

  return g_variant_ref_sink (g_variant_new_from_bytes (G_VARIANT_TYPE_STRING, bytes, TRUE));
}

int
cli_secret_read (L2tpOptionId id, const char *path, GVariant **ret_secret)
{
  g_autoptr (CliSecret) secret = cli_secret_new ();
  gboolean is_stdin = g_str_equal (path, "-");
  g_autofree char *fault = NULL;

  if (is_stdin && isatty (STDIN_FILENO))
    return cli_prompt_run (id, l2tp_option_get (id)->key, ret_secret);
  if (is_stdin ? !read_text (STDIN_FILENO, TRUE, secret) : !read_file (path, secret))
    {
      g_autofree char *clean = cli_output_clean (path);
      cli_output_error ("%s: %s", clean, g_strerror (errno));
      return CLI_EXIT_FAILURE;
    }
  fault = cli_secret_check (id, secret);
  if (fault != NULL)
    {
      cli_output_error ("%s", fault);
      return CLI_EXIT_USAGE;
    }
  *ret_secret = cli_secret_end (g_steal_pointer (&secret));
  return CLI_EXIT_OK;
}
