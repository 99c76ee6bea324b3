/* SPDX-License-Identifier: GPL-2.0-or-later */
/* SPDX-FileCopyrightText: The l2tp-client authors */

/* Control messages from octets and to octets, RFC 2661 sections 4, 4.1 and 6.
 *
 * Hides the tables and the order of the checks. Parsing ends in a message or in a verdict that
 * carries the Result and Error Code it deserves; whom that strikes is the state machines' business.
 * Nothing is trusted: framing first, then each value, then what is missing. */

#include "l2tp-message.h"

#include <string.h>

#include "l2tp-hide.h"
#include "l2tp-message-table.h"

#define RANDOM_VECTOR_SIZE 16                       /* HIDE-7 */
#define MAX_PADDING        15                       /* HIDE-7 */
#define HIDABLE_SIZE       (L2TP_AVP_MAX_VALUE - 2) /* HIDE-1: the length goes with the value */

#define CAUSE_SIZE 5 /* AVP-46: code, protocol, direction; then a text */

typedef struct
{
  const L2tpMessageSpec *spec; /* NULL until the Message Type is known */
  L2tpMessage message;
  L2tpFault fault;
  L2tpOctets secret;
  L2tpOctets random_vector;
  gsize payload_len;
  guint64 seen; /* AVPs, as bits */
} Parser;

static gboolean G_GNUC_PRINTF (4, 5)
    fail (Parser *self, guint16 result, guint16 error, const char *format, ...)
{
  va_list args;

  self->fault.session = self->spec != NULL && self->spec->session;
  if (self->message.type == L2TP_MESSAGE_ICRQ || self->message.type == L2TP_MESSAGE_OCRQ)
    self->fault.peer_id = self->message.call.session_id;
  else if (self->message.type == L2TP_MESSAGE_SCCRP)
    self->fault.peer_id = self->message.start.tunnel_id;
  self->fault.result = result;
  self->fault.error = error;
  va_start (args, format);
  g_vsnprintf (self->fault.text, sizeof self->fault.text, format, args);
  va_end (args);
  return FALSE;
}

static L2tpResultCode
read_result (L2tpOctets value)
{
  L2tpResultCode code = { .result = l2tp_read_u16 (value.data) };

  if (value.len >= 4) /* AVP-1: a lone third octet means nothing */
    {
      code.error = l2tp_read_u16 (value.data + 2);
      code.text.data = value.data + 4;
      code.text.len = value.len - 4;
    }
  return code;
}

static L2tpDisconnectCause
read_cause (L2tpOctets value)
{
  L2tpDisconnectCause cause = {
    .code = l2tp_read_u16 (value.data),
    .protocol = l2tp_read_u16 (value.data + 2),
    .direction = value.data[CAUSE_SIZE - 1],
  };

  return cause;
}

static void
store (L2tpMessage *message, const L2tpField *field, L2tpAvpKind kind, L2tpOctets value)
{
  gpointer target = G_STRUCT_MEMBER_P (message, field->offset);

  switch (kind)
    {
    case L2TP_AVP_KIND_FLAG:
      break;
    case L2TP_AVP_KIND_U16:
      *(guint16 *) target = l2tp_read_u16 (value.data);
      break;
    case L2TP_AVP_KIND_U32:
      *(guint32 *) target = l2tp_read_u32 (value.data);
      break;
    case L2TP_AVP_KIND_OCTETS:
      *(L2tpOctets *) target = value;
      break;
    case L2TP_AVP_KIND_RESULT:
      *(L2tpResultCode *) target = read_result (value);
      break;
    case L2TP_AVP_KIND_CAUSE:
      *(L2tpDisconnectCause *) target = read_cause (value);
      message->disconnect.cause_text =
          (L2tpOctets){ value.data + CAUSE_SIZE, value.len - CAUSE_SIZE };
      break;
    }
}

static gboolean
check_value (Parser *self, const L2tpAvpInfo *info, guint16 type, L2tpOctets value)
{
  if (value.len < info->min_len || value.len > info->max_len)
    return fail (self, L2TP_GENERAL_ERROR, L2TP_ERROR_CODE_LENGTH,
                 "%s AVP has a value of %u octets", info->name, (guint) value.len);

  if (info->nonzero && l2tp_read_u16 (value.data) == 0)
    return fail (self, L2TP_GENERAL_ERROR, L2TP_ERROR_CODE_RANGE, "%s must not be 0", info->name);

  if (type == L2TP_AVP_PROTOCOL_VERSION && value.data[0] != L2TP_PROTOCOL_VERSION >> 8)
    return fail (self, L2TP_STOPCCN_VERSION, L2TP_PROTOCOL_VERSION, /* TUN-25 */
                 "protocol version %u.%u is not supported", value.data[0], value.data[1]);
  return TRUE;
}

/* Replaces the value of a hidden AVP by the clear one. */
static gboolean
uncover (Parser *self, const L2tpAvpInfo *info, L2tpAvp *avp)
{
  gsize start;

  if (!info->hidable) /* HIDE-8 */
    return fail (self, L2TP_GENERAL_ERROR, L2TP_ERROR_CODE_RANGE, "%s AVP must not be hidden",
                 info->name);
  if (self->secret.data == NULL) /* HIDE-5 */
    return fail (self, L2TP_GENERAL_ERROR, L2TP_ERROR_CODE_SPECIFIC,
                 "%s AVP is hidden, but no shared secret is configured", info->name);
  if (self->random_vector.data == NULL) /* HIDE-3 */
    return fail (self, L2TP_GENERAL_ERROR, L2TP_ERROR_CODE_RANGE,
                 "hidden %s AVP without a Random Vector", info->name);

  /* Reserved once, so that values uncovered earlier stay where they are. */
  if (self->message.clear == NULL)
    self->message.clear = g_byte_array_sized_new ((guint) self->payload_len);
  start = self->message.clear->len;
  if (!l2tp_hide_reveal (avp->type, self->secret, self->random_vector, avp->value,
                         self->message.clear))
    return fail (self, L2TP_GENERAL_ERROR, L2TP_ERROR_CODE_RANGE, "hidden %s AVP makes no sense",
                 info->name);

  avp->value.data = self->message.clear->data + start;
  avp->value.len = self->message.clear->len - start;
  return TRUE;
}

static gboolean
take_known (Parser *self, const L2tpAvpInfo *info, L2tpAvp *avp)
{
  const L2tpField *field = l2tp_message_lookup_field (self->spec, avp->type);

  if (avp->type == L2TP_AVP_RANDOM_VECTOR)
    {
      if (avp->hidden)
        return fail (self, L2TP_GENERAL_ERROR, L2TP_ERROR_CODE_RANGE,
                     "Random Vector must not be hidden");
      self->random_vector = avp->value;
      return TRUE;
    }

  /* HDR-30; HDR-31: the first one counts, whatever it is worth. */
  if (field == NULL || (self->seen & L2TP_AVP_BIT (avp->type)) != 0)
    return TRUE;
  self->seen |= L2TP_AVP_BIT (avp->type);
  if (avp->hidden && !uncover (self, info, avp))
    return FALSE;
  if (!check_value (self, info, avp->type, avp->value))
    return FALSE;

  store (&self->message, field, info->kind, avp->value);
  self->message.present |= L2TP_AVP_BIT (avp->type);
  return TRUE;
}

static gboolean
take_avp (Parser *self, L2tpAvp *avp)
{
  const L2tpAvpInfo *info = avp->reserved ? NULL : l2tp_avp_lookup (avp->vendor, avp->type);
  gboolean ok;

  if (info != NULL)
    ok = take_known (self, info, avp);
  else /* HDR-23, HDR-24 */
    ok = fail (self, L2TP_GENERAL_ERROR, L2TP_ERROR_CODE_UNKNOWN,
               "unknown mandatory AVP: vendor %u, attribute %u", avp->vendor, avp->type);

  return ok || !avp->mandatory || self->spec->unfailing; /* HDR-25 */
}

static L2tpVerdict
take_message_type (Parser *self, L2tpAvpIter *iter)
{
  L2tpAvp avp;
  guint16 type;

  if (!l2tp_avp_iter_next (iter, &avp))
    fail (self, L2TP_GENERAL_ERROR, L2TP_ERROR_CODE_LENGTH, "the first AVP has an invalid length");
  else if (avp.vendor != 0 || avp.type != L2TP_AVP_MESSAGE_TYPE || avp.reserved || avp.hidden)
    fail (self, L2TP_GENERAL_ERROR, L2TP_ERROR_CODE_RANGE,
          "the first AVP is not a Message Type"); /* HDR-28 */
  else if (avp.value.len != 2)
    fail (self, L2TP_GENERAL_ERROR, L2TP_ERROR_CODE_LENGTH,
          "Message Type AVP has a value of %u octets", (guint) avp.value.len);
  else
    {
      type = l2tp_read_u16 (avp.value.data);
      self->spec = l2tp_message_lookup (type);
      self->message.type = (L2tpMessageType) type;
      if (self->spec != NULL)
        return L2TP_VERDICT_OK;
      if (!avp.mandatory) /* HDR-29 */
        return L2TP_VERDICT_IGNORE;
      fail (self, L2TP_GENERAL_ERROR, type == 0 ? L2TP_ERROR_CODE_RANGE : L2TP_ERROR_CODE_UNKNOWN,
            "unknown mandatory message type %u", type);
    }
  return L2TP_VERDICT_MALFORMED;
}

static gboolean
check_complete (Parser *self)
{
  for (guint i = 0; i < self->spec->n_fields; i++)
    {
      const L2tpField *field = &self->spec->fields[i];

      if (field->required && !l2tp_message_has (&self->message, field->avp))
        return fail (self, L2TP_GENERAL_ERROR, L2TP_ERROR_CODE_RANGE, "%s without %s",
                     self->spec->name, l2tp_avp_lookup (0, (guint16) field->avp)->name);
    }
  return TRUE;
}

static L2tpVerdict
parse (Parser *self, L2tpOctets payload)
{
  L2tpAvpIter iter;
  L2tpVerdict verdict;
  L2tpAvp avp;

  l2tp_avp_iter_init (&iter, payload);
  verdict = take_message_type (self, &iter);
  if (verdict != L2TP_VERDICT_OK)
    return verdict;

  while (l2tp_avp_iter_next (&iter, &avp))
    if (!take_avp (self, &avp))
      return L2TP_VERDICT_MALFORMED;

  if (self->spec->unfailing)
    return L2TP_VERDICT_OK;
  if (iter.broken)
    {
      fail (self, L2TP_GENERAL_ERROR, L2TP_ERROR_CODE_LENGTH, "%s with an AVP of invalid length",
            self->spec->name);
      return L2TP_VERDICT_MALFORMED;
    }
  return check_complete (self) ? L2TP_VERDICT_OK : L2TP_VERDICT_MALFORMED;
}

L2tpResultKind
l2tp_fault_get_kind (const L2tpFault *fault)
{
  if (fault->result == L2TP_STOPCCN_VERSION)
    return L2TP_RESULT_VERSION;
  if (fault->error == L2TP_ERROR_CODE_SPECIFIC)
    return L2TP_RESULT_SECRET_MISSING;
  return L2TP_RESULT_MALFORMED;
}

L2tpVerdict
l2tp_message_parse (L2tpOctets payload,
                    L2tpOctets secret,
                    L2tpMessage *ret_message,
                    L2tpFault *ret_fault)
{
  Parser self = { .secret = secret, .payload_len = payload.len };
  L2tpVerdict verdict = parse (&self, payload);

  if (verdict == L2TP_VERDICT_OK)
    *ret_message = self.message;
  else
    l2tp_message_clear (&self.message);
  if (verdict == L2TP_VERDICT_MALFORMED)
    *ret_fault = self.fault;
  return verdict;
}

void
l2tp_message_clear (L2tpMessage *message)
{
  g_clear_pointer (&message->clear, g_byte_array_unref);
  memset (message, 0, sizeof *message);
}

/* Returns how much of @text went into the value at @start. */
static gsize
append_text (guint8 *buffer, gsize start, L2tpOctets text)
{
  gsize len = MIN (text.len, L2TP_AVP_MAX_VALUE - start);

  if (len > 0)
    memcpy (buffer + start, text.data, len);
  return len;
}

/* The value of one field in @buffer, or where it already is. */
static L2tpOctets
load (const L2tpMessage *message, const L2tpField *field, L2tpAvpKind kind, guint8 *buffer)
{
  gconstpointer source = G_STRUCT_MEMBER_P (message, field->offset);
  const L2tpResultCode *result = source;
  const L2tpDisconnectCause *cause = source;
  L2tpOctets value = { buffer, 0 };

  switch (kind)
    {
    case L2TP_AVP_KIND_FLAG:
      break;
    case L2TP_AVP_KIND_U16:
      l2tp_write_u16 (buffer, *(const guint16 *) source);
      value.len = 2;
      break;
    case L2TP_AVP_KIND_U32:
      l2tp_write_u32 (buffer, *(const guint32 *) source);
      value.len = 4;
      break;
    case L2TP_AVP_KIND_OCTETS:
      value = *(const L2tpOctets *) source;
      break;
    case L2TP_AVP_KIND_RESULT:
      l2tp_write_u16 (buffer, result->result);
      l2tp_write_u16 (buffer + 2, result->error);
      value.len = 4 + append_text (buffer, 4, result->text);
      break;
    case L2TP_AVP_KIND_CAUSE:
      l2tp_write_u16 (buffer, cause->code);
      l2tp_write_u16 (buffer + 2, cause->protocol);
      buffer[CAUSE_SIZE - 1] = cause->direction;
      value.len = CAUSE_SIZE + append_text (buffer, CAUSE_SIZE, message->disconnect.cause_text);
      break;
    }
  return value;
}

typedef struct
{
  GByteArray *packet;
  L2tpOctets secret;
  L2tpOctets random_vector; /* no data: nothing is hidden */
  L2tpRandom *random;
} Builder;

static void
append_hidden (Builder *self, L2tpAvp *avp)
{
  g_autoptr (GByteArray) hidden = NULL;
  guint8 octets[MAX_PADDING + 1];
  L2tpOctets padding = { octets + 1, 0 };

  l2tp_random_fill (self->random, octets, sizeof octets);
  padding.len = MIN (octets[0] % (MAX_PADDING + 1), HIDABLE_SIZE - avp->value.len);
  hidden = l2tp_hide_conceal (avp->type, self->secret, self->random_vector, avp->value, padding);
  avp->hidden = TRUE;
  avp->value = (L2tpOctets){ hidden->data, hidden->len };
  l2tp_packet_append_avp (self->packet, avp);
}

static void
append_field (Builder *self, const L2tpMessage *message, const L2tpField *field)
{
  const L2tpAvpInfo *info = l2tp_avp_lookup (0, (guint16) field->avp);
  guint8 buffer[L2TP_AVP_MAX_VALUE];
  L2tpAvp avp = { .mandatory = info->mandatory, .type = (guint16) field->avp }; /* HDR-27 */

  avp.value = load (message, field, info->kind, buffer);
  if (self->random_vector.data != NULL && info->hidable && avp.value.len <= HIDABLE_SIZE)
    append_hidden (self, &avp);
  else
    l2tp_packet_append_avp (self->packet, &avp);
}

static GByteArray *
build (Builder *self, const L2tpMessage *message, guint16 session_id)
{
  const L2tpMessageSpec *spec = l2tp_message_lookup (message->type);
  guint8 type[2];
  L2tpAvp avp = { .mandatory = TRUE, .type = L2TP_AVP_MESSAGE_TYPE, .value = { type, 2 } };

  g_return_val_if_fail (spec != NULL, NULL);

  self->packet = l2tp_packet_new (session_id);
  l2tp_write_u16 (type, (guint16) message->type);
  l2tp_packet_append_avp (self->packet, &avp);
  if (self->random_vector.data != NULL) /* HIDE-3: before what it hides */
    {
      avp.type = L2TP_AVP_RANDOM_VECTOR;
      avp.value = self->random_vector;
      l2tp_packet_append_avp (self->packet, &avp);
    }
  for (guint i = 0; i < spec->n_fields; i++)
    if (l2tp_message_has (message, spec->fields[i].avp))
      append_field (self, message, &spec->fields[i]);
  return self->packet;
}

GByteArray *
l2tp_message_build (const L2tpMessage *message, guint16 session_id)
{
  Builder self = { 0 };

  return build (&self, message, session_id);
}

GByteArray *
l2tp_message_build_hidden (const L2tpMessage *message,
                           guint16 session_id,
                           L2tpOctets secret,
                           L2tpRandom *random)
{
  guint8 vector[RANDOM_VECTOR_SIZE];
  Builder self = { .secret = secret, .random_vector = { vector, sizeof vector }, .random = random };

  l2tp_random_fill (random, vector, sizeof vector);
  return build (&self, message, session_id);
}
