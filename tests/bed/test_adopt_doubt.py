# SPDX-License-Identifier: GPL-2.0-or-later
# SPDX-FileCopyrightText: The l2tp-client authors

"""A service dies, and what it has left is not to be trusted: cleaned up, and connected again if it
was wanted. Nobody else is hit."""

import os
import shutil
import signal
import time
from pathlib import Path

import pytest

import netns
from bed import run, wait_for
from service import Service, cli, status
from test_adopt import STATES, again, states, up, wait_for_reconnection
from test_connect import add
from test_ipv6 import resolvconf  # noqa: F401, a fixture
from test_network import INNER, ours


def patch(change):
    """Changes the octets of the only state file."""
    path, = STATES.glob("*.state")
    data = bytearray(path.read_bytes())
    path.write_bytes(change(data))


def another_boot(data, info):
    boot = Path("/proc/sys/kernel/random/boot_id").read_text().strip().encode()
    assert boot in data
    return data.replace(boot, b"00000000" + boot[8:])


def pid_reused(data, info):
    """Another process with the pid of the state: as if pppd had died and its number been used."""
    old = info["pppd_pid"].to_bytes(4, "little")
    other = os.getpid().to_bytes(4, "little")
    assert data.count(old) == 2  # in the call, and beside it
    return data.replace(old, other)


def session_gone(data, info):
    """The kernel tells of another session than the state does."""
    old = info["session_id"].to_bytes(2, "little") + info["peer_session_id"].to_bytes(2, "little")
    assert data.count(old) == 1
    return data.replace(old, old[:2] + bytes((old[2] ^ 1, old[3])))


def another_version(data, info):
    return bytes((data[0] + 1,)) + data[1:]


def torn(data, info):
    return data[:len(data) // 2]


def test_routes_of_nobody(bed, lns, service):
    """Of a service whose state is lost."""
    up(bed, "work", f"routes={INNER}")
    service.kill()
    patch(lambda data: torn(data, None))
    service = Service(bed)
    wait_for(lambda: ours() == "", 5, "no route of ours")


def test_name_servers_of_nobody(bed, resolvconf, lns, service):
    """What resolvconf was told is taken away, but for what is adopted, or another program's."""
    info = up(bed, "work", "dns=10.77.0.1")
    folder = Path("/run/resolvconf/interface")
    folder.mkdir(parents=True, exist_ok=True)
    for name in (f"{info['interface']}.l2tp", "ppp9.l2tp", "ppp9.dhclient"):
        (folder / name).touch()
    service.kill()
    Service(bed)
    def taken():
        return [line for line in resolvconf.read_text().splitlines() if line.startswith("-d")]
    wait_for(taken, 5, "the end of what nobody keeps")
    assert taken() == ["-d ppp9.l2tp"] and status(bed, "work")["state"] == "connected"
    cli(bed, "down", "work", check=True)
    assert taken()[1:] == [f"-d {info['interface']}.l2tp"]
    shutil.rmtree(folder)


def test_both_killed(bed, lns, service):
    before = up(bed)
    service.kill()
    os.kill(before["pppd_pid"], signal.SIGKILL)
    service = Service(bed)
    wait_for_reconnection(bed, before)
    bed.ping(lns.address)
    cli(bed, "down", "work", check=True)
    bed.assert_nothing_left(service)


@pytest.mark.parametrize("change", [another_boot, pid_reused, session_gone,
                                    another_version])
def test_not_to_be_trusted(bed, lns, service, change):
    """Cleaned up, and connected again. Nobody else is hit."""
    before = up(bed)
    service.kill()
    patch(lambda data: change(data, before))
    service = Service(bed)
    after = wait_for_reconnection(bed, before)
    assert not Path(f"/proc/{before['pppd_pid']}").exists()
    bed.ping(lns.address)
    assert after["pppd_pid"] != before["pppd_pid"]
    cli(bed, "down", "work", check=True)
    bed.assert_nothing_left(service)


def test_torn_state(bed, lns, service):
    """Nothing tells of what was up; what is ours by itself is cleaned up all the same."""
    before = up(bed, "work", f"routes={INNER}", "persist=yes")
    foreign = bed.start("foreign", "lac", "pppd", "nodetach", "noauth", "nolock", "local", "pty",
                        "sleep 60")
    wait_for(lambda: foreign.pid in netns.processes("lac", "pppd"), 5, "another's pppd")
    service.kill()
    patch(lambda data: torn(data, None))
    (STATES / "x.state.ABCDEF").write_bytes(b"half")
    service = Service(bed)
    assert not states()
    assert status(bed, "work")["state"] == "disconnected"
    assert not Path(f"/proc/{before['pppd_pid']}").exists()
    wait_for(lambda: ours() == "", 5, "no route of ours")
    foreign.kill()
    bed.assert_nothing_left(pppds=1)
    cli(bed, "up", "work", check=True)
    bed.ping(lns.address)


@pytest.mark.parametrize("number", [signal.SIGKILL, signal.SIGUSR1])
def test_in_the_middle_of_a_bring_up(bed, lns, service, number):
    bed.netem(rtt=600)
    add(bed)
    cli(bed, "up", "work", "--wait", "0")
    wait_for(lambda: status(bed, "work")["phase"] == "ppp", 10, "the stage ppp", interval=0.01)
    old = status(bed, "work")
    service = again(bed, service, number)
    bed.netem()
    after = wait_for(lambda: status(bed, "work")["state"] == "connected" and status(bed, "work"),
                     20, "connected")
    assert after["pppd_pid"] != old["pppd_pid"]
    assert not Path(f"/proc/{old['pppd_pid']}").exists()
    bed.ping(lns.address)
    cli(bed, "down", "work", check=True)
    bed.assert_nothing_left(service)


def test_killed_while_disconnecting(bed, lns, service):
    """What the user wanted down does not come back."""
    before = up(bed)
    lns.freeze()
    cli(bed, "down", "work", "--wait", "0")
    wait_for(lambda: status(bed, "work")["state"] == "disconnecting", 5, "disconnecting",
             interval=0.01)
    service = again(bed, service)
    lns.thaw()
    wait_for(lambda: status(bed, "work")["state"] == "disconnected", 10, "disconnected")
    assert not Path(f"/proc/{before['pppd_pid']}").exists()
    bed.assert_nothing_left(service)
    assert not states()


def test_hung_service(bed, lns, service):
    """What ExecStopPost= does."""
    up(bed)
    service.kill()
    began = time.monotonic()
    bed.exec("lac", "env", "SERVICE_RESULT=success", "/usr/libexec/l2tp-clientd", "--clean-up")
    assert netns.processes("lac", "pppd")
    bed.exec("lac", "env", "SERVICE_RESULT=timeout", "/usr/libexec/l2tp-clientd", "--clean-up")
    assert time.monotonic() - began < 4
    bed.assert_nothing_left()
    wait_for(lambda: not lns.pppds(), 5, "the LNS has heard the end")
    assert run("pgrep", "-c", "l2tp-clientd", check=False).strip() == "0"


def test_hung_service_and_torn_state(bed, lns, service):
    """Nobody stays cut off."""
    up(bed, "work", f"routes={INNER}", "kill-switch=yes")
    service.kill()
    patch(lambda data: torn(data, None))
    bed.exec("lac", "env", "SERVICE_RESULT=timeout", "/usr/libexec/l2tp-clientd", "--clean-up")
    assert ours() == ""
    bed.assert_nothing_left()
