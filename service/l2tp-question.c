/* SPDX-License-Identifier: GPL-2.0-or-later */
/* SPDX-FileCopyrightText: The l2tp-client authors */

/* A question for secrets. Pure. Who may be asked is decided by uids alone; what comes back is as
 * hostile as anything from the bus, because any program of the user can be an agent. Contract:
 * org.l2tp.Agent.xml. */

#include "l2tp-question.h"

#include "dbus/l2tp-options.h"
#include "service/base/l2tp-error.h"

L2tpQuestion *
l2tp_question_copy (const L2tpQuestion *question)
{
  L2tpQuestion *copy = g_new (L2tpQuestion, 1);

  *copy = *question;
  copy->connection = g_strdup (question->connection);
  copy->uuid = g_strdup (question->uuid);
  copy->names = (const char *const *) g_strdupv ((char **) question->names);
  copy->name = g_strdup (question->name);
  copy->user = g_strdup (question->user);
  copy->gateway = g_strdup (question->gateway);
  copy->message = g_strdup (question->message);
  copy->asker = g_strdup (question->asker);
  return copy;
}

void
l2tp_question_free (L2tpQuestion *question)
{
  if (question == NULL)
    return;
  g_free ((char *) question->connection);
  g_free ((char *) question->uuid);
  g_strfreev ((char **) question->names);
  g_free ((char *) question->name);
  g_free ((char *) question->user);
  g_free ((char *) question->gateway);
  g_free ((char *) question->message);
  g_free ((char *) question->asker);
  g_free (question);
}

gboolean
l2tp_question_may_ask (const L2tpQuestion *question, guint32 uid)
{
  if (uid == L2TP_OWNER_ALL) /* no user at all */
    return FALSE;
  return uid == question->owner || uid == question->asker_uid ||
         (uid == 0 && question->owner == L2TP_OWNER_ALL);
}

static void
add_hint (GVariantBuilder *hints, const char *key, const char *text)
{
  if (text != NULL)
    g_variant_builder_add (hints, "{sv}", key,
                           g_variant_new_take_string (g_utf8_make_valid (text, -1)));
}

GVariant *
l2tp_question_to_parameters (const L2tpQuestion *question)
{
  GVariantBuilder hints;

  g_variant_builder_init (&hints, G_VARIANT_TYPE_VARDICT);
  add_hint (&hints, "connection", question->name);
  add_hint (&hints, "user", question->user);
  add_hint (&hints, "gateway", question->gateway);
  add_hint (&hints, "message", question->message);
  g_variant_builder_add (&hints, "{sv}", "retry", g_variant_new_boolean (question->retry));
  return g_variant_new ("(o^asa{sv})", question->connection, question->names, &hints);
}

static gboolean
check_value (const char *name, GVariant *value, GError **error)
{
  g_autofree char *message = NULL;
  L2tpOptionId id;

  if (!g_variant_is_of_type (value, G_VARIANT_TYPE_STRING))
    {
      g_set_error (error, L2TP_ERROR, L2TP_ERROR_INVALID_ARGUMENT, "%s: must be a string", name);
      return FALSE;
    }
  if (l2tp_option_find (name, &id) &&
      l2tp_option_validate (id, g_variant_get_string (value, NULL), NULL, &message))
    return TRUE;
  g_set_error_literal (error, L2TP_ERROR, L2TP_ERROR_INVALID_ARGUMENT,
                       message != NULL ? message : "not an option");
  return FALSE;
}

/* Keys that were not asked for and keys that come twice make the answer longer than the question.
 */
gboolean
l2tp_question_check_answer (const L2tpQuestion *question, GVariant *answer, GError **error)
{
  gsize n_names = g_strv_length ((char **) question->names);

  if (g_variant_n_children (answer) == 0)
    {
      g_set_error_literal (error, L2TP_ERROR, L2TP_ERROR_NO_SECRETS, "the answer is empty");
      return FALSE;
    }
  if (g_variant_n_children (answer) > n_names)
    {
      g_set_error_literal (error, L2TP_ERROR, L2TP_ERROR_INVALID_ARGUMENT,
                           "the answer has more than was asked for");
      return FALSE;
    }
  for (gsize i = 0; i < n_names; i++)
    {
      g_autoptr (GVariant) value = g_variant_lookup_value (answer, question->names[i], NULL);

      if (value == NULL)
        {
          g_set_error (error, L2TP_ERROR, L2TP_ERROR_INVALID_ARGUMENT, "%s: is missing",
                       question->names[i]);
          return FALSE;
        }
      if (!check_value (question->names[i], value, error))
        return FALSE;
    }
  return TRUE;
}
