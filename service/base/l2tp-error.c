/* SPDX-License-Identifier: GPL-2.0-or-later */
/* SPDX-FileCopyrightText: The l2tp-client authors */

#include "l2tp-error.h"

typedef struct
{
  L2tpRetry retry;
} L2tpErrorPrivate;

static void
l2tp_error_private_init (L2tpErrorPrivate *private)
{
  private->retry = L2TP_RETRY_BY_CODE;
}

static void
l2tp_error_private_copy (const L2tpErrorPrivate *source, L2tpErrorPrivate *target)
{
  target->retry = source->retry;
}

static void
l2tp_error_private_clear (L2tpErrorPrivate *private)
{
}

G_DEFINE_EXTENDED_ERROR (L2tpError, l2tp_error)

static const char *const names[L2TP_N_ERRORS] = {
#define X(CODE, NAME) [L2TP_ERROR_##CODE] = L2TP_ERROR_PREFIX NAME,
  L2TP_ERROR_LIST (X)
#undef X
};

const char *
l2tp_error_to_dbus_name (L2tpError code)
{
  g_return_val_if_fail (code < L2TP_N_ERRORS, L2TP_ERROR_PREFIX "Failed");
  return names[code];
}

void
l2tp_error_set_retry (GError *error, L2tpRetry retry)
{
  L2tpErrorPrivate *private = l2tp_error_get_private (error);

  g_return_if_fail (private != NULL);
  private->retry = retry;
}

L2tpRetry
l2tp_error_get_retry (const GError *error)
{
  L2tpErrorPrivate *private = error->domain == L2TP_ERROR ? l2tp_error_get_private (error) : NULL;

  return private != NULL ? private->retry : L2TP_RETRY_BY_CODE;
}
