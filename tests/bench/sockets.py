# SPDX-License-Identifier: GPL-2.0-or-later
# SPDX-FileCopyrightText: The l2tp-client authors

"""What it costs to keep many control connections alive with Hellos: this service's engine and I/O
(sockets-lac.c) and xl2tpd, one process each, against a responder that agrees to everything.

Ours has a UDP socket and a session for each tunnel; xl2tpd one socket for all and no session,
because it would start a pppd for each. xl2tpd says Hello every 60 s and has no option for it, so
both are measured at that interval, side by side; ours once more with a short one. Tunnels are opened
evenly over one interval, so that the Hellos come evenly, too; how fast they can be opened is
measured apart.

CPU is the time that the kernel gave the process. A wakeup is a time it went to sleep and came back.
Memory is resident, without that of the process before its first tunnel; sockets are the kernel's."""

import argparse
import subprocess
import sys
import tempfile
import time
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, contextmanager
from pathlib import Path

HERE = Path(__file__).resolve().parent
LAC = "127.0.0.1"
L2TP_PORT = 1701
THEIR_HELLO = 60  # seconds
STUCK = 5  # seconds without a new tunnel: it holds no more


@contextmanager
def process(argv, **options):
    popen = subprocess.Popen([str(word) for word in argv], **options)
    try:
        yield popen
    finally:
        popen.kill()
        popen.wait()


class Responder:
    def __init__(self, stack, address):
        self.address = address
        self.popen = stack.enter_context(process(
            [sys.executable, "-B", HERE / "responder.py", address, L2TP_PORT],
            text=True, bufsize=1, stdin=subprocess.PIPE, stdout=subprocess.PIPE))
        self.counts()

    def counts(self):
        """Tunnels, sessions, Hellos."""
        self.popen.stdin.write("?\n")
        line = self.popen.stdout.readline()
        assert line, f"the responder has ended: is UDP port {L2TP_PORT} of {self.address} taken?"
        return tuple(map(int, line.split()))


def status_of(pid):
    lines = Path(f"/proc/{pid}/status").read_text().splitlines()
    return dict(line.split(":\t", 1) for line in lines)


class Lac:
    """A process that is looked at from outside; empty until open() was called."""

    def __init__(self, popen, lns):
        self.popen, self.lns, self.pid = popen, lns, popen.pid
        self.empty = self.resident_kib()

    def resident_kib(self):
        return int(status_of(self.pid)["VmRSS"].split()[0])

    def usage(self):
        """CPU seconds, times it slept, Hellos sent."""
        tasks = list(Path(f"/proc/{self.pid}/task").iterdir())
        cpu = sum(int((task / "schedstat").read_text().split()[0]) for task in tasks)
        sleeps = sum(int(status_of(task.name)["voluntary_ctxt_switches"]) for task in tasks)
        return cpu / 1e9, sleeps, self.lns.counts()[2]

    def open(self, tunnels, interval):
        """One every so many seconds, or as fast as it can with 0; returns how many came up."""
        raise NotImplementedError


class Ours(Lac):
    def __init__(self, stack, address, build, tunnels, hello):
        lns = Responder(stack, address)
        popen = stack.enter_context(process(
            [build / "tests/bench/sockets-lac", address, tunnels, hello],
            text=True, bufsize=1, stdin=subprocess.PIPE, stdout=subprocess.PIPE))
        assert popen.stdout.readline() == "ready\n"
        super().__init__(popen, lns)

    def open(self, tunnels, interval):
        self.popen.stdin.write(f"{1000 * interval:.0f}\n")
        assert self.popen.stdout.readline() == "up\n", "not every tunnel came up"
        return tunnels


class Theirs(Lac):
    def __init__(self, stack, address):
        lns = Responder(stack, address)
        scratch = Path(stack.enter_context(tempfile.TemporaryDirectory()))
        self.control = scratch / "control"
        (scratch / "conf").write_text(
            f"[global]\nport = 0\nlisten-addr = {LAC}\n[lac unused]\nlns = {address}\n")
        log = stack.enter_context(open(scratch / "log", "wb"))
        popen = stack.enter_context(process(
            ["xl2tpd", "-D", "-c", scratch / "conf", "-p", scratch / "pid", "-C", self.control],
            stdout=log, stderr=log))
        while not self.control.exists():
            assert popen.poll() is None, (scratch / "log").read_text()
            time.sleep(0.01)
        super().__init__(popen, lns)

    def open(self, tunnels, interval):
        """One after the other, because it reads one command at a time, until it takes no more."""
        begun = time.monotonic()
        for up in range(tunnels):
            time.sleep(max(0, begun + up * interval - time.monotonic()))
            with open(self.control, "w", encoding="ascii") as fifo:
                fifo.write(f"t {self.lns.address}\n")
            deadline = time.monotonic() + STUCK
            while self.lns.counts()[0] == up:
                if time.monotonic() > deadline:
                    return up
        return tunnels


def measure(lac, tunnels, hello):
    """Opens the tunnels over one Hello interval, and looks for another one."""
    tunnels = lac.open(tunnels, hello / tunnels)
    cpu, sleeps, hellos = lac.usage()
    time.sleep(hello)
    assert lac.popen.poll() is None, "the LAC has ended"
    cpu, sleeps, hellos = (after - before for after, before
                           in zip(lac.usage(), (cpu, sleeps, hellos)))
    return {"tunnels": tunnels,
            "Hello interval, s": hello,
            "memory per tunnel, KiB": (lac.resident_kib() - lac.empty) / tunnels,
            "CPU, %": 100 * cpu / hello,
            "Hellos per second": hellos / hello,
            "wakeups per second": sleeps / hello,
            "CPU per Hello, µs": 1e6 * cpu / max(hellos, 1),
            "wakeups per Hello": sleeps / max(hellos, 1)}


def measure_opening(lac, tunnels):
    begun = time.monotonic()
    tunnels = lac.open(tunnels, 0)
    took = time.monotonic() - begun
    return {"opened per second": tunnels / took}


def show(columns):
    names = ("ours", "ours, busy", "xl2tpd")
    print(f"\n{'':24}" + "".join(f"{name:>12}" for name in names) + f"{'xl2tpd/ours':>14}")
    for row in columns["ours"]:
        values = [columns[name].get(row) for name in names]
        ratio = columns["xl2tpd"][row] / (columns["ours"][row] or 1)
        print(f"{row:24}" + "".join(f"{value:12.4g}" for value in values) + f"{ratio:14.2f}")


def run(build, tunnels, hello):
    with ExitStack() as stack:
        columns = {"ours": measure_opening(Ours(stack, "127.0.0.2", build, tunnels, THEIR_HELLO),
                                           tunnels),
                   "xl2tpd": measure_opening(Theirs(stack, "127.0.0.3"), tunnels)}
    with ExitStack() as stack:
        busy = Ours(stack, "127.0.0.2", build, tunnels, hello)
        columns["ours, busy"] = columns["ours"] | measure(busy, tunnels, hello)
    with ExitStack() as stack, ThreadPoolExecutor() as pool:
        ours = Ours(stack, "127.0.0.2", build, tunnels, THEIR_HELLO)
        theirs = Theirs(stack, "127.0.0.3")
        results = {name: pool.submit(measure, lac, tunnels, THEIR_HELLO)
                   for name, lac in (("ours", ours), ("xl2tpd", theirs))}
        for name, result in results.items():
            columns[name] |= result.result()
    return columns


def main():
    parser = argparse.ArgumentParser(prog="tests/bench/sockets")
    parser.add_argument("--build", type=Path, required=True)
    parser.add_argument("--tunnels", type=int, default=1000)
    parser.add_argument("--hello", type=int, default=10, help="the short interval, in seconds")
    options = parser.parse_args()
    seconds = 2 * (THEIR_HELLO + options.hello)
    print(f"{options.tunnels} tunnels; this takes {seconds} seconds", flush=True)
    show(run(options.build, options.tunnels, options.hello))


if __name__ == "__main__":
    main()
