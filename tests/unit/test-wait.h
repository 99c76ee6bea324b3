/* SPDX-License-Identifier: GPL-2.0-or-later */
/* SPDX-FileCopyrightText: The l2tp-client authors */

/* Waiting for a condition on the main loop; a test that waits too long ends with what it waited
 * for. */

#pragma once

#include <glib.h>

#define TEST_PATIENCE 20 /* s */

static inline gboolean
test_too_late (gpointer condition)
{
  g_error ("not within %d s: %s", TEST_PATIENCE, (const char *) condition);
  return G_SOURCE_REMOVE;
}

#define test_wait_for(condition)                                                                   \
  G_STMT_START                                                                                     \
  {                                                                                                \
    guint wait_source =                                                                            \
        g_timeout_add_seconds (TEST_PATIENCE, test_too_late, (gpointer) #condition);               \
                                                                                                   \
    while (!(condition))                                                                           \
      g_main_context_iteration (NULL, TRUE);                                                       \
    g_source_remove (wait_source);                                                                 \
  }                                                                                                \
  G_STMT_END
