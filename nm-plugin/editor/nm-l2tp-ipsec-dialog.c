/* SPDX-License-Identifier: GPL-2.0-or-later */
/* SPDX-FileCopyrightText: The l2tp-client authors */

/* The IPsec options: whether, by what this machine is known, and how IKE is spoken. Only what is in
 * the window; the rest is NmL2tpDialog's. */

#include "nm-l2tp-dialog.h"

#include <glib/gi18n-lib.h>

static const char *const auth_words[] = { "psk", "tls", NULL };
static const char *const auth_names[] = { N_ ("Pre-shared key"), N_ ("Certificates"), NULL };

#define ENTRY(ID, LABEL, PLACEHOLDER)                                                              \
  {                                                                                                \
    .kind = NM_L2TP_FIELD_ENTRY, .id = L2TP_OPTION_##ID, .label = LABEL,                           \
    .placeholder = PLACEHOLDER                                                                     \
  }
#define CHECK(ID, LABEL)                                                                           \
  {                                                                                                \
    .kind = NM_L2TP_FIELD_CHECK, .id = L2TP_OPTION_##ID, .label = LABEL                            \
  }

static const NmL2tpFieldSpec enable[] = {
  { .kind = NM_L2TP_FIELD_CHECK,
    .id = L2TP_OPTION_IPSEC_ENABLED,
    .label = N_ ("_Protect the connection with IPsec"),
    .place = NM_L2TP_PLACE_WIDE },
};

static const NmL2tpFieldSpec machine[] = {
  { .kind = NM_L2TP_FIELD_CHOICE,
    .id = L2TP_OPTION_MACHINE_AUTH_TYPE,
    .label = N_ ("_Type"),
    .words = auth_words,
    .names = auth_names },
  { .kind = NM_L2TP_FIELD_SECRET,
    .id = L2TP_OPTION_IPSEC_PSK,
    .label = N_ ("Pre-shared _key"),
    .hint = N_ ("Key that the gateway has, too; with 0s in front it is Base64") },
  ENTRY (IPSEC_GROUP_NAME, N_ ("_Group name"), N_ ("None")),
};

static const NmL2tpCertsSpec certs = {
  .ca = L2TP_OPTION_MACHINE_CA,
  .cert = L2TP_OPTION_MACHINE_CERT,
  .key = L2TP_OPTION_MACHINE_KEY,
  .pass = L2TP_OPTION_MACHINE_CERTPASS,
  .title = N_ ("Machine"),
};

static const NmL2tpFieldSpec exchange[] = {
  ENTRY (IPSEC_REMOTE_ID, N_ ("_Remote ID"), N_ ("Any")),
  ENTRY (IPSEC_IKE, N_ ("Phase _1 algorithms"), N_ ("Automatic")),
  ENTRY (IPSEC_ESP, N_ ("Phase _2 algorithms"), N_ ("Automatic")),
  ENTRY (IPSEC_IKELIFETIME, N_ ("Phase 1 _lifetime (seconds)"), N_ ("Automatic")),
  ENTRY (IPSEC_SALIFETIME, N_ ("Phase 2 li_fetime (seconds)"), N_ ("Automatic")),
  CHECK (IPSEC_IKEV2, N_ ("Use IKE_v2")),
  CHECK (IPSEC_FORCEENCAPS, N_ ("Enforce _UDP encapsulation")),
  CHECK (IPSEC_IPCOMP, N_ ("Use IP c_ompression")),
  { .kind = NM_L2TP_FIELD_CHECK,
    .id = L2TP_OPTION_IPSEC_PFS,
    .label = N_ ("Perfect forward _secrecy"),
    .hint = N_ ("Let every phase 2 key be made anew, where the IKE service leaves the choice"),
    .mark = "no",
    .inverted = TRUE },
};

/* What old gateways know, the strongest first; in words that every IKE daemon has. */
#define LEGACY_IKE                                                                                 \
  "aes256-sha2_256-modp2048,aes256-sha2_256-modp1536,aes256-sha2_256-modp1024,"                    \
  "aes256-sha1-modp2048,aes256-sha1-modp1536,aes256-sha1-modp1024,aes128-sha1-modp1536,"           \
  "aes128-sha1-modp1024,3des-sha1-modp2048,3des-sha1-modp1024"
#define LEGACY_ESP "aes256-sha1,aes128-sha1,3des-sha1"

static void
on_legacy (NmL2tpForm *form)
{
  nm_l2tp_field_set_text (nm_l2tp_form_find (form, L2TP_OPTION_IPSEC_IKE), LEGACY_IKE);
  nm_l2tp_field_set_text (nm_l2tp_form_find (form, L2TP_OPTION_IPSEC_ESP), LEGACY_ESP);
}

static void
add_legacy_button (NmL2tpForm *form, GtkGrid *grid)
{
  GtkWidget *button = gtk_button_new_with_mnemonic (_ ("Use Algorithms of Ol_d Gateways"));

  gtk_widget_set_name (button, "legacy-proposals");
  gtk_widget_set_halign (button, GTK_ALIGN_START);
  gtk_widget_set_tooltip_text (
      button, _ ("Fill in the algorithms that old gateways know, some of which are weak"));
  g_signal_connect_swapped (button, "clicked", G_CALLBACK (on_legacy), form);
  nm_l2tp_form_add_widget (form, grid, button);
}

static void
fill (NmL2tpForm *form)
{
  GtkGrid *grid;

  nm_l2tp_form_add_section (form, NULL);
  nm_l2tp_form_add_fields (form, enable, G_N_ELEMENTS (enable));
  nm_l2tp_form_add_section (form, N_ ("Machine Authentication"));
  nm_l2tp_form_add_fields (form, machine, G_N_ELEMENTS (machine));
  nm_l2tp_form_add_certs (form, &certs);
  grid = nm_l2tp_form_add_section (form, N_ ("Key Exchange"));
  nm_l2tp_form_add_fields (form, exchange, 3);
  add_legacy_button (form, grid);
  nm_l2tp_form_add_fields (form, exchange + 3, G_N_ELEMENTS (exchange) - 3);
}

static void
follow (NmL2tpForm *form)
{
  gboolean enabled = nm_l2tp_form_has_text (form, L2TP_OPTION_IPSEC_ENABLED, "yes");
  gboolean tls = nm_l2tp_form_has_text (form, L2TP_OPTION_MACHINE_AUTH_TYPE, "tls");

  nm_l2tp_form_set_sensitive_below (form, 1, enabled);
  nm_l2tp_field_set_visible (nm_l2tp_form_find (form, L2TP_OPTION_IPSEC_PSK), !tls);
  nm_l2tp_field_set_visible (nm_l2tp_form_find (form, L2TP_OPTION_IPSEC_GROUP_NAME), !tls);
  nm_l2tp_certs_set_visible (nm_l2tp_form_get_certs (form), tls);
}

const NmL2tpDialogSpec nm_l2tp_ipsec_dialog = {
  .title = N_ ("IPsec Options"),
  .name = "ipsec-dialog",
  .fill = fill,
  .follow = follow,
};
