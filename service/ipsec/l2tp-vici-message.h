/* SPDX-License-Identifier: GPL-2.0-or-later */
/* SPDX-FileCopyrightText: The l2tp-client authors */

/* Octets of VICI, strongSwan's control protocol: packets made and taken apart. Pure. Whatever is
 * taken apart may come from anybody; sections and items point into the packet. */

#pragma once

#include <glib-object.h>

G_BEGIN_DECLS

#define L2TP_VICI_MAX_PACKET (512 * 1024) /* of either side, without the length in front */
#define L2TP_VICI_HEADER     4            /* that length: octets, big-endian */

typedef enum
{
  L2TP_VICI_COMMAND = 0,
  L2TP_VICI_RESPONSE = 1,
  L2TP_VICI_COMMAND_UNKNOWN = 2,
  L2TP_VICI_REGISTER = 3,
  L2TP_VICI_UNREGISTER = 4,
  L2TP_VICI_CONFIRM = 5,
  L2TP_VICI_EVENT_UNKNOWN = 6,
  L2TP_VICI_EVENT = 7,
} L2tpViciPacketType;

/* Requests. What does not fit, a name over 255 octets, a value over 65535, makes the request
 * unusable; that shows in l2tp_vici_request_encode(). */
typedef struct _L2tpViciRequest L2tpViciRequest;

L2tpViciRequest *l2tp_vici_request_new (L2tpViciPacketType type, const char *name);

/* l2tp_vici_request_free: wipes all that was put into it. */
void l2tp_vici_request_free (L2tpViciRequest *request);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (L2tpViciRequest, l2tp_vici_request_free)

void l2tp_vici_request_begin (L2tpViciRequest *request, const char *section);
void l2tp_vici_request_end (L2tpViciRequest *request);
void l2tp_vici_request_put (L2tpViciRequest *request, const char *key, const char *value);
void l2tp_vici_request_put_uint (L2tpViciRequest *request, const char *key, guint value);
void
l2tp_vici_request_put_data (L2tpViciRequest *request, const char *key, const void *data, gsize len);
void
l2tp_vici_request_put_list (L2tpViciRequest *request, const char *key, const char *const *values);
void l2tp_vici_request_begin_list (L2tpViciRequest *request, const char *key);
void l2tp_vici_request_put_item (L2tpViciRequest *request, const void *data, gsize len);
void l2tp_vici_request_end_list (L2tpViciRequest *request);

/* l2tp_vici_request_encode:
 * Returns (transfer none) the octets to send, their length first; NULL when something did not fit.
 */
const guint8 *l2tp_vici_request_encode (L2tpViciRequest *request, gsize *ret_len);

/* Answers. */
typedef struct
{
  const guint8 *data;
  gsize len;
} L2tpViciSection;

typedef enum
{
  L2TP_VICI_ITEM_SECTION, /* name, section */
  L2TP_VICI_ITEM_VALUE,   /* name, value */
  L2TP_VICI_ITEM_LIST,    /* name, section: its entries */
  L2TP_VICI_ITEM_ENTRY,   /* value */
} L2tpViciItemType;

typedef struct
{
  L2tpViciItemType type;
  const char *name; /* not terminated */
  gsize name_len;
  L2tpViciSection section;
  L2tpViciSection value;
} L2tpViciItem;

typedef struct
{
  L2tpViciPacketType type;
  char name[256]; /* of an event, printable */
  L2tpViciSection message;
} L2tpViciPacket;

/* l2tp_vici_packet_parse:
 * @data: a packet without its length in front
 *
 * Returns whether it is one, to the last octet of its message; @ret_packet points into @data. */
gboolean l2tp_vici_packet_parse (const guint8 *data, gsize len, L2tpViciPacket *ret_packet);

/* l2tp_vici_section_next:
 * @rest: of a packet that was parsed; what follows the item afterwards */
gboolean l2tp_vici_section_next (L2tpViciSection *rest, L2tpViciItem *ret_item);

/* l2tp_vici_section_find: the first item of that name. */
gboolean
l2tp_vici_section_find (const L2tpViciSection *section, const char *name, L2tpViciItem *ret_item);

/* l2tp_vici_section_get_section: the section of that name, or an empty one. */
L2tpViciSection l2tp_vici_section_get_section (const L2tpViciSection *section, const char *name);

/* l2tp_vici_section_first_section:
 * The first section of any name: messages about one SA are in a section of the connection's name.
 * @ret_name: (out) (transfer full) (optional) */
gboolean l2tp_vici_section_first_section (const L2tpViciSection *section,
                                          L2tpViciSection *ret_section,
                                          char **ret_name);

/* l2tp_vici_section_dup_text:
 * Returns (transfer full) a value as valid, printable UTF-8 of at most 1000 octets, or NULL. */
char *l2tp_vici_section_dup_text (const L2tpViciSection *section, const char *name);

/* l2tp_vici_section_get_uint: a number in base @base, or @fallback. */
guint64 l2tp_vici_section_get_uint (const L2tpViciSection *section,
                                    const char *name,
                                    guint base,
                                    guint64 fallback);

/* l2tp_vici_section_is_yes: whether the value is "yes". */
gboolean l2tp_vici_section_is_yes (const L2tpViciSection *section, const char *name);

/* l2tp_vici_section_has_entry: whether the list of that name has the entry. */
gboolean
l2tp_vici_section_has_entry (const L2tpViciSection *section, const char *list, const char *entry);

G_END_DECLS
