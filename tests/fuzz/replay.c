/* SPDX-License-Identifier: GPL-2.0-or-later */
/* SPDX-FileCopyrightText: The l2tp-client authors */

/* Runs a fuzz target over a corpus, once each, without a fuzzer. Arguments: files of one input a
 * line, in hexadecimal; '#' begins a comment. */

#include "fuzz-input.h"

static GByteArray *
from_hex (const char *hex)
{
  GByteArray *octets = g_byte_array_new ();

  for (; g_ascii_isxdigit (hex[0]) && g_ascii_isxdigit (hex[1]); hex += 2)
    {
      guint8 octet = (guint8) (g_ascii_xdigit_value (hex[0]) << 4 | g_ascii_xdigit_value (hex[1]));

      g_byte_array_append (octets, &octet, 1);
    }
  return octets;
}

static void
replay (gconstpointer data)
{
  const char *path = data;
  g_autofree char *text = NULL;
  g_auto (GStrv) lines = NULL;
  guint n = 0;

  g_assert_true (g_file_get_contents (path, &text, NULL, NULL));
  lines = g_strsplit (text, "\n", -1);
  for (guint i = 0; lines[i] != NULL; i++)
    {
      g_autoptr (GByteArray) input = NULL;

      if (lines[i][0] == '#' || lines[i][0] == '\0')
        continue;
      input = from_hex (lines[i]);
      LLVMFuzzerTestOneInput (input->data, input->len);
      n++;
    }
  g_assert_cmpuint (n, >, 0);
  g_test_message ("%u inputs", n);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  for (int i = 1; i < argc; i++)
    {
      g_autofree char *base = g_path_get_basename (argv[i]);
      g_autofree char *name = g_strdup_printf ("/fuzz/%d-%s", i, base);

      g_test_add_data_func (name, argv[i], replay);
    }
  return g_test_run ();
}
