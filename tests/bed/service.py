# SPDX-License-Identifier: GPL-2.0-or-later
# SPDX-FileCopyrightText: The l2tp-client authors

"""The service under test, on a system bus of its own, and the command line client."""

import json
import os
import shlex
import subprocess
from collections import namedtuple
from pathlib import Path

import dbus
import dbus.lowlevel

import netns
from bed import Process, run, wait_for

DAEMON = "/usr/libexec/l2tp-clientd"
BUS_NAME = "org.l2tp"
BUS_SOCKET = Path("/run/dbus/system_bus_socket")
COUNTERS = ["rx_bytes", "tx_bytes", "rx_packets", "tx_packets", "rx_errors", "tx_errors",
            "control_rx", "control_tx", "control_retransmits"]

Result = namedtuple("Result", "rc stdout stderr")


def start_bus(bed):
    """The system bus at its usual address, with the installed policy files."""
    BUS_SOCKET.parent.mkdir(exist_ok=True)
    BUS_SOCKET.unlink(missing_ok=True)
    bus = Process(bed, "dbus", ["dbus-daemon", "--system", "--nofork", "--nopidfile", "--nosyslog"])
    wait_for(BUS_SOCKET.exists, 10, "the system bus")
    return bus


class Client:
    """A connection to the system bus that stays open, since a program for each question would take
    most of a test's time; a new one when the bus is a new one."""

    connection = None

    @classmethod
    def ask(cls, destination, path, method, signature="", *args):
        """What a method, with its interface, answers; raises dbus.DBusException. Starts nothing."""
        if not cls.connection or not cls.connection.get_is_connected():
            cls.connection = dbus.bus.BusConnection(f"unix:path={BUS_SOCKET}")
            cls.connection.set_exit_on_disconnect(False)
        interface, _, member = method.rpartition(".")
        message = dbus.lowlevel.MethodCallMessage(destination, path, interface, member)
        message.set_auto_start(False)
        message.append(*args, signature=signature)
        answer = cls.connection.send_message_with_reply_and_block(message, 60)
        return answer.get_args_list()

    @classmethod
    def has_owner(cls, name):
        try:
            return cls.ask(dbus.BUS_DAEMON_NAME, dbus.BUS_DAEMON_PATH,
                           f"{dbus.BUS_DAEMON_IFACE}.NameHasOwner", "s", name)[0]
        except dbus.DBusException:
            return False


class Service(Process):
    def __init__(self, bed, *args, ns="lac", debug=True):
        if not any(process.name == "dbus" and process.alive() for process in bed.processes):
            start_bus(bed)
        argv = [DAEMON, *(["--debug"] if debug else []), *args]
        super().__init__(bed, "service", argv, ns)
        self._wait_for_name()
        self.first_descriptors = self.descriptors()

    def _wait_for_name(self):
        # It answers from its main loop, where what it does with its name comes first.
        wait_for(lambda: objects() is not None or not self.alive(), 20, BUS_NAME)
        assert self.alive(), f"no {BUS_NAME} on the bus\n{self.log}"

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
    """The connection as l2tp-client status --json tells it. When it is polled, the program runs again
    only when what it tells of has changed on the bus; until then the counters are the bus's."""
    before = objects()
    if before and bed.told.get(name, (None, None))[0] == before:
        info = json.loads(bed.told[name][1])
        return {**info, **counters(before, info)}
    text = cli(bed, "status", name, "--json", check=True).stdout
    # If it changed meanwhile, nobody knows which of the two was told.
    bed.told[name] = before if before == objects() else None, text
    return json.loads(text)


def wait_for_state(bed, name, state, timeout=20):
    """Returns its status then."""
    return wait_for(lambda: (info := status(bed, name))["state"] == state and info, timeout, state)


def objects():
    """All connections with their properties, by path and interface; None if nobody tells."""
    try:
        return Client.ask(BUS_NAME, "/org/l2tp",
                          "org.freedesktop.DBus.ObjectManager.GetManagedObjects")[0]
    except dbus.DBusException:
        return None


def counters(known, info):
    """Those of status(), now."""
    path = next(path for path, interfaces in known.items()
                if interfaces.get("org.l2tp.Connection", {}).get("Uuid") == info["uuid"])
    try:
        found = Client.ask(BUS_NAME, path, "org.l2tp.Connection.GetStatistics", "a{sv}", {})[0]
    except dbus.DBusException:  # not connected
        found = {}
    return {key: found.get(key.replace("_", "-")) for key in COUNTERS}


def call(path, method, *args):
    """A method of the bus, by gdbus: method with its interface, arguments as GVariant text."""
    return run("gdbus", "call", "--system", "--dest", BUS_NAME, "--object-path", path,
               "--method", method, *args)
