/* SPDX-License-Identifier: GPL-2.0-or-later */
/* SPDX-FileCopyrightText: The l2tp-client authors */

/* A page or a dialog of the editor: headings, grids, fields in them, choosers of certificates.
 * Hides the layout, which follows GNOME's guidelines: labels at the right before their fields,
 * sections under bold headings. Owned by the editor or by one of its dialogs. */

#include "nm-l2tp-form.h"

#include "nm-l2tp-gtk.h"
#include "nm-l2tp-layout.h"

#include <glib/gi18n-lib.h>

#define SPACE_SECTIONS 18
#define SPACE_ROWS     6
#define SPACE_COLUMNS  12

struct _NmL2tpForm
{
  GtkWidget *box;
  GtkGrid *grid; /* of the last section */
  GtkSizeGroup *labels;
  GtkSizeGroup *buttons;
  GPtrArray *fields;
  GPtrArray *certs;
  GPtrArray *sections; /* widgets */
  gboolean loading;
  void (*changed) (gpointer user_data);
  gpointer user_data;
};

NmL2tpForm *
nm_l2tp_form_new (void (*changed) (gpointer user_data), gpointer user_data)
{
  NmL2tpForm *self = g_new0 (NmL2tpForm, 1);

  self->box = g_object_ref_sink (gtk_box_new (GTK_ORIENTATION_VERTICAL, SPACE_SECTIONS));
  self->labels = gtk_size_group_new (GTK_SIZE_GROUP_HORIZONTAL);
  self->buttons = gtk_size_group_new (GTK_SIZE_GROUP_HORIZONTAL);
  self->fields = g_ptr_array_new_with_free_func ((GDestroyNotify) nm_l2tp_field_free);
  self->certs = g_ptr_array_new_with_free_func ((GDestroyNotify) nm_l2tp_certs_free);
  self->sections = g_ptr_array_new ();
  self->changed = changed;
  self->user_data = user_data;
  return self;
}

void
nm_l2tp_form_free (NmL2tpForm *self)
{
  g_clear_pointer (&self->fields, g_ptr_array_unref);
  g_clear_pointer (&self->certs, g_ptr_array_unref);
  g_clear_pointer (&self->sections, g_ptr_array_unref);
  g_clear_object (&self->labels);
  g_clear_object (&self->buttons);
  g_clear_object (&self->box);
  g_free (self);
}

GtkWidget *
nm_l2tp_form_get_widget (NmL2tpForm *self)
{
  return self->box;
}

static void
on_changed (gpointer user_data)
{
  NmL2tpForm *self = user_data;

  if (self->loading)
    return;
  nm_l2tp_form_check (self, NULL);
  self->changed (self->user_data);
}

static GtkWidget *
heading_new (const char *title)
{
  GtkWidget *heading = gtk_label_new (NULL);
  g_autofree char *markup = g_markup_printf_escaped ("<b>%s</b>", title);

  gtk_label_set_markup (GTK_LABEL (heading), markup);
  gtk_label_set_xalign (GTK_LABEL (heading), 0.0);
  return heading;
}

GtkGrid *
nm_l2tp_form_add_section (NmL2tpForm *self, const char *title)
{
  GtkWidget *section = gtk_box_new (GTK_ORIENTATION_VERTICAL, SPACE_COLUMNS);
  GtkWidget *grid = gtk_grid_new ();

  gtk_grid_set_row_spacing (GTK_GRID (grid), SPACE_ROWS);
  gtk_grid_set_column_spacing (GTK_GRID (grid), SPACE_COLUMNS);
  if (title != NULL)
    nm_l2tp_box_append (section, heading_new (_ (title)));
  nm_l2tp_box_append (section, grid);
  nm_l2tp_box_append (self->box, section);
  g_ptr_array_add (self->sections, section);
  self->grid = GTK_GRID (grid);
  return self->grid;
}

NmL2tpField *
nm_l2tp_form_add (NmL2tpForm *self, const NmL2tpFieldSpec *spec)
{
  NmL2tpField *field = nm_l2tp_field_new (spec, self->grid, on_changed, self);
  GtkWidget *label = nm_l2tp_field_get_label (field);

  if (label != NULL)
    gtk_size_group_add_widget (self->labels, label);
  g_ptr_array_add (self->fields, field);
  return field;
}

void
nm_l2tp_form_add_fields (NmL2tpForm *self, const NmL2tpFieldSpec *specs, gsize n)
{
  for (gsize i = 0; i < n; i++)
    nm_l2tp_form_add (self, &specs[i]);
}

NmL2tpCerts *
nm_l2tp_form_add_certs (NmL2tpForm *self, const NmL2tpCertsSpec *spec)
{
  NmL2tpCerts *certs = nm_l2tp_certs_new (spec, self->grid, self->labels, on_changed, self);

  g_ptr_array_add (self->certs, certs);
  return certs;
}

void
nm_l2tp_form_add_widget (NmL2tpForm *self, GtkGrid *grid, GtkWidget *widget)
{
  gtk_grid_attach (grid, widget, 1, nm_l2tp_grid_next_row (grid), 1, 1);
}

void
nm_l2tp_form_add_row (NmL2tpForm *self,
                      GtkGrid *grid,
                      const char *name,
                      GtkWidget *text,
                      GtkWidget *button)
{
  GtkWidget *box = gtk_box_new (GTK_ORIENTATION_HORIZONTAL, SPACE_COLUMNS);
  GtkWidget *label = gtk_label_new (name);
  int row = nm_l2tp_grid_next_row (grid);

  gtk_label_set_xalign (GTK_LABEL (label), 1.0);
  gtk_size_group_add_widget (self->labels, label);
  gtk_label_set_xalign (GTK_LABEL (text), 0.0);
  gtk_widget_set_hexpand (text, TRUE);
  gtk_size_group_add_widget (self->buttons, button);
  nm_l2tp_box_append (box, text);
  nm_l2tp_box_append (box, button);
  gtk_grid_attach (grid, label, 0, row, 1, 1);
  gtk_grid_attach (grid, box, 1, row, 1, 1);
}

NmL2tpField *
nm_l2tp_form_find (NmL2tpForm *self, L2tpOptionId id)
{
  for (guint i = 0; i < self->fields->len; i++)
    if (nm_l2tp_field_get_id (self->fields->pdata[i]) == id)
      return self->fields->pdata[i];
  g_return_val_if_reached (NULL);
}

NmL2tpCerts *
nm_l2tp_form_get_certs (NmL2tpForm *self)
{
  return g_ptr_array_index (self->certs, 0);
}

gboolean
nm_l2tp_form_has_text (NmL2tpForm *self, L2tpOptionId id, const char *text)
{
  g_autofree char *value = nm_l2tp_field_dup_text (nm_l2tp_form_find (self, id));

  return g_strcmp0 (value, text) == 0;
}

void
nm_l2tp_form_set_sensitive_below (NmL2tpForm *self, guint n, gboolean sensitive)
{
  for (guint i = n; i < self->sections->len; i++)
    gtk_widget_set_sensitive (self->sections->pdata[i], sensitive);
}

void
nm_l2tp_form_load (NmL2tpForm *self, NMSettingVpn *setting)
{
  self->loading = TRUE;
  for (guint i = 0; i < self->fields->len; i++)
    nm_l2tp_field_load (self->fields->pdata[i], setting);
  for (guint i = 0; i < self->certs->len; i++)
    nm_l2tp_certs_load (self->certs->pdata[i], setting);
  self->loading = FALSE;
  nm_l2tp_form_check (self, NULL);
}

void
nm_l2tp_form_save (NmL2tpForm *self, NMSettingVpn *setting)
{
  for (guint i = 0; i < self->fields->len; i++)
    nm_l2tp_field_save (self->fields->pdata[i], setting);
  for (guint i = 0; i < self->certs->len; i++)
    nm_l2tp_certs_save (self->certs->pdata[i], setting);
}

gboolean
nm_l2tp_form_check (NmL2tpForm *self, GError **error)
{
  gboolean right = TRUE;

  /* All of them: each shows its own fault. */
  for (guint i = 0; i < self->fields->len; i++)
    right &= nm_l2tp_field_check (self->fields->pdata[i], right ? error : NULL);
  for (guint i = 0; i < self->certs->len; i++)
    right &= nm_l2tp_certs_check (self->certs->pdata[i], right ? error : NULL);
  return right;
}
