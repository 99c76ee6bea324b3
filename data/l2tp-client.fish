# SPDX-License-Identifier: GPL-2.0-or-later
# SPDX-FileCopyrightText: The l2tp-client authors
# fish completion for l2tp-client(1)

# Prints the words before the cursor that are neither options nor their values: verb first.
function __l2tp_client_words
    set -l typed (commandline -opc)
    set -l before
    set -e typed[1]
    for word in $typed
        if not string match -q -- '-*' $word
            and not string match -qr -- '^(-w|--wait|-n|--lines|--fields|--color|--.*-file|--format|--name|--chap-secrets|-o|--output)$' "$before"
            printf '%s\n' $word
        end
        set before $word
    end
end

# True if the verb is one of these.
function __l2tp_client_verb
    set -l words (__l2tp_client_words)
    test (count $words) -gt 0; and contains -- $words[1] $argv
end

# The same, and the connection's name is the next word.
function __l2tp_client_verb_wants_name
    test (count (__l2tp_client_words)) -eq 1; and __l2tp_client_verb $argv
end

function __l2tp_client_verb_has_name
    test (count (__l2tp_client_words)) -gt 1; and __l2tp_client_verb $argv
end

complete -c l2tp-client -f

complete -c l2tp-client -s h -l help -d 'Show help'
complete -c l2tp-client -l version -d 'Show the version'
complete -c l2tp-client -s q -l quiet -d 'Say nothing but errors'
complete -c l2tp-client -l color -x -a 'auto always never' -d 'Use colour'
complete -c l2tp-client -l json -d 'Print JSON'
complete -c l2tp-client -l no-ask -d 'Never ask for a password'

set -l no_verb 'test (count (__l2tp_client_words)) -eq 0'
complete -c l2tp-client -n $no_verb -a list -d 'Show all connections in a table'
complete -c l2tp-client -n $no_verb -a status -d 'Show how one connection does, or all'
complete -c l2tp-client -n $no_verb -a show -d 'Show the settings of a connection'
complete -c l2tp-client -n $no_verb -a add -d 'Make a connection'
complete -c l2tp-client -n $no_verb -a edit -d 'Change settings, here or in an editor'
complete -c l2tp-client -n $no_verb -a delete -d 'Disconnect and remove connections'
complete -c l2tp-client -n $no_verb -a up -d 'Connect and show the stages'
complete -c l2tp-client -n $no_verb -a down -d 'Disconnect'
complete -c l2tp-client -n $no_verb -a import -d 'Make connections out of other programs\' files'
complete -c l2tp-client -n $no_verb -a export -d 'Write a connection as NetworkManager-l2tp does'
complete -c l2tp-client -n $no_verb -a monitor -d 'Print every change of state as it happens'
complete -c l2tp-client -n $no_verb -a log -d 'Show what the service wrote to the journal'
complete -c l2tp-client -n $no_verb -a agent -d 'Ask here for the passwords that are needed'

complete -c l2tp-client -n '__l2tp_client_verb up down' -s w -l wait -x \
    -d 'Wait that many seconds for the result'
complete -c l2tp-client -n '__l2tp_client_verb up add' -s a -l ask \
    -d 'Ask for secrets that are missing'
complete -c l2tp-client -n '__l2tp_client_verb add import' -l private -d 'Yours alone'
complete -c l2tp-client -n '__l2tp_client_verb add import' -l shared -d 'For all users'
complete -c l2tp-client -n '__l2tp_client_verb add import' -l temporary \
    -d 'Keep it in memory only'
complete -c l2tp-client -n '__l2tp_client_verb import' -F
complete -c l2tp-client -n '__l2tp_client_verb import' -l format -x -a 'nm xl2tpd openl2tp' \
    -d 'Format of the file'
complete -c l2tp-client -n '__l2tp_client_verb import' -l name -x -d 'What to call the connection'
complete -c l2tp-client -n '__l2tp_client_verb import' -l dry-run -d 'Show what would be added'
complete -c l2tp-client -n '__l2tp_client_verb import' -l chap-secrets -r -F \
    -d 'pppd\'s file of secrets'
complete -c l2tp-client -n '__l2tp_client_verb export' -s o -l output -r -F -d 'Where to write to'
complete -c l2tp-client -n '__l2tp_client_verb export' -l force -d 'Overwrite the file'
complete -c l2tp-client -n '__l2tp_client_verb log' -s f -l follow -d 'Go on with what is added'
complete -c l2tp-client -n '__l2tp_client_verb log' -s n -l lines -x -d 'Print the newest ones only'
complete -c l2tp-client -n '__l2tp_client_verb list status show monitor' -s t -l terse \
    -d 'Print for scripts'
complete -c l2tp-client -n '__l2tp_client_verb list status show monitor' -l no-legend \
    -d 'Print no headings'

# Names, keys, values and fields are asked for when they are needed.
function __l2tp_client_fields
    set -l words (__l2tp_client_words)
    __fish_append , all (l2tp-client complete fields $words[1] 2>/dev/null)
end

# What to type behind KEY=, for keys whose values are known; else the keys.
function __l2tp_client_settings
    set -l key (string match -r -- '^([^=]+)=' (commandline -ct))[2]
    if test -n "$key"
        for value in (l2tp-client complete values $key 2>/dev/null)
            printf '%s=%s\n' $key $value
        end
    else
        l2tp-client complete keys 2>/dev/null
    end
end

complete -c l2tp-client -n '__l2tp_client_verb list status show monitor' -s f -l fields -x \
    -a '(__l2tp_client_fields)' -d 'Print these only'
complete -c l2tp-client -n '__l2tp_client_verb_wants_name status show up edit export monitor log' \
    -a '(l2tp-client complete names 2>/dev/null)' -d Connection
complete -c l2tp-client -n '__l2tp_client_verb down delete' \
    -a '(l2tp-client complete names 2>/dev/null)' -d Connection
complete -c l2tp-client -n '__l2tp_client_verb_has_name add edit' -a '(__l2tp_client_settings)' \
    -d Option
for file in (l2tp-client complete secret-files 2>/dev/null)
    complete -c l2tp-client -n '__l2tp_client_verb add edit import' -r -F \
        -l (string sub -s 3 -- $file) -d 'Read this secret from a file'
end
