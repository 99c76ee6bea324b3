/* SPDX-License-Identifier: GPL-2.0-or-later */
/* SPDX-FileCopyrightText: The l2tp-client authors */

/* What fields and choosers of certificates have in common on the page. No state of its own. */

#include "nm-l2tp-layout.h"

#include "nm-l2tp-gtk.h"

#define ROWS "nm-l2tp-rows"

int
nm_l2tp_grid_next_row (GtkGrid *grid)
{
  int row = nm_l2tp_grid_last_row (grid) + 1;

  g_object_set_data (G_OBJECT (grid), ROWS, GINT_TO_POINTER (row + 1));
  return row;
}

int
nm_l2tp_grid_last_row (GtkGrid *grid)
{
  return GPOINTER_TO_INT (g_object_get_data (G_OBJECT (grid), ROWS)) - 1;
}

GtkWidget *
nm_l2tp_fault_new (void)
{
  GtkWidget *fault = gtk_label_new (NULL);

  gtk_label_set_xalign (GTK_LABEL (fault), 0.0);
#if GTK_CHECK_VERSION(4, 0, 0)
  gtk_label_set_wrap (GTK_LABEL (fault), TRUE);
#else
  gtk_label_set_line_wrap (GTK_LABEL (fault), TRUE);
#endif
  /* Long messages wrap instead of widening the page. */
  gtk_label_set_max_width_chars (GTK_LABEL (fault), 40);
  nm_l2tp_set_css_class (fault, "error", TRUE);
  nm_l2tp_set_visible (fault, FALSE);
  return fault;
}

void
nm_l2tp_fault_show (GtkWidget *fault, const char *message)
{
  gtk_label_set_text (GTK_LABEL (fault), message != NULL ? message : "");
  nm_l2tp_set_visible (fault, message != NULL);
}
