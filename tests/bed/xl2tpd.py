# SPDX-License-Identifier: GPL-2.0-or-later
# SPDX-FileCopyrightText: The l2tp-client authors

"""xl2tpd, the foreign peer: as the LNS that the service talks to, and as the LAC that it is
compared with. Each has an /etc/ppp, an /etc/xl2tpd and a /run of its own, because namespaces share
files and one side would find the other's secrets."""

import os
import signal
import stat

import netns
from bed import L2TP_PORT, LAC, LNS, Process, wait_for

AUTH = {
    "pap": ("require pap = yes", "refuse chap = yes"),
    "chap": ("require chap = yes", "refuse pap = yes"),
    "mschap": ("refuse pap = yes",),
    "mschap-v2": ("refuse pap = yes",),
    "eap": ("refuse pap = yes", "refuse chap = yes"),
}
PPPD_AUTH = ("mschap", "mschap-v2", "eap")  # xl2tpd has no setting for them


class Xl2tpd:
    """What both roles share. Subclasses write xl2tpd.conf and options."""

    ns = None

    def __init__(self, bed, name, secret=None):
        self.bed, self.name = bed, name
        self.dir = bed.scratch / name
        for part in ("ppp", "xl2tpd"):
            (self.dir / part).mkdir(parents=True, exist_ok=True)
        self.control = self.dir / "control"
        self.process = None
        self.write("xl2tpd/l2tp-secrets", f"* * {secret}\n" if secret else "")
        self.write("ppp/options", "")

    def write(self, path, text):
        path = self.dir / path
        path.write_text(text)
        path.chmod(0o600)

    def write_users(self, users):
        lines = "".join(f'"{user}" * "{password}" *\n' for user, password in users.items())
        self.write("ppp/chap-secrets", lines)
        self.write("ppp/pap-secrets", lines)

    def pppd_options(self, lines, debug):
        if debug:
            lines = [*lines, "debug", f'logfile "{self.bed.out / self.name}-pppd.log"']
        self.write("options", "\n".join(lines) + "\n")

    def launch(self):
        """Starts it, and returns once its socket is bound and its control file is there."""
        if self.control.exists():
            self.control.unlink()
        netns.call_with_mounts(self.ns, {
            "/etc/ppp": self.dir / "ppp", "/etc/xl2tpd": self.dir / "xl2tpd", "/run": None},
            self._start_process)
        before = self.sockets_before

        def listening():
            assert self.process.alive(), f"{self.name} ended\n{self.process.log}"
            return (netns.bound_udp_sockets(self.ns) - before and self.control.exists()
                    and stat.S_ISFIFO(self.control.stat().st_mode))
        wait_for(listening, 10, f"{self.name} listens")

    def _start_process(self):
        os.mkdir("/run/xl2tpd")
        self.process = Process(self.bed, self.name, [
            "xl2tpd", "-D", "-c", self.dir / "xl2tpd.conf", "-p", self.dir / "pid",
            "-C", self.control])

    def start(self):
        self.sockets_before = netns.bound_udp_sockets(self.ns)
        self.launch()
        return self

    def command(self, line):
        with open(self.control, "w", encoding="ascii") as control:
            control.write(line + "\n")

    def pppds(self):
        """The pppds that it started: those in its mount namespace."""
        if not self.process or not self.process.alive():
            return []
        mine = netns.mount_namespace(self.process.pid)
        return [pid for pid in netns.processes(self.ns, "pppd")
                if netns.mount_namespace(pid) == mine]

    def stop(self):
        """Orderly: it tells its peers. Returns once its port is closed and its pppds are gone."""
        pids = self.pppds()
        self.process.stop()
        self._reap(pids, signal.SIGTERM)

    def kill(self):
        """As if the machine had lost power: nobody is told."""
        pids = self.pppds()
        self.process.kill()
        self._reap(pids, signal.SIGKILL)

    def _reap(self, pids, number):
        for pid in set(pids) & set(netns.processes(self.ns, "pppd")):
            os.kill(pid, number)
        wait_for(lambda: not set(pids) & set(netns.processes(self.ns, "pppd")), 10,
                 f"pppds of {self.name} end")

    def freeze(self):
        """Alive and mute, and its pppds with it; thaw() ends it."""
        for pid in (self.process.pid, *self.pppds()):
            os.kill(pid, signal.SIGSTOP)

    def thaw(self):
        for pid in (self.process.pid, *self.pppds()):
            os.kill(pid, signal.SIGCONT)


class Lns(Xl2tpd):
    ns = "lns"
    address = "10.77.0.1"  # the usual one's inner address

    def __init__(self, bed, users=None, auth="chap", secret=None, silent=False, dns=(),
                 mtu=1400, debug=True, listen=LNS, options=(), settings=(), name="lns",
                 network="10.77.0"):
        """users: name to password; auth: see AUTH; secret: the tunnel's, which makes it challenge;
        options: lines for its pppd; settings: lines for [lns default]; name and network, the inner
        one, of a second LNS are its own."""
        super().__init__(bed, name, secret)
        self.address = f"{network}.1"
        self.write_users({"alice": "s3cret"} if users is None else users)
        self.pppd_options([
            f"mtu {mtu}", f"mru {mtu}", "noccp", "nodefaultroute", "lcp-echo-interval 0",
            *(f"ms-dns {server}" for server in dns),
            *(["silent"] if silent else []),
            *([f"require-{auth}"] if auth in PPPD_AUTH else []), *options], debug)
        self.write("xl2tpd.conf", "\n".join([
            "[global]", f"port = {L2TP_PORT}", f"listen-addr = {listen}",
            "debug tunnel = yes" if debug else "", "debug state = yes" if debug else "",
            "[lns default]", f"ip range = {network}.10-{network}.250", f"local ip = {self.address}",
            *AUTH[auth], "require authentication = yes", "name = lns", "length bit = yes",
            f"pppoptfile = {self.dir / 'options'}", "challenge = yes" if secret else "",
            *settings]) + "\n")


class Lac(Xl2tpd):
    """Its connection is called c."""

    ns = "lac"

    def __init__(self, bed, user="alice", password="s3cret", secret=None, debug=True, redial=False,
                 port=0, listen=LAC):
        super().__init__(bed, "xl2tpd-lac", secret)
        self.write_users({user: password})
        self.pppd_options(["mtu 1400", "mru 1400", "noccp", "nodefaultroute", "noauth",
                           "ipcp-accept-local", "ipcp-accept-remote", f"name {user}"], debug)
        self.write("xl2tpd.conf", "\n".join([
            "[global]", f"port = {port}", f"listen-addr = {listen}",
            "[lac c]", f"lns = {LNS}", f"pppoptfile = {self.dir / 'options'}", "length bit = yes",
            "challenge = yes" if secret else "",
            "redial = yes" if redial else "", "redial timeout = 1" if redial else ""]) + "\n")

    def connect(self):
        self.command("c c")

    def disconnect(self):
        self.command("d c")
