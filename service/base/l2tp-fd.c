/* SPDX-License-Identifier: GPL-2.0-or-later */
/* SPDX-FileCopyrightText: The l2tp-client authors */

/* What a descriptor takes in more than one piece. */

#include "l2tp-fd.h"

#include <errno.h>

gboolean
l2tp_fd_write_all (int fd, gconstpointer data, gsize len)
{
  const char *rest = data;

  while (len > 0)
    {
      gssize n = write (fd, rest, len);

      if (n < 0 && errno == EINTR)
        continue;
      if (n <= 0)
        return FALSE;
      rest += n;
      len -= (gsize) n;
    }
  return TRUE;
}
