/* SPDX-License-Identifier: GPL-2.0-or-later */
/* SPDX-FileCopyrightText: The l2tp-client authors */

/* Certificates in the editor, chosen with libnma's NmaCertChooser: one for the authorities, one for
 * certificate, key and passphrase. Like a field it writes only what was changed. Hides the four
 * keys, and that the chooser would take what no file is. Owned by a form. */

#include "nm-l2tp-certs.h"

#include "nm-l2tp-gtk.h"
#include "nm-l2tp-layout.h"
#include "nm-plugin/shared/nm-l2tp-profile.h"
#include "nm-plugin/shared/nm-l2tp-secrets.h"

#include <glib/gi18n-lib.h>
#include <nma-cert-chooser.h>

enum
{
  PART_CA,
  PART_CERT,
  PART_KEY,
  PART_PASS,
  N_PARTS,
};

struct _NmL2tpCerts
{
  const NmL2tpCertsSpec *spec;
  NMACertChooser *ca;
  NMACertChooser *pair;
  GtkWidget *fault;
  char *loaded[N_PARTS];
  NMSettingSecretFlags loaded_flags;
  gboolean visible;
  void (*changed) (gpointer user_data);
  gpointer user_data;
};

static L2tpOptionId
id_of (const NmL2tpCerts *self, guint part)
{
  const L2tpOptionId ids[] = { self->spec->ca, self->spec->cert, self->spec->key,
                               self->spec->pass };

  return ids[part];
}

static void
on_changed (NmL2tpCerts *self)
{
  self->changed (self->user_data);
}

static NMACertChooser *
add_chooser (NmL2tpCerts *self,
             GtkWidget *box,
             GtkSizeGroup *labels,
             const char *title,
             NMACertChooserFlags flags,
             L2tpOptionId id)
{
  /* PEM means a file, of whatever form: no PKCS#11, which the options cannot name. The chooser with
   * PKCS#11 also crashes when it goes before it has found its tokens (libnma 1.10). */
  GtkWidget *chooser =
      g_object_ref_sink (nma_cert_chooser_new (title, flags | NMA_CERT_CHOOSER_FLAG_PEM));

  gtk_widget_set_name (chooser, l2tp_option_get (id)->key);
  gtk_widget_set_hexpand (chooser, TRUE);
  gtk_grid_set_column_spacing (GTK_GRID (chooser), 12);
  nma_cert_chooser_add_to_size_group (NMA_CERT_CHOOSER (chooser), labels);
  g_signal_connect_swapped (chooser, "changed", G_CALLBACK (on_changed), self);
  nm_l2tp_box_append (box, chooser);
  return NMA_CERT_CHOOSER (chooser);
}

NmL2tpCerts *
nm_l2tp_certs_new (const NmL2tpCertsSpec *spec,
                   GtkGrid *grid,
                   GtkSizeGroup *labels,
                   void (*changed) (gpointer user_data),
                   gpointer user_data)
{
  NmL2tpCerts *self = g_new0 (NmL2tpCerts, 1);
  GtkWidget *box = gtk_box_new (GTK_ORIENTATION_VERTICAL, 6);

  self->spec = spec;
  self->changed = changed;
  self->user_data = user_data;
  self->visible = TRUE;
  self->ca = add_chooser (self, box, labels, _ ("CA"), NMA_CERT_CHOOSER_FLAG_CERT, spec->ca);
  self->pair =
      add_chooser (self, box, labels, _ (spec->title), NMA_CERT_CHOOSER_FLAG_NONE, spec->cert);
  self->fault = g_object_ref_sink (nm_l2tp_fault_new ());
  nm_l2tp_box_append (box, self->fault);
  gtk_grid_attach (grid, box, 0, nm_l2tp_grid_next_row (grid), 2, 1);
  return self;
}

static void
clear_loaded (NmL2tpCerts *self)
{
  for (guint part = 0; part < N_PARTS; part++)
    g_clear_pointer (&self->loaded[part], nm_l2tp_secret_wipe);
}

void
nm_l2tp_certs_free (NmL2tpCerts *self)
{
  g_signal_handlers_disconnect_by_data (self->ca, self);
  g_signal_handlers_disconnect_by_data (self->pair, self);
  clear_loaded (self);
  g_clear_object (&self->ca);
  g_clear_object (&self->pair);
  g_clear_object (&self->fault);
  g_free (self);
}

/* Returns the text of @part as the profile would have it, or NULL; wiped by the caller. */
static char *
dup_part (NmL2tpCerts *self, guint part)
{
  NMSetting8021xCKScheme scheme;
  char *text;

  if (part == PART_CA)
    text = nma_cert_chooser_get_cert (self->ca, &scheme);
  else if (part == PART_CERT)
    text = nma_cert_chooser_get_cert (self->pair, &scheme);
  else if (part == PART_KEY)
    text = nma_cert_chooser_get_key (self->pair, &scheme);
  else
    text = g_strdup (nma_cert_chooser_get_key_password (self->pair));
  if (text != NULL && *text == '\0')
    g_clear_pointer (&text, g_free);
  return text;
}

void
nm_l2tp_certs_load (NmL2tpCerts *self, NMSettingVpn *setting)
{
  const NMSetting8021xCKScheme scheme = NM_SETTING_802_1X_CK_SCHEME_PATH;
  const char *texts[N_PARTS];

  for (guint part = 0; part < N_PARTS; part++)
    texts[part] = nm_l2tp_profile_get (setting, id_of (self, part));

  nma_cert_chooser_set_cert (self->ca, texts[PART_CA], scheme);
  nma_cert_chooser_set_cert (self->pair, texts[PART_CERT], scheme);
  nma_cert_chooser_set_key (self->pair, texts[PART_KEY], scheme);
  nma_cert_chooser_set_key_password (self->pair, texts[PART_PASS] != NULL ? texts[PART_PASS] : "");
  nma_cert_chooser_setup_key_password_storage (
      self->pair,
      nm_l2tp_profile_get_flags (setting, self->spec->pass,
                                 texts[PART_PASS] != NULL ? NM_SETTING_SECRET_FLAG_NONE
                                                          : NM_SETTING_SECRET_FLAG_AGENT_OWNED),
      NULL, NULL, TRUE, FALSE);

  /* What the chooser makes of a value must not count as changed. */
  clear_loaded (self);
  for (guint part = 0; part < N_PARTS; part++)
    self->loaded[part] = dup_part (self, part);
  self->loaded_flags = nma_cert_chooser_get_key_password_flags (self->pair);
}

static void
save_pass (NmL2tpCerts *self, NMSettingVpn *setting, const char *text)
{
  NMSettingSecretFlags flags = nma_cert_chooser_get_key_password_flags (self->pair);

  if (g_strcmp0 (text, self->loaded[PART_PASS]) == 0 && flags == self->loaded_flags)
    return;
  if ((flags & (NM_SETTING_SECRET_FLAG_NOT_SAVED | NM_SETTING_SECRET_FLAG_NOT_REQUIRED)) != 0)
    text = NULL;
  nm_l2tp_profile_set (setting, self->spec->pass, text);
  if (text != NULL || flags != self->loaded_flags)
    nm_l2tp_profile_set_flags (setting, self->spec->pass, flags);
}

void
nm_l2tp_certs_save (NmL2tpCerts *self, NMSettingVpn *setting)
{
  for (guint part = 0; part < N_PARTS; part++)
    {
      char *text = dup_part (self, part);

      if (part == PART_PASS)
        save_pass (self, setting, text);
      else if (g_strcmp0 (text, self->loaded[part]) != 0)
        nm_l2tp_profile_set (setting, id_of (self, part), text);
      nm_l2tp_secret_wipe (text);
    }
}

static char *
find_fault (NmL2tpCerts *self)
{
  char *message = NULL;

  for (guint part = 0; part < N_PARTS && message == NULL; part++)
    {
      char *text = dup_part (self, part);

      if (text != NULL)
        l2tp_option_validate (id_of (self, part), text, NULL, &message);
      nm_l2tp_secret_wipe (text);
    }
  return message;
}

gboolean
nm_l2tp_certs_check (NmL2tpCerts *self, GError **error)
{
  g_autofree char *message =
      self->visible && gtk_widget_is_sensitive (GTK_WIDGET (self->ca)) ? find_fault (self) : NULL;

  nm_l2tp_fault_show (self->fault, message);
  if (message == NULL)
    return TRUE;
  g_set_error (error, NM_CONNECTION_ERROR, NM_CONNECTION_ERROR_INVALID_PROPERTY,
               _ ("%s\nChoose another file"), message);
  return FALSE;
}

void
nm_l2tp_certs_set_visible (NmL2tpCerts *self, gboolean visible)
{
  self->visible = visible;
  nm_l2tp_set_visible (GTK_WIDGET (self->ca), visible);
  nm_l2tp_set_visible (GTK_WIDGET (self->pair), visible);
  if (!visible)
    nm_l2tp_fault_show (self->fault, NULL);
}
