/* SPDX-License-Identifier: GPL-2.0-or-later */
/* SPDX-FileCopyrightText: The l2tp-client authors */

#pragma once

#include <NetworkManager.h>

G_BEGIN_DECLS

#define NM_TYPE_L2TP_EDITOR (nm_l2tp_editor_get_type ())
G_DECLARE_FINAL_TYPE (NmL2tpEditor, nm_l2tp_editor, NM, L2TP_EDITOR, GObject)

/* nm_vpn_editor_factory_l2tp:
 * The one symbol that the module exports; the plugin loads it by this name, which is
 * NetworkManager-l2tp's, too. Returns (transfer full) an editor that shows @connection. */
NMVpnEditor *
nm_vpn_editor_factory_l2tp (NMVpnEditorPlugin *plugin, NMConnection *connection, GError **error);

G_END_DECLS
