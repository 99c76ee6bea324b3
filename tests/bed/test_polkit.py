# SPDX-License-Identifier: GPL-2.0-or-later
# SPDX-FileCopyrightText: The l2tp-client authors

"""The installed polkit actions and bus policy, under the real polkitd; in the place of the service
the toy of tests/bus, which is nothing but the gate."""

import os
import xml.etree.ElementTree as ET
from pathlib import Path

import pytest

from bed import Process, run
from polkit import (PASSWORD, Polkit, add_user, as_user, busctl, rule, start_bus,
                    with_agent)

ALICE, BOB = 1234, 1235
TOY = Path(os.environ.get("BED_BUILD", "/nonexistent")) / "tests/bus/gate-toy"
MANAGER, SHARED, BOBS = ("/org/l2tp/Manager", "/org/l2tp/connections/1", "/org/l2tp/connections/2")
ACTIONS = ("connect", "modify-own", "modify-system", "manage")


class Toy(Process):
    def __init__(self, bed):
        super().__init__(bed, "toy", [TOY, "10000", str(BOB)])
        self.wait_for_log("READY")

    def done(self):
        """What was let through."""
        return [line for line in self.log.splitlines() if line.endswith((str(ALICE), " 0"))
                and line.count(" ") == 1]


@pytest.fixture
def toy(bed):
    add_user("bob", BOB, groups=["sudo"])
    add_user("alice", ALICE)
    start_bus(bed)
    return Toy(bed)


def call(path, method, *args, user="alice", interactive=False):
    interface = "org.l2tp.Manager" if path == MANAGER else "org.l2tp.Connection"
    argv = busctl(interactive, path, interface, method, *(args or ("a{sv}", "0")))
    return as_user(user, *argv)


def assert_refused(done, *texts):
    assert done.rc != 0, done.output
    for text in texts:
        assert text in done.output, done.output


def test_defaults(bed, toy):
    """A user without a session needs a password for all that needs an action."""
    Polkit(bed)
    for method in ("GetSettings", "GetStatistics"):
        assert call(SHARED, method).rc == 0
    assert call(MANAGER, "ListConnections").rc == 0
    for path, method, action in ((SHARED, "Connect", "connect"),
                                 (SHARED, "Delete", "modify-system"),
                                 (BOBS, "GetSettings", "modify-system"),
                                 (MANAGER, "Reload", "manage")):
        assert_refused(call(path, method), f"org.l2tp.{action}: needs a password",
                       "Call again with interactive authorisation")
        assert_refused(call(path, method, interactive=True), f"org.l2tp.{action}: needs a password",
                       "no polkit agent")
    named = as_user("alice", "gdbus", "call", "--system", "--dest", "org.l2tp", "--object-path",
                    SHARED, "--method", "org.l2tp.Connection.Connect", "{}")
    assert_refused(named, "org.freedesktop.DBus.Error.InteractiveAuthorizationRequired")
    assert toy.done() == [f"GetSettings {ALICE}", f"GetStatistics {ALICE}",
                          f"ListConnections {ALICE}"]
    run(*busctl(False, SHARED, "org.l2tp.Connection", "Delete", "a{sv}", "0"))
    assert toy.done()[-1] == "Delete 0"


def test_rules(bed, toy):
    """What a rule allows is done, what it denies is not; rules see name and server, and change."""
    details = ('action.lookup("name") == "work"'
               ' && action.lookup("server") == "vpn.example.org"')
    connect = rule("alice", "org.l2tp.connect", "YES", details)
    polkit = Polkit(bed, connect + rule("alice", "org.l2tp.modify-system", "NO"))
    assert call(SHARED, "Connect").rc == 0
    assert_refused(call(SHARED, "Delete"), "org.l2tp.modify-system: the policy does not allow it")
    assert_refused(call(SHARED, "Delete", interactive=True), "the policy does not allow it")
    assert_refused(call(BOBS, "Connect"), "org.l2tp.modify-system: the policy does not allow it")
    polkit.set_rules(rule("alice", "org.l2tp.connect", "NO")
                     + rule("alice", "org.l2tp.modify-system", "YES"))
    assert_refused(call(SHARED, "Connect"), "org.l2tp.connect: the policy does not allow it")
    assert call(BOBS, "Connect").rc == 0
    assert toy.done() == [f"Connect {ALICE}"] * 2


def test_polkitd_comes_and_goes(bed, toy):
    allowed = rule("alice", "org.l2tp.connect", "YES")
    assert_refused(call(SHARED, "Connect"), "polkit does not run", "Install and start polkit")
    for _ in range(2):
        polkit = Polkit(bed, allowed)
        assert call(SHARED, "Connect").rc == 0
        polkit.kill()
        assert_refused(call(SHARED, "Connect"), "polkit does not run")
    run(*busctl(False, SHARED, "org.l2tp.Connection", "Connect", "a{sv}", "0"))
    assert toy.done() == [f"Connect {ALICE}"] * 2 + ["Connect 0"]


def test_password(bed, toy):
    """The question names the connection; the right answer opens, a wrong one does not."""
    Polkit(bed)
    argv = busctl(True, SHARED, "org.l2tp.Connection", "Connect", "a{sv}", "0")
    wrong = with_agent("bob", argv, "guess")
    assert_refused(wrong, "AUTHENTICATING FOR org.l2tp.connect", "“work” (server vpn.example.org)")
    right = with_agent("bob", argv, PASSWORD)
    assert right.rc == 0, right.output
    assert "AUTHENTICATION COMPLETE" in right.output
    assert f"Connect {BOB}" in toy.log and toy.log.count(f"Connect {BOB}") == 1


def test_actions(bed, toy):
    """polkit knows the actions as documented, each with a message and defaults."""
    Polkit(bed)
    tree = ET.parse("/usr/share/polkit-1/actions/org.l2tp.policy")
    assert {action.get("id") for action in tree.iter("action")} == {f"org.l2tp.{name}"
                                                                    for name in ACTIONS}
    shown = run("pkaction")
    for name in ACTIONS:
        assert f"org.l2tp.{name}\n" in shown
        details = run("pkaction", "--verbose", "--action-id", f"org.l2tp.{name}")
        assert "Authentication is required" in details and "network-vpn" in details
    assert "implicit active:   yes" in run("pkaction", "-v", "-a", "org.l2tp.connect")
    assert "implicit active:   auth_admin_keep" in run("pkaction", "-v", "-a",
                                                       "org.l2tp.modify-system")


def test_bus_policy(bed, toy):
    """Everybody may look and call, only root may be the service or ask an agent."""
    assert as_user("alice", "busctl", "--system", "introspect", "org.l2tp", MANAGER).rc == 0
    asked = ("busctl", "--system", "call", "org.l2tp", MANAGER, "org.l2tp.Agent", "Release")
    assert_refused(as_user("alice", *asked), "Access denied")
    assert "Access denied" not in run(*asked, check=False)
    toy.kill()
    own = ("busctl", "--system", "call", "org.freedesktop.DBus", "/org/freedesktop/DBus",
           "org.freedesktop.DBus", "RequestName", "su", "org.l2tp", "4")
    assert_refused(as_user("alice", *own), "Access denied")
    run(*own)
