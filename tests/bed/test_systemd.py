# SPDX-License-Identifier: GPL-2.0-or-later
# SPDX-FileCopyrightText: The l2tp-client authors

"""The installed unit, under the real systemd, in its sandbox. Runs with `run --systemd`."""

import json
import os
import signal
import time
from pathlib import Path

import pytest

import netns
from bed import run, wait_for
from service import cli, status
from test_connect import add
from xl2tpd import Lns

UNIT = "l2tp-client.service"
PRESENT = Path("/proc/1/comm").read_text().strip() == "systemd"


def show(name):
    return run("systemctl", "show", "--value", "--property", name, UNIT).strip()


@pytest.fixture
def unit(bed):
    """Nothing is started: the bus does that. Only the network namespace is the bed's."""
    assert PRESENT, "run this with tests/bed/run --systemd"
    drop_in = Path(f"/run/systemd/system/{UNIT}.d/bed.conf")
    drop_in.parent.mkdir(parents=True, exist_ok=True)
    drop_in.write_text("[Service]\nNetworkNamespacePath=/run/netns/lac\n")
    run("systemctl", "daemon-reload")
    yield UNIT
    (bed.out / "unit.log").write_text(run("journalctl", "--no-pager", "-u", UNIT, check=False))
    run("systemctl", "stop", UNIT, check=False)


def test_activation_and_the_main_job(bed, lns, unit):
    assert show("ActiveState") == "inactive"
    add(bed)
    assert show("ActiveState") == "active"
    cli(bed, "up", "work", check=True)
    bed.ping(lns.address)
    info = status(bed, "work")
    for pid in (show("MainPID"), info["pppd_pid"]):
        assert os.listdir(f"/proc/{pid}/root/etc/ppp") == []
        lines = Path(f"/proc/{pid}/status").read_text().splitlines()
        assert "NoNewPrivs:\t1" in lines and "Seccomp:\t2" in lines
    cli(bed, "down", "work", check=True)
    bed.assert_nothing_left()


def test_every_authentication(bed, unit):
    """What pppd needs for them is not in the sandbox's way: MPPE has a kernel module."""
    lns = Lns(bed, auth="mschap-v2").start()
    add(bed, "work", "persist=yes")
    cli(bed, "up", "work", check=True)
    bed.ping(lns.address)


def test_stop(bed, lns, unit):
    add(bed)
    cli(bed, "up", "work", check=True)
    start = time.monotonic()
    run("systemctl", "stop", UNIT)
    assert time.monotonic() - start < 4
    assert show("Result") == "success"
    bed.assert_nothing_left()


def test_crash_of_pppd_in_the_sandbox(bed, lns, unit):
    add(bed, "work", "persist=yes")
    cli(bed, "up", "work", check=True)
    old = status(bed, "work")
    os.kill(old["pppd_pid"], signal.SIGKILL)
    wait_for(lambda: status(bed, "work")["state"] == "connected"
             and status(bed, "work")["pppd_pid"] != old["pppd_pid"], 15, "another pppd")
    assert status(bed, "work")["session_id"] == old["session_id"]
    bed.ping(lns.address)


def test_journal(bed, lns, unit):
    """Lines carry their connection; no line carries the password."""
    add(bed)
    cli(bed, "up", "work", check=True)
    uuid = status(bed, "work")["uuid"]
    run("journalctl", "--sync")
    lines = [json.loads(line) for line in
             run("journalctl", "-o", "json", f"L2TP_CONNECTION={uuid}").splitlines()]
    assert any("connected" in line["MESSAGE"] for line in lines)
    assert "s3cret" not in run("journalctl", "--no-pager")
    assert netns.processes("lac", "pppd")


RESOLV_CONF = Path("/etc/resolv.conf")


@pytest.fixture
def resolv_conf():
    RESOLV_CONF.write_text("nameserver 192.0.2.53\n")
    yield RESOLV_CONF
    RESOLV_CONF.unlink()


@pytest.fixture
def allow(unit):
    """The remedy for openresolv."""
    drop_in = Path(f"/run/systemd/system/{UNIT}.d/allow.conf")

    def write():
        drop_in.write_text("[Service]\nReadWritePaths=/etc\n")
        run("systemctl", "daemon-reload")
        run("systemctl", "restart", UNIT)
    yield write
    drop_in.unlink(missing_ok=True)
    run("systemctl", "daemon-reload")


def test_openresolv(bed, lns, resolv_conf, allow):
    """It cannot write in the sandbox, and does not say so: the service does, and what helps."""
    before = resolv_conf.read_text()
    add(bed, "work", "dns=10.77.0.1")
    done = cli(bed, "up", "work")
    assert done.rc != 0 and "/etc/resolv.conf, which is read-only" in done.stderr, done
    assert "ReadWritePaths=/etc" in done.stderr and resolv_conf.read_text() == before
    allow()
    cli(bed, "up", "work", check=True)
    assert "nameserver 10.77.0.1" in resolv_conf.read_text()
    cli(bed, "down", "work", check=True)
    assert resolv_conf.read_text() == before
