/* SPDX-License-Identifier: GPL-2.0-or-later */
/* SPDX-FileCopyrightText: The l2tp-client authors */

/* What a plugin for the LNS's pppd begins with. */

#pragma once

#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wstrict-prototypes"
#pragma GCC diagnostic ignored "-Wold-style-definition"
#include <pppd/pppd.h>
#ifdef L2TP_PPPD_2_5
#include <pppd/chap.h>
#else
#include <pppd/chap-new.h>
#endif
#pragma GCC diagnostic pop

#ifdef L2TP_PPPD_2_5
char pppd_version[] = PPPD_VERSION;
#else
char pppd_version[] = VERSION;
#endif

void plugin_init (void);
