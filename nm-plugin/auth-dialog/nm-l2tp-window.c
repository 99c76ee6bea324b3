/* SPDX-License-Identifier: GPL-2.0-or-later */
/* SPDX-FileCopyrightText: The l2tp-client authors */

/* The window that asks: libnma's dialog for VPN passwords, so that it looks like every other VPN's.
 * A profile uses at most two secrets at once, one of the user and one of the machine, and that
 * dialog can ask for three. Hides GTK, of either version. Owned by main for one question. */

#include "nm-l2tp-window.h"

#include "nm-l2tp-input.h"

#include <glib/gi18n-lib.h>
#include <gtk/gtk.h>
#include <nma-vpn-password-dialog.h>

#define MAX_FIELDS 2

typedef struct
{
  NMAVpnPasswordDialog *dialog;
  GMainLoop *loop;
  NmL2tpItem *fields[MAX_FIELDS];
  guint n_fields;
  gboolean answered;
} Window;

static gboolean
init_gtk (void)
{
#if GTK_CHECK_VERSION(4, 0, 0)
  return gtk_init_check ();
#else
  return gtk_init_check (NULL, NULL);
#endif
}

static void
destroy (GtkWidget *dialog)
{
#if GTK_CHECK_VERSION(4, 0, 0)
  gtk_window_destroy (GTK_WINDOW (dialog));
#else
  gtk_widget_destroy (dialog);
#endif
}

static void
on_response (GtkDialog *dialog, int response, gpointer user_data)
{
  Window *self = user_data;

  self->answered = response == GTK_RESPONSE_OK;
  g_main_loop_quit (self->loop);
}

/* A client may have closed its end when it had sent the profile. */
static void
on_input_over (gboolean quit, gpointer user_data)
{
  Window *self = user_data;

  if (quit)
    g_main_loop_quit (self->loop);
}

static void
show_fields (Window *self)
{
  NMAVpnPasswordDialog *dialog = self->dialog;

  nma_vpn_password_dialog_set_show_password (dialog, self->n_fields > 0);
  nma_vpn_password_dialog_set_show_password_secondary (dialog, self->n_fields > 1);
  nma_vpn_password_dialog_set_show_password_ternary (dialog, FALSE);
  if (self->n_fields > 0)
    {
      nma_vpn_password_dialog_set_password_label (dialog, _ (self->fields[0]->secret->label));
      nma_vpn_password_dialog_set_password (dialog, self->fields[0]->value);
    }
  if (self->n_fields > 1)
    {
      nma_vpn_password_dialog_set_password_secondary_label (dialog,
                                                            _ (self->fields[1]->secret->label));
      nma_vpn_password_dialog_set_password_secondary (dialog, self->fields[1]->value);
    }
  nma_vpn_password_dialog_focus_password (dialog);
}

static void
take_answers (Window *self)
{
  if (self->n_fields > 0)
    nm_l2tp_item_answer (self->fields[0], nma_vpn_password_dialog_get_password (self->dialog));
  if (self->n_fields > 1)
    nm_l2tp_item_answer (self->fields[1],
                         nma_vpn_password_dialog_get_password_secondary (self->dialog));
}

gboolean
nm_l2tp_window_ask (NmL2tpQuestion *question)
{
  Window self = { 0 };
  GtkWidget *dialog;

  if (!init_gtk ())
    {
      g_printerr (_ ("There is no display to ask on\nUse --external-ui-mode\n"));
      return FALSE;
    }

  for (guint i = 0; i < question->n_items && self.n_fields < MAX_FIELDS; i++)
    if (question->items[i].ask)
      self.fields[self.n_fields++] = &question->items[i];

  g_autoptr (GMainLoop) loop = self.loop = g_main_loop_new (NULL, FALSE);
  dialog = nma_vpn_password_dialog_new (question->title, question->description, NULL);
  self.dialog = NMA_VPN_PASSWORD_DIALOG (dialog);
  g_signal_connect (dialog, "response", G_CALLBACK (on_response), &self);
  show_fields (&self);
  NmL2tpInput *input = nm_l2tp_input_watch (on_input_over, &self);

  gtk_window_present (GTK_WINDOW (dialog));
  g_main_loop_run (loop);
  nm_l2tp_input_free (input);
  /* Cancelled, it may have destroyed itself. */
  if (!self.answered)
    return FALSE;
  take_answers (&self);
  destroy (dialog);
  return TRUE;
}
