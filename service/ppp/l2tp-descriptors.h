/* SPDX-License-Identifier: GPL-2.0-or-later */
/* SPDX-FileCopyrightText: The l2tp-client authors */

/* The descriptors of a call, which pppd keeps duplicates of, and how another process finds them
 * again (KRN-20). */

#pragma once

#include <glib.h>

G_BEGIN_DECLS

typedef enum
{
  L2TP_DESCRIPTOR_SESSION,
  L2TP_DESCRIPTOR_UDP,
  L2TP_DESCRIPTOR_TUNNEL,
  L2TP_DESCRIPTOR_LINK,   /* the service's end */
  L2TP_DESCRIPTOR_OUTPUT, /* of pppd, to be read */
  L2TP_DESCRIPTOR_UNIT,
  L2TP_N_DESCRIPTORS,
} L2tpDescriptor;

typedef struct
{
  int fds[L2TP_N_DESCRIPTORS];       /* -1: none */
  guint64 names[L2TP_N_DESCRIPTORS]; /* what each is known by in this boot, 0: there is none */
} L2tpDescriptors;

#define L2TP_DESCRIPTORS_TYPE "at"

/* l2tp_descriptors_name:
 * Returns what the kernel calls @fd, a socket, the reading end of a pipe or a PPP unit; 0 for
 * anything else. */
guint64 l2tp_descriptors_name (int fd);

/* l2tp_descriptors_export: Returns (transfer floating) the names of @fds, as many as there are. */
GVariant *l2tp_descriptors_export (const int *fds);

/* l2tp_descriptors_import:
 * @names: of L2TP_DESCRIPTORS_TYPE, from anybody; no descriptor is there yet */
void l2tp_descriptors_import (L2tpDescriptors *self, GVariant *names);

/* l2tp_descriptors_fetch:
 * @pidfd: a pppd that may have them
 * Gets duplicates of those that are wanted (pidfd_getfd(2)). */
void l2tp_descriptors_fetch (L2tpDescriptors *self, int pidfd);

/* l2tp_descriptors_steal: Returns the caller's descriptor, or -1. */
int l2tp_descriptors_steal (L2tpDescriptors *self, L2tpDescriptor which);

/* l2tp_descriptors_clear: closes those that are left. */
void l2tp_descriptors_clear (L2tpDescriptors *self);
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (L2tpDescriptors, l2tp_descriptors_clear)

G_END_DECLS
