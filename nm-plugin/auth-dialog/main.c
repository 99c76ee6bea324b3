/* SPDX-License-Identifier: GPL-2.0-or-later */
/* SPDX-FileCopyrightText: The l2tp-client authors */

/* nm-l2tp-auth-dialog: NetworkManager's clients run it when an L2TP profile needs secrets. The
 * profile comes on standard input; the answer goes to standard output, as lines when the dialog
 * asked itself, as a keyfile when the caller wants to (--external-ui-mode). Exit status 1: nothing
 * was answered. */

#include "nm-l2tp-input.h"
#include "nm-l2tp-question.h"
#include "nm-l2tp-window.h"
#include "nm-plugin/shared/nm-l2tp-names.h"

#include <glib/gi18n-lib.h>
#include <locale.h>
#include <string.h>
#include <unistd.h>

#define QUIT_SECONDS 20

static gboolean
parse (NmL2tpCall *call, int *argc, char ***argv, GError **error)
{
  const GOptionEntry entries[] = {
    { "uuid", 'u', 0, G_OPTION_ARG_STRING, &call->uuid, N_ ("UUID of the connection"), "UUID" },
    { "name", 'n', 0, G_OPTION_ARG_STRING, &call->name, N_ ("Name of the connection"), "NAME" },
    { "service", 's', 0, G_OPTION_ARG_STRING, &call->service, N_ ("VPN service"), "NAME" },
    { "allow-interaction", 'i', 0, G_OPTION_ARG_NONE, &call->allow_interaction,
      N_ ("The user may be asked"), NULL },
    { "reprompt", 'r', 0, G_OPTION_ARG_NONE, &call->reprompt,
      N_ ("Ask for what is there, too: it was wrong"), NULL },
    { "external-ui-mode", 0, 0, G_OPTION_ARG_NONE, &call->external_ui,
      N_ ("Say what to ask for, and do not ask"), NULL },
    { "hint", 't', 0, G_OPTION_ARG_STRING_ARRAY, &call->hints,
      N_ ("Name of a secret that is wanted, or a message"), "HINT" },
    { NULL },
  };
  g_autoptr (GOptionContext) context =
      g_option_context_new (_ ("— asks for the secrets of an L2TP connection"));

  g_option_context_add_main_entries (context, entries, GETTEXT_PACKAGE);
  if (!g_option_context_parse (context, argc, argv, error))
    return FALSE;
  if (call->uuid == NULL || call->name == NULL || call->service == NULL)
    {
      g_set_error_literal (error, G_OPTION_ERROR, G_OPTION_ERROR_FAILED,
                           _ ("The connection is not named\nGive --uuid, --name and --service"));
      return FALSE;
    }
  if (!g_str_equal (call->service, NM_L2TP_SERVICE))
    {
      g_set_error (error, G_OPTION_ERROR, G_OPTION_ERROR_BAD_VALUE,
                   _ ("“%s” is not the service of this dialog\nUse " NM_L2TP_SERVICE),
                   call->service);
      return FALSE;
    }
  return TRUE;
}

static NMSettingVpn *
read_setting (void)
{
  g_autoptr (GHashTable) data = NULL;
  g_autoptr (GHashTable) secrets = NULL;
  GHashTableIter iter;
  gpointer key, value;
  NMSettingVpn *setting;

  if (!nm_vpn_service_plugin_read_vpn_details (STDIN_FILENO, &data, &secrets))
    return NULL;
  setting = NM_SETTING_VPN (nm_setting_vpn_new ());
  g_hash_table_iter_init (&iter, data);
  while (g_hash_table_iter_next (&iter, &key, &value))
    nm_setting_vpn_add_data_item (setting, key, value);
  g_hash_table_iter_init (&iter, secrets);
  while (g_hash_table_iter_next (&iter, &key, &value))
    nm_setting_vpn_add_secret (setting, key, value);
  return setting;
}

static gboolean
write_all (const char *text, gsize size)
{
  while (size > 0)
    {
      ssize_t n = write (STDOUT_FILENO, text, size);

      if (n <= 0)
        return FALSE;
      text += n;
      size -= n;
    }
  return TRUE;
}

static void
on_input_over (gboolean quit, gpointer loop)
{
  g_main_loop_quit (loop);
}

static gboolean
on_timeout (gpointer loop)
{
  g_main_loop_quit (loop);
  return G_SOURCE_REMOVE;
}

/* Some clients lose what is in the pipe when its writer is gone. */
static void
wait_for_quit (void)
{
  g_autoptr (GMainLoop) loop = g_main_loop_new (NULL, FALSE);
  NmL2tpInput *input = nm_l2tp_input_watch (on_input_over, loop);

  g_timeout_add_seconds (QUIT_SECONDS, on_timeout, loop);
  g_main_loop_run (loop);
  nm_l2tp_input_free (input);
}

static int
answer_externally (const NmL2tpQuestion *question)
{
  g_autoptr (GKeyFile) file = nm_l2tp_question_to_keyfile (question);
  gsize size;
  char *text = g_key_file_to_data (file, &size, NULL);
  gboolean written = write_all (text, size);

  explicit_bzero (text, size);
  g_free (text);
  return written ? 0 : 1;
}

static int
answer (NmL2tpQuestion *question, gboolean allow_interaction)
{
  if (nm_l2tp_question_must_ask (question) && allow_interaction && !nm_l2tp_window_ask (question))
    return 1;

  GString *lines = nm_l2tp_question_to_lines (question);
  gboolean written = write_all (lines->str, lines->len);

  explicit_bzero (lines->str, lines->len);
  g_string_free (lines, TRUE);
  if (written)
    wait_for_quit ();
  return written ? 0 : 1;
}

static void
clear (NmL2tpCall *call)
{
  g_free (call->uuid);
  g_free (call->name);
  g_free (call->service);
  g_strfreev (call->hints);
}

int
main (int argc, char **argv)
{
  NmL2tpCall call = { 0 };
  g_autoptr (GError) error = NULL;
  g_autoptr (NMSettingVpn) setting = NULL;
  int status = 1;

  setlocale (LC_ALL, "");
  bindtextdomain (GETTEXT_PACKAGE, LOCALEDIR);
  bind_textdomain_codeset (GETTEXT_PACKAGE, "UTF-8");

  if (!parse (&call, &argc, &argv, &error))
    g_printerr ("nm-l2tp-auth-dialog: %s\n", error->message);
  else if ((setting = read_setting ()) == NULL)
    g_printerr (_ ("nm-l2tp-auth-dialog: there is no profile on standard input\n"
                   "Let a client of NetworkManager start this program\n"));
  else
    {
      g_autoptr (NmL2tpQuestion) question = nm_l2tp_question_new (&call, setting);

      status = call.external_ui ? answer_externally (question)
                                : answer (question, call.allow_interaction);
    }
  clear (&call);
  return status;
}
