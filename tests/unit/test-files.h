/* SPDX-License-Identifier: GPL-2.0-or-later */
/* SPDX-FileCopyrightText: The l2tp-client authors */

#pragma once

#include <glib.h>

G_BEGIN_DECLS

/* test_remove_tree: a directory with all that is in it; links are not followed. */
void test_remove_tree (const char *path);

G_END_DECLS
