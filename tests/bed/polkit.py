# SPDX-License-Identifier: GPL-2.0-or-later
# SPDX-FileCopyrightText: The l2tp-client authors

"""The real polkitd with rules that a test writes, and a user who is not root.

There is no logind, so nobody has a session: the defaults that count are those of allow_any, and
rules go by subject.user."""

import os
import pty
import pwd
import select
import shutil
import subprocess
import termios
import time
from collections import namedtuple
from pathlib import Path

import service
from bed import Process, run, wait_for

POLKITD = "/usr/lib/polkit-1/polkitd"
BUS_NAME = "org.freedesktop.PolicyKit1"
RULES_DIRS = ("/etc/polkit-1/rules.d", "/usr/share/polkit-1/rules.d")
RULES = Path(RULES_DIRS[0]) / "10-test.rules"
LOADED = "Finished loading"
ACTIVATION = f"/usr/share/dbus-1/system-services/{BUS_NAME}.service"
ADMINISTRATORS = 'polkit.addAdminRule(function() { return ["unix-group:sudo"]; });\n'

# By crypt(3).
PASSWORD = "correct horse"
PASSWORD_HASH = (
    "$6$l2tpclient$1BTMVA5RkcfuhAQlnmzXym2QadQ4JCzSxNimk25KZJHMMf"
    "VNrBXOqCF/0m0vx12/MsPD3AxhWg6NHNw5XYIe/.")
Result = namedtuple("Result", "rc output")


def add_user(name, uid, groups=()):
    """A user with PASSWORD, once for each kernel; in group sudo an administrator to polkit. The files
    cover those of the machine, which may be closed to us."""
    if any(entry.pw_name == name for entry in pwd.getpwall()):
        return
    home = Path("/run/bed-users")
    home.mkdir(exist_ok=True)
    old = {file: Path(f"/etc/{file}").read_text(encoding="utf-8") for file in ("passwd", "group")}
    old["shadow"] = "" if not (home / "shadow").exists() else (home / "shadow").read_text()
    lines = [line + f",{name}" * (line.split(":")[0] in groups)
             for line in old["group"].splitlines()]
    new = {"passwd": old["passwd"] + f"{name}:x:{uid}:{uid}::/tmp:/bin/sh\n",
           "group": "\n".join(lines).replace(":,", ":") + f"\n{name}:x:{uid}:\n",
           "shadow": old["shadow"] + f"{name}:{PASSWORD_HASH}:19000:0:99999:7:::\n"}
    for file, text in new.items():
        target = home / file
        mounted = target.exists()
        target.write_text(text, encoding="utf-8")
        target.chmod(0o600 if file == "shadow" else 0o644)
        if not mounted:
            Path(f"/etc/{file}").touch()
            run("mount", "--bind", target, f"/etc/{file}")


def as_user(name, *argv, timeout=30):
    """Runs a command as the user, with nothing of root's."""
    done = subprocess.run(service.as_user(name, *argv), text=True, stdin=subprocess.DEVNULL,
                          stdout=subprocess.PIPE, stderr=subprocess.STDOUT, timeout=timeout,
                          check=False)
    return Result(done.returncode, done.stdout)


def busctl(interactive, path, interface, method, *args):
    """The argv of a call to the service."""
    may_ask = "yes" if interactive else "no"
    return ["busctl", "--system", f"--allow-interactive-authorization={may_ask}", "call",
            service.BUS_NAME, path, interface, method, *args]


def start_bus(bed):
    """The system bus, if there is none yet, on which polkit runs only if a test starts it."""
    if Path(ACTIVATION).stat().st_size > 0:
        run("mount", "--bind", "/dev/null", ACTIVATION)
    if not any(process.name == "dbus" and process.alive() for process in bed.processes):
        service.start_bus(bed)


class Polkit(Process):
    """rules: JavaScript, the only rules there are beside the defaults of the actions and
    ADMINISTRATORS. Starts the bus, too; to be without polkit before or after it, begin
    with start_bus()."""

    def __init__(self, bed, rules=""):
        start_bus(bed)
        self._own_rules()
        self._write(rules)
        super().__init__(bed, "polkitd", [POLKITD])
        self.wait_for_log(LOADED)
        wait_for(lambda: service.Client.has_owner(BUS_NAME), 15, BUS_NAME)

    @staticmethod
    def _own_rules():
        """Folders of rules that are empty, and open to us and to polkitd."""
        for path in RULES_DIRS:
            if not os.path.ismount(path):
                run("mount", "-t", "tmpfs", "-o", "mode=0755", "tmpfs", path)
                shutil.chown(path, "polkitd")

    @staticmethod
    def _write(rules):
        """As a whole: polkitd reads a file as soon as it changes."""
        new = RULES.with_suffix(".new")
        new.write_text(ADMINISTRATORS + rules, encoding="utf-8")
        new.chmod(0o644)
        new.rename(RULES)

    def set_rules(self, rules):
        """Returns when they are in force."""
        before = self.log.count(LOADED)
        self._write(rules)
        wait_for(lambda: self.log.count(LOADED) > before, 10, "the new rules")


def rule(user, action, result, condition="true"):
    """A rule: YES, NO, AUTH_SELF, …; condition: JavaScript that may look at action and subject."""
    return (f'polkit.addRule(function(action, subject) {{ if (subject.user == "{user}" && '
            f'action.id == "{action}" && {condition}) return polkit.Result.{result}; }});\n')


# Becomes a command, with an agent that serves exactly this process.
AGENT = """
import os, subprocess, sys
ready, notify = os.pipe()
subprocess.Popen(["pkttyagent", "--process", str(os.getpid()), "--notify-fd", str(notify)],
                 pass_fds=[notify])
os.close(notify)
os.read(ready, 1)
os.execvp(sys.argv[1], sys.argv[1:])
"""


def with_agent(name, argv, answer, timeout=60):
    """Runs argv as the user on a terminal with polkit's agent, and types the answer once when it is
    asked for a password."""
    pid, terminal = pty.fork()
    if pid == 0:
        os.execvp("setpriv", service.as_user(name, "/usr/bin/python3", "-c", AGENT, *argv))
    shown = ""
    deadline = time.monotonic() + timeout
    try:
        while select.select([terminal], [], [], max(0, deadline - time.monotonic()))[0]:
            try:
                data = os.read(terminal, 4096)
            except OSError: # the last one has closed it
                break
            asked = "Password:" in shown
            shown += data.decode(errors="replace")
            if not asked and "Password:" in shown:
                # What comes before the echo is switched off is thrown away.
                wait_for(lambda: not termios.tcgetattr(terminal)[3] & termios.ECHO, 10, "no echo")
                os.write(terminal, f"{answer}\n".encode())
    finally:
        os.close(terminal) # hangs up on whoever is still there
        _, status = os.waitpid(pid, 0)
    return Result(os.waitstatus_to_exitcode(status), shown)
