#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-or-later
# SPDX-FileCopyrightText: The l2tp-client authors
"""Name servers, as systemd-resolved and resolvconf are told of them. Speaks TAP.
Environment: that of mocks.py."""

import os
import pathlib
import re
import socket
import sys
import tempfile
import time

import private_bus
from mocks import Mock, Probe

RESOLVED = ("org.freedesktop.resolve1", "/org/freedesktop/resolve1",
            "org.freedesktop.resolve1.Manager")
LO = socket.if_nametoindex("lo")

RESOLVCONF = """#!/bin/sh
echo "$@" >>"$0.calls"
[ "$1" != -a ] || cat >>"$0.calls"
"""


class Resolved(Mock):
    def __init__(self, bus, **code):
        super().__init__(bus, *RESOLVED)
        for name, signature in (("SetLinkDNS", "ia(iay)"), ("SetLinkDomains", "ia(sb)"),
                                ("SetLinkDefaultRoute", "ib"), ("RevertLink", "i")):
            self.add_method(name, signature, code.get(name, ""))

    def calls(self, number):
        """The next calls, each as NAME ARGUMENTS, with the types' names taken out."""
        found = []
        while len(found) < number:
            line = self.expect("Link")
            if "AddMethod" not in line:
                line = line.split(" ", 1)[1]
                found.append(re.sub(r"dbus\.\w+\((\w+|'[^']*')(, variant_level=\d+)?\)", r"\1", line))
        return found


def with_resolvconf(bus, text):
    """An environment in which this script is the only resolvconf; and where it notes its calls."""
    folder = pathlib.Path(tempfile.mkdtemp(prefix="l2tp-resolvconf-"))
    if text:
        script = folder / "resolvconf"
        script.write_text(text)
        script.chmod(0o755)
    # Only what the script itself needs besides.
    for tool in ("cat", "sh", "sleep"):
        os.symlink(f"/bin/{tool}", folder / tool)
    return dict(bus.env, PATH=str(folder)), folder / "resolvconf.calls"


def test_resolved(bus):
    """systemd-resolved gets servers, domains and the question whether it is for all names"""
    with Resolved(bus) as resolved, Probe(bus.env) as probe:
        probe.do("config dns-domains=corp.test,~lab.test")
        assert probe.do("dns lo 10.0.0.1 fd00::1") == "done"
        calls = resolved.calls(3)
        assert calls[0].startswith(f"SetLinkDNS {LO} "), calls
        assert "(2, dbus.Array([10, 0, 0, 1]," in calls[0], calls
        assert f"(10, dbus.Array([253, {'0, ' * 14}1]," in calls[0], calls
        assert calls[1].startswith(f"SetLinkDomains {LO} "), calls
        assert re.search(r"corp\.test.*False.*lab\.test.*True", calls[1]), calls
        assert calls[2] == f"SetLinkDefaultRoute {LO} False", calls
        assert probe.do("inherit") == "done"
        assert probe.do("revert") == "done"
        assert resolved.calls(1) == [f"RevertLink {LO}"]
        # And once only.
        assert probe.do("revert") == "done"
        assert probe.do("dns lo 10.0.0.1") == "done"
        assert resolved.calls(1)[0].startswith("SetLinkDNS")
        # What cleans up behind a service that hung has no bus; the link takes its servers along.
        assert probe.do("inherit alone") == "done"
        assert probe.do("revert") == "done"


def test_all_names(bus):
    """with default-route=yes it is for all names, whatever other links claim"""
    with Resolved(bus) as resolved, Probe(bus.env) as probe:
        probe.do("config default-route=yes")
        assert probe.do("dns lo 10.0.0.1") == "done"
        calls = resolved.calls(3)
        assert re.search(r"'\.'.*True", calls[1]), calls
        assert calls[2] == f"SetLinkDefaultRoute {LO} True", calls


def test_resolved_refuses(bus):
    """what systemd-resolved refuses is told with the key"""
    refusal = "raise dbus.exceptions.DBusException('no such thing', name='org.test.No')"
    with Resolved(bus, SetLinkDomains=refusal), Probe(bus.env) as probe:
        probe.do("config dns-domains=corp.test")
        answer = probe.do("dns lo 10.0.0.1")
        assert answer.startswith("failed: dns-domains: systemd-resolved, SetLinkDomains: no such"), \
            answer
        assert "|See “resolvectl status”" in answer, answer


def test_resolvconf(bus):
    """without systemd-resolved, resolvconf gets an entry and loses it again"""
    env, calls = with_resolvconf(bus, RESOLVCONF)
    with Probe(env) as probe:
        probe.do("config dns=10.0.0.2,fd00::1 dns-domains=corp.test,lab.test,~.")
        assert probe.do("dns lo 10.0.0.1") == "done"
        assert calls.read_text() == ("-a lo.l2tp\nnameserver 10.0.0.2\nnameserver fd00::1\n"
                                     "search corp.test lab.test\n")
        calls.unlink()
        assert probe.do("inherit") == "done"
        assert probe.do("revert") == "done"
        assert calls.read_text() == "-d lo.l2tp\n"


def test_resolvconf_fails(bus):
    """what resolvconf complains of is told with the key, in one printable line"""
    env, _ = with_resolvconf(bus, "#!/bin/sh\ncat\nprintf 'no \\033[1mway\\n\\377' >&2\nexit 1\n")
    with Probe(env) as probe:
        probe.do("config")
        answer = probe.do("dns lo 10.0.0.1")
        assert answer.startswith("failed: dns: resolvconf failed: nameserver 10.0.0.1"), answer
        assert "no  [1mway" in answer and "\033" not in answer, answer


def test_resolvconf_hangs(bus):
    """a resolvconf that hangs is ended when it is cancelled"""
    env, _ = with_resolvconf(bus, "#!/bin/sh\nexec sleep 100\n")
    with Probe(env) as probe:
        probe.do("config")
        start = time.monotonic()
        probe.send("dns lo 10.0.0.1")
        probe.send("cancel")
        assert "failed: " in probe.expect("dns ")
        assert time.monotonic() - start < 5


def test_nobody(bus):
    """with neither of them the error says what to install"""
    env, _ = with_resolvconf(bus, None)
    with Probe(env) as probe:
        probe.do("config")
        answer = probe.do("dns lo 10.0.0.1")
        assert "|Install systemd-resolved or resolvconf" in answer, answer
        assert probe.do("revert") == "done"


if __name__ == "__main__":
    sys.exit(private_bus.run_tests(globals()))
