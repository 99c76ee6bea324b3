/* SPDX-License-Identifier: GPL-2.0-or-later */
/* SPDX-FileCopyrightText: The l2tp-client authors */

/* The command line of l2tp-client(1): verbs, options, help. Knows which verb takes what and nothing
 * of what it does. */

#include "cli.h"
#include "output.h"

#include <locale.h>
#include <poll.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include <glib/gi18n.h>

typedef enum
{
  TAKES_JSON = 1 << 0,
  TAKES_WAIT = 1 << 1,
  TAKES_SECRETS = 1 << 2,
  TAKES_FIELDS = 1 << 3,
  TAKES_ASK = 1 << 4,
  TAKES_ORIGIN = 1 << 5,
  TAKES_LOG = 1 << 6,
  TAKES_KEYS = 1 << 7,
  TAKES_IMPORT = 1 << 8,
  TAKES_EXPORT = 1 << 9,
  IS_HIDDEN = 1 << 10,
} VerbFlags;

typedef struct
{
  const char *name;
  const char *arguments;
  const char *summary;
  guint min_args, max_args;
  VerbFlags flags;
  CliVerb run;
} Verb;

static const Verb verbs[] = {
  { "list", "", N_ ("Show all connections in a table; what is done without a verb"), 0, 0,
    TAKES_JSON | TAKES_FIELDS, cli_cmd_list },
  { "status", N_ ("[CONN]"), N_ ("Show how one connection does, or all"), 0, 1,
    TAKES_JSON | TAKES_FIELDS, cli_cmd_status },
  { "show", N_ ("CONN"), N_ ("Show the settings of a connection"), 1, 1, TAKES_JSON | TAKES_FIELDS,
    cli_cmd_show },
  { "add", N_ ("NAME KEY=VALUE…"), N_ ("Make a connection"), 1, G_MAXUINT,
    TAKES_JSON | TAKES_KEYS | TAKES_SECRETS | TAKES_ASK | TAKES_ORIGIN, cli_cmd_add },
  { "edit", N_ ("CONN [KEY=VALUE…]"), N_ ("Change settings, here or in an editor"), 1, G_MAXUINT,
    TAKES_KEYS | TAKES_SECRETS, cli_cmd_edit },
  { "delete", N_ ("CONN…"), N_ ("Disconnect and remove connections"), 1, G_MAXUINT, TAKES_JSON,
    cli_cmd_delete },
  { "up", N_ ("CONN"), N_ ("Connect and show the stages"), 1, 1,
    TAKES_JSON | TAKES_WAIT | TAKES_ASK, cli_cmd_up },
  { "down", N_ ("CONN…"), N_ ("Disconnect"), 1, G_MAXUINT, TAKES_JSON | TAKES_WAIT, cli_cmd_down },
  { "import", N_ ("FILE…"), N_ ("Make connections out of other programs' files"), 1, G_MAXUINT,
    TAKES_JSON | TAKES_SECRETS | TAKES_ORIGIN | TAKES_IMPORT, cli_cmd_import },
  { "export", N_ ("CONN"), N_ ("Write a connection as NetworkManager-l2tp does"), 1, 1,
    TAKES_EXPORT, cli_cmd_export },
  { "monitor", N_ ("[CONN]"), N_ ("Print every change of state as it happens"), 0, 1,
    TAKES_JSON | TAKES_FIELDS, cli_cmd_monitor },
  { "log", N_ ("[CONN]"), N_ ("Show what the service wrote to the journal"), 0, 1, TAKES_LOG,
    cli_cmd_log },
  { "agent", "", N_ ("Ask here for the passwords that connections need"), 0, 0, 0, cli_cmd_agent },
  { "complete", "WHAT", "", 1, 2, IS_HIDDEN, cli_cmd_complete },
};

typedef struct
{
  CliOptions options;
  gboolean version, help;
  char *color;
  char **rest;
} CommandLine;

static const Verb *
find_verb (const char *name)
{
  for (guint i = 0; i < G_N_ELEMENTS (verbs); i++)
    if (g_str_equal (verbs[i].name, name))
      return &verbs[i];
  return NULL;
}

static char *
describe_verbs (void)
{
  GString *text = g_string_new (_ ("Verbs:\n"));

  for (guint i = 0; i < G_N_ELEMENTS (verbs); i++)
    {
      const char *arguments = *verbs[i].arguments != '\0' ? _ (verbs[i].arguments) : "";
      g_autofree char *synopsis = g_strdup_printf ("%s %s", verbs[i].name, arguments);
      int pad = 26 - (int) g_utf8_strlen (synopsis, -1);

      if ((verbs[i].flags & IS_HIDDEN) == 0)
        g_string_append_printf (text, "  %s%*s%s\n", synopsis, MAX (pad, 1), "",
                                _ (verbs[i].summary));
    }
  g_string_append (text, _ ("\nCONN is a connection's name, its UUID, or the unique beginning of "
                            "either.\n“l2tp-client VERB --help” tells more; so does "
                            "l2tp-client(1)."));
  return g_string_free (text, FALSE);
}

static gboolean
on_json (const char *option, const char *value, gpointer data, GError **error)
{
  CommandLine *line = data;

  line->options.json = TRUE;
  if (cli_output_set_json (value))
    return TRUE;
  g_set_error_literal (error, G_OPTION_ERROR, G_OPTION_ERROR_BAD_VALUE,
                       _ ("--json: must be pretty or short"));
  return FALSE;
}

static void
add_common_entries (GOptionGroup *group, CommandLine *line)
{
  const GOptionEntry entries[] = {
    { "help", 'h', 0, G_OPTION_ARG_NONE, &line->help, N_ ("Show help"), NULL },
    { "quiet", 'q', 0, G_OPTION_ARG_NONE, &line->options.quiet, N_ ("Say nothing but errors"),
      NULL },
    { "color", 0, 0, G_OPTION_ARG_STRING, &line->color, N_ ("auto, always or never"), N_ ("WHEN") },
    { "json", 0, 0, G_OPTION_ARG_CALLBACK, on_json, N_ ("Print JSON: pretty, or short on one line"),
      N_ ("STYLE") },
    { "no-ask", 0, 0, G_OPTION_ARG_NONE, &line->options.never_asks,
      N_ ("Never ask for a password, neither the VPN's nor yours"), NULL },
    { "version", 0, 0, G_OPTION_ARG_NONE, &line->version, N_ ("Show the version"), NULL },
    { NULL }
  };

  g_option_group_add_entries (group, entries);
}

static void
add_fields_entries (GOptionGroup *group, CommandLine *line)
{
  const GOptionEntry entries[] = { { "fields", 'f', 0, G_OPTION_ARG_STRING, &line->options.fields,
                                     N_ ("Print these only: keys of the JSON, with commas, or all"),
                                     N_ ("FIELD,…") },
                                   { "terse", 't', 0, G_OPTION_ARG_NONE, &line->options.terse,
                                     N_ ("Print for scripts, with : between fields"), NULL },
                                   { "no-legend", 0, 0, G_OPTION_ARG_NONE, &line->options.no_legend,
                                     N_ ("Print no headings"), NULL },
                                   { NULL } };

  g_option_group_add_entries (group, entries);
}

static void
add_origin_entries (GOptionGroup *group, CommandLine *line)
{
  const GOptionEntry entries[] = {
    { "private", 0, 0, G_OPTION_ARG_NONE, &line->options.is_private,
      N_ ("Yours alone; the default, but not for root"), NULL },
    { "shared", 0, 0, G_OPTION_ARG_NONE, &line->options.is_shared, N_ ("For all users"), NULL },
    { "temporary", 0, 0, G_OPTION_ARG_NONE, &line->options.is_temporary,
      N_ ("Keep it in memory only, until the service ends"), NULL },
    { NULL }
  };

  g_option_group_add_entries (group, entries);
}

static void
add_import_entries (GOptionGroup *group, CommandLine *line)
{
  const GOptionEntry entries[] = {
    { "format", 0, 0, G_OPTION_ARG_STRING, &line->options.format, N_ ("nm, xl2tpd or openl2tp"),
      N_ ("FORMAT") },
    { "name", 0, 0, G_OPTION_ARG_STRING, &line->options.name, N_ ("What to call the connection"),
      N_ ("NAME") },
    { "dry-run", 0, 0, G_OPTION_ARG_NONE, &line->options.dry_run,
      N_ ("Show what would be added, and add nothing"), NULL },
    { "chap-secrets", 0, 0, G_OPTION_ARG_FILENAME, &line->options.chap_secrets,
      N_ ("pppd's file of secrets, to look the password up"), N_ ("FILE") },
    { NULL }
  };

  g_option_group_add_entries (group, entries);
}

static void
add_export_entries (GOptionGroup *group, CommandLine *line)
{
  const GOptionEntry entries[] = { { "output", 'o', 0, G_OPTION_ARG_FILENAME, &line->options.output,
                                     N_ ("Where to write to; - is standard output"), N_ ("FILE") },
                                   { "force", 0, 0, G_OPTION_ARG_NONE, &line->options.force,
                                     N_ ("Overwrite the file"), NULL },
                                   { NULL } };

  g_option_group_add_entries (group, entries);
}

static void
add_log_entries (GOptionGroup *group, CommandLine *line)
{
  const GOptionEntry entries[] = { { "follow", 'f', 0, G_OPTION_ARG_NONE, &line->options.follow,
                                     N_ ("Go on printing what is added"), NULL },
                                   { "lines", 'n', 0, G_OPTION_ARG_INT, &line->options.lines,
                                     N_ ("Print the newest ones only"), N_ ("NUMBER") },
                                   { NULL } };

  g_option_group_add_entries (group, entries);
}

static void
add_ask_entry (GOptionGroup *group, CommandLine *line)
{
  const GOptionEntry entries[] = { { "ask", 'a', 0, G_OPTION_ARG_NONE, &line->options.ask,
                                     N_ ("Ask for secrets that are missing"), NULL },
                                   { NULL } };

  g_option_group_add_entries (group, entries);
}

static void
add_wait_entry (GOptionGroup *group, CommandLine *line)
{
  const GOptionEntry entries[] = { { "wait", 'w', 0, G_OPTION_ARG_INT, &line->options.wait,
                                     N_ ("Wait that long for the result; 0 not at all"),
                                     N_ ("SECONDS") },
                                   { NULL } };

  g_option_group_add_entries (group, entries);
}

/* Every secret of the option table has its --KEY-file; GOption keeps no copy of the names. */
static void
add_secret_entries (GOptionGroup *group, CommandLine *line, GPtrArray *names)
{
  for (guint i = 0; i < L2TP_N_OPTIONS; i++)
    {
      const L2tpOption *option = l2tp_option_get (i);
      char *name = g_strconcat (option->key, "-file", NULL);
      char *help =
          g_strdup_printf (option->missing != NULL ? _ ("%s; - is standard input (not built yet)")
                                                   : _ ("%s; - is standard input"),
                           _ (option->help));
      const GOptionEntry entries[] = { { name, 0, 0, G_OPTION_ARG_FILENAME,
                                         &line->options.secret_files[i], help, N_ ("FILE") },
                                       { NULL } };

      g_ptr_array_add (names, name);
      g_ptr_array_add (names, help);
      if ((option->flags & (L2TP_OPTION_SECRET | L2TP_OPTION_LEGACY)) == L2TP_OPTION_SECRET)
        g_option_group_add_entries (group, entries);
    }
}

static void
add_rest_entry (GOptionGroup *group, CommandLine *line)
{
  const GOptionEntry entries[] = {
    { G_OPTION_REMAINING, 0, 0, G_OPTION_ARG_FILENAME_ARRAY, &line->rest, NULL, NULL }, { NULL }
  };

  g_option_group_add_entries (group, entries);
}

static int
report_usage (const Verb *verb, const char *message)
{
  g_autofree char *clean = cli_output_clean (message);

  cli_output_error ("%s", clean);
  if (verb != NULL)
    cli_output_hint (_ ("“l2tp-client %s --help” tells more"), verb->name);
  else
    cli_output_hint (_ ("“l2tp-client --help” tells more"));
  return CLI_EXIT_USAGE;
}

static int
report_missing (const Verb *verb)
{
  g_autofree char *message =
      g_strdup_printf (_ ("too few arguments: %s %s"), verb->name, _ (verb->arguments));

  return report_usage (verb, message);
}

static void
print_help (GOptionContext *context)
{
  g_autofree char *help = g_option_context_get_help (context, TRUE, NULL);

  fputs (help, stdout);
}

/* Returns whether the run goes on; if not, the exit status is in @ret_status. */
static gboolean
handle_common (GOptionContext *context, const Verb *verb, CommandLine *line, int *ret_status)
{
  *ret_status = CLI_EXIT_OK;
  if (line->color != NULL && !cli_output_set_color (line->color))
    *ret_status = report_usage (verb, _ ("--color: must be auto, always or never"));
  else if (line->options.wait < -1)
    *ret_status = report_usage (verb, _ ("--wait: must not be negative"));
  else if (line->options.lines < -1)
    *ret_status = report_usage (verb, _ ("--lines: must not be negative"));
  else if (line->options.ask && line->options.never_asks)
    *ret_status = report_usage (verb, _ ("--ask and --no-ask exclude each other"));
  else if (line->options.is_private && line->options.is_shared)
    *ret_status = report_usage (verb, _ ("--private and --shared exclude each other"));
  else if (line->options.json && verb != NULL && (verb->flags & TAKES_JSON) == 0)
    *ret_status = report_usage (verb, _ ("--json: this verb prints none"));
  else if (line->help)
    print_help (context);
  else if (line->version)
    puts (PACKAGE_NAME " " PACKAGE_VERSION);
  else
    return TRUE;
  return FALSE;
}

static char *
describe_parameters (const Verb *verb)
{
  if (*verb->arguments == '\0')
    return g_strdup (verb->name);
  return g_strdup_printf ("%s %s", verb->name, _ (verb->arguments));
}

/* The callback of --json needs its data, which only a group has. */
static GOptionGroup *
new_group (GOptionContext *context, CommandLine *line)
{
  GOptionGroup *group = g_option_group_new (NULL, NULL, NULL, line, NULL);

  g_option_group_set_translation_domain (group, GETTEXT_PACKAGE);
  g_option_context_set_help_enabled (context, FALSE);
  g_option_context_set_main_group (context, group);
  return group;
}

static void
add_verb_entries (GOptionGroup *group, VerbFlags flags, CommandLine *line, GPtrArray *names)
{
  if ((flags & TAKES_WAIT) != 0)
    add_wait_entry (group, line);
  if ((flags & TAKES_ASK) != 0)
    add_ask_entry (group, line);
  if ((flags & TAKES_ORIGIN) != 0)
    add_origin_entries (group, line);
  if ((flags & TAKES_FIELDS) != 0)
    add_fields_entries (group, line);
  if ((flags & TAKES_IMPORT) != 0)
    add_import_entries (group, line);
  if ((flags & TAKES_EXPORT) != 0)
    add_export_entries (group, line);
  if ((flags & TAKES_LOG) != 0)
    add_log_entries (group, line);
  if ((flags & TAKES_SECRETS) != 0)
    add_secret_entries (group, line, names);
}

static GOptionContext *
new_verb_context (const Verb *verb, CommandLine *line, GPtrArray *names)
{
  g_autofree char *parameters = describe_parameters (verb);
  GOptionContext *context = g_option_context_new (parameters);
  GOptionGroup *group = new_group (context, line);

  g_option_context_set_summary (context, *verb->summary != '\0' ? _ (verb->summary) : NULL);
  if ((verb->flags & TAKES_KEYS) != 0)
    {
      g_autofree char *description = cli_describe_options ();
      g_option_context_set_description (context, description);
    }
  add_verb_entries (group, verb->flags, line, names);
  add_common_entries (group, line);
  add_rest_entry (group, line);
  return context;
}

static int
run_verb (const Verb *verb, CommandLine *line, char **argv)
{
  g_autoptr (GPtrArray) names = g_ptr_array_new_with_free_func (g_free);
  g_autoptr (GOptionContext) context = new_verb_context (verb, line, names);
  g_autoptr (GError) error = NULL;
  g_autofree char **no_args = g_new0 (char *, 1);
  char **args;
  int status;
  guint n;

  if (!g_option_context_parse_strv (context, &argv, &error))
    return report_usage (verb, error->message);
  if (!handle_common (context, verb, line, &status))
    return status;

  args = line->rest != NULL ? line->rest : no_args;
  n = g_strv_length (args);
  if (n < verb->min_args)
    return report_missing (verb);
  if (n > verb->max_args)
    return report_usage (verb, _ ("too many arguments"));
  return verb->run (&line->options, args);
}

/* The options before the verb; parsing stops at the first word that is none. */
static GOptionContext *
new_main_context (CommandLine *line)
{
  GOptionContext *context = g_option_context_new (_ ("[VERB [ARGUMENT…]]"));
  g_autofree char *description = describe_verbs ();

  g_option_context_set_strict_posix (context, TRUE);
  g_option_context_set_summary (context, _ ("Connects to L2TP VPNs."));
  g_option_context_set_description (context, description);
  add_common_entries (new_group (context, line), line);
  return context;
}

static int
run (CommandLine *line, char ***argv)
{
  g_autoptr (GOptionContext) context = new_main_context (line);
  g_autoptr (GError) error = NULL;
  const Verb *verb;
  int status;

  if (!g_option_context_parse_strv (context, argv, &error))
    return report_usage (NULL, error->message);
  if (!handle_common (context, NULL, line, &status))
    return status;
  if ((*argv)[0] == NULL || (*argv)[1] == NULL)
    return cli_cmd_list (&line->options, NULL);

  verb = find_verb ((*argv)[1]);
  if (verb == NULL)
    {
      g_autofree char *message = g_strdup_printf (_ ("there is no verb “%s”"), (*argv)[1]);
      return report_usage (NULL, message);
    }
  return run_verb (verb, line, *argv + 1);
}

/* GOption would take the word behind it, a verb perhaps, for the STYLE. */
static void
complete_json (char **argv)
{
  for (; *argv != NULL && !g_str_equal (*argv, "--"); argv++)
    if (g_str_equal (*argv, "--json"))
      {
        g_free (*argv);
        *argv = g_strdup ("--json=pretty");
      }
}

static void
command_line_clear (CommandLine *line)
{
  for (guint i = 0; i < L2TP_N_OPTIONS; i++)
    g_free (line->options.secret_files[i]);
  g_free (line->color);
  g_free (line->options.fields);
  g_free (line->options.format);
  g_free (line->options.name);
  g_free (line->options.output);
  g_free (line->options.chap_secrets);
  g_strfreev (line->rest);
}

/* What a script reads must be whole, or it must hear that it is not; who has closed the pipe has
 * read enough. */
static int
end_output (int status)
{
  struct pollfd reader = { .fd = STDOUT_FILENO };
  gboolean is_whole = fflush (stdout) == 0 && ferror (stdout) == 0;

  if (is_whole || (poll (&reader, 1, 0) == 1 && (reader.revents & (POLLERR | POLLHUP)) != 0))
    return status;
  cli_output_error (_ ("standard output: not all of it could be written"));
  return status == CLI_EXIT_OK ? CLI_EXIT_FAILURE : status;
}

int
main (int argc, char **argv)
{
  g_auto (GStrv) copy = g_strdupv (argv);
  CommandLine line = { .options.wait = -1, .options.lines = -1 };
  int status;

  setlocale (LC_ALL, "");
  bindtextdomain (GETTEXT_PACKAGE, LOCALEDIR);
  bind_textdomain_codeset (GETTEXT_PACKAGE, "UTF-8");
  textdomain (GETTEXT_PACKAGE);
  g_set_prgname ("l2tp-client");

  complete_json (copy);
  status = end_output (run (&line, &copy));
  command_line_clear (&line);
  return status;
}
