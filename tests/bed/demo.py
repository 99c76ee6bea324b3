# SPDX-License-Identifier: GPL-2.0-or-later
# SPDX-FileCopyrightText: The l2tp-client authors

"""The demonstration: connect to xl2tpd, lose pppd, and go on. Run by tests/demo."""

import os
import re
import shlex
import signal
import subprocess
import sys
import threading
import time

from bed import Bed, wait_for
from service import Service, status
from xl2tpd import Lns

COLOURS = "NO_COLOR" not in os.environ
IN_LAC = ["ip", "netns", "exec", "lac"]
CLIENT = "l2tp-client"
KEPT = (("tunnel id", "tunnel_id"), ("peer's tunnel id", "peer_tunnel_id"),
        ("session id", "session_id"), ("peer's session id", "peer_session_id"),
        ("interface", "interface"))


def paint(code, text):
    return f"\033[{code}m{text}\033[0m" if COLOURS else text


def say(text):
    print(f"\n{paint('36', '# ' + text)}", flush=True)


def typed(*argv):
    print(paint("1", f"$ {shlex.join(argv)}"), flush=True)


def shell(*argv, stdin=""):
    """Runs a command as if it had been typed on the client's machine."""
    typed(*argv)
    subprocess.run([*IN_LAC, *argv], input=stdin, text=True, check=True)


class Pinging:
    """ping at intervals of 100 ms, until stopped."""

    def __init__(self, address):
        argv = ["ping", "-n", "-i", "0.1", address]
        print(paint("1", f"$ {shlex.join(argv)} &"), flush=True)
        self.answered = []
        self.popen = subprocess.Popen([*IN_LAC, *argv], stdout=subprocess.PIPE, text=True)
        threading.Thread(target=self._read, daemon=True).start()

    def _read(self):
        for line in self.popen.stdout:
            answer = re.search(r"icmp_seq=(\d+) .*time=", line)
            if answer:
                self.answered.append(int(answer[1]))

    def wait_for_answers(self, count):
        """Until count more answers have come."""
        wanted = len(self.answered) + count
        wait_for(lambda: len(self.answered) >= wanted, 20, "answers to ping")

    def stop(self):
        """Returns how many were sent, up to the last answer, and how many of them were lost."""
        self.popen.send_signal(signal.SIGINT)
        self.popen.wait()
        return self.answered[-1], self.answered[-1] - len(self.answered)


def interface_index(name):
    line = subprocess.run([*IN_LAC, "cat", f"/sys/class/net/{name}/ifindex"],
                          capture_output=True, text=True, check=True)
    return int(line.stdout)


def lose(bed, what, pid, again):
    """Kills it under ping and shows what is left; again() waits for what takes its place."""
    before = status(bed, "work")
    index = interface_index(before["interface"])
    pinging = Pinging(Lns.address)
    pinging.wait_for_answers(10)
    typed("kill", "-9", str(pid))
    os.kill(pid, signal.SIGKILL)
    killed = time.monotonic()
    after = again(before)
    took = time.monotonic() - killed
    pinging.wait_for_answers(10)
    sent, lost = pinging.stop()
    report(before, after, index)
    print(f"  {what:18} again after {took:.2f} s at most")
    print(f"  {'pings lost':18} {lost} of {sent}, sent every 100 ms")


def lose_pppd(bed):
    def recovered(before):
        now = status(bed, "work")
        fresh = now["pppd_pid"] not in (0, None, before["pppd_pid"])
        return now if now["state"] == "connected" and fresh else None
    lose(bed, "connected", status(bed, "work")["pppd_pid"],
         lambda before: wait_for(lambda: recovered(before), 30, "a new pppd"))


def lose_service(bed, service):
    """Returns the next one."""
    following = []

    def start(_):
        service.wait()
        following.append(Service(bed))
        return status(bed, "work")
    lose(bed, "in charge", service.pid, start)
    return following[0]


def report(before, after, index):
    print(f"  {'pppd':18} {before['pppd_pid']} -> {after['pppd_pid']}")
    for label, key in KEPT:
        same = "kept" if before[key] == after[key] else f"-> {after[key]}"
        print(f"  {label:18} {before[key]} {same}")
    now = interface_index(after["interface"])
    print(f"  {'interface index':18} {index} {'kept' if now == index else f'-> {now}'}")


def demonstrate(bed, service):
    """Returns the service that is alive in the end."""
    say("An LNS (xl2tpd, its own pppd) listens at 10.9.0.2. The service knows nothing of it yet.")
    shell(CLIENT, "add", "work", "gateway=10.9.0.2", "user=alice", "persist=yes",
          "--password-file", "-", stdin="s3cret\n")
    say("Connecting, stage by stage.")
    shell(CLIENT, "up", "work")
    shell(CLIENT, "status", "work")
    say("Through the tunnel.")
    shell("ping", "-n", "-c", "3", "-i", "0.3", Lns.address)
    say("pppd dies. Tunnel, session, interface, routes and TCP connections should not.")
    lose_pppd(bed)
    say("The service dies. systemd would start it again; the next one takes over, nothing is lost.")
    service = lose_service(bed, service)
    say("And down again.")
    shell(CLIENT, "down", "work")
    shell(CLIENT, "list")
    return service


def main():
    with Bed() as bed:
        Lns(bed, dns=["10.77.0.53"]).start()
        service = None
        try:
            service = Service(bed)
            service = demonstrate(bed, service)
            service.stop()
            bed.assert_nothing_left()
        except (AssertionError, RuntimeError, OSError, subprocess.SubprocessError) as error:
            log = service.log if service else ""
            print(f"\nThe demonstration failed: {error}\n" + log[-4000:], file=sys.stderr)
            return 1
    print("\nThe service was stopped and left nothing behind.")
    return 0


if __name__ == "__main__":
    sys.exit(main())
