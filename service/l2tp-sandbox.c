/* SPDX-License-Identifier: GPL-2.0-or-later */
/* SPDX-FileCopyrightText: The l2tp-client authors */

/* The private /etc/ppp and the refusal of core dumps. Hides the mount namespace. Sources:
 * mount_namespaces(7), prctl(2), PPP-30. */

#include "l2tp-sandbox.h"

#include <errno.h>
#include <sched.h>
#include <sys/mount.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/statfs.h>
#include <sys/statvfs.h>
#include <linux/magic.h>

#include "service/base/l2tp-error.h"
#include "service/base/l2tp-log.h"

#define ETC_PPP "/etc/ppp"

/* An empty directory will not do: the host's pppd may be installed later. */
static gboolean
is_private (const char *path)
{
  struct statfs fs;

  return statfs (path, &fs) == 0 && fs.f_type == TMPFS_MAGIC && (fs.f_flags & ST_RDONLY) != 0;
}

gboolean
l2tp_sandbox_enter (GError **error)
{
  const struct rlimit none = { 0, 0 };

  setrlimit (RLIMIT_CORE, &none);
  prctl (PR_SET_DUMPABLE, 0);

  if (is_private (ETC_PPP))
    return TRUE;
  if (!g_file_test (ETC_PPP, G_FILE_TEST_IS_DIR))
    {
      l2tp_warning (NULL, "there is no " ETC_PPP ": restart the service once pppd is installed");
      return TRUE;
    }
  if (unshare (CLONE_NEWNS) < 0 || mount (NULL, "/", NULL, MS_REC | MS_SLAVE, NULL) < 0 ||
      mount ("tmpfs", ETC_PPP, "tmpfs", MS_RDONLY | MS_NOSUID | MS_NODEV | MS_NOEXEC,
             "mode=0755,size=4k") < 0)
    {
      g_set_error (error, L2TP_ERROR, L2TP_ERROR_FAILED,
                   "%s cannot be hidden from pppd: %s; start the service as root", ETC_PPP,
                   g_strerror (errno));
      return FALSE;
    }
  return TRUE;
}
