# SPDX-License-Identifier: GPL-2.0-or-later
# SPDX-FileCopyrightText: The l2tp-client authors

"""The installed unit dies, hangs or is restarted, under the real systemd, in its sandbox. Runs with
`run --systemd`."""

import os
import signal
import time
from pathlib import Path

import pytest

from bed import Process, run, wait_for
from service import BUS_SOCKET
from test_adopt import STATES, Ping, assert_same, up, wait_for_reconnection
from test_systemd import UNIT, show, unit  # noqa: F401, a fixture


def wait_for_another(old):
    wait_for(lambda: show("MainPID") not in ("0", old) and show("ActiveState") == "active", 15,
             "another main process")


def kill(pid, number):
    os.kill(int(pid), number)
    wait_for_another(pid)


def restart(pid):
    run("systemctl", "restart", UNIT)
    assert show("MainPID") != pid


@pytest.mark.parametrize("how", [lambda pid: kill(pid, signal.SIGKILL),
                                 lambda pid: kill(pid, signal.SIGABRT), restart],
                         ids=["killed", "crashed", "restarted"])
def test_adoption(bed, lns, unit, how):
    """The descriptors come out of pppd in the sandbox, too; no packet is lost."""
    before = up(bed)
    ping = Ping(bed, lns.address)
    for _ in range(2):
        began = time.monotonic()
        how(show("MainPID"))
        (bed.out / "times.log").write_text(f"{(time.monotonic() - began) * 1000:.0f} ms\n")
        assert_same(bed, before)
    assert ping.stop() == 0
    run("systemctl", "stop", UNIT)
    bed.assert_nothing_left(timeout=1)
    wait_for(lambda: not lns.pppds(), 5, "the LNS has heard the end")


@pytest.fixture
def without_pause():
    """The next process of the unit starts at once: for those who have to see many of them."""
    drop_in = Path(f"/run/systemd/system/{UNIT}.d/pause.conf")
    drop_in.parent.mkdir(parents=True, exist_ok=True)
    drop_in.write_text("[Service]\nRestartSec=0\n")
    yield
    drop_in.unlink()


def test_bus_away(bed, lns, without_pause, unit):
    """It is started in vain, again and again; with the bus, it has the VPN."""
    before = up(bed)
    ping = Ping(bed, lns.address)
    away = BUS_SOCKET.rename(BUS_SOCKET.with_suffix(".away"))
    run("systemctl", "kill", "--signal=KILL", "dbus.service")
    wait_for(lambda: int(show("NRestarts")) > 5, 20, "more starts than systemd's limit", interval=0.2)
    away.rename(BUS_SOCKET)
    wait_for(lambda: show("ActiveState") == "active", 10, "the service")
    assert_same(bed, before)
    assert ping.stop() == 0


# systemd continues what it stops, so SIGSTOP is no hang: this one holds it as a debugger does.
HANG = """
import ctypes, os, sys
PTRACE_ATTACH, WALL = 16, 0x40000000
pid = int(sys.argv[1])
assert ctypes.CDLL(None).ptrace(PTRACE_ATTACH, pid, None, None) == 0
os.waitpid(pid, WALL)
print("hangs", flush=True)
os.waitpid(pid, WALL)
"""


def hang(bed):
    Process(bed, "hang", ["/usr/bin/python3", "-c", HANG, show("MainPID")]).wait_for_log("hangs")


def test_stop_of_a_hung_service(bed, lns, unit):
    up(bed)
    hang(bed)
    start = time.monotonic()
    run("systemctl", "stop", UNIT)
    (bed.out / "times.log").write_text(f"{(time.monotonic() - start) * 1000:.0f} ms\n")
    assert show("Result") == "timeout"
    bed.assert_nothing_left(timeout=1)
    wait_for(lambda: not lns.pppds(), 5, "the LNS has heard the end")
    assert not STATES.exists()


def test_restart_of_a_hung_service(bed, lns, unit):
    """Nothing can be handed over; what was up is connected again."""
    before = up(bed)
    hang(bed)
    run("systemctl", "restart", UNIT)
    wait_for_reconnection(bed, before)
    bed.ping(lns.address)
