/* SPDX-License-Identifier: GPL-2.0-or-later */
/* SPDX-FileCopyrightText: The l2tp-client authors */

#pragma once

#include <NetworkManager.h>

#include "nm-plugin/shared/nm-l2tp-secrets.h"

G_BEGIN_DECLS

/* A secret that the profile uses. */
typedef struct
{
  const NmL2tpSecret *secret;
  char *value; /* or NULL; wiped with the question */
  gboolean ask;
} NmL2tpItem;

/* What the dialog has to find out, and what it knows already. */
typedef struct
{
  char *title;
  char *description;
  NmL2tpItem items[NM_L2TP_N_SECRETS];
  guint n_items;
} NmL2tpQuestion;

/* How NetworkManager's client called the dialog. */
typedef struct
{
  char *uuid;
  char *name;
  char *service;
  gboolean reprompt;
  gboolean allow_interaction;
  gboolean external_ui;
  char **hints; /* (nullable) */
} NmL2tpCall;

/* nm_l2tp_question_new:
 * @setting: the data and the secrets that the client sent
 *
 * Looks for secrets of the user's agent that were not sent in the keyring, which may wait for the
 * keyring. Hints that name secrets of the profile say which to ask for; else those are asked for
 * that are missing, and when @call is a reprompt those that are there, too.
 * Returns (transfer full) never NULL. */
NmL2tpQuestion *nm_l2tp_question_new (const NmL2tpCall *call, NMSettingVpn *setting);

void nm_l2tp_question_free (NmL2tpQuestion *question);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (NmL2tpQuestion, nm_l2tp_question_free)

/* nm_l2tp_question_must_ask:
 * Returns TRUE if a secret has to be asked for. */
gboolean nm_l2tp_question_must_ask (const NmL2tpQuestion *question);

/* nm_l2tp_item_answer:
 * @value: (nullable): copied; NULL and "" are no secret */
void nm_l2tp_item_answer (NmL2tpItem *item, const char *value);

/* nm_l2tp_question_to_lines:
 * Returns (transfer full) what a client reads when the dialog has asked: KEY\nVALUE\n for each
 * secret, and an empty line. The caller wipes it. */
GString *nm_l2tp_question_to_lines (const NmL2tpQuestion *question);

/* nm_l2tp_question_to_keyfile:
 * Returns (transfer full) what a client reads that asks itself. */
GKeyFile *nm_l2tp_question_to_keyfile (const NmL2tpQuestion *question);

G_END_DECLS
