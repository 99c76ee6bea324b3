/* SPDX-License-Identifier: GPL-2.0-or-later */
/* SPDX-FileCopyrightText: The l2tp-client authors */

/* A person at the editor: finds widgets by name, sets them, looks at them. For GTK 3 and GTK 4. */

#pragma once

#include <gtk/gtk.h>

G_BEGIN_DECLS

void nm_test_init_gtk (void);

/* nm_test_settle:
 * Lets GTK do what is to be done. */
void nm_test_settle (void);

/* nm_test_window_new:
 * Returns a window with @child in it, on the screen. */
GtkWidget *nm_test_window_new (GtkWidget *child);
void nm_test_window_destroy (GtkWidget *window);

/* nm_test_find_window:
 * Waits until there is a window called @name. */
GtkWidget *nm_test_find_window (const char *name);

/* nm_test_each:
 * Calls @visit with @root and everything in it. */
void nm_test_each (GtkWidget *root,
                   void (*visit) (GtkWidget *widget, gpointer user_data),
                   gpointer user_data);

/* nm_test_find:
 * Returns the widget called @name in @root, or fails the test. */
GtkWidget *nm_test_find (GtkWidget *root, const char *name);

/* nm_test_type, nm_test_tick, nm_test_choose, nm_test_click, nm_test_respond:
 * What a user does with a widget. */
void nm_test_type (GtkWidget *root, const char *name, const char *text);
void nm_test_tick (GtkWidget *root, const char *name, gboolean active);
void nm_test_choose (GtkWidget *root, const char *name, guint index);
void nm_test_click (GtkWidget *root, const char *name);
void nm_test_respond (GtkWidget *dialog, int response);

const char *nm_test_get_text (GtkWidget *root, const char *name);
gboolean nm_test_is_ticked (GtkWidget *root, const char *name);

/* nm_test_shows:
 * Returns TRUE if a label that can be seen says @text. */
gboolean nm_test_shows (GtkWidget *root, const char *text);

/* nm_test_check_mnemonics:
 * Fails the test if a widget that takes the focus cannot be reached by a mnemonic, or two widgets
 * that can be seen have the same. */
void nm_test_check_mnemonics (GtkWidget *root);

/* nm_test_check_tab:
 * Fails the test if Tab does not come to every field of @window, from top to bottom. */
void nm_test_check_tab (GtkWidget *window);

/* nm_test_picture:
 * Keeps a picture of @window as NAME-gtkN.png in the build directory of the tests. */
void nm_test_picture (GtkWidget *window, const char *name);

G_END_DECLS
