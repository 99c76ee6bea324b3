/* SPDX-License-Identifier: GPL-2.0-or-later */
/* SPDX-FileCopyrightText: The l2tp-client authors */

#pragma once

#include "nm-l2tp-form.h"

G_BEGIN_DECLS

/* A window with a form, in front of the page: Cancel, and Apply while everything is right. */
typedef struct _NmL2tpDialog NmL2tpDialog;

/* What is in such a window; constant. */
typedef struct
{
  const char *title; /* untranslated */
  const char *name;  /* of the window */

  /* Adds sections and fields. */
  void (*fill) (NmL2tpForm *form);

  /* (nullable): called after each change, and once after loading */
  void (*follow) (NmL2tpForm *form);
} NmL2tpDialogSpec;

/* nm_l2tp_dialog_new:
 * @opener: the widget that opens it; its window is the dialog's parent
 * @setting: is shown, and changed when the user applies
 * @closed: called once when the user has applied or cancelled; frees the dialog
 *
 * Shows the dialog. Returns (transfer full). */
NmL2tpDialog *nm_l2tp_dialog_new (const NmL2tpDialogSpec *spec,
                                  GtkWidget *opener,
                                  NMSettingVpn *setting,
                                  void (*closed) (gboolean applied, gpointer user_data),
                                  gpointer user_data);

/* nm_l2tp_dialog_free:
 * Takes the window away without applying. */
void nm_l2tp_dialog_free (NmL2tpDialog *self);

/* The two that there are. */
extern const NmL2tpDialogSpec nm_l2tp_ppp_dialog;
extern const NmL2tpDialogSpec nm_l2tp_ipsec_dialog;

G_END_DECLS
