# SPDX-License-Identifier: GPL-2.0-or-later
# SPDX-FileCopyrightText: The l2tp-client authors

"""Network namespaces by name: run something in one, open a socket there, see who lives there."""

import contextlib
import ctypes
import os
import re
import socket
import struct
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

CLONE_NEWNET, CLONE_NEWNS = 0x40000000, 0x00020000
MS_BIND, MS_REC, MS_PRIVATE = 0x1000, 0x4000, 0x40000
RTMGRP_IPV4_IFADDR = 0x10
RTM_NEWADDR = 20
IFA_LOCAL, IFA_LABEL = 2, 3

libc = ctypes.CDLL(None, use_errno=True)


@contextlib.contextmanager
def inside(ns):
    """The calling thread is in the namespace for the block: sockets that are made in it, and
    processes that are started, belong there. "ip netns exec" would cost two mounts and a program
    more each time; its /sys, of the namespace too, is for whoever needs that to mount."""
    with open("/proc/thread-self/ns/net", "rb") as home, open(f"/run/netns/{ns}", "rb") as there:
        _enter(there, ns)
        try:
            yield
        finally:
            _enter(home, "home")


def _enter(handle, name):
    if libc.setns(handle.fileno(), CLONE_NEWNET) != 0:
        raise OSError(ctypes.get_errno(), f"setns {name}")


def call_in(ns, function):
    with inside(ns):
        return function()


def call_with_mounts(ns, mounts, function):
    """Calls function in a thread in the namespace with mounts of its own, and the processes that it
    starts stay there: each path of mounts is another directory or, for None, an empty one."""
    def mount(source, target, kind, flags, data=None):
        words = [word and str(word).encode() for word in (source, target, kind)]
        if libc.mount(*words, ctypes.c_ulong(flags), data) != 0:
            raise OSError(ctypes.get_errno(), f"mount {target}")

    def body():
        if libc.unshare(CLONE_NEWNS) != 0:
            raise OSError(ctypes.get_errno(), "unshare")
        mount(None, "/", None, MS_REC | MS_PRIVATE)
        for target, source in mounts.items():
            if source:
                mount(source, target, None, MS_BIND)
            else:
                mount("tmpfs", target, "tmpfs", 0, b"mode=755")
        return function()

    with ThreadPoolExecutor(1) as thread:
        return thread.submit(call_in, ns, body).result()


def socket_in(ns, *args):
    return call_in(ns, lambda: socket.socket(*args))


def proc_net(ns, name):
    """The text of /proc/net/NAME as the namespace sees it."""
    return call_in(ns, lambda: Path(f"/proc/thread-self/net/{name}").read_text())


def interfaces(ns):
    lines = proc_net(ns, "dev").splitlines()[2:]
    return [line.split(":")[0].strip() for line in lines]


def bound_udp_sockets(ns):
    """ADDRESS:PORT of each, as the kernel writes it."""
    return {line.split()[1] for table in ("udp", "udp6")
            for line in proc_net(ns, table).splitlines()[1:]}


def bound_udp_ports(ns):
    return {int(name.rsplit(":", 1)[1], 16) for name in bound_udp_sockets(ns)}


def udp_inodes(ns):
    """The inodes of all UDP sockets, as in /proc/PID/fd."""
    return {int(line.split()[9]) for table in ("udp", "udp6")
            for line in proc_net(ns, table).splitlines()[1:]}


def l2tp_tunnels(ns):
    """The TUNNEL and SESSION lines of the kernel's list; none without the module."""
    try:
        lines = [line.strip() for line in proc_net(ns, "pppol2tp").splitlines()]
    except FileNotFoundError:
        return []
    return [line for line in lines
            if line.startswith(("TUNNEL ", "SESSION ")) and " name, " not in line]


def l2tp_sessions(ns):
    """Of them the SESSION lines; number 0 is a tunnel's own."""
    return [line for line in l2tp_tunnels(ns)
            if line.startswith("SESSION") and "/0000 " not in line]


def l2tp_session_ids(ns):
    """(tunnel, session) of each of these, as ns numbers them."""
    found = (re.search(r"(\w+)/(\w+) ->", line) for line in l2tp_sessions(ns))
    return [(int(match[1], 16), int(match[2], 16)) for match in found if match]


def mount_namespace(pid):
    """What identifies it; None if the process is gone."""
    try:
        return os.stat(f"/proc/{pid}/ns/mnt").st_ino
    except FileNotFoundError:
        return None


def processes(ns, comm):
    """The pids of the living processes called comm whose network namespace this is."""
    inode = os.stat(f"/run/netns/{ns}").st_ino
    found = []
    for pid in filter(str.isdigit, os.listdir("/proc")):
        try:
            # Most are elsewhere, which one call tells. A zombie has no namespaces: stat fails.
            if os.stat(f"/proc/{pid}/ns/net").st_ino == inode:
                if Path(f"/proc/{pid}/comm").read_text().strip() == comm:
                    found.append(int(pid))
        except OSError:
            continue
    return sorted(found)


class AddressWatch:
    """Tells when an IPv4 address appears; made before the event that is waited for."""

    def __init__(self, ns):
        self.socket = call_in(ns, self._open)

    @staticmethod
    def _open():
        sock = socket.socket(socket.AF_NETLINK, socket.SOCK_RAW, socket.NETLINK_ROUTE)
        sock.bind((0, RTMGRP_IPV4_IFADDR))
        return sock

    def wait(self, timeout=30, prefix="ppp"):
        """Returns (time.monotonic() of the message, interface, address)."""
        deadline = time.monotonic() + timeout
        while True:
            left = deadline - time.monotonic()
            if left <= 0:
                raise AssertionError(f"no address on {prefix}* after {timeout} s")
            self.socket.settimeout(left)
            try:
                data = self.socket.recv(65536)
            except socket.timeout:
                continue
            now = time.monotonic()
            for label, address in self._new_addresses(data):
                if label.startswith(prefix):
                    return now, label, address

    @staticmethod
    def _new_addresses(data):
        while len(data) >= 16:
            length, kind = struct.unpack_from("=IH", data)
            attributes, label, address = data[24:length], "", ""
            while kind == RTM_NEWADDR and len(attributes) >= 4:
                size, which = struct.unpack_from("=HH", attributes)
                value = attributes[4:size]
                if which == IFA_LABEL:
                    label = value.rstrip(b"\0").decode()
                elif which == IFA_LOCAL:
                    address = socket.inet_ntoa(value)
                attributes = attributes[(size + 3) & ~3:]
            if label:
                yield label, address
            data = data[(length + 3) & ~3:]

    def close(self):
        self.socket.close()
