/* SPDX-License-Identifier: GPL-2.0-or-later */
/* SPDX-FileCopyrightText: The l2tp-client authors */

/* The editor as a user has it, in a window on a display: what is set is in vpn.data, what is not
 * touched stays as it was, whoever wrote it. Built for GTK 3 and for GTK 4. */

#include "nm-test-profile.h"
#include "nm-test-widgets.h"

#include "nm-plugin/shared/nm-l2tp-names.h"

#include <nma-cert-chooser.h>
#include <nma-ui-utils.h>

typedef struct
{
  NMVpnEditorPlugin *plugin;
  NMVpnEditor *editor;
  GtkWidget *window;
  guint n_changed;
} Bench;

static void
on_changed (Bench *bench)
{
  bench->n_changed++;
}

static void
open_editor (Bench *bench, NMConnection *connection)
{
  g_autoptr (GError) error = NULL;

  bench->plugin = nm_test_load_plugin ();
  bench->editor = nm_vpn_editor_plugin_get_editor (bench->plugin, connection, &error);
  g_assert_no_error (error);
  bench->n_changed = 0;
  g_signal_connect_swapped (bench->editor, "changed", G_CALLBACK (on_changed), bench);
  bench->window = nm_test_window_new (GTK_WIDGET (nm_vpn_editor_get_widget (bench->editor)));
  g_assert_cmpuint (bench->n_changed, ==, 0);
}

static void
open_lines (Bench *bench, const char *lines)
{
  g_autoptr (NMConnection) connection = nm_test_profile_new (lines);

  open_editor (bench, connection);
}

static void
close_editor (Bench *bench)
{
  nm_test_window_destroy (bench->window);
  g_clear_object (&bench->editor);
  g_clear_object (&bench->plugin);
  nm_test_settle ();
}

static char *
saved_lines (Bench *bench)
{
  g_autoptr (NMConnection) connection = nm_test_profile_new ("");
  g_autoptr (GError) error = NULL;
  gboolean saved = nm_vpn_editor_update_connection (bench->editor, connection, &error);

  g_assert_no_error (error);
  g_assert_true (saved);
  g_assert_cmpstr (nm_setting_vpn_get_service_type (nm_connection_get_setting_vpn (connection)), ==,
                   NM_L2TP_SERVICE);
  return nm_test_profile_to_lines (connection);
}

static void
assert_saved (Bench *bench, const char *expected)
{
  g_autofree char *lines = saved_lines (bench);

  g_assert_cmpstr (lines, ==, expected);
}

static void
assert_refused (Bench *bench, const char *text)
{
  g_autoptr (NMConnection) connection = nm_test_profile_new ("");
  g_autoptr (GError) error = NULL;

  g_assert_false (nm_vpn_editor_update_connection (bench->editor, connection, &error));
  g_assert_error (error, NM_CONNECTION_ERROR, NM_CONNECTION_ERROR_INVALID_PROPERTY);
  g_assert_nonnull (strstr (error->message, text));
}

static GtkWidget *
open_dialog (Bench *bench, const char *button, const char *name)
{
  nm_test_click (bench->window, button);
  return nm_test_find_window (name);
}

static GtkWidget *
open_ppp (Bench *bench)
{
  return open_dialog (bench, "ppp-button", "ppp-dialog");
}

static GtkWidget *
open_ipsec (Bench *bench)
{
  return open_dialog (bench, "ipsec-button", "ipsec-dialog");
}

/* Tests */

static void
test_new (void)
{
  Bench bench;

  open_lines (&bench, "");
  g_assert_false (nm_vpn_editor_plugin_get_capabilities (bench.plugin) & NM_TEST_NO_EDITOR);
  assert_refused (&bench, "gateway");
  nm_test_picture (bench.window, "page-new");
  nm_test_type (bench.window, "gateway", "vpn.example.org");
  nm_test_type (bench.window, "user", "alice");
  g_assert_cmpuint (bench.n_changed, ==, 2);
  assert_saved (&bench, "gateway=vpn.example.org\nuser=alice\n");

  nm_test_type (bench.window, "password", "wonderland");
  nm_test_type (bench.window, "domain", "CORP");
  nm_test_tick (bench.window, "ephemeral-port", TRUE);
  nm_test_picture (bench.window, "page");
  assert_saved (&bench, "+password=wonderland\ndomain=CORP\nephemeral-port=yes\n"
                        "gateway=vpn.example.org\npassword-flags=1\nuser=alice\n");

  nm_test_type (bench.window, "domain", "");
  nm_test_tick (bench.window, "ephemeral-port", FALSE);
  assert_saved (&bench, "+password=wonderland\ngateway=vpn.example.org\npassword-flags=1\n"
                        "user=alice\n");
  close_editor (&bench);
}

static void
check_untouched (const char *path)
{
  Bench bench;
  g_autoptr (NMConnection) connection = nm_test_profile_read (path);
  g_autofree char *before = nm_test_profile_to_lines (connection);
  GtkWidget *dialog;

  open_editor (&bench, connection);
  assert_saved (&bench, before);

  /* Nor do the dialogs write what nobody changed. */
  dialog = open_ppp (&bench);
  nm_test_respond (dialog, GTK_RESPONSE_APPLY);
  dialog = open_ipsec (&bench);
  nm_test_respond (dialog, GTK_RESPONSE_APPLY);
  assert_saved (&bench, before);
  close_editor (&bench);
}

static void
test_untouched (void)
{
  nm_test_each_profile (check_untouched);
}

static void
test_keeps_unknown_keys (void)
{
  Bench bench;
  GtkWidget *dialog;

  open_lines (&bench, "+none-of-ours=s\ngateway=a.example\ntunnel-secret-flags=1\nunit=3\n"
                      "xl2tpd-max-retries=7\nx-colour=blue\n");
  nm_test_type (bench.window, "gateway", "b.example");
  dialog = open_ppp (&bench);
  nm_test_type (dialog, "mtu", "1300");
  nm_test_respond (dialog, GTK_RESPONSE_APPLY);
  assert_saved (&bench, "+none-of-ours=s\ngateway=b.example\nmtu=1300\ntunnel-secret-flags=1\n"
                        "unit=3\nx-colour=blue\nxl2tpd-max-retries=7\n");
  close_editor (&bench);
}

static void
test_user_certificates (void)
{
  Bench bench;

  open_lines (&bench, "gateway=a.example\nuser=alice\n");
  nm_test_choose (bench.window, "user-auth-type", 1);
  g_assert_false (gtk_widget_get_mapped (nm_test_find (bench.window, "password")));
  g_assert_true (gtk_widget_get_mapped (nm_test_find (bench.window, "user-cert")));
  assert_saved (&bench, "gateway=a.example\nuser-auth-type=tls\nuser=alice\n");

  const NMSetting8021xCKScheme scheme = NM_SETTING_802_1X_CK_SCHEME_PATH;
  NMACertChooser *ca = NMA_CERT_CHOOSER (nm_test_find (bench.window, "user-ca"));
  NMACertChooser *pair = NMA_CERT_CHOOSER (nm_test_find (bench.window, "user-cert"));
  nma_cert_chooser_set_cert (ca, "/etc/my certs/ca.pem", scheme);
  nma_cert_chooser_set_cert (pair, "/etc/u.pem", scheme);
  nma_cert_chooser_set_key (pair, "/etc/u.key", scheme);
  nma_cert_chooser_set_key_password (pair, "sesame");
  nm_test_picture (bench.window, "page-certificates");
  assert_saved (&bench, "+user-certpass=sesame\ngateway=a.example\nuser-auth-type=tls\n"
                        "user-ca=/etc/my certs/ca.pem\nuser-cert=/etc/u.pem\n"
                        "user-certpass-flags=1\nuser-key=/etc/u.key\nuser=alice\n");

  /* What is no file is refused where it was chosen. */
  nma_cert_chooser_set_cert (ca, "etc/ca.pem", scheme);
  assert_refused (&bench, "user-ca");
  nma_cert_chooser_set_cert (ca, NULL, scheme);
  nm_test_choose (bench.window, "user-auth-type", 0);
  assert_saved (&bench, "+user-certpass=sesame\ngateway=a.example\nuser-cert=/etc/u.pem\n"
                        "user-certpass-flags=1\nuser-key=/etc/u.key\nuser=alice\n");
  close_editor (&bench);
}

static void
test_secret_storage (void)
{
  Bench bench;
  GtkWidget *entry;

  open_lines (&bench, "+password=old\ngateway=a.example\npassword-flags=0\n");
  entry = nm_test_find (bench.window, "password");
  g_assert_cmpstr (nm_test_get_text (bench.window, "password"), ==, "old");
  nma_utils_update_password_storage (entry, NM_SETTING_SECRET_FLAG_AGENT_OWNED, NULL, NULL);
  nm_test_settle ();
  g_assert_cmpuint (bench.n_changed, >, 0);
  assert_saved (&bench, "+password=old\ngateway=a.example\npassword-flags=1\n");
  /* Asked for each time: nothing is kept. */
  nma_utils_update_password_storage (entry, NM_SETTING_SECRET_FLAG_NOT_SAVED, NULL, NULL);
  assert_saved (&bench, "gateway=a.example\npassword-flags=2\n");
  nma_utils_update_password_storage (entry, NM_SETTING_SECRET_FLAG_NOT_REQUIRED, NULL, NULL);
  assert_saved (&bench, "gateway=a.example\npassword-flags=4\n");
  close_editor (&bench);
}

static void
test_fault_at_field (void)
{
  Bench bench;
  GtkWidget *dialog;

  open_lines (&bench, "gateway=a.example\n");
  nm_test_type (bench.window, "gateway", "two words");
  assert_refused (&bench, "gateway: “two words” must be");
  g_assert_true (nm_test_shows (bench.window, "“two words” must be a host name or an IP address"));
  nm_test_picture (bench.window, "page-fault");
  nm_test_type (bench.window, "gateway", "");
  g_assert_true (nm_test_shows (bench.window, "must not be empty"));
  nm_test_type (bench.window, "gateway", "[2001:db8::1]");
  assert_saved (&bench, "gateway=[2001:db8::1]\n");

  dialog = open_ppp (&bench);
  nm_test_type (dialog, "mtu", "1400 foo");
  g_assert_true (nm_test_shows (dialog, "“1400 foo” must be auto or a number from 576 to 1500"));
  nm_test_picture (dialog, "ppp-fault");
  /* A wrong value is not applied, however the dialog is told to. */
  nm_test_respond (dialog, GTK_RESPONSE_APPLY);
  g_assert_true (gtk_widget_get_mapped (dialog));
  nm_test_respond (dialog, GTK_RESPONSE_CANCEL);
  assert_saved (&bench, "gateway=[2001:db8::1]\n");
  close_editor (&bench);
}

static void
test_ppp (void)
{
  Bench bench;
  GtkWidget *dialog;
  guint n_changed;

  open_lines (&bench, "gateway=a.example\n");
  dialog = open_ppp (&bench);
  nm_test_picture (dialog, "ppp");
  nm_test_tick (dialog, "refuse-pap", FALSE);
  nm_test_tick (dialog, "refuse-eap", FALSE);
  nm_test_choose (dialog, "require-mppe", 2);
  nm_test_tick (dialog, "mppe-stateful", TRUE);
  nm_test_tick (dialog, "nobsdcomp", FALSE);
  nm_test_tick (dialog, "no-vj-comp", FALSE);
  nm_test_tick (dialog, "lcp-echo-interval", FALSE);
  nm_test_type (dialog, "mtu", "1280");
  nm_test_type (dialog, "mrru", "1600");
  n_changed = bench.n_changed;
  nm_test_respond (dialog, GTK_RESPONSE_APPLY);
  g_assert_cmpuint (bench.n_changed, >, n_changed);
  assert_saved (&bench, "gateway=a.example\nlcp-echo-failure=0\nlcp-echo-interval=0\n"
                        "mppe-stateful=yes\nmrru=1600\nmtu=1280\nno-vj-comp=yes\nnobsdcomp=yes\n"
                        "refuse-eap=yes\nrefuse-pap=yes\nrequire-mppe-128=yes\n");

  dialog = open_ppp (&bench);
  g_assert_false (nm_test_is_ticked (dialog, "refuse-pap"));
  g_assert_true (nm_test_is_ticked (dialog, "refuse-chap"));
  nm_test_tick (dialog, "refuse-pap", TRUE);
  nm_test_choose (dialog, "require-mppe", 0);
  nm_test_tick (dialog, "lcp-echo-interval", TRUE);
  nm_test_type (dialog, "mrru", "");
  nm_test_respond (dialog, GTK_RESPONSE_APPLY);
  assert_saved (&bench, "gateway=a.example\nlcp-echo-failure=5\nlcp-echo-interval=30\n"
                        "mppe-stateful=yes\nmtu=1280\nno-vj-comp=yes\nnobsdcomp=yes\n"
                        "refuse-eap=yes\n");
  close_editor (&bench);
}

static void
test_ipsec (void)
{
  Bench bench;
  GtkWidget *dialog;

  open_lines (&bench, "gateway=a.example\n");
  g_assert_true (nm_test_shows (bench.window, "Off"));
  dialog = open_ipsec (&bench);
  g_assert_false (gtk_widget_is_sensitive (nm_test_find (dialog, "ipsec-psk")));
  nm_test_tick (dialog, "ipsec-enabled", TRUE);
  nm_test_type (dialog, "ipsec-psk", "shared");
  nm_test_type (dialog, "ipsec-remote-id", "@gate");
  nm_test_type (dialog, "ipsec-group-name", "staff");
  nm_test_click (dialog, "legacy-proposals");
  nm_test_type (dialog, "ipsec-ikelifetime", "10800");
  nm_test_tick (dialog, "ipsec-ikev2", TRUE);
  nm_test_tick (dialog, "ipsec-pfs", FALSE);
  nm_test_picture (dialog, "ipsec");
  g_assert_true (g_str_has_prefix (nm_test_get_text (dialog, "ipsec-ike"), "aes256-sha2_256-"));
  nm_test_type (dialog, "ipsec-ike", "");
  nm_test_type (dialog, "ipsec-esp", "aes256-sha1");
  nm_test_respond (dialog, GTK_RESPONSE_APPLY);
  g_assert_true (nm_test_shows (bench.window, "On, with a pre-shared key"));
  assert_saved (&bench,
                "+ipsec-psk=shared\ngateway=a.example\nipsec-enabled=yes\n"
                "ipsec-esp=aes256-sha1\nipsec-group-name=staff\nipsec-ikelifetime=10800\n"
                "ipsec-ikev2=yes\nipsec-pfs=no\nipsec-psk-flags=1\nipsec-remote-id=@gate\n");

  dialog = open_ipsec (&bench);
  nm_test_choose (dialog, "machine-auth-type", 1);
  g_assert_false (gtk_widget_get_mapped (nm_test_find (dialog, "ipsec-psk")));
  nm_test_picture (dialog, "ipsec-certificates");
  nm_test_tick (dialog, "ipsec-pfs", TRUE);
  nm_test_respond (dialog, GTK_RESPONSE_APPLY);
  g_assert_true (nm_test_shows (bench.window, "On, with certificates"));
  close_editor (&bench);
}

/* KDE still writes the older name, which overrides the newer one. */
static void
test_older_names (void)
{
  Bench bench;
  GtkWidget *dialog;

  open_lines (&bench, "cert-ca=/ca.pem\ngateway=a.example\nipsec-enabled=yes\n"
                      "ipsec-gateway-id=@old\nipsec-psk=legacy\nipsec-remote-id=@shadowed\n");
  dialog = open_ipsec (&bench);
  g_assert_cmpstr (nm_test_get_text (dialog, "ipsec-remote-id"), ==, "@old");
  g_assert_cmpstr (nm_test_get_text (dialog, "ipsec-psk"), ==, "legacy");
  nm_test_type (dialog, "ipsec-remote-id", "@new");
  nm_test_type (dialog, "ipsec-psk", "kept as a secret now");
  nm_test_respond (dialog, GTK_RESPONSE_APPLY);
  assert_saved (&bench, "+ipsec-psk=kept as a secret now\ncert-ca=/ca.pem\ngateway=a.example\n"
                        "ipsec-enabled=yes\nipsec-psk-flags=0\nipsec-remote-id=@new\n");
  close_editor (&bench);
}

static void
test_keyboard (void)
{
  Bench bench;
  GtkWidget *dialog;

  open_lines (&bench, "gateway=a.example\n");
  nm_test_check_mnemonics (bench.window);
  nm_test_check_tab (bench.window);
  dialog = open_ppp (&bench);
  nm_test_check_mnemonics (dialog);
  nm_test_check_tab (dialog);
  nm_test_respond (dialog, GTK_RESPONSE_CANCEL);
  dialog = open_ipsec (&bench);
  nm_test_tick (dialog, "ipsec-enabled", TRUE);
  nm_test_check_mnemonics (dialog);
  nm_test_check_tab (dialog);
  /* The editor may go while its dialog is open. */
  close_editor (&bench);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  nm_test_init_gtk ();
  g_test_add_func ("/nm/editor/new", test_new);
  g_test_add_func ("/nm/editor/untouched", test_untouched);
  g_test_add_func ("/nm/editor/unknown-keys", test_keeps_unknown_keys);
  g_test_add_func ("/nm/editor/user-certificates", test_user_certificates);
  g_test_add_func ("/nm/editor/secret-storage", test_secret_storage);
  g_test_add_func ("/nm/editor/fault", test_fault_at_field);
  g_test_add_func ("/nm/editor/ppp", test_ppp);
  g_test_add_func ("/nm/editor/ipsec", test_ipsec);
  g_test_add_func ("/nm/editor/older-names", test_older_names);
  g_test_add_func ("/nm/editor/keyboard", test_keyboard);
  return g_test_run ();
}
