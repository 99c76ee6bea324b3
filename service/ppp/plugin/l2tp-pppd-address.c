/* SPDX-License-Identifier: GPL-2.0-or-later */
/* SPDX-FileCopyrightText: The l2tp-client authors */

/* What a pppd that was killed has left on the interface that the next one took over. IPCP brings
 * the same address again; IPv6CP brings another identifier each time, and the LNS answers to the
 * one that was agreed on last alone. PPP-29. */

#include "l2tp-pppd-address.h"

#include <ifaddrs.h>
#include <net/if.h>
#include <netinet/in.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <unistd.h>

#include <linux/ipv6.h>

static unsigned int
count_bits (const struct sockaddr_in6 *mask)
{
  unsigned int bits = 0;

  for (size_t i = 0; i < sizeof mask->sin6_addr; i++)
    bits += (unsigned int) __builtin_popcount (mask->sin6_addr.s6_addr[i]);
  return bits;
}

static int
is_other (const struct ifaddrs *each, const char *name, const uint8_t *id)
{
  const struct sockaddr_in6 *address = (const struct sockaddr_in6 *) each->ifa_addr;

  return address != NULL && address->sin6_family == AF_INET6 && each->ifa_netmask != NULL &&
         strcmp (each->ifa_name, name) == 0 && IN6_IS_ADDR_LINKLOCAL (&address->sin6_addr) &&
         memcmp (address->sin6_addr.s6_addr + 8, id, 8) != 0;
}

void
l2tp_pppd_keep_link_local (const char *name, const uint8_t *id)
{
  int fd = socket (AF_INET6, SOCK_DGRAM | SOCK_CLOEXEC, 0);
  struct ifaddrs *all = NULL;

  if (fd >= 0 && getifaddrs (&all) == 0)
    for (const struct ifaddrs *each = all; each != NULL; each = each->ifa_next)
      if (is_other (each, name, id))
        {
          struct in6_ifreq request = {
            .ifr6_addr = ((const struct sockaddr_in6 *) each->ifa_addr)->sin6_addr,
            .ifr6_prefixlen = count_bits ((const struct sockaddr_in6 *) each->ifa_netmask),
            .ifr6_ifindex = (int) if_nametoindex (name),
          };

          (void) ioctl (fd, SIOCDIFADDR, &request);
        }
  freeifaddrs (all);
  if (fd >= 0)
    close (fd);
}
