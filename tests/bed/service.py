# SPDX-License-Identifier: GPL-2.0-or-later
# SPDX-FileCopyrightText: The l2tp-client authors

"""The service under test, on a system bus of its own, and the command line client."""

import json
import os
import shlex
import subprocess
from collections import namedtuple
from pathlib import Path

import netns
from bed import Process, run, wait_for

DAEMON = "/usr/libexec/l2tp-clientd"
BUS_NAME = "org.l2tp"
BUS_SOCKET = Path("/run/dbus/system_bus_socket")

Result = namedtuple("Result", "rc stdout stderr")


def start_bus(bed):
    """The system bus at its usual address, with the installed policy files."""
    BUS_SOCKET.parent.mkdir(exist_ok=True)
    BUS_SOCKET.unlink(missing_ok=True)
    bus = Process(bed, "dbus", ["dbus-daemon", "--system", "--nofork", "--nopidfile", "--nosyslog"])
    wait_for(BUS_SOCKET.exists, 10, "the system bus")
    return bus


class Service(Process):
    def __init__(self, bed, *args, ns="lac", debug=True):
        if not any(process.name == "dbus" and process.alive() for process in bed.processes):
            start_bus(bed)
        argv = [DAEMON, *(["--debug"] if debug else []), *args]
        super().__init__(bed, "service", argv, ns)
        self._wait_for_name()
        self.first_descriptors = self.descriptors()

    def _wait_for_name(self):
        waiter = subprocess.Popen(["gdbus", "wait", "--system", "--timeout", "15", BUS_NAME])
        try:
            wait_for(lambda: waiter.poll() is not None or not self.alive(), 20, BUS_NAME)
        finally:
            if waiter.poll() is None:
                waiter.kill()
                waiter.wait()
        assert self.alive() and waiter.returncode == 0, f"no {BUS_NAME} on the bus\n{self.log}"

    def descriptors(self):
        return self.descriptors_of(self.pid)

    @staticmethod
    def descriptors_of(pid):
        """What each descriptor points to."""
        found = {}
        for entry in Path(f"/proc/{pid}/fd").iterdir():
            try:
                found[entry.name] = os.readlink(entry)
            except FileNotFoundError:
                continue
        return found

    def extra_descriptors(self, linger=True):
        """Those beyond the number at the start; linger: UDP sockets that still acknowledge what an
        LNS repeats (XPRT-13) do not count."""
        now = self.descriptors()
        if linger:
            udp = {f"socket:[{inode}]" for inode in netns.udp_inodes("lac")}
            now = {number: target for number, target in now.items() if target not in udp}
        if len(now) <= len(self.first_descriptors):
            return []
        return [f"descriptor {number} {target}" for number, target in sorted(now.items())
                if self.first_descriptors.get(number) != target]

    def stop(self, timeout=10):
        """SIGTERM; it must end by itself, in time, with status 0."""
        status = super().stop(timeout)
        assert status == 0, f"the service ended with {status}\n{self.log}"
        return status


def as_user(name, *argv):
    """The argv that runs argv as the user, with nothing of root's."""
    return ["setpriv", "--reuid", name, "--regid", name, "--init-groups", *map(str, argv)]


def cli(bed, *args, stdin=None, check=False, timeout=60, user=None):
    """Runs l2tp-client in lac; what it said goes to OUT/cli.log as well."""
    argv = ["l2tp-client", *map(str, args)]
    if user:
        argv = as_user(user, *argv)
    with netns.inside("lac"):
        done = subprocess.run(argv, input=stdin or "", text=True, capture_output=True,
                              timeout=timeout, check=False)
    with open(bed.out / "cli.log", "a", encoding="utf-8") as log:
        log.write(f"$ {shlex.join(argv)}\n{done.stdout}{done.stderr}[{done.returncode}]\n")
    if check:
        assert done.returncode == 0, f"{shlex.join(argv)}: {done.returncode}\n{done.stderr}"
    return Result(done.returncode, done.stdout, done.stderr)


def status(bed, name):
    """The connection as l2tp-client status --json tells it."""
    return json.loads(cli(bed, "status", name, "--json", check=True).stdout)


def call(path, method, *args):
    """A method of the bus, by gdbus: method with its interface, arguments as GVariant text."""
    return run("gdbus", "call", "--system", "--dest", BUS_NAME, "--object-path", path,
               "--method", method, *args)
