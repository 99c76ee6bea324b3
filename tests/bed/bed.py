# SPDX-License-Identifier: GPL-2.0-or-later
# SPDX-FileCopyrightText: The l2tp-client authors

"""The test bed inside its kernel: two namespaces, lac (10.9.0.1) and lns (10.9.0.2), joined by a
veth pair, and what runs in them. Used by the tests, the demo and the benchmarks.

Nothing here sleeps in the hope that something has happened: it waits for the condition itself."""

import contextlib
import errno
import os
import re
import select
import shutil
import signal
import socket
import subprocess
import time
from pathlib import Path

import netns

LAC, LNS = "10.9.0.1", "10.9.0.2"
UPLINK_LAC, UPLINK_LNS = "10.8.0.1", "10.8.0.2"  # add_uplink()
LAC6, LNS6 = "fd09::1", "fd09::2"
L2TP_PORT = 1701
PROFILES = "/etc/l2tp-client", "/var/lib/l2tp-client", "/run/l2tp-client"


def wait_for(predicate, timeout, what, interval=0.02):
    """Polls a condition that has no event; returns its first true value. Half of the time at most
    goes into asking, so that what is waited for has a processor, too."""
    deadline = time.monotonic() + timeout
    while True:
        asked = time.monotonic()
        value = predicate()
        if value:
            return value
        assert time.monotonic() < deadline, f"not within {timeout} s: {what}"
        time.sleep(max(interval, time.monotonic() - asked))


def run(*argv, check=True, timeout=30, ns=None, **kwargs):
    """Runs a command to its end, in a namespace if one is named, and returns what it printed."""
    kwargs.setdefault("stdout", subprocess.PIPE)
    kwargs.setdefault("stderr", subprocess.STDOUT)
    argv = [str(word) for word in argv]
    with netns.inside(ns) if ns else contextlib.nullcontext():
        done = subprocess.run(argv, text=True, timeout=timeout, **kwargs)
    if check:
        assert done.returncode == 0, f"{' '.join(argv)}: {done.returncode}\n{done.stdout}"
    return done.stdout


class Process:
    """A background process, in a namespace if one is named, with its output in OUT/NAME.log."""

    def __init__(self, bed, name, argv, ns=None, stdout=None, env=None):
        self.bed, self.name = bed, name
        self.log_path = bed.out / f"{name}.log"
        again = any(process.name == name for process in bed.processes)
        with (open(self.log_path, "ab" if again else "wb") as log,
              netns.inside(ns) if ns else contextlib.nullcontext()):
            self.log_start = log.tell()
            self.popen = subprocess.Popen(
                [str(word) for word in argv], stdin=subprocess.DEVNULL, stdout=stdout or log,
                stderr=log, env=env, start_new_session=True)
        self.pid = self.popen.pid
        bed.processes.append(self)

    @property
    def log(self):
        """What this process has said, not an earlier one of the same name."""
        return self.log_path.read_bytes()[self.log_start:].decode(errors="replace")

    def alive(self):
        return self.popen.poll() is None

    def signal(self, number):
        if self.alive():
            os.kill(self.pid, number)

    def wait(self, timeout=10):
        """Its exit status; negative for a signal."""
        return self.popen.wait(timeout)

    def stop(self, timeout=10):
        self.signal(signal.SIGTERM)
        return self.wait(timeout)

    def kill(self):
        self.signal(signal.SIGKILL)
        return self.wait()

    def wait_for_log(self, text, timeout=10):
        def logged():
            assert text in self.log or self.alive(), f"{self.name} has ended\n{self.log}"
            return text in self.log
        wait_for(logged, timeout, f"“{text}” in {self.log_path}")


class Capture(Process):
    def __init__(self, bed, name, ns, device, expression):
        # Written by way of standard output: a file of its own it would chown, and that may fail.
        with open(bed.out / f"{name}.pcap", "wb") as file:
            super().__init__(bed, f"{name}-tcpdump", [
                "tcpdump", "-U", "-n", "--immediate-mode", "-i", device, "-w", "-",
                *expression.split()], ns, stdout=file)
        self.wait_for_log("listening on")
        # What came before the filter was set: counted, and thrown away.
        self.lost = self.missing()

    def missing(self):
        """How many packets the kernel has counted that are not in the file; tcpdump tells when
        asked."""
        def numbers():
            return re.findall(r"(\d+) packets? (?:captured|received)", self.log)
        told = len(numbers())
        self.signal(signal.SIGUSR1)
        wait_for(lambda: len(numbers()) >= told + 2, 5, "tcpdump's statistics")
        captured, received = numbers()[-2:]
        return int(received) - int(captured)

    def complete(self):
        return self.missing() <= self.lost

    def stop(self, timeout=10):
        wait_for(self.complete, timeout, "every packet in the file")
        return super().stop(timeout)


class Bed:
    def __init__(self, out=None):
        self.out = Path(out or os.environ.get("BED_OUT", "/tmp/bed-out"))
        self.out.mkdir(parents=True, exist_ok=True)
        self.processes = []
        self.told = {}  # see service.status()
        self.scratch = Path("/tmp/bed")
        self.scratch.mkdir(exist_ok=True)
        for directory in PROFILES:  # of an earlier test
            shutil.rmtree(directory, ignore_errors=True)
        run("ip", "-batch", "-", input=(
            "netns add lac\nnetns add lns\nlink add v0 netns lac type veth peer name v1 netns lns\n"))
        self._address("lac", "v0", LAC, LAC6)
        self._address("lns", "v1", LNS, LNS6)

    @staticmethod
    def _address(ns, device, ipv4, ipv6):
        run("ip", "-n", ns, "-batch", "-", input=(
            f"addr add {ipv4}/24 dev {device}\n"
            f"addr add {ipv6}/64 dev {device} nodad\n"
            f"link set lo up\nlink set {device} up\n"))

    def close(self):
        for process in reversed(self.processes):
            if process.alive():
                process.kill()
        for ns in ("lac", "lns"):
            for pid in netns.processes(ns, "pppd"):
                with contextlib.suppress(ProcessLookupError):  # it has just ended by itself
                    os.kill(pid, signal.SIGKILL)
        run("ip", "-batch", "-", input="netns del lac\nnetns del lns\n")

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.close()

    def exec(self, ns, *argv, **kwargs):
        """Runs a command in a namespace, see run()."""
        return run(*argv, ns=ns, **kwargs)

    def start(self, name, ns, *argv):
        return Process(self, name, argv, ns)

    def netem(self, rtt=0, loss=0, directions=("lac", "lns")):
        """A round trip in ms and a loss in percent of each direction, which is named by who sends;
        none of both removes it."""
        for ns, device in (("lac", "v0"), ("lns", "v1")):
            at = ["tc", "-n", ns, "qdisc"]
            run(*at, "del", "dev", device, "root", check=False)
            if (rtt or loss) and ns in directions:
                run(*at, "add", "dev", device, "root", "netem",
                    "delay", f"{rtt / 2}ms", "loss", f"{loss}%")

    def add_uplink(self):
        """w0, to the same router."""
        run("ip", "link", "add", "w0", "netns", "lac", "type", "veth", "peer", "name", "w1",
            "netns", "lns")
        for ns, device, address in (("lac", "w0", UPLINK_LAC), ("lns", "w1", UPLINK_LNS)):
            run("ip", "-n", ns, "addr", "add", f"{address}/24", "dev", device)
            run("ip", "-n", ns, "link", "set", device, "up")

    def link(self, up, ns="lac"):
        device = {"lac": "v0", "lns": "v1"}[ns]
        run("ip", "-n", ns, "link", "set", device, "up" if up else "down")

    def add_address(self, address, ns="lns"):
        device = {"lac": "v0", "lns": "v1"}[ns]
        run("ip", "-n", ns, "addr", "add", address, "dev", device,
            *(["nodad"] if ":" in address else []))

    def relay(self, *argv, name="relay"):
        """relay.py in lns, at work."""
        process = self.start(name, "lns", "/usr/bin/python3", Path(__file__).parent / "relay.py",
                             *argv)
        process.wait_for_log("relaying")
        return process

    def ping(self, address, ns="lac", count=1, wait=5):
        """Raises unless every answer came."""
        return self.exec(ns, "ping", "-n", "-c", count, "-i", "0.2", "-W", wait, address)

    def capture(self, name, ns="lac", device="any", expression=""):
        """Starts tcpdump into OUT/NAME.pcap; stop() ends it with the file complete."""
        return Capture(self, name, ns, device, expression)

    def silent_lns(self, port=L2TP_PORT, address=LNS):
        """A bound UDP socket in lns that nobody answers from. The caller closes it."""
        family = socket.AF_INET6 if ":" in address else socket.AF_INET
        sock = netns.socket_in("lns", family, socket.SOCK_DGRAM)
        sock.bind((address, port))
        return sock

    def assert_port_closed(self, port=L2TP_PORT, address=LNS):
        """Proves that the LNS's kernel refuses datagrams to the port."""
        family = socket.AF_INET6 if ":" in address else socket.AF_INET
        with netns.socket_in("lac", family, socket.SOCK_DGRAM) as sock:
            sock.connect((address, port))
            sock.send(b"?")
            ready, _, _ = select.select([sock], [], [], 5)
            error = sock.getsockopt(socket.SOL_SOCKET, socket.SO_ERROR)
        assert ready and error == errno.ECONNREFUSED, f"{address} port {port} is open"

    def ppp_interfaces(self, ns="lac"):
        return [name for name in netns.interfaces(ns) if name.startswith("ppp")]

    def leftovers(self, ns="lac", pppds=0):
        left = []
        pids = netns.processes(ns, "pppd")
        if len(pids) != pppds:
            left.append(f"{len(pids)} pppd: {pids}, {pppds} expected")
        left += netns.l2tp_tunnels(ns)
        left += [f"interface {name}" for name in self.ppp_interfaces(ns)]
        return left

    def assert_nothing_left(self, service=None, pppds=0, timeout=5):
        """No kernel tunnel or ppp interface in lac, only as many pppds as are on stand-by, and no
        descriptor of the service more than at its start."""
        def nothing():
            descriptors = service and service.alive() and service.extra_descriptors()
            return not self.leftovers(pppds=pppds) and not descriptors
        try:
            wait_for(nothing, timeout, "everything gone")
        except AssertionError:
            left = self.leftovers(pppds=pppds)
            if service and service.alive():
                left += service.extra_descriptors()
            raise AssertionError("left behind: " + "; ".join(left)) from None
