/* SPDX-License-Identifier: GPL-2.0-or-later */
/* SPDX-FileCopyrightText: The l2tp-client authors */

/* Sources of the main loop that have an owner. */

#pragma once

#include <glib.h>

/* l2tp_clear_source: destroys and releases *@source unless it is NULL, and sets it to NULL. */
static inline void
l2tp_clear_source (GSource **source)
{
  if (*source != NULL)
    g_source_destroy (*source);
  g_clear_pointer (source, g_source_unref);
}
