/* SPDX-License-Identifier: GPL-2.0-or-later */
/* SPDX-FileCopyrightText: The l2tp-client authors */

/* A question for secrets: what is asked of an agent, and whether its answer will do. Pure. */

#pragma once

#include <glib-object.h>

#include "dbus/l2tp-names.h"

G_BEGIN_DECLS

typedef struct
{
  const char *connection;   /* object path */
  const char *uuid;         /* (nullable): for the log */
  const char *const *names; /* keys of secrets, at least one */

  /* Hints; texts that are NULL are left out. */
  const char *name;
  const char *user;
  const char *gateway;
  const char *message; /* what the LNS said when it refused the last ones */
  gboolean retry;      /* the last ones were refused */

  guint32 owner;     /* uid, or L2TP_OWNER_ALL */
  const char *asker; /* (nullable): unique name of the program that called Connect */
  guint32 asker_uid; /* L2TP_OWNER_ALL: nobody called it */
} L2tpQuestion;

/* l2tp_question_copy: a deep copy; l2tp_question_free() frees such a one. */
L2tpQuestion *l2tp_question_copy (const L2tpQuestion *question);
void l2tp_question_free (L2tpQuestion *question);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (L2tpQuestion, l2tp_question_free)

/* l2tp_question_may_ask:
 * Whether an agent of @uid may be asked: the owner's, the asker's, and for a connection of all
 * users root's. */
gboolean l2tp_question_may_ask (const L2tpQuestion *question, guint32 uid);

/* l2tp_question_to_parameters:
 * Returns (transfer floating) the arguments of RequestSecrets, (oasa{sv}). */
GVariant *l2tp_question_to_parameters (const L2tpQuestion *question);

/* l2tp_question_check_answer:
 * @answer: a{sv}, untrusted
 * @error: the message never has any of the answer in it
 *
 * Whether @answer has all that was asked for, valid, and nothing else. Errors:
 * L2TP_ERROR_NO_SECRETS when it is empty, else L2TP_ERROR_INVALID_ARGUMENT. */
gboolean
l2tp_question_check_answer (const L2tpQuestion *question, GVariant *answer, GError **error);

G_END_DECLS
