/* SPDX-License-Identifier: GPL-2.0-or-later */
/* SPDX-FileCopyrightText: The l2tp-client authors */

/* Tables. Hides column widths: counted in terminal cells, not in octets or characters, and cut to
 * the terminal's width only where a person looks at them. */

#include "output.h"

#include <stdio.h>
#include <sys/ioctl.h>
#include <unistd.h>

#define GAP       2
#define MIN_WIDTH 8 /* no column is cut below this */

typedef struct
{
  CliColor color;
  char *text;
} Cell;

struct _CliTable
{
  const char *const *headings;
  guint n_columns;
  GArray *cells; /* of Cell, row by row */
};

static void
clear_cell (gpointer cell)
{
  g_free (((Cell *) cell)->text);
}

CliTable *
cli_table_new (const char *const *headings)
{
  CliTable *table = g_new0 (CliTable, 1);

  table->headings = headings;
  table->n_columns = g_strv_length ((char **) headings);
  table->cells = g_array_new (FALSE, FALSE, sizeof (Cell));
  g_array_set_clear_func (table->cells, clear_cell);
  return table;
}

void
cli_table_free (CliTable *table)
{
  if (table == NULL)
    return;
  g_array_unref (table->cells);
  g_free (table);
}

void
cli_table_cell (CliTable *table, CliColor color, const char *text)
{
  Cell cell = { color, cli_output_clean (text) };

  if (*cell.text == '\0')
    {
      g_free (cell.text);
      cell = (Cell){ CLI_COLOR_DIM, g_strdup ("-") };
    }
  g_array_append_val (table->cells, cell);
}

static guint
character_width (gunichar c)
{
  if (g_unichar_iszerowidth (c))
    return 0;
  return g_unichar_iswide (c) ? 2 : 1;
}

static guint
text_width (const char *text)
{
  guint width = 0;

  for (const char *p = text; *p != '\0'; p = g_utf8_next_char (p))
    width += character_width (g_utf8_get_char (p));
  return width;
}

/* Returns as much of @text as fits in @width cells, the last of them an ellipsis when it is cut. */
static char *
fit (const char *text, guint width)
{
  const char *p = text;
  guint used = 0;

  if (text_width (text) <= width)
    return g_strdup (text);
  while (used + character_width (g_utf8_get_char (p)) <= width - 1)
    {
      used += character_width (g_utf8_get_char (p));
      p = g_utf8_next_char (p);
    }
  return g_strdup_printf ("%.*s%s", (int) (p - text), text, cli_output_is_utf8 () ? "…" : ">");
}

static void
shrink_to (guint *widths, guint n, guint available)
{
  for (;;)
    {
      guint sum = GAP * (n - 1), widest = 0;

      for (guint i = 0; i < n; i++)
        {
          sum += widths[i];
          widest = widths[i] > widths[widest] ? i : widest;
        }
      if (sum <= available || widths[widest] <= MIN_WIDTH)
        return;
      widths[widest]--;
    }
}

static guint *
measure (const CliTable *table)
{
  guint *widths = g_new0 (guint, table->n_columns);
  struct winsize size;

  for (guint i = 0; i < table->n_columns; i++)
    widths[i] = text_width (table->headings[i]);
  for (guint i = 0; i < table->cells->len; i++)
    {
      guint *width = &widths[i % table->n_columns];
      *width = MAX (*width, text_width (g_array_index (table->cells, Cell, i).text));
    }
  if (isatty (STDOUT_FILENO) && ioctl (STDOUT_FILENO, TIOCGWINSZ, &size) == 0 && size.ws_col > 0)
    shrink_to (widths, table->n_columns, size.ws_col);
  return widths;
}

static void
print_cell (CliColor color, const char *text, guint width, gboolean last)
{
  g_autofree char *fitted = fit (text, width);
  g_autofree char *painted = cli_output_paint (color, fitted);

  fputs (painted, stdout);
  if (last)
    putchar ('\n');
  else
    printf ("%*s", (int) (width - text_width (fitted) + GAP), "");
}

void
cli_table_print (const CliTable *table, gboolean has_headings)
{
  g_autofree guint *widths = measure (table);
  guint n = table->n_columns;

  for (guint i = 0; has_headings && i < n; i++)
    print_cell (CLI_COLOR_BOLD, table->headings[i], widths[i], i + 1 == n);
  for (guint i = 0; i < table->cells->len; i++)
    {
      const Cell *cell = &g_array_index (table->cells, Cell, i);
      print_cell (cell->color, cell->text, widths[i % n], (i + 1) % n == 0);
    }
}
