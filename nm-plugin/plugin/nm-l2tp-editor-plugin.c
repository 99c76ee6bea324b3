/* SPDX-License-Identifier: GPL-2.0-or-later */
/* SPDX-FileCopyrightText: The l2tp-client authors */

/* What libnm, nmcli and every editor of connections load: NMVpnEditorPlugin. Says what the plugin
 * is called and can do, imports and exports, and loads the editor that fits the toolkit of the
 * process it is in. Hides that there are two editors; has no toolkit itself. Owned by libnm. */

#include "nm-l2tp-editor-plugin.h"

#include "nm-l2tp-file.h"
#include "nm-plugin/shared/nm-l2tp-names.h"

#include <dlfcn.h>
#include <glib/gi18n-lib.h>
#include <gmodule.h>

/* Before 1.52 it has no name, and nobody asks for it. */
#if NM_CHECK_VERSION(1, 52, 0)
#define CAPABILITY_NO_EDITOR NM_VPN_EDITOR_PLUGIN_CAPABILITY_NO_EDITOR
#else
#define CAPABILITY_NO_EDITOR 0x08
#endif

typedef NMVpnEditor *(*EditorFactory) (NMVpnEditorPlugin *plugin,
                                       NMConnection *connection,
                                       GError **error);

struct _NmL2tpEditorPlugin
{
  GObject parent;
};

enum
{
  PROP_0,
  PROP_NAME,
  PROP_DESCRIPTION,
  PROP_SERVICE,
};

static void nm_l2tp_editor_plugin_interface_init (NMVpnEditorPluginInterface *interface);

G_DEFINE_FINAL_TYPE_WITH_CODE (NmL2tpEditorPlugin,
                               nm_l2tp_editor_plugin,
                               G_TYPE_OBJECT,
                               G_IMPLEMENT_INTERFACE (NM_TYPE_VPN_EDITOR_PLUGIN,
                                                      nm_l2tp_editor_plugin_interface_init))

static gboolean
process_has_symbol (const char *name)
{
  GModule *self = g_module_open (NULL, 0);
  gpointer symbol;
  gboolean found = self != NULL && g_module_symbol (self, name, &symbol);

  if (self != NULL)
    g_module_close (self);
  return found;
}

/* The editors lie beside this module. */
static char *
editor_path (void)
{
  const char *file = process_has_symbol ("gtk_container_add") ? NM_L2TP_EDITOR_FILE_GTK3
                                                              : NM_L2TP_EDITOR_FILE_GTK4;
  Dl_info info;

  if (dladdr (editor_path, &info) == 0)
    return NULL;

  g_autofree char *dir = g_path_get_dirname (info.dli_fname);
  return g_build_filename (dir, file, NULL);
}

static EditorFactory
load_factory (GError **error)
{
  g_autofree char *path = editor_path ();
  GModule *module =
      path != NULL ? g_module_open (path, G_MODULE_BIND_LAZY | G_MODULE_BIND_LOCAL) : NULL;
  gpointer factory;

  if (module == NULL || !g_module_symbol (module, NM_L2TP_EDITOR_FACTORY, &factory))
    {
      g_set_error (error, NM_VPN_PLUGIN_ERROR, NM_VPN_PLUGIN_ERROR_FAILED,
                   _ ("The editor for L2TP connections cannot be loaded: %s\nInstall the package "
                      "with the desktop's part of l2tp-client"),
                   g_module_error ());
      if (module != NULL)
        g_module_close (module);
      return NULL;
    }
  /* It registers types, which cannot be taken back. */
  g_module_make_resident (module);
  return (EditorFactory) factory;
}

static NMVpnEditor *
get_editor (NMVpnEditorPlugin *plugin, NMConnection *connection, GError **error)
{
  EditorFactory factory = load_factory (error);

  return factory != NULL ? factory (plugin, connection, error) : NULL;
}

/* The editors may come in a package of their own. */
static NMVpnEditorPluginCapability
get_capabilities (NMVpnEditorPlugin *plugin)
{
  const NMVpnEditorPluginCapability always = NM_VPN_EDITOR_PLUGIN_CAPABILITY_IMPORT |
                                             NM_VPN_EDITOR_PLUGIN_CAPABILITY_EXPORT |
                                             NM_VPN_EDITOR_PLUGIN_CAPABILITY_IPV6;
  g_autofree char *path = editor_path ();

  return path != NULL && g_file_test (path, G_FILE_TEST_EXISTS) ? always
                                                                : always | CAPABILITY_NO_EDITOR;
}

static NMConnection *
import_from_file (NMVpnEditorPlugin *plugin, const char *path, GError **error)
{
  return nm_l2tp_file_import (path, error);
}

static gboolean
export_to_file (NMVpnEditorPlugin *plugin,
                const char *path,
                NMConnection *connection,
                GError **error)
{
  return nm_l2tp_file_export (connection, path, error);
}

static char *
get_suggested_filename (NMVpnEditorPlugin *plugin, NMConnection *connection)
{
  return nm_l2tp_file_suggest_name (connection);
}

static void
nm_l2tp_editor_plugin_get_property (GObject *object, guint id, GValue *value, GParamSpec *spec)
{
  switch (id)
    {
    case PROP_NAME:
      g_value_set_string (value, _ ("Layer 2 Tunneling Protocol (L2TP)"));
      break;
    case PROP_DESCRIPTION:
      g_value_set_string (value, _ ("Works with the L2TP servers of Microsoft and others, with "
                                    "and without IPsec."));
      break;
    case PROP_SERVICE:
      g_value_set_string (value, NM_L2TP_SERVICE);
      break;
    default: /* an id that is not ours */
      G_OBJECT_WARN_INVALID_PROPERTY_ID (object, id, spec);
    }
}

static void
nm_l2tp_editor_plugin_class_init (NmL2tpEditorPluginClass *klass)
{
  GObjectClass *object_class = G_OBJECT_CLASS (klass);

  object_class->get_property = nm_l2tp_editor_plugin_get_property;
  g_object_class_override_property (object_class, PROP_NAME, NM_VPN_EDITOR_PLUGIN_NAME);
  g_object_class_override_property (object_class, PROP_DESCRIPTION,
                                    NM_VPN_EDITOR_PLUGIN_DESCRIPTION);
  g_object_class_override_property (object_class, PROP_SERVICE, NM_VPN_EDITOR_PLUGIN_SERVICE);
}

static void
nm_l2tp_editor_plugin_init (NmL2tpEditorPlugin *self)
{
}

static void
nm_l2tp_editor_plugin_interface_init (NMVpnEditorPluginInterface *interface)
{
  interface->get_editor = get_editor;
  interface->get_capabilities = get_capabilities;
  interface->import_from_file = import_from_file;
  interface->export_to_file = export_to_file;
  interface->get_suggested_filename = get_suggested_filename;
}

G_MODULE_EXPORT NMVpnEditorPlugin *
nm_vpn_editor_plugin_factory (GError **error)
{
  bindtextdomain (GETTEXT_PACKAGE, LOCALEDIR);
  bind_textdomain_codeset (GETTEXT_PACKAGE, "UTF-8");
  return g_object_new (NM_TYPE_L2TP_EDITOR_PLUGIN, NULL);
}
