# SPDX-License-Identifier: GPL-2.0-or-later
# SPDX-FileCopyrightText: The l2tp-client authors

"""The service's objects have the interfaces of the installed XML: no more, no less."""

import xml.etree.ElementTree as ET
from pathlib import Path

from bed import LNS, run
from service import BUS_NAME, call, cli

INSTALLED = Path("/usr/share/dbus-1/interfaces")
MANAGER = "/org/l2tp/Manager"
CONNECTION = "/org/l2tp/connections/1"
EMITS_CHANGED = "org.freedesktop.DBus.Property.EmitsChangedSignal"
# What programs that register an agent implement, not the service.
CLIENT_SIDE = {"org.l2tp.Agent"}


def arguments(member):
    direction = "in" if member.tag == "method" else "out"
    return [(arg.get("direction", direction), arg.get("name"), arg.get("type"))
            for arg in member.iter("arg")]


def describe_member(member):
    """What a caller can tell apart."""
    if member.tag != "property":
        return arguments(member)
    notes = {note.get("value") for note in member.iter("annotation")
             if note.get("name") == EMITS_CHANGED}
    return member.get("type"), member.get("access"), notes or {"true"}


def interfaces(xml):
    """Every interface of ours in the text, as comparable values."""
    return {interface.get("name"): {(member.tag, member.get("name")): describe_member(member)
                                    for member in interface if member.tag != "annotation"}
            for interface in ET.fromstring(xml).iter("interface")
            if interface.get("name").startswith("org.l2tp.")}


def installed():
    found = {}
    for path in INSTALLED.glob("org.l2tp.*.xml"):
        found.update(interfaces(path.read_text(encoding="utf-8")))
    return found


def live(path):
    return interfaces(run("busctl", "--system", "--xml-interface", "introspect", BUS_NAME, path))


def assert_as_installed(path, *names):
    shown, documented = live(path), installed()
    assert set(shown) == {f"org.l2tp.{name}" for name in names}
    for name, members in shown.items():
        assert members == documented[name], name
    return set(shown)


def values(path, interface):
    """The names of the properties that have a value."""
    shown = run("busctl", "--system", "introspect", BUS_NAME, path, interface)
    return {line.split()[0].lstrip(".") for line in shown.splitlines() if " property " in line}


def test_introspection(bed, lns, service):
    """Of every object at rest and connected; nothing is documented that no object has."""
    assert_as_installed(MANAGER, "Manager")
    cli(bed, "add", "work", f"gateway={LNS}", "user=alice", "--password-file", "-",
        stdin="s3cret\n", check=True)
    assert_as_installed(CONNECTION, "Connection")
    cli(bed, "up", "work", check=True)
    seen = assert_as_installed(MANAGER, "Manager")
    seen |= assert_as_installed(CONNECTION, "Connection", "Tunnel", "Session")
    assert seen == set(installed()) - CLIENT_SIDE
    cli(bed, "down", "work", check=True)
    assert_as_installed(CONNECTION, "Connection")


def test_properties_have_values(bed, lns, service):
    """GetManagedObjects and the objects themselves know each documented property."""
    cli(bed, "add", "work", f"gateway={LNS}", "user=alice", "--password-file", "-",
        stdin="s3cret\n", check=True)
    cli(bed, "up", "work", check=True)
    tree = call("/org/l2tp", "org.freedesktop.DBus.ObjectManager.GetManagedObjects")
    for name in set(installed()) - CLIENT_SIDE:
        path = MANAGER if name == "org.l2tp.Manager" else CONNECTION
        documented = {member for kind, member in installed()[name] if kind == "property"}
        assert values(path, name) == documented
        assert f"'{name}'" in tree
        for member in documented:
            assert f"'{member}': <" in tree, (name, member)
