# SPDX-License-Identifier: GPL-2.0-or-later
# SPDX-FileCopyrightText: The l2tp-client authors

"""One run with a password that nobody else uses, and then a search for it: on the bus, on the disk,
in every process's arguments and environment, in all that was printed."""

import os
import re
import signal
import subprocess
import threading
from pathlib import Path

from bed import LNS, run, wait_for
from caller import MANAGER, Caller
from service import Service, call, cli, start_bus, status
from test_profiles import reload
from xl2tpd import Lns

CANARY = "Zinnober-7f31c0"
WRONG = f"{CANARY}-wrong"
# Who may carry it, and only towards where it belongs.
CARRIERS = {"AddConnection", "ConnectTransient", "Update", "SetSecrets"}
SETTINGS = {"name": "work", "gateway": LNS, "user": "alice"}
CORE_LIMIT = re.compile(r"^Max core file size +0 +0 ", re.M)


class Processes:
    """Looks at the arguments and the environment of every process, as long as it is told to. What
    comes and goes between two looks is found by the names of the programs that must be seen."""

    def __init__(self):
        self.found, self.seen = set(), set()
        self.stopped = threading.Event()
        self.thread = threading.Thread(target=self._run)
        self.thread.start()

    def _look(self):
        for entry in Path("/proc").iterdir():
            if not entry.name.isdigit():
                continue
            try:
                arguments = (entry / "cmdline").read_bytes()
                texts = arguments + (entry / "environ").read_bytes()
            except OSError:  # it has ended
                continue
            self.seen.add(Path(os.fsdecode(arguments.split(b"\0")[0])).name)
            if CANARY.encode() in texts:
                self.found.add(os.fsdecode(arguments))

    def _run(self):
        while not self.stopped.wait(0.02):
            self._look()

    def stop(self):
        self.stopped.set()
        self.thread.join()


class BusMonitor:
    """Every message of the bus, in a pipe and not in a file, which would be searched."""

    def __init__(self):
        self.popen = subprocess.Popen(["dbus-monitor", "--system"], stdout=subprocess.PIPE,
                                      stderr=subprocess.DEVNULL, text=True)
        self.lines = []
        self.reader = threading.Thread(target=self._read)
        self.reader.start()
        wait_for(lambda: any("NameLost" in line for line in self.lines), 10, "the monitor")

    def _read(self):
        for line in self.popen.stdout:
            self.lines.append(line)

    def stop(self, timeout=10):
        mark = "the.end.of.the.run"
        run("busctl", "--system", "call", "org.freedesktop.DBus", "/", "org.freedesktop.DBus",
            "NameHasOwner", "s", mark)
        wait_for(lambda: any(mark in line for line in self.lines), timeout, "the last message")
        self.popen.terminate()
        self.popen.wait()
        self.reader.join()

    def messages(self):
        """Each one as its text, head first."""
        whole = "".join(self.lines)
        return re.split(r"^(?=method call|method return|error|signal)", whole, flags=re.M)[1:]


def member_of(message):
    found = re.match(r"method call .*; interface=\S*; member=(\w+)", message.splitlines()[0])
    return found and found[1]


def replies_to_questions(messages):
    """(who asked, serial) of each RequestSecrets: their answers may carry secrets."""
    questions = set()
    for message in messages:
        head = message.splitlines()[0]
        if member_of(message) == "RequestSecrets":
            found = re.search(r"sender=(\S+) .*serial=(\d+)", head)
            questions.add((found[1], found[2]))
    return questions


def is_reply_to(message, questions):
    head = message.splitlines()[0]
    found = re.match(r"method return .*destination=(\S+) .*reply_serial=(\d+)", head)
    return bool(found) and (found[1], found[2]) in questions


def assert_bus_is_clean(messages):
    """Only who gives a secret away carries it; the bus is seen to have carried it at all."""
    questions = replies_to_questions(messages)
    carried = set()
    for message in messages:
        if CANARY not in message:
            continue
        if is_reply_to(message, questions):
            carried.add("RequestSecrets")
            continue
        assert member_of(message) in CARRIERS, message
        carried.add(member_of(message))
    assert carried == CARRIERS | {"RequestSecrets"}


def files_with_canary():
    """Of all that was written since the bed was made, and of every tmpfs."""
    mounts = [line.split()[1:3] for line in Path("/proc/mounts").read_text().splitlines()]
    roots = ["/.changed", *(path for path, kind in mounts if kind == "tmpfs")]
    names = run("find", *roots, "-xdev", "-path", "/run/netns", "-prune", "-o", "-type", "f",
                "-print0").split("\0")[:-1]
    return {name.removeprefix("/.changed") for name in names
            if CANARY.encode() in Path(name).read_bytes()}


def use_it(bed, service, agent):
    """Everything that is done with a secret, right and wrong; returns its last file."""
    cli(bed, "add", "work", f"gateway={LNS}", "user=alice", "--password-file", "-",
        stdin=f"{WRONG}\n", check=True)
    path = agent.call(MANAGER, "FindByName", "work", {})[0]
    cli(bed, "up", "work", "--no-ask")
    agent.call(path, "Connect", {})
    assert agent.question().hints["retry"] is True
    agent.reply({"password": f"{WRONG}-again"})
    agent.question()
    agent.reply({"password": f"{CANARY}\n"})  # not valid, and so not quoted
    wait_for(lambda: status(bed, "work")["state"] == "failed", 20, "failed")
    agent.call(path, "Connect", {})
    agent.question()
    agent.reply({"password": CANARY})
    wait_for(lambda: status(bed, "work")["state"] == "connected", 20, "connected")
    for args in (["show", "work"], ["show", "work", "--json"], ["status", "work", "--json"],
                 ["list", "--json"], ["status"], ["--help"], ["log", "work"],
                 ["export", "work"], ["export", "work", "--output", "/run/work.conf"]):
        cli(bed, *args)
    for mistake in ({"mtu": 9}, {"password": CANARY}, {"colour": "red"}, {"uuid": "x"}):
        agent.try_call(path, "Update", SETTINGS | mistake, {"password": CANARY}, {})
    for mistake in ({"password": f"{CANARY}\n"}, {"password": 7, "tunnel-secret": CANARY},
                    {"user": CANARY}, {"colour": CANARY}):
        assert agent.try_call(path, "SetSecrets", mistake, {}).error is not None
    agent.call(path, "SetSecrets", {"password": CANARY, "tunnel-secret": f"{CANARY}-t"}, {})
    agent.call(path, "Update", SETTINGS | {"mtu": 1300}, {"password": CANARY}, {})
    cli(bed, "edit", "work", "mtu=1200", "--password-file", "-", stdin=f"{CANARY}\n", check=True)
    cli(bed, "edit", "work", "tunnel-secret=", check=True)
    reload(service)
    agent.call(MANAGER, "SetLogLevel", "debug", {})
    agent.call(path, "Disconnect", {})
    wait_for(lambda: status(bed, "work")["state"] == "disconnected", 20, "disconnected")
    transient = agent.call(MANAGER, "ConnectTransient", SETTINGS | {"name": "short"},
                           {"password": CANARY}, {"bind": True})
    wait_for(lambda: status(bed, "short")["state"] == "connected", 20, "connected")
    agent.call(transient, "Delete", {})
    for flags, name in ((1, "agents"), (2, "asked")):
        agent.call(MANAGER, "AddConnection", SETTINGS | {"name": name, "password-flags": flags},
                   {"password": CANARY}, {})
        cli(bed, "up", name, check=True)
        cli(bed, "down", name, check=True)
    return call(path, "org.freedesktop.DBus.Properties.Get", "org.l2tp.Connection",
                "Filename").split("'")[1]


def everything(bed):
    """All properties, the settings, the file of an administrator that is broken just at the secret."""
    admin = Path("/etc/l2tp-client/connections")
    admin.mkdir(mode=0o700, parents=True, exist_ok=True)
    broken = admin / "broken.conf"
    broken.touch(mode=0o600)
    broken.write_text(f"[connection]\ngateway=x\n[secrets]\npassword={CANARY}\\x\n"
                      f"{CANARY}\n", encoding="ascii")
    call(MANAGER, "org.l2tp.Manager.Reload", "{}")
    call("/org/l2tp", "org.freedesktop.DBus.ObjectManager.GetManagedObjects")
    return str(broken)


def test_canary(bed):
    start_bus(bed)
    lns = Lns(bed, users={"alice": CANARY}).start()
    monitor = BusMonitor()
    service = Service(bed)
    processes = Processes()
    decoy = subprocess.Popen(["sleep", "600"], env={"PATH": os.environ["PATH"], "SECRET": CANARY})
    follower = bed.start("follower", "lac", "l2tp-client", "monitor", "--json")
    try:
        with Caller() as agent:
            agent.register()
            kept = use_it(bed, service, agent)
            broken = everything(bed)
    finally:
        decoy.kill()
        decoy.wait()
        processes.stop()
        monitor.stop()
    follower.signal(signal.SIGINT)
    follower.wait()
    assert {"l2tp-clientd", "l2tp-client", "pppd", "xl2tpd", "gdbus"} <= processes.seen
    assert processes.found == {"sleep\x00600\x00"}  # and none but the decoy
    assert_bus_is_clean(monitor.messages())
    assert "connected" in follower.log and CANARY not in follower.log
    left = {name for name in files_with_canary() if not name.startswith(f"{lns.dir}/")}
    assert left == {kept, broken}
    assert Path(kept).stat().st_mode & 0o777 == 0o600
    for log in bed.out.glob("*.log"):
        if not log.name.startswith("lns"):
            assert CANARY not in log.read_text(errors="replace"), log


def test_no_core(bed, service):
    """Neither the service nor its pppd leaves its memory behind, and nobody else may look at it."""
    Lns(bed).start()
    cli(bed, "add", "work", f"gateway={LNS}", "user=alice", "--password-file", "-",
        stdin="s3cret\n", check=True)
    cli(bed, "up", "work", check=True)
    pppd = status(bed, "work")["pppd_pid"]
    cores = bed.scratch / "cores"
    cores.mkdir(mode=0o777)
    cores.chmod(0o1777)
    Path("/proc/sys/kernel/core_pattern").write_text(f"{cores}/core.%e.%p\n")
    for pid in (pppd, service.pid):
        assert CORE_LIMIT.search(Path(f"/proc/{pid}/limits").read_text()), pid
        os.kill(pid, signal.SIGSEGV)
    assert service.wait() == -signal.SIGSEGV
    bed.assert_nothing_left(timeout=10)
    assert list(cores.iterdir()) == []
