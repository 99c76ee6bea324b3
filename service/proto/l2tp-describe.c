/* SPDX-License-Identifier: GPL-2.0-or-later */
/* SPDX-FileCopyrightText: The l2tp-client authors */

/* A control message in words. Looks at octets as they travel, without the tunnel secret and
 * whatever the message parser thinks of them: a log is wanted most when a message is wrong. What is
 * not known to be harmless shows its length alone: a Challenge and its Response together let
 * anybody try secrets at leisure (RFC 2661 section 9.1). */

#include "l2tp-describe.h"

#include "l2tp-avp.h"
#include "l2tp-message-table.h"
#include "l2tp-result.h"

#define MAX_LINE 1200

static gboolean
is_harmless_text (guint16 type)
{
  return type == L2TP_AVP_HOST_NAME || type == L2TP_AVP_VENDOR_NAME ||
         type == L2TP_AVP_CALLED_NUMBER || type == L2TP_AVP_CALLING_NUMBER ||
         type == L2TP_AVP_SUB_ADDRESS;
}

static void
add_text (GString *line, const guint8 *data, gsize len)
{
  g_autofree char *text = l2tp_text_sanitise (data, len);

  g_string_append_printf (line, " “%s”", text);
}

static void
add_result (GString *line, L2tpOctets value)
{
  g_string_append_printf (line, " %u", l2tp_read_u16 (value.data));
  if (value.len >= 4)
    g_string_append_printf (line, "/%u", l2tp_read_u16 (value.data + 2));
  if (value.len > 4)
    add_text (line, value.data + 4, value.len - 4);
}

/* Returns FALSE when the value is not to be shown, or is not what it should be. */
static gboolean
add_value (GString *line, const L2tpAvp *avp, const L2tpAvpInfo *info)
{
  if (avp->value.len < info->min_len || avp->value.len > info->max_len)
    return FALSE;
  switch (info->kind)
    {
    case L2TP_AVP_KIND_FLAG:
      return TRUE;
    case L2TP_AVP_KIND_U16:
      g_string_append_printf (line, " %u", l2tp_read_u16 (avp->value.data));
      return TRUE;
    case L2TP_AVP_KIND_U32:
      g_string_append_printf (line, " %u", l2tp_read_u32 (avp->value.data));
      return TRUE;
    case L2TP_AVP_KIND_RESULT:
      add_result (line, avp->value);
      return TRUE;
    case L2TP_AVP_KIND_CAUSE:
      g_string_append_printf (line, " %u/%04x/%u", l2tp_read_u16 (avp->value.data),
                              l2tp_read_u16 (avp->value.data + 2), avp->value.data[4]);
      return TRUE;
    case L2TP_AVP_KIND_OCTETS:
      if (!is_harmless_text (avp->type))
        return FALSE;
      add_text (line, avp->value.data, avp->value.len);
      return TRUE;
    }
  return FALSE;
}

static void
add_avp (GString *line, const L2tpAvp *avp)
{
  const L2tpAvpInfo *info = l2tp_avp_lookup (avp->vendor, avp->type);

  if (info != NULL)
    g_string_append (line, info->name);
  else
    g_string_append_printf (line, "AVP %u of vendor %u", avp->type, avp->vendor);
  if (avp->hidden)
    g_string_append (line, " (hidden)");
  else if (info == NULL || !add_value (line, avp, info))
    g_string_append_printf (line, " (%" G_GSIZE_FORMAT " octets)", avp->value.len);
}

static void
add_name (GString *line, L2tpOctets payload)
{
  L2tpAvpIter iter;
  L2tpAvp avp;
  const char *name = NULL;

  l2tp_avp_iter_init (&iter, payload);
  if (payload.len == 0)
    name = "ZLB";
  else if (l2tp_avp_iter_next (&iter, &avp) && avp.type == L2TP_AVP_MESSAGE_TYPE &&
           avp.value.len == 2 && !avp.hidden)
    name = l2tp_message_type_to_string (l2tp_read_u16 (avp.value.data));
  g_string_append (line, name != NULL ? name : "unknown message");
}

char *
l2tp_describe_packet (const guint8 *data, gsize len)
{
  GString *line;
  L2tpHeader header;
  L2tpAvpIter iter;
  L2tpAvp avp;
  gsize begin;

  if (!l2tp_header_parse (data, len, &header) || !header.control)
    return NULL;

  line = g_string_new (NULL);
  add_name (line, header.payload);
  g_string_append_printf (line, " to tunnel %u session %u, Ns %u Nr %u", header.tunnel_id,
                          header.session_id, header.ns, header.nr);
  begin = line->len;
  l2tp_avp_iter_init (&iter, header.payload);
  while (line->len < MAX_LINE && l2tp_avp_iter_next (&iter, &avp))
    {
      g_string_append (line, line->len == begin ? ": " : ", ");
      add_avp (line, &avp);
    }
  if (iter.broken || iter.rest.len > 0)
    g_string_append_printf (line, ", and %" G_GSIZE_FORMAT " octets", iter.rest.len);
  return g_string_free (line, FALSE);
}
