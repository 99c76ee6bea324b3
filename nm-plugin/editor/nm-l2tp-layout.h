/* SPDX-License-Identifier: GPL-2.0-or-later */
/* SPDX-FileCopyrightText: The l2tp-client authors */

#pragma once

#include <gtk/gtk.h>

G_BEGIN_DECLS

/* nm_l2tp_grid_next_row:
 * Returns the number of the next free row of @grid, which is then taken. */
int nm_l2tp_grid_next_row (GtkGrid *grid);

/* nm_l2tp_grid_last_row:
 * Returns the number of the row that was taken last. */
int nm_l2tp_grid_last_row (GtkGrid *grid);

/* nm_l2tp_fault_new:
 * Returns (transfer floating) an invisible label for what is wrong with a field. */
GtkWidget *nm_l2tp_fault_new (void);

/* nm_l2tp_fault_show:
 * @message: (nullable): NULL hides the label */
void nm_l2tp_fault_show (GtkWidget *fault, const char *message);

G_END_DECLS
