/* SPDX-License-Identifier: GPL-2.0-or-later */
/* SPDX-FileCopyrightText: The l2tp-client authors */

/* Finds out whether this kernel can carry L2TP, and when it cannot, why not and what helps: the
 * module is missing from this kernel, in a package of its own, or switched off in modprobe.d, as
 * some distributions ship it. KRN-1, KRN-19; modprobe.d(5). */

#include "l2tp-kernel.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/utsname.h>
#include <unistd.h>

#include <linux/if_pppox.h>

#include "service/base/l2tp-error.h"

static const char *const modprobe_dirs[] = {
  "/etc/modprobe.d",
  "/run/modprobe.d",
  "/usr/lib/modprobe.d",
  "/lib/modprobe.d",
};

/* modprobe takes a dash for an underscore. */
static gboolean
is_same_module (const char *name, const char *module)
{
  g_autofree char *plain = g_strdelimit (g_strdup (name), "-", '_');

  return g_str_equal (plain, module);
}

static gboolean
line_disables (const char *line, const char *module)
{
  g_auto (GStrv) words = g_strsplit_set (line, " \t", -1);
  const char *seen[3] = { NULL, NULL, NULL };
  guint n = 0;

  for (char **word = words; *word != NULL && n < G_N_ELEMENTS (seen); word++)
    if (**word != '\0')
      seen[n++] = *word;
  if (n < 2 || !is_same_module (seen[1], module))
    return FALSE;
  return g_str_equal (seen[0], "blacklist") ||
         (g_str_equal (seen[0], "install") && n == 3 &&
          (g_str_has_suffix (seen[2], "/false") || g_str_has_suffix (seen[2], "/true")));
}

static gboolean
file_disables (const char *path, const char *module)
{
  g_autofree char *text = NULL;
  g_auto (GStrv) lines = NULL;

  if (!g_file_get_contents (path, &text, NULL, NULL))
    return FALSE;
  lines = g_strsplit (text, "\n", -1);
  for (char **line = lines; *line != NULL; line++)
    if (line_disables (*line, module))
      return TRUE;
  return FALSE;
}

/* Returns (transfer full) the modprobe.d file that switches @module off, or NULL. */
static char *
find_blacklist (const char *module)
{
  for (guint i = 0; i < G_N_ELEMENTS (modprobe_dirs); i++)
    {
      g_autoptr (GDir) dir = g_dir_open (modprobe_dirs[i], 0, NULL);
      const char *name;

      while (dir != NULL && (name = g_dir_read_name (dir)) != NULL)
        {
          g_autofree char *path = g_build_filename (modprobe_dirs[i], name, NULL);

          if (g_str_has_suffix (name, ".conf") && file_disables (path, module))
            return g_steal_pointer (&path);
        }
    }
  return NULL;
}

static gboolean
is_module_installed (const char *release, const char *module)
{
  g_autofree char *path = g_build_filename ("/lib/modules", release, "modules.dep", NULL);
  g_autofree char *needle = g_strdup_printf ("/%s.ko", module);
  g_autofree char *text = NULL;

  return g_file_get_contents (path, &text, NULL, NULL) && strstr (text, needle) != NULL;
}

/* Other errors, EMFILE or EPERM, say nothing about the kernel. */
static gboolean
is_about_support (int saved_errno)
{
  static const int kernel_errnos[] = { EAFNOSUPPORT, EPROTONOSUPPORT, ESOCKTNOSUPPORT,
                                       ENOENT,       ENXIO,           ENODEV };

  for (guint i = 0; i < G_N_ELEMENTS (kernel_errnos); i++)
    if (saved_errno == kernel_errnos[i])
      return TRUE;
  return FALSE;
}

static gboolean
fail (const char *module, const char *what, int saved_errno, GError **error)
{
  g_autofree char *blacklist = find_blacklist (module);
  g_autofree char *remedy = NULL;
  struct utsname kernel = { 0 };

  if (!is_about_support (saved_errno))
    {
      g_set_error (error, L2TP_ERROR, L2TP_ERROR_FAILED,
                   "%s (%s)\nCheck the limits and the permissions of the service.", what,
                   g_strerror (saved_errno));
      return FALSE;
    }
  uname (&kernel);
  if (blacklist != NULL)
    remedy = g_strdup_printf ("The module %s is switched off in %s: remove the line there, then "
                              "run: modprobe %s",
                              module, blacklist, module);
  else if (is_module_installed (kernel.release, module))
    remedy = g_strdup_printf ("The module is installed but not loaded; run: modprobe %s", module);
  else
    remedy = g_strdup_printf ("The module %s is not there for kernel %s. Install the package that "
                              "has it (Ubuntu: linux-modules-extra-%s, Fedora: "
                              "kernel-modules-extra), or restart if the kernel was updated.",
                              module, kernel.release, kernel.release);
  g_set_error (error, L2TP_ERROR, L2TP_ERROR_MISSING_KERNEL_SUPPORT, "%s (%s)\n%s", what,
               g_strerror (saved_errno), remedy);
  return FALSE;
}

gboolean
l2tp_kernel_check_support (GError **error)
{
  int fd = socket (AF_PPPOX, SOCK_DGRAM | SOCK_CLOEXEC, PX_PROTO_OL2TP);

  if (fd < 0)
    return fail ("l2tp_ppp", "this kernel cannot carry PPP over L2TP", errno, error);
  close (fd);

  fd = open ("/dev/ppp", O_RDWR | O_CLOEXEC);
  if (fd < 0)
    return fail ("ppp_generic", "/dev/ppp cannot be opened", errno, error);
  close (fd);
  return TRUE;
}
