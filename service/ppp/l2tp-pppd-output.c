/* SPDX-License-Identifier: GPL-2.0-or-later */
/* SPDX-FileCopyrightText: The l2tp-client authors */

/* The pipe of pppd's standard output and error. Hides how much is read at once, where lines end,
 * and which are kept. Owned by an L2tpPppd. */

#include "l2tp-pppd-output.h"

#include <errno.h>
#include <unistd.h>

#include <glib-unix.h>

#include "service/base/l2tp-fd.h"
#include "service/base/l2tp-log.h"
#include "service/ppp/l2tp-pppd-lines.h"

#define LAST_LINES    5
#define READ_PER_TURN 4096 /* octets */
#define READS_AT_END  16

struct _L2tpPppdOutput
{
  char *tag;
  int fd; /* -1: closed */
  guint source;
  L2tpPppdLines *lines;
  GQueue last_lines; /* of char * */
};

static void
log_lines (L2tpPppdOutput *output, gboolean flush)
{
  for (;;)
    {
      g_autofree char *line = l2tp_pppd_lines_next (output->lines, flush);

      if (line == NULL)
        return;
      if (*line == '\0')
        continue;
      l2tp_debug (output->tag, "pppd: %s", line);
      g_queue_push_tail (&output->last_lines, g_steal_pointer (&line));
      if (output->last_lines.length > LAST_LINES)
        g_free (g_queue_pop_head (&output->last_lines));
    }
}

static void
close_pipe (L2tpPppdOutput *output)
{
  g_clear_handle_id (&output->source, g_source_remove);
  l2tp_clear_fd (&output->fd);
  log_lines (output, TRUE);
}

/* Returns whether there may be more. */
static gboolean
read_some (L2tpPppdOutput *output)
{
  char data[READ_PER_TURN];
  gssize len;

  if (output->fd < 0)
    return FALSE;
  len = read (output->fd, data, sizeof data);
  if (len < 0 && (errno == EAGAIN || errno == EINTR))
    return FALSE;
  if (len <= 0)
    {
      close_pipe (output);
      return FALSE;
    }
  l2tp_pppd_lines_push (output->lines, data, (gsize) len);
  log_lines (output, FALSE);
  return TRUE;
}

static gboolean
on_readable (int fd, GIOCondition condition, gpointer data)
{
  read_some (data);
  return G_SOURCE_CONTINUE;
}

L2tpPppdOutput *
l2tp_pppd_output_new (const char *tag, int fd)
{
  L2tpPppdOutput *output = g_new0 (L2tpPppdOutput, 1);

  output->tag = g_strdup (tag);
  output->fd = fd;
  output->source = g_unix_fd_add (fd, G_IO_IN, on_readable, output);
  output->lines = l2tp_pppd_lines_new ();
  return output;
}

void
l2tp_pppd_output_free (L2tpPppdOutput *output)
{
  if (output == NULL)
    return;
  close_pipe (output);
  l2tp_pppd_lines_free (output->lines);
  g_queue_clear_full (&output->last_lines, g_free);
  g_free (output->tag);
  g_free (output);
}

void
l2tp_pppd_output_end (L2tpPppdOutput *output)
{
  for (guint i = 0; i < READS_AT_END && read_some (output); i++)
    continue;
  close_pipe (output);
}

void
l2tp_pppd_output_warn (L2tpPppdOutput *output)
{
  for (const GList *line = output->last_lines.head; line != NULL; line = line->next)
    l2tp_warning (output->tag, "pppd: %s", (const char *) line->data);
}

int
l2tp_pppd_output_get_fd (L2tpPppdOutput *output)
{
  return output->fd;
}
