#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-or-later
# SPDX-FileCopyrightText: The l2tp-client authors
"""The shell completions, with names from the stand-in service. Speaks TAP.

bash is asked; of the others only the verbs are checked here, and the syntax in data/meson.build.
Environment: that of private_bus.py.
"""

import pathlib
import re
import shlex
import subprocess
import sys

import private_bus
from private_bus import CLIENT, TIMEOUT, XML

DATA = pathlib.Path(XML, "../data")
FILES = ("l2tp-client.bash", "l2tp-client.fish", "_l2tp-client")
# What to type after “l2tp-client ”, the last word being the one to complete, and what is offered.
CASES = (
    (["u"], {"up"}),
    (["s"], {"status", "show"}),
    (["up", "wo"], {"work", "workshop"}),
    (["status", "work"], {"work", "workshop"}),
    (["--json", "delete", "workshop"], {"workshop"}),
    (["up", "work", "wo"], set()),
    (["down", "work", "works"], {"workshop"}),
    (["log", "works"], {"workshop"}),
    (["add", "gate"], set()),
    (["add", "new", "gate"], {"gateway="}),
    (["edit", "works"], {"workshop"}),
    (["edit", "work", "gate"], {"gateway="}),
    (["edit", "work", "refuse-pap", "="], {"yes", "no"}),
    (["edit", "work", "refuse-pap", "=", "y"], {"yes"}),
    (["add", "new", "machine-auth-type", "=", ""], {"psk", "tls"}),
    (["add", "new", "user", "=", ""], set()),
    (["add", "new", "--password-f"], {"--password-file"}),
    (["edit", "work", "--password-f"], {"--password-file"}),
    (["add", "new", "--temp"], {"--temporary"}),
    (["up", "--wa"], {"--wait"}),
    (["up", "--as"], {"--ask"}),
    (["export", "works"], {"workshop"}),
    (["import", "--chap"], {"--chap-secrets"}),
    (["import", "--sha"], {"--shared"}),
    (["import", "--format", "x"], {"xl2tpd"}),
    (["import", "--format", "=", "x"], {"xl2tpd"}),
    (["import", f"{XML}/l2tp-nam"], {f"{XML}/l2tp-names.h"}),
    (["export", "work", "-o", f"{XML}/l2tp-nam"], {f"{XML}/l2tp-names.h"}),
    (["list", "-f", "rx_b"], {"rx_bytes"}),
    (["list", "--fields", "=", "name,stat"], {"name,state", "name,state_reason"}),
    (["show", "-f", "gate"], {"gateway"}),
    (["monitor", "-f", "agg"], {"aggregate"}),
    (["log", "-f", "works"], {"workshop"}),
    (["list", "--json", "=", "s"], {"short"}),
    (["list", "--color", "=", "n"], {"never"}),
)


def complete_bash(bus, words):
    """What bash is offered, with our client as l2tp-client."""
    line = shlex.join(["l2tp-client", *words])
    # compopt complains where nothing is being completed.
    script = (f". {DATA}/l2tp-client.bash; COMP_WORDS=({line}); COMP_CWORD={len(words)}; "
              '_l2tp_client; printf "%s\\n" "${COMPREPLY[@]}"')
    env = dict(bus.env, PATH=f"{pathlib.Path(CLIENT).parent}:{bus.env['PATH']}")
    done = subprocess.run(["bash", "--norc", "-c", script], env=env, text=True,
                          capture_output=True, timeout=TIMEOUT)
    assert done.returncode == 0, done
    return done.stdout.splitlines()


def test_verbs(bus):
    """every verb of the help is in every completion"""
    bus.start()
    bus.add("work", "ok.test")
    bus.add("workshop", "slow.test")
    verbs = re.findall(r"^  (\w+)", bus.ok("--help").partition("Verbs:")[2], re.M)
    assert "list" in verbs and "delete" in verbs
    for file in FILES:
        text = (DATA / file).read_text()
        for verb in verbs:
            assert re.search(rf"(?<![\w-]){verb}(?![\w-])", text), (file, verb)


def test_bash(bus):
    """bash offers live names, keys and options, each in its place"""
    for words, expected in CASES:
        offered = {word for word in complete_bash(bus, words) if word}
        assert offered == expected, (words, offered)


if __name__ == "__main__":
    sys.exit(private_bus.run_tests(globals()))
