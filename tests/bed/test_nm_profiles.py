# SPDX-License-Identifier: GPL-2.0-or-later
# SPDX-FileCopyrightText: The l2tp-client authors

"""Whose VPNs of NetworkManager's are, where they come from and go to, and which of them come up by
themselves."""

import uuid

import pytest

from bed import LNS
from nm import NetworkManager
from polkit import Polkit, add_user, as_user, busctl, rule
from service import Service, status

ALICE = 1234


@pytest.fixture
def nm(bed, service):
    return NetworkManager(bed)


def test_import_and_export(bed, lns, service, nm):
    """A file of NetworkManager-l2tp's, imported, connected and exported again."""
    file = bed.scratch / "office.conf"
    file.write_text("#org.freedesktop.NetworkManager.l2tp\n[connection]\nid=Office\n"
                    f"[vpn]\ngateway={LNS}\nuser=alice\nrefuse-eap=true\nlcp-echo-failure=5\n"
                    "lcp-echo-interval=30\nmtu=1350\n[ip4]\nmethod=auto\n")
    nm.nmcli("connection", "import", "type", "l2tp", "file", file, check=True)
    nm.nmcli("connection", "modify", "Office", "+vpn.data", "password-flags=0",
             "vpn.secrets", "password=s3cret", check=True)
    nm.up("Office", check=True)
    bed.ping(lns.address)
    nm.down("Office", check=True)
    nm.assert_all_gone(service)
    again = bed.scratch / "again.conf"
    nm.nmcli("connection", "export", "Office", again, check=True)
    assert "refuse-eap=true\n" in again.read_text() and "s3cret" not in again.read_text()
    nm.nmcli("connection", "delete", "Office", check=True)
    nm.nmcli("connection", "import", "type", "l2tp", "file", again, check=True)
    shown = nm.nmcli("-g", "vpn.data", "connection", "show", "Office", check=True).stdout
    assert f"gateway = {LNS}" in shown and "mtu = 1350" in shown, shown


def test_secondary(bed, lns):
    """The VPN comes up with the connection below it."""
    service, vpn = Service(bed), str(uuid.uuid4())
    nm = NetworkManager(bed, secondaries=(vpn,), start=False)
    nm.add(uid=vpn)
    nm.up("base", check=True)
    nm.wait_for_state("activated")
    bed.ping(lns.address)
    nm.down(check=True)
    nm.assert_all_gone(service)


def test_private_profile(bed, lns):
    """It is its user's in the service, too, and files are read with his rights alone; nobody but
    root may say whose a connection is."""
    add_user("alice", ALICE)
    Polkit(bed, rule("alice", "org.l2tp.connect", "YES"))
    service = Service(bed)
    nm = NetworkManager(bed)
    key = bed.scratch / "user.key"
    key.write_text("root's alone\n")
    key.chmod(0o600)
    own = ("permissions=user:alice:",)
    nm.add(connection=own, data=(f"user-key={key}",))
    assert nm.up().rc != 0
    nm.wait_for_log("work: user-key: ")
    key.chmod(0o644)
    nm.up(check=True)
    assert status(bed, "work")["owner"] == "alice"
    nm.down(check=True)
    nm.assert_all_gone(service)
    settings = ("a{sv}a{sv}a{sv}", "2", "name", "s", "mine", "gateway", "s", LNS, "0")
    for option, value in (("owner", ("u", "0")), ("source", ("s", "networkmanager"))):
        done = as_user("alice", *busctl(False, "/org/l2tp/Manager", "org.l2tp.Manager",
                                        "ConnectTransient", *settings, "1", option, *value))
        assert done.rc != 0 and f"options: {option} is for root only" in done.output, done
