/* SPDX-License-Identifier: GPL-2.0-or-later */
/* SPDX-FileCopyrightText: The l2tp-client authors */

/* The words above a question for secrets. Pure. */

#include "nm-l2tp-message.h"

#include "dbus/l2tp-options.h"

#include <glib/gi18n-lib.h>

/* What is meant by a refusal depends on the secret. */
static const char *
refusal_of (const char *name)
{
  if (g_strcmp0 (name, l2tp_option_get (L2TP_OPTION_PASSWORD)->key) == 0)
    return _ ("The VPN server refuses the user name or the password.");
  if (g_strcmp0 (name, l2tp_option_get (L2TP_OPTION_IPSEC_PSK)->key) == 0)
    return _ ("The VPN server refuses the pre-shared key.");
  if (g_strcmp0 (name, l2tp_option_get (L2TP_OPTION_TUNNEL_SECRET)->key) == 0)
    return _ ("The VPN server refuses the secret of the tunnel.");
  return _ ("The passphrase does not open the private key.");
}

char *
nm_l2tp_message_new (const char *const *names, GVariant *hints)
{
  const char *connection = "";
  const char *said = NULL;
  gboolean refused = FALSE;

  g_variant_lookup (hints, "retry", "b", &refused);
  g_variant_lookup (hints, "connection", "&s", &connection);
  if (!refused)
    return g_strdup_printf (_ ("The VPN “%s” needs to know who you are."), connection);
  if (g_variant_lookup (hints, "message", "&s", &said) && *said != '\0')
    /* Translators: a full sentence, and the words of the server */
    return g_strdup_printf (_ ("%s It says: “%s”"), refusal_of (names[0]), said);
  return g_strdup (refusal_of (names[0]));
}
