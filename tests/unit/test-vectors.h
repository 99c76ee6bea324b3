/* SPDX-License-Identifier: GPL-2.0-or-later */
/* SPDX-FileCopyrightText: The l2tp-client authors */

/* Loads tests/vectors/. Every failure ends the test. */

#pragma once

#include <glib.h>
#include <json-glib/json-glib.h>

#include "service/proto/l2tp-wire.h"

G_BEGIN_DECLS

/* l2tp_test_load_vectors:
 * @name: file without path and suffix
 * Returns (transfer full) the object at the root. */
JsonObject *l2tp_test_load_vectors (const char *name);

/* l2tp_test_find_vector:
 * Returns the element of the array @array whose @member is @value. */
JsonObject *
l2tp_test_find_vector (JsonObject *root, const char *array, const char *member, const char *value);

/* l2tp_test_foreach_message: each whole message that there is. */
void l2tp_test_foreach_message (JsonArrayForeach func);

/* Both return (transfer full). */
GBytes *l2tp_test_unhex (const char *hex);
GBytes *l2tp_test_get_hex (JsonObject *object, const char *member);

L2tpOctets l2tp_test_octets (GBytes *bytes);
void l2tp_test_assert_equal (L2tpOctets octets, GBytes *expected);

G_END_DECLS
