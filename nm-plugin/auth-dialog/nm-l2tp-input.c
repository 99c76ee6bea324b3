/* SPDX-License-Identifier: GPL-2.0-or-later */
/* SPDX-FileCopyrightText: The l2tp-client authors */

/* What the caller still says after the profile: QUIT, or nothing any more. Owned by whoever waits
 * for it. */

#include "nm-l2tp-input.h"

#include <errno.h>
#include <glib-unix.h>
#include <string.h>
#include <unistd.h>

struct _NmL2tpInput
{
  void (*over) (gboolean quit, gpointer user_data);
  gpointer user_data;
  guint source;
  char seen[5]; /* the last octets, and a nul */
};

static gboolean
says_quit (NmL2tpInput *self, char octet)
{
  memmove (self->seen, self->seen + 1, 3);
  self->seen[3] = octet;
  return strcmp (self->seen, "QUIT") == 0;
}

static gboolean
on_readable (int fd, GIOCondition condition, gpointer user_data)
{
  NmL2tpInput *self = user_data;
  char octet;
  ssize_t n = read (STDIN_FILENO, &octet, 1);

  if (n < 0 && (errno == EINTR || errno == EAGAIN))
    return G_SOURCE_CONTINUE;
  if (n > 0 && !says_quit (self, octet))
    return G_SOURCE_CONTINUE;
  self->source = 0;
  self->over (n > 0, self->user_data);
  return G_SOURCE_REMOVE;
}

NmL2tpInput *
nm_l2tp_input_watch (void (*over) (gboolean quit, gpointer user_data), gpointer user_data)
{
  NmL2tpInput *self = g_new0 (NmL2tpInput, 1);

  self->over = over;
  self->user_data = user_data;
  memset (self->seen, ' ', 4);
  self->source =
      g_unix_fd_add (STDIN_FILENO, G_IO_IN | G_IO_HUP | G_IO_ERR | G_IO_NVAL, on_readable, self);
  return self;
}

void
nm_l2tp_input_free (NmL2tpInput *self)
{
  g_clear_handle_id (&self->source, g_source_remove);
  g_free (self);
}
