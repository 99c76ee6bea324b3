/* SPDX-License-Identifier: GPL-2.0-or-later */
/* SPDX-FileCopyrightText: The l2tp-client authors */

#pragma once

#include <NetworkManager.h>

G_BEGIN_DECLS

/* The one symbol that the module exports, nm_vpn_editor_plugin_factory(), is declared by libnm. */

#define NM_TYPE_L2TP_EDITOR_PLUGIN (nm_l2tp_editor_plugin_get_type ())
G_DECLARE_FINAL_TYPE (NmL2tpEditorPlugin, nm_l2tp_editor_plugin, NM, L2TP_EDITOR_PLUGIN, GObject)

G_END_DECLS
