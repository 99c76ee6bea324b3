/* SPDX-License-Identifier: GPL-2.0-or-later */
/* SPDX-FileCopyrightText: The l2tp-client authors */

/* Which secrets a connection has to ask for, before a bring-up and after one that was refused.
 * Pure. The flags are NetworkManager's (L2tpSecretFlags). */

#pragma once

#include "service/base/l2tp-config.h"
#include "service/l2tp-stage.h"

G_BEGIN_DECLS

/* l2tp_needs_before:
 * Returns (transfer full) the keys of the secrets to ask for before the bring-up; empty when there
 * are none, never NULL. What @config has still holds, even a secret that is not saved. */
GStrv l2tp_needs_before (L2tpConfig *config);

/* l2tp_needs_after:
 * @error: of L2TP_ERROR, why the bring-up failed
 * @stage: where it failed; what fails before L2TP_STAGE_TUNNEL and authenticates is IPsec
 * @mschap_error: l2tp_ppp_get_mschap_error()'s, or 0
 *
 * Returns (transfer full) the keys of the secrets to ask for again, whatever their flags; empty
 * when other secrets would not help, never NULL. */
GStrv
l2tp_needs_after (L2tpConfig *config, const GError *error, L2tpStage stage, guint mschap_error);

G_END_DECLS
