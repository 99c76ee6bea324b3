/* SPDX-License-Identifier: GPL-2.0-or-later */
/* SPDX-FileCopyrightText: The l2tp-client authors */

#pragma once

#include "service/base/l2tp-config.h"

G_BEGIN_DECLS

/* l2tp_pppd_args_build:
 * @pppd: path of the program
 * @plugin: absolute path of our plugin
 * @link_fd: number of the private link's descriptor in pppd
 * @ipparam: goes to pppd's ipparam option
 *
 * Pure: the configuration in, pppd's argument vector out (transfer full). Everything that we rely
 * on is said, whatever pppd's default (PPP-4, PPP-6, PPP-28); nothing secret is. */
char **l2tp_pppd_args_build (const char *pppd,
                             const char *plugin,
                             int link_fd,
                             const char *ipparam,
                             L2tpConfig *config);

/* l2tp_pppd_args_want_mppe: whether the profile insists on MPPE, of any strength. */
gboolean l2tp_pppd_args_want_mppe (L2tpConfig *config);

/* l2tp_pppd_args_want_tls: whether the user is authenticated by EAP-TLS, and nothing else. */
gboolean l2tp_pppd_args_want_tls (L2tpConfig *config);

G_END_DECLS
