/* SPDX-License-Identifier: GPL-2.0-or-later */
/* SPDX-FileCopyrightText: The l2tp-client authors */

/* The log writer. Hides where lines go. Journal fields: systemd.journal-fields(7). */

#include "l2tp-log.h"

#include <stdio.h>
#include <string.h>

static gboolean log_debug;

void
l2tp_log (GLogLevelFlags level, const char *object, const char *format, ...)
{
  g_autofree char *message = NULL;
  va_list args;

  if (level == G_LOG_LEVEL_DEBUG && !log_debug)
    return;

  va_start (args, format);
  message = g_strdup_vprintf (format, args);
  va_end (args);
  g_strdelimit (message, "\n", ' ');
  g_log_structured ("l2tp-client", level, "L2TP_CONNECTION", object != NULL ? object : "",
                    "MESSAGE", "%s", message);
}

static const char *
field_value (const GLogField *fields, gsize n_fields, const char *key)
{
  for (gsize i = 0; i < n_fields; i++)
    if (g_str_equal (fields[i].key, key))
      return fields[i].value;
  return "";
}

static GLogWriterOutput
write_log (GLogLevelFlags level, const GLogField *fields, gsize n_fields, gpointer data)
{
  const char *object;

  if (level == G_LOG_LEVEL_DEBUG && !log_debug)
    return G_LOG_WRITER_HANDLED;
  if (g_log_writer_is_journald (fileno (stderr)))
    return g_log_writer_journald (level, fields, n_fields, data);

  if (log_debug) /* the journal has the time by itself */
    fprintf (stderr, "%10.4f ", g_get_monotonic_time () / 1e6);
  object = field_value (fields, n_fields, "L2TP_CONNECTION");
  fprintf (stderr, "%s%s%s%s\n",
           level <= G_LOG_LEVEL_CRITICAL  ? "critical: "
           : level == G_LOG_LEVEL_WARNING ? "warning: "
                                          : "",
           object, *object != '\0' ? ": " : "", field_value (fields, n_fields, "MESSAGE"));
  return G_LOG_WRITER_HANDLED;
}

void
l2tp_log_init (void)
{
  g_log_set_writer_func (write_log, NULL, NULL);
}

gboolean
l2tp_log_set_level (const char *level)
{
  gboolean debug = g_str_equal (level, "debug");

  if (!debug && !g_str_equal (level, "info"))
    return FALSE;
  log_debug = debug;
  return TRUE;
}
