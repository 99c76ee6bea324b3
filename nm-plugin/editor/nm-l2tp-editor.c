/* SPDX-License-Identifier: GPL-2.0-or-later */
/* SPDX-FileCopyrightText: The l2tp-client authors */

/* The page for an L2TP connection in an editor of connections: NMVpnEditor. Works on a copy of the
 * profile's VPN setting, into which page and dialogs write only what the user changes, so that a
 * key which is not shown is never lost. Owned by the editor of connections. */

#include "nm-l2tp-editor.h"

#include "nm-l2tp-dialog.h"
#include "nm-l2tp-gtk.h"
#include "nm-plugin/shared/nm-l2tp-names.h"
#include "nm-plugin/shared/nm-l2tp-profile.h"

#include <glib/gi18n-lib.h>

struct _NmL2tpEditor
{
  GObject parent;
  NMSettingVpn *setting; /* with what the dialogs applied */
  NmL2tpForm *form;
  NmL2tpDialog *dialog;   /* or NULL */
  GtkWidget *ipsec_state; /* of the form */
  GtkWidget *ppp_state;   /* of the form */
};

static void nm_l2tp_editor_interface_init (NMVpnEditorInterface *interface);

G_DEFINE_FINAL_TYPE_WITH_CODE (NmL2tpEditor,
                               nm_l2tp_editor,
                               G_TYPE_OBJECT,
                               G_IMPLEMENT_INTERFACE (NM_TYPE_VPN_EDITOR,
                                                      nm_l2tp_editor_interface_init))

static const char *const auth_words[] = { "password", "tls", NULL };
static const char *const auth_names[] = { N_ ("Password"), N_ ("Certificates"), NULL };

static const NmL2tpFieldSpec general[] = {
  { .kind = NM_L2TP_FIELD_ENTRY,
    .id = L2TP_OPTION_GATEWAY,
    .label = N_ ("_Gateway"),
    .hint = N_ ("Name or address of the VPN’s server") },
};

static const NmL2tpFieldSpec user[] = {
  { .kind = NM_L2TP_FIELD_CHOICE,
    .id = L2TP_OPTION_USER_AUTH_TYPE,
    .label = N_ ("_Type"),
    .words = auth_words,
    .names = auth_names },
  { .kind = NM_L2TP_FIELD_ENTRY, .id = L2TP_OPTION_USER, .label = N_ ("User _name") },
  { .kind = NM_L2TP_FIELD_SECRET, .id = L2TP_OPTION_PASSWORD, .label = N_ ("_Password") },
  { .kind = NM_L2TP_FIELD_ENTRY,
    .id = L2TP_OPTION_DOMAIN,
    .label = N_ ("NT _domain"),
    .placeholder = N_ ("None") },
};

static const NmL2tpCertsSpec user_certs = {
  .ca = L2TP_OPTION_USER_CA,
  .cert = L2TP_OPTION_USER_CERT,
  .key = L2TP_OPTION_USER_KEY,
  .pass = L2TP_OPTION_USER_CERTPASS,
  .title = N_ ("User"),
};

static const NmL2tpFieldSpec tunnel[] = {
  { .kind = NM_L2TP_FIELD_CHECK,
    .id = L2TP_OPTION_EPHEMERAL_PORT,
    .label = N_ ("Use a _random local port"),
    .hint = N_ ("Any UDP port of this machine in the place of 1701, for several VPNs at once or "
                "a strict NAT") },
};

/* What IPsec does, in a word or two. */
static const char *
ipsec_state (NMSettingVpn *setting)
{
  if (!nm_l2tp_profile_get_yes (setting, L2TP_OPTION_IPSEC_ENABLED))
    return _ ("Off");
  return nm_l2tp_profile_machine_is_tls (setting) ? _ ("On, with certificates")
                                                  : _ ("On, with a pre-shared key");
}

/* Returns TRUE if an option from @first to @last has another value than its default. */
static gboolean
differs (NMSettingVpn *setting, L2tpOptionId first, L2tpOptionId last)
{
  for (L2tpOptionId id = first; id <= last; id++)
    {
      const char *text = nm_l2tp_profile_get (setting, id);

      if (text != NULL && g_strcmp0 (text, l2tp_option_get (id)->fallback) != 0)
        return TRUE;
    }
  return FALSE;
}

static const char *
ppp_state (NMSettingVpn *setting)
{
  return differs (setting, L2TP_OPTION_REFUSE_EAP, L2TP_OPTION_REFUSE_MSCHAPV2) ||
                 differs (setting, L2TP_OPTION_MTU, L2TP_OPTION_LCP_ECHO_FAILURE)
             ? _ ("Customized")
             : _ ("Default");
}

static void
refresh (NmL2tpEditor *self)
{
  gboolean tls = nm_l2tp_form_has_text (self->form, L2TP_OPTION_USER_AUTH_TYPE, "tls");

  nm_l2tp_field_set_visible (nm_l2tp_form_find (self->form, L2TP_OPTION_PASSWORD), !tls);
  nm_l2tp_field_set_visible (nm_l2tp_form_find (self->form, L2TP_OPTION_DOMAIN), !tls);
  nm_l2tp_certs_set_visible (nm_l2tp_form_get_certs (self->form), tls);
  gtk_label_set_text (GTK_LABEL (self->ipsec_state), ipsec_state (self->setting));
  gtk_label_set_text (GTK_LABEL (self->ppp_state), ppp_state (self->setting));
  nm_l2tp_form_check (self->form, NULL);
}

static void
on_changed (gpointer user_data)
{
  NmL2tpEditor *self = user_data;

  refresh (self);
  g_signal_emit_by_name (self, "changed");
}

static void
on_closed (gboolean applied, gpointer user_data)
{
  NmL2tpEditor *self = user_data;

  g_clear_pointer (&self->dialog, nm_l2tp_dialog_free);
  if (applied)
    on_changed (self);
}

static void
open_dialog (NmL2tpEditor *self, const NmL2tpDialogSpec *spec)
{
  if (self->dialog == NULL)
    self->dialog = nm_l2tp_dialog_new (spec, nm_l2tp_form_get_widget (self->form), self->setting,
                                       on_closed, self);
}

static void
on_ipsec (NmL2tpEditor *self)
{
  open_dialog (self, &nm_l2tp_ipsec_dialog);
}

static void
on_ppp (NmL2tpEditor *self)
{
  open_dialog (self, &nm_l2tp_ppp_dialog);
}

static GtkWidget *
button_new (NmL2tpEditor *self, const char *name, const char *label, GCallback on_clicked)
{
  GtkWidget *button = gtk_button_new_with_mnemonic (label);

  gtk_widget_set_name (button, name);
  g_signal_connect_swapped (button, "clicked", on_clicked, self);
  return button;
}

static void
add_buttons (NmL2tpEditor *self, GtkGrid *grid)
{
  GtkWidget *ipsec =
      button_new (self, "ipsec-button", _ ("IPs_ec Options…"), G_CALLBACK (on_ipsec));
  GtkWidget *ppp = button_new (self, "ppp-button", _ ("PPP _Options…"), G_CALLBACK (on_ppp));

  self->ipsec_state = gtk_label_new (NULL);
  self->ppp_state = gtk_label_new (NULL);
  nm_l2tp_form_add_row (self->form, grid, _ ("IPsec"), self->ipsec_state, ipsec);
  nm_l2tp_form_add_row (self->form, grid, _ ("PPP"), self->ppp_state, ppp);
}

static void
build (NmL2tpEditor *self)
{
  GtkWidget *widget;
  GtkGrid *grid;

  self->form = nm_l2tp_form_new (on_changed, self);
  nm_l2tp_form_add_section (self->form, N_ ("General"));
  nm_l2tp_form_add_fields (self->form, general, G_N_ELEMENTS (general));
  nm_l2tp_form_add_section (self->form, N_ ("Authentication"));
  nm_l2tp_form_add_fields (self->form, user, G_N_ELEMENTS (user));
  nm_l2tp_form_add_certs (self->form, &user_certs);
  grid = nm_l2tp_form_add_section (self->form, N_ ("Tunnel"));
  add_buttons (self, grid);
  nm_l2tp_form_add_fields (self->form, tunnel, G_N_ELEMENTS (tunnel));

  widget = nm_l2tp_form_get_widget (self->form);
  gtk_widget_set_margin_start (widget, 12);
  gtk_widget_set_margin_end (widget, 12);
  gtk_widget_set_margin_top (widget, 12);
  gtk_widget_set_margin_bottom (widget, 12);
#if !GTK_CHECK_VERSION(4, 0, 0)
  gtk_widget_show_all (widget);
#endif
}

static GObject *
get_widget (NMVpnEditor *editor)
{
  return G_OBJECT (nm_l2tp_form_get_widget (NM_L2TP_EDITOR (editor)->form));
}

static gboolean
update_connection (NMVpnEditor *editor, NMConnection *connection, GError **error)
{
  NmL2tpEditor *self = NM_L2TP_EDITOR (editor);
  NMSetting *setting;

  if (!nm_l2tp_form_check (self->form, error))
    return FALSE;
  setting = nm_setting_duplicate (NM_SETTING (self->setting));
  g_object_set (setting, NM_SETTING_VPN_SERVICE_TYPE, NM_L2TP_SERVICE, NULL);
  nm_l2tp_form_save (self->form, NM_SETTING_VPN (setting));
  nm_connection_add_setting (connection, setting);
  return TRUE;
}

static void
nm_l2tp_editor_dispose (GObject *object)
{
  NmL2tpEditor *self = NM_L2TP_EDITOR (object);

  g_clear_pointer (&self->dialog, nm_l2tp_dialog_free);
  g_clear_pointer (&self->form, nm_l2tp_form_free);
  g_clear_object (&self->setting);
  G_OBJECT_CLASS (nm_l2tp_editor_parent_class)->dispose (object);
}

static void
nm_l2tp_editor_class_init (NmL2tpEditorClass *klass)
{
  G_OBJECT_CLASS (klass)->dispose = nm_l2tp_editor_dispose;
}

static void
nm_l2tp_editor_init (NmL2tpEditor *self)
{
}

static void
nm_l2tp_editor_interface_init (NMVpnEditorInterface *interface)
{
  interface->get_widget = get_widget;
  interface->update_connection = update_connection;
}

G_MODULE_EXPORT NMVpnEditor *
nm_vpn_editor_factory_l2tp (NMVpnEditorPlugin *plugin, NMConnection *connection, GError **error)
{
  NmL2tpEditor *self = g_object_new (NM_TYPE_L2TP_EDITOR, NULL);
  NMSettingVpn *setting = nm_connection_get_setting_vpn (connection);

  self->setting = setting != NULL ? NM_SETTING_VPN (nm_setting_duplicate (NM_SETTING (setting)))
                                  : NM_SETTING_VPN (nm_setting_vpn_new ());
  build (self);
  nm_l2tp_form_load (self->form, self->setting);
  refresh (self);
  return NM_VPN_EDITOR (self);
}
