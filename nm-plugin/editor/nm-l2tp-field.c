/* SPDX-License-Identifier: GPL-2.0-or-later */
/* SPDX-FileCopyrightText: The l2tp-client authors */

/* A field of the editor: its label, its widget, the line below it that says what is wrong, and the
 * keys of the profile that it shows. What nobody changes is not written: that is how a profile of
 * another editor keeps its spelling. Hides which widget it is. Owned by a form. */

#include "nm-l2tp-field.h"

#include "nm-l2tp-gtk.h"
#include "nm-l2tp-layout.h"
#include "nm-plugin/shared/nm-l2tp-profile.h"
#include "nm-plugin/shared/nm-l2tp-secrets.h"

#include <glib/gi18n-lib.h>
#include <nma-ui-utils.h>
#include <string.h>

struct _NmL2tpField
{
  const NmL2tpFieldSpec *spec;
  GtkWidget *widget;
  GtkWidget *label;  /* NULL: the widget has its own */
  GtkWidget *reveal; /* of a secret, or NULL */
  GtkWidget *fault;  /* of what is typed, or NULL */
  char *loaded;
  NMSettingSecretFlags loaded_flags;
  gboolean visible;
  void (*changed) (gpointer user_data);
  gpointer user_data;
};

static const char *
key_of (const NmL2tpField *self)
{
  return l2tp_option_get (self->spec->id)->key;
}

static gboolean
is_entry (const NmL2tpField *self)
{
  return self->spec->kind == NM_L2TP_FIELD_ENTRY || self->spec->kind == NM_L2TP_FIELD_SECRET;
}

static const char *
mark_of (const NmL2tpField *self)
{
  return self->spec->mark != NULL ? self->spec->mark : "yes";
}

/* Building */

static void
on_changed (NmL2tpField *self)
{
  self->changed (self->user_data);
}

static GtkWidget *
build_entry (NmL2tpField *self)
{
  const L2tpOption *option = l2tp_option_get (self->spec->id);
  const char *placeholder =
      self->spec->placeholder != NULL ? _ (self->spec->placeholder) : option->fallback;
  GtkWidget *entry = gtk_entry_new ();

  gtk_entry_set_activates_default (GTK_ENTRY (entry), TRUE);
  if (placeholder != NULL)
    gtk_entry_set_placeholder_text (GTK_ENTRY (entry), placeholder);
  if (option->type == L2TP_OPTION_TYPE_UINT)
    gtk_entry_set_input_purpose (GTK_ENTRY (entry), GTK_INPUT_PURPOSE_DIGITS);
  g_signal_connect_swapped (entry, "changed", G_CALLBACK (on_changed), self);
  return entry;
}

static GtkWidget *
build_choice (NmL2tpField *self)
{
  g_autoptr (GPtrArray) names = g_ptr_array_new ();
  GtkWidget *choice;

  for (guint i = 0; self->spec->names[i] != NULL; i++)
    g_ptr_array_add (names, _ (self->spec->names[i]));
  g_ptr_array_add (names, NULL);
  choice = nm_l2tp_choice_new ((const char *const *) names->pdata);
  g_signal_connect_swapped (choice, NM_L2TP_CHOICE_CHANGED, G_CALLBACK (on_changed), self);
  return choice;
}

static GtkWidget *
build_check (NmL2tpField *self)
{
  GtkWidget *check = gtk_check_button_new_with_mnemonic (_ (self->spec->label));

  g_signal_connect_swapped (check, "toggled", G_CALLBACK (on_changed), self);
  return check;
}

static void
on_reveal (NmL2tpField *self)
{
  gtk_entry_set_visibility (GTK_ENTRY (self->widget), nm_l2tp_check_get_active (self->reveal));
}

static GtkWidget *
build_secret (NmL2tpField *self)
{
  GtkWidget *entry = build_entry (self);

  gtk_entry_set_visibility (GTK_ENTRY (entry), FALSE);
  gtk_entry_set_input_purpose (GTK_ENTRY (entry), GTK_INPUT_PURPOSE_PASSWORD);
  /* Where the secret is kept is chosen with the icon. */
  g_signal_connect_swapped (entry, "notify::secondary-icon-name", G_CALLBACK (on_changed), self);
  return entry;
}

/* What has a label before it. */
static GtkWidget *
build_widget (NmL2tpField *self)
{
  if (self->spec->kind == NM_L2TP_FIELD_CHOICE)
    return build_choice (self);
  return self->spec->kind == NM_L2TP_FIELD_SECRET ? build_secret (self) : build_entry (self);
}

static GtkWidget *
build_label (NmL2tpField *self)
{
  GtkWidget *label = gtk_label_new_with_mnemonic (_ (self->spec->label));

  gtk_label_set_xalign (GTK_LABEL (label), 1.0);
  gtk_label_set_mnemonic_widget (GTK_LABEL (label), self->widget);
  return label;
}

static GtkWidget *
put (GtkGrid *grid, GtkWidget *widget, int column, int row, int width)
{
  gtk_grid_attach (grid, widget, column, row, width, 1);
  return g_object_ref (widget);
}

static GtkWidget *
put_check (NmL2tpField *self, GtkGrid *grid)
{
  NmL2tpPlace place = self->spec->place;
  int row =
      place == NM_L2TP_PLACE_RIGHT ? nm_l2tp_grid_last_row (grid) : nm_l2tp_grid_next_row (grid);
  int column = place == NM_L2TP_PLACE_FIELDS || place == NM_L2TP_PLACE_RIGHT ? 1 : 0;

  if (place == NM_L2TP_PLACE_RIGHT)
    gtk_grid_set_column_homogeneous (grid, TRUE);
  return put (grid, build_check (self), column, row, place == NM_L2TP_PLACE_WIDE ? 2 : 1);
}

static GtkWidget *
build_reveal (NmL2tpField *self)
{
  GtkWidget *reveal = gtk_check_button_new_with_mnemonic (
      self->spec->id == L2TP_OPTION_PASSWORD ? _ ("Sho_w password") : _ ("Sho_w key"));

  g_signal_connect_swapped (reveal, "toggled", G_CALLBACK (on_reveal), self);
  return reveal;
}

static void
attach (NmL2tpField *self, GtkGrid *grid)
{
  int row;

  if (self->spec->kind == NM_L2TP_FIELD_CHECK)
    {
      self->widget = put_check (self, grid);
      return;
    }

  row = nm_l2tp_grid_next_row (grid);
  self->widget = put (grid, build_widget (self), 1, row, 1);
  self->label = put (grid, build_label (self), 0, row, 1);
  if (is_entry (self))
    self->fault = put (grid, nm_l2tp_fault_new (), 1, nm_l2tp_grid_next_row (grid), 1);
  if (self->spec->kind == NM_L2TP_FIELD_SECRET)
    self->reveal = put (grid, build_reveal (self), 1, nm_l2tp_grid_next_row (grid), 1);
}

NmL2tpField *
nm_l2tp_field_new (const NmL2tpFieldSpec *spec,
                   GtkGrid *grid,
                   void (*changed) (gpointer user_data),
                   gpointer user_data)
{
  NmL2tpField *self = g_new0 (NmL2tpField, 1);
  const char *hint = spec->hint != NULL ? spec->hint : l2tp_option_get (spec->id)->help;

  self->spec = spec;
  self->changed = changed;
  self->user_data = user_data;
  self->visible = TRUE;
  attach (self, grid);
  gtk_widget_set_name (self->widget, key_of (self));
  gtk_widget_set_tooltip_text (self->widget, _ (hint));
  gtk_widget_set_hexpand (self->widget, TRUE);
  return self;
}

void
nm_l2tp_field_free (NmL2tpField *self)
{
  g_signal_handlers_disconnect_by_data (self->widget, self);
  if (self->reveal != NULL)
    g_signal_handlers_disconnect_by_data (self->reveal, self);
  g_clear_object (&self->widget);
  g_clear_object (&self->label);
  g_clear_object (&self->reveal);
  g_clear_object (&self->fault);
  nm_l2tp_secret_wipe (self->loaded);
  g_free (self);
}

/* Values */

L2tpOptionId
nm_l2tp_field_get_id (const NmL2tpField *self)
{
  return self->spec->id;
}

GtkWidget *
nm_l2tp_field_get_label (const NmL2tpField *self)
{
  return self->label;
}

static char *
none_if_empty (const char *text)
{
  return *text != '\0' ? g_strdup (text) : NULL;
}

char *
nm_l2tp_field_dup_text (const NmL2tpField *self)
{
  guint index;

  switch (self->spec->kind)
    {
    case NM_L2TP_FIELD_ENTRY:
    case NM_L2TP_FIELD_SECRET:
      return none_if_empty (nm_l2tp_entry_get_text (self->widget));
    case NM_L2TP_FIELD_CHECK:
      if (nm_l2tp_check_get_active (self->widget) == self->spec->inverted)
        return NULL;
      return g_strdup (mark_of (self));
    case NM_L2TP_FIELD_CHOICE:
      index = nm_l2tp_choice_get (self->widget);
      return index < g_strv_length ((char **) self->spec->words)
                 ? g_strdup (self->spec->words[index])
                 : NULL;
    }
  g_return_val_if_reached (NULL);
}

static guint
index_of (const NmL2tpField *self, const char *text)
{
  for (guint i = 0; text != NULL && self->spec->words[i] != NULL; i++)
    if (g_str_equal (self->spec->words[i], text))
      return i;
  return 0;
}

void
nm_l2tp_field_set_text (NmL2tpField *self, const char *text)
{
  if (is_entry (self))
    nm_l2tp_entry_set_text (self->widget, text != NULL ? text : "");
  else if (self->spec->kind == NM_L2TP_FIELD_CHOICE)
    nm_l2tp_choice_set (self->widget, index_of (self, text));
  else
    nm_l2tp_check_set_active (self->widget,
                              (g_strcmp0 (text, mark_of (self)) == 0) != self->spec->inverted);
}

static NMSettingSecretFlags
get_flags (NmL2tpField *self)
{
  return nma_utils_menu_to_secret_flags (self->widget);
}

static void
load_flags (NmL2tpField *self, NMSettingVpn *setting)
{
  gboolean is_there = nm_l2tp_profile_get (setting, self->spec->id) != NULL;
  NMSettingSecretFlags flags = nm_l2tp_profile_get_flags (
      setting, self->spec->id,
      is_there ? NM_SETTING_SECRET_FLAG_NONE : NM_SETTING_SECRET_FLAG_AGENT_OWNED);

  nma_utils_setup_password_storage (self->widget, flags, NULL, NULL, TRUE, FALSE);
  /* What libnma's menu cannot say must not count as changed. */
  self->loaded_flags = get_flags (self);
}

void
nm_l2tp_field_load (NmL2tpField *self, NMSettingVpn *setting)
{
  const NmL2tpFieldKeys *keys = self->spec->keys;

  nm_l2tp_field_set_text (self, keys != NULL ? keys->fetch (setting)
                                             : nm_l2tp_profile_get (setting, self->spec->id));
  if (self->spec->kind == NM_L2TP_FIELD_SECRET)
    load_flags (self, setting);
  nm_l2tp_secret_wipe (self->loaded);
  self->loaded = nm_l2tp_field_dup_text (self);
}

static void
save_secret (NmL2tpField *self, NMSettingVpn *setting, const char *text)
{
  NMSettingSecretFlags flags = get_flags (self);
  gboolean changed = g_strcmp0 (text, self->loaded) != 0;

  if (!changed && flags == self->loaded_flags)
    return;
  if ((flags & (NM_SETTING_SECRET_FLAG_NOT_SAVED | NM_SETTING_SECRET_FLAG_NOT_REQUIRED)) != 0)
    text = NULL;
  nm_l2tp_profile_set (setting, self->spec->id, text);
  if (text != NULL || flags != self->loaded_flags)
    nm_l2tp_profile_set_flags (setting, self->spec->id, flags);
}

static void
save_text (NmL2tpField *self, NMSettingVpn *setting, const char *text)
{
  if (g_strcmp0 (text, self->loaded) == 0)
    return;
  if (self->spec->keys != NULL)
    self->spec->keys->store (setting, text);
  else
    nm_l2tp_profile_set (setting, self->spec->id, text);
}

void
nm_l2tp_field_save (NmL2tpField *self, NMSettingVpn *setting)
{
  char *text = nm_l2tp_field_dup_text (self);

  if (self->spec->kind == NM_L2TP_FIELD_SECRET)
    save_secret (self, setting, text);
  else
    save_text (self, setting, text);
  nm_l2tp_secret_wipe (text);
}

/* What is wrong */

static char *
find_fault (NmL2tpField *self, const char *text)
{
  char *message = NULL;

  if (!is_entry (self))
    return NULL;
  if (text == NULL)
    return (l2tp_option_get (self->spec->id)->flags & L2TP_OPTION_REQUIRED) != 0
               ? g_strdup_printf ("%s: %s", key_of (self), _ ("must not be empty"))
               : NULL;
  l2tp_option_validate (self->spec->id, text, NULL, &message);
  return message;
}

/* The label beside the field says which one it is. */
static const char *
without_key (NmL2tpField *self, const char *message)
{
  gsize len = strlen (key_of (self));

  if (g_str_has_prefix (message, key_of (self)) && g_str_has_prefix (message + len, ": "))
    return message + len + 2;
  return message;
}

static void
show_fault (NmL2tpField *self, const char *message)
{
  gboolean show = message != NULL && self->visible;

  if (self->fault == NULL)
    return;
  nm_l2tp_fault_show (self->fault, show ? without_key (self, message) : NULL);
  nm_l2tp_set_css_class (self->widget, "error", show);
}

gboolean
nm_l2tp_field_check (NmL2tpField *self, GError **error)
{
  gboolean usable = self->visible && gtk_widget_is_sensitive (self->widget);
  char *text = nm_l2tp_field_dup_text (self);
  gboolean untouched = text == NULL && self->loaded == NULL;
  g_autofree char *message = usable ? find_fault (self, text) : NULL;

  nm_l2tp_secret_wipe (text);
  show_fault (self, untouched ? NULL : message);
  if (message == NULL)
    return TRUE;
  g_set_error (error, NM_CONNECTION_ERROR, NM_CONNECTION_ERROR_INVALID_PROPERTY,
               _ ("%s\nEnter another value"), message);
  return FALSE;
}

void
nm_l2tp_field_set_visible (NmL2tpField *self, gboolean visible)
{
  self->visible = visible;
  if (self->label != NULL)
    nm_l2tp_set_visible (self->label, visible);
  nm_l2tp_set_visible (self->widget, visible);
  if (self->reveal != NULL)
    nm_l2tp_set_visible (self->reveal, visible);
  if (!visible && self->fault != NULL)
    nm_l2tp_fault_show (self->fault, NULL);
}

void
nm_l2tp_field_set_sensitive (NmL2tpField *self, gboolean sensitive)
{
  gtk_widget_set_sensitive (self->widget, sensitive);
  if (self->label != NULL)
    gtk_widget_set_sensitive (self->label, sensitive);
  if (self->reveal != NULL)
    gtk_widget_set_sensitive (self->reveal, sensitive);
}
