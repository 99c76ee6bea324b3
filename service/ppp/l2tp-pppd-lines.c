/* SPDX-License-Identifier: GPL-2.0-or-later */
/* SPDX-FileCopyrightText: The l2tp-client authors */

/* Cuts octets into lines and makes them safe to show. Hides the buffer; a line that never ends is
 * cut, so the buffer is bounded. */

#include "l2tp-pppd-lines.h"

#include <string.h>

#include "service/proto/l2tp-result.h"

#define LINE_MAX_OCTETS 400

struct _L2tpPppdLines
{
  GString *buffer;
};

L2tpPppdLines *
l2tp_pppd_lines_new (void)
{
  L2tpPppdLines *lines = g_new0 (L2tpPppdLines, 1);

  lines->buffer = g_string_new (NULL);
  return lines;
}

void
l2tp_pppd_lines_free (L2tpPppdLines *lines)
{
  if (lines == NULL)
    return;
  g_string_free (lines->buffer, TRUE);
  g_free (lines);
}

void
l2tp_pppd_lines_push (L2tpPppdLines *lines, const char *data, gsize len)
{
  g_string_append_len (lines->buffer, data, (gssize) len);
}

static char *
take (L2tpPppdLines *lines, gsize len, gsize skip)
{
  char *line = l2tp_text_sanitise ((const guint8 *) lines->buffer->str, len);

  g_string_erase (lines->buffer, 0, (gssize) (len + skip));
  return line;
}

char *
l2tp_pppd_lines_next (L2tpPppdLines *lines, gboolean flush)
{
  const GString *buffer = lines->buffer;
  const char *end = memchr (buffer->str, '\n', buffer->len);

  if (end != NULL)
    return take (lines, (gsize) (end - buffer->str), 1);
  if (buffer->len >= LINE_MAX_OCTETS)
    return take (lines, LINE_MAX_OCTETS, 0);
  if (flush && buffer->len > 0)
    return take (lines, buffer->len, 0);
  return NULL;
}
