#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
# SPDX-FileCopyrightText: The l2tp-client authors
# busctl.sh: lists the connections.
# busctl.sh NAME: connects one and waits for the result.
set -eu

call_manager ()
{
  busctl call org.l2tp /org/l2tp/Manager org.l2tp.Manager "$@"
}

# The object paths in a reply such as: ao 1 "/org/l2tp/connections/1"
paths ()
{
  tr -d '"' | cut -d ' ' -f 3-
}

get ()
{
  busctl get-property org.l2tp "$1" org.l2tp.Connection "$2" | cut -d ' ' -f 2-
}

# The last argument of every method is a dictionary of options.
# Here it is empty: 0 entries.
if [ $# -eq 0 ]; then
  for path in $(call_manager ListConnections 'a{sv}' 0 | paths); do
    echo "$path $(get "$path" Name) $(get "$path" Gateway)"
  done
  exit
fi

path=$(call_manager FindByName 'sa{sv}' "$1" 0 | paths)
if [ -z "$path" ]; then
  echo "there is no connection called $1" >&2
  exit 1
fi
busctl call org.l2tp "$path" org.l2tp.Connection Connect 'a{sv}' 0

# Connect returns at once. Programs follow StateChanged; a shell asks
# again while it is connecting (2) or an agent is asked for a secret (3).
while state=$(get "$path" State) && [ "$state" -ge 2 ] && [ "$state" -le 3 ]; do
  sleep 1
done
if [ "$state" -ne 4 ]; then
  echo "state $state: $(get "$path" LastError)" >&2
  exit 1
fi
echo "connected: $(get "$path" Interface)"
