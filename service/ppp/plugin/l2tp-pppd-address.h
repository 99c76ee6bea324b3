/* SPDX-License-Identifier: GPL-2.0-or-later */
/* SPDX-FileCopyrightText: The l2tp-client authors */

#pragma once

#include <stdint.h>

/* l2tp_pppd_keep_link_local:
 * Removes every link-local IPv6 address of an interface but one.
 * @id: its interface identifier, 8 octets */
void l2tp_pppd_keep_link_local (const char *name, const uint8_t *id);
