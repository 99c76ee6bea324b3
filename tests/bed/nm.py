# SPDX-License-Identifier: GPL-2.0-or-later
# SPDX-FileCopyrightText: The l2tp-client authors

"""The real NetworkManager in lac, with v0 as the way out, and nmcli."""

import os
import pty
import re
import select
import shutil
import subprocess
import time
import uuid
from collections import namedtuple
from pathlib import Path

import dbus

import netns
from bed import LAC, LNS, Process, run, wait_for
from service import Client, start_bus

SERVICE = "org.freedesktop.NetworkManager.l2tp"
BUS_NAME = "org.freedesktop.NetworkManager"
SETTINGS_PATH = "/org/freedesktop/NetworkManager/Settings"
PLUGIN = "nm-l2tp-servic"  # as far as the kernel keeps names

# With /sys read-only it does not wait for udev, which nobody runs here.
START = 'mount -o remount,ro /sys && exec "$@"'

CONFIG = """
[main]
plugins=keyfile
no-auto-default=*
dns=none
rc-manager=unmanaged
dhcp=internal
hostname-mode=none
systemd-resolved=false
[keyfile]
path={profiles}
unmanaged-devices=none
[connectivity]
enabled=false
[logging]
level={level}
"""

BASE = """
[connection]
id={id}
uuid={uuid}
type=ethernet
interface-name={device}
{more}
[ipv4]
method=manual
address1={address}/24,{gateway}
[ipv6]
method=ignore
"""

Result = namedtuple("Result", "rc stdout seconds")


def nmcli(bed, *args, check=False, timeout=90):
    """What nmcli says in both streams, and how long it took; to OUT/nmcli.log as well."""
    begun = time.monotonic()
    done = subprocess.run(["nmcli", *map(str, args)], text=True, timeout=timeout, check=False,
                          stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                          stderr=subprocess.STDOUT)
    seconds = time.monotonic() - begun
    with open(bed.out / "nmcli.log", "a", encoding="utf-8") as log:
        log.write(f"$ nmcli {' '.join(map(str, args))}\n{done.stdout}"
                  f"[{done.returncode}, {seconds:.2f} s]\n")
    if check:
        assert done.returncode == 0, (args, done.stdout)
    return Result(done.returncode, done.stdout, seconds)


def nmcli_asks(bed, *args, dialog, timeout=60):
    """nmcli on a terminal; dialog: pairs of what is waited for, and what is typed then
    or called."""
    pid, master = pty.fork()
    if pid == 0:
        os.environ.update(TERM="dumb", LC_ALL="C.UTF-8")
        os.execvp("nmcli", ["nmcli", *args])
    said, seen, dialog = b"", 0, list(dialog)
    while select.select([master], [], [], timeout)[0]:
        try:
            said += os.read(master, 4096)
        except OSError:
            break
        while dialog and re.search(dialog[0][0].encode(), said[seen:]):
            seen = len(said)
            typed = dialog.pop(0)[1]
            if callable(typed):
                typed()
            else:
                os.write(master, typed.encode() + b"\n")
    os.close(master)
    status = os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1])
    text = said.decode(errors="replace")
    with open(bed.out / "nmcli.log", "a", encoding="utf-8") as log:
        log.write(f"$ nmcli {' '.join(args)}\n{text}[{status}]\n")
    assert not dialog, (dialog, text)
    return Result(status, text, 0)


class NetworkManager(Process):
    def __init__(self, bed, secondaries=(), debug=True, start=True):
        self.dir = bed.scratch / "NetworkManager"
        self.profiles = self.dir / "profiles"
        again = self.dir.exists() and any(p.name == "NetworkManager" for p in bed.processes)
        if not again:
            shutil.rmtree(self.dir, ignore_errors=True)
            shutil.rmtree("/var/lib/NetworkManager", ignore_errors=True)
            shutil.rmtree("/run/NetworkManager", ignore_errors=True)
            for part in ("profiles", "config", "system", "state"):
                (self.dir / part).mkdir(parents=True)
            (self.dir / "NetworkManager.conf").write_text(CONFIG.format(
                profiles=self.profiles, level="DEBUG" if debug else "INFO"))
            more = f"secondaries={';'.join(secondaries)}" if secondaries else ""
            self.write_base("base", "v0", LAC, LNS, more)
        # Debian's script would take half a second of every change; the root is thrown away.
        Path("/etc/NetworkManager/dispatcher.d/01-ifupdown").unlink(missing_ok=True)
        if not any(process.name == "dbus" and process.alive() for process in bed.processes):
            start_bus(bed)
        super().__init__(bed, "NetworkManager", [
            "ip", "netns", "exec", "lac", "unshare", "--mount", "sh", "-c", START, "sh",
            "NetworkManager", "--debug", f"--config={self.dir}/NetworkManager.conf",
            f"--config-dir={self.dir}/config", f"--system-config-dir={self.dir}/system",
            f"--intern-config={self.dir}/intern.conf", f"--state-file={self.dir}/state/state",
            f"--pid-file={self.dir}/pid"])
        wait_for(self.answers, 30, "NetworkManager answers")
        # v0 has its address already, which NetworkManager would leave to whoever gave it.
        if start:
            nmcli(bed, "--wait", 60, "connection", "up", "base", check=True)

    def answers(self):
        """It has its name before it has its objects."""
        assert self.alive(), self.log
        try:
            Client.ask(BUS_NAME, SETTINGS_PATH, "org.freedesktop.DBus.Properties.Get", "ss",
                       f"{BUS_NAME}.Settings", "Connections")
        except dbus.DBusException:
            return False
        return True

    def write(self, name, text):
        path = self.profiles / f"{name}.nmconnection"
        path.write_text(text)
        path.chmod(0o600)

    def write_base(self, name, device, address, gateway, more=""):
        """A way out."""
        self.write(name, BASE.format(id=name, uuid=uuid.uuid4(), device=device, address=address,
                                     gateway=gateway, more=more))

    def add(self, name="work", gateway=LNS, user="alice", password="s3cret", vpn=(), ipv4=(),
            flags=0, connection=(), uid=None, data=()):
        """A VPN, as a file: what nmcli would make of it, without its checks. vpn, ipv4, connection
        and data are lines; data goes into vpn.data."""
        secrets = f"[vpn-secrets]\npassword={password}\n" if password else ""
        ipv4 = ipv4 or ("method=auto",)
        self.write(name, "\n".join([
            "[connection]", f"id={name}", f"uuid={uid or uuid.uuid4()}", "type=vpn",
            "autoconnect=false", *connection,
            "[vpn]", f"service-type={SERVICE}", f"gateway={gateway}", f"user={user}",
            f"password-flags={flags}", *vpn, *data, secrets,
            "[ipv4]", *ipv4, "[ipv6]", "method=ignore", ""]))
        self.reload()

    def reload(self):
        nmcli(self.bed, "connection", "reload", check=True)

    def nmcli(self, *args, **kwargs):
        return nmcli(self.bed, *args, **kwargs)

    def up(self, name="work", wait=60, **kwargs):
        return self.nmcli("--wait", wait, "connection", "up", name, **kwargs)

    def down(self, name="work", **kwargs):
        return self.nmcli("connection", "down", name, **kwargs)

    def active(self):
        """Names of active connections, and their states."""
        # Not there yet, or not any more: nmcli's status, which is no fault here.
        done = subprocess.run(["nmcli", "-t", "-f", "NAME,STATE", "connection", "show", "--active"],
                              text=True, capture_output=True, check=False, timeout=30)
        lines = done.stdout.splitlines()
        return {line.rsplit(":", 1)[0]: line.rsplit(":", 1)[1] for line in lines}

    def wait_for_state(self, state, name="work", timeout=30):
        """state: as nmcli says, or None: not active."""
        wait_for(lambda: self.active().get(name) == state, timeout, f"{name} is {state}", 0.05)

    @staticmethod
    def plugins():
        return netns.processes("lac", PLUGIN) + netns.processes("lac", PLUGIN + "e")

    def assert_all_gone(self, service, timeout=20):
        """No plugin, no pppd, nothing in the kernel."""
        wait_for(lambda: not self.plugins(), timeout, "the plugin ends")
        self.bed.assert_nothing_left(service, timeout=timeout)

    def routes(self, *args):
        return run("ip", "-n", "lac", "route", "show", *args).splitlines()

    def default_routes(self):
        """Device to metric."""
        lines = [line.split() for line in self.routes("default")]
        return {line[line.index("dev") + 1]: int(line[line.index("metric") + 1]) for line in lines}
