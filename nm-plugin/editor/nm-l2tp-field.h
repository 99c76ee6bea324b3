/* SPDX-License-Identifier: GPL-2.0-or-later */
/* SPDX-FileCopyrightText: The l2tp-client authors */

#pragma once

#include <NetworkManager.h>
#include <gtk/gtk.h>

#include "dbus/l2tp-options.h"

G_BEGIN_DECLS

/* One thing that a person can set, bound to an option of the profile. */
typedef struct _NmL2tpField NmL2tpField;

typedef enum
{
  NM_L2TP_FIELD_ENTRY,  /* text; empty: no value */
  NM_L2TP_FIELD_CHECK,  /* see mark */
  NM_L2TP_FIELD_CHOICE, /* one of words */
  NM_L2TP_FIELD_SECRET, /* hidden text, and where it is kept */
} NmL2tpFieldKind;

/* Where a box is: below the fields, over the whole width, or two in a row. */
typedef enum
{
  NM_L2TP_PLACE_FIELDS,
  NM_L2TP_PLACE_WIDE,
  NM_L2TP_PLACE_LEFT,
  NM_L2TP_PLACE_RIGHT,
} NmL2tpPlace;

/* One kind of value that is several keys. Texts are words or NULL. */
typedef struct
{
  const char *(*fetch) (NMSettingVpn *setting);
  void (*store) (NMSettingVpn *setting, const char *text);
} NmL2tpFieldKeys;

/* What a field is; constant. */
typedef struct
{
  NmL2tpFieldKind kind;
  L2tpOptionId id;   /* its key is the widget's name, too */
  const char *label; /* untranslated, with a mnemonic */
  const char *hint;  /* untranslated tooltip, or NULL: the option's help */
  /* ENTRY: what is shown in an empty one; untranslated, NULL: the option's default */
  const char *placeholder;
  /* CHECK: the value that the key has when the box is ticked, or with inverted when it is not;
   * NULL: "yes". In the other state there is no key. */
  const char *mark;
  gboolean inverted;
  NmL2tpPlace place;
  /* CHOICE: values and their untranslated names, NULL-terminated; an absent key is the first, which
   * is written only when somebody chooses it */
  const char *const *words;
  const char *const *names;
  const NmL2tpFieldKeys *keys; /* or NULL: the key of the option */
} NmL2tpFieldSpec;

/* nm_l2tp_field_new:
 * @grid: (transfer none): gets the field's rows at its end
 * @changed: called whenever the user changes it
 *
 * Returns (transfer full) a field without a value. */
NmL2tpField *nm_l2tp_field_new (const NmL2tpFieldSpec *spec,
                                GtkGrid *grid,
                                void (*changed) (gpointer user_data),
                                gpointer user_data);

/* nm_l2tp_field_free:
 * Does not touch the widgets, which belong to the grid. */
void nm_l2tp_field_free (NmL2tpField *self);

/* nm_l2tp_field_load:
 * Shows what the profile has. Of a secret that it does not have and says nothing about, the user's
 * agent is offered as keeper. */
void nm_l2tp_field_load (NmL2tpField *self, NMSettingVpn *setting);

/* nm_l2tp_field_save:
 * Writes the field's keys if the value is another than was loaded, and no key otherwise. */
void nm_l2tp_field_save (NmL2tpField *self, NMSettingVpn *setting);

/* nm_l2tp_field_check:
 * Shows below the field what is wrong with it, or that nothing is; an empty field that must not be
 * is wrong at once, and says so only after it was changed. A field that cannot be seen or used is
 * right. Error: NM_CONNECTION_ERROR_INVALID_PROPERTY. */
gboolean nm_l2tp_field_check (NmL2tpField *self, GError **error);

/* nm_l2tp_field_get_id:
 * Returns the option that it shows. */
L2tpOptionId nm_l2tp_field_get_id (const NmL2tpField *self);

/* nm_l2tp_field_get_label:
 * Returns (transfer none) the label before the widget, or NULL. */
GtkWidget *nm_l2tp_field_get_label (const NmL2tpField *self);

/* nm_l2tp_field_dup_text:
 * Returns (transfer full) the value as the profile would have it, or NULL. */
char *nm_l2tp_field_dup_text (const NmL2tpField *self);

/* nm_l2tp_field_set_text:
 * @text: (nullable): as if the user had set it */
void nm_l2tp_field_set_text (NmL2tpField *self, const char *text);

void nm_l2tp_field_set_visible (NmL2tpField *self, gboolean visible);
void nm_l2tp_field_set_sensitive (NmL2tpField *self, gboolean sensitive);

G_END_DECLS
