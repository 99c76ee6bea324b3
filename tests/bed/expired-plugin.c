/* SPDX-License-Identifier: GPL-2.0-or-later */
/* SPDX-FileCopyrightText: The l2tp-client authors */

/* A plugin for the LNS's pppd: a domain in which "s3cret" has expired and "n3w" is in force.
 * RFC 2759 section 6. */

#include "lns-plugin.h"

#include <stdio.h>
#include <string.h>

#define EXPIRED "E=648 R=0 C=00112233445566778899aabbccddeeff V=3 M=Your password is too old"

static int
verify (char *name,
        char *ourname,
        int id,
        struct chap_digest_type *digest,
        unsigned char *challenge,
        unsigned char *response,
        char *message,
        int space)
{
  char *const passwords[] = { (char *) "s3cret", (char *) "n3w" };

  for (int i = 0; i < 2; i++)
    if (digest->verify_response (id, name, (unsigned char *) passwords[i],
                                 (int) strlen (passwords[i]), challenge, response, message, space))
      {
        if (i == 0)
          snprintf (message, (size_t) space, EXPIRED);
        return i;
      }
  return 0;
}

/* Who is let in by a hook has no addresses in pppd's file of secrets. */
static int
allow_address (u_int32_t address)
{
  return 1;
}

void
plugin_init (void)
{
  allowed_address_hook = allow_address;
  chap_verify_hook = verify;
}
