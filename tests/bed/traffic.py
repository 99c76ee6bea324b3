# SPDX-License-Identifier: GPL-2.0-or-later
# SPDX-FileCopyrightText: The l2tp-client authors

"""What goes through a VPN while something happens to it, and when the answers come."""

import contextlib
import re
import socket
import threading
import time

import netns
from bed import wait_for
from service import cli, status
from test_connect import add

IDENTITY = ("tunnel_id", "session_id", "pppd_pid", "interface")


class Traffic:
    """Pings, ten a second, whose answers are remembered by the time they came."""

    def __init__(self, bed, address):
        self.process = bed.start(f"ping-{address}", "lac", "ping", "-n", "-D", "-O", "-i", "0.1",
                                 address)
        self.address = address

    def answers(self):
        return [float(at) for at in re.findall(r"^\[(\d+\.\d+)\] \d+ bytes from", self.process.log, re.M)]

    def wait_after(self, since, timeout):
        """The seconds from a time.time() until the first answer."""
        def answered():
            return next((at - since for at in self.answers() if at > since), None)
        return wait_for(answered, timeout, f"an answer of {self.address}", interval=0.05)

    def stop(self):
        self.process.kill()


class Background:
    """Something that is done every so many seconds while the block runs."""

    def __init__(self, interval):
        self.interval, self.over = interval, threading.Event()
        self.thread = threading.Thread(target=self._run, daemon=True)

    def _run(self):
        while not self.over.wait(self.interval):
            self.once()

    def __enter__(self):
        self.thread.start()
        return self

    def __exit__(self, *_):
        self.over.set()
        self.thread.join()


class OneWay(Background):
    """UDP that the LNS's end takes and never answers."""

    def __init__(self, address, interval=0.02):
        super().__init__(interval)
        self.end = netns.socket_in("lns", socket.AF_INET, socket.SOCK_DGRAM)
        self.end.bind((address, 9999))
        self.sender = netns.socket_in("lac", socket.AF_INET, socket.SOCK_DGRAM)
        self.target = (address, 9999)

    def once(self):
        with contextlib.suppress(OSError):
            self.sender.sendto(b"x" * 100, self.target)

    def __exit__(self, *_):
        super().__exit__()
        self.end.close()
        self.sender.close()


class Sessions(Background):
    """Polls the kernel's list: never two sessions."""

    def __init__(self):
        super().__init__(0.01)
        self.seen = []

    def once(self):
        self.seen = max(self.seen, netns.l2tp_sessions("lac"), key=len)

    def __exit__(self, *_):
        super().__exit__()
        assert len(self.seen) == 1, self.seen


def up(bed, *options, **more):
    add(bed, "work", *options, **more)
    cli(bed, "up", "work", check=True)
    return status(bed, "work")


def tell(bed, **figures):
    """For whoever reads the output of a test run."""
    with open(bed.out / "figures", "a", encoding="ascii") as out:
        print(*(f"{name}={value:.2f}" for name, value in figures.items()), file=out)


def identity(info):
    return {key: info[key] for key in IDENTITY}


def assert_moved(bed, before):
    """Another tunnel; the interface and its address are what they were."""
    after = status(bed, "work")
    assert after["state"] == "connected" and after["tunnel_id"] != before["tunnel_id"]
    assert after["pppd_pid"] != before["pppd_pid"]
    assert (after["interface"], after["addresses"]) == (before["interface"], before["addresses"])
    assert len(netns.processes("lac", "pppd")) == 1
    return after


def state_is(bed, state, timeout):
    start = time.monotonic()
    wait_for(lambda: status(bed, "work")["state"] == state, timeout, state)
    return time.monotonic() - start
