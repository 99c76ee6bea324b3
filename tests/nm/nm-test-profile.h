/* SPDX-License-Identifier: GPL-2.0-or-later */
/* SPDX-FileCopyrightText: The l2tp-client authors */

/* Profiles in tests. */

#pragma once

#include <NetworkManager.h>

G_BEGIN_DECLS

/* NMVpnEditorPluginCapability's, which has a name since 1.52. */
#define NM_TEST_NO_EDITOR 0x08

/* nm_test_load_plugin:
 * Loads the plugin of the build tree as libnm does, or fails the test. */
NMVpnEditorPlugin *nm_test_load_plugin (void);

/* nm_test_profile_new:
 * @lines: "key=value" of vpn.data, one a line; a key with a + in front is of vpn.secrets
 *
 * Returns (transfer full) a connection called "Test". */
NMConnection *nm_test_profile_new (const char *lines);

/* nm_test_profile_read:
 * @path: a .nmconnection, as NetworkManager has it on disk; fails the test if it is none */
NMConnection *nm_test_profile_read (const char *path);

/* nm_test_profile_to_lines:
 * Returns (transfer full) what nm_test_profile_new() takes, sorted. */
char *nm_test_profile_to_lines (NMConnection *connection);

/* nm_test_each_profile:
 * Calls @check with the path of every profile of the corpus, and fails if they are too few. */
void nm_test_each_profile (void (*check) (const char *path));

G_END_DECLS
