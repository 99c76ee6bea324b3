# SPDX-License-Identifier: GPL-2.0-or-later
# SPDX-FileCopyrightText: The l2tp-client authors

"""NetworkManager as Debian's own unit starts it, in that unit's sandbox, and the service as the bus
does. Runs with `run --systemd`."""

import shutil
import uuid
from pathlib import Path

import pytest

from bed import LAC, LNS, run, wait_for
from nm import BASE, CONFIG, NetworkManager

UNITS = "NetworkManager.service", "l2tp-client.service"
PRESENT = Path("/proc/1/comm").read_text().strip() == "systemd"
PROFILES = Path("/etc/NetworkManager/system-connections")

# The network namespace is the bed's, and /sys read-only as in nm.py; all else is the unit's.
DROP_IN = "[Service]\nNetworkNamespacePath=/run/netns/lac\n"
NO_UDEV = "ReadOnlyPaths=/sys\n"


def show(name, unit=UNITS[0]):
    return run("systemctl", "show", "--value", "--property", name, unit).strip()


class Unit(NetworkManager):
    """NetworkManager, not started yet."""

    def __init__(self, bed):  # pylint: disable=super-init-not-called
        self.bed, self.profiles = bed, PROFILES
        shutil.rmtree(PROFILES, ignore_errors=True)
        PROFILES.mkdir(parents=True)
        Path("/etc/NetworkManager/NetworkManager.conf").write_text(
            CONFIG.format(profiles=PROFILES, level="DEBUG"))
        Path("/etc/NetworkManager/dispatcher.d/01-ifupdown").unlink(missing_ok=True)
        for unit in UNITS:
            drop_in = Path(f"/run/systemd/system/{unit}.d/bed.conf")
            drop_in.parent.mkdir(parents=True, exist_ok=True)
            drop_in.write_text(DROP_IN + (NO_UDEV if unit == UNITS[0] else ""))
        run("systemctl", "daemon-reload")

    def reload(self):
        """It reads them when it starts."""


@pytest.fixture
def nm(bed):
    assert PRESENT, "run this with tests/bed/run --systemd"
    # NetworkManager would leave a device with an address to whoever gave it.
    run("ip", "-n", "lac", "addr", "flush", "dev", "v0")
    yield Unit(bed)
    (bed.out / "units.log").write_text(run("journalctl", "--no-pager", check=False))
    run("systemctl", "stop", *UNITS, check=False)


def sandbox(pid):
    """What the kernel keeps of a unit's sandbox: capabilities, and what is mounted read-only."""
    lines = Path(f"/proc/{pid}/status").read_text().splitlines()
    mounts = [line.split() for line in Path(f"/proc/{pid}/mountinfo").read_text().splitlines()]
    return ([line for line in lines if line.startswith("Cap")],
            {words[4] for words in mounts if "ro" in words[5].split(",")})


def test_starts_with_the_machine(bed, lns, nm):
    """systemctl start NetworkManager, and nothing else: the connection, its secondary, the service
    by way of the bus. The plugin lives in NetworkManager's sandbox, and needs no more."""
    vpn = str(uuid.uuid4())
    nm.write_base("base", "v0", LAC, LNS, f"secondaries={vpn}")
    nm.add(uid=vpn)
    run("systemctl", "start", UNITS[0])
    nm.wait_for_state("activated", timeout=60)
    bed.ping(lns.address)
    assert show("ActiveState", UNITS[1]) == "active"

    plugin, = nm.plugins()
    capabilities, read_only = sandbox(plugin)
    assert (capabilities, read_only) == sandbox(show("MainPID"))
    assert {"/usr", "/home"} <= read_only, read_only

    # KillMode=process: the plugin has to end by itself, and the VPN with it.
    run("systemctl", "stop", UNITS[0])
    wait_for(lambda: not nm.plugins(), 10, "the plugin ends")
    bed.assert_nothing_left(timeout=10)
