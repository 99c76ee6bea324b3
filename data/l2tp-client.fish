# SPDX-License-Identifier: GPL-2.0-or-later
# SPDX-FileCopyrightText: The l2tp-client authors
# fish completion for l2tp-client(1)

# Prints the words before the cursor that are neither options nor what -w waits for: verb first.
function __l2tp_client_words
    set -l typed (commandline -opc)
    set -l before
    set -e typed[1]
    for word in $typed
        if not string match -q -- '-*' $word
            and not string match -qr -- '^(-w|--wait|--color|--.*-file)$' "$before"
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

set -l no_verb 'test (count (__l2tp_client_words)) -eq 0'
complete -c l2tp-client -n $no_verb -a list -d 'Show all connections in a table'
complete -c l2tp-client -n $no_verb -a status -d 'Show one connection, or all, in full'
complete -c l2tp-client -n $no_verb -a up -d 'Connect and show the stages'
complete -c l2tp-client -n $no_verb -a down -d 'Disconnect'
complete -c l2tp-client -n $no_verb -a add -d 'Make a connection'
complete -c l2tp-client -n $no_verb -a delete -d 'Disconnect and remove a connection'

# Names and keys are asked for when they are needed.
complete -c l2tp-client -n '__l2tp_client_verb up down' -s w -l wait -x \
    -d 'Wait that many seconds for the result'
complete -c l2tp-client -n '__l2tp_client_verb_wants_name status up down delete' \
    -a '(l2tp-client complete names 2>/dev/null)' -d Connection
complete -c l2tp-client -n '__l2tp_client_verb_has_name add' \
    -a '(l2tp-client complete keys 2>/dev/null)' -d Option
for file in (l2tp-client complete secret-files 2>/dev/null)
    complete -c l2tp-client -n '__l2tp_client_verb add' -l (string sub -s 3 -- $file) -r -F \
        -d 'Read this secret from a file'
end
