# SPDX-License-Identifier: GPL-2.0-or-later
# SPDX-FileCopyrightText: The l2tp-client authors

"""Who may do what, and by which error one learns that one may not: the service, the real polkitd
with the test's rules, users who are not root."""

import os
from pathlib import Path

import pytest

from bed import LNS, wait_for
from caller import MANAGER, Caller
from polkit import PASSWORD, Polkit, add_user, busctl, rule, with_agent
from service import Service, cli, status
from terminal import Terminal

ALICE, BOB = 1234, 1235
NOT_AUTHORIZED = "org.l2tp.Error.NotAuthorized"
INTERACTIVE = "org.freedesktop.DBus.Error.InteractiveAuthorizationRequired"
INVALID_SETTINGS = "org.l2tp.Error.InvalidSettings"
INVALID_ARGUMENT = "org.l2tp.Error.InvalidArgument"
EXIT_NOT_FOUND, EXIT_NOT_AUTHORIZED = 6, 7
SECRET = {"password": "s3cret"}
ALLOWED = "".join(rule(name, f"org.l2tp.{action}", "YES") for name in ("alice", "bob")
                  for action in ("connect", "modify-own"))

class Place:
    """polkit by its defaults, which ask a user without a session for a password; the service; and
    programs of root (None) and of users."""

    def __init__(self, bed):
        add_user("bob", BOB, groups=["sudo"])
        add_user("alice", ALICE)
        self.bed, self.polkit, self.service = bed, Polkit(bed), Service(bed)
        self.callers = {}

    def caller(self, user):
        if user not in self.callers:
            self.callers[user] = Caller(user)
        return self.callers[user]

    def call(self, user, path, method, *args):
        return self.caller(user).call(path, method, *args)

    def add(self, user, name="work", **others):
        """Returns the new connection's path."""
        return self.call(user, MANAGER, "AddConnection", settings(name, **others), SECRET, {})

    def add_shared(self, name="work"):
        return self.add(None, name)

    def assert_refused(self, user, path, method, *args, error=NOT_AUTHORIZED, texts=()):
        answer = self.caller(user).try_call(path, method, *args)
        assert answer.error == error, (method, args, answer)
        for text in texts:
            assert text in answer.text, (method, args, answer)

    def wait_for_state(self, path, state="connected"):
        uuid = self.call(None, path, "GetSettings", {})["uuid"]
        wait_for(lambda: status(self.bed, uuid)["state"] == state, 20, state)


@pytest.fixture
def place(bed):
    the_place = Place(bed)
    yield the_place
    for caller in the_place.callers.values():
        caller.close()


def settings(name="work", **others):
    return {"name": name, "gateway": LNS, "user": "alice", **others}


# Every method of a connection, with arguments that do no harm.
METHODS = {
    "GetSettings": [{}], "GetStatistics": [{}], "Connect": [{}], "Disconnect": [{}],
    "Update": [settings(), {}, {}], "SetSecrets": [SECRET, {}], "Delete": [{}],
}
CHANGES = ("Update", "SetSecrets", "Delete")


def test_own(place, lns):
    """A user's own connection, from its birth to its end; its file is root's and says whose it is."""
    place.polkit.set_rules(ALLOWED)
    path = place.add("alice")
    info = status(place.bed, "work")
    file = Path("/var/lib/l2tp-client/connections") / f"{info['uuid']}.conf"
    assert info["owner"] == "alice", info
    assert file.stat().st_mode & 0o777 == 0o600 and file.stat().st_uid == 0
    assert f"user={ALICE}" in file.read_text() and "s3cret" in file.read_text()
    assert place.call("alice", path, "GetSettings", {})["user"] == "alice"
    place.call("alice", path, "Connect", {})
    place.wait_for_state(path)
    place.bed.ping(lns.address)
    place.call("alice", path, "GetStatistics", {})
    place.call("alice", path, "Disconnect", {})
    place.call("alice", path, "Update", settings(mtu="1300"), {}, {})
    place.call("alice", path, "SetSecrets", SECRET, {})
    assert "mtu=1300" in file.read_text()
    place.call("alice", path, "Delete", {})
    assert not file.exists()
    place.bed.assert_nothing_left(place.service)


def test_own_by_cli(place, lns):
    """The same with the command line client, where private is what a user gets."""
    def alice(*args, **kwargs):
        return cli(place.bed, *args, user="alice", check=True, **kwargs)
    place.polkit.set_rules(ALLOWED)
    alice("add", "mine", f"gateway={LNS}", "user=alice", "--password-file", "-", stdin="s3cret\n")
    assert "alice" in alice("show", "mine").stdout
    assert "connected" in alice("up", "mine").stdout
    place.bed.ping(lns.address)
    assert "connected" in alice("status", "mine").stdout
    alice("edit", "mine", "mtu=1300")
    alice("down", "mine")
    alice("delete", "mine")
    assert cli(place.bed, "show", "mine", user="alice").rc == EXIT_NOT_FOUND
    place.bed.assert_nothing_left(place.service)


def test_own_refused(place):
    """By rule, or for want of a password: another error for each, and nothing was made."""
    arguments = ("alice", MANAGER, "AddConnection", settings(), SECRET, {})
    place.assert_refused(*arguments, error=INTERACTIVE, texts=["org.l2tp.modify-own"])
    place.polkit.set_rules(rule("alice", "org.l2tp.modify-own", "NO"))
    place.assert_refused(*arguments, texts=["org.l2tp.modify-own: the policy does not allow it"])
    done = cli(place.bed, "add", "work", f"gateway={LNS}", user="alice")
    assert done.rc == EXIT_NOT_AUTHORIZED and done.stderr.startswith("error: "), done
    assert "\nhint: " in done.stderr, done
    assert place.call(None, MANAGER, "ListConnections", {}) == []
    assert os.listdir("/var/lib/l2tp-client/connections") == []


def test_own_with_password(place):
    """auth_self: the user's own password opens; the question says what for."""
    argv = busctl(True, MANAGER, "org.l2tp.Manager", "AddConnection", "a{sv}a{sv}a{sv}", "2",
                  "name", "s", "work", "gateway", "s", LNS, "0", "0")
    right = with_agent("alice", argv, PASSWORD)
    assert right.rc == 0 and "/org/l2tp/connections/" in right.output, right.output
    assert f"“work” (server {LNS})" in right.output, right.output
    assert status(place.bed, "work")["owner"] == "alice"


def test_shared(place, lns):
    """Everybody may look and, by rule, connect; to change it is another action."""
    path = place.add_shared()
    place.polkit.set_rules(ALLOWED + rule("alice", "org.l2tp.modify-system", "NO"))
    place.call("alice", path, "GetSettings", {})
    place.call("alice", path, "Connect", {})
    place.wait_for_state(path)
    place.call("alice", path, "GetStatistics", {})
    for method in CHANGES:
        place.assert_refused("alice", path, method, *METHODS[method],
                             texts=["org.l2tp.modify-system: the policy does not allow it"])
    for args in (("edit", "work", "mtu=1300"), ("delete", "work")):
        done = cli(place.bed, *args, user="alice")
        assert done.rc == EXIT_NOT_AUTHORIZED and "\nhint: " in done.stderr, done
    assert status(place.bed, "work")["state"] == "connected"
    place.call("alice", path, "Disconnect", {})
    place.assert_refused("alice", MANAGER, "AddConnection", settings("other"), {},
                         {"private": False}, texts=["org.l2tp.modify-system"])
    for method, args in (("Reload", [{}]), ("SetLogLevel", ["debug", {}])):
        place.assert_refused("alice", MANAGER, method, *args, error=INTERACTIVE,
                             texts=["org.l2tp.manage"])


def test_shared_challenged(place):
    """What needs a password: by name without the flag; with it and the right one it is done."""
    path = place.add_shared()
    for method in ("Connect", "Disconnect", *CHANGES):
        place.assert_refused("bob", path, method, *METHODS[method], error=INTERACTIVE)
    done = cli(place.bed, "delete", "work", "--no-ask", user="bob")
    assert done.rc == EXIT_NOT_AUTHORIZED and "typing a password" in done.stderr, done
    argv = busctl(True, path, "org.l2tp.Connection", "SetSecrets", "a{sv}a{sv}", "1", "password",
                  "s", "other", "0")
    done = with_agent("bob", argv, PASSWORD)
    assert done.rc == 0 and f"“work” (server {LNS})" in done.output, done.output


def test_cli_asks_for_polkit(place, lns):
    """One prompt of polkit's on the terminal, and up, down and delete work."""
    place.add_shared()
    for verb, word in (("up", "connected"), ("down", "disconnected"), ("delete", "deleted")):
        terminal = Terminal(place.bed, "l2tp-client", verb, "work", user="bob")
        terminal.answer("Password:", PASSWORD)
        terminal.expect("AUTHENTICATION COMPLETE")
        assert terminal.wait() == 0 and word in terminal.output, terminal.output
        assert terminal.output.count("Password:") == 1, terminal.output
    place.bed.assert_nothing_left(place.service)


def test_cli_wrong_password_for_polkit(place):
    place.add_shared()
    terminal = Terminal(place.bed, "l2tp-client", "delete", "work", user="bob")
    terminal.answer("Password:", "guess")
    assert terminal.wait() == EXIT_NOT_AUTHORIZED, terminal.output
    assert "or the password was wrong" in terminal.output, terminal.output
    assert status(place.bed, "work")["owner"] is None


def test_other_users_own(place, lns):
    """Hidden from lists and by name; each method is for those who may change the system."""
    place.polkit.set_rules(ALLOWED)
    path = place.add("bob", "bobs")
    uuid = status(place.bed, "bobs")["uuid"]
    for method, args in METHODS.items():
        place.assert_refused("alice", path, method, *args, error=INTERACTIVE,
                             texts=["org.l2tp.modify-system"])
    for method, args in (("ListConnections", [{}]), ("FindByName", ["bobs", {}])):
        assert place.call("alice", MANAGER, method, *args) == []
        for user in ("bob", None):
            assert place.call(user, MANAGER, method, *args) == [path]
    place.assert_refused("alice", MANAGER, "GetConnectionByUuid", uuid, {},
                         error="org.l2tp.Error.NotFound")
    place.polkit.set_rules(ALLOWED + rule("alice", "org.l2tp.modify-system", "NO"))
    for method, args in METHODS.items():
        place.assert_refused("alice", path, method, *args,
                             texts=["org.l2tp.modify-system: the policy does not allow it"])
    assert cli(place.bed, "up", "bobs", user="alice").rc == EXIT_NOT_AUTHORIZED
    place.polkit.set_rules(ALLOWED + rule("alice", "org.l2tp.modify-system", "YES"))
    place.call("alice", path, "Connect", {})
    place.wait_for_state(path)
    place.call("alice", path, "Delete", {})
    place.bed.assert_nothing_left(place.service)


def test_same_name(place, lns):
    """Each user's “work” is that user's, on the disk too; one user has one."""
    place.polkit.set_rules(ALLOWED)
    paths = {user: place.add(user) for user in ("alice", "bob", None)}
    uuids = {user: place.call(user, path, "GetSettings", {})["uuid"]
             for user, path in paths.items()}
    assert len(set(uuids.values())) == 3
    place.assert_refused("alice", MANAGER, "AddConnection", settings(), {}, {},
                         error=INVALID_SETTINGS, texts=["name: “work” is taken\n"])
    place.service.stop()
    service = Service(place.bed)
    for user, uuid in uuids.items():
        path = place.call(user, MANAGER, "GetConnectionByUuid", uuid, {})
        assert path in place.call(user, MANAGER, "FindByName", "work", {})
        assert uuid in cli(place.bed, "show", "work", user=user, check=True).stdout
        cli(place.bed, "up", "work", user=user, check=True)
        place.wait_for_state(path)
    assert len(place.call("alice", MANAGER, "FindByName", "work", {})) == 2
    for user in uuids:
        cli(place.bed, "delete", "work", user=user, check=True)
    place.bed.assert_nothing_left(service)


@pytest.fixture
def files():
    """What a profile may name, and what it may not: key to path."""
    home = Path("/run/bed-files")
    home.mkdir(mode=0o755, exist_ok=True)
    (home / "closed").mkdir(mode=0o700, exist_ok=True)
    for name, mode, uid, gid in (("own", 0o600, ALICE, ALICE), ("group", 0o640, 0, ALICE),
                                 ("public", 0o644, 0, 0), ("root", 0o600, 0, 0),
                                 ("bobs", 0o600, BOB, BOB), ("closed/public", 0o644, 0, 0)):
        path = home / name
        path.write_text("a certificate\n", encoding="ascii")
        path.chmod(mode)
        os.chown(path, uid, gid)
    (home / "empty").touch(mode=0o644)
    for name, target in (("link", "own"), ("link-root", "root")):
        if not (home / name).is_symlink():
            (home / name).symlink_to(home / target)
    if not (home / "fifo").exists():
        os.mkfifo(home / "fifo", 0o644)
    return home


TAKEN = ("own", "group", "public", "link")
NOT_TAKEN = ("root", "bobs", "link-root", "closed/public", "missing", "empty", "fifo", ".",
             "/proc/self/environ", "/proc/self/fd/0", "/proc/1/environ", "/proc/self/root/run",
             "/etc/shadow", "/dev/zero", "/proc/self/mem")


def test_files(place, files):
    """A connection names no file that its owner cannot read; the key is told."""
    place.polkit.set_rules(ALLOWED)
    for number, name in enumerate(TAKEN):
        place.add("alice", f"taken{number}", **{"user-cert": str(files / name)})
    path = place.add("alice", "work")
    for name in NOT_TAKEN:
        value = {"user-cert": str(files / name)}
        refusal = {"error": INVALID_SETTINGS, "texts": [f"user-cert: {files / name}: ", "\n"]}
        place.assert_refused("alice", MANAGER, "AddConnection", settings("x", **value), {}, {},
                             **refusal)
        place.assert_refused("alice", path, "Update", settings(**value), {}, {}, **refusal)
    assert "user-cert" not in place.call("alice", path, "GetSettings", {})
    done = cli(place.bed, "add", "x", f"gateway={LNS}", f"user-cert={files / 'root'}", user="alice")
    assert done.rc == 1 and "error: user-cert: " in done.stderr and "\nhint: " in done.stderr, done
    assert cli(place.bed, "show", "x", user="alice").rc == EXIT_NOT_FOUND


def test_files_of_root(place, files):
    """Root's connection may name root's file; one that a user connects for a moment may not."""
    place.polkit.set_rules(ALLOWED)
    value = {"user-cert": str(files / "root")}
    place.add(None, **value)
    place.assert_refused("alice", MANAGER, "ConnectTransient", settings(**value), {}, {},
                         error=INVALID_SETTINGS, texts=["user-cert: "])


def test_hostile_settings(place):
    """No key outside of the table, pppd's least of all; no option of a method that there is not."""
    place.polkit.set_rules(ALLOWED)
    path = place.add("alice", "mine")
    pairs = [(key, "/bin/sh") for key in (
        "plugin", "connect", "pty", "file", "call", "ip-up-script", "pppd-options", "unknown",
        "Password", "password ", "", "noauth", "ipparam")]
    pairs += [("user", "a\nplugin x"), ("gateway", "a b"), ("interface-name", "../x"),
              ("password", "in settings")]
    for key, value in pairs:
        refusal = {"error": INVALID_SETTINGS, "texts": [f"{key}: "]}
        place.assert_refused("alice", MANAGER, "AddConnection", settings("x", **{key: value}), {},
                             {}, **refusal)
        place.assert_refused("alice", path, "Update", settings("mine", **{key: value}), {}, {},
                             **refusal)
        place.assert_refused("alice", MANAGER, "AddConnection", settings("x"),
                             {key if key != "password" else "user": value}, {},
                             error=INVALID_SETTINGS)
    for method, args in METHODS.items():
        place.assert_refused("alice", path, method, *args[:-1], {"force": True},
                             error=INVALID_ARGUMENT, texts=["force"])
    for option, value in (("private", "no"), ("source", "memory"), ("persist", "ram")):
        place.assert_refused("alice", MANAGER, "AddConnection", settings("x"), {}, {option: value},
                             error=INVALID_ARGUMENT, texts=[option])
    place.assert_refused("alice", MANAGER, "ConnectTransient", settings("x"), {},
                         {"source": "networkmanager"}, texts=["source"])
    assert place.call("alice", MANAGER, "ListConnections", {}) == [path]


def test_root_needs_no_polkit(place, lns):
    """polkit missing: everything for root, nothing that needs an action for anybody else."""
    bed, path = place.bed, place.add_shared()
    place.polkit.kill()
    cli(bed, "up", "work", check=True)
    cli(bed, "edit", "work", "mtu=1300", check=True)
    place.call(None, MANAGER, "Reload", {})
    place.call("alice", path, "GetSettings", {})
    place.assert_refused("alice", path, "Disconnect", {}, texts=["polkit does not run"])
    done = cli(bed, "down", "work", user="alice")
    assert done.rc == EXIT_NOT_AUTHORIZED and "polkit does not run" in done.stderr, done
    cli(bed, "down", "work", check=True)
    cli(bed, "delete", "work", check=True)
    bed.assert_nothing_left(place.service)
