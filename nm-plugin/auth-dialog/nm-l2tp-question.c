/* SPDX-License-Identifier: GPL-2.0-or-later */
/* SPDX-FileCopyrightText: The l2tp-client authors */

/* What to ask, without asking it: which secrets the profile uses, which of them are there, which
 * the caller wants to have again, and the two forms of the answer. Hides the hints and the words.
 * Owned by main. */

#include "nm-l2tp-question.h"

#include "nm-l2tp-keyring.h"
#include "nm-plugin/shared/nm-l2tp-names.h"
#include "nm-plugin/shared/nm-l2tp-profile.h"

#include <glib/gi18n-lib.h>
#include <string.h>

#define MESSAGE_HINT "x-vpn-message:"
#define UI_GROUP     "VPN Plugin UI"

static const char *
key_of (const NmL2tpItem *item)
{
  return l2tp_option_get (item->secret->id)->key;
}

void
nm_l2tp_item_answer (NmL2tpItem *item, const char *value)
{
  g_clear_pointer (&item->value, nm_l2tp_secret_wipe);
  if (value != NULL && *value != '\0')
    item->value = g_strdup (value);
}

static const char *
find_message (char **hints)
{
  for (char **hint = hints; hint != NULL && *hint != NULL; hint++)
    if (g_str_has_prefix (*hint, MESSAGE_HINT))
      return *hint + strlen (MESSAGE_HINT);
  return NULL;
}

static gboolean
is_hinted (char **hints, const NmL2tpItem *item)
{
  return hints != NULL && g_strv_contains ((const char *const *) hints, key_of (item));
}

static void
add_item (NmL2tpQuestion *question,
          const NmL2tpCall *call,
          NMSettingVpn *setting,
          const NmL2tpSecret *secret)
{
  NmL2tpItem *item = &question->items[question->n_items++];
  NMSettingSecretFlags flags =
      nm_l2tp_profile_get_flags (setting, secret->id, NM_SETTING_SECRET_FLAG_NONE);

  item->secret = secret;
  nm_l2tp_item_answer (item, nm_l2tp_profile_get (setting, secret->id));
  if (item->value == NULL && (flags & NM_SETTING_SECRET_FLAG_AGENT_OWNED) != 0)
    item->value = nm_l2tp_keyring_lookup (call->uuid, key_of (item));
  item->ask =
      item->value == NULL ? nm_l2tp_secret_is_missing (setting, secret->id) : call->reprompt;
}

static void
follow_hints (NmL2tpQuestion *question, char **hints)
{
  gboolean any = FALSE;

  for (guint i = 0; i < question->n_items; i++)
    any |= is_hinted (hints, &question->items[i]);
  for (guint i = 0; any && i < question->n_items; i++)
    question->items[i].ask = is_hinted (hints, &question->items[i]);
}

NmL2tpQuestion *
nm_l2tp_question_new (const NmL2tpCall *call, NMSettingVpn *setting)
{
  NmL2tpQuestion *question = g_new0 (NmL2tpQuestion, 1);
  const char *message = find_message (call->hints);

  question->title = g_strdup (_ ("Authentication Required"));
  question->description =
      message != NULL ? g_strdup (message)
                      : g_strdup_printf (_ ("The VPN “%s” needs to know who you are."), call->name);
  for (guint i = 0; i < NM_L2TP_N_SECRETS; i++)
    if (nm_l2tp_secret_is_used (setting, nm_l2tp_secret_get (i)->id))
      add_item (question, call, setting, nm_l2tp_secret_get (i));
  follow_hints (question, call->hints);
  return question;
}

void
nm_l2tp_question_free (NmL2tpQuestion *question)
{
  for (guint i = 0; i < question->n_items; i++)
    nm_l2tp_secret_wipe (question->items[i].value);
  g_free (question->title);
  g_free (question->description);
  g_free (question);
}

gboolean
nm_l2tp_question_must_ask (const NmL2tpQuestion *question)
{
  for (guint i = 0; i < question->n_items; i++)
    if (question->items[i].ask)
      return TRUE;
  return FALSE;
}

/* NetworkManager asks again for ever if the answer has no secret at all. */
static gboolean
needs_dummy (const NmL2tpQuestion *question)
{
  for (guint i = 0; i < question->n_items; i++)
    if (question->items[i].value != NULL)
      return FALSE;
  return TRUE;
}

GString *
nm_l2tp_question_to_lines (const NmL2tpQuestion *question)
{
  GString *lines = g_string_sized_new (4096);

  for (guint i = 0; i < question->n_items; i++)
    {
      const NmL2tpItem *item = &question->items[i];

      /* A line break would let a secret say what the next one is. */
      if (item->value != NULL && strpbrk (item->value, "\r\n") == NULL)
        g_string_append_printf (lines, "%s\n%s\n", key_of (item), item->value);
    }
  if (needs_dummy (question))
    g_string_append (lines, NM_L2TP_NO_SECRET "\ntrue\n");
  return g_string_append (lines, "\n\n");
}

/* A label for a client that knows no mnemonics. */
static char *
plain_label (const char *label)
{
  g_auto (GStrv) parts = g_strsplit (label, "_", -1);

  return g_strjoinv ("", parts);
}

static void
add_group (GKeyFile *file, const char *key, const char *value, const char *label, gboolean ask)
{
  g_key_file_set_string (file, key, "Value", value != NULL ? value : "");
  g_key_file_set_string (file, key, "Label", label);
  g_key_file_set_boolean (file, key, "IsSecret", TRUE);
  g_key_file_set_boolean (file, key, "ShouldAsk", ask);
}

GKeyFile *
nm_l2tp_question_to_keyfile (const NmL2tpQuestion *question)
{
  GKeyFile *file = g_key_file_new ();

  g_key_file_set_integer (file, UI_GROUP, "Version", 2);
  /* nmcli does without neither. */
  g_key_file_set_string (file, UI_GROUP, "Title", question->title);
  g_key_file_set_string (file, UI_GROUP, "Description", question->description);

  for (guint i = 0; i < question->n_items; i++)
    {
      const NmL2tpItem *item = &question->items[i];
      g_autofree char *label = plain_label (_ (item->secret->label));

      add_group (file, key_of (item), item->value, label, item->ask);
    }
  if (needs_dummy (question) && !nm_l2tp_question_must_ask (question))
    add_group (file, NM_L2TP_NO_SECRET, "true", "", FALSE);
  return file;
}
