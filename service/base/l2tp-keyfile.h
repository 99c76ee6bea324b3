/* SPDX-License-Identifier: GPL-2.0-or-later */
/* SPDX-FileCopyrightText: The l2tp-client authors */

/* Reads the lines of a keyfile: a strict subset of what GKeyFile reads, with the same meaning, that
 * knows its line numbers and leaves no copy of what may be a secret. */

#pragma once

#include <glib.h>

G_BEGIN_DECLS

#define L2TP_KEYFILE_MAX_SIZE 65536

/* Where the reader is. All strings are in the text itself. */
typedef struct
{
  guint line;        /* of what was read last, from 1 */
  const char *fault; /* what is wrong with that line and, after a newline, what to do, or NULL */
  const char *group; /* NULL before the first one */
  const char *key;   /* NULL: the line begins a group */
  const char *value; /* without its escapes */

  char *rest;
} L2tpKeyfile;

/* l2tp_keyfile_check:
 * Returns NULL when @data can be a keyfile's text, else what is wrong with it: its size, a NUL, or
 * octets that are not UTF-8. */
const char *l2tp_keyfile_check (const char *data, gsize len);

/* l2tp_keyfile_init: @text is changed while it is read, and must outlive @file. */
void l2tp_keyfile_init (L2tpKeyfile *file, char *text);

/* l2tp_keyfile_next:
 * Returns FALSE at the end, else TRUE: a group, a key with its value, or a fault. One may go on
 * after a fault. */
gboolean l2tp_keyfile_next (L2tpKeyfile *file);

/* l2tp_keyfile_escape:
 * Writes @value, that has no control characters, as it stands in a file, to @ret_text, which has
 * room for 2 * strlen (@value) + 1 octets. Returns the number of octets without the NUL. */
gsize l2tp_keyfile_escape (const char *value, char *ret_text);

G_END_DECLS
