# SPDX-License-Identifier: GPL-2.0-or-later
# SPDX-FileCopyrightText: The l2tp-client authors
# bash completion for l2tp-client(1)

_l2tp_client ()
{
  local cur=${COMP_WORDS[COMP_CWORD]} prev=${COMP_WORDS[COMP_CWORD-1]}
  local common='--json --quiet --color= --help --version'
  local IFS=$' \t\n' verb= word i
  COMPREPLY=()

  # bash cuts words at "=", so that a value is a word of its own.
  if [[ $prev == = || $cur == = ]]; then
    return
  fi
  for ((i = 1; i < COMP_CWORD; i++)); do
    word=${COMP_WORDS[i]}
    case $word in
      list | status | up | down | add | delete) verb=$word; break ;;
    esac
  done

  case $prev in
    --*-file) COMPREPLY=($(compgen -f -- "$cur")); return ;;
    -w | --wait) return ;;
  esac
  case $verb:$cur in
    :-*) COMPREPLY=($(compgen -W "$common" -- "$cur")) ;;
    :*) COMPREPLY=($(compgen -W 'list status up down add delete' -- "$cur")) ;;
    add:-*) COMPREPLY=($(compgen -W "$common $(l2tp-client complete secret-files)" -- "$cur")) ;;
    add:*)
      if ((COMP_CWORD > i + 1)); then
        COMPREPLY=($(compgen -W "$(l2tp-client complete keys)" -- "$cur"))
      fi ;;
    up:-* | down:-*) COMPREPLY=($(compgen -W "$common --wait" -- "$cur")) ;;
    *:-*) COMPREPLY=($(compgen -W "$common" -- "$cur")) ;;
    status:* | up:* | down:* | delete:*)
      if ((COMP_CWORD == i + 1)); then
        # Names may have spaces and anything else that the shell takes for its own.
        while IFS= read -r word; do
          [[ $word == "$cur"* ]] && COMPREPLY+=("$(printf '%q' "$word")")
        done < <(l2tp-client complete names)
      fi ;;
  esac
  [[ ${COMPREPLY[0]} == *= ]] && compopt -o nospace 2> /dev/null
  return 0
}

complete -F _l2tp_client l2tp-client
