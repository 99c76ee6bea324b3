/* SPDX-License-Identifier: GPL-2.0-or-later */
/* SPDX-FileCopyrightText: The l2tp-client authors */

#pragma once

#include <glib.h>

G_BEGIN_DECLS

typedef enum
{
#define X(ID, ...) L2TP_OPTION_##ID,
#define SECTION(ID, TITLE)
#include "l2tp-options.def"
#undef SECTION
#undef X
  L2TP_N_OPTIONS,
} L2tpOptionId;

typedef enum
{
  L2TP_OPTION_TYPE_STRING,    /* UTF-8 without control characters */
  L2TP_OPTION_TYPE_HOST,      /* a host name, an IPv4 address, an IPv6 address with or without [] */
  L2TP_OPTION_TYPE_ADDRESS,   /* an IPv4 or IPv6 address */
  L2TP_OPTION_TYPE_ADDRESS4,  /* an IPv4 address */
  L2TP_OPTION_TYPE_IFNAME,    /* a network interface name */
  L2TP_OPTION_TYPE_UUID,      /* RFC 4122, lower case */
  L2TP_OPTION_TYPE_UINT,      /* decimal digits and nothing else */
  L2TP_OPTION_TYPE_AUTO,      /* a UINT, or auto */
  L2TP_OPTION_TYPE_BOOL,      /* yes or no */
  L2TP_OPTION_TYPE_ENUM,      /* one of the row's words */
  L2TP_OPTION_TYPE_PATH,      /* of a file, from the root */
  L2TP_OPTION_TYPE_ADDRESSES, /* ADDRESS,… */
  L2TP_OPTION_TYPE_NETWORKS,  /* ADDRESS/PREFIX,… without bits behind the prefix */
  L2TP_OPTION_TYPE_DOMAINS,   /* a domain, or ~ and a domain, or ~. ; with commas */
} L2tpOptionType;

typedef enum
{
  L2TP_OPTION_REQUIRED = 1 << 0,
  L2TP_OPTION_SECRET = 1 << 1, /* write-only: never read back, never logged */
  L2TP_OPTION_LEGACY = 1 << 2, /* understood, but neither in the help nor completed */
} L2tpOptionFlags;

/* What a connection can expect of the option today; see l2tp-options.def. */
typedef enum
{
  L2TP_OPTION_STATUS_BUILT,
  L2TP_OPTION_STATUS_IGNORED,
  L2TP_OPTION_STATUS_LATER,
  L2TP_OPTION_STATUS_ALIAS,
} L2tpOptionStatus;

typedef struct
{
  const char *key;
  L2tpOptionType type;
  const char *fallback; /* the default as typed, or NULL: no value */
  guint min;
  guint max;
  const char *words; /* of an ENUM: "a|b" */
  L2tpOptionFlags flags;
  L2tpOptionStatus status;
  const char *missing;   /* LATER: what is not built yet */
  L2tpOptionId alias_of; /* ALIAS */
  const char *pppd;      /* see l2tp-options.def, or NULL */
  const char *help;      /* untranslated: pass to gettext() */
} L2tpOption;

/* l2tp_option_get:
 * Returns the row of @id. Never NULL. */
const L2tpOption *l2tp_option_get (L2tpOptionId id);

/* l2tp_option_find:
 * Returns TRUE and the id of @key, or FALSE and leaves @ret_id alone. */
gboolean l2tp_option_find (const char *key, L2tpOptionId *ret_id);

/* l2tp_option_find_flags:
 * Returns TRUE and the id of the option that says where the secret @id is kept, "KEY-flags", or
 * FALSE and leaves @ret_flags alone when it has none. */
gboolean l2tp_option_find_flags (L2tpOptionId id, L2tpOptionId *ret_flags);

/* l2tp_option_get_section:
 * Returns the heading above the row of @id, untranslated, or NULL when it has none. */
const char *l2tp_option_get_section (L2tpOptionId id);

/* l2tp_option_type_to_string:
 * Returns a word for help texts: "text", "host", "number", "yes|no", … */
const char *l2tp_option_type_to_string (L2tpOptionType type);

/* l2tp_option_validate:
 * @text: what the user typed, any octets
 * @ret_uint: (out) (optional): the value of a UINT or a PORT, auto being 0; 0 and 1 of a BOOL;
 *   untouched on failure
 *
 * Checks @text against the row. On failure the message, in @ret_message (transfer full), names the
 * key and what would be right; the text itself is quoted only for options that are no secrets. */
gboolean
l2tp_option_validate (L2tpOptionId id, const char *text, guint *ret_uint, char **ret_message);

G_END_DECLS
