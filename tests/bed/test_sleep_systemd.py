# SPDX-License-Identifier: GPL-2.0-or-later
# SPDX-FileCopyrightText: The l2tp-client authors

"""A machine that sleeps, with the real logind and a real LNS. Only the kernel's part is missing:
the unit that would put the machine to sleep waits for the test. Runs with `run --systemd`."""

import re
from pathlib import Path

import pytest

import netns
from bed import run, wait_for
from service import cli, status
from test_connect import add
from test_systemd import unit  # noqa: F401  pylint: disable=unused-import

POWER, ASLEEP, WAKE = Path("/run/bed-power"), Path("/run/bed-asleep"), Path("/run/bed-wake")
DROP_INS = {
    # logind looks whether the kernel can sleep.
    "systemd-logind.service": "TemporaryFileSystem=/sys\nBindPaths=/run/bed-power:/sys/power\n"
                              "BindReadOnlyPaths=/sys/fs /sys/class /sys/devices\n",
    "systemd-suspend.service": "ExecStart=\nExecStart=/bin/sh -c 'ip -n lac -o link >/run/bed-links"
                               "; mv /run/bed-links /run/bed-asleep"
                               "; until [ -e /run/bed-wake ]; do sleep 0.1; done'\n",
}


@pytest.fixture
def logind():
    POWER.mkdir(exist_ok=True)
    (POWER / "state").write_text("mem\n")
    (POWER / "mem_sleep").write_text("[s2idle]\n")
    for name, text in DROP_INS.items():
        drop_in = Path(f"/run/systemd/system/{name}.d/bed.conf")
        drop_in.parent.mkdir(parents=True, exist_ok=True)
        drop_in.write_text(f"[Service]\n{text}")
    run("systemctl", "daemon-reload")
    run("systemctl", "restart", "systemd-logind.service")
    yield
    WAKE.touch()
    run("systemctl", "stop", "systemd-logind.service", check=False)


def inhibitors():
    return run("busctl", "call", "org.freedesktop.login1", "/org/freedesktop/login1",
               "org.freedesktop.login1.Manager", "ListInhibitors").count('"l2tp-client"')


def suspend():
    for path in (ASLEEP, WAKE):
        path.unlink(missing_ok=True)
    run("busctl", "call", "org.freedesktop.login1", "/org/freedesktop/login1",
        "org.freedesktop.login1.Manager", "Suspend", "b", "false")
    return wait_for(lambda: ASLEEP.exists() and ASLEEP.read_text(), 15, "the machine sleeps")


def test_suspend(bed, lns, logind, unit):  # noqa: F811
    """Nothing is left of the VPN when the machine sleeps, the LNS knows, and it is back after."""
    add(bed)
    cli(bed, "up", "work", check=True)
    bed.ping(lns.address)
    for times in (1, 2):
        wait_for(lambda: inhibitors() == 1, 10, "the inhibitor")
        links = suspend()
        assert "v0" in links and "ppp" not in links
        assert not netns.l2tp_tunnels("lac") and not netns.l2tp_tunnels("lns")
        info = status(bed, "work")
        assert (info["state"], info["phase"]) == ("reconnecting", "sleep") and inhibitors() == 0
        assert len(re.findall("Connection closed to .*, port ", lns.process.log)) == times
        WAKE.touch()
        wait_for(lambda: status(bed, "work")["state"] == "connected", 20, "connected")
        assert status(bed, "work")["retry_count"] == 0
        bed.ping(lns.address)


def test_no_network_on_waking(bed, lns, logind, unit):  # noqa: F811
    """It waits for a network, and counts no failure; a Disconnect while it sleeps is the end."""
    add(bed)
    cli(bed, "up", "work", check=True)
    suspend()
    run("ip", "-n", "lac", "link", "set", "v0", "down")
    WAKE.touch()
    wait_for(lambda: status(bed, "work")["phase"] == "network", 10, "waits for a network")
    assert status(bed, "work")["retry_count"] == 0
    run("ip", "-n", "lac", "link", "set", "v0", "up")
    wait_for(lambda: status(bed, "work")["state"] == "connected", 20, "connected")
    suspend()
    cli(bed, "down", "work", check=True)
    WAKE.touch()
    wait_for(lambda: inhibitors() == 1, 10, "the machine is awake")
    assert status(bed, "work")["state"] == "disconnected"
    bed.assert_nothing_left()
