/* SPDX-License-Identifier: GPL-2.0-or-later */
/* SPDX-FileCopyrightText: The l2tp-client authors */

#pragma once

#include <NetworkManager.h>
#include <gtk/gtk.h>

#include "dbus/l2tp-options.h"

G_BEGIN_DECLS

/* The certificates of a user or of a machine: authorities, certificate, private key and its
 * passphrase. */
typedef struct _NmL2tpCerts NmL2tpCerts;

typedef struct
{
  L2tpOptionId ca;
  L2tpOptionId cert;
  L2tpOptionId key;
  L2tpOptionId pass;
  const char *title; /* untranslated: whose they are; libnma makes the labels of it */
} NmL2tpCertsSpec;

/* nm_l2tp_certs_new:
 * @grid: (transfer none): gets the choosers at its end
 * @labels: (transfer none): keeps labels equally wide
 * @changed: called whenever the user changes something
 *
 * Returns (transfer full). The other functions are as those of NmL2tpField. */
NmL2tpCerts *nm_l2tp_certs_new (const NmL2tpCertsSpec *spec,
                                GtkGrid *grid,
                                GtkSizeGroup *labels,
                                void (*changed) (gpointer user_data),
                                gpointer user_data);
void nm_l2tp_certs_free (NmL2tpCerts *self);
void nm_l2tp_certs_load (NmL2tpCerts *self, NMSettingVpn *setting);
void nm_l2tp_certs_save (NmL2tpCerts *self, NMSettingVpn *setting);
gboolean nm_l2tp_certs_check (NmL2tpCerts *self, GError **error);
void nm_l2tp_certs_set_visible (NmL2tpCerts *self, gboolean visible);

G_END_DECLS
