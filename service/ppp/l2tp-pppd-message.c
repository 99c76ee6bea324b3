/* SPDX-License-Identifier: GPL-2.0-or-later */
/* SPDX-FileCopyrightText: The l2tp-client authors */

/* The plugin shares a process with a parser of what the LNS sends: its messages are checked like
 * the LNS's own. PPP-13, PPP-23, PPP-29. */

#include "l2tp-pppd-message.h"

#include <net/if.h>
#include <string.h>
#include <sys/ioctl.h>
#include <linux/ppp-ioctl.h>

#include "service/proto/l2tp-result.h"

#define PHASE_MASTER 12
#define MTU_MIN      68 /* RFC 791 */
#define MTU_MAX      65535

void
l2tp_pppd_ip_clear (L2tpPppdIp *ip)
{
  g_clear_object (&ip->local);
  g_clear_object (&ip->peer);
  g_clear_object (&ip->dns[0]);
  g_clear_object (&ip->dns[1]);
  g_clear_pointer (&ip->ifname, g_free);
}

void
l2tp_pppd_ip6_clear (L2tpPppdIp6 *ip)
{
  g_clear_object (&ip->local);
  g_clear_object (&ip->peer);
}

static GInetAddress *
to_address (struct in_addr address)
{
  if (address.s_addr == INADDR_ANY)
    return NULL;
  return g_inet_address_new_from_bytes ((const guint8 *) &address, G_SOCKET_FAMILY_IPV4);
}

static gboolean
is_ifname (const char *name, gsize size)
{
  gsize len = strnlen (name, size);

  if (len == 0 || len >= IF_NAMESIZE || len == size)
    return FALSE;
  for (gsize i = 0; i < len; i++)
    if (!g_ascii_isgraph (name[i]) || name[i] == '/' || name[i] == ':')
      return FALSE;
  return TRUE;
}

gboolean
l2tp_pppd_message_get_ip (const L2tpLinkIpUp *message, L2tpPppdIp *ret_ip)
{
  if (message->local.s_addr == INADDR_ANY || message->mtu < MTU_MIN || message->mtu > MTU_MAX ||
      !is_ifname (message->ifname, sizeof message->ifname))
    return FALSE;
  ret_ip->local = to_address (message->local);
  ret_ip->peer = to_address (message->peer);
  ret_ip->dns[0] = to_address (message->dns[0]);
  ret_ip->dns[1] = to_address (message->dns[1]);
  ret_ip->mtu = message->mtu;
  ret_ip->ifname = g_strdup (message->ifname);
  return TRUE;
}

/* Returns NULL for the id that stands for none (RFC 5072 section 4.1). */
static GInetAddress *
to_link_local (const guint8 id[8])
{
  static const guint8 none[8];
  guint8 octets[16] = { 0xfe, 0x80 };

  if (memcmp (id, none, sizeof none) == 0)
    return NULL;
  memcpy (octets + 8, id, 8);
  return g_inet_address_new_from_bytes (octets, G_SOCKET_FAMILY_IPV6);
}

gboolean
l2tp_pppd_message_get_ip6 (const L2tpLinkIpv6Up *message, L2tpPppdIp6 *ret_ip)
{
  g_autoptr (GInetAddress) local = to_link_local (message->local);

  if (local == NULL)
    return FALSE;
  ret_ip->local = g_steal_pointer (&local);
  ret_ip->peer = to_link_local (message->peer);
  return TRUE;
}

gboolean
l2tp_pppd_message_get_text (const L2tpLinkText *message, char **ret_text)
{
  gsize len = strnlen (message->text, sizeof message->text);

  if (len == sizeof message->text)
    return FALSE;
  *ret_text = l2tp_text_sanitise ((const guint8 *) message->text, len);
  return TRUE;
}

gboolean
l2tp_pppd_message_get_auth (const L2tpLinkAuth *message, const char **ret_method)
{
  /* As org.l2tp.Session.Auth has them. */
  static const char *const methods[L2TP_LINK_N_AUTHS] = {
    [L2TP_LINK_AUTH_NONE] = "",
    [L2TP_LINK_AUTH_PAP] = "PAP",
    [L2TP_LINK_AUTH_CHAP_MD5] = "CHAP-MD5",
    [L2TP_LINK_AUTH_MSCHAP] = "MS-CHAP",
    [L2TP_LINK_AUTH_MSCHAPV2] = "MS-CHAPv2",
    [L2TP_LINK_AUTH_EAP] = "EAP",
    [L2TP_LINK_AUTH_EAP_TLS] = "EAP-TLS",
  };

  if (message->method >= L2TP_LINK_N_AUTHS)
    return FALSE;
  *ret_method = methods[message->method];
  return TRUE;
}

gboolean
l2tp_pppd_message_get_phase (const L2tpLinkPhase *message, guint *ret_phase)
{
  if (message->phase > PHASE_MASTER)
    return FALSE;
  *ret_phase = message->phase;
  return TRUE;
}

gboolean
l2tp_pppd_message_check_unit (const L2tpLinkUnit *message, int fd)
{
  int unit;

  return message->unit >= 0 && ioctl (fd, PPPIOCGUNIT, &unit) == 0 && unit == message->unit;
}
