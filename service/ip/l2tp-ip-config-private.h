/* SPDX-License-Identifier: GPL-2.0-or-later */
/* SPDX-FileCopyrightText: The l2tp-client authors */

/* Private to l2tp-ip-config.c, which runs the operations, l2tp-ip-steps.c, which knows what each of
 * their steps does, and l2tp-ip-state.c, which hands them to another process. */

#pragma once

#include "l2tp-dns.h"
#include "l2tp-ip-config.h"
#include "l2tp-routes.h"

G_BEGIN_DECLS

typedef enum
{
  L2TP_IP_MODE_DOWN,
  L2TP_IP_MODE_HELD,
  L2TP_IP_MODE_UP,
  L2TP_IP_MODE_SAME,   /* of an operation: as it is */
  L2TP_IP_MODE_BESIDE, /* likewise, but for the LNS beside */
} L2tpIpMode;

typedef enum
{
  L2TP_IP_STEP_END,
  L2TP_IP_STEP_LOOK, /* how the LNS is reached */
  L2TP_IP_STEP_LOOK_BESIDE,
  L2TP_IP_STEP_CUT,    /* the kernel's route to the LNS through the VPN */
  L2TP_IP_STEP_ROUTES, /* as the mode wants them */
  L2TP_IP_STEP_MTU,
  L2TP_IP_STEP_MTU_FOLLOW, /* likewise, where it is as it was set here */
  L2TP_IP_STEP_MTU_TELL,   /* to whoever sets it */
  L2TP_IP_STEP_DNS,
  L2TP_IP_STEP_DNS_REVERT,
  L2TP_IP_STEP_RA,
} L2tpIpStep;

typedef struct
{
  guint ifindex; /* 0: none */
  char *ifname;
  GPtrArray *dns;
  guint overhead;
  guint mtu;
  gboolean ipv4;
  gboolean ipv6;
  gboolean ipv6_alone;
} L2tpIpPeerCopy;

struct _L2tpIpConfig
{
  GObject parent_instance;

  L2tpConfig *config;
  char *tag;
  L2tpNetlink *netlink;
  L2tpRoutes *routes;
  L2tpDns *dns;

  L2tpIpMode mode;
  L2tpIpPeerCopy peer;
  L2tpUplink *uplink;
  L2tpUplink *beside; /* (nullable): of an LNS that may follow, while the mode is UP */
  guint mtu;          /* that the interface has; 0: not known */

  GQueue waiting; /* of L2tpIpOperation */
  struct _L2tpIpOperation *current;
};

/* l2tp-ip-config.c */
gboolean l2tp_ip_config_is_ours (L2tpIpConfig *self); /* ip-config=service */

/* l2tp_ip_config_end_step: the next step, or with @error, which is taken, the operation's end. */
void l2tp_ip_config_end_step (L2tpIpConfig *self, GError *error);
GCancellable *l2tp_ip_config_get_cancellable (L2tpIpConfig *self); /* of the operation */

/* l2tp-ip-steps.c */

/* l2tp_ip_step_start: does @step, any but the end; l2tp_ip_config_end_step() follows, perhaps from
 * within. */
void l2tp_ip_step_start (L2tpIpConfig *self, L2tpIpStep step);

G_END_DECLS
