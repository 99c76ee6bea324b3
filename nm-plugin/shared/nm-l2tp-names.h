/* SPDX-License-Identifier: GPL-2.0-or-later */
/* SPDX-FileCopyrightText: The l2tp-client authors */

/* What NetworkManager knows the plugin by, once. */

#pragma once

/* The same as NetworkManager-l2tp's: its profiles and KDE's page are meant. */
#define NM_L2TP_SERVICE "org.freedesktop.NetworkManager.l2tp"

#define NM_L2TP_EDITOR_FACTORY   "nm_vpn_editor_factory_l2tp"
#define NM_L2TP_EDITOR_FILE_GTK3 "libnm-vpn-plugin-l2tp-editor.so"
#define NM_L2TP_EDITOR_FILE_GTK4 "libnm-gtk4-vpn-plugin-l2tp-editor.so"

/* A dummy, so that the secrets of a profile that needs none are not empty. */
#define NM_L2TP_NO_SECRET "no-secret"
