# SPDX-License-Identifier: GPL-2.0-or-later
# SPDX-FileCopyrightText: The l2tp-client authors

"""The service dies: connections that are in no file, are not there any more, or are bound to a
program; and what is written down of each."""

import os
import re
import signal
import uuid
from pathlib import Path

import pytest

from bed import LNS, Process, wait_for
from service import BUS_NAME, Service, cli, status
from test_adopt import STATES, again, assert_same, states, up
from xl2tpd import Lns


def test_connection_in_memory(bed, lns, service):
    before = up(bed, "work", "--temporary")
    service = again(bed, service)
    assert_same(bed, before)
    bed.ping(lns.address)
    cli(bed, "down", "work", check=True)
    bed.assert_nothing_left(service)


def test_typed_password(bed, lns, service):
    """Another login lacks what only the dead service knew: there is none."""
    before = up(bed, "work", "--temporary")
    service = again(bed, service)
    assert_same(bed, before)
    os.kill(before["pppd_pid"], signal.SIGKILL)
    wait_for(lambda: status(bed, "work")["state"] == "failed", 10, "failed")
    assert "there is nobody to ask" in str(status(bed, "work")["last_error"])
    bed.assert_nothing_left(service)


def test_profile_deleted_meanwhile(bed, lns, service):
    """No connection any more, and nothing of it is left."""
    up(bed)
    service.kill()
    for profile in Path("/var/lib/l2tp-client/connections").glob("*.conf"):
        profile.unlink()
    service = Service(bed)
    bed.assert_nothing_left(service)
    wait_for(lambda: not lns.pppds(), 5, "the LNS has heard the end")
    wait_for(lambda: cli(bed, "status", "work").rc != 0, 5, "no such connection")
    assert not states()


def test_profile_replaced_meanwhile(bed, lns, service):
    """By another one of the same name: of the old one nothing is left, and the new one is there."""
    up(bed)
    service.kill()
    profile, = Path("/var/lib/l2tp-client/connections").glob("*.conf")
    profile.write_text(re.sub("(?m)^uuid=.*$", f"uuid={uuid.uuid4()}", profile.read_text()))
    service = Service(bed)
    bed.assert_nothing_left(service)
    wait_for(lambda: not lns.pppds(), 5, "the LNS has heard the end")
    assert status(bed, "work")["state"] == "disconnected"
    assert not states()


HOLDER = f"""
import sys
from gi.repository import Gio, GLib
bus = Gio.bus_get_sync(Gio.BusType.SYSTEM, None)
text = lambda **values: {{key: GLib.Variant("s", value) for key, value in values.items()}}
bus.call_sync("{BUS_NAME}", "/org/l2tp/Manager", "org.l2tp.Manager", "ConnectTransient",
              GLib.Variant("(a{{sv}}a{{sv}}a{{sv}})", (
                  text(name="work", gateway="{LNS}", user="alice"), text(password="s3cret"),
                  {{"bind": GLib.Variant("b", True), **text(source=sys.argv[1])}})),
              None, Gio.DBusCallFlags.NONE, -1, None)
print("called", flush=True)
GLib.MainLoop().run()
"""


def hold(bed, source):
    """A program that has connected, and the status of that."""
    holder = Process(bed, "holder", ["/usr/bin/python3", "-c", HOLDER, source])
    holder.wait_for_log("called")
    wait_for(lambda: status(bed, "work")["state"] == "connected", 15, "connected")
    return holder, status(bed, "work")


@pytest.mark.parametrize("when", ["before", "meanwhile"])
def test_transient(bed, lns, service, when):
    """It ends with the program that made it, also if that ended while no service ran."""
    holder, before = hold(bed, "memory")
    if when == "meanwhile":
        service.kill()
        holder.kill()
        service = Service(bed)
    else:
        service = again(bed, service)
        assert_same(bed, before)
        holder.kill()
    wait_for(lambda: cli(bed, "status", "work").rc != 0, 10, "no such connection")
    bed.assert_nothing_left(service)


def test_networkmanagers(bed, lns, service):
    """It has been told that its VPN is gone, so there is none, and room for the next."""
    holder, before = hold(bed, "networkmanager")
    service = again(bed, service)
    wait_for(lambda: cli(bed, "status", "work").rc != 0, 10, "no such connection")
    bed.assert_nothing_left(service)
    assert not Path(f"/proc/{before['pppd_pid']}").exists() and not states()
    wait_for(lambda: not lns.pppds(), 5, "the LNS has heard the end")
    holder.kill()


def test_nothing_secret_in_the_state(bed, service, tmp_path):
    Lns(bed, secret="tunnelpass").start()
    secret = tmp_path / "secret"
    secret.write_text("tunnelpass\n")
    up(bed, "work", "--tunnel-secret-file", secret)
    path, = states()
    assert path.stat().st_mode & 0o777 == 0o600 and STATES.stat().st_mode & 0o777 == 0o700
    data = path.read_bytes()
    assert b"alice" in data and b"s3cret" not in data and b"tunnelpass" not in data
