/* SPDX-License-Identifier: GPL-2.0-or-later */
/* SPDX-FileCopyrightText: The l2tp-client authors */

#include "nm-test-widgets.h"

#define DEADLINE_S 10
#define MAX_STOPS  200
#define TOLERANCE  10 /* pixels */
#define IS_GTK4    GTK_CHECK_VERSION (4, 0, 0)

void
nm_test_init_gtk (void)
{
#if IS_GTK4
  g_assert_true (gtk_init_check ());
#else
  g_assert_true (gtk_init_check (NULL, NULL));
#endif
  /* Pictures of a state, not of the way to it. */
  g_object_set (gtk_settings_get_default (), "gtk-enable-animations", FALSE, NULL);
}

static gboolean
on_deadline (gpointer user_data)
{
  g_error ("%s", (const char *) user_data);
  return G_SOURCE_REMOVE;
}

void
nm_test_settle (void)
{
  while (g_main_context_pending (NULL))
    g_main_context_iteration (NULL, FALSE);
}

static void
wait_until (gboolean (*is_so) (gpointer user_data), gpointer user_data, const char *failure)
{
  guint deadline = g_timeout_add_seconds (DEADLINE_S, on_deadline, (gpointer) failure);

  while (!is_so (user_data))
    g_main_context_iteration (NULL, TRUE);
  g_source_remove (deadline);
}

static gboolean
is_shown (gpointer widget)
{
  GtkAllocation allocation;

  gtk_widget_get_allocation (widget, &allocation);
  return gtk_widget_get_mapped (widget) && allocation.width > 1;
}

static void
show (GtkWidget *window)
{
  gtk_window_present (GTK_WINDOW (window));
  wait_until (is_shown, window, "the window is not shown");
  nm_test_settle ();
}

GtkWidget *
nm_test_window_new (GtkWidget *child)
{
#if IS_GTK4
  GtkWidget *window = gtk_window_new ();
  gtk_window_set_child (GTK_WINDOW (window), child);
#else
  GtkWidget *window = gtk_window_new (GTK_WINDOW_TOPLEVEL);
  gtk_container_add (GTK_CONTAINER (window), child);
#endif
  gtk_window_set_title (GTK_WINDOW (window), "Editor");
  gtk_window_set_default_size (GTK_WINDOW (window), 560, -1);
  show (window);
  return window;
}

void
nm_test_window_destroy (GtkWidget *window)
{
#if IS_GTK4
  gtk_window_set_child (GTK_WINDOW (window), NULL);
  gtk_window_destroy (GTK_WINDOW (window));
#else
  gtk_container_remove (GTK_CONTAINER (window), gtk_bin_get_child (GTK_BIN (window)));
  gtk_widget_destroy (window);
#endif
  nm_test_settle ();
}

typedef struct
{
  const char *name;
  GtkWidget *found;
} Search;

static gboolean
window_is_there (gpointer user_data)
{
  Search *search = user_data;
  g_autoptr (GList) windows = gtk_window_list_toplevels ();

  for (GList *l = windows; l != NULL; l = l->next)
    if (g_str_equal (gtk_widget_get_name (l->data), search->name) &&
        gtk_widget_get_mapped (l->data))
      search->found = l->data;
  return search->found != NULL;
}

GtkWidget *
nm_test_find_window (const char *name)
{
  Search search = { .name = name };

  wait_until (window_is_there, &search, name);
  nm_test_settle ();
  return search.found;
}

#if !IS_GTK4
typedef struct
{
  void (*visit) (GtkWidget *widget, gpointer user_data);
  gpointer user_data;
} Visit;

static void
visit_child (GtkWidget *child, gpointer user_data)
{
  Visit *visit = user_data;

  nm_test_each (child, visit->visit, visit->user_data);
}
#endif

void
nm_test_each (GtkWidget *root,
              void (*visit) (GtkWidget *widget, gpointer user_data),
              gpointer user_data)
{
  visit (root, user_data);
#if IS_GTK4
  for (GtkWidget *child = gtk_widget_get_first_child (root); child != NULL;
       child = gtk_widget_get_next_sibling (child))
    nm_test_each (child, visit, user_data);
#else
  Visit each = { visit, user_data };

  if (GTK_IS_CONTAINER (root))
    gtk_container_forall (GTK_CONTAINER (root), visit_child, &each);
#endif
}

static void
match_name (GtkWidget *widget, gpointer user_data)
{
  Search *search = user_data;

  if (g_strcmp0 (gtk_widget_get_name (widget), search->name) == 0)
    search->found = widget;
}

GtkWidget *
nm_test_find (GtkWidget *root, const char *name)
{
  Search search = { .name = name };

  nm_test_each (root, match_name, &search);
  if (search.found == NULL)
    g_error ("there is no %s", name);
  return search.found;
}

static GtkWidget *
find_usable (GtkWidget *root, const char *name)
{
  GtkWidget *widget = nm_test_find (root, name);

  g_assert_true (gtk_widget_get_mapped (widget));
  g_assert_true (gtk_widget_is_sensitive (widget));
  return widget;
}

void
nm_test_type (GtkWidget *root, const char *name, const char *text)
{
#if IS_GTK4
  gtk_editable_set_text (GTK_EDITABLE (find_usable (root, name)), text);
#else
  gtk_entry_set_text (GTK_ENTRY (find_usable (root, name)), text);
#endif
  nm_test_settle ();
}

void
nm_test_tick (GtkWidget *root, const char *name, gboolean active)
{
#if IS_GTK4
  gtk_check_button_set_active (GTK_CHECK_BUTTON (find_usable (root, name)), active);
#else
  gtk_toggle_button_set_active (GTK_TOGGLE_BUTTON (find_usable (root, name)), active);
#endif
  nm_test_settle ();
}

void
nm_test_choose (GtkWidget *root, const char *name, guint index)
{
#if IS_GTK4
  gtk_drop_down_set_selected (GTK_DROP_DOWN (find_usable (root, name)), index);
#else
  gtk_combo_box_set_active (GTK_COMBO_BOX (find_usable (root, name)), (int) index);
#endif
  nm_test_settle ();
}

void
nm_test_click (GtkWidget *root, const char *name)
{
  g_signal_emit_by_name (find_usable (root, name), "clicked");
  nm_test_settle ();
}

void
nm_test_respond (GtkWidget *dialog, int response)
{
  gtk_dialog_response (GTK_DIALOG (dialog), response);
  nm_test_settle ();
}

const char *
nm_test_get_text (GtkWidget *root, const char *name)
{
#if IS_GTK4
  return gtk_editable_get_text (GTK_EDITABLE (nm_test_find (root, name)));
#else
  return gtk_entry_get_text (GTK_ENTRY (nm_test_find (root, name)));
#endif
}

gboolean
nm_test_is_ticked (GtkWidget *root, const char *name)
{
#if IS_GTK4
  return gtk_check_button_get_active (GTK_CHECK_BUTTON (nm_test_find (root, name)));
#else
  return gtk_toggle_button_get_active (GTK_TOGGLE_BUTTON (nm_test_find (root, name)));
#endif
}

static void
match_text (GtkWidget *widget, gpointer user_data)
{
  Search *search = user_data;

  if (GTK_IS_LABEL (widget) && gtk_widget_get_mapped (widget) &&
      g_str_equal (gtk_label_get_text (GTK_LABEL (widget)), search->name))
    search->found = widget;
}

gboolean
nm_test_shows (GtkWidget *root, const char *text)
{
  Search search = { .name = text };

  nm_test_each (root, match_text, &search);
  return search.found != NULL;
}

static void
note_mnemonic (GtkWidget *widget, gpointer user_data)
{
  GHashTable *seen = user_data;
  guint key;

  if (!GTK_IS_LABEL (widget) || !gtk_widget_get_mapped (widget))
    return;
  key = gtk_label_get_mnemonic_keyval (GTK_LABEL (widget));
  if (key == GDK_KEY_VoidSymbol)
    return;
  g_test_message ("%s: %s", gdk_keyval_name (key), gtk_label_get_label (GTK_LABEL (widget)));
  g_assert_false (g_hash_table_contains (seen, GUINT_TO_POINTER (key)));
  g_hash_table_add (seen, GUINT_TO_POINTER (key));
}

static gboolean
is_field (GtkWidget *widget)
{
#if IS_GTK4
  return GTK_IS_ENTRY (widget) || GTK_IS_CHECK_BUTTON (widget) || GTK_IS_DROP_DOWN (widget);
#else
  return GTK_IS_ENTRY (widget) || GTK_IS_CHECK_BUTTON (widget) || GTK_IS_COMBO_BOX (widget);
#endif
}

static void
has_own_mnemonic (GtkWidget *widget, gpointer user_data)
{
  gboolean *found = user_data;

  if (GTK_IS_LABEL (widget) &&
      gtk_label_get_mnemonic_keyval (GTK_LABEL (widget)) != GDK_KEY_VoidSymbol)
    *found = TRUE;
}

static void
need_mnemonic (GtkWidget *widget, gpointer user_data)
{
  g_autoptr (GList) labels = NULL;
  gboolean found = FALSE;

  if (!is_field (widget) || !gtk_widget_get_mapped (widget))
    return;
  labels = gtk_widget_list_mnemonic_labels (widget);
  if (labels == NULL)
    nm_test_each (widget, has_own_mnemonic, &found);
  if (labels == NULL && !found)
    g_error ("%s cannot be reached with a mnemonic", gtk_widget_get_name (widget));
}

void
nm_test_check_mnemonics (GtkWidget *root)
{
  g_autoptr (GHashTable) seen = g_hash_table_new (NULL, NULL);

  nm_test_each (root, note_mnemonic, seen);
  nm_test_each (root, need_mnemonic, NULL);
}

/* The field that has the focus, or that its own child has, or NULL. */
static GtkWidget *
focused_field (GtkWidget *window)
{
  GtkWidget *widget = gtk_window_get_focus (GTK_WINDOW (window));

  while (widget != NULL && !is_field (widget))
    widget = gtk_widget_get_parent (widget);
  return widget;
}

static int
top_of (GtkWidget *widget, GtkWidget *window)
{
#if IS_GTK4
  double x, y;

  gtk_widget_translate_coordinates (widget, window, 0, 0, &x, &y);
  return (int) y;
#else
  int x, y;

  gtk_widget_translate_coordinates (widget, window, 0, 0, &x, &y);
  return y;
#endif
}

static void
count_field (GtkWidget *widget, gpointer user_data)
{
  guint *n = user_data;

  if (is_field (widget) && gtk_widget_get_mapped (widget) && gtk_widget_is_sensitive (widget))
    (*n)++;
}

#if !IS_GTK4
static gboolean
has_keyboard (gpointer window)
{
  return gtk_window_has_toplevel_focus (window);
}
#endif

void
nm_test_check_tab (GtkWidget *window)
{
  g_autoptr (GHashTable) seen = g_hash_table_new (NULL, NULL);
  guint n_fields = 0;
  int top = 0;

#if !IS_GTK4
  /* Nobody manages windows here, and a button without the keyboard does not let go of the focus. */
  gdk_window_focus (gtk_widget_get_window (window), GDK_CURRENT_TIME);
  wait_until (has_keyboard, window, "the window does not get the keyboard");
#endif
  nm_test_each (window, count_field, &n_fields);
  gtk_window_set_focus (GTK_WINDOW (window), NULL);
  for (guint i = 0; i < MAX_STOPS && g_hash_table_size (seen) < n_fields; i++)
    {
      GtkWidget *field;

      g_signal_emit_by_name (window, "move-focus", GTK_DIR_TAB_FORWARD);
      field = focused_field (window);
      if (field == NULL || !g_hash_table_add (seen, field))
        continue;
      g_test_message ("%s", gtk_widget_get_name (field));
      /* Those beside each other need not be equally high. */
      g_assert_cmpint (top_of (field, window), >, top - TOLERANCE);
      top = top_of (field, window);
    }
  g_assert_cmpuint (g_hash_table_size (seen), ==, n_fields);
}

#if IS_GTK4
static gboolean
is_drawn (gpointer user_data)
{
  GtkWidget *window = user_data;
  g_autoptr (GdkPaintable) paintable = gtk_widget_paintable_new (window);
  GtkSnapshot *snapshot = gtk_snapshot_new ();
  g_autoptr (GskRenderNode) node = NULL;

  gdk_paintable_snapshot (paintable, snapshot, gtk_widget_get_width (window),
                          gtk_widget_get_height (window));
  node = gtk_snapshot_free_to_node (snapshot);
  if (node != NULL)
    g_object_set_data_full (G_OBJECT (window), "nm-test-node", g_steal_pointer (&node),
                            (GDestroyNotify) gsk_render_node_unref);
  return g_object_get_data (G_OBJECT (window), "nm-test-node") != NULL;
}
#endif

#if !IS_GTK4
/* The window follows its contents a frame later. */
static gboolean
is_large_enough (gpointer user_data)
{
  GtkWidget *window = user_data;
  GtkRequisition least;

  gtk_widget_get_preferred_size (window, &least, NULL);
  return gtk_widget_get_allocated_height (window) >= least.height;
}
#endif

void
nm_test_picture (GtkWidget *window, const char *name)
{
  g_autofree char *file = g_strdup_printf ("%s-gtk%d.png", name, GTK_MAJOR_VERSION);
  g_autofree char *path = g_test_build_filename (G_TEST_BUILT, file, NULL);

  nm_test_settle ();
#if IS_GTK4
  g_autoptr (GdkTexture) texture = NULL;

  g_object_set_data (G_OBJECT (window), "nm-test-node", NULL);
  wait_until (is_drawn, window, "the window is not drawn");
  texture =
      gsk_renderer_render_texture (gtk_native_get_renderer (GTK_NATIVE (window)),
                                   g_object_get_data (G_OBJECT (window), "nm-test-node"), NULL);
  g_assert_true (gdk_texture_save_to_png (texture, path));
#else
  wait_until (is_large_enough, window, "the window stays too small");

  GtkAllocation allocation;
  GdkWindow *surface = gtk_widget_get_window (window);
  cairo_surface_t *image = cairo_image_surface_create (
      CAIRO_FORMAT_ARGB32, gdk_window_get_width (surface), gdk_window_get_height (surface));
  cairo_t *cairo = cairo_create (image);

  gtk_widget_get_allocation (window, &allocation);

  gtk_widget_size_allocate (window, &allocation);
  gtk_widget_draw (window, cairo);
  cairo_destroy (cairo);
  g_assert_cmpint (cairo_surface_write_to_png (image, path), ==, CAIRO_STATUS_SUCCESS);
  cairo_surface_destroy (image);
#endif
}
