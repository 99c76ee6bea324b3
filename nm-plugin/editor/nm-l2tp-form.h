/* SPDX-License-Identifier: GPL-2.0-or-later */
/* SPDX-FileCopyrightText: The l2tp-client authors */

#pragma once

#include "nm-l2tp-certs.h"
#include "nm-l2tp-field.h"

G_BEGIN_DECLS

/* A page or a dialog: sections of fields. */
typedef struct _NmL2tpForm NmL2tpForm;

/* nm_l2tp_form_new:
 * @changed: called whenever the user changes a field, after the fields have been checked; never
 *   while loading
 *
 * Returns (transfer full) a form without sections. */
NmL2tpForm *nm_l2tp_form_new (void (*changed) (gpointer user_data), gpointer user_data);

/* nm_l2tp_form_free:
 * The widgets belong to whom the form's widget was given to. */
void nm_l2tp_form_free (NmL2tpForm *self);

/* nm_l2tp_form_get_widget:
 * Returns (transfer none) the box with the sections. */
GtkWidget *nm_l2tp_form_get_widget (NmL2tpForm *self);

/* nm_l2tp_form_add_section:
 * @title: untranslated, or NULL
 *
 * Begins a section at the end: a heading and a grid. Returns (transfer none) the grid. */
GtkGrid *nm_l2tp_form_add_section (NmL2tpForm *self, const char *title);

/* nm_l2tp_form_add:
 * Adds a field at the end of the last section. Returns (transfer none). */
NmL2tpField *nm_l2tp_form_add (NmL2tpForm *self, const NmL2tpFieldSpec *spec);

/* nm_l2tp_form_add_fields:
 * @specs: n of them, added one after the other */
void nm_l2tp_form_add_fields (NmL2tpForm *self, const NmL2tpFieldSpec *specs, gsize n);

/* nm_l2tp_form_add_certs:
 * Adds choosers of certificates at the end of the last section. Returns (transfer none). */
NmL2tpCerts *nm_l2tp_form_add_certs (NmL2tpForm *self, const NmL2tpCertsSpec *spec);

/* nm_l2tp_form_add_widget:
 * Adds @widget (transfer floating) below the fields that @grid has so far. */
void nm_l2tp_form_add_widget (NmL2tpForm *self, GtkGrid *grid, GtkWidget *widget);

/* nm_l2tp_form_add_row:
 * Adds a row to @grid that is no field: a name, a label with what there is to say about it, and
 * a button (both transfer floating). */
void nm_l2tp_form_add_row (NmL2tpForm *self,
                           GtkGrid *grid,
                           const char *name,
                           GtkWidget *text,
                           GtkWidget *button);

/* nm_l2tp_form_find:
 * Returns (transfer none) the field of @id, which must be there. */
NmL2tpField *nm_l2tp_form_find (NmL2tpForm *self, L2tpOptionId id);

/* nm_l2tp_form_get_certs:
 * Returns (transfer none) the first choosers of certificates, which must be there. */
NmL2tpCerts *nm_l2tp_form_get_certs (NmL2tpForm *self);

/* nm_l2tp_form_has_text:
 * Returns TRUE if the value of the field of @id is @text. */
gboolean nm_l2tp_form_has_text (NmL2tpForm *self, L2tpOptionId id, const char *text);

/* nm_l2tp_form_set_sensitive_below:
 * @n: how many sections stay as they are
 *
 * Makes what is in the other sections usable or not. */
void nm_l2tp_form_set_sensitive_below (NmL2tpForm *self, guint n, gboolean sensitive);

/* nm_l2tp_form_load, nm_l2tp_form_save, nm_l2tp_form_check:
 * As those of NmL2tpField, for all fields; the error is the first one's. */
void nm_l2tp_form_load (NmL2tpForm *self, NMSettingVpn *setting);
void nm_l2tp_form_save (NmL2tpForm *self, NMSettingVpn *setting);
gboolean nm_l2tp_form_check (NmL2tpForm *self, GError **error);

G_END_DECLS
