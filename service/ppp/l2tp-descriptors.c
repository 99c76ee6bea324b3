/* SPDX-License-Identifier: GPL-2.0-or-later */
/* SPDX-FileCopyrightText: The l2tp-client authors */

/* Finds a call's descriptors in another process. Hides by what they are known: the inode of a
 * socket or a pipe, the number of a PPP unit. So nobody has to agree on numbers of descriptors, and
 * one that was closed and used anew is not taken for the old one. pidfd_getfd(2), KRN-20. */

#include "l2tp-descriptors.h"

#include <fcntl.h>
#include <sys/ioctl.h>
#include <sys/pidfd.h>
#include <sys/stat.h>
#include <unistd.h>

#include <linux/ppp-ioctl.h>

#include "service/base/l2tp-fd.h"

#define MAX_FD   64 /* pppd has a dozen */
#define NAME_PPP (G_GUINT64_CONSTANT (1) << 63)

guint64
l2tp_descriptors_name (int fd)
{
  struct stat info;
  int unit;

  if (fd < 0 || fstat (fd, &info) < 0)
    return 0;
  /* The two ends of a pipe have one inode, and pppd has both. */
  if (S_ISSOCK (info.st_mode) ||
      (S_ISFIFO (info.st_mode) && (fcntl (fd, F_GETFL) & O_ACCMODE) == O_RDONLY))
    return info.st_ino & ~NAME_PPP;
  if (S_ISCHR (info.st_mode) && ioctl (fd, PPPIOCGUNIT, &unit) == 0)
    return NAME_PPP | (guint) unit;
  return 0;
}

GVariant *
l2tp_descriptors_export (const int *fds)
{
  guint64 names[L2TP_N_DESCRIPTORS];

  for (guint i = 0; i < L2TP_N_DESCRIPTORS; i++)
    names[i] = l2tp_descriptors_name (fds[i]);
  return g_variant_new_fixed_array (G_VARIANT_TYPE_UINT64, names, L2TP_N_DESCRIPTORS,
                                    sizeof names[0]);
}

void
l2tp_descriptors_import (L2tpDescriptors *self, GVariant *names)
{
  gsize n;
  const guint64 *all = g_variant_get_fixed_array (names, &n, sizeof *all);

  for (guint i = 0; i < L2TP_N_DESCRIPTORS; i++)
    {
      self->fds[i] = -1;
      self->names[i] = i < n ? all[i] : 0;
    }
}

/* Takes @fd if it is one that is wanted. */
static void
offer (L2tpDescriptors *self, int fd)
{
  guint64 name = l2tp_descriptors_name (fd);

  for (guint i = 0; name != 0 && i < L2TP_N_DESCRIPTORS; i++)
    if (self->names[i] == name && self->fds[i] < 0)
      {
        self->fds[i] = fd;
        return;
      }
  close (fd);
}

void
l2tp_descriptors_fetch (L2tpDescriptors *self, int pidfd)
{
  for (int number = 3; number < MAX_FD; number++)
    {
      int fd = pidfd_getfd (pidfd, number, 0);

      if (fd >= 0)
        offer (self, fd);
    }
}

int
l2tp_descriptors_steal (L2tpDescriptors *self, L2tpDescriptor which)
{
  int fd = self->fds[which];

  self->fds[which] = -1;
  return fd;
}

void
l2tp_descriptors_clear (L2tpDescriptors *self)
{
  for (guint i = 0; i < L2TP_N_DESCRIPTORS; i++)
    l2tp_clear_fd (&self->fds[i]);
}
