/* SPDX-License-Identifier: GPL-2.0-or-later */
/* SPDX-FileCopyrightText: The l2tp-client authors */

/* A modal window around a form. Hides GtkDialog; what is in it says a specification. Owned by the
 * editor, which has at most one. */

#include "nm-l2tp-dialog.h"

#include "nm-l2tp-gtk.h"

#include <glib/gi18n-lib.h>

#define MARGIN     18
#define MIN_HEIGHT 420
#define MAX_HEIGHT 680 /* the window fits on a screen of 768 lines */
#define WIDTH      560

struct _NmL2tpDialog
{
  const NmL2tpDialogSpec *spec;
  GtkWidget *window;
  NmL2tpForm *form;
  NMSettingVpn *setting;
  void (*closed) (gboolean applied, gpointer user_data);
  gpointer user_data;
};

static void
refresh (NmL2tpDialog *self)
{
  if (self->spec->follow != NULL)
    self->spec->follow (self->form);
  gtk_dialog_set_response_sensitive (GTK_DIALOG (self->window), GTK_RESPONSE_APPLY,
                                     nm_l2tp_form_check (self->form, NULL));
}

static void
on_changed (gpointer user_data)
{
  refresh (user_data);
}

static void
on_response (NmL2tpDialog *self, int response)
{
  gboolean apply = response == GTK_RESPONSE_APPLY && nm_l2tp_form_check (self->form, NULL);

  if (response == GTK_RESPONSE_APPLY && !apply)
    return;
  if (apply)
    nm_l2tp_form_save (self->form, self->setting);
  self->closed (apply, self->user_data);
}

/* Its parent was closed. */
static void
on_destroyed (NmL2tpDialog *self)
{
  self->window = NULL;
  self->closed (FALSE, self->user_data);
}

static GtkWidget *
window_new (const NmL2tpDialogSpec *spec, GtkWidget *opener)
{
  GtkWidget *window = gtk_dialog_new_with_buttons (
      _ (spec->title), nm_l2tp_window_of (opener),
      GTK_DIALOG_MODAL | GTK_DIALOG_DESTROY_WITH_PARENT | GTK_DIALOG_USE_HEADER_BAR, _ ("_Cancel"),
      GTK_RESPONSE_CANCEL, _ ("_Apply"), GTK_RESPONSE_APPLY, NULL);

  gtk_dialog_set_default_response (GTK_DIALOG (window), GTK_RESPONSE_APPLY);
  gtk_window_set_default_size (GTK_WINDOW (window), WIDTH, -1);
  gtk_widget_set_name (window, spec->name);
  return window;
}

static void
put_form (NmL2tpDialog *self)
{
  GtkWidget *content = gtk_dialog_get_content_area (GTK_DIALOG (self->window));
  GtkWidget *form = nm_l2tp_form_get_widget (self->form);
  GtkWidget *scroller = nm_l2tp_scroller_new ();

  gtk_widget_set_margin_start (form, MARGIN);
  gtk_widget_set_margin_end (form, MARGIN);
  gtk_widget_set_margin_top (form, MARGIN);
  gtk_widget_set_margin_bottom (form, MARGIN);
  gtk_scrolled_window_set_policy (GTK_SCROLLED_WINDOW (scroller), GTK_POLICY_NEVER,
                                  GTK_POLICY_AUTOMATIC);
  gtk_scrolled_window_set_propagate_natural_height (GTK_SCROLLED_WINDOW (scroller), TRUE);
  gtk_scrolled_window_set_max_content_height (GTK_SCROLLED_WINDOW (scroller), MAX_HEIGHT);
  gtk_scrolled_window_set_min_content_height (GTK_SCROLLED_WINDOW (scroller), MIN_HEIGHT);
  gtk_widget_set_vexpand (scroller, TRUE);
  nm_l2tp_scroller_set_child (scroller, form);
  nm_l2tp_box_append (content, scroller);
}

NmL2tpDialog *
nm_l2tp_dialog_new (const NmL2tpDialogSpec *spec,
                    GtkWidget *opener,
                    NMSettingVpn *setting,
                    void (*closed) (gboolean applied, gpointer user_data),
                    gpointer user_data)
{
  NmL2tpDialog *self = g_new0 (NmL2tpDialog, 1);

  self->spec = spec;
  self->setting = g_object_ref (setting);
  self->closed = closed;
  self->user_data = user_data;
  self->form = nm_l2tp_form_new (on_changed, self);
  spec->fill (self->form);
  self->window = window_new (spec, opener);
  put_form (self);
#if !GTK_CHECK_VERSION(4, 0, 0)
  gtk_widget_show_all (gtk_dialog_get_content_area (GTK_DIALOG (self->window)));
#endif
  nm_l2tp_form_load (self->form, setting);
  refresh (self);
  g_signal_connect_swapped (self->window, "response", G_CALLBACK (on_response), self);
  g_signal_connect_swapped (self->window, "destroy", G_CALLBACK (on_destroyed), self);
  gtk_window_present (GTK_WINDOW (self->window));
  return self;
}

void
nm_l2tp_dialog_free (NmL2tpDialog *self)
{
  if (self->window != NULL)
    {
      g_signal_handlers_disconnect_by_data (self->window, self);
      nm_l2tp_destroy_window (self->window);
    }
  nm_l2tp_form_free (self->form);
  g_clear_object (&self->setting);
  g_free (self);
}
