/* SPDX-License-Identifier: GPL-2.0-or-later */
/* SPDX-FileCopyrightText: The l2tp-client authors */

/* A plugin for the pppd of an LNS that has no certificate: "success" is all that it says of EAP. */

#include "lns-plugin.h"

#define EAP_REQUEST 1
#define EAP_SUCCESS 3

/* pppd sends what is left of the frame, too, which is padding (RFC 3748 section 4). */
static void
turn_request_into_success (unsigned char *frame, int len)
{
  if (len < 8 || frame[2] != 0xc2 || frame[3] != 0x27 || frame[4] != EAP_REQUEST)
    return;
  frame[4] = EAP_SUCCESS;
  frame[6] = 0;
  frame[7] = 4;
}

void
plugin_init (void)
{
  snoop_send_hook = turn_request_into_success;
}
