# SPDX-License-Identifier: GPL-2.0-or-later
# SPDX-FileCopyrightText: The l2tp-client authors
# bash completion for l2tp-client(1)

# Offers these words, one a line, which may have spaces and anything else that the shell takes for
# its own; what is there already, up to a comma, stays.
_l2tp_client_offer ()
{
  local prefix=$1 word
  while IFS= read -r word; do
    [[ $word == "${cur#"$prefix"}"* ]] && COMPREPLY+=("$prefix$(printf '%q' "$word")")
  done
}

_l2tp_client_options ()
{
  local options='--json --json= --quiet --color= --no-ask --help --version'
  case $verb in
    list | status | show | monitor) options+=' --fields --terse --no-legend' ;;
    up) options+=' --wait --ask' ;;
    down) options+=' --wait' ;;
    add) options+=" --ask --private --shared --temporary $(l2tp-client complete secret-files)" ;;
    edit) options+=" $(l2tp-client complete secret-files)" ;;
    import)
      options+=" --format --name --dry-run --chap-secrets --private --shared --temporary"
      options+=" $(l2tp-client complete secret-files)" ;;
    export) options+=' --output --force' ;;
    log) options+=' --follow --lines' ;;
  esac
  COMPREPLY=($(compgen -W "$options" -- "$cur"))
}

_l2tp_client ()
{
  local cur=${COMP_WORDS[COMP_CWORD]} prev=${COMP_WORDS[COMP_CWORD-1]}
  local verbs='list status show add edit delete up down import export monitor log agent'
  local IFS=$' \t\n' verb= option i n=0 before=
  COMPREPLY=()

  for ((i = 1; i < COMP_CWORD; i++)); do
    if [[ " $verbs " == *" ${COMP_WORDS[i]} "* ]]; then
      verb=${COMP_WORDS[i]}
      break
    fi
  done
  # bash cuts words at "=", so that a value is a word of its own.
  option=$prev
  if [[ $cur == = ]]; then
    cur= prev==
  elif [[ $prev == = ]]; then
    option=${COMP_WORDS[COMP_CWORD-2]}
  fi
  for ((i++; i < COMP_CWORD; i++)); do
    [[ ${COMP_WORDS[i]} == -* ]] || ((n++))
  done

  case $verb:$option in
    *:--*-file | import:--chap-secrets | export:-o | export:--output)
      COMPREPLY=($(compgen -f -- "$cur")); return ;;
    *:--color) COMPREPLY=($(compgen -W 'auto always never' -- "$cur")); return ;;
    log:-f) ;;
    *:-f | *:--fields)
      [[ $cur == *,* ]] && before=${cur%,*},
      _l2tp_client_offer "$before" < <(l2tp-client complete fields "$verb")
      compopt -o nospace 2> /dev/null
      return ;;
    import:--format) COMPREPLY=($(compgen -W 'nm xl2tpd openl2tp' -- "$cur")); return ;;
    import:--name | *:-w | *:--wait | *:-n | *:--lines) return ;;
  esac
  if [[ $prev == = ]]; then
    case $option in
      --json) COMPREPLY=($(compgen -W 'pretty short' -- "$cur")) ;;
      -*) ;;
      *) COMPREPLY=($(compgen -W "$(l2tp-client complete values "$option")" -- "$cur")) ;;
    esac
    return
  fi

  case $verb:$cur in
    *:-*) _l2tp_client_options ;;
    :*) COMPREPLY=($(compgen -W "$verbs" -- "$cur")) ;;
    down:* | delete:*) _l2tp_client_offer '' < <(l2tp-client complete names) ;;
    import:*) COMPREPLY=($(compgen -f -- "$cur")) ;;
    status:* | show:* | up:* | edit:* | export:* | monitor:* | log:*)
      if ((n == 0)); then
        _l2tp_client_offer '' < <(l2tp-client complete names)
      elif [[ $verb == edit ]]; then
        COMPREPLY=($(compgen -W "$(l2tp-client complete keys)" -- "$cur"))
      fi ;;
    add:*)
      if ((n > 0)); then
        COMPREPLY=($(compgen -W "$(l2tp-client complete keys)" -- "$cur"))
      fi ;;
  esac
  [[ ${COMPREPLY[0]} == *= ]] && compopt -o nospace 2> /dev/null
  return 0
}

complete -F _l2tp_client l2tp-client
