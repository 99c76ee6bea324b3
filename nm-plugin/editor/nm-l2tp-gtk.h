/* SPDX-License-Identifier: GPL-2.0-or-later */
/* SPDX-FileCopyrightText: The l2tp-client authors */

/* The few calls in which GTK 3 and GTK 4 differ, under GTK 4's names where it has one. */

#pragma once

#include <gtk/gtk.h>

G_BEGIN_DECLS

#if GTK_CHECK_VERSION(4, 0, 0)

#define nm_l2tp_destroy_window(widget) gtk_window_destroy (GTK_WINDOW (widget))
#define nm_l2tp_scroller_new()         gtk_scrolled_window_new ()

static inline void
nm_l2tp_box_append (GtkWidget *box, GtkWidget *child)
{
  gtk_box_append (GTK_BOX (box), child);
}

static inline GtkWindow *
nm_l2tp_window_of (GtkWidget *widget)
{
  GtkRoot *root = gtk_widget_get_root (widget);

  return GTK_IS_WINDOW (root) ? GTK_WINDOW (root) : NULL;
}

static inline void
nm_l2tp_scroller_set_child (GtkWidget *scroller, GtkWidget *child)
{
  gtk_scrolled_window_set_child (GTK_SCROLLED_WINDOW (scroller), child);
}

static inline gboolean
nm_l2tp_check_get_active (GtkWidget *check)
{
  return gtk_check_button_get_active (GTK_CHECK_BUTTON (check));
}

static inline void
nm_l2tp_check_set_active (GtkWidget *check, gboolean active)
{
  gtk_check_button_set_active (GTK_CHECK_BUTTON (check), active);
}

static inline const char *
nm_l2tp_entry_get_text (GtkWidget *entry)
{
  return gtk_editable_get_text (GTK_EDITABLE (entry));
}

static inline void
nm_l2tp_entry_set_text (GtkWidget *entry, const char *text)
{
  gtk_editable_set_text (GTK_EDITABLE (entry), text);
}

static inline GtkWidget *
nm_l2tp_choice_new (const char *const *labels)
{
  return gtk_drop_down_new_from_strings (labels);
}

static inline guint
nm_l2tp_choice_get (GtkWidget *choice)
{
  return gtk_drop_down_get_selected (GTK_DROP_DOWN (choice));
}

static inline void
nm_l2tp_choice_set (GtkWidget *choice, guint index)
{
  gtk_drop_down_set_selected (GTK_DROP_DOWN (choice), index);
}

static inline void
nm_l2tp_set_visible (GtkWidget *widget, gboolean visible)
{
  gtk_widget_set_visible (widget, visible);
}

#define NM_L2TP_CHOICE_CHANGED "notify::selected"

static inline void
nm_l2tp_set_css_class (GtkWidget *widget, const char *name, gboolean on)
{
  if (on)
    gtk_widget_add_css_class (widget, name);
  else
    gtk_widget_remove_css_class (widget, name);
}

#else

#define nm_l2tp_destroy_window(widget) gtk_widget_destroy (widget)
#define nm_l2tp_scroller_new()         gtk_scrolled_window_new (NULL, NULL)

static inline void
nm_l2tp_box_append (GtkWidget *box, GtkWidget *child)
{
  gtk_container_add (GTK_CONTAINER (box), child);
}

static inline GtkWindow *
nm_l2tp_window_of (GtkWidget *widget)
{
  GtkWidget *top = gtk_widget_get_toplevel (widget);

  return GTK_IS_WINDOW (top) ? GTK_WINDOW (top) : NULL;
}

static inline void
nm_l2tp_scroller_set_child (GtkWidget *scroller, GtkWidget *child)
{
  gtk_container_add (GTK_CONTAINER (scroller), child);
}

static inline gboolean
nm_l2tp_check_get_active (GtkWidget *check)
{
  return gtk_toggle_button_get_active (GTK_TOGGLE_BUTTON (check));
}

static inline void
nm_l2tp_check_set_active (GtkWidget *check, gboolean active)
{
  gtk_toggle_button_set_active (GTK_TOGGLE_BUTTON (check), active);
}

static inline const char *
nm_l2tp_entry_get_text (GtkWidget *entry)
{
  return gtk_entry_get_text (GTK_ENTRY (entry));
}

static inline void
nm_l2tp_entry_set_text (GtkWidget *entry, const char *text)
{
  gtk_entry_set_text (GTK_ENTRY (entry), text);
}

static inline GtkWidget *
nm_l2tp_choice_new (const char *const *labels)
{
  GtkWidget *choice = gtk_combo_box_text_new ();

  for (; *labels != NULL; labels++)
    gtk_combo_box_text_append_text (GTK_COMBO_BOX_TEXT (choice), *labels);
  return choice;
}

static inline guint
nm_l2tp_choice_get (GtkWidget *choice)
{
  return (guint) gtk_combo_box_get_active (GTK_COMBO_BOX (choice));
}

static inline void
nm_l2tp_choice_set (GtkWidget *choice, guint index)
{
  gtk_combo_box_set_active (GTK_COMBO_BOX (choice), (int) index);
}

/* Who embeds the page may show all of it. */
static inline void
nm_l2tp_set_visible (GtkWidget *widget, gboolean visible)
{
  gtk_widget_set_no_show_all (widget, !visible);
  gtk_widget_set_visible (widget, visible);
}

#define NM_L2TP_CHOICE_CHANGED "changed"

static inline void
nm_l2tp_set_css_class (GtkWidget *widget, const char *name, gboolean on)
{
  GtkStyleContext *style = gtk_widget_get_style_context (widget);

  if (on)
    gtk_style_context_add_class (style, name);
  else
    gtk_style_context_remove_class (style, name);
}

#endif

G_END_DECLS
